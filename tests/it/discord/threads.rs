//! Answers that open threads on Discord, which gives a message one thread, under the message's own id.

use std::sync::Arc;

use serde_json::json;
use switchboard::connectors::{Connector as _, DeliveryError, Receipt};
use switchboard::model::fit::FittedBody;

use super::fake::{DIRECT, Fake, Fault, HELP, TOKEN, objects, sent};
use super::{Bot, listen_in, message, place, program};
use crate::support::sink::send;

const CREATE_PUBLIC_THREADS: u64 = 1 << 35;

impl Bot {
    async fn opens(&self, channel: u64, question: u64) -> Result<Receipt, DeliveryError> {
        let thread = FittedBody::Thread {
            from: message(channel, &question.to_string()),
            name: "Where is it?".to_owned(),
        };
        self.deliver(channel, thread).await
    }

    /// What the gateway has told before is known.
    async fn has_heard(&self) {
        let before = self.sink.count(|event| event.body.kind() == "message");
        self.fake.says(HELP, "well");
        self.sink.said(before + 1).await;
    }

    fn opens_threads_in(&self, channel: u64) -> bool {
        self.discord.capabilities(&place(channel)).threads
    }
}

fn why(refused: Result<Receipt, DeliveryError>) -> String {
    match refused {
        Err(DeliveryError::Refused { public }) => public,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_thread_hangs_on_the_question_and_the_answer_is_in_it() {
    let bot = Bot::new().await;
    let question = bot.fake.says(HELP, "Where is it?");
    let receipt = bot.opens(HELP, question).await.unwrap();
    assert_eq!((receipt.native, receipt.thread), (None, Some(place(question))));
    let opened = bot.fake.calls("POST channels/101/messages/").remove(0);
    assert_eq!(opened.what, format!("POST channels/101/messages/{question}/threads"));
    assert_eq!(
        opened.body,
        json!({"name": "Where is it?", "auto_archive_duration": 1440})
    );

    let mut answer = send("At the desk");
    if let FittedBody::Send { reply_to, .. } = &mut answer {
        *reply_to = Some(message(HELP, &question.to_string()));
    }
    bot.deliver(question, answer).await.unwrap();
    let said = sent(&bot.fake, 0).await;
    assert_eq!(said.what, format!("POST channels/{question}/messages"));
    assert!(
        said.body.get("message_reference").is_none(),
        "the question stands above: {}",
        said.body
    );
}

#[tokio::test]
async fn a_thread_that_is_there_already_is_as_good() {
    let bot = Bot::new().await;
    let question = bot.fake.says(HELP, "Where is it?");
    bot.fake.fails("POST channels/101/messages/", Fault::Cut);
    let cut = bot.opens(HELP, question).await;
    assert!(
        matches!(cut, Err(DeliveryError::Unreachable { .. })),
        "it may be repeated: {cut:?}"
    );
    for _ in 0..2 {
        assert_eq!(bot.opens(HELP, question).await.unwrap().thread, Some(place(question)));
    }
    assert_eq!(bot.fake.threads().len(), 1);
}

#[tokio::test]
async fn why_there_is_no_thread_is_said_in_words() {
    let bot = Bot::new().await;
    let gone = why(bot.opens(HELP, 12).await);
    assert_eq!(gone, "this message no longer exists");
    let question = bot.fake.says(HELP, "Where is it?");
    bot.fake.denies(CREATE_PUBLIC_THREADS);
    let denied = why(bot.opens(HELP, question).await);
    assert!(denied.contains("*Create Public Threads*"), "{denied}");
    let direct = bot.fake.says(DIRECT, "Where is it?");
    why(bot.opens(DIRECT, direct).await);
}

#[tokio::test]
async fn who_writes_in_an_archived_thread_opens_it_again_but_not_a_locked_one() {
    let bot = Bot::new().await;
    let question = bot.fake.says(HELP, "Where is it?");
    bot.opens(HELP, question).await.unwrap();
    bot.fake.archives(question, false);
    bot.deliver(question, send("At the desk")).await.unwrap();
    bot.fake.archives(question, true);
    assert_eq!(
        why(bot.deliver(question, send("Or not")).await),
        "this thread is locked"
    );
    assert_eq!(
        bot.fake.threads(),
        [("Where is it?".to_owned(), vec!["At the desk".to_owned()])]
    );
}

#[tokio::test]
async fn it_opens_threads_where_it_may_as_rights_come_and_go() {
    let bot = Bot::new().await;
    bot.fake.denies(CREATE_PUBLIC_THREADS);
    let listening = bot.hears().await;
    bot.has_heard().await;
    assert!(!bot.opens_threads_in(HELP), "the channel takes the right away");

    let mut channel = objects::channel(HELP, 0, "help", 0);
    channel["permission_overwrites"] = json!([]);
    bot.fake.happens("CHANNEL_UPDATE", channel);
    bot.has_heard().await;
    assert!(bot.opens_threads_in(HELP));
    // Neither in a forum nor in a direct chat; and a command is no message.
    assert!(!bot.opens_threads_in(102) && !bot.opens_threads_in(DIRECT));
    assert_eq!(bot.discord.thread_at(&message(HELP, "12")), Some(place(12)));
    assert_eq!(bot.discord.thread_at(&message(HELP, "command-12")), None);

    for (rights, may) in [(1_u64 << 10, false), (!(1 << 3), true)] {
        let role = objects::role(100, "@everyone", rights);
        bot.fake
            .happens("GUILD_ROLE_UPDATE", json!({"guild_id": "100", "role": role}));
        bot.has_heard().await;
        assert_eq!(bot.opens_threads_in(HELP), may, "{rights}");
    }
    listening.stop().await;

    // After a restart Discord tells only what changes, so it has to ask.
    let next = Bot::on(Arc::clone(&bot.fake), TOKEN);
    bot.fake.denies(0);
    let listening = next.listen(bot.sink.cursor());
    next.has_heard().await;
    assert!(next.opens_threads_in(HELP));
    assert_eq!(bot.fake.identified().len(), 1, "the session went on");
    listening.stop().await;
}

#[tokio::test]
async fn what_is_said_is_heard_also_where_discord_does_not_say_whether_threads_may_be_opened() {
    let bot = Bot::new().await;
    let listening = bot.hears().await;
    bot.has_heard().await;
    listening.stop().await;

    let next = Bot::on(Arc::clone(&bot.fake), TOKEN);
    next.fake.fails("GET guilds/100/members/", Fault::Refuse(500, 0));
    let listening = next.listen(bot.sink.cursor());
    next.has_heard().await;
    assert!(!next.opens_threads_in(HELP));
    listening.stop().await;
}

#[tokio::test]
async fn who_hears_a_thread_first_after_a_restart_knows_the_channel_above_it_too() {
    let bot = Bot::new().await;
    let listening = bot.hears().await;
    bot.has_heard().await;
    let question = bot.fake.says(HELP, "Where is it?");
    bot.opens(HELP, question).await.unwrap();
    bot.has_heard().await;
    listening.stop().await;

    let next = Bot::on(Arc::clone(&bot.fake), TOKEN);
    let listening = next.listen(bot.sink.cursor());
    next.fake.says(question, "Here?");
    assert_eq!(next.sink.said(1).await, ["Here?"]);
    assert!(next.opens_threads_in(HELP) && !next.opens_threads_in(question));
    listening.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_that_was_overheard_is_answered_in_its_thread_and_the_conversation_goes_on_there() {
    let folder = tempfile::tempdir().unwrap();
    let fake = Fake::start().await;
    let running = program(folder.path(), &fake);
    fake.welcomed(1).await;
    // Answered alone, so what came before has been heard.
    fake.says(DIRECT, "How do I install a plugin?");
    sent(&fake, 0).await;
    listen_in(folder.path(), HELP);

    let question = fake.says(HELP, "What is Switchboard?");
    let opened = fake
        .called(&format!("POST channels/101/messages/{question}/threads"), 1)
        .await;
    assert_eq!(opened[0].body["name"], "What is Switchboard?");
    let answer = fake
        .called(&format!("POST channels/{question}/messages"), 1)
        .await
        .remove(0);
    assert!(answer.body["content"].as_str().unwrap().len() > 20, "{}", answer.body);
    // There she need not call it by its name.
    fake.says(question, "/help");
    fake.called(&format!("POST channels/{question}/messages"), 2).await;
    running.terminate();
    assert_eq!(running.ended(), Some(0));
    assert!(
        fake.calls("POST channels/101/messages")
            .iter()
            .all(|call| call.what.ends_with("/threads"))
    );
}
