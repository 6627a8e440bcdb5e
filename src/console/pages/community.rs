//! Which community the console shows, for accounts that belong to several.

use axum::extract::State;
use axum::response::Response;
use axum::routing::{Router, post};

use super::see;
use crate::console::ConsoleState;
use crate::console::access::Posted;
use crate::console::error::ConsoleError;
use crate::model::ids::CommunityId;
use crate::storage::Unit;
use crate::storage::accounts::AccountUnit;

/// The form of this file.
pub(crate) fn routes() -> Router<ConsoleState> {
    Router::new().route("/community", post(choose))
}

async fn choose(State(state): State<ConsoleState>, form: Posted) -> Result<Response, ConsoleError> {
    let wanted: CommunityId = form
        .fields
        .line("community")
        .parse()
        .map_err(|_| ConsoleError::NotHere)?;
    if form.who.communities.iter().all(|known| known.id != wanted) {
        return Err(ConsoleError::NotHere);
    }
    let choice = AccountUnit::SessionCommunity {
        token: form.who.session.token,
        community: wanted,
    };
    state.storage.write(Unit::Account(choice)).await?;
    Ok(see("/console".to_owned()))
}
