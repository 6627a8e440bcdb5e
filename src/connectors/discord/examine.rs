//! Looks from Discord's side whether the bot can do its work. Requests alone: no connection to the gateway is needed,
//! and one that is there is not disturbed.

use std::collections::BTreeMap;

use serenity::http::Route;
use serenity::model::id::{ApplicationId, GuildId, UserId};

use super::failure::{self, Failure};
use super::opening::{CONTENT_FLAGS, MEMBERS_FLAGS};
use super::payload::{Application, Gateway, Unavailable, User};
use super::permissions::{self, ChannelRights, GuildRights, MemberRights};
use super::{Discord, names};
use crate::connectors::examination::{CONNECTION, Diagnosis, Examination, Health, KnownAs, TOKEN};
use crate::connectors::platform_clock;
use crate::model::directory::Place;

/// Where the bot's owner changes what it may.
const PORTAL: &str = "https://discord.com/developers/applications";

/// The bot's own guilds with what it may there, each asked for once.
type Guilds = BTreeMap<GuildId, Result<(GuildRights, MemberRights), Failure>>;

/// Looks at the bot and at these places.
pub(super) async fn examine(discord: &Discord, places: &[Place]) -> Examination {
    let known = async {
        let bot: User = discord.rest.get(Route::UserMe).await?;
        let application: Application = discord.rest.get(Route::Oauth2ApplicationCurrent).await?;
        Ok::<_, Failure>((bot, application))
    };
    let (bot, application) = match known.await {
        Ok(known) => known,
        Err(failure) => return Examination::only(unknown(&failure)),
    };
    let invitation = permissions::invitation(application.id);
    let name = names::shown(&bot, None);
    let mut diagnoses = vec![Health::fine(format!("Discord knows it: the bot is {name}")).of(TOKEN)];
    diagnoses.extend(intents(&application, places));
    diagnoses.extend(starts(discord).await);
    diagnoses.extend(platform_clock::examine(&discord.api_url, "Discord", &*discord.clock).await);
    diagnoses.extend(in_no_guild(discord, &invitation).await);
    let mut guilds = Guilds::new();
    for place in places {
        let health = place_health(discord, &mut guilds, bot.id, place).await;
        diagnoses.push(health.of(place.name.as_str()));
    }
    for (guild, _) in guilds.values().flatten() {
        diagnoses.extend(scopes(discord, guild, application.id, &invitation).await);
    }
    Examination {
        known_as: Some(KnownAs {
            name,
            address: invitation,
        }),
        diagnoses,
    }
}

/// Why nothing could be looked at.
fn unknown(failure: &Failure) -> Diagnosis {
    if failure::is_wrong_token(failure) {
        return Health::failure(
            "Discord does not know this bot token",
            format!(
                "make a new one with *Reset Token* on the page *Bot* of your application on {PORTAL}, and put it where \
                 `discord.token` says"
            ),
        )
        .of(TOKEN);
    }
    Health::failure(failure::words(failure), unreachable_fix(failure)).of(CONNECTION)
}

fn unreachable_fix(failure: &Failure) -> &'static str {
    match failure {
        Failure::NotConnected | Failure::CutOff { .. } => {
            "look whether this machine reaches the address in `discord.api_url`, by default https://discord.com"
        }
        _ => "try again in a few minutes",
    }
}

/// What the bot may hear.
fn intents(application: &Application, places: &[Place]) -> [Diagnosis; 2] {
    let page = format!("{PORTAL}/{}/bot", application.id);
    let overheard = places.iter().find(|place| place.overheard);
    let content = match overheard {
        _ if application.flags & CONTENT_FLAGS != 0 => Health::fine("the bot reads what is said in its channels"),
        Some(place) => Health::failure(
            format!("{} is overheard, but the bot may read only what names it", place.name),
            format!("turn on *Message Content Intent* on {page}, and start again"),
        ),
        None => Health::warning(
            "in guilds the bot may read only what names it",
            format!("turn on *Message Content Intent* on {page}, and start again"),
        ),
    };
    let members = if application.flags & MEMBERS_FLAGS == 0 {
        Health::warning(
            "the bot does not hear who comes and goes",
            format!("turn on *Server Members Intent* on {page}, and start again"),
        )
    } else {
        Health::fine("the bot hears who comes and goes")
    };
    [
        content.of("message content intent"),
        members.of("server members intent"),
    ]
}

/// Whether the bot may still connect today. Said only where it may not.
async fn starts(discord: &Discord) -> Option<Diagnosis> {
    let gateway: Gateway = discord.rest.get(Route::GatewayBot).await.ok()?;
    let limit = gateway.session_start_limit;
    let hours = limit.reset_after / 3_600_000 + 1;
    let used_up = limit.remaining == 0;
    used_up.then(|| {
        let what = format!(
            "the bot has connected {} times and may not connect again today",
            limit.total
        );
        Health::failure(
            what,
            format!("wait up to {hours} h, and look in the log why it started so often"),
        )
        .of("connections")
    })
}

/// Said only where it is so.
async fn in_no_guild(discord: &Discord, invitation: &str) -> Option<Diagnosis> {
    let guilds: Vec<Unavailable> = discord.rest.get(Route::UserMeGuilds).await.ok()?;
    guilds
        .is_empty()
        .then(|| Health::warning("the bot is in no guild yet", format!("invite it with {invitation}")).of("guilds"))
}

/// Whether the bot is still there, and what it may.
async fn place_health(discord: &Discord, guilds: &mut Guilds, bot: UserId, place: &Place) -> Health {
    let Some(channel_id) = names::channel(&place.native) else {
        return Health::warning(
            "this is no place on Discord",
            "switch it off under *Places* in the console",
        );
    };
    let channel: ChannelRights = match discord.rest.get(Route::Channel { channel_id }).await {
        Ok(channel) => channel,
        Err(failure) => return out_of_reach(&failure),
    };
    // A direct chat, where nobody gives or takes rights.
    let Some(guild_id) = channel.guild_id else {
        return Health::fine("it is a direct chat");
    };
    let known = match guilds.get(&guild_id) {
        Some(known) => known,
        None => &*guilds.entry(guild_id).or_insert(rights(discord, guild_id, bot).await),
    };
    match known {
        Ok((guild, member)) => permissions::health(permissions::allowed(guild, member, bot, &channel), channel.kind),
        Err(failure) => out_of_reach(failure),
    }
}

async fn rights(discord: &Discord, guild_id: GuildId, user_id: UserId) -> Result<(GuildRights, MemberRights), Failure> {
    let guild = discord.rest.get(Route::Guild { guild_id }).await?;
    let member = discord.rest.get(Route::GuildMember { guild_id, user_id }).await?;
    Ok((guild, member))
}

fn out_of_reach(failure: &Failure) -> Health {
    match failure {
        Failure::Answered { status: 404, .. } => Health::failure(
            "this channel no longer exists",
            "switch it off under *Places* in the console",
        ),
        Failure::Answered { status: 403, .. } => Health::failure(
            "the bot may not see this channel, or was removed from its guild",
            "allow the bot's role *View Channels* in the channel's settings, or invite the bot again",
        ),
        _ => Health::warning(
            format!("it could not be looked at: {}", failure::words(failure)),
            unreachable_fix(failure),
        ),
    }
}

/// Whether the guild lets the bot have commands in its menu. Said only where it does not.
async fn scopes(
    discord: &Discord,
    guild: &GuildRights,
    application_id: ApplicationId,
    invitation: &str,
) -> Option<Diagnosis> {
    let guild_id = guild.id;
    let route = Route::GuildCommands {
        application_id,
        guild_id,
    };
    let shown: Result<serde_json::Value, Failure> = discord.rest.get(route).await;
    let refused = matches!(shown, Err(Failure::Answered { status: 403, .. }));
    refused.then(|| {
        let what = "the guild has let the bot in without its commands (scope applications.commands)";
        Health::warning(what, format!("invite it once more with {invitation}")).of(guild.name())
    })
}
