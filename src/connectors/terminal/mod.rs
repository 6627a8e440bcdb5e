//! The terminal: the same conversation as in the web chat, typed.
//!
//! Each person who chats has a direct place of their own, by name. Owns who is attached now; what was said while nobody
//! was attached is stored like everything else, and shown at the next time by who attaches.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tokio::sync::{broadcast, watch};

use crate::clock::Clock;
use crate::connectors::logins::LoginState;
use crate::connectors::{Connector, ConnectorError, Cursor, DeliveryError, EventSink, Receipt, Signal};
use crate::model::ability::{Ability, Lack, Profile};
use crate::model::action::Author;
use crate::model::button::{Button, ButtonEffect, Form};
use crate::model::capability::{Capabilities, Moderates, Rate, TextUnit};
use crate::model::content::Content;
use crate::model::directory::{Audience, SeenIdentity, SeenPlace, Standing};
use crate::model::event::{Addressed, InMessage, Source};
use crate::model::fit::{FittedAction, FittedBody};
use crate::model::ids::{ButtonId, DeliveryId, IdentityRef, LoginName, MessageRef, NativeId, PlaceRef};
use crate::model::{Event, EventBody};
use crate::supervisor::Stop;

/// Login and scope.
const NAME: &str = "terminal";

/// Longer than anybody types, and what the web chat takes, too.
const TEXT_CHARS_MAX: usize = 10_000;

/// Lines that a slow terminal may lag behind before it has to attach again.
const LINES_MAX: usize = 256;

/// Deliveries that are known again: a repeat comes within seconds.
const KNOWN_MAX: usize = 256;

/// A connector starts within milliseconds; after so long something keeps it from starting.
const START_PATIENCE: Duration = Duration::from_secs(5);

/// What a person in the terminal does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Said {
    /// Says something.
    Text {
        /// What.
        text: String,
    },
    /// Presses a button, with what was filled in if it opens a form.
    Press {
        /// Which.
        button: ButtonId,
        /// Name and value of each field.
        values: Vec<(String, String)>,
    },
}

/// What a person in the terminal sees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "see", rename_all = "snake_case")]
pub enum Heard {
    /// Something was said to them.
    Message {
        /// By whom; none for themselves.
        from: Option<String>,
        /// What.
        text: String,
        /// Below it.
        buttons: Vec<Shown>,
        /// Whether it replaces what was said before.
        edited: bool,
    },
    /// An answer is being written.
    Typing {
        /// By whom, when known.
        name: Option<String>,
    },
    /// What they said is stored.
    Taken,
    /// What they did could not be taken in.
    Trouble {
        /// Why, for them.
        text: String,
    },
}

/// A button in a terminal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// What it says.
    pub label: String,
    /// What pressing sends back; none for a link.
    pub button: Option<ButtonId>,
    /// Where a link leads.
    pub url: Option<String>,
    /// What is asked first.
    pub form: Option<Form>,
}

/// The terminals of this process.
pub struct Terminal {
    login: LoginName,
    capabilities: Arc<Capabilities>,
    clock: Arc<dyn Clock>,
    places: Mutex<HashMap<NativeId, broadcast::Sender<Heard>>>,
    /// What was shown last, the newest at the end.
    shown: Mutex<VecDeque<DeliveryId>>,
    /// Where events go, once the connector runs.
    intake: watch::Sender<Intake>,
}

/// Whether something can be taken in.
#[derive(Clone, Default)]
enum Intake {
    #[default]
    Starting,
    Open(Arc<dyn EventSink>),
    Stopped,
}

impl Terminal {
    /// Nobody is attached.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            login: NAME.into(),
            capabilities: Arc::new(capabilities()),
            clock,
            places: Mutex::default(),
            shown: Mutex::default(),
            intake: watch::Sender::default(),
        }
    }

    /// Where events go; waits a little for a connector that is just starting. Else why not, for the person.
    async fn running(&self) -> Result<Arc<dyn EventSink>, &'static str> {
        let mut intake = self.intake.subscribe();
        let known = intake.wait_for(|intake| !matches!(intake, Intake::Starting));
        match tokio::time::timeout(START_PATIENCE, known)
            .await
            .map(|known| known.map(|known| known.clone()))
        {
            Ok(Ok(Intake::Open(events))) => Ok(events),
            Ok(Ok(Intake::Stopped)) => Err("Switchboard is just stopping. Please try again in a moment."),
            Ok(Ok(Intake::Starting) | Err(_)) | Err(_) => Err("Switchboard is just starting. Please try again."),
        }
    }

    /// Ends what everybody sees, after what was shown already.
    pub fn hang_up(&self) {
        self.places.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Attaches a person.
    pub fn attach(&self, name: &str, language: Option<String>) -> Attached<'_> {
        let id = NativeId::from(name);
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let lines = places
            .entry(id.clone())
            .or_insert_with(|| broadcast::channel(LINES_MAX).0)
            .subscribe();
        Attached {
            terminal: self,
            id,
            name: name.to_owned(),
            language,
            lines,
        }
    }

    /// Whether this delivery is shown for the first time.
    fn is_new(&self, delivery: DeliveryId) -> bool {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        if shown.contains(&delivery) {
            return false;
        }
        if shown.len() == KNOWN_MAX {
            shown.pop_front();
        }
        shown.push_back(delivery);
        true
    }

    /// Shows it to whoever is attached there; others read it later from what is stored.
    fn show(&self, place: &PlaceRef, heard: Heard) {
        let places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lines) = places.get(&place.id) {
            drop(lines.send(heard));
        }
    }
}

/// A person at a terminal.
pub struct Attached<'a> {
    terminal: &'a Terminal,
    id: NativeId,
    name: String,
    language: Option<String>,
    lines: broadcast::Receiver<Heard>,
}

impl Attached<'_> {
    /// Their place.
    pub fn place(&self) -> PlaceRef {
        PlaceRef {
            scope: NAME.into(),
            id: self.id.clone(),
        }
    }

    /// The next thing they see; none when the program stops or they lag too far behind.
    pub async fn next(&mut self) -> Option<Heard> {
        self.lines.recv().await.ok()
    }

    /// Takes in what they do.
    ///
    /// # Errors
    ///
    /// Why not, for them.
    pub async fn say(&self, said: Said) -> Result<(), String> {
        let id = NativeId::from(self.terminal.clock.id().as_simple().to_string());
        let body = match said {
            Said::Text { text } => self.message(&id, &text)?,
            Said::Press { button, values } => EventBody::Press {
                message: None,
                button,
                values,
            },
        };
        let event = Event {
            source: self.source(),
            occurred_at: self.terminal.clock.now(),
            dedupe: format!("{NAME}/{id}"),
            hops: 0,
            body,
        };
        let events = self.terminal.running().await?;
        let taken = events.accept(&self.terminal.login, vec![event], None).await;
        taken.map_err(|_| "That could not be stored just now. Please try again.".to_owned())?;
        self.terminal.show(&self.place(), Heard::Taken);
        Ok(())
    }

    fn message(&self, id: &NativeId, text: &str) -> Result<EventBody, String> {
        let text = text.trim();
        if text.is_empty() {
            return Err("There is nothing to send yet.".to_owned());
        }
        if text.chars().count() > TEXT_CHARS_MAX {
            return Err(format!("At most {TEXT_CHARS_MAX} characters fit into one message."));
        }
        Ok(EventBody::Message(InMessage {
            native: MessageRef {
                place: self.place(),
                id: id.clone(),
            },
            content: Content::plain(text),
            addressed: Addressed::Direct,
            reply_to: None,
            mentions: Vec::new(),
            files: Vec::new(),
        }))
    }

    fn source(&self) -> Source {
        Source::Platform {
            login: self.terminal.login.clone(),
            place: SeenPlace {
                native: self.place(),
                space: None,
                parent: None,
                name: self.name.clone(),
                audience: Audience::Direct,
                thread: false,
            },
            author: Some(SeenIdentity {
                native: IdentityRef {
                    scope: NAME.into(),
                    id: self.id.clone(),
                },
                name: self.name.clone(),
                bot: false,
                language: self.language.clone(),
                roles: Vec::new(),
                created_at: None,
                joined_at: None,
                standing: Standing::Untold,
            }),
        }
    }
}

#[async_trait]
impl Connector for Terminal {
    fn login(&self) -> &LoginName {
        &self.login
    }

    fn capabilities(&self, _place: &PlaceRef) -> Arc<Capabilities> {
        Arc::clone(&self.capabilities)
    }

    fn profile(&self) -> Profile {
        Profile {
            shared: Capabilities::clone(&self.capabilities),
            direct: Capabilities::clone(&self.capabilities),
            lacks: lacks(),
            only: Vec::new(),
        }
    }

    async fn run(&self, events: Arc<dyn EventSink>, _cursor: Option<Cursor>, stop: Stop) -> Result<(), ConnectorError> {
        events.signal(&self.login, Signal::Login(LoginState::Connected));
        self.intake.send_replace(Intake::Open(events));
        stop.requested().await;
        // What was said until now is still answered: whoever is attached stays until `hang_up`.
        self.intake.send_replace(Intake::Stopped);
        Ok(())
    }

    async fn deliver(&self, action: &FittedAction) -> Result<Receipt, DeliveryError> {
        let mut native = None;
        match &action.body {
            FittedBody::Send {
                message,
                piece,
                content,
                buttons,
                author,
                ..
            } => {
                native = Some(NativeId::from(format!("{message}/{piece}")));
                if self.is_new(action.delivery) {
                    self.show(&action.place, heard(author, content, buttons, false));
                }
            }
            FittedBody::Edit { content, buttons, .. } => {
                self.show(&action.place, heard(&Author::Host, content, buttons, true));
            }
            FittedBody::Typing { name } => self.show(&action.place, Heard::Typing { name: name.clone() }),
            FittedBody::Delete { .. }
            | FittedBody::Remove { .. }
            | FittedBody::Measure { .. }
            | FittedBody::React { .. }
            | FittedBody::Thread { .. } => {
                return Err(DeliveryError::Refused {
                    public: "a terminal only adds lines".to_owned(),
                });
            }
        }
        Ok(Receipt::of(native))
    }
}

/// What was said, as a terminal shows it.
pub fn heard(author: &Author, content: &Content, buttons: &[Button], edited: bool) -> Heard {
    let from = match author {
        Author::Identity { .. } => None,
        Author::Plugin { .. } | Author::Host => Some("Switchboard".to_owned()),
        Author::Staff { name, .. } => Some(name.clone()),
    };
    let buttons = buttons.iter().map(shown).collect();
    Heard::Message {
        from,
        text: content.to_plain(),
        buttons,
        edited,
    }
}

fn shown(button: &Button) -> Shown {
    let (id, url, form) = match &button.effect {
        ButtonEffect::Press { id } => (Some(*id), None, None),
        ButtonEffect::Link { url } => (None, Some(url.clone()), None),
        ButtonEffect::Form { id, form } => (Some(*id), None, Some(form.clone())),
    };
    Shown {
        label: button.label.clone(),
        button: id,
        url,
        form,
    }
}

/// A terminal shows lines, and takes lines.
fn lacks() -> Vec<Lack> {
    let lines = "a terminal only adds lines";
    let alone = "each person in a terminal is alone in their chat";
    let typed = "in a terminal people only type, and choose what they are offered";
    vec![
        Lack::new(Ability::Delete, lines),
        Lack::new(Ability::React, lines),
        Lack::new(Ability::Threads, alone),
        Lack::new(Ability::Remove, lines),
        Lack::new(Ability::Mute, alone),
        Lack::new(Ability::Kick, alone),
        Lack::new(Ability::Ban, alone),
        Lack::new(Ability::SendFiles, "a terminal shows no files; their names are shown"),
        Lack::new(Ability::Menu, "a terminal has no menu; commands are typed"),
        Lack::new(Ability::ReadAlong, alone),
        Lack::new(Ability::HearEdits, typed),
        Lack::new(Ability::HearDeletes, typed),
        Lack::new(Ability::HearReactions, typed),
        Lack::new(Ability::HearTyping, typed),
        Lack::new(Ability::HearMembers, alone),
        Lack::new(Ability::TakeFiles, typed),
        Lack::new(Ability::CatchUp, "a terminal only talks with the running program"),
        Lack::new(Ability::History, "nothing is said there before the program runs"),
        Lack::new(Ability::Zone, "the terminal is not asked for it"),
    ]
}

fn capabilities() -> Capabilities {
    // Writing to a terminal of the same machine: nothing but memory bounds it.
    let rate = Rate {
        burst: 1_000,
        per_ms: 1_000,
    };
    Capabilities {
        edit: true,
        delete: false,
        react: false,
        buttons: true,
        forms: true,
        form_max: None,
        threads: false,
        private: true,
        typing: true,
        moderates: Moderates::default(),
        file_bytes_max: None,
        caption_max: None,
        text_max: TEXT_CHARS_MAX,
        unit: TextUnit::Characters,
        idempotent_send: true,
        place_rate: rate,
        login_rate: rate,
    }
}
