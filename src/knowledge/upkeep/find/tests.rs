//! What is found, and in which order.

use super::*;
use crate::model::finding::Source;
use serde_json::json;

/// The 24th of November 2026.
const NOW: Timestamp = Timestamp::from_millis(1_795_500_000_000);

fn stored(id: &str, question: &str, answer: &str) -> StoredEntry {
    let entry = json!({"id": id, "question": question, "answer": {"full": answer}, "rev": 2});
    StoredEntry {
        entry: serde_json::from_value(entry).unwrap(),
        file: None,
        changed_at: NOW,
        changed_by: None,
    }
}

fn with_source(mut stored: StoredEntry, checked: Option<&str>) -> StoredEntry {
    stored.entry.sources.push(Source {
        url: "https://example.org/page".to_owned(),
        checked: checked.map(str::to_owned),
    });
    stored
}

fn known() -> Known {
    Known {
        used: Use::default(),
        links: Vec::new(),
        stand_ins: Vec::new(),
        behind: HashMap::new(),
        today: day(NOW),
        now: NOW,
    }
}

/// What is found, as `Dead link: a` and so on, with what the base itself knows of who stands in for whom.
fn found(entries: Vec<StoredEntry>, mut known: Known) -> Vec<String> {
    let base = Base::new("en", entries);
    let ids: Vec<EntryId> = base.list().map(|stored| stored.entry.id.clone()).collect();
    let stand_ins = ids.iter().filter_map(|id| {
        let (other, probability) = base.stand_in(id, &known.today)?;
        Some((id.clone(), other.clone(), probability))
    });
    known.stand_ins = stand_ins.collect();
    let line = |finding: &Finding| {
        let entries: Vec<&str> = finding.entries.iter().map(|(id, _)| id.as_str()).collect();
        format!("{}: {}", finding.concern.heading(), entries.join(" "))
    };
    findings(&base, &known).iter().map(line).collect()
}

#[test]
fn one_question_with_two_answers_is_told_from_one_that_is_there_twice() {
    let entries = || {
        vec![
            stored("refund", "How do I get a refund?", "You have 14 days to ask for it."),
            stored(
                "money-back",
                "How do I get a refund?",
                "You have 30 days to ask for it.",
            ),
            stored("install", "How do I install the app?", "Run the installer."),
            stored("setup", "How do I install the app", "Run the installer."),
            stored("parking", "Where can I park my bicycle?", "Behind the house."),
        ]
    };
    let expected = ["Two answers: money-back refund", "Near duplicate: install setup"];
    assert_eq!(found(entries(), known()), expected);
    let mut turned = entries();
    turned.reverse();
    assert_eq!(found(turned, known()), expected, "whatever was put first");
}

#[test]
fn entries_of_a_list_are_near_only_where_they_are_asked_in_the_very_same_words() {
    const THINGS: [&str; 18] = [
        "kettle", "piano", "tent", "camera", "fridge", "saddle", "clock", "oven", "mirror", "carpet", "drill", "globe",
        "canoe", "anvil", "candle", "fiddle", "hammock", "trumpet",
    ];
    let packages = ["libxml2", "libxml2-dev"].map(|name| stored(name, &format!("What is {name}?"), "A package."));
    let thing = |name: &&str| stored(name, &format!("What is a {name}?"), &format!("A thing, the {name}."));
    let with = |count: usize| {
        let things = THINGS[..count].iter().map(thing);
        packages.iter().cloned().chain(things).collect::<Vec<StoredEntry>>()
    };
    assert_eq!(
        found(with(17), known()),
        ["Near duplicate: libxml2 libxml2-dev"],
        "nineteen are no list"
    );
    assert_eq!(found(with(18), known()), [""; 0]);
    let again = stored("again", "What is libxml2?", "Another one.");
    let entries = with(18).into_iter().chain([again]).collect();
    assert_eq!(found(entries, known()), ["Two answers: again libxml2"]);
}

#[test]
fn of_each_kind_what_is_worst_comes_first() {
    let mut late = stored("late", "Which plans are there?", "None.");
    late.entry.review_by = Some("2026-11-20".to_owned());
    let mut very_late = stored("very-late", "Where can I park my bicycle?", "Behind the house.");
    very_late.entry.review_by = Some("2025-11-20".to_owned());
    let pairs = [
        stored("a", "How do I install the app on my phone?", "Run the installer."),
        stored("b", "How do I install the app on my phones?", "Ask the staff."),
        stored("y", "When does the party begin?", "At nine."),
        stored("z", "When does the party begin?", "At ten."),
    ];
    let entries = [late, very_late].into_iter().chain(pairs).collect();
    let expected = [
        "Review overdue: very-late",
        "Review overdue: late",
        "Two answers: y z",
        "Two answers: a b",
    ];
    assert_eq!(found(entries, known()), expected);
}

#[test]
fn a_way_to_ask_that_two_entries_have_is_found_wherever_it_stands() {
    let mut one = stored("plans", "Which plans are there?", "Free and paid.");
    one.entry.aliases.push("What does it cost?".to_owned());
    let mut other = stored("price", "Prices of the big package", "Ten a month.");
    other.entry.aliases.push("what does it cost".to_owned());
    assert_eq!(found(vec![one, other], known()), ["Two answers: plans price"]);
}

#[test]
fn an_answer_for_staff_beside_one_for_everybody_is_on_purpose() {
    let mut staff = stored("refund-staff", "How do I get a refund?", "Look into the ledger.");
    staff.entry.visibility = crate::model::entry::Visibility::Staff;
    let open = stored("refund", "How do I get a refund?", "Write to us.");
    assert_eq!(found(vec![staff, open], known()), [""; 0]);
}

#[test]
fn what_is_over_needs_nobody() {
    let mut over = with_source(
        stored("party", "When does the party begin?", "At nine."),
        Some("2020-01-01"),
    );
    over.entry.until = Some("2026-06-30".to_owned());
    over.entry.review_by = Some("2026-01-01".to_owned());
    assert_eq!(found(vec![over], known()), [""; 0]);
}

#[test]
fn a_review_is_overdue_from_the_next_day_on() {
    let due = |day: &str| {
        let mut stored = stored("a", "Which plans are there?", "None.");
        stored.entry.review_by = Some(day.to_owned());
        found(vec![stored], known())
    };
    assert_eq!(day(NOW), "2026-11-24");
    assert_eq!(due("2026-11-24"), [""; 0]);
    assert_eq!(due("2026-11-23"), ["Review overdue: a"]);
}

#[test]
fn translations_that_are_behind_are_told_of() {
    let entry = stored("a", "Which plans are there?", "None.");
    let behind = HashMap::from([(entry.entry.id.clone(), vec!["de".to_owned()])]);
    assert_eq!(
        found(vec![entry], Known { behind, ..known() }),
        ["Source changed since: a"]
    );
}

#[test]
fn a_page_is_to_be_looked_at_once_a_year() {
    let asked = |checked: Option<&str>, changed_at: Timestamp| {
        let mut stored = with_source(stored("a", "Which plans are there?", "None."), checked);
        stored.changed_at = changed_at;
        found(vec![stored], known())
    };
    assert_eq!(asked(Some("2025-11-20"), NOW), ["Source not checked: a"]);
    assert_eq!(asked(Some("2025-11-30"), NOW), [""; 0]);
    assert_eq!(asked(None, NOW), [""; 0], "who wrote it has looked");
    assert_eq!(asked(None, NOW - UNCHECKED - UNUSED), ["Source not checked: a"]);
}

#[test]
fn nobody_asked_only_where_somebody_would_have_been_heard() {
    let long_ago = NOW - UNUSED - Duration::from_hours(48);
    let asked = |last: Option<Timestamp>, known_since: Option<Timestamp>, changed_at: Timestamp| {
        let mut stored = stored("a", "Which plans are there?", "None.");
        stored.changed_at = changed_at;
        let last = last.map(|at| (stored.entry.id.clone(), at)).into_iter().collect();
        let used = Use { last, known_since };
        found(vec![stored], Known { used, ..known() })
    };
    assert_eq!(asked(None, Some(long_ago), long_ago), ["Never asked for: a"]);
    assert_eq!(asked(Some(long_ago), Some(long_ago), long_ago), ["Never asked for: a"]);
    assert_eq!(asked(Some(NOW), Some(long_ago), long_ago), [""; 0]);
    assert_eq!(asked(None, Some(long_ago), NOW), [""; 0], "it is new");
    assert_eq!(asked(None, Some(NOW), long_ago), [""; 0], "nothing older is kept");
    assert_eq!(asked(None, None, long_ago), [""; 0], "nothing was said yet");
}

#[test]
fn only_a_page_that_is_dead_is_told_of() {
    let link = |state| {
        let link = Link {
            url: "https://example.org/page".to_owned(),
            state,
            why: "there is no such page, 404".to_owned(),
            looked_at: NOW,
        };
        let stored = with_source(stored("a", "Which plans are there?", "None."), Some("2026-11-01"));
        let links = vec![link];
        found(vec![stored], Known { links, ..known() })
    };
    assert_eq!(link(LinkState::Dead { since: NOW }), ["Dead link: a"]);
    assert_eq!(link(LinkState::Failing { since: NOW }), [""; 0]);
    assert_eq!(link(LinkState::There), [""; 0]);
}

#[test]
fn the_sample_contradicts_itself_nowhere() {
    let entries = crate::knowledge::files::read(&crate::knowledge::sample()).unwrap();
    let stored = entries.into_iter().map(|entry| StoredEntry {
        entry: entry.entry,
        file: None,
        changed_at: NOW,
        changed_by: None,
    });
    let mut stored: Vec<StoredEntry> = stored.collect();
    assert_eq!(found(stored.clone(), known()), [""; 0]);
    // A second answer to the same question is one there, too.
    let mut again = stored_costs(&stored);
    again.entry.id = "price".into();
    again.entry.question = "How much does Switchboard cost?".to_owned();
    again.entry.aliases.clear();
    stored.push(again);
    assert_eq!(found(stored, known()), ["Two answers: costs price"]);
}

fn stored_costs(stored: &[StoredEntry]) -> StoredEntry {
    let costs = stored.iter().find(|stored| stored.entry.id.as_str() == "costs");
    let mut costs = costs.unwrap().clone();
    costs.entry.answer.full = "Five a month.".to_owned();
    costs.entry.translations.clear();
    costs
}

#[test]
fn entries_in_one_sentence_with_other_things_in_it_are_no_two_answers() {
    let entries = vec![
        stored("discord", "How do I connect my account with Discord?", "Press Discord."),
        stored(
            "telegram",
            "How do I connect my account with Telegram?",
            "Write to the bot.",
        ),
        stored("delivery", "How long does delivery take?", "Two days."),
        stored("shipping", "How long does shipping take?", "Four days."),
    ];
    assert_eq!(found(entries, known()), ["Two answers: delivery shipping"]);
}
