//! Fetches the files of messages, and keeps them before the events that name them are handed in. Nothing is lost for a
//! file: one that cannot be had is a word in its message, with the reason.

use std::time::Duration;

use super::Discord;
use super::failure;
use super::inbound::{NAME_CHARS_MAX, stand_in};
use super::names;
use super::payload::Attachment;
use crate::connectors::backoff::Backoff;
use crate::connectors::{AcceptError, EventSink, files};
use crate::model::event::InMessage;
use crate::model::{Event, EventBody};

/// As much as other platforms give to bots.
const BYTES_MAX: usize = 20 * 1024 * 1024;

/// How often one file is asked for.
const TRIES_MAX: u32 = 3;

/// The files of what is stored at once get so long together: what is heard meanwhile is stored behind them.
const PATIENCE: Duration = Duration::from_secs(15);

/// Puts its files into each message that has some, or a word for each with the reason. `files` names the messages by
/// their numbers.
pub(super) async fn complete(
    discord: &Discord,
    events: &dyn EventSink,
    batch: &mut [Event],
    files: &[(usize, Vec<Attachment>)],
) -> Result<(), AcceptError> {
    let mut over = std::pin::pin!(tokio::time::sleep(PATIENCE));
    for (number, attachments) in files {
        let event = &mut batch[*number];
        let wanted = events.keeps(&discord.login, event).await?;
        let EventBody::Message(said) = &mut event.body else {
            continue;
        };
        for attachment in attachments {
            let fetched = if wanted {
                tokio::select! {
                    biased;
                    () = over.as_mut(), if !over.is_elapsed() => Err(TOO_SLOW),
                    fetched = fetch(discord, attachment), if !over.is_elapsed() => fetched,
                    else => Err(TOO_SLOW),
                }
            } else {
                Err("")
            };
            put(discord, said, attachment, fetched).await?;
        }
    }
    Ok(())
}

/// What is said of a file that did not come in time.
const TOO_SLOW: &str = ": it took too long to fetch";

/// A disk that does not take the file would not take the event either: Discord tells it again.
async fn put(
    discord: &Discord,
    said: &mut InMessage,
    attachment: &Attachment,
    fetched: Result<Vec<u8>, &'static str>,
) -> Result<(), AcceptError> {
    match fetched {
        Ok(bytes) => {
            let kept = files::keep(&*discord.files, &attachment.filename, bytes).await;
            let kept = kept.map_err(|error| AcceptError::Storage(Box::new(error)))?;
            said.files.push(kept);
        }
        Err(why) => {
            let name = names::cut(&attachment.filename, NAME_CHARS_MAX);
            said.content.blocks.push(stand_in(&format!("file {name}{why}")));
        }
    }
    Ok(())
}

/// The bytes of a file, or why there are none, for people. What may be better in a moment is tried again.
async fn fetch(discord: &Discord, attachment: &Attachment) -> Result<Vec<u8>, &'static str> {
    const TOO_LARGE: &str = ": larger than the 20 MB that are fetched";
    if attachment.size > BYTES_MAX as u64 {
        return Err(TOO_LARGE);
    }
    let mut backoff = Backoff::default();
    for again in (0..TRIES_MAX).rev() {
        match discord.rest.download(&attachment.url, BYTES_MAX).await {
            Ok(bytes) => return bytes.ok_or(TOO_LARGE),
            Err(failure) if again > 0 && failure::may_pass(&failure) => tokio::time::sleep(backoff.wait()).await,
            Err(_) => break,
        }
    }
    Err(": Discord did not give it")
}
