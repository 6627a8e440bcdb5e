//! What an entry must look like, wherever it comes from: a file or the console's form. Pure.

use std::collections::HashSet;

use super::mask;
use crate::model::entry::{Answer, Entry, Visibility};

/// A question that does not fit on a button and a line is no question.
pub const QUESTION_CHARS_MAX: usize = 300;

/// More ways to ask than this slow every question and help none.
pub const ALIASES_MAX: usize = 100;

/// The short answer fits where a post does.
pub const SHORT_CHARS_MAX: usize = 280;

/// As much as a draft may hold.
pub const FULL_BYTES_MAX: usize = 16 * 1024;

/// A name, or two: it is a line below the answer.
pub const CREDIT_CHARS_MAX: usize = 80;

/// A person or a team.
pub const OWNER_CHARS_MAX: usize = 80;

/// Queues have short names.
pub const QUEUE_CHARS_MAX: usize = 64;

/// Names are typed and shown in lists.
pub const ID_CHARS_MAX: usize = 64;

/// An entry for more places than this is for everywhere, or for a platform.
pub const CHANNELS_MAX: usize = 100;

/// The word of a platform, or the id of a place.
const CHANNEL_CHARS_MAX: usize = 64;

/// More languages than any community keeps true.
pub const TRANSLATIONS_MAX: usize = 50;

/// A word this similar to a known one is a slip.
const SIMILAR: f64 = 0.75;

/// Steps, sources and related entries are read one by one.
pub const LIST_MAX: usize = 30;

/// Something that is wrong with an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where: `answer.short`, `aliases.2`.
    pub path: String,
    /// What is wrong, and what would be right.
    pub what: String,
}

/// All that is wrong with `entry`; nothing when it can be stored.
pub fn faults(entry: &Entry) -> Vec<Fault> {
    let mut check = Check { faults: Vec::new() };
    check.id("id", entry.id.as_str());
    check.text_of("", &entry.question, &entry.aliases, &entry.answer);
    if let Some(language) = &entry.language {
        check.language("language", language);
    }
    let languages = entry.translations.len();
    check.when(languages > TRANSLATIONS_MAX, "translations", || {
        format!("has {languages} languages; at most {TRANSLATIONS_MAX}")
    });
    for (language, translation) in &entry.translations {
        let path = format!("translations.{language}");
        check.language(&path, language);
        let prefix = format!("{path}.");
        check.text_of(
            &prefix,
            &translation.question,
            &translation.aliases,
            &translation.answer,
        );
    }
    check.count("sources", entry.sources.len(), LIST_MAX);
    for (number, source) in entry.sources.iter().enumerate() {
        let path = format!("sources.{number}.url");
        check.when(!is_page(&source.url) && !is_own_page(&source.url), &path, || {
            "must be the address of a page, https://…, without a name and a password in it, or a page of this project, docs/….md".to_owned()
        });
        check.day(&format!("sources.{number}.checked"), source.checked.as_deref());
    }
    for (way, names) in [("only", &entry.channels.only), ("not", &entry.channels.not)] {
        let path = format!("channels.{way}");
        check.count(&path, names.len(), CHANNELS_MAX);
        for (number, name) in names.iter().enumerate() {
            let path = format!("{path}.{number}");
            check.when(name.trim().is_empty(), &path, || "must not be empty".to_owned());
            check.name(&path, Some(name), CHANNEL_CHARS_MAX);
        }
    }
    check.name("credit", entry.credit.as_deref(), CREDIT_CHARS_MAX);
    check.name("owner", entry.owner.as_deref(), OWNER_CHARS_MAX);
    check.name("escalate_to", entry.escalate_to.as_deref(), QUEUE_CHARS_MAX);
    check.day("review_by", entry.review_by.as_deref());
    check.day("until", entry.until.as_deref());
    check.count("related", entry.related.len(), LIST_MAX);
    for (number, id) in entry.related.iter().enumerate() {
        check.id(&format!("related.{number}"), id.as_str());
    }
    check.faults
}

/// The same for an entry that is no draft any more: where personal data was taken out, nobody but staff reads what stands there instead.
pub fn faults_to_readers(entry: &Entry) -> Vec<Fault> {
    let mut check = Check { faults: faults(entry) };
    if entry.visibility != Visibility::Staff {
        for (path, text) in texts(entry) {
            check.when(says_masked(text), &path, || {
                "has something in brackets where personal data was taken out, such as [name]: edit the text so that it reads well without, \
                 or show it to staff alone"
                    .to_owned()
            });
        }
    }
    check.faults
}

/// The related entries of `entry` that there are not, each with the nearest name of those that there are.
pub fn unknown_related(entry: &Entry, known: &[String]) -> Vec<Fault> {
    // More than may be there are a fault of their own, and are not looked up.
    let related = entry.related.iter().enumerate().take(LIST_MAX);
    let ids: HashSet<&str> = known.iter().map(String::as_str).collect();
    related
        .filter(|(_, id)| !ids.contains(id.as_str()))
        .map(|(number, id)| Fault {
            path: format!("related.{number}"),
            what: match similar(id.as_str(), known.iter().map(String::as_str)) {
                Some(meant) => format!("there is no entry {id} ({meant})"),
                None => format!("there is no entry {id}"),
            },
        })
        .collect()
}

/// What may be meant by a word that is not known.
pub(super) fn similar<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    known
        .map(|candidate| (strsim::jaro_winkler(word, candidate), candidate))
        .filter(|(near, _)| *near >= SIMILAR)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, candidate)| format!("did you mean {candidate}?"))
}

/// Whether something in brackets stands in it where personal data was taken out.
pub fn is_masked(entry: &Entry) -> bool {
    texts(entry).any(|(_, text)| says_masked(text))
}

/// Also where it is written so that markdown shows the brackets. A link with these words is one that somebody wrote.
fn says_masked(text: &str) -> bool {
    text.contains('[') && mask::is_masked(&text.replace("](", ")(").replace('\\', ""))
}

/// All that readers see of it, by its path.
pub(super) fn texts(entry: &Entry) -> impl Iterator<Item = (String, &str)> {
    let translations = entry.translations.iter();
    let translated = translations.map(|(language, text)| {
        let prefix = format!("translations.{language}.");
        (prefix, &text.question, &text.aliases, &text.answer)
    });
    let own = (String::new(), &entry.question, &entry.aliases, &entry.answer);
    std::iter::once(own)
        .chain(translated)
        .flat_map(|(prefix, question, aliases, answer)| {
            let mut texts = vec![(format!("{prefix}question"), question.as_str())];
            let aliases = aliases.iter().enumerate();
            texts.extend(aliases.map(|(number, alias)| (format!("{prefix}aliases.{number}"), alias.as_str())));
            texts.push((format!("{prefix}answer.full"), answer.full.as_str()));
            texts.extend(
                answer
                    .short
                    .iter()
                    .map(|short| (format!("{prefix}answer.short"), short.as_str())),
            );
            let steps = answer.steps.iter().enumerate();
            texts.extend(steps.map(|(number, step)| (format!("{prefix}answer.steps.{number}"), step.as_str())));
            texts
        })
}

struct Check {
    faults: Vec<Fault>,
}

impl Check {
    fn when(&mut self, wrong: bool, path: &str, what: impl FnOnce() -> String) {
        if wrong {
            self.faults.push(Fault {
                path: path.to_owned(),
                what: what(),
            });
        }
    }

    fn id(&mut self, path: &str, id: &str) {
        let simple = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let wrong = id.is_empty() || id.len() > ID_CHARS_MAX || !id.chars().all(simple);
        self.when(wrong, path, || {
            format!("must be lower-case letters, digits and hyphens, at most {ID_CHARS_MAX}: reset-password")
        });
    }

    fn text_of(&mut self, prefix: &str, question: &str, aliases: &[String], answer: &Answer) {
        self.question(&format!("{prefix}question"), question);
        self.count(&format!("{prefix}aliases"), aliases.len(), ALIASES_MAX);
        for (number, alias) in aliases.iter().enumerate() {
            self.question(&format!("{prefix}aliases.{number}"), alias);
        }
        let full = answer.markdown();
        self.when(full.trim().is_empty(), &format!("{prefix}answer.full"), || {
            "must not be empty".to_owned()
        });
        self.when(full.len() > FULL_BYTES_MAX, &format!("{prefix}answer.full"), || {
            format!("has {} bytes with its steps; at most {FULL_BYTES_MAX}", full.len())
        });
        let short = answer.short.as_deref().map_or(0, |short| short.chars().count());
        self.when(short > SHORT_CHARS_MAX, &format!("{prefix}answer.short"), || {
            format!("has {short} characters; at most {SHORT_CHARS_MAX}")
        });
        self.count(&format!("{prefix}answer.steps"), answer.steps.len(), LIST_MAX);
    }

    fn question(&mut self, path: &str, text: &str) {
        self.when(text.trim().is_empty(), path, || "must not be empty".to_owned());
        let chars = text.chars().count();
        self.when(chars > QUESTION_CHARS_MAX, path, || {
            format!("has {chars} characters; at most {QUESTION_CHARS_MAX}")
        });
    }

    fn name(&mut self, path: &str, name: Option<&str>, chars_max: usize) {
        let name = name.unwrap_or_default();
        let in_a_line = name.chars().count() <= chars_max && !name.contains(char::is_control);
        self.when(!in_a_line, path, || {
            format!("must be a name on one line, at most {chars_max} characters")
        });
    }

    fn count(&mut self, path: &str, count: usize, max: usize) {
        self.when(count > max, path, || format!("has {count} lines; at most {max}"));
    }

    fn day(&mut self, path: &str, day: Option<&str>) {
        let wrong = day.is_some_and(|day| !is_day(day));
        self.when(wrong, path, || "must be a day: 2027-02-01".to_owned());
    }

    fn language(&mut self, path: &str, language: &str) {
        self.when(!is_language(language), path, || {
            "must be a language: de, pt-BR".to_owned()
        });
    }
}

/// Whether that is how we write a day: the form 2027-02-01 alone, because days are compared as text.
pub(super) fn is_day(day: &str) -> bool {
    day.len() == 10 && day.parse::<jiff::civil::Date>().is_ok()
}

/// Whether that is how we write a language.
pub(super) fn is_language(text: &str) -> bool {
    let mut parts = text.split('-');
    let base = parts
        .next()
        .is_some_and(|base| (2..=3).contains(&base.len()) && base.chars().all(|c| c.is_ascii_lowercase()));
    base && parts.all(|part| (2..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric()))
}

fn is_page(url: &str) -> bool {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let host = |rest: &str| rest.split(['/', '?', '#']).next().unwrap_or_default().to_owned();
    // Nobody means to tell all who ask a name and a password.
    rest.is_some_and(|rest| !rest.is_empty() && !host(rest).contains('@'))
        && !url.chars().any(|c| c.is_whitespace() || c.is_control())
}

/// A file that comes with the program: it is named, not linked.
fn is_own_page(path: &str) -> bool {
    let simple = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-');
    !path.is_empty() && path.chars().all(simple) && !path.starts_with('/') && !path.contains("..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(json: &str, expected: &[&str]) {
        let entry: Entry = serde_json::from_str(json).unwrap();
        let paths: Vec<String> = faults(&entry).into_iter().map(|fault| fault.path).collect();
        assert_eq!(paths, expected, "{json}");
    }

    #[test]
    fn a_plain_entry_is_fine() {
        check(r#"{"id":"a-1","question":"Q?","answer":{"full":"A"}}"#, &[]);
    }

    #[test]
    fn everything_wrong_is_named_at_once() {
        check(
            r#"{"id":"A 1","question":" ","aliases":[""],"answer":{"full":""},"language":"English",
                "sources":[{"url":"javascript:alert(1)","checked":"yesterday"}, {"url":"https://me:secret@example.org"}],
                "until":"2027-2-1","review_by":"2027-02-30","related":["x y"]}"#,
            &[
                "id",
                "question",
                "aliases.0",
                "answer.full",
                "language",
                "sources.0.url",
                "sources.0.checked",
                "sources.1.url",
                "review_by",
                "until",
                "related.0",
            ],
        );
    }

    #[track_caller]
    fn check_readers(visibility: &str, answer: &str, expected: &[&str]) {
        let json = serde_json::json!({"id": "a", "question": "Q?", "answer": {"full": answer}, "visibility": visibility,
            "translations": {"de": {"question": "F?", "aliases": [answer], "answer": {"full": "B"}}}});
        let entry: Entry = serde_json::from_value(json).unwrap();
        let paths: Vec<String> = faults_to_readers(&entry).into_iter().map(|fault| fault.path).collect();
        assert_eq!(paths, expected, "{answer}");
        assert_eq!(faults(&entry), []);
    }

    #[test]
    fn where_personal_data_was_taken_out_only_staff_read() {
        let both = ["answer.full", "translations.de.aliases.0"];
        for visibility in ["public", "members"] {
            check_readers(visibility, "Ask [name].", &both);
            check_readers(visibility, "Ask \\[name\\].", &both);
            check_readers(visibility, "Ask Bob, see [here] or [link](https://example.org).", &[]);
        }
        check_readers("staff", "Ask [name].", &[]);
    }

    #[test]
    fn names_are_on_one_line_and_places_are_named() {
        check(
            r#"{"id":"a","question":"Q?","answer":{"full":"A"},"owner":"docs\nteam","escalate_to":"a\tb",
                "channels":{"only":["discord"," "],"not":["web\nchat"]}}"#,
            &["channels.only.1", "channels.not.0", "owner", "escalate_to"],
        );
    }

    #[test]
    fn related_entries_that_are_not_there_are_named_with_the_nearest() {
        let json = r#"{"id":"a","question":"Q?","answer":{"full":"A"},"related":["setup","setupp","qqq"]}"#;
        let entry: Entry = serde_json::from_str(json).unwrap();
        let faults = unknown_related(&entry, &["refund".to_owned(), "setup".to_owned()]);
        let lines: Vec<String> = faults
            .iter()
            .map(|fault| format!("{} {}", fault.path, fault.what))
            .collect();
        assert_eq!(
            lines,
            [
                "related.1 there is no entry setupp (did you mean setup?)",
                "related.2 there is no entry qqq",
            ]
        );
    }

    #[test]
    fn translations_are_checked_like_the_original() {
        check(
            r#"{"id":"a","question":"Q?","answer":{"full":"A"},
                "translations":{"de":{"question":"","answer":{"full":"B"}}}}"#,
            &["translations.de.question"],
        );
    }
}
