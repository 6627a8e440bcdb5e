//! From what a plugin asks for to actions and jobs, or to the reason why all of it is refused. Pure: what it refers to
//! was looked up before.

mod moderate;
mod say;
mod timer;

use super::NextDue;
use super::draft::Drafting;
use super::refs::{Referred, Refs};
use crate::dispatcher::{Flow, Snapshot, Stance};
use crate::model::action::{Action, Author};
use crate::model::amount::counted;
use crate::model::content::Content;
use crate::model::directory::Place;
use crate::model::finding::Finding;
use crate::model::ids::{IdentityId, MessageId, PluginId, QueueName};
use crate::plugin_host::bindings::switchboard::plugin::types as wit;
use crate::plugin_host::visible::in_one_line;
use crate::plugin_host::{Permission, Plugin};
use crate::storage::calls::NewCall;
use crate::storage::unit::{JobChange, NewEvent};

/// More from one event is a flood.
pub(super) const ACTIONS_MAX: usize = 16;

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
    /// Everything, or the reason why nothing. What is said of it has words of the plugin, and goes to pages and terminals.
    pub(super) fn outcome(&self, outcome: &wit::Outcome) -> Result<Lifted, String> {
        let mut lifted = self.all(outcome).map_err(|why| in_one_line(&why))?;
        for line in &mut lifted.lines {
            *line = in_one_line(line);
        }
        Ok(lifted)
    }

    fn all(&self, outcome: &wit::Outcome) -> Result<Lifted, String> {
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
                let Some(message) = self.own(&edit.target, "edit", lifted)? else {
                    return Ok(());
                };
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
                let Some(message) = self.own(&change.target, "change buttons", lifted)? else {
                    return Ok(());
                };
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
                let Some(message) = self.own(target, "delete", lifted)? else {
                    return Ok(());
                };
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

    fn react(&self, react: &wit::React, lifted: &mut Lifted) -> Result<(), String> {
        let own_event = self.snapshot.message.filter(|id| id.to_string() == react.target);
        let message = if let Some(message) = own_event {
            message
        } else {
            let message = &self.message(&react.target)?.stored.new;
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

    fn person(&self) -> Option<IdentityId> {
        self.snapshot.author.as_ref().map(|author| author.id)
    }

    fn message(&self, target: &str) -> Result<&Referred, String> {
        let found = self.refs.messages.get(target);
        found.ok_or_else(|| "refers to a message that this community does not have".into())
    }

    /// A message of its own that it `would` change; none where the plugin is off there.
    fn own(&self, target: &str, would: &str, lifted: &mut Lifted) -> Result<Option<MessageId>, String> {
        let Referred { stored, place } = self.message(target)?;
        if !matches!(&stored.new.author, Author::Plugin { id } if id == self.id) {
            return Err("changes a message that is not its own".into());
        }
        if !(self.serves)(place) {
            lifted.spared = Some(off_in(place, would));
            return Ok(None);
        }
        Ok(Some(stored.new.id))
    }
}

/// Why nothing of an outcome is done that `would` do something in a place where its plugin is off, which it cannot know.
fn off_in(place: &Place, would: &str) -> String {
    format!("left alone: it is off in {}, where it would {would}", place.name)
}
