//! The program is asked to end: what is in hand is finished, and nothing and nobody holds it up.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::path::Path;

use crate::support::program::{Chat, Running};

fn chats(folder: &Path, count: u32) -> Vec<Chat> {
    let chat = |number| Chat::open(&folder.join("data"), &format!("ada{number}"));
    (0..count).map(chat).collect()
}

#[test]
fn what_was_taken_in_is_answered_before_the_program_ends() {
    let folder = tempfile::tempdir().unwrap();
    let running = Running::start(folder.path());
    let mut chats = chats(folder.path(), 5);
    for chat in &mut chats {
        assert!(chat.say("What is Switchboard?"));
    }
    running.terminate();
    for mut chat in chats {
        while chat.next().is_some() {}
        assert_eq!(chat.answers(), 1, "{:?}", chat.heard);
    }
    assert_eq!(running.ended(), Some(0));
}

#[test]
fn as_many_open_chats_as_fit_do_not_hold_it_up() {
    let folder = tempfile::tempdir().unwrap();
    let running = Running::start(folder.path());
    let mut chats = chats(folder.path(), 32);
    // All are served, so that nobody new would be.
    for chat in &mut chats {
        assert!(chat.say("Hello"));
    }
    // One more waits for a place.
    let waiting = Chat::open(&folder.path().join("data"), "late");
    assert_eq!(running.stop(), Some(0));
    drop((chats, waiting));
}

#[test]
fn a_visitor_who_sends_half_a_request_does_not_hold_it_up() {
    let folder = tempfile::tempdir().unwrap();
    let running = Running::start(folder.path());
    let _half = half_a_request(&running);
    assert_eq!(running.stop(), Some(0));
}

#[test]
fn asked_twice_it_ends_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let running = Running::start(folder.path());
    let _half = half_a_request(&running);
    running.terminate();
    running.said("Once more to stop at once");
    running.terminate();
    running.said("Stopped at once");
    assert_eq!(running.ended(), Some(70));
}

/// Sends headers that promise more, and gets the word to go on, so that the request is in hand.
fn half_a_request(running: &Running) -> TcpStream {
    let address = running.url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let head = format!(
        "POST /console/sign-in HTTP/1.1\r\nHost: {address}\r\nExpect: 100-continue\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    BufReader::new(stream.try_clone().unwrap())
        .read_line(&mut answer)
        .unwrap();
    assert!(answer.contains("100"), "{answer}");
    stream
}
