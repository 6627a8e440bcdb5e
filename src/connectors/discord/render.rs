//! From our tree to Discord's markdown. Pure.
//!
//! All text is escaped, so that nothing anybody wrote becomes markup or calls somebody.

use std::fmt::Write as _;

use crate::model::capability::TextUnit;
use crate::model::content::{Block, Content, Inline, Mention};

/// The longest text of a message: 2,000 characters by
/// <https://discord.com/developers/docs/resources/message#create-message>. Counted in UTF-16, which is never less.
pub(super) const WORDS_MAX: usize = 2000;

/// Around a block of code.
const FENCE: &str = "```";

/// What would end a block early is parted by a space without width.
const TICKS: &str = "``";
const PARTED_TICKS: &str = "`\u{200b}`";

/// Writes a text.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pen {
    /// Addresses stand in marks by which Discord shows no preview of them.
    pub(super) quiet: bool,
}

impl Pen {
    /// The text as Discord shows it, after the name of the person of staff whose words they are.
    pub(super) fn render(self, content: &Content, speaker: Option<&str>) -> String {
        let mut out = String::new();
        if let Some(speaker) = speaker {
            let _ = write!(out, "**{}:** ", self.escaped(speaker));
        }
        self.blocks(&content.blocks, "\n\n", &mut out);
        if TextUnit::Utf16.count(&out) <= WORDS_MAX {
            return out;
        }
        // Marks and signs that stand for themselves took more room than `fit` left: the words matter more than the marks. Links
        // that say something else than where they lead stay out all the same.
        let speaker = speaker.map(|speaker| format!("{speaker}: ")).unwrap_or_default();
        let plain = format!("{speaker}{}", content.to_plain()).replace("](", "]\u{200b}(");
        let mut room = WORDS_MAX;
        plain
            .chars()
            .take_while(|letter| {
                let fits = letter.len_utf16() <= room;
                room = room.saturating_sub(letter.len_utf16());
                fits
            })
            .collect()
    }

    fn blocks(self, all: &[Block], between: &str, out: &mut String) {
        for (number, block) in all.iter().enumerate() {
            if number > 0 {
                out.push_str(between);
            }
            self.one(block, out);
        }
    }

    fn one(self, block: &Block, out: &mut String) {
        match block {
            Block::Paragraph(inner) => out.push_str(&self.inlines(inner)),
            Block::Heading(inner) => {
                let _ = write!(out, "**{}**", self.inlines(inner));
            }
            Block::Quote(inner) => {
                let mut text = String::new();
                self.blocks(inner, "\n", &mut text);
                out.push_str("> ");
                out.push_str(&text.replace('\n', "\n> "));
            }
            Block::List { start, items } => self.list(*start, items, out),
            Block::Code { language, text } => {
                let language = language.as_deref().unwrap_or_default();
                let safe = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '+' | '_');
                let language = if language.chars().all(safe) { language } else { "" };
                let text = text.replace(TICKS, PARTED_TICKS);
                let _ = write!(out, "{FENCE}{language}\n{text}\n{FENCE}");
            }
        }
    }

    fn list(self, start: Option<u32>, items: &[Vec<Block>], out: &mut String) {
        for (number, item) in items.iter().enumerate() {
            if number > 0 {
                out.push('\n');
            }
            match start {
                Some(first) => {
                    let _ = write!(out, "{}. ", u64::from(first) + number as u64);
                }
                None => out.push_str("- "),
            }
            let mut text = String::new();
            self.blocks(item, "\n", &mut text);
            out.push_str(&text.replace('\n', "\n  "));
        }
    }

    fn inlines(self, all: &[Inline]) -> String {
        let mut out = String::new();
        for inline in all {
            let at_line_start = out.is_empty() || out.ends_with('\n');
            match inline {
                Inline::Text(text) => self.escape(text, at_line_start, &mut out),
                Inline::Break => out.push('\n'),
                Inline::Code(text) => self.code(text, &mut out),
                Inline::Bold(inner) => self.around("**", inner, &mut out),
                Inline::Italic(inner) => self.around("_", inner, &mut out),
                Inline::Strike(inner) => self.around("~~", inner, &mut out),
                Inline::Spoiler(inner) => self.around("||", inner, &mut out),
                Inline::Link { url, label, .. } => self.link(url, label, &mut out),
                Inline::Mention(Mention::Identity { name, .. }) => {
                    self.escape(&format!("@{name}"), at_line_start, &mut out);
                }
                // Not at the beginning of a line, where it would be a heading: a channel's name has no space behind it.
                Inline::Mention(Mention::Place { name, .. }) => self.escape(&format!("#{name}"), false, &mut out),
            }
        }
        out
    }

    fn around(self, mark: &str, inner: &[Inline], out: &mut String) {
        let inner = self.inlines(inner);
        if !inner.trim().is_empty() {
            let _ = write!(out, "{mark}{inner}{mark}");
        }
    }

    /// Within as many backticks as the text does not hold.
    fn code(self, text: &str, out: &mut String) {
        if !text.contains('`') {
            let _ = write!(out, "`{text}`");
        } else if text.contains("``") {
            self.escape(text, false, out);
        } else {
            let _ = write!(out, "`` {text} ``");
        }
    }

    fn link(self, url: &str, label: &[Inline], out: &mut String) {
        let plain = Content {
            blocks: vec![Block::Paragraph(label.to_vec())],
        }
        .to_plain();
        let of_the_web = url.starts_with("https://") || url.starts_with("http://");
        if !of_the_web {
            let address = url.strip_prefix("mailto:").unwrap_or(url);
            out.push_str(&self.inlines(label));
            if plain != address {
                let _ = write!(out, " ({})", self.escaped(address));
            }
            return;
        }
        // Discord shows no link whose label looks like another address.
        if plain == url || plain.contains("://") || plain.trim().is_empty() {
            self.address(url, out);
            return;
        }
        let _ = write!(out, "[{}](", self.inlines(label));
        self.address(&url.replace('(', "%28").replace(')', "%29").replace(' ', "%20"), out);
        out.push(')');
    }

    fn address(self, url: &str, out: &mut String) {
        if self.quiet {
            let _ = write!(out, "<{url}>");
        } else {
            out.push_str(url);
        }
    }

    fn escaped(self, text: &str) -> String {
        let mut out = String::new();
        self.escape(text, true, &mut out);
        out
    }

    /// Signs that mean something are taken as they stand; addresses stay whole, because Discord makes links of them.
    fn escape(self, text: &str, at_line_start: bool, out: &mut String) {
        let mut line_start = at_line_start;
        for word in text.split_inclusive(char::is_whitespace) {
            if word.starts_with("https://") || word.starts_with("http://") {
                let address = word.trim_end();
                self.address(address, out);
                out.push_str(&word[address.len()..]);
            } else {
                escape_word(word, line_start, out);
            }
            line_start = word.ends_with('\n');
        }
    }
}

fn escape_word(word: &str, line_start: bool, out: &mut String) {
    let trimmed = word.trim_end();
    let digits = trimmed.trim_end_matches(['.', ')']);
    let is_number = digits.len() < trimmed.len() && !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    for (number, letter) in word.chars().enumerate() {
        let first = line_start && number == 0;
        let begins_block = first && matches!(letter, '#' | '-' | '+' | '>');
        let ends_number = line_start && is_number && matches!(letter, '.' | ')');
        if begins_block || ends_number || matches!(letter, '\\' | '*' | '_' | '~' | '`' | '|' | '[' | '<') {
            out.push('\\');
        }
        out.push(letter);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn render(content: &Content, speaker: Option<&str>) -> String {
        Pen::default().render(content, speaker)
    }

    #[track_caller]
    fn check(markdown: &str, expected: &str) {
        assert_eq!(render(&Content::markdown(markdown), None), expected);
    }

    #[test]
    fn styles_are_marked_and_signs_are_escaped() {
        check("**bold** and *it*", "**bold** and _it_");
        assert_eq!(
            render(&Content::plain("1 * 2 _ 3 <@7> ||x|| [a](b)"), None),
            "1 \\* 2 \\_ 3 \\<@7> \\|\\|x\\|\\| \\[a](b)"
        );
        assert_eq!(render(&Content::plain("# no heading"), None), "\\# no heading");
        assert_eq!(render(&Content::plain("1. no list"), None), "1\\. no list");
        assert_eq!(render(&Content::plain("a - b 1. c"), None), "a - b 1. c");
        assert_eq!(
            render(&Content::plain("see https://a.b/c_d now"), None),
            "see https://a.b/c_d now"
        );
    }

    #[test]
    fn blocks_keep_their_shape() {
        check("- one\n- two", "- one\n- two");
        check("3. one\n4. two", "3. one\n4. two");
        check("> said\n> more", "> said more");
        check("# Title\n\ntext", "**Title**\n\ntext");
        check("```rust\nlet a;\n```", "```rust\nlet a;\n```");
        let code = Content {
            blocks: vec![Block::Code {
                language: Some("a b".to_owned()),
                text: "a ``` b ````".to_owned(),
            }],
        };
        assert_eq!(render(&code, None), "```\na `\u{200b}`` b `\u{200b}``\u{200b}`\n```");
    }

    #[test]
    fn links_keep_their_label() {
        check("[docs](https://example.org/a_b)", "[docs](https://example.org/a_b)");
        check("<https://example.org/>", "https://example.org/");
        check("[write](mailto:a@example.org)", "write (a@example.org)");
    }

    #[test]
    fn no_address_is_previewed_where_the_pen_is_quiet() {
        let quiet = |content: &Content| Pen { quiet: true }.render(content, None);
        assert_eq!(
            quiet(&Content::markdown("[docs](https://e.org/a) and <https://e.org/b>")),
            "[docs](<https://e.org/a>) and <https://e.org/b>"
        );
        assert_eq!(
            quiet(&Content::plain("see https://e.org/c\nnow")),
            "see <https://e.org/c>\nnow"
        );
    }

    #[test]
    fn staff_is_named() {
        assert_eq!(render(&Content::plain("Hi"), Some("Car_ol")), "**Car\\_ol:** Hi");
    }

    #[test]
    fn a_text_of_signs_alone_still_fits() {
        let stars = "*".repeat(1_900);
        let rendered = render(&Content::plain(&stars), Some("Carol"));
        assert_eq!(rendered, format!("Carol: {stars}"));
    }
}
