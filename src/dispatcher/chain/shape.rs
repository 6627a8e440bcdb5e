//! What of an event decides who sees it.

use crate::dispatcher::Snapshot;
use crate::model::button::{ButtonOwner, HostButton, HostPress};
use crate::model::call::CallEnd;
use crate::model::event::{Addressed, DeliveryEnd, EventBody};
use crate::plugin_host::Kind;

/// What of an event decides who sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shape<'a> {
    /// Somebody said something.
    Message {
        /// What.
        text: &'a str,
        /// Whether it calls for the bot.
        addressed: bool,
    },
    /// A command of that name.
    Command(&'a str),
    /// Whoever asked for the kind.
    Kind(Kind),
    /// That plugin alone, asked for or not.
    Owned(&'a str),
    /// No plugin.
    Nobody,
}

impl<'a> Shape<'a> {
    /// `text` is the plain text of a message event.
    pub(super) fn of(body: &'a EventBody, snapshot: &'a Snapshot, text: &'a str) -> Self {
        match body {
            EventBody::Press { .. } => Self::of_press(snapshot),
            _ => Self::past(body, text, snapshot.author.as_ref().is_some_and(|author| author.bot)),
        }
    }

    /// The same without what only the moment knew: a press is taken for that of somebody else's button.
    pub(super) fn past(body: &'a EventBody, text: &'a str, by_bot: bool) -> Self {
        match body {
            // Two bots must not talk to each other for ever.
            EventBody::Message(_) | EventBody::Edited(_) if by_bot => Self::Nobody,
            EventBody::Message(message) => Self::Message {
                text,
                addressed: message.addressed != Addressed::Overheard,
            },
            EventBody::Edited(_) => Self::Kind(Kind::Edited),
            EventBody::Deleted { .. } => Self::Kind(Kind::Deleted),
            EventBody::Reaction { .. } => Self::Kind(Kind::Reaction),
            EventBody::Command { name, .. } => Self::Command(name),
            EventBody::Member { .. } => Self::Kind(Kind::Member),
            EventBody::ConversationChanged { .. } => Self::Kind(Kind::Handover),
            EventBody::DeliveryEnded { plugin, name, end, .. } => match (plugin, name, end) {
                (Some(plugin), Some(_), DeliveryEnd::Failed { .. } | DeliveryEnd::PerhapsSent { .. }) => {
                    Self::Owned(plugin.as_str())
                }
                _ => Self::Nobody,
            },
            // Of what was not sent any more the plugin hears nothing: it is off, or was when it would have been sent.
            EventBody::CallEnded {
                end: CallEnd::Unsent { .. },
                ..
            } => Self::Nobody,
            EventBody::Ready { plugin, .. }
            | EventBody::Timer { plugin, .. }
            | EventBody::CallEnded { plugin, .. }
            | EventBody::Webhook { plugin, .. } => Self::Owned(plugin.as_str()),
            _ => Self::Nobody,
        }
    }

    fn of_press(snapshot: &'a Snapshot) -> Self {
        let Some(button) = &snapshot.button else {
            return Self::Nobody;
        };
        match &button.meaning.owner {
            ButtonOwner::Plugin(plugin) => Self::Owned(plugin.as_str()),
            // The answer's own plugin tries again, another one may see that the bot is lost.
            ButtonOwner::Host => match HostPress::parse(&button.meaning.payload) {
                Some(press) if matches!(press.press, HostButton::Helpful | HostButton::NotIt) => {
                    Self::Kind(Kind::Feedback)
                }
                _ => Self::Nobody,
            },
        }
    }
}

/// Whether any plugin could ever see such an event. Cheap: asked for every event.
pub(super) fn is_for_plugins(body: &EventBody) -> bool {
    !matches!(
        body,
        EventBody::Moved { .. }
            | EventBody::Staff { .. }
            | EventBody::PostDue { .. }
            | EventBody::ConversationDue { .. }
            | EventBody::ClusterReopened { .. }
            | EventBody::AuthorUnasked { .. }
    )
}
