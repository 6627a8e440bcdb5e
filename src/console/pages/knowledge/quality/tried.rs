//! The texts of the entries that were tried, each as if it were not there, and what was found instead.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::{Router, get};

use super::{Cell, PAGE, PART, language_name, topic_name};
use crate::console::ConsoleState;
use crate::console::access::SignedIn;
use crate::console::chrome::{Chrome, html};
use crate::console::error::ConsoleError;
use crate::console::pages::{ROWS_MAX, url};
use crate::console::permission::Permission;
use crate::model::quality::Tried;

/// What of the texts is shown: the word in the address, and its name.
const WHATS: [(&str, &str); 4] = [
    ("all", "All"),
    ("answered", "Would be answered"),
    ("wrong", "Would be answered wrongly"),
    ("silent", "Would not be answered"),
];

/// Which texts are shown.
#[derive(Clone, Debug, Default, serde::Deserialize)]
pub(super) struct Trying {
    #[serde(default)]
    pub(super) topic: Option<String>,
    #[serde(default)]
    pub(super) language: Option<String>,
    /// One of [`WHATS`].
    #[serde(default)]
    pub(super) what: Option<String>,
    /// How many were shown on the pages before.
    #[serde(default)]
    pub(super) before: Option<usize>,
}

impl Trying {
    /// Where they are shown.
    pub(super) fn address(&self) -> String {
        let before = self.before.map(|before| before.to_string());
        let all = [
            ("topic", &self.topic),
            ("language", &self.language),
            ("what", &self.what),
            ("before", &before),
        ];
        let given = all
            .into_iter()
            .filter_map(|(name, value)| Some((name, value.as_deref()?)));
        url(&format!("{PAGE}/tried"), &given.collect::<Vec<_>>())
    }

    /// Whether it is one of them, at the line for who asks the bot.
    fn lets(&self, tried: &Tried, line: f32) -> bool {
        let of = |wanted: &Option<String>, own: &str| wanted.as_deref().is_none_or(|wanted| wanted == own);
        let said = tried.is_said(line);
        let what = match self.what.as_deref().unwrap_or_default() {
            "answered" => said,
            "wrong" => said && !tried.is_right(),
            "silent" => !said,
            _ => true,
        };
        what && of(&self.topic, &tried.topic) && of(&self.language, &tried.language)
    }

    fn heading(&self) -> String {
        let topic = self
            .topic
            .as_deref()
            .map(|topic| format!(", topic: {}", topic_name(topic)));
        let language = self.language.as_deref().map(language_name);
        let language = language.map(|language| format!(", language: {language}"));
        format!(
            "Texts that were tried{}{}",
            topic.unwrap_or_default(),
            language.unwrap_or_default()
        )
    }
}

struct Row {
    text: String,
    entry: String,
    best: Option<String>,
    right: bool,
    said: bool,
    probability: String,
}

#[derive(Template)]
#[template(path = "tried.html")]
struct TriedPage {
    chrome: Chrome,
    heading: String,
    /// Each with whether it is shown.
    whats: Vec<(Cell, bool)>,
    rows: Vec<Row>,
    next: Option<String>,
}

/// The pages of this file.
pub(super) fn routes() -> Router<ConsoleState> {
    Router::new().route("/knowledge/quality/tried", get(show))
}

async fn show(
    State(state): State<ConsoleState>,
    who: SignedIn,
    Query(trying): Query<Trying>,
) -> Result<Response, ConsoleError> {
    who.require(Permission::ReadKnowledge)?;
    let community = who.community.id;
    let line = state.knowledge.lines(community).await?.addressed;
    let trial = state.knowledge.trial(community).await?;
    let mut tried = trial.map(|trial| trial.tried).unwrap_or_default();
    tried.retain(|tried| trying.lets(tried, line));
    // What is wrong comes first, the surest at the top: there is most to mend.
    tried.sort_by(|one, other| {
        let wrong = one.is_right().cmp(&other.is_right());
        let surer = other.probability.total_cmp(&one.probability);
        wrong.then(surer).then_with(|| one.text.cmp(&other.text))
    });
    let (from, rows_max) = (
        trying.before.unwrap_or(0),
        usize::try_from(ROWS_MAX).expect("a page fits in memory"),
    );
    let next = (from.saturating_add(rows_max) < tried.len()).then(|| Trying {
        before: Some(from.saturating_add(rows_max)),
        ..trying.clone()
    });
    let rows = tried.iter().skip(from).take(rows_max).map(|tried| Row {
        text: tried.text.clone(),
        entry: tried.entry.to_string(),
        best: tried.best.as_ref().map(ToString::to_string),
        right: tried.is_right(),
        said: tried.is_said(line),
        probability: format!("{:.2}", tried.probability),
    });
    let what = trying.what.as_deref().unwrap_or("all");
    let tab = |(word, name): (&str, &str)| Cell {
        text: name.to_owned(),
        href: Trying {
            what: Some(word.to_owned()),
            before: None,
            ..trying.clone()
        }
        .address(),
    };
    Ok(html(&TriedPage {
        chrome: Chrome::new(&state, &who, PART, trying.heading(), None).await?,
        heading: trying.heading(),
        whats: WHATS.map(|named| (tab(named), named.0 == what)).into(),
        rows: rows.collect(),
        next: next.map(|next| next.address()),
    }))
}
