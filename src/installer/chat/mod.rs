//! `/plugin`: what an owner does about plugins on the command line and in the console, in a direct chat.
//!
//! The words and decisions are the installer's. Here is read what was typed, asked before anything changes, and shown what comes of
//! it. What is said here is for owners alone: other staff do not read it, nor does any plugin. Whoever writes is looked up each time: an owner of the console who has proven that this very account is theirs. What has to be
//! written is part of the outcome, so that act and answer are one commit, and whoever loses a race sees how things stand now.

mod asked;
mod line;
mod question;
mod show;
mod words;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use self::line::{Line, read};
use self::question::Answer;
use self::words::{LANGUAGES, Words, words};
use super::answer::{Asker, Face, Told};
use super::decided::Decided;
use super::offer::{InstallError, Installer, refused};
use super::request::PluginRequest;
use crate::clock::Clock;
use crate::dispatcher::chain::Roster;
use crate::dispatcher::question::{asked_last, yes_or_no};
use crate::dispatcher::{Flow, Handler, HandlerError, Outcome, Snapshot};
use crate::model::action::{Author, Priority, Send};
use crate::model::command::{Command, CommandOption, OF_OWNERS, Wording};
use crate::model::directory::{Audience, Identity, Place};
use crate::model::ids::{AccountId, CommunityId, EventSeq, IdentityId, MessageId};
use crate::model::{Action, Content, Event, EventBody};
use crate::storage::core::{StoredEvent, TraceStep, Verdict};
use crate::storage::person::PersonUnit;
use crate::storage::{ReadError, SharedStorage, Unit};

/// The command.
const PLUGIN: &str = OF_OWNERS;

/// Whoever writes in a chat waits no longer for a server elsewhere; the command line has more patience.
const PATIENCE: Duration = Duration::from_secs(30);

/// Long enough to read a plan; later, what it told may not be so any more. The words say it, too.
const QUESTION_LIFE: Duration = Duration::from_mins(10);

/// The command as menus show it.
pub fn command() -> Command {
    let wording = |say: fn(&Words) -> &'static str| Wording::in_each(&LANGUAGES, |language| say(words(language)));
    Command {
        name: PLUGIN.to_owned(),
        help: wording(|words| words.help),
        options: vec![CommandOption {
            name: "what".to_owned(),
            label: wording(|words| words.what),
            required: false,
        }],
        private: true,
        // What it tells is for an owner alone.
        direct: true,
    }
}

/// Tells what became of an event; the whole program knows more of that than the installer does.
#[async_trait]
pub trait Explains: std::marker::Send + Sync {
    /// Who, what and why, a row each; none where the community has no such event.
    async fn explain(&self, community: CommunityId, event: EventSeq) -> Result<Option<Vec<Vec<String>>>, ReadError>;
}

/// What the handler is made of.
pub struct ChatParts {
    /// Decides.
    pub installer: Arc<Installer>,
    /// Knows how the plugins do.
    pub roster: Arc<Roster>,
    /// Knows who acts for whom.
    pub storage: SharedStorage,
    /// Messages get their ids from it.
    pub clock: Arc<dyn Clock>,
    /// Tells what became of an event.
    pub explains: Arc<dyn Explains>,
}

/// The handler.
pub struct PluginChat {
    parts: ChatParts,
}

/// Who writes, and where.
struct Writer<'a> {
    snapshot: &'a Snapshot,
    place: &'a Place,
    author: &'a Identity,
}

/// An owner who writes.
struct Owner<'a> {
    writer: &'a Writer<'a>,
    account: AccountId,
}

impl Writer<'_> {
    fn community(&self) -> CommunityId {
        self.snapshot.community.id
    }

    /// What the account reads in, as far as there are texts.
    fn words(&self) -> &'static Words {
        words(
            self.author
                .language
                .as_ref()
                .unwrap_or(&self.snapshot.community.language),
        )
    }
}

impl Owner<'_> {
    fn asker(&self) -> Asker {
        Asker {
            community: self.writer.community(),
            account: Some(self.account),
            face: Face::Chat,
        }
    }

    fn identity(&self) -> IdentityId {
        self.writer.author.id
    }
}

impl PluginChat {
    /// Stands before whatever answers members: it is called by name, and by its owners alone.
    pub fn new(parts: ChatParts) -> Self {
        Self { parts }
    }

    async fn command(&self, writer: &Writer<'_>, typed: &str) -> Result<Outcome, InstallError> {
        if writer.snapshot.late {
            return Ok(acted("too late to be answered"));
        }
        if writer.place.audience != Audience::Direct {
            return Ok(self.says(writer, writer.words().only_direct, "told to write directly"));
        }
        let Some(owner) = self.owner(writer).await? else {
            return Ok(self.no_owner(writer));
        };
        let line = match read(typed) {
            Ok(line) => line,
            Err(why) => return Ok(self.says(writer, &why, "that cannot be asked")),
        };
        match line {
            Line::Help => Ok(self.shows(writer, show::overview(), "told what there is")),
            Line::List => {
                let running = self.parts.roster.list(writer.community());
                let now = writer.snapshot.now;
                let (storage, packages) = (&self.parts.storage, self.parts.installer.bundled());
                let told = super::info::list(storage, packages, writer.community(), Some(&running), now).await?;
                Ok(self.shows(writer, show::told(&told), "listed the plugins"))
            }
            Line::Explain(event) => self.explain(writer, event).await,
            Line::Bring { wish, update } => self.asks_for_consent(&owner, &wish, update).await,
            Line::Ask(request) => {
                let answered = self.answer(&owner, request.clone()).await?;
                if let (Told::Plan { plan, digest }, false) =
                    (&answered.then, matches!(request, PluginRequest::Plan(_)))
                {
                    return self.asks_to_allow(&owner, request, (plan, digest)).await;
                }
                if answered.units.is_empty() {
                    return Ok(self.shows(writer, show::told(&answered.then), "answered"));
                }
                // Whatever would keep it from being done was said now, and not after a yes.
                self.asks(&owner, request, None).await
            }
            Line::Uninstall { plugin, with_data } => {
                let request = PluginRequest::Remove {
                    plugin,
                    with_data: with_data.unwrap_or_default(),
                };
                // The same: what comes with the program stays.
                drop(self.answer(&owner, request.clone()).await?);
                self.asks(&owner, request, with_data).await
            }
        }
    }

    /// The owner for whom whoever writes may act.
    async fn owner<'a>(&self, writer: &'a Writer<'a>) -> Result<Option<Owner<'a>>, ReadError> {
        let acts_for = self
            .parts
            .storage
            .acts_for(writer.community(), writer.author.id)
            .await?;
        Ok(acts_for.map(|account| Owner { writer, account }))
    }

    /// Decides, as long as nobody elsewhere takes too long.
    async fn answer(&self, owner: &Owner<'_>, request: PluginRequest) -> Result<Decided<Told>, InstallError> {
        let asker = owner.asker();
        in_time(self.parts.installer.answer(&asker, Some(&*self.parts.roster), request)).await
    }

    async fn explain(&self, writer: &Writer<'_>, event: EventSeq) -> Result<Outcome, InstallError> {
        let rows = self.parts.explains.explain(writer.community(), event).await?;
        let rows = rows.ok_or_else(|| refused(format!("there is no event {}", event.0)))?;
        let told = Told::Table {
            note: None,
            columns: &["who", "what", "why"],
            rows,
        };
        Ok(self.shows(writer, show::told(&told), "explained an event"))
    }

    fn no_owner(&self, writer: &Writer<'_>) -> Outcome {
        let words = writer.words();
        let text = if writer.author.is_visitor() {
            words.visitor
        } else {
            words.not_owner
        };
        self.says(writer, text, "no owner of the console")
    }

    fn says(&self, writer: &Writer<'_>, text: &str, line: &str) -> Outcome {
        self.shows(writer, show::sentences(text), line)
    }

    fn shows(&self, writer: &Writer<'_>, content: Content, line: &str) -> Outcome {
        let mut outcome = acted(line);
        outcome.actions.push((None, Action::Send(self.send(writer, content))));
        outcome
    }

    fn send(&self, writer: &Writer<'_>, content: Content) -> Send {
        let message = MessageId(self.parts.clock.id());
        Send::new(message, writer.place.id, Author::Host, content, Priority::Answer)
    }

    /// A yes or no in words. Where there are buttons, a word is no consent to what may have been read by halves.
    async fn typed(&self, writer: &Writer<'_>, yes: bool, replies: bool) -> Result<Option<Outcome>, InstallError> {
        let asked = asked_last(&self.parts.storage, writer.snapshot, replies, QUESTION_LIFE).await?;
        let Some(question) = asked else { return Ok(None) };
        let answers: Vec<Answer> = question.buttons.iter().filter_map(Answer::of).collect();
        if answers.is_empty() {
            return Ok(None);
        }
        let profiles = self.parts.storage.profiles().await?;
        let has_buttons = profiles
            .get(&writer.place.login)
            .is_none_or(|profile| profile.direct.buttons);
        let mut meant = answers.into_iter().filter(|answer| answer.says(yes));
        match (has_buttons, meant.next(), meant.next()) {
            (false, Some(answer), None) => self.pressed(writer, answer, question.message).await.map(Some),
            _ => Ok(Some(self.says(writer, question::PRESS, "a word is no answer to that"))),
        }
    }

    async fn decide(&self, event: &EventBody, writer: &Writer<'_>) -> Result<Option<Outcome>, InstallError> {
        match event {
            EventBody::Command {
                name, options, rest, ..
            } if name == PLUGIN => {
                let typed = options.first().map_or(rest.as_str(), |(_, value)| value.as_str());
                self.command(writer, typed).await.map(Some)
            }
            EventBody::Press { .. } => match &writer.snapshot.button {
                Some(button) => match Answer::of(button) {
                    Some(answer) => self.pressed(writer, answer, button.message).await.map(Some),
                    None => Ok(None),
                },
                None => Ok(None),
            },
            EventBody::Message(message) => match yes_or_no(message) {
                Some(yes) => self.typed(writer, yes, message.reply_to.is_some()).await,
                None => Ok(None),
            },
            // What was typed wrong and mended is for plugins as little as what was typed at first.
            body @ EventBody::Edited(_) => {
                let about = writer.snapshot.about.as_ref();
                let ours = body.is_of_owners() || about.is_some_and(|about| about.for_owners);
                Ok(ours.then(|| acted("an edit of what was asked changes nothing")))
            }
            _ => Ok(None),
        }
    }
}

#[async_trait]
impl Handler for PluginChat {
    fn name(&self) -> &'static str {
        PLUGIN
    }

    fn wants(&self, event: &Event) -> bool {
        match &event.body {
            EventBody::Command { name, .. } => name == PLUGIN,
            EventBody::Press { .. } | EventBody::Edited(_) => true,
            EventBody::Message(message) => yes_or_no(message).is_some(),
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
        let writer = Writer {
            snapshot,
            place,
            author,
        };
        let done = match self.decide(&event.new.event.body, &writer).await {
            Ok(None) => return Ok(Outcome::default()),
            Ok(Some(outcome)) => outcome,
            Err(InstallError::Refused(why)) => self.says(&writer, &why, "refused"),
            Err(error) => return Err(HandlerError::Failed(error.to_string())),
        };
        Ok(Outcome {
            flow: Flow::Stop,
            for_owners: true,
            ..done
        })
    }
}

/// What was asked of a server elsewhere comes in time, or not at all.
async fn in_time<T>(asked: impl Future<Output = Result<T, InstallError>>) -> Result<T, InstallError> {
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(done) => done,
        Err(_) => Err(refused(format!(
            "that took longer than {} seconds, and nothing was changed: try it again, or in the console",
            PATIENCE.as_secs()
        ))),
    }
}

/// What is written for an owner holds as long as they are one.
fn still_acts(owner: &Owner<'_>) -> Unit {
    Unit::Person(PersonUnit::StillActs {
        community: owner.writer.community(),
        identity: owner.identity(),
        account: owner.account,
    })
}

fn acted(line: &str) -> Outcome {
    Outcome {
        steps: vec![TraceStep {
            who: PLUGIN.to_owned(),
            verdict: Verdict::Acted,
            line: line.to_owned(),
            cpu_us: None,
            calls: Vec::new(),
            actions: Vec::new(),
        }],
        ..Outcome::default()
    }
}
