//! One plugin as the page shows it.

mod doing;

use jiff::tz::TimeZone;

use self::doing::{Doing, doing};
use super::fields::{Field, Refused, fields};
use super::webhooks::WebhookRow;
use super::within::Otherwise;
use super::{Left, revision};
use crate::console::show::time::{Shown, shown};
use crate::dispatcher::chain::{BUNDLED, Listed, LogLine, is_rehearsing, settings_schema};
use crate::installer::{Outage, Plan, References, Rehearsed, quoted};
use crate::model::Timestamp;
use crate::plugin_host::{Command, Manifest, Permission};
use crate::storage::plugins::{Consent, InstalledPlugin, PluginSettings};

/// Digits of a digest that tell two packages apart at a glance.
const DIGEST_SHOWN: usize = 12;

/// A permission in a sentence.
pub(super) struct Allowed {
    pub(super) name: &'static str,
    pub(super) sentence: String,
    pub(super) why: String,
    pub(super) granted: bool,
    pub(super) available: bool,
}

/// A line of its log.
pub(super) struct LogRow {
    pub(super) at: Shown,
    pub(super) level: &'static str,
    pub(super) class: &'static str,
    pub(super) text: String,
}

/// What is said of a plugin's package, where it did not come with the program.
#[derive(Default)]
pub(super) struct Package {
    /// The one that serves.
    pub(super) serving: Option<InstalledPlugin>,
    /// Who signed that one, in a sentence.
    pub(super) signer: String,
    /// The digest of one that waits, and what it asks for.
    pub(super) waiting: Option<(String, Plan)>,
    /// Who allowed what, newest first.
    pub(super) consents: Vec<(Consent, String)>,
    /// What it would have done in its dry run, newest first.
    pub(super) rehearsed: Vec<Rehearsed>,
    /// There is a way back from the last update.
    pub(super) back: bool,
    /// To whom it mattered that it is held back.
    pub(super) outage: Option<Outage>,
    /// The community has the plugin, and can let it go.
    pub(super) removable: bool,
    /// That it was started, and could not set itself up, with the reason.
    pub(super) set_up_failed: Option<String>,
}

/// What a plugin asks for before it can run, and what a yes does.
pub(super) struct AskedRow {
    /// The end of the address of the form.
    pub(super) action: &'static str,
    pub(super) digest: String,
    pub(super) plan: Plan,
    /// How long it is to be tried.
    pub(super) hours: Option<String>,
}

/// What it would have done about an event.
pub(super) struct RehearsedRow {
    pub(super) at: Shown,
    pub(super) event: i64,
    pub(super) said: String,
    pub(super) would: Vec<String>,
}

/// That somebody allowed a package what it asks for.
pub(super) struct ConsentRow {
    pub(super) at: Shown,
    pub(super) version: String,
    pub(super) who: String,
    /// As much of the package's digest as tells it apart.
    pub(super) digest: String,
    pub(super) may: String,
}

#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a part of the page that is shown or not"
)]
pub(super) struct Row {
    pub(super) id: String,
    pub(super) version: String,
    pub(super) summary: String,
    pub(super) source: String,
    /// Who signed it, in a sentence; empty for what comes with the program.
    pub(super) signer: String,
    pub(super) digest: String,
    pub(super) enabled: bool,
    pub(super) doing: Doing,
    pub(super) permissions: Vec<Allowed>,
    /// What the grants were given to, in a sentence.
    pub(super) granted_to: String,
    /// The package is another one than that.
    pub(super) changed: bool,
    pub(super) commands: Vec<String>,
    /// Those that another plugin has.
    pub(super) refused_commands: Vec<String>,
    /// What it keeps of members, in its own words.
    pub(super) keeps: String,
    pub(super) fields: Vec<Field>,
    /// What is wrong with the settings as a whole.
    pub(super) problem: Option<String>,
    pub(super) refused: bool,
    /// Somebody has changed the plugin since the refused form was shown.
    pub(super) newer: bool,
    /// Of the settings that the form is made from.
    pub(super) revision: String,
    /// Its place in the order, counted from 1; 0 where nobody has decided anything.
    pub(super) place: usize,
    pub(super) log: Vec<LogRow>,
    /// Where servers elsewhere call it.
    pub(super) webhooks: Vec<WebhookRow>,
    /// Where it is set otherwise.
    pub(super) otherwise: Vec<Otherwise>,
    /// Nobody has agreed to it yet: there is nothing but its plan.
    pub(super) undecided: bool,
    pub(super) waiting: Option<(String, Plan)>,
    /// Somebody wants to let it run, and has to allow it what it asks for.
    pub(super) asked: Option<AskedRow>,
    pub(super) consents: Vec<ConsentRow>,
    /// It is in its dry run.
    pub(super) tried: bool,
    pub(super) rehearsed: Vec<RehearsedRow>,
    pub(super) back: bool,
    pub(super) removable: bool,
    /// Until when what it is handed is recorded.
    pub(super) recorded: Option<Shown>,
}

impl RehearsedRow {
    fn new(row: Rehearsed, now: Timestamp, zone: &TimeZone) -> Self {
        Self {
            at: shown(row.at, now, zone),
            event: row.event.0,
            said: row.said,
            would: row.would,
        }
    }
}

impl ConsentRow {
    fn new((consent, who): (Consent, String), now: Timestamp, zone: &TimeZone) -> Self {
        Self {
            at: shown(consent.at, now, zone),
            version: consent.version,
            who,
            digest: short(&consent.digest),
            may: consent.grants.join(", "),
        }
    }
}

impl LogRow {
    fn new(line: &LogLine, now: Timestamp, zone: &TimeZone) -> Self {
        Self {
            at: shown(line.at, now, zone),
            level: line.level,
            class: match line.level {
                "failed" | "error" => "urgent",
                "warn" => "calm",
                _ => "quiet",
            },
            text: line.text.clone(),
        }
    }
}

fn whence(plugin: &InstalledPlugin) -> String {
    if plugin.source == BUNDLED {
        "comes with the program".to_owned()
    } else {
        plugin.source.clone()
    }
}

fn command_line(command: &Command) -> String {
    format!("/{}: {}", command.name, command.help)
}

impl Row {
    pub(super) fn new(
        plugin: &InstalledPlugin,
        decided: Option<&PluginSettings>,
        running: Option<&Listed>,
        (left, package, known): (Option<&Left>, Package, &References),
        (now, zone): (Timestamp, &TimeZone),
    ) -> Self {
        let Package {
            serving,
            signer,
            waiting,
            consents,
            rehearsed,
            back,
            outage,
            removable,
            set_up_failed,
        } = package;
        // What waits is told by its plan alone, and by what can be set for it.
        let offered = waiting.is_some().then_some(plugin);
        let plugin = serving.as_ref().unwrap_or(plugin);
        let manifest = Manifest::parse(&plugin.manifest).ok();
        let grants = decided.map(|decided| decided.grants.as_slice()).unwrap_or_default();
        let config = decided.and_then(|decided| serde_json::from_str(&decided.config).ok());
        let schema = schema(manifest.as_ref(), offered);
        let commands = manifest.iter().flat_map(|manifest| &manifest.commands);
        let granted_to = decided.map(|decided| decided.granted_to.as_str()).unwrap_or_default();
        let revision = revision(decided);
        let newer = left.is_some_and(|left| left.revision != revision);
        let refused = left.map(|left| Refused {
            typed: &left.typed,
            problems: &left.problems,
            newer,
        });
        let does = running.map(|running| &running.serving);
        Self {
            permissions: manifest.iter().flat_map(|manifest| allowed(manifest, grants)).collect(),
            commands: commands.map(command_line).collect(),
            refused_commands: running.map(|running| running.refused.clone()).unwrap_or_default(),
            keeps: manifest.as_ref().map_or_else(String::new, |of| of.data.keeps.clone()),
            fields: fields(&schema, &config.unwrap_or_default(), known, refused.as_ref()),
            problem: left.and_then(|left| left.problems.get("").cloned()),
            refused: left.is_some(),
            newer,
            revision,
            summary: manifest.map(|manifest| manifest.plugin.summary).unwrap_or_default(),
            enabled: decided.is_some_and(|decided| decided.enabled),
            doing: doing(decided, does, (outage.as_ref(), set_up_failed, back), (now, zone)),
            changed: !granted_to.is_empty() && granted_to != BUNDLED && granted_to != plugin.digest,
            granted_to: receiver(granted_to),
            place: 0,
            signer,
            undecided: decided.is_none() && plugin.source != BUNDLED,
            waiting,
            asked: None,
            consents: consent_rows(consents, now, zone),
            tried: decided.is_some_and(|decided| is_rehearsing(decided, now)),
            rehearsed: rehearsed_rows(rehearsed, now, zone),
            back,
            removable,
            webhooks: Vec::new(),
            otherwise: Vec::new(),
            recorded: recorded_until(running).map(|until| shown(until, now, zone)),
            id: plugin.id.to_string(),
            version: plugin.version.clone(),
            source: whence(plugin),
            digest: plugin.digest.clone(),
            log: Vec::new(),
        }
    }

    /// As much of its digest as tells it apart.
    pub(super) fn digest_shown(&self) -> String {
        short(&self.digest)
    }

    /// Whether something of what was typed is wrong.
    pub(super) fn is_wrong(&self) -> bool {
        self.problem.is_some() || self.is_marked()
    }

    /// Whether that is marked at a field.
    pub(super) fn is_marked(&self) -> bool {
        self.fields.iter().any(|field| field.problem.is_some())
    }
}

/// Who allowed what.
fn consent_rows(consents: Vec<(Consent, String)>, now: Timestamp, zone: &TimeZone) -> Vec<ConsentRow> {
    let rows = consents.into_iter();
    rows.map(|consent| ConsentRow::new(consent, now, zone)).collect()
}

/// What it can be set to, by what serves and what waits.
fn schema(serving: Option<&Manifest>, waiting: Option<&InstalledPlugin>) -> serde_json::Value {
    let waiting = waiting.and_then(|waiting| Manifest::parse(&waiting.manifest).ok());
    serving
        .map(|serving| settings_schema(serving, waiting.as_ref()))
        .unwrap_or_default()
}

/// What it would have done.
fn rehearsed_rows(rehearsed: Vec<Rehearsed>, now: Timestamp, zone: &TimeZone) -> Vec<RehearsedRow> {
    let rows = rehearsed.into_iter();
    rows.map(|row| RehearsedRow::new(row, now, zone)).collect()
}

/// The last lines of its log.
pub(super) fn log_rows(lines: &[LogLine], (now, zone): (Timestamp, &TimeZone)) -> Vec<LogRow> {
    lines.iter().map(|line| LogRow::new(line, now, zone)).collect()
}

fn recorded_until(running: Option<&Listed>) -> Option<Timestamp> {
    running?.recorded_until
}

/// Whom the permissions were given to.
fn receiver(granted_to: &str) -> String {
    match granted_to {
        "" => String::new(),
        BUNDLED => "whichever package comes with this program".to_owned(),
        digest => format!("the package with digest {}…", short(digest)),
    }
}

fn short(digest: &str) -> String {
    digest.chars().take(DIGEST_SHOWN).collect()
}

/// What it asks for, the riskiest first.
fn allowed(manifest: &Manifest, grants: &[String]) -> Vec<Allowed> {
    let risk = |permission: Permission| Permission::ALL.iter().position(|known| *known == permission);
    let mut asked: Vec<_> = manifest.permissions.iter().collect();
    asked.sort_by_key(|asked| std::cmp::Reverse(risk(asked.name)));
    let asked = asked.into_iter().map(|asked| Allowed {
        name: asked.name.name(),
        sentence: format!("It may {}.", asked.allows()),
        why: quoted(&asked.why),
        granted: grants.iter().any(|grant| grant == asked.name.name()),
        available: asked.name.is_available(),
    });
    asked.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ids::{CommunityId, PluginId};

    #[test]
    fn permissions_are_sentences_the_riskiest_first_and_grants_name_their_package() {
        let plugin = InstalledPlugin {
            id: PluginId::from("switchboard/share"),
            version: "0.1.0".to_owned(),
            digest: "b".repeat(64),
            manifest: include_str!("../../../../plugins/share/plugin.toml").to_owned(),
            source: "bundled".to_owned(),
            signer: None,
            installed_at: Timestamp::from_millis(0),
        };
        let community = CommunityId(uuid::Uuid::nil());
        let decided = PluginSettings {
            enabled: true,
            grants: vec!["kv".to_owned()],
            ..PluginSettings::new(community, plugin.id.clone(), &"a".repeat(64))
        };
        let at = (Timestamp::from_millis(0), &TimeZone::UTC);
        let row = Row::new(
            &plugin,
            Some(&decided),
            None,
            (None, Package::default(), &References::default()),
            at,
        );
        let names: Vec<_> = row
            .permissions
            .iter()
            .map(|allowed| (allowed.name, allowed.granted))
            .collect();
        assert_eq!(names, [("post", false), ("wake", false), ("kv", true)]);
        assert!(row.changed);
        assert_eq!(row.granted_to, "the package with digest aaaaaaaaaaaa…");
    }
}
