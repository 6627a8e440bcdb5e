//! The budget of the language model holds, whatever the endpoint does and whatever dies in between.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use switchboard::clock::{Clock as _, TestClock};
use switchboard::dispatcher::{Asker, Completed, LanguageModel as _, ModelError, Role, Turn};
use switchboard::language_model::{Config, Endpoint, Settings};
use switchboard::model::Timestamp;
use switchboard::model::ids::CommunityId;
use switchboard::storage::sqlite::{Options, SqliteStorage};
use switchboard::storage::tokens::TokenReads as _;
use uuid::Uuid;

const COMMUNITY: CommunityId = CommunityId(Uuid::from_u128(1));

/// What the question below can cost at most: its bytes, what stands around it, and the answer.
const RESERVED: u64 = 22 + 16 + 20;

const BEGINS: Timestamp = Timestamp::from_millis(1_790_000_000_000);

/// An endpoint that answers every question so.
fn stub(status: &str, body: &str) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
    let port = listener.local_addr().expect("it listens").port();
    let answer = format!(
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    std::thread::spawn(move || {
        for mut line in listener.incoming().flatten() {
            let mut asked = Vec::new();
            let mut buffer = [0; 1024];
            while !asked.ends_with(b"}") {
                match line.read(&mut buffer) {
                    Ok(length) if length > 0 => asked.extend_from_slice(&buffer[..length]),
                    _ => break,
                }
            }
            let _ = line.write_all(answer.as_bytes());
        }
    });
    port
}

fn paris(usage: &str) -> u16 {
    stub(
        "200 OK",
        &format!("{{\"choices\": [{{\"message\": {{\"content\": \"Paris\"}}}}]{usage}}}"),
    )
}

fn settings(port: u16, day_tokens: u64, plugin_day_tokens: u64) -> Settings {
    let config = Config {
        url: format!("http://127.0.0.1:{port}"),
        name: "small".to_owned(),
        day_tokens,
        plugin_day_tokens,
        timeout_seconds: 5,
        ..Config::default()
    };
    config.check().expect("it is right").expect("there is one")
}

struct World {
    folder: tempfile::TempDir,
    clock: Arc<TestClock>,
    storage: Arc<SqliteStorage>,
}

fn open(folder: &Path, clock: &Arc<TestClock>) -> Arc<SqliteStorage> {
    let storage = SqliteStorage::open(&folder.join("switchboard.db"), &Options::for_testing(), clock.clone());
    storage.expect("the database opens")
}

fn world() -> World {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let clock = Arc::new(TestClock::new(BEGINS));
    let storage = open(folder.path(), &clock);
    World { folder, clock, storage }
}

impl World {
    async fn ask(&self, settings: &Settings, plugin: &str) -> Result<Completed, ModelError> {
        let endpoint = Endpoint::new(settings.clone(), self.storage.clone(), self.clock.clone()).expect("it can ask");
        let asker = Asker {
            community: COMMUNITY,
            plugin: plugin.into(),
        };
        let turns = [Turn {
            role: Role::User,
            text: "The capital of France?".to_owned(),
        }];
        endpoint.complete(&asker, &turns, 20).await
    }

    async fn spent(&self) -> Vec<(String, u64)> {
        let day = self.clock.now().as_millis() / (24 * 60 * 60 * 1000);
        let spent = self.storage.tokens_spent(COMMUNITY, day).await.expect("readable");
        spent
            .into_iter()
            .map(|(plugin, tokens)| (plugin.to_string(), tokens))
            .collect()
    }
}

fn is_over(answer: &Result<Completed, ModelError>) -> bool {
    matches!(answer, Err(ModelError::Limit(why)) if why.contains("the tokens of today are spent"))
}

#[tokio::test]
async fn an_answer_costs_what_the_endpoint_says_it_does() {
    let world = world();
    let port = paris(", \"usage\": {\"prompt_tokens\": 9, \"completion_tokens\": 1}");
    let answer = world
        .ask(&settings(port, 1_000, 1_000), "a/b")
        .await
        .expect("it answers");
    assert_eq!(
        (answer.text.as_str(), answer.tokens_in, answer.tokens_out),
        ("Paris", 9, 1)
    );
    assert_eq!(world.spent().await, [("a/b".to_owned(), 10)]);
}

#[tokio::test]
async fn where_nobody_says_what_it_cost_it_cost_what_it_could() {
    let world = world();
    world
        .ask(&settings(paris(""), 1_000, 1_000), "a/b")
        .await
        .expect("it answers");
    assert_eq!(world.spent().await, [("a/b".to_owned(), RESERVED)]);
    let nonsense = stub("200 OK", "nonsense");
    let answer = world.ask(&settings(nonsense, 1_000, 1_000), "a/b").await;
    assert!(matches!(answer, Err(ModelError::Refused(_))), "{answer:?}");
    assert_eq!(world.spent().await, [("a/b".to_owned(), 2 * RESERVED)]);
}

#[tokio::test]
async fn who_refuses_costs_nothing_and_who_breaks_down_may() {
    let world = world();
    for (status, expected) in [
        ("429 Too Many Requests", ModelError::Unavailable),
        ("401 Unauthorized", ModelError::Unavailable),
        (
            "400 Bad Request",
            ModelError::Refused("the language model refuses the question with 400".to_owned()),
        ),
    ] {
        let answer = world.ask(&settings(stub(status, "no"), 1_000, 1_000), "a/b").await;
        assert_eq!(answer, Err(expected));
    }
    assert_eq!(world.spent().await, [("a/b".to_owned(), 0)]);
    // What broke down may have answered before it did.
    let answer = world
        .ask(&settings(stub("503 Service Unavailable", "no"), 1_000, 1_000), "a/b")
        .await;
    assert_eq!(answer, Err(ModelError::Broken));
    assert_eq!(world.spent().await, [("a/b".to_owned(), RESERVED)]);
}

#[tokio::test]
async fn community_and_plugin_have_their_budgets_which_outlive_a_restart_and_are_new_at_midnight() {
    let mut world = world();
    let port = paris("");
    // Two questions for a plugin, three for the community.
    let settings = settings(port, 3 * RESERVED, 2 * RESERVED);
    for _ in 0..2 {
        world.ask(&settings, "a/b").await.expect("it is within its budget");
    }
    let third = world.ask(&settings, "a/b").await;
    assert!(is_over(&third), "{third:?}");
    world.ask(&settings, "c/d").await.expect("there is one left");
    let fourth = world.ask(&settings, "c/d").await;
    assert!(is_over(&fourth), "{fourth:?}");

    world.storage.close().await;
    world.storage = open(world.folder.path(), &world.clock);
    let after_restart = world.ask(&settings, "e/f").await;
    assert!(is_over(&after_restart), "{after_restart:?}");
    world.clock.advance(Duration::from_hours(24));
    world.ask(&settings, "a/b").await.expect("it is another day");
    assert_eq!(world.spent().await, [("a/b".to_owned(), RESERVED)]);
}

#[tokio::test]
async fn what_is_cut_off_in_the_middle_counts_as_spent_also_for_the_next_process() {
    let world = world();
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
    let settings = settings(listener.local_addr().expect("it listens").port(), 1_000, 1_000);
    // The question is on its way when whoever asks is gone.
    let asking = world.ask(&settings, "a/b");
    let arrives = async {
        let arrived = tokio::task::spawn_blocking(move || listener.accept().map(|(line, _)| line));
        arrived.await.expect("it does not panic").expect("somebody connects")
    };
    tokio::select! {
        answer = asking => panic!("nobody answers: {answer:?}"),
        _line = arrives => {}
    }
    assert_eq!(world.spent().await, [("a/b".to_owned(), RESERVED)]);
    // Nobody has said goodbye: what was taken was on disk before the question left.
    let World { folder, clock, storage } = world;
    drop(storage);
    let storage = open(folder.path(), &clock);
    let world = World { folder, clock, storage };
    assert_eq!(world.spent().await, [("a/b".to_owned(), RESERVED)]);
}
