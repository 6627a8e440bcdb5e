//! Persons: `/link` makes two identities one person by proof from both sides, `/unlink` takes one out again.
//!
//! A code is shown to one identity in its direct chat, entered by another in theirs, and confirmed there; then the first is
//! told, and so is every account that either was linked with. Facts hold identities and are never changed: the person is looked up when somebody reads. Owns the codes and the
//! rows that say whose identities are one; who may see what follows from them is decided where it is shown.
//!
//! By the same code, entered and confirmed in the console, an identity acts for an owner there. That very identity alone: whoever it
//! is linked with came to it by the word of a member, and not by that of the owner.

mod acting;
mod code;
mod enter;
mod press;
mod typed;
mod words;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

pub use self::acting::{Asking, asked_at, asking};
use self::code::{Code, Typed};
pub use self::code::{carried, kept, masked, sealed};
use self::press::PersonPress;
pub use self::words::account_name;
use self::words::{LANGUAGES, Words, words};
use crate::clock::Clock;
use crate::dispatcher::question::yes_or_no;
use crate::dispatcher::{Flow, Handler, HandlerError, Outcome, Snapshot};
use crate::model::action::{Author, Priority, Send};
use crate::model::command::{Command, CommandOption, Wording};
use crate::model::content::{Block, Inline};
use crate::model::directory::{Audience, Identity, Place};
use crate::model::event::StaffAct;
use crate::model::ids::{CommunityId, IdentityId, LinkCodeId, MessageId, PlaceId, PluginId};
use crate::model::{Action, Content, Event, EventBody};
use crate::storage::core::{StoredEvent, TraceStep, Verdict};
use crate::storage::person::{LinkCode, PersonUnit};
use crate::storage::{ReadError, SharedStorage, Unit};

/// The command that links.
const LINK: &str = "link";

/// The command that takes out again.
const UNLINK: &str = "unlink";

/// Long enough to change to another device, short enough that nobody finds the code later. A code that was entered waits
/// as long again for the yes. The words say it, too.
pub(crate) const CODE_LIFE: Duration = Duration::from_mins(10);

/// The commands as menus show them.
pub fn commands() -> Vec<Command> {
    let wording = |say: fn(&Words) -> &'static str| Wording::in_each(&LANGUAGES, |language| say(words(language)));
    let command = |name: &str, help, options| Command {
        name: name.to_owned(),
        help: wording(help),
        options,
        private: false,
        // What is written elsewhere is read by others.
        direct: true,
    };
    let code = CommandOption {
        name: "code".to_owned(),
        label: wording(|words| words.code_label),
        required: false,
    };
    vec![
        command(LINK, |words| words.link_help, vec![code]),
        command(UNLINK, |words| words.unlink_help, Vec::new()),
    ]
}

/// The handler.
pub struct Persons {
    storage: SharedStorage,
    clock: Arc<dyn Clock>,
}

/// Who asks for something, and where.
struct Asker<'a> {
    snapshot: &'a Snapshot,
    place: &'a Place,
    author: &'a Identity,
    words: &'static Words,
}

impl Asker<'_> {
    fn community(&self) -> CommunityId {
        self.snapshot.community.id
    }

    /// What an account reads in.
    fn words_for(&self, account: &Identity) -> &'static Words {
        words(account.language.as_ref().unwrap_or(&self.snapshot.community.language))
    }
}

impl Persons {
    /// Stands before whatever answers: linking is no question, whoever holds the conversation.
    pub fn new(storage: SharedStorage, clock: Arc<dyn Clock>) -> Self {
        Self { storage, clock }
    }

    async fn command(&self, asker: &Asker<'_>, name: &str, typed: &str) -> Result<Outcome, ReadError> {
        if asker.place.audience != Audience::Direct {
            return self.in_public(asker, typed).await;
        }
        match (name, typed) {
            (LINK, "") => self.show_code(asker).await,
            (LINK, typed) => self.enter(asker, typed).await,
            _ => self.ask_unlink(asker).await,
        }
    }

    /// Nothing of this is said where others read along, and a code that they have read is dead.
    async fn in_public(&self, asker: &Asker<'_>, typed: &str) -> Result<Outcome, ReadError> {
        let Some(hash) = Typed::read(typed).hash(asker.community()) else {
            return Ok(self.says(asker, asker.words.only_direct, "told to write directly"));
        };
        let mut outcome = self.says(asker, asker.words.code_in_public, "a code was written in public");
        if let Some(known) = self.storage.link_code_by_hash(asker.community(), hash).await? {
            let theirs = self.words_of(asker, known.identity).await?;
            outcome.also.push(Unit::Person(PersonUnit::Dead { code: known.id }));
            outcome.actions.push(Self::code_reads(&known, theirs.code_dead));
        }
        Ok(outcome)
    }

    async fn show_code(&self, asker: &Asker<'_>) -> Result<Outcome, ReadError> {
        let words = asker.words;
        if self.linked_too_often(asker, asker.author.id).await? {
            return Ok(self.says(asker, words.too_many_links, "linked too often"));
        }
        let made = Code::of(self.clock.id());
        let mut content = Content::plain(words.send_code);
        let typed = format!("/{LINK} {}", made.expose());
        content.blocks.push(Block::Paragraph(vec![Inline::Code(typed)]));
        content.blocks.extend(Content::plain(words.keep_code).blocks);
        let send = self.send(asker.place.id, content);
        let code = LinkCode {
            id: LinkCodeId(self.clock.id()),
            community: asker.community(),
            identity: asker.author.id,
            place: asker.place.id,
            message: send.message,
            expires: asker.snapshot.now + CODE_LIFE,
            entered_by: None,
        };
        let mut outcome = acted("showed a code");
        // First what was asked for: a script takes the first that comes for the answer.
        outcome.actions.push((None, Action::Send(send)));
        if let Some(earlier) = self.storage.link_code_of(asker.community(), asker.author.id).await? {
            outcome.actions.push(Self::code_reads(&earlier, words.code_dead));
        }
        let hash = made.hash(asker.community());
        outcome.also.push(Unit::Person(PersonUnit::Code { code, hash }));
        Ok(outcome)
    }

    async fn ask_unlink(&self, asker: &Asker<'_>) -> Result<Outcome, ReadError> {
        let words = asker.words;
        let others = self.storage.linked(asker.community(), asker.author.id).await?;
        let acts = self.storage.acts_for(asker.community(), asker.author.id).await?;
        let linked = (!others.is_empty()).then(|| words.asks_unlink(others.iter().map(|linked| &linked.identity)));
        let text = match (acts, linked) {
            (None, None) => return Ok(self.says(asker, words.not_linked, "not linked")),
            (None, Some(linked)) => linked,
            (Some(_), None) => format!("{} {}", words.acts, words.shall_unlink),
            (Some(_), Some(linked)) => format!("{}\n\n{linked}", words.acts),
        };
        let choices = [
            (words.yes_unlink, PersonPress::Unlink),
            (words.no_unlink, PersonPress::Keep),
        ];
        let mut outcome = acted("asked to be unlinked");
        let question = self.question(asker, &text, &choices);
        outcome.actions.push((None, Action::Send(question)));
        Ok(outcome)
    }

    /// What another identity reads in.
    async fn words_of(&self, asker: &Asker<'_>, id: IdentityId) -> Result<&'static Words, ReadError> {
        let identity = self.storage.identity(id).await?;
        Ok(identity.map_or(asker.words, |identity| asker.words_for(&identity)))
    }

    /// The message that showed a code says this instead.
    fn code_reads(code: &LinkCode, text: &str) -> (Option<PluginId>, Action) {
        let edit = Action::Edit {
            message: code.message,
            content: Content::plain(text),
            buttons: Vec::new(),
            meanings: Vec::new(),
        };
        (None, edit)
    }

    fn says(&self, asker: &Asker<'_>, text: &str, line: &str) -> Outcome {
        let mut outcome = acted(line);
        let send = self.send(asker.place.id, Content::plain(text));
        outcome.actions.push((None, Action::Send(send)));
        outcome
    }

    fn send(&self, place: PlaceId, content: Content) -> Send {
        let message = MessageId(self.clock.id());
        Send::new(message, place, Author::Host, content, Priority::Notice)
    }
}

#[async_trait]
impl Handler for Persons {
    fn name(&self) -> &'static str {
        "person"
    }

    fn wants(&self, event: &Event) -> bool {
        match &event.body {
            EventBody::Command { name, .. } => name == LINK || name == UNLINK,
            EventBody::Press { .. } => true,
            EventBody::Message(message) => yes_or_no(message).is_some(),
            EventBody::Staff { act, .. } => matches!(act, StaffAct::LetAct { .. }),
            _ => false,
        }
    }

    async fn handle(&self, event: &StoredEvent, snapshot: &Snapshot, _: &Outcome) -> Result<Outcome, HandlerError> {
        if let EventBody::Staff { account, name, act } = &event.new.event.body {
            let done = self.staff(snapshot, (*account, name.as_str()), act).await;
            return done.map_err(|error| HandlerError::Failed(error.to_string()));
        }
        let (Some(place), Some(author)) = (&snapshot.place, &snapshot.author) else {
            return Ok(Outcome::default());
        };
        if author.bot {
            return Ok(Outcome::default());
        }
        let asker = Asker {
            snapshot,
            place,
            author,
            words: words(author.language.as_ref().unwrap_or(&snapshot.community.language)),
        };
        let done = match &event.new.event.body {
            EventBody::Command {
                name, options, rest, ..
            } => {
                let typed = options.first().map_or(rest.as_str(), |(_, value)| value.as_str());
                self.command(&asker, name, typed.trim()).await.map(Some)
            }
            EventBody::Press { .. } => match snapshot.button.as_ref().map(|button| (PersonPress::of(button), button)) {
                Some((Some(press), button)) => self.pressed(&asker, press, button.message).await.map(Some),
                _ => Ok(None),
            },
            EventBody::Message(message) => match yes_or_no(message) {
                Some(yes) => self.answered(&asker, yes, message.reply_to.is_some()).await,
                None => Ok(None),
            },
            _ => Ok(None),
        };
        let done = done.map_err(|error| HandlerError::Failed(error.to_string()))?;
        Ok(done.map_or_else(Outcome::default, |outcome| Outcome {
            flow: Flow::Stop,
            ..outcome
        }))
    }
}

fn acted(line: &str) -> Outcome {
    Outcome {
        steps: vec![TraceStep {
            who: "person".to_owned(),
            verdict: Verdict::Acted,
            line: line.to_owned(),
            cpu_us: None,
            calls: Vec::new(),
            actions: Vec::new(),
        }],
        ..Outcome::default()
    }
}
