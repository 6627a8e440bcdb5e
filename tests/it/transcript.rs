//! What connectors read and keep in the real storage.

use switchboard::app::{StorageTranscript, web_chat_key};
use switchboard::connectors::files::FileStore;
use switchboard::connectors::web_chat::Transcript;
use switchboard::model::action::Author;
use switchboard::storage::files::Files;

use crate::support::{Script, TestRuntime};

#[tokio::test]
async fn a_chat_is_read_as_it_was_said() {
    let runtime = TestRuntime::builder()
        .handler(|parts| Script::answering(parts, |text| Some(format!("you said {text}"))))
        .start()
        .await;
    for text in ["one", "two"] {
        runtime.say("alice", text).await;
        runtime.settled().await;
    }
    runtime.say("bob", "something else").await;
    runtime.settled().await;

    let transcript = StorageTranscript::new(runtime.storage.clone());
    let place = TestRuntime::place("alice");
    let lines = transcript.lines(&place, None, 10).await.unwrap();
    let texts: Vec<String> = lines.iter().map(|line| line.content.to_plain()).collect();
    assert_eq!(texts, ["one", "you said one", "two", "you said two"]);
    assert_eq!(lines[0].native.as_ref().unwrap().as_str(), "m0");
    assert!(matches!(lines[0].author, Author::Identity { .. }));
    assert!(matches!(lines[1].author, Author::Plugin { .. }));
    assert_eq!(transcript.line(lines[1].id).await.unwrap().unwrap(), lines[1]);

    let earlier = transcript.lines(&place, Some(lines[2].seq), 1).await.unwrap();
    assert_eq!(earlier, lines[1..2]);
    assert!(
        transcript
            .lines(&TestRuntime::place("nobody"), None, 10)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn files_are_kept_once_and_found_only_by_their_digest() {
    let folder = tempfile::tempdir().unwrap();
    let store: &dyn FileStore = &Files::new(folder.path());
    let digest = store.put(b"abc".to_vec()).await.unwrap();
    assert_eq!(
        digest,
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
    assert_eq!(store.put(b"abc".to_vec()).await.unwrap(), digest);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    assert_eq!(store.get(&digest).await.unwrap().unwrap(), b"abc");
    for wrong in ["../switchboard.db", "", &"0".repeat(64)] {
        assert_eq!(store.get(wrong).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_restart_keeps_the_key_that_visitors_are_known_by() {
    let runtime = TestRuntime::builder().start().await;
    let key = web_chat_key(&runtime.storage).await.unwrap();
    let runtime = runtime.restart().await;
    assert_eq!(web_chat_key(&runtime.storage).await.unwrap(), key);
}
