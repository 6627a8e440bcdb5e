//! What Ctrl-C does while somebody is asked: it ends the command with the word that it goes on, and leaves the terminal as it
//! was. Once the program runs on its own, `run` hears Ctrl-C instead.

use std::io::Write as _;
use std::process::exit;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

use crate::cli::Failure;
use crate::cli::failure::OURS;

/// As shells say of a command that Ctrl-C ended.
const INTERRUPTED: i32 = 130;

/// Held while the terminal does not show what is typed: whoever ends the process then would leave it so.
static HIDDEN: Mutex<()> = Mutex::new(());

/// As long as this lives, Ctrl-C ends the process with a word.
pub(super) struct Interrupt {
    /// Its end tells the thread that somebody else listens.
    _watching: oneshot::Sender<()>,
}

impl Interrupt {
    pub(super) fn watched() -> Result<Self, Failure> {
        let failed = |error: std::io::Error| Failure::new(OURS, format!("cannot hear signals: {error}"));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(failed)?;
        let mut interrupts = {
            let _inside = runtime.enter();
            signal(SignalKind::interrupt()).map_err(failed)?
        };
        let (watching, over) = oneshot::channel::<()>();
        // A thread of its own: whoever waits for a line blocks the one that they are on.
        std::thread::Builder::new()
            .name("interrupt".to_owned())
            .spawn(move || {
                runtime.block_on(async {
                    tokio::select! {
                        _ = over => {}
                        _ = interrupts.recv() => {
                            let _shown = hidden();
                            farewell();
                        }
                    }
                });
            })
            .map_err(failed)?;
        Ok(Self { _watching: watching })
    }
}

/// Does what hides what is typed, and that raises the signal itself. The process ends only when the terminal is as it was.
pub(super) fn held_back<T>(ask: impl FnOnce() -> std::io::Result<T>) -> std::io::Result<T> {
    let _hidden = hidden();
    let answered = ask();
    if let Err(error) = &answered
        && error.kind() == std::io::ErrorKind::Interrupted
    {
        farewell();
    }
    answered
}

fn hidden() -> MutexGuard<'static, ()> {
    HIDDEN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn farewell() -> ! {
    // Whoever closed standard output does not look at it.
    let _ = writeln!(std::io::stdout(), "\n`switchboard init` goes on here.");
    exit(INTERRUPTED)
}
