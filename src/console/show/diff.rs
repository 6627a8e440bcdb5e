//! What changed between two texts of several fields, line by line. Pure.

/// Longer texts are shown whole, the old one before the new one: comparing takes time and memory of both lengths.
const LINES_MAX: usize = 1_000;

/// A line of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// It is in both.
    Same(String),
    /// It is in the old one alone.
    Gone(String),
    /// It is in the new one alone.
    New(String),
}

/// A field of what is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) label: String,
    pub(crate) text: String,
}

/// Compares field by field, so that each line stands below the label of its own. A field in which nothing changed is left out.
pub(crate) fn diff(old: &[Part], new: &[Part]) -> Vec<Line> {
    let mut lines = Vec::new();
    let of = |parts: &[Part], label: &str| parts.iter().position(|part| part.label == label);
    let mut rest = old;
    for part in new {
        if let Some(at) = of(rest, &part.label) {
            // What stood before it and is no more, stays before it.
            for gone in &rest[..at] {
                whole(gone, Line::Gone, &mut lines);
            }
            if !rest[at].text.lines().eq(part.text.lines()) {
                lines.push(Line::Same(format!("{}:", part.label)));
                lines.extend(diff_lines(&rest[at].text, &part.text));
            }
            rest = &rest[at + 1..];
        } else {
            whole(part, Line::New, &mut lines);
        }
    }
    for gone in rest {
        whole(gone, Line::Gone, &mut lines);
    }
    lines
}

/// A field that is in one of both alone.
fn whole(part: &Part, line: fn(String) -> Line, lines: &mut Vec<Line>) {
    lines.push(line(format!("{}:", part.label)));
    lines.extend(part.text.lines().map(|text| line(text.to_owned())));
}

/// Compares by the longest common subsequence of lines.
fn diff_lines(old: &str, new: &str) -> Vec<Line> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    if old.len() > LINES_MAX || new.len() > LINES_MAX {
        let gone = old.iter().map(|line| Line::Gone((*line).to_owned()));
        return gone
            .chain(new.iter().map(|line| Line::New((*line).to_owned())))
            .collect();
    }
    let width = new.len() + 1;
    // common[i * width + j]: how many lines old[i..] and new[j..] have in common.
    let mut common = vec![0_u32; (old.len() + 1) * width];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i * width + j] = if old[i] == new[j] {
                common[(i + 1) * width + j + 1] + 1
            } else {
                common[(i + 1) * width + j].max(common[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut lines = Vec::new();
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            lines.push(Line::Same(old[i].to_owned()));
            i += 1;
            j += 1;
        } else if i < old.len() && (j == new.len() || common[(i + 1) * width + j] >= common[i * width + j + 1]) {
            lines.push(Line::Gone(old[i].to_owned()));
            i += 1;
        } else {
            lines.push(Line::New(new[j].to_owned()));
            j += 1;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(lines: Vec<Line>) -> String {
        let lines = lines.into_iter().map(|line| match line {
            Line::Same(text) => format!(" {text}"),
            Line::Gone(text) => format!("-{text}"),
            Line::New(text) => format!("+{text}"),
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    #[track_caller]
    fn check(old: &str, new: &str, expected: &str) {
        assert_eq!(shown(diff_lines(old, new)), expected);
    }

    fn parts(of: &[(&str, &str)]) -> Vec<Part> {
        let part = |(label, text): &(&str, &str)| Part {
            label: (*label).to_owned(),
            text: (*text).to_owned(),
        };
        of.iter().map(part).collect()
    }

    #[test]
    fn a_line_stands_below_the_field_that_it_is_in() {
        // Line by line alone, the first step would stand below the answer.
        let old = parts(&[("Question", "Q"), ("Answer", "A"), ("Steps", "open\nshut")]);
        let new = parts(&[("Question", "Q"), ("Answer", "A\nopen"), ("Steps", "shut")]);
        assert_eq!(shown(diff(&old, &new)), " Answer:\n A\n+open\n Steps:\n-open\n shut");
        let new = parts(&[("Question", "Q"), ("Answer", "A"), ("Steps", "close\nshut")]);
        assert_eq!(shown(diff(&old, &new)), " Steps:\n-open\n+close\n shut");
    }

    #[test]
    fn a_field_that_comes_or_goes_keeps_its_lines_and_its_place() {
        let old = parts(&[
            ("Question", "Q"),
            ("Steps", "one\ntwo"),
            ("Short answer", "s"),
            ("Queue", "x"),
        ]);
        let new = parts(&[("Question", "Q"), ("Answer", "one"), ("Short answer", "s")]);
        assert_eq!(
            shown(diff(&old, &new)),
            "+Answer:\n+one\n-Steps:\n-one\n-two\n-Queue:\n-x"
        );
        assert!(
            diff(&new, &new).is_empty(),
            "where nothing changed there is nothing to show"
        );
        assert_eq!(shown(diff(&[], &new[..1])), "+Question:\n+Q");
    }

    #[test]
    fn only_what_changed_is_marked() {
        check("a\nb\nc", "a\nx\nc", " a\n-b\n+x\n c");
        check("a\nc", "a\nb\nc", " a\n+b\n c");
        check("a\nb", "b", "-a\n b");
    }

    #[test]
    fn a_text_against_nothing_is_new_or_gone() {
        check("", "a", "+a");
        check("a", "", "-a");
        check("", "", "");
    }

    #[test]
    fn very_long_texts_are_shown_whole() {
        let old = "a\n".repeat(LINES_MAX + 1);
        assert_eq!(diff_lines(&old, "a").len(), LINES_MAX + 2);
    }
}
