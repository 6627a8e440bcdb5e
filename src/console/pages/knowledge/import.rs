//! Entries from files that somebody hands in: first what that would do, then the import itself.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{Router, get, post};
use url::Url;

use super::list::visibility;
use super::{ENTRIES, PART, preview};
use crate::console::ConsoleState;
use crate::console::access::posted::IMPORT_FIELD;
use crate::console::access::{Posted, SignedIn};
use crate::console::chrome::{Chrome, html};
use crate::console::error::ConsoleError;
use crate::console::permission::Permission;
use crate::knowledge::import::{
    EntryReport, Fate, Import, ImportError, Report, Seen, Written, begin, where_they_differ,
};
use crate::model::Content;
use crate::model::entry::Visibility;
use crate::storage::WriteError;

/// The address of this page.
const OWN: &str = "/console/knowledge/import";

/// The field with the digest of the report that was looked at.
const SEEN: &str = "seen";

/// Entries that are listed; of what is the same, and of more than these, only the count is told.
const LISTED_MAX: usize = 300;

/// Of each answer and each version in conflict: how it begins.
const TEXT_CHARS_MAX: usize = 400;

/// The answers to "who may read what is added"; a new page has the first. What is none of them is staff.
const READERS: [(&str, Option<Visibility>); 3] = [
    ("everybody", None),
    ("members", Some(Visibility::Members)),
    ("staff", Some(Visibility::Staff)),
];

/// One entry of the files.
struct Row {
    fate: &'static str,
    class: &'static str,
    question: String,
    /// Where it is stored.
    href: Option<String>,
    why: Option<String>,
    answer: Option<String>,
    /// Who reads what would be added or changed.
    readers: Option<&'static str>,
    /// Changed, or in conflict: each such part, as it is here, and as the file has it.
    both: Vec<(&'static str, String, String)>,
}

/// What became of the files, or would.
struct Shown {
    is_done: bool,
    summary: String,
    rows: Vec<Row>,
    more: usize,
    left_out: Vec<String>,
    /// It is not what was seen when *Import* was pressed.
    is_otherwise: bool,
    /// The whole import and the digest of this report, to be sent again by whoever has read it; none where there is nothing to do.
    import: Option<(String, String)>,
}

/// What a report is of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// What would be done.
    Looked,
    /// The same, where what was seen before was something else.
    Otherwise,
    /// What was done.
    Done,
}

/// What was filled in, beside the files.
struct Typed {
    readers: String,
    page: String,
}

#[derive(Template)]
#[template(path = "import.html")]
struct ImportPage {
    chrome: Chrome,
    troubles: Vec<String>,
    readers: Vec<(&'static str, bool)>,
    typed: Typed,
    shown: Option<Shown>,
    model: bool,
}

/// The pages of this file.
pub(super) fn routes() -> Router<ConsoleState> {
    Router::new()
        .route("/knowledge/import", get(show).post(take))
        .route("/knowledge/import/preview", post(with_answers))
}

async fn show(State(state): State<ConsoleState>, who: SignedIn) -> Result<Response, ConsoleError> {
    who.require(Permission::EditKnowledge)?;
    page(&state, &who, Typed::of(&Import::default()), Vec::new(), None).await
}

/// Files are looked at; what was looked at is imported.
async fn take(State(state): State<ConsoleState>, mut posted: Posted) -> Result<Response, ConsoleError> {
    posted.who.require(Permission::EditKnowledge)?;
    let seen = posted.fields.text(IMPORT_FIELD);
    if seen.is_empty() {
        return look(&state, &mut posted).await;
    }
    let import = come_back(&seen)?;
    let (community, who) = (posted.who.community.id, &posted.who);
    // The audit holds no names that people choose, such as those of files.
    let units = vec![
        posted.used(&state),
        posted.audit(&state, "entries_imported", String::new()),
    ];
    let knowledge = state.knowledge.along(units);
    match knowledge
        .import_seen(community, &import, &posted.fields.line(SEEN))
        .await
    {
        Ok(Seen::Done(report)) => told(&state, who, &import, report, Stage::Done).await,
        Ok(Seen::Otherwise(report)) => told(&state, who, &import, report, Stage::Otherwise).await,
        // The form was used already.
        Err(ImportError::Write(WriteError::Conflict { .. })) => dry(&state, who, &import).await,
        Err(error) => failed(&state, who, &import, error).await,
    }
}

/// What was looked at, as it comes back.
fn come_back(text: &str) -> Result<Import, ConsoleError> {
    serde_json::from_str(text).map_err(|_| {
        ConsoleError::Invalid("What was looked at did not come back whole. Please choose the files again.".to_owned())
    })
}

/// What the answers to last month's questions would be with what was looked at.
async fn with_answers(State(state): State<ConsoleState>, posted: Posted) -> Result<Response, ConsoleError> {
    posted.who.require(Permission::EditKnowledge)?;
    let text = posted.fields.text(IMPORT_FIELD);
    let import = come_back(&text)?;
    match state.knowledge.would_import(posted.who.community.id, &import).await {
        Ok(entries) => {
            let seen = vec![(IMPORT_FIELD, text), (SEEN, posted.fields.line(SEEN))];
            preview::imported(&state, &posted, (OWN, seen), entries).await
        }
        Err(error) => failed(&state, &posted.who, &import, error).await,
    }
}

async fn look(state: &ConsoleState, posted: &mut Posted) -> Result<Response, ConsoleError> {
    let files = std::mem::take(&mut posted.fields.files);
    let who = &posted.who;
    let mut troubles = Vec::new();
    if files.is_empty() {
        troubles.push("Please choose at least one file.".to_owned());
    }
    let wanted = posted.fields.line("readers");
    let reader = READERS.into_iter().find(|(name, _)| *name == wanted);
    let url = posted.fields.some("page");
    let is_page = |url: &String| Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    if let Some(url) = url.as_ref().filter(|url| !is_page(url)) {
        troubles.push(format!(
            "{url} is no address of a page: it begins with https:// or http://"
        ));
    }
    let mut import = Import {
        // What nobody can have chosen is the least that can be read.
        visibility: reader.map_or(Some(Visibility::Staff), |(_, visibility)| visibility),
        source_url: url,
        ..Import::default()
    };
    let (import, not_taken) = tokio::task::spawn_blocking(move || {
        let mut not_taken = Vec::new();
        for file in files {
            let taken = match Written::of_file(&file.name) {
                Some(written) => import
                    .take(&file.name, written, file.bytes)
                    .map_err(|error| format!("{error}: {}", error.hint())),
                None => Err(format!("is of no kind that can be read here: {KINDS}")),
            };
            not_taken.extend(
                taken
                    .err()
                    .map(|why| format!("{} {why}", begin(&file.name, TEXT_CHARS_MAX))),
            );
        }
        (import, not_taken)
    })
    .await
    .map_err(|error| ConsoleError::Failed(error.to_string()))?;
    troubles.extend(not_taken);
    if troubles.is_empty() {
        dry(state, who, &import).await
    } else {
        page(state, who, Typed::of(&import), troubles, None).await
    }
}

/// What is read here.
const KINDS: &str = "a .md, .csv, .tsv or .html file, or the .json of an exported chat";

/// What an import would do.
async fn dry(state: &ConsoleState, who: &SignedIn, import: &Import) -> Result<Response, ConsoleError> {
    match state.knowledge.import(who.community.id, import, true).await {
        Ok(report) => told(state, who, import, report, Stage::Looked).await,
        Err(error) => failed(state, who, import, error).await,
    }
}

async fn failed(
    state: &ConsoleState,
    who: &SignedIn,
    import: &Import,
    error: ImportError,
) -> Result<Response, ConsoleError> {
    match error {
        ImportError::Mistakes(mistakes) => {
            let troubles = mistakes.iter().map(ToString::to_string).collect();
            page(state, who, Typed::of(import), troubles, None).await
        }
        ImportError::Broken(error) => Err(ConsoleError::Failed(error.to_string())),
        ImportError::Read(error) => Err(error.into()),
        ImportError::Write(error) => Err(error.into()),
    }
}

async fn told(
    state: &ConsoleState,
    who: &SignedIn,
    import: &Import,
    report: Report,
    of: Stage,
) -> Result<Response, ConsoleError> {
    let again = if of == Stage::Done || !report.writes {
        None
    } else {
        let text = serde_json::to_string(import).map_err(|error| ConsoleError::Failed(error.to_string()))?;
        Some((text, report.digest()))
    };
    page(
        state,
        who,
        Typed::of(import),
        Vec::new(),
        Some(Shown::of(report, of, again)),
    )
    .await
}

impl Typed {
    fn of(import: &Import) -> Self {
        let reader = READERS.iter().find(|(_, visibility)| *visibility == import.visibility);
        Self {
            readers: reader.map_or_else(String::new, |(name, _)| (*name).to_owned()),
            page: import.source_url.clone().unwrap_or_default(),
        }
    }
}

impl Shown {
    fn of(report: Report, stage: Stage, import: Option<(String, String)>) -> Self {
        let is_done = stage == Stage::Done;
        let counts: Vec<String> = Fate::ALL
            .into_iter()
            .filter_map(|fate| {
                let count = report.entries.iter().filter(|entry| entry.fate == fate).count();
                (count > 0).then(|| format!("{count} {}", fate.word()))
            })
            .collect();
        let mut summary = counts.join(", ");
        if summary.is_empty() {
            "nothing".clone_into(&mut summary);
        }
        let mut entries: Vec<EntryReport> = report.entries;
        entries.retain(|entry| entry.fate != Fate::Same || entry.why.is_some());
        // What somebody has to look at comes first.
        entries.sort_by_key(|entry| match entry.fate {
            Fate::Conflict => 0,
            Fate::Changed => 1,
            Fate::Added => 2,
            Fate::Gone => 3,
            Fate::Same => 4,
        });
        let more = entries.len().saturating_sub(LISTED_MAX);
        entries.truncate(LISTED_MAX);
        Self {
            is_done,
            is_otherwise: stage == Stage::Otherwise,
            summary,
            rows: entries.into_iter().map(|entry| Row::of(entry, is_done)).collect(),
            more,
            left_out: report.left_out.iter().map(ToString::to_string).collect(),
            import,
        }
    }
}

impl Row {
    fn of(entry: EntryReport, is_done: bool) -> Self {
        let is_here = is_done || entry.fate != Fate::Added;
        let or_nothing = |text: String| {
            if text.is_empty() {
                return "nothing".to_owned();
            }
            text
        };
        Self {
            fate: entry.fate.word(),
            class: match entry.fate {
                Fate::Conflict => "urgent",
                Fate::Added | Fate::Changed => "active",
                Fate::Same | Fate::Gone => "calm",
            },
            href: if entry.taken_away {
                Some(format!("{ENTRIES}/{}/history", entry.id))
            } else {
                is_here.then(|| format!("{ENTRIES}/{}", entry.id))
            },
            question: entry.question,
            why: entry.why,
            // As a reader sees it, with the address of each link.
            answer: entry
                .answer
                .map(|answer| begin(&Content::markdown(&answer).to_plain(), TEXT_CHARS_MAX)),
            readers: entry.visibility.map(visibility),
            both: entry
                .both
                .into_iter()
                .map(|(part, here, file)| {
                    let (here, file) = where_they_differ(&here, &file, TEXT_CHARS_MAX);
                    (part, or_nothing(here), or_nothing(file))
                })
                .collect(),
        }
    }
}

async fn page(
    state: &ConsoleState,
    who: &SignedIn,
    typed: Typed,
    troubles: Vec<String>,
    shown: Option<Shown>,
) -> Result<Response, ConsoleError> {
    let status = if troubles.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let page = ImportPage {
        chrome: Chrome::new(state, who, PART, "Entries from files", None).await?,
        troubles,
        readers: READERS
            .into_iter()
            .map(|(name, _)| (name, name == typed.readers))
            .collect(),
        typed,
        shown,
        model: super::model::may_read(who),
    };
    Ok((status, html(&page)).into_response())
}
