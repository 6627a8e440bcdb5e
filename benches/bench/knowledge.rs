//! What a question costs in a knowledge base of a thousand, ten thousand and a hundred thousand entries.
//!
//! `cargo xtask bench knowledge`; `--short` leaves the largest out. Times are wall time of one thread on an idle
//! machine; entries are made of a fixed vocabulary, three texts each. With `--model` there are rows with a sentence model: it reads every
//! question, and what it would make of the entries is drawn by lot, which takes no hours and costs a question as much.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use switchboard::clock::{Clock, SystemClock};
use switchboard::knowledge::Base;
use switchboard::knowledge::base::Asked;
use switchboard::knowledge::embeddings::{self, Embedder, Role, Settings};
use switchboard::knowledge::scoring::Embedding;
use switchboard::model::Timestamp;
use switchboard::model::directory::Audience;
use switchboard::model::entry::{Answer, Channels, Entry, Visibility};
use switchboard::model::finding::AskScope;
use switchboard::model::ids::{CommunityId, EntryId};
use switchboard::storage::knowledge::StoredEntry;

use super::figures;

/// Enough that the 95th percentile stands on ten questions.
const QUESTIONS: usize = 200;

/// So many texts at once get what the lot draws.
const PAGE: usize = 1_000;

/// Words are drawn from so many.
const WORDS: u64 = 20_000;

/// Measures and prints.
pub fn run(short: bool) {
    let clock = SystemClock::new();
    let sizes = [1_000, 10_000, 100_000]
        .into_iter()
        .filter(|entries| !short || *entries <= 10_000);
    println!("| entries | index | question p50 | question p95 | edit |");
    println!("|---:|---:|---:|---:|---:|");
    for entries in sizes.clone() {
        measure(&clock, entries);
    }
    let Some(folder) = std::env::var_os("SWITCHBOARD_MODEL") else {
        println!("\nWithout `--model` nothing is measured with a sentence model.");
        return;
    };
    let before = memory();
    let model = open(folder.into());
    // It takes what it needs with its first texts.
    ask_all(&clock, 1_000, |question| {
        std::hint::black_box(embed(&*model, question));
    });
    let alone = memory() - before;
    println!("\n| entries | question p50 | question p95 | of it the model, p50 | more memory, MiB |");
    println!("|---:|---:|---:|---:|---:|");
    for entries in sizes {
        measure_with(&clock, &*model, entries, alone);
    }
}

fn measure(clock: &SystemClock, entries: u64) {
    let stored: Vec<StoredEntry> = (0..entries).map(stored).collect();
    let started = clock.elapsed();
    let mut base = Base::new("en", stored);
    let indexed = clock.elapsed().saturating_sub(started);
    let times = ask_all(clock, entries, |question| {
        std::hint::black_box(base.ask(&scope(), question, 3, &[], "2026-01-01"));
    });
    let started = clock.elapsed();
    base.put(self::stored(entries / 2));
    let edited = clock.elapsed().saturating_sub(started);
    println!(
        "| {entries} | {indexed:.2?} | {:.2?} | {:.2?} | {edited:.2?} |",
        times[QUESTIONS / 2],
        times[QUESTIONS * 95 / 100],
    );
}

/// `taken` is the memory of the model itself.
fn measure_with(clock: &SystemClock, model: &dyn Embedder, entries: u64, taken: f64) {
    let before = memory();
    let base = Base::new("en", (0..entries).map(stored).collect());
    let without = memory() - before;
    drop(base);
    let (before, space) = (memory(), model.space());
    let mut base = Base::for_model(space, "en", (0..entries).map(stored).collect());
    let mut number = 0;
    while base.unembedded() > 0 {
        for (digest, _) in base.to_embed(PAGE) {
            number += 1;
            base.embed(digest, by_lot(number, space.dimensions).as_ref());
        }
    }
    let more = memory() - before - without + taken;
    let alone = ask_all(clock, entries, |question| {
        std::hint::black_box(embed(model, question));
    });
    let times = ask_all(clock, entries, |question| {
        let embedding = embed(model, question);
        let asked = Asked {
            words: question,
            embedding: embedding.as_ref(),
        };
        std::hint::black_box(base.ask(&scope(), asked, 3, &[], "2026-01-01"));
    });
    println!(
        "| {entries} | {:.2?} | {:.2?} | {:.2?} | {more:.0} |",
        times[QUESTIONS / 2],
        times[QUESTIONS * 95 / 100],
        alone[QUESTIONS / 2],
    );
}

/// How long each question took, the shortest first.
fn ask_all(clock: &SystemClock, entries: u64, ask: impl Fn(&str)) -> Vec<Duration> {
    let measured = |number: u64| {
        let question = sentence(number * 7 % entries, 0, 6);
        let started = clock.elapsed();
        ask(&question);
        clock.elapsed().saturating_sub(started)
    };
    let mut times: Vec<Duration> = (0..QUESTIONS as u64).map(measured).collect();
    times.sort();
    times
}

fn open(folder: PathBuf) -> Arc<dyn Embedder> {
    let settings = Settings {
        folder,
        runtime: None,
        threads: 1,
        timeout: Duration::MAX,
        texts_max: usize::MAX,
    };
    embeddings::open(&settings).expect("`cargo xtask model` has made the folder")
}

fn embed(model: &dyn Embedder, question: &str) -> Option<Embedding> {
    model.embed(question, Role::Question).expect("the model works")
}

/// The same for the same number in every run.
fn by_lot(number: u64, dimensions: usize) -> Option<Embedding> {
    let mut lot = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut draw = || {
        lot ^= lot << 13;
        lot ^= lot >> 7;
        lot ^= lot << 17;
        f32::from(lot.to_le_bytes()[3].cast_signed())
    };
    Embedding::of(&(0..dimensions).map(|_| draw()).collect::<Vec<_>>())
}

/// Of this process, in MiB.
fn memory() -> f64 {
    figures::resident_mib(std::process::id())
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
        consults: false,
    }
}
