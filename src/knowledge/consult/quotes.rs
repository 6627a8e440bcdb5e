//! What is said of an entry that is quoted: whole paragraphs, since half a sentence may say the opposite of the whole. Pure.

/// The paragraphs of a markdown text. A list is one, and so is what stands in a fence, whatever is empty in it.
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

/// The paragraphs in which any of the quotes stands, in their order, and what leads to them. None where none does.
pub(super) fn parts(text: &str, quotes: &[String]) -> Option<String> {
    let found: Vec<(usize, usize)> = quotes
        .iter()
        .filter_map(|quote| {
            let begin = text.find(quote.trim())?;
            Some((begin, begin + quote.trim().len()))
        })
        .collect();
    let blocks = blocks(text);
    let touched = |block: &str| {
        let begin = block.as_ptr() as usize - text.as_ptr() as usize;
        found
            .iter()
            .any(|(from, to)| *from < begin + block.len() && *to > begin)
    };
    let mut taken: Vec<bool> = blocks.iter().map(|block| touched(block)).collect();
    for number in (1..blocks.len()).rev() {
        // A list without the line that leads to it is about nothing.
        if taken[number] && blocks[number - 1].ends_with(':') {
            taken[number - 1] = true;
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

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "Do this:\n\n1. Open it.\n2. Close it.\n\nOr run\n\n```\nfirst\n\nsecond\n```\n\nNever do\nthat.\n";

    #[track_caller]
    fn check(quotes: &[&str], expected: Option<&str>) {
        let quotes: Vec<String> = quotes.iter().map(|quote| (*quote).to_owned()).collect();
        assert_eq!(parts(TEXT, &quotes).as_deref(), expected);
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
    }
}
