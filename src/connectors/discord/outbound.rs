//! From a fitted action to a request to Discord. Pure.

mod said;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use serenity::builder::{CreateAllowedMentions, CreateMessage, EditMessage};
use serenity::model::channel::{MessageFlags, MessageReference, Nonce};
use serenity::model::id::{ChannelId, InteractionId, MessageId, UserId};

use self::said::Said;
use super::failure::Repeat;
use super::names;
use super::payload::EPHEMERAL;
use crate::model::action::{Author, FileRef};
use crate::model::button::Button;
use crate::model::content::Content;
use crate::model::fit::{FittedAction, FittedBody};
use crate::model::ids::{DeliveryId, IdentityRef, MessageRef};
use crate::model::measure::Measure;

/// Files with one message, by <https://discord.com/developers/docs/resources/message#create-message>.
const FILES_MAX: usize = 10;

/// A thread leaves the list of open ones after so much quiet, which is when a conversation in it ends. Whoever writes there
/// brings it back.
const ARCHIVED_AFTER_MINUTES: u32 = 1440;

/// A name of staff before a text; a longer one is cut.
const SPEAKER_CHARS_MAX: usize = 32;

/// What the name with its marks may take, in UTF-16 code units; the limit of a text leaves room for it.
pub(super) const SPEAKER_MAX: usize = 2 * SPEAKER_CHARS_MAX + 6;

/// Where an answer carries its source as a link: a preview of it would be larger than the answer. It would hide embeds, too.
const NO_PREVIEW: MessageFlags = MessageFlags::SUPPRESS_EMBEDS;

/// One call of Discord's.
#[derive(Clone, Debug)]
pub(super) enum Request {
    Send {
        message: Box<CreateMessage>,
        /// The same with its sources as embeds, for where they can be shown.
        embedding: Option<Box<CreateMessage>>,
        files: Vec<FileRef>,
        /// The command that it answers.
        answers: Option<InteractionId>,
        /// Who alone sees it.
        only: Option<UserId>,
    },
    Edit {
        message: MessageId,
        edit: Box<EditMessage>,
        /// The same with its sources as embeds, for where they can be shown.
        embedding: Option<Box<EditMessage>>,
    },
    Delete(MessageId),
    /// The message of somebody else.
    Remove {
        message: MessageId,
        reason: String,
    },
    Measure {
        user: UserId,
        measure: Measure,
        reason: String,
    },
    React {
        message: MessageId,
        emoji: String,
        add: bool,
    },
    Thread {
        from: MessageId,
        name: String,
    },
    Typing,
}

impl Request {
    /// Whether it may be made a second time. Answers to what people gave go without the nonce by which Discord knows them
    /// again, and files may be on their way for longer than it does.
    pub(super) fn repeat(&self) -> Repeat {
        match self {
            Self::Send {
                answers: None,
                only: None,
                files,
                ..
            } if files.is_empty() => Repeat::ForAWhile,
            // Whoever was taken out a moment ago has hardly come back, and later would be taken out again.
            Self::Measure {
                measure: Measure::Kick, ..
            } => Repeat::ForAWhile,
            Self::Send { .. } | Self::Measure { .. } => Repeat::Never,
            // A message has one thread, and a second one is refused.
            Self::Edit { .. }
            | Self::Delete(_)
            | Self::Remove { .. }
            | Self::React { .. }
            | Self::Thread { .. }
            | Self::Typing => Repeat::Always,
        }
    }

    /// The thread that it opens.
    pub(super) fn thread(&self) -> Option<ChannelId> {
        match self {
            Self::Thread { from, .. } => Some(thread_below(*from)),
            _ => None,
        }
    }

    /// Whether files go with it.
    pub(super) fn has_files(&self) -> bool {
        matches!(self, Self::Send { files, .. } if !files.is_empty())
    }
}

/// The thread that hangs on a message. It goes by the message's id, by
/// <https://discord.com/developers/docs/resources/channel#start-thread-from-message>.
pub(super) fn thread_below(message: MessageId) -> ChannelId {
    ChannelId::new(message.get())
}

/// The call that an action asks for, or why there is none, for staff.
pub(super) fn request(action: &FittedAction) -> Result<(ChannelId, Request), String> {
    let channel = names::channel(&action.place).ok_or("this place is not one of Discord's")?;
    let request = match &action.body {
        FittedBody::Send { .. } => sent(action, channel)?,
        FittedBody::Edit {
            target,
            content,
            buttons,
            author,
            piece,
            ..
        } => {
            let speaker = author.as_ref().filter(|_| *piece == 0).and_then(speaker);
            changed(number(target)?, content, buttons, speaker.as_deref())
        }
        FittedBody::Delete { target, .. } => Request::Delete(number(target)?),
        FittedBody::Remove { target, reason, .. } => Request::Remove {
            message: number(target)?,
            reason: reason.clone(),
        },
        FittedBody::Measure {
            person,
            measure,
            reason,
            ..
        } => Request::Measure {
            user: account(person)?,
            measure: *measure,
            reason: reason.clone(),
        },
        FittedBody::React { target, emoji, add, .. } => Request::React {
            message: number(target)?,
            emoji: emoji.clone(),
            add: *add,
        },
        FittedBody::Thread { from, name } => Request::Thread {
            from: number(from)?,
            name: name.clone(),
        },
        FittedBody::Typing { .. } => Request::Typing,
    };
    Ok((channel, request))
}

/// The call that says one piece of a message.
fn sent(action: &FittedAction, channel: ChannelId) -> Result<Request, String> {
    let FittedBody::Send {
        content,
        buttons,
        files,
        reply_to,
        author,
        piece,
        only,
        ..
    } = &action.body
    else {
        return Err("this says nothing".to_owned());
    };
    check_files(files.len())?;
    let speaker = speaker(author).filter(|_| *piece == 0);
    let said = Said::new(content, buttons, speaker.as_deref(), !files.is_empty());
    let embedded = said.embedded(content, speaker.as_deref());
    let mut message = CreateMessage::new()
        .content(said.words)
        .components(said.rows)
        .allowed_mentions(nobody().replied_user(true))
        .flags(NO_PREVIEW)
        .nonce(Nonce::String(nonce(action.delivery)))
        .enforce_nonce(true);
    // An answer may be to a message of another place, which Discord does not show here.
    let answered = reply_to.as_ref().filter(|message| message.place == action.place);
    let answers = answered.and_then(names::interaction_id);
    if let Some(answered) = answered.filter(|_| answers.is_none()) {
        // It goes out also when the question is gone meanwhile.
        let reference = MessageReference::from((channel, number(answered)?)).fail_if_not_exists(false);
        message = message.reference_message(reference);
    }
    let embedding = embedded.map(|(words, embeds)| {
        let embedding = message.clone().content(words).embeds(embeds);
        Box::new(embedding.flags(MessageFlags::empty()))
    });
    Ok(Request::Send {
        message: Box::new(message),
        embedding,
        files: files.clone(),
        answers,
        only: only.as_ref().map(account).transpose()?,
    })
}

fn check_files(count: usize) -> Result<(), String> {
    if count > FILES_MAX {
        let words = format!("Discord takes {FILES_MAX} files with one message; send the rest on its own");
        return Err(words);
    }
    Ok(())
}

/// The call that has a message say something else.
fn changed(message: MessageId, content: &Content, buttons: &[Button], speaker: Option<&str>) -> Request {
    let said = Said::new(content, buttons, speaker, false);
    let embedded = said.embedded(content, speaker);
    let edit = EditMessage::new()
        .content(said.words)
        .components(said.rows)
        .allowed_mentions(nobody())
        // Those of before go.
        .embeds(Vec::new())
        .flags(NO_PREVIEW);
    let embedding = embedded.map(|(words, embeds)| {
        let embedding = edit.clone().content(words).embeds(embeds);
        Box::new(embedding.flags(MessageFlags::empty()))
    });
    Request::Edit {
        message,
        edit: Box::new(edit),
        embedding,
    }
}

/// The message with what each file is; the bytes go beside it under the same numbers. The library numbers them only
/// where it sends them itself.
pub(super) fn described(mut message: Value, files: &[FileRef]) -> Value {
    message["attachments"] = files
        .iter()
        .enumerate()
        .map(|(number, file)| json!({"id": number.to_string(), "filename": file.name, "description": file.alt}))
        .collect();
    message
}

/// A thread with this name.
pub(super) fn thread(name: &str) -> Value {
    json!({"name": name, "auto_archive_duration": ARCHIVED_AFTER_MINUTES})
}

/// The message as it goes into a channel.
pub(super) fn plain(message: &CreateMessage) -> Value {
    serde_json::to_value(message).expect("what we send is plain data")
}

/// The same for the place that Discord holds open for an answer.
pub(super) fn filled(message: &CreateMessage) -> Value {
    let mut message = plain(message);
    if let Value::Object(fields) = &mut message {
        fields.retain(|name, _| matches!(name.as_str(), "content" | "components" | "allowed_mentions" | "flags"));
    }
    message
}

/// The same for one person alone, who did something a moment ago.
pub(super) fn for_one(message: &CreateMessage) -> Value {
    let mut message = filled(message);
    let flags = message["flags"].as_u64().unwrap_or(0);
    message["flags"] = json!(flags | EPHEMERAL);
    message
}

/// The same change of what one person alone sees. What it may show is not asked, and it stays theirs.
pub(super) fn edit_for_one(edit: &EditMessage) -> Value {
    let mut edit = serde_json::to_value(edit).expect("what we send is plain data");
    if let Value::Object(fields) = &mut edit {
        fields.retain(|name, _| name != "flags");
    }
    edit
}

fn account(identity: &IdentityRef) -> Result<UserId, String> {
    names::user(identity).ok_or_else(|| "this person is not one of Discord's".to_owned())
}

fn number(message: &MessageRef) -> Result<MessageId, String> {
    names::message_id(message).ok_or_else(|| "this message is not one of Discord's".to_owned())
}

/// Within some minutes Discord takes only one message with this; it may have 25 characters.
fn nonce(delivery: DeliveryId) -> String {
    URL_SAFE_NO_PAD.encode(delivery.0.as_bytes())
}

/// Whatever a text says, it calls nobody.
fn nobody() -> CreateAllowedMentions {
    CreateAllowedMentions::new()
}

/// The bot speaks for itself; a person of staff is named.
fn speaker(author: &Author) -> Option<String> {
    match author {
        Author::Staff { name, .. } => Some(name.chars().take(SPEAKER_CHARS_MAX).collect()),
        Author::Identity { .. } | Author::Plugin { .. } | Author::Host => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_nonce_is_short_and_each_deliverys_own() {
        let one = nonce(DeliveryId(Uuid::from_u128(1)));
        assert!(one.len() <= 25 && one != nonce(DeliveryId(Uuid::from_u128(2))), "{one}");
    }
}
