//! SQL of installed plugins, their grants and settings.

use async_trait::async_trait;

use super::SqliteStorage;
use super::failure::ApplyError;
use super::write::Write;
use crate::storage::Applied;
use crate::storage::plugins::{PluginReads, PluginUnit};

pub(super) fn apply(_write: &mut Write<'_>, unit: &PluginUnit) -> Result<Applied, ApplyError> {
    match *unit {}
}

#[async_trait]
impl PluginReads for SqliteStorage {}
