//! What a thread is called: after the question that it is about, which stands right above it.
//!
//! A name stays when the question is changed or taken back, and is listed where nobody sees who asked. So it says nothing
//! about anybody: whom the question names, what it hides, and what looks like an address, a link or a number is left out.

use unicode_segmentation::UnicodeSegmentation;

use crate::model::content::{Block, Content, Inline};

/// As much as lists of threads show.
const SIGNS_MAX: usize = 50;

/// What platforms take, in UTF-16 code units; a sign may have many.
const UNITS_MAX: usize = 100;

/// So many digits may be a telephone or an order.
const DIGITS_MAX: usize = 4;

/// The first line of the question, as far as it may be shown; `otherwise` where nothing of it is left.
pub fn title(question: &Content, otherwise: &str) -> String {
    let line = question.blocks.iter().find_map(|block| match block {
        Block::Paragraph(inlines) | Block::Heading(inlines) => Some(first_line(inlines)),
        // Others' words, and what is not written to be read in one line.
        Block::Quote(_) | Block::List { .. } | Block::Code { .. } => None,
    });
    let line = line.unwrap_or_default();
    let words: Vec<&str> = line
        .split_whitespace()
        .map(|word| if is_about_somebody(word) { "…" } else { word })
        .collect();
    let words = words.join(" ");
    // The comma behind the name of whom was called, and the like.
    let words = words.trim_start_matches(|sign: char| sign.is_ascii_punctuation() || sign.is_whitespace());
    let name = cut(words);
    if name.chars().any(char::is_alphanumeric) {
        name
    } else {
        otherwise.to_owned()
    }
}

fn first_line(inlines: &[Inline]) -> String {
    let mut line = String::new();
    for inline in inlines {
        match inline {
            Inline::Break if line.trim().is_empty() => {}
            Inline::Break => break,
            other => add(other, &mut line),
        }
    }
    line.retain(|sign| !sign.is_control());
    line
}

fn add(inline: &Inline, line: &mut String) {
    match inline {
        Inline::Text(text) | Inline::Code(text) => line.push_str(text),
        Inline::Bold(inner) | Inline::Italic(inner) | Inline::Strike(inner) | Inline::Link { label: inner, .. } => {
            for inline in inner {
                add(inline, line);
            }
        }
        Inline::Spoiler(_) | Inline::Mention(_) | Inline::Break => line.push(' '),
    }
}

fn is_about_somebody(word: &str) -> bool {
    word.contains('@') || word.contains("://") || word.chars().filter(|sign| sign.is_numeric()).count() > DIGITS_MAX
}

/// At a border between two signs as people see them.
fn cut(words: &str) -> String {
    let units = |text: &str| text.encode_utf16().count();
    if words.graphemes(true).count() <= SIGNS_MAX && units(words) <= UNITS_MAX {
        return words.to_owned();
    }
    let mut name = String::new();
    // Room for the ellipsis.
    for sign in words.graphemes(true).take(SIGNS_MAX - 1) {
        if units(&name) + units(sign) >= UNITS_MAX {
            break;
        }
        name.push_str(sign);
    }
    let mut name = name.trim_end().to_owned();
    if !name.is_empty() {
        name.push('…');
    }
    name
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::model::content::Mention;
    use crate::model::ids::IdentityId;

    #[track_caller]
    fn check(question: &str, expected: &str) {
        assert_eq!(title(&Content::markdown(question), "#12"), expected);
    }

    #[test]
    fn a_thread_is_called_after_the_first_line_of_the_question() {
        check("How do I **pay**?\n\nI am new here.", "How do I pay?");
        let lines = Content::plain("How do I pay?\nI am new here.");
        assert_eq!(title(&lines, "#12"), "How do I pay?");
        check("> Pay at the desk\n\nWhere is the desk?", "Where is the desk?");
        check(
            &"word ".repeat(20),
            "word word word word word word word word word word…",
        );
    }

    #[test]
    fn what_it_says_about_anybody_is_left_out() {
        check(
            "I am ann@example.org, order 4711-0815: where is it?",
            "I am … order … where is it?",
        );
        check("See https://example.org/?token=x, ok?", "See … ok?");
        let named = Inline::Mention(Mention::Identity {
            id: IdentityId(Uuid::nil()),
            name: "Bob".to_owned(),
            pings: true,
        });
        let hidden = Inline::Spoiler(vec![Inline::Text("the end".to_owned())]);
        let text = Inline::Text(", is it true?".to_owned());
        let question = Content {
            blocks: vec![Block::Paragraph(vec![named, hidden, text])],
        };
        assert_eq!(title(&question, "#12"), "is it true?");
    }

    #[test]
    fn where_nothing_is_left_it_goes_by_its_number() {
        for nothing in ["", "?!", "```\ncode\n```", "@bob"] {
            check(nothing, "#12");
        }
        check(&format!("a{}", "\u{301}".repeat(200)), "#12");
    }

    #[test]
    fn a_sign_is_not_torn_apart() {
        let family = "👨‍👩‍👧‍👦";
        let name = title(&Content::plain(&format!("My {}", family.repeat(30))), "#12");
        assert!(name.ends_with(&format!("{family}…")), "{name}");
    }

    proptest! {
        #[test]
        fn every_platform_takes_it(question in "\\PC{0,300}") {
            let name = title(&Content::plain(&question), "#12");
            prop_assert!(!name.trim().is_empty() && name.encode_utf16().count() <= UNITS_MAX, "{name:?}");
            prop_assert!(!name.contains(char::is_control), "{name:?}");
        }
    }
}
