//! What is sent, refused and told, with a client that answers by heart.

use std::sync::Arc;

use super::*;
use crate::plugin_host::http::Bindings;
use crate::plugin_host::http::by_heart::{self, ByHeart, limits};

const RULES: [&str; 3] = [
    "PUT http://10.0.0.7:8080",
    "POST https://api.acme.example/orders",
    "DELETE https://api.acme.example",
];

fn outside(answers: Vec<Result<HttpAnswer, HttpError>>, secrets: Bindings) -> (Outside, Arc<ByHeart>) {
    let client = ByHeart::new(answers);
    (by_heart::outside(&client, &RULES, secrets), client)
}

fn call(method: &str, url: &str) -> Call {
    Call {
        name: "order".to_owned(),
        method: method.to_owned(),
        url: url.to_owned(),
        headers: Vec::new(),
        body: b"{}".to_vec(),
    }
}

/// Neither when it is asked for nor when it would be sent; and nothing is sent.
#[track_caller]
fn check_refused(call: &Call, why: &str) {
    let (outside, client) = outside(Vec::new(), Bindings::default());
    let told = outside.check_call(call, &limits()).expect_err("it is refused");
    assert!(told.contains(why), "{told}");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let sent = runtime
        .expect("it starts")
        .block_on(outside.call(call, "key", &limits()));
    assert_eq!(sent, Err(CallFault::Refused(told)));
    assert!(client.asked().is_empty());
}

#[test]
fn what_is_not_granted_is_refused_with_the_line_that_grants_it() {
    let orders = "https://api.acme.example/orders";
    check_refused(
        &call("PUT", orders),
        "may not change things on api.acme.example: add \"PUT https://api.acme.example\", perhaps with the beginning of the path, to allow of its permission call",
    );
    check_refused(
        &call("POST", "https://api.acme.example/orders/../admin"),
        "add \"POST https://api.acme.example\", perhaps",
    );
    check_refused(&call("POST", "http://api.acme.example/orders"), "write https");
    check_refused(&call("POST", "https://169.254.169.254/orders"), "nobody may reach");
    check_refused(
        &call("PUT", "http://10.0.0.7:8080/door"),
        "which is inside your own network: the owner of this installation adds \"10.0.0.7:8080\" to `inside`",
    );
    check_refused(&call("POST", "nonsense"), "it is no address");
    for method in [
        "GET",
        "post",
        "CONNECT",
        "POST /x HTTP/1.1\r\nHost: evil\r\n\r\nPOST",
        "",
    ] {
        check_refused(&call(method, orders), "a call has POST, PUT, PATCH or DELETE");
    }
}

#[test]
fn headers_cannot_smuggle() {
    for (name, value, why) in [
        ("Host", "evil", "is the host's business"),
        ("Transfer-Encoding", "chunked", "is the host's business"),
        ("idempotency-KEY", "mine", "Idempotency-Key is the host's business"),
        ("X-A\r\nHost", "evil", "has no name of a header"),
        ("X-A", "b\r\nHost: evil", "has a value that no header can have"),
    ] {
        let call = Call {
            headers: vec![(name.to_owned(), value.to_owned())],
            ..call("DELETE", "https://api.acme.example/orders/7")
        };
        check_refused(&call, why);
    }
    let large = Call {
        body: vec![b'x'; 64 << 10],
        ..call("POST", "https://api.acme.example/orders")
    };
    check_refused(&large, "a request has at most 64 KiB");
}

fn secrets(file: &tempfile::NamedTempFile) -> Bindings {
    by_heart::secrets(file.path(), "Authorization")
}

#[tokio::test]
async fn it_goes_out_with_key_and_secret_and_the_secret_does_not_come_back() {
    let file = tempfile::NamedTempFile::new().expect("there is room");
    std::fs::write(file.path(), "Bearer s3cr3t-k3y\n").expect("it can be written");
    let answer = HttpAnswer {
        status: 201,
        headers: Vec::new(),
        body: b"you said s3cr3t-k3y".to_vec(),
    };
    let (outside, client) = outside(vec![Ok(answer)], secrets(&file));
    let call = Call {
        headers: vec![("Authorization".to_owned(), "mine".to_owned())],
        ..call("POST", "https://api.acme.example/orders?fast=1")
    };
    assert_eq!(
        outside.check_call(&call, &limits()).as_deref(),
        Ok("POST api.acme.example")
    );
    let answer = outside.call(&call, "0123", &limits()).await.expect("it is answered");
    assert_eq!((answer.status, answer.body), (201, b"you said ***".to_vec()));
    let asked = client.asked();
    let [sent] = asked.as_slice() else { panic!("once") };
    let header = |name: &str| sent.headers.get(name).map(|value| value.as_bytes().to_vec());
    assert_eq!(header("idempotency-key"), Some(b"0123".to_vec()));
    assert_eq!(header("authorization"), Some(b"Bearer s3cr3t-k3y".to_vec()));
    assert_eq!((&sent.method, sent.body.as_deref()), (&Method::POST, Some(&b"{}"[..])));
    assert_eq!(sent.url.as_str(), "https://api.acme.example/orders?fast=1");
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let led = HttpAnswer {
        status: 307,
        headers: vec![("location".to_owned(), "https://api.acme.example/orders/7".to_owned())],
        body: Vec::new(),
    };
    let (outside, client) = outside(vec![Ok(led)], Bindings::default());
    let call = call("POST", "https://api.acme.example/orders");
    let answer = outside.call(&call, "key", &limits()).await;
    assert_eq!(answer.map(|answer| answer.status), Ok(307));
    assert_eq!(client.asked().len(), 1);
}

#[tokio::test]
async fn a_secret_that_is_not_there_now_is_no_refusal_and_the_plugin_learns_nothing_of_it() {
    let (file, sent) = {
        let file = tempfile::NamedTempFile::new().expect("there is room");
        let (outside, client) = outside(Vec::new(), secrets(&file));
        let path = file.path().display().to_string();
        drop(file);
        let call = call("POST", "https://api.acme.example/orders");
        let sent = outside.call(&call, "key", &limits()).await;
        assert!(client.asked().is_empty());
        (path, sent)
    };
    let Err(CallFault::Unready(told)) = sent else {
        panic!("{sent:?}")
    };
    assert!(!told.contains(&file) && !told.contains("key"), "{told}");
}

#[tokio::test]
async fn of_an_answer_that_is_too_long_the_status_counts() {
    for status in [201, 503] {
        let long = HttpAnswer {
            status,
            headers: vec![("retry-after".to_owned(), "9".to_owned())],
            body: Vec::new(),
        };
        let (outside, _) = outside(vec![Err(HttpError::TooLarge(long.clone()))], Bindings::default());
        let call = call("POST", "https://api.acme.example/orders");
        assert_eq!(outside.call(&call, "key", &limits()).await, Ok(long));
    }
}

#[tokio::test]
async fn what_may_be_other_another_time_is_told_from_what_will_not() {
    let fault = async |error: Option<HttpError>| {
        let (outside, _) = outside(error.map(Err).into_iter().collect(), Bindings::default());
        let call = call("DELETE", "https://api.acme.example/orders/7");
        outside
            .call(&call, "key", &limits())
            .await
            .expect_err("there is no answer")
    };
    let broken = "the server broke off";
    assert_eq!(
        fault(Some(HttpError::Unavailable(broken))).await,
        CallFault::Lost(broken.to_owned())
    );
    assert_eq!(fault(None).await, CallFault::Lost("no answer within 0.02 s".to_owned()));
    assert!(matches!(fault(Some(HttpError::Inside)).await, CallFault::Refused(why) if why.contains("inside your own")));
}
