//! The whole durable path: messages are accepted and stored, go through three sandboxed plugins, their outcome and
//! outbox are committed, and the answers are delivered to an in-memory platform. Beside it the bare parts: the same
//! payloads parsed, three calls into bare wasmtime, and the rows in bare SQLite.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use switchboard::connectors::EventSink as _;
use switchboard::connectors::loopback::Loopback;
use switchboard::dispatcher::{Dispatcher, NoCommands, Options, Parts};
use switchboard::handoff::Handoff;
use switchboard::outbox::Outbox;
use switchboard::supervisor::{Bell, Stop, Supervisor};

use crate::bare_wasmtime::Bare;
use crate::figures::{cpu, median, share};
use crate::home::Home;
use crate::{bare_sqlite, payload};

/// Messages that a connector hands in at once, as Telegram does.
const UPDATES: usize = 64;

/// Connectors that hand in at the same time.
const FEEDERS: usize = 8;

/// Rows of the bare database in one transaction: what the writer's batches come to under this load.
const BATCH: u128 = 256;

/// Measures and prints.
pub fn run(short: bool) {
    let messages = if short { 1_024 } else { 40_960 };
    let payloads: Vec<String> = (0..messages).map(payload::payload).collect();
    let calls = median(3, || Bare::new().run(&payloads));
    let rounds = u128::try_from(messages).expect("few messages") / BATCH;
    let least = median(3, || bare_sqlite::three_tables(BATCH, rounds.max(4)));
    let same = median(3, || bare_sqlite::same_rows(BATCH, rounds.max(4)));
    let (durable, wall) = durable(&payloads);
    println!("path: CPU for each message, microseconds (synchronous=FULL, {messages} messages)");
    println!("parse and three calls in bare wasmtime    {calls:>8.1}");
    println!("bare SQLite, an event, a conversation, an outbox row, batches of {BATCH} {least:>8.1}");
    println!("bare SQLite, the rows that we write, batches of {BATCH}      {same:>8.1}");
    println!(
        "the whole durable path                    {durable:>8.1} {:>8.2} x the bare parts, {:.2} x with our rows",
        durable / (calls + least),
        durable / (calls + same)
    );
    #[expect(clippy::cast_precision_loss, reason = "a few thousand messages")]
    let rate = messages as f64 / wall.as_secs_f64();
    println!("messages a second on this machine         {rate:>8.0}");
}

/// CPU for each message, and the time all of them took.
fn durable(payloads: &[String]) -> (f64, Duration) {
    let home = Home::new(false);
    let chain = Arc::new(home.chain(home.roster(0)));
    let (events, jobs) = (Bell::default(), Bell::default());
    let outbox = Arc::new(Outbox::new(
        Arc::clone(&home.storage),
        Arc::clone(&home.clock),
        events.clone(),
    ));
    let platform = Arc::new(Loopback::new(payload::LOGIN));
    platform.forget_arrivals();
    let dispatcher = Dispatcher::new(Parts {
        storage: Arc::clone(&home.storage),
        clock: Arc::clone(&home.clock),
        outbox: Arc::clone(&outbox),
        jobs,
        events,
        handlers: vec![
            Arc::new(Handoff::new(Arc::clone(&home.storage), Arc::clone(&home.clock))),
            chain,
        ],
        commands: Arc::new(NoCommands),
        options: Options::one_community(home.community),
    });
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let supervisor = Supervisor::new(Stop::new());
    let started = home.clock.elapsed();
    let before = cpu();
    runtime.block_on(async {
        dispatcher.start(&supervisor, &home.host.handle());
        outbox.add(Arc::clone(&platform) as _, &supervisor);
        let feed = |feeder: usize| {
            let dispatcher = dispatcher.clone();
            async move {
                let login = payload::LOGIN.into();
                for updates in payloads.chunks(UPDATES).skip(feeder).step_by(FEEDERS) {
                    let events = updates.iter().map(|payload| payload::event(payload)).collect();
                    let accepted = dispatcher.accept(&login, events, None).await;
                    assert_eq!(accepted.expect("accepting works").len(), updates.len());
                }
            }
        };
        join_all((0..FEEDERS).map(feed)).await;
        let mut changes = home.storage.changes();
        while !(dispatcher.is_quiet() && outbox.is_quiet()) {
            // A change is the signal; the limit is for what changes nothing on disk.
            drop(tokio::time::timeout(Duration::from_millis(2), changes.recv()).await);
        }
    });
    let spent = cpu().saturating_sub(before);
    let wall = home.clock.elapsed().saturating_sub(started);
    assert!(runtime.block_on(supervisor.shut_down(Duration::from_secs(10))));
    (share(spent, payloads.len()), wall)
}
