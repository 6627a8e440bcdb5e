//! All that a base does, it does with what a sentence model makes of its texts. The model of these tests knows what texts are about.

use super::tests::{TODAY, entry, public};
use super::*;
use crate::knowledge::scoring::{LINE_MAX, ModelDigest, VERSION, version};

const SPACE: Space = Space {
    model: ModelDigest([7; 16]),
    dimensions: 4,
    unrelated: 0.0,
};

const ENTRIES: [&str; 4] = [
    "- {id: refund, question: How do I get a refund?, aliases: [please reverse my purchase], answer: Write to us.}",
    "- {id: garden, question: When does the garden open?, aliases: [visiting hours of the park], answer: At nine.}",
    "- {id: bus, question: Which bus goes to the station?, aliases: [coach towards the trains], answer: The second.}",
    "- {id: bread, question: Is there rye bread on Sunday?, aliases: [any dark loaf at the weekend], answer: No.}",
];

/// What texts are about, by words of theirs.
const ABOUT: [&[&str]; 4] = [
    &["refund", "purchase", "Write", "euros"],
    &["garden", "park", "nine"],
    &["bus", "coach", "second"],
    &["bread", "loaf"],
];

const IN_OTHER_WORDS: &str = "are my euros gone";

fn made(text: &str) -> Option<Embedding> {
    let about = ABOUT.map(|words| f32::from(u8::from(words.iter().any(|word| text.contains(word)))));
    Embedding::of(&about)
}

fn read(entries: &[&str]) -> Base {
    let entries = entries.iter().map(|yaml| entry(yaml)).collect();
    let mut base = Base::for_model(SPACE, "en", entries);
    for (digest, text) in base.to_embed(100) {
        base.embed(digest, made(&text).as_ref());
    }
    base
}

fn by_words(entries: &[&str]) -> Base {
    Base::new("en", entries.iter().map(|yaml| entry(yaml)).collect())
}

fn asked<'a>(words: &'a str, embedding: Option<&'a Embedding>) -> Asked<'a> {
    Asked { words, embedding }
}

fn lines(line: f32) -> Lines {
    Lines {
        addressed: line,
        overheard: line,
    }
}

#[test]
fn a_way_to_ask_is_tried_with_what_the_model_made_of_it() {
    let (with, without) = (read(&ENTRIES), by_words(&ENTRIES));
    let ways = with.sample(100, TODAY);
    assert_eq!(ways, without.sample(100, TODAY));
    assert_eq!(ways.len(), 8);
    for way in &ways {
        let (with, without) = (with.try_out(way, TODAY).unwrap(), without.try_out(way, TODAY).unwrap());
        assert!(with.is_right(), "{with:?}");
        assert!(
            !without.is_right() || with.probability > without.probability,
            "{with:?} {without:?}"
        );
    }
}

#[test]
fn what_means_the_same_stands_in_for_an_entry() {
    let again = "- {id: again, question: are all my euros lost, answer: Ask us.}";
    let entries: Vec<&str> = ENTRIES.into_iter().chain([again]).collect();
    let stands_in = |base: &Base| base.stand_in(&"again".into(), TODAY).map(|(id, _)| id.to_string());
    assert_eq!(stands_in(&read(&entries)).as_deref(), Some("refund"));
    assert_eq!(stands_in(&by_words(&entries)), None);
}

#[test]
fn an_answer_passes_the_line_of_the_scoring_that_found_it() {
    let mut base = read(&ENTRIES);
    let embedding = made(IN_OTHER_WORDS);
    let (with, without) = (
        asked(IN_OTHER_WORDS, embedding.as_ref()),
        asked("how do garden buses get on", None),
    );
    let judged = |base: &Base, asked| base.judge(&public(), asked, &[], TODAY);
    let (likely, by_words) = (judged(&base, with), judged(&base, without));
    assert_eq!(likely.best.as_ref().map(EntryId::as_str), Some("refund"));
    for (words, model, answered) in [
        (1.0, likely.probability, [true, false]),
        (by_words.probability, 1.0, [false, true]),
    ] {
        base.set_lines(lines(words), lines(model));
        let is_answered = |asked| judged(&base, asked).band == Band::Answer;
        assert_eq!([is_answered(with), is_answered(without)], answered);
    }
}

#[test]
fn a_finding_names_the_scoring_that_found_it() {
    let mut base = read(&ENTRIES);
    let embedding = made(IN_OTHER_WORDS);
    let scoring = |base: &Base, embedding| {
        let finding = base.ask(&public(), asked(IN_OTHER_WORDS, embedding), 3, &[], TODAY);
        finding.considered.unwrap().scoring
    };
    let of_model = version(Some(SPACE.model));
    assert_eq!(scoring(&base, embedding.as_ref()), of_model);
    assert_eq!(base.scoring(), of_model);
    assert_eq!(scoring(&base, None), VERSION);
    // With a text that is not read yet, words decide.
    base.put(entry("- {id: new, question: What is new here?, answer: All.}"));
    assert_eq!(scoring(&base, embedding.as_ref()), VERSION);
    assert_eq!(base.scoring(), VERSION);
}

#[test]
fn a_word_of_a_language_model_is_weighed_against_the_same_evidence() {
    let mut base = read(&ENTRIES);
    let embedding = made(IN_OTHER_WORDS);
    let asked = asked(IN_OTHER_WORDS, embedding.as_ref());
    let probability = base.judge(&public(), asked, &[], TODAY).probability;
    // Just out of reach for the entries alone.
    base.set_lines(lines(LINE_MAX), lines(probability + 0.001));
    let shown = base.undecided(&public(), asked, TODAY).expect("a word would decide");
    assert_eq!(shown[0].id.as_str(), "refund");
    let taken = Taken {
        id: shown[0].id.clone(),
        revision: shown[0].revision,
        parts: None,
    };
    let finding = base.weighed(&public(), asked, 3, TODAY, &Word::Yes(vec![taken]));
    assert!(matches!(&finding.decision, Decision::Answer { entry } if entry.id.as_str() == "refund"));
    let scoring = format!("{} with a model", base.scoring());
    assert_eq!(finding.considered.unwrap().scoring, scoring);
}
