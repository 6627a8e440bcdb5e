//! The page of an event: what looked at it, what that read and wrote, and what was sent because of it.

use switchboard::clock::Clock as _;
use switchboard::model::action::Author;
use switchboard::model::event::{Membership, Source};
use switchboard::model::ids::{EventSeq, MessageId};
use switchboard::model::{Content, Event, EventBody};
use switchboard::storage::Unit;
use switchboard::storage::accounts::Role;
use switchboard::storage::core::{TraceStep, Verdict};
use switchboard::storage::unit::{NewMessage, Stored};

use super::site::{Site, accept, commit};

/// Something happened in no place, and a plugin has posted in that of the site because of it.
async fn posted(site: &Site, body: EventBody, text: &str) -> EventSeq {
    let event = Event {
        source: Source::Internal {
            conversation: None,
            place: None,
        },
        occurred_at: site.clock.now(),
        dedupe: site.clock.id().to_string(),
        hops: 0,
        body,
    };
    let stored = accept(&*site.storage, &*site.clock, site.community, None, event).await;
    let Stored::New(seq) = stored else { panic!("it is new") };
    let id = MessageId(site.clock.id());
    let delivery = site.delivery(site.place, id, text).await;
    let step = TraceStep {
        who: "acme/refunds".to_owned(),
        verdict: Verdict::Acted,
        line: "ran".to_owned(),
        cpu_us: None,
        calls: vec!["kv.get order/7".to_owned(), "kv.delete order/7".to_owned()],
        actions: vec!["post: 5 characters, 0 buttons".to_owned()],
    };
    let mut all = commit(seq, site.clock.now(), vec![step]);
    all.trace.sent = vec![delivery.id];
    all.deliveries = vec![delivery];
    all.messages = vec![NewMessage {
        id,
        conversation: None,
        place: site.place,
        author: Author::Plugin {
            id: "acme/refunds".into(),
        },
        native: None,
        reply_to: None,
        note: false,
        only: None,
        content: Content::plain(text),
        buttons: vec![],
        files: vec![],
        cites: vec![],
        name: None,
        at: site.clock.now(),
    }];
    site.storage.write(Unit::Commit(Box::new(all))).await.unwrap();
    seq
}

#[tokio::test]
async fn an_event_shows_what_was_sent_in_another_place_and_what_the_plugin_read_and_wrote() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    let timer = EventBody::Timer {
        plugin: "acme/refunds".into(),
        id: "daily".to_owned(),
        payload: String::new(),
        due: site.clock.now(),
    };
    let seq = posted(&site, timer, "Link BCDFGHJK").await;
    let page = owner.get(&format!("/console/events/{}", seq.0)).await.body;
    let (_, sent) = page.split_once("What was sent").expect("it says so");
    assert!(
        sent.contains("Queued") && sent.contains("Lobby: Link ••••••••"),
        "{sent}"
    );
    assert!(
        page.contains("read: kv.get order/7") && page.contains("wrote: kv.delete order/7"),
        "{page}"
    );
    let silent = site
        .happened(EventBody::Member {
            change: Membership::Joined,
        })
        .await;
    let page = owner.get(&format!("/console/events/{}", silent.0)).await.body;
    assert!(page.contains("Nothing was sent because of this event."), "{page}");
    site.stop();
}
