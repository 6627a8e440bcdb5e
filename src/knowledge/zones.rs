//! In which zone each community is, so that no question has to read it: days in entries are the community's own.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::TryRecvError;

use crate::model::Timestamp;
use crate::model::ids::CommunityId;
use crate::storage::Change;

/// Zones that were read, until settings change.
#[derive(Debug)]
pub(super) struct Zones(Mutex<Kept>);

#[derive(Debug)]
struct Kept {
    /// Told before whoever makes a change is answered: what is asked after that hears of it first.
    changes: Receiver<Change>,
    of: HashMap<CommunityId, TimeZone>,
    /// How often settings changed.
    changed: u64,
}

impl Zones {
    /// `changes` are those of the storage that zones are read from.
    pub(super) fn new(changes: Receiver<Change>) -> Self {
        Self(Mutex::new(Kept {
            changes,
            of: HashMap::new(),
            changed: 0,
        }))
    }

    /// The zone, as long as it is as it was read; else a number that [`Zones::keep`] wants once it is.
    pub(super) fn known(&self, community: CommunityId) -> Result<TimeZone, u64> {
        let kept = self.heard();
        kept.of.get(&community).cloned().ok_or(kept.changed)
    }

    /// Keeps what was read, unless settings have changed meanwhile.
    pub(super) fn keep(&self, community: CommunityId, zone: TimeZone, seen: u64) {
        let mut kept = self.heard();
        if kept.changed == seen {
            kept.of.insert(community, zone);
        }
    }

    /// After all changes that were told until now.
    fn heard(&self) -> MutexGuard<'_, Kept> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            match kept.changes.try_recv() {
                // Who lags does not know what it missed.
                Ok(Change::Settings) | Err(TryRecvError::Lagged(_)) => {
                    kept.of.clear();
                    kept.changed += 1;
                }
                Ok(_) => {}
                Err(TryRecvError::Empty | TryRecvError::Closed) => return kept,
            }
        }
    }
}

/// The zone of a name; one that is not known is read as UTC.
pub(super) fn named(zone: &str) -> TimeZone {
    TimeZone::get(zone).unwrap_or(TimeZone::UTC)
}

/// The day in a zone. Written out it is as entries write it.
pub(super) fn day_in(zone: &TimeZone, at: Timestamp) -> Date {
    let at = jiff::Timestamp::from_millisecond(at.as_millis()).unwrap_or_default();
    zone.to_datetime(at).date()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::sync::broadcast;
    use uuid::Uuid;

    use super::*;

    const COMMUNITY: CommunityId = CommunityId(Uuid::from_u128(7));

    #[test]
    fn a_day_begins_and_ends_where_the_community_is() {
        // Half past nine in the morning of the 24th of November 2026, in UTC.
        let at = Timestamp::from_millis(1_795_512_600_000);
        for (zone, expected) in [
            ("UTC", "2026-11-24"),
            ("Pacific/Kiritimati", "2026-11-24"),
            ("Pacific/Pago_Pago", "2026-11-23"),
            ("Nowhere/At_All", "2026-11-24"),
        ] {
            assert_eq!(day_in(&named(zone), at).to_string(), expected, "{zone}");
        }
        let later = at + Duration::from_mins(90);
        let day = |zone| day_in(&named(zone), later).to_string();
        assert_eq!(day("Pacific/Kiritimati"), "2026-11-25");
        assert_eq!(day("Pacific/Pago_Pago"), "2026-11-24");
    }

    #[test]
    fn a_zone_is_kept_until_settings_change_and_not_when_they_changed_while_it_was_read() {
        let (changes, listens) = broadcast::channel(4);
        let zones = Zones::new(listens);
        let seen = zones.known(COMMUNITY).unwrap_err();
        zones.keep(COMMUNITY, named("Europe/Berlin"), seen);
        changes.send(Change::Knowledge).unwrap();
        assert_eq!(zones.known(COMMUNITY), Ok(named("Europe/Berlin")));
        changes.send(Change::Settings).unwrap();
        let seen = zones.known(COMMUNITY).unwrap_err();
        changes.send(Change::Settings).unwrap();
        zones.keep(COMMUNITY, named("Europe/Berlin"), seen);
        let seen = zones.known(COMMUNITY).unwrap_err();
        zones.keep(COMMUNITY, named("Asia/Tokyo"), seen);
        // More than the channel holds: what was among it nobody knows.
        for _ in 0..9 {
            changes.send(Change::Knowledge).unwrap();
        }
        assert!(zones.known(COMMUNITY).is_err());
    }
}
