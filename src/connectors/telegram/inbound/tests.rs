//! Updates as Telegram writes them, and what they say.

#![expect(
    clippy::needless_pass_by_value,
    reason = "JSON is written where it is passed, and calls read as sentences"
)]

use serde_json::{Value, json};

use super::*;

const BOT: u64 = 900;

fn reader() -> Reader {
    Reader {
        login: "telegram".into(),
        bot_id: BOT,
        name: Some("our_bot".to_owned()),
    }
}

fn read(update: Value) -> Read {
    // As text, as it comes in.
    let update: Update = serde_json::from_str(&update.to_string()).expect("an update");
    reader().read(update, Timestamp::from_millis(1), &Recall::default())
}

fn ann() -> Value {
    json!({"id": 7, "is_bot": false, "first_name": "Ann", "last_name": "Lee", "language_code": "de"})
}

fn private() -> Value {
    json!({"id": 7, "type": "private", "first_name": "Ann", "last_name": "Lee"})
}

fn group() -> Value {
    json!({"id": -1_001_000_000_001_i64, "type": "supergroup", "title": "Help"})
}

/// A message of Ann with these fields beside the usual ones.
fn message(chat: Value, more: Value) -> Value {
    let mut message = json!({"message_id": 5, "date": 1_790_000_000, "chat": chat, "from": ann()});
    let more = more.as_object().expect("fields").clone();
    message.as_object_mut().expect("fields").extend(more);
    json!({"update_id": 11, "message": message})
}

fn said(update: Value) -> (Event, InMessage) {
    let mut events = read(update).events;
    assert_eq!(events.len(), 1, "{events:?}");
    let event = events.remove(0);
    let (EventBody::Message(said) | EventBody::Edited(said)) = event.body.clone() else {
        panic!("{event:?}");
    };
    (event, said)
}

#[track_caller]
fn check_addressed(more: Value, expected: Addressed, text: &str) {
    let (_, said) = said(message(group(), more));
    assert_eq!((said.addressed, &*said.content.to_plain()), (expected, text));
}

#[test]
fn a_private_message_is_addressed_and_its_ids_are_of_this_bot() {
    let (event, said) = said(message(private(), json!({"text": "How do I pay?"})));
    assert_eq!(said.addressed, Addressed::Direct);
    assert_eq!(said.content, Content::plain("How do I pay?"));
    assert_eq!(event.occurred_at, Timestamp::from_millis(1_790_000_000_000));
    assert_eq!(event.dedupe, "telegram:900/7/5");
    let Source::Platform { place, author, .. } = event.source else {
        panic!("a platform told it");
    };
    assert_eq!(
        (place.audience, &*place.name, place.space),
        (Audience::Direct, "Ann Lee", None)
    );
    let author = author.unwrap();
    assert_eq!(
        (&*author.name, author.bot, author.language.as_deref()),
        ("Ann Lee", false, Some("de"))
    );
}

#[test]
fn two_bots_that_see_one_supergroup_tell_the_same_event() {
    let (event, said) = said(message(group(), json!({"text": "hello"})));
    assert_eq!(event.dedupe, "telegram/-1001000000001/5");
    assert_eq!(said.native.place.scope.as_str(), "telegram");
}

#[test]
fn in_a_group_the_bot_is_addressed_by_name_reply_or_command_alone() {
    let mention = json!([{"type": "mention", "offset": 0, "length": 8}]);
    check_addressed(json!({"text": "hello all"}), Addressed::Overheard, "hello all");
    check_addressed(
        json!({"text": "@Our_Bot how?", "entities": mention}),
        Addressed::Mention,
        "how?",
    );
    check_addressed(
        json!({"text": "@oth_bot how?", "entities": mention}),
        Addressed::Overheard,
        "@oth_bot how?",
    );
    let command = |length: u32| json!([{"type": "bot_command", "offset": 0, "length": length}]);
    check_addressed(
        json!({"text": "/share", "entities": command(6)}),
        Addressed::Prefix,
        "/share",
    );
    check_addressed(
        json!({"text": "/share@our_bot tip", "entities": command(14)}),
        Addressed::Mention,
        "/share tip",
    );
    check_addressed(
        json!({"text": "/share@oth_bot tip", "entities": command(14)}),
        Addressed::Overheard,
        "/share@oth_bot tip",
    );
    let answered = |from: u64| {
        json!({"message_id": 3, "date": 1_790_000_000, "chat": group(), "text": "Yes.",
               "from": {"id": from, "is_bot": true, "first_name": "Bot"}})
    };
    check_addressed(
        json!({"text": "why?", "reply_to_message": answered(BOT)}),
        Addressed::Reply,
        "why?",
    );
    check_addressed(
        json!({"text": "why?", "reply_to_message": answered(901)}),
        Addressed::Overheard,
        "why?",
    );
}

#[test]
fn a_topic_is_a_place_in_its_group_and_its_first_line_is_no_question() {
    let opening = json!({"message_id": 4, "date": 1, "chat": group(), "message_thread_id": 4, "is_topic_message": true,
                         "from": {"id": BOT, "is_bot": true, "first_name": "Bot"},
                         "forum_topic_created": {"name": "Billing", "icon_color": 7_322_096}});
    let more = json!({"text": "hi", "message_thread_id": 4, "is_topic_message": true, "reply_to_message": opening});
    let (event, said) = said(message(group(), more));
    assert_eq!((said.reply_to, said.addressed), (None, Addressed::Overheard));
    let Source::Platform { place, .. } = event.source else {
        panic!("a platform told it");
    };
    assert_eq!(place.native.id.as_str(), "-1001000000001/4");
    assert_eq!(place.parent.unwrap().id.as_str(), "-1001000000001");
}

#[test]
fn a_thread_id_outside_a_forum_is_no_place() {
    let (event, _) = said(message(group(), json!({"text": "hi", "message_thread_id": 4})));
    let Source::Platform { place, .. } = event.source else {
        panic!("a platform told it");
    };
    assert_eq!((place.native.id.as_str(), place.parent), ("-1001000000001", None));
}

#[test]
fn an_edit_is_known_by_its_time_and_what_it_says() {
    let edited = |text: &str| {
        let more = json!({"text": text, "edit_date": 1_790_000_060});
        let mut update = message(private(), more);
        let edited = update["message"].take();
        let (event, _) = said(json!({"update_id": 12, "edited_message": edited}));
        assert!(matches!(event.body, EventBody::Edited(_)));
        event.dedupe
    };
    assert_eq!(edited("a"), edited("a"));
    assert_ne!(edited("a"), edited("b"));
    assert!(edited("a").starts_with("telegram:900/7/5/edit/1790000060/"));
}

#[test]
fn what_has_no_words_is_named() {
    let (_, sent) = said(message(private(), json!({"dice": {"emoji": "🎲", "value": 3}})));
    assert_eq!(sent.content.to_plain(), "[dice]");
    let voice =
        json!({"file_id": "v", "file_unique_id": "u", "duration": 3, "mime_type": "audio/ogg", "file_size": 10});
    let mut update = message(private(), json!({"voice": voice, "edit_date": 1_790_000_060}));
    let edited = update["message"].take();
    let (_, sent) = said(json!({"update_id": 12, "edited_message": edited}));
    assert_eq!(sent.content.to_plain(), "[voice message]");
}

#[test]
fn a_file_comes_beside_its_words() {
    let size = |id: &str, width: u32| json!({"file_id": id, "file_unique_id": "u", "width": width, "height": width});
    let photo = message(
        private(),
        json!({"photo": [size("s", 90), size("l", 900), size("m", 300)], "caption": "like this"}),
    );
    let file = read(photo.clone()).file.expect("a file");
    assert_eq!((file.id.0.as_str(), file.what, file.too_large), ("l", "photo", false));
    assert_eq!(said(photo).1.content.to_plain(), "like this");
    let document = json!({"file_id": "d", "file_unique_id": "u", "file_size": 20 * 1024 * 1024 + 1});
    let document = message(private(), json!({"document": document}));
    assert!(read(document.clone()).file.expect("a file").too_large);
    assert!(said(document).1.content.is_empty());
}

#[test]
fn what_telegram_says_itself_is_no_message() {
    let title = message(group(), json!({"new_chat_title": "Help 2"}));
    assert!(read(title).events.is_empty());
}

#[test]
fn a_group_that_becomes_a_supergroup_is_told_by_both_and_is_one_event() {
    let old = json!({"id": -5, "type": "group", "title": "Help", "all_members_are_administrators": false});
    let told = [
        message(old, json!({"migrate_to_chat_id": -1_001_000_000_001_i64})),
        message(group(), json!({"migrate_from_chat_id": -5})),
    ];
    let [one, two] = told.map(|update| read(update).events.remove(0));
    assert_eq!(one, two);
    assert_eq!(one.dedupe, "telegram:900/-5/moved");
    let (Source::Platform { place, .. }, EventBody::Moved { to }) = (&one.source, &one.body) else {
        panic!("{one:?}");
    };
    assert_eq!(
        (place.native.scope.as_str(), place.native.id.as_str()),
        ("telegram:900", "-5")
    );
    assert_eq!(
        (to.native.scope.as_str(), to.native.id.as_str()),
        ("telegram", "-1001000000001")
    );
    assert_eq!(to.space.as_deref(), Some("-1001000000001"));
}

#[test]
fn what_a_channel_says_in_its_group_is_no_question_of_a_person() {
    let channel = json!({"id": -1_001_000_000_002_i64, "type": "channel", "title": "News"});
    let more = json!({"text": "Version 2 is out.", "sender_chat": channel, "is_automatic_forward": true});
    let (event, _) = said(message(group(), more));
    let Source::Platform { author, .. } = event.source else {
        panic!("a platform told it");
    };
    assert_eq!(
        author.map(|author| (author.name, author.bot)),
        Some(("News".to_owned(), true))
    );
}

#[test]
fn a_press_names_the_button_and_waits_for_a_word() {
    let button = "0192f0c1a7b57c3e8a1b2c3d4e5f6071";
    let press = |data: &str| {
        let under = message(group(), json!({"text": "Here."}))["message"].take();
        read(json!({"update_id": 13, "callback_query":
            {"id": "99", "from": ann(), "chat_instance": "1", "message": under, "data": data}}))
    };
    let pressed = press(button);
    let waits = pressed.pressed.clone().expect("it waits for a word");
    assert_eq!(waits.id, CallbackQueryId("99".to_owned()));
    assert_eq!(waits.event.as_deref(), Some(pressed.events[0].dedupe.as_str()));
    let EventBody::Press {
        message: Some(under),
        button: which,
        ..
    } = &pressed.events[0].body
    else {
        panic!("{pressed:?}");
    };
    assert_eq!((under.id.as_str(), which.to_string().as_str()), ("5", button));
    let odd = press("not ours");
    assert!(odd.events.is_empty() && odd.pressed.is_some());
}

#[test]
fn a_changed_reaction_is_one_taken_back_and_one_made() {
    let emoji = |emoji: &str| json!([{"type": "emoji", "emoji": emoji}]);
    let update = json!({"update_id": 14, "message_reaction": {"chat": group(), "message_id": 5, "user": ann(),
        "date": 1_790_000_000, "old_reaction": emoji("👍"), "new_reaction": emoji("👎")}});
    let events = read(update).events;
    let made: Vec<_> = events
        .iter()
        .map(|event| match &event.body {
            EventBody::Reaction { emoji, added, .. } => (emoji.as_str(), *added),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(made, [("👍", false), ("👎", true)]);
    assert_ne!(events[0].dedupe, events[1].dedupe);
}

#[test]
fn how_many_reactions_there_are_is_counted_and_nothing_else() {
    let channel = json!({"id": -900, "type": "channel", "title": "News"});
    let update = json!({"update_id": 15, "message_reaction_count": {"chat": channel, "message_id": 5, "date": 1_790_000_000,
        "reactions": [{"type": {"type": "emoji", "emoji": "👍"}, "total_count": 12},
                      {"type": {"type": "paid"}, "total_count": 1}]}});
    let told = read(update);
    assert!(told.unnamed && !told.unknown && told.events.is_empty(), "{told:?}");
}

#[track_caller]
fn check_membership(chat: Value, (was, is): (&str, &str), expected: Option<(Membership, &str)>) {
    let member = |status: &str| {
        let mut member = json!({"user": {"id": BOT, "is_bot": true, "first_name": "Bot"}, "status": status});
        if status == "kicked" {
            member["until_date"] = json!(0);
        }
        member
    };
    let update = json!({"update_id": 15, "my_chat_member": {"chat": chat, "from": ann(), "date": 1_790_000_000,
        "old_chat_member": member(was), "new_chat_member": member(is)}});
    let events = read(update).events;
    let found = events.first().map(|event| match (&event.body, &event.source) {
        (EventBody::Member { change }, Source::Platform { author, .. }) => (*change, author.clone().unwrap().name),
        other => panic!("{other:?}"),
    });
    assert_eq!(found, expected.map(|(change, who)| (change, who.to_owned())));
}

#[test]
fn a_place_is_known_as_soon_as_the_bot_is_added() {
    check_membership(group(), ("left", "member"), Some((Membership::Joined, "Bot")));
    check_membership(group(), ("member", "left"), Some((Membership::Left, "Bot")));
    check_membership(group(), ("member", "kicked"), Some((Membership::Banned, "Bot")));
    check_membership(group(), ("member", "member"), None);
    check_membership(private(), ("member", "kicked"), Some((Membership::Banned, "Ann Lee")));
    check_membership(private(), ("kicked", "member"), None);
}

#[test]
fn who_opens_a_private_chat_comes_and_asks_nothing() {
    for text in ["/start", "/start from-the-site"] {
        let events = read(message(private(), json!({"text": text}))).events;
        let [event] = &events[..] else {
            panic!("{events:?}");
        };
        let joined = EventBody::Member {
            change: Membership::Joined,
        };
        assert_eq!(event.body, joined);
    }
    let (_, asked) = said(message(group(), json!({"text": "/start"})));
    assert_eq!(asked.addressed, Addressed::Overheard);
}

#[test]
fn members_come_and_go_and_the_bot_itself_is_not_told_twice() {
    let users = json!([ann(), {"id": BOT, "is_bot": true, "first_name": "Bot"}]);
    let events = read(message(group(), json!({"new_chat_members": users}))).events;
    assert_eq!(events.len(), 1);
    assert!(matches!(
        events[0].body,
        EventBody::Member {
            change: Membership::Joined
        }
    ));
}

#[test]
fn an_update_of_an_unknown_kind_is_counted_and_not_lost_in_silence() {
    let hologram = json!({"hologram": {"file_id": "h"}});
    let unknown = [
        json!({"update_id": 16, "telepathy": {"thought": "?"}}),
        message(group(), hologram.clone()),
    ];
    for update in unknown {
        let read = read(update);
        assert!(read.unknown && read.events.is_empty(), "{read:?}");
    }
    let (_, alone) = said(message(private(), hologram));
    assert_eq!(alone.content.to_plain(), "[message]");
}
