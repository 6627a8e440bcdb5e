//! Updates as they come in. Pure.
//!
//! The library ends the program's task where a reaction names neither a person nor a chat, and with it the whole batch, again
//! and again. So that is looked for first, and such an update is one of an unknown kind like others.

use std::time::Duration;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use teloxide_core::payloads::GetUpdates;
use teloxide_core::requests::Payload;
use teloxide_core::types::Update;

/// Where an update tells a reaction.
const REACTION: &str = "message_reaction";

/// Who may have made it.
const ACTORS: [&str; 2] = ["user", "actor_chat"];

/// One update, whatever it holds.
#[derive(Debug)]
pub(super) struct Told(pub(super) Update);

impl<'de> Deserialize<'de> for Told {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut update = Value::deserialize(deserializer)?;
        if let Some(fields) = update.as_object_mut()
            && fields.get(REACTION).is_some_and(is_of_nobody)
        {
            fields.remove(REACTION);
        }
        // The library reads the kind of an update from a text alone, and takes no other form of it for known.
        serde_json::from_str(&update.to_string())
            .map(Self)
            .map_err(D::Error::custom)
    }
}

fn is_of_nobody(reaction: &Value) -> bool {
    ACTORS
        .iter()
        .all(|actor| reaction.get(actor).is_none_or(Value::is_null))
}

/// Asks for updates.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub(super) struct Poll(pub(super) GetUpdates);

impl Payload for Poll {
    type Output = Vec<Told>;

    const NAME: &'static str = GetUpdates::NAME;

    fn timeout_hint(&self) -> Option<Duration> {
        self.0.timeout_hint()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use teloxide_core::types::UpdateKind;

    use super::*;

    #[test]
    fn a_message_is_known_as_one() {
        let chat = json!({"id": 7, "type": "private", "first_name": "Ann"});
        let message = json!({"message_id": 1, "date": 1, "chat": chat, "text": "Hello"});
        let told: Told = serde_json::from_value(json!({"update_id": 1, "message": message})).unwrap();
        assert!(matches!(told.0.kind, UpdateKind::Message(_)), "{told:?}");
    }

    #[test]
    fn a_reaction_of_nobody_breaks_nothing() {
        let chat = json!({"id": -100, "type": "supergroup", "title": "Help"});
        let reaction = json!({"chat": chat, "message_id": 1, "date": 1, "old_reaction": [], "new_reaction": []});
        let told = json!([{"update_id": 1, "message_reaction": reaction}]).to_string();
        let told: Vec<Told> = serde_json::from_str(&told).unwrap();
        assert!(
            matches!(told[0].0.kind, UpdateKind::Error(_)) && told[0].0.id.0 == 1,
            "{told:?}"
        );
    }
}
