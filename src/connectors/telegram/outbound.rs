//! From a fitted action to a request of the Bot API. Pure.

use std::borrow::Cow;

use teloxide_core::types::{
    InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions, MessageEntity, MessageId, ReactionType,
    ReplyParameters, UserId,
};

use super::names::{self, Chat};
use super::render::render;
use crate::model::action::{Author, FileRef};
use crate::model::button::{Button, ButtonEffect};
use crate::model::capability::TextUnit;
use crate::model::content::{Block, Content, Inline};
use crate::model::fit::{FittedAction, FittedBody};
use crate::model::ids::{MessageRef, PlaceRef};
use crate::model::measure::Measure;

/// Buttons whose labels are no longer than this together stand in one row: more does not fit on a phone.
const ROW_CHARS_MAX: usize = 24;

/// The longest text of a message in UTF-16 code units, after its markup is taken out.
pub(super) const WORDS_MAX: usize = 4096;

/// The same where it stands with a file: <https://core.telegram.org/bots/api#sendphoto>.
pub(super) const CAPTION_MAX: usize = 1024;

/// Telegram takes larger pictures as files only: <https://core.telegram.org/bots/api#sending-files>.
const PHOTO_BYTES_MAX: u64 = 10 * 1024 * 1024;

/// What Telegram shows as a photo.
const PHOTOS: [&str; 3] = ["image/jpeg", "image/png", "image/webp"];

/// What stands for a text where there are only buttons; Telegram takes no message without.
const NO_TEXT: &str = "…";

/// Why nothing is done to a message, for staff. The only messages that a place does not know by a number of its own
/// are those of a group before it became a supergroup.
pub(super) const SAID_BEFORE: &str =
    "this was said before the group became a supergroup, and Telegram lets it be changed no more";

/// A name of staff before a text; a longer one is cut.
const SPEAKER_CHARS_MAX: usize = 32;

/// What the name and the colon may take, in UTF-16 code units; the limit of a text leaves room for it.
pub(super) const SPEAKER_MAX: usize = 2 * SPEAKER_CHARS_MAX + 2;

/// One call of the Bot API.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Request {
    Send {
        text: Text,
        reply_to: Option<i32>,
        file: Option<FileRef>,
    },
    Edit {
        message: i32,
        text: Text,
    },
    Delete {
        message: i32,
    },
    /// The message of somebody else.
    Remove {
        message: i32,
    },
    Measure {
        user: UserId,
        measure: Measure,
        /// A group that is no supergroup yet.
        basic: bool,
    },
    React {
        message: i32,
        reactions: Vec<ReactionType>,
    },
    Typing,
}

/// What is said, with the buttons below it. Empty where there are only buttons, or a file.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Text {
    pub(super) words: String,
    pub(super) entities: Vec<MessageEntity>,
    pub(super) keyboard: Option<InlineKeyboardMarkup>,
}

impl Text {
    /// The words as a message of their own.
    pub(super) fn shown(&self) -> &str {
        if self.words.trim().is_empty() {
            NO_TEXT
        } else {
            &self.words
        }
    }
}

/// Whether Telegram shows the file as a photo, and not as a thing to download.
pub(super) fn is_photo(file: &FileRef) -> bool {
    PHOTOS.contains(&&*file.media_type) && file.bytes <= PHOTO_BYTES_MAX
}

/// The call that an action asks for, or why there is none, for staff.
pub(super) fn request(action: &FittedAction, bot_id: u64) -> Result<(Chat, Request), String> {
    let chat = Chat::parse(&action.place, bot_id).ok_or("this place is not one of this bot's on Telegram")?;
    let request = match &action.body {
        FittedBody::Send {
            content,
            buttons,
            reply_to,
            author,
            piece,
            files,
            ..
        } => {
            // An answer may be to a message of another place, which Telegram does not show here.
            let reply_to = reply_to
                .as_ref()
                .and_then(|message| number(message, &action.place).ok());
            let speaker = speaker(author).filter(|_| *piece == 0);
            Request::Send {
                text: said(content, buttons, speaker.as_deref()),
                reply_to,
                // No message holds more, so `fit` puts no more into one.
                file: files.first().cloned(),
            }
        }
        FittedBody::Edit {
            target,
            content,
            buttons,
            author,
            piece,
            ..
        } => {
            let speaker = author.as_ref().and_then(speaker).filter(|_| *piece == 0);
            Request::Edit {
                message: number(target, &action.place)?,
                text: said(content, buttons, speaker.as_deref()),
            }
        }
        FittedBody::Delete { target, .. } => Request::Delete {
            message: number(target, &action.place)?,
        },
        FittedBody::Remove { target, .. } => Request::Remove {
            message: number(target, &action.place)?,
        },
        FittedBody::Measure { person, measure, .. } => Request::Measure {
            user: names::user(person).ok_or("Telegram takes measures only about people")?,
            measure: *measure,
            basic: names::is_of_bot(&action.place),
        },
        FittedBody::React { target, emoji, add, .. } => Request::React {
            message: number(target, &action.place)?,
            // Bots have one reaction on a message; none takes it back.
            reactions: add
                .then(|| ReactionType::Emoji { emoji: emoji.clone() })
                .into_iter()
                .collect(),
        },
        FittedBody::Thread { .. } => return Err("Telegram has no threads for single messages".to_owned()),
        FittedBody::Typing { .. } => Request::Typing,
    };
    Ok((chat, request))
}

/// The message's number in `place`.
fn number(message: &MessageRef, place: &PlaceRef) -> Result<i32, String> {
    if message.place != *place {
        return Err(SAID_BEFORE.to_owned());
    }
    message.id.as_str().parse().map_err(|_| SAID_BEFORE.to_owned())
}

/// The bot speaks for itself; a person of staff is named.
fn speaker(author: &Author) -> Option<String> {
    match author {
        Author::Staff { name, .. } => Some(name.chars().take(SPEAKER_CHARS_MAX).collect()),
        Author::Identity { .. } | Author::Plugin { .. } | Author::Host => None,
    }
}

fn said(text: &Content, buttons: &[Button], speaker: Option<&str>) -> Text {
    let (buttons, links): (Vec<&Button>, Vec<&Button>) = buttons.iter().partition(|button| is_taken(button));
    let mut content = Cow::Borrowed(text);
    for button in links {
        if let ButtonEffect::Link { url } = &button.effect {
            let line = Inline::Text(format!("{}: {url}", button.label));
            content.to_mut().blocks.push(Block::Paragraph(vec![line]));
        }
    }
    let mut rendered = render(&content, speaker);
    if TextUnit::Utf16.count(&rendered.text) > WORDS_MAX {
        // Telegram would refuse it all; the text itself fits.
        rendered = render(text, speaker);
    }
    Text {
        words: rendered.text,
        entities: rendered.entities,
        keyboard: keyboard(&buttons),
    }
}

/// Telegram refuses a whole message for one button that leads elsewhere than to a host of the web.
fn is_taken(button: &Button) -> bool {
    match &button.effect {
        ButtonEffect::Press { .. } | ButtonEffect::Form { .. } => true,
        ButtonEffect::Link { url } => url::Url::parse(url).is_ok_and(|url| {
            let public = url.domain().is_some_and(|host| host.contains('.'));
            public && matches!(url.scheme(), "https" | "http")
        }),
    }
}

/// Short buttons side by side, long ones each in a row.
fn keyboard(buttons: &[&Button]) -> Option<InlineKeyboardMarkup> {
    let mut rows: Vec<Vec<InlineKeyboardButton>> = Vec::new();
    let mut used = usize::MAX;
    for button in buttons {
        let length = button.label.chars().count();
        used = used.saturating_add(length);
        if used > ROW_CHARS_MAX {
            rows.push(Vec::new());
            used = length;
        }
        let row = rows.last_mut().expect("the first button begins a row");
        row.extend(one(button));
    }
    (!rows.is_empty()).then(|| InlineKeyboardMarkup::new(rows))
}

fn one(button: &Button) -> Option<InlineKeyboardButton> {
    Some(match &button.effect {
        // 32 digits; Telegram takes 64 bytes. What the press means is stored on our side.
        ButtonEffect::Press { id } | ButtonEffect::Form { id, .. } => {
            InlineKeyboardButton::callback(button.label.clone(), id.to_string())
        }
        ButtonEffect::Link { url } => InlineKeyboardButton::url(button.label.clone(), url::Url::parse(url).ok()?),
    })
}

/// The answer goes out also when the question is gone meanwhile.
pub(super) fn reply_parameters(message: i32) -> ReplyParameters {
    ReplyParameters::new(MessageId(message)).allow_sending_without_reply()
}

/// Answers carry their source as a link; a preview of it would be larger than the answer.
pub(super) fn no_preview() -> LinkPreviewOptions {
    LinkPreviewOptions {
        is_disabled: true,
        url: None,
        prefer_small_media: false,
        prefer_large_media: false,
        show_above_text: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(label: &str, url: &str) -> Button {
        Button {
            label: label.to_owned(),
            effect: ButtonEffect::Link { url: url.to_owned() },
        }
    }

    #[test]
    fn a_link_that_telegram_would_refuse_is_written_out() {
        let buttons = [
            link("Docs", "https://example.org/docs"),
            link("Write to us", "mailto:help@example.org"),
            link("Local", "http://localhost:8080/"),
        ];
        let with_links = said(&Content::plain("Here."), &buttons, None);
        assert_eq!(
            with_links.words,
            "Here.\n\nWrite to us: mailto:help@example.org\n\nLocal: http://localhost:8080/"
        );
        assert_eq!(
            with_links
                .keyboard
                .map(|keyboard| keyboard.inline_keyboard.concat().len()),
            Some(1)
        );
    }

    #[test]
    fn a_long_text_goes_out_without_them() {
        let long = "a".repeat(WORDS_MAX - SPEAKER_MAX);
        let many = [
            link("Local", "http://localhost/a/long/path/that/does/not/fit/behind/it"),
            link("Mail", "mailto:a@example.org"),
        ];
        assert_eq!(
            said(&Content::plain(&long), &many, Some("x")).words,
            format!("x: {long}")
        );
    }
}
