//! Three plugins in wasmtime with nothing around it: the least that a sandbox can cost.

use switchboard::plugin_host::bindings::switchboard::plugin::types as wit;
use switchboard::plugin_host::bindings::{Plugin as Guest, PluginPre};
use wasmtime::component::{Component, Linker};
use wasmtime::{Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Store};

use crate::figures::{cpu, share};
use crate::{native, packages};

/// The engine with the settings of ours and nothing around it.
pub struct Bare {
    runtime: tokio::runtime::Runtime,
    engine: Engine,
    pre: PluginPre<()>,
}

impl Bare {
    /// Compiles the three plugins.
    pub fn new() -> Self {
        let mut config = Config::new();
        config
            .epoch_interruption(true)
            .concurrency_support(false)
            .allocation_strategy(InstanceAllocationStrategy::Pooling(PoolingAllocationConfig::default()));
        let engine = Engine::new(&config).expect("an engine");
        let component = Component::new(&engine, packages::trio()).expect("it compiles");
        let mut linker = Linker::new(&engine);
        linker
            .define_unknown_imports_as_traps(&component)
            .expect("nothing is defined yet");
        let pre = linker.instantiate_pre(&component).and_then(PluginPre::new);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .expect("a runtime");
        Self {
            runtime,
            engine,
            pre: pre.expect("it has the contract's exports"),
        }
    }

    async fn start(&self, role: &str) -> (Store<()>, Guest) {
        let mut store = Store::new(&self.engine, ());
        store.set_epoch_deadline(u64::MAX / 2);
        let guest = self.pre.instantiate_async(&mut store).await.expect("it starts");
        let config = format!("{{\"role\":\"{role}\"}}");
        let handler = guest.switchboard_plugin_handler();
        let answer = handler.call_init(&mut store, "community", &config).await;
        answer.expect("it does not trap").expect("it accepts its config");
        (store, guest)
    }

    /// The same with a new instance of each plugin for each message.
    pub fn run_fresh(&self, payloads: &[String]) -> f64 {
        self.runtime.block_on(async {
            let before = cpu();
            for payload in payloads {
                let event = seen(payload);
                let mut trail = Vec::new();
                for role in ["faq", "links", "handoff"] {
                    let (mut store, guest) = self.start(role).await;
                    trail.push(step(&call(&mut store, &guest, &event, &trail).await));
                }
            }
            share(cpu().saturating_sub(before), payloads.len())
        })
    }

    /// What one call of a plugin costs that does nothing, with a new instance for each call or with one for all.
    pub fn run_nothing(&self, payload: &str, times: usize, fresh: bool) -> f64 {
        self.runtime.block_on(async {
            let event = seen(payload);
            let (mut store, mut guest) = self.start("nothing").await;
            let before = cpu();
            for _ in 0..times {
                if fresh {
                    (store, guest) = self.start("nothing").await;
                }
                std::hint::black_box(call(&mut store, &guest, &event, &[]).await);
            }
            share(cpu().saturating_sub(before), times)
        })
    }

    /// What parsing and three calls cost for each message, in microseconds of CPU.
    pub fn run(&self, payloads: &[String]) -> f64 {
        self.runtime.block_on(async {
            let mut plugins = [
                self.start("faq").await,
                self.start("links").await,
                self.start("handoff").await,
            ];
            let before = cpu();
            for payload in payloads {
                let event = seen(payload);
                let mut trail = Vec::new();
                for (store, guest) in &mut plugins {
                    let outcome = call(store, guest, &event, &trail).await;
                    trail.push(step(&outcome));
                    std::hint::black_box(outcome);
                }
            }
            let spent = cpu().saturating_sub(before);
            share(spent, payloads.len())
        })
    }
}

async fn call(store: &mut Store<()>, guest: &Guest, event: &wit::Event, trail: &[wit::Step]) -> wit::Outcome {
    let handler = guest.switchboard_plugin_handler();
    let answer = handler.call_handle(store, event, trail).await;
    answer.expect("it does not trap").expect("it answers")
}

/// What of an outcome the next plugin is told.
pub fn step(outcome: &wit::Outcome) -> wit::Step {
    let verdict = if outcome.stance == wit::Stance::Answered {
        wit::Verdict::Answered
    } else {
        wit::Verdict::Passed
    };
    wit::Step {
        plugin: "bench/trio".into(),
        verdict,
    }
}

/// The event that a plugin sees, as the host's types.
pub fn seen(payload: &str) -> wit::Event {
    let event = native::event(payload);
    let (place, person) = (event.place.expect("it has one"), event.person.expect("it has one"));
    let conversation = event.conversation.expect("it has one");
    let switchboard_plugin::types::EventBody::Message(message) = event.body else {
        unreachable!("payloads are messages");
    };
    wit::Event {
        id: event.id,
        attempt: event.attempt,
        occurred_at: event.occurred_at,
        now: event.now,
        late: event.late,
        language: event.language,
        place: Some(wit::Place {
            ref_: place.ref_,
            name: place.name,
            platform: place.platform,
            audience: wit::Audience::Direct,
            parent: None,
        }),
        person: Some(wit::Person {
            ref_: person.ref_,
            name: person.name,
            bot: false,
            staff: false,
            roles: Vec::new(),
            created_at: None,
            joined_at: None,
        }),
        conversation: Some(wit::Conversation {
            ref_: conversation.ref_,
            holder: wit::Holder::Bot,
            misses: 0,
        }),
        body: wit::EventBody::Message(wit::Message {
            ref_: message.ref_,
            text: message.text,
            addressed: wit::Addressed::Direct,
            language: None,
            reply_to: None,
            mentions: Vec::new(),
            links: message.links,
            attachments: Vec::new(),
        }),
    }
}
