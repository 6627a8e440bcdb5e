//! An entry as the fields of a form, and back. Pure.
//!
//! `text` is what one language says, `translated` an entry in another language, `filled` the form itself with what is wrong in it.

mod filled;
#[cfg(test)]
mod tests;
mod text;
mod translated;

use std::collections::{BTreeMap, BTreeSet};

pub(super) use self::filled::{Around, Filled, Kind, problems};
pub(super) use self::text::Text;
use self::translated::Translated;
use crate::console::access::posted::Fields;
use crate::console::show::diff::Part;
use crate::knowledge::check::Fault;
use crate::model::entry::{Channels, Entry, Visibility};
use crate::model::finding::Source;
use crate::model::ids::EntryId;

/// The field in which a form lists all that it has: boxes of which none is ticked are not sent.
const LISTED: &str = "_fields";

/// A form that came in, with what it had.
struct Form<'a> {
    fields: &'a Fields,
    listed: BTreeSet<&'a str>,
}

impl<'a> Form<'a> {
    fn new(fields: &'a Fields) -> Self {
        Self {
            fields,
            listed: fields.names(LISTED).collect(),
        }
    }

    fn has(&self, name: &str) -> bool {
        self.fields.ticked(name) || self.listed.contains(name)
    }

    /// See [`Fields::line`].
    fn line(&self, name: &str, stored: &str) -> String {
        if self.has(name) {
            self.fields.line(name)
        } else {
            stored.to_owned()
        }
    }

    /// See [`Fields::text`].
    fn text(&self, name: &str, stored: &str) -> String {
        if self.has(name) {
            self.fields.text(name)
        } else {
            stored.to_owned()
        }
    }
}

/// What stands in the fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Typed {
    pub(super) id: String,
    pub(super) text: Text,
    pub(super) language: String,
    pub(super) visibility: String,
    /// Names of platforms and places, one a line.
    pub(super) only: String,
    pub(super) not: String,
    pub(super) sources: String,
    pub(super) credit: String,
    pub(super) owner: String,
    pub(super) review_by: String,
    pub(super) until: String,
    pub(super) related: String,
    pub(super) escalate_to: String,
    pub(super) translations: Vec<Translated>,
}

impl Typed {
    /// An entry as it is edited.
    pub(super) fn of(entry: &Entry) -> Self {
        let source = |source: &Source| match &source.checked {
            Some(day) => format!("{} {day}", source.url),
            None => source.url.clone(),
        };
        let related: Vec<&str> = entry.related.iter().map(EntryId::as_str).collect();
        Self {
            id: entry.id.to_string(),
            text: Text::of(&entry.question, &entry.aliases, &entry.answer),
            language: entry.language.clone().unwrap_or_default(),
            visibility: super::list::visibility(entry.visibility).to_owned(),
            only: entry.channels.only.join("\n"),
            not: entry.channels.not.join("\n"),
            sources: entry.sources.iter().map(source).collect::<Vec<_>>().join("\n"),
            credit: entry.credit.clone().unwrap_or_default(),
            owner: entry.owner.clone().unwrap_or_default(),
            review_by: entry.review_by.clone().unwrap_or_default(),
            until: entry.until.clone().unwrap_or_default(),
            related: related.join("\n"),
            escalate_to: entry.escalate_to.clone().unwrap_or_default(),
            translations: Translated::all_of(entry),
        }
    }

    /// What came in. A field that the form did not have, as one of an earlier release that was open in a browser, is as it is `stored`.
    pub(super) fn read(fields: &Fields, stored: &Self) -> Self {
        let form = Form::new(fields);
        let boxes = |name: &str, stored: &String| {
            if form.has(name) {
                fields.all(name).join("\n")
            } else {
                stored.clone()
            }
        };
        Self {
            id: fields.line("id"),
            text: Text::read(&form, "", &stored.text),
            language: form.line("language", &stored.language),
            visibility: form.line("visibility", &stored.visibility),
            only: boxes("only", &stored.only),
            not: boxes("not", &stored.not),
            sources: form.text("sources", &stored.sources),
            credit: form.line("credit", &stored.credit),
            owner: form.line("owner", &stored.owner),
            review_by: form.line("review_by", &stored.review_by),
            until: form.line("until", &stored.until),
            related: form.text("related", &stored.related),
            escalate_to: form.line("escalate_to", &stored.escalate_to),
            translations: Translated::read_all(&form, &stored.translations),
        }
    }

    /// As an entry. `before` is the stored one: its revision, those that its translations name, and what nobody has touched to the
    /// letter are kept. `revision` is the last one before: that of which the form goes on, or for a new entry the last of its name, 0 where
    /// there never was one.
    pub(super) fn entry(&self, before: Option<&Entry>, revision: u32) -> Entry {
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
        let parts = before.map(|before| (before.question.clone(), before.aliases.clone(), before.answer.clone()));
        let (question, aliases, answer) = self.text.parts(parts.as_ref());
        let mut entry = Entry {
            id: EntryId::from(self.id.as_str()),
            question,
            aliases,
            answer,
            language: some(&self.language),
            translations: BTreeMap::new(),
            visibility: match self.visibility.as_str() {
                "everybody" => Visibility::Public,
                "members" => Visibility::Members,
                // What cannot be read is not shown to more people than it should.
                _ => Visibility::Staff,
            },
            channels: Channels {
                only: ordered(lines(&self.only), before.map(|before| &before.channels.only)),
                not: ordered(lines(&self.not), before.map(|before| &before.channels.not)),
            },
            sources: lines(&self.sources).into_iter().map(source).collect(),
            credit: some(&self.credit),
            owner: some(&self.owner),
            review_by: some(&self.review_by),
            until: some(&self.until),
            related: lines(&self.related).into_iter().map(EntryId::from).collect(),
            escalate_to: some(&self.escalate_to),
            rev: before.map_or(0, |before| before.rev),
        };
        for typed in &self.translations {
            if let Some(translation) = typed.translation(before, revision) {
                // Of two in one language the second is a fault, and nothing is stored.
                entry.translations.entry(typed.language.clone()).or_insert(translation);
            }
        }
        entry
    }

    /// The same with what somebody else has changed meanwhile and this form has not: both went on from `base`. So nobody undoes what they
    /// never looked at, as to whom an entry is shown.
    pub(super) fn with_theirs(mut self, base: &Self, theirs: &Self) -> Self {
        self.text = self.text.with_theirs(&base.text, &theirs.text);
        for (mine, base, theirs) in [
            (&mut self.language, &base.language, &theirs.language),
            (&mut self.visibility, &base.visibility, &theirs.visibility),
            (&mut self.only, &base.only, &theirs.only),
            (&mut self.not, &base.not, &theirs.not),
            (&mut self.sources, &base.sources, &theirs.sources),
            (&mut self.credit, &base.credit, &theirs.credit),
            (&mut self.owner, &base.owner, &theirs.owner),
            (&mut self.review_by, &base.review_by, &theirs.review_by),
            (&mut self.until, &base.until, &theirs.until),
            (&mut self.related, &base.related, &theirs.related),
            (&mut self.escalate_to, &base.escalate_to, &theirs.escalate_to),
        ] {
            taken(mine, base, theirs);
        }
        let written = |typed: &Self| {
            let all = typed.translations.iter().filter(|one| !one.text.is_blank());
            all.cloned().collect::<Vec<_>>()
        };
        if written(&self) == written(base) {
            self.translations.clone_from(&theirs.translations);
        }
        self
    }

    /// What is wrong with the form and cannot be seen of the entry that it makes. `own` is the community's language.
    pub(super) fn faults(&self, own: &str) -> Vec<Fault> {
        let own = if self.language.is_empty() { own } else { &self.language };
        translated::faults(&self.translations, own)
    }

    /// All that is written, each with its label, in the order of the form.
    pub(super) fn lines(&self) -> Vec<(String, &str)> {
        let own = |(label, text): (&str, _)| (label.to_owned(), text);
        let mut lines: Vec<(String, &str)> = self.text.lines().into_iter().map(own).collect();
        let others: [(&str, &str); 11] = [
            ("Language", &self.language),
            ("Shown to", &self.visibility),
            ("Said only in", &self.only),
            ("Never said in", &self.not),
            ("Sources", &self.sources),
            ("Thanks to", &self.credit),
            ("Kept true by", &self.owner),
            ("Look again by", &self.review_by),
            ("Until", &self.until),
            ("Related entries", &self.related),
            ("Queue", &self.escalate_to),
        ];
        lines.extend(others.map(own));
        for typed in &self.translations {
            let of = |(label, text): (&str, _)| (format!("{label}, in {}", typed.language), text);
            lines.extend(typed.text.lines().map(of));
        }
        lines
    }
}

/// All that an entry says, each with its label, for comparing.
pub(super) fn parts(entry: &Entry) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    let mut put = |label: String, text: &str| {
        if !text.trim().is_empty() {
            let text = text.trim_end().to_owned();
            parts.push(Part { label, text });
        }
    };
    for (label, text) in Typed::of(entry).lines() {
        put(label, text);
    }
    let translations = entry.translations.iter();
    for (language, translation) in translations.filter(|(_, translation)| translation.of_rev > 0) {
        let of_rev = translation.of_rev.to_string();
        put(format!("Compared with revision, in {language}"), &of_rev);
    }
    parts
}

/// Theirs in place of mine where mine is as it was.
fn taken(mine: &mut String, base: &str, theirs: &String) {
    if mine.trim() == base.trim() {
        mine.clone_from(theirs);
    }
}

fn lines(text: &str) -> Vec<String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(str::to_owned).collect()
}

/// In the order of `before`, where the same are ticked: boxes have an order of their own, which nobody has chosen.
fn ordered(typed: Vec<String>, before: Option<&Vec<String>>) -> Vec<String> {
    let sorted = |names: &[String]| {
        let mut names = names.to_vec();
        names.sort_unstable();
        names
    };
    match before {
        Some(before) if sorted(before) == sorted(&typed) => before.clone(),
        _ => typed,
    }
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned()).filter(|text| !text.is_empty())
}
