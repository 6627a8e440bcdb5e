//! What a platform asks to wait with: when it is sent, and what a person who gives it up meanwhile prevents, at each moment
//! at which that can come between; and what becomes of a measure that is called off while it stands as being sent.

use uuid::Uuid;

use super::*;
use crate::clock::TestClock;
use crate::connectors::loopback::{Fault, Loopback};
use crate::model::Timestamp;
use crate::model::action::Priority;
use crate::model::conversation::LaneKey;
use crate::model::event::{DeliveryEnd, Event, EventBody, Source};
use crate::model::ids::{CommunityId, EventId, IdentityRef, MessageRef, PlaceId, PluginId};
use crate::model::measure::Measure;
use crate::storage::core::Trace;
use crate::storage::sqlite::{Options, SqliteStorage};
use crate::storage::unit::{Accept, Commit, DirectoryUnit, EventEnd, NewEvent, Stored};
use crate::storage::{Applied, Change, Unit};

const NOW: Timestamp = Timestamp::from_millis(1_000_000);
const COMMUNITY: CommunityId = CommunityId(Uuid::from_u128(1));
const PLACE: PlaceId = PlaceId(Uuid::from_u128(2));
const REACTION: DeliveryId = DeliveryId(Uuid::from_u128(3));
const LOGIN: &str = "loopback";

/// As long as the platform asks to wait.
const WAIT: Duration = Duration::from_secs(7);

/// What is not marked before it is sent, so that it can be given up all the time.
fn reaction() -> NewDelivery {
    let place = PlaceRef {
        scope: LOGIN.into(),
        id: "alice".into(),
    };
    let target = MessageRef {
        place: place.clone(),
        id: "m1".into(),
    };
    NewDelivery {
        id: REACTION,
        login: LOGIN.into(),
        place: PLACE,
        conversation: None,
        message: None,
        piece: 0,
        priority: Priority::Notice,
        after: None,
        due: NOW,
        action: FittedAction {
            delivery: REACTION,
            place,
            body: FittedBody::React {
                target,
                emoji: "👍".to_owned(),
                add: true,
                or_said: false,
            },
        },
        idempotent: true,
    }
}

const MEASURE: DeliveryId = DeliveryId(Uuid::from_u128(5));
const LIFT: DeliveryId = DeliveryId(Uuid::from_u128(6));

/// Something is done about somebody.
fn measured(id: DeliveryId, measure: Measure) -> NewDelivery {
    let mut delivery = reaction();
    delivery.id = id;
    delivery.action.delivery = id;
    delivery.idempotent = measure != Measure::Kick;
    delivery.action.body = FittedBody::Measure {
        person: IdentityRef {
            scope: LOGIN.into(),
            id: "bob".into(),
        },
        measure,
        reason: "spam".to_owned(),
        by: None,
        not_after: measure.not_after(NOW),
    };
    delivery
}

/// They are banned, and let in again behind that.
fn banned_and_forgiven() -> [NewDelivery; 2] {
    let lift = NewDelivery {
        after: Some(MEASURE),
        ..measured(LIFT, Measure::Lift)
    };
    [measured(MEASURE, Measure::Ban), lift]
}

/// They are committed, as what an event causes.
async fn commit(storage: &SharedStorage, deliveries: Vec<NewDelivery>) {
    let community = DirectoryUnit::Community {
        id: COMMUNITY,
        name: "Garden".to_owned(),
        language: "en".to_owned(),
        zone: "UTC".to_owned(),
    };
    let event = NewEvent {
        id: EventId(Uuid::from_u128(4)),
        community: COMMUNITY,
        place: None,
        author: None,
        lane: LaneKey::of_place(PLACE),
        received_at: NOW,
        event: Event {
            source: Source::Internal {
                conversation: None,
                place: None,
            },
            occurred_at: NOW,
            dedupe: "test".to_owned(),
            hops: 0,
            body: EventBody::Ready {
                plugin: PluginId::from("test/reacts"),
                community: Some(COMMUNITY),
            },
        },
    };
    let accept = Accept {
        directory: vec![community],
        events: vec![event],
        cursor: None,
    };
    let Applied::Events(stored) = storage.write(Unit::Accept(accept)).await.unwrap() else {
        panic!("events are accepted");
    };
    let [Stored::New(event)] = stored[..] else {
        panic!("{stored:?}");
    };
    let commit = Commit {
        event,
        end: EventEnd::Handled,
        at: NOW,
        conversation: None,
        messages: Vec::new(),
        for_owners: false,
        changed_messages: Vec::new(),
        deliveries,
        buttons: Vec::new(),
        kv_read: Vec::new(),
        kv: Vec::new(),
        jobs: Vec::new(),
        events: Vec::new(),
        trace: Trace::default(),
        also: Vec::new(),
    };
    storage.write(Unit::Commit(Box::new(commit))).await.unwrap();
}

/// A relay that is moved by hand, with the platform behind it.
struct Moved {
    relay: Relay,
    platform: Arc<Loopback>,
    clock: Arc<TestClock>,
    _folder: tempfile::TempDir,
}

impl Moved {
    /// The first try of the delivery is under way, and will end so.
    async fn trying(delivery: NewDelivery, platform: Loopback, fault: Fault) -> Self {
        Self::trying_first(vec![delivery], platform, fault).await
    }

    /// The same of the first of these.
    async fn trying_first(deliveries: Vec<NewDelivery>, platform: Loopback, fault: Fault) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(TestClock::new(NOW));
        let time: Arc<dyn Clock> = Arc::<TestClock>::clone(&clock);
        let database = folder.path().join("switchboard.db");
        let storage: SharedStorage =
            SqliteStorage::open(&database, &Options::for_testing(), Arc::clone(&time)).unwrap();
        commit(&storage, deliveries).await;
        let platform = Arc::new(platform);
        platform.faults([fault]);
        let mut moved = Self {
            relay: Self::started(&platform, &storage, &time),
            platform,
            clock,
            _folder: folder,
        };
        moved.relay.read_table().await;
        moved.relay.start_sends();
        moved
    }

    /// The platform has asked to wait with the reaction, which is not yet on disk.
    async fn told_to_wait() -> Self {
        Self::told_to_wait_with(false).await
    }

    /// The same, be it with all that the login sends.
    async fn told_to_wait_with(whole_login: bool) -> Self {
        let busy = Fault::Busy {
            retry_after: WAIT,
            whole_login,
        };
        Self::told_so(busy).await
    }

    /// The platform has answered the first try so, which is not yet on disk.
    async fn told_so(wait: Fault) -> Self {
        let mut moved = Self::trying(reaction(), Loopback::new(LOGIN), wait).await;
        moved.goes_on().await;
        assert_eq!(
            moved.relay.results.len(),
            1,
            "it waits to be written that it was not sent"
        );
        moved
    }

    fn started(platform: &Arc<Loopback>, storage: &SharedStorage, clock: &Arc<dyn Clock>) -> Relay {
        let (connector, inbox) = (Arc::<Loopback>::clone(platform), Arc::new(Inbox::new()));
        let (storage, clock) = (Arc::clone(storage), Arc::clone(clock));
        Relay::new(connector, storage, clock, inbox, Arc::default(), Bell::default())
    }

    /// The program starts again.
    async fn starts_again(&mut self) {
        self.relay = Self::started(&self.platform, &self.relay.storage, &self.relay.clock);
        self.relay.read_table().await;
    }

    /// What is under way ends, and the relay hears of it.
    async fn goes_on(&mut self) {
        let done = self.relay.under_way.next().await.expect("something is under way");
        self.relay.finish(done).await;
    }

    /// A person gives it up; the relay has not heard of it.
    async fn is_given_up(&self) {
        let step = DeliveryStep::GiveUp { id: REACTION, at: NOW };
        self.relay.storage.write(Unit::Delivery(step)).await.unwrap();
    }

    /// The relay hears of it.
    fn hears(&mut self) {
        self.relay.inbox.decided(REACTION);
        let contents = self.relay.inbox.take();
        self.relay.open(contents);
    }

    /// What is being done about somebody is called off, and the relay hears what it hears of that.
    async fn is_called_off(&mut self) {
        let mut changes = self.relay.storage.changes();
        let step = DeliveryStep::CalledOff {
            id: MEASURE,
            at: self.clock.now(),
        };
        self.relay.storage.write(Unit::Delivery(step)).await.unwrap();
        while let Ok(change) = changes.try_recv() {
            if let Change::DeliveryDecided(id) = change {
                self.relay.inbox.decided(id);
            }
        }
        let contents = self.relay.inbox.take();
        self.relay.open(contents);
        self.relay.read_table().await;
    }

    /// The measure ended as one that was perhaps taken or surely not, without another try, and what waited for it is done.
    async fn lifts(mut self, perhaps: bool) {
        let [DeliveryStep::Ended { id: MEASURE, end, .. }] = &self.relay.results[..] else {
            panic!("{:?}", self.relay.results);
        };
        assert_eq!(matches!(end, DeliveryEnd::PerhapsSent { .. }), perhaps, "{end:?}");
        self.relay.read_table().await;
        assert_eq!(self.sends().await, 1);
        let arrivals = self.platform.arrivals();
        let arrived: Vec<_> = arrivals.iter().map(|arrival| arrival.delivery).collect();
        assert_eq!(arrived, [LIFT]);
        assert_eq!(self.relay.schedule.len(), 0);
    }

    /// What may be sent now is sent; says how much that was.
    async fn sends(&mut self) -> usize {
        self.relay.start_sends();
        let sending = self.relay.sending;
        for _ in 0..sending {
            self.goes_on().await;
        }
        sending
    }

    /// Whatever there is to send is sent, and nothing was.
    async fn sends_nothing(mut self) {
        self.relay.read_table().await;
        self.clock.advance(WAIT);
        self.relay.start_sends();
        assert_eq!(self.relay.sending, 0, "{:?}", self.relay.schedule);
        assert_eq!(self.relay.schedule.len(), 0, "it is forgotten");
        assert!(self.relay.unrecorded.is_empty() && self.relay.decided.is_empty());
        assert!(self.platform.arrivals().is_empty());
    }
}

#[tokio::test]
async fn what_is_given_up_before_it_is_written_that_it_waits_is_not_sent() {
    let mut moved = Moved::told_to_wait().await;
    moved.is_given_up().await;
    moved.relay.start_write();
    moved.goes_on().await;
    moved.sends_nothing().await;
}

#[tokio::test]
async fn what_is_given_up_before_it_is_written_and_heard_of_before_it_is_answered_is_not_sent() {
    let mut moved = Moved::told_to_wait().await;
    moved.is_given_up().await;
    moved.hears();
    moved.relay.start_write();
    moved.goes_on().await;
    moved.sends_nothing().await;
}

#[tokio::test]
async fn what_is_given_up_when_it_is_written_that_it_waits_and_the_relay_has_not_heard_so_is_not_sent() {
    let mut moved = Moved::told_to_wait().await;
    moved.relay.start_write();
    let written = moved.relay.under_way.next().await.expect("it is being written");
    moved.is_given_up().await;
    moved.hears();
    moved.relay.finish(written).await;
    moved.sends_nothing().await;
}

#[tokio::test]
async fn what_a_person_decided_about_and_the_table_still_holds_is_sent() {
    let mut moved = Moved::told_to_wait().await;
    moved.relay.start_write();
    moved.hears();
    moved.goes_on().await;
    moved.relay.read_table().await;
    moved.clock.advance(WAIT);
    moved.relay.start_sends();
    moved.goes_on().await;
    assert_eq!(moved.platform.arrivals().len(), 1);
}

/// A bad token, or anything else that holds up the whole login.
fn of_the_whole_login() -> [Fault; 2] {
    let (retry_after, whole_login) = (WAIT, true);
    [
        Fault::BadToken { retry_after },
        Fault::Busy {
            retry_after,
            whole_login,
        },
    ]
}

#[tokio::test]
async fn what_waits_with_the_whole_login_is_sent_when_its_wait_is_over() {
    for wait in of_the_whole_login() {
        let mut moved = Moved::told_so(wait).await;
        moved.relay.start_write();
        moved.goes_on().await;
        assert_eq!(moved.sends().await, 0);
        let last = Duration::from_millis(1);
        moved.clock.advance(WAIT.saturating_sub(last));
        assert_eq!(moved.sends().await, 0, "the wait that the platform asks for is obeyed");
        moved.clock.advance(last);
        assert_eq!(moved.sends().await, 1);
        assert_eq!(moved.platform.arrivals().len(), 1);
    }
}

/// A person may have replaced it meanwhile.
#[tokio::test]
async fn what_waits_for_another_token_is_sent_at_once_after_the_next_start() {
    let mut moved = Moved::told_so(Fault::BadToken { retry_after: WAIT }).await;
    moved.relay.start_write();
    moved.goes_on().await;
    moved.starts_again().await;
    assert_eq!(moved.sends().await, 1);
    assert_eq!(moved.platform.arrivals().len(), 1);
}

#[tokio::test]
async fn what_the_platform_asks_to_wait_with_waits_after_the_next_start_too() {
    for whole_login in [false, true] {
        let mut moved = Moved::told_to_wait_with(whole_login).await;
        moved.relay.start_write();
        moved.goes_on().await;
        moved.starts_again().await;
        assert_eq!(moved.sends().await, 0, "of the whole login: {whole_login}");
        moved.clock.advance(WAIT);
        assert_eq!(moved.sends().await, 1);
    }
}

#[tokio::test]
async fn what_is_repeated_stays_however_late_an_earlier_decision_is_heard_of() {
    for heard_while_sending in [true, false] {
        let marked = NewDelivery {
            idempotent: false,
            ..reaction()
        };
        let platform = Loopback::new(LOGIN);
        platform.drops_repeats_for(Duration::from_mins(1));
        let mut moved = Moved::trying(marked, platform, Fault::CutBefore).await;
        if heard_while_sending {
            moved.hears();
        }
        moved.goes_on().await;
        if !heard_while_sending {
            moved.hears();
        }
        assert!(moved.relay.decided.is_empty() && moved.relay.schedule.knows(REACTION));
        moved.clock.advance(WAIT);
        moved.relay.start_sends();
        moved.goes_on().await;
        assert_eq!(moved.platform.arrivals().len(), 1);
    }
}

#[tokio::test]
async fn who_was_forgiven_is_not_taken_out_once_more_by_what_is_repeated() {
    let platform = Loopback::new(LOGIN);
    platform.drops_repeats_for(Duration::from_mins(1));
    let mut moved = Moved::trying(measured(MEASURE, Measure::Kick), platform, Fault::CutBefore).await;
    moved.goes_on().await;
    assert!(moved.relay.schedule.is_repeated(MEASURE));
    moved.is_called_off().await;
    moved.clock.advance(WAIT);
    assert_eq!(moved.sends().await, 1);
    assert!(moved.platform.arrivals().is_empty());
    let results = &moved.relay.results;
    let ended = matches!(
        results[..],
        [DeliveryStep::Ended {
            end: DeliveryEnd::PerhapsSent { .. },
            ..
        }]
    );
    assert!(ended, "{results:?}");
    assert_eq!(moved.relay.schedule.len(), 0);
}

#[tokio::test]
async fn a_ban_that_the_last_process_left_and_that_is_called_off_ends_and_is_lifted() {
    let first = banned_and_forgiven().into();
    let mut moved = Moved::trying_first(first, Loopback::new(LOGIN), Fault::Fine).await;
    let sending = DeliveryStep::Sending { id: MEASURE };
    moved.relay.storage.write(Unit::Delivery(sending)).await.unwrap();
    moved.starts_again().await;
    moved.is_called_off().await;
    assert_eq!(moved.sends().await, 1);
    // Whether the last process did it nobody knows.
    moved.lifts(true).await;
}

#[tokio::test]
async fn a_ban_that_is_called_off_while_it_is_sent_in_vain_ends_and_is_lifted() {
    for (fault, perhaps) in [(Fault::Unreachable, false), (Fault::CutBefore, true)] {
        let first = banned_and_forgiven().into();
        let mut moved = Moved::trying_first(first, Loopback::new(LOGIN), fault).await;
        moved.goes_on().await;
        moved.is_called_off().await;
        moved.relay.start_write();
        moved.goes_on().await;
        moved.lifts(perhaps).await;
    }
}
