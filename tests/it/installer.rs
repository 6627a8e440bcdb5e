//! The life of a plugin from somebody else, as its admin lives it on the command line: plan, consent, settings, update, the
//! way back, out.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Output, Stdio};
use std::sync::Arc;

use switchboard::clock::Clock;
use switchboard::installer::{InstallError, Installer, Parts, Policy, Settings, TrustedKey, Whence, Wish};
use switchboard::plugin_host::{GivenSecrets, Package, Packages};

use crate::plugin_host::pack::{MANIFEST_SECTION, append_section};
use crate::support::program::{Running, check, done, prepared, switchboard};
use crate::support::runtime::TestRuntime;
use crate::support::terminal::Terminal;
use crate::swaps::host;

mod settings;

const MANIFEST: &str = r#"
[plugin]
id = "acme/greeter"
version = "1.4.0"
api = "0.1"
summary = "Greets who asks for it"
license = "MIT"

[[command]]
name = "greet"
help = "Greets"

[config]
type = "object"
additionalProperties = false

[config.properties.greeting]
type = "string"
"#;

/// Asks for more.
pub const KEEPS: &str = "\n[[permission]]\nname = \"kv\"\nwhy = \"Count greetings\"\n[data]\nkeeps = \"A number\"\n";

/// The plugin `hello` under another manifest: the last one counts.
fn wasm(manifest: &str) -> Vec<u8> {
    let mut wasm = Packages::bundled().find("switchboard/hello").unwrap().to_vec();
    append_section(&mut wasm, MANIFEST_SECTION, manifest.as_bytes());
    wasm
}

/// The plugin in some version, with more in its manifest.
pub fn version(version: &str, more: &str) -> Vec<u8> {
    wasm(&format!("{}{more}", MANIFEST.replace("1.4.0", version)))
}

fn digest(wasm: &[u8]) -> String {
    Package::read(wasm).unwrap().digest
}

/// Runs `switchboard plugin …`.
fn plugin(folder: &Path, arguments: &[&str]) -> Output {
    done(folder, &[&["plugin"], arguments].concat())
}

/// A folder with the first version in it.
fn folder() -> tempfile::TempDir {
    let folder = prepared();
    std::fs::write(folder.path().join("greeter.wasm"), version("1.4.0", "")).unwrap();
    folder
}

fn installed() -> tempfile::TempDir {
    let folder = folder();
    let install = plugin(folder.path(), &["install", "greeter.wasm", "--yes"]);
    check(&install, 0, "acme/greeter 1.4.0 is installed, and off.");
    folder
}

/// What somebody hears who asks to be greeted.
fn greeted(folder: &Path) -> String {
    let mut child = switchboard(folder, &["chat", "--once", "--as", "ada"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"/greet\n").unwrap();
    String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
}

#[test]
fn nothing_is_installed_without_consent_and_nothing_runs_before_it_is_switched_on() {
    let folder = folder();
    let folder = folder.path();
    let plan = plugin(folder, &["plan", "greeter.wasm"]);
    check(&plan, 0, "It asks for no permission");
    check(&plan, 0, "/greet: Greets.");
    check(&plan, 0, "Unsigned: nobody vouches");
    let asked = plugin(folder, &["install", "greeter.wasm"]);
    check(&asked, 1, "nobody has agreed to that, so nothing was installed");
    assert!(!String::from_utf8_lossy(&plugin(folder, &["list"]).stdout).contains("acme/greeter"));

    check(
        &plugin(folder, &["install", "greeter.wasm", "--yes"]),
        0,
        "is installed, and off.",
    );
    assert!(!greeted(folder).contains("Hello, "), "it is off");
    check(
        &plugin(folder, &["install", "greeter.wasm", "--yes"]),
        0,
        "acme/greeter 1.4.0 is what serves already.",
    );
    check(
        &plugin(folder, &["enable", "acme/greter"]),
        1,
        "did you mean acme/greeter?",
    );
    check(&plugin(folder, &["enable", "acme/greeter"]), 0, "acme/greeter is on.");
    assert!(greeted(folder).contains("Hello, "));
    let info = plugin(folder, &["info", "acme/greeter"]);
    check(&info, 0, "nothing to 1.4.0, by the command line");
    check(
        &info,
        0,
        "signer   Unsigned: nobody vouches that it is what its author made.",
    );
    check(&info, 0, "command  /greet: Greets.");
    check(&info, 0, "limits   64 MiB of memory, as it asks for no other limit.");
}

#[test]
fn an_admin_finds_where_servers_call_and_why_nobody_can_yet() {
    let webhook = "\n[[webhook]]\nendpoint = \"order\"\nsignature = { header = \"X-Signature\", scheme = \"token\", secret = \"hook\" }\n";
    let folder = prepared();
    let folder = folder.path();
    std::fs::write(folder.join("greeter.wasm"), version("1.4.0", webhook)).unwrap();
    let plan = plugin(folder, &["plan", "greeter.wasm"]);
    check(
        &plan,
        0,
        "What servers elsewhere send to its address “order”, if they show the secret “hook”;",
    );
    check(
        &plugin(folder, &["install", "greeter.wasm", "--yes"]),
        0,
        "is installed",
    );
    let address = || {
        let info = plugin(folder, &["info", "acme/greeter"]);
        check(&info, 0, "nobody can call it: the secret hook is missing");
        let info = String::from_utf8(info.stdout).unwrap();
        let (_, address) = info.split_once("/hooks/").expect("it is shown");
        address.split(';').next().unwrap().to_owned()
    };
    let first = address();
    assert_eq!(first.len(), 32, "{first}");
    assert_eq!(first, address(), "it stays");

    let replaced = plugin(folder, &["address", "acme/greeter", "order"]);
    check(&replaced, 0, "has another address, and nobody is heard at the old one.");
    let second = address();
    assert_ne!(first, second);
    check(&replaced, 0, &format!("/hooks/{second}"));
    assert_eq!(second, address(), "it stays");
    let unknown = plugin(folder, &["address", "acme/greeter", "cart"]);
    check(&unknown, 1, "acme/greeter has no endpoint cart; it has order");
}

#[test]
fn settings_are_checked_by_the_manifest() {
    let folder = installed();
    let folder = folder.path();
    check(&plugin(folder, &["config", "acme/greeter"]), 0, "{}");
    let set = plugin(folder, &["config", "acme/greeter", "greeting=Moin moin!"]);
    check(&set, 0, "\"greeting\": \"Moin moin!\"");
    let unknown = plugin(folder, &["config", "acme/greeter", "greating=x"]);
    check(&unknown, 1, "there is no “greating”");
    check(
        &plugin(folder, &["config", "acme/greeter", "greeting=1"]),
        1,
        "this must be",
    );
    check(&plugin(folder, &["enable", "acme/greeter"]), 0, "is on");
    assert!(greeted(folder).contains("Moin moin!"));
}

#[test]
fn an_update_that_asks_for_more_waits_while_the_old_one_serves_and_there_is_a_way_back() {
    let folder = installed();
    let folder = folder.path();
    std::fs::write(folder.join("narrow.wasm"), version("1.4.1", "")).unwrap();
    std::fs::write(folder.join("wider.wasm"), version("1.5.0", KEEPS)).unwrap();
    check(&plugin(folder, &["enable", "acme/greeter"]), 0, "is on");
    let same = plugin(folder, &["update", "narrow.wasm"]);
    check(&same, 0, "acme/greeter 1.4.1 serves in place of 1.4.0.");

    let wider = plugin(folder, &["update", "wider.wasm"]);
    check(
        &wider,
        1,
        "1.5.0 is here and waits, and the old version goes on: it asks for more than the old one may, under “What it may do” and “What \
         it keeps” of its plan",
    );
    check(
        &wider,
        1,
        "agree with `switchboard plugin update acme/greeter`, in a script with `--yes`,",
    );
    check(&plugin(folder, &["info", "acme/greeter"]), 0, "1.4.1");
    assert!(greeted(folder).contains("Hello, "), "the old version serves");
    let plan = plugin(folder, &["plan", "wider.wasm"]);
    check(
        &plan,
        0,
        "New: It may keep data of its own. It says why: “Count greetings.”",
    );
    assert!(
        !String::from_utf8_lossy(&plan.stdout).contains("/greet:"),
        "only what changes is told"
    );

    let agreed = plugin(folder, &["update", "wider.wasm", "--yes"]);
    check(&agreed, 0, "1.5.0 serves in place of 1.4.1.");
    check(
        &plugin(folder, &["info", "acme/greeter"]),
        0,
        "kv to 1.5.0, by the command line",
    );
    let asked = plugin(folder, &["rollback", "acme/greeter"]);
    for part in [
        "nobody has agreed to that, so nothing was changed",
        "1.4.1 serves again in place of 1.5.0, with the permissions, settings and data",
        "What was set and kept since then is lost.",
        "No longer: It may keep data of its own.",
    ] {
        check(&asked, 1, part);
    }
    check(&plugin(folder, &["info", "acme/greeter"]), 0, "version   1.5.0");
    let mut terminal = Terminal::start(folder, &["plugin", "rollback", "acme/greeter"]);
    terminal.reads("Go back to it? [y/N] ");
    terminal.types("y");
    terminal.reads("acme/greeter 1.4.1 serves again");
    assert_eq!(terminal.ends(), Some(0));
    check(
        &plugin(folder, &["rollback", "acme/greeter", "--yes"]),
        1,
        "there is nothing to go back to",
    );
    assert!(greeted(folder).contains("Hello, "));

    // A script says yes beforehand.
    for (act, of, done) in [
        ("update", "wider.wasm", "serves in place of 1.4.1."),
        ("rollback", "acme/greeter", "acme/greeter 1.4.1 serves again"),
    ] {
        check(&plugin(folder, &[act, of, "--yes"]), 0, done);
    }
}

#[test]
fn an_update_whose_settings_do_not_suit_it_or_that_does_not_start_leaves_the_old_one_serving() {
    let folder = installed();
    let folder = folder.path();
    check(
        &plugin(folder, &["config", "acme/greeter", "greeting=Moin!"]),
        0,
        "Moin!",
    );
    check(&plugin(folder, &["enable", "acme/greeter"]), 0, "is on");
    let other = MANIFEST.replace("1.4.0", "2.0.0").replace("greeting", "words");
    std::fs::write(folder.join("other.wasm"), wasm(&other)).unwrap();
    let unsuited = plugin(folder, &["update", "other.wasm", "--yes"]);
    check(
        &unsuited,
        1,
        "the old version goes on: its config is wrong: there is no “greeting”",
    );
    let waits = "waits for settings that suit it: its config is wrong: there is no “greeting”";
    check(&plugin(folder, &["info", "acme/greeter"]), 0, waits);
    check(&plugin(folder, &["list"]), 0, "2.0.0 waits for settings that suit it");
    // The code knows no other setting than the greeting: its `init` refuses.
    let odd = MANIFEST
        .replace("1.4.0", "2.1.0")
        .replace("additionalProperties = false", "additionalProperties = true");
    std::fs::write(folder.join("odd.wasm"), wasm(&odd)).unwrap();
    check(
        &plugin(folder, &["update", "odd.wasm"]),
        0,
        "2.1.0 serves in place of 1.4.0.",
    );
    check(
        &plugin(folder, &["config", "acme/greeter", "colour=red"]),
        1,
        "does not start",
    );
    assert!(greeted(folder).contains("Moin!"));
}

#[test]
fn one_version_is_one_package_and_names_of_the_program_are_its_own() {
    let folder = installed();
    let folder = folder.path();
    std::fs::write(folder.join("changed.wasm"), version("1.4.0", KEEPS)).unwrap();
    for act in ["install", "update"] {
        let changed = plugin(folder, &[act, "changed.wasm", "--yes"]);
        check(&changed, 1, "one version is one package");
    }
    std::fs::write(
        folder.join("faq.wasm"),
        wasm(&MANIFEST.replace("acme/greeter", "switchboard/faq")),
    )
    .unwrap();
    check(
        &plugin(folder, &["install", "faq.wasm", "--yes"]),
        1,
        "comes with the program",
    );
    std::fs::write(folder.join("broken.wasm"), "not wasm").unwrap();
    check(
        &plugin(folder, &["plan", "broken.wasm"]),
        1,
        "not a WebAssembly component",
    );
    check(&plugin(folder, &["plan", "nowhere.wasm"]), 1, "cannot read");

    // Who takes it out and brings another package of that version in is told, too.
    let gone = plugin(folder, &["uninstall", "acme/greeter", "--kept", "delete"]);
    check(&gone, 0, "acme/greeter 1.4.0 is gone");
    check(
        &plugin(folder, &["install", "changed.wasm", "--yes"]),
        1,
        "acme/greeter 1.4.0",
    );
}

#[test]
fn a_plugin_goes_with_a_receipt_and_its_data_as_wanted() {
    let folder = installed();
    let folder = folder.path();
    let first = digest(&version("1.4.0", ""));
    let to = plugin(folder, &["uninstall", "acme/greeter", "--kept", "export"]);
    check(&to, 64, "--to");
    // Whoever does not say what becomes of its data is asked, or told.
    let unsaid = plugin(folder, &["uninstall", "acme/greeter"]);
    check(
        &unsaid,
        64,
        "`--kept keep`, `--kept export --to FILE` or `--kept delete` says it",
    );
    for (typed, heard) in [
        ("", "Nothing was changed."),
        ("e", "What acme/greeter kept is in acme-greeter.json."),
    ] {
        let mut terminal = Terminal::start(folder, &["plugin", "uninstall", "acme/greeter"]);
        terminal.reads("[k/e/d, nothing leaves it here] ");
        terminal.types(typed);
        terminal.reads(heard);
        assert_eq!(terminal.ends(), Some(0));
    }
    check(
        &plugin(folder, &["install", "greeter.wasm", "--yes"]),
        0,
        "is installed",
    );
    let gone = plugin(
        folder,
        &["uninstall", "acme/greeter", "--kept", "export", "--to", "kept.json"],
    );
    check(&gone, 0, &format!("Its package had the digest {first}."));
    let kept = std::fs::read_to_string(folder.join("kept.json")).unwrap();
    assert!(kept.contains("\"plugin\": \"acme/greeter\""), "{kept}");
    check(&plugin(folder, &["info", "acme/greeter"]), 1, "no plugin acme/greeter");
    let own = plugin(folder, &["uninstall", "switchboard/faq", "--kept", "keep"]);
    check(&own, 1, "switchboard/faq comes with the program and stays");
    check(
        &plugin(folder, &["install", "greeter.wasm", "--yes"]),
        0,
        "is installed",
    );
}

/// Serves a folder's files over HTTP on this machine, to as many as ask.
fn served(folder: &Path) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let folder = folder.to_owned();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() == 1 {
                head.push(byte[0]);
            }
            let head = String::from_utf8(head).unwrap();
            let path = head.split(' ').nth(1).unwrap_or("/").trim_start_matches('/').to_owned();
            let (status, body) = match std::fs::read(folder.join(path)) {
                Ok(body) => ("200 OK", body),
                Err(_) => ("404 Not Found", Vec::new()),
            };
            let head = format!(
                "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            // Who has heard enough hangs up.
            drop(stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body)));
        }
    });
    format!("http://{address}")
}

#[test]
fn plugins_are_found_and_updated_by_an_index_that_lies_in_a_folder_or_on_a_server() {
    let (shop, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (shop, folder) = (shop.path(), folder.path());
    std::fs::create_dir(folder.join("data")).unwrap();
    check(
        &plugin(folder, &["index", shop.to_str().unwrap()]),
        1,
        "holds no .wasm files",
    );
    std::fs::write(shop.join("greeter-1.4.0.wasm"), version("1.4.0", "")).unwrap();
    let make = plugin(folder, &["index", shop.to_str().unwrap()]);
    check(&make, 0, "lists 1 package.");

    let address = served(shop);
    let found = plugin(folder, &["search", "greets", "--index", shop.to_str().unwrap()]);
    check(&found, 0, "acme/greeter  1.4.0    unsigned  Greets who asks for it");
    let mistyped = plugin(folder, &["search", "greter", "--index", shop.to_str().unwrap()]);
    check(&mistyped, 0, "Nothing was found: did you mean acme/greeter?");
    let install = plugin(folder, &["install", "acme/greeter", "--index", &address, "--yes"]);
    check(&install, 0, "is installed");
    std::fs::write(shop.join("greeter-1.10.0.wasm"), version("1.10.0", "")).unwrap();
    check(
        &plugin(folder, &["index", shop.to_str().unwrap()]),
        0,
        "lists 2 packages.",
    );
    let update = plugin(folder, &["update", "acme/greeter", "--index", &address]);
    check(&update, 0, "1.10.0 serves in place of 1.4.0.");
    let by_address = plugin(folder, &["plan", &format!("{address}/greeter-1.10.0.wasm")]);
    check(&by_address, 0, "acme/greeter 1.10.0");

    // A server that gives something else than it lists is found out.
    std::fs::write(shop.join("greeter-1.10.0.wasm"), version("1.11.0", KEEPS)).unwrap();
    let other = plugin(folder, &["update", "acme/greeter", "--index", &address, "--yes"]);
    check(&other, 1, "is not what the index says");
    let nowhere = plugin(folder, &["install", "acme/nothing", "--index", &address]);
    check(&nowhere, 1, "has no acme/nothing");
    let plain = plugin(folder, &["plan", "http://plugins.example.org/x.wasm"]);
    check(&plain, 1, "is not https");
}

#[test]
fn what_the_owner_forbids_no_admin_can_allow() {
    let folder = installed();
    let folder = folder.path();
    std::fs::write(folder.join("wider.wasm"), version("1.5.0", KEEPS)).unwrap();
    std::fs::create_dir_all(folder.join("config")).unwrap();
    let write = |text: &str| std::fs::write(folder.join("config/switchboard.toml"), text).unwrap();
    write("[plugins]\nforbidden = [\"kv\"]\n");
    let update = plugin(folder, &["update", "wider.wasm", "--yes"]);
    check(&update, 1, "the owner of this installation forbids that to all plugins");
    let wider = digest(&version("1.5.0", KEEPS));
    write(&format!("[plugins.blocked]\n{wider} = \"it sells what it reads\"\n"));
    check(
        &plugin(folder, &["update", "wider.wasm", "--yes"]),
        1,
        "it sells what it reads",
    );

    // What serves already stops, too.
    let first = digest(&version("1.4.0", ""));
    check(&plugin(folder, &["enable", "acme/greeter"]), 0, "is on");
    write(&format!("[plugins.blocked]\n{first} = \"it sells what it reads\"\n"));
    let running = Running::start(folder);
    let why = "on, but does not run: its package is blocked here: it sells";
    // A list has no room for a long reason.
    check(&plugin(folder, &["list"]), 0, &format!("{why}…"));
    check(
        &plugin(folder, &["info", "acme/greeter"]),
        0,
        &format!("{why} what it reads"),
    );
    assert_eq!(running.stop(), Some(0));
    check(&plugin(folder, &["disable", "acme/greeter"]), 0, "is off");
    check(
        &plugin(folder, &["enable", "acme/greeter"]),
        1,
        "it sells what it reads",
    );

    // Nor does it come back, or what waited when it was blocked.
    write("");
    check(
        &plugin(folder, &["update", "wider.wasm", "--yes"]),
        0,
        "serves in place of",
    );
    write(&format!("[plugins.blocked]\n{first} = \"it sells what it reads\"\n"));
    check(
        &plugin(folder, &["rollback", "acme/greeter"]),
        1,
        "it sells what it reads",
    );
}

#[test]
fn what_is_done_beside_the_running_program_serves_at_once() {
    let folder = folder();
    let folder = folder.path();
    let running = Running::start(folder);
    check(
        &plugin(folder, &["install", "greeter.wasm", "--yes"]),
        0,
        "is installed",
    );
    check(&plugin(folder, &["enable", "acme/greeter"]), 0, "is on");
    assert!(greeted(folder).contains("Hello, "));
    check(&plugin(folder, &["logs", "acme/greeter"]), 0, "when");
    check(
        &plugin(folder, &["uninstall", "acme/greeter", "--kept", "keep"]),
        0,
        "is gone",
    );
    assert!(!greeted(folder).contains("Hello, "));
    assert_eq!(running.stop(), Some(0));
}

/// Does nothing and could not run; two have signed it.
const SIGNED: &[u8] = include_bytes!("../fixtures/packages/signed.wasm");
const BY_FIRST: &str = include_str!("../fixtures/packages/signed.wasm.minisig");
const BY_SECOND: &str = include_str!("../fixtures/packages/by-second.minisig");

#[test]
fn who_signed_is_shown_and_the_owner_decides_whose_packages_come_in() {
    let folder = prepared();
    let folder = folder.path();
    let (file, signature) = (folder.join("signed.wasm"), folder.join("signed.wasm.minisig"));
    let first = include_str!("../fixtures/packages/first.pub").trim();
    std::fs::create_dir_all(folder.join("config")).unwrap();
    let policy = |policy: &str, keys: &str| {
        let text = format!("[plugins]\npolicy = \"{policy}\"\nkeys = [{keys}]\n");
        std::fs::write(folder.join("config/switchboard.toml"), text).unwrap();
    };
    let plan = || plugin(folder, &["plan", "signed.wasm"]);
    policy("any", "");
    std::fs::write(&file, SIGNED).unwrap();
    check(&plan(), 0, "Unsigned: nobody vouches");
    std::fs::write(&signature, BY_FIRST).unwrap();
    check(&plan(), 0, "which is not trusted here: as good as unsigned");

    policy("signed", &format!("\"{first}\""));
    check(&plan(), 0, "which is trusted here.");
    std::fs::write(&signature, BY_SECOND).unwrap();
    check(&plan(), 1, "is not signed by a key that is trusted here");
    std::fs::write(&signature, BY_FIRST).unwrap();
    std::fs::write(&file, [SIGNED, &[0, 2, 1, b'x']].concat()).unwrap();
    check(&plan(), 1, "somebody changed the package or its signature");

    // Two keys are trusted, but what came with one of them is not updated with the other.
    let second = include_str!("../fixtures/packages/second.pub").trim();
    policy("pinned", &format!("\"{first}\", \"{second}\""));
    std::fs::write(&file, SIGNED).unwrap();
    check(&plugin(folder, &["install", "signed.wasm", "--yes"]), 0, "is installed");
    let info = || plugin(folder, &["info", "acme/signed"]);
    check(&info(), 0, "which is trusted here.");
    policy("pinned", &format!("\"{second}\""));
    check(&info(), 0, "which is not trusted here: as good as unsigned.");
    policy("pinned", &format!("\"{first}\", \"{second}\""));
    std::fs::write(&signature, BY_SECOND).unwrap();
    check(&plugin(folder, &["update", "signed.wasm"]), 1, "was signed by the key");
    policy("signed", "");
    check(
        &plugin(folder, &["list"]),
        78,
        "`plugins.policy`: only signed packages may be installed",
    );
}

#[test]
fn an_index_says_whose_signatures_it_has_and_which_it_has_checked() {
    let folder = prepared();
    let folder = folder.path();
    let shop = folder.join("shop");
    std::fs::create_dir(&shop).unwrap();
    std::fs::write(shop.join("signed.wasm"), SIGNED).unwrap();
    std::fs::write(shop.join("signed.wasm.minisig"), BY_FIRST).unwrap();
    let index = || plugin(folder, &["index", "shop"]);
    check(&index(), 0, "not checked: the key is not one of `plugins.keys` here");
    let found = plugin(folder, &["search", "--index", "shop"]);
    check(&found, 0, "says: signed by the key");
    check(&found, 0, "not trusted here");

    let first = include_str!("../fixtures/packages/first.pub").trim();
    std::fs::create_dir_all(folder.join("config")).unwrap();
    let trusts = format!("[plugins]\nkeys = [\"{first}\"]\n");
    std::fs::write(folder.join("config/switchboard.toml"), trusts).unwrap();
    check(&index(), 0, "and the signature fits.");
    std::fs::write(shop.join("signed.wasm"), [SIGNED, &[0, 2, 1, b'x']].concat()).unwrap();
    check(&index(), 1, "somebody changed the package or its signature");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_is_judged_by_the_keys_that_are_trusted_when_it_is_to_come_in() {
    let runtime = TestRuntime::builder().start().await;
    let (community, clock) = (runtime.community, Arc::clone(&runtime.clock) as Arc<dyn Clock>);
    let trusting = |key: &str| {
        Installer::new(Parts {
            storage: Arc::clone(&runtime.storage),
            clock: Arc::clone(&clock),
            host: host(&clock, GivenSecrets::new()),
            bundled: Packages::bundled(),
            settings: Settings {
                policy: Policy::Signed,
                keys: vec![TrustedKey::parse(key).unwrap()],
                ..Settings::default()
            },
        })
    };
    let wish = Wish {
        wanted: "acme/signed".to_owned(),
        index: None,
    };
    let read = async |installer: &Installer| {
        let offer = installer.wanted(community, &wish, Whence::Here).await.unwrap();
        let plan = installer.plan(community, &offer).await.unwrap();
        let told: Vec<_> = plan.sections.into_iter().flat_map(|section| section.lines).collect();
        (told.join("\n"), plan.obstacles.join("\n"))
    };
    let before = trusting(include_str!("../fixtures/packages/first.pub"));
    let offer = before.offered(SIGNED.to_vec(), Some(BY_FIRST.to_owned()), "signed.wasm".to_owned());
    let offer = offer.await.unwrap();
    before.write(before.keep(offer)).await.unwrap();
    let (told, obstacles) = read(&before).await;
    assert!(told.contains("which is trusted here."), "{told}");
    assert_eq!(obstacles, "");

    let after = trusting(include_str!("../fixtures/packages/second.pub"));
    let (told, obstacles) = read(&after).await;
    assert!(
        told.contains("which is not trusted here: as good as unsigned"),
        "{told}"
    );
    assert!(
        obstacles.contains("is not signed by a key that is trusted here"),
        "{obstacles}"
    );
    let offer = after.wanted(community, &wish, Whence::Here).await.unwrap();
    let taken = after.take(community, offer, true, None).await.map(|taken| taken.then);
    assert!(
        matches!(&taken, Err(InstallError::Refused(why)) if why.contains("is not signed by a key that is trusted here")),
        "{taken:?}"
    );
}
