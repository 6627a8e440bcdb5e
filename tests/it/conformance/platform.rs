//! A platform as its members see it, and a connector that is connected to it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use switchboard::clock::{Clock as _, SystemClock};
use switchboard::connectors::{Connector, Cursor, DeliveryError, Receipt};
use switchboard::model::action::{Author, FileRef};
use switchboard::model::button::{Button, Form};
use switchboard::model::event::Source;
use switchboard::model::fit::part::SendPart;
use switchboard::model::fit::{FittedAction, FittedBody};
use switchboard::model::ids::{ButtonId, DeliveryId, IdentityRef, MessageId, MessageRef, PlaceRef};
use switchboard::model::{Content, Event, EventBody};

use crate::support::sink::{Listening, Sink};

/// What a member does, in their own chat with the bot unless it says otherwise.
#[derive(Clone, Copy, Debug)]
pub enum Deed<'a> {
    Says(&'a str),
    /// Gives a command of this name.
    Commands(&'a str),
    /// Sends one file.
    SendsFile,
    /// Sends one file that is larger than the platform gives to bots.
    SendsTooLarge,
    /// Says something in a place of several people, to nobody in particular.
    SaysToAll(&'a str),
    /// Changes what they said last.
    Edits(&'a str),
    /// Takes back what they said last.
    Deletes,
    /// Reacts to what they said last.
    Reacts,
    IsTyping,
    /// Comes into a place of several people.
    Joins,
    /// Leaves it.
    Leaves,
    /// Presses the button with this label.
    Presses(&'a str),
    /// Says the first, changes it to the second; the platform tells all of it twice, and the change first.
    IsToldOddly(&'a str, &'a str),
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The platform asks to wait seven seconds, in the member's own chat.
    Busy,
    /// It says that it is broken.
    Broken,
    /// The connection is cut in the middle.
    Cut,
    /// The bot was taken out of the place.
    Removed,
    /// The thread was archived.
    Archived,
    /// The message is too old to be changed.
    TooOld,
    /// The token is no longer good.
    Revoked,
}

/// What goes wrong like that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    Send,
    Edit,
}

impl Trouble {
    pub const ALL: [Self; 7] = [
        Self::Busy,
        Self::Broken,
        Self::Cut,
        Self::Removed,
        Self::Archived,
        Self::TooOld,
        Self::Revoked,
    ];
}

/// A message of the bot as it stands on the platform.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// As the platform names it.
    pub id: String,
    pub text: String,
    /// Labels.
    pub buttons: Vec<String>,
    /// Names.
    pub files: Vec<String>,
}

/// What members see of the bot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// In the member's own chat, oldest first, without what was taken back.
    pub messages: Vec<Shown>,
    /// Emojis of the bot that are there now.
    pub reactions: Vec<String>,
    pub typing: bool,
    /// Names of the commands in the menu.
    pub menu: Vec<String>,
    /// What members said and the bot deleted, by the platform's names.
    pub removed: Vec<String>,
    /// What was done about members, the latest last: `mute 7`.
    pub measures: Vec<String>,
    /// In the place of all: what each is called, and what the bot says there.
    pub threads: Vec<(String, Vec<String>)>,
}

impl Seen {
    /// The texts of all messages.
    pub fn texts(&self) -> Vec<&str> {
        self.messages.iter().map(|message| message.text.as_str()).collect()
    }

    /// The message with this id.
    pub fn message(&mut self, id: &str) -> Option<&mut Shown> {
        self.messages.iter_mut().find(|message| message.id == id)
    }
}

/// One platform with one member on it.
#[async_trait]
pub trait Platform: Send + Sync {
    /// The connector under test.
    fn connector(&self) -> Arc<dyn Connector>;

    /// A connector with a token that the platform does not know; none where there are no tokens.
    fn with_wrong_token(&self) -> Option<Arc<dyn Connector>>;

    /// The longest text that one message may hold, in the unit of the capabilities, as the platform itself says.
    fn text_max(&self) -> usize;

    /// The largest file that it takes from bots, as the platform itself says; none where it says nothing.
    fn file_max(&self) -> Option<u64> {
        None
    }

    /// The longest text that may stand with a file, where that is another limit.
    fn caption_max(&self) -> usize {
        self.text_max()
    }

    /// The member does something; whether the platform has that, and tells bots of it.
    async fn does(&self, deed: Deed<'_>) -> bool;

    /// What the member sees.
    async fn seen(&self) -> Seen;

    /// The next send, or the next edit, goes wrong like this; whether that can happen on this platform.
    async fn breaks(&self, trouble: Trouble, what: Of) -> bool;

    /// Our own storage holds this message, as it is to be shown; none when it was taken back.
    async fn stores(&self, _place: &PlaceRef, _message: MessageId, _said: Option<(&Content, &[Button], &[FileRef])>) {}

    /// Our own storage holds that what a member said was deleted.
    async fn removes(&self, _said: &MessageRef, _message: MessageId) {}

    /// Our own storage holds what this button opens.
    fn keeps_form(&self, _button: ButtonId, _form: &Form) {}

    /// The labels of the fields that the member sees when they press the button with this label; none where nothing opens.
    async fn form(&self, label: &str) -> Option<Vec<String>>;

    /// The member fills in the one field of the form that this button opens, and sends it in.
    async fn fills(&self, _label: &str, _value: &str) {
        unreachable!("nothing opens a form here");
    }

    /// The token is no longer good from now on; whether there are tokens.
    async fn revokes(&self) -> bool {
        false
    }

    /// A file that can be sent.
    async fn keeps_file(&self) -> FileRef;
}

/// A connector that hears its platform, after the member said hello.
pub struct Scene<'a> {
    pub platform: &'a dyn Platform,
    pub connector: Arc<dyn Connector>,
    pub sink: Arc<Sink>,
    listening: Listening,
    /// The member's own chat with the bot.
    pub direct: PlaceRef,
}

impl<'a> Scene<'a> {
    pub async fn open(platform: &'a dyn Platform) -> Self {
        let (connector, sink) = (platform.connector(), Arc::<Sink>::default());
        let listening = Listening::start(Arc::clone(&connector), &sink, None);
        sink.stood(switchboard::connectors::logins::LoginState::is_fine).await;
        assert!(platform.does(Deed::Says("hello")).await, "people can speak everywhere");
        let heard = sink.events(|event| event.body.kind() == "message", 1).await;
        Self {
            platform,
            connector,
            listening,
            direct: place_of(&heard[0]),
            sink,
        }
    }

    /// The program ends; answers where it would go on.
    pub async fn close(self) -> (Arc<Sink>, Option<Cursor>) {
        self.listening.stop().await;
        let cursor = self.sink.cursor();
        (self.sink, cursor)
    }

    /// How it ends by itself.
    pub async fn ended(self) -> Result<(), String> {
        self.listening.ended().await
    }

    /// The member says something in the place of all; answers how that is named, and the place.
    pub async fn says_to_all(&self, text: &str) -> MessageRef {
        assert!(self.platform.does(Deed::SaysToAll(text)).await);
        let is_it = |event: &Event| matches!(&event.body, EventBody::Message(said) if said.content.to_plain() == text);
        match self.sink.events(is_it, 1).await.remove(0).body {
            EventBody::Message(said) => said.native,
            other => panic!("{other:?}"),
        }
    }

    /// Somebody in the place of all, and that place.
    pub async fn somebody(&self) -> (PlaceRef, IdentityRef) {
        let said = self.says_to_all("who is here?").await;
        let is_it = |event: &Event| matches!(&event.body, EventBody::Message(heard) if heard.native == said);
        match self.sink.events(is_it, 1).await.remove(0).source {
            Source::Platform {
                author: Some(author), ..
            } => (said.place, author.native),
            other => panic!("{other:?}"),
        }
    }

    /// Waits for so many events of this kind.
    pub async fn heard(&self, kind: &str, count: usize) -> Vec<Event> {
        self.sink.events(|event| event.body.kind() == kind, count).await
    }

    /// Asks the connector for something.
    pub async fn deliver(&self, place: &PlaceRef, body: FittedBody) -> Result<Receipt, DeliveryError> {
        let delivery = DeliveryId(SystemClock::new().id());
        self.repeat(delivery, place, body).await
    }

    /// The same under an id that may have been used.
    pub async fn repeat(
        &self,
        delivery: DeliveryId,
        place: &PlaceRef,
        body: FittedBody,
    ) -> Result<Receipt, DeliveryError> {
        let place = place.clone();
        self.connector.deliver(&FittedAction { delivery, place, body }).await
    }

    /// Says something in the member's own chat, in as many pieces as it takes; answers the name of each.
    pub async fn says(&self, part: SendPart) -> Vec<MessageRef> {
        let said = Some((&part.content, &part.buttons[..], &part.files[..]));
        self.platform.stores(&self.direct, part.message, said).await;
        let abilities = self.connector.capabilities(&self.direct);
        let fit = abilities.fit(switchboard::model::fit::part::Part::Send(part)).unwrap();
        let mut names = Vec::new();
        for body in fit.bodies {
            let receipt = self.deliver(&self.direct, body).await.unwrap();
            let id = receipt.native.expect("what was sent has a name");
            let place = self.direct.clone();
            names.push(MessageRef { place, id });
        }
        names
    }

    /// Waits until the member sees it so.
    pub async fn until(&self, what: &str, wanted: impl Fn(&Seen) -> bool) -> Seen {
        let patience = async {
            loop {
                let seen = self.platform.seen().await;
                if wanted(&seen) {
                    return seen;
                }
                tokio::task::yield_now().await;
            }
        };
        let Ok(seen) = tokio::time::timeout(Duration::from_mins(1), patience).await else {
            panic!("{what} was not seen: {:#?}", self.platform.seen().await);
        };
        seen
    }
}

/// Where it happened.
pub fn place_of(event: &Event) -> PlaceRef {
    match &event.source {
        Source::Platform { place, .. } => place.native.clone(),
        Source::Internal { .. } => panic!("a connector's events come from its platform"),
    }
}

/// A text of the bot.
pub fn text(content: Content) -> SendPart {
    SendPart {
        message: MessageId(SystemClock::new().id()),
        author: Author::Host,
        content,
        short: None,
        buttons: Vec::new(),
        files: Vec::new(),
        reply_to: None,
        thread: None,
        only: None,
        direct: true,
        direct_chat: false,
        language: None,
    }
}
