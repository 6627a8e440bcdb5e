//! The other accounts of whoever asks, as far as they have proved that they are theirs, with what was said there.

use crate::console::ConsoleState;
use crate::console::access::SignedIn;
use crate::console::error::ConsoleError;
use crate::console::show::names::Names;
use crate::console::show::time::{Shown, shown};
use crate::console::show::words;
use crate::model::Conversation;
use crate::storage::core::ConversationFilter;

/// The last conversations of each account: what somebody reads before they answer.
const CONVERSATIONS_MAX: u32 = 5;

/// Another account of the same person.
pub(super) struct Elsewhere {
    pub(super) platform: String,
    pub(super) name: String,
    pub(super) since: Shown,
    pub(super) conversations: Vec<Past>,
}

/// A conversation of that account.
pub(super) struct Past {
    pub(super) href: String,
    pub(super) place: String,
    pub(super) state: &'static str,
    pub(super) at: Shown,
}

/// Reads them for whoever started the conversation. Empty where nothing was linked: nothing else tells of it.
pub(super) async fn read(
    state: &ConsoleState,
    who: &SignedIn,
    names: &mut Names<'_>,
    conversation: &Conversation,
) -> Result<Vec<Elsewhere>, ConsoleError> {
    let Some(asker) = conversation.asker else {
        return Ok(Vec::new());
    };
    let now = state.clock.now();
    let mut accounts = Vec::new();
    for linked in state.storage.linked(conversation.community, asker).await? {
        let filter = ConversationFilter {
            community: Some(conversation.community),
            asker: Some(linked.identity.id),
            ..ConversationFilter::default()
        };
        let mut conversations = Vec::new();
        for past in state.storage.conversations(&filter, CONVERSATIONS_MAX).await? {
            conversations.push(Past {
                href: format!("/console/conversations/{}", past.id),
                place: names.place(past.place).await?,
                state: words::holder_kind(past.holder.kind()),
                at: shown(past.active_at, now, &who.zone),
            });
        }
        accounts.push(Elsewhere {
            platform: words::platform(linked.identity.native.scope.as_str()),
            name: names.identity(linked.identity.id).await?,
            since: shown(linked.since, now, &who.zone),
            conversations,
        });
    }
    Ok(accounts)
}
