//! What an error of the Bot API means for a delivery and for the session. Errors of the network name the address they
//! were sent to, and that holds the token: they are never shown as they are.

use std::time::Duration;

use teloxide_core::net::Download;
use teloxide_core::{ApiError, Bot, RequestError};

use super::attachment::Missing;
use crate::connectors::DeliveryError;

/// Until a person has put in a new token.
const TOKEN_WAIT: Duration = Duration::from_mins(5);

/// Asked too often, and told so by a status alone.
const TOO_MANY_REQUESTS: u16 = 429;

/// How answers with a status of 500 and above begin; the library does not pass the status on.
const FAULTS: [&str; 4] = [
    "Internal Server Error",
    "Bad Gateway",
    "Service Unavailable",
    "Gateway Timeout",
];

/// Whether the request was refused for its entities alone.
pub(super) fn is_about_entities(error: &RequestError) -> bool {
    match error {
        RequestError::Api(ApiError::CantParseEntities(_)) => true,
        RequestError::Api(ApiError::Unknown(text)) => text.to_ascii_lowercase().contains("entit"),
        _ => false,
    }
}

/// Whether what an edit asks for is already so.
pub(super) fn is_done_already(error: &RequestError) -> bool {
    matches!(error, RequestError::Api(ApiError::MessageNotModified))
}

/// Whether what is to be deleted is no longer there.
pub(super) fn is_gone_already(error: &RequestError) -> bool {
    matches!(
        error,
        RequestError::Api(ApiError::MessageToDeleteNotFound | ApiError::MessageIdInvalid)
    )
}

/// Whether who is to speak again is no member any more.
pub(super) fn is_no_member(error: &RequestError) -> bool {
    matches!(error, RequestError::Api(ApiError::UserNotFound))
        || is_unknown_with(
            error,
            &["USER_NOT_PARTICIPANT", "PARTICIPANT_ID_INVALID", "member not found"],
        )
}

/// Whether the bot lacks a right, or what it is about is an administrator.
pub(super) fn is_not_permitted(error: &RequestError) -> bool {
    matches!(
        error,
        RequestError::Api(
            ApiError::NotEnoughRightsToRestrict | ApiError::MessageCantBeDeleted | ApiError::CantRestrictSelf
        )
    ) || is_unknown_with(
        error,
        &[
            "not enough rights",
            "message can't be deleted",
            "CHAT_ADMIN_REQUIRED",
            "is an administrator",
            "can't remove chat owner",
            "USER_ADMIN_INVALID",
        ],
    )
}

/// Whether the request was refused because a picture is no photo to Telegram: too long, broken, in odd colours.
pub(super) fn is_about_photo(error: &RequestError) -> bool {
    is_unknown_with(error, &["PHOTO_", "IMAGE_PROCESS_FAILED"])
}

/// Whether the message stands with a file, so that its words are a caption.
pub(super) fn is_about_caption(error: &RequestError) -> bool {
    is_unknown_with(error, &["there is no text in the message to edit"])
}

/// Whether the answer, which the library has no word for, says one of these.
fn is_unknown_with(error: &RequestError, texts: &[&str]) -> bool {
    matches!(error, RequestError::Api(ApiError::Unknown(said)) if texts.iter().any(|text| said.contains(text)))
}

/// Whether updates are sent to a webhook, so that nobody may poll.
pub(super) fn is_webhook(error: &RequestError) -> bool {
    match error {
        RequestError::Api(ApiError::CantGetUpdates) => true,
        RequestError::Api(ApiError::Unknown(text)) => text.contains("webhook is active"),
        _ => false,
    }
}

/// What becomes of a delivery. Whatever is `repeatable`, such as an edit, does no harm when it is done twice.
pub(super) fn of_delivery(error: &RequestError, repeatable: bool) -> DeliveryError {
    match first_sight(error) {
        DeliveryError::Lost { detail, .. } if repeatable => DeliveryError::Unreachable { detail },
        other => other,
    }
}

fn first_sight(error: &RequestError) -> DeliveryError {
    match error {
        RequestError::RetryAfter(seconds) => DeliveryError::Busy {
            retry_after: seconds.duration(),
            whole_login: false,
            can_be_ended: false,
        },
        RequestError::Api(ApiError::InvalidToken) => DeliveryError::Busy {
            retry_after: TOKEN_WAIT,
            whole_login: true,
            can_be_ended: true,
        },
        RequestError::Api(error) => of_answer(error),
        RequestError::MigrateToChatId(_) => refused(super::outbound::SAID_BEFORE),
        RequestError::Network(error) if error.is_connect() => DeliveryError::Unreachable {
            detail: network(error.is_connect(), error.is_timeout()).to_owned(),
        },
        RequestError::Network(error) => lost(network(error.is_connect(), error.is_timeout())),
        RequestError::InvalidJson { .. } => lost("Telegram's answer was not understood"),
        RequestError::Io(_) => refused("a file could not be read"),
    }
}

const TOO_OLD: &str = "Telegram lets bots delete their messages for 48 hours only";

fn of_answer(error: &ApiError) -> DeliveryError {
    match error {
        ApiError::BotBlocked => refused("this person has blocked the bot"),
        ApiError::UserDeactivated => refused("this account no longer exists"),
        ApiError::CantInitiateConversation => refused("the bot may write only to people who wrote to it first"),
        ApiError::CantTalkWithBots => refused("bots cannot write to bots"),
        ApiError::BotKicked | ApiError::BotKickedFromSupergroup | ApiError::BotKickedFromChannel => {
            refused("the bot was removed from this chat")
        }
        ApiError::ChatNotFound | ApiError::GroupDeactivated => refused("this chat no longer exists"),
        ApiError::NotEnoughRightsToPostMessages => refused("the bot may not write here; make it an administrator"),
        ApiError::MessageCantBeEdited => refused("Telegram does not let this message be edited any more"),
        ApiError::MessageCantBeDeleted => refused(TOO_OLD),
        // As newer servers say it.
        ApiError::Unknown(text) if text.contains("message can't be deleted") => refused(TOO_OLD),
        ApiError::MessageToEditNotFound | ApiError::MessageIdInvalid => refused("this message no longer exists"),
        // An emoji that this chat, or Telegram, does not let anybody react with.
        ApiError::Unknown(text) if text.contains("REACTION") => DeliveryError::NotHere {
            public: "Telegram does not let anybody react with that here".to_owned(),
        },
        // Telegram broke on the way, and may have done it before.
        ApiError::Unknown(text) if FAULTS.iter().any(|fault| text.starts_with(fault)) => lost("Telegram has a fault"),
        other => DeliveryError::Refused {
            public: format!("Telegram says: {other}"),
        },
    }
}

/// Telegram knows no message again.
fn lost(detail: &str) -> DeliveryError {
    DeliveryError::Lost {
        detail: detail.to_owned(),
        repeatable_for: Duration::ZERO,
    }
}

fn refused(public: &str) -> DeliveryError {
    DeliveryError::Refused {
        public: public.to_owned(),
    }
}

/// Why a file did not come.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fetch {
    /// It may come after this wait, or after one of our choice.
    Later(Option<Duration>),
    /// It will not.
    Never(Missing),
}

/// What becomes of a file that Telegram was asked for.
pub(super) fn of_file(error: &RequestError) -> Fetch {
    match error {
        error if is_unknown_with(error, &["file is too big"]) => Fetch::Never(Missing::TooLarge),
        error if is_unknown_with(error, &FAULTS) => Fetch::Later(None),
        RequestError::RetryAfter(seconds) => Fetch::Later(Some(seconds.duration())),
        RequestError::Network(_) | RequestError::InvalidJson { .. } => Fetch::Later(None),
        RequestError::Api(_) | RequestError::MigrateToChatId(_) | RequestError::Io(_) => {
            Fetch::Never(Missing::NotGiven)
        }
    }
}

/// What becomes of a file that was cut off on its way.
pub(super) fn of_download(error: &<Bot as Download>::StreamErr) -> Fetch {
    match error.status() {
        Some(status) if status.is_client_error() && status.as_u16() != TOO_MANY_REQUESTS => {
            Fetch::Never(Missing::NotGiven)
        }
        _ => Fetch::Later(None),
    }
}

/// Why the bot does not hear, and what is done about it.
#[derive(Debug)]
pub(super) enum Deaf {
    /// It listens again after this wait, or after one of its own choice.
    Wait(Option<Duration>, String),
    /// The token is no longer good; a person has to do this.
    BadCredentials(String),
}

/// What becomes of the session.
pub(super) fn of_session(error: &RequestError) -> Deaf {
    match error {
        RequestError::RetryAfter(seconds) => Deaf::Wait(Some(seconds.duration()), "Telegram asks to wait".to_owned()),
        RequestError::Api(ApiError::InvalidToken) => Deaf::BadCredentials(
            "Telegram does not know this bot token: take the current one from @BotFather, put it where `telegram.token` says, \
             and start Switchboard again"
                .to_owned(),
        ),
        RequestError::Api(ApiError::TerminatedByOtherGetUpdates) => Deaf::Wait(
            None,
            "another program reads this bot's messages with the same token. Stop that one, or give it a bot of its own"
                .to_owned(),
        ),
        RequestError::Api(error) => Deaf::Wait(None, format!("Telegram says: {error}")),
        RequestError::Network(error) => Deaf::Wait(None, network(error.is_connect(), error.is_timeout()).to_owned()),
        RequestError::InvalidJson { .. } => Deaf::Wait(None, "Telegram's answer was not understood".to_owned()),
        RequestError::MigrateToChatId(_) | RequestError::Io(_) => Deaf::Wait(None, "an odd answer".to_owned()),
    }
}

/// What went wrong on the way, without the address.
fn network(in_connecting: bool, in_waiting: bool) -> &'static str {
    if in_connecting {
        "Telegram cannot be reached"
    } else if in_waiting {
        "Telegram did not answer in time"
    } else {
        "the connection to Telegram was cut"
    }
}
