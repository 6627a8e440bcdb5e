//! Takes back what `init` did, the last first. Broken off, it goes on at the next run.

use std::path::Path;

use super::first_entries::FILE;
use super::option;
use super::record::{self, Act, Record};
use crate::app::control::{Client, Reply, Request};
use crate::app::paths;
use crate::cli::failure::CONFIG;
use crate::cli::{Failure, ask, block_on};
use crate::config::Config;

/// Takes everything back that the record in `data` tells of.
pub(super) fn undo(config: &Config, data: &Path) -> Result<(), Failure> {
    let Some(mut record) = Record::load(data)? else {
        println!("There is nothing to take back.");
        return Ok(());
    };
    let runs = block_on(async { Ok(Client::connect(&paths::socket(data)).await.is_some()) })?;
    while let Some(act) = record.acts.last() {
        take_back(config, act, record.entries.as_ref())?;
        record.acts.pop();
        record.save(data)?;
    }
    record::remove(&Record::file(data))?;
    println!("Everything is as it was before. What was said meanwhile stays in the console.");
    if runs {
        println!("Switchboard is running: stop it and start it again, and the bot logs out.");
    }
    Ok(())
}

/// Doing it twice is as good as once.
fn take_back(config: &Config, act: &Act, entries: Option<&String>) -> Result<(), Failure> {
    match act {
        Act::Place { id, overheard } => {
            let as_left = Some(*overheard);
            told(
                config,
                Request::SwitchPlace {
                    place: *id,
                    on: false,
                    as_left,
                },
            )
        }
        Act::Entries { ids } => {
            let file = (FILE.to_owned(), entries.cloned().unwrap_or_default());
            let entries = ids.clone();
            told(config, Request::RemoveEntries { entries, file })
        }
        Act::Token {
            config: file,
            section,
            value,
            before,
        } => {
            let text = super::read(file)?;
            let wrong = |why: String| {
                Failure::new(CONFIG, format!("{}: {why}", file.display()))
                    .hint("mend it and run `switchboard init --undo` again; it goes on here")
            };
            match option::without_token(&text, section, value, before).map_err(wrong)? {
                Some(text) if text.trim().is_empty() && !before.file => record::remove_config(file)?,
                Some(text) => record::write_config(file, &text)?,
                None => {
                    println!(
                        "`{section}.token` in {} is not what init wrote, and stays.",
                        file.display()
                    );
                    return Ok(());
                }
            }
            println!("`{section}.token` is out of {}.", file.display());
            Ok(())
        }
        Act::TokenFile { path } => {
            if record::remove(path)? {
                println!("{} is deleted.", path.display());
            }
            Ok(())
        }
    }
}

fn told(config: &Config, request: Request) -> Result<(), Failure> {
    match block_on(ask::answer(config, request))? {
        Reply::Done { text } => {
            if !text.is_empty() {
                println!("{text}");
            }
            Ok(())
        }
        Reply::Refused { message, hint } => Err(ask::refused(message, hint)),
        _ => Ok(()),
    }
}
