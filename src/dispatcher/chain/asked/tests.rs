//! Which questions are kept, and with which answer.

use std::sync::Arc;

use uuid::Uuid;

use super::*;
use crate::model::action::{Author, Priority, Send};
use crate::model::conversation::{Conversation, Holder, LaneKey};
use crate::model::event::{Addressed, InMessage, Source};
use crate::model::finding::{Considered, EntryText};
use crate::model::ids::{CommunityId, ConversationId, EventId, EventSeq, MessageRef, PlaceId, PlaceRef, Version};
use crate::model::{Content, Event, EventBody, Timestamp};
use crate::storage::core::{Community, EventState};
use crate::storage::unit::NewEvent;

const COMMUNITY: CommunityId = CommunityId(Uuid::from_u128(1));
const PLACE: PlaceId = PlaceId(Uuid::from_u128(2));
const QUESTION: MessageId = MessageId(Uuid::from_u128(3));
const ANSWER: MessageId = MessageId(Uuid::from_u128(4));
const EARLIER: MessageId = MessageId(Uuid::from_u128(5));

fn event(text: &str, addressed: Addressed) -> StoredEvent {
    let place = PlaceRef {
        scope: "loopback".into(),
        id: "p".into(),
    };
    StoredEvent {
        seq: EventSeq(1),
        new: NewEvent {
            id: EventId(Uuid::from_u128(3)),
            community: COMMUNITY,
            place: Some(PLACE),
            author: None,
            lane: LaneKey::of_place(PLACE),
            received_at: Timestamp::default(),
            event: Event {
                source: Source::Internal {
                    conversation: None,
                    place: Some(PLACE),
                },
                occurred_at: Timestamp::default(),
                dedupe: "1".to_owned(),
                hops: 0,
                body: EventBody::Message(InMessage {
                    native: MessageRef { place, id: "1".into() },
                    content: Content::plain(text),
                    addressed,
                    reply_to: None,
                    mentions: Vec::new(),
                    files: Vec::new(),
                }),
            },
        },
        state: EventState::Accepted,
    }
}

fn snapshot(holder: Holder) -> Snapshot {
    Snapshot {
        attempt: 1,
        now: Timestamp::from_millis(7),
        community: Arc::new(Community {
            id: COMMUNITY,
            name: "Garden".to_owned(),
            language: "en".to_owned(),
            zone: "UTC".to_owned(),
            roles: Vec::new(),
        }),
        place: None,
        author: None,
        conversation: Some(Conversation {
            id: ConversationId(Uuid::from_u128(6)),
            community: COMMUNITY,
            place: PLACE,
            asker: None,
            lane: LaneKey::of_place(PLACE),
            holder,
            version: Version(1),
            misses: 0,
            opened_at: Timestamp::default(),
            changed_at: Timestamp::default(),
            active_at: Timestamp::default(),
        }),
        fresh: false,
        message: Some(QUESTION),
        about: None,
        button: None,
        late: false,
    }
}

fn entry() -> EntryText {
    EntryText {
        id: "opening".into(),
        revision: 3,
        question: "When is it open?".to_owned(),
        answer: "At nine.".to_owned(),
        short: None,
        sources: Vec::new(),
        credit: None,
        beside: Vec::new(),
    }
}

fn found(decision: Decision, probability: f32) -> Finding {
    Finding {
        decision,
        probability,
        considered: Some(Considered {
            entry: Some(("opening".into(), 3)),
            exact: false,
            language: Some("de-AT".to_owned()),
            scoring: "1".to_owned(),
        }),
        again: Vec::new(),
    }
}

/// One plugin found the entry, and says it.
fn answered() -> Outcome {
    let plugin = PluginId::from("a/faq");
    let author = Author::Plugin { id: plugin.clone() };
    let mut send = Send::new(ANSWER, PLACE, author, Content::plain("At nine."), Priority::Answer);
    send.cites = vec![("opening".into(), 3)];
    Outcome {
        found: vec![(plugin.clone(), found(Decision::Answer { entry: entry() }, 0.8))],
        actions: vec![(Some(plugin), Action::Send(send))],
        ..Outcome::default()
    }
}

fn kept_of(outcome: &Outcome, addressed: Addressed) -> Option<Asked> {
    question(&event("when", addressed), &snapshot(Holder::Bot), outcome)
}

#[test]
fn a_question_is_kept_with_what_was_found_and_the_message_that_says_it() {
    let asked = kept_of(&answered(), Addressed::Direct).unwrap();
    assert_eq!((asked.message, asked.answer), (QUESTION, Some(ANSWER)));
    assert_eq!(asked.entry, Some(("opening".into(), 3)));
    assert_eq!(asked.language.as_deref(), Some("de"));
    assert_eq!((asked.decision, asked.overheard), (Decided::Answer, false));
}

#[test]
fn what_was_decided_and_not_said_has_no_answer() {
    let answer = |outcome: &Outcome, holder| {
        let kept = question(&event("when", Addressed::Direct), &snapshot(holder), outcome);
        kept.unwrap().answer
    };
    let mut outcome = answered();
    assert_eq!(answer(&outcome, Holder::Waiting { queue: "normal".into() }), None);
    let call = Action::HandOff {
        queue: None,
        reason: "upset".to_owned(),
        topic: None,
    };
    outcome.actions.push((Some("a/other".into()), call));
    assert_eq!(answer(&outcome, Holder::Bot), None, "another plugin asked for a person");
    outcome.actions.clear();
    assert_eq!(answer(&outcome, Holder::Bot), None, "it was held back");
}

#[test]
fn of_two_plugins_the_one_that_answered_counts() {
    let mut outcome = answered();
    let other = found(Decision::Abstain { gap: Gap::NothingFound }, 0.05);
    outcome.found.insert(0, ("a/other".into(), other));
    let asked = kept_of(&outcome, Addressed::Direct).unwrap();
    assert_eq!((asked.decision, asked.answer), (Decided::Answer, Some(ANSWER)));
}

#[test]
fn of_the_talk_of_others_only_what_is_near_an_entry_is_kept() {
    let quiet = |probability| {
        let gap = Decision::Abstain { gap: Gap::Uncertain };
        Outcome {
            found: vec![("a/faq".into(), found(gap, probability))],
            ..Outcome::default()
        }
    };
    assert_eq!(kept_of(&quiet(0.05), Addressed::Overheard), None);
    let near = kept_of(&quiet(0.2), Addressed::Overheard).unwrap();
    assert_eq!((near.overheard, near.decision), (true, Decided::Uncertain));
    assert!(kept_of(&quiet(0.05), Addressed::Mention).is_some());
}

#[test]
fn asking_again_says_of_the_earlier_answer_that_it_was_not_it_and_is_no_new_question() {
    let mut outcome = answered();
    outcome.found[0].1.again = vec![EARLIER];
    outcome.found[0].1.considered = None;
    let units = kept(&event("when", Addressed::Direct), &snapshot(Holder::Bot), &outcome);
    let [Unit::Quality(QualityUnit::Again { answer })] = &units[..] else {
        panic!("{units:?}");
    };
    assert_eq!(*answer, EARLIER);
}

#[test]
fn what_is_for_owners_is_not_kept() {
    let outcome = Outcome {
        for_owners: true,
        ..answered()
    };
    assert_eq!(kept_of(&outcome, Addressed::Direct), None);
    let to_owners = event("/plugin config a/faq secret=1", Addressed::Direct);
    assert_eq!(question(&to_owners, &snapshot(Holder::Bot), &answered()), None);
}
