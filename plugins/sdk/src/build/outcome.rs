//! Everything that a plugin asks for in answer to one event.

use crate::types::{
    Action, Button, ButtonChange, Call, Destination, Draft, Edit, Flow, Handoff, Moderation, Outcome, Post, React,
    Reply, Schedule, Stance, Wake, WallClock,
};

impl Outcome {
    /// Nothing to do; later plugins see the event.
    pub fn pass() -> Self {
        Self {
            actions: Vec::new(),
            stance: Stance::Neutral,
            flow: Flow::Pass,
        }
    }

    /// Later plugins do not see the event.
    #[must_use]
    pub fn stop(mut self) -> Self {
        self.flow = Flow::Stop;
        self
    }

    /// The question is answered: misses start again at 0.
    #[must_use]
    pub fn answered(mut self) -> Self {
        self.stance = Stance::Answered;
        self
    }

    /// There is no answer, and why: one more miss.
    #[must_use]
    pub fn abstained(mut self, why: impl Into<String>) -> Self {
        self.stance = Stance::Abstained(why.into());
        self
    }

    /// One more action.
    #[must_use]
    pub fn and(mut self, action: Action) -> Self {
        self.actions.push(action);
        self
    }

    /// Says something where the event happened.
    #[must_use]
    pub fn reply(self, reply: impl Into<Reply>) -> Self {
        self.and(Action::Reply(reply.into()))
    }

    /// Says something elsewhere (permission `post`).
    #[must_use]
    pub fn post(self, to: Vec<Destination>, name: Option<String>, draft: impl Into<Draft>) -> Self {
        self.and(Action::Post(Post {
            to,
            name,
            draft: draft.into(),
        }))
    }

    /// Says an own message differently.
    #[must_use]
    pub fn edit(self, target: impl Into<String>, draft: impl Into<Draft>) -> Self {
        self.and(Action::Edit(Edit {
            target: target.into(),
            draft: draft.into(),
        }))
    }

    /// Leaves the text of an own message, replaces its buttons.
    #[must_use]
    pub fn set_buttons(self, target: impl Into<String>, buttons: Vec<Button>) -> Self {
        self.and(Action::Buttons(ButtonChange {
            target: target.into(),
            buttons,
        }))
    }

    /// Takes an own message back.
    #[must_use]
    pub fn delete(self, target: impl Into<String>) -> Self {
        self.and(Action::Delete(target.into()))
    }

    /// Reacts to a message.
    #[must_use]
    pub fn react(self, target: impl Into<String>, emoji: impl Into<String>) -> Self {
        self.and(Action::React(React {
            target: target.into(),
            emoji: emoji.into(),
            add: true,
        }))
    }

    /// For staff, beside the conversation.
    #[must_use]
    pub fn note(self, text: impl Into<String>) -> Self {
        self.and(Action::Note(text.into()))
    }

    /// A person is wanted (permission `handoff`).
    #[must_use]
    pub fn hand_off(self, handoff: Handoff) -> Self {
        self.and(Action::Handoff(handoff))
    }

    /// Does something about somebody who breaks the rules (permission `moderate`).
    #[must_use]
    pub fn moderate(self, moderation: Moderation) -> Self {
        self.and(Action::Moderate(moderation))
    }

    /// Sets a timer, replacing that of the same id (permission `wake`).
    #[must_use]
    pub fn wake(self, id: impl Into<String>, schedule: Schedule, payload: impl Into<String>) -> Self {
        self.and(Action::Wake(Wake {
            id: id.into(),
            schedule,
            payload: payload.into(),
        }))
    }

    /// Changes something on a server elsewhere (permission `call`). What came of it is told as the event
    /// [`call_result`](crate::Plugin::call_result).
    #[must_use]
    pub fn call(self, call: Call) -> Self {
        self.and(Action::Call(call))
    }

    /// Takes a timer back.
    #[must_use]
    pub fn cancel(self, id: impl Into<String>) -> Self {
        self.and(Action::Cancel(id.into()))
    }
}

impl Handoff {
    /// Why a person is wanted, for staff and for the audit.
    pub fn because(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            topic: None,
            lane: None,
            note: String::new(),
        }
    }

    /// What it is about; decides the queue.
    #[must_use]
    pub fn topic(mut self, topic: impl Into<String>) -> Self {
        self.topic = Some(topic.into());
        self
    }

    /// Which queue it waits in, none for the default one.
    #[must_use]
    pub fn queue(mut self, queue: impl Into<String>) -> Self {
        self.lane = Some(queue.into());
        self
    }

    /// What staff should know.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }
}

impl Schedule {
    /// Five cron fields in an IANA zone.
    pub fn every(cron: impl Into<String>, zone: impl Into<String>) -> Self {
        Self::Cron(WallClock {
            cron: cron.into(),
            zone: zone.into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builders_add_up_in_order() {
        let outcome = Outcome::pass()
            .reply(Reply::here("Hello").named("greeting"))
            .react("m1", "👋")
            .answered()
            .stop();
        assert!(matches!(&outcome.actions[0], Action::Reply(reply) if reply.name.as_deref() == Some("greeting")));
        assert!(matches!(&outcome.actions[1], Action::React(react) if react.add));
        assert_eq!((outcome.stance, outcome.flow), (Stance::Answered, Flow::Stop));
    }
}
