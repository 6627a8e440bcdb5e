//! What somebody typed behind the command. Pure.

use crate::installer::rehearsal::DRY_RUN_HOURS;
use crate::installer::request::{PartChange, PluginRequest, Wish, changes};
use crate::model::ids::EventSeq;

/// What is asked.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Line {
    /// What there is to ask.
    Help,
    /// Which plugins there are.
    List,
    /// Something that the installer answers, and asks about before it does it.
    Ask(PluginRequest),
    /// A package comes, once somebody has agreed.
    Bring { wish: Wish, update: bool },
    /// A plugin goes, once somebody has said yes; what becomes of what it keeps is asked, too, where it was not said.
    Uninstall { plugin: String, with_data: Option<bool> },
    /// What became of an event.
    Explain(EventSeq),
}

/// What can be asked, with what it does.
pub(super) const LINES: [(&str, &str); 14] = [
    ("list", "the plugins here, in their order"),
    ("info ID", "everything about one"),
    ("search WORDS", "plugins of the index"),
    ("plan PACKAGE", "what one would be allowed"),
    ("install PACKAGE", "brings one in, once you have agreed"),
    ("update PACKAGE", "brings another version"),
    ("enable ID", "switches one on; with `in PLACE` only there"),
    ("disable ID", "switches it off; with `in PLACE` only there"),
    (
        "config ID NAME=VALUE",
        "changes settings; without NAME=VALUE it shows them",
    ),
    (
        "dry-run ID HOURS",
        "tries one without effect; without HOURS it tells what it would have done, and `stop` ends it",
    ),
    ("rollback ID", "brings back what stood before an update"),
    (
        "uninstall ID KEPT",
        "takes one out; KEPT is `keep` or `delete`, for what it keeps, and without it you are asked",
    ),
    ("logs ID", "the last lines of its log"),
    ("explain NUMBER", "what became of an event"),
];

/// Reads it, or says what it should be.
pub(super) fn read(typed: &str) -> Result<Line, String> {
    let typed = typed.trim();
    let (verb, rest) = typed.split_once(char::is_whitespace).unwrap_or((typed, ""));
    let rest = rest.trim();
    let plugin = || one(verb, rest);
    Ok(match verb {
        "" | "help" => Line::Help,
        "list" => Line::List,
        "info" => Line::Ask(PluginRequest::Info { plugin: plugin()? }),
        "logs" => Line::Ask(PluginRequest::Logs { plugin: plugin()? }),
        "enable" => switch(verb, rest, true)?,
        "disable" => switch(verb, rest, false)?,
        "rollback" => Line::Ask(PluginRequest::Back {
            plugin: plugin()?,
            consent: None,
        }),
        "search" => Line::Ask(PluginRequest::Search {
            index: None,
            words: rest.split_whitespace().map(str::to_owned).collect(),
        }),
        "plan" => Line::Ask(PluginRequest::Plan(Wish::from_afar(&plugin()?)?)),
        "install" | "update" => Line::Bring {
            wish: Wish::from_afar(&plugin()?)?,
            update: verb == "update",
        },
        "config" => config(rest)?,
        "dry-run" => dry_run(rest)?,
        "uninstall" => uninstall(rest)?,
        "explain" => {
            let event = rest
                .parse()
                .map_err(|_| "`/plugin explain` takes the number of an event".to_owned())?;
            Line::Explain(EventSeq(event))
        }
        other => {
            return Err(format!(
                "there is no `/plugin {other}`; `/plugin` alone lists what there is"
            ));
        }
    })
}

/// The one word behind the verb.
fn one(verb: &str, rest: &str) -> Result<String, String> {
    let mut words = rest.split_whitespace();
    if let (Some(word), None) = (words.next(), words.next()) {
        return Ok(word.to_owned());
    }
    let known = LINES.iter().find(|(usage, _)| usage.split(' ').next() == Some(verb));
    Err(format!(
        "write it as `/plugin {}`",
        known.map_or(verb, |(usage, _)| usage)
    ))
}

/// On or off, everywhere or `in` a part, whose name may have spaces.
fn switch(verb: &str, rest: &str, on: bool) -> Result<Line, String> {
    let (plugin, behind) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let plugin = one(verb, plugin)?;
    let behind = behind.trim();
    if behind.is_empty() {
        return Ok(Line::Ask(PluginRequest::Switch {
            plugin,
            on,
            consent: None,
        }));
    }
    let part = behind
        .strip_prefix("in ")
        .map(str::trim)
        .filter(|part| !part.is_empty());
    let part = part.ok_or_else(|| format!("write it as `/plugin {verb} ID`, or as `/plugin {verb} ID in PLACE`"))?;
    Ok(Line::Ask(PluginRequest::Within {
        plugin,
        part: part.to_owned(),
        change: PartChange::Switch { on },
    }))
}

/// A setting goes on to the next word that looks like the beginning of another: texts have spaces.
fn config(rest: &str) -> Result<Line, String> {
    let (plugin, rest) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let mut written: Vec<String> = Vec::new();
    for word in rest.split_inclusive(char::is_whitespace) {
        match written.last_mut() {
            Some(last) if !begins_setting(word) => last.push_str(word),
            _ => written.push(word.to_owned()),
        }
    }
    let written: Vec<String> = written.iter().map(|change| change.trim().to_owned()).collect();
    let written: Vec<String> = written.into_iter().filter(|change| !change.is_empty()).collect();
    Ok(Line::Ask(PluginRequest::Set {
        plugin: one("config", plugin)?,
        change: changes(&written)?,
    }))
}

fn begins_setting(word: &str) -> bool {
    let name = word.split_once('=').map_or("", |(name, _)| name);
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-';
    !name.is_empty() && name.chars().all(is_name)
}

fn dry_run(rest: &str) -> Result<Line, String> {
    let mut words = rest.split_whitespace();
    let plugin = one("dry-run", words.next().unwrap_or_default())?;
    let request = match (words.next(), words.next()) {
        (None, _) => PluginRequest::Rehearsed { plugin },
        (Some("stop"), None) => PluginRequest::Rehearse {
            plugin,
            hours: None,
            consent: None,
        },
        (Some(hours), None) => {
            let hours = hours.parse::<u32>().ok().filter(|hours| DRY_RUN_HOURS.contains(hours));
            let hours = hours.ok_or_else(|| format!("a dry run takes 1 to {} hours", DRY_RUN_HOURS.end()))?;
            PluginRequest::Rehearse {
                plugin,
                hours: Some(hours),
                consent: None,
            }
        }
        _ => return Err(one("dry-run", "").unwrap_or_else(|usage| usage)),
    };
    Ok(Line::Ask(request))
}

fn uninstall(rest: &str) -> Result<Line, String> {
    let mut words = rest.split_whitespace();
    let plugin = one("uninstall", words.next().unwrap_or_default())?;
    let with_data = match (words.next(), words.next()) {
        (None, _) => None,
        (Some("keep"), None) => Some(false),
        (Some("delete"), None) => Some(true),
        (Some("export"), None) => return Err(export_elsewhere(&plugin)),
        _ => return Err(one("uninstall", "").unwrap_or_else(|usage| usage)),
    };
    Ok(Line::Uninstall { plugin, with_data })
}

/// How what a plugin keeps gets into a file: a chat is no place for data of others.
pub(super) fn export_elsewhere(plugin: &str) -> String {
    format!(
        "What it keeps is not sent into a chat. On the machine, `switchboard plugin uninstall {plugin} --kept export --to FILE` \
         writes it into a file and takes the plugin out."
    )
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[track_caller]
    fn check(typed: &str, expected: Line) {
        assert_eq!(read(typed), Ok(expected), "{typed}");
    }

    #[track_caller]
    fn check_refused(typed: &str, part: &str) {
        let why = read(typed).expect_err("it is refused");
        assert!(why.contains(part), "{typed}: {why}");
    }

    fn set(typed: &str) -> Value {
        match read(typed) {
            Ok(Line::Ask(PluginRequest::Set { change, .. })) => Value::Object(change),
            other => panic!("{typed}: {other:?}"),
        }
    }

    #[test]
    fn what_is_typed_is_what_the_command_line_takes() {
        check("", Line::Help);
        check(" list ", Line::List);
        check(
            "enable acme/refunds",
            Line::Ask(PluginRequest::Switch {
                plugin: "acme/refunds".to_owned(),
                on: true,
                consent: None,
            }),
        );
        check(
            "disable acme/refunds in #general chat (discord)",
            Line::Ask(PluginRequest::Within {
                plugin: "acme/refunds".to_owned(),
                part: "#general chat (discord)".to_owned(),
                change: PartChange::Switch { on: false },
            }),
        );
        check(
            "dry-run acme/refunds 24",
            Line::Ask(PluginRequest::Rehearse {
                plugin: "acme/refunds".to_owned(),
                hours: Some(24),
                consent: None,
            }),
        );
        check(
            "update acme/refunds@1.5.0",
            Line::Bring {
                wish: Wish {
                    wanted: "acme/refunds@1.5.0".to_owned(),
                    index: None,
                },
                update: true,
            },
        );
        check("explain 17", Line::Explain(EventSeq(17)));
        for (kept, with_data) in [("", None), (" keep", Some(false)), (" delete", Some(true))] {
            let plugin = "acme/refunds".to_owned();
            check(
                &format!("uninstall acme/refunds{kept}"),
                Line::Uninstall { plugin, with_data },
            );
        }
    }

    #[test]
    fn settings_may_hold_spaces_and_json() {
        assert_eq!(set("config a/b"), json!({}));
        assert_eq!(
            set("config a/b a=1 b=two words c="),
            json!({ "a": 1, "b": "two words", "c": null })
        );
        assert_eq!(set("config a/b list=[\"x y\", \"z\"]"), json!({ "list": ["x y", "z"] }));
        assert_eq!(set("config a/b text=1 + 1 == 2"), json!({ "text": "1 + 1 == 2" }));
        check_refused("config a/b greeting", "is not NAME=VALUE");
    }

    #[test]
    fn what_cannot_be_asked_says_how_it_is_written() {
        check_refused("fly", "there is no `/plugin fly`");
        check_refused("enable", "`/plugin enable ID`");
        check_refused("enable a/b c/d", "`/plugin enable ID in PLACE`");
        check_refused("enable a/b in ", "`/plugin enable ID in PLACE`");
        check_refused("dry-run a/b 0", "1 to 336 hours");
        check_refused("explain x", "the number of an event");
        check_refused("install /srv/refunds.wasm", "is named on that machine alone");
        check_refused("plan refunds.wasm", "is named on that machine alone");
        check_refused("uninstall a/b export", "--kept export --to FILE");
        check_refused("uninstall a/b burn", "`/plugin uninstall ID KEPT`");
    }

    #[test]
    fn everything_that_is_listed_is_read() {
        for (usage, _) in LINES {
            let typed = usage
                .replace("ID", "a/b")
                .replace("PACKAGE", "a/b")
                .replace("NUMBER", "1")
                .replace("HOURS", "1")
                .replace("KEPT", "keep");
            assert!(read(&typed).is_ok(), "{typed}");
        }
    }
}
