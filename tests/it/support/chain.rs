//! The chain of plugins as a test's one handler.

use std::sync::Arc;

use async_trait::async_trait;

use switchboard::dispatcher::chain::{self, Chain, Roster, Rules};
use switchboard::dispatcher::{HandlerError, KnowledgeSource, NoLanguageModel};
use switchboard::model::finding::{AskScope, EntryText, Finding};
use switchboard::model::ids::EntryId;
use switchboard::plugin_host::{Packages, PluginHost};

use super::runtime::Parts;

/// Plugins of tests ask nothing.
struct NoKnowledge;

#[async_trait]
impl KnowledgeSource for NoKnowledge {
    async fn ask(&self, _: &AskScope, _: &str, _: u32) -> Result<Finding, HandlerError> {
        Err(HandlerError::Failed("there is none".into()))
    }

    async fn entry(&self, _: &AskScope, _: &EntryId) -> Result<Option<EntryText>, HandlerError> {
        Ok(None)
    }
}

/// The chain, and who serves in it: nobody before the roster is refreshed.
pub fn chain(parts: &Parts, host: &PluginHost, packages: Packages) -> (Chain, Arc<Roster>) {
    let roster = Roster::new(host.clone(), Arc::clone(&parts.storage), packages, Rules::default());
    let roster = Arc::new(roster);
    let chain = Chain::new(chain::Parts {
        roster: Arc::clone(&roster),
        storage: Arc::clone(&parts.storage),
        knowledge: Arc::new(NoKnowledge),
        language_model: Arc::new(NoLanguageModel),
        clock: Arc::clone(&parts.clock),
        next_due: |_, _| Err("nobody sets a timer".to_owned()),
    });
    (chain, roster)
}
