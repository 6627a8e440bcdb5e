//! Which headings are questions. Pure; the same for markdown and for pages.

/// What a heading is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heading {
    /// The question of an entry.
    Begins,
    /// A part of the answer above it.
    Belongs,
    /// What is below it is no entry: the title of all.
    Ends,
}

/// A heading whose answer is being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Above {
    pub(super) level: u8,
    pub(super) is_question: bool,
}

/// What a heading is below the one whose answer is being read.
pub(super) fn heading(level: u8, text: &str, above: Option<Above>) -> Heading {
    if is_question(text) {
        return Heading::Begins;
    }
    match above {
        // An answer may have headings of its own, but the title of all is no question whose answer is all.
        Some(above) if above.is_question && above.level > 1 && level > above.level => Heading::Belongs,
        _ if (2..=4).contains(&level) => Heading::Begins,
        Some(above) if level > above.level => Heading::Belongs,
        _ => Heading::Ends,
    }
}

/// In whichever script.
pub(super) fn is_question(text: &str) -> bool {
    text.trim_end_matches(|character: char| !character.is_alphanumeric() && !is_mark(character))
        .ends_with(is_mark)
}

/// Whether a sentence in it is a question.
pub(super) fn asks(text: &str) -> bool {
    let mut before = None;
    text.chars().chain([' ']).any(|character| {
        let ends = character.is_whitespace() && before.is_some_and(is_mark);
        before = Some(character);
        ends
    })
}

fn is_mark(character: char) -> bool {
    matches!(character, '?' | '？' | '؟' | '\u{37e}' | '՞' | '⁇' | '⁈')
}
