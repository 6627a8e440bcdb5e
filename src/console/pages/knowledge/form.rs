//! The form in which an entry is written: a new one, one that is there, or a draft.

use std::collections::BTreeSet;

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::fields::{Around, Filled, Kind, Typed, problems};
use super::preview::Shown;
use super::{PART, failed};
use crate::console::ConsoleState;
use crate::console::access::posted::Fields;
use crate::console::access::{Posted, SignedIn};
use crate::console::chrome::{Chrome, html};
use crate::console::error::ConsoleError;
use crate::console::permission::Permission;
use crate::console::show::words;
use crate::knowledge::EditError;
use crate::knowledge::check::{Fault, faults, faults_to_readers};
use crate::knowledge::import::name_of;
use crate::model::directory::Place;
use crate::model::entry::Entry;
use crate::model::ids::EntryId;

/// Places that are offered: each is a box in two lists. An entry for one of more places than this can name it in its file.
const PLACES_MAX: u32 = 500;

/// Platforms that entries can be bound to before any of their places is known.
const PLATFORMS: [&str; 3] = ["discord", "telegram", "web_chat"];

/// What stands around the fields.
#[derive(Default)]
pub(super) struct Sheet {
    /// Where the form goes.
    pub(super) action: String,
    pub(super) title: String,
    /// Its name can still be chosen.
    pub(super) new: bool,
    /// It can be saved for members at once.
    pub(super) live: bool,
    /// It is a draft already.
    pub(super) draft: bool,
    /// Fields that nobody fills in.
    pub(super) hidden: Vec<(&'static str, String)>,
    pub(super) note: Option<String>,
    /// The draft as somebody else has saved it meanwhile.
    pub(super) changed: Option<Typed>,
    /// What saving it would change, when somebody asked.
    pub(super) preview: Option<Shown>,
}

/// What was stored by somebody else meanwhile.
struct Other {
    title: String,
    question: String,
    /// The answer, and whatever else is not what was typed, each with its label.
    lines: Vec<(String, String)>,
}

/// What somebody else may have taken out of a draft is theirs, too: whoever asked or answered it may want it to be gone.
const CHANGED: &str = "This draft was changed meanwhile. Below are both; saving puts yours in its place. If something is in yours alone \
                       that a member had said, please leave it out: they may have taken it back.";

/// Who has a form open while an entry is saved more often than this sees both texts, and puts them together by hand.
const REVISIONS_MAX: u32 = 100;

#[derive(Template)]
#[template(path = "entry_edit.html")]
struct EditPage {
    chrome: Chrome,
    sheet: Sheet,
    filled: Filled,
    /// The stored revision that the text goes on from; 0 for a new entry.
    revision: u32,
    problem: Option<String>,
    other: Option<Other>,
}

/// What a form says.
pub(super) struct Written {
    /// As it is stored now.
    pub(super) before: Option<Entry>,
    pub(super) entry: Entry,
    /// All that is wrong with it.
    pub(super) faults: Vec<Fault>,
}

/// What came in for the entry of this name. What the form did not have is left as it is stored; of
/// translations those that it did not have are taken away, unless it had none at all.
pub(super) async fn typed(state: &ConsoleState, posted: &Posted, id: String) -> Result<Typed, ConsoleError> {
    posted.who.require(Permission::EditKnowledge)?;
    let named = EntryId::from(id.as_str());
    let stored = state.knowledge.get(posted.who.community.id, &named).await?;
    let stored = stored.map(|stored| Typed::of(&stored.entry)).unwrap_or_default();
    Ok(Typed {
        id,
        ..Typed::read(&posted.fields, &stored)
    })
}

/// The name of a new entry that came in. Where nobody has chosen one it is made of the question; empty where there is neither.
pub(super) fn name(fields: &Fields) -> String {
    let (id, question) = (fields.line("id"), fields.line("question"));
    if id.is_empty() && !question.is_empty() {
        name_of(&question).to_string()
    } else {
        id
    }
}

/// What was typed as an entry that goes on from `revision`, with all that is wrong. A draft may hold what readers may not see.
pub(super) async fn written(
    state: &ConsoleState,
    who: &SignedIn,
    (typed, revision): (&Typed, u32),
    draft: bool,
) -> Result<Written, ConsoleError> {
    let community = who.community.id;
    let id = EntryId::from(typed.id.as_str());
    let before = state.knowledge.get(community, &id).await?.map(|stored| stored.entry);
    // What was taken away goes on counting.
    let last = match (&before, revision) {
        (None, 0) => state.storage.entry_revision_last(community, &id).await?.unwrap_or(0),
        _ => revision,
    };
    let entry = typed.entry(before.as_ref(), last);
    let mut wrong = if draft {
        faults(&entry)
    } else {
        faults_to_readers(&entry)
    };
    wrong.extend(typed.faults(&who.community.language));
    for fault in state.knowledge.unknown_related(community, &entry).await? {
        // What is no name at all was said before.
        if wrong.iter().all(|known| known.path != fault.path) {
            wrong.push(fault);
        }
    }
    Ok(Written {
        before,
        entry,
        faults: wrong,
    })
}

/// What the form says of why it could not be stored.
struct Refused {
    status: StatusCode,
    problem: Option<String>,
    other: Option<Other>,
    faults: Vec<Fault>,
    revision: u32,
}

/// The form; `result` is why it could not be stored.
pub(super) async fn form(
    state: &ConsoleState,
    who: &SignedIn,
    mut sheet: Sheet,
    (typed, revision): (Typed, u32),
    result: Result<(), EditError>,
) -> Result<Response, ConsoleError> {
    who.require(Permission::EditKnowledge)?;
    let id = EntryId::from(typed.id.as_str());
    let merged = match &result {
        Err(EditError::Stale { stored: Some(stored) }) if !sheet.new => {
            let base = base(state, who, &id, revision).await?;
            base.map(|base| typed.clone().with_theirs(&Typed::of(&base), &Typed::of(&stored.entry)))
        }
        _ => None,
    };
    let refused = refused(&mut sheet, (&typed, revision), result)?;
    let typed = merged.unwrap_or(typed);
    let around = Around {
        new: sheet.new,
        places: places(state, who).await?,
        behind: match state.knowledge.get(who.community.id, &id).await? {
            Some(stored) => state.knowledge.behind(who.community.id, &stored.entry).await?,
            None => Vec::new(),
        },
        problems: problems(&refused.faults, &typed),
    };
    let page = EditPage {
        chrome: Chrome::new(state, who, PART, sheet.title.clone(), None).await?,
        sheet,
        filled: Filled::new(&typed, &around),
        revision: refused.revision,
        problem: refused.problem,
        other: refused.other,
    };
    Ok((refused.status, html(&page)).into_response())
}

/// The entry as it was when the form was made, as long as that is kept.
async fn base(
    state: &ConsoleState,
    who: &SignedIn,
    id: &EntryId,
    revision: u32,
) -> Result<Option<Entry>, ConsoleError> {
    let history = state.knowledge.history(who.community.id, id, REVISIONS_MAX).await?;
    let base = history.into_iter().find(|known| known.revision == revision);
    Ok(base.and_then(|base| base.entry))
}

fn refused(
    sheet: &mut Sheet,
    (typed, revision): (&Typed, u32),
    result: Result<(), EditError>,
) -> Result<Refused, ConsoleError> {
    let conflict = |text: &str, other, revision| Refused {
        status: StatusCode::CONFLICT,
        problem: Some(text.to_owned()),
        other,
        faults: Vec::new(),
        revision,
    };
    let shown = |status, faults| Refused {
        status,
        problem: None,
        other: None,
        faults,
        revision,
    };
    Ok(match result {
        Ok(()) => match sheet.changed.take() {
            Some(stored) => {
                let title = "The draft as it is stored now".to_owned();
                conflict(CHANGED, Some(other(title, &stored, typed)), revision)
            }
            None => shown(StatusCode::OK, Vec::new()),
        },
        Err(EditError::Faulty(faults)) => shown(StatusCode::UNPROCESSABLE_ENTITY, faults),
        Err(EditError::Stale { stored }) => {
            let text = match &stored {
                Some(_) if sheet.new => {
                    "There is an entry with this name. Below is what it says; saving puts yours in its place."
                }
                Some(_) => {
                    "Somebody else changed this entry meanwhile. Below is theirs where it is not yours. What they changed and you \
                     did not is in your form already; saving puts it in the entry's place."
                }
                None => "Somebody else took this entry away meanwhile. Saving brings it back with your text.",
            };
            let revision = stored.as_ref().map_or(0, |stored| stored.entry.rev);
            let title = format!("As it is stored now, revision {revision}");
            let other = stored.map(|stored| other(title, &Typed::of(&stored.entry), typed));
            conflict(text, other, revision)
        }
        Err(error) => return Err(failed(error)),
    })
}

/// What is stored, beside what was typed: the answer always, and all else that is not the same.
fn other(title: String, stored: &Typed, typed: &Typed) -> Other {
    let typed = typed.lines();
    let same = |line: &(String, &str)| {
        typed
            .iter()
            .any(|(label, text)| *label == line.0 && text.trim() == line.1.trim())
    };
    let of_stored = stored.lines();
    let of_typed = typed
        .iter()
        .filter(|(label, text)| !text.trim().is_empty() && !of_stored.iter().any(|(stored, _)| stored == label));
    let nothing = |text: &str| match text.trim() {
        "" => "nothing".to_owned(),
        text => text.to_owned(),
    };
    let lines = of_stored.iter().filter(|line| line.0 == "Answer" || !same(line));
    let mut lines: Vec<(String, String)> = lines.map(|(label, text)| (label.clone(), nothing(text))).collect();
    lines.extend(of_typed.map(|(label, _)| (label.clone(), nothing(""))));
    Other {
        title,
        question: stored.text.question.clone(),
        lines,
    }
}

/// Where an entry can be said: the name that it has for each, and the one that people have.
async fn places(state: &ConsoleState, who: &SignedIn) -> Result<Vec<(String, String)>, ConsoleError> {
    let mut places = state.storage.shared_places(who.community.id, PLACES_MAX).await?;
    places.retain(|place| !place.thread);
    let platform = |place: &Place| {
        place
            .native
            .scope
            .as_str()
            .split(':')
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    let known = PLATFORMS.into_iter().map(str::to_owned);
    let platforms: BTreeSet<String> = known.chain(places.iter().map(platform)).collect();
    let whole = platforms.into_iter().map(|word| {
        let label = format!("all of {}", words::platform(&word));
        (word, label)
    });
    let named = places.iter().map(|place| {
        let label = format!("{}, on {}", place.name, words::platform(place.native.scope.as_str()));
        (place.id.to_string(), label)
    });
    Ok(whole.chain(named).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(json: &str) -> Typed {
        Typed::of(&serde_json::from_str(json).unwrap())
    }

    #[test]
    fn what_somebody_else_has_stored_is_shown_where_it_differs() {
        let stored = typed(
            r#"{"id":"a","question":"Q","answer":{"full":"A"},"owner":"docs",
                "translations":{"de":{"question":"F","answer":{"full":"Antwort"}}}}"#,
        );
        let yours = typed(
            r#"{"id":"a","question":"Q","answer":{"full":"A"},"credit":"Ann",
                "translations":{"de":{"question":"F","answer":{"full":"Jawohl"}},"fr":{"question":"G","answer":{"full":"B"}}}}"#,
        );
        let other = other("Stored".to_owned(), &stored, &yours);
        let lines: Vec<String> = other
            .lines
            .iter()
            .map(|(label, text)| format!("{label}: {text}"))
            .collect();
        assert_eq!(
            lines,
            [
                "Answer: A",
                "Thanks to: nothing",
                "Kept true by: docs",
                "Answer, in de: Antwort",
                "Question, in fr: nothing",
                "Answer, in fr: nothing",
            ]
        );
    }
}
