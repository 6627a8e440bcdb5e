//! What the buttons under our questions mean, and what comes of a press.

use serde::{Deserialize, Serialize};

use super::{Asker, Persons, acted};
use crate::dispatcher::Outcome;
use crate::model::action::Send;
use crate::model::button::{Button, ButtonEffect, ButtonMeaning, ButtonOwner, Presser};
use crate::model::directory::Identity;
use crate::model::ids::{ButtonId, IdentityId, LinkCodeId, MessageId, PersonId};
use crate::model::{Action, Content};
use crate::storage::accounts::{AccountUnit, NewAudit};
use crate::storage::core::StoredButton;
use crate::storage::person::{Limited, LinkCode, PersonUnit};
use crate::storage::{ReadError, Unit};

/// What a press says: the button's payload, as JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "person", rename_all = "snake_case")]
pub(super) enum PersonPress {
    /// Yes, link.
    Link {
        /// By this code.
        code: LinkCodeId,
        /// The account that it was shown to: the code is gone after the first press.
        with: IdentityId,
    },
    /// No.
    Refuse {
        /// To this code.
        code: LinkCodeId,
        /// The account that it was shown to.
        with: IdentityId,
    },
    /// Yes, unlink.
    Unlink,
    /// No.
    Keep,
    /// The account acts for an owner no longer.
    EndAct,
    /// Whoever entered the code was somebody else.
    NotMe {
        /// The account that entered it.
        account: IdentityId,
    },
}

impl PersonPress {
    /// What it means to press this, if it is a button of ours.
    pub(super) fn of(button: &StoredButton) -> Option<Self> {
        let ours = button.meaning.owner == ButtonOwner::Host;
        ours.then(|| serde_json::from_str(&button.meaning.payload).ok())
            .flatten()
    }

    /// Whether this is the yes, or the no, to what was asked.
    pub(super) fn says(self, yes: bool) -> bool {
        match self {
            Self::Link { .. } | Self::Unlink => yes,
            Self::Refuse { .. } | Self::Keep => !yes,
            Self::EndAct | Self::NotMe { .. } => false,
        }
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
    pub(super) fn offer_choices(&self, send: &mut Send, presser: IdentityId, choices: &[(&str, PersonPress)]) {
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
    pub(super) async fn pressed(
        &self,
        asker: &Asker<'_>,
        press: PersonPress,
        question: MessageId,
    ) -> Result<Outcome, ReadError> {
        let words = asker.words;
        let message = asker.snapshot.about.as_ref();
        if message.is_some_and(|message| message.new.id == question && message.new.buttons.is_empty()) {
            // A second finger, or a platform that tells twice: the first press took the buttons away.
            return Ok(acted("pressed already"));
        }
        let mut outcome = match press {
            PersonPress::Link { code, with } => self.confirm(asker, code, with).await?,
            PersonPress::Refuse { code, with } => self.refuse(asker, code, with).await?,
            PersonPress::Unlink => self.unlink(asker).await?,
            PersonPress::Keep => self.says(asker, words.stays_linked, "stays linked"),
            PersonPress::EndAct => self.end_act(asker).await?,
            PersonPress::NotMe { account } => self.not_me(asker, account).await?,
        };
        let gone = Action::SetButtons {
            message: question,
            buttons: Vec::new(),
            meanings: Vec::new(),
        };
        outcome.actions.insert(0, (None, gone));
        Ok(outcome)
    }

    /// The code and the account it was shown to, if it still waits for this one's yes or no.
    async fn waiting(&self, asker: &Asker<'_>, id: LinkCodeId) -> Result<Option<(LinkCode, Identity)>, ReadError> {
        let code = self.storage.link_code(id).await?;
        let waits = |code: &LinkCode| code.expires > asker.snapshot.now && code.entered_by == Some(asker.author.id);
        let Some(code) = code.filter(waits) else {
            return Ok(None);
        };
        let shown_to = self.storage.identity(code.identity).await?;
        Ok(shown_to.map(|shown_to| (code, shown_to)))
    }

    async fn confirm(&self, asker: &Asker<'_>, id: LinkCodeId, with: IdentityId) -> Result<Outcome, ReadError> {
        let Some((code, shown_to)) = self.waiting(asker, id).await? else {
            return self.too_late(asker, with).await;
        };
        let theirs = self.words_of(asker, code.identity).await?;
        // Either may have been linked elsewhere since the code was entered.
        if let Some(why) = self.cannot_link(asker, &code).await? {
            let mut outcome = self.says(asker, why, "these accounts cannot be linked");
            outcome.also.push(Unit::Person(PersonUnit::Dead { code: code.id }));
            outcome.actions.push(Self::code_reads(&code, theirs.code_dead));
            return Ok(outcome);
        }
        let mut outcome = self.says(asker, &asker.words.linked(&shown_to), "linked two accounts");
        let mut told = self.send(code.place, Content::plain(&theirs.linked_by_code(asker.author)));
        let account = asker.author.id;
        self.offer_choices(
            &mut told,
            code.identity,
            &[(theirs.not_me, PersonPress::NotMe { account })],
        );
        outcome.actions.push((None, Action::Send(told)));
        let linked_before = self.tell_linked(asker, &shown_to, &mut outcome).await?;
        outcome.also.push(Unit::Person(PersonUnit::Link {
            code: code.id,
            by: account,
            linked_before,
            person: PersonId(self.clock.id()),
            at: asker.snapshot.now,
        }));
        for identity in [code.identity, account] {
            outcome.also.push(self.count(asker, identity, Limited::Link).await?);
        }
        outcome.also.push(audit(
            asker,
            "identities_linked",
            format!("{} {account}", code.identity),
        ));
        Ok(outcome)
    }

    /// Tells the accounts that either was linked with before whom they are linked with from now on, each in the chat where it
    /// talks to us alone. They may know: each of them reads the names of all others when it asks with `/unlink`. Answers with
    /// those accounts.
    async fn tell_linked(
        &self,
        asker: &Asker<'_>,
        shown_to: &Identity,
        outcome: &mut Outcome,
    ) -> Result<Vec<IdentityId>, ReadError> {
        let mut all = Vec::new();
        let theirs = self.storage.linked(asker.community(), shown_to.id).await?;
        let own = self.storage.linked(asker.community(), asker.author.id).await?;
        for (side, one, others) in [(&theirs, asker.author, &own), (&own, shown_to, &theirs)] {
            for linked in side {
                let account = &linked.identity;
                all.push(account.id);
                // Whoever never talked to us alone reads it when they ask with `/unlink`.
                let Some(place) = self.storage.direct_chat(asker.community(), account.id).await? else {
                    continue;
                };
                let added = others.iter().map(|linked| &linked.identity);
                let text = asker.words_for(account).added(std::iter::once(one).chain(added));
                let send = self.send(place, Content::plain(&text));
                outcome.actions.push((None, Action::Send(send)));
            }
        }
        Ok(all)
    }

    async fn refuse(&self, asker: &Asker<'_>, id: LinkCodeId, with: IdentityId) -> Result<Outcome, ReadError> {
        let Some((code, _)) = self.waiting(asker, id).await? else {
            return self.too_late(asker, with).await;
        };
        let mut outcome = self.says(asker, asker.words.refused, "nothing was linked");
        // Who it was is not told: they have said that it was not them.
        let theirs = self.words_of(asker, code.identity).await?;
        let told = self.send(code.place, Content::plain(theirs.refused_there));
        outcome.actions.push((None, Action::Send(told)));
        outcome.also.push(Unit::Person(PersonUnit::Dead { code: code.id }));
        Ok(outcome)
    }

    /// The code waits for no answer any more: it took too long, or this is a second press where the first one could not take
    /// the buttons away.
    async fn too_late(&self, asker: &Asker<'_>, with: IdentityId) -> Result<Outcome, ReadError> {
        let linked = self.storage.linked(asker.community(), asker.author.id).await?;
        let found = linked.iter().find(|linked| linked.identity.id == with);
        Ok(match found {
            Some(linked) => self.says(asker, &asker.words.linked(&linked.identity), "linked already"),
            None => self.says(asker, asker.words.not_open, "the code is gone"),
        })
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

    /// The account acts for nobody any more. What it is linked with stays.
    async fn end_act(&self, asker: &Asker<'_>) -> Result<Outcome, ReadError> {
        let (community, identity) = (asker.community(), asker.author.id);
        let mut outcome = self.says(asker, asker.words.acts_no_more, "no longer acts for an owner");
        if let Some(account) = self.storage.acts_for(community, identity).await? {
            outcome.also.push(Unit::Person(PersonUnit::ActNoMore {
                community,
                identity,
                account,
            }));
            let line = audit(asker, "chat_account_unlinked", identity.to_string());
            outcome.also.push(line);
        }
        Ok(outcome)
    }

    async fn unlink(&self, asker: &Asker<'_>) -> Result<Outcome, ReadError> {
        let (community, identity) = (asker.community(), asker.author.id);
        let linked = !self.storage.linked(community, identity).await?.is_empty();
        let acts = self.storage.acts_for(community, identity).await?;
        let words = asker.words;
        let text = match (linked, acts) {
            (false, None) => return Ok(self.says(asker, words.not_linked, "not linked any more")),
            (true, None) => words.unlinked.to_owned(),
            (false, Some(_)) => words.acts_no_more.to_owned(),
            (true, Some(_)) => format!("{} {}", words.unlinked, words.acts_no_more),
        };
        let mut outcome = self.says(asker, &text, "unlinked the account");
        let mut write = |unit, act| {
            outcome.also.push(Unit::Person(unit));
            outcome.also.push(audit(asker, act, identity.to_string()));
        };
        if linked {
            write(PersonUnit::Unlink { community, identity }, "identity_unlinked");
        }
        if let Some(account) = acts {
            let unit = PersonUnit::ActNoMore {
                community,
                identity,
                account,
            };
            write(unit, "chat_account_unlinked");
        }
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
