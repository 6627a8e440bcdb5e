//! What a draft holds, and who may publish it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use switchboard::clock::{Clock, TestClock};
use switchboard::knowledge::drafts::{DraftError, Refusal};
use switchboard::knowledge::{ClusterError, Knowledge};
use switchboard::model::action::Author;
use switchboard::model::cluster::ClusterState;
use switchboard::model::draft::Draft;
use switchboard::model::entry::{Entry, Visibility};
use switchboard::model::event::EventBody;
use switchboard::model::ids::{AccountId, CommunityId, EntryId};
use switchboard::model::{Content, Timestamp};
use switchboard::storage::core::CoreReads as _;
use switchboard::storage::drafts::DraftReads as _;
use switchboard::storage::knowledge::KnowledgeReads as _;
use switchboard::storage::unit::MessageChange;
use switchboard::storage::{Storage as _, Unit, WriteError};
use uuid::Uuid;

use super::night::{BOB, CAROL, CHAT, COMMUNITY, DORA, LOUNGE, NEWEST, Night, days, who};

#[tokio::test]
async fn a_draft_of_questions_holds_what_a_person_said_where_others_read_it_and_nothing_else() {
    let night = Night::new().await;
    let mut bot = night.said(
        Author::Plugin {
            id: "switchboard/faq".into(),
        },
        "I don't know that: the bot's words.",
    );
    let said = vec![
        night.alice("Where can I park my car? Call me: +49 170 1234567"),
        night.said(Author::Host, "You are number 1 in line."),
        night.staff("Hi Alice, behind the hall. Ask Bob at bob@example.org."),
    ];
    bot.reply_to = Some(said[0].id);
    bot.buttons = vec![];
    bot.cites = vec![("parking".into(), 1)];
    let conversation = night.talks(LOUNGE, [said, vec![bot]].concat()).await;
    night.asks(2, "where can i park my car").await;
    night.asks_in(3, (CHAT, "where can i park my little secret car")).await;
    night.run().await;
    let id = night.cluster().await.counted.cluster.id;
    let draft = night
        .knowledge
        .draft_of_cluster(COMMUNITY, id, None, (DORA, "Dora"))
        .await
        .unwrap();
    assert_eq!(
        draft.entry.answer.full,
        "Hi [name], behind the hall. Ask Bob at [e-mail]."
    );
    assert_eq!(draft.conversation, Some(conversation));
    let texts = [vec![draft.entry.question.clone()], draft.entry.aliases.clone()]
        .concat()
        .join("\n");
    for secret in ["170", "secret", "bot's words", "number 1"] {
        assert!(
            !texts.contains(secret) && !draft.entry.answer.full.contains(secret),
            "{secret}: {draft:#?}"
        );
    }
    assert!(texts.contains("where can i park my car"), "{texts}");
    assert_eq!(draft.entry.visibility, Visibility::Public);
    // Her own words are published only once she has said yes.
    let refused = night.publish_as(BOB_ACCOUNT, (draft.id, draft.version)).await;
    assert!(
        matches!(refused, Err(DraftError::Refused(Refusal::Waits))),
        "{refused:?}"
    );
    assert!(night.storage.entries(COMMUNITY).await.unwrap().is_empty());
}

#[tokio::test]
async fn whoever_takes_part_is_named_in_no_question() {
    let night = Night::new().await;
    let mut carls = night.said(Author::Identity { id: who(3) }, "Behind the hall.");
    let asked = night.alice("Where can I park my car, Carl or Carol?");
    carls.reply_to = Some(asked.id);
    night.talks(LOUNGE, vec![asked, carls, night.staff("So it is.")]).await;
    night.asks(2, "where can i park my car").await;
    night.asks(3, "where can i park the car").await;
    night.run().await;
    let cluster = night.cluster().await;
    let id = cluster.counted.cluster.id;
    let wordings = night.knowledge.wordings(id, true, 30).await.unwrap().shown;
    let by = (DORA, "Dora");
    let draft = night.knowledge.draft_of_cluster(COMMUNITY, id, None, by).await.unwrap();
    let told = [
        format!("{:?} {:?}", cluster.question, cluster.read_by_others),
        format!("{wordings:?}"),
        night.knowledge.digest(COMMUNITY).await.unwrap().replace('\\', ""),
        format!("{:?} {:?}", draft.entry.question, draft.entry.aliases),
    ];
    for text in told {
        assert!(text.contains("my car, [name] or [name]?"), "{text}");
        assert!(!text.contains("Carl") && !text.contains("Carol"), "{text}");
    }
}

#[tokio::test]
async fn a_name_that_a_visitor_says_stands_nowhere_in_a_draft() {
    let night = Night::new().await;
    let said = vec![
        night.alice("Hi, my name is Joanna Miller. Where can I park my car?"),
        night.staff("Dear Joanna, behind the hall."),
    ];
    let answer = said[1].id;
    let conversation = night.talks(LOUNGE, said).await;
    night.run().await;
    let by = (DORA, "Dora");
    let made = night
        .knowledge
        .draft_of_conversation(COMMUNITY, conversation, answer, by);
    let draft = made.await.unwrap();
    assert_eq!(draft.entry.question, "Hi, my name is [name]. Where can I park my car?");
    assert_eq!(draft.entry.answer.full, "Dear [name], behind the hall.");
}

#[tokio::test]
async fn what_was_cut_is_masked_as_if_it_were_whole() {
    let night = Night::new().await;
    let links = "https://example.org/?token=aaaaaaaaaaaaaaaaaaaaa1 ".repeat(9);
    let text = format!("Where can I park my car? {links} So write to max.muster@example.org");
    let cut: String = text.chars().take(500).collect();
    assert!(cut.ends_with("max.muster@e"), "{cut}");
    let said = vec![night.alice(&text), night.staff("Behind the hall.")];
    let answer = said[1].id;
    let conversation = night.talks(LOUNGE, said).await;
    night.asks(2, &cut).await;
    night.run().await;
    let question = night.cluster().await.question.unwrap();
    let by = (DORA, "Dora");
    let drafted = night
        .knowledge
        .draft_of_conversation(COMMUNITY, conversation, answer, by)
        .await
        .unwrap();
    for text in [question, drafted.entry.question] {
        assert!(text.starts_with("Where can I park my car? [link]"), "{text}");
        assert!(!text.contains("max"), "{text}");
    }
}

#[tokio::test]
async fn a_draft_that_nobody_has_named_is_named_by_its_question_and_takes_no_name_of_another_entry() {
    let night = Night::new().await;
    let there: Entry = serde_json::from_str(
        r#"{"id":"where-can-i-park-my-car","question":"Is there a garage?","answer":{"full":"No."}}"#,
    )
    .unwrap();
    night.knowledge.put(COMMUNITY, there, None, None).await.unwrap();
    for number in [1, 2] {
        night.asks(number, "Where can I park my car?").await;
    }
    night.run().await;
    night.publish().await;
    let entries = night.storage.entries(COMMUNITY).await.unwrap();
    let named: Vec<_> = entries
        .iter()
        .map(|stored| (stored.entry.id.as_str(), stored.entry.answer.full.as_str()))
        .collect();
    assert_eq!(
        named,
        [
            ("where-can-i-park-my-car", "No."),
            ("where-can-i-park-my-car-2", "Behind the hall.")
        ]
    );
}

const BOB_ACCOUNT: AccountId = AccountId(Uuid::from_u128(203));

#[tokio::test]
async fn what_was_said_to_the_bot_alone_is_in_a_draft_by_the_word_of_staff_alone_and_for_staff_alone() {
    let night = Night::new().await;
    let said = vec![
        night.alice("Where can I park my car?"),
        night.staff("Behind the hall, Alice."),
    ];
    let answer = said[1].id;
    let conversation = night.talks(CHAT, said).await;
    night.asks(2, "where can i park my car").await;
    night.run().await;
    let id = night.cluster().await.counted.cluster.id;
    let by = (DORA, "Dora");
    let draft = night.knowledge.draft_of_cluster(COMMUNITY, id, None, by).await.unwrap();
    assert_eq!((draft.words, draft.entry.answer.full.as_str()), (None, ""));
    let drafted = night
        .knowledge
        .draft_of_conversation(COMMUNITY, conversation, answer, by)
        .await
        .unwrap();
    assert_eq!(drafted.entry.answer.full, "Behind the hall, [name].");
    assert_eq!(drafted.entry.visibility, Visibility::Staff);
    let again = night
        .knowledge
        .draft_of_conversation(COMMUNITY, conversation, answer, by)
        .await
        .unwrap();
    assert_eq!(again.id, drafted.id, "it is made once");
    let other = CommunityId(Uuid::from_u128(9));
    let elsewhere = night
        .knowledge
        .draft_of_conversation(other, conversation, answer, by)
        .await;
    assert!(matches!(elsewhere, Err(DraftError::Gone)), "{elsewhere:?}");
}

#[tokio::test]
async fn words_that_their_author_takes_back_are_in_no_draft_any_more() {
    let night = Night::new().await;
    let mut bobs = night.said(Author::Identity { id: BOB }, "Behind the hall, where the gate is.");
    let asked = night.alice("Where can I park my car?");
    bobs.reply_to = Some(asked.id);
    let answer = bobs.id;
    let conversation = night.talks(LOUNGE, vec![asked, bobs]).await;
    let by = (DORA, "Dora");
    let made = night
        .knowledge
        .draft_of_conversation(COMMUNITY, conversation, answer, by)
        .await
        .unwrap();
    let taken_back = Unit::Message(MessageChange {
        message: answer,
        content: None,
        removed: None,
        buttons: None,
        at: night.clock.now(),
    });
    night.storage.write(taken_back).await.unwrap();
    night.run().await;
    let stored = night.storage.draft(made.id).await.unwrap().unwrap();
    assert!(!format!("{stored:?}").contains("gate"), "{stored:#?}");
}

#[tokio::test]
async fn an_author_whom_nobody_asked_is_asked_at_night() {
    let night = Night::new().await;
    let mut bobs = night.said(Author::Identity { id: BOB }, "Behind the hall, where the gate is.");
    let asked = night.alice("Where can I park my car?");
    bobs.reply_to = Some(asked.id);
    let answer = bobs.id;
    let conversation = night.talks(LOUNGE, vec![asked, bobs]).await;
    let by = (DORA, "Dora");
    night
        .knowledge
        .draft_of_conversation(COMMUNITY, conversation, answer, by)
        .await
        .unwrap();
    let asked = async || {
        let events = night.storage.events(Some(COMMUNITY), NEWEST, None).await.unwrap();
        // Nobody on staff has wanted it just now, so it is nobody's act.
        let unasked = |body: &EventBody| matches!(body, EventBody::AuthorUnasked { .. });
        events
            .iter()
            .filter(|(event, _)| unasked(&event.new.event.body))
            .count()
    };
    night.run().await;
    assert_eq!(asked().await, 0, "somebody is about to ask them");
    night.clock.advance(Duration::from_hours(2));
    for _ in 0..2 {
        night.run().await;
        assert_eq!(asked().await, 1);
    }
    // That one failed: the next night makes good for it.
    night.clock.advance(Duration::from_hours(24));
    night.run().await;
    assert_eq!(asked().await, 2);
}

#[tokio::test]
async fn what_is_a_draft_already_is_the_draft_of_its_questions_too() {
    let night = Night::new().await;
    let mut bobs = night.said(Author::Identity { id: BOB }, "Behind the hall, where the gate is.");
    let asked = night.alice("Where can I park my car?");
    bobs.reply_to = Some(asked.id);
    let answer = bobs.id;
    let conversation = night.talks(LOUNGE, vec![asked, bobs]).await;
    night.asks(3, "where can i park my car").await;
    let by = (DORA, "Dora");
    let made = night
        .knowledge
        .draft_of_conversation(COMMUNITY, conversation, answer, by);
    let made = made.await.unwrap();
    night.run().await;
    let cluster = night.cluster().await.counted.cluster.id;
    // Whoever presses a second time finds the same.
    for _ in 0..2 {
        let draft = night.knowledge.draft_of_cluster(COMMUNITY, cluster, None, by);
        let draft = draft.await.unwrap();
        assert_eq!(
            (draft.id, draft.cluster, draft.words),
            (made.id, Some(cluster), made.words.clone())
        );
    }
    assert_eq!(night.storage.drafts(COMMUNITY, NEWEST).await.unwrap().len(), 1);
}

/// What a person answered among questions of two, made a draft of before the night or after it, thrown away or not, and published: how
/// the questions stand.
async fn answered_in_a_conversation(looked_before: bool) -> (Night, ClusterState) {
    let night = Night::new().await;
    let said = vec![night.alice("Where can I park my car?"), night.staff("Behind the hall.")];
    let answer = said[1].id;
    let conversation = night.talks(LOUNGE, said).await;
    night.asks(2, "where can i park my car").await;
    if looked_before {
        night.run().await;
    }
    let make = async || {
        let by = (CAROL, "Carol");
        let made = night
            .knowledge
            .draft_of_conversation(COMMUNITY, conversation, answer, by);
        made.await.unwrap()
    };
    let draft = make().await;
    let draft = if looked_before {
        let ClusterState::Drafted { draft: waits_for, .. } = night.stands().await.0 else {
            panic!("they wait for it");
        };
        assert_eq!(waits_for, draft.id);
        let dropped = night.knowledge.drop_draft(COMMUNITY, (draft.id, draft.version));
        dropped.await.unwrap();
        assert_eq!(night.stands().await.0, ClusterState::New, "as it was");
        make().await
    } else {
        night.run().await;
        assert_eq!(night.stands().await.0, ClusterState::New);
        draft
    };
    night.publish_as(DORA, (draft.id, draft.version)).await.unwrap();
    let stands = night.stands().await.0;
    let stored = night.storage.draft(draft.id).await.unwrap().unwrap();
    assert_eq!(stored.cluster, Some(night.cluster().await.counted.cluster.id));
    (night, stands)
}

#[tokio::test]
async fn what_was_answered_in_a_conversation_is_watched_for_all_who_ask_the_same() {
    for looked_before in [true, false] {
        let (night, stands) = answered_in_a_conversation(looked_before).await;
        assert!(matches!(stands, ClusterState::Published { .. }), "{stands:?}");
        night.clock.advance(days(1));
        night.run().await;
        assert!(matches!(
            night.stands().await.0,
            ClusterState::Watching { before: 2, .. }
        ));
        if looked_before {
            // They go on asking.
            night.asks(2, "where can i park my car").await;
            night.asks(3, "where can i park the car").await;
        }
        night.clock.advance(days(14));
        night.run().await;
        if looked_before {
            let row = night.cluster().await.counted.cluster;
            assert_eq!((row.state, row.reopened), (ClusterState::New, 1));
        } else {
            assert!(night.clusters().await.is_empty(), "it has helped");
        }
    }
}

#[tokio::test]
async fn questions_to_which_somebody_writes_an_answer_are_not_taken_from_them() {
    let night = Night::new().await;
    let said = vec![night.alice("Where can I park my car?"), night.staff("Behind the hall.")];
    let answer = said[1].id;
    let conversation = night.talks(LOUNGE, said).await;
    night.asks(2, "where can i park my car").await;
    night.run().await;
    let cluster = night.cluster().await.counted.cluster.id;
    let entry = r#"{"id":"parking","question":"Is there a car park?","answer":{"full":"Behind the hall."}}"#;
    let entry = serde_json::from_str(entry).unwrap();
    night.knowledge.put(COMMUNITY, entry, None, None).await.unwrap();
    let parking = EntryId::from("parking");
    let by = (DORA, "Dora");
    let first = night
        .knowledge
        .draft_of_cluster(COMMUNITY, cluster, Some(&parking), by)
        .await
        .unwrap();
    let second = night
        .knowledge
        .draft_of_conversation(COMMUNITY, conversation, answer, (CAROL, "Carol"))
        .await
        .unwrap();
    assert_eq!(second.cluster, None);
    night.publish_as(DORA, (second.id, second.version)).await.unwrap();
    assert!(matches!(night.stands().await.0, ClusterState::Drafted { draft, .. } if draft == first.id));
}

#[tokio::test]
async fn what_was_answered_to_one_alone_and_is_for_staff_is_no_answer_to_all_who_ask() {
    let night = Night::new().await;
    let said = vec![night.alice("Where can I park my car?"), night.staff("Behind the hall.")];
    let answer = said[1].id;
    let conversation = night.talks(CHAT, said).await;
    night.asks(2, "where can i park my car").await;
    night.asks(3, "where can i park my car").await;
    night.run().await;
    let made = night
        .knowledge
        .draft_of_conversation(COMMUNITY, conversation, answer, (CAROL, "Carol"))
        .await
        .unwrap();
    assert_eq!((made.cluster, made.entry.visibility), (None, Visibility::Staff));
    assert_eq!(night.stands().await.0, ClusterState::New);
    night.publish_as(DORA, (made.id, made.version)).await.unwrap();
    assert_eq!(night.stands().await.0, ClusterState::New, "nobody who asked is told it");
}

#[tokio::test]
async fn an_entry_that_is_there_answers_questions_and_is_watched_as_after_publishing() {
    let night = Night::new().await;
    for number in [1, 2] {
        night.asks(number, "Where can I park my car?").await;
    }
    night.run().await;
    let row = night.cluster().await.counted.cluster;
    let parking = EntryId::from("parking");
    let answer = async |version| {
        let seen = (row.id, version);
        night.knowledge.answer(COMMUNITY, seen, &parking, CAROL).await
    };
    let missing = answer(row.version).await;
    assert!(matches!(missing, Err(ClusterError::NoEntry(_))), "{missing:?}");
    let entry = r#"{"id":"parking","question":"Is there a car park?","answer":{"full":"Behind the hall."}}"#;
    let entry: Entry = serde_json::from_str(entry).unwrap();
    let for_staff = Entry {
        visibility: Visibility::Staff,
        ..entry.clone()
    };
    night.knowledge.put(COMMUNITY, for_staff, None, None).await.unwrap();
    let hidden = answer(row.version).await;
    assert!(matches!(hidden, Err(ClusterError::NotSaid(_))), "{hidden:?}");
    night.knowledge.put(COMMUNITY, entry, Some(1), None).await.unwrap();
    answer(row.version).await.unwrap();
    assert!(answer(row.version).await.is_err(), "somebody has changed it since");
    night.clock.advance(days(1));
    night.run().await;
    let ClusterState::Watching { entry, before, .. } = night.stands().await.0 else {
        panic!("it is watched");
    };
    assert_eq!((entry, before), (parking.clone(), 2));
    for number in [1, 2] {
        night.asks(number, "where can i park the car").await;
    }
    night.clock.advance(days(14));
    night.run().await;
    let row = night.cluster().await.counted.cluster;
    assert_eq!((row.state, row.reopened), (ClusterState::New, 1));
}

#[tokio::test]
async fn words_that_cannot_be_added_to_an_entry_make_no_draft() {
    let night = Night::new().await;
    let entry = r#"{"id":"parking","question":"Is there a car park?","answer":{"full":"Behind the hall."}}"#;
    let entry = serde_json::from_str(entry).unwrap();
    night.knowledge.put(COMMUNITY, entry, None, None).await.unwrap();
    night.asks_in(1, (CHAT, "Where can I park my car?")).await;
    night.asks_in(2, (CHAT, "where can i park my car")).await;
    night.run().await;
    let cluster = night.cluster().await.counted.cluster.id;
    let id = EntryId::from("parking");
    let by = (DORA, "Dora");
    let refused = night
        .knowledge
        .draft_of_cluster(COMMUNITY, cluster, Some(&id), by)
        .await;
    assert!(matches!(refused, Err(DraftError::NoWays)), "{refused:?}");
    assert_eq!(night.storage.drafts(COMMUNITY, NEWEST).await.unwrap().len(), 0);
    // A draft of its own has none of these words, and is not published before somebody has written some.
    let draft = night
        .knowledge
        .draft_of_cluster(COMMUNITY, cluster, None, by)
        .await
        .unwrap();
    assert_eq!((draft.entry.question.as_str(), draft.entry.aliases.len()), ("", 0));
}

/// A clock at whose second reading somebody does something.
struct Interrupted {
    clock: Arc<TestClock>,
    readings: AtomicUsize,
    act: Mutex<Option<Box<dyn FnOnce() + Send>>>,
}

impl std::fmt::Debug for Interrupted {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("Interrupted").field(&self.clock).finish()
    }
}

#[async_trait]
impl Clock for Interrupted {
    fn now(&self) -> Timestamp {
        if self.readings.fetch_add(1, Ordering::Relaxed) == 1 {
            let act = self.act.lock().unwrap().take();
            act.expect("it is done once")();
        }
        self.clock.now()
    }

    fn elapsed(&self) -> Duration {
        self.clock.elapsed()
    }

    fn id(&self) -> Uuid {
        self.clock.id()
    }

    async fn sleep_until(&self, moment: Duration) {
        self.clock.sleep_until(moment).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_its_asker_says_otherwise_while_a_draft_is_made_of_it_is_not_in_the_draft() {
    let night = Night::new().await;
    let said = vec![
        night.alice("Where can I park my car today?"),
        night.staff("Behind the hall."),
    ];
    let asked = said[0].id;
    night.talks(LOUNGE, said).await;
    night.asks(2, "where can i park my car").await;
    night.asks(3, "where can i park the car").await;
    night.run().await;
    let cluster = night.cluster().await.counted.cluster.id;
    let (storage, clock) = (night.storage.clone(), night.clock.clone());
    // Behind the moment in which the questions were read, and before the draft is written.
    let edited = move || {
        clock.advance(Duration::from_secs(1));
        let change = MessageChange {
            message: asked,
            content: Some(Content::plain("Where can I park my bicycle?")),
            removed: None,
            buttons: None,
            at: clock.now(),
        };
        let writing = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(storage.write(Unit::Message(change))).unwrap();
        });
        writing.join().unwrap();
    };
    let interrupted = Interrupted {
        clock: night.clock.clone(),
        readings: AtomicUsize::new(0),
        act: Mutex::new(Some(Box::new(edited))),
    };
    let knowledge = Knowledge::new(night.storage.clone(), Arc::new(interrupted));
    let by = (DORA, "Dora");
    let made = knowledge.draft_of_cluster(COMMUNITY, cluster, None, by).await.unwrap();
    let texts = |draft: &Draft| format!("{} {:?}", draft.entry.question, draft.entry.aliases);
    assert!(texts(&made).contains("today"), "it was read before: {}", texts(&made));
    let now = night.knowledge.draft(COMMUNITY, made.id).await.unwrap().unwrap();
    assert!(!texts(&now).contains("today"), "{}", texts(&now));
    assert!(
        texts(&now).contains("car"),
        "what the others ask stays: {}",
        texts(&now)
    );
    // Who still sees it as it was read stores nothing of that.
    let late = (made.id, made.version);
    let saved = night.knowledge.save_draft(COMMUNITY, late, made.entry, DORA).await;
    assert!(
        matches!(saved, Err(DraftError::Write(WriteError::Conflict { .. }))),
        "{saved:?}"
    );
}
