//! Pages: each shows rows and an empty state, and forms do once what they say.

use switchboard::clock::Clock as _;
use switchboard::connectors::Connector as _;
use switchboard::connectors::loopback::Loopback;
use switchboard::knowledge::Knowledge;
use switchboard::model::ability::{Ability, Lack};
use switchboard::model::command::{MenuChange, MenuDiff};
use switchboard::model::conversation::HolderKind;
use switchboard::model::directory::cannot_be;
use switchboard::model::event::StaffAct;
use switchboard::storage::Unit;
use switchboard::storage::accounts::Role;
use switchboard::storage::unit::DirectoryUnit;

use super::site::Site;

const PAGES: [&str; 25] = [
    "/console/plugins",
    "/console/posts",
    "/console/posts/new",
    "/console/inbox",
    "/console/inbox?show=mine",
    "/console/inbox?show=open",
    "/console/inbox?show=snoozed",
    "/console/inbox?show=closed",
    "/console/knowledge",
    "/console/knowledge/unanswered",
    "/console/knowledge/unanswered?show=closed",
    "/console/knowledge/drafts",
    "/console/knowledge/upkeep",
    "/console/knowledge/model",
    "/console/knowledge/quality",
    "/console/knowledge/quality/asked",
    "/console/knowledge/quality/tried",
    "/console/knowledge/new",
    "/console/deliveries",
    "/console/events",
    "/console/search",
    "/console/places",
    "/console/logins/web_chat",
    "/console/settings",
    "/console/people",
];

#[tokio::test]
async fn every_page_opens_when_there_is_nothing() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    for path in PAGES {
        let answer = owner.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        assert!(
            answer
                .header("content-security-policy")
                .unwrap()
                .contains("script-src 'self'")
        );
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
    }
    let home = owner.get("/console").await;
    assert_eq!(home.header("location"), Some("/console/inbox"));
    assert_eq!(owner.get("/console/nowhere").await.status, 404);
    site.stop();
}

#[tokio::test]
async fn every_page_opens_when_there_is_something() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    let id = site.conversation("I want to talk to a <human>").await;
    for path in PAGES {
        assert_eq!(owner.get(path).await.status, 200, "{path}");
    }
    let inbox = owner.get("/console/inbox").await.body;
    assert!(
        inbox.contains("Alice &#60;b&#62;") && inbox.contains("talk to a &#60;human&#62;"),
        "{inbox}"
    );
    let page = owner.get(&format!("/console/conversations/{id}")).await.body;
    assert!(
        page.contains("talk to a &lt;human&gt;") && page.contains("asked for a person"),
        "{page}"
    );
    let found = owner.get("/console/search?q=human").await.body;
    assert!(found.contains("talk to a &#60;human&#62;"), "{found}");
    assert!(owner.get("/console/events").await.body.contains("Lobby"));
    assert_eq!(owner.get("/console/events/1").await.status, 200);
    site.stop();
}

#[tokio::test]
async fn a_reply_sent_twice_is_said_once() {
    let site = Site::start().await;
    let mut agent = site.signed_in(Role::Agent).await;
    let id = site.conversation("Help!").await;
    let own = format!("/console/conversations/{id}");
    let page = agent.get(&own).await;
    let (csrf, key) = (page.field("_csrf"), page.field("_key"));
    let fields = [
        ("_csrf", csrf.as_str()),
        ("_key", key.as_str()),
        ("text", "Hello **Alice**"),
    ];
    let path = format!("{own}/reply");
    for _ in 0..2 {
        let answer = agent.post(&path, &fields).await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        assert_eq!(answer.header("location"), Some(format!("{own}?said=sent").as_str()));
    }
    let acts = site.desk.acts.lock().unwrap().clone();
    assert!(matches!(&acts[..], [StaffAct::Reply { content, .. }] if content.to_plain() == "Hello Alice"));
    site.stop();
}

#[tokio::test]
async fn a_claim_tells_who_held_the_conversation_on_its_page() {
    let site = Site::start().await;
    let mut agent = site.signed_in(Role::Agent).await;
    let id = site.conversation("Help!").await;
    let own = format!("/console/conversations/{id}");
    let page = agent.get(&own).await;
    let shown = page.field("shown");
    let (csrf, key) = (page.field("_csrf"), page.field("_key"));
    let fields = [
        ("_csrf", csrf.as_str()),
        ("_key", key.as_str()),
        ("shown", shown.as_str()),
    ];
    let answer = agent.post(&format!("{own}/claim"), &fields).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    let acts = site.desk.acts.lock().unwrap().clone();
    let shown = Some(HolderKind::Waiting);
    assert_eq!(acts, [StaffAct::Claim { shown }]);
    site.stop();
}

#[tokio::test]
async fn a_refused_reply_says_why_and_keeps_what_was_typed() {
    let site = Site::start().await;
    let mut agent = site.signed_in(Role::Agent).await;
    let id = site.conversation("Help!").await;
    *site.desk.refuse.lock().unwrap() = Some("A colleague is already answering here.");
    let own = format!("/console/conversations/{id}");
    let path = format!("{own}/reply");
    let answer = agent.send(&own, &path, &[("text", "My careful answer")]).await;
    assert_eq!(answer.status, 409);
    assert!(answer.body.contains("A colleague is already answering here."));
    assert!(answer.body.contains("My careful answer</textarea>"), "{}", answer.body);
    site.stop();
}

#[tokio::test]
async fn an_entry_is_written_changed_taken_away_and_brought_back() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    let new = "/console/knowledge/new";
    let fields = |answer: &'static str| {
        [
            ("id", "opening-hours"),
            ("question", "When are you open?"),
            ("full", answer),
            ("visibility", "everybody"),
        ]
    };
    let answer = owner.send(new, new, &fields("From nine.")).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    let own = "/console/knowledge/entries/opening-hours";
    let edit = format!("{own}/edit");
    let stale = owner.get(&edit).await;
    let again = [&[("revision", "1")][..], &fields("From ten.")[..]].concat();
    assert_eq!(owner.send(&edit, &edit, &again).await.status, 303);
    // Whoever still has the first revision open sees both.
    let csrf = stale.field("_csrf");
    let late = [
        &[("revision", "1"), ("_csrf", csrf.as_str())][..],
        &fields("From eleven.")[..],
    ]
    .concat();
    let answer = owner.post(&edit, &late).await;
    assert_eq!(answer.status, 409);
    assert!(answer.body.contains("From ten.") && answer.body.contains("From eleven."));
    let remove = format!("{own}/remove");
    assert_eq!(owner.send(own, &remove, &[("revision", "2")]).await.status, 303);
    assert_eq!(owner.get(own).await.status, 404);
    let history = format!("{own}/history");
    assert!(owner.get(&history).await.body.contains("taken away"));
    let restore = format!("{own}/restore");
    let back = [("revision", "2"), ("now", "0")];
    for _ in 0..2 {
        assert_eq!(
            owner.send(&history, &restore, &back).await.status,
            303,
            "once is enough"
        );
    }
    let now = owner.get(own).await.body;
    assert!(
        now.contains("From ten.") && now.contains("<dt>Revision</dt><dd>4</dd>"),
        "{now}"
    );
    // What nobody has seen is not replaced.
    let unseen = [("revision", "1"), ("now", "2")];
    assert_eq!(owner.send(&history, &restore, &unseen).await.status, 409);
    assert!(owner.get(own).await.body.contains("From ten."));
    site.stop();
}

#[tokio::test]
async fn an_entry_says_who_is_asked_in_the_same_words_and_which_translation_is_behind() {
    let site = Site::start().await;
    let knowledge = Knowledge::new(site.storage.clone(), site.clock.clone());
    let put = async |id: &str, question: &str, answer: &str, before: Option<u32>| {
        let entry = serde_json::json!({"id": id, "question": question, "answer": {"full": answer},
            "translations": {"de": {"of_rev": 1, "question": format!("{id}, wann?"), "answer": {"full": "Ab fünf."}}}});
        let entry = serde_json::from_value(entry).unwrap();
        knowledge.put(site.community, entry, before, None).await.unwrap();
    };
    put("oven", "When is the oven hot?", "From five.", None).await;
    put("oven", "When is the oven hot?", "From seven.", Some(1)).await;
    put("heat", "when is the oven HOT", "From six.", None).await;
    put("rye", "Is there rye?", "From five.", None).await;
    let mut owner = site.signed_in(Role::Owner).await;
    let page = owner.get("/console/knowledge/entries/oven").await.body;
    assert!(page.contains("de (source changed since)"), "{page}");
    assert!(page.contains("(heat) is asked so, too"), "{page}");
    let page = owner.get("/console/knowledge/entries/rye").await.body;
    assert!(page.contains("<dt>Also in</dt><dd>de</dd>"), "{page}");
    assert!(!page.contains("is asked so, too"), "{page}");
    site.stop();
}

#[tokio::test]
async fn a_post_is_planned_once_and_called_off() {
    let site = Site::start().await;
    let mut content = site.signed_in(Role::Content).await;
    let new = "/console/posts/new";
    let place = site.place.to_string();
    let fields = [
        ("place", place.as_str()),
        ("text", "Tip of the **week**"),
        ("date", "2030-01-02"),
        ("time", "09:30"),
        ("zone", "Europe/Berlin"),
        ("do", "schedule"),
    ];
    let page = content.get(new).await;
    let (csrf, key) = (page.field("_csrf"), page.field("_key"));
    let all = [&[("_csrf", csrf.as_str()), ("_key", key.as_str())][..], &fields[..]].concat();
    for _ in 0..2 {
        assert_eq!(content.post(new, &all).await.status, 303);
    }
    let posts = content.get("/console/posts").await.body;
    assert_eq!(posts.matches("Tip of the week").count(), 1, "{posts}");
    assert!(posts.contains("2030-01-02 09:30 Europe/Berlin"), "{posts}");
    let (_, own) = posts.split_once("href=\"/console/posts/0").unwrap();
    let own = format!("/console/posts/0{}", own.split('"').next().unwrap());
    let version = content.get(&own).await.field("version");
    let cancel = format!("{own}/cancel");
    let answer = content.send(&own, &cancel, &[("version", version.as_str())]).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    assert!(content.get(&own).await.body.contains("Cancelled"));
    // It moves to the past, and its text can be used again.
    assert!(!content.get("/console/posts").await.body.contains("Tip of the week"));
    assert!(
        content
            .get("/console/posts?show=past")
            .await
            .body
            .contains("Tip of the week")
    );
    let id = own.rsplit('/').next().unwrap();
    let anew = content.get(&format!("/console/posts/new?q={id}")).await.body;
    assert!(anew.contains("Tip of the **week**</textarea>"), "{anew}");
    site.stop();
}

#[tokio::test]
async fn a_post_for_a_time_that_has_passed_is_kept_as_a_draft_with_the_reason() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    let new = "/console/posts/new";
    let place = site.place.to_string();
    let fields = [
        ("place", place.as_str()),
        ("text", "Too late"),
        ("date", "2020-01-02"),
        ("time", "09:30"),
        ("zone", "Europe/Berlin"),
        ("do", "schedule"),
    ];
    let answer = owner.send(new, new, &fields).await;
    assert_eq!(answer.status, 422);
    assert!(answer.body.contains("That time has passed"), "{}", answer.body);
    assert!(answer.body.contains("Too late</textarea>"));
    site.stop();
}

#[tokio::test]
async fn a_preview_shows_the_pieces_and_stores_nothing() {
    let site = Site::start().await;
    let mut content = site.signed_in(Role::Content).await;
    let new = "/console/posts/new";
    let place = site.place.to_string();
    let long = "A sentence with **weight** and some more words. ".repeat(150);
    let fields = [
        ("place", place.as_str()),
        ("text", long.as_str()),
        ("zone", "UTC"),
        ("do", "preview"),
    ];
    let shown = content.send(new, new, &fields).await;
    assert_eq!(shown.status, 200, "{}", shown.body);
    assert!(
        shown.body.contains("<strong>weight</strong>") && shown.body.contains("it becomes"),
        "{}",
        shown.body
    );
    assert!(shown.body.contains("**weight**"), "the text is still in its field");
    assert!(content.get("/console/posts").await.body.contains("Nothing is planned"));
    site.stop();
}

#[tokio::test]
async fn a_snooze_ends_at_the_chosen_time_on_the_clock_of_who_chose() {
    let site = Site::start().await;
    let mut agent = site.signed_in(Role::Agent).await;
    let id = site.conversation("Help!").await;
    let own = format!("/console/conversations/{id}");
    let snooze = format!("{own}/snooze");
    let at = |date: &'static str| [("for", "at"), ("date", date), ("time", "14:30")];
    let done = agent.send(&own, &snooze, &at("2026-12-24")).await;
    assert_eq!(done.status, 303, "{}", done.body);
    let acts = site.desk.acts.lock().unwrap().clone();
    let [StaffAct::Snooze { until }] = &acts[..] else {
        panic!("{acts:?}");
    };
    assert_eq!(until.to_string(), "2026-12-24T13:30:00Z", "the community is in Berlin");
    for (date, why) in [
        ("2020-01-01", "That time has passed"),
        ("2030-01-01", "more than a year"),
        ("", "choose a date"),
    ] {
        let refused = agent.send(&own, &snooze, &at(date)).await;
        assert_eq!(refused.status, 422, "{date}");
        assert!(refused.body.contains(why), "{date}: {}", refused.body);
    }
    site.stop();
}

#[tokio::test]
async fn a_picture_is_sent_with_what_it_shows_or_not_at_all() {
    let site = Site::start().await;
    let mut agent = site.signed_in(Role::Agent).await;
    let id = site.conversation("Help!").await;
    let own = format!("/console/conversations/{id}");
    let reply = format!("{own}/reply");
    let picture = ("map.png", "\u{89}PNG\r\n\u{1a}\n");
    let refused = agent.send_file(&own, &reply, &[("text", "Look here")], picture).await;
    assert_eq!(refused.status, 409, "{}", refused.body);
    assert!(refused.body.contains("what each picture shows") && refused.body.contains("Look here</textarea>"));
    assert!(site.desk.acts.lock().unwrap().is_empty());
    let fields = [("text", "Look here"), ("alt", "The way to the station")];
    assert_eq!(agent.send_file(&own, &reply, &fields, picture).await.status, 303);
    let acts = site.desk.acts.lock().unwrap().clone();
    let [StaffAct::Reply { files, .. }] = &acts[..] else {
        panic!("{acts:?}");
    };
    assert_eq!(files[0].alt, "The way to the station");
    site.stop();
}

#[tokio::test]
async fn an_owner_sees_how_data_is_looked_after() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    let page = owner.get("/console/settings").await.body;
    assert!(page.contains("none yet") && page.contains("after 365 days"), "{page}");
    let folder = site.folder().join("backups");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("switchboard-2026-11-18T03-15-00Z.db"), "copy").unwrap();
    let page = owner.get("/console/settings").await.body;
    assert!(page.contains("switchboard-2026-11-18T03-15-00Z.db"), "{page}");
    let mut agent = site.signed_in(Role::Agent).await;
    assert!(!agent.get("/console/settings").await.body.contains("Last backup"));
    site.stop();
}

#[tokio::test]
async fn a_place_is_read_along_only_where_switchboard_acts() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    let (places, own) = ("/console/places", format!("/console/places/{}", site.place));
    let refused = owner.send(places, &own, &[("overheard", "on")]).await;
    let why = cannot_be(false, true).unwrap();
    assert!(
        refused.status == 422 && refused.body.contains(&format!("Lobby: {why}.")),
        "{}",
        refused.body
    );
    let stored = async || {
        let place = site.storage.place(site.place).await.unwrap().unwrap();
        (place.enabled, place.overheard)
    };
    assert_eq!(stored().await, (true, false));
    for (fields, expected) in [
        (&[("enabled", "on"), ("overheard", "on")][..], (true, true)),
        (&[("enabled", "on")], (true, false)),
        (&[], (false, false)),
    ] {
        assert_eq!(owner.send(places, &own, fields).await.status, 303);
        assert_eq!(stored().await, expected);
    }
    site.stop();
}

#[tokio::test]
async fn a_place_names_its_platform_once() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    let page = owner.get("/console/places").await.body;
    assert!(
        page.contains("Lobby <span class=\"meta\">the web chat</span>"),
        "{page}"
    );
    let mut place = site.storage.place(site.place).await.unwrap().unwrap();
    place.login = "second".into();
    site.storage
        .write(Unit::Directory(DirectoryUnit::Place(place)))
        .await
        .unwrap();
    let page = owner.get("/console/places").await.body;
    assert!(page.contains("the web chat, by second"), "{page}");
    site.stop();
}

#[tokio::test]
async fn everybody_finds_their_settings_in_the_menu() {
    let site = Site::start().await;
    for role in Role::ALL {
        let mut browser = site.signed_in(role).await;
        let page = browser.get("/console/settings").await.body;
        assert!(
            page.contains("<a href=\"/console/settings\" aria-current=\"page\">Settings"),
            "{page}"
        );
    }
    site.stop();
}

#[tokio::test]
async fn places_show_how_each_login_stands() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    let page = owner.get("/console/places").await.body;
    let (_, logins) = page.split_once("<h2>Logins</h2>").unwrap();
    let telegram = logins.find("telegram").unwrap();
    assert!(telegram < logins.find("web_chat").unwrap(), "{logins}");
    assert!(
        logins.contains("<strong>bad credentials: Telegram does not know this bot token: take"),
        "{logins}"
    );
    let (_, discord) = logins
        .split_once("<strong>retrying: Discord cannot be reached</strong>")
        .unwrap();
    assert!(
        discord.starts_with(", next try in <time ") && discord.contains("seconds</time></td>"),
        "{logins}"
    );
    assert!(logins.contains("<td>connected</td>"), "{logins}");
    site.stop();
}

#[tokio::test]
async fn a_login_shows_what_was_written_to_its_menus() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    let own = "/console/logins/discord";
    let heading = "Commands in menus";
    assert!(!owner.get(own).await.body.contains(heading), "a platform without menus");
    site.logins.set_menus(&"discord".into(), vec![]);
    assert!(
        owner
            .get(own)
            .await
            .body
            .contains("nothing was written since it started")
    );
    let change = MenuChange {
        of: "Gardeners <b>".to_owned(),
        at: site.clock.now(),
        diff: MenuDiff {
            added: vec!["share".to_owned()],
            removed: vec!["old".to_owned()],
            ..MenuDiff::default()
        },
        refused: Some("too many".to_owned()),
    };
    site.logins.set_menus(&"discord".into(), vec![change; 11]);
    let page = owner.get(own).await.body;
    let line = "<th scope=\"row\">Gardeners &#60;b&#62;</th><td>adds /share; removes /old; not taken: too many</td>";
    assert_eq!(page.matches(line).count(), 10, "{page}");
    assert!(page.contains("One more menu is not listed"), "{page}");
    site.stop();
}

#[tokio::test]
async fn a_login_shows_what_it_can_and_why_it_cannot_the_rest() {
    let site = Site::start().await;
    let mut owner = site.signed_in(Role::Owner).await;
    let page = owner.get("/console/logins/web_chat").await.body;
    assert!(
        page.contains("heard nothing") && page.contains("Nothing waits") && page.contains("Not connected yet"),
        "{page}"
    );
    let mut profile = Loopback::new("web_chat").profile();
    profile.lacks = vec![Lack::new(Ability::Zone, "nobody <b>asks</b>")];
    profile.only = vec![Lack::new(Ability::React, "on Sundays")];
    let profile = Unit::Directory(DirectoryUnit::Login {
        name: "web_chat".into(),
        profile: Box::new(profile),
    });
    site.storage.write(profile).await.unwrap();
    let page = owner.get("/console/logins/web_chat").await.body;
    let (can, cannot) = page.split_once("<h2>What it cannot do</h2>").unwrap();
    assert!(can.contains("<li>edit its messages</li>"), "{page}");
    assert!(can.contains("<li>react to messages, but on Sundays</li>"), "{page}");
    assert!(
        !can.contains(Ability::Zone.words()) && cannot.contains(Ability::Zone.words()),
        "{page}"
    );
    assert!(
        cannot.contains("nobody &#60;b&#62;asks") && cannot.contains("4000 characters"),
        "{page}"
    );
    assert_eq!(owner.get("/console/logins/nobody").await.status, 404);
    site.stop();
}
