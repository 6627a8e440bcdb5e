//! How fast everything of one login may be sent, and what that leaves just now. Shared by the relay, which sends, and by
//! whoever looks; it outlives a relay that has to start again.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use super::Level;
use super::bucket::Bucket;
use crate::model::Timestamp;
use crate::model::capability::Capabilities;
use crate::model::ids::PlaceRef;

/// Place buckets that are kept before the full ones are swept out.
const BUCKETS_MAX: usize = 4096;

/// The buckets of one login.
#[derive(Debug, Default)]
pub(super) struct Buckets {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    login: Option<Bucket>,
    places: HashMap<PlaceRef, Bucket>,
}

impl Buckets {
    /// When something may be sent to this place.
    pub(super) fn free_at(
        &self,
        place: &PlaceRef,
        now: Duration,
        abilities: impl FnOnce() -> Capabilities,
    ) -> Duration {
        // Somebody else's code, which may break: not while it holds the buckets.
        let abilities = (!self.knows(place)).then(abilities);
        let mut state = self.state();
        if let Some(abilities) = abilities {
            state
                .login
                .get_or_insert_with(|| Bucket::new(abilities.login_rate, now));
            state
                .places
                .entry(place.clone())
                .or_insert_with(|| Bucket::new(abilities.place_rate, now));
        }
        let login = state.login.as_mut().map_or(now, |bucket| bucket.free_at(now));
        let here = state.places.get_mut(place).map_or(now, |bucket| bucket.free_at(now));
        login.max(here)
    }

    /// When something may be sent to any place at all.
    pub(super) fn login_free_at(&self, now: Duration) -> Duration {
        self.state().login.as_mut().map_or(now, |bucket| bucket.free_at(now))
    }

    fn knows(&self, place: &PlaceRef) -> bool {
        let state = self.state();
        state.login.is_some() && state.places.contains_key(place)
    }

    /// Something is sent to this place, as [`Buckets::free_at`] said it may be.
    pub(super) fn take(&self, place: &PlaceRef, now: Duration) {
        let mut state = self.state();
        if let Some(bucket) = &mut state.login {
            bucket.take();
        }
        if let Some(bucket) = state.places.get_mut(place) {
            bucket.take();
        }
        if state.places.len() > BUCKETS_MAX {
            state.places.retain(|_, bucket| !bucket.is_full(now));
        }
    }

    /// The platform asked to wait: only what shares the limit waits.
    pub(super) fn pause(&self, place: Option<&PlaceRef>, until: Duration) {
        let mut state = self.state();
        let bucket = match place {
            Some(place) => state.places.get_mut(place),
            None => state.login.as_mut(),
        };
        if let Some(bucket) = bucket {
            bucket.pause(until);
        }
    }

    /// What the whole login and each busy place have left: those that wait first, then those with the least. A place whose
    /// bucket is full is not named.
    pub(super) fn levels(&self, now: Timestamp, elapsed: Duration) -> Vec<Level> {
        let mut state = self.state();
        let login = state.login.as_mut().map(|bucket| bucket.level(None, now, elapsed));
        let mut places = Vec::new();
        for (place, bucket) in &mut state.places {
            if !bucket.is_full(elapsed) {
                places.push(bucket.level(Some(place.clone()), now, elapsed));
            }
        }
        drop(state);
        places.sort_by(|one, other| {
            let key = |level: &Level| (level.paused_until.is_none(), level.left);
            key(one).cmp(&key(other)).then_with(|| one.place.cmp(&other.place))
        });
        login.into_iter().chain(places).collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no code panics while it holds the buckets")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::capability::{Rate, TextUnit};

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    fn abilities() -> Capabilities {
        Capabilities {
            edit: true,
            delete: true,
            react: true,
            buttons: true,
            forms: false,
            form_max: None,
            threads: false,
            private: false,
            typing: false,
            moderates: crate::model::capability::Moderates::default(),
            file_bytes_max: None,
            caption_max: None,
            text_max: 100,
            unit: TextUnit::Characters,
            idempotent_send: false,
            place_rate: Rate {
                burst: 5,
                per_ms: 60_000,
            },
            login_rate: Rate {
                burst: 30,
                per_ms: 1_000,
            },
        }
    }

    fn place(id: &str) -> PlaceRef {
        PlaceRef {
            scope: "t".into(),
            id: id.into(),
        }
    }

    #[test]
    fn a_connector_that_breaks_when_it_is_asked_leaves_the_buckets_as_they_are() {
        let (buckets, now) = (Buckets::default(), Duration::ZERO);
        let asked = || buckets.free_at(&place("a"), now, || panic!("the connector breaks"));
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(asked)).unwrap_err();
        assert_eq!(buckets.free_at(&place("a"), now, abilities), now);
    }

    #[test]
    fn what_is_left_is_told_of_the_login_and_of_busy_places_alone() {
        let buckets = Buckets::default();
        let now = Duration::ZERO;
        assert_eq!(buckets.levels(NOW, now), [], "nothing was sent");
        for (id, sends) in [("busy", 2), ("quiet", 0), ("paused", 1), ("empty", 4)] {
            for _ in 0..sends {
                assert_eq!(buckets.free_at(&place(id), now, abilities), now);
                buckets.take(&place(id), now);
            }
            assert_eq!(buckets.free_at(&place(id), now, abilities) > now, id == "empty");
        }
        let until = Duration::from_secs(7);
        buckets.pause(Some(&place("paused")), until);
        let level = |id: Option<&str>, left, most, paused_until| Level {
            place: id.map(place),
            left,
            most,
            paused_until,
        };
        let expected = [
            level(None, 17, 24, None),
            level(Some("paused"), 3, 4, Some(NOW + until)),
            level(Some("empty"), 0, 4, None),
            level(Some("busy"), 2, 4, None),
        ];
        assert_eq!(buckets.levels(NOW, now), expected);
        // A minute later all is as it was.
        let later = Duration::from_mins(1);
        assert_eq!(buckets.levels(NOW + later, later), [level(None, 24, 24, None)]);
    }
}
