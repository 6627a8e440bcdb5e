//! Does what a request of `outbound` asks for: says it where it can be seen by those whom it is for, with its files, and with its
//! sources in the form that Discord lets stand.

use serde_json::Value;
use serenity::builder::{CreateMessage, EditMessage};
use serenity::http::{LightMethod, Request as Call, Route};
use serenity::model::id::{ChannelId, InteractionId, MessageId};

use super::failure::{self, Failure};
use super::interactions::{Alone, Ended, Held, Seen};
use super::outbound::{self, Request};
use super::payload::Sent;
use super::{Discord, moderate};
use crate::connectors::DeliveryError;
use crate::model::action::FileRef;

impl Discord {
    /// Makes the call, or the calls, that a request stands for. Answers what Discord calls the message that it said.
    pub(super) async fn call(
        &self,
        channel_id: ChannelId,
        request: Request,
        bytes: Vec<(String, Vec<u8>)>,
    ) -> Result<Option<MessageId>, Failure> {
        match request {
            Request::Send {
                message,
                embedding,
                files,
                answers,
                only,
            } => {
                if let Some(only) = only {
                    let alone = self.interactions.alone(answers, only, channel_id).await?;
                    return self.send_alone(&alone, &message, &files, bytes).await.map(Some);
                }
                if let Some(filled) = self.fill(answers, &message, &files).await {
                    return filled.map(Some);
                }
                let said = self.say(channel_id, &message, embedding.as_deref(), &files, bytes);
                said.await.map(Some)
            }
            Request::Edit {
                message,
                edit,
                embedding,
            } => self.edit(channel_id, message, &edit, embedding.as_deref()).await,
            Request::Delete(message_id) => {
                let held = self.interactions.way_to(message_id);
                self.take_back(route_to(held.as_ref(), channel_id, message_id)).await
            }
            Request::Remove { message, reason } => {
                let route = Route::ChannelMessage {
                    channel_id,
                    message_id: message,
                };
                self.take_back_for(route, Some(&reason)).await
            }
            Request::Measure { user, measure, reason } => moderate::measure(self, channel_id, user, measure, &reason)
                .await
                .map(|()| None),
            Request::React { message, emoji, add } => self.react((channel_id, message), &emoji, add).await,
            Request::Thread { from, name } => {
                let route = Route::ChannelMessageThreads {
                    channel_id,
                    message_id: from,
                };
                match self.rest.tell(LightMethod::Post, route, &outbound::thread(&name)).await {
                    // By us before a cut, or by somebody else.
                    Err(failure) if failure::is_opened_already(&failure) => Ok(None),
                    result => result.map(|()| None),
                }
            }
            Request::Typing => {
                let route = Route::ChannelTyping { channel_id };
                let typed = self.rest.call(Call::new(route, LightMethod::Post)).await;
                typed.map(|_| None)
            }
        }
    }

    async fn react(
        &self,
        (channel_id, message_id): (ChannelId, MessageId),
        emoji: &str,
        add: bool,
    ) -> Result<Option<MessageId>, Failure> {
        let reaction: String = url::form_urlencoded::byte_serialize(emoji.as_bytes()).collect();
        let route = Route::ChannelMessageReactionMe {
            channel_id,
            message_id,
            reaction: &reaction,
        };
        if add {
            let added = self.rest.call(Call::new(route, LightMethod::Put)).await;
            return added.map(|_| None);
        }
        self.take_back(route).await
    }

    /// Says it in the channel, with its sources as embeds where they are shown.
    async fn say(
        &self,
        channel_id: ChannelId,
        message: &CreateMessage,
        embedding: Option<&CreateMessage>,
        files: &[FileRef],
        bytes: Vec<(String, Vec<u8>)>,
    ) -> Result<MessageId, Failure> {
        let post = |message, bytes| {
            let route = Route::ChannelMessages { channel_id };
            self.post(route, outbound::plain(message), files, bytes)
        };
        let sent = match embedding.filter(|_| self.embeds.may_show(channel_id, self.clock.elapsed())) {
            None => post(message, bytes).await?,
            Some(embedding) => match post(embedding, bytes.clone()).await {
                // Perhaps only the embeds are not permitted; nothing was sent.
                Err(failure) if failure::is_not_permitted(&failure) => {
                    self.embeds.hides(channel_id, self.clock.elapsed());
                    post(message, bytes).await?
                }
                sent => sent?,
            },
        };
        if embedding.is_some() && !sent.shows_sources() {
            let words = outbound::filled(message);
            match self.say_in_words(channel_id, sent.id, &words).await {
                // With files it is not sent again, and it stands.
                Err(failure) if !files.is_empty() => {
                    let why = failure::words(&failure);
                    tracing::warn!(login = %self.login, %channel_id, error = %why, "an answer stands without its source: {why}");
                }
                said => said?,
            }
        }
        Ok(sent.id)
    }

    async fn edit(
        &self,
        channel_id: ChannelId,
        message_id: MessageId,
        edit: &EditMessage,
        embedding: Option<&EditMessage>,
    ) -> Result<Option<MessageId>, Failure> {
        if let Some(Held { application, token }) = self.interactions.way_to(message_id) {
            let route = Route::WebhookFollowupMessage {
                application_id: application,
                token: &token,
                message_id,
            };
            let edit = outbound::edit_for_one(edit);
            return self.rest.tell(LightMethod::Patch, route, &edit).await.map(|()| None);
        }
        let route = || Route::ChannelMessage { channel_id, message_id };
        if let Some(embedding) = embedding.filter(|_| self.embeds.may_show(channel_id, self.clock.elapsed())) {
            let sent: Result<Sent, Failure> = self.rest.send(LightMethod::Patch, route(), embedding).await;
            match sent {
                Ok(sent) if sent.shows_sources() => return Ok(None),
                Ok(_) => return self.say_in_words(channel_id, message_id, edit).await.map(|()| None),
                Err(failure) if failure::is_not_permitted(&failure) => {
                    self.embeds.hides(channel_id, self.clock.elapsed());
                }
                Err(failure) => return Err(failure),
            }
        }
        self.rest.tell(LightMethod::Patch, route(), edit).await.map(|()| None)
    }

    /// Discord has left out the embeds with the sources of a message that stands already: they are said in words.
    async fn say_in_words(
        &self,
        channel_id: ChannelId,
        message_id: MessageId,
        words: &impl serde::Serialize,
    ) -> Result<(), Failure> {
        self.embeds.hides(channel_id, self.clock.elapsed());
        let route = Route::ChannelMessage { channel_id, message_id };
        match self.rest.tell(LightMethod::Patch, route, words).await {
            // Both together are to be done again, and Discord knows the message again.
            Err(failure) if failure::may_pass(&failure) => Err(Failure::CutOff { in_waiting: false }),
            Err(failure) => {
                let why = failure::words(&failure);
                tracing::warn!(login = %self.login, %channel_id, error = %why, "an answer stands without its source: {why}");
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    /// The answer to a command takes the place that Discord holds open for it; none where there is no such place, or
    /// no longer.
    async fn fill(
        &self,
        answers: Option<InteractionId>,
        message: &CreateMessage,
        files: &[FileRef],
    ) -> Option<Result<MessageId, Failure>> {
        // Files need a message of their own, and the place is given up by itself.
        let answers = answers.filter(|_| files.is_empty())?;
        let held = self.interactions.take(answers).await?;
        let route = Route::WebhookOriginalInteractionResponse {
            application_id: held.application,
            token: &held.token,
        };
        let filled = outbound::filled(message);
        let sent: Result<Sent, Failure> = self.rest.send(LightMethod::Patch, route, &filled).await;
        self.interactions.settle(answers, failure::ended(sent.as_ref().err()));
        match sent {
            Err(failure) if failure::is_out_of_reach(&failure) => None,
            result => Some(result.map(|sent| sent.id)),
        }
    }

    /// Shows it to one person alone.
    async fn send_alone(
        &self,
        alone: &Alone,
        message: &CreateMessage,
        files: &[FileRef],
        bytes: Vec<(String, Vec<u8>)>,
    ) -> Result<MessageId, Failure> {
        let Held { application, token } = &alone.held;
        let original = || Route::WebhookOriginalInteractionResponse {
            application_id: *application,
            token,
        };
        let settle = |ended| self.interactions.settle(alone.interaction, ended);
        if alone.place == Some(Seen::ByAll) {
            let closed = self.take_back(original()).await;
            // Else what comes next would stand in that place, where all would see it; to close it again does no harm.
            settle(closed.is_ok().then_some(Ended::Surely));
            closed.map_err(failure::unsent)?;
        }
        let sent = if alone.place == Some(Seen::ByOne) && files.is_empty() {
            let filled = outbound::filled(message);
            let sent: Result<Sent, Failure> = self.rest.send(LightMethod::Patch, original(), &filled).await;
            // Perhaps filled is as good as filled: what comes next is seen by that person alone, too.
            settle(failure::ended(sent.as_ref().err()).map(|_| Ended::Surely));
            sent?.id
        } else {
            if alone.place == Some(Seen::ByOne) {
                settle(Some(Ended::Surely));
            }
            let route = Route::WebhookFollowupMessages {
                application_id: *application,
                token,
            };
            self.post(route, outbound::for_one(message), files, bytes).await?.id
        };
        self.interactions.went(sent, alone);
        Ok(sent)
    }

    async fn post(
        &self,
        route: Route<'_>,
        message: Value,
        files: &[FileRef],
        bytes: Vec<(String, Vec<u8>)>,
    ) -> Result<Sent, Failure> {
        if files.is_empty() {
            return self.rest.send(LightMethod::Post, route, &message).await;
        }
        let described = outbound::described(message, files);
        self.rest.upload(route, &described, bytes).await
    }

    /// The files of a message, with their names.
    pub(super) async fn read_files(&self, request: &Request) -> Result<Vec<(String, Vec<u8>)>, DeliveryError> {
        let Request::Send { files, .. } = request else {
            return Ok(Vec::new());
        };
        let mut read = Vec::with_capacity(files.len());
        for file in files {
            let bytes = self.files.get(&file.sha256).await;
            let bytes = bytes.map_err(|error| DeliveryError::Unreachable {
                detail: error.to_string(),
            })?;
            let bytes = bytes.ok_or_else(|| DeliveryError::Refused {
                public: "the file is no longer kept".to_owned(),
            })?;
            read.push((file.name.clone(), bytes));
        }
        Ok(read)
    }

    async fn take_back(&self, route: Route<'_>) -> Result<Option<MessageId>, Failure> {
        self.take_back_for(route, None).await
    }

    async fn take_back_for(&self, route: Route<'_>, reason: Option<&str>) -> Result<Option<MessageId>, Failure> {
        let call = Call::new(route, LightMethod::Delete).headers(reason.map(moderate::reason));
        match self.rest.call(call).await {
            Err(failure) if failure::is_gone_already(&failure) => Ok(None),
            result => result.map(|_| None),
        }
    }
}

/// What one person alone sees is out of the channel's reach.
fn route_to(held: Option<&Held>, channel_id: ChannelId, message_id: MessageId) -> Route<'_> {
    match held {
        Some(Held { application, token }) => Route::WebhookFollowupMessage {
            application_id: *application,
            token,
            message_id,
        },
        None => Route::ChannelMessage { channel_id, message_id },
    }
}
