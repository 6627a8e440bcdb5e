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
use crate::model::ids::ConversationId;
use crate::storage::ReadError;
use crate::storage::core::StoredEvent;

impl Core {
    /// What becomes of a delivery that failed and has something instead; none for every other event.
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
                (Loss::Reaction, Some(Action::Send(send)))
            }
            FittedBody::Delete { .. } => self.still_stands(refused.new.conversation, reason).await?,
            _ => return Ok(None),
        };
        Ok(Some(Outcome {
            actions: action.into_iter().map(|action| (None, action)).collect(),
            losses: vec![loss],
            flow: Flow::Stop,
            ..Outcome::default()
        }))
    }

    /// Staff read it in the message's own conversation: the event names that, so the note goes there. Without one it would
    /// go to whichever is open.
    async fn still_stands(
        &self,
        conversation: Option<ConversationId>,
        why: &str,
    ) -> Result<(Loss, Option<Action>), ReadError> {
        let conversation = match conversation {
            Some(id) => self.storage.conversation(id).await?,
            None => None,
        };
        let note = conversation.map(|_| Action::Note {
            author: Author::Host,
            content: undeleted(why),
        });
        let loss = if note.is_some() {
            Loss::Undeleted
        } else {
            Loss::UndeletedUntold
        };
        Ok((loss, note))
    }
}
