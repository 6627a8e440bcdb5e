//! Question and answer in one language, as they are typed. Pure.

use super::{Form, lines, some, taken};
use crate::model::entry::Answer;

/// What stands in the fields of one language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Text {
    pub(crate) question: String,
    pub(crate) aliases: String,
    pub(crate) full: String,
    pub(crate) steps: String,
    pub(crate) short: String,
}

/// Question, other ways to ask, and answer, as entries and translations have them.
pub(super) type Parts = (String, Vec<String>, Answer);

impl Text {
    /// As it is edited.
    pub(super) fn of(question: &str, aliases: &[String], answer: &Answer) -> Self {
        Self {
            question: question.to_owned(),
            aliases: aliases.join("\n"),
            full: answer.full.clone(),
            steps: answer.steps.join("\n"),
            short: answer.short.clone().unwrap_or_default(),
        }
    }

    /// What came in, in fields whose names begin so.
    pub(super) fn read(form: &Form<'_>, prefix: &str, stored: &Self) -> Self {
        let name = |part: &str| format!("{prefix}{part}");
        Self {
            question: form.line(&name("question"), &stored.question),
            aliases: form.text(&name("aliases"), &stored.aliases),
            full: form.text(&name("full"), &stored.full),
            steps: form.text(&name("steps"), &stored.steps),
            short: form.line(&name("short"), &stored.short),
        }
    }

    /// See [`super::Typed::with_theirs`].
    pub(super) fn with_theirs(mut self, base: &Self, theirs: &Self) -> Self {
        for (mine, base, theirs) in [
            (&mut self.question, &base.question, &theirs.question),
            (&mut self.aliases, &base.aliases, &theirs.aliases),
            (&mut self.full, &base.full, &theirs.full),
            (&mut self.steps, &base.steps, &theirs.steps),
            (&mut self.short, &base.short, &theirs.short),
        ] {
            taken(mine, base, theirs);
        }
        self
    }

    /// Each with the label that stands above it.
    pub(super) fn lines(&self) -> [(&'static str, &str); 5] {
        [
            ("Question", &self.question),
            ("Other ways to ask", &self.aliases),
            ("Answer", &self.full),
            ("Steps", &self.steps),
            ("Short answer", &self.short),
        ]
    }

    /// Whether nothing is written.
    pub(super) fn is_blank(&self) -> bool {
        self.lines().iter().all(|(_, text)| text.trim().is_empty())
    }

    /// Whether it lacks both question and answer.
    pub(super) fn is_cleared(&self) -> bool {
        self.question.trim().is_empty() && self.full.trim().is_empty()
    }

    /// Whether a person reads the same in both.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        let mut both = self.lines().into_iter().zip(other.lines());
        both.all(|((_, one), (_, other))| alike(one, other))
    }

    /// As it is stored. What nobody has touched stays to the letter: a form shows neither the line end behind a text nor where one
    /// step of several lines ends.
    pub(super) fn parts(&self, before: Option<&Parts>) -> Parts {
        let mut parts = (
            self.question.clone(),
            lines(&self.aliases),
            Answer {
                full: self.full.trim().to_owned(),
                short: some(&self.short),
                steps: lines(&self.steps),
            },
        );
        let Some((question, aliases, answer)) = before else {
            return parts;
        };
        let shown = Self::of(question, aliases, answer);
        if alike(&shown.question, &self.question) {
            parts.0.clone_from(question);
        }
        if alike(&shown.aliases, &self.aliases) {
            parts.1.clone_from(aliases);
        }
        if alike(&shown.full, &self.full) {
            parts.2.full.clone_from(&answer.full);
        }
        if alike(&shown.steps, &self.steps) {
            parts.2.steps.clone_from(&answer.steps);
        }
        if alike(&shown.short, &self.short) {
            parts.2.short.clone_from(&answer.short);
        }
        parts
    }
}

/// Whether only what is around the whole differs, or how lines end. Space within it may be meant: two before a line end are a break.
fn alike(one: &str, other: &str) -> bool {
    one.trim().lines().eq(other.trim().lines())
}
