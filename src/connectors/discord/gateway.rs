//! The connections over which Discord tells what happens, as one stream in order.

use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream, SelectAll};
use twilight_gateway::error::ReceiveMessageErrorType;
use twilight_gateway::queue::InMemoryQueue;
use twilight_gateway::{Config, ConfigBuilder, Intents, Message, Shard, ShardId, ShardState};

use super::payload;
use super::position::Session;
use crate::connectors::backoff::Backoff;
use crate::secret::Secret;

/// After so many failures in a row a connection begins anew, because the library would wait for minutes by then.
const FAILURES_MAX: u32 = 5;

/// Discord has forgotten what the session was: a wrong number, or too long a silence.
const SESSION_OVER: [u16; 2] = [4007, 4009];

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
    /// If it is over: how long until it is opened again.
    pub(super) wait: Duration,
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
    /// Since it last heard what happens.
    failures: u32,
    backoff: Backoff,
    /// Before the next try. The library waits when it cannot connect, and not when it is thrown out.
    pause: Option<Duration>,
}

impl Line {
    fn open(id: ShardId, config: Config<InMemoryQueue>, session: Option<Session>) -> Self {
        Self {
            id,
            shard: shard(id, &config, session),
            config,
            failures: 0,
            backoff: Backoff::default(),
            pause: None,
        }
    }

    async fn hear(mut self) -> Option<(Heard, Self)> {
        if let Some(pause) = self.pause.take() {
            tokio::time::sleep(pause).await;
        }
        let what = match self.shard.next().await? {
            Ok(Message::Text(text)) => {
                if self.shard.state() == ShardState::Active {
                    self.failures = 0;
                    self.backoff = Backoff::default();
                }
                What::Frame(text)
            }
            Ok(Message::Close(frame)) => {
                self.failures += 1;
                // The first time it goes on at once: Discord asks for that now and then.
                self.pause = (self.failures > 1).then(|| self.backoff.wait());
                What::Closed(frame.map(|frame| frame.code))
            }
            Err(error) => match error.kind() {
                ReceiveMessageErrorType::Reconnect => {
                    self.failures += 1;
                    What::Unreachable
                }
                _ => What::Odd,
            },
        };
        let over = matches!(what, What::Closed(Some(code)) if SESSION_OVER.contains(&code));
        let session = self.session().filter(|_| !over);
        let is_final = matches!(what, What::Closed(code) if is_final(code));
        if (over || self.failures >= FAILURES_MAX) && !is_final {
            self.failures = 1;
            self.shard = shard(self.id, &self.config, session.clone());
        }
        let connection = self.id.number() as usize;
        let heard = Heard {
            connection,
            what,
            wait: self.wait(),
            session,
        };
        Some((heard, self))
    }

    fn wait(&self) -> Duration {
        // The library does not say how long it waits, only how often it could not connect.
        let library = match self.shard.state() {
            ShardState::Disconnected {
                reconnect_attempts: attempts @ 1..,
            } => Duration::from_secs(2_u64.saturating_pow(u32::from(attempts) - 1)),
            _ => Duration::ZERO,
        };
        library + self.pause.unwrap_or_default()
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
