//! Questions that nobody answers, and how they are answered where there are no buttons.

use std::time::Duration;

use serde_json::{Value, json};
use switchboard::connectors::loopback::Loopback;
use switchboard::model::ability::Profile;
use switchboard::model::directory::Place;
use switchboard::model::event::Addressed;
use switchboard::storage::Unit;
use switchboard::storage::plugins::{PluginSettings, Within};
use switchboard::storage::unit::DirectoryUnit;

use super::{Shop, builder, check, index};
use crate::support::TestRuntime;

/// The same on a platform without buttons.
async fn without_buttons() -> Shop {
    let index = index();
    let mut abilities = Loopback::abilities();
    abilities.buttons = false;
    let builder = builder(index.path()).abilities(|all| all.buttons = false);
    let shop = Shop::with(builder, index).await;
    let profile = Profile {
        shared: abilities.clone(),
        direct: abilities,
        lacks: Vec::new(),
        only: Vec::new(),
    };
    let told = DirectoryUnit::Login {
        name: switchboard::dialog::LOGIN.into(),
        profile: Box::new(profile),
    };
    shop.runtime.storage.write(Unit::Directory(told)).await.unwrap();
    shop
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_that_nobody_answers_leaves_nothing_also_over_a_restart() {
    let shop = Shop::open().await;
    shop.say("carol", "/plugin install acme/greeter@1.4.0").await;
    let no = shop.button("carol", "Leave it");
    assert!(!shop.is_offered().await, "nobody has agreed to anything");
    assert_eq!(shop.press("carol", no).await, "All right, nothing was changed.");
    shop.say("carol", "/plugin install acme/greeter@1.4.0").await;
    let yes = shop.button("carol", "Install it");
    let Shop { runtime, carol, index } = shop;
    let shop = Shop {
        runtime: runtime.restart().await,
        carol,
        index,
    };
    shop.runtime.advance(Duration::from_mins(11)).await;
    check(&shop.press("carol", yes).await, &["older than ten minutes"]);
    assert!(!shop.is_offered().await);
    let audit = shop.audit().await;
    assert!(audit.iter().all(|(act, _)| !act.starts_with("plugin_")), "{audit:?}");

    // A question still counts when another one was asked since: it is to those very bytes.
    shop.say("carol", "/plugin install acme/greeter@1.4.0").await;
    let first = shop.button("carol", "Install it");
    shop.say("carol", "/plugin install acme/greeter").await;
    check(&shop.press("carol", first).await, &["acme/greeter 1.4.0 is installed"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_word_is_a_yes_only_where_there_are_no_buttons() {
    let shop = Shop::open().await;
    shop.say("carol", "/plugin install acme/greeter@1.4.0").await;
    check(&shop.say("carol", "yes").await, &["choose one of the answers"]);
    assert_eq!(shop.greeter().await, None);

    let shop = without_buttons().await;
    shop.say("carol", "/plugin install acme/greeter@1.4.0").await;
    check(&shop.say("carol", "yes").await, &["is installed, and off"]);
    shop.say("carol", "/plugin uninstall acme/greeter").await;
    check(&shop.say("carol", "yes").await, &["choose one of the answers"]);
    assert!(shop.greeter().await.is_some(), "there are two ways to say yes");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_buttons_every_question_is_answered_by_its_number_or_by_what_was_said_at_once() {
    let shop = without_buttons().await;
    let numbered = async |asked: &str, number: &str| {
        shop.say("carol", asked).await;
        shop.say("carol", number).await
    };
    check(
        &numbered("/plugin install acme/greeter@1.4.0", "1").await,
        &["is installed, and off"],
    );
    check(
        &numbered("/plugin enable acme/greeter", "1").await,
        &["acme/greeter is on."],
    );
    check(
        &numbered("/plugin disable acme/greeter", "2").await,
        &["nothing was changed"],
    );
    check(
        &numbered("/plugin config acme/greeter greeting=Hi", "1").await,
        &["\"greeting\": \"Hi\""],
    );
    check(
        &numbered("/plugin uninstall acme/greeter", "3").await,
        &["nothing was changed"],
    );
    check(
        &numbered("/plugin uninstall acme/greeter", "2").await,
        &["is gone", "is deleted."],
    );
    assert_eq!(shop.greeter().await, None);

    check(
        &numbered("/plugin install acme/greeter@1.4.0", "1").await,
        &["is installed, and off"],
    );
    let asked = shop.say("carol", "/plugin uninstall acme/greeter keep").await;
    check(&asked, &["There stays what it keeps", "for the day when it comes back"]);
    check(
        &shop.say("carol", "yes").await,
        &["is gone", "stays, for the day when it comes back."],
    );
    check(
        &numbered("/plugin install acme/greeter@1.4.0", "1").await,
        &["is installed, and off"],
    );
    let asked = shop.say("carol", "/plugin uninstall acme/greeter delete").await;
    check(&asked, &["So is what it keeps"]);
    check(&shop.say("carol", "yes").await, &["is gone", "is deleted."]);
    let export = shop.say("carol", "/plugin uninstall acme/greeter export").await;
    check(&export, &["--kept export --to FILE"]);
}

impl Shop {
    /// A place that the platform has told of.
    async fn place(&self, name: &str) -> Place {
        let said = self.runtime.shared("carol", name, "Hello", Addressed::Mention);
        self.runtime.accept(vec![said]).await;
        self.runtime.settled().await;
        let native = TestRuntime::place(name);
        let known = self.runtime.storage.place_by_native(&native).await;
        known.unwrap().expect("it is known")
    }

    async fn is_called(&self, place: &Place, name: &str) {
        let named = DirectoryUnit::Place(Place {
            name: name.to_owned(),
            ..place.clone()
        });
        self.runtime.storage.write(Unit::Directory(named)).await.unwrap();
    }

    async fn settings(&self, plugin: &str) -> Option<PluginSettings> {
        let all = self.runtime.storage.plugin_settings(self.runtime.community).await;
        all.unwrap().into_iter().find(|set| set.plugin.as_str() == plugin)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_yes_is_to_the_place_that_was_shown_whatever_is_called_so_by_then() {
    let shop = Shop::open().await;
    let (help, lounge) = (shop.place("help").await, shop.place("lounge").await);
    shop.is_called(&help, "help").await;
    shop.agree("/plugin install acme/greeter@1.4.0", "Install it").await;
    let asked = shop.say("carol", "/plugin disable acme/greeter in help").await;
    assert_eq!(
        asked,
        "Switch acme/greeter 1.4.0 off in help (loopback)? Elsewhere it is as before."
    );
    let off = shop.button("carol", "Switch it off");
    let asked = shop
        .say("carol", "/plugin config switchboard/feed places=[\"help\"] newest=2")
        .await;
    check(&asked, &["places is [\"help\"]", "newest is 2"]);
    let change = shop.button("carol", "Change it");

    shop.is_called(&help, "attic").await;
    shop.is_called(&lounge, "help").await;
    check(&shop.press("carol", off).await, &["acme/greeter is off in attic."]);
    let overrides = shop.greeter().await.unwrap().overrides;
    assert_eq!(overrides[0].within, Within::Place(help.id));
    check(&shop.press("carol", change).await, &["\"attic\""]);
    let config = shop.settings("switchboard/feed").await.unwrap().config;
    let config: Value = serde_json::from_str(&config).unwrap();
    assert_eq!(config["places"], json!([help.id.to_string()]));

    // A place that is gone is no other one.
    let asked = shop.say("carol", "/plugin enable acme/greeter in lounge").await;
    check(&asked, &["there is no space or place “lounge” here"]);
}
