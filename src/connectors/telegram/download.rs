//! Fetches the files of messages, and keeps them before the events that name them are handed in.
//!
//! Nothing is lost for a file: one that cannot be had is a word in its message, with the reason.

use std::time::Duration;

use futures_util::future::FutureExt as _;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use teloxide_core::net::Download;
use teloxide_core::prelude::*;

use super::Telegram;
use super::attachment::{self, Attached, BYTES_MAX, Missing};
use super::failure::{self, Fetch};
use super::session::Backoff;
use crate::connectors::files::{self, FileStoreError};
use crate::connectors::{AcceptError, EventSink};
use crate::model::event::InMessage;
use crate::model::{Event, EventBody};

/// So many files are in memory at once, none larger than [`BYTES_MAX`].
const FETCHES_MAX: usize = 3;

/// How often one file is asked for.
const TRIES_MAX: u32 = 3;

/// The events with their files, in the same order. The files get `patience` together.
pub(super) async fn complete(
    telegram: &Telegram,
    events: &dyn EventSink,
    batch: Vec<(Event, Option<Attached>)>,
    patience: Duration,
) -> Result<Vec<Event>, AcceptError> {
    let over = tokio::time::sleep(patience).shared();
    let one = |(event, file): (Event, Option<Attached>)| {
        let over = over.clone();
        async move {
            let Some(file) = file else { return Ok(event) };
            if !events.keeps(&telegram.login, &event).await? {
                return Ok(without(event, &file, Missing::NotWanted));
            }
            let fetched = tokio::select! {
                fetched = fetch(&telegram.carrier, &file) => fetched,
                () = over => Err(Missing::TooSlow),
            };
            match fetched {
                Ok(bytes) => with(telegram, event, &file, bytes).await,
                Err(why) => {
                    tracing::warn!(login = %telegram.login, reason = ?why, "a file of a message was not fetched");
                    Ok(without(event, &file, why))
                }
            }
        }
    };
    stream::iter(batch).map(one).buffered(FETCHES_MAX).try_collect().await
}

async fn with(telegram: &Telegram, mut event: Event, file: &Attached, bytes: Vec<u8>) -> Result<Event, AcceptError> {
    let kept = files::keep(&*telegram.files, &file.name, bytes).await;
    // The same disk would not take the event either: Telegram tells it again.
    let kept = kept.map_err(|error: FileStoreError| AcceptError::Storage(Box::new(error)))?;
    if let Some(said) = said(&mut event) {
        said.files.push(kept);
    }
    Ok(event)
}

fn without(mut event: Event, file: &Attached, why: Missing) -> Event {
    if let Some(said) = said(&mut event) {
        said.content.blocks.push(attachment::left_out(file.what, why));
    }
    event
}

fn said(event: &mut Event) -> Option<&mut InMessage> {
    match &mut event.body {
        EventBody::Message(said) => Some(said),
        _ => None,
    }
}

/// The bytes of a file. What may be better in a moment is tried again.
async fn fetch(bot: &Bot, file: &Attached) -> Result<Vec<u8>, Missing> {
    if file.too_large {
        return Err(Missing::TooLarge);
    }
    let mut backoff = Backoff::default();
    for again in (0..TRIES_MAX).rev() {
        match fetch_once(bot, file).await {
            Ok(bytes) => return Ok(bytes),
            Err(Fetch::Never(why)) => return Err(why),
            Err(Fetch::Later(asked)) if again > 0 => {
                tokio::time::sleep(asked.unwrap_or_else(|| backoff.next())).await;
            }
            Err(Fetch::Later(_)) => {}
        }
    }
    Err(Missing::NotGiven)
}

async fn fetch_once(bot: &Bot, file: &Attached) -> Result<Vec<u8>, Fetch> {
    let found = bot.get_file(file.id.clone()).await;
    let found = found.map_err(|error| failure::of_file(&error))?;
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
