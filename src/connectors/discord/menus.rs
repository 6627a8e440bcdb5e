//! Shows the commands in the menus of direct chats and of the guilds in which they are answered.
//!
//! `menu` says what a list is to show; here it is read and written. What a guild refuses is noted for the login's state,
//! and keeps no other guild waiting.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use serde::Deserialize;
use serenity::http::{LightMethod, Request, Route};
use serenity::model::id::{ApplicationId, GuildId};
use tokio::sync::watch;

use super::failure::{self, Failure};
use super::menu::{self, List, Shown};
use super::payload::Application;
use super::permissions;
use super::rest::Rest;
use crate::model::command::Menu;

/// As many guilds as Discord lists at once.
const GUILDS_PAGE: usize = 200;

/// So many guilds are named as those whose menu lacks the commands.
const NAMED_MAX: usize = 3;

/// What is known of the menus.
#[derive(Debug, Default)]
pub(super) struct Menus {
    /// What each list shows, as far as this run has seen; none: that of direct chats. So a change of one guild asks nothing
    /// of the others.
    shown: Mutex<BTreeMap<Option<GuildId>, Vec<Shown>>>,
    /// Guilds that do not take the commands: the name, and why.
    refused: watch::Sender<BTreeMap<GuildId, (String, String)>>,
}

/// A guild that the bot is in.
#[derive(Clone, Debug, Deserialize)]
struct Joined {
    id: GuildId,
    #[serde(default)]
    name: String,
}

impl Menus {
    /// The bot was away from the guild, which has forgotten the commands.
    pub(super) fn forget(&self, guild: GuildId) {
        self.shown().remove(&Some(guild));
    }

    /// Tells when other guilds refuse.
    pub(super) fn changes(&self) -> watch::Receiver<BTreeMap<GuildId, (String, String)>> {
        self.refused.subscribe()
    }

    /// Which guilds lack the commands and why, for admins; none where none does.
    pub(super) fn trouble(&self) -> Option<String> {
        let refused = self.refused.borrow();
        let (_, why) = refused.values().next()?;
        let named: Vec<&str> = refused
            .values()
            .take(NAMED_MAX)
            .map(|(name, _)| name.as_str())
            .collect();
        let more = match refused.len().saturating_sub(NAMED_MAX) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        Some(format!(
            "the menu of {}{more} lacks its commands: {why}",
            named.join(", ")
        ))
    }

    fn shown(&self) -> std::sync::MutexGuard<'_, BTreeMap<Option<GuildId>, Vec<Shown>>> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has the menus show this, wherever they do not yet.
    pub(super) async fn offer(&self, rest: &Rest, menu: &Menu) -> Result<(), Failure> {
        let application: Application = rest.get(Route::Oauth2ApplicationCurrent).await?;
        let joined = joined(rest).await?;
        self.prune(&joined);
        let answered: BTreeSet<GuildId> = menu
            .places
            .iter()
            .filter(|place| place.enabled)
            .filter_map(guild)
            .collect();
        let wanted = menu::menu(&menu.commands, List::OfGuild);
        let mut later = None;
        // Guilds first: until the bot's list for all of them is narrowed, nothing is missing anywhere.
        for guild in joined {
            let wanted: &[Shown] = if answered.contains(&guild.id) { &wanted } else { &[] };
            match self.show(rest, application.id, Some(guild.id), wanted).await {
                Ok(()) => self.takes(guild.id),
                Err(failure) if failure::is_of_all(&failure) => return Err(failure),
                // It is tried again; the others need not wait for it.
                Err(failure) if failure::may_pass(&failure) => later = Some(failure),
                // It has removed the bot meanwhile.
                Err(Failure::Answered { status: 404, .. }) => {}
                Err(failure) => self.refuses(&guild, &failure, application.id),
            }
        }
        if let Some(failure) = later {
            return Err(failure);
        }
        let direct = menu::menu(&menu.commands, List::OfDirectChats);
        self.show(rest, application.id, None, &direct).await
    }

    /// Has one list show this.
    async fn show(
        &self,
        rest: &Rest,
        application_id: ApplicationId,
        guild: Option<GuildId>,
        wanted: &[Shown],
    ) -> Result<(), Failure> {
        if self.shown().get(&guild).is_some_and(|shown| shown == wanted) {
            return Ok(());
        }
        let (list, route) = match guild {
            Some(guild_id) => (
                List::OfGuild,
                Route::GuildCommands {
                    application_id,
                    guild_id,
                },
            ),
            None => (List::OfDirectChats, Route::Commands { application_id }),
        };
        let all_languages = Some(vec![("with_localizations", "true".to_owned())]);
        let reading = Request::new(route, LightMethod::Get).params(all_languages);
        let registered = rest.get_with(reading).await?;
        if let Some(change) = menu::change(registered, wanted, list) {
            rest.tell(LightMethod::Put, route, &change).await?;
        }
        self.shown().insert(guild, wanted.to_vec());
        Ok(())
    }

    /// Forgets guilds that the bot is no longer in.
    fn prune(&self, joined: &[Joined]) {
        let there: BTreeSet<GuildId> = joined.iter().map(|guild| guild.id).collect();
        self.shown()
            .retain(|guild, _| guild.is_none_or(|guild| there.contains(&guild)));
        self.refused.send_if_modified(|refused| {
            let before = refused.len();
            refused.retain(|guild, _| there.contains(guild));
            refused.len() < before
        });
    }

    fn takes(&self, guild: GuildId) {
        self.refused
            .send_if_modified(|refused| refused.remove(&guild).is_some());
    }

    fn refuses(&self, guild: &Joined, failure: &Failure, application: ApplicationId) {
        let why = if let Failure::Answered { status: 403, .. } = failure {
            let invitation = permissions::invitation(application);
            format!(
                "it has let the bot in without them (scope applications.commands), so invite it once more with {invitation}"
            )
        } else {
            failure::words(failure)
        };
        let news = self.refused.send_if_modified(|refused| {
            let said = (guild.name.clone(), why.clone());
            refused.insert(guild.id, said.clone()) != Some(said)
        });
        if news {
            let name = &guild.name;
            tracing::warn!(guild = %guild.id, error = %why, "the menu of {name} lacks the commands: {why}");
        }
    }
}

fn guild(place: &crate::model::command::MenuPlace) -> Option<GuildId> {
    let number: std::num::NonZeroU64 = place.space.as_deref()?.parse().ok()?;
    Some(GuildId::from(number))
}

/// All guilds that the bot is in.
async fn joined(rest: &Rest) -> Result<Vec<Joined>, Failure> {
    let mut all: Vec<Joined> = Vec::new();
    loop {
        let mut params = vec![("limit", GUILDS_PAGE.to_string())];
        params.extend(all.last().map(|last| ("after", last.id.to_string())));
        let asking = Request::new(Route::UserMeGuilds, LightMethod::Get).params(Some(params));
        let page: Vec<Joined> = rest.get_with(asking).await?;
        let more = page.len() >= GUILDS_PAGE;
        all.extend(page);
        if !more {
            return Ok(all);
        }
    }
}
