//! Switches places on and off for commands, and waits for what happens in them.

use anyhow::Result;
use tokio::sync::broadcast::error::RecvError;

use super::doctor::is_shared;
use super::{Ops, Reply};
use crate::app::control::Wanted;
use crate::knowledge::files::{self, File};
use crate::model::Timestamp;
use crate::model::action::Author;
use crate::model::directory::Place;
use crate::model::ids::{EntryId, PlaceId};
use crate::storage::core::DeliveryState;
use crate::storage::unit::DirectoryUnit;
use crate::storage::{Page, Unit};

/// The answer that is waited for is one of the newest.
const NEWEST: Page = Page {
    before: None,
    limit: 20,
};

impl Ops {
    /// Rooms and channels; of one login or of all.
    pub(super) async fn shared_places(&self, login: Option<&str>) -> Result<Vec<Place>> {
        let mut places = self.places().await?;
        places.retain(|place| is_shared(place) && login.is_none_or(|login| place.login.as_str() == login));
        Ok(places)
    }

    /// The channels of a login, as soon as one that is wanted is among them. Threads come and go with what they are in.
    pub(super) async fn awaited_places(&self, login: &str, wanted: &Wanted) -> Result<Reply> {
        let mut changes = self.storage.changes();
        loop {
            let mut places = self.shared_places(Some(login)).await?;
            places.retain(|place| !place.thread);
            let there = match wanted {
                Wanted::Now => true,
                Wanted::Any => !places.is_empty(),
                Wanted::Named(name) => places.iter().any(|place| is_named(place, name)),
            };
            if there {
                return Ok(Reply::Places { places });
            }
            if changes.recv().await == Err(RecvError::Closed) {
                return Ok(Reply::refused("the program is stopping"));
            }
        }
    }

    /// Switchboard acts there from now on, or no longer.
    pub(super) async fn switch(&self, id: PlaceId, on: bool, as_left: Option<bool>) -> Result<Reply> {
        let Some(mut place) = self.storage.place(id).await? else {
            let gone = "that place is not known any more";
            return Ok(if on { Reply::refused(gone) } else { Reply::done(gone) });
        };
        let name = place.name.clone();
        if as_left.is_some_and(|overheard| overheard != place.overheard) {
            return Ok(Reply::done(format!("{name} was changed since, and stays as it is.")));
        }
        place.enabled = on;
        place.overheard &= on;
        self.storage.write(Unit::Directory(DirectoryUnit::Place(place))).await?;
        let how = if on { "on" } else { "off" };
        Ok(Reply::done(format!("{name} is switched {how}.")))
    }

    /// Waits until something that a plugin said there since then has arrived.
    pub(super) async fn awaited_answer(&self, id: PlaceId, since: Timestamp) -> Result<Reply> {
        let mut changes = self.storage.changes();
        loop {
            for place in self.places().await? {
                let here = place.id == id || place.parent == Some(id);
                if here && let Some(answer) = self.answer_in(place.id, since).await? {
                    return Ok(Reply::done(answer));
                }
            }
            if changes.recv().await == Err(RecvError::Closed) {
                return Ok(Reply::refused("the program is stopping"));
            }
        }
    }

    async fn answer_in(&self, place: PlaceId, since: Timestamp) -> Result<Option<String>> {
        for message in self.storage.messages_of_place(place, NEWEST).await? {
            let answered = matches!(message.new.author, Author::Plugin { .. }) && message.new.at >= since;
            if !answered {
                continue;
            }
            let deliveries = self.storage.deliveries_of_message(message.new.id).await?;
            if deliveries
                .iter()
                .any(|delivery| delivery.state == DeliveryState::Delivered)
            {
                return Ok(Some(message.new.content.to_plain()));
            }
        }
        Ok(None)
    }

    /// Takes entries away that nobody has changed since they were made. Answers what became of each.
    pub(super) async fn remove_entries(&self, entries: &[EntryId], file: (String, String)) -> Result<Reply> {
        let (name, text) = file;
        let added = files::read(&[File { name, text }]).unwrap_or_default();
        let mut lines = Vec::new();
        for id in entries {
            let Some(stored) = self.knowledge.get(self.community, id).await? else {
                continue;
            };
            let as_added = added.iter().any(|added| {
                let mut added = added.entry.clone();
                added.rev = stored.entry.rev;
                added == stored.entry
            });
            if stored.changed_by.is_some() || !as_added {
                lines.push(format!("The entry {id} was changed since, and stays."));
                continue;
            }
            self.knowledge
                .remove(self.community, id, stored.entry.rev, None)
                .await?;
            lines.push(format!("The entry {id} is removed."));
        }
        Ok(Reply::done(lines.join("\n")))
    }
}

/// By its whole name, by the last part of it with or without its sign, or by the platform's id.
pub fn is_named(place: &Place, name: &str) -> bool {
    let last = place.name.rsplit(" / ").next().unwrap_or_default();
    [
        place.name.as_str(),
        last,
        last.trim_start_matches('#'),
        place.native.id.as_str(),
    ]
    .contains(&name)
}
