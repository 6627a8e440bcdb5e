//! Whether a plugin has set itself up: what came of its `ready` in the present revision of its settings. The trace of that event knows it,
//! also after a restart.

use super::members::ready_key;
use crate::storage::core::Verdict;
use crate::storage::plugins::PluginSettings;
use crate::storage::{ReadError, SharedStorage};

/// Why the plugin's `ready` failed; none where it did not, or is not handled yet. `digest` is that of the package that serves.
///
/// # Errors
///
/// When it cannot be read.
pub async fn set_up_failure(
    storage: &SharedStorage,
    settings: &PluginSettings,
    digest: &str,
) -> Result<Option<String>, ReadError> {
    let trace = storage.trace_of(&ready_key(settings, digest)).await?;
    let steps = trace.into_iter().flat_map(|trace| trace.steps);
    Ok(steps
        .into_iter()
        .find(|step| step.verdict == Verdict::Failed)
        .map(|step| step.line))
}
