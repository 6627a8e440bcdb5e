//! The inbox: conversations by who holds them, those that wait for a person first.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::{Router, get};

use super::{Listed, ROWS_MAX, cut, url};
use crate::console::ConsoleState;
use crate::console::access::SignedIn;
use crate::console::chrome::{Chrome, html};
use crate::console::error::ConsoleError;
use crate::console::permission::Permission;
use crate::console::show::names::Names;
use crate::console::show::time::{Shown, shown};
use crate::console::show::{content, words};
use crate::model::action::Author;
use crate::model::conversation::HolderKind;
use crate::model::{Conversation, Timestamp};
use crate::storage::Page;
use crate::storage::core::{
    ConversationFilter, ConversationOrder, ConversationPosition, LoggedTransition, StoredMessage,
};

/// Characters of the last message that a row shows.
const EXCERPT_CHARACTERS: usize = 140;

/// So far back what the visitor said is looked for: behind an answer, notices of the queue, a few notes of staff.
const LOOKED_AT: u32 = 20;

/// One list of the inbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tab {
    Waiting,
    Mine,
    Open,
    Snoozed,
    Closed,
}

impl Tab {
    const ALL: [Self; 5] = [Self::Waiting, Self::Mine, Self::Open, Self::Snoozed, Self::Closed];

    fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Mine => "mine",
            Self::Open => "open",
            Self::Snoozed => "snoozed",
            Self::Closed => "closed",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Waiting => "Waiting",
            Self::Mine => "Mine",
            Self::Open => "Open",
            Self::Snoozed => "Snoozed",
            Self::Closed => "Closed",
        }
    }

    fn holders(self) -> Vec<HolderKind> {
        match self {
            Self::Waiting => vec![HolderKind::Waiting],
            Self::Mine => vec![HolderKind::Person, HolderKind::Snoozed],
            Self::Open => vec![HolderKind::Bot, HolderKind::Peers, HolderKind::Person],
            Self::Snoozed => vec![HolderKind::Snoozed],
            Self::Closed => vec![HolderKind::Closed],
        }
    }

    /// Where conversations with this holder are found, whoever looks.
    fn of(kind: HolderKind) -> Self {
        match kind {
            HolderKind::Waiting => Self::Waiting,
            HolderKind::Snoozed => Self::Snoozed,
            HolderKind::Closed => Self::Closed,
            HolderKind::Bot | HolderKind::Peers | HolderKind::Person => Self::Open,
        }
    }

    /// Who waits longest comes first; elsewhere, where something happened last.
    fn order(self) -> ConversationOrder {
        match self {
            Self::Waiting => ConversationOrder::HeldLongest,
            Self::Mine | Self::Open | Self::Snoozed | Self::Closed => ConversationOrder::ActiveLast,
        }
    }

    /// What the order goes by.
    fn moment(self, conversation: &Conversation) -> Timestamp {
        match self.order() {
            ConversationOrder::HeldLongest => conversation.changed_at,
            ConversationOrder::ActiveLast => conversation.active_at,
        }
    }

    /// Title and what to do when there is nothing.
    fn empty(self) -> (&'static str, &'static str) {
        match self {
            Self::Waiting => (
                "Nobody is waiting",
                "When somebody asks for a person, the conversation appears here by itself. You can leave this page open.",
            ),
            Self::Mine => (
                "You hold no conversation",
                "Open one under Waiting and press Claim: the bot is silent from then on, and you answer.",
            ),
            Self::Open => (
                "No conversation is open",
                "Open the web chat in another window and ask it something: the conversation appears here.",
            ),
            Self::Snoozed => (
                "Nothing is put aside",
                "In a conversation that you hold, Snooze puts it aside until a time, or until they write again.",
            ),
            Self::Closed => (
                "Nothing has ended yet",
                "Conversations come here when you close them, or when they have gone quiet.",
            ),
        }
    }
}

struct TabLink {
    href: String,
    label: &'static str,
    count: Option<u64>,
    current: bool,
}

struct Row {
    href: String,
    id: String,
    who: String,
    place: String,
    excerpt: String,
    state: &'static str,
    class: &'static str,
    holder: String,
    since: Shown,
}

#[derive(Template)]
#[template(path = "inbox.html")]
struct InboxPage {
    chrome: Chrome,
    tabs: Vec<TabLink>,
    rows: Vec<Row>,
    empty: (&'static str, &'static str),
    next: Option<String>,
    waiting: bool,
}

/// The pages of this file.
pub(crate) fn routes() -> Router<ConsoleState> {
    Router::new().route("/inbox", get(show))
}

async fn show(
    State(state): State<ConsoleState>,
    who: SignedIn,
    Query(listed): Query<Listed>,
) -> Result<Response, ConsoleError> {
    who.require(Permission::ReadConversations)?;
    let word = listed.show.as_deref().unwrap_or("waiting");
    let tab = Tab::ALL
        .into_iter()
        .find(|tab| tab.word() == word)
        .unwrap_or(Tab::Waiting);
    let filter = ConversationFilter {
        community: Some(who.community.id),
        holders: tab.holders(),
        agent: (tab == Tab::Mine).then_some(who.account.id),
        asker: None,
        order: tab.order(),
        after: position(listed.after.as_deref()),
    };
    let mut found = state.storage.conversations(&filter, ROWS_MAX + 1).await?;
    let next = cut(&mut found, |conversation| (tab.moment(conversation), conversation.id));
    let with_bot = found
        .iter()
        .filter(|conversation| conversation.holder.kind() == HolderKind::Bot);
    let with_bot: Vec<_> = with_bot.map(|conversation| conversation.id).collect();
    let moved = state.storage.last_transitions(&with_bot).await?;
    let mut names = Names::new(&state);
    let mut rows = Vec::with_capacity(found.len());
    for conversation in &found {
        rows.push(row(&state, &who, &mut names, (conversation, moved.get(&conversation.id))).await?);
    }
    let part = "/console/inbox";
    Ok(html(&InboxPage {
        chrome: Chrome::new(&state, &who, part, tab.label(), listed.said.as_deref()).await?,
        tabs: tabs(&state, &who, tab).await?,
        rows,
        empty: tab.empty(),
        next: next.map(|(at, id)| {
            let after = format!("{}.{id}", at.as_millis());
            url(part, &[("show", tab.word()), ("after", &after)])
        }),
        waiting: tab == Tab::Waiting,
    }))
}

/// Where the page before ended: the moment and the id of its last row.
fn position(after: Option<&str>) -> Option<ConversationPosition> {
    let (at, id) = after?.split_once('.')?;
    Some(ConversationPosition {
        at: Timestamp::from_millis(at.parse().ok()?),
        id: id.parse().ok()?,
    })
}

async fn tabs(state: &ConsoleState, who: &SignedIn, current: Tab) -> Result<Vec<TabLink>, ConsoleError> {
    let counts = state.storage.conversation_counts(who.community.id).await?;
    let count = |tab: Tab| {
        let kinds = tab.holders();
        let counted = counts.iter().filter(|(kind, _)| kinds.contains(kind));
        counted.map(|(_, count)| count).sum()
    };
    let tabs = Tab::ALL.into_iter().map(|tab| TabLink {
        href: url("/console/inbox", &[("show", tab.word())]),
        label: tab.label(),
        count: (tab != Tab::Mine && tab != Tab::Closed).then(|| count(tab)),
        current: tab == current,
    });
    Ok(tabs.collect())
}

async fn row(
    state: &ConsoleState,
    who: &SignedIn,
    names: &mut Names<'_>,
    (conversation, moved): (&Conversation, Option<&LoggedTransition>),
) -> Result<Row, ConsoleError> {
    let newest = Page {
        before: None,
        limit: LOOKED_AT,
    };
    let mut last = state.storage.messages_of_conversation(conversation.id, newest).await?;
    last.retain(|message| who.may_read(message));
    let excerpt = told(&last).map(|message| content::excerpt(&message.new.content, EXCERPT_CHARACTERS));
    let kind = conversation.holder.kind();
    let asker = match conversation.asker {
        Some(asker) => names.identity(asker).await?,
        None => "Somebody".to_owned(),
    };
    let since = Tab::of(kind).moment(conversation);
    Ok(Row {
        href: format!("/console/conversations/{}", conversation.id),
        id: conversation.id.to_string(),
        who: asker,
        place: names.place(conversation.place).await?,
        excerpt: excerpt.unwrap_or_default(),
        state: words::holder_kind(kind),
        class: words::holder_class(kind),
        holder: holder(names, conversation, moved).await?,
        since: shown(since, state.clock.now(), &who.zone),
    })
}

/// Who holds it by name; of what staff need not look at any more, that the member has left the queue, which was the last that `moved`
/// it.
async fn holder(
    names: &mut Names<'_>,
    conversation: &Conversation,
    moved: Option<&LoggedTransition>,
) -> Result<String, ConsoleError> {
    if moved.is_some_and(LoggedTransition::is_resolved_by_member) {
        return Ok("resolved by the member".to_owned());
    }
    Ok(names.agent(&conversation.holder).await?)
}

/// What a row shows of a conversation, the newest first: what the visitor said last, since what we said ourselves tells nobody
/// what it is about.
fn told(newest: &[StoredMessage]) -> Option<&StoredMessage> {
    let of_visitor = |message: &&StoredMessage| matches!(message.new.author, Author::Identity { .. });
    let stands = |message: &&StoredMessage| message.deleted_at.is_none();
    newest.iter().filter(stands).find(of_visitor).or(newest.first())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::model::Content;
    use crate::model::ids::{IdentityId, MessageId, MessageSeq, PlaceId};
    use crate::storage::unit::NewMessage;

    fn message(seq: i64, author: Author, deleted: bool) -> StoredMessage {
        StoredMessage {
            seq: MessageSeq(seq),
            new: NewMessage {
                id: MessageId(Uuid::nil()),
                conversation: None,
                place: PlaceId(Uuid::nil()),
                author,
                native: None,
                reply_to: None,
                note: false,
                only: None,
                content: Content::default(),
                buttons: Vec::new(),
                files: Vec::new(),
                cites: Vec::new(),
                name: None,
                at: Timestamp::from_millis(0),
            },
            for_owners: false,
            edited_at: None,
            deleted_at: deleted.then_some(Timestamp::from_millis(0)),
            removed: None,
        }
    }

    #[test]
    fn a_row_shows_what_the_visitor_said_last() {
        let visitor = || Author::Identity {
            id: IdentityId(Uuid::nil()),
        };
        let shown = |newest: &[StoredMessage]| told(newest).map(|message| message.seq.0);
        let asked = message(1, visitor(), false);
        let notice = message(3, Author::Host, false);
        let gone = message(2, visitor(), true);
        assert_eq!(shown(&[notice.clone(), gone.clone(), asked]), Some(1));
        assert_eq!(shown(&[notice.clone(), gone]), Some(3), "we began, or it is far back");
        assert_eq!(shown(&[]), None);
    }
}
