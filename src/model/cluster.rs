//! Questions that mean the same and have no good answer, and how far somebody has come with one.
//!
//! Owns the states and which may follow which. What is a cluster at all is `knowledge::group`'s to say.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::ids::{AccountId, ClusterId, CommunityId, DraftId, EntryId, Version};
use super::timestamp::Timestamp;

/// So long it is watched whether a published answer helps, and so long before it is what that is compared with.
pub const WATCHED_FOR: Duration = Duration::from_hours(14 * 24);

/// Questions that mean the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// Ours.
    pub id: ClusterId,
    /// Whose.
    pub community: CommunityId,
    /// The question that stands for all of them, by its number; it may be gone.
    pub asked: i64,
    /// How far somebody has come with an answer.
    pub state: ClusterState,
    /// How often a published answer did not help.
    pub reopened: u32,
    /// Who looks after it.
    pub owner: Option<AccountId>,
    /// `2027-02-01`: until when there should be an answer.
    pub due: Option<String>,
    /// Counts its changes.
    pub version: Version,
    /// When it was made.
    pub made_at: Timestamp,
    /// When it last changed, apart from the questions that come to it.
    pub changed_at: Timestamp,
}

/// How far somebody has come with an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ClusterState {
    /// Nobody has begun.
    New,
    /// An answer is being written.
    Drafted {
        /// Which.
        draft: DraftId,
        /// How it stood before, where an answer was there already: whoever throws the draft away changes nothing about that one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        earlier: Option<Box<ClusterState>>,
    },
    /// An answer is there. How many asked before is counted at night, when all questions have come to their cluster.
    Published {
        /// Which.
        entry: EntryId,
        /// Since when.
        at: Timestamp,
    },
    /// It is watched whether the answer helps.
    Watching {
        /// Which.
        entry: EntryId,
        /// Since when it is there.
        at: Timestamp,
        /// How many people asked in the time before.
        before: u32,
    },
    /// Nothing is to be done any more. What somebody settled takes new questions of this kind and stays settled; where an answer has
    /// helped, they make a new cluster.
    Closed {
        /// Why.
        how: ClusterEnd,
    },
}

/// Why nothing is to be done any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "how", rename_all = "snake_case")]
pub enum ClusterEnd {
    /// Somebody said so.
    Settled,
    /// An answer has helped.
    Answered {
        /// Which.
        entry: EntryId,
        /// How many people asked in the time before it was there.
        before: u32,
        /// How many in the time after.
        after: u32,
    },
}

/// A state without what is true in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ClusterStateKind {
    /// Nobody has begun.
    New,
    /// An answer is being written.
    Drafted,
    /// An answer is there.
    Published,
    /// It is watched whether it helps.
    Watching,
    /// Nothing is to be done any more.
    Closed,
}

impl ClusterStateKind {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::New, Self::Drafted, Self::Published, Self::Watching, Self::Closed];

    /// The word in the database and on pages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Drafted => "drafted",
            Self::Published => "published",
            Self::Watching => "watching",
            Self::Closed => "closed",
        }
    }
}

impl ClusterState {
    /// Which state.
    pub fn kind(&self) -> ClusterStateKind {
        match self {
            Self::New => ClusterStateKind::New,
            Self::Drafted { .. } => ClusterStateKind::Drafted,
            Self::Published { .. } => ClusterStateKind::Published,
            Self::Watching { .. } => ClusterStateKind::Watching,
            Self::Closed { .. } => ClusterStateKind::Closed,
        }
    }
}

/// Why a cluster does not become so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a cluster that is {from} cannot become {to}", from = .from.as_str(), to = .to.as_str())]
pub struct ClusterStateError {
    /// How it is.
    pub from: ClusterStateKind,
    /// How it was to be.
    pub to: ClusterStateKind,
}

impl Cluster {
    /// The row after a change of its state.
    ///
    /// # Errors
    ///
    /// When that state may not follow.
    pub fn become_state(&self, state: ClusterState, at: Timestamp) -> Result<Self, ClusterStateError> {
        let (from, to) = (self.state.kind(), state.kind());
        if !may_follow(from, to) {
            return Err(ClusterStateError { from, to });
        }
        Ok(Self {
            state,
            version: self.version.next(),
            changed_at: at,
            ..self.clone()
        })
    }

    /// The row with a draft that is begun for it.
    ///
    /// # Errors
    ///
    /// When none may be.
    pub fn drafted(&self, draft: DraftId, at: Timestamp) -> Result<Self, ClusterStateError> {
        let watched = self.watched_until().is_some();
        let earlier = watched.then(|| Box::new(self.state.clone()));
        self.become_state(ClusterState::Drafted { draft, earlier }, at)
    }

    /// The row when that draft is thrown away: as it stood before. None where another one is written, or none.
    pub fn undrafted(&self, thrown_away: DraftId, at: Timestamp) -> Option<Self> {
        match &self.state {
            ClusterState::Drafted { draft, earlier } if *draft == thrown_away => {
                let state = earlier.as_deref().cloned().unwrap_or(ClusterState::New);
                self.become_state(state, at).ok()
            }
            _ => None,
        }
    }

    /// The row when that draft is published. None where another one is written, or none.
    pub fn answered_by(&self, published: DraftId, entry: &EntryId, at: Timestamp) -> Option<Self> {
        let entry = entry.clone();
        let waits = matches!(&self.state, ClusterState::Drafted { draft, .. } if *draft == published);
        waits
            .then(|| self.become_state(ClusterState::Published { entry, at }, at).ok())
            .flatten()
    }

    /// The row when an entry that was not written for it answers it: it is watched from then on, in place of what was watched before.
    ///
    /// # Errors
    ///
    /// When somebody writes an answer, or nothing is to be done any more.
    pub fn answered(&self, entry: &EntryId, at: Timestamp) -> Result<Self, ClusterStateError> {
        let (from, to) = (self.state.kind(), ClusterStateKind::Published);
        if from == ClusterStateKind::Drafted {
            return Err(ClusterStateError { from, to });
        }
        let entry = entry.clone();
        self.become_state(ClusterState::Published { entry, at }, at)
    }

    /// The row when something is to be done about it after all.
    ///
    /// # Errors
    ///
    /// When nobody has settled it: what an answer has closed is opened by nobody but whoever asks.
    pub fn opened_again(&self, at: Timestamp) -> Result<Self, ClusterStateError> {
        if !self.is_settled() {
            return Err(ClusterStateError {
                from: self.state.kind(),
                to: ClusterStateKind::New,
            });
        }
        Ok(Self {
            state: ClusterState::New,
            // Whoever was late would be late from the first day.
            due: None,
            version: self.version.next(),
            changed_at: at,
            ..self.clone()
        })
    }

    /// Whether somebody said that nothing is to be done.
    pub fn is_settled(&self) -> bool {
        let how = ClusterEnd::Settled;
        self.state == ClusterState::Closed { how }
    }

    /// The row with somebody who looks after it, and until when.
    #[must_use]
    pub fn assigned(&self, owner: Option<AccountId>, due: Option<String>, at: Timestamp) -> Self {
        Self {
            owner,
            due,
            version: self.version.next(),
            changed_at: at,
            ..self.clone()
        }
    }

    /// When the watch ends; none where nothing is watched.
    pub fn watched_until(&self) -> Option<Timestamp> {
        match &self.state {
            ClusterState::Published { at, .. } | ClusterState::Watching { at, .. } => Some(*at + WATCHED_FOR),
            _ => None,
        }
    }

    /// The row when the watch has ended and so many people have asked meanwhile: closed if they are at most half as many as
    /// before, else open again. None where nothing is watched.
    pub fn judged(&self, after: u32, at: Timestamp) -> Option<Self> {
        let ClusterState::Watching { entry, before, .. } = &self.state else {
            return None;
        };
        let helped = u64::from(after) * 2 <= u64::from(*before);
        let state = if helped {
            let how = ClusterEnd::Answered {
                entry: entry.clone(),
                before: *before,
                after,
            };
            ClusterState::Closed { how }
        } else {
            ClusterState::New
        };
        let judged = self.become_state(state, at).ok()?;
        Some(Self {
            reopened: judged.reopened + u32::from(!helped),
            // Whoever was late would be late from the first day.
            due: judged.due.filter(|_| helped),
            ..judged
        })
    }
}

/// What is published may turn out not to help before the watch has ended, so that another answer is written or found.
fn may_follow(from: ClusterStateKind, to: ClusterStateKind) -> bool {
    use ClusterStateKind::{Closed, Drafted, New, Published, Watching};
    match from {
        New => matches!(to, Drafted | Published | Closed),
        Drafted => matches!(to, New | Published | Watching | Closed),
        Published => matches!(to, Watching | Drafted | Published | Closed),
        Watching => matches!(to, New | Drafted | Published | Closed),
        Closed => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const NOW: Timestamp = Timestamp::from_millis(1_790_000_000_000);

    fn cluster(state: ClusterState) -> Cluster {
        Cluster {
            id: ClusterId(Uuid::nil()),
            community: CommunityId(Uuid::nil()),
            asked: 1,
            state,
            reopened: 0,
            owner: None,
            due: Some("2026-10-01".to_owned()),
            version: Version(1),
            made_at: NOW,
            changed_at: NOW,
        }
    }

    #[track_caller]
    fn check(before: u32, after: u32, expected: ClusterStateKind) {
        let watched = cluster(ClusterState::Watching {
            entry: "parking".into(),
            at: NOW,
            before,
        });
        let judged = watched.judged(after, NOW).unwrap();
        assert_eq!(judged.state.kind(), expected, "{before} → {after}");
        assert_eq!(judged.reopened, u32::from(expected == ClusterStateKind::New));
        assert_eq!(judged.version, Version(2));
    }

    #[test]
    fn an_answer_has_helped_when_at_most_half_as_many_ask() {
        for (before, after) in [(2, 1), (3, 1), (4, 2), (10, 5), (10, 0), (0, 0)] {
            check(before, after, ClusterStateKind::Closed);
        }
        for (before, after) in [(2, 2), (3, 2), (4, 3), (1, 1), (0, 1), (10, 6), (2, u32::MAX)] {
            check(before, after, ClusterStateKind::New);
        }
    }

    #[test]
    fn what_is_open_again_keeps_its_owner_and_has_no_deadline() {
        let owner = Some(AccountId(Uuid::from_u128(7)));
        let mut watched = cluster(ClusterState::Watching {
            entry: "parking".into(),
            at: NOW,
            before: 2,
        });
        watched.owner = owner;
        let judged = watched.judged(2, NOW).unwrap();
        assert_eq!((judged.owner, judged.due), (owner, None));
    }

    #[test]
    fn a_draft_that_is_thrown_away_leaves_everything_as_it_was() {
        let (entry, draft) = (EntryId::from("parking"), DraftId(Uuid::from_u128(8)));
        let other = DraftId(Uuid::from_u128(9));
        for state in [
            ClusterState::New,
            ClusterState::Published {
                entry: entry.clone(),
                at: NOW,
            },
            ClusterState::Watching {
                entry,
                at: NOW,
                before: 4,
            },
        ] {
            let drafted = cluster(state.clone()).drafted(draft, NOW).unwrap();
            let stored = serde_json::to_string(&drafted.state).unwrap();
            assert_eq!(serde_json::from_str::<ClusterState>(&stored).unwrap(), drafted.state);
            assert_eq!(drafted.undrafted(other, NOW), None);
            assert_eq!(drafted.undrafted(draft, NOW).map(|row| row.state), Some(state));
        }
    }

    #[test]
    fn an_entry_that_is_there_answers_whatever_nobody_writes_an_answer_to() {
        let (entry, other, later) = (
            EntryId::from("parking"),
            EntryId::from("map"),
            NOW + Duration::from_hours(1),
        );
        let published = |entry: &EntryId, at| ClusterState::Published {
            entry: entry.clone(),
            at,
        };
        let watched = ClusterState::Watching {
            entry: entry.clone(),
            at: NOW,
            before: 4,
        };
        for state in [ClusterState::New, published(&entry, NOW), watched] {
            let answered = cluster(state).answered(&other, later).unwrap();
            assert_eq!(
                (answered.state, answered.version),
                (published(&other, later), Version(2))
            );
        }
        let drafted = cluster(ClusterState::New)
            .drafted(DraftId(Uuid::from_u128(8)), NOW)
            .unwrap();
        let settled = cluster(ClusterState::Closed {
            how: ClusterEnd::Settled,
        });
        for row in [drafted, settled] {
            assert!(row.answered(&entry, later).is_err(), "{row:?}");
        }
    }

    #[test]
    fn what_is_closed_stays_closed_and_nothing_else_is_judged() {
        let closed = cluster(ClusterState::Closed {
            how: ClusterEnd::Settled,
        });
        let error = closed.become_state(ClusterState::New, NOW).unwrap_err();
        assert_eq!(error.to_string(), "a cluster that is closed cannot become new");
        assert_eq!(closed.judged(0, NOW), None);
        assert_eq!(cluster(ClusterState::New).judged(0, NOW), None);
    }

    #[test]
    fn what_somebody_settled_may_be_opened_again_and_nothing_else() {
        let how = ClusterEnd::Settled;
        let settled = cluster(ClusterState::Closed { how });
        let opened = settled.opened_again(NOW).unwrap();
        assert_eq!(
            (opened.state, opened.due, opened.reopened, opened.version),
            (ClusterState::New, None, 0, Version(2))
        );
        let how = ClusterEnd::Answered {
            entry: "parking".into(),
            before: 4,
            after: 1,
        };
        for state in [ClusterState::New, ClusterState::Closed { how }] {
            assert!(cluster(state.clone()).opened_again(NOW).is_err(), "{state:?}");
        }
    }

    #[test]
    fn it_is_watched_for_two_weeks_from_when_the_answer_was_there() {
        let entry = EntryId::from("parking");
        let published = cluster(ClusterState::Published { entry, at: NOW });
        assert_eq!(published.watched_until(), Some(NOW + Duration::from_hours(336)));
        assert_eq!(cluster(ClusterState::New).watched_until(), None);
    }
}
