//! What is done about members of a group, by <https://core.telegram.org/bots/api#banchatmember> and its neighbours. The bot has to
//! be an administrator for all of it; Telegram takes no reason.

use std::time::Duration;

use chrono::{DateTime, Utc};
use teloxide_core::RequestError;
use teloxide_core::prelude::*;
use teloxide_core::requests::JsonRequest;
use teloxide_core::types::{ChatPermissions, MessageId, UserId};

use super::ask::ask;
use super::keepers::OneMember;
use super::names::Chat;
use super::{Telegram, failure};
use crate::model::Timestamp;
use crate::model::capability::Moderates;
use crate::model::measure::Measure;

/// A longer one lasts for ever: *more than 366 days*.
const MUTE_MAX: u32 = 365 * 24 * 60 * 60;

/// A shorter one than half a minute lasts for ever, too, so what is nearly over when it is delivered lasts a little longer.
const MUTE_MIN: Duration = Duration::from_secs(40);

/// So soon after the first try a second one does no harm: who was taken out has hardly come back.
pub(super) const KICK_AGAIN_FOR: Duration = Duration::from_secs(30);

/// Bots delete what people write to them.
pub(super) const IN_PRIVATE: Moderates = Moderates {
    remove: true,
    mute_seconds_max: None,
    kick: false,
    ban: false,
};

/// Who is taken out of one may come back, and nobody is muted there.
pub(super) const IN_BASIC_GROUPS: Moderates = Moderates {
    remove: true,
    mute_seconds_max: None,
    kick: true,
    ban: false,
};

pub(super) const IN_SUPERGROUPS: Moderates = Moderates {
    remove: true,
    mute_seconds_max: Some(MUTE_MAX),
    kick: true,
    ban: true,
};

/// What a refusal for want of a right means for staff.
pub(super) const NOT_PERMITTED: &str = "the bot may not do this here: make it an administrator with the rights to delete messages and to ban members; administrators \
     are out of its reach";

impl Telegram {
    pub(super) async fn remove(&self, chat: Chat, message: i32) -> Result<(), RequestError> {
        let request = self.sender.delete_message(chat.id(), MessageId(message));
        match ask(&self.sender, request).await {
            Err(error) if failure::is_gone_already(&error) => Ok(()),
            result => result.map(drop),
        }
    }

    pub(super) async fn measure(
        &self,
        chat: Chat,
        user: UserId,
        measure: Measure,
        basic: bool,
    ) -> Result<(), RequestError> {
        let bot = &self.sender;
        match measure {
            Measure::Mute { until, .. } => {
                let until = until.max(self.clock.now() + MUTE_MIN);
                let request = bot.restrict_chat_member(chat.id(), user, ChatPermissions::empty());
                ask(bot, request.until_date(moment(until))).await.map(drop)
            }
            // In a basic group nobody stays banned.
            Measure::Kick if basic => ask(bot, bot.ban_chat_member(chat.id(), user)).await.map(drop),
            // Elsewhere one call takes out and lets come back; so it must not be made about somebody who is shut out.
            Measure::Kick if self.is_out(chat, user).await? => Ok(()),
            Measure::Kick => ask(bot, bot.unban_chat_member(chat.id(), user)).await.map(drop),
            Measure::Ban => ask(bot, bot.ban_chat_member(chat.id(), user)).await.map(drop),
            Measure::Lift => {
                let unban = bot.unban_chat_member(chat.id(), user).only_if_banned(true);
                ask(bot, unban).await?;
                let speak = bot.restrict_chat_member(chat.id(), user, ChatPermissions::all());
                match ask(bot, speak).await {
                    // They are not there any more, and not shut out either.
                    Err(error) if failure::is_no_member(&error) => Ok(()),
                    result => result.map(drop),
                }
            }
        }
    }
}

impl Telegram {
    async fn is_out(&self, chat: Chat, user: UserId) -> Result<bool, RequestError> {
        let request = OneMember {
            chat_id: chat.id(),
            user_id: user,
        };
        match ask(&self.sender, JsonRequest::new(self.sender.clone(), request)).await {
            Ok(member) => Ok(member.is_out()),
            Err(error) if failure::is_no_member(&error) => Ok(true),
            Err(error) => Err(error),
        }
    }
}

fn moment(at: Timestamp) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(at.as_millis()).unwrap_or_default()
}
