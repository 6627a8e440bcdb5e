//! `/plugin` where a dialog cannot show it: packages from an index, what a yes is bound to, and who is an owner at that moment.

mod owners;
mod questions;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::json;
use switchboard::clock::Clock as _;
use switchboard::dispatcher::CommandNames;
use switchboard::dispatcher::chain::{Roster, Rules};
use switchboard::installer::{self, ChatParts, Explains, Index, Installer, Listing, PluginChat};
use switchboard::model::EventBody;
use switchboard::model::button::ButtonEffect;
use switchboard::model::directory::{Audience, Place};
use switchboard::model::event::{Addressed, Source, StaffAct};
use switchboard::model::fit::FittedBody;
use switchboard::model::ids::{AccountId, ButtonId, CommunityId, EventSeq, IdentityRef};
use switchboard::person::{self, Persons};
use switchboard::plugin_host::{GivenSecrets, Package, Packages};
use switchboard::storage::accounts::{Account, AccountUnit, AuditRow, Invite, InvitePurpose, Role, TokenHash};
use switchboard::storage::plugins::PluginSettings;
use switchboard::storage::{Page, ReadError, Unit};
use tempfile::TempDir;

use crate::installer::{KEEPS, version};
use crate::support::{Builder, Parts, TestRuntime};
use crate::swaps::host;

const GREETER: &str = "acme/greeter";

/// The commands of the program itself.
struct Ours;

impl CommandNames for Ours {
    fn is_command(&self, _: &Place, name: &str) -> bool {
        ["link", "unlink", "plugin"].contains(&name)
    }

    fn sealed(&self, community: CommunityId, name: &str, typed: &str) -> Option<String> {
        person::sealed(community, name, typed)
    }
}

struct NoEvents;

#[async_trait]
impl Explains for NoEvents {
    async fn explain(&self, _: CommunityId, _: EventSeq) -> Result<Option<Vec<Vec<String>>>, ReadError> {
        Ok(None)
    }
}

/// A runtime with an index of two packages, and Carol, an owner whose account acts for her.
struct Shop {
    runtime: TestRuntime,
    carol: AccountId,
    index: TempDir,
}

fn index() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    lay_out(folder.path(), [("1.4.0", ""), ("1.5.0", KEEPS)]);
    folder
}

/// Puts these packages into the folder, and its index.
fn lay_out(folder: &Path, packages: [(&str, &str); 2]) {
    let listings = packages.map(|(number, more)| {
        let (wasm, file) = (version(number, more), format!("{number}.wasm"));
        std::fs::write(folder.join(&file), &wasm).unwrap();
        Listing::of(&Package::read(&wasm).unwrap(), &wasm, file, None)
    });
    let index = Index::new(listings.into()).unwrap();
    let text = serde_json::to_string(&index).unwrap();
    std::fs::write(folder.join(installer::INDEX_FILE), text).unwrap();
}

fn builder(index: &Path) -> Builder {
    let index = index.to_owned();
    persons().handler(move |parts| chat(parts, &index))
}

/// Those who link accounts, and nothing else.
fn persons() -> Builder {
    TestRuntime::builder()
        .commands(Ours)
        .handler(|parts| Persons::new(Arc::clone(&parts.storage), Arc::clone(&parts.clock)))
}

/// What answers owners, with this index.
fn chat(parts: &Parts, index: &Path) -> PluginChat {
    let host = host(&parts.clock, GivenSecrets::new());
    let storage = Arc::clone(&parts.storage);
    let roster = Roster::new(host.clone(), storage, Packages::bundled(), Rules::default());
    let installer = Installer::new(installer::Parts {
        storage: Arc::clone(&parts.storage),
        clock: Arc::clone(&parts.clock),
        host,
        bundled: Packages::bundled(),
        settings: installer::Settings {
            index: Some(index.to_str().unwrap().to_owned()),
            ..installer::Settings::default()
        },
    });
    PluginChat::new(ChatParts {
        installer: Arc::new(installer),
        roster: Arc::new(roster),
        storage: Arc::clone(&parts.storage),
        clock: Arc::clone(&parts.clock),
        explains: Arc::new(NoEvents),
    })
}

/// An account of the console that is an owner.
async fn owner(runtime: &TestRuntime, number: u8) -> AccountId {
    let (id, now) = (AccountId(runtime.clock.id()), runtime.clock.now());
    let token = TokenHash([number; 32]);
    let units = [
        AccountUnit::Invite(Invite {
            token,
            purpose: InvitePurpose::Join {
                community: runtime.community,
                role: Role::Owner,
            },
            created_by: None,
            created_at: now,
            expires: now + Duration::from_hours(1),
            ended_at: None,
        }),
        AccountUnit::Join {
            invite: token,
            account: Account {
                id,
                email: format!("{number}@example.org"),
                name: "Carol".to_owned(),
                password: String::new(),
                zone: None,
                created_at: now,
                disabled_at: None,
            },
        },
    ];
    let units = units.map(Unit::Account).into();
    runtime.storage.write(Unit::All(units)).await.unwrap();
    id
}

impl Shop {
    async fn open() -> Self {
        let index = index();
        let builder = builder(index.path());
        Self::with(builder, index).await
    }

    async fn with(builder: Builder, index: TempDir) -> Self {
        let runtime = builder.start().await;
        let carol = owner(&runtime, 1).await;
        let shop = Self { runtime, carol, index };
        shop.let_act("carol", carol).await;
        shop
    }

    async fn say(&self, who: &str, text: &str) -> String {
        self.runtime.say(who, text).await;
        self.runtime.settled().await;
        self.last(who)
    }

    /// What was said there last; a question that lost its buttons is no news.
    fn last(&self, who: &str) -> String {
        let place = TestRuntime::place(who);
        let arrivals = self.runtime.platform.arrivals();
        let said = arrivals.iter().rev().find_map(|arrival| match &arrival.body {
            FittedBody::Send { content, .. } if arrival.place == place => Some(content.to_plain()),
            _ => None,
        });
        said.unwrap_or_default()
    }

    /// As the console does it once an owner has said yes.
    async fn let_act(&self, who: &str, account: AccountId) {
        let shown = self.say(who, "/link").await;
        let code = shown.split("/link ").nth(1).unwrap().split_whitespace().next().unwrap();
        let (storage, now) = (&self.runtime.storage, self.runtime.clock.now());
        let typed = format!("/link {code}");
        let asking = person::asking(storage, self.runtime.community, &typed, now).await;
        let asking = asking.unwrap().expect("the code lives");
        assert_eq!(person::account_name(&asking.identity), format!("{who} on loopback"));
        let mut event = self.runtime.message(who, "");
        event.source = Source::Internal {
            conversation: None,
            place: Some(asking.code.place),
        };
        event.body = EventBody::Staff {
            account,
            name: "Carol".to_owned(),
            act: StaffAct::LetAct { code: asking.code.id },
        };
        self.runtime.dispatcher.accept_internal(vec![event]).await.unwrap();
        self.runtime.settled().await;
        assert!(self.last(who).contains("may act here for Carol"), "{}", self.last(who));
    }

    /// The newest button of this label in the chat of `who`.
    fn button(&self, who: &str, label: &str) -> ButtonId {
        let place = TestRuntime::place(who);
        let arrivals = self.runtime.platform.arrivals();
        let shown = arrivals.iter().rev().find_map(|arrival| match &arrival.body {
            FittedBody::Send { buttons, .. } if arrival.place == place => {
                buttons.iter().find(|button| button.label == label).cloned()
            }
            _ => None,
        });
        match shown
            .unwrap_or_else(|| panic!("no button {label}: {}", self.last(who)))
            .effect
        {
            ButtonEffect::Press { id } => id,
            other => panic!("{other:?}"),
        }
    }

    async fn press(&self, who: &str, button: ButtonId) -> String {
        let event = self.runtime.event(who, who, Audience::Direct, |_| EventBody::Press {
            message: None,
            button,
            values: Vec::new(),
        });
        self.runtime.accept(vec![event]).await;
        self.runtime.settled().await;
        self.last(who)
    }

    /// Says it, and presses the button of this label.
    async fn agree(&self, text: &str, label: &str) -> String {
        self.say("carol", text).await;
        self.press("carol", self.button("carol", label)).await
    }

    async fn greeter(&self) -> Option<PluginSettings> {
        let all = self
            .runtime
            .storage
            .plugin_settings(self.runtime.community)
            .await
            .unwrap();
        all.into_iter().find(|settings| settings.plugin.as_str() == GREETER)
    }

    async fn is_offered(&self) -> bool {
        let all = self.runtime.storage.plugins().await.unwrap();
        all.iter().any(|plugin| plugin.id.as_str() == GREETER)
    }

    /// What was done since the first start in the console's words, newest first, by whom.
    async fn audit(&self) -> Vec<(String, Option<AccountId>)> {
        let page = Page {
            before: None,
            limit: 100,
        };
        let lines = self.runtime.storage.audit(self.runtime.community, page).await.unwrap();
        let of_the_first_start = |line: &AuditRow| line.account.is_none() && line.act.starts_with("plugin_");
        let since = lines.into_iter().filter(|line| !of_the_first_start(line));
        since.map(|line| (line.act, line.account)).collect()
    }
}

#[track_caller]
fn check(heard: &str, parts: &[&str]) {
    for part in parts {
        assert!(heard.contains(part), "{part:?} is not in {heard:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_package_comes_by_a_yes_to_its_plan_and_the_consent_has_the_owners_name() {
    let shop = Shop::open().await;
    let plan = shop.say("carol", "/plugin install acme/greeter@1.5.0").await;
    check(
        &plan,
        &[
            "acme/greeter 1.5.0: Greets who asks for it",
            "It may keep data of its own. It says why: “Count greetings.”",
            "/greet: Greets.",
            "Unsigned: nobody vouches",
            "Install it, and allow it that?",
        ],
    );
    assert_eq!(shop.greeter().await, None, "nobody has agreed");
    let yes = shop.button("carol", "Install it");
    let done = shop.press("carol", yes).await;
    check(
        &done,
        &[
            "acme/greeter 1.5.0 is installed, and off.",
            "/plugin enable acme/greeter switches it on.",
        ],
    );
    let settings = shop.greeter().await.unwrap();
    assert!(!settings.enabled && settings.grants == ["kv"]);
    let consents = shop.runtime.storage.consents(shop.runtime.community, &settings.plugin);
    assert_eq!(consents.await.unwrap()[0].account, Some(shop.carol));
    let heard = shop.runtime.heard("carol").len();
    shop.press("carol", yes).await;
    assert_eq!(shop.runtime.heard("carol").len(), heard, "a second finger says nothing");

    check(
        &shop.say("carol", "/plugin enable acme/greeter").await,
        &[
            "Switch acme/greeter 1.5.0 on?",
            "It may keep data of its own. It says why: “Count greetings.”",
        ],
    );
    assert!(!shop.greeter().await.unwrap().enabled, "it was asked");
    let on = shop.press("carol", shop.button("carol", "Switch it on")).await;
    assert_eq!(on, "acme/greeter is on.");
    assert!(shop.greeter().await.unwrap().enabled);
    let acts = shop.audit().await;
    let acts: Vec<_> = acts
        .iter()
        .map(|(act, who)| (act.as_str(), *who == Some(shop.carol)))
        .collect();
    assert_eq!(
        acts,
        [
            ("plugin_enabled", true),
            ("plugin_installed", true),
            ("chat_account_linked", true),
        ]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_with_the_program_is_set_and_allowed_by_a_yes_to_its_plan() {
    let shop = Shop::open().await;
    let feed = async || {
        let all = shop
            .runtime
            .storage
            .plugin_settings(shop.runtime.community)
            .await
            .unwrap();
        all.into_iter()
            .find(|settings| settings.plugin.as_str() == "switchboard/feed")
    };
    let list = shop.say("carol", "/plugin list").await;
    check(&list, &["switchboard/feed: 0.1.0; off; it comes with the program"]);
    check(
        &shop.say("carol", "/plugin install switchboard/feed").await,
        &["comes with the program: /plugin enable switchboard/feed shows what it asks for"],
    );
    let set = shop
        .agree("/plugin config switchboard/feed newest=2", "Change it")
        .await;
    check(&set, &["\"newest\": 2"]);
    let plan = shop.say("carol", "/plugin dry-run switchboard/feed 2").await;
    check(&plan, &["Try it without effect, and allow it that?"]);
    let plan = shop.say("carol", "/plugin enable switchboard/feed").await;
    check(
        &plan,
        &[
            "It may write in other places",
            "It says why: “Read the feeds.”",
            "Switch it on, and allow it that?",
        ],
    );
    assert!(feed().await.unwrap().grants.is_empty(), "nobody has agreed");
    let on = shop.press("carol", shop.button("carol", "Switch it on")).await;
    assert_eq!(on, "switchboard/feed is on.");
    let settings = feed().await.unwrap();
    assert!(settings.enabled && settings.granted_to == "bundled");
    assert_eq!(settings.grants, ["http", "kv", "wake", "post"]);
    let consents = shop.runtime.storage.consents(shop.runtime.community, &settings.plugin);
    assert_eq!(consents.await.unwrap()[0].account, Some(shop.carol));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plugin_lives_its_whole_life_in_a_chat() {
    let shop = Shop::open().await;
    shop.agree("/plugin install acme/greeter@1.4.0", "Install it").await;
    let set = shop
        .say("carol", "/plugin config acme/greeter greeting=Moin, moin!")
        .await;
    check(&set, &["Change acme/greeter 1.4.0 so?", "greeting is \"Moin, moin!\""]);
    let set = shop.press("carol", shop.button("carol", "Change it")).await;
    check(&set, &["\"greeting\": \"Moin, moin!\""]);
    let wrong = shop.say("carol", "/plugin config acme/greeter greating=x").await;
    check(&wrong, &["nothing was changed", "there is no “greating”"]);
    shop.agree("/plugin dry-run acme/greeter 24", "Try it").await;
    assert!(shop.greeter().await.unwrap().dry_run_until.is_some());

    let update = shop.say("carol", "/plugin update acme/greeter").await;
    check(
        &update,
        &[
            "1.5.0 takes the place of 1.4.0.",
            "New: It may keep data of its own.",
            "Update it so?",
        ],
    );
    assert!(shop.greeter().await.unwrap().grants.is_empty(), "the old one serves");
    let updated = shop.press("carol", shop.button("carol", "Update it")).await;
    check(
        &updated,
        &["1.5.0 serves in place of 1.4.0.", "/plugin rollback acme/greeter"],
    );
    check(
        &shop.say("carol", "/plugin update acme/greeter").await,
        &["1.5.0 is what serves already"],
    );
    let asked = shop.say("carol", "/plugin rollback acme/greeter").await;
    check(
        &asked,
        &[
            "1.4.0 serves again in place of 1.5.0",
            "No longer: It may keep data of its own.",
            "Go back to it?",
        ],
    );
    assert!(!shop.greeter().await.unwrap().grants.is_empty(), "it was asked");
    let back = shop.press("carol", shop.button("carol", "Go back")).await;
    check(&back, &["acme/greeter 1.4.0 serves again"]);
    let info = shop.say("carol", "/plugin info acme/greeter").await;
    check(&info, &["version: 1.4.0", "by 1@example.org"]);

    let gone = shop.agree("/plugin uninstall acme/greeter", "Delete its data").await;
    check(&gone, &["acme/greeter 1.4.0 is gone", "is deleted."]);
    assert_eq!(shop.greeter().await, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_no_owner_hears_nothing_of_plugins_and_presses_nothing() {
    let shop = Shop::open().await;
    for text in [
        "/plugin",
        "/plugin list",
        "/plugin enable acme/greeter",
        "/plugin nonsense",
    ] {
        let heard = shop.say("mallory", text).await;
        check(&heard, &["for the owners of this community", "Your accounts in chats"]);
        assert!(!heard.contains("acme"), "{heard}");
    }
    for who in ["mallory", "carol"] {
        let event = shop.runtime.shared(who, "support", "/plugin list", Addressed::Mention);
        shop.runtime.accept(vec![event]).await;
        shop.runtime.settled().await;
        check(&shop.last("support"), &["That goes only in a direct chat"]);
    }
    shop.say("carol", "/plugin install acme/greeter@1.4.0").await;
    shop.press("mallory", shop.button("carol", "Install it")).await;
    assert_eq!(shop.greeter().await, None, "the question is Carol's");
    let machine = shop.say("carol", "/plugin plan /etc/passwd.wasm").await;
    check(&machine, &["a file of the machine", "is named on that machine alone"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_yes_is_bound_to_ten_minutes_to_the_digest_and_to_the_role() {
    let shop = Shop::open().await;
    let ask = async || {
        shop.say("carol", "/plugin install acme/greeter@1.4.0").await;
        shop.button("carol", "Install it")
    };
    let old = ask().await;
    shop.runtime.advance(Duration::from_mins(10)).await;
    check(&shop.press("carol", old).await, &["older than ten minutes"]);
    assert_eq!(shop.greeter().await, None);

    let first = ask().await;
    lay_out(shop.index.path(), [("1.4.0", KEEPS), ("1.5.0", KEEPS)]);
    check(
        &shop.press("carol", first).await,
        &["is another one by now, and nothing was done: look at it again"],
    );
    assert_eq!(shop.greeter().await, None);
    assert!(!shop.is_offered().await);

    let last = ask().await;
    owner(&shop.runtime, 2).await;
    let demoted = Unit::Account(AccountUnit::SetRole {
        account: shop.carol,
        community: shop.runtime.community,
        role: Some(Role::Agent),
    });
    shop.runtime.storage.write(demoted).await.unwrap();
    check(&shop.press("carol", last).await, &["for the owners of this community"]);
    assert_eq!(shop.greeter().await, None);
    check(
        &shop.say("carol", "/plugin list").await,
        &["for the owners of this community"],
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_changed_since_it_was_asked_is_not_done() {
    let shop = Shop::open().await;
    shop.agree("/plugin install acme/greeter@1.4.0", "Install it").await;
    shop.say("carol", "/plugin enable acme/greeter").await;
    let enable = shop.button("carol", "Switch it on");
    shop.agree("/plugin config acme/greeter greeting=Hi", "Change it").await;
    check(
        &shop.press("carol", enable).await,
        &["was changed since you were asked"],
    );
    let settings = shop.greeter().await.unwrap();
    assert!(!settings.enabled);
    assert_eq!(settings.config, json!({ "greeting": "Hi" }).to_string());

    // Of an update only what changes was told.
    shop.say("carol", "/plugin update acme/greeter").await;
    let update = shop.button("carol", "Update it");
    shop.agree("/plugin config acme/greeter greeting=Moin", "Change it")
        .await;
    check(
        &shop.press("carol", update).await,
        &["was changed since you were asked"],
    );
    assert_eq!(shop.greeter().await.unwrap().granted_to, settings.granted_to);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unlinking_takes_the_right_and_nothing_else() {
    let shop = Shop::open().await;
    let asked = shop.say("carol", "/unlink").await;
    check(
        &asked,
        &[
            "may act here for an owner of the console",
            "Shall I unlink this account?",
        ],
    );
    let done = shop.press("carol", shop.button("carol", "Unlink this account")).await;
    assert_eq!(done, "This account no longer acts for an owner of the console.");
    check(
        &shop.say("carol", "/plugin list").await,
        &["for the owners of this community"],
    );
    let native = IdentityRef {
        scope: "loopback".into(),
        id: "carol".into(),
    };
    let identity = shop.runtime.storage.identity_by_native(&native).await.unwrap().unwrap();
    let acts = shop.runtime.storage.acts_for(shop.runtime.community, identity.id).await;
    assert_eq!(acts.unwrap(), None);
}
