//! What must hold after the last life: read from the database and from the platform's own log.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use switchboard::clock::SystemClock;
use switchboard::model::action::Priority;
use switchboard::model::fit::FittedBody;
use switchboard::storage::Page;
use switchboard::storage::core::{CoreReads as _, DeliveryState, EventState, StoredDelivery};
use switchboard::storage::sqlite::{Options, SqliteStorage};

use super::child::{CHANNEL, EVENTS, LOGINS};

const ALL: Page = Page {
    before: None,
    limit: 100_000,
};

/// Fails with the story of the seed.
#[tokio::main(flavor = "current_thread")]
pub async fn check(folder: &Path, story: &str) {
    let path = folder.join("switchboard.db");
    let storage = SqliteStorage::open(&path, &Options::default(), Arc::new(SystemClock::new())).expect("it opens");
    let events = storage.events(None, ALL, None).await.expect("events can be read");
    let mut handled = BTreeMap::new();
    for (event, _) in &events {
        assert_eq!(
            event.state,
            EventState::Handled,
            "{story}: event {} is not handled",
            event.seq.0
        );
        *handled.entry(event.new.event.dedupe.as_str()).or_insert(0) += 1;
    }
    for number in 0..EVENTS {
        assert_eq!(
            handled.get(format!("load/{number}").as_str()),
            Some(&1),
            "{story}: event {number}"
        );
    }
    let deliveries = storage
        .deliveries(None, ALL, None)
        .await
        .expect("deliveries can be read");
    let arrivals = arrivals(folder);
    let (threads, deliveries): (Vec<_>, Vec<_>) = deliveries
        .into_iter()
        .partition(|delivery| matches!(delivery.new.action.body, FittedBody::Thread { .. }));
    let opened = |thread: &StoredDelivery| thread.state == DeliveryState::Delivered;
    assert!(
        !threads.is_empty() && threads.iter().all(opened),
        "{story}: {threads:?}"
    );
    each_where_it_is_stored(&storage, &deliveries, folder, story).await;
    let deliveries: Vec<_> = deliveries
        .into_iter()
        .filter(|delivery| delivery.new.piece == 0)
        .collect();
    each_answer_once(&deliveries, &arrivals, story);
    in_order(&deliveries, folder, story);
}

/// How often each answer arrived, by its number.
fn arrivals(folder: &Path) -> HashMap<u64, u32> {
    let mut counts = HashMap::new();
    for login in LOGINS {
        for line in log(folder, login) {
            *counts.entry(line.number).or_insert(0) += 1;
        }
    }
    counts
}

fn each_answer_once(deliveries: &[StoredDelivery], arrivals: &HashMap<u64, u32>, story: &str) {
    let mut by_number: HashMap<u64, Vec<&StoredDelivery>> = HashMap::new();
    for delivery in deliveries {
        by_number.entry(number_of(delivery)).or_default().push(delivery);
    }
    for number in 0..EVENTS {
        let [delivery] = by_number.get(&number).map_or(&[][..], Vec::as_slice) else {
            panic!(
                "{story}: answer {number} has {:?} deliveries",
                by_number.get(&number).map(Vec::len)
            );
        };
        let arrived = arrivals.get(&number).copied().unwrap_or(0);
        match delivery.state {
            DeliveryState::Delivered => assert_eq!(arrived, 1, "{story}: answer {number} arrived {arrived} times"),
            DeliveryState::PerhapsSent => {
                assert!(arrived <= 1, "{story}: answer {number} arrived {arrived} times");
                assert!(
                    !delivery.new.idempotent,
                    "{story}: answer {number} could have been repeated safely"
                );
            }
            other => panic!("{story}: answer {number} is {other:?}: {delivery:?}"),
        }
    }
}

/// Also those in threads, into which all answers in the channel went.
async fn each_where_it_is_stored(storage: &SqliteStorage, deliveries: &[StoredDelivery], folder: &Path, story: &str) {
    let mut stored = HashMap::new();
    for delivery in deliveries {
        let place = storage.place(delivery.new.place).await.expect("places can be read");
        let place = place.expect("the place of a delivery is known");
        let conversation = storage
            .conversation(delivery.new.conversation.expect("each answer has a conversation"))
            .await
            .expect("conversations can be read");
        assert_eq!(
            conversation.map(|held| held.place),
            Some(place.id),
            "{story}: {delivery:?}"
        );
        stored.insert(delivery.new.id.to_string(), place.native.id.to_string());
    }
    assert!(
        stored.values().all(|place| place != CHANNEL),
        "{story}: an answer went into the channel"
    );
    for login in LOGINS {
        for line in text(folder, login).lines() {
            let words: Vec<&str> = line.split(' ').collect();
            if let Some(place) = stored.get(words[0]) {
                assert_eq!(words[2], place, "{story}: delivery {}", words[0]);
            }
        }
    }
}

/// Within one conversation and priority, answers arrive in the order of their questions.
fn in_order(deliveries: &[StoredDelivery], folder: &Path, story: &str) {
    let priorities: HashMap<u64, Priority> = deliveries
        .iter()
        .map(|delivery| (number_of(delivery), delivery.new.priority))
        .collect();
    for login in LOGINS {
        let mut last: HashMap<(String, Priority), u64> = HashMap::new();
        for line in log(folder, login) {
            let priority = priorities[&line.number];
            let before = last.insert((line.place.clone(), priority), line.number);
            assert!(
                before.is_none_or(|before| before < line.number),
                "{story}: {login}: {} arrived after {before:?}",
                line.number
            );
        }
    }
}

struct Line {
    place: String,
    number: u64,
}

/// Each line is delivery, native id, place, text. A thread that is opened has no text, and the second piece of an answer no
/// number.
fn log(folder: &Path, login: &str) -> Vec<Line> {
    let parse = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        let number = words.get(4)?.parse().expect("an answer has a number");
        Some(Line {
            place: words[2].to_owned(),
            number,
        })
    };
    text(folder, login).lines().filter_map(parse).collect()
}

fn text(folder: &Path, login: &str) -> String {
    std::fs::read_to_string(folder.join(format!("{login}.log"))).expect("the platform has a log")
}

fn number_of(delivery: &StoredDelivery) -> u64 {
    let FittedBody::Send { content, .. } = &delivery.new.action.body else {
        panic!("only answers are sent")
    };
    let text = content.to_plain();
    text.strip_prefix("answer ")
        .and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .expect("an answer has a number")
}
