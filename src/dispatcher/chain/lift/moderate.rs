//! What a plugin may ask to be done about somebody, and about whom never.

use std::time::Duration;

use super::super::offender::{Offender, Spared};
use super::super::refs::Refs;
use super::{Lift, Lifted, off_in};
use crate::dispatcher::Snapshot;
use crate::model::Action;
use crate::model::action::Moderate;
use crate::model::amount::counted;
use crate::model::directory::{Audience, Place};
use crate::model::ids::{IdentityId, MessageId, PlaceId};
use crate::model::invisible::is_blank;
use crate::model::measure::Measure;
use crate::plugin_host::Permission;
use crate::plugin_host::bindings::switchboard::plugin::types as wit;

/// Messages that one event may have deleted: a whole flood, and not the work of a day.
const MESSAGES_MAX: usize = 30;

/// Platforms cut a longer reason off in their own logs; Discord takes 512.
const REASON_CHARS_MAX: usize = 300;

/// Of a mute, in seconds: what is shorter is over before it is delivered, and what is longer is a ban.
const MUTE: std::ops::RangeInclusive<u32> = 60..=365 * 24 * 60 * 60;

/// A message of theirs, and where it stands.
type Theirs<'a> = (MessageId, Option<&'a Place>);

impl Lift<'_> {
    /// `number` is the action's.
    pub(super) fn moderate(&self, number: usize, asked: &wit::Moderation, lifted: &mut Lifted) -> Result<(), String> {
        self.need(Permission::Moderate)?;
        let before = lifted.actions.iter().map(|action| match action {
            Action::Moderate(earlier) => earlier.messages.len(),
            _ => 0,
        });
        let wish = Wish {
            serves: self.serves,
            snapshot: self.snapshot,
            refs: self.refs,
            number,
            left: MESSAGES_MAX.saturating_sub(before.sum()),
        };
        match wish.read(asked)? {
            Granted::Done(moderate, line) => {
                lifted.lines.push(line);
                lifted.actions.push(Action::Moderate(moderate));
            }
            Granted::Spared(why) => lifted.spared = Some(why),
        }
        Ok(())
    }
}

/// What becomes of a wish that nothing is wrong with.
#[derive(Debug)]
enum Granted {
    /// It is done, with a line for *why*.
    Done(Moderate, String),
    /// Nothing is, for this reason.
    Spared(String),
}

/// With what a wish is looked at.
struct Wish<'a> {
    /// Whether the plugin is on in a place.
    serves: &'a (dyn Fn(&Place) -> bool + Sync),
    snapshot: &'a Snapshot,
    refs: &'a Refs,
    /// Which action it is.
    number: usize,
    /// Messages that this event may still have deleted.
    left: usize,
}

impl Wish<'_> {
    /// What is to be done; or why nothing of the whole outcome is, because the plugin asks for what it may not.
    fn read(&self, asked: &wit::Moderation) -> Result<Granted, String> {
        let reason = asked.reason.trim();
        if is_blank(reason) || reason.chars().count() > REASON_CHARS_MAX {
            return Err(format!(
                "moderates without a reason of 1 to {REASON_CHARS_MAX} characters"
            ));
        }
        let person = self.offender()?;
        if person.spared == Some(Spared::ShownAsStaff) {
            return Err("moderates staff, whom no plugin may".into());
        }
        if person.bot {
            return Err("moderates a program: measures are for people".into());
        }
        let messages = self.theirs(&asked.messages, person.id)?;
        if messages.len() > self.left {
            return Err(format!("deletes more than {MESSAGES_MAX} messages at once"));
        }
        let measure = match self.measure(asked.measure)? {
            Some(measure) => Some((measure, self.shared_place(&messages)?)),
            None => None,
        };
        if let Some(spared) = person.spared {
            return Ok(Granted::Spared(spared.line(&person.name)));
        }
        let concerned = messages.iter().filter_map(|(_, place)| *place);
        let mut concerned = concerned.chain(measure.map(|(_, place)| place));
        if let Some(off) = concerned.find(|place| !(self.serves)(place)) {
            return Ok(Granted::Spared(off_in(off, "moderate")));
        }
        let measure = measure.map(|(measure, place)| (measure, place.id));
        let line = line(person, messages.len(), measure, reason);
        let moderate = Moderate {
            person: person.id,
            messages: messages.into_iter().map(|(id, _)| id).collect(),
            measure,
            reason: reason.to_owned(),
        };
        Ok(Granted::Done(moderate, line))
    }

    fn offender(&self) -> Result<&Offender, String> {
        let found = self.refs.offenders.get(&self.number);
        found.ok_or_else(|| "moderates somebody of whom this community has heard nothing lately".into())
    }

    /// What they said in the event's place, or where the bot reads along.
    fn theirs(&self, messages: &[String], person: IdentityId) -> Result<Vec<Theirs<'_>>, String> {
        let mut found: Vec<Theirs<'_>> = Vec::with_capacity(messages.len());
        for target in messages {
            let own = self.snapshot.message.filter(|id| id.to_string() == *target);
            let (author, theirs) = if let Some(own) = own {
                let author = self.snapshot.author.as_ref().map(|author| author.id);
                (author, (own, self.snapshot.place.as_deref()))
            } else {
                let reached = self.refs.removable.get(target);
                let reached = reached.ok_or("deletes a message that it could not see here")?;
                (Some(reached.author), (reached.message, Some(&*reached.place)))
            };
            if author != Some(person) {
                return Err("deletes what somebody else than the person said".into());
            }
            if found.iter().all(|(known, _)| *known != theirs.0) {
                found.push(theirs);
            }
        }
        Ok(found)
    }

    fn measure(&self, measure: wit::Measure) -> Result<Option<Measure>, String> {
        Ok(match measure {
            wit::Measure::None => None,
            wit::Measure::Mute(seconds) if MUTE.contains(&seconds) => Some(Measure::Mute {
                seconds,
                until: self.snapshot.now + Duration::from_secs(seconds.into()),
            }),
            wit::Measure::Mute(_) => return Err("mutes for less than a minute or more than a year".into()),
            wit::Measure::Kick => Some(Measure::Kick),
            wit::Measure::Ban => Some(Measure::Ban),
            wit::Measure::Lift => Some(Measure::Lift),
        })
    }

    /// Measures protect others, so they are taken where there are others: where it happened, else where the first message stands
    /// that is not of a direct chat.
    fn shared_place<'b>(&'b self, messages: &[Theirs<'b>]) -> Result<&'b Place, String> {
        let here = self.snapshot.place.as_deref();
        if let Some(here) = here.filter(|here| here.audience != Audience::Direct) {
            return Ok(here);
        }
        let here = here.map(|here| here.id);
        let mut elsewhere = messages.iter().filter_map(|(_, place)| *place);
        elsewhere
            .find(|place| Some(place.id) != here)
            .ok_or_else(|| "takes a measure where nobody is but the person: name a message of a shared place".into())
    }
}

/// For *why*: who did what, and for what reason.
fn line(person: &Offender, messages: usize, measure: Option<(Measure, PlaceId)>, reason: &str) -> String {
    let name = &person.name;
    let deleted = (messages > 0).then(|| format!("delete {} of {name}", counted(messages, "message", "messages")));
    let measure = measure.map(|(measure, _)| measure.words(name));
    let done: Vec<String> = deleted.into_iter().chain(measure).collect();
    if done.is_empty() {
        return format!("warn {name}: {reason}");
    }
    format!("{}: {reason}", done.join(" and "))
}

#[cfg(test)]
mod tests;
