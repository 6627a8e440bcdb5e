//! What ends the command while somebody is asked: Ctrl-C, and being told to end. It says that it goes on, and leaves the
//! terminal as it was and no file half written. Once the program runs on its own, `run` hears Ctrl-C instead.

use std::io::{Write as _, stdin, stdout};
use std::process::exit;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

use crate::cli::failure::OURS;
use crate::cli::{Failure, run};

/// What shells add to the number of the signal that ended a command.
const SIGNALLED: i32 = 128;

/// What a key is that does nothing.
const NO_KEY: u8 = 0;

/// How the terminal was, while it does not show what is typed. Whoever changes that holds this.
static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);

/// Held while a file is written: what ends the command waits until it is.
static WRITING: Mutex<()> = Mutex::new(());

/// As long as this lives, Ctrl-C ends the process with a word.
pub(super) struct Interrupt {
    /// Its end tells the thread that somebody else listens.
    _watching: oneshot::Sender<()>,
}

impl Interrupt {
    /// Whoever ends it is told by which command it goes on.
    pub(super) fn watched(command: &'static str) -> Result<Self, Failure> {
        let failed = |error: std::io::Error| Failure::new(OURS, format!("cannot hear signals: {error}"));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(failed)?;
        let (mut interrupt, mut terminate, mut hangup) = {
            let _inside = runtime.enter();
            let hear = |kind| signal(kind).map_err(failed);
            (
                hear(SignalKind::interrupt())?,
                hear(SignalKind::terminate())?,
                run::hangup()?,
            )
        };
        let (watching, over) = oneshot::channel::<()>();
        // A thread of its own: whoever waits for a line blocks the one that they are on.
        std::thread::Builder::new()
            .name("interrupt".to_owned())
            .spawn(move || {
                let kind = runtime.block_on(async {
                    tokio::select! {
                        // Who listens from then on hears also what came before this thread woke.
                        biased;
                        _ = over => None,
                        _ = interrupt.recv() => Some(SignalKind::interrupt()),
                        _ = terminate.recv() => Some(SignalKind::terminate()),
                        () = run::hung_up(&mut hangup) => Some(SignalKind::hangup()),
                    }
                });
                let Some(kind) = kind else { return };
                let _to_the_end = nothing_is_half_done();
                // Whoever closed standard output does not look at it.
                let _ = writeln!(stdout(), "\n`{command}` goes on here.");
                exit(SIGNALLED + kind.as_raw_value())
            })
            .map_err(failed)?;
        Ok(Self { _watching: watching })
    }
}

/// Asks while the terminal at standard input does not show what is typed, but that a line was ended.
pub(super) fn hidden<T>(ask: impl FnOnce() -> T) -> std::io::Result<T> {
    let shown = tcgetattr(stdin())?;
    let mut hidden = shown.clone();
    hidden.local_modes.remove(LocalModes::ECHO);
    hidden.local_modes.insert(LocalModes::ECHONL);
    // These two would leave the terminal like this, for whoever comes next.
    hidden.special_codes[SpecialCodeIndex::VSUSP] = NO_KEY;
    hidden.special_codes[SpecialCodeIndex::VQUIT] = NO_KEY;
    {
        let mut before = lock(&BEFORE);
        tcsetattr(stdin(), OptionalActions::Now, &hidden)?;
        *before = Some(shown);
    }
    let answered = ask();
    drop(shown_again());
    Ok(answered)
}

/// Writes a file that what ends the command must not leave half written, or beside the one that it was to replace.
pub(super) fn unbroken<T>(write: impl FnOnce() -> T) -> T {
    let _writing = lock(&WRITING);
    write()
}

/// Puts the terminal back and waits for a file that is being written. While this is held nobody hides it again, and no
/// other file is begun.
fn nothing_is_half_done() -> impl Sized {
    (shown_again(), lock(&WRITING))
}

/// Puts the terminal back. What is typed and not read yet is not for whoever comes next: it may be half a token.
fn shown_again() -> MutexGuard<'static, Option<Termios>> {
    let mut before = lock(&BEFORE);
    if let Some(shown) = before.take() {
        // A terminal that is gone needs nothing.
        let _ = tcsetattr(stdin(), OptionalActions::Flush, &shown);
    }
    before
}

fn lock<T>(held: &'static Mutex<T>) -> MutexGuard<'static, T> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether nobody holds it, as another thread sees it.
    fn is_free<T: Send>(held: &'static Mutex<T>) -> bool {
        std::thread::spawn(|| held.try_lock().is_ok()).join().unwrap()
    }

    #[test]
    fn nothing_ends_while_a_file_is_written_and_no_file_is_begun_once_it_ends() {
        unbroken(|| assert!(!is_free(&WRITING)));
        let to_the_end = nothing_is_half_done();
        assert!(!is_free(&WRITING) && !is_free(&BEFORE));
        drop(to_the_end);
        assert!(is_free(&BEFORE));
    }
}
