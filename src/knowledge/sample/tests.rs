//! What the sample knowledge answers, and what it does not.

use uuid::Uuid;

use super::*;
use crate::knowledge::scoring::Lines;
use crate::knowledge::{Base, files};
use crate::model::Timestamp;
use crate::model::directory::Audience;
use crate::model::finding::{AskScope, Decision};
use crate::model::ids::CommunityId;
use crate::storage::knowledge::StoredEntry;

fn base() -> Base {
    let entries = files::read(&sample()).unwrap_or_else(|problems| panic!("{problems:#?}"));
    let stored = entries
        .into_iter()
        .map(|entry| StoredEntry {
            entry: entry.entry,
            file: Some(entry.file),
            changed_at: Timestamp::default(),
            changed_by: None,
        })
        .collect();
    Base::new("en", stored)
}

fn scope() -> AskScope {
    AskScope {
        community: CommunityId(Uuid::nil()),
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

/// How a question is met: the band, and the ids that a person sees.
fn ask(base: &Base, question: &str) -> (char, Vec<String>, f32) {
    let finding = base.ask(&scope(), question, 3, &[], "2026-11-24");
    match finding.decision {
        Decision::Answer { entry } => ('a', vec![entry.id.to_string()], finding.probability),
        Decision::Suggest { hits } => (
            's',
            hits.iter().map(|hit| hit.id.to_string()).collect(),
            finding.probability,
        ),
        Decision::Abstain { .. } => ('-', Vec::new(), finding.probability),
    }
}

/// Questions in other words than the entries have them.
const PARAPHRASES: &[(&str, &str)] = &[
    ("what is switchboard", "what-is-switchboard"),
    ("so what does this bot do exactly", "what-is-switchboard"),
    (
        "how can I install switchboard on my linux server?",
        "install-switchboard",
    ),
    ("installing it on linux", "install-switchboard"),
    ("i lost the one time link, what now", "first-start"),
    ("how much memory does it need", "requirements"),
    ("will it run on a raspberry pi?", "requirements"),
    (
        "what happens when the bot doesnt know something",
        "when-it-does-not-know",
    ),
    ("is switchboard free", "costs"),
    ("what does it cost?", "costs"),
    ("is it open source", "licence"),
    ("does it speak german", "languages"),
    ("are plugins safe to run", "what-are-plugins"),
    ("how to install a plugin", "install-plugin"),
    ("how do i add a new plugin", "install-plugin"),
    ("what permissions does a plugin need", "plugin-permissions"),
    ("how can I write a plugin in rust", "write-plugin"),
    ("connect my discord server", "connect-discord"),
    ("how do i connect it to discord", "connect-discord"),
    ("can I add the bot to a telegram group", "connect-telegram"),
    ("does it work with slack or whatsapp", "supported-platforms"),
    ("embed the chat widget on my website", "embed-web-chat"),
    ("how to invite a colleague", "accounts-and-roles"),
    ("i forgot my password", "lost-password"),
    ("how do I claim a conversation", "answer-from-console"),
    ("how can I edit the knowledge base", "edit-knowledge"),
    ("how can I schedule a post for tomorrow", "schedule-post"),
    ("scheduling a post", "schedule-post"),
    ("what does /share do", "share-content"),
    ("privacy policy", "what-is-kept"),
    ("where are my messages stored", "what-is-kept"),
    ("please delete my data", "delete-my-data"),
    ("how to back up the database", "backup"),
    ("restore a backup", "backup"),
    ("where is the config file", "configuration"),
    ("what is the maximum file size", "limits"),
    ("why did the bot answer that", "why-this-answer"),
    ("my message was not delivered", "message-not-delivered"),
    ("report a security vulnerability", "report-a-problem"),
    ("was kostet das?", "costs"),
    ("¿cómo instalo switchboard?", "install-switchboard"),
    ("comment planifier une publication", "schedule-post"),
];

/// Questions that no entry answers.
const OFF_TOPIC: &[&str] = &[
    "what is the weather in berlin tomorrow",
    "who won the world cup",
    "tell me a joke",
    "how do I cook rice",
    "what is the capital of australia",
    "translate good morning to japanese",
    "can you recommend a good movie",
    "my printer is out of paper",
    "when does the next train leave",
    "how tall is mount everest",
    "book a table for two tonight",
    "is my package shipped yet",
    "what is the meaning of life",
    "play some music",
    "2 + 2",
    "asdf qwer zxcv",
];

/// The same in languages that only some entries speak.
const OFF_TOPIC_ELSEWHERE: &[&str] = &[
    "Was ist ein Hund?",
    "Was kostet der Versand?",
    "Was kostet ein Fahrrad?",
    "Wie ist das Wetter morgen?",
    "Combien coûte un vélo ?",
    "Qu'est-ce que le jazz ?",
    "Comment faire du pain ?",
    "Combien de temps prend un remboursement ?",
    "¿Cuánto cuesta un coche?",
    "¿Qué es el jazz?",
    "¿Cuánto tarda un reembolso?",
    "¿Cuál es la capital de España?",
];

#[test]
fn most_paraphrases_are_answered_and_hardly_one_wrongly() {
    let base = base();
    let mut answered = 0;
    let mut helped = 0;
    let mut wrong = Vec::new();
    for (question, expected) in PARAPHRASES {
        let (band, ids, probability) = ask(&base, question);
        let right = ids.iter().any(|id| id == expected);
        helped += usize::from(right);
        answered += usize::from(right && band == 'a');
        if band == 'a' && !right {
            wrong.push(format!("{question} → {ids:?} {probability}"));
        }
    }
    println!(
        "answered {answered}, helped {helped} of {}, wrong: {wrong:#?}",
        PARAPHRASES.len()
    );
    assert!(wrong.len() * 20 <= PARAPHRASES.len(), "{wrong:#?}");
    assert!(
        answered * 10 >= PARAPHRASES.len() * 7,
        "answered {answered} of {}",
        PARAPHRASES.len()
    );
    assert!(
        helped * 10 >= PARAPHRASES.len() * 9,
        "helped with {helped} of {}",
        PARAPHRASES.len()
    );
}

#[test]
fn what_is_off_topic_is_never_answered() {
    let base = base();
    for question in OFF_TOPIC {
        let (band, ids, probability) = ask(&base, question);
        assert_ne!(band, 'a', "{question} → {ids:?} {probability}");
    }
    let offered = OFF_TOPIC
        .iter()
        .filter(|question| ask(&base, question).0 == 's')
        .count();
    assert!(
        offered * 4 <= OFF_TOPIC.len(),
        "{offered} of {} got suggestions",
        OFF_TOPIC.len()
    );
}

#[test]
fn what_is_off_topic_is_hardly_answered_where_few_entries_speak_its_language() {
    let base = base();
    let asked = OFF_TOPIC_ELSEWHERE
        .iter()
        .map(|question| (question, ask(&base, question)));
    let answered: Vec<_> = asked.filter(|(_, (band, ..))| *band == 'a').collect();
    assert!(answered.len() * 4 <= OFF_TOPIC_ELSEWHERE.len(), "{answered:#?}");
    for (question, (.., probability)) in answered {
        assert!(
            probability < Lines::START.overheard,
            "nobody hears it unasked: {question}"
        );
    }
}

#[test]
fn every_entry_answers_its_own_question_in_every_language() {
    let base = base();
    for stored in base.list() {
        let entry = &stored.entry;
        let translated = entry.translations.values().map(|translation| &translation.question);
        for question in std::iter::once(&entry.question).chain(translated) {
            let (band, ids, _) = ask(&base, question);
            assert_eq!((band, ids), ('a', vec![entry.id.to_string()]), "{question}");
        }
    }
}

#[test]
fn every_page_that_an_answer_names_is_there() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    for stored in base().list() {
        for source in &stored.entry.sources {
            let named = source.url.split('#').next().unwrap_or_default();
            assert!(root.join(named).is_file(), "{} names {named}", stored.entry.id);
        }
    }
}

#[test]
fn the_sample_is_written_back_as_it_was_read() {
    let base = base();
    let written = files::write(base.list()).unwrap();
    let names: Vec<&str> = written.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["content.yaml", "operating.yaml", "running.yaml", "start.yaml"]);
    let again = files::read(&written).unwrap_or_else(|problems| panic!("{problems:#?}"));
    assert_eq!(again.len(), base.list().count());
    for entry in again {
        assert_eq!(
            base.get(&entry.entry.id).map(|stored| &stored.entry),
            Some(&entry.entry)
        );
    }
}
