//! Live updates: what open pages are told, when, and to whom.

use std::time::Duration;

use switchboard::storage::accounts::Role;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::site::{Browser, Site};

/// An open stream of events.
struct Live<'a> {
    site: &'a Site,
    socket: TcpStream,
    heard: String,
}

impl<'a> Live<'a> {
    /// Opens the stream as this browser and reads the head of the answer.
    async fn open(site: &'a Site, browser: &Browser<'_>, more: &str) -> Self {
        let cookie = browser.cookie.clone().unwrap_or_default();
        let request = format!(
            "GET /console/live HTTP/1.1\r\nHost: {}\r\nAccept: text/event-stream\r\nConnection: close\r\nCookie: {cookie}\r\n{more}\r\n",
            site.address
        );
        let mut socket = TcpStream::connect(site.address).await.unwrap();
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut live = Self {
            site,
            socket,
            heard: String::new(),
        };
        live.until("\r\n\r\n").await;
        live
    }

    /// Lets time pass until the stream has said this. False when it ended first.
    async fn until(&mut self, part: &str) -> bool {
        let mut bytes = [0; 1024];
        while !self.heard.contains(part) {
            tokio::select! {
                biased;
                read = self.socket.read(&mut bytes) => match read.unwrap() {
                    0 => return false,
                    count => self.heard.push_str(&String::from_utf8_lossy(&bytes[..count])),
                },
                () = tokio::task::yield_now() => self.site.clock.advance(Duration::from_millis(1)),
            }
        }
        true
    }
}

#[tokio::test]
async fn an_open_page_is_told_what_changed_and_never_what_was_said() {
    let site = Site::start().await;
    let agent = site.signed_in(Role::Agent).await;
    let mut live = Live::open(&site, &agent, "").await;
    assert!(live.heard.contains("content-type: text/event-stream"), "{}", live.heard);
    site.conversation("a very private question").await;
    assert!(live.until("inbox").await);
    assert!(!live.heard.contains("private"), "{}", live.heard);
    site.stop();
}

#[tokio::test]
async fn a_browser_that_comes_back_reads_its_page_again() {
    let site = Site::start().await;
    let agent = site.signed_in(Role::Agent).await;
    let mut live = Live::open(&site, &agent, "Last-Event-ID: told\r\n").await;
    assert!(live.until("data: all").await);
    site.stop();
}

#[tokio::test]
async fn nobody_listens_without_being_signed_in_and_signing_out_ends_it() {
    let site = Site::start().await;
    assert_eq!(site.browser().get("/console/live").await.status, 303);
    let mut agent = site.signed_in(Role::Agent).await;
    let mut live = Live::open(&site, &agent, "").await;
    let out = agent.send("/console/settings", "/console/sign-out", &[]).await;
    assert_eq!(out.status, 303, "{}", out.body);
    assert!(!live.until("this is never said").await);
    site.stop();
}
