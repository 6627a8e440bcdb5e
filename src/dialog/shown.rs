//! What arrived on the platform, as the lines that expect it; and the buttons that can be pressed there. Pure.

use super::quiet::LOGIN;
use crate::connectors::loopback::Arrival;
use crate::model::action::Author;
use crate::model::button::ButtonEffect;
use crate::model::fit::FittedBody;
use crate::model::ids::{ButtonId, MessageRef, NativeId, PlaceRef};

/// What arrived since the last look, as the lines that expect it.
///
/// A change of an old message has another priority than what is said now, and either may arrive first: it stands first.
pub(super) fn all(arrivals: &[Arrival]) -> String {
    let (changes, rest): (Vec<&Arrival>, Vec<&Arrival>) = arrivals
        .iter()
        .partition(|arrival| matches!(arrival.body, FittedBody::Edit { .. }));
    changes.into_iter().chain(rest).map(shown).collect()
}

fn shown(arrival: &Arrival) -> String {
    let place = match arrival.place.scope.as_str() {
        LOGIN => arrival.place.id.to_string(),
        other => format!("{} on {other}", arrival.place.id),
    };
    let (verb, content, buttons, author) = match &arrival.body {
        FittedBody::Send {
            content,
            buttons,
            author,
            ..
        } => ("", content, buttons.as_slice(), Some(author)),
        FittedBody::Edit { content, buttons, .. } => (" (edited)", content, buttons.as_slice(), None),
        FittedBody::Delete { .. } => return format!("bot@{place} took a message back\n"),
        FittedBody::Remove { target, reason, .. } => return format!("bot@{place} deletes {}: {reason}\n", target.id),
        FittedBody::Measure {
            person,
            measure,
            reason,
            ..
        } => {
            let done = measure.words(person.id.as_str());
            return format!("bot@{place} has to {done}: {reason}\n");
        }
        FittedBody::React { emoji, .. } => return format!("bot@{place} reacts {emoji}\n"),
        FittedBody::Thread { name, .. } => return format!("bot@{place} opens the thread {name}\n"),
        FittedBody::Typing { .. } => return String::new(),
    };
    let name = match author {
        Some(Author::Staff { name, .. }) => format!("{name}: "),
        _ => String::new(),
    };
    let text = content.to_plain().replace("\n\n", "\n").replace('\n', "\n  ");
    let mut out = format!("bot@{place}{verb}: {name}{text}\n");
    if !buttons.is_empty() {
        let labels: Vec<String> = buttons.iter().map(|button| format!("[{}]", button.label)).collect();
        out.push_str("  ");
        out.push_str(&labels.join(" "));
        out.push('\n');
    }
    out
}

/// The code that was shown in a text to be typed elsewhere, if there is one.
pub(super) fn code(text: &str) -> Option<&str> {
    let mut typed = text.lines().rev().filter_map(|line| line.trim().strip_prefix("/link "));
    typed.find(|code| !code.is_empty() && code.bytes().all(|letter| letter.is_ascii_uppercase()))
}

/// The button with this label, if `arrival` has shown it in `place`.
pub(super) fn button(arrival: &Arrival, place: &PlaceRef, label: &str) -> Option<(MessageRef, ButtonId)> {
    let (native, buttons) = match &arrival.body {
        FittedBody::Send { buttons, .. } => (&arrival.native, buttons),
        FittedBody::Edit { target, buttons, .. } => (&target.id, buttons),
        FittedBody::Delete { .. }
        | FittedBody::Remove { .. }
        | FittedBody::Measure { .. }
        | FittedBody::React { .. }
        | FittedBody::Thread { .. }
        | FittedBody::Typing { .. } => return None,
    };
    if arrival.place != *place {
        return None;
    }
    buttons.iter().find_map(|button| match &button.effect {
        ButtonEffect::Press { id } | ButtonEffect::Form { id, .. } if button.label == label => {
            let message = MessageRef {
                place: place.clone(),
                id: NativeId::clone(native),
            };
            Some((message, *id))
        }
        _ => None,
    })
}
