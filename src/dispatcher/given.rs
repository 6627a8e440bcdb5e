//! Values that tests of the dispatcher start from, and the fuzzer: what a test is about it says itself.

use std::sync::Arc;

use uuid::Uuid;

use super::Snapshot;
use crate::model::Timestamp;
use crate::model::directory::{Audience, Identity, Place};
use crate::model::ids::{CommunityId, IdentityId, IdentityRef, PlaceId, PlaceRef};
use crate::storage::core::Community;

/// When it happens.
pub(super) const NOW: Timestamp = Timestamp::from_millis(1_790_000_000_000);

/// Whom it concerns.
pub(super) const COMMUNITY: CommunityId = CommunityId(Uuid::from_u128(1));

pub(super) fn community() -> Community {
    Community {
        id: COMMUNITY,
        name: "Garden".to_owned(),
        language: "en".to_owned(),
        zone: "UTC".to_owned(),
        roles: Vec::new(),
    }
}

/// Where the bot acts and reads along.
pub(super) fn place(id: PlaceId, name: &str, audience: Audience) -> Place {
    Place {
        id,
        native: PlaceRef {
            scope: "loopback".into(),
            id: name.into(),
        },
        login: "loopback".into(),
        community: COMMUNITY,
        space: None,
        parent: None,
        name: name.to_owned(),
        audience,
        thread: false,
        enabled: true,
        overheard: true,
    }
}

/// A member without any role.
pub(super) fn identity(id: IdentityId, name: &str) -> Identity {
    Identity {
        id,
        native: IdentityRef {
            scope: "loopback".into(),
            id: name.to_lowercase().into(),
        },
        name: name.to_owned(),
        bot: false,
        staff: false,
        roles: Vec::new(),
        language: None,
    }
}

/// How things stand for an event that is about nothing before it.
pub(super) fn snapshot(place: Option<Place>, author: Option<Identity>) -> Snapshot {
    Snapshot {
        attempt: 1,
        now: NOW,
        community: Arc::new(community()),
        place: place.map(Arc::new),
        author: author.map(Arc::new),
        conversation: None,
        fresh: false,
        message: None,
        about: None,
        button: None,
        late: false,
    }
}
