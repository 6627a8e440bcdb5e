//! A console behind a socket, a browser for it, and a desk that handles what staff do.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use switchboard::calendar::Calendar;
use switchboard::clock::{Clock, TestClock};
use switchboard::connectors::logins::{LoginState, Logins};
use switchboard::connectors::{AcceptError, Acceptance};
use switchboard::console::access::links::Links;
use switchboard::console::{ConsoleParts, ConsoleState, PluginsRunning, StaffDesk, UpkeepShown, router};
use switchboard::dispatcher::chain::{Listed, LogLine};
use switchboard::installer::Installer;
use switchboard::knowledge::Knowledge;
use switchboard::model::action::{Author, FileRef, Priority};
use switchboard::model::conversation::{Actor, Conversation, Holder, LaneKey, Transition};
use switchboard::model::directory::{Audience, Identity, Place};
use switchboard::model::event::{Source, StaffAct};
use switchboard::model::fit::{FittedAction, FittedBody};
use switchboard::model::ids::{
    CommunityId, ConversationId, DeliveryId, EventId, EventSeq, IdentityId, IdentityRef, LoginName, MessageId,
    NativeId, PlaceId, PlaceRef, PluginId, QueueName, Scope, Version,
};
use switchboard::model::{Content, Event, EventBody, Timestamp};
use switchboard::outbox::Outbox;
use switchboard::plugin_host::{HostOptions, Packages, PluginHost};
use switchboard::storage::accounts::{AccountUnit, NewAudit, Role};
use switchboard::storage::core::{Trace, TraceStep, Verdict};
use switchboard::storage::files::Files;
use switchboard::storage::person::PersonUnit;
use switchboard::storage::sqlite::{Options, SqliteStorage};
use switchboard::storage::unit::{
    Accept, Commit, ConversationWrite, DirectoryUnit, EventEnd, NewDelivery, NewEvent, NewMessage, Stored,
};
use switchboard::storage::{Applied, SharedStorage, Storage, Unit, WriteError};
use switchboard::supervisor::{Bell, Restart, Stop, Supervisor};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::broadcast;

/// The password of everybody in these tests.
pub const PASSWORD: &str = "four words in a row";

/// Handles what staff do, as the dispatcher and the handoff feature would.
pub struct Desk {
    storage: SharedStorage,
    clock: Arc<TestClock>,
    community: CommunityId,
    pub acts: Mutex<Vec<StaffAct>>,
    /// The next act is refused with this sentence.
    pub refuse: Mutex<Option<&'static str>>,
    /// How the plugins do.
    pub running: Mutex<Vec<Listed>>,
    typing: broadcast::Sender<PlaceRef>,
}

impl PluginsRunning for Desk {
    fn running(&self, community: CommunityId) -> Vec<Listed> {
        if community == self.community {
            self.running.lock().unwrap().clone()
        } else {
            Vec::new()
        }
    }

    fn log(&self, community: CommunityId, plugin: &PluginId) -> Vec<LogLine> {
        let running = self.running(community).into_iter();
        let mut its = running.filter(|listed| listed.id == *plugin);
        its.next().map(|listed| listed.log).unwrap_or_default()
    }
}

#[async_trait]
impl StaffDesk for Desk {
    async fn hand_in(&self, event: Event) -> Result<Acceptance, AcceptError> {
        let EventBody::Staff { act, account, .. } = event.body.clone() else {
            panic!("the console hands in staff acts alone");
        };
        let (conversation, place) = match &event.source {
            Source::Internal { conversation, place } => (*conversation, *place),
            Source::Platform { .. } => (None, None),
        };
        let stored = accept(&*self.storage, &*self.clock, self.community, place, event).await;
        let seq = match stored {
            Stored::New(seq) => seq,
            Stored::Duplicate(seq) => return Ok(Acceptance::Duplicate(seq)),
        };
        let (word, act_of) = (act.word(), act.clone());
        let refusal = self.refuse.lock().unwrap().take();
        if refusal.is_none() {
            self.acts.lock().unwrap().push(act);
        }
        let by_code = match act_of {
            StaffAct::LetAct { code } if refusal.is_none() => Some(PersonUnit::Act {
                code,
                account,
                at: self.clock.now(),
            }),
            _ => None,
        };
        let step = TraceStep {
            who: if by_code.is_some() { "person" } else { "handoff" }.to_owned(),
            verdict: if refusal.is_some() {
                Verdict::Held
            } else {
                Verdict::Acted
            },
            line: refusal.unwrap_or_default().to_owned(),
            cpu_us: None,
            calls: vec![],
            actions: vec![],
        };
        let mut commit = commit(seq, self.clock.now(), vec![step]);
        commit.also = vec![Unit::Account(AccountUnit::Audit(NewAudit {
            account: Some(account),
            community: Some(self.community),
            act: word,
            subject: conversation.map(|id| id.to_string()).unwrap_or_default(),
            at: self.clock.now(),
        }))];
        commit.also.extend(by_code.map(Unit::Person));
        self.storage.write(Unit::Commit(Box::new(commit))).await.unwrap();
        Ok(Acceptance::Stored(seq))
    }

    fn staff_types(&self, _: PlaceId, _: &str) {}

    fn visitors_typing(&self) -> broadcast::Receiver<PlaceRef> {
        self.typing.subscribe()
    }

    async fn look_over(&self, community: CommunityId) -> Result<(), WriteError> {
        super::upkeep::look_over(&self.storage, &self.clock, community).await
    }
}

/// One login that is connected, one that tries again, and one that waits for an admin.
fn logins(clock: &dyn Clock) -> Logins {
    let logins = Logins::default();
    logins.set(&"web_chat".into(), LoginState::Connected, clock.now());
    let fix = "Telegram does not know this bot token: take the current one from @BotFather".to_owned();
    logins.set(&"telegram".into(), LoginState::BadCredentials { fix }, clock.now());
    let retrying = LoginState::Retrying {
        reason: "Discord cannot be reached".to_owned(),
        next: clock.now() + Duration::from_secs(8),
    };
    logins.set(&"discord".into(), retrying, clock.now());
    logins
}

pub(super) async fn accept(
    storage: &dyn Storage,
    clock: &dyn Clock,
    community: CommunityId,
    place: Option<PlaceId>,
    event: Event,
) -> Stored {
    let new = NewEvent {
        id: EventId(clock.id()),
        community,
        place,
        author: None,
        lane: LaneKey("test".to_owned()),
        received_at: clock.now(),
        event,
    };
    let unit = Unit::Accept(Accept {
        directory: vec![],
        events: vec![new],
        cursor: None,
    });
    match storage.write(unit).await.unwrap() {
        Applied::Events(mut stored) => stored.remove(0),
        other => panic!("{other:?}"),
    }
}

pub(super) fn commit(event: EventSeq, at: Timestamp, steps: Vec<TraceStep>) -> Commit {
    Commit {
        event,
        end: EventEnd::Handled,
        at,
        conversation: None,
        messages: vec![],
        for_owners: false,
        changed_messages: vec![],
        deliveries: vec![],
        buttons: vec![],
        kv_read: vec![],
        kv: vec![],
        jobs: vec![],
        events: vec![],
        trace: Trace { steps, sent: vec![] },
        also: vec![],
    }
}

/// A console that runs.
pub struct Site {
    pub address: SocketAddr,
    pub storage: SharedStorage,
    pub clock: Arc<TestClock>,
    pub desk: Arc<Desk>,
    pub logins: Logins,
    pub community: CommunityId,
    pub place: PlaceId,
    pub identity: IdentityId,
    supervisor: Supervisor,
    folder: tempfile::TempDir,
}

/// As the program has it, with the plugins that come with it.
fn installer(storage: &SharedStorage, clock: Arc<TestClock>) -> Installer {
    Installer::new(switchboard::installer::Parts {
        storage: Arc::clone(storage),
        clock: clock.clone(),
        host: PluginHost::start(HostOptions::default(), clock).unwrap(),
        bundled: Packages::bundled(),
        settings: switchboard::installer::Settings::default(),
    })
}

impl Site {
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(TestClock::new(Timestamp::from_millis(1_795_000_000_000)));
        let path = folder.path().join("switchboard.db");
        let storage = SqliteStorage::open(&path, &Options::for_testing(), clock.clone()).unwrap();
        let storage: SharedStorage = storage;
        let community = CommunityId(clock.id());
        let (typing, _) = broadcast::channel(8);
        let desk = Arc::new(Desk {
            storage: storage.clone(),
            clock: clock.clone(),
            community,
            acts: Mutex::default(),
            refuse: Mutex::default(),
            running: Mutex::default(),
            typing,
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = Stop::new();
        let logins = logins(&*clock);
        let state = ConsoleState::new(ConsoleParts {
            storage: storage.clone(),
            clock: clock.clone(),
            desk: desk.clone(),
            logins: logins.clone(),
            plugins: desk.clone(),
            installer: Arc::new(installer(&storage, clock.clone())),
            knowledge: Knowledge::new(storage.clone(), clock.clone()),
            calendar: Calendar::new(storage.clone(), clock.clone(), Bell::default()),
            outbox: Arc::new(Outbox::new(storage.clone(), clock.clone(), Bell::default())),
            files: Files::new(folder.path().join("files")),
            public_url: format!("http://{address}"),
            upkeep: UpkeepShown {
                backups: folder.path().join("backups"),
                message_days: 365,
                ..UpkeepShown::default()
            },
            stop: stop.clone(),
        });
        let app = axum::Router::new().nest("/console", router(state));
        let supervisor = Supervisor::new(stop);
        let mut serve = Some(axum::serve(
            listener,
            app.into_make_service_with_connect_info::<SocketAddr>(),
        ));
        supervisor.spawn("console", Restart::Never, move || {
            let serve = serve.take().expect("it is started once");
            async move { serve.await }
        });
        let site = Self {
            place: PlaceId(clock.id()),
            identity: IdentityId(clock.id()),
            address,
            storage,
            clock,
            desk,
            logins,
            community,
            supervisor,
            folder,
        };
        site.fill_directory().await;
        site
    }

    async fn fill_directory(&self) {
        let scope = Scope::from("web_chat");
        let units = vec![
            DirectoryUnit::Community {
                id: self.community,
                name: "Example".to_owned(),
                language: "en".to_owned(),
                zone: "Europe/Berlin".to_owned(),
            },
            DirectoryUnit::Place(Place {
                id: self.place,
                native: PlaceRef {
                    scope: scope.clone(),
                    id: NativeId::from("site"),
                },
                login: LoginName::from("web_chat"),
                community: self.community,
                space: None,
                parent: None,
                name: "Lobby".to_owned(),
                audience: Audience::Public,
                thread: false,
                enabled: true,
                overheard: false,
            }),
            DirectoryUnit::Identity(Identity {
                id: self.identity,
                native: IdentityRef {
                    scope,
                    id: NativeId::from("alice"),
                },
                name: "Alice <b>".to_owned(),
                bot: false,
                staff: false,
                roles: vec![],
                language: Some("de".to_owned()),
            }),
        ];
        let units = units.into_iter().map(Unit::Directory).collect();
        self.storage.write(Unit::All(units)).await.unwrap();
    }

    pub fn links(&self) -> Links<'_> {
        Links {
            storage: &*self.storage,
            clock: &*self.clock,
            public_url: "",
        }
    }

    pub fn browser(&self) -> Browser<'_> {
        Browser {
            site: self,
            cookie: None,
        }
    }

    /// A browser in which somebody with this role is signed in.
    pub async fn signed_in(&self, role: Role) -> Browser<'_> {
        let link = self.links().join(self.community, role, None).await.unwrap();
        let mut browser = self.browser();
        let name = role.as_str();
        let answer = browser.join(&link, name, &format!("{name}@example.org")).await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        browser
    }

    /// Another community on the same instance, with a place of its own.
    pub async fn other_community(&self) -> (CommunityId, PlaceId) {
        let (community, place) = (CommunityId(self.clock.id()), PlaceId(self.clock.id()));
        let mut moved = self.storage.place(self.place).await.unwrap().unwrap();
        moved.id = place;
        moved.community = community;
        moved.native.id = NativeId::from("elsewhere");
        "Other lobby".clone_into(&mut moved.name);
        let units = vec![
            Unit::Directory(DirectoryUnit::Community {
                id: community,
                name: "Other".to_owned(),
                language: "en".to_owned(),
                zone: "UTC".to_owned(),
            }),
            Unit::Directory(DirectoryUnit::Place(moved)),
        ];
        self.storage.write(Unit::All(units)).await.unwrap();
        (community, place)
    }

    /// A conversation that waits, with one message.
    pub async fn conversation(&self, text: &str) -> ConversationId {
        self.conversation_in((self.community, self.place), text).await
    }

    /// The same in any community, with an answer on its way.
    pub async fn conversation_in(&self, at: (CommunityId, PlaceId), text: &str) -> ConversationId {
        self.conversation_by(self.identity, at, (text, false)).await
    }

    /// The same where all that was said is for owners alone.
    pub async fn conversation_for_owners(&self, text: &str) -> ConversationId {
        let at = (self.community, self.place);
        self.conversation_by(self.identity, at, (text, true)).await
    }

    /// Something happened in the place of this site, and nothing came of it.
    pub async fn happened(&self, body: EventBody) -> EventSeq {
        let event = Event {
            source: Source::Internal {
                conversation: None,
                place: Some(self.place),
            },
            occurred_at: self.clock.now(),
            dedupe: self.clock.id().to_string(),
            hops: 0,
            body,
        };
        let stored = accept(&*self.storage, &*self.clock, self.community, Some(self.place), event).await;
        let Stored::New(seq) = stored else { panic!("it is new") };
        let end = commit(seq, self.clock.now(), vec![]);
        self.storage.write(Unit::Commit(Box::new(end))).await.unwrap();
        seq
    }

    /// The same of somebody else.
    pub async fn conversation_of(&self, asker: IdentityId, text: &str) -> ConversationId {
        let at = (self.community, self.place);
        self.conversation_by(asker, at, (text, false)).await
    }

    async fn conversation_by(
        &self,
        asker: IdentityId,
        at: (CommunityId, PlaceId),
        (text, for_owners): (&str, bool),
    ) -> ConversationId {
        let (community, place) = at;
        let now = self.clock.now();
        let id = ConversationId(self.clock.id());
        let event = Event {
            source: Source::Internal {
                conversation: None,
                place: Some(place),
            },
            occurred_at: now,
            dedupe: id.to_string(),
            hops: 0,
            body: EventBody::Member {
                change: switchboard::model::event::Membership::Joined,
            },
        };
        let stored = accept(&*self.storage, &*self.clock, community, Some(place), event).await;
        let Stored::New(seq) = stored else {
            panic!("each conversation has an event of its own");
        };
        let queue = QueueName::from("normal");
        let mut all = commit(seq, now, vec![]);
        all.conversation = Some(ConversationWrite {
            before: None,
            after: Conversation {
                id,
                community,
                place,
                asker: Some(asker),
                lane: LaneKey(id.to_string()),
                holder: Holder::Waiting { queue: queue.clone() },
                version: Version(1),
                misses: 0,
                opened_at: now,
                changed_at: now,
                active_at: now,
            },
            transitions: vec![Transition {
                to: Holder::Waiting { queue },
                actor: Actor::Identity(asker),
                reason: "asked for a person".to_owned(),
            }],
        });
        let message = MessageId(self.clock.id());
        all.for_owners = for_owners;
        all.deliveries = vec![self.delivery(place, message, text).await];
        all.messages = vec![NewMessage {
            id: message,
            conversation: Some(id),
            place,
            author: Author::Identity { id: asker },
            native: None,
            reply_to: None,
            note: false,
            only: None,
            content: Content::plain(text),
            buttons: vec![],
            files: vec![self.attached(text)],
            cites: vec![],
            name: None,
            at: now,
        }];
        self.storage.write(Unit::Commit(Box::new(all))).await.unwrap();
        self.clock.advance(Duration::from_secs(1));
        id
    }

    /// A file that says the same as its message.
    fn attached(&self, text: &str) -> FileRef {
        let files = Files::new(self.folder.path().join("files"));
        FileRef {
            sha256: files.put(text.as_bytes()).unwrap(),
            name: "details.txt".to_owned(),
            media_type: "text/plain".to_owned(),
            bytes: text.len() as u64,
            alt: String::new(),
        }
    }

    pub(super) async fn delivery(&self, place: PlaceId, message: MessageId, text: &str) -> NewDelivery {
        let id = DeliveryId(self.clock.id());
        NewDelivery {
            id,
            login: LoginName::from("web_chat"),
            place,
            conversation: None,
            message: Some(message),
            piece: 0,
            priority: Priority::Answer,
            after: None,
            due: self.clock.now(),
            action: FittedAction {
                delivery: id,
                place: self.storage.place(place).await.unwrap().unwrap().native,
                body: FittedBody::Send {
                    message,
                    piece: 0,
                    pieces: 1,
                    content: Content::plain(text),
                    buttons: vec![],
                    files: vec![],
                    reply_to: None,
                    thread: None,
                    only: None,
                    author: Author::Host,
                },
            },
            idempotent: true,
        }
    }

    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    pub fn stop(self) {
        self.supervisor.stop().request();
    }
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(": ")?;
            key.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    /// The value of the first hidden field of that name.
    pub fn field(&self, name: &str) -> String {
        self.field_of("", name)
    }

    /// The same of the first form that is sent to `action`.
    pub fn field_of(&self, action: &str, name: &str) -> String {
        let start = format!("name=\"{name}\" value=\"");
        let (_, form) = self.body.split_once(action).unwrap_or_default();
        let (_, rest) = form.split_once(&start).unwrap_or_default();
        rest.split('"').next().unwrap_or_default().to_owned()
    }
}

/// A browser with its cookie.
pub struct Browser<'a> {
    site: &'a Site,
    pub cookie: Option<String>,
}

impl Browser<'_> {
    pub async fn get(&mut self, path: &str) -> Answer {
        self.request("GET", path, "", b"").await
    }

    /// Opens `page`, fills in the form and sends it to `action`.
    pub async fn send(&mut self, page: &str, action: &str, fields: &[(&str, &str)]) -> Answer {
        let shown = self.get(page).await;
        let (csrf, key) = (shown.field("_csrf"), shown.field("_key"));
        let mut all = vec![("_csrf", csrf.as_str()), ("_key", key.as_str())];
        all.extend_from_slice(fields);
        self.post(action, &all).await
    }

    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let origin = format!("http://{}", self.site.address);
        self.post_from(path, fields, &origin).await
    }

    pub async fn post_from(&mut self, path: &str, fields: &[(&str, &str)], origin: &str) -> Answer {
        let encode = |text: &str| {
            text.bytes().fold(String::new(), |mut encoded, byte| {
                write!(encoded, "%{byte:02x}").unwrap();
                encoded
            })
        };
        let pairs: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{name}={}", encode(value)))
            .collect();
        let body = pairs.join("&");
        let head = format!("Origin: {origin}\r\nContent-Type: application/x-www-form-urlencoded\r\n");
        self.request("POST", path, &head, body.as_bytes()).await
    }

    /// The same with a file, as browsers send it. Each character below 256 is a byte of the file.
    pub async fn send_file(
        &mut self,
        page: &str,
        action: &str,
        fields: &[(&str, &str)],
        (name, content): (&str, &str),
    ) -> Answer {
        let bytes: Vec<u8> = content
            .chars()
            .map(|byte| u8::try_from(u32::from(byte)).unwrap())
            .collect();
        self.send_bytes((page, action), fields, ("file", name, &bytes)).await
    }

    /// The same with the field that the file is in, behind which an empty text field follows.
    pub async fn send_bytes(
        &mut self,
        (page, action): (&str, &str),
        fields: &[(&str, &str)],
        (field, name, content): (&str, &str, &[u8]),
    ) -> Answer {
        let shown = self.get(page).await;
        let hidden = ["_csrf", "_key"].map(|name| (name, shown.field(name)));
        let hidden = hidden.iter().map(|(name, value)| (*name, value.as_str()));
        let mut body = Vec::new();
        for (name, value) in hidden.chain(fields.iter().copied()) {
            let part = format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend(part.bytes());
        }
        let head = format!("--edge\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\r\n");
        body.extend(head.bytes());
        body.extend(content);
        body.extend(b"\r\n--edge\r\nContent-Disposition: form-data; name=\"behind\"\r\n\r\n");
        body.extend(b"\r\n--edge--\r\n");
        let origin = format!("http://{}", self.site.address);
        let head = format!("Origin: {origin}\r\nContent-Type: multipart/form-data; boundary=edge\r\n");
        self.request("POST", action, &head, &body).await
    }

    pub async fn sign_in(&mut self, email: &str, password: &str) -> Answer {
        let fields = [("email", email), ("password", password)];
        self.post("/console/sign-in", &fields).await
    }

    pub async fn join(&mut self, link: &str, name: &str, email: &str) -> Answer {
        let (path, token) = link.split_once("?token=").unwrap();
        let fields = [
            ("token", token),
            ("name", name),
            ("email", email),
            ("password", PASSWORD),
            ("password_again", PASSWORD),
        ];
        self.post(path, &fields).await
    }

    async fn request(&mut self, method: &str, path: &str, head: &str, body: &[u8]) -> Answer {
        let cookie = self.cookie.as_ref().map(|cookie| format!("Cookie: {cookie}\r\n"));
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {}\r\n{}{head}\r\n",
            self.site.address,
            body.len(),
            cookie.unwrap_or_default(),
        );
        let mut socket = tokio::net::TcpStream::connect(self.site.address).await.unwrap();
        socket.write_all(request.as_bytes()).await.unwrap();
        socket.write_all(body).await.unwrap();
        let mut bytes = Vec::new();
        socket.read_to_end(&mut bytes).await.unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let answer = Answer {
            status: head.split(' ').nth(1).unwrap().parse().unwrap(),
            head: head.to_owned(),
            body: body.to_owned(),
        };
        if let Some(set) = answer.header("set-cookie") {
            self.cookie = set.split(';').next().map(str::to_owned);
        }
        answer
    }
}
