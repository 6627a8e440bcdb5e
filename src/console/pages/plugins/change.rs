//! What an owner changes about a plugin. Goes through the same units as `switchboard apply`.

use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::Value;

use super::fields::{self, Problems, Typed};
use super::offer::{agreed, ask};
use super::{CHANGED, DIGEST, Left, News, PART, REVISION, baseline, broken, page, revision};
use crate::console::ConsoleState;
use crate::console::access::Posted;
use crate::console::error::ConsoleError;
use crate::console::pages::{see, url};
use crate::console::permission::Permission;
use crate::dispatcher::chain::{BUNDLED, settings_schema};
use crate::installer::{Agreed, Allowing, Baseline, InstallError, References, references};
use crate::model::ids::PluginId;
use crate::plugin_host::Manifest;
use crate::storage::Unit;
use crate::storage::plugins::{InstalledPlugin, PluginSettings};

/// The field with the place in the order, counted from 1.
const ORDER: &str = "to";

/// What begins the name of a field that is a setting.
const FIELD: &str = "s-";

pub(super) async fn change(
    State(state): State<ConsoleState>,
    Path((publisher, name, change)): Path<(String, String, String)>,
    form: Posted,
) -> Result<Response, ConsoleError> {
    form.who.require(Permission::EditPlugins)?;
    let id = PluginId::from(format!("{publisher}/{name}"));
    let now = baseline(&state, &form.who, &id).await?;
    let (units, act, said) = match change.as_str() {
        "enable" => return switch_on(&state, &form, &id).await,
        "disable" => {
            let nobody = Agreed::default();
            let off = state.installer.switch(form.who.community.id, &id, false, &nobody);
            let off = off.await.and_then(Allowing::decided).map_err(broken)?;
            (off.units, "plugin_disabled", "disabled")
        }
        // The next revision starts it anew, with a clean record.
        "again" => (vec![now.changed(|after| after.held = None)], "plugin_released", "again"),
        "move" => (moved(&state, &form, &id).await?, "plugin_moved", "moved"),
        "grants" => {
            let plugin = package(&state, now.settings()).await?;
            let seen = (form.fields.line(REVISION), form.fields.line(DIGEST));
            if seen != (revision(now.decision()), plugin.digest.clone()) {
                return page(&state, &form.who, News::Refused(CHANGED.to_owned())).await;
            }
            let (grants, to) = granted(&plugin, now.settings(), &form);
            let set = now.changed(|after| {
                after.grants = grants;
                after.granted_to = to;
            });
            (vec![set], "plugin_granted", "granted")
        }
        "config" => return set(&state, &form, &now).await,
        _ => return Err(ConsoleError::NotHere),
    };
    // The name of a plugin is no name of a person.
    let unit = form.once(&state, units, act, id.to_string());
    state.storage.write(unit).await?;
    Ok(see(url(PART, &[("said", said)])))
}

/// On, where it was allowed all that it asks for, or is by this form; else its plan is shown first.
async fn switch_on(state: &ConsoleState, form: &Posted, id: &PluginId) -> Result<Response, ConsoleError> {
    let agreed = agreed(form);
    match state.installer.switch(form.who.community.id, id, true, &agreed).await {
        Ok(Allowing::Decided(on)) => {
            let unit = form.once(state, on.units, "plugin_enabled", id.to_string());
            state.storage.write(unit).await?;
            Ok(see(url(PART, &[("said", "enabled")])))
        }
        Ok(Allowing::Unallowed(_)) => Ok(ask(id, "enable", None)),
        Err(InstallError::Refused(why)) => page(state, &form.who, News::Refused(why)).await,
        Err(error) => Err(broken(error)),
    }
}

/// Saves what was typed, if the plugin starts with it and nobody has changed the plugin since the form was shown; else it stays in the
/// form, with what is wrong, or with what is stored now.
async fn set(state: &ConsoleState, form: &Posted, now: &Baseline) -> Result<Response, ConsoleError> {
    let plugin = package(state, now.settings()).await?;
    let known = references(&state.storage, form.who.community.id).await?;
    let (typed, shown) = (typed(form), form.fields.line(REVISION));
    let saved = || Ok(see(url(PART, &[("said", "saved")])));
    let waiting = state.installer.waiting_manifest(now.settings()).await?;
    let problems = match config((&plugin, waiting.as_ref()), now.settings(), &typed, &known) {
        // Sent twice, or two had the same in mind: it is so already.
        Ok(config) if shown != revision(now.decision()) && is_set_to(now, &config) => return saved(),
        Ok(config) if shown == revision(now.decision()) => match save(state, form, now, &config).await {
            Ok(None) => return saved(),
            Ok(Some(why)) => Problems::from([(String::new(), why)]),
            // Somebody was faster, and the page finds what they have written.
            Err(ConsoleError::Changed(_)) => Problems::new(),
            Err(error) => return Err(error),
        },
        Ok(_) => Problems::new(),
        Err(problems) => problems,
    };
    let left = Left {
        plugin: now.settings().plugin.clone(),
        revision: shown,
        typed,
        problems,
    };
    page(state, &form.who, News::Left(left)).await
}

fn is_set_to(now: &Baseline, config: &Value) -> bool {
    serde_json::from_str::<Value>(&now.settings().config).is_ok_and(|stored| stored == *config)
}

/// Writes it as long as the plugin stands so; or says why it would not start with it.
async fn save(
    state: &ConsoleState,
    form: &Posted,
    now: &Baseline,
    config: &Value,
) -> Result<Option<String>, ConsoleError> {
    let set = match state.installer.configure(now, config).await {
        Ok(set) => set,
        Err(InstallError::Refused(why)) => return Ok(Some(why)),
        Err(error) => return Err(broken(error)),
    };
    let unit = form.once(state, set.units, "plugin_set", now.settings().plugin.to_string());
    state.storage.write(unit).await?;
    Ok(None)
}

/// The package that serves, or that is offered where none does.
pub(super) async fn package(state: &ConsoleState, settings: &PluginSettings) -> Result<InstalledPlugin, ConsoleError> {
    let kept = state.storage.packages_of(&settings.plugin).await?;
    if let Some(serving) = kept.into_iter().find(|kept| kept.digest == settings.granted_to) {
        return Ok(serving);
    }
    let installed = state.storage.plugins().await?.into_iter();
    let mut offered = installed.filter(|plugin| plugin.id == settings.plugin);
    offered.next().ok_or(ConsoleError::NotHere)
}

/// Puts it where the form says, counted from 1; the others keep their order, and positions are made gapless on the way.
async fn moved(state: &ConsoleState, form: &Posted, id: &PluginId) -> Result<Vec<Unit>, ConsoleError> {
    let chain = state.storage.plugin_settings(form.who.community.id).await?;
    let at = chain.iter().position(|known| known.plugin == *id);
    let at = at.ok_or(ConsoleError::NotHere)?;
    let to = form.fields.line(ORDER).parse().unwrap_or(at + 1);
    let moved = in_order(chain.iter().collect(), at, to).into_iter().zip(0_u32..);
    Ok(moved
        .filter(|(before, position)| before.position != *position)
        .map(|(before, position)| Baseline::decided(before.clone()).changed(|after| after.position = position))
        .collect())
}

/// The one at this index stands at `to`, counted from 1, or as near to it as there are places.
fn in_order<T>(mut chain: Vec<T>, at: usize, to: usize) -> Vec<T> {
    let moved = chain.remove(at);
    chain.insert(to.saturating_sub(1).min(chain.len()), moved);
    chain
}

/// The ticked permissions, and what they are given to: the package that was looked at, by its digest. Grants to
/// whatever comes with the program stay so.
fn granted(plugin: &InstalledPlugin, now: &PluginSettings, form: &Posted) -> (Vec<String>, String) {
    let asked = Manifest::parse(&plugin.manifest).map(|manifest| manifest.wanted());
    let asked = asked
        .into_iter()
        .flatten()
        .filter(|permission| permission.is_available());
    let ticked = asked.filter(|permission| form.fields.ticked(&format!("may-{permission}")));
    let to = if now.granted_to == BUNDLED && plugin.source == BUNDLED {
        BUNDLED.to_owned()
    } else {
        plugin.digest.clone()
    };
    (ticked.map(|permission| permission.name().to_owned()).collect(), to)
}

/// What was ticked several times under one name is a line each.
pub(super) fn typed(form: &Posted) -> Typed {
    let mut typed = Typed::new();
    for (name, text) in form.fields.beginning(FIELD) {
        typed
            .entry(name.to_owned())
            .and_modify(|lines| {
                lines.push('\n');
                lines.push_str(&text);
            })
            .or_insert(text);
    }
    typed
}

fn config(
    (plugin, waiting): (&InstalledPlugin, Option<&Manifest>),
    now: &PluginSettings,
    typed: &Typed,
    known: &References,
) -> Result<Value, Problems> {
    let unread = |_| Problems::from([(String::new(), "its package cannot be read".to_owned())]);
    let manifest = Manifest::parse(&plugin.manifest).map_err(unread)?;
    let before = serde_json::from_str(&now.config).unwrap_or_default();
    fields::read(&settings_schema(&manifest, waiting), &before, typed, known)
}
