//! SQL of accounts, sessions, invites and the audit.

use async_trait::async_trait;

use super::SqliteStorage;
use super::failure::ApplyError;
use super::write::Write;
use crate::storage::Applied;
use crate::storage::accounts::{AccountReads, AccountUnit};

pub(super) fn apply(_write: &mut Write<'_>, unit: &AccountUnit) -> Result<Applied, ApplyError> {
    match *unit {}
}

#[async_trait]
impl AccountReads for SqliteStorage {}
