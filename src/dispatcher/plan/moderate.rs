//! What is written so that something is done about somebody: each deletion and each measure is a delivery of its own, what was
//! deleted stays for staff with the reason, and the audit says who did what to whom.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Plan, Way};
use crate::model::action::{Author, Moderate, Priority};
use crate::model::content::Content;
use crate::model::directory::Place;
use crate::model::fit::part::{Deed, ModerationPart, Part};
use crate::model::ids::{IdentityId, MessageId, MessageRef, PlaceId, PluginId};
use crate::model::measure::{Measure, Removal};
use crate::storage::accounts::{AccountUnit, NewAudit};
use crate::storage::unit::MessageChange;
use crate::storage::{ReadError, Unit};

/// Why staff read that something still stands, where the place can never do it.
const NOT_HERE: &str = "this is not possible in this place";

impl Plan<'_> {
    /// Does something about somebody.
    pub(super) async fn moderate(&mut self, plugin: Option<PluginId>, asked: Moderate) -> Result<(), ReadError> {
        let Moderate {
            person,
            messages,
            measure,
            reason,
        } = asked;
        let Some(by) = plugin else { return Ok(()) };
        let warns = messages.is_empty() && measure.is_none();
        for message in &messages {
            self.remove(*message, &by, &reason).await?;
        }
        if !messages.is_empty() {
            self.audit("messages_removed", person, &by);
        }
        if let Some((measure, place)) = measure {
            self.measure((person, measure, place), &by, &reason).await?;
        }
        if warns {
            let name = self.name_of(person).await?;
            self.tell_staff(&by, &format!("Warned {name}: {reason}"));
            self.audit("member_warned", person, &by);
        }
        Ok(())
    }

    /// Deletes what somebody said, and keeps it for staff. One that is gone already is not deleted again.
    async fn remove(&mut self, id: MessageId, by: &PluginId, reason: &str) -> Result<(), ReadError> {
        let Some((target, place)) = self.stands(id).await? else {
            return Ok(());
        };
        let deed = Deed::Remove { target, message: id };
        if !self.ask(&place, Some(id), deed, reason) {
            self.tell(unremoved(NOT_HERE));
            return Ok(());
        }
        self.changed.push(MessageChange {
            message: id,
            content: None,
            removed: Some(Removal {
                by: by.clone(),
                reason: reason.to_owned(),
            }),
            buttons: None,
            at: self.now(),
        });
        Ok(())
    }

    async fn measure(
        &mut self,
        (person, measure, place): (IdentityId, Measure, PlaceId),
        by: &PluginId,
        reason: &str,
    ) -> Result<(), ReadError> {
        let (Some(native), Some(place)) = (
            self.person(Some(person)).await?,
            self.core.directory.place_of(place).await?,
        ) else {
            return Ok(());
        };
        let words = measure.words(&self.name_of(person).await?);
        let deed = Deed::Measure {
            person: native,
            measure,
            now: self.now(),
        };
        if !self.ask(&place, None, deed, reason) {
            self.tell(unmeasured(&words, NOT_HERE));
            return Ok(());
        }
        self.tell_staff(by, &format!("Asked the platform to {words}: {reason}"));
        let act = match measure {
            Measure::Mute { .. } => "member_muted",
            Measure::Kick => "member_taken_out",
            Measure::Ban => "member_banned",
            Measure::Lift => "measure_lifted",
        };
        self.audit(act, person, by);
        Ok(())
    }

    /// Where it stands, under which name of the platform's; none when it is gone.
    async fn stands(&self, id: MessageId) -> Result<Option<(MessageRef, Arc<Place>)>, ReadError> {
        let place = if self.snapshot.message == Some(id) {
            self.snapshot.place.clone()
        } else {
            match self.core.storage.message(id).await? {
                Some(stored) if stored.deleted_at.is_none() => self.core.directory.place_of(stored.new.place).await?,
                _ => None,
            }
        };
        let target = self.native_of(id).await?;
        Ok(target.zip(place))
    }

    /// Asks the place for it; answers whether it can.
    fn ask(&mut self, place: &Arc<Place>, message: Option<MessageId>, deed: Deed, reason: &str) -> bool {
        let conversation = self.conversation.map(|own| own.id);
        let part = Part::Moderate(ModerationPart {
            deed,
            reason: reason.to_owned(),
            in_conversation: conversation.is_some(),
        });
        let fit = match self.abilities(place, None).fit(part) {
            Ok(fit) => fit,
            Err(refusal) => {
                self.refused(refusal.to_string());
                return false;
            }
        };
        self.lose(&fit.losses);
        let can = !fit.bodies.is_empty();
        let way = Way {
            place,
            conversation,
            message,
            priority: Priority::Answer,
            pending: &HashMap::new(),
            before: None,
        };
        self.deliver(&way, fit.bodies);
        can
    }

    fn tell(&mut self, content: Content) {
        if let Some(conversation) = self.conversation {
            self.note(Author::Host, content, conversation.id, conversation.place);
        }
    }

    fn tell_staff(&mut self, by: &PluginId, text: &str) {
        if let Some(conversation) = self.conversation {
            let author = Author::Plugin { id: by.clone() };
            self.note(author, Content::plain(text), conversation.id, conversation.place);
        }
    }

    async fn name_of(&self, person: IdentityId) -> Result<String, ReadError> {
        let known = self.core.directory.identity_of(person).await?;
        let named = known.map(|known| known.name.clone()).filter(|name| !name.is_empty());
        Ok(named.unwrap_or_else(|| "somebody without a name".to_owned()))
    }

    /// Ids and fixed words alone, so that erasing somebody leaves the chain whole.
    fn audit(&mut self, act: &'static str, person: IdentityId, by: &PluginId) {
        self.also.push(Unit::Account(AccountUnit::Audit(NewAudit {
            account: None,
            community: Some(self.snapshot.community.id),
            act,
            subject: format!("{person} {by}"),
            at: self.now(),
        })));
    }
}

/// What staff read where a message stands that was to be deleted.
pub(in crate::dispatcher) fn unremoved(why: &str) -> Content {
    Content::plain(&format!(
        "A message that was to be deleted still stands on the platform: {why}. If it must go, somebody with the right to do so \
         there has to delete it."
    ))
}

/// What staff read where nothing was done about somebody. `words`: `mute Ann for 10 min`.
pub(in crate::dispatcher) fn unmeasured(words: &str, why: &str) -> Content {
    Content::plain(&format!(
        "Could not {words} here: {why}. If it must be, somebody with the right to do so there has to."
    ))
}
