//! SQL of questions that were offered entries, of which nobody took one.

use rusqlite::{Connection, params};

use super::values::Json;
use crate::model::ids::CommunityId;
use crate::model::{Content, Timestamp};
use crate::storage::clusters::{Offered, Untaken};

/// How far it is looked: behind `after`, in order, up to the first question that was asked at `until` or later.
pub(super) fn look(
    connection: &Connection,
    community: CommunityId,
    after: i64,
    (since, until): (Timestamp, Timestamp),
    limit: u32,
) -> rusqlite::Result<Offered> {
    let mut statement = connection.prepare_cached(
        "SELECT seq, at FROM knowledge_asked
          WHERE community = ?1 AND decision = 'suggest' AND overheard = 0 AND seq > ?2 AND at >= ?3
          ORDER BY seq LIMIT ?4",
    )?;
    let mut rows = statement.query(params![community, after, since, limit])?;
    let (mut to, mut seen) = (after, 0);
    while let Some(row) = rows.next()? {
        // Not what was asked before `until` behind it: what is passed over is never looked at again.
        if row.get::<_, Timestamp>(1)? >= until {
            break;
        }
        to = row.get(0)?;
        seen += 1;
    }
    Ok(Offered {
        to,
        untaken: untaken(connection, community, (after, to), since)?,
        more: seen == limit,
    })
}

/// A question of a member that stands, below which a plugin offered entries, and behind which nothing answered it: no staff said anything
/// in that conversation, and the bot said no entry there that was not refused. What is said because a button was pressed replies to
/// nothing, so where several ask in one thread it counts for all of them: rather one question too few than one that was answered.
fn untaken(
    connection: &Connection,
    community: CommunityId,
    (after, to): (i64, i64),
    since: Timestamp,
) -> rusqlite::Result<Vec<Untaken>> {
    let mut statement = connection.prepare_cached(
        // What was offered to one person alone, or asked for one alone, was asked where nobody else read along.
        "SELECT question.content, iif(max(offer.only_for IS NOT NULL OR question.only_for IS NOT NULL), NULL, question.place), asked.asker, question.id,
                question.conversation, asked.entry, asked.at
           FROM knowledge_asked asked
           JOIN message question ON question.id = asked.message
           JOIN identity asker ON asker.id = asked.asker
           JOIN message offer ON offer.conversation = question.conversation AND offer.seq > question.seq
                             AND offer.reply_to = question.id
          WHERE asked.community = ?1 AND asked.decision = 'suggest' AND asked.overheard = 0
            AND asked.seq > ?2 AND asked.seq <= ?3 AND asked.at >= ?4
            AND question.deleted_at IS NULL AND question.removed IS NULL AND question.for_owners = 0
            AND asker.bot = 0 AND asker.staff = 0
            -- A press may have taken the buttons away.
            AND offer.author ->> '$.t' = 'plugin' AND offer.cites IS NULL
            AND (offer.buttons IS NOT NULL OR offer.edited_at IS NOT NULL)
            AND NOT EXISTS (
                SELECT 1 FROM message said
                 WHERE said.conversation = question.conversation AND said.seq > question.seq
                   AND said.note = 0 AND said.deleted_at IS NULL
                   AND (said.author ->> '$.t' = 'staff'
                        OR (said.author ->> '$.t' = 'identity'
                            AND EXISTS (SELECT 1 FROM identity who
                                         WHERE who.id = unhex(said.author ->> '$.id', '-') AND who.staff = 1))
                        OR (said.cites IS NOT NULL
                            AND (said.reply_to IS NULL
                                 OR EXISTS (SELECT 1 FROM message own
                                             WHERE own.id = said.reply_to AND own.author = question.author))
                            AND NOT EXISTS (SELECT 1 FROM knowledge_feedback refused
                                             WHERE refused.message = said.id AND refused.helpful = 0)
                            AND NOT EXISTS (SELECT 1 FROM knowledge_asked kept
                                             WHERE kept.answer = said.id AND kept.again = 0))))
          GROUP BY asked.seq ORDER BY asked.seq",
    )?;
    statement
        .query_map(params![community, after, to, since], |row| {
            let Json(content): Json<Content> = row.get(0)?;
            Ok(Untaken {
                question: content.to_plain(),
                place: row.get(1)?,
                identity: row.get(2)?,
                message: row.get(3)?,
                conversation: row.get(4)?,
                nearest: row.get(5)?,
                at: row.get(6)?,
            })
        })?
        .collect()
}
