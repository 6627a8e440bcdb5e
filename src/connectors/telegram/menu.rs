//! What Telegram's menus are to show, to whom. Pure.
//!
//! Telegram shows each person one list: that of the chat they are in, in their language, else that of the chat without a
//! language, else the lists that stand for more chats. So a group that has no list of its own, and for which none stands,
//! shows nothing: <https://core.telegram.org/bots/api#determining-list-of-commands>.

use std::collections::{BTreeMap, BTreeSet};

use teloxide_core::types::{BotCommand, BotCommandScope, ChatId, Recipient};

use super::names::Chat;
use crate::model::command::{Command, Menu};

/// Commands in a list.
const COMMANDS_MAX: usize = 100;

/// Characters of what is said about a command.
const HELP_CHARS_MAX: usize = 256;

/// Which chats a list is for, in the order in which they are written: where commands are answered they never lack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scope {
    /// One group.
    Group(i64),
    /// All private chats.
    Private,
    /// All chats for which no other list stands, which must show nothing: most are groups where nothing is answered.
    Default,
}

impl Scope {
    /// As requests name it.
    pub(super) fn of_request(self) -> BotCommandScope {
        match self {
            Self::Group(id) => BotCommandScope::Chat {
                chat_id: Recipient::Id(ChatId(id)),
            },
            Self::Private => BotCommandScope::AllPrivateChats,
            Self::Default => BotCommandScope::Default,
        }
    }
}

/// One list: for which chats, and for people with which language; none: for all others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct List {
    pub(super) scope: Scope,
    pub(super) language: Option<String>,
}

/// What each list is to show. Where it is to show nothing, it is named all the same.
pub(super) fn lists(menu: &Menu, bot_id: u64) -> BTreeMap<List, Vec<BotCommand>> {
    let languages = languages(&menu.commands);
    let mut lists = BTreeMap::new();
    let mut put = |scope, is_shown: &dyn Fn(&Command) -> bool| {
        let answered = menu.commands.iter().filter(|_| !menu.withdrawn);
        let shown: Vec<&Command> = answered.filter(|command| is_shown(command)).collect();
        let all = in_language(&shown, None);
        for language in &languages {
            let own = in_language(&shown, Some(language));
            // Who reads the language of most needs no list of their own.
            let own = if own == all { Vec::new() } else { own };
            let language = Some(language.clone());
            lists.insert(List { scope, language }, own);
        }
        lists.insert(List { scope, language: None }, all);
    };
    for (group, enabled) in groups(menu, bot_id) {
        put(Scope::Group(group), &|command| enabled && !command.direct);
    }
    put(Scope::Private, &|_| true);
    put(Scope::Default, &|_| false);
    lists
}

fn languages(commands: &[Command]) -> BTreeSet<String> {
    let translated = commands.iter().flat_map(|command| command.help.translations());
    translated.map(|(language, _)| language.to_owned()).collect()
}

/// Telegram takes names of letters, digits and underscores: <https://core.telegram.org/bots/api#botcommand>. Others work all
/// the same when they are written.
fn in_language(commands: &[&Command], language: Option<&str>) -> Vec<BotCommand> {
    let help = |command: &Command| {
        let help = language.map_or(command.help.text(), |language| command.help.in_language(language));
        help.chars().take(HELP_CHARS_MAX).collect::<String>()
    };
    let is_taken = |command: &&&Command| !command.name.contains('-');
    let shown = commands.iter().filter(is_taken).take(COMMANDS_MAX);
    shown
        .map(|command| BotCommand::new(&command.name, help(command)))
        .collect()
}

/// The chats that several people are in, and whether commands are answered anywhere in them: a forum's topics share one menu.
fn groups(menu: &Menu, bot_id: u64) -> BTreeMap<i64, bool> {
    let mut groups = BTreeMap::new();
    for place in &menu.places {
        let chat = Chat::parse(&place.native, bot_id).filter(|chat| !chat.is_private());
        if let Some(chat) = chat {
            *groups.entry(chat.id().0).or_default() |= place.enabled;
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::command::{MenuPlace, Wording};
    use crate::model::ids::PlaceRef;

    fn command(name: &str, direct: bool) -> Command {
        Command {
            name: name.to_owned(),
            help: Wording::new("Help", BTreeMap::from([("de".to_owned(), "Hilfe".to_owned())])),
            options: Vec::new(),
            private: false,
            direct,
        }
    }

    fn place(id: &str, enabled: bool) -> MenuPlace {
        let native = PlaceRef {
            scope: "telegram".into(),
            id: id.into(),
        };
        MenuPlace {
            native,
            space: None,
            enabled,
        }
    }

    #[track_caller]
    fn check(menu: &Menu, scope: Scope, language: Option<&str>, expected: &str) {
        let lists = lists(menu, 900);
        let language = language.map(str::to_owned);
        let list = &lists[&List { scope, language }];
        let shown: Vec<String> = list
            .iter()
            .map(|shown| format!("{} {}", shown.command, shown.description))
            .collect();
        assert_eq!(shown.join(", "), expected);
    }

    #[test]
    fn a_group_shows_what_is_answered_there_and_nothing_where_nothing_is() {
        let menu = Menu {
            commands: vec![
                command("link", true),
                command("share", false),
                command("with-a-hyphen", false),
            ],
            places: vec![place("-100/1", false), place("-100/2", true), place("-200", false)],
            withdrawn: false,
        };
        check(&menu, Scope::Private, None, "link Help, share Help");
        check(&menu, Scope::Private, Some("de"), "link Hilfe, share Hilfe");
        check(&menu, Scope::Group(-100), None, "share Help");
        check(&menu, Scope::Group(-100), Some("de"), "share Hilfe");
        check(&menu, Scope::Group(-200), None, "");
        check(&menu, Scope::Group(-200), Some("de"), "");
        check(&menu, Scope::Default, None, "");
        let withdrawn = Menu {
            withdrawn: true,
            ..menu
        };
        for scope in [Scope::Private, Scope::Group(-100), Scope::Group(-200), Scope::Default] {
            check(&withdrawn, scope, None, "");
            check(&withdrawn, scope, Some("de"), "");
        }
    }

    #[test]
    fn who_reads_the_language_of_most_has_no_list_of_their_own() {
        let menu = Menu {
            commands: vec![command("share", false).mostly_in("de")],
            places: Vec::new(),
            withdrawn: false,
        };
        check(&menu, Scope::Private, None, "share Hilfe");
        check(&menu, Scope::Private, Some("en"), "share Help");
        assert!(
            !lists(&menu, 900)
                .keys()
                .any(|list| list.language.as_deref() == Some("de"))
        );
    }
}
