//! Posts in a forum: each is a question, and its answer stands in the post.

use super::fake::{BOT, DIRECT, Fake, QUESTIONS, sent};
use super::{Bot, listen_in, place, program, switch};
use crate::conformance::place_of;

#[tokio::test]
async fn a_post_is_heard_with_its_title_and_where_it_stands() {
    let bot = Bot::new().await;
    let listening = bot.hears().await;
    let post = bot.fake.posts("Which soil?", "For tomatoes.");
    bot.fake.says(post, "In pots.");
    // A command has nothing before it, so that it is one and its secret is sealed.
    bot.fake.posts("Tip", "/share tip");
    bot.fake.posts("My code", &format!("<@{BOT}> /link ABCD"));
    let said = bot.sink.said(4).await;
    assert_eq!(
        said,
        ["Which soil?\n\nFor tomatoes.", "In pots.", "/share tip", "/link ABCD"]
    );
    let heard = bot.sink.events(|event| event.body.kind() == "message", 2).await;
    let named = format!("{:?}", heard[0].source);
    assert!(named.contains("Gardeners / #questions / Which soil?"), "{named}");
    assert_eq!(place_of(&heard[0]), place(post));
    listening.stop().await;
}

/// The program, once it has heard of its guild.
async fn started(folder: &std::path::Path, fake: &Fake) -> crate::support::program::Running {
    let running = program(folder, fake);
    fake.welcomed(1).await;
    // Answered alone, so what came before has been heard.
    fake.says(DIRECT, "How do I install a plugin?");
    sent(fake, 0).await;
    running
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_post_that_calls_the_bot_is_answered_in_the_post_where_nobody_has_to_call_it_again() {
    let folder = tempfile::tempdir().unwrap();
    let fake = Fake::start().await;
    let running = started(folder.path(), &fake).await;
    switch(folder.path(), QUESTIONS, true);
    // Nobody has called the bot here.
    fake.posts("How do I install a plugin?", "I have tried for an hour.");
    let post = fake.posts("How do I install a plugin?", &format!("<@{BOT}> can you help?"));
    let in_post = format!("POST channels/{post}/messages");
    let answer = fake.called(&in_post, 1).await.remove(0);
    assert!(
        answer.body["content"].as_str().unwrap().contains("plugin"),
        "the question is the title: {}",
        answer.body
    );
    fake.says(post, "/help");
    fake.called(&in_post, 2).await;
    let press = fake.presses(&answer, "A person, please");
    fake.called(&format!("POST interactions/{press}/"), 1).await;
    fake.called(&in_post, 3).await;
    running.terminate();
    assert_eq!(running.ended(), Some(0));
    let in_posts: Vec<usize> = fake.threads().iter().map(|(_, said)| said.len()).collect();
    assert_eq!(in_posts, [0, 3]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_post_that_calls_nobody_is_answered_where_the_bot_reads_along_also_after_it_was_away() {
    let folder = tempfile::tempdir().unwrap();
    let fake = Fake::start().await;
    let running = started(folder.path(), &fake).await;
    listen_in(folder.path(), QUESTIONS);
    let post = fake.posts("What is Switchboard?", "I wonder.");
    let answer = fake
        .called(&format!("POST channels/{post}/messages"), 1)
        .await
        .remove(0);
    let text = answer.body["content"].as_str().unwrap();
    assert!(text.len() > 20 && !text.starts_with('['), "{text}");
    assert_eq!(running.stop(), Some(0));

    // Its session is over, so that it has to read what was posted meanwhile.
    fake.forget_sessions();
    let meanwhile = fake.posts("What is Switchboard?", "I wonder.");
    let running = program(folder.path(), &fake);
    fake.called(&format!("POST channels/{meanwhile}/messages"), 1).await;
    assert_eq!(running.stop(), Some(0));
    assert_eq!(
        fake.calls(&format!("POST channels/{post}/messages")).len(),
        1,
        "nothing is said twice"
    );
    assert!(
        fake.calls("POST channels/")
            .iter()
            .all(|call| !call.what.ends_with("/threads"))
    );
}
