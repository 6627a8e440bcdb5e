//! `switchboard plugin replay`: hands recorded events to another build, in the real sandbox, with the answers that were recorded, and
//! shows what comes out differently.

mod difference;
mod shown;

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufReader, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};

use self::difference::difference;
use super::build::Built;
use crate::cli::Failure;
use crate::cli::failure::{FOUND, OURS, USAGE};
use crate::clock::SystemClock;
use crate::dispatcher::chain::check_config;
use crate::installer::changes;
use crate::model::amount::counted;
use crate::plugin_host::recording::{Broken, Call, Came, End, Header, Line, Playback, Reader, Settings};
use crate::plugin_host::{HostOptions, Loaded, Package, Plugin, PluginHost};

#[derive(clap::Args)]
#[command(
    after_help = "Nothing is sent, kept or asked for elsewhere. A question gets the answer that the same question got when it was recorded; \
                        what was not asked then is named, and answered as if nothing were there. Exit code 1: an outcome changed, or \
                        the recording cannot be played.\n\nExamples:\n  switchboard plugin test parrot --record parrot.jsonl\n  \
                        switchboard plugin replay parrot parrot.jsonl\n  switchboard plugin replay parrot-0.2.0.wasm parrot.jsonl"
)]
pub(crate) struct Arguments {
    /// The folder of the plugin, which is compiled first; or its package, a `.wasm` file.
    plugin: PathBuf,
    /// What `plugin record`, `plugin test --record` or `plugin chat --record` has written.
    recording: PathBuf,
    /// Replays with another setting than the recorded one: JSON, or text as it stands. `NAME=` takes it away.
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,
    /// Hands each event to an instance of its own: what a plugin keeps in its memory is gone.
    #[arg(long)]
    fresh: bool,
    /// As JSON, for programs.
    #[arg(long)]
    json: bool,
}

/// Where recorded events are handed in.
struct Stage {
    host: PluginHost,
    loaded: Loaded,
    /// Take the place of what was recorded.
    set: serde_json::Map<String, Value>,
    /// The plugin that runs, with what it runs with.
    running: Option<(Settings, Arc<Plugin>)>,
}

/// What came of all events.
#[derive(Default)]
struct Sum {
    events: usize,
    same: usize,
    changed: usize,
    failed: usize,
    /// Asked for something that was not recorded.
    wanting: usize,
}

/// How an event came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Same,
    Changed,
    /// In another way than it was recorded.
    Failed,
}

/// One event as it is shown.
struct Shown {
    /// Of the recording, from 1.
    event: usize,
    verdict: Verdict,
    what: String,
    before: Vec<String>,
    now: Vec<String>,
    missing: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let set = changes(&arguments.set).map_err(|problem| Failure::new(USAGE, problem))?;
    // All of it, before anything is built: half a report is worse than none.
    let header = look_through(&arguments.recording)?;
    let Built { wasm, package, .. } = super::read(&arguments.plugin)?;
    fits(&header, &package)?;
    let options = HostOptions {
        fresh: arguments.fresh,
        ..HostOptions::default()
    };
    let host = PluginHost::start(options, Arc::new(SystemClock::new()));
    let host = host.map_err(|error| Failure::new(OURS, error.to_string()))?;
    let loaded = host
        .load(&wasm, &package.manifest.wanted())
        .map_err(|error| Failure::new(FOUND, error.to_string()))?;
    let mut stage = Stage {
        host,
        loaded,
        set,
        running: None,
    };
    let (mut sum, mut shown) = (Sum::default(), Vec::new());
    for line in open(&arguments.recording)? {
        match line.map_err(|broken| cannot(&arguments.recording, &broken))? {
            Line::Recording(_) | Line::End(_) => {}
            Line::Settings(settings) => stage.settings(settings)?,
            Line::Call(call) => {
                let one = stage.replay(*call, sum.events + 1)?;
                sum.add(&one);
                if one.verdict != Verdict::Same || !one.missing.is_empty() {
                    if !arguments.json && !is_read(&one.text())? {
                        return Ok(());
                    }
                    shown.push(one);
                }
            }
        }
    }
    let end = if arguments.json {
        sum.json(&shown).to_string()
    } else {
        sum.text()
    };
    if is_read(&format!("{end}\n"))? {
        sum.verdict()
    } else {
        Ok(())
    }
}

/// Shows it, as long as somebody looks: whoever has closed standard output, as `head` does, has seen enough.
fn is_read(text: &str) -> Result<bool, Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Failure::new(OURS, format!("cannot write to standard output: {error}"))),
    }
}

fn open(path: &Path) -> Result<Reader<BufReader<File>>, Failure> {
    let file = File::open(path).map_err(|error| cannot(path, &Broken::File(error)))?;
    Ok(Reader::new(BufReader::new(file)))
}

/// Reads all of it, and says what is known to be missing.
fn look_through(path: &Path) -> Result<Header, Failure> {
    let mut reader = open(path)?;
    let (mut header, mut end) = (None, None);
    for line in &mut reader {
        match line.map_err(|broken| cannot(path, &broken))? {
            Line::Recording(first) => header = Some(first),
            Line::End(last) => end = Some(last),
            Line::Settings(_) | Line::Call(_) => {}
        }
    }
    match end {
        Some(End { lost: 0, .. }) => {}
        Some(End { lost, .. }) => eprintln!("note: {lost} more events are not in the recording"),
        None if reader.is_cut() => eprintln!("note: the last line of the recording is cut off, and left out"),
        None => eprintln!("note: the recording breaks off: more events may have been recorded"),
    }
    header.ok_or_else(|| cannot(path, &Broken::Empty))
}

fn cannot(path: &Path, broken: &Broken) -> Failure {
    let why = match broken {
        Broken::File(error) => format!("{broken}: {error}"),
        _ => broken.to_string(),
    };
    Failure::new(FOUND, format!("cannot replay {}: {why}", path.display()))
}

/// Whether it is a recording of this plugin.
fn fits(header: &Header, package: &Package) -> Result<(), Failure> {
    let about = &package.manifest.plugin;
    if header.plugin != about.id {
        let what = format!("it is a recording of {:?}, and this is {}", header.plugin, about.id);
        return Err(Failure::new(FOUND, what).hint("a recording is replayed to another build of the same plugin"));
    }
    if header.contract != about.api {
        let (then, now) = (&header.contract, &about.api);
        eprintln!(
            "note: it was recorded with contract {then:?}, and this build speaks {now:?}: what differs between them may show"
        );
    }
    Ok(())
}

impl Stage {
    /// The calls that follow ran with these.
    fn settings(&mut self, recorded: Settings) -> Result<(), Failure> {
        let same = |known: &Settings| known.community == recorded.community && known.config == recorded.config;
        if self.running.as_ref().is_some_and(|(known, _)| same(known)) {
            // Another build of the old plugin, which is none of this one's business.
            return Ok(());
        }
        let hint = "give the settings that this build wants with --set NAME=VALUE";
        let problem = |why: String| Failure::new(FOUND, format!("this build does not start: {why}")).hint(hint);
        let mut config = recorded.config.clone();
        if !self.set.is_empty() {
            let read: Result<serde_json::Map<String, Value>, _> = serde_json::from_str(&config);
            let mut fields = read.map_err(|_| problem("the recorded settings are no JSON object".to_owned()))?;
            for (name, value) in &self.set {
                match value {
                    Value::Null => fields.remove(name),
                    value => fields.insert(name.clone(), value.clone()),
                };
            }
            config = Value::Object(fields).to_string();
        }
        check_config(&self.loaded.package().manifest, &config).map_err(problem)?;
        let starting = self.host.run(&self.loaded, &recorded.community, &config);
        let started = self.host.handle().block_on(starting);
        let plugin = started.map_err(|failure| problem(failure.to_string()))?;
        self.running = Some((recorded, plugin));
        Ok(())
    }

    fn replay(&self, call: Call, event: usize) -> Result<Shown, Failure> {
        let (_, plugin) = self
            .running
            .as_ref()
            .ok_or_else(|| Failure::new(OURS, "a call was read before its settings"))?;
        let playback = Arc::new(Playback::new(call.asked));
        plugin.forget_room();
        let handled = plugin.handle(&call.event, &call.trail, Arc::<Playback>::clone(&playback));
        let now = Came::of(&self.host.handle().block_on(handled));
        let verdict = if now == call.came {
            Verdict::Same
        } else if now.result.is_err() {
            Verdict::Failed
        } else {
            Verdict::Changed
        };
        let (mut before, mut after) = (shown::came(&call.came), shown::came(&now));
        if verdict != Verdict::Same && before == after {
            // People see no difference: programs do.
            (before, after) = (exact(&call.came), exact(&now));
        }
        Ok(Shown {
            event,
            verdict,
            what: shown::what(&call.event),
            before,
            now: after,
            missing: playback.missing(),
        })
    }
}

fn exact(came: &Came) -> Vec<String> {
    vec![serde_json::to_string(came).unwrap_or_default()]
}

impl Verdict {
    fn word(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Changed => "changed",
            Self::Failed => "failed",
        }
    }
}

impl Shown {
    fn text(&self) -> String {
        let mut out = format!("{:<7} event {}: {}\n", self.verdict.word(), self.event, self.what);
        if self.verdict != Verdict::Same {
            for line in difference(&self.before, &self.now) {
                writeln!(out, "  {line}").expect("a string takes all");
            }
        }
        for what in &self.missing {
            writeln!(out, "  asks for something that was not recorded: {what}").expect("a string takes all");
        }
        // What members wrote moves no cursor.
        out.replace(|letter: char| letter.is_control() && letter != '\n', "\u{fffd}")
    }

    fn json(&self) -> Value {
        json!({
            "event": self.event,
            "what": self.what,
            "outcome": self.verdict.word(),
            "before": self.before,
            "now": self.now,
            "not_recorded": self.missing,
        })
    }
}

impl Sum {
    fn add(&mut self, one: &Shown) {
        self.events += 1;
        match one.verdict {
            Verdict::Same => self.same += 1,
            Verdict::Changed => self.changed += 1,
            Verdict::Failed => self.failed += 1,
        }
        self.wanting += usize::from(!one.missing.is_empty());
    }

    fn text(&self) -> String {
        let Self {
            same, changed, failed, ..
        } = self;
        let events = counted(self.events, "event", "events");
        let wanting = match self.wanting {
            0 => String::new(),
            some => format!("; {some} asked for something that was not recorded"),
        };
        format!("{events}: {same} the same, {changed} changed, {failed} failed{wanting}")
    }

    fn json(&self, shown: &[Shown]) -> Value {
        json!({
            "events": self.events,
            "same": self.same,
            "changed": self.changed,
            "failed": self.failed,
            "shown": shown.iter().map(Shown::json).collect::<Vec<_>>(),
        })
    }

    fn verdict(&self) -> Result<(), Failure> {
        if self.events == 0 {
            return Err(
                Failure::new(FOUND, "there is no event in the recording").hint("record while somebody talks with it")
            );
        }
        let differently = self.changed + self.failed;
        if differently == 0 {
            return Ok(());
        }
        let events = counted(self.events, "event", "events");
        Err(Failure::new(
            FOUND,
            format!("{differently} of {events} came out differently"),
        ))
    }
}
