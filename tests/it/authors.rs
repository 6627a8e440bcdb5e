//! An author's first plugin, from outside: `switchboard plugin new`, `check`, `test` and `build`, in a folder far from this repository.
//!
//! Rust is played here; JavaScript and Python in `peers`, because what compiles them has to be installed.

use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio};

use crate::support::program::{check, done, switchboard};

/// The folder that cargo builds to.
pub fn target() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .expect("it lies in the target folder")
}

/// A folder of this name with nothing in it. It has the same path in each run, so that cargo's folder does not grow.
pub fn empty(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("authors").join(name);
    if folder.exists() {
        std::fs::remove_dir_all(&folder).unwrap();
    }
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// The versions of crates that this repository has been built with, so that nothing new is downloaded; and its folder for
/// compiled ones.
pub fn with_our_crates(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = switchboard(folder, arguments);
    command.env("CARGO_TARGET_DIR", target());
    command
}

pub fn lock(plugin: &Path) {
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock");
    std::fs::copy(ours, plugin.join("Cargo.lock")).unwrap();
}

/// Changes a file of a plugin.
pub fn edit(file: &Path, from: &str, to: &str) {
    let text = std::fs::read_to_string(file).unwrap();
    assert!(text.contains(from), "{from:?} is not in {}", file.display());
    std::fs::write(file, text.replace(from, to)).unwrap();
}

#[test]
fn a_new_plugin_in_rust_is_built_checked_and_passes_its_dialog() {
    let folder = empty("rust");
    let new = ["plugin", "new", "refunds", "--lang", "rust", "--id", "acme/refunds"];
    check(&done(&folder, &new), 0, "switchboard plugin test refunds");
    let plugin = folder.join("refunds");
    lock(&plugin);
    let run = |arguments: &[&str]| with_our_crates(&folder, arguments).output().unwrap();

    let built = run(&["plugin", "pack", "refunds", "--out", "acme.wasm"]);
    check(&built, 0, "acme.wasm\nplugin   acme/refunds 0.1.0\n");
    check(&built, 0, "imports  switchboard:plugin/kv@0.1.0");
    let wasm = std::fs::read(folder.join("acme.wasm")).unwrap();
    let package = switchboard::plugin_host::Package::read(&wasm).unwrap();
    check(&built, 0, &package.digest);

    let checked = run(&["plugin", "check", "acme.wasm"]);
    check(&checked, 0, "ok      it asks for kv, and imports nothing else");
    check(&checked, 0, "ok      it starts in the sandbox with the settings {}");
    check(&run(&["plugin", "test", "refunds"]), 0, "says-hello.dialog");

    // What it asks for and what it does have to agree, in both directions.
    let manifest = plugin.join("plugin.toml");
    edit(&manifest, "name = \"kv\"", "name = \"history\"");
    let hidden = run(&["plugin", "build", "refunds"]);
    let line = "acme/refunds uses switchboard:plugin/kv@0.1.0 but its manifest does not ask for \"kv\"";
    check(&hidden, 1, line);
    edit(
        &manifest,
        "[[permission]]\nname = \"history\"",
        "[[permission]]\nname = \"history\"\nwhy = \"w\"\n\n[[permission]]\nname = \"kv\"",
    );
    let unused = run(&["plugin", "check", "refunds"]);
    check(
        &unused,
        1,
        "problem the manifest asks for \"history\", and nothing uses it",
    );

    // What does not compile says where.
    edit(&plugin.join("src/lib.rs"), "kv::counter", "kv::count");
    check(&run(&["plugin", "build", "refunds"]), 1, "src/lib.rs:");
}

#[test]
fn all_mistakes_of_a_manifest_are_told_before_anything_is_compiled() {
    let folder = empty("mistakes");
    check(
        &done(&folder, &["plugin", "new", "refunds", "--lang", "rust"]),
        0,
        "refunds",
    );
    let manifest = folder.join("refunds/plugin.toml");
    edit(&manifest, "version = \"0.1.0\"", "version = \"one\"");
    edit(&manifest, "name = \"refunds\"", "name = \"help\"");
    let output = done(&folder, &["plugin", "check", "refunds"]);
    check(&output, 1, "plugin.toml: plugin.version is \"one\"");
    check(&output, 1, "plugin.toml: command help is Switchboard's own");
}

#[test]
fn a_plugin_whose_settings_have_no_default_is_told_before_it_is_installed() {
    let folder = empty("settings");
    let packages = switchboard::plugin_host::Packages::bundled();
    std::fs::write(folder.join("hello.wasm"), packages.find("switchboard/hello").unwrap()).unwrap();
    std::fs::write(folder.join("broken.wasm"), "hello").unwrap();
    let fine = done(&folder, &["plugin", "check", "hello.wasm"]);
    check(&fine, 0, "ok      it asks for nothing, and imports nothing else");
    let broken = done(&folder, &["plugin", "check", "broken.wasm"]);
    check(&broken, 1, "not a WebAssembly component");
    std::fs::write(folder.join("hostile.wasm"), crate::plugin_host::hostile()).unwrap();
    let hostile = done(&folder, &["plugin", "check", "hostile.wasm"]);
    check(
        &hostile,
        1,
        "problem it does not start with the settings {}: not enabled: ",
    );
    check(&hostile, 1, "give each setting a default in the code");
}

#[test]
fn a_name_that_nobody_could_install_is_told_by_new_and_by_check() {
    let folder = empty("reserved");
    let why = "no other package can have a name that begins with switchboard/";
    let id = "switchboard/refunds";
    let new = done(&folder, &["plugin", "new", "refunds", "--lang", "rust", "--id", id]);
    check(&new, 64, why);
    assert!(!folder.join("refunds").exists());
    let packages = switchboard::plugin_host::Packages::bundled();
    let ours = packages.find("switchboard/hello").unwrap();
    std::fs::write(folder.join("other.wasm"), [ours, &[0, 2, 1, b'x']].concat()).unwrap();
    let checked = done(&folder, &["plugin", "check", "other.wasm"]);
    check(
        &checked,
        1,
        &format!("problem switchboard/hello says that it comes with the program, and it does not: {why}"),
    );
    check(&checked, 1, "choose another publisher for plugin.id");
}

#[test]
fn a_folder_that_is_not_there_is_said_to_be_missing() {
    let folder = empty("missing");
    let output = done(&folder, &["plugin", "test", "nosuchdir"]);
    check(&output, 1, "there is no nosuchdir");
}

#[test]
fn nothing_is_written_over_and_a_bad_name_makes_no_folder() {
    let folder = empty("names");
    std::fs::create_dir(folder.join("parrot")).unwrap();
    let new = |name: &str| done(&folder, &["plugin", "new", name, "--lang", "rust"]);
    check(&new("parrot"), 1, "hint: choose another name");
    check(&new("Parrot!"), 64, "plugin.id is \"mine/Parrot!\"");
    check(&new("help"), 64, "command help is Switchboard's own");
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
    assert_eq!(std::fs::read_dir(folder.join("parrot")).unwrap().count(), 0);
}

#[test]
fn the_fuel_of_a_dialog_is_the_same_number_in_every_run() {
    let folder = empty("fuel");
    let packages = switchboard::plugin_host::Packages::bundled();
    std::fs::write(folder.join("hello.wasm"), packages.find("switchboard/hello").unwrap()).unwrap();
    let dialog = "alice@web: hello\nbot@alice: Hello, alice!\nbob@web#support: hi\nbot@support: Hello, bob!\n";
    std::fs::write(folder.join("hello.dialog"), dialog).unwrap();
    let test = |more: &[&str]| {
        let arguments = ["plugin", "test", "hello.wasm", "hello.dialog"];
        done(&folder, &[&arguments, more].concat())
    };
    let fuel = || {
        let output = test(&["--fuel"]);
        check(&output, 0, "ok     hello.dialog\nfuel   hello.dialog ");
        let shown = String::from_utf8(output.stdout).unwrap();
        shown.trim_end().rsplit(' ').next().unwrap().parse::<u64>().unwrap()
    };
    let (first, second) = (fuel(), fuel());
    assert_eq!(first, second);
    assert!(first > 1_000, "two answers need more than {first} instructions");
    check(&test(&["--fuel-max", &first.to_string()]), 0, "fuel   hello.dialog");
    let max = (first - 1).to_string();
    check(
        &test(&["--fuel-max", &max]),
        1,
        "instructions were needed in 1 of 1 dialog",
    );
}

#[test]
fn a_chat_goes_on_with_what_is_saved_and_survives_what_does_not_build() {
    let folder = empty("chat");
    check(
        &done(&folder, &["plugin", "new", "chatty", "--lang", "rust"]),
        0,
        "chatty",
    );
    let plugin = folder.join("chatty");
    lock(&plugin);
    let source = plugin.join("src/lib.rs");
    let chat = ["plugin", "chat", "chatty", "--record", "chatty.jsonl"];
    let mut author = Author::at(with_our_crates(&folder, &chat));
    author.says("hello");
    author.hears("bot@you: Hello, you!");
    author.says(":bob@web#support: hello");
    author.hears("bot@support: Hello, bob!");

    edit(&source, "I have said hello {count} times.", "Said {count} times.");
    author.is_told("reloaded");
    author.says("/chatty");
    author.hears("bot@you: Said 2 times.");

    edit(&source, "kv::counter", "kv::count");
    author.is_told("the last build that worked goes on");
    author.says("/chatty");
    author.hears("bot@you: Said 2 times.");
    author.says(":nobody says anything");
    author.is_told("it means nothing");
    assert_eq!(author.leaves(), Some(0));
    // Both builds are in it.
    let recorded = std::fs::read_to_string(folder.join("chatty.jsonl")).unwrap();
    assert_eq!(recorded.matches("{\"settings\":").count(), 2, "{recorded}");
    assert!(recorded.contains("\"because\":\"the chat was over\""), "{recorded}");
}

/// An author in a chat.
struct Author {
    child: Child,
    keys: ChildStdin,
    shown: Lines<BufReader<ChildStdout>>,
    told: Lines<BufReader<ChildStderr>>,
}

impl Author {
    fn at(mut command: Command) -> Self {
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        Self {
            keys: child.stdin.take().unwrap(),
            shown: BufReader::new(child.stdout.take().unwrap()).lines(),
            told: BufReader::new(child.stderr.take().unwrap()).lines(),
            child,
        }
    }

    fn says(&mut self, line: &str) {
        writeln!(self.keys, "{line}").unwrap();
    }

    /// Waits for this line of the conversation.
    fn hears(&mut self, line: &str) {
        let found = self.shown.find(|shown| shown.as_ref().unwrap() == line);
        found.unwrap_or_else(|| panic!("{line:?} was never said")).unwrap();
    }

    /// Waits for this beside the conversation.
    fn is_told(&mut self, part: &str) {
        let found = self.told.find(|told| told.as_ref().unwrap().contains(part));
        found.unwrap_or_else(|| panic!("{part:?} was never told")).unwrap();
    }

    fn leaves(mut self) -> Option<i32> {
        drop(self.keys);
        self.child.wait().unwrap().code()
    }
}
