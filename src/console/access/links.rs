//! One-time links: for the first owner, for people who are invited, for a lost password.
//!
//! `app.rs` makes the first at the first start, the command line and the console the others.

use std::time::Duration;

use super::token::Token;
use crate::clock::Clock;
use crate::model::ids::{AccountId, CommunityId};
use crate::storage::accounts::{AccountUnit, Invite, InvitePurpose, NewAudit, Role};
use crate::storage::{ReadError, Storage, Unit, WriteError};

/// Somebody invited on a Friday may come back from a week off.
const JOIN_LIVES: Duration = Duration::from_hours(7 * 24);

/// Whoever asks for a new password is waiting for it.
const RESET_LIVES: Duration = Duration::from_hours(24);

/// Why there is no link.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// There is no such account.
    #[error("no account has this e-mail address")]
    NoAccount,
    /// Reading failed.
    #[error("cannot look up accounts")]
    Read(#[from] ReadError),
    /// Writing failed.
    #[error("cannot store the link")]
    Write(#[from] WriteError),
}

/// Makes links that begin with `public_url`.
pub struct Links<'a> {
    /// Where they are kept.
    pub storage: &'a dyn Storage,
    /// Time.
    pub clock: &'a dyn Clock,
    /// As people reach us from outside, without a slash at the end.
    pub public_url: &'a str,
}

impl Links<'_> {
    /// A link that makes the first owner, as long as nobody has an account. Earlier ones die.
    pub async fn first_owner(&self, community: CommunityId) -> Result<Option<String>, LinkError> {
        if !self.storage.accounts_empty().await? {
            return Ok(None);
        }
        let at = self.clock.now();
        for earlier in self.storage.invites(community, at).await? {
            let end = AccountUnit::InviteEnd {
                token: earlier.token,
                at,
            };
            match self.storage.write(Unit::Account(end)).await {
                // Used or taken back meanwhile: dead all the same.
                Ok(_) | Err(WriteError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let role = Role::Owner;
        let link = self
            .make("setup", InvitePurpose::Join { community, role }, None)
            .await?;
        Ok(Some(link))
    }

    /// A link that makes an account. `by` is none for the command line.
    pub async fn join(&self, community: CommunityId, role: Role, by: Option<AccountId>) -> Result<String, LinkError> {
        self.make("join", InvitePurpose::Join { community, role }, by).await
    }

    /// A link that gives an account a new password. `by` is none for the command line.
    pub async fn reset(&self, email: &str, by: Option<AccountId>) -> Result<String, LinkError> {
        let email = email.trim().to_lowercase();
        let account = self
            .storage
            .account_by_email(&email)
            .await?
            .ok_or(LinkError::NoAccount)?;
        let purpose = InvitePurpose::Reset { account: account.id };
        self.make("reset", purpose, by).await
    }

    async fn make(&self, path: &str, purpose: InvitePurpose, by: Option<AccountId>) -> Result<String, LinkError> {
        let token = Token::fresh();
        let now = self.clock.now();
        let (lives, act, subject) = match purpose {
            InvitePurpose::Join { community, .. } => (JOIN_LIVES, "invite_made", community.to_string()),
            InvitePurpose::Reset { account } => (RESET_LIVES, "reset_made", account.to_string()),
        };
        let invite = AccountUnit::Invite(Invite {
            token: token.hash(),
            purpose,
            created_by: by,
            created_at: now,
            expires: now + lives,
            ended_at: None,
        });
        let audit = AccountUnit::Audit(NewAudit {
            account: by,
            community: match purpose {
                InvitePurpose::Join { community, .. } => Some(community),
                InvitePurpose::Reset { .. } => None,
            },
            act,
            subject,
            at: now,
        });
        let units = vec![Unit::Account(invite), Unit::Account(audit)];
        self.storage.write(Unit::All(units)).await?;
        Ok(format!("{}/console/{path}?token={}", self.public_url, token.expose()))
    }
}
