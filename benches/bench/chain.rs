//! What the sandbox costs: three plugins natively, in bare wasmtime, in ours, and from payload to action; fresh
//! instances; a plugin that does nothing; plugins that do not match; a hundred plugins.

use std::sync::Arc;

use switchboard::dispatcher::chain::Chain;
use switchboard::dispatcher::{Handler as _, Outcome, Snapshot};
use switchboard::model::conversation::{Conversation, Holder, LaneKey};
use switchboard::model::directory::{Audience, Identity, Place};
use switchboard::model::event::Source;
use switchboard::model::ids::{
    CommunityId, ConversationId, EventId, EventSeq, IdentityId, MessageId, PlaceId, Version,
};
use switchboard::plugin_host::{NoData, Permission, Plugin};
use switchboard::storage::core::{Community, EventState, StoredEvent};
use switchboard::storage::unit::NewEvent;
use switchboard_trio::Role;

use crate::bare_wasmtime::{Bare, seen, step};
use crate::figures::{median, micros_each, resident_mib};
use crate::home::Home;
use crate::{native, packages, payload};

/// The three, in the order of the chain.
const ROLES: [Role; 3] = [Role::Faq, Role::Links, Role::Handoff];

/// So often each row is measured; the middle one counts.
const RUNS: usize = 5;

/// Measures and prints.
pub fn run(short: bool) {
    let messages = if short { 500 } else { 10_000 };
    let payloads: Arc<Vec<String>> = Arc::new((0..messages).map(payload::payload).collect());
    let characters: usize = payloads
        .iter()
        .map(|payload| payload::event(payload))
        .map(|event| text(&event))
        .sum();
    println!(
        "chain: CPU for each message, microseconds ({} characters on average)",
        characters / messages
    );

    let parse = median(RUNS, || parse(&payloads));
    let native = median(RUNS, || natively(&payloads));
    let alone = Bare::new();
    let bare = median(RUNS, || alone.run(&payloads));
    let few = Arc::new(payloads[..messages / 10].to_vec());
    let bare_fresh = median(RUNS, || alone.run_fresh(&few));
    let home = Home::new(false);
    let ours = sandboxed(&home, &payloads);
    let chain = in_memory(&home, &payloads, 0);
    let newly = Home::new(true);
    let fresh = sandboxed(&newly, &few);
    row("parse alone", parse, None);
    row("native trait objects", native, None);
    row("bare wasmtime", bare, Some((bare / native, "native")));
    row("our sandbox, warm", ours, Some((ours / bare, "bare")));
    row(
        "bare wasmtime, fresh for each event",
        bare_fresh,
        Some((bare_fresh / native, "native")),
    );
    row(
        "our sandbox, fresh for each event",
        fresh,
        Some((fresh / bare_fresh, "bare, fresh")),
    );
    row("in memory, payload to action", chain, Some((chain / bare, "bare")));
    let message = payload::payload(3);
    for (what, home, fresh) in [("", &home, false), (", fresh", &newly, true)] {
        let times = if fresh { messages / 10 } else { messages };
        let bare = median(RUNS, || alone.run_nothing(&message, times, fresh));
        let ours = nothing(home, times);
        row(&format!("does nothing, bare wasmtime{what}"), bare, None);
        row(
            &format!("does nothing, our sandbox{what}"),
            ours,
            Some((ours / bare, "bare")),
        );
    }
    idle(&payloads, chain, short);
    hundred(short);
}

fn row(what: &str, micros: f64, ratio: Option<(f64, &str)>) {
    let ratio = ratio.map_or(String::new(), |(ratio, of)| format!("{ratio:>8.2} x {of}"));
    println!("{what:<36} {micros:>8.2}{ratio}");
}

fn text(event: &switchboard::model::Event) -> usize {
    match &event.body {
        switchboard::model::EventBody::Message(message) => message.content.to_plain().chars().count(),
        _ => 0,
    }
}

fn parse(payloads: &[String]) -> f64 {
    micros_each(payloads.len(), || {
        for payload in payloads {
            std::hint::black_box(payload::event(payload));
        }
    })
}

fn natively(payloads: &[String]) -> f64 {
    let mut plugins = ROLES.map(native::plugin);
    micros_each(payloads.len(), || {
        for payload in payloads {
            let event = native::event(payload);
            let mut trail = Vec::new();
            for plugin in &mut plugins {
                let outcome = plugin.handle(&event, &trail);
                trail.push(native::step(&outcome));
                std::hint::black_box(outcome);
            }
        }
    })
}

pub fn start(home: &Home, role: &str) -> Arc<Plugin> {
    let loaded = home
        .host
        .load(packages::trio(), &[Permission::Handoff])
        .expect("it loads");
    let (host, config) = (home.host.clone(), format!("{{\"role\":\"{role}\"}}"));
    home.run(async move { host.run(&loaded, "community", &config).await })
        .expect("it starts")
}

fn sandboxed(home: &Home, payloads: &Arc<Vec<String>>) -> f64 {
    let plugins = ["faq", "links", "handoff"].map(|role| start(home, role));
    median(RUNS, || {
        let (plugins, payloads) = (plugins.clone(), Arc::clone(payloads));
        let count = payloads.len();
        micros_each(count, || {
            home.run(async move {
                for payload in payloads.iter() {
                    let event = seen(payload);
                    let mut trail = Vec::new();
                    for plugin in &plugins {
                        let report = plugin.handle(&event, &trail, Arc::new(NoData)).await;
                        trail.push(step(report.result.as_ref().expect("it answers")));
                        std::hint::black_box(report);
                    }
                }
            });
        })
    })
}

fn nothing(home: &Home, messages: usize) -> f64 {
    let plugin = start(home, "nothing");
    median(RUNS, || {
        let (plugin, event) = (Arc::clone(&plugin), seen(&payload::payload(3)));
        micros_each(messages, || {
            home.run(async move {
                for _ in 0..messages {
                    let report = plugin.handle(&event, &[], Arc::new(NoData)).await;
                    std::hint::black_box(report);
                }
            });
        })
    })
}

/// From payload to actions, with the three plugins and `idle` that do not match.
fn in_memory(home: &Home, payloads: &Arc<Vec<String>>, idle: usize) -> f64 {
    let chain = Arc::new(home.chain(home.roster(idle)));
    let stage = Arc::new(Stage::new(home));
    median(RUNS, || {
        let (chain, stage, payloads) = (Arc::clone(&chain), Arc::clone(&stage), Arc::clone(payloads));
        let count = payloads.len();
        micros_each(count, || {
            home.run(async move {
                for payload in payloads.iter() {
                    let outcome = stage.play(&chain, payload).await;
                    std::hint::black_box(outcome);
                }
            });
        })
    })
}

/// What the dispatcher has at hand when an event's turn comes.
struct Stage {
    clock: Arc<dyn switchboard::clock::Clock>,
    snapshot: Snapshot,
    lane: LaneKey,
}

impl Stage {
    fn new(home: &Home) -> Self {
        let (clock, community) = (Arc::clone(&home.clock), home.community);
        let first = payload::event(&payload::payload(0));
        let Source::Platform {
            place: seen,
            author: Some(author),
            ..
        } = first.source
        else {
            unreachable!("payloads come from a platform");
        };
        let place = PlaceId(clock.id());
        let asker = IdentityId(clock.id());
        let lane = LaneKey::of_place(place);
        let now = clock.now();
        let snapshot = Snapshot {
            attempt: 1,
            now,
            community: Arc::new(whom(community)),
            place: Some(Arc::new(Place {
                id: place,
                native: seen.native,
                login: payload::LOGIN.into(),
                community,
                space: None,
                parent: None,
                name: seen.name,
                audience: Audience::Direct,
                thread: false,
                enabled: true,
                overheard: false,
            })),
            author: Some(Arc::new(Identity {
                id: asker,
                native: author.native,
                name: author.name,
                bot: false,
                staff: false,
                roles: Vec::new(),
                language: None,
            })),
            conversation: Some(Conversation {
                id: ConversationId(clock.id()),
                community,
                place,
                asker: Some(asker),
                lane: lane.clone(),
                holder: Holder::Bot,
                version: Version(1),
                misses: 0,
                opened_at: now,
                changed_at: now,
                active_at: now,
            }),
            fresh: false,
            message: Some(MessageId(clock.id())),
            about: None,
            button: None,
            late: false,
        };
        Self { clock, snapshot, lane }
    }

    async fn play(&self, chain: &Chain, payload: &str) -> Outcome {
        let stored = StoredEvent {
            seq: EventSeq(1),
            state: EventState::Accepted,
            new: NewEvent {
                id: EventId(self.clock.id()),
                community: self.snapshot.community.id,
                place: self.snapshot.place.as_ref().map(|place| place.id),
                author: self.snapshot.author.as_ref().map(|author| author.id),
                lane: self.lane.clone(),
                received_at: self.snapshot.now,
                event: payload::event(payload),
            },
        };
        let snapshot = self.snapshot.clone();
        let outcome = chain.handle(&stored, &snapshot, &Outcome::default()).await;
        outcome.expect("it answers")
    }
}

fn whom(id: CommunityId) -> Community {
    Community {
        id,
        name: "Bench".into(),
        language: "en".into(),
        zone: "UTC".into(),
        roles: Vec::new(),
    }
}

/// What further plugins that do not match cost.
fn idle(payloads: &Arc<Vec<String>>, three: f64, short: bool) {
    let counts: &[usize] = if short { &[27] } else { &[27, 297] };
    for &count in counts {
        let home = Home::new(false);
        let all = in_memory(&home, payloads, count);
        #[expect(clippy::cast_precision_loss, reason = "a few hundred plugins")]
        let slope = (all - three) / count as f64;
        println!(
            "{:<36} {all:>8.2} {slope:>8.3} for each further plugin",
            format!("{} plugins, three match", count + 3)
        );
    }
}

/// From start to all warm, loaded from the cache, and what they hold.
fn hundred(short: bool) {
    let count = if short { 10 } else { 100 };
    let home = Home::new(false);
    drop(home.roster(count - 3));
    let (before, held) = (home.clock.elapsed(), resident_mib(std::process::id()));
    let roster = home.roster(count - 3);
    let took = home.clock.elapsed().saturating_sub(before);
    println!(
        "{count} plugins from the cache to all warm: {:.0} ms, {:.1} MiB more",
        took.as_secs_f64() * 1e3,
        resident_mib(std::process::id()) - held
    );
    drop(roster);
}
