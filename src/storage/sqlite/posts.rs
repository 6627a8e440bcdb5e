//! SQL of planned posts.

use async_trait::async_trait;

use super::SqliteStorage;
use super::failure::ApplyError;
use super::write::Write;
use crate::storage::Applied;
use crate::storage::posts::{PostReads, PostUnit};

pub(super) fn apply(_write: &mut Write<'_>, unit: &PostUnit) -> Result<Applied, ApplyError> {
    match *unit {}
}

#[async_trait]
impl PostReads for SqliteStorage {}
