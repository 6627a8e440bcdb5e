//! What a connector finds when it examines itself, and the places that it is asked about.

use switchboard::connectors::examination::Examination;
use switchboard::model::directory::{Audience, Place};
use switchboard::model::ids::{CommunityId, PlaceId, PlaceRef};
use uuid::Uuid;

/// Parts of the tokens of the fakes; nobody may see them.
const SECRETS: [&str; 2] = ["a-token_that", "test-token"];

/// How the thing stands, and what it says, with what to do.
#[track_caller]
pub fn found(examination: &Examination, about: &str, word: &str, part: &str) {
    let mut all = examination.diagnoses.iter();
    let one = all.find(|diagnosis| diagnosis.about == about);
    let health = &one
        .unwrap_or_else(|| panic!("nothing about {about}: {examination:?}"))
        .health;
    assert_eq!(health.word(), word, "{health:?}");
    let text = format!("{} {}", health.what(), health.fix().unwrap_or_default());
    assert!(text.contains(part), "{part:?} is not in {text}");
    let all = format!("{examination:?}");
    assert!(SECRETS.iter().all(|secret| !all.contains(secret)), "{all}");
}

/// A place that is switched on.
pub fn place(scope: &str, id: &str, name: &str) -> Place {
    Place {
        id: PlaceId(Uuid::nil()),
        native: PlaceRef {
            scope: scope.into(),
            id: id.into(),
        },
        login: scope.into(),
        community: CommunityId(Uuid::nil()),
        space: None,
        parent: None,
        name: name.to_owned(),
        audience: Audience::Group,
        thread: false,
        enabled: true,
        overheard: false,
    }
}

/// The same, where the bot reads along.
pub fn overheard(scope: &str, id: &str, name: &str) -> Place {
    Place {
        overheard: true,
        ..place(scope, id, name)
    }
}
