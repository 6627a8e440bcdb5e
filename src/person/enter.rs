//! Entering a code, and what limits how often.

use std::time::Duration;

use super::code::Typed;
use super::press::PersonPress;
use super::{Asker, CODE_LIFE, Persons, acted};
use crate::dispatcher::Outcome;
use crate::model::Action;
use crate::model::directory::Identity;
use crate::model::ids::IdentityId;
use crate::storage::person::{Limited, LinkAttempts, LinkCode, PersonUnit};
use crate::storage::{ReadError, Unit};

/// Nobody mistypes eight letters more often in an hour; whoever guesses needs thousands of years.
const WRONG_MAX: u32 = 5;

/// So long wrong codes are counted. The words say it, too.
const WRONG_WITHIN: Duration = Duration::from_hours(1);

/// Nobody has more accounts in one community; staff could not read more. The words say it, too.
const ACCOUNTS_MAX: usize = 10;

/// As many as one person can have accounts: whoever is linked more often goes round in circles, and each time tells all the
/// others. Unlinking is never refused. The words say it, too.
const LINKS_MAX: u32 = 10;

/// So long links are counted. The words say it, too.
const LINKS_WITHIN: Duration = Duration::from_hours(24);

impl Persons {
    /// Somebody writes a code that another account was shown.
    pub(super) async fn enter(&self, asker: &Asker<'_>, typed: &str) -> Result<Outcome, ReadError> {
        let (community, author, now) = (asker.community(), asker.author.id, asker.snapshot.now);
        if self.counted(asker, author, Limited::WrongCode).await? >= WRONG_MAX {
            return Ok(self.says(asker, asker.words.too_many_codes, "too many wrong codes"));
        }
        let found = match Typed::read(typed).hash(community) {
            Some(hash) => self.storage.link_code_by_hash(community, hash).await?,
            None => None,
        };
        let alive = found.filter(|code| code.expires > now && code.entered_by.is_none());
        let shown_to = match &alive {
            Some(code) => self.storage.identity(code.identity).await?,
            None => None,
        };
        let (Some(code), Some(shown_to)) = (alive, shown_to) else {
            let mut outcome = self.says(asker, asker.words.no_code, "that is no code");
            outcome.also.push(self.count(asker, author, Limited::WrongCode).await?);
            return Ok(outcome);
        };
        if code.identity == author {
            return Ok(self.says(asker, asker.words.own_code, "its own code"));
        }
        if let Some(why) = self.cannot_link(asker, &code).await? {
            let mut outcome = self.says(asker, why, "these accounts cannot be linked");
            outcome.also.push(Unit::Person(PersonUnit::Dead { code: code.id }));
            let theirs = self.words_of(asker, code.identity).await?;
            outcome.actions.push(Self::code_reads(&code, theirs.code_dead));
            return Ok(outcome);
        }
        self.offer(asker, &code, &shown_to).await
    }

    /// Why the code links nothing, although it is right.
    pub(super) async fn cannot_link(
        &self,
        asker: &Asker<'_>,
        code: &LinkCode,
    ) -> Result<Option<&'static str>, ReadError> {
        let theirs = self.storage.linked(code.community, code.identity).await?;
        if theirs.iter().any(|linked| linked.identity.id == asker.author.id) {
            return Ok(Some(asker.words.linked_already));
        }
        let own = self.storage.linked(code.community, asker.author.id).await?;
        if theirs.len() + own.len() + 2 > ACCOUNTS_MAX {
            return Ok(Some(asker.words.too_many_accounts));
        }
        for account in [code.identity, asker.author.id] {
            if self.linked_too_often(asker, account).await? {
                return Ok(Some(asker.words.too_many_links));
            }
        }
        Ok(None)
    }

    /// Whether an account has been linked so often lately that it has to wait.
    pub(super) async fn linked_too_often(&self, asker: &Asker<'_>, account: IdentityId) -> Result<bool, ReadError> {
        Ok(self.counted(asker, account, Limited::Link).await? >= LINKS_MAX)
    }

    async fn counted(&self, asker: &Asker<'_>, account: IdentityId, what: Limited) -> Result<u32, ReadError> {
        let lately = self.lately(asker, account, what).await?;
        Ok(lately.map_or(0, |attempts| attempts.count))
    }

    /// How often an account has done it lately.
    async fn lately(
        &self,
        asker: &Asker<'_>,
        account: IdentityId,
        what: Limited,
    ) -> Result<Option<LinkAttempts>, ReadError> {
        let attempts = self.storage.link_attempts(asker.community(), account, what).await?;
        Ok(attempts.filter(|attempts| attempts.expires > asker.snapshot.now))
    }

    /// Writes that an account has done it once more. The time runs from the first one.
    pub(super) async fn count(
        &self,
        asker: &Asker<'_>,
        identity: IdentityId,
        what: Limited,
    ) -> Result<Unit, ReadError> {
        let within = match what {
            Limited::WrongCode => WRONG_WITHIN,
            Limited::Link => LINKS_WITHIN,
        };
        let fresh = LinkAttempts {
            count: 0,
            expires: asker.snapshot.now + within,
        };
        let mut attempts = self.lately(asker, identity, what).await?.unwrap_or(fresh);
        attempts.count += 1;
        Ok(Unit::Person(PersonUnit::Counted {
            what,
            community: asker.community(),
            identity,
            attempts,
        }))
    }

    /// Asks whoever has entered the code whether they are both.
    async fn offer(&self, asker: &Asker<'_>, code: &LinkCode, shown_to: &Identity) -> Result<Outcome, ReadError> {
        let words = asker.words;
        // The name alone is its owner's to choose, also one that somebody else has.
        let traces = self.storage.traces(code.community, shown_to.id).await?;
        let known = words.known(shown_to, &traces);
        let text = format!("{}\n\n{known}\n\n{}", words.asks(shown_to), words.asks_means);
        let with = code.identity;
        let choices = [
            (words.yes, PersonPress::Link { code: code.id, with }),
            (words.no, PersonPress::Refuse { code: code.id, with }),
        ];
        let mut outcome = acted("entered a code");
        let question = self.question(asker, &text, &choices);
        outcome.actions.push((None, Action::Send(question)));
        let theirs = self.words_of(asker, code.identity).await?;
        outcome.actions.push(Self::code_reads(code, theirs.code_entered));
        outcome.also.push(Unit::Person(PersonUnit::Entered {
            code: code.id,
            by: asker.author.id,
            expires: asker.snapshot.now + CODE_LIFE,
        }));
        Ok(outcome)
    }
}
