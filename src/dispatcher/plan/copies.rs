//! Where a message appears, and what its platform calls it there.

use std::collections::HashMap;
use std::sync::Arc;

use super::Plan;
use crate::model::content::Content;
use crate::model::conversation::Conversation;
use crate::model::directory::Place;
use crate::model::event::EventBody;
use crate::model::fit::FittedBody;
use crate::model::fit::part::{Holds, MessageCopy};
use crate::model::ids::{ConversationId, DeliveryId, MessageId, MessageRef, NativeId};
use crate::storage::ReadError;
use crate::storage::core::{DeliveryState, StoredMessage};

/// The appearances of one message, and what must be delivered before they have a name.
pub(super) struct Copies {
    pub(super) place: Option<Arc<Place>>,
    pub(super) conversation: Option<ConversationId>,
    pub(super) list: Vec<MessageCopy>,
    /// By the name that stands for the missing one.
    pub(super) pending: HashMap<NativeId, DeliveryId>,
}

impl Copies {
    /// For what is done in a place and is no message of ours there.
    pub(super) fn none(place: Option<Arc<Place>>, conversation: Option<&Conversation>) -> Self {
        Self {
            place,
            conversation: conversation.map(|conversation| conversation.id),
            list: Vec::new(),
            pending: HashMap::new(),
        }
    }
}

impl Plan<'_> {
    /// Where a message of ours appears. A copy on its way has no name yet: its delivery stands for it.
    pub(super) async fn copies(&self, stored: &StoredMessage) -> Result<Copies, ReadError> {
        let place = self.core.directory.place_of(stored.new.place).await?;
        let mut copies = Copies {
            place,
            conversation: stored.new.conversation,
            list: Vec::new(),
            pending: HashMap::new(),
        };
        for delivery in self.core.storage.deliveries_of_message(stored.new.id).await? {
            let FittedBody::Send { content, files, .. } = &delivery.new.action.body else {
                continue;
            };
            let holds = Holds::of(delivery.new.piece, content, files);
            let on_its_way = matches!(delivery.state, DeliveryState::Queued | DeliveryState::Sending);
            let name = match delivery.native {
                Some(native) => native,
                None if on_its_way => {
                    let name = NativeId::from(delivery.new.id.to_string());
                    copies.pending.insert(name.clone(), delivery.new.id);
                    name
                }
                None => continue,
            };
            let target = MessageRef {
                place: delivery.new.action.place.clone(),
                id: name,
            };
            copies.list.push(MessageCopy {
                piece: delivery.new.piece,
                target,
                holds,
            });
        }
        Ok(copies)
    }

    /// What the last piece of a message says.
    pub(super) async fn last_content(&self, id: MessageId) -> Result<Option<Content>, ReadError> {
        let deliveries = self.core.storage.deliveries_of_message(id).await?;
        Ok(deliveries
            .into_iter()
            .rev()
            .find_map(|delivery| match delivery.new.action.body {
                FittedBody::Send { content, .. } | FittedBody::Edit { content, .. } => Some(content),
                FittedBody::Delete { .. }
                | FittedBody::Remove { .. }
                | FittedBody::Measure { .. }
                | FittedBody::React { .. }
                | FittedBody::Thread { .. }
                | FittedBody::Typing { .. } => None,
            }))
    }

    /// The platform's name of a message: of the one just received, of one we know, of the first copy of ours.
    pub(super) async fn native_of(&self, id: MessageId) -> Result<Option<MessageRef>, ReadError> {
        if self.snapshot.message == Some(id) {
            return Ok(match &self.event.new.event.body {
                EventBody::Message(message) => Some(message.native.clone()),
                EventBody::Command { message, .. } => message.clone(),
                _ => None,
            });
        }
        if let Some(about) = self.snapshot.about.as_ref().filter(|about| about.new.id == id)
            && let Some(native) = &about.new.native
        {
            return Ok(Some(native.clone()));
        }
        let Some(stored) = self.core.storage.message(id).await? else {
            return Ok(None);
        };
        if stored.new.native.is_some() {
            return Ok(stored.new.native);
        }
        let copies = self.copies(&stored).await?;
        let known = copies
            .list
            .into_iter()
            .find(|copy| !copies.pending.contains_key(&copy.target.id));
        Ok(known.map(|copy| copy.target))
    }
}
