//! What a question costs in a knowledge base of a thousand, ten thousand and a hundred thousand entries.
//!
//! `cargo bench --bench knowledge`; `-- --short` leaves the largest out. Times are wall time of one thread on an idle
//! machine; entries are made of a fixed vocabulary, three texts each.

use std::time::Duration;

use switchboard::clock::{Clock, SystemClock};
use switchboard::knowledge::Base;
use switchboard::model::Timestamp;
use switchboard::model::directory::Audience;
use switchboard::model::entry::{Answer, Channels, Entry, Visibility};
use switchboard::model::finding::AskScope;
use switchboard::model::ids::{CommunityId, EntryId};
use switchboard::storage::knowledge::StoredEntry;

/// Enough that the 95th percentile stands on ten questions.
const QUESTIONS: usize = 200;

/// Words are drawn from so many.
const WORDS: u64 = 20_000;

/// Measures and prints.
pub fn run(short: bool) {
    let clock = SystemClock::new();
    println!("| entries | index | question p50 | question p95 | edit |");
    println!("|---:|---:|---:|---:|---:|");
    for entries in [1_000, 10_000, 100_000] {
        if !(short && entries > 10_000) {
            measure(&clock, entries);
        }
    }
}

fn measure(clock: &SystemClock, entries: u64) {
    let stored: Vec<StoredEntry> = (0..entries).map(stored).collect();
    let started = clock.elapsed();
    let mut base = Base::new("en", stored);
    let indexed = clock.elapsed().saturating_sub(started);
    let scope = scope();
    let mut times: Vec<Duration> = (0..QUESTIONS as u64)
        .map(|number| {
            let question = sentence(number * 7 % entries, 0, 6);
            let started = clock.elapsed();
            std::hint::black_box(base.ask(&scope, &question, 3, &[], "2026-01-01"));
            clock.elapsed().saturating_sub(started)
        })
        .collect();
    times.sort();
    let started = clock.elapsed();
    base.put(self::stored(entries / 2));
    let edited = clock.elapsed().saturating_sub(started);
    println!(
        "| {entries} | {indexed:.2?} | {:.2?} | {:.2?} | {edited:.2?} |",
        times[QUESTIONS / 2],
        times[QUESTIONS * 95 / 100],
    );
}

fn stored(number: u64) -> StoredEntry {
    StoredEntry {
        entry: Entry {
            id: EntryId::from(format!("entry-{number}")),
            question: sentence(number, 0, 7),
            aliases: vec![sentence(number, 1, 5)],
            answer: Answer {
                full: sentence(number, 2, 25),
                short: None,
                steps: Vec::new(),
            },
            language: None,
            translations: std::collections::BTreeMap::default(),
            visibility: Visibility::Public,
            channels: Channels::default(),
            sources: Vec::new(),
            credit: None,
            owner: None,
            review_by: None,
            until: None,
            related: Vec::new(),
            escalate_to: None,
            rev: 1,
        },
        file: None,
        changed_at: Timestamp::default(),
        changed_by: None,
    }
}

/// The same words for the same numbers in every run; small word numbers are common, as in language.
fn sentence(entry: u64, text: u64, words: u64) -> String {
    let words: Vec<String> = (0..words)
        .map(|place| {
            let mut number = (entry * 31 + text * 7 + place).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            number ^= number >> 29;
            let number = number.wrapping_mul(0xbf58_476d_1ce4_e5b9) % WORDS;
            word(number * number / WORDS)
        })
        .collect();
    words.join(" ")
}

fn word(mut number: u64) -> String {
    const SYLLABLES: [&str; 16] = [
        "ba", "ke", "mi", "no", "ru", "ta", "se", "li", "do", "fu", "ga", "pe", "vi", "zo", "cha", "sto",
    ];
    let mut word = String::new();
    for _ in 0..4 {
        word.push_str(SYLLABLES[usize::try_from(number % 16).unwrap_or(0)]);
        number /= 16;
    }
    word
}

fn scope() -> AskScope {
    AskScope {
        community: CommunityId(uuid::Uuid::nil()),
        place: None,
        platform: "web_chat".to_owned(),
        audience: Audience::Direct,
        staff: false,
        overheard: false,
        language: None,
        conversation: None,
        without: Vec::new(),
        asker: None,
    }
}
