//! The running process's end of the socket.

use std::convert::Infallible;
use std::fs::Permissions;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::unix::OwnedReadHalf;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

use super::LINE_BYTES_MAX;
use super::words::{Reply, Request};
use crate::app::ops::Ops;
use crate::connectors::terminal::{Heard, Said, Terminal};
use crate::supervisor::Stop;

/// Commands and chats at once; more are a script gone wild.
const CONNECTIONS_MAX: usize = 32;

/// When the system is out of sockets, trying again at once only burns the processor.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What is still to be shown when the program stops is in memory already.
const TALK_PATIENCE: Duration = Duration::from_millis(500);

/// Only the owner of the process may talk to it.
const SOCKET_MODE: u32 = 0o600;

/// Takes the socket. The lock on the data folder says that nobody else lives behind an old one.
pub(in crate::app) fn bind(path: &Path) -> io::Result<UnixListener> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, Permissions::from_mode(SOCKET_MODE))?;
    Ok(listener)
}

/// When what ends.
#[derive(Clone)]
pub(in crate::app) struct Stops {
    /// Nobody new is served from then on.
    pub(in crate::app) intake: Stop,
    /// Open talks end: everything that was answered is shown.
    pub(in crate::app) talks: Stop,
}

/// Answers until it is to stop.
pub(in crate::app) async fn serve(
    listener: Arc<UnixListener>,
    ops: Arc<Ops>,
    terminal: Arc<Terminal>,
    stops: Stops,
) -> Result<(), Infallible> {
    let open = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut talks = JoinSet::new();
    while let Some((stream, permit)) = next(&listener, &open, &stops.intake).await {
        while talks.try_join_next().is_some() {}
        let (ops, terminal) = (Arc::clone(&ops), Arc::clone(&terminal));
        talks.spawn(async move {
            // Whoever hung up in the middle needs no answer.
            let _ = talk(stream, &ops, &terminal).await;
            drop(permit);
        });
    }
    stops.talks.requested().await;
    terminal.hang_up();
    // Who does not talk at all, or does not read, is cut off.
    let _ = tokio::time::timeout(TALK_PATIENCE, async { while talks.join_next().await.is_some() {} }).await;
    Ok(())
}

/// The next connection, none when stopping. A full house waits in the kernel.
async fn next(
    listener: &UnixListener,
    open: &Arc<Semaphore>,
    stop: &Stop,
) -> Option<(UnixStream, OwnedSemaphorePermit)> {
    let permit = tokio::select! {
        () = stop.requested() => return None,
        permit = Arc::clone(open).acquire_owned() => permit.expect("the semaphore is never closed"),
    };
    loop {
        let accepted = tokio::select! {
            () = stop.requested() => return None,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => return Some((stream, permit)),
            Err(error) => {
                tracing::warn!(error = %error, "could not accept a command");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn talk(stream: UnixStream, ops: &Ops, terminal: &Terminal) -> io::Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader);
    let mut line = String::new();
    while (&mut lines).take(LINE_BYTES_MAX).read_line(&mut line).await? > 0 {
        let request = serde_json::from_str::<Request>(&line);
        line.clear();
        let reply = match request {
            Ok(Request::Chat {
                name,
                language,
                earlier,
            }) => {
                let mut attached = terminal.attach(&name, language);
                if earlier {
                    for heard in ops.earlier(&attached.place()).await {
                        say(&mut writer, &heard).await?;
                    }
                }
                loop {
                    tokio::select! {
                        heard = attached.next() => match heard {
                            Some(shown) => say(&mut writer, &shown).await?,
                            None => return Ok(()),
                        },
                        read = lines.read_line(&mut line) => {
                            if read? == 0 {
                                return Ok(());
                            }
                            if let Ok(said) = serde_json::from_str::<Said>(&line)
                                && let Err(why) = attached.say(said).await
                            {
                                say(&mut writer, &Heard::Trouble { text: why }).await?;
                            }
                            line.clear();
                        }
                    }
                }
            }
            // Nobody waits any more: the room is for others. What is being done, though, is done to its end.
            Ok(request) if request.waits() => tokio::select! {
                reply = ops.answer(request) => reply,
                () = hung_up(&mut lines) => return Ok(()),
            },
            Ok(request) => ops.answer(request).await,
            Err(_) => Reply::refused("this Switchboard does not know the command; it may be of another release"),
        };
        say(&mut writer, &reply).await?;
    }
    Ok(())
}

/// Waits until the other side is gone.
async fn hung_up(lines: &mut BufReader<OwnedReadHalf>) {
    if lines.fill_buf().await.is_ok_and(|bytes| !bytes.is_empty()) {
        // It says something more, which is read after the answer.
        std::future::pending::<()>().await;
    }
}

async fn say<T: Serialize>(writer: &mut tokio::net::unix::OwnedWriteHalf, words: &T) -> io::Result<()> {
    let mut line = serde_json::to_vec(words).map_err(io::Error::other)?;
    line.push(b'\n');
    writer.write_all(&line).await
}
