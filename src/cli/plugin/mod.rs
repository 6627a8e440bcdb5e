//! Commands about plugins.

mod admin;
mod build;
mod chat;
mod check;
mod consent;
mod index;
mod new;
mod record;
mod replay;
mod test;

use std::path::{Path, PathBuf};

use self::build::Built;
use super::failure::{FOUND, USAGE};
use super::{Common, Failure, ask};
use crate::app::control::Request;
use crate::installer::{PluginRequest, changes};
use crate::plugin_host::Package;

/// Plugins of the community, and dialogs for those who write them.
#[derive(clap::Subcommand)]
pub(crate) enum Plugin {
    /// Lists them in the order in which they see a message, with what they may do.
    List(ask::Format),
    /// Looks for plugins in an index.
    #[command(after_help = "Example:\n  switchboard plugin search refund --index https://plugins.example.org")]
    Search {
        /// All of these are in the name or the summary; all plugins without a word.
        words: Vec<String>,
        #[command(flatten)]
        index: admin::Index,
        #[command(flatten)]
        format: ask::Format,
    },
    /// Tells what a plugin would be allowed, and changes nothing.
    #[command(
        after_help = "By name it tells of what waits here, of what comes with the program, or of what the index \
                            has.\n\nExamples:\n  switchboard plugin plan refunds.wasm\n  switchboard plugin plan acme/refunds"
    )]
    Plan {
        #[command(flatten)]
        wish: admin::WishArguments,
    },
    /// Brings a plugin in, allowed what it asks for; it stays off until `enable`.
    #[command(
        after_help = "Shows the plan first, and asks. Nothing is installed without consent.\n\nExamples:\n  \
                            switchboard plugin install refunds.wasm\n  \
                            switchboard plugin install acme/refunds --index https://plugins.example.org"
    )]
    Install {
        #[command(flatten)]
        wish: admin::WishArguments,
        /// Agrees to whatever it asks for, for scripts.
        #[arg(long)]
        yes: bool,
    },
    /// Brings a newer package of a plugin; one that asks for more waits for consent while the old one goes on.
    #[command(
        after_help = "By name it takes what waits here, else what the index has. Without a terminal, and without `--yes`, what asks for \
                      more is kept and waits, with exit code 1.\n\nExamples:\n  switchboard plugin update refunds-1.5.0.wasm\n  \
                      switchboard plugin update acme/refunds"
    )]
    Update {
        #[command(flatten)]
        wish: admin::WishArguments,
        /// Agrees to whatever it asks for, for scripts.
        #[arg(long)]
        yes: bool,
    },
    /// Brings back what stood before the last update: package, permissions, settings and data.
    #[command(
        after_help = "Shows first what that changes, and asks.\n\nExamples:\n  switchboard plugin rollback acme/refunds\n  switchboard \
                      plugin rollback acme/refunds --yes"
    )]
    Rollback {
        /// `publisher/name`.
        plugin: String,
        /// Agrees to it, for scripts.
        #[arg(long)]
        yes: bool,
    },
    /// Switches a plugin on. Of what comes with the program it shows first what that asks for, and asks.
    #[command(
        after_help = "What was held back, or could not set itself up, begins anew.\n\nExamples:\n  \
                            switchboard plugin enable acme/refunds\n  switchboard plugin enable switchboard/feed --yes\n  \
                            switchboard plugin enable switchboard/feed --in '#news'"
    )]
    Enable {
        /// `publisher/name`.
        plugin: String,
        /// Agrees to whatever it asks for, for scripts.
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        part: admin::Part,
    },
    /// Switches a plugin off. It keeps what it has.
    Disable {
        /// `publisher/name`.
        plugin: String,
        #[command(flatten)]
        part: admin::Part,
    },
    /// Tries a plugin that is off: it sees what happens, can do nothing, and what it would have done is listed.
    #[command(after_help = "Examples:\n  switchboard plugin dry-run acme/refunds --hours 24\n  \
                            switchboard plugin dry-run acme/refunds")]
    DryRun {
        /// `publisher/name`.
        plugin: String,
        /// Begins, for so many hours. Without it, what it would have done is listed.
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..=24 * 14))]
        hours: Option<u32>,
        /// Ends it.
        #[arg(long, conflicts_with = "hours")]
        stop: bool,
        /// Agrees to whatever it asks for, for scripts.
        #[arg(long, requires = "hours")]
        yes: bool,
        #[command(flatten)]
        format: ask::Format,
    },
    /// Shows a plugin's settings, or changes some of them.
    #[command(after_help = "Examples:\n  switchboard plugin config switchboard/hello\n  \
                            switchboard plugin config switchboard/hello greeting='Hi, {name}!'\n  \
                            switchboard plugin config switchboard/hello greeting=\n  \
                            switchboard plugin config switchboard/hello --in '#help' greeting='How can we help, {name}?'\n  \
                            switchboard plugin config switchboard/hello --in '#help' --reset")]
    Config {
        /// `publisher/name`.
        plugin: String,
        /// `NAME=VALUE`: JSON, or text as it stands. `NAME=` takes the setting away.
        changes: Vec<String>,
        #[command(flatten)]
        part: admin::Part,
        /// In that part all is as around it again, also whether the plugin is on.
        #[arg(long, requires = "within", conflicts_with = "changes")]
        reset: bool,
    },
    /// Takes a plugin out, and prints a receipt.
    #[command(
        after_help = "In a terminal it asks what becomes of what it keeps, where `--kept` does not say it.\n\nExample:\n  \
                      switchboard plugin uninstall acme/refunds --kept export --to refunds.json"
    )]
    Uninstall {
        /// `publisher/name`.
        plugin: String,
        /// What becomes of what it keeps: it stays, is written to a file and deleted, or is deleted.
        #[arg(long, value_parser = ["keep", "export", "delete"])]
        kept: Option<String>,
        /// The file for `--kept export`.
        #[arg(long, value_name = "FILE", required_if_eq("kept", "export"))]
        to: Option<PathBuf>,
    },
    /// Tells everything about a plugin: what it may do, who allowed that and when, what it keeps.
    Info {
        /// `publisher/name`.
        plugin: String,
        #[command(flatten)]
        format: ask::Format,
    },
    /// Tells what became of an event: a line for each plugin, as `switchboard explain` does.
    Explain {
        /// The number of an event, or the id of a message.
        #[arg(value_name = "MESSAGE")]
        what: String,
        #[command(flatten)]
        format: ask::Format,
    },
    /// Gives an endpoint of a plugin another address; nobody is heard at the old one from then on.
    #[command(
        after_help = "Tell the service that calls it the new address.\n\nExample:\n  switchboard plugin address acme/refunds order"
    )]
    Address {
        /// `publisher/name`.
        plugin: String,
        /// Which of its endpoints, as `switchboard plugin info` names it.
        endpoint: String,
    },
    /// Shows the last lines of a plugin's log.
    Logs {
        /// `publisher/name`.
        plugin: String,
        #[command(flatten)]
        format: ask::Format,
    },
    /// Records what a plugin is handed and what comes of it, for its author to replay; off until somebody begins it.
    #[command(
        after_help = "The recording holds what members write, and no secrets of servers elsewhere. It lies in the data folder, ends with \
                      its time and with the program, and is deleted with raw events.\n\nExamples:\n  switchboard plugin record \
                      acme/refunds --hours 24\n  switchboard plugin record acme/refunds\n  switchboard plugin record \
                      acme/refunds --to refunds.jsonl"
    )]
    Record {
        /// `publisher/name`.
        plugin: String,
        /// Begins, for so many hours, in place of what was recorded before. Without any option it tells how it stands.
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..=24 * 14))]
        hours: Option<u32>,
        /// Ends it; what was recorded stays.
        #[arg(long, conflicts_with_all = ["hours", "to", "delete"])]
        stop: bool,
        /// Copies what was recorded to a new file.
        #[arg(long, value_name = "FILE", conflicts_with_all = ["hours", "delete"])]
        to: Option<PathBuf>,
        /// Ends it, and deletes what was recorded.
        #[arg(long, conflicts_with = "hours")]
        delete: bool,
    },
    /// Makes the index of a folder of packages, so that others can install from it.
    #[command(
        after_help = "Writes index.json into the folder. Put the folder on any web server, or name it with `--index`. A `.minisig` \
                      file beside a package goes into the index; where its key is one of `plugins.keys`, it is checked \
                      first.\n\nExample:\n  switchboard plugin index packages"
    )]
    Index {
        /// The folder with the `.wasm` files.
        folder: PathBuf,
    },
    /// Makes a folder with a plugin that works, to change into your own.
    New(new::Arguments),
    /// Compiles a plugin and packs it with its manifest into one file. `pack` is another name for it.
    #[command(visible_alias = "pack")]
    Build(build::Arguments),
    /// Looks for all that would keep a plugin from being installed: manifest, imports, and whether it starts.
    Check(check::Arguments),
    /// Plays a plugin's dialogs in the real sandbox, on a clock that they move.
    Test(test::Arguments),
    /// Talks with a plugin that is built anew whenever its source is saved.
    Chat(chat::Arguments),
    /// Hands recorded events to another build of a plugin, and shows every outcome that changed.
    Replay(replay::Arguments),
}

pub(crate) fn run(common: &Common, command: &Plugin) -> Result<(), Failure> {
    let plain = ask::Format::plain();
    let ask = |plugin: PluginRequest, format| ask::ask(common, Request::Plugin { plugin }, format);
    match command {
        Plugin::List(format) => ask::ask(common, Request::Plugins, *format),
        Plugin::Search { words, index, format } => {
            let (index, words) = (index.place()?, words.clone());
            ask(PluginRequest::Search { index, words }, *format)
        }
        Plugin::Plan { wish } => ask(PluginRequest::Plan(wish.wish()?), plain),
        Plugin::Install { wish, yes } => consent::take(common, &wish.wish()?, false, *yes),
        Plugin::Update { wish, yes } => consent::take(common, &wish.wish()?, true, *yes),
        Plugin::Rollback { plugin, yes } => {
            let (plugin, consent) = (plugin.clone(), None);
            consent::allow(common, &PluginRequest::Back { plugin, consent }, *yes)
        }
        Plugin::Enable { plugin, yes, part } => consent::allow(common, &part.switched(plugin, true), *yes),
        Plugin::Disable { plugin, part } => ask(part.switched(plugin, false), plain),
        Plugin::DryRun {
            plugin,
            hours,
            stop,
            yes,
            format,
        } => {
            let plugin = plugin.clone();
            if *stop || hours.is_some() {
                let (hours, consent) = (*hours, None);
                consent::allow(common, &PluginRequest::Rehearse { plugin, hours, consent }, *yes)
            } else {
                ask(PluginRequest::Rehearsed { plugin }, *format)
            }
        }
        Plugin::Config {
            plugin,
            changes: written,
            part,
            reset,
        } => {
            let change = changes(written).map_err(|problem| Failure::new(USAGE, problem))?;
            ask(part.set(plugin, change, *reset), plain)
        }
        Plugin::Uninstall { plugin, kept, to } => admin::uninstall(common, plugin, kept.as_deref(), to.as_deref()),
        Plugin::Info { plugin, format } => ask(PluginRequest::Info { plugin: plugin.clone() }, *format),
        Plugin::Explain { what, format } => ask::ask(common, Request::Explain { what: what.clone() }, *format),
        Plugin::Address { plugin, endpoint } => {
            let (plugin, endpoint) = (plugin.clone(), endpoint.clone());
            ask(PluginRequest::Address { plugin, endpoint }, plain)
        }
        Plugin::Logs { plugin, format } => ask(PluginRequest::Logs { plugin: plugin.clone() }, *format),
        Plugin::Record {
            plugin,
            hours,
            stop,
            to,
            delete,
        } => {
            let act = record::act(*hours, (*stop, *delete), to.as_deref())?;
            let plugin = plugin.clone();
            ask(PluginRequest::Record { plugin, act }, plain)
        }
        Plugin::Index { folder } => index::make(common, folder),
        Plugin::New(arguments) => new::run(arguments),
        Plugin::Build(arguments) => build::run(arguments),
        Plugin::Check(arguments) => check::run(arguments),
        Plugin::Test(arguments) => test::run(arguments),
        Plugin::Chat(arguments) => chat::run(arguments),
        Plugin::Replay(arguments) => replay::run(arguments),
    }
}

/// A plugin's folder, which is compiled first; or its package as it lies there.
fn read(plugin: &Path) -> Result<Built, Failure> {
    if plugin.is_dir() {
        return build::folder(plugin);
    }
    let found = |problem: String| Failure::new(FOUND, problem);
    let wasm = std::fs::read(plugin).map_err(|error| found(format!("cannot read {}: {error}", plugin.display())))?;
    let package = Package::read(&wasm).map_err(|problems| found(problems.join("\n")))?;
    Ok(Built {
        wasm,
        package,
        file: plugin.to_owned(),
    })
}
