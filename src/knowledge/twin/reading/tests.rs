//! What the model reads for the answer twin, and what comes of it.

use std::sync::Mutex;

use super::super::{said, take};
use super::*;
use crate::knowledge::scoring::Space;
use crate::model::directory::Audience;
use crate::model::entry::Entry;
use crate::model::finding::{AskScope, Decision};
use serde_json::json;
use uuid::Uuid;

const TODAY: &str = "2026-11-24";

/// Knows that two words mean the same, and remembers what it was given.
#[derive(Debug, Default)]
struct Fake {
    given: Mutex<Vec<String>>,
    fails_at: Option<&'static str>,
}

impl Embedder for Fake {
    fn name(&self) -> &'static str {
        "fake"
    }

    fn space(&self) -> Space {
        Space {
            model: ModelDigest::default(),
            dimensions: 2,
            unrelated: 0.0,
        }
    }

    fn embed(&self, text: &str, _: Role) -> Result<Option<Embedding>, EmbedError> {
        self.given.lock().unwrap().push(text.to_owned());
        if self.fails_at.is_some_and(|part| text.contains(part)) {
            return Err(EmbedError("it is told to".to_owned()));
        }
        let money = text.contains("refund") || text.contains("euros");
        Ok(Embedding::of(if money { &[1.0, 0.0] } else { &[0.0, 1.0] }))
    }
}

fn stored(id: &str, question: &str, answer: &str) -> StoredEntry {
    let entry = json!({"id": id, "question": question, "answer": {"full": answer}, "rev": 1});
    StoredEntry {
        entry: serde_json::from_value(entry).unwrap(),
        file: None,
        changed_at: Timestamp::default(),
        changed_by: None,
    }
}

fn entries() -> Vec<StoredEntry> {
    vec![
        stored("money", "How do I get a refund?", "A refund takes a week."),
        stored("garden", "When does the garden open?", "At nine."),
        stored("parking", "Where can I park my bicycle?", "Behind the house."),
    ]
}

fn euros() -> Vec<Past> {
    vec![Past {
        question: "are my euros gone".to_owned(),
        scope: AskScope {
            community: CommunityId(Uuid::nil()),
            place: None,
            platform: "discord".to_owned(),
            audience: Audience::Public,
            staff: false,
            overheard: false,
            language: None,
            conversation: None,
            without: Vec::new(),
            asker: None,
            consults: false,
        },
        times: 1,
        private: false,
        conversation: None,
        embedding: None,
    }]
}

/// A reader whose model has read all entries but what is `unread`.
fn reader(fake: &Arc<Fake>, unread: &str) -> Reader {
    let base = Base::for_model(fake.space(), "en", entries());
    let read = base.to_embed(100).into_iter().filter(|(_, text)| text != unread);
    let made = read.map(|(digest, text)| (digest, Fake::default().embed(&text, Role::Stored).unwrap().unwrap()));
    Reader {
        embedder: Arc::<Fake>::clone(fake),
        texts_max: 100,
        unread_max: TEXTS_MAX,
        made: made.collect(),
    }
}

fn renamed() -> Step {
    let entry: Entry = serde_json::from_value(json!({
        "id": "garden", "question": "When does the garden open?", "aliases": ["is the lawn closed"],
        "answer": {"full": "At nine."}, "rev": 1
    }))
    .unwrap();
    Step::Put(Box::new(entry))
}

fn is_money(decision: &Decision) -> bool {
    match decision {
        Decision::Answer { entry } => entry.id.as_str() == "money",
        Decision::Suggest { hits } => hits[0].id.as_str() == "money",
        Decision::Abstain { .. } => false,
    }
}

#[test]
fn both_bases_decide_with_the_model_and_only_what_is_new_is_read() {
    let fake = Arc::new(Fake::default());
    let reader = reader(&fake, "At nine.");
    let (mut base, mut questions) = (reader.base("en", entries()), euros());
    let steps = [renamed(), Step::Remove("money".into())];
    let new = reader.read(&mut base, "en", &steps, &mut questions).unwrap();
    let mut given = fake.given.lock().unwrap().clone();
    given.sort_unstable();
    given.dedup();
    assert_eq!(given, ["At nine.", "are my euros gone", "is the lawn closed"]);
    assert!(is_money(&said(&questions, &base, TODAY)[0]));
    for step in steps {
        take(&mut base, step, Timestamp::default());
    }
    for (text, made) in &new {
        base.embed(*text, made.as_ref());
    }
    assert_eq!(base.unembedded(), 0);
    assert!(!is_money(&said(&questions, &base, TODAY)[0]));
}

#[test]
fn what_is_too_much_or_fails_leaves_everything_to_words() {
    let check = |fails_at, texts_max, expected: &str| {
        let fake = Arc::new(Fake {
            fails_at,
            ..Fake::default()
        });
        let reader = Reader {
            texts_max,
            ..reader(&fake, "")
        };
        let (mut base, mut questions) = (reader.base("en", entries()), euros());
        let why = reader.read(&mut base, "en", &[renamed()], &mut questions).unwrap_err();
        assert_eq!(why, expected);
        assert_eq!(questions, euros());
    };
    check(None, 5, TOO_MUCH);
    check(Some("lawn"), 100, FAILS);
    check(Some("euros"), 100, FAILS);
}
