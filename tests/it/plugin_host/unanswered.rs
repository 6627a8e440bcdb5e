//! Whoever calls the bot where a plugin breaks, or is paused, and nobody answers reads a kind line; whoever talks to nobody does not.

use switchboard::model::EventBody;
use switchboard::model::button::ButtonEffect;
use switchboard::model::directory::Audience;
use switchboard::model::event::Addressed;
use switchboard::model::fit::FittedBody;
use switchboard::model::ids::{ButtonId, PluginId};
use switchboard::storage::core::Verdict;

use super::hostile;
use super::stage::{Enabled, House, Stage, with_manifest};
use crate::support::TestRuntime;

const SORRY: &str = "That did not work just now. Please try it again a little later.";

/// It hears the word `boom` alone, which the other plugin does not, and has a command.
fn broken(mode: &str) -> Enabled {
    let wasm = with_manifest(hostile(), |manifest| {
        let words = "messages = \"all\"\nwords = [\"boom\"]";
        let command = "\n[[command]]\nname = \"boom\"\nhelp = \"Breaks\"\nprivate = true\n";
        format!("{}{command}", manifest.replace("messages = \"all\"", words))
    });
    let mut config = toml::Table::new();
    config.insert("mode".to_owned(), mode.into());
    Enabled {
        wasm,
        grants: vec!["kv", "http"],
        config,
    }
}

async fn stage(mode: &str) -> Stage {
    Stage::start(&House::patient().host, vec![broken(mode)]).await
}

/// It hears all that is said, and lets it pass: nobody is mentioned.
fn bystander() -> Enabled {
    let wasm = with_manifest(hostile(), |manifest| manifest.replace("test/hostile", "test/bystander"));
    let config = [("mode", "ask"), ("text", "mention")].map(|(name, value)| (name.to_owned(), value.into()));
    Enabled {
        wasm,
        grants: vec!["kv", "http"],
        config: config.into_iter().collect(),
    }
}

/// Plays on the plugins' own runtime, as lanes do.
fn play(work: impl Future<Output = ()>) {
    House::patient().host.handle().block_on(work);
}

async fn command(stage: &Stage, who: &str, place: &str, audience: Audience) {
    let event = stage.runtime.event(who, place, audience, |native| EventBody::Command {
        message: Some(native),
        name: "boom".to_owned(),
        options: Vec::new(),
        rest: String::new(),
    });
    stage.runtime.accept(vec![event]).await;
    stage.runtime.settled().await;
}

fn button(stage: &Stage) -> ButtonId {
    let arrivals = stage.runtime.platform.arrivals();
    let shown = arrivals.iter().find_map(|arrival| match &arrival.body {
        FittedBody::Send { buttons, .. } => buttons.first().cloned(),
        _ => None,
    });
    match shown.expect("it offers one").effect {
        ButtonEffect::Press { id } => id,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_command_that_breaks_is_answered_once_each_time_also_while_its_plugin_is_paused() {
    play(async {
        let stage = stage("panic").await;
        for times in 1..=7 {
            command(&stage, "ada", "ada", Audience::Direct).await;
            assert_eq!(stage.runtime.heard("ada"), vec![SORRY; times]);
        }
        let listed = stage.roster.list(stage.runtime.community)[0].serving.to_string();
        assert!(listed.starts_with("paused for 30 s"), "{listed}");
    });
}

#[test]
fn a_private_command_breaks_in_front_of_nobody_else() {
    play(async {
        let stage = stage("panic").await;
        command(&stage, "ada", "support", Audience::Public).await;
        let arrivals = stage.runtime.platform.arrivals();
        let [arrival] = &arrivals[..] else {
            panic!("one line is said: {arrivals:?}");
        };
        let FittedBody::Send { content, only, .. } = &arrival.body else {
            panic!("{arrival:?}");
        };
        assert_eq!(content.to_plain(), SORRY);
        let alone = only.as_ref().is_some_and(|only| only.id.as_str() == "ada");
        assert!(alone || arrival.place == TestRuntime::place("ada"), "{arrival:?}");
    });
}

#[test]
fn a_press_and_a_direct_message_that_only_it_hears_are_answered_too() {
    play(async {
        let stage = stage("offer_button").await;
        stage.runtime.say("ada", "boom").await;
        stage.runtime.settled().await;
        let button = button(&stage);
        let press = stage
            .runtime
            .event("ada", "ada", Audience::Direct, |_| EventBody::Press {
                message: None,
                button,
                values: Vec::new(),
            });
        stage.runtime.accept(vec![press]).await;
        stage.runtime.settled().await;
        assert_eq!(stage.runtime.heard("ada"), ["Press it", SORRY]);
    });
    play(async {
        let stage = stage("panic").await;
        let events = stage.say("boom", 1).await;
        assert_eq!(stage.runtime.heard("ada"), [SORRY]);
        let own = stage.step(events[0], &PluginId::from("test/hostile")).await;
        assert_eq!(own.verdict, Verdict::Failed);
        let said = stage.step(events[0], &PluginId::from("chain")).await;
        assert_eq!(said.line, "said that it did not work");
    });
}

#[test]
fn a_plugin_that_has_no_part_in_it_keeps_nobody_from_the_line() {
    play(async {
        let stage = Stage::start(&House::patient().host, vec![broken("panic"), bystander()]).await;
        let events = stage.say("boom", 1).await;
        assert_eq!(stage.runtime.heard("ada"), [SORRY]);
        let other = stage.step(events[0], &PluginId::from("test/bystander")).await;
        assert_eq!(other.verdict, Verdict::Passed);
    });
}

#[test]
fn what_another_plugin_answers_or_what_is_said_among_others_gets_no_such_line() {
    play(async {
        let stage = stage("panic").await;
        stage.say("hello boom", 1).await;
        assert_eq!(stage.runtime.heard("ada"), ["Hello, ada!"]);
        stage.runtime.reads_along("lobby").await;
        let before = stage.runtime.heard("lobby");
        for (addressed, lines) in [(Addressed::Overheard, vec![]), (Addressed::Mention, vec![SORRY])] {
            let said = stage.runtime.shared("ada", "lobby", "boom", addressed);
            stage.runtime.accept(vec![said]).await;
            stage.runtime.settled().await;
            assert_eq!(stage.runtime.heard("lobby")[before.len()..], lines, "{addressed:?}");
        }
    });
}
