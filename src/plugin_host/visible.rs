//! Text that a plugin or its author wrote, for terminals, pages and chats: nothing of it moves a cursor, breaks a line or turns the
//! direction of what stands around it. Whatever such text comes in by makes it so, and so nobody who shows it has to. Pure.

/// Whether a person does not see it, and it does something to what they see.
pub fn hides(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}

/// The text in its lines; all else that [`hides`] is shown by its number.
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if hides(character) && character != '\n' {
            shown.extend(character.escape_unicode());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// The text in one line: breaks and tabs are spaces, and all else that [`hides`] is shown by its number.
pub fn in_one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for character in text.trim_end().chars() {
        if !hides(character) {
            line.push(character);
        } else if !character.is_whitespace() {
            line.extend(character.escape_unicode());
        } else if !line.ends_with(' ') {
            line.push(' ');
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moves_a_cursor_or_turns_a_direction_is_shown_by_its_number() {
        let text = "red \u{1b}[31m\r\n\tand \u{202e}back\u{2066}\u{2028}again\u{7}\n";
        assert_eq!(in_one_line(text), r"red \u{1b}[31m and \u{202e}back\u{2066} again\u{7}");
        assert_eq!(in_one_line("Grüße, 👋🏽 שלום"), "Grüße, 👋🏽 שלום");
        assert_eq!(in_one_line("1\u{200f}2"), r"1\u{200f}2");
        assert_eq!(visible("a\nb\u{1b}\r"), "a\nb\\u{1b}\\u{d}");
    }
}
