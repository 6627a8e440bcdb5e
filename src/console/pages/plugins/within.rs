//! Where a plugin is set otherwise than in the rest of its community.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::PART;
use super::change::{package, typed};
use super::fields::{self, Choice, Entry, Field, Problems, Typed};
use crate::console::ConsoleState;
use crate::console::access::{Posted, SignedIn};
use crate::console::chrome::{Chrome, html};
use crate::console::error::ConsoleError;
use crate::console::pages::{see, url};
use crate::console::permission::Permission;
use crate::dispatcher::chain::within::{effective, find};
use crate::installer::{InstallError, Named, References, otherwise, references};
use crate::model::ids::PluginId;
use crate::plugin_host::Manifest;
use crate::storage::plugins::{PluginSettings, Within};

#[derive(Template)]
#[template(path = "plugin_within.html")]
struct WithinPage {
    chrome: Chrome,
    id: String,
    /// In general.
    enabled: bool,
    may: bool,
    choices: Vec<Choice>,
    parts: Vec<PartRow>,
    /// Why something was not done.
    refused: String,
}

/// A part where it is set otherwise, or may be.
struct PartRow {
    /// The id of the space or place.
    value: String,
    label: String,
    /// Whether it serves there.
    enabled: bool,
    /// What is said of that.
    switched: Option<bool>,
    /// What differs; empty where nothing does.
    set: String,
    fields: Vec<Field>,
    open: bool,
    refused: bool,
    /// What is wrong with the settings as a whole.
    problem: Option<String>,
}

/// What the page lists of it on the page of all plugins.
pub(super) struct Otherwise {
    pub(super) label: String,
    pub(super) set: String,
}

/// What a refused form leaves.
struct Left {
    within: Within,
    switched: Option<bool>,
    typed: Typed,
    problems: Problems,
}

/// What a form has brought.
enum News {
    /// Nothing, or a word from the address, and the part to open.
    Looked(Option<String>, Option<Within>),
    /// Nothing is done, for this reason.
    Refused(String),
    /// Settings are not saved yet.
    Left(Left),
}

/// What the address says.
#[derive(Deserialize)]
pub(super) struct Looked {
    part: Option<String>,
    said: Option<String>,
}

/// Where it is set otherwise, in lines.
pub(super) fn lines(settings: &PluginSettings, known: &References) -> Vec<Otherwise> {
    let parts = settings.overrides.iter().map(|set| Otherwise {
        label: known.label(set.within),
        set: otherwise(set),
    });
    parts.collect()
}

pub(super) async fn show(
    State(state): State<ConsoleState>,
    Path((publisher, name)): Path<(String, String)>,
    who: SignedIn,
    Query(looked): Query<Looked>,
) -> Result<Response, ConsoleError> {
    let id = PluginId::from(format!("{publisher}/{name}"));
    let part = match looked.part {
        Some(part) => state.installer.part_called(who.community.id, &part).await.ok(),
        None => None,
    };
    page(&state, &who, &id, News::Looked(looked.said, part)).await
}

pub(super) async fn change(
    State(state): State<ConsoleState>,
    Path((publisher, name, act)): Path<(String, String, String)>,
    form: Posted,
) -> Result<Response, ConsoleError> {
    form.who.require(Permission::EditPlugins)?;
    let id = PluginId::from(format!("{publisher}/{name}"));
    let community = form.who.community.id;
    let known = references(&state.storage, community).await?;
    let part = state.installer.part_called(community, &form.fields.line("part")).await;
    let within = match part {
        Ok(within) => within,
        Err(error) => return refused(&state, &form.who, &id, error).await,
    };
    let (switched, config) = match act.as_str() {
        "reset" => (None, None),
        "set" => {
            let switched = match form.fields.line("on").as_str() {
                "on" => Some(true),
                "off" => Some(false),
                _ => None,
            };
            match read(&state, &form, &id, within, &known).await? {
                Ok(config) => (switched, Some(config)),
                Err((typed, problems)) => {
                    let left = Left {
                        within,
                        switched,
                        typed,
                        problems,
                    };
                    return page(&state, &form.who, &id, News::Left(left)).await;
                }
            }
        }
        _ => return Err(ConsoleError::NotHere),
    };
    let set = state
        .installer
        .set_part(community, &id, within, (switched, config.as_ref()));
    let decided = match set.await {
        Ok(decided) => decided,
        Err(error) => return refused(&state, &form.who, &id, error).await,
    };
    // The name of a plugin is no name of a person.
    let unit = form.once(&state, decided.units, "plugin_set_within", id.to_string());
    state.storage.write(unit).await?;
    Ok(see(url(&format!("{PART}/{id}/within"), &[("said", "saved")])))
}

async fn refused(
    state: &ConsoleState,
    who: &SignedIn,
    id: &PluginId,
    error: InstallError,
) -> Result<Response, ConsoleError> {
    match error {
        InstallError::Refused(why) => page(state, who, id, News::Refused(why)).await,
        InstallError::Read(error) => Err(error.into()),
        InstallError::Write(error) => Err(error.into()),
    }
}

/// The whole config that the form means there, or what is wrong with it.
async fn read(
    state: &ConsoleState,
    form: &Posted,
    id: &PluginId,
    within: Within,
    known: &References,
) -> Result<Result<serde_json::Map<String, serde_json::Value>, (Typed, Problems)>, ConsoleError> {
    let settings = settings(state, &form.who, id).await?;
    let manifest = manifest(state, &settings).await?;
    let found = find(&state.storage, form.who.community.id, within).await?;
    let around = found.ok_or(ConsoleError::NotHere)?.around;
    let before = effective(&settings, &around).config;
    let before = serde_json::from_str(&before).unwrap_or_default();
    let typed = typed(form);
    Ok(match fields::read(&manifest.config_schema(), &before, &typed, known) {
        Ok(config) => Ok(config.as_object().cloned().unwrap_or_default()),
        Err(problems) => Err((typed, problems)),
    })
}

async fn settings(state: &ConsoleState, who: &SignedIn, id: &PluginId) -> Result<PluginSettings, ConsoleError> {
    let all = state.storage.plugin_settings(who.community.id).await?;
    let found = all.into_iter().find(|settings| settings.plugin == *id);
    found.ok_or(ConsoleError::NotHere)
}

async fn manifest(state: &ConsoleState, settings: &PluginSettings) -> Result<Manifest, ConsoleError> {
    let plugin = package(state, settings).await?;
    Manifest::parse(&plugin.manifest).map_err(|_| ConsoleError::NotHere)
}

async fn page(state: &ConsoleState, who: &SignedIn, id: &PluginId, news: News) -> Result<Response, ConsoleError> {
    who.require(Permission::ReadPlugins)?;
    let settings = settings(state, who, id).await?;
    let schema = manifest(state, &settings).await?.config_schema();
    let known = references(&state.storage, who.community.id).await?;
    let (mut said, mut opened, mut refused, mut left) = (None, None, String::new(), None);
    match news {
        News::Looked(word, part) => (said, opened) = (word, part),
        News::Refused(why) => refused = why,
        News::Left(form) => {
            opened = Some(form.within);
            left = Some(form);
        }
    }
    let status = if left.is_some() || !refused.is_empty() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let mut listed: Vec<Within> = settings.overrides.iter().map(|set| set.within).collect();
    listed.extend(opened.filter(|opened| !listed.contains(opened)));
    let mut parts = Vec::new();
    for within in listed {
        let found = find(&state.storage, who.community.id, within).await?;
        let there = effective(&settings, &found.map(|found| found.around).unwrap_or_default());
        let config = serde_json::from_str(&there.config).unwrap_or_default();
        let said_of_it = settings.overrides.iter().find(|set| set.within == within);
        let left = left.as_ref().filter(|left| left.within == within);
        parts.push(PartRow {
            value: References::id(within),
            label: known.label(within),
            enabled: there.enabled,
            switched: match left {
                Some(left) => left.switched,
                None => said_of_it.and_then(|set| set.enabled),
            },
            set: said_of_it.map(otherwise).unwrap_or_default(),
            fields: fields::fields(&schema, &config, &known, left.map(|left| (&left.typed, &left.problems))),
            open: opened == Some(within),
            refused: left.is_some(),
            problem: left.and_then(|left| left.problems.get("").cloned()),
        });
    }
    let page = WithinPage {
        chrome: Chrome::new(state, who, PART, format!("{id} in parts"), said.as_deref()).await?,
        id: id.to_string(),
        enabled: settings.enabled,
        may: who.may(Permission::EditPlugins),
        choices: choices(&known, opened),
        parts,
        refused,
    };
    Ok((status, html(&page)).into_response())
}

fn choices(known: &References, opened: Option<Within>) -> Vec<Choice> {
    let opened = opened.map(References::id);
    let choice = |named: &Named| Choice {
        value: named.reference.clone(),
        label: named.label(),
        chosen: opened.as_ref() == Some(&named.reference),
    };
    known.spaces.iter().chain(&known.places).map(choice).collect()
}
