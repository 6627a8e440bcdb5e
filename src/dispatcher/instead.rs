//! What is done where a platform would not do what was asked, which shows only when it is asked: the emoji of a reaction is
//! said, and staff read that a message still stands. What a place can never do is known before, and `fit` sees to that.

use super::Core;
use super::outcome::{Flow, Outcome};
use super::plan::undeleted;
use crate::model::Action;
use crate::model::action::{Author, Priority, Send};
use crate::model::content::Content;
use crate::model::event::{DeliveryEnd, EventBody};
use crate::model::fit::FittedBody;
use crate::model::fit::rules::Loss;
use crate::storage::ReadError;
use crate::storage::core::StoredEvent;

impl Core {
    /// What becomes of a delivery that was refused and has something instead; none for every other event.
    pub(super) async fn instead(&self, event: &StoredEvent) -> Result<Option<Outcome>, ReadError> {
        let EventBody::DeliveryEnded {
            delivery,
            message,
            plugin: None,
            end: DeliveryEnd::Failed { reason },
            ..
        } = &event.new.event.body
        else {
            return Ok(None);
        };
        let Some(refused) = self.storage.delivery(*delivery).await? else {
            return Ok(None);
        };
        let (loss, action) = match refused.new.action.body {
            FittedBody::React {
                target,
                emoji,
                add: true,
            } => {
                // Where the bot reads along, perhaps nobody has asked it: the reaction is left out.
                let place = self.directory.place_of(refused.new.place).await?;
                if place.is_none_or(|place| place.overheard) {
                    return Ok(None);
                }
                let said = Content::plain(&emoji);
                let mut send = Send::new(*message, refused.new.place, Author::Host, said, Priority::Notice);
                send.reply_to = self.storage.message_by_native(&target).await?.map(|about| about.new.id);
                (Loss::Reaction, Action::Send(send))
            }
            FittedBody::Delete { .. } => {
                let content = undeleted(reason);
                let author = Author::Host;
                (Loss::Undeleted, Action::Note { author, content })
            }
            _ => return Ok(None),
        };
        Ok(Some(Outcome {
            actions: vec![(None, action)],
            losses: vec![loss],
            flow: Flow::Stop,
            ..Outcome::default()
        }))
    }
}
