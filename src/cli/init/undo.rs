//! Takes back what `init` did, the last first. Broken off, it goes on at the next run.

use std::path::Path;

use super::option;
use super::record::{self, Act, Record};
use crate::app::control::{Client, Reply, Request};
use crate::app::paths;
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
        take_back(config, act)?;
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
fn take_back(config: &Config, act: &Act) -> Result<(), Failure> {
    match act {
        Act::Place { id } => told(config, Request::SwitchPlace { place: *id, on: false }),
        Act::Entries { ids } => told(config, Request::RemoveEntries { entries: ids.clone() }),
        Act::Token {
            config: file,
            section,
            value,
        } => {
            let text = super::read(file)?;
            match option::without_token(&text, section, value) {
                // Nothing was in it before.
                Some(text) if text.trim().is_empty() => record::remove(file)?,
                Some(text) => record::write_config(file, &text)?,
                None => return Ok(()),
            }
            println!("`{section}.token` is out of {}.", file.display());
            Ok(())
        }
        Act::TokenFile { path } => {
            record::remove(path)?;
            println!("{} is deleted.", path.display());
            Ok(())
        }
    }
}

fn told(config: &Config, request: Request) -> Result<(), Failure> {
    match block_on(ask::answer(config, request))? {
        Reply::Done { text } => {
            println!("{text}");
            Ok(())
        }
        Reply::Refused { message, hint } => Err(ask::refused(message, hint)),
        _ => Ok(()),
    }
}
