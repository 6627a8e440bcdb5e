//! What is written and read about how good answers are.

use async_trait::async_trait;

use super::{Page, ReadError};
use crate::model::ids::{AccountId, CommunityId, ConversationId, EntryId, IdentityId, MessageId, PlaceId};
use crate::model::quality::{Fits, Precision, Trial};
use crate::model::{Content, Timestamp};

/// Writes about how good answers are.
#[derive(Clone, Debug)]
pub enum QualityUnit {
    /// The knowledge base was asked.
    Asked(Box<Asked>),
    /// The question that this message answered was asked again in other words.
    Again {
        /// The answer that did not help.
        answer: MessageId,
    },
    /// Staff say whether the entry is the answer to a question. Precondition: the question is here and an entry was near to it.
    Judged {
        /// Whose.
        community: CommunityId,
        /// [`AskedRow::seq`].
        seq: i64,
        /// Whether it is; none takes back what staff said before.
        fits: Option<bool>,
        /// Who says so.
        by: AccountId,
        /// When.
        at: Timestamp,
    },
    /// How many answers are to be right.
    Precision {
        /// Whose.
        community: CommunityId,
        /// So many.
        precision: Precision,
    },
    /// The lines that hold from now on.
    Fitted {
        /// Whose.
        community: CommunityId,
        /// With what they were fitted to.
        fits: Box<Fits>,
    },
    /// A base was tried, in place of what was known of it.
    Tried {
        /// Whose.
        community: CommunityId,
        /// What came of it.
        trial: Box<Trial>,
    },
}

/// A question to the knowledge base. Its words are in the message alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// Whose base.
    pub community: CommunityId,
    /// The message that asks.
    pub message: MessageId,
    /// Who.
    pub asker: Option<IdentityId>,
    /// Whether the bot only overheard it.
    pub overheard: bool,
    /// BCP 47 without a region, where known.
    pub language: Option<String>,
    /// The nearest entry that the asker may see, with its revision.
    pub entry: Option<(EntryId, u32)>,
    /// That it is right.
    pub probability: f32,
    /// Whether it is asked word for word.
    pub exact: bool,
    /// The scoring whose probability it is.
    pub scoring: String,
    /// What was decided.
    pub decision: Decided,
    /// The message that said the entry; none where nothing was said.
    pub answer: Option<MessageId>,
    /// When.
    pub at: Timestamp,
}

/// What was decided about a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decided {
    /// To say the entry.
    Answer,
    /// To offer it, and others.
    Suggest,
    /// Nothing is near.
    NothingFound,
    /// Entries are near, and none is sure enough.
    Uncertain,
    /// The answer is for staff.
    StaffOnly,
    /// The answer is for other places.
    NotHere,
}

/// What somebody said of one question, as far as lines are fitted to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    /// Its place in the order.
    pub seq: i64,
    /// What was known of the entry then.
    pub probability: f32,
    /// Whether it was right.
    pub right: bool,
    /// Whether staff say so, and not who asked.
    pub by_staff: bool,
    /// Who asked.
    pub asker: Option<IdentityId>,
    /// Which entry.
    pub entry: EntryId,
}

/// Questions that are alike in all that is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedCount {
    /// Whether the bot only overheard them.
    pub overheard: bool,
    /// The file of the entry that is nearest; empty where there is none.
    pub topic: String,
    /// BCP 47; empty where it is not known.
    pub language: String,
    /// Whether an answer was said.
    pub answered: bool,
    /// Whether the entry is the answer; none where nobody has said.
    pub fits: Option<bool>,
    /// How many.
    pub count: u64,
}

/// Which questions are counted, or listed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AskedFilter {
    /// Asked since then.
    pub since: Timestamp,
    /// Overheard, or not; none for both.
    pub overheard: Option<bool>,
    /// As in [`AskedCount::topic`]; none for all.
    pub topic: Option<String>,
    /// As in [`AskedCount::language`]; none for all.
    pub language: Option<String>,
    /// Answered, or not; none for both.
    pub answered: Option<bool>,
    /// Judged, or not; none for both.
    pub judged: Option<bool>,
    /// Judged so; none for all.
    pub fits: Option<bool>,
    /// With at least this probability; 0 for all.
    pub from: f32,
}

/// One question with what came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct AskedRow {
    /// Its place in the order.
    pub seq: i64,
    /// All that was stored.
    pub asked: Asked,
    /// Where; none when the message is gone.
    pub place: Option<PlaceId>,
    /// In which exchange; none when the message is gone, or there was none.
    pub conversation: Option<ConversationId>,
    /// What was asked; none when it was taken back, is too old, or is for owners alone.
    pub question: Option<Content>,
    /// Whether nobody else could read it.
    pub private: bool,
    /// What the bot said, where it answered.
    pub said: Option<Content>,
    /// What staff say of it.
    pub verdict: Option<bool>,
    /// What was pressed below the answer.
    pub pressed: Option<bool>,
    /// Whether it was asked again in other words.
    pub again: bool,
}

impl AskedRow {
    /// Whether the entry is the answer; none where nobody has said.
    pub fn fits(&self) -> Option<bool> {
        self.verdict.or(self.pressed).or(self.again.then_some(false))
    }
}

/// What is kept of a base beside its entries.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kept {
    /// How many answers are to be right.
    pub precision: Precision,
    /// The lines that were fitted last.
    pub fits: Option<Fits>,
}

/// Reads about how good answers are.
#[async_trait]
pub trait QualityReads: Send + Sync {
    /// What is wanted, and the lines that were fitted last.
    async fn quality(&self, community: CommunityId) -> Result<Kept, ReadError>;
    /// What came of it when the base was tried last.
    async fn trial(&self, community: CommunityId) -> Result<Option<Trial>, ReadError>;
    /// What was said of questions that were asked in other words than the entry's, under this scoring, the newest first.
    async fn labels(
        &self,
        community: CommunityId,
        scoring: &str,
        overheard: bool,
        limit: u32,
    ) -> Result<Vec<Label>, ReadError>;
    /// How many questions there are of each kind.
    async fn asked_counts(&self, community: CommunityId, since: Timestamp) -> Result<Vec<AskedCount>, ReadError>;
    /// How many questions the filter lets through.
    async fn asked_count(&self, community: CommunityId, filter: &AskedFilter) -> Result<u64, ReadError>;
    /// Those questions, newest first.
    async fn asked(&self, community: CommunityId, filter: &AskedFilter, page: Page)
    -> Result<Vec<AskedRow>, ReadError>;
}
