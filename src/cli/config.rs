//! `switchboard config`: the options in force, and all that there are.

use super::{Common, Failure};
use crate::config::reference;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// As JSON, for programs.
    #[arg(long)]
    json: bool,
    /// The JSON Schema of the file instead, for editors.
    #[arg(long, conflicts_with = "json")]
    schema: bool,
    /// Every option with its default instead, as a file to copy from.
    #[arg(long, conflicts_with_all = ["json", "schema"])]
    full: bool,
}

pub(crate) fn run(common: &Common, arguments: &Arguments) -> Result<(), Failure> {
    if arguments.schema {
        print!("{}", reference::schema_file());
        return Ok(());
    }
    if arguments.full {
        print!("{}", reference::full_toml());
        return Ok(());
    }
    let rows = common.load(None)?.effective();
    if arguments.json {
        let rows: serde_json::Map<_, _> = rows.into_iter().map(|(name, value, _)| (name, value)).collect();
        println!("{}", serde_json::Value::Object(rows));
        return Ok(());
    }
    for (name, value, origin) in rows {
        println!("{name} = {value}  # {origin}");
    }
    Ok(())
}
