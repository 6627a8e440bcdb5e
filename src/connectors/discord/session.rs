//! Hears what happens on Discord. What was heard is stored, with where to go on, before anything is acknowledged.

use std::collections::HashSet;
use std::pin::pin;
use std::sync::PoisonError;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use serenity::http::Route;
use serenity::model::id::{ApplicationId, ChannelId, GuildId};
use tokio::sync::{Semaphore, watch};

use super::acknowledge::{self, Answer, Given, acknowledge};
use super::catch_up::{self, Missed};
use super::channels::Channels;
use super::failure::{self, Deaf, Failure};
use super::gateway::{self, Heard, What};
use super::inbound::attachments;
use super::opening::{open, standing};
use super::payload::{Attachment, Interaction, Message, User};
use super::position::Position;
use super::{Discord, download};
use crate::connectors::logins::LoginState;
use crate::connectors::{AcceptError, Acceptance, ConnectorError, Cursor, EventSink, Signal};
use crate::model::Event;
use crate::model::amount;
use crate::supervisor::Stop;

/// Channels that are caught up with at once, so that requests of people still get through.
const FETCHES_MAX: usize = 4;

/// What is heard while something is being stored, such as a message with a slow file, waits in memory; of more than this
/// nothing is heard.
const HEARD_MAX: usize = 1_000;

/// Reads until `stop`.
pub(super) async fn run(
    discord: &Discord,
    events: &dyn EventSink,
    cursor: Option<Cursor>,
    stop: &Stop,
) -> Result<(), ConnectorError> {
    let Some(opened) = stop.until(open(discord, events)).await else {
        return Ok(());
    };
    let opened = opened?;
    let url = discord.gateway_url.as_deref().unwrap_or(&opened.gateway.url);
    let count = gateway::connections(&opened.gateway) as usize;
    let (bot, intents) = (opened.bot.id, opened.intents.bits());
    let stored = cursor.and_then(|cursor| Position::parse(&cursor, bot, intents, count));
    let position = stored.unwrap_or_else(|| Position::new(bot, intents, count, discord.clock.now()));
    let mut menus = discord.menus.changes();
    let state = standing(opened.application, &opened.deaf, discord.menus.trouble());
    *discord.deaf.lock().unwrap_or_else(PoisonError::into_inner) = opened.deaf;
    let mut frames = gateway::listen(&discord.token, url, opened.intents, &opened.gateway, &position.sessions);
    let room = Semaphore::new(FETCHES_MAX);
    let mut ears = Ears {
        discord,
        events,
        bot: opened.bot,
        application: opened.application,
        state,
        channels: Channels::default(),
        latest: position.seen,
        position,
        open: vec![false; count],
        expected: HashSet::new(),
        room: &room,
        catching: FuturesUnordered::new(),
        acknowledging: FuturesUnordered::new(),
        heard: Pending::default(),
        storing: FuturesUnordered::new(),
    };
    loop {
        let has_room = ears.heard.events.len() < HEARD_MAX;
        let heard = tokio::select! {
            () = stop.requested() => {
                ears.finish().await;
                return Ok(());
            }
            Some(()) = ears.acknowledging.next(), if !ears.acknowledging.is_empty() => continue,
            () = discord.rest.doubted() => still_known(discord).await,
            Ok(()) = menus.changed() => {
                ears.stand();
                continue;
            }
            Some(stored) = ears.storing.next(), if !ears.storing.is_empty() => {
                // What comes next would move the cursor beyond what could not be stored.
                if stored.is_ok() {
                    ears.store_next();
                }
                stored
            }
            Some(missed) = ears.catching.next(), if has_room && !ears.catching.is_empty() => {
                ears.caught(missed).await
            }
            heard = frames.next(), if has_room => match heard {
                Some(heard) => ears.hear(heard).await,
                None => Err(ConnectorError::Lost("Discord closed all connections".to_owned())),
            },
        };
        if let Err(error) = heard {
            ears.finish().await;
            return if stop.is_requested() { Ok(()) } else { Err(error) };
        }
    }
}

/// One request was refused as if the token were not good. Whether it is says the request that every bot may make.
async fn still_known(discord: &Discord) -> Result<(), ConnectorError> {
    match discord.rest.get::<User>(Route::UserMe).await {
        Err(failure) if failure::is_wrong_token(&failure) => Err(ended(&failure)),
        _ => Ok(()),
    }
}

/// What was said in a channel while nobody listened.
pub(super) struct Caught {
    channel: ChannelId,
    /// Whether it is a chat with one person.
    direct: bool,
    missed: Result<Missed, Failure>,
}

/// Everything that hearing needs.
pub(super) struct Ears<'a> {
    pub(super) discord: &'a Discord,
    pub(super) events: &'a dyn EventSink,
    pub(super) bot: User,
    pub(super) application: ApplicationId,
    /// How the login stands once it is connected.
    pub(super) state: LoginState,
    pub(super) channels: Channels,
    /// The newest message heard.
    pub(super) latest: u64,
    pub(super) position: Position,
    /// Which connections are up.
    pub(super) open: Vec<bool>,
    /// Guilds that Discord has yet to tell of; what was missed in them is not fetched before.
    pub(super) expected: HashSet<GuildId>,
    pub(super) room: &'a Semaphore,
    pub(super) catching: FuturesUnordered<BoxFuture<'a, Caught>>,
    pub(super) acknowledging: FuturesUnordered<BoxFuture<'a, ()>>,
    /// Heard, and to be stored next.
    heard: Pending,
    /// What is being stored: one unit at a time, so that everything keeps its order.
    storing: FuturesUnordered<BoxFuture<'a, Result<(), ConnectorError>>>,
}

/// What will be stored in one unit.
#[derive(Default)]
struct Pending {
    events: Vec<Event>,
    /// Which of the events have files that are still with Discord.
    files: Vec<(usize, Vec<Attachment>)>,
    /// Where to go on once it is stored; none when there is nothing to store.
    cursor: Option<Cursor>,
    stored: watch::Sender<Option<Vec<Acceptance>>>,
}

/// What was heard at once.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) events: Vec<Event>,
    /// Which of the events have files that are still with Discord.
    pub(super) files: Vec<(usize, Vec<Attachment>)>,
    /// Presses and commands show that they are being worked on until they are acknowledged.
    pub(super) given: Vec<Given>,
    /// The position is worth storing also without an event.
    pub(super) moved: bool,
}

impl Batch {
    /// What somebody said, with the files that it came with.
    pub(super) fn say(&mut self, event: Option<Event>, message: &Message) {
        let Some(event) = event else { return };
        let files: Vec<Attachment> = attachments(message).cloned().collect();
        if !files.is_empty() {
            self.files.push((self.events.len(), files));
        }
        self.events.push(event);
    }

    /// What somebody pressed, or a command.
    pub(super) fn give(&mut self, event: Option<Event>, interaction: Interaction, answer: Answer) {
        self.given.push(Given {
            interaction,
            event: event.is_some().then_some(self.events.len()),
            answer,
        });
        self.events.extend(event);
    }
}

impl Ears<'_> {
    async fn hear(&mut self, heard: Vec<Heard>) -> Result<(), ConnectorError> {
        let mut batch = Batch::default();
        for one in heard {
            let session = one.session;
            match one.what {
                What::Frame(text) => {
                    let stamp = session
                        .as_ref()
                        .map(|session| format!("{}/{}", session.id, session.sequence));
                    self.frame(one.connection, &text, &stamp.unwrap_or_default(), &mut batch)
                        .await?;
                }
                What::Closed(code) => self.closed(one.connection, code, one.wait)?,
                What::Unreachable => self.deaf(one.connection, failure::words(&Failure::NotConnected), one.wait),
                What::Odd => self.unknown("frame"),
            }
            self.position.sessions[one.connection] = session;
        }
        self.store(batch);
        Ok(())
    }

    pub(super) fn fetch(&self, channel: ChannelId, direct: bool, after: u64) {
        let (rest, room) = (&self.discord.rest, self.room);
        self.catching.push(Box::pin(async move {
            let _turn = room.acquire().await;
            Caught {
                channel,
                direct,
                missed: catch_up::missed(rest, channel, after).await,
            }
        }));
    }

    async fn caught(&mut self, caught: Caught) -> Result<(), ConnectorError> {
        let Caught {
            channel,
            direct,
            missed,
        } = caught;
        let missed = match missed {
            Ok(missed) => missed,
            Err(failure) if failure::is_wrong_token(&failure) => return Err(ended(&failure)),
            // One channel that Discord does not give must not keep all others waiting.
            Err(failure) => {
                let why = failure::words(&failure);
                tracing::warn!(login = %self.discord.login, %channel, error = %why, "what was missed in a channel is not had: {why}");
                Missed::default()
            }
        };
        for _ in 0..missed.unknown {
            self.unknown("message");
        }
        if missed.cut_off {
            tracing::warn!(
                login = %self.discord.login,
                channel = %channel,
                "more was said in a channel than is fetched; its oldest messages are missing"
            );
        }
        let mut batch = Batch::default();
        for message in &missed.messages {
            self.learn(channel, None, direct.then_some(&message.author)).await?;
            self.latest = self.latest.max(message.id.get());
            batch.say(self.reader().message(message), message);
        }
        batch.moved = !self.is_catching_up();
        self.store(batch);
        Ok(())
    }

    pub(super) fn is_catching_up(&self) -> bool {
        !self.catching.is_empty() || !self.expected.is_empty()
    }

    /// Takes what was heard in, to be stored in one unit with where to go on. Then those who wait for it are told.
    fn store(&mut self, batch: Batch) {
        // Where a connection is down, messages are missing that are older than what others hear.
        if !self.is_catching_up() && self.is_open() {
            self.position.seen = self.latest;
        }
        let before = self.heard.events.len();
        for mut given in batch.given {
            given.event = given.event.map(|event| before + event);
            let stored = self.heard.stored.subscribe();
            self.acknowledging.push(acknowledge(self.discord, given, stored));
        }
        if !batch.events.is_empty() || batch.moved {
            let position = if self.is_catching_up() {
                self.position.without_sessions()
            } else {
                self.position.clone()
            };
            self.heard.cursor = Some(position.cursor());
        }
        let files = batch.files.into_iter();
        self.heard
            .files
            .extend(files.map(|(event, files)| (before + event, files)));
        self.heard.events.extend(batch.events);
        self.store_next();
    }

    /// Stores all that was heard meanwhile, once what came before is stored.
    fn store_next(&mut self) {
        if self.heard.cursor.is_none() || !self.storing.is_empty() {
            return;
        }
        let Pending {
            mut events,
            files,
            cursor,
            stored,
        } = std::mem::take(&mut self.heard);
        let (discord, sink) = (self.discord, self.events);
        self.storing.push(Box::pin(async move {
            let complete = download::complete(discord, sink, &mut events, &files).await;
            complete.map_err(not_stored)?;
            let accepted = sink.accept(&discord.login, events, cursor).await;
            stored.send_replace(Some(accepted.map_err(not_stored)?));
            Ok(())
        }));
    }

    pub(super) fn connected(&mut self, connection: usize) {
        self.open[connection] = true;
        if self.is_open() {
            tracing::info!(login = %self.discord.login, "connected to Discord");
            self.tell(self.state.clone());
        }
    }

    /// Something changed in how the login stands.
    fn stand(&mut self) {
        let deaf = self.discord.deaf.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.state = standing(self.application, &deaf, self.discord.menus.trouble());
        if self.is_open() {
            self.tell(self.state.clone());
        }
    }

    fn is_open(&self) -> bool {
        self.open.iter().all(|open| *open)
    }

    /// Waits for an answer, while what was heard goes on its way.
    pub(super) async fn beside<T>(&mut self, answer: impl Future<Output = T>) -> Result<T, ConnectorError> {
        let mut answer = pin!(answer);
        loop {
            tokio::select! {
                answer = &mut answer => return Ok(answer),
                Some(()) = self.acknowledging.next(), if !self.acknowledging.is_empty() => {}
                Some(stored) = self.storing.next(), if !self.storing.is_empty() => {
                    stored?;
                    self.store_next();
                }
            }
        }
    }

    /// What is being stored is stored and acknowledged also when the program stops. The rest Discord tells again.
    async fn finish(&mut self) {
        let all = async {
            while self.storing.next().await.is_some() {}
            // Nobody waits for what is not stored.
            self.heard = Pending::default();
            while self.acknowledging.next().await.is_some() {}
        };
        let _ = tokio::time::timeout(acknowledge::PATIENCE, all).await;
    }

    fn closed(&mut self, connection: usize, code: Option<u16>, wait: Duration) -> Result<(), ConnectorError> {
        if gateway::is_final(code) {
            return Err(failure::of_close(code).ends());
        }
        let (Deaf::Wait(_, why) | Deaf::BadCredentials(why) | Deaf::Stop(why)) = failure::of_close(code);
        self.deaf(connection, why, wait);
        Ok(())
    }

    fn deaf(&mut self, connection: usize, why: String, wait: Duration) {
        self.open[connection] = false;
        tracing::info!(login = %self.discord.login, connection, why, "a connection to Discord ended, next try {}", amount::after(wait));
        let next = self.discord.clock.now() + wait;
        self.tell(LoginState::Retrying { reason: why, next });
    }

    fn tell(&self, state: LoginState) {
        self.events.signal(&self.discord.login, Signal::Login(state));
    }
}

/// Discord tells the same again at the next start.
#[expect(clippy::needless_pass_by_value, reason = "`map_err` gives it away")]
fn not_stored(error: AcceptError) -> ConnectorError {
    ConnectorError::Lost(error.to_string())
}

/// How the session ends after a request that it needed.
pub(super) fn ended(failure: &Failure) -> ConnectorError {
    failure::of_session(failure).ends()
}
