//! Fetches the files of messages, and keeps them before the events that name them are handed in.
//!
//! Nothing is lost for a file: one that cannot be had is a word in its message, with the reason.

use std::time::Duration;

use futures_util::future::FutureExt as _;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use teloxide_core::net::Download;
use teloxide_core::prelude::*;

use super::album::{self, Incoming};
use super::attachment::{self, Attached, BYTES_MAX, Missing};
use super::failure::{self, Fetch};
use super::{Telegram, local};
use crate::connectors::backoff::Backoff;
use crate::connectors::files;
use crate::connectors::{AcceptError, EventSink};
use crate::model::Event;
use crate::model::action::FileRef;

/// So many files are in memory at once, none larger than [`BYTES_MAX`].
const FETCHES_MAX: usize = 3;

/// How often one file is asked for.
const TRIES_MAX: u32 = 3;

/// The events with their files, in the same order. The files get `patience` together.
pub(super) async fn complete(
    telegram: &Telegram,
    events: &dyn EventSink,
    batch: Vec<Incoming>,
    patience: Duration,
) -> Result<Vec<Event>, AcceptError> {
    let over = tokio::time::sleep(patience).shared();
    let one = |incoming| with_files(telegram, events, incoming, over.clone());
    stream::iter(batch).map(one).buffered(FETCHES_MAX).try_collect().await
}

/// The event with each of its files, or a word for it with the reason.
async fn with_files(
    telegram: &Telegram,
    events: &dyn EventSink,
    incoming: Incoming,
    over: impl Future<Output = ()> + Clone,
) -> Result<Event, AcceptError> {
    let Incoming { mut event, files, .. } = incoming;
    let wanted = !files.is_empty() && events.keeps(&telegram.login, &event).await?;
    for file in files {
        let fetched = if wanted {
            tokio::select! {
                fetched = fetch(telegram, &file) => fetched,
                () = over.clone() => Err(Missing::TooSlow),
            }
        } else {
            Err(Missing::NotWanted)
        };
        let kept = match fetched {
            Ok(bytes) => Ok(keep(telegram, &file, bytes).await?),
            Err(why) => Err(why),
        };
        let Some(said) = album::message(&mut event) else {
            continue;
        };
        match kept {
            Ok(kept) => said.files.push(kept),
            Err(why) => {
                if wanted {
                    tracing::info!(login = %telegram.login, reason = ?why, "a file of a message was not fetched");
                }
                said.content.blocks.push(attachment::left_out(file.what, why));
            }
        }
    }
    Ok(event)
}

/// A disk that does not take the file would not take the event either: Telegram tells it again.
async fn keep(telegram: &Telegram, file: &Attached, bytes: Vec<u8>) -> Result<FileRef, AcceptError> {
    let kept = files::keep(&*telegram.files, &file.name, bytes).await;
    kept.map_err(|error| AcceptError::Storage(Box::new(error)))
}

/// The bytes of a file. What may be better in a moment is tried again.
async fn fetch(telegram: &Telegram, file: &Attached) -> Result<Vec<u8>, Missing> {
    if file.too_large {
        return Err(Missing::TooLarge);
    }
    let mut backoff = Backoff::default();
    for again in (0..TRIES_MAX).rev() {
        match fetch_once(telegram, file).await {
            Ok(bytes) => return Ok(bytes),
            Err(Fetch::Never(why)) => return Err(why),
            Err(Fetch::Later(asked)) if again > 0 => {
                tokio::time::sleep(asked.unwrap_or_else(|| backoff.wait())).await;
            }
            Err(Fetch::Later(_)) => {}
        }
    }
    Err(Missing::NotGiven)
}

async fn fetch_once(telegram: &Telegram, file: &Attached) -> Result<Vec<u8>, Fetch> {
    let bot = &telegram.carrier;
    let found = bot.get_file(file.id.clone()).await;
    let found = found.map_err(|error| failure::of_file(&error))?;
    if let Some(folder) = &telegram.local_files {
        return local::read(folder, &found.path).await;
    }
    let mut chunks = bot.download_file_stream(&found.path);
    let mut bytes = Vec::new();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| failure::of_download(&error))?;
        if bytes.len() + chunk.len() > BYTES_MAX {
            return Err(Fetch::Never(Missing::TooLarge));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}
