//! What the knowledge base was asked, and what people say of it.

use std::time::Duration;

use switchboard::model::Timestamp;
use switchboard::model::entry::Entry;
use switchboard::model::ids::{AccountId, EntryId, IdentityId, MessageId};
use switchboard::model::quality::{Basis, Fit, Fits, Precision, Trial, Tried};
use switchboard::storage::knowledge::{Feedback, KnowledgeUnit};
use switchboard::storage::quality::{Asked, AskedCount, AskedFilter, Decided, QualityUnit};
use switchboard::storage::unit::MessageChange;
use switchboard::storage::{Page, Storage, Unit};
use uuid::Uuid;

use crate::storage::START;
use crate::storage::given::{self, COMMUNITY};

const NEWEST: Page = Page {
    before: None,
    limit: 10,
};

const ANN: AccountId = AccountId(Uuid::from_u128(77));

fn message(number: u128) -> MessageId {
    MessageId(Uuid::from_u128(number))
}

/// Question `number` was answered by message `number` + 1000 with the entry `rye`.
pub fn asked(number: u128) -> Asked {
    Asked {
        community: COMMUNITY,
        message: message(number),
        asker: Some(IdentityId(Uuid::from_u128(5))),
        overheard: false,
        language: Some("en".to_owned()),
        entry: Some(("rye".into(), 2)),
        probability: 0.8,
        exact: false,
        scoring: "1".to_owned(),
        decision: Decided::Answer,
        answer: Some(message(number + 1_000)),
        at: START,
    }
}

async fn write(storage: &dyn Storage, unit: QualityUnit) {
    storage.write(Unit::Quality(unit)).await.unwrap();
}

pub async fn ask(storage: &dyn Storage, asked: Asked) {
    write(storage, QualityUnit::Asked(Box::new(asked))).await;
}

async fn press(storage: &dyn Storage, number: u128, entry: &str, helpful: bool) {
    let feedback = Feedback {
        community: COMMUNITY,
        entry: entry.into(),
        revision: 2,
        message: message(number + 1_000),
        conversation: None,
        identity: Some(IdentityId(Uuid::from_u128(5))),
        helpful,
        asked: None,
        at: START,
    };
    let unit = Unit::Knowledge(KnowledgeUnit::Feedback(feedback));
    storage.write(unit).await.unwrap();
}

fn judged(seq: i64, fits: Option<bool>) -> QualityUnit {
    QualityUnit::Judged {
        community: COMMUNITY,
        seq,
        fits,
        by: ANN,
        at: START,
    }
}

fn all() -> AskedFilter {
    AskedFilter {
        since: START,
        ..AskedFilter::default()
    }
}

/// What holds of each question, the newest first.
async fn fits(storage: &dyn Storage) -> Vec<Option<bool>> {
    let rows = storage.asked(COMMUNITY, &all(), NEWEST).await.unwrap();
    rows.iter().map(switchboard::storage::quality::AskedRow::fits).collect()
}

pub async fn staff_overrule_a_press_and_a_press_overrules_asking_again(storage: &dyn Storage) {
    ask(storage, asked(10)).await;
    assert_eq!(fits(storage).await, [None]);
    write(storage, QualityUnit::Again { answer: message(1_010) }).await;
    assert_eq!(fits(storage).await, [Some(false)]);
    press(storage, 10, "oat", false).await;
    press(storage, 10, "rye", true).await;
    assert_eq!(fits(storage).await, [Some(true)]);
    let seq = storage.asked(COMMUNITY, &all(), NEWEST).await.unwrap()[0].seq;
    write(storage, judged(seq, Some(false))).await;
    press(storage, 10, "rye", true).await;
    assert_eq!(fits(storage).await, [Some(false)]);
    let labels = storage.labels(COMMUNITY, "1", false, 10).await.unwrap();
    assert_eq!((labels.len(), labels[0].right, labels[0].by_staff), (1, false, true));
    // Taken back, what was pressed holds again.
    write(storage, judged(seq, None)).await;
    assert_eq!(fits(storage).await, [Some(true)]);
    given::assert_conflict(storage.write(Unit::Quality(judged(seq + 1, Some(true)))).await);
    let nothing_near = Asked {
        entry: None,
        answer: None,
        decision: Decided::NothingFound,
        probability: 0.0,
        ..asked(11)
    };
    ask(storage, nothing_near).await;
    given::assert_conflict(storage.write(Unit::Quality(judged(seq + 1, Some(true)))).await);
}

pub async fn labels_are_of_one_scoring_and_never_of_what_was_asked_word_for_word(storage: &dyn Storage) {
    let other = |number, change: fn(&mut Asked)| {
        let mut asked = asked(number);
        change(&mut asked);
        asked
    };
    ask(storage, asked(10)).await;
    ask(storage, other(11, |asked| "0".clone_into(&mut asked.scoring))).await;
    ask(storage, other(12, |asked| asked.exact = true)).await;
    ask(storage, other(13, |asked| asked.overheard = true)).await;
    ask(storage, asked(14)).await;
    for number in 10..=14 {
        press(storage, number, "rye", number == 10).await;
    }
    let labels = async |overheard| {
        let labels = storage.labels(COMMUNITY, "1", overheard, 10).await.unwrap();
        labels.iter().map(|label| label.right).collect::<Vec<_>>()
    };
    assert_eq!(labels(false).await, [false, true], "the newest first");
    assert_eq!(labels(true).await, [false]);
    assert_eq!(storage.labels(COMMUNITY, "1", false, 1).await.unwrap().len(), 1);
}

async fn put_entry(storage: &dyn Storage, id: &str, file: Option<&str>) {
    let json = format!(r#"{{"id":"{id}","question":"Q?","answer":{{"full":"A"}},"rev":1}}"#);
    let entry: Entry = serde_json::from_str(&json).unwrap();
    let unit = KnowledgeUnit::Put {
        community: COMMUNITY,
        entry: Box::new(entry),
        file: file.map(str::to_owned),
        expected: None,
        by: None,
        at: START,
    };
    storage.write(Unit::Knowledge(unit)).await.unwrap();
}

pub async fn every_number_has_as_many_rows_as_it_says(storage: &dyn Storage) {
    put_entry(storage, "rye", Some("bread.yaml")).await;
    put_entry(storage, "oat", None).await;
    let gone = |number| Asked {
        entry: Some(("gone".into(), 1)),
        answer: None,
        decision: Decided::Uncertain,
        probability: 0.2,
        language: None,
        ..asked(number)
    };
    let oat = |number| Asked {
        entry: Some(("oat".into(), 1)),
        overheard: true,
        ..asked(number)
    };
    let old = Asked {
        at: START - Duration::from_secs(1),
        ..asked(9)
    };
    for asked in [old, asked(10), asked(11), asked(12), gone(13), gone(14), oat(15)] {
        ask(storage, asked).await;
    }
    press(storage, 10, "rye", true).await;
    press(storage, 11, "rye", false).await;
    let counts = storage.asked_counts(COMMUNITY, START).await.unwrap();
    assert_eq!(counts.iter().map(|count| count.count).sum::<u64>(), 6);
    let topics: Vec<&str> = counts.iter().map(|count| count.topic.as_str()).collect();
    assert_eq!(topics, ["", "bread.yaml", "bread.yaml", "bread.yaml", "entries.yaml"]);
    for AskedCount {
        overheard,
        topic,
        language,
        answered,
        fits,
        count,
    } in counts
    {
        let filter = AskedFilter {
            overheard: Some(overheard),
            topic: Some(topic),
            language: Some(language),
            answered: Some(answered),
            judged: Some(fits.is_some()),
            fits,
            ..all()
        };
        let rows = storage.asked(COMMUNITY, &filter, NEWEST).await.unwrap();
        assert_eq!(rows.len() as u64, count, "{filter:?}");
        assert_eq!(
            storage.asked_count(COMMUNITY, &filter).await.unwrap(),
            count,
            "{filter:?}"
        );
    }
    let passing = AskedFilter { from: 0.8, ..all() };
    assert_eq!(storage.asked_count(COMMUNITY, &passing).await.unwrap(), 4);
    let page = Page { before: None, limit: 4 };
    let first = storage.asked(COMMUNITY, &all(), page).await.unwrap();
    let page = Page {
        before: Some(first[3].seq),
        limit: 4,
    };
    let second = storage.asked(COMMUNITY, &all(), page).await.unwrap();
    let numbers: Vec<u128> = first
        .iter()
        .chain(&second)
        .map(|row| row.asked.message.0.as_u128())
        .collect();
    assert_eq!(numbers, [15, 14, 13, 12, 11, 10]);
}

pub async fn what_was_asked_is_in_the_message_alone_and_goes_with_it(storage: &dyn Storage) {
    for (number, text) in [(10, "when do you open?"), (1_010, "At nine.")] {
        let seq = given::accepted(storage, number).await;
        let mut commit = given::commit(seq);
        commit.messages = vec![given::message(number, text)];
        storage.write(Unit::Commit(Box::new(commit))).await.unwrap();
    }
    ask(storage, asked(10)).await;
    let row = async || storage.asked(COMMUNITY, &all(), NEWEST).await.unwrap().remove(0);
    let before = row().await;
    let text = |content: Option<switchboard::model::Content>| content.map(|content| content.to_plain());
    assert_eq!(before.asked, asked(10));
    assert_eq!(text(before.question).as_deref(), Some("when do you open?"));
    assert_eq!(text(before.said).as_deref(), Some("At nine."));
    assert!(before.private, "it is a direct chat");
    let change = MessageChange {
        message: message(10),
        content: None,
        removed: None,
        buttons: None,
        at: START,
    };
    storage.write(Unit::Message(change)).await.unwrap();
    assert_eq!(row().await.question, None);

    let seq = given::accepted(storage, 11).await;
    let mut for_owners = given::commit(seq);
    for_owners.for_owners = true;
    for_owners.messages = vec![given::message(11, "/plugin config secret=1")];
    storage.write(Unit::Commit(Box::new(for_owners))).await.unwrap();
    ask(storage, asked(11)).await;
    assert_eq!(row().await.question, None);
}

pub async fn what_is_wanted_fitted_and_tried_replaces_the_one_before(storage: &dyn Storage) {
    let quality = async || storage.quality(COMMUNITY).await.unwrap();
    assert_eq!(quality().await.precision, Precision::default());
    assert_eq!(storage.trial(COMMUNITY).await.unwrap(), None);
    let fit = Fit {
        line: 0.55,
        basis: Basis::Start,
        labels: 3,
        above: 2,
        right: 1,
    };
    let trial = |of| Trial {
        of,
        scoring: "1".to_owned(),
        at: Timestamp::from_millis(7),
        entries: 2,
        alone: 1,
        tried: vec![Tried {
            entry: "rye".into(),
            topic: "bread.yaml".to_owned(),
            language: "en".to_owned(),
            text: "when is there bread".to_owned(),
            best: Some(EntryId::from("oat")),
            probability: 0.62,
            sayable: true,
        }],
    };
    let precision = Precision {
        addressed: 80,
        overheard: 99,
    };
    let fits = Fits {
        precision,
        scoring: "1".to_owned(),
        addressed: fit,
        overheard: Fit { line: 0.9, ..fit },
    };
    for of in [1, u64::MAX] {
        let trial = Box::new(trial(of));
        write(
            storage,
            QualityUnit::Tried {
                community: COMMUNITY,
                trial,
            },
        )
        .await;
    }
    let unit = QualityUnit::Fitted {
        community: COMMUNITY,
        fits: Box::new(fits.clone()),
    };
    write(storage, unit).await;
    write(
        storage,
        QualityUnit::Precision {
            community: COMMUNITY,
            precision,
        },
    )
    .await;
    assert_eq!(
        (quality().await.precision, quality().await.fits),
        (precision, Some(fits))
    );
    assert_eq!(storage.trial(COMMUNITY).await.unwrap(), Some(trial(u64::MAX)));
}
