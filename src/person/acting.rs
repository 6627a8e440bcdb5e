//! Letting an account act for an owner of the console: the owner enters the code there that the account was shown, sees whose account
//! it is, and confirms that.

use super::code::{Typed, bare};
use super::press::PersonPress;
use super::words::words;
use super::{CODE_LIFE, Persons, acted};
use crate::dispatcher::{Flow, Outcome, Snapshot};
use crate::model::directory::Identity;
use crate::model::event::StaffAct;
use crate::model::ids::{AccountId, CommunityId, LinkCodeId};
use crate::model::{Action, Content, Timestamp};
use crate::storage::accounts::{AccountUnit, NewAudit, Role};
use crate::storage::core::Verdict;
use crate::storage::person::{LinkCode, PersonUnit};
use crate::storage::{ReadError, SharedStorage, Unit};

/// An account whose code somebody knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asking {
    /// The code, which lives and was not used.
    pub code: LinkCode,
    /// Whose it is.
    pub identity: Identity,
}

/// Why an account does not act for an owner, for the owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
enum Refusal {
    #[error(
        "That code does not work any more: it was used, or is older than ten minutes. Write /link once more in that chat."
    )]
    NoCode,
    #[error("Only an owner of this community can let an account act for them.")]
    NoOwner,
    #[error(
        "A visitor of a web page is known by that browser alone, so nobody there can act for you. Write /link on Discord or Telegram."
    )]
    Visitor,
}

/// When the code was asked for. One that was entered since lives longer, and is nobody's to enter.
pub fn asked_at(code: &LinkCode) -> Timestamp {
    code.expires - CODE_LIFE
}

/// Who shows the code that somebody typed, or what was kept of it; none when it is no code, or not one that lives.
///
/// # Errors
///
/// When storage cannot be read.
pub async fn asking(
    storage: &SharedStorage,
    community: CommunityId,
    typed: &str,
    now: Timestamp,
) -> Result<Option<Asking>, ReadError> {
    let Some(hash) = Typed::read(bare(typed)).hash(community) else {
        return Ok(None);
    };
    match storage.link_code_by_hash(community, hash).await? {
        Some(code) => living(storage, code, now).await,
        None => Ok(None),
    }
}

async fn living(storage: &SharedStorage, code: LinkCode, now: Timestamp) -> Result<Option<Asking>, ReadError> {
    if code.expires <= now || code.entered_by.is_some() {
        return Ok(None);
    }
    let identity = storage.identity(code.identity).await?;
    Ok(identity.map(|identity| Asking { code, identity }))
}

impl Persons {
    /// What an owner decided in the console. It runs in the lane of the account's own chat.
    pub(super) async fn staff(
        &self,
        snapshot: &Snapshot,
        (account, owner): (AccountId, &str),
        act: &StaffAct,
    ) -> Result<Outcome, ReadError> {
        let StaffAct::LetAct { code } = act else {
            return Ok(Outcome::default());
        };
        let done = self.let_act(snapshot, (account, owner), *code).await?;
        let mut outcome = done.unwrap_or_else(|refusal| {
            let mut refused = acted(&refusal.to_string());
            refused.steps.iter_mut().for_each(|step| step.verdict = Verdict::Held);
            refused
        });
        outcome.flow = Flow::Stop;
        Ok(outcome)
    }

    async fn let_act(
        &self,
        snapshot: &Snapshot,
        (account, owner): (AccountId, &str),
        code: LinkCodeId,
    ) -> Result<Result<Outcome, Refusal>, ReadError> {
        let community = snapshot.community.id;
        let code = self.storage.link_code(code).await?;
        let asking = match code.filter(|code| code.community == community) {
            Some(code) => living(&self.storage, code, snapshot.now).await?,
            None => None,
        };
        let Some(Asking { code, identity }) = asking else {
            return Ok(Err(Refusal::NoCode));
        };
        if identity.is_visitor() {
            return Ok(Err(Refusal::Visitor));
        }
        let known = self.storage.account(account).await?;
        let roles = self.storage.memberships(account).await?;
        let is_owner =
            known.is_some_and(|known| known.disabled_at.is_none()) && roles.contains(&(community, Role::Owner));
        if !is_owner {
            return Ok(Err(Refusal::NoOwner));
        }
        let words = words(identity.language.as_ref().unwrap_or(&snapshot.community.language));
        let mut outcome = acted("lets an account act for an owner");
        outcome.actions.push(Self::code_reads(&code, words.code_dead));
        let mut told = self.send(code.place, Content::plain(&words.may_act(owner)));
        self.offer_choices(&mut told, identity.id, &[(words.end_acts, PersonPress::EndAct)]);
        outcome.actions.push((None, Action::Send(told)));
        outcome.also.push(Unit::Person(PersonUnit::Act {
            code: code.id,
            account,
            at: snapshot.now,
        }));
        outcome.also.push(Unit::Account(AccountUnit::Audit(NewAudit {
            account: Some(account),
            community: Some(community),
            act: StaffAct::LetAct { code: code.id }.word(),
            subject: identity.id.to_string(),
            at: snapshot.now,
        })));
        Ok(Ok(outcome))
    }
}
