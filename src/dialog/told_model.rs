//! The language model of a dialog: it answers what the dialog says.

use std::sync::Mutex;

use async_trait::async_trait;

use crate::dispatcher::{Asker, Completed, LanguageModel, ModelError, Turn};

/// What it answers from now on; none: it does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answers(pub(super) Option<Completed>);

/// What was told.
#[derive(Debug, Default)]
pub(super) struct ToldModel {
    told: Mutex<Option<Completed>>,
}

impl Answers {
    /// `gives Paris`, `gives (cut) Par`, or `gives nothing`.
    pub(super) fn read(text: &str) -> Option<Self> {
        let gives = text.trim().strip_prefix("gives ")?.trim();
        if gives == "nothing" {
            return Some(Self(None));
        }
        let (cut, text) = match gives.strip_prefix("(cut)") {
            Some(rest) => (true, rest.trim_start()),
            None => (false, gives),
        };
        Some(Self(Some(Completed {
            text: text.to_owned(),
            cut,
            ..Completed::default()
        })))
    }
}

impl ToldModel {
    /// From now on it is so.
    pub(super) fn tell(&self, Answers(answers): Answers) {
        *self.told.lock().expect("nobody panics while holding it") = answers;
    }
}

#[async_trait]
impl LanguageModel for ToldModel {
    async fn complete(&self, _: &Asker, _: &[Turn], _: u32) -> Result<Completed, ModelError> {
        let told = self.told.lock().expect("nobody panics while holding it");
        told.clone().ok_or(ModelError::Unavailable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_is_answered() {
        let read = |text| Answers::read(text).map(|Answers(told)| told.map(|told| (told.text, told.cut)));
        assert_eq!(
            read("gives Paris, of course"),
            Some(Some(("Paris, of course".to_owned(), false)))
        );
        assert_eq!(read("gives (cut) Par"), Some(Some(("Par".to_owned(), true))));
        assert_eq!(read("gives nothing"), Some(None));
        assert_eq!(read("Paris"), None);
    }
}
