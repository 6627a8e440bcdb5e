//! What the buttons under our questions mean, and what comes of a press.

use serde::{Deserialize, Serialize};

use super::{Asker, Persons, acted};
use crate::dispatcher::{Outcome, Snapshot};
use crate::model::action::Send;
use crate::model::button::{Button, ButtonEffect, ButtonMeaning, ButtonOwner, Presser};
use crate::model::ids::{ButtonId, IdentityId, LinkCodeId, PersonId};
use crate::model::{Action, Content};
use crate::storage::accounts::{AccountUnit, NewAudit};
use crate::storage::person::{LinkCode, PersonUnit};
use crate::storage::{ReadError, Unit};

/// What a press says: the button's payload, as JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "person", rename_all = "snake_case")]
pub(super) enum PersonPress {
    /// Yes, link.
    Link {
        /// By this code.
        code: LinkCodeId,
    },
    /// No.
    Refuse {
        /// To this code.
        code: LinkCodeId,
    },
    /// Yes, unlink.
    Unlink,
    /// No.
    Keep,
    /// Whoever entered the code was somebody else.
    NotMe {
        /// The account that entered it.
        account: IdentityId,
    },
}

impl PersonPress {
    /// What was pressed, if it was a button of ours.
    pub(super) fn of(snapshot: &Snapshot) -> Option<Self> {
        let button = snapshot.button.as_ref()?;
        let ours = button.meaning.owner == ButtonOwner::Host;
        ours.then(|| serde_json::from_str(&button.meaning.payload).ok())
            .flatten()
    }

    fn payload(self) -> String {
        serde_json::to_string(&self).expect("ids and words are JSON")
    }
}

impl Persons {
    /// A text with choices that the asker alone can press.
    pub(super) fn question(&self, asker: &Asker<'_>, text: &str, choices: &[(&str, PersonPress)]) -> Send {
        let mut send = self.send(asker.place.id, Content::plain(text));
        self.offer_choices(&mut send, asker.author.id, choices);
        send
    }

    /// Choices below a text, which this account alone can press.
    fn offer_choices(&self, send: &mut Send, presser: IdentityId, choices: &[(&str, PersonPress)]) {
        for (label, press) in choices {
            let id = ButtonId(self.clock.id());
            send.buttons.push(Button {
                label: (*label).to_owned(),
                effect: ButtonEffect::Press { id },
            });
            let meaning = ButtonMeaning {
                owner: ButtonOwner::Host,
                payload: press.payload(),
                presser: Presser::Identity(presser),
                private: false,
            };
            send.meanings.push((id, meaning));
        }
    }

    /// What comes of a press; the buttons are gone then.
    pub(super) async fn pressed(&self, asker: &Asker<'_>, press: PersonPress) -> Result<Outcome, ReadError> {
        let words = asker.words;
        let message = asker.snapshot.about.as_ref();
        if message.is_some_and(|message| message.new.buttons.is_empty()) {
            // A second finger, or a platform that tells twice: the first press took the buttons away.
            return Ok(acted("pressed already"));
        }
        let mut outcome = match press {
            PersonPress::Link { code } => self.confirm(asker, code).await?,
            PersonPress::Refuse { code } => self.refuse(asker, code).await?,
            PersonPress::Unlink => self.unlink(asker).await?,
            PersonPress::Keep => self.says(asker, words.stays_linked, "stays linked"),
            PersonPress::NotMe { account } => self.not_me(asker, account).await?,
        };
        if let Some(button) = &asker.snapshot.button {
            let gone = Action::SetButtons {
                message: button.message,
                buttons: Vec::new(),
                meanings: Vec::new(),
            };
            outcome.actions.insert(0, (None, gone));
        }
        Ok(outcome)
    }

    /// The code, if it still waits for this one's yes or no.
    async fn waiting(&self, asker: &Asker<'_>, id: LinkCodeId) -> Result<Option<LinkCode>, ReadError> {
        let code = self.storage.link_code(id).await?;
        Ok(code.filter(|code| code.expires > asker.snapshot.now && code.entered_by == Some(asker.author.id)))
    }

    async fn confirm(&self, asker: &Asker<'_>, id: LinkCodeId) -> Result<Outcome, ReadError> {
        let words = asker.words;
        let code = self.waiting(asker, id).await?;
        let shown_to = match &code {
            Some(code) => self.storage.identity(code.identity).await?,
            None => None,
        };
        let (Some(code), Some(shown_to)) = (code, shown_to) else {
            return Ok(self.says(asker, words.waited_too_long, "the code is gone"));
        };
        // Either may have been linked elsewhere since the code was entered.
        if let Some(why) = self.cannot_link(asker, &code).await? {
            let mut outcome = self.says(asker, why, "these accounts cannot be linked");
            let theirs = self.words_of(asker, code.identity).await?;
            outcome.also.push(Unit::Person(PersonUnit::Dead { code: code.id }));
            outcome.actions.push(Self::code_reads(&code, theirs.code_dead));
            return Ok(outcome);
        }
        let mut outcome = self.says(asker, &words.linked(&shown_to), "linked two accounts");
        let theirs = self.words_of(asker, code.identity).await?;
        let mut told = self.send(code.place, Content::plain(&theirs.linked_by_code(asker.author)));
        let account = asker.author.id;
        self.offer_choices(
            &mut told,
            code.identity,
            &[(theirs.not_me, PersonPress::NotMe { account })],
        );
        outcome.actions.push((None, Action::Send(told)));
        outcome.also.push(Unit::Person(PersonUnit::Link {
            code: code.id,
            by: asker.author.id,
            person: PersonId(self.clock.id()),
            at: asker.snapshot.now,
        }));
        outcome.also.push(audit(
            asker,
            "identities_linked",
            format!("{} {}", code.identity, asker.author.id),
        ));
        Ok(outcome)
    }

    async fn refuse(&self, asker: &Asker<'_>, id: LinkCodeId) -> Result<Outcome, ReadError> {
        let mut outcome = self.says(asker, asker.words.refused, "nothing was linked");
        if let Some(code) = self.waiting(asker, id).await? {
            // Who it was is not told: they have said that it was not them.
            let theirs = self.words_of(asker, code.identity).await?;
            let told = self.send(code.place, Content::plain(theirs.refused_there));
            outcome.actions.push((None, Action::Send(told)));
            outcome.also.push(Unit::Person(PersonUnit::Dead { code: code.id }));
        }
        Ok(outcome)
    }

    /// Takes the account out that entered this one's code: `/unlink` would take out this one alone, and leave the stranger with
    /// the accounts that were linked before.
    async fn not_me(&self, asker: &Asker<'_>, account: IdentityId) -> Result<Outcome, ReadError> {
        let community = asker.community();
        let linked = self.storage.linked(community, asker.author.id).await?;
        if !linked.iter().any(|linked| linked.identity.id == account) {
            return Ok(self.says(
                asker,
                asker.words.not_linked_with,
                "not linked with that account any more",
            ));
        }
        let mut outcome = self.says(
            asker,
            asker.words.not_linked_with,
            "took out the account that entered the code",
        );
        outcome.also.push(Unit::Person(PersonUnit::Unlink {
            community,
            identity: account,
        }));
        outcome
            .also
            .push(audit(asker, "identity_unlinked", account.to_string()));
        Ok(outcome)
    }

    async fn unlink(&self, asker: &Asker<'_>) -> Result<Outcome, ReadError> {
        let (community, identity) = (asker.community(), asker.author.id);
        if self.storage.linked(community, identity).await?.is_empty() {
            return Ok(self.says(asker, asker.words.not_linked, "not linked any more"));
        }
        let mut outcome = self.says(asker, asker.words.unlinked, "unlinked the account");
        outcome
            .also
            .push(Unit::Person(PersonUnit::Unlink { community, identity }));
        outcome
            .also
            .push(audit(asker, "identity_unlinked", identity.to_string()));
        Ok(outcome)
    }
}

fn audit(asker: &Asker<'_>, act: &'static str, subject: String) -> Unit {
    Unit::Account(AccountUnit::Audit(NewAudit {
        account: None,
        community: Some(asker.community()),
        act,
        subject,
        at: asker.snapshot.now,
    }))
}
