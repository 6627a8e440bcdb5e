//! Whether somebody was faster than the bot, and what an event led to.

use switchboard::model::EventBody;
use switchboard::model::directory::Identity;
use switchboard::model::ids::{EventSeq, IdentityId, IdentityRef, MessageId, PlaceId};
use switchboard::storage::core::{Trace, TraceStep, Verdict};
use switchboard::storage::unit::{DirectoryUnit, NewEvent, Stored};
use switchboard::storage::{Applied, Storage, Unit};
use uuid::Uuid;

use crate::storage::given::{self, PLACE};

const ALICE: u128 = 11;
const BOB: u128 = 12;
const A_BOT: u128 = 13;

async fn known(storage: &dyn Storage) {
    let units = [ALICE, BOB, A_BOT].map(|number| {
        Unit::Directory(DirectoryUnit::Identity(Identity {
            id: IdentityId(Uuid::from_u128(number)),
            native: IdentityRef {
                scope: "loopback".into(),
                id: number.to_string().into(),
            },
            name: format!("#{number}"),
            bot: number == A_BOT,
            staff: false,
            roles: Vec::new(),
            language: None,
        }))
    });
    storage.write(Unit::All(units.into())).await.unwrap();
}

/// What somebody says, as an answer to the message of the event `to`.
fn said(number: u128, by: u128, to: Option<u128>) -> NewEvent {
    let mut event = given::event(number);
    event.author = Some(IdentityId(Uuid::from_u128(by)));
    if let EventBody::Message(message) = &mut event.event.body {
        message.reply_to = to.map(given::message_ref);
    }
    event
}

async fn accept(storage: &dyn Storage, event: NewEvent) -> EventSeq {
    match storage.write(given::accept(vec![event])).await.unwrap() {
        Applied::Events(stored) => match stored[..] {
            [Stored::New(seq)] => seq,
            _ => panic!("{stored:?}"),
        },
        other => panic!("{other:?}"),
    }
}

/// Whether Alice's question, the event `seq` with the message `question`, is answered.
async fn is_answered(storage: &dyn Storage, seq: EventSeq, question: u128) -> bool {
    let (message, alice) = (given::message_ref(question), IdentityId(Uuid::from_u128(ALICE)));
    let answered = storage.is_answered(seq, PLACE, &message, alice).await.unwrap();
    let elsewhere = PlaceId(Uuid::from_u128(77));
    assert!(!storage.is_answered(seq, elsewhere, &message, alice).await.unwrap());
    answered
}

pub async fn an_answer_of_somebody_else_is_seen_before_and_behind_its_question(storage: &dyn Storage) {
    known(storage).await;
    accept(storage, said(20, BOB, Some(22))).await;
    let asked = accept(storage, said(21, ALICE, None)).await;
    assert!(!is_answered(storage, asked, 21).await);
    for (number, by, to) in [
        (30, BOB, None),
        (31, A_BOT, Some(21)),
        (32, ALICE, Some(21)),
        (33, BOB, Some(30)),
    ] {
        accept(storage, said(number, by, to)).await;
        assert!(!is_answered(storage, asked, 21).await, "after {number}");
    }
    accept(storage, said(34, BOB, Some(21))).await;
    assert!(is_answered(storage, asked, 21).await);
    let late = accept(storage, said(22, ALICE, None)).await;
    assert!(is_answered(storage, late, 22).await, "its answer came before it");
}

pub async fn what_was_said_leads_to_its_event(storage: &dyn Storage) {
    let seq = given::accepted(storage, 10).await;
    given::accepted(storage, 11).await;
    let found = storage.event_of_message(MessageId(Uuid::from_u128(10))).await.unwrap();
    assert_eq!(found.map(|(event, _)| event.seq), Some(seq));
    let none = storage.event_of_message(MessageId(Uuid::from_u128(12))).await.unwrap();
    assert_eq!(none, None);
}

pub async fn an_event_leads_to_its_trace_and_to_what_was_sent_because_of_it(storage: &dyn Storage) {
    let seq = given::accepted(storage, 51).await;
    assert_eq!(
        storage.trace_of("loopback/51").await.unwrap(),
        None,
        "it is not handled yet"
    );
    let mut commit = given::commit(seq);
    let elsewhere = given::delivery(52, MessageId(Uuid::from_u128(53)));
    commit.trace = Trace {
        steps: vec![TraceStep {
            who: "garden/tips".to_owned(),
            verdict: Verdict::Failed,
            line: "boom".to_owned(),
            cpu_us: None,
            calls: Vec::new(),
            actions: Vec::new(),
        }],
        sent: vec![elsewhere.id],
    };
    commit.deliveries = vec![elsewhere.clone()];
    let trace = commit.trace.clone();
    storage.write(Unit::Commit(Box::new(commit))).await.unwrap();
    let kept = storage.trace_of("loopback/51").await.unwrap();
    assert_eq!(kept, Some(trace));
    let sent = storage.delivery(kept.unwrap().sent[0]).await.unwrap();
    assert_eq!(sent.unwrap().new, elsewhere);
    assert_eq!(storage.trace_of("loopback/999").await.unwrap(), None);
}
