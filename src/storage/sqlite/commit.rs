//! All that one event causes, in one unit.

use super::failure::ApplyError;
use super::messages::Put;
use super::write::Write;
use super::{conversations, deliveries, events, jobs, kv, messages};
use crate::model::ids::MessageId;
use crate::storage::Applied;
use crate::storage::unit::Commit;

/// Answers the follow-up events, in order.
pub(super) fn apply(write: &mut Write<'_>, commit: &Commit) -> Result<Applied, ApplyError> {
    let conversation = commit.conversation.as_ref().map(|conversation| conversation.after.id);
    let community = events::end(write, commit.event, commit.end, commit.at, conversation, &commit.trace)?;
    for read in &commit.kv_read {
        kv::check(write, read, commit.at)?;
    }
    if let Some(conversation) = &commit.conversation {
        conversations::put(write, conversation, commit.at)?;
    }
    let mut dropped: Vec<MessageId> = Vec::new();
    for message in &commit.messages {
        if messages::put(write, community, message, commit.for_owners)? == Put::NameTaken {
            dropped.push(message.id);
        }
    }
    for change in &commit.changed_messages {
        messages::change(write, change)?;
    }
    for delivery in &commit.deliveries {
        if !delivery.message.is_some_and(|message| dropped.contains(&message)) {
            deliveries::put(write, delivery)?;
        }
    }
    for button in &commit.buttons {
        if !dropped.contains(&button.message) {
            messages::put_button(write, button)?;
        }
    }
    for key in &commit.kv {
        kv::put(write, key, commit.event, commit.at)?;
    }
    for job in &commit.jobs {
        jobs::change(write, job)?;
    }
    let mut stored = Vec::with_capacity(commit.events.len());
    for event in &commit.events {
        stored.push(events::insert(write, event)?);
    }
    for unit in &commit.also {
        write.apply(unit)?;
    }
    Ok(Applied::Events(stored))
}
