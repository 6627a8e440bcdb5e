//! What is read of events, conversations, messages, deliveries, jobs, kv and the directory.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::unit::{NewDelivery, NewEvent, NewJob, NewMessage};
use super::{Page, ReadError};
use crate::connectors::Cursor;
use crate::model::Timestamp;
use crate::model::ability::Profile;
use crate::model::action::Priority;
use crate::model::button::ButtonMeaning;
use crate::model::command::MenuPlace;
use crate::model::conversation::{Actor, Conversation, Holder, HolderKind, LaneKey};
use crate::model::directory::{Identity, Place, Role, SeenIdentity, Space};
use crate::model::ids::{
    AccountId, ButtonId, CommunityId, ConversationId, DeliveryId, EventSeq, IdentityId, IdentityRef, LoginName,
    MessageId, MessageRef, MessageSeq, NativeId, PlaceId, PlaceRef, PluginId, SpaceId, Version,
};
use crate::model::measure::Removal;

/// An event as it lies in the table.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredEvent {
    /// Its place in the order.
    pub seq: EventSeq,
    /// All that accepting stored.
    pub new: NewEvent,
    /// What has become of it.
    pub state: EventState,
}

/// What has become of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventState {
    /// Accepted, not handled yet.
    Accepted,
    /// All it causes is written.
    Handled,
    /// A person has to look.
    Parked,
}

/// What happened to an event on its way, for *why*. Stored as one JSON value.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Trace {
    /// Handlers and plugins, in the order they ran; also those that did not, with the reason.
    pub steps: Vec<TraceStep>,
    /// What was handed to the outbox because of it, wherever it goes, in the order in which it was asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sent: Vec<DeliveryId>,
}

/// What one handler or plugin did with an event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TraceStep {
    /// The plugin's id, or the handler's name.
    pub who: String,
    /// What it did.
    pub verdict: Verdict,
    /// One line for a person: the rule that filtered it, the error, the score.
    pub line: String,
    /// CPU it took, in microseconds, where measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_us: Option<u64>,
    /// What it read, called and wrote, a line each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<String>,
    /// What it asked for, a line each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<String>,
}

/// What one handler or plugin did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Saw it and did nothing.
    Passed,
    /// Did something that is no answer.
    Acted,
    /// Answered.
    Answered,
    /// Would not answer, and said why.
    Abstained,
    /// Broke.
    Failed,
    /// Did not want it.
    Filtered,
    /// Is off, or somebody before it ended the chain.
    NotCalled,
    /// Is paused, quarantined or lacks a permission.
    Held,
    /// It did nothing, because it is only tried: the actions say what it would have done.
    Rehearsed,
    /// Its answer was dropped: a person holds the pen, a later handoff overruled it, or it moderates somebody who is left alone.
    Overruled,
}

/// A thing said, as it lies in the table.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredMessage {
    /// Its place in the order.
    pub seq: MessageSeq,
    /// All that was stored.
    pub new: NewMessage,
    /// Whether it is for owners of the console alone.
    pub for_owners: bool,
    /// When it was last changed.
    pub edited_at: Option<Timestamp>,
    /// When it was taken back or deleted. What was taken back is empty.
    pub deleted_at: Option<Timestamp>,
    /// Why it was deleted by somebody else. Its text stays, for staff alone.
    pub removed: Option<Removal>,
}

/// A delivery as it lies in the table. It is the copy, too: the message's appearance in its place.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredDelivery {
    /// Its place in the order.
    pub seq: i64,
    /// All that was stored.
    pub new: NewDelivery,
    /// What has become of it.
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempt: u32,
    /// When it ended, if it has.
    pub ended_at: Option<Timestamp>,
    /// The platform's id of what was sent.
    pub native: Option<NativeId>,
    /// Why it failed last, for staff.
    pub reason: Option<String>,
}

/// What has become of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// It waits for its turn.
    Queued,
    /// The send has begun.
    Sending,
    /// It arrived.
    Delivered,
    /// It did not arrive.
    Failed,
    /// Nobody knows; a person decides.
    PerhapsSent,
    /// A person gave it up.
    GivenUp,
}

/// A job as it lies in the table.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredJob {
    /// All that was stored, `due` as it is now.
    pub new: NewJob,
    /// How often it failed.
    pub attempt: u32,
    /// Why it failed last.
    pub reason: Option<String>,
}

/// A change of hands as the log keeps it.
#[derive(Clone, Debug, PartialEq)]
pub struct LoggedTransition {
    /// Who held it before.
    pub from: Option<HolderKind>,
    /// Who holds it from then on.
    pub to: Holder,
    /// Who caused it.
    pub actor: Actor,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

impl LoggedTransition {
    /// Whether a member left the queue, and no person was needed.
    pub fn is_resolved_by_member(&self) -> bool {
        self.from == Some(HolderKind::Waiting) && self.to == Holder::Bot && matches!(self.actor, Actor::Identity(_))
    }
}

/// A community.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Community {
    /// Ours.
    pub id: CommunityId,
    /// As people see it.
    pub name: String,
    /// BCP 47.
    pub language: String,
    /// IANA name.
    pub zone: String,
    /// Roles of platforms that it knows by name.
    pub roles: Vec<Role>,
}

/// What a platform told of somebody when they last did something in a space.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastSeen {
    /// Where; none for direct chats, and for what is in no space.
    pub space: Option<SpaceId>,
    /// What.
    pub who: SeenIdentity,
}

/// A value under a key of a plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KvEntry {
    /// Which key.
    pub key: String,
    /// What it holds.
    pub value: Vec<u8>,
    /// Counts its changes.
    pub version: Version,
}

/// A stored button.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredButton {
    /// Under which message.
    pub message: MessageId,
    /// What pressing it means.
    pub meaning: ButtonMeaning,
    /// When it dies.
    pub expires: Timestamp,
}

/// The order of a list of conversations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ConversationOrder {
    /// Those in which something happened last come first.
    #[default]
    ActiveLast,
    /// Those that have been with their holder longest come first.
    HeldLongest,
}

/// Where a list of conversations goes on: behind the one with this moment and id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConversationPosition {
    /// `active_at` or `changed_at`, whichever the order goes by.
    pub at: Timestamp,
    /// Two conversations may share a moment.
    pub id: ConversationId,
}

/// Which conversations a list shows, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConversationFilter {
    /// Of this community; none for all.
    pub community: Option<CommunityId>,
    /// In one of these states; empty for all.
    pub holders: Vec<HolderKind>,
    /// Held or put aside by this member of staff; none for all.
    pub agent: Option<AccountId>,
    /// Started by this identity; none for all.
    pub asker: Option<IdentityId>,
    /// In this order.
    pub order: ConversationOrder,
    /// Behind this one; none for the beginning.
    pub after: Option<ConversationPosition>,
}

/// Reads of the core.
#[async_trait]
pub trait CoreReads: Send + Sync {
    /// Events that are accepted and not ended, oldest first, behind `after`.
    async fn events_unhandled(&self, after: EventSeq, limit: u32) -> Result<Vec<StoredEvent>, ReadError>;
    /// One event with its trace; none, too, when retention has emptied it.
    async fn event(&self, seq: EventSeq) -> Result<Option<(StoredEvent, Option<Trace>)>, ReadError>;
    /// Events, newest first; of one community or of all.
    async fn events(
        &self,
        community: Option<CommunityId>,
        page: Page,
        state: Option<EventState>,
    ) -> Result<Vec<(StoredEvent, Option<Trace>)>, ReadError>;
    /// When an event with that dedupe key was stored, if it was.
    async fn stored_at(&self, dedupe: &str) -> Result<Option<Timestamp>, ReadError>;
    /// The trace of the event with that dedupe key; none, too, when retention has emptied it, or it is not handled yet.
    async fn trace_of(&self, dedupe: &str) -> Result<Option<Trace>, ReadError>;
    /// The event by which a thing said came in, with its trace; looked for through the whole table.
    async fn event_of_message(&self, id: MessageId) -> Result<Option<(StoredEvent, Option<Trace>)>, ReadError>;
    /// Whether somebody else than `asker`, and no program, has answered the message that came in with the event: what they
    /// said is looked for near it in the order of events, whether it was handled or not.
    async fn is_answered(
        &self,
        event: EventSeq,
        place: PlaceId,
        message: &MessageRef,
        asker: IdentityId,
    ) -> Result<bool, ReadError>;
    /// Events that belong to a conversation, newest first.
    async fn events_of_conversation(
        &self,
        id: ConversationId,
        page: Page,
    ) -> Result<Vec<(StoredEvent, Option<Trace>)>, ReadError>;

    /// One conversation.
    async fn conversation(&self, id: ConversationId) -> Result<Option<Conversation>, ReadError>;
    /// The open conversation of a lane.
    async fn conversation_of_lane(&self, lane: &LaneKey) -> Result<Option<Conversation>, ReadError>;
    /// The conversation of a lane that ended last.
    async fn conversation_closed_last(&self, lane: &LaneKey) -> Result<Option<Conversation>, ReadError>;
    /// Conversations.
    async fn conversations(&self, filter: &ConversationFilter, limit: u32) -> Result<Vec<Conversation>, ReadError>;
    /// How many there are in each state.
    async fn conversation_counts(&self, community: CommunityId) -> Result<Vec<(HolderKind, u64)>, ReadError>;
    /// Changes of hands, oldest first.
    async fn transitions(&self, id: ConversationId) -> Result<Vec<LoggedTransition>, ReadError>;
    /// The last change of hands of each of these conversations that has had one.
    async fn last_transitions(
        &self,
        ids: &[ConversationId],
    ) -> Result<BTreeMap<ConversationId, LoggedTransition>, ReadError>;

    /// One thing said.
    async fn message(&self, id: MessageId) -> Result<Option<StoredMessage>, ReadError>;
    /// The message that a platform calls so: a received one, or a copy of ours.
    async fn message_by_native(&self, native: &MessageRef) -> Result<Option<StoredMessage>, ReadError>;
    /// The same in that place or in one within it, for platforms that number their messages across both.
    async fn message_within(&self, native: &MessageRef) -> Result<Option<StoredMessage>, ReadError>;
    /// The message that a plugin calls so.
    async fn message_by_name(
        &self,
        community: CommunityId,
        plugin: &PluginId,
        name: &str,
    ) -> Result<Option<StoredMessage>, ReadError>;
    /// What was said in a conversation, newest first.
    async fn messages_of_conversation(&self, id: ConversationId, page: Page) -> Result<Vec<StoredMessage>, ReadError>;
    /// What was said in a place, newest first; notes left out.
    async fn messages_of_place(&self, place: PlaceId, page: Page) -> Result<Vec<StoredMessage>, ReadError>;
    /// Full-text search over what was said, newest first. `query` is what a person typed.
    async fn search(&self, community: CommunityId, query: &str, page: Page) -> Result<Vec<StoredMessage>, ReadError>;
    /// What a button means.
    async fn button(&self, id: ButtonId) -> Result<Option<StoredButton>, ReadError>;

    /// Deliveries of a login and priority that are queued or sending, in the order they were made, behind `after`.
    async fn deliveries_open(
        &self,
        login: &LoginName,
        priority: Priority,
        after: i64,
        limit: u32,
    ) -> Result<Vec<StoredDelivery>, ReadError>;
    /// One delivery.
    async fn delivery(&self, id: DeliveryId) -> Result<Option<StoredDelivery>, ReadError>;
    /// Deliveries, newest first; to the places of one community or to all.
    async fn deliveries(
        &self,
        community: Option<CommunityId>,
        page: Page,
        state: Option<DeliveryState>,
    ) -> Result<Vec<StoredDelivery>, ReadError>;
    /// How many there are in each state but delivered, which are counted where they are delivered; of one community or
    /// of all.
    async fn delivery_counts(&self, community: Option<CommunityId>) -> Result<Vec<(DeliveryState, u64)>, ReadError>;
    /// The thread that is being opened for the conversation.
    async fn thread_opening(&self, conversation: ConversationId) -> Result<Option<DeliveryId>, ReadError>;
    /// Measures about somebody that have not ended, in all that the place is in, in the order they were asked for. What takes them
    /// back is none.
    async fn measures_open(&self, person: &IdentityRef, place: PlaceId) -> Result<Vec<StoredDelivery>, ReadError>;
    /// Threads that are being opened, in the order they were asked for.
    async fn openings(&self, limit: u32) -> Result<Vec<StoredDelivery>, ReadError>;
    /// The copies of a message, by piece: its sends, not its edits.
    async fn deliveries_of_message(&self, id: MessageId) -> Result<Vec<StoredDelivery>, ReadError>;

    /// Jobs due at `at` or before, the most overdue first.
    async fn jobs_due(&self, at: Timestamp, limit: u32) -> Result<Vec<StoredJob>, ReadError>;
    /// When the next job is due.
    async fn job_next_due(&self) -> Result<Option<Timestamp>, ReadError>;
    /// Jobs whose key begins so.
    async fn jobs_by_key(&self, prefix: &str, limit: u32) -> Result<Vec<StoredJob>, ReadError>;

    /// One value.
    async fn kv_get(
        &self,
        plugin: &PluginId,
        community: CommunityId,
        key: &str,
        now: Timestamp,
    ) -> Result<Option<KvEntry>, ReadError>;
    /// Values whose key begins so, in the order of the keys' bytes, from the one behind `after`.
    async fn kv_scan(
        &self,
        plugin: &PluginId,
        community: CommunityId,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
        now: Timestamp,
    ) -> Result<Vec<KvEntry>, ReadError>;
    /// How many keys and bytes a plugin keeps in a community.
    async fn kv_usage(&self, plugin: &PluginId, community: CommunityId) -> Result<(u64, u64), ReadError>;

    /// All communities.
    async fn communities(&self) -> Result<Vec<Community>, ReadError>;
    /// One place.
    async fn place(&self, id: PlaceId) -> Result<Option<Place>, ReadError>;
    /// The place that a platform calls so.
    async fn place_by_native(&self, native: &PlaceRef) -> Result<Option<Place>, ReadError>;
    /// All places of a community, by name; `page.before` is how many were shown already.
    async fn places(&self, community: CommunityId, page: Page) -> Result<Vec<Place>, ReadError>;
    /// Those of them that are no direct chats: rooms and channels by name, then threads by name.
    async fn shared_places(&self, community: CommunityId, limit: u32) -> Result<Vec<Place>, ReadError>;
    /// The direct chats of a login, those with the newest messages first.
    async fn direct_places(&self, login: &LoginName, limit: u32) -> Result<Vec<PlaceRef>, ReadError>;
    /// The places of a login besides direct chats and threads, as far as menus go: threads are as what they hang in.
    async fn menu_places(&self, login: &LoginName) -> Result<Vec<MenuPlace>, ReadError>;
    /// The direct chat in which this person talked to a login last.
    async fn direct_place_of(&self, who: IdentityId, login: &LoginName) -> Result<Option<Place>, ReadError>;
    /// The space that a login calls so, and whom it serves.
    async fn space_by_native(
        &self,
        login: &LoginName,
        native: &str,
    ) -> Result<Option<(SpaceId, Option<CommunityId>)>, ReadError>;
    /// The spaces of a community, by login and name; one whose community nobody has chosen is not among them.
    async fn spaces(&self, community: CommunityId) -> Result<Vec<Space>, ReadError>;
    /// One identity.
    async fn identity(&self, id: IdentityId) -> Result<Option<Identity>, ReadError>;
    /// What the platform told of somebody when they last did something in a community, for each space in which they did; looked for
    /// among the latest events of all. An event that could not tell how they stand there counts only where no other is.
    async fn last_seen(&self, who: IdentityId, community: CommunityId) -> Result<Vec<LastSeen>, ReadError>;
    /// The identity that a platform calls so.
    async fn identity_by_native(&self, native: &IdentityRef) -> Result<Option<Identity>, ReadError>;
    /// People who lately did something in a community, by name; no bots.
    async fn people_lately(&self, community: CommunityId, limit: u32) -> Result<Vec<Identity>, ReadError>;
    /// What each login could do and hear when it last began to hear; without those that never did.
    async fn profiles(&self) -> Result<BTreeMap<LoginName, Profile>, ReadError>;
    /// Where a login goes on.
    async fn cursor(&self, login: &LoginName) -> Result<Option<Cursor>, ReadError>;
}
