//! The command line: one file per command, words for people, exit codes for programs.
//!
//! Data goes to standard output, everything else to standard error. 0 done, 1 found problems, 64 wrong use, 70 our
//! fault, 78 wrong configuration.

mod ask;
mod chat;
mod check;
mod config;
mod doctor;
mod failure;
mod files;
mod init;
mod knowledge;
mod load;
mod plugin;
pub mod reference;
mod run;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

pub use self::failure::Failure;
use crate::app::control::Request;
use crate::config::{Config, Overrides};

/// Connects every question in a community to the one who can answer it: a bot, a peer, or a person.
#[derive(Parser)]
#[command(
    name = "switchboard",
    version,
    after_help = "Start here:\n  switchboard init     connects a bot and goes live in one channel, step by step\n  \
                  switchboard run      starts it and says where the web chat and the console are\n  \
                  switchboard doctor   looks whether everything works, and says how to mend what does not"
)]
struct Arguments {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

/// What every command takes.
#[derive(Args, Clone, Debug)]
pub(crate) struct Common {
    /// The configuration. Without it config/switchboard.toml is read, if it is there.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The data folder, instead of the one in the configuration.
    #[arg(long, global = true, value_name = "FOLDER")]
    data: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    /// Starts Switchboard, until Ctrl-C or SIGTERM.
    Run(run::Arguments),
    /// Connects a bot and goes live in one channel, step by step; `--undo` takes it back.
    Init(init::Arguments),
    /// Talks with Switchboard in this terminal, as a visitor does in the web chat.
    Chat(chat::Arguments),
    /// Shows how it is doing.
    Status(ask::Format),
    /// Shows how each login stands, what waits to be sent through it, and what it can and cannot do.
    Logins(ask::Format),
    /// Looks whether everything can do its work, also from the platforms' side, and says how to mend what cannot.
    #[command(
        after_help = "It sends nothing to anybody, and works beside the running program and without it. Exit code 1: \
                      something does not work.\n\nExamples:\n  switchboard doctor\n  switchboard doctor --json"
    )]
    Doctor(ask::Format),
    /// Tells what became of a message: a line for each handler and plugin.
    Explain {
        /// The number of an event, or the id of a message.
        what: String,
        #[command(flatten)]
        format: ask::Format,
    },
    /// Plugins of the community, and dialogs for those who write them.
    #[command(subcommand)]
    Plugin(plugin::Plugin),
    /// What is sent, what waits and what failed.
    #[command(subcommand)]
    Outbox(ask::Outbox),
    /// Accounts of the console.
    #[command(subcommand)]
    Account(ask::Account),
    /// Writes the community's settings, plugins and knowledge as files.
    Export(files::Export),
    /// Makes files the community's settings, plugins and knowledge.
    Apply(files::Apply),
    /// Entries of the knowledge base.
    #[command(subcommand)]
    Knowledge(knowledge::Knowledge),
    /// Copies the database while Switchboard runs.
    Backup(files::Backup),
    /// Puts a copy of the database back, or only looks through it.
    Restore(files::Restore),
    /// Says what is older than it is kept, or takes it away now instead of tonight.
    Retention {
        /// Only counts.
        #[arg(long)]
        dry_run: bool,
    },
    /// Measures how many messages this machine can answer.
    Load(load::Arguments),
    /// Finds every mistake in the configuration and the community's files, and starts nothing.
    Check,
    /// Shows every option with its value and where that comes from.
    Config(config::Arguments),
}

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Nothing better can be done when the words cannot be shown.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { failure::USAGE } else { 0 });
        }
    };
    let common = &arguments.common;
    let done = match &arguments.command {
        Command::Run(arguments) => run::run(common, arguments),
        Command::Init(arguments) => init::run(common, arguments),
        Command::Chat(arguments) => chat::run(common, arguments),
        Command::Status(format) => ask::ask(common, Request::Status, *format),
        Command::Logins(format) => ask::ask(common, Request::Logins, *format),
        Command::Doctor(format) => ask::ask(common, Request::Doctor, *format),
        Command::Explain { what, format } => ask::ask(common, Request::Explain { what: what.clone() }, *format),
        Command::Plugin(plugin) => plugin::run(common, plugin),
        Command::Outbox(outbox) => ask::outbox(common, outbox),
        Command::Account(account) => ask::account(common, account),
        Command::Export(arguments) => files::export(common, arguments),
        Command::Apply(arguments) => files::apply(common, arguments),
        Command::Knowledge(command) => knowledge::run(common, command),
        Command::Backup(arguments) => files::backup(common, arguments),
        Command::Restore(arguments) => files::restore(common, arguments),
        Command::Retention { dry_run } => ask::retention(common, *dry_run),
        Command::Load(arguments) => load::run(common, arguments),
        Command::Check => check::run(common),
        Command::Config(arguments) => config::run(common, arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.show(),
    }
}

impl Common {
    fn overrides(&self) -> Overrides {
        Overrides {
            data: self.data.clone(),
            listen: None,
        }
    }

    fn load(&self, listen: Option<&str>) -> Result<Config, Failure> {
        let overrides = Overrides {
            listen: listen.map(str::to_owned),
            ..self.overrides()
        };
        Ok(Config::load(self.config.as_deref(), &overrides)?)
    }
}

/// Runs what a command waits for.
fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(failure::OURS, format!("cannot start: {error}")))?;
    runtime.block_on(work)
}
