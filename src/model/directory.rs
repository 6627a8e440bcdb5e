//! Where things happen and who is there: communities, spaces, places, identities.

use serde::{Deserialize, Serialize};

use super::ids::{CommunityId, IdentityId, IdentityRef, LoginName, NativeId, PlaceId, PlaceRef, Scope, SpaceId};
use super::timestamp::Timestamp;

/// A space that we know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Space {
    /// Ours.
    pub id: SpaceId,
    /// The login that was let in.
    pub login: LoginName,
    /// As people see it; the platform's id where it tells no name.
    pub name: String,
}

/// A place that we know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Ours.
    pub id: PlaceId,
    /// The platform's.
    pub native: PlaceRef,
    /// The login that answers here.
    pub login: LoginName,
    /// Whom it serves.
    pub community: CommunityId,
    /// What it is in; none for direct chats.
    pub space: Option<SpaceId>,
    /// The place that a thread is in.
    pub parent: Option<PlaceId>,
    /// As people see it.
    pub name: String,
    /// Who reads along.
    pub audience: Audience,
    /// Whether this is a thread of its own.
    pub thread: bool,
    /// Whether Switchboard acts here.
    pub enabled: bool,
    /// Whether messages that do not address the bot are kept and offered to plugins.
    pub overheard: bool,
}

/// Why a place cannot be so, for whoever wanted it; none where it can.
pub fn cannot_be(enabled: bool, overheard: bool) -> Option<&'static str> {
    let deaf = overheard && !enabled;
    deaf.then_some(
        "Switchboard can read what is not meant for it only where it acts: switch on that it acts there, too, or switch off \
         that it reads along",
    )
}

/// Who reads along.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// One person and the bot.
    Direct,
    /// The members of a group.
    Group,
    /// Everybody.
    Public,
}

/// An account that we know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Ours.
    pub id: IdentityId,
    /// The platform's.
    pub native: IdentityRef,
    /// As people see it.
    pub name: String,
    /// Whether a program is behind it.
    pub bot: bool,
    /// Whether it is staff of the community, where it just did something.
    pub staff: bool,
    /// Those of its roles there that the community's admin named, by that name.
    pub roles: Vec<String>,
    /// BCP 47, when known.
    pub language: Option<String>,
}

impl Identity {
    /// Whether it is no account but a browser that is remembered, so that it can stand for nobody.
    pub fn is_visitor(&self) -> bool {
        self.native.scope.as_str() == "web_chat"
    }
}

/// What a connector says of a place when something happens there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenPlace {
    /// The platform's id.
    pub native: PlaceRef,
    /// The platform's id of the space it is in.
    pub space: Option<String>,
    /// The place that a thread is in.
    pub parent: Option<PlaceRef>,
    /// As people see it.
    pub name: String,
    /// Who reads along.
    pub audience: Audience,
    /// Whether it is a thread.
    pub thread: bool,
}

/// What a connector says of an account when it does something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenIdentity {
    /// The platform's id.
    pub native: IdentityRef,
    /// As people see it; empty where the platform told only the id.
    pub name: String,
    /// Whether a program is behind it.
    pub bot: bool,
    /// BCP 47, when the platform or browser tells.
    pub language: Option<String>,
    /// The platform's ids of its roles where it did something, when the platform tells.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<NativeId>,
    /// When the account was made, when the platform tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// When it came to where it did something, when the platform tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joined_at: Option<Timestamp>,
    /// How it stands where it did something.
    #[serde(default, skip_serializing_if = "Standing::is_untold")]
    pub standing: Standing,
}

/// How somebody stands where they did something, by the platform's own rules. It keeps measures from those who may take them
/// there, and gives no right to anything: who is staff is for the community to say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Nobody stands above others there, or the platform never tells.
    #[default]
    Untold,
    /// The platform knows, and has not told: not with this event, or not in time.
    Unknown,
    /// A member like others.
    Member,
    /// Somebody who keeps the place: its owner, an administrator, whoever may take measures there, or the place itself.
    Keeper,
}

impl Standing {
    /// As it counts in that space. What has spaces can tell of each how people stand there, so an event that says nothing of it was
    /// stored before this was told.
    #[must_use]
    pub fn within(self, space: Option<SpaceId>) -> Self {
        match self {
            Self::Untold if space.is_some() => Self::Unknown,
            told => told,
        }
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
    fn is_untold(&self) -> bool {
        *self == Self::Untold
    }
}

impl SeenIdentity {
    /// Those roles that a community has named and that the platform said this account has.
    pub fn named_roles<'a>(&self, named: &'a [Role]) -> Vec<&'a Role> {
        named.iter().filter(|role| role.is_of(self)).collect()
    }

    /// Whether it is staff of a community with these roles, where it just did something: `known` to be, or by a role.
    pub fn is_staff(&self, known: Option<&Identity>, named: &[Role]) -> bool {
        known.is_some_and(|known| known.staff) || self.named_roles(named).iter().any(|role| role.staff)
    }
}

/// A platform's role that a community knows by a name of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// What plugins and people call it.
    pub name: String,
    /// Where the platform's id holds.
    pub scope: Scope,
    /// The platform's id.
    pub native: NativeId,
    /// Whether who has it is staff.
    #[serde(default)]
    pub staff: bool,
}

impl Role {
    /// Whether the platform said so of this account.
    pub fn is_of(&self, seen: &SeenIdentity) -> bool {
        self.scope == seen.native.scope && seen.roles.contains(&self.native)
    }
}
