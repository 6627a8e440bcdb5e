//! Entries as staff look for them, whoever may see them.

use super::base::Asked;
use super::scoring::fold;
use super::{Knowledge, check, read};
use crate::model::entry::Entry;
use crate::model::ids::CommunityId;
use crate::storage::ReadError;
use crate::storage::knowledge::StoredEntry;

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
            read(&base, |base| {
                let others = base.list().filter(|stored| has_words(&stored.entry, &words));
                let is_new = |stored: &&StoredEntry| found.iter().all(|known| known.entry.id != stored.entry.id);
                let more = limit.saturating_sub(found.len());
                let others: Vec<StoredEntry> = others.filter(is_new).take(more).cloned().collect();
                found.extend(others);
            });
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
    let mut text = fold(entry.id.as_str());
    for (_, own) in check::texts(entry) {
        text.push(' ');
        text.push_str(&fold(own));
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
}
