//! What of drafts is remembered, for how long, and how their questions stand when they are gone.

use switchboard::clock::Clock as _;
use switchboard::knowledge::drafts::DraftError;
use switchboard::model::Timestamp;
use switchboard::model::cluster::{Cluster, ClusterState};
use switchboard::model::draft::{Consent, Draft};
use switchboard::model::ids::{AccountId, ClusterId, ConversationId, DraftId, MessageId, Version};
use switchboard::storage::clusters::{AskedQuestion, ClusterReads as _, ClusterUnit};
use switchboard::storage::drafts::DraftReads as _;
use switchboard::storage::sqlite::Retention;
use switchboard::storage::{Storage as _, Unit};

use super::night::{CAROL, COMMUNITY, DORA, LOUNGE, NEWEST, Night, days};

const BY: (AccountId, &str) = (DORA, "Dora");

impl Night {
    /// Carol answers Alice in the lounge, and somebody else has asked that, too. Answers where, and in which message.
    async fn answered(&self) -> (ConversationId, MessageId) {
        let said = vec![
            self.alice("Where can I park my car?"),
            self.staff("Behind the hall, where the gate is."),
        ];
        let answer = said[1].id;
        let conversation = self.talks(LOUNGE, said).await;
        self.asks(2, "where can i park my car").await;
        self.run().await;
        (conversation, answer)
    }

    async fn drafted(&self, (conversation, answer): (ConversationId, MessageId)) -> Result<Draft, DraftError> {
        let knowledge = &self.knowledge;
        knowledge
            .draft_of_conversation(COMMUNITY, conversation, answer, BY)
            .await
    }

    async fn drafted_for(&self, cluster: ClusterId) -> Draft {
        let made = self.knowledge.draft_of_cluster(COMMUNITY, cluster, None, BY).await;
        made.unwrap()
    }

    async fn throws_away(&self, id: DraftId) {
        let draft = self.storage.draft(id).await.unwrap().unwrap();
        let seen = (id, draft.version);
        self.knowledge.drop_draft(COMMUNITY, seen).await.unwrap();
    }

    async fn open(&self) -> Vec<AskedQuestion> {
        let found = self.storage.questions_open(COMMUNITY, Timestamp::default(), 10).await;
        found.unwrap()
    }

    async fn forget(&self) {
        self.storage.forget(&Retention::default()).await.unwrap();
    }
}

#[tokio::test]
async fn a_no_holds_after_its_draft_was_thrown_away() {
    let night = Night::new().await;
    let said = night.answered().await;
    let draft = night.drafted(said).await.unwrap();
    let seen = (draft.id, draft.version);
    let carol = (CAROL, "Carol");
    let no = night
        .knowledge
        .answer_as_author(COMMUNITY, seen, Consent::Refused, carol);
    no.await.unwrap();
    night.throws_away(draft.id).await;
    let again = night.drafted(said).await;
    assert!(matches!(again, Err(DraftError::Nothing)), "{again:?}");
    let offered = night.knowledge.answers_of_people(said.0).await.unwrap();
    assert_eq!(offered, [], "nobody is offered it either");
    let cluster = night.cluster().await.counted.cluster.id;
    let of_questions = night.drafted_for(cluster).await;
    assert_eq!(
        (of_questions.words, of_questions.entry.answer.full.as_str()),
        (None, "")
    );
}

#[tokio::test]
async fn nobody_is_asked_again_for_words_of_which_a_draft_was_published() {
    let night = Night::new().await;
    let said = night.answered().await;
    night.publish().await;
    night.clock.advance(days(1));
    night.run().await;
    let cluster = night.cluster().await.counted.cluster.id;
    let again = night.drafted_for(cluster).await;
    assert_eq!((again.words, again.entry.answer.full.as_str()), (None, ""));
    let published = night.drafted(said).await.unwrap();
    assert!(published.published.is_some(), "{published:?}");
}

#[tokio::test]
async fn a_second_draft_that_is_thrown_away_or_forgotten_changes_nothing_about_the_watch() {
    for forgotten in [false, true] {
        let night = Night::new().await;
        for number in [1, 2] {
            night.asks(number, "Where can I park my car?").await;
        }
        night.run().await;
        night.publish().await;
        night.clock.advance(days(1));
        night.run().await;
        let watching = night.stands().await.0;
        assert!(
            matches!(watching, ClusterState::Watching { before: 2, .. }),
            "{watching:?}"
        );
        let id = night.cluster().await.counted.cluster.id;
        let second = night.drafted_for(id).await;
        assert!(matches!(night.stands().await.0, ClusterState::Drafted { .. }));
        if forgotten {
            night.clock.advance(days(366));
            night.forget().await;
        } else {
            night.throws_away(second.id).await;
        }
        assert_eq!(night.storage.draft(second.id).await.unwrap(), None);
        let stands = night.storage.cluster(id).await.unwrap().unwrap().cluster.state;
        assert_eq!(stands, watching, "forgotten: {forgotten}");
    }
}

#[tokio::test]
async fn a_draft_that_nobody_touches_is_kept_as_long_as_messages_and_its_questions_are_open_again() {
    let night = Night::new().await;
    night.answered().await;
    let id = night.cluster().await.counted.cluster.id;
    let draft = night.drafted_for(id).await;
    assert!(draft.words.is_some());
    night.clock.advance(days(364));
    night.forget().await;
    assert!(night.storage.draft(draft.id).await.unwrap().is_some());
    night.clock.advance(days(2));
    // Somebody asks once more, so that there is a question left.
    night.asks(3, "Where can I park my car?").await;
    let join = ClusterUnit::Join {
        cluster: id,
        questions: vec![night.open().await[0].reference()],
    };
    night.storage.write(Unit::Cluster(join)).await.unwrap();
    let preview = night.storage.forget_preview(&Retention::default()).await.unwrap();
    let expected = ("drafts that nobody published", 1);
    assert!(preview.rows.contains(&expected), "{preview:?}");
    night.forget().await;
    assert_eq!(night.storage.draft(draft.id).await.unwrap(), None);
    assert!(night.storage.drafts(COMMUNITY, NEWEST).await.unwrap().is_empty());
    let stands = night.storage.cluster(id).await.unwrap().unwrap().cluster;
    assert_eq!(stands.state, ClusterState::New);
}

#[tokio::test]
async fn a_no_is_kept_as_long_as_messages() {
    let night = Night::new().await;
    let message = MessageId(night.clock.id());
    let no = switchboard::storage::drafts::DraftUnit::Refused {
        messages: vec![message],
        at: night.clock.now(),
    };
    night.storage.write(Unit::Draft(no)).await.unwrap();
    for (after, kept) in [(364, true), (2, false)] {
        night.clock.advance(days(after));
        night.forget().await;
        assert_eq!(night.storage.is_refused(&[message]).await.unwrap(), kept);
    }
}

#[tokio::test]
async fn what_is_open_again_is_shown_wherever_it_is_counted_also_where_one_person_is_left() {
    let night = Night::new().await;
    night.asks(1, "Where can I park my car?").await;
    let asked = night.open().await;
    for reopened in [0_u32, 1] {
        let cluster = Cluster {
            id: ClusterId(night.clock.id()),
            community: COMMUNITY,
            asked: asked[0].seq,
            state: ClusterState::New,
            reopened,
            owner: None,
            due: None,
            version: Version(1),
            made_at: night.clock.now(),
            changed_at: night.clock.now(),
        };
        let id = cluster.id;
        let make = ClusterUnit::Make {
            cluster: Box::new(cluster),
            questions: asked.iter().map(AskedQuestion::reference).collect(),
        };
        night.storage.write(Unit::Cluster(make)).await.unwrap();
        let listed = night.clusters().await.len();
        let counted = night.storage.loop_waiting(COMMUNITY, DORA).await.unwrap();
        let opened = night.knowledge.cluster(COMMUNITY, id).await.unwrap();
        let shown = reopened > 0;
        assert_eq!(
            (listed, counted, opened.is_some()),
            (usize::from(shown), u64::from(shown), shown)
        );
    }
}
