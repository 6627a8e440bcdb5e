//! What staff may do in a conversation, and what it causes. Pure but for the ids of what is said.

use std::time::Duration;

use super::refusal::Refusal;
use super::words::Words;
use super::{acted, clocks, message};
use crate::clock::Clock;
use crate::dispatcher::Outcome;
use crate::model::action::Author;
use crate::model::conversation::{Actor, Closing, Conversation, Holder, HolderKind, Transition};
use crate::model::event::{ConversationDue, StaffAct};
use crate::model::ids::{AccountId, MessageId};
use crate::model::{Action, Timestamp};
use crate::storage::core::StoredMessage;

/// Longer than any promise to a visitor should be.
const SNOOZE_MAX: Duration = Duration::from_hours(2160);

/// A member of staff before a conversation.
pub(super) struct Desk<'a> {
    pub(super) clock: &'a dyn Clock,
    pub(super) now: Timestamp,
    pub(super) conversation: &'a Conversation,
    pub(super) account: AccountId,
    /// As the visitor sees them.
    pub(super) name: &'a str,
    /// In the visitor's language.
    pub(super) words: &'static Words,
    /// The message that a reply answers, where that is not clear by itself.
    pub(super) answered: Option<MessageId>,
    /// The reply that the act is about.
    pub(super) target: Option<StoredMessage>,
}

/// The reply that an act is about.
pub(super) fn target(act: &StaffAct) -> Option<MessageId> {
    match act {
        StaffAct::EditReply { message, .. } | StaffAct::DeleteReply { message } => Some(*message),
        _ => None,
    }
}

impl Desk<'_> {
    /// All that the act causes, or why it may not be.
    pub(super) fn decide(&self, act: &StaffAct) -> Result<Outcome, Refusal> {
        match act {
            StaffAct::Claim { shown } => self.claim(*shown),
            StaffAct::Reply { content, files } => {
                let mut outcome = self.take("replied")?;
                let author = Author::Staff {
                    id: self.account,
                    name: self.name.to_owned(),
                };
                let reply = message::reply(
                    self.clock,
                    self.conversation,
                    author,
                    content.clone(),
                    files.clone(),
                    self.answered,
                );
                outcome.actions.push((None, reply));
                Ok(outcome)
            }
            StaffAct::Note { content } => {
                let author = Author::Staff {
                    id: self.account,
                    name: self.name.to_owned(),
                };
                let mut outcome = acted("wrote a note".to_owned());
                let content = content.clone();
                outcome.actions.push((None, Action::Note { author, content }));
                Ok(outcome)
            }
            StaffAct::HandBack => self.hand_back(),
            StaffAct::Requeue { queue } => {
                self.not_of_others()?;
                let to = Holder::Waiting { queue: queue.clone() };
                Ok(self.change(to, format!("put back into `{queue}`")))
            }
            StaffAct::Snooze { until } => self.snooze(*until),
            StaffAct::Close => {
                self.not_of_others()?;
                let to = Holder::Closed { how: Closing::Staff };
                let mut outcome = self.change(to, "closed".to_owned());
                self.tell(&mut outcome, self.words.closed);
                outcome.jobs.push(clocks::cancel_quiet(self.conversation.id));
                Ok(outcome)
            }
            StaffAct::EditReply { message, content } => {
                self.own_reply()?;
                let mut outcome = acted("changed a reply".to_owned());
                let edit = Action::Edit {
                    message: *message,
                    content: content.clone(),
                    buttons: Vec::new(),
                    meanings: Vec::new(),
                };
                outcome.actions.push((None, edit));
                Ok(outcome)
            }
            StaffAct::DeleteReply { message } => {
                self.own_reply()?;
                let mut outcome = acted("took a reply back".to_owned());
                outcome.actions.push((None, Action::Delete { message: *message }));
                Ok(outcome)
            }
            // `person` and `knowledge` do it, and let it go no further.
            StaffAct::LetAct { .. } | StaffAct::AskAuthor { .. } => Err(Refusal::Gone),
        }
    }

    /// What the bot holds is claimed on purpose alone: not by a page that still shows it as waiting, or with somebody.
    fn claim(&self, shown: Option<HolderKind>) -> Result<Outcome, Refusal> {
        let with_bot = |shown| matches!(shown, HolderKind::Bot | HolderKind::Peers);
        if self.conversation.holder.bot_may_answer() && shown.is_some_and(|shown| !with_bot(shown)) {
            return Err(Refusal::LeftQueue);
        }
        let already = self.conversation.holder == Holder::Person { agent: self.account };
        let mut outcome = self.take("claimed")?;
        if !already {
            self.tell(&mut outcome, &self.words.joined(self.name));
        }
        Ok(outcome)
    }

    /// Takes the pen, unless it is there already or somebody else holds it.
    fn take(&self, verb: &str) -> Result<Outcome, Refusal> {
        let own = Holder::Person { agent: self.account };
        match &self.conversation.holder {
            held if *held == own => Ok(acted(verb.to_owned())),
            Holder::Person { .. } => Err(Refusal::HeldByOther),
            Holder::Closed { .. } => Err(Refusal::Closed),
            _ => Ok(self.change(own, verb.to_owned())),
        }
    }

    fn hand_back(&self) -> Result<Outcome, Refusal> {
        self.not_of_others()?;
        if self.conversation.holder.kind() == HolderKind::Bot {
            return Err(Refusal::WithBot);
        }
        let mut outcome = self.change(Holder::Bot, "handed back to the bot".to_owned());
        self.tell(&mut outcome, self.words.handed_back);
        Ok(outcome)
    }

    fn snooze(&self, until: Timestamp) -> Result<Outcome, Refusal> {
        self.not_of_others()?;
        let own = Holder::Person { agent: self.account };
        if self.conversation.holder != own {
            return Err(Refusal::NotClaimed);
        }
        if until <= self.now {
            return Err(Refusal::PastTime);
        }
        if until.since(self.now) > SNOOZE_MAX {
            return Err(Refusal::TooLate);
        }
        let agent = self.account;
        let mut outcome = self.change(Holder::Snoozed { agent, until }, format!("put aside until {until}"));
        let wakes = clocks::job(self.clock, self.conversation, ConversationDue::SnoozeEnds, until);
        outcome.jobs.push(wakes);
        Ok(outcome)
    }

    fn own_reply(&self) -> Result<(), Refusal> {
        let Some(target) = &self.target else {
            return Err(Refusal::NotYours);
        };
        let is_own = matches!(&target.new.author, Author::Staff { id, .. } if *id == self.account)
            && !target.new.note
            && target.new.conversation == Some(self.conversation.id);
        match (is_own, target.deleted_at) {
            (false, _) => Err(Refusal::NotYours),
            (true, Some(_)) => Err(Refusal::Deleted),
            (true, None) => Ok(()),
        }
    }

    fn not_of_others(&self) -> Result<(), Refusal> {
        match self.conversation.holder {
            Holder::Person { agent } | Holder::Snoozed { agent, .. } if agent != self.account => {
                Err(Refusal::HeldByOther)
            }
            Holder::Closed { .. } => Err(Refusal::Closed),
            _ => Ok(()),
        }
    }

    fn change(&self, to: Holder, reason: String) -> Outcome {
        let mut outcome = acted(reason.clone());
        if self.conversation.holder.kind() == HolderKind::Snoozed {
            outcome.jobs.push(clocks::cancel_snooze(self.conversation.id));
        }
        outcome.transitions.push(Transition {
            to,
            actor: Actor::Account(self.account),
            reason,
        });
        outcome
    }

    fn tell(&self, outcome: &mut Outcome, text: &str) {
        let notice = message::notice(self.clock, self.conversation, text);
        outcome.actions.push((None, notice));
    }
}

#[cfg(test)]
mod tests;
