//! Characters that nobody sees, in one table for all who take text from outside.

/// Formats, fillers and tags of Unicode. Pages and texts hide words behind them, and break words with them.
pub fn is_invisible(character: char) -> bool {
    is_joiner(character)
        || turns(character)
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// Stands within words of some scripts, and within emoji.
pub fn is_joiner(character: char) -> bool {
    matches!(character, '\u{200c}' | '\u{200d}')
}

/// Turns the direction of what follows, outside of the text, too.
pub fn turns(character: char) -> bool {
    matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The text without what rings a bell or moves a cursor; lines and tabs stay.
pub fn without_controls(text: &str) -> String {
    text.chars()
        .filter(|character| !character.is_control() || matches!(character, '\n' | '\t'))
        .collect()
}

/// Whether nobody sees anything of the text: it says nothing, however long it is.
pub fn is_blank(text: &str) -> bool {
    text.chars().all(|character| {
        character.is_whitespace() || character.is_control() || is_invisible(character) || fills(character)
    })
}

/// Letters and marks that show nothing by themselves. Within a text they may belong to what they stand beside.
fn fills(character: char) -> bool {
    matches!(character,
        '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180d}' | '\u{2800}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_sees_says_nothing() {
        for text in [
            "",
            " \n\t",
            "\u{200b}",
            "\u{2800}\u{3164}",
            "\u{feff} \u{e0020}\u{fe0f}",
        ] {
            assert!(is_blank(text), "{text:?}");
        }
        for text in [".", "\u{200b}a", "\u{1f44d}\u{fe0f}"] {
            assert!(!is_blank(text), "{text:?}");
        }
    }
}
