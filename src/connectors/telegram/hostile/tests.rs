//! What Telegram sends, as its documentation shows it, and what the fuzzer found.

use expect_test::expect;

use super::hear;
use crate::connectors::hostile::kept;

#[test]
fn what_the_fuzzer_kept_makes_every_kind_of_event_and_no_nonsense() {
    let kinds: Vec<&str> = kept::replay("telegram_inbound", hear).into_iter().collect();
    let all = ["edited", "member", "message", "moved", "press", "reaction"];
    assert_eq!(kinds, all);
}

#[test]
fn payloads_as_documented_are_read() {
    expect![[r#"
        album: message by "Ann Lee" in "Ann Lee", Direct: "three of them"
        anonymous_admin: message by "Gardeners" in "Gardeners", Overheard: "Please be kind."
        bot_added: member by "Our bot" in "Gardeners": Joined
        bot_blocked: member by "Ann Lee" in "Ann Lee": Banned
        bot_removed: member by "Our bot" in "Gardeners": Left
        channel_asks: message by "News" in "News", Mention: "what is new?"
        channel_post: message by "News" in "News", Overheard: "Version 3 is out. What do you think?"
        channel_post_edited: edited by "News" in "News", Overheard: "Version 3 is out."
        channel_post_in_group: message by "News" in "Gardeners", Overheard: "Version 2 is out."
        command: message by "Ann Lee" in "Gardeners", Mention: "/share tip"
        comment: message by "Ann Lee" in "Gardeners", Overheard, to 120: "At last!"
        contact: message by "Ann Lee" in "Ann Lee", Direct: "[contact]"
        document: message by "Ann Lee" in "Ann Lee", Direct: ""
        edited: edited by "Ann Lee" in "Ann Lee", Direct: "How do I pay by cheque?"
        forwarded: message by "Ann Lee" in "Ann Lee", Direct: "Shops close at six."
        location: message by "Ann Lee" in "Ann Lee", Direct: "[location]"
        member_banned: member by "Bob" in "Gardeners": Banned
        member_joined_channel: member by "Bob" in "News": Joined
        member_went: member by "Bob" in "Gardeners": Left
        members_came: member by "Bob" in "Gardeners": Joined
        mention: message by "Ann Lee" in "Gardeners", Mention: "🌱 see https://example.org or ask (https://example.org/ask) Bob\n> \n\nlet a\n\nsecret"
        message: message by "Ann Lee" in "Ann Lee", Direct: "How do I pay by card?"
        migrated_from: moved by "nobody" in "Neighbours": -1001000000005
        migrated_to: moved by "nobody" in "Neighbours": -1001000000005
        new_title: nothing
        overheard: message by "Ann Lee" in "Gardeners of the world", Overheard: "hello all"
        photo: message by "Ann Lee" in "Ann Lee", Direct: "like this"
        poll: message by "Ann Lee" in "Ann Lee", Direct: "[poll]"
        press: press by "Ann Lee" in "Gardeners": 0192f0c1a7b57c3e8a1b2c3d4e5f6071 []
        press_of_old: press by "Ann Lee" in "Gardeners": 0192f0c1a7b57c3e8a1b2c3d4e5f6071 []
        reaction: reaction by "Ann Lee" in "Gardeners": -👍
        reaction: reaction by "Ann Lee" in "Gardeners": +❤
        reaction_count: nothing
        reaction_in_topic: reaction by "Ann Lee" in "Gardeners' forum": +👍
        reaction_of_a_channel: reaction by "News" in "Gardeners": +🎉
        reply: message by "Ann Lee" in "Gardeners", Reply, to 50: "And by cheque?"
        start: member by "Ann Lee" in "Ann Lee": Joined
        sticker: message by "Ann Lee" in "Ann Lee", Direct: "[sticker 👋]"
        topic: message by "Ann Lee" in "Gardeners' forum (topic 4)", Overheard: "Mine are yellow."
        unknown: message by "Ann Lee" in "Ann Lee", Direct: "[message]"
        video_note: message by "Ann Lee" in "Ann Lee", Direct: ""
        voice_message: message by "Ann Lee" in "Ann Lee", Direct: ""
    "#]].assert_eq(&kept::fixtures("telegram", hear));
}
