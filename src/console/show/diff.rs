//! What changed between two texts, line by line. Pure.

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

/// Compares by the longest common subsequence of lines.
pub(crate) fn diff(old: &str, new: &str) -> Vec<Line> {
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

    #[track_caller]
    fn check(old: &str, new: &str, expected: &str) {
        let lines: Vec<String> = diff(old, new)
            .into_iter()
            .map(|line| match line {
                Line::Same(text) => format!(" {text}"),
                Line::Gone(text) => format!("-{text}"),
                Line::New(text) => format!("+{text}"),
            })
            .collect();
        assert_eq!(lines.join("\n"), expected);
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
        assert_eq!(diff(&old, "a").len(), LINES_MAX + 2);
    }
}
