//! How a post will look in its place, cut and degraded as the place wants it.

use crate::calendar::Calendar;
use crate::console::ConsoleState;
use crate::console::show::content;
use crate::model::action::Author;
use crate::model::directory::{Audience, Place};
use crate::model::fit::FittedBody;
use crate::model::fit::part::{Part, SendPart};
use crate::model::ids::MessageId;

/// A post as it will look.
pub(super) struct Preview {
    pub(super) place: String,
    /// Each message that it becomes, as HTML.
    pub(super) pieces: Vec<String>,
    /// What the place cannot do, or why it would refuse.
    pub(super) notes: Vec<String>,
}

/// As the relay would send it now.
pub(super) fn preview(state: &ConsoleState, place: &Place, text: &str) -> Preview {
    let capabilities = state.outbox.capabilities(&place.login, &place.native);
    let fitted = capabilities.fit(Part::Send(SendPart {
        message: MessageId(uuid::Uuid::nil()),
        author: Author::Host,
        content: Calendar::preview(text),
        short: None,
        buttons: vec![],
        files: vec![],
        reply_to: None,
        only: None,
        thread: None,
        direct: place.audience == Audience::Direct,
        direct_chat: false,
        language: None,
    }));
    let (pieces, notes) = match fitted {
        Ok(fit) => {
            let pieces = fit.bodies.iter().filter_map(|body| match body {
                FittedBody::Send { content, .. } => Some(content::html(content)),
                _ => None,
            });
            let notes = fit.losses.iter().map(|loss| loss.line().to_owned());
            (pieces.collect(), notes.collect())
        }
        Err(refusal) => (vec![], vec![refusal.to_string()]),
    };
    Preview {
        place: place.name.clone(),
        pieces,
        notes,
    }
}
