//! Settings of a plugin that waits for an update, or is off.

use super::{KEEPS, MANIFEST, digest, folder, greeted, installed, plugin, version, wasm};
use crate::support::program::{check, done};

#[test]
fn an_update_that_needs_a_new_setting_is_given_it_while_it_waits() {
    let folder = installed();
    let folder = folder.path();
    check(&plugin(folder, &["enable", "acme/greeter"]), 0, "is on");
    let needs = MANIFEST.replace("1.4.0", "2.0.0").replace(
        "additionalProperties = false",
        "additionalProperties = false\nrequired = [\"shop\"]",
    );
    let needs = format!("{needs}[config.properties.shop]\ntype = \"string\"\n");
    std::fs::write(folder.join("needs.wasm"), wasm(&needs)).unwrap();
    let early = plugin(folder, &["config", "acme/greeter", "shop=tea"]);
    check(&early, 1, "there is no “shop”");
    let waits = plugin(folder, &["update", "needs.wasm", "--yes"]);
    check(&waits, 1, "at shop: this is missing");
    let way = "`switchboard plugin config acme/greeter NAME=VALUE` takes what 2.0.0 can be set to, too.";
    check(&waits, 1, way);

    let wrong = plugin(folder, &["config", "acme/greeter", "shop=7"]);
    check(&wrong, 1, "at shop: this must be text");
    let unknown = plugin(folder, &["config", "acme/greeter", "shpo=tea"]);
    check(&unknown, 1, "there is no “shpo” (did you mean “shop”?)");
    let set = plugin(folder, &["config", "acme/greeter", "shop=tea"]);
    check(&set, 0, "\"shop\": \"tea\"");
    assert!(
        greeted(folder).contains("Hello, "),
        "the old version goes on, without it"
    );
    // What is set so goes out as a file, and comes back.
    check(&done(folder, &["export", "out"]), 0, "out/plugins.toml");
    check(&done(folder, &["apply", "out", "--dry-run"]), 0, "0 settings");

    // The new version is given it: its code knows of no shop, and says so. What waits on is tried with what is set, and the old one serves.
    let taken = plugin(folder, &["update", "acme/greeter", "--yes"]);
    check(
        &taken,
        1,
        "it does not start: not enabled: config: unknown field `shop`",
    );
    check(&plugin(folder, &["info", "acme/greeter"]), 0, "shop: \"tea\"");
    assert!(greeted(folder).contains("Hello, "));

    // What waits is replaced by one that knows no shop: nothing is refused because of it.
    std::fs::write(folder.join("wider.wasm"), version("2.1.0", KEEPS)).unwrap();
    check(&plugin(folder, &["update", "wider.wasm"]), 1, "2.1.0 is here and waits");
    // Whoever sets it now hears that it is no setting any more.
    for anew in ["shop=tea", "shop=milk"] {
        check(
            &plugin(folder, &["config", "acme/greeter", anew]),
            1,
            "there is no “shop”",
        );
    }
    check(&plugin(folder, &["disable", "acme/greeter"]), 0, "off");
    check(&plugin(folder, &["enable", "acme/greeter"]), 0, "is on");
    let set = plugin(folder, &["config", "acme/greeter", "greeting=Moin"]);
    check(&set, 0, "Moin");
    assert!(!String::from_utf8_lossy(&set.stdout).contains("shop"));
    assert!(greeted(folder).contains("Moin"));
}

#[test]
fn an_export_with_an_idle_plugin_that_needs_a_setting_can_be_applied() {
    let folder = folder();
    let folder = folder.path();
    let needs = MANIFEST.replace(
        "additionalProperties",
        "required = [\"greeting\"]\nadditionalProperties",
    );
    std::fs::write(folder.join("greeter.wasm"), wasm(&needs)).unwrap();
    let install = plugin(folder, &["install", "greeter.wasm", "--yes"]);
    check(&install, 0, "is installed, and off.");
    check(&done(folder, &["export", "out"]), 0, "out/plugins.toml");
    check(&done(folder, &["apply", "out"]), 0, "0 settings");
    let file = std::fs::read_to_string(folder.join("out/plugins.toml")).unwrap();
    let start = file.find("acme/greeter").unwrap();
    let apply = |old: &str, new: &str| {
        let text = format!("{}{}", &file[..start], file[start..].replacen(old, new, 1));
        std::fs::write(folder.join("out/plugins.toml"), text).unwrap();
        done(folder, &["apply", "out"])
    };
    let on = apply("enabled = false", "enabled = true");
    check(
        &on,
        1,
        "acme/greeter: its config is wrong: at greeting: this is missing",
    );
    let wrong = apply("[plugin.config]", "[plugin.config]\ngreeting = 7");
    check(
        &wrong,
        1,
        "acme/greeter: its config is wrong: at greeting: this must be text",
    );
}

#[test]
fn a_package_that_an_earlier_release_took_and_this_one_cannot_read_is_told_as_such() {
    let folder = installed();
    let folder = folder.path();
    check(&plugin(folder, &["enable", "acme/greeter"]), 0, "is on");
    let store = rusqlite::Connection::open(folder.join("data/switchboard.db")).unwrap();
    let earlier = wasm(&MANIFEST.replace("1.4.0", "01.4.0"));
    let kept = "UPDATE package SET wasm = ?1 WHERE plugin = 'acme/greeter'";
    assert_eq!(store.execute(kept, [earlier]).unwrap(), 1);
    drop(store);
    let doctor = done(folder, &["doctor"]);
    check(&doctor, 1, "this release cannot read its package: ");
    check(&doctor, 1, "bring one in with `switchboard plugin install`");
    check(&plugin(folder, &["disable", "acme/greeter"]), 0, "off");
}

#[test]
fn a_file_lets_no_plugin_run_another_ones_package_and_its_consent_is_kept() {
    let folder = installed();
    let folder = folder.path();
    check(&done(folder, &["export", "out"]), 0, "out/plugins.toml");
    let file = std::fs::read_to_string(folder.join("out/plugins.toml")).unwrap();
    let start = file.rfind("[[plugin]]").unwrap();
    let apply = |old: &str, new: &str| {
        let text = format!("{}{}", &file[..start], file[start..].replacen(old, new, 1));
        std::fs::write(folder.join("out/plugins.toml"), text).unwrap();
        done(folder, &["apply", "out"])
    };
    let on = "enabled = true";
    let other = apply(
        "id = \"acme/greeter\"\nenabled = false",
        &format!("id = \"acme/other\"\n{on}"),
    );
    let why = "acme/other: its permissions are granted to a package of acme/greeter";
    check(&other, 1, why);
    let more = apply("grants = []", "grants = [\"post\"]");
    check(
        &more,
        1,
        "acme/greeter: it does not ask for post, which its `grants` have",
    );

    // By hand it was allowed once; a file that grants another package of it what that asks for is a consent, too.
    std::fs::write(folder.join("wider.wasm"), version("2.0.0", KEEPS)).unwrap();
    check(&plugin(folder, &["update", "wider.wasm"]), 1, "2.0.0 is here and waits");
    let (old, new) = (digest(&version("1.4.0", "")), digest(&version("2.0.0", KEEPS)));
    let kv = format!("grants = [\"kv\"]\ngranted_to = \"{new}\"");
    let taken = apply(&format!("grants = []\ngranted_to = \"{old}\""), &kv);
    check(
        &taken,
        0,
        "plugin acme/greeter, changed: off, permissions to another package",
    );
    let info = plugin(folder, &["info", "acme/greeter"]);
    let told = String::from_utf8_lossy(&info.stdout).into_owned();
    assert_eq!(told.matches("the command line").count(), 2, "{told}");
}
