//! What a plugin asks of a server elsewhere that changes something there, and what came of it.

use serde::{Deserialize, Serialize};

use super::bytes::Bytes;

/// A request that changes something.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallRequest {
    /// `POST`, `PUT`, `PATCH` or `DELETE`.
    pub method: String,
    /// Where to.
    pub url: String,
    /// With these headers; those of the host come on top.
    pub headers: Vec<(String, String)>,
    /// With this body.
    pub body: Bytes,
}

/// What came of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum CallEnd {
    /// The server answered, with whatever status.
    Answered {
        /// 200 and so on.
        status: u16,
        /// What it said.
        body: Bytes,
    },
    /// Nobody answered, however often it was tried, or nothing could be sent. Where it was tried, what was asked may have been done all
    /// the same.
    Unanswered {
        /// Why, for people.
        problem: String,
    },
    /// It was never sent: the plugin is off or gone.
    Unsent {
        /// Why, for people.
        problem: String,
    },
}
