//! What the process needs: written in TOML, checked as a whole, and what it means.
//!
//! Puts the modules' own sections together; each module owns its options. What a community decides (places, plugins,
//! knowledge, people) is not here but in the database. The command line calls this; nothing else does.

mod file;
mod problem;
pub mod reference;
mod written;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

pub use self::problem::{Problem, Problems};
pub use self::written::{BackupConfig, RetentionConfig, Written};
use crate::connectors::{discord, telegram, web_chat};
use crate::knowledge::embeddings;
use crate::{http, installer, language_model};

/// Where the file is looked for when none is named.
pub const FILE: &str = "config/switchboard.toml";

/// What was said on the command line; it wins over the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    /// `--data`.
    pub data: Option<PathBuf>,
    /// `--listen`.
    pub listen: Option<String>,
}

/// A configuration that was checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Every option with the value it has.
    pub written: Written,
    /// Where each value comes from, by its dotted name.
    origins: BTreeMap<String, Origin>,
}

/// The bots that the configuration names.
#[derive(Clone, Debug)]
pub struct Bots {
    /// None when Discord is off.
    pub discord: Option<discord::Settings>,
    /// None when Telegram is off.
    pub telegram: Option<telegram::Settings>,
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nobody set it.
    Default,
    /// This line of the file.
    File(PathBuf, usize),
    /// The command line.
    CommandLine,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(file, line) => write!(f, "{}:{line}", file.display()),
            Self::CommandLine => f.write_str("command line"),
        }
    }
}

impl Config {
    /// Reads the file at `path`, or at [`FILE`] when none is named and it exists, and checks everything.
    ///
    /// # Errors
    ///
    /// All that is wrong, in the order of the file.
    pub fn load(path: Option<&Path>, overrides: &Overrides) -> Result<Self, Problems> {
        let file = path.map_or_else(|| PathBuf::from(FILE), Path::to_owned);
        let text = match std::fs::read_to_string(&file) {
            Ok(text) => text,
            // Without a file the defaults are a complete configuration.
            Err(error) if path.is_none() && error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => {
                return Err(Problems(vec![Problem {
                    file: Some(file),
                    position: None,
                    message: format!("cannot be read: {error}"),
                    hint: None,
                }]));
            }
        };
        Self::from_text(&file, &text, overrides)
    }

    /// Checks `text`, which stands in `file`.
    ///
    /// # Errors
    ///
    /// All that is wrong, in the order of the file.
    pub fn from_text(file: &Path, text: &str, overrides: &Overrides) -> Result<Self, Problems> {
        let mut read = file::read(file, text);
        let mut origins: BTreeMap<String, Origin> = read
            .lines
            .iter()
            .map(|(name, (line, _))| (name.clone(), Origin::File(file.to_owned(), *line)))
            .collect();
        if let Some(data) = &overrides.data {
            read.written.data.clone_from(data);
            origins.insert("data".to_owned(), Origin::CommandLine);
        }
        if let Some(listen) = &overrides.listen {
            read.written.http.listen.clone_from(listen);
            origins.insert("http.listen".to_owned(), Origin::CommandLine);
        }
        let mut problems = read.problems;
        for (name, message) in meaning_problems(&read.written) {
            let in_file = matches!(origins.get(&name), Some(Origin::File(..)));
            problems.push(Problem {
                file: in_file.then(|| file.to_owned()),
                position: read.lines.get(&name).copied().filter(|_| in_file),
                message: format!("`{name}`: {message}"),
                hint: None,
            });
        }
        problems.sort_by_key(|problem| problem.position);
        if !problems.is_empty() {
            return Err(Problems(problems));
        }
        Ok(Self {
            written: read.written,
            origins,
        })
    }

    /// What the listener's and the web chat's options mean.
    pub fn web(&self) -> (http::Settings, web_chat::Settings) {
        let http = self.written.http.check().expect("checked by from_text");
        let chat = self.written.web_chat.check(http.public_origin.clone());
        (http, chat.expect("checked by from_text"))
    }

    /// Which plugins may be installed.
    pub fn plugins(&self) -> installer::Settings {
        let settings = self.written.plugins.check().expect("checked by from_text");
        let model = self.language_model();
        installer::Settings {
            model: model.and_then(|model| model.url.host_str().map(str::to_owned)),
            ..settings
        }
    }

    /// The language model that plugins may ask, if there is one.
    pub fn language_model(&self) -> Option<language_model::Settings> {
        self.written.model.check().expect("checked by from_text")
    }

    /// The sentence model that finds answers, if there is one.
    pub fn embeddings(&self) -> Option<embeddings::Settings> {
        self.written.embeddings.check().expect("checked by from_text")
    }

    /// The bots on other platforms, with their tokens. Only the program itself needs secrets, so that commands work
    /// where they cannot be read.
    ///
    /// # Errors
    ///
    /// Why a token cannot be had.
    pub fn bots(&self) -> Result<Bots, Problems> {
        let problem = |section: &str, (key, message): (&str, String)| {
            let name = format!("{section}.{key}");
            let file = match self.origins.get(&name) {
                Some(Origin::File(file, _)) => Some(file.clone()),
                Some(Origin::Default | Origin::CommandLine) | None => None,
            };
            Problem {
                file,
                position: None,
                message: format!("`{name}`: {message}"),
                hint: None,
            }
        };
        let discord = self
            .written
            .discord
            .settings()
            .map_err(|found| problem("discord", found));
        let telegram = self
            .written
            .telegram
            .settings()
            .map_err(|found| problem("telegram", found));
        match (discord, telegram) {
            (Ok(discord), Ok(telegram)) => Ok(Bots { discord, telegram }),
            (discord, telegram) => Err(Problems(discord.err().into_iter().chain(telegram.err()).collect())),
        }
    }

    /// Every option with its value as JSON and where that comes from, in the order of their names. Holds no secret:
    /// secrets are named by reference only.
    pub fn effective(&self) -> Vec<(String, serde_json::Value, Origin)> {
        let value = serde_json::to_value(&self.written).expect("options are plain data");
        let mut rows = Vec::new();
        flatten("", &value, &mut rows);
        rows.into_iter()
            .map(|(name, value)| {
                let origin = self.origins.get(&name).cloned().unwrap_or(Origin::Default);
                (name, value, origin)
            })
            .collect()
    }
}

/// What the sections themselves find wrong, by dotted name.
fn meaning_problems(written: &Written) -> Vec<(String, String)> {
    let mut problems = Vec::new();
    if let Some(problem) = written.log.problem() {
        problems.push(("log.level".to_owned(), problem));
    }
    let named =
        |section: &'static str| move |(key, message): (&'static str, String)| (format!("{section}.{key}"), message);
    if let Err(found) = written.http.check() {
        problems.extend(found.into_iter().map(named("http")));
    }
    if let Err(found) = written.web_chat.check(None) {
        problems.extend(found.into_iter().map(named("web_chat")));
    }
    if let Err(found) = written.discord.check() {
        problems.push(named("discord")(found));
    }
    if let Err(found) = written.telegram.check() {
        problems.push(named("telegram")(found));
    }
    if let Err(found) = written.plugins.check() {
        problems.push(named("plugins")(found));
    }
    if let Err(found) = written.model.check() {
        problems.push(named("model")(found));
    }
    if let Err(found) = written.embeddings.check() {
        problems.push(named("embeddings")(found));
    }
    let schedule = &written.backup.schedule;
    if !schedule.is_empty() && schedule.parse::<croner::Cron>().is_err() {
        problems.push((
            "backup.schedule".to_owned(),
            format!("`{schedule}` is no schedule such as `15 3 * * *`"),
        ));
    }
    problems
}

fn flatten(path: &str, value: &serde_json::Value, rows: &mut Vec<(String, serde_json::Value)>) {
    match value.as_object() {
        Some(table) => {
            for (key, inner) in table {
                let name = if path.is_empty() {
                    key.clone()
                } else {
                    format!("{path}.{key}")
                };
                flatten(&name, inner, rows);
            }
        }
        None => rows.push((path.to_owned(), value.clone())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str, overrides: &Overrides) -> Result<Config, Problems> {
        Config::from_text(Path::new("a.toml"), text, overrides)
    }

    #[test]
    fn the_command_line_wins_over_the_file_and_the_file_over_the_default() {
        let overrides = Overrides {
            data: Some("/srv/switchboard".into()),
            ..Overrides::default()
        };
        let config = load("data = \"here\"\n[log]\nlevel = \"debug\"\n", &overrides).unwrap();
        let origin = |name: &str| {
            let rows = config.effective();
            let row = rows.iter().find(|row| row.0 == name).unwrap();
            (row.1.to_string(), row.2.to_string())
        };
        assert_eq!(origin("data"), ("\"/srv/switchboard\"".into(), "command line".into()));
        assert_eq!(origin("log.level"), ("\"debug\"".into(), "a.toml:3".into()));
        assert_eq!(origin("log.format"), ("\"text\"".into(), "default".into()));
    }

    #[test]
    fn what_is_written_well_but_means_nothing_is_found_too() {
        let problems = load("[backup]\nschedule = \"daily\"\n", &Overrides::default()).unwrap_err();
        assert_eq!(
            problems.to_string(),
            "a.toml:2:1: `backup.schedule`: `daily` is no schedule such as `15 3 * * *`"
        );
    }

    #[test]
    fn a_file_that_was_named_must_exist() {
        let problems = Config::load(Some(Path::new("/nowhere/a.toml")), &Overrides::default()).unwrap_err();
        assert!(problems.to_string().starts_with("/nowhere/a.toml: cannot be read"));
    }
}
