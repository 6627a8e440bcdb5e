//! Looks from Telegram's side whether the bot can do its work. It asks, and changes nothing: not even a webhook that
//! somebody else has set.

use teloxide_core::prelude::*;
use teloxide_core::types::{ChatFullInfo, ChatMemberKind, ChatPermissions, Me, UserId, WebhookInfo};
use teloxide_core::{ApiError, RequestError};
use url::Url;

use super::Telegram;
use super::failure::{self, Deaf};
use super::names::Chat;
use crate::connectors::examination::{CONNECTION, Diagnosis, Examination, Health, KnownAs, TOKEN};
use crate::connectors::platform_clock;
use crate::model::amount::counted;
use crate::model::directory::Place;

/// Where an admin changes whether Switchboard acts somewhere.
const SWITCH_OFF: &str = "switch it off under *Places* in the console";

/// Looks at the bot and at these places.
pub(super) async fn examine(telegram: &Telegram, places: &[Place]) -> Examination {
    let me = match telegram.sender.get_me().await {
        Ok(me) => me,
        Err(error) => return Examination::only(unknown(&error)),
    };
    let name = me.user.username.clone().unwrap_or_default();
    let mut diagnoses = vec![
        Health::fine(format!("Telegram knows it: the bot is @{name}")).of(TOKEN),
        privacy(&me).of("privacy mode"),
        webhook(telegram).await.of("webhook"),
    ];
    let api_url = telegram.sender.api_url();
    diagnoses.extend(platform_clock::examine(api_url.as_str(), "Telegram", &*telegram.clock).await);
    for place in places {
        let health = place_health(telegram, &me, place).await;
        diagnoses.push(health.of(place.name.as_str()));
    }
    Examination {
        known_as: Some(KnownAs {
            address: format!("https://t.me/{name}"),
            name: format!("@{name}"),
        }),
        diagnoses,
    }
}

/// Why nothing could be looked at.
fn unknown(error: &RequestError) -> Diagnosis {
    if matches!(error, RequestError::Api(ApiError::InvalidToken)) {
        return Health::failure(
            "Telegram does not know this bot token",
            "take the current one from @BotFather with /token, and put it where `telegram.token` says",
        )
        .of(TOKEN);
    }
    let fix = match error {
        RequestError::Network(_) => {
            "look whether this machine reaches the address in `telegram.api_url`, by default https://api.telegram.org"
        }
        _ => "try again in a few minutes",
    };
    Health::failure(words(error), fix).of(CONNECTION)
}

fn words(error: &RequestError) -> String {
    let (Deaf::Wait(_, words) | Deaf::BadCredentials(words)) = failure::of_session(error);
    words
}

/// What the bot hears in groups where it is no administrator: <https://core.telegram.org/bots/features#privacy-mode>.
fn privacy(me: &Me) -> Health {
    Health::fine(if me.can_read_all_group_messages {
        "it is off: the bot hears all that is said in its groups"
    } else {
        "it is on: in groups the bot hears commands, mentions and replies, as places need that are not overheard"
    })
}

async fn webhook(telegram: &Telegram) -> Health {
    let ours = telegram.webhook.as_ref().map(super::webhook::Webhook::url);
    match telegram.sender.get_webhook_info().await {
        Ok(info) => called(&info, ours),
        Err(error) => Health::warning(
            format!("it could not be looked at: {}", words(&error)),
            "try again in a few minutes",
        ),
    }
}

/// Whether Telegram calls whom it is to call. What others have set may hold their secret, so that only its host is shown.
fn called(info: &WebhookInfo, ours: Option<&Url>) -> Health {
    let host = |url: &Url| url.host_str().unwrap_or("?").to_owned();
    let pending = info.pending_update_count;
    let waiting = counted(pending, "update waits", "updates wait");
    match (&info.url, ours) {
        (None, None) => Health::fine(format!("none: the bot asks for what happens; {waiting}")),
        (Some(theirs), None) => Health::warning(
            format!("another program has Telegram call {} for this bot", host(theirs)),
            "stop that program, or give it a bot of its own; Switchboard takes the webhook away when it starts",
        ),
        (theirs, Some(ours)) if theirs.as_ref() != Some(ours) => {
            let theirs = theirs.as_ref().map_or("nobody".to_owned(), host);
            Health::warning(
                format!("Telegram calls {theirs}, and not the address in `telegram.webhook`"),
                "start Switchboard, which tells Telegram; if it runs, another program uses the same token: stop that one",
            )
        }
        (_, Some(ours)) => match &info.last_error_message {
            Some(said) if pending > 0 => Health::failure(
                format!("Telegram cannot call {}, so that {waiting}: {said}", host(ours)),
                "look at the proxy in front of Switchboard: its name, its certificate, and that it passes the path on",
            ),
            _ => Health::fine(format!("Telegram calls {}; {waiting}", host(ours))),
        },
    }
}

/// Whether the bot is still there, and may write.
async fn place_health(telegram: &Telegram, me: &Me, place: &Place) -> Health {
    let Some(chat) = Chat::parse(&place.native, telegram.bot_id) else {
        return Health::warning("this place is another bot's, which is not connected", SWITCH_OFF);
    };
    if chat.is_private() {
        return Health::fine("it is a private chat");
    }
    let member = telegram
        .sender
        .get_chat_member(chat.id(), UserId(telegram.bot_id))
        .await;
    let member = match member {
        Ok(member) => member.kind,
        Err(error) => return out_of_reach(&error),
    };
    // Of a chat that the library cannot read it is not known what everybody may do there: a send will tell.
    let chat = telegram.sender.get_chat(chat.id()).await.ok();
    let channel = chat.as_ref().is_some_and(ChatFullInfo::is_channel);
    let everybody = chat.and_then(|chat| chat.permissions());
    if channel {
        in_channel(&member)
    } else {
        in_group(&member, everybody, place.overheard && !me.can_read_all_group_messages)
    }
}

/// What the bot's standing in a channel comes to.
fn in_channel(member: &ChatMemberKind) -> Health {
    let fine = "the bot may post, and hears what is posted and who comes and goes; of reactions Telegram tells in a channel only how many";
    match member {
        ChatMemberKind::Owner(_) => Health::fine(fine),
        ChatMemberKind::Administrator(rights) if rights.can_post_messages => Health::fine(fine),
        _ => Health::failure(
            "the bot may not post in this channel",
            "make it an administrator in the channel's settings, with the right to post messages",
        ),
    }
}

/// What its standing in a group comes to, with what everybody may do there. It may be `deaf` to what it is to overhear.
fn in_group(member: &ChatMemberKind, everybody: Option<ChatPermissions>, deaf: bool) -> Health {
    let gone = match member {
        ChatMemberKind::Left | ChatMemberKind::Banned(_) => true,
        ChatMemberKind::Restricted(rights) => !rights.is_member,
        ChatMemberKind::Owner(_) | ChatMemberKind::Administrator(_) | ChatMemberKind::Member(_) => false,
    };
    if gone {
        return removed();
    }
    let silenced = match member {
        ChatMemberKind::Restricted(rights) => !rights.can_send_messages,
        ChatMemberKind::Member(_) => everybody.is_some_and(|may| !may.contains(ChatPermissions::SEND_MESSAGES)),
        _ => false,
    };
    if silenced {
        return Health::failure(
            "the bot may not write here",
            "allow it to send messages in the group's settings, or make it an administrator",
        );
    }
    if member.is_privileged() {
        return Health::fine("the bot is an administrator, hears all and may write");
    }
    if deaf {
        return Health::failure(
            "this place is overheard, but the bot hears only what is said to it",
            "make the bot an administrator there; or send /setprivacy to @BotFather, choose *Disable*, add the bot to the \
             group again, and start Switchboard again",
        );
    }
    Health::fine(
        "the bot is a member and may write; reactions, and who comes and goes where no line in the chat says so, it would hear \
         as an administrator",
    )
}

fn removed() -> Health {
    Health::failure(
        "the bot is not in this chat any more",
        format!("add it again, or {SWITCH_OFF}"),
    )
}

fn out_of_reach(error: &RequestError) -> Health {
    match error {
        RequestError::Api(
            ApiError::BotKicked
            | ApiError::BotKickedFromSupergroup
            | ApiError::BotKickedFromChannel
            | ApiError::ChatNotFound
            | ApiError::GroupDeactivated,
        ) => removed(),
        RequestError::MigrateToChatId(_) => Health::warning(
            "this group has become a supergroup, which Switchboard has not heard yet",
            "start Switchboard while the bot is in the group, and write something there",
        ),
        _ => Health::warning(
            format!("it could not be looked at: {}", words(error)),
            "try again in a few minutes",
        ),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(url: &str, pending: u32, error: Option<&str>, ours: Option<&str>, expected: (&str, &str)) {
        let info = json!({"url": url, "has_custom_certificate": false, "pending_update_count": pending,
            "last_error_date": 1_790_000_000, "last_error_message": error});
        let info: WebhookInfo = serde_json::from_value(info).unwrap();
        let ours = ours.map(|url| Url::parse(url).unwrap());
        let health = called(&info, ours.as_ref());
        let (word, part) = expected;
        assert!(health.word() == word && health.what().contains(part), "{health:?}");
        assert!(!format!("{health:?}").contains("s3cret"), "{health:?}");
    }

    #[test]
    fn telegram_calls_whom_it_is_to_call_or_nobody() {
        let (ours, theirs) = ("https://chat.example.org/hook", "https://bots.example.net/s3cret");
        check("", 3, None, None, ("fine", "3 updates wait"));
        check("", 1, None, None, ("fine", "1 update waits"));
        check(theirs, 0, None, None, ("warning", "call bots.example.net"));
        check("", 0, None, Some(ours), ("warning", "calls nobody"));
        check(
            theirs,
            0,
            None,
            Some(ours),
            ("warning", "calls bots.example.net, and not"),
        );
        check(
            ours,
            0,
            Some("old trouble"),
            Some(ours),
            ("fine", "calls chat.example.org"),
        );
        let expired = Some("SSL error {certificate has expired}");
        check(
            ours,
            2,
            expired,
            Some(ours),
            ("failure", "2 updates wait: SSL error {certificate has expired}"),
        );
    }
}
