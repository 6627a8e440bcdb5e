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
                return Ok(Opened {
                    bot,
                    application: application.id,
                    gateway,
                    intents: intents(discord, &application),
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
fn intents(discord: &Discord, application: &Application) -> Intents {
    let mut intents = Intents::GUILDS
        | Intents::GUILD_MESSAGES
        | Intents::GUILD_MESSAGE_REACTIONS
        | Intents::DIRECT_MESSAGES
        | Intents::DIRECT_MESSAGE_REACTIONS
        | Intents::DIRECT_MESSAGE_TYPING;
    let page = format!("https://discord.com/developers/applications/{}/bot", application.id);
    if application.flags & CONTENT_FLAGS == 0 {
        tracing::info!(
            login = %discord.login,
            "in guilds this bot reads only messages that name it or answer it; to let it read all, turn on Message \
             Content Intent on {page} and start again"
        );
    } else {
        intents |= Intents::MESSAGE_CONTENT;
    }
    if application.flags & MEMBERS_FLAGS == 0 {
        tracing::info!(
            login = %discord.login,
            "this bot does not hear who comes and goes; to let it, turn on Server Members Intent on {page} and start again"
        );
    } else {
        intents |= Intents::GUILD_MEMBERS;
    }
    intents
}
