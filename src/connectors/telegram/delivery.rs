//! Carries a request out: one call of the Bot API that does something, so that nothing is sent twice because a second one
//! failed.

use teloxide_core::RequestError;
use teloxide_core::prelude::*;
use teloxide_core::types::{ChatAction, InputFile, Message, MessageEntity, MessageId, ReplyMarkup};
use tokio::sync::SemaphorePermit;

use super::ask::{Carried, ask, ask_with_file};
use super::names::Chat;
use super::outbound::{self, Request, Text};
use super::{Telegram, failure, moderate};
use crate::connectors::DeliveryError;
use crate::model::action::FileRef;
use crate::model::measure::{Measure, OVER};

/// Photos and documents take the same, and the library has no type for both.
macro_rules! with_caption {
    ($request:ident, $chat:ident, $text:ident, $reply_to:ident, $entities:ident) => {{
        let mut request = $request;
        request.message_thread_id = $chat.thread();
        request.reply_parameters = $reply_to.map(outbound::reply_parameters);
        request.reply_markup = $text.keyboard.clone().map(ReplyMarkup::InlineKeyboard);
        request.caption = (!$text.words.is_empty()).then(|| $text.words.clone());
        request.caption_entities = $entities;
        request
    }};
}

/// A file on its way out, in memory as long as it takes.
struct Upload<'a> {
    file: FileRef,
    carried: Carried,
    _room: SemaphorePermit<'a>,
}

impl Telegram {
    /// Answers the message that was made, if one was.
    pub(super) async fn carry_out(&self, chat: Chat, mut request: Request) -> Result<Option<Message>, DeliveryError> {
        if matches!(&request, Request::Measure { measure: Measure::Mute { until, .. }, .. } if *until <= self.clock.now())
        {
            let public = OVER.to_owned();
            return Err(DeliveryError::Refused { public });
        }
        let file = match &request {
            Request::Send { file: Some(file), .. } => Some(file.clone()),
            _ => None,
        };
        let upload = match file {
            Some(file) => Some(self.upload(file).await?),
            None => None,
        };
        let mut result = self.call(chat, &request, upload.as_ref()).await;
        // Nothing was done in the group, which has become a supergroup: what was to be said is said there. What is
        // about a message of before is not: the numbers of messages mean others now.
        if let (Err(RequestError::MigrateToChatId(to)), Request::Send { reply_to, .. }) = (&result, &mut request) {
            *reply_to = None;
            let to = Chat::moved(*to);
            result = self.call(to, &request, upload.as_ref()).await;
        }
        // Of a measure it matters to know that it may have been taken.
        let repeatable = !matches!(request, Request::Send { .. } | Request::Measure { .. });
        let moderates = matches!(request, Request::Remove { .. } | Request::Measure { .. });
        let kicks = matches!(
            request,
            Request::Measure {
                measure: Measure::Kick,
                ..
            }
        );
        result.map_err(|error| match failure::of_delivery(&error, repeatable) {
            DeliveryError::Lost { detail, .. } if kicks => DeliveryError::Lost {
                detail,
                repeatable_for: moderate::KICK_AGAIN_FOR,
            },
            DeliveryError::Refused { .. } if moderates && failure::is_not_permitted(&error) => DeliveryError::Refused {
                public: moderate::NOT_PERMITTED.to_owned(),
            },
            error => error,
        })
    }

    async fn call(
        &self,
        chat: Chat,
        request: &Request,
        upload: Option<&Upload<'_>>,
    ) -> Result<Option<Message>, RequestError> {
        match request {
            Request::Send { text, reply_to, .. } => match upload {
                Some(upload) => self.send_file(chat, upload, text, *reply_to).await.map(Some),
                None => self.send(chat, text, *reply_to).await.map(Some),
            },
            Request::Edit { message, text } => self.edit(chat, *message, text).await.map(|()| None),
            Request::Delete { message } => {
                let request = self.sender.delete_message(chat.id(), MessageId(*message));
                let deleted = ask(&self.sender, request).await;
                match deleted {
                    Err(error) if failure::is_gone_already(&error) => Ok(None),
                    result => result.map(|_| None),
                }
            }
            Request::Remove { message } => self.remove(chat, *message).await.map(|()| None),
            Request::Measure { user, measure, basic } => {
                self.measure(chat, *user, *measure, *basic).await.map(|()| None)
            }
            Request::React { message, reactions } => {
                let request = self.sender.set_message_reaction(chat.id(), MessageId(*message));
                ask(&self.sender, request.reaction(reactions.clone()))
                    .await
                    .map(|_| None)
            }
            Request::Typing => {
                let mut request = self.sender.send_chat_action(chat.id(), ChatAction::Typing);
                request.message_thread_id = chat.thread();
                ask(&self.sender, request).await.map(|_| None)
            }
        }
    }

    async fn upload(&self, file: FileRef) -> Result<Upload<'_>, DeliveryError> {
        let room = self.uploads.acquire().await.expect("the semaphore is never closed");
        let bytes = self.files.get(&file.sha256).await.map_err(|error| {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "a file could not be read for Telegram"
            );
            DeliveryError::Unreachable {
                detail: error.to_string(),
            }
        })?;
        let bytes = bytes.ok_or_else(|| DeliveryError::Refused {
            public: "the file is no longer kept".to_owned(),
        })?;
        Ok(Upload {
            carried: Carried {
                name: file.name.clone(),
                bytes: bytes.into(),
            },
            file,
            _room: room,
        })
    }

    async fn send(&self, chat: Chat, text: &Text, reply_to: Option<i32>) -> Result<Message, RequestError> {
        styled(&text.entities, |entities| {
            let mut request = self.sender.send_message(chat.id(), text.shown());
            request.message_thread_id = chat.thread();
            request.reply_parameters = reply_to.map(outbound::reply_parameters);
            request.reply_markup = text.keyboard.clone().map(ReplyMarkup::InlineKeyboard);
            request.link_preview_options = Some(outbound::no_preview());
            request.entities = entities;
            ask(&self.sender, request)
        })
        .await
    }

    async fn send_file(
        &self,
        chat: Chat,
        upload: &Upload<'_>,
        text: &Text,
        reply_to: Option<i32>,
    ) -> Result<Message, RequestError> {
        if outbound::is_photo(&upload.file) {
            let sent = styled(&text.entities, |entities| {
                let request = self.carrier.send_photo(chat.id(), beside());
                let request = with_caption!(request, chat, text, reply_to, entities);
                ask_with_file(&self.carrier, request, "photo", upload.carried.clone())
            })
            .await;
            match sent {
                // Nothing was sent. What is no photo to Telegram, such as a very long one, is a file all the same.
                Err(error) if failure::is_about_photo(&error) => {}
                sent => return sent,
            }
        }
        styled(&text.entities, |entities| {
            let request = self.carrier.send_document(chat.id(), beside());
            let request = with_caption!(request, chat, text, reply_to, entities);
            ask_with_file(&self.carrier, request, "document", upload.carried.clone())
        })
        .await
    }

    async fn edit(&self, chat: Chat, message: i32, text: &Text) -> Result<(), RequestError> {
        let changed = styled(&text.entities, |entities| {
            let mut request = self
                .sender
                .edit_message_text(chat.id(), MessageId(message), text.shown());
            request.reply_markup.clone_from(&text.keyboard);
            request.link_preview_options = Some(outbound::no_preview());
            request.entities = entities;
            ask(&self.sender, request)
        })
        .await;
        let changed = match changed {
            // The text stands with a file.
            Err(error) if failure::is_about_caption(&error) => {
                styled(&text.entities, |entities| {
                    let mut request = self.sender.edit_message_caption(chat.id(), MessageId(message));
                    request.reply_markup.clone_from(&text.keyboard);
                    request.caption = Some(text.words.clone());
                    request.caption_entities = entities;
                    ask(&self.sender, request)
                })
                .await
            }
            changed => changed,
        };
        match changed {
            Err(error) if failure::is_done_already(&error) => Ok(()),
            changed => changed.map(drop),
        }
    }
}

/// The library wants a file in its request; the real one goes beside it.
fn beside() -> InputFile {
    InputFile::memory(Vec::new())
}

/// Calls with entities, and without where they are refused. Nothing was sent then, and the words matter more than how
/// they look.
async fn styled<F>(
    entities: &[MessageEntity],
    call: impl Fn(Option<Vec<MessageEntity>>) -> F,
) -> Result<Message, RequestError>
where
    F: Future<Output = Result<Message, RequestError>>,
{
    let with = (!entities.is_empty()).then(|| entities.to_vec());
    match call(with).await {
        Err(error) if failure::is_about_entities(&error) => call(None).await,
        result => result,
    }
}
