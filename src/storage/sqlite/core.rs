//! Reads of the core: which are short and run at once, and which are heavy. The SQL is in the aggregates' files.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::{SqliteStorage, conversations, deliveries, directory, events, jobs, kv, messages, search};
use crate::connectors::Cursor;
use crate::model::Timestamp;
use crate::model::ability::Profile;
use crate::model::action::Priority;
use crate::model::command::MenuPlace;
use crate::model::conversation::{Conversation, HolderKind, LaneKey};
use crate::model::directory::{Identity, Place, Space};
use crate::model::ids::{
    ButtonId, CommunityId, ConversationId, DeliveryId, EventSeq, IdentityId, IdentityRef, LoginName, MessageId,
    MessageRef, PlaceId, PlaceRef, PluginId, SpaceId,
};
use crate::storage::core::{
    Community, ConversationFilter, CoreReads, DeliveryState, EventState, KvEntry, LastSeen, LoggedTransition,
    StoredButton, StoredDelivery, StoredEvent, StoredJob, StoredMessage, Trace,
};
use crate::storage::{Page, ReadError};

#[async_trait]
impl CoreReads for SqliteStorage {
    async fn events_unhandled(&self, after: EventSeq, limit: u32) -> Result<Vec<StoredEvent>, ReadError> {
        self.readers
            .read_heavy("event", move |c| events::unhandled(c, after, limit))
            .await
    }

    async fn event(&self, seq: EventSeq) -> Result<Option<(StoredEvent, Option<Trace>)>, ReadError> {
        self.readers.read("event", |c| events::event(c, seq))
    }

    async fn events(
        &self,
        community: Option<CommunityId>,
        page: Page,
        state: Option<EventState>,
    ) -> Result<Vec<(StoredEvent, Option<Trace>)>, ReadError> {
        self.readers
            .read_heavy("event", move |c| events::events(c, community, page, state))
            .await
    }

    async fn stored_at(&self, dedupe: &str) -> Result<Option<Timestamp>, ReadError> {
        self.readers.read("event", |c| events::stored_at(c, dedupe))
    }

    async fn trace_of(&self, dedupe: &str) -> Result<Option<Trace>, ReadError> {
        self.readers.read("event", |c| events::trace_of(c, dedupe))
    }

    async fn event_of_message(&self, id: MessageId) -> Result<Option<(StoredEvent, Option<Trace>)>, ReadError> {
        self.readers
            .read_heavy("event", move |c| events::of_message(c, id))
            .await
    }

    async fn is_answered(
        &self,
        event: EventSeq,
        place: PlaceId,
        message: &MessageRef,
        asker: IdentityId,
    ) -> Result<bool, ReadError> {
        self.readers
            .read("event", |c| events::is_answered(c, event, place, message, asker))
    }

    async fn events_of_conversation(
        &self,
        id: ConversationId,
        page: Page,
    ) -> Result<Vec<(StoredEvent, Option<Trace>)>, ReadError> {
        self.readers
            .read_heavy("event", move |c| events::of_conversation(c, id, page))
            .await
    }

    async fn conversation(&self, id: ConversationId) -> Result<Option<Conversation>, ReadError> {
        self.readers
            .read("conversation", |c| conversations::conversation(c, id))
    }

    async fn conversation_of_lane(&self, lane: &LaneKey) -> Result<Option<Conversation>, ReadError> {
        self.readers
            .read("conversation", |c| conversations::open_of_lane(c, lane))
    }

    async fn conversation_closed_last(&self, lane: &LaneKey) -> Result<Option<Conversation>, ReadError> {
        self.readers
            .read("conversation", |c| conversations::closed_last_of_lane(c, lane))
    }

    async fn conversations(&self, filter: &ConversationFilter, limit: u32) -> Result<Vec<Conversation>, ReadError> {
        let filter = filter.clone();
        self.readers
            .read_heavy("conversation", move |c| conversations::list(c, &filter, limit))
            .await
    }

    async fn conversation_counts(&self, community: CommunityId) -> Result<Vec<(HolderKind, u64)>, ReadError> {
        self.readers
            .read_heavy("conversation", move |c| conversations::counts(c, community))
            .await
    }

    async fn transitions(&self, id: ConversationId) -> Result<Vec<LoggedTransition>, ReadError> {
        self.readers.read("transition", |c| conversations::transitions(c, id))
    }

    async fn last_transitions(
        &self,
        ids: &[ConversationId],
    ) -> Result<BTreeMap<ConversationId, LoggedTransition>, ReadError> {
        self.readers
            .read("transition", |c| conversations::last_transitions(c, ids))
    }

    async fn message(&self, id: MessageId) -> Result<Option<StoredMessage>, ReadError> {
        self.readers.read("message", |c| messages::message(c, id))
    }

    async fn message_by_native(&self, native: &MessageRef) -> Result<Option<StoredMessage>, ReadError> {
        self.readers.read("message", |c| messages::by_native(c, native))
    }

    async fn message_within(&self, native: &MessageRef) -> Result<Option<StoredMessage>, ReadError> {
        self.readers.read("message", |c| messages::within(c, native))
    }

    async fn message_by_name(
        &self,
        community: CommunityId,
        plugin: &PluginId,
        name: &str,
    ) -> Result<Option<StoredMessage>, ReadError> {
        self.readers
            .read("message", |c| messages::by_name(c, community, plugin, name))
    }

    async fn messages_of_conversation(&self, id: ConversationId, page: Page) -> Result<Vec<StoredMessage>, ReadError> {
        self.readers.read("message", |c| messages::of_conversation(c, id, page))
    }

    async fn messages_of_place(&self, place: PlaceId, page: Page) -> Result<Vec<StoredMessage>, ReadError> {
        self.readers.read("message", |c| messages::of_place(c, place, page))
    }

    async fn search(&self, community: CommunityId, query: &str, page: Page) -> Result<Vec<StoredMessage>, ReadError> {
        self.catch_up_search().await;
        let query = query.to_owned();
        self.readers
            .read_heavy("message", move |c| search::search(c, community, &query, page))
            .await
    }

    async fn button(&self, id: ButtonId) -> Result<Option<StoredButton>, ReadError> {
        self.readers.read("button", |c| messages::button(c, id))
    }

    async fn deliveries_open(
        &self,
        login: &LoginName,
        priority: Priority,
        after: i64,
        limit: u32,
    ) -> Result<Vec<StoredDelivery>, ReadError> {
        let login = login.clone();
        self.readers
            .read_heavy("delivery", move |c| deliveries::open(c, &login, priority, after, limit))
            .await
    }

    async fn delivery(&self, id: DeliveryId) -> Result<Option<StoredDelivery>, ReadError> {
        self.readers.read("delivery", |c| deliveries::delivery(c, id))
    }

    async fn deliveries(
        &self,
        community: Option<CommunityId>,
        page: Page,
        state: Option<DeliveryState>,
    ) -> Result<Vec<StoredDelivery>, ReadError> {
        self.readers
            .read_heavy("delivery", move |c| deliveries::list(c, community, page, state))
            .await
    }

    async fn delivery_counts(&self, community: Option<CommunityId>) -> Result<Vec<(DeliveryState, u64)>, ReadError> {
        self.readers
            .read_heavy("delivery", move |c| deliveries::counts(c, community))
            .await
    }

    async fn thread_opening(&self, conversation: ConversationId) -> Result<Option<DeliveryId>, ReadError> {
        self.readers
            .read("delivery", |c| deliveries::thread_opening(c, conversation))
    }

    async fn measures_open(&self, person: &IdentityRef, place: PlaceId) -> Result<Vec<StoredDelivery>, ReadError> {
        self.readers.read("delivery", |connection| {
            deliveries::measures_open(connection, person, place)
        })
    }

    async fn openings(&self, limit: u32) -> Result<Vec<StoredDelivery>, ReadError> {
        self.readers
            .read_heavy("delivery", move |c| deliveries::openings(c, limit))
            .await
    }

    async fn deliveries_of_message(&self, id: MessageId) -> Result<Vec<StoredDelivery>, ReadError> {
        self.readers.read("delivery", |c| deliveries::of_message(c, id))
    }

    async fn jobs_due(&self, at: Timestamp, limit: u32) -> Result<Vec<StoredJob>, ReadError> {
        self.readers.read("job", |c| jobs::due(c, at, limit))
    }

    async fn job_next_due(&self) -> Result<Option<Timestamp>, ReadError> {
        self.readers.read("job", jobs::next_due)
    }

    async fn jobs_by_key(&self, prefix: &str, limit: u32) -> Result<Vec<StoredJob>, ReadError> {
        let prefix = prefix.to_owned();
        self.readers
            .read_heavy("job", move |c| jobs::by_key(c, &prefix, limit))
            .await
    }

    async fn kv_get(
        &self,
        plugin: &PluginId,
        community: CommunityId,
        key: &str,
        now: Timestamp,
    ) -> Result<Option<KvEntry>, ReadError> {
        self.readers.read("kv", |c| kv::get(c, plugin, community, key, now))
    }

    async fn kv_scan(
        &self,
        plugin: &PluginId,
        community: CommunityId,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
        now: Timestamp,
    ) -> Result<Vec<KvEntry>, ReadError> {
        self.readers
            .read("kv", |c| kv::scan(c, plugin, community, prefix, after, limit, now))
    }

    async fn kv_usage(&self, plugin: &PluginId, community: CommunityId) -> Result<(u64, u64), ReadError> {
        self.readers.read("kv", |c| kv::usage(c, plugin, community))
    }

    async fn communities(&self) -> Result<Vec<Community>, ReadError> {
        self.readers.read("community", directory::communities)
    }

    async fn place(&self, id: PlaceId) -> Result<Option<Place>, ReadError> {
        self.readers.read("place", |c| directory::place(c, id))
    }

    async fn place_by_native(&self, native: &PlaceRef) -> Result<Option<Place>, ReadError> {
        self.readers.read("place", |c| directory::place_by_native(c, native))
    }

    async fn places(&self, community: CommunityId, page: Page) -> Result<Vec<Place>, ReadError> {
        self.readers
            .read_heavy("place", move |c| directory::places(c, community, page))
            .await
    }

    async fn shared_places(&self, community: CommunityId, limit: u32) -> Result<Vec<Place>, ReadError> {
        self.readers
            .read_heavy("place", move |c| directory::shared_places(c, community, limit))
            .await
    }

    async fn direct_places(&self, login: &LoginName, limit: u32) -> Result<Vec<PlaceRef>, ReadError> {
        let login = login.clone();
        self.readers
            .read_heavy("place", move |c| directory::direct_places(c, &login, limit))
            .await
    }

    async fn menu_places(&self, login: &LoginName) -> Result<Vec<MenuPlace>, ReadError> {
        let login = login.clone();
        self.readers
            .read_heavy("place", move |c| directory::menu_places(c, &login))
            .await
    }

    async fn direct_place_of(&self, who: IdentityId, login: &LoginName) -> Result<Option<Place>, ReadError> {
        self.readers
            .read("place", |c| directory::direct_place_of(c, who, login))
    }

    async fn space_by_native(
        &self,
        login: &LoginName,
        native: &str,
    ) -> Result<Option<(SpaceId, Option<CommunityId>)>, ReadError> {
        self.readers
            .read("space", |c| directory::space_by_native(c, login, native))
    }

    async fn spaces(&self, community: CommunityId) -> Result<Vec<Space>, ReadError> {
        self.readers.read("space", |c| directory::spaces(c, community))
    }

    async fn identity(&self, id: IdentityId) -> Result<Option<Identity>, ReadError> {
        self.readers.read("identity", |c| directory::identity(c, id))
    }

    async fn people_lately(&self, community: CommunityId, limit: u32) -> Result<Vec<Identity>, ReadError> {
        let read = move |connection: &rusqlite::Connection| directory::people_lately(connection, community, limit);
        self.readers.read_heavy("identity.lately", read).await
    }

    async fn last_seen(&self, who: IdentityId, community: CommunityId) -> Result<Vec<LastSeen>, ReadError> {
        self.readers
            .read_heavy("event", move |c| events::last_seen(c, who, community))
            .await
    }

    async fn identity_by_native(&self, native: &IdentityRef) -> Result<Option<Identity>, ReadError> {
        self.readers
            .read("identity", |c| directory::identity_by_native(c, native))
    }

    async fn profiles(&self) -> Result<BTreeMap<LoginName, Profile>, ReadError> {
        self.readers.read("login", directory::profiles)
    }

    async fn cursor(&self, login: &LoginName) -> Result<Option<Cursor>, ReadError> {
        self.readers.read("cursor", |c| directory::cursor(c, login))
    }
}
