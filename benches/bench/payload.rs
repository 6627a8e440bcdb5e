//! Made-up messages as a platform would send them, the same in each run.

use serde::Deserialize;
use switchboard::model::Timestamp;
use switchboard::model::content::Content;
use switchboard::model::directory::{Audience, SeenIdentity, SeenPlace, Standing};
use switchboard::model::event::{Addressed, Event, EventBody, InMessage, Source};
use switchboard::model::ids::{IdentityRef, MessageRef, NativeId, PlaceRef};
use switchboard_trio::{KEYWORDS, keyword};

/// As many people talk at once, each in a direct chat of their own.
pub const PEOPLE: usize = 500;

/// The login that the messages come in through.
pub const LOGIN: &str = "loopback";

/// When the first of them was written.
pub const START: i64 = 1_790_000_000_000;

/// A message of the platform.
#[derive(Deserialize)]
pub struct Payload {
    pub id: String,
    pub chat: String,
    pub user: String,
    pub name: String,
    pub text: String,
    pub at: i64,
}

/// Message number `number`: about 108 characters, 7 of 10 with a keyword, 1 of 10 with a link, 1 of 100 for a person.
pub fn payload(number: usize) -> String {
    let person = number % PEOPLE;
    let topic = match number % 10 {
        0..7 => format!("when does the {} open", keyword(number * 7 % KEYWORDS)),
        7 if number % 100 == 7 => "could a human look at this".to_owned(),
        7 => "have you seen https://example.org/news/today".to_owned(),
        _ => "what do the others think of it".to_owned(),
    };
    let text =
        format!("Hello everybody, {topic} in the second week, and may I bring two friends along to see it, please?");
    serde_json::json!({
        "id": format!("m{number}"),
        "chat": format!("chat{person}"),
        "user": format!("user{person}"),
        "name": "Ann",
        "text": text,
        "at": START + i64::try_from(number).expect("few messages"),
    })
    .to_string()
}

/// Reads a payload as a connector does.
pub fn event(payload: &str) -> Event {
    let payload: Payload = serde_json::from_str(payload).expect("it is sound");
    let place = PlaceRef {
        scope: LOGIN.into(),
        id: payload.chat.as_str().into(),
    };
    Event {
        dedupe: format!("{LOGIN}/{}", payload.id),
        occurred_at: Timestamp::from_millis(payload.at),
        hops: 0,
        body: EventBody::Message(InMessage {
            native: MessageRef {
                place: place.clone(),
                id: NativeId::from(payload.id),
            },
            content: Content::plain(&payload.text),
            addressed: Addressed::Direct,
            reply_to: None,
            mentions: Vec::new(),
            files: Vec::new(),
        }),
        source: Source::Platform {
            login: LOGIN.into(),
            place: SeenPlace {
                native: place,
                space: None,
                parent: None,
                name: payload.chat,
                audience: Audience::Direct,
                thread: false,
            },
            author: Some(SeenIdentity {
                native: IdentityRef {
                    scope: LOGIN.into(),
                    id: payload.user.into(),
                },
                name: payload.name,
                bot: false,
                language: None,
                roles: Vec::new(),
                created_at: None,
                joined_at: None,
                standing: Standing::Untold,
            }),
        },
    }
}
