//! Commands about entries of the knowledge base.

mod files;
mod pdf;
mod site;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use clap::builder::NonEmptyStringValueParser;

use super::ask::{self, answer, refused};
use super::failure::{FOUND, OURS};
use super::{Common, Failure, block_on};
use crate::app::control::{Reply, Request};
use crate::config::Config;
use crate::knowledge::import::{Import, Written};
use crate::model::amount::counted;
use crate::model::entry::Visibility;
use crate::plugin_host::Net;

/// Entries of the knowledge base.
#[derive(clap::Subcommand)]
pub(crate) enum Knowledge {
    /// Takes entries from markdown, a table (CSV), a page (HTML), the pages of a site, a PDF, or an exported chat.
    #[command(
        after_help = "Importing the same file again changes what the file has changed, keeps what people have changed here, \
                      and takes nothing away. What people said in a chat is heard by nobody before somebody has looked at it. \
                      Exit code 1: something is in conflict, or nothing was imported.\n\nExamples:\n  \
                      switchboard knowledge import faq.md --dry-run\n  \
                      switchboard knowledge import faq.html --source-url https://example.org/faq --visibility members\n  \
                      switchboard knowledge import --sitemap https://example.org/sitemap.xml --pages-max 50 --dry-run\n  \
                      switchboard knowledge import result.json --format telegram --dry-run"
    )]
    Import(ImportArguments),
    /// Lists what somebody should look at: dead links, overdue reviews, contradictions.
    #[command(
        after_help = "It is what Knowledge, Upkeep, in the console shows, looked for anew. Pages behind answers are asked at night \
                      alone.\n\nExample:\n  switchboard knowledge check"
    )]
    Check(ask::Format),
    /// Says which questions of the last 30 days would be answered otherwise with another sentence model, before you take it.
    #[command(
        after_help = "The model itself is not taken: that is `folder` of [embeddings] in the configuration. Other settings of it are \
                      those that stand there. What people said of answers says what is better and what is worse.\n\nExamples:\n  \
                      switchboard knowledge twin --sentence-model models/minilm\n  \
                      switchboard knowledge twin --no-sentence-model"
    )]
    Twin {
        /// Its folder.
        #[arg(long, value_name = "FOLDER", required_unless_present = "no_sentence_model")]
        sentence_model: Option<PathBuf>,
        /// As it would be without one.
        #[arg(long, conflicts_with = "sentence_model")]
        no_sentence_model: bool,
    },
    /// Says how good answers are: what was asked and judged, beside what the entries make of their own texts.
    #[command(
        after_help = "The numbers are those of Knowledge, How good it is, in the console, where each leads to its \
                      questions.\n\nExample:\n  switchboard knowledge quality --days 90"
    )]
    Quality {
        /// By what was asked in so many days.
        #[arg(long, value_name = "DAYS", default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=365))]
        days: u16,
        #[command(flatten)]
        format: ask::Format,
    },
    /// Reads a PDF from standard input, apart from everything else.
    #[command(hide = true)]
    ReadPdf {
        /// What it is called.
        name: String,
    },
}

#[derive(clap::Args)]
pub(crate) struct ImportArguments {
    /// The files.
    #[arg(required_unless_present = "sitemap", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// How they are written. Without it each file's ending says so: .md, .csv, .html, .pdf; and in .json what it has.
    #[arg(long, value_parser = Written::NAMES)]
    format: Option<String>,
    /// The list of a site's pages: an address, or a file. Its pages are read one after the other, as its robots.txt allows.
    #[arg(long, value_name = "URL", conflicts_with_all = ["files", "format", "source_url"])]
    sitemap: Option<String>,
    /// So many pages of the list are read, from its beginning.
    #[arg(long, value_name = "NUMBER", default_value_t = 200, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pages_max: u16,
    /// Only says what would happen.
    #[arg(long)]
    dry_run: bool,
    /// Says also which questions of the last 30 days would be answered differently: better or worse by what people said of
    /// answers, or unsure.
    #[arg(long, requires = "dry_run")]
    twin: bool,
    /// Who may read the entries that are added; a row of a table that says fewer people keeps them. Entries that are here already keep what was decided.
    #[arg(long, value_parser = ["public", "members", "staff"], default_value = "public")]
    visibility: String,
    /// The page that the files come from: it is shown as the source of each answer, and links of a page lead on from there.
    #[arg(long, value_name = "URL")]
    source_url: Option<String>,
    /// By what the next import knows these files again, wherever they lie then. Without it that is the path of each.
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    origin: Option<String>,
}

pub(crate) fn run(common: &Common, command: &Knowledge) -> Result<(), Failure> {
    match command {
        Knowledge::Import(arguments) => run_import(common, arguments),
        Knowledge::Check(format) => ask::ask(common, Request::CheckKnowledge, *format),
        Knowledge::Twin { sentence_model, .. } => twin(common, sentence_model.as_deref()),
        Knowledge::Quality { days, format } => ask::ask(common, Request::Quality { days: *days }, *format),
        Knowledge::ReadPdf { name } => pdf::read_apart(name),
    }
}

/// The folder is named as it is found from here: what runs may have been started elsewhere.
fn twin(common: &Common, folder: Option<&Path>) -> Result<(), Failure> {
    let mut model = common.load(None)?.written.embeddings;
    model.folder = match folder {
        Some(folder) => std::path::absolute(folder).context("find the folder")?,
        None => PathBuf::new(),
    };
    ask::ask(common, Request::TwinOfModel { model }, ask::Format::plain())
}

fn run_import(common: &Common, arguments: &ImportArguments) -> Result<(), Failure> {
    let config = common.load(None)?;
    let request = Request::Import {
        import: import(&config, arguments)?,
        dry_run: arguments.dry_run,
        twin: arguments.twin,
    };
    match block_on(answer(&config, request))? {
        Reply::Imported { text, conflicts } => {
            println!("{text}");
            match conflicts {
                0 => Ok(()),
                count => Err(in_conflict(count, arguments.dry_run)),
            }
        }
        Reply::Refused { message, hint } => Err(refused(message, hint)),
        _ => Err(Failure::new(OURS, "the running Switchboard is of another version")),
    }
}

fn in_conflict(count: usize, dry_run: bool) -> Failure {
    let entries = counted(count, "entry is", "entries are");
    let kept = if dry_run { "would be kept" } else { "stay" };
    Failure::new(FOUND, format!("{entries} in conflict and {kept} as here"))
        .hint("make entry and file say the same, in the console or in the file; then it is `same`")
}

fn import(config: &Config, arguments: &ImportArguments) -> Result<Import, Failure> {
    let mut import = Import {
        visibility: Some(match arguments.visibility.as_str() {
            "staff" => Visibility::Staff,
            "members" => Visibility::Members,
            _ => Visibility::Public,
        }),
        source_url: arguments.source_url.clone(),
        origin: arguments.origin.clone(),
        ..Import::default()
    };
    let Some(sitemap) = &arguments.sitemap else {
        files::read(&arguments.files, arguments.format.as_deref(), &mut import)?;
        return Ok(import);
    };
    let mut walk = site::Walk::new(
        Arc::new(Net::default()),
        config.plugins().inside,
        usize::from(arguments.pages_max),
        |line: &str| eprintln!("{line}"),
    );
    import.reading = block_on(async { walk.read(sitemap).await.map_err(|why| Failure::new(FOUND, why)) })?;
    import.origin.get_or_insert_with(|| sitemap.clone());
    Ok(import)
}
