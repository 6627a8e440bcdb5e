//! The knowledge base in a terminal: what somebody should look at, and what a change would do to answers.

use std::fmt::Write as _;

use anyhow::Result;

use super::{Ops, Reply};
use crate::knowledge::twin::{Changed, Step, Twin, Verdict};
use crate::knowledge::{Change, Plan};
use crate::person::masked;
use crate::storage::Unit;
use crate::storage::quality::QualityUnit;

/// Of each question: a line of a list.
const QUESTION_CHARS_MAX: usize = 100;

impl Ops {
    /// Looks over the knowledge base now, and lists what was found. Pages elsewhere are asked at night alone.
    pub(super) async fn check_knowledge(&self) -> Result<Reply> {
        self.knowledge.look_over(self.community).await?;
        let upkeep = self.knowledge.upkeep(self.community).await?;
        let rows = upkeep.findings.iter().map(|finding| {
            let entries: Vec<&str> = finding.entries.iter().map(|(id, _)| id.as_str()).collect();
            let concern = &finding.concern;
            vec![concern.heading().to_owned(), entries.join(", "), concern.sentence()]
        });
        Ok(Reply::table(&["what", "entries", "why"], rows.collect()))
    }

    /// Which questions of the last month would be answered otherwise when a plan and the settings beside it are applied.
    pub(super) async fn answered_otherwise(&self, plan: &Plan, units: &[Unit]) -> Result<String> {
        let entries = plan.changes.iter().filter_map(|change| match change {
            Change::New(file) | Change::Update(file) => Some(Step::Put(Box::new(file.entry.clone()))),
            Change::Moved(_) | Change::Same(_) | Change::Stale { .. } => None,
        });
        let lines = units.iter().filter_map(|unit| match unit {
            Unit::Quality(QualityUnit::Precision { precision, .. }) => Some(Step::Precision(*precision)),
            _ => None,
        });
        self.twin_of(entries.chain(lines).collect()).await
    }

    /// Which questions of the last month would be answered otherwise after these steps.
    pub(super) async fn twin_of(&self, steps: Vec<Step>) -> Result<String> {
        let knowledge = self.knowledge_as_asked().await?;
        let twin = knowledge.twin(self.community, steps).await?;
        Ok(listed(&twin))
    }
}

/// The counts, and a line for each question.
pub(super) fn listed(twin: &Twin) -> String {
    let mut text = twin.summary();
    for verdict in [Verdict::Worse, Verdict::Unsure, Verdict::Better] {
        for changed in twin.changes.iter().filter(|changed| changed.verdict == verdict) {
            let (before, after) = changed.told();
            write!(
                text,
                "\n{}  {}, asked {}\n        now:  {before}\n        then: {after}",
                verdict.word(),
                question(changed),
                times(changed.times)
            )
            .expect("a string takes all");
        }
    }
    text
}

/// What was asked, for whoever reads a terminal. What nobody else could read is named by its conversation, which the console shows to those
/// who may read it: what comes of a command is copied into places that others read.
fn question(changed: &Changed) -> String {
    if !changed.private {
        let question: String = masked(&changed.question).chars().take(QUESTION_CHARS_MAX).collect();
        return format!("{question:?}");
    }
    let named = changed.conversation.map(|id| format!(", in conversation {id}"));
    format!("a question that nobody else could read{}", named.unwrap_or_default())
}

fn times(times: u32) -> String {
    match times {
        1 => "once".to_owned(),
        times => format!("{times} times"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::finding::{Decision, Gap};
    use crate::model::ids::ConversationId;

    #[track_caller]
    fn check(private: bool, conversation: Option<u128>, expected: &str) {
        let silent = || Decision::Abstain { gap: Gap::NothingFound };
        let changed = Changed {
            verdict: Verdict::Unsure,
            question: "Where can I \u{1b}[31mpark?".to_owned(),
            place: None,
            times: 1,
            private,
            conversation: conversation.map(|id| ConversationId(uuid::Uuid::from_u128(id))),
            before: silent(),
            after: silent(),
        };
        assert_eq!(question(&changed), expected);
    }

    #[test]
    fn what_nobody_else_could_read_is_told_apart_by_its_conversation_and_shown_to_nobody() {
        check(false, Some(7), r#""Where can I \u{1b}[31mpark?""#);
        check(
            true,
            Some(7),
            "a question that nobody else could read, in conversation 00000000000000000000000000000007",
        );
        check(true, None, "a question that nobody else could read");
    }
}
