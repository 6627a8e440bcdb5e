//! The promises about what is heard and what is said.

use std::time::Duration;

use switchboard::clock::{Clock as _, SystemClock};
use switchboard::model::ability::Ability;
use switchboard::model::action::Author;
use switchboard::model::button::{Button, ButtonEffect, Field, Form, Input};
use switchboard::model::capability::Capabilities;
use switchboard::model::command::{Command, Menu};
use switchboard::model::event::{Addressed, InMessage, Membership};
use switchboard::model::fit::FittedBody;
use switchboard::model::ids::{ButtonId, DeliveryId, MessageId, MessageRef, NativeId};
use switchboard::model::measure::Measure;
use switchboard::model::{Content, Event, EventBody};
use uuid::Uuid;

use super::platform::{Deed, Platform, Scene, Seen, place_of, text};
use crate::support::sink::{Listening, send};

/// Walks over all abilities. What the profile does not name as lacking is played, and what it names as lacking is not told
/// by the platform. One that is new has to be played here, too.
pub async fn what_is_not_lacking_is_shown(platform: &dyn Platform) {
    let scene = Scene::open(platform).await;
    assert!(said(&scene.heard("message", 1).await[0]).content.to_plain() == "hello");
    for ability in Ability::ALL {
        let lack = scene.connector.profile().lack(ability).map(str::to_owned);
        match (heard_by(ability), lack) {
            (Some(deed), lack) => {
                // Places that are seen for the first time are told as members that come, too.
                let before = scene.sink.count(|event| event.body.kind() == "member");
                let told = platform.does(deed).await;
                assert_eq!(told, lack.is_none(), "{ability:?}: {lack:?}");
                if told {
                    is_heard(&scene, ability, before).await;
                }
            }
            (None, None) => is_done(&scene, ability).await,
            (None, Some(_)) => {}
        }
    }
    // Then nothing listens any more.
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

/// What a member does that the platform may tell bots of; none for what the bot does.
fn heard_by(ability: Ability) -> Option<Deed<'static>> {
    Some(match ability {
        Ability::ReadAlong => Deed::SaysToAll("who is here?"),
        Ability::HearEdits => Deed::Edits("hello there"),
        Ability::HearDeletes => Deed::Deletes,
        Ability::HearReactions => Deed::Reacts,
        Ability::HearTyping => Deed::IsTyping,
        Ability::HearMembers => Deed::Joins,
        Ability::TakeFiles => Deed::SendsFile,
        Ability::Edit
        | Ability::Delete
        | Ability::React
        | Ability::Buttons
        | Ability::Forms
        | Ability::Threads
        | Ability::Private
        | Ability::Typing
        | Ability::Remove
        | Ability::Mute
        | Ability::Kick
        | Ability::Ban
        | Ability::SendFiles
        | Ability::Menu
        | Ability::Repeat
        | Ability::CatchUp
        | Ability::History
        | Ability::Zone => return None,
    })
}

async fn is_heard(scene: &Scene<'_>, ability: Ability, members: usize) {
    let overheard =
        |event: &Event| matches!(&event.body, EventBody::Message(said) if said.addressed == Addressed::Overheard);
    let with_file = |event: &Event| matches!(&event.body, EventBody::Message(said) if !said.files.is_empty());
    match ability {
        Ability::ReadAlong => drop(scene.sink.events(overheard, 1).await),
        Ability::HearEdits => drop(scene.heard("edited", 1).await),
        Ability::HearDeletes => drop(scene.heard("deleted", 1).await),
        Ability::HearReactions => drop(scene.heard("reaction", 1).await),
        Ability::HearTyping => scene.sink.typed().await,
        Ability::HearMembers => {
            scene.heard("member", members + 1).await;
            assert!(scene.platform.does(Deed::Leaves).await);
            let left = |event: &Event| {
                let change = Membership::Left;
                event.body == EventBody::Member { change }
            };
            scene.sink.events(left, 1).await;
        }
        Ability::TakeFiles => {
            let heard = scene.sink.events(with_file, 1).await;
            assert_eq!(said(&heard[0]).files.len(), 1);
        }
        other => panic!("{other:?} is not heard"),
    }
}

async fn is_done(scene: &Scene<'_>, ability: Ability) {
    match ability {
        Ability::Edit => edit(scene).await,
        Ability::Delete => delete(scene).await,
        Ability::React => react(scene).await,
        Ability::Buttons => drop(question(scene).await),
        Ability::Forms => form(scene).await,
        Ability::Threads => thread(scene).await,
        Ability::Typing => {
            let typing = FittedBody::Typing { name: None };
            scene.deliver(&scene.direct, typing).await.unwrap();
            scene.until("typing", |seen| seen.typing).await;
        }
        Ability::Remove => removal(scene).await,
        Ability::Mute | Ability::Kick | Ability::Ban => measures(scene, ability).await,
        Ability::SendFiles => {
            let mut part = text(Content::plain("See the plan"));
            part.files = vec![scene.platform.keeps_file().await];
            let file = part.files[0].name.clone();
            scene.says(part).await;
            let with_file = |seen: &Seen| seen.messages.iter().any(|shown| shown.files == [file.clone()]);
            scene.until("the file", with_file).await;
        }
        Ability::Menu => menu(scene).await,
        Ability::Repeat => repeat(scene).await,
        // The one each platform shows by other means, and has in tests of its own; the other is played once nothing listens.
        Ability::Private | Ability::CatchUp => {}
        // None has these yet, so none may claim them.
        Ability::Zone | Ability::History => panic!("{ability:?}: if one does, play it here"),
        other => panic!("{other:?} is heard, not done"),
    }
}

/// A command comes in as one, or as the words that it is, and its answer is seen.
pub async fn a_command_is_heard_and_answered(platform: &dyn Platform) {
    let scene = Scene::open(platform).await;
    assert!(
        platform.does(Deed::Commands("share")).await,
        "people can give commands everywhere"
    );
    let is_it = |event: &Event| match &event.body {
        EventBody::Command { name, .. } => name == "share",
        EventBody::Message(said) => said.content.to_plain() == "/share",
        _ => false,
    };
    let given = scene.sink.events(is_it, 1).await.remove(0);
    assert_eq!(place_of(&given), scene.direct);
    let mut part = text(Content::plain("What would you like to share?"));
    part.reply_to = match given.body {
        EventBody::Command { message, .. } => message,
        EventBody::Message(said) => Some(said.native),
        other => panic!("{other:?}"),
    };
    scene.says(part).await;
    let answered = |seen: &Seen| seen.texts().contains(&"What would you like to share?");
    scene.until("the answer to the command", answered).await;
    scene.close().await;
}

/// A question with a button, which comes back as a press where there are buttons.
async fn question(scene: &Scene<'_>) -> (MessageId, MessageRef) {
    let able = scene.connector.profile().lack(Ability::Buttons).is_none();
    let mut part = text(Content::plain("Was that helpful?"));
    let id = ButtonId(SystemClock::new().id());
    if able {
        let effect = ButtonEffect::Press { id };
        let label = "Helpful".to_owned();
        part.buttons = vec![Button { label, effect }];
    }
    let message = part.message;
    let name = scene.says(part).await.remove(0);
    let labels: &[&str] = if able { &["Helpful"] } else { &[] };
    let stands = |seen: &Seen| {
        seen.messages
            .last()
            .is_some_and(|shown| shown.text == "Was that helpful?")
    };
    let seen = scene.until("the question", stands).await;
    assert_eq!(seen.messages.last().unwrap().buttons, labels);
    if able {
        assert!(scene.platform.does(Deed::Presses("Helpful")).await);
        let is_it = |event: &Event| matches!(event.body, EventBody::Press { button, .. } if button == id);
        scene.sink.events(is_it, 1).await;
    }
    (message, name)
}

async fn delete(scene: &Scene<'_>) {
    let (message, target) = question(scene).await;
    scene.platform.stores(&scene.direct, message, None).await;
    let gone = target.id.as_str().to_owned();
    let delete = FittedBody::Delete { target, message };
    scene.deliver(&scene.direct, delete.clone()).await.unwrap();
    let is_gone = |seen: &Seen| seen.messages.iter().all(|shown| shown.id != gone);
    scene.until("the deletion", is_gone).await;
    scene.deliver(&scene.direct, delete).await.expect("it is gone already");
}

/// What a member said is gone; where everybody is alone with the bot, it is what they said to it.
async fn removal(scene: &Scene<'_>) {
    let target = if scene.connector.profile().lack(Ability::ReadAlong).is_none() {
        scene.says_to_all("Buy now").await
    } else {
        said(&scene.heard("message", 1).await[0]).native.clone()
    };
    let message = MessageId(SystemClock::new().id());
    scene.platform.removes(&target, message).await;
    let (place, gone) = (target.place.clone(), target.id.as_str().to_owned());
    let reason = "spam".to_owned();
    let remove = FittedBody::Remove {
        target,
        message,
        reason,
        by: None,
    };
    scene.deliver(&place, remove.clone()).await.unwrap();
    scene.until("the deletion", |seen| seen.removed.contains(&gone)).await;
    scene.deliver(&place, remove).await.expect("it is gone already");
}

/// It is done about a member, and once more where nobody knows whether it was; what lasts is taken back.
async fn measures(scene: &Scene<'_>, ability: Ability) {
    let now = SystemClock::new().now();
    let mute = Measure::Mute {
        seconds: 600,
        until: now + Duration::from_mins(10),
    };
    let (taken, word) = match ability {
        Ability::Mute => (mute, "mute"),
        Ability::Kick => (Measure::Kick, "kick"),
        _ => (Measure::Ban, "ban"),
    };
    measure(scene, taken, word).await;
    if ability != Ability::Kick {
        measure(scene, Measure::Lift, "lift").await;
    }
}

async fn measure(scene: &Scene<'_>, measure: Measure, word: &str) {
    let (place, person) = scene.somebody().await;
    let done = format!("{word} {}", person.id);
    let reason = "spam".to_owned();
    let body = FittedBody::Measure {
        person,
        measure,
        reason,
        by: None,
        not_after: None,
    };
    scene.deliver(&place, body.clone()).await.unwrap();
    scene.until(word, |seen| seen.measures.last() == Some(&done)).await;
    scene.deliver(&place, body).await.expect("it is done already");
}

async fn menu(scene: &Scene<'_>) {
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
        withdrawn: false,
    };
    scene.connector.offer(&menu).await.unwrap();
    scene.until("the menu", |seen| seen.menu == ["share"]).await;
}

/// A button opens its form at once, and what is filled in comes back.
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
    scene.platform.fills("Tell", "42").await;
    let is_it = |event: &Event| matches!(event.body, EventBody::Press { button, .. } if button == id);
    let EventBody::Press { values, .. } = scene.sink.events(is_it, 1).await.remove(0).body else {
        unreachable!("it is a press");
    };
    assert_eq!(values, [("order".to_owned(), "42".to_owned())]);
}

/// A thread hangs on a message in the place of all, once however often it is opened, and what is said in it stands there.
async fn thread(scene: &Scene<'_>) {
    let from = scene.says_to_all("Where do I pay?").await;
    let place = from.place.clone();
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

async fn edit(scene: &Scene<'_>) {
    let (message, target) = question(scene).await;
    let content = Content::plain("Did that help?");
    scene
        .platform
        .stores(&scene.direct, message, Some((&content, &[], &[])))
        .await;
    let edit = FittedBody::Edit {
        target,
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
        or_said: false,
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
    // Each is played: what it can do below and in the walk, how much fits in `limits`, how fast in the outbox's own tests. One
    // that is new has to be, too.
    let Capabilities {
        edit: _,
        delete: _,
        react: _,
        buttons: _,
        forms: _,
        form_max,
        threads: _,
        private: _,
        typing: _,
        moderates: _,
        file_bytes_max: _,
        caption_max: _,
        text_max: _,
        unit: _,
        idempotent_send: _,
        place_rate: _,
        login_rate: _,
    } = profile.direct;
    assert!(form_max.is_none_or(|max| profile.direct.forms && max.fields > 0 && max.choices > 0));
    for ability in Ability::ALL {
        let lack = profile.lack(ability);
        let direct = ability.of(&profile.direct);
        // Who is alone with somebody needs no thread, and nobody has to be kept from anybody.
        let of_many = [Ability::Threads, Ability::Mute, Ability::Kick, Ability::Ban];
        let direct = direct.filter(|_| !of_many.contains(&ability));
        for claimed in [ability.of(&profile.shared), direct] {
            assert_eq!(
                claimed.unwrap_or(lack.is_none()),
                lack.is_none(),
                "{ability:?}: {lack:?}"
            );
        }
        assert_ne!(lack, Some(""), "{ability:?} is missing for a reason");
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

pub fn said(event: &Event) -> &InMessage {
    match &event.body {
        EventBody::Message(said) => said,
        other => panic!("{other:?}"),
    }
}
