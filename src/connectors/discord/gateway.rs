//! The connections over which Discord tells what happens, as one stream in order.

use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream, SelectAll};
use twilight_gateway::error::ReceiveMessageErrorType;
use twilight_gateway::queue::InMemoryQueue;
use twilight_gateway::{Config, ConfigBuilder, Intents, Message, Shard, ShardId};

use super::payload;
use super::position::Session;
use crate::secret::Secret;

/// After so many failures in a row a connection begins anew, because the library would wait for minutes by then.
const FAILURES_MAX: u32 = 5;

/// More connections than any bot has.
const CONNECTIONS_MAX: u32 = 1_024;

/// As many frames as are handled at once.
const FRAMES_MAX: usize = 100;

/// What came over one connection.
#[derive(Debug)]
pub(super) struct Heard {
    /// Which one.
    pub(super) connection: usize,
    pub(super) what: What,
    /// Where it would go on after this.
    pub(super) session: Option<Session>,
}

#[derive(Debug)]
pub(super) enum What {
    /// A frame of JSON.
    Frame(String),
    /// Discord, or the network, closed it.
    Closed(Option<u16>),
    /// It could not be opened.
    Unreachable,
    /// A frame that breaks the rules of the gateway.
    Odd,
}

/// How many connections Discord wants.
pub(super) fn connections(gateway: &payload::Gateway) -> u32 {
    gateway.shards.clamp(1, CONNECTIONS_MAX)
}

/// Whether the library does not open it again by itself, by
/// <https://discord.com/developers/docs/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes>.
pub(super) fn is_final(code: Option<u16>) -> bool {
    matches!(code, Some(4004 | 4010..=4014))
}

/// Opens all connections; those with a session go on where it ended.
pub(super) fn listen(
    token: &Secret,
    url: &str,
    intents: Intents,
    gateway: &payload::Gateway,
    sessions: &[Option<Session>],
) -> impl futures_util::Stream<Item = Vec<Heard>> + Unpin + use<> {
    let limit = gateway.session_start_limit;
    let queue = InMemoryQueue::new(
        limit.max_concurrency.max(1),
        limit.remaining.min(limit.total),
        Duration::from_millis(limit.reset_after),
        limit.total,
    );
    let config = ConfigBuilder::new(token.expose().to_owned(), intents)
        .proxy_url(url.trim_end_matches('/').to_owned())
        .queue(queue)
        .build();
    let count = connections(gateway);
    let lines = (0..count).zip(sessions).map(|(number, session)| {
        let line = Line::open(ShardId::new(number, count), config.clone(), session.clone());
        stream::unfold(line, Line::hear).boxed()
    });
    let all: SelectAll<BoxStream<'static, Heard>> = stream::select_all(lines);
    all.ready_chunks(FRAMES_MAX)
}

struct Line {
    id: ShardId,
    config: Config<InMemoryQueue>,
    shard: Shard<InMemoryQueue>,
    failures: u32,
}

impl Line {
    fn open(id: ShardId, config: Config<InMemoryQueue>, session: Option<Session>) -> Self {
        Self {
            id,
            shard: shard(id, &config, session),
            config,
            failures: 0,
        }
    }

    async fn hear(mut self) -> Option<(Heard, Self)> {
        let what = match self.shard.next().await? {
            Ok(Message::Text(text)) => {
                self.failures = 0;
                What::Frame(text)
            }
            Ok(Message::Close(frame)) => What::Closed(frame.map(|frame| frame.code)),
            Err(error) => match error.kind() {
                ReceiveMessageErrorType::Reconnect => {
                    self.failures += 1;
                    What::Unreachable
                }
                _ => What::Odd,
            },
        };
        let session = self.session();
        if self.failures >= FAILURES_MAX {
            self.failures = 1;
            self.shard = shard(self.id, &self.config, session.clone());
        }
        let connection = self.id.number() as usize;
        let heard = Heard {
            connection,
            what,
            session,
        };
        Some((heard, self))
    }

    fn session(&self) -> Option<Session> {
        let session = self.shard.session()?;
        Some(Session {
            id: session.id().to_owned(),
            sequence: session.sequence(),
            // Without one it goes on where all begin.
            url: self.shard.resume_url().unwrap_or_default().to_owned(),
        })
    }
}

fn shard(id: ShardId, config: &Config<InMemoryQueue>, session: Option<Session>) -> Shard<InMemoryQueue> {
    let mut config = ConfigBuilder::from(config.clone());
    if let Some(session) = session {
        if !session.url.is_empty() {
            config = config.resume_url(session.url);
        }
        config = config.session(twilight_gateway::Session::new(session.sequence, session.id));
    }
    Shard::with_config(id, config.build())
}
