//! How things stand when an event's turn comes.

use std::sync::Arc;
use std::time::Duration;

use super::handler::Snapshot;
use super::lanes::Item;
use super::outcome::Outcome;
use super::{Core, lane};
use crate::model::button::Presser;
use crate::model::conversation::{Closing, Conversation, Holder};
use crate::model::directory::Identity;
use crate::model::event::{EventBody, Source};
use crate::model::ids::{ConversationId, MessageId, PlaceId, PluginId, Version};
use crate::model::{Action, Timestamp};
use crate::storage::ReadError;
use crate::storage::core::{Community, StoredEvent};
use crate::storage::unit::NewEvent;

/// Older than this, an answer in public would surprise more than help.
const LATE_AFTER: Duration = Duration::from_mins(10);

/// So long a message in a chat that staff closed comes back to staff.
pub(super) const REOPENS_WITHIN: Duration = Duration::from_hours(168);

impl Core {
    /// Reads what the handlers will see.
    pub(super) async fn snapshot(&self, item: &Item) -> Result<Snapshot, ReadError> {
        let now = self.clock.now();
        let new = &item.event.new;
        let place = match (&item.place, new.place) {
            (Some(place), _) => Some(Arc::clone(place)),
            (None, Some(id)) => self.directory.place_of(id).await?,
            (None, None) => None,
        };
        let author = match (&item.author, new.author) {
            (Some(author), _) => Some(Arc::clone(author)),
            (None, Some(id)) => self.directory.identity_of(id).await?,
            (None, None) => None,
        };
        let community = self.directory.community(new.community).await?;
        let author = author.map(|author| as_told(author, &community, &new.event.source));
        let about = self.about(&new.event.body).await?;
        let button = match &new.event.body {
            EventBody::Press { button, .. } => self
                .storage
                .button(*button)
                .await?
                .filter(|button| button.expires > now && may_press(&button.meaning.presser, author.as_deref())),
            _ => None,
        };
        let named = match &new.event.source {
            Source::Internal { conversation, .. } => *conversation,
            Source::Platform { .. } => about.as_ref().and_then(|about| about.new.conversation),
        };
        let (conversation, fresh) = self.conversation(new, named, now).await?;
        Ok(Snapshot {
            attempt: item.turns,
            now,
            community,
            place,
            author,
            conversation,
            fresh,
            message: says_something(&new.event.body).then_some(MessageId(new.id.0)),
            about,
            button,
            late: now.since(new.event.occurred_at) > LATE_AFTER,
        })
    }

    /// The conversation that the event belongs to: the open one of its lane, the one it names, the one that staff closed
    /// lately, or a new one.
    async fn conversation(
        &self,
        new: &NewEvent,
        named: Option<ConversationId>,
        now: Timestamp,
    ) -> Result<(Option<Conversation>, bool), ReadError> {
        let open = self.conversations.of_lane(&new.lane).await?;
        let opens = matches!(new.event.body, EventBody::Message(_) | EventBody::Command { .. });
        if let Some(open) = open
            && (opens || named.is_none_or(|named| named == open.id))
        {
            return Ok((Some(open), false));
        }
        if !opens {
            let named = match named {
                Some(id) => self.storage.conversation(id).await?,
                None => None,
            };
            return Ok((named, false));
        }
        let Some(place) = new.place else {
            return Ok((None, false));
        };
        if let Some(place) = self.directory.place_of(place).await?
            && lane::of_whole_place(&place).is_some()
            && let Some(last) = self.storage.conversation_closed_last(&new.lane).await?
            && last.holder == (Holder::Closed { how: Closing::Staff })
            && now.since(last.changed_at) < REOPENS_WITHIN
        {
            return Ok((Some(last), false));
        }
        Ok((Some(fresh(new, place, now)), true))
    }

    /// What a plugin wants staff to read or to do has a conversation also where the event has none, such as the press of a
    /// button under what the bot said by itself.
    pub(super) async fn open_for_staff(
        &self,
        event: &StoredEvent,
        snapshot: &mut Snapshot,
        outcome: &Outcome,
    ) -> Result<(), ReadError> {
        let wanted = |(plugin, action): &(Option<PluginId>, Action)| {
            let for_staff = matches!(
                action,
                Action::HandOff { .. } | Action::Note { .. } | Action::Moderate(_)
            );
            plugin.is_some() && for_staff
        };
        let Some(place) = event.new.place.filter(|_| snapshot.conversation.is_none()) else {
            return Ok(());
        };
        if outcome.actions.iter().any(wanted) && self.conversations.of_lane(&event.new.lane).await?.is_none() {
            snapshot.conversation = Some(fresh(&event.new, place, snapshot.now));
            snapshot.fresh = true;
        }
        Ok(())
    }
}

/// A conversation that the event opens. It opens at most one, so that its id is free to name it, the same in each try.
fn fresh(new: &NewEvent, place: PlaceId, now: Timestamp) -> Conversation {
    Conversation {
        id: ConversationId(new.id.0),
        community: new.community,
        place,
        asker: new.author,
        lane: new.lane.clone(),
        holder: Holder::Bot,
        version: Version::default(),
        misses: 0,
        opened_at: now,
        changed_at: now,
        active_at: now,
    }
}

/// Who they are in this community, by what the platform told with the event: their roles, and whether a person is behind it,
/// which of a channel is not always so.
pub(super) fn as_told(mut author: Arc<Identity>, community: &Community, source: &Source) -> Arc<Identity> {
    let Source::Platform { author: Some(seen), .. } = source else {
        return author;
    };
    if author.bot != seen.bot && !seen.name.is_empty() {
        Arc::make_mut(&mut author).bot = seen.bot;
    }
    let theirs = seen.named_roles(&community.roles);
    if !theirs.is_empty() {
        let known = Arc::make_mut(&mut author);
        known.staff = seen.is_staff(Some(known), &community.roles);
        known.roles = theirs.iter().map(|role| role.name.clone()).collect();
    }
    author
}

/// Whether the button is for whoever pressed it.
pub(super) fn may_press(presser: &Presser, author: Option<&Identity>) -> bool {
    author.map_or(*presser == Presser::Anyone, |author| presser.admits(author))
}

/// Whether the event is a thing said, which is kept as a message.
pub(super) fn says_something(body: &EventBody) -> bool {
    match body {
        EventBody::Message(_) => true,
        EventBody::Command { message, .. } => message.is_some(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dispatcher::given;
    use crate::model::directory::{Audience, SeenIdentity, SeenPlace, Standing};
    use crate::model::ids::{IdentityId, IdentityRef, PlaceRef};
    use uuid::Uuid;

    #[test]
    fn whether_a_person_spoke_is_what_was_told_with_the_event() {
        let native = IdentityRef {
            scope: "telegram".into(),
            id: "-900".into(),
        };
        let stored = |bot| Identity {
            native: native.clone(),
            bot,
            ..given::identity(IdentityId(Uuid::from_u128(1)), "News")
        };
        let seen = |name: &str, bot| SeenIdentity {
            native: native.clone(),
            name: name.to_owned(),
            bot,
            language: None,
            roles: Vec::new(),
            created_at: None,
            joined_at: None,
            standing: Standing::Untold,
        };
        let community = given::community();
        let place = SeenPlace {
            native: PlaceRef {
                scope: "telegram".into(),
                id: "-900".into(),
            },
            space: None,
            parent: None,
            name: "News".to_owned(),
            audience: Audience::Public,
            thread: false,
        };
        let is_bot = |stored: Identity, seen| {
            let source = Source::Platform {
                login: "telegram".into(),
                place: place.clone(),
                author: Some(seen),
            };
            as_told(Arc::new(stored), &community, &source).bot
        };
        assert!(is_bot(stored(false), seen("News", true)));
        assert!(!is_bot(stored(true), seen("News", false)));
        // Where only the id is told, what is known holds.
        assert!(is_bot(stored(true), seen("", false)));
    }
}
