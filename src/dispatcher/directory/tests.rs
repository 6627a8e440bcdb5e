//! What was read before all was forgotten is kept by nobody.

use uuid::Uuid;

use super::*;

#[test]
fn what_was_read_before_all_was_forgotten_is_not_kept() {
    let native = PlaceRef {
        scope: "loopback".into(),
        id: "garden".into(),
    };
    let place = Known {
        value: Arc::new(Place {
            id: PlaceId(Uuid::from_u128(1)),
            native: native.clone(),
            login: "loopback".into(),
            community: CommunityId(Uuid::from_u128(2)),
            space: None,
            parent: None,
            name: "Garden".to_owned(),
            audience: Audience::Public,
            thread: false,
            enabled: true,
            overheard: true,
        }),
        written: true,
    };
    let who = IdentityRef {
        scope: "loopback".into(),
        id: "alice".into(),
    };
    let identity = Known {
        value: Arc::new(Identity {
            id: IdentityId(Uuid::from_u128(3)),
            native: who.clone(),
            name: "Alice".to_owned(),
            bot: false,
            staff: false,
            roles: Vec::new(),
            language: None,
        }),
        written: true,
    };
    let mut state = State::new();
    for forgets in [true, false] {
        let read = state.forgotten;
        if forgets {
            state.forget();
        }
        state.keep_place(read, &native, place.clone());
        state.keep_identity(read, &who, identity.clone());
        let kept = (
            state.places.get(&native).is_some(),
            state.identities.get(&who).is_some(),
        );
        assert_eq!(kept, (!forgets, !forgets));
    }
}
