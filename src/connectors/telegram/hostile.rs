//! Updates as strangers could make them, read as polling and the webhook read them.

use super::inbound::Reader;
use super::members::Lately;
use super::names::Chat;
use super::recall::Recall;
use super::told::Told;
use super::{names, session};
use crate::connectors::hostile::{Expected, Heard, payloads};
use crate::model::{Event, Timestamp};

const BOT: u64 = 900;

/// What stands for the time of what Telegram tells without one.
const NOW: Timestamp = Timestamp::from_millis(1_790_000_000_000);

/// The events that these updates become, all of them as they must be.
///
/// # Panics
///
/// Where one is nonsense.
pub fn hear(bytes: &[u8]) -> Vec<Event> {
    let reader = Reader {
        login: super::NAME.into(),
        bot_id: BOT,
        name: Some("our_bot".to_owned()),
    };
    let expected = Expected {
        login: &reader.login,
        bot: names::identity(&BOT),
        reaches: &|place| Chat::parse(place, BOT).is_some(),
    };
    let heard = read(&reader, bytes);
    assert_eq!(heard, read(&reader, bytes), "what is told again is the same");
    for heard in &heard {
        expected.check(heard);
    }
    heard.into_iter().map(|heard| heard.event).collect()
}

/// One after the other as the webhook gives them, or in a batch as a poll does.
fn read(reader: &Reader, bytes: &[u8]) -> Vec<Heard> {
    let (mut heard, lately) = (Vec::new(), Lately::default());
    for payload in payloads(bytes) {
        let polled = serde_json::from_str::<Vec<Told>>(&payload);
        let updates = polled.or_else(|_| serde_json::from_str(&payload).map(|update| vec![update]));
        let updates = updates.unwrap_or_default().into_iter().map(|told| told.0);
        let batch = session::read(reader, updates.collect(), NOW, (&Recall::default(), &lately));
        heard.extend(batch.events.into_iter().map(|incoming| Heard {
            with_files: !incoming.files.is_empty(),
            event: incoming.event,
        }));
    }
    heard
}

#[cfg(test)]
mod tests;
