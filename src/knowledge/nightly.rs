//! The work of the night: has `look` find and put together what means the same, watches whether what was published helps, and makes up
//! for what was cut off.
//!
//! Each step is one unit that says what it found and changes nothing where that is no longer so. Whatever dies in between, the next run
//! goes on from what is stored: nothing is counted twice, and nobody is told twice.

use std::time::Duration;

use super::Knowledge;
use crate::model::cluster::{Cluster, ClusterState, ClusterStateKind, WATCHED_FOR};
use crate::model::conversation::LaneKey;
use crate::model::event::{Event, EventBody, Source};
use crate::model::ids::{CommunityId, EventId, PlaceId};
use crate::storage::accounts::Role;
use crate::storage::clusters::{ClusterFilter, ClusterUnit, CountedCluster};
use crate::storage::unit::{Accept, NewEvent};
use crate::storage::{Page, ReadError, Unit, WriteError};
use crate::supervisor::Bell;

/// The job's name.
pub const JOB: &str = "questions";

/// When the night is, in UTC: behind the evening's questions in most places, and before what is old is forgotten.
pub const SCHEDULE: &str = "10 2 * * *";

/// Clusters that are watched at once; more are no work that anybody does.
const WATCHED_MAX: u32 = 5_000;

/// Drafts that are looked at in a night.
const DRAFTS_MAX: u32 = 1_000;

/// An author whom nobody has asked by then: the program died in between.
const UNASKED_AFTER: Duration = Duration::from_hours(1);

/// Why a night was not finished. The next one goes on.
#[derive(Debug, thiserror::Error)]
pub enum NightError {
    /// It could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// It could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// Comparing the questions broke.
    #[error("the questions could not be compared")]
    Compare,
}

/// The work of the night for all communities.
pub struct Nightly {
    knowledge: Knowledge,
    /// Rung when an event was stored.
    events: Bell,
}

impl Nightly {
    /// `events` wakes the dispatcher.
    pub fn new(knowledge: Knowledge, events: Bell) -> Self {
        Self { knowledge, events }
    }

    /// All of it. May run twice.
    ///
    /// # Errors
    ///
    /// When storage fails; what was done until then is done.
    pub async fn run(&self) -> Result<(), NightError> {
        let mut done = Ok(());
        for community in self.knowledge.storage.communities().await? {
            // What fails for one community keeps nobody else waiting; the first failure is told.
            done = done.and(self.of_community(community.id).await);
        }
        done
    }

    async fn of_community(&self, community: CommunityId) -> Result<(), NightError> {
        // None of them waits for another, so what one fails at does not keep the others from their turn.
        let looked = self.knowledge.look(community).await;
        let watched = self.watch(community).await;
        let asked = self.ask_authors(community).await;
        looked.and(watched).and(asked)
    }

    /// Looks whether what was published helps.
    async fn watch(&self, community: CommunityId) -> Result<(), NightError> {
        let filter = ClusterFilter {
            states: vec![ClusterStateKind::Published, ClusterStateKind::Watching],
            people_min: 0,
            skip: 0,
            limit: WATCHED_MAX,
        };
        for CountedCluster { cluster, .. } in self.knowledge.storage.clusters(community, &filter).await? {
            let watched = self.begin_watch(cluster).await?;
            self.end_watch(watched).await?;
        }
        Ok(())
    }

    /// From when an answer is there, it is known how many asked before.
    async fn begin_watch(&self, cluster: Cluster) -> Result<Cluster, NightError> {
        let ClusterState::Published { entry, at } = cluster.state.clone() else {
            return Ok(cluster);
        };
        let storage = &self.knowledge.storage;
        let before = storage.cluster_askers(cluster.id, at - WATCHED_FOR, at).await?;
        let state = ClusterState::Watching { entry, at, before };
        let Ok(after) = cluster.become_state(state, self.knowledge.clock.now()) else {
            return Ok(cluster);
        };
        Ok(if self.change(&cluster, &after, Vec::new()).await? {
            after
        } else {
            cluster
        })
    }

    async fn end_watch(&self, cluster: Cluster) -> Result<(), NightError> {
        let now = self.knowledge.clock.now();
        let (ClusterState::Watching { at, .. }, Some(until)) = (&cluster.state, cluster.watched_until()) else {
            return Ok(());
        };
        if now < until {
            return Ok(());
        }
        let asked = self.knowledge.storage.cluster_askers(cluster.id, *at, until).await?;
        let Some(after) = cluster.judged(asked, now) else {
            return Ok(());
        };
        let told = if after.state == ClusterState::New {
            tracing::info!(cluster.id = %after.id, "people go on asking although an answer was published");
            self.told(&after).await?
        } else {
            Vec::new()
        };
        self.change(&cluster, &after, told).await?;
        Ok(())
    }

    /// Writes the row with the events that tell of it, both or neither. Whether it still was as it was read: if not, the next night
    /// looks again.
    async fn change(&self, before: &Cluster, after: &Cluster, told: Vec<NewEvent>) -> Result<bool, WriteError> {
        let change = ClusterUnit::Change {
            before: before.version,
            after: Box::new(after.clone()),
            by: None,
        };
        self.write(vec![Unit::Cluster(change)], told).await
    }

    async fn write(&self, mut units: Vec<Unit>, events: Vec<NewEvent>) -> Result<bool, WriteError> {
        let rings = !events.is_empty();
        if rings {
            units.push(Unit::Accept(Accept {
                directory: Vec::new(),
                events,
                cursor: None,
            }));
        }
        match self.knowledge.storage.write(Unit::All(units)).await {
            Ok(_) if rings => self.events.ring(),
            Ok(_) => {}
            Err(WriteError::Conflict { .. }) => return Ok(false),
            Err(error) => return Err(error),
        }
        Ok(true)
    }

    /// Tells that questions go on coming: owners, and whoever looks after them, in the chats where they act. Everybody on staff sees it
    /// in the console.
    async fn told(&self, cluster: &Cluster) -> Result<Vec<NewEvent>, ReadError> {
        let storage = &self.knowledge.storage;
        let accounts = storage.accounts(cluster.community).await?;
        let wanted = accounts.into_iter().filter(|(account, role)| {
            account.disabled_at.is_none() && (*role == Role::Owner || cluster.owner == Some(account.id))
        });
        let mut chats: Vec<PlaceId> = Vec::new();
        for (account, _) in wanted {
            for acting in storage.acting_for(cluster.community, account.id).await? {
                chats.extend(storage.direct_chat(cluster.community, acting.identity.id).await?);
            }
        }
        chats.sort_unstable();
        chats.dedup();
        let told = chats.into_iter().map(|place| {
            let body = EventBody::ClusterReopened { cluster: cluster.id };
            let dedupe = format!("cluster/{}/{}/{place}", cluster.id, cluster.reopened);
            self.event(cluster.community, place, dedupe, body)
        });
        Ok(told.collect())
    }

    /// Asks authors whom nobody has asked because that failed, or the program died in between, and lets go of words that were taken back.
    async fn ask_authors(&self, community: CommunityId) -> Result<(), NightError> {
        let page = Page {
            before: None,
            limit: DRAFTS_MAX,
        };
        for (_, draft) in self.knowledge.storage.drafts(community, page).await? {
            let now = self.knowledge.clock.now();
            if let Some(unit) = self.knowledge.withdrawal(&draft).await? {
                self.write(vec![unit], Vec::new()).await?;
            } else if super::drafts::is_unasked(&draft) && now.since(draft.made_at) >= UNASKED_AFTER {
                let Some(place) = self.knowledge.place_to_ask(&draft).await? else {
                    let unit = super::drafts::unreachable(&draft, now);
                    self.write(vec![unit], Vec::new()).await?;
                    continue;
                };
                // Once a night: what fails today is tried again tomorrow.
                let dedupe = format!("draft/{}/{}/{}", draft.id, draft.version.0, super::day(now));
                let body = EventBody::AuthorUnasked { draft: draft.id };
                self.write(Vec::new(), vec![self.event(community, place, dedupe, body)])
                    .await?;
            }
        }
        Ok(())
    }

    /// In the lane of the place, as if it had happened there.
    fn event(&self, community: CommunityId, place: PlaceId, dedupe: String, body: EventBody) -> NewEvent {
        let clock = &self.knowledge.clock;
        NewEvent {
            id: EventId(clock.id()),
            community,
            place: Some(place),
            author: None,
            lane: LaneKey::of_place(place),
            received_at: clock.now(),
            event: Event {
                source: Source::Internal {
                    conversation: None,
                    place: Some(place),
                },
                occurred_at: clock.now(),
                dedupe,
                hops: 0,
                body,
            },
        }
    }
}
