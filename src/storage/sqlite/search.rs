//! Full-text search over what was said.
//!
//! The index is filled behind the message path: messages up to and with `search_state.indexed_to` are in it. A search
//! first catches up, so that it sees the newest; upkeep catches up too, so that a search seldom has much to do. Changes
//! of indexed messages are indexed with the change, because they are rare.

use rusqlite::{Connection, OptionalExtension, params};

use super::messages;
use super::values::Json;
use crate::model::content::Content;
use crate::model::ids::{CommunityId, MessageId};
use crate::storage::Page;
use crate::storage::core::StoredMessage;

/// Messages indexed at once: a few milliseconds of the writer.
pub(super) const INDEX_AT_ONCE: u32 = 500;

/// Words of a query that count; the rest of a pasted page is left out.
const WORDS_MAX: usize = 16;

/// Indexes the next messages behind the watermark. Says whether there may be more.
pub(super) fn index_some(connection: &mut Connection) -> rusqlite::Result<bool> {
    let transaction = connection.transaction()?;
    let fresh: Vec<(i64, Json<Content>)> = transaction
        .prepare_cached(
            "SELECT seq, content FROM message WHERE seq > (SELECT indexed_to FROM search_state) ORDER BY seq LIMIT ?1",
        )?
        .query_map([INDEX_AT_ONCE], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let Some((last, _)) = fresh.last() else {
        return Ok(false);
    };
    for (seq, Json(content)) in &fresh {
        insert(&transaction, *seq, content)?;
    }
    transaction.execute("UPDATE search_state SET indexed_to = ?1", [last])?;
    transaction.commit()?;
    Ok(fresh.len() == INDEX_AT_ONCE as usize)
}

/// Brings the words of a changed message up to date, if it is in the index at all.
pub(super) fn reindex(connection: &Connection, id: MessageId) -> rusqlite::Result<()> {
    let indexed: Option<(i64, Json<Content>)> = connection
        .prepare_cached(
            "SELECT seq, content FROM message WHERE id = ?1 AND seq <= (SELECT indexed_to FROM search_state)",
        )?
        .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((seq, Json(content))) = indexed else {
        return Ok(());
    };
    connection
        .prepare_cached("DELETE FROM message_words WHERE rowid = ?1")?
        .execute([seq])?;
    insert(connection, seq, &content)
}

fn insert(connection: &Connection, seq: i64, content: &Content) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT INTO message_words (rowid, words) VALUES (?1, ?2)")?
        .execute(params![seq, content.to_plain()])?;
    Ok(())
}

/// What holds all the words, each also as the beginning of a longer one. Newest first.
pub(super) fn search(
    connection: &Connection,
    community: CommunityId,
    query: &str,
    page: Page,
) -> rusqlite::Result<Vec<StoredMessage>> {
    let Some(expression) = expression(query) else {
        return Ok(Vec::new());
    };
    messages::many(
        connection,
        "m.seq IN (SELECT rowid FROM message_words WHERE message_words MATCH ?1) AND m.community = ?2 AND m.seq < ?3
           AND m.deleted_at IS NULL
         ORDER BY m.seq DESC LIMIT ?4",
        params![expression, community, page.before.unwrap_or(i64::MAX), page.limit],
    )
}

/// What a person typed as an FTS5 expression: words in quotes, so that nothing in them is an operator.
fn expression(query: &str) -> Option<String> {
    let words: Vec<String> = query
        .split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(WORDS_MAX)
        .map(|word| format!("\"{word}\"*"))
        .collect();
    (!words.is_empty()).then(|| words.join(" "))
}
