//! One instance of a plugin: its store, and one call at a time.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use wasmtime::{AsContextMut as _, Store, Trap, UpdateDeadline};

use super::bindings::switchboard::plugin::log::Level;
use super::bindings::switchboard::plugin::types::{Error as Said, Event, EventBody, Outcome, Step};
use super::bindings::{Plugin as Guest, PluginPre};
use super::config::Limits;
use super::data::HostData;
use super::failure::Failure;
use super::fuel::{Fuel, TANK};
use super::host::Clocked;
use super::meter::{Metered, metered};
use super::room::Room;
use super::state::{State, Traces, Ways};
use super::visible::in_one_line;

/// A live instance. After a trap, a time-out or a dropped call it must not be entered again.
pub(super) struct Instance {
    store: Store<State>,
    guest: Guest,
    /// Events it may still see before it is replaced.
    pub(super) events_left: u32,
    /// When it was last used.
    pub(super) used_at: Duration,
}

/// What came of handing it an event.
pub(super) struct Handled {
    /// It, unless it must not be entered again.
    pub(super) instance: Option<Instance>,
    pub(super) result: Result<Outcome, Failure>,
    pub(super) traces: Traces,
    /// How long it computed.
    pub(super) cpu: Duration,
}

/// The guest had its share of CPU.
#[derive(Debug, thiserror::Error)]
#[error("out of time")]
struct OutOfTime;

impl Instance {
    /// Makes an instance and runs its `init`.
    pub(super) async fn start(
        pre: &PluginPre<State>,
        limits: &Arc<Limits>,
        room: &Arc<Room>,
        ways: &Ways,
        (community, config): (&str, &str),
    ) -> Result<Self, Failure> {
        let state = State::new(Arc::clone(limits), Arc::clone(room), ways.clone());
        let mut store = Store::new(pre.engine(), state);
        store.limiter(|state| &mut state.memory);
        store.set_hostcall_fuel(limits.answer_bytes);
        // Only an engine that counts takes it; without it nothing would run there.
        let _ = store.set_fuel(TANK);
        store.epoch_deadline_callback(|mut context| {
            let state = context.data_mut();
            if state.ticks == 0 {
                return Err(OutOfTime.into());
            }
            state.ticks -= 1;
            Ok(UpdateDeadline::Yield(1))
        });
        store.data_mut().begin(limits.init_cpu, 0, None);
        store.set_epoch_deadline(1);
        let mut fits = false;
        let started: Result<wasmtime::Result<_>, _> = tokio::time::timeout(limits.wall, async {
            let guest = pre.instantiate_async(store.as_context_mut()).await?;
            fits = true;
            let answer = guest
                .switchboard_plugin_handler()
                .call_init(store.as_context_mut(), community, config)
                .await?;
            wasmtime::Result::Ok((guest, answer))
        })
        .await;
        let traces = store.data_mut().finish();
        match started {
            Ok(Ok((guest, Ok(())))) => Ok(Self {
                store,
                guest,
                events_left: 0,
                used_at: Duration::ZERO,
            }),
            Ok(Ok((_, Err(refusal)))) => Err(not_enabled(&refusal)),
            Ok(Err(error)) if error.is::<OutOfTime>() => Err(Failure::Cpu {
                limit: limits.init_cpu,
                function: "init",
            }),
            Ok(Err(error)) => Err(match classify(&error, store.data(), &traces) {
                // Nothing of it has run, and nothing was refused to it: its types are not ours.
                Failure::Crashed(why) if !fits && !error.is::<Trap>() => {
                    Failure::Host(format!("it speaks another contract: {why}"))
                }
                failure => failure,
            }),
            Err(_) => Err(Failure::Wall {
                limit: limits.wall,
                function: "init",
            }),
        }
    }

    /// Hands it an event.
    pub(super) async fn handle(
        mut self,
        event: &Event,
        trail: &[Step],
        data: Arc<dyn HostData>,
        host: &Clocked,
        fuel: Option<&Fuel>,
    ) -> Handled {
        let limits = &self.store.data().limits;
        let (cpu_limit, wall_limit) = match &event.body {
            EventBody::Timer(_) => (limits.timer_cpu, limits.timer_wall),
            _ => (limits.cpu, limits.wall),
        };
        let asks_model = self.store.data().completions.is_some();
        // An answer has its own limit; this is for one that keeps none.
        let excused_max = limits.model_wait * limits.model_calls;
        let excused = Arc::clone(&self.store.data().excused);
        self.store.data_mut().begin(cpu_limit, event.now, Some(data));
        if asks_model || self.store.data().outside.is_some() {
            self.store.data_mut().event.clone_from(&event.id);
        }
        self.store.set_epoch_deadline(1);
        self.fill(fuel);
        let handler = self.guest.switchboard_plugin_handler();
        let call = handler.call_handle(self.store.as_context_mut(), event, trail);
        let waits = || excused.load(Ordering::Relaxed);
        let Metered { answer, busy, ended } = metered((wall_limit, excused_max), || host.now(), waits, call).await;
        self.measure(fuel);
        let traces = self.store.data_mut().finish();
        let function = "handle";
        let (keep, result) = match answer {
            Some(Ok(answer)) => (!self.store.data().memory.is_over_half(), answer.map_err(said)),
            Some(Err(error)) if error.is::<OutOfTime>() => {
                let limit = cpu_limit;
                (false, Err(Failure::Cpu { limit, function }))
            }
            Some(Err(error)) => (false, Err(classify(&error, self.store.data(), &traces))),
            None => {
                let (limit, waited) = (wall_limit, self.store.data().waits_in);
                let function = waited.unwrap_or(function);
                (false, Err(Failure::Wall { limit, function }))
            }
        };
        self.events_left = self.events_left.saturating_sub(1);
        self.used_at = ended;
        Handled {
            instance: (keep && self.events_left > 0).then_some(self),
            result,
            traces,
            cpu: busy,
        }
    }

    fn fill(&mut self, fuel: Option<&Fuel>) {
        if fuel.is_some() {
            self.store.set_fuel(TANK).expect("the engine counts");
        }
    }

    fn measure(&self, fuel: Option<&Fuel>) {
        if let Some(fuel) = fuel {
            fuel.count(self.store.get_fuel().expect("the engine counts"));
        }
    }
}

fn not_enabled(refusal: &str) -> Failure {
    Failure::Init(in_one_line(refusal))
}

fn said(error: Said) -> Failure {
    match error {
        Said::Rejected(why) => Failure::Rejected(in_one_line(&why)),
        Said::RetryAfter(millis) => Failure::RetryAfter(Duration::from_millis(millis.into())),
        Said::Failed(why) => Failure::Said(in_one_line(&why)),
    }
}

/// Finds the admin's words for what the engine tells.
fn classify(error: &wasmtime::Error, state: &State, traces: &Traces) -> Failure {
    if matches!(error.downcast_ref::<Trap>(), Some(Trap::StackOverflow)) {
        return Failure::Stack;
    }
    let cause = error.root_cause().to_string();
    // The engine has no type for it.
    if cause.contains("fuel allocated for hostcalls") {
        return Failure::TooMuchData;
    }
    if state.memory.refused() {
        return Failure::Memory {
            mib: state.limits.memory_bytes >> 20,
        };
    }
    // Names of the guest's own stand in it, too.
    Failure::Crashed(last_words(traces).unwrap_or_else(|| in_one_line(&cause)))
}

/// What a panic said on standard error: its last line that is not advice.
fn last_words(traces: &Traces) -> Option<String> {
    let lines = traces.log.iter().rev().filter(|(level, _)| *level == Level::Info);
    lines
        .map(|(_, line)| line.trim())
        .find(|line| !line.is_empty() && !line.starts_with("note: "))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn why_a_plugin_fails_is_told_in_one_line_that_moves_no_cursor() {
        let why = "no\u{1b}[2K\nacme/b: \u{202e}well";
        let shown = r"no\u{1b}[2K acme/b: \u{202e}well";
        assert_eq!(not_enabled(why), Failure::Init(shown.to_owned()));
        assert_eq!(said(Said::Failed(why.to_owned())), Failure::Said(shown.to_owned()));
        assert_eq!(
            said(Said::Rejected(why.to_owned())),
            Failure::Rejected(shown.to_owned())
        );
    }
}
