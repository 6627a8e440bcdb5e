//! Telegram calls, instead of being asked.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};
use switchboard::connectors::logins::LoginState;
use switchboard::model::ids::ButtonId;
use tower_service::Service as _;
use uuid::Uuid;

use super::fake::{Fake, TOKEN};
use super::{Bot, program, program_with, sent, settings};

const PATH: &str = "/telegram/webhook";

/// A bot that waits to be called.
async fn called_bot() -> Bot {
    let fake = Fake::start().await;
    let mut settings = settings(TOKEN, fake.url());
    settings.webhook = Some(format!("https://chat.example.org{PATH}").parse().unwrap());
    Bot::with(fake, &settings)
}

/// What Telegram shows.
async fn secret(fake: &Fake, start: usize) -> String {
    let asked = fake.called("SetWebhook", start).await.swap_remove(start - 1);
    asked["secret_token"].as_str().unwrap().to_owned()
}

async fn call(bot: &Bot, secret: &str, body: impl Into<Body>) -> (StatusCode, Value) {
    let request = Request::post(PATH)
        .header("X-Telegram-Bot-Api-Secret-Token", secret)
        .header("Content-Type", "application/json");
    let mut router = bot.telegram.router().expect("it is called");
    let answer = router.call(request.body(body.into()).unwrap()).await.unwrap();
    let status = answer.status();
    let body = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

#[tokio::test]
async fn an_update_is_stored_before_telegram_hears_that_it_is() {
    let bot = called_bot().await;
    let listening = bot.listen(None);
    let secret = secret(&bot.fake, 1).await;
    bot.fake.says(7, "How do I pay?");
    let update = bot.fake.calls_with().to_string();
    bot.sink.refuses_once();
    assert_eq!(
        call(&bot, &secret, update.clone()).await.0,
        StatusCode::SERVICE_UNAVAILABLE
    );
    assert_eq!(bot.sink.count(|_| true), 0);
    assert_eq!(call(&bot, &secret, update).await.0, StatusCode::OK);
    assert_eq!(bot.sink.told(1).await, ["How do I pay?"]);
    assert_eq!(bot.sink.cursor(), None);
    listening.stop().await;
    assert!(bot.fake.calls("GetUpdates").is_empty());
    let asked = bot.fake.calls("SetWebhook").remove(0);
    assert_eq!(asked["url"], format!("https://chat.example.org{PATH}"));
    let wanted = [
        "message",
        "edited_message",
        "channel_post",
        "edited_channel_post",
        "message_reaction",
        "message_reaction_count",
        "callback_query",
        "my_chat_member",
        "chat_member",
    ];
    assert_eq!(asked["allowed_updates"], json!(wanted));
}

#[tokio::test]
async fn only_telegram_is_heard_and_only_while_the_bot_runs() {
    let bot = called_bot().await;
    bot.fake.says(7, "How do I pay?");
    let update = bot.fake.calls_with().to_string();
    let listening = bot.listen(None);
    let secret = secret(&bot.fake, 1).await;
    for wrong in ["", "another", &secret[1..], &format!("{secret}x")] {
        let refused = call(&bot, wrong, update.clone()).await;
        assert_eq!(refused.0, StatusCode::UNAUTHORIZED, "{wrong}");
    }
    let large = vec![b' '; 1024 * 1024 + 1];
    assert_eq!(call(&bot, &secret, large).await.0, StatusCode::PAYLOAD_TOO_LARGE);
    // What nobody understands is not told again and again.
    for odd in ["", "[]", "{\"update_id\": 3}", "{\"update_id\": 4, \"new_kind\": {}}"] {
        assert_eq!(call(&bot, &secret, odd).await.0, StatusCode::OK, "{odd}");
    }
    assert_eq!(bot.sink.count(|_| true), 0);
    listening.stop().await;
    assert_eq!(call(&bot, &secret, update).await.0, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(bot.sink.count(|_| true), 0);
}

#[tokio::test]
async fn a_webhook_that_somebody_took_away_is_noticed() {
    let bot = called_bot().await;
    bot.fake.loses_webhook();
    let listening = bot.listen(None);
    let why = listening.ended().await.unwrap_err();
    assert!(why.contains("took the webhook away"), "{why}");
    let listening = bot.listen(None);
    secret(&bot.fake, 2).await;
    bot.sink.stood(|state| matches!(state, LoginState::Partly { .. })).await;
    listening.stop().await;
}

#[tokio::test]
async fn a_press_is_acknowledged_with_the_answer() {
    let bot = called_bot().await;
    let listening = bot.listen(None);
    let secret = secret(&bot.fake, 1).await;
    let mut press = json!({"update_id": 5, "callback_query": {"id": "press-1", "chat_instance": "1",
        "from": {"id": 7, "is_bot": false, "first_name": "Ann", "language_code": "de"},
        "message": {"message_id": 3, "date": 1, "chat": {"id": 7, "type": "private", "first_name": "Ann"}, "text": "x"},
        "data": ButtonId(Uuid::from_u128(1)).to_string()}});
    let (status, answer) = call(&bot, &secret, press.to_string()).await;
    assert_eq!(status, StatusCode::OK);
    let expected = json!({"method": "answerCallbackQuery", "callback_query_id": "press-1"});
    assert_eq!(answer, expected);
    assert_eq!(bot.sink.told(1).await, ["press"]);
    // Who may not press reads so alone.
    bot.sink.takes_no_presses();
    press["update_id"] = json!(6);
    let (_, answer) = call(&bot, &secret, press.to_string()).await;
    assert_eq!(answer["text"], "Diese Schaltfläche ist für jemand anders.");
    listening.stop().await;
}

/// Telegram calls the program. Answers the status.
fn call_program(url: &str, secret: &str, update: &Value) -> u16 {
    let agent = ureq::Agent::from(ureq::Agent::config_builder().http_status_as_error(false).build());
    let asked = agent
        .post(format!("{url}{PATH}"))
        .header("X-Telegram-Bot-Api-Secret-Token", secret)
        .send_json(update);
    asked.unwrap().status().as_u16()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_that_is_told_twice_is_answered_once_and_asking_goes_on_after_a_switch_back() {
    let folder = tempfile::tempdir().unwrap();
    let fake = Fake::start().await;
    let running = program_with(folder.path(), &fake, "webhook = \"https://chat.example.org\"\n");
    let secret = secret(&fake, 1).await;
    fake.says(7, "How do I install a plugin?");
    let update = fake.calls_with();
    let call = |secret: &str| tokio::task::block_in_place(|| call_program(&running.url, secret, &update));
    assert_eq!(call("guessed"), 401);
    assert_eq!([call(&secret), call(&secret)], [200, 200]);
    let answer = sent(&fake, 0).await;
    assert!(answer.text().contains("plugin"), "{}", answer.text());
    running.terminate();
    assert_eq!(running.ended(), Some(0));

    let running = program(folder.path(), &fake);
    fake.called("DeleteWebhook", 1).await;
    fake.says(7, "How do I install a plugin?");
    sent(&fake, 1).await;
    running.terminate();
    assert_eq!(running.ended(), Some(0));
    assert_eq!(fake.calls("SendMessage").len(), 2);
}
