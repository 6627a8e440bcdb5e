//! Calls are sent by the plugins that asked for them.

use std::sync::Arc;

use async_trait::async_trait;

use crate::calls::{Caller, Sent};
use crate::dispatcher::chain::{Roster, Uncalled};
use crate::plugin_host::{CallFault, HttpAnswer};
use crate::storage::calls::NewCall;

/// Sends by the plugins that serve.
pub(super) struct ByPlugins(pub(super) Arc<Roster>);

#[async_trait]
impl Caller for ByPlugins {
    async fn send(&self, call: &NewCall, key: &str) -> Sent {
        match self.0.call(call, key).await {
            Ok(answer) => answered(answer),
            Err(Uncalled::Off(problem)) => Sent::Off { problem },
            Err(Uncalled::NotRunning(why)) => {
                tracing::debug!(call.id = %call.id, reason = %why, "call {} is not sent now", call.id);
                // What is wrong with it is for the admin, not for its members.
                let problem = "the plugin was not running".to_owned();
                Sent::NotNow { problem }
            }
            Err(Uncalled::Fault(CallFault::Unready(problem))) => Sent::NotNow { problem },
            Err(Uncalled::Fault(CallFault::Refused(problem))) => Sent::Refused { problem },
            Err(Uncalled::Fault(CallFault::Lost(problem))) => Sent::Lost { problem },
        }
    }

    async fn hears(&self, call: &NewCall) -> bool {
        self.0.hears(call.community, &call.plugin, call.place).await
    }
}

fn answered(answer: HttpAnswer) -> Sent {
    let HttpAnswer { status, headers, body } = answer;
    let retry_after = headers.into_iter().find(|(name, _)| name == "retry-after");
    Sent::Answered {
        status,
        body,
        retry_after: retry_after.map(|(_, value)| value),
    }
}
