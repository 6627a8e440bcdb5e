//! Who is an owner, until the very commit, and who else reads what is said to one.

use std::sync::Arc;

use async_trait::async_trait;
use switchboard::clock::Clock as _;
use switchboard::dispatcher::{Handler, HandlerError, Outcome, Snapshot};
use switchboard::model::directory::Audience;
use switchboard::model::event::{Addressed, InMessage, Source, StaffAct};
use switchboard::model::{Content, Event, EventBody};
use switchboard::person;
use switchboard::storage::accounts::{AccountUnit, Role};
use switchboard::storage::core::{StoredEvent, Verdict};
use switchboard::storage::{Page, SharedStorage, Unit};

use super::{Shop, builder, chat, check, index, owner};
use crate::support::TestRuntime;

/// Takes the role of owner from whoever agrees, between the decision and its commit.
struct TakesTheRole<H> {
    inner: H,
    storage: SharedStorage,
}

#[async_trait]
impl<H: Handler> Handler for TakesTheRole<H> {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn wants(&self, event: &Event) -> bool {
        self.inner.wants(event)
    }

    async fn handle(
        &self,
        event: &StoredEvent,
        snapshot: &Snapshot,
        so_far: &Outcome,
    ) -> Result<Outcome, HandlerError> {
        let outcome = self.inner.handle(event, snapshot, so_far).await?;
        if let (EventBody::Press { .. }, Some(author)) = (&event.new.event.body, &snapshot.author)
            && let Ok(Some(account)) = self.storage.acts_for(snapshot.community.id, author.id).await
        {
            let demoted = AccountUnit::SetRole {
                account,
                community: snapshot.community.id,
                role: Some(Role::Agent),
            };
            self.storage.write(Unit::Account(demoted)).await.unwrap();
        }
        Ok(outcome)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_that_is_taken_before_the_commit_undoes_the_whole_act() {
    let index = index();
    let place = index.path().to_owned();
    let builder = super::persons().handler(move |parts| TakesTheRole {
        inner: chat(parts, &place),
        storage: Arc::clone(&parts.storage),
    });
    let shop = Shop::with(builder, index).await;
    owner(&shop.runtime, 2).await;
    shop.say("carol", "/plugin install acme/greeter@1.4.0").await;
    let heard = shop.press("carol", shop.button("carol", "Install it")).await;
    check(&heard, &["for the owners of this community"]);
    assert_eq!(shop.greeter().await, None);
    assert!(!shop.is_offered().await);
    let audit = shop.audit().await;
    assert!(audit.iter().all(|(act, _)| act != "plugin_installed"), "{audit:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_said_to_the_command_of_owners_is_marked_as_theirs_and_nothing_else_is() {
    let shop = Shop::open().await;
    shop.say("carol", "hello").await;
    shop.agree("/plugin install acme/greeter@1.4.0", "Install it").await;
    shop.say("carol", "/plugin config acme/greeter greeting=s3cret").await;
    shop.say("carol", "yes").await;
    shop.say("mallory", "/plugin config acme/greeter greeting=mine").await;
    for who in ["carol", "mallory"] {
        for message in shop.runtime.transcript(who).await {
            let text = message.new.content.to_plain();
            let others =
                text == "hello" || text.contains("/link") || text.contains("may act here") || text.contains("code");
            let is_no_owner = text.contains("for the owners of this community");
            assert_eq!(message.for_owners, !others || is_no_owner, "{text}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_owner_mends_in_what_they_typed_reaches_no_plugin() {
    let shop = Shop::open().await;
    let event = shop.runtime.event("carol", "carol", Audience::Direct, |native| {
        EventBody::Edited(InMessage {
            native,
            content: Content::plain("/plugin config acme/greeter greeting=s3cret"),
            addressed: Addressed::Direct,
            reply_to: None,
            mentions: Vec::new(),
            files: Vec::new(),
        })
    });
    shop.runtime.accept(vec![event]).await;
    shop.runtime.settled().await;
    let page = Page { before: None, limit: 1 };
    let events = shop.runtime.storage.events(None, page, None).await.unwrap();
    let (event, trace) = &events[0];
    assert!(event.new.event.body.is_of_owners());
    let steps = trace.as_ref().unwrap().steps.iter();
    assert_eq!(steps.map(|step| step.who.as_str()).collect::<Vec<_>>(), ["plugin"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_was_let_by_mistake_ends_it_by_one_click_in_the_chat() {
    let shop = Shop::open().await;
    let end = shop.button("carol", "Take it back");
    shop.press("mallory", end).await;
    check(
        &shop.say("carol", "/plugin disable acme/none").await,
        &["no plugin acme/none"],
    );
    let heard = shop.press("carol", end).await;
    assert_eq!(heard, "This account no longer acts for an owner of the console.");
    check(
        &shop.say("carol", "/plugin list").await,
        &["for the owners of this community"],
    );
    assert_eq!(shop.audit().await[0], ("chat_account_unlinked".to_owned(), None));
    // A second finger changes nothing.
    shop.press("carol", end).await;
    assert_eq!(shop.audit().await.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visitor_of_a_web_page_acts_for_nobody() {
    let index = index();
    let runtime = builder(index.path()).start().await;
    let carol = owner(&runtime, 1).await;
    let says = async |text: &str| {
        let mut event = runtime.message("visitor", text);
        if let Source::Platform {
            author: Some(author), ..
        } = &mut event.source
        {
            author.native.scope = "web_chat".into();
        }
        runtime.accept(vec![event]).await;
        runtime.settled().await;
        runtime.heard("visitor").last().cloned().unwrap_or_default()
    };
    check(
        &says("/plugin list").await,
        &["a visitor of a web page is known by that browser alone, and so can act for no owner"],
    );
    let heard = says("/link").await;
    let typed = heard.split("/link ").nth(1).expect("a code is shown");
    let code = typed.split_whitespace().next().unwrap();
    let asking = person::asking(&runtime.storage, runtime.community, code, runtime.clock.now()).await;
    let asking = asking.unwrap().expect("the code lives");
    let mut event = runtime.message("carol", "");
    event.source = Source::Internal {
        conversation: None,
        place: Some(asking.code.place),
    };
    event.body = EventBody::Staff {
        account: carol,
        name: "Carol".to_owned(),
        act: StaffAct::LetAct { code: asking.code.id },
    };
    runtime.dispatcher.accept_internal(vec![event]).await.unwrap();
    runtime.settled().await;
    let acts = runtime.storage.acts_for(runtime.community, asking.identity.id).await;
    assert_eq!(acts.unwrap(), None);
    assert!(
        why(&runtime)
            .await
            .contains("is known by that browser alone, so nobody there can act for you")
    );
}

/// Why the newest event came to nothing.
async fn why(runtime: &TestRuntime) -> String {
    let page = Page { before: None, limit: 1 };
    let events = runtime.storage.events(None, page, None).await.unwrap();
    let steps = &events[0].1.as_ref().expect("it was handled").steps;
    let held = steps.iter().find(|step| step.verdict == Verdict::Held);
    held.map(|step| step.line.clone()).unwrap_or_default()
}
