//! Takes back what `init` did, the last first. Broken off, it goes on at the next run.

use std::path::Path;

use super::first_entries::FILE;
use super::record::{self, Act, Record};
use super::{option, token};
use crate::app::control::{Reply, Request};
use crate::cli::failure::CONFIG;
use crate::cli::{Failure, ask, block_on};
use crate::config::Config;
use crate::secret::SecretRef;

/// Takes everything back that the record in `data` tells of.
pub(super) fn undo(config: &Config, data: &Path) -> Result<(), Failure> {
    let Some(mut record) = Record::load(data)? else {
        println!("There is nothing to take back.");
        return Ok(());
    };
    while let Some(act) = record.acts.last() {
        take_back(config, act, record.entries.as_ref())?;
        record.acts.pop();
        record.save(data)?;
    }
    record::remove(&Record::file(data))?;
    println!("Everything is as it was before. What was said meanwhile stays in the console.");
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
            let Some(text) = option::without_token(&text, section, value, before).map_err(wrong)? else {
                println!(
                    "`{section}.token` in {} is not what init wrote, and stays.",
                    file.display()
                );
                return Ok(());
            };
            empties_menus(config, section, value)?;
            if text.trim().is_empty() && !before.file {
                record::remove_config(file)?;
            } else {
                record::write_config(file, &text)?;
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

/// Nobody answers the bot's commands any more. Where the platform cannot be asked, the rest is taken back all the same.
fn empties_menus(config: &Config, section: &str, token: &str) -> Result<(), Failure> {
    let alone = token::alone(config, section, SecretRef::new(token));
    let login = section.to_owned();
    match block_on(ask::answer(&alone, Request::EmptyMenus { login }))? {
        Reply::Done { text } => println!("{text}"),
        Reply::Refused { message, .. } => println!(
            "The menus of the bot on {section} may still show its commands, because they could not be changed: {message}.\n\
             They go with the bot, or when another program with its token changes them."
        ),
        _ => {}
    }
    Ok(())
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
