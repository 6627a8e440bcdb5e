//! Commands as platforms show them in their own menus.

use std::collections::BTreeMap;
use std::fmt;

use super::Timestamp;
use super::ids::PlaceRef;
use super::language::primary;

/// What stands where somebody typed a secret, for whoever reads it.
pub const HIDDEN: &str = "••••••••";

/// The command by which owners look after plugins. What is said to it, and what it answers, is for owners alone.
pub const OF_OWNERS: &str = "plugin";

/// A command that people may give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// Without the slash.
    pub name: String,
    /// One line.
    pub help: Wording,
    /// What it takes, in order.
    pub options: Vec<CommandOption>,
    /// Whether only who gives it sees what it answers.
    pub private: bool,
    /// Whether it does its work in direct chats alone.
    pub direct: bool,
}

/// What a command takes: a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandOption {
    /// Names the value.
    pub name: String,
    /// What it is, for people.
    pub label: Wording,
    /// Whether it must be given.
    pub required: bool,
}

/// One line for people, in the languages that there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wording {
    text: String,
    /// By language, without region or script.
    translations: BTreeMap<String, String>,
}

impl Wording {
    /// What is written in English, and again in other languages.
    pub fn new(english: impl Into<String>, translations: BTreeMap<String, String>) -> Self {
        let text = english.into();
        let mut all = translations;
        all.entry("en".to_owned()).or_insert_with(|| text.clone());
        Self {
            text,
            translations: all,
        }
    }

    /// What is said in these languages, the first of which is English.
    pub fn in_each(languages: &[&str], say: impl Fn(&str) -> &'static str) -> Self {
        let translations = languages
            .iter()
            .map(|language| ((*language).to_owned(), say(language).to_owned()));
        Self::new(say("en"), translations.collect())
    }

    /// The same, which says to those whose language it does not have what it says in this one.
    #[must_use]
    pub fn mostly_in(mut self, language: &str) -> Self {
        if let Some(text) = self.translations.get(primary(language)) {
            self.text.clone_from(text);
        }
        self
    }

    /// For those whose language it does not have.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// For those who read this language, a BCP 47 tag.
    pub fn in_language(&self, language: &str) -> &str {
        self.translations
            .get(primary(language))
            .map_or(&self.text, String::as_str)
    }

    /// What differs from the text that all others see, by language.
    pub fn translations(&self) -> impl Iterator<Item = (&str, &str)> {
        let all = self.translations.iter();
        all.filter(|(_, text)| **text != self.text)
            .map(|(language, text)| (language.as_str(), text.as_str()))
    }
}

impl From<&str> for Wording {
    fn from(english: &str) -> Self {
        Self::new(english, BTreeMap::new())
    }
}

impl Command {
    /// The same, in this language for those whose own it does not have.
    #[must_use]
    pub fn mostly_in(mut self, language: &str) -> Self {
        self.help = self.help.mostly_in(language);
        for option in &mut self.options {
            option.label = option.label.clone().mostly_in(language);
        }
        self
    }
}

/// What a login shows in its platform's menus, and where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Menu {
    /// The commands that there are. In direct chats all of them are shown.
    pub commands: Vec<Command>,
    /// The places that the login knows besides direct chats.
    pub places: Vec<MenuPlace>,
    /// Whether nobody answers any more: the commands are named only so that they can be taken out of each list.
    pub withdrawn: bool,
}

/// A place, as far as its menu goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MenuPlace {
    /// The platform's.
    pub native: PlaceRef,
    /// The platform's id of the space it is in.
    pub space: Option<String>,
    /// Whether Switchboard acts there, so that commands are answered.
    pub enabled: bool,
}

/// What a login wrote last to one of its platform's menus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MenuChange {
    /// Whose menu, for people.
    pub of: String,
    /// When it was looked at.
    pub at: Timestamp,
    /// What the platform showed otherwise than it was to.
    pub diff: MenuDiff,
    /// Why the platform does not take it; none where it did.
    pub refused: Option<String>,
}

impl fmt::Display for MenuChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.refused, self.diff.is_empty()) {
            (None, _) => self.diff.fmt(f),
            (Some(why), true) => write!(f, "not taken: {why}"),
            (Some(why), false) => write!(f, "{}; not taken: {why}", self.diff),
        }
    }
}

/// The names of commands that come, change and go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MenuDiff {
    /// Not shown before.
    pub added: Vec<String>,
    /// Shown with other words or options.
    pub changed: Vec<String>,
    /// Shown, and nothing answers them.
    pub removed: Vec<String>,
}

impl MenuDiff {
    /// Whether the menu is as it is to be.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.changed.is_empty() && self.removed.is_empty()
    }
}

impl fmt::Display for MenuDiff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            ("adds", &self.added),
            ("changes", &self.changed),
            ("removes", &self.removed),
        ];
        let there = parts.into_iter().filter(|(_, names)| !names.is_empty());
        for (number, (what, names)) in there.enumerate() {
            let before = if number == 0 { "" } else { "; " };
            write!(f, "{before}{what} /{}", names.join(", /"))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_reads_their_own_language_or_that_of_most() {
        let wording = Wording::new("Say hello", BTreeMap::from([("de".to_owned(), "Grüßen".to_owned())]));
        assert_eq!((wording.text(), wording.in_language("de-CH")), ("Say hello", "Grüßen"));
        assert_eq!(wording.translations().collect::<Vec<_>>(), [("de", "Grüßen")]);
        let german = wording.mostly_in("de-AT");
        assert_eq!(
            (german.in_language("fr"), german.in_language("en-GB")),
            ("Grüßen", "Say hello")
        );
        assert_eq!(german.translations().collect::<Vec<_>>(), [("en", "Say hello")]);
    }
}
