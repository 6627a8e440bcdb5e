//! The questions behind a number, and what staff say of each.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::{Router, get, post};

use super::{Cell, DAY, PAGE, PART, failed, language_name, period, topic_name};
use crate::console::ConsoleState;
use crate::console::access::posted::Fields;
use crate::console::access::{Posted, SignedIn};
use crate::console::chrome::{Chrome, html};
use crate::console::error::ConsoleError;
use crate::console::pages::{ROWS_MAX, cut, see, url};
use crate::console::permission::Permission;
use crate::console::show::names::Names;
use crate::console::show::time::{Shown, shown};
use crate::model::Timestamp;
use crate::model::content::Content;
use crate::person::masked;
use crate::storage::quality::{AskedFilter, AskedRow, Decided, QualityUnit};
use crate::storage::{Page, Unit};

/// Of each question and answer so much is shown; the conversation has the rest.
const TEXT_CHARS_MAX: usize = 300;

/// What of the questions is shown: the word in the address, and its name.
const WHATS: [(&str, &str); 8] = [
    ("all", "All"),
    ("answered", "Answered"),
    ("judged", "Judged answers"),
    ("right", "Right"),
    ("wrong", "Wrong"),
    ("silent", "Not answered"),
    ("missed", "Should have been answered"),
    ("passing", "Pass the line as it is now"),
];

/// Which questions are shown.
#[derive(Clone, Debug, Default, serde::Deserialize)]
pub(super) struct Asking {
    #[serde(default, deserialize_with = "super::days")]
    pub(super) days: Option<u16>,
    /// `asked` or `overheard`; none for both.
    #[serde(default)]
    pub(super) who: Option<String>,
    #[serde(default)]
    pub(super) topic: Option<String>,
    #[serde(default)]
    pub(super) language: Option<String>,
    /// One of [`WHATS`].
    #[serde(default)]
    pub(super) what: Option<String>,
    #[serde(default)]
    pub(super) before: Option<i64>,
    #[serde(default)]
    pub(super) said: Option<String>,
}

impl Asking {
    /// All of a period.
    pub(super) fn of(days: u16, overheard: bool) -> Self {
        Self {
            days: Some(days),
            who: Some(if overheard { "overheard" } else { "asked" }.to_owned()),
            ..Self::default()
        }
    }

    /// Where they are shown.
    pub(super) fn address(&self) -> String {
        let (days, before) = (
            self.days.map(|days| days.to_string()),
            self.before.map(|seq| seq.to_string()),
        );
        let all = [
            ("days", &days),
            ("who", &self.who),
            ("topic", &self.topic),
            ("language", &self.language),
            ("what", &self.what),
            ("before", &before),
            ("said", &self.said),
        ];
        let given = all
            .into_iter()
            .filter_map(|(name, value)| Some((name, value.as_deref()?)));
        url(&format!("{PAGE}/asked"), &given.collect::<Vec<_>>())
    }

    /// From the hidden fields of a form; back to the same page.
    fn read(fields: &Fields) -> Self {
        let given = |name: &str| fields.ticked(name).then(|| fields.line(name));
        Self {
            days: given("days").and_then(|days| days.parse().ok()),
            who: given("who"),
            topic: given("topic"),
            language: given("language"),
            what: given("what"),
            before: given("before").and_then(|before| before.parse().ok()),
            said: None,
        }
    }

    /// The fields of [`Asking::read`].
    fn fields(&self) -> Vec<(&'static str, String)> {
        let all = [
            ("days", self.days.map(|days| days.to_string())),
            ("who", self.who.clone()),
            ("topic", self.topic.clone()),
            ("language", self.language.clone()),
            ("what", self.what.clone()),
            ("before", self.before.map(|before| before.to_string())),
        ];
        all.into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
            .collect()
    }

    /// What is read; `line` is what answers to those who are asked about have to pass now.
    fn filter(&self, since: Timestamp, line: f32) -> AskedFilter {
        let overheard = self.who.as_deref().and_then(|who| match who {
            "asked" => Some(false),
            "overheard" => Some(true),
            _ => None,
        });
        let mut filter = AskedFilter {
            since,
            overheard,
            topic: self.topic.clone(),
            language: self.language.clone(),
            ..AskedFilter::default()
        };
        match self.what.as_deref().unwrap_or_default() {
            "answered" => filter.answered = Some(true),
            "judged" => (filter.answered, filter.judged) = (Some(true), Some(true)),
            "right" => (filter.answered, filter.fits) = (Some(true), Some(true)),
            "wrong" => (filter.answered, filter.fits) = (Some(true), Some(false)),
            "silent" => filter.answered = Some(false),
            "missed" => (filter.answered, filter.fits) = (Some(false), Some(true)),
            "passing" => filter.from = line,
            _ => {}
        }
        filter
    }

    fn is_overheard(&self) -> bool {
        self.who.as_deref() == Some("overheard")
    }

    /// What was chosen beside [`WHATS`], in words.
    fn heading(&self) -> String {
        let who = match self.who.as_deref() {
            Some("asked") => "asked of the bot",
            Some("overheard") => "overheard",
            _ => "asked and overheard",
        };
        let topic = self
            .topic
            .as_deref()
            .map(|topic| format!(", topic: {}", topic_name(topic)));
        let language = self.language.as_deref().map(language_name);
        let language = language.map(|language| format!(", language: {language}"));
        format!(
            "Questions {who}{}{}",
            topic.unwrap_or_default(),
            language.unwrap_or_default()
        )
    }
}

struct Row {
    seq: i64,
    /// None when it may not be read, or is gone: then the reason.
    question: Result<String, &'static str>,
    conversation: Option<String>,
    place: String,
    at: Shown,
    entry: Option<(String, u32)>,
    probability: String,
    decision: &'static str,
    said: Option<String>,
    /// What is said of it, and by whom.
    judged: Option<&'static str>,
    /// Staff have said it, and may take it back.
    by_staff: bool,
    /// The two words that staff may say of it: whether the entry is the answer, and as a button has it.
    words: Vec<(&'static str, &'static str)>,
}

#[derive(Template)]
#[template(path = "asked.html")]
struct AskedPage {
    chrome: Chrome,
    heading: String,
    back: String,
    /// Each with whether it is shown.
    whats: Vec<(Cell, bool)>,
    fields: Vec<(&'static str, String)>,
    rows: Vec<Row>,
    next: Option<String>,
}

/// The pages of this file.
pub(super) fn routes() -> Router<ConsoleState> {
    Router::new()
        .route("/knowledge/quality/asked", get(show))
        .route("/knowledge/quality/verdict", post(judge))
}

async fn show(
    State(state): State<ConsoleState>,
    who: SignedIn,
    Query(asking): Query<Asking>,
) -> Result<Response, ConsoleError> {
    who.require(Permission::ReadKnowledge)?;
    let (days, now) = (period(asking.days), state.clock.now());
    let since = now - DAY * u32::from(days);
    let community = who.community.id;
    let lines = state.knowledge.lines(community).await?;
    let line = if asking.is_overheard() {
        lines.overheard
    } else {
        lines.addressed
    };
    let page = Page {
        before: asking.before,
        limit: ROWS_MAX + 1,
    };
    let mut found = state
        .storage
        .asked(community, &asking.filter(since, line), page)
        .await?;
    let next = cut(&mut found, |row| row.seq);
    let mut names = Names::new(&state);
    let mut rows = Vec::with_capacity(found.len());
    for row in found {
        let place = match row.place {
            Some(place) => names.place(place).await?,
            None => String::new(),
        };
        let at = shown(row.asked.at, now, &who.zone);
        rows.push(Row::new(&row, &who, place, at));
    }
    let what = asking.what.as_deref().unwrap_or("all");
    let at_top = |what: &str| Asking {
        what: Some(what.to_owned()),
        before: None,
        said: None,
        ..asking.clone()
    };
    let tab = |(word, name): (&str, &str)| Cell {
        text: name.to_owned(),
        href: at_top(word).address(),
    };
    Ok(html(&AskedPage {
        chrome: Chrome::new(&state, &who, PART, asking.heading(), asking.said.as_deref()).await?,
        heading: asking.heading(),
        back: url(PAGE, &[("days", &days.to_string())]),
        whats: WHATS.map(|named| (tab(named), named.0 == what)).into(),
        fields: asking.fields(),
        rows,
        next: next.map(|before| {
            let next = Asking {
                before: Some(before),
                ..at_top(what)
            };
            next.address()
        }),
    }))
}

impl Row {
    fn new(row: &AskedRow, who: &SignedIn, place: String, at: Shown) -> Self {
        let asked = &row.asked;
        let question = if row.private && !who.may(Permission::ReadConversations) {
            // What was written to the bot alone is no more theirs to read here than in the inbox.
            Err("Asked in a direct chat, which your role does not read.")
        } else {
            row.question
                .as_ref()
                .map(shortened)
                .ok_or("Taken back, or too old to be kept.")
        };
        let answered = asked.answer.is_some();
        let may = question.is_ok() && asked.entry.is_some() && who.may(Permission::EditKnowledge);
        let words = match (may, answered) {
            (false, _) => Vec::new(),
            (true, true) => vec![("yes", "Right"), ("no", "Wrong")],
            (true, false) => vec![("yes", "Should have been answered"), ("no", "Rightly not answered")],
        };
        Self {
            seq: row.seq,
            conversation: row
                .conversation
                .filter(|_| who.may(Permission::ReadConversations))
                .map(|id| format!("/console/conversations/{id}")),
            place,
            at,
            entry: asked.entry.as_ref().map(|(id, revision)| (id.to_string(), *revision)),
            probability: format!("{:.2}", asked.probability),
            decision: decision(asked.decision, answered),
            said: row
                .said
                .as_ref()
                .filter(|_| question.is_ok())
                .map(shortened)
                .filter(|said| !said.is_empty()),
            judged: judged(row),
            by_staff: row.verdict.is_some() && who.may(Permission::EditKnowledge),
            words,
            question,
        }
    }
}

/// What was decided, and whether it was said.
fn decision(decision: Decided, answered: bool) -> &'static str {
    match decision {
        Decided::Answer if answered => "answered",
        Decided::Answer => "sure enough, but not said",
        Decided::Suggest => "offered",
        Decided::NothingFound => "nothing found",
        Decided::Uncertain => "not sure enough",
        Decided::StaffOnly => "the answer is for staff",
        Decided::NotHere => "the answer is for other places",
    }
}

/// What holds of a question, and who said it.
fn judged(row: &AskedRow) -> Option<&'static str> {
    let answered = row.asked.answer.is_some();
    Some(match (row.verdict, row.pressed) {
        (Some(true), _) if answered => "right, staff say",
        (Some(false), _) if answered => "wrong, staff say",
        (Some(true), _) => "should have been answered, staff say",
        (Some(false), _) => "rightly not answered, staff say",
        (None, Some(true)) => "Helpful was pressed",
        (None, Some(false)) => "Not it was pressed",
        (None, None) if row.again => "asked again in other words",
        (None, None) => return None,
    })
}

fn shortened(content: &Content) -> String {
    // What may be a code that links accounts is shown by dots, as everywhere.
    let plain = content.to_plain();
    let text = masked(&plain);
    if text.chars().count() <= TEXT_CHARS_MAX {
        return text.into_owned();
    }
    let begin: String = text.chars().take(TEXT_CHARS_MAX).collect();
    format!("{begin}…")
}

async fn judge(State(state): State<ConsoleState>, posted: Posted) -> Result<Response, ConsoleError> {
    let who = &posted.who;
    who.require(Permission::EditKnowledge)?;
    let (community, fields) = (who.community.id, &posted.fields);
    let seq: i64 = fields.line("seq").parse().map_err(|_| ConsoleError::NotHere)?;
    let fits = match fields.line("fits").as_str() {
        "yes" => Some(true),
        "no" => Some(false),
        "take-back" => None,
        _ => return Err(ConsoleError::NotHere),
    };
    let unit = Unit::Quality(QualityUnit::Judged {
        community,
        seq,
        fits,
        by: who.account.id,
        at: state.clock.now(),
    });
    // The question itself stays out of the audit: it is what somebody wrote.
    let unit = posted.once(&state, vec![unit], "answer_judged", seq.to_string());
    state.storage.write(unit).await?;
    state.knowledge.refit(community).await.map_err(failed)?;
    let back = Asking {
        said: Some("saved".to_owned()),
        ..Asking::read(fields)
    };
    Ok(see(back.address()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_leads_to_the_rows_of_its_number_alone() {
        let since = Timestamp::from_millis(5);
        let filter = |what: &str| {
            let asking = Asking {
                what: Some(what.to_owned()),
                topic: Some(String::new()),
                ..Asking::of(30, false)
            };
            asking.filter(since, 0.6)
        };
        let parts = |what: &str| {
            let filter = filter(what);
            (filter.answered, filter.judged, filter.fits)
        };
        for (what, expected) in [
            ("all", (None, None, None)),
            ("answered", (Some(true), None, None)),
            ("judged", (Some(true), Some(true), None)),
            ("right", (Some(true), None, Some(true))),
            ("wrong", (Some(true), None, Some(false))),
            ("silent", (Some(false), None, None)),
            ("missed", (Some(false), None, Some(true))),
        ] {
            assert_eq!(parts(what), expected, "{what}");
        }
        let passing = filter("passing");
        assert_eq!((passing.from.to_bits(), passing.since), (0.6_f32.to_bits(), since));
        assert_eq!((passing.overheard, passing.topic.as_deref()), (Some(false), Some("")));
    }

    #[test]
    fn what_was_chosen_stands_in_the_address() {
        let asking = Asking {
            topic: Some("a&b.yaml".to_owned()),
            what: Some("wrong".to_owned()),
            before: Some(7),
            ..Asking::of(90, true)
        };
        assert_eq!(
            asking.address(),
            "/console/knowledge/quality/asked?days=90&who=overheard&topic=a%26b.yaml&what=wrong&before=7"
        );
        assert_eq!(asking.heading(), "Questions overheard, topic: a&b");
    }
}
