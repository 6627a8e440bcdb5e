//! Decides which plugins see an event: one lookup over all manifests, whose cost does not grow with the plugins that do
//! not match.

use std::collections::HashMap;

use super::shape::Shape;
use crate::plugin_host::{Kind, Manifest, Messages};

/// The plugins of one chain, by what they want. A plugin is named by its place in the chain.
#[derive(Debug, Default)]
pub(super) struct EventIndex {
    /// Every addressed message.
    addressed: Vec<usize>,
    /// Every message.
    all: Vec<usize>,
    /// Messages with a word: the plugin, and whether it wants overheard ones, too.
    words: HashMap<String, Vec<(usize, bool)>>,
    commands: HashMap<String, usize>,
    kinds: HashMap<Kind, Vec<usize>>,
    ids: HashMap<String, usize>,
}

impl EventIndex {
    /// In the order of the chain. Of two plugins with the same command the earlier one gets it.
    pub(super) fn new<'a>(manifests: impl IntoIterator<Item = &'a Manifest>) -> Self {
        let mut index = Self::default();
        for (plugin, manifest) in manifests.into_iter().enumerate() {
            index.ids.insert(manifest.plugin.id.clone(), plugin);
            for command in &manifest.commands {
                index.commands.entry(command.name.clone()).or_insert(plugin);
            }
            for &kind in &manifest.handles.events {
                index.kinds.entry(kind).or_default().push(plugin);
            }
            index.add_messages(plugin, manifest);
        }
        index
    }

    fn add_messages(&mut self, plugin: usize, manifest: &Manifest) {
        let handles = &manifest.handles;
        let overheard = handles.messages == Messages::All;
        if handles.messages == Messages::None {
            return;
        }
        if handles.words.is_empty() {
            let list = if overheard { &mut self.all } else { &mut self.addressed };
            list.push(plugin);
        }
        for word in &handles.words {
            self.words
                .entry(word.to_lowercase())
                .or_default()
                .push((plugin, overheard));
        }
    }

    /// The plugin that has this command.
    pub(super) fn command(&self, name: &str) -> Option<usize> {
        self.commands.get(name).copied()
    }

    /// Who sees the event, in the order of the chain.
    pub(super) fn find(&self, shape: &Shape<'_>) -> Vec<usize> {
        let mut found = Vec::new();
        match shape {
            Shape::Message { text, addressed } => {
                found.extend(&self.all);
                if *addressed {
                    found.extend(&self.addressed);
                }
                if !self.words.is_empty() {
                    self.find_words(text, *addressed, &mut found);
                }
                found.sort_unstable();
                found.dedup();
            }
            Shape::Command(name) => found.extend(self.command(name)),
            Shape::Kind(kind) => found.extend(self.kinds.get(kind).into_iter().flatten()),
            Shape::Owned(id) => found.extend(self.ids.get(*id)),
            Shape::Nobody => {}
        }
        found
    }

    fn find_words(&self, text: &str, addressed: bool, found: &mut Vec<usize>) {
        let mut lower = String::new();
        for word in text.split(|character: char| !character.is_alphanumeric()) {
            if word.is_empty() {
                continue;
            }
            lower.clear();
            lower.extend(word.chars().flat_map(char::to_lowercase));
            for &(plugin, overheard) in self.words.get(lower.as_str()).into_iter().flatten() {
                if addressed || overheard {
                    found.push(plugin);
                }
            }
        }
    }
}

/// Why a plugin does not see the event: the rule, in the admin's words.
pub(super) fn rule(manifest: &Manifest, shape: &Shape<'_>) -> &'static str {
    let handles = &manifest.handles;
    match shape {
        Shape::Message { .. } if handles.messages == Messages::None => "not interested: it wants no messages",
        Shape::Message { addressed: false, .. } if handles.messages == Messages::Addressed => {
            "not interested: it wants only messages to the bot"
        }
        Shape::Message { .. } => "not interested: none of its words is in the message",
        Shape::Command(_) => "not interested: it is no command of its own",
        Shape::Kind(_) => "not interested: its manifest does not name such events",
        Shape::Owned(_) => "not interested: it is about what somebody else did",
        Shape::Nobody => "not interested: no plugin sees such events",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(name: &str, more: &str) -> Manifest {
        let head = format!(
            "[plugin]\nid = \"test/{name}\"\nversion = \"1.0.0\"\napi = \"0.1\"\nsummary = \"x\"\nlicense = \"MIT\"\n"
        );
        Manifest::parse(&format!("{head}{more}")).expect("it is sound")
    }

    #[track_caller]
    fn check(shape: &Shape<'_>, expected: &[usize]) {
        let manifests = [
            manifest("all", "[handles]\nmessages = \"all\""),
            manifest("addressed", "[handles]\nmessages = \"addressed\""),
            manifest(
                "words",
                "[handles]\nmessages = \"addressed\"\nwords = [\"Refund\", \"geld\"]",
            ),
            manifest(
                "ears",
                "[handles]\nmessages = \"all\"\nwords = [\"refund\"]\nevents = [\"feedback\"]",
            ),
            manifest("command", "[[command]]\nname = \"share\"\nhelp = \"x\""),
        ];
        assert_eq!(EventIndex::new(&manifests).find(shape), expected);
    }

    fn message(text: &str, addressed: bool) -> Shape<'_> {
        Shape::Message { text, addressed }
    }

    #[test]
    fn messages_go_to_those_who_want_them_once_and_in_order() {
        check(&message("hello", true), &[0, 1]);
        check(&message("hello", false), &[0]);
        check(&message("a REFUND, a refund!", true), &[0, 1, 2, 3]);
        check(&message("a refund", false), &[0, 3]);
        check(&message("refunds", false), &[0]);
    }

    #[test]
    fn feedback_goes_to_those_who_ask_for_it() {
        check(&Shape::Kind(Kind::Feedback), &[3]);
    }

    #[test]
    fn commands_and_owned_events_go_to_their_owner_alone() {
        check(&Shape::Command("share"), &[4]);
        check(&Shape::Command("nobody"), &[]);
        check(&Shape::Owned("test/words"), &[2]);
    }
}
