//! The commands in Discord's own menus: what they are to show, and what has to be written for that. Pure.
//!
//! The list of a guild is for its channels. The one that Discord calls global is for direct chats with the bot alone, so
//! that nobody sees a command twice.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::model::command::{Command, CommandOption, MenuDiff, Wording};

/// A command that is written, and not one on a person or a message:
/// <https://discord.com/developers/docs/interactions/application-commands#application-command-object>.
const WRITTEN: u8 = 1;

/// An option that takes a text.
const TEXT: u8 = 3;

/// Commands of one bot in one list, and options of one command.
const COMMANDS_MAX: usize = 100;
const OPTIONS_MAX: usize = 25;

/// Characters of what is said about a command or an option.
const HELP_CHARS_MAX: usize = 100;

/// Where a command of the global list works: in direct chats with the bot, once it is in a guild.
const WITH_THE_BOT: u8 = 1;
const IN_A_GUILD: u8 = 0;

/// What Discord calls our languages, where it is not the same:
/// <https://discord.com/developers/docs/reference#locales>.
const LOCALES: [(&str, &[&str]); 6] = [
    ("en", &["en-US", "en-GB"]),
    ("es", &["es-ES", "es-419"]),
    ("nb", &["no"]),
    ("pt", &["pt-BR"]),
    ("sv", &["sv-SE"]),
    ("zh", &["zh-CN", "zh-TW"]),
];
const SAME_LOCALES: [&str; 24] = [
    "bg", "cs", "da", "de", "el", "fi", "fr", "hi", "hr", "hu", "id", "it", "ja", "ko", "lt", "nl", "no", "pl", "ro",
    "ru", "th", "tr", "uk", "vi",
];

/// What may be written of a command that is not ours; the rest Discord says only when it is asked.
const KEPT: [&str; 14] = [
    "id",
    "name",
    "name_localizations",
    "description",
    "description_localizations",
    "options",
    "default_member_permissions",
    "dm_permission",
    "default_permission",
    "integration_types",
    "contexts",
    "type",
    "handler",
    "nsfw",
];

/// Which list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum List {
    /// That of one guild.
    OfGuild,
    /// That of direct chats.
    OfDirectChats,
}

/// A command as Discord shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Shown {
    name: String,
    #[serde(default)]
    description: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    description_localizations: Option<BTreeMap<String, String>>,
    #[serde(rename = "type", default = "written")]
    kind: u8,
    #[serde(default)]
    options: Vec<ShownOption>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    contexts: Option<Vec<u8>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    integration_types: Option<Vec<u8>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct ShownOption {
    name: String,
    #[serde(default)]
    description: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    description_localizations: Option<BTreeMap<String, String>>,
    #[serde(rename = "type")]
    kind: u8,
    #[serde(default)]
    required: bool,
}

fn written() -> u8 {
    WRITTEN
}

/// What the list shows of these commands, by name. What works in direct chats alone is shown there alone.
pub(super) fn menu(commands: &[Command], list: List) -> Vec<Shown> {
    let direct = list == List::OfDirectChats;
    let shown = commands.iter().filter(|command| direct || !command.direct);
    in_order(
        shown
            .take(COMMANDS_MAX)
            .map(|command| shown_as(command, direct))
            .collect(),
    )
}

fn shown_as(command: &Command, direct: bool) -> Shown {
    let mut options: Vec<ShownOption> = command.options.iter().take(OPTIONS_MAX).map(option).collect();
    // Discord wants first what must be given.
    options.sort_by_key(|option| !option.required);
    Shown {
        name: command.name.clone(),
        description: cut(command.help.text()),
        description_localizations: localized(&command.help),
        kind: WRITTEN,
        options,
        contexts: direct.then(|| vec![WITH_THE_BOT]),
        integration_types: direct.then(|| vec![IN_A_GUILD]),
    }
}

fn option(option: &CommandOption) -> ShownOption {
    ShownOption {
        name: option.name.clone(),
        description: cut(option.label.text()),
        description_localizations: localized(&option.label),
        kind: TEXT,
        required: option.required,
    }
}

fn localized(wording: &Wording) -> Option<BTreeMap<String, String>> {
    let mut all = BTreeMap::new();
    for (language, text) in wording.translations() {
        for locale in locales(language) {
            all.insert((*locale).to_owned(), cut(text));
        }
    }
    (!all.is_empty()).then_some(all)
}

/// None for a language that Discord does not have.
fn locales(language: &str) -> &'static [&'static str] {
    let named = LOCALES.iter().find(|(ours, _)| *ours == language);
    let same = || SAME_LOCALES.iter().position(|locale| *locale == language);
    match named {
        Some((_, locales)) => locales,
        None => same().map_or(&[], |at| &SAME_LOCALES[at..=at]),
    }
}

/// What has to be written to a list.
#[derive(Debug)]
pub(super) struct Change {
    /// All of it.
    pub(super) list: Vec<Value>,
    /// What is other than before.
    pub(super) diff: MenuDiff,
}

/// What has to be written so that a list with `registered` in it shows what is `wanted`; nothing where it does already.
///
/// All written commands are ours: another program with the same bot would hear them no better than we do, and what nothing
/// answers must not be shown. Commands on people and messages, and the one that opens an activity, are never ours and stay.
pub(super) fn change(registered: Vec<Value>, wanted: &[Shown], list: List) -> Option<Change> {
    let is_written = |command: &Value| command["type"].as_u64().is_none_or(|kind| kind == u64::from(WRITTEN));
    let (ours, others): (Vec<Value>, Vec<Value>) = registered.into_iter().partition(is_written);
    let named = |command: &Value| command["name"].as_str().unwrap_or_default().to_owned();
    let before = ours.into_iter().map(|command| (named(&command), read(command, list)));
    let diff = difference(before.collect(), wanted);
    if diff.is_empty() {
        return None;
    }
    let wanted = wanted
        .iter()
        .map(|command| serde_json::to_value(command).expect("what we send is plain data"));
    let list = wanted.chain(others.into_iter().map(kept)).collect();
    Some(Change { list, diff })
}

/// `before` holds nothing for what we did not write so.
fn difference(mut before: BTreeMap<String, Option<Shown>>, wanted: &[Shown]) -> MenuDiff {
    let mut diff = MenuDiff::default();
    for command in wanted {
        match before.remove(&command.name) {
            None => diff.added.push(command.name.clone()),
            Some(Some(known)) if known == *command => {}
            Some(_) => diff.changed.push(command.name.clone()),
        }
    }
    diff.removed = before.into_keys().collect();
    diff
}

/// None for one that we did not write so.
fn read(mut command: Value, list: List) -> Option<Shown> {
    if let Value::Object(fields) = &mut command {
        without_nothing(fields);
    }
    if let Some(Value::Array(options)) = command.get_mut("options") {
        options
            .iter_mut()
            .filter_map(Value::as_object_mut)
            .for_each(without_nothing);
    }
    let mut shown: Shown = serde_json::from_value(command).ok()?;
    if list == List::OfGuild {
        // They say something of global commands alone.
        shown.contexts = None;
        shown.integration_types = None;
    }
    Some(shown)
}

/// Without what Discord says to be none.
fn without_nothing(fields: &mut Map<String, Value>) {
    let is_nothing = |value: &Value| value.is_null() || value.as_object().is_some_and(Map::is_empty);
    fields.retain(|_, value| !is_nothing(value));
}

fn kept(mut command: Value) -> Value {
    if let Value::Object(fields) = &mut command {
        fields.retain(|name, value| KEPT.contains(&name.as_str()) && !value.is_null());
    }
    command
}

/// By name, as two menus are compared.
fn in_order(mut menu: Vec<Shown>) -> Vec<Shown> {
    menu.sort_by(|one, other| one.name.cmp(&other.name));
    menu
}

fn cut(text: &str) -> String {
    text.chars().take(HELP_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn share() -> Command {
        let option = |name: &str, required| CommandOption {
            name: name.to_owned(),
            label: "x".repeat(200).as_str().into(),
            required,
        };
        let spanish = BTreeMap::from([
            ("es".to_owned(), "Publica".to_owned()),
            ("eo".to_owned(), "Afiŝi".to_owned()),
        ]);
        Command {
            name: "share".to_owned(),
            help: Wording::new("Post a tip", spanish),
            options: vec![option("why", false), option("what", true)],
            private: false,
            direct: false,
        }
    }

    /// As Discord gives it back.
    fn registered(shown: &Shown) -> Value {
        let mut command = serde_json::to_value(shown).unwrap();
        let more = json!({"id": "5", "application_id": "900", "guild_id": "100", "version": "6", "nsfw": false,
            "default_member_permissions": null, "name_localizations": null, "dm_permission": true, "contexts": null,
            "integration_types": [0]});
        let fields = command.as_object_mut().unwrap();
        for (name, value) in more.as_object().unwrap() {
            fields.entry(name).or_insert(value.clone());
        }
        command
    }

    #[test]
    fn what_must_be_given_comes_first_and_each_language_goes_by_discords_name() {
        let menu = menu(&[share()], List::OfGuild);
        let names: Vec<&str> = menu[0].options.iter().map(|option| option.name.as_str()).collect();
        assert_eq!(names, ["what", "why"]);
        assert_eq!(menu[0].options[0].description.len(), HELP_CHARS_MAX);
        let localized = serde_json::to_value(&menu[0].description_localizations).unwrap();
        assert_eq!(localized, json!({"es-419": "Publica", "es-ES": "Publica"}));
    }

    #[test]
    fn each_locale_that_discord_has_is_written_for_its_language() {
        let all = [
            "bg", "cs", "da", "de", "el", "en-GB", "en-US", "es-419", "es-ES", "fi", "fr", "hi", "hr", "hu", "id",
            "it", "ja", "ko", "lt", "nl", "no", "pl", "pt-BR", "ro", "ru", "sv-SE", "th", "tr", "uk", "vi", "zh-CN",
            "zh-TW",
        ];
        let language = |locale: &str| match locale {
            "no" => "nb".to_owned(),
            other => other.split('-').next().unwrap_or(other).to_owned(),
        };
        for locale in all {
            assert!(locales(&language(locale)).contains(&locale), "{locale}");
        }
    }

    #[test]
    fn what_works_in_direct_chats_alone_is_shown_there_alone() {
        let mut link = share();
        link.name = "link".to_owned();
        link.direct = true;
        let commands = [link, share()];
        let names = |list| {
            menu(&commands, list)
                .into_iter()
                .map(|shown| shown.name)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            (names(List::OfGuild), names(List::OfDirectChats)),
            (vec!["share".to_owned()], vec!["link".to_owned(), "share".to_owned()])
        );
        let direct = serde_json::to_value(&menu(&commands, List::OfDirectChats)[1]).unwrap();
        assert_eq!(
            (&direct["contexts"], &direct["integration_types"]),
            (&json!([1]), &json!([0]))
        );
    }

    #[test]
    fn nothing_is_written_that_stands_there_already() {
        for list in [List::OfGuild, List::OfDirectChats] {
            let wanted = menu(&[share()], list);
            let there = wanted.iter().map(registered).collect();
            assert!(change(there, &wanted, list).is_none(), "{list:?}");
        }
        assert!(change(Vec::new(), &[], List::OfGuild).is_none());
    }

    #[test]
    fn a_command_for_guilds_and_direct_chats_alike_is_narrowed() {
        let wanted = menu(&[share()], List::OfDirectChats);
        let mut earlier = registered(&wanted[0]);
        earlier["contexts"] = Value::Null;
        let narrowed = change(vec![earlier], &wanted, List::OfDirectChats).unwrap();
        assert_eq!(
            (narrowed.list.len(), narrowed.diff.to_string()),
            (1, "changes /share".to_owned())
        );
    }

    #[test]
    fn commands_on_people_and_messages_stay_and_unknown_written_ones_go() {
        let wanted = menu(&[share()], List::OfGuild);
        let report = json!({"id": "8", "application_id": "900", "version": "9", "type": 3, "name": "Report", "description": "",
            "options": null, "nsfw": false});
        let old =
            json!({"id": "7", "type": 1, "name": "old", "description": "Old", "options": [{"name": "who", "type": 6}]});
        let change_to = |wanted: &[Shown]| change(vec![report.clone(), old.clone()], wanted, List::OfGuild).unwrap();
        let Change { list: written, diff } = change_to(&wanted);
        assert_eq!(written[0]["name"], "share");
        assert_eq!(diff.to_string(), "adds /share; removes /old");
        assert_eq!(
            written[1..],
            [json!({"id": "8", "type": 3, "name": "Report", "description": "", "nsfw": false})]
        );
        assert_eq!(change_to(&[]).list.len(), 1);
    }
}
