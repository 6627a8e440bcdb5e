//! Where reading goes on after a restart.

use serde::{Deserialize, Serialize};
use serenity::model::id::UserId;

use super::payload::{id_at_ms, made_at_ms};
use crate::connectors::Cursor;
use crate::model::Timestamp;

/// What is older is not fetched.
const CATCH_UP_MS: i64 = 24 * 3600 * 1_000;

/// Messages of two channels do not come strictly in the order of their ids. What is fetched twice counts once.
const AT_ONCE_MS: i64 = 60 * 1_000;

/// A connection that Discord remembers for some minutes, with the last thing stored from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Session {
    pub(super) id: String,
    pub(super) sequence: u64,
    /// Where it goes on.
    pub(super) url: String,
}

/// Where reading goes on. Each bot has its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Position {
    bot: UserId,
    /// What the bot asked to hear; a session goes on with what it began with.
    intents: u64,
    /// No message up to this id is missing, but for those that were on their way at the same time.
    pub(super) seen: u64,
    /// One for each connection; none while something is still being fetched, so that a new start fetches it again.
    pub(super) sessions: Vec<Option<Session>>,
}

impl Position {
    /// Begins now: what was said before is not ours to answer.
    pub(super) fn new(bot: UserId, intents: u64, connections: usize, now: Timestamp) -> Self {
        Self {
            bot,
            intents,
            seen: id_at_ms(now.as_millis()),
            sessions: vec![None; connections],
        }
    }

    /// Reads what was stored; none of another bot's. With other intents, or another number of connections, the sessions
    /// are worth nothing.
    pub(super) fn parse(cursor: &Cursor, bot: UserId, intents: u64, connections: usize) -> Option<Self> {
        let mut position: Self = serde_json::from_str(&cursor.0).ok()?;
        (position.bot == bot).then_some(())?;
        if position.sessions.len() != connections || position.intents != intents {
            position.intents = intents;
            position.sessions = vec![None; connections];
        }
        Some(position)
    }

    /// The same for a start from which everything is fetched again.
    pub(super) fn without_sessions(&self) -> Self {
        Self {
            sessions: vec![None; self.sessions.len()],
            ..self.clone()
        }
    }

    pub(super) fn cursor(&self) -> Cursor {
        Cursor(serde_json::to_string(self).expect("a position is plain data"))
    }

    /// From where to fetch what was missed.
    pub(super) fn fetch_after(&self, now: Timestamp) -> u64 {
        let seen = id_at_ms(made_at_ms(self.seen).saturating_sub(AT_ONCE_MS));
        seen.max(id_at_ms(now.as_millis() - CATCH_UP_MS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn position() -> Position {
        let mut position = Position::new(UserId::new(900), 7, 2, Timestamp::from_millis(1_790_000_000_000));
        position.sessions[1] = Some(Session {
            id: "s".to_owned(),
            sequence: 7,
            url: "wss://example.org".to_owned(),
        });
        position
    }

    #[test]
    fn a_position_reads_back() {
        let cursor = position().cursor();
        assert_eq!(Position::parse(&cursor, UserId::new(900), 7, 2), Some(position()));
        assert_eq!(
            Position::parse(&cursor, UserId::new(901), 7, 2),
            None,
            "it is another bot's"
        );
        let wider = Position::parse(&cursor, UserId::new(900), 15, 2).unwrap();
        assert_eq!((wider.intents, wider.sessions), (15, vec![None, None]));
        let grown = Position::parse(&cursor, UserId::new(900), 7, 3).unwrap();
        assert_eq!((grown.seen, grown.sessions), (position().seen, vec![None, None, None]));
        assert_eq!(
            Position::parse(&Cursor("900:42".to_owned()), UserId::new(900), 7, 1),
            None
        );
    }

    #[test]
    fn nothing_older_than_a_day_is_fetched() {
        let position = position();
        let at = |hours: i64| Timestamp::from_millis(1_790_000_000_000 + hours * 3_600_000);
        assert_eq!(made_at_ms(position.fetch_after(at(1))), 1_790_000_000_000 - AT_ONCE_MS);
        assert_eq!(position.fetch_after(at(30)), id_at_ms(at(6).as_millis()));
    }
}
