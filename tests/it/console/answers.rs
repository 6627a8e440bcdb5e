//! Questions without a good answer, drafts, and who publishes them.

use std::time::Duration;

use switchboard::clock::Clock as _;
use switchboard::model::Content;
use switchboard::model::action::Author;
use switchboard::model::cluster::{Cluster, ClusterState};
use switchboard::model::directory::{Audience, Identity};
use switchboard::model::event::{Membership, Source, StaffAct};
use switchboard::model::ids::{
    AccountId, ClusterId, ConversationId, IdentityId, IdentityRef, MessageId, NativeId, PlaceId, Version,
};
use switchboard::model::{Event, EventBody};
use switchboard::storage::Unit;
use switchboard::storage::accounts::Role;
use switchboard::storage::clusters::{AskedQuestion, ClusterUnit};
use switchboard::storage::knowledge::{KnowledgeUnit, Unanswered};
use switchboard::storage::unit::{DirectoryUnit, NewMessage, Stored};

use super::lists::pages;
use super::site::{Answer, Browser, Site, accept, commit};
use crate::storage::given;

const LIST: &str = "/console/knowledge/unanswered";
pub(super) const DRAFTS: &str = "/console/knowledge/drafts";
pub(super) const PARK: &str = "Where can I park my car?";

impl Site {
    pub(super) async fn member(&self, name: &str) -> IdentityId {
        let id = IdentityId(self.clock.id());
        let identity = DirectoryUnit::Identity(Identity {
            id,
            native: IdentityRef {
                scope: "web_chat".into(),
                id: NativeId::from(name),
            },
            name: name.to_owned(),
            bot: false,
            staff: false,
            roles: vec![],
            language: None,
        });
        self.storage.write(Unit::Directory(identity)).await.unwrap();
        id
    }

    pub(super) async fn direct_chat(&self) -> PlaceId {
        let mut chat = self.storage.place(self.place).await.unwrap().unwrap();
        chat.id = PlaceId(self.clock.id());
        chat.native.id = NativeId::from("direct");
        chat.audience = Audience::Direct;
        self.storage
            .write(Unit::Directory(DirectoryUnit::Place(chat.clone())))
            .await
            .unwrap();
        chat.id
    }

    pub(super) async fn asks(&self, who: IdentityId, place: PlaceId, text: &str) {
        let unit = KnowledgeUnit::Unanswered(Unanswered {
            community: self.community,
            place: Some(place),
            identity: Some(who),
            message: Some(MessageId(self.clock.id())),
            at: self.clock.now(),
            ..given::unanswered(text)
        });
        self.storage.write(Unit::Knowledge(unit)).await.unwrap();
        self.clock.advance(Duration::from_secs(1));
    }

    /// Alice and Bob ask where to park.
    pub(super) async fn two_ask(&self) {
        let bob = self.member("Bob").await;
        for who in [self.identity, bob] {
            self.asks(who, self.place, PARK).await;
        }
    }

    /// Somebody says more in a conversation.
    pub(super) async fn says(
        &self,
        conversation: ConversationId,
        author: Author,
        message: impl FnOnce(&mut NewMessage),
    ) -> MessageId {
        let place = self.storage.conversation(conversation).await.unwrap().unwrap().place;
        let (id, now) = (MessageId(self.clock.id()), self.clock.now());
        let event = Event {
            source: Source::Internal {
                conversation: None,
                place: Some(place),
            },
            occurred_at: now,
            dedupe: id.to_string(),
            hops: 0,
            body: EventBody::Member {
                change: Membership::Joined,
            },
        };
        let stored = accept(&*self.storage, &*self.clock, self.community, Some(place), event).await;
        let Stored::New(seq) = stored else { panic!("it is new") };
        let mut all = commit(seq, now, vec![]);
        let mut said = NewMessage {
            id,
            conversation: Some(conversation),
            place,
            author,
            native: None,
            reply_to: None,
            note: false,
            only: None,
            content: Content::plain(""),
            buttons: vec![],
            files: vec![],
            cites: vec![],
            name: None,
            at: now,
        };
        message(&mut said);
        all.messages = vec![said];
        self.storage.write(Unit::Commit(Box::new(all))).await.unwrap();
        id
    }

    pub(super) async fn acts_done(&self, owner: &mut Browser<'_>, act: &str) -> bool {
        owner.get("/console/audit").await.body.contains(act)
    }
}

/// The address of the first row of the list, after looking.
pub(super) async fn first(browser: &mut Browser<'_>) -> String {
    let looked = browser.send(LIST, LIST, &[]).await;
    assert_eq!(looked.status, 303, "{}", looked.body);
    let page = browser.get(LIST).await;
    let (_, rest) = page.body.split_once("<tr id=\"cluster-").expect("there is a row");
    format!("{LIST}/{}", rest.split('"').next().unwrap())
}

pub(super) fn location(answer: &Answer) -> String {
    assert_eq!(answer.status, 303, "{}", answer.body);
    let location = answer.header("location").unwrap();
    location.split('?').next().unwrap().to_owned()
}

/// A draft of the questions, with an answer.
async fn written(browser: &mut Browser<'_>) -> String {
    let cluster = first(browser).await;
    let draft = location(&browser.send(&cluster, &format!("{cluster}/draft"), &[]).await);
    let saved = edit(browser, &draft, &[("full", "Behind the hall.")]).await;
    assert_eq!(saved.status, 303, "{}", saved.body);
    draft
}

/// Sends the form of a draft with these fields instead of those that it shows.
pub(super) async fn edit(browser: &mut Browser<'_>, draft: &str, fields: &[(&str, &str)]) -> Answer {
    let page = format!("{draft}/edit");
    let shown = browser.get(&page).await;
    let known = ["_csrf", "_key", "version", "revision", "id"].map(|name| (name, shown.field(name)));
    let mut all: Vec<(&str, &str)> = known.iter().map(|(name, value)| (*name, value.as_str())).collect();
    all.extend([("question", PARK), ("visibility", "everybody"), ("do", "draft")]);
    all.retain(|(name, _)| !fields.iter().any(|(other, _)| other == name));
    all.extend(fields);
    browser.post(&page, &all).await
}

pub(super) async fn publish(browser: &mut Browser<'_>, draft: &str) -> Answer {
    // Whoever may not has no button, and may try all the same.
    let shown = browser.get(&format!("{draft}/edit")).await;
    let known = ["_csrf", "_key", "version"].map(|name| (name, shown.field(name)));
    let fields: Vec<(&str, &str)> = known.iter().map(|(name, value)| (*name, value.as_str())).collect();
    browser.post(&format!("{draft}/publish"), &fields).await
}

#[tokio::test]
async fn what_several_people_ask_is_looked_after_by_somebody_until_a_day() {
    let site = Site::start().await;
    let mut agent = site.signed_in(Role::Agent).await;
    assert!(
        agent
            .get(LIST)
            .await
            .body
            .contains("Nobody waits for an answer that others wait for, too")
    );
    site.two_ask().await;
    site.asks(site.identity, site.place, "May I bring my dog <b>?").await;
    let cluster = first(&mut agent).await;
    let list = agent.get(LIST).await.body;
    assert!(
        list.contains(PARK) && list.contains("data-label=\"People\">2<"),
        "{list}"
    );
    assert!(
        !list.contains("dog") && list.contains("1 more question is not shown"),
        "{list}"
    );
    let account = {
        let accounts = site.storage.accounts(site.community).await.unwrap();
        accounts[0].0.id.to_string()
    };
    let page = agent.get(&cluster).await;
    let version = page.field("version");
    let fields = [
        ("version", version.as_str()),
        ("owner", account.as_str()),
        ("due", "2026-01-01"),
    ];
    let assign = format!("{cluster}/assign");
    assert_eq!(agent.send(&cluster, &assign, &fields).await.status, 303);
    let list = agent.get(LIST).await.body;
    assert!(
        list.contains("2026-01-01, overdue") && list.contains(">agent<"),
        "{list}"
    );
    // Somebody else has the page of before still open.
    let late = agent.send(&cluster, &assign, &fields).await;
    assert_eq!(late.status, 409, "{}", late.body);
    let fields = [("version", "2"), ("owner", ""), ("due", "tomorrow")];
    assert_eq!(agent.send(&cluster, &assign, &fields).await.status, 422);
    assert_eq!(
        agent
            .send(&cluster, &format!("{cluster}/settle"), &[("version", "2")])
            .await
            .status,
        303
    );
    assert!(!agent.get(LIST).await.body.contains(PARK));
    assert!(agent.get(&format!("{LIST}?show=closed")).await.body.contains(PARK));
    let page = agent.get(&cluster).await;
    assert!(page.body.contains("Somebody has settled it."), "{}", page.body);
    assert!(page.body.contains("Open again"), "{}", page.body);
    let version = page.field("version");
    let open = format!("{cluster}/open");
    // The same form sent twice opens it once.
    for _ in 0..2 {
        let opened = agent.send(&cluster, &open, &[("version", &version)]).await;
        assert_eq!(opened.status, 303, "{}", opened.body);
    }
    assert!(agent.get(LIST).await.body.contains(PARK));
    assert!(!agent.get(&cluster).await.body.contains("Open again"));
    let mut owner = site.signed_in(Role::Owner).await;
    assert!(site.acts_done(&mut owner, "Questions opened again").await);
    site.stop();
}

#[tokio::test]
async fn whoever_wrote_a_draft_does_not_publish_it_and_somebody_else_does() {
    let site = Site::start().await;
    let mut agent = site.signed_in(Role::Agent).await;
    let mut owner = site.signed_in(Role::Owner).await;
    site.two_ask().await;
    let draft = written(&mut agent).await;
    let refused = publish(&mut agent, &draft).await;
    assert_eq!(refused.status, 422);
    assert!(
        refused.body.contains("a second pair of eyes comes first"),
        "{}",
        refused.body
    );
    assert!(
        agent
            .get(&draft)
            .await
            .body
            .contains("a second pair of eyes comes first")
    );
    assert!(owner.get("/console/knowledge").await.body.contains("class=\"count\""));
    let page = owner.get(&draft).await.body;
    assert!(page.contains("<ins>+ Behind the hall.</ins>"), "{page}");
    assert!(
        page.contains("a new one, named by its question once it is published"),
        "{page}"
    );
    let preview = format!("{draft}/preview");
    let previewed = owner.send(&draft, &preview, &[]).await;
    assert!(
        previewed.status == 200 && previewed.body.contains(">Publish</button>"),
        "{}",
        previewed.body
    );
    let own = agent.send(&draft, &preview, &[]).await;
    assert!(
        own.status == 200 && !own.body.contains(">Publish</button>"),
        "{}",
        own.body
    );
    let published = publish(&mut owner, &draft).await;
    let entry = location(&published);
    assert_eq!(
        entry, "/console/knowledge/entries/where-can-i-park-my-car",
        "nobody has named it"
    );
    assert!(agent.get(&entry).await.body.contains("Behind the hall."));
    // The same form sent twice.
    assert_eq!(location(&publish_again(&mut owner, &draft).await), entry);
    assert!(site.acts_done(&mut owner, "published").await);
    let list = agent.get(LIST).await.body;
    assert!(list.contains("Published"), "{list}");
    assert!(agent.get(DRAFTS).await.body.contains("No draft waits for anybody"));
    let mut viewer = site.signed_in(Role::Viewer).await;
    assert_eq!(viewer.get(&draft).await.status, 200);
    assert_eq!(publish_again(&mut viewer, &draft).await.status, 403);
    site.stop();
}

#[tokio::test]
async fn the_second_who_edits_a_draft_sees_both_texts_and_loses_none() {
    let site = Site::start().await;
    let mut agent = site.signed_in(Role::Agent).await;
    let mut owner = site.signed_in(Role::Owner).await;
    site.two_ask().await;
    let draft = written(&mut agent).await;
    let seen = agent.get(&format!("{draft}/edit")).await.field("version");
    let first = edit(&mut owner, &draft, &[("full", "At the station.")]).await;
    assert_eq!(first.status, 303, "{}", first.body);
    // A fault that is shown first does not hide what the other one wrote.
    let faulty = edit(&mut agent, &draft, &[("full", ""), ("version", &seen)]).await;
    assert_eq!((faulty.status, faulty.field("version")), (422, seen.clone()));
    let yours = ("full", "Behind the old hall.");
    let both = edit(&mut agent, &draft, &[yours, ("version", &seen)]).await;
    assert_eq!(both.status, 409);
    for text in [
        "This draft was changed meanwhile.",
        "<pre tabindex=\"0\">At the station.",
        ">Behind the old hall.</textarea>",
    ] {
        assert!(both.body.contains(text), "{text}: {}", both.body);
    }
    let now = both.field("version");
    assert_ne!(now, seen);
    assert!(agent.get(&draft).await.body.contains("At the station."));
    // The same form sent twice is saved once.
    for _ in 0..2 {
        let saved = edit(&mut agent, &draft, &[yours, ("version", &now)]).await;
        assert_eq!(location(&saved), draft);
    }
    let page = agent.get(&draft).await.body;
    assert!(
        page.contains("<ins>+ Behind the old hall.</ins>") && !page.contains("At the station."),
        "{page}"
    );
    site.stop();
}

async fn publish_again(browser: &mut Browser<'_>, draft: &str) -> Answer {
    browser
        .send("/console/settings", &format!("{draft}/publish"), &[("version", "3")])
        .await
}

#[tokio::test]
async fn an_owner_without_anybody_beside_them_publishes_and_the_audit_says_so() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    site.two_ask().await;
    let draft = written(&mut owner).await;
    assert_eq!(publish(&mut owner, &draft).await.status, 303);
    assert!(site.acts_done(&mut owner, "alone").await);
    site.stop();
}

#[tokio::test]
async fn what_a_person_answered_becomes_a_draft_without_names_and_without_the_bot() {
    let site = Site::start().await;
    let mut agent = site.signed_in(Role::Agent).await;
    let mut owner = site.signed_in(Role::Owner).await;
    let bob = site.member("Bob").await;
    let id = site.conversation(PARK).await;
    let asked = site.storage.messages_of_conversation(id, newest()).await.unwrap()[0]
        .new
        .id;
    let bot = Author::Plugin {
        id: "switchboard/faq".into(),
    };
    site.says(id, bot, |said| {
        said.content = Content::plain("I do not know that.");
        said.reply_to = Some(asked);
        said.cites = vec![("parking".into(), 1)];
    })
    .await;
    let answer = site
        .says(id, Author::Identity { id: bob }, |said| {
            said.content = Content::plain("Behind the hall, Alice. Call +49 170 1234567.");
            said.reply_to = Some(asked);
        })
        .await;
    let own = format!("/console/conversations/{id}");
    let page = agent.get(&own).await.body;
    assert!(page.contains("Make a draft of what Bob answered"), "{page}");
    let fields = [("conversation", id.to_string()), ("answer", answer.to_string())];
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    let draft = location(&agent.send(&own, DRAFTS, &fields).await);
    let page = agent.get(&draft).await.body;
    assert!(page.contains("Behind the hall, [name]. Call [phone number]."), "{page}");
    assert!(!page.contains("I do not know that"), "{page}");
    let acts = site.desk.acts.lock().unwrap().clone();
    assert!(matches!(acts[..], [StaffAct::AskAuthor { .. }]), "{acts:?}");
    // Once more, by whoever comes later: it is the same draft, and he is not asked twice.
    assert_eq!(location(&owner.send(&own, DRAFTS, &fields).await), draft);
    assert!(owner.get(&own).await.body.contains("Draft of what Bob answered"));
    let refused = publish(&mut owner, &draft).await;
    assert!(
        refused.status == 422 && refused.body.contains("has not answered yet"),
        "{}",
        refused.body
    );
    site.stop();
}

/// More than any conversation here holds.
pub(super) fn newest() -> switchboard::storage::Page {
    switchboard::storage::Page {
        before: None,
        limit: 10,
    }
}

#[tokio::test]
async fn a_member_of_staff_is_asked_in_the_console_about_their_own_words() {
    let site = Site::start().await;
    let mut agent = site.signed_in(Role::Agent).await;
    let mut owner = site.signed_in(Role::Owner).await;
    let id = site.conversation(PARK).await;
    let accounts = site.storage.accounts(site.community).await.unwrap();
    let carol = accounts.iter().find(|(_, role)| *role == Role::Agent).unwrap().0.id;
    let answer = site
        .says(id, staff(carol), |said| {
            said.content = Content::plain("Behind the hall.");
        })
        .await;
    let fields = [("conversation", id.to_string()), ("answer", answer.to_string())];
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    let own = format!("/console/conversations/{id}");
    let draft = location(&owner.send(&own, DRAFTS, &fields).await);
    assert!(agent.get(DRAFTS).await.body.contains("asks you"));
    assert!(!owner.get(&draft).await.body.contains("These are your words"));
    assert!(agent.get(&draft).await.body.contains("These are your words"));
    let consent = format!("{draft}/consent");
    let mine = [("version", "1"), ("says", "named")];
    let others = owner.send(&own, &consent, &mine).await;
    assert_eq!(others.status, 422, "{}", others.body);
    assert_eq!(agent.send(&own, &consent, &mine).await.status, 303);
    let page = owner.get(&draft).await.body;
    assert!(
        page.contains("said yes, with their name") && page.contains("Thanks to"),
        "{page}"
    );
    site.stop();
}

fn staff(id: AccountId) -> Author {
    Author::Staff {
        id,
        name: "agent".to_owned(),
    }
}

#[tokio::test]
async fn drafts_of_direct_chats_are_for_whoever_reads_conversations() {
    let site = Site::start().await;
    let mut agent = site.signed_in(Role::Agent).await;
    let chat = site.direct_chat().await;
    let bob = site.member("Bob").await;
    let id = site.conversation_in((site.community, chat), PARK).await;
    let asked = site.storage.messages_of_conversation(id, newest()).await.unwrap()[0]
        .new
        .id;
    let answer = site
        .says(id, Author::Identity { id: bob }, |said| {
            said.content = Content::plain("Behind the secret hall.");
            said.reply_to = Some(asked);
        })
        .await;
    let own = format!("/console/conversations/{id}");
    let fields = [("conversation", id.to_string()), ("answer", answer.to_string())];
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    let draft = location(&agent.send(&own, DRAFTS, &fields).await);
    assert!(agent.get(&draft).await.body.contains("secret hall"));
    let mut content = site.signed_in(Role::Content).await;
    for path in [draft.clone(), format!("{draft}/edit")] {
        assert_eq!(content.get(&path).await.status, 404, "{path}");
    }
    let list = content.get(DRAFTS).await;
    assert!(list.status == 200 && !list.body.contains(&draft), "{}", list.body);
    assert!(agent.get(DRAFTS).await.body.contains(&draft));
    site.stop();
}

#[tokio::test]
async fn wordings_of_direct_chats_are_for_whoever_reads_conversations() {
    let site = Site::start().await;
    let chat = site.direct_chat().await;
    let bob = site.member("Bob").await;
    for who in [site.identity, bob] {
        site.asks(who, chat, "Where can I park my secret car?").await;
    }
    let mut agent = site.signed_in(Role::Agent).await;
    let cluster = first(&mut agent).await;
    for path in [LIST, &cluster] {
        assert!(agent.get(path).await.body.contains("secret"), "{path}");
    }
    let mut content = site.signed_in(Role::Content).await;
    for path in [LIST, &cluster] {
        let page = content.get(path).await;
        assert!(
            page.status == 200 && !page.body.contains("secret"),
            "{path}: {}",
            page.body
        );
    }
    let page = content.get(&cluster).await.body;
    assert!(page.contains("none of their words go into a draft"), "{page}");
    assert!(!page.contains("Add these ways to ask"), "{page}");
    let draft = location(&content.send(&cluster, &format!("{cluster}/draft"), &[]).await);
    for path in [draft.clone(), format!("{draft}/edit")] {
        assert!(!content.get(&path).await.body.contains("secret"), "{path}");
    }
    // Nobody has written anything: whoever publishes it sees the form and what is missing.
    let list = agent.get(DRAFTS).await.body;
    assert!(
        list.contains("to be edited") && !list.contains("you can publish it"),
        "{list}"
    );
    let refused = publish(&mut agent, &draft).await;
    assert_eq!(refused.status, 422, "{}", refused.body);
    assert!(
        refused.body.contains("a member would ask it</a>: must not be empty"),
        "{}",
        refused.body
    );
    assert_eq!(refused.field("version"), "1");
    site.stop();
}

#[tokio::test]
async fn an_answer_is_set_right_by_a_draft_that_goes_on_from_its_revision() {
    let site = Site::start().await;
    let mut agent = site.signed_in(Role::Agent).await;
    let mut owner = site.signed_in(Role::Owner).await;
    let fields = [
        ("id", "park"),
        ("question", PARK),
        ("full", "Nowhere."),
        ("visibility", "everybody"),
        ("do", "save"),
    ];
    let new = "/console/knowledge/new";
    assert_eq!(owner.send(new, new, &fields).await.status, 303);
    let id = site.conversation(PARK).await;
    let bot = Author::Plugin {
        id: "switchboard/faq".into(),
    };
    let said = site
        .says(id, bot, |said| {
            said.content = Content::plain("Nowhere.");
            said.cites = vec![("park".into(), 1)];
        })
        .await;
    let page = agent.get(&format!("/console/conversations/{id}")).await.body;
    let fix = format!("/console/knowledge/entries/park/fix?q={said}");
    assert!(page.contains(&fix), "{page}");
    let message = said.to_string();
    let fields = [
        ("message", message.as_str()),
        ("revision", "1"),
        ("question", PARK),
        ("full", "Behind the hall."),
        ("visibility", "everybody"),
        ("do", "draft"),
    ];
    let post = "/console/knowledge/entries/park/fix";
    let draft = location(&agent.send(&fix, post, &fields).await);
    let page = owner.get(&draft).await.body;
    assert!(
        page.contains("<del>- Nowhere.</del>") && page.contains("<ins>+ Behind the hall.</ins>"),
        "{page}"
    );
    assert!(page.contains("an answer from revision 1"), "{page}");
    entry_changes_before(&mut agent, &mut owner, &draft).await;
    // Of an answer that does not cite it, or that is not there, nothing is set right.
    let nowhere = MessageId(site.clock.id());
    for wrong in [
        format!("{post}?q={nowhere}"),
        format!("/console/knowledge/entries/other/fix?q={said}"),
    ] {
        assert_eq!(agent.get(&wrong).await.status, 404, "{wrong}");
    }
    site.stop();
}

/// Somebody changes the entry before the draft is published: both are shown, and nothing is published unseen.
async fn entry_changes_before(agent: &mut Browser<'_>, owner: &mut Browser<'_>, draft: &str) {
    let fields = [
        ("revision", "1"),
        ("question", PARK),
        ("full", "At the station."),
        ("visibility", "everybody"),
        ("do", "save"),
    ];
    let edited = "/console/knowledge/entries/park/edit";
    assert_eq!(owner.send(edited, edited, &fields).await.status, 303);
    assert_eq!(publish_at(owner, draft, "1").await.status, 409);
    let both = agent.get(&format!("{draft}/edit")).await;
    assert_eq!(both.status, 409);
    assert!(
        both.body.contains("At the station.") && both.body.contains("Behind the hall."),
        "{}",
        both.body
    );
    let saved = edit(agent, draft, &[("full", "Behind the hall.")]).await;
    assert_eq!(saved.status, 303, "{}", saved.body);
    let published = publish_at(owner, draft, "2").await;
    assert_eq!(location(&published), "/console/knowledge/entries/park");
}

async fn publish_at(browser: &mut Browser<'_>, draft: &str, version: &str) -> Answer {
    browser
        .send(
            "/console/settings",
            &format!("{draft}/publish"),
            &[("version", version)],
        )
        .await
}

#[tokio::test]
async fn a_post_of_what_people_asked_holds_what_three_asked_where_everybody_reads() {
    let site = Site::start().await;
    site.two_ask().await;
    let carl = site.member("Carl").await;
    site.asks(carl, site.place, PARK).await;
    let (chat, dora) = (site.direct_chat().await, site.member("Dora").await);
    for who in [carl, dora, site.identity] {
        site.asks(who, chat, "How do I get rid of this rash?").await;
    }
    for who in [carl, dora] {
        site.asks(who, site.place, "Is there a train tonight?").await;
    }
    let mut owner = site.signed_in(Role::Owner).await;
    first(&mut owner).await;
    let page = owner.get("/console/posts/new?show=asked").await.body;
    assert!(
        page.contains("Where can I park my car?") && page.contains("somebody is looking into it"),
        "{page}"
    );
    assert!(!page.contains("rash") && !page.contains("train"), "{page}");
    site.stop();
}

#[tokio::test]
async fn a_long_list_of_questions_has_a_second_page() {
    let site = Site::start().await;
    let bob = site.member("Bob").await;
    for number in 0..60 {
        for who in [site.identity, bob] {
            site.asks(who, site.place, &format!("question {number}")).await;
        }
    }
    let open = site
        .storage
        .questions_open(site.community, switchboard::model::Timestamp::default(), 1_000)
        .await
        .unwrap();
    for two in open.chunks(2) {
        let cluster = Cluster {
            id: ClusterId(site.clock.id()),
            community: site.community,
            asked: two[0].seq,
            state: ClusterState::New,
            reopened: 0,
            owner: None,
            due: None,
            version: Version(1),
            made_at: site.clock.now(),
            changed_at: site.clock.now(),
        };
        let unit = ClusterUnit::Make {
            cluster: Box::new(cluster),
            questions: two.iter().map(AskedQuestion::reference).collect(),
        };
        site.storage.write(Unit::Cluster(unit)).await.unwrap();
    }
    let mut viewer = site.signed_in(Role::Viewer).await;
    let rows = pages(&mut viewer, LIST, "<tr id=\"cluster-").await;
    assert_eq!(rows.iter().map(Vec::len).collect::<Vec<_>>(), [50, 10]);
    let mut shown = rows.concat();
    shown.sort();
    shown.dedup();
    assert_eq!(shown.len(), 60);
    site.stop();
}
