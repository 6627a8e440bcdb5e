//! How a recording is written: a JSON object on each line. The contract's types stand in it as they are.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};

use crate::plugin_host::bindings::switchboard::plugin::history::Line as Said;
use crate::plugin_host::bindings::switchboard::plugin::http::{Request, Response};
use crate::plugin_host::bindings::switchboard::plugin::knowledge::{Entry, Finding};
use crate::plugin_host::bindings::switchboard::plugin::model::{Completion, Turn};
use crate::plugin_host::bindings::switchboard::plugin::types::{CallError, Event, Outcome, Step};
use crate::plugin_host::{KvChange, Package, Report};

/// Raised with every change that an older program could not read.
pub(super) const FORMAT: u32 = 1;

/// A longer line is not written, and none is read. An answer of a server has a megabyte, and an event may ask for five.
pub(super) const LINE_BYTES_MAX: usize = 8 << 20;

/// What a host call was answered.
type Answer<T> = Result<T, CallError>;

/// One line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Line {
    /// The first: what is recorded.
    Recording(Header),
    /// What the calls behind it run with.
    Settings(Settings),
    /// One call.
    Call(Box<Call>),
    /// The last.
    End(End),
}

/// What is recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// How the file is written.
    pub format: u32,
    /// Of which plugin it is.
    pub plugin: String,
    /// Its version when the recording began.
    pub version: String,
    /// The digest of its package then.
    pub digest: String,
    /// The contract that it speaks.
    pub contract: String,
    /// When it began, in milliseconds since the Unix epoch.
    pub began: i64,
}

/// What calls run with: the package, and what `init` was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Of the plugin.
    pub version: String,
    /// Of its package.
    pub digest: String,
    /// Whom it serves.
    pub community: String,
    /// JSON, as the plugin was given it.
    pub config: String,
}

/// One call of a plugin.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// What happened.
    pub event: Event,
    /// What earlier plugins did about it.
    pub trail: Vec<Step>,
    /// What it asked the host for, in this order.
    pub asked: Vec<HostCall>,
    /// What came of it.
    pub came: Came,
}

/// What came of a call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Came {
    /// What it asked for, or why there is nothing, in the admin's words.
    pub result: Result<Outcome, String>,
    /// What it did to its keys.
    pub keys: BTreeMap<String, Change>,
}

/// What becomes of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Change {
    /// It holds this.
    Set {
        /// The value.
        value: Bytes,
        /// After how many seconds it is gone by itself.
        ttl: Option<u32>,
    },
    /// It is gone.
    Delete,
    /// A counter is raised.
    Add {
        /// By how much.
        by: i64,
        /// After how many seconds it is gone by itself; only where it was missing.
        ttl: Option<u32>,
    },
}

/// What a plugin was answered from outside the sandbox, and to which question. Keys are as they are stored: what the plugin
/// itself wrote during the event is not in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields are those of the contract's functions")]
#[serde(deny_unknown_fields)]
pub enum HostCall {
    /// One key.
    #[serde(rename = "kv.get")]
    KvGet { key: String, answer: Answer<Option<Bytes>> },
    /// Keys that begin so.
    #[serde(rename = "kv.scan")]
    KvScan {
        prefix: String,
        after: Option<String>,
        limit: u32,
        answer: Answer<Vec<(String, Bytes)>>,
    },
    /// How many keys and bytes are stored, which the host itself asks before a write.
    #[serde(rename = "kv.usage")]
    KvUsage { answer: Answer<(u64, u64)> },
    /// A question to the knowledge base.
    #[serde(rename = "knowledge.ask")]
    Ask {
        question: String,
        limit: u32,
        answer: Answer<Finding>,
    },
    /// One of its entries.
    #[serde(rename = "knowledge.get")]
    Entry { id: String, answer: Answer<Option<Entry>> },
    /// What was said before.
    #[serde(rename = "history.recent")]
    History { limit: u32, answer: Answer<Vec<Said>> },
    /// A question to the language model.
    #[serde(rename = "model.complete")]
    Complete {
        turns: Vec<Turn>,
        tokens_max: u32,
        answer: Answer<Completion>,
    },
    /// A request to a server elsewhere, as the plugin made it.
    #[serde(rename = "http.fetch")]
    Fetch { asked: Fetch, answer: Answer<Fetched> },
}

/// A request to a server elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields are those of the contract")]
#[serde(deny_unknown_fields)]
pub struct Fetch {
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Option<Bytes>,
    pub timeout_ms: Option<u32>,
}

/// What the server answered, without secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields are those of the contract")]
#[serde(deny_unknown_fields)]
pub struct Fetched {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
}

/// Why the file ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct End {
    /// How many calls are in it.
    pub calls: u32,
    /// How many are not, because they came faster than they could be written, or were too large.
    pub lost: u32,
    /// As the rest of "it ended because …".
    pub because: String,
}

/// Bytes: as text where they are text, so that people can read them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Bytes(pub Vec<u8>);

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Written {
    Text(String),
    Base64(String),
}

impl Header {
    pub(super) fn of(package: &Package, began: i64) -> Self {
        let about = &package.manifest.plugin;
        Self {
            format: FORMAT,
            plugin: about.id.clone(),
            version: about.version.clone(),
            digest: package.digest.clone(),
            contract: about.api.clone(),
            began,
        }
    }
}

impl Came {
    /// What the sandbox says came of it.
    pub fn of(report: &Report) -> Self {
        let changes = report.kv.writes.iter();
        Self {
            result: report.result.clone().map_err(|failure| failure.to_string()),
            keys: changes.map(|(key, change)| (key.clone(), change.into())).collect(),
        }
    }
}

impl From<&KvChange> for Change {
    fn from(change: &KvChange) -> Self {
        match change {
            KvChange::Set { value, ttl } => Self::Set {
                value: Bytes(value.clone()),
                ttl: *ttl,
            },
            KvChange::Delete => Self::Delete,
            KvChange::Add { by, ttl } => Self::Add { by: *by, ttl: *ttl },
        }
    }
}

impl From<&Request> for Fetch {
    fn from(request: &Request) -> Self {
        Self {
            url: request.url.clone(),
            headers: request.headers.clone(),
            body: request.body.clone().map(Bytes),
            timeout_ms: request.timeout_ms,
        }
    }
}

impl From<&Response> for Fetched {
    fn from(response: &Response) -> Self {
        Self {
            status: response.status,
            headers: response.headers.clone(),
            body: Bytes(response.body.clone()),
        }
    }
}

impl From<&Fetched> for Response {
    fn from(fetched: &Fetched) -> Self {
        Self {
            status: fetched.status,
            headers: fetched.headers.clone(),
            body: fetched.body.0.clone(),
        }
    }
}

impl From<Bytes> for Written {
    fn from(bytes: Bytes) -> Self {
        match String::from_utf8(bytes.0) {
            Ok(text) => Self::Text(text),
            Err(other) => Self::Base64(BASE64.encode(other.as_bytes())),
        }
    }
}

impl TryFrom<Written> for Bytes {
    type Error = base64::DecodeError;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        Ok(Self(match written {
            Written::Text(text) => text.into_bytes(),
            Written::Base64(text) => BASE64.decode(text)?,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_text_where_they_can_be_and_come_back_as_they_were() {
        for (bytes, written) in [
            (b"caf\xc3\xa9".as_slice(), r#"{"text":"café"}"#),
            (b"\xff\x00".as_slice(), r#"{"base64":"/wA="}"#),
        ] {
            let bytes = Bytes(bytes.to_vec());
            let text = serde_json::to_string(&bytes).expect("it has a form");
            assert_eq!(text, written);
            assert_eq!(serde_json::from_str::<Bytes>(&text).expect("it can be read"), bytes);
        }
        assert!(serde_json::from_str::<Bytes>(r#"{"base64":"%"}"#).is_err());
    }

    #[test]
    fn a_host_call_stands_under_the_name_that_the_contract_gives_it() {
        let call = HostCall::KvGet {
            key: "orders/17".to_owned(),
            answer: Err(CallError::Unavailable),
        };
        let text = serde_json::to_string(&call).expect("it has a form");
        assert_eq!(text, r#"{"kv.get":{"key":"orders/17","answer":{"Err":"Unavailable"}}}"#);
        assert_eq!(serde_json::from_str::<HostCall>(&text).expect("it can be read"), call);
    }
}
