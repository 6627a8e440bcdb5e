//! In which language an entry is said. Pure.
//!
//! The language of the question comes first: where it is word for word one of the entry's ways to ask, that one's; else what its
//! sentences show; else what words show that the entry has in one language alone, which tells more of three words than statistics do;
//! else what the spelling shows, where a way to ask in one language is clearly nearer to it than all in the person's.
//! The language of the person, which is often no more than their browser's, comes after it, and the entry's own comes last.

use std::collections::BTreeSet;

use crate::knowledge::scoring::{Question, Slot, fold};
use crate::model::entry::Entry;
use crate::model::finding::AskScope;
use crate::model::language::{self, primary};

/// One such word is in a question by chance, as a loan or a product's name; two are not.
const OWN_WORDS_MIN: usize = 2;

/// A way to ask that is nearer by so much is in the language of the question. Names of things, which stand in all languages, make less.
const CLEARLY: f32 = 0.25;

/// What is known of the languages of a question and of whoever asks.
pub(super) struct Spoken<'a> {
    folded: String,
    detected: Option<&'a str>,
    person: Option<&'a str>,
    /// The question as it is compared with the entries.
    question: Option<&'a Question<'a>>,
}

impl<'a> Spoken<'a> {
    pub(super) fn new(scope: &'a AskScope, question: &str) -> Self {
        Self {
            folded: fold(question),
            detected: language::detect(question),
            person: scope.language.as_deref(),
            question: None,
        }
    }

    /// The same, told how near the ways to ask are.
    pub(super) fn beside<'b>(self, question: &'b Question<'b>) -> Spoken<'b>
    where
        'a: 'b,
    {
        Spoken {
            question: Some(question),
            ..self
        }
    }

    /// The language of the question, else the asker's: what is known before an entry is.
    pub(super) fn known(&self) -> Option<&'a str> {
        self.detected.or(self.person)
    }

    /// The language in which the entry of `slot` is said; `own` is what its text is written in where it does not say so.
    pub(super) fn of<'b>(&'b self, (entry, slot): (&'b Entry, Slot), own: &'b str) -> Option<&'b str> {
        let ways = ways(entry, own);
        let sure = [self.exact(&ways), self.detected, self.by_words(&ways)];
        let spelled = || self.by_spelling(slot, &ways);
        let mut wanted = sure.into_iter().flatten();
        let said = wanted.find_map(|wanted| among(wanted, &ways)).or_else(spelled);
        said.or_else(|| among(self.person?, &ways))
    }

    /// The language whose way to ask the question is; the person's among several.
    fn exact<'b>(&self, ways: &[(&'b str, Vec<String>)]) -> Option<&'b str> {
        let asked = |ways: &[String]| !self.folded.is_empty() && ways.contains(&self.folded);
        let found = ways
            .iter()
            .filter(|(_, ways)| asked(ways))
            .map(|(language, _)| *language);
        let found: Vec<&str> = found.collect();
        let theirs = |language: &&&str| self.person.is_some_and(|person| primary(person) == primary(language));
        found.iter().find(theirs).or(found.first()).copied()
    }

    /// The one language in whose ways to ask there are words of the question that are in no other's.
    fn by_words<'b>(&self, ways: &[(&'b str, Vec<String>)]) -> Option<&'b str> {
        let asked: BTreeSet<&str> = self.folded.split(' ').collect();
        let mut of_one: Vec<&'b str> = Vec::new();
        for word in asked {
            let has = |ways: &[String]| ways.iter().any(|way| way.split(' ').any(|other| other == word));
            let mut having = ways.iter().filter(|(_, ways)| has(ways));
            if let (Some((language, _)), None) = (having.next(), having.next()) {
                of_one.push(language);
            }
        }
        let first = *of_one.first()?;
        (of_one.len() >= OWN_WORDS_MIN && of_one.iter().all(|language| *language == first)).then_some(first)
    }

    /// The language in which a way to ask is clearly nearer than in the one that would be said without it. Nothing where the language of
    /// the question is sure, and of a single word, which is in a question by chance.
    fn by_spelling<'b>(&'b self, slot: Slot, ways: &[(&'b str, Vec<String>)]) -> Option<&'b str> {
        if self.detected.is_some() || self.folded.split(' ').count() < OWN_WORDS_MIN {
            return None;
        }
        let (own, _) = ways.first()?;
        let otherwise = self.person.and_then(|person| among(person, ways)).unwrap_or(own);
        // A word that stands in it in that language too, such as a product's name, says nothing of the language.
        let theirs = ways.iter().filter(|(language, _)| *language == otherwise);
        let mut theirs = theirs.flat_map(|(_, ways)| ways).flat_map(|way| way.split(' '));
        if theirs.any(|word| self.folded.split(' ').any(|asked| asked == word)) {
            return None;
        }
        let near = self.question?.nearest_by_language(slot);
        let of = |wanted: &str| {
            let same = near.iter().filter(|(language, _)| primary(language) == primary(wanted));
            same.map(|(_, near)| *near).fold(0.0, f32::max)
        };
        let (nearest, how_near) = near.iter().max_by(|one, other| one.1.total_cmp(&other.1))?;
        (how_near - of(otherwise) >= CLEARLY).then_some(*nearest)
    }
}

/// The language of the entry that whoever wants this one understands: `pt` is understood by whoever wrote `pt-BR`, and the other way
/// round.
fn among<'b>(wanted: &str, ways: &[(&'b str, Vec<String>)]) -> Option<&'b str> {
    let mut spoken = ways.iter().map(|(language, _)| *language);
    let near = spoken.clone().find(|language| primary(language) == primary(wanted));
    spoken.find(|language| *language == wanted).or(near)
}

/// The ways to ask of each language of the entry, its own first, folded.
fn ways<'b>(entry: &'b Entry, own: &'b str) -> Vec<(&'b str, Vec<String>)> {
    let folded = |question: &String, aliases: &[String]| {
        let all = std::iter::once(question).chain(aliases);
        all.map(|way| fold(way)).collect()
    };
    let own = entry.language.as_deref().unwrap_or(own);
    let translated = entry.translations.iter();
    let translated = translated.map(|(language, text)| (language.as_str(), folded(&text.question, &text.aliases)));
    std::iter::once((own, folded(&entry.question, &entry.aliases)))
        .chain(translated)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::Base;
    use super::super::tests::{entry, public};
    use super::*;

    const COSTS: &str = "- {id: costs, question: What does Switchboard cost?, aliases: [is it free, pricing, Download],\
        answer: Nothing., translations: {\
        de: {question: Was kostet Switchboard?, aliases: [ist es kostenlos, Preise, Download], answer: Nichts.},\
        es: {question: ¿Cuánto cuesta Switchboard?, aliases: [es gratis], answer: Nada.},\
        fr: {question: Combien coûte Switchboard ?, aliases: [est-ce gratuit], answer: Rien.}}}";

    /// What is said to somebody whose browser speaks `person`.
    #[track_caller]
    fn check(person: Option<&str>, question: &str, expected: &str) {
        let scope = AskScope {
            language: person.map(str::to_owned),
            ..public()
        };
        check_of(COSTS, &scope, question, expected);
    }

    #[track_caller]
    fn check_of(yaml: &str, scope: &AskScope, question: &str, expected: &str) {
        let stored = entry(yaml);
        let entry = stored.entry.clone();
        let base = Base::new("en", vec![stored]);
        let spoken = Spoken::new(scope, question);
        let question_asked = Question::new(&base.index, question, spoken.known());
        let spoken = spoken.beside(&question_asked);
        assert_eq!(base.text(&entry, &spoken).answer, expected, "{question}");
    }

    #[test]
    fn a_stored_way_to_ask_outweighs_the_browser() {
        check(Some("en-US"), "Was kostet Switchboard?", "Nichts.");
        check(Some("en"), "Ist es kostenlos?", "Nichts.");
        check(Some("en"), "Combien coûte Switchboard ?", "Rien.");
        check(Some("fr"), "Es gratis?", "Nada.");
        check(Some("de"), "Is it free?", "Nothing.");
        check(None, "Preise", "Nichts.");
    }

    #[test]
    fn words_of_one_language_alone_say_which_one_it_is() {
        check(Some("en"), "Was kostet Switchboard so?", "Nichts.");
        check(Some("de"), "does it cost?", "Nothing.");
    }

    const FEE: &str = "- {id: fee, question: How much is the membership fee for students?,\
        aliases: [student membership, fee for pupils], answer: Ten euros.,\
        translations: {de: {question: Wie hoch ist der Mitgliedsbeitrag für Studierende?,\
        aliases: [Mitgliedsbeitrag Student, Beitrag Schüler], answer: Zehn Euro.}}}";

    const HOURS: &str = "- {id: hours, question: When are you open on Saturdays?, aliases: [opening hours on Saturday],\
        answer: Until noon., translations: {de: {question: Wann habt ihr samstags geöffnet?,\
        aliases: [Öffnungszeiten am Samstag], answer: Bis mittags.}}}";

    #[test]
    fn two_words_that_are_spelled_as_in_one_language_are_answered_in_it() {
        let from = |language: &str| AskScope {
            language: Some(language.to_owned()),
            ..public()
        };
        let (english, german) = (from("en-GB"), from("de"));
        check_of(FEE, &english, "Mitgliedsbeitrag Studenten", "Zehn Euro.");
        check_of(FEE, &english, "Beiträge Schüler", "Zehn Euro.");
        check_of(HOURS, &english, "Öffnungszeiten Samstag", "Bis mittags.");
        check_of(HOURS, &english, "Samstags Öffnungszeit", "Bis mittags.");
        check_of(HOURS, &public(), "Öffnungszeiten Samstag", "Bis mittags.");
        check_of(FEE, &german, "fees pupils", "Ten euros.");
        check_of(HOURS, &german, "opening Saturday", "Until noon.");
        // A name that stands in both says nothing, however many ways to ask one of them has.
        let discord = "- {id: discord, question: How do I connect Discord?, aliases: [Discord bot token], answer: Yes.,\
            translations: {de: {question: Wie verbinde ich Discord?, answer: Ja.}}}";
        check_of(discord, &german, "Discord Token", "Ja.");
        // As near in both, or a single word.
        check_of(HOURS, &english, "when open", "Until noon.");
        check_of(FEE, &german, "Student", "Zehn Euro.");
        check(Some("en"), "Switchboard Switchboard", "Nothing.");
        check(Some("es"), "Switchboard Discord", "Nada.");
    }

    #[test]
    fn where_the_question_does_not_say_the_person_does() {
        check(Some("de-AT"), "Download", "Nichts.");
        check(Some("en"), "Download", "Nothing.");
        check(Some("es"), "Switchboard?", "Nada.");
        check(Some("de"), "free", "Nichts.");
        check(None, "Switchboard?", "Nothing.");
    }

    #[test]
    fn a_language_that_the_entry_does_not_have_leaves_it_to_the_person_and_then_to_the_entry() {
        let dutch = "Ik wil graag weten wat het kost en waarom niet";
        check(Some("fr"), dutch, "Rien.");
        check(Some("nl"), dutch, "Nothing.");
    }
}
