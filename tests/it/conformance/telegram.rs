//! Telegram, in a fake of its Bot API.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use async_trait::async_trait;
use serde_json::{Value, json};
use switchboard::clock::SystemClock;
use switchboard::connectors::Connector;
use switchboard::connectors::files::keep;
use switchboard::connectors::telegram::Telegram;
use switchboard::model::action::FileRef;
use switchboard::storage::files::Files;

use super::platform::{Deed, Of, Platform, Seen, Shown, Trouble};
use crate::telegram::fake::{Fake, Fault, Sent, TOKEN};
use crate::telegram::kept::nothing;
use crate::telegram::settings;

/// Ann, and a group that she is in.
const ANN: i64 = 7;
const GROUP: i64 = -100;

pub struct BotApi {
    fake: Arc<Fake>,
    telegram: Arc<Telegram>,
    files: Files,
    _folder: tempfile::TempDir,
    /// What Ann said last.
    last: AtomicI64,
}

pub async fn start() -> BotApi {
    let fake = Fake::start().await;
    fake.reads_all();
    let folder = tempfile::tempdir().unwrap();
    let files = Files::new(folder.path());
    BotApi {
        telegram: connector(&fake, TOKEN, &files),
        fake,
        files,
        _folder: folder,
        last: AtomicI64::new(0),
    }
}

fn connector(fake: &Fake, token: &str, files: &Files) -> Arc<Telegram> {
    let settings = settings(token, fake.url());
    let clock = Arc::new(SystemClock::new());
    Arc::new(Telegram::new(&settings, nothing(files), clock))
}

fn ann() -> Value {
    json!({"id": ANN, "is_bot": false, "first_name": "Ann"})
}

fn chat() -> Value {
    json!({"id": ANN, "type": "private", "first_name": "Ann"})
}

#[async_trait]
impl Platform for BotApi {
    fn connector(&self) -> Arc<dyn Connector> {
        Arc::clone(&self.telegram) as _
    }

    fn with_wrong_token(&self) -> Option<Arc<dyn Connector>> {
        Some(connector(&self.fake, "900:another-token_that-is-secret", &self.files))
    }

    /// <https://core.telegram.org/bots/api#sendmessage>
    fn text_max(&self) -> usize {
        4096
    }

    /// <https://core.telegram.org/bots/api#sending-files>
    fn file_max(&self) -> Option<u64> {
        Some(50 * 1024 * 1024)
    }

    /// <https://core.telegram.org/bots/api#senddocument>
    fn caption_max(&self) -> usize {
        1024
    }

    async fn does(&self, deed: Deed<'_>) -> bool {
        let last = self.last.load(Ordering::SeqCst);
        match deed {
            Deed::Says(text) => self.last.store(self.fake.says(ANN, text), Ordering::SeqCst),
            Deed::SendsFile => {
                self.fake.holds("plan", b"plan");
                let file = json!({"file_id": "plan", "file_unique_id": "u", "file_size": 4, "file_name": "plan.txt"});
                self.fake.sends(ANN, json!({"document": file}));
            }
            Deed::SendsTooLarge => {
                let film = json!({"file_id": "film", "file_unique_id": "u", "file_size": 20 * 1024 * 1024 + 1});
                self.fake.sends(ANN, json!({"document": film}));
            }
            Deed::Commands(name) => {
                self.fake.says(ANN, &format!("/{name}"));
            }
            Deed::SaysToAll(text) => {
                self.fake.says_in(GROUP, text);
            }
            Deed::Edits(text) => {
                self.fake.happens(json!({"edited_message": edited(last, text)}));
            }
            Deed::Reacts => {
                let thumb = json!([{"type": "emoji", "emoji": "👍"}]);
                self.fake.happens(
                    json!({"message_reaction": {"chat": chat(), "message_id": last, "user": ann(),
                    "date": now(), "old_reaction": [], "new_reaction": thumb}}),
                );
            }
            Deed::Joins => {
                let bob = json!({"id": 8, "is_bot": false, "first_name": "Bob"});
                self.fake.sends_in(GROUP, json!({"new_chat_members": [bob]}));
            }
            Deed::Leaves => {
                let bob = json!({"id": 8, "is_bot": false, "first_name": "Bob"});
                self.fake.sends_in(GROUP, json!({"left_chat_member": bob}));
            }
            Deed::Presses(label) => {
                let (_, asked) = last_call(&self.fake, "SendMessage");
                let message = json!({"message_id": asked["sent_as"], "date": now(), "chat": chat(), "text": "?",
                    "from": {"id": 900, "is_bot": true, "first_name": "Our bot"}});
                self.fake.presses(ANN, &Sent { asked, message }, label);
            }
            Deed::IsToldOddly(text, changed) => {
                let id = last + 1_000;
                let said = json!({"message_id": id, "date": now(), "chat": chat(), "from": ann(), "text": text});
                for _ in 0..2 {
                    self.fake.happens(json!({"edited_message": edited(id, changed)}));
                    self.fake.happens(json!({"message": said}));
                }
            }
            // Bots are told of neither.
            Deed::Deletes | Deed::IsTyping => return false,
        }
        true
    }

    async fn seen(&self) -> Seen {
        let mut seen = Seen::default();
        for (method, asked) in self.fake.history() {
            let target = asked["message_id"].to_string();
            match method.as_str() {
                // A call that went wrong made no message.
                "SendMessage" | "SendDocument" | "SendPhoto" if asked["sent_as"].is_i64() => {
                    seen.messages.push(shown(asked["sent_as"].to_string(), &asked));
                }
                "EditMessageText" => {
                    if let Some(message) = seen.message(&target) {
                        *message = shown(target, &asked);
                    }
                }
                "DeleteMessage" if asked["chat_id"] == json!(GROUP) => seen.removed.push(target),
                "DeleteMessage" => seen.messages.retain(|message| message.id != target),
                "RestrictChatMember" => {
                    let speaks = asked["permissions"]["can_send_messages"] == true;
                    seen.measures
                        .push(format!("{} {}", if speaks { "lift" } else { "mute" }, asked["user_id"]));
                }
                "BanChatMember" => seen.measures.push(format!("ban {}", asked["user_id"])),
                "UnbanChatMember" if asked["only_if_banned"] != true => {
                    seen.measures.push(format!("kick {}", asked["user_id"]));
                }
                "SetMessageReaction" => {
                    let emojis = asked["reaction"].as_array().unwrap().iter();
                    seen.reactions = emojis.map(|reaction| string(&reaction["emoji"])).collect();
                }
                "SendChatAction" => seen.typing = true,
                "SetMyCommands" => {
                    let commands = asked["commands"].as_array().unwrap().iter();
                    seen.menu = commands.map(|command| string(&command["command"])).collect();
                }
                _ => {}
            }
        }
        seen
    }

    async fn breaks(&self, trouble: Trouble, what: Of) -> bool {
        let fault = match trouble {
            Trouble::Busy => Fault::Flood(7),
            Trouble::Broken => Fault::Refuse(502, "Bad Gateway"),
            Trouble::Cut => Fault::Cut,
            Trouble::Removed => Fault::Refuse(403, "Forbidden: bot was kicked from the supergroup chat"),
            Trouble::Archived => Fault::Refuse(400, "Bad Request: TOPIC_CLOSED"),
            Trouble::TooOld => Fault::Refuse(400, "Bad Request: message can't be edited"),
            // Played with a token of its own.
            Trouble::Revoked => return false,
        };
        let method = match what {
            Of::Send => "SendMessage",
            Of::Edit => "EditMessageText",
        };
        self.fake.fails(method, fault);
        true
    }

    /// Buttons only come back.
    async fn form(&self, _: &str) -> Option<Vec<String>> {
        None
    }

    async fn revokes(&self) -> bool {
        self.fake.revokes();
        true
    }

    async fn keeps_file(&self) -> FileRef {
        keep(&self.files, "plan.txt", b"plan".to_vec()).await.unwrap()
    }
}

fn edited(id: i64, text: &str) -> Value {
    json!({"message_id": id, "date": now(), "edit_date": 1_795_000_000, "chat": chat(), "from": ann(), "text": text})
}

fn shown(id: String, asked: &Value) -> Shown {
    let rows = asked["reply_markup"]["inline_keyboard"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let buttons = rows.iter().flat_map(|row| row.as_array().unwrap());
    let file = asked["file"]["name"].as_str();
    Shown {
        id,
        text: string(&asked["text"]) + &string(&asked["caption"]),
        buttons: buttons.map(|button| string(&button["text"])).collect(),
        files: file.map(str::to_owned).into_iter().collect(),
    }
}

fn last_call(fake: &Fake, method: &str) -> (String, Value) {
    let calls = fake.history();
    calls
        .into_iter()
        .rfind(|(name, _)| name == method)
        .expect("it was called")
}

fn string(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// In seconds.
fn now() -> i64 {
    use switchboard::clock::Clock as _;
    SystemClock::new().now().as_millis() / 1000
}
