//! What is written and read of persons: which identities are one, and the codes by which they become one.

use async_trait::async_trait;

use super::ReadError;
use crate::model::Timestamp;
use crate::model::directory::Identity;
use crate::model::ids::{CommunityId, IdentityId, LinkCodeId, MessageId, PersonId, PlaceId};

/// The digest of a code; the code itself is nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeHash(pub [u8; 32]);

/// A code that proves two identities one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkCode {
    /// Ours.
    pub id: LinkCodeId,
    /// Where it counts.
    pub community: CommunityId,
    /// To whom it was shown.
    pub identity: IdentityId,
    /// Where it was shown: their direct chat.
    pub place: PlaceId,
    /// What it was shown in.
    pub message: MessageId,
    /// When it dies.
    pub expires: Timestamp,
    /// Who has entered it. From then on nobody can enter it, and it waits for their yes.
    pub entered_by: Option<IdentityId>,
}

/// Codes that one identity has entered and that were none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkAttempts {
    /// How many.
    pub count: u32,
    /// When they are forgotten.
    pub expires: Timestamp,
}

/// Another identity of the same person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Linked {
    /// Which.
    pub identity: Identity,
    /// Since when it is known to be theirs.
    pub since: Timestamp,
}

/// Writes of persons.
#[derive(Clone, Debug)]
pub enum PersonUnit {
    /// A code was shown. An earlier one of the same identity is dead.
    Code {
        /// Which; nobody has entered it.
        code: LinkCode,
        /// Of its letters.
        hash: CodeHash,
    },
    /// Somebody has entered a code. Precondition: nobody had.
    Entered {
        /// Which.
        code: LinkCodeId,
        /// Who.
        by: IdentityId,
        /// How long it waits for their yes.
        expires: Timestamp,
    },
    /// A code is dead from now on. Nothing, when it is already.
    Dead {
        /// Which.
        code: LinkCodeId,
    },
    /// Somebody has entered what is no code.
    Wrong {
        /// Where.
        community: CommunityId,
        /// Who.
        identity: IdentityId,
        /// All that they have entered by now.
        attempts: LinkAttempts,
    },
    /// Whoever has entered the code says yes: they and the one it was shown to are one person, with all that either was
    /// linked with. The code is dead. Precondition: it was entered by `by`.
    Link {
        /// Which code.
        code: LinkCodeId,
        /// Who says yes.
        by: IdentityId,
        /// The person, where neither was linked before.
        person: PersonId,
        /// When.
        at: Timestamp,
    },
    /// An identity is a person by itself again. Precondition: it was linked.
    Unlink {
        /// Where.
        community: CommunityId,
        /// Which.
        identity: IdentityId,
    },
}

/// Reads of persons.
#[async_trait]
pub trait PersonReads: Send + Sync {
    /// The code with this digest, dead or not, as long as it is kept.
    async fn link_code_by_hash(&self, community: CommunityId, hash: CodeHash) -> Result<Option<LinkCode>, ReadError>;
    /// The code that was shown to an identity last.
    async fn link_code_of(&self, community: CommunityId, identity: IdentityId) -> Result<Option<LinkCode>, ReadError>;
    /// One code.
    async fn link_code(&self, id: LinkCodeId) -> Result<Option<LinkCode>, ReadError>;
    /// What an identity has entered that was no code.
    async fn link_attempts(
        &self,
        community: CommunityId,
        identity: IdentityId,
    ) -> Result<Option<LinkAttempts>, ReadError>;
    /// The other identities of the same person, those that were linked first come first.
    async fn linked(&self, community: CommunityId, identity: IdentityId) -> Result<Vec<Linked>, ReadError>;
}
