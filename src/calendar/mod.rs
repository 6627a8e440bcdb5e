//! Planned posts: written, planned, changed and called off by people; sent once at their time.
//!
//! Owns the life of a post. The console calls [`Calendar`]; the job `post/<id>` brings `post_due` to [`Publisher`], which
//! hands back one send. How that send ends comes back as `delivery_ended`.

mod publisher;
pub mod wall_time;

use std::sync::Arc;

pub use self::publisher::Publisher;
use crate::clock::Clock;
use crate::model::Timestamp;
use crate::model::content::Content;
use crate::model::conversation::LaneKey;
use crate::model::event::{Event, EventBody, Source};
use crate::model::ids::{AccountId, CommunityId, JobId, PlaceId, PostId, Version};
use crate::storage::core::DeliveryState;
use crate::storage::posts::{Post, PostState, PostUnit};
use crate::storage::unit::{DeliveryStep, JobChange, JobStep, JobWork, NewJob};
use crate::storage::{Page, ReadError, SharedStorage, Unit, WriteError};
use crate::supervisor::Bell;

/// As long as a message of the web chat.
pub const TEXT_CHARACTERS_MAX: usize = 10_000;

/// What a person writes of a post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Where it appears.
    pub place: PlaceId,
    /// In markdown.
    pub text: String,
    /// `2026-12-24T18:00`; empty while nobody has chosen.
    pub local: String,
    /// IANA name.
    pub zone: String,
}

/// Why a post was not changed. The sentence is shown in the console as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is nothing to say.
    #[error("The post is empty. Please write something.")]
    Empty,
    /// Longer than a message may be.
    #[error("The post is too long: 10,000 characters are the most.")]
    TooLong,
    /// Not a date with a time.
    #[error("Please choose a date and a time.")]
    Time,
    /// Not a zone we know.
    #[error("This time zone is not known. Zones look like \u{201c}Europe/Berlin\u{201d}.")]
    Zone,
    /// It cannot appear any more.
    #[error("That time has passed. Please choose a later one.")]
    Past,
    /// It is planned, on its way or has appeared.
    #[error("Only a post that has failed can be tried again.")]
    NotFailed,
    /// What has not arrived of it was given up by a person.
    #[error("The rest of this post was given up, so nothing is left to try again. Please write a new post.")]
    GivenUp,
    /// It is on its way or has ended.
    #[error("This post can no longer be changed.")]
    NotOpen,
    /// Somebody else was faster.
    #[error("Somebody else has changed this post meanwhile. Please look at it again.")]
    Changed,
    /// It does not exist, or is another community's.
    #[error("This post is no longer there.")]
    Gone,
    /// The place does not exist, is another community's, or is switched off.
    #[error("Switchboard does not post in this place. Please choose another.")]
    Place,
}

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum CalendarError {
    /// It may not be.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// It could not be written.
    #[error(transparent)]
    Write(WriteError),
}

impl From<WriteError> for CalendarError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Conflict { .. } => Self::Refused(Refusal::Changed),
            error => Self::Write(error),
        }
    }
}

/// What people do with posts.
#[derive(Clone)]
pub struct Calendar {
    storage: SharedStorage,
    clock: Arc<dyn Clock>,
    /// Wakes the runner of jobs.
    jobs: Bell,
    /// Written in one unit with each change.
    also: Vec<Unit>,
}

impl Calendar {
    /// `jobs` wakes the runner of jobs.
    pub fn new(storage: SharedStorage, clock: Arc<dyn Clock>, jobs: Bell) -> Self {
        Self {
            storage,
            clock,
            jobs,
            also: vec![],
        }
    }

    /// The same calendar, each change of which is written in one unit with `also`: both or neither.
    #[must_use]
    pub fn along(&self, also: Vec<Unit>) -> Self {
        Self { also, ..self.clone() }
    }

    /// Begins a post.
    ///
    /// # Errors
    ///
    /// When the text or the place is refused, or it could not be written.
    pub async fn draft(&self, community: CommunityId, author: AccountId, draft: Draft) -> Result<Post, CalendarError> {
        check_text(&draft.text)?;
        self.check_place(community, draft.place).await?;
        let now = self.clock.now();
        let post = Post {
            id: PostId(self.clock.id()),
            community,
            place: draft.place,
            author,
            text: draft.text,
            local: draft.local.trim().to_owned(),
            zone: draft.zone.trim().to_owned(),
            state: PostState::Draft,
            due: None,
            message: None,
            reason: None,
            version: Version::default(),
            created_at: now,
            changed_at: now,
        };
        let mut units = vec![Unit::Post(PostUnit::Insert(Box::new(post.clone())))];
        units.extend(self.also.iter().cloned());
        self.storage.write(Unit::All(units)).await?;
        Ok(post)
    }

    /// Changes text, place and time. A planned post stays planned, at its new time.
    ///
    /// # Errors
    ///
    /// When the change is refused, somebody else was faster, or it could not be written.
    pub async fn edit(
        &self,
        community: CommunityId,
        id: PostId,
        seen: Version,
        draft: Draft,
    ) -> Result<Post, CalendarError> {
        let post = self.open(community, id, seen).await?;
        check_text(&draft.text)?;
        self.check_place(community, draft.place).await?;
        let due = match post.state {
            PostState::Scheduled => Some(self.future(&draft.local, &draft.zone)?),
            _ => None,
        };
        let after = Post {
            place: draft.place,
            text: draft.text,
            local: draft.local.trim().to_owned(),
            zone: draft.zone.trim().to_owned(),
            due,
            ..post
        };
        self.change(seen, after).await
    }

    /// Plans a post for its time.
    ///
    /// # Errors
    ///
    /// When its time cannot be read or has passed, somebody else was faster, or it could not be written.
    pub async fn schedule(&self, community: CommunityId, id: PostId, seen: Version) -> Result<Post, CalendarError> {
        let post = self.open(community, id, seen).await?;
        check_text(&post.text)?;
        self.check_place(community, post.place).await?;
        let due = self.future(&post.local, &post.zone)?;
        let after = Post {
            state: PostState::Scheduled,
            due: Some(due),
            ..post
        };
        self.change(seen, after).await
    }

    /// Calls a post off before its time.
    ///
    /// # Errors
    ///
    /// When it is on its way already, somebody else was faster, or it could not be written.
    pub async fn cancel(&self, community: CommunityId, id: PostId, seen: Version) -> Result<Post, CalendarError> {
        let post = self.open(community, id, seen).await?;
        let after = Post {
            state: PostState::Cancelled,
            ..post
        };
        self.change(seen, after).await
    }

    /// Tries a post again that has failed: what has arrived of it stays, the rest is sent again; one of which nothing
    /// has arrived appears anew, at once.
    ///
    /// # Errors
    ///
    /// When it has not failed, its rest was given up, its place is switched off, somebody else was faster, or it could
    /// not be written.
    pub async fn retry(&self, community: CommunityId, id: PostId, seen: Version) -> Result<Post, CalendarError> {
        let post = self.get(community, id).await?.ok_or(Refusal::Gone)?;
        if post.state != PostState::Failed {
            return Err(Refusal::NotFailed.into());
        }
        if post.version != seen {
            return Err(Refusal::Changed.into());
        }
        self.check_place(community, post.place).await?;
        let pieces = match post.message {
            Some(message) => self.storage.deliveries_of_message(message).await?,
            None => Vec::new(),
        };
        let now = self.clock.now();
        if pieces.iter().any(|piece| piece.state == DeliveryState::Delivered) {
            let failed = pieces.iter().filter(|piece| piece.state == DeliveryState::Failed);
            let again = failed.map(|piece| {
                Unit::Delivery(DeliveryStep::Again {
                    id: piece.new.id,
                    due: now,
                })
            });
            let again: Vec<Unit> = again.collect();
            if again.is_empty() {
                return Err(Refusal::GivenUp.into());
            }
            let state = PostState::Publishing;
            return self
                .change_with(
                    seen,
                    Post {
                        state,
                        reason: None,
                        ..post
                    },
                    again,
                )
                .await;
        }
        let after = Post {
            state: PostState::Scheduled,
            due: Some(now),
            message: None,
            reason: None,
            ..post
        };
        // The post is made anew; what is left of the first try must not leave as well.
        let open = pieces
            .iter()
            .filter(|piece| matches!(piece.state, DeliveryState::Failed | DeliveryState::Queued));
        let given_up = open.map(|piece| {
            Unit::Delivery(DeliveryStep::GiveUp {
                id: piece.new.id,
                at: now,
            })
        });
        self.change_with(seen, after, given_up.collect()).await
    }

    /// Posts of a community in one of these states (none named: in any) with their place in the order, those begun last
    /// first.
    ///
    /// # Errors
    ///
    /// When they could not be read.
    pub async fn list(
        &self,
        community: CommunityId,
        states: &[PostState],
        page: Page,
    ) -> Result<Vec<(i64, Post)>, ReadError> {
        self.storage.posts(community, states, page).await
    }

    /// One post, if it is this community's.
    ///
    /// # Errors
    ///
    /// When it could not be read.
    pub async fn get(&self, community: CommunityId, id: PostId) -> Result<Option<Post>, ReadError> {
        let post = self.storage.post(id).await?;
        Ok(post.filter(|post| post.community == community))
    }

    /// What a post will say.
    pub fn preview(text: &str) -> Content {
        Content::markdown(text)
    }

    async fn open(&self, community: CommunityId, id: PostId, seen: Version) -> Result<Post, CalendarError> {
        let post = self.get(community, id).await?.ok_or(Refusal::Gone)?;
        if !post.state.is_open() {
            return Err(Refusal::NotOpen.into());
        }
        if post.version != seen {
            return Err(Refusal::Changed.into());
        }
        Ok(post)
    }

    async fn check_place(&self, community: CommunityId, place: PlaceId) -> Result<(), CalendarError> {
        let place = self.storage.place(place).await?;
        if place.is_some_and(|place| place.community == community && place.enabled) {
            return Ok(());
        }
        Err(Refusal::Place.into())
    }

    fn future(&self, local: &str, zone: &str) -> Result<Timestamp, Refusal> {
        let due = wall_time::moment(local, zone)?;
        if due <= self.clock.now() {
            return Err(Refusal::Past);
        }
        Ok(due)
    }

    /// Writes the row and its job together, so that there is never the one without the other.
    async fn change(&self, seen: Version, after: Post) -> Result<Post, CalendarError> {
        self.change_with(seen, after, Vec::new()).await
    }

    async fn change_with(&self, seen: Version, after: Post, also: Vec<Unit>) -> Result<Post, CalendarError> {
        let after = Post {
            version: seen.next(),
            changed_at: self.clock.now(),
            ..after
        };
        let job = match (after.state, after.due) {
            (PostState::Scheduled, Some(due)) => self.job(&after, due),
            _ => JobChange::Cancel { key: key(after.id) },
        };
        let mut units = vec![
            Unit::Post(PostUnit::Change {
                before: seen,
                after: Box::new(after.clone()),
            }),
            Unit::Job(JobStep::Change(job)),
        ];
        units.extend(self.also.iter().cloned());
        units.extend(also);
        self.storage.write(Unit::All(units)).await?;
        self.jobs.ring();
        Ok(after)
    }

    fn job(&self, post: &Post, due: Timestamp) -> JobChange {
        let event = Event {
            source: Source::Internal {
                conversation: None,
                place: Some(post.place),
            },
            occurred_at: due,
            // The runner names it by the job and the moment it was due.
            dedupe: String::new(),
            hops: 0,
            body: EventBody::PostDue { post: post.id, due },
        };
        JobChange::Put(NewJob {
            id: JobId(self.clock.id()),
            key: key(post.id),
            due,
            repeat: None,
            work: JobWork::Event {
                community: post.community,
                place: Some(post.place),
                // A lane of its own: a slow conversation in the place must not hold it up.
                lane: LaneKey(key(post.id)),
                event: Box::new(event),
            },
        })
    }
}

fn key(post: PostId) -> String {
    format!("post/{post}")
}

fn check_text(text: &str) -> Result<(), Refusal> {
    if Content::markdown(text).to_plain().trim().is_empty() {
        return Err(Refusal::Empty);
    }
    if text.chars().count() > TEXT_CHARACTERS_MAX {
        return Err(Refusal::TooLong);
    }
    Ok(())
}
