//! `switchboard run`: the program itself.

use std::io::{Write as _, stderr};

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::failure::OURS;
use super::{Common, Failure, block_on};
use crate::app::App;
use crate::telemetry;

#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  switchboard run\n  switchboard run --listen 127.0.0.1:9000 --data /srv/switchboard"
)]
pub(crate) struct Arguments {
    /// Address and port, instead of those in the configuration. Port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
}

pub(crate) fn run(common: &Common, arguments: &Arguments) -> Result<(), Failure> {
    let config = common.load(arguments.listen.as_deref())?;
    config.bots()?;
    telemetry::start_logs(&config.written.log);
    block_on(async {
        let mut signals = Signals::listen()?;
        let app = App::start(&config, true).await?;
        println!("{}", greeting(&app));
        signals.next().await;
        stop(app, &mut signals).await
    })
}

/// Finishes what is in hand, unless it is asked once more.
pub(super) async fn stop(app: App, signals: &mut Signals) -> Result<(), Failure> {
    tell("Stopping: finishing what is in hand. Once more to stop at once.");
    tokio::select! {
        ended = app.stop() => if ended {
            Ok(())
        } else {
            Err(Failure::new(OURS, "not everything ended in time; nothing that was accepted is lost"))
        },
        () = signals.next() => {
            tell("Stopped at once. Nothing that was accepted is lost; the rest is done after the next start.");
            std::process::exit(OURS.into())
        }
    }
}

/// A terminal that was closed takes nothing any more; that stops nothing.
fn tell(line: &str) {
    let _ = writeln!(stderr(), "{line}");
}

/// What whoever started it is told.
pub(super) fn greeting(app: &App) -> String {
    let url = app.url().unwrap_or_default();
    let mut lines = vec![
        "Switchboard is running.".to_owned(),
        format!("  web chat  {url}/"),
        format!("  console   {url}/console"),
    ];
    if let Some(link) = app.first_owner() {
        lines.push(format!("\nThe first account is made here, once:\n  {link}\n"));
    }
    lines.push("Ctrl-C stops it.".to_owned());
    lines.join("\n")
}

/// What asks the process to end.
pub(super) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Option<Signal>,
}

impl Signals {
    pub(super) fn listen() -> Result<Self, Failure> {
        Ok(Self {
            interrupt: hear(SignalKind::interrupt())?,
            terminate: hear(SignalKind::terminate())?,
            hangup: hangup()?,
        })
    }

    pub(super) async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            () = hung_up(&mut self.hangup) => {}
        }
        // That a terminal closes is a reason to stop, and none to stop at once: system and shell may both say so.
        self.hangup = None;
    }
}

fn hear(kind: SignalKind) -> Result<Signal, Failure> {
    signal(kind).map_err(|error| Failure::new(OURS, format!("cannot hear signals: {error}")))
}

/// What is heard when the terminal closes; none where whoever started the process wants it to outlive that, as `nohup` does.
pub(super) fn hangup() -> Result<Option<Signal>, Failure> {
    // Empty on systems that do not tell: there it is heard.
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kind = SignalKind::hangup();
    (!is_ignored(&status, kind)).then(|| hear(kind)).transpose()
}

/// Waits until the terminal closes.
pub(super) async fn hung_up(hangup: &mut Option<Signal>) {
    match hangup {
        Some(heard) => heard.recv().await,
        None => std::future::pending().await,
    };
}

/// Whether the process was started so that this signal does nothing, as Linux tells of it: bits, the lowest for signal 1.
fn is_ignored(status: &str, kind: SignalKind) -> bool {
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let bits = ignored.and_then(|bits| u64::from_str_radix(bits.trim(), 16).ok());
    bits.is_some_and(|bits| bits >> (kind.as_raw_value() - 1) & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_ignored_is_told_in_bits() {
        let check = |status: &str, kind, expected| assert_eq!(is_ignored(status, kind), expected, "{status}");
        let nohup = "SigBlk:\t0000000000000000\nSigIgn:\t0000000000001001\nSigCgt:\t0000000000004002\n";
        check(nohup, SignalKind::hangup(), true);
        check(nohup, SignalKind::interrupt(), false);
        check(nohup, SignalKind::pipe(), true);
        check("SigIgn:\t0000000000001000\n", SignalKind::hangup(), false);
        check("", SignalKind::hangup(), false);
    }
}
