//! What somebody meets who looks after a community's plugins: what comes with the program, settings that are wrong, plugins that are
//! on and do not run, older versions, and folders with nothing in them.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use switchboard::clock::SystemClock;
use switchboard::plugin_host::{Package, Packages};
use switchboard::storage::Page;
use switchboard::storage::accounts::AccountReads as _;
use switchboard::storage::core::CoreReads as _;
use switchboard::storage::sqlite::{Options, SqliteStorage};

use crate::installer::{KEEPS, version};
use crate::plugin_host::pack::{MANIFEST_SECTION, append_section};
use crate::support::program::{Running, check, done, prepared};
use crate::support::terminal::Terminal;

const FEED: &str = "switchboard/feed";

/// Runs `switchboard plugin …`.
fn plugin(folder: &Path, arguments: &[&str]) -> Output {
    done(folder, &[&["plugin"], arguments].concat())
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The block of commands in a plugin's README.
fn commands(readme: &str) -> Vec<&str> {
    let (_, block) = readme.split_once("```text\n").expect("there are commands");
    block.split_once("\n```").expect("it ends").0.lines().collect()
}

/// A line as somebody types it into a shell.
fn typed(folder: &Path, line: &str) -> Output {
    let program = Path::new(env!("CARGO_BIN_EXE_switchboard"));
    let path = std::env::var("PATH").unwrap_or_default();
    Command::new("sh")
        .args(["-c", line])
        .env("PATH", format!("{}:{path}", program.parent().unwrap().display()))
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

#[test]
fn who_follows_the_page_of_feed_in_a_new_community_has_it_running() {
    let folder = prepared();
    let folder = folder.path();
    let commands = commands(include_str!("../../plugins/feed/README.md"));
    let [config, enable] = commands[..] else {
        panic!("{commands:?}");
    };
    let set = typed(folder, config);
    check(&set, 0, "\"https://example.org/feed.xml\"");
    check(&set, 0, "\"Web chat: everyone\"");

    // Nobody was asked yet what it may, and a script does not agree by itself.
    let asked = typed(folder, enable);
    check(&asked, 1, "nobody has agreed to that, so nothing was changed");
    check(&asked, 1, "hint: `--yes` agrees to all of it");
    let enable: Vec<&str> = enable.split(' ').skip(1).collect();
    let mut terminal = Terminal::start(folder, &enable);
    let plan = terminal.reads("Switch it on, and allow it that? [y/N] ");
    let (posts, keeps) = (
        plan.find("It may write in other places"),
        plan.find("It may keep data of its own"),
    );
    assert!(posts.is_some() && posts < keeps, "the riskiest comes first: {plan}");
    assert!(plan.contains("It says why: “Read the feeds.”"), "{plan}");
    assert!(plan.contains("It comes with the program"), "{plan}");
    terminal.types("y");
    terminal.reads("switchboard/feed is on.");
    assert_eq!(terminal.ends(), Some(0));

    let info = plugin(folder, &["info", FEED]);
    check(&info, 0, "http, kv, wake, post to 0.1.0, by the command line");
    check(&info, 0, "places: [\"Web chat: everyone\"]");
    check(&info, 0, "It says why: “Read the feeds.”");
    check(&info, 0, "signer   It comes with the program");
    let running = Running::start(folder);
    check(&done(folder, &["doctor"]), 0, "plugins: all 4 that are on run");
    assert_eq!(running.stop(), Some(0));
}

#[test]
fn who_follows_the_page_of_moderation_tries_it_first() {
    let folder = prepared();
    let folder = folder.path();
    let readme = include_str!("../../plugins/moderation/README.md");
    for line in commands(readme) {
        // A person says yes where a script does not.
        let line = if line.contains("--hours") {
            format!("{line} --yes")
        } else {
            line.to_owned()
        };
        check(&typed(folder, &line), 0, "");
    }
    check(&plugin(folder, &["list"]), 0, "switchboard/moderation");
    check(&plugin(folder, &["info", "switchboard/moderation"]), 0, "state    on");
    let (_, file) = readme.split_once("```toml\n").unwrap();
    let file = file.split_once("```").unwrap().0;
    std::fs::create_dir(folder.join("files")).unwrap();
    std::fs::write(folder.join("files/plugins.toml"), file).unwrap();
    check(
        &done(folder, &["apply", "files"]),
        0,
        "plugin switchboard/moderation, changed: on",
    );
}

#[test]
fn what_comes_with_the_program_is_there_for_every_command() {
    let folder = prepared();
    let folder = folder.path();
    check(&plugin(folder, &["plan", FEED]), 0, "It comes with the program");
    check(
        &plugin(folder, &["disable", FEED]),
        1,
        "there is nothing in the data folder",
    );
    check(&done(folder, &["export", "out"]), 0, "out/plugins.toml");
    let list = plugin(folder, &["list"]);
    check(
        &list,
        0,
        "switchboard/feed        0.1.0    off; it comes with the program",
    );
    check(
        &plugin(folder, &["info", FEED]),
        0,
        "http, kv, wake, post, which nobody has allowed it",
    );
    check(
        &plugin(folder, &["dry-run", FEED, "--hours", "1"]),
        1,
        "nobody has agreed to that",
    );
    check(&plugin(folder, &["install", FEED]), 1, "comes with the program");
    check(&plugin(folder, &["update", FEED]), 1, "another version of the program");
    check(
        &plugin(folder, &["enable", "switchboard/fed"]),
        1,
        "did you mean switchboard/feed?",
    );
    check(
        &plugin(folder, &["uninstall", FEED, "--kept", "keep"]),
        1,
        "comes with the program and stays",
    );
    // What asks for nothing is on at once.
    check(
        &plugin(folder, &["enable", "switchboard/hello"]),
        0,
        "switchboard/hello is on.",
    );
    let nothing = plugin(folder, &["config", FEED]);
    assert_eq!(text(&nothing), "{}\n");
}

#[test]
fn settings_are_refused_with_the_path_of_what_is_wrong() {
    let folder = prepared();
    let folder = folder.path();
    let set = |change: &str| plugin(folder, &["config", FEED, change]);
    check(&set("cron=every day"), 1, "at cron: this must be five cron fields");
    check(
        &set("zone=Berlin"),
        1,
        "at zone: this must be a time zone by its IANA name",
    );
    check(
        &set("feeds=[\"https://a.example\", \"b.example\"]"),
        1,
        "at feeds, 2: this must be an address",
    );
    check(
        &set("places=[\"attic\"]"),
        1,
        "there is no place “attic” here; there is Web chat: everyone (web_chat)",
    );
    // What is wrong with one does not hide what is wrong with another.
    let all = [
        "cron=every day",
        "zone=Berlin",
        "newest=99",
        "places=[\"attic\", \"cellar\"]",
    ];
    let refused = plugin(folder, &[&["config", FEED], &all[..]].concat());
    for part in [
        "at cron: this must be five cron fields",
        "at zone: this must be a time zone",
        "at newest: 10 is the most",
        "at places, 1: there is no place “attic” here",
        "at places, 2: there is no place “cellar” here",
    ] {
        check(&refused, 1, part);
    }
}

fn edit(file: &Path, change: impl FnOnce(String) -> String) {
    let text = std::fs::read_to_string(file).unwrap();
    std::fs::write(file, change(text)).unwrap();
}

#[test]
fn a_file_with_plugins_that_would_not_start_is_refused_with_all_of_them() {
    let folder = prepared();
    let folder = folder.path();
    check(&done(folder, &["export", "out"]), 0, "out/plugins.toml");
    let before = std::fs::read_to_string(folder.join("out/plugins.toml")).unwrap();
    let feeds: Vec<String> = (0..21).map(|number| format!("\"https://{number}.example\"")).collect();
    let feed = format!(
        "\n[[plugin]]\nid = \"{FEED}\"\ngrants = [\"http\", \"kv\", \"wake\", \"post\"]\nconfig = {{ feeds = [{}] }}\n",
        feeds.join(", ")
    );
    edit(&folder.join("out/plugins.toml"), |text| {
        let text = text.replace("suggestions = 3", "suggestions = 9\nsuggestion = 1");
        let text = text.replace("after_misses = 2", "after_misses = 99");
        text.replace("grants = [\"handoff\"]", "grants = []") + &feed
    });
    let refused = done(folder, &["apply", "out"]);
    check(
        &refused,
        1,
        "plugins.toml: switchboard/faq: its config is wrong: there is no “suggestion” (did you mean “suggestions”?); at \
         suggestions: 5 is the most",
    );
    check(
        &refused,
        1,
        "plugins.toml: switchboard/handoff: its config is wrong: at after_misses: 10 is the most",
    );
    check(
        &refused,
        1,
        "plugins.toml: switchboard/handoff: it asks for handoff, which its `grants` do not have",
    );
    check(
        &refused,
        1,
        "plugins.toml: switchboard/feed: it does not start: not enabled: there are 21 feeds; at most 20",
    );
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(told.matches("switchboard/faq").count(), 1, "{told}");
    check(&done(folder, &["export", "after"]), 0, "after/plugins.toml");
    assert_eq!(
        std::fs::read_to_string(folder.join("after/plugins.toml")).unwrap(),
        before
    );
}

#[test]
fn a_file_names_the_parts_in_which_a_plugin_is_set_otherwise() {
    let folder = prepared();
    let folder = folder.path();
    check(&done(folder, &["export", "out"]), 0, "out/plugins.toml");
    let before = std::fs::read_to_string(folder.join("out/plugins.toml")).unwrap();
    let within = |part: &str| {
        let hello = format!("[[plugin]]\nid = \"switchboard/hello\"\n[[plugin.within]]\n{part}\nenabled = false\n");
        let text = format!("{before}\n{hello}");
        std::fs::write(folder.join("out/plugins.toml"), text).unwrap();
        done(folder, &["apply", "out"])
    };
    let there =
        "plugins.toml: switchboard/hello: there is no place “attic” here; there is Web chat: everyone (web_chat)";
    check(&within("place = \"attic\""), 1, there);
    let no_space = "plugins.toml: switchboard/hello: there is no space “attic” here, nor any other yet";
    check(&within("space = \"attic\""), 1, no_space);
    check(
        &within("place = \"Web chat: everyone\""),
        0,
        "plugin switchboard/hello, new: on",
    );
    check(
        &plugin(folder, &["info", "switchboard/hello"]),
        0,
        "in Web chat: everyone (web_chat): off",
    );
    // What is written is read again, whatever the place is called by then.
    check(&done(folder, &["export", "again"]), 0, "again/plugins.toml");
    check(&done(folder, &["apply", "again"]), 0, "Applied: 0 settings");
}

#[test]
fn a_community_starts_with_parts_by_the_names_of_its_places() {
    let folder = prepared();
    let folder = folder.path();
    let community = folder.join("config/community");
    std::fs::create_dir_all(&community).unwrap();
    let place = "[[place]]\nid = \"01a00000-0000-7000-8000-000000000009\"\nscope = \"discord\"\nnative = \"7\"\nlogin = \
                 \"discord\"\nname = \"help\"\naudience = \"group\"\nenabled = true\noverheard = false\n";
    std::fs::write(
        community.join("community.toml"),
        format!("name = \"Bakery\"\nlanguage = \"en\"\nzone = \"UTC\"\n{place}"),
    )
    .unwrap();
    let plugins = |part: &str| {
        let text =
            format!("[[plugin]]\nid = \"switchboard/hello\"\n[[plugin.within]]\nplace = \"{part}\"\nenabled = false\n");
        std::fs::write(community.join("plugins.toml"), text).unwrap();
    };
    plugins("halp");
    let there = "plugins.toml: switchboard/hello: there is no place “halp” here; there is help (discord)";
    check(&done(folder, &["check"]), 1, there);
    plugins("help");
    check(&done(folder, &["check"]), 0, "The configuration is fine.");
    check(&done(folder, &["export", "out"]), 0, "out/plugins.toml");
    check(
        &plugin(folder, &["info", "switchboard/hello"]),
        0,
        "in help (discord): off",
    );
}

/// What the audit says, the oldest first: who did what to which plugin.
async fn audited(folder: &Path) -> Vec<String> {
    let clock = Arc::new(SystemClock::new());
    let database = folder.join("data/switchboard.db");
    let storage = SqliteStorage::open(&database, &Options::default(), clock).unwrap();
    let community = storage.communities().await.unwrap()[0].id;
    let page = Page {
        before: None,
        limit: 100,
    };
    let lines = storage.audit(community, page).await.unwrap();
    assert!(lines.iter().all(|line| line.account.is_none()));
    let lines = lines.into_iter().rev();
    lines.map(|line| format!("{} {}", line.act, line.subject)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_file_changes_of_plugins_is_in_the_audit() {
    let folder = prepared();
    let folder = folder.path();
    check(&done(folder, &["export", "out"]), 0, "out/plugins.toml");
    edit(&folder.join("out/plugins.toml"), |text| {
        let text = text.replace("suggestions = 3", "suggestions = 4");
        text + &format!("\n[[plugin]]\nid = \"{FEED}\"\nenabled = false\n")
    });
    check(&done(folder, &["apply", "out", "--dry-run"]), 0, "Would be: 2 settings");
    // What the first start switched on is there too.
    let before = audited(folder).await;
    let on = before.iter().filter(|line| line.starts_with("plugin_enabled "));
    let on: Vec<_> = on.map(String::as_str).collect();
    assert_eq!(
        on,
        [
            "plugin_enabled switchboard/faq",
            "plugin_enabled switchboard/share",
            "plugin_enabled switchboard/handoff"
        ]
    );
    check(&done(folder, &["apply", "out"]), 0, "Applied: 2 settings");
    let since = audited(folder).await.split_off(before.len());
    assert_eq!(since, ["plugin_set switchboard/faq", "plugin_applied switchboard/feed"]);
    check(&done(folder, &["apply", "out"]), 0, "Applied: 0 settings");
    assert_eq!(audited(folder).await.len(), before.len() + since.len());
}

/// The plugin `feed` by somebody who leaves it to the host to say what a cron line is.
fn careless() -> Vec<u8> {
    let mut wasm = Packages::bundled().find(FEED).unwrap().to_vec();
    let manifest = Package::read(&wasm).unwrap().manifest_text;
    let manifest = manifest.replace(FEED, "acme/feed").replace("format = \"cron\"\n", "");
    append_section(&mut wasm, MANIFEST_SECTION, manifest.as_bytes());
    wasm
}

#[test]
fn what_is_on_and_does_not_do_its_work_is_named_with_the_one_thing_to_do() {
    let folder = prepared();
    let folder = folder.path();
    std::fs::write(folder.join("feed.wasm"), careless()).unwrap();
    check(&plugin(folder, &["install", "feed.wasm", "--yes"]), 0, "is installed");
    let config = ["config", "acme/feed", "cron=every day", "feeds=[\"https://a.example\"]"];
    check(&plugin(folder, &config), 0, "every day");
    check(&plugin(folder, &["enable", "acme/feed"]), 0, "is on");
    let running = Running::start(folder);
    let failed = "on, but its set-up failed: ";
    let shown = || text(&plugin(folder, &["info", "acme/feed"]));
    assert!((0..100).any(|_| shown().contains(failed)), "{}", shown());
    check(&plugin(folder, &["list"]), 0, failed);
    let status = done(folder, &["status"]);
    check(&status, 0, "plugin acme/feed");
    check(&status, 0, "is on, but its set-up failed: ");
    let doctor = done(folder, &["doctor"]);
    check(&doctor, 1, "failure  acme/feed: it is on, but its set-up failed: ");
    check(
        &doctor,
        1,
        "fix: mend that, with `switchboard plugin config acme/feed` where it is a setting",
    );
    check(&doctor, 1, "plugins: 3 of 4 that are on run");
    assert_eq!(running.stop(), Some(0));
    // It is known also while nothing runs, and mended.
    check(&done(folder, &["doctor"]), 1, "its set-up failed");
    check(
        &plugin(folder, &["config", "acme/feed", "cron=0 9 * * *"]),
        0,
        "0 9 * * *",
    );
    check(&done(folder, &["doctor"]), 0, "plugins: all 4 that are on start");
}

#[test]
fn what_a_plugin_wrote_is_shown_also_when_it_is_off() {
    let folder = prepared();
    let folder = folder.path();
    std::fs::write(folder.join("feed.wasm"), careless()).unwrap();
    check(&plugin(folder, &["install", "feed.wasm", "--yes"]), 0, "is installed");
    let running = Running::start(folder);
    let logs = || plugin(folder, &["logs", "acme/feed", "--json"]);
    let lines = || serde_json::from_slice::<Vec<serde_json::Value>>(&logs().stdout).unwrap();
    check(
        &logs(),
        0,
        "acme/feed is off, and has written nothing since the program was started.",
    );
    assert!(lines().is_empty());
    let config = ["config", "acme/feed", "cron=every day", "feeds=[\"https://a.example\"]"];
    check(&plugin(folder, &config), 0, "every day");
    check(&plugin(folder, &["enable", "acme/feed"]), 0, "is on");
    assert!((0..100).any(|_| !lines().is_empty()), "it does not set itself up");
    assert!(logs().stderr.is_empty(), "it is on");
    check(&plugin(folder, &["disable", "acme/feed"]), 0, "is off");
    check(&logs(), 0, "acme/feed is off. This is what it wrote before:");
    assert_eq!(lines()[0]["level"], "failed");
    check(
        &plugin(folder, &["info", "hello"]),
        1,
        "did you mean switchboard/hello?",
    );
    check(&plugin(folder, &["logs", "acme/fed"]), 1, "did you mean acme/feed?");
    assert_eq!(running.stop(), Some(0));
    check(&logs(), 1, "it does not run now");
}

#[test]
fn the_doctor_names_what_a_plugin_that_is_on_still_needs() {
    let folder = prepared();
    let folder = folder.path();
    let more = "\n[[webhook]]\nendpoint = \"order\"\nsignature = { header = \"X-S\", scheme = \"token\", secret = \"hook\" }\n\
                [[permission]]\nname = \"http\"\nwhy = \"w\"\nallow = [\"GET https://api.acme.example\"]\n\
                secrets = [{ name = \"key\", host = \"api.acme.example\", header = \"X-Key\" }]\n";
    std::fs::write(folder.join("greeter.wasm"), version("1.4.0", more)).unwrap();
    check(
        &plugin(folder, &["install", "greeter.wasm", "--yes"]),
        0,
        "is installed",
    );
    let needs = ["acme/greeter: it is on, but", "switchboard/feed: it is on, but"];
    let told = text(&done(folder, &["doctor"]));
    assert!(needs.iter().all(|need| !told.contains(need)), "both are off: {told}");
    check(&plugin(folder, &["enable", "acme/greeter"]), 0, "is on");
    check(&plugin(folder, &["enable", FEED, "--yes"]), 0, "is on");
    let doctor = done(folder, &["doctor"]);
    for part in [
        "warning  acme/greeter: it is on, but nobody can call its webhook “order”",
        "fix: the secret hook is missing: the owner of the installation adds [plugins.secrets.\"acme/greeter\".hook]",
        "warning  acme/greeter: it is on, but a server elsewhere will not let it in",
        "fix: the secret key for api.acme.example is missing",
        "warning  switchboard/feed: it is on, but there is no server that it may read from: `feeds` is empty",
        "fix: `switchboard plugin config switchboard/feed feeds=…`",
        "plugins: all 5 that are on start",
    ] {
        check(&doctor, 0, part);
    }

    std::fs::write(folder.join("secret"), "s3cr3t-k3y\n").unwrap();
    std::fs::create_dir(folder.join("config")).unwrap();
    let secrets = "[plugins.secrets.\"acme/greeter\"]\nhook = { value = \"file:secret\" }\n\
                   key = { host = \"api.acme.example\", value = \"file:secret\" }\n";
    std::fs::write(folder.join("config/switchboard.toml"), secrets).unwrap();
    let feeds = "feeds=[\"https://a.example\"]";
    check(&plugin(folder, &["config", FEED, feeds]), 0, "a.example");
    let told = text(&done(folder, &["doctor"]));
    assert!(needs.iter().all(|need| !told.contains(need)), "{told}");
}

#[test]
fn a_plugin_that_nobody_has_allowed_what_it_asks_for_is_told_of_and_allowed_by_enable() {
    let folder = prepared();
    let folder = folder.path();
    let community = folder.join("config/community");
    std::fs::create_dir_all(&community).unwrap();
    std::fs::write(
        community.join("community.toml"),
        "name = \"Bakery\"\nlanguage = \"en\"\nzone = \"UTC\"\n",
    )
    .unwrap();
    std::fs::write(community.join("plugins.toml"), format!("[[plugin]]\nid = \"{FEED}\"\n")).unwrap();
    let doctor = done(folder, &["doctor"]);
    check(
        &doctor,
        1,
        "it is on, but does not run: nobody has allowed it http, kv, wake, post",
    );
    check(
        &doctor,
        1,
        "fix: `switchboard plugin enable switchboard/feed` shows what it asks for, and allows it",
    );
    check(&plugin(folder, &["enable", FEED, "--yes"]), 0, "is on");
    check(&done(folder, &["doctor"]), 0, "plugins: all 1 that are on start");
}

#[test]
fn an_older_version_is_called_a_downgrade_and_what_waits_is_known_by_its_name() {
    let folder = prepared();
    let folder = folder.path();
    for (name, wasm) in [
        ("greeter", version("1.4.0", "")),
        ("older", version("1.3.0", "")),
        ("wider", version("1.5.0", KEEPS)),
    ] {
        std::fs::write(folder.join(format!("{name}.wasm")), wasm).unwrap();
    }
    check(
        &plugin(folder, &["install", "greeter.wasm", "--yes"]),
        0,
        "is installed",
    );
    check(
        &plugin(folder, &["plan", "acme/greeter"]),
        1,
        "nothing of acme/greeter waits here",
    );
    check(&plugin(folder, &["plan", "older.wasm"]), 0, "It is a downgrade");
    let held = plugin(folder, &["update", "older.wasm"]);
    check(&held, 1, "it is older than the one that serves, a downgrade");
    check(&held, 1, "Look at it with `switchboard plugin plan acme/greeter`");
    check(&plugin(folder, &["list"]), 0, "1.3.0, a downgrade, waits for consent");
    check(
        &plugin(folder, &["plan", "acme/greeter"]),
        0,
        "1.3.0 takes the place of 1.4.0. It is a downgrade",
    );
    let mut terminal = Terminal::start(folder, &["plugin", "update", "acme/greeter"]);
    terminal.reads("It is older than the version that serves. Let it take its place all the same? [y/N] ");
    terminal.types("y");
    terminal.reads("1.3.0 serves in place of 1.4.0.");
    assert_eq!(terminal.ends(), Some(0));

    check(
        &plugin(folder, &["update", "wider.wasm"]),
        1,
        "asks for more than the old one may",
    );
    check(
        &plugin(folder, &["plan", "acme/greeter"]),
        0,
        "New: It may keep data of its own.",
    );
    let unasked = plugin(folder, &["update", "acme/greeter"]);
    check(&unasked, 1, "1.5.0 is here and waits");
    check(&unasked, 1, "nobody has agreed to that, so the old version goes on");
    check(&unasked, 1, "`--yes` agrees to all of it");
    check(
        &plugin(folder, &["update", "acme/greeter", "--yes"]),
        0,
        "1.5.0 serves in place of 1.3.0.",
    );
}

#[test]
fn by_name_alone_nobody_goes_back_to_what_is_older_in_the_index() {
    let (shop, folder) = (tempfile::tempdir().unwrap(), prepared());
    let (shop, folder) = (shop.path(), folder.path());
    std::fs::write(folder.join("greeter.wasm"), version("1.4.0", "")).unwrap();
    std::fs::write(shop.join("older.wasm"), version("1.3.0", "")).unwrap();
    let index = shop.to_str().unwrap();
    check(&plugin(folder, &["index", index]), 0, "lists 1 package.");
    check(
        &plugin(folder, &["install", "greeter.wasm", "--yes"]),
        0,
        "is installed",
    );
    let update = |wanted: &str| plugin(folder, &["update", wanted, "--index", index, "--yes"]);
    check(
        &update("acme/greeter"),
        0,
        "1.4.0 serves, and there is no later version. What is there is older",
    );
    check(&update("acme/greeter@1.3.0"), 0, "1.3.0 serves in place of 1.4.0.");
    check(
        &update("acme/greeter"),
        0,
        "1.3.0 is what serves already, and there is no later version.",
    );
}

#[test]
fn who_only_looks_makes_no_data_folder() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("greeter.wasm"), version("1.4.0", "")).unwrap();
    let typo = |arguments: &[&str]| plugin(folder, &[arguments, &["--data", "typo"]].concat());
    for asked in [
        &["list"][..],
        &["info", FEED],
        &["logs", FEED],
        &["config", FEED],
        &["dry-run", FEED],
        &["disable", FEED],
    ] {
        let told = typo(asked);
        check(&told, 1, "there is no data folder ");
        check(&told, 1, "`switchboard run` or `switchboard init` makes a new one");
    }
    check(&typo(&["plan", "greeter.wasm"]), 0, "It asks for no permission");
    let search = typo(&["search", "refund"]);
    check(&search, 1, "no index is named where plugins could be looked for");
    check(&search, 1, "`index = \"https://plugins.example.org\"` under [plugins]");
    assert!(!folder.join("typo").exists());
}
