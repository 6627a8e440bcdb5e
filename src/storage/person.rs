//! What is written and read of persons: which identities are one, which act for an owner of the console, and the codes by which
//! they do.

use async_trait::async_trait;

use super::ReadError;
use crate::model::Timestamp;
use crate::model::directory::Identity;
use crate::model::ids::{AccountId, CommunityId, IdentityId, LinkCodeId, MessageId, PersonId, PlaceId};

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

/// What an identity may do only so often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limited {
    /// Entering what is no code.
    WrongCode,
    /// Being linked.
    Link,
}

/// How often an identity has done it lately.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkAttempts {
    /// How many.
    pub count: u32,
    /// When they are forgotten.
    pub expires: Timestamp,
}

/// Another identity of the same person, or one that acts for an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Linked {
    /// Which.
    pub identity: Identity,
    /// Since when it is known to be theirs.
    pub since: Timestamp,
}

/// What is known of an account besides its name, which its owner chose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traces {
    /// When it first did something here.
    pub since: Option<Timestamp>,
    /// Where it wrote to us, with how many messages; most of them first.
    pub places: Vec<(PlaceId, u64)>,
}

impl Traces {
    /// Those that somebody left with these messages. Our ids tell when they were made.
    pub fn new(identity: IdentityId, places: Vec<(PlaceId, u64)>) -> Self {
        let made = identity.0.get_timestamp().map(|made| made.to_unix());
        let since = made.map(|(seconds, nanos)| {
            let millis = seconds
                .saturating_mul(1_000)
                .saturating_add(u64::from(nanos) / 1_000_000);
            Timestamp::from_millis(i64::try_from(millis).unwrap_or(i64::MAX))
        });
        Self { since, places }
    }

    /// How many messages it wrote to us in all.
    pub fn messages(&self) -> u64 {
        self.places.iter().map(|(_, messages)| messages).sum()
    }
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
    /// Somebody has done what is limited.
    Counted {
        /// What.
        what: Limited,
        /// Where.
        community: CommunityId,
        /// Who.
        identity: IdentityId,
        /// How often by now.
        attempts: LinkAttempts,
    },
    /// Whoever has entered the code says yes: they and the one it was shown to are one person, with all that either was
    /// linked with. The code is dead. Precondition: it was entered by `by`, and the two are linked with those named here
    /// and nobody else, so that no account is linked that was not counted and told.
    Link {
        /// Which code.
        code: LinkCodeId,
        /// Who says yes.
        by: IdentityId,
        /// Whom either was linked with before, in any order.
        linked_before: Vec<IdentityId>,
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
    /// The identity that the code was shown to acts for an account from now on, and for no other one. The code is dead.
    /// Preconditions: the code lives, nobody has entered it, and the account is an owner of the code's community who may sign in.
    Act {
        /// Which code.
        code: LinkCodeId,
        /// For whom.
        account: AccountId,
        /// When.
        at: Timestamp,
    },
    /// Nothing changes. Precondition: the identity acts for this account, which is still an owner there who may sign in.
    StillActs {
        /// Where.
        community: CommunityId,
        /// Which.
        identity: IdentityId,
        /// For whom.
        account: AccountId,
    },
    /// An identity no longer acts for an account. Precondition: it did.
    ActNoMore {
        /// Where.
        community: CommunityId,
        /// Which.
        identity: IdentityId,
        /// For whom it did.
        account: AccountId,
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
    /// How often an identity has done what is limited.
    async fn link_attempts(
        &self,
        community: CommunityId,
        identity: IdentityId,
        what: Limited,
    ) -> Result<Option<LinkAttempts>, ReadError>;
    /// Where this identity talked to us alone last, as long as we act there.
    async fn direct_chat(&self, community: CommunityId, identity: IdentityId) -> Result<Option<PlaceId>, ReadError>;
    /// The other identities of the same person, those that were linked first come first.
    async fn linked(&self, community: CommunityId, identity: IdentityId) -> Result<Vec<Linked>, ReadError>;
    /// The owner of the community for whom this very identity acts: one who is an owner now, and may sign in.
    async fn acts_for(&self, community: CommunityId, identity: IdentityId) -> Result<Option<AccountId>, ReadError>;
    /// What is known of an identity in the community.
    async fn traces(&self, community: CommunityId, identity: IdentityId) -> Result<Traces, ReadError>;
    /// The identities that act for an account, those that do so longest come first.
    async fn acting_for(&self, community: CommunityId, account: AccountId) -> Result<Vec<Linked>, ReadError>;
}
