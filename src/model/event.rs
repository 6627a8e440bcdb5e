//! What happened. Plain, versioned data: stored as it is, replayed as it is.

use serde::{Deserialize, Serialize};

use super::action::FileRef;
use super::bytes::Bytes;
use super::call::CallEnd;
use super::command::OF_OWNERS;
use super::content::Content;
use super::conversation::{Holder, HolderKind};
use super::directory::{SeenIdentity, SeenPlace};
use super::ids::{
    AccountId, ButtonId, ClusterId, CommunityId, ConversationId, DeliveryId, DraftId, IdentityRef, JobId, LinkCodeId,
    LoginName, MessageId, MessageRef, PlaceId, PluginId, PostId, QueueName,
};
use super::timestamp::Timestamp;

/// An event caused by an event caused by … stops at this depth, so that two bots cannot talk to each other for ever.
pub const HOPS_MAX: u8 = 8;

/// What happened, as a connector, the console or a job tells it. Accepting gives it its id, order and time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Where it came in.
    pub source: Source,
    /// By the platform's clock.
    pub occurred_at: Timestamp,
    /// Two events with the same key are the same event, and only the first counts.
    pub dedupe: String,
    /// How many events of ours led to this one.
    #[serde(default)]
    pub hops: u8,
    /// What happened.
    pub body: EventBody,
}

/// Where an event came in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "nearly all events come from platforms")]
pub enum Source {
    /// A platform told us.
    Platform {
        /// Through this login.
        login: LoginName,
        /// Where it happened.
        place: SeenPlace,
        /// Who caused it, when somebody did.
        author: Option<SeenIdentity>,
    },
    /// We ourselves: the console, a job, a change of state. It belongs to this conversation or place, by whose lane it
    /// runs; with neither it runs in a lane of its own.
    Internal {
        /// The conversation it is about.
        conversation: Option<ConversationId>,
        /// The place it is about.
        place: Option<PlaceId>,
    },
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "body", rename_all = "snake_case")]
pub enum EventBody {
    /// Somebody said something.
    Message(InMessage),
    /// Somebody changed what they said.
    Edited(InMessage),
    /// Somebody took back what they said.
    Deleted {
        /// Which message.
        message: MessageRef,
    },
    /// Somebody reacted, or took the reaction back.
    Reaction {
        /// To which message.
        message: MessageRef,
        /// One emoji.
        emoji: String,
        /// Whether it was added.
        added: bool,
    },
    /// A command of a plugin, parsed by the platform or by us.
    Command {
        /// The message that held it, where there was one.
        message: Option<MessageRef>,
        /// Without the slash.
        name: String,
        /// Name and value of each option given.
        options: Vec<(String, String)>,
        /// The text behind the name, where the platform parsed no options.
        rest: String,
    },
    /// A button was pressed, or its form sent in.
    Press {
        /// The message it was under, as the platform names it.
        message: Option<MessageRef>,
        /// Which button.
        button: ButtonId,
        /// What was filled in.
        values: Vec<(String, String)>,
    },
    /// Somebody came or went.
    Member {
        /// What they did.
        change: Membership,
    },
    /// The platform names the place differently from now on; all that the place has goes on. Message ids of before mean
    /// nothing any more.
    Moved {
        /// As it is named now; the event's own place is as it was named before.
        to: SeenPlace,
    },
    /// A conversation changed hands. Made by the commit that changed it.
    ConversationChanged {
        /// Which.
        conversation: ConversationId,
        /// Who held it.
        from: HolderKind,
        /// Who holds it.
        to: Holder,
    },
    /// A delivery ended. Made by the relay.
    DeliveryEnded {
        /// Which.
        delivery: DeliveryId,
        /// What it carried.
        message: MessageId,
        /// The plugin that sent it under a name.
        plugin: Option<PluginId>,
        /// The plugin's name for it.
        name: Option<String>,
        /// How it ended.
        end: DeliveryEnd,
    },
    /// A plugin may set its timers: first in a community, and after each change of its config or version.
    Ready {
        /// Which plugin.
        plugin: PluginId,
        /// In which community; none in events of before this was kept, which concern the default one.
        #[serde(default)]
        community: Option<CommunityId>,
    },
    /// A plugin's timer went off.
    Timer {
        /// Whose.
        plugin: PluginId,
        /// The plugin's id of it.
        id: String,
        /// When it was due.
        due: Timestamp,
        /// What the plugin wanted back.
        payload: String,
    },
    /// A call of a plugin to a server elsewhere has ended.
    CallEnded {
        /// Whose.
        plugin: PluginId,
        /// In which community.
        community: CommunityId,
        /// The plugin's name for it.
        name: String,
        /// How often it was sent.
        tries: u32,
        /// What came of it.
        end: CallEnd,
    },
    /// A server elsewhere called an endpoint of a plugin, and showed that it may.
    Webhook {
        /// Whose.
        plugin: PluginId,
        /// In which community.
        community: CommunityId,
        /// Which of the plugin's.
        endpoint: String,
        /// What the body is, in the server's words.
        media_type: String,
        /// What it sent.
        body: Bytes,
    },
    /// A member of staff did something in the console.
    Staff {
        /// Who.
        account: AccountId,
        /// As the visitor sees them.
        name: String,
        /// What.
        act: StaffAct,
    },
    /// A planned post is due.
    PostDue {
        /// Which.
        post: PostId,
        /// The moment it was planned for.
        due: Timestamp,
    },
    /// A job about a conversation is due: a snooze ends, quiet has lasted.
    ConversationDue {
        /// The job that said so.
        job: JobId,
        /// What is due.
        what: ConversationDue,
    },
    /// Questions go on coming although an answer to them was published: whoever runs the community is told, in the place of the
    /// event.
    ClusterReopened {
        /// Which questions.
        cluster: ClusterId,
    },
    /// Nobody has asked whoever said what a draft says, because that failed, or the program died in between: they are, in the place of the event.
    AuthorUnasked {
        /// Of which draft.
        draft: DraftId,
    },
}

/// What is due in a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConversationDue {
    /// Wake it for its agent.
    SnoozeEnds,
    /// End it, if it has been quiet since.
    QuietEnds,
    /// Take it back from an agent who is gone.
    AgentGone,
}

/// A message as a connector reads it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InMessage {
    /// As the platform names it.
    pub native: MessageRef,
    /// What it says; mentions of the bot are taken out.
    pub content: Content,
    /// How it calls for the bot.
    pub addressed: Addressed,
    /// Which message it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<MessageRef>,
    /// Who is named, apart from the bot.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<IdentityRef>,
    /// With it, already stored.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileRef>,
}

/// How a message calls for the bot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Addressed {
    /// In a direct chat.
    Direct,
    /// By name.
    Mention,
    /// As the answer to a message of ours.
    Reply,
    /// With a prefix.
    Prefix,
    /// Not at all.
    Overheard,
}

/// Somebody came or went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Membership {
    /// Came.
    Joined,
    /// Went.
    Left,
    /// Was shut out.
    Banned,
}

/// How a delivery ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum DeliveryEnd {
    /// It arrived.
    Delivered,
    /// It did not; `reason` is for people.
    Failed {
        /// What a person may read.
        reason: String,
    },
    /// Nobody knows; it is not sent again by itself.
    PerhapsSent {
        /// What a person may read.
        reason: String,
    },
}

/// What staff do from the console: in a conversation, or in a chat of their own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum StaffAct {
    /// Takes the pen.
    Claim {
        /// Who held it on the page on which it was claimed, where a page told so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        shown: Option<HolderKind>,
    },
    /// Says something to the visitor.
    Reply {
        /// What.
        content: Content,
        /// With it.
        files: Vec<FileRef>,
    },
    /// Writes beside the conversation; it never leaves.
    Note {
        /// What.
        content: Content,
    },
    /// Gives the pen back to the bot.
    HandBack,
    /// Puts it back in a queue.
    Requeue {
        /// Which.
        queue: QueueName,
    },
    /// Puts it aside.
    Snooze {
        /// Until when.
        until: Timestamp,
    },
    /// Ends it.
    Close,
    /// Changes an earlier reply.
    EditReply {
        /// Which.
        message: MessageId,
        /// The new text.
        content: Content,
    },
    /// Takes an earlier reply back.
    DeleteReply {
        /// Which.
        message: MessageId,
    },
    /// An owner lets the account act for them that this code was shown to, and that they have been shown.
    LetAct {
        /// By which.
        code: LinkCodeId,
    },
    /// Asks whoever said what a draft says whether it may be published, in the place of the event.
    AskAuthor {
        /// Of which draft.
        draft: DraftId,
    },
}

impl StaffAct {
    /// The word for what was done, in the audit.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Claim { .. } => "conversation_claimed",
            Self::Reply { .. } => "reply_sent",
            Self::Note { .. } => "note_written",
            Self::HandBack => "conversation_handed_back",
            Self::Requeue { .. } => "conversation_requeued",
            Self::Snooze { .. } => "conversation_snoozed",
            Self::Close => "conversation_closed",
            Self::EditReply { .. } => "reply_edited",
            Self::DeleteReply { .. } => "reply_deleted",
            Self::LetAct { .. } => "chat_account_linked",
            Self::AskAuthor { .. } => "draft_author_asked",
        }
    }
}

impl EventBody {
    /// Whether it is something said that does not call the bot: it is heard only where the bot reads along, or as part of a
    /// conversation.
    pub fn is_overheard(&self) -> bool {
        matches!(self, Self::Message(said) | Self::Edited(said) if said.addressed == Addressed::Overheard)
    }

    /// Whether it is said to the command of owners: what stands behind that may be settings, and is for owners alone.
    pub fn is_of_owners(&self) -> bool {
        match self {
            Self::Command { name, .. } => name == OF_OWNERS,
            Self::Message(said) | Self::Edited(said) if said.content.begins_with('/') => {
                let text = said.content.to_plain();
                let word = text.trim_start().trim_start_matches('/');
                let word = word.split(|letter: char| !letter.is_alphanumeric()).next();
                word.is_some_and(|word| word.eq_ignore_ascii_case(OF_OWNERS))
            }
            _ => false,
        }
    }

    /// The word for its kind in the database, in manifests and on pages.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Message(_) => "message",
            Self::Edited(_) => "edited",
            Self::Deleted { .. } => "deleted",
            Self::Reaction { .. } => "reaction",
            Self::Command { .. } => "command",
            Self::Press { .. } => "press",
            Self::Member { .. } => "member",
            Self::Moved { .. } => "moved",
            Self::ConversationChanged { .. } => "conversation_changed",
            Self::DeliveryEnded { .. } => "delivery_ended",
            Self::Ready { .. } => "ready",
            Self::Timer { .. } => "timer",
            Self::CallEnded { .. } => "call_ended",
            Self::Webhook { .. } => "webhook",
            Self::Staff { .. } => "staff",
            Self::PostDue { .. } => "post_due",
            Self::ConversationDue { .. } => "conversation_due",
            Self::ClusterReopened { .. } => "cluster_reopened",
            Self::AuthorUnasked { .. } => "author_unasked",
        }
    }
}
