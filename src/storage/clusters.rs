//! What is written and read of questions that mean the same.

use async_trait::async_trait;

use super::ReadError;
use super::knowledge::{Missed, Unanswered};
use crate::model::Timestamp;
use crate::model::cluster::{Cluster, ClusterStateKind};
use crate::model::directory::Audience;
use crate::model::ids::{
    AccountId, ClusterId, CommunityId, ConversationId, EntryId, IdentityId, MessageId, MessageSeq, PersonId, PlaceId,
    Version,
};

/// Names a question: its number and its moment, since a number may be given out again.
pub type QuestionRef = (i64, Timestamp);

/// Writes of questions that mean the same.
#[derive(Clone, Debug)]
pub enum ClusterUnit {
    /// Messages were looked through for questions that people answered. Precondition: they had been as far as `from` before.
    Looked {
        /// Whose.
        community: CommunityId,
        /// As far as they had been looked through.
        from: MessageSeq,
        /// As far as they are now.
        to: MessageSeq,
        /// What was found.
        found: Vec<Unanswered>,
        /// When.
        at: Timestamp,
    },
    /// What was offered was looked through for what nobody took. Precondition: it had been as far as `from` before.
    LookedAtOffered {
        /// Whose.
        community: CommunityId,
        /// As far as it had been looked through.
        from: i64,
        /// As far as it is now.
        to: i64,
        /// What was found.
        found: Vec<Unanswered>,
        /// When.
        at: Timestamp,
    },
    /// A new cluster of these questions. Those that are gone or in a cluster by now are left out.
    Make {
        /// As it begins.
        cluster: Box<Cluster>,
        /// What it is of.
        questions: Vec<QuestionRef>,
    },
    /// More questions of a cluster. Those that are gone or in a cluster by now are left out. Where somebody has settled it, they are
    /// settled with it; nothing, when an answer has closed it.
    Join {
        /// Which.
        cluster: ClusterId,
        /// The questions.
        questions: Vec<QuestionRef>,
    },
    /// The row as it will be, with the next version. Its questions are settled when it is closed, and no longer when it is open
    /// again. Precondition: the version before it.
    Change {
        /// The version that was read.
        before: Version,
        /// The row after the change.
        after: Box<Cluster>,
        /// Who changed it; none for the night.
        by: Option<AccountId>,
    },
}

/// A question without a good answer, as it lies in the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedQuestion {
    /// Its place in the order.
    pub seq: i64,
    /// As it was asked.
    pub question: String,
    /// How it was missed.
    pub missed: Missed,
    /// Why, for staff.
    pub reason: String,
    /// Who reads along where it was asked; none where that is not known.
    pub audience: Option<Audience>,
    /// By whom.
    pub identity: Option<IdentityId>,
    /// As they are called.
    pub name: Option<String>,
    /// The person behind them: an identity that is linked with none is a person by itself.
    pub person: Option<PersonId>,
    /// The message that asks it.
    pub message: Option<MessageId>,
    /// In which exchange.
    pub conversation: Option<ConversationId>,
    /// Its cluster.
    pub cluster: Option<ClusterId>,
    /// When.
    pub at: Timestamp,
}

impl AskedQuestion {
    /// Names it.
    pub fn reference(&self) -> QuestionRef {
        (self.seq, self.at)
    }
}

/// A cluster with what its questions count to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountedCluster {
    /// The row.
    pub cluster: Cluster,
    /// How many people asked.
    pub people: u32,
    /// How often it was asked.
    pub times: u32,
    /// When it was asked last.
    pub last_at: Timestamp,
    /// The question that stands for all; none when all of them are gone.
    pub asked: Option<AskedQuestion>,
    /// One that was asked where everybody reads along, the one that stands for all before others.
    pub public: Option<AskedQuestion>,
}

/// Which clusters a list shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterFilter {
    /// In one of these states.
    pub states: Vec<ClusterStateKind>,
    /// Those for which nobody ever began an answer of so many people and more.
    pub people_min: u32,
    /// So many are left out.
    pub skip: u32,
    /// How many at most.
    pub limit: u32,
}

/// What people said in a stretch of messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The last message of the stretch.
    pub to: MessageSeq,
    /// Where somebody else than whoever began it said something, each once.
    pub conversations: Vec<ConversationId>,
    /// Whether there may be more behind it.
    pub more: bool,
}

/// A question that was offered entries, of which nobody took one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Untaken {
    /// As it stands, as plain text.
    pub question: String,
    /// Where others could read it.
    pub place: Option<PlaceId>,
    /// By whom.
    pub identity: IdentityId,
    /// The message that asks it.
    pub message: MessageId,
    /// In which exchange.
    pub conversation: ConversationId,
    /// The entry that was nearest.
    pub nearest: Option<EntryId>,
    /// When it was asked.
    pub at: Timestamp,
}

/// What came of a stretch of questions that were offered entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offered {
    /// The last question of the stretch.
    pub to: i64,
    /// Those of which nobody took anything.
    pub untaken: Vec<Untaken>,
    /// Whether there may be more behind it.
    pub more: bool,
}

/// Reads of questions that mean the same.
#[async_trait]
pub trait ClusterReads: Send + Sync {
    /// Clusters, those that were open again first, then those of the most people.
    async fn clusters(&self, community: CommunityId, filter: &ClusterFilter) -> Result<Vec<CountedCluster>, ReadError>;
    /// One cluster.
    async fn cluster(&self, id: ClusterId) -> Result<Option<CountedCluster>, ReadError>;
    /// Questions of a cluster, the newest first.
    async fn cluster_questions(&self, id: ClusterId, limit: u32) -> Result<Vec<AskedQuestion>, ReadError>;
    /// The cluster of the question that a message asks; none where it asks none, or that is in none.
    async fn cluster_of_question(&self, message: MessageId) -> Result<Option<ClusterId>, ReadError>;
    /// How many people asked a question of a cluster from `from` on and before `to`.
    async fn cluster_askers(&self, id: ClusterId, from: Timestamp, to: Timestamp) -> Result<u32, ReadError>;
    /// Questions that are not settled, asked since then, the newest first.
    async fn questions_open(
        &self,
        community: CommunityId,
        since: Timestamp,
        limit: u32,
    ) -> Result<Vec<AskedQuestion>, ReadError>;
    /// Questions that somebody has settled, whenever they were asked, the newest first; of each cluster so many. Those that came to
    /// it since are left out.
    async fn questions_settled(
        &self,
        community: CommunityId,
        of_each: u32,
        limit: u32,
    ) -> Result<Vec<AskedQuestion>, ReadError>;
    /// How many questions that are not settled, asked since then, are in no cluster.
    async fn questions_alone(&self, community: CommunityId, since: Timestamp) -> Result<u32, ReadError>;
    /// As far as messages were looked through for questions that people answered, and when.
    async fn looked(&self, community: CommunityId) -> Result<(MessageSeq, Option<Timestamp>), ReadError>;
    /// As far as what was offered was looked through for what nobody took.
    async fn looked_at_offered(&self, community: CommunityId) -> Result<i64, ReadError>;
    /// Which of the next questions behind `after` that were offered entries, `limit` of them at most, have no answer: nobody took one of
    /// the entries, no other was said to the same person there and not refused, and no staff said anything. Of those asked since the
    /// first of two moments, up to the first that was asked at the second or later.
    async fn offered(
        &self,
        community: CommunityId,
        after: i64,
        within: (Timestamp, Timestamp),
        limit: u32,
    ) -> Result<Offered, ReadError>;
    /// Where people, staff among them, said something in conversations that somebody else has begun: among the next messages behind
    /// `after`, `limit` of them at most, whatever they say. Those before `since` are passed over.
    async fn people_said(
        &self,
        community: CommunityId,
        after: MessageSeq,
        since: Timestamp,
        limit: u32,
    ) -> Result<Said, ReadError>;
    /// How many clusters are open again, and how many drafts wait for somebody else than this account.
    async fn loop_waiting(&self, community: CommunityId, account: AccountId) -> Result<u64, ReadError>;
}
