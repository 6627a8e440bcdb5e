//! Plugins that go where they may not, or ask servers that misbehave.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{IpAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use switchboard::app::community::Start;
use switchboard::clock::SystemClock;
use switchboard::dialog::Kit;
use switchboard::dispatcher::chain::settings::{PluginEntry, PluginsFile};
use switchboard::plugin_host::recording::{Came, HostCall, Line, Playback, Reader, Recorder, Recording};
use switchboard::plugin_host::{
    CacheOptions, GivenSecret, GivenSecrets, HostOptions, Machine, Names, Net, NoData, Package, Packages, Permission,
    Plugin, PluginHost, Report,
};

use switchboard::secret::SecretRef;

use super::{event, hello, hostile, on, options, reply, say};

/// What the owner of the installation gives the plugin.
pub(super) const SECRET: &str = "Bearer s3cr3t-k3y";

/// A server on this machine, which answers by what it is asked for.
pub(super) struct Server {
    pub(super) port: u16,
    asked: Arc<AtomicUsize>,
}

impl Server {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
        let port = listener.local_addr().expect("it listens").port();
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        std::thread::spawn(move || {
            for line in listener.incoming().flatten() {
                count.fetch_add(1, Ordering::Relaxed);
                std::thread::spawn(move || answer(line));
            }
        });
        Self { port, asked }
    }

    pub(super) fn at(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }
}

fn answer(mut line: TcpStream) {
    let mut asked = BufReader::new(line.try_clone().expect("it can be read"));
    let mut first = String::new();
    let _ = asked.read_line(&mut first);
    let path = first.split(' ').nth(1).unwrap_or("/").to_owned();
    let close = "Connection: close\r\n";
    let led = |to: &str| format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n{close}\r\n");
    let text = if let Some(to) = path.strip_prefix("/to?") {
        led(to)
    } else if let Some(left) = path.strip_prefix("/hops/").and_then(|left| left.parse::<u32>().ok()) {
        led(&left
            .checked_sub(1)
            .map_or("/ok".to_owned(), |left| format!("/hops/{left}")))
    } else if path == "/slow" {
        let _ = line.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel");
        // Until the other side gives up.
        let _ = asked.read_to_end(&mut Vec::new());
        return;
    } else if path == "/large" {
        let _ = line.write_all(format!("HTTP/1.1 200 OK\r\n{close}\r\n").as_bytes());
        let part = vec![b'x'; 1 << 16];
        while line.write_all(&part).is_ok() {}
        return;
    } else if path == "/echo" {
        let head: Vec<_> = asked
            .lines()
            .map_while(Result::ok)
            .take_while(|line| !line.is_empty())
            .collect();
        let head = head.join("\n");
        format!(
            "HTTP/1.1 200 OK\r\nX-Echo: {SECRET}\r\nContent-Length: {}\r\n{close}\r\n{head}",
            head.len()
        )
    } else {
        format!("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n{close}\r\nhello")
    };
    let _ = line.write_all(text.as_bytes());
}

/// Every name leads to this machine.
pub(super) struct Home;

#[async_trait]
impl Names for Home {
    async fn addresses(&self, _name: &str) -> std::io::Result<Vec<IpAddr>> {
        Ok(vec![IpAddr::from([127, 0, 0, 1])])
    }
}

/// The secret in a file of its own.
pub(super) fn given() -> GivenSecrets {
    // Written once: another test may be reading it.
    static FILE: OnceLock<PathBuf> = OnceLock::new();
    let file = FILE.get_or_init(|| {
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("hostile-secret");
        std::fs::write(&file, SECRET).expect("it can be written");
        file
    });
    let given = GivenSecret {
        host: "127.0.0.1".to_owned(),
        value: SecretRef::new(format!("file:{}", file.display())),
    };
    let of_plugin = BTreeMap::from([("key".to_owned(), given)]);
    BTreeMap::from([("test/hostile".to_owned(), of_plugin)])
}

/// The owner of the installation lets plugins reach this machine.
pub(super) fn inside() -> Vec<Machine> {
    vec!["127.0.0.1".parse().expect("it is inside")]
}

fn host(fresh: bool) -> PluginHost {
    host_with(fresh, None)
}

fn host_with(fresh: bool, recorder: Option<Arc<dyn Recorder>>) -> PluginHost {
    let mut options = HostOptions {
        http: Arc::new(Net::with(Arc::new(Home))),
        secrets: given(),
        inside: inside(),
        recorder,
        ..options(fresh)
    };
    options.limits.http_wait = Duration::from_millis(500);
    PluginHost::start(options, Arc::new(SystemClock::new())).expect("the sandbox starts")
}

/// The plugin that fetches what it is told to, and may read from this server.
fn start(host: &PluginHost, server: &Server) -> Arc<Plugin> {
    let loaded = host
        .load(hostile(), &[Permission::Kv, Permission::Http])
        .expect("it is granted what it asks for");
    let config = format!("{{\"mode\":\"fetch\",\"feeds\":[\"{}\"]}}", server.at("/"));
    let inside = host.clone();
    on(host, async move { inside.run(&loaded, "community", &config).await }).expect("it starts")
}

fn fetch(host: &PluginHost, plugin: &Arc<Plugin>, asked: &str) -> Report {
    let (plugin, event) = (Arc::clone(plugin), event(asked));
    on(host, async move { plugin.handle(&event, &[], Arc::new(NoData)).await })
}

/// Warm and fresh, the plugin is told so, and another one answers.
#[track_caller]
fn check(path: &dyn Fn(&Server) -> String, expected: &str) {
    for fresh in [false, true] {
        let (host, server) = (host(fresh), Server::start());
        let (bad, good) = (start(&host, &server), hello(&host));
        let asked = format!("GET {}", path(&server));
        let told = reply(&fetch(&host, &bad, &asked));
        assert!(told.starts_with(expected), "{asked}: {told}");
        assert_eq!(reply(&say(&host, &good)), "Hello, {name}!");
    }
}

#[test]
fn a_private_address_is_denied() {
    check(
        &|_| "http://10.0.0.1/".into(),
        "denied: test/hostile wants to read from 10.0.0.1",
    );
    check(
        &|_| "https://192.168.1.1/".into(),
        "denied: test/hostile wants to read from 192.168.1.1",
    );
    check(&|_| "http://169.254.169.254/".into(), "denied: ");
    let mapped = |server: &Server| format!("http://[::ffff:127.0.0.1]:{}/", server.port);
    check(&mapped, "denied: test/hostile wants to read from [::ffff:7f00:1]");
    let by_number = |server: &Server| format!("http://2130706434:{}/", server.port);
    check(&by_number, "denied: test/hostile wants to read from 127.0.0.2");
}

#[test]
fn a_name_that_leads_to_this_machine_is_denied() {
    check(&|server| format!("http://localhost:{}/", server.port), "denied: ");
    check(
        &|_| "https://inside.example/".into(),
        "denied: the name inside.example leads test/hostile to an address inside",
    );
}

#[test]
fn a_redirect_to_a_private_address_is_denied() {
    let other = Server::start();
    let to_other = |server: &Server| server.at(&format!("/to?{}", other.at("/ok")));
    check(
        &to_other,
        "denied: test/hostile is led on to 127.0.0.1: add \"GET http://127.0.0.1:",
    );
    check(
        &|server| server.at("/to?http://10.0.0.1/"),
        "denied: test/hostile is led on to 10.0.0.1",
    );
    check(
        &|server| server.at("/to?https://inside.example/"),
        "denied: the name inside.example leads test/hostile to an address inside",
    );
    assert_eq!(other.asked.load(Ordering::Relaxed), 0, "nobody knocked");
}

#[test]
fn three_redirects_are_followed() {
    check(&|server| server.at("/hops/1"), "200 hello");
    check(&|server| server.at("/hops/3"), "limit: more than 3 redirects");
}

#[test]
fn a_server_that_never_ends_is_left() {
    check(&|server| server.at("/slow"), "timeout");
    check(&|server| server.at("/large"), "limit: an answer has at most 1024 KiB");
}

#[test]
fn a_plugin_that_waits_too_long_fails_in_the_admins_words() {
    let mut options = options(false);
    options.secrets = given();
    options.inside = inside();
    options.limits.wall = Duration::from_secs(1);
    let host = PluginHost::start(options, Arc::new(SystemClock::new())).expect("the sandbox starts");
    let server = Server::start();
    let (bad, good) = (start(&host, &server), hello(&host));
    let report = fetch(&host, &bad, &format!("GET {}", server.at("/slow")));
    let failure = report.result.as_ref().expect_err("it waits too long").to_string();
    assert_eq!(failure, "timed out: 1 s in http.fetch");
    assert_eq!(reply(&say(&host, &good)), "Hello, {name}!");
}

#[test]
fn a_sixth_call_is_over_the_limit_and_the_trace_tells_method_host_and_size() {
    let (host, server) = (host(false), Server::start());
    let plugin = start(&host, &server);
    let calls = [
        format!("GET {}", server.at("/ok?secret=1")),
        format!("POST {} X-A=b", server.at("/ok")),
        format!("GET {} X-A=b\\nHost:evil", server.at("/ok")),
        "GET nonsense".to_owned(),
        format!("GET {}", server.at("/ok")),
        format!("GET {}", server.at("/ok")),
    ];
    let report = fetch(&host, &plugin, &calls.join("\n"));
    let told = reply(&report);
    let lines: Vec<_> = told.lines().collect();
    assert_eq!(lines[..2], ["200 hello", "200 hello"]);
    assert!(
        lines[2].starts_with("other: the header \"X-A\" has a value"),
        "{}",
        lines[2]
    );
    assert_eq!(lines[5], "limit: more than 5 calls to servers outside in one event");
    assert_eq!(
        report.calls,
        [
            "http.fetch GET 127.0.0.1: 200, 5 bytes",
            "http.fetch POST 127.0.0.1: 200, 5 bytes",
            "http.fetch GET 127.0.0.1: wrong",
            "http.fetch GET no address: wrong",
            "http.fetch GET 127.0.0.1: 200, 5 bytes",
        ]
    );
}

#[test]
fn an_event_that_runs_again_asks_no_server_again() {
    for fresh in [false, true] {
        let (host, server) = (host(fresh), Server::start());
        let plugin = start(&host, &server);
        let asked = format!("GET {}", server.at("/ok"));
        for calls in [
            "http.fetch GET 127.0.0.1: 200, 5 bytes",
            "http.fetch GET 127.0.0.1: as before",
        ] {
            let report = fetch(&host, &plugin, &asked);
            assert_eq!(reply(&report), "200 hello");
            assert_eq!(report.calls, [calls]);
        }
        assert_eq!(server.asked.load(Ordering::Relaxed), 1);
    }
}

#[test]
fn a_secret_in_an_answer_is_not_seen_by_the_plugin() {
    for fresh in [false, true] {
        let (host, server) = (host(fresh), Server::start());
        let plugin = start(&host, &server);
        let report = fetch(
            &host,
            &plugin,
            &format!("GET {} Authorization=mine", server.at("/echo")),
        );
        let told = reply(&report);
        assert!(
            told.contains("authorization: ***") && !told.contains("s3cr3t"),
            "{told}"
        );
        assert!(!told.contains("mine"), "the host's word counts: {told}");
    }
}

#[test]
fn a_recording_holds_no_secret_and_a_replay_asks_no_server() {
    for fresh in [false, true] {
        let server = Server::start();
        let package = Package::read(hostile()).expect("it is sound");
        let file = tempfile::NamedTempFile::new().expect("there is room");
        let written = file.reopen().expect("it can be opened");
        let recording = Arc::new(Recording::begin(written, &package, 0).expect("it begins"));
        let host = host_with(fresh, Some(Arc::new(Arc::clone(&recording))));
        let plugin = start(&host, &server);
        let told = reply(&fetch(&host, &plugin, &format!("GET {}", server.at("/echo"))));
        assert!(told.contains("authorization: ***"), "the server was shown it: {told}");
        assert_eq!(recording.end("the test is over").calls, 1);
        let text = std::fs::read_to_string(file.path()).expect("it is text");
        assert!(text.contains("http.fetch") && text.contains("/echo"), "{text}");
        assert!(!text.contains("s3cr3t"), "{text}");

        let calls = Reader::new(text.as_bytes()).filter_map(|line| match line.expect("it is sound") {
            Line::Call(call) => Some(call),
            _ => None,
        });
        let call = calls.last().expect("it was called");
        assert!(matches!(call.asked[..], [HostCall::Fetch { .. }]), "{:?}", call.asked);
        let playback = Arc::new(Playback::new(call.asked));
        let (again, data, event) = (Arc::clone(&plugin), Arc::clone(&playback), call.event);
        let report = on(&host, async move { again.handle(&event, &[], data).await });
        assert_eq!(Came::of(&report), call.came);
        let elsewhere = missed(&host, &plugin, &server);
        assert_eq!(elsewhere, format!("http.fetch GET {}", server.at("/ok")));
        assert_eq!(server.asked.load(Ordering::Relaxed), 1, "nobody knocked again");
    }
}

/// What a plugin asks for that fetches something else than was recorded.
fn missed(host: &PluginHost, plugin: &Arc<Plugin>, server: &Server) -> String {
    let playback = Arc::new(Playback::new(Vec::new()));
    let (plugin, data) = (Arc::clone(plugin), Arc::clone(&playback));
    let event = event(&format!("GET {}", server.at("/ok")));
    let report = on(host, async move { plugin.handle(&event, &[], data).await });
    assert_eq!(reply(&report), "unavailable");
    playback.missing().join("; ")
}

#[test]
fn without_its_secret_a_host_is_not_asked() {
    let mut options = options(false);
    options.http = Arc::new(Net::with(Arc::new(Home)));
    options.inside = inside();
    let host = PluginHost::start(options, Arc::new(SystemClock::new())).expect("the sandbox starts");
    let server = Server::start();
    let plugin = start(&host, &server);
    let told = reply(&fetch(&host, &plugin, &format!("GET {}", server.at("/echo"))));
    assert!(
        told.starts_with("denied: the secret key for 127.0.0.1 is missing"),
        "{told}"
    );
    assert_eq!(server.asked.load(Ordering::Relaxed), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dialog_says_what_servers_answer() {
    let mut packages = Packages::bundled();
    packages.add(hostile().to_vec()).expect("it is a package");
    let package = Package::read(hostile()).expect("it is sound");
    let config = "mode = \"fetch\"\nfeeds = [\"https://shop.example\"]";
    let plugins = vec![PluginEntry {
        within: Vec::new(),
        id: package.manifest.plugin.id.clone(),
        enabled: true,
        grants: vec!["kv".to_owned(), "http".to_owned()],
        granted_to: package.digest.clone(),
        config: config.parse().expect("it is TOML"),
    }];
    let plugins = PluginsFile { plugins }.text().expect("it has a form");
    let cache = CacheOptions {
        folder: Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled"),
        key: [7; 32],
    };
    let kit = Kit::new(
        Start::sample().expect("it is sound").with_plugins(plugins),
        packages,
        cache,
    );
    let dialog = "\
alice@web: GET https://shop.example/7
bot@alice: unavailable
http: GET https://shop.example/7 gives 200 (etag: \"1\") It is sent.
alice@web: GET https://shop.example/7
bot@alice: 200 It is sent.
restart: +1h
alice@web: GET https://shop.example/7 If-None-Match=\"1\"
bot@alice: 304\x20
http: GET https://shop.example/7 gives nothing
alice@web: GET https://shop.example/7
bot@alice: unavailable
";
    let played = kit.play(dialog).await.expect("it can be played");
    assert_eq!(played.text, dialog, "{:?}", played.log);
}

#[test]
fn what_is_inside_is_reached_where_the_owner_of_the_installation_says_so() {
    for (let_in, expected) in [("127.0.0.1:1", false), ("10.0.0.7", false), ("127.0.0.1", true)] {
        let mut options = options(false);
        options.secrets = given();
        options.inside = vec![let_in.parse().expect("it is inside")];
        let host = PluginHost::start(options, Arc::new(SystemClock::new())).expect("the sandbox starts");
        let server = Server::start();
        let plugin = start(&host, &server);
        let told = reply(&fetch(&host, &plugin, &format!("GET {}", server.at("/"))));
        let machine = server.at("").replace("http://", "");
        let refused = format!(
            "denied: test/hostile wants to read from 127.0.0.1, which is inside your own network: the owner of this installation \
             adds \"{machine}\" to `inside` of [plugins] in the configuration to allow it"
        );
        assert_eq!(told == "200 hello", expected, "{let_in}: {told}");
        assert!(expected || told == refused, "{let_in}: {told}");
    }
}
