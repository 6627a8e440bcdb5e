//! What is asked, refused and followed, with servers that answer by heart.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Mutex;

use async_trait::async_trait;

use super::*;
use crate::plugin_host::Names;

/// What stands at each address; nobody is anywhere else.
#[derive(Debug, Default)]
struct Shelf {
    answers: BTreeMap<&'static str, HttpAnswer>,
    asked: Mutex<Vec<String>>,
}

#[async_trait]
impl HttpClient for Shelf {
    async fn exchange(&self, request: HttpRequest) -> Result<HttpAnswer, HttpError> {
        let url = request.url.to_string();
        self.asked
            .lock()
            .expect("nobody panics while holding it")
            .push(url.clone());
        match self.answers.get(url.as_str()) {
            Some(answer) if answer.body.len() > request.answer_bytes => Err(HttpError::TooLarge(answer.clone())),
            Some(answer) => Ok(answer.clone()),
            None => Ok(answer(404, "")),
        }
    }
}

/// All names lead to this machine.
struct Home;

#[async_trait]
impl Names for Home {
    async fn addresses(&self, _: &str) -> std::io::Result<Vec<IpAddr>> {
        Ok(vec![Ipv4Addr::LOCALHOST.into()])
    }
}

fn answer(status: u16, body: &str) -> HttpAnswer {
    HttpAnswer {
        status,
        headers: Vec::new(),
        body: body.into(),
    }
}

fn led(to: &str) -> HttpAnswer {
    HttpAnswer {
        headers: vec![("location".to_owned(), to.to_owned())],
        ..answer(302, "")
    }
}

fn sources(index: Option<&str>, inside: &[&str], answers: &[(&'static str, HttpAnswer)]) -> (Sources, Arc<Shelf>) {
    let shelf = Arc::new(Shelf {
        answers: answers.iter().cloned().collect(),
        ..Shelf::default()
    });
    let settings = Settings {
        index: index.map(str::to_owned),
        inside: inside
            .iter()
            .map(|machine| machine.parse().expect("it is one"))
            .collect(),
        ..Settings::default()
    };
    let client = || Arc::<Shelf>::clone(&shelf) as _;
    (Sources::asking(client(), client(), &settings), shelf)
}

async fn fetched(sources: &Sources, wanted: &str, whence: Whence) -> Result<String, String> {
    let wish = Wish {
        wanted: wanted.to_owned(),
        index: None,
    };
    let fetched = sources.fetch(&wish, whence).await?;
    Ok(String::from_utf8(fetched.wasm).expect("it is text"))
}

#[tokio::test]
async fn from_afar_nothing_inside_is_asked_whatever_it_is_called() {
    let (sources, shelf) = sources(
        None,
        &["10.0.0.7:8080"],
        &[("http://10.0.0.7:8080/x.wasm", answer(200, "x"))],
    );
    for (address, why) in [
        ("http://127.0.0.1:9000/x.wasm", "inside your own network"),
        ("http://localhost/x.wasm", "inside your own network"),
        ("http://[::1]/x.wasm", "inside your own network"),
        ("https://[::ffff:192.168.1.1]/x.wasm", "inside your own network"),
        ("https://10.0.0.7/x.wasm", "inside your own network"),
        ("https://169.254.169.254/x.wasm", "nobody may reach"),
        ("http://plugins.example.org/x.wasm", "is not https"),
        ("file:///srv/x.wasm", "names no host"),
        ("/srv/x.wasm", "is a file of this machine"),
        ("x.wasm", "is a file of this machine"),
    ] {
        let problem = fetched(&sources, address, Whence::Afar)
            .await
            .expect_err("it is refused");
        assert!(problem.contains(why), "{address}: {problem}");
    }
    assert!(shelf.asked.lock().expect("nobody panics while holding it").is_empty());
    let named = fetched(&sources, "http://10.0.0.7:8080/x.wasm", Whence::Afar).await;
    assert_eq!(named.as_deref(), Ok("x"), "its owner has named it");
}

#[tokio::test]
async fn on_the_machine_itself_a_server_on_it_is_asked_that_was_named_and_no_other() {
    let (sources, _) = sources(
        None,
        &[],
        &[
            ("http://127.0.0.1:9000/x.wasm", answer(200, "x")),
            ("http://127.0.0.1:9000/led.wasm", led("http://127.0.0.1:9001/x.wasm")),
            ("https://a.example/led.wasm", led("http://127.0.0.1:9000/x.wasm")),
        ],
    );
    let own = fetched(&sources, "http://127.0.0.1:9000/x.wasm", Whence::Here).await;
    assert_eq!(own.as_deref(), Ok("x"));
    for elsewhere in [
        "http://127.0.0.1:9000/led.wasm",
        "https://a.example/led.wasm",
        "http://192.168.1.1/x.wasm",
    ] {
        let problem = fetched(&sources, elsewhere, Whence::Here)
            .await
            .expect_err("it is refused");
        assert!(problem.contains("inside your own network"), "{elsewhere}: {problem}");
    }
}

#[tokio::test]
async fn each_redirect_is_looked_at_anew_and_they_come_to_an_end() {
    let (sources, shelf) = sources(
        None,
        &[],
        &[
            ("https://a.example/x.wasm", led("https://b.example/y.wasm")),
            ("https://b.example/y.wasm", answer(200, "y")),
            (
                "https://a.example/in.wasm",
                led("http://169.254.169.254/latest/meta-data"),
            ),
            ("https://a.example/plain.wasm", led("http://b.example/y.wasm")),
            ("https://a.example/round.wasm", led("/round.wasm")),
            ("https://a.example/x.wasm.minisig", led("https://[::ffff:10.0.0.1]/s")),
        ],
    );
    let signature = fetched(&sources, "https://a.example/x.wasm", Whence::Afar).await;
    let problem = signature.expect_err("its signature leads inside");
    assert!(problem.contains("inside your own network"), "{problem}");
    for (address, why) in [
        ("https://a.example/in.wasm", "nobody may reach 169.254.169.254"),
        (
            "https://a.example/plain.wasm",
            "it leads on to http://b.example/y.wasm: it is not https",
        ),
        ("https://a.example/round.wasm", "more than 3 redirects"),
    ] {
        let problem = fetched(&sources, address, Whence::Afar)
            .await
            .expect_err("it is refused");
        assert!(problem.contains(why), "{address}: {problem}");
    }
    let asked = shelf.asked.lock().expect("nobody panics while holding it");
    assert!(asked.iter().all(|url| url.starts_with("https://")), "{asked:?}");
}

const INDEX: &str = r#"{"plugins": [
    {"id": "acme/a", "version": "1.0.0", "summary": "", "digest": "d", "bytes": 1, "file": "a.wasm"},
    {"id": "acme/b", "version": "1.0.0", "summary": "", "digest": "d", "bytes": 1, "file": "http://127.0.0.1:9000/b.wasm"},
    {"id": "acme/c", "version": "1.0.0", "summary": "", "digest": "d", "bytes": 1, "file": "https://c.example/c.wasm"}
]}"#;

#[tokio::test]
async fn the_configured_index_is_reached_where_it_is_and_leads_nowhere_else_inside() {
    let (sources, _) = sources(
        Some("http://10.0.0.5:8000/plugins"),
        &[],
        &[
            ("http://10.0.0.5:8000/plugins/index.json", answer(200, INDEX)),
            ("http://10.0.0.5:8000/plugins/a.wasm", answer(200, "a")),
            ("https://c.example/c.wasm", answer(200, "c")),
        ],
    );
    assert_eq!(fetched(&sources, "acme/a", Whence::Afar).await.as_deref(), Ok("a"));
    assert_eq!(fetched(&sources, "acme/c", Whence::Afar).await.as_deref(), Ok("c"));
    let problem = fetched(&sources, "acme/b", Whence::Afar)
        .await
        .expect_err("it is refused");
    assert!(problem.contains("inside your own network"), "{problem}");
    // Who is elsewhere names no other index.
    let wish = Wish {
        wanted: "acme/a".to_owned(),
        index: Some("/etc".to_owned()),
    };
    assert!(sources.fetch(&wish, Whence::Afar).await.is_ok());
    assert!(
        sources
            .fetch(&wish, Whence::Here)
            .await
            .is_err_and(|why| why.contains("/etc/index.json"))
    );
}

#[tokio::test]
async fn an_index_that_has_a_name_is_trusted_on_its_port_alone() {
    let own = [
        ("https://plugins.corp.example/index.json", answer(200, INDEX)),
        ("https://plugins.corp.example/a.wasm", answer(200, "a")),
        (
            "https://plugins.corp.example/led.wasm",
            led("https://plugins.corp.example:9200/x.wasm"),
        ),
        ("https://plugins.corp.example:9200/x.wasm", answer(200, "x")),
    ];
    let trusting = Arc::new(Shelf {
        answers: own.into(),
        ..Shelf::default()
    });
    let settings = Settings {
        index: Some("https://plugins.corp.example".to_owned()),
        ..Settings::default()
    };
    // For all others the name leads inside.
    let sources = Sources::asking(Arc::new(Net::with(Arc::new(Home))), trusting, &settings);
    for fine in ["acme/a", "https://plugins.corp.example:443/a.wasm"] {
        assert_eq!(
            fetched(&sources, fine, Whence::Afar).await.as_deref(),
            Ok("a"),
            "{fine}"
        );
    }
    for other in [
        "https://plugins.corp.example:9200/x.wasm",
        "https://plugins.corp.example/led.wasm",
    ] {
        for whence in [Whence::Afar, Whence::Here] {
            let problem = fetched(&sources, other, whence).await.expect_err("it is refused");
            assert!(
                problem.contains("the name plugins.corp.example leads inside"),
                "{other}: {problem}"
            );
        }
    }
}

#[tokio::test]
async fn too_much_is_not_taken() {
    let long = "x".repeat(SIGNATURE_BYTES_MAX + 1);
    let (sources, _) = sources(
        None,
        &[],
        &[
            ("https://a.example/x.wasm", answer(200, "x")),
            ("https://a.example/x.wasm.minisig", answer(200, &long)),
            ("https://b.example/x.wasm", answer(200, "x")),
            ("https://b.example/x.wasm.minisig", answer(404, &long)),
        ],
    );
    let problem = fetched(&sources, "https://a.example/x.wasm", Whence::Afar).await;
    assert!(problem.is_err_and(|why| why.contains("it is larger than 4096 bytes")));
    assert_eq!(
        fetched(&sources, "https://b.example/x.wasm", Whence::Afar)
            .await
            .as_deref(),
        Ok("x")
    );
}

#[tokio::test]
async fn a_name_that_leads_inside_is_refused_by_the_client_itself() {
    let client = || Arc::new(Net::with(Arc::new(Home)));
    let sources = Sources::asking(client(), client(), &Settings::default());
    for whence in [Whence::Afar, Whence::Here] {
        let asked = fetched(&sources, "https://plugins.example.org/x.wasm", whence).await;
        let problem = asked.expect_err("it is refused");
        assert!(
            problem.contains("the name plugins.example.org leads inside"),
            "{problem}"
        );
    }
}

#[test]
fn an_index_cannot_name_files_elsewhere() {
    for file in ["../x.wasm", "/etc/passwd", "", "a/../../b"] {
        assert!(inside(Path::new("plugins"), file).is_err(), "{file}");
    }
    assert_eq!(
        inside(Path::new("plugins"), "a/b.wasm"),
        Ok(PathBuf::from("plugins/a/b.wasm"))
    );
}
