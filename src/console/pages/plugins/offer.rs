//! Plugins come and go: an owner hands a package in, reads what it asks for, agrees, goes back, takes it out.

use std::time::Duration;

use axum::extract::{Path, State};
use axum::response::Response;

use super::{ASKED, DIGEST, HOURS, News, PART, broken, page};
use crate::console::ConsoleState;
use crate::console::access::Posted;
use crate::console::error::ConsoleError;
use crate::console::pages::{see, url};
use crate::console::permission::Permission;
use crate::installer::{
    Agreed, Allowing, DRY_RUN_HOURS, Data, Decided, InstallError, Installer, Offer, Outcome, Whence, Wish,
};
use crate::model::amount::counted;
use crate::model::ids::PluginId;

/// What is said of an upload without a file.
const NOTHING: &str = "choose a .wasm file, or name an address or a plugin of the index";

/// What is said of an upload that also names something.
const BOTH: &str =
    "a .wasm file was chosen, and an address or a plugin of the index was named, too: leave one of them out";

/// What is said of what comes with the program.
const OURS: &str = "that plugin comes with the program: it is below, and can be switched on there";

/// Of a dry run of which nobody says how long it is to last: long enough to see each hour of a day once.
const HOURS_UNSAID: u32 = 24;

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
        (Some(_), Some(_)) => Err(InstallError::Refused(BOTH.to_owned())),
        (Some(package), None) => state.installer.offered(package.bytes, signature, package.name).await,
        (None, Some(wanted)) => match Wish::from_afar(&wanted) {
            Ok(wish) => state.installer.wanted(form.who.community.id, &wish, Whence::Afar).await,
            Err(why) => Err(InstallError::Refused(why)),
        },
        (None, None) => Err(InstallError::Refused(NOTHING.to_owned())),
    };
    let kept = match offered {
        Ok(offer) if offer.is_ours() => Err(InstallError::Refused(OURS.to_owned())),
        Ok(offer) if offer.newer().is_some() => return page(&state, &form.who, News::Done(waits(&offer))).await,
        Ok(offer) => match serves(&state, &form, &offer).await {
            Ok(Some(said)) => return page(&state, &form.who, News::Done(said)).await,
            Ok(None) if form.first(&state).await? => {
                let id = PluginId::from(offer.package.manifest.plugin.id.as_str());
                let kept = state.installer.keep(offer);
                written(&state, &form, &id, kept.map(|()| ("plugin_offered", String::new()))).await
            }
            Ok(None) => Ok(String::new()),
            Err(error) => Err(error),
        },
        Err(error) => Err(error),
    };
    match kept {
        Ok(_) => Ok(see(url(PART, &[("said", "offered")]))),
        Err(error) => refused(&state, &form, error).await,
    }
}

/// What is said of a package that serves already: there is nothing to read or to agree to.
async fn serves(state: &ConsoleState, form: &Posted, offer: &Offer) -> Result<Option<String>, InstallError> {
    let serves = state.installer.serves(form.who.community.id, offer).await?;
    let about = &offer.package.manifest.plugin;
    Ok(serves.then(|| format!("{} {} is what serves already.", about.id, about.version)))
}

/// What is said where a plugin was named that waits here, while the index has a newer version: nothing takes its place unasked.
fn waits(offer: &Offer) -> String {
    let (about, newer) = (&offer.package.manifest.plugin, offer.newer().unwrap_or_default());
    let (id, version) = (&about.id, &about.version);
    format!(
        "{id} {version} waits here already, and is below. The index has {newer}, which is newer: name {id}@{newer} to look at that."
    )
}

/// Writes what was decided with its line in the audit, and gives what is said of it.
async fn written(
    state: &ConsoleState,
    form: &Posted,
    id: &PluginId,
    mut decided: Decided<(&'static str, String)>,
) -> Result<String, InstallError> {
    decided.units.push(form.audit(state, decided.then.0, id.to_string()));
    let (_, said) = state.installer.write(decided).await?;
    Ok(said)
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
    let decided = match decided(&state, &form, &id, &act).await {
        Ok(Some(Allowing::Decided(decided))) => written(&state, &form, &id, decided).await,
        Ok(Some(Allowing::Unallowed(_))) => return Ok(ask(&id, &act, form.fields.some(HOURS).as_deref())),
        Ok(None) => return Err(ConsoleError::NotHere),
        Err(error) => Err(error),
    };
    match decided {
        Ok(said) => page(&state, &form.who, News::Done(said)).await,
        Err(error) => refused(&state, &form, error).await,
    }
}

/// The page with the plan of a plugin that nobody has agreed to yet, and with the form that does; of a dry run with its hours.
pub(super) fn ask(id: &PluginId, to: &str, hours: Option<&str>) -> Response {
    let mut parts = vec![("ask", id.as_str()), ("to", to)];
    parts.extend(hours.map(|hours| (HOURS, hours)));
    see(format!("{}#{ASKED}", url(PART, &parts)))
}

/// How long a dry run is to last; a day where nobody says.
fn hours(form: &Posted) -> Result<u32, InstallError> {
    let Some(typed) = form.fields.some(HOURS) else {
        return Ok(HOURS_UNSAID);
    };
    let hours = typed
        .trim()
        .parse::<u32>()
        .ok()
        .filter(|hours| DRY_RUN_HOURS.contains(hours));
    let most = *DRY_RUN_HOURS.end();
    hours.ok_or_else(|| InstallError::Refused(format!("a dry run takes 1 to {most} hours")))
}

/// What whoever sent the form has read and agreed to.
pub(super) fn agreed(form: &Posted) -> Agreed {
    Agreed {
        consent: form.fields.some(DIGEST),
        account: Some(form.who.account.id),
    }
}

/// The word for the audit and the sentence for the page; none for an act that there is not.
async fn decided(
    state: &ConsoleState,
    form: &Posted,
    id: &PluginId,
    act: &str,
) -> Result<Option<Allowing<(&'static str, String)>>, InstallError> {
    let (installer, community) = (&state.installer, form.who.community.id);
    let decided = match act {
        "agree" => agree(state, form, id).await?,
        "discard" => {
            let said = format!("The package of {id} is thrown away.");
            Installer::discard(id, &form.fields.line(DIGEST)).map(|()| ("plugin_discarded", said))
        }
        "try" => {
            let hours = hours(form)?;
            let until = state.clock.now() + Duration::from_hours(hours.into());
            let said = format!(
                "{id} sees what happens for {}, and can do nothing.",
                counted(hours, "hour", "hours")
            );
            match installer.rehearse(community, id, Some(until), &agreed(form)).await? {
                Allowing::Decided(tried) => tried.map(|()| ("plugin_tried", said)),
                Allowing::Unallowed(asked) => return Ok(Some(Allowing::Unallowed(asked))),
            }
        }
        "end" => {
            let said = format!("The dry run of {id} is over.");
            let ended = installer.rehearse(community, id, None, &Agreed::default()).await?;
            ended.decided()?.map(|()| ("plugin_trial_ended", said))
        }
        "back" => match installer.go_back(community, id, &agreed(form)).await? {
            Allowing::Decided(back) => back.map(|version| {
                let said =
                    format!("{id} {version} serves again, with the permissions, settings and data it had before.");
                ("plugin_rolled_back", said)
            }),
            Allowing::Unallowed(way) => return Ok(Some(Allowing::Unallowed(way))),
        },
        "address" => {
            let endpoint = form.fields.line("endpoint");
            let said = format!(
                "{endpoint} of {id} has another address, and nobody is heard at the old one: tell the service the new one, which is \
                 shown below."
            );
            let replaced = installer.new_address(community, id, &endpoint).await?;
            replaced.map(|()| ("webhook_address_changed", said))
        }
        "remove" => {
            let data = if form.fields.line("data") == "delete" {
                Data::Delete
            } else {
                Data::Keep
            };
            let removed = installer.remove(community, id, data).await?;
            removed.map(|receipt| ("plugin_removed", receipt))
        }
        _ => return Ok(None),
    };
    Ok(Some(Allowing::Decided(decided)))
}

/// The very package whose plan was on the page.
async fn agree(
    state: &ConsoleState,
    form: &Posted,
    id: &PluginId,
) -> Result<Decided<(&'static str, String)>, InstallError> {
    let community = form.who.community.id;
    let offer = state.installer.agreed(community, id, &form.fields.line(DIGEST)).await?;
    let version = offer.package.manifest.plugin.version.clone();
    let account = Some(form.who.account.id);
    let taken = state.installer.take(community, offer, true, account).await?;
    if let Outcome::Held { why, .. } = &taken.then {
        return Err(InstallError::Refused(format!("{id} {version} waits: {why}")));
    }
    Ok(taken.map(|outcome| match outcome {
        Outcome::Installed => (
            "plugin_installed",
            format!("{id} {version} is installed, and off: look at its settings, then switch it on."),
        ),
        Outcome::Updated { from } => (
            "plugin_updated",
            format!("{id} {version} serves in place of {from}. For seven days you can go back, with its data."),
        ),
        Outcome::Same | Outcome::Held { .. } => ("plugin_installed", format!("{id} {version} is what serves already.")),
    }))
}

async fn refused(state: &ConsoleState, form: &Posted, error: InstallError) -> Result<Response, ConsoleError> {
    match error {
        InstallError::Refused(why) => page(state, &form.who, News::Refused(why)).await,
        error => Err(broken(error)),
    }
}
