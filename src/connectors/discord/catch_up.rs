//! Fetches what was said while nobody listened.

use serde_json::value::RawValue;
use serenity::http::{LightMethod, Request, Route};
use serenity::model::id::ChannelId;

use super::failure::{self, Failure};
use super::payload::{Message, Sent};
use super::rest::Rest;
use crate::connectors::backoff::Backoff;

/// As many as Discord gives at once.
const PAGE: usize = 100;

/// More than this in one channel is no longer a conversation that anybody waits for.
const MESSAGES_MAX: usize = 500;

/// What was said in a channel.
#[derive(Debug, Default)]
pub(super) struct Missed {
    /// Oldest first.
    pub(super) messages: Vec<Message>,
    /// Messages that cannot be read.
    pub(super) unknown: u64,
    /// There were older ones.
    pub(super) cut_off: bool,
}

/// What was said in a channel after this id, the newest of it where there is too much. Waits as Discord asks, and as long
/// as it cannot be reached; a channel that the bot may not read holds nothing.
///
/// # Errors
///
/// When Discord does not give it and waiting would not help.
pub(super) async fn missed(rest: &Rest, channel: ChannelId, after: u64) -> Result<Missed, Failure> {
    let mut missed = Missed::default();
    let mut before = None;
    let mut seen = 0;
    loop {
        let page = match page(rest, channel, before).await {
            Err(failure) if failure::is_out_of_reach(&failure) => break,
            page => page?,
        };
        seen += page.len();
        let full = page.len() >= PAGE;
        let oldest = read(page, after, &mut missed);
        match oldest.filter(|oldest| full && *oldest > after && before.is_none_or(|before| *oldest < before)) {
            Some(_) if seen >= MESSAGES_MAX => {
                missed.cut_off = true;
                break;
            }
            Some(oldest) => before = Some(oldest),
            None => break,
        }
    }
    missed.messages.sort_by_key(|message| message.id);
    Ok(missed)
}

/// Takes what is newer than `after` from a page; answers the oldest id on it.
pub(super) fn read(page: Vec<Box<RawValue>>, after: u64, missed: &mut Missed) -> Option<u64> {
    let mut oldest = None;
    for raw in page {
        let id = serde_json::from_str::<Sent>(raw.get()).ok().map(|sent| sent.id.get());
        oldest = oldest.into_iter().chain(id).min();
        if id.is_some_and(|id| id <= after) {
            continue;
        }
        match serde_json::from_str(raw.get()) {
            Ok(message) => missed.messages.push(message),
            Err(_) => missed.unknown += 1,
        }
    }
    oldest
}

async fn page(rest: &Rest, channel: ChannelId, before: Option<u64>) -> Result<Vec<Box<RawValue>>, Failure> {
    let mut backoff = Backoff::default();
    loop {
        let route = Route::ChannelMessages { channel_id: channel };
        let mut params = vec![("limit", PAGE.to_string())];
        params.extend(before.map(|before| ("before", before.to_string())));
        let request = Request::new(route, LightMethod::Get).params(Some(params));
        match rest.get_with(request).await {
            Err(Failure::Flood { retry_after, .. } | Failure::HeldBack { retry_after }) => {
                tokio::time::sleep(retry_after).await;
            }
            Err(failure) if failure::may_pass(&failure) => tokio::time::sleep(backoff.wait()).await,
            page => return page,
        }
    }
}
