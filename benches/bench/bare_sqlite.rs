//! The same rows in SQLite with nothing around it: the least that a durable path can cost.

use std::time::Duration;

use rusqlite::{Connection, params};
use switchboard::clock::TestClock;
use switchboard::model::content::Content;
use switchboard::model::conversation::LaneKey;
use switchboard::storage::sqlite::{Options, SqliteStorage};

use crate::figures::{cpu, share};
use crate::rows::{ANSWER, COMMUNITY, PLACES, QUESTION, START, delivery, event, id, message, place, trace};

fn database(schema: impl FnOnce(&std::path::Path)) -> (tempfile::TempDir, Connection) {
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
    share(spent, usize::try_from(rounds * batch).expect("few messages"))
}

/// The least that could be stored: an event, a conversation, an outbox row.
pub fn three_tables(batch: u128, rounds: u128) -> f64 {
    let (_folder, connection) = database(|path| {
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
pub fn same_rows(batch: u128, rounds: u128) -> f64 {
    let (_folder, connection) = database(|path| {
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
