//! One open page: what comes from it, what goes to it, and how it ends. The only part that does I/O on sockets.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use axum::response::sse::{Event as SseEvent, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use tokio::time::{Interval, MissedTickBehavior, interval, timeout};

use super::hub::Seat;
use super::inbound::{self, Frame as Incoming, Refusal, Sender};
use super::limits::Doing;
use super::outbound::{self, Frame, View};
use super::routes::{Guest, refuse};
use super::token::Visitor;
use super::transcript::{Line, TranscriptError};
use super::{Shared, SharedChat};
use crate::connectors::pressed::not_theirs;
use crate::connectors::{AcceptError, Acceptance, Signal};
use crate::model::ids::MessageSeq;
use crate::model::{EventBody, Timestamp};
use crate::supervisor::Stop;

/// A page says who it is at once; what does not is no page of ours.
const HELLO_TIME_MAX: Duration = Duration::from_secs(10);

/// Proxies cut connections that are silent for a minute, and the page reconnects when it misses two of these.
const BEAT: Duration = Duration::from_secs(20);

/// What a page shows at first, and adds when earlier lines are asked for.
const LINES_AT_ONCE: u32 = 60;

/// A new visitor sees the posts of the last two weeks, not the whole archive.
const POST_AGE_MAX: Duration = Duration::from_hours(14 * 24);

/// A socket, from hello to goodbye.
pub(super) async fn socket(chat: SharedChat, mut socket: WebSocket, guest: Guest) {
    let Some(live) = chat.live() else {
        return close(socket, close_code::AGAIN).await;
    };
    let Ok(Some(token)) = timeout(HELLO_TIME_MAX, hello(&mut socket)).await else {
        return close(socket, close_code::POLICY).await;
    };
    let Some(visitor) = chat.signer.visitor(&token, chat.clock.now()) else {
        say(&mut socket, refused(None, Refusal::Unknown)).await;
        return close(socket, close_code::POLICY).await;
    };
    let sender = Sender {
        visitor,
        language: guest.language,
    };
    // Seated before reading, so that nothing falls between what was read and what is told.
    let Some(seat) = chat.hub.join(visitor) else {
        say(&mut socket, refused(None, Refusal::Later)).await;
        return close(socket, close_code::AGAIN).await;
    };
    let Some(welcome) = welcome(&chat, visitor).await else {
        return close(socket, close_code::AGAIN).await;
    };
    if say(&mut socket, welcome).await {
        talk(&chat, &mut socket, &sender, guest.address, seat, &live.stop).await;
    }
    close(socket, close_code::AWAY).await;
}

/// Passes frames both ways until either side has enough.
async fn talk(chat: &Shared, socket: &mut WebSocket, sender: &Sender, address: IpAddr, mut seat: Seat, stop: &Stop) {
    let mut beat = beats();
    loop {
        tokio::select! {
            () = stop.requested() => return,
            frame = seat.frame() => match frame {
                Some(frame) if say(socket, frame.to_string()).await => {}
                _ => return,
            },
            _ = beat.tick() => if !say(socket, Frame::Beat.to_json()).await { return },
            message = socket.recv() => match message {
                Some(Ok(Message::Text(text))) => {
                    let answer = answer(chat, sender, address, &text, Some(seat.number())).await;
                    if let Some(answer) = answer && !say(socket, answer).await { return }
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(Message::Binary(_) | Message::Close(_)) | Err(_)) | None => return,
            },
        }
    }
}

/// Server-sent events, for browsers whose network has no sockets.
pub(super) async fn stream(chat: SharedChat, sender: &Sender) -> Response {
    let Some(live) = chat.live() else {
        return refuse(Refusal::Later);
    };
    let Some(seat) = chat.hub.join(sender.visitor) else {
        return refuse(Refusal::Later);
    };
    let Some(welcome) = welcome(&chat, sender.visitor).await else {
        return refuse(Refusal::Later);
    };
    let state = (Some(welcome), seat, beats(), live.stop);
    let frames = stream::unfold(state, |(first, mut seat, mut beat, stop)| async move {
        let frame = if first.is_some() {
            first
        } else {
            tokio::select! {
                () = stop.requested() => None,
                frame = seat.frame() => frame.map(|frame| frame.to_string()),
                _ = beat.tick() => Some(Frame::Beat.to_json()),
            }
        };
        frame.map(|frame| {
            let event = SseEvent::default().data(frame);
            (Ok::<_, Infallible>(event), (None, seat, beat, stop))
        })
    });
    Sse::new(frames).into_response()
}

/// Does what one frame asks, and says what the page is to hear.
pub(super) async fn answer(
    chat: &Shared,
    sender: &Sender,
    address: IpAddr,
    text: &str,
    connection: Option<u64>,
) -> Option<String> {
    let doing = chat
        .limits
        .allow(Some(sender.visitor), address, Doing::Send, chat.clock.elapsed());
    let frame = match inbound::frame(text) {
        Ok(frame) => frame,
        Err(why) => return Some(refused(None, why)),
    };
    match frame {
        // Said too often, it is not passed on, and nobody misses it.
        Incoming::Typing => {
            if doing && let Some(live) = chat.live() {
                let place = inbound::own_place(sender.visitor);
                live.events.signal(&chat.login, Signal::Typing { place });
            }
            None
        }
        Incoming::Earlier { before } if doing => earlier(chat, sender.visitor, before).await,
        Incoming::Hello { .. } => None,
        frame => {
            let id = frame.id();
            if !doing {
                return Some(refused(id, Refusal::TooFast));
            }
            Some(match take(chat, sender, frame, connection).await {
                Ok(taken) => taken,
                Err(Refusal::NotTheirs) => of_others(id, sender),
                Err(why) => refused(id, why),
            })
        }
    }
}

/// Hands in what was said. Answers only when it is on disk.
async fn take(chat: &Shared, sender: &Sender, frame: Incoming, connection: Option<u64>) -> Result<String, Refusal> {
    let live = chat.live().ok_or(Refusal::Later)?;
    let now = chat.clock.now();
    let event = inbound::event(sender, frame, &chat.signer, &chat.login, now)?;
    let (id, event) = event.ok_or(Refusal::NotUnderstood)?;
    let echo = echo(chat, id, &event.body, now);
    let accepted = live.events.accept(&chat.login, vec![event], None).await;
    match accepted.as_deref() {
        Ok([Acceptance::Stored(_)]) => {
            if let Some(echo) = echo {
                chat.hub.tell(sender.visitor, &echo, connection);
            }
        }
        Ok([Acceptance::NotHere]) => return Err(Refusal::NotHere),
        Ok([Acceptance::NotTheirs]) => return Err(Refusal::NotTheirs),
        Ok(_) => {}
        Err(AcceptError::Stopping) => return Err(Refusal::Later),
        Err(error @ AcceptError::Storage(_)) => {
            tracing::error!(error = %error, "a visitor's message could not be stored");
            return Err(Refusal::Later);
        }
    }
    Ok(Frame::Taken { id }.to_json())
}

/// What the visitor's other windows show of it.
fn echo(chat: &Shared, id: uuid::Uuid, body: &EventBody, now: Timestamp) -> Option<Arc<str>> {
    let EventBody::Message(said) = body else {
        return None;
    };
    let line = View::just_said(id, &said.content.blocks, &said.files, &chat.signer, now);
    Some(Frame::Line { line }.to_json().into())
}

async fn welcome(chat: &Shared, visitor: Visitor) -> Option<String> {
    let (lines, more) = logged(lines(chat, visitor, None).await)?;
    let lines = views(chat, &lines);
    Some(Frame::Welcome { lines, more }.to_json())
}

async fn earlier(chat: &Shared, visitor: Visitor, before: i64) -> Option<String> {
    let (lines, more) = logged(lines(chat, visitor, Some(MessageSeq(before))).await)?;
    let lines = views(chat, &lines);
    Some(Frame::Earlier { lines, more }.to_json())
}

/// The visitor's own chat and the posts for everyone, as one list.
async fn lines(
    chat: &Shared,
    visitor: Visitor,
    before: Option<MessageSeq>,
) -> Result<(Vec<Line>, bool), TranscriptError> {
    let own = inbound::own_place(visitor).native;
    let own = chat.transcript.lines(&own, before, LINES_AT_ONCE + 1).await?;
    let posts = inbound::shared_place().native;
    let mut posts = chat.transcript.lines(&posts, before, LINES_AT_ONCE + 1).await?;
    let (from, me) = (visitor.since() - POST_AGE_MAX, visitor.native());
    posts.retain(|line| line.at >= from && line.only.as_ref().is_none_or(|only| only.id.as_str() == me));
    Ok(outbound::merge(own, posts, LINES_AT_ONCE as usize))
}

fn views<'a>(chat: &Shared, lines: &'a [Line]) -> Vec<View<'a>> {
    let now = chat.clock.now();
    lines.iter().map(|line| View::of(line, &chat.signer, now)).collect()
}

fn logged<T>(result: Result<T, TranscriptError>) -> Option<T> {
    result
        .inspect_err(|error| tracing::error!(error = %error, "a chat could not be read"))
        .ok()
}

fn refused(id: Option<uuid::Uuid>, why: Refusal) -> String {
    refused_in_words(id, why, None)
}

/// Who pressed a button that is for somebody else reads the same here as on every platform.
fn of_others(id: Option<uuid::Uuid>, sender: &Sender) -> String {
    refused_in_words(id, Refusal::NotTheirs, Some(not_theirs(sender.language.as_deref())))
}

fn refused_in_words(id: Option<uuid::Uuid>, why: Refusal, words: Option<&'static str>) -> String {
    Frame::Refused {
        id: id.map(uuid::Uuid::simple),
        why,
        words,
        again: why.try_again(),
    }
    .to_json()
}

async fn hello(socket: &mut WebSocket) -> Option<String> {
    match socket.recv().await {
        Some(Ok(Message::Text(text))) => match inbound::frame(&text) {
            Ok(Incoming::Hello { token }) => Some(token),
            _ => None,
        },
        _ => None,
    }
}

/// Whether it could be said.
async fn say(socket: &mut WebSocket, text: String) -> bool {
    socket.send(Message::Text(text.into())).await.is_ok()
}

async fn close(mut socket: WebSocket, code: u16) {
    let frame = CloseFrame {
        code,
        reason: "".into(),
    };
    // Whoever is gone already needs no goodbye.
    let _ = socket.send(Message::Close(Some(frame))).await;
}

fn beats() -> Interval {
    let mut beats = interval(BEAT);
    beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // The first tick comes at once, right behind the welcome; it tells the page that the line is good.
    beats
}
