//! What storage costs beside bare SQLite that writes the same rows, in CPU time for each message.
//!
//! Three stages of three batches share the disk's sync as they do under load: new events are accepted, the earlier
//! batch's outcomes are committed (event, conversation, two messages, a delivery), and the deliveries of the batch
//! before that end.

use std::time::Duration;

use futures_util::future::join_all;
use rusqlite::{Connection, params};
use switchboard::clock::TestClock;
use switchboard::model::Timestamp;
use switchboard::model::action::{Author, Priority};
use switchboard::model::content::Content;
use switchboard::model::conversation::{Conversation, Holder, LaneKey};
use switchboard::model::event::{Addressed, DeliveryEnd, Event, EventBody, InMessage, Source};
use switchboard::model::fit::{FittedAction, FittedBody};
use switchboard::model::ids::{
    CommunityId, ConversationId, DeliveryId, EventId, EventSeq, MessageId, MessageRef, PlaceId, PlaceRef, Version,
};
use switchboard::storage::core::{Trace, TraceStep, Verdict};
use switchboard::storage::sqlite::{Options, SqliteStorage};
use switchboard::storage::unit::{
    Accept, Commit, ConversationWrite, DeliveryStep, EventEnd, NewDelivery, NewEvent, NewMessage,
};
use switchboard::storage::{Storage as _, Unit};
use uuid::Uuid;

const START: Timestamp = Timestamp::from_millis(1_790_000_000_000);
const COMMUNITY: CommunityId = CommunityId(Uuid::from_u128(1));

/// As many people talk at once; each has a place and a conversation of their own.
const PLACES: u128 = 500;

fn main() {
    let short = std::env::args().any(|argument| argument == "--short");
    let messages: u128 = if short { 2_000 } else { 20_000 };
    println!("storage: CPU for each message, microseconds (three stages, synchronous=FULL)");
    println!(
        "{:>6} {:>10} {:>12} {:>10} {:>8}",
        "batch", "3 tables", "same rows", "storage", "ratio"
    );
    for batch in [1, 8, 64, 256] {
        let rounds = (messages / batch).clamp(50, 2_000);
        let three = bare_three_tables(batch, rounds);
        let same = bare_same_rows(batch, rounds);
        let ours = storage(batch, rounds);
        println!(
            "{batch:>6} {three:>10.1} {same:>12.1} {ours:>10.1} {:>8.2}",
            ours / same
        );
    }
}

/// CPU time of all threads of this process, from the kernel's scheduler.
fn cpu() -> Duration {
    let tasks = std::fs::read_dir("/proc/self/task").expect("linux lists the threads of a process");
    let nanos = tasks
        .filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("schedstat")).ok())
        .filter_map(|line| line.split(' ').next()?.parse::<u64>().ok())
        .sum();
    Duration::from_nanos(nanos)
}

fn micros_each(spent: Duration, messages: u128) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a few thousand messages")]
    let each = spent.as_secs_f64() * 1e6 / messages as f64;
    each
}

fn id(kind: u128, number: u128) -> Uuid {
    // Time-ordered as ours are: the number leads, the kind follows.
    Uuid::from_u128((number << 64) | kind)
}

fn place(number: u128) -> PlaceId {
    PlaceId(id(2, number % PLACES))
}

fn event(number: u128) -> NewEvent {
    let place_ref = PlaceRef {
        scope: "loopback".into(),
        id: format!("place{}", number % PLACES).into(),
    };
    NewEvent {
        id: EventId(id(3, number)),
        community: COMMUNITY,
        place: Some(place(number)),
        author: None,
        lane: LaneKey::of_place(place(number)),
        received_at: START,
        event: Event {
            source: Source::Internal {
                conversation: None,
                place: Some(place(number)),
            },
            occurred_at: START,
            dedupe: format!("loopback/place{}/m{number}", number % PLACES),
            hops: 0,
            body: EventBody::Message(InMessage {
                native: MessageRef {
                    place: place_ref,
                    id: format!("m{number}").into(),
                },
                content: Content::plain(QUESTION),
                addressed: Addressed::Direct,
                reply_to: None,
                mentions: Vec::new(),
                files: Vec::new(),
            }),
        },
    }
}

const QUESTION: &str =
    "Hello, when does the community garden open in winter, and may I bring my own seeds and tools along?";
const ANSWER: &str = "The garden opens at nine. Bring what you like; there is a shelf for seeds by the gate.";

fn conversation(number: u128) -> ConversationWrite {
    let round = u32::try_from(number / PLACES).expect("few rounds");
    ConversationWrite {
        before: (round > 0).then_some(Version(round)),
        after: Conversation {
            id: ConversationId(id(4, number % PLACES)),
            community: COMMUNITY,
            place: place(number),
            asker: None,
            lane: LaneKey::of_place(place(number)),
            holder: Holder::Bot,
            version: Version(round + 1),
            misses: 0,
            opened_at: START,
            changed_at: START,
            active_at: START,
        },
        transitions: Vec::new(),
    }
}

fn message(kind: u128, number: u128, native: Option<MessageRef>) -> NewMessage {
    NewMessage {
        id: MessageId(id(kind, number)),
        conversation: Some(ConversationId(id(4, number % PLACES))),
        place: place(number),
        author: Author::Plugin {
            id: "switchboard/faq".into(),
        },
        content: Content::plain(if native.is_some() { QUESTION } else { ANSWER }),
        native,
        reply_to: None,
        note: false,
        only: None,
        buttons: Vec::new(),
        files: Vec::new(),
        cites: Vec::new(),
        name: None,
        at: START,
    }
}

fn delivery(number: u128) -> NewDelivery {
    let (delivery, message) = (DeliveryId(id(7, number)), MessageId(id(6, number)));
    NewDelivery {
        id: delivery,
        login: "loopback".into(),
        place: place(number),
        conversation: Some(ConversationId(id(4, number % PLACES))),
        message: Some(message),
        piece: 0,
        priority: Priority::Answer,
        after: None,
        due: START,
        action: FittedAction {
            delivery,
            place: PlaceRef {
                scope: "loopback".into(),
                id: format!("place{}", number % PLACES).into(),
            },
            body: FittedBody::Send {
                message,
                piece: 0,
                pieces: 1,
                content: Content::plain(ANSWER),
                buttons: Vec::new(),
                files: Vec::new(),
                reply_to: None,
                thread: None,
                only: None,
                author: Author::Host,
            },
        },
        idempotent: true,
    }
}

fn trace() -> Trace {
    let step = |who: &str, verdict| TraceStep {
        who: who.to_owned(),
        verdict,
        line: "0.93".to_owned(),
        cpu_us: Some(4),
        calls: Vec::new(),
        actions: Vec::new(),
    };
    Trace {
        steps: vec![
            step("switchboard/faq", Verdict::Answered),
            step("switchboard/share", Verdict::Filtered),
        ],
    }
}

fn native(number: u128) -> MessageRef {
    match event(number).event.body {
        EventBody::Message(message) => message.native,
        _ => unreachable!("events of this bench are messages"),
    }
}

fn commit(number: u128) -> Unit {
    Unit::Commit(Box::new(Commit {
        event: EventSeq(i64::try_from(number + 1).expect("few messages")),
        end: EventEnd::Handled,
        at: START,
        conversation: Some(conversation(number)),
        messages: vec![message(5, number, Some(native(number))), message(6, number, None)],
        changed_messages: Vec::new(),
        deliveries: vec![delivery(number)],
        buttons: Vec::new(),
        kv_read: Vec::new(),
        kv: Vec::new(),
        jobs: Vec::new(),
        events: Vec::new(),
        trace: trace(),
        also: Vec::new(),
    }))
}

fn ended(number: u128) -> Unit {
    Unit::Delivery(DeliveryStep::Ended {
        id: DeliveryId(id(7, number)),
        native: Some(format!("s{number}").into()),
        end: DeliveryEnd::Delivered,
        at: START,
        event: None,
    })
}

fn storage(batch: u128, rounds: u128) -> f64 {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let clock = std::sync::Arc::new(TestClock::new(START));
    let storage = SqliteStorage::open(&folder.path().join("bench.db"), &Options::default(), clock).expect("opens");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    let mut spent = Duration::ZERO;
    for round in 0..rounds {
        let mut units = vec![Unit::Accept(Accept {
            directory: Vec::new(),
            events: (round * batch..(round + 1) * batch).map(event).collect(),
            cursor: None,
        })];
        if round >= 1 {
            units.extend(((round - 1) * batch..round * batch).map(commit));
        }
        if round >= 2 {
            units.push(Unit::All(
                ((round - 2) * batch..(round - 1) * batch).map(ended).collect(),
            ));
        }
        let before = cpu();
        let results = runtime.block_on(join_all(units.into_iter().map(|unit| storage.write(unit))));
        spent += cpu().saturating_sub(before);
        assert!(results.iter().all(Result::is_ok), "{results:?}");
    }
    micros_each(spent, rounds * batch)
}

fn bare(schema: impl FnOnce(&std::path::Path)) -> (tempfile::TempDir, Connection) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("bench.db");
    schema(&path);
    let connection = Connection::open(&path).expect("opens");
    connection.set_prepared_statement_cache_capacity(64);
    connection
        .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -8192;")
        .expect("is tuned");
    (folder, connection)
}

/// Writes one batch of one stage.
type Stage<'a> = &'a dyn Fn(&Connection, u128) -> rusqlite::Result<()>;

fn three_stages(connection: &Connection, batch: u128, rounds: u128, stages: [Stage<'_>; 3]) -> f64 {
    let mut spent = Duration::ZERO;
    for round in 0..rounds {
        let before = cpu();
        connection.execute_batch("BEGIN IMMEDIATE").expect("begins");
        for (behind, stage) in (0..).zip(stages) {
            if round >= behind {
                for number in (round - behind) * batch..(round - behind + 1) * batch {
                    stage(connection, number).expect("writes");
                }
            }
        }
        connection.execute_batch("COMMIT").expect("commits");
        spent += cpu().saturating_sub(before);
    }
    micros_each(spent, rounds * batch)
}

/// The least that could be stored: an event, a conversation, an outbox row.
fn bare_three_tables(batch: u128, rounds: u128) -> f64 {
    let (_folder, connection) = bare(|path| {
        Connection::open(path)
            .and_then(|connection| {
                connection.execute_batch(
                    "CREATE TABLE event (seq INTEGER PRIMARY KEY, dedupe TEXT UNIQUE, payload TEXT, state INTEGER);
                     CREATE TABLE conversation (id BLOB PRIMARY KEY, version INTEGER) WITHOUT ROWID;
                     CREATE TABLE outbox (seq INTEGER PRIMARY KEY, payload TEXT, state INTEGER);",
                )
            })
            .expect("is made");
    });
    let run = |connection: &Connection, sql: &str, params: &[&dyn rusqlite::ToSql]| {
        connection.prepare_cached(sql)?.execute(params).map(|_| ())
    };
    let payload = "x".repeat(300);
    three_stages(
        &connection,
        batch,
        rounds,
        [
            &|connection, number| {
                let dedupe = format!("loopback/m{number}");
                run(
                    connection,
                    "INSERT INTO event (dedupe, payload, state) VALUES (?1, ?2, 0)",
                    &[&dedupe, &payload],
                )
            },
            &|connection, number| {
                let seq = i64::try_from(number + 1).expect("few messages");
                let conversation = id(4, number % PLACES).into_bytes();
                run(
                    connection,
                    "UPDATE event SET state = 1 WHERE seq = ?1 AND state = 0",
                    &[&seq],
                )?;
                run(
                    connection,
                    "INSERT INTO conversation (id, version) VALUES (?1, 1)
                     ON CONFLICT (id) DO UPDATE SET version = version + 1",
                    &[&conversation],
                )?;
                run(
                    connection,
                    "INSERT INTO outbox (payload, state) VALUES (?1, 0)",
                    &[&payload],
                )
            },
            &|connection, number| {
                let seq = i64::try_from(number + 1).expect("few messages");
                run(
                    connection,
                    "UPDATE outbox SET state = 1 WHERE seq = ?1 AND state = 0",
                    &[&seq],
                )
            },
        ],
    )
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("the model is JSON")
}

/// The rows that storage writes, with values made beforehand.
fn bare_same_rows(batch: u128, rounds: u128) -> f64 {
    let (_folder, connection) = bare(|path| {
        let clock = std::sync::Arc::new(TestClock::new(START));
        drop(SqliteStorage::open(path, &Options::default(), clock).expect("opens"));
    });
    let (payload, trace) = (json(&event(0).event), json(&trace()));
    let (question, answer) = (json(&Content::plain(QUESTION)), json(&Content::plain(ANSWER)));
    let (author, action) = (json(&message(5, 0, None).author), json(&delivery(0).action));
    let lanes: Vec<String> = (0..PLACES).map(|number| LaneKey::of_place(place(number)).0).collect();
    let lane = |number: u128| &lanes[usize::try_from(number % PLACES).expect("few places")];
    let say = |connection: &Connection, kind: u128, number: u128, native: Option<String>, content: &str| {
        connection
            .prepare_cached(
                "INSERT INTO message (id, community, conversation, place, author, native, note, content, at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, ?7, 1)",
            )?
            .execute(params![
                id(kind, number).into_bytes(),
                COMMUNITY.0.into_bytes(),
                id(4, number % PLACES).into_bytes(),
                place(number).0.into_bytes(),
                author,
                native,
                content
            ])
    };
    three_stages(
        &connection,
        batch,
        rounds,
        [
            &|connection, number| {
                connection
                    .prepare_cached(
                        "INSERT INTO event (id, dedupe, kind, community, place, lane, received_at, payload)
                         VALUES (?1, ?2, 'message', ?3, ?4, ?5, 1, ?6)",
                    )?
                    .execute(params![
                        id(3, number).into_bytes(),
                        format!("loopback/place{}/m{number}", number % PLACES),
                        COMMUNITY.0.into_bytes(),
                        place(number).0.into_bytes(),
                        lane(number),
                        payload
                    ])?;
                Ok(())
            },
            &|connection, number| {
                connection
                    .prepare_cached(
                        "UPDATE event SET state = 'handled', ended_at = 1, conversation = ?2, trace = ?3
                          WHERE seq = ?1 AND state = 'accepted'",
                    )?
                    .execute(params![
                        i64::try_from(number + 1).expect("few messages"),
                        id(4, number % PLACES).into_bytes(),
                        trace
                    ])?;
                connection
                    .prepare_cached(
                        "INSERT INTO conversation (id, community, place, lane, holder, held, version, misses, opened_at,
                                                   changed_at, active_at)
                         VALUES (?1, ?2, ?3, ?4, 'bot', '{\"holder\":\"bot\"}', 1, 0, 1, 1, 1)
                         ON CONFLICT (id) DO UPDATE SET version = version + 1",
                    )?
                    .execute(params![
                        id(4, number % PLACES).into_bytes(),
                        COMMUNITY.0.into_bytes(),
                        place(number).0.into_bytes(),
                        lane(number)
                    ])?;
                say(connection, 5, number, Some(format!("m{number}")), &question)?;
                say(connection, 6, number, None, &answer)?;
                connection
                    .prepare_cached(
                        "INSERT INTO delivery (id, kind, login, place, conversation, message, piece, priority, due,
                                               action, idempotent)
                         VALUES (?1, 'send', 'loopback', ?2, ?3, ?4, 0, 1, 1, ?5, 1)",
                    )?
                    .execute(params![
                        id(7, number).into_bytes(),
                        place(number).0.into_bytes(),
                        id(4, number % PLACES).into_bytes(),
                        id(6, number).into_bytes(),
                        action
                    ])?;
                Ok(())
            },
            &|connection, number| {
                connection
                    .prepare_cached(
                        "UPDATE delivery SET state = 'delivered', native = ?2, ended_at = 1
                          WHERE id = ?1 AND state = 'queued'",
                    )?
                    .execute(params![id(7, number).into_bytes(), format!("s{number}")])?;
                Ok(())
            },
        ],
    )
}
