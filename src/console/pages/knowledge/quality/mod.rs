//! How good answers are: the lines, what the entries make of their own texts, and what was asked and judged, each number with its rows.

mod asked;
mod tried;

use std::time::Duration;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{Router, get, post};

use self::asked::Asking;
use self::tried::Trying;
use super::{PART, preview};
use crate::console::ConsoleState;
use crate::console::access::{Posted, SignedIn};
use crate::console::chrome::{Chrome, html};
use crate::console::error::ConsoleError;
use crate::console::pages::{see, url};
use crate::console::permission::Permission;
use crate::console::show::time::{Shown, shown};
use crate::knowledge::quality::{Group, LABELS_MIN, LineShown, Numbers, Pair, Quality, QualityError, Share};
use crate::model::amount::counted;
use crate::model::quality::{Basis, Precision};
use crate::storage::Unit;
use crate::storage::quality::QualityUnit;

/// The address of this page.
const PAGE: &str = "/console/knowledge/quality";

/// Where its form goes.
const PRECISION: &str = "/console/knowledge/quality/precision";

/// The periods that can be chosen, in days.
const PERIODS: [u16; 4] = [7, 30, 90, 365];

/// The one that is shown when none was chosen.
const PERIOD: u16 = 30;

const DAY: Duration = Duration::from_hours(24);

/// A number that leads to its rows.
struct Cell {
    text: String,
    href: String,
}

/// One line of the numbers.
struct Row {
    name: String,
    /// Of its own texts: what would be answered, and what wrongly; none where nothing was tried.
    own: Option<(Cell, Cell)>,
    asked: Cell,
    answered: Cell,
    judged: Cell,
    right: Cell,
    missed: Cell,
}

/// A table of numbers.
struct Table {
    /// What its first column holds.
    of: &'static str,
    /// It is opened by whoever wants it: it has as many rows as there are files or languages.
    folded: bool,
    rows: Vec<Row>,
}

/// A line with what it does.
struct LineRow {
    name: &'static str,
    wanted: u8,
    line: String,
    why: String,
    passing: Cell,
}

/// Two entries that are taken for one another.
struct PairRow {
    entry: String,
    by: String,
    texts: String,
    /// Each with how sure the wrong one is.
    examples: Vec<(String, String)>,
}

/// What the entries make of their own texts, in a sentence.
struct Trial {
    answered: String,
    wrong: String,
    rows: String,
    at: Shown,
    is_old: bool,
    alone: Option<String>,
}

#[derive(Template)]
#[template(path = "quality.html")]
struct QualityPage {
    chrome: Chrome,
    model: bool,
    /// Days, address, and whether it is shown.
    periods: Vec<(u16, String, bool)>,
    days: u16,
    lines: Vec<LineRow>,
    wanted: Wanted,
    /// Why what was typed could not be taken.
    problem: Option<String>,
    may_set: bool,
    trial: Option<Trial>,
    pairs: Vec<PairRow>,
    tables: Vec<Table>,
    /// Nothing was asked in this period.
    is_empty: bool,
}

/// How many of a hundred answers are to be right, as it is typed.
struct Wanted {
    addressed: String,
    overheard: String,
}

/// What is chosen of this page.
#[derive(Clone, Debug, Default, serde::Deserialize)]
struct Chosen {
    #[serde(default, deserialize_with = "days")]
    days: Option<u16>,
    #[serde(default)]
    said: Option<String>,
}

/// The pages of this folder.
pub(super) fn routes() -> Router<ConsoleState> {
    Router::new()
        .route("/knowledge/quality", get(show))
        .route("/knowledge/quality/precision", post(set_precision))
        .route("/knowledge/quality/precision/preview", post(preview_precision))
        .merge(asked::routes())
        .merge(tried::routes())
}

/// What is no number of days is as none: the page shows what it shows first.
fn days<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<u16>, D::Error> {
    let text: Option<String> = serde::Deserialize::deserialize(from)?;
    Ok(text.and_then(|text| text.parse().ok()))
}

/// The period that was asked for, or the usual one.
fn period(days: Option<u16>) -> u16 {
    days.filter(|days| PERIODS.contains(days)).unwrap_or(PERIOD)
}

async fn show(
    State(state): State<ConsoleState>,
    who: SignedIn,
    Query(chosen): Query<Chosen>,
) -> Result<Response, ConsoleError> {
    who.require(Permission::ReadKnowledge)?;
    page(&state, &who, &chosen, None).await
}

/// The page; `refused` is what was typed of how many answers are to be right, and why it could not be taken.
async fn page(
    state: &ConsoleState,
    who: &SignedIn,
    chosen: &Chosen,
    refused: Option<(Wanted, String)>,
) -> Result<Response, ConsoleError> {
    let days = period(chosen.days);
    let now = state.clock.now();
    let since = now - DAY * u32::from(days);
    let quality = state.knowledge.quality(who.community.id, since).await?;
    let said = chosen.said.as_deref();
    let status = match &refused {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let (wanted, problem) = match refused {
        Some((typed, why)) => (typed, Some(why)),
        None => (Wanted::of(quality.precision), None),
    };
    let address = |days: u16| url(PAGE, &[("days", &days.to_string())]);
    let page = QualityPage {
        model: super::model::may_read(who),
        chrome: Chrome::new(state, who, PART, "How good it is", said).await?,
        periods: PERIODS.map(|period| (period, address(period), period == days)).into(),
        days,
        lines: lines(&quality, days),
        wanted,
        problem,
        may_set: who.may(Permission::EditCommunity),
        trial: trial(&quality, |at| shown(at, now, &who.zone)),
        pairs: quality.pairs.iter().map(pair).collect(),
        tables: tables(&quality.numbers, days),
        is_empty: quality.numbers.addressed.measured.asked + quality.numbers.overheard.measured.asked == 0,
    };
    Ok((status, html(&page)).into_response())
}

fn lines(quality: &Quality, days: u16) -> Vec<LineRow> {
    let row = |name, overheard: bool, wanted, line: &LineShown| {
        let passing = Asking {
            what: Some("passing".to_owned()),
            ..Asking::of(days, overheard)
        };
        LineRow {
            name,
            wanted,
            line: format!("{:.2}", line.fit.line),
            why: why(line),
            passing: Cell {
                text: format!("{} of {}: {}", line.passing.count, line.passing.of, line.passing),
                href: passing.address(),
            },
        }
    };
    vec![
        row(
            "Who asks the bot",
            false,
            quality.precision.addressed,
            &quality.addressed,
        ),
        row(
            "Who is overheard",
            true,
            quality.precision.overheard,
            &quality.overheard,
        ),
    ]
}

/// Why a line is where it is.
fn why(line: &LineShown) -> String {
    let fit = line.fit;
    let judged = counted(fit.labels, "answer is judged", "answers are judged");
    match fit.basis {
        Basis::Start if fit.labels >= LABELS_MIN => {
            format!("The careful value that every base begins with: {judged}, too few to show what is wanted.")
        }
        Basis::Start => {
            format!(
                "The careful value that every base begins with: {judged}, and a line is fitted from {LABELS_MIN} on."
            )
        }
        Basis::Fitted => {
            let right = Share::new(fit.right.into(), fit.above.into());
            let (right_of, above) = (fit.right, fit.above);
            format!(
                "The lowest line that shows it: {judged}, {above} pass it and {right_of} of those were right, {right}."
            )
        }
        Basis::AsAsked => {
            "As strict as where the bot is asked: who did not ask hears nothing that is less sure.".to_owned()
        }
        Basis::Strictest => {
            format!("{judged}, and show it at no line. So it is as strict as so few of them may make it.")
        }
    }
}

fn trial(quality: &Quality, at: impl Fn(crate::model::Timestamp) -> Shown) -> Option<Trial> {
    let trial = quality.trial?;
    let estimated = quality.numbers.addressed.estimated;
    let none = trial.alone > 0;
    let alone = none.then(|| {
        let alone = counted(trial.alone, "entry has", "entries have");
        format!("{alone} one way to ask alone and could not be tried. Give each another one, in other words.")
    });
    Some(Trial {
        answered: estimated.coverage().to_string(),
        wrong: estimated.wrong().to_string(),
        rows: Trying::default().address(),
        at: at(trial.at),
        is_old: trial.is_old,
        alone,
    })
}

fn pair(pair: &Pair) -> PairRow {
    let examples = pair.examples.iter();
    PairRow {
        entry: pair.entry.to_string(),
        by: pair.by.to_string(),
        texts: counted(pair.count, "text", "texts"),
        examples: examples
            .map(|(text, sure)| (text.clone(), format!("{sure:.2}")))
            .collect(),
    }
}

fn tables(numbers: &Numbers, days: u16) -> Vec<Table> {
    let (asked, overheard) = (Asking::of(days, false), Asking::of(days, true));
    let whole = vec![
        row("Asked of the bot", &numbers.addressed, &asked, &Trying::default()),
        row("Overheard", &numbers.overheard, &overheard, &Trying::default()),
    ];
    let by = |of, groups: &[Group], narrow: fn(&mut Asking, &mut Trying, &str), name: fn(&str) -> String| Table {
        of,
        folded: true,
        rows: groups
            .iter()
            .map(|group| {
                let (mut asked, mut tried) = (asked.clone(), Trying::default());
                narrow(&mut asked, &mut tried, &group.name);
                row(&name(&group.name), group, &asked, &tried)
            })
            .collect(),
    };
    let topic = |asked: &mut Asking, tried: &mut Trying, name: &str| {
        (asked.topic, tried.topic) = (Some(name.to_owned()), Some(name.to_owned()));
    };
    let language = |asked: &mut Asking, tried: &mut Trying, name: &str| {
        (asked.language, tried.language) = (Some(name.to_owned()), Some(name.to_owned()));
    };
    vec![
        Table {
            of: "In all",
            folded: false,
            rows: whole,
        },
        by("Topic", &numbers.topics, topic, topic_name),
        by("Language", &numbers.languages, language, language_name),
    ]
}

/// The file of the entries without its ending.
fn topic_name(file: &str) -> String {
    let name = file.strip_suffix(".yaml").or_else(|| file.strip_suffix(".yml"));
    match name.unwrap_or(file) {
        "" => "No entry near".to_owned(),
        name => name.to_owned(),
    }
}

fn language_name(language: &str) -> String {
    if language.is_empty() {
        "Not known".to_owned()
    } else {
        language.to_owned()
    }
}

fn row(name: &str, group: &Group, asked: &Asking, tried: &Trying) -> Row {
    let (measured, estimated) = (group.measured, group.estimated);
    let cell = |text: String, what: &str| Cell {
        text,
        href: Asking {
            what: Some(what.to_owned()),
            ..asked.clone()
        }
        .address(),
    };
    let own = |share: Share, what: &str| Cell {
        text: share.to_string(),
        href: Trying {
            what: Some(what.to_owned()),
            ..tried.clone()
        }
        .address(),
    };
    let tried = estimated.tried > 0;
    Row {
        name: name.to_owned(),
        own: tried.then(|| (own(estimated.coverage(), "answered"), own(estimated.wrong(), "wrong"))),
        asked: cell(measured.asked.to_string(), "all"),
        answered: cell(measured.coverage().to_string(), "answered"),
        judged: cell(measured.judged.to_string(), "judged"),
        right: cell(measured.precision().to_string(), "right"),
        missed: cell(format!("{} of {}", measured.missed, measured.silent_judged), "missed"),
    }
}

async fn preview_precision(State(state): State<ConsoleState>, posted: Posted) -> Result<Response, ConsoleError> {
    posted.who.require(Permission::EditCommunity)?;
    let typed = Wanted::read(&posted);
    match typed.precision() {
        Ok(precision) => preview::precision(&state, &posted, (PRECISION, precision)).await,
        Err(why) => page(&state, &posted.who, &Chosen::default(), Some((typed, why))).await,
    }
}

async fn set_precision(State(state): State<ConsoleState>, posted: Posted) -> Result<Response, ConsoleError> {
    posted.who.require(Permission::EditCommunity)?;
    let typed = Wanted::read(&posted);
    let precision = match typed.precision() {
        Ok(precision) => precision,
        Err(why) => return page(&state, &posted.who, &Chosen::default(), Some((typed, why))).await,
    };
    let community = posted.who.community.id;
    let unit = Unit::Quality(QualityUnit::Precision { community, precision });
    let unit = posted.once(&state, vec![unit], "precision_changed", community.to_string());
    state.storage.write(unit).await?;
    state.knowledge.refit(community).await.map_err(failed)?;
    Ok(see(url(PAGE, &[("said", "saved")])))
}

impl Wanted {
    fn of(precision: Precision) -> Self {
        Self {
            addressed: precision.addressed.to_string(),
            overheard: precision.overheard.to_string(),
        }
    }

    fn read(posted: &Posted) -> Self {
        Self {
            addressed: posted.fields.line("addressed"),
            overheard: posted.fields.line("overheard"),
        }
    }

    /// What it means, or why it means nothing.
    fn precision(&self) -> Result<Precision, String> {
        let percent = |typed: &str| {
            typed.parse::<u8>().map_err(|_| {
                format!("“{typed}” is no whole number up to 99. It says how many answers of a hundred are to be right.")
            })
        };
        let precision = Precision {
            addressed: percent(&self.addressed)?,
            overheard: percent(&self.overheard)?,
        };
        match precision.fault() {
            Some(why) => Err(format!("{why}.")),
            None => Ok(precision),
        }
    }
}

fn failed(error: QualityError) -> ConsoleError {
    match error {
        QualityError::Read(error) => error.into(),
        QualityError::Write(error) => error.into(),
        QualityError::Broken => ConsoleError::Unavailable,
    }
}
