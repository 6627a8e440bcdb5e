//! The logins, a line for each thing that is known of them.

use std::collections::BTreeSet;

use anyhow::Result;

use super::Ops;
use crate::app::control::Reply;
use crate::connectors::logins::LoginStatus;
use crate::model::ability::{Ability, Profile};
use crate::model::ids::LoginName;
use crate::outbox::Queue;
use crate::telemetry::{self, Metric};

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
                Some(status) => stands(status, &mut add),
                None => add("state".to_owned(), "does not run now".to_owned()),
            }
            sends(&self.outbox.queue(&name).await?, &mut add);
            if let Some(profile) = profiles.get(&name) {
                abilities(profile, &mut add);
            }
        }
        Ok(Reply::table(&["login", "what", "value"], rows))
    }
}

fn stands(status: &LoginStatus, add: &mut impl FnMut(String, String)) {
    let line = format!("{}, since {}", status.state.line(), status.since);
    add("state".to_owned(), line);
    if let Some(heard) = status.heard {
        let line = format!("{}, {} ms after it happened", heard.at, heard.behind.as_millis());
        add("heard last".to_owned(), line);
    }
    let unknown = telemetry::counted(Metric::EventsUnknownTotal, status.login.as_str());
    if unknown > 0 {
        let line = format!("{unknown} since the start; a newer release may know them");
        add("not understood".to_owned(), line);
    }
}

fn sends(queue: &Queue, add: &mut impl FnMut(String, String)) {
    let line = match (queue.waiting, queue.oldest) {
        (_, None) => "nothing".to_owned(),
        (Some(count), Some(oldest)) => format!("{count}, the oldest for {} s", oldest.as_secs()),
        (None, Some(oldest)) => format!("until the login runs again, the oldest for {} s", oldest.as_secs()),
    };
    add("waits to be sent".to_owned(), line);
    for held in &queue.held {
        let what = held
            .place
            .as_ref()
            .map_or("everything".to_owned(), |place| place.id.to_string());
        add(
            "asked to wait".to_owned(),
            format!("{what}, {} s more", held.left.as_secs() + 1),
        );
    }
}

fn abilities(profile: &Profile, add: &mut impl FnMut(String, String)) {
    for ability in Ability::ALL {
        match profile.lack(ability) {
            None => add("can".to_owned(), ability.words().to_owned()),
            Some(why) => add("cannot".to_owned(), format!("{}: {why}", ability.words())),
        }
    }
}
