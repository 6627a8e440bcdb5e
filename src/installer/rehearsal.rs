//! Dry runs: a plugin that is off sees what happens, and what it would have done is read from the traces.

use super::offer::{InstallError, Installer, refused};
use super::steps;
use crate::model::Timestamp;
use crate::model::event::EventBody;
use crate::model::ids::{CommunityId, EventSeq, PluginId};
use crate::storage::Page;
use crate::storage::core::Verdict;

/// Events that are looked through for what a plugin would have done.
const REHEARSED_EVENTS_MAX: usize = 5_000;

/// Events read at once.
const EVENTS_AT_ONCE: u32 = 500;

/// As much as a person reads.
const REHEARSED_ROWS_MAX: usize = 100;

/// What a plugin would have done about an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rehearsed {
    /// Which.
    pub event: EventSeq,
    /// When it happened.
    pub at: Timestamp,
    /// What somebody said; empty for other things that happen.
    pub said: String,
    /// What it would have done, a line each.
    pub would: Vec<String>,
}

impl Installer {
    /// Lets a plugin that is off see what happens until then, without any effect; none ends that.
    ///
    /// # Errors
    ///
    /// When the community does not have it, it is on, or it would not start.
    pub async fn rehearse(
        &self,
        community: CommunityId,
        id: &PluginId,
        until: Option<Timestamp>,
    ) -> Result<(), InstallError> {
        let now = self.settings(community, id).await?;
        if now.enabled {
            return Err(refused(format!("{id} is on: switch it off to try it without effect")));
        }
        if until.is_some()
            && let Some(why) = self.unfit_now(&now).await?
        {
            return Err(refused(format!("{id} cannot be tried: {why}")));
        }
        self.write(vec![steps::rehearse(&now, until)]).await
    }

    /// What a plugin would have done in its dry run, the newest first: of the last events of the community.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub async fn rehearsed(&self, community: CommunityId, id: &PluginId) -> Result<Vec<Rehearsed>, InstallError> {
        let (mut rows, mut before, mut looked_at) = (Vec::new(), None, 0);
        while looked_at < REHEARSED_EVENTS_MAX && rows.len() < REHEARSED_ROWS_MAX {
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
            for (stored, trace) in &events {
                let steps = trace.iter().flat_map(|trace| &trace.steps);
                let own = steps.filter(|step| step.verdict == Verdict::Rehearsed && step.who == id.as_str());
                rows.extend(own.map(|step| Rehearsed {
                    event: stored.seq,
                    at: stored.new.event.occurred_at,
                    said: match &stored.new.event.body {
                        EventBody::Message(message) | EventBody::Edited(message) => message.content.to_plain(),
                        _ => String::new(),
                    },
                    would: [std::slice::from_ref(&step.line), &step.actions].concat(),
                }));
            }
        }
        rows.truncate(REHEARSED_ROWS_MAX);
        Ok(rows)
    }
}
