//! Questions with their answers from exported chats: what one person asked and another one replied to. Pure.
//!
//! Conservative on purpose: a reply says by itself what it belongs to, and nothing else of a chat does. Only what people wrote is taken,
//! what says who somebody is is masked, and nobody hears any of it before somebody has looked at it.

mod discord;
mod people;
mod telegram;

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use serde::de::IgnoredAny;

use self::people::People;
use super::{ENTRIES_MAX, ReadEntry, Reading, Remark, clean, html, one_line, outline};
use crate::knowledge::check::{FULL_BYTES_MAX, QUESTION_CHARS_MAX};
use crate::knowledge::mask::{introduced, mask};
use crate::model::amount::counted;
use crate::model::content::link;
use crate::model::language;

/// An export of a chat; whoever has more exports a shorter time.
pub const CHAT_BYTES_MAX: usize = 256 * 1024 * 1024;

/// "How?" is a question to the one before it, and to nobody else.
const QUESTION_CHARS_MIN: usize = 12;

/// "Yes, that one" answers nobody else.
const ANSWER_CHARS_MIN: usize = 20;

/// What wrote an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chat {
    /// `DiscordChatExporter`, as JSON.
    Discord,
    /// Telegram Desktop, `result.json`.
    Telegram,
}

impl Chat {
    /// By what the file has.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let head: Head = serde_json::from_slice(without_mark(bytes)).ok()?;
        if head.guild.is_some() && head.messages.is_some() {
            return Some(Self::Discord);
        }
        (head.chats.is_some() || head.messages.is_some()).then_some(Self::Telegram)
    }

    /// Its questions with their answers.
    ///
    /// # Errors
    ///
    /// When it is no such export.
    pub fn read(self, file: &str, bytes: &[u8]) -> Result<Reading, serde_json::Error> {
        let bytes = without_mark(bytes);
        let (chats, private) = match self {
            Self::Discord => {
                let chat = discord::read(bytes)?;
                let private = usize::from(chat.is_none());
                (chat.into_iter().collect(), private)
            }
            Self::Telegram => telegram::read(bytes)?,
        };
        let people = People::new(&chats);
        let mut reading = Reading::default();
        if private > 0 {
            reading.left_out.push(Remark {
                file: file.to_owned(),
                place: String::new(),
                what: format!("{} not read", counted(private, "private chat is", "private chats are")),
            });
        }
        for chat in &chats {
            Pairs::new(chat).read(file, &people, &mut reading);
        }
        // An export is of some time, and the next one of another.
        reading.partial.push(file.to_owned());
        Ok(reading)
    }
}

/// What tells the one from the other.
#[derive(Deserialize)]
struct Head {
    guild: Option<IgnoredAny>,
    chats: Option<IgnoredAny>,
    messages: Option<IgnoredAny>,
}

fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

/// One chat.
#[derive(Debug, Default)]
struct Log {
    /// Its name, where a file has several; else empty.
    name: String,
    messages: Vec<Said>,
    /// Names that stand in it beside those of who wrote.
    mentioned: Vec<String>,
}

/// What was said at once.
#[derive(Debug, Default)]
struct Said {
    /// Unique in its chat.
    id: String,
    /// What it replies to.
    to: Option<String>,
    /// Names the account for good.
    author: String,
    /// How the account is called.
    names: Vec<String>,
    pieces: Vec<Piece>,
    /// How many have reacted.
    reactions: u64,
    /// A program wrote it, or somebody elsewhere: it was passed on.
    is_foreign: bool,
}

/// A part of what was said.
#[derive(Debug, PartialEq, Eq)]
enum Piece {
    Plain(String),
    Markdown(String),
    /// Within a line, or lines of its own.
    Code(String, bool),
    Link {
        label: String,
        url: String,
    },
    /// What the export itself says is somebody's: a mark that stands for it.
    Masked(&'static str),
}

impl Piece {
    fn text(&self) -> &str {
        match self {
            Self::Plain(text) | Self::Markdown(text) | Self::Code(text, _) => text,
            Self::Link { label, .. } => label,
            Self::Masked(mark) => mark,
        }
    }
}

impl Said {
    fn text(&self) -> String {
        clean(&self.pieces.iter().map(Piece::text).collect::<String>())
    }

    /// In markdown, masked.
    fn markdown(&self, mask: &dyn Fn(&str) -> String) -> String {
        let mut writer = html::Writer::default();
        let mut markdown = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Markdown(text) => markdown.push_str(&mask(text)),
                Piece::Plain(text) => plain(&mut writer, &mask(text)),
                Piece::Masked(name) => writer.text(name),
                Piece::Code(text, lines) => {
                    writer.open_code(*lines);
                    writer.text(&mask(text));
                    writer.end_code(*lines);
                }
                Piece::Link { label, url } => {
                    // What lets somebody in does so wherever it stands.
                    let is_open = link::is_allowed(url) && mask(url) == *url;
                    if is_open {
                        writer.open_link(url.clone());
                    }
                    plain(&mut writer, &mask(label));
                    writer.end_link();
                }
            }
        }
        markdown + &writer.finish()
    }
}

/// Text whose lines stay lines.
fn plain(writer: &mut html::Writer, text: &str) {
    for (number, block) in text.split("\n\n").enumerate() {
        if number > 0 {
            writer.block();
        }
        for (number, line) in block.split('\n').enumerate() {
            if number > 0 {
                writer.line_break();
            }
            writer.text(line);
        }
    }
}

/// Finds the pairs of a chat.
struct Pairs<'a> {
    chat: &'a Log,
    /// By the place of what they reply to, in their order.
    replies: BTreeMap<usize, Vec<&'a Said>>,
    out: Counts,
}

/// Why questions did not become entries.
#[derive(Default)]
struct Counts {
    unanswered: usize,
    too_long: usize,
    unclear: usize,
    short: usize,
    long: usize,
}

impl<'a> Pairs<'a> {
    fn new(chat: &'a Log) -> Self {
        let places: HashMap<&str, usize> = chat
            .messages
            .iter()
            .enumerate()
            .map(|(at, said)| (&*said.id, at))
            .collect();
        let mut replies: BTreeMap<usize, Vec<&Said>> = BTreeMap::new();
        for said in &chat.messages {
            if let Some(at) = said.to.as_deref().and_then(|to| places.get(to)) {
                replies.entry(*at).or_default().push(said);
            }
        }
        Self {
            chat,
            replies,
            out: Counts::default(),
        }
    }

    fn read(mut self, file: &str, people: &People, reading: &mut Reading) {
        let of = match self.chat.name.as_str() {
            "" => String::new(),
            name => format!("{}, ", super::shortened(name)),
        };
        for (at, asked) in self.chat.messages.iter().enumerate() {
            if reading.entries.len() > ENTRIES_MAX {
                break;
            }
            let Some((question, answer)) = self.pair(at, asked, people) else {
                continue;
            };
            let both = format!("{question}\n{answer}");
            reading.entries.push(ReadEntry {
                file: file.to_owned(),
                place: format!("{of}message {}", super::shortened(&asked.id)),
                question,
                answer,
                language: language::detect(&both).map(str::to_owned),
                needs_review: true,
                ..ReadEntry::default()
            });
        }
        let Counts {
            unanswered,
            too_long,
            unclear,
            short,
            long,
        } = self.out;
        let mut tell = |count: usize, what: &str| {
            if count > 0 {
                reading.left_out.push(Remark {
                    file: file.to_owned(),
                    place: of.trim_end_matches([',', ' ']).to_owned(),
                    what: format!("{}: {what}", counted(count, "question", "questions")),
                });
            }
        };
        tell(unanswered, "no other person replied with words of their own");
        tell(short, "the reply is too short to answer anybody else");
        tell(unclear, "several people replied, and no reactions say who is right");
        tell(long, "the reply is longer than an answer may be");
        tell(too_long, "longer than the question of an entry may be");
    }

    /// Question and answer, masked.
    fn pair(&mut self, at: usize, asked: &Said, people: &People) -> Option<(String, String)> {
        let text = one_line(&asked.text());
        let length = text.chars().count();
        if asked.is_foreign || !outline::asks(&text) || length < QUESTION_CHARS_MIN || is_command(&text) {
            return None;
        }
        if length > QUESTION_CHARS_MAX {
            self.out.too_long += 1;
            return None;
        }
        let answers = self.answer(at, asked)?;
        let said: String = answers.iter().map(|said| said.text() + "\n").collect();
        // Before it is masked, which takes the longer the more there is.
        if said.len() > FULL_BYTES_MAX {
            self.out.long += 1;
            return None;
        }
        let mut names = people.named_in(&format!("{text}\n{said}"));
        // Whoever says a name of their own is called by it in the other's text, too.
        names.extend(introduced(&asked.text()));
        names.extend(introduced(&said));
        let masked = |text: &str| mask(&clean(text), &names);
        let question = one_line(&masked(&text));
        let parts: Vec<String> = answers.iter().map(|said| said.markdown(&masked)).collect();
        let answer = parts.join("\n\n");
        Some((question, answer))
    }

    /// What one other person replied: the only one who did, or the one to whom most have reacted.
    fn answer(&mut self, at: usize, asked: &Said) -> Option<Vec<&'a Said>> {
        let mut by: Vec<(&str, Vec<&Said>)> = Vec::new();
        for said in self.replies.get(&at).into_iter().flatten().copied() {
            let text = said.text();
            if said.is_foreign || said.author == asked.author || outline::asks(&text) || is_command(&text) {
                continue;
            }
            match by.iter_mut().find(|(author, _)| *author == said.author) {
                Some((_, all)) => all.push(said),
                None => by.push((&said.author, vec![said])),
            }
        }
        if by.is_empty() {
            self.out.unanswered += 1;
            return None;
        }
        by.retain(|(_, all)| {
            all.iter().map(|said| said.text().trim().chars().count()).sum::<usize>() >= ANSWER_CHARS_MIN
        });
        let reactions = |all: &[&Said]| all.iter().map(|said| said.reactions).fold(0, u64::saturating_add);
        let most = by.iter().map(|(_, all)| reactions(all)).max();
        let Some(most) = most else {
            self.out.short += 1;
            return None;
        };
        if by.len() > 1 {
            by.retain(|(_, all)| reactions(all) == most);
        }
        match by.pop() {
            Some((_, all)) if by.is_empty() => Some(all),
            _ => {
                self.out.unclear += 1;
                None
            }
        }
    }
}

/// It was said to a program.
fn is_command(text: &str) -> bool {
    let mut letters = text.trim_start().chars();
    matches!(letters.next(), Some('/' | '!')) && letters.next().is_some_and(char::is_alphabetic)
}

#[cfg(test)]
mod tests;
