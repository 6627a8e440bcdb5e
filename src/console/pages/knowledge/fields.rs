//! An entry as the fields of a form, and back. Pure.

use crate::console::access::posted::Fields;
use crate::model::entry::{Answer, Channels, Entry, Visibility};
use crate::model::finding::Source;
use crate::model::ids::EntryId;

/// What stands in the fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Typed {
    pub(super) id: String,
    pub(super) question: String,
    pub(super) aliases: String,
    pub(super) full: String,
    pub(super) short: String,
    pub(super) steps: String,
    pub(super) visibility: String,
    pub(super) sources: String,
    pub(super) credit: String,
    pub(super) review_by: String,
    pub(super) until: String,
    pub(super) language: String,
}

impl Typed {
    /// An entry as it is edited.
    pub(super) fn of(entry: &Entry) -> Self {
        let source = |source: &Source| match &source.checked {
            Some(day) => format!("{} {day}", source.url),
            None => source.url.clone(),
        };
        Self {
            id: entry.id.to_string(),
            question: entry.question.clone(),
            aliases: entry.aliases.join("\n"),
            full: entry.answer.full.clone(),
            short: entry.answer.short.clone().unwrap_or_default(),
            steps: entry.answer.steps.join("\n"),
            visibility: super::list::visibility(entry.visibility).to_owned(),
            sources: entry.sources.iter().map(source).collect::<Vec<_>>().join("\n"),
            credit: entry.credit.clone().unwrap_or_default(),
            review_by: entry.review_by.clone().unwrap_or_default(),
            until: entry.until.clone().unwrap_or_default(),
            language: entry.language.clone().unwrap_or_default(),
        }
    }

    /// What came in.
    pub(super) fn read(fields: &Fields) -> Self {
        Self {
            id: fields.line("id"),
            question: fields.line("question"),
            aliases: fields.text("aliases"),
            full: fields.text("full"),
            short: fields.line("short"),
            steps: fields.text("steps"),
            visibility: fields.line("visibility"),
            sources: fields.text("sources"),
            credit: fields.line("credit"),
            review_by: fields.line("review_by"),
            until: fields.line("until"),
            language: fields.line("language"),
        }
    }

    /// As an entry; what the form does not show is kept from `before`.
    pub(super) fn entry(&self, before: Option<&Entry>) -> Entry {
        let source = |line: String| match line.split_once(' ') {
            Some((url, day)) => Source {
                url: url.to_owned(),
                checked: Some(day.trim().to_owned()),
            },
            None => Source {
                url: line,
                checked: None,
            },
        };
        Entry {
            id: EntryId::from(self.id.as_str()),
            question: self.question.clone(),
            aliases: lines(&self.aliases),
            answer: Answer {
                full: self.full.trim().to_owned(),
                short: some(&self.short),
                steps: lines(&self.steps),
            },
            language: some(&self.language),
            translations: before.map(|before| before.translations.clone()).unwrap_or_default(),
            visibility: match self.visibility.as_str() {
                "everybody" => Visibility::Public,
                "members" => Visibility::Members,
                // What cannot be read is not shown to more people than it should.
                _ => Visibility::Staff,
            },
            channels: before.map_or_else(Channels::default, |before| before.channels.clone()),
            sources: lines(&self.sources).into_iter().map(source).collect(),
            credit: some(&self.credit),
            owner: before.and_then(|before| before.owner.clone()),
            review_by: some(&self.review_by),
            until: some(&self.until),
            related: before.map(|before| before.related.clone()).unwrap_or_default(),
            escalate_to: before.and_then(|before| before.escalate_to.clone()),
            rev: before.map_or(0, |before| before.rev),
        }
    }
}

/// An entry as lines, for comparing.
pub(super) fn as_text(entry: &Entry) -> String {
    let typed = Typed::of(entry);
    let mut text = format!("Question: {}\n", typed.question);
    for (name, field) in [
        ("Other ways to ask", &typed.aliases),
        ("Answer", &typed.full),
        ("Short answer", &typed.short),
        ("Steps", &typed.steps),
        ("Shown to", &typed.visibility),
        ("Sources", &typed.sources),
        ("Thanks to", &typed.credit),
        ("Look again by", &typed.review_by),
        ("Until", &typed.until),
        ("Language", &typed.language),
    ] {
        if !field.is_empty() {
            text.extend([name, ":\n", field, "\n"]);
        }
    }
    for (language, translation) in &entry.translations {
        let answer = translation.answer.markdown();
        text.extend(["In ", language, ": ", &translation.question, "\n", &answer, "\n"]);
    }
    text
}

fn lines(text: &str) -> Vec<String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(str::to_owned).collect()
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned()).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_survives_the_form_with_all_that_the_form_does_not_show() {
        let json = r#"{"id":"a","question":"Q","aliases":["b","c"],"answer":{"full":"A","short":"s","steps":["one"]},
            "translations":{"de":{"question":"F","answer":{"full":"Antwort"}}},"visibility":"members",
            "channels":{"only":["discord"]},"sources":[{"url":"https://a.example","checked":"2026-08-01"}],
            "credit":"Ann","owner":"docs","related":["z"],"escalate_to":"billing","rev":3}"#;
        let entry: Entry = serde_json::from_str(json).unwrap();
        assert_eq!(Typed::of(&entry).entry(Some(&entry)), entry);
    }

    #[test]
    fn a_visibility_nobody_knows_is_staff_alone() {
        assert_eq!(Typed::default().entry(None).visibility, Visibility::Staff);
    }
}
