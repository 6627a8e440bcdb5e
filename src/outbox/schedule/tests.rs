//! Who goes first, who waits, and for whom.

use super::*;
use crate::model::Timestamp;
use crate::model::capability::{Rate, TextUnit};
use crate::model::fit::{FittedAction, FittedBody};
use crate::model::ids::{MessageId, PlaceRef};
use uuid::Uuid;

const FAST: Rate = Rate { burst: 1000, per_ms: 1 };

fn abilities(place_rate: Rate) -> Capabilities {
    Capabilities {
        edit: true,
        delete: true,
        react: true,
        buttons: true,
        forms: true,
        form_max: None,
        threads: false,
        private: false,
        typing: true,
        moderates: crate::model::capability::Moderates::default(),
        file_bytes_max: None,
        caption_max: None,
        text_max: 100,
        unit: TextUnit::Characters,
        idempotent_send: true,
        place_rate,
        login_rate: FAST,
    }
}

fn native(place: u128) -> PlaceRef {
    PlaceRef {
        scope: "t".into(),
        id: place.to_string().into(),
    }
}

fn row(number: u128, place: u128, priority: Priority, after: Option<u128>) -> Row {
    let id = DeliveryId(Uuid::from_u128(number));
    let native = native(place);
    let body = FittedBody::Typing { name: None };
    Row {
        attempt: 0,
        cut: None,
        unsure: false,
        counted_in: native.clone(),
        new: NewDelivery {
            id,
            login: "t".into(),
            place: PlaceId(Uuid::from_u128(place)),
            conversation: None,
            message: Some(MessageId(Uuid::from_u128(number))),
            piece: 0,
            priority,
            after: after.map(|after| DeliveryId(Uuid::from_u128(after))),
            due: Timestamp::default(),
            action: FittedAction {
                delivery: id,
                place: native,
                body,
            },
            idempotent: true,
        },
    }
}

/// Sends until nothing is left at this moment; the numbers in the order they went.
fn drain(schedule: &mut Schedule, now: Duration, rate: Rate) -> Vec<u128> {
    let mut sent = Vec::new();
    while let Pick::Send(row) = schedule.next(now, |_| abilities(rate)) {
        sent.push(row.new.id.0.as_u128());
        schedule.ended(&row.new, now);
    }
    sent
}

fn schedule(rows: impl IntoIterator<Item = Row>) -> Schedule {
    let mut schedule = Schedule::new(Arc::default());
    for row in rows {
        schedule.add(row, Duration::ZERO, Duration::ZERO);
    }
    schedule
}

#[test]
fn a_persons_reply_goes_before_an_answer_a_notice_and_a_campaign() {
    let rows = [
        row(1, 1, Priority::Campaign, None),
        row(2, 1, Priority::Notice, None),
        row(3, 1, Priority::Answer, None),
        row(4, 1, Priority::Reply, None),
    ];
    assert_eq!(drain(&mut schedule(rows), Duration::ZERO, FAST), [4, 3, 2, 1]);
}

#[test]
fn campaigns_get_one_slot_in_twenty_however_much_else_there_is() {
    let answers = (100..200).map(|number| row(number, number, Priority::Answer, None));
    let campaigns = (1..5).map(|number| row(number, number, Priority::Campaign, None));
    let sent = drain(&mut schedule(campaigns.chain(answers)), Duration::ZERO, FAST);
    assert_eq!(sent.iter().position(|number| *number == 1), Some(19));
    assert_eq!(sent.iter().position(|number| *number == 2), Some(39));
}

#[test]
fn a_delivery_that_is_tried_again_holds_back_only_those_behind_it() {
    let rows = [
        row(1, 1, Priority::Answer, None),
        row(2, 1, Priority::Answer, None),
        row(3, 2, Priority::Answer, None),
    ];
    let mut schedule = schedule(rows);
    let Pick::Send(first) = schedule.next(Duration::ZERO, |_| abilities(FAST)) else {
        panic!("nothing to send")
    };
    schedule.retry(*first, Duration::ZERO, Duration::from_secs(2));
    assert_eq!(drain(&mut schedule, Duration::ZERO, FAST), [3]);
    assert_eq!(drain(&mut schedule, Duration::from_secs(2), FAST), [1, 2]);
}

#[test]
fn a_delivery_waits_for_the_one_it_depends_on_in_another_chain() {
    let mut schedule = schedule([row(1, 1, Priority::Answer, None), row(2, 1, Priority::Reply, Some(1))]);
    assert_eq!(drain(&mut schedule, Duration::ZERO, FAST), [1, 2]);
}

#[test]
fn a_slow_place_does_not_slow_another() {
    let slow = Rate { burst: 1, per_ms: 1000 };
    let rows = [
        row(1, 1, Priority::Answer, None),
        row(2, 1, Priority::Answer, None),
        row(3, 2, Priority::Answer, None),
    ];
    let mut schedule = schedule(rows);
    assert_eq!(drain(&mut schedule, Duration::ZERO, slow), [1, 3]);
    assert!(matches!(
        schedule.next(Duration::ZERO, |_| abilities(slow)),
        Pick::Until(_)
    ));
    assert_eq!(drain(&mut schedule, Duration::from_secs(2), slow), [2]);
}

#[test]
fn what_a_person_gave_up_is_not_sent_and_holds_nothing_back() {
    let mut schedule = schedule([row(1, 1, Priority::Answer, None), row(2, 1, Priority::Answer, None)]);
    assert!(schedule.remove(DeliveryId(Uuid::from_u128(1))));
    assert_eq!(drain(&mut schedule, Duration::ZERO, FAST), [2]);
    assert_eq!(schedule.len(), 0);
}

#[test]
fn places_that_share_their_limits_wait_together() {
    let topic = |number, place| Row {
        counted_in: native(0),
        ..row(number, place, Priority::Answer, None)
    };
    let slow = Rate {
        burst: 1,
        per_ms: 60_000,
    };
    let mut shared = schedule([topic(1, 1), topic(2, 2), row(3, 3, Priority::Answer, None)]);
    assert_eq!(drain(&mut shared, Duration::ZERO, slow), [1, 3]);

    let mut asked_to_wait = schedule([topic(1, 1), topic(2, 2)]);
    let Pick::Send(first) = asked_to_wait.next(Duration::ZERO, |_| abilities(FAST)) else {
        panic!("nothing to send")
    };
    let over = Duration::from_secs(7);
    asked_to_wait.buckets.pause(Some(&first.counted_in), over);
    asked_to_wait.retry(*first, Duration::ZERO, over);
    assert_eq!(drain(&mut asked_to_wait, Duration::ZERO, FAST), []);
    assert_eq!(drain(&mut asked_to_wait, over, FAST), [1, 2]);
}

#[test]
fn nobody_is_looked_at_while_nothing_may_go_out() {
    let mut schedule = schedule((0..1000).map(|place| row(place, place, Priority::Campaign, None)));
    let slow = Rate { burst: 2, per_ms: 1000 };
    let looked_at = std::cell::Cell::new(0);
    let mut next = |now| {
        schedule.next(now, |_| {
            looked_at.set(looked_at.get() + 1);
            Capabilities {
                login_rate: slow,
                ..abilities(FAST)
            }
        })
    };
    let mut sent = 0;
    let mut now = Duration::ZERO;
    while sent < 5 {
        match next(now) {
            Pick::Send(_) => sent += 1,
            Pick::Until(until) => now = until,
            Pick::Nothing => panic!("they wait"),
        }
    }
    assert!(looked_at.get() <= sent, "{} were looked at", looked_at.get());
}
