//! What somebody should look at in a knowledge base, and what was asked before.

use switchboard::model::Timestamp;
use switchboard::model::action::Author;
use switchboard::model::directory::Audience;
use switchboard::model::ids::{AccountId, ConversationId, EntryId, IdentityId, MessageId};
use switchboard::model::upkeep::{Concern, Finding, Link, LinkState};
use switchboard::storage::knowledge::{Feedback, KnowledgeUnit, Missed, Unanswered};
use switchboard::storage::quality::Asked;
use switchboard::storage::twin::SaidOf;
use switchboard::storage::unit::NewMessage;
use switchboard::storage::upkeep::{KeptFinding, LookedOver, UpkeepUnit};
use switchboard::storage::{Storage, Unit};
use uuid::Uuid;

use super::judged;
use crate::storage::START;
use crate::storage::given::{self, COMMUNITY, PLACE};

const CONVERSATION: ConversationId = ConversationId(Uuid::from_u128(77));

fn dead(rev: u32) -> Finding {
    Finding {
        concern: Concern::DeadLink {
            url: "https://a.example/".to_owned(),
            since: "2026-11-01".to_owned(),
            why: "there is no such page, 404".to_owned(),
        },
        entries: vec![(EntryId::from("rye"), rev)],
    }
}

fn twice() -> Finding {
    Finding {
        concern: Concern::Duplicate,
        entries: vec![(EntryId::from("oat"), 1), (EntryId::from("rye"), 1)],
    }
}

async fn look(storage: &dyn Storage, findings: Vec<Finding>) -> Vec<(Finding, bool)> {
    let looked = LookedOver {
        at: START,
        compared: 2,
        left_out: 1,
    };
    let unit = UpkeepUnit::LookedOver {
        community: COMMUNITY,
        looked,
        findings,
    };
    storage.write(Unit::Upkeep(unit)).await.unwrap();
    let (stored, found) = storage.findings(COMMUNITY).await.unwrap();
    assert_eq!(stored, Some(looked));
    let pair = |kept: KeptFinding| (kept.finding, kept.dismissed);
    found.into_iter().map(pair).collect()
}

/// Somebody writes the entry, for the first time or anew.
async fn written(storage: &dyn Storage, rev: u32) {
    let entry = serde_json::json!({"id": "rye", "question": "Is there rye?", "answer": {"full": "Yes."}, "rev": rev});
    let unit = KnowledgeUnit::Put {
        community: COMMUNITY,
        entry: serde_json::from_value(entry).unwrap(),
        file: None,
        expected: (rev > 1).then_some(rev - 1),
        by: None,
        at: START,
    };
    storage.write(Unit::Knowledge(unit)).await.unwrap();
}

pub async fn what_was_put_aside_comes_back_with_another_revision(storage: &dyn Storage) {
    assert_eq!(storage.findings(COMMUNITY).await.unwrap(), (None, vec![]));
    written(storage, 1).await;
    let found = look(storage, vec![dead(1), twice()]).await;
    assert_eq!(found, [(dead(1), false), (twice(), false)]);
    assert_eq!(storage.dead_links_open(COMMUNITY).await.unwrap(), 1);
    let dismiss = |finding: &Finding| {
        Unit::Upkeep(UpkeepUnit::Dismiss {
            community: COMMUNITY,
            key: finding.key(),
            entries: finding.entries.clone(),
            by: AccountId(Uuid::from_u128(1)),
            at: START,
        })
    };
    given::assert_conflict(storage.write(dismiss(&dead(2))).await);
    storage.write(dismiss(&dead(1))).await.unwrap();
    assert_eq!(storage.dead_links_open(COMMUNITY).await.unwrap(), 0);
    // The same again stays aside; in another order, too.
    let found = look(storage, vec![twice(), dead(1)]).await;
    assert_eq!(found, [(twice(), false), (dead(1), true)]);
    written(storage, 2).await;
    assert_eq!(look(storage, vec![dead(2)]).await, [(dead(2), false)]);
    assert_eq!(storage.dead_links_open(COMMUNITY).await.unwrap(), 1);
    written(storage, 3).await;
    assert_eq!(
        storage.dead_links_open(COMMUNITY).await.unwrap(),
        0,
        "somebody has written it anew since"
    );
    assert!(look(storage, vec![]).await.is_empty());
}

pub async fn what_is_known_of_a_page_is_the_last_look(storage: &dyn Storage) {
    let link = |url: &str, state| Link {
        url: url.to_owned(),
        state,
        why: "there is no such page, 404".to_owned(),
        looked_at: START,
    };
    let failing = LinkState::Failing { since: START };
    let (one, other) = (
        link("https://a.example/", failing),
        link("https://b.example/", LinkState::There),
    );
    let last = link("https://a.example/", LinkState::Dead { since: START });
    for link in [&other, &one, &last] {
        let unit = UpkeepUnit::Link {
            community: COMMUNITY,
            link: link.clone(),
        };
        storage.write(Unit::Upkeep(unit)).await.unwrap();
    }
    assert_eq!(storage.links(COMMUNITY).await.unwrap(), [last.clone(), other]);
    let forget = UpkeepUnit::ForgetLinks {
        community: COMMUNITY,
        urls: vec!["https://b.example/".to_owned()],
    };
    storage.write(Unit::Upkeep(forget)).await.unwrap();
    assert_eq!(storage.links(COMMUNITY).await.unwrap(), [last]);
}

/// A question with its answer, in one commit.
async fn answered(storage: &dyn Storage, number: u128, question: &str, for_owners: bool) {
    let seq = given::accepted(storage, number).await;
    let asked = NewMessage {
        author: Author::Identity {
            id: IdentityId(Uuid::from_u128(1)),
        },
        conversation: Some(CONVERSATION),
        ..given::message(number + 100, question)
    };
    let answer = NewMessage {
        reply_to: Some(asked.id),
        cites: vec![(EntryId::from("rye"), 3)],
        ..given::message(number + 200, "At nine.")
    };
    let mut commit = given::commit(seq);
    commit.messages = vec![asked, answer];
    commit.for_owners = for_owners;
    storage.write(Unit::Commit(Box::new(commit))).await.unwrap();
}

/// Whoever said it takes it back.
async fn taken_back(storage: &dyn Storage, number: u128, message: MessageId) {
    let seq = given::accepted(storage, number).await;
    let mut commit = given::commit(seq);
    commit.changed_messages = vec![given::taken_back(message)];
    storage.write(Unit::Commit(Box::new(commit))).await.unwrap();
}

/// It was overheard, and nothing was sure enough to be said.
async fn overheard(storage: &dyn Storage, number: u128, question: &str) {
    let seq = given::accepted(storage, number).await;
    let mut commit = given::commit(seq);
    commit.messages = vec![given::message(number + 100, question)];
    storage.write(Unit::Commit(Box::new(commit))).await.unwrap();
    let asked = Asked {
        message: MessageId(Uuid::from_u128(number + 100)),
        overheard: true,
        answer: None,
        ..judged::asked(number)
    };
    judged::ask(storage, asked).await;
}

pub async fn questions_are_put_again_that_others_may_hear(storage: &dyn Storage) {
    answered(storage, 10, "When do you bake?", false).await;
    answered(storage, 11, "Which key signs plugins?", true).await;
    let missed = Unanswered {
        at: Timestamp::from_millis(START.as_millis() - 1),
        ..given::unanswered("Who feeds the sourdough?")
    };
    // It was answered, and that did not help: it is one question still.
    let refused = Unanswered {
        missed: Missed::NotIt,
        reason: "not it: rye rev 3".to_owned(),
        place: Some(PLACE),
        message: Some(MessageId(Uuid::from_u128(110))),
        ..given::unanswered("When do you bake?")
    };
    let [missed, refused] = [missed, refused].map(KnowledgeUnit::Unanswered);
    let helped = KnowledgeUnit::Feedback(Feedback {
        community: COMMUNITY,
        entry: EntryId::from("rye"),
        revision: 3,
        message: MessageId(Uuid::from_u128(210)),
        conversation: None,
        identity: None,
        helpful: true,
        asked: Some(MessageId(Uuid::from_u128(110))),
        at: START,
    });
    let units = [missed, refused, helped].map(Unit::Knowledge);
    storage.write(Unit::All(units.into())).await.unwrap();
    overheard(storage, 12, "Is rye any good?").await;
    let day_before = Timestamp::from_millis(START.as_millis() - 86_400_000);
    let asked = storage.asked_before(COMMUNITY, day_before, 10).await.unwrap();
    let questions: Vec<_> = asked
        .iter()
        .map(|asked| (asked.question.as_str(), asked.place))
        .collect();
    assert_eq!(
        questions,
        [
            ("Is rye any good?", Some(PLACE)),
            ("When do you bake?", Some(PLACE)),
            ("Who feeds the sourdough?", None)
        ]
    );
    let overheard: Vec<_> = asked.iter().map(|asked| asked.overheard).collect();
    assert_eq!(overheard, [true, false, false]);
    let asked = &asked[1..];
    assert_eq!(asked[0].audience, given::place().audience);
    assert_eq!(asked[0].scope, given::place().native.scope.as_str());
    assert!(asked[0].private, "it was asked in a chat of two");
    let conversations: Vec<_> = asked.iter().map(|asked| asked.conversation).collect();
    assert_eq!(conversations, [Some(CONVERSATION), None]);
    // Of a place that nobody knows, nobody knows who could read along.
    assert_eq!((asked[1].audience, asked[1].private), (Audience::Public, true));
    let lately = storage.asked_before(COMMUNITY, START, 10).await.unwrap();
    assert_eq!(lately.len(), 2);
    let said = SaidOf {
        question: "When do you bake?".to_owned(),
        entry: EntryId::from("rye"),
        helpful: true,
    };
    assert_eq!(storage.said_of_answers(COMMUNITY, 10).await.unwrap(), [said]);
    taken_back(storage, 13, MessageId(Uuid::from_u128(110))).await;
    assert_eq!(storage.said_of_answers(COMMUNITY, 10).await.unwrap(), []);
    let used = storage.entries_used(COMMUNITY).await.unwrap();
    assert_eq!(used.last, [(EntryId::from("rye"), START)]);
    assert_eq!(used.known_since, Some(START));
}
