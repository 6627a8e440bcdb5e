//! What is written and read of accounts, sessions, invites and the audit.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{Page, ReadError};
use crate::model::Timestamp;
use crate::model::ids::{AccountId, CommunityId};

/// The digest under which a secret is kept: who reads the database cannot sign in with what stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TokenHash(pub [u8; 32]);

/// What somebody may do in a community. The permissions behind each are `console::permission`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything, also accounts.
    Owner,
    /// Talks with members and looks after what the bot knows.
    Agent,
    /// Writes posts and knowledge.
    Content,
    /// Reads.
    Viewer,
}

impl Role {
    /// All, the mightiest first.
    pub const ALL: [Self; 4] = [Self::Owner, Self::Agent, Self::Content, Self::Viewer];

    /// The word in the database, on pages and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Agent => "agent",
            Self::Content => "content",
            Self::Viewer => "viewer",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }
}

/// One account of the console. Instance-wide; what it may do is a [`Role`] in each community.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Ours.
    pub id: AccountId,
    /// What is typed to sign in, in lower case. Unique in this installation.
    pub email: String,
    /// As visitors and colleagues see it.
    pub name: String,
    /// Argon2id in PHC form.
    pub password: String,
    /// IANA name of the zone in which times are shown; none for the community's.
    pub zone: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Since when it cannot sign in.
    pub disabled_at: Option<Timestamp>,
}

/// A browser that is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Of the token in the cookie.
    pub token: TokenHash,
    /// Whose.
    pub account: AccountId,
    /// What the browser said it is; shown to its owner.
    pub agent: String,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub seen_at: Timestamp,
    /// The community it looks at; none while its account has not chosen.
    pub community: Option<CommunityId>,
}

/// A link that makes or opens an account, once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invite {
    /// Of the token in the link.
    pub token: TokenHash,
    /// What it is for.
    pub purpose: InvitePurpose,
    /// Who made it; none for the command line and the first start.
    pub created_by: Option<AccountId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it dies unused.
    pub expires: Timestamp,
    /// When it was used or taken back.
    pub ended_at: Option<Timestamp>,
}

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvitePurpose {
    /// Makes an account with this role.
    Join {
        /// Where.
        community: CommunityId,
        /// With which rights.
        role: Role,
    },
    /// Gives an account a new password.
    Reset {
        /// Which.
        account: AccountId,
    },
}

/// Failed attempts to sign in, under one key: an account's or an address's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Failures {
    /// In a row.
    pub count: u32,
    /// The last of them.
    pub last_at: Timestamp,
}

/// What somebody did. Ids and fixed words only, so that erasing a person leaves the chain whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAudit {
    /// Who; none for the command line and Switchboard itself.
    pub account: Option<AccountId>,
    /// In which community; none for what an account does to itself.
    pub community: Option<CommunityId>,
    /// A fixed word: `signed_in`, `conversation_claimed`.
    pub act: &'static str,
    /// An id of what it was done to, or empty.
    pub subject: String,
    /// When.
    pub at: Timestamp,
}

/// A line of the audit as it lies in the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    /// Its place in the chain.
    pub seq: i64,
    /// Who.
    pub account: Option<AccountId>,
    /// In which community.
    pub community: Option<CommunityId>,
    /// What.
    pub act: String,
    /// To what.
    pub subject: String,
    /// When.
    pub at: Timestamp,
    /// Of the line before and this one.
    pub hash: [u8; 32],
}

/// Writes of accounts, sessions, invites and the audit.
#[derive(Clone, Debug)]
pub enum AccountUnit {
    /// An invited person makes an account. Preconditions: the invite is a live one to join, the e-mail address is free.
    Join {
        /// Of the link.
        invite: TokenHash,
        /// The new account.
        account: Account,
    },
    /// A link gives an account a new password, and ends its sessions. Precondition: the link is a live one to reset.
    Reset {
        /// Of the link.
        invite: TokenHash,
        /// In PHC form.
        password: String,
        /// When.
        at: Timestamp,
    },
    /// A new password.
    SetPassword {
        /// Whose.
        account: AccountId,
        /// In PHC form.
        password: String,
    },
    /// A new name or zone.
    SetProfile {
        /// Whose.
        account: AccountId,
        /// As visitors and colleagues see it.
        name: String,
        /// IANA name, none for the community's.
        zone: Option<String>,
    },
    /// A new role, or none any more; whoever is no owner any more has nobody who acts for them. Precondition: an owner stays.
    SetRole {
        /// Whose.
        account: AccountId,
        /// Where.
        community: CommunityId,
        /// Which.
        role: Option<Role>,
    },
    /// Shuts an account out, ends its sessions and lets nobody act for it any more, or lets it in again. Precondition: an owner
    /// stays.
    SetDisabled {
        /// Which.
        account: AccountId,
        /// Since when, none to let it in.
        since: Option<Timestamp>,
    },
    /// Somebody signed in.
    SessionBegin(Session),
    /// A session is used.
    SessionSeen {
        /// Which.
        token: TokenHash,
        /// When.
        at: Timestamp,
    },
    /// A session looks at another community.
    SessionCommunity {
        /// Which.
        token: TokenHash,
        /// At which.
        community: CommunityId,
    },
    /// Somebody signed out.
    SessionEnd {
        /// Which.
        token: TokenHash,
    },
    /// An account signs out everywhere else.
    SessionsEnd {
        /// Whose.
        account: AccountId,
        /// This one stays.
        except: Option<TokenHash>,
    },
    /// A new link.
    Invite(Invite),
    /// A link is taken back. Precondition: it is live.
    InviteEnd {
        /// Which.
        token: TokenHash,
        /// When.
        at: Timestamp,
    },
    /// An attempt to sign in failed.
    LoginFailed {
        /// Keys of account and address.
        keys: Vec<String>,
        /// When.
        at: Timestamp,
    },
    /// An attempt to sign in succeeded: its account counts from 0 again.
    LoginSucceeded {
        /// The account's key.
        key: String,
    },
    /// A form is sent in. Precondition: it was not before. Keys older than a day are forgotten.
    FormUsed {
        /// The form's key.
        key: TokenHash,
        /// When.
        at: Timestamp,
    },
    /// A line of the audit, chained to the one before.
    Audit(NewAudit),
}

/// Reads of accounts, sessions, invites and the audit.
#[async_trait]
pub trait AccountReads: Send + Sync {
    /// One account.
    async fn account(&self, id: AccountId) -> Result<Option<Account>, ReadError>;
    /// The account that signs in so.
    async fn account_by_email(&self, email: &str) -> Result<Option<Account>, ReadError>;
    /// The accounts of a community with their roles, by name.
    async fn accounts(&self, community: CommunityId) -> Result<Vec<(Account, Role)>, ReadError>;
    /// The communities an account belongs to, with its role in each.
    async fn memberships(&self, account: AccountId) -> Result<Vec<(CommunityId, Role)>, ReadError>;
    /// Whether nobody has an account yet.
    async fn accounts_empty(&self) -> Result<bool, ReadError>;
    /// One session.
    async fn session(&self, token: TokenHash) -> Result<Option<Session>, ReadError>;
    /// Sessions of an account, those used last first.
    async fn sessions(&self, account: AccountId) -> Result<Vec<Session>, ReadError>;
    /// One link.
    async fn invite(&self, token: TokenHash) -> Result<Option<Invite>, ReadError>;
    /// Links to join a community that are neither used nor expired at `at`, newest first.
    async fn invites(&self, community: CommunityId, at: Timestamp) -> Result<Vec<Invite>, ReadError>;
    /// Failed attempts under a key.
    async fn login_failures(&self, key: &str) -> Result<Failures, ReadError>;
    /// The audit as this community may read it, newest first: its own lines, and what its accounts did to themselves.
    async fn audit(&self, community: CommunityId, page: Page) -> Result<Vec<AuditRow>, ReadError>;
    /// Follows the audit's chain from its first line. Gives the first line that does not fit, none when all do.
    async fn audit_broken_at(&self) -> Result<Option<i64>, ReadError>;
}
