//! What an instance's store carries: the limits, what is used of them, and what the current event left behind.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use wasmtime::ResourceLimiter;

use super::bindings::switchboard::plugin::log::Level;
use super::config::Limits;
use super::data::HostData;
use super::host_api::Completions;
use super::http::Outside;
use super::kv::KvBuffer;
use super::room::{Held, Holding, Room};
use super::visible::in_one_line;

/// A table of more functions than this is no plugin's.
const TABLE_ELEMENTS_MAX: usize = 100_000;

/// The store's data. What is in it is the sandbox's own.
pub struct State {
    pub(super) limits: Arc<Limits>,
    pub(super) memory: MemoryGuard,
    /// Ticks of CPU that are left in this call.
    pub(super) ticks: u64,
    pub(super) data: Option<Arc<dyn HostData>>,
    /// What the event has taken of its plugin's room.
    pub(super) holding: Holding,
    /// The event's time, which is all the time there is.
    pub(super) now_ms: u64,
    /// Counts what was drawn of the stand-in for chance.
    pub(super) drawn: u64,
    pub(super) kv: KvBuffer,
    pub(super) log: Vec<(Level, String)>,
    pub(super) log_lost: u32,
    /// One line for each host call.
    pub(super) calls: Vec<String>,
    pub(super) calls_made: u32,
    pub(super) knowledge_calls: u32,
    pub(super) http_calls: u32,
    pub(super) model_calls: u32,
    /// Where it may read elsewhere; none without the permission.
    pub(super) outside: Option<Arc<Outside>>,
    /// What the language model said; none without the permission.
    pub(super) completions: Option<Completions>,
    /// The event's name, where something is asked elsewhere for it.
    pub(super) event: String,
    /// The host call that waits for somebody else.
    pub(super) waits_in: Option<&'static str>,
    /// Whether it waits in one whose time is not the plugin's.
    pub(super) excused: Arc<AtomicBool>,
    /// What waits for its line end on standard output and error.
    pub(super) stdio: String,
}

/// The ways out of the sandbox that were granted.
#[derive(Clone, Default)]
pub(super) struct Ways {
    pub(super) outside: Option<Arc<Outside>>,
    pub(super) completions: Option<Completions>,
}

/// Counts the memory of an instance and remembers a refusal.
#[derive(Debug, Default)]
pub(super) struct MemoryGuard {
    max: usize,
    used: usize,
    refused: bool,
}

/// What an event left behind in the store.
#[derive(Debug, Default)]
pub(super) struct Traces {
    pub(super) kv: KvBuffer,
    pub(super) log: Vec<(Level, String)>,
    pub(super) log_lost: u32,
    pub(super) calls: Vec<String>,
    pub(super) held: Held,
}

impl State {
    pub(super) fn new(limits: Arc<Limits>, room: Arc<Room>, ways: Ways) -> Self {
        let memory = MemoryGuard {
            max: limits.memory_bytes,
            ..MemoryGuard::default()
        };
        Self {
            limits,
            memory,
            ticks: 0,
            data: None,
            holding: Holding::new(room),
            now_ms: 0,
            drawn: 0,
            kv: KvBuffer::default(),
            log: Vec::new(),
            log_lost: 0,
            calls: Vec::new(),
            calls_made: 0,
            knowledge_calls: 0,
            http_calls: 0,
            model_calls: 0,
            outside: ways.outside,
            completions: ways.completions,
            event: String::new(),
            waits_in: None,
            excused: Arc::default(),
            stdio: String::new(),
        }
    }

    /// Gets ready for a call with so much CPU.
    pub(super) fn begin(&mut self, cpu: Duration, now_ms: u64, data: Option<Arc<dyn HostData>>) {
        self.ticks = u64::try_from(cpu.as_millis()).unwrap_or(u64::MAX);
        self.now_ms = now_ms;
        self.data = data;
        self.memory.refused = false;
        self.calls_made = 0;
        self.knowledge_calls = 0;
        self.http_calls = 0;
        self.model_calls = 0;
        self.waits_in = None;
        self.excused.store(false, Ordering::Relaxed);
        self.drawn = 0;
    }

    /// Takes out what the call left behind.
    pub(super) fn finish(&mut self) -> Traces {
        self.data = None;
        self.flush_stdio();
        Traces {
            kv: std::mem::take(&mut self.kv),
            log: std::mem::take(&mut self.log),
            log_lost: std::mem::take(&mut self.log_lost),
            calls: std::mem::take(&mut self.calls),
            held: self.holding.hand_over(),
        }
    }

    /// One more line for the plugin's log, in one and as people see it, cut to its limit; beyond the limit of lines it is counted.
    pub(super) fn log_line(&mut self, level: Level, text: &str) {
        if self.log.len() >= self.limits.log_lines {
            self.log_lost += 1;
            return;
        }
        let max = self.limits.log_line_bytes;
        let mut line = in_one_line(&text[..text.floor_char_boundary(max)]);
        line.truncate(line.floor_char_boundary(max));
        self.log.push((level, line));
    }

    /// What was written to standard output or error; whole lines go to the log.
    pub(super) fn write_stdio(&mut self, bytes: &[u8]) {
        let room = self.limits.log_line_bytes.saturating_sub(self.stdio.len());
        let kept = &bytes[..bytes.len().min(room.max(1))];
        self.stdio.push_str(&String::from_utf8_lossy(kept));
        while let Some(end) = self.stdio.find('\n') {
            let line: String = self.stdio.drain(..=end).collect();
            self.log_line(Level::Info, line.trim_end());
        }
    }

    fn flush_stdio(&mut self) {
        let rest = std::mem::take(&mut self.stdio);
        if !rest.trim().is_empty() {
            self.log_line(Level::Info, rest.trim_end());
        }
    }

    /// The next number of the stand-in for chance: the same for the same event.
    pub(super) fn draw(&mut self) -> u64 {
        self.drawn += 1;
        // SplitMix64: plugins get well-mixed bits, and nobody may take them for secret.
        let mut z = self.now_ms.wrapping_add(self.drawn.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

impl MemoryGuard {
    pub(super) fn refused(&self) -> bool {
        self.refused
    }

    /// A grown instance is dropped after its event: what it holds may be needed by others.
    pub(super) fn is_over_half(&self) -> bool {
        self.used > self.max / 2
    }
}

impl ResourceLimiter for MemoryGuard {
    fn memory_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        let used = self.used - current.min(self.used) + desired;
        if used > self.max {
            self.refused = true;
            return Ok(false);
        }
        self.used = used;
        Ok(true)
    }

    fn table_growing(&mut self, _current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        Ok(desired <= TABLE_ELEMENTS_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_plugin_logs_does_nothing_to_a_terminal() {
        let limits = Limits {
            log_line_bytes: 24,
            ..Limits::default()
        };
        let mut state = State::new(Arc::new(limits), Arc::default(), Ways::default());
        state.log_line(Level::Warn, "a\u{1b}[31m\nb\u{202e}");
        state.log_line(Level::Info, &"\u{1b}".repeat(24));
        state.write_stdio(b"\x1b]0;mine\x07\n");
        let lines: Vec<_> = state.finish().log.into_iter().map(|(_, line)| line).collect();
        let cut = r"\u{1b}".repeat(4);
        assert_eq!(lines, [r"a\u{1b}[31m b\u{202e}", cut.as_str(), r"\u{1b}]0;mine\u{7}"]);
    }
}
