//! The promise about what goes wrong: each error says whether it was sent, what to do, and shows no secret.

use std::sync::Arc;
use std::time::Duration;

use switchboard::clock::{Clock as _, SystemClock};
use switchboard::connectors::{Connector, DeliveryError};
use switchboard::model::Content;
use switchboard::model::ability::Ability;
use switchboard::model::fit::FittedAction;
use switchboard::model::ids::{DeliveryId, PlaceRef};

use super::platform::{Of, Platform, Scene, Trouble, text};
use crate::support::sink::{Listening, Sink, edit, send};

/// For a send and, where it can be made again, for an edit.
pub async fn every_trouble_says_whether_it_was_sent(platform: &dyn Platform) {
    let scene = Scene::open(platform).await;
    let sent = scene.says(text(Content::plain("Hello"))).await.remove(0);
    let elsewhere = elsewhere(&scene).await;
    for trouble in Trouble::ALL {
        match trouble {
            Trouble::Revoked => revoked(platform, &scene.direct).await,
            Trouble::TooOld if platform.breaks(trouble, Of::Edit).await => {
                let refused = scene.deliver(&scene.direct, edit(sent.clone(), "Hello!")).await;
                check_refusal(refused.unwrap_err());
            }
            Trouble::TooOld => {}
            _ if platform.breaks(trouble, Of::Send).await => {
                let error = scene.deliver(&scene.direct, send("Hello again")).await.unwrap_err();
                of_a_send(trouble, error);
                if let (Trouble::Busy, Some(elsewhere)) = (trouble, &elsewhere) {
                    let served = scene.deliver(elsewhere, send("Hello all")).await;
                    assert!(served.is_ok(), "another place has a limit of its own: {served:?}");
                }
                // The next one goes through: nothing waits for what is over, or for another place.
                scene.says(text(Content::plain("Still here"))).await;
                if matches!(trouble, Trouble::Cut | Trouble::Broken) && platform.breaks(trouble, Of::Edit).await {
                    let error = scene
                        .deliver(&scene.direct, edit(sent.clone(), "Hello!"))
                        .await
                        .unwrap_err();
                    let repeatable = matches!(error, DeliveryError::Unreachable { .. })
                        || scene.connector.capabilities(&scene.direct).idempotent_send;
                    assert!(repeatable, "{trouble:?} of an edit: {error:?}");
                }
            }
            _ => {}
        }
    }
    scene.close().await;
}

/// A place of several people, where there is one.
async fn elsewhere(scene: &Scene<'_>) -> Option<PlaceRef> {
    let reads = scene.connector.profile().lack(Ability::ReadAlong).is_none();
    Some(if reads {
        scene.says_to_all("who is here?").await.place
    } else {
        return None;
    })
}

/// Taken back while everything runs: hearing stops for good and says what to do, and what is to be sent waits.
pub async fn a_token_that_is_taken_back_ends_the_login(platform: &dyn Platform) {
    let scene = Scene::open(platform).await;
    let (connector, direct) = (Arc::clone(&scene.connector), scene.direct.clone());
    if !platform.revokes().await {
        assert!(platform.with_wrong_token().is_none(), "what has a token can lose it");
        scene.close().await;
        return;
    }
    let why = scene.ended().await.unwrap_err();
    assert!(why.starts_with("bad credentials: ") && why.contains("token"), "{why}");
    assert!(!why.contains("secret"), "{why}");
    waits(&*connector, &direct).await;
}

fn of_a_send(trouble: Trouble, error: DeliveryError) {
    match (trouble, error) {
        (
            Trouble::Busy,
            DeliveryError::Busy {
                retry_after,
                whole_login: false,
                can_be_ended: false,
            },
        ) => assert_eq!(retry_after, Duration::from_secs(7)),
        (Trouble::Broken, DeliveryError::Unreachable { .. } | DeliveryError::Lost { .. })
        | (Trouble::Cut, DeliveryError::Lost { .. }) => {}
        (Trouble::Removed | Trouble::Archived, error) => check_refusal(error),
        (trouble, error) => panic!("{trouble:?}: {error:?}"),
    }
}

#[track_caller]
fn check_refusal(error: DeliveryError) {
    let shown = format!("{error:?}");
    let DeliveryError::Refused { public } = error else {
        panic!("{error:?}")
    };
    assert!(public.split(' ').count() > 2, "a sentence for staff: {public}");
    assert!(!shown.contains("secret"), "{shown}");
}

/// Reading stops for good, sending says why, and neither shows the token.
async fn revoked(platform: &dyn Platform, place: &PlaceRef) {
    let Some(connector) = platform.with_wrong_token() else {
        return;
    };
    let sink = Arc::<Sink>::default();
    let ended = Listening::start(Arc::clone(&connector), &sink, None).ended().await;
    let why = ended.unwrap_err();
    assert!(why.starts_with("bad credentials: ") && why.contains("token"), "{why}");
    assert!(!why.contains("secret"), "{why}");
    waits(&*connector, place).await;
}

/// What is to be sent is not sent, and not given up.
async fn waits(connector: &dyn Connector, place: &PlaceRef) {
    let action = FittedAction {
        delivery: DeliveryId(SystemClock::new().id()),
        place: place.clone(),
        body: send("Hello"),
    };
    let error = connector.deliver(&action).await.unwrap_err();
    assert!(
        matches!(
            error,
            DeliveryError::Busy {
                whole_login: true,
                can_be_ended: true,
                ..
            }
        ),
        "{error:?}"
    );
    assert!(!format!("{error:?}").contains("secret"), "{error:?}");
}
