//! Dry runs: a plugin that is off sees what happens, and what it would have done is read from the traces.

use std::ops::{ControlFlow, RangeInclusive};

use super::allow::{Agreed, Allowing};
use super::asks::Asks;
use super::decided::Decided;
use super::offer::{InstallError, Installer, refused};
use crate::dispatcher::chain::{WOULD_NOT, is_rehearsing};
use crate::model::Timestamp;
use crate::model::event::EventBody;
use crate::model::ids::{CommunityId, EventSeq, PluginId};
use crate::storage::core::Verdict;

/// How long a dry run may be asked to last: two weeks show whatever comes once a week.
pub const DRY_RUN_HOURS: RangeInclusive<u32> = 1..=24 * 14;

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
    /// When there is no such plugin here, it is on, or it would not start.
    pub async fn rehearse(
        &self,
        community: CommunityId,
        id: &PluginId,
        until: Option<Timestamp>,
        agreed: &Agreed,
    ) -> Result<Allowing<()>, InstallError> {
        let now = self.baseline(community, id).await?;
        if now.settings().enabled {
            return Err(refused(format!("{id} is on: switch it off to try it without effect")));
        }
        if until.is_none() {
            let ended = now.changed(|after| after.dry_run_until = None);
            return Ok(Allowing::Decided(Decided::new(vec![ended], ())));
        }
        if now.settings().held.is_some() && now.settings().is_on_anywhere() {
            return Err(refused(format!(
                "{id} is held back, and on in some places: let it run again, or switch it off there, to try it without effect"
            )));
        }
        let at = self.parts.clock.now();
        let goes_on = is_rehearsing(now.settings(), at);
        self.let_run(&now, Asks::Try, agreed, |after| {
            after.dry_run_until = until;
            // Who gives it more time goes on with the same run.
            if !goes_on {
                after.dry_run_since = Some(at);
            }
            // What held it back is forgiven, as when it is switched on: it can do nothing, and would not be tried else.
            after.held = None;
        })
        .await
    }

    /// What a plugin would have done in its last dry run, the newest first: of the last events of the community.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub async fn rehearsed(&self, community: CommunityId, id: &PluginId) -> Result<Vec<Rehearsed>, InstallError> {
        let mut rows = Vec::new();
        let since = self.baseline(community, id).await?.settings().dry_run_since;
        self.look_back(community, |stored, trace| {
            if since.is_some_and(|since| stored.new.event.occurred_at < since) {
                return ControlFlow::Continue(());
            }
            let steps = trace.into_iter().flat_map(|trace| &trace.steps);
            let own = steps.filter(|step| step.verdict == Verdict::Rehearsed && step.who == id.as_str());
            // That it began, and had nothing to do, is no row for anybody.
            let began = matches!(stored.new.event.body, EventBody::Ready { .. });
            let own = own.filter(|step| !(began && step.line == WOULD_NOT));
            rows.extend(own.map(|step| Rehearsed {
                event: stored.seq,
                at: stored.new.event.occurred_at,
                said: match &stored.new.event.body {
                    EventBody::Message(message) | EventBody::Edited(message) => message.content.to_plain(),
                    _ => String::new(),
                },
                would: [std::slice::from_ref(&step.line), &step.actions].concat(),
            }));
            if rows.len() < REHEARSED_ROWS_MAX {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        })
        .await?;
        rows.truncate(REHEARSED_ROWS_MAX);
        Ok(rows)
    }
}
