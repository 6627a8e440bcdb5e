//! The page of plugins: how each does, what it may do, and its settings as a form.

use std::time::Duration;

use switchboard::dispatcher::chain::{Listed, LogLine, Serving};
use switchboard::model::Timestamp;
use switchboard::model::ids::{PluginId, Version};
use switchboard::plugin_host::{HealthState, Package, Packages};
use switchboard::storage::Unit;
use switchboard::storage::accounts::Role;
use switchboard::storage::plugins::{InstalledPlugin, PluginSettings, PluginUnit};

use super::site::{Answer, Browser, Site};

pub(super) const PAGE: &str = "/console/plugins";

pub(super) async fn install(site: &Site, name: &str, manifest: &str, grants: &[&str]) {
    let id = PluginId::from(format!("switchboard/{name}"));
    let package = InstalledPlugin {
        source: "a folder".to_owned(),
        ..ours(id.as_str(), &"b".repeat(64), manifest)
    };
    let after = PluginSettings {
        enabled: true,
        grants: grants.iter().map(|&grant| grant.to_owned()).collect(),
        revision: Version(1),
        ..PluginSettings::new(site.community, id, &"a".repeat(64))
    };
    let units = vec![
        Unit::Plugin(PluginUnit::Install(package)),
        Unit::Plugin(PluginUnit::Settings { before: None, after }),
    ];
    site.storage.write(Unit::All(units)).await.unwrap();
}

/// A package that comes with the program.
fn ours(id: &str, digest: &str, manifest: &str) -> InstalledPlugin {
    InstalledPlugin {
        id: PluginId::from(id),
        version: "0.1.0".to_owned(),
        digest: digest.to_owned(),
        manifest: manifest.to_owned(),
        source: "bundled".to_owned(),
        signer: None,
        installed_at: Timestamp::from_millis(0),
    }
}

pub(super) async fn settings(site: &Site) -> PluginSettings {
    let mut all = site.storage.plugin_settings(site.community).await.unwrap();
    all.remove(0)
}

/// Opens the page, fills in the form of settings there and sends it.
pub(super) async fn set(owner: &mut Browser<'_>, (page, form): (&str, &str), fields: &[(&str, &str)]) -> Answer {
    let revision = owner.get(page).await.field("revision");
    let shown = [("revision", revision.as_str())];
    owner.send(page, form, &[&shown, fields].concat()).await
}

fn running(site: &Site, name: &str, health: HealthState) {
    *site.desk.running.lock().unwrap() = vec![Listed {
        id: PluginId::from(format!("switchboard/{name}")),
        version: "0.1.0".to_owned(),
        summary: String::new(),
        grants: vec![],
        serving: Serving::Running(health),
        refused: vec!["/share goes to acme/share, which comes before it".to_owned()],
        log: vec![LogLine {
            at: Timestamp::from_millis(0),
            level: "error",
            text: "could not <read> it".to_owned(),
        }],
        recorded_until: Some(Timestamp::from_millis(0)),
    }];
}

#[tokio::test]
async fn a_failing_plugin_says_what_happened_and_is_let_run_again() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    install(
        &site,
        "faq",
        include_str!("../../../plugins/faq/plugin.toml"),
        &["knowledge"],
    )
    .await;
    running(
        &site,
        "faq",
        HealthState::Paused {
            left: Duration::from_mins(4),
            last: "out of memory at 64 MiB".to_owned(),
        },
    );
    let page = owner.get(PAGE).await.body;
    assert!(
        page.contains("4 minutes from now") && page.contains("out of memory at 64 MiB"),
        "{page}"
    );
    assert!(page.contains("could not &#60;read&#62; it"), "{page}");
    assert!(
        page.contains("What it is handed is recorded until") && page.contains("plugin record switchboard/faq --stop"),
        "{page}"
    );

    let held = PluginUnit::Held {
        community: site.community,
        plugin: PluginId::from("switchboard/faq"),
        reason: Some("stack overflow".to_owned()),
    };
    site.storage.write(Unit::Plugin(held)).await.unwrap();
    let page = owner.get(PAGE).await.body;
    assert!(page.contains("held back") && page.contains("stack overflow"), "{page}");
    let before = settings(&site).await.revision;
    let again = "/console/plugins/switchboard/faq/again";
    assert_eq!(owner.send(PAGE, again, &[]).await.status, 303);
    let after = settings(&site).await;
    assert_eq!((after.held, after.revision), (None, before.next()));
    site.stop();
}

#[tokio::test]
async fn a_command_that_another_plugin_has_is_named() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    install(&site, "hello", include_str!("../../../plugins/hello/plugin.toml"), &[]).await;
    running(&site, "hello", HealthState::Well);
    let page = owner.get(PAGE).await.body;
    assert!(
        page.contains("/share goes to acme/share, which comes before it. Two plugins cannot have one command"),
        "{page}"
    );
    site.stop();
}

#[tokio::test]
async fn a_plugin_is_put_in_any_place_of_the_order() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    for name in ["hello", "share", "faq"] {
        let manifest = include_str!("../../../plugins/hello/plugin.toml").replace("hello", name);
        let package = InstalledPlugin {
            source: "a folder".to_owned(),
            ..ours(&format!("switchboard/{name}"), &format!("{name:a<64}"), &manifest)
        };
        let after = PluginSettings {
            revision: Version(1),
            ..PluginSettings::new(site.community, package.id.clone(), &package.digest)
        };
        let units = vec![
            Unit::Plugin(PluginUnit::Install(package)),
            Unit::Plugin(PluginUnit::Settings { before: None, after }),
        ];
        site.storage.write(Unit::All(units)).await.unwrap();
    }
    let order = async || -> Vec<String> {
        let all = site.storage.plugin_settings(site.community).await.unwrap();
        all.into_iter().map(|settings| settings.plugin.to_string()).collect()
    };
    let before = order().await;
    let last = format!("{PAGE}/{}/move", before[2]);
    owner.send(PAGE, &last, &[("to", "1")]).await;
    let expected = [&before[2], &before[0], &before[1]].map(Clone::clone);
    assert_eq!(order().await, expected);
    for (to, then) in [("99", &before), ("0", &expected.to_vec()), ("near", &expected.to_vec())] {
        owner.send(PAGE, &last, &[("to", to)]).await;
        assert_eq!(order().await, *then, "{to}");
    }
    site.stop();
}

#[tokio::test]
async fn settings_are_a_form_that_says_what_is_wrong_where() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    install(&site, "faq", include_str!("../../../plugins/faq/plugin.toml"), &[]).await;
    let page = owner.get(PAGE).await.body;
    assert!(
        page.contains("name=\"s-suggestions\" type=\"number\" step=\"1\" min=\"1\" max=\"5\" value=\"3\""),
        "{page}"
    );
    assert!(page.contains("name=\"s-greet\""), "{page}");
    let config = "/console/plugins/switchboard/faq/config";
    let fields = [("s-suggestions", "9"), ("s-greet", "on")];
    let refused = set(&mut owner, (PAGE, config), &fields).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("Suggestions: 5 is the most."), "{}", refused.body);
    assert!(refused.body.contains("value=\"9\""), "what was typed stays");
    assert_eq!(settings(&site).await.config, "{}");

    let saved = set(&mut owner, (PAGE, config), &[("s-suggestions", "4")]).await;
    assert_eq!(saved.status, 303, "{}", saved.body);
    assert_eq!(settings(&site).await.config, "{\"greet\":false,\"suggestions\":4}");
    site.stop();
}

#[tokio::test]
async fn settings_without_a_field_of_their_own_are_json_that_is_checked() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    install(
        &site,
        "handoff",
        include_str!("../../../plugins/handoff/plugin.toml"),
        &["handoff"],
    )
    .await;
    let config = "/console/plugins/switchboard/handoff/config";
    let wrong = "[{\"name\": \"billing\", \"wrods\": []}]";
    let fields = [("s-after_misses", "2"), ("s-topics", wrong)];
    let refused = set(&mut owner, (PAGE, config), &fields).await;
    assert_eq!(refused.status, 422);
    assert!(
        refused
            .body
            .contains("Topics: at 1, words: this is missing; at 1: there is no “wrods” (did you mean “words”?)."),
        "{}",
        refused.body
    );
    let right = "[{\"name\": \"billing\", \"words\": [\"refund\"]}]";
    let fields = [("s-after_misses", "2"), ("s-topics", right)];
    let saved = set(&mut owner, (PAGE, config), &fields).await;
    assert_eq!(saved.status, 303, "{}", saved.body);
    let stored = settings(&site).await.config;
    assert_eq!(stored, "{\"topics\":[{\"name\":\"billing\",\"words\":[\"refund\"]}]}");
    site.stop();
}

#[tokio::test]
async fn permissions_are_given_to_the_package_that_was_looked_at_and_only_by_owners() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    install(
        &site,
        "share",
        include_str!("../../../plugins/share/plugin.toml"),
        &["kv"],
    )
    .await;
    let page = owner.get(PAGE).await.body;
    assert!(page.contains("Its package is another one"), "{page}");
    let (first, second) = (
        page.find("write in other places").unwrap(),
        page.find("keep data of its own").unwrap(),
    );
    assert!(first < second, "the riskiest comes first");
    let grants = "/console/plugins/switchboard/share/grants";
    let ticked = [("may-kv", "on"), ("may-wake", "on"), ("may-moderate", "on")];
    let stale = [&[("revision", "0")][..], &ticked].concat();
    let refused = owner.send(PAGE, grants, &stale).await;
    assert!(refused.status == 422 && refused.body.contains("somebody has changed this plugin since"));
    let shown = owner.get(PAGE).await;
    let (revision, digest) = (shown.field("revision"), shown.field("digest"));
    assert_eq!(digest, "b".repeat(64));
    let other = "a".repeat(64);
    let other_package = [
        &[("revision", revision.as_str()), ("digest", other.as_str())][..],
        &ticked,
    ]
    .concat();
    assert_eq!(owner.send(PAGE, grants, &other_package).await.status, 422);
    assert_eq!(settings(&site).await.granted_to, "a".repeat(64));
    let agreed = [
        &[("revision", revision.as_str()), ("digest", digest.as_str())][..],
        &ticked,
    ]
    .concat();
    assert_eq!(owner.send(PAGE, grants, &agreed).await.status, 303);
    let after = settings(&site).await;
    assert_eq!(after.grants, ["kv", "wake"], "what it does not ask for is not given");
    assert_eq!(after.granted_to, "b".repeat(64));
    let mut viewer = site.signed_in(Role::Viewer).await;
    assert!(!viewer.get(PAGE).await.body.contains("Save permissions"));
    assert_eq!(viewer.send("/console/settings", grants, &ticked).await.status, 403);
    site.stop();
}

#[tokio::test]
async fn a_plugin_that_nobody_decided_about_is_switched_on_here() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    let manifest = include_str!("../../../plugins/hello/plugin.toml");
    let hello = ours("switchboard/hello", &"c".repeat(64), manifest);
    let unit = Unit::Plugin(PluginUnit::Install(hello));
    site.storage.write(unit).await.unwrap();
    let enable = "/console/plugins/switchboard/hello/enable";
    assert_eq!(owner.send(PAGE, enable, &[]).await.status, 303);
    let after = settings(&site).await;
    assert!(after.enabled && after.grants.is_empty());
    assert_eq!(after.granted_to, "bundled");
    site.stop();
}

/// What comes with the program is known since the first start, and nobody has decided about it.
pub(super) async fn comes_with_it(site: &Site, id: &str) {
    let package = Package::read(Packages::bundled().find(id).unwrap()).unwrap();
    let installed = InstalledPlugin {
        version: package.manifest.plugin.version,
        ..ours(id, &package.digest, &package.manifest_text)
    };
    let unit = Unit::Plugin(PluginUnit::Install(installed));
    site.storage.write(unit).await.unwrap();
}

const FEED: &str = "/console/plugins/switchboard/feed";

#[tokio::test]
async fn what_comes_with_the_program_is_allowed_by_one_button_below_its_plan() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    comes_with_it(&site, "switchboard/feed").await;
    let page = owner.get(PAGE).await.body;
    assert!(page.contains("comes with the program"), "{page}");
    for (act, button) in [
        ("enable", "Switch it on, and allow it that"),
        ("package/try", "Try it, and allow it that"),
    ] {
        let asked = owner.send(PAGE, &format!("{FEED}/{act}"), &[]).await;
        assert_eq!(asked.status, 303, "{}", asked.body);
        let plan = asked.header("location").unwrap().to_owned();
        let (plan, part) = plan.split_once('#').unwrap();
        let page = owner.get(plan).await;
        assert!(page.body.contains(&format!("id=\"{part}\"")), "{}", page.body);
        let (posts, keeps) = (
            page.body.find("It may write in other places").unwrap(),
            page.body.find("It may keep data of its own").unwrap(),
        );
        assert!(posts < keeps, "the riskiest comes first");
        assert!(page.body.contains("It says why: “Read the feeds.”") && page.body.contains(button));
    }
    assert!(site.storage.plugin_settings(site.community).await.unwrap().is_empty());
    let mut viewer = site.signed_in(Role::Viewer).await;
    let plan = format!("{PAGE}?ask=switchboard%2Ffeed&to=enable");
    assert!(
        !viewer.get(&plan).await.body.contains("Switch it on, and allow"),
        "a viewer allows nothing"
    );

    let enable = format!("{FEED}/enable");
    let other = owner.send(PAGE, &enable, &[("digest", &"0".repeat(64))]).await;
    assert!(
        other.header("location").unwrap().contains("ask="),
        "that was another plan"
    );
    let digest = owner.get(&plan).await.field("digest");
    let done = owner.send(PAGE, &enable, &[("digest", digest.as_str())]).await;
    assert_eq!(
        done.header("location"),
        Some("/console/plugins?said=enabled"),
        "{}",
        done.body
    );
    let after = settings(&site).await;
    assert!(after.enabled && after.granted_to == "bundled");
    assert_eq!(after.grants, ["http", "kv", "wake", "post"]);
    let consents = site.storage.consents(site.community, &after.plugin).await.unwrap();
    assert_eq!(consents[0].digest, digest);
    assert!(consents[0].account.is_some());
    assert!(owner.get(PAGE).await.body.contains("Who allowed what"));
    assert!(
        !owner.get(&plan).await.body.contains("id=\"asked\""),
        "nothing is left to allow"
    );
    site.stop();
}

#[tokio::test]
async fn settings_with_which_a_plugin_does_not_start_stay_in_the_form() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    comes_with_it(&site, "switchboard/feed").await;
    let feeds: Vec<String> = (0..21).map(|number| format!("https://{number}.example")).collect();
    let feeds = feeds.join("\n");
    let config = format!("{FEED}/config");
    let refused = owner.send(PAGE, &config, &[("s-feeds", &feeds)]).await;
    assert_eq!(refused.status, 422);
    let why = "it does not start: not enabled: there are 21 feeds; at most 20";
    assert!(refused.body.contains(why), "{}", refused.body);
    assert!(refused.body.contains("https://20.example"), "what was typed stays");
    assert!(site.storage.plugin_settings(site.community).await.unwrap().is_empty());
    let wrong = owner
        .send(PAGE, &config, &[("s-cron", "every day"), ("s-zone", "Berlin")])
        .await;
    for part in ["When: this must be five cron fields", "Zone: this must be a time zone"] {
        assert!(wrong.body.contains(part), "{}", wrong.body);
    }
    site.stop();
}

#[tokio::test]
async fn places_are_chosen_by_boxes_of_which_several_may_be_ticked() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    comes_with_it(&site, "switchboard/feed").await;
    let page = owner.get(PAGE).await.body;
    let place = site.place.to_string();
    let box_of = |place: &str| format!("<input type=\"checkbox\" name=\"s-places\" value=\"{place}\"");
    assert!(
        page.contains(&format!("{}> Lobby (web_chat)", box_of(&place))),
        "{page}"
    );
    let gone = "01a00000-0000-7000-8000-000000000009";
    let ticked = [("s-places", place.as_str()), ("s-places", gone)];
    let saved = owner.send(PAGE, &format!("{FEED}/config"), &ticked).await;
    assert_eq!(saved.status, 303, "{}", saved.body);
    assert_eq!(
        settings(&site).await.config,
        format!("{{\"places\":[\"{place}\",\"{gone}\"]}}")
    );
    let page = owner.get(PAGE).await.body;
    assert!(
        page.contains(&format!("{} checked> Lobby (web_chat)", box_of(&place))),
        "{page}"
    );
    assert!(
        page.contains(&format!(
            "{} checked> {gone} (not among those that are known)",
            box_of(gone)
        )),
        "{page}"
    );
    let none = set(&mut owner, (PAGE, &format!("{FEED}/config")), &[]).await;
    assert_eq!(none.status, 303, "{}", none.body);
    assert_eq!(settings(&site).await.config, "{\"places\":[]}");
    site.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plugin_is_set_otherwise_in_a_place_and_as_around_it_again() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    install(&site, "hello", include_str!("../../../plugins/hello/plugin.toml"), &[]).await;
    let page = "/console/plugins/switchboard/hello/within";
    let empty = owner.get(page).await.body;
    assert!(
        empty.contains("It is the same everywhere") && empty.contains("Lobby (web_chat)"),
        "{empty}"
    );
    let lobby = site.place.to_string();
    let opened = owner.get(&format!("{page}?part={lobby}")).await.body;
    assert!(
        opened.contains("value=\"Hello, {name}!\""),
        "it begins as it is around it: {opened}"
    );

    let form = "/console/plugins/switchboard/hello/within/set";
    let fields = [("part", &*lobby), ("on", "off"), ("s-greeting", "Hey!")];
    // There is no form before a part is chosen.
    let opened = format!("{page}?part={lobby}");
    let saved = set(&mut owner, (&opened, form), &fields).await;
    assert_eq!(saved.status, 303, "{}", saved.body);
    let stored = settings(&site).await;
    assert_eq!(stored.config, "{}", "elsewhere it is as before");
    let [there] = &stored.overrides[..] else {
        panic!("one part differs: {stored:?}")
    };
    assert_eq!(
        (there.enabled, there.config["greeting"].as_str()),
        (Some(false), Some("Hey!"))
    );
    let listed = "off, greeting = &#34;Hey!&#34;";
    assert!(owner.get(page).await.body.contains(listed));
    assert!(
        owner
            .get(PAGE)
            .await
            .body
            .contains(&format!("In Lobby (web_chat): {listed}"))
    );

    // What is as around it is not kept, and so follows it.
    let same = [("part", &*lobby), ("on", "off"), ("s-greeting", "Hello, {name}!")];
    assert_eq!(set(&mut owner, (page, form), &same).await.status, 303);
    let wrong = [("part", "attic"), ("on", "on")];
    let refused = owner.send(page, form, &wrong).await;
    assert_eq!(refused.status, 422);
    assert!(
        refused.body.contains("there is no space or place “attic” here"),
        "{}",
        refused.body
    );
    let mut viewer = site.signed_in(Role::Viewer).await;
    assert!(!viewer.get(page).await.body.contains("Set it there"));
    assert_eq!(viewer.send("/console/settings", form, &fields).await.status, 403);

    is_reset(&site, &mut owner, page, &lobby).await;
    assert_eq!(owner.get("/console/plugins/acme/nobody/within").await.status, 404);
    site.stop();
}

/// As around it again, by whoever has seen what stands there.
async fn is_reset(site: &Site, owner: &mut Browser<'_>, page: &str, lobby: &str) {
    let reset = "/console/plugins/switchboard/hello/within/reset";
    let stale = [("part", lobby), ("revision", "1")];
    assert_eq!(owner.send(page, reset, &stale).await.status, 422);
    assert_eq!(settings(site).await.overrides.len(), 1);
    assert_eq!(set(owner, (page, reset), &[("part", lobby)]).await.status, 303);
    assert!(settings(site).await.overrides.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_that_are_too_long_are_refused_in_general_and_in_a_part() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    install(&site, "hello", include_str!("../../../plugins/hello/plugin.toml"), &[]).await;
    let lobby = site.place.to_string();
    let within = "/console/plugins/switchboard/hello/within";
    let long = "x".repeat(70_000);
    for (from, to, why) in [
        (
            &*format!("{within}?part={lobby}"),
            &*format!("{within}/set"),
            "in Lobby, its config has 70015 bytes",
        ),
        (
            PAGE,
            "/console/plugins/switchboard/hello/config",
            "nothing was changed: its config has 70015 bytes",
        ),
    ] {
        let refused = set(&mut owner, (from, to), &[("part", &*lobby), ("s-greeting", &long)]).await;
        assert_eq!(refused.status, 422);
        assert!(refused.body.contains(why), "{}", refused.body);
    }
    assert_eq!(settings(&site).await.config, "{}");
    site.stop();
}
