//! Reads what has happened: the last events of a community with their traces, and what of it a broken plugin missed.

use std::collections::HashSet;
use std::ops::ControlFlow;

use super::offer::{InstallError, Installer};
use crate::model::Timestamp;
use crate::model::amount::counted;
use crate::model::ids::{CommunityId, IdentityId, PlaceId, PluginId};
use crate::storage::Page;
use crate::storage::core::{StoredEvent, Trace, Verdict};

/// Events that are looked through.
const EVENTS_MAX: usize = 5_000;

/// Events read at once.
const EVENTS_AT_ONCE: u32 = 500;

/// To whom it mattered that a plugin failed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outage {
    /// What happened and was meant for it.
    pub events: u64,
    /// Whose doing that was.
    pub people: u64,
    /// Where.
    pub places: u64,
    /// When it began; none when nothing is known of it.
    pub since: Option<Timestamp>,
}

impl Outage {
    /// To whom it mattered, in a sentence; `shown` is how a time is read there.
    pub fn told(&self, shown: impl Fn(Timestamp) -> String) -> String {
        let Some(since) = self.since else {
            return "Since then nothing happened that was meant for it.".to_owned();
        };
        format!(
            "Since {} it has taken care of nothing that was meant for it: {} of {} in {}.",
            shown(since),
            counted(self.events, "event", "events"),
            counted(self.people, "person", "people"),
            counted(self.places, "place", "places"),
        )
    }
}

/// What an admin can do about a plugin that is held back, as the rest of a sentence; `say` stands before each command.
pub(super) fn ways_on(say: &str, id: &PluginId, can_go_back: bool) -> String {
    let back = if can_go_back {
        format!("`{say}rollback {id}` goes back to the version before, or ")
    } else {
        String::new()
    };
    format!(
        "once the cause is gone, `{say}enable {id}` lets it run again; else {back}`{say}disable {id}` switches it off"
    )
}

/// An outage while it is counted, from the newest event back.
#[derive(Default)]
struct Counting {
    events: u64,
    people: HashSet<IdentityId>,
    places: HashSet<PlaceId>,
    since: Option<Timestamp>,
}

impl Counting {
    /// Ends at the last event that the plugin took care of.
    fn add(&mut self, id: &PluginId, event: &StoredEvent, trace: Option<&Trace>) -> ControlFlow<()> {
        let steps = trace.iter().flat_map(|trace| &trace.steps);
        let Some(step) = steps.into_iter().find(|step| step.who == id.as_str()) else {
            return ControlFlow::Continue(());
        };
        if !matches!(step.verdict, Verdict::Failed | Verdict::Held) {
            return ControlFlow::Break(());
        }
        self.events += 1;
        self.people.extend(event.new.author);
        self.places.extend(event.new.place);
        self.since = Some(event.new.received_at);
        ControlFlow::Continue(())
    }
}

impl Installer {
    /// To whom it mattered that the plugin has failed since it last did its work.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub async fn outage(&self, community: CommunityId, id: &PluginId) -> Result<Outage, InstallError> {
        let mut counting = Counting::default();
        self.look_back(community, |event, trace| counting.add(id, event, trace))
            .await?;
        let Counting {
            events,
            people,
            places,
            since,
        } = counting;
        Ok(Outage {
            events,
            people: people.len() as u64,
            places: places.len() as u64,
            since,
        })
    }

    /// Shows the last events, the newest first, until `look` has seen enough.
    pub(super) async fn look_back(
        &self,
        community: CommunityId,
        mut look: impl FnMut(&StoredEvent, Option<&Trace>) -> ControlFlow<()>,
    ) -> Result<(), InstallError> {
        let (mut before, mut looked_at) = (None, 0);
        while looked_at < EVENTS_MAX {
            let page = Page {
                before,
                limit: EVENTS_AT_ONCE,
            };
            let events = self.parts.storage.events(Some(community), page, None).await?;
            let Some((last, _)) = events.last() else {
                break;
            };
            before = Some(last.seq.0);
            looked_at += events.len();
            for (event, trace) in &events {
                if look(event, trace.as_ref()).is_break() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_is_told_with_those_whom_it_met_and_the_ways_on() {
        let outage = Outage {
            events: 3,
            people: 1,
            places: 2,
            since: Some(Timestamp::from_millis(0)),
        };
        assert_eq!(
            outage.told(|_| "noon".to_owned()),
            "Since noon it has taken care of nothing that was meant for it: 3 events of 1 person in 2 places."
        );
        let nobody = Outage::default().told(|at| at.to_string());
        assert_eq!(nobody, "Since then nothing happened that was meant for it.");
        let id = PluginId::from("a/b");
        assert_eq!(
            ways_on("plugin ", &id, true),
            "once the cause is gone, `plugin enable a/b` lets it run again; else `plugin rollback a/b` goes back to the version before, \
             or `plugin disable a/b` switches it off"
        );
        assert!(!ways_on("", &id, false).contains("rollback"));
    }
}
