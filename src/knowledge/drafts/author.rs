//! Asks whoever said what a draft says whether it may be published, and takes the answer; tells owners of questions that go on coming.
//!
//! An author reads it where they talk to us alone, or below what they said where others read that, too. Buttons are theirs alone; a word
//! counts as well. Whoever says no, or takes back what they said, is in no draft any more. Whoever says nothing has said no yes.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::words::{Words, words};
use super::{answered, changed, refused, was_asked_lately, withdrawn};
use crate::clock::Clock;
use crate::dispatcher::question::{asked_last, yes_or_no};
use crate::dispatcher::{Flow, Handler, HandlerError, Outcome, Snapshot};
use crate::knowledge::clusters::shown;
use crate::model::action::{Author, Priority, Send};
use crate::model::button::{Button, ButtonEffect, ButtonMeaning, ButtonOwner, Presser};
use crate::model::content::Block;
use crate::model::directory::{Audience, Place};
use crate::model::draft::{self, Consent, Draft};
use crate::model::entry::Visibility;
use crate::model::event::StaffAct;
use crate::model::ids::{AccountId, ButtonId, ClusterId, DraftId, MessageId, Version};
use crate::model::{Action, Content, Event, EventBody};
use crate::storage::accounts::{AccountUnit, NewAudit};
use crate::storage::core::{StoredButton, StoredEvent, TraceStep, Verdict};
use crate::storage::{ReadError, SharedStorage, Unit};

/// The name in traces; the console looks for it to show why nobody was asked.
pub const NAME: &str = "knowledge authors";

/// A yes or no on its own is an answer only to what was asked just now; the buttons wait as long as they live.
const WORD_LIFE: Duration = Duration::from_mins(10);

/// Of what they said so much is shown: they know the rest.
const SHOWN_CHARS_MAX: usize = 600;

/// What a press says: the button's payload, as JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct AuthorPress {
    author: Says,
    draft: DraftId,
    /// The message in which they began to say it: a no holds also where the draft was thrown away.
    #[serde(default)]
    said: Option<MessageId>,
}

/// What an author says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Says {
    Named,
    Unnamed,
    No,
}

impl AuthorPress {
    /// What it means to press this, if it is a button of ours.
    fn of(button: &StoredButton) -> Option<Self> {
        let ours = button.meaning.owner == ButtonOwner::Host;
        ours.then(|| serde_json::from_str(&button.meaning.payload).ok())
            .flatten()
    }

    /// What a word means: a yes says nothing of a name.
    fn says(self, yes: bool) -> bool {
        match self.author {
            Says::Named => false,
            Says::Unnamed => yes,
            Says::No => !yes,
        }
    }
}

/// The handler.
pub struct Authors {
    storage: SharedStorage,
    clock: Arc<dyn Clock>,
}

impl Authors {
    /// Stands before whatever answers: what is asked here is no question to plugins or staff.
    pub fn new(storage: SharedStorage, clock: Arc<dyn Clock>) -> Self {
        Self { storage, clock }
    }

    /// Somebody on staff has made a draft of what somebody said. `by` is who wants them asked; none for the night.
    async fn ask(&self, snapshot: &Snapshot, id: DraftId, by: Option<AccountId>) -> Result<Outcome, ReadError> {
        let Some(place) = snapshot.place.as_deref() else {
            return Ok(step(Verdict::Held, "There is no place to ask the author in."));
        };
        let stored = self.storage.draft(id).await?;
        let waits = |draft: &Draft| {
            let words = draft.words.as_ref();
            // An account of the console answers there.
            let open = words.is_some_and(|words| words.consent.is_open() && words.identity().is_some());
            draft.published.is_none() && open && draft.community == snapshot.community.id
        };
        let Some(stored) = stored.filter(waits) else {
            return Ok(step(Verdict::Passed, "the author needs not be asked any more"));
        };
        // Two who wanted it at once, or the night and somebody beside it, are one question.
        if was_asked_lately(&stored, snapshot.now) {
            return Ok(step(Verdict::Passed, "the author was asked already"));
        }
        // What members have taken back by now is shown to nobody, the author included.
        let mut after = self.as_it_is(&stored, snapshot).await?;
        if !waits(&after) {
            let mut outcome = step(Verdict::Acted, "the author has taken back what they said");
            outcome.also.push(changed(stored.version, &after));
            return Ok(outcome);
        }
        let send = self.question(snapshot, place, &after).await?;
        after.version = stored.version.next();
        if let Some(words) = &mut after.words {
            words.consent = Consent::Asked {
                at: snapshot.now,
                message: Some(send.message),
            };
        }
        let mut outcome = step(Verdict::Acted, "asked the author");
        outcome.actions.push((None, Action::Send(send)));
        outcome.also.push(changed(stored.version, &after));
        outcome
            .also
            .push(audit(snapshot, by, StaffAct::AskAuthor { draft: id }.word(), id));
        Ok(outcome)
    }

    /// The draft without what somebody has taken back since it was written.
    async fn as_it_is(&self, draft: &Draft, snapshot: &Snapshot) -> Result<Draft, ReadError> {
        let after = withdrawn(&self.storage, draft, snapshot.now).await?;
        Ok(after.unwrap_or_else(|| draft.clone()))
    }

    async fn question(&self, snapshot: &Snapshot, place: &Place, draft: &Draft) -> Result<Send, ReadError> {
        let author = draft.words.as_ref().and_then(draft::Words::identity);
        let said = draft.words.as_ref().map(|words| words.message);
        let known = match author {
            Some(author) => self.storage.identity(author).await?,
            None => None,
        };
        let language = known.and_then(|known| known.language);
        let words = words(language.as_ref().unwrap_or(&snapshot.community.language));
        let alone = place.audience == Audience::Direct;
        let mut content = if alone {
            let said = draft.words.as_ref().map_or("", |words| words.said.as_str());
            let shown: String = said.chars().take(SHOWN_CHARS_MAX).collect();
            // They may be nobody who reads along where only members do.
            let public = draft.entry.visibility == Visibility::Public;
            let question = if public { draft.entry.question.as_str() } else { "" };
            let mut content = Content::plain(&words.asks(question));
            content.blocks.push(Block::Quote(Content::plain(&shown).blocks));
            content
        } else {
            Content::plain(words.asks_here)
        };
        content.blocks.extend(Content::plain(words.means).blocks);
        let message = MessageId(self.clock.id());
        let mut send = Send::new(message, place.id, Author::Host, content, Priority::Notice);
        // What they said is not repeated where others read: it stands there already.
        send.reply_to = said.filter(|_| !alone);
        let choices = [
            (words.named, Says::Named),
            (words.unnamed, Says::Unnamed),
            (words.no, Says::No),
        ];
        for (label, says) in choices {
            let id = ButtonId(self.clock.id());
            send.buttons.push(Button {
                label: label.to_owned(),
                effect: ButtonEffect::Press { id },
            });
            let press = AuthorPress {
                author: says,
                draft: draft.id,
                said,
            };
            let meaning = ButtonMeaning {
                owner: ButtonOwner::Host,
                payload: serde_json::to_string(&press).expect("ids and words are JSON"),
                // Nobody else says it for them; where they are not known any more, nobody does.
                presser: author.map_or(Presser::Staff, Presser::Identity),
                private: false,
            };
            send.meanings.push((id, meaning));
        }
        Ok(send)
    }

    /// What comes of an answer; the buttons are gone then.
    async fn answered(
        &self,
        snapshot: &Snapshot,
        press: AuthorPress,
        question: MessageId,
    ) -> Result<Outcome, ReadError> {
        let (Some(place), Some(author)) = (&snapshot.place, &snapshot.author) else {
            return Ok(Outcome::default());
        };
        let words = words(author.language.as_ref().unwrap_or(&snapshot.community.language));
        let asked = self.storage.message(question).await?;
        if asked.is_some_and(|asked| asked.new.buttons.is_empty()) {
            // A second finger, or a platform that tells twice: the first press took the buttons away.
            return Ok(step(Verdict::Passed, "answered already"));
        }
        let (draft, before) = match self.storage.draft(press.draft).await? {
            Some(stored) => (Some(self.as_it_is(&stored, snapshot).await?), stored.version),
            None => (None, Version::default()),
        };
        let words_of = |draft: &Draft| draft.words.as_ref().map(|words| words.messages.clone());
        let said = draft
            .as_ref()
            .and_then(words_of)
            .unwrap_or_else(|| press.said.into_iter().collect());
        let theirs = |draft: &Draft| {
            let words = draft.words.as_ref();
            words.is_some_and(|words| words.identity() == Some(author.id) && words.consent != Consent::Refused)
        };
        let mut outcome = match draft.filter(theirs) {
            Some(draft) if draft.published.is_some_and(|_| is_theirs(&draft)) => self.says(
                place,
                words.published,
                "the author has answered, and it is published already",
            ),
            // Until it is published they may think better of it.
            Some(draft) if draft.published.is_none() => {
                let (consent, act) = match press.author {
                    Says::Named => (Consent::Named, "author_agreed"),
                    Says::Unnamed => (Consent::Unnamed, "author_agreed"),
                    Says::No => (Consent::Refused, "author_refused"),
                };
                let mut after = answered(&draft, consent, &author.name, snapshot.now);
                after.version = before.next();
                let mut outcome = self.says(place, thanks(words, press.author), "the author has answered");
                outcome.also.push(changed(before, &after));
                outcome.also.push(audit(snapshot, None, act, draft.id));
                outcome
            }
            _ => self.says(
                place,
                words.not_needed,
                "the author has answered, and it is not needed any more",
            ),
        };
        if press.author == Says::No {
            outcome.also.push(refused(said, snapshot.now));
        }
        let gone = Action::SetButtons {
            message: question,
            buttons: Vec::new(),
            meanings: Vec::new(),
        };
        outcome.actions.insert(0, (None, gone));
        Ok(outcome)
    }

    /// A yes or no in words to what was asked last; none where nothing of ours waits for one.
    async fn in_words(&self, snapshot: &Snapshot, yes: bool, replies: bool) -> Result<Option<Outcome>, ReadError> {
        let Some(question) = asked_last(&self.storage, snapshot, replies, WORD_LIFE).await? else {
            return Ok(None);
        };
        let mut presses = question.buttons.iter().filter_map(AuthorPress::of);
        match presses.find(|press| press.says(yes)) {
            Some(press) => self.answered(snapshot, press, question.message).await.map(Some),
            None => Ok(None),
        }
    }

    /// People go on asking.
    async fn reopened(&self, snapshot: &Snapshot, id: ClusterId) -> Result<Outcome, ReadError> {
        let found = self.storage.cluster(id).await?;
        let (Some(found), Some(place)) = (found, &snapshot.place) else {
            return Ok(step(Verdict::Passed, "these questions are no longer there"));
        };
        // Whoever looks after it may be nobody who reads direct chats.
        let question = shown(&self.storage, found).await?.read_by_others;
        let text = words(&snapshot.community.language).reopened(question.as_deref());
        Ok(self.says(place, &text, "told that people go on asking"))
    }

    fn says(&self, place: &Place, text: &str, line: &'static str) -> Outcome {
        let mut outcome = step(Verdict::Acted, line);
        let message = MessageId(self.clock.id());
        let send = Send::new(message, place.id, Author::Host, Content::plain(text), Priority::Notice);
        outcome.actions.push((None, Action::Send(send)));
        outcome
    }
}

/// Whether what was published is what they agreed to.
fn is_theirs(draft: &Draft) -> bool {
    draft.words.as_ref().is_some_and(|words| words.consent.is_given())
}

fn thanks(words: &Words, says: Says) -> &'static str {
    match says {
        Says::Named => words.thanks_named,
        Says::Unnamed => words.thanks_unnamed,
        Says::No => words.refused,
    }
}

#[async_trait]
impl Handler for Authors {
    fn name(&self) -> &'static str {
        NAME
    }

    fn wants(&self, event: &Event) -> bool {
        match &event.body {
            EventBody::Press { .. } | EventBody::ClusterReopened { .. } | EventBody::AuthorUnasked { .. } => true,
            EventBody::Message(message) => yes_or_no(message).is_some(),
            EventBody::Staff { act, .. } => matches!(act, StaffAct::AskAuthor { .. }),
            _ => false,
        }
    }

    async fn handle(&self, event: &StoredEvent, snapshot: &Snapshot, _: &Outcome) -> Result<Outcome, HandlerError> {
        let done = match &event.new.event.body {
            EventBody::Staff {
                account,
                act: StaffAct::AskAuthor { draft },
                ..
            } => self.ask(snapshot, *draft, Some(*account)).await.map(Some),
            EventBody::AuthorUnasked { draft } => self.ask(snapshot, *draft, None).await.map(Some),
            EventBody::ClusterReopened { cluster } => self.reopened(snapshot, *cluster).await.map(Some),
            EventBody::Press { .. } => match snapshot.button.as_ref().map(|button| (AuthorPress::of(button), button)) {
                Some((Some(press), button)) => self.answered(snapshot, press, button.message).await.map(Some),
                _ => Ok(None),
            },
            EventBody::Message(message) => match yes_or_no(message) {
                Some(yes) => self.in_words(snapshot, yes, message.reply_to.is_some()).await,
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

/// A line of the audit: ids and fixed words alone.
fn audit(snapshot: &Snapshot, account: Option<AccountId>, act: &'static str, draft: DraftId) -> Unit {
    Unit::Account(AccountUnit::Audit(NewAudit {
        account,
        community: Some(snapshot.community.id),
        act,
        subject: draft.to_string(),
        at: snapshot.now,
    }))
}

fn step(verdict: Verdict, line: &str) -> Outcome {
    Outcome {
        steps: vec![TraceStep {
            who: NAME.to_owned(),
            verdict,
            line: line.to_owned(),
            cpu_us: None,
            calls: Vec::new(),
            actions: Vec::new(),
        }],
        ..Outcome::default()
    }
}
