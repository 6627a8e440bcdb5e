//! Which translations say what an entry said before its question or answer was changed.
//!
//! What is compared is the text itself in the revisions that are kept, not their numbers: a new way to ask makes a new revision, and
//! leaves every translation as true as it was.

use std::collections::HashMap;

use super::{Knowledge, read};
use crate::model::entry::{Entry, Translation};
use crate::model::ids::{CommunityId, EntryId};
use crate::storage::ReadError;
use crate::storage::knowledge::Revision;

/// Revisions that are looked at: who has changed an entry more often since its translation was written knows that it is behind.
const REVISIONS_MAX: u32 = 200;

impl Knowledge {
    /// The languages in which an entry says what it said before it was changed.
    pub async fn behind(&self, community: CommunityId, entry: &Entry) -> Result<Vec<String>, ReadError> {
        if entry.translations.is_empty() || entry.rev <= 1 {
            return Ok(Vec::new());
        }
        let history = self.storage.entry_history(community, &entry.id, REVISIONS_MAX).await?;
        Ok(behind(entry, &history))
    }

    /// The same of all entries, without those where nothing is.
    pub(super) async fn all_behind(&self, community: CommunityId) -> Result<HashMap<EntryId, Vec<String>>, ReadError> {
        let base = self.base(community).await?;
        let translated: Vec<Entry> = read(&base, |base| {
            let entries = base.list().map(|stored| &stored.entry);
            entries
                .filter(|entry| !entry.translations.is_empty())
                .cloned()
                .collect()
        });
        let mut all = HashMap::new();
        for entry in translated {
            let languages = self.behind(community, &entry).await?;
            if !languages.is_empty() {
                all.insert(entry.id, languages);
            }
        }
        Ok(all)
    }
}

/// `history` is the entry's, newest first.
fn behind(entry: &Entry, history: &[Revision]) -> Vec<String> {
    let translations = entry.translations.iter();
    translations
        .filter(|(language, translation)| {
            let made_from = made_from(entry, language, translation, history);
            made_from.is_some_and(|before| before.question != entry.question || before.answer != entry.answer)
        })
        .map(|(language, _)| language.clone())
        .collect()
}

/// The entry as it was when the translation was written last, or in the later revision that the translation names: whoever names it has
/// compared both.
fn made_from<'a>(
    entry: &Entry,
    language: &str,
    translation: &Translation,
    history: &'a [Revision],
) -> Option<&'a Entry> {
    let says = |revision: &'a Revision| {
        let before = revision.entry.as_ref()?;
        let same = before.translations.get(language).is_some_and(|before| {
            (&before.question, &before.aliases, &before.answer)
                == (&translation.question, &translation.aliases, &translation.answer)
        });
        same.then_some((revision.revision, before))
    };
    let named = translation.of_rev.min(entry.rev);
    let written = history.iter().map_while(says);
    // The oldest of those that are not older than the one it names; all of them are, where that is the newest.
    written
        .take_while(|(revision, _)| *revision >= named)
        .last()
        .map(|(_, before)| before)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Timestamp;
    use serde_json::json;

    /// An entry: its answer, a way to ask, and the German answer with the revision that it names.
    fn entry(rev: u32, answer: &str, alias: &str, german: &str, of_rev: u32) -> Entry {
        let entry = json!({"id": "costs", "question": "What does it cost?", "aliases": [alias], "answer": {"full": answer}, "rev": rev,
            "translations": {"de": {"of_rev": of_rev, "question": "Was kostet es?", "answer": {"full": german}}}});
        serde_json::from_value(entry).unwrap()
    }

    /// The last one is the entry as it is now.
    #[track_caller]
    fn check(revisions: Vec<Entry>, expected: &[&str]) {
        let now = revisions.last().unwrap().clone();
        let history: Vec<Revision> = revisions
            .into_iter()
            .rev()
            .map(|entry| Revision {
                revision: entry.rev,
                entry: Some(entry),
                at: Timestamp::default(),
                by: None,
            })
            .collect();
        assert_eq!(behind(&now, &history), expected);
    }

    #[test]
    fn an_answer_that_was_changed_leaves_its_translation_behind() {
        let first = || entry(1, "Nothing.", "price", "Nichts.", 1);
        check(vec![first()], &[]);
        check(vec![first(), entry(2, "A beer.", "price", "Nichts.", 1)], &["de"]);
        // Whether or not it says from which revision it is.
        let unnamed = entry(1, "Nothing.", "price", "Nichts.", 0);
        check(vec![unnamed, entry(2, "A beer.", "price", "Nichts.", 0)], &["de"]);
    }

    #[test]
    fn another_way_to_ask_does_not() {
        let first = entry(1, "Nothing.", "price", "Nichts.", 1);
        check(vec![first, entry(2, "Nothing.", "fee", "Nichts.", 1)], &[]);
    }

    #[test]
    fn a_translation_that_is_written_anew_is_there_again() {
        let first = || entry(1, "Nothing.", "price", "Nichts.", 1);
        let second = || entry(2, "A beer.", "price", "Nichts.", 1);
        check(
            vec![first(), second(), entry(3, "A beer.", "price", "Ein Bier.", 1)],
            &[],
        );
        // Or looked at beside what is said now.
        check(vec![first(), second(), entry(3, "A beer.", "price", "Nichts.", 2)], &[]);
        // A number of the future means no more than now.
        check(vec![first(), second(), entry(3, "A beer.", "price", "Nichts.", 9)], &[]);
    }

    #[test]
    fn an_answer_that_is_taken_back_makes_it_true_again() {
        let revisions = ["Nothing.", "A beer.", "Nothing."];
        let revisions = (1..)
            .zip(revisions)
            .map(|(rev, answer)| entry(rev, answer, "price", "Nichts.", 1));
        check(revisions.collect(), &[]);
    }
}
