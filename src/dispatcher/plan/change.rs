//! What is written so that something that stands is changed, taken back, or reacted to.

use std::sync::Arc;

use super::Plan;
use super::copies::Copies;
use crate::model::action::Author;
use crate::model::button::Button;
use crate::model::content::Content;
use crate::model::directory::{Audience, Place};
use crate::model::fit::part::{EditPart, Part};
use crate::model::fit::rules::Loss;
use crate::model::ids::{MessageId, PluginId};
use crate::storage::ReadError;
use crate::storage::unit::{MessageChange, NewMessage};

impl Plan<'_> {
    pub(super) async fn edit(
        &mut self,
        id: MessageId,
        content: Option<Content>,
        buttons: Vec<Button>,
    ) -> Result<(), ReadError> {
        let Some(stored) = self.core.storage.message(id).await? else {
            self.refused("the message to be changed is gone".to_owned());
            return Ok(());
        };
        let copies = self.copies(&stored).await?;
        let edits = |place: &Arc<Place>| self.core.outbox.capabilities(&place.login, &place.native).edit;
        if content.is_none() && !copies.place.as_ref().is_none_or(edits) {
            // What stands there goes on meaning what it meant: its numbers, too.
            self.lose(&[Loss::ButtonChange]);
            return Ok(());
        }
        self.changed.push(MessageChange {
            message: id,
            content: Some(content.clone().unwrap_or_else(|| stored.new.content.clone())),
            removed: None,
            buttons: Some(buttons.clone()),
            at: self.now(),
        });
        let part = match (content, copies.list.last()) {
            (_, None) => return Ok(()),
            (None, Some(last)) => Part::SetButtons {
                message: id,
                last: last.clone(),
                content: self.last_content(id).await?.unwrap_or(stored.new.content),
                buttons,
            },
            (Some(content), Some(_)) => Part::Edit(EditPart {
                message: id,
                author: stored.new.author,
                only: self.person(stored.new.only).await?,
                copies: copies.list.clone(),
                before: stored.new.content,
                content,
                buttons,
                direct: copies
                    .place
                    .as_ref()
                    .is_some_and(|place| place.audience == Audience::Direct),
                language: self.language(),
            }),
        };
        self.fit(&copies, Some(id), part);
        Ok(())
    }

    pub(super) async fn delete(&mut self, id: MessageId) -> Result<(), ReadError> {
        let Some(stored) = self.core.storage.message(id).await? else {
            return Ok(());
        };
        let copies = self.copies(&stored).await?;
        self.changed.push(MessageChange {
            message: id,
            content: None,
            removed: None,
            buttons: Some(Vec::new()),
            at: self.now(),
        });
        if copies.list.is_empty() {
            return Ok(());
        }
        let part = Part::Delete {
            message: id,
            copies: copies.list.clone(),
            language: self.language(),
            in_conversation: copies.conversation.is_some(),
        };
        let stands = self.fit(&copies, Some(id), part).contains(&Loss::Undeleted);
        // In its own conversation, from wherever it was to be taken back.
        if let Some(conversation) = copies.conversation.filter(|_| stands) {
            let why = undeleted("nothing can be taken back in this place");
            self.note(Author::Host, why, conversation, stored.new.place);
        }
        Ok(())
    }

    pub(super) async fn react(
        &mut self,
        plugin: Option<PluginId>,
        id: MessageId,
        emoji: String,
        add: bool,
    ) -> Result<(), ReadError> {
        let Some(target) = self.native_of(id).await? else {
            return Ok(());
        };
        let place = match self.core.storage.message(id).await? {
            Some(stored) => self.core.directory.place_of(stored.new.place).await?,
            None => self.snapshot.place.clone(),
        };
        let copies = Copies::none(place, self.conversation);
        let instead = self.may_be_a_word().then(|| MessageId(self.core.clock.id()));
        let author = plugin.map_or(Author::Host, |id| Author::Plugin { id });
        let word = Content::plain(&emoji);
        let part = Part::React {
            target,
            emoji,
            add,
            instead,
            author: author.clone(),
        };
        let losses = self.fit(&copies, None, part);
        let said = instead.filter(|_| losses.contains(&Loss::Reaction));
        if let Some((said, place)) = said.zip(copies.place) {
            self.messages.push(NewMessage {
                id: said,
                conversation: copies.conversation,
                place: place.id,
                author,
                native: None,
                reply_to: Some(id),
                note: false,
                only: None,
                content: word,
                buttons: Vec::new(),
                files: Vec::new(),
                cites: Vec::new(),
                name: None,
                at: self.now(),
            });
        }
        Ok(())
    }

    /// Whether a reaction may be said instead: not to those who have not asked the bot, nor into a person's conversation.
    fn may_be_a_word(&self) -> bool {
        let held = self.conversation.is_some_and(|own| !own.holder.bot_may_answer());
        !held && !self.event.new.event.body.is_overheard()
    }
}

/// What staff read where a message stands that somebody took back.
pub(in crate::dispatcher) fn undeleted(why: &str) -> Content {
    Content::plain(&format!(
        "A message that was taken back still stands on the platform: {why}. If it must go, somebody with the right to do so \
         there has to delete it."
    ))
}

/// The same where nobody knows whether it is gone.
pub(in crate::dispatcher) fn perhaps_undeleted(why: &str) -> Content {
    Content::plain(&format!(
        "A message that was taken back may still stand on the platform, since it never said that it is gone: {why}. Please look, \
         and have it deleted there if it must go."
    ))
}
