//! What each frame of the gateway means: what is known of guilds changes, or somebody did something.

use serde::de::DeserializeOwned;
use serde_json::json;
use serenity::http::Route;
use serenity::model::id::{ChannelId, GuildId};

use super::acknowledge::{Answer, alone};
use super::dispatch::{self, Act, Dispatch, State, Unreadable};
use super::inbound::{self, COMMAND, PRESS, Reader, SENT_IN};
use super::interactions::Seen;
use super::payload::{Channel, Guild, Interaction, Member, Ready, Typing, User};
use super::session::{Batch, Ears, ended};
use super::{Discord, Does, failure, form, names, permissions};
use crate::connectors::{ConnectorError, Signal};
use crate::model::button::Form;
use crate::model::directory::SeenIdentity;
use crate::model::ids::ButtonId;
use crate::model::{Event, Timestamp};
use crate::telemetry::{self, Metric};

impl Ears<'_> {
    pub(super) async fn frame(
        &mut self,
        connection: usize,
        text: &str,
        stamp: &str,
        batch: &mut Batch,
    ) -> Result<(), ConnectorError> {
        let now = self.discord.clock.now();
        match dispatch::read(text) {
            Ok(None) => {}
            Ok(Some(Dispatch::State(state))) => {
                let concerns = concerned(&state);
                self.state(connection, state, now, batch).await?;
                self.look_for_threads(concerns);
            }
            Ok(Some(Dispatch::Act(act))) => self.act(act, stamp, now, batch).await?,
            Err(Unreadable(kind)) => self.unknown(&kind),
        }
        Ok(())
    }

    async fn state(
        &mut self,
        connection: usize,
        state: State,
        now: Timestamp,
        batch: &mut Batch,
    ) -> Result<(), ConnectorError> {
        let known = match &state {
            State::GuildCame(guild) => self.channels.knows_guild(guild.id),
            _ => false,
        };
        self.channels.follow(&state, self.bot.id);
        batch.events.extend(self.reader().places(&state, &self.bot, now));
        match state {
            State::Ready(ready) => {
                self.ready(connection, ready, now).await?;
                batch.moved = true;
            }
            State::Resumed => self.connected(connection),
            State::GuildCame(guild) if !guild.unavailable => {
                // Neither told of at the beginning nor back from an outage: somebody invited the bot.
                if !known && !self.expected.contains(&guild.id) {
                    self.discord.menus.forget(guild.id);
                    self.moved();
                }
                self.guild(&guild, now, batch);
            }
            State::GuildWent(guild) if !guild.unavailable => {
                self.expected.remove(&guild.id);
                self.moved();
            }
            _ => {}
        }
        Ok(())
    }

    /// Those who send know from now on where threads may be opened.
    fn look_for_threads(&self, concerned: Option<Concerned>) {
        let channels = match concerned {
            None => return,
            Some(Concerned::Channel(channel)) => vec![channel],
            Some(Concerned::Guild(guild)) => self.channels.of_guild(guild),
        };
        let mut with_threads = self.discord.with_threads();
        for channel in channels {
            if self.channels.opens_threads(channel, self.bot.id) {
                with_threads.insert(channel);
            } else {
                with_threads.remove(&channel);
            }
        }
    }

    async fn act(&mut self, act: Act, stamp: &str, now: Timestamp, batch: &mut Batch) -> Result<(), ConnectorError> {
        match act {
            Act::Message(message) => {
                self.learn(message.channel_id, message.guild_id, Some(&message.author))
                    .await?;
                self.latest = self.latest.max(message.id.get());
                batch.say(self.reader().message(&message), &message);
            }
            Act::Edited(message) => {
                self.learn(message.channel_id, message.guild_id, Some(&message.author))
                    .await?;
                // Its files came with it.
                batch.events.extend(self.reader().edit(&message));
            }
            Act::Deleted(deleted) => {
                self.learn(deleted.channel_id, deleted.guild_id, None).await?;
                batch.events.extend(self.reader().deleted(&deleted, now));
            }
            Act::Reaction(reaction, added) => {
                self.learn(reaction.channel_id, reaction.guild_id, None).await?;
                batch
                    .events
                    .extend(self.reader().reaction(&reaction, added, stamp, now));
            }
            Act::Member(member, change) => batch.events.extend(self.reader().member(&member, change, stamp, now)),
            Act::Interaction(given) => {
                if let Some(channel) = given.channel_id {
                    self.learn(channel, given.guild_id, given.user.as_ref()).await?;
                }
                self.given(*given, batch).await?;
            }
            Act::Typing(typing) => self.typing(&typing),
        }
        Ok(())
    }

    /// Something that a person waits for.
    async fn given(&mut self, given: Interaction, batch: &mut Batch) -> Result<(), ConnectorError> {
        // In a direct chat everything is seen by one person.
        let shared = given.channel_id.is_none_or(|channel| !self.channels.is_direct(channel));
        let seen = |private: bool| if private && shared { Seen::ByOne } else { Seen::ByAll };
        match given.kind {
            COMMAND => {
                let name = given.data.as_ref().map_or("", |data| data.name.as_str());
                let answer = Answer::HeldOpen(seen(self.discord.is_private(name)));
                batch.give(self.reader().command(&given), given, answer);
            }
            PRESS | SENT_IN => {
                let button = inbound::button(&given);
                let does = match button.zip(inbound::presser(&given)) {
                    Some((button, presser)) => does(self.discord, button, &presser).await?,
                    None => Does::default(),
                };
                let taken = match seen(does.private) {
                    Seen::ByOne => Answer::HeldOpen(Seen::ByOne),
                    Seen::ByAll => Answer::Taken,
                };
                let (event, answer) = pressed(&self.reader(), &given, button.zip(does.form.as_ref()), taken);
                batch.give(event, given, answer);
            }
            // Nothing of ours makes another kind.
            _ => {}
        }
        Ok(())
    }

    /// A connection begins anew: what was missed is fetched, in direct chats now and in guilds as they come.
    async fn ready(&mut self, connection: usize, ready: Ready, now: Timestamp) -> Result<(), ConnectorError> {
        self.bot = ready.user;
        if ready.guilds.is_empty() && self.open.len() == 1 {
            let address = permissions::invitation(self.application);
            tracing::info!(login = %self.discord.login, "this bot is in no guild yet; invite it with {address}");
        }
        self.expected.extend(ready.guilds.iter().map(|guild| guild.id));
        self.connected(connection);
        // Direct chats come over the first connection.
        if connection == 0 {
            let after = self.position.fetch_after(now);
            let chats = self.discord.direct_chats.recent().await;
            let chats = chats.map_err(|error| ConnectorError::Lost(error.to_string()))?;
            for channel in chats.iter().filter_map(names::channel) {
                self.fetch(channel, true, after);
            }
        }
        Ok(())
    }

    /// The menus are to be offered again.
    fn moved(&self) {
        self.events.signal(&self.discord.login, Signal::Moved);
    }

    fn guild(&mut self, guild: &Guild, now: Timestamp, batch: &mut Batch) {
        let after = self.position.fetch_after(now);
        for channel in guild.channels.iter().chain(&guild.threads) {
            let news = channel.last_message_id.is_some_and(|last| last.get() > after);
            if news && self.channels.holds_messages(channel.id) {
                self.fetch(channel.id, false, after);
            }
        }
        batch.moved |= self.expected.remove(&guild.id) && !self.is_catching_up();
    }

    /// Finds out what a channel is that nothing was heard of: after a restart Discord tells only what changes.
    pub(super) async fn learn(
        &mut self,
        channel: ChannelId,
        guild: Option<GuildId>,
        person: Option<&User>,
    ) -> Result<(), ConnectorError> {
        let unknown = !self.channels.knows(channel);
        if unknown {
            match person.filter(|person| guild.is_none() && person.id != self.bot.id) {
                Some(person) => self.channels.put_direct(channel, &names::shown(person, None)),
                None => self.ask_channel(channel).await?,
            }
        }
        let (guild, parent) = self.channels.missing_above(channel);
        if let Some(parent) = parent {
            self.ask_channel(parent).await?;
        }
        if let Some(guild) = guild {
            let answer: Option<Guild> = self.ask(Route::Guild { guild_id: guild }).await?;
            let unnamed = Guild::unnamed(guild);
            self.channels.update_guild(&answer.unwrap_or(unnamed), self.bot.id);
            self.ask_own_member(guild).await?;
        }
        // What is known by now may not have been enough before.
        match guild {
            Some(guild) => self.look_for_threads(Some(Concerned::Guild(guild))),
            None => {
                for learned in unknown.then_some(channel).into_iter().chain(parent) {
                    self.look_for_threads(Some(Concerned::Channel(learned)));
                }
            }
        }
        Ok(())
    }

    /// Finds out which roles the bot has in the guild. When Discord cannot say it just now, everything else goes on: it opens
    /// no threads there until it hears more.
    async fn ask_own_member(&mut self, guild_id: GuildId) -> Result<(), ConnectorError> {
        let discord = self.discord;
        let user_id = self.bot.id;
        let asking = discord.rest.get::<Member>(Route::GuildMember { guild_id, user_id });
        match self.beside(asking).await? {
            Ok(member) => self.channels.put_member(guild_id, member.roles),
            Err(failure) if failure::is_wrong_token(&failure) => return Err(ended(&failure)),
            Err(failure) => {
                let why = failure::words(&failure);
                tracing::warn!(login = %discord.login, guild = %guild_id, error = %why, "no threads are opened in a guild: {why}");
            }
        }
        Ok(())
    }

    async fn ask_channel(&mut self, channel: ChannelId) -> Result<(), ConnectorError> {
        if let Some(answer) = self.ask::<Channel>(Route::Channel { channel_id: channel }).await? {
            self.channels.put(&answer, None);
        }
        Ok(())
    }

    /// What Discord answers; none when the bot may not know.
    async fn ask<T: DeserializeOwned>(&mut self, route: Route<'_>) -> Result<Option<T>, ConnectorError> {
        let discord = self.discord;
        match self.beside(discord.rest.get(route)).await? {
            Ok(answer) => Ok(Some(answer)),
            // The next start hears the same again, and asks again.
            Err(failure) if failure::may_pass(&failure) || failure::is_wrong_token(&failure) => Err(ended(&failure)),
            Err(_) => Ok(None),
        }
    }

    pub(super) fn unknown(&self, kind: &str) {
        telemetry::count_for(Metric::EventsUnknownTotal, self.discord.login.as_str());
        tracing::warn!(login = %self.discord.login, kind, "Discord sent something in an unknown form");
    }

    pub(super) fn reader(&self) -> Reader<'_> {
        Reader {
            login: &self.discord.login,
            bot: self.bot.id,
            channels: &self.channels,
        }
    }

    fn typing(&self, typing: &Typing) {
        if typing.user_id == self.bot.id || !self.channels.is_direct(typing.channel_id) {
            return;
        }
        if let Some(place) = self.channels.place(typing.channel_id) {
            self.events.signal(&self.discord.login, Signal::Typing { place });
        }
    }
}

/// Where it may be that threads can be opened, or no longer.
#[derive(Clone, Copy)]
enum Concerned {
    Channel(ChannelId),
    Guild(GuildId),
}

fn concerned(state: &State) -> Option<Concerned> {
    Some(match state {
        State::GuildCame(guild) | State::GuildChanged(guild) => Concerned::Guild(guild.id),
        State::RoleChanged(change) => Concerned::Guild(change.guild_id),
        State::RoleWent(gone) => Concerned::Guild(gone.guild_id),
        State::MemberChanged(member) => Concerned::Guild(member.guild_id),
        State::ChannelCame(channel) | State::ChannelChanged(channel) | State::ChannelWent(channel) => {
            Concerned::Channel(channel.id)
        }
        // Where the bot no longer is, nobody asks it.
        State::GuildWent(_) | State::Threads(_) | State::Ready(_) | State::Resumed => return None,
    })
}

/// What a press, or a form that was sent in, comes to. A press that opens a form is nothing yet.
pub(super) fn pressed(
    reader: &Reader<'_>,
    given: &Interaction,
    form: Option<(ButtonId, &Form)>,
    taken: Answer,
) -> (Option<Event>, Answer) {
    let language = given.locale.as_deref();
    let submitted = given.data.as_ref().map(|data| data.components.as_slice());
    match form {
        None if given.kind == SENT_IN => (None, Answer::AtOnce(json!(alone(form::closed(language))))),
        None => (reader.press(given, Vec::new()), taken),
        Some((button, form)) if given.kind == PRESS => (None, Answer::AtOnce(form::opening(button, form, language))),
        Some((_, form)) => match form::values(form, submitted.unwrap_or_default(), language) {
            Ok(values) => (reader.press(given, values), taken),
            Err(why) => (None, Answer::AtOnce(json!(alone(&why)))),
        },
    }
}

/// What the button does for this person, as far as Discord can show it.
async fn does(discord: &Discord, button: ButtonId, presser: &SeenIdentity) -> Result<Does, ConnectorError> {
    let stored = discord.buttons.does(button, presser).await;
    // The next start hears the same again.
    let mut does = stored.map_err(|error| ConnectorError::Lost(error.to_string()))?;
    does.form = does.form.filter(|form| discord.capabilities.takes(form));
    Ok(does)
}
