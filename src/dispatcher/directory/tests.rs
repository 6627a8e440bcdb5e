//! What was read before all was forgotten is kept by nobody.

use uuid::Uuid;

use super::*;
use crate::dispatcher::given;

#[test]
fn what_was_read_before_all_was_forgotten_is_not_kept() {
    let place = given::place(PlaceId(Uuid::from_u128(1)), "garden", Audience::Public);
    let alice = given::identity(IdentityId(Uuid::from_u128(3)), "Alice");
    let (native, who) = (place.native.clone(), alice.native.clone());
    let place = Known {
        value: Arc::new(place),
        written: true,
    };
    let identity = Known {
        value: Arc::new(alice),
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
