//! What is wrong with a manifest that can be read. Pure.

use std::collections::HashSet;

use super::{API, COMMANDS_OF_THE_HOST, Manifest, Messages};
use crate::plugin_host::schema::unsound;
use crate::plugin_host::visible::hides;
use crate::plugin_host::webhook::WEBHOOKS_MAX;

/// Enough for every plugin that a person can still overlook.
const COMMANDS_MAX: usize = 32;

/// What a plugin can be granted on asking: twice what `CPython` needs.
const MEMORY_MIB_MAX: u32 = 512;

/// Longer sentences nobody reads before agreeing.
const LINE_CHARS_MAX: usize = 500;

/// More words than this ask for `messages = "all"` without words.
const WORDS_MAX: usize = 256;

impl Manifest {
    /// All that people read of it before they agree to it.
    fn texts(&self) -> Vec<(String, &str)> {
        let about = &self.plugin;
        let mut texts = vec![
            ("plugin.summary".to_owned(), about.summary.as_str()),
            ("plugin.license".to_owned(), about.license.as_str()),
            ("data.keeps".to_owned(), self.data.keeps.as_str()),
        ];
        texts.extend(
            about
                .source
                .iter()
                .map(|text| ("plugin.source".to_owned(), text.as_str())),
        );
        for asked in &self.permissions {
            texts.push((format!("why of the permission {}", asked.name), &asked.why));
        }
        for command in &self.commands {
            let name = &command.name;
            let labels = command.options.iter().flat_map(|option| {
                let translated = option.translations.values();
                translated.chain([&option.name, &option.label])
            });
            let help = command.translations.values().chain([&command.help]);
            texts.extend(
                help.chain(labels)
                    .map(|text| (format!("a text of the command {name:?}"), text.as_str())),
            );
        }
        texts
    }

    /// All that is wrong, a line each for its author.
    pub(super) fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let about = &self.plugin;
        if !is_id(&about.id) {
            problems.push(format!(
                "plugin.id is {:?}; it must look like publisher/name, each of at most 32 of a-z, 0-9, - and _",
                about.id
            ));
        }
        if !is_version(&about.version) {
            problems.push(format!(
                "plugin.version is {:?}; it must look like 1.2.3, without zeros in front of a number",
                about.version
            ));
        }
        if about.api != API {
            problems.push(format!("plugin.api is {:?}; this host speaks {API:?}", about.api));
        }
        if about.summary.trim().is_empty() {
            problems.push("plugin.summary is empty; say in one line what it does".into());
        }
        for (what, text) in self.texts() {
            if !is_line(text) {
                problems.push(format!(
                    "{what} is not one line of at most {LINE_CHARS_MAX} characters that people see: take line breaks and control \
                     characters out"
                ));
            }
        }
        if self.handles.words.len() > WORDS_MAX {
            problems.push(format!("handles.words has more than {WORDS_MAX} words"));
        }
        if self.handles.messages == Messages::None && !self.handles.words.is_empty() {
            problems.push("handles.words needs handles.messages = \"addressed\" or \"all\"".into());
        }
        for word in self.handles.words.iter().filter(|word| !is_word(word)) {
            problems.push(format!(
                "handles.words has {word:?}; each must be one word without spaces"
            ));
        }
        problems.extend(self.command_problems());
        problems.extend(self.webhook_problems());
        problems.extend(self.permission_problems());
        if let Some(mib) = self.limits.memory_mib.filter(|mib| !(1..=MEMORY_MIB_MAX).contains(mib)) {
            problems.push(format!(
                "limits.memory_mib is {mib}; a plugin can have 1 to {MEMORY_MIB_MAX}"
            ));
        }
        if self.data.retention_days == Some(0) {
            problems.push(
                "data.retention_days is 0; say for how many days at most it keeps what it keeps, or leave it out"
                    .into(),
            );
        }
        for unknown in &self.uses {
            problems.push(format!("uses has {unknown:?}, which this host does not know"));
        }
        problems.extend(unsound(&self.config_schema(), "config"));
        // What is wrong with each of several that bear one name is told once.
        let mut told = HashSet::new();
        problems.retain(|problem| told.insert(problem.clone()));
        problems
    }

    fn permission_problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        for (number, asked) in self.permissions.iter().enumerate() {
            if asked.why.trim().is_empty() {
                problems.push(format!("permission {} has no why; the admin reads it", asked.name));
            }
            if self.permissions[..number]
                .iter()
                .any(|earlier| earlier.name == asked.name)
            {
                problems.push(format!("permission {} is asked for twice", asked.name));
            }
            problems.extend(asked.problem(&self.config));
        }
        problems
    }

    fn webhook_problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.webhooks.len() > WEBHOOKS_MAX {
            problems.push(format!("there are more than {WEBHOOKS_MAX} webhooks"));
        }
        for (number, webhook) in self.webhooks.iter().enumerate() {
            problems.extend(webhook.problem(is_name));
            let endpoint = &webhook.endpoint;
            if self.webhooks[..number]
                .iter()
                .any(|earlier| earlier.endpoint == *endpoint)
            {
                problems.push(format!("webhook {endpoint} is there twice"));
            }
            let signature = &webhook.signature;
            // Who shows it would give away what others sign with.
            if self.webhooks[..number].iter().any(|earlier| {
                let other = &earlier.signature;
                other.secret == signature.secret && other.scheme != signature.scheme
            }) {
                problems.push(format!(
                    "webhook {endpoint}: the secret {} is shown by one webhook and signs another; each way needs its own",
                    signature.secret
                ));
            }
        }
        problems
    }

    fn command_problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.commands.len() > COMMANDS_MAX {
            problems.push(format!("there are more than {COMMANDS_MAX} commands"));
        }
        for (number, command) in self.commands.iter().enumerate() {
            if !is_name(&command.name) {
                let name = &command.name;
                problems.push(format!(
                    "command name is {name:?}; use up to 32 lower-case letters, digits, - and _"
                ));
            }
            if COMMANDS_OF_THE_HOST.contains(&command.name.as_str()) {
                let name = &command.name;
                problems.push(format!("command {name} is Switchboard's own; choose another name"));
            }
            if self.commands[..number]
                .iter()
                .any(|earlier| earlier.name == command.name)
            {
                problems.push(format!("command {} is there twice", command.name));
            }
            let of_options = command.options.iter().flat_map(|option| &option.translations);
            for (language, text) in command.translations.iter().chain(of_options) {
                if !is_language(language) || text.trim().is_empty() {
                    let name = &command.name;
                    problems.push(format!(
                        "command {name} has the translation {language} = {text:?}; each has a language's code of two letters, \
                         such as de, and a text"
                    ));
                }
            }
        }
        problems
    }
}

/// Whether a person sees all of it in one line: nothing in it moves the cursor, breaks the line or turns its direction.
fn is_line(text: &str) -> bool {
    text.chars().count() <= LINE_CHARS_MAX && !text.contains(hides)
}

fn is_id(id: &str) -> bool {
    let mut parts = id.split('/');
    matches!((parts.next(), parts.next(), parts.next()), (Some(publisher), Some(name), None)
        if is_name(publisher) && is_name(name))
}

/// Three numbers, each written in one way: one version is one package, by whatever name somebody asks for it.
pub fn is_version(version: &str) -> bool {
    let is_number = |part: &str| {
        let digits = part.bytes().all(|byte| byte.is_ascii_digit());
        digits && part.parse::<u32>().is_ok() && (part == "0" || !part.starts_with('0'))
    };
    version.split('.').count() == 3 && version.split('.').all(is_number)
}

pub(super) fn is_name(name: &str) -> bool {
    (1..=32).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_')
}

/// ISO 639-1, as all platforms know it.
fn is_language(code: &str) -> bool {
    code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_lowercase())
}

fn is_word(word: &str) -> bool {
    !word.is_empty() && word.chars().all(char::is_alphanumeric)
}
