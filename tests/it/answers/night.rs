//! A community whose nights are played, on a real database and a clock that is moved.

use std::sync::Arc;
use std::time::Duration;

use switchboard::clock::{Clock as _, TestClock};
use switchboard::knowledge::drafts::{DraftError, Publisher};
use switchboard::knowledge::{Knowledge, Nightly, ShownCluster};
use switchboard::model::action::Author;
use switchboard::model::button::{Button, ButtonEffect};
use switchboard::model::cluster::ClusterState;
use switchboard::model::conversation::{Conversation, Holder, LaneKey};
use switchboard::model::directory::{Audience, Identity, Place};
use switchboard::model::event::EventBody;
use switchboard::model::ids::{
    AccountId, ButtonId, CommunityId, ConversationId, EntryId, EventSeq, IdentityId, IdentityRef, LinkCodeId,
    MessageId, PlaceId, PlaceRef, Version,
};
use switchboard::model::{Content, Timestamp};
use switchboard::storage::accounts::{Account, AccountUnit, Invite, InvitePurpose, NewAudit, Role, TokenHash};
use switchboard::storage::core::CoreReads as _;
use switchboard::storage::knowledge::{KnowledgeUnit, Unanswered};
use switchboard::storage::person::{CodeHash, LinkCode, PersonUnit};
use switchboard::storage::quality::{Asked, Decided, QualityUnit};
use switchboard::storage::sqlite::{Options, SqliteStorage};
use switchboard::storage::unit::{
    Accept, Commit, ConversationWrite, DirectoryUnit, EventEnd, NewEvent, NewMessage, Stored,
};
use switchboard::storage::{Applied, Page, Storage as _, Unit};
use switchboard::supervisor::Bell;
use tempfile::TempDir;
use uuid::Uuid;

use crate::storage::given;

pub const COMMUNITY: CommunityId = CommunityId(Uuid::from_u128(1));
pub const LOUNGE: PlaceId = PlaceId(Uuid::from_u128(2));
pub const CHAT: PlaceId = PlaceId(Uuid::from_u128(3));
pub const BOB: IdentityId = IdentityId(Uuid::from_u128(102));
pub const CAROL: AccountId = AccountId(Uuid::from_u128(201));
pub const DORA: AccountId = AccountId(Uuid::from_u128(202));

pub const NEWEST: Page = Page {
    before: None,
    limit: 100,
};

pub struct Night {
    pub folder: TempDir,
    pub clock: Arc<TestClock>,
    pub storage: Arc<SqliteStorage>,
    pub knowledge: Knowledge,
}

pub fn who(number: u128) -> IdentityId {
    IdentityId(Uuid::from_u128(100 + number))
}

pub fn days(count: u64) -> Duration {
    Duration::from_hours(24 * count)
}

pub fn place(id: PlaceId, audience: Audience) -> Unit {
    Unit::Directory(DirectoryUnit::Place(Place {
        id,
        native: PlaceRef {
            scope: "loopback".into(),
            id: id.to_string().into(),
        },
        login: "loopback".into(),
        community: COMMUNITY,
        space: None,
        parent: None,
        name: format!("{audience:?}"),
        audience,
        thread: false,
        enabled: true,
        overheard: true,
    }))
}

pub fn identity(number: u128, name: &str) -> Unit {
    Unit::Directory(DirectoryUnit::Identity(Identity {
        id: who(number),
        native: IdentityRef {
            scope: "loopback".into(),
            id: name.into(),
        },
        name: name.to_owned(),
        bot: false,
        staff: false,
        roles: Vec::new(),
        language: None,
    }))
}

impl Night {
    pub async fn begin(options: &Options) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(TestClock::new(Timestamp::from_millis(1_790_000_000_000)));
        let storage = SqliteStorage::open(&folder.path().join("switchboard.db"), options, clock.clone()).unwrap();
        let units = vec![
            Unit::Directory(DirectoryUnit::Community {
                id: COMMUNITY,
                name: "Garden".to_owned(),
                language: "en".to_owned(),
                zone: "UTC".to_owned(),
            }),
            place(LOUNGE, Audience::Public),
            place(CHAT, Audience::Direct),
            identity(1, "Alice"),
            identity(2, "Bob"),
            identity(3, "Carl"),
        ];
        storage.write(Unit::All(units)).await.unwrap();
        Self {
            knowledge: Knowledge::new(storage.clone(), clock.clone()),
            folder,
            clock,
            storage,
        }
    }

    pub async fn new() -> Self {
        Self::begin(&Options::for_testing()).await
    }

    pub async fn run(&self) {
        Nightly::new(self.knowledge.clone(), Bell::default())
            .run()
            .await
            .unwrap();
    }

    /// A member asks in the lounge, in vain. Answers the message.
    pub async fn asks(&self, number: u128, text: &str) -> MessageId {
        self.asks_in(number, (LOUNGE, text)).await
    }

    pub async fn asks_in(&self, number: u128, (place, text): (PlaceId, &str)) -> MessageId {
        let message = MessageId(self.clock.id());
        let unit = KnowledgeUnit::Unanswered(Unanswered {
            community: COMMUNITY,
            place: Some(place),
            identity: Some(who(number)),
            message: Some(message),
            at: self.clock.now(),
            ..given::unanswered(text)
        });
        self.storage.write(Unit::Knowledge(unit)).await.unwrap();
        self.clock.advance(Duration::from_secs(1));
        message
    }

    /// Something that happened in a place, stored and not handled yet.
    async fn accepted(&self, place: PlaceId, lane: &str) -> EventSeq {
        let event = NewEvent {
            id: switchboard::model::ids::EventId(self.clock.id()),
            community: COMMUNITY,
            place: Some(place),
            author: None,
            lane: LaneKey(lane.to_owned()),
            received_at: self.clock.now(),
            event: switchboard::model::Event {
                source: switchboard::model::event::Source::Internal {
                    conversation: None,
                    place: Some(place),
                },
                occurred_at: self.clock.now(),
                dedupe: lane.to_owned(),
                hops: 0,
                body: EventBody::Member {
                    change: switchboard::model::event::Membership::Joined,
                },
            },
        };
        let accept = Unit::Accept(Accept {
            directory: Vec::new(),
            events: vec![event],
            cursor: None,
        });
        let Applied::Events(stored) = self.storage.write(accept).await.unwrap() else {
            panic!("events are stored");
        };
        let Stored::New(seq) = stored[0] else {
            panic!("it is new")
        };
        seq
    }

    /// A conversation that Alice begins in a place, with what is said in it.
    pub async fn talks(&self, place: PlaceId, said: Vec<NewMessage>) -> ConversationId {
        let id = ConversationId(self.clock.id());
        let seq = self.accepted(place, &id.to_string()).await;
        let messages = said.into_iter().map(|message| NewMessage {
            conversation: Some(id),
            place,
            ..message
        });
        let commit = Commit {
            event: seq,
            end: EventEnd::Handled,
            at: self.clock.now(),
            conversation: Some(ConversationWrite {
                before: None,
                after: Conversation {
                    id,
                    community: COMMUNITY,
                    place,
                    asker: Some(who(1)),
                    lane: LaneKey(id.to_string()),
                    holder: Holder::Bot,
                    version: Version(1),
                    misses: 0,
                    opened_at: self.clock.now(),
                    changed_at: self.clock.now(),
                    active_at: self.clock.now(),
                },
                transitions: Vec::new(),
            }),
            messages: messages.collect(),
            for_owners: false,
            changed_messages: Vec::new(),
            deliveries: Vec::new(),
            buttons: Vec::new(),
            kv_read: Vec::new(),
            kv: Vec::new(),
            jobs: Vec::new(),
            events: Vec::new(),
            trace: switchboard::storage::core::Trace::default(),
            also: Vec::new(),
        };
        self.storage.write(Unit::Commit(Box::new(commit))).await.unwrap();
        self.clock.advance(Duration::from_secs(1));
        id
    }

    /// A member asks in the lounge and is offered entries; then this is said. Answers the question.
    pub async fn is_offered(&self, number: u128, text: &str, then: Vec<NewMessage>) -> MessageId {
        let asked = self.said(Author::Identity { id: who(number) }, text);
        let message = asked.id;
        let plugin = "switchboard/faq".into();
        let mut offer = self.said(Author::Plugin { id: plugin }, "Did you mean one of these?");
        offer.reply_to = Some(message);
        offer.buttons = vec![Button {
            label: "When is it open?".to_owned(),
            effect: ButtonEffect::Press {
                id: ButtonId(self.clock.id()),
            },
        }];
        let at = self.clock.now();
        self.talks(LOUNGE, [vec![asked, offer], then].concat()).await;
        let asked = QualityUnit::Asked(Box::new(Asked {
            community: COMMUNITY,
            message,
            asker: Some(who(number)),
            overheard: false,
            language: None,
            entry: Some(("hours".into(), 1)),
            probability: 0.4,
            exact: false,
            scoring: "1".to_owned(),
            decision: Decided::Suggest,
            answer: None,
            at,
        }));
        self.storage.write(Unit::Quality(asked)).await.unwrap();
        message
    }

    /// What the bot says because somebody pressed one of the entries.
    pub fn pressed(&self) -> NewMessage {
        let plugin = "switchboard/faq".into();
        let mut said = self.said(Author::Plugin { id: plugin }, "At nine.");
        said.cites = vec![("hours".into(), 1)];
        said
    }

    pub fn said(&self, author: Author, text: &str) -> NewMessage {
        NewMessage {
            id: MessageId(self.clock.id()),
            conversation: None,
            place: LOUNGE,
            author,
            native: None,
            reply_to: None,
            note: false,
            only: None,
            content: Content::plain(text),
            buttons: Vec::new(),
            files: Vec::new(),
            cites: Vec::new(),
            name: None,
            at: self.clock.now(),
        }
    }

    pub fn alice(&self, text: &str) -> NewMessage {
        self.said(Author::Identity { id: who(1) }, text)
    }

    pub fn staff(&self, text: &str) -> NewMessage {
        let name = "Carol".to_owned();
        self.said(Author::Staff { id: CAROL, name }, text)
    }

    pub async fn clusters(&self) -> Vec<ShownCluster> {
        self.knowledge.clusters(COMMUNITY, false, (0, 100)).await.unwrap()
    }

    /// The one cluster that is open.
    pub async fn cluster(&self) -> ShownCluster {
        let mut found = self.clusters().await;
        assert_eq!(found.len(), 1, "{found:#?}");
        found.remove(0)
    }

    /// How the one cluster is written down: state, people, times.
    pub async fn stands(&self) -> (ClusterState, u32, u32) {
        let found = self.cluster().await;
        (found.counted.cluster.state, found.counted.people, found.counted.times)
    }

    /// Carol writes an answer to the one cluster, and Dora publishes it.
    pub async fn publish(&self) {
        let id = self.cluster().await.counted.cluster.id;
        let by = (CAROL, "Carol");
        let draft = self.knowledge.draft_of_cluster(COMMUNITY, id, None, by).await.unwrap();
        let mut entry = draft.entry.clone();
        "Behind the hall.".clone_into(&mut entry.answer.full);
        let seen = (draft.id, draft.version);
        let draft = self.knowledge.save_draft(COMMUNITY, seen, entry, CAROL).await.unwrap();
        let published = self.publish_as(DORA, (draft.id, draft.version)).await;
        published.unwrap();
    }

    pub async fn publish_as(
        &self,
        account: AccountId,
        seen: (switchboard::model::ids::DraftId, Version),
    ) -> Result<(), DraftError> {
        let publisher = Publisher {
            account,
            is_owner: false,
            identities: Vec::new(),
            others: true,
        };
        let line = |_, _: &EntryId| {
            Unit::Account(AccountUnit::Audit(NewAudit {
                account: Some(account),
                community: Some(COMMUNITY),
                act: "draft_published",
                subject: String::new(),
                at: Timestamp::default(),
            }))
        };
        self.knowledge
            .publish(COMMUNITY, seen, &publisher, line)
            .await
            .map(|_| ())
    }

    /// An owner for whom an account acts that talks to us in the direct chat.
    pub async fn owner(&self) {
        let token = TokenHash([1; 32]);
        let invite = Invite {
            token,
            purpose: InvitePurpose::Join {
                community: COMMUNITY,
                role: Role::Owner,
            },
            created_by: None,
            created_at: self.clock.now(),
            expires: self.clock.now() + days(1),
            ended_at: None,
        };
        let account = Account {
            id: CAROL,
            email: "carol@example.org".to_owned(),
            name: "Carol".to_owned(),
            password: String::new(),
            zone: None,
            created_at: self.clock.now(),
            disabled_at: None,
        };
        self.talks(CHAT, Vec::new()).await;
        let code = LinkCodeId(self.clock.id());
        let units = vec![
            Unit::Account(AccountUnit::Invite(invite)),
            Unit::Account(AccountUnit::Join { invite: token, account }),
            Unit::Person(PersonUnit::Code {
                code: LinkCode {
                    id: code,
                    community: COMMUNITY,
                    identity: who(1),
                    place: CHAT,
                    message: MessageId(self.clock.id()),
                    expires: self.clock.now() + days(1),
                    entered_by: None,
                },
                hash: CodeHash([0; 32]),
            }),
            Unit::Person(PersonUnit::Act {
                code,
                account: CAROL,
                at: self.clock.now(),
            }),
        ];
        self.storage.write(Unit::All(units)).await.unwrap();
    }

    /// How often owners were told that people go on asking.
    pub async fn told(&self) -> usize {
        let events = self.storage.events(Some(COMMUNITY), NEWEST, None).await.unwrap();
        let told = |body: &EventBody| matches!(body, EventBody::ClusterReopened { .. });
        events.iter().filter(|(event, _)| told(&event.new.event.body)).count()
    }
}
