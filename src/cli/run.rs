//! `switchboard run`: the program itself.

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
    eprintln!("Stopping: finishing what is in hand. Once more to stop at once.");
    tokio::select! {
        ended = app.stop() => if ended {
            Ok(())
        } else {
            Err(Failure::new(OURS, "not everything ended in time; nothing that was accepted is lost"))
        },
        () = signals.next() => {
            eprintln!("Stopped at once. Nothing that was accepted is lost; the rest is done after the next start.");
            std::process::exit(OURS.into())
        }
    }
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
}

impl Signals {
    pub(super) fn listen() -> Result<Self, Failure> {
        let listen = |kind| signal(kind).map_err(|error| Failure::new(OURS, format!("cannot hear signals: {error}")));
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
        })
    }

    pub(super) async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
