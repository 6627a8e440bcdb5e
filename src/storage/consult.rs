//! What is written and read of questions to the language model about what the entries leave undecided.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{Page, ReadError};
use crate::model::Timestamp;
use crate::model::ids::{CommunityId, ConsultationId, ConversationId, IdentityId};

/// What a language model does about a community's questions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Nothing.
    #[default]
    Off,
    /// It says which entry answers.
    Select,
    /// It says which paragraphs of which entries answer, and only those are said.
    Compose,
}

impl Mode {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Off, Self::Select, Self::Compose];

    /// As files, forms and tables have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Select => "select",
            Self::Compose => "compose",
        }
    }
}

/// Writes of questions to the language model.
#[derive(Clone, Debug)]
pub enum ConsultUnit {
    /// What a community wants.
    Mode {
        /// Whose.
        community: CommunityId,
        /// In place of what it wanted.
        mode: Mode,
    },
    /// A question is about to be asked. Precondition: its asker has fewer than `max` since `since`.
    Begin {
        /// What.
        new: Box<NewConsultation>,
        /// The beginning of the day.
        since: Timestamp,
        /// So many in it.
        max: u32,
    },
    /// What came of it.
    End {
        /// Of which.
        id: ConsultationId,
        /// What the model said; none where it said nothing.
        output: Option<String>,
        /// In words for the admin.
        came: String,
    },
}

/// A question to the language model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewConsultation {
    /// Ours.
    pub id: ConsultationId,
    /// Whose entries.
    pub community: CommunityId,
    /// In which exchange it was asked.
    pub conversation: Option<ConversationId>,
    /// Who asked.
    pub asker: IdentityId,
    /// How it is asked.
    pub mode: Mode,
    /// As it was asked.
    pub question: String,
    /// All that the model reads.
    pub prompt: String,
    /// The same for the same question about the same entries to the same model.
    pub digest: [u8; 32],
    /// When.
    pub at: Timestamp,
}

/// A question to the language model, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consultation {
    /// Counts up.
    pub seq: i64,
    /// In which exchange it was asked.
    pub conversation: Option<ConversationId>,
    /// How it was asked.
    pub mode: Mode,
    /// As it was asked.
    pub question: String,
    /// All that the model read.
    pub prompt: String,
    /// What it said; none where nothing came.
    pub output: Option<String>,
    /// What became of it; none until then, and where the program ended before.
    pub came: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// Reads of questions to the language model.
#[async_trait]
pub trait ConsultReads: Send + Sync {
    /// What a community wants of it; nothing, where nobody has said.
    async fn consulting(&self, community: CommunityId) -> Result<Mode, ReadError>;
    /// What was said last to what has this digest, if anything was since then.
    async fn consulted(
        &self,
        community: CommunityId,
        digest: &[u8; 32],
        since: Timestamp,
    ) -> Result<Option<String>, ReadError>;
    /// What was asked, the newest first.
    async fn consultations(&self, community: CommunityId, page: Page) -> Result<Vec<Consultation>, ReadError>;
}
