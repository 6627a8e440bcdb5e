//! What is known of entries beside what they say.

use std::collections::BTreeMap;

use switchboard::model::ids::{CommunityId, EntryId, IdentityId, MessageId};
use switchboard::storage::knowledge::{Feedback, FeedbackCount, KnowledgeUnit, Remembered, StoredEmbedding};
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

pub async fn what_was_said_of_an_entry_is_of_the_newest_revision_of_which_anything_was(storage: &dyn Storage) {
    let said = async |number: u128, entry: &str, revision: u32, helpful: bool| {
        let unit = KnowledgeUnit::Feedback(Feedback {
            community: COMMUNITY,
            entry: EntryId::from(entry),
            revision,
            message: MessageId(uuid::Uuid::from_u128(number)),
            conversation: None,
            identity: Some(IdentityId(uuid::Uuid::from_u128(number))),
            helpful,
            asked: None,
            at: START,
        });
        storage.write(Unit::Knowledge(unit)).await.unwrap();
    };
    said(1, "rye", 1, true).await;
    said(2, "rye", 1, true).await;
    said(3, "rye", 1, false).await;
    said(4, "oat", 7, true).await;
    let count = |entry: &str, revision, helpful, not_it| FeedbackCount {
        entry: entry.to_owned(),
        revision,
        helpful,
        not_it,
    };
    let oat = count("oat", 7, 1, 0);
    let counts = async || storage.feedback_counts(COMMUNITY).await.unwrap();
    assert_eq!(counts().await, [oat.clone(), count("rye", 1, 2, 1)]);
    said(5, "rye", 2, false).await;
    assert_eq!(counts().await, [oat, count("rye", 2, 0, 1)]);
}

pub async fn what_a_model_made_of_a_text_is_kept_once(storage: &dyn Storage) {
    let made = |text: u8, model: u8| StoredEmbedding {
        text: [text; 16],
        model: [model; 16],
        numbers: vec![text, model, 0, 0xff],
    };
    let write = async |unit| {
        storage.write(Unit::Knowledge(unit)).await.unwrap();
    };
    let embed = async |community, embeddings: &[StoredEmbedding]| {
        let embeddings = embeddings.to_vec();
        write(KnowledgeUnit::Embed { community, embeddings }).await;
    };
    let read = async |after, limit| storage.embeddings(COMMUNITY, after, limit).await.unwrap();
    let other = CommunityId(uuid::Uuid::from_u128(99));
    embed(COMMUNITY, &[made(3, 1), made(1, 1), made(0xfe, 1)]).await;
    embed(other, &[made(1, 9)]).await;
    embed(COMMUNITY, &[made(1, 2)]).await;
    assert_eq!(read(None, 2).await, [made(1, 2), made(3, 1)]);
    assert_eq!(read(Some([3; 16]), 2).await, [made(0xfe, 1)]);
    let texts = vec![[3; 16], [1; 16], [7; 16]];
    write(KnowledgeUnit::ForgetEmbeddings {
        community: COMMUNITY,
        texts,
    })
    .await;
    assert_eq!(read(None, 10).await, [made(0xfe, 1)]);
    assert_eq!(storage.embeddings(other, None, 10).await.unwrap(), [made(1, 9)]);
}
