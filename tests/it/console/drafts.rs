//! Drafts of what people answered: whoever said it is asked, and an owner publishes alone where nobody else can.

use std::time::Duration;

use switchboard::clock::Clock as _;
use switchboard::model::Content;
use switchboard::model::action::Author;
use switchboard::model::event::StaffAct;
use switchboard::model::ids::{AccountId, ConversationId, IdentityId, LinkCodeId, MessageId};
use switchboard::storage::Unit;
use switchboard::storage::accounts::Role;
use switchboard::storage::person::{CodeHash, LinkCode, PersonUnit};

use super::answers::{DRAFTS, PARK, edit, first, location, newest, publish};
use super::site::Site;

impl Site {
    /// Bob answers what is asked in a conversation. Answers what is sent to make a draft of that.
    async fn answered(&self, id: ConversationId, bob: IdentityId) -> [(&'static str, String); 2] {
        let said = self.storage.messages_of_conversation(id, newest()).await.unwrap();
        let asked = said[0].new.id;
        let answer = self
            .says(id, Author::Identity { id: bob }, |said| {
                said.content = Content::plain("Behind the hall.");
                said.reply_to = Some(asked);
            })
            .await;
        [("conversation", id.to_string()), ("answer", answer.to_string())]
    }

    /// What an identity says is said by this account.
    async fn acts_for(&self, identity: IdentityId, account: AccountId) {
        let code = LinkCodeId(self.clock.id());
        let now = self.clock.now();
        let shown = LinkCode {
            id: code,
            community: self.community,
            identity,
            place: self.place,
            message: MessageId(self.clock.id()),
            expires: now + Duration::from_mins(10),
            entered_by: None,
        };
        let hash = CodeHash([7; 32]);
        let act = PersonUnit::Act { code, account, at: now };
        let units = [PersonUnit::Code { code: shown, hash }, act].map(Unit::Person);
        self.storage.write(Unit::All(units.to_vec())).await.unwrap();
    }
}

#[tokio::test]
async fn who_could_not_be_asked_for_a_fault_is_asked_by_the_next_press() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    let bob = site.member("Bob").await;
    let id = site.conversation(PARK).await;
    let fields = site.answered(id, bob).await;
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    *site.desk.refuse.lock().unwrap() = Some("The storage is full.");
    let draft = location(&owner.send(DRAFTS, DRAFTS, &fields).await);
    assert!(site.desk.acts.lock().unwrap().is_empty());
    let ask = format!("{draft}/ask");
    assert_eq!(owner.send(&draft, &ask, &[]).await.status, 303);
    let acts = site.desk.acts.lock().unwrap().clone();
    assert!(matches!(acts[..], [StaffAct::AskAuthor { .. }]), "{acts:?}");
    site.stop();
}

#[tokio::test]
async fn an_owner_publishes_alone_where_the_only_colleague_said_it_by_an_account_of_theirs() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    let link = site.links().join(site.community, Role::Owner, None).await.unwrap();
    let mut olga = site.browser();
    assert_eq!(olga.join(&link, "Olga", "olga@example.org").await.status, 303);
    let bob = site.member("Bob").await;
    let id = site.conversation(PARK).await;
    let fields = site.answered(id, bob).await;
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    let draft = location(&owner.send(DRAFTS, DRAFTS, &fields).await);
    let saved = edit(&mut owner, &draft, &[("full", "At the back, from seven on.")]).await;
    assert_eq!(saved.status, 303, "{}", saved.body);
    let refused = publish(&mut owner, &draft).await;
    assert_eq!(refused.status, 422, "Olga can: {}", refused.body);
    let accounts = site.storage.accounts(site.community).await.unwrap();
    let of_olga = accounts
        .iter()
        .find(|(account, _)| account.name == "Olga")
        .unwrap()
        .0
        .id;
    site.acts_for(bob, of_olga).await;
    assert_eq!(publish(&mut owner, &draft).await.status, 303);
    assert!(site.acts_done(&mut owner, "alone").await);
    site.stop();
}

#[tokio::test]
async fn an_owner_publishes_alone_what_no_colleague_may_read() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    site.signed_in(Role::Content).await;
    let chat = site.direct_chat().await;
    let bob = site.member("Bob").await;
    let id = site.conversation_in((site.community, chat), PARK).await;
    let fields = site.answered(id, bob).await;
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    let draft = location(&owner.send(DRAFTS, DRAFTS, &fields).await);
    let saved = edit(&mut owner, &draft, &[("full", "At the back, from seven on.")]).await;
    assert_eq!(saved.status, 303, "{}", saved.body);
    assert_eq!(publish(&mut owner, &draft).await.status, 303);
    site.stop();
}

#[tokio::test]
async fn an_entry_that_is_there_is_named_as_the_answer_to_questions() {
    let site = Site::start().await;
    let mut agent = site.signed_in(Role::Agent).await;
    let mut viewer = site.signed_in(Role::Viewer).await;
    let new = "/console/knowledge/new";
    let fields = [
        ("id", "parking"),
        ("question", "Is there a car park?"),
        ("full", "Behind the hall."),
        ("visibility", "everybody"),
    ];
    assert_eq!(agent.send(new, new, &fields).await.status, 303);
    site.two_ask().await;
    let cluster = first(&mut agent).await;
    let page = agent.get(&cluster).await;
    assert!(page.body.contains("This entry answers it"), "{}", page.body);
    assert!(!viewer.get(&cluster).await.body.contains("This entry answers it"));
    let version = page.field("version");
    let answered = format!("{cluster}/answered");
    let of = |entry| [("version", version.as_str()), ("entry", entry)];
    let refused = agent.send(&cluster, &answered, &of("car-park")).await;
    assert!(
        refused.status == 422 && refused.body.contains("There is no entry “car-park”."),
        "{}",
        refused.body
    );
    for _ in 0..2 {
        // The same form sent twice.
        assert_eq!(
            location(&agent.send(&cluster, &answered, &of("parking")).await),
            cluster
        );
    }
    let page = agent.get(&cluster).await.body;
    assert!(
        page.contains("An answer is there. It is watched until") && page.contains("/console/knowledge/entries/parking"),
        "{page}"
    );
    let mut owner = site.signed_in(Role::Owner).await;
    assert!(site.acts_done(&mut owner, "Questions answered").await);
    site.stop();
}

#[tokio::test]
async fn a_post_of_what_was_asked_in_direct_chats_alone_says_why_it_is_blank() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    let (chat, bob, carl) = (
        site.direct_chat().await,
        site.member("Bob").await,
        site.member("Carl").await,
    );
    for who in [site.identity, bob, carl] {
        site.asks(who, chat, PARK).await;
    }
    first(&mut owner).await;
    let why = "and so nothing from direct chats. Please write it in your own words.";
    let asked = "/console/posts/new?show=asked";
    let page = owner.get(asked).await.body;
    assert!(page.contains(why) && !page.contains(PARK), "{page}");
    assert!(!owner.get("/console/posts/new").await.body.contains(why));
    for who in [site.identity, bob, carl] {
        site.asks(who, site.place, PARK).await;
    }
    first(&mut owner).await;
    let page = owner.get(asked).await.body;
    assert!(page.contains(PARK) && !page.contains(why), "{page}");
    site.stop();
}

#[tokio::test]
async fn whoever_makes_a_draft_of_their_own_words_was_not_asked_and_it_says_so() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    let accounts = site.storage.accounts(site.community).await.unwrap();
    let (account, _) = &accounts[0];
    let id = site.conversation(PARK).await;
    let author = Author::Staff {
        id: account.id,
        name: account.name.clone(),
    };
    let said = site.says(id, author, |said| said.content = Content::plain("Behind the hall."));
    let (conversation, answer) = (id.to_string(), said.await.to_string());
    let fields = [("conversation", conversation.as_str()), ("answer", answer.as_str())];
    let draft = location(&owner.send(DRAFTS, DRAFTS, &fields).await);
    let page = owner.get(&draft).await.body;
    assert!(
        page.contains("staff of this community, not asked") && !page.contains("said yes"),
        "{page}"
    );
    site.stop();
}
