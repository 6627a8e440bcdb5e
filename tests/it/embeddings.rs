//! A sentence model finds what words do not; whatever it does or leaves undone, people are answered. The model of these tests is a
//! thesaurus: a text's numbers count its words by what they mean.

mod killed;
mod thesaurus;

use std::sync::Arc;
use std::time::Duration;

use switchboard::clock::{Clock as _, TestClock};
use switchboard::dispatcher::KnowledgeSource as _;
use switchboard::knowledge::Knowledge;
use switchboard::knowledge::embeddings::{EmbeddingStatus, Settings};
use switchboard::knowledge::files::File;
use switchboard::model::directory::Audience;
use switchboard::model::finding::{AskScope, Decision, Finding};
use switchboard::model::ids::EntryId;
use switchboard::storage::knowledge::{KnowledgeReads as _, KnowledgeUnit, Unanswered};
use switchboard::storage::sqlite::{Options, SqliteStorage};
use switchboard::storage::{Storage as _, Unit};
use switchboard::supervisor::{Stop, Supervisor};
use tempfile::TempDir;

use self::thesaurus::Thesaurus;
use crate::storage::given::{self, COMMUNITY};
use crate::storage::{fresh_at, reopen};

const PATIENCE: Duration = Duration::from_mins(1);

const TIMEOUT: Duration = Duration::from_millis(250);

const REST: Duration = Duration::from_mins(1);

const ENTRIES: &str = "
- {id: refund, question: How do I get a refund?, aliases: [I want a refund], answer: Write to us.}
- {id: bread, question: Is there rye bread on Sunday?, answer: No.}
- {id: garden, question: When does the garden open?, answer: At nine.}
- {id: bus, question: Which bus goes to the station?, answer: The second.}
";

/// How many texts those entries have, answers with them.
const TEXTS: usize = 9;

/// Shares no word that tells anything with the entry that answers it.
const IN_OTHER_WORDS: &str = "could someone return my money";

fn settings() -> Settings {
    Settings {
        folder: "unused".into(),
        runtime: None,
        threads: 1,
        timeout: TIMEOUT,
        texts_max: 1_000,
    }
}

/// One life of a program: its storage outlives it.
struct Life {
    clock: Arc<TestClock>,
    storage: Arc<SqliteStorage>,
    knowledge: Knowledge,
    supervisor: Supervisor,
    model: Arc<Thesaurus>,
}

impl Life {
    async fn first() -> (TempDir, Self) {
        let (folder, clock, storage) = fresh_at(&Options::for_testing());
        given::a_place(&*storage).await;
        let file = File {
            name: "faq.yaml".to_owned(),
            text: ENTRIES.to_owned(),
        };
        let bare = Knowledge::new(storage.clone(), clock.clone());
        bare.apply(COMMUNITY, &[file], vec![]).await.unwrap();
        (folder, Self::of(clock, storage, Thesaurus::new(1), &settings()))
    }

    /// After the one before has ended.
    async fn after(self, folder: &TempDir, model: Thesaurus) -> Self {
        self.end().await;
        let clock = Arc::new(TestClock::new(crate::storage::START));
        Self::of(clock, reopen(folder, &Options::for_testing()), model, &settings())
    }

    fn of(clock: Arc<TestClock>, storage: Arc<SqliteStorage>, model: Thesaurus, settings: &Settings) -> Self {
        let model = Arc::new(model);
        let knowledge = Knowledge::new(storage.clone(), clock.clone()).with_sentence_model(model.clone(), settings);
        Self {
            clock,
            storage,
            knowledge,
            supervisor: Supervisor::new(Stop::new()),
            model,
        }
    }

    fn start(&self) {
        self.knowledge.start(&self.supervisor);
    }

    async fn end(self) {
        assert!(self.supervisor.shut_down(PATIENCE).await);
        self.storage.close().await;
    }

    async fn ask(&self, question: &str) -> Finding {
        self.knowledge.ask(&scope(), question, 3).await.unwrap()
    }

    /// The same, asked of a program that has no model.
    async fn ask_without(&self, question: &str) -> Finding {
        let bare = Knowledge::new(self.storage.clone(), self.clock.clone());
        bare.ask(&scope(), question, 3).await.unwrap()
    }

    async fn status(&self) -> EmbeddingStatus {
        self.knowledge.embedding_status(COMMUNITY).await.unwrap().unwrap()
    }

    async fn until(&self, is_so: impl Fn(&EmbeddingStatus) -> bool) {
        let waiting = async {
            while !is_so(&self.status().await) {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.expect("it comes to that");
    }

    async fn all_read(&self) {
        self.until(|status| status.unread == 0).await;
    }
}

fn scope() -> AskScope {
    AskScope {
        community: COMMUNITY,
        place: None,
        platform: "loopback".to_owned(),
        audience: Audience::Direct,
        staff: false,
        overheard: false,
        language: None,
        conversation: None,
        without: Vec::new(),
        asker: None,
        consults: false,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_in_other_words_is_surer_with_a_model_that_has_read_everything() {
    let (_folder, life) = Life::first().await;
    let without = life.ask_without(IN_OTHER_WORDS).await;
    // Nothing is read yet, so nobody waits for the model.
    assert_eq!(life.ask(IN_OTHER_WORDS).await, without);
    life.start();
    life.all_read().await;
    assert_eq!(life.model.stored(), TEXTS);
    let with = life.ask(IN_OTHER_WORDS).await;
    assert!(with.probability > without.probability + 0.2, "{with:?} {without:?}");
    assert_eq!(life.ask(IN_OTHER_WORDS).await, with);
    life.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_read_is_not_read_again_after_a_restart() {
    let (folder, life) = Life::first().await;
    life.start();
    life.all_read().await;
    let before = life.ask(IN_OTHER_WORDS).await;
    let life = life.after(&folder, Thesaurus::new(1)).await;
    life.start();
    assert_eq!(life.ask(IN_OTHER_WORDS).await, before);
    assert_eq!(life.model.stored(), 0);
    life.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_model_reads_everything_anew_and_nothing_of_the_old_one_is_kept() {
    let (folder, life) = Life::first().await;
    life.start();
    life.all_read().await;
    let life = life.after(&folder, Thesaurus::new(2)).await;
    life.start();
    life.all_read().await;
    assert_eq!(life.model.stored(), TEXTS);
    let kept = life.storage.embeddings(COMMUNITY, None, 100).await.unwrap();
    assert_eq!(kept.len(), TEXTS);
    assert!(kept.iter().all(|kept| kept.model == [2; 16]));
    life.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_an_edited_entry_only_what_is_new_is_read_and_what_is_gone_is_forgotten_at_the_next_start() {
    let (folder, life) = Life::first().await;
    life.start();
    life.all_read().await;
    let stored = life.knowledge.get(COMMUNITY, &EntryId::from("refund")).await.unwrap();
    let mut entry = stored.unwrap().entry;
    let revision = entry.rev;
    entry.aliases = vec!["give me my euros".to_owned()];
    let put = life.knowledge.put(COMMUNITY, entry, Some(revision), None).await;
    put.unwrap();
    life.all_read().await;
    assert_eq!(life.model.stored(), TEXTS + 1);
    let life = life.after(&folder, Thesaurus::new(1)).await;
    life.start();
    life.ask(IN_OTHER_WORDS).await;
    let kept = life.storage.embeddings(COMMUNITY, None, 100).await.unwrap();
    assert_eq!(kept.len(), TEXTS);
    life.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_waits_too_long_is_answered_without_the_model() {
    let (_folder, life) = Life::first().await;
    life.start();
    life.all_read().await;
    let without = life.ask_without(IN_OTHER_WORDS).await;
    life.model.hold(true);
    let asked = life.ask(IN_OTHER_WORDS);
    let late = async {
        life.model.is_stuck().await;
        life.clock.advance(TIMEOUT);
    };
    let (found, ()) = tokio::join!(asked, late);
    assert_eq!(found, without);
    life.model.hold(false);
    // The model goes on, and the next question has its say again.
    assert_ne!(life.ask(IN_OTHER_WORDS).await, without);
    life.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_fails_is_told_of_and_tried_again_later() {
    let (_folder, life) = Life::first().await;
    life.model.fail(true);
    life.start();
    life.until(|status| status.failure.is_some()).await;
    assert_eq!(life.status().await.unread, TEXTS);
    let without = life.ask_without(IN_OTHER_WORDS).await;
    assert_eq!(life.ask(IN_OTHER_WORDS).await, without);
    life.model.fail(false);
    let again = async {
        // Whoever waits may not wait yet when the clock is moved.
        while life.status().await.unread > 0 {
            life.clock.advance(REST);
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, again).await.expect("it is tried again");
    assert_eq!(life.status().await.failure, None);
    life.model.fail(true);
    assert_eq!(life.ask(IN_OTHER_WORDS).await, without);
    assert!(life.status().await.failure.is_some());
    life.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_community_of_too_many_texts_is_answered_without_the_model() {
    let (folder, life) = Life::first().await;
    life.end().await;
    let few = Settings {
        texts_max: TEXTS - 1,
        ..settings()
    };
    let storage = reopen(&folder, &Options::for_testing());
    let clock = Arc::new(TestClock::new(crate::storage::START));
    let life = Life::of(clock, storage, Thesaurus::new(1), &few);
    life.start();
    let without = life.ask_without(IN_OTHER_WORDS).await;
    assert_eq!(life.ask(IN_OTHER_WORDS).await, without);
    let removed = life.knowledge.remove(COMMUNITY, &EntryId::from("bus"), 1, None).await;
    removed.unwrap();
    life.all_read().await;
    assert_eq!(life.model.stored(), TEXTS - 2);
    life.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_model_makes_nothing_of_holds_nobody_up() {
    let (_folder, life) = Life::first().await;
    life.model.know_nothing_of("Is there rye bread on Sunday?");
    life.start();
    life.all_read().await;
    let kept = life.storage.embeddings(COMMUNITY, None, 100).await.unwrap();
    assert_eq!(kept.len(), TEXTS - 1);
    assert_ne!(life.ask(IN_OTHER_WORDS).await, life.ask_without(IN_OTHER_WORDS).await);
    life.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_tells_nobody_that_entries_changed() {
    let (_folder, life) = Life::first().await;
    let mut changes = life.storage.changes();
    life.start();
    life.all_read().await;
    assert!(changes.try_recv().is_err());
    life.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_base_that_was_tried_by_words_is_tried_again_with_the_model_and_the_other_way_round() {
    let (_folder, life) = Life::first().await;
    let bare = Knowledge::new(life.storage.clone(), life.clock.clone());
    life.start();
    life.all_read().await;
    for _ in 0..2 {
        for (knowledge, other) in [(&life.knowledge, &bare), (&bare, &life.knowledge)] {
            knowledge.try_out(COMMUNITY).await.unwrap();
            assert!(knowledge.trial(COMMUNITY).await.unwrap().is_some());
            assert_eq!(other.trial(COMMUNITY).await.unwrap(), None);
        }
    }
    life.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_searches_finds_what_means_the_same() {
    let (_folder, life) = Life::first().await;
    life.start();
    life.all_read().await;
    let found = life.knowledge.search(COMMUNITY, "euros", 1).await.unwrap();
    assert_eq!(found[0].entry.id.as_str(), "refund");
    life.end().await;
}

#[tokio::test]
async fn last_months_questions_say_what_a_model_would_change_before_it_is_taken() {
    let (_folder, life) = Life::first().await;
    let asked = ["When does the garden open?", IN_OTHER_WORDS].map(|question| {
        Unit::Knowledge(KnowledgeUnit::Unanswered(Unanswered {
            at: life.clock.now(),
            ..given::unanswered(question)
        }))
    });
    life.storage.write(Unit::All(asked.to_vec())).await.unwrap();
    let (with, without) = (&life.knowledge, life.knowledge.clone().without_sentence_model());
    // The model has read nothing yet, as one that is new here.
    let taken = without.twin_of_model(with, COMMUNITY).await.unwrap();
    let [changed] = &taken.changes[..] else {
        panic!("{taken:?}");
    };
    assert_eq!((changed.question.as_str(), taken.questions), (IN_OTHER_WORDS, 2));
    assert!(matches!(changed.before, Decision::Abstain { .. }), "{changed:?}");
    let given_up = with.twin_of_model(&without, COMMUNITY).await.unwrap();
    assert_eq!(given_up.changes[0].before, changed.after);
    let again = without.twin_of_model(with, COMMUNITY).await.unwrap();
    assert_eq!(
        serde_json::to_string(&again).unwrap(),
        serde_json::to_string(&taken).unwrap()
    );
    life.model.fail(true);
    let failed = without.twin_of_model(with, COMMUNITY).await.unwrap_err();
    assert_eq!(
        failed.to_string(),
        "the sentence model fails, so there is nothing to compare"
    );
    life.end().await;
}
