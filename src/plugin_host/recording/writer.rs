//! A recording that goes on. Calls become lines where they were made; a thread of its own writes them, so that no event waits for the
//! disk. What is lost in a crash, or because the disk is slow, is lost: a recording is for authors, and nothing rests on it.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;

use serde::Serialize;
use serde_json::value::RawValue;

use super::Recorder;
use super::line::{Came, End, Header, LINE_BYTES_MAX, Line, Settings};
use super::tape::Tape;
use crate::plugin_host::bindings::switchboard::plugin::types::{Event, Step};
use crate::plugin_host::{Package, Report};

/// As many as somebody looks through, and a busy day of a large community.
const CALLS_MAX: u32 = 10_000;

/// A file that can still be sent to an author.
const BYTES_MAX: usize = 64 << 20;

/// Lines that wait for the disk: enough for a burst.
const WAITING_MAX: usize = 1_024;

/// Their bytes: a plugin with large answers must not fill the memory.
const WAITING_BYTES_MAX: usize = 16 << 20;

/// Writes what a plugin is handed, and what comes of it, into a file.
#[derive(Debug)]
pub struct Recording {
    plugin: String,
    calls_max: u32,
    state: Mutex<State>,
    disk: Arc<Disk>,
}

#[derive(Debug, Default)]
struct State {
    pen: Option<Pen>,
    settings: Option<Settings>,
    calls: u32,
    bytes: usize,
    lost: u32,
}

#[derive(Debug)]
struct Pen {
    lines: SyncSender<String>,
    thread: JoinHandle<()>,
}

/// What the thread says of itself.
#[derive(Debug, Default)]
struct Disk {
    /// Bytes of the lines that wait.
    waiting: AtomicUsize,
}

/// A line with a call, as [`Line::Call`] reads it.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Written<'a> {
    Call {
        event: &'a Event,
        trail: &'a [Step],
        asked: Vec<Box<RawValue>>,
        came: Came,
    },
}

impl Recording {
    /// Begins at `now`, in milliseconds since the Unix epoch.
    ///
    /// # Errors
    ///
    /// When the file cannot be written, or there is no thread for it.
    pub fn begin(file: File, package: &Package, now: i64) -> io::Result<Self> {
        Self::with_room(CALLS_MAX, file, package, now)
    }

    fn with_room(calls_max: u32, mut file: File, package: &Package, now: i64) -> io::Result<Self> {
        // At once: by it whoever looks knows how old the file is.
        let header = line(&Line::Recording(Header::of(package, now))).unwrap_or_default();
        file.write_all(header.as_bytes())?;
        let (lines, written) = sync_channel(WAITING_MAX);
        let disk = Arc::<Disk>::default();
        let (plugin, seen) = (package.manifest.plugin.id.clone(), Arc::clone(&disk));
        let name = plugin.clone();
        let thread = std::thread::Builder::new()
            .name("plugin-recording".to_owned())
            .spawn(move || {
                if let Err(error) = write(file, &written, &seen) {
                    tracing::warn!(plugin = %name, error = %error, "a recording ends: it cannot be written");
                }
            })?;
        Ok(Self {
            plugin,
            calls_max,
            state: Mutex::new(State {
                pen: Some(Pen { lines, thread }),
                ..State::default()
            }),
            disk,
        })
    }

    /// How many calls are in it so far.
    pub fn calls(&self) -> u32 {
        self.state().calls
    }

    /// Whether nothing is added any more.
    pub fn is_over(&self) -> bool {
        self.state().pen.is_none()
    }

    /// Ends it, and answers when all of it is in the file.
    pub fn end(&self, because: &str) -> End {
        let (end, pen) = self.close(because);
        if let Some(Pen { lines, thread }) = pen {
            // Waits for the disk, if need be. A thread that is gone has said why.
            let _ = lines.send(line(&Line::End(end.clone())).unwrap_or_default());
            drop(lines);
            let _ = thread.join();
        }
        end
    }

    /// Ends it, and waits for nothing.
    pub(super) fn end_soon(&self, because: &str) {
        let (end, pen) = self.close(because);
        if let Some(pen) = pen {
            // Where the disk is behind, the file ends without a word; its reader says so.
            let _ = pen.lines.try_send(line(&Line::End(end)).unwrap_or_default());
        }
    }

    pub(in crate::plugin_host) fn add(
        &self,
        settings: &Settings,
        (event, trail): (&Event, &[Step]),
        tape: &Tape,
        report: &Report,
    ) {
        let asked = tape.take();
        let call = asked.and_then(|asked| {
            line(&Written::Call {
                event,
                trail,
                asked,
                came: Came::of(report),
            })
        });
        let mut state = self.state();
        if state.pen.is_none() {
            return;
        }
        let Some(call) = call.filter(|call| call.len() <= LINE_BYTES_MAX) else {
            state.lost += 1;
            return;
        };
        if state.settings.as_ref() != Some(settings) {
            if !self.say(&mut state, &Line::Settings(settings.clone())) {
                state.lost += 1;
                return;
            }
            state.settings = Some(settings.clone());
        }
        if !self.push(&mut state, call) {
            state.lost += 1;
            return;
        }
        state.calls += 1;
        if state.calls >= self.calls_max || state.bytes >= BYTES_MAX {
            drop(state);
            let (calls, mib) = (self.calls_max, BYTES_MAX >> 20);
            self.end_soon(&format!("it was full: at most {calls} events and {mib} MiB are in it"));
        }
    }

    fn close(&self, because: &str) -> (End, Option<Pen>) {
        let mut state = self.state();
        let end = End {
            calls: state.calls,
            lost: state.lost,
            because: because.to_owned(),
        };
        (end, state.pen.take())
    }

    fn say(&self, state: &mut State, what: &Line) -> bool {
        line(what).is_some_and(|line| self.push(state, line))
    }

    /// Hands a line to the thread, unless it is too far behind.
    fn push(&self, state: &mut State, line: String) -> bool {
        let Some(pen) = &state.pen else {
            return false;
        };
        let bytes = line.len();
        if self.disk.waiting.load(Ordering::Relaxed) + bytes > WAITING_BYTES_MAX {
            return false;
        }
        // Counted first: the thread may be done with it at once.
        self.disk.waiting.fetch_add(bytes, Ordering::Relaxed);
        let pushed = pen.lines.try_send(line);
        if let Err(refused) = &pushed {
            self.disk.waiting.fetch_sub(bytes, Ordering::Relaxed);
            if matches!(refused, TrySendError::Disconnected(_)) {
                // It could not be written, and the thread has said why.
                state.pen = None;
            }
            return false;
        }
        state.bytes += bytes;
        true
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nobody panics while holding it")
    }
}

/// All calls of one plugin, in whichever community: for its author.
impl Recorder for Arc<Recording> {
    fn recording(&self, _community: &str, plugin: &str) -> Option<Arc<Recording>> {
        (self.plugin == plugin).then(|| Arc::clone(self))
    }
}

fn line<T: Serialize>(what: &T) -> Option<String> {
    let mut line = serde_json::to_string(what).ok()?;
    line.push('\n');
    Some(line)
}

fn write(file: File, lines: &Receiver<String>, disk: &Disk) -> io::Result<()> {
    let mut file = BufWriter::new(file);
    while let Ok(first) = lines.recv() {
        let mut next = Some(first);
        while let Some(line) = next {
            file.write_all(line.as_bytes())?;
            disk.waiting.fetch_sub(line.len(), Ordering::Relaxed);
            next = lines.try_recv().ok();
        }
        // Nothing more waits, so that whoever looks sees all of it.
        file.flush()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::super::Reader;
    use super::super::playback::Playback;
    use super::*;
    use crate::plugin_host::bindings::switchboard::plugin::types::EventBody;
    use crate::plugin_host::{Failure, HostData as _, Packages};

    fn event() -> Event {
        Event {
            id: "event".to_owned(),
            attempt: 1,
            occurred_at: 0,
            now: 0,
            late: false,
            language: "en".to_owned(),
            place: None,
            person: None,
            conversation: None,
            body: EventBody::Ready,
        }
    }

    fn begin(calls_max: u32) -> (Recording, File) {
        let packages = Packages::bundled();
        let wasm = packages.find("switchboard/hello").expect("it is inside");
        let package = Package::read(wasm).expect("it is sound");
        let file = tempfile::NamedTempFile::new().expect("there is room");
        let written = file.reopen().expect("it can be opened");
        let recording = Recording::with_room(calls_max, written, &package, 5).expect("it begins");
        (recording, file.into_file())
    }

    fn add(recording: &Recording, config: &str, tape: &Tape) {
        let settings = Settings {
            version: "0.1.0".to_owned(),
            digest: "d".to_owned(),
            community: "c".to_owned(),
            config: config.to_owned(),
        };
        let report = Report::failed(Failure::Said("no".to_owned()));
        recording.add(&settings, (&event(), &[]), tape, &report);
    }

    fn nothing_read() -> Tape {
        Tape::over(Arc::new(Playback::new(Vec::new())))
    }

    /// The kind of each line, in order.
    fn kinds(mut file: File) -> Vec<&'static str> {
        let mut text = Vec::new();
        file.read_to_end(&mut text).expect("it can be read");
        let kind = |line: Result<Line, _>| match line.expect("it is sound") {
            Line::Recording(_) => "recording",
            Line::Settings(_) => "settings",
            Line::Call(_) => "call",
            Line::End(_) => "end",
        };
        Reader::new(text.as_slice()).map(kind).collect()
    }

    #[test]
    fn settings_stand_before_the_calls_that_ran_with_them() {
        let (recording, file) = begin(100);
        for config in ["{}", "{}", "{\"a\":1}"] {
            add(&recording, config, &nothing_read());
        }
        let end = recording.end("x");
        assert_eq!((end.calls, end.lost), (3, 0));
        let expected = ["recording", "settings", "call", "call", "settings", "call", "end"];
        assert_eq!(kinds(file), expected);
    }

    #[test]
    fn a_full_recording_ends_by_itself_and_says_why() {
        let (recording, file) = begin(2);
        for _ in 0..3 {
            add(&recording, "{}", &nothing_read());
        }
        assert!(recording.is_over());
        assert_eq!(recording.calls(), 2);
        drop(file);
    }

    #[tokio::test]
    async fn a_call_that_reads_too_much_is_counted_and_left_out() {
        let (recording, file) = begin(100);
        let tape = nothing_read();
        let question = "x".repeat(LINE_BYTES_MAX / 2);
        for _ in 0..3 {
            let _ = tape.ask(&question, 1).await;
        }
        add(&recording, "{}", &tape);
        let end = recording.end("x");
        assert_eq!((end.calls, end.lost), (0, 1));
        assert_eq!(kinds(file), ["recording", "end"]);
    }
}
