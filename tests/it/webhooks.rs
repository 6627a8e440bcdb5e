//! Servers elsewhere call plugins: who may is heard once, and who may not learns nothing.

mod edges;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use switchboard::clock::Clock as _;
use switchboard::dispatcher::chain::Roster;
use switchboard::installer::{Agreed, Installer};
use switchboard::model::EventBody;
use switchboard::model::ids::{CommunityId, PluginId};
use switchboard::plugin_host::{GivenSecret, GivenSecrets};
use switchboard::secret::SecretRef;
use switchboard::storage::plugins::PluginUnit;
use switchboard::storage::{Page, Unit};
use switchboard::webhooks::{Addresses, Parts, Webhooks};
use tower_service::Service as _;
use uuid::Uuid;

use crate::outside::{allowed, done, outside};
use crate::support::runtime::{Builder, TestRuntime};
use crate::swaps::served_by;

const SECRET: &str = "0123456789abcdef-hook";

/// What the owner of the installation gives the plugin.
fn given() -> GivenSecrets {
    static FILE: OnceLock<PathBuf> = OnceLock::new();
    let file = FILE.get_or_init(|| {
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("webhook-secret");
        std::fs::write(&file, SECRET).expect("it can be written");
        file
    });
    let given = |file: String| GivenSecret {
        host: String::new(),
        value: SecretRef::new(format!("file:{file}")),
    };
    let of_plugin = BTreeMap::from([
        ("hook".to_owned(), given(file.display().to_string())),
        ("shown".to_owned(), given(file.display().to_string())),
        ("lost".to_owned(), given("/nowhere/hook".to_owned())),
    ]);
    BTreeMap::from([("test/outside".to_owned(), of_plugin)])
}

/// The plugin serves, and servers can call it.
struct World {
    runtime: TestRuntime,
    roster: Arc<Roster>,
    installer: Installer,
    addresses: Addresses,
    router: Router,
}

async fn world() -> World {
    world_of(TestRuntime::builder()).await
}

async fn world_of(builder: Builder) -> World {
    let (runtime, roster, installer) = served_by(builder, given()).await;
    let community = runtime.community;
    let offer = installer
        .offered(outside().to_vec(), None, "outside.wasm".to_owned())
        .await;
    let offer = offer.expect("it is sound");
    done(&installer, installer.take(community, offer, true, None)).await;
    let addresses = Addresses::new([7; 32]);
    let world = World {
        router: router(&runtime, &roster, &addresses),
        runtime,
        roster,
        installer,
        addresses,
    };
    world.switch(true).await;
    world
}

/// The addresses as a program that has just begun knows them.
fn router(runtime: &TestRuntime, roster: &Arc<Roster>, addresses: &Addresses) -> Router {
    let webhooks = Webhooks::new(Parts {
        roster: Arc::clone(roster),
        addresses: addresses.clone(),
        dispatcher: runtime.dispatcher.clone(),
        storage: Arc::clone(&runtime.storage),
        clock: Arc::clone(&runtime.clock) as _,
    });
    Arc::new(webhooks).router()
}

fn signed(body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("it takes any key");
    mac.update(body);
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}

impl World {
    async fn switch(&self, on: bool) {
        let (community, id) = (self.runtime.community, PluginId::from("test/outside"));
        let nobody = Agreed::default();
        let switched = self.installer.switch(community, &id, on, &nobody);
        done(&self.installer, allowed(switched)).await;
        self.roster
            .refresh(self.runtime.clock.now())
            .await
            .expect("it is looked at");
    }

    /// Holds the plugin back for this reason, or no longer.
    async fn hold(&self, reason: Option<&str>) {
        let hold = PluginUnit::Held {
            community: self.runtime.community,
            plugin: PluginId::from("test/outside"),
            reason: reason.map(str::to_owned),
        };
        let written = self.runtime.storage.write(Unit::Plugin(hold)).await;
        written.expect("it is written");
        let refreshed = self.roster.refresh(self.runtime.clock.now()).await;
        refreshed.expect("it is looked at");
    }

    fn path(&self, endpoint: &str) -> String {
        self.addresses
            .path(self.runtime.community, &"test/outside".into(), endpoint, 0)
    }

    async fn send(&self, request: Request<Body>) -> StatusCode {
        let answer = self.router.clone().call(request).await.expect("it never fails");
        let (head, body) = answer.into_parts();
        let said = axum::body::to_bytes(body, 1 << 20).await.expect("it ends");
        // Only what is too large is told so by the library.
        assert!(
            said.is_empty() || head.status == StatusCode::PAYLOAD_TOO_LARGE,
            "{said:?}"
        );
        head.status
    }

    async fn post(&self, path: &str, headers: &[(&str, &str)], body: &[u8]) -> u16 {
        let mut request = Request::builder().method(Method::POST).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.to_vec())).expect("it is a request");
        self.send(request).await.as_u16()
    }

    /// Calls the signed endpoint as it has to be called.
    async fn call(&self, body: &[u8]) -> u16 {
        let signature = signed(body);
        self.post(&self.path("order"), &[("x-signature", &signature)], body)
            .await
    }

    /// What the plugin was told, oldest first.
    async fn told(&self) -> Vec<String> {
        self.runtime.dispatched().await;
        let page = Page {
            before: None,
            limit: 1_000,
        };
        let events = self
            .runtime
            .storage
            .events(None, page, None)
            .await
            .expect("events can be read");
        let told = events
            .into_iter()
            .filter_map(|(event, trace)| match event.new.event.body {
                EventBody::Webhook { endpoint, body, .. } => {
                    let steps = trace.expect("it was handled").steps;
                    let who: Vec<_> = steps.iter().map(|step| step.who.clone()).collect();
                    assert_eq!(who, ["test/outside"], "its owner alone is told");
                    let lane = event.new.lane.0;
                    assert_eq!(lane, format!("webhook/{}/test/outside", event.new.community));
                    Some(format!("{endpoint} {}", String::from_utf8_lossy(&body.0)))
                }
                _ => None,
            });
        let mut told: Vec<_> = told.collect();
        told.reverse();
        told
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_knows_the_secret_is_heard_and_others_learn_nothing() {
    let world = world().await;
    let path = world.path("order");
    let signature = signed(b"7 is sent");
    assert_eq!(world.call(b"7 is sent").await, 202);
    for headers in [
        vec![],
        vec![("x-signature", "sha256=00")],
        vec![("x-signature", &*signature), ("x-signature", &*signature)],
        vec![("authorization", &*signature)],
        vec![("x-signature", SECRET)],
    ] {
        assert_eq!(world.post(&path, &headers, b"8 is sent").await, 401, "{headers:?}");
    }
    assert_eq!(
        world.post(&path, &[("x-signature", &signature)], b"8 is sent").await,
        401
    );
    // The secret that is missing lets nobody in, not even who shows nothing.
    assert_eq!(world.post(&world.path("lost"), &[("x-token", "")], b"").await, 401);
    assert_eq!(
        world
            .post(
                &world.path("shown"),
                &[("authorization", &format!("Bearer {SECRET}"))],
                b"x"
            )
            .await,
        202
    );
    assert_eq!(
        world
            .post(&world.path("shown"), &[("authorization", SECRET)], b"y")
            .await,
        401
    );
    assert_eq!(world.told().await, ["order 7 is sent", "shown x"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_is_of_one_plugin_and_community_and_no_other_is_there() {
    let world = world().await;
    let signature = signed(b"x");
    let headers = [("x-signature", signature.as_str())];
    let elsewhere = |community, plugin: &str, endpoint| world.addresses.path(community, &plugin.into(), endpoint, 0);
    let own = world.runtime.community;
    for path in [
        elsewhere(CommunityId(Uuid::nil()), "test/outside", "order"),
        elsewhere(own, "switchboard/hello", "order"),
        elsewhere(own, "test/outside", "orders"),
        "/hooks/x".to_owned(),
        format!("{}x", world.path("order")),
        format!("{}/x", world.path("order")),
    ] {
        assert_eq!(world.post(&path, &headers, b"x").await, 404, "{path}");
    }
    let get = Request::get(world.path("order"))
        .body(Body::empty())
        .expect("it is a request");
    assert_eq!(world.send(get).await, StatusCode::NOT_FOUND);
    world.switch(false).await;
    assert_eq!(world.call(b"x").await, 404, "it is off");
    world.switch(true).await;
    assert_eq!(world.call(b"x").await, 202);
    assert_eq!(world.told().await, ["order x"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_twice_is_one_event() {
    let world = world().await;
    for _ in 0..2 {
        assert_eq!(world.call(b"same").await, 202);
    }
    // Its id alone says nothing, as it is not signed: who has seen one delivery takes no other away.
    for body in [b"a", b"a", b"b"] {
        let signature = signed(body);
        let headers = [("x-signature", signature.as_str()), ("x-delivery", "17")];
        assert_eq!(world.post(&world.path("order"), &headers, body).await, 202);
    }
    // The clock begins 200 s after a stretch of ten minutes did; the next one begins in between.
    world.runtime.clock.advance(Duration::from_secs(401));
    assert_eq!(world.call(b"same").await, 202);
    assert_eq!(world.told().await, ["order same", "order a", "order b"]);
    // Ten minutes after the first one, and not when two stretches are over.
    world.runtime.clock.advance(Duration::from_secs(200));
    assert_eq!(world.call(b"same").await, 202);
    assert_eq!(world.told().await, ["order same", "order a", "order b", "order same"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_much_and_too_often_is_refused() {
    let world = world().await;
    assert_eq!(world.call(&vec![b'x'; (256 << 10) + 1]).await, 413);
    assert_eq!(world.call(&vec![b'x'; 256 << 10]).await, 202);
    let mut answers = BTreeMap::new();
    for number in 0..80 {
        *answers
            .entry(world.call(format!("{number}").as_bytes()).await)
            .or_insert(0) += 1;
    }
    assert_eq!(answers, BTreeMap::from([(202, 59), (429, 21)]));
    // Strangers use up nobody's room, and have few tries.
    world.runtime.clock.advance(Duration::from_secs(1));
    let mut strangers = BTreeMap::new();
    for port in 0..100 {
        let client: std::net::SocketAddr = ([203, 0, 113, 7], port).into();
        let request = Request::post(world.path("order")).extension(axum::extract::ConnectInfo(client));
        let status = world
            .send(request.body(Body::from("x")).expect("it is a request"))
            .await;
        *strangers.entry(status.as_u16()).or_insert(0) += 1;
    }
    assert_eq!(strangers, BTreeMap::from([(401, 20), (429, 80)]));
    assert_eq!(world.call(b"later").await, 202);
    assert_eq!(world.told().await.last().map(String::as_str), Some("order later"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_plugin_is_held_back_servers_are_told_to_come_again() {
    let world = world().await;
    assert_eq!(world.call(b"before").await, 202);
    assert_eq!(world.told().await, ["order before"]);
    world.hold(Some("boom")).await;
    assert_eq!(world.call(b"held").await, 503);
    world.hold(None).await;
    assert_eq!(world.call(b"held").await, 202);
    assert_eq!(world.told().await, ["order before", "order held"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_a_trial_is_over_servers_are_told_to_come_again() {
    let world = world().await;
    world.switch(false).await;
    let (community, id) = (world.runtime.community, PluginId::from("test/outside"));
    let until = world.runtime.clock.now() + Duration::from_mins(1);
    let nobody = Agreed::default();
    let tried = world.installer.rehearse(community, &id, Some(until), &nobody);
    done(&world.installer, allowed(tried)).await;
    let refreshed = world.roster.refresh(world.runtime.clock.now());
    refreshed.await.expect("it is looked at");
    assert_eq!(world.call(b"tried").await, 202);
    assert_eq!(world.told().await, ["order tried"]);
    world.runtime.clock.advance(Duration::from_mins(2));
    assert_eq!(world.call(b"over").await, 503);
    assert_eq!(world.told().await, ["order tried"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_that_do_not_come_fill_the_room_of_their_own_address_alone() {
    let world = world().await;
    let held = (0..8).map(|_| {
        let body = Body::from_stream(futures_util::stream::pending::<Result<Vec<u8>, std::io::Error>>());
        let request = Request::post(world.path("order")).body(body).expect("it is a request");
        let mut router = world.router.clone();
        Box::pin(async move { router.call(request).await })
    });
    let mut held: Vec<_> = held.collect();
    for call in &mut held {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(call.as_mut().poll(&mut context).is_pending());
    }
    assert_eq!(world.call(b"x").await, 429);
    let token = [("authorization", &*format!("Bearer {SECRET}"))];
    assert_eq!(world.post(&world.path("shown"), &token, b"x").await, 202);
    drop(held);
    assert_eq!(world.call(b"x").await, 202);
    assert_eq!(world.told().await, ["shown x", "order x"]);
}
