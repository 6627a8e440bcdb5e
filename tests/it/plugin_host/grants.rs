//! No interface and no action can be reached without its grant, and each refusal names it.

use std::sync::Arc;

use switchboard::model::EventBody;
use switchboard::model::directory::Audience;
use switchboard::model::event::{Addressed, Source};
use switchboard::model::ids::{IdentityRef, PluginId};
use switchboard::plugin_host::bindings::switchboard::plugin::types as wit;
use switchboard::plugin_host::{NoData, Package, Permission};
use switchboard::storage::core::Verdict;

use super::stage::{Enabled, House, Stage};
use super::{built, event, hostile, on};
use crate::support::in_words;

/// How a permission shows.
enum Reach {
    /// As an interface that a component imports.
    Interface,
    /// As actions, by the names that the hostile plugin knows.
    Actions(&'static [&'static str]),
    /// As what a mention does.
    Mention,
}

/// Each permission has its row: a new one does not compile without.
fn reach(permission: Permission) -> Reach {
    match permission {
        Permission::Kv | Permission::Knowledge | Permission::History | Permission::Http | Permission::Model => {
            Reach::Interface
        }
        Permission::Wake => Reach::Actions(&["wake", "cancel"]),
        Permission::Handoff => Reach::Actions(&["handoff"]),
        Permission::Peers => Reach::Actions(&["ask-peers"]),
        Permission::Post => Reach::Actions(&["post"]),
        Permission::Call => Reach::Actions(&["call"]),
        Permission::Role => Reach::Actions(&["role"]),
        Permission::Moderate => Reach::Actions(&["moderate"]),
        Permission::Mention => Reach::Mention,
    }
}

/// Each action of the contract by its name, and what it needs: a new one does not compile without.
fn need(action: &wit::Action) -> (&'static str, Option<Permission>) {
    match action {
        wit::Action::Reply(_) => ("reply", None),
        wit::Action::Edit(_) => ("edit", None),
        wit::Action::Buttons(_) => ("buttons", None),
        wit::Action::Delete(_) => ("delete", None),
        wit::Action::React(_) => ("react", None),
        wit::Action::Note(_) => ("note", None),
        wit::Action::Other(_) => ("other", None),
        wit::Action::Post(_) => ("post", Some(Permission::Post)),
        wit::Action::Handoff(_) => ("handoff", Some(Permission::Handoff)),
        wit::Action::AskPeers(_) => ("ask-peers", Some(Permission::Peers)),
        wit::Action::Moderate(_) => ("moderate", Some(Permission::Moderate)),
        wit::Action::Role(_) => ("role", Some(Permission::Role)),
        wit::Action::Wake(_) => ("wake", Some(Permission::Wake)),
        wit::Action::Cancel(_) => ("cancel", Some(Permission::Wake)),
        wit::Action::Call(_) => ("call", Some(Permission::Call)),
    }
}

fn others(without: Permission) -> Vec<Permission> {
    let all = Permission::ALL.into_iter();
    all.filter(|permission| *permission != without).collect()
}

/// What the admin reads of a plugin that wants or may not have it.
fn line(head: &str, permission: Permission) -> String {
    let allows = permission.allows();
    if permission.is_available() {
        format!("{head} {allows}: add \"{permission}\" to its grants to allow it")
    } else if head.starts_with("may not") {
        format!("{head} {allows}: this release cannot grant \"{permission}\"")
    } else {
        format!("{head} {allows} (\"{permission}\"): this release cannot grant it")
    }
}

#[test]
fn no_interface_is_reached_without_its_grant() {
    let (house, curious) = (House::patient(), built("curious"));
    let imports = Package::read(curious).unwrap().imports;
    for permission in Permission::ALL {
        let Reach::Interface = reach(permission) else {
            continue;
        };
        assert!(permission.is_interface(), "{permission}");
        let imported = imports
            .iter()
            .any(|import| Permission::of_interface(import) == Some(permission));
        assert!(imported, "the component imports {permission}: {imports:?}");
        let refused = house.host.load(curious, &others(permission)).err().unwrap();
        assert_eq!(refused.problems, [line("test/curious wants to", permission)]);
    }
    let missing = Permission::ALL
        .into_iter()
        .find(|permission| permission.is_interface() && !permission.is_available());
    let loaded = house.host.load(curious, &Permission::ALL).map(drop);
    match missing {
        None => assert_eq!(loaded, Ok(())),
        // What nobody can be granted is not linked either.
        Some(missing) => {
            let refused = loaded.unwrap_err().to_string();
            assert!(refused.contains(&format!("switchboard:plugin/{missing}@")), "{refused}");
        }
    }
}

/// The hostile plugin, which asks for one action.
fn asking(action: &str, grants: &[Permission]) -> Enabled {
    let mut config = toml::Table::new();
    config.insert("mode".to_owned(), "ask".into());
    config.insert("text".to_owned(), action.into());
    config.insert("feeds".to_owned(), toml::Value::Array(Vec::new()));
    Enabled {
        wasm: hostile().to_vec(),
        grants: grants.iter().map(|permission| permission.name()).collect(),
        config,
    }
}

/// What comes of the action in a chain.
async fn tried(house: &House, action: &str, grants: &[Permission]) -> (Verdict, String) {
    let stage = Stage::start(&house.host, vec![asking(action, grants)]).await;
    let events = stage.say("hello", 1).await;
    let step = stage.step(events[0], &PluginId::from("test/hostile")).await;
    if step.verdict == Verdict::Failed {
        assert_eq!(stage.heard(), (1, Vec::new()), "nothing comes of it");
    }
    (step.verdict, step.line)
}

#[test]
fn no_action_is_reached_without_its_grant() {
    let house = House::patient();
    for permission in Permission::ALL {
        let Reach::Actions(actions) = reach(permission) else {
            continue;
        };
        for action in actions {
            let (without, with) = house.host.handle().block_on(async {
                let without = tried(house, action, &others(permission)).await;
                (without, tried(house, action, &Permission::ALL).await)
            });
            assert_eq!(without, (Verdict::Failed, line("may not", permission)), "{action}");
            assert_eq!(with == without, !permission.is_available(), "{action}: {with:?}");
        }
    }
}

#[test]
fn the_hostile_plugin_really_asks_for_each_action() {
    let house = House::patient();
    let loaded = house.host.load(hostile(), &Permission::ALL).unwrap();
    let rows = Permission::ALL
        .into_iter()
        .flat_map(|permission| match reach(permission) {
            Reach::Actions(actions) => actions.iter().map(|action| (*action, Some(permission))).collect(),
            Reach::Interface | Reach::Mention => Vec::new(),
        });
    for row in rows {
        let (inside, loaded) = (house.host.clone(), loaded.clone());
        let config = format!("{{\"mode\":\"ask\",\"text\":\"{}\"}}", row.0);
        let report = on(&house.host, async move {
            let plugin = inside.run(&loaded, "community", &config).await.unwrap();
            plugin.handle(&event("hello"), &[], Arc::new(NoData)).await
        });
        let asked = report.result.unwrap().actions;
        assert_eq!(asked.iter().map(need).collect::<Vec<_>>(), [row]);
    }
}

/// A message of `who`, in which `named` is mentioned, and the account of `who`.
fn mentioning(stage: &Stage, who: &str, named: Option<IdentityRef>) -> (switchboard::model::Event, IdentityRef) {
    let event = stage.runtime.event(who, who, Audience::Direct, |native| {
        let mut said = in_words(native, "hello", Addressed::Direct);
        said.mentions.extend(named);
        EventBody::Message(said)
    });
    let Source::Platform {
        author: Some(author), ..
    } = &event.source
    else {
        panic!("people talk on platforms");
    };
    let account = author.native.clone();
    (event, account)
}

#[test]
fn nobody_else_is_notified_without_the_grant() {
    let house = House::patient();
    for granted in [false, true] {
        let grants = if granted {
            Permission::ALL.to_vec()
        } else {
            others(Permission::Mention)
        };
        let sent = house.host.handle().block_on(async {
            let stage = Stage::start(&house.host, vec![asking("mention", &grants)]).await;
            let (first, bob) = mentioning(&stage, "bob", None);
            stage.runtime.accept(vec![first]).await;
            stage.runtime.settled().await;
            let (second, _) = mentioning(&stage, "ada", Some(bob));
            stage.runtime.accept(vec![second]).await;
            stage.runtime.settled().await;
            assert_eq!(stage.runtime.heard("ada"), ["@bob", "Hello, ada!"]);
            format!("{:?}", stage.runtime.platform.arrivals())
        });
        assert_eq!(sent.contains("pings: true"), granted, "{sent}");
        assert_eq!(sent.contains("pings: false"), !granted, "{sent}");
    }
}
