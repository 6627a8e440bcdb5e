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
