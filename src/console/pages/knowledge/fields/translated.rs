//! An entry in another language, as it is typed. Pure.
//!
//! Which translation is behind is decided by `knowledge::translations`, of texts and of the revision that a translation names. So a
//! translation that is written anew, or of which somebody says that it still is true, names the revision that saving it makes.

use std::collections::BTreeSet;

use super::Form;
use super::text::Text;
use crate::knowledge::check::Fault;
use crate::model::entry::{Entry, Translation};

/// What stands in the fields of one translation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Translated {
    pub(crate) language: String,
    pub(crate) text: Text,
    /// Somebody has compared both, and says that it says the same as the entry now.
    pub(crate) same: bool,
}

/// As forms begin the names of the fields of a translation, by its place from 0.
pub(super) fn prefix(place: usize) -> String {
    format!("t{place}-")
}

impl Translated {
    /// Those of an entry.
    pub(super) fn all_of(entry: &Entry) -> Vec<Self> {
        let translations = entry.translations.iter();
        translations
            .map(|(language, translation)| Self {
                language: language.clone(),
                text: text_of(translation),
                // A draft names the revision that publishing it makes.
                same: entry.rev > 0 && translation.of_rev > entry.rev,
            })
            .collect()
    }

    /// What came in, without those in which nobody has written anything. A form that had none at all leaves those that are stored.
    pub(super) fn read_all(form: &Form<'_>, stored: &[Self]) -> Vec<Self> {
        let fields = form.fields;
        let places = fields.beginning("t").filter_map(|(rest, _)| {
            let (place, part) = rest.split_once('-')?;
            (part == "language").then(|| place.parse::<usize>().ok())?
        });
        // Each once and in their order, whatever was sent.
        let places: BTreeSet<usize> = places.collect();
        if places.is_empty() {
            return stored.to_vec();
        }
        let blank = Text::default();
        let read = places.into_iter().map(|place| {
            let prefix = prefix(place);
            let language = fields.line(&format!("{prefix}language"));
            let before = stored.iter().find(|stored| stored.language == language);
            Self {
                text: Text::read(form, &prefix, before.map_or(&blank, |before| &before.text)),
                language,
                same: fields.ticked(&format!("{prefix}same")),
            }
        });
        read.filter(|typed| !typed.language.is_empty() || !typed.text.is_blank())
            .collect()
    }

    /// The translation that saving the form makes of it; none where it is taken away. `revision` is the last one of the entry before.
    pub(super) fn translation(&self, before: Option<&Entry>, revision: u32) -> Option<Translation> {
        let stored = before.and_then(|before| Some((before.rev, before.translations.get(&self.language)?)));
        if self.text.is_cleared() && (stored.is_some() || self.text.is_blank()) {
            return None;
        }
        let parts = stored.map(|(_, of)| (of.question.clone(), of.aliases.clone(), of.answer.clone()));
        let (question, aliases, answer) = self.text.parts(parts.as_ref());
        let untouched = stored.filter(|(_, stored)| !self.same && self.text.is_like(&text_of(stored)));
        let of_rev = match untouched {
            // A number of the future means no more than now.
            Some((rev, stored)) => stored.of_rev.min(rev),
            None => revision.saturating_add(1),
        };
        Some(Translation {
            of_rev,
            question,
            aliases,
            answer,
        })
    }
}

/// What no entry can show, because it has one translation for each language: those that were typed twice, or are in `own`, the
/// language of the entry itself. Each is named at its field.
pub(super) fn faults<'a>(all: &'a [Translated], own: &str) -> Vec<Fault> {
    let written = |all: &'a [Translated]| all.iter().filter(|typed| !typed.text.is_cleared());
    let mut faults = Vec::new();
    for (place, typed) in all.iter().enumerate() {
        let is = |language: &str| typed.language.eq_ignore_ascii_case(language);
        let what = if typed.language.is_empty() || typed.text.is_cleared() {
            continue;
        } else if is(own) {
            "is the language of the entry itself: that text stands above"
        } else if written(&all[..place]).any(|before| is(&before.language)) {
            "stands above already: each language once"
        } else {
            continue;
        };
        faults.push(Fault {
            path: format!("{}language", prefix(place)),
            what: what.to_owned(),
        });
    }
    faults
}

fn text_of(translation: &Translation) -> Text {
    Text::of(&translation.question, &translation.aliases, &translation.answer)
}
