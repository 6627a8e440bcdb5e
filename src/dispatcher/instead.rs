//! What is done where a platform would not do what was asked, which shows only when it is asked: the emoji of a reaction is
//! said, and staff read that a message still stands. What a place can never do is known before, and `fit` sees to that; what came
//! of a deed about somebody else is for `moderated` to say.

use super::Core;
use super::outcome::{Flow, Outcome};
use super::plan::{perhaps_undeleted, undeleted};
use super::turn::step;
use crate::model::Action;
use crate::model::action::{Author, Priority, Send};
use crate::model::content::Content;
use crate::model::event::{DeliveryEnd, EventBody};
use crate::model::fit::FittedBody;
use crate::model::fit::rules::Loss;
use crate::storage::ReadError;
use crate::storage::core::{StoredEvent, Verdict};

impl Core {
    /// What becomes of a delivery that failed and has something instead; none for every other event.
    pub(super) async fn instead(&self, event: &StoredEvent) -> Result<Option<Outcome>, ReadError> {
        let EventBody::DeliveryEnded {
            delivery,
            message,
            plugin: None,
            end,
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
        let community = event.new.community;
        if let Some(told) = self
            .moderated(&refused, (end, community), conversation.is_some())
            .await?
        {
            return Ok(Some(told));
        }
        let (reason, sure) = match end {
            DeliveryEnd::Failed { reason } => (reason, true),
            DeliveryEnd::PerhapsSent { reason } => (reason, false),
            DeliveryEnd::Delivered => return Ok(None),
        };
        let (loss, action) = match refused.new.action.body {
            FittedBody::React {
                target,
                emoji,
                add: true,
                or_said,
            } if sure => {
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
            FittedBody::Delete { .. } if sure => still_stands(conversation.is_some(), reason),
            FittedBody::Delete { .. } => return Ok(Some(perhaps_stands(conversation.is_some(), reason))),
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
    if in_conversation {
        (Loss::Undeleted, Some(note(undeleted(why))))
    } else {
        (Loss::UndeletedUntold, None)
    }
}

/// Nothing is lost for sure, so nothing is counted; but nobody else would look.
fn perhaps_stands(in_conversation: bool, why: &str) -> Outcome {
    let told = in_conversation.then(|| (None, note(perhaps_undeleted(why))));
    let line = match told {
        Some(_) => "a message that was taken back may still stand: staff are told",
        None => "a message that was taken back may still stand, and is in no conversation in which staff could be told",
    };
    Outcome {
        actions: told.into_iter().collect(),
        steps: vec![step("outbox", Verdict::Acted, line.to_owned())],
        flow: Flow::Stop,
        ..Outcome::default()
    }
}

fn note(content: Content) -> Action {
    Action::Note {
        author: Author::Host,
        content,
    }
}
