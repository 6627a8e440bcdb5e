//! From what a browser sends to events. Pure, and strict: everything in it was written by a stranger.

use serde::Deserialize;
use uuid::Uuid;

use super::token::{Signer, Visitor};
use super::{EVERYONE, SCOPE};
use crate::connectors::files::is_hidden;
use crate::model::action::FileRef;
use crate::model::content::Content;
use crate::model::directory::{Audience, SeenIdentity, SeenPlace, Standing};
use crate::model::event::{Addressed, InMessage, Source};
use crate::model::ids::{ButtonId, IdentityRef, LoginName, MessageRef, NativeId, PlaceRef, Scope};
use crate::model::{Event, EventBody, Timestamp, language};

/// Longer than any question; what does not fit is a file.
pub(super) const TEXT_CHARS_MAX: usize = 10_000;

/// Ten thousand characters of four bytes, escaped, and room for the rest.
pub(super) const FRAME_BYTES_MAX: usize = 128 * 1024;

/// More files than anybody wants to look at in one message.
const FILES_MAX: usize = 5;

/// Far above the forms we show.
const VALUES_MAX: usize = 20;

/// The longest name of a form's field.
const FIELD_NAME_CHARS_MAX: usize = 100;

/// One thing a browser sends.
#[derive(Debug, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Frame {
    /// Who it is and what it has seen; the first on a socket.
    Hello { token: String },
    /// Something is said. `id` is the browser's own, so that it may send it again until it hears that we have it.
    Say {
        id: Uuid,
        text: String,
        #[serde(default)]
        files: Vec<String>,
    },
    /// It is said differently. `of` is the id it was said under.
    Edit { id: Uuid, of: Uuid, text: String },
    /// It is taken back.
    Delete { id: Uuid, of: Uuid },
    /// A button was pressed, or its form sent in.
    Press {
        id: Uuid,
        message: Uuid,
        button: ButtonId,
        /// The message was for everyone, not only in this chat.
        #[serde(default)]
        everyone: bool,
        #[serde(default)]
        values: Vec<(String, String)>,
    },
    /// Somebody is typing.
    Typing,
    /// What was said before this number is wanted.
    Earlier { before: i64 },
}

impl Frame {
    /// The id under which the page waits for our word.
    pub(super) fn id(&self) -> Option<Uuid> {
        match self {
            Self::Say { id, .. } | Self::Edit { id, .. } | Self::Delete { id, .. } | Self::Press { id, .. } => {
                Some(*id)
            }
            Self::Hello { .. } | Self::Typing | Self::Earlier { .. } => None,
        }
    }
}

/// Why something was not taken; the page knows kind words for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Refusal {
    /// It is not what our page sends.
    NotUnderstood,
    /// There is nothing in it.
    Empty,
    /// It is longer than we take.
    TooLong,
    /// A file is larger than we take.
    TooLarge,
    /// A file's ticket is not ours.
    FileUnknown,
    /// Too much in too little time.
    TooFast,
    /// We do not act here.
    NotHere,
    /// The button is for somebody else.
    NotTheirs,
    /// Something is wrong on our side; the same may be sent again.
    Later,
    /// The token is not ours, or too old; the page begins anew.
    Unknown,
}

impl Refusal {
    /// Whether sending the same again can help.
    pub(super) fn try_again(self) -> bool {
        matches!(self, Self::TooFast | Self::Later)
    }
}

/// Who sends, and how they are to be named.
#[derive(Clone, Debug)]
pub(super) struct Sender {
    pub(super) visitor: Visitor,
    /// From the browser's `Accept-Language`.
    pub(super) language: Option<String>,
}

/// Reads one frame.
pub(super) fn frame(text: &str) -> Result<Frame, Refusal> {
    if text.len() > FRAME_BYTES_MAX {
        return Err(Refusal::TooLong);
    }
    serde_json::from_str(text).map_err(|_| Refusal::NotUnderstood)
}

/// The event that a frame tells, with the id under which the browser waits for our word. None for frames that tell
/// nothing lasting.
pub(super) fn event(
    sender: &Sender,
    frame: Frame,
    signer: &Signer,
    login: &LoginName,
    now: Timestamp,
) -> Result<Option<(Uuid, Event)>, Refusal> {
    let mut place = own_place(sender.visitor);
    let native = |of: Uuid| message_ref(&own_place(sender.visitor).native, &of);
    let (id, body) = match frame {
        Frame::Hello { .. } | Frame::Typing | Frame::Earlier { .. } => return Ok(None),
        Frame::Say { id, text, files } => {
            let files = uploaded(sender.visitor, &files, signer)?;
            let said = said(native(id), &text, files)?;
            (id, EventBody::Message(said))
        }
        Frame::Edit { id, of, text } => (id, EventBody::Edited(said(native(of), &text, Vec::new())?)),
        Frame::Delete { id, of } => (id, EventBody::Deleted { message: native(of) }),
        Frame::Press {
            id,
            message,
            button,
            everyone,
            values,
        } => {
            if everyone {
                place = shared_place();
            }
            check_values(&values)?;
            let message = Some(message_ref(&place.native, &message));
            (
                id,
                EventBody::Press {
                    message,
                    button,
                    values,
                },
            )
        }
    };
    let event = Event {
        source: Source::Platform {
            login: login.clone(),
            place,
            author: Some(seen(sender)),
        },
        occurred_at: now,
        dedupe: format!("{SCOPE}/{}/{}", sender.visitor.native(), id.as_simple()),
        hops: 0,
        body,
    };
    Ok(Some((id, event)))
}

/// The visitor's own chat.
pub(super) fn own_place(visitor: Visitor) -> SeenPlace {
    SeenPlace {
        native: place_ref(visitor.native()),
        space: None,
        parent: None,
        name: visitor.name(),
        audience: Audience::Direct,
        thread: false,
    }
}

/// Where posts for all visitors go.
pub(super) fn shared_place() -> SeenPlace {
    SeenPlace {
        native: place_ref(EVERYONE),
        space: None,
        parent: None,
        name: "Web chat: everyone".into(),
        audience: Audience::Public,
        thread: false,
    }
}

/// The first language of an `Accept-Language` header, if it looks like one.
pub(super) fn language(header: &str) -> Option<String> {
    language::tag(header.split([',', ';']).next()?.trim())
}

fn place_ref(id: impl Into<String>) -> PlaceRef {
    PlaceRef {
        scope: Scope::from(SCOPE),
        id: NativeId::from(id.into()),
    }
}

fn message_ref(place: &PlaceRef, id: &Uuid) -> MessageRef {
    MessageRef {
        place: place.clone(),
        id: NativeId::from(id.as_simple().to_string()),
    }
}

fn seen(sender: &Sender) -> SeenIdentity {
    SeenIdentity {
        native: IdentityRef {
            scope: Scope::from(SCOPE),
            id: NativeId::from(sender.visitor.native()),
        },
        name: sender.visitor.name(),
        bot: false,
        language: sender.language.clone(),
        roles: Vec::new(),
        created_at: Some(sender.visitor.since()),
        joined_at: None,
        standing: Standing::Untold,
    }
}

fn said(native: MessageRef, text: &str, files: Vec<FileRef>) -> Result<InMessage, Refusal> {
    let text = clean(text)?;
    if text.is_empty() && files.is_empty() {
        return Err(Refusal::Empty);
    }
    Ok(InMessage {
        native,
        content: Content::plain(&text),
        addressed: Addressed::Direct,
        reply_to: None,
        mentions: Vec::new(),
        files,
    })
}

/// Text without what no keyboard types, within the limit.
fn clean(text: &str) -> Result<String, Refusal> {
    let text: String = text
        .replace("\r\n", "\n")
        .chars()
        .filter(|c| *c == '\n' || !is_hidden(*c))
        .collect();
    if text.chars().count() > TEXT_CHARS_MAX {
        return Err(Refusal::TooLong);
    }
    Ok(text.trim().to_owned())
}

fn uploaded(visitor: Visitor, tickets: &[String], signer: &Signer) -> Result<Vec<FileRef>, Refusal> {
    if tickets.len() > FILES_MAX {
        return Err(Refusal::TooLong);
    }
    let file = |ticket: &String| signer.uploaded(visitor, ticket).ok_or(Refusal::FileUnknown);
    tickets.iter().map(file).collect()
}

fn check_values(values: &[(String, String)]) -> Result<(), Refusal> {
    let long_name = |(name, _): &(String, String)| name.chars().count() > FIELD_NAME_CHARS_MAX;
    let chars: usize = values.iter().map(|(_, value)| value.chars().count()).sum();
    if values.len() > VALUES_MAX || values.iter().any(long_name) || chars > TEXT_CHARS_MAX {
        return Err(Refusal::TooLong);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0197f0d2-0000-7000-8000-00000000000a";

    fn sender() -> Sender {
        Sender {
            visitor: Visitor(Uuid::from_u128(0x0197_f0d2_0000_7000_8000_0000_0000_beef)),
            language: Some("de-AT".into()),
        }
    }

    fn read(json: &str) -> Result<Option<(Uuid, Event)>, Refusal> {
        let signer = Signer::new([1; 32]);
        event(
            &sender(),
            frame(json)?,
            &signer,
            &LoginName::from("web_chat"),
            Timestamp::from_millis(5),
        )
    }

    #[track_caller]
    fn check_refused(json: &str, expected: Refusal) {
        assert_eq!(read(json).unwrap_err(), expected);
    }

    fn say(text: &str) -> String {
        serde_json::json!({"t": "say", "id": ID, "text": text}).to_string()
    }

    #[test]
    fn what_is_said_becomes_one_direct_message() {
        let (_, event) = read(&say("  Hello\r\nthere\u{202e}  ")).unwrap().unwrap();
        let EventBody::Message(message) = &event.body else {
            panic!("{event:?}")
        };
        assert_eq!(message.content.to_plain(), "Hello\nthere");
        assert_eq!(message.addressed, Addressed::Direct);
        let Source::Platform { place, author, .. } = &event.source else {
            panic!("{event:?}")
        };
        assert_eq!(place.audience, Audience::Direct);
        assert_eq!(author.as_ref().unwrap().name, "Visitor BEEF");
        assert_eq!(author.as_ref().unwrap().language.as_deref(), Some("de-AT"));
    }

    #[test]
    fn sent_twice_it_is_the_same_event() {
        let key = || read(&say("hi")).unwrap().unwrap().1.dedupe;
        assert_eq!(key(), key());
    }

    #[test]
    fn markup_in_a_message_stays_text() {
        let (_, event) = read(&say("**x** <script>")).unwrap().unwrap();
        let EventBody::Message(message) = event.body else {
            panic!()
        };
        assert_eq!(message.content, Content::plain("**x** <script>"));
    }

    #[test]
    fn nothing_and_too_much_are_refused() {
        check_refused(&say("  \u{7} \n "), Refusal::Empty);
        check_refused(&say(&"é".repeat(TEXT_CHARS_MAX + 1)), Refusal::TooLong);
        check_refused(&say(&"x".repeat(FRAME_BYTES_MAX)), Refusal::TooLong);
        assert!(read(&say(&"é".repeat(TEXT_CHARS_MAX))).is_ok());
    }

    #[test]
    fn what_our_page_does_not_send_is_not_understood() {
        for wrong in [
            "",
            "[]",
            "{}",
            r#"{"t":"say"}"#,
            r#"{"t":"say","id":"1","text":"x"}"#,
            r#"{"t":"root"}"#,
        ] {
            check_refused(wrong, Refusal::NotUnderstood);
        }
        check_refused(
            &format!(r#"{{"t":"say","id":"{ID}","text":"x","staff":true}}"#),
            Refusal::NotUnderstood,
        );
    }

    #[test]
    fn a_file_that_was_not_uploaded_cannot_be_sent() {
        check_refused(
            &format!(r#"{{"t":"say","id":"{ID}","text":"x","files":["forged.ticket"]}}"#),
            Refusal::FileUnknown,
        );
    }

    #[test]
    fn a_press_under_a_post_happens_where_the_post_is() {
        let press = format!(r#"{{"t":"press","id":"{ID}","message":"{ID}","button":"{ID}","everyone":true}}"#);
        let (_, event) = read(&press).unwrap().unwrap();
        let Source::Platform { place, .. } = event.source else {
            panic!()
        };
        assert_eq!(place.native.id.as_str(), EVERYONE);
    }

    #[test]
    fn a_form_has_limits() {
        let values: Vec<(String, String)> = (0..=VALUES_MAX).map(|n| (n.to_string(), String::new())).collect();
        let press = serde_json::json!({"t": "press", "id": ID, "message": ID, "button": ID, "values": values});
        check_refused(&press.to_string(), Refusal::TooLong);
    }

    #[test]
    fn only_a_language_is_taken_as_a_language() {
        let check = |header: &str, expected: Option<&str>| assert_eq!(language(header).as_deref(), expected);
        check("de-AT,de;q=0.9", Some("de-AT"));
        check("ar", Some("ar"));
        check("*", None);
        check("<b>", None);
        check("", None);
    }
}
