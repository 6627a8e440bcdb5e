//! What is written and read of the knowledge base.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::ReadError;
use crate::model::action::Author;
use crate::model::entry::Entry;
use crate::model::ids::{AccountId, CommunityId, ConversationId, EntryId, IdentityId, MessageId, PlaceId};
use crate::model::{Content, Timestamp};

/// Writes of the knowledge base.
#[derive(Clone, Debug)]
pub enum KnowledgeUnit {
    /// A new entry, or a new revision of one. Precondition: the stored revision is `expected`, none when there is no
    /// such entry.
    Put {
        /// Whose.
        community: CommunityId,
        /// What; `rev` is the new revision.
        entry: Box<Entry>,
        /// The file that it is exported to; none keeps the one it has.
        file: Option<String>,
        /// The revision that was read.
        expected: Option<u32>,
        /// Who wrote it; none for files.
        by: Option<AccountId>,
        /// When.
        at: Timestamp,
    },
    /// Says which file an entry is exported to from now on. That is no revision of it, and nothing where it is gone.
    Move {
        /// Whose.
        community: CommunityId,
        /// Which.
        id: EntryId,
        /// The file's name.
        file: String,
    },
    /// Takes an entry away; its history stays. Precondition: the stored revision is `expected`.
    Remove {
        /// Whose.
        community: CommunityId,
        /// Which.
        id: EntryId,
        /// The revision that was read.
        expected: u32,
        /// Who took it away; none for files.
        by: Option<AccountId>,
        /// When.
        at: Timestamp,
    },
    /// Where an entry was imported from, in place of what was known of that.
    Remember {
        /// Whose.
        community: CommunityId,
        /// What is remembered.
        what: Remembered,
        /// When.
        at: Timestamp,
    },
    /// What somebody says of an answer. A second word of the same person on the same message replaces the first.
    Feedback(Feedback),
    /// A question that got no good answer. Nothing, when the message that asks it is known to.
    Unanswered(Unanswered),
    /// What a sentence model made of texts, in place of what was kept of them before.
    Embed {
        /// Whose texts.
        community: CommunityId,
        /// What it made of each.
        embeddings: Vec<StoredEmbedding>,
    },
    /// What was made of these texts is of no use any more.
    ForgetEmbeddings {
        /// Whose texts.
        community: CommunityId,
        /// [`StoredEmbedding::text`] of each.
        texts: Vec<[u8; 16]>,
    },
}

/// What a sentence model made of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEmbedding {
    /// A digest of the text.
    pub text: [u8; 16],
    /// A digest of the model.
    pub model: [u8; 16],
    /// A byte for each number.
    pub numbers: Vec<u8>,
}

/// What is known of the last import of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remembered {
    /// Which entry.
    pub entry: EntryId,
    /// What that import called the file that it came from.
    pub origin: String,
    /// A digest of each part that was imported, by its name.
    pub digests: BTreeMap<String, String>,
}

/// What somebody says of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feedback {
    /// Whose entry.
    pub community: CommunityId,
    /// Which entry.
    pub entry: EntryId,
    /// The revision that was served.
    pub revision: u32,
    /// The message that said it.
    pub message: MessageId,
    /// In which exchange.
    pub conversation: Option<ConversationId>,
    /// Who says so.
    pub identity: Option<IdentityId>,
    /// Whether it helped.
    pub helpful: bool,
    /// The message that asked; none where nobody knows.
    pub asked: Option<MessageId>,
    /// When.
    pub at: Timestamp,
}

/// A question that got no good answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unanswered {
    /// Whom it was asked.
    pub community: CommunityId,
    /// As it was asked.
    pub question: String,
    /// How it was missed.
    pub missed: Missed,
    /// Why, for staff.
    pub reason: String,
    /// Where.
    pub place: Option<PlaceId>,
    /// By whom.
    pub identity: Option<IdentityId>,
    /// The message that asks it. Changed or taken back, so is this.
    pub message: Option<MessageId>,
    /// In which exchange.
    pub conversation: Option<ConversationId>,
    /// When.
    pub at: Timestamp,
}

/// How a question was missed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Missed {
    /// There was no answer.
    Abstained,
    /// The asker said of the answer that it was not it.
    NotIt,
    /// It was answered, and asked again in other words.
    AskedAgain,
    /// Entries were offered, and nobody took one.
    Untaken,
    /// A person answered it.
    ByPeople,
}

/// An entry as it lies in the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEntry {
    /// What; `rev` is the stored revision.
    pub entry: Entry,
    /// The file that it is exported to.
    pub file: Option<String>,
    /// When it was last changed.
    pub changed_at: Timestamp,
    /// Who changed it; none for files.
    pub changed_by: Option<AccountId>,
}

/// One revision of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// Counts from 1.
    pub revision: u32,
    /// What it said; none when it was taken away.
    pub entry: Option<Entry>,
    /// When.
    pub at: Timestamp,
    /// Who; none for files.
    pub by: Option<AccountId>,
}

/// What was said of the answers of one revision of an entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FeedbackCount {
    /// Which entry.
    pub entry: String,
    /// The revision that was served.
    pub revision: u32,
    /// How many found it helpful.
    pub helpful: u32,
    /// How many said it was not it.
    pub not_it: u32,
}

/// What a conversation has had of the knowledge base.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Served {
    /// What *Not it* refused.
    pub refused: Vec<EntryId>,
    /// What was answered lately, the newest first; without what somebody has said helped, and without questions that were taken back.
    pub lately: Vec<ServedLately>,
}

/// An entry that was said lately.
#[derive(Clone, Debug, PartialEq)]
pub struct ServedLately {
    /// Which.
    pub entry: EntryId,
    /// The message that said it.
    pub answer: MessageId,
    /// The question that it answered.
    pub question: Content,
    /// Whose question that was.
    pub asked_by: Author,
}

/// Reads of the knowledge base.
#[async_trait]
pub trait KnowledgeReads: Send + Sync {
    /// All entries of a community, by id. An index is made of them, so there is no page.
    async fn entries(&self, community: CommunityId) -> Result<Vec<StoredEntry>, ReadError>;
    /// The highest revision an id ever had, also of an entry that was taken away.
    async fn entry_revision_last(&self, community: CommunityId, id: &EntryId) -> Result<Option<u32>, ReadError>;
    /// Revisions of an entry, newest first.
    async fn entry_history(&self, community: CommunityId, id: &EntryId, limit: u32)
    -> Result<Vec<Revision>, ReadError>;
    /// What is known of imports, by entry; also of entries that were taken away.
    async fn entries_imported(&self, community: CommunityId) -> Result<Vec<Remembered>, ReadError>;
    /// What sentence models made of a community's texts, by the digests of the texts; of those behind `after`, the first `limit`.
    async fn embeddings(
        &self,
        community: CommunityId,
        after: Option<[u8; 16]>,
        limit: u32,
    ) -> Result<Vec<StoredEmbedding>, ReadError>;
    /// What was served in a conversation and did not help: by *Not it*, or to be seen by asking again.
    async fn entries_served(&self, conversation: ConversationId, since: Timestamp) -> Result<Served, ReadError>;
    /// Whether an answer helped, as somebody said last; none when they said nothing of it.
    async fn feedback_of(&self, message: MessageId, identity: IdentityId) -> Result<Option<bool>, ReadError>;
    /// What was said of each entry that anything was said of: of the newest of its revisions of which anything was.
    async fn feedback_counts(&self, community: CommunityId) -> Result<Vec<FeedbackCount>, ReadError>;
}
