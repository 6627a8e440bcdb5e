//! What an error of Discord means for a delivery and for the session. Codes are those of
//! <https://discord.com/developers/docs/topics/opcodes-and-status-codes>.

use std::time::Duration;

use super::interactions::Ended;
use crate::connectors::{ConnectorError, DeliveryError};
use crate::model::measure::OVER;

/// Messages older than an hour may be edited only so often.
pub(super) const EDITS_OF_OLD_MAX: u32 = 30_046;

/// New commands in one list that a bot may register in a day.
pub(super) const COMMANDS_OF_A_DAY: u32 = 30_034;

/// Where Discord does not say when the next ones may come.
const DAY: Duration = Duration::from_hours(24);

/// Until a person has put in a new token.
const TOKEN_WAIT: Duration = Duration::from_mins(5);

/// Why a request did not do what it should. Holds neither address nor token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// Discord answered, and not with success.
    Answered {
        status: u16,
        /// Discord's own number for what is wrong; 0 when it says none.
        code: u32,
        /// Discord's words.
        message: String,
    },
    /// Too many requests.
    Flood { retry_after: Duration, global: bool },
    /// We ourselves hold back: too many requests were refused lately.
    HeldBack { retry_after: Duration },
    /// The new commands of a day are used up.
    Spent { retry_after: Option<Duration> },
    /// What one person alone was to see can no longer be shown so.
    Expired,
    /// It is of no guild, where nobody can be muted.
    NoGuild,
    /// The mute would have ended already.
    Over,
    /// No connection came about.
    NotConnected,
    /// There was a connection, and no whole answer.
    CutOff { in_waiting: bool },
    /// The answer makes no sense.
    Odd,
}

/// Whether what is to be deleted, or where a reaction was, is no longer there.
pub(super) fn is_gone_already(failure: &Failure) -> bool {
    matches!(
        failure,
        Failure::Answered {
            code: code::UNKNOWN_MESSAGE | code::UNKNOWN_CHANNEL | code::UNKNOWN_WEBHOOK,
            ..
        }
    )
}

/// Whether nobody of that name is a member, or is banned.
pub(super) fn is_nobody(failure: &Failure) -> bool {
    matches!(
        failure,
        Failure::Answered {
            code: code::UNKNOWN_MEMBER | code::UNKNOWN_USER | code::UNKNOWN_BAN,
            ..
        }
    )
}

/// Whether the message has a thread already.
pub(super) fn is_opened_already(failure: &Failure) -> bool {
    matches!(
        failure,
        Failure::Answered {
            code: code::THREAD_OPENED_ALREADY,
            ..
        }
    )
}

/// Whether the bot may not look there, or there is nothing to look at.
pub(super) fn is_out_of_reach(failure: &Failure) -> bool {
    matches!(failure, Failure::Answered { status: 403 | 404, .. })
}

/// Whether the bot lacks a permission for what it asked, or a part of it.
pub(super) fn is_not_permitted(failure: &Failure) -> bool {
    matches!(
        failure,
        Failure::Answered {
            code: code::MISSING_PERMISSIONS,
            ..
        }
    )
}

/// Whether the same request may do well a little later.
pub(super) fn may_pass(failure: &Failure) -> bool {
    match failure {
        Failure::Answered { status, .. } => *status >= 500,
        Failure::Flood { .. } | Failure::HeldBack { .. } | Failure::NotConnected | Failure::CutOff { .. } => true,
        Failure::Spent { .. } | Failure::Odd | Failure::Expired | Failure::NoGuild | Failure::Over => false,
    }
}

/// After what time new commands may be registered again, where those of a day are used up.
pub(super) fn spent(failure: &Failure) -> Option<Duration> {
    match failure {
        Failure::Spent { retry_after } => Some(retry_after.unwrap_or(DAY)),
        _ => None,
    }
}

/// Whether a person has to put in another token.
pub(super) fn is_wrong_token(failure: &Failure) -> bool {
    matches!(failure, Failure::Answered { status: 401, code, .. } if *code != code::WEBHOOK_OVER)
}

/// Whether any other request would fail as well.
pub(super) fn is_of_all(failure: &Failure) -> bool {
    match failure {
        Failure::Answered { .. } => is_wrong_token(failure),
        Failure::Flood { global, .. } => *global,
        Failure::HeldBack { .. } | Failure::NotConnected | Failure::CutOff { .. } => true,
        Failure::Spent { .. } | Failure::Odd | Failure::Expired | Failure::NoGuild | Failure::Over => false,
    }
}

/// What came before a send went wrong: whatever became of that, nothing was sent.
pub(super) fn unsent(failure: Failure) -> Failure {
    match failure {
        Failure::CutOff { .. } | Failure::Odd | Failure::Answered { status: 500.., .. } => Failure::NotConnected,
        other => other,
    }
}

/// What a request that was to end a place held open has done to it; none where it is as it was.
pub(super) fn ended(failure: Option<&Failure>) -> Option<Ended> {
    match failure {
        None => Some(Ended::Surely),
        Some(failure) if is_out_of_reach(failure) => Some(Ended::Surely),
        Some(failure) => matches!(first_sight(failure), DeliveryError::Lost { .. }).then_some(Ended::Perhaps),
    }
}

/// Whether a request may be made a second time when nobody knows what became of the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeat {
    /// It does no harm, such as an edit.
    Always,
    /// Discord drops the second one for a while.
    ForAWhile,
    /// It would be done twice, or it matters to know that it may have been done.
    Never,
}

/// Discord compares the nonce of a message with those of *the past few minutes*, by
/// <https://discord.com/developers/docs/resources/message#create-message>; one is surely among them.
const REPEATABLE_FOR: Duration = Duration::from_mins(1);

/// What becomes of a delivery.
pub(super) fn of_delivery(failure: &Failure, repeat: Repeat) -> DeliveryError {
    match (first_sight(failure), repeat) {
        (DeliveryError::Lost { detail, .. }, Repeat::Always) => DeliveryError::Unreachable { detail },
        (DeliveryError::Lost { detail, .. }, Repeat::ForAWhile) => DeliveryError::Lost {
            detail,
            repeatable_for: REPEATABLE_FOR,
        },
        (other, _) => other,
    }
}

fn first_sight(failure: &Failure) -> DeliveryError {
    match failure {
        Failure::Flood { retry_after, global } => DeliveryError::Busy {
            retry_after: *retry_after,
            whole_login: *global,
            can_be_ended: false,
        },
        Failure::HeldBack { retry_after } => DeliveryError::Busy {
            retry_after: *retry_after,
            whole_login: true,
            can_be_ended: false,
        },
        Failure::Spent { retry_after } => DeliveryError::Busy {
            retry_after: retry_after.unwrap_or(DAY),
            whole_login: false,
            can_be_ended: false,
        },
        failure if is_wrong_token(failure) => DeliveryError::Busy {
            retry_after: TOKEN_WAIT,
            whole_login: true,
            can_be_ended: true,
        },
        // Discord broke on the way, and may have done it before.
        Failure::Answered { status: 500.., .. } => lost("Discord has a fault".to_owned()),
        Failure::Answered {
            code: code::UNKNOWN_EMOJI,
            ..
        } => DeliveryError::NotHere {
            public: "Discord has no such emoji".to_owned(),
        },
        Failure::Answered { code, message, .. } => DeliveryError::Refused {
            public: reason(*code).map_or_else(|| format!("Discord says: {message}"), str::to_owned),
        },
        Failure::Expired => DeliveryError::Refused {
            public: EXPIRED.to_owned(),
        },
        Failure::NoGuild => DeliveryError::Refused {
            public: "this is a direct chat, and measures are taken in a server's channels".to_owned(),
        },
        Failure::Over => DeliveryError::Refused {
            public: OVER.to_owned(),
        },
        Failure::NotConnected => DeliveryError::Unreachable {
            detail: "Discord cannot be reached".to_owned(),
        },
        Failure::CutOff { .. } | Failure::Odd => lost(words(failure)),
    }
}

fn lost(detail: String) -> DeliveryError {
    DeliveryError::Lost {
        detail,
        repeatable_for: Duration::ZERO,
    }
}

const EXPIRED: &str =
    "Discord shows something to one person alone only for a quarter of an hour after they did something";

/// Discord's numbers for what is wrong.
mod code {
    pub(super) const UNKNOWN_CHANNEL: u32 = 10_003;
    pub(super) const UNKNOWN_MESSAGE: u32 = 10_008;
    pub(super) const UNKNOWN_MEMBER: u32 = 10_007;
    pub(super) const UNKNOWN_USER: u32 = 10_013;
    pub(super) const UNKNOWN_BAN: u32 = 10_026;
    pub(super) const UNKNOWN_WEBHOOK: u32 = 10_015;
    pub(super) const UNKNOWN_EMOJI: u32 = 10_014;
    pub(super) const MISSING_ACCESS: u32 = 50_001;
    pub(super) const NOT_THE_AUTHOR: u32 = 50_005;
    pub(super) const CANNOT_SEND_TO_USER: u32 = 50_007;
    pub(super) const NOT_A_TEXT_CHANNEL: u32 = 50_008;
    pub(super) const MISSING_PERMISSIONS: u32 = 50_013;
    /// The token of an interaction, not the bot's.
    pub(super) const WEBHOOK_OVER: u32 = 50_027;
    pub(super) const THREAD_ARCHIVED: u32 = 50_083;
    pub(super) const REACTION_BLOCKED: u32 = 90_001;
    pub(super) const THREAD_LOCKED: u32 = 160_005;
    pub(super) const REPLY_WITHOUT_HISTORY: u32 = 160_002;
    pub(super) const THREAD_OPENED_ALREADY: u32 = 160_004;
    pub(super) const THREADS_MAX: u32 = 160_006;
    pub(super) const NOT_IN_SUCH_A_CHANNEL: u32 = 50_024;
    pub(super) const TITLE_BLOCKED: u32 = 200_001;
}

/// What is wrong, in words for staff that say what to do.
fn reason(code: u32) -> Option<&'static str> {
    Some(match code {
        code::UNKNOWN_CHANNEL => "this channel no longer exists",
        code::UNKNOWN_WEBHOOK | code::WEBHOOK_OVER => EXPIRED,
        code::UNKNOWN_MESSAGE => "this message no longer exists",
        EDITS_OF_OLD_MAX => "Discord lets messages older than an hour be edited only so often; try again later",
        code::MISSING_ACCESS => "the bot may not see this channel; give it the permission *View Channel* there",
        code::NOT_THE_AUTHOR => "this message is not the bot's",
        code::CANNOT_SEND_TO_USER => "this person does not take messages from the bot",
        code::NOT_A_TEXT_CHANNEL => "nobody can write in this channel itself, only in its threads",
        code::MISSING_PERMISSIONS => {
            "the bot may not do this here; give it *Send Messages*, *Create Public Threads*, *Send Messages in Threads*, \
             *Add Reactions* and *Read Message History* in this channel"
        }
        code::THREAD_ARCHIVED => "this thread is archived",
        code::REACTION_BLOCKED => "this person takes no reactions of the bot",
        code::THREAD_LOCKED => "this thread is locked",
        code::THREADS_MAX => "this guild has as many open threads as Discord allows; close some",
        code::NOT_IN_SUCH_A_CHANNEL => "Discord does not let that be done in such a channel",
        code::TITLE_BLOCKED => "a rule of this guild blocks the name of the thread",
        code::REPLY_WITHOUT_HISTORY => {
            "to answer a message the bot has to see it; give it *Read Message History* in this channel"
        }
        _ => return None,
    })
}

/// Why the bot does not hear, and what is done about it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Deaf {
    /// It listens again after this wait, or after one of its own choice.
    Wait(Option<Duration>, String),
    /// The token is no longer good; a person has to do this.
    BadCredentials(String),
    /// A person has to act.
    Stop(String),
}

impl Deaf {
    /// How the session ends for it.
    pub(super) fn ends(self) -> ConnectorError {
        match self {
            Self::Wait(_, why) => ConnectorError::Lost(why),
            Self::BadCredentials(fix) => ConnectorError::BadCredentials(fix),
            Self::Stop(why) => ConnectorError::Fatal(why),
        }
    }
}

/// What becomes of the session after a failed request.
pub(super) fn of_session(failure: &Failure) -> Deaf {
    match failure {
        failure if is_wrong_token(failure) => wrong_token(),
        Failure::Flood { retry_after, .. } | Failure::HeldBack { retry_after } => {
            Deaf::Wait(Some(*retry_after), words(failure))
        }
        _ => Deaf::Wait(None, words(failure)),
    }
}

fn wrong_token() -> Deaf {
    Deaf::BadCredentials(WRONG_TOKEN.to_owned())
}

const WRONG_TOKEN: &str = "Discord does not know this bot token: make a new one with *Reset Token* on the page *Bot* of \
                           your application on https://discord.com/developers/applications, put it where \
                           `discord.token` says, and start Switchboard again";

const WRONG_INTENTS: &str = "Discord does not let this bot have what it asked for. On the page *Bot* of your application \
                             on https://discord.com/developers/applications turn on *Message Content Intent* and \
                             *Server Members Intent*, and start Switchboard again";

/// What becomes of the session after the gateway closed for good.
pub(super) fn of_close(code: Option<u16>) -> Deaf {
    match code {
        Some(4004) => wrong_token(),
        Some(4013 | 4014) => Deaf::Stop(WRONG_INTENTS.to_owned()),
        // The bot has grown: the next start asks how many connections it needs.
        Some(4010 | 4011) => Deaf::Wait(None, "Discord wants this bot on more connections".to_owned()),
        Some(code) => Deaf::Wait(None, format!("Discord closed the connection ({code})")),
        None => Deaf::Wait(None, words(&Failure::CutOff { in_waiting: false })),
    }
}

/// What went wrong, for people.
pub(super) fn words(failure: &Failure) -> String {
    match failure {
        Failure::Answered { status: 500.., .. } => "Discord has a fault".to_owned(),
        Failure::Answered { message, .. } => format!("Discord says: {message}"),
        Failure::Expired => EXPIRED.to_owned(),
        Failure::Flood { .. } => "Discord asks to wait".to_owned(),
        Failure::Spent { .. } => "Discord takes 200 new commands a day in one menu, and these are used up".to_owned(),
        Failure::HeldBack { .. } => "Discord refused many requests lately, so that we hold back".to_owned(),
        Failure::NoGuild => "this is a direct chat".to_owned(),
        Failure::Over => OVER.to_owned(),
        Failure::NotConnected => "Discord cannot be reached".to_owned(),
        Failure::CutOff { in_waiting: true } => "Discord did not answer in time".to_owned(),
        Failure::CutOff { in_waiting: false } => "the connection to Discord was cut".to_owned(),
        Failure::Odd => "Discord's answer was not understood".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(status: u16, code: u32) -> Failure {
        Failure::Answered {
            status,
            code,
            message: "No".to_owned(),
        }
    }

    #[test]
    fn what_may_have_arrived_is_not_said_to_be_lost_when_it_can_be_repeated() {
        for failure in [answered(502, 0), Failure::CutOff { in_waiting: true }, Failure::Odd] {
            let send = of_delivery(&failure, Repeat::Never);
            assert!(matches!(send, DeliveryError::Lost { .. }), "{failure:?}: {send:?}");
            let with_nonce = of_delivery(&failure, Repeat::ForAWhile);
            assert!(
                matches!(with_nonce, DeliveryError::Lost { repeatable_for, .. } if repeatable_for == REPEATABLE_FOR),
                "{failure:?}: {with_nonce:?}"
            );
            let edit = of_delivery(&failure, Repeat::Always);
            assert!(
                matches!(edit, DeliveryError::Unreachable { .. }),
                "{failure:?}: {edit:?}"
            );
        }
    }

    #[test]
    fn a_refusal_says_what_to_do() {
        let of = |code| match of_delivery(&answered(403, code), Repeat::Never) {
            DeliveryError::Refused { public } => public,
            other => panic!("{other:?}"),
        };
        assert!(of(50_001).contains("View Channel"));
        assert_eq!(of(12_345), "Discord says: No");
    }

    #[test]
    fn only_a_person_helps_against_a_wrong_token_or_intents() {
        for (deaf, click) in [
            (of_session(&answered(401, 0)), "Reset Token"),
            (of_close(Some(4004)), "Reset Token"),
            (of_close(Some(4014)), "Message Content Intent"),
        ] {
            let (Deaf::BadCredentials(why) | Deaf::Stop(why)) = deaf else {
                panic!("{deaf:?}")
            };
            assert!(why.contains(click), "{why}");
        }
        assert!(matches!(of_close(Some(4011)), Deaf::Wait(..)));
        // The token of an interaction is over; the bot's own is good.
        assert!(matches!(of_session(&answered(401, 50_027)), Deaf::Wait(..)));
        let expired = of_delivery(&answered(401, 50_027), Repeat::Never);
        assert!(matches!(expired, DeliveryError::Refused { .. }), "{expired:?}");
    }
}
