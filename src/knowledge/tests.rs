//! Edits, files and feedback through a real database.

use std::sync::Arc;

use tempfile::TempDir;

use super::*;
use crate::clock::{Clock, TestClock};
use crate::dispatcher::KnowledgeSource;
use crate::model::directory::Audience;
use crate::model::finding::{AskScope, Decision};
use crate::model::ids::MessageId;
use crate::storage::knowledge::{Feedback, Unanswered};
use crate::storage::sqlite::{Options, SqliteStorage};
use crate::storage::unit::DirectoryUnit;

struct World {
    knowledge: Knowledge,
    storage: SharedStorage,
    clock: Arc<TestClock>,
    community: CommunityId,
    _folder: TempDir,
}

/// Monday, 2026-08-03, in the morning.
const START: Timestamp = Timestamp::from_millis(1_785_744_000_000);

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(TestClock::new(START));
        let path = folder.path().join("data.db");
        let storage: SharedStorage = SqliteStorage::open(&path, &Options::for_testing(), clock.clone()).unwrap();
        let community = CommunityId(clock.id());
        let unit = DirectoryUnit::Community {
            id: community,
            name: "Test".to_owned(),
            language: "en".to_owned(),
            zone: "UTC".to_owned(),
        };
        storage.write(Unit::Directory(unit)).await.unwrap();
        Self {
            knowledge: Knowledge::new(storage.clone(), clock.clone()),
            storage,
            clock,
            community,
            _folder: folder,
        }
    }

    /// As another process or a restart sees it.
    fn reopened(&self) -> Knowledge {
        Knowledge::new(self.storage.clone(), self.clock.clone())
    }

    fn scope(&self, conversation: Option<ConversationId>) -> AskScope {
        AskScope {
            community: self.community,
            place: None,
            platform: "web_chat".to_owned(),
            audience: Audience::Direct,
            staff: false,
            overheard: false,
            language: None,
            conversation,
            without: Vec::new(),
        }
    }

    async fn put(&self, entry: Entry, expected: Option<u32>) -> Result<u32, EditError> {
        self.knowledge.put(self.community, entry, expected, None).await
    }

    async fn ask(&self, question: &str, conversation: Option<ConversationId>) -> String {
        let finding = self
            .knowledge
            .ask(&self.scope(conversation), question, 3)
            .await
            .unwrap();
        match finding.decision {
            Decision::Answer { entry } => format!("{} rev {}: {}", entry.id, entry.revision, entry.answer),
            Decision::Suggest { .. } => "suggest".to_owned(),
            Decision::Abstain { gap } => format!("{gap:?}"),
        }
    }
}

fn entry(id: &str, question: &str, answer: &str) -> Entry {
    let json = serde_json::json!({ "id": id, "question": question, "answer": { "full": answer } });
    serde_json::from_value(json).unwrap()
}

fn file(text: &str) -> files::File {
    files::File {
        name: "zoo.yaml".to_owned(),
        text: text.to_owned(),
    }
}

#[tokio::test]
async fn an_edit_counts_at_once_and_after_a_restart() {
    let world = World::new().await;
    assert_eq!(world.ask("where do zebras sleep", None).await, "NothingFound");
    world
        .put(entry("zebra", "Where do zebras sleep?", "Here."), None)
        .await
        .unwrap();
    assert_eq!(world.ask("where do zebras sleep", None).await, "zebra rev 1: Here.");
    world
        .put(entry("zebra", "Where do zebras sleep?", "There."), Some(1))
        .await
        .unwrap();
    assert_eq!(world.ask("where do zebras sleep", None).await, "zebra rev 2: There.");
    let stored = world.reopened().list(world.community).await.unwrap();
    assert_eq!(stored.len(), 1);
    assert_eq!(stored[0].entry.rev, 2);
}

#[tokio::test]
async fn who_edits_an_old_revision_is_shown_the_stored_one() {
    let world = World::new().await;
    world.put(entry("a", "One?", "1"), None).await.unwrap();
    world.put(entry("a", "One?", "2"), Some(1)).await.unwrap();
    let late = world.put(entry("a", "One?", "3"), Some(1)).await;
    let Err(EditError::Stale { stored: Some(stored) }) = late else {
        panic!("{late:?}");
    };
    assert_eq!(stored.entry.answer.full, "2");
    let second = world.put(entry("a", "One?", "4"), None).await;
    assert!(matches!(second, Err(EditError::Stale { .. })));
}

#[tokio::test]
async fn an_edit_by_another_process_is_noticed() {
    let world = World::new().await;
    world.put(entry("a", "One?", "1"), None).await.unwrap();
    let other = world.reopened();
    other
        .put(world.community, entry("a", "One?", "2"), Some(1), None)
        .await
        .unwrap();
    let late = world.put(entry("a", "One?", "3"), Some(1)).await;
    let Err(EditError::Stale { stored: Some(stored) }) = late else {
        panic!("{late:?}");
    };
    assert_eq!(stored.entry.answer.full, "2");
}

#[tokio::test]
async fn what_is_taken_away_keeps_its_history_and_goes_on_counting() {
    let world = World::new().await;
    world.put(entry("a", "Where is the gate?", "1"), None).await.unwrap();
    let id = EntryId::from("a");
    world.knowledge.remove(world.community, &id, 1, None).await.unwrap();
    assert_eq!(world.ask("where is the gate", None).await, "NothingFound");
    let again = world.put(entry("a", "Where is the gate?", "3"), None).await.unwrap();
    assert_eq!(again, 3);
    let history = world.knowledge.history(world.community, &id, 10).await.unwrap();
    let said: Vec<_> = history
        .iter()
        .map(|revision| {
            (
                revision.revision,
                revision.entry.as_ref().map(|entry| entry.answer.full.as_str()),
            )
        })
        .collect();
    assert_eq!(said, [(3, Some("3")), (2, None), (1, Some("1"))]);
}

#[tokio::test]
async fn a_faulty_entry_is_refused_with_every_fault() {
    let world = World::new().await;
    let refused = world.put(entry("A B", "", "x"), None).await;
    let Err(EditError::Faulty(faults)) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(faults.len(), 2);
}

#[tokio::test]
async fn what_not_it_refused_is_left_out_in_that_conversation_alone() {
    let world = World::new().await;
    world
        .put(entry("zebra", "Where do zebras sleep?", "Here."), None)
        .await
        .unwrap();
    let conversation = ConversationId(world.clock.id());
    let feedback = Feedback {
        community: world.community,
        entry: EntryId::from("zebra"),
        revision: 1,
        message: MessageId(world.clock.id()),
        conversation: Some(conversation),
        identity: None,
        helpful: false,
        question: "where do zebras sleep".to_owned(),
        at: START,
    };
    let unit = Unit::Knowledge(KnowledgeUnit::Feedback(feedback));
    world.storage.write(unit).await.unwrap();
    assert_eq!(
        world.ask("where do zebras sleep", Some(conversation)).await,
        "NothingFound"
    );
    assert_eq!(world.ask("where do zebras sleep", None).await, "zebra rev 1: Here.");
    let counts = world.knowledge.feedback_counts(world.community).await.unwrap();
    assert_eq!((counts[0].helpful, counts[0].not_it), (0, 1));
}

#[tokio::test]
async fn files_are_applied_once_and_exported_to_the_same_file() {
    let world = World::new().await;
    let text = "- id: zebra\n  question: Where do zebras sleep?\n  answer: Here.\n";
    let plan = world.knowledge.apply(world.community, &[file(text)]).await.unwrap();
    assert!(matches!(plan.changes[..], [Change::New(_)]));
    assert_eq!(world.ask("where do zebras sleep", None).await, "zebra rev 1: Here.");
    let again = world.knowledge.apply(world.community, &[file(text)]).await.unwrap();
    assert_eq!(again.changes, [Change::Same(EntryId::from("zebra"))]);
    let exported = world.knowledge.export(world.community).await.unwrap();
    assert_eq!(exported.len(), 1);
    assert_eq!(exported[0].name, "zoo.yaml");
    assert!(exported[0].text.contains("rev: 1"), "{}", exported[0].text);
}

#[tokio::test]
async fn an_exported_file_goes_on_from_its_revision_and_a_stale_one_changes_nothing() {
    let world = World::new().await;
    let text = "- {id: a, question: One?, answer: old}\n- {id: b, question: Two?, answer: old}\n";
    world.knowledge.apply(world.community, &[file(text)]).await.unwrap();
    let mut exported = world.knowledge.export(world.community).await.unwrap();
    exported[0].text = exported[0].text.replace("old", "new");
    let plan = world.knowledge.apply(world.community, &exported).await.unwrap();
    assert!(matches!(plan.changes[..], [Change::Update(_), Change::Update(_)]));
    world
        .put(entry("b", "Two?", "from the console"), Some(2))
        .await
        .unwrap();
    let stale =
        "- {id: a, question: One?, answer: newest, rev: 2}\n- {id: b, question: Two?, answer: newest, rev: 2}\n";
    let refused = world.knowledge.apply(world.community, &[file(stale)]).await;
    let Err(ApplyError::Stale(both)) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(both.len(), 1);
    assert_eq!(both[0].0.entry.answer.full, "newest");
    assert_eq!(both[0].1.entry.answer.full, "from the console");
    let kept = world
        .knowledge
        .get(world.community, &EntryId::from("a"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(kept.entry.answer.full, "new");
}

#[tokio::test]
async fn unanswered_questions_are_grouped_by_their_words_and_settled_together() {
    let world = World::new().await;
    for (question, asker) in [
        ("What is a quagga?", 1),
        ("what is a QUAGGA", 2),
        ("And who feeds it?", 1),
    ] {
        let unit = KnowledgeUnit::Unanswered(Unanswered {
            community: world.community,
            question: question.to_owned(),
            folded: scoring::fold(question),
            reason: "nothing found".to_owned(),
            place: None,
            identity: Some(crate::model::ids::IdentityId(uuid::Uuid::from_u128(asker))),
            at: world.clock.now(),
        });
        world.storage.write(Unit::Knowledge(unit)).await.unwrap();
    }
    let groups = world.knowledge.unanswered(world.community, 10).await.unwrap();
    let seen: Vec<_> = groups
        .iter()
        .map(|group| (group.question.as_str(), group.people, group.times))
        .collect();
    assert_eq!(seen, [("what is a QUAGGA", 2, 2), ("And who feeds it?", 1, 1)]);
    world
        .knowledge
        .settle(world.community, "what is a quagga", None)
        .await
        .unwrap();
    assert_eq!(world.knowledge.unanswered(world.community, 10).await.unwrap().len(), 1);
}
