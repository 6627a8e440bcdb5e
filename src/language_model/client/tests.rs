//! A stub on loopback that answers as it is told to.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use super::*;
use crate::dispatcher::Role;
use crate::secret::SecretRef;

const GOOD: &str = r#"{"choices": [{"message": {"content": "Paris"}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 9, "completion_tokens": 1}}"#;

/// Answers once with these bytes, and then keeps the line open. What it was asked comes out of the channel.
fn stub(answer: Vec<u8>) -> (u16, Receiver<String>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
    let port = listener.local_addr().expect("it listens").port();
    let (told, asked) = channel();
    std::thread::spawn(move || {
        let (mut line, _) = listener.accept().expect("somebody connects");
        let mut question = [0; 4096];
        let mut length = 0;
        while !String::from_utf8_lossy(&question[..length]).ends_with('}') {
            length += line.read(&mut question[length..]).expect("it is asked");
        }
        let _ = told.send(String::from_utf8_lossy(&question[..length]).into_owned());
        let _ = line.write_all(&answer);
        // Until the other side hangs up.
        let _ = line.read(&mut question);
    });
    (port, asked)
}

fn http(status: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

fn settings(port: u16, key: SecretRef) -> Settings {
    let config = super::super::Config {
        url: format!("http://127.0.0.1:{port}/v1"),
        key,
        name: "small".to_owned(),
        ..super::super::Config::default()
    };
    let settings = config.check().expect("it is right").expect("there is one");
    Settings {
        timeout: Duration::from_millis(300),
        ..settings
    }
}

async fn ask(settings: &Settings) -> Result<Answer, Fault> {
    let turns = [Turn {
        role: Role::User,
        text: "The capital of France?".to_owned(),
    }];
    Client::new(settings)
        .expect("it can ask")
        .ask(settings, &turns, 5)
        .await
}

async fn answered(answer: Vec<u8>) -> Result<Answer, Fault> {
    let (port, _asked) = stub(answer);
    ask(&settings(port, SecretRef::default())).await
}

#[tokio::test]
async fn a_question_goes_out_with_the_key_and_the_answer_comes_back() {
    let file = tempfile::NamedTempFile::new().expect("there is room");
    std::fs::write(file.path(), "s3cr3t-k3y\n").expect("it can be written");
    let (port, asked) = stub(http("200 OK", GOOD));
    let settings = settings(port, SecretRef::new(format!("file:{}", file.path().display())));
    let Answer { completed, spent } = ask(&settings).await.expect("it answers");
    assert_eq!(
        (completed.text.as_str(), completed.cut, spent),
        ("Paris", false, Some(10))
    );
    assert_eq!((completed.tokens_in, completed.tokens_out), (9, 1));
    let asked = asked.recv().expect("it was asked");
    assert!(asked.starts_with("POST /v1/chat/completions HTTP/1.1\r\n"), "{asked}");
    assert!(asked.contains("authorization: Bearer s3cr3t-k3y\r\n"), "{asked}");
    assert!(asked.contains(r#""content":"The capital of France?""#), "{asked}");
}

#[tokio::test]
async fn who_has_no_time_or_does_not_let_us_in_costs_nothing() {
    for (status, expected) in [
        ("429 Too Many Requests", Fault::Busy),
        ("400 Bad Request", Fault::Refused(400)),
        ("404 Not Found", Fault::Refused(404)),
    ] {
        let fault = answered(http(status, "Incorrect key: s3cr3t-k3y"))
            .await
            .expect_err("it is no answer");
        assert_eq!(fault, expected, "{status}");
        assert!(fault.is_free() && !format!("{fault} {:?}", fault.clone().told()).contains("s3cr3t"));
    }
    let fault = answered(http("401 Unauthorized", ""))
        .await
        .expect_err("it is no answer");
    assert_eq!(fault.to_string(), "it answers with 401: is the key right?");
    let led = "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n";
    let fault = answered(led.as_bytes().to_vec()).await.expect_err("it is not followed");
    assert!(fault.to_string().contains("leads elsewhere"), "{fault}");
    let missing = settings(1, SecretRef::new("file:/nowhere/key"));
    let fault = ask(&missing).await.expect_err("there is no key");
    assert!(fault.to_string().contains("/nowhere/key"), "{fault}");
    let fault = ask(&settings(1, SecretRef::default()))
        .await
        .expect_err("nobody is there");
    assert_eq!(fault, Fault::Unreachable);
}

#[tokio::test]
async fn what_breaks_off_or_is_nonsense_may_have_cost_something() {
    let long = "x".repeat(ANSWER_BYTES_MAX + 1);
    for (status, expected) in [
        ("500 Internal Server Error", Fault::Down(500)),
        ("504 Gateway Timeout", Fault::Down(504)),
        ("202 Accepted", Fault::Refused(202)),
        ("307 Temporary Redirect", Fault::LedAway(307)),
    ] {
        let fault = answered(http(status, "")).await.expect_err("it is no answer");
        assert_eq!(fault, expected);
        assert!(!fault.is_free(), "{status}");
    }
    for (answer, expected) in [
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{".to_vec(),
            Fault::Timeout,
        ),
        (Vec::new(), Fault::Timeout),
        (b"nonsense\r\n\r\n".to_vec(), Fault::Broken("it broke off")),
        (
            http("200 OK", "<html>"),
            Fault::Nonsense("something that is no completion"),
        ),
        (http("200 OK", &long), Fault::Nonsense("with too much")),
        (
            format!("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{long}").into_bytes(),
            Fault::Nonsense("with too much"),
        ),
    ] {
        let fault = answered(answer).await.expect_err("it is no answer");
        assert_eq!(fault, expected);
        assert!(!fault.is_free());
    }
}
