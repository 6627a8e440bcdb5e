//! What strangers could make a platform send, and what must hold of every event that comes of it. For the fuzzer, and for
//! the tests that play what it found again; no part of the program.
//!
//! A connector's own `hostile` reads bytes as its session does, without the I/O. A fuzz target for another parser needs the
//! same three things: such a function, its file in `tests/fuzz/fuzz_targets`, and its first inputs in `tests/fixtures/fuzz`.

#[cfg(test)]
pub(super) mod kept;

use std::borrow::Cow;

use serde_json::Deserializer;
use serde_json::value::RawValue;

use super::files;
use crate::model::capability::TextUnit;
use crate::model::content::{Block, Content, Inline};
use crate::model::directory::{Audience, SeenIdentity, SeenPlace};
use crate::model::event::{Addressed, InMessage, Source};
use crate::model::ids::{IdentityRef, LoginName, MessageRef, NativeId, PlaceRef};
use crate::model::{Event, EventBody};

/// A key of the database; Telegram's and Discord's own ids stay far below.
const DEDUPE_BYTES_MAX: usize = 256;

/// A guild, a channel and a thread, each cut to 128 characters, with what stands between them.
const PLACE_CHARS_MAX: usize = 400;

/// Names of people, commands and options.
const NAME_CHARS_MAX: usize = 128;

/// A guild's own has a name and a number.
const EMOJI_CHARS_MAX: usize = 128;

/// BCP 47 asks for no more to be kept.
const LANGUAGE_BYTES_MAX: usize = 35;

/// What the tree may be deep: lists in quotes, and styles in them.
const DEPTH_MAX: usize = 32;

/// An event, and whether files come with it.
#[derive(Debug, PartialEq)]
pub(super) struct Heard {
    pub(super) event: Event,
    pub(super) with_files: bool,
}

/// What the connector knows of itself.
pub(super) struct Expected<'a> {
    pub(super) login: &'a LoginName,
    /// The bot's own account.
    pub(super) bot: IdentityRef,
    /// Whether the connector can send to this place.
    pub(super) reaches: &'a dyn Fn(&PlaceRef) -> bool,
}

/// Each JSON value by itself, and what stands behind the last one as it is.
pub(super) fn payloads(bytes: &[u8]) -> Vec<Cow<'_, str>> {
    let mut stream = Deserializer::from_slice(bytes).into_iter::<&RawValue>();
    let mut found = Vec::new();
    while let Some(Ok(value)) = stream.next() {
        found.push(Cow::Borrowed(value.get()));
    }
    let rest = bytes.get(stream.byte_offset()..).unwrap_or_default();
    if !rest.trim_ascii().is_empty() {
        found.push(String::from_utf8_lossy(rest));
    }
    found
}

impl Expected<'_> {
    /// Panics where the event is nonsense.
    pub(super) fn check(&self, heard: &Heard) {
        let event = &heard.event;
        let stored = serde_json::to_string(event).expect("an event can be stored");
        let read: Event = serde_json::from_str(&stored).expect("what is stored can be read");
        assert_eq!(*event, read, "it is stored as it is");
        let Source::Platform { login, place, author } = &event.source else {
            panic!("a platform told it: {event:?}");
        };
        assert_eq!(login, self.login);
        assert_eq!(event.hops, 0, "no event of ours led to it");
        assert!(is_key(&event.dedupe), "{:?} is no key", event.dedupe);
        let at = jiff::Timestamp::from_millisecond(event.occurred_at.as_millis());
        assert!(at.is_ok(), "{:?} is no time", event.occurred_at);
        self.place(place);
        if let Some(author) = author {
            self.author(author);
            let own = author.native == self.bot && !matches!(event.body, EventBody::Member { .. });
            assert!(!own, "the bot hears itself: {event:?}");
        }
        let nobody = matches!(event.body, EventBody::Deleted { .. } | EventBody::Moved { .. });
        assert_eq!(author.is_none(), nobody, "somebody did it: {event:?}");
        self.body(heard, place);
    }

    fn place(&self, place: &SeenPlace) {
        assert!((self.reaches)(&place.native), "{:?} leads nowhere", place.native);
        let direct = place.audience == Audience::Direct;
        assert_eq!(
            direct,
            place.space.is_none(),
            "only a direct chat is in no space: {place:?}"
        );
        assert!(is_shown(&place.name, PLACE_CHARS_MAX), "{:?} is no name", place.name);
        if let Some(parent) = &place.parent {
            assert!((self.reaches)(parent), "{parent:?} leads nowhere");
            assert_ne!(*parent, place.native, "a place is not in itself");
        }
        let hangs = place.parent.is_some() || !place.thread;
        assert!(hangs, "a thread hangs in a place: {place:?}");
    }

    fn author(&self, author: &SeenIdentity) {
        assert_eq!(author.native.scope, self.bot.scope);
        assert!(is_number(&author.native.id), "{:?} is no account", author.native);
        assert!(is_shown(&author.name, NAME_CHARS_MAX), "{:?} is no name", author.name);
        let is_role = |role: &NativeId| is_number(role) || matches!(role.as_str(), "creator" | "administrator");
        assert!(author.roles.iter().all(is_role), "{:?} are no roles", author.roles);
        if let Some(language) = &author.language {
            let is_tag = |letter: u8| letter.is_ascii_alphanumeric() || letter == b'-';
            let fits = (1..=LANGUAGE_BYTES_MAX).contains(&language.len()) && language.bytes().all(is_tag);
            assert!(fits, "{language:?} is no language");
        }
    }

    fn body(&self, heard: &Heard, place: &SeenPlace) {
        match &heard.event.body {
            EventBody::Message(said) | EventBody::Edited(said) => {
                message(&said.native, place);
                check_said(said, place, heard.with_files);
            }
            EventBody::Deleted { message: gone } => message(gone, place),
            EventBody::Reaction { message: to, emoji, .. } => {
                message(to, place);
                assert!(!emoji.trim().is_empty(), "no emoji");
                assert!(is_shown(emoji, EMOJI_CHARS_MAX), "{emoji:?} is no emoji");
            }
            EventBody::Command {
                message: by,
                name,
                options,
                ..
            } => {
                assert!(
                    by.as_ref().is_some_and(|by| by.place == place.native),
                    "it was given here"
                );
                assert!(is_word(name), "{name:?} is no command");
                assert!(
                    options.iter().all(|(name, _)| is_word(name)),
                    "{options:?} are no options"
                );
            }
            EventBody::Press { message: under, .. } => {
                if let Some(under) = under {
                    message(under, place);
                }
            }
            EventBody::Member { .. } => {}
            EventBody::Moved { to } => {
                self.place(to);
                assert_ne!(to.native, place.native, "it moved to where it is");
                assert_eq!(to.audience, place.audience, "the same people are there");
                assert_ne!(place.audience, Audience::Direct, "a direct chat stays where it is");
            }
            other => panic!("no platform tells this: {other:?}"),
        }
    }
}

/// A message of this place.
fn message(message: &MessageRef, place: &SeenPlace) {
    assert_eq!(message.place, place.native, "a message is where it was said");
    assert!(is_number(&message.id), "{:?} is no message", message.id);
}

fn check_said(said: &InMessage, place: &SeenPlace, with_files: bool) {
    let called = matches!(
        said.addressed,
        Addressed::Direct | Addressed::Mention | Addressed::Prefix
    );
    let something = !said.content.is_empty() || with_files || called;
    assert!(something, "nothing was said");
    let direct = place.audience == Audience::Direct;
    assert_eq!(
        direct,
        said.addressed == Addressed::Direct,
        "{:?} in {place:?}",
        said.addressed
    );
    if let Some(answered) = &said.reply_to {
        message(answered, place);
        assert_ne!(*answered, said.native, "nothing answers itself");
    }
    check_content(&said.content);
}

fn check_content(content: &Content) {
    blocks(&content.blocks, 0);
    // Both walk the whole tree.
    let length = content.length(TextUnit::Utf16);
    let plain = content.to_plain();
    assert!(length > 0 || plain.trim().is_empty(), "{plain:?} has no length");
}

fn blocks(within: &[Block], depth: usize) {
    assert!(depth < DEPTH_MAX, "too deep");
    for block in within {
        match block {
            Block::Paragraph(inner) | Block::Heading(inner) => inlines(inner, depth + 1),
            Block::Quote(inner) => blocks(inner, depth + 1),
            Block::List { items, .. } => items.iter().for_each(|item| blocks(item, depth + 1)),
            Block::Code { language, .. } => {
                let one_line = language.as_ref().is_none_or(|language| !language.contains('\n'));
                assert!(one_line, "{language:?} is no language of code");
            }
        }
    }
}

fn inlines(within: &[Inline], depth: usize) {
    assert!(depth < DEPTH_MAX, "too deep");
    for inline in within {
        match inline {
            Inline::Text(text) => assert!(!text.is_empty(), "a text of nothing"),
            Inline::Code(_) | Inline::Break => {}
            Inline::Bold(inner) | Inline::Italic(inner) | Inline::Strike(inner) | Inline::Spoiler(inner) => {
                inlines(inner, depth + 1);
            }
            Inline::Link { url, label, .. } => {
                let leads = url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https" | "mailto"));
                assert!(leads, "{url:?} leads nowhere");
                inlines(label, depth + 1);
            }
            Inline::Mention(mention) => panic!("nobody knows our ids of {mention:?}"),
        }
    }
}

fn is_key(text: &str) -> bool {
    let is_plain = |letter: char| !letter.is_whitespace() && !letter.is_control();
    (1..=DEDUPE_BYTES_MAX).contains(&text.len()) && text.chars().all(is_plain)
}

fn is_number(id: &NativeId) -> bool {
    id.as_str().parse::<i128>().is_ok()
}

/// Can stand in a list without disturbing what is beside it.
fn is_shown(text: &str, chars_max: usize) -> bool {
    text.chars().count() <= chars_max && !text.chars().any(files::is_hidden)
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && is_shown(text, NAME_CHARS_MAX) && !text.contains(char::is_whitespace)
}
