//! Whether a style that an element has of itself hides it. Pure.

/// The last word on each property counts.
pub(super) fn hides(style: &str) -> bool {
    let style = without_comments(&style.to_lowercase());
    let [mut display, mut visibility, mut opacity, mut size] = [false; 4];
    for (name, value) in style.split(';').filter_map(|said| said.split_once(':')) {
        let value = value.split('!').next().unwrap_or_default().trim();
        match name.trim() {
            "display" => display = value == "none",
            "visibility" => visibility = matches!(value, "hidden" | "collapse"),
            "opacity" => opacity = is_zero(value),
            "font-size" => size = is_zero(value),
            _ => {}
        }
    }
    display || visibility || opacity || size
}

/// In whichever unit.
fn is_zero(value: &str) -> bool {
    let end = value.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | '+' | '-'));
    let number = &value[..end.unwrap_or(value.len())];
    number.parse::<f64>().is_ok_and(|number| number <= 0.0)
}

fn without_comments(style: &str) -> String {
    let mut out = String::new();
    for (number, part) in style.split("/*").enumerate() {
        // What follows the end of a comment; one without an end takes the rest.
        let seen = match number {
            0 => part,
            _ => part.split_once("*/").map_or("", |(_, seen)| seen),
        };
        out.push_str(seen);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_style_hides_and_what_it_does_not() {
        for style in [
            "display:none",
            "color: red; Display : NONE !important",
            "visibility:hidden",
            "opacity:0!important",
            "opacity:0.0",
            "opacity: 0%;",
            "font-size:0px",
            "font-size: .0em",
            "display:/**/none",
        ] {
            assert!(hides(style), "{style}");
        }
        for style in [
            "font-size:0.9em",
            "backface-visibility:hidden",
            "opacity:0.5",
            "display:block",
            "display:none;display:block",
            "fill-opacity:0",
            "--display:none",
            "overflow:hidden",
            "",
        ] {
            assert!(!hides(style), "{style}");
        }
    }
}
