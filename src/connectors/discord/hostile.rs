//! Frames of the gateway and pages of messages as strangers could make them, read as the session reads them.

use std::sync::LazyLock;

use serde_json::json;
use serde_json::value::RawValue;
use serenity::model::id::{ChannelId, GuildId, UserId};

use super::acknowledge::Answer;
use super::catch_up::{self, Missed};
use super::channels::Channels;
use super::dispatch::{self, Act, Dispatch, State};
use super::inbound::{self, COMMAND, PRESS, Reader, SENT_IN, attachments};
use super::payload::{Interaction, Message, User};
use super::{frames, names};
use crate::connectors::hostile::{Expected, Heard, payloads};
use crate::model::button::{Field, Form, Input};
use crate::model::ids::LoginName;
use crate::model::{Event, Timestamp};

const BOT: UserId = UserId::new(900);

/// What stands for the time of what Discord tells without one.
const NOW: Timestamp = Timestamp::from_millis(1_790_000_000_000);

/// What is known at the beginning.
static KNOWN: LazyLock<Channels> = LazyLock::new(|| {
    let guild = json!({
        "id": "100", "name": "Gardeners", "system_channel_id": "101",
        "roles": [{"id": "70", "name": "Our bot", "tags": {"bot_id": "900"}}, {"id": "71", "name": "Staff"}],
        "channels": [{"id": "101", "type": 0, "name": "help"}, {"id": "102", "type": 15, "name": "questions"}],
        "threads": [{"id": "105", "type": 11, "name": "Tomatoes", "parent_id": "102"}],
    });
    let mut channels = Channels::default();
    channels.put_guild(&serde_json::from_value(guild).expect("a guild"), BOT);
    channels.put_direct(ChannelId::new(107), "Ann");
    channels
});

/// What every button opens.
static FORM: LazyLock<Form> = LazyLock::new(|| {
    let choices = vec![
        ("s".to_owned(), "Small".to_owned()),
        ("l".to_owned(), "Large".to_owned()),
    ];
    let inputs = [Input::Line, Input::Number, Input::YesNo, Input::Choice { choices }];
    let fields = inputs.into_iter().enumerate().map(|(number, input)| Field {
        name: format!("field-{number}"),
        label: "How many?".to_owned(),
        input,
        required: number == 0,
    });
    Form {
        title: "An order".to_owned(),
        fields: fields.collect(),
    }
});

/// The events that these frames and pages become, all of them as they must be.
///
/// # Panics
///
/// Where one is nonsense.
pub fn hear(bytes: &[u8]) -> Vec<Event> {
    let login = LoginName::from(super::NAME);
    let expected = Expected {
        login: &login,
        bot: names::somebody(BOT).native,
        reaches: &|place| names::channel(place).is_some(),
    };
    let read = || {
        let mut ears = Ears {
            login: &login,
            channels: KNOWN.clone(),
            heard: Vec::new(),
        };
        for (number, payload) in payloads(bytes).iter().enumerate() {
            ears.payload(payload, &format!("session/{number}"));
        }
        ears.heard
    };
    let heard = read();
    assert_eq!(heard, read(), "what is told again is the same");
    for heard in &heard {
        expected.check(heard);
    }
    heard.into_iter().map(|heard| heard.event).collect()
}

/// The session without its connection.
struct Ears<'a> {
    login: &'a LoginName,
    channels: Channels,
    heard: Vec<Heard>,
}

impl Ears<'_> {
    fn payload(&mut self, text: &str, stamp: &str) {
        // Missed messages come in pages.
        if let Ok(page) = serde_json::from_str::<Vec<Box<RawValue>>>(text) {
            let mut missed = Missed::default();
            catch_up::read(page, 0, &mut missed);
            missed.messages.iter().for_each(|message| self.said(message));
            return;
        }
        match dispatch::read(text) {
            Ok(Some(Dispatch::State(state))) => self.state(&state),
            Ok(Some(Dispatch::Act(act))) => self.act(&act, stamp),
            Ok(None) | Err(_) => {}
        }
    }

    fn state(&mut self, state: &State) {
        self.channels.follow(state, BOT);
        let me = User {
            id: BOT,
            username: "our-bot".to_owned(),
            global_name: None,
            bot: true,
        };
        let places = self.reader().places(state, &me, NOW);
        self.hear(places);
    }

    fn act(&mut self, act: &Act, stamp: &str) {
        match act {
            Act::Message(message) => {
                self.learn(message.channel_id, message.guild_id, Some(&message.author));
                self.said(message);
            }
            Act::Edited(message) => {
                self.learn(message.channel_id, message.guild_id, Some(&message.author));
                let event = self.reader().edit(message);
                let with_files = attachments(message).next().is_some();
                self.heard.extend(event.map(|event| Heard { event, with_files }));
            }
            Act::Deleted(deleted) => self.hear(self.reader().deleted(deleted, NOW)),
            Act::Reaction(reaction, added) => self.hear(self.reader().reaction(reaction, *added, stamp, NOW)),
            Act::Member(member, change) => self.hear(self.reader().member(member, *change, stamp, NOW)),
            Act::Interaction(given) => {
                if let Some(channel) = given.channel_id {
                    self.learn(channel, given.guild_id, given.user.as_ref());
                }
                self.hear(self.given(given));
            }
            Act::Typing(typing) => drop(self.channels.place(typing.channel_id)),
        }
    }

    fn said(&mut self, message: &Message) {
        let event = self.reader().message(message);
        let with_files = attachments(message).next().is_some();
        self.heard.extend(event.map(|event| Heard { event, with_files }));
    }

    fn given(&self, given: &Interaction) -> Option<Event> {
        match given.kind {
            COMMAND => self.reader().command(given),
            PRESS | SENT_IN => {
                let button = inbound::button(given)
                    .zip(inbound::presser(given))
                    .map(|(button, _)| button);
                // One that is stored without a form, too.
                let (plain, _) = frames::pressed(&self.reader(), given, None, Answer::Taken);
                let form = button.map(|button| (button, &*FORM));
                let (filled, _) = frames::pressed(&self.reader(), given, form, Answer::Taken);
                plain.or(filled)
            }
            _ => None,
        }
    }

    /// A channel that nothing was heard of; what would be asked of Discord is not known here.
    fn learn(&mut self, channel: ChannelId, guild: Option<GuildId>, person: Option<&User>) {
        if let Some(person) = person.filter(|person| guild.is_none() && person.id != BOT)
            && !self.channels.knows(channel)
        {
            self.channels.put_direct(channel, &names::shown(person, None));
        }
    }

    fn hear(&mut self, events: impl IntoIterator<Item = Event>) {
        let without_files = |event| Heard {
            event,
            with_files: false,
        };
        self.heard.extend(events.into_iter().map(without_files));
    }

    fn reader(&self) -> Reader<'_> {
        Reader {
            login: self.login,
            bot: BOT,
            channels: &self.channels,
        }
    }
}

#[cfg(test)]
mod tests;
