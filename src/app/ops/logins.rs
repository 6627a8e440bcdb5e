//! The logins, a line for each thing that is known of them.

use std::collections::BTreeSet;

use anyhow::Result;

use super::Ops;
use crate::app::control::Reply;
use crate::connectors::logins::LoginStatus;
use crate::model::Timestamp;
use crate::model::ability::{Ability, Profile};
use crate::model::amount::counted;
use crate::model::command::MenuChange;
use crate::model::ids::{LoginName, PlaceRef};
use crate::outbox::{Level, Queue};
use crate::telemetry::{self, Metric};

/// So many menus of one login are shown: a bot may be in hundreds of guilds, whose menus change together.
const MENUS_MAX: usize = 10;

impl Ops {
    /// How each login stands, what waits to be sent through it, what it can do, and why it cannot do the rest.
    pub(super) async fn logins(&self) -> Result<Reply> {
        let profiles = self.storage.profiles().await?;
        let standing = self.logins.list();
        let running = standing.iter().map(|status| &status.login);
        let names: BTreeSet<LoginName> = profiles.keys().chain(running).cloned().collect();
        let mut rows = Vec::new();
        for name in names {
            let mut add = |what: String, value: String| rows.push(vec![name.to_string(), what, value]);
            match standing.iter().find(|status| status.login == name) {
                Some(status) => stands(status, self.clock.now(), &mut add),
                None => add("state".to_owned(), "does not run now".to_owned()),
            }
            let queue = self.outbox.queue(&name).await?;
            add("waits to be sent".to_owned(), waits(&queue));
            for level in &queue.levels {
                let to = match &level.place {
                    Some(native) => self.named(native).await?,
                    None => "over all places".to_owned(),
                };
                add("may send now".to_owned(), may_send(level, &to));
            }
            if queue.more > 0 {
                let line = format!(
                    "less than usual to {}",
                    counted(queue.more, "more place", "more places")
                );
                add("may send now".to_owned(), line);
            }
            menus(&self.logins.menus(&name).unwrap_or_default(), &mut add);
            if let Some(profile) = profiles.get(&name) {
                abilities(profile, &mut add);
            }
        }
        Ok(Reply::table(&["login", "what", "value"], rows))
    }
}

impl Ops {
    /// A place as people know it, with what the platform calls it.
    async fn named(&self, native: &PlaceRef) -> Result<String> {
        let place = self.storage.place_by_native(native).await?;
        Ok(place.map_or_else(
            || format!("to {}", native.id),
            |place| format!("to {} ({})", place.name, native.id),
        ))
    }
}

fn stands(status: &LoginStatus, now: Timestamp, add: &mut impl FnMut(String, String)) {
    add("state".to_owned(), status.line(now));
    if let Some(heard) = status.heard {
        add("heard last".to_owned(), heard.at.to_string());
        let line = format!(
            "{} ms from when that happened to when it was stored",
            heard.behind.as_millis()
        );
        add("lag".to_owned(), line);
    }
    let unknown = telemetry::counted(Metric::EventsUnknownTotal, status.login.as_str());
    if unknown > 0 {
        let line = format!("{unknown} since the start; a newer release may know them");
        add("not understood".to_owned(), line);
    }
}

fn waits(queue: &Queue) -> String {
    match (queue.waiting, queue.oldest) {
        (_, None) => "nothing".to_owned(),
        (Some(count), Some(oldest)) => format!("{count}, the oldest for {} s", oldest.as_secs()),
        (None, Some(oldest)) => format!("until the login runs again, the oldest for {} s", oldest.as_secs()),
    }
}

fn may_send(level: &Level, to: &str) -> String {
    let Level { left, most, .. } = level;
    let paused = level.paused_until.map(|until| format!(", paused until {until}"));
    format!("{left} of {most} {to}{}", paused.unwrap_or_default())
}

/// What was written to the platform's menus, the latest first.
fn menus(changes: &[MenuChange], add: &mut impl FnMut(String, String)) {
    for change in changes.iter().take(MENUS_MAX) {
        add("menu".to_owned(), format!("of {}, {}: {change}", change.of, change.at));
    }
    let more = changes.len().saturating_sub(MENUS_MAX);
    if more > 0 {
        let line = format!("{} changed before", counted(more, "more was", "more were"));
        add("menu".to_owned(), line);
    }
}

fn abilities(profile: &Profile, add: &mut impl FnMut(String, String)) {
    for ability in Ability::ALL {
        match profile.lack(ability) {
            None => {
                let only = profile.only(ability).map(|only| format!(", but {only}"));
                add(
                    "can".to_owned(),
                    format!("{}{}", ability.words(), only.unwrap_or_default()),
                );
            }
            Some(why) => add("cannot".to_owned(), format!("{}: {why}", ability.words())),
        }
    }
}
