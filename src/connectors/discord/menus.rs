//! Shows the commands in the menus of direct chats and of the guilds in which they are answered.
//!
//! `menu` says what a list is to show; here it is read and written. What a list does not take is noted for the login's state,
//! and keeps no other one waiting.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use serenity::http::{LightMethod, Request, Route};
use serenity::model::id::{ApplicationId, GuildId};
use tokio::sync::watch;

use super::failure::{self, Failure};
use super::menu::{self, List, Shown};
use super::payload::Application;
use super::permissions;
use super::rest::Rest;
use crate::model::Timestamp;
use crate::model::command::{Menu, MenuChange, MenuDiff};

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
    /// Lists that do not take the commands.
    refused: watch::Sender<Refused>,
    /// What was written last to each list; the same key.
    written: Mutex<BTreeMap<Option<GuildId>, MenuChange>>,
}

/// Whose list does not take the commands, and why; none: that of direct chats.
type Refused = BTreeMap<Option<GuildId>, (String, String)>;

/// A list of commands.
#[derive(Clone, Copy)]
struct Of<'a> {
    /// None: that of direct chats.
    guild: Option<GuildId>,
    /// Whose it is, for people.
    name: &'a str,
}

/// The list that is of no guild.
const OF_DIRECT_CHATS: Of<'_> = Of {
    guild: None,
    name: "direct chats",
};

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

    /// Tells when other lists refuse.
    pub(super) fn changes(&self) -> watch::Receiver<Refused> {
        self.refused.subscribe()
    }

    /// Which lists lack the commands and why, for admins; none where none does.
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

    /// What was written last to each list since the program started, the latest first.
    pub(super) fn written(&self) -> Vec<MenuChange> {
        let mut all: Vec<MenuChange> = self.changes_of().values().cloned().collect();
        all.sort_by(|one, other| (other.at, &one.of).cmp(&(one.at, &other.of)));
        all
    }

    fn changes_of(&self) -> std::sync::MutexGuard<'_, BTreeMap<Option<GuildId>, MenuChange>> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn shown(&self) -> std::sync::MutexGuard<'_, BTreeMap<Option<GuildId>, Vec<Shown>>> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has the menus show this, wherever they do not yet. Answers after what time it is to be tried again, where the new
    /// commands of a day are used up.
    pub(super) async fn offer(&self, rest: &Rest, menu: &Menu, now: Timestamp) -> Result<Option<Duration>, Failure> {
        let application: Application = rest.get(Route::Oauth2ApplicationCurrent).await?;
        let joined = joined(rest).await?;
        self.prune(&joined);
        let answered: BTreeSet<GuildId> = menu
            .places
            .iter()
            .filter(|place| place.enabled)
            .filter_map(guild)
            .collect();
        let commands: &[_] = if menu.withdrawn { &[] } else { &menu.commands };
        let wanted = menu::menu(commands, List::OfGuild);
        let (mut later, mut again) = (None, None);
        // Guilds first: until the bot's list for all of them is narrowed, nothing is missing anywhere.
        for Joined { id, name } in &joined {
            let wanted: &[Shown] = if answered.contains(id) { &wanted } else { &[] };
            let of = Of { guild: Some(*id), name };
            match self.show(rest, application.id, of, wanted, now).await {
                Ok(()) => self.takes(of),
                Err(failure) if failure::is_of_all(&failure) => return Err(failure),
                // It is tried again; the others need not wait for it.
                Err(failure) if failure::may_pass(&failure) => later = Some(failure),
                // It has removed the bot meanwhile.
                Err(Failure::Answered { status: 404, .. }) => {}
                Err(failure) => again = sooner(again, self.refuses(of, &failure, application.id, now)),
            }
        }
        if let Some(failure) = later {
            return Err(failure);
        }
        let direct = menu::menu(commands, List::OfDirectChats);
        match self.show(rest, application.id, OF_DIRECT_CHATS, &direct, now).await {
            Ok(()) => self.takes(OF_DIRECT_CHATS),
            Err(failure) if failure::is_of_all(&failure) || failure::may_pass(&failure) => return Err(failure),
            // What a guild waits for is not forgotten over it.
            Err(failure) => again = sooner(again, self.refuses(OF_DIRECT_CHATS, &failure, application.id, now)),
        }
        Ok(again)
    }

    /// Has one list show this.
    async fn show(
        &self,
        rest: &Rest,
        application_id: ApplicationId,
        of: Of<'_>,
        wanted: &[Shown],
        now: Timestamp,
    ) -> Result<(), Failure> {
        if self.shown().get(&of.guild).is_some_and(|shown| shown == wanted) {
            return Ok(());
        }
        let (list, route) = match of.guild {
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
            let (name, diff) = (of.name, &change.diff);
            tracing::info!(list = %name, diff = %diff, "the menu of {name} is being changed: {diff}");
            // Before it is written, so that it can be seen what somebody is about to lose.
            self.note(of, now, change.diff.clone());
            if let Err(failure) = rest.tell(LightMethod::Put, route, &change.list).await {
                // Whatever becomes of it: until it is known to be written, it does not show as that.
                self.note_refusal(of, now, &failure::words(&failure));
                return Err(failure);
            }
        }
        self.shown().insert(of.guild, wanted.to_vec());
        Ok(())
    }

    fn note_refusal(&self, of: Of<'_>, at: Timestamp, why: &str) {
        let mut written = self.changes_of();
        let change = written.entry(of.guild).or_insert_with(|| MenuChange {
            of: of.name.to_owned(),
            at,
            diff: MenuDiff::default(),
            refused: None,
        });
        if change.at != at {
            // It did not come so far as to be compared.
            change.diff = MenuDiff::default();
        }
        (change.at, change.refused) = (at, Some(why.to_owned()));
    }

    fn note(&self, of: Of<'_>, at: Timestamp, diff: MenuDiff) {
        let change = MenuChange {
            of: of.name.to_owned(),
            at,
            diff,
            refused: None,
        };
        self.changes_of().insert(of.guild, change);
    }

    /// Forgets guilds that the bot is no longer in.
    fn prune(&self, joined: &[Joined]) {
        let there: BTreeSet<GuildId> = joined.iter().map(|guild| guild.id).collect();
        self.shown()
            .retain(|guild, _| guild.is_none_or(|guild| there.contains(&guild)));
        self.changes_of()
            .retain(|guild, _| guild.is_none_or(|guild| there.contains(&guild)));
        self.refused.send_if_modified(|refused| {
            let before = refused.len();
            refused.retain(|guild, _| guild.is_none_or(|guild| there.contains(&guild)));
            refused.len() < before
        });
    }

    fn takes(&self, of: Of<'_>) {
        self.refused
            .send_if_modified(|refused| refused.remove(&of.guild).is_some());
        let mut written = self.changes_of();
        if let Some(change) = written.get_mut(&of.guild) {
            change.refused = None;
        }
    }

    /// Notes why a list does not take the commands. Answers after what time it may.
    fn refuses(&self, of: Of<'_>, failure: &Failure, application: ApplicationId, now: Timestamp) -> Option<Duration> {
        let again = failure::spent(failure);
        let why = match failure {
            Failure::Answered { status: 403, .. } => format!(
                "it has let the bot in without them (scope applications.commands), so invite it once more with {}",
                permissions::invitation(application)
            ),
            _ => failure::words(failure),
        };
        let why = match again {
            Some(wait) => format!("{why}; the next try is at {}", whole_second(now + wait)),
            None => why,
        };
        self.note_refusal(of, now, &why);
        let name = of.name;
        let news = self.refused.send_if_modified(|refused| {
            let said = (name.to_owned(), why.clone());
            refused.insert(of.guild, said.clone()) != Some(said)
        });
        if news {
            tracing::warn!(list = %name, error = %why, "the menu of {name} lacks the commands: {why}");
        }
        again
    }
}

fn sooner(one: Option<Duration>, other: Option<Duration>) -> Option<Duration> {
    one.into_iter().chain(other).min()
}

/// The next one, as people read it.
fn whole_second(time: Timestamp) -> Timestamp {
    Timestamp::from_millis(time.as_millis().saturating_add(999) / 1000 * 1000)
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
