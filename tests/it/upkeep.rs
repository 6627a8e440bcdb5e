//! A knowledge base is looked after: pages behind answers, two answers to one question, and what a change would do.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::FutureExt as _;
use switchboard::clock::TestClock;
use switchboard::dispatcher::KnowledgeSource as _;
use switchboard::knowledge::files::File;
use switchboard::knowledge::scoring::VERSION;
use switchboard::knowledge::twin::{Step, Verdict};
use switchboard::knowledge::upkeep::links::{Answer, Pages, Silence, Way};
use switchboard::knowledge::{ApplyError, Change, Knowledge};
use switchboard::model::Timestamp;
use switchboard::model::directory::Audience;
use switchboard::model::entry::Entry;
use switchboard::model::finding::{AskScope, Decision};
use switchboard::model::ids::{AccountId, CommunityId, EntryId, MessageId};
use switchboard::model::quality::Precision;
use switchboard::model::upkeep::Concern;
use switchboard::storage::knowledge::{Feedback, KnowledgeUnit, Unanswered};
use switchboard::storage::quality::{Asked, Decided, QualityUnit};
use switchboard::storage::sqlite::{Options, SqliteStorage};
use switchboard::storage::unit::{DirectoryUnit, NewEvent, Stored};
use switchboard::storage::{Applied, SharedStorage, Unit};
use switchboard::supervisor::Stop;
use tempfile::TempDir;
use uuid::Uuid;

use crate::storage::given;

const START: Timestamp = Timestamp::from_millis(1_795_500_000_000);
const COMMUNITY: CommunityId = CommunityId(Uuid::from_u128(7));
const DAY: Duration = Duration::from_hours(24);

/// A base on disk, which can be left and come back to.
struct Bakery {
    folder: TempDir,
    clock: Arc<TestClock>,
    storage: SharedStorage,
    knowledge: Knowledge,
}

impl Bakery {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(TestClock::new(START));
        let storage = stored(&folder, &clock);
        let unit = DirectoryUnit::Community {
            id: COMMUNITY,
            name: "Bakery".to_owned(),
            language: "en".to_owned(),
            zone: "UTC".to_owned(),
        };
        storage.write(Unit::Directory(unit)).await.unwrap();
        Self {
            knowledge: Knowledge::new(storage.clone(), clock.clone()),
            folder,
            clock,
            storage,
        }
    }

    /// The community is elsewhere from now on.
    async fn moves_to(&self, zone: &str) {
        let unit = DirectoryUnit::Community {
            id: COMMUNITY,
            name: "Bakery".to_owned(),
            language: "en".to_owned(),
            zone: zone.to_owned(),
        };
        self.storage.write(Unit::Directory(unit)).await.unwrap();
    }

    /// As after a restart.
    fn again(self) -> Self {
        let Self {
            folder,
            clock,
            storage,
            knowledge,
        } = self;
        drop((storage, knowledge));
        let storage = stored(&folder, &clock);
        Self {
            knowledge: Knowledge::new(storage.clone(), clock.clone()),
            folder,
            clock,
            storage,
        }
    }

    async fn put(&self, json: serde_json::Value) {
        let entry: Entry = serde_json::from_value(json).unwrap();
        let before = self.knowledge.get(COMMUNITY, &entry.id).await.unwrap();
        let before = before.map(|before| before.entry.rev);
        self.knowledge.put(COMMUNITY, entry, before, None).await.unwrap();
    }

    async fn ask(&self, question: &str) -> String {
        match self.knowledge.ask(&scope(), question, 3).await.unwrap().decision {
            Decision::Answer { entry } => format!("answers {}", entry.id),
            Decision::Suggest { hits } => format!("offers {}", hits[0].id),
            Decision::Abstain { .. } => "is silent".to_owned(),
        }
    }

    async fn headings(&self) -> Vec<String> {
        self.knowledge.look_over(COMMUNITY).await.unwrap();
        let upkeep = self.knowledge.upkeep(COMMUNITY).await.unwrap();
        let heading = |concern: &Concern| concern.heading().to_owned();
        upkeep
            .findings
            .iter()
            .map(|finding| heading(&finding.concern))
            .collect()
    }
}

/// Somebody asks the bot where all read along.
fn scope() -> AskScope {
    AskScope {
        community: COMMUNITY,
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
    }
}

fn stored(folder: &TempDir, clock: &Arc<TestClock>) -> SharedStorage {
    let path = folder.path().join("switchboard.db");
    SqliteStorage::open(&path, &Options::for_testing(), clock.clone()).unwrap()
}

/// Servers elsewhere: each page answers with a status, and dies with the program where it has none.
#[derive(Default)]
struct Elsewhere {
    statuses: Mutex<HashMap<&'static str, u16>>,
    asked: Mutex<Vec<String>>,
}

impl Elsewhere {
    fn with(pages: &[(&'static str, u16)]) -> Self {
        Self {
            statuses: Mutex::new(pages.iter().copied().collect()),
            asked: Mutex::default(),
        }
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

#[async_trait]
impl Pages for Elsewhere {
    async fn ask(&self, url: &str, way: Way) -> Result<Answer, Silence> {
        if way == Way::Head {
            self.asked.lock().unwrap().push(url.to_owned());
        }
        let status = self.statuses.lock().unwrap().get(url).copied();
        let status = status.expect("the script knows the page");
        Ok(Answer { status, leads_to: None })
    }
}

/// Checks links while the clock goes on.
async fn check(bakery: &Bakery, pages: &Elsewhere) -> usize {
    let mut checking = Box::pin(bakery.knowledge.check_links(COMMUNITY, pages));
    loop {
        tokio::select! {
            biased;
            died = &mut checking => return died.unwrap(),
            () = tokio::task::yield_now() => bakery.clock.advance(Duration::from_secs(1)),
        }
    }
}

const OVEN: &str = "https://oven.example/hours";

fn entry(id: &str, question: &str, answer: &str) -> serde_json::Value {
    serde_json::json!({"id": id, "question": question, "answer": {"full": answer}})
}

fn oven() -> serde_json::Value {
    serde_json::json!({
        "id": "oven", "question": "When is the oven hot?", "answer": {"full": "From five."},
        "sources": [{"url": OVEN, "checked": "2026-11-01"}, {"url": "docs/oven.md"}],
    })
}

#[tokio::test]
async fn a_page_that_is_gone_on_two_days_demotes_its_answer_until_it_is_back() {
    let bakery = Bakery::open().await;
    bakery.put(oven()).await;
    let pages = Elsewhere::with(&[(OVEN, 404)]);
    let question = "when is the oven hot";
    assert_eq!(check(&bakery, &pages).await, 0);
    assert_eq!(pages.asked(), [OVEN], "a page of the project is not asked for");
    assert_eq!(bakery.ask(question).await, "answers oven");
    assert_eq!(bakery.headings().await, [""; 0]);
    // On the same day once more, as after a job that was begun twice.
    assert_eq!(check(&bakery, &pages).await, 0);
    assert_eq!(pages.asked(), [""; 0]);

    bakery.clock.advance(DAY);
    assert_eq!(check(&bakery, &pages).await, 1);
    assert_eq!(bakery.ask(question).await, "offers oven");
    assert_eq!(bakery.headings().await, ["Dead link"]);
    assert_eq!(bakery.storage.dead_links_open(COMMUNITY).await.unwrap(), 1);
    let bakery = bakery.again();
    assert_eq!(bakery.ask(question).await, "offers oven", "also after a restart");

    bakery.clock.advance(DAY);
    pages.statuses.lock().unwrap().insert(OVEN, 200);
    assert_eq!(check(&bakery, &pages).await, 0);
    assert_eq!(bakery.ask(question).await, "answers oven");
    assert_eq!(bakery.headings().await, [""; 0]);
}

#[tokio::test]
async fn whoever_is_stopped_among_pages_goes_on_with_the_rest() {
    let bakery = Bakery::open().await;
    for name in ["a", "b", "c"] {
        bakery
            .put(serde_json::json!({
                "id": name, "question": format!("What is {name}?"), "answer": {"full": "Bread."},
                "sources": [{"url": format!("https://{name}.example/"), "checked": "2026-11-01"}],
            }))
            .await;
    }
    let (first, rest) = ("https://a.example/", ["https://b.example/", "https://c.example/"]);
    // The program dies while it asks for the second one.
    let dying = Elsewhere::with(&[(first, 200)]);
    let knowledge = bakery.knowledge.clone();
    let died = AssertUnwindSafe(knowledge.check_links(COMMUNITY, &dying))
        .catch_unwind()
        .await;
    assert!(died.is_err(), "it broke off");
    let bakery = bakery.again();
    let pages = Elsewhere::with(&[(first, 200), (rest[0], 200), (rest[1], 200)]);
    check(&bakery, &pages).await;
    assert_eq!(pages.asked(), rest);
}

/// A server that says nothing, and a program that ends while it is asked.
struct Endless {
    stop: Stop,
    asked: Mutex<Vec<String>>,
}

#[async_trait]
impl Pages for Endless {
    async fn ask(&self, url: &str, _: Way) -> Result<Answer, Silence> {
        self.asked.lock().unwrap().push(url.to_owned());
        self.stop.request();
        std::future::pending().await
    }
}

#[tokio::test]
async fn a_look_that_the_end_of_the_program_breaks_off_finds_nothing_and_is_made_after_the_next_start() {
    let bakery = Bakery::open().await;
    bakery
        .put(serde_json::json!({
            "id": "rye", "question": "How long does rye bread keep?", "aliases": ["shelf life of rye"],
            "answer": {"full": "Ten days."},
        }))
        .await;
    bakery
        .put(entry("keep", "How long does rye bread keep?", "Four days."))
        .await;
    for (name, question) in [("a", "Who bakes the rolls?"), ("b", "Where is the mill?")] {
        bakery
            .put(serde_json::json!({
                "id": name, "question": question, "answer": {"full": "So it is said."},
                "sources": [{"url": format!("https://{name}.example/"), "checked": "2026-11-01"}],
            }))
            .await;
    }
    bakery.storage.write(asked("who bakes", START)).await.unwrap();
    let stop = Stop::new();
    let ending = bakery.knowledge.clone().stopping(stop.clone());
    let pages = Endless {
        stop,
        asked: Mutex::default(),
    };
    assert!(ending.check_links(COMMUNITY, &pages).await.is_err());
    assert_eq!(*pages.asked.lock().unwrap(), ["https://a.example/"]);
    assert!(ending.look_over(COMMUNITY).await.is_err());
    assert!(ending.try_out(COMMUNITY).await.is_err());
    assert!(ending.twin(COMMUNITY, Vec::new()).await.is_err());
    let bakery = bakery.again();
    assert_eq!(bakery.knowledge.upkeep(COMMUNITY).await.unwrap().looked, None);
    assert!(bakery.storage.links(COMMUNITY).await.unwrap().is_empty());
    assert!(bakery.knowledge.trial(COMMUNITY).await.unwrap().is_none());
    assert_eq!(bakery.headings().await, ["Two answers"]);
}

#[tokio::test]
async fn a_server_that_wants_to_be_left_alone_is_asked_no_more_that_night() {
    let bakery = Bakery::open().await;
    for name in ["one", "two"] {
        bakery
            .put(serde_json::json!({
                "id": name, "question": format!("What is {name}?"), "answer": {"full": "Bread."},
                "sources": [{"url": format!("https://busy.example/{name}"), "checked": "2026-11-01"}],
            }))
            .await;
    }
    let pages = Elsewhere::with(&[("https://busy.example/one", 429)]);
    check(&bakery, &pages).await;
    assert_eq!(pages.asked(), ["https://busy.example/one"]);
}

#[tokio::test]
async fn what_was_found_goes_with_the_edit_that_mends_it() {
    let bakery = Bakery::open().await;
    bakery
        .put(entry("rye", "How long does rye bread keep?", "Ten days."))
        .await;
    bakery
        .put(entry("keep", "How long does rye bread keep?", "Four days."))
        .await;
    assert_eq!(bakery.headings().await, ["Two answers"]);
    bakery.put(entry("keep", "What makes rolls crisp?", "Steam.")).await;
    let upkeep = bakery.knowledge.upkeep(COMMUNITY).await.unwrap();
    assert!(upkeep.findings.is_empty(), "without another look");
    assert_eq!(bakery.headings().await, [""; 0]);
}

/// Somebody asked, and was not answered.
fn asked(question: &str, at: Timestamp) -> Unit {
    Unit::Knowledge(KnowledgeUnit::Unanswered(Unanswered {
        community: COMMUNITY,
        at,
        ..given::unanswered(question)
    }))
}

/// Somebody said it.
async fn message(bakery: &Bakery, text: &str) -> MessageId {
    let event = NewEvent {
        community: COMMUNITY,
        ..given::event(50)
    };
    let accepted = bakery.storage.write(given::accept(vec![event])).await.unwrap();
    let Applied::Events(stored) = accepted else {
        panic!("{accepted:?}")
    };
    let [Stored::New(seq)] = stored[..] else {
        panic!("{stored:?}")
    };
    let said = given::message(60, text);
    let id = said.id;
    let mut commit = given::commit(seq);
    commit.messages = vec![said];
    bakery.storage.write(Unit::Commit(Box::new(commit))).await.unwrap();
    id
}

#[tokio::test]
async fn last_months_questions_say_what_a_change_would_do() {
    let bakery = Bakery::open().await;
    bakery.put(oven()).await;
    let question = message(&bakery, "when is the oven hot").await;
    let helped = Unit::Knowledge(KnowledgeUnit::Feedback(Feedback {
        community: COMMUNITY,
        entry: EntryId::from("oven"),
        revision: 1,
        message: MessageId(Uuid::from_u128(1)),
        conversation: None,
        identity: None,
        helpful: true,
        asked: Some(question),
        at: START,
    }));
    let units = vec![
        asked("when is the oven hot", START - DAY),
        asked("When is the oven hot?", START),
        asked("what makes rolls crisp", START - 2 * DAY),
        asked("how old is the sourdough", START - 40 * DAY),
        helped,
    ];
    bakery.storage.write(Unit::All(units)).await.unwrap();
    let rolls: Entry = serde_json::from_value(entry("rolls", "What makes rolls crisp?", "Steam.")).unwrap();
    let steps = || vec![Step::Remove(EntryId::from("oven")), Step::Put(Box::new(rolls.clone()))];
    let twin = bakery.knowledge.twin(COMMUNITY, steps()).await.unwrap();
    assert_eq!(
        (twin.questions, twin.times),
        (2, 3),
        "what is older than a month is of other times"
    );
    let changes: Vec<_> = twin
        .changes
        .iter()
        .map(|changed| (changed.verdict, changed.question.as_str(), changed.times))
        .collect();
    assert_eq!(
        changes,
        [
            (Verdict::Worse, "When is the oven hot?", 2),
            (Verdict::Unsure, "what makes rolls crisp", 1)
        ]
    );
    assert_eq!(
        bakery.ask("when is the oven hot").await,
        "answers oven",
        "nothing was changed"
    );
    // Another program, from the same table, says the same to the byte.
    let bytes = serde_json::to_string(&*twin).unwrap();
    let bakery = bakery.again();
    let twin = bakery.knowledge.twin(COMMUNITY, steps()).await.unwrap();
    assert_eq!(serde_json::to_string(&*twin).unwrap(), bytes);
    let nothing = bakery.knowledge.twin(COMMUNITY, vec![]).await.unwrap();
    assert!(
        nothing.summary().ends_with("all would be answered as they are now."),
        "{}",
        nothing.summary()
    );
}

/// Sixty questions that an entry answers as likely as not, with a probability a little above the line that every base begins with.
async fn every_second_is_right(bakery: &Bakery) {
    for number in 0..60_i64 {
        let asked = Asked {
            community: COMMUNITY,
            message: MessageId(Uuid::from_u128(1_000)),
            asker: None,
            overheard: false,
            language: Some("en".to_owned()),
            entry: Some((EntryId::from("rolls"), 1)),
            probability: 0.6,
            exact: false,
            scoring: VERSION.to_owned(),
            decision: Decided::Answer,
            answer: None,
            at: START,
        };
        let judged = QualityUnit::Judged {
            community: COMMUNITY,
            seq: number + 1,
            fits: Some(number % 2 == 0),
            by: AccountId(Uuid::from_u128(1)),
            at: START,
        };
        let units = [QualityUnit::Asked(Box::new(asked)), judged].map(Unit::Quality);
        bakery.storage.write(Unit::All(units.into())).await.unwrap();
    }
}

#[tokio::test]
async fn another_precision_is_tried_on_last_months_questions_before_it_holds() {
    let bakery = Bakery::open().await;
    bakery.put(entry("rolls", "What makes rolls crisp?", "Steam.")).await;
    bakery.put(oven()).await;
    every_second_is_right(&bakery).await;
    bakery.knowledge.refit(COMMUNITY).await.unwrap();
    for (id, question) in [
        ("trees", "Which trees grow in the park?"),
        ("ferry", "When does the ferry leave?"),
        ("choir", "Who sings in the choir?"),
    ] {
        bakery.put(entry(id, question, "So it is said.")).await;
    }
    // Between the line that every base begins with and the one where every second answer is wrong.
    let (mut found, mut seen) = (None, Vec::new());
    for question in [
        "is there steam in it",
        "steam for rolls",
        "crisp rolls",
        "how do rolls get crisp",
        "what makes bread crisp",
        "what makes them crisp",
        "what makes rolls soft",
        "makes rolls",
        "what about rolls",
        "rolls",
        "are rolls crisp",
        "crisp",
    ] {
        let sure = bakery.knowledge.ask(&scope(), question, 3).await.unwrap().probability;
        seen.push(sure);
        if (0.55..0.67).contains(&sure) {
            found = Some(question);
        }
    }
    let question = found.unwrap_or_else(|| panic!("none of them is as likely as that: {seen:?}"));
    assert_ne!(bakery.ask(question).await, "answers rolls");
    bakery.storage.write(asked(question, START)).await.unwrap();
    let of = async |addressed| {
        let wanted = Precision {
            addressed,
            overheard: 97,
        };
        let twin = bakery
            .knowledge
            .twin(COMMUNITY, vec![Step::Precision(wanted)])
            .await
            .unwrap();
        let told: Vec<_> = twin.changes.iter().map(|changed| changed.told().1).collect();
        told
    };
    assert_eq!(of(90).await, [""; 0], "that is what holds");
    assert_eq!(of(50).await, ["answers with rolls"]);
    assert_ne!(bakery.ask(question).await, "answers rolls", "nothing was changed");
}

#[tokio::test]
async fn a_last_day_is_one_of_the_community_and_not_of_the_machine() {
    // START is the 24th of November 2026 at six in the morning in UTC: 19:00 of the 23rd in Pago Pago, 20:00 of the 24th in Kiritimati.
    let bakery = Bakery::open().await;
    bakery
        .put(serde_json::json!({"id": "rye", "question": "Is there rye bread today?", "answer": {"full": "Yes."}, "until": "2026-11-24"}))
        .await;
    bakery
        .put(serde_json::json!({"id": "oven", "question": "Who looks after the big oven?", "answer": {"full": "Ann."}, "review_by": "2026-11-24"}))
        .await;
    let both = async || {
        let rye = bakery.ask("Is there rye bread today?").await;
        let overdue = bakery.headings().await.contains(&"Review overdue".to_owned());
        (
            rye == "answers rye",
            bakery.ask("Who looks after the big oven?").await,
            overdue,
        )
    };
    let said = || (true, "answers oven".to_owned(), false);
    let over = || (false, "offers oven".to_owned(), true);
    for (zone, hours_left) in [("Pacific/Kiritimati", 4), ("UTC", 18), ("Pacific/Pago_Pago", 29)] {
        let left = Duration::from_hours(hours_left);
        bakery.moves_to(zone).await;
        bakery.clock.set(START + left - Duration::from_secs(1));
        assert_eq!(both().await, said(), "{zone}");
        bakery.clock.set(START + left);
        assert_eq!(both().await, over(), "{zone}");
    }
}

#[tokio::test]
async fn a_translation_is_told_of_until_it_is_written_anew() {
    let bakery = Bakery::open().await;
    let entry = |answer: &str, german: &str| {
        serde_json::json!({"id": "rye", "question": "Is there rye bread?", "answer": {"full": answer},
            "translations": {"de": {"of_rev": 1, "question": "Gibt es Roggenbrot?", "answer": {"full": german}}}})
    };
    bakery.put(entry("Yes.", "Ja.")).await;
    assert_eq!(bakery.headings().await, [""; 0]);
    bakery.put(entry("On Mondays.", "Ja.")).await;
    assert_eq!(bakery.headings().await, ["Source changed since"]);
    bakery.put(entry("On Mondays.", "Montags.")).await;
    assert_eq!(bakery.headings().await, [""; 0]);
}

fn written(rev: u32) -> File {
    File {
        name: "oven.yaml".to_owned(),
        text: format!(
            "- id: oven\n  question: When is the oven hot?\n  answer: From five.\n  rev: {rev}\n  translations:\n    de: {{of_rev: {rev}, \
             question: Wann ist der Ofen heiß?, answer: Ab fünf.}}\n"
        ),
    }
}

#[tokio::test]
async fn a_translation_from_another_base_is_of_the_revision_that_it_comes_to_here() {
    let bakery = Bakery::open().await;
    bakery.knowledge.apply(COMMUNITY, &[written(3)], vec![]).await.unwrap();
    let oven = EntryId::from("oven");
    let stored = bakery.knowledge.get(COMMUNITY, &oven).await.unwrap().unwrap().entry;
    assert_eq!((stored.rev, stored.translations["de"].of_rev), (1, 1));
    let plan = bakery.knowledge.plan(COMMUNITY, &[written(3)]).await.unwrap();
    assert_eq!(plan.changes, [Change::Same(oven.clone())]);
    let mut later = stored;
    later.answer.full = "From six.".to_owned();
    bakery.knowledge.put(COMMUNITY, later, Some(1), None).await.unwrap();
    assert_eq!(bakery.headings().await, ["Source changed since"]);
}

#[tokio::test]
async fn no_file_brings_back_what_was_taken_away_since_it_was_written() {
    let bakery = Bakery::open().await;
    bakery.knowledge.apply(COMMUNITY, &[written(0)], vec![]).await.unwrap();
    let oven = EntryId::from("oven");
    bakery.knowledge.remove(COMMUNITY, &oven, 1, None).await.unwrap();
    let refused = bakery
        .knowledge
        .apply(COMMUNITY, &[written(1)], vec![])
        .await
        .unwrap_err();
    let ApplyError::Problems(problems) = refused else {
        panic!("{refused:?}")
    };
    let told = problems[0].to_string();
    assert!(
        told.starts_with("oven.yaml:1:1: the entry oven was taken away here"),
        "{told}"
    );
    assert_eq!(bakery.knowledge.get(COMMUNITY, &oven).await.unwrap(), None);
    // Whoever wants it back says so.
    bakery.knowledge.apply(COMMUNITY, &[written(0)], vec![]).await.unwrap();
    assert!(bakery.knowledge.get(COMMUNITY, &oven).await.unwrap().is_some());
}

#[tokio::test]
async fn a_file_names_related_entries_that_are_stored() {
    let bakery = Bakery::open().await;
    bakery.put(oven()).await;
    let file = |related: &str| File {
        name: "rolls.yaml".to_owned(),
        text: format!("- {{id: rolls, question: What makes rolls crisp?, answer: Steam., related: [{related}]}}\n"),
    };
    assert!(bakery.knowledge.plan(COMMUNITY, &[file("oven")]).await.is_ok());
    let unknown = bakery.knowledge.plan(COMMUNITY, &[file("ofen")]).await.unwrap_err();
    assert!(matches!(unknown, ApplyError::Problems(problems) if problems.len() == 1));
}
