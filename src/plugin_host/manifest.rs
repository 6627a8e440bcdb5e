//! What a package says about itself: `plugin.toml`, read strictly.

mod asked;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

pub use self::asked::Asked;
use self::asked::listed;
use super::nesting;
use super::permission::Permission;
use super::webhook::{WEBHOOKS_MAX, Webhook};

/// The contract's version that this host speaks.
pub const API: &str = "0.1";

/// A longer manifest is an attack, not a description.
pub const MANIFEST_BYTES_MAX: usize = 64 * 1024;

/// Enough for every plugin that a person can still overlook.
const COMMANDS_MAX: usize = 32;

/// Commands of the program itself, which work with any plugins or none.
pub const COMMANDS_OF_THE_HOST: &[&str] = &["help", "link", "unlink", "plugin"];

/// What a plugin can be granted on asking: twice what `CPython` needs.
const MEMORY_MIB_MAX: u32 = 512;

/// Longer sentences nobody reads before agreeing.
const LINE_CHARS_MAX: usize = 500;

/// More words than this ask for `messages = "all"` without words.
const WORDS_MAX: usize = 256;

/// The whole file.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Who it is.
    pub plugin: About,
    /// What it wants to see.
    #[serde(default)]
    pub handles: Handles,
    /// Its commands.
    #[serde(default, rename = "command")]
    pub commands: Vec<Command>,
    /// What it asks for.
    #[serde(default, rename = "permission")]
    pub permissions: Vec<Asked>,
    /// Where servers elsewhere call it.
    #[serde(default, rename = "webhook")]
    pub webhooks: Vec<Webhook>,
    /// What it keeps.
    #[serde(default)]
    pub data: Data,
    /// What it needs.
    #[serde(default)]
    pub limits: AskedLimits,
    /// JSON Schema of its settings. A text with `format = "place"`, `"person"` or `"role"` is chosen by name from those that are
    /// there and arrives as a ref; of a role the name is the ref. One with `format = "cron"`, `"zone"` or `"https-url"` is checked by
    /// the host wherever settings are made: five cron fields, an IANA time zone, an address that begins with `https://`.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub config: toml::Table,
    /// Kinds and fields of later releases that it knows.
    #[serde(default)]
    pub uses: Vec<String>,
}

/// Who it is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// `publisher/name`.
    pub id: String,
    /// Its version.
    pub version: String,
    /// The contract's version it was built for.
    pub api: String,
    /// One line for the list of plugins.
    pub summary: String,
    /// SPDX.
    pub license: String,
    /// Where its source is.
    #[serde(default)]
    pub source: Option<String>,
}

/// Which messages a plugin wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Messages {
    /// None.
    #[default]
    None,
    /// Those that call for the bot.
    Addressed,
    /// Those that do not, too.
    All,
}

/// Other events that a plugin can ask for. What it owns (presses, timers, its lost messages) it gets unasked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Messages that were changed.
    Edited,
    /// Messages that were taken back.
    Deleted,
    /// Reactions.
    Reaction,
    /// *Helpful* and *Not it* under answers.
    Feedback,
    /// People who come and go.
    Member,
    /// Conversations that change hands.
    Handover,
    /// People who want to be forgotten.
    Forget,
}

/// What a plugin wants to see.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Handles {
    /// Which messages.
    #[serde(default)]
    pub messages: Messages,
    /// Only messages with one of these words.
    #[serde(default)]
    pub words: Vec<String>,
    /// Other events.
    #[serde(default)]
    pub events: Vec<Kind>,
}

/// A command.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Command {
    /// Without the slash.
    pub name: String,
    /// One line, in English.
    pub help: String,
    /// The same in other languages, by their code of two letters.
    #[serde(default)]
    pub translations: BTreeMap<String, String>,
    /// What it takes.
    #[serde(default)]
    pub options: Vec<CommandOption>,
    /// Only who gives it sees what it answers. Platforms must know beforehand.
    #[serde(default)]
    pub private: bool,
}

/// What a command takes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CommandOption {
    /// Names the value.
    pub name: String,
    /// Beside the field, in English.
    pub label: String,
    /// The same in other languages, by their code of two letters.
    #[serde(default)]
    pub translations: BTreeMap<String, String>,
    /// `line`, `paragraph`, `number`, `yes-no`.
    #[serde(default = "line")]
    pub input: String,
    /// Whether it may be left out.
    #[serde(default)]
    pub required: bool,
}

fn line() -> String {
    "line".into()
}

/// What it keeps.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Data {
    /// In words.
    #[serde(default)]
    pub keeps: String,
    /// Whether it is about persons.
    #[serde(default)]
    pub personal: bool,
    /// For how long.
    #[serde(default)]
    pub retention_days: Option<u32>,
}

/// What it needs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AskedLimits {
    /// More or less memory than the default. Who allows the plugin what it asks for allows this, too.
    #[serde(default)]
    pub memory_mib: Option<u32>,
    /// Whether instances are shared between events.
    #[serde(default)]
    pub isolation: Isolation,
}

/// Whether instances are shared between events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Isolation {
    /// They are.
    #[default]
    Shared,
    /// Each event gets a fresh one.
    Event,
}

impl Kind {
    /// What a plugin is told of that asks for such events.
    pub fn seen(self) -> &'static str {
        match self {
            Self::Edited => "What members change of what they said",
            Self::Deleted => "That members take back what they said",
            Self::Reaction => "Reactions",
            Self::Feedback => "What members say of answers: helpful, or not it",
            Self::Member => "Who comes and goes",
            Self::Handover => "That a conversation goes to a person, or back",
            Self::Forget => "Who asks to be forgotten",
        }
    }
}

impl Manifest {
    /// Reads and checks a manifest.
    ///
    /// # Errors
    ///
    /// All problems at once, each a line for its author.
    pub fn parse(text: &str) -> Result<Self, Vec<String>> {
        if text.len() > MANIFEST_BYTES_MAX {
            return Err(vec![format!("the manifest is longer than {MANIFEST_BYTES_MAX} bytes")]);
        }
        if nesting::is_too_deep(text) {
            return Err(vec!["the manifest is nested too deeply for anyone to read".to_owned()]);
        }
        let manifest: Self = toml::from_str(text).map_err(|error| vec![visible(error.to_string().trim_end())])?;
        let problems = manifest.problems();
        if problems.is_empty() {
            Ok(manifest)
        } else {
            Err(problems.iter().map(|problem| visible(problem)).collect())
        }
    }

    /// The permissions it asks for.
    pub fn wanted(&self) -> Vec<Permission> {
        self.permissions.iter().map(|asked| asked.name).collect()
    }

    /// Servers elsewhere that it may send something to by asking them, for people; none when there are none.
    pub fn servers(&self) -> Option<String> {
        let mut places: Vec<String> = Vec::new();
        for rule in self.permissions.iter().flat_map(|asked| &asked.allow) {
            let place = rule.place();
            if !places.contains(&place) {
                places.push(place);
            }
        }
        (!places.is_empty()).then(|| listed(&places))
    }

    /// Whether only who gives this command sees what it answers.
    pub fn is_private(&self, command: &str) -> bool {
        self.commands
            .iter()
            .any(|declared| declared.name == command && declared.private)
    }

    /// The schema of its settings as JSON.
    pub fn config_schema(&self) -> serde_json::Value {
        serde_json::to_value(&self.config).expect("a TOML table is JSON")
    }

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

    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let about = &self.plugin;
        if !is_id(&about.id) {
            problems.push(format!("plugin.id is {:?}; it must look like publisher/name", about.id));
        }
        if about.version.split('.').count() != 3 || about.version.split('.').any(|part| part.parse::<u32>().is_err()) {
            problems.push(format!(
                "plugin.version is {:?}; it must look like 1.2.3",
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
        if let Some(mib) = self.limits.memory_mib.filter(|mib| !(1..=MEMORY_MIB_MAX).contains(mib)) {
            problems.push(format!(
                "limits.memory_mib is {mib}; a plugin can have 1 to {MEMORY_MIB_MAX}"
            ));
        }
        for unknown in &self.uses {
            problems.push(format!("uses has {unknown:?}, which this host does not know"));
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

fn hides(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// What is told of a manifest has parts of it, and goes to terminals: it moves no cursor there and turns no direction.
fn visible(problem: &str) -> String {
    let mut shown = String::with_capacity(problem.len());
    for character in problem.chars() {
        if hides(character) && character != '\n' {
            shown.extend(character.escape_unicode());
        } else {
            shown.push(character);
        }
    }
    shown
}

fn is_id(id: &str) -> bool {
    let mut parts = id.split('/');
    matches!((parts.next(), parts.next(), parts.next()), (Some(publisher), Some(name), None)
        if is_name(publisher) && is_name(name))
}

fn is_name(name: &str) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;

    const SMALLEST: &str = r#"
        [plugin]
        id = "acme/refunds"
        version = "1.4.0"
        api = "0.1"
        summary = "Answers refund questions"
        license = "MIT"
    "#;

    #[track_caller]
    fn check(more: &str, expected: &[&str]) {
        let problems = Manifest::parse(&format!("{SMALLEST}{more}")).expect_err("it has problems");
        assert_eq!(problems, expected);
    }

    #[test]
    fn what_people_agree_to_stands_in_one_line_that_they_see() {
        let problem = "why of the permission kv is not one line of at most 500 characters that people see: take line breaks and \
                       control characters out";
        for odd in [
            r"x\u001b[2K",
            r"Nice\n\nWhat it may do\n  Nothing",
            r"\u202edlot",
            r"a\u2028b",
        ] {
            check(&format!("[[permission]]\nname = \"kv\"\nwhy = \"{odd}\"\n"), &[problem]);
        }
    }

    #[test]
    fn what_is_told_of_a_broken_manifest_moves_no_cursor() {
        let problems = Manifest::parse("[plugin]\nid = \"a\u{1b}[31m\u{202e}\"\n").expect_err("it has problems");
        let told = problems.join("\n");
        assert!(
            !told.contains(['\u{1b}', '\u{202e}']) && told.contains(r"\u{1b}"),
            "{told}"
        );
    }

    #[test]
    fn the_smallest_manifest_wants_nothing() {
        let manifest = Manifest::parse(SMALLEST).expect("it is fine");
        assert_eq!(manifest.handles.messages, Messages::None);
        assert!(manifest.wanted().is_empty());
    }

    #[test]
    fn all_problems_are_told_at_once() {
        check(
            "[handles]\nwords = [\"two words\"]\n[[command]]\nname = \"Refund!\"\nhelp = \"\"\n\
             [[command]]\nname = \"link\"\nhelp = \"\"\n",
            &[
                "handles.words needs handles.messages = \"addressed\" or \"all\"",
                "handles.words has \"two words\"; each must be one word without spaces",
                "command name is \"Refund!\"; use up to 32 lower-case letters, digits, - and _",
                "command link is Switchboard's own; choose another name",
            ],
        );
    }

    #[test]
    fn commands_are_described_in_several_languages() {
        let command = "[[command]]\nname = \"refund\"\nhelp = \"Ask for money back\"\n\
             options = [{ name = \"order\", label = \"Order\", translations = { de = \"Bestellung\" } }]\n\
             [command.translations]\n";
        let manifest = Manifest::parse(&format!("{SMALLEST}{command}de = \"Geld zurück\"\n")).expect("it is fine");
        let [refund] = manifest.commands.as_slice() else {
            panic!("one command")
        };
        assert_eq!(
            (&*refund.translations["de"], &*refund.options[0].translations["de"]),
            ("Geld zurück", "Bestellung")
        );
        check(
            &format!("{command}german = \"Geld zurück\"\nfr = \"\"\n"),
            &[
                "command refund has the translation fr = \"\"; each has a language's code of two letters, such as de, and a text",
                "command refund has the translation german = \"Geld zurück\"; each has a language's code of two letters, such as \
                 de, and a text",
            ],
        );
    }

    #[test]
    fn an_unknown_key_is_an_error_with_its_line() {
        let problems = Manifest::parse(&format!("{SMALLEST}[handles]\nmessage = \"all\"\n")).expect_err("unknown key");
        assert!(problems[0].contains("unknown field `message`"), "{problems:?}");
    }

    #[test]
    fn a_webhook_says_how_who_calls_shows_who_they_are() {
        let webhook = |endpoint: &str, rest: &str| {
            let signature = "header = \"X-Signature\", scheme = \"hmac-sha256-hex\", secret = \"hook\"";
            format!("[[webhook]]\nendpoint = \"{endpoint}\"\nsignature = {{ {signature}{rest} }}\n")
        };
        let sound = format!("{SMALLEST}{}", webhook("order", ", prefix = \"sha256=\""));
        let manifest = Manifest::parse(&sound).expect("it is fine");
        assert_eq!(
            manifest.webhooks[0].to_string(),
            "What servers elsewhere send to its address “order”, if they sign with the secret “hook”; of what says the same within \
             ten minutes it sees one"
        );
        check(
            &format!(
                "{}{}",
                webhook("order", ""),
                webhook("shown", "").replace("hmac-sha256-hex", "token")
            ),
            &["webhook shown: the secret hook is shown by one webhook and signs another; each way needs its own"],
        );
        check(
            &format!(
                "{}{}{}",
                webhook("order", ""),
                webhook("order", ""),
                webhook("No Name", "")
            ),
            &[
                "webhook order is there twice",
                "a webhook's endpoint is \"No Name\"; use up to 32 lower-case letters, digits, - and _",
            ],
        );
        check(
            &webhook("order", "").replace("X-Signature", "X Signature"),
            &["webhook order: what stands in header or id_header is no name of a header"],
        );
        let many: String = (0..9).map(|number| webhook(&format!("order-{number}"), "")).collect();
        check(&many, &["there are more than 8 webhooks"]);
        let unsigned = Manifest::parse(&format!("{SMALLEST}[[webhook]]\nendpoint = \"order\"\n"));
        assert!(unsigned.expect_err("anybody could call")[0].contains("missing field `signature`"));
    }

    #[test]
    fn an_endless_schema_is_refused_before_anything_is_built_of_it() {
        let key = ["a"; 79].join(".");
        let schema = format!(
            "[config.{key}]\n{}1{}",
            format!("a.{key} = {{").repeat(70),
            "}".repeat(70)
        );
        check(&schema, &["the manifest is nested too deeply for anyone to read"]);
    }

    #[test]
    fn another_api_is_refused() {
        let problems = Manifest::parse(&SMALLEST.replace("\"0.1\"", "\"7.0\"")).expect_err("another api");
        assert_eq!(problems, ["plugin.api is \"7.0\"; this host speaks \"0.1\""]);
    }
}
