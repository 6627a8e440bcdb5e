//! Two lists of lines as one, with what only the one or the other has. Pure.

/// What both begin and end with stands once; in between what went and what came, marked `-` and `+`.
pub(super) fn difference(before: &[String], now: &[String]) -> Vec<String> {
    let same = |pair: &(&String, &String)| pair.0 == pair.1;
    let first = before.iter().zip(now).take_while(same).count();
    let (before_rest, now_rest) = (&before[first..], &now[first..]);
    let last = before_rest
        .iter()
        .rev()
        .zip(now_rest.iter().rev())
        .take_while(same)
        .count();
    let marked = |mark: &'static str, lines: &[String]| -> Vec<String> {
        lines.iter().map(|line| format!("{mark} {line}")).collect()
    };
    [
        marked(" ", &before[..first]),
        marked("-", &before_rest[..before_rest.len() - last]),
        marked("+", &now_rest[..now_rest.len() - last]),
        marked(" ", &now_rest[now_rest.len() - last..]),
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(before: &[&str], now: &[&str], expected: &[&str]) {
        let lines = |lines: &[&str]| lines.iter().map(|&line| line.to_owned()).collect::<Vec<_>>();
        assert_eq!(difference(&lines(before), &lines(now)), expected);
    }

    #[test]
    fn what_stayed_stands_once_around_what_changed() {
        check(&["a", "b", "d"], &["a", "c", "d"], &["  a", "- b", "+ c", "  d"]);
        check(&["a"], &["a", "a"], &["  a", "+ a"]);
        check(&["a", "a"], &["a"], &["  a", "- a"]);
        check(&[], &["a"], &["+ a"]);
        check(&["a"], &[], &["- a"]);
        check(&["a"], &["a"], &["  a"]);
    }
}
