//! From a fitted action to a request to Discord. Pure.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use serenity::builder::{
    CreateActionRow, CreateAllowedMentions, CreateButton, CreateEmbed, CreateMessage, CreateSelectMenu,
    CreateSelectMenuKind, CreateSelectMenuOption, EditMessage,
};
use serenity::model::application::ButtonStyle;
use serenity::model::channel::{MessageFlags, MessageReference, Nonce};
use serenity::model::id::{ChannelId, InteractionId, MessageId, UserId};

use super::failure::Repeat;
use super::names;
use super::payload::EPHEMERAL;
use super::render::Pen;
use super::sources;
use crate::model::action::{Author, FileRef};
use crate::model::button::{Button, ButtonEffect};
use crate::model::content::{Block, Content, Inline};
use crate::model::fit::{FittedAction, FittedBody};
use crate::model::ids::{DeliveryId, IdentityRef, MessageRef};
use crate::model::measure::Measure;

/// Buttons in a row, and rows, from <https://discord.com/developers/docs/components/reference#action-row>.
const ROW_MAX: usize = 5;
const ROWS_MAX: usize = 5;

/// What can be chosen from one menu, which takes a row, by
/// <https://discord.com/developers/docs/components/reference#string-select>.
const CHOICES_MAX: usize = 25;

/// Files with one message, by <https://discord.com/developers/docs/resources/message#create-message>.
const FILES_MAX: usize = 10;

/// A thread leaves the list of open ones after so much quiet, which is when a conversation in it ends. Whoever writes there
/// brings it back.
const ARCHIVED_AFTER_MINUTES: u32 = 1440;

/// Of a button that leads somewhere.
const URL_BYTES_MAX: usize = 512;

/// Characters of a button's label.
const LABEL_CHARS_MAX: usize = 80;

/// A name of staff before a text; a longer one is cut.
const SPEAKER_CHARS_MAX: usize = 32;

/// What the name with its marks may take, in UTF-16 code units; the limit of a text leaves room for it.
pub(super) const SPEAKER_MAX: usize = 2 * SPEAKER_CHARS_MAX + 6;

/// Where an answer carries its source as a link: a preview of it would be larger than the answer. It would hide embeds, too.
const NO_PREVIEW: MessageFlags = MessageFlags::SUPPRESS_EMBEDS;

/// What stands for a text where there are only buttons.
const NO_TEXT: &str = "…";

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

/// What is said, with the buttons below it.
struct Said<'a> {
    words: String,
    rows: Vec<CreateActionRow>,
    /// Links that have no room there.
    written: Vec<&'a Button>,
}

impl<'a> Said<'a> {
    fn new(text: &Content, buttons: &'a [Button], speaker: Option<&str>, has_files: bool) -> Self {
        let Below { rows, written } = Below::new(buttons);
        let words = Pen::default().render(&with_links(text, &written), speaker);
        Self {
            words: if words.trim().is_empty() && !has_files {
                NO_TEXT.to_owned()
            } else {
                words
            },
            rows,
            written,
        }
    }

    /// The words and embeds that show the sources of `text` as embeds; none where it has no source that can be one.
    fn embedded(&self, text: &Content, speaker: Option<&str>) -> Option<(String, Vec<CreateEmbed>)> {
        let parted = sources::part(text)?;
        let words = Pen { quiet: true }.render(&with_links(&parted.text, &self.written), speaker);
        Some((words, parted.embeds))
    }
}

/// The text with links that are no buttons behind it.
fn with_links<'t>(text: &'t Content, written: &[&Button]) -> Cow<'t, Content> {
    let mut content = Cow::Borrowed(text);
    for button in written {
        if let ButtonEffect::Link { url } = &button.effect {
            let line = Inline::Text(format!("{}: {url}", button.label));
            content.to_mut().blocks.push(Block::Paragraph(vec![line]));
        }
    }
    content
}

/// What hangs below a text.
struct Below<'a> {
    rows: Vec<CreateActionRow>,
    /// Links that have no room there.
    written: Vec<&'a Button>,
}

impl<'a> Below<'a> {
    /// Buttons in rows. More than Discord takes are choices of a menu; what leads elsewhere cannot be one.
    fn new(buttons: &'a [Button]) -> Self {
        let (shown, mut written): (Vec<&Button>, Vec<&Button>) = buttons.iter().partition(|button| is_taken(button));
        if shown.len() <= ROW_MAX * ROWS_MAX {
            return Self {
                rows: rows(&shown),
                written,
            };
        }
        let is_link = |button: &&Button| matches!(button.effect, ButtonEffect::Link { .. });
        let (links, choices): (Vec<&Button>, Vec<&Button>) = shown.into_iter().partition(is_link);
        let menus = choices.chunks(CHOICES_MAX).take(ROWS_MAX).enumerate();
        let mut below: Vec<CreateActionRow> = menus.map(|(number, choices)| menu(number, choices)).collect();
        let room = (ROWS_MAX - below.len()) * ROW_MAX;
        let (links, behind) = links.split_at(links.len().min(room));
        below.extend(rows(links));
        written.extend(behind);
        Self { rows: below, written }
    }
}

fn menu(number: usize, choices: &[&Button]) -> CreateActionRow {
    let options = choices.iter().filter_map(|button| match &button.effect {
        ButtonEffect::Press { id } | ButtonEffect::Form { id, .. } => {
            Some(CreateSelectMenuOption::new(label(button), id.to_string()))
        }
        ButtonEffect::Link { .. } => None,
    });
    let kind = CreateSelectMenuKind::String {
        options: options.collect(),
    };
    CreateActionRow::SelectMenu(CreateSelectMenu::new(format!("menu-{number}"), kind))
}

fn label(button: &Button) -> String {
    button.label.chars().take(LABEL_CHARS_MAX).collect()
}

/// Discord refuses a whole message for one button that leads elsewhere than into the web.
fn is_taken(button: &Button) -> bool {
    match &button.effect {
        ButtonEffect::Press { .. } | ButtonEffect::Form { .. } => true,
        ButtonEffect::Link { url } => {
            let of_the_web = |url: url::Url| matches!(url.scheme(), "https" | "http") && url.has_host();
            url.len() <= URL_BYTES_MAX && url::Url::parse(url).is_ok_and(of_the_web)
        }
    }
}

fn rows(buttons: &[&Button]) -> Vec<CreateActionRow> {
    let rows = buttons.chunks(ROW_MAX).take(ROWS_MAX);
    rows.map(|row| CreateActionRow::Buttons(row.iter().map(|button| one(button)).collect()))
        .collect()
}

fn one(button: &Button) -> CreateButton {
    let made = match &button.effect {
        // 32 digits; Discord takes 100 characters. What the press means is stored on our side.
        ButtonEffect::Press { id } | ButtonEffect::Form { id, .. } => {
            CreateButton::new(id.to_string()).style(ButtonStyle::Secondary)
        }
        ButtonEffect::Link { url } => CreateButton::new_link(url),
    };
    made.label(label(button))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ids::ButtonId;
    use uuid::Uuid;

    fn link(label: &str, url: &str) -> Button {
        Button {
            label: label.to_owned(),
            effect: ButtonEffect::Link { url: url.to_owned() },
        }
    }

    #[test]
    fn a_link_that_discord_would_refuse_is_written_out() {
        let buttons = [
            link("Docs", "https://example.org/docs"),
            link("Write to us", "mailto:help@example.org"),
        ];
        let said = Said::new(&Content::plain("Here."), &buttons, None, false);
        assert_eq!(said.words, "Here.\n\nWrite to us: mailto:help@example.org");
        assert_eq!(said.rows.len(), 1);
    }

    #[test]
    fn many_buttons_stand_in_rows() {
        let button = |number| Button {
            label: "x".repeat(100),
            effect: ButtonEffect::Press {
                id: ButtonId(Uuid::from_u128(number)),
            },
        };
        let buttons: Vec<Button> = (0..7).map(button).collect();
        let said = Said::new(&Content::default(), &buttons, None, false);
        assert_eq!((said.words.as_str(), said.rows.len()), (NO_TEXT, 2));
        let first = serde_json::to_value(&said.rows[1]).unwrap();
        assert_eq!(first["components"][0]["label"], "x".repeat(LABEL_CHARS_MAX));
        assert_eq!(first["components"][1]["custom_id"], format!("{:032x}", 6));
    }

    #[test]
    fn more_buttons_than_discord_takes_are_choices_and_no_link_is_lost() {
        let button = |number| Button {
            label: format!("Choice {number}"),
            effect: ButtonEffect::Press {
                id: ButtonId(Uuid::from_u128(number)),
            },
        };
        let mut buttons: Vec<Button> = (0..26).map(button).collect();
        buttons.extend((0..17).map(|number| link(&format!("Page {number}"), "https://example.org/")));
        let said = Said::new(&Content::plain("Choose."), &buttons, None, false);
        let rows = serde_json::to_value(&said.rows).unwrap();
        let first = &rows[0]["components"][0];
        assert_eq!(
            (first["type"].as_u64(), first["options"].as_array().unwrap().len()),
            (Some(3), 25)
        );
        let last = &rows[1]["components"][0]["options"][0];
        assert_eq!(last, &json!({"label": "Choice 25", "value": format!("{:032x}", 25)}));
        assert_eq!(rows.as_array().unwrap().len(), 5);
        assert!(
            said.words
                .ends_with("Page 15: https://example.org/\n\nPage 16: https://example.org/"),
            "{}",
            said.words
        );
    }

    #[test]
    fn a_nonce_is_short_and_each_deliverys_own() {
        let one = nonce(DeliveryId(Uuid::from_u128(1)));
        assert!(one.len() <= 25 && one != nonce(DeliveryId(Uuid::from_u128(2))), "{one}");
    }
}
