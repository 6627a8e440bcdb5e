//! Packages that should not come in: the admin reads why, nothing of them runs, and whoever serves goes on answering.

use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};

use switchboard::clock::SystemClock;
use switchboard::installer::{self, Agreed, Installer, Outcome};
use switchboard::model::ids::PluginId;
use switchboard::plugin_host::{CacheOptions, HostOptions, Packages, PluginHost};

use super::hostile;
use super::pack::{MANIFEST_SECTION, append_section};
use super::stage::{House, Stage, with_manifest};
use crate::installer::{KEEPS, version};
use crate::outside::{allowed, done};

const MESSAGES: usize = 100;

/// Magic, version and layer of a component.
const HEADER: &[u8] = &[0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0];

fn installer(house: &House, stage: &Stage) -> Installer {
    Installer::new(installer::Parts {
        storage: Arc::clone(&stage.runtime.storage),
        clock: Arc::clone(&stage.runtime.clock) as _,
        host: house.host.clone(),
        bundled: Packages::bundled(),
        settings: installer::Settings::default(),
    })
}

/// What somebody reads who installs the package, agrees to everything and switches it on.
async fn refusal(installer: &Installer, stage: &Stage, wasm: Vec<u8>) -> String {
    let community = stage.runtime.community;
    let offer = match installer.offered(wasm, None, "bad.wasm".to_owned()).await {
        Ok(offer) => offer,
        Err(why) => return why.to_string(),
    };
    let id = PluginId::from(offer.package.manifest.plugin.id.as_str());
    match installer.take(community, offer, true, None).await {
        Ok(taken) => installer.write(taken).await.expect("nobody else is faster"),
        Err(why) => return why.to_string(),
    };
    match installer.switch(community, &id, true, &Agreed::default()).await {
        Ok(_) => "nothing is said against it".to_owned(),
        Err(why) => why.to_string(),
    }
}

#[track_caller]
fn check(wasm: Vec<u8>, words: &str) {
    let house = House::patient();
    house.host.handle().block_on(async {
        let stage = Stage::start(&house.host, Vec::new()).await;
        let installer = installer(house, &stage);
        let (_, why) = tokio::join!(stage.say("hello", MESSAGES), refusal(&installer, &stage, wasm));
        assert!(why.contains(words), "{why}");
        stage
            .roster
            .refresh(switchboard::model::Timestamp::from_millis(0))
            .await
            .unwrap();
        stage.say("hello", MESSAGES).await;
        assert_eq!(stage.heard(), (2 * MESSAGES, Vec::new()));
    });
}

/// `hello` under another name, with more in its manifest.
fn stranger(more: &str) -> Vec<u8> {
    with_manifest(Packages::bundled().find("switchboard/hello").unwrap(), |manifest| {
        format!("{}{more}", manifest.replace("switchboard/hello", "test/stranger"))
    })
}

/// A section of a component or of a module.
fn section(id: u8, body: &[u8]) -> Vec<u8> {
    [&[id][..], &leb128(body.len()), body].concat()
}

fn leb128(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number > 0x7f {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

#[test]
fn ten_thousand_imports() {
    let name = "switchboard:plugin/kv@0.1.0";
    let import = [&[0][..], &leb128(name.len()), name.as_bytes(), &[1, 0]].concat();
    let imports = [leb128(10_000), import.repeat(10_000)].concat();
    let mut wasm = [HEADER, &section(10, &imports)].concat();
    let manifest = include_str!("../../../plugins/hello/plugin.toml").replace("switchboard/hello", "test/stranger");
    append_section(&mut wasm, MANIFEST_SECTION, manifest.as_bytes());
    check(wasm, "the component imports more than 256 interfaces");
}

#[test]
fn a_data_segment_of_100_mb() {
    let bytes = vec![b'x'; 100_000_000];
    // One active segment of memory 0 that begins at 0.
    let data = [&[1, 0, 0x41, 0, 0x0b][..], &leb128(bytes.len()), &bytes].concat();
    let memory = [1, 0, 0x80, 0x0c];
    let module = [&HEADER[..4], &[1, 0, 0, 0], &section(5, &memory), &section(11, &data)].concat();
    let mut wasm = [HEADER, &section(1, &module)].concat();
    append_section(&mut wasm, MANIFEST_SECTION, b"");
    check(wasm, "the package is larger than 67108864 bytes");
}

#[test]
fn more_memory_than_it_asks_for() {
    check(stranger("\n[limits]\nmemory_mib = 1\n"), "out of memory at 1 MiB");
    check(
        stranger("\n[limits]\nmemory_mib = 100000\n"),
        "limits.memory_mib is 100000; a plugin can have 1 to 512",
    );
}

#[test]
fn broken_bytes() {
    check(b"\x7fELF".to_vec(), "the file is not a WebAssembly component");
    let mut short = stranger("");
    short.truncate(short.len() / 2);
    check(short, "the file is broken: a section does not end where it says");
    let mut flipped = stranger("");
    let middle = flipped.len() / 2;
    flipped[middle..middle + 64].iter_mut().for_each(|byte| *byte ^= 0xff);
    check(flipped, "test/stranger does not compile: ");
}

#[test]
fn another_worlds_types() {
    let (mut wasm, field) = (stranger(""), b"occurred-at");
    for at in 0..wasm.len() - field.len() {
        if wasm[at..].starts_with(field) {
            wasm[at..at + field.len()].copy_from_slice(b"occurred-by");
        }
    }
    check(
        wasm,
        "cannot be started: it speaks another contract: expected record field named occurred-at, found occurred-by",
    );
}

#[test]
fn a_manifest_that_asks_less_than_its_component_imports() {
    let wasm = with_manifest(hostile(), |manifest| {
        manifest.split("[[permission]]").next().unwrap_or_default().to_owned()
    });
    check(
        wasm,
        "test/hostile uses switchboard:plugin/kv@0.1.0 but its manifest does not ask for \"kv\"",
    );
}

#[test]
fn a_manifest_that_claims_another_name() {
    let wasm = with_manifest(&stranger(""), |manifest| {
        manifest.replace("test/stranger", "switchboard/faq")
    });
    check(
        wasm,
        "switchboard/faq says that it comes with the program, and it does not",
    );
}

#[test]
fn an_endless_manifest() {
    let key = ["properties"; 40].join(".");
    let schema = format!(
        "\n[config.{key}]\n{}1{}\n",
        format!("{key} = {{").repeat(60),
        "}".repeat(60)
    );
    check(
        stranger(&schema),
        "the manifest is nested too deeply for anyone to read",
    );
    check(
        stranger(&format!("\n# {}\n", "x".repeat(1 << 20))),
        "the manifest is longer than 65536 bytes",
    );
}

#[test]
fn an_update_that_asks_for_more_waits_while_the_old_version_answers_everybody() {
    const WORDS: &str = "\n[handles]\nmessages = \"addressed\"\nwords = [\"moin\"]\n";
    let house = House::patient();
    house.host.handle().block_on(async {
        let stage = Stage::start(&house.host, Vec::new()).await;
        let (installer, community) = (installer(house, &stage), stage.runtime.community);
        let offered = async |number: &str, more: &str| {
            let wasm = version(number, &format!("{WORDS}{more}"));
            let offer = installer.offered(wasm, None, "greeter.wasm".to_owned()).await.unwrap();
            done(&installer, installer.take(community, offer, number == "1.0.0", None)).await
        };
        assert_eq!(offered("1.0.0", "").await, Outcome::Installed);
        let (id, nobody) = (PluginId::from("acme/greeter"), Agreed::default());
        done(&installer, allowed(installer.switch(community, &id, true, &nobody))).await;
        let now = switchboard::model::Timestamp::from_millis(0);
        stage.roster.refresh(now).await.unwrap();
        let (_, outcome) = tokio::join!(stage.say("moin", MESSAGES), offered("1.1.0", KEEPS));
        let why =
            "it asks for more than the old one may, under “What it may do” and “What it keeps” of its plan".to_owned();
        let by_consent = true;
        assert_eq!(outcome, Outcome::Held { why, by_consent });
        stage.roster.refresh(now).await.unwrap();
        stage.say("moin", MESSAGES).await;
        assert_eq!(stage.heard(), (2 * MESSAGES, Vec::new()));
        let listed = stage.roster.list(community);
        let greeter = listed
            .iter()
            .find(|listed| listed.id.as_str() == "acme/greeter")
            .unwrap();
        assert_eq!((&*greeter.version, greeter.grants.len()), ("1.0.0", 0));
    });
}

/// Keeps what is logged.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn with_cache(folder: &Path) -> PluginHost {
    let options = HostOptions {
        cache: Some(CacheOptions {
            folder: folder.to_owned(),
            key: [7; 32],
        }),
        ..HostOptions::default()
    };
    PluginHost::start(options, Arc::new(SystemClock::new())).unwrap()
}

#[test]
fn a_compiled_plugin_that_was_changed_on_disk() {
    let folder = tempfile::tempdir().unwrap();
    let wasm = stranger("");
    with_cache(folder.path()).load(&wasm, &[]).unwrap();
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let file = file.unwrap().path();
        let mut bytes = std::fs::read(&file).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(&file, bytes).unwrap();
    }
    let (lines, host) = (Lines::default(), with_cache(folder.path()));
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt().with_writer(move || writer.clone()).finish();
    let loaded = tracing::subscriber::with_default(subscriber, || host.load(&wasm, &[])).unwrap();
    let told = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(
        told.contains("a compiled plugin was changed on disk; it is compiled anew"),
        "{told}"
    );
    let inside = host.clone();
    let started = super::on(&host, async move { inside.run(&loaded, "community", "{}").await });
    assert!(started.is_ok(), "{started:?}");
}
