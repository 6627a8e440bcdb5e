//! What is done about members, and what Discord's refusals mean then.

use std::time::Duration;

use serde_json::json;
use switchboard::connectors::DeliveryError;
use switchboard::model::Timestamp;
use switchboard::model::fit::FittedBody;
use switchboard::model::ids::{IdentityRef, MessageId};
use switchboard::model::measure::Measure;
use uuid::Uuid;

use super::fake::{DIRECT, Fault, HELP};
use super::{Bot, message};

fn about(measure: Measure) -> FittedBody {
    FittedBody::Measure {
        person: IdentityRef {
            scope: "discord".into(),
            id: "7".into(),
        },
        measure,
        reason: "spam: größte".to_owned(),
        by: None,
        not_after: None,
    }
}

fn mute(until: i64) -> Measure {
    Measure::Mute {
        seconds: 600,
        until: Timestamp::from_millis(until),
    }
}

fn remove() -> FittedBody {
    FittedBody::Remove {
        target: message(HELP, "12"),
        message: MessageId(Uuid::nil()),
        reason: "spam".to_owned(),
        by: None,
    }
}

#[tokio::test]
async fn the_guild_reads_why_in_its_own_log() {
    let bot = Bot::new().await;
    bot.deliver(HELP, remove()).await.unwrap();
    bot.deliver(HELP, about(mute(4_102_444_800_000))).await.unwrap();
    let removed = bot.fake.calls("DELETE channels/101/messages/12").remove(0);
    assert_eq!(removed.reason.as_deref(), Some("spam"));
    let muted = bot.fake.calls("PATCH guilds/100/members/7").remove(0);
    assert_eq!(muted.reason.as_deref(), Some("spam%3A%20gr%C3%B6%C3%9Fte"));
    assert_eq!(
        muted.body,
        json!({"communication_disabled_until": "2100-01-01T00:00:00Z"})
    );
}

#[tokio::test]
async fn a_mute_that_is_over_when_it_is_delivered_is_refused() {
    let bot = Bot::new().await;
    let over = bot.deliver(HELP, about(mute(1_000))).await;
    assert!(
        matches!(&over, Err(DeliveryError::Refused { public }) if public.contains("was over")),
        "{over:?}"
    );
    assert!(bot.fake.calls("PATCH guilds/").is_empty());
}

#[tokio::test]
async fn who_is_no_member_any_more_is_let_in_again() {
    let bot = Bot::new().await;
    bot.fake.fails("PATCH guilds/100/members/7", Fault::Refuse(404, 10_007));
    bot.deliver(HELP, about(Measure::Lift)).await.unwrap();
    assert_eq!(bot.fake.calls("DELETE guilds/100/bans/7").len(), 1);
    // Nor banned.
    bot.fake.fails("PATCH guilds/100/members/7", Fault::Refuse(404, 10_007));
    bot.fake.fails("DELETE guilds/100/bans/7", Fault::Refuse(404, 10_026));
    bot.deliver(HELP, about(Measure::Lift)).await.unwrap();
    bot.fake
        .fails("DELETE guilds/100/members/7", Fault::Refuse(404, 10_007));
    bot.deliver(HELP, about(Measure::Kick)).await.expect("they are out");
}

#[tokio::test]
async fn a_missing_permission_is_named() {
    let bot = Bot::new().await;
    bot.fake.fails("PUT guilds/100/bans/7", Fault::Refuse(403, 50_013));
    let refused = bot.deliver(HELP, about(Measure::Ban)).await;
    let Err(DeliveryError::Refused { public }) = refused else {
        panic!("{refused:?}")
    };
    assert!(public.contains("*Ban Members*") && public.contains("above"), "{public}");
    bot.fake
        .fails("DELETE channels/101/messages/12", Fault::Refuse(403, 50_013));
    let refused = bot.deliver(HELP, remove()).await;
    assert!(matches!(&refused, Err(DeliveryError::Refused { public }) if public.contains("*Manage Messages*")));
}

#[tokio::test]
async fn who_was_perhaps_taken_out_is_taken_out_again_only_at_once() {
    let bot = Bot::new().await;
    bot.fake.fails("DELETE guilds/100/members/7", Fault::Cut);
    let cut = bot.deliver(HELP, about(Measure::Kick)).await;
    let Err(DeliveryError::Lost { repeatable_for, .. }) = cut else {
        panic!("{cut:?}")
    };
    assert_eq!(repeatable_for, Duration::from_mins(1));
}

#[tokio::test]
async fn what_is_cut_off_is_done_again_and_nothing_is_done_in_a_direct_chat() {
    let bot = Bot::new().await;
    bot.fake.fails("PUT guilds/100/bans/7", Fault::Cut);
    let cut = bot.deliver(HELP, about(Measure::Ban)).await;
    assert!(matches!(cut, Err(DeliveryError::Lost { .. })), "{cut:?}");
    bot.deliver(HELP, about(Measure::Ban)).await.unwrap();
    let alone = bot.deliver(DIRECT, about(Measure::Ban)).await;
    assert!(
        matches!(&alone, Err(DeliveryError::Refused { public }) if public.contains("direct chat")),
        "{alone:?}"
    );
}
