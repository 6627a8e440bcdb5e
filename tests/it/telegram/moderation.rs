//! What is done about members, and what Telegram's refusals mean then.

use std::time::Duration;

use switchboard::connectors::{Connector as _, DeliveryError};
use switchboard::model::Timestamp;
use switchboard::model::capability::Moderates;
use switchboard::model::fit::FittedBody;
use switchboard::model::ids::{IdentityRef, MessageId, PlaceRef};
use switchboard::model::measure::Measure;
use uuid::Uuid;

use super::fake::Fault;
use super::{Bot, NOW, message_ref};

/// A moment that no test reaches, in seconds.
const LATER: i64 = 4_102_444_800;

fn about(who: &str, measure: Measure) -> FittedBody {
    FittedBody::Measure {
        person: IdentityRef {
            scope: "telegram".into(),
            id: who.into(),
        },
        measure,
        reason: "spam".to_owned(),
        by: None,
        not_after: None,
    }
}

fn mute(until: i64) -> Measure {
    Measure::Mute {
        seconds: 600,
        until: Timestamp::from_millis(until * 1_000),
    }
}

#[tokio::test]
async fn a_member_is_muted_until_a_moment_and_may_speak_again() {
    let bot = Bot::new().await;
    bot.deliver("-100", about("8", mute(LATER))).await.unwrap();
    let asked = bot.fake.calls("RestrictChatMember").remove(0);
    assert_eq!((&asked["user_id"], &asked["until_date"]), (&8.into(), &LATER.into()));
    assert_ne!(asked["permissions"]["can_send_messages"], true);
    // What is over is none, and what lasts less than 30 seconds would last for ever.
    let over = bot.deliver("-100", about("8", mute(1))).await;
    assert!(
        matches!(&over, Err(DeliveryError::Refused { public }) if public.contains("was over")),
        "{over:?}"
    );
    assert_eq!(bot.fake.calls("RestrictChatMember").len(), 1);
    let now = NOW.as_millis() / 1_000;
    bot.deliver("-100", about("8", mute(now + 5))).await.unwrap();
    let until = bot.fake.calls("RestrictChatMember")[1]["until_date"].as_i64();
    assert_eq!(until, Some(now + 40));
    let gone = Fault::Refuse(400, "Bad Request: USER_NOT_PARTICIPANT");
    bot.fake.fails("RestrictChatMember", gone);
    bot.deliver("-100", about("8", Measure::Lift))
        .await
        .expect("they may come back");
    assert_eq!(bot.fake.calls("UnbanChatMember")[0]["only_if_banned"], true);
}

#[tokio::test]
async fn who_is_taken_out_may_come_back_unless_they_are_banned() {
    let bot = Bot::new().await;
    bot.deliver("-100", about("8", Measure::Kick)).await.unwrap();
    assert_ne!(bot.fake.calls("UnbanChatMember")[0]["only_if_banned"], true);
    bot.deliver("-100", about("8", Measure::Ban)).await.unwrap();
    assert_eq!(bot.fake.calls("BanChatMember")[0]["user_id"], 8);
    let channel = bot.deliver("-100", about("-900", Measure::Ban)).await;
    assert!(matches!(&channel, Err(DeliveryError::Refused { public }) if public.contains("only about people")));
}

#[tokio::test]
async fn who_is_shut_out_stays_so_when_they_are_taken_out() {
    let bot = Bot::new().await;
    bot.fake.stands_there(-100, 8, "kicked");
    bot.deliver("-100", about("8", Measure::Kick)).await.unwrap();
    // Nor is anything done about who was never there.
    bot.fake.fails(
        "GetChatMember",
        Fault::Refuse(400, "Bad Request: PARTICIPANT_ID_INVALID"),
    );
    bot.deliver("-100", about("9", Measure::Kick)).await.unwrap();
    assert!(bot.fake.calls("UnbanChatMember").is_empty());
}

#[tokio::test]
async fn it_is_told_that_a_measure_may_have_been_taken() {
    let bot = Bot::new().await;
    bot.fake.fails("BanChatMember", Fault::Cut);
    let cut = bot.deliver("-100", about("8", Measure::Ban)).await;
    assert!(matches!(cut, Err(DeliveryError::Lost { .. })), "{cut:?}");
    // Who was perhaps taken out is taken out again only at once.
    bot.fake.fails("UnbanChatMember", Fault::Cut);
    let cut = bot.deliver("-100", about("8", Measure::Kick)).await;
    let Err(DeliveryError::Lost { repeatable_for, .. }) = cut else {
        panic!("{cut:?}")
    };
    assert_eq!(repeatable_for, Duration::from_secs(30));
}

#[tokio::test]
async fn a_missing_right_is_named() {
    let bot = Bot::new().await;
    let refusal = "Bad Request: not enough rights to restrict/unrestrict chat member";
    bot.fake.fails("RestrictChatMember", Fault::Refuse(400, refusal));
    let refused = bot.deliver("-100", about("8", mute(LATER))).await;
    assert!(matches!(&refused, Err(DeliveryError::Refused { public }) if public.contains("make it an administrator")));
    bot.fake.fails(
        "DeleteMessage",
        Fault::Refuse(400, "Bad Request: message can't be deleted"),
    );
    let remove = FittedBody::Remove {
        target: message_ref("-100", "5"),
        message: MessageId(Uuid::nil()),
        reason: "spam".to_owned(),
        by: None,
    };
    let refused = bot.deliver("-100", remove).await;
    assert!(matches!(&refused, Err(DeliveryError::Refused { public }) if public.contains("to delete messages")));
}

#[tokio::test]
async fn nobody_is_muted_or_banned_but_in_supergroups() {
    let bot = Bot::new().await;
    let in_place = |scope: &str, id: &str| {
        let place = PlaceRef {
            scope: scope.into(),
            id: id.into(),
        };
        bot.telegram.capabilities(&place).moderates
    };
    let supergroup = in_place("telegram", "-100");
    assert!(supergroup.remove && supergroup.kick && supergroup.ban && supergroup.mute_seconds_max.is_some());
    let kick_alone = Moderates {
        remove: true,
        kick: true,
        ..Moderates::default()
    };
    assert_eq!(in_place("telegram:900", "-5"), kick_alone);
    let remove_alone = Moderates {
        remove: true,
        ..Moderates::default()
    };
    assert_eq!(in_place("telegram:900", "7"), remove_alone);
}
