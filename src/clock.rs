//! Time and chance, passed in so that tests can move the one and repeat the other.

use std::fmt;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::Notify;
use uuid::Uuid;

use crate::model::Timestamp;

/// Where time and ids come from. Nothing else asks the system for either.
#[async_trait]
pub trait Clock: fmt::Debug + Send + Sync {
    /// The wall clock. May be set back; use it for what people see, never for order.
    fn now(&self) -> Timestamp;

    /// Time since some fixed moment; never goes back. For time-outs, rates and measurements.
    fn elapsed(&self) -> Duration;

    /// A fresh `UUIDv7`: sorted by time as far as the clock goes right, and unguessable.
    fn id(&self) -> Uuid;

    /// Waits until [`Clock::elapsed`] has reached `moment`. Decide the moment before looking at what is due: a clock
    /// that moves in between is not slept through.
    async fn sleep_until(&self, moment: Duration);

    /// Waits until [`Clock::elapsed`] has moved on so far.
    async fn sleep(&self, duration: Duration) {
        self.sleep_until(self.elapsed().saturating_add(duration)).await;
    }
}

/// The system's clock and random generator.
#[derive(Debug)]
pub struct SystemClock {
    started: std::time::Instant,
}

impl SystemClock {
    /// Starts counting [`Clock::elapsed`].
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks the system")]
    pub fn new() -> Self {
        Self {
            started: std::time::Instant::now(),
        }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks the system")]
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    fn id(&self) -> Uuid {
        let mut random = [0_u8; 10];
        getrandom::fill(&mut random).expect("the system has a random generator");
        uuid_v7(self.now(), random)
    }

    async fn sleep_until(&self, moment: Duration) {
        tokio::time::sleep(moment.saturating_sub(self.elapsed())).await;
    }
}

/// A clock that stands still until it is moved, with ids that are the same in every run.
#[derive(Debug)]
pub struct TestClock {
    millis: AtomicI64,
    elapsed_millis: AtomicU64,
    ids: AtomicU64,
    moved: Notify,
}

impl TestClock {
    /// Stands at `start`.
    pub fn new(start: Timestamp) -> Self {
        Self {
            millis: AtomicI64::new(start.as_millis()),
            elapsed_millis: AtomicU64::new(0),
            ids: AtomicU64::new(0),
            moved: Notify::new(),
        }
    }

    /// Moves wall clock and elapsed time forward.
    pub fn advance(&self, by: Duration) {
        let millis = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        self.millis
            .fetch_add(i64::try_from(millis).unwrap_or(i64::MAX), Ordering::SeqCst);
        // Behind the wall clock: whoever wakes by this one finds that time there, too.
        self.elapsed_millis.fetch_add(millis, Ordering::SeqCst);
        self.moved.notify_waiters();
    }

    /// Sets the wall clock alone, also back.
    pub fn set(&self, now: Timestamp) {
        self.millis.store(now.as_millis(), Ordering::SeqCst);
    }
}

#[async_trait]
impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.millis.load(Ordering::SeqCst))
    }

    fn elapsed(&self) -> Duration {
        Duration::from_millis(self.elapsed_millis.load(Ordering::SeqCst))
    }

    fn id(&self) -> Uuid {
        let number = self.ids.fetch_add(1, Ordering::SeqCst);
        let mut random = [0_u8; 10];
        random[2..].copy_from_slice(&number.to_be_bytes());
        uuid_v7(self.now(), random)
    }

    async fn sleep_until(&self, moment: Duration) {
        loop {
            // Registered before the look at the clock, so that a move in between is not missed.
            let moved = self.moved.notified();
            if self.elapsed() >= moment {
                return;
            }
            moved.await;
        }
    }
}

/// RFC 9562, section 5.7.
fn uuid_v7(now: Timestamp, random: [u8; 10]) -> Uuid {
    let millis = u64::try_from(now.as_millis()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}
