//! When a page counts as gone, and how servers are asked.

use std::sync::{Arc, Mutex};

use futures_util::FutureExt as _;

use super::*;
use crate::clock::TestClock;

const NOW: Timestamp = Timestamp::from_millis(1_795_500_000_000);
const DAY: Duration = Duration::from_hours(24);

fn link(state: LinkState, looked_at: Timestamp) -> Link {
    Link {
        url: "https://a.example/page".to_owned(),
        state,
        why: String::new(),
        looked_at,
    }
}

fn gone() -> Seen {
    Seen::Gone("there is no such page, 404".to_owned())
}

#[track_caller]
fn check(before: Option<LinkState>, seen: Seen, now: Timestamp, expected: LinkState) {
    let before = before.map(|state| link(state, NOW));
    let after = next(before.as_ref(), "https://a.example/page".to_owned(), seen, now);
    assert_eq!((after.state, after.looked_at), (expected, now));
}

#[test]
fn a_page_is_dead_when_it_is_gone_on_two_days_with_nothing_in_between() {
    let failing = LinkState::Failing { since: NOW };
    let dead = LinkState::Dead { since: NOW };
    check(None, gone(), NOW, failing);
    check(Some(LinkState::There), gone(), NOW, failing);
    check(Some(LinkState::Unknown), gone(), NOW, failing);
    check(Some(failing), gone(), NOW + Duration::from_hours(1), failing);
    check(Some(failing), gone(), NOW + DAY, dead);
    check(Some(dead), gone(), NOW + DAY, dead);
    check(Some(failing), Seen::There, NOW + DAY, LinkState::There);
    check(Some(dead), Seen::There, NOW + DAY, LinkState::There);
}

#[test]
fn what_is_unclear_proves_nothing() {
    let failing = LinkState::Failing { since: NOW };
    for seen in [Seen::Busy, Seen::Unclear("it answers 403".to_owned())] {
        check(None, seen.clone(), NOW, LinkState::Unknown);
        check(Some(LinkState::There), seen.clone(), NOW + DAY, LinkState::There);
        check(Some(failing), seen, NOW + DAY, failing);
    }
}

#[test]
fn a_status_says_what_a_reader_would_find() {
    for (status, expected) in [(200, Seen::There), (304, Seen::There), (429, Seen::Busy)] {
        assert_eq!(seen(status), expected, "{status}");
    }
    for status in [404, 410, 500, 503] {
        assert!(matches!(seen(status), Seen::Gone(_)), "{status}");
    }
    for status in [401, 403] {
        assert!(matches!(seen(status), Seen::Unclear(_)), "{status}");
    }
}

#[test]
fn what_failed_comes_first_and_what_was_looked_at_today_not_again() {
    let url = |name: &str| format!("https://{name}.example/");
    let of = |name: &str, state, looked_at| {
        let link = Link {
            url: url(name),
            ..link(state, looked_at)
        };
        (link.url.clone(), link)
    };
    let long_ago = NOW - AGAIN_AFTER;
    let kept = BTreeMap::from([
        of("failing", LinkState::Failing { since: NOW - DAY }, NOW - DAY),
        of("failing-today", LinkState::Failing { since: NOW }, NOW),
        of("lately", LinkState::There, NOW - DAY),
        of("long-ago", LinkState::There, long_ago),
    ]);
    let mut named: BTreeSet<String> = kept.keys().cloned().collect();
    named.insert(url("new"));
    let expected = ["failing", "long-ago", "new"].map(|name| format!("https://{name}.example/"));
    assert_eq!(due(&named, &kept, NOW), expected);
    // However many are new, what failed has its turn: on it hangs whether an answer is given.
    named.extend((0..LINKS_MAX).map(|number| format!("https://new.example/{number}")));
    let many = due(&named, &kept, NOW);
    assert_eq!(many.len(), LINKS_MAX);
    assert!(many.contains(&url("failing")));
}

/// Answers one request after the other, and keeps what was asked.
struct Script {
    answers: Mutex<Vec<Result<Answer, Silence>>>,
    asked: Mutex<Vec<String>>,
}

#[async_trait]
impl Pages for Script {
    async fn ask(&self, url: &str, way: Way) -> Result<Answer, Silence> {
        self.asked.lock().unwrap().push(format!("{way:?} {url}"));
        self.answers.lock().unwrap().remove(0)
    }
}

fn status(status: u16) -> Answer {
    Answer { status, leads_to: None }
}

fn on_to(url: &str) -> Answer {
    Answer {
        status: 301,
        leads_to: Some(url.to_owned()),
    }
}

/// What a look comes to, and what was asked for it. The clock goes on whenever somebody rests.
fn looked(answers: Vec<Result<Answer, Silence>>) -> (Seen, Vec<String>, Duration) {
    let script = Script {
        answers: Mutex::new(answers),
        asked: Mutex::default(),
    };
    let clock = Arc::new(TestClock::new(NOW));
    let mut round = Round::new(&script, &*clock);
    let mut looking = Box::pin(round.look("https://a.example/page"));
    let seen = loop {
        match looking.as_mut().now_or_never() {
            Some(seen) => break seen,
            None => clock.advance(Duration::from_secs(1)),
        }
    };
    drop(looking);
    let asked = script.asked.lock().unwrap().clone();
    (seen, asked, clock.elapsed())
}

#[test]
fn a_head_is_enough_where_it_says_that_the_page_is_there() {
    let (seen, asked, waited) = looked(vec![Ok(status(200))]);
    assert_eq!(seen, Seen::There);
    assert_eq!(asked, ["Head https://a.example/page"]);
    assert_eq!(waited, Duration::ZERO);
}

#[test]
fn what_is_not_there_by_its_head_is_asked_as_readers_do_after_a_rest() {
    for head in [
        Ok(status(405)),
        Ok(status(404)),
        Err(Silence::Unreachable("it does not answer".to_owned())),
    ] {
        let (seen, asked, waited) = looked(vec![head, Ok(status(200))]);
        assert_eq!(seen, Seen::There);
        assert_eq!(asked, ["Head https://a.example/page", "Get https://a.example/page"]);
        assert!(waited >= REST, "{waited:?}");
    }
    let (seen, ..) = looked(vec![Ok(status(404)), Ok(status(404))]);
    assert_eq!(seen, gone());
}

#[test]
fn while_no_server_answers_it_is_the_network_that_is_away() {
    let away = || Err(Silence::Unreachable("it does not answer".to_owned()));
    let (seen, ..) = looked(vec![away(), away()]);
    assert_eq!(seen, Seen::Unclear("it does not answer".to_owned()));
    let (seen, ..) = looked(vec![Ok(on_to("https://b.example/new")), away(), away()]);
    assert_eq!(seen, Seen::Gone("it does not answer".to_owned()));
}

#[test]
fn a_page_that_moved_is_followed_and_not_for_ever() {
    let (seen, asked, _) = looked(vec![Ok(on_to("https://b.example/new")), Ok(status(200))]);
    assert_eq!(seen, Seen::There);
    assert_eq!(asked, ["Head https://a.example/page", "Head https://b.example/new"]);
    let (seen, asked, _) = looked(vec![Ok(on_to("https://a.example/page")); REDIRECTS_MAX + 1]);
    assert_eq!(seen, Seen::Unclear("it leads on and on".to_owned()));
    assert_eq!(asked.len(), REDIRECTS_MAX + 1);
}

#[test]
fn what_must_not_be_asked_is_not_asked_in_another_way() {
    let inside = Err(Silence::NotAsked("its name leads inside your own network".to_owned()));
    let (seen, asked, _) = looked(vec![inside]);
    assert_eq!(
        seen,
        Seen::Unclear("not asked: its name leads inside your own network".to_owned())
    );
    assert_eq!(asked.len(), 1);
}
