//! What is written and read for passing conversations to staff.

use std::time::Duration;

use async_trait::async_trait;

use super::ReadError;
use crate::model::Timestamp;
use crate::model::hours::Hours;
use crate::model::ids::{CommunityId, QueueName};

/// Writes for handing over.
#[derive(Clone, Debug)]
pub enum HandoffUnit {
    /// When staff are there.
    Hours {
        /// Whose.
        community: CommunityId,
        /// In the community's zone.
        hours: Hours,
    },
}

/// Reads for handing over.
#[async_trait]
pub trait HandoffReads: Send + Sync {
    /// When staff are there; always, where nobody has said.
    async fn hours(&self, community: CommunityId) -> Result<Hours, ReadError>;
    /// How long people waited in a queue until somebody took them, the last `limit` who were taken after `since`.
    async fn waits(
        &self,
        community: CommunityId,
        queue: &QueueName,
        since: Timestamp,
        limit: u32,
    ) -> Result<Vec<Duration>, ReadError>;
}
