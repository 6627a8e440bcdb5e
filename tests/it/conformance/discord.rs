//! Discord, in a fake of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use serde_json::{Value, json};
use switchboard::connectors::Connector;
use switchboard::connectors::discord::{Discord, Does};
use switchboard::connectors::files::keep;
use switchboard::model::action::FileRef;
use switchboard::model::button::Form;
use switchboard::model::ids::ButtonId;
use switchboard::storage::files::Files;

use super::platform::{Deed, Of, Platform, Seen, Shown, Trouble};
use crate::discord::fake::{Call, DIRECT, Fake, Fault, HELP, TOKEN, objects};
use crate::discord::{Known, discord, settings};

pub struct Guilds {
    fake: Arc<Fake>,
    discord: Arc<Discord>,
    buttons: Arc<Known>,
    files: Files,
    _folder: tempfile::TempDir,
    /// What Ann said last.
    last: AtomicU64,
}

pub async fn start() -> Guilds {
    let fake = Fake::start().await;
    let folder = tempfile::tempdir().unwrap();
    let files = Files::new(folder.path());
    let buttons = Arc::<Known>::default();
    Guilds {
        discord: Arc::new(discord(&settings(TOKEN, fake.url()), &files, &buttons)),
        buttons,
        fake,
        files,
        _folder: folder,
        last: AtomicU64::new(0),
    }
}

impl Guilds {
    /// What the press of this button below the last message shows.
    async fn opened(&self, label: &str) -> Option<Call> {
        let sent = self.fake.calls(&format!("POST channels/{DIRECT}/messages")).pop()?;
        let press = self.fake.presses(&sent, label);
        let told = self.fake.called(&format!("POST interactions/{press}/"), 1).await;
        told.into_iter().next()
    }
}

fn ann() -> Value {
    objects::user(7, "ann", Some("Ann"))
}

#[async_trait]
impl Platform for Guilds {
    fn connector(&self) -> Arc<dyn Connector> {
        Arc::clone(&self.discord) as _
    }

    fn with_wrong_token(&self) -> Option<Arc<dyn Connector>> {
        let token = "OTAw.another.token_that-is-secret";
        Some(Arc::new(discord(
            &settings(token, self.fake.url()),
            &self.files,
            &Arc::default(),
        )))
    }

    /// <https://discord.com/developers/docs/resources/message#create-message>
    fn text_max(&self) -> usize {
        2000
    }

    /// <https://discord.com/developers/docs/reference#uploading-files>, in guilds without boosts.
    fn file_max(&self) -> Option<u64> {
        Some(10 * 1024 * 1024)
    }

    async fn does(&self, deed: Deed<'_>) -> bool {
        let (fake, last) = (&self.fake, self.last.load(Ordering::SeqCst).to_string());
        let of_last = |more: Value| {
            let mut about = json!({"message_id": last, "channel_id": DIRECT.to_string()});
            about.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            about
        };
        match deed {
            Deed::Says(text) => self.last.store(fake.says(DIRECT, text), Ordering::SeqCst),
            Deed::SendsFile => {
                fake.says_with(DIRECT, json!({"attachments": [objects::file("plan.png", &fake.url())]}));
            }
            Deed::SendsTooLarge => {
                let mut film = objects::file("film.mkv", &fake.url());
                film["size"] = json!(20 * 1024 * 1024 + 1);
                fake.says_with(DIRECT, json!({"attachments": [film]}));
            }
            Deed::Commands(name) => {
                fake.commands(DIRECT, name, json!([]));
            }
            Deed::SaysToAll(text) => {
                fake.says(HELP, text);
            }
            Deed::Edits(text) => fake.happens("MESSAGE_UPDATE", edited(&last, text)),
            Deed::Deletes => fake.happens("MESSAGE_DELETE", json!({"id": last, "channel_id": DIRECT.to_string()})),
            Deed::Reacts => fake.happens(
                "MESSAGE_REACTION_ADD",
                of_last(json!({"user_id": "7", "emoji": {"id": null, "name": "👍"}})),
            ),
            Deed::IsTyping => fake.happens(
                "TYPING_START",
                json!({"channel_id": DIRECT.to_string(), "user_id": "7", "timestamp": 1}),
            ),
            Deed::Joins => {
                let mut bob = objects::member(Some(objects::user(8, "bob", None)), &[]);
                bob["guild_id"] = json!("100");
                fake.happens("GUILD_MEMBER_ADD", bob);
            }
            Deed::Leaves => {
                let bob = objects::user(8, "bob", None);
                fake.happens("GUILD_MEMBER_REMOVE", json!({"guild_id": "100", "user": bob}));
            }
            Deed::Presses(label) => {
                let sent = fake.calls(&format!("POST channels/{DIRECT}/messages")).pop();
                fake.presses(&sent.expect("it was sent"), label);
            }
            Deed::IsToldOddly(text, changed) => {
                let id = fake.next_id().to_string();
                let mut said = edited(&id, text);
                said["edited_timestamp"] = Value::Null;
                for _ in 0..2 {
                    fake.happens("MESSAGE_UPDATE", edited(&id, changed));
                    fake.happens("MESSAGE_CREATE", said.clone());
                }
            }
        }
        true
    }

    async fn seen(&self) -> Seen {
        let mut seen = Seen::default();
        for call in self.fake.calls("") {
            see(&mut seen, &call);
        }
        seen.threads = self.fake.threads();
        seen
    }

    async fn breaks(&self, trouble: Trouble, what: Of) -> bool {
        let fault = match trouble {
            Trouble::Busy => Fault::Flood(7.0, false),
            Trouble::Broken => Fault::Refuse(503, 0),
            Trouble::Cut => Fault::Cut,
            Trouble::Removed => Fault::Refuse(403, 50_001),
            Trouble::Archived => Fault::Refuse(400, 50_083),
            // Messages of any age can be edited; the other is played with a token of its own.
            Trouble::TooOld | Trouble::Revoked => return false,
        };
        let call = match what {
            Of::Send => "POST channels/107/messages",
            Of::Edit => "PATCH channels/107/messages",
        };
        self.fake.fails(call, fault);
        true
    }

    fn keeps_form(&self, button: ButtonId, form: &Form) {
        let opens = Does {
            form: Some(form.clone()),
            private: false,
        };
        self.buttons.0.lock().unwrap().insert(button, opens);
    }

    async fn form(&self, label: &str) -> Option<Vec<String>> {
        let shown = self.opened(label).await?;
        let fields = shown.body["data"]["components"].as_array()?;
        Some(fields.iter().map(|field| string(&field["label"])).collect())
    }

    async fn fills(&self, label: &str, value: &str) {
        let shown = self.opened(label).await.expect("it opens");
        self.fake.fills(&shown, &[value]);
    }

    async fn revokes(&self) -> bool {
        self.fake.revokes();
        true
    }

    async fn keeps_file(&self) -> FileRef {
        keep(&self.files, "plan.txt", b"plan".to_vec()).await.unwrap()
    }
}

fn edited(id: &str, text: &str) -> Value {
    let mut message = objects::message(id.parse().unwrap(), DIRECT, ann());
    message["content"] = json!(text);
    message["edited_timestamp"] = json!("2026-11-26T10:00:00.5+00:00");
    message
}

fn see(seen: &mut Seen, call: &Call) {
    let parts: Vec<&str> = call.what.split([' ', '/']).collect();
    let direct = DIRECT.to_string();
    match parts.as_slice() {
        // A call that went wrong made no message.
        ["POST", "channels", channel, "messages"] if *channel == direct && call.made != 0 => {
            let known = call.made.to_string();
            seen.messages.retain(|message| message.id != known);
            seen.messages.push(shown(known, &call.body));
        }
        // The answer to a command takes the place that is held open for it.
        ["PATCH", "webhooks", _, _, "messages", "@original"] if call.made != 0 => {
            seen.messages.push(shown(call.made.to_string(), &call.body));
        }
        ["PATCH", "channels", channel, "messages", id] if *channel == direct => {
            if let Some(message) = seen.message(id) {
                *message = shown((*id).to_owned(), &call.body);
            }
        }
        ["DELETE", "channels", channel, "messages", id] if *channel == direct => {
            seen.messages.retain(|message| message.id != *id);
        }
        ["DELETE", "channels", _, "messages", id] => seen.removed.push((*id).to_owned()),
        ["PATCH", "guilds", _, "members", id] => {
            let muted = call.body["communication_disabled_until"].is_string();
            seen.measures
                .push(format!("{} {id}", if muted { "mute" } else { "lift" }));
        }
        ["DELETE", "guilds", _, "members", id] => seen.measures.push(format!("kick {id}")),
        ["PUT", "guilds", _, "bans", id] => seen.measures.push(format!("ban {id}")),
        ["PUT", "channels", _, "messages", _, "reactions", _, "@me"] => seen.reactions.push("👍".to_owned()),
        ["DELETE", "channels", _, "messages", _, "reactions", _, "@me"] => {
            seen.reactions.pop();
        }
        ["POST", "channels", _, "typing"] => seen.typing = true,
        ["PUT", "applications", _, "commands"] => {
            let commands = call.body.as_array().unwrap().iter();
            seen.menu = commands.map(|command| string(&command["name"])).collect();
        }
        _ => {}
    }
}

fn shown(id: String, body: &Value) -> Shown {
    let rows = body["components"].as_array().cloned().unwrap_or_default();
    let buttons = rows.iter().flat_map(|row| row["components"].as_array().unwrap());
    let files = body["attachments"].as_array().cloned().unwrap_or_default();
    Shown {
        id,
        text: string(&body["content"]),
        buttons: buttons.map(|button| string(&button["label"])).collect(),
        files: files.iter().map(|file| string(&file["filename"])).collect(),
    }
}

fn string(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
