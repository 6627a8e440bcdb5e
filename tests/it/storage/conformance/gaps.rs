//! Questions without a good answer, which of them mean the same, and drafts.

use std::time::Duration;

use switchboard::model::action::Author;
use switchboard::model::cluster::{Cluster, ClusterEnd, ClusterState};
use switchboard::model::draft::{Consent, Draft, Words};
use switchboard::model::entry::Entry;
use switchboard::model::ids::{
    AccountId, ClusterId, ConversationId, DraftId, IdentityId, MessageId, MessageSeq, Version,
};
use switchboard::storage::clusters::{AskedQuestion, ClusterUnit};
use switchboard::storage::drafts::DraftUnit;
use switchboard::storage::knowledge::{KnowledgeUnit, Missed, Unanswered};
use switchboard::storage::unit::NewMessage;
use switchboard::storage::{Storage, Unit};
use uuid::Uuid;

use super::NEWEST;
use crate::storage::START;
use crate::storage::given::{self, COMMUNITY, PLACE};

const ANN: AccountId = AccountId(Uuid::from_u128(50));
const CLUSTER: ClusterId = ClusterId(Uuid::from_u128(51));
const DRAFT: DraftId = DraftId(Uuid::from_u128(52));

fn question(number: u128) -> Unanswered {
    Unanswered {
        place: Some(PLACE),
        identity: Some(IdentityId(Uuid::from_u128(number))),
        message: Some(MessageId(Uuid::from_u128(number))),
        at: START + Duration::from_secs(1),
        ..given::unanswered(&format!("question {number}"))
    }
}

async fn asked(storage: &dyn Storage, questions: impl IntoIterator<Item = Unanswered>) {
    let units = questions.into_iter();
    let units = units.map(|question| Unit::Knowledge(KnowledgeUnit::Unanswered(question)));
    storage.write(Unit::All(units.collect())).await.unwrap();
}

async fn open(storage: &dyn Storage) -> Vec<AskedQuestion> {
    storage.questions_open(COMMUNITY, START, 10).await.unwrap()
}

fn cluster(asked: i64) -> Cluster {
    Cluster {
        id: CLUSTER,
        community: COMMUNITY,
        asked,
        state: ClusterState::New,
        reopened: 0,
        owner: None,
        due: None,
        version: Version(1),
        made_at: START,
        changed_at: START,
    }
}

pub async fn a_question_is_kept_once_for_its_message(storage: &dyn Storage) {
    let again = Unanswered {
        missed: Missed::NotIt,
        ..question(10)
    };
    let elsewhere = Unanswered {
        message: None,
        ..question(10)
    };
    asked(storage, [question(10), question(11), again, elsewhere]).await;
    let kept = open(storage).await;
    let messages: Vec<_> = kept.iter().filter_map(|question| question.message).collect();
    assert_eq!(messages, [11, 10].map(|number| MessageId(Uuid::from_u128(number))));
    assert_eq!(kept.len(), 3, "one that names no message is another: {kept:#?}");
}

pub async fn messages_are_looked_through_from_where_they_were(storage: &dyn Storage) {
    let looked = |from, to| {
        Unit::Cluster(ClusterUnit::Looked {
            community: COMMUNITY,
            from: MessageSeq(from),
            to: MessageSeq(to),
            found: vec![question(10)],
            at: START,
        })
    };
    storage.write(looked(0, 5)).await.unwrap();
    given::assert_conflict(storage.write(looked(0, 7)).await);
    storage.write(looked(5, 7)).await.unwrap();
    assert_eq!(storage.looked(COMMUNITY).await.unwrap(), (MessageSeq(7), Some(START)));
    assert_eq!(open(storage).await.len(), 1);
}

pub async fn messages_are_passed_over_in_bounded_stretches_whatever_they_say(storage: &dyn Storage) {
    let seq = given::accepted(storage, 10).await;
    let mut commit = given::commit(seq);
    let later = |number, hours| NewMessage {
        at: START + Duration::from_hours(hours),
        ..given::message(number, "a post that nobody asked for")
    };
    commit.messages = (0..4)
        .map(|number| later(20 + number, u64::try_from(number).unwrap()))
        .collect();
    storage.write(Unit::Commit(Box::new(commit))).await.unwrap();
    let said = async |after, hours| {
        let since = START + Duration::from_hours(hours);
        let said = storage
            .people_said(COMMUNITY, MessageSeq(after), since, 2)
            .await
            .unwrap();
        assert_eq!(said.conversations, []);
        (said.to.0, said.more)
    };
    assert_eq!(said(0, 0).await, (2, true));
    assert_eq!(said(2, 0).await, (4, true));
    assert_eq!(said(4, 0).await, (4, false));
    assert_eq!(said(0, 3).await, (4, false), "what is too old is not looked at");
    assert_eq!(said(3, 1).await, (4, false), "nothing is looked at twice");
    assert_eq!(
        said(0, 9).await,
        (4, false),
        "where all is too old, nothing is looked at"
    );
}

pub async fn questions_alone_are_those_that_are_looked_at(storage: &dyn Storage) {
    let old = Unanswered {
        at: START,
        ..question(10)
    };
    asked(storage, [old, question(11)]).await;
    let alone = async |since| storage.questions_alone(COMMUNITY, since).await.unwrap();
    assert_eq!(alone(START).await, 2);
    assert_eq!(alone(START + Duration::from_millis(1)).await, 1);
}

pub async fn a_question_is_in_one_cluster_and_none_comes_to_a_closed_one(storage: &dyn Storage) {
    asked(storage, [question(10), question(11), question(12)]).await;
    let questions: Vec<_> = open(storage).await.iter().map(AskedQuestion::reference).collect();
    let (third, second, first) = (questions[0], questions[1], questions[2]);
    let make = |id: ClusterId, questions| {
        let cluster = Cluster { id, ..cluster(first.0) };
        Unit::Cluster(ClusterUnit::Make {
            cluster: Box::new(cluster),
            questions,
        })
    };
    // A number that was given out again is another question.
    let moved = (third.0, third.1 + Duration::from_secs(1));
    storage.write(make(CLUSTER, vec![first, second, moved])).await.unwrap();
    let other = ClusterId(Uuid::from_u128(60));
    storage.write(make(other, vec![second])).await.unwrap();
    let counted = storage.cluster(CLUSTER).await.unwrap().unwrap();
    assert_eq!((counted.people, counted.times), (2, 2));
    assert_eq!(storage.cluster(other).await.unwrap().unwrap().times, 0);
    let of = async |number| {
        let message = MessageId(Uuid::from_u128(number));
        storage.cluster_of_question(message).await.unwrap()
    };
    assert_eq!([of(10).await, of(12).await, of(99).await], [Some(CLUSTER), None, None]);
    assert_eq!(storage.questions_alone(COMMUNITY, START).await.unwrap(), 1);

    let close = |id: ClusterId, first: i64, how: ClusterEnd| {
        let cluster = Cluster { id, ..cluster(first) };
        Unit::Cluster(ClusterUnit::Change {
            before: Version(1),
            after: Box::new(cluster.become_state(ClusterState::Closed { how }, START).unwrap()),
            by: Some(ANN),
        })
    };
    let join = |cluster, question| {
        let questions = vec![question];
        Unit::Cluster(ClusterUnit::Join { cluster, questions })
    };
    let answered = || ClusterEnd::Answered {
        entry: "park".into(),
        before: 2,
        after: 0,
    };
    storage.write(close(CLUSTER, first.0, answered())).await.unwrap();
    given::assert_conflict(storage.write(close(CLUSTER, first.0, answered())).await);
    storage.write(join(CLUSTER, third)).await.unwrap();
    let left: Vec<_> = open(storage).await.iter().map(AskedQuestion::reference).collect();
    assert_eq!(
        left,
        [third],
        "those of the closed one are settled, and the third came to none"
    );

    // What somebody has settled takes more, and is known by what was settled alone.
    let settled = ClusterId(Uuid::from_u128(61));
    storage.write(make(settled, vec![third])).await.unwrap();
    storage
        .write(close(settled, third.0, ClusterEnd::Settled))
        .await
        .unwrap();
    asked(storage, [question(13)]).await;
    let more = open(storage).await[0].reference();
    storage.write(join(settled, more)).await.unwrap();
    assert!(open(storage).await.is_empty());
    assert_eq!(storage.cluster(settled).await.unwrap().unwrap().times, 2);
    let known = storage.questions_settled(COMMUNITY, 12, 100).await.unwrap();
    let known: Vec<_> = known.iter().map(AskedQuestion::reference).collect();
    assert_eq!(known, [third]);
    assert_eq!(storage.questions_settled(COMMUNITY, 0, 100).await.unwrap(), []);
}

fn draft() -> Draft {
    let entry: Entry = serde_json::from_str(r#"{"id":"park","question":"Where?","answer":{"full":"There."}}"#).unwrap();
    Draft {
        id: DRAFT,
        community: COMMUNITY,
        entry,
        made_by: ANN,
        made_at: START,
        edited_by: ANN,
        changed_at: START,
        words: None,
        fixes: None,
        quoted: Vec::new(),
        cluster: None,
        conversation: None,
        published: None,
        version: Version(1),
    }
}

pub async fn a_draft_is_changed_by_who_has_seen_it_and_never_after_it_was_published(storage: &dyn Storage) {
    storage
        .write(Unit::Draft(DraftUnit::Insert(Box::new(draft()))))
        .await
        .unwrap();
    let change = |before: u32, published| {
        let after = Draft {
            version: Version(before + 1),
            published,
            ..draft()
        };
        Unit::Draft(DraftUnit::Change {
            before: Version(before),
            after: Box::new(after),
        })
    };
    let dropped = |before| {
        Unit::Draft(DraftUnit::Drop {
            id: DRAFT,
            before: Version(before),
        })
    };
    storage.write(change(1, None)).await.unwrap();
    given::assert_conflict(storage.write(change(1, None)).await);
    given::assert_conflict(storage.write(dropped(1)).await);
    assert_eq!(storage.drafts(COMMUNITY, NEWEST).await.unwrap().len(), 1);
    storage.write(change(2, Some((ANN, START)))).await.unwrap();
    given::assert_conflict(storage.write(change(3, None)).await);
    given::assert_conflict(storage.write(dropped(3)).await);
    assert!(storage.drafts(COMMUNITY, NEWEST).await.unwrap().is_empty());
    let published = storage.draft(DRAFT).await.unwrap().unwrap();
    assert_eq!(published.published, Some((ANN, START)));
}

pub async fn words_are_found_in_their_draft_and_a_no_to_them_without_one(storage: &dyn Storage) {
    let conversation = ConversationId(Uuid::from_u128(70));
    let message = |number| MessageId(Uuid::from_u128(number));
    let made = Draft {
        words: Some(Words {
            author: Author::Host,
            message: message(80),
            messages: vec![message(80), message(81)],
            said: "There.".to_owned(),
            consent: Consent::Refused,
        }),
        conversation: Some(conversation),
        ..draft()
    };
    let published = Draft {
        published: Some((ANN, START)),
        version: Version(2),
        ..made.clone()
    };
    storage
        .write(Unit::Draft(DraftUnit::Insert(Box::new(made.clone()))))
        .await
        .unwrap();
    let found = async |number| {
        let found = storage.draft_of_words(COMMUNITY, conversation, message(number)).await;
        found.unwrap()
    };
    assert_eq!(found(81).await, Some(made));
    assert_eq!(found(82).await, None);
    let change = DraftUnit::Change {
        before: Version(1),
        after: Box::new(published.clone()),
    };
    storage.write(Unit::Draft(change)).await.unwrap();
    assert_eq!(found(80).await, Some(published), "also once it is published");

    let refused = || {
        Unit::Draft(DraftUnit::Refused {
            messages: vec![message(80), message(81)],
            at: START,
        })
    };
    for _ in 0..2 {
        storage.write(refused()).await.unwrap();
        assert!(storage.is_refused(&[message(79), message(81)]).await.unwrap());
        assert!(!storage.is_refused(&[message(79)]).await.unwrap());
    }
}
