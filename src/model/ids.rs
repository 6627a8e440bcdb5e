//! Names of things. Each type's doc gives the scope in which its values are unique.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0.as_simple())
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    };
}

id! {
    /// One event; unique everywhere.
    EventId
}
id! {
    /// One thing said, by whomever; unique everywhere. Its appearances on platforms are its copies.
    MessageId
}
id! {
    /// One exchange; unique everywhere.
    ConversationId
}
id! {
    /// One piece of an action on its way to one place; unique everywhere. Also the nonce of the send.
    DeliveryId
}
id! {
    /// One piece of durable later work; unique everywhere.
    JobId
}
id! {
    /// One request of a plugin to a server elsewhere; unique everywhere.
    CallId
}
id! {
    /// The people served together; unique everywhere.
    CommunityId
}
id! {
    /// A guild, workspace, chat or site; unique everywhere.
    SpaceId
}
id! {
    /// A channel, room, thread, topic or direct chat; unique everywhere.
    PlaceId
}
id! {
    /// One platform account; unique everywhere.
    IdentityId
}
id! {
    /// One human with several identities; unique everywhere. Nothing holds it but the rows that say whose identities
    /// are one.
    PersonId
}
id! {
    /// One code that links identities; unique everywhere.
    LinkCodeId
}
id! {
    /// One account of the console; unique in this installation.
    AccountId
}
id! {
    /// One question to a language model about what the entries leave undecided; unique everywhere.
    ConsultationId
}
id! {
    /// One planned post; unique everywhere.
    PostId
}
id! {
    /// Questions that mean the same and have no good answer; unique everywhere.
    ClusterId
}
id! {
    /// An entry of the knowledge base that nobody has published yet; unique everywhere.
    DraftId
}
id! {
    /// One button under one message; unique everywhere and unguessable.
    ButtonId
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes the text as it is; what it must look like is checked where it enters.
            pub fn new(text: impl Into<Arc<str>>) -> Self {
                Self(text.into())
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.into())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text.into())
            }
        }
    };
}

name! {
    /// One account of ours on a platform, as the configuration names it: `web_chat`, `discord.main`. Unique in this
    /// installation.
    LoginName
}
name! {
    /// Where native ids are unique: `discord`, `telegram`, `telegram:<bot>`. Named by the connector.
    Scope
}
name! {
    /// A platform's own id of a place, an account or a space. Unique within its [`Scope`] and kind.
    NativeId
}
name! {
    /// `publisher/name` of a plugin, as its manifest says. Unique in this installation.
    PluginId
}
name! {
    /// The id of a knowledge entry, as its file says. Unique within a community.
    EntryId
}
name! {
    /// A queue where conversations wait for staff. Unique within a community.
    QueueName
}

/// The position of a stored event in the order in which events were accepted. Unique in this installation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventSeq(pub i64);

/// The position of a message in the order in which messages were stored. Unique in this installation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MessageSeq(pub i64);

/// Counts the changes of a conversation, a kv key or another row; the key of every compare-and-set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Version(pub u32);

impl Version {
    /// The version after this change.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// A place as its platform names it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PlaceRef {
    /// Where `id` is unique.
    pub scope: Scope,
    /// The platform's id.
    pub id: NativeId,
}

/// An account as its platform names it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct IdentityRef {
    /// Where `id` is unique.
    pub scope: Scope,
    /// The platform's id.
    pub id: NativeId,
}

/// One appearance of a message as its platform names it: never by the login that saw it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MessageRef {
    /// The place it appeared in.
    pub place: PlaceRef,
    /// The platform's id of it, unique within the place.
    pub id: NativeId,
}
