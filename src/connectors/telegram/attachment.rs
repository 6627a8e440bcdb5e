//! What a message holds besides words. Pure: which file is fetched, and what stands for what is not.

use teloxide_core::types::{FileId, FileMeta, Message, PhotoSize};

use crate::model::content::{Block, Inline};

/// Telegram gives bots no larger files: <https://core.telegram.org/bots/api#getfile>.
pub(super) const BYTES_MAX: usize = 20 * 1024 * 1024;

/// What the library puts where Telegram says no size.
const NO_SIZE: u32 = u32::MAX;

/// A file that is still with Telegram.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Attached {
    pub(super) id: FileId,
    pub(super) what: &'static str,
    /// As the sender named it, or a plain name.
    pub(super) name: String,
    /// Whether Telegram itself says that bots do not get it. That it is small is believed only once it is here.
    pub(super) too_large: bool,
}

/// Why a file did not come along, for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    TooLarge,
    TooSlow,
    NotGiven,
    /// The message is not kept, so nobody asked for the file.
    NotWanted,
}

/// The file of a message. Stickers are words.
pub(super) fn file(message: &Message) -> Option<Attached> {
    let attached = |what, meta: &FileMeta, name: Option<&String>, plain: &str| {
        Some(Attached {
            id: meta.id.clone(),
            what,
            name: name.map_or(plain, String::as_str).to_owned(),
            too_large: meta.size != NO_SIZE && meta.size as usize > BYTES_MAX,
        })
    };
    if let Some(photo) = message.photo().and_then(largest) {
        attached("photo", &photo.file, None, "photo.jpg")
    } else if let Some(animation) = message.animation() {
        attached(
            "animation",
            &animation.file,
            animation.file_name.as_ref(),
            "animation.mp4",
        )
    } else if let Some(video) = message.video() {
        attached("video", &video.file, video.file_name.as_ref(), "video.mp4")
    } else if let Some(video) = message.video_note() {
        attached("video", &video.file, None, "video.mp4")
    } else if let Some(voice) = message.voice() {
        attached("voice message", &voice.file, None, "voice message.ogg")
    } else if let Some(audio) = message.audio() {
        attached("audio", &audio.file, audio.file_name.as_ref(), "audio.mp3")
    } else if let Some(document) = message.document() {
        attached("file", &document.file, document.file_name.as_ref(), "file")
    } else {
        None
    }
}

/// Telegram makes a photo in several sizes.
fn largest(sizes: &[PhotoSize]) -> Option<&PhotoSize> {
    sizes
        .iter()
        .max_by_key(|size| u64::from(size.width) * u64::from(size.height))
}

/// What a message without words and without a file holds.
pub(super) fn word(message: &Message) -> Option<String> {
    if let Some(sticker) = message.sticker() {
        let emoji = sticker.emoji.as_deref().unwrap_or_default();
        return Some(format!("sticker {emoji}").trim_end().to_owned());
    }
    let held = [
        (message.contact().is_some(), "contact"),
        (message.venue().is_some() || message.location().is_some(), "location"),
        (message.poll().is_some(), "poll"),
        (message.dice().is_some(), "dice"),
        (message.story().is_some(), "story"),
    ];
    let found = held.into_iter().find(|(is_held, _)| *is_held);
    found.map(|(_, word)| word.to_owned())
}

/// What stands for something that is no text.
pub(super) fn stand_in(what: &str) -> Block {
    Block::Paragraph(vec![Inline::Italic(vec![Inline::Text(format!("[{what}]"))])])
}

/// What stands for a file that did not come along.
pub(super) fn left_out(what: &str, why: Missing) -> Block {
    let why = match why {
        Missing::TooLarge => ": larger than the 20 MB that Telegram gives to bots",
        Missing::TooSlow => ": it took too long to fetch",
        Missing::NotGiven => ": Telegram did not give it",
        Missing::NotWanted => "",
    };
    stand_in(&format!("{what}{why}"))
}
