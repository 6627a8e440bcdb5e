//! A model that counts words by what they mean, and that does what a test wants.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex};
use std::time::Duration;

use switchboard::knowledge::embeddings::{EmbedError, Embedder, Role};
use switchboard::knowledge::scoring::{Embedding, ModelDigest, Space, hash};
use tokio::sync::Notify;

/// Words on a line mean the same.
const MEANINGS: [&[&str]; 3] = [
    &["refund", "return", "money", "euros"],
    &["garden", "park", "lawn"],
    &["bus", "coach"],
];

/// Words that mean nothing by themselves.
const LITTLE: &[&str] = &[
    "how", "do", "i", "get", "a", "is", "there", "on", "when", "does", "the", "which", "goes", "to", "could",
    "someone", "my", "give", "me", "want", "us",
];

const PATIENCE: Duration = Duration::from_mins(1);

/// One for each meaning, and some for all other words.
const DIMENSIONS: usize = 24;

#[derive(Debug)]
pub struct Thesaurus {
    version: u8,
    stored: AtomicUsize,
    failing: AtomicBool,
    unknown: Mutex<HashSet<String>>,
    /// Whether it finishes no text.
    held: Mutex<bool>,
    released: Condvar,
    /// It has begun with a text that it does not finish.
    stuck: Notify,
}

impl Thesaurus {
    pub fn new(version: u8) -> Self {
        Self {
            version,
            stored: AtomicUsize::new(0),
            failing: AtomicBool::new(false),
            unknown: Mutex::default(),
            held: Mutex::new(false),
            released: Condvar::new(),
            stuck: Notify::new(),
        }
    }

    /// How many stored texts it has read.
    pub fn stored(&self) -> usize {
        self.stored.load(Ordering::SeqCst)
    }

    pub fn fail(&self, failing: bool) {
        self.failing.store(failing, Ordering::SeqCst);
    }

    pub fn know_nothing_of(&self, text: &str) {
        self.unknown.lock().unwrap().insert(text.to_owned());
    }

    /// It finishes no text as long as it is held.
    pub fn hold(&self, held: bool) {
        *self.held.lock().unwrap() = held;
        self.released.notify_all();
    }

    /// Until it has begun with a text that it does not finish.
    pub async fn is_stuck(&self) {
        self.stuck.notified().await;
    }
}

impl Embedder for Thesaurus {
    fn name(&self) -> &'static str {
        "thesaurus"
    }

    fn space(&self) -> Space {
        Space {
            model: ModelDigest([self.version; 16]),
            dimensions: DIMENSIONS,
            unrelated: 0.0,
        }
    }

    fn embed(&self, text: &str, role: Role) -> Result<Option<Embedding>, EmbedError> {
        if self.failing.load(Ordering::SeqCst) {
            return Err(EmbedError("it is told to".to_owned()));
        }
        let held = self.held.lock().unwrap();
        if *held {
            self.stuck.notify_one();
        }
        // A test that has failed lets nobody go.
        drop(self.released.wait_timeout_while(held, PATIENCE, |held| *held).unwrap());
        if role == Role::Stored {
            self.stored.fetch_add(1, Ordering::SeqCst);
        }
        if self.unknown.lock().unwrap().contains(text) {
            return Ok(None);
        }
        Ok(Embedding::of(&counted(text)))
    }
}

fn counted(text: &str) -> [f32; DIMENSIONS] {
    let mut numbers = [0.0; DIMENSIONS];
    let lower = text.to_lowercase();
    for word in lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
    {
        let meaning = MEANINGS.iter().position(|words| words.contains(&word));
        if meaning.is_none() && LITTLE.contains(&word) {
            continue;
        }
        let others = DIMENSIONS - MEANINGS.len();
        let at = meaning.unwrap_or_else(|| MEANINGS.len() + hash(word) as usize % others);
        numbers[at] += 1.0;
    }
    numbers
}
