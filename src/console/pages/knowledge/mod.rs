//! The knowledge base: entries, their history, entries from files, what a change would do, questions without a good answer, drafts of answers to them, what
//! somebody should look at, how good answers are, and what a language model is asked.

mod cluster;
mod draft;
pub(super) mod drafts;
mod edit;
mod fields;
mod form;
mod history;
mod import;
mod list;
mod model;
mod preview;
mod quality;
mod unanswered;
mod upkeep;

use axum::Router;

use crate::console::ConsoleState;
use crate::console::access::SignedIn;
use crate::console::error::ConsoleError;
use crate::knowledge::EditError;
use crate::model::ids::EntryId;
use crate::storage::knowledge::StoredEntry;

/// The address of this part.
const PART: &str = "/console/knowledge";

/// Where entries are, each by its name: apart from the other pages, whose names an entry may have, too.
const ENTRIES: &str = "/console/knowledge/entries";

/// The pages of this folder.
pub(crate) fn routes() -> Router<ConsoleState> {
    list::routes()
        .merge(unanswered::routes())
        .merge(model::routes())
        .merge(quality::routes())
        .merge(cluster::routes())
        .merge(drafts::routes())
        .merge(draft::routes())
        .merge(edit::routes())
        .merge(history::routes())
        .merge(import::routes())
        .merge(preview::routes())
        .merge(upkeep::routes())
}

async fn find(state: &ConsoleState, who: &SignedIn, id: &str) -> Result<StoredEntry, ConsoleError> {
    let found = state.knowledge.get(who.community.id, &EntryId::from(id)).await?;
    found.ok_or(ConsoleError::NotHere)
}

/// An edit that failed for another reason than what was written.
fn failed(error: EditError) -> ConsoleError {
    match error {
        EditError::Stale { .. } => ConsoleError::Changed(
            "Somebody else changed this entry meanwhile. Please look at it as it is now and try again.".to_owned(),
        ),
        EditError::Faulty(faults) => ConsoleError::Invalid(sentence(&faults)),
        EditError::Read(error) => error.into(),
        EditError::Write(error) => error.into(),
    }
}

fn sentence(faults: &[crate::knowledge::check::Fault]) -> String {
    let faults: Vec<String> = faults
        .iter()
        .map(|fault| format!("{} {}", fault.path, fault.what))
        .collect();
    format!("{}.", faults.join("; "))
}
