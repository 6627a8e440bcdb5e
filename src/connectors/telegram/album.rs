//! Puts the pictures of an album together. Pure.
//!
//! Telegram tells of each picture as a message of its own, and of the words with one of them. To people it is one
//! message, and one answer is what they wait for.

use teloxide_core::types::MediaGroupId;

use super::attachment::Attached;
use crate::model::event::{Addressed, InMessage};
use crate::model::{Event, EventBody};

/// An event with what is still to be fetched for it.
#[derive(Clone, Debug)]
pub(super) struct Incoming {
    pub(super) event: Event,
    pub(super) files: Vec<Attached>,
    pub(super) album: Option<MediaGroupId>,
}

/// The same with albums as one event each, under the name of the first of their messages. What comes in another batch is
/// an event of its own.
pub(super) fn joined(batch: Vec<Incoming>) -> Vec<Incoming> {
    let mut out: Vec<Incoming> = Vec::with_capacity(batch.len());
    for next in batch {
        match out.last_mut() {
            Some(first) if belongs(first, &next) => add(first, next),
            _ => out.push(next),
        }
    }
    out
}

fn belongs(first: &Incoming, next: &Incoming) -> bool {
    first.album.is_some() && first.album == next.album && first.event.source == next.event.source
}

fn add(first: &mut Incoming, mut next: Incoming) {
    first.files.append(&mut next.files);
    let (Some(said), EventBody::Message(more)) = (message(&mut first.event), next.event.body) else {
        return;
    };
    said.content.blocks.extend(more.content.blocks);
    said.reply_to = said.reply_to.take().or(more.reply_to);
    // The bot is called by the words, which need not stand with the first.
    if said.addressed == Addressed::Overheard {
        said.addressed = more.addressed;
    }
}

/// What is said, where something is.
pub(super) fn message(event: &mut Event) -> Option<&mut InMessage> {
    match &mut event.body {
        EventBody::Message(said) => Some(said),
        _ => None,
    }
}
