//! What is written so that something is done about somebody: each deletion and each measure is a delivery of its own, and until
//! the platform has answered it is only asked for. What is to be deleted stays for staff with the reason.

use std::sync::Arc;

use super::{Copies, Plan};
use crate::dispatcher::moderated::{self, Stage, unmeasured, unremoved};
use crate::model::action::{Author, Moderate};
use crate::model::content::Content;
use crate::model::directory::Place;
use crate::model::fit::FittedBody;
use crate::model::fit::part::{Deed, ModerationPart, Part};
use crate::model::ids::{DeliveryId, IdentityId, IdentityRef, MessageId, MessageRef, PlaceId, PluginId};
use crate::model::measure::{Measure, Removal, RemovalState};
use crate::storage::core::{DeliveryState, StoredMessage};
use crate::storage::unit::{DeliveryStep, MessageChange};
use crate::storage::{ReadError, Unit};

/// Why staff read that something still stands, where the place can never do it.
const NOT_HERE: &str = "this is not possible in this place";

/// About whom it is, who asks for it, and why.
#[derive(Clone, Copy)]
struct Asked<'a> {
    person: IdentityId,
    by: &'a PluginId,
    reason: &'a str,
}

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
        let asked = Asked {
            person,
            by: &by,
            reason: &reason,
        };
        let warns = messages.is_empty() && measure.is_none();
        for message in messages {
            self.remove(message, asked).await?;
        }
        if let Some((measure, place)) = measure {
            self.measure(measure, place, asked).await?;
        }
        if warns {
            let name = self.name_of(person).await?;
            self.tell_staff(&by, &format!("Warned {name}: {reason}"));
            self.audit("member_warned", asked, None);
        }
        Ok(())
    }

    /// Has what somebody said deleted, and keeps it for staff. One that is gone already, or that another action of this event
    /// deletes, is not deleted again.
    async fn remove(&mut self, id: MessageId, asked: Asked<'_>) -> Result<(), ReadError> {
        let is_removal = |change: &MessageChange| change.message == id && change.removed.is_some();
        if self.changed.iter().any(is_removal) {
            return Ok(());
        }
        let Some((target, place)) = self.stands(id).await? else {
            return Ok(());
        };
        let delivery = self.ask(&place, Some(id), Deed::Remove { target, message: id }, asked);
        self.audit(moderated::act(None, Stage::Asked), asked, delivery);
        let state = if delivery.is_some() {
            RemovalState::Asked
        } else {
            self.tell(unremoved(NOT_HERE));
            self.audit(moderated::act(None, Stage::NotDone), asked, None);
            RemovalState::NotDone {
                why: NOT_HERE.to_owned(),
            }
        };
        self.changed.push(MessageChange {
            message: id,
            content: None,
            removed: Some(Removal {
                by: asked.by.clone(),
                reason: asked.reason.to_owned(),
                state,
            }),
            buttons: None,
            at: self.now(),
        });
        Ok(())
    }

    async fn measure(&mut self, measure: Measure, place: PlaceId, asked: Asked<'_>) -> Result<(), ReadError> {
        let (Some(native), Some(place)) = (
            self.person(Some(asked.person)).await?,
            self.core.directory.place_of(place).await?,
        ) else {
            return Ok(());
        };
        let name = self.name_of(asked.person).await?;
        let words = measure.words(&name);
        let under_way = if measure == Measure::Lift {
            self.call_off(&native, &place, (asked.person, &name)).await?
        } else {
            None
        };
        let deed = Deed::Measure {
            person: native,
            measure,
            now: self.now(),
        };
        let delivery = self.ask(&place, None, deed, asked);
        self.audit(moderated::act(Some(measure), Stage::Asked), asked, delivery);
        if delivery.is_none() {
            self.tell(unmeasured(&words, NOT_HERE));
            self.audit(moderated::act(Some(measure), Stage::NotDone), asked, None);
            return Ok(());
        }
        // Behind what is just being done, so that this is what holds in the end.
        if let Some(own) = self.deliveries.last_mut() {
            own.after = own.after.or(under_way);
        }
        self.tell_staff(asked.by, &format!("Asked the platform to {words}: {}", asked.reason));
        Ok(())
    }

    /// Whom a measure is lifted from is forgiven: what was asked for before and waits is not done any more. Answers the last one
    /// that is just being done, which is not tried again.
    async fn call_off(
        &mut self,
        native: &IdentityRef,
        place: &Place,
        (person, name): (IdentityId, &str),
    ) -> Result<Option<DeliveryId>, ReadError> {
        let mut under_way = None;
        for waiting in self.core.storage.measures_open(native, place.id).await? {
            let (id, at) = (waiting.new.id, self.now());
            let FittedBody::Measure { measure, by, .. } = &waiting.new.action.body else {
                continue;
            };
            if waiting.state == DeliveryState::Sending {
                under_way = Some(id);
                self.step_once(DeliveryStep::CalledOff { id, at });
            } else if self.step_once(DeliveryStep::GiveUp { id, at }) {
                let words = measure.words(name);
                let told = format!("Called off before the platform had done it: {words}.");
                self.tell(Content::plain(&told));
                if let Some(by) = by {
                    let asked = Asked { person, by, reason: "" };
                    self.audit(moderated::act(Some(*measure), Stage::NotDone), asked, Some(id));
                }
            }
        }
        Ok(under_way)
    }

    /// Adds a step of a delivery, unless it is there; whether it was not.
    fn step_once(&mut self, step: DeliveryStep) -> bool {
        let is_there = |unit: &Unit| matches!(unit, Unit::Delivery(known) if *known == step);
        if self.also.iter().any(is_there) {
            return false;
        }
        self.also.push(Unit::Delivery(step));
        true
    }

    /// Where it stands, under which name of the platform's; none when it is gone, or to be deleted already.
    async fn stands(&self, id: MessageId) -> Result<Option<(MessageRef, Arc<Place>)>, ReadError> {
        let place = if self.snapshot.message == Some(id) {
            self.snapshot.place.clone()
        } else {
            match self.core.storage.message(id).await? {
                Some(stored) if is_standing(&stored) => self.core.directory.place_of(stored.new.place).await?,
                _ => None,
            }
        };
        let target = self.native_of(id).await?;
        Ok(target.zip(place))
    }

    /// Asks the place for it; none where it cannot.
    fn ask(
        &mut self,
        place: &Arc<Place>,
        message: Option<MessageId>,
        deed: Deed,
        asked: Asked<'_>,
    ) -> Option<DeliveryId> {
        let part = Part::Moderate(ModerationPart {
            deed,
            by: asked.by.clone(),
            reason: asked.reason.to_owned(),
            in_conversation: self.conversation.is_some(),
        });
        let before = self.deliveries.len();
        self.fit(&Copies::none(Some(Arc::clone(place)), self.conversation), message, part);
        self.deliveries.get(before).map(|delivery| delivery.id)
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

    fn audit(&mut self, act: &'static str, asked: Asked<'_>, delivery: Option<DeliveryId>) {
        let community = self.snapshot.community.id;
        let line = moderated::audit(community, act, (asked.person, asked.by), delivery, self.now());
        self.also.push(line);
    }
}

/// Whether it is neither gone nor to be deleted already.
fn is_standing(stored: &StoredMessage) -> bool {
    let asked = stored
        .removed
        .as_ref()
        .is_some_and(|removed| removed.state == RemovalState::Asked);
    stored.deleted_at.is_none() && !asked
}
