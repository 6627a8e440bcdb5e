//! Later work, and the steps in its life.

use super::NewEvent;
use crate::model::conversation::LaneKey;
use crate::model::ids::{CommunityId, JobId, PlaceId};
use crate::model::{Event, Timestamp};

/// What becomes of a job.
#[derive(Clone, Debug, PartialEq)]
pub enum JobChange {
    /// Makes it, or replaces the one with the same key.
    Put(NewJob),
    /// Takes it back; nothing happens where there is none.
    Cancel {
        /// Its key.
        key: String,
    },
}

/// Later work.
#[derive(Clone, Debug, PartialEq)]
pub struct NewJob {
    /// Ours.
    pub id: JobId,
    /// Names it: `plugin/<plugin>/<community>/<id>`, `post/<post>`, `quiet/<conversation>`. A second job of the same
    /// key replaces the first.
    pub key: String,
    /// When it is due.
    pub due: Timestamp,
    /// When it is due again, none for once.
    pub repeat: Option<Repeat>,
    /// What it does.
    pub work: JobWork,
}

/// When a job is due again.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Repeat {
    /// Five cron fields.
    pub cron: String,
    /// IANA name of the zone.
    pub zone: String,
}

/// What a job does. Stored as JSON with this tag as its version.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum JobWork {
    /// Appends this event to its lane. `dedupe` is made of the job's key and the moment it was due.
    Event {
        /// Whom it concerns.
        community: CommunityId,
        /// Where.
        place: Option<PlaceId>,
        /// Whose lane it runs in.
        lane: LaneKey,
        /// What happened then.
        event: Box<Event>,
    },
    /// Runs a named piece of upkeep: `retention`, `backup`, `search_index`. May run twice.
    Upkeep {
        /// Which.
        name: String,
    },
}

/// A step in a job's life.
#[derive(Clone, Debug, PartialEq)]
pub enum JobStep {
    /// Changes jobs outside a commit.
    Change(JobChange),
    /// It was due at `due` and its event is stored; it is done, or due again at `next`. Precondition: still due at `due`.
    Fired {
        /// Which.
        id: JobId,
        /// When it was due.
        due: Timestamp,
        /// When it is due again.
        next: Option<Timestamp>,
        /// The event it appends.
        event: Option<Box<NewEvent>>,
    },
    /// It failed and is tried again.
    Failed {
        /// Which.
        id: JobId,
        /// How often.
        attempt: u32,
        /// When to try again; none when a person has to look.
        due: Option<Timestamp>,
        /// Why.
        reason: String,
    },
}
