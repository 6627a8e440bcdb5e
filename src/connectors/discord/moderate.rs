//! What is done about members of a guild. A channel says which guild that is.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};
use serenity::http::{LightMethod, Request, Route};
use serenity::model::id::{ChannelId, GuildId, UserId};

use super::Discord;
use super::failure::{self, Failure};
use super::permissions::ChannelRights;
use crate::model::Timestamp;
use crate::model::capability::Moderates;
use crate::model::measure::Measure;

/// A time-out, by <https://discord.com/developers/docs/resources/guild#modify-guild-member>.
const MUTE_MAX: u32 = 28 * 24 * 60 * 60;

/// A moment less, since it may be on its way for a while.
const MUTE_MARGIN: u32 = 60;

/// What it can do in guilds.
pub(super) const ABLE: Moderates = Moderates {
    remove: true,
    mute_seconds_max: Some(MUTE_MAX - MUTE_MARGIN),
    kick: true,
    ban: true,
};

/// What a refusal for want of a permission means for staff.
pub(super) const NOT_PERMITTED: &str = "the bot may not do this here; give its role *Manage Messages*, *Moderate Members*, *Kick Members* or \
     *Ban Members*, whichever it needs for this, and put that role above those of the person";

/// What its owner reads in the guild's audit log, by
/// <https://discord.com/developers/docs/resources/audit-log>.
const REASON: HeaderName = HeaderName::from_static("x-audit-log-reason");

/// The guild's audit log says why.
pub(super) fn reason(reason: &str) -> HeaderMap {
    let written = utf8_percent_encode(reason, NON_ALPHANUMERIC).to_string();
    let value = HeaderValue::from_str(&written).expect("what is encoded so is plain ASCII");
    HeaderMap::from_iter([(REASON, value)])
}

/// Does it, once the guild is known.
pub(super) async fn measure(
    discord: &Discord,
    channel_id: ChannelId,
    user_id: UserId,
    measure: Measure,
    why: &str,
) -> Result<(), Failure> {
    let channel: ChannelRights = discord
        .rest
        .get(Route::Channel { channel_id })
        .await
        .map_err(failure::unsent)?;
    let guild_id = channel.guild_id.ok_or(Failure::NoGuild)?;
    let member = Route::GuildMember { guild_id, user_id };
    let ban = Route::GuildBan { guild_id, user_id };
    match measure {
        Measure::Mute { until, .. } if until <= discord.clock.now() => Err(Failure::Over),
        Measure::Mute { until, .. } => ask(discord, LightMethod::Patch, member, Some(&muted(Some(until))), why).await,
        Measure::Kick => gone(ask(discord, LightMethod::Delete, member, None, why).await).map(drop),
        Measure::Ban => ask(discord, LightMethod::Put, ban, Some(&json!({})), why).await,
        Measure::Lift => lift(discord, guild_id, user_id, why).await,
    }
}

/// Who is a member is not banned.
async fn lift(discord: &Discord, guild_id: GuildId, user_id: UserId, why: &str) -> Result<(), Failure> {
    let member = Route::GuildMember { guild_id, user_id };
    let spoken = gone(ask(discord, LightMethod::Patch, member, Some(&muted(None)), why).await)?;
    if spoken {
        return Ok(());
    }
    let ban = Route::GuildBan { guild_id, user_id };
    gone(ask(discord, LightMethod::Delete, ban, None, why).await).map(drop)
}

/// Whether it was done; nobody, or no ban, is as good for who wants them gone.
fn gone(done: Result<(), Failure>) -> Result<bool, Failure> {
    match done {
        Err(failure) if failure::is_nobody(&failure) => Ok(false),
        done => done.map(|()| true),
    }
}

async fn ask(
    discord: &Discord,
    method: LightMethod,
    route: Route<'_>,
    body: Option<&Value>,
    why: &str,
) -> Result<(), Failure> {
    let body = body.map(|body| body.to_string().into_bytes());
    let request = Request::new(route, method).body(body).headers(Some(reason(why)));
    discord.rest.call(request).await.map(drop)
}

fn muted(until: Option<Timestamp>) -> Value {
    json!({"communication_disabled_until": until.map(|until| until.to_string())})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_of_any_letters_fits_a_header() {
        let headers = reason("Spam: größte\nLüge");
        let written = headers.get("X-Audit-Log-Reason").expect("it is there");
        assert_eq!(written, "Spam%3A%20gr%C3%B6%C3%9Fte%0AL%C3%BCge");
    }

    #[test]
    fn a_mute_is_told_as_a_moment_and_its_end_as_none() {
        let until = Timestamp::from_millis(1_790_000_600_000);
        let told = json!({"communication_disabled_until": "2026-09-21T14:23:20Z"});
        assert_eq!(muted(Some(until)), told);
        assert_eq!(muted(None), json!({"communication_disabled_until": null}));
    }
}
