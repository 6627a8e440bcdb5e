//! SQL of the knowledge base.

use super::failure::ApplyError;
use super::write::Write;
use crate::storage::Applied;
use crate::storage::knowledge::KnowledgeUnit;

pub(super) fn apply(_write: &mut Write<'_>, _unit: &KnowledgeUnit) -> Result<Applied, ApplyError> {
    Err(ApplyError::conflict("the knowledge base"))
}
