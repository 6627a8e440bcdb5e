//! Authors are asked by a message with buttons, through the outbox, and what they say is obeyed.

use std::sync::Arc;
use std::time::Duration;

use switchboard::clock::Clock as _;
use switchboard::connectors::Acceptance;
use switchboard::knowledge::{Authors, Knowledge, TakenBack};
use switchboard::model::button::ButtonEffect;
use switchboard::model::directory::Audience;
use switchboard::model::draft::{Consent, Draft};
use switchboard::model::event::{Addressed, InMessage, Source, StaffAct};
use switchboard::model::fit::FittedBody;
use switchboard::model::ids::{
    AccountId, ButtonId, ConversationId, DraftId, IdentityId, IdentityRef, MessageId, MessageRef, PlaceId, PlaceRef,
};
use switchboard::model::{Content, Event, EventBody};
use switchboard::storage::knowledge::{KnowledgeUnit, Unanswered};
use switchboard::storage::{Page, Unit};

use crate::storage::given;
use crate::support::{Script, TestRuntime};

const CAROL: AccountId = AccountId(uuid::Uuid::from_u128(1));
const LOUNGE: &str = "lounge";
const PARK: &str = "Where can I park my car?";
const SAID: &str = "Behind the hall, Alice. The gate opens at seven.";

struct Desk {
    runtime: TestRuntime,
    knowledge: Knowledge,
    conversation: ConversationId,
}

impl Desk {
    /// Alice asks in the lounge, and Bob replies to her.
    async fn open() -> Self {
        Self::asked(PARK).await
    }

    /// The same with this question.
    async fn asked(question: &str) -> Self {
        let runtime = TestRuntime::builder()
            .handler(|parts| Authors::new(Arc::clone(&parts.storage), Arc::clone(&parts.clock)))
            .handler(|parts| Script::answering(parts, |text| text.contains("park").then(|| "No idea.".to_owned())))
            .handler(|_| TakenBack)
            .start()
            .await;
        runtime.reads_along(LOUNGE).await;
        let asks = runtime.shared("alice", LOUNGE, question, Addressed::Mention);
        let EventBody::Message(asked) = asks.body.clone() else {
            panic!("she says something");
        };
        runtime.accept(vec![asks]).await;
        runtime.settled().await;
        let reply = runtime.event("bob", LOUNGE, Audience::Public, |native| {
            EventBody::Message(InMessage {
                native,
                content: Content::plain(SAID),
                addressed: Addressed::Overheard,
                reply_to: Some(asked.native.clone()),
                mentions: Vec::new(),
                files: Vec::new(),
            })
        });
        runtime.accept(vec![reply]).await;
        runtime.settled().await;
        let asked = runtime.storage.message_by_native(&asked.native).await.unwrap().unwrap();
        Self {
            knowledge: Knowledge::new(Arc::clone(&runtime.storage), Arc::clone(&runtime.clock) as _),
            conversation: asked.new.conversation.expect("she was answered"),
            runtime,
        }
    }

    /// Carol makes a draft of what Bob said.
    async fn draft(&self) -> Draft {
        let answers = self.knowledge.answers_of_people(self.conversation).await.unwrap();
        assert_eq!(answers.len(), 1, "{answers:?}");
        let (community, by) = (self.runtime.community, (CAROL, "Carol"));
        let made = self
            .knowledge
            .draft_of_conversation(community, self.conversation, answers[0].messages[0], by)
            .await;
        made.unwrap()
    }

    async fn stored(&self, id: DraftId) -> Draft {
        self.runtime.storage.draft(id).await.unwrap().expect("it is there")
    }

    async fn consent(&self, id: DraftId) -> Consent {
        self.stored(id).await.words.expect("it has an author").consent
    }

    /// As the console does.
    async fn ask(&self, draft: &Draft) {
        let body = EventBody::Staff {
            account: CAROL,
            name: "Carol".to_owned(),
            act: StaffAct::AskAuthor { draft: draft.id },
        };
        self.ask_by(draft, body).await;
    }

    async fn ask_by(&self, draft: &Draft, body: EventBody) {
        let place = self
            .knowledge
            .place_to_ask(draft)
            .await
            .unwrap()
            .expect("he can be asked");
        self.happens_in(place, body).await;
    }

    async fn happens_in(&self, place: PlaceId, body: EventBody) {
        let event = Event {
            source: Source::Internal {
                conversation: None,
                place: Some(place),
            },
            occurred_at: self.runtime.clock.now(),
            dedupe: self.runtime.clock.id().to_string(),
            hops: 0,
            body,
        };
        let accepted = self.runtime.dispatcher.accept_internal(vec![event]).await;
        assert!(matches!(accepted.as_deref(), Ok([Acceptance::Stored(_)])));
        self.runtime.settled().await;
    }

    /// Somebody takes back what they said.
    async fn takes_back(&self, who: &str, message: MessageId) {
        let said = self.runtime.storage.message(message).await.unwrap().unwrap();
        let native = said.new.native.expect("it is known there");
        let deleted = self
            .runtime
            .event(who, LOUNGE, Audience::Public, |_| EventBody::Deleted {
                message: native,
            });
        self.runtime.accept(vec![deleted]).await;
        self.runtime.settled().await;
    }

    /// The button with this label that was shown last in a place, with the message above it.
    fn button(&self, place: &PlaceRef, label: &str) -> Option<(MessageRef, ButtonId)> {
        let arrivals = self.runtime.platform.arrivals();
        arrivals.iter().rev().find_map(|arrival| {
            let FittedBody::Send { buttons, .. } = &arrival.body else {
                return None;
            };
            let shown = buttons
                .iter()
                .find(|button| button.label == label && arrival.place == *place)?;
            let ButtonEffect::Press { id } = shown.effect else {
                return None;
            };
            let message = MessageRef {
                place: place.clone(),
                id: arrival.native.clone(),
            };
            Some((message, id))
        })
    }

    async fn press(&self, who: &str, place: &str, label: &str) -> Acceptance {
        let audience = if place == who {
            Audience::Direct
        } else {
            Audience::Public
        };
        let (message, button) = self.button(&TestRuntime::place(place), label).expect("it is shown");
        let event = self.runtime.event(who, place, audience, |_| EventBody::Press {
            message: Some(message),
            button,
            values: Vec::new(),
        });
        let accepted = self.runtime.accept(vec![event]).await[0];
        self.runtime.settled().await;
        accepted
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_never_talked_to_the_bot_alone_is_asked_below_what_they_said_and_they_alone_can_answer() {
    let desk = Desk::open().await;
    let draft = desk.draft().await;
    assert_eq!(
        draft.entry.answer.full,
        "Behind the hall, [name]. The gate opens at seven."
    );
    desk.ask(&draft).await;
    assert!(matches!(
        desk.consent(draft.id).await,
        Consent::Asked { message: Some(_), .. }
    ));
    let heard = desk.runtime.heard(LOUNGE);
    let asked = heard.last().unwrap();
    assert!(
        asked.contains("May this answer be among those that I give?") && !asked.contains("gate"),
        "{asked}"
    );
    // Somebody else wants to know, too, and the draft has another version by now.
    desk.ask(&desk.stored(draft.id).await).await;
    assert_eq!(desk.runtime.heard(LOUNGE).len(), heard.len(), "he is asked once");
    assert_eq!(desk.press("alice", LOUNGE, "No").await, Acceptance::NotTheirs);
    assert!(matches!(desk.consent(draft.id).await, Consent::Asked { .. }));
    desk.press("bob", LOUNGE, "Yes, with my name").await;
    let agreed = desk.stored(draft.id).await;
    assert_eq!(agreed.words.map(|words| words.consent), Some(Consent::Named));
    assert_eq!(agreed.entry.credit.as_deref(), Some("bob"));
    assert!(desk.runtime.heard(LOUNGE).last().unwrap().contains("Thank you!"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_talks_to_the_bot_alone_is_asked_there_with_what_would_be_used() {
    let desk = Desk::open().await;
    desk.runtime.say("bob", "Hello").await;
    desk.runtime.settled().await;
    let draft = desk.draft().await;
    desk.ask(&draft).await;
    let heard = desk.runtime.heard("bob");
    let asked = heard.last().unwrap();
    assert!(asked.contains("You answered “Where can I park my car?”"), "{asked}");
    assert!(
        asked.contains("> Behind the hall, [name]. The gate opens at seven."),
        "{asked}"
    );
    desk.press("bob", "bob", "No").await;
    let refused = desk.stored(draft.id).await;
    assert_eq!(
        (refused.entry.answer.full.as_str(), refused.entry.credit.clone()),
        ("", None)
    );
    assert!(!format!("{refused:?}").contains("gate"), "{refused:#?}");
    assert!(
        desk.runtime
            .heard("bob")
            .last()
            .unwrap()
            .contains("nothing of it is kept")
    );
    // The buttons are gone, so that a second finger changes nothing.
    desk.press("bob", "bob", "Yes, with my name").await;
    assert_eq!(desk.consent(draft.id).await, Consent::Refused);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_word_is_an_answer_and_a_yes_says_nothing_of_a_name() {
    for (word, expected) in [("Ja!", Consent::Unnamed), ("no", Consent::Refused)] {
        let desk = Desk::open().await;
        desk.runtime.say("bob", "Where is the park?").await;
        desk.runtime.settled().await;
        let draft = desk.draft().await;
        desk.ask(&draft).await;
        desk.runtime.say("bob", word).await;
        desk.runtime.settled().await;
        assert_eq!(desk.consent(draft.id).await, expected, "{word}");
        assert_eq!(desk.stored(draft.id).await.entry.credit, None);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_says_nothing_has_not_said_yes_and_what_is_thrown_away_needs_no_answer() {
    let desk = Desk::open().await;
    desk.runtime.say("bob", "Hello").await;
    desk.runtime.settled().await;
    let draft = desk.draft().await;
    desk.ask(&draft).await;
    desk.runtime.advance(Duration::from_hours(30 * 24)).await;
    let waiting = desk.stored(draft.id).await;
    assert!(waiting.waits_for_author());
    let seen = (waiting.id, waiting.version);
    desk.knowledge.drop_draft(desk.runtime.community, seen).await.unwrap();
    desk.press("bob", "bob", "Yes, without my name").await;
    assert_eq!(desk.runtime.storage.draft(draft.id).await.unwrap(), None);
    assert!(
        desk.runtime
            .heard("bob")
            .last()
            .unwrap()
            .contains("not needed any more")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_taken_it_back_meanwhile_is_not_asked() {
    let desk = Desk::open().await;
    let draft = desk.draft().await;
    desk.takes_back("bob", draft.words.as_ref().unwrap().message).await;
    let before = desk.runtime.heard(LOUNGE).len();
    // Somebody may have pressed the button a moment before.
    desk.ask(&draft).await;
    assert_eq!(desk.consent(draft.id).await, Consent::Refused);
    assert_eq!(desk.runtime.heard(LOUNGE).len(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_that_was_taken_back_is_shown_to_no_author() {
    let desk = Desk::open().await;
    desk.runtime.say("bob", "Hello").await;
    desk.runtime.settled().await;
    let draft = desk.draft().await;
    desk.takes_back("alice", draft.quoted[0].messages[0]).await;
    desk.ask(&draft).await;
    let heard = desk.runtime.heard("bob");
    let asked = heard.last().unwrap();
    assert!(
        asked.contains("You answered a question here") && !asked.contains("park my car"),
        "{asked}"
    );
    let stored = desk.stored(draft.id).await;
    assert!(!format!("{stored:?}").contains("park my car"), "{stored:#?}");
    assert!(matches!(desk.consent(draft.id).await, Consent::Asked { .. }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_yes_to_other_words_by_now_is_none_to_those_of_before() {
    let desk = Desk::open().await;
    let draft = desk.draft().await;
    desk.ask(&draft).await;
    desk.runtime.advance(Duration::from_mins(1)).await;
    let message = draft.words.as_ref().unwrap().message;
    let edited = switchboard::storage::unit::MessageChange {
        message,
        content: Some(Content::plain("The gate is closed for good.")),
        removed: None,
        buttons: None,
        at: desk.runtime.clock.now(),
    };
    let edited = switchboard::storage::Unit::Message(edited);
    desk.runtime.storage.write(edited).await.unwrap();
    desk.press("bob", LOUNGE, "Yes, with my name").await;
    assert!(!matches!(desk.consent(draft.id).await, Consent::Named));
    let heard = desk.runtime.heard(LOUNGE);
    assert!(heard.last().unwrap().contains("not needed any more"), "{heard:?}");
    let community = desk.runtime.community;
    let by_now = desk.knowledge.draft(community, draft.id).await.unwrap().unwrap();
    assert_eq!(by_now.entry.answer.full, "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_no_to_a_draft_that_was_thrown_away_holds_for_the_next() {
    let desk = Desk::open().await;
    desk.runtime.say("bob", "Hello").await;
    desk.runtime.settled().await;
    let draft = desk.draft().await;
    desk.ask(&draft).await;
    let asked = desk.stored(draft.id).await;
    let seen = (asked.id, asked.version);
    desk.knowledge.drop_draft(desk.runtime.community, seen).await.unwrap();
    desk.press("bob", "bob", "No").await;
    let answers = desk.knowledge.answers_of_people(desk.conversation).await.unwrap();
    assert_eq!(answers, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whom_the_night_asks_nobody_on_staff_has_asked() {
    let desk = Desk::open().await;
    let draft = desk.draft().await;
    desk.ask_by(&draft, EventBody::AuthorUnasked { draft: draft.id }).await;
    assert!(matches!(desk.consent(draft.id).await, Consent::Asked { .. }));
    let page = Page {
        before: None,
        limit: 10,
    };
    let lines = desk.runtime.storage.audit(desk.runtime.community, page).await.unwrap();
    let lines: Vec<_> = lines.iter().map(|line| (line.act.as_str(), line.account)).collect();
    assert_eq!(lines, [("draft_author_asked", None)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn until_it_is_published_an_author_may_think_better_of_it() {
    let desk = Desk::open().await;
    desk.runtime.say("bob", "Hello").await;
    desk.runtime.settled().await;
    let draft = desk.draft().await;
    desk.ask(&draft).await;
    desk.press("bob", "bob", "Yes, with my name").await;
    let agreed = desk.stored(draft.id).await;
    // Asked a second time, as after a week.
    desk.runtime.advance(Duration::from_hours(8 * 24)).await;
    let again = Draft {
        words: agreed.words.clone().map(|words| switchboard::model::draft::Words {
            consent: Consent::Unasked,
            ..words
        }),
        version: agreed.version.next(),
        ..agreed.clone()
    };
    let change = switchboard::storage::drafts::DraftUnit::Change {
        before: agreed.version,
        after: Box::new(again.clone()),
    };
    desk.runtime
        .storage
        .write(switchboard::storage::Unit::Draft(change))
        .await
        .unwrap();
    desk.ask(&again).await;
    desk.press("bob", "bob", "No").await;
    let refused = desk.stored(draft.id).await;
    assert_eq!(refused.words.map(|words| words.consent), Some(Consent::Refused));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_asked_where_there_is_no_way_to() {
    let desk = Desk::open().await;
    let mut draft = desk.draft().await;
    let native = IdentityRef {
        scope: "loopback".into(),
        id: "bob".into(),
    };
    let bob: IdentityId = desk
        .runtime
        .storage
        .identity_by_native(&native)
        .await
        .unwrap()
        .unwrap()
        .id;
    assert_eq!(draft.words.as_ref().unwrap().identity(), Some(bob));
    let page = Page {
        before: None,
        limit: 10,
    };
    let mut lounge = desk.runtime.storage.places(desk.runtime.community, page).await.unwrap();
    lounge.retain(|place| place.name == LOUNGE);
    lounge[0].enabled = false;
    let off = switchboard::storage::unit::DirectoryUnit::Place(lounge[0].clone());
    desk.runtime
        .storage
        .write(switchboard::storage::Unit::Directory(off))
        .await
        .unwrap();
    assert_eq!(desk.knowledge.place_to_ask(&draft).await.unwrap(), None);
    desk.knowledge.cannot_ask(&draft).await.unwrap();
    draft = desk.stored(draft.id).await;
    assert!(matches!(
        draft.words.as_ref().unwrap().consent,
        Consent::Unreachable { .. }
    ));
    assert!(draft.waits_for_author());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn that_people_go_on_asking_is_told_without_the_names_of_those_who_take_part() {
    let desk = Desk::asked("Where can I park my car, Bob?").await;
    let (runtime, community) = (&desk.runtime, desk.runtime.community);
    let conversation = runtime.storage.conversation(desk.conversation).await.unwrap().unwrap();
    let asked_too = Unanswered {
        community,
        place: Some(conversation.place),
        identity: Some(IdentityId(runtime.clock.id())),
        conversation: Some(conversation.id),
        at: runtime.clock.now(),
        ..given::unanswered("where can i park my car bob")
    };
    let unit = Unit::Knowledge(KnowledgeUnit::Unanswered(asked_too));
    runtime.storage.write(unit).await.unwrap();
    desk.knowledge.look(community).await.unwrap();
    let found = desk.knowledge.clusters(community, false, (0, 10)).await.unwrap();
    let cluster = found[0].counted.cluster.id;
    desk.happens_in(conversation.place, EventBody::ClusterReopened { cluster })
        .await;
    let heard = runtime.heard(LOUNGE);
    let told = heard.last().unwrap().to_lowercase();
    assert!(
        told.contains("people go on asking “where can i park my car") && told.contains("[name]"),
        "{told}"
    );
    assert!(!told.contains("bob"), "{told}");
}
