//! What is sent, refused, followed and told, with a client that answers by heart.

use super::*;
use crate::plugin_host::http::by_heart::{self, ByHeart, limits};

const RULES: [&str; 3] = [
    "GET https://api.acme.example",
    "GET https://*.cdn.example",
    "POST https://api.acme.example/search read",
];

fn outside(answers: Vec<HttpAnswer>) -> (Outside, Arc<ByHeart>) {
    asking(answers.into_iter().map(Ok).collect())
}

fn asking(answers: Vec<Result<HttpAnswer, HttpError>>) -> (Outside, Arc<ByHeart>) {
    with(answers, Bindings::default())
}

fn with(answers: Vec<Result<HttpAnswer, HttpError>>, secrets: Bindings) -> (Outside, Arc<ByHeart>) {
    let client = ByHeart::new(answers);
    (by_heart::outside(&client, &RULES, secrets), client)
}

fn ok(body: &str) -> HttpAnswer {
    HttpAnswer {
        status: 200,
        headers: Vec::new(),
        body: body.as_bytes().to_vec(),
    }
}

fn led(status: u16, location: &str) -> HttpAnswer {
    HttpAnswer {
        status,
        headers: vec![("location".to_owned(), location.to_owned())],
        body: Vec::new(),
    }
}

fn get(url: &str) -> Request {
    Request {
        url: url.to_owned(),
        headers: Vec::new(),
        body: None,
        timeout_ms: None,
    }
}

async fn fetch(outside: &Outside, asked: Request) -> Fetched {
    let once = Once { event: "e", number: 1 };
    outside.fetch(once, asked, &limits()).await
}

/// Nothing is sent, and the plugin is told why.
#[track_caller]
fn refused(fetched: &Fetched, client: &ByHeart, error: &CallError) {
    assert_eq!(fetched.answer.as_ref(), Err(error));
    assert!(client.asked().is_empty());
}

#[tokio::test]
async fn what_is_not_granted_is_denied_with_the_line_that_grants_it() {
    let denied = |why: &str| CallError::Denied(why.to_owned());
    let (outside, client) = outside(Vec::new());
    let fetched = fetch(&outside, get("https://other.example/x?y")).await;
    assert_eq!(fetched.line, ": denied");
    let why = "acme/refunds wants to read from other.example: add \"GET https://other.example\" to allow of its permission http";
    refused(&fetched, &client, &denied(why));
    let asked = Request {
        body: Some(b"b".to_vec()),
        ..get("https://api.acme.example/orders")
    };
    let why = "acme/refunds wants to read from api.acme.example: add \"POST https://api.acme.example/orders read\" to allow of its \
               permission http";
    refused(&fetch(&outside, asked).await, &client, &denied(why));
    let why = "acme/refunds wants to read from api.acme.example: only an IP address or localhost may be asked without encryption: \
               write https";
    refused(
        &fetch(&outside, get("http://api.acme.example/")).await,
        &client,
        &denied(why),
    );
    let why = "acme/refunds wants to read from 169.254.169.254: nobody may reach 169.254.169.254";
    refused(
        &fetch(&outside, get("http://169.254.169.254/")).await,
        &client,
        &denied(why),
    );
}

#[tokio::test]
async fn headers_cannot_smuggle() {
    for (name, value, why) in [
        ("Host", "evil", "is the host's business"),
        ("content-length", "0", "is the host's business"),
        ("Transfer-Encoding", "chunked", "is the host's business"),
        ("Cookie", "a=b", "is the host's business"),
        ("X-A\r\nHost", "evil", "has no name of a header"),
        ("", "x", "has no name of a header"),
        ("X-A", "b\r\nHost: evil", "has a value that no header can have"),
        ("X-A", "b\0", "has a value that no header can have"),
    ] {
        let (outside, client) = outside(Vec::new());
        let asked = Request {
            headers: vec![(name.to_owned(), value.to_owned())],
            ..get("https://api.acme.example/")
        };
        let error = CallError::Other(format!("the header {name:?} {why}"));
        refused(&fetch(&outside, asked).await, &client, &error);
    }
}

#[tokio::test]
async fn a_request_has_a_size() {
    let (outside, client) = outside(Vec::new());
    let asked = Request {
        body: Some(vec![b'x'; 64 << 10]),
        ..get("https://api.acme.example/search")
    };
    let error = CallError::Limit("a request has at most 64 KiB".to_owned());
    refused(&fetch(&outside, asked).await, &client, &error);
}

#[tokio::test]
async fn who_asks_says_so() {
    let (outside, client) = outside(vec![ok("fine")]);
    let asked = Request {
        headers: vec![("Accept".to_owned(), "text/xml".to_owned())],
        ..get("https://api.acme.example/orders/7?mine")
    };
    let fetched = fetch(&outside, asked).await;
    assert_eq!(fetched.answer.map(|response| response.body), Ok(b"fine".to_vec()));
    assert_eq!(fetched.line, ": 200, 4 bytes");
    let sent = client.asked();
    let agent = sent[0].headers[USER_AGENT].to_str().expect("it is text");
    assert!(
        agent.starts_with("Switchboard/") && agent.ends_with("(acme/refunds)"),
        "{agent}"
    );
    assert_eq!(sent[0].headers["accept"], "text/xml");
    assert_eq!(sent[0].url.as_str(), "https://api.acme.example/orders/7?mine");
}

#[tokio::test]
async fn a_redirect_is_checked_like_what_was_asked() {
    let (outside, client) = outside(vec![
        led(301, "/v2"),
        led(302, "https://a.cdn.example/x"),
        ok("there"),
        led(302, "http://127.0.0.1/"),
        led(302, "https://evil.example/"),
        led(302, "http://["),
    ]);
    let asked = Request {
        headers: vec![("Authorization".to_owned(), "mine".to_owned())],
        ..get("https://api.acme.example/v1")
    };
    let fetched = fetch(&outside, asked).await;
    assert_eq!(fetched.line, ": 200 from a.cdn.example, 5 bytes");
    {
        let sent = client.asked();
        let authorized: Vec<_> = sent
            .iter()
            .map(|sent| sent.headers.contains_key(AUTHORIZATION))
            .collect();
        assert_eq!(authorized, [true, true, false], "what is for one host is for no other");
        assert_eq!(sent[1].url.as_str(), "https://api.acme.example/v2");
    }
    let told = async |number| {
        let once = Once { event: "e", number };
        let fetched = outside.fetch(once, get("https://api.acme.example/"), &limits()).await;
        fetched.answer.expect_err("it leads nowhere")
    };
    let inside = "acme/refunds is led on to 127.0.0.1: add \"GET http://127.0.0.1\" to allow of its permission http";
    assert_eq!(told(2).await, CallError::Denied(inside.to_owned()));
    assert!(matches!(told(3).await, CallError::Denied(why) if why.contains("is led on to evil.example")));
    assert!(matches!(told(4).await, CallError::Other(why) if why.contains("leads to no address")));
}

#[tokio::test]
async fn three_redirects_are_followed_and_no_fourth() {
    let around = || led(307, "/again");
    let (outside, client) = outside(vec![
        around(),
        around(),
        around(),
        ok("there"),
        around(),
        around(),
        around(),
        around(),
    ]);
    let answer = fetch(&outside, get("https://api.acme.example/")).await.answer;
    assert_eq!(answer.map(|response| response.status), Ok(200));
    let once = Once { event: "e", number: 2 };
    let answer = outside
        .fetch(once, get("https://api.acme.example/"), &limits())
        .await
        .answer;
    assert_eq!(answer, Err(CallError::Limit("more than 3 redirects".to_owned())));
    assert_eq!(client.asked().len(), 8);
}

#[tokio::test]
async fn what_was_posted_is_repeated_only_where_the_server_says_so() {
    let (outside, client) = outside(vec![led(308, "/search/again"), led(303, "/found"), ok("there")]);
    let asked = Request {
        body: Some(b"what".to_vec()),
        ..get("https://api.acme.example/search")
    };
    assert!(fetch(&outside, asked).await.answer.is_ok());
    let sent = client.asked();
    let bodies: Vec<_> = sent.iter().map(|sent| sent.body.is_some()).collect();
    assert_eq!(bodies, [true, true, false]);
}

#[tokio::test]
async fn a_server_that_is_silent_broken_or_too_talkative_is_a_typed_error() {
    let (outside, _) = asking(vec![
        Err(HttpError::TooLarge(HttpAnswer::default())),
        Err(HttpError::Unavailable("there is no connection")),
        Err(HttpError::Inside),
    ]);
    let mut told = Vec::new();
    for _ in 0..4 {
        let fetched = fetch(&outside, get("https://api.acme.example/")).await;
        told.push((fetched.line, fetched.answer.expect_err("there is no answer")));
    }
    assert_eq!(
        told[0],
        (
            ": over a limit".into(),
            CallError::Limit("an answer has at most 1024 KiB".into())
        )
    );
    assert_eq!(told[1], (": unavailable".into(), CallError::Unavailable));
    assert!(
        matches!(&told[2], (_, CallError::Denied(why)) if why.contains("the name api.acme.example leads acme/refunds"))
    );
    assert_eq!(told[3], (": timed out".into(), CallError::Timeout));
}

#[tokio::test]
async fn an_event_that_runs_again_asks_nobody_again() {
    let (outside, client) = outside(vec![ok("first"), ok("second")]);
    for _ in 0..2 {
        let answer = fetch(&outside, get("https://api.acme.example/")).await.answer;
        assert_eq!(answer.map(|response| response.body), Ok(b"first".to_vec()));
    }
    let again = fetch(&outside, get("https://api.acme.example/")).await;
    assert_eq!(again.line, ": as before");
    let other = Once { event: "f", number: 1 };
    let answer = outside
        .fetch(other, get("https://api.acme.example/"), &limits())
        .await
        .answer;
    assert_eq!(answer.map(|response| response.body), Ok(b"second".to_vec()));
    assert_eq!(client.asked().len(), 2);
}

#[tokio::test]
async fn a_secret_goes_with_no_redirect_to_another_host_and_is_taken_out_of_its_answer() {
    let file = tempfile::NamedTempFile::new().expect("there is room");
    std::fs::write(file.path(), "s3cr3t-k3y").expect("it can be written");
    let secrets = by_heart::secrets(file.path(), "X-Key");
    let answers = [led(302, "https://a.cdn.example/x"), ok("you said s3cr3t-k3y")].map(Ok);
    let (outside, client) = with(answers.to_vec(), secrets);
    let fetched = fetch(&outside, get("https://api.acme.example/")).await;
    assert_eq!(
        fetched.answer.map(|response| response.body),
        Ok(b"you said ***".to_vec())
    );
    let sent = client.asked();
    assert_eq!(sent[0].headers["x-key"], "s3cr3t-k3y");
    assert!(!sent[1].headers.contains_key("x-key"));
    assert!(!format!("{sent:?}").contains("s3cr3t"), "it is never printed");
}
