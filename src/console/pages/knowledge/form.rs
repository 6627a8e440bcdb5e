//! The form in which an entry is written: a new one, one that is there, or a draft.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::fields::Typed;
use super::preview::Shown;
use super::{PART, failed, sentence};
use crate::console::ConsoleState;
use crate::console::access::SignedIn;
use crate::console::chrome::{Chrome, html};
use crate::console::error::ConsoleError;
use crate::console::permission::Permission;
use crate::knowledge::EditError;

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
    typed: Typed,
}

/// What somebody else may have taken out of a draft is theirs, too: whoever asked or answered it may want it to be gone.
const CHANGED: &str = "This draft was changed meanwhile. Below are both; saving puts yours in its place. If something is in yours alone \
                       that a member had said, please leave it out: they may have taken it back.";

#[derive(Template)]
#[template(path = "entry_edit.html")]
struct EditPage {
    chrome: Chrome,
    sheet: Sheet,
    typed: Typed,
    /// The stored revision that the text goes on from; 0 for a new entry.
    revision: u32,
    problem: Option<String>,
    other: Option<Other>,
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
    let (status, problem, other, revision) = match result {
        Ok(()) => match sheet.changed.take() {
            Some(typed) => {
                let title = "The draft as it is stored now".to_owned();
                let other = Some(Other { title, typed });
                (StatusCode::CONFLICT, Some(CHANGED.to_owned()), other, revision)
            }
            None => (StatusCode::OK, None, None, revision),
        },
        Err(EditError::Faulty(faults)) => (
            StatusCode::UNPROCESSABLE_ENTITY,
            Some(sentence(&faults)),
            None,
            revision,
        ),
        Err(EditError::Stale { stored }) => {
            let text = match &stored {
                Some(_) if sheet.new => {
                    "There is an entry with this name. Below is what it says; saving puts yours in its place."
                }
                Some(_) => {
                    "Somebody else changed this entry meanwhile. Below are both; saving puts yours in its place."
                }
                None => "Somebody else took this entry away meanwhile. Saving brings it back with your text.",
            };
            let revision = stored.as_ref().map_or(0, |stored| stored.entry.rev);
            let other = stored.map(|stored| Other {
                title: format!("As it is stored now, revision {revision}"),
                typed: Typed::of(&stored.entry),
            });
            (StatusCode::CONFLICT, Some(text.to_owned()), other, revision)
        }
        Err(error) => return Err(failed(error)),
    };
    let page = EditPage {
        chrome: Chrome::new(state, who, PART, sheet.title.clone(), None).await?,
        sheet,
        typed,
        revision,
        problem,
        other,
    };
    Ok((status, html(&page)).into_response())
}
