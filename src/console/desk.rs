//! What the console needs of the running dispatcher: staff acts go in as events, typing goes both ways;
//! and what takes long is done beside its pages.

use async_trait::async_trait;
use tokio::sync::broadcast;

use crate::connectors::{AcceptError, Acceptance};
use crate::dispatcher::chain::{Listed, LogLine};
use crate::model::Event;
use crate::model::ids::{CommunityId, PlaceId, PlaceRef, PluginId};
use crate::storage::WriteError;

/// How the plugins do that run. `app.rs` fills it with the roster of the chain.
pub trait PluginsRunning: Send + Sync {
    /// The enabled plugins of a community.
    fn running(&self, community: CommunityId) -> Vec<Listed>;

    /// The last lines that a plugin wrote, newest first, also where it is off by now.
    fn log(&self, community: CommunityId, plugin: &PluginId) -> Vec<LogLine>;
}

/// Where the console hands in what staff did and want done. `app.rs` fills it with the dispatcher and the jobs.
#[async_trait]
pub trait StaffDesk: Send + Sync {
    /// Stores the event and answers when it is on disk; it is handled after that, in the lane of its conversation.
    async fn hand_in(&self, event: Event) -> Result<Acceptance, AcceptError>;

    /// A member of staff is typing; shown to the visitor and forgotten.
    fn staff_types(&self, place: PlaceId, name: &str);

    /// Tells of places where a member is typing right now.
    fn visitors_typing(&self) -> broadcast::Receiver<PlaceRef>;

    /// Has the knowledge of a community looked over; answers when that is planned, and nobody waits for its end.
    async fn look_over(&self, community: CommunityId) -> Result<(), WriteError>;
}
