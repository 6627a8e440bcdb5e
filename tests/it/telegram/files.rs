//! Files that come from Telegram and go there, and what stands for those that do not.

use std::time::Duration;

use serde_json::{Value, json};
use switchboard::connectors::files::keep;
use switchboard::connectors::{Connector as _, DeliveryError};
use switchboard::model::EventBody;
use switchboard::model::action::{Author, FileRef};
use switchboard::model::event::InMessage;
use switchboard::model::fit::FittedBody;

use super::fake::{Fake, Fault, TOKEN, marked};
use super::{Bot, edit, program, sent, settings, stored};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and so on";

/// One size of a photo.
fn size(id: &str, width: u32, bytes: u64) -> Value {
    json!({"file_id": id, "file_unique_id": "u", "width": width, "height": width, "file_size": bytes})
}

fn document(id: &str, name: &str, bytes: u64) -> Value {
    json!({"document": {"file_id": id, "file_unique_id": "u", "file_name": name, "file_size": bytes}})
}

/// Waits for so many messages.
async fn messages(bot: &Bot, count: usize) -> Vec<InMessage> {
    let events = bot.sink.events(|_| true, count).await;
    let message = |event: switchboard::model::Event| match event.body {
        EventBody::Message(said) => said,
        other => panic!("a message, not {other:?}"),
    };
    events.into_iter().map(message).collect()
}

/// What came of one message with a file.
async fn come_in(bot: &Bot, what: Value) -> InMessage {
    bot.fake.sends(7, what);
    let listening = bot.listen(None);
    let message = messages(bot, 1).await.remove(0);
    listening.stop().await;
    message
}

#[tokio::test]
async fn a_photo_comes_in_at_its_largest_with_its_caption() {
    let bot = Bot::new().await;
    bot.fake.holds("large", PNG);
    let photo = json!({"photo": [size("small", 90, 10), size("large", 900, 20)], "caption": "It looks so."});
    let said = come_in(&bot, photo).await;
    assert_eq!(said.content.to_plain(), "It looks so.");
    let [file] = &said.files[..] else { panic!("{said:?}") };
    assert_eq!((&*file.name, &*file.media_type), ("photo.jpg", "image/png"));
    assert_eq!(bot.files.get(&file.sha256).unwrap().unwrap(), PNG);
    assert_eq!(bot.fake.calls("GetFile")[0]["file_id"], "large");
}

#[tokio::test]
async fn a_server_of_ones_own_says_where_the_file_lies() {
    let fake = Fake::start().await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("plan"), b"the plan").unwrap();
    fake.is_local(folder.path());
    let mut settings = settings(TOKEN, fake.url());
    settings.local_files = Some(folder.path().to_owned());
    let bot = Bot::with(fake, &settings);
    let said = come_in(&bot, document("plan", "plan.txt", 8)).await;
    let [file] = &said.files[..] else { panic!("{said:?}") };
    assert_eq!(bot.files.get(&file.sha256).unwrap().unwrap(), b"the plan");
    assert!(bot.fake.calls("file").is_empty(), "nothing is fetched");
}

#[tokio::test]
async fn an_album_is_one_message_with_its_words_wherever_they_stand() {
    let bot = Bot::new().await;
    bot.fake.holds("one", PNG);
    bot.fake.holds("two", b"two");
    let picture = |id: &str, album: &str| json!({"photo": [size(id, 90, 10)], "media_group_id": album});
    let mut with_words = picture("two", "a");
    with_words["caption"] = json!("Both look so.");
    bot.fake.sends(7, picture("one", "a"));
    bot.fake.sends(7, with_words);
    bot.fake.sends(7, picture("lost", "a"));
    bot.fake.sends(7, picture("one", "b"));
    bot.fake.sends(8, picture("one", "b"));
    let listening = bot.listen(None);
    let said = messages(&bot, 3).await;
    let text = "Both look so.\n\n[photo: Telegram did not give it]";
    assert_eq!(said[0].content.to_plain(), text);
    let kept: Vec<&str> = said[0].files.iter().map(|file| &*file.media_type).collect();
    assert_eq!(kept, ["image/png", "application/octet-stream"]);
    assert_eq!(said[0].native.id.as_str(), "1");
    assert_eq!(
        [said[1].files.len(), said[2].files.len()],
        [1, 1],
        "they are of two people"
    );
    listening.stop().await;
}

#[tokio::test]
async fn each_kind_of_file_comes_in_under_a_name_of_its_own() {
    let bot = Bot::new().await;
    bot.fake.holds("f", b"bytes");
    let file = json!({"file_id": "f", "file_unique_id": "u", "file_size": 5, "duration": 3, "mime_type": "a/b", "width": 1, "height": 1,
                      "length": 1});
    for kind in ["voice", "audio", "video", "video_note", "animation"] {
        bot.fake.sends(7, json!({ kind: file }));
    }
    bot.fake.sends(7, document("f", "../../etc/pass\u{202e}wd\r\n", 5));
    let listening = bot.listen(None);
    let names: Vec<String> = messages(&bot, 6)
        .await
        .into_iter()
        .map(|said| said.files[0].name.clone())
        .collect();
    let expected = [
        "voice message.ogg",
        "audio.mp3",
        "video.mp4",
        "video.mp4",
        "animation.mp4",
        "passwd",
    ];
    assert_eq!(names, expected);
    listening.stop().await;
}

#[tokio::test]
async fn a_file_that_is_too_large_is_a_word_with_the_reason_and_nothing_else_is_lost() {
    let bot = Bot::new().await;
    bot.fake.holds("lie", &vec![0; 20 * 1024 * 1024 + 1]);
    bot.fake.holds("good", b"bytes");
    bot.fake.sends(7, document("honest", "film.mkv", 3_000_000_000));
    bot.fake.sends(7, document("lie", "small.txt", 10));
    bot.fake.sends(7, document("good", "notes.txt", 5));
    let listening = bot.listen(None);
    let said = messages(&bot, 3).await;
    let texts: Vec<String> = said.iter().map(|said| said.content.to_plain()).collect();
    let too_large = "[file: larger than the 20 MB that Telegram gives to bots]";
    assert_eq!(texts, [too_large, too_large, ""]);
    assert_eq!(said[2].files[0].name, "notes.txt");
    let asked: Vec<Value> = bot
        .fake
        .calls("GetFile")
        .iter()
        .map(|asked| asked["file_id"].clone())
        .collect();
    assert!(!asked.contains(&json!("honest")), "{asked:?}");
    listening.stop().await;
}

#[tokio::test]
async fn a_file_that_is_cut_off_is_fetched_again() {
    let bot = Bot::new().await;
    bot.fake.holds("f", b"bytes");
    bot.fake.fails("file", Fault::Cut);
    let said = come_in(&bot, document("f", "notes.txt", 5)).await;
    assert_eq!(said.files[0].bytes, 5);
    assert_eq!(bot.fake.calls("file").len(), 2);
}

#[tokio::test]
async fn a_file_that_telegram_does_not_give_is_a_word_beside_what_was_said() {
    let bot = Bot::new().await;
    let mut lost = document("unknown", "notes.txt", 5);
    lost["caption"] = json!("My notes.");
    let said = come_in(&bot, lost).await;
    assert_eq!(said.content.to_plain(), "My notes.\n\n[file: Telegram did not give it]");
    assert!(said.files.is_empty());
    assert_eq!(
        bot.fake.calls("file").len(),
        1,
        "a file that is not there is not asked for again"
    );

    let bot = Bot::new().await;
    for _ in 0..3 {
        bot.fake.fails("file", Fault::Cut);
    }
    bot.fake.holds("f", b"bytes");
    let said = come_in(&bot, document("f", "notes.txt", 5)).await;
    assert_eq!(said.content.to_plain(), "[file: Telegram did not give it]");
    assert_eq!(bot.fake.calls("file").len(), 3);
}

#[tokio::test]
async fn what_would_not_be_kept_is_not_fetched() {
    let bot = Bot::new().await;
    bot.sink.keeps_nothing();
    let said = come_in(&bot, document("f", "notes.txt", 5)).await;
    assert_eq!(said.content.to_plain(), "[file]");
    assert!(bot.fake.calls("GetFile").is_empty());
}

#[tokio::test]
async fn where_a_file_cannot_be_stored_telegram_keeps_the_message() {
    let bot = Bot::new().await;
    let taken = bot.folder.path().join("files");
    std::fs::write(&taken, "no folder").unwrap();
    bot.fake.holds("f", b"bytes");
    bot.fake.sends(7, document("f", "notes.txt", 5));
    let listening = bot.listen(None);
    assert_eq!(listening.ended().await, Err("events could not be stored".to_owned()));
    assert_eq!(bot.sink.cursor(), None);
    std::fs::remove_file(taken).unwrap();
    let listening = bot.listen(None);
    assert_eq!(messages(&bot, 1).await[0].files[0].bytes, 5);
    listening.stop().await;
}

/// A message with a file that is kept.
async fn with_file(bot: &Bot, text: &str, name: &str, bytes: &[u8]) -> FittedBody {
    let kept = keep(&bot.files, name, bytes.to_vec()).await.unwrap();
    let FittedBody::Send { content, .. } = super::send(text) else {
        unreachable!("it is a send")
    };
    sending(content, kept)
}

fn sending(content: switchboard::model::Content, file: FileRef) -> FittedBody {
    let mut body = super::send("");
    if let FittedBody::Send {
        content: empty, files, ..
    } = &mut body
    {
        *empty = content;
        files.push(file);
    }
    body
}

#[tokio::test]
async fn a_picture_goes_out_as_a_photo_and_all_else_as_a_file() {
    let bot = Bot::new().await;
    let mut photo = with_file(&bot, "See **this**", "cat.png", PNG).await;
    if let FittedBody::Send { reply_to, .. } = &mut photo {
        *reply_to = Some(super::message_ref("-100/4", "12"));
    }
    let receipt = bot.deliver("-100/4", photo).await.unwrap();
    assert_eq!(receipt.native.unwrap().as_str(), "1");
    let asked = bot.fake.calls("SendPhoto").remove(0);
    assert_eq!(asked["caption"], "See this");
    assert_eq!(
        asked["caption_entities"],
        json!([{"type": "bold", "offset": 4, "length": 4}])
    );
    assert_eq!(
        (&asked["chat_id"], &asked["message_thread_id"]),
        (&json!(-100), &json!(4))
    );
    assert_eq!(asked["reply_parameters"]["message_id"], 12);
    assert_eq!(asked["file"]["name"], "cat.png");

    let pdf = with_file(&bot, "", "notes.pdf", b"%PDF-1.7").await;
    bot.deliver("7", pdf).await.unwrap();
    let asked = bot.fake.calls("SendDocument").remove(0);
    assert_eq!(asked["file"], json!({"name": "notes.pdf", "says": "%PDF-1.7"}));
    assert_eq!(asked["caption"], Value::Null);
    assert!(bot.fake.calls("SendMessage").is_empty());
}

#[tokio::test]
async fn a_picture_that_is_no_photo_to_telegram_goes_out_as_a_file() {
    let bot = Bot::new().await;
    let why = "Bad Request: PHOTO_INVALID_DIMENSIONS";
    bot.fake.fails("SendPhoto", Fault::Refuse(400, why));
    let strip = with_file(&bot, "A long strip", "strip.png", PNG).await;
    bot.deliver("7", strip).await.unwrap();
    assert_eq!(bot.fake.calls("SendDocument")[0]["caption"], "A long strip");
}

#[tokio::test]
async fn a_file_that_is_cut_off_on_its_way_out_is_perhaps_sent_and_one_that_is_gone_is_not() {
    let bot = Bot::new().await;
    bot.fake.fails("SendDocument", Fault::Cut);
    let cut = with_file(&bot, "", "notes.pdf", b"%PDF-1.7").await;
    let lost = bot.deliver("7", cut).await;
    assert!(matches!(lost, Err(DeliveryError::Lost { .. })), "{lost:?}");
    bot.fake.fails("SendDocument", Fault::Flood(7));
    let waits = with_file(&bot, "", "notes.pdf", b"%PDF-1.7").await;
    let busy = bot.deliver("7", waits).await;
    assert!(matches!(busy, Err(DeliveryError::Busy { .. })), "{busy:?}");

    // When to try again is for the outbox to say, so a fault of Telegram's own is told at once; the library waits ten seconds.
    bot.fake.fails("SendDocument", Fault::Refuse(502, "Bad Gateway"));
    let breaks = with_file(&bot, "", "notes.pdf", b"%PDF-1.7").await;
    let told = tokio::time::timeout(Duration::from_secs(8), bot.deliver("7", breaks)).await;
    assert!(matches!(told, Ok(Err(DeliveryError::Lost { .. }))), "{told:?}");

    let calls = bot.fake.calls("SendDocument").len();
    let gone = FileRef {
        sha256: "0".repeat(64),
        name: "gone.pdf".to_owned(),
        media_type: "application/pdf".to_owned(),
        bytes: 8,
        alt: String::new(),
    };
    let refused = bot
        .deliver("7", sending(switchboard::model::Content::default(), gone))
        .await;
    let public = "the file is no longer kept".to_owned();
    assert_eq!(refused, Err(DeliveryError::Refused { public }));
    assert_eq!(bot.fake.calls("SendDocument").len(), calls);
}

#[tokio::test]
async fn a_text_that_stands_with_a_file_can_be_changed() {
    let bot = Bot::new().await;
    let why = "Bad Request: there is no text in the message to edit";
    bot.fake.fails("EditMessageText", Fault::Refuse(400, why));
    bot.deliver("7", edit("7", "**Better**")).await.unwrap();
    let asked = bot.fake.calls("EditMessageCaption").remove(0);
    assert_eq!((&asked["message_id"], &asked["caption"]), (&json!(5), &json!("Better")));
}

#[tokio::test]
async fn a_text_with_a_file_leaves_room_for_the_name_of_staff() {
    let bot = Bot::new().await;
    let abilities = bot.telegram.capabilities(&super::place_ref("7"));
    let longest = "a".repeat(abilities.caption_max.unwrap());
    let mut body = with_file(&bot, &longest, "notes.pdf", b"%PDF-1.7").await;
    if let FittedBody::Send { author, .. } = &mut body {
        *author = Author::Staff {
            id: switchboard::model::ids::AccountId(uuid::Uuid::nil()),
            name: "C".repeat(200),
        };
    }
    bot.deliver("7", body).await.unwrap();
    let asked = bot.fake.calls("SendDocument").remove(0);
    assert!(asked["caption"].as_str().unwrap().encode_utf16().count() <= 1024);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_photo_of_a_question_is_kept_and_one_of_a_group_that_is_switched_off_is_not_fetched() {
    let folder = tempfile::tempdir().unwrap();
    let fake = Fake::start().await;
    let running = program(folder.path(), &fake);
    fake.holds("f", PNG);
    let photo = |caption: &str| {
        json!({"photo": [size("f", 90, 10)], "caption": caption,
                                       "caption_entities": marked(caption)})
    };
    stored(&fake, fake.adds_bot(-100)).await;
    let in_group = photo("@our_bot How do I install a plugin?");
    stored(&fake, fake.sends_in(-100, in_group)).await;
    assert!(fake.calls("GetFile").is_empty());
    fake.sends(7, photo("How do I install a plugin?"));
    let answer = sent(&fake, 0).await;
    assert!(answer.text().contains("plugin"), "{}", answer.text());
    let kept = std::fs::read_dir(folder.path().join("data/files")).unwrap().count();
    assert_eq!(kept, 1);
    running.terminate();
    assert_eq!(running.ended(), Some(0));
}
