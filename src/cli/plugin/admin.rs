//! What an admin types about plugins, as requests.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::app::control::{Reply, Request};
use crate::cli::ask::{answer, refused};
use crate::cli::failure::{FOUND, OURS, USAGE};
use crate::cli::{Common, Failure, block_on};
use crate::installer::{PartChange, PluginRequest, Wish};

/// Where plugins are looked for by name.
#[derive(clap::Args)]
pub(crate) struct Index {
    /// A folder, or the address of an index. Without it, `plugins.index` of the configuration.
    #[arg(long, value_name = "PLACE")]
    index: Option<String>,
}

/// Which package is wanted.
#[derive(clap::Args)]
pub(crate) struct WishArguments {
    /// A `.wasm` file, the address of one, or `publisher/name`, perhaps with `@version`, from an index.
    #[arg(value_name = "PACKAGE")]
    wanted: String,
    #[command(flatten)]
    index: Index,
}

/// In which part of the community.
#[derive(clap::Args)]
pub(crate) struct Part {
    /// Only in a space, or in a place with its threads, by name or id; in the whole community without it.
    #[arg(long = "in", value_name = "PART")]
    within: Option<String>,
}

impl Part {
    pub(super) fn switched(&self, plugin: &str, on: bool) -> PluginRequest {
        let plugin = plugin.to_owned();
        match self.within.clone() {
            Some(part) => PluginRequest::Within {
                plugin,
                part,
                change: PartChange::Switch { on },
            },
            None => PluginRequest::Switch {
                plugin,
                on,
                consent: None,
            },
        }
    }

    pub(super) fn set(&self, plugin: &str, change: Map<String, Value>, reset: bool) -> PluginRequest {
        let plugin = plugin.to_owned();
        match self.within.clone() {
            Some(part) => PluginRequest::Within {
                plugin,
                part,
                change: if reset {
                    PartChange::Reset
                } else {
                    PartChange::Set { change }
                },
            },
            None => PluginRequest::Set { plugin, change },
        }
    }
}

impl Index {
    /// A folder as the running program finds it, wherever it was started.
    pub(super) fn place(&self) -> Result<Option<String>, Failure> {
        self.index.as_deref().map(whole).transpose()
    }
}

impl WishArguments {
    pub(super) fn wish(&self) -> Result<Wish, Failure> {
        let is_file = Path::new(&self.wanted)
            .extension()
            .is_some_and(|ending| ending == "wasm");
        Ok(Wish {
            wanted: if is_file {
                whole(&self.wanted)?
            } else {
                self.wanted.clone()
            },
            index: self.index.place()?,
        })
    }
}

/// The whole path of a file or folder; addresses stay as they are.
pub(super) fn whole(place: &str) -> Result<String, Failure> {
    if place.contains("://") {
        return Ok(place.to_owned());
    }
    let path =
        std::path::absolute(place).map_err(|error| Failure::new(USAGE, format!("{place:?} names no file: {error}")))?;
    let path = path.to_str().map(str::to_owned);
    path.ok_or_else(|| Failure::new(USAGE, format!("the path of {place:?} is not UTF-8")))
}

/// What is exported is in its file before it goes.
pub(super) fn uninstall(common: &Common, plugin: &str, kept: Option<&str>, to: Option<&Path>) -> Result<(), Failure> {
    let config = common.load(None)?;
    let file = to.map_or_else(
        || PathBuf::from(format!("{}.json", plugin.replace('/', "-"))),
        Path::to_path_buf,
    );
    let (kept, to) = match kept {
        Some(kept) => (kept, to),
        None => match what_becomes(plugin, &file)? {
            Some(Kept::Stays) => ("keep", None),
            Some(Kept::Goes) => ("delete", None),
            Some(Kept::Exported) => ("export", Some(file.as_path())),
            None => return Ok(()),
        },
    };
    let ask = |plugin| match block_on(answer(&config, Request::Plugin { plugin }))? {
        Reply::Done { text } => Ok(text),
        Reply::Refused { message, hint } => Err(refused(message, hint)),
        _ => Err(Failure::new(OURS, "the running Switchboard is of another version")),
    };
    let name = plugin.to_owned();
    if let Some(file) = to.filter(|_| kept == "export") {
        let text = ask(PluginRequest::Export { plugin: name.clone() })?;
        write_new(file, &text)?;
        println!("What {name} kept is in {}.", file.display());
    }
    let with_data = kept != "keep";
    println!(
        "{}",
        ask(PluginRequest::Remove {
            plugin: name,
            with_data
        })?
    );
    Ok(())
}

/// What becomes of what a plugin keeps.
enum Kept {
    Stays,
    Exported,
    Goes,
}

/// Asks the person at the terminal; none where they would rather leave the plugin here.
fn what_becomes(plugin: &str, file: &Path) -> Result<Option<Kept>, Failure> {
    use std::io::{IsTerminal as _, Write as _};
    if !std::io::stdin().is_terminal() {
        let what = "nobody has said what becomes of what it keeps, so it stays";
        return Err(
            Failure::new(USAGE, what).hint("`--kept keep`, `--kept export --to FILE` or `--kept delete` says it")
        );
    }
    print!(
        "{plugin} goes with its settings, permissions, timers and calls.\nWhat it has kept [k]eeps its place for the day when it comes \
         back, is [e]xported to {} and deleted, or is [d]eleted. [k/e/d, nothing leaves it here] ",
        file.display()
    );
    std::io::stdout().flush().map_err(anyhow::Error::from)?;
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).map_err(anyhow::Error::from)?;
    Ok(match line.trim().to_lowercase().as_str() {
        "k" | "keep" => Some(Kept::Stays),
        "e" | "export" => Some(Kept::Exported),
        "d" | "delete" => Some(Kept::Goes),
        _ => {
            println!("Nothing was changed.");
            None
        }
    })
}

/// Nothing that is there is written over; what is written is on disk.
fn write_new(file: &Path, text: &str) -> Result<(), Failure> {
    use std::io::Write as _;
    let problem = |error: std::io::Error| Failure::new(FOUND, format!("cannot write {}: {error}", file.display()));
    let mut opened = std::fs::File::create_new(file).map_err(problem)?;
    writeln!(opened, "{text}").map_err(problem)?;
    opened.sync_all().map_err(problem)
}
