//! Plugins: what each may do, how it does, in which order they run, and how each is set.

mod change;
mod fields;
mod offer;
mod row;
mod webhooks;
mod within;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{Router, get, post};

use self::fields::{Entry, Problems, Typed};
use self::row::{Package, Row};
use super::Listed;
use crate::console::ConsoleState;
use crate::console::access::SignedIn;
use crate::console::chrome::{Chrome, html};
use crate::console::error::ConsoleError;
use crate::console::permission::Permission;
use crate::dispatcher::chain::BUNDLED;
use crate::installer::{InstallError, references};
use crate::model::ids::PluginId;
use crate::storage::plugins::{InstalledPlugin, PluginSettings};

/// The address of this part.
const PART: &str = "/console/plugins";

#[derive(Template)]
#[template(path = "plugins.html")]
struct PluginsPage {
    chrome: Chrome,
    rows: Vec<Row>,
    may: bool,
    /// A sentence or a receipt about what was done.
    done: String,
    /// Why something was not done.
    refused: String,
}

/// What a form has brought.
enum News {
    /// Nothing, or a word from the address.
    Said(Option<String>),
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
        .route("/plugins/{publisher}/{name}/{change}", post(change::change))
}

async fn show(
    State(state): State<ConsoleState>,
    who: SignedIn,
    Query(listed): Query<Listed>,
) -> Result<Response, ConsoleError> {
    page(&state, &who, News::Said(listed.said)).await
}

async fn page(state: &ConsoleState, who: &SignedIn, news: News) -> Result<Response, ConsoleError> {
    who.require(Permission::ReadPlugins)?;
    let (mut said, mut done, mut refused, mut left) = (None, String::new(), String::new(), None);
    match news {
        News::Said(word) => said = word,
        News::Done(text) => done = text,
        News::Refused(why) => refused = why,
        News::Left(form) => left = Some(form),
    }
    let rows = rows(state, who, left.as_ref()).await?;
    let status = if left.is_some() || !refused.is_empty() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let page = PluginsPage {
        rows,
        chrome: Chrome::new(state, who, PART, "Plugins", said.as_deref()).await?,
        may: who.may(Permission::EditPlugins),
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
        row.otherwise = decided
            .map(|decided| within::lines(decided, &known))
            .unwrap_or_default();
        row.webhooks = webhooks::of(state, community, &plugin.id, &manifest).await?;
        rows.push(row);
    }
    // What waits for a person comes first.
    rows.sort_by_key(|row: &Row| row.waiting.is_none());
    Ok(rows)
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
    if decided.is_some_and(|decided| decided.enabled && decided.held.is_some()) {
        outage = Some(state.installer.outage(community, &plugin.id).await.map_err(broken)?);
    }
    if plugin.source == BUNDLED {
        return Ok(Package {
            rehearsed,
            outage,
            ..Package::default()
        });
    }
    let kept = state.storage.packages_of(&plugin.id).await?;
    let serving = kept
        .into_iter()
        .find(|kept| decided.is_some_and(|decided| decided.granted_to == kept.digest));
    let mut package = Package {
        serving,
        rehearsed,
        outage,
        removable: decided.is_some(),
        back: state.storage.before_update(community, &plugin.id).await?.is_some(),
        ..Package::default()
    };
    if let Some(offer) = state.installer.waiting(community, &plugin.id).await.map_err(broken)? {
        let plan = state.installer.plan(community, &offer).await.map_err(broken)?;
        package.waiting = Some((offer.package.digest, plan));
    }
    for consent in state.storage.consents(community, &plugin.id).await? {
        let account = match consent.account {
            Some(account) => state.storage.account(account).await?.map(|account| account.email),
            None => Some("the command line".to_owned()),
        };
        package
            .consents
            .push((consent, account.unwrap_or_else(|| "somebody who is gone".to_owned())));
    }
    Ok(package)
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
