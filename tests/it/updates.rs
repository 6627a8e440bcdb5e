//! What an update may do unasked, what waits first, and what an index may say of a package.

use std::path::Path;
use std::process::Output;

use crate::installer::{KEEPS, version};
use crate::support::program::{check, done, prepared};

/// Runs `switchboard plugin …`.
fn plugin(folder: &Path, arguments: &[&str]) -> Output {
    done(folder, &[&["plugin"], arguments].concat())
}

/// Puts a package into the folder.
fn lay(folder: &Path, name: &str, number: &str, more: &str) {
    std::fs::write(folder.join(format!("{name}.wasm")), version(number, more)).unwrap();
}

/// A folder in which `acme/greeter` 1.4.0 serves, with this in its manifest.
fn serving(more: &str) -> tempfile::TempDir {
    let folder = prepared();
    lay(folder.path(), "greeter", "1.4.0", more);
    let install = plugin(folder.path(), &["install", "greeter.wasm", "--yes"]);
    check(&install, 0, "acme/greeter 1.4.0 is installed");
    folder
}

#[test]
fn an_update_that_sees_or_takes_more_waits_like_one_that_asks_for_a_permission() {
    let reads = |messages: &str, words: &str| format!("\n[handles]\nmessages = \"{messages}\"\n{words}");
    let some = reads("addressed", "words = [\"hello\"]\n");
    let folder = serving(&some);
    let folder = folder.path();
    let all = reads("all", "");
    let hears = reads("addressed", "words = [\"hello\"]\nevents = [\"member\"]\n");
    let command = format!("{some}\n[[command]]\nname = \"count\"\nhelp = \"Counts\"\n");
    let memory = format!("{some}\n[limits]\nmemory_mib = 512\n");
    for (number, more, heading) in [
        ("1.5.0", &all, "What it sees"),
        ("1.5.1", &hears, "What it sees"),
        ("1.5.2", &command, "Commands"),
        ("1.5.3", &memory, "Limits"),
    ] {
        lay(folder, "wider", number, more);
        let update = plugin(folder, &["update", "wider.wasm"]);
        let why = format!(
            "{number} is here and waits, and the old version goes on: it asks for more than the old one may, under “{heading}”"
        );
        check(&update, 1, &why);
        let list = plugin(folder, &["list"]);
        check(&list, 0, &format!("{number} waits for consent"));
    }
    // Fewer of the messages, and no more than before of anything else.
    lay(folder, "narrower", "1.6.0", "");
    let update = plugin(folder, &["update", "narrower.wasm"]);
    check(&update, 0, "1.6.0 serves in place of 1.4.0.");
    let update = plugin(folder, &["update", "wider.wasm", "--yes"]);
    check(&update, 0, "1.5.3 serves in place of 1.6.0.");
}

/// Says something else of the packages of an index.
fn forged(shop: &Path, said: &str, instead: &str) {
    let file = shop.join("index.json");
    let index = std::fs::read_to_string(&file).unwrap();
    assert!(index.contains(said), "{index}");
    std::fs::write(file, index.replace(said, instead)).unwrap();
}

#[test]
fn an_index_that_says_something_else_of_a_package_brings_nothing_in() {
    let (shop, folder) = (tempfile::tempdir().unwrap(), serving(""));
    let (shop, folder) = (shop.path(), folder.path());
    let index = shop.to_str().unwrap();
    lay(shop, "greeter", "1.5.0", "");
    let ask = |act: &str, wanted: &str| plugin(folder, &[act, wanted, "--index", index]);
    let why = "the package is acme/greeter 1.5.0, and not what the index says";
    check(&plugin(folder, &["index", index]), 0, "lists 1 package.");
    forged(shop, "acme/greeter", "acme/evil");
    check(&ask("plan", "acme/evil"), 1, why);
    check(&ask("update", "acme/evil"), 1, why);
    let install = plugin(folder, &["install", "acme/evil", "--index", index, "--yes"]);
    check(&install, 1, why);
    check(&install, 1, "`switchboard plugin index` makes it anew");

    check(&plugin(folder, &["index", index]), 0, "lists 1 package.");
    forged(shop, "1.5.0\"", "99.0.0\"");
    check(&ask("update", "acme/greeter"), 1, why);
    let info = plugin(folder, &["info", "acme/greeter"]);
    check(&info, 0, "1.4.0");
    assert!(!String::from_utf8_lossy(&info.stdout).contains("waits"));
}

#[test]
fn by_name_what_waits_comes_before_what_is_newer_in_the_index() {
    let (shop, folder) = (tempfile::tempdir().unwrap(), serving(""));
    let (shop, folder) = (shop.path(), folder.path());
    let index = shop.to_str().unwrap();
    std::fs::create_dir_all(folder.join("config")).unwrap();
    std::fs::write(
        folder.join("config/switchboard.toml"),
        format!("[plugins]\nindex = \"{index}\"\n"),
    )
    .unwrap();
    lay(folder, "wider", "1.5.0", KEEPS);
    check(&plugin(folder, &["update", "wider.wasm"]), 1, "1.5.0 is here and waits");
    lay(shop, "greeter", "1.6.0", KEEPS);
    check(&plugin(folder, &["index", index]), 0, "lists 1 package.");

    let newer = "The index has 1.6.0, which is newer: `switchboard plugin plan acme/greeter@1.6.0` shows it.";
    let plan = plugin(folder, &["plan", "acme/greeter"]);
    check(&plan, 0, "1.5.0 takes the place of 1.4.0.");
    check(&plan, 0, newer);
    let unasked = plugin(folder, &["update", "acme/greeter"]);
    check(&unasked, 1, "1.5.0 is here and waits");
    check(&unasked, 1, newer);
    check(&plugin(folder, &["list"]), 0, "1.5.0 waits for consent");
    let named = plugin(folder, &["plan", "acme/greeter@1.6.0"]);
    check(&named, 0, "1.6.0 takes the place of 1.4.0.");
    let agreed = plugin(folder, &["update", "acme/greeter", "--yes"]);
    check(&agreed, 0, "1.5.0 serves in place of 1.4.0.");
    check(&agreed, 0, newer);

    // Nothing waits any more.
    let next = plugin(folder, &["update", "acme/greeter"]);
    check(&next, 0, "1.6.0 serves in place of 1.5.0.");
}
