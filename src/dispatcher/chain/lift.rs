//! From what a plugin asks for to actions and jobs, or to the reason why all of it is refused. Pure: what it refers to
//! was looked up before.

mod moderate;

use super::NextDue;
use super::draft::{Drafted, Drafting, timestamp};
use super::refs::Refs;
use crate::dispatcher::{Flow, Snapshot, Stance};
use crate::model::action::{Action, Author, Priority, Send};
use crate::model::amount::counted;
use crate::model::content::Content;
use crate::model::conversation::LaneKey;
use crate::model::directory::{Audience, Place};
use crate::model::event::{Event, EventBody, Source};
use crate::model::finding::Finding;
use crate::model::ids::{IdentityId, JobId, MessageId, PluginId, QueueName};
use crate::plugin_host::bindings::switchboard::plugin::types as wit;
use crate::plugin_host::{Permission, Plugin};
use crate::storage::calls::NewCall;
use crate::storage::core::StoredMessage;
use crate::storage::unit::{JobChange, JobWork, NewEvent, NewJob, Repeat};

/// More from one event is a flood.
pub(super) const ACTIONS_MAX: usize = 16;

/// Destinations of one event: more is a broadcast …
const DESTINATIONS_MAX: usize = 3;

/// … which only a timer may be.
const DESTINATIONS_OF_TIMER_MAX: usize = 64;

/// Longer names do not fit an index.
const NAME_BYTES_MAX: usize = 128;

/// Longer notes nobody reads.
const NOTE_BYTES_MAX: usize = 16 << 10;

/// What a plugin asked for, checked.
#[derive(Debug, Default)]
pub(super) struct Lifted {
    pub(super) actions: Vec<Action>,
    pub(super) jobs: Vec<JobChange>,
    pub(super) calls: Vec<NewCall>,
    pub(super) stance: Stance,
    pub(super) flow: Flow,
    /// What it asked the knowledge base last, and what was found.
    pub(super) found: Option<Finding>,
    /// Why nothing of it is done, though nothing is wrong with it.
    pub(super) spared: Option<String>,
    /// One line for each action, for *why*.
    pub(super) lines: Vec<String>,
}

impl Lifted {
    /// Whether nothing is done.
    pub(super) fn is_empty(&self) -> bool {
        self.actions.is_empty() && self.jobs.is_empty() && self.calls.is_empty()
    }
}

/// What an outcome is lifted with.
pub(super) struct Lift<'a> {
    /// Whether the plugin is on in a place.
    pub(super) serves: &'a (dyn Fn(&Place) -> bool + Sync),
    pub(super) plugin: &'a Plugin,
    pub(super) id: &'a PluginId,
    pub(super) snapshot: &'a Snapshot,
    pub(super) event: &'a NewEvent,
    pub(super) refs: &'a Refs,
    pub(super) drafting: Drafting<'a>,
    pub(super) next_due: NextDue,
}

impl Lift<'_> {
    /// Everything, or the reason why nothing.
    pub(super) fn outcome(&self, outcome: &wit::Outcome) -> Result<Lifted, String> {
        if outcome.actions.len() > ACTIONS_MAX {
            let count = outcome.actions.len();
            return Err(format!(
                "answered with too much data: {count} actions, {ACTIONS_MAX} are allowed"
            ));
        }
        let mut lifted = Lifted {
            stance: match &outcome.stance {
                wit::Stance::Neutral => Stance::Neutral,
                wit::Stance::Answered => Stance::Answered,
                wit::Stance::Abstained(why) => Stance::Abstained(why.clone()),
            },
            flow: match outcome.flow {
                wit::Flow::Pass => Flow::Pass,
                wit::Flow::Stop => Flow::Stop,
            },
            ..Lifted::default()
        };
        for (number, action) in outcome.actions.iter().enumerate() {
            self.action(number, action, &mut lifted)?;
        }
        if let Some(why) = lifted.spared {
            // Neither what it says of what is not done, nor that it has answered.
            return Ok(Lifted {
                spared: Some(why),
                ..Lifted::default()
            });
        }
        Ok(lifted)
    }

    fn action(&self, number: usize, action: &wit::Action, lifted: &mut Lifted) -> Result<(), String> {
        match action {
            wit::Action::Reply(reply) => self.reply(reply, lifted),
            wit::Action::Post(post) => self.post(post, lifted),
            wit::Action::Edit(edit) => {
                let message = self.own(&edit.target)?;
                let drafted = self.drafting.read(&edit.draft)?;
                lifted.lines.push("edit".into());
                lifted.actions.push(Action::Edit {
                    message,
                    content: drafted.content,
                    buttons: drafted.buttons,
                    meanings: drafted.meanings,
                });
                Ok(())
            }
            wit::Action::Buttons(change) => {
                let message = self.own(&change.target)?;
                let (buttons, meanings) = self.drafting.buttons(&change.buttons)?;
                lifted
                    .lines
                    .push(format!("set {}", counted(buttons.len(), "button", "buttons")));
                lifted.actions.push(Action::SetButtons {
                    message,
                    buttons,
                    meanings,
                });
                Ok(())
            }
            wit::Action::Delete(target) => {
                let message = self.own(target)?;
                lifted.lines.push("delete".into());
                lifted.actions.push(Action::Delete { message });
                Ok(())
            }
            wit::Action::React(react) => self.react(react, lifted),
            wit::Action::Note(text) => {
                lifted.lines.push("note".into());
                lifted.actions.push(self.note(text)?);
                Ok(())
            }
            wit::Action::Handoff(handoff) => self.handoff(handoff, lifted),
            wit::Action::Wake(wake) => self.wake(wake, lifted),
            wit::Action::Cancel(id) => {
                self.need(Permission::Wake)?;
                lifted.lines.push(format!("cancel timer {id}"));
                lifted.jobs.push(JobChange::Cancel { key: self.key(id)? });
                Ok(())
            }
            wit::Action::AskPeers(_) => self.need(Permission::Peers),
            wit::Action::Moderate(asked) => self.moderate(number, asked, lifted),
            wit::Action::Role(_) => self.need(Permission::Role),
            wit::Action::Call(call) => self.call(call, lifted),
            wit::Action::Other(other) => Err(format!("asks for {:?}, which this release does not know", other.kind)),
        }
    }

    /// Permissions of actions are checked here and nowhere else.
    pub(super) fn need(&self, permission: Permission) -> Result<(), String> {
        if permission.is_available() && self.plugin.may(permission) {
            return Ok(());
        }
        let allows = permission.allows();
        if permission.is_available() {
            return Err(format!(
                "may not {allows}: add \"{permission}\" to its grants to allow it"
            ));
        }
        Err(format!("may not {allows}: this release cannot grant \"{permission}\""))
    }

    fn reply(&self, reply: &wit::Reply, lifted: &mut Lifted) -> Result<(), String> {
        let place = self.snapshot.place.as_deref();
        let place = place.ok_or("replies where there is no place: the event happened in none")?;
        let drafted = self.drafting.read(&reply.draft)?;
        let reply_to = match &reply.to {
            Some(target) => Some(self.message(target)?.new.id),
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

    fn post(&self, post: &wit::Post, lifted: &mut Lifted) -> Result<(), String> {
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
                lifted.spared = Some(format!("left alone: it is off in {}, where it would post", place.name));
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

    fn react(&self, react: &wit::React, lifted: &mut Lifted) -> Result<(), String> {
        let own_event = self.snapshot.message.filter(|id| id.to_string() == react.target);
        let message = if let Some(message) = own_event {
            message
        } else {
            let message = &self.message(&react.target)?.new;
            let here = self
                .snapshot
                .place
                .as_ref()
                .is_some_and(|place| place.id == message.place);
            here.then_some(message.id)
                .ok_or("reacts in another place than the event's")?
        };
        lifted.lines.push(format!("react {}", react.emoji));
        lifted.actions.push(Action::React {
            message,
            emoji: react.emoji.clone(),
            add: react.add,
        });
        Ok(())
    }

    fn handoff(&self, handoff: &wit::Handoff, lifted: &mut Lifted) -> Result<(), String> {
        self.need(Permission::Handoff)?;
        if !handoff.note.is_empty() {
            lifted.actions.push(self.note(&handoff.note)?);
        }
        lifted.lines.push(format!("hand off: {}", handoff.reason));
        lifted.actions.push(Action::HandOff {
            queue: handoff.lane.as_deref().map(QueueName::from),
            reason: handoff.reason.clone(),
            topic: handoff.topic.clone(),
        });
        Ok(())
    }

    fn note(&self, text: &str) -> Result<Action, String> {
        if text.len() > NOTE_BYTES_MAX {
            return Err(format!(
                "answered with too much data: a note has at most {} KiB",
                NOTE_BYTES_MAX >> 10
            ));
        }
        Ok(Action::Note {
            author: Author::Plugin { id: self.id.clone() },
            content: Content::plain(text),
        })
    }

    fn wake(&self, wake: &wit::Wake, lifted: &mut Lifted) -> Result<(), String> {
        self.need(Permission::Wake)?;
        let (due, repeat) = match &wake.schedule {
            wit::Schedule::At(at) => (timestamp(*at), None),
            wit::Schedule::Cron(clock) => {
                let repeat = Repeat {
                    cron: clock.cron.clone(),
                    zone: clock.zone.clone(),
                };
                let due = (self.next_due)(&repeat, self.snapshot.now)?;
                (due, Some(repeat))
            }
        };
        let key = self.key(&wake.id)?;
        let place = self.snapshot.place.as_ref().map(|place| place.id);
        let event = Event {
            source: Source::Internal {
                conversation: None,
                place,
            },
            occurred_at: due,
            dedupe: key.clone(),
            hops: 0,
            body: EventBody::Timer {
                plugin: self.id.clone(),
                id: wake.id.clone(),
                due,
                payload: wake.payload.clone(),
            },
        };
        lifted.lines.push(format!("timer {} at {due}", wake.id));
        lifted.jobs.push(JobChange::Put(NewJob {
            id: JobId(self.drafting.clock.id()),
            due,
            repeat,
            work: JobWork::Event {
                community: self.snapshot.community.id,
                place,
                lane: place.map_or_else(|| LaneKey(key.clone()), LaneKey::of_place),
                event: Box::new(event),
            },
            key,
        }));
        Ok(())
    }

    /// Names a timer among all jobs.
    fn key(&self, timer: &str) -> Result<String, String> {
        if timer.is_empty() || timer.len() > NAME_BYTES_MAX {
            return Err(format!("a timer's id has 1 to {NAME_BYTES_MAX} bytes"));
        }
        Ok(format!("plugin/{}/{}/{timer}", self.id, self.snapshot.community.id))
    }

    fn person(&self) -> Option<IdentityId> {
        self.snapshot.author.as_ref().map(|author| author.id)
    }

    fn message(&self, target: &str) -> Result<&StoredMessage, String> {
        let found = self.refs.messages.get(target);
        found.ok_or_else(|| "refers to a message that this community does not have".into())
    }

    fn own(&self, target: &str) -> Result<MessageId, String> {
        let message = &self.message(target)?.new;
        match &message.author {
            Author::Plugin { id } if id == self.id => Ok(message.id),
            _ => Err("changes a message that is not its own".into()),
        }
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
