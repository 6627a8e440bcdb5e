//! Walks the state machine: every pair of states, and long random walks over it.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;

const KINDS: [HolderKind; 6] = [
    HolderKind::Bot,
    HolderKind::Peers,
    HolderKind::Waiting,
    HolderKind::Person,
    HolderKind::Snoozed,
    HolderKind::Closed,
];

/// A row for each state: to which others it may change. The model that the code is held against.
const MODEL: [(HolderKind, [bool; 6]); 6] = [
    //                     bot    peers  wait   person snooze closed
    (HolderKind::Bot, [false, true, true, true, false, true]),
    (HolderKind::Peers, [true, false, true, true, false, true]),
    (HolderKind::Waiting, [true, false, true, true, false, true]),
    (HolderKind::Person, [true, false, true, true, true, true]),
    (HolderKind::Snoozed, [true, false, true, true, false, true]),
    (HolderKind::Closed, [false, false, true, false, false, false]),
];

fn holder(kind: HolderKind) -> Holder {
    let agent = AccountId(Uuid::from_u128(7));
    match kind {
        HolderKind::Bot => Holder::Bot,
        HolderKind::Peers => Holder::Peers,
        HolderKind::Waiting => Holder::Waiting {
            queue: QueueName::from("normal"),
        },
        HolderKind::Person => Holder::Person { agent },
        HolderKind::Snoozed => Holder::Snoozed {
            agent,
            until: Timestamp::from_millis(1),
        },
        HolderKind::Closed => Holder::Closed { how: Closing::Staff },
    }
}

fn conversation(kind: HolderKind) -> Conversation {
    let place = PlaceId(Uuid::nil());
    Conversation {
        id: ConversationId(Uuid::nil()),
        community: CommunityId(Uuid::nil()),
        place,
        asker: None,
        lane: LaneKey::of_place(place),
        holder: holder(kind),
        version: Version(1),
        misses: 2,
        opened_at: Timestamp::from_millis(0),
        changed_at: Timestamp::from_millis(0),
        active_at: Timestamp::from_millis(0),
    }
}

fn transition(to: HolderKind) -> Transition {
    Transition {
        to: holder(to),
        actor: Actor::Host,
        reason: format!("to {to}"),
    }
}

#[test]
fn each_state_changes_to_those_of_the_table_and_no_others() {
    for (from, row) in MODEL {
        for (to, allowed) in KINDS.into_iter().zip(row) {
            let mut conversation = conversation(from);
            let result = conversation.apply(&transition(to), Timestamp::from_millis(5));
            assert_eq!(result.is_ok(), allowed, "{from} to {to}");
            if !allowed {
                assert_eq!(
                    conversation,
                    self::conversation(from),
                    "a refused change changes nothing"
                );
            }
        }
    }
}

#[test]
fn every_open_state_can_be_closed_and_every_state_leads_to_a_person() {
    for kind in KINDS {
        assert_eq!(may_follow(kind, HolderKind::Closed), kind != HolderKind::Closed);
        let through_the_queue =
            may_follow(kind, HolderKind::Waiting) && may_follow(HolderKind::Waiting, HolderKind::Person);
        assert!(may_follow(kind, HolderKind::Person) || through_the_queue, "{kind}");
    }
}

#[test]
fn a_holder_reads_back_from_its_json() {
    for kind in KINDS {
        let json = serde_json::to_string(&holder(kind)).unwrap();
        assert_eq!(serde_json::from_str::<Holder>(&json).unwrap(), holder(kind));
        assert!(json.contains(&format!("\"holder\":\"{kind}\"")), "{json}");
    }
}

proptest! {
    #[test]
    fn on_every_walk_exactly_one_holds_the_pen(steps in prop::collection::vec(0_usize..6, 0..200)) {
        let mut conversation = conversation(HolderKind::Bot);
        let mut log: Vec<(Transition, Timestamp)> = Vec::new();
        for (number, step) in (1_i64..).zip(steps) {
            let (before, at) = (conversation.clone(), Timestamp::from_millis(number));
            let transition = transition(KINDS[step]);
            match conversation.apply(&transition, at) {
                Ok(()) => {
                    prop_assert_eq!(conversation.changed_at, at);
                    log.push((transition, at));
                }
                Err(error) => {
                    prop_assert_eq!((error.from, error.to), (before.holder.kind(), KINDS[step]));
                    prop_assert_eq!(&conversation, &before);
                }
            }
            // Who said that plugins answer while a person is waited for or holds the pen?
            let staff = matches!(conversation.holder.kind(), HolderKind::Waiting | HolderKind::Person | HolderKind::Snoozed);
            prop_assert!(!(staff && conversation.holder.bot_may_answer()));
        }
        // The log alone says how it came to this.
        if let Some((last, at)) = log.last() {
            prop_assert_eq!(&last.to, &conversation.holder);
            prop_assert_eq!(*at, conversation.changed_at);
            prop_assert!(log.iter().all(|(transition, _)| !transition.reason.is_empty()));
        }
    }
}
