//! Who may do what in which state.

use uuid::Uuid;

use super::*;
use crate::clock::TestClock;
use crate::handoff::words::words;
use crate::model::content::Content;
use crate::model::conversation::LaneKey;
use crate::model::ids::MessageSeq;
use crate::model::ids::{CommunityId, ConversationId, PlaceId, QueueName, Version};
use crate::storage::core::StoredMessage;
use crate::storage::unit::{JobChange, NewMessage};

const CAROL: AccountId = AccountId(Uuid::from_u128(1));
const DAVE: AccountId = AccountId(Uuid::from_u128(2));
const CLAIM: StaffAct = StaffAct::Claim { shown: None };
const NOW: Timestamp = Timestamp::from_millis(1_000_000);

fn conversation(holder: Holder) -> Conversation {
    let place = PlaceId(Uuid::from_u128(3));
    Conversation {
        id: ConversationId(Uuid::from_u128(4)),
        community: CommunityId(Uuid::nil()),
        place,
        asker: None,
        lane: LaneKey::of_place(place),
        holder,
        version: Version(1),
        misses: 0,
        opened_at: NOW,
        changed_at: NOW,
        active_at: NOW,
    }
}

fn waiting() -> Holder {
    let queue = QueueName::from("normal");
    Holder::Waiting { queue }
}

fn person(agent: AccountId) -> Holder {
    Holder::Person { agent }
}

fn later(millis: i64) -> Timestamp {
    Timestamp::from_millis(NOW.as_millis() + millis)
}

fn reply() -> StaffAct {
    StaffAct::Reply {
        content: Content::plain("Hello."),
        files: Vec::new(),
    }
}

fn decide(holder: &Holder, act: &StaffAct, target: Option<StoredMessage>) -> Result<Outcome, Refusal> {
    let clock = TestClock::new(NOW);
    let conversation = conversation(holder.clone());
    let desk = Desk {
        clock: &clock,
        now: NOW,
        conversation: &conversation,
        account: CAROL,
        name: "Carol",
        words: words("en"),
        answered: None,
        target,
    };
    let outcome = desk.decide(act)?;
    // Whatever is asked for must be a change that the state machine knows.
    let mut after = conversation.clone();
    for transition in &outcome.transitions {
        after.apply(transition, NOW).expect("an allowed change of hands");
        assert_eq!(transition.actor, Actor::Account(CAROL));
        assert!(!transition.reason.is_empty());
    }
    Ok(outcome)
}

#[expect(clippy::needless_pass_by_value, reason = "the calls read as sentences")]
#[track_caller]
fn check(holder: &Holder, act: &StaffAct, to: Option<Holder>, says: usize) {
    let outcome = decide(holder, act, None).expect("Carol may do this");
    assert_eq!(outcome.transitions.last().map(|change| change.to.clone()), to);
    assert_eq!(outcome.actions.len(), says);
}

#[track_caller]
fn check_refused(holder: &Holder, act: &StaffAct, refusal: Refusal) {
    assert_eq!(decide(holder, act, None).err(), Some(refusal));
}

#[test]
fn the_first_to_claim_holds_it_and_the_second_is_told() {
    check(&waiting(), &CLAIM, Some(person(CAROL)), 1);
    check(&Holder::Bot, &CLAIM, Some(person(CAROL)), 1);
    check(&person(CAROL), &CLAIM, None, 0);
    check_refused(&person(DAVE), &CLAIM, Refusal::HeldByOther);
}

#[test]
fn what_went_back_to_the_bot_is_claimed_only_where_the_page_shows_that() {
    let shown = |shown| StaffAct::Claim { shown: Some(shown) };
    for before in [HolderKind::Waiting, HolderKind::Person, HolderKind::Snoozed] {
        check_refused(&Holder::Bot, &shown(before), Refusal::LeftQueue);
    }
    check(&Holder::Bot, &shown(HolderKind::Bot), Some(person(CAROL)), 1);
    check(&waiting(), &shown(HolderKind::Waiting), Some(person(CAROL)), 1);
    check(&waiting(), &shown(HolderKind::Bot), Some(person(CAROL)), 1);
    check(&person(CAROL), &shown(HolderKind::Waiting), None, 0);
    check_refused(&person(DAVE), &shown(HolderKind::Waiting), Refusal::HeldByOther);
}

#[test]
fn a_reply_claims_what_nobody_holds() {
    check(&waiting(), &reply(), Some(person(CAROL)), 1);
    check(&person(CAROL), &reply(), None, 1);
    check_refused(&person(DAVE), &reply(), Refusal::HeldByOther);
    let closed = Holder::Closed { how: Closing::Staff };
    check_refused(&closed, &reply(), Refusal::Closed);
}

#[test]
fn a_note_never_changes_hands_and_is_always_possible() {
    let note = StaffAct::Note {
        content: Content::plain("Knows the product."),
    };
    let closed = Holder::Closed { how: Closing::Quiet };
    for holder in [Holder::Bot, waiting(), person(DAVE), closed] {
        check(&holder, &note, None, 1);
    }
}

#[test]
fn handing_back_and_closing_tell_the_visitor_once() {
    check(&person(CAROL), &StaffAct::HandBack, Some(Holder::Bot), 1);
    check_refused(&Holder::Bot, &StaffAct::HandBack, Refusal::WithBot);
    check_refused(&person(DAVE), &StaffAct::HandBack, Refusal::HeldByOther);
    let closed = Holder::Closed { how: Closing::Staff };
    check(&person(CAROL), &StaffAct::Close, Some(closed.clone()), 1);
    check_refused(&closed, &StaffAct::Close, Refusal::Closed);
    check_refused(&person(DAVE), &StaffAct::Close, Refusal::HeldByOther);
}

#[test]
fn only_its_holder_puts_a_conversation_aside_and_it_wakes_by_a_job() {
    let until = later(60_000);
    let snooze = StaffAct::Snooze { until };
    let outcome = decide(&person(CAROL), &snooze, None).expect("Carol may do this");
    let [JobChange::Put(job)] = outcome.jobs.as_slice() else {
        panic!("one job, not {:?}", outcome.jobs);
    };
    assert_eq!(job.due, until);
    check_refused(&waiting(), &snooze, Refusal::NotClaimed);
    check_refused(&person(DAVE), &snooze, Refusal::HeldByOther);
    check_refused(&person(CAROL), &StaffAct::Snooze { until: NOW }, Refusal::PastTime);
    let year = StaffAct::Snooze {
        until: later(365 * 86_400_000),
    };
    check_refused(&person(CAROL), &year, Refusal::TooLate);
}

#[test]
fn claiming_what_is_put_aside_takes_its_job_back() {
    let snoozed = Holder::Snoozed {
        agent: DAVE,
        until: later(1),
    };
    let outcome = decide(&snoozed, &CLAIM, None).expect("Carol may do this");
    assert!(matches!(outcome.jobs.as_slice(), [JobChange::Cancel { .. }]));
}

#[test]
fn only_own_replies_can_be_changed() {
    let message = MessageId(Uuid::from_u128(9));
    let stored = |id, deleted_at| StoredMessage {
        seq: MessageSeq(1),
        new: NewMessage {
            id: message,
            conversation: Some(ConversationId(Uuid::from_u128(4))),
            place: PlaceId(Uuid::from_u128(3)),
            author: Author::Staff {
                id,
                name: "somebody".to_owned(),
            },
            native: None,
            reply_to: None,
            note: false,
            only: None,
            content: Content::plain("Hello."),
            buttons: Vec::new(),
            files: Vec::new(),
            cites: Vec::new(),
            name: None,
            at: NOW,
        },
        for_owners: false,
        edited_at: None,
        deleted_at,
        removed: None,
    };
    let delete = StaffAct::DeleteReply { message };
    assert!(decide(&person(CAROL), &delete, Some(stored(CAROL, None))).is_ok());
    for (target, refusal) in [
        (None, Refusal::NotYours),
        (Some(stored(DAVE, None)), Refusal::NotYours),
        (Some(stored(CAROL, Some(NOW))), Refusal::Deleted),
    ] {
        assert_eq!(decide(&person(CAROL), &delete, target).err(), Some(refusal));
    }
}
