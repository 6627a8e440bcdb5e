//! `switchboard init`: from a pasted token to a first answered question in a real channel, and back.
//!
//! Each step looks at the record of what was done before it asks anything, so that a run which was broken off goes on
//! where it was. What is decided without anybody is in `record`, `option` and `first_entries`.

mod first_entries;
mod interrupt;
mod live;
mod option;
mod prompt;
mod record;
mod token;
mod undo;

use std::path::{Path, PathBuf};

use self::first_entries::TEMPLATES;
use self::prompt::Prompt;
use self::record::{Act, Platform, Record};
use self::token::{Bot, DISCORD, TELEGRAM};
use super::failure::{FOUND, OURS};
use super::{Common, Failure, ask, block_on, doctor};
use crate::app::control::{Client, Reply, Report, Request};
use crate::app::{Ops, paths};
use crate::config::Config;
use crate::connectors::examination::{Diagnosis, KnownAs};
use crate::model::ids::EntryId;

#[derive(clap::Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of its own, and answers one question"
)]
#[command(
    after_help = "Run it again after a break: it goes on where it was. Each option answers a question beforehand; without \
                  a terminal the answers are read as lines.\n\nExamples:\n  switchboard init\n  switchboard init \
                  --platform discord --token-file /run/secrets/discord --no-entries --place help --yes\n  switchboard \
                  init --undo"
)]
pub(crate) struct Arguments {
    /// Takes back what `init` did: switches the place off, takes entries and the option out, empties the bot's menus, deletes
    /// the token's file.
    #[arg(
        long,
        conflicts_with_all = [
            "platform", "token_file", "entry", "no_entries", "question", "place", "no_place", "yes", "no_run"
        ]
    )]
    undo: bool,
    /// Where Switchboard is to answer.
    #[arg(long)]
    platform: Option<Platform>,
    /// A file with the bot's token, instead of pasting it.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// A first entry of the knowledge base; may be given several times.
    #[arg(long, num_args = 2, value_names = ["QUESTION", "ANSWER"], conflicts_with = "no_entries")]
    entry: Vec<String>,
    /// Adds no entries.
    #[arg(long)]
    no_entries: bool,
    /// What is tried in the terminal.
    #[arg(long)]
    question: Option<String>,
    /// The channel or group to switch on, by its name or the platform's id.
    #[arg(long, conflicts_with = "no_place")]
    place: Option<String>,
    /// Switches no channel on; people can still write to the bot itself.
    #[arg(long)]
    no_place: bool,
    /// Agrees to the change of the configuration.
    #[arg(long)]
    yes: bool,
    /// Ends once everything is set up, and does not wait for the first question.
    #[arg(long)]
    no_run: bool,
}

pub(crate) fn run(common: &Common, arguments: &Arguments) -> Result<(), Failure> {
    let config = common.load(None)?;
    let data = config.written.data.clone();
    let prompt = Prompt::new(if arguments.undo {
        "switchboard init --undo"
    } else {
        "switchboard init"
    })?;
    if block_on(async { Ok(Client::connect(&paths::socket(&data)).await.is_some()) })? {
        return Err(
            Failure::new(FOUND, "Switchboard is running with this data folder").hint(if arguments.undo {
                "stop it and run `switchboard init --undo` again"
            } else {
                "stop it and run `switchboard init` again, which starts it; nothing is lost meanwhile"
            }),
        );
    }
    if arguments.undo {
        return undo::undo(&config, &data);
    }
    let mut init = Init {
        common,
        arguments,
        prompt,
        record: Record::load(&data)?.unwrap_or_default(),
        data,
    };
    let platform = init.platform()?;
    let config = match platform.bot() {
        None => config,
        Some(bot) => init.token(config, bot)?,
    };
    if init.record.is_done() {
        println!(
            "Everything is set up. `switchboard run` starts it, `switchboard doctor` looks whether all is well, and\n\
             `switchboard init --undo` takes back what was set up here."
        );
        return Ok(());
    }
    let known_as = init.examine(&config, platform)?;
    init.entries(&config)?;
    live::go(&mut init, &config, platform, known_as)
}

/// One run.
struct Init<'a> {
    common: &'a Common,
    arguments: &'a Arguments,
    prompt: Prompt,
    record: Record,
    data: PathBuf,
}

impl Init<'_> {
    fn save(&self) -> Result<(), Failure> {
        Ok(self.record.save(&self.data)?)
    }

    fn platform(&mut self) -> Result<Platform, Failure> {
        let platform = match self.arguments.platform.or(self.record.platform) {
            Some(platform) => platform,
            None => loop {
                let question = "Where is Switchboard to answer? [1] Discord  [2] Telegram  [3] the web chat alone: ";
                match self.prompt.need(question, "--platform")?.to_lowercase().as_str() {
                    "1" | "discord" => break Platform::Discord,
                    "2" | "telegram" => break Platform::Telegram,
                    "3" | "web" => break Platform::Web,
                    _ => println!("Please answer 1, 2 or 3."),
                }
            },
        };
        self.record.go_on_with(platform);
        self.save()?;
        Ok(platform)
    }

    /// Looks whether everything can do its work, until it does or somebody wants to go on all the same.
    fn examine(&self, config: &Config, platform: Platform) -> Result<Option<KnownAs>, Failure> {
        loop {
            let reports = examined(config)?;
            println!();
            let told = doctor::tell(&reports, false);
            let own = reports.into_iter().find(|report| report.of == platform.login());
            let known_as = own.and_then(|report| report.examination.known_as);
            let Err(failure) = told else { return Ok(known_as) };
            if !self.prompt.is_person() {
                return Err(failure.hint("mend them and run `switchboard init` again; it goes on here"));
            }
            if self.goes_on_all_the_same()? {
                return Ok(known_as);
            }
        }
    }

    /// Asked where something does not work; a person may mend it meanwhile.
    fn goes_on_all_the_same(&self) -> Result<bool, Failure> {
        let question = "Mend what does not work and press Enter to look again, or write `on` to go on all the same: ";
        let answer = self.prompt.ask(question)?;
        answer
            .map(|answer| answer.eq_ignore_ascii_case("on"))
            .ok_or_else(|| Failure::new(FOUND, "something does not work").hint("`switchboard init` goes on here"))
    }

    /// Adds the first entries.
    fn entries(&mut self, config: &Config) -> Result<(), Failure> {
        if self.record.added {
            return Ok(());
        }
        let text = if let Some(text) = &self.record.entries {
            text.clone()
        } else {
            let answered = self.answered()?;
            let taken = entries_there(config)?;
            let (text, ids) = first_entries::file(&answered, taken).map_err(anyhow::Error::from)?;
            if !ids.is_empty() {
                self.record.note(Act::Entries { ids });
            }
            self.record.entries = Some(text.clone());
            self.save()?;
            text
        };
        if !text.is_empty() {
            let request = Request::Apply {
                files: vec![(first_entries::FILE.to_owned(), text)],
                dry_run: false,
                twin: false,
            };
            match block_on(ask::answer(config, request))? {
                Reply::Refused { message, hint } => {
                    // They are asked for again at the next run.
                    self.record.entries = None;
                    self.record.acts.retain(|act| !matches!(act, Act::Entries { .. }));
                    self.save()?;
                    return Err(ask::refused(message, hint));
                }
                _ => println!("They are in the knowledge base; *Knowledge* in the console changes them."),
            }
        }
        self.record.added = true;
        self.save()
    }

    /// Questions with their answers, as somebody writes them now.
    fn answered(&self) -> Result<Vec<(String, String)>, Failure> {
        if self.arguments.no_entries {
            return Ok(Vec::new());
        }
        if !self.arguments.entry.is_empty() {
            let pairs = self.arguments.entry.chunks_exact(2);
            return Ok(pairs.map(|pair| (pair[0].clone(), pair[1].clone())).collect());
        }
        println!("\nThe first entries: what the bot is to answer. Enter alone leaves one out.");
        let mut answered = Vec::new();
        for template in TEMPLATES {
            let asked = self.prompt.ask(&format!("Question [{template}]: "))?;
            let Some(asked) = asked else { break };
            let question = if asked.is_empty() { template.to_owned() } else { asked };
            let answer = self.prompt.ask("  Its answer: ")?.unwrap_or_default();
            if !answer.is_empty() {
                answered.push((question, answer));
            }
        }
        Ok(answered)
    }
}

impl Platform {
    /// The login that serves it.
    fn login(self) -> &'static str {
        match self {
            Self::Discord => "discord",
            Self::Telegram => "telegram",
            Self::Web => "web_chat",
        }
    }

    /// The bot that it needs, if one.
    fn bot(self) -> Option<&'static Bot> {
        match self {
            Self::Discord => Some(&DISCORD),
            Self::Telegram => Some(&TELEGRAM),
            Self::Web => None,
        }
    }
}

/// Empty for a file that is not there.
fn read(file: &Path) -> Result<String, Failure> {
    match std::fs::read_to_string(file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        read => read.map_err(|error| Failure::new(FOUND, format!("cannot read {}: {error}", file.display()))),
    }
}

/// The entries that are in the knowledge base: what is added must not be taken for one of them.
fn entries_there(config: &Config) -> Result<Vec<EntryId>, Failure> {
    let files = match block_on(ask::answer(config, Request::Export))? {
        Reply::Files { files } => files,
        Reply::Refused { message, hint } => return Err(ask::refused(message, hint)),
        _ => Vec::new(),
    };
    Ok(first_entries::ids(files))
}

/// What the doctor finds with this configuration.
fn examined(config: &Config) -> Result<Vec<Report>, Failure> {
    let reply = block_on(async { Ok(Ops::alone(config).await?.answer(Request::Doctor).await) })?;
    match reply {
        Reply::Examined { reports } => Ok(reports),
        Reply::Refused { message, hint } => Err(ask::refused(message, hint)),
        _ => Err(Failure::new(OURS, "the doctor gave an odd answer")),
    }
}

fn about<'a>(reports: &'a [Report], what: &'a str) -> impl Iterator<Item = &'a Diagnosis> {
    let all = reports.iter().flat_map(|report| &report.examination.diagnoses);
    all.filter(move |diagnosis| diagnosis.about == what)
}
