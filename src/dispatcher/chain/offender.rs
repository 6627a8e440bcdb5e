//! Whom a plugin moderates, and those about whom nothing is done whatever it asks for: staff, by whichever account they speak,
//! and whoever keeps the place.
//!
//! Who keeps a place is for its platform to say, of each place by itself: whoever keeps a group of their own is a member like
//! others elsewhere. What was told last by an event that could tell it counts.

use std::collections::HashMap;

use super::lift::ACTIONS_MAX;
use super::refs::Refs;
use crate::dispatcher::Snapshot;
use crate::model::directory::{Audience, Identity, SeenIdentity, Standing};
use crate::model::event::Source;
use crate::model::ids::{IdentityId, SpaceId};
use crate::plugin_host::bindings::switchboard::plugin::types as wit;
use crate::storage::core::{ConversationFilter, LastSeen};
use crate::storage::unit::NewEvent;
use crate::storage::{ReadError, SharedStorage};

/// Somebody who is moderated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Offender {
    pub(super) id: IdentityId,
    pub(super) name: String,
    pub(super) bot: bool,
    /// Why nothing is done about them.
    pub(super) spared: Option<Spared>,
}

/// Why nothing is done about somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spared {
    /// They are staff, and the plugin was told so.
    ShownAsStaff,
    /// They are staff, which the plugin could not know.
    Staff,
    /// They keep the place.
    Keeper,
    /// Nobody has told how they stand there.
    Unknown,
}

impl Spared {
    /// For the trace.
    pub(super) fn line(self, name: &str) -> String {
        match self {
            Self::ShownAsStaff | Self::Staff => format!("left alone: {name} is staff, whom no plugin moderates"),
            Self::Keeper => format!(
                "left alone: {name} keeps this place by the platform's own rules, and nobody who does is moderated"
            ),
            Self::Unknown => format!(
                "left alone: the platform has not told yet whether {name} keeps this place, and nobody is moderated who might"
            ),
        }
    }
}

/// The spaces in which something would be done; one that is none of the platform's is one, too.
type Concerned = Vec<Option<SpaceId>>;

/// Where to look for them.
pub(super) struct Search<'a> {
    pub(super) storage: &'a SharedStorage,
    pub(super) snapshot: &'a Snapshot,
    pub(super) event: &'a NewEvent,
}

impl Search<'_> {
    /// Those about whom something is asked for, by the number of the action: each does something else about them, and elsewhere.
    /// More than are allowed are not looked up, because nothing of it is done then.
    pub(super) async fn all(
        &self,
        actions: &[wit::Action],
        refs: &Refs,
    ) -> Result<HashMap<usize, Offender>, ReadError> {
        let mut found = HashMap::new();
        for (number, action) in actions.iter().enumerate().take(ACTIONS_MAX) {
            if let wit::Action::Moderate(asked) = action
                && let Some(offender) = self.find(asked, refs).await?
            {
                found.insert(number, offender);
            }
        }
        Ok(found)
    }

    /// Who it is. One of whom the event does not tell has to have done something here lately; a measure may be taken back of
    /// anybody who ever talked with the bot here. What the action deletes stands in `refs`.
    async fn find(&self, asked: &wit::Moderation, refs: &Refs) -> Result<Option<Offender>, ReadError> {
        let author = self.snapshot.author.as_deref();
        let author = author.filter(|author| author.id.to_string() == asked.person);
        let known = match (author, asked.person.parse()) {
            (Some(author), _) => Some(author.clone()),
            (None, Ok(id)) => self.storage.identity(id).await?,
            (None, Err(_)) => None,
        };
        let Some(known) = known else { return Ok(None) };
        let seen = self.seen(&known, author.is_some()).await?;
        if author.is_none() && seen.is_empty() && !self.has_talked(asked, known.id).await? {
            return Ok(None);
        }
        // Nothing is taken from whom it is lifted.
        let only_lifts = asked.measure == wit::Measure::Lift && asked.messages.is_empty();
        let spared = if only_lifts {
            None
        } else if author.is_some_and(|author| author.staff) {
            Some(Spared::ShownAsStaff)
        } else {
            let concerned = self.concerned(asked, refs, known.id);
            self.spared(&known, &seen, &concerned).await?
        };
        Ok(Some(Offender {
            id: known.id,
            name: known.name,
            bot: known.bot,
            spared,
        }))
    }

    /// Where the event happened, and where their messages stand that are to go. In a direct chat nobody stands above others.
    fn concerned(&self, asked: &wit::Moderation, refs: &Refs, who: IdentityId) -> Concerned {
        let here = self.snapshot.place.as_deref();
        let here = here.filter(|place| place.audience != Audience::Direct);
        let mut spaces: Concerned = here.map(|place| place.space).into_iter().collect();
        let messages = asked.messages.iter().filter_map(|target| refs.removable.get(target));
        let theirs = messages.filter(|message| message.author == who);
        let shared = theirs.filter(|message| message.place.audience != Audience::Direct);
        spaces.extend(shared.map(|message| message.place.space));
        spaces.sort_unstable();
        spaces.dedup();
        spaces
    }

    /// What was told of them: by the event itself, if it could tell it, and by what they did before, also where nothing is done
    /// now, because who is staff by a role elsewhere is it here.
    async fn seen(&self, known: &Identity, is_author: bool) -> Result<Vec<LastSeen>, ReadError> {
        let now = self.told_now().filter(|_| is_author);
        let before = self.storage.last_seen(known.id, self.snapshot.community.id).await?;
        Ok(now.into_iter().chain(before).collect())
    }

    /// What the event tells of its author, unless it could not tell how they stand.
    fn told_now(&self) -> Option<LastSeen> {
        let space = self.snapshot.place.as_ref().and_then(|place| place.space);
        match &self.event.event.source {
            Source::Platform { author: Some(who), .. } if who.standing.within(space) != Standing::Unknown => {
                let who = who.clone();
                Some(LastSeen { space, who })
            }
            _ => None,
        }
    }

    async fn has_talked(&self, asked: &wit::Moderation, who: IdentityId) -> Result<bool, ReadError> {
        if asked.measure != wit::Measure::Lift {
            return Ok(false);
        }
        let filter = ConversationFilter {
            community: Some(self.snapshot.community.id),
            asker: Some(who),
            ..ConversationFilter::default()
        };
        Ok(!self.storage.conversations(&filter, 1).await?.is_empty())
    }

    /// Why nothing is done about them, if nothing is.
    async fn spared(
        &self,
        known: &Identity,
        seen: &[LastSeen],
        concerned: &Concerned,
    ) -> Result<Option<Spared>, ReadError> {
        if self.is_staff(known, seen).await? {
            return Ok(Some(Spared::Staff));
        }
        let standings: Vec<Standing> = concerned.iter().map(|space| standing(seen, *space)).collect();
        if standings.contains(&Standing::Keeper) {
            return Ok(Some(Spared::Keeper));
        }
        let community = self.snapshot.community.id;
        for other in self.storage.linked(community, known.id).await? {
            let seen = self.storage.last_seen(other.identity.id, community).await?;
            if self.is_staff(&other.identity, &seen).await? {
                return Ok(Some(Spared::Staff));
            }
            // Where they never were they are nobody.
            if concerned
                .iter()
                .any(|space| standing(&seen, *space) == Standing::Keeper)
            {
                return Ok(Some(Spared::Keeper));
            }
        }
        Ok(standings.contains(&Standing::Unknown).then_some(Spared::Unknown))
    }

    /// By a role that the community has named, wherever they have it, or because they act for an owner of the console.
    async fn is_staff(&self, known: &Identity, seen: &[LastSeen]) -> Result<bool, ReadError> {
        let community = &self.snapshot.community;
        let is_told = |seen: &LastSeen| SeenIdentity::is_staff(&seen.who, Some(known), &community.roles);
        if known.staff || seen.iter().any(is_told) {
            return Ok(true);
        }
        Ok(self.storage.acts_for(community.id, known.id).await?.is_some())
    }
}

/// How they stand there, by the first that tells it.
fn standing(seen: &[LastSeen], space: Option<SpaceId>) -> Standing {
    let there = seen.iter().find(|seen| seen.space == space);
    there.map_or(Standing::Unknown, |seen| seen.who.standing)
}

#[cfg(test)]
mod tests;
