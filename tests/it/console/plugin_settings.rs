//! The form of a plugin's settings while others are at work on the same.

use switchboard::storage::accounts::Role;

use super::packages::offer;
use super::plugins::{PAGE, comes_with_it, install, set, settings};
use super::site::Site;
use crate::installer::version;

const FAQ: &str = include_str!("../../../plugins/faq/plugin.toml");

const CONFIG: &str = "/console/plugins/switchboard/faq/config";

#[tokio::test]
async fn settings_that_are_newer_than_the_form_are_shown_beside_what_was_typed_and_not_written_over() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    install(&site, "faq", FAQ, &["knowledge"]).await;
    let old = owner.get(PAGE).await.field("revision");
    let first = set(&mut owner, (PAGE, CONFIG), &[("s-suggestions", "4")]).await;
    assert_eq!(first.status, 303, "{}", first.body);
    let stored = settings(&site).await;

    let fields = [("revision", &*old), ("s-suggestions", "2"), ("s-greet", "on")];
    let late = owner.send(PAGE, CONFIG, &fields).await;
    assert_eq!(late.status, 409);
    for part in [
        "somebody has changed this plugin since you opened its settings",
        "value=\"2\"",
        "<strong>Stored now:</strong> 4<",
        "<strong>Stored now:</strong> not ticked<",
    ] {
        assert!(late.body.contains(part), "{part}: {}", late.body);
    }
    assert_eq!(late.body.matches("Stored now:").count(), 2, "{}", late.body);
    assert_eq!(settings(&site).await, stored);

    // Who has seen it, and sends it again, means it.
    let seen = late.field("revision");
    assert_ne!(seen, old);
    let fields = [("revision", &*seen), ("s-suggestions", "2"), ("s-greet", "on")];
    let again = owner.send(PAGE, CONFIG, &fields).await;
    assert_eq!(again.status, 303, "{}", again.body);
    assert_eq!(settings(&site).await.config, "{\"greet\":true,\"suggestions\":2}");

    // What two had in mind alike, or one sent twice, is so.
    let twice = owner.send(PAGE, CONFIG, &fields).await;
    assert_eq!(twice.status, 303, "{}", twice.body);
    site.stop();
}

#[tokio::test]
async fn a_form_that_was_opened_before_somebody_decided_is_as_old() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    install(&site, "faq", FAQ, &["knowledge"]).await;
    let fields = [("revision", ""), ("s-suggestions", "2")];
    let late = owner.send(PAGE, CONFIG, &fields).await;
    assert_eq!(late.status, 409, "{}", late.body);
    // What is wrong in it is told as well.
    let fields = [("revision", ""), ("s-suggestions", "9")];
    let wrong = owner.send(PAGE, CONFIG, &fields).await;
    assert_eq!(wrong.status, 409);
    for part in ["5 is the most", "<strong>Stored now:</strong> 3<"] {
        assert!(wrong.body.contains(part), "{part}: {}", wrong.body);
    }
    assert_eq!(settings(&site).await.config, "{}");
    site.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_of_a_part_are_not_written_over_either() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    install(&site, "hello", include_str!("../../../plugins/hello/plugin.toml"), &[]).await;
    let lobby = site.place.to_string();
    let page = format!("/console/plugins/switchboard/hello/within?part={lobby}");
    let form = "/console/plugins/switchboard/hello/within/set";
    let old = owner.get(&page).await.field("revision");
    let fields = [("part", &*lobby), ("on", "off"), ("s-greeting", "Hey!")];
    let first = set(&mut owner, (&page, form), &fields).await;
    assert_eq!(first.status, 303, "{}", first.body);
    let stored = settings(&site).await;

    let fields = [
        ("revision", &*old),
        ("part", &*lobby),
        ("on", "on"),
        ("s-greeting", "Ho!"),
    ];
    let late = owner.send(&page, form, &fields).await;
    assert_eq!(late.status, 409);
    for part in [
        "somebody has changed this plugin since you opened this page",
        "value=\"Ho!\"",
        "<strong>Stored now:</strong> Hey!<",
        "<strong>Stored now:</strong> off<",
    ] {
        assert!(late.body.contains(part), "{part}: {}", late.body);
    }
    assert_eq!(settings(&site).await, stored);

    // What a plugin does not start with stays in the form, too.
    comes_with_it(&site, "switchboard/feed").await;
    let page = format!("/console/plugins/switchboard/feed/within?part={lobby}");
    let form = "/console/plugins/switchboard/feed/within/set";
    let feeds: Vec<String> = (0..21).map(|number| format!("https://{number}.example")).collect();
    let feeds = feeds.join("\n");
    let fields = [("part", &*lobby), ("s-feeds", &*feeds)];
    let refused = set(&mut owner, (&page, form), &fields).await;
    assert_eq!(refused.status, 422, "{}", refused.body);
    for part in ["there are 21 feeds; at most 20", "https://20.example"] {
        assert!(refused.body.contains(part), "{part}: {}", refused.body);
    }
    site.stop();
}

#[tokio::test]
async fn settings_within_settings_have_fields_and_all_that_are_wrong_are_marked_at_once() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    comes_with_it(&site, "switchboard/moderation").await;
    let page = owner.get(PAGE).await.body;
    for part in [
        "<legend>Floods</legend>",
        "name=\"s-floods/messages\" type=\"number\" step=\"1\" min=\"0\" max=\"20\" value=\"6\"",
        "name=\"s-words/blocked\"",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("class=\"code\""), "nothing of it is JSON");

    let config = "/console/plugins/switchboard/moderation/config";
    let fields = [
        ("s-floods/messages", "99"),
        ("s-strike_days", "0"),
        ("s-words/blocked", "spam"),
    ];
    let refused = set(&mut owner, (PAGE, config), &fields).await;
    assert_eq!(refused.status, 422);
    for part in [
        "<a href=\"#s-1-floods/messages\">Floods: Messages</a>: 20 is the most.",
        "<a href=\"#s-1-strike_days\">Days</a>: 1 is the least.",
        "value=\"99\" aria-invalid=\"true\" autofocus aria-describedby=\"s-1-floods/messages-hint\"",
        "Messages: 20 is the most.</strong>",
        ">spam</textarea>",
    ] {
        assert!(refused.body.contains(part), "{part}: {}", refused.body);
    }
    let count = |part: &str| refused.body.matches(part).count();
    assert_eq!((count("aria-invalid=\"true\""), count(" autofocus")), (2, 1));
    assert!(site.storage.plugin_settings(site.community).await.unwrap().is_empty());

    let fields = [
        ("s-floods/messages", "9"),
        ("s-floods/seconds", "10"),
        ("s-words/blocked", "spam\nscam"),
    ];
    let saved = set(&mut owner, (PAGE, config), &fields).await;
    assert_eq!(saved.status, 303, "{}", saved.body);
    let stored: serde_json::Value = serde_json::from_str(&settings(&site).await.config).unwrap();
    assert_eq!(stored["words"], serde_json::json!({ "blocked": ["spam", "scam"] }));
    assert_eq!(stored["floods"]["messages"], 9);
    site.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_has_decided_about_has_its_sections_and_a_place_of_its_own() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    comes_with_it(&site, "switchboard/hello").await;
    let page = owner.get(PAGE).await.body;
    for part in [
        "It is the same everywhere.",
        "Set it otherwise in some places",
        "<summary>Earlier versions</summary>",
        "There is none to go back to: it comes with the program",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("Take it out"), "it stays");
    let lobby = site.place.to_string();
    let within = "/console/plugins/switchboard/hello/within";
    assert!(owner.get(within).await.body.contains("It is the same everywhere"));
    let opened = format!("{within}?part={lobby}");
    let fields = [("part", &*lobby), ("on", "on"), ("s-greeting", "Hey!")];
    let saved = set(&mut owner, (&opened, &format!("{within}/set")), &fields).await;
    assert_eq!(saved.status, 303, "{}", saved.body);
    let stored = settings(&site).await;
    assert!(!stored.enabled && stored.overrides[0].enabled == Some(true));
    site.stop();
}

#[tokio::test]
async fn a_package_that_the_settings_do_not_suit_waits_for_those_and_for_no_consent() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    let greeter = "/console/plugins/acme/greeter";
    offer(&mut owner, version("1.4.0", "")).await;
    let digest = owner.get(PAGE).await.field("digest");
    owner
        .send(PAGE, &format!("{greeter}/package/agree"), &[("digest", &digest)])
        .await;
    let page = owner.get(PAGE).await.body;
    assert!(page.contains("it was not updated within the last seven days"), "{page}");
    let saved = set(
        &mut owner,
        (PAGE, &format!("{greeter}/config")),
        &[("s-greeting", "Moin!")],
    )
    .await;
    assert_eq!(saved.status, 303, "{}", saved.body);
    offer(&mut owner, version("1.5.0", "maxLength = 2\n")).await;
    let page = owner.get(PAGE).await.body;
    let why = "waits for settings that suit it: its config is wrong: at greeting: 2 characters are the most";
    assert!(page.contains(&format!("Another version {why}")), "{page}");
    assert!(!page.contains("your consent"), "{page}");
    site.stop();
}
