//! The configuration as it is written: the modules' own sections side by side.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::connectors::{discord, telegram, web_chat};
use crate::knowledge::embeddings;
use crate::{http, installer, language_model, telemetry};

/// What the process needs to run. What a community decides is in the database: see `switchboard export`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Written {
    /// The folder that holds everything Switchboard keeps. Relative to where it is started.
    pub data: PathBuf,
    /// What a community starts with. Applied once, to an empty database; the sample in the program is taken where
    /// this folder does not exist.
    pub community: PathBuf,
    /// The one listener: web chat, console, probes.
    pub http: http::Config,
    /// The chat that visitors open in their browser.
    pub web_chat: web_chat::Config,
    /// A bot on Discord.
    pub discord: discord::Config,
    /// A bot on Telegram.
    pub telegram: telegram::Config,
    /// Which plugins may be installed.
    pub plugins: installer::Config,
    /// A language model that plugins may ask.
    pub model: language_model::Config,
    /// A sentence model that finds answers.
    pub embeddings: embeddings::Config,
    /// What is logged, and how.
    pub log: telemetry::Config,
    /// Copies of the database in `data/backups`.
    pub backup: BackupConfig,
    /// How long things are kept.
    pub retention: RetentionConfig,
}

impl Default for Written {
    fn default() -> Self {
        Self {
            data: "data".into(),
            community: "config/community".into(),
            http: http::Config::default(),
            web_chat: web_chat::Config::default(),
            discord: discord::Config::default(),
            telegram: telegram::Config::default(),
            plugins: installer::Config::default(),
            model: language_model::Config::default(),
            embeddings: embeddings::Config::default(),
            log: telemetry::Config::default(),
            backup: BackupConfig::default(),
            retention: RetentionConfig::default(),
        }
    }
}

/// Copies of the database that are made by themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BackupConfig {
    /// When, in five cron fields, by UTC. Empty: never by itself.
    pub schedule: String,
    /// How many are kept; the oldest goes first.
    pub keep: u32,
}

impl Default for BackupConfig {
    fn default() -> Self {
        Self {
            schedule: "15 3 * * *".to_owned(),
            keep: 7,
        }
    }
}

/// How long things are kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RetentionConfig {
    /// Raw events and what happened to them on their way, recordings of plugins, and questions to the language model, in days.
    pub payload_days: u32,
    /// What was said, in days.
    pub message_days: u32,
    /// Who did what in the console, in days. These rows hold ids, never names or text.
    pub audit_days: u32,
}

impl Default for RetentionConfig {
    fn default() -> Self {
        Self {
            payload_days: 14,
            message_days: 365,
            audit_days: 730,
        }
    }
}
