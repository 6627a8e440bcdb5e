//! Payloads as Discord writes them, and what they say.

use serde_json::{Value, json};

use super::*;
use crate::model::directory::{Audience, Standing};

fn channels() -> Channels {
    let guild = json!({
        "id": "100", "name": "Gardeners", "system_channel_id": "1",
        "roles": [{"id": "70", "name": "Our bot", "tags": {"bot_id": "900"}}, {"id": "71", "name": "Staff"}],
        "channels": [{"id": "1", "type": 0, "name": "help"}, {"id": "20", "type": 15, "name": "questions"}],
        "threads": [{"id": "5", "type": 11, "name": "Tomatoes", "parent_id": "1"},
                    {"id": "6", "type": 11, "name": "Which *soil*?", "parent_id": "20"}],
    });
    let mut channels = Channels::default();
    channels.put_guild(&serde_json::from_value(guild).unwrap(), UserId::new(900));
    channels.put_direct(ChannelId::new(9), "Ann");
    channels
}

fn read<T>(what: impl FnOnce(&Reader<'_>) -> T) -> T {
    let (login, channels) = (LoginName::from("discord"), channels());
    what(&Reader {
        login: &login,
        bot: UserId::new(900),
        channels: &channels,
    })
}

fn message(more: Value) -> Message {
    let mut message = json!({
        "id": "175928847299117063", "channel_id": "1", "guild_id": "100", "type": 0, "content": "How do I pay?",
        "author": {"id": "7", "username": "ann", "global_name": "Ann"},
    });
    let Value::Object(more) = more else {
        panic!("fields are an object");
    };
    message.as_object_mut().unwrap().extend(more);
    serde_json::from_value(message).unwrap()
}

fn said(more: Value) -> Option<InMessage> {
    match read(|reader| reader.message(&message(more)))?.body {
        EventBody::Message(said) => Some(said),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_message_tells_who_said_what_where_and_when() {
    let event = read(|reader| reader.message(&message(json!({"member": {"nick": "Ann of the garden"}})))).unwrap();
    assert_eq!(event.occurred_at, Timestamp::from_millis(1_462_015_105_796));
    assert_eq!(event.dedupe, "discord/1/175928847299117063");
    let Source::Platform { place, author, .. } = event.source else {
        panic!("it is of a platform");
    };
    assert_eq!(
        (place.name.as_str(), place.audience),
        ("Gardeners / #help", Audience::Public)
    );
    assert_eq!(place.space.as_deref(), Some("100"));
    assert_eq!(author.unwrap().name, "Ann of the garden");
}

#[test]
fn the_title_of_a_post_stands_above_its_first_message_alone() {
    let plain = |id: &str, channel: &str| {
        let said = said(json!({"id": id, "channel_id": channel, "content": "For tomatoes."}));
        said.unwrap().content.to_plain()
    };
    assert_eq!(plain("6", "6"), "Which *soil*?\n\nFor tomatoes.");
    assert_eq!(plain("7", "6"), "For tomatoes.");
    assert_eq!(
        plain("5", "5"),
        "For tomatoes.",
        "a thread hangs on what is said already"
    );
    // What Discord keeps from a bot without the intent is not made up of the title.
    assert!(said(json!({"id": "6", "channel_id": "6", "content": ""})).is_none());
}

#[test]
fn the_bot_is_called_in_five_ways() {
    let addressed = |more: Value| said(more).map(|said| said.addressed);
    assert_eq!(addressed(json!({})), Some(Addressed::Overheard));
    assert_eq!(addressed(json!({"channel_id": "9"})), Some(Addressed::Direct));
    assert_eq!(addressed(json!({"content": "<@900> how?"})), Some(Addressed::Mention));
    let by_role = json!({"content": "<@&70> how?", "mention_roles": ["70"]});
    assert_eq!(addressed(by_role), Some(Addressed::Mention));
    let other_role = json!({"content": "<@&71> how?", "mention_roles": ["71"]});
    assert_eq!(addressed(other_role), Some(Addressed::Overheard));
    // Discord lists the bot among those who are named, and it is a reply all the same.
    let reply = json!({"type": 19, "mentions": [{"id": "900", "bot": true}],
        "referenced_message": {"id": "3", "author": {"id": "900"}}});
    assert_eq!(addressed(reply), Some(Addressed::Reply));
    let of_others = json!({"type": 19, "referenced_message": {"id": "3", "author": {"id": "8"}}});
    assert_eq!(addressed(of_others), Some(Addressed::Overheard));
    assert_eq!(addressed(json!({"content": "/share tip"})), Some(Addressed::Prefix));
}

#[test]
fn a_reply_names_what_it_answers() {
    let reply = json!({"type": 19, "referenced_message": {"id": "3", "author": {"id": "8"}}});
    let answered = said(reply).unwrap().reply_to.unwrap();
    assert_eq!(answered, names::message(ChannelId::new(1), MessageId::new(3)));
    let gone = json!({"type": 19, "referenced_message": null, "message_reference": {"message_id": "3"}});
    assert_eq!(said(gone).unwrap().reply_to, None);
}

#[test]
fn what_nobody_said_to_us_is_left_out() {
    assert!(
        said(json!({"author": {"id": "900", "bot": true}})).is_none(),
        "our own words"
    );
    assert!(said(json!({"type": 7})).is_none(), "Discord's word that somebody came");
    assert!(said(json!({"content": ""})).is_none(), "words that Discord kept back");
    assert!(
        said(json!({"channel_id": "4"})).is_none(),
        "a channel that nobody knows"
    );
    assert!(
        said(json!({"content": "<@900>"})).is_some(),
        "a call without a question"
    );
}

#[test]
fn what_is_no_text_is_a_word() {
    let held = json!({"content": "See", "sticker_items": [{"name": "Wa*ve"}]});
    assert_eq!(said(held).unwrap().content.to_plain(), "See\n\n[sticker Wa*ve]");
    let file = json!({"content": "", "attachments": [{"filename": "a.png"}]});
    assert!(said(file).is_some(), "a file without words is something said");
    let forwarded = json!({"content": "", "channel_id": "9",
        "message_snapshots": [{"message": {"content": "Closed on Monday", "attachments": []}}]});
    assert_eq!(said(forwarded).unwrap().content.to_plain(), "> Closed on Monday");
}

#[test]
fn whoever_speaks_through_a_webhook_is_a_program() {
    let event = read(|reader| reader.message(&message(json!({"webhook_id": "55"})))).unwrap();
    let Source::Platform { author, .. } = event.source else {
        panic!("it is of a platform");
    };
    assert!(author.unwrap().bot);
}

#[test]
fn an_edit_is_one_only_when_somebody_changed_it() {
    assert!(read(|reader| reader.edit(&message(json!({})))).is_none());
    let keys: Vec<String> = [
        "2026-11-20T10:00:00.123000+00:00",
        "2026-11-20T10:00:00.123Z",
        "2026-11-20T10:00:01Z",
    ]
    .into_iter()
    .map(|stamp| {
        let edited = message(json!({"edited_timestamp": stamp}));
        read(|reader| reader.edit(&edited)).unwrap().dedupe
    })
    .collect();
    assert_eq!(keys[0], keys[1]);
    assert_ne!(keys[0], keys[2]);
}

#[test]
fn many_are_deleted_at_once() {
    let deleted: Deleted = serde_json::from_value(json!({"ids": ["3", "4"], "channel_id": "1"})).unwrap();
    let events = read(|reader| reader.deleted(&deleted, Timestamp::from_millis(1)));
    let keys: Vec<&str> = events.iter().map(|event| event.dedupe.as_str()).collect();
    assert_eq!(keys, ["discord/1/3/deleted", "discord/1/4/deleted"]);
}

#[test]
fn a_reaction_tells_its_emoji() {
    let reaction = |user: &str, emoji: Value| -> Reaction {
        serde_json::from_value(json!({"user_id": user, "channel_id": "1", "message_id": "3", "emoji": emoji})).unwrap()
    };
    let emoji = |user: &str, emoji: Value| {
        let event = read(|reader| reader.reaction(&reaction(user, emoji), true, "s/1", Timestamp::from_millis(1)))?;
        match event.body {
            EventBody::Reaction { emoji, .. } => Some(emoji),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(emoji("7", json!({"id": null, "name": "👍"})).as_deref(), Some("👍"));
    assert_eq!(
        emoji("7", json!({"id": "12", "name": "leaf"})).as_deref(),
        Some("leaf:12")
    );
    assert_eq!(emoji("900", json!({"id": null, "name": "👍"})), None);
}

#[test]
fn a_member_brings_their_roles_along() {
    let said = message(json!({"member": {"nick": null, "roles": ["71", "72"]}}));
    let event = read(|reader| reader.message(&said)).unwrap();
    let Source::Platform { author, .. } = event.source else {
        panic!("it is of a platform");
    };
    let roles: Vec<String> = author.unwrap().roles.iter().map(ToString::to_string).collect();
    assert_eq!(roles, ["71", "72"]);
}

#[test]
fn a_press_tells_the_button_and_the_persons_language() {
    let with = |data: Value| -> Interaction {
        serde_json::from_value(
            json!({"id": "175928847299117063", "application_id": "900", "type": 3, "token": "t", "channel_id": "1",
            "data": data, "message": {"id": "3"}, "locale": "de",
            "member": {"nick": null, "user": {"id": "7", "username": "ann"}}}),
        )
        .unwrap()
    };
    let press = |custom_id: &str| with(json!({"custom_id": custom_id, "component_type": 2}));
    let event = read(|reader| reader.press(&press("00000000000000000000000000000001"), Vec::new())).unwrap();
    let Source::Platform { author, .. } = event.source else {
        panic!("it is of a platform");
    };
    assert_eq!(author.unwrap().language.as_deref(), Some("de"));
    assert!(read(|reader| reader.press(&press("somebody else's"), Vec::new())).is_none());

    let chosen = |values: Value| with(json!({"custom_id": "menu-0", "component_type": 3, "values": values}));
    let event = read(|reader| reader.press(&chosen(json!(["00000000000000000000000000000007"])), Vec::new()));
    let Some(EventBody::Press { button, .. }) = event.map(|event| event.body) else {
        panic!("it is a press");
    };
    assert_eq!(button.to_string(), "00000000000000000000000000000007");
    assert!(read(|reader| reader.press(&chosen(json!(null)), Vec::new())).is_none());
}

#[test]
fn who_comes_is_told_where_the_guild_greets() {
    let member: Member =
        serde_json::from_value(json!({"guild_id": "100", "user": {"id": "8", "username": "bob"}, "nick": null}))
            .unwrap();
    let event = read(|reader| reader.member(&member, Membership::Joined, "s/1", Timestamp::from_millis(1))).unwrap();
    let Source::Platform { place, .. } = event.source else {
        panic!("it is of a platform");
    };
    assert_eq!(place.native, names::place(ChannelId::new(1)));
}

#[test]
fn who_keeps_a_guild_is_told_with_what_they_do_there() {
    let (kicks, plain) = (
        json!({"id": "72", "permissions": "2"}),
        json!({"id": "71", "permissions": "2048"}),
    );
    let roles = json!([{"id": "100", "permissions": "2"}, kicks, plain]);
    let standing_in = |roles: &Value, more: Value| {
        let (login, mut channels) = (LoginName::from("discord"), channels());
        let guild = json!({"id": "100", "name": "Gardeners", "owner_id": "1", "roles": roles});
        channels.update_guild(&serde_json::from_value(guild).unwrap(), UserId::new(900));
        let reader = Reader {
            login: &login,
            bot: UserId::new(900),
            channels: &channels,
        };
        match reader.message(&message(more)).unwrap().source {
            Source::Platform { author: Some(who), .. } => who.standing,
            other => panic!("{other:?}"),
        }
    };
    let standing = |more: Value| standing_in(&roles, more);
    assert_eq!(standing(json!({"member": {"roles": ["71"]}})), Standing::Member);
    assert_eq!(standing(json!({"member": {"roles": ["71", "72"]}})), Standing::Keeper);
    let owner = json!({"author": {"id": "1", "username": "olga"}});
    assert_eq!(standing(owner), Standing::Keeper, "whatever is told of her");
    // What is fetched after a pause tells no roles, and a direct chat has none.
    assert_eq!(standing(json!({})), Standing::Unknown);
    assert_eq!(standing(json!({"channel_id": "9"})), Standing::Untold);
    // Of a guild that Discord has told nothing of yet.
    assert_eq!(
        standing_in(&json!([]), json!({"member": {"roles": []}})),
        Standing::Unknown
    );
}
