//! Plugins: what each may do, whether it serves, in which order, and how it is set.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{Router, get, post};

use super::{Listed, see, url};
use crate::console::ConsoleState;
use crate::console::access::{Posted, SignedIn};
use crate::console::chrome::{Chrome, html};
use crate::console::error::ConsoleError;
use crate::console::permission::Permission;
use crate::model::ids::PluginId;
use crate::plugin_host::Manifest;
use crate::storage::Unit;
use crate::storage::plugins::{InstalledPlugin, PluginSettings, PluginUnit};

/// The address of this part.
const PART: &str = "/console/plugins";

/// As much as a plugin's settings may hold.
const CONFIG_BYTES_MAX: usize = 64 * 1024;

/// A permission in a sentence.
struct Allowed {
    sentence: String,
    why: String,
    granted: bool,
}

/// A setting that the manifest describes.
struct Setting {
    name: String,
    text: String,
}

struct Row {
    id: String,
    version: String,
    summary: String,
    source: String,
    digest: String,
    enabled: bool,
    held: Option<String>,
    permissions: Vec<Allowed>,
    commands: Vec<String>,
    settings: Vec<Setting>,
    config: String,
    revision: u32,
    problem: Option<String>,
}

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
    config: String,
    problem: String,
}

/// The pages of this file.
pub(crate) fn routes() -> Router<ConsoleState> {
    Router::new()
        .route("/plugins", get(show))
        .route("/plugins/{publisher}/{name}/{change}", post(change))
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
    let rows = installed.into_iter().map(|plugin| {
        let decided = settings.iter().find(|known| known.plugin == plugin.id);
        let left = left.as_ref().filter(|left| left.plugin == plugin.id);
        row(plugin, decided, left)
    });
    let page = PluginsPage {
        chrome: Chrome::new(state, who, PART, "Plugins", said).await?,
        rows: rows.collect(),
        may: who.may(Permission::EditPlugins),
    };
    let status = if left.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    Ok((status, html(&page)).into_response())
}

fn row(plugin: InstalledPlugin, decided: Option<&PluginSettings>, left: Option<&Left>) -> Row {
    let manifest = Manifest::parse(&plugin.manifest).ok();
    let grants = decided.map(|decided| decided.grants.as_slice()).unwrap_or_default();
    let config = decided.map_or_else(|| "{}".to_owned(), |decided| pretty(&decided.config));
    let permissions = manifest.iter().flat_map(|manifest| &manifest.permissions);
    let commands = manifest.iter().flat_map(|manifest| &manifest.commands);
    Row {
        permissions: permissions
            .map(|asked| Allowed {
                sentence: format!("It may {}.", asked.name.allows()),
                why: asked.why.clone(),
                granted: grants.iter().any(|grant| grant == asked.name.name()),
            })
            .collect(),
        commands: commands
            .map(|command| format!("/{}: {}", command.name, command.help))
            .collect(),
        settings: manifest.as_ref().map(described).unwrap_or_default(),
        summary: manifest.map(|manifest| manifest.plugin.summary).unwrap_or_default(),
        enabled: decided.is_some_and(|decided| decided.enabled),
        held: decided.and_then(|decided| decided.held.clone()),
        revision: decided.map_or(0, |decided| decided.revision.0),
        config: left.map_or(config, |left| left.config.clone()),
        problem: left.map(|left| left.problem.clone()),
        id: plugin.id.to_string(),
        version: plugin.version,
        source: plugin.source,
        digest: plugin.digest.chars().take(12).collect(),
    }
}

/// The settings that the manifest's schema names, a line each.
fn described(manifest: &Manifest) -> Vec<Setting> {
    let schema = manifest.config_schema();
    let properties = schema.get("properties").and_then(|properties| properties.as_object());
    let properties = properties.into_iter().flatten();
    properties
        .map(|(name, property)| {
            let word = |key: &str| property.get(key).and_then(|word| word.as_str()).unwrap_or_default();
            let default = property.get("default").map(|default| format!(" Without it: {default}"));
            Setting {
                name: name.clone(),
                text: format!(
                    "{}: {}{}",
                    word("title"),
                    word("description"),
                    default.unwrap_or_default()
                ),
            }
        })
        .collect()
}

fn pretty(config: &str) -> String {
    serde_json::from_str::<serde_json::Value>(config)
        .and_then(|value| serde_json::to_string_pretty(&value))
        .unwrap_or_else(|_| config.to_owned())
}

async fn change(
    State(state): State<ConsoleState>,
    Path((publisher, name, change)): Path<(String, String, String)>,
    form: Posted,
) -> Result<Response, ConsoleError> {
    form.who.require(Permission::EditPlugins)?;
    let id = PluginId::from(format!("{publisher}/{name}"));
    let installed = state.storage.plugins().await?;
    let plugin = installed
        .into_iter()
        .find(|plugin| plugin.id == id)
        .ok_or(ConsoleError::NotHere)?;
    let chain = state.storage.plugin_settings(form.who.community.id).await?;
    let at = chain
        .iter()
        .position(|known| known.plugin == id)
        .ok_or(ConsoleError::NotHere)?;
    let (units, act, said) = match change.as_str() {
        "enable" => (
            vec![set(&chain[at], |after| after.enabled = true)],
            "plugin_enabled",
            "enabled",
        ),
        "disable" => (
            vec![set(&chain[at], |after| after.enabled = false)],
            "plugin_disabled",
            "disabled",
        ),
        "release" => {
            let release = PluginUnit::Held {
                community: form.who.community.id,
                plugin: id.clone(),
                reason: None,
            };
            (vec![Unit::Plugin(release)], "plugin_released", "saved")
        }
        "earlier" => (earlier(&chain, at), "plugin_moved", "moved"),
        "config" => {
            let config = form.fields.text("config");
            match checked(&plugin, &config) {
                Ok(config) => (
                    vec![set(&chain[at], |after| after.config = config)],
                    "plugin_set",
                    "saved",
                ),
                Err(problem) => {
                    let left = Left {
                        plugin: id,
                        config,
                        problem,
                    };
                    return page(&state, &form.who, None, Some(left)).await;
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

/// The settings after a change, if nobody else changed them meanwhile.
fn set(before: &PluginSettings, change: impl FnOnce(&mut PluginSettings)) -> Unit {
    let mut after = before.clone();
    change(&mut after);
    after.revision = before.revision.next();
    Unit::Plugin(PluginUnit::Settings {
        before: Some(before.revision),
        after,
    })
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
        .map(|(before, position)| set(before, |after| after.position = position))
        .collect()
}

/// The settings as they are stored, or what is wrong with them, in a sentence.
fn checked(plugin: &InstalledPlugin, config: &str) -> Result<String, String> {
    if config.len() > CONFIG_BYTES_MAX {
        return Err("Settings can be 64 KiB long at most.".to_owned());
    }
    let value: serde_json::Value = serde_json::from_str(config).map_err(|error| {
        format!(
            "This is no JSON: in line {}, column {}. Nothing was saved.",
            error.line(),
            error.column()
        )
    })?;
    let Some(given) = value.as_object() else {
        return Err("Settings are a JSON object: { \"name\": value }. Nothing was saved.".to_owned());
    };
    let schema = Manifest::parse(&plugin.manifest)
        .map(|manifest| manifest.config_schema())
        .unwrap_or_default();
    let known = schema.get("properties").and_then(|properties| properties.as_object());
    for (name, value) in given {
        let property = known.and_then(|known| known.get(name));
        let open = schema
            .get("additionalProperties")
            .is_none_or(|open| open != &serde_json::Value::Bool(false));
        match property {
            None if !open => return Err(format!("There is no setting “{name}”. Nothing was saved.")),
            Some(property) if !fits(property, value) => {
                let kind = property.get("type").and_then(|kind| kind.as_str()).unwrap_or_default();
                return Err(format!("“{name}” must be of type {kind}. Nothing was saved."));
            }
            _ => {}
        }
    }
    Ok(value.to_string())
}

/// Whether a value has the type that the schema names. The rest of the schema is the plugin's to check.
fn fits(property: &serde_json::Value, value: &serde_json::Value) -> bool {
    match property.get("type").and_then(|kind| kind.as_str()) {
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Timestamp;

    fn plugin() -> InstalledPlugin {
        InstalledPlugin {
            id: PluginId::from("switchboard/hello"),
            version: "0.1.0".to_owned(),
            digest: "0".repeat(64),
            manifest: include_str!("../../../plugins/hello/plugin.toml").to_owned(),
            source: "bundled".to_owned(),
            installed_at: Timestamp::from_millis(0),
        }
    }

    #[track_caller]
    fn check(config: &str, expected: Result<&str, &str>) {
        match (checked(&plugin(), config), expected) {
            (Ok(config), Ok(expected)) => assert_eq!(config, expected),
            (Err(problem), Err(part)) => assert!(problem.contains(part), "{problem}"),
            (actual, expected) => panic!("{actual:?}, expected {expected:?}"),
        }
    }

    #[test]
    fn settings_are_checked_against_the_manifest() {
        check("{ \"greeting\": \"Hi\" }", Ok("{\"greeting\":\"Hi\"}"));
        check("{ \"greeting\": 1 }", Err("“greeting” must be of type string"));
        check("{ \"greting\": \"Hi\" }", Err("no setting “greting”"));
        check("{", Err("line 1, column 1"));
        check("[]", Err("JSON object"));
    }

    #[test]
    fn a_page_shows_what_the_manifest_says() {
        let row = row(plugin(), None, None);
        assert_eq!(row.summary, "Says hello back");
        assert_eq!(row.commands, ["/hello: Say hello"]);
        assert_eq!(row.settings[0].name, "greeting");
    }
}
