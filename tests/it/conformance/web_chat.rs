//! The web chat, over a real socket.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use futures_util::FutureExt as _;
use serde_json::{Value, json};
use switchboard::clock::{Clock as _, SystemClock};
use switchboard::connectors::Connector;
use switchboard::connectors::files::keep;
use switchboard::connectors::web_chat::Line;
use switchboard::model::Content;
use switchboard::model::action::{Author, FileRef};
use switchboard::model::button::Button;
use switchboard::model::ids::{IdentityId, MessageId, MessageRef, MessageSeq, PlaceRef};
use switchboard::storage::files::Files;
use tokio::sync::Mutex;
use uuid::Uuid;

use super::platform::{Deed, Of, Platform, Seen, Shown, Trouble};
use crate::web_chat::{Site, Window};

pub struct Page {
    site: Site,
    token: String,
    /// Open once the connector lets visitors in, with what was seen on it.
    window: Mutex<(Option<Window>, Seen)>,
    /// The button that was shown last, and under which message.
    offered: std::sync::Mutex<(String, Value)>,
    /// What buttons open, by label.
    forms: std::sync::Mutex<HashMap<String, Value>>,
    /// Counts what Ann does.
    number: AtomicU64,
}

pub async fn start() -> Page {
    let site = Site::not_listening().await;
    Page {
        token: site.begin().await,
        site,
        window: Mutex::default(),
        offered: std::sync::Mutex::default(),
        forms: std::sync::Mutex::default(),
        number: AtomicU64::new(0),
    }
}

impl Page {
    fn id(number: u64) -> String {
        Uuid::from_u128(u128::from(number) | 0x0197_f0d2_0000_7000_8000_0000_0000_0000)
            .as_simple()
            .to_string()
    }

    async fn send(&self, frame: &Value) {
        let mut window = self.window.lock().await;
        while window.0.is_none() {
            window.0 = self.site.visit(&self.token).await.map(|(window, _)| window);
        }
        if let Some(open) = &mut window.0 {
            open.send(frame).await;
        }
    }

    /// Presses the button that was shown last.
    async fn press(&self, values: &Value) {
        let id = Self::id(self.number.fetch_add(1, Ordering::SeqCst));
        let (message, button) = self.offered.lock().unwrap().clone();
        let press = json!({"t": "press", "id": id, "message": message, "button": button, "values": values});
        self.send(&press).await;
    }

    fn see(&self, seen: &mut Seen, frame: &Value) {
        let line = &frame["line"];
        match frame["t"].as_str() {
            Some("line") if line["who"] != "you" => {
                let id = line["id"].as_str().unwrap().to_owned();
                let old = seen.messages.iter().position(|shown| shown.id == id);
                let labels = line["buttons"].as_array().cloned().unwrap_or_default();
                if let Some(button) = labels.first() {
                    *self.offered.lock().unwrap() = (id.clone(), button["effect"]["id"].clone());
                }
                for button in labels.iter().filter(|button| button["effect"]["form"].is_object()) {
                    let form = button["effect"]["form"].clone();
                    self.forms.lock().unwrap().insert(string(&button["label"]), form);
                }
                let files = line["files"].as_array().cloned().unwrap_or_default();
                let shown = Shown {
                    id,
                    text: plain(line),
                    buttons: labels.iter().map(|button| string(&button["label"])).collect(),
                    files: files.iter().map(|file| string(&file["name"])).collect(),
                };
                match old {
                    Some(old) if line["deleted"] == true => {
                        seen.messages.remove(old);
                    }
                    Some(old) => seen.messages[old] = shown,
                    None => seen.messages.push(shown),
                }
            }
            Some("line") if line["deleted"] == true => seen.removed.push(string(&line["id"])),
            Some("typing") => seen.typing = true,
            Some("refused") => panic!("{frame}"),
            _ => {}
        }
    }
}

/// The text of a line's blocks.
fn plain(line: &Value) -> String {
    let content: Content = serde_json::from_value(json!({"blocks": line["blocks"]})).unwrap_or_default();
    content.to_plain()
}

fn string(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[async_trait]
impl Platform for Page {
    fn connector(&self) -> Arc<dyn Connector> {
        Arc::clone(&self.site.chat) as _
    }

    fn with_wrong_token(&self) -> Option<Arc<dyn Connector>> {
        None
    }

    fn text_max(&self) -> usize {
        usize::MAX
    }

    async fn does(&self, deed: Deed<'_>) -> bool {
        let number = self.number.fetch_add(1, Ordering::SeqCst);
        let (id, first) = (Self::id(number), Self::id(0));
        match deed {
            Deed::Says(text) => self.send(&json!({"t": "say", "id": id, "text": text})).await,
            Deed::Commands(name) => {
                let say = json!({"t": "say", "id": id, "text": format!("/{name}")});
                self.send(&say).await;
            }
            Deed::SendsFile => {
                let uploaded = self.site.upload(&self.token, "plan.txt", b"plan").await.json();
                let say = json!({"t": "say", "id": id, "text": "See", "files": [uploaded["ticket"]]});
                self.send(&say).await;
            }
            Deed::Edits(text) => {
                let edit = json!({"t": "edit", "id": id, "of": first, "text": text});
                self.send(&edit).await;
            }
            Deed::Deletes => self.send(&json!({"t": "delete", "id": id, "of": first})).await,
            Deed::IsTyping => self.send(&json!({"t": "typing"})).await,
            Deed::Presses(_) => self.press(&json!([])).await,
            Deed::IsToldOddly(text, changed) => {
                let edit_id = Self::id(1_000 + number);
                for _ in 0..2 {
                    let edit = json!({"t": "edit", "id": edit_id, "of": id, "text": changed});
                    self.send(&edit).await;
                    self.send(&json!({"t": "say", "id": id, "text": text})).await;
                }
            }
            // Each visitor is alone, and the page has no reactions; what is too large it refuses before anything is said.
            Deed::SendsTooLarge | Deed::SaysToAll(_) | Deed::Reacts | Deed::Joins | Deed::Leaves => return false,
        }
        true
    }

    async fn seen(&self) -> Seen {
        let mut window = self.window.lock().await;
        let (open, seen) = &mut *window;
        if let Some(open) = open {
            while let Some(Some(frame)) = open.hear().now_or_never() {
                self.see(seen, &frame);
            }
        }
        seen.clone()
    }

    /// A visitor's own connection may break; what they miss, the page reads when it is back.
    async fn breaks(&self, _: Trouble, _: Of) -> bool {
        false
    }

    async fn stores(&self, place: &PlaceRef, message: MessageId, said: Option<(&Content, &[Button], &[FileRef])>) {
        let mut lines = self.site.store.lines.lock().unwrap();
        let known = lines.iter().position(|line| line.id == message);
        let (content, buttons, files) = said.map_or_else(Default::default, |(content, buttons, files)| {
            (content.clone(), buttons.to_vec(), files.to_vec())
        });
        let line = Line {
            seq: MessageSeq(known.unwrap_or(lines.len()) as i64 + 1),
            id: message,
            place: place.clone(),
            native: None,
            author: Author::Host,
            only: None,
            content,
            buttons,
            files,
            at: SystemClock::new().now(),
            edited: known.is_some(),
            deleted: said.is_none(),
        };
        match known {
            Some(known) => lines[known] = line,
            None => lines.push(line),
        }
    }

    async fn removes(&self, said: &MessageRef, message: MessageId) {
        let mut lines = self.site.store.lines.lock().unwrap();
        let line = Line {
            seq: MessageSeq(lines.len() as i64 + 1),
            id: message,
            place: said.place.clone(),
            native: Some(said.id.clone()),
            author: Author::Identity {
                id: IdentityId(Uuid::from_u128(7)),
            },
            only: None,
            content: Content::default(),
            buttons: Vec::new(),
            files: Vec::new(),
            at: SystemClock::new().now(),
            edited: false,
            deleted: true,
        };
        lines.push(line);
    }

    async fn form(&self, label: &str) -> Option<Vec<String>> {
        self.seen().await;
        let forms = self.forms.lock().unwrap();
        let fields = forms.get(label)?["fields"].as_array()?;
        Some(fields.iter().map(|field| string(&field["label"])).collect())
    }

    async fn fills(&self, _: &str, value: &str) {
        self.press(&json!([["order", value]])).await;
    }

    async fn keeps_file(&self) -> FileRef {
        let files = Files::new(self.site.folder.path());
        keep(&files, "plan.txt", b"plan".to_vec()).await.unwrap()
    }
}
