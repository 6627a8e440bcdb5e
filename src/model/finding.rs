//! What the knowledge base found, and how sure it is.

use serde::{Deserialize, Serialize};

use super::directory::Audience;
use super::ids::{CommunityId, ConversationId, EntryId, IdentityId, MessageId, PlaceId};

/// Who asks, and where: decides what can be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskScope {
    /// Whose entries.
    pub community: CommunityId,
    /// Where it is asked.
    pub place: Option<PlaceId>,
    /// The platform's word: entries may be bound to channels.
    pub platform: String,
    /// Who reads the answer.
    pub audience: Audience,
    /// Whether staff ask.
    pub staff: bool,
    /// Whether the bot was not addressed: the stricter line holds.
    pub overheard: bool,
    /// BCP 47, of the question when sure, else of the person.
    pub language: Option<String>,
    /// What "not it" refused in this conversation is left out.
    pub conversation: Option<ConversationId>,
    /// Left out besides: what the *Not it* of this very event refuses, which is not stored yet.
    pub without: Vec<EntryId>,
    /// Who asks, where that is known.
    pub asker: Option<IdentityId>,
    /// Whether a language model may be asked, too; else only the entries count.
    pub consults: bool,
}

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What to do with it.
    pub decision: Decision,
    /// Calibrated, that the best entry is right; 0 when there is none.
    pub probability: f32,
    /// What it rests on; none where the question was answered before, and that answer was refused.
    pub considered: Option<Considered>,
    /// The answers just given to this question, when it is asked again in other words: that counts as *Not it*.
    pub again: Vec<MessageId>,
}

/// What a decision rests on, so that people can say later whether it was right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Considered {
    /// The nearest entry that the scope may see, with its revision.
    pub entry: Option<(EntryId, u32)>,
    /// Whether a stored way to ask is the question itself.
    pub exact: bool,
    /// BCP 47, of the question when sure, else of the asker.
    pub language: Option<String>,
    /// The scoring that gave the probability.
    pub scoring: String,
}

/// The three bands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum Decision {
    /// Say this.
    Answer {
        /// The entry.
        entry: EntryText,
    },
    /// Offer these, the likeliest first.
    Suggest {
        /// Up to as many as were asked for.
        hits: Vec<Hit>,
    },
    /// Say that we do not know, and why.
    Abstain {
        /// Why.
        gap: Gap,
    },
}

/// An entry as it is said, in the asker's language where there is a translation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryText {
    /// Which.
    pub id: EntryId,
    /// Which revision was served.
    pub revision: u32,
    /// Its question.
    pub question: String,
    /// The full answer, in markdown.
    pub answer: String,
    /// At most 280 characters.
    pub short: Option<String>,
    /// Where it comes from, with the day of the last check.
    pub sources: Vec<Source>,
    /// Whom it is owed to, as they want to be named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit: Option<String>,
    /// Other entries of which the answer has parts, where it is made of several. Each is cited with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beside: Vec<EntryText>,
}

/// Where an entry comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Address.
    pub url: String,
    /// `2026-08-01`: when somebody last looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked: Option<String>,
}

/// A likely entry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hit {
    /// Which.
    pub id: EntryId,
    /// Its question.
    pub question: String,
    /// Calibrated, that it is right.
    pub probability: f32,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gap {
    /// No entry is near.
    NothingFound,
    /// Entries are near, but none is sure enough.
    Uncertain,
    /// The answer is for staff.
    StaffOnly,
    /// The answer is for other places.
    NotHere,
}
