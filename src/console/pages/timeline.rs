//! What happened in one conversation, in order: messages, notes, changes of hands, with their deliveries.

use std::collections::VecDeque;

use crate::console::ConsoleState;
use crate::console::access::SignedIn;
use crate::console::error::ConsoleError;
use crate::console::show::names::Names;
use crate::console::show::time::{Shown, shown};
use crate::console::show::{content, words};
use crate::model::action::Author;
use crate::model::button::ButtonEffect;
use crate::model::ids::{ConversationId, MessageId};
use crate::model::measure::{Removal, RemovalState};
use crate::storage::Page;
use crate::storage::core::{DeliveryState, LoggedTransition, StoredDelivery, StoredMessage};

/// Messages of one page of a conversation.
const MESSAGES_MAX: u32 = 100;

/// One line of the timeline.
pub(super) struct Item {
    /// Names it for the live script.
    pub(super) id: String,
    pub(super) at: Shown,
    pub(super) what: What,
}

/// What a line shows.
pub(super) enum What {
    Said(Box<Said>),
    Moved(String),
}

/// Something that was said.
pub(super) struct Said {
    pub(super) message: String,
    pub(super) author: String,
    /// The class: `visitor`, `bot`, `staff`, `note`, `host`.
    pub(super) class: &'static str,
    pub(super) html: String,
    pub(super) plain: String,
    pub(super) edited: bool,
    pub(super) deleted: bool,
    /// Why somebody else's words were deleted, which staff go on seeing.
    pub(super) removed: Option<String>,
    /// Why they are to be deleted, and what has come of that.
    pub(super) to_go: Option<String>,
    /// This account said it and may change it.
    pub(super) own: bool,
    pub(super) buttons: Vec<String>,
    pub(super) files: Vec<File>,
    pub(super) cites: Vec<(String, u32)>,
    pub(super) tick: Option<Tick>,
}

/// A file with a message.
pub(super) struct File {
    pub(super) href: String,
    pub(super) name: String,
    pub(super) size: String,
}

/// What became of the deliveries of a message.
pub(super) struct Tick {
    pub(super) text: &'static str,
    pub(super) class: &'static str,
    pub(super) reason: String,
    /// Somebody has to look at it.
    pub(super) trouble: bool,
}

/// A stretch of a conversation.
pub(super) struct Timeline {
    /// Oldest first.
    pub(super) items: Vec<Item>,
    /// Where earlier messages end.
    pub(super) earlier: Option<i64>,
    /// Entries that were answered with, newest first.
    pub(super) cited: Vec<String>,
}

/// Reads it. `before` is a message's sequence number, none for the newest.
pub(super) async fn read(
    state: &ConsoleState,
    who: &SignedIn,
    names: &mut Names<'_>,
    id: ConversationId,
    before: Option<i64>,
) -> Result<Timeline, ConsoleError> {
    let page = Page {
        before,
        limit: MESSAGES_MAX + 1,
    };
    let mut messages = state.storage.messages_of_conversation(id, page).await?;
    let shown_max = usize::try_from(MESSAGES_MAX).expect("a page fits in memory");
    let more = messages.len() > shown_max;
    messages.truncate(shown_max);
    let earlier = messages.last().filter(|_| more).map(|message| message.seq.0);
    let oldest = messages.last().filter(|_| more).map(|message| message.new.at);
    messages.retain(|message| who.may_read(message));
    let mut cited: Vec<String> = Vec::new();
    let mut handovers: VecDeque<(usize, LoggedTransition)> =
        state.storage.transitions(id).await?.into_iter().enumerate().collect();
    if let Some(oldest) = oldest {
        handovers.retain(|(_, moved)| moved.at >= oldest);
    }
    let mut items = Vec::new();
    for message in messages.iter().rev() {
        // A change of hands stands behind the messages of its time.
        while handovers.front().is_some_and(|(_, moved)| moved.at < message.new.at) {
            let (number, moved) = handovers.pop_front().expect("the front was just seen");
            items.push(transition(state, who, names, &moved, number).await?);
        }
        for (entry, _) in &message.new.cites {
            cited.retain(|known| known != entry.as_str());
            cited.insert(0, entry.to_string());
        }
        items.push(said(state, who, names, message).await?);
    }
    for (number, moved) in handovers {
        // On an earlier stretch they stand beside the messages of the newer one.
        if before.is_none() {
            items.push(transition(state, who, names, &moved, number).await?);
        }
    }
    Ok(Timeline { items, earlier, cited })
}

async fn transition(
    state: &ConsoleState,
    who: &SignedIn,
    names: &mut Names<'_>,
    moved: &LoggedTransition,
    number: usize,
) -> Result<Item, ConsoleError> {
    let agent = names.agent(&moved.to).await?;
    let actor = names.actor(&moved.actor).await?;
    let to = words::holder(&moved.to, &agent);
    let reason = if moved.reason.is_empty() {
        String::new()
    } else {
        format!(": {}", moved.reason)
    };
    Ok(Item {
        id: format!("moved-{number}"),
        at: shown(moved.at, state.clock.now(), &who.zone),
        what: What::Moved(format!("Now {to} (by {actor}{reason})")),
    })
}

async fn said(
    state: &ConsoleState,
    who: &SignedIn,
    names: &mut Names<'_>,
    message: &StoredMessage,
) -> Result<Item, ConsoleError> {
    let new = &message.new;
    let class = match (&new.author, new.note) {
        (_, true) => "note",
        (Author::Identity { .. }, _) => "visitor",
        (Author::Plugin { .. }, _) => "bot",
        (Author::Staff { .. }, _) => "staff",
        (Author::Host, _) => "host",
    };
    let mine = matches!(&new.author, Author::Staff { id, .. } if *id == who.account.id);
    let deliveries = if new.note {
        vec![]
    } else {
        state.storage.deliveries_of_message(new.id).await?
    };
    let said = Said {
        message: new.id.to_string(),
        author: names.author(&new.author).await?,
        class,
        html: content::html(&new.content),
        plain: new.content.to_plain(),
        edited: message.edited_at.is_some() && message.deleted_at.is_none(),
        deleted: message.deleted_at.is_some(),
        removed: message
            .removed
            .as_ref()
            .filter(|_| message.deleted_at.is_some())
            .map(|removed| format!("{}: {}", removed.by, removed.reason)),
        to_go: message.removed.as_ref().and_then(to_go),
        own: mine && !new.note && message.deleted_at.is_none(),
        buttons: new.buttons.iter().map(button).collect(),
        files: new.files.iter().map(|named| file(new.id, named)).collect(),
        cites: new
            .cites
            .iter()
            .map(|(id, revision)| (id.to_string(), *revision))
            .collect(),
        tick: tick(&deliveries),
    };
    Ok(Item {
        id: format!("message-{}", new.id),
        at: shown(new.at, state.clock.now(), &who.zone),
        what: What::Said(Box::new(said)),
    })
}

/// What staff read below a message that is to be deleted and is not yet.
fn to_go(removal: &Removal) -> Option<String> {
    let Removal { by, reason, state } = removal;
    match state {
        RemovalState::Done => None,
        RemovalState::Asked => Some(format!(
            "{by} asked the platform to delete this: {reason}. It has not answered yet."
        )),
        RemovalState::NotDone { why } => Some(format!(
            "{by} asked the platform to delete this: {reason}. Not done: {why}."
        )),
    }
}

fn button(button: &crate::model::button::Button) -> String {
    match &button.effect {
        ButtonEffect::Link { url } => format!("{} ({url})", button.label),
        ButtonEffect::Press { .. } | ButtonEffect::Form { .. } => button.label.clone(),
    }
}

fn file(message: MessageId, file: &crate::model::action::FileRef) -> File {
    File {
        href: format!("/console/messages/{message}/files/{}", file.sha256),
        name: file.name.clone(),
        size: size(file.bytes),
    }
}

/// A size as people read it.
pub(super) fn size(bytes: u64) -> String {
    match bytes {
        0..1_024 => format!("{bytes} bytes"),
        1_024..1_048_576 => format!("{} KB", bytes.div_ceil(1_024)),
        _ => format!("{} MB", bytes.div_ceil(1_048_576)),
    }
}

/// The state that matters most among the pieces of a message.
fn tick(deliveries: &[StoredDelivery]) -> Option<Tick> {
    let order = words::DELIVERY_STATES;
    let worst = deliveries
        .iter()
        .min_by_key(|delivery| order.iter().position(|state| *state == delivery.state))?;
    Some(Tick {
        text: words::delivery_state(worst.state),
        class: words::delivery_class(worst.state),
        reason: worst.reason.clone().unwrap_or_default(),
        trouble: matches!(worst.state, DeliveryState::PerhapsSent | DeliveryState::Failed),
    })
}
