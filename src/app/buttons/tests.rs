//! What a press does is known from what is stored.

use uuid::Uuid;

use super::*;
use crate::clock::TestClock;
use crate::model::action::Author;
use crate::model::button::{Button, ButtonMeaning, ButtonOwner, Field, Form, Input};
use crate::model::conversation::LaneKey;
use crate::model::directory::{Audience, Identity, Place, Role, Standing};
use crate::model::event::Source;
use crate::model::ids::{CommunityId, EventId, EventSeq, IdentityId, IdentityRef, MessageId, PlaceRef, PluginId};
use crate::model::{Content, Event, EventBody, Timestamp};
use crate::storage::core::Trace;
use crate::storage::sqlite::{Options, SqliteStorage};
use crate::storage::unit::{Accept, Commit, DirectoryUnit, EventEnd, NewButton, NewEvent, NewMessage, Stored};
use crate::storage::{Applied, Unit};

const COMMUNITY: CommunityId = CommunityId(Uuid::from_u128(1));
const PLACE: PlaceId = PlaceId(Uuid::from_u128(2));
const MESSAGE: MessageId = MessageId(Uuid::from_u128(3));
const ANN: IdentityId = IdentityId(Uuid::from_u128(4));
const CAT: IdentityId = IdentityId(Uuid::from_u128(6));
const NOW: Timestamp = Timestamp::from_millis(1_000_000);

fn native(id: &str) -> IdentityRef {
    IdentityRef {
        scope: "discord".into(),
        id: id.into(),
    }
}

fn seen(id: &str, roles: &[&str]) -> SeenIdentity {
    SeenIdentity {
        native: native(id),
        name: id.to_owned(),
        bot: false,
        language: None,
        roles: roles.iter().map(|role| (*role).into()).collect(),
        created_at: None,
        joined_at: None,
        standing: Standing::Untold,
    }
}

fn form() -> Form {
    let field = Field {
        name: "why".to_owned(),
        label: "Why".to_owned(),
        input: Input::Line,
        required: true,
    };
    Form {
        title: "Refund".to_owned(),
        fields: vec![field],
    }
}

/// Who and where, and what the roles are.
fn directory() -> Vec<DirectoryUnit> {
    vec![
        DirectoryUnit::Community {
            id: COMMUNITY,
            name: "Garden".to_owned(),
            language: "en".to_owned(),
            zone: "UTC".to_owned(),
        },
        DirectoryUnit::Roles {
            community: COMMUNITY,
            roles: vec![Role {
                name: "mods".to_owned(),
                scope: "discord".into(),
                native: "70".into(),
                staff: true,
            }],
        },
        DirectoryUnit::Place(Place {
            id: PLACE,
            native: PlaceRef {
                scope: "discord".into(),
                id: "101".into(),
            },
            login: "discord".into(),
            community: COMMUNITY,
            space: None,
            parent: None,
            name: "help".to_owned(),
            audience: Audience::Public,
            thread: false,
            enabled: true,
            overheard: false,
        }),
        identity(ANN, "ann", false),
        identity(CAT, "cat", true),
    ]
}

fn identity(id: IdentityId, name: &str, staff: bool) -> DirectoryUnit {
    DirectoryUnit::Identity(Identity {
        id,
        native: native(name),
        name: name.to_owned(),
        bot: false,
        staff,
        roles: Vec::new(),
        language: None,
    })
}

fn event() -> NewEvent {
    NewEvent {
        id: EventId(Uuid::from_u128(5)),
        community: COMMUNITY,
        place: Some(PLACE),
        author: None,
        lane: LaneKey::of_place(PLACE),
        received_at: NOW,
        event: Event {
            source: Source::Internal {
                conversation: None,
                place: Some(PLACE),
            },
            occurred_at: NOW,
            dedupe: "test".to_owned(),
            hops: 0,
            body: EventBody::Ready {
                plugin: PluginId::from("test/forms"),
                community: Some(COMMUNITY),
            },
        },
    }
}

/// One message whose buttons open the form, each for another presser.
fn commit(event: EventSeq, pressers: &[Presser]) -> Commit {
    let id = |number: usize| ButtonId(Uuid::from_u128(number as u128));
    let buttons = (0..pressers.len()).map(|number| Button {
        label: "Fill in".to_owned(),
        effect: ButtonEffect::Form {
            id: id(number),
            form: form(),
        },
    });
    let rows = pressers.iter().enumerate().map(|(number, presser)| NewButton {
        id: id(number),
        message: MESSAGE,
        meaning: ButtonMeaning {
            owner: ButtonOwner::Plugin(PluginId::from("test/forms")),
            payload: String::new(),
            presser: presser.clone(),
            private: true,
        },
        expires: Timestamp::from_millis(NOW.as_millis() + 1),
    });
    Commit {
        event,
        end: EventEnd::Handled,
        at: NOW,
        conversation: None,
        messages: vec![NewMessage {
            id: MESSAGE,
            conversation: None,
            place: PLACE,
            author: Author::Host,
            native: None,
            reply_to: None,
            note: false,
            only: None,
            content: Content::plain("Please"),
            buttons: buttons.collect(),
            files: Vec::new(),
            cites: Vec::new(),
            name: None,
            at: NOW,
        }],
        for_owners: false,
        changed_messages: Vec::new(),
        deliveries: Vec::new(),
        buttons: rows.collect(),
        kv_read: Vec::new(),
        kv: Vec::new(),
        jobs: Vec::new(),
        events: Vec::new(),
        trace: Trace::default(),
        also: Vec::new(),
    }
}

#[tokio::test]
async fn a_form_opens_for_those_whom_it_is_for_as_long_as_the_button_lives() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(TestClock::new(NOW));
    let time: Arc<dyn Clock> = Arc::<TestClock>::clone(&clock);
    let path = folder.path().join("test.db");
    let storage: SharedStorage = SqliteStorage::open(&path, &Options::for_testing(), Arc::clone(&time)).unwrap();
    let accept = Unit::Accept(Accept {
        directory: directory(),
        events: vec![event()],
        cursor: None,
    });
    let Applied::Events(stored) = storage.write(accept).await.unwrap() else {
        panic!("events are accepted");
    };
    let [Stored::New(seq)] = stored[..] else {
        panic!("{stored:?}");
    };
    let pressers = [Presser::Anyone, Presser::Identity(ANN), Presser::Staff];
    let commit = Unit::Commit(Box::new(commit(seq, &pressers)));
    storage.write(commit).await.unwrap();

    let buttons = StoredButtons::new(storage, time);
    let opens = async |number: u128, who: SeenIdentity| {
        let does = buttons.does(ButtonId(Uuid::from_u128(number)), &who).await.unwrap();
        assert_eq!(does.form.is_some(), does.private, "all of it or nothing");
        does.form == Some(form())
    };
    assert!(opens(0, seen("stranger", &[])).await);
    assert!(opens(1, seen("ann", &[])).await && !opens(1, seen("bob", &["70"])).await);
    assert!(opens(2, seen("bob", &["1", "70"])).await && !opens(2, seen("ann", &["1"])).await);
    assert!(
        opens(2, seen("cat", &[])).await,
        "known to be staff, whatever the platform tells"
    );
    assert!(!opens(7, seen("ann", &[])).await, "nobody knows it");
    clock.advance(std::time::Duration::from_millis(1));
    assert!(!opens(0, seen("ann", &[])).await, "it has expired");
}
