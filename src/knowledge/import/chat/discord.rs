//! What `DiscordChatExporter` writes of a channel as JSON. Pure.

use serde::Deserialize;

use super::{Log, Piece, Said};

/// Kinds of messages that somebody wrote; the others say what happened.
const WRITTEN: [&str; 2] = ["Default", "Reply"];

/// What stands for a person, a role or a channel that has no name in the text.
const NAME: &str = "[name]";
const CHANNEL: &str = "[channel]";

/// Kinds of channels in which two or a few talk to each other alone.
const PRIVATE: [&str; 2] = ["DirectTextChat", "DirectGroupTextChat"];

#[derive(Deserialize)]
struct Export {
    channel: Option<Channel>,
    messages: Vec<Message>,
}

#[derive(Deserialize)]
struct Channel {
    #[serde(default, rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    id: String,
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    content: String,
    author: Author,
    #[serde(default)]
    reactions: Vec<Reaction>,
    #[serde(default)]
    mentions: Vec<Author>,
    reference: Option<Reference>,
    /// Somebody's words from elsewhere.
    #[serde(rename = "forwardedMessage")]
    forwarded: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Author {
    #[serde(default)]
    id: String,
    #[serde(default)]
    name: String,
    nickname: Option<String>,
    #[serde(default)]
    is_bot: bool,
}

#[derive(Deserialize)]
struct Reaction {
    #[serde(default)]
    count: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reference {
    message_id: Option<String>,
}

/// The channel of the file; none when it is private.
pub(super) fn read(bytes: &[u8]) -> Result<Option<Log>, serde_json::Error> {
    let export: Export = serde_json::from_slice(bytes)?;
    if export
        .channel
        .is_some_and(|channel| PRIVATE.contains(&channel.kind.as_str()))
    {
        return Ok(None);
    }
    let mut chat = Log::default();
    for message in export.messages {
        chat.mentioned.extend(
            message
                .mentions
                .into_iter()
                .filter(|who| !who.is_bot)
                .flat_map(Author::names),
        );
        chat.messages.push(Said {
            is_foreign: message.author.is_bot
                || !WRITTEN.contains(&message.kind.as_str())
                || message.forwarded.is_some(),
            to: message.reference.and_then(|to| to.message_id),
            id: message.id,
            author: message.author.id.clone(),
            names: message.author.names().collect(),
            pieces: vec![Piece::Markdown(spoken(&message.content))],
            reactions: message
                .reactions
                .iter()
                .map(|reaction| reaction.count)
                .fold(0, u64::saturating_add),
        });
    }
    chat.mentioned.sort();
    chat.mentioned.dedup();
    Ok(Some(chat))
}

impl Author {
    fn names(self) -> impl Iterator<Item = String> {
        [Some(self.name), self.nickname]
            .into_iter()
            .flatten()
            .filter(|name| !name.is_empty())
    }
}

/// Without Discord's own marks, `<@123>`, `<#123>` and `<:smile:123>`: they mean something there alone.
fn spoken(content: &str) -> String {
    let mut out = String::with_capacity(content.len());
    let mut rest = content;
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let Some((length, instead)) = mark(rest) else {
            out.push('<');
            rest = &rest[1..];
            continue;
        };
        out.push_str(&instead);
        rest = &rest[length..];
    }
    out + rest
}

/// A name of 32 letters and an id, with room.
const MARK_BYTES_MAX: usize = 200;

/// How long the mark is that the text begins with, and what stands for it.
fn mark(text: &str) -> Option<(usize, String)> {
    let end = text.bytes().take(MARK_BYTES_MAX).position(|byte| byte == b'>')?;
    let inner = &text[1..end];
    let length = inner.len() + 2;
    let digits = |id: &str| !id.is_empty() && id.bytes().all(|digit| digit.is_ascii_digit());
    if let Some(id) = inner.strip_prefix('@') {
        return digits(id.trim_start_matches(['!', '&'])).then(|| (length, NAME.to_owned()));
    }
    if let Some(id) = inner.strip_prefix('#') {
        return digits(id).then(|| (length, CHANNEL.to_owned()));
    }
    let (name, id) = inner.strip_prefix("a:").or(inner.strip_prefix(':'))?.split_once(':')?;
    digits(id).then(|| (length, format!(":{name}:")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_that_mean_something_on_discord_alone_are_replaced() {
        let check = |content: &str, expected: &str| assert_eq!(spoken(content), expected);
        check(
            "<@123> ask <@!45> in <#6> <:wave:78><a:dance:9>",
            "[name] ask [name] in [channel] :wave::dance:",
        );
        check("a < b <b> <@> <@x> <", "a < b <b> <@> <@x> <");
    }
}
