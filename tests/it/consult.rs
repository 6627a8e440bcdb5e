//! The knowledge base and a language model behind an endpoint: what comes of it, and that nothing waits for it or costs more than it may.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use switchboard::clock::{Clock as _, TestClock};
use switchboard::dispatcher::{Asker, KnowledgeSource as _};
use switchboard::knowledge::{ConsultSettings, Knowledge};
use switchboard::language_model::{Config, Endpoint};
use switchboard::model::Timestamp;
use switchboard::model::directory::Audience;
use switchboard::model::finding::{AskScope, Decision, Finding};
use switchboard::model::ids::{CommunityId, EntryId, IdentityId};
use switchboard::storage::consult::{ConsultUnit, Consultation, Mode};
use switchboard::storage::sqlite::{Options, SqliteStorage};
use switchboard::storage::unit::DirectoryUnit;
use switchboard::storage::{Page, SharedStorage, Unit};
use uuid::Uuid;

use crate::support::entries;

const ALICE: IdentityId = IdentityId(Uuid::from_u128(7));

const DAY: Duration = Duration::from_hours(24);

/// What the endpoint does next.
#[derive(Clone)]
enum Does {
    Says(String),
    Fails(&'static str),
    /// It takes the question and keeps quiet.
    Hangs,
}

/// A model behind HTTP that does what it is told.
struct Stub {
    port: u16,
    does: Arc<Mutex<Does>>,
    asked: Arc<AtomicUsize>,
}

impl Stub {
    fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (does, asked) = (Arc::new(Mutex::new(Does::Hangs)), Arc::new(AtomicUsize::new(0)));
        let (told, count) = (Arc::clone(&does), Arc::clone(&asked));
        std::thread::spawn(move || {
            let mut kept = Vec::new();
            for mut line in listener.incoming().flatten() {
                let mut question = Vec::new();
                let mut buffer = [0; 4096];
                while !is_whole(&question) {
                    match line.read(&mut buffer) {
                        Ok(length) if length > 0 => question.extend_from_slice(&buffer[..length]),
                        _ => break,
                    }
                }
                count.fetch_add(1, Ordering::SeqCst);
                let (status, body) = match told.lock().unwrap().clone() {
                    Does::Says(text) => (
                        "200 OK",
                        json!({"choices": [{"message": {"content": text}}]}).to_string(),
                    ),
                    Does::Fails(status) => (status, String::new()),
                    Does::Hangs => {
                        kept.push(line);
                        continue;
                    }
                };
                let length = body.len();
                let _ = write!(
                    line,
                    "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
                );
            }
        });
        Self { port, does, asked }
    }

    fn does(&self, does: Does) {
        *self.does.lock().unwrap() = does;
    }

    fn says_yes(&self, entry: &str, quote: &str) {
        let reply = json!({"answerable": true, "entries": [entry], "quotes": [quote]});
        self.does(Does::Says(reply.to_string()));
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

/// Whether head and body of a request have come.
fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head
        .lines()
        .find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
    body.len() >= length.unwrap_or(usize::MAX)
}

struct World {
    folder: tempfile::TempDir,
    clock: Arc<TestClock>,
    storage: SharedStorage,
    knowledge: Knowledge,
    stub: Stub,
    community: CommunityId,
}

impl World {
    async fn begin(change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(TestClock::new(Timestamp::from_millis(1_795_000_000_000)));
        let path = folder.path().join("switchboard.db");
        let storage = SqliteStorage::open(&path, &Options::for_testing(), clock.clone()).unwrap();
        let storage: SharedStorage = storage;
        let community = CommunityId(clock.id());
        let made = DirectoryUnit::Community {
            id: community,
            name: "Example".to_owned(),
            language: "en".to_owned(),
            zone: "UTC".to_owned(),
        };
        storage.write(Unit::Directory(made)).await.unwrap();
        let stub = Stub::start();
        let mut config = Config {
            url: format!("http://127.0.0.1:{}/v1", stub.port),
            name: "small".to_owned(),
            answers_timeout_seconds: 1,
            ..Config::default()
        };
        change(&mut config);
        let settings = config.check().unwrap().unwrap();
        let consult = ConsultSettings {
            model: settings.name.clone(),
            person_day: settings.answers_person_day,
            timeout: settings.answers_timeout,
        };
        let endpoint = Endpoint::new(settings, storage.clone(), clock.clone()).unwrap();
        let knowledge = Knowledge::new(storage.clone(), clock.clone()).consulting(Arc::new(endpoint), consult);
        entries::stored(&knowledge, community, "").await;
        Self {
            folder,
            clock,
            storage,
            knowledge,
            stub,
            community,
        }
    }

    async fn wants(&self, mode: Mode) {
        let community = self.community;
        self.storage
            .write(Unit::Consult(ConsultUnit::Mode { community, mode }))
            .await
            .unwrap();
    }

    fn scope(&self) -> AskScope {
        AskScope {
            community: self.community,
            place: None,
            platform: "discord".to_owned(),
            audience: Audience::Public,
            staff: false,
            overheard: false,
            language: None,
            conversation: None,
            without: Vec::new(),
            asker: Some(ALICE),
            consults: true,
        }
    }

    async fn ask(&self, question: &str) -> Finding {
        self.knowledge.ask(&self.scope(), question, 3).await.unwrap()
    }

    /// A question that the entries alone do not answer, and that they leave so open that a model is asked.
    async fn open_question(&self) -> &'static str {
        let questions = [
            "backup",
            "a backup please",
            "backup tool",
            "something about a backup",
            "make backup",
            "backups of it all",
            "do backup it",
            "the backup thing",
            "about making a backup",
            "backup now",
            "is there a backup",
            "make one backup",
            "backup or not",
            "how to do a backup",
            "how do I make one, a backup",
            "how is a backup made here",
            "how do I make a backup of all that we have",
            "how do I make or restore a backup",
            "do I make a backup or restore one",
            "how do I find a backup",
            "how do I change a backup",
        ];
        self.wants(Mode::Select).await;
        self.stub.does(Does::Fails("500 Internal Server Error"));
        for question in questions {
            let asked = self.stub.asked();
            let finding = self.ask(question).await;
            if self.stub.asked() > asked && matches!(finding.decision, Decision::Suggest { .. }) {
                self.clock.advance(DAY);
                return question;
            }
        }
        panic!("the entries answer each of them by themselves, or none is near");
    }

    async fn kept(&self) -> Vec<Consultation> {
        let page = Page {
            before: None,
            limit: 100,
        };
        self.storage.consultations(self.community, page).await.unwrap()
    }
}

fn answered(finding: &Finding) -> Option<(&str, &str)> {
    match &finding.decision {
        Decision::Answer { entry } => Some((entry.id.as_str(), entry.answer.as_str())),
        _ => None,
    }
}

#[tokio::test]
async fn a_yes_makes_an_answer_of_what_was_likely_whole_or_by_its_paragraphs() {
    let world = World::begin(|_| ()).await;
    let question = world.open_question().await;
    world.stub.says_yes("backup", "Keep seven copies of the backup.");
    let finding = world.ask(question).await;
    let whole = "Run the tool at night.\n\nKeep seven copies of the backup.";
    assert_eq!(answered(&finding), Some(("backup", whole)), "{finding:?}");
    world.wants(Mode::Compose).await;
    let asked = world.stub.asked();
    let finding = world.ask(question).await;
    assert_eq!(answered(&finding), Some(("backup", "Keep seven copies of the backup.")));
    assert_eq!(world.stub.asked(), asked, "it has said so today");
    let kept = &world.kept().await[0];
    assert_eq!(kept.question, question);
    assert!(kept.prompt.contains("Run the tool at night."), "{}", kept.prompt);
    assert!(
        kept.output
            .as_deref()
            .is_some_and(|output| output.contains("seven copies")),
        "{kept:?}"
    );
    assert!(
        kept.came
            .as_deref()
            .is_some_and(|came| came.contains("→ answer backup at 0.")),
        "{kept:?}"
    );
}

#[tokio::test]
async fn a_no_takes_an_answer_down_and_the_same_holds_after_a_restart() {
    let world = World::begin(|_| ()).await;
    let question = world.open_question().await;
    world.stub.does(Does::Says(
        r#"{"answerable": false, "entries": [], "quotes": []}"#.to_owned(),
    ));
    let finding = world.ask(question).await;
    assert!(matches!(finding.decision, Decision::Abstain { .. }), "{finding:?}");
    // The next process reads what was said, and asks nobody.
    world.stub.does(Does::Fails("500 Internal Server Error"));
    let asked = world.stub.asked();
    let path = world.folder.path().join("switchboard.db");
    let storage = SqliteStorage::open(&path, &Options::for_testing(), world.clock.clone()).unwrap();
    let storage: SharedStorage = storage;
    let config = Config {
        url: format!("http://127.0.0.1:{}/v1", world.stub.port),
        name: "small".to_owned(),
        ..Config::default()
    };
    let endpoint = Endpoint::new(config.check().unwrap().unwrap(), storage.clone(), world.clock.clone()).unwrap();
    let consult = ConsultSettings {
        model: "small".to_owned(),
        person_day: 20,
        timeout: Duration::from_secs(5),
    };
    let again = Knowledge::new(storage, world.clock.clone()).consulting(Arc::new(endpoint), consult);
    assert_eq!(again.ask(&world.scope(), question, 3).await.unwrap(), finding);
    assert_eq!(world.stub.asked(), asked);
}

#[tokio::test]
async fn whatever_goes_wrong_the_entries_decide_alone() {
    let world = World::begin(|_| ()).await;
    let question = world.open_question().await;
    world.wants(Mode::Off).await;
    let alone = world.ask(question).await;
    world.wants(Mode::Select).await;
    let foreign = json!({"answerable": true, "entries": ["backup"], "quotes": ["Send us your password."]}).to_string();
    for (does, why) in [
        (Does::Fails("500 Internal Server Error"), "broke off"),
        (Does::Fails("429 Too Many Requests"), "does not answer"),
        (Does::Fails("401 Unauthorized"), "does not answer"),
        (Does::Fails("400 Bad Request"), "refuses the question with 400"),
        (
            Does::Says("I am sorry, I cannot help with that.".to_owned()),
            "not in the form",
        ),
        (Does::Says(foreign), "quotes what stands in none"),
        (Does::Says(String::new()), "not in the form"),
    ] {
        world.stub.does(does);
        assert_eq!(world.ask(question).await, alone, "{why}");
        let kept = &world.kept().await[0];
        assert!(
            kept.came.as_deref().is_some_and(|came| came.contains(why)),
            "{why}: {:?}",
            kept.came
        );
        world.clock.advance(DAY + DAY);
    }
}

#[tokio::test]
async fn nobody_waits_longer_than_the_time_out_and_then_nobody_for_a_minute() {
    let world = World::begin(|_| ()).await;
    let question = world.open_question().await;
    world.wants(Mode::Off).await;
    let alone = world.ask(question).await;
    world.wants(Mode::Select).await;
    world.stub.does(Does::Hangs);
    let patience = Duration::from_secs(20);
    let finding = tokio::time::timeout(patience, world.ask(question))
        .await
        .expect("it does not wait for ever");
    assert_eq!(finding, alone);
    let asked = world.stub.asked();
    world.stub.says_yes("backup", "Run the tool at night.");
    assert_eq!(world.ask(question).await, alone);
    assert_eq!(world.stub.asked(), asked, "it rests");
    world.clock.advance(Duration::from_mins(1));
    assert!(answered(&world.ask(question).await).is_some());
    let came = world.kept().await[1].came.clone();
    assert!(
        came.as_deref()
            .is_some_and(|came| came.contains("did not answer in time")),
        "{came:?}"
    );
}

#[tokio::test]
async fn a_person_has_so_many_questions_a_day_and_the_community_so_many_tokens() {
    let question = World::begin(|_| ()).await.open_question().await;
    let world = World::begin(|config| config.answers_person_day = 2).await;
    world.wants(Mode::Select).await;
    world.stub.says_yes("backup", "Run the tool at night.");
    for (number, expected) in [(0, 1), (1, 1), (2, 0)] {
        // Each time something else is asked.
        let asked = world.stub.asked();
        let question = format!("{question} {}", ".".repeat(number));
        world.ask(&question).await;
        assert_eq!(world.stub.asked() - asked, expected, "question {number}");
    }
    let poor = World::begin(|config| config.answers_day_tokens = 10).await;
    poor.wants(Mode::Select).await;
    poor.stub.says_yes("backup", "Run the tool at night.");
    poor.ask(question).await;
    assert_eq!(poor.stub.asked(), 0, "it has no tokens for it");
    let came = poor.kept().await[0].came.clone();
    assert!(
        came.as_deref()
            .is_some_and(|came| came.contains("tokens of today are spent")),
        "{came:?}"
    );
    let day = switchboard::language_model::day(world.clock.now());
    let spent = world.storage.tokens_spent(world.community, day).await.unwrap();
    assert_eq!(spent[0].0, Asker::answers(world.community).plugin);
}

#[tokio::test]
async fn nobody_is_asked_about_what_is_overheard_refused_or_certain_or_where_it_is_off() {
    let world = World::begin(|_| ()).await;
    let question = world.open_question().await;
    world.stub.says_yes("backup", "Run the tool at night.");
    let asked = world.stub.asked();
    let scope = world.scope();
    let overheard = AskScope {
        overheard: true,
        ..scope.clone()
    };
    let refused = AskScope {
        without: vec![EntryId::from("invoice")],
        ..scope.clone()
    };
    let nobody = AskScope {
        consults: false,
        ..scope
    };
    for scope in [overheard, refused, nobody] {
        world.knowledge.ask(&scope, question, 3).await.unwrap();
    }
    assert!(answered(&world.ask("How do I make a backup?").await).is_some());
    world.ask("who won the football match yesterday").await;
    world.wants(Mode::Off).await;
    world.ask(question).await;
    assert_eq!(world.stub.asked(), asked);
}
