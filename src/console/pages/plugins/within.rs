//! Where a plugin is set otherwise than in the rest of its community.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::change::{package, typed};
use super::fields::{self, Choice, Entry, Field, Problems, Refused, Typed};
use super::{CHANGED, PART, REVISION, baseline, broken, revision};
use crate::console::ConsoleState;
use crate::console::access::{Posted, SignedIn};
use crate::console::chrome::{Chrome, html};
use crate::console::error::ConsoleError;
use crate::console::pages::{see, url};
use crate::console::permission::Permission;
use crate::dispatcher::chain::settings_schema;
use crate::dispatcher::chain::within::{effective, find};
use crate::installer::{Baseline, InstallError, Named, References, otherwise, references};
use crate::model::ids::PluginId;
use crate::plugin_host::Manifest;
use crate::storage::Unit;
use crate::storage::plugins::{PluginSettings, Within};

#[derive(Template)]
#[template(path = "plugin_within.html")]
struct WithinPage {
    chrome: Chrome,
    id: String,
    /// In general.
    enabled: bool,
    may: bool,
    /// Of the settings that the forms are made from.
    revision: String,
    choices: Vec<Choice>,
    parts: Vec<PartRow>,
    /// Why something was not done.
    refused: String,
}

/// A part where it is set otherwise, or may be.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a part of the page that is shown or not"
)]
struct PartRow {
    /// The id of the space or place.
    value: String,
    label: String,
    /// Whether it serves there.
    enabled: bool,
    /// What is said of that.
    switched: Option<bool>,
    /// The same as it is stored now, in words, where that is newer than the form and not what was chosen.
    switched_now: Option<&'static str>,
    /// What differs; empty where nothing does.
    set: String,
    fields: Vec<Field>,
    open: bool,
    refused: bool,
    /// Somebody has changed the plugin since the refused form was shown.
    newer: bool,
    /// What is wrong with the settings as a whole.
    problem: Option<String>,
}

impl PartRow {
    /// `there` are the settings as they are in the part.
    fn new(
        (settings, there): (&PluginSettings, &PluginSettings),
        within: Within,
        (schema, known): (&serde_json::Value, &References),
        (left, newer, open): (Option<&Left>, bool, bool),
    ) -> Self {
        let said = settings.overrides.iter().find(|set| set.within == within);
        let switched_now = said.and_then(|set| set.enabled);
        let config = serde_json::from_str(&there.config).unwrap_or_default();
        let refused = left.map(|left| Refused {
            typed: &left.typed,
            problems: &left.problems,
            newer,
        });
        Self {
            value: References::id(within),
            label: known.label(within),
            enabled: there.enabled,
            switched: left.map_or(switched_now, |left| left.switched),
            switched_now: left
                .filter(|left| newer && left.switched != switched_now)
                .map(|_| switch_in_words(switched_now)),
            set: said.map(otherwise).unwrap_or_default(),
            fields: fields::fields(schema, &config, known, refused.as_ref()),
            open,
            refused: left.is_some(),
            newer: left.is_some() && newer,
            problem: left.and_then(|left| left.problems.get("").cloned()),
        }
    }

    /// Whether something of what was typed is wrong.
    fn is_wrong(&self) -> bool {
        self.problem.is_some() || self.is_marked()
    }

    /// Whether that is marked at a field.
    fn is_marked(&self) -> bool {
        self.fields.iter().any(|field| field.problem.is_some())
    }
}

fn switch_in_words(switched: Option<bool>) -> &'static str {
    match switched {
        Some(true) => "on",
        Some(false) => "off",
        None => "as around it",
    }
}

/// What the page lists of it on the page of all plugins.
pub(super) struct Otherwise {
    pub(super) label: String,
    pub(super) set: String,
}

/// What a refused form leaves.
struct Left {
    within: Within,
    /// From which revision it was made.
    revision: String,
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
    let part = form.fields.line("part");
    let within = match state.installer.part_called(form.who.community.id, &part).await {
        Ok(within) => within,
        Err(error) => return refused(&state, &form.who, &id, error).await,
    };
    let now = baseline(&state, &form.who, &id).await?;
    match act.as_str() {
        "reset" if form.fields.line(REVISION) != revision(now.decision()) => {
            page(&state, &form.who, &id, News::Refused(CHANGED.to_owned())).await
        }
        "reset" => match state.installer.set_part(&now, within, (None, None)).await {
            Ok(reset) => save(&state, &form, &id, reset.units).await,
            Err(error) => refused(&state, &form.who, &id, error).await,
        },
        "set" => set(&state, &form, &now, within).await,
        _ => Err(ConsoleError::NotHere),
    }
}

/// Saves what was typed, if the plugin starts with it and nobody has changed the plugin since the form was shown; else it stays in the
/// form.
async fn set(state: &ConsoleState, form: &Posted, now: &Baseline, within: Within) -> Result<Response, ConsoleError> {
    let id = &now.settings().plugin;
    let switched = match form.fields.line("on").as_str() {
        "on" => Some(true),
        "off" => Some(false),
        _ => None,
    };
    let (typed, shown) = (typed(form), form.fields.line(REVISION));
    let problems = match read(state, now, within, &typed).await? {
        Ok(config) => match state.installer.set_part(now, within, (switched, Some(&config))).await {
            // As it is already, or as it was when the form was shown.
            Ok(set) if set.units.is_empty() || shown == revision(now.decision()) => {
                match save(state, form, id, set.units).await {
                    // Somebody was faster, and the page finds what they have written.
                    Err(ConsoleError::Changed(_)) => Problems::new(),
                    saved => return saved,
                }
            }
            Ok(_) => Problems::new(),
            Err(InstallError::Refused(why)) => Problems::from([(String::new(), why)]),
            Err(error) => return refused(state, &form.who, id, error).await,
        },
        Err(problems) => problems,
    };
    let left = Left {
        within,
        revision: shown,
        switched,
        typed,
        problems,
    };
    page(state, &form.who, id, News::Left(left)).await
}

async fn save(state: &ConsoleState, form: &Posted, id: &PluginId, units: Vec<Unit>) -> Result<Response, ConsoleError> {
    // The name of a plugin is no name of a person.
    let unit = form.once(state, units, "plugin_set_within", id.to_string());
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
        error => Err(broken(error)),
    }
}

/// The whole config that the form means there, or what is wrong with it.
async fn read(
    state: &ConsoleState,
    now: &Baseline,
    within: Within,
    typed: &Typed,
) -> Result<Result<serde_json::Map<String, serde_json::Value>, Problems>, ConsoleError> {
    let settings = now.settings();
    let known = references(&state.storage, settings.community).await?;
    let schema = schema(state, settings).await?;
    let found = find(&state.storage, settings.community, within).await?;
    let around = found.ok_or(ConsoleError::NotHere)?.around;
    let before = effective(settings, &around).config;
    let before = serde_json::from_str(&before).unwrap_or_default();
    let read = fields::read(&schema, &before, typed, &known);
    Ok(read.map(|config| config.as_object().cloned().unwrap_or_default()))
}

async fn schema(state: &ConsoleState, settings: &PluginSettings) -> Result<serde_json::Value, ConsoleError> {
    let plugin = package(state, settings).await?;
    let serving = Manifest::parse(&plugin.manifest).map_err(|_| ConsoleError::NotHere)?;
    let waiting = state.installer.waiting_manifest(settings).await?;
    Ok(settings_schema(&serving, waiting.as_ref()))
}

async fn page(state: &ConsoleState, who: &SignedIn, id: &PluginId, news: News) -> Result<Response, ConsoleError> {
    who.require(Permission::ReadPlugins)?;
    let now = baseline(state, who, id).await?;
    let (settings, revision) = (now.settings(), revision(now.decision()));
    let schema = schema(state, settings).await?;
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
    let newer = left.as_ref().is_some_and(|left| left.revision != revision);
    let status = if newer {
        StatusCode::CONFLICT
    } else if left.is_some() || !refused.is_empty() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let mut listed: Vec<Within> = settings.overrides.iter().map(|set| set.within).collect();
    listed.extend(opened.filter(|opened| !listed.contains(opened)));
    let mut parts = Vec::new();
    for within in listed {
        let found = find(&state.storage, who.community.id, within).await?;
        let there = effective(settings, &found.map(|found| found.around).unwrap_or_default());
        let left = left.as_ref().filter(|left| left.within == within);
        let is_open = opened == Some(within);
        parts.push(PartRow::new(
            (settings, &there),
            within,
            (&schema, &known),
            (left, newer, is_open),
        ));
    }
    let page = WithinPage {
        chrome: Chrome::new(state, who, PART, format!("{id} in parts"), said.as_deref()).await?,
        id: id.to_string(),
        revision,
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
