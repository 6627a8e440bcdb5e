//! What is written and read about the upkeep of a knowledge base.

use async_trait::async_trait;

use super::ReadError;
use crate::model::Timestamp;
use crate::model::ids::{AccountId, CommunityId, EntryId};
use crate::model::upkeep::{Finding, Link};

/// Writes about upkeep.
#[derive(Clone, Debug)]
pub enum UpkeepUnit {
    /// A base was looked over, in place of what was found before. What was put aside stays so where its entries have the
    /// revisions that they had.
    LookedOver {
        /// Whose.
        community: CommunityId,
        /// When, and how.
        looked: LookedOver,
        /// What was found, in the order in which it is shown.
        findings: Vec<Finding>,
    },
    /// Puts a finding aside until one of its entries changes. Precondition: it is there, with these entries in these revisions.
    Dismiss {
        /// Whose.
        community: CommunityId,
        /// [`Finding::key`].
        key: String,
        /// [`Finding::entries`].
        entries: Vec<(EntryId, u32)>,
        /// Who says so.
        by: AccountId,
        /// When.
        at: Timestamp,
    },
    /// What is known of a page from now on.
    Link {
        /// Whose.
        community: CommunityId,
        /// What.
        link: Link,
    },
    /// Forgets pages that no entry names any more.
    ForgetLinks {
        /// Whose.
        community: CommunityId,
        /// Their addresses.
        urls: Vec<String>,
    },
}

/// When a base was looked over last, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LookedOver {
    /// When.
    pub at: Timestamp,
    /// How many entries were compared with all others.
    pub compared: u32,
    /// How many findings were too many to keep.
    pub left_out: u32,
}

/// A finding that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptFinding {
    /// What.
    pub finding: Finding,
    /// Whether somebody has put it aside.
    pub dismissed: bool,
}

/// When entries were given to somebody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Use {
    /// Each entry that was given, with the last time.
    pub last: Vec<(EntryId, Timestamp)>,
    /// When the oldest message was said that is still kept: nothing is known of what was before.
    pub known_since: Option<Timestamp>,
}

/// Reads about upkeep.
#[async_trait]
pub trait UpkeepReads: Send + Sync {
    /// What was found last, in the order in which it is shown, and when.
    async fn findings(&self, community: CommunityId) -> Result<(Option<LookedOver>, Vec<KeptFinding>), ReadError>;
    /// How many dead links nobody has put aside.
    async fn dead_links_open(&self, community: CommunityId) -> Result<u64, ReadError>;
    /// What is known of pages, by address.
    async fn links(&self, community: CommunityId) -> Result<Vec<Link>, ReadError>;
    /// When each entry was given last.
    async fn entries_used(&self, community: CommunityId) -> Result<Use, ReadError>;
}
