//! Takes events in: gives them ids, a lane and a place in the order, and answers when they are on disk.

use std::sync::Arc;

use async_trait::async_trait;

use super::lane::{self, About};
use super::lanes::Item;
use super::snapshot::{REOPENS_WITHIN, as_told, may_press};
use super::{Core, Dispatcher, commands};
use crate::connectors::{AcceptError, Acceptance, Cursor, EventSink, Signal};
use crate::model::button::Presser;
use crate::model::conversation::LaneKey;
use crate::model::directory::{Identity, Place};
use crate::model::event::{Addressed, Event, EventBody, HOPS_MAX, InMessage, Membership, Source};
use crate::model::ids::{EventId, LoginName};
use crate::storage::core::{EventState, StoredEvent, StoredMessage};
use crate::storage::unit::{Accept, DirectoryUnit, NewEvent, Stored};
use crate::storage::{Applied, ReadError, Unit, WriteError};
use crate::telemetry::{self, Metric};

/// A third loser in a row points at a fault, not at bad luck.
const TRIES_MAX: u32 = 3;

/// An event that will be stored, with what was looked up for it.
struct Resolved {
    new: NewEvent,
    place: Option<Arc<Place>>,
    author: Option<Arc<Identity>>,
}

/// Why an event is not kept.
enum Dropped {
    /// Too many events of ours have led to it.
    Hops,
    /// Switchboard does not act where it happened.
    Place,
    /// Nobody has called the bot.
    Overheard,
    /// The button is for somebody else.
    Presser,
}

impl Dropped {
    /// As the metric calls it.
    fn word(&self) -> &'static str {
        match self {
            Self::Hops => "hops",
            Self::Place => "place",
            Self::Overheard => "overheard",
            Self::Presser => "presser",
        }
    }

    /// What whoever handed it in hears.
    fn told(&self) -> Acceptance {
        match self {
            Self::Hops | Self::Place | Self::Overheard => Acceptance::NotHere,
            Self::Presser => Acceptance::NotTheirs,
        }
    }
}

/// Events that were not stored, because somebody else was faster.
struct Lost {
    events: Vec<Resolved>,
    error: WriteError,
}

#[async_trait]
impl EventSink for Dispatcher {
    async fn accept(
        &self,
        login: &LoginName,
        events: Vec<Event>,
        cursor: Option<Cursor>,
    ) -> Result<Vec<Acceptance>, AcceptError> {
        let core = &self.core;
        if core.lanes.is_stopping() {
            return Err(AcceptError::Stopping);
        }
        let cursor = cursor.map(|cursor| (login.clone(), cursor));
        let mut news = Vec::new();
        // What is told of those that are not kept.
        let mut dropped = Vec::with_capacity(events.len());
        let mut resolved = Vec::with_capacity(events.len());
        for event in events {
            let known = core.resolve(login, event, &mut news).await.map_err(failed)?;
            dropped.push(take_in(&mut resolved, known));
        }
        let mut tries = 1;
        let stored = loop {
            match core.store(&news, resolved, cursor.clone(), true).await? {
                Ok(stored) => break stored,
                // Somebody else made the same place or identity a moment before: ours is that one now.
                Err(lost) if tries < TRIES_MAX => {
                    tries += 1;
                    news.clear();
                    resolved = Vec::with_capacity(lost.events.len());
                    // Those that were kept so far come again, in their order.
                    let mut again = lost.events.into_iter();
                    for dropped in dropped.iter_mut().filter(|dropped| dropped.is_none()) {
                        let Some(again) = again.next() else { break };
                        let known = core.resolve(login, again.new.event, &mut news).await;
                        *dropped = take_in(&mut resolved, known.map_err(failed)?);
                    }
                }
                Err(lost) => return Err(failed(lost.error)),
            }
        };
        let kept_count = u64::try_from(stored.len()).unwrap_or(u64::MAX);
        telemetry::add(Metric::EventsAcceptedTotal, login.as_str(), kept_count);
        let mut stored = stored.into_iter();
        let acceptances = dropped.into_iter().map(|dropped| match dropped {
            Some(told) => told,
            None => match stored.next() {
                Some(Stored::New(seq)) => Acceptance::Stored(seq),
                Some(Stored::Duplicate(seq)) => Acceptance::Duplicate(seq),
                None => Acceptance::NotHere,
            },
        });
        Ok(acceptances.collect())
    }

    async fn keeps(&self, login: &LoginName, event: &Event) -> Result<bool, AcceptError> {
        // What is new is found anew with the event itself, and written then.
        let found = self.core.resolve(login, event.clone(), &mut Vec::new()).await;
        found.map(|found| found.is_ok()).map_err(failed)
    }

    fn signal(&self, login: &LoginName, signal: Signal) {
        // Nobody may be listening; what is true only now is lost then.
        let _ = self.core.signals.send((login.clone(), signal));
    }
}

/// Answers what is told of it, if it is not kept.
fn take_in(resolved: &mut Vec<Resolved>, known: Result<Resolved, Dropped>) -> Option<Acceptance> {
    match known {
        Ok(known) => {
            resolved.push(known);
            None
        }
        Err(dropped) => {
            telemetry::count_for(Metric::EventsDroppedTotal, dropped.word());
            Some(dropped.told())
        }
    }
}

impl Dispatcher {
    /// Takes in what the console, jobs or other parts of ours tell. One answer for each event.
    ///
    /// # Errors
    ///
    /// When the events could not be stored.
    pub async fn accept_internal(&self, events: Vec<Event>) -> Result<Vec<Acceptance>, AcceptError> {
        let core = &self.core;
        let mut resolved = Vec::with_capacity(events.len());
        for event in events {
            resolved.push(core.resolve_internal(event).await.map_err(failed)?);
        }
        let stored = core.store(&[], resolved, None, false).await?;
        let stored = stored.map_err(|lost| failed(lost.error))?;
        let acceptances = stored.into_iter().map(|stored| match stored {
            Stored::New(seq) => Acceptance::Stored(seq),
            Stored::Duplicate(seq) => Acceptance::Duplicate(seq),
        });
        Ok(acceptances.collect())
    }
}

impl Core {
    /// The event with our ids, unless it is dropped.
    async fn resolve(
        &self,
        login: &LoginName,
        mut event: Event,
        news: &mut Vec<DirectoryUnit>,
    ) -> Result<Result<Resolved, Dropped>, ReadError> {
        let Source::Platform {
            place: seen,
            author: seen_author,
            ..
        } = &event.source
        else {
            return self.resolve_internal(event).await.map(Ok);
        };
        if event.hops > HOPS_MAX {
            return Ok(Err(Dropped::Hops));
        }
        let options = self.options.login(login);
        let place = if let EventBody::Moved { to } = &event.body {
            // Kept also where the place is switched off: it is as it was under its new name.
            self.directory.moved(&seen.native, to, news).await?
        } else {
            let place = self.directory.place(login, options, seen, news).await?;
            Some(place).filter(|place| place.enabled)
        };
        let Some(place) = place else {
            return Ok(Err(Dropped::Place));
        };
        let author = match seen_author {
            Some(seen) => Some(self.directory.identity(seen, news).await?),
            None => None,
        };
        if !self.is_for_them(&event, &place, author.as_ref()).await? {
            return Ok(Err(Dropped::Presser));
        }
        self.read_command(&mut event.body, &place).await?;
        let lane = self.lane(&event, &place, author.as_deref()).await?;
        if event.body.is_overheard()
            && !place.overheard
            && !self.is_talked_with(&place, &lane).await?
            && !self.reopens(&event, (&place, &lane), author.as_deref()).await?
        {
            return Ok(Err(Dropped::Overheard));
        }
        let now = self.clock.now();
        if let (EventBody::Member { change }, Some(author), Some(space)) = (&event.body, &author, place.space) {
            let since = (*change == Membership::Joined).then_some(now);
            news.push(DirectoryUnit::Membership {
                identity: author.id,
                space,
                since,
            });
        }
        let new = NewEvent {
            id: EventId(self.clock.id()),
            community: place.community,
            place: Some(place.id),
            author: author.as_ref().map(|author| author.id),
            lane,
            received_at: now,
            event,
        };
        Ok(Ok(Resolved {
            new,
            place: Some(place),
            author,
        }))
    }

    /// Makes a command of what was written, where there is such a one, and leaves of a secret in it what may be kept.
    async fn read_command(&self, body: &mut EventBody, place: &Place) -> Result<(), ReadError> {
        if let EventBody::Message(message) = body {
            let read = |message: &InMessage| commands::parse(message, |name| self.commands.is_command(place, name));
            let mut command = read(message);
            if command.is_none() && commands::is_like_one(message) {
                self.commands.catch_up(place.community, self.clock.now()).await?;
                command = read(message);
            }
            match command {
                Some(command) => *body = command,
                // Written to whichever bot of the place has such a command.
                None if message.addressed == Addressed::Prefix => message.addressed = Addressed::Overheard,
                None => {}
            }
        }
        commands::seal(body, |name, typed| self.commands.sealed(place.community, name, typed));
        Ok(())
    }

    /// Whether whoever pressed a button may. What is no press, or the press of a button that is gone, is looked at later.
    async fn is_for_them(
        &self,
        event: &Event,
        place: &Place,
        author: Option<&Arc<Identity>>,
    ) -> Result<bool, ReadError> {
        let EventBody::Press { button, .. } = &event.body else {
            return Ok(true);
        };
        let Some(button) = self.storage.button(*button).await? else {
            return Ok(true);
        };
        if button.meaning.presser == Presser::Anyone || button.expires <= self.clock.now() {
            return Ok(true);
        }
        let community = self.directory.community(place.community).await?;
        let author = author.map(|author| as_told(Arc::clone(author), &community, &event.source));
        Ok(may_press(&button.meaning.presser, author.as_deref()))
    }

    /// Whether a conversation is open in the lane, or on its way into the thread.
    async fn is_talked_with(&self, place: &Place, lane: &LaneKey) -> Result<bool, ReadError> {
        // In this order: what is no longer on its way has arrived.
        let coming = place.thread && self.openings.of(place).await?.is_some();
        Ok(coming || self.conversations.of_lane(lane).await?.is_some())
    }

    /// Whether whoever asked writes in a thread whose conversation staff closed lately: it comes back to staff, called by name or
    /// not.
    async fn reopens(
        &self,
        event: &Event,
        (place, lane): (&Place, &LaneKey),
        author: Option<&Identity>,
    ) -> Result<bool, ReadError> {
        let (EventBody::Message(_), true, Some(author)) = (&event.body, place.thread, author) else {
            return Ok(false);
        };
        let closed = self.conversations.closed_by_staff(lane).await?;
        Ok(closed.is_some_and(|closed| {
            closed.asker == Some(author.id) && self.clock.now().since(closed.changed_at) < REOPENS_WITHIN
        }))
    }

    /// What is about a message runs in the lane of that message's conversation.
    async fn lane(&self, event: &Event, place: &Place, author: Option<&Identity>) -> Result<LaneKey, ReadError> {
        if let Some(lane) = lane::of_whole_place(place) {
            return Ok(lane);
        }
        if let Some(about) = self.about(&event.body).await?
            && let Some(conversation) = about.new.conversation
            && let Some(conversation) = self.storage.conversation(conversation).await?
        {
            return Ok(conversation.lane);
        }
        Ok(lane::of_event(place, author))
    }

    /// The message that the event is about, if we know it.
    pub(super) async fn about(&self, body: &EventBody) -> Result<Option<StoredMessage>, ReadError> {
        match lane::about(body) {
            Some(About::Native(native)) => self.storage.message_by_native(native).await,
            Some(About::Button(button)) => match self.storage.button(button).await? {
                Some(button) => self.storage.message(button.message).await,
                None => Ok(None),
            },
            None => Ok(None),
        }
    }

    async fn resolve_internal(&self, event: Event) -> Result<Resolved, ReadError> {
        let id = EventId(self.clock.id());
        let (conversation, place) = match &event.source {
            Source::Internal { conversation, place } => (*conversation, *place),
            Source::Platform { .. } => (None, None),
        };
        let conversation = match conversation {
            Some(id) => self.storage.conversation(id).await?,
            None => None,
        };
        let place = match conversation.as_ref().map(|conversation| conversation.place).or(place) {
            Some(id) => self.directory.place_of(id).await?,
            None => None,
        };
        let community = match (&conversation, &place) {
            (Some(conversation), _) => conversation.community,
            (None, Some(place)) => place.community,
            (None, None) => match &event.body {
                EventBody::Ready {
                    community: Some(community),
                    ..
                }
                | EventBody::Webhook { community, .. } => *community,
                _ => self.options.default_login.community,
            },
        };
        let lane = match (&conversation, &place) {
            (Some(conversation), _) => conversation.lane.clone(),
            (None, Some(place)) => LaneKey::of_place(place.id),
            (None, None) => match &event.body {
                EventBody::Webhook { plugin, community, .. } => LaneKey::of_webhooks(*community, plugin),
                _ => LaneKey(format!("event/{id}")),
            },
        };
        let new = NewEvent {
            id,
            community,
            place: place.as_ref().map(|place| place.id),
            author: None,
            lane,
            received_at: self.clock.now(),
            event,
        };
        Ok(Resolved {
            new,
            place,
            author: None,
        })
    }

    /// Writes the events in one unit and puts the new ones into their lanes; gives them back when a race was lost.
    async fn store(
        &self,
        news: &[DirectoryUnit],
        events: Vec<Resolved>,
        cursor: Option<(LoginName, Cursor)>,
        wait_for_room: bool,
    ) -> Result<Result<Vec<Stored>, Lost>, AcceptError> {
        if events.is_empty() && news.is_empty() && cursor.is_none() {
            return Ok(Ok(Vec::new()));
        }
        let keys: Vec<LaneKey> = events.iter().map(|event| event.new.lane.clone()).collect();
        if wait_for_room {
            self.lanes.room(&keys).await;
        }
        let reservation = self.lanes.reserve(keys);
        let unit = Unit::Accept(Accept {
            directory: news.to_vec(),
            events: events.iter().map(|event| event.new.clone()).collect(),
            cursor,
        });
        let applied = match self.storage.write(unit).await {
            Ok(applied) => applied,
            Err(error) => {
                reservation.fill([]);
                // What it was about to make known is not on disk.
                self.directory.forget();
                return match error {
                    WriteError::Conflict { .. } => Ok(Err(Lost { events, error })),
                    WriteError::Stopping => Err(AcceptError::Stopping),
                    error => Err(failed(error)),
                };
            }
        };
        self.directory.written(news);
        let Applied::Events(stored) = applied else {
            // Dropping the reservation sends us to the table, where the events are.
            return Err(failed("accepting answered something else than events"));
        };
        let now = self.clock.elapsed();
        let items = events
            .into_iter()
            .zip(&stored)
            .filter_map(|(resolved, stored)| match stored {
                Stored::New(seq) => {
                    let event = StoredEvent {
                        seq: *seq,
                        new: resolved.new,
                        state: EventState::Accepted,
                    };
                    Some(Item {
                        place: resolved.place,
                        author: resolved.author,
                        ..Item::new(event, now)
                    })
                }
                Stored::Duplicate(_) => None,
            });
        reservation.fill(items);
        Ok(Ok(stored))
    }
}

fn failed(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> AcceptError {
    AcceptError::Storage(source.into())
}
