//! What is said at each decision of the knowledge base. Pure.

use switchboard_plugin::knowledge::{Decision, Entry, Gap, Hit};
use switchboard_plugin::types::{Button, Draft, Outcome, Reply};

use crate::texts::Texts;

/// A payload may have 1 KiB; the question in it tells staff what it was about.
const QUESTION_CHARS_MAX: usize = 200;

/// Longer labels are cut by most platforms.
const LABEL_CHARS_MAX: usize = 60;

/// So much of a question stands before the longest name, of 64 characters: the host takes labels of 80.
const ASKED_CHARS_MIN: usize = 13;

/// A question, and whether others read along.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question<'a> {
    pub(crate) text: &'a str,
    pub(crate) direct: bool,
}

/// What a press of one of our buttons means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Payload<'a> {
    /// Shows this entry.
    Show(&'a str),
    /// Calls a person about this question.
    Staff(&'a str),
    /// Leaves the question to the people in the place.
    Wait,
}

impl<'a> Payload<'a> {
    pub(crate) fn read(payload: &'a str) -> Option<Self> {
        let (word, rest) = payload.split_once(':').unwrap_or((payload, ""));
        match word {
            "show" => Some(Self::Show(rest)),
            "staff" => Some(Self::Staff(rest)),
            "wait" => Some(Self::Wait),
            _ => None,
        }
    }

    fn write(self) -> String {
        match self {
            Self::Show(entry) => format!("show:{entry}"),
            Self::Staff(question) => format!("staff:{}", cut(question, QUESTION_CHARS_MAX)),
            Self::Wait => "wait".to_owned(),
        }
    }
}

/// The answer to a question that was asked.
pub(crate) fn to_question(question: &Question<'_>, decision: Decision, texts: &Texts) -> Outcome {
    match decision {
        Decision::Answer(found) => entry(&found, question.direct),
        Decision::Suggest(hits) if !hits.is_empty() => offer(texts.did_you_mean, question, &hits, texts),
        Decision::Suggest(_) => abstain(question, &Gap::NothingFound, texts),
        Decision::Abstain(gap) => abstain(question, &gap, texts),
    }
}

/// What is said after *Not it*: the next best, as an offer, because the first was wrong already.
pub(crate) fn to_not_it(question: &Question<'_>, decision: Decision, texts: &Texts) -> Outcome {
    match decision {
        Decision::Answer(entry) => {
            let hit = Hit {
                entry: entry.id,
                question: entry.question,
                probability: 0.0,
            };
            offer(texts.sorry_perhaps, question, &[hit], texts)
        }
        Decision::Suggest(hits) if !hits.is_empty() => offer(texts.sorry_perhaps, question, &hits, texts),
        Decision::Suggest(_) | Decision::Abstain(_) => {
            Outcome::pass().reply(Draft::plain(texts.sorry_nothing).buttons(ways_on(question, texts)))
        }
    }
}

/// What is said to whoever writes that an answer is wrong, and no more: what they ask in other words soon after is not given it again.
pub(crate) fn to_wrong(question: &Question<'_>, texts: &Texts) -> Outcome {
    Outcome::pass().reply(Draft::plain(texts.sorry_again).buttons(ways_on(question, texts)))
}

/// An entry, in full where nobody else is bothered by its length.
pub(crate) fn entry(entry: &Entry, direct: bool) -> Outcome {
    Outcome::pass().reply(answer(entry, direct)).answered()
}

/// An answer that nobody asked the bot for. The host puts *Dismiss* below it.
pub(crate) fn overheard(entry: &Entry, texts: &Texts) -> Outcome {
    let text = entry.short.as_deref().unwrap_or(&entry.answer);
    let draft = Draft::markdown(format!("{}\n\n{text}", texts.unasked)).cite(&entry.id);
    Outcome::pass().reply(Reply::here(draft).in_thread()).answered()
}

/// Why nothing is said unasked, for the admin.
pub(crate) fn why_quiet(decision: &Decision) -> &'static str {
    match decision {
        Decision::Abstain(Gap::NothingFound) => "nothing found",
        Decision::Abstain(Gap::StaffOnly) => "the answer is for staff",
        Decision::Abstain(Gap::NotHere) => "the answer may not be given here",
        Decision::Answer(_) | Decision::Suggest(_) | Decision::Abstain(Gap::Uncertain | Gap::Other(_)) => {
            "no entry is sure enough to speak unasked"
        }
    }
}

fn answer(entry: &Entry, direct: bool) -> Draft {
    let text = match &entry.short {
        Some(short) if !direct => short,
        _ => &entry.answer,
    };
    let draft = Draft::markdown(text).cite(&entry.id);
    match &entry.short {
        Some(short) => draft.short(short),
        None => draft,
    }
}

fn offer(line: &str, question: &Question<'_>, hits: &[Hit], texts: &Texts) -> Outcome {
    let shown = labels(hits)
        .into_iter()
        .zip(hits)
        .map(|(label, hit)| Button::press(label, Payload::Show(&hit.entry).write()));
    let draft = Draft::plain(line).buttons(shown).button(staff(question, texts));
    Outcome::pass().reply(draft)
}

/// What stands on each button: the entry's question, and behind it the entry's name where others would read the same.
fn labels(hits: &[Hit]) -> Vec<String> {
    let asked: Vec<String> = hits.iter().map(|hit| cut(&hit.question, LABEL_CHARS_MAX)).collect();
    let is_alone = |label: &String| asked.iter().filter(|other| *other == label).count() == 1;
    let labels = asked.iter().zip(hits).map(|(label, hit)| {
        if is_alone(label) {
            return label.clone();
        }
        let name = format!(" ({})", hit.entry);
        let room = LABEL_CHARS_MAX.saturating_sub(name.chars().count());
        format!("{}{name}", cut(&hit.question, room.max(ASKED_CHARS_MIN)))
    });
    labels.collect()
}

fn abstain(question: &Question<'_>, gap: &Gap, texts: &Texts) -> Outcome {
    let (line, why) = match gap {
        Gap::NothingFound => (texts.nothing_found, "nothing found"),
        Gap::StaffOnly => (texts.staff_only, "the answer is for staff"),
        Gap::NotHere => (texts.not_here, "the answer may not be given here"),
        Gap::Uncertain | Gap::Other(_) => (texts.uncertain, "no entry is sure enough"),
    };
    Outcome::pass()
        .reply(Draft::plain(line).buttons(ways_on(question, texts)))
        .abstained(why)
}

/// In a direct chat nobody else could answer, so there is no waiting for people.
fn ways_on(question: &Question<'_>, texts: &Texts) -> Vec<Button> {
    let mut buttons = vec![staff(question, texts)];
    if !question.direct {
        buttons.insert(0, Button::press(texts.wait_for_people, Payload::Wait.write()));
    }
    buttons
}

fn staff(question: &Question<'_>, texts: &Texts) -> Button {
    Button::press(texts.ask_staff, Payload::Staff(question.text).write())
}

fn cut(text: &str, chars_max: usize) -> String {
    if text.chars().count() <= chars_max {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(chars_max - 1).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use switchboard_plugin::types::{Action, ButtonEffect, Stance};

    use std::fmt::Write as _;

    use super::*;

    const DIRECT: Question<'_> = Question {
        text: "what is it",
        direct: true,
    };
    const SHARED: Question<'_> = Question {
        text: "what is it",
        direct: false,
    };

    fn found(short: Option<&str>) -> Entry {
        Entry {
            id: "what".into(),
            revision: 1,
            question: "What is it?".into(),
            answer: "A long answer.".into(),
            short: short.map(str::to_owned),
        }
    }

    fn hits(ids: &[&str]) -> Decision {
        let hit = |id: &&str| Hit {
            entry: (*id).into(),
            question: format!("About {id}?"),
            probability: 0.3,
        };
        Decision::Suggest(ids.iter().map(hit).collect())
    }

    /// Text, then `[label → payload]` for each button, then what it cites.
    fn shown(outcome: &Outcome) -> String {
        let [Action::Reply(reply)] = outcome.actions.as_slice() else {
            panic!("one reply, not {:?}", outcome.actions);
        };
        let mut line = reply.draft.text.clone();
        for button in &reply.draft.buttons {
            let ButtonEffect::Press(payload) = &button.effect else {
                panic!("presses alone");
            };
            write!(line, " [{} → {payload}]", button.label).unwrap();
        }
        for cite in &reply.draft.cites {
            write!(line, " ({cite})").unwrap();
        }
        line
    }

    #[track_caller]
    fn check(outcome: &Outcome, expected: &str, stance: &Stance) {
        assert_eq!(shown(outcome), expected);
        assert_eq!(&outcome.stance, stance);
    }

    fn english() -> &'static Texts {
        Texts::of("en")
    }

    #[test]
    fn a_sure_answer_is_said_with_its_source() {
        let outcome = to_question(&DIRECT, Decision::Answer(found(Some("Short."))), english());
        check(&outcome, "A long answer. (what)", &Stance::Answered);
    }

    #[test]
    fn where_others_read_along_the_short_form_is_said() {
        let outcome = to_question(&SHARED, Decision::Answer(found(Some("Short."))), english());
        check(&outcome, "Short. (what)", &Stance::Answered);
        let outcome = to_question(&SHARED, Decision::Answer(found(None)), english());
        check(&outcome, "A long answer. (what)", &Stance::Answered);
    }

    #[test]
    fn likely_entries_are_offered_as_buttons() {
        let outcome = to_question(&DIRECT, hits(&["a", "b"]), english());
        check(
            &outcome,
            "Did you mean one of these? [About a? → show:a] [About b? → show:b] [Ask the staff → staff:what is it]",
            &Stance::Neutral,
        );
    }

    #[test]
    fn entries_with_the_same_question_are_told_apart_by_their_names() {
        let hit = |entry: &str, question: &str| Hit {
            entry: entry.to_owned(),
            question: question.to_owned(),
            probability: 0.3,
        };
        let same = [
            hit("hours", "When are you open?"),
            hit("price", "What does it cost?"),
            hit("hours-hall", "When are you open?"),
        ];
        assert_eq!(
            labels(&same),
            [
                "When are you open? (hours)",
                "What does it cost?",
                "When are you open? (hours-hall)"
            ]
        );
        // Also where only what is cut off differs, and whatever the names are.
        let long = "Where do I find what I need to know when I come for the first time ";
        let names = ["a".repeat(64), "b".repeat(64)];
        let cut_off = [
            hit("by-car", &format!("{long}by car?")),
            hit("by-train", &format!("{long}by train?")),
            hit(&names[0], "When are you open?"),
            hit(&names[1], "When are you open?"),
        ];
        let labels = labels(&cut_off);
        assert_eq!(
            labels[0],
            "Where do I find what I need to know when I come fo… (by-car)"
        );
        for (label, hit) in labels.iter().zip(&cut_off) {
            assert!(label.ends_with(&format!("({})", hit.entry)), "{label}");
            assert!(label.chars().count() <= 80, "{label}");
        }
    }

    #[test]
    fn what_is_not_known_is_said_with_a_way_on() {
        let outcome = to_question(&DIRECT, Decision::Abstain(Gap::NothingFound), english());
        check(
            &outcome,
            "I don't know that: I found nothing about it. [Ask the staff → staff:what is it]",
            &Stance::Abstained("nothing found".into()),
        );
        let outcome = to_question(&SHARED, Decision::Abstain(Gap::StaffOnly), english());
        check(
            &outcome,
            "Only the staff can answer that. [Wait for people here → wait] [Ask the staff → staff:what is it]",
            &Stance::Abstained("the answer is for staff".into()),
        );
    }

    #[test]
    fn after_not_it_even_a_sure_entry_is_only_offered() {
        let outcome = to_not_it(&DIRECT, Decision::Answer(found(None)), english());
        check(
            &outcome,
            "Sorry that this was not it. Perhaps one of these? [What is it? → show:what] [Ask the staff → staff:what is it]",
            &Stance::Neutral,
        );
    }

    #[test]
    fn whoever_writes_that_it_is_wrong_is_told_how_to_go_on() {
        check(
            &to_wrong(&DIRECT, english()),
            "Sorry that this was not it. Please ask again in other words, or let a person help. [Ask the staff → staff:what is it]",
            &Stance::Neutral,
        );
    }

    #[test]
    fn payloads_read_back_and_long_questions_are_cut() {
        let long = "x".repeat(5_000);
        for payload in [Payload::Show("a:b"), Payload::Wait, Payload::Staff("why: so")] {
            assert_eq!(Payload::read(&payload.write()), Some(payload));
        }
        assert!(Payload::Staff(&long).write().len() < 1_024);
        assert_eq!(Payload::read("vote:1"), None);
    }
}
