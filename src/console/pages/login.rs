//! One login: how it stands, what it can and cannot do, and what holds up its sending.

use std::time::Duration;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::{Router, get};
use jiff::tz::TimeZone;

use super::Listed;
use crate::connectors::logins::LoginState;
use crate::console::ConsoleState;
use crate::console::access::SignedIn;
use crate::console::chrome::{Chrome, html};
use crate::console::error::ConsoleError;
use crate::console::permission::Permission;
use crate::console::show::time::{Shown, age, duration, left, shown};
use crate::model::Timestamp;
use crate::model::ability::{Ability, Profile};
use crate::model::capability::{Capabilities, Rate, TextUnit};
use crate::model::command::MenuChange;
use crate::model::ids::LoginName;
use crate::outbox::Level;
use crate::telemetry::{self, Metric};

/// So many menus are shown: a bot may be in hundreds of guilds, whose menus change together.
const MENUS_MAX: usize = 10;

struct Limit {
    what: &'static str,
    shared: String,
    direct: String,
}

struct Lacking {
    what: &'static str,
    why: String,
}

struct Standing {
    line: String,
    fine: bool,
    since: Shown,
    /// When it tries again; none where it does not, or tries just now.
    next: Option<Shown>,
    /// When it last heard something, and how long after that happened.
    heard: Option<(Shown, String)>,
    /// Events that this program does not know.
    unknown: u64,
}

struct Sending {
    /// None while the login does not run.
    waiting: Option<usize>,
    oldest: Option<String>,
    /// What may be sent just now, those first that wait.
    levels: Vec<Row>,
    /// So many more places that may be sent less to than usual.
    more: usize,
}

/// What was written last to a menu of the platform.
struct Written {
    of: String,
    what: String,
    at: Shown,
}

/// What may be sent just now.
struct Row {
    to: String,
    left: u32,
    most: u32,
    /// So long the platform asked to wait.
    paused: Option<Shown>,
}

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage {
    chrome: Chrome,
    name: String,
    /// None while the program has not begun with it.
    standing: Option<Standing>,
    sending: Sending,
    /// None where the platform has no menus that tell.
    menus: Option<Vec<Written>>,
    /// So many more were written.
    more_menus: usize,
    /// Empty before it first connected.
    limits: Vec<Limit>,
    can: Vec<(&'static str, Option<String>)>,
    lacks: Vec<Lacking>,
}

/// The pages of this file.
pub(crate) fn routes() -> Router<ConsoleState> {
    Router::new().route("/logins/{name}", get(show))
}

async fn show(
    State(state): State<ConsoleState>,
    who: SignedIn,
    Path(name): Path<String>,
    Query(listed): Query<Listed>,
) -> Result<Response, ConsoleError> {
    who.require(Permission::ReadPlugins)?;
    let login = LoginName::from(name.as_str());
    let (status, profile) = (state.logins.get(&login), state.storage.profiles().await?.remove(&login));
    if status.is_none() && profile.is_none() {
        return Err(ConsoleError::NotHere);
    }
    let (now, zone) = (state.clock.now(), &who.zone);
    let standing = status.map(|status| Standing {
        line: status.state.line(),
        fine: status.state.is_fine(),
        since: shown(status.since, now, zone),
        next: coming(&status.state, now, zone),
        heard: status
            .heard
            .map(|heard| (shown(heard.at, now, zone), behind(heard.behind))),
        unknown: telemetry::counted(Metric::EventsUnknownTotal, &name),
    });
    let queue = state.outbox.queue(&login).await?;
    let mut levels = Vec::new();
    for level in queue.levels {
        levels.push(Row {
            to: whom(&state, &who, &level).await?,
            left: level.left,
            most: level.most,
            paused: level.paused_until.map(|until| left(until, now, zone)),
        });
    }
    let menus = state.logins.menus(&login);
    let more_menus = menus.as_ref().map_or(0, |menus| menus.len().saturating_sub(MENUS_MAX));
    let written = |change: MenuChange| Written {
        what: change.to_string(),
        at: shown(change.at, now, zone),
        of: change.of,
    };
    Ok(html(&LoginPage {
        chrome: Chrome::new(&state, &who, "/console/places", &name, listed.said.as_deref()).await?,
        standing,
        sending: Sending {
            waiting: queue.waiting,
            oldest: queue.oldest.map(age),
            levels,
            more: queue.more,
        },
        menus: menus.map(|menus| menus.into_iter().take(MENUS_MAX).map(written).collect()),
        more_menus,
        limits: profile.as_ref().map(limits).unwrap_or_default(),
        can: profile.as_ref().map(can).unwrap_or_default(),
        lacks: profile.as_ref().map(lacks).unwrap_or_default(),
        name,
    }))
}

/// When a login tries again, if that is to come.
pub(super) fn coming(state: &LoginState, now: Timestamp, zone: &TimeZone) -> Option<Shown> {
    let next = state.next_try().filter(|next| *next > now)?;
    Some(left(next, now, zone))
}

/// To where. Another community's places are not named.
async fn whom(state: &ConsoleState, who: &SignedIn, level: &Level) -> Result<String, ConsoleError> {
    let Some(native) = &level.place else {
        return Ok("All places together".to_owned());
    };
    let place = state.storage.place_by_native(native).await?;
    let here = place.filter(|place| place.community == who.community.id);
    Ok(here.map_or_else(|| "A place".to_owned(), |place| place.name))
}

fn behind(behind: Duration) -> String {
    match behind.as_secs() {
        0 => "less than a second".to_owned(),
        _ => duration(behind),
    }
}

/// What it can do, and where, if that is not everywhere.
fn can(profile: &Profile) -> Vec<(&'static str, Option<String>)> {
    let can = Ability::ALL
        .into_iter()
        .filter(|ability| profile.lack(*ability).is_none());
    can.map(|ability| (ability.words(), profile.only(ability).map(str::to_owned)))
        .collect()
}

fn lacks(profile: &Profile) -> Vec<Lacking> {
    let lacking = |ability: Ability| {
        let why = profile.lack(ability)?.to_owned();
        let what = ability.words();
        Some(Lacking { what, why })
    };
    Ability::ALL.into_iter().filter_map(lacking).collect()
}

fn limits(profile: &Profile) -> Vec<Limit> {
    let row = |what, words: fn(&Capabilities) -> String| Limit {
        what,
        shared: words(&profile.shared),
        direct: words(&profile.direct),
    };
    vec![
        row("Text of one message", |can| {
            format!("{} {}", can.text_max, unit(can.unit))
        }),
        row("Text beside a file", |can| match can.caption_max {
            Some(most) => format!("{most} {}, one file a message", unit(can.unit)),
            None => "as without".to_owned(),
        }),
        row("One file", |can| match can.file_bytes_max {
            Some(bytes) => format!("{} MB", bytes / (1024 * 1024)),
            None => "no files".to_owned(),
        }),
        row("Messages to one place", |can| rate(can.place_rate)),
        row("Messages over all places", |can| rate(can.login_rate)),
    ]
}

fn unit(unit: TextUnit) -> &'static str {
    match unit {
        TextUnit::Characters => "characters",
        TextUnit::Utf16 => "characters (most emoji count as two)",
        TextUnit::Graphemes => "characters as people count them",
        TextUnit::Bytes => "bytes",
    }
}

/// As the platform gives it; a fifth of it is left to others.
fn rate(rate: Rate) -> String {
    let time = duration(Duration::from_millis(u64::from(rate.per_ms)));
    format!("{} in {time}", rate.burst)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_and_delays_are_read_as_sentences() {
        let twenty = Rate {
            burst: 20,
            per_ms: 60_000,
        };
        assert_eq!(rate(twenty), "20 in 60 seconds");
        assert_eq!(behind(Duration::from_millis(300)), "less than a second");
        assert_eq!(behind(Duration::from_millis(2_300)), "3 seconds");
    }
}
