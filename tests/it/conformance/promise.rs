//! The promises about what is heard and what is said.

use switchboard::clock::{Clock as _, SystemClock};
use switchboard::model::ability::Ability;
use switchboard::model::action::Author;
use switchboard::model::button::{Button, ButtonEffect, Field, Form, Input};
use switchboard::model::command::{Command, Menu};
use switchboard::model::event::{Addressed, InMessage};
use switchboard::model::fit::FittedBody;
use switchboard::model::ids::{ButtonId, DeliveryId, MessageId, MessageRef, NativeId};
use switchboard::model::{Content, Event, EventBody};
use uuid::Uuid;

use super::platform::{Deed, Platform, Scene, Seen, place_of, text};
use crate::support::sink::{Listening, send};

/// What a member says or does comes in, and what the profile names as lacking is not told by the platform.
pub async fn what_is_not_lacking_is_heard(platform: &dyn Platform) {
    let scene = Scene::open(platform).await;
    assert!(said(&scene.heard("message", 1).await[0]).content.to_plain() == "hello");
    for (ability, deed, kind) in [
        (Ability::HearReactions, Deed::Reacts, "reaction"),
        (Ability::HearEdits, Deed::Edits("hello there"), "edited"),
        (Ability::HearDeletes, Deed::Deletes, "deleted"),
        (Ability::HearMembers, Deed::Joins, "member"),
    ] {
        // Places that are seen for the first time are told as members that come, too.
        let before = scene.sink.count(|event| event.body.kind() == kind);
        if told(&scene, ability, deed).await {
            scene.heard(kind, before + 1).await;
        }
    }
    if told(&scene, Ability::HearTyping, Deed::IsTyping).await {
        scene.sink.typed().await;
    }
    if told(&scene, Ability::TakeFiles, Deed::SendsFile).await {
        let with_file = |event: &Event| matches!(&event.body, EventBody::Message(said) if !said.files.is_empty());
        let heard = scene.sink.events(with_file, 1).await;
        assert_eq!(said(&heard[0]).files.len(), 1);
    }
    if told(&scene, Ability::ReadAlong, Deed::SaysToAll("who is here?")).await {
        let overheard =
            |event: &Event| matches!(&event.body, EventBody::Message(said) if said.addressed == Addressed::Overheard);
        scene.sink.events(overheard, 1).await;
    }
    let caught_up = scene.connector.profile().lack(Ability::CatchUp).is_none();
    let connector = std::sync::Arc::clone(&scene.connector);
    let before = scene.sink.count(|event| event.body.kind() == "message");
    let (sink, cursor) = scene.close().await;
    if caught_up {
        assert!(platform.does(Deed::Says("are you away?")).await);
        let listening = Listening::start(connector, &sink, cursor);
        let heard = sink.events(|event| event.body.kind() == "message", before + 1).await;
        assert_eq!(said(heard.last().unwrap()).content.to_plain(), "are you away?");
        listening.stop().await;
    }
}

/// Whether the platform tells of this deed, which is just what the profile says.
async fn told(scene: &Scene<'_>, ability: Ability, deed: Deed<'_>) -> bool {
    let lack = scene.connector.profile().lack(ability).map(str::to_owned);
    let told = scene.platform.does(deed).await;
    assert_eq!(told, lack.is_none(), "{ability:?}: {lack:?}");
    told
}

/// What the profile does not name as lacking is seen on the platform.
pub async fn what_is_not_lacking_is_done(platform: &dyn Platform) {
    let scene = Scene::open(platform).await;
    let able = |ability| scene.connector.profile().lack(ability).is_none();
    let (message, names) = buttons(&scene, able(Ability::Buttons)).await;
    if able(Ability::Edit) {
        edit(&scene, message, &names[0]).await;
    }
    if able(Ability::Delete) {
        scene.platform.stores(&scene.direct, message, None).await;
        let target = names[0].clone();
        let delete = FittedBody::Delete { target, message };
        scene.deliver(&scene.direct, delete.clone()).await.unwrap();
        let gone = names[0].id.as_str().to_owned();
        scene
            .until("the deletion", |seen| {
                seen.messages.iter().all(|shown| shown.id != gone)
            })
            .await;
        scene.deliver(&scene.direct, delete).await.expect("it is gone already");
    }
    if able(Ability::React) {
        react(&scene).await;
    }
    if able(Ability::Typing) {
        let typing = FittedBody::Typing { name: None };
        scene.deliver(&scene.direct, typing).await.unwrap();
        scene.until("typing", |seen| seen.typing).await;
    }
    if able(Ability::SendFiles) {
        let mut part = text(Content::plain("See the plan"));
        part.files = vec![platform.keeps_file().await];
        let file = part.files[0].name.clone();
        scene.says(part).await;
        let with_file = |seen: &Seen| seen.messages.iter().any(|shown| shown.files == [file.clone()]);
        scene.until("the file", with_file).await;
    }
    if able(Ability::Menu) {
        let command = Command {
            name: "share".to_owned(),
            help: "Post a tip".into(),
            options: Vec::new(),
            private: false,
            direct: false,
        };
        let menu = Menu {
            commands: vec![command],
            places: Vec::new(),
        };
        scene.connector.offer(&menu).await.unwrap();
        scene.until("the menu", |seen| seen.menu == ["share"]).await;
    }
    if able(Ability::Repeat) {
        repeat(&scene).await;
    }
    if able(Ability::Forms) {
        form(&scene).await;
    }
    if able(Ability::Threads) {
        thread(&scene).await;
    }
    scene.close().await;
}

/// A question with a button, which comes back as a press where there are buttons.
async fn buttons(scene: &Scene<'_>, able: bool) -> (MessageId, Vec<MessageRef>) {
    let mut part = text(Content::plain("Was that helpful?"));
    let id = ButtonId(Uuid::from_u128(7));
    if able {
        let effect = ButtonEffect::Press { id };
        let label = "Helpful".to_owned();
        part.buttons = vec![Button { label, effect }];
    }
    let message = part.message;
    let names = scene.says(part).await;
    let labels: &[&str] = if able { &["Helpful"] } else { &[] };
    let seen = scene.until("the question", |seen| !seen.messages.is_empty()).await;
    assert_eq!(seen.messages[0].text, "Was that helpful?");
    assert_eq!(seen.messages[0].buttons, labels);
    if able {
        assert!(scene.platform.does(Deed::Presses("Helpful")).await);
        let press = scene.heard("press", 1).await;
        assert!(
            matches!(press[0].body, EventBody::Press { button, .. } if button == id),
            "{press:?}"
        );
    }
    (message, names)
}

/// A button opens its form at once.
async fn form(scene: &Scene<'_>) {
    let id = ButtonId(Uuid::from_u128(8));
    let field = Field {
        name: "order".to_owned(),
        label: "Order number".to_owned(),
        input: Input::Line,
        required: true,
    };
    let form = Form {
        title: "Your order".to_owned(),
        fields: vec![field],
    };
    scene.platform.keeps_form(id, &form);
    let mut part = text(Content::plain("Which order?"));
    part.buttons = vec![Button {
        label: "Tell".to_owned(),
        effect: ButtonEffect::Form { id, form },
    }];
    scene.says(part).await;
    scene
        .until("the form's button", |seen| seen.texts().contains(&"Which order?"))
        .await;
    assert_eq!(scene.platform.form("Tell").await, Some(vec!["Order number".to_owned()]));
}

/// A thread hangs on a message in the place of all, once however often it is opened, and what is said in it stands there.
async fn thread(scene: &Scene<'_>) {
    assert!(scene.platform.does(Deed::SaysToAll("Where do I pay?")).await);
    let asked =
        |event: &Event| matches!(&event.body, EventBody::Message(said) if said.content.to_plain() == "Where do I pay?");
    let heard = scene.sink.events(asked, 1).await;
    let (place, from) = (place_of(&heard[0]), said(&heard[0]).native.clone());
    assert!(scene.connector.capabilities(&place).threads);
    let open = || {
        let (from, name) = (from.clone(), "Where to pay".to_owned());
        scene.deliver(&place, FittedBody::Thread { from, name })
    };
    let first = open().await.unwrap().thread.expect("it is a place");
    assert_eq!(open().await.unwrap().thread, Some(first.clone()));
    assert_eq!(
        scene.connector.thread_at(&from),
        Some(first.clone()),
        "it is known before"
    );
    scene.deliver(&first, send("At the desk")).await.unwrap();
    let stands = ("Where to pay".to_owned(), vec!["At the desk".to_owned()]);
    scene.until("the thread", |seen| seen.threads == [stands.clone()]).await;
    assert!(!scene.connector.capabilities(&first).threads, "there is none within it");
}

async fn edit(scene: &Scene<'_>, message: MessageId, target: &MessageRef) {
    let content = Content::plain("Did that help?");
    scene
        .platform
        .stores(&scene.direct, message, Some((&content, &[], &[])))
        .await;
    let edit = FittedBody::Edit {
        target: target.clone(),
        message,
        piece: 0,
        content,
        buttons: Vec::new(),
        author: Some(Author::Host),
    };
    scene.deliver(&scene.direct, edit).await.unwrap();
    let seen = scene
        .until("the edit", |seen| seen.texts().contains(&"Did that help?"))
        .await;
    assert!(
        !seen.texts().contains(&"Was that helpful?"),
        "it takes the place of what was said"
    );
    let edited = seen.messages.iter().find(|shown| shown.text == "Did that help?");
    assert!(edited.is_some_and(|shown| shown.buttons.is_empty()));
}

async fn react(scene: &Scene<'_>) {
    let EventBody::Message(said) = &scene.heard("message", 1).await[0].body else {
        panic!("a message is a message")
    };
    let react = |add| FittedBody::React {
        target: said.native.clone(),
        emoji: "👍".to_owned(),
        add,
    };
    scene.deliver(&scene.direct, react(true)).await.unwrap();
    scene.until("the reaction", |seen| seen.reactions == ["👍"]).await;
    scene.deliver(&scene.direct, react(false)).await.unwrap();
    scene.until("its end", |seen| seen.reactions.is_empty()).await;
}

/// A send of which nobody knows whether it arrived is made again, and is there once.
async fn repeat(scene: &Scene<'_>) {
    let delivery = DeliveryId(SystemClock::new().id());
    let mut body = send("Once");
    let part = text(Content::plain("Once"));
    if let FittedBody::Send { message, .. } = &mut body {
        *message = part.message;
    }
    scene
        .platform
        .stores(&scene.direct, part.message, Some((&part.content, &[], &[])))
        .await;
    let mut receipts = Vec::new();
    for _ in 0..2 {
        let receipt = scene.repeat(delivery, &scene.direct, body.clone()).await.unwrap();
        receipts.push(receipt.native.map(|native: NativeId| native.to_string()));
    }
    assert_eq!(receipts[0], receipts[1]);
    let seen = scene
        .until("what was repeated", |seen| seen.texts().contains(&"Once"))
        .await;
    assert_eq!(
        seen.texts().iter().filter(|text| **text == "Once").count(),
        1,
        "{seen:?}"
    );
}

/// One list of abilities, not two.
pub async fn what_fit_goes_by_is_what_the_profile_says(platform: &dyn Platform) {
    let scene = Scene::open(platform).await;
    let profile = scene.connector.profile();
    assert_eq!(profile.direct, *scene.connector.capabilities(&scene.direct));
    for ability in Ability::ALL {
        let lack = profile.lack(ability);
        let direct = ability.of(&profile.direct);
        // Who is alone with somebody needs no thread.
        let direct = direct.filter(|_| ability != Ability::Threads);
        for claimed in [ability.of(&profile.shared), direct] {
            assert_eq!(
                claimed.unwrap_or(lack.is_none()),
                lack.is_none(),
                "{ability:?}: {lack:?}"
            );
        }
        assert_ne!(lack, Some(""), "{ability:?} is missing for a reason");
    }
    // None has these yet, so none may claim them.
    for nobody in [Ability::Zone, Ability::History] {
        assert!(profile.lack(nobody).is_some(), "{nobody:?}: if one does, play it here");
    }
    scene.close().await;
}

/// Counted in the platform's own unit; the words are long enough for every unit to differ.
pub async fn a_text_of_any_length_arrives_within_the_platforms_limit(platform: &dyn Platform) {
    let scene = Scene::open(platform).await;
    let abilities = scene.connector.capabilities(&scene.direct);
    let word = "Größe🙂";
    let words = abilities.text_max / abilities.unit.count(word) * 5 / 2;
    let long = vec![word; words].join(" ");
    let carol = Author::Staff {
        id: switchboard::model::ids::AccountId(Uuid::nil()),
        name: "Carol".to_owned(),
    };
    let mut part = text(Content::plain(&long));
    part.author = carol;
    let pieces = scene.says(part).await.len();
    assert_eq!(pieces, 3);
    let count = |seen: &Seen| seen.texts().join(" ").matches(word).count();
    let seen = scene.until("the whole text", |seen| count(seen) >= words).await;
    assert_eq!(count(&seen), words);
    for text in seen.texts() {
        let length = abilities.unit.count(text);
        assert!(length <= platform.text_max(), "{length} of {}", platform.text_max());
    }
    scene.close().await;
}

/// Platforms tell some things twice, and some in another order than they happened.
pub async fn what_is_told_twice_or_out_of_order_counts_once(platform: &dyn Platform) {
    let scene = Scene::open(platform).await;
    let edits = scene
        .platform
        .does(Deed::IsToldOddly("How do I pay?", "How do I pay here?"))
        .await;
    assert_eq!(edits, scene.connector.profile().lack(Ability::HearEdits).is_none());
    // What comes last proves that all before it was told.
    assert!(scene.platform.does(Deed::Says("thanks")).await);
    let thanks = |event: &Event| matches!(&event.body, EventBody::Message(said) if said.content.to_plain() == "thanks");
    scene.sink.events(thanks, 1).await;
    let asked = |event: &Event| match &event.body {
        EventBody::Message(said) | EventBody::Edited(said) => said.content.to_plain().starts_with("How"),
        _ => false,
    };
    let mut told: Vec<&str> = Vec::new();
    for event in scene.sink.events(asked, 1).await {
        told.push(event.body.kind());
    }
    told.sort_unstable();
    let expected: &[&str] = if edits { &["edited", "message"] } else { &["message"] };
    assert_eq!(told, expected);
    scene.close().await;
}

fn said(event: &Event) -> &InMessage {
    match &event.body {
        EventBody::Message(said) => said,
        other => panic!("{other:?}"),
    }
}
