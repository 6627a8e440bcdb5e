//! Commands that ask the running program, or do it themselves when none runs.

use std::path::Path;

use super::failure::{FOUND, OURS};
use super::{Common, Failure, block_on, doctor};
use crate::app::control::{Client, Reply, Request};
use crate::app::{Ops, paths};
use crate::config::Config;
use crate::storage::data_folder::DataFolder;

/// How an answer is shown.
#[derive(clap::Args, Clone, Copy, Debug)]
pub(crate) struct Format {
    /// As JSON, for programs.
    #[arg(long)]
    json: bool,
}

impl Format {
    /// For people.
    pub(crate) fn plain() -> Self {
        Self { json: false }
    }
}

/// What is sent, what waits and what failed.
#[derive(clap::Subcommand)]
pub(crate) enum Outbox {
    /// Lists deliveries, newest first.
    #[command(after_help = "Example:\n  switchboard outbox list --state perhaps_sent")]
    List {
        /// Only those in this state.
        #[arg(long, value_parser = ["queued", "sending", "delivered", "failed", "perhaps_sent", "given_up"])]
        state: Option<String>,
        #[command(flatten)]
        format: Format,
    },
    /// Tries a failed or perhaps-sent delivery again.
    Retry {
        /// As `outbox list` shows it.
        delivery: String,
    },
    /// Gives up a waiting, failed or perhaps-sent delivery.
    GiveUp {
        /// As `outbox list` shows it.
        delivery: String,
    },
    /// Says that a perhaps-sent delivery was seen on the platform.
    Arrived {
        /// As `outbox list` shows it.
        delivery: String,
    },
}

/// Accounts of the console.
#[derive(clap::Subcommand)]
pub(crate) enum Account {
    /// Lists them with their roles.
    List(Format),
    /// Makes a one-time link by which somebody makes an account.
    #[command(after_help = "Example:\n  switchboard account invite --role agent")]
    Invite {
        /// What they may do.
        #[arg(long, value_parser = ["owner", "agent", "content", "viewer"])]
        role: String,
    },
    /// Makes a one-time link by which somebody who lost their password sets a new one.
    Reset {
        /// Whose.
        email: String,
    },
}

pub(crate) fn outbox(common: &Common, command: &Outbox) -> Result<(), Failure> {
    let plain = Format::plain();
    match command {
        Outbox::List { state, format } => ask(common, Request::Deliveries { state: state.clone() }, *format),
        Outbox::Retry { delivery } => ask(common, Request::DeliveryAgain { id: delivery.clone() }, plain),
        Outbox::GiveUp { delivery } => ask(common, Request::DeliveryGiveUp { id: delivery.clone() }, plain),
        Outbox::Arrived { delivery } => ask(common, Request::DeliveryArrived { id: delivery.clone() }, plain),
    }
}

pub(crate) fn account(common: &Common, command: &Account) -> Result<(), Failure> {
    let plain = Format::plain();
    match command {
        Account::List(format) => ask(common, Request::Accounts, *format),
        Account::Invite { role } => ask(common, Request::AccountInvite { role: role.clone() }, plain),
        Account::Reset { email } => ask(common, Request::AccountReset { email: email.clone() }, plain),
    }
}

pub(crate) fn retention(common: &Common, dry_run: bool) -> Result<(), Failure> {
    let written = common.load(None)?.written.retention;
    ask(common, Request::Retention { written, dry_run }, Format::plain())
}

/// Asks, and shows the answer.
pub(crate) fn ask(common: &Common, request: Request, format: Format) -> Result<(), Failure> {
    let config = common.load(None)?;
    let reply = block_on(answer(&config, request))?;
    if let Reply::Table { note: Some(note), .. } = &reply {
        eprintln!("{note}");
    }
    match reply {
        Reply::Table { columns, rows, .. } if format.json => {
            let rows = rows.into_iter().map(|row| {
                let cells = columns
                    .iter()
                    .cloned()
                    .zip(row.into_iter().map(serde_json::Value::from));
                serde_json::Value::Object(cells.collect())
            });
            println!("{}", serde_json::Value::Array(rows.collect()));
        }
        Reply::Table { columns, rows, .. } => print!("{}", table(&columns, &rows)),
        Reply::Explained { data, .. } if format.json => println!("{data}"),
        Reply::Explained { rows, .. } => {
            let columns = ["who", "what", "why"].map(str::to_owned);
            print!("{}", table(&columns, &rows));
        }
        Reply::Done { text } | Reply::Imported { text, .. } => println!("{text}"),
        Reply::Planned { text, .. } => print!("{text}"),
        Reply::Examined { reports } => return doctor::tell(&reports, format.json),
        Reply::Places { places } => places.iter().for_each(|place| println!("{}", place.name)),
        Reply::Files { files } => files.iter().for_each(|(name, text)| println!("# {name}\n{text}")),
        Reply::Refused { message, hint } => return Err(refused(message, hint)),
    }
    Ok(())
}

/// Of the running program, or of our own hands when none runs.
pub(super) async fn answer(config: &Config, request: Request) -> Result<Reply, Failure> {
    if let Some(client) = Client::connect(&paths::socket(&config.written.data)).await {
        return asked(client, &request).await;
    }
    let data = &config.written.data;
    let empty = !DataFolder::is_in_use(data);
    if !request.leaves_nothing() {
        is_there(data)?;
    }
    if empty && request.looks_back() {
        let folder = data.display();
        return Err(
            Failure::new(FOUND, format!("there is nothing in the data folder {folder} yet"))
                .hint("is it the right one? `switchboard run` makes it at its first start"),
        );
    }
    if empty && request.leaves_nothing() {
        // Who looks at a package first makes no data folder by that, nor by a typing mistake in its name.
        let scratch = tempfile::tempdir().map_err(anyhow::Error::from)?;
        let mut config = config.clone();
        scratch.path().clone_into(&mut config.written.data);
        return Ok(Ops::alone(&config).await?.answer(request).await);
    }
    match Ops::alone(config).await {
        Ok(ops) => Ok(ops.answer(request).await),
        // It may have been about to start.
        Err(error) => match Client::connect(&paths::socket(&config.written.data)).await {
            Some(client) => asked(client, &request).await,
            None => Err(error.into()),
        },
    }
}

async fn asked(mut client: Client, request: &Request) -> Result<Reply, Failure> {
    let broken = |error: crate::app::control::ClientError| Failure::from(anyhow::Error::from(error));
    client.say(request).await.map_err(broken)?;
    let heard = client.hear().await.map_err(broken)?;
    heard.ok_or_else(|| Failure::new(OURS, "the running Switchboard stopped before it answered"))
}

/// A mistyped name, or a command in the wrong folder, makes no data folder: those that begin one say so by their names.
pub(super) fn is_there(data: &Path) -> Result<(), Failure> {
    if data.is_dir() {
        return Ok(());
    }
    // Where the command was given counts, too.
    let whole = std::path::absolute(data).map_err(anyhow::Error::from)?;
    let missing = Failure::new(FOUND, format!("there is no data folder {}", whole.display()));
    Err(missing.hint(
        "is that the one you mean? `--data FOLDER`, or `data` in the configuration, names another; `switchboard run` or `switchboard \
         init` makes a new one",
    ))
}

pub(super) fn refused(message: String, hint: Option<String>) -> Failure {
    let failure = Failure::new(FOUND, message);
    match hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

/// A longer cell that is not the last one would push the others out of sight; `--json` has all of it.
const CELL_CHARS_MAX: usize = 60;

/// Columns as wide as their widest cell.
fn table(columns: &[String], rows: &[Vec<String>]) -> String {
    let rows: Vec<Vec<String>> = rows.iter().map(|row| one_line(row)).collect();
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        let longest = cells.map(|cell| cell.chars().count()).max().unwrap_or(0);
        longest.max(columns[column].chars().count())
    };
    let widths: Vec<usize> = (0..columns.len()).map(width).collect();
    let mut out = String::new();
    for row in std::iter::once(columns).chain(rows.iter().map(Vec::as_slice)) {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        out.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        out.push('\n');
    }
    out
}

/// Each cell on one line, and all but the last one cut.
fn one_line(row: &[String]) -> Vec<String> {
    let last = row.len().saturating_sub(1);
    let cells = row.iter().enumerate().map(|(number, cell)| {
        let cell = cell.replace('\n', " ");
        if number == last || cell.chars().count() <= CELL_CHARS_MAX {
            return cell;
        }
        let cut: String = cell.chars().take(CELL_CHARS_MAX - 1).collect();
        format!("{}…", cut.trim_end())
    });
    cells.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_stands_in_columns() {
        let text = |cells: &[&str]| cells.iter().map(|&cell| cell.to_owned()).collect::<Vec<_>>();
        let out = table(&text(&["a", "long"]), &[text(&["bcd", "e"])]);
        assert_eq!(out, "a    long\nbcd  e\n");
    }

    #[test]
    fn a_long_reason_breaks_no_table() {
        let row = ["x".repeat(200), "a\nb".to_owned(), "y".repeat(200)];
        let out = table(&["a", "b", "c"].map(str::to_owned), &[row.to_vec()]);
        let line = out.lines().nth(1).unwrap_or_default();
        assert_eq!(out.lines().count(), 2);
        assert_eq!(line, format!("{}…  a b  {}", "x".repeat(59), "y".repeat(200)));
    }
}
