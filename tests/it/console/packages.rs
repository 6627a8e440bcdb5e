//! Packages of plugins in the console: brought in, read about, agreed to, tried, updated, taken out.

use switchboard::storage::Unit;
use switchboard::storage::accounts::Role;
use switchboard::storage::plugins::{PluginSettings, PluginUnit};

use super::plugins::{PAGE, install};
use super::site::{Answer, Browser, Site};
use crate::installer::{KEEPS, version};
use crate::plugin_host::pack::append_section;

pub(super) const GREETER: &str = "/console/plugins/acme/greeter";

/// Hands a package in, as browsers send it.
pub(super) async fn offer(owner: &mut Browser<'_>, wasm: Vec<u8>) {
    let answer = offered(owner, &wasm).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
}

async fn offered(owner: &mut Browser<'_>, wasm: &[u8]) -> Answer {
    let file = ("package", "greeter.wasm", wasm);
    owner.send_bytes((PAGE, "/console/plugins/offer"), &[], file).await
}

#[tokio::test]
async fn a_package_may_be_as_large_as_those_of_python_and_no_larger_than_packages() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    let padded = |mebibytes: usize| {
        let mut wasm = version("1.4.0", "");
        append_section(&mut wasm, "padding", &vec![0; mebibytes << 20]);
        wasm
    };
    offer(&mut owner, padded(20)).await;
    assert!(owner.get(PAGE).await.body.contains("waits for your consent"));
    let refused = offered(&mut owner, &padded(65)).await;
    assert!(
        refused.status == 413 && refused.body.contains("package of 64 MiB"),
        "{}",
        refused.body
    );
    site.stop();
}

/// It failed too often.
async fn hold_back(site: &Site) {
    let now = greeter(site).await.unwrap();
    let after = PluginSettings {
        held: Some("boom".to_owned()),
        revision: now.revision.next(),
        ..now.clone()
    };
    let before = Some(now.revision);
    let unit = Unit::Plugin(PluginUnit::Settings { before, after });
    site.storage.write(unit).await.unwrap();
}

async fn greeter(site: &Site) -> Option<PluginSettings> {
    let all = site.storage.plugin_settings(site.community).await.unwrap();
    all.into_iter()
        .find(|settings| settings.plugin.as_str() == "acme/greeter")
}

/// What was held back is tried without effect for as long as an owner chooses.
async fn is_tried_for_some_hours(site: &Site, owner: &mut Browser<'_>) {
    let try_it = format!("{GREETER}/package/try");
    for hours in ["0", "337", "soon"] {
        let refused = owner.send(PAGE, &try_it, &[("hours", hours)]).await;
        assert!(
            refused.body.contains("a dry run takes 1 to 336 hours"),
            "{hours}: {}",
            refused.body
        );
    }
    assert!(greeter(site).await.unwrap().dry_run_until.is_none());
    let tried = owner.send(PAGE, &try_it, &[("hours", "36")]).await;
    assert!(
        tried
            .body
            .contains("acme/greeter sees what happens for 36 hours, and can do nothing.")
    );
    assert!(tried.body.contains("Nothing has happened yet that it would have seen."));
    let after = greeter(site).await.unwrap();
    assert!(after.dry_run_until.is_some());
    assert_eq!(after.held, None, "it would not be tried else");
}

#[tokio::test]
async fn a_package_is_read_about_before_an_owner_agrees() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    let nothing = owner.send(PAGE, "/console/plugins/offer", &[]).await;
    assert_eq!(nothing.status, 422);
    assert!(nothing.body.contains("choose a .wasm file"), "{}", nothing.body);
    offer(&mut owner, version("1.4.0", "")).await;
    let page = owner.get(PAGE).await;
    for part in [
        "It waits for your consent",
        "It asks for no permission",
        "Unsigned",
        "/greet: Greets.",
    ] {
        assert!(page.body.contains(part), "{part}");
    }
    assert_eq!(owner.send(PAGE, &format!("{GREETER}/enable"), &[]).await.status, 404);
    let agree = format!("{GREETER}/package/agree");
    let other = owner.send(PAGE, &agree, &[("digest", &"0".repeat(64))]).await;
    assert_eq!(other.status, 422);
    assert!(other.body.contains("is another one by now: look at it again"));
    assert!(greeter(&site).await.is_none());

    let mut viewer = site.signed_in(Role::Viewer).await;
    assert!(!viewer.get(PAGE).await.body.contains("Throw it away"));
    let digest = page.field("digest");
    assert_eq!(
        viewer
            .send("/console/settings", &agree, &[("digest", digest.as_str())])
            .await
            .status,
        403
    );
    let agreed = owner.send(PAGE, &agree, &[("digest", digest.as_str())]).await;
    assert_eq!(agreed.status, 200);
    assert!(
        agreed.body.contains("acme/greeter 1.4.0 is installed, and off"),
        "{}",
        agreed.body
    );
    let signer = "Unsigned: nobody vouches that it is what its author made.";
    assert!(agreed.body.contains(signer), "{}", agreed.body);
    let after = greeter(&site).await.unwrap();
    assert!(!after.enabled && after.granted_to == digest);
    let consents = site.storage.consents(site.community, &after.plugin).await.unwrap();
    assert!(consents[0].account.is_some());
    assert!(
        owner
            .get(PAGE)
            .await
            .body
            .contains(&format!(", digest {}…", &digest[..12]))
    );
    hold_back(&site).await;
    is_tried_for_some_hours(&site, &mut owner).await;
    let kept = owner.get(&format!("{GREETER}/kept")).await;
    assert!(kept.status == 200 && kept.header("content-disposition").unwrap().starts_with("attachment"));
    assert!(kept.body.contains("acme/greeter"), "{}", kept.body);
    assert_eq!(owner.send(PAGE, &format!("{GREETER}/enable"), &[]).await.status, 303);
    assert!(greeter(&site).await.unwrap().enabled);
    site.stop();
}

#[tokio::test]
async fn what_serves_already_is_said_to_and_only_one_package_is_brought_in_at_once() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    offer(&mut owner, version("1.4.0", "")).await;
    let digest = owner.get(PAGE).await.field("digest");
    let agree = format!("{GREETER}/package/agree");
    assert_eq!(owner.send(PAGE, &agree, &[("digest", &digest)]).await.status, 200);
    let bytes: String = version("1.4.0", "").into_iter().map(char::from).collect();
    let (to, file) = ("/console/plugins/offer", ("greeter.wasm", bytes.as_str()));
    let again = owner.send_file(PAGE, to, &[], file).await;
    assert_eq!(again.status, 200);
    assert!(
        again.body.contains("acme/greeter 1.4.0 is what serves already."),
        "{}",
        again.body
    );
    let both = owner.send_file(PAGE, to, &[("wanted", "acme/greeter")], file).await;
    assert_eq!(both.status, 422);
    assert!(both.body.contains("leave one of them out"), "{}", both.body);
    site.stop();
}

#[tokio::test]
async fn a_wider_update_waits_and_there_is_a_way_back_and_a_way_out() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    let agree = format!("{GREETER}/package/agree");
    offer(&mut owner, version("1.4.0", "")).await;
    let first = owner.get(PAGE).await.field("digest");
    owner.send(PAGE, &agree, &[("digest", &first)]).await;
    offer(&mut owner, version("1.5.0", KEEPS)).await;
    let page = owner.get(PAGE).await;
    assert!(page.body.contains("Another version waits for your consent"));
    assert!(
        page.body
            .contains("New: It may keep data of its own. It says why: “Count greetings.”")
    );
    assert_eq!(greeter(&site).await.unwrap().granted_to, first, "the old one serves");

    // Thrown away, it waits no longer; brought in again, it does.
    let second = page.field("digest");
    let discard = format!("{GREETER}/package/discard");
    assert_eq!(owner.send(PAGE, &discard, &[("digest", &second)]).await.status, 200);
    assert!(!owner.get(PAGE).await.body.contains("waits for your consent"));
    offer(&mut owner, version("1.5.0", KEEPS)).await;
    let updated = owner.send(PAGE, &agree, &[("digest", &second)]).await;
    assert!(
        updated.body.contains("1.5.0 serves in place of 1.4.0"),
        "{}",
        updated.body
    );
    assert_eq!(greeter(&site).await.unwrap().grants, ["kv"]);

    // Nobody goes back without having read what that changes.
    let go_back = format!("{GREETER}/package/back");
    let asks = owner.send(PAGE, &go_back, &[]).await;
    assert_eq!(asks.status, 303, "{}", asks.body);
    let page = owner
        .get(asks.header("location").unwrap().split('#').next().unwrap())
        .await;
    for part in [
        "Go back to it?",
        "1.4.0 serves again in place of 1.5.0, with the permissions, settings and data",
        "No longer: It may keep data of its own.",
        "<button class=\"main\">Go back<",
    ] {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
    assert_eq!(
        greeter(&site).await.unwrap().granted_to,
        second,
        "nothing has changed yet"
    );
    assert_eq!(page.field("digest"), first);
    let back = owner.send(PAGE, &go_back, &[("digest", &first)]).await;
    assert!(back.body.contains("acme/greeter 1.4.0 serves again"), "{}", back.body);
    assert!(greeter(&site).await.unwrap().grants.is_empty());
    let gone = owner
        .send(PAGE, &format!("{GREETER}/package/remove"), &[("data", "delete")])
        .await;
    assert!(gone.body.contains("acme/greeter 1.4.0 is gone"), "{}", gone.body);
    assert!(greeter(&site).await.is_none());
    assert!(!owner.get(PAGE).await.body.contains("acme/greeter</h2>"));
    site.stop();
}

#[tokio::test]
async fn the_page_has_the_order_of_the_chain_while_something_waits() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    install(
        &site,
        "faq",
        include_str!("../../../plugins/faq/plugin.toml"),
        &["knowledge"],
    )
    .await;
    offer(&mut owner, version("1.3.0", "")).await;
    let agree = format!("{GREETER}/package/agree");
    let digest = owner.get(PAGE).await.field_of(&agree, "digest");
    owner.send(PAGE, &agree, &[("digest", digest.as_str())]).await;
    offer(&mut owner, version("1.2.0", "")).await;
    let page = owner.get(PAGE).await.body;
    let at = |part: &str| page.find(part).unwrap_or_else(|| panic!("{part} is not in {page}"));
    assert!(
        at("switchboard/faq</h2>") < at("acme/greeter</h2>"),
        "whoever comes first stands first"
    );
    assert!(
        at("acme/greeter 1.2.0: Greets who asks for it</a> waits for your consent: a downgrade") < at("id=\"rows\"")
    );
    assert!(page.contains("An older version waits for your consent: a downgrade"));
    assert!(page.contains("Go to the older version, and allow it that"));
    site.stop();
}
