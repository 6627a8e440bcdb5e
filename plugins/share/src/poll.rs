//! Votes: one for each person, which can be changed and taken back. Pure.

/// What a press of a choice says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Vote<'a> {
    /// The name under which the poll was sent.
    pub(crate) poll: &'a str,
    /// The item it was made of.
    pub(crate) item: &'a str,
    /// Which choice, from 0.
    pub(crate) choice: usize,
}

impl<'a> Vote<'a> {
    pub(crate) fn read(payload: &'a str) -> Option<Self> {
        let mut parts = payload.strip_prefix("vote:")?.splitn(3, ':');
        Some(Self {
            poll: parts.next()?,
            item: parts.next()?,
            choice: parts.next()?.parse().ok()?,
        })
    }

    pub(crate) fn write(self) -> String {
        format!("vote:{}:{}:{}", self.poll, self.item, self.choice)
    }
}

/// What a press changes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Change {
    /// The person's vote afterwards.
    pub(crate) now: Option<usize>,
    /// By how much each choice's count changes.
    pub(crate) counts: Vec<(usize, i64)>,
}

/// The press of `choice` by a person whose vote was `before`.
pub(crate) fn change(before: Option<usize>, choice: usize) -> Change {
    match before {
        None => Change {
            now: Some(choice),
            counts: vec![(choice, 1)],
        },
        Some(same) if same == choice => Change {
            now: None,
            counts: vec![(choice, -1)],
        },
        Some(other) => Change {
            now: Some(choice),
            counts: vec![(other, -1), (choice, 1)],
        },
    }
}

/// A choice with its count.
pub(crate) fn label(choice: &str, count: i64) -> String {
    format!("{choice} · {}", count.max(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_has_one_vote() {
        assert_eq!(change(None, 1).counts, [(1, 1)]);
        assert_eq!(change(Some(0), 1).counts, [(0, -1), (1, 1)]);
        assert_eq!(change(Some(0), 1).now, Some(1));
    }

    #[test]
    fn pressing_the_same_choice_takes_the_vote_back() {
        let taken = change(Some(1), 1);
        assert_eq!((taken.now, taken.counts), (None, vec![(1, -1)]));
    }

    #[test]
    fn votes_read_back() {
        let vote = Vote {
            poll: "item-e1",
            item: "colour",
            choice: 2,
        };
        assert_eq!(Vote::read(&vote.write()), Some(vote));
        assert_eq!(Vote::read("vote:a"), None);
        assert_eq!(Vote::read("show:a"), None);
    }

    #[test]
    fn a_count_never_shows_less_than_nothing() {
        assert_eq!(label("Yes", -1), "Yes · 0");
    }
}
