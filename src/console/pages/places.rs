//! Where Switchboard acts.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::{Router, get, post};

use super::login::coming;
use super::{Listed, see, url};
use crate::connectors::logins::LoginStatus;
use crate::console::ConsoleState;
use crate::console::access::{Posted, SignedIn};
use crate::console::chrome::{Chrome, html};
use crate::console::error::ConsoleError;
use crate::console::permission::Permission;
use crate::console::show::time::{Shown, shown};
use crate::console::show::words;
use crate::model::directory::{Audience, Place, cannot_be};
use crate::model::ids::PlaceId;
use crate::storage::unit::DirectoryUnit;
use crate::storage::{Page, Unit};

/// Shared places are few; direct chats are as many as visitors and are only counted.
const PLACES_MAX: u32 = 1_000;

struct Row {
    id: String,
    name: String,
    /// Which platform it is on, and by which login where that has a name of its own.
    whose: String,
    audience: &'static str,
    enabled: bool,
    overheard: bool,
}

struct Login {
    name: String,
    line: String,
    since: Shown,
    /// When it tries again, if that is to come.
    next: Option<Shown>,
    /// Hears what happens on its platform.
    fine: bool,
}

#[derive(Template)]
#[template(path = "places.html")]
struct PlacesPage {
    chrome: Chrome,
    logins: Vec<Login>,
    rows: Vec<Row>,
    direct: usize,
    more: bool,
    may: bool,
}

/// The pages of this file.
pub(crate) fn routes() -> Router<ConsoleState> {
    Router::new()
        .route("/places", get(show))
        .route("/places/{id}", post(save))
}

async fn show(
    State(state): State<ConsoleState>,
    who: SignedIn,
    Query(listed): Query<Listed>,
) -> Result<Response, ConsoleError> {
    who.require(Permission::ReadPlugins)?;
    let page = Page {
        before: None,
        limit: PLACES_MAX,
    };
    let found = state.storage.places(who.community.id, page).await?;
    let more = found.len() >= usize::try_from(PLACES_MAX).expect("a page fits in memory");
    let direct = found.iter().filter(|place| place.audience == Audience::Direct).count();
    let rows = found.into_iter().filter(|place| place.audience != Audience::Direct);
    let rows = rows.map(|place| Row {
        id: place.id.to_string(),
        whose: whose(&place),
        audience: match place.audience {
            Audience::Direct => "one person",
            Audience::Group => "members",
            Audience::Public => "everybody",
        },
        enabled: place.enabled,
        overheard: place.overheard,
        name: place.name,
    });
    Ok(html(&PlacesPage {
        chrome: Chrome::new(&state, &who, "/console/places", "Places", listed.said.as_deref()).await?,
        logins: logins(&state, &who),
        rows: rows.collect(),
        direct,
        more,
        may: who.may(Permission::EditPlaces),
    }))
}

/// Most logins are named like their platform, which is said once then.
fn whose(place: &Place) -> String {
    let (scope, login) = (place.native.scope.as_str(), place.login.as_str());
    let platform = words::platform(scope);
    if scope.split(':').next() == Some(login) {
        platform
    } else {
        format!("{platform}, by {login}")
    }
}

fn logins(state: &ConsoleState, who: &SignedIn) -> Vec<Login> {
    let now = state.clock.now();
    let row = |status: LoginStatus| Login {
        name: status.login.to_string(),
        line: status.state.line(),
        since: shown(status.since, now, &who.zone),
        next: coming(&status.state, now, &who.zone),
        fine: status.state.is_fine(),
    };
    state.logins.list().into_iter().map(row).collect()
}

async fn save(
    State(state): State<ConsoleState>,
    Path(id): Path<String>,
    form: Posted,
) -> Result<Response, ConsoleError> {
    form.who.require(Permission::EditPlaces)?;
    let id: PlaceId = id.parse().map_err(|_| ConsoleError::NotHere)?;
    let found = state.storage.place(id).await?;
    let mut place = found
        .filter(|place| place.community == form.who.community.id)
        .ok_or(ConsoleError::NotHere)?;
    place.enabled = form.fields.ticked("enabled");
    place.overheard = form.fields.ticked("overheard");
    if let Some(why) = cannot_be(place.enabled, place.overheard) {
        return Err(ConsoleError::Invalid(format!("{}: {why}.", place.name)));
    }
    let unit = Unit::Directory(DirectoryUnit::Place(place));
    let unit = form.once(&state, vec![unit], "place_changed", id.to_string());
    state.storage.write(unit).await?;
    Ok(see(url("/console/places", &[("said", "saved")])))
}
