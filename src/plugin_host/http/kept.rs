//! Answers that came for an event, so that an event that runs again asks nobody again.

use std::collections::VecDeque;

use crate::plugin_host::bindings::switchboard::plugin::http::{Request, Response};

/// The runs of an event follow each other within a minute, so that a few events' answers suffice; and a plugin with large
/// ones must not fill the memory.
const BYTES_MAX: usize = 4 << 20;

/// The same for small ones.
const ANSWERS_MAX: usize = 64;

/// One call: of which event, and which of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::plugin_host) struct Once<'a> {
    pub(in crate::plugin_host) event: &'a str,
    pub(in crate::plugin_host) number: u32,
}

/// The newest answers.
#[derive(Debug, Default)]
pub(super) struct Kept {
    answers: VecDeque<One>,
    bytes: usize,
}

#[derive(Debug)]
struct One {
    event: String,
    number: u32,
    asked: Request,
    response: Response,
    bytes: usize,
}

impl Kept {
    /// What was answered to the same question at the same time of the same event.
    pub(super) fn find(&self, once: Once<'_>, asked: &Request) -> Option<Response> {
        let mut answers = self.answers.iter();
        let kept = answers.find(|kept| kept.event == once.event && kept.number == once.number && kept.asked == *asked);
        kept.map(|kept| kept.response.clone())
    }

    pub(super) fn keep(&mut self, once: Once<'_>, asked: Request, response: &Response) {
        let texts = asked.headers.iter().chain(&response.headers);
        let texts: usize = texts.map(|(name, value)| name.len() + value.len()).sum();
        let bytes = texts + asked.url.len() + asked.body.as_ref().map_or(0, Vec::len) + response.body.len();
        self.bytes += bytes;
        self.answers.push_back(One {
            event: once.event.to_owned(),
            number: once.number,
            asked,
            response: response.clone(),
            bytes,
        });
        while self.bytes > BYTES_MAX || self.answers.len() > ANSWERS_MAX {
            let Some(oldest) = self.answers.pop_front() else { return };
            self.bytes -= oldest.bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(url: &str) -> Request {
        Request {
            url: url.to_owned(),
            headers: Vec::new(),
            body: None,
            timeout_ms: None,
        }
    }

    fn response(bytes: usize) -> Response {
        Response {
            status: 200,
            headers: Vec::new(),
            body: vec![b'x'; bytes],
        }
    }

    fn once(event: &str, number: u32) -> Once<'_> {
        Once { event, number }
    }

    #[test]
    fn an_answer_is_told_again_to_the_same_question_of_the_same_event() {
        let mut kept = Kept::default();
        kept.keep(once("e", 1), asked("a"), &response(1));
        assert_eq!(kept.find(once("e", 1), &asked("a")), Some(response(1)));
        assert_eq!(kept.find(once("e", 2), &asked("a")), None);
        assert_eq!(kept.find(once("f", 1), &asked("a")), None);
        assert_eq!(kept.find(once("e", 1), &asked("b")), None);
    }

    #[test]
    fn old_answers_make_room() {
        let mut kept = Kept::default();
        for number in 0..6 {
            kept.keep(once("e", number), asked("a"), &response(1 << 20));
        }
        assert_eq!(kept.find(once("e", 2), &asked("a")), None);
        assert!(kept.find(once("e", 5), &asked("a")).is_some() && kept.bytes <= BYTES_MAX);
        for number in 0..100 {
            kept.keep(once("f", number), asked("a"), &response(1));
        }
        assert_eq!(kept.answers.len(), ANSWERS_MAX);
    }
}
