//! What can be written. Each unit is applied wholly or not at all.

mod delivery;
mod job;

pub use self::delivery::{DeliveryStep, NewDelivery, OpenedThread};
pub use self::job::{JobChange, JobStep, JobWork, NewJob, Repeat};
use super::accounts::AccountUnit;
use super::calls::CallUnit;
use super::clusters::ClusterUnit;
use super::consult::ConsultUnit;
use super::core::{StoredEvent, Trace};
use super::drafts::DraftUnit;
use super::handoff::HandoffUnit;
use super::knowledge::KnowledgeUnit;
use super::person::PersonUnit;
use super::plugins::PluginUnit;
use super::posts::PostUnit;
use super::quality::QualityUnit;
use super::tokens::TokenUnit;
use super::upkeep::UpkeepUnit;
use super::web_chat::WebChatUnit;
use super::webhooks::WebhookUnit;
use crate::connectors::Cursor;
use crate::model::ability::Profile;
use crate::model::action::{Author, FileRef};
use crate::model::button::{Button, ButtonMeaning};
use crate::model::content::Content;
use crate::model::conversation::{Conversation, LaneKey, Transition};
use crate::model::directory::{Identity, Place, Role, SeenPlace};
use crate::model::ids::{
    ButtonId, CommunityId, ConversationId, EntryId, EventId, EventSeq, IdentityId, LoginName, MessageId, MessageRef,
    PlaceId, PlaceRef, PluginId, SpaceId, Version,
};
use crate::model::measure::Removal;
use crate::model::{Event, Timestamp};

/// One thing that is written.
#[derive(Clone, Debug)]
pub enum Unit {
    /// Events of a connector with its cursor.
    Accept(Accept),
    /// All that one event causes.
    Commit(Box<Commit>),
    /// What is said differently, taken back, or deleted by somebody else.
    Message(MessageChange),
    /// A step in a delivery's life.
    Delivery(DeliveryStep),
    /// A step in a job's life.
    Job(JobStep),
    /// What is known of communities, spaces, places and identities.
    Directory(DirectoryUnit),
    /// Entries and feedback.
    Knowledge(KnowledgeUnit),
    /// What somebody should look at in the knowledge base.
    Upkeep(UpkeepUnit),
    /// Questions that mean the same.
    Cluster(ClusterUnit),
    /// Entries that nobody has published yet.
    Draft(DraftUnit),
    /// Accounts, sessions, invites, audit.
    Account(AccountUnit),
    /// Planned posts.
    Post(PostUnit),
    /// How good answers are.
    Quality(QualityUnit),
    /// When staff are there.
    Handoff(HandoffUnit),
    /// Which identities are one person.
    Person(PersonUnit),
    /// Installed plugins, grants, settings.
    Plugin(PluginUnit),
    /// A step in the life of a plugin's call to a server elsewhere.
    Call(CallUnit),
    /// What the language model costs.
    Tokens(TokenUnit),
    /// What the language model is asked about questions, and says.
    Consult(ConsultUnit),
    /// Visitors of the web chat.
    WebChat(WebChatUnit),
    /// Where servers elsewhere call plugins.
    Webhook(WebhookUnit),
    /// Several, in order, wholly or not at all.
    All(Vec<Unit>),
}

/// What a unit answers.
#[derive(Clone, Debug, PartialEq)]
pub enum Applied {
    /// It is done.
    Done,
    /// For each event of [`Unit::Accept`], and for each follow-up of [`Unit::Commit`], in order.
    Events(Vec<Stored>),
    /// The lines of [`Unit::All`], in order.
    All(Vec<Applied>),
}

/// What became of an event.
#[derive(Clone, Debug, PartialEq)]
pub enum Stored {
    /// It is new, and will be handled.
    New(EventSeq),
    /// It was stored before under this number.
    Duplicate(EventSeq),
}

/// Events of one login, with the cursor behind them.
#[derive(Clone, Debug)]
pub struct Accept {
    /// Places and identities seen for the first time or under a new name; written before the events.
    pub directory: Vec<DirectoryUnit>,
    /// In order.
    pub events: Vec<NewEvent>,
    /// Where the login goes on after a restart.
    pub cursor: Option<(LoginName, Cursor)>,
}

/// An event with all that accepting adds.
#[derive(Clone, Debug, PartialEq)]
pub struct NewEvent {
    /// Ours.
    pub id: EventId,
    /// Whom it concerns.
    pub community: CommunityId,
    /// Where it happened.
    pub place: Option<PlaceId>,
    /// Who caused it.
    pub author: Option<IdentityId>,
    /// Whose lane it runs in.
    pub lane: LaneKey,
    /// When we took it in.
    pub received_at: Timestamp,
    /// What happened.
    pub event: Event,
}

/// All that one event causes: "handled", conversation, messages, deliveries, kv, jobs, follow-ups, trace.
#[derive(Clone, Debug)]
pub struct Commit {
    /// Which event. Precondition: it is neither handled nor parked.
    pub event: EventSeq,
    /// What becomes of it.
    pub end: EventEnd,
    /// When.
    pub at: Timestamp,
    /// The conversation it belongs to, changed or not.
    pub conversation: Option<ConversationWrite>,
    /// What was said: the message of the event, and what our actions say. Stored once under their ids.
    pub messages: Vec<NewMessage>,
    /// Whether those are for owners of the console alone: neither other staff nor plugins read them.
    pub for_owners: bool,
    /// What is said differently, or taken back.
    pub changed_messages: Vec<MessageChange>,
    /// Pieces to be sent, in order.
    pub deliveries: Vec<NewDelivery>,
    /// What buttons mean.
    pub buttons: Vec<NewButton>,
    /// Keys that were read, with the versions seen. Precondition: unchanged.
    pub kv_read: Vec<KvRead>,
    /// Keys that are written, with the version seen where they were read.
    pub kv: Vec<KvWrite>,
    /// Jobs that are made, replaced or taken back.
    pub jobs: Vec<JobChange>,
    /// Events caused by this one.
    pub events: Vec<NewEvent>,
    /// What happened on the way, for *why*.
    pub trace: Trace,
    /// What features add, in order.
    pub also: Vec<Unit>,
}

/// What becomes of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventEnd {
    /// All it causes is written.
    Handled,
    /// Nothing could be made of it; a person looks.
    Parked,
}

/// A conversation's row after the event.
#[derive(Clone, Debug)]
pub struct ConversationWrite {
    /// The version that was read; none when the conversation is new. Precondition.
    pub before: Option<Version>,
    /// The row as it will be, with the next version.
    pub after: Conversation,
    /// The changes of hands in between, in order; logged with actor, reason and time.
    pub transitions: Vec<Transition>,
}

/// A thing said.
#[derive(Clone, Debug, PartialEq)]
pub struct NewMessage {
    /// Ours.
    pub id: MessageId,
    /// In which exchange.
    pub conversation: Option<ConversationId>,
    /// Where.
    pub place: PlaceId,
    /// By whom.
    pub author: Author,
    /// Its original appearance, when a platform made it.
    pub native: Option<MessageRef>,
    /// Which message it answers.
    pub reply_to: Option<MessageId>,
    /// For staff alone: a note, which never leaves.
    pub note: bool,
    /// Seen by this identity alone.
    pub only: Option<IdentityId>,
    /// What it says.
    pub content: Content,
    /// Below it.
    pub buttons: Vec<Button>,
    /// With it.
    pub files: Vec<FileRef>,
    /// Entries it rests on.
    pub cites: Vec<(EntryId, u32)>,
    /// A plugin's name for it; unique per plugin and community.
    pub name: Option<(PluginId, String)>,
    /// When it was said.
    pub at: Timestamp,
}

/// A change of a thing said.
#[derive(Clone, Debug, PartialEq)]
pub struct MessageChange {
    /// Which.
    pub message: MessageId,
    /// New text and buttons, or none when it is deleted.
    pub content: Option<Content>,
    /// Why somebody else's is deleted, and what came of that: staff go on seeing its text. What is taken back is emptied.
    pub removed: Option<Removal>,
    /// The buttons after the change; none leaves them.
    pub buttons: Option<Vec<Button>>,
    /// When.
    pub at: Timestamp,
}

/// What a button means, until it expires.
#[derive(Clone, Debug, PartialEq)]
pub struct NewButton {
    /// Ours, unguessable.
    pub id: ButtonId,
    /// Under which message.
    pub message: MessageId,
    /// What pressing it means.
    pub meaning: ButtonMeaning,
    /// When it dies.
    pub expires: Timestamp,
}

/// A key that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KvRead {
    /// Whose.
    pub plugin: PluginId,
    /// In which community.
    pub community: CommunityId,
    /// Which.
    pub key: String,
    /// The version seen; none when it was missing.
    pub version: Option<Version>,
}

/// A key that is written. Which versions must hold is in [`Commit::kv_read`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KvWrite {
    /// Whose.
    pub plugin: PluginId,
    /// In which community.
    pub community: CommunityId,
    /// Which.
    pub key: String,
    /// What becomes of it.
    pub change: KvChange,
}

/// What becomes of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KvChange {
    /// It holds this.
    Set {
        /// The value.
        value: Vec<u8>,
        /// When it is gone by itself.
        expires: Option<Timestamp>,
    },
    /// It is gone.
    Delete,
    /// A decimal counter is raised; merges with what others added meanwhile.
    Add {
        /// By how much.
        by: i64,
        /// When it is gone by itself; only where it was missing.
        expires: Option<Timestamp>,
    },
    /// A decimal counter is raised by one, or `Conflict` where it is not below this by now.
    Count {
        /// So many at most.
        max: i64,
        /// When it is gone by itself, if it is new.
        expires: Timestamp,
    },
}

/// What is known of communities, spaces, places and identities. Later news replaces earlier.
#[derive(Clone, Debug, PartialEq)]
pub enum DirectoryUnit {
    /// A community.
    Community {
        /// Ours.
        id: CommunityId,
        /// As people see it.
        name: String,
        /// BCP 47: what is spoken where nothing else is known.
        language: String,
        /// IANA name.
        zone: String,
    },
    /// The roles that a community knows by name; all of them.
    Roles {
        /// Whose.
        community: CommunityId,
        /// In the order in which they are listed.
        roles: Vec<Role>,
    },
    /// A space.
    Space {
        /// Ours.
        id: SpaceId,
        /// The login that sees it.
        login: LoginName,
        /// The platform's id.
        native: String,
        /// Whom it serves.
        community: Option<CommunityId>,
        /// As people see it.
        name: String,
    },
    /// A place, with its settings.
    Place(Place),
    /// A place goes on under another name of the platform's, with all it has. Native ids of messages keep the old name, so
    /// that none is taken for one of the new. Nothing, when it has moved already.
    Moved {
        /// Which.
        place: PlaceId,
        /// As it was named.
        from: PlaceRef,
        /// As it is named now. Where a place of ours has this name already, the younger one becomes part of the older.
        to: SeenPlace,
    },
    /// What a login can do and hear.
    Login {
        /// Which.
        name: LoginName,
        /// As things stand.
        profile: Box<Profile>,
    },
    /// An account.
    Identity(Identity),
    /// Somebody is, or no longer is, in a space.
    Membership {
        /// Who.
        identity: IdentityId,
        /// Where.
        space: SpaceId,
        /// Since when, none when they left.
        since: Option<Timestamp>,
    },
}

impl From<StoredEvent> for NewEvent {
    fn from(stored: StoredEvent) -> Self {
        stored.new
    }
}
