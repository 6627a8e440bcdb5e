//! When the plugin hands over, outside the sandbox.

use switchboard_plugin::types::{Action, Conversation, Event, EventBody, Step};

use super::*;

fn plugin() -> HandoffPlugin {
    let config = r#"{"topics":[{"name":"security","words":["security hole"],"queue":"urgent"}]}"#;
    HandoffPlugin::init("c1", serde_json::from_str(config).unwrap()).unwrap()
}

fn event(holder: Holder, misses: u32) -> Event {
    Event {
        id: "e1".into(),
        attempt: 1,
        occurred_at: 0,
        now: 0,
        late: false,
        language: "en".into(),
        place: None,
        person: None,
        conversation: Some(Conversation {
            ref_: "v1".into(),
            holder,
            misses,
        }),
        body: EventBody::Ready,
    }
}

fn message(text: &str) -> Message {
    Message {
        ref_: "m1".into(),
        text: text.into(),
        addressed: Addressed::Direct,
        language: None,
        reply_to: None,
        mentions: Vec::new(),
        links: Vec::new(),
        attachments: Vec::new(),
    }
}

fn trail(verdict: Verdict) -> Vec<Step> {
    vec![Step {
        plugin: "switchboard/faq".into(),
        verdict,
    }]
}

/// The reason and queue of the handoff; empty when there is none.
fn reason(outcome: &Outcome) -> String {
    let handoff = outcome.actions.iter().find_map(|action| match action {
        Action::Handoff(handoff) => Some(handoff),
        _ => None,
    });
    handoff.map_or_else(String::new, |handoff| {
        let queue = handoff.lane.as_deref().unwrap_or("default");
        format!("{} → {queue}", handoff.reason)
    })
}

#[track_caller]
fn check(event: &Event, trail: &[Step], message: &Message, expected: &str) {
    let outcome = plugin().message(&Context::new(event, trail), message).unwrap();
    assert_eq!(reason(&outcome), expected);
}

#[test]
fn a_wish_for_a_person_hands_over() {
    check(
        &event(Holder::Bot, 0),
        &[],
        &message("a human please"),
        "asked for a person → default",
    );
}

#[test]
fn nothing_happens_while_a_person_has_it_or_when_nobody_asked() {
    check(&event(Holder::Person, 0), &[], &message("a human please"), "");
    check(&event(Holder::Waiting, 0), &[], &message("a human please"), "");
    let overheard = Message {
        addressed: Addressed::Overheard,
        ..message("a human please")
    };
    check(&event(Holder::Bot, 0), &[], &overheard, "");
}

#[test]
fn the_second_miss_in_a_row_hands_over() {
    let unknown = message("what about zebras");
    check(&event(Holder::Bot, 0), &trail(Verdict::Abstained), &unknown, "");
    check(
        &event(Holder::Bot, 1),
        &trail(Verdict::Abstained),
        &unknown,
        "got no answer several times → default",
    );
    check(&event(Holder::Bot, 5), &trail(Verdict::Answered), &unknown, "");
}

#[test]
fn the_second_not_it_hands_over() {
    let said = |helpful| Feedback {
        source: "m1".into(),
        question: "what".into(),
        helpful,
    };
    let handed = |misses, helpful| {
        let event = event(Holder::Bot, misses);
        reason(&plugin().feedback(&Context::new(&event, &[]), &said(helpful)).unwrap())
    };
    assert_eq!(handed(0, false), "");
    assert_eq!(handed(1, false), "said \"not it\" several times → default");
    assert_eq!(handed(1, true), "");
}

#[test]
fn a_listed_topic_goes_to_its_queue() {
    check(
        &event(Holder::Bot, 0),
        &trail(Verdict::Answered),
        &message("I found a security hole"),
        "wrote about security → urgent",
    );
}

#[test]
fn the_command_hands_over() {
    let event = event(Holder::Bot, 0);
    let command = Command {
        source: None,
        name: "human".into(),
        options: Vec::new(),
    };
    let outcome = plugin().command(&Context::new(&event, &[]), &command).unwrap();
    assert_eq!(reason(&outcome), "typed /human → default");
}

#[test]
fn a_topic_without_words_is_a_fault_of_the_settings() {
    let config = serde_json::from_str(r#"{"topics":[{"name":"x","words":[]}]}"#).unwrap();
    assert!(HandoffPlugin::init("c1", config).is_err());
}
