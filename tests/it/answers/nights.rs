//! The work of the night: what becomes of questions, and that dying in the middle changes nothing.

use std::path::Path;
use std::sync::{Arc, Mutex};

use switchboard::clock::{Clock as _, TestClock};
use switchboard::knowledge::{Knowledge, Nightly};
use switchboard::model::cluster::{Cluster, ClusterEnd, ClusterState};
use switchboard::model::ids::{ClusterId, LinkCodeId, MessageId, Version};
use switchboard::model::{Content, Timestamp};
use switchboard::storage::clusters::{AskedQuestion, ClusterReads as _, ClusterUnit};
use switchboard::storage::core::CoreReads as _;
use switchboard::storage::knowledge::Missed;
use switchboard::storage::person::{CodeHash, LinkCode, PersonUnit};
use switchboard::storage::sqlite::{Moment, Options, Retention, SqliteStorage};
use switchboard::storage::unit::MessageChange;
use switchboard::storage::{Storage as _, Unit};
use switchboard::supervisor::Bell;

use super::night::{CAROL, CHAT, COMMUNITY, DORA, LOUNGE, NEWEST, Night, days, who};
use crate::storage::given;

#[tokio::test]
async fn what_two_people_ask_is_one_cluster_however_often_the_night_comes() {
    let night = Night::new().await;
    night.asks(1, "Where can I park my car?").await;
    night.asks(1, "where do i park").await;
    night.run().await;
    assert!(night.clusters().await.is_empty(), "one person alone is shown to nobody");
    night.asks(2, "where can i park the car").await;
    for _ in 0..3 {
        night.run().await;
        assert_eq!(night.stands().await, (ClusterState::New, 2, 3));
    }
    night.asks(3, "Where can I park?").await;
    night.run().await;
    assert_eq!(night.stands().await, (ClusterState::New, 3, 4));
}

#[tokio::test]
async fn who_is_linked_counts_as_one() {
    let night = Night::new().await;
    for number in [1, 2] {
        night.asks(number, "Where can I park my car?").await;
    }
    let code = LinkCodeId(night.clock.id());
    let shown = LinkCode {
        id: code,
        community: COMMUNITY,
        identity: who(1),
        place: CHAT,
        message: MessageId(night.clock.id()),
        expires: night.clock.now() + days(1),
        entered_by: Some(who(2)),
    };
    let units = vec![
        PersonUnit::Code {
            code: shown,
            hash: CodeHash([0; 32]),
        },
        PersonUnit::Link {
            code,
            by: who(2),
            linked_before: Vec::new(),
            person: switchboard::model::ids::PersonId(night.clock.id()),
            at: night.clock.now(),
        },
    ];
    let units = units.into_iter().map(Unit::Person).collect();
    night.storage.write(Unit::All(units)).await.unwrap();
    night.run().await;
    assert!(night.clusters().await.is_empty(), "one person with two accounts");
    night.asks(3, "where can i park my car").await;
    night.run().await;
    assert_eq!(night.stands().await, (ClusterState::New, 2, 3));
}

#[tokio::test]
async fn what_a_person_answered_is_found_once() {
    let night = Night::new().await;
    let said = vec![
        night.alice("Hello!"),
        night.alice("Where can I park my car?"),
        night.staff("Behind the hall."),
    ];
    let asked = said[1].id;
    let id = night.talks(LOUNGE, said).await;
    night.asks(2, "where can i park my car").await;
    for _ in 0..2 {
        night.run().await;
        assert_eq!(night.stands().await, (ClusterState::New, 2, 2));
    }
    let found = night.cluster().await.counted.cluster.id;
    let questions = night.storage.cluster_questions(found, 10).await.unwrap();
    let by_people: Vec<_> = questions
        .iter()
        .filter(|question| question.missed == Missed::ByPeople)
        .map(|question| (question.message, question.conversation))
        .collect();
    assert_eq!(by_people, [(Some(asked), Some(id))]);
}

#[tokio::test]
async fn suggestions_that_nobody_takes_within_a_day_are_a_question_without_an_answer() {
    let night = Night::new().await;
    let first = night.is_offered(1, "Where can I park my car?", Vec::new()).await;
    night.is_offered(2, "where can i park my car", Vec::new()).await;
    night.run().await;
    assert_eq!(
        night.knowledge.questions_alone(COMMUNITY).await.unwrap().0,
        0,
        "they may still press one"
    );
    night.clock.advance(days(1));
    for _ in 0..2 {
        night.run().await;
        assert_eq!(night.stands().await, (ClusterState::New, 2, 2));
    }
    let id = night.cluster().await.counted.cluster.id;
    let questions = night.storage.cluster_questions(id, 10).await.unwrap();
    let asked = questions
        .iter()
        .find(|question| question.message == Some(first))
        .unwrap();
    assert_eq!(
        (asked.missed, asked.reason.as_str()),
        (Missed::Untaken, "hours was the nearest")
    );
    // One that was taken back since is gone.
    let change = Unit::Message(given::taken_back(first));
    night.storage.write(change).await.unwrap();
    night.run().await;
    assert!(night.clusters().await.is_empty(), "one person alone is left");
}

#[tokio::test]
async fn what_somebody_took_or_staff_answered_is_no_suggestion_that_nobody_took() {
    let night = Night::new().await;
    night
        .is_offered(1, "Where can I park my car?", vec![night.pressed()])
        .await;
    let text = "May I bring my dog to the party?";
    night.is_offered(1, text, vec![night.staff("Yes, of course.")]).await;
    let taken_back = night.is_offered(1, "Wie komme ich zum Bahnhof?", Vec::new()).await;
    let change = Unit::Message(given::taken_back(taken_back));
    night.storage.write(change).await.unwrap();
    night.clock.advance(days(2));
    night.run().await;
    let open = night.storage.questions_open(COMMUNITY, Timestamp::default(), 10).await;
    let open: Vec<_> = open
        .unwrap()
        .into_iter()
        .map(|asked| (asked.question, asked.missed))
        .collect();
    assert_eq!(open, [(text.to_owned(), Missed::ByPeople)]);
}

#[tokio::test]
async fn a_question_that_is_taken_back_or_said_differently_is_not_kept_as_it_was() {
    let night = Night::new().await;
    let said = vec![night.alice("Where can I park my car?"), night.staff("Behind the hall.")];
    let asked = said[0].id;
    night.talks(LOUNGE, said).await;
    night.asks(2, "where can i park my car").await;
    night.asks(3, "where can i park the car").await;
    night.run().await;
    assert_eq!(night.stands().await.1, 3);
    let change = |content| {
        Unit::Message(MessageChange {
            message: asked,
            content,
            removed: None,
            buttons: None,
            at: night.clock.now(),
        })
    };
    let edited = Content::plain("May I bring my dog to the party?");
    night.storage.write(change(Some(edited))).await.unwrap();
    night.run().await;
    assert_eq!(night.stands().await.1, 2, "it is another question now");
    let open = night
        .storage
        .questions_open(COMMUNITY, Timestamp::default(), 10)
        .await
        .unwrap();
    assert!(
        open.iter().any(|question| question.question.contains("dog")),
        "{open:?}"
    );
    night.storage.write(change(None)).await.unwrap();
    let open = night
        .storage
        .questions_open(COMMUNITY, Timestamp::default(), 10)
        .await
        .unwrap();
    assert_eq!(open.len(), 2, "{open:?}");
    night.run().await;
    let again = night
        .storage
        .questions_open(COMMUNITY, Timestamp::default(), 10)
        .await
        .unwrap();
    assert_eq!(again.len(), 2, "what was taken back is not found again");
}

#[tokio::test]
async fn a_settled_question_that_its_asker_says_differently_is_looked_at_anew() {
    let night = Night::new().await;
    let asked = night.alice("Where can I park my car today?");
    let id = asked.id;
    let said = vec![asked, night.staff("Behind the hall.")];
    night.talks(LOUNGE, said).await;
    night.asks(2, "where can i park my car").await;
    night.run().await;
    let row = night.cluster().await.counted.cluster;
    let close = night.knowledge.close(COMMUNITY, (row.id, row.version), CAROL);
    close.await.unwrap();
    assert_eq!(night.knowledge.questions_alone(COMMUNITY).await.unwrap().0, 0);
    let edited = MessageChange {
        message: id,
        content: Some(Content::plain("May I bring my dog to the party?")),
        removed: None,
        buttons: None,
        at: night.clock.now(),
    };
    night.storage.write(Unit::Message(edited)).await.unwrap();
    assert_eq!(night.knowledge.questions_alone(COMMUNITY).await.unwrap().0, 1);
}

#[tokio::test]
async fn an_answer_that_helps_closes_its_questions_after_two_weeks() {
    let night = Night::new().await;
    for number in [1, 2] {
        night.asks(number, "Where can I park my car?").await;
    }
    night.run().await;
    night.publish().await;
    assert!(matches!(night.stands().await.0, ClusterState::Published { .. }));
    night.clock.advance(days(1));
    night.run().await;
    let ClusterState::Watching { before, .. } = night.stands().await.0 else {
        panic!("it is watched");
    };
    assert_eq!(before, 2);
    night.asks(3, "where can i park the car").await;
    night.clock.advance(days(12));
    night.run().await;
    assert!(
        matches!(night.stands().await.0, ClusterState::Watching { .. }),
        "not before the time"
    );
    night.clock.advance(days(1));
    night.run().await;
    assert!(night.clusters().await.is_empty());
    let closed = night.knowledge.clusters(COMMUNITY, true, (0, 10)).await.unwrap();
    let ClusterState::Closed {
        how: ClusterEnd::Answered { entry, before, after },
    } = &closed[0].counted.cluster.state
    else {
        panic!("it helped");
    };
    assert_eq!((before, after), (&2, &1));
    assert!(
        entry.as_str() == "where-can-i-park-my-car",
        "nobody named it, so its question does: {entry}"
    );
    // Whoever asks from now on begins anew.
    for number in [1, 2] {
        night.asks(number, "Where can I park my car?").await;
    }
    night.run().await;
    assert_eq!(night.stands().await, (ClusterState::New, 2, 2));
    assert_eq!(night.told().await, 0);
}

#[tokio::test]
async fn an_answer_that_does_not_help_opens_its_questions_again_and_owners_are_told_once() {
    let night = Night::new().await;
    night.owner().await;
    for number in [1, 2, 3] {
        night.asks(number, "Where can I park my car?").await;
    }
    night.run().await;
    let id = night.cluster().await.counted.cluster.id;
    let version = night.cluster().await.counted.cluster.version;
    let due = Some("2026-09-30".to_owned());
    let assigned = night
        .knowledge
        .assign(COMMUNITY, (id, version), Some(DORA), due, CAROL)
        .await;
    assigned.unwrap();
    night.publish().await;
    for number in [1, 2] {
        night.asks(number, "where can i park the car").await;
    }
    // Also where the program was down for all that time.
    night.clock.advance(days(20));
    for _ in 0..2 {
        night.run().await;
        let found = night.cluster().await.counted.cluster;
        assert_eq!(
            (found.state, found.reopened, found.owner, found.due),
            (ClusterState::New, 1, Some(DORA), None)
        );
        assert_eq!(night.told().await, 1);
    }
    assert_eq!(
        night.storage.loop_waiting(COMMUNITY, DORA).await.unwrap(),
        1,
        "staff see it, too"
    );
}

#[tokio::test]
async fn what_is_settled_stays_so_and_is_no_work_any_more() {
    let night = Night::new().await;
    for number in [1, 2] {
        night.asks(number, "Where can I park my car?").await;
    }
    night.run().await;
    let row = night.cluster().await.counted.cluster;
    night
        .knowledge
        .close(COMMUNITY, (row.id, row.version), CAROL)
        .await
        .unwrap();
    night.run().await;
    assert!(night.clusters().await.is_empty());
    assert_eq!(night.knowledge.questions_alone(COMMUNITY).await.unwrap().0, 0);
    let again = night.knowledge.close(COMMUNITY, (row.id, row.version), CAROL).await;
    assert!(again.is_err(), "it is closed already");
}

#[tokio::test]
async fn whoever_asks_what_is_settled_comes_to_it_and_it_stays_settled_until_it_is_opened_again() {
    let night = Night::new().await;
    for number in [1, 2] {
        night.asks(number, "Where can I park my car?").await;
    }
    night.run().await;
    let row = night.cluster().await.counted.cluster;
    let close = night.knowledge.close(COMMUNITY, (row.id, row.version), CAROL);
    close.await.unwrap();
    // Also where what was settled was asked long ago.
    night.clock.advance(days(100));
    night.asks(3, "Where can I park my car?").await;
    night.asks(1, "where can i park the car").await;
    night.asks(2, "May I bring my dog to the party?").await;
    for _ in 0..2 {
        night.run().await;
        assert!(night.clusters().await.is_empty(), "nothing is open");
        assert_eq!(
            night.knowledge.questions_alone(COMMUNITY).await.unwrap().0,
            1,
            "the dog alone"
        );
        let closed = night.knowledge.clusters(COMMUNITY, true, (0, 10)).await.unwrap();
        let counts: Vec<_> = closed
            .iter()
            .map(|shown| (shown.counted.cluster.id, shown.counted.people, shown.counted.times))
            .collect();
        assert_eq!(counts, [(row.id, 3, 4)]);
        assert!(closed[0].counted.cluster.is_settled());
    }
    let version = night.storage.cluster(row.id).await.unwrap().unwrap().cluster.version;
    let opened = night.knowledge.open_again(COMMUNITY, (row.id, version), CAROL);
    opened.await.unwrap();
    assert_eq!(night.stands().await, (ClusterState::New, 3, 4));
    let again = night.knowledge.open_again(COMMUNITY, (row.id, version), CAROL).await;
    assert!(again.is_err(), "it is open already");
    // What comes now is open, too.
    night.asks(2, "Where can I park my car?").await;
    night.run().await;
    assert_eq!(night.stands().await, (ClusterState::New, 3, 5));
    let open = night.storage.questions_open(COMMUNITY, Timestamp::default(), 10).await;
    assert_eq!(open.unwrap().len(), 6);
}

#[tokio::test]
async fn what_is_open_in_the_same_words_comes_before_what_was_settled() {
    let night = Night::new().await;
    for number in [1, 2] {
        night.asks(number, "Where can I park my car?").await;
    }
    night.run().await;
    let settled = night.cluster().await.counted.cluster;
    let close = night.knowledge.close(COMMUNITY, (settled.id, settled.version), CAROL);
    close.await.unwrap();
    // As an earlier release left it: a second cluster of the same words, which is open.
    for number in [1, 2] {
        night.asks(number, "Where can I park my car?").await;
    }
    let asked = night.storage.questions_open(COMMUNITY, Timestamp::default(), 10).await;
    let asked = asked.unwrap();
    let second = Cluster {
        id: ClusterId(night.clock.id()),
        asked: asked[0].seq,
        state: ClusterState::New,
        version: Version(1),
        ..settled
    };
    let make = ClusterUnit::Make {
        cluster: Box::new(second),
        questions: asked.iter().map(AskedQuestion::reference).collect(),
    };
    night.storage.write(Unit::Cluster(make)).await.unwrap();
    night.asks(3, "Where can I park my car?").await;
    night.run().await;
    assert_eq!(night.stands().await, (ClusterState::New, 3, 3));
}

#[tokio::test]
async fn old_questions_are_forgotten_with_the_messages() {
    let night = Night::new().await;
    for number in [1, 2] {
        night.asks(number, "Where can I park my car?").await;
    }
    night.run().await;
    let row = night.cluster().await.counted.cluster;
    night
        .knowledge
        .close(COMMUNITY, (row.id, row.version), CAROL)
        .await
        .unwrap();
    night.clock.advance(days(400));
    night.asks(3, "May I bring my dog?").await;
    night.storage.forget(&Retention::default()).await.unwrap();
    assert!(night.storage.cluster_questions(row.id, 10).await.unwrap().is_empty());
    assert_eq!(night.storage.cluster(row.id).await.unwrap(), None);
    let open = night
        .storage
        .questions_open(COMMUNITY, Timestamp::default(), 10)
        .await
        .unwrap();
    assert_eq!(open.len(), 1);
}

/// All that the night writes, in an order that does not hang on numbers that are given out.
async fn written(path: &Path, clock: &Arc<TestClock>, run: bool) -> Vec<String> {
    let storage = SqliteStorage::open(&path.join("switchboard.db"), &Options::for_testing(), clock.clone()).unwrap();
    if run {
        let knowledge = Knowledge::new(storage.clone(), clock.clone());
        Nightly::new(knowledge, Bell::default()).run().await.unwrap();
    }
    let mut lines = Vec::new();
    for closed in [false, true] {
        let knowledge = Knowledge::new(storage.clone(), clock.clone());
        for found in knowledge.clusters(COMMUNITY, closed, (0, 100)).await.unwrap() {
            let row = &found.counted;
            let state = row.cluster.state.kind();
            lines.push(format!(
                "{:?} {state:?} {} {} {}",
                found.question, row.people, row.times, row.cluster.reopened
            ));
        }
    }
    let open = storage
        .questions_open(COMMUNITY, Timestamp::default(), 1_000)
        .await
        .unwrap();
    lines.extend(
        open.iter()
            .map(|question| format!("{} {:?}", question.question, question.missed)),
    );
    let events = storage.events(Some(COMMUNITY), NEWEST, None).await.unwrap();
    lines.extend(events.iter().map(|(event, _)| event.new.event.body.kind().to_owned()));
    storage.close().await;
    lines.sort();
    lines
}

#[tokio::test]
async fn a_night_that_dies_after_any_write_loses_nothing_and_doubles_nothing() {
    let copies = tempfile::tempdir().unwrap();
    let from = Arc::new(Mutex::new(None::<std::path::PathBuf>));
    let count = Arc::new(Mutex::new(0_usize));
    let (to, at, made) = (copies.path().to_owned(), from.clone(), count.clone());
    // What lies on the disk behind each commit is what a death right after it leaves.
    let options = Options {
        at_moment: Some(Arc::new(move |moment| {
            let Some(folder) = at.lock().unwrap().clone().filter(|_| moment == Moment::Committed) else {
                return;
            };
            let mut made = made.lock().unwrap();
            *made += 1;
            let copy = to.join(made.to_string());
            std::fs::create_dir_all(&copy).unwrap();
            for name in ["switchboard.db", "switchboard.db-wal"] {
                std::fs::copy(folder.join(name), copy.join(name)).unwrap();
            }
        })),
        ..Options::for_testing()
    };
    let night = Night::begin(&options).await;
    night.owner().await;
    for number in [1, 2] {
        night.asks(number, "Where can I park my car?").await;
    }
    night.run().await;
    night.publish().await;
    for number in [1, 2] {
        night.asks(number, "where can i park the car").await;
        night.asks(number, "May I bring my dog?").await;
        night.asks(number, "Wie komme ich zum Bahnhof?").await;
    }
    let said = vec![
        night.alice("Where can I leave my coat tonight?"),
        night.staff("At the door."),
    ];
    night.talks(LOUNGE, said).await;
    night.asks(2, "where can i leave my coat").await;
    for number in [1, 2] {
        night.is_offered(number, "Is there anything to eat?", Vec::new()).await;
    }
    night.clock.advance(days(20));

    *from.lock().unwrap() = Some(night.folder.path().to_owned());
    night.run().await;
    *from.lock().unwrap() = None;
    night.storage.close().await;
    let expected = written(night.folder.path(), &night.clock, false).await;
    assert!(expected.iter().any(|line| line.contains("New 2 4 1")), "{expected:#?}");
    let untaken = expected.iter().filter(|line| line.ends_with("Untaken"));
    assert_eq!(untaken.count(), 2, "{expected:#?}");
    let deaths = *count.lock().unwrap();
    assert!(deaths >= 6, "{deaths} commits");
    for death in 1..=deaths {
        let path = copies.path().join(death.to_string());
        assert_eq!(
            written(&path, &night.clock, true).await,
            expected,
            "died after commit {death}"
        );
    }
    assert_eq!(
        written(night.folder.path(), &night.clock, true).await,
        expected,
        "once more"
    );
}
