//! What people asked lately and where that stands, for everybody to read. Pure.
//!
//! Only what several people asked, in words that everybody could read where they were said; of answers only that there is one, and
//! only where everybody may have it.

use std::fmt::Write as _;

use super::check;
use crate::model::cluster::ClusterState;
use crate::model::entry::{Entry, Visibility};
use crate::model::ids::EntryId;
use crate::storage::clusters::{AskedQuestion, CountedCluster};

/// What fewer people ask may say who they are.
pub(super) const PEOPLE_MIN: u32 = 3;

/// More are no digest.
pub(super) const QUESTIONS_MAX: u32 = 20;

const HEAD: &str = "You asked, and this is where it stands:";
const ANSWERED: &str = "there is an answer now: ask me";
const OPEN: &str = "somebody is looking into it";

/// The post, in markdown; empty when there is nothing in it. `masked` is a question without what says who somebody is.
pub(super) fn digest<'a>(
    found: &[CountedCluster],
    masked: impl Fn(&AskedQuestion) -> String,
    entry: impl Fn(&EntryId) -> Option<&'a Entry>,
    today: &str,
) -> String {
    let mut lines = String::new();
    for counted in found.iter().filter(|counted| counted.people >= PEOPLE_MIN) {
        let Some(asked) = &counted.public else { continue };
        let stands = match &counted.cluster.state {
            ClusterState::New | ClusterState::Drafted { .. } => OPEN,
            ClusterState::Published { entry: id, .. } | ClusterState::Watching { entry: id, .. } => {
                // That there is an answer for a few alone is theirs to know.
                if !entry(id).is_some_and(|entry| is_for_everybody(entry, today)) {
                    continue;
                }
                ANSWERED
            }
            ClusterState::Closed { .. } => continue,
        };
        let question = masked(asked);
        let question = literal(&question.split_whitespace().collect::<Vec<_>>().join(" "));
        write!(lines, "\n- {question} ({stands})").expect("a string takes all");
    }
    if lines.is_empty() {
        return lines;
    }
    format!("{HEAD}\n{lines}")
}

/// What a member wrote has no meaning as markup in what staff post.
fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_ascii_punctuation() && !matches!(letter, '?' | '!' | '.' | ',' | '\'' | ':' | '%' | '/') {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}

fn is_for_everybody(entry: &Entry, today: &str) -> bool {
    let over = entry.until.as_deref().is_some_and(|last| last < today);
    entry.visibility == Visibility::Public && entry.channels.is_empty() && !over && !check::is_masked(entry)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::knowledge::clusters::masked;
    use crate::model::Timestamp;
    use crate::model::cluster::{Cluster, ClusterEnd};
    use crate::model::directory::Audience;
    use crate::model::ids::{ClusterId, CommunityId, DraftId, Version};
    use crate::storage::knowledge::Missed;

    fn asked(question: &str) -> AskedQuestion {
        AskedQuestion {
            seq: 1,
            question: question.to_owned(),
            missed: Missed::Abstained,
            reason: "for staff: the safe is behind the mirror".to_owned(),
            audience: Some(Audience::Public),
            identity: None,
            name: Some("Alice".to_owned()),
            person: None,
            message: None,
            conversation: None,
            cluster: None,
            at: Timestamp::default(),
        }
    }

    fn counted(people: u32, public: Option<&str>, state: ClusterState) -> CountedCluster {
        CountedCluster {
            cluster: Cluster {
                id: ClusterId(Uuid::nil()),
                community: CommunityId(Uuid::nil()),
                asked: 1,
                state,
                reopened: 0,
                owner: None,
                due: None,
                version: Version(1),
                made_at: Timestamp::default(),
                changed_at: Timestamp::default(),
            },
            people,
            times: people,
            last_at: Timestamp::default(),
            asked: Some(asked("said to the bot alone")),
            public: public.map(asked),
        }
    }

    fn watching(entry: &str) -> ClusterState {
        ClusterState::Watching {
            entry: entry.into(),
            at: Timestamp::default(),
            before: 3,
        }
    }

    #[track_caller]
    fn check(found: &[CountedCluster], expected: &[&str]) {
        let entries = [
            r#"{"id":"open","question":"Q","answer":{"full":"the gate is open"}}"#,
            r#"{"id":"members","question":"Q","answer":{"full":"A"},"visibility":"members"}"#,
            r#"{"id":"staff","question":"the safe","answer":{"full":"behind the mirror"},"visibility":"staff"}"#,
            r#"{"id":"there","question":"Q","answer":{"full":"A"},"channels":{"only":["discord"]}}"#,
            r#"{"id":"over","question":"Q","answer":{"full":"A"},"until":"2026-01-01"}"#,
        ];
        let entries: Vec<Entry> = entries.iter().map(|json| serde_json::from_str(json).unwrap()).collect();
        let of = |id: &EntryId| entries.iter().find(|entry| entry.id == *id);
        let text = digest(found, |asked| masked(asked, &[]), of, "2026-09-21");
        let lines: Vec<&str> = text.lines().filter(|line| line.starts_with("- ")).collect();
        assert_eq!(lines, expected);
        for secret in ["mirror", "safe", "gate", "alone", "Alice"] {
            assert!(!text.contains(secret), "{text}");
        }
        assert_eq!(text.is_empty(), expected.is_empty());
    }

    #[test]
    fn what_three_people_asked_before_everybody_is_in_it() {
        let drafted = ClusterState::Drafted {
            draft: DraftId(Uuid::nil()),
            earlier: None,
        };
        check(
            &[
                counted(3, Some("Where can I\n\n- park?"), ClusterState::New),
                counted(4, Some("Alice asks about dogs, call 0170 1234567"), drafted),
                counted(3, Some("When does it open?"), watching("open")),
            ],
            &[
                r"- Where can I \- park? (somebody is looking into it)",
                r"- \[name\] asks about dogs, call \[phone number\] (somebody is looking into it)",
                "- When does it open? (there is an answer now: ask me)",
            ],
        );
    }

    #[test]
    fn what_somebody_wrote_is_no_markup_of_the_post() {
        check(
            &[counted(
                3,
                Some("See [here](https://evil.example)*?*"),
                ClusterState::New,
            )],
            &[r"- See \[here\]\(https://evil.example\)\*?\* (somebody is looking into it)"],
        );
    }

    #[test]
    fn what_fewer_asked_or_nobody_could_read_is_not() {
        check(
            &[
                counted(2, Some("Where can I park?"), ClusterState::New),
                counted(9, None, ClusterState::New),
                counted(
                    9,
                    Some("Settled?"),
                    ClusterState::Closed {
                        how: ClusterEnd::Settled,
                    },
                ),
            ],
            &[],
        );
    }

    #[test]
    fn that_there_is_an_answer_for_a_few_is_told_to_nobody_else() {
        for entry in ["members", "staff", "there", "over", "gone"] {
            check(&[counted(9, Some("When does it open?"), watching(entry))], &[]);
        }
    }
}
