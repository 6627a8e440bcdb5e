//! The same three plugins without a sandbox, behind trait objects.

use switchboard_plugin::types as guest;
use switchboard_trio::{Config, Role, Trio};

use crate::payload::Payload;

/// What a bot framework without a sandbox would call.
pub trait Native {
    fn handle(&mut self, event: &guest::Event, trail: &[guest::Step]) -> guest::Outcome;
}

impl Native for Trio {
    fn handle(&mut self, event: &guest::Event, trail: &[guest::Step]) -> guest::Outcome {
        Trio::handle(self, event, trail).expect("it never fails")
    }
}

/// One of them.
pub fn plugin(role: Role) -> Box<dyn Native> {
    let trio = <Trio as switchboard_plugin::Plugin>::init("community", Config { role });
    Box::new(trio.expect("it starts"))
}

/// The event that a plugin sees, made straight from the payload.
pub fn event(payload: &str) -> guest::Event {
    let payload: Payload = serde_json::from_str(payload).expect("it is sound");
    let at = u64::try_from(payload.at).expect("after 1970");
    let links = payload
        .text
        .split_whitespace()
        .filter(|word| word.starts_with("https://"))
        .map(str::to_owned)
        .collect();
    guest::Event {
        id: payload.id.clone(),
        attempt: 1,
        occurred_at: at,
        now: at,
        late: false,
        language: "en".into(),
        place: Some(guest::Place {
            ref_: payload.chat.clone(),
            name: payload.chat.clone(),
            platform: "loopback".into(),
            audience: guest::Audience::Direct,
            parent: None,
        }),
        person: Some(guest::Person {
            ref_: payload.user,
            name: payload.name,
            bot: false,
            staff: false,
            roles: Vec::new(),
            created_at: None,
            joined_at: None,
        }),
        conversation: Some(guest::Conversation {
            ref_: payload.chat,
            holder: guest::Holder::Bot,
            misses: 0,
        }),
        body: guest::EventBody::Message(guest::Message {
            ref_: payload.id,
            text: payload.text,
            addressed: guest::Addressed::Direct,
            language: None,
            reply_to: None,
            mentions: Vec::new(),
            links,
            attachments: Vec::new(),
        }),
    }
}

/// What of an outcome the next plugin is told.
pub fn step(outcome: &guest::Outcome) -> guest::Step {
    let verdict = if outcome.stance == guest::Stance::Answered {
        guest::Verdict::Answered
    } else {
        guest::Verdict::Passed
    };
    guest::Step {
        plugin: "bench/trio".into(),
        verdict,
    }
}
