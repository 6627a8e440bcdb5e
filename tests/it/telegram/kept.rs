//! What the rest of the program keeps for a bot under test.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use switchboard::connectors::telegram::{Found, Kept, StoredMessages};
use switchboard::model::ids::MessageRef;
use switchboard::storage::files::Files;

use super::{message_ref, place_ref};

/// Messages of before, by the chat and the number under which they are asked for.
#[derive(Default)]
pub struct Stored {
    messages: Mutex<HashMap<MessageRef, Found>>,
    broken: Mutex<bool>,
}

impl Stored {
    /// A message of this chat stands there.
    pub fn holds(&self, chat: &str, message: i64, place: &str, ours: bool) {
        let place = place_ref(place);
        let name = message_ref(chat, &message.to_string());
        self.messages.lock().unwrap().insert(name, Found { place, ours });
    }

    /// The next look fails.
    pub fn breaks_once(&self) {
        *self.broken.lock().unwrap() = true;
    }
}

#[async_trait]
impl StoredMessages for Stored {
    async fn find(&self, message: &MessageRef) -> Result<Option<Found>, Box<dyn std::error::Error + Send + Sync>> {
        if std::mem::take(&mut *self.broken.lock().unwrap()) {
            return Err("the disk is gone".into());
        }
        Ok(self.messages.lock().unwrap().get(message).cloned())
    }
}

/// For a bot of which nothing is stored but files.
pub fn nothing(files: &Files) -> Kept {
    Kept {
        files: Arc::new(files.clone()),
        messages: Arc::<Stored>::default(),
    }
}
