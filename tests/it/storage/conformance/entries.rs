//! What is known of entries beside what they say.

use std::collections::BTreeMap;

use switchboard::model::ids::EntryId;
use switchboard::storage::knowledge::{KnowledgeUnit, Remembered};
use switchboard::storage::{Storage, Unit};

use crate::storage::START;
use crate::storage::given::COMMUNITY;

pub async fn what_was_imported_is_remembered(storage: &dyn Storage) {
    let remember = async |entry: &str, origin: &str, digest: &str| {
        let what = Remembered {
            entry: EntryId::from(entry),
            origin: origin.to_owned(),
            digests: BTreeMap::from([("answer".to_owned(), digest.to_owned())]),
        };
        let unit = KnowledgeUnit::Remember {
            community: COMMUNITY,
            what: what.clone(),
            at: START,
        };
        storage.write(Unit::Knowledge(unit)).await.unwrap();
        what
    };
    let rye = remember("rye", "faq.md", "a").await;
    remember("oat", "faq.md", "b").await;
    let oat = remember("oat", "other.md", "c").await;
    assert_eq!(storage.entries_imported(COMMUNITY).await.unwrap(), [oat, rye]);
}
