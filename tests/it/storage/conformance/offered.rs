//! Questions that were offered entries, and whether anything came of that.

use std::time::Duration;

use switchboard::model::Timestamp;
use switchboard::model::action::Author;
use switchboard::model::button::{Button, ButtonEffect};
use switchboard::model::directory::Identity;
use switchboard::model::ids::{AccountId, ConversationId, IdentityId, IdentityRef, MessageId};
use switchboard::storage::clusters::{ClusterUnit, Offered};
use switchboard::storage::knowledge::{Feedback, KnowledgeUnit};
use switchboard::storage::quality::{Asked, Decided};
use switchboard::storage::unit::{DirectoryUnit, NewMessage};
use switchboard::storage::{Storage, Unit};
use uuid::Uuid;

use super::judged;
use crate::storage::START;
use crate::storage::given::{self, COMMUNITY, PLACE};

const ALICE: IdentityId = IdentityId(Uuid::from_u128(70));
const BOB: IdentityId = IdentityId(Uuid::from_u128(71));
const DORA: IdentityId = IdentityId(Uuid::from_u128(72));

const LATER: Timestamp = Timestamp::from_millis(START.as_millis() + 3_600_000);

/// A question, whom alone its offer is for, and what else is kept of it.
type Case = (u128, Option<IdentityId>, fn(&mut Asked));

async fn people(storage: &dyn Storage) {
    let units = [(ALICE, false), (BOB, false), (DORA, true)].map(|(id, staff)| {
        Unit::Directory(DirectoryUnit::Identity(Identity {
            id,
            native: IdentityRef {
                scope: "loopback".into(),
                id: id.to_string().into(),
            },
            name: "somebody".to_owned(),
            bot: false,
            staff,
            roles: Vec::new(),
            language: None,
        }))
    });
    storage.write(Unit::All(units.into())).await.unwrap();
}

fn message(number: u128) -> MessageId {
    MessageId(Uuid::from_u128(number))
}

fn of(number: u128, author: Author, reply_to: Option<u128>) -> NewMessage {
    NewMessage {
        author,
        reply_to: reply_to.map(message),
        ..given::message(number, "when do you open?")
    }
}

fn of_bot(number: u128, reply_to: Option<u128>) -> NewMessage {
    of(number, Author::Plugin { id: "t/faq".into() }, reply_to)
}

/// What says an entry.
fn answer(number: u128, reply_to: Option<u128>) -> NewMessage {
    NewMessage {
        cites: vec![("rye".into(), 2)],
        ..of_bot(number, reply_to)
    }
}

fn asked(number: u128) -> Asked {
    Asked {
        message: message(number),
        asker: Some(ALICE),
        decision: Decided::Suggest,
        answer: None,
        ..judged::asked(number)
    }
}

/// Alice asks question `number` in a conversation of its own, is offered something, and then this is said.
async fn offered(storage: &dyn Storage, number: u128, then: Vec<NewMessage>) {
    let offer = NewMessage {
        buttons: vec![Button {
            label: "Rye?".to_owned(),
            effect: ButtonEffect::Link { url: String::new() },
        }],
        ..of_bot(number + 1, Some(number))
    };
    said(storage, number, [vec![offer], then].concat()).await;
    judged::ask(storage, asked(number)).await;
}

/// Alice says something in a conversation of its own, and then this is said.
async fn said(storage: &dyn Storage, number: u128, then: Vec<NewMessage>) {
    let conversation = ConversationId(Uuid::from_u128(number + 50));
    let seq = given::accepted(storage, number).await;
    let mut commit = given::commit(seq);
    let all = [vec![of(number, Author::Identity { id: ALICE }, None)], then].concat();
    let here = |message| NewMessage {
        conversation: Some(conversation),
        ..message
    };
    commit.messages = all.into_iter().map(here).collect();
    storage.write(Unit::Commit(Box::new(commit))).await.unwrap();
}

async fn look(storage: &dyn Storage, after: i64, until: Timestamp, limit: u32) -> Offered {
    storage.offered(COMMUNITY, after, (START, until), limit).await.unwrap()
}

/// The numbers of the questions that nothing came of.
fn untaken(offered: &Offered) -> Vec<u128> {
    offered
        .untaken
        .iter()
        .map(|untaken| untaken.message.0.as_u128())
        .collect()
}

pub async fn suggestions_are_untaken_where_nothing_answered_the_question(storage: &dyn Storage) {
    people(storage).await;
    let member = |id| Author::Identity { id };
    let staff = Author::Staff {
        id: AccountId(Uuid::from_u128(80)),
        name: "Carol".to_owned(),
    };
    let note = NewMessage {
        note: true,
        ..of(1_702, staff.clone(), None)
    };
    offered(storage, 1_000, vec![]).await;
    // A press on a suggestion, and an answer to what the same person asks next.
    offered(storage, 1_100, vec![answer(1_102, None)]).await;
    let asks_on = of(1_202, member(ALICE), None);
    offered(storage, 1_200, vec![asks_on, answer(1_203, Some(1_202))]).await;
    let bob_asks = of(1_302, member(BOB), None);
    offered(storage, 1_300, vec![bob_asks, answer(1_303, Some(1_302))]).await;
    offered(storage, 1_400, vec![answer(1_402, None)]).await;
    offered(storage, 1_500, vec![of(1_502, member(DORA), None)]).await;
    offered(storage, 1_600, vec![of(1_602, staff, None)]).await;
    offered(storage, 1_700, vec![note]).await;
    // A plugin answered in its own words, and offered nothing.
    said(storage, 1_800, vec![of_bot(1_801, Some(1_800))]).await;
    judged::ask(storage, asked(1_800)).await;
    let refused = Feedback {
        community: COMMUNITY,
        entry: "rye".into(),
        revision: 2,
        message: message(1_402),
        conversation: None,
        identity: Some(ALICE),
        helpful: false,
        asked: None,
        at: START,
    };
    let refused = Unit::Knowledge(KnowledgeUnit::Feedback(refused));
    storage.write(refused).await.unwrap();
    let found = look(storage, 0, LATER, 100).await;
    assert_eq!(untaken(&found), [1_000, 1_300, 1_400, 1_700]);
    let first = &found.untaken[0];
    assert_eq!((first.place, first.identity, first.at), (Some(PLACE), ALICE, START));
    assert_eq!(first.nearest, Some("rye".into()));

    storage
        .write(Unit::Message(given::taken_back(message(1_300))))
        .await
        .unwrap();
    assert_eq!(untaken(&look(storage, 0, LATER, 100).await), [1_000, 1_400, 1_700]);
}

pub async fn what_was_only_overheard_or_asked_by_staff_or_for_one_alone_is_not_told_to_others(storage: &dyn Storage) {
    people(storage).await;
    let cases: [Case; 5] = [
        (1_000, None, |_| {}),
        (1_100, None, |asked| asked.overheard = true),
        (1_200, None, |asked| asked.asker = Some(DORA)),
        (1_300, None, |asked| asked.decision = Decided::Uncertain),
        (1_400, Some(ALICE), |_| {}),
    ];
    for (number, only, change) in cases {
        let offer = NewMessage {
            buttons: vec![Button {
                label: "Rye?".to_owned(),
                effect: ButtonEffect::Link { url: String::new() },
            }],
            only,
            ..of_bot(number + 1, Some(number))
        };
        said(storage, number, vec![offer]).await;
        let mut kept = asked(number);
        change(&mut kept);
        judged::ask(storage, kept).await;
    }
    let found = look(storage, 0, LATER, 100).await;
    assert_eq!(untaken(&found), [1_000, 1_400]);
    let places: Vec<_> = found.untaken.iter().map(|untaken| untaken.place).collect();
    assert_eq!(places, [Some(PLACE), None]);
}

pub async fn what_was_offered_is_looked_through_once_and_not_before_its_time(storage: &dyn Storage) {
    people(storage).await;
    for number in [1_000, 1_100, 1_200] {
        offered(storage, number, vec![]).await;
    }
    let young = Asked {
        at: LATER,
        ..asked(1_200)
    };
    judged::ask(storage, young).await;
    let first = look(storage, 0, LATER, 2).await;
    assert_eq!((untaken(&first), first.more), (vec![1_000, 1_100], true));
    let second = look(storage, first.to, LATER, 2).await;
    assert_eq!((untaken(&second), second.more), (vec![1_200], false));
    let none = look(storage, second.to, LATER, 2).await;
    assert_eq!((none.to, untaken(&none)), (second.to, vec![]), "it is not old enough");
    let after = LATER + Duration::from_millis(1);
    assert!(look(storage, second.to, after, 2).await.to > second.to);

    let looked = |from, to| {
        Unit::Cluster(ClusterUnit::LookedAtOffered {
            community: COMMUNITY,
            from,
            to,
            found: vec![given::unanswered("when do you open?")],
            at: START,
        })
    };
    storage.write(looked(0, first.to)).await.unwrap();
    given::assert_conflict(storage.write(looked(0, second.to)).await);
    assert_eq!(storage.looked_at_offered(COMMUNITY).await.unwrap(), first.to);
    assert_eq!(storage.questions_open(COMMUNITY, START, 10).await.unwrap().len(), 1);
}
