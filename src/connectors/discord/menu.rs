//! The commands in Discord's own menu. Pure.

use serde::{Deserialize, Serialize};

use crate::model::command::{Command, CommandOption};

/// A command that is written, and not one on a person or a message:
/// <https://discord.com/developers/docs/interactions/application-commands#application-command-object>.
const WRITTEN: u8 = 1;

/// An option that takes a text.
const TEXT: u8 = 3;

/// Commands of one bot, and options of one command.
const COMMANDS_MAX: usize = 100;
const OPTIONS_MAX: usize = 25;

/// Characters of what is said about a command or an option.
const HELP_CHARS_MAX: usize = 100;

/// A command as Discord shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Shown {
    name: String,
    #[serde(default)]
    description: String,
    #[serde(rename = "type", default = "written")]
    kind: u8,
    #[serde(default)]
    options: Vec<ShownOption>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct ShownOption {
    name: String,
    #[serde(default)]
    description: String,
    #[serde(rename = "type")]
    kind: u8,
    #[serde(default)]
    required: bool,
}

fn written() -> u8 {
    WRITTEN
}

/// The menu with these commands, by name.
pub(super) fn menu(commands: &[Command]) -> Vec<Shown> {
    let shown = |command: &Command| {
        let mut options: Vec<ShownOption> = command.options.iter().take(OPTIONS_MAX).map(option).collect();
        // Discord wants first what must be given.
        options.sort_by_key(|option| !option.required);
        Shown {
            name: command.name.clone(),
            description: cut(&command.help),
            kind: WRITTEN,
            options,
        }
    };
    in_order(commands.iter().take(COMMANDS_MAX).map(shown).collect())
}

/// By name, as two menus are compared.
pub(super) fn in_order(mut menu: Vec<Shown>) -> Vec<Shown> {
    menu.sort_by(|one, other| one.name.cmp(&other.name));
    menu
}

fn option(option: &CommandOption) -> ShownOption {
    ShownOption {
        name: option.name.clone(),
        description: cut(&option.label),
        kind: TEXT,
        required: option.required,
    }
}

fn cut(text: &str) -> String {
    text.chars().take(HELP_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_must_be_given_comes_first() {
        let option = |name: &str, required| CommandOption {
            name: name.to_owned(),
            label: "x".repeat(200),
            required,
        };
        let command = Command {
            name: "share".to_owned(),
            help: "Post a tip".to_owned(),
            options: vec![option("why", false), option("what", true)],
            private: false,
        };
        let menu = menu(&[command]);
        let names: Vec<&str> = menu[0].options.iter().map(|option| option.name.as_str()).collect();
        assert_eq!(names, ["what", "why"]);
        assert_eq!(menu[0].options[0].description.len(), HELP_CHARS_MAX);
    }
}
