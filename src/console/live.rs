//! Tells open pages that something changed, by server-sent events.
//!
//! Only topics are told, never content: the page then reads itself again, with the rights of whoever is signed in.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::header::HeaderMap;
use axum::response::sse::{Event as Sse, KeepAlive, Sse as Stream};
use axum::response::{IntoResponse, Response};
use axum::routing::{Router, get};
use futures_util::stream;
use serde::Deserialize;
use tokio::sync::{OwnedSemaphorePermit, broadcast};

use super::ConsoleState;
use super::access::{SignedIn, session};
use super::error::ConsoleError;
use super::pages::conversation;
use super::permission::Permission;
use crate::model::ids::{ConversationId, PlaceRef};
use crate::storage::Change;

/// Changes that come together are told together; quicker than a person sees.
const GATHER: Duration = Duration::from_millis(150);

/// Proxies cut connections that are silent for a minute.
const KEEP_ALIVE: Duration = Duration::from_secs(20);

/// How soon a stream ends after its session has grown too old.
const SESSION_CHECK: Duration = Duration::from_mins(1);

/// The id of every event.
const RESUME: &str = "told";

#[derive(Deserialize)]
struct Asked {
    conversation: Option<String>,
}

/// What one stream listens to.
struct Listener {
    state: ConsoleState,
    headers: HeaderMap,
    changes: broadcast::Receiver<Change>,
    typing: broadcast::Receiver<PlaceRef>,
    conversation: Option<ConversationId>,
    place: Option<PlaceRef>,
    reads_conversations: bool,
    /// When the session was last seen to live.
    checked: Duration,
    /// The browser lost an earlier stream: whatever it missed, its page reads itself again.
    resumed: bool,
    _permit: OwnedSemaphorePermit,
}

/// The stream of this file.
pub(crate) fn routes() -> Router<ConsoleState> {
    Router::new().route("/live", get(live))
}

async fn live(
    State(state): State<ConsoleState>,
    who: SignedIn,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Result<Response, ConsoleError> {
    let permit = state
        .live_streams()
        .try_acquire_owned()
        .map_err(|_| ConsoleError::Unavailable)?;
    let mut listener = Listener {
        changes: state.storage.changes(),
        typing: state.desk.visitors_typing(),
        conversation: None,
        place: None,
        reads_conversations: who.may(Permission::ReadConversations),
        checked: state.clock.elapsed(),
        resumed: headers.contains_key("last-event-id"),
        headers,
        state: state.clone(),
        _permit: permit,
    };
    if let Some(id) = asked.conversation {
        let found = conversation::find(&state, &who, &id).await?;
        listener.place = state.storage.place(found.place).await?.map(|place| place.native);
        listener.conversation = Some(found.id);
    }
    let events = stream::unfold(listener, |mut listener| async move {
        let topics = listener.next().await?;
        let data = topics.into_iter().collect::<Vec<_>>().join(" ");
        // Any id will do: a browser that comes back names it, and so says that it was here before.
        let told = Sse::default().id(RESUME).data(data);
        Some((Ok::<_, Infallible>(told), listener))
    });
    let alive = KeepAlive::new().interval(KEEP_ALIVE);
    Ok(Stream::new(events).keep_alive(alive).into_response())
}

impl Listener {
    /// The next topics. None when the stream has to end: the program stops, or nobody is signed in any more.
    async fn next(&mut self) -> Option<BTreeSet<&'static str>> {
        if std::mem::take(&mut self.resumed) {
            return Some(BTreeSet::from(["all"]));
        }
        let topics = self.gather().await?;
        // Signing out is a change of settings, so this ends the stream at once.
        if topics.contains("settings") || topics.contains("all") {
            self.check_session().await?;
        }
        Some(topics)
    }

    async fn check_session(&mut self) -> Option<()> {
        session::find(&self.state, &self.headers).await.ok().flatten()?;
        self.checked = self.state.clock.elapsed();
        Some(())
    }

    async fn gather(&mut self) -> Option<BTreeSet<&'static str>> {
        let stop = self.state.stop.clone();
        let clock = self.state.clock.clone();
        let mut topics = BTreeSet::new();
        while topics.is_empty() {
            if clock.elapsed().saturating_sub(self.checked) >= SESSION_CHECK {
                self.check_session().await?;
            }
            tokio::select! {
                () = stop.requested() => return None,
                () = clock.sleep(SESSION_CHECK) => {}
                change = self.changes.recv() => self.add(change, &mut topics)?,
                Ok(place) = self.typing.recv() => {
                    if self.place.as_ref() == Some(&place) {
                        topics.insert("typing");
                    }
                }
            }
        }
        if !topics.contains("typing") {
            clock.sleep(GATHER).await;
        }
        loop {
            match self.changes.try_recv() {
                Ok(change) => self.add(Ok(change), &mut topics)?,
                Err(broadcast::error::TryRecvError::Lagged(missed)) => {
                    self.add(Err(broadcast::error::RecvError::Lagged(missed)), &mut topics)?;
                }
                Err(_) => return Some(topics),
            }
        }
    }

    fn add(
        &self,
        change: Result<Change, broadcast::error::RecvError>,
        topics: &mut BTreeSet<&'static str>,
    ) -> Option<()> {
        match change {
            Ok(change) => topics.extend(topic(&change, self.conversation).filter(|topic| self.may_hear(topic))),
            // Whatever was missed: the page reads itself again.
            Err(broadcast::error::RecvError::Lagged(_)) => {
                topics.insert("all");
            }
            Err(broadcast::error::RecvError::Closed) => return None,
        }
        Some(())
    }

    fn may_hear(&self, topic: &str) -> bool {
        self.reads_conversations || !matches!(topic, "inbox" | "conversation" | "events")
    }
}

/// The topics of a change, for a page that shows `open`.
fn topic(change: &Change, open: Option<ConversationId>) -> impl Iterator<Item = &'static str> {
    let (one, two) = match change {
        // No page shows what is on its way; how it ended is an event.
        Change::Calls => return None.into_iter().chain(None),
        Change::Conversation(id) => ("inbox", (open == Some(*id)).then_some("conversation")),
        // Told as a conversation, too.
        Change::ConversationMoved { .. } => ("inbox", None),
        Change::Event(_) => ("events", None),
        Change::Message { .. } => ("messages", None),
        Change::Delivery(_) | Change::DeliveryDecided(_) => ("deliveries", None),
        Change::Post(_) => ("posts", None),
        Change::Knowledge => ("knowledge", None),
        Change::Plugins | Change::Webhooks => ("plugins", None),
        Change::Place(_) => ("places", None),
        Change::Settings => ("settings", None),
    };
    Some(one).into_iter().chain(two)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u128) -> ConversationId {
        ConversationId(uuid::Uuid::from_u128(number))
    }

    #[expect(clippy::needless_pass_by_value, reason = "the calls read as sentences")]
    #[track_caller]
    fn check(change: Change, open: Option<ConversationId>, expected: &[&str]) {
        assert_eq!(topic(&change, open).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_conversation_tells_its_own_page_and_the_inbox() {
        check(Change::Conversation(id(1)), Some(id(1)), &["inbox", "conversation"]);
        check(Change::Conversation(id(2)), Some(id(1)), &["inbox"]);
        check(Change::Conversation(id(2)), None, &["inbox"]);
    }

    #[test]
    fn other_changes_tell_their_part() {
        check(Change::Knowledge, Some(id(1)), &["knowledge"]);
        check(Change::Plugins, None, &["plugins"]);
        check(Change::Webhooks, None, &["plugins"]);
        check(Change::Calls, None, &[]);
    }
}
