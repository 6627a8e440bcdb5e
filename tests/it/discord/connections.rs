//! A large bot hears through several connections.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Bot;
use super::fake::{DIRECT, HELP};

#[tokio::test]
async fn each_connection_hears_its_part_and_all_go_on_after_a_restart() {
    let bot = Bot::new().await;
    bot.fake.asks_for_connections(2);
    let listening = bot.hears().await;
    bot.fake.welcomed(2).await;
    let mut shards: Vec<Value> = bot
        .fake
        .identified()
        .iter()
        .map(|frame| frame["shard"].clone())
        .collect();
    shards.sort_by_key(Value::to_string);
    assert_eq!(shards, [json!([0, 2]), json!([1, 2])]);
    bot.fake.says(HELP, "in the guild");
    bot.fake.says(DIRECT, "alone");
    bot.sink.said(2).await;
    listening.stop().await;

    bot.fake.says(DIRECT, "alone, later");
    bot.fake.says(HELP, "in the guild, later");
    let listening = bot.listen(bot.sink.cursor());
    let said: BTreeSet<String> = bot.sink.said(4).await.into_iter().collect();
    let expected = ["alone", "alone, later", "in the guild", "in the guild, later"];
    assert_eq!(said, expected.map(str::to_owned).into());
    assert_eq!(bot.fake.identified().len(), 2, "both sessions outlived the program");
    listening.stop().await;
}
