//! Plugins: what each may do, how it does, in which order they run, and how each is set.

mod change;
mod fields;
mod offer;
mod row;
mod webhooks;
mod within;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::{Router, get, post};

use self::fields::{Entry, Problems, Typed};
use self::row::{AskedRow, Package, Row};
use crate::console::ConsoleState;
use crate::console::access::SignedIn;
use crate::console::chrome::{Chrome, html};
use crate::console::error::ConsoleError;
use crate::console::permission::Permission;
use crate::dispatcher::chain::BUNDLED;
use crate::installer::{Asks, Baseline, DRY_RUN_HOURS, InstallError, Unallowed, references};
use crate::model::ids::{CommunityId, PluginId};
use crate::storage::plugins::{Consent, InstalledPlugin, PluginSettings, SET_ASIDE_FOR};

/// The address of this part.
const PART: &str = "/console/plugins";

/// The part of the page where somebody is asked to allow something.
const ASKED: &str = "asked";

/// The field by which a form of settings says from which revision of them it was made.
const REVISION: &str = "revision";

/// The field with how long a dry run is to last.
const HOURS: &str = "hours";

/// The field with the digest of the package that was looked at.
const DIGEST: &str = "digest";

/// What the page reads from its address.
#[derive(Clone, Debug, Default, serde::Deserialize)]
struct Looked {
    /// What was done last.
    #[serde(default)]
    said: Option<String>,
    /// Which plugin somebody wants to run that nobody has allowed yet what it asks for …
    #[serde(default)]
    ask: Option<String>,
    /// … and whether it is to be switched on, tried, or to go back to the version before …
    #[serde(default)]
    to: Option<String>,
    /// … and for how long it is to be tried.
    #[serde(default)]
    hours: Option<String>,
}

#[derive(Template)]
#[template(path = "plugins.html")]
struct PluginsPage {
    chrome: Chrome,
    rows: Vec<Row>,
    /// So many places there are in the order.
    places: usize,
    may: bool,
    /// As long as a dry run may last.
    hours_max: u32,
    /// A sentence or a receipt about what was done.
    done: String,
    /// Why something was not done.
    refused: String,
}

/// What a form has brought.
enum News {
    /// Nothing, or what the address says.
    Looked(Looked),
    /// This is done.
    Done(String),
    /// Nothing is done, for this reason.
    Refused(String),
    /// Settings are not saved yet.
    Left(Left),
}

/// What a refused form leaves on the page.
struct Left {
    plugin: PluginId,
    /// From which revision it was made. Where that is not the present one, it would have written over what is newer.
    revision: String,
    typed: Typed,
    problems: Problems,
}

/// The pages of this folder.
pub(crate) fn routes() -> Router<ConsoleState> {
    Router::new()
        .route("/plugins", get(show))
        .route("/plugins/offer", post(offer::offer))
        .route("/plugins/{publisher}/{name}/package/{act}", post(offer::decide))
        .route("/plugins/{publisher}/{name}/within", get(within::show))
        .route("/plugins/{publisher}/{name}/within/{act}", post(within::change))
        .route("/plugins/{publisher}/{name}/kept", get(kept))
        .route("/plugins/{publisher}/{name}/{change}", post(change::change))
}

/// What a plugin has kept, as a file.
async fn kept(
    State(state): State<ConsoleState>,
    who: SignedIn,
    Path((publisher, name)): Path<(String, String)>,
) -> Result<Response, ConsoleError> {
    who.require(Permission::EditPlugins)?;
    let id = PluginId::from(format!("{publisher}/{name}"));
    baseline(&state, &who, &id).await?;
    let text = state.installer.export(who.community.id, &id).await.map_err(broken)?;
    let headers = [
        (CONTENT_TYPE, "application/json"),
        (CONTENT_DISPOSITION, "attachment; filename=\"kept.json\""),
        (CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, text).into_response())
}

async fn show(
    State(state): State<ConsoleState>,
    who: SignedIn,
    Query(looked): Query<Looked>,
) -> Result<Response, ConsoleError> {
    page(&state, &who, News::Looked(looked)).await
}

async fn page(state: &ConsoleState, who: &SignedIn, news: News) -> Result<Response, ConsoleError> {
    who.require(Permission::ReadPlugins)?;
    let (mut looked, mut done, mut refused, mut left) = (Looked::default(), String::new(), String::new(), None);
    match news {
        News::Looked(at) => looked = at,
        News::Done(text) => done = text,
        News::Refused(why) => refused = why,
        News::Left(form) => left = Some(form),
    }
    let mut rows = rows(state, who, left.as_ref()).await?;
    if let Some(id) = looked.ask.filter(|_| who.may(Permission::EditPlugins)) {
        let asked = asked(
            state,
            who,
            &PluginId::from(id.as_str()),
            (looked.to.as_deref(), looked.hours),
        )
        .await?;
        if let Some(row) = rows.iter_mut().find(|row| row.id == id) {
            row.asked = asked;
        }
    }
    let status = if rows.iter().any(|row| row.newer) {
        StatusCode::CONFLICT
    } else if left.is_some() || !refused.is_empty() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let page = PluginsPage {
        places: rows.iter().map(|row| row.place).max().unwrap_or_default(),
        rows,
        chrome: Chrome::new(state, who, PART, "Plugins", looked.said.as_deref()).await?,
        may: who.may(Permission::EditPlugins),
        hours_max: *DRY_RUN_HOURS.end(),
        done,
        refused,
    };
    Ok((status, html(&page)).into_response())
}

async fn rows(state: &ConsoleState, who: &SignedIn, left: Option<&Left>) -> Result<Vec<Row>, ConsoleError> {
    let community = who.community.id;
    let settings = state.storage.plugin_settings(community).await?;
    let mut installed = state.storage.plugins().await?;
    // In the order of the chain; those that nobody decided about come last.
    let position = |plugin: &InstalledPlugin| settings.iter().position(|known| known.plugin == plugin.id);
    installed.sort_by_key(|plugin| position(plugin).unwrap_or(usize::MAX));
    let running = state.plugins.running(community);
    let known = references(&state.storage, community).await?;
    let mut rows = Vec::new();
    for plugin in installed {
        let decided = settings.iter().find(|known| known.plugin == plugin.id);
        let left = left.filter(|left| left.plugin == plugin.id);
        let running = running.iter().find(|running| running.id == plugin.id);
        let package = package(state, who, &plugin, decided).await?;
        let manifest = package.serving.as_ref().unwrap_or(&plugin).manifest.clone();
        let mut row = Row::new(
            &plugin,
            decided,
            running,
            (left, package, &known),
            (state.clock.now(), &who.zone),
        );
        row.place = position(&plugin).map_or(0, |index| index + 1);
        row.otherwise = decided
            .map(|decided| within::lines(decided, &known))
            .unwrap_or_default();
        let log = state.plugins.log(community, &plugin.id);
        row.log = row::log_rows(&log, (state.clock.now(), &who.zone));
        row.webhooks = webhooks::of(state, community, &plugin.id, &manifest).await?;
        rows.push(row);
    }
    Ok(rows)
}

/// What a plugin asks for that nobody has allowed it, if that is so still; or what going back changes.
async fn asked(
    state: &ConsoleState,
    who: &SignedIn,
    id: &PluginId,
    (to, hours): (Option<&str>, Option<String>),
) -> Result<Option<AskedRow>, ConsoleError> {
    let (installer, community) = (&state.installer, who.community.id);
    let (action, unallowed) = match to {
        Some("back") => ("package/back", installer.way_back(community, id).await.map(Some)),
        Some("try") => ("package/try", installer.unallowed(community, id, Asks::Try).await),
        _ => ("enable", installer.unallowed(community, id, Asks::SwitchOn).await),
    };
    let unallowed = match unallowed {
        // Somebody has typed the address.
        Err(InstallError::Refused(_)) => None,
        unallowed => unallowed.map_err(broken)?,
    };
    Ok(unallowed.map(|Unallowed { plan, digest }| AskedRow {
        action,
        digest,
        plan,
        hours,
    }))
}

/// What is to be said of a plugin's package; of what comes with the program, nothing.
async fn package(
    state: &ConsoleState,
    who: &SignedIn,
    plugin: &InstalledPlugin,
    decided: Option<&PluginSettings>,
) -> Result<Package, ConsoleError> {
    let community = who.community.id;
    let until = decided.and_then(|decided| decided.dry_run_until);
    let mut rehearsed = Vec::new();
    if until.is_some() {
        rehearsed = state.installer.rehearsed(community, &plugin.id).await.map_err(broken)?;
    }
    let mut outage = None;
    if decided.is_some_and(|decided| decided.is_on_anywhere() && decided.held.is_some()) {
        outage = Some(state.installer.outage(community, &plugin.id).await.map_err(broken)?);
    }
    let set_up_failed = match decided {
        Some(decided) => state.installer.set_up_failed(decided).await.map_err(broken)?,
        None => None,
    };
    let consents = consents(state, community, &plugin.id).await?;
    if plugin.source == BUNDLED {
        return Ok(Package {
            consents,
            rehearsed,
            outage,
            set_up_failed,
            ..Package::default()
        });
    }
    let kept = state.storage.packages_of(&plugin.id).await?;
    let serving = kept
        .into_iter()
        .find(|kept| decided.is_some_and(|decided| decided.granted_to == kept.digest));
    let before = state.storage.before_update(community, &plugin.id).await?;
    let mut package = Package {
        signer: serving
            .as_ref()
            .map_or_else(String::new, |serving| state.installer.signer_of(serving).to_string()),
        serving,
        consents,
        rehearsed,
        back: before.is_some_and(|before| state.clock.now() < before.at + SET_ASIDE_FOR),
        outage,
        removable: decided.is_some(),
        set_up_failed,
        ..Package::default()
    };
    if let Some(offer) = state.installer.waiting(community, &plugin.id).await.map_err(broken)? {
        let plan = state.installer.plan(community, &offer).await.map_err(broken)?;
        package.waiting = Some((offer.package.digest, plan));
    }
    Ok(package)
}

/// What was allowed, and by whom.
async fn consents(
    state: &ConsoleState,
    community: CommunityId,
    id: &PluginId,
) -> Result<Vec<(Consent, String)>, ConsoleError> {
    let mut named = Vec::new();
    for consent in state.storage.consents(community, id).await? {
        let account = match consent.account {
            Some(account) => state.storage.account(account).await?.map(|account| account.email),
            None => Some("the command line".to_owned()),
        };
        named.push((consent, account.unwrap_or_else(|| "somebody who is gone".to_owned())));
    }
    Ok(named)
}

/// How the community stands to a plugin.
/// Of a form that shows what is not so any more.
const CHANGED: &str = "somebody has changed this plugin since you opened this page; it shows now how things stand";

async fn baseline(state: &ConsoleState, who: &SignedIn, id: &PluginId) -> Result<Baseline, ConsoleError> {
    match state.installer.baseline(who.community.id, id).await {
        // What nobody has agreed to cannot be changed here.
        Err(InstallError::Refused(_)) => Err(ConsoleError::NotHere),
        now => now.map_err(broken),
    }
}

/// What a form carries of the settings that it was made from; empty where nobody had decided anything.
fn revision(decided: Option<&PluginSettings>) -> String {
    decided
        .map(|decided| decided.revision.0.to_string())
        .unwrap_or_default()
}

/// A package that is kept was sound when it came.
fn broken(error: InstallError) -> ConsoleError {
    match error {
        InstallError::Read(error) => error.into(),
        InstallError::Write(error) => error.into(),
        InstallError::Refused(why) => {
            tracing::error!(reason = %why, "a package that is kept cannot be read");
            ConsoleError::NotHere
        }
    }
}
