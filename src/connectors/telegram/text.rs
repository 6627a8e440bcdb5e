//! From Telegram's text with entities to our tree. Pure, and takes any offsets: they are the platform's, not ours.

use teloxide_core::types::{MessageEntity, MessageEntityKind};

use crate::model::content::{Block, Content, Inline, link};

/// Entities nested deeper than people see.
const DEPTH_MAX: usize = 8;

/// No language of code has a longer name.
const LANGUAGE_CHARS_MAX: usize = 32;

/// How the bot is named in groups, without the @.
pub(super) type BotName<'a> = Option<&'a str>;

/// The text as a tree; the bot's own name is taken out.
pub(super) fn content(text: &str, entities: &[MessageEntity], bot: BotName<'_>) -> Content {
    let units: Vec<u16> = text.encode_utf16().collect();
    let mut spans: Vec<Span<'_>> = entities
        .iter()
        .map(|entity| Span {
            start: entity.offset.min(units.len()),
            end: entity.offset.saturating_add(entity.length).min(units.len()),
            kind: &entity.kind,
        })
        .filter(|span| span.start < span.end)
        .collect();
    spans.sort_by_key(|span| (span.start, std::cmp::Reverse(span.end)));
    let reader = Reader { units: &units, bot };
    Content {
        blocks: reader.blocks(&spans),
    }
}

/// What stands in `entity`, such as `@somebody`.
pub(super) fn stretch(text: &str, entity: &MessageEntity) -> String {
    let units = text.encode_utf16().skip(entity.offset).take(entity.length);
    String::from_utf16_lossy(&units.collect::<Vec<u16>>())
}

#[derive(Clone, Copy)]
struct Span<'a> {
    start: usize,
    end: usize,
    kind: &'a MessageEntityKind,
}

struct Reader<'a> {
    units: &'a [u16],
    bot: BotName<'a>,
}

impl Reader<'_> {
    fn text(&self, start: usize, end: usize) -> String {
        String::from_utf16_lossy(&self.units[start..end])
    }

    /// Quotes and code blocks stand for themselves; what is between them are paragraphs.
    fn blocks(&self, spans: &[Span<'_>]) -> Vec<Block> {
        let mut blocks = Vec::new();
        let mut at = 0;
        let mut rest = spans;
        while let Some(number) = rest.iter().position(|span| is_block(span.kind) && span.start >= at) {
            let span = rest[number];
            paragraphs(self.inlines((at, span.start), &rest[..number], 0), &mut blocks);
            let behind = &rest[number + 1..];
            let inside = behind.iter().take_while(|inner| inner.start < span.end).count();
            blocks.push(if let MessageEntityKind::Pre { language } = span.kind {
                Block::Code {
                    language: language.as_deref().and_then(language_of_code),
                    text: self.text(span.start, span.end),
                }
            } else {
                let mut inner = Vec::new();
                paragraphs(self.inlines((span.start, span.end), &behind[..inside], 0), &mut inner);
                Block::Quote(inner)
            });
            at = span.end;
            rest = &behind[inside..];
        }
        paragraphs(self.inlines((at, self.units.len()), rest, 0), &mut blocks);
        blocks
    }

    fn inlines(&self, (start, end): (usize, usize), spans: &[Span<'_>], depth: usize) -> Vec<Inline> {
        let mut out = Vec::new();
        let mut at = start;
        let mut rest = spans;
        while let Some((span, behind)) = rest.split_first() {
            let inside = behind.iter().take_while(|inner| inner.start < span.end).count();
            rest = behind;
            // Overlapping entities are not Telegram's; the first one counts.
            if span.start < at || span.start >= end || depth >= DEPTH_MAX {
                continue;
            }
            let stop = span.end.min(end);
            self.lines(at, span.start, &mut out);
            out.extend(self.inline((span.start, stop), span.kind, &behind[..inside], depth));
            at = stop;
            rest = &behind[inside..];
        }
        self.lines(at, end, &mut out);
        out
    }

    fn inline(
        &self,
        (start, end): (usize, usize),
        kind: &MessageEntityKind,
        inside: &[Span<'_>],
        depth: usize,
    ) -> Vec<Inline> {
        let inner = || self.inlines((start, end), inside, depth + 1);
        let text = || self.text(start, end);
        match kind {
            MessageEntityKind::Bold => vec![Inline::Bold(inner())],
            MessageEntityKind::Italic => vec![Inline::Italic(inner())],
            MessageEntityKind::Strikethrough => vec![Inline::Strike(inner())],
            MessageEntityKind::Spoiler => vec![Inline::Spoiler(inner())],
            MessageEntityKind::Code | MessageEntityKind::Pre { .. } => vec![Inline::Code(text())],
            // A link to somebody's account is their name, and no link of the web.
            MessageEntityKind::TextLink { url } if url.scheme() == "tg" => inner(),
            MessageEntityKind::TextLink { url } => link::checked(url.to_string(), inner()),
            MessageEntityKind::Url => link::checked(with_scheme(&text()), inner()),
            MessageEntityKind::Email => link::checked(format!("mailto:{}", text()), inner()),
            MessageEntityKind::Mention if self.is_bot(&text()) => Vec::new(),
            MessageEntityKind::BotCommand => {
                let command = self.command(text());
                Vec::from_iter((!command.is_empty()).then_some(Inline::Text(command)))
            }
            _ => inner(),
        }
    }

    fn is_bot(&self, mention: &str) -> bool {
        let name = mention.strip_prefix('@').unwrap_or(mention);
        self.bot.is_some_and(|bot| bot.eq_ignore_ascii_case(name))
    }

    /// `/share@our_bot` is `/share`.
    fn command(&self, text: String) -> String {
        match text.split_once('@') {
            Some((command, name)) if self.is_bot(name) => command.to_owned(),
            _ => text,
        }
    }

    fn lines(&self, start: usize, end: usize, out: &mut Vec<Inline>) {
        if start >= end {
            return;
        }
        for (number, line) in self.text(start, end).split('\n').enumerate() {
            if number > 0 {
                out.push(Inline::Break);
            }
            if !line.is_empty() {
                out.push(Inline::Text(line.to_owned()));
            }
        }
    }
}

fn is_block(kind: &MessageEntityKind) -> bool {
    matches!(
        kind,
        MessageEntityKind::Pre { .. } | MessageEntityKind::Blockquote | MessageEntityKind::ExpandableBlockquote
    )
}

/// One word, which cannot end what it stands before; Telegram passes on whatever the sender's app calls a language.
fn language_of_code(said: &str) -> Option<String> {
    let word = said.split_whitespace().next()?;
    let plain =
        word.chars().count() <= LANGUAGE_CHARS_MAX && word.chars().all(|letter| letter != '`' && !letter.is_control());
    plain.then(|| word.to_owned())
}

/// People write `example.org`.
fn with_scheme(text: &str) -> String {
    if text.contains("://") {
        text.to_owned()
    } else {
        format!("https://{text}")
    }
}

/// Cuts at empty lines; space and commas that a name left at the beginning go.
fn paragraphs(inlines: Vec<Inline>, blocks: &mut Vec<Block>) {
    let mut current: Vec<Inline> = Vec::new();
    let mut breaks = 0;
    let mut close = |current: &mut Vec<Inline>| {
        while let Some(Inline::Text(first)) = current.first_mut() {
            let trimmed = first.trim_start_matches(|letter: char| letter.is_whitespace() || letter == ',');
            if trimmed.is_empty() {
                current.remove(0);
            } else {
                *first = trimmed.to_owned();
                break;
            }
        }
        if !current.is_empty() {
            blocks.push(Block::Paragraph(std::mem::take(current)));
        }
    };
    for inline in inlines {
        if inline == Inline::Break {
            breaks += 1;
            continue;
        }
        if breaks > 1 {
            close(&mut current);
        } else if breaks == 1 && !current.is_empty() {
            current.push(Inline::Break);
        }
        breaks = 0;
        match (current.last_mut(), inline) {
            // Entities without a style, such as the name of somebody, are text like that around them.
            (Some(Inline::Text(before)), Inline::Text(text)) => before.push_str(&text),
            (_, inline) => current.push(inline),
        }
    }
    close(&mut current);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn entity(kind: MessageEntityKind, text: &str, part: &str) -> MessageEntity {
        let before = text.find(part).expect("the part is in the text");
        let offset = text[..before].encode_utf16().count();
        MessageEntity::new(kind, offset, part.encode_utf16().count())
    }

    #[track_caller]
    fn check(text: &str, entities: &[(MessageEntityKind, &str)], expected: &str) {
        let entities: Vec<_> = entities
            .iter()
            .map(|(kind, part)| entity(kind.clone(), text, part))
            .collect();
        let read = content(text, &entities, Some("our_bot"));
        assert_eq!(read, Content::markdown(expected));
    }

    #[test]
    fn styles_are_read_by_utf_16_offsets() {
        check("👋 hi there", &[(MessageEntityKind::Bold, "hi")], "👋 **hi** there");
        let nested = [
            (MessageEntityKind::Bold, "all of it"),
            (MessageEntityKind::Italic, "of"),
        ];
        check("all of it", &nested, "**all _of_ it**");
    }

    #[test]
    fn the_bots_name_is_taken_out_and_others_stay() {
        check("@Our_Bot, how?", &[(MessageEntityKind::Mention, "@Our_Bot")], "how?");
        check("@other how?", &[(MessageEntityKind::Mention, "@other")], "@other how?");
        check(
            "/share@our_bot tip",
            &[(MessageEntityKind::BotCommand, "/share@our_bot")],
            "/share tip",
        );
    }

    #[test]
    fn code_and_quotes_are_blocks() {
        let pre = MessageEntityKind::Pre { language: None };
        check("see\nlet a;\nok", &[(pre, "let a;")], "see\n\n```\nlet a;\n```\n\nok");
        check("said\nyes", &[(MessageEntityKind::Blockquote, "said")], "> said\n\nyes");
    }

    #[test]
    fn empty_lines_part_paragraphs() {
        check("a\n\n\nb\nc", &[], "a\n\nb\\\nc");
    }

    #[test]
    fn only_links_of_the_web_are_links() {
        check(
            "example.org",
            &[(MessageEntityKind::Url, "example.org")],
            "[example.org](https://example.org)",
        );
        let elsewhere = MessageEntityKind::TextLink {
            url: "https://evil.example/".parse().unwrap(),
        };
        let dishonest = content(
            "bank.example",
            &[entity(elsewhere, "bank.example", "bank.example")],
            None,
        );
        assert_eq!(dishonest, Content::plain("bank.example (https://evil.example/)"));
        let odd = MessageEntityKind::TextLink {
            url: "tg://user?id=1".parse().unwrap(),
        };
        check("Ann", &[(odd, "Ann")], "Ann");
    }

    fn any_kind() -> impl Strategy<Value = MessageEntityKind> {
        prop_oneof![
            Just(MessageEntityKind::Bold),
            Just(MessageEntityKind::Spoiler),
            Just(MessageEntityKind::Blockquote),
            Just(MessageEntityKind::Pre { language: None }),
            Just(MessageEntityKind::Mention),
            Just(MessageEntityKind::Url),
        ]
    }

    #[test]
    fn a_language_of_code_is_one_word() {
        let language = |said: &str| {
            let kind = MessageEntityKind::Pre {
                language: Some(said.to_owned()),
            };
            match content("let a;", &[MessageEntity::new(kind, 0, 6)], None)
                .blocks
                .remove(0)
            {
                Block::Code { language, .. } => language,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(language("rust\n```\n@all").as_deref(), Some("rust"));
        assert_eq!(language("```"), None);
        assert_eq!(language(" "), None);
    }

    proptest! {
        #[test]
        fn no_offsets_break_the_reader(
            text in "[a🙂\\n ]{0,20}",
            entities in proptest::collection::vec((any_kind(), 0_usize..30, 0_usize..30), 0..8),
        ) {
            let entities: Vec<_> = entities
                .into_iter()
                .map(|(kind, offset, length)| MessageEntity::new(kind, offset, length))
                .collect();
            let letters = |text: &str| text.matches('a').count();
            let read = content(&text, &entities, None);
            let plain = read.to_plain();
            // Nothing is lost or said twice, but a link may be followed by its address.
            if entities.iter().all(|entity| entity.kind != MessageEntityKind::Url) {
                prop_assert_eq!(letters(&plain), letters(&text));
            }
        }
    }
}
