//! The process is killed while its model reads: the next one goes on where it was, but for the texts of one write.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::sync::Arc;

use switchboard::clock::TestClock;
use switchboard::knowledge::Knowledge;
use switchboard::knowledge::embeddings::{EmbedError, Embedder, Role};
use switchboard::knowledge::files::File;
use switchboard::knowledge::scoring::{Embedding, Space};
use switchboard::storage::sqlite::{Options, SqliteStorage};
use tempfile::TempDir;

use super::thesaurus::Thesaurus;
use super::{IN_OTHER_WORDS, Life, settings};
use crate::storage::given::{self, COMMUNITY};
use crate::storage::{START, reopen};

/// Set for the child: its folder.
const CHILD: &str = "SWITCHBOARD_EMBEDDINGS_CHILD";

const TEST: &str = "embeddings::killed::a_kill_costs_the_texts_of_one_write";

/// Each has a question and an answer.
const ENTRIES: usize = 150;
const TEXTS: usize = 2 * ENTRIES;

/// After so many texts the child dies: within its second write, or just behind.
const DEATHS: [usize; 3] = [70, 129, 200];

/// Texts that are written at once.
const WRITTEN_AT_ONCE: usize = 64;

/// Tells of each stored text that it reads.
#[derive(Debug)]
struct Telling(Thesaurus);

impl Embedder for Telling {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn space(&self) -> Space {
        self.0.space()
    }

    fn embed(&self, text: &str, role: Role) -> Result<Option<Embedding>, EmbedError> {
        let mut out = std::io::stdout();
        writeln!(out, "read")
            .and_then(|()| out.flush())
            .expect("the test listens");
        self.0.embed(text, role)
    }
}

fn entries() -> File {
    let entry =
        |number| format!("- {{id: e{number}, question: What about number {number}?, answer: It is {number}.}}\n");
    File {
        name: "faq.yaml".to_owned(),
        text: format!(
            "- {{id: refund, question: How do I get a refund?, answer: Write to us.}}\n{}",
            (1..ENTRIES).map(entry).collect::<String>()
        ),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_costs_the_texts_of_one_write() {
    if let Ok(folder) = std::env::var(CHILD) {
        return child(&folder).await;
    }
    let folder = folder_with_entries().await;
    let unharmed = life_of(&folder);
    unharmed.start();
    unharmed.all_read().await;
    let expected = unharmed.ask(IN_OTHER_WORDS).await;
    unharmed.end().await;
    for death in DEATHS {
        let folder = folder_with_entries().await;
        kill_after(&folder, death);
        let life = life_of(&folder);
        life.start();
        life.all_read().await;
        assert_eq!(life.ask(IN_OTHER_WORDS).await, expected);
        // It has begun with the last one, so what came before was written but for the texts of its own write.
        let kept = (death - 1) / WRITTEN_AT_ONCE * WRITTEN_AT_ONCE;
        let read = life.model.stored();
        assert!(
            read <= TEXTS - kept,
            "killed after {death} of {TEXTS} texts, and then {read} were read"
        );
        life.end().await;
    }
}

async fn folder_with_entries() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let storage = reopen(&folder, &Options::for_testing());
    given::a_place(&*storage).await;
    let knowledge = Knowledge::new(storage.clone(), Arc::new(TestClock::new(START)));
    knowledge.apply(COMMUNITY, &[entries()], vec![]).await.unwrap();
    storage.close().await;
    folder
}

fn life_of(folder: &TempDir) -> Life {
    let clock = Arc::new(TestClock::new(START));
    Life::of(
        clock,
        reopen(folder, &Options::for_testing()),
        Thesaurus::new(1),
        &settings(),
    )
}

/// Reads until it is killed, or has read all.
async fn child(folder: &str) {
    let clock = Arc::new(TestClock::new(START));
    let file = std::path::Path::new(folder).join("switchboard.db");
    let storage = SqliteStorage::open(&file, &Options::default(), clock.clone()).unwrap();
    let model = Arc::new(Telling(Thesaurus::new(1)));
    let knowledge = Knowledge::new(storage, clock).with_sentence_model(model, &settings());
    let supervisor = switchboard::supervisor::Supervisor::new(switchboard::supervisor::Stop::new());
    knowledge.start(&supervisor);
    std::future::pending::<()>().await;
}

fn kill_after(folder: &TempDir, texts: usize) {
    let mut child = Command::new(std::env::current_exe().expect("this binary has a path"))
        .args([TEST, "--exact", "--nocapture"])
        .env(CHILD, folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the test binary can start itself");
    let output = BufReader::new(child.stdout.take().expect("the output is a pipe"));
    let read = output
        .lines()
        .map_while(Result::ok)
        .filter(|line| line.ends_with("read"));
    assert_eq!(read.take(texts).count(), texts);
    child.kill().expect("the child can be killed");
    child.wait().expect("the child can be waited for");
}
