//! The hostile matrix: whatever a plugin does in a chain, the host survives, the admin reads what happened, the other plugin
//! answers 100 of 100 messages, and nothing is half written. Each row is played in warm instances and in fresh ones.

use std::time::Duration;

use switchboard::connectors::EventSink as _;
use switchboard::dispatcher::chain::Serving;
use switchboard::model::EventBody;
use switchboard::model::conversation::LaneKey;
use switchboard::model::event::Source;
use switchboard::model::fit::FittedBody;
use switchboard::model::ids::PluginId;
use switchboard::plugin_host::Limits;
use switchboard::storage::core::Verdict;

use super::hostile;
use super::http::{SECRET, Server};
use super::stage::{Enabled, House, NEIGHBOUR, Stage, with_manifest};
use crate::support::runtime::TestRuntime;

const MESSAGES: usize = 100;

/// One thing that a plugin can do to others.
struct Row {
    /// Names it in the hostile plugin's settings.
    mode: &'static str,
    /// What its admin reads.
    told: Told,
    /// What the plugin says, where its settings decide that.
    text: &'static str,
    /// What people say. A word of it is what the other plugin answers to.
    said: fn(&Around) -> String,
    /// Whether it computes too much for the usual limit, and is not about that limit.
    patient: bool,
}

/// Where the admin reads of it, and in which words.
#[derive(Clone, Copy)]
enum Told {
    /// The trace says that it failed, and soon that it is paused.
    Failed(&'static str),
    /// Nothing failed: it is told so itself, and says it to everybody.
    Itself(&'static str),
    /// It is listed with the reason why it does not run, and each trace names it, too.
    NotStarted(&'static str),
}

/// What is around the chain, to be misused.
struct Around {
    server: Server,
    /// Of another community.
    place: String,
    person: String,
    conversation: String,
    message: String,
}

const FAILED: Row = Row {
    mode: "good",
    told: Told::Failed(""),
    text: "",
    said: |_| "hello".to_owned(),
    patient: true,
};

/// A plugin that is led where it may not go.
const fn led(to: fn(&Around) -> String, told: &'static str) -> Row {
    Row {
        mode: "fetch",
        told: Told::Itself(told),
        said: to,
        ..FAILED
    }
}

/// A plugin that names something of another community.
const fn forged(said: fn(&Around) -> String, told: Told) -> Row {
    Row {
        mode: "forged_reference",
        told,
        said,
        ..FAILED
    }
}

fn get(url: &str) -> String {
    format!("GET {url} X-Word=hello")
}

impl Around {
    async fn new(runtime: &TestRuntime, server: Server) -> Self {
        let mut event = runtime.message("erin", "between us");
        let Source::Platform { login, place, author } = &mut event.source else {
            panic!("people talk on platforms");
        };
        *login = NEIGHBOUR.into();
        let (place, author) = (place.native.clone(), author.clone().unwrap().native);
        let EventBody::Message(said) = &event.body else {
            panic!("it is a message");
        };
        let message = said.native.clone();
        let login = NEIGHBOUR.into();
        runtime.dispatcher.accept(&login, vec![event], None).await.unwrap();
        runtime.settled().await;
        let storage = &runtime.storage;
        let place = storage.place_by_native(&place).await.unwrap().unwrap();
        assert_ne!(place.community, runtime.community);
        let lane = LaneKey::of_place(place.id);
        Self {
            server,
            conversation: storage
                .conversation_of_lane(&lane)
                .await
                .unwrap()
                .unwrap()
                .id
                .to_string(),
            person: storage
                .identity_by_native(&author)
                .await
                .unwrap()
                .unwrap()
                .id
                .to_string(),
            message: storage
                .message_by_native(&message)
                .await
                .unwrap()
                .unwrap()
                .new
                .id
                .to_string(),
            place: place.id.to_string(),
        }
    }
}

/// The hostile plugin with what it may do and how it is isolated.
fn enabled(row: &Row, isolation: &str, feeds: String) -> Enabled {
    let more = "\n[[permission]]\nname = \"post\"\nwhy = \"Reach others\"\n";
    let wasm = with_manifest(hostile(), |manifest| {
        format!("{manifest}{more}\n[limits]\nisolation = \"{isolation}\"\n")
    });
    let mut config = toml::Table::new();
    config.insert("mode".to_owned(), row.mode.into());
    config.insert("text".to_owned(), row.text.into());
    config.insert("feeds".to_owned(), vec![feeds].into());
    Enabled {
        wasm,
        grants: vec!["kv", "http", "post"],
        config,
    }
}

#[track_caller]
fn check(row: &Row) {
    for isolation in ["shared", "event"] {
        let house = if row.patient { House::patient() } else { House::usual() };
        house.host.handle().block_on(play(row, house, isolation));
    }
}

async fn play(row: &Row, house: &House, isolation: &str) {
    // The server's port is a setting of the plugin.
    let server = Server::start();
    let stage = Stage::start(&house.host, vec![enabled(row, isolation, server.at("/"))]).await;
    let around = Around::new(&stage.runtime, server).await;
    let (id, community) = (PluginId::from("test/hostile"), stage.runtime.community);
    let events = stage.say(&(row.said)(&around), MESSAGES).await;
    let (answers, others) = stage.heard();
    assert_eq!(answers, MESSAGES, "{isolation}: each is answered");
    let (first, last) = (events[0], events[MESSAGES - 1]);
    let (first, last) = (stage.step(first, &id).await, stage.step(last, &id).await);
    let listed = &stage.roster.list(community)[0].serving;
    let usage = stage.runtime.storage.kv_usage(&id, community).await.unwrap();
    match row.told {
        Told::Failed(words) => {
            assert_eq!(first.verdict, Verdict::Failed, "{isolation}: {first:?}");
            assert!(first.line.starts_with(words), "{isolation}: {first:?}");
            assert_eq!(last.verdict, Verdict::Held, "{isolation}: {last:?}");
            let paused = format!("paused for 30 s after failures: {words}");
            assert!(last.line.starts_with(&paused), "{isolation}: {last:?}");
            assert!(listed.to_string().starts_with(&paused), "{isolation}: {listed}");
            assert_eq!(others, Vec::<String>::new(), "{isolation}: nobody hears of it");
            assert_eq!(usage, (0, 0), "{isolation}: nothing is half written");
        }
        Told::Itself(words) => {
            assert_eq!(last.verdict, Verdict::Acted, "{isolation}: {last:?}");
            assert_eq!(listed.to_string(), "on", "{isolation}");
            assert_eq!(others.len(), MESSAGES, "{isolation}: {:?}", others.first());
            let told = others.iter().find(|other| !other.starts_with(words));
            assert_eq!(told, None, "{isolation}");
        }
        Told::NotStarted(words) => {
            assert_eq!((last.verdict, &*last.line), (Verdict::Held, words), "{isolation}");
            assert!(
                matches!(listed, Serving::NotStarted(why) if why == words),
                "{isolation}: {listed}"
            );
            assert_eq!(others, Vec::<String>::new());
        }
    }
    let limits = Limits::default();
    assert!(
        usage.0 <= limits.kv_keys && usage.1 <= limits.kv_bytes,
        "{isolation}: {usage:?}"
    );
    harmless(&stage);
}

/// Nothing that arrived notifies anybody, tells a secret, or does to a screen what no text should.
fn harmless(stage: &Stage) {
    for arrival in stage.runtime.platform.arrivals() {
        let FittedBody::Send { content, .. } = &arrival.body else {
            panic!("only texts are sent: {arrival:?}");
        };
        let stored = serde_json::to_string(content).unwrap();
        let tells = [SECRET, "\"pings\":true"].iter().any(|hidden| stored.contains(hidden));
        assert!(!tells, "{stored}");
        let text = content.to_plain();
        let hidden = text.chars().find(|sign| sign.is_control() && !"\n\t".contains(*sign));
        assert_eq!(hidden, None, "{text:?}");
    }
}

macro_rules! rows {
    ($($name:ident: $row:expr;)*) => {
        $(
            #[test]
            fn $name() {
                check(&$row);
            }
        )*
    };
}

rows! {
    an_endless_loop_in_handle: Row {
        mode: "loop_in_handle",
        told: Told::Failed("timed out: 100 ms of CPU in handle"),
        patient: false,
        ..FAILED
    };
    an_endless_loop_in_init: Row {
        mode: "loop_in_init",
        told: Told::NotStarted("timed out: 1000 ms of CPU in init"),
        ..FAILED
    };
    a_memory_bomb_that_aborts: Row {
        mode: "memory_bomb",
        told: Told::Failed("out of memory at 64 MiB"),
        ..FAILED
    };
    a_memory_bomb_that_catches: Row {
        mode: "memory_bomb_caught",
        told: Told::Itself("stopped at "),
        ..FAILED
    };
    a_deep_recursion: Row {
        mode: "recursion",
        told: Told::Failed("stack overflow"),
        ..FAILED
    };
    a_panic: Row {
        mode: "panic",
        told: Told::Failed("crashed: on purpose"),
        ..FAILED
    };
    a_trap_after_writes_and_host_calls: Row {
        mode: "panic_after_writes",
        told: Told::Failed("crashed: after writes"),
        ..FAILED
    };
    a_reply_of_60_mb: Row {
        mode: "huge_reply",
        told: Told::Failed("answered with too much data"),
        ..FAILED
    };
    a_hundred_thousand_actions: Row {
        mode: "many_actions",
        told: Told::Failed("answered with too much data"),
        ..FAILED
    };
    a_hundred_actions_that_share_a_megabyte: Row {
        mode: "shared_string",
        told: Told::Failed("answered with too much data"),
        ..FAILED
    };
    a_log_line_of_a_mib: Row {
        mode: "long_log_line",
        told: Told::Itself("still here"),
        ..FAILED
    };
    a_log_line_of_two_mib: Row {
        mode: "huge_log_line",
        told: Told::Failed("answered with too much data"),
        ..FAILED
    };
    a_thousand_log_lines: Row {
        mode: "log_flood",
        told: Told::Itself("still here"),
        ..FAILED
    };
    a_flood_of_keys: Row {
        mode: "kv_flood",
        told: Told::Itself("the flood ends: quota: at most 10000 keys and 10 MiB in one community"),
        ..FAILED
    };
    a_flood_of_host_calls: Row {
        mode: "call_flood",
        told: Told::Failed("failed: more than 256 host calls in one event"),
        ..FAILED
    };
    an_action_that_is_not_granted: Row {
        mode: "ungranted_action",
        told: Told::Failed("may not call a person: add \"handoff\" to its grants to allow it"),
        ..FAILED
    };
    another_communitys_place: forged(
        |around| format!("post {} hello", around.place),
        Told::Failed("posts to a place that this community does not have"),
    );
    another_communitys_person: forged(
        |around| format!("tell {} hello", around.person),
        Told::Failed("posts to a person outside of a direct chat"),
    );
    another_communitys_person_and_place_in_a_text: forged(
        |around| format!("mention {} hello", around.person),
        Told::Itself("<@"),
    );
    another_communitys_conversation: forged(
        |around| format!("join {} hello", around.conversation),
        Told::Failed("posts to a conversation that this community does not have"),
    );
    another_communitys_message_answered: forged(
        |around| format!("answer {} hello", around.message),
        Told::Failed("refers to a message that this community does not have"),
    );
    another_communitys_message_reacted_to: forged(
        |around| format!("react {} hello", around.message),
        Told::Failed("refers to a message that this community does not have"),
    );
    another_communitys_message_changed: forged(
        |around| format!("edit {} hello", around.message),
        Told::Failed("refers to a message that this community does not have"),
    );
    another_communitys_message_deleted: forged(
        |around| format!("delete {} hello", around.message),
        Told::Failed("refers to a message that this community does not have"),
    );
    a_private_address: led(
        |_| get("http://10.0.0.1/"),
        "denied: test/hostile wants to read from 10.0.0.1",
    );
    a_private_address_by_name: led(
        |around| get(&format!("http://localhost:{}/", around.server.port)),
        "denied: test/hostile wants to read from localhost",
    );
    a_private_address_by_redirect: led(
        |around| get(&around.server.at("/to?http://10.0.0.1/")),
        "denied: test/hostile is led on to 10.0.0.1",
    );
    a_private_address_as_ipv4_in_ipv6: led(
        |around| get(&format!("http://[::ffff:127.0.0.1]:{}/", around.server.port)),
        "denied: test/hostile wants to read from [::ffff:7f00:1]",
    );
    a_private_address_to_which_a_name_resolves: led(
        |_| get("https://inside.example/"),
        "denied: the name inside.example leads test/hostile to an address inside",
    );
    a_server_that_never_answers: led(|around| get(&around.server.at("/slow")), "timeout");
    a_secret_in_an_answer: led(
        |around| format!("GET {} X-Word=hello", around.server.at("/echo")),
        "200 ",
    );
    a_reply_whose_values_fill_each_other: Row {
        mode: "fill_each_other",
        told: Told::Itself("{v1}{v1}"),
        ..FAILED
    };
    a_reply_whose_values_fill_it_many_times: Row {
        mode: "fill_many_times",
        told: Told::Failed("answered with too much data: its values fill the text many times"),
        ..FAILED
    };
    a_reply_that_is_all_markup: Row {
        mode: "say_markdown",
        told: Told::Failed("says nothing"),
        text: "&nbsp;\n\n&#8203;&zwj;",
        ..FAILED
    };
    a_reply_that_is_nested_without_end: Row {
        mode: "say_markdown",
        told: Told::Itself("> > >"),
        text: "> > > > > > > > > > > > > > > > > > > > > > > > > > > > > > > > > > > > > - - - - - - - - - - - - - - *[deep](https://a.example)*",
        ..FAILED
    };
    a_reply_of_mass_mentions: Row {
        mode: "say_markdown",
        told: Told::Itself("@everyone @here"),
        text: "@everyone @here <@everyone> <@here> <@&1> <!everyone> <!channel>",
        ..FAILED
    };
    a_reply_of_control_characters: Row {
        mode: "say_plain",
        told: Told::Failed("says nothing"),
        text: "\u{0}\u{1b}\u{7}\u{200b}\u{202e}\u{2066}",
        ..FAILED
    };
    a_reply_with_control_characters: Row {
        mode: "say_plain",
        told: Told::Itself("[2Jwiped"),
        text: "\u{1b}[2Jwiped\u{0}\u{7}",
        ..FAILED
    };
}

/// A chain that fails for ever is left alone by itself, and stays so until somebody has looked.
#[test]
fn a_thousand_traps_in_a_row() {
    const ROUND: usize = 20;
    let house = House::new(Limits::default());
    for isolation in ["shared", "event"] {
        house.host.handle().block_on(async {
            let row = Row {
                mode: "panic",
                ..FAILED
            };
            let stage = Stage::start(&house.host, vec![enabled(&row, isolation, String::new())]).await;
            let mut last = None;
            for _ in 0..1_000 / ROUND {
                last = stage.say("hello", ROUND).await.pop();
                // The longest pause is over.
                house.clock.advance(Duration::from_mins(15));
            }
            assert_eq!(stage.heard(), (1_000, Vec::new()), "{isolation}");
            let id = PluginId::from("test/hostile");
            let held = "held back until an admin looks: crashed: on purpose";
            let step = stage.step(last.unwrap(), &id).await;
            assert_eq!((step.verdict, &*step.line), (Verdict::Held, held), "{isolation}");
            let settings = stage
                .runtime
                .storage
                .plugin_settings(stage.runtime.community)
                .await
                .unwrap();
            assert_eq!(settings[0].held.as_deref(), Some("crashed: on purpose"), "it lasts");
        });
    }
}
