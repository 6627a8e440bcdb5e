//! Plugins come and go: an owner hands a package in, reads what it asks for, agrees, goes back, takes it out.

use std::time::Duration;

use axum::extract::{Path, State};
use axum::response::Response;

use super::{News, PART, page};
use crate::console::ConsoleState;
use crate::console::access::Posted;
use crate::console::error::ConsoleError;
use crate::console::pages::{see, url};
use crate::console::permission::Permission;
use crate::installer::{Data, InstallError, Outcome};
use crate::model::ids::PluginId;

/// What is said of an upload without a file.
const NOTHING: &str = "choose a .wasm file, or name an address or a plugin of the index";

/// Long enough to see each hour of a day once.
const DRY_RUN: Duration = Duration::from_hours(24);

/// A signature beside the package.
const SIGNATURE: &str = ".minisig";

/// Keeps a package, so that its plan can be read. Nothing runs of it.
pub(super) async fn offer(State(state): State<ConsoleState>, mut form: Posted) -> Result<Response, ConsoleError> {
    form.who.require(Permission::EditPlugins)?;
    let files = std::mem::take(&mut form.fields.files);
    let (signatures, packages): (Vec<_>, Vec<_>) = files.into_iter().partition(|file| file.name.ends_with(SIGNATURE));
    let signature = signatures
        .into_iter()
        .next()
        .and_then(|file| String::from_utf8(file.bytes).ok());
    let offered = match (packages.into_iter().next(), form.fields.some("wanted")) {
        (Some(package), _) => state.installer.offered(package.bytes, signature, package.name).await,
        (None, Some(wanted)) => state.installer.offer(&wanted, None).await,
        (None, None) => Err(InstallError::Refused(NOTHING.to_owned())),
    };
    let kept = match offered {
        Ok(offer) if form.first(&state).await? => {
            let id = offer.package.manifest.plugin.id.clone();
            state.installer.keep(offer).await.map(|()| id)
        }
        Ok(offer) => Ok(offer.package.manifest.plugin.id),
        Err(error) => Err(error),
    };
    match kept {
        Ok(id) => {
            state.storage.write(form.audit(&state, "plugin_offered", id)).await?;
            Ok(see(url(PART, &[("said", "offered")])))
        }
        Err(error) => refused(&state, &form, error).await,
    }
}

/// What is decided about a package or its plugin.
pub(super) async fn decide(
    State(state): State<ConsoleState>,
    Path((publisher, name, act)): Path<(String, String, String)>,
    form: Posted,
) -> Result<Response, ConsoleError> {
    form.who.require(Permission::EditPlugins)?;
    let id = PluginId::from(format!("{publisher}/{name}"));
    if !form.first(&state).await? {
        return Ok(see(PART.to_owned()));
    }
    let community = form.who.community.id;
    let done = match act.as_str() {
        "agree" => agree(&state, &form, &id).await,
        "discard" => {
            let gone = state.installer.discard(&id, &form.fields.line("digest")).await;
            gone.map(|()| ("plugin_discarded", format!("The package of {id} is thrown away.")))
        }
        "try" => {
            let until = state.clock.now() + DRY_RUN;
            let tried = state.installer.rehearse(community, &id, Some(until)).await;
            tried.map(|()| {
                (
                    "plugin_tried",
                    format!("{id} sees what happens for a day, and can do nothing."),
                )
            })
        }
        "end" => {
            let ended = state.installer.rehearse(community, &id, None).await;
            ended.map(|()| ("plugin_trial_ended", format!("The dry run of {id} is over.")))
        }
        "back" => state.installer.back(community, &id).await.map(|version| {
            let said = format!("{id} {version} serves again, with the permissions, settings and data it had before.");
            ("plugin_rolled_back", said)
        }),
        "remove" => {
            let data = if form.fields.line("data") == "delete" {
                Data::Delete
            } else {
                Data::Keep
            };
            state
                .installer
                .remove(community, &id, data)
                .await
                .map(|receipt| ("plugin_removed", receipt))
        }
        _ => return Err(ConsoleError::NotHere),
    };
    match done {
        Ok((act, said)) => {
            state.storage.write(form.audit(&state, act, id.to_string())).await?;
            page(&state, &form.who, News::Done(said)).await
        }
        Err(error) => refused(&state, &form, error).await,
    }
}

/// The very package whose plan was on the page.
async fn agree(state: &ConsoleState, form: &Posted, id: &PluginId) -> Result<(&'static str, String), InstallError> {
    let community = form.who.community.id;
    let waiting = state.installer.waiting(community, id).await?;
    let digest = form.fields.line("digest");
    let offer = waiting
        .filter(|offer| offer.package.digest == digest)
        .ok_or_else(|| InstallError::Refused(format!("the package of {id} is another one by now: look at it again")))?;
    let version = offer.package.manifest.plugin.version.clone();
    let outcome = state
        .installer
        .take(community, offer, true, Some(form.who.account.id))
        .await?;
    Ok(match outcome {
        Outcome::Installed => (
            "plugin_installed",
            format!("{id} {version} is installed, and off: look at its settings, then switch it on."),
        ),
        Outcome::Updated { from } => (
            "plugin_updated",
            format!("{id} {version} serves in place of {from}. For seven days you can go back, with its data."),
        ),
        Outcome::Held { why } => return Err(InstallError::Refused(format!("{id} {version} waits: {why}"))),
        Outcome::Same => ("plugin_installed", format!("{id} {version} is what serves already.")),
    })
}

async fn refused(state: &ConsoleState, form: &Posted, error: InstallError) -> Result<Response, ConsoleError> {
    match error {
        InstallError::Refused(why) => page(state, &form.who, News::Refused(why)).await,
        InstallError::Read(error) => Err(error.into()),
        InstallError::Write(error) => Err(error.into()),
    }
}
