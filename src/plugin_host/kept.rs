//! Answers that came for an event, so that an event that runs again asks nobody again.

use std::collections::VecDeque;

/// The runs of an event follow each other within a minute, so that a few events' answers suffice; and a plugin with large
/// ones must not fill the memory.
const BYTES_MAX: usize = 4 << 20;

/// The same for small ones.
const ANSWERS_MAX: usize = 64;

/// One call: of which event, and which of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Once<'a> {
    pub(super) event: &'a str,
    pub(super) number: u32,
}

/// The newest answers to what one plugin asked of somebody.
#[derive(Debug)]
pub(super) struct Kept<Q, A> {
    answers: VecDeque<One<Q, A>>,
    bytes: usize,
}

#[derive(Debug)]
struct One<Q, A> {
    event: String,
    number: u32,
    asked: Q,
    answer: A,
    bytes: usize,
}

impl<Q, A> Default for Kept<Q, A> {
    fn default() -> Self {
        Self {
            answers: VecDeque::new(),
            bytes: 0,
        }
    }
}

impl<Q: PartialEq, A: Clone> Kept<Q, A> {
    /// What was answered to the same question at the same time of the same event.
    pub(super) fn find(&self, once: Once<'_>, asked: &Q) -> Option<A> {
        let mut answers = self.answers.iter();
        let kept = answers.find(|kept| kept.event == once.event && kept.number == once.number && kept.asked == *asked);
        kept.map(|kept| kept.answer.clone())
    }

    /// Keeps it; question and answer take so many bytes.
    pub(super) fn keep(&mut self, once: Once<'_>, asked: Q, answer: &A, bytes: usize) {
        self.bytes += bytes;
        self.answers.push_back(One {
            event: once.event.to_owned(),
            number: once.number,
            asked,
            answer: answer.clone(),
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

    fn once(event: &str, number: u32) -> Once<'_> {
        Once { event, number }
    }

    #[test]
    fn an_answer_is_told_again_to_the_same_question_of_the_same_event() {
        let mut kept = Kept::default();
        kept.keep(once("e", 1), "a", &7, 1);
        assert_eq!(kept.find(once("e", 1), &"a"), Some(7));
        assert_eq!(kept.find(once("e", 2), &"a"), None);
        assert_eq!(kept.find(once("f", 1), &"a"), None);
        assert_eq!(kept.find(once("e", 1), &"b"), None);
    }

    #[test]
    fn old_answers_make_room() {
        let mut kept = Kept::default();
        for number in 0..6 {
            kept.keep(once("e", number), "a", &number, (1 << 20) + 1);
        }
        assert_eq!(kept.find(once("e", 2), &"a"), None);
        assert!(kept.find(once("e", 5), &"a").is_some() && kept.bytes <= BYTES_MAX);
        for number in 0..100 {
            kept.keep(once("f", number), "a", &number, 1);
        }
        assert_eq!(kept.answers.len(), ANSWERS_MAX);
    }
}
