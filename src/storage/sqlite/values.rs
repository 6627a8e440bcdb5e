//! How our types lie in columns: ids as blobs, names as text, times as milliseconds, payloads as JSON.
//!
//! With these, a statement takes and gives the model's types: `row.get::<_, PlaceId>(0)?`, `params![place.id, Json(&x)]`.

use rusqlite::ToSql;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::model::Timestamp;
use crate::model::conversation::{HolderKind, LaneKey};
use crate::model::ids::{
    AccountId, ButtonId, CallId, ClusterId, CommunityId, ConsultationId, ConversationId, DeliveryId, DraftId, EntryId,
    EventId, EventSeq, IdentityId, JobId, LinkCodeId, LoginName, MessageId, MessageSeq, NativeId, PersonId, PlaceId,
    PluginId, PostId, QueueName, Scope, SpaceId, Version,
};

macro_rules! ids {
    ($($name:ident),*) => {$(
        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(ToSqlOutput::Borrowed(ValueRef::Blob(self.0.as_bytes())))
            }
        }

        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                <[u8; 16]>::column_result(value).map(|bytes| Self(Uuid::from_bytes(bytes)))
            }
        }
    )*};
}

ids!(
    AccountId,
    ButtonId,
    CallId,
    ClusterId,
    CommunityId,
    ConsultationId,
    ConversationId,
    DeliveryId,
    DraftId,
    EventId,
    IdentityId,
    JobId,
    LinkCodeId,
    MessageId,
    PersonId,
    PlaceId,
    PostId,
    SpaceId
);

macro_rules! names {
    ($($name:ident),*) => {$(
        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(ToSqlOutput::from(self.as_str()))
            }
        }

        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                value.as_str().map(Self::from)
            }
        }
    )*};
}

names!(EntryId, LoginName, NativeId, PluginId, QueueName, Scope);

impl ToSql for LaneKey {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        self.0.to_sql()
    }
}

impl FromSql for LaneKey {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        String::column_result(value).map(Self)
    }
}

impl ToSql for Timestamp {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.as_millis()))
    }
}

impl FromSql for Timestamp {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_i64().map(Self::from_millis)
    }
}

macro_rules! numbers {
    ($($name:ident),*) => {$(
        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                self.0.to_sql()
            }
        }

        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                FromSql::column_result(value).map(Self)
            }
        }
    )*};
}

numbers!(EventSeq, MessageSeq, Version);

/// A column that holds one of a few words, as its `CHECK` lists them.
macro_rules! words {
    ($($name:ident { $($variant:ident = $word:literal),* $(,)? })*) => {$(
        impl rusqlite::ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
                let word: &'static str = match self { $(Self::$variant => $word),* };
                Ok(rusqlite::types::ToSqlOutput::from(word))
            }
        }

        impl rusqlite::types::FromSql for $name {
            fn column_result(value: rusqlite::types::ValueRef<'_>) -> rusqlite::types::FromSqlResult<Self> {
                match value.as_str()? {
                    $($word => Ok(Self::$variant),)*
                    other => Err($crate::storage::sqlite::values::unknown_word(other)),
                }
            }
        }
    )*};
}
pub(super) use words;

words! {
    HolderKind {
        Bot = "bot",
        Peers = "peers",
        Waiting = "waiting",
        Person = "person",
        Snoozed = "snoozed",
        Closed = "closed",
    }
}

/// The error for a word that this release does not know.
pub(super) fn unknown_word(word: &str) -> FromSqlError {
    FromSqlError::other(std::io::Error::other(format!("unknown word {word:?} in the database")))
}

/// A count or a size. `SQLite` has signed numbers only; what is counted is never below zero.
pub(super) struct Count(pub(super) u64);

impl FromSql for Count {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let number = value.as_i64()?;
        u64::try_from(number)
            .map(Self)
            .map_err(|_| FromSqlError::OutOfRange(number))
    }
}

/// A value that lies as JSON text.
pub(super) struct Json<T>(pub(super) T);

impl<T: Serialize> ToSql for Json<&T> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        serde_json::to_string(self.0)
            .map(ToSqlOutput::from)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
    }
}

impl<T: DeserializeOwned> FromSql for Json<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        serde_json::from_str(value.as_str()?)
            .map(Json)
            .map_err(FromSqlError::other)
    }
}
