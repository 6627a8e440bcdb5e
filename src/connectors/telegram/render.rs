//! From our tree to Telegram's text with entities. Pure.
//!
//! Entities and not markup, so that nothing anybody wrote can break a message. Offsets count UTF-16 code units.

use teloxide_core::types::{MessageEntity, MessageEntityKind};

use crate::model::content::{Block, Content, Inline, Mention};

/// Telegram takes so many; what is behind stays plain.
const ENTITIES_MAX: usize = 100;

/// A text with what is said about stretches of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Rendered {
    pub(super) text: String,
    pub(super) entities: Vec<MessageEntity>,
}

/// The text as Telegram shows it, after the name of the person of staff whose words they are.
pub(super) fn render(content: &Content, speaker: Option<&str>) -> Rendered {
    let mut writer = Writer::default();
    if let Some(speaker) = speaker {
        writer.within(MessageEntityKind::Bold, |writer| writer.push(speaker));
        writer.push(": ");
    }
    writer.blocks(&content.blocks, "\n\n");
    let mut entities = writer.entities;
    entities.sort_by_key(|entity| (entity.offset, std::cmp::Reverse(entity.length)));
    entities.truncate(ENTITIES_MAX);
    Rendered {
        text: writer.text,
        entities,
    }
}

#[derive(Default)]
struct Writer {
    text: String,
    /// Of the text so far, in UTF-16 code units.
    length: usize,
    entities: Vec<MessageEntity>,
    /// Telegram knows no quote within a quote.
    quoted: bool,
}

impl Writer {
    fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.length += text.encode_utf16().count();
    }

    /// What `write` writes is of this kind.
    fn within(&mut self, kind: MessageEntityKind, write: impl FnOnce(&mut Self)) {
        let start = self.length;
        write(self);
        let length = self.length - start;
        if length > 0 {
            self.entities.push(MessageEntity::new(kind, start, length));
        }
    }

    fn blocks(&mut self, blocks: &[Block], between: &str) {
        for (number, block) in blocks.iter().enumerate() {
            if number > 0 {
                self.push(between);
            }
            self.block(block);
        }
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Paragraph(inlines) => self.inlines(inlines),
            Block::Heading(inlines) => self.within(MessageEntityKind::Bold, |writer| writer.inlines(inlines)),
            Block::Quote(inner) if self.quoted => self.blocks(inner, "\n"),
            Block::Quote(inner) => {
                self.quoted = true;
                self.within(MessageEntityKind::Blockquote, |writer| writer.blocks(inner, "\n"));
                self.quoted = false;
            }
            Block::List { start, items } => self.list(*start, items),
            Block::Code { language, text } => {
                let language = language.clone().filter(|language| !language.is_empty());
                self.within(MessageEntityKind::Pre { language }, |writer| writer.push(text));
            }
        }
    }

    fn list(&mut self, start: Option<u32>, items: &[Vec<Block>]) {
        for (number, item) in items.iter().enumerate() {
            if number > 0 {
                self.push("\n");
            }
            match start {
                Some(first) => self.push(&format!("{}. ", u64::from(first) + number as u64)),
                None => self.push("• "),
            }
            self.blocks(item, "\n");
        }
    }

    fn inlines(&mut self, inlines: &[Inline]) {
        for inline in inlines {
            self.inline(inline);
        }
    }

    fn inline(&mut self, inline: &Inline) {
        let (kind, inner) = match inline {
            Inline::Text(text) => return self.push(text),
            Inline::Break => return self.push("\n"),
            Inline::Code(text) => return self.within(MessageEntityKind::Code, |writer| writer.push(text)),
            Inline::Mention(Mention::Identity { name, .. }) => return self.push(&format!("@{name}")),
            Inline::Mention(Mention::Place { name, .. }) => return self.push(&format!("#{name}")),
            Inline::Bold(inner) => (MessageEntityKind::Bold, inner),
            Inline::Italic(inner) => (MessageEntityKind::Italic, inner),
            Inline::Strike(inner) => (MessageEntityKind::Strikethrough, inner),
            Inline::Spoiler(inner) => (MessageEntityKind::Spoiler, inner),
            Inline::Link { url, label, .. } => return self.link(url, label),
        };
        self.within(kind, |writer| writer.inlines(inner));
    }

    fn link(&mut self, url: &str, label: &[Inline]) {
        match url::Url::parse(url) {
            // Mail addresses are made links by every app itself, and taken as entity by none.
            Ok(parsed) if parsed.scheme() != "mailto" => {
                let kind = MessageEntityKind::TextLink { url: parsed };
                self.within(kind, |writer| writer.inlines(label));
            }
            _ => {
                self.inlines(label);
                let address = url.strip_prefix("mailto:").unwrap_or(url);
                if !self.text.ends_with(address) {
                    self.push(&format!(" ({address})"));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    /// The text with each entity as `[kind offset length]` behind it.
    #[track_caller]
    fn check(markdown: &str, expected: &str) {
        let rendered = render(&Content::markdown(markdown), None);
        let mut shown = rendered.text;
        for entity in rendered.entities {
            let kind = format!("{:?}", entity.kind);
            let kind = kind.split([' ', '{']).next().unwrap_or_default().to_owned();
            write!(shown, " [{kind} {} {}]", entity.offset, entity.length).unwrap();
        }
        assert_eq!(shown, expected);
    }

    #[test]
    fn styles_become_entities_and_markup_characters_stay_text() {
        check("**bold** and *it_alic*", "bold and it_alic [Bold 0 4] [Italic 9 7]");
        check("1 * 2 _ 3", "1 * 2 _ 3");
    }

    #[test]
    fn offsets_count_utf_16() {
        check("👋 **hi**", "👋 hi [Bold 3 2]");
    }

    #[test]
    fn lists_quotes_and_code_keep_their_lines() {
        check("- one\n- two", "• one\n• two");
        check("3. one\n4. two", "3. one\n4. two");
        check("> said\n\ndone", "said\n\ndone [Blockquote 0 4]");
        check("```rust\nlet a;\n```", "let a; [Pre 0 6]");
    }

    #[test]
    fn links_keep_their_label() {
        check("[docs](https://example.org/)", "docs [TextLink 0 4]");
        check("[write](mailto:a@example.org)", "write (a@example.org)");
    }

    #[test]
    fn no_more_entities_than_telegram_takes() {
        let many = "**a** b ".repeat(200);
        assert_eq!(render(&Content::markdown(&many), None).entities.len(), ENTITIES_MAX);
    }
}
