//! What a connector is tested with alone: where it hands in events, and what it is asked to deliver.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use switchboard::connectors::logins::LoginState;
use switchboard::connectors::{AcceptError, Acceptance, Connector, ConnectorError, Cursor, EventSink, Signal};
use switchboard::model::action::Author;
use switchboard::model::fit::FittedBody;
use switchboard::model::ids::{EventSeq, LoginName, MessageId, MessageRef};
use switchboard::model::{Content, Event, EventBody};
use switchboard::supervisor::{Restart, Stop, Supervisor};
use tokio::sync::watch;
use uuid::Uuid;

/// Stores what is handed in, or refuses it.
#[derive(Default)]
pub struct Sink {
    events: watch::Sender<Vec<Event>>,
    cursor: Mutex<Option<Cursor>>,
    broken: Mutex<bool>,
    /// Nothing that is handed in would be kept.
    deaf: Mutex<bool>,
    /// Presses are of buttons that are for somebody else.
    strange: Mutex<bool>,
    states: watch::Sender<Vec<LoginState>>,
    typing: watch::Sender<usize>,
    moved: watch::Sender<usize>,
}

#[async_trait]
impl EventSink for Sink {
    async fn accept(
        &self,
        _: &LoginName,
        events: Vec<Event>,
        cursor: Option<Cursor>,
    ) -> Result<Vec<Acceptance>, AcceptError> {
        if !events.is_empty() && std::mem::take(&mut *self.broken.lock().unwrap()) {
            return Err(AcceptError::Storage("the disk is full".into()));
        }
        let mut stored = Vec::new();
        // As the database does: the same event counts once.
        self.events.send_modify(|all| {
            for event in events {
                if matches!(event.body, EventBody::Press { .. }) && *self.strange.lock().unwrap() {
                    stored.push(Acceptance::NotTheirs);
                } else if all.iter().any(|known| known.dedupe == event.dedupe) {
                    stored.push(Acceptance::Duplicate(EventSeq(1)));
                } else {
                    stored.push(Acceptance::Stored(EventSeq(1)));
                    all.push(event);
                }
            }
        });
        *self.cursor.lock().unwrap() = cursor;
        Ok(stored)
    }

    async fn keeps(&self, _: &LoginName, _: &Event) -> Result<bool, AcceptError> {
        Ok(!*self.deaf.lock().unwrap())
    }

    fn signal(&self, _: &LoginName, signal: Signal) {
        match signal {
            Signal::Login(state) => self.states.send_modify(|states| states.push(state)),
            Signal::Moved => self.moved.send_modify(|count| *count += 1),
            Signal::Typing { .. } => self.typing.send_modify(|count| *count += 1),
        }
    }
}

impl Sink {
    /// The next events are refused.
    pub fn refuses_once(&self) {
        *self.broken.lock().unwrap() = true;
    }

    /// Of what is handed in from now on nothing would be kept.
    pub fn keeps_nothing(&self) {
        *self.deaf.lock().unwrap() = true;
    }

    /// Who presses a button from now on may not.
    pub fn takes_no_presses(&self) {
        *self.strange.lock().unwrap() = true;
    }

    /// Where the connector would go on.
    pub fn cursor(&self) -> Option<Cursor> {
        self.cursor.lock().unwrap().clone()
    }

    /// Waits for so many events that `wanted` picks; answers them.
    pub async fn events(&self, wanted: impl Fn(&Event) -> bool, count: usize) -> Vec<Event> {
        let mut events = self.events.subscribe();
        let enough = |all: &Vec<Event>| all.iter().filter(|event| wanted(event)).count() >= count;
        let arrived = tokio::time::timeout(Duration::from_mins(1), events.wait_for(enough)).await;
        let Ok(all) = arrived.map(|all| all.unwrap().clone()) else {
            panic!("{count} events did not arrive: {:#?}", self.events.borrow());
        };
        all.into_iter().filter(wanted).collect()
    }

    /// How many events so far `wanted` picks.
    pub fn count(&self, wanted: impl Fn(&Event) -> bool) -> usize {
        self.events.borrow().iter().filter(|event| wanted(event)).count()
    }

    /// Waits for so many messages; answers what they say.
    pub async fn said(&self, count: usize) -> Vec<String> {
        let is_message = |event: &Event| matches!(event.body, EventBody::Message(_));
        self.events(is_message, count).await.iter().map(words).collect()
    }

    /// Waits for so many events of any kind; answers what messages say, and of the others what they are.
    pub async fn told(&self, count: usize) -> Vec<String> {
        self.events(|_| true, count).await.iter().map(words).collect()
    }

    /// Waits until the login has stood so.
    pub async fn stood(&self, wanted: impl Fn(&LoginState) -> bool) {
        let mut states = self.states.subscribe();
        let stood = states.wait_for(|states| states.iter().any(&wanted));
        let stood = tokio::time::timeout(Duration::from_mins(1), stood).await;
        assert!(stood.is_ok(), "it never stood so: {:?}", self.states.borrow());
    }

    /// Waits until it stands so.
    pub async fn stands(&self, wanted: impl Fn(&LoginState) -> bool) {
        let mut states = self.states.subscribe();
        let stands = states.wait_for(|states| states.last().is_some_and(&wanted));
        let stands = tokio::time::timeout(Duration::from_mins(1), stands).await;
        assert!(stands.is_ok(), "it does not stand so: {:?}", self.states.borrow());
    }

    /// Waits until it came somewhere or went so often.
    pub async fn moved(&self, times: usize) {
        let mut moved = self.moved.subscribe();
        let waited = tokio::time::timeout(Duration::from_mins(1), moved.wait_for(|count| *count >= times)).await;
        assert!(waited.is_ok(), "it did not move {times} times");
    }

    /// Waits until somebody was typing.
    pub async fn typed(&self) {
        let mut typing = self.typing.subscribe();
        let waited = tokio::time::timeout(Duration::from_mins(1), typing.wait_for(|count| *count > 0)).await;
        assert!(waited.is_ok(), "nobody was typing");
    }
}

fn words(event: &Event) -> String {
    match &event.body {
        EventBody::Message(said) => said.content.to_plain(),
        other => other.kind().to_owned(),
    }
}

/// A connector that reads in the background.
pub struct Listening {
    stop: Stop,
    ended: watch::Receiver<Option<Result<(), String>>>,
}

impl Listening {
    /// Begins to read; goes on at `cursor`.
    pub fn start(connector: Arc<dyn Connector>, sink: &Arc<Sink>, cursor: Option<Cursor>) -> Self {
        let (report, ended) = watch::channel(None);
        let stop = Stop::new();
        let (sink, stopping) = (Arc::clone(sink), stop.clone());
        Supervisor::new(Stop::new()).spawn("connector", Restart::Never, move || {
            let (connector, sink) = (Arc::clone(&connector), Arc::clone(&sink) as Arc<dyn EventSink>);
            let (cursor, stop, report) = (cursor.clone(), stopping.clone(), report.clone());
            async move {
                let ended = connector.run(sink, cursor, stop).await;
                report.send_replace(Some(ended.map_err(|error| match error {
                    ConnectorError::BadCredentials(why) => format!("bad credentials: {why}"),
                    ConnectorError::Fatal(why) => format!("stopped: {why}"),
                    ConnectorError::Lost(why) => why,
                })));
                Ok::<(), String>(())
            }
        });
        Self { stop, ended }
    }

    /// How reading ended by itself.
    pub async fn ended(mut self) -> Result<(), String> {
        let waited = tokio::time::timeout(Duration::from_mins(1), self.ended.wait_for(Option::is_some));
        waited.await.expect("it ends").unwrap().clone().unwrap()
    }

    /// Asks it to stop, and waits for it.
    pub async fn stop(self) {
        self.stop.request();
        assert_eq!(self.ended().await, Ok(()));
    }
}

/// A message with this text and nothing more.
pub fn send(markdown: &str) -> FittedBody {
    FittedBody::Send {
        message: MessageId(Uuid::nil()),
        piece: 0,
        pieces: 1,
        content: Content::markdown(markdown),
        buttons: Vec::new(),
        files: Vec::new(),
        reply_to: None,
        thread: None,
        only: None,
        author: Author::Host,
    }
}

/// New words for a message, and nothing more.
pub fn edit(target: MessageRef, markdown: &str) -> FittedBody {
    FittedBody::Edit {
        target,
        message: MessageId(Uuid::nil()),
        piece: 0,
        content: Content::markdown(markdown),
        buttons: Vec::new(),
        author: None,
    }
}
