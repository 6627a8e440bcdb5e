//! `/help`: what the bot does here, which commands there are, and how to reach a person.
//!
//! Owns the words alone; which commands there are comes from whoever joins the parts. It stands before `handoff`: who asks for
//! it by name is told also while a person is waited for or answers, and talks over nobody. A command that nobody has is not taken
//! for a question: whoever wrote it to us is told that there is none.

mod unknown;
mod words;

use std::sync::Arc;

use async_trait::async_trait;

use self::words::{LANGUAGES, words};
use crate::clock::Clock;
use crate::dispatcher::{Flow, Handler, HandlerError, Outcome, Snapshot};
use crate::model::action::{Author, Priority, Send};
use crate::model::command::{Command, Wording};
use crate::model::content::{Block, Inline};
use crate::model::directory::{Audience, Place};
use crate::model::event::InMessage;
use crate::model::ids::{MessageId, PlaceId};
use crate::model::{Action, Content, Event, EventBody};
use crate::storage::core::{StoredEvent, TraceStep, Verdict};

/// The command.
const HELP: &str = "help";

/// More commands than these nobody reads; the platform's own menu has them all.
const COMMANDS_MAX: usize = 25;

/// The command as menus show it.
pub fn command() -> Command {
    Command {
        name: HELP.to_owned(),
        help: Wording::in_each(&LANGUAGES, |language| words(language).help),
        options: Vec::new(),
        private: false,
        direct: false,
    }
}

/// Where the commands of a place are known.
pub trait CommandList: std::marker::Send + Sync {
    /// All of them, ours first.
    fn commands(&self, place: &Place) -> Vec<Command>;
}

/// The handler.
pub struct Help {
    commands: Arc<dyn CommandList>,
    clock: Arc<dyn Clock>,
}

impl Help {
    /// Messages get their ids from `clock`.
    pub fn new(commands: Arc<dyn CommandList>, clock: Arc<dyn Clock>) -> Self {
        Self { commands, clock }
    }
}

#[async_trait]
impl Handler for Help {
    fn name(&self) -> &'static str {
        HELP
    }

    fn wants(&self, event: &Event) -> bool {
        match &event.body {
            EventBody::Command { name, .. } => name == HELP,
            EventBody::Message(message) => message.content.begins_with('/'),
            _ => false,
        }
    }

    async fn handle(&self, event: &StoredEvent, snapshot: &Snapshot, _: &Outcome) -> Result<Outcome, HandlerError> {
        let (Some(place), Some(author)) = (&snapshot.place, &snapshot.author) else {
            return Ok(Outcome::default());
        };
        if author.bot {
            return Ok(Outcome::default());
        }
        let language = author.language.as_ref().unwrap_or(&snapshot.community.language);
        if let EventBody::Message(message) = &event.new.event.body {
            return Ok(self.unknown(message, snapshot, place, language));
        }
        if snapshot.late {
            return Ok(Outcome::default());
        }
        let commands = self.commands.commands(place);
        let direct = place.audience == Audience::Direct;
        let content = content(&snapshot.community.name, direct, language, &commands);
        let send = self.says(place.id, content);
        Ok(stopped("told what there is".to_owned(), Some(send)))
    }
}

impl Help {
    /// A command that nobody has. While people hold the conversation it is theirs to read, like whatever is written; so it is
    /// where they have closed it and what is written comes back to them.
    fn unknown(&self, message: &InMessage, snapshot: &Snapshot, place: &Place, language: &str) -> Outcome {
        let held = snapshot
            .conversation
            .as_ref()
            .is_some_and(|held| !held.holder.bot_may_answer());
        let Some(name) = unknown::name(message).filter(|_| !held) else {
            return Outcome::default();
        };
        if snapshot.late || !unknown::is_for_us(message.addressed, place.audience) {
            return stopped(
                format!("/{name} is no command of ours, and perhaps another bot's"),
                None,
            );
        }
        let mut send = self.says(place.id, words(language).unknown(&name));
        send.reply_to = snapshot.message.filter(|_| place.audience != Audience::Direct);
        stopped(format!("told that there is no /{name}"), Some(send))
    }

    fn says(&self, place: PlaceId, content: Content) -> Send {
        let message = MessageId(self.clock.id());
        Send::new(message, place, Author::Host, content, Priority::Answer)
    }
}

fn stopped(line: String, send: Option<Send>) -> Outcome {
    Outcome {
        actions: send.into_iter().map(|send| (None, Action::Send(send))).collect(),
        flow: Flow::Stop,
        steps: vec![TraceStep {
            who: HELP.to_owned(),
            verdict: Verdict::Acted,
            line,
            cpu_us: None,
            calls: Vec::new(),
            actions: Vec::new(),
        }],
        ..Outcome::default()
    }
}

fn content(community: &str, direct: bool, language: &str, commands: &[Command]) -> Content {
    let words = words(language);
    let ask = if direct { words.ask } else { words.ask_here };
    let text = format!("{} {ask}\n\n{}\n\n{}", words.bot(community), words.person, words.list);
    let mut content = Content::plain(&text);
    let items = commands.iter().take(COMMANDS_MAX).map(|command| {
        let name = Inline::Code(format!("/{}", command.name));
        let help = Inline::Text(format!(": {}", command.help.in_language(language)));
        vec![Block::Paragraph(vec![name, help])]
    });
    content.blocks.push(Block::List {
        start: None,
        items: items.collect(),
    });
    content
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_names_the_community_and_the_commands() {
        for language in ["en", "de-CH", "es", "fr", "ar", "xx"] {
            for direct in [true, false] {
                let text = content("Garden {x}", direct, language, &[command()]).to_plain();
                assert!(text.contains("Garden {x}"), "{text}");
                assert!(text.ends_with(&format!("/help: {}", words(language).help)), "{text}");
                assert!(!text.contains("{community}"), "{text}");
            }
        }
    }

    #[test]
    fn a_long_list_is_cut() {
        let many = vec![command(); 500];
        let lines = content("Garden", true, "en", &many).to_plain().lines().count();
        assert!(lines < COMMANDS_MAX + 10, "{lines}");
    }
}
