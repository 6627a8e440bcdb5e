//! Plugins: what each may do, how it does, in which order they run, and how each is set.

mod change;
mod fields;
mod row;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{Router, get, post};

use self::fields::{Entry, Problems, Typed};
use self::row::Row;
use super::Listed;
use crate::console::ConsoleState;
use crate::console::access::SignedIn;
use crate::console::chrome::{Chrome, html};
use crate::console::error::ConsoleError;
use crate::console::permission::Permission;
use crate::model::ids::PluginId;
use crate::storage::plugins::InstalledPlugin;

/// The address of this part.
const PART: &str = "/console/plugins";

#[derive(Template)]
#[template(path = "plugins.html")]
struct PluginsPage {
    chrome: Chrome,
    rows: Vec<Row>,
    may: bool,
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
        .route("/plugins/{publisher}/{name}/{change}", post(change::change))
}

async fn show(
    State(state): State<ConsoleState>,
    who: SignedIn,
    Query(listed): Query<Listed>,
) -> Result<Response, ConsoleError> {
    page(&state, &who, listed.said.as_deref(), None).await
}

async fn page(
    state: &ConsoleState,
    who: &SignedIn,
    said: Option<&str>,
    left: Option<Left>,
) -> Result<Response, ConsoleError> {
    who.require(Permission::ReadPlugins)?;
    let settings = state.storage.plugin_settings(who.community.id).await?;
    let mut installed = state.storage.plugins().await?;
    // In the order of the chain; those that nobody decided about come last.
    let position = |plugin: &InstalledPlugin| settings.iter().position(|known| known.plugin == plugin.id);
    installed.sort_by_key(|plugin| position(plugin).unwrap_or(usize::MAX));
    let running = state.plugins.running(who.community.id);
    let rows = installed.into_iter().map(|plugin| {
        let decided = settings.iter().find(|known| known.plugin == plugin.id);
        let left = left.as_ref().filter(|left| left.plugin == plugin.id);
        let running = running.iter().find(|running| running.id == plugin.id);
        Row::new(&plugin, decided, running, left, (state.clock.now(), &who.zone))
    });
    let page = PluginsPage {
        rows: rows.collect(),
        chrome: Chrome::new(state, who, PART, "Plugins", said).await?,
        may: who.may(Permission::EditPlugins),
    };
    let status = if left.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    Ok((status, html(&page)).into_response())
}
