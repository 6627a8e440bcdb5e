//! The promises about how much fits: texts, what stands with a file, and files.

use switchboard::model::Content;
use switchboard::model::ability::Ability;
use switchboard::model::action::Author;
use switchboard::model::capability::Capabilities;
use switchboard::model::event::EventBody;
use switchboard::model::fit::part::SendPart;
use switchboard::model::ids::AccountId;
use uuid::Uuid;

use super::platform::{Deed, Platform, Scene, Seen, text};

/// Long enough for every unit to count it differently.
const WORD: &str = "Größe🙂";

/// The words of a person of staff, whose name comes before them.
fn by_carol(content: &str) -> SendPart {
    let mut part = text(Content::plain(content));
    part.author = Author::Staff {
        id: AccountId(Uuid::nil()),
        name: "Carol".to_owned(),
    };
    part
}

/// As many words as fit into so much, and whether one more would.
fn words(abilities: &Capabilities, length: usize) -> String {
    let count = length / (abilities.unit.count(WORD) + abilities.unit.count(" "));
    vec![WORD; count].join(" ")
}

/// Counted in the platform's own unit; the words are long enough for every unit to differ.
pub async fn a_text_of_any_length_arrives_within_the_platforms_limit(platform: &dyn Platform) {
    let scene = Scene::open(platform).await;
    let abilities = scene.connector.capabilities(&scene.direct);
    let words = abilities.text_max / abilities.unit.count(WORD) * 5 / 2;
    let long = vec![WORD; words].join(" ");
    let pieces = scene.says(by_carol(&long)).await.len();
    assert_eq!(pieces, 3);
    let count = |seen: &Seen| seen.texts().join(" ").matches(WORD).count();
    let seen = scene.until("the whole text", |seen| count(seen) >= words).await;
    assert_eq!(count(&seen), words);
    for text in seen.texts() {
        let length = abilities.unit.count(text);
        assert!(length <= platform.text_max(), "{length} of {}", platform.text_max());
    }
    scene.close().await;
}

/// What stands with a file has a limit of its own on some platforms; whatever does not fit there is said beside it.
pub async fn a_text_of_any_length_arrives_with_its_file(platform: &dyn Platform) {
    let scene = Scene::open(platform).await;
    if scene.connector.profile().lack(Ability::SendFiles).is_none() {
        let abilities = scene.connector.capabilities(&scene.direct);
        let fits = abilities
            .caption_max
            .unwrap_or(abilities.text_max)
            .min(abilities.text_max);
        for length in [fits, fits + 2 * abilities.unit.count(WORD)] {
            let before = platform.seen().await.messages.len();
            let said = words(&abilities, length);
            let mut part = by_carol(&said);
            part.files = vec![platform.keeps_file().await];
            scene.says(part).await;
            let whole = |seen: &Seen| {
                let new = seen.messages.iter().skip(before);
                let (texts, files): (Vec<_>, Vec<_>) = new.map(|shown| (&*shown.text, shown.files.len())).unzip();
                texts.join(" ").matches(WORD).count() == said.matches(WORD).count() && files.iter().sum::<usize>() == 1
            };
            let seen = scene.until("the text and its file", whole).await;
            for shown in seen
                .messages
                .iter()
                .skip(before)
                .filter(|shown| !shown.files.is_empty())
            {
                let length = abilities.unit.count(&shown.text);
                assert!(
                    length <= platform.caption_max(),
                    "{length} of {}",
                    platform.caption_max()
                );
            }
        }
    }
    scene.close().await;
}

/// Nobody claims to send more than the platform takes; and of what is larger than it gives, the message is heard all the
/// same, and says so.
pub async fn a_file_that_is_too_large_takes_nothing_else_with_it(platform: &dyn Platform) {
    let scene = Scene::open(platform).await;
    let profile = scene.connector.profile();
    for claimed in [&profile.shared, &profile.direct] {
        let fits = claimed
            .file_bytes_max
            .zip(platform.file_max())
            .is_none_or(|(claimed, max)| claimed <= max);
        assert!(fits, "{:?} of {:?}", claimed.file_bytes_max, platform.file_max());
    }
    let before = scene.sink.count(|event| event.body.kind() == "message");
    if platform.does(Deed::SendsTooLarge).await {
        let heard = scene.heard("message", before + 1).await.pop();
        let Some(EventBody::Message(said)) = heard.map(|event| event.body) else {
            panic!("it is a message");
        };
        let words = said.content.to_plain();
        assert!(said.files.is_empty() && words.contains("MB"), "{words}");
    }
    scene.close().await;
}
