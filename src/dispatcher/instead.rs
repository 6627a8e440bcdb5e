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
        let conversation = match refused.new.conversation {
            Some(id) => self.storage.conversation(id).await?,
            None => None,
        };
        let (loss, action) = match refused.new.action.body {
            FittedBody::React {
                target,
                emoji,
                add: true,
                or_said,
            } => {
                let held = conversation.is_some_and(|conversation| !conversation.holder.bot_may_answer());
                if or_said && !held {
                    let said = Content::plain(&emoji);
                    let mut send = Send::new(*message, refused.new.place, Author::Host, said, Priority::Notice);
                    send.reply_to = self.storage.message_by_native(&target).await?.map(|about| about.new.id);
                    (Loss::Reaction, Some(Action::Send(send)))
                } else {
                    (Loss::ReactionLeftOut, None)
                }
            }
            FittedBody::Delete { .. } => still_stands(conversation.is_some(), reason),
            _ => return Ok(None),
        };
        Ok(Some(Outcome {
            actions: action.into_iter().map(|action| (None, action)).collect(),
            losses: vec![loss],
            flow: Flow::Stop,
            ..Outcome::default()
        }))
    }
}

/// Staff read it in the message's own conversation: the event names that, so the note goes there. Without one it would go to
/// whichever is open.
fn still_stands(in_conversation: bool, why: &str) -> (Loss, Option<Action>) {
    if !in_conversation {
        return (Loss::UndeletedUntold, None);
    }
    let note = Action::Note {
        author: Author::Host,
        content: undeleted(why),
    };
    (Loss::Undeleted, Some(note))
}
