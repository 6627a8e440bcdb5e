//! What a plugin may say: where the event happened, and elsewhere.

use super::super::draft::Drafted;
use super::{Lift, Lifted, NAME_BYTES_MAX, off_in};
use crate::model::action::{Action, Author, Priority, Send};
use crate::model::amount::counted;
use crate::model::directory::{Audience, Place};
use crate::model::event::EventBody;
use crate::model::ids::MessageId;
use crate::plugin_host::Permission;
use crate::plugin_host::bindings::switchboard::plugin::types as wit;

/// Destinations of one event: more is a broadcast …
const DESTINATIONS_MAX: usize = 3;

/// … which only a timer may be.
const DESTINATIONS_OF_TIMER_MAX: usize = 64;

impl Lift<'_> {
    pub(super) fn reply(&self, reply: &wit::Reply, lifted: &mut Lifted) -> Result<(), String> {
        let place = self.snapshot.place.as_deref();
        let place = place.ok_or("replies where there is no place: the event happened in none")?;
        let drafted = self.drafting.read(&reply.draft)?;
        let reply_to = match &reply.to {
            Some(target) => Some(self.message(target)?.stored.new.id),
            None => self.snapshot.message,
        };
        let privately = reply.where_ == wit::ReplyWhere::Privately || self.asked_privately();
        let only = match (privately, self.person()) {
            (false, _) => None,
            (true, Some(person)) => Some(person),
            (true, None) => return Err("replies privately to an event that nobody caused".into()),
        };
        let mut send = self.send(place, drafted, reply.name.as_deref(), Priority::Answer)?;
        send.reply_to = reply_to;
        send.only = only.filter(|_| place.audience != Audience::Direct);
        send.thread = reply.where_ == wit::ReplyWhere::Thread && !place.thread;
        lifted.lines.push(said("reply", &send));
        lifted.actions.push(Action::Send(send));
        Ok(())
    }

    /// Whether the button or the command says beforehand that what follows is seen by one person alone.
    fn asked_privately(&self) -> bool {
        let button = self.snapshot.button.as_ref();
        button.is_some_and(|button| button.meaning.private)
            || matches!(&self.event.event.body, EventBody::Command { name, .. } if self.plugin.package().manifest.is_private(name))
    }

    pub(super) fn post(&self, post: &wit::Post, lifted: &mut Lifted) -> Result<(), String> {
        self.need(Permission::Post)?;
        let timer = matches!(self.event.event.body, EventBody::Timer { .. });
        let (max, priority) = if timer {
            (DESTINATIONS_OF_TIMER_MAX, Priority::Campaign)
        } else {
            (DESTINATIONS_MAX, Priority::Answer)
        };
        if post.to.is_empty() || post.to.len() > max {
            return Err(format!(
                "posts to {} destinations; 1 to {max} are allowed",
                post.to.len()
            ));
        }
        for (number, destination) in post.to.iter().enumerate() {
            let place = self.destination(destination)?;
            if !(self.serves)(place) {
                lifted.spared = Some(off_in(place, "post"));
                return Ok(());
            }
            let drafted = self.drafting.read(&post.draft)?;
            // The name stands for the first copy; each further one has a name of its own.
            let name = post.name.as_ref().map(|name| match number {
                0 => name.clone(),
                _ => format!("{name}/{number}"),
            });
            let send = self.send(place, drafted, name.as_deref(), priority)?;
            lifted.lines.push(said("post", &send));
            lifted.actions.push(Action::Send(send));
        }
        Ok(())
    }

    fn destination(&self, destination: &wit::Destination) -> Result<&Place, String> {
        match destination {
            wit::Destination::Place(place) => {
                let found = self.refs.places.get(place).map(|place| &**place);
                found.ok_or_else(|| "posts to a place that this community does not have".into())
            }
            wit::Destination::Conversation(conversation) => {
                let found = self.refs.conversations.get(conversation).map(|(_, place)| &**place);
                found.ok_or_else(|| "posts to a conversation that this community does not have".into())
            }
            wit::Destination::Person(person) => {
                let direct = self
                    .snapshot
                    .place
                    .as_deref()
                    .filter(|place| place.audience == Audience::Direct);
                let author = self.person().filter(|author| author.to_string() == *person);
                match (direct, author) {
                    (Some(place), Some(_)) => Ok(place),
                    _ => Err("posts to a person outside of a direct chat, which this release cannot".into()),
                }
            }
        }
    }

    fn send(&self, place: &Place, drafted: Drafted, name: Option<&str>, priority: Priority) -> Result<Send, String> {
        if name.is_some_and(|name| name.is_empty() || name.len() > NAME_BYTES_MAX) {
            return Err(format!("a name has 1 to {NAME_BYTES_MAX} bytes"));
        }
        Ok(Send {
            message: MessageId(self.drafting.clock.id()),
            place: place.id,
            thread: false,
            reply_to: None,
            only: None,
            author: Author::Plugin { id: self.id.clone() },
            content: drafted.content,
            short: drafted.short,
            buttons: drafted.buttons,
            meanings: drafted.meanings,
            files: drafted.files,
            cites: drafted.cites,
            name: name.map(str::to_owned),
            priority,
        })
    }
}

fn said(what: &str, send: &Send) -> String {
    let characters = send.content.to_plain().chars().count();
    format!(
        "{what}: {}, {}",
        counted(characters, "character", "characters"),
        counted(send.buttons.len(), "button", "buttons")
    )
}
