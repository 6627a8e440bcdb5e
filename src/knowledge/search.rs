//! Entries as staff look for them, whoever may see them.

use std::collections::HashSet;

use super::base::Asked;
use super::scoring::{fold, fold_all};
use super::{Knowledge, check, read};
use crate::model::entry::Entry;
use crate::model::ids::{CommunityId, EntryId};
use crate::storage::ReadError;
use crate::storage::knowledge::StoredEntry;

/// Entries that are read while the base is held: some milliseconds, which an edit, and whoever asks behind it, waits.
const READ_AT_ONCE: usize = 256;

impl Knowledge {
    /// Entries near to `text`, the nearest first. What is weighed against each other are a few dozen texts: more are found by
    /// [`Knowledge::find`].
    pub async fn search(
        &self,
        community: CommunityId,
        text: &str,
        limit: usize,
    ) -> Result<Vec<StoredEntry>, ReadError> {
        let base = self.base(community).await?;
        let embedding = self.embedded(community, text).await?;
        let asked = Asked {
            words: text,
            embedding: embedding.as_ref(),
        };
        Ok(read(&base, |base| {
            base.search(asked, limit).into_iter().cloned().collect()
        }))
    }

    /// The same, and behind the nearest every other entry that has all of these words, by id.
    pub async fn find(&self, community: CommunityId, text: &str, limit: usize) -> Result<Vec<StoredEntry>, ReadError> {
        let mut found = self.search(community, text, limit).await?;
        let words: Vec<String> = fold(text).split_whitespace().map(str::to_owned).collect();
        if words.is_empty() || found.len() >= limit {
            return Ok(found);
        }
        let base = self.base(community).await?;
        // All texts of a large base are read for this: members are answered meanwhile.
        let looking = tokio::task::spawn_blocking(move || {
            let near: HashSet<EntryId> = found.iter().map(|stored| stored.entry.id.clone()).collect();
            let ids = read(&base, |base| {
                let ids = base.list().map(|stored| stored.entry.id.clone());
                ids.filter(|id| !near.contains(id)).collect::<Vec<EntryId>>()
            });
            for some in ids.chunks(READ_AT_ONCE) {
                let more = limit.saturating_sub(found.len());
                read(&base, |base| {
                    let others = some.iter().filter_map(|id| base.get(id));
                    let others = others.filter(|stored| has_words(&stored.entry, &words));
                    found.extend(others.take(more).cloned());
                });
                if found.len() >= limit {
                    break;
                }
            }
            found
        });
        looking.await.map_err(|error| ReadError {
            what: "entries with these words",
            source: Box::new(error),
        })
    }
}

/// Whether each word stands in what the entry says in any language, or in its name, also as a part of a longer word.
fn has_words(entry: &Entry, words: &[String]) -> bool {
    let mut text = fold_all(entry.id.as_str());
    for (_, own) in check::texts(entry) {
        text.push(' ');
        text.push_str(&fold_all(own));
    }
    words.iter().all(|word| text.contains(word.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(words: &str, expected: bool) {
        let json = r#"{"id":"money-back","question":"How do I get a refund?","answer":{"full":"Write to us.","steps":["Wait *14* days"]},
            "translations":{"de":{"question":"Wie bekomme ich Geld zurück?","answer":{"full":"Schreiben Sie uns."}}}}"#;
        let entry: Entry = serde_json::from_str(json).unwrap();
        let words: Vec<String> = fold(words).split_whitespace().map(str::to_owned).collect();
        assert_eq!(has_words(&entry, &words), expected, "{words:?}");
    }

    #[test]
    fn every_word_stands_somewhere_in_the_entry() {
        check("REFUND 14", true);
        check("geld refunds", false);
        check("geld schreib", true);
        check("money", true);
        check("refund yesterday", false);
    }

    #[test]
    fn an_answer_is_read_to_its_end() {
        let answer = format!("{}last {}後ろ", "word ".repeat(1_000), "長".repeat(100));
        let json = serde_json::json!({"id": "long", "question": "Q?", "answer": {"full": answer}});
        let entry: Entry = serde_json::from_value(json).unwrap();
        for word in ["last", "後ろ"] {
            assert!(has_words(&entry, &[word.to_owned()]), "{word}");
        }
    }
}
