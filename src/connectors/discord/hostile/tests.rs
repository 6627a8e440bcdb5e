//! What Discord sends, as its documentation shows it, and what the fuzzer found.

use expect_test::expect;

use super::hear;
use crate::connectors::hostile::kept;

#[test]
fn what_the_fuzzer_kept_makes_every_kind_of_event_and_no_nonsense() {
    let kinds: Vec<&str> = kept::replay("discord_inbound", hear).into_iter().collect();
    let all = ["command", "deleted", "edited", "member", "message", "press", "reaction"];
    assert_eq!(kinds, all);
}

#[test]
fn payloads_as_documented_are_read() {
    expect![[r#"
        channel_came: member by "our-bot" in "Gardeners / #tools": Joined
        chosen: press by "Ann" in "Gardeners / #help": 0192f0c1a7b57c3e8a1b2c3d4e5f6071 []
        command: command by "Ann" in "Gardeners / #help": /share [("kind", "tip"), ("stars", "4")]
        deleted: deleted by "nobody" in "Gardeners / #help": 1443200000004194304
        deleted_many: deleted by "nobody" in "Gardeners / #help": 1443200000004194304
        deleted_many: deleted by "nobody" in "Gardeners / #help": 1443200000008388608
        direct_command: command by "Ann" in "Ann": /help []
        direct_message: message by "Ann" in "Ann", Direct: "Psst, :leaf: at 2026-09-21 14:13 UTC?"
        edited: edited by "Ann" in "Gardeners / #help", Mention: "how do I pay by cheque?"
        form: press by "Ann" in "Gardeners / #help": 0192f0c1a7b57c3e8a1b2c3d4e5f6071 [("field-0", "Tea"), ("field-1", "3.5"), ("field-2", "true"), ("field-3", "s")]
        forwarded: message by "Ann" in "Ann", Direct: "> Shops close at six."
        guild: member by "our-bot" in "Bakers / #welcome": Joined
        guild: member by "our-bot" in "Bakers / #staff": Joined
        guild: member by "our-bot" in "Bakers / #recipes": Joined
        guild: member by "our-bot" in "Bakers / #Talk": Joined
        member_came: member by "bob" in "Gardeners / #help": Joined
        member_went: member by "bob" in "Gardeners / #help": Left
        message: message by "Ann" in "Gardeners / #help", Mention: "how do I pay by card? See #help and @bob\n\n> one\n\nlet a = 1;"
        missed: message by "Ann" in "Gardeners / #help", Mention: "hello"
        missed: message by "Ann" in "Gardeners / #help", Overheard: "Hello"
        missed: message by "Ann" in "Gardeners / #help", Mention: "anybody?"
        pin_notice: nothing
        press: press by "Ann" in "Gardeners / #help": 0192f0c1a7b57c3e8a1b2c3d4e5f6071 []
        preview_added: nothing
        reaction_added: reaction by "Ann" in "Gardeners / #help": +👍
        reaction_removed: reaction by "" in "Gardeners / #help": -leaf:1443200000000000091
        ready: nothing
        reply: message by "Ann" in "Gardeners / #help", Reply, to 1443200000004194304: "And by cheque?"
        sticker: message by "Ann" in "Ann", Direct: "[sticker Wave]"
        thread_came: nothing
        thread_message: message by "Ann" in "Gardeners / #questions / Tomatoes", Overheard: "They are all yellow."
        typing: nothing
        voice_message: message by "Ann" in "Gardeners / #help", Overheard: ""
        webhook_message: message by "News" in "Gardeners / #help", Mention: "Version 2 is out"
    "#]].assert_eq(&kept::fixtures("discord", hear));
}
