//! Who is left alone, by what platforms told, by who is linked with whom, and by who acts for an owner.

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::super::refs::Removable;
use super::*;
use crate::clock::TestClock;
use crate::dispatcher::given::{self, COMMUNITY, NOW};
use crate::model::conversation::LaneKey;
use crate::model::directory::{Place, Role};
use crate::model::event::{Addressed, InMessage};
use crate::model::ids::{
    AccountId, EventId, IdentityRef, LinkCodeId, MessageId, MessageRef, PersonId, PlaceId, PlaceRef,
};
use crate::model::{Content, Event, EventBody};
use crate::storage::Unit;
use crate::storage::accounts::{self, Account, AccountUnit, Invite, InvitePurpose, TokenHash};
use crate::storage::core::Community;
use crate::storage::person::{CodeHash, LinkCode, PersonUnit};
use crate::storage::sqlite::{Options, SqliteStorage};
use crate::storage::unit::{Accept, DirectoryUnit};

const GUILD: SpaceId = SpaceId(Uuid::from_u128(2));
const OTHER_GUILD: SpaceId = SpaceId(Uuid::from_u128(3));
const HELP: PlaceId = PlaceId(Uuid::from_u128(4));
const ELSEWHERE: PlaceId = PlaceId(Uuid::from_u128(5));
const CHAT: PlaceId = PlaceId(Uuid::from_u128(6));
const ANN: IdentityId = IdentityId(Uuid::from_u128(7));
const BOB: IdentityId = IdentityId(Uuid::from_u128(8));
const SAID: MessageId = MessageId(Uuid::from_u128(9));

/// The role that makes staff.
const MODERATOR: &str = "70";

/// A community with two guilds, a place in each and one direct chat.
struct Town {
    storage: SharedStorage,
    told: std::cell::Cell<u128>,
    _folder: tempfile::TempDir,
}

impl Town {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("switchboard.db");
        let clock = Arc::new(TestClock::new(NOW));
        let storage: SharedStorage = SqliteStorage::open(&path, &Options::for_testing(), clock).unwrap();
        let space = |id, native: &str| DirectoryUnit::Space {
            id,
            login: "discord".into(),
            native: native.to_owned(),
            community: Some(COMMUNITY),
            name: native.to_owned(),
        };
        let units = vec![
            DirectoryUnit::Community {
                id: COMMUNITY,
                name: "Garden".to_owned(),
                language: "en".to_owned(),
                zone: "UTC".to_owned(),
            },
            space(GUILD, "100"),
            space(OTHER_GUILD, "200"),
            DirectoryUnit::Place(place(HELP)),
            DirectoryUnit::Place(place(ELSEWHERE)),
            DirectoryUnit::Place(place(CHAT)),
            DirectoryUnit::Identity(identity(ANN)),
            DirectoryUnit::Identity(identity(BOB)),
        ];
        let units = units.into_iter().map(Unit::Directory).collect();
        storage.write(Unit::All(units)).await.unwrap();
        Self {
            storage,
            told: std::cell::Cell::new(100),
            _folder: folder,
        }
    }

    /// Somebody says something, of whom the platform tells this.
    async fn told(&self, who: IdentityId, place: PlaceId, standing: Standing, roles: &[&str]) -> NewEvent {
        let number = self.told.get() + 1;
        self.told.set(number);
        let event = event(number, (who, place), standing, roles);
        let accept = Accept {
            directory: Vec::new(),
            events: vec![event.clone()],
            cursor: None,
        };
        self.storage.write(Unit::Accept(accept)).await.unwrap();
        event
    }

    /// What is known of Ann when `event` has her banned, where she said something.
    async fn ann(&self, event: &NewEvent, where_she_spoke: PlaceId) -> Option<Offender> {
        let ban = of_ann(&[SAID], wit::Measure::Ban);
        self.search(event, vec![ban], where_she_spoke).await.remove(&0)
    }

    /// Those about whom these are, by their numbers.
    async fn search(
        &self,
        event: &NewEvent,
        asked: Vec<wit::Moderation>,
        where_she_spoke: PlaceId,
    ) -> HashMap<usize, Offender> {
        let removable = Removable {
            message: SAID,
            author: ANN,
            place: Arc::new(place(where_she_spoke)),
        };
        let refs = Refs {
            removable: [(SAID.to_string(), removable)].into(),
            ..Refs::default()
        };
        let snapshot = snapshot(event);
        let search = Search {
            storage: &self.storage,
            snapshot: &snapshot,
            event,
        };
        let actions: Vec<wit::Action> = asked.into_iter().map(wit::Action::Moderate).collect();
        search.all(&actions, &refs).await.unwrap()
    }

    /// Why Ann is left alone when somebody in a direct chat has her banned for what she said there.
    async fn spared(&self, where_she_spoke: PlaceId) -> Option<Spared> {
        let by_bob = event(1, (BOB, CHAT), Standing::Untold, &[]);
        self.ann(&by_bob, where_she_spoke).await.expect("she is known").spared
    }

    async fn write(&self, units: Vec<Unit>) {
        self.storage.write(Unit::All(units)).await.unwrap();
    }
}

/// What is asked for about Ann.
fn of_ann(messages: &[MessageId], measure: wit::Measure) -> wit::Moderation {
    wit::Moderation {
        person: ANN.to_string(),
        messages: messages.iter().map(ToString::to_string).collect(),
        measure,
        reason: "spam".to_owned(),
    }
}

fn place(id: PlaceId) -> Place {
    let (native, space) = match id {
        HELP => ("101", Some(GUILD)),
        ELSEWHERE => ("201", Some(OTHER_GUILD)),
        _ => ("9", None),
    };
    let audience = if space.is_some() {
        Audience::Public
    } else {
        Audience::Direct
    };
    Place {
        native: PlaceRef {
            scope: "discord".into(),
            id: native.into(),
        },
        space,
        ..given::place(id, native, audience)
    }
}

fn native(id: IdentityId) -> IdentityRef {
    IdentityRef {
        scope: "discord".into(),
        id: id.0.as_u128().to_string().into(),
    }
}

fn identity(id: IdentityId) -> Identity {
    Identity {
        native: native(id),
        ..given::identity(id, "Ann")
    }
}

fn event(number: u128, (who, where_it_is): (IdentityId, PlaceId), standing: Standing, roles: &[&str]) -> NewEvent {
    let spot = place(where_it_is);
    let said = InMessage {
        native: MessageRef {
            place: spot.native.clone(),
            id: number.to_string().into(),
        },
        content: Content::plain("hello"),
        addressed: Addressed::Overheard,
        reply_to: None,
        mentions: Vec::new(),
        files: Vec::new(),
    };
    let author = SeenIdentity {
        native: native(who),
        name: "Ann".to_owned(),
        bot: false,
        language: None,
        roles: roles.iter().map(|role| (*role).into()).collect(),
        created_at: None,
        joined_at: None,
        standing,
    };
    NewEvent {
        id: EventId(Uuid::from_u128(number)),
        community: COMMUNITY,
        place: Some(spot.id),
        author: Some(who),
        lane: LaneKey::of_place(spot.id),
        received_at: NOW,
        event: Event {
            source: Source::Platform {
                login: "discord".into(),
                place: crate::model::directory::SeenPlace {
                    native: spot.native,
                    space: None,
                    parent: None,
                    name: spot.name,
                    audience: spot.audience,
                    thread: false,
                },
                author: Some(author),
            },
            occurred_at: NOW,
            dedupe: number.to_string(),
            hops: 0,
            body: EventBody::Message(said),
        },
    }
}

fn snapshot(event: &NewEvent) -> Snapshot {
    let author = event.author.map(identity).map(Arc::new);
    let community = Community {
        roles: vec![Role {
            name: "mods".to_owned(),
            scope: "discord".into(),
            native: MODERATOR.into(),
            staff: true,
        }],
        ..given::community()
    };
    let author = author.map(|author| crate::dispatcher::snapshot::as_told(author, &community, &event.event.source));
    Snapshot {
        community: Arc::new(community),
        author,
        ..given::snapshot(event.place.map(place), None)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_told_last_by_an_event_that_could_tell_it_counts() {
    let town = Town::new().await;
    town.told(ANN, HELP, Standing::Member, &[MODERATOR]).await;
    assert_eq!(town.spared(HELP).await, Some(Spared::Staff));
    // There are no roles in a direct chat, and none with what is fetched after a pause.
    town.told(ANN, CHAT, Standing::Untold, &[]).await;
    town.told(ANN, HELP, Standing::Unknown, &[]).await;
    assert_eq!(town.spared(HELP).await, Some(Spared::Staff));
    town.told(ANN, HELP, Standing::Member, &[]).await;
    assert_eq!(town.spared(HELP).await, None, "she is it no more");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_keeps_one_guild_is_a_member_like_others_elsewhere() {
    let town = Town::new().await;
    town.told(ANN, HELP, Standing::Keeper, &[]).await;
    assert_eq!(town.spared(HELP).await, Some(Spared::Keeper));
    assert_eq!(
        town.spared(ELSEWHERE).await,
        Some(Spared::Unknown),
        "she never spoke there"
    );
    town.told(ANN, ELSEWHERE, Standing::Member, &[]).await;
    assert_eq!(town.spared(ELSEWHERE).await, None);
    assert_eq!(town.spared(HELP).await, Some(Spared::Keeper));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_moderated_whose_standing_was_never_told() {
    let town = Town::new().await;
    let fetched = town.told(ANN, HELP, Standing::Unknown, &[]).await;
    let of_herself = town.ann(&fetched, HELP).await.unwrap().spared;
    assert_eq!(
        (of_herself, town.spared(HELP).await),
        (Some(Spared::Unknown), Some(Spared::Unknown))
    );
    // What the event itself tells is the latest.
    let keeps = event(2, (ANN, HELP), Standing::Keeper, &[]);
    assert_eq!(town.ann(&keeps, HELP).await.unwrap().spared, Some(Spared::Keeper));
    let plain = event(3, (ANN, HELP), Standing::Member, &[]);
    assert_eq!(town.ann(&plain, HELP).await.unwrap().spared, None);
    let staff = event(4, (ANN, HELP), Standing::Member, &[MODERATOR]);
    assert_eq!(town.ann(&staff, HELP).await.unwrap().spared, Some(Spared::ShownAsStaff));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_written_to_alone_is_measured_by_what_they_are_where_it_happens() {
    let town = Town::new().await;
    town.told(ANN, HELP, Standing::Keeper, &[]).await;
    // She presses a button in her direct chat, and a plugin bans her for what she said in the guild.
    let press = event(2, (ANN, CHAT), Standing::Untold, &[]);
    assert_eq!(town.ann(&press, HELP).await.unwrap().spared, Some(Spared::Keeper));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_account_of_the_same_person_is_spared_with_it() {
    let town = Town::new().await;
    town.told(ANN, HELP, Standing::Member, &[]).await;
    town.told(BOB, HELP, Standing::Member, &[MODERATOR]).await;
    assert_eq!(town.spared(HELP).await, None);
    let code = LinkCode {
        id: LinkCodeId(Uuid::from_u128(20)),
        community: COMMUNITY,
        identity: ANN,
        place: CHAT,
        message: SAID,
        expires: NOW + Duration::from_mins(10),
        entered_by: None,
    };
    let id = code.id;
    let hash = CodeHash([1; 32]);
    let units = vec![
        PersonUnit::Code { code, hash },
        PersonUnit::Entered {
            code: id,
            by: BOB,
            expires: NOW + Duration::from_mins(10),
        },
        PersonUnit::Link {
            code: id,
            by: BOB,
            linked_before: Vec::new(),
            person: PersonId(Uuid::from_u128(21)),
            at: NOW,
        },
    ];
    town.write(units.into_iter().map(Unit::Person).collect()).await;
    assert_eq!(town.spared(HELP).await, Some(Spared::Staff));
    // Who keeps a place by the one account keeps it by the other.
    town.told(BOB, HELP, Standing::Keeper, &[]).await;
    assert_eq!(town.spared(HELP).await, Some(Spared::Keeper));
    town.told(BOB, HELP, Standing::Member, &[]).await;
    assert_eq!(town.spared(HELP).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_acts_for_an_owner_of_the_console_is_staff() {
    let town = Town::new().await;
    town.told(ANN, HELP, Standing::Member, &[]).await;
    let token = TokenHash([1; 32]);
    let owner = AccountId(Uuid::from_u128(30));
    let account = Account {
        id: owner,
        email: "olga@example.org".to_owned(),
        name: "Olga".to_owned(),
        password: String::new(),
        zone: None,
        created_at: NOW,
        disabled_at: None,
    };
    let invite = Invite {
        token,
        purpose: InvitePurpose::Join {
            community: COMMUNITY,
            role: accounts::Role::Owner,
        },
        created_by: None,
        created_at: NOW,
        expires: NOW + Duration::from_hours(1),
        ended_at: None,
    };
    let code = LinkCode {
        id: LinkCodeId(Uuid::from_u128(31)),
        community: COMMUNITY,
        identity: ANN,
        place: CHAT,
        message: SAID,
        expires: NOW + Duration::from_mins(10),
        entered_by: None,
    };
    let shown = code.id;
    let hash = CodeHash([2; 32]);
    town.write(vec![
        Unit::Account(AccountUnit::Invite(invite)),
        Unit::Account(AccountUnit::Join { invite: token, account }),
        Unit::Person(PersonUnit::Code { code, hash }),
        Unit::Person(PersonUnit::Act {
            code: shown,
            account: owner,
            at: NOW,
        }),
    ])
    .await;
    assert_eq!(town.spared(HELP).await, Some(Spared::Staff));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_measure_is_lifted_of_anybody_and_asked_for_only_of_those_who_are_known_here() {
    let town = Town::new().await;
    let by_bob = event(1, (BOB, CHAT), Standing::Untold, &[]);
    assert_eq!(town.ann(&by_bob, HELP).await, None, "nothing was heard of her");
    town.told(ANN, HELP, Standing::Keeper, &[]).await;
    let lift = of_ann(&[], wit::Measure::Lift);
    let found = town.search(&by_bob, vec![lift], HELP).await;
    assert_eq!(found[&0].spared, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_action_is_looked_at_by_itself() {
    let town = Town::new().await;
    town.told(ANN, HELP, Standing::Keeper, &[]).await;
    let by_bob = event(1, (BOB, CHAT), Standing::Untold, &[]);
    let ban = || of_ann(&[SAID], wit::Measure::Ban);
    let (lift, warn) = (of_ann(&[], wit::Measure::Lift), of_ann(&[], wit::Measure::None));
    // Whatever comes behind a ban, or before it.
    let found = town.search(&by_bob, vec![ban(), lift, warn, ban()], HELP).await;
    let spared: Vec<_> = (0..4).map(|number| found[&number].spared).collect();
    let keeper = Some(Spared::Keeper);
    assert_eq!(spared, [keeper, None, None, keeper]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_staff_by_a_role_elsewhere_is_it_where_they_are_plain_members() {
    let town = Town::new().await;
    town.told(ANN, ELSEWHERE, Standing::Member, &[MODERATOR]).await;
    let plain = town.told(ANN, HELP, Standing::Member, &[]).await;
    assert_eq!(town.ann(&plain, HELP).await.unwrap().spared, Some(Spared::Staff));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_stored_before_standings_were_told_tells_none_in_a_guild() {
    let town = Town::new().await;
    let old = town.told(ANN, HELP, Standing::Untold, &[]).await;
    let of_herself = town.ann(&old, HELP).await.unwrap().spared;
    assert_eq!(
        (of_herself, town.spared(HELP).await),
        (Some(Spared::Unknown), Some(Spared::Unknown))
    );
    town.told(ANN, HELP, Standing::Unknown, &[]).await;
    assert_eq!(town.spared(HELP).await, Some(Spared::Unknown));
    town.told(ANN, HELP, Standing::Member, &[]).await;
    assert_eq!(town.spared(HELP).await, None);
    // Which roles she had was told then, too.
    town.told(ANN, ELSEWHERE, Standing::Untold, &[MODERATOR]).await;
    assert_eq!(town.spared(HELP).await, Some(Spared::Staff));
}
