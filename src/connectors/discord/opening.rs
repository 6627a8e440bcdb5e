//! Finds out who the bot is, and what it may hear.

use serenity::http::Route;
use serenity::model::id::ApplicationId;
use twilight_gateway::Intents;

use super::failure::{self, Deaf, Failure};
use super::payload::{Application, Gateway, User};
use super::{Discord, names};
use crate::connectors::backoff::Backoff;
use crate::connectors::logins::LoginState;
use crate::connectors::{ConnectorError, EventSink, Signal};
use crate::model::ability::{Ability, Lack};
use crate::model::amount;

/// What the owner of the application has to turn on, by
/// <https://discord.com/developers/docs/resources/application#application-object-application-flags>: for large bots,
/// and for small ones.
pub(super) const MEMBERS_FLAGS: u64 = 1 << 14 | 1 << 15;
pub(super) const CONTENT_FLAGS: u64 = 1 << 18 | 1 << 19;

/// What is known before anything is heard.
pub(super) struct Opened {
    pub(super) bot: User,
    pub(super) application: ApplicationId,
    pub(super) gateway: Gateway,
    pub(super) intents: Intents,
    /// What its owner has not turned on.
    pub(super) deaf: Vec<Lack>,
}

/// Finds out who the bot is, what it may hear, and where. Tries until it is told or a person has to act.
pub(super) async fn open(discord: &Discord, events: &dyn EventSink) -> Result<Opened, ConnectorError> {
    let mut backoff = Backoff::default();
    loop {
        let opened = async {
            let bot: User = discord.rest.get(Route::UserMe).await?;
            let application: Application = discord.rest.get(Route::Oauth2ApplicationCurrent).await?;
            let gateway: Gateway = discord.rest.get(Route::GatewayBot).await?;
            Ok::<_, Failure>((bot, application, gateway))
        };
        match opened.await {
            Ok((bot, application, gateway)) => {
                let shown = names::shown(&bot, None);
                tracing::info!(login = %discord.login, bot = %shown, "connecting to Discord as {shown}");
                let (intents, deaf) = hearing(&application);
                return Ok(Opened {
                    bot,
                    application: application.id,
                    gateway,
                    intents,
                    deaf,
                });
            }
            Err(failure) => match failure::of_session(&failure) {
                deaf @ (Deaf::BadCredentials(_) | Deaf::Stop(_)) => return Err(deaf.ends()),
                Deaf::Wait(asked, why) => {
                    let wait = asked.unwrap_or_else(|| backoff.wait());
                    tracing::warn!(login = %discord.login, error = %why, "cannot connect to Discord, next try {}: {why}", amount::after(wait));
                    let next = discord.clock.now() + wait;
                    let state = LoginState::Retrying { reason: why, next };
                    events.signal(&discord.login, Signal::Login(state));
                    tokio::time::sleep(wait).await;
                }
            },
        }
    }
}

/// What the bot asks to hear: what it needs, and what its owner has turned on. Asking for more would keep it out.
fn hearing(application: &Application) -> (Intents, Vec<Lack>) {
    let mut intents = Intents::GUILDS
        | Intents::GUILD_MESSAGES
        | Intents::GUILD_MESSAGE_REACTIONS
        | Intents::DIRECT_MESSAGES
        | Intents::DIRECT_MESSAGE_REACTIONS
        | Intents::DIRECT_MESSAGE_TYPING;
    let mut deaf = Vec::new();
    let mut privileged = |intent, flags, ability, limit: &str| {
        if application.flags & flags == 0 {
            deaf.push(Lack::new(ability, limit));
        } else {
            intents |= intent;
        }
    };
    privileged(
        Intents::MESSAGE_CONTENT,
        CONTENT_FLAGS,
        Ability::ReadAlong,
        "in guilds it reads only messages that name it (turn on Message Content Intent)",
    );
    privileged(
        Intents::GUILD_MEMBERS,
        MEMBERS_FLAGS,
        Ability::HearMembers,
        "it does not hear who comes and goes (turn on Server Members Intent)",
    );
    (intents, deaf)
}

/// How a login stands that is connected, lacks this, and has this trouble with its menus.
pub(super) fn standing(application: ApplicationId, deaf: &[Lack], menus: Option<String>) -> LoginState {
    let limits: Vec<&str> = deaf.iter().map(|lack| lack.reason.as_str()).collect();
    let deaf = (!deaf.is_empty()).then(|| {
        format!(
            "{}; to change that, use https://discord.com/developers/applications/{application}/bot and start again",
            limits.join(", and "),
        )
    });
    let limits: Vec<String> = deaf.into_iter().chain(menus).collect();
    if limits.is_empty() {
        return LoginState::Connected;
    }
    LoginState::Partly {
        limit: limits.join("; "),
    }
}

#[cfg(test)]
mod tests {
    use serenity::model::id::ApplicationId;

    use super::*;

    #[test]
    fn it_asks_for_what_its_owner_has_turned_on_and_names_the_rest() {
        let id = ApplicationId::new(900);
        let hearing = |flags| {
            let (intents, deaf) = hearing(&Application { id, flags });
            (intents, standing(id, &deaf, None))
        };
        let (all, state) = hearing(1 << 14 | 1 << 18);
        assert!(all.contains(Intents::MESSAGE_CONTENT | Intents::GUILD_MEMBERS));
        assert_eq!(state, LoginState::Connected);
        let (some, state) = hearing(1 << 15);
        assert!(some.contains(Intents::GUILD_MEMBERS) && !some.contains(Intents::MESSAGE_CONTENT));
        let line = state.line();
        assert!(
            line.contains("Message Content Intent") && line.contains("/900/bot"),
            "{line}"
        );
        assert!(!line.contains("Server Members Intent"), "{line}");
        let menus = Some("the menu of Gardeners lacks its commands".to_owned());
        assert_eq!(
            standing(id, &[], menus).line(),
            "connected: the menu of Gardeners lacks its commands"
        );
    }
}
