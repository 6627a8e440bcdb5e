//! Commands about entries of the knowledge base.

use std::path::{Component, Path, PathBuf};

use clap::builder::NonEmptyStringValueParser;

use super::ask::{self, answer, refused};
use super::failure::{FOUND, OURS, USAGE};
use super::{Common, Failure, block_on};
use crate::app::control::{Reply, Request};
use crate::knowledge::import::{BYTES_MAX, Format, Import, ImportFile, clean};
use crate::model::amount::counted;
use crate::model::entry::Visibility;

/// Entries of the knowledge base.
#[derive(clap::Subcommand)]
pub(crate) enum Knowledge {
    /// Takes entries from markdown, a table (CSV) or a page (HTML).
    #[command(
        after_help = "Importing the same file again changes what the file has changed, keeps what people have changed here, \
                      and takes nothing away. Exit code 1: something is in conflict, or nothing was imported.\n\nExamples:\n  \
                      switchboard knowledge import faq.md --dry-run\n  \
                      switchboard knowledge import faq.html --source-url https://example.org/faq --visibility members"
    )]
    Import(ImportArguments),
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
}

#[derive(clap::Args)]
pub(crate) struct ImportArguments {
    /// The files.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// How they are written. Without it each file's ending says so: .md, .csv, .html.
    #[arg(long, value_parser = Format::NAMES)]
    format: Option<String>,
    /// Only says what would happen.
    #[arg(long)]
    dry_run: bool,
    /// Who may read the entries that are added. Entries that are here already keep what was decided.
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
        Knowledge::Import(arguments) => import(common, arguments),
        Knowledge::Quality { days, format } => ask::ask(common, Request::Quality { days: *days }, *format),
    }
}

fn import(common: &Common, arguments: &ImportArguments) -> Result<(), Failure> {
    let config = common.load(None)?;
    let request = Request::Import {
        import: Import {
            files: read(arguments)?,
            visibility: Some(match arguments.visibility.as_str() {
                "staff" => Visibility::Staff,
                "members" => Visibility::Members,
                _ => Visibility::Public,
            }),
            source_url: arguments.source_url.clone(),
            origin: arguments.origin.clone(),
        },
        dry_run: arguments.dry_run,
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

fn read(arguments: &ImportArguments) -> Result<Vec<ImportFile>, Failure> {
    let mut files = Vec::new();
    let mut left = BYTES_MAX;
    for path in &arguments.files {
        let name = name(path);
        let format = match &arguments.format {
            Some(format) => Format::of_name(format),
            None => Format::of_file(&name),
        };
        let Some(format) = format else {
            return Err(
                Failure::new(USAGE, format!("the ending of {} says nothing", path.display()))
                    .hint(format!("say how it is written: --format {}", Format::NAMES.join("|"))),
            );
        };
        let text = text(path, left)?;
        left = left.saturating_sub(text.len());
        let text = clean(&text);
        files.push(ImportFile { name, format, text });
    }
    Ok(files)
}

/// The same however the path is written: `./faq.md` is `faq.md`.
fn name(path: &Path) -> String {
    let parts = path.components().filter(|part| *part != Component::CurDir);
    parts.collect::<PathBuf>().to_string_lossy().into_owned()
}

fn text(path: &Path, left: usize) -> Result<String, Failure> {
    use std::io::Read as _;
    let shown = path.display();
    let mut bytes = Vec::new();
    let limit = u64::try_from(left).unwrap_or(u64::MAX).saturating_add(1);
    std::fs::File::open(path)
        .and_then(|file| file.take(limit).read_to_end(&mut bytes))
        .map_err(|error| Failure::new(FOUND, format!("cannot read {shown}: {error}")))?;
    if bytes.len() > left {
        let what = format!("{shown} is too large: one import takes {BYTES_MAX} bytes in all");
        return Err(Failure::new(FOUND, what).hint("split it, and import one after the other"));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let before = String::from_utf8_lossy(&error.as_bytes()[..at]);
        let line = before.matches('\n').count() + 1;
        Failure::new(FOUND, format!("{shown} is not UTF-8 from line {line} on")).hint("save it as UTF-8")
    })
}
