//! What counts as a change, and what makes it better.

use super::*;
use crate::model::Timestamp;
use crate::model::directory::Audience;
use crate::model::entry::Entry;
use crate::model::finding::Gap;
use crate::model::ids::CommunityId;
use crate::storage::knowledge::StoredEntry;
use serde_json::json;
use uuid::Uuid;

const TODAY: &str = "2026-11-24";

fn stored(id: &str, question: &str, answer: &str, visibility: &str) -> StoredEntry {
    let entry = json!({"id": id, "question": question, "answer": {"full": answer}, "visibility": visibility, "rev": 1});
    let entry: Entry = serde_json::from_value(entry).unwrap();
    StoredEntry {
        entry,
        file: None,
        changed_at: Timestamp::default(),
        changed_by: None,
    }
}

fn entries() -> Vec<StoredEntry> {
    vec![
        stored("install", "How do I install it?", "Run the installer.", "public"),
        stored("refund", "How do I get a refund?", "Write to us.", "public"),
        stored(
            "payroll",
            "When is the payroll run for moderators?",
            "On the first.",
            "staff",
        ),
        stored("parking", "Where can I park my bicycle?", "Behind the house.", "public"),
    ]
}

fn asked(question: &str, times: u32) -> Past {
    Past {
        question: question.to_owned(),
        scope: AskScope {
            community: CommunityId(Uuid::nil()),
            place: None,
            platform: "discord".to_owned(),
            audience: Audience::Public,
            staff: false,
            overheard: false,
            language: None,
            conversation: None,
            without: Vec::new(),
            asker: None,
            consults: false,
        },
        times,
        private: false,
        conversation: None,
        embedding: None,
    }
}

fn of(question: &str, entry: &str, helpful: bool) -> SaidOf {
    SaidOf {
        question: question.to_owned(),
        entry: entry.into(),
        helpful,
    }
}

/// What comes of a change to the base.
fn twin(questions: &[Past], said_of: &[SaidOf], change: impl FnOnce(&mut Base)) -> Twin {
    let mut base = Base::new("en", entries());
    let before = said(questions, &base, TODAY);
    change(&mut base);
    let after = said(questions, &base, TODAY);
    compare(questions, &Labels::new(said_of), before, after)
}

/// `worse how do i install it`, and so on.
fn lines(twin: &Twin) -> Vec<String> {
    let line = |changed: &Changed| format!("{} {}", changed.verdict.word(), changed.question);
    twin.changes.iter().map(line).collect()
}

#[test]
fn what_helped_and_would_be_gone_is_worse_and_without_a_word_it_is_unsure() {
    let questions = [asked("how do i install it", 3), asked("how do i get a refund", 1)];
    let helped = [of("How do I install it?!", "install", true)];
    let without = |base: &mut Base| {
        base.remove(&"install".into());
        base.remove(&"refund".into());
    };
    let twin = twin(&questions, &helped, without);
    assert_eq!(
        lines(&twin),
        ["worse how do i install it", "unsure how do i get a refund"]
    );
    assert_eq!((twin.questions, twin.times), (2, 4));
    assert_eq!(
        twin.summary(),
        "2 questions of the last 30 days, asked 4 times: 2 would be answered differently; 1 worse, 1 unsure, 0 better."
    );
}

#[test]
fn what_was_not_it_and_would_be_gone_is_better() {
    let questions = [asked("how do i install it", 1)];
    let missed = [of("how do i install it", "install", false)];
    let gone = twin(&questions, &missed, |base| base.remove(&"install".into()));
    assert_eq!(lines(&gone), ["better how do i install it"]);
    // As many say so as say the opposite: nobody knows.
    let both = [missed[0].clone(), of("how do i install it", "install", true)];
    let gone = twin(&questions, &both, |base| base.remove(&"install".into()));
    assert_eq!(lines(&gone), ["unsure how do i install it"]);
}

#[test]
fn another_text_is_unsure_whatever_was_said_of_the_old_one_and_the_same_text_is_no_change() {
    let questions = [asked("how do i install it", 1)];
    let helped = [of("how do i install it", "install", true)];
    let text = |answer: &'static str| {
        move |base: &mut Base| base.put(stored("install", "How do I install it?", answer, "public"))
    };
    let changed = twin(&questions, &helped, text("Ask your admin."));
    assert_eq!(lines(&changed), ["unsure how do i install it"]);
    assert_eq!(
        changed.changes[0].told(),
        (
            "answers with install".to_owned(),
            "answers with install, with its new text".to_owned()
        )
    );
    let mut again = entries().remove(0);
    again.entry.rev = 9;
    assert_eq!(lines(&twin(&questions, &helped, |base| base.put(again))), [""; 0]);
}

#[test]
fn what_is_offered_again_is_told_once_with_what_is_new_of_it() {
    let hit = |id: &str, question: &str| Hit {
        id: id.into(),
        question: question.to_owned(),
        probability: 0.0,
    };
    let told = |after: Vec<Hit>| {
        let before = vec![
            hit("install", "How do I install it?"),
            hit("refund", "How do I get a refund?"),
        ];
        let questions = [asked("how do i", 1)];
        let [before, after] = [before, after].map(|hits| vec![Decision::Suggest { hits }]);
        let twin = compare(&questions, &Labels::default(), before, after);
        twin.changes.first().map(|changed| changed.told().1)
    };
    let install = hit("install", "How do I install it?");
    assert_eq!(
        told(vec![install.clone(), hit("refund", "Do you give money back?")]).as_deref(),
        Some("offers the same, with a new question of refund")
    );
    assert_eq!(
        told(vec![hit("refund", "How do I get a refund?"), install.clone()]).as_deref(),
        Some("offers refund, install")
    );
    assert_eq!(told(vec![install]).as_deref(), Some("offers install"));
}

#[test]
fn what_would_be_answered_newly_is_found() {
    let questions = [asked("who feeds the parrots", 2)];
    let new = twin(&questions, &[], |base| {
        base.put(stored("parrots", "Who feeds the parrots?", "Ann.", "public"));
    });
    assert_eq!(lines(&new), ["unsure who feeds the parrots"]);
    let after = &new.changes[0].after;
    assert!(
        matches!(after, Decision::Answer { entry } if entry.id.as_str() == "parrots"),
        "{after:?}"
    );
}

#[test]
fn what_is_for_staff_is_told_to_nobody_else() {
    let questions = [asked("when is the payroll run for moderators", 1)];
    let hidden = twin(&questions, &[], |base| {
        base.put(stored(
            "payroll",
            "When is the payroll run for moderators?",
            "On the second.",
            "staff",
        ));
    });
    assert_eq!(lines(&hidden), [""; 0], "nothing changes for who may not see it");
    let closed = twin(&[asked("where can i park my bicycle", 1)], &[], |base| {
        base.put(stored(
            "parking",
            "Where can I park my bicycle?",
            "In the secret cellar.",
            "staff",
        ));
    });
    assert_eq!(closed.changes[0].after, Decision::Abstain { gap: Gap::StaffOnly });
    let bytes = serde_json::to_string(&closed).unwrap();
    assert!(!bytes.contains("cellar"), "{bytes}");
}

#[test]
fn the_same_comes_to_the_same_bytes_whatever_was_put_first() {
    let questions = [
        asked("how do i install it", 1),
        asked("how can i get my money back, a refund", 4),
        asked("where is the bicycle parking", 2),
        asked("when does the party begin", 2),
    ];
    let said_of = [
        of("how do i install it", "install", true),
        of("refund", "refund", false),
    ];
    let change = |base: &mut Base| {
        base.remove(&"install".into());
        base.put(stored("party", "When does the party begin?", "At nine.", "public"));
    };
    let first = twin(&questions, &said_of, change);
    let mut turned = entries();
    turned.reverse();
    let mut base = Base::new("en", turned);
    let mut questions = questions;
    questions.reverse();
    let before = said(&questions, &base, TODAY);
    change(&mut base);
    let after = said(&questions, &base, TODAY);
    let mut said_of = said_of;
    said_of.reverse();
    let second = compare(&questions, &Labels::new(&said_of), before, after);
    assert!(first.changes.len() >= 2, "{first:?}");
    assert_eq!(
        serde_json::to_string(&first).unwrap(),
        serde_json::to_string(&second).unwrap()
    );
}
