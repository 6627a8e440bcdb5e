//! Questions to a language model: how many, and what came of them.

use std::time::Duration;

use switchboard::model::Timestamp;
use switchboard::model::ids::{ConsultationId, IdentityId};
use switchboard::storage::consult::{ConsultUnit, Mode, NewConsultation};
use switchboard::storage::{Page, Storage, Unit, WriteError};
use uuid::Uuid;

use crate::storage::START;
use crate::storage::given::COMMUNITY;

const DAY: Duration = Duration::from_hours(24);

fn begin(number: u128, asker: u128, digest: u8, at: Timestamp) -> Unit {
    let new = NewConsultation {
        id: ConsultationId(Uuid::from_u128(number)),
        community: COMMUNITY,
        conversation: None,
        asker: IdentityId(Uuid::from_u128(asker)),
        mode: Mode::Select,
        question: "How?".to_owned(),
        prompt: format!("prompt {number}"),
        digest: [digest; 32],
        at,
    };
    Unit::Consult(ConsultUnit::Begin {
        new: Box::new(new),
        since: at - Duration::from_hours(1),
        max: 2,
    })
}

fn end(number: u128, output: Option<&str>) -> Unit {
    Unit::Consult(ConsultUnit::End {
        id: ConsultationId(Uuid::from_u128(number)),
        output: output.map(str::to_owned),
        came: "so it went".to_owned(),
    })
}

pub async fn a_model_is_asked_for_somebody_so_often_a_day(storage: &dyn Storage) {
    storage.write(begin(1, 7, 1, START)).await.unwrap();
    storage.write(begin(2, 7, 2, START)).await.unwrap();
    let third = storage.write(begin(3, 7, 3, START)).await;
    assert!(matches!(third, Err(WriteError::Conflict { .. })), "{third:?}");
    storage.write(begin(4, 8, 4, START)).await.unwrap();
    storage.write(begin(5, 7, 5, START + DAY)).await.unwrap();
}

pub async fn what_a_model_said_is_found_by_what_it_was_asked(storage: &dyn Storage) {
    assert_eq!(storage.consulting(COMMUNITY).await.unwrap(), Mode::Off);
    for mode in [Mode::Select, Mode::Compose] {
        let community = COMMUNITY;
        storage
            .write(Unit::Consult(ConsultUnit::Mode { community, mode }))
            .await
            .unwrap();
        assert_eq!(storage.consulting(COMMUNITY).await.unwrap(), mode);
    }
    let said = async |digest: u8, since| storage.consulted(COMMUNITY, &[digest; 32], since).await.unwrap();
    storage.write(begin(1, 7, 1, START)).await.unwrap();
    assert_eq!(said(1, START).await, None, "nothing has come");
    storage.write(end(1, Some("yes"))).await.unwrap();
    assert_eq!(said(1, START).await.as_deref(), Some("yes"));
    assert_eq!(said(2, START).await, None);
    assert_eq!(said(1, START + DAY).await, None, "that was long ago");
    storage.write(end(1, Some("no"))).await.unwrap();
    assert_eq!(said(1, START).await.as_deref(), Some("yes"), "it ends once");
    storage.write(begin(2, 7, 2, START)).await.unwrap();
    storage.write(end(2, None)).await.unwrap();
    assert_eq!(said(2, START).await, None, "what has failed is asked again");
    let page = async |before| {
        let rows = storage
            .consultations(COMMUNITY, Page { before, limit: 1 })
            .await
            .unwrap();
        rows.into_iter()
            .next()
            .map(|row| (row.seq, row.prompt, row.output, row.came))
    };
    let (seq, prompt, output, came) = page(None).await.unwrap();
    assert_eq!(
        (prompt.as_str(), output, came.as_deref()),
        ("prompt 2", None, Some("so it went"))
    );
    let (_, prompt, output, _) = page(Some(seq)).await.unwrap();
    assert_eq!((prompt.as_str(), output.as_deref()), ("prompt 1", Some("yes")));
}
