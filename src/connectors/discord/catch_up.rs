//! Fetches what was said while nobody listened.

use serde_json::value::RawValue;
use serenity::http::{LightMethod, Request, Route};
use serenity::model::id::ChannelId;

use super::failure::{self, Failure};
use super::payload::Message;
use super::rest::Rest;
use crate::connectors::backoff::Backoff;

/// As many as Discord gives at once.
const PAGE: usize = 100;

/// More than this in one channel is no longer a conversation that anybody waits for.
const MESSAGES_MAX: usize = 500;

/// Faults of Discord or the network in a row.
const FAILURES_MAX: u32 = 6;

/// What was said in a channel.
#[derive(Debug, Default)]
pub(super) struct Missed {
    /// Oldest first.
    pub(super) messages: Vec<Message>,
    /// Messages that cannot be read.
    pub(super) unknown: u64,
    /// There were more.
    pub(super) cut_off: bool,
}

/// What was said in a channel after this id. Waits as Discord asks; a channel that the bot may not read holds nothing.
///
/// # Errors
///
/// When Discord cannot be had for some minutes.
pub(super) async fn missed(rest: &Rest, channel: ChannelId, after: u64) -> Result<Missed, Failure> {
    let mut missed = Missed::default();
    let mut after = after;
    loop {
        let page = match page(rest, channel, after).await {
            Err(failure) if failure::is_out_of_reach(&failure) => return Ok(missed),
            page => page?,
        };
        let full = page.len() >= PAGE;
        // Discord gives those right behind `after`, the newest first.
        let mut messages: Vec<Message> = Vec::with_capacity(page.len());
        for raw in &page {
            match serde_json::from_str(raw.get()) {
                Ok(message) => messages.push(message),
                Err(_) => missed.unknown += 1,
            }
        }
        messages.sort_by_key(|message| message.id);
        let last = messages.last().map(|message| message.id.get());
        missed.messages.append(&mut messages);
        missed.cut_off = full && missed.messages.len() >= MESSAGES_MAX;
        match last.filter(|last| full && *last > after) {
            Some(last) if !missed.cut_off => after = last,
            _ => return Ok(missed),
        }
    }
}

async fn page(rest: &Rest, channel: ChannelId, after: u64) -> Result<Vec<Box<RawValue>>, Failure> {
    let mut backoff = Backoff::default();
    let mut failures = 0;
    loop {
        let route = Route::ChannelMessages { channel_id: channel };
        let params = vec![("after", after.to_string()), ("limit", PAGE.to_string())];
        let request = Request::new(route, LightMethod::Get).params(Some(params));
        match rest.get_with(request).await {
            Err(Failure::Flood { retry_after, .. } | Failure::HeldBack { retry_after }) => {
                tokio::time::sleep(retry_after).await;
            }
            Err(failure) if failures < FAILURES_MAX && failure::may_pass(&failure) => {
                failures += 1;
                tokio::time::sleep(backoff.wait()).await;
            }
            page => return page,
        }
    }
}
