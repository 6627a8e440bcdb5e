//! Posts that could not be sent: nobody waits for them in vain, and they can be tried again.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use switchboard::calendar::{Calendar, CalendarError, Draft, Publisher, Refusal};
use switchboard::clock::Clock as _;
use switchboard::connectors::loopback::Fault;
use switchboard::model::directory::Audience;
use switchboard::model::event::{Membership, Source};
use switchboard::model::ids::{AccountId, PostId, Version};
use switchboard::model::{Event, EventBody};
use switchboard::outbox::Decision;
use switchboard::storage::Unit;
use switchboard::storage::core::DeliveryState;
use switchboard::storage::posts::{Post, PostState, PostUnit};
use switchboard::supervisor::Bell;

use crate::support::TestRuntime;

struct Desk {
    runtime: TestRuntime,
    calendar: Calendar,
}

impl Desk {
    async fn open(text_max: usize, idempotent: bool) -> Self {
        let bell = Arc::new(Mutex::new(Bell::default()));
        let newest = Arc::clone(&bell);
        let runtime = TestRuntime::builder()
            .abilities(|abilities| {
                abilities.text_max = text_max;
                abilities.idempotent_send = idempotent;
            })
            .handler(move |parts| {
                *newest.lock().unwrap() = parts.jobs_bell.clone();
                Publisher::new(Arc::clone(&parts.storage))
            })
            .start()
            .await;
        let joins = runtime.event("founder", "news", Audience::Public, |_| EventBody::Member {
            change: Membership::Joined,
        });
        runtime.accept(vec![joins]).await;
        runtime.settled().await;
        let bell = bell.lock().unwrap().clone();
        let calendar = Calendar::new(Arc::clone(&runtime.storage), Arc::clone(&runtime.clock) as _, bell);
        Self { runtime, calendar }
    }

    /// Plans a post for the next day, and lets that day come.
    async fn publish(&self, text: &str) -> Post {
        let place = self.runtime.storage.place_by_native(&TestRuntime::place("news")).await;
        let draft = Draft {
            place: place.unwrap().unwrap().id,
            text: text.to_owned(),
            local: "2026-09-22T10:00".to_owned(),
            zone: "Europe/Berlin".to_owned(),
        };
        let community = self.runtime.community;
        let post = self
            .calendar
            .draft(community, AccountId(uuid::Uuid::nil()), draft)
            .await
            .unwrap();
        self.calendar.schedule(community, post.id, post.version).await.unwrap();
        self.runtime.settled().await;
        self.runtime.advance(Duration::from_hours(24)).await;
        self.post(post.id).await
    }

    async fn post(&self, id: PostId) -> Post {
        self.calendar.get(self.runtime.community, id).await.unwrap().unwrap()
    }

    async fn retry(&self, post: &Post) -> Post {
        self.calendar
            .retry(self.runtime.community, post.id, post.version)
            .await
            .unwrap();
        self.runtime.settled().await;
        self.post(post.id).await
    }

    fn heard(&self) -> Vec<String> {
        self.runtime.heard("news")
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_post_that_the_platform_refuses_has_failed_with_the_reason_and_can_be_tried_again() {
    let desk = Desk::open(4000, true).await;
    desk.runtime
        .platform
        .faults([Fault::Refuse("the bot may not post here".to_owned())]);
    let post = desk.publish("Version 2 is out.").await;
    assert_eq!(post.state, PostState::Failed);
    assert_eq!(post.reason.as_deref(), Some("the bot may not post here"));
    let post = desk.retry(&post).await;
    assert_eq!((post.state, post.reason), (PostState::Published, None));
    assert_eq!(desk.heard(), ["Version 2 is out."]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_has_arrived_of_a_post_is_not_sent_again() {
    let desk = Desk::open(12, true).await;
    // The second piece is refused for good; the first has arrived before.
    desk.runtime
        .platform
        .faults([Fault::Fine, Fault::Refuse("too much".to_owned())]);
    let failed = desk.publish("One is here.\n\nTwo is here.").await;
    assert_eq!(failed.state, PostState::Failed);
    assert_eq!(desk.heard(), ["One is here."]);
    let post = desk.retry(&failed).await;
    assert_eq!(post.state, PostState::Published);
    assert_eq!(desk.heard(), ["One is here.", "Two is here."]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_post_whose_rest_was_given_up_says_so_when_it_is_tried_again() {
    let desk = Desk::open(12, true).await;
    desk.runtime
        .platform
        .faults([Fault::Fine, Fault::Refuse("too much".to_owned())]);
    let post = desk.publish("One is here.\n\nTwo is here.").await;
    let deliveries = desk.runtime.deliveries().await;
    for piece in deliveries.iter().filter(|piece| piece.state == DeliveryState::Failed) {
        let given_up = desk.runtime.outbox.decide(piece.new.id, Decision::GiveUp, Vec::new());
        given_up.await.unwrap();
    }
    desk.runtime.settled().await;
    let post = desk.post(post.id).await;
    let refused = desk.calendar.retry(desk.runtime.community, post.id, post.version).await;
    assert!(
        matches!(refused, Err(CalendarError::Refused(Refusal::GivenUp))),
        "{refused:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_post_that_cannot_even_be_tried_has_failed() {
    let desk = Desk::open(4000, true).await;
    let place = desk.runtime.storage.place_by_native(&TestRuntime::place("news")).await;
    let (id, now) = (PostId(desk.runtime.clock.id()), desk.runtime.clock.now());
    let post = Post {
        id,
        community: desk.runtime.community,
        place: place.unwrap().unwrap().id,
        author: AccountId(uuid::Uuid::nil()),
        text: String::new(),
        local: String::new(),
        zone: String::new(),
        state: PostState::Scheduled,
        due: Some(now),
        message: None,
        reason: None,
        version: Version::default(),
        created_at: now,
        changed_at: now,
    };
    let place = post.place;
    let insert = Unit::Post(PostUnit::Insert(Box::new(post)));
    desk.runtime.storage.write(insert).await.unwrap();
    let due = Event {
        source: Source::Internal {
            conversation: None,
            place: Some(place),
        },
        occurred_at: now,
        dedupe: "due".to_owned(),
        hops: 0,
        body: EventBody::PostDue { post: id, due: now },
    };
    desk.runtime.dispatcher.accept_internal(vec![due]).await.unwrap();
    desk.runtime.settled().await;
    let post = desk.post(id).await;
    assert_eq!(post.state, PostState::Failed);
    assert_eq!(post.reason.as_deref(), Some("there is nothing to send"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_who_has_seen_a_post_settles_it() {
    let desk = Desk::open(4000, false).await;
    desk.runtime.platform.faults([Fault::CutAfter]);
    let post = desk.publish("Version 2 is out.").await;
    assert_eq!(post.state, PostState::Unconfirmed);
    let delivery = desk.runtime.deliveries().await.pop().unwrap();
    desk.runtime
        .outbox
        .decide(delivery.new.id, Decision::Arrived, Vec::new())
        .await
        .unwrap();
    desk.runtime.settled().await;
    assert_eq!(desk.post(post.id).await.state, PostState::Published);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_post_that_a_person_gives_up_has_failed() {
    let desk = Desk::open(4000, true).await;
    desk.runtime.platform.faults([Fault::Unreachable]);
    let post = desk.publish("Version 2 is out.").await;
    assert_eq!(post.state, PostState::Publishing);
    let delivery = desk.runtime.deliveries().await.pop().unwrap();
    desk.runtime
        .outbox
        .decide(delivery.new.id, Decision::GiveUp, Vec::new())
        .await
        .unwrap();
    desk.runtime.settled().await;
    let post = desk.post(post.id).await;
    assert_eq!(
        (post.state, post.reason.as_deref()),
        (PostState::Failed, Some("somebody gave it up"))
    );
}
