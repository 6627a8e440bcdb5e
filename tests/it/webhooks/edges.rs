//! Where calls meet what goes wrong: a full disk, another community, an address that somebody else knows.

use switchboard::clock::Clock as _;
use switchboard::installer::{Agreed, Data, InstallError};
use switchboard::model::conversation::LaneKey;
use switchboard::model::event::{Event, EventBody, Membership, Source};
use switchboard::model::ids::{CommunityId, EventId, PluginId};
use switchboard::storage::unit::{Accept, DirectoryUnit, NewEvent};
use switchboard::storage::{Unit, WriteError};

use super::{SECRET, World, router, signed, world, world_of};
use crate::outside::{allowed, done, outside};
use crate::plugin_host::stage::with_manifest;
use crate::support::runtime::TestRuntime;

/// The plugin and all around it, and a little more.
const PAGES: u32 = 3_000;

/// Leaves no room in the database, not even for a small event.
async fn fill(world: &World) {
    let runtime = &world.runtime;
    for bytes in [200_000, 10_000, 100] {
        loop {
            let id = EventId(runtime.clock.id());
            let event = NewEvent {
                id,
                community: runtime.community,
                place: None,
                author: None,
                lane: LaneKey("nobody's".to_owned()),
                received_at: runtime.clock.now(),
                event: Event {
                    source: Source::Internal {
                        conversation: None,
                        place: None,
                    },
                    occurred_at: runtime.clock.now(),
                    dedupe: format!("{id}{}", "x".repeat(bytes)),
                    hops: 0,
                    body: EventBody::Member {
                        change: Membership::Joined,
                    },
                },
            };
            let accept = Accept {
                directory: Vec::new(),
                events: vec![event],
                cursor: None,
            };
            match runtime.storage.write(Unit::Accept(accept)).await {
                Ok(_) => {}
                Err(WriteError::DiskFull) => break,
                Err(error) => panic!("{error:?}"),
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_stored_is_refused_so_that_its_server_comes_again_and_nothing_of_it_is_kept() {
    let world = world_of(TestRuntime::builder().pages_max(PAGES)).await;
    assert_eq!(world.call(b"before").await, 202);
    assert_eq!(world.told().await, ["order before"]);
    fill(&world).await;
    for _ in 0..2 {
        assert_eq!(world.call(b"lost?").await, 503);
    }
    assert_eq!(world.told().await, ["order before"]);
}

impl World {
    /// What the plugin remembers in a community.
    async fn news(&self, community: CommunityId) -> Option<String> {
        self.runtime.dispatched().await;
        let (storage, now) = (&self.runtime.storage, self.runtime.clock.now());
        let news = storage
            .kv_get(&PluginId::from("test/outside"), community, "news", now)
            .await;
        news.expect("keys can be read")
            .map(|entry| String::from_utf8(entry.value).expect("it is text"))
    }

    async fn refresh(&self) {
        let refreshed = self.roster.refresh(self.runtime.clock.now()).await;
        refreshed.expect("it is looked at");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_communities_with_one_plugin_do_not_meet() {
    let world = world().await;
    let (own, other) = (world.runtime.community, CommunityId(world.runtime.clock.id()));
    let community = DirectoryUnit::Community {
        id: other,
        name: "Other".to_owned(),
        language: "en".to_owned(),
        zone: "UTC".to_owned(),
    };
    let written = world.runtime.storage.write(Unit::Directory(community)).await;
    written.expect("it is written");
    let offer = world
        .installer
        .offered(outside().to_vec(), None, "outside.wasm".to_owned());
    let offer = offer.await.expect("it is sound");
    done(&world.installer, world.installer.take(other, offer, true, None)).await;
    let id = PluginId::from("test/outside");
    let there = world.addresses.path(other, &id, "shown", 0);
    let token = [("authorization", &*format!("Bearer {SECRET}"))];
    assert_eq!(world.post(&there, &token, b"x").await, 404, "it is off there");

    let nobody = Agreed::default();
    let switched = world.installer.switch(other, &id, true, &nobody);
    done(&world.installer, allowed(switched)).await;
    world.refresh().await;
    assert_ne!(there, world.path("shown"));
    // What says the same in both is two events, and what one plugin heard the other does not know.
    assert_eq!(world.post(&there, &token, b"x").await, 202);
    assert_eq!((world.news(own).await, world.news(other).await.is_some()), (None, true));
    assert_eq!(world.post(&world.path("shown"), &token, b"x").await, 202);
    assert!(world.news(own).await.is_some());
    assert_eq!(world.told().await, ["shown x", "shown x"]);
    let switched = world.installer.switch(own, &id, false, &nobody);
    done(&world.installer, allowed(switched)).await;
    world.refresh().await;
    assert_eq!(world.post(&world.path("shown"), &token, b"y").await, 404);
    assert_eq!(world.post(&there, &token, b"y").await, 202);
    assert_eq!(world.told().await, ["shown x", "shown x", "shown y"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_was_replaced_is_nobodys_also_after_a_restart() {
    let mut world = world().await;
    let (community, id) = (world.runtime.community, PluginId::from("test/outside"));
    let unknown = world.installer.new_address(community, &id, "cart").await;
    assert!(
        matches!(&unknown, Err(InstallError::Refused(why)) if why.contains("it has order, shown, lost")),
        "{:?}",
        unknown.err()
    );
    assert_eq!(world.call(b"1").await, 202);
    // Nobody looks who serves from now on: the old address has ended as soon as that is written.
    done(&world.installer, world.installer.new_address(community, &id, "order")).await;
    let signature = signed(b"2");
    let headers = [("x-signature", signature.as_str())];
    let new = world.addresses.path(community, &id, "order", 1);
    for _ in 0..2 {
        assert_eq!(world.call(b"2").await, 404, "the old one");
        assert_eq!(world.post(&new, &headers, b"2").await, 202);
        // As after a restart: what is known of addresses is read anew.
        world.router = router(&world.runtime, &world.roster, &world.addresses);
    }
    let token = [("authorization", &*format!("Bearer {SECRET}"))];
    assert_eq!(
        world.post(&world.path("shown"), &token, b"3").await,
        202,
        "the others stay"
    );
    assert_eq!(world.told().await, ["order 1", "order 2", "shown 3"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_lasts_is_written_by_who_serves_when_it_is_written() {
    let world = world().await;
    let (community, id) = (world.runtime.community, PluginId::from("test/outside"));
    let serving = || {
        let plugin = world.roster.plugin(community, &id).expect("it runs");
        plugin.package().manifest.plugin.version.clone()
    };
    assert_eq!(world.call(b"one").await, 202);
    assert!(world.news(community).await.is_some_and(|news| news.ends_with("one")));
    let newer = with_manifest(outside(), |manifest| manifest.replace("1.0.0", "1.1.0"));
    let offer = world.installer.offered(newer, None, "outside.wasm".to_owned()).await;
    let offer = offer.expect("it is sound");
    done(&world.installer, world.installer.take(community, offer, true, None)).await;
    world.refresh().await;
    assert_eq!(world.call(b"two").await, 202);
    assert!(world.news(community).await.is_some_and(|news| news.ends_with("two")));
    assert_eq!(serving(), "1.1.0");

    // The way back is written, and nobody has told the roster: the newer one is still handed what comes, and keeps nothing of it.
    done(&world.installer, world.installer.back(community, &id)).await;
    assert!(world.news(community).await.is_some_and(|news| news.ends_with("one")));
    assert_eq!(world.call(b"three").await, 202);
    assert!(world.news(community).await.is_some_and(|news| news.ends_with("three")));
    assert_eq!(serving(), "1.0.0", "it ran again with what serves");
    assert_eq!(world.told().await, ["order one", "order two", "order three"]);

    let removed = world.installer.remove(community, &id, Data::Delete);
    done(&world.installer, removed).await;
    assert_eq!(world.call(b"four").await, 202, "nobody has told the roster");
    assert_eq!(world.news(community).await, None, "what was deleted does not come back");
}
