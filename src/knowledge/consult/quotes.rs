//! What is said of an entry that is quoted: whole paragraphs, since half a sentence may say the opposite of the whole. Pure.

/// The paragraphs of a markdown text. A list without empty lines is one, and so is what stands in a fence, whatever is empty in it.
pub(super) fn blocks(text: &str) -> Vec<&str> {
    let mut blocks = Vec::new();
    let (mut begins, mut fenced, mut at) = (None, false, 0);
    for line in text.split_inclusive('\n') {
        let blank = line.trim().is_empty();
        if blank && !fenced {
            if let Some(begun) = begins.take() {
                blocks.push(text[begun..at].trim_end());
            }
        } else {
            begins.get_or_insert(at);
        }
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        at += line.len();
    }
    if let Some(begun) = begins {
        blocks.push(text[begun..].trim_end());
    }
    blocks
}

/// Whether the quote stands in the text. Whoever copies a text seldom copies how its lines were wrapped.
pub(super) fn is_in(text: &str, quote: &str) -> bool {
    flat(text).0.contains(&folded(quote))
}

/// Whether the quote is one of its paragraphs.
pub(super) fn is_whole(text: &str, quote: &str) -> bool {
    let quote = folded(quote);
    blocks(text).into_iter().any(|block| folded(block) == quote)
}

/// The paragraphs in which any of the quotes stands, in their order, and what leads to them. None where none does.
pub(super) fn parts(text: &str, quotes: &[String]) -> Option<String> {
    let (flat, ranges) = flat(text);
    let found: Vec<(usize, usize)> = quotes
        .iter()
        .filter_map(|quote| {
            let quote = folded(quote);
            let begin = flat.find(&quote)?;
            Some((begin, begin + quote.len()))
        })
        .collect();
    let blocks = blocks(text);
    let touched = |(begin, end): &(usize, usize)| found.iter().any(|(from, to)| from < end && to > begin);
    let mut taken: Vec<bool> = ranges.iter().map(touched).collect();
    // One step of several says little without the others.
    for number in 1..blocks.len() {
        taken[number] |= taken[number - 1] && is_item(blocks[number - 1]) && is_item(blocks[number]);
    }
    for number in (1..blocks.len()).rev() {
        let before = &blocks[number - 1];
        let joins = is_item(before) && is_item(blocks[number]);
        // A list without the line that leads to it is about nothing.
        taken[number - 1] |= taken[number] && (joins || before.ends_with(':'));
    }
    // "Never do this" may stand above it.
    let mut heading = None;
    for number in 0..blocks.len() {
        if is_heading(blocks[number]) {
            heading = Some(number);
        } else if let Some(heading) = heading.filter(|_| taken[number]) {
            taken[heading] = true;
        }
    }
    let parts: Vec<&str> = blocks
        .into_iter()
        .zip(taken)
        .filter(|(_, taken)| *taken)
        .map(|(block, _)| block)
        .collect();
    (!parts.is_empty()).then(|| parts.join("\n\n"))
}

/// A point of a list, or what belongs to one.
fn is_item(block: &str) -> bool {
    let mark = block.trim_start_matches(|digit: char| digit.is_ascii_digit());
    let numbered = mark.len() < block.len() && (mark.starts_with(". ") || mark.starts_with(") "));
    numbered || block.starts_with([' ', '\t']) || ["- ", "* ", "+ "].iter().any(|mark| block.starts_with(mark))
}

fn is_heading(block: &str) -> bool {
    block.starts_with('#') && block.trim_start_matches('#').starts_with(' ')
}

/// The text in one line, and where each of its paragraphs begins and ends in that.
fn flat(text: &str) -> (String, Vec<(usize, usize)>) {
    let (mut flat, mut ranges) = (String::new(), Vec::new());
    for block in blocks(text) {
        if !flat.is_empty() {
            flat.push(' ');
        }
        let begin = flat.len();
        flat.push_str(&folded(block));
        ranges.push((begin, flat.len()));
    }
    (flat, ranges)
}

fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "Do this:\n\n1. Open it.\n2. Close it.\n\nOr run\n\n```\nfirst\n\nsecond\n```\n\nNever do\nthat.\n";

    #[track_caller]
    fn check(quotes: &[&str], expected: Option<&str>) {
        check_of(TEXT, quotes, expected);
    }

    #[track_caller]
    fn check_of(text: &str, quotes: &[&str], expected: Option<&str>) {
        let quotes: Vec<String> = quotes.iter().map(|quote| (*quote).to_owned()).collect();
        assert_eq!(parts(text, &quotes).as_deref(), expected);
    }

    #[test]
    fn a_step_is_said_with_its_list_and_all_below_a_heading_with_that() {
        let loose = "Do this:\n\n1. Stop it.\n\n   Wait.\n\n2. Copy.\n\nThat is all.";
        let whole = "Do this:\n\n1. Stop it.\n\n   Wait.\n\n2. Copy.";
        for quote in ["Stop it.", "Wait.", "Copy."] {
            check_of(loose, &[quote], Some(whole));
        }
        check_of(loose, &["That is all."], Some("That is all."));
        let headed = "Before.\n\n### Never do this\n\nDelete the folder.\n\nOr this.\n\n## Do\n\nRest.";
        check_of(headed, &["Or this."], Some("### Never do this\n\nOr this."));
        check_of(headed, &["Rest."], Some("## Do\n\nRest."));
        check_of(headed, &["Before."], Some("Before."));
    }

    #[test]
    fn paragraphs_lists_and_fences_stay_whole() {
        assert_eq!(
            blocks(TEXT),
            [
                "Do this:",
                "1. Open it.\n2. Close it.",
                "Or run",
                "```\nfirst\n\nsecond\n```",
                "Never do\nthat."
            ]
        );
        assert!(blocks(" \n\n").is_empty());
    }

    #[test]
    fn what_is_quoted_is_said_whole_in_its_order_and_with_what_leads_to_it() {
        check(&["that."], Some("Never do\nthat."));
        check(&["do\nthat.", " Or run "], Some("Or run\n\nNever do\nthat."));
        check(&["Close it."], Some("Do this:\n\n1. Open it.\n2. Close it."));
        check(&["run\n\n```\nfirst"], Some("Or run\n\n```\nfirst\n\nsecond\n```"));
        check(&["elsewhere"], None);
        // However the lines were wrapped.
        check(&["Never do that."], Some("Never do\nthat."));
        assert!(is_in(TEXT, "do  that.") && is_whole(TEXT, "Never do that.") && !is_whole(TEXT, "that."));
    }
}
