//! What Telegram Desktop writes of one chat, or of all, as `result.json`. Pure.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::{Log, Piece, Said};

/// What the export says of a piece, and what stands for it then.
const MASKED: [(&str, &str); 5] = [
    ("mention", "[name]"),
    ("mention_name", "[name]"),
    ("email", "[e-mail]"),
    ("phone", "[phone number]"),
    ("bank_card", "[card number]"),
];

/// One chat, or all of an account.
#[derive(Deserialize)]
struct Export {
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    messages: Vec<Message>,
    chats: Option<Chats>,
}

#[derive(Deserialize)]
struct Chats {
    #[serde(default)]
    list: Vec<Chat>,
}

#[derive(Deserialize)]
struct Chat {
    name: Option<String>,
    #[serde(default)]
    messages: Vec<Message>,
    #[serde(default, rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
struct Message {
    id: i64,
    #[serde(default, rename = "type")]
    kind: String,
    from: Option<String>,
    /// A number in older exports.
    from_id: Option<Value>,
    reply_to_message_id: Option<i64>,
    /// Of another chat than this one.
    reply_to_peer_id: Option<IgnoredAny>,
    forwarded_from: Option<IgnoredAny>,
    via_bot: Option<IgnoredAny>,
    text: Option<Text>,
    #[serde(default)]
    reactions: Vec<Reaction>,
}

/// Without anything special in it a text is one string.
#[derive(Deserialize)]
#[serde(untagged)]
enum Text {
    Plain(String),
    Parts(Vec<Part>),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Part {
    Plain(String),
    Entity(Entity),
}

#[derive(Deserialize)]
struct Entity {
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    text: String,
    href: Option<String>,
}

#[derive(Deserialize)]
struct Reaction {
    #[serde(default)]
    count: u64,
}

/// The chats of the file, and how many are private: what two people said to each other alone is nobody else's business.
pub(super) fn read(bytes: &[u8]) -> Result<(Vec<Log>, usize), serde_json::Error> {
    let export: Export = serde_json::from_slice(bytes)?;
    let own = Chat {
        name: None,
        messages: export.messages,
        kind: export.kind,
    };
    let chats = export.chats.map_or_else(|| vec![own], |chats| chats.list);
    let (private, shared): (Vec<_>, Vec<_>) = chats.into_iter().partition(|chat| is_private(&chat.kind));
    Ok((shared.into_iter().map(Chat::log).collect(), private.len()))
}

fn is_private(kind: &str) -> bool {
    matches!(
        kind,
        "personal_chat" | "bot_chat" | "saved_messages" | "replies" | "verification_codes"
    )
}

impl Chat {
    fn log(self) -> Log {
        Log {
            name: self.name.unwrap_or_default(),
            messages: self.messages.into_iter().map(Message::said).collect(),
            mentioned: vec![],
        }
    }
}

impl Message {
    fn said(self) -> Said {
        let name = self.from.unwrap_or_default();
        // The export does not say which account is a program: what is called so is taken for one.
        let is_bot = name.to_lowercase().trim_end().ends_with("bot");
        Said {
            id: self.id.to_string(),
            to: self
                .reply_to_message_id
                .filter(|_| self.reply_to_peer_id.is_none())
                .map(|id| id.to_string()),
            is_foreign: self.kind != "message"
                || is_bot
                || self.from_id.is_none()
                || self.forwarded_from.is_some()
                || self.via_bot.is_some(),
            author: self.from_id.map(|id| id.to_string()).unwrap_or_default(),
            names: Some(name).filter(|name| !name.is_empty()).into_iter().collect(),
            pieces: self.text.map(Text::pieces).unwrap_or_default(),
            reactions: self
                .reactions
                .iter()
                .map(|reaction| reaction.count)
                .fold(0, u64::saturating_add),
        }
    }
}

impl Text {
    fn pieces(self) -> Vec<Piece> {
        match self {
            Self::Plain(text) => vec![Piece::Plain(text)],
            Self::Parts(parts) => parts.into_iter().map(Part::piece).collect(),
        }
    }
}

impl Part {
    fn piece(self) -> Piece {
        match self {
            Self::Plain(text) => Piece::Plain(text),
            Self::Entity(entity) => entity.piece(),
        }
    }
}

impl Entity {
    fn piece(self) -> Piece {
        if let Some((_, mark)) = MASKED.iter().find(|(kind, _)| *kind == self.kind) {
            return Piece::Masked(mark);
        }
        match (self.kind.as_str(), self.href) {
            ("code", _) => Piece::Code(self.text, false),
            ("pre", _) => Piece::Code(self.text, true),
            ("text_link", Some(url)) => Piece::Link { label: self.text, url },
            _ => Piece::Plain(self.text),
        }
    }
}
