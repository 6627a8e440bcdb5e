//! The sources of answers hang below them as embeds, or stand in the text.

use serde_json::json;
use switchboard::connectors::{Connector as _, DeliveryError};
use switchboard::model::content::{Block, Inline};
use switchboard::model::fit::{FittedAction, FittedBody};
use switchboard::model::ids::DeliveryId;
use uuid::Uuid;

use super::fake::people::EMBED_LINKS;
use super::fake::{Fault, HELP};
use super::{Bot, edit, place};
use crate::support::sink::send;

const URL: &str = "https://example.org/plugins";

/// The line that the host puts below an answer.
fn source() -> Block {
    let link = Inline::Link {
        url: URL.to_owned(),
        label: vec![Inline::Text(URL.to_owned())],
        source: Some("How do I install a plugin?".to_owned()),
    };
    let (before, behind) = ("Source: ".to_owned(), " (checked 2026-08-01)".to_owned());
    Block::Paragraph(vec![Inline::Text(before), link, Inline::Text(behind)])
}

fn answer(mut body: FittedBody) -> FittedBody {
    let (FittedBody::Send { content, .. } | FittedBody::Edit { content, .. }) = &mut body else {
        panic!("{body:?}");
    };
    content.blocks.push(source());
    body
}

const TEXT: &str = "Read <https://example.org/docs>.";
const IN_WORDS: &str = "Read https://example.org/docs.\n\nSource: https://example.org/plugins (checked 2026-08-01)";

#[tokio::test]
async fn a_source_is_an_embed_and_nothing_in_the_text_is_previewed() {
    let bot = Bot::new().await;
    bot.deliver(HELP, answer(send(TEXT))).await.unwrap();
    let sent = bot.fake.calls("POST channels/101/messages").remove(0).body;
    assert_eq!(
        (&sent["content"], &sent["flags"]),
        (&json!("Read <https://example.org/docs>."), &json!(0))
    );
    let embeds = sent["embeds"].as_array().unwrap();
    assert_eq!(embeds.len(), 1);
    assert_eq!(
        (&embeds[0]["title"], &embeds[0]["url"], &embeds[0]["description"]),
        (
            &json!("How do I install a plugin?"),
            &json!(URL),
            &json!("checked 2026-08-01")
        )
    );
    assert!(bot.fake.calls("PATCH ").is_empty());
}

#[tokio::test]
async fn an_edit_replaces_embeds_and_takes_them_away() {
    let bot = Bot::new().await;
    bot.deliver(HELP, answer(edit(HELP, "Better."))).await.unwrap();
    bot.deliver(HELP, edit(HELP, "Without.")).await.unwrap();
    let edits = bot.fake.calls("PATCH channels/101/messages/5");
    assert_eq!(edits.len(), 2);
    assert_eq!(
        (&edits[0].body["embeds"][0]["url"], &edits[0].body["flags"]),
        (&json!(URL), &json!(0))
    );
    assert_eq!(
        (&edits[1].body["embeds"], &edits[1].body["flags"]),
        (&json!([]), &json!(4))
    );
}

#[tokio::test]
async fn where_embeds_are_not_allowed_the_source_stands_in_the_text() {
    let bot = Bot::new().await;
    bot.fake.denies(EMBED_LINKS);
    let sent = bot.deliver(HELP, answer(send(TEXT))).await.unwrap();
    // Discord says nothing of what it left out.
    let mended = bot.fake.calls(&format!(
        "PATCH channels/101/messages/{}",
        sent.native.unwrap().as_str()
    ));
    assert_eq!(
        (&mended[0].body["content"], &mended[0].body["flags"]),
        (&json!(IN_WORDS), &json!(4))
    );
    // From then on it is known.
    bot.deliver(HELP, answer(send(TEXT))).await.unwrap();
    bot.deliver(HELP, answer(edit(HELP, TEXT))).await.unwrap();
    let sent = bot.fake.calls("POST channels/101/messages").remove(1).body;
    assert_eq!((&sent["content"], &sent["embeds"]), (&json!(IN_WORDS), &json!([])));
    let edits = bot.fake.calls("PATCH channels/101/messages/5");
    assert_eq!((edits.len(), &edits[0].body["content"]), (1, &json!(IN_WORDS)));
}

#[tokio::test]
async fn an_answer_that_lost_its_source_on_the_way_is_sent_again_and_stands_once() {
    let bot = Bot::new().await;
    bot.fake.denies(EMBED_LINKS);
    bot.fake.fails("PATCH channels/101/messages/", Fault::Refuse(502, 0));
    let action = FittedAction {
        delivery: DeliveryId(Uuid::from_u128(1)),
        place: place(HELP),
        body: answer(send(TEXT)),
    };
    let error = bot.discord.deliver(&action).await.unwrap_err();
    let repeatable = matches!(&error, DeliveryError::Lost { repeatable_for, .. } if !repeatable_for.is_zero());
    assert!(repeatable, "{error:?}");
    let again = bot.discord.deliver(&action).await.unwrap();
    let sent = bot.fake.calls("POST channels/101/messages");
    assert_eq!(
        again.native.unwrap().as_str(),
        sent[0].made.to_string(),
        "it is the same message"
    );
    let mended = bot.fake.calls("PATCH channels/101/messages/");
    assert_eq!((mended.len(), &mended[1].body["content"]), (2, &json!(IN_WORDS)));
}

#[tokio::test]
async fn a_refusal_for_its_embeds_costs_no_answer_and_no_edit() {
    let bot = Bot::new().await;
    let refused = Fault::Refuse(403, 50_013);
    bot.fake.fails("POST channels/101/messages", refused.clone());
    bot.deliver(HELP, answer(send(TEXT))).await.unwrap();
    let sent = bot.fake.calls("POST channels/101/messages").remove(1).body;
    assert_eq!((&sent["content"], &sent["embeds"]), (&json!(IN_WORDS), &json!([])));
    // Where it is not for the embeds, it is told.
    for _ in 0..2 {
        bot.fake.fails("PATCH channels/101/messages/5", refused.clone());
    }
    let error = bot.deliver(HELP, answer(edit(HELP, TEXT))).await.unwrap_err();
    assert!(matches!(error, DeliveryError::Refused { .. }), "{error:?}");
}
