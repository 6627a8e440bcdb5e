//! What an owner changes about a plugin. Goes through the same units as `switchboard apply`.

use axum::extract::{Path, State};
use axum::response::Response;

use super::fields::{self, Problems, Typed};
use super::{Left, News, PART, page};
use crate::console::ConsoleState;
use crate::console::access::Posted;
use crate::console::error::ConsoleError;
use crate::console::pages::{see, url};
use crate::console::permission::Permission;
use crate::dispatcher::chain::BUNDLED;
use crate::installer::{References, references};
use crate::model::ids::{PluginId, Version};
use crate::plugin_host::Manifest;
use crate::storage::Unit;
use crate::storage::plugins::{InstalledPlugin, PluginSettings, PluginUnit};

/// As much as a plugin's settings may hold.
const CONFIG_BYTES_MAX: usize = 64 * 1024;

/// What begins the name of a field that is a setting.
const FIELD: &str = "s-";

pub(super) async fn change(
    State(state): State<ConsoleState>,
    Path((publisher, name, change)): Path<(String, String, String)>,
    form: Posted,
) -> Result<Response, ConsoleError> {
    form.who.require(Permission::EditPlugins)?;
    let id = PluginId::from(format!("{publisher}/{name}"));
    let chain = state.storage.plugin_settings(form.who.community.id).await?;
    let at = chain.iter().position(|known| known.plugin == id);
    let plugin = package(&state, &id, at.map(|at| &chain[at])).await?;
    let now = &match at {
        Some(at) => Before::Decided(chain[at].clone()),
        None => Before::Undecided(fresh(&plugin, &form, chain.len())),
    };
    let (units, act, said) = match change.as_str() {
        "enable" => (
            vec![set(now, |after| after.enabled = true)],
            "plugin_enabled",
            "enabled",
        ),
        "disable" => (
            vec![set(now, |after| after.enabled = false)],
            "plugin_disabled",
            "disabled",
        ),
        // The next revision starts it anew, with a clean record.
        "again" => (vec![set(now, |after| after.held = None)], "plugin_released", "again"),
        "earlier" => {
            let at = at.ok_or(ConsoleError::NotHere)?;
            (earlier(&chain, at), "plugin_moved", "moved")
        }
        "grants" => {
            let (grants, to) = granted(&plugin, now.settings(), &form);
            let set = set(now, |after| {
                after.grants = grants;
                after.granted_to = to;
            });
            (vec![set], "plugin_granted", "granted")
        }
        "config" => {
            let typed = typed(&form);
            let known = references(&state.storage, form.who.community.id).await?;
            match config(&plugin, now.settings(), &typed, &known) {
                Ok(config) => (vec![set(now, |after| after.config = config)], "plugin_set", "saved"),
                Err(problems) => {
                    let left = Left {
                        plugin: id,
                        typed,
                        problems,
                    };
                    return page(&state, &form.who, News::Left(left)).await;
                }
            }
        }
        _ => return Err(ConsoleError::NotHere),
    };
    // The name of a plugin is no name of a person.
    let unit = form.once(&state, units, act, id.to_string());
    state.storage.write(unit).await?;
    Ok(see(url(PART, &[("said", said)])))
}

/// The package that serves, or that is offered where none does. What nobody has agreed to cannot be changed here.
pub(super) async fn package(
    state: &ConsoleState,
    id: &PluginId,
    decided: Option<&PluginSettings>,
) -> Result<InstalledPlugin, ConsoleError> {
    let installed = state.storage.plugins().await?;
    let offered = installed
        .into_iter()
        .find(|plugin| plugin.id == *id)
        .ok_or(ConsoleError::NotHere)?;
    if offered.source == BUNDLED {
        return Ok(offered);
    }
    let decided = decided.ok_or(ConsoleError::NotHere)?;
    let kept = state.storage.packages_of(id).await?;
    let serving = kept.into_iter().find(|kept| kept.digest == decided.granted_to);
    Ok(serving.unwrap_or(offered))
}

/// What stood before a change.
enum Before {
    /// What the community decided last.
    Decided(PluginSettings),
    /// Nobody decided yet; this is what the first decision begins with.
    Undecided(PluginSettings),
}

impl Before {
    fn settings(&self) -> &PluginSettings {
        match self {
            Self::Decided(settings) | Self::Undecided(settings) => settings,
        }
    }
}

/// Off, last in the order, and allowed nothing.
fn fresh(plugin: &InstalledPlugin, form: &Posted, decided: usize) -> PluginSettings {
    PluginSettings {
        community: form.who.community.id,
        plugin: plugin.id.clone(),
        enabled: false,
        position: u32::try_from(decided).unwrap_or(u32::MAX),
        config: "{}".to_owned(),
        grants: vec![],
        granted_to: if plugin.source == BUNDLED {
            BUNDLED.to_owned()
        } else {
            plugin.digest.clone()
        },
        revision: Version::default(),
        held: None,
        dry_run_until: None,
        overrides: Vec::new(),
    }
}

/// The settings after a change, if nobody else changed them meanwhile.
fn set(before: &Before, change: impl FnOnce(&mut PluginSettings)) -> Unit {
    let mut after = before.settings().clone();
    change(&mut after);
    after.revision = after.revision.next();
    let before = match before {
        Before::Decided(settings) => Some(settings.revision),
        Before::Undecided(_) => None,
    };
    Unit::Plugin(PluginUnit::Settings { before, after })
}

/// Changes places with the one before; positions are made gapless on the way.
fn earlier(chain: &[PluginSettings], at: usize) -> Vec<Unit> {
    let mut order: Vec<&PluginSettings> = chain.iter().collect();
    if at > 0 {
        order.swap(at, at - 1);
    }
    let moved = order
        .into_iter()
        .zip(0_u32..)
        .filter(|(before, position)| before.position != *position);
    moved
        .map(|(before, position)| set(&Before::Decided(before.clone()), |after| after.position = position))
        .collect()
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

pub(super) fn typed(form: &Posted) -> Typed {
    let settings = form.fields.beginning(FIELD);
    settings.map(|(name, text)| (name.to_owned(), text)).collect()
}

fn config(
    plugin: &InstalledPlugin,
    now: &PluginSettings,
    typed: &Typed,
    known: &References,
) -> Result<String, Problems> {
    let whole = |problem: &str| Problems::from([(String::new(), problem.to_owned())]);
    let manifest = Manifest::parse(&plugin.manifest).map_err(|_| whole("its package cannot be read"))?;
    let before = serde_json::from_str(&now.config).unwrap_or_default();
    let after = fields::read(&manifest.config_schema(), &before, typed, known)?.to_string();
    if after.len() > CONFIG_BYTES_MAX {
        return Err(whole("settings can be 64 KiB long at most"));
    }
    Ok(after)
}
