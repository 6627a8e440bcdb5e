//! Deliveries read from the table of late.
//!
//! A commit is visible in the table a moment before its deliveries are handed over. A relay that reads in that moment
//! sees them twice, and must send them once.

use std::collections::{HashSet, VecDeque};

use crate::model::ids::DeliveryId;

/// More than a relay reads while one commit hands its deliveries over.
const KEPT: usize = 8192;

/// The newest [`KEPT`] deliveries that were read.
#[derive(Debug, Default)]
pub(super) struct Recent {
    order: VecDeque<DeliveryId>,
    ids: HashSet<DeliveryId>,
}

impl Recent {
    /// Remembers one; the oldest is forgotten.
    pub(super) fn add(&mut self, id: DeliveryId) {
        if !self.ids.insert(id) {
            return;
        }
        self.order.push_back(id);
        if self.order.len() > KEPT
            && let Some(oldest) = self.order.pop_front()
        {
            self.ids.remove(&oldest);
        }
    }

    /// Whether it was read of late.
    pub(super) fn holds(&self, id: DeliveryId) -> bool {
        self.ids.contains(&id)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn the_newest_are_remembered_and_the_oldest_forgotten() {
        let id = |number: usize| DeliveryId(Uuid::from_u128(number as u128));
        let mut recent = Recent::default();
        for number in 0..=KEPT {
            recent.add(id(number));
            recent.add(id(number));
        }
        assert!(!recent.holds(id(0)));
        assert!(recent.holds(id(1)) && recent.holds(id(KEPT)));
        assert_eq!(recent.order.len(), KEPT);
    }
}
