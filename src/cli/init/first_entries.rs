//! The first entries of a knowledge base: templates of questions, and a file of what was answered. Pure.

use serde_json::{Value, json};

use crate::knowledge::files::{self, File};
use crate::model::ids::EntryId;

/// What is asked in every community. Whoever sets one up knows the answers.
pub(super) const TEMPLATES: [&str; 3] = [
    "What is this community about?",
    "Where do I find the rules?",
    "How do I reach the people who run this community?",
];

/// Names are typed and shown in lists.
const ID_CHARS_MAX: usize = 60;

/// The file's name among those of the knowledge base.
pub(super) const FILE: &str = "knowledge/first.yaml";

/// A name for the entry, from the words of its question; `number` where it has none that fit.
pub(super) fn id(question: &str, number: usize) -> EntryId {
    let mut id = String::from("first");
    for word in question.split(|letter: char| !letter.is_ascii_alphanumeric()) {
        if !word.is_empty() && id.len() + 1 + word.len() <= ID_CHARS_MAX {
            id.push('-');
            id.push_str(&word.to_ascii_lowercase());
        }
    }
    if id == "first" {
        id = format!("first-{number}");
    }
    EntryId::from(id.as_str())
}

/// The file with these questions and answers, and their names, which are none of those `taken` already; empty for none.
///
/// # Errors
///
/// When it has no form in YAML.
pub(super) fn file(
    answered: &[(String, String)],
    mut taken: Vec<EntryId>,
) -> Result<(String, Vec<EntryId>), serde_saphyr::ser::Error> {
    let mut ids: Vec<EntryId> = Vec::new();
    let mut entries: Vec<Value> = Vec::new();
    for (number, (question, answer)) in answered.iter().enumerate() {
        let mut own = id(question, number + 1);
        let mut next = number + 1;
        while taken.contains(&own) {
            own = EntryId::from(format!("first-{next}").as_str());
            next += 1;
        }
        entries.push(json!({"id": own, "question": question, "answer": {"full": answer}}));
        taken.push(own.clone());
        ids.push(own);
    }
    if entries.is_empty() {
        return Ok((String::new(), ids));
    }
    Ok((serde_saphyr::to_string(&entries)?, ids))
}

/// The first question of such a file.
pub(super) fn first_question(text: &str) -> Option<String> {
    let file = File {
        name: FILE.to_owned(),
        text: text.to_owned(),
    };
    let entries = files::read(&[file]).ok()?;
    entries.into_iter().next().map(|first| first.entry.question)
}

/// The names of the entries of a whole community, as it is exported.
pub(super) fn ids(exported: Vec<(String, String)>) -> Vec<EntryId> {
    let of_knowledge = exported.into_iter().filter(|(name, _)| name.starts_with("knowledge/"));
    let files: Vec<File> = of_knowledge.map(|(name, text)| File { name, text }).collect();
    let entries = files::read(&files).unwrap_or_default();
    entries.into_iter().map(|file| file.entry.id).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_answered_is_a_file_of_knowledge() {
        let answered = [
            ("Where do I find the rules?", "In #rules: \"be kind\"\n- and patient"),
            ("¿Qué?", "Nada"),
            ("Where do I find the rules?", "There, too"),
        ];
        let answered = answered.map(|(question, answer)| (question.to_owned(), answer.to_owned()));
        let (text, ids) = file(&answered, Vec::new()).unwrap();
        assert_eq!(first_question(&text).as_deref(), Some("Where do I find the rules?"));
        let name = FILE.to_owned();
        let read = files::read(&[File { name, text }]).unwrap();
        let read: Vec<_> = read.into_iter().map(|file| file.entry).collect();
        assert_eq!(ids, read.iter().map(|entry| entry.id.clone()).collect::<Vec<_>>());
        assert_eq!(ids[0].as_str(), "first-where-do-i-find-the-rules");
        assert_eq!(ids[2].as_str(), "first-3");
        let (_, others) = file(&answered, ids.clone()).unwrap();
        assert!(others.iter().all(|other| !ids.contains(other)), "{others:?}");
        assert_eq!(read[0].answer.full, answered[0].1);
        assert_eq!(file(&[], Vec::new()).unwrap().0, "");
        assert_eq!(first_question(""), None);
    }
}
