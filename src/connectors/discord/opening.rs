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

/// What the owner of the application has to turn on, by
/// <https://discord.com/developers/docs/resources/application#application-object-application-flags>: for large bots,
/// and for small ones.
const MEMBERS_FLAGS: u64 = 1 << 14 | 1 << 15;
const CONTENT_FLAGS: u64 = 1 << 18 | 1 << 19;

/// What is known before anything is heard.
pub(super) struct Opened {
    pub(super) bot: User,
    pub(super) application: ApplicationId,
    pub(super) gateway: Gateway,
    pub(super) intents: Intents,
    /// How the login stands once it is connected.
    pub(super) state: LoginState,
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
                let (intents, state) = hearing(&application);
                return Ok(Opened {
                    bot,
                    application: application.id,
                    gateway,
                    intents,
                    state,
                });
            }
            Err(failure) => match failure::of_session(&failure) {
                Deaf::Stop(why) => return Err(ConnectorError::Fatal(why)),
                Deaf::Wait(asked, why) => {
                    let wait = asked.unwrap_or_else(|| backoff.wait());
                    tracing::warn!(login = %discord.login, error = %why, "cannot connect to Discord, next try in {wait:?}: {why}");
                    events.signal(&discord.login, Signal::Login(LoginState::Retrying { reason: why }));
                    tokio::time::sleep(wait).await;
                }
            },
        }
    }
}

/// What the bot asks to hear: what it needs, and what its owner has turned on. Asking for more would keep it out.
fn hearing(application: &Application) -> (Intents, LoginState) {
    let mut intents = Intents::GUILDS
        | Intents::GUILD_MESSAGES
        | Intents::GUILD_MESSAGE_REACTIONS
        | Intents::DIRECT_MESSAGES
        | Intents::DIRECT_MESSAGE_REACTIONS
        | Intents::DIRECT_MESSAGE_TYPING;
    let mut limits = Vec::new();
    let mut privileged = |intent, flags, limit: &'static str| {
        if application.flags & flags == 0 {
            limits.push(limit);
        } else {
            intents |= intent;
        }
    };
    privileged(
        Intents::MESSAGE_CONTENT,
        CONTENT_FLAGS,
        "in guilds it reads only messages that name it (turn on Message Content Intent)",
    );
    privileged(
        Intents::GUILD_MEMBERS,
        MEMBERS_FLAGS,
        "it does not hear who comes and goes (turn on Server Members Intent)",
    );
    if limits.is_empty() {
        return (intents, LoginState::Connected);
    }
    let limit = format!(
        "{}; to change that, use https://discord.com/developers/applications/{}/bot and start again",
        limits.join(", and "),
        application.id
    );
    (intents, LoginState::Partly { limit })
}

#[cfg(test)]
mod tests {
    use serenity::model::id::ApplicationId;

    use super::*;

    #[test]
    fn it_asks_for_what_its_owner_has_turned_on_and_names_the_rest() {
        let hearing = |flags| {
            hearing(&Application {
                id: ApplicationId::new(900),
                flags,
            })
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
    }
}
