//! From a call that a plugin asks for to the row by which it is sent, and from that row to the plugin that sends it, if it still may.

use std::time::Duration;

use super::lift::{Lift, Lifted};
use super::{Chain, Roster, step};
use crate::model::bytes::Bytes;
use crate::model::call::{CallEnd, CallRequest};
use crate::model::event::{EventBody, HOPS_MAX, Source};
use crate::model::ids::CallId;
use crate::plugin_host::bindings::switchboard::plugin::types as wit;
use crate::plugin_host::{CallFault, HttpAnswer, Permission};
use crate::storage::Unit;
use crate::storage::calls::{CallUnit, NewCall};
use crate::storage::core::{StoredEvent, TraceStep, Verdict};

/// Longer names do not fit an index.
const NAME_BYTES_MAX: usize = 128;

/// An answer to a call may lead to several calls where so few events of ours led to it, and to one beyond: else one message would
/// become thousands.
const FAN_OUT_HOPS_MAX: u8 = 1;

/// Between two looks at whether a plugin that could not be told runs again.
const TOLD_AGAIN_IN: Duration = Duration::from_secs(30);

/// A plugin with more that have not ended calls faster than it is answered.
pub(super) const OPEN_MAX: u64 = 1_000;

impl Lift<'_> {
    /// The call, to be sent once all that its event causes is written.
    pub(super) fn call(&self, call: &wit::Call, lifted: &mut Lifted) -> Result<(), String> {
        self.need(Permission::Call)?;
        // It stands in traces, which terminals show.
        let visible = call.name.bytes().all(|byte| byte.is_ascii_graphic());
        if call.name.is_empty() || call.name.len() > NAME_BYTES_MAX || !visible {
            return Err(format!(
                "a call's name has 1 to {NAME_BYTES_MAX} visible ASCII characters"
            ));
        }
        if lifted.calls.iter().any(|earlier| earlier.name == call.name) {
            return Err(format!(
                "makes two calls of the name {:?} because of one event",
                call.name
            ));
        }
        let by = self.event;
        if by.event.hops >= HOPS_MAX {
            return Err(format!(
                "calls because of an answer to a call for the {HOPS_MAX}th time in a row, which would go on for ever"
            ));
        }
        let answers = matches!(by.event.body, EventBody::CallEnded { .. });
        if answers && by.event.hops > FAN_OUT_HOPS_MAX && !lifted.calls.is_empty() {
            return Err(
                "makes several calls because of an answer to a call that answered another; one is allowed".to_owned(),
            );
        }
        let line = self.plugin.check_call(call)?;
        lifted.lines.push(format!("call {}: {line}", call.name));
        lifted.calls.push(NewCall {
            id: CallId(self.drafting.clock.id()),
            community: self.snapshot.community.id,
            plugin: self.id.clone(),
            event: by.id,
            name: call.name.clone(),
            place: self.snapshot.place.as_ref().map(|place| place.id),
            author: self.snapshot.author.as_ref().map(|author| author.id),
            conversation: self.snapshot.conversation.as_ref().map(|conversation| conversation.id),
            lane: by.lane.clone(),
            hops: by.event.hops,
            made_at: self.snapshot.now,
            request: CallRequest {
                method: call.method.clone(),
                url: call.url.clone(),
                headers: call.headers.clone(),
                body: Bytes(call.body.clone()),
            },
        });
        Ok(())
    }
}

/// Why there is no answer to a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Uncalled {
    /// The plugin is off or gone; as the rest of "because …".
    Off(String),
    /// It is on and does not run now, which is for the admin to read; as the rest of "because …".
    NotRunning(String),
    /// It was sent, or could not be.
    Fault(CallFault),
}

impl Roster {
    /// Sends a call once, as the plugin that asked for it may by now.
    ///
    /// # Errors
    ///
    /// Why there is no answer.
    pub async fn call(&self, call: &NewCall, key: &str) -> Result<HttpAnswer, Uncalled> {
        let plugin = self.serving(call.community, &call.plugin, call.place).await?;
        let answer = plugin.call(&asked(call), key).await;
        answer.map_err(Uncalled::Fault)
    }
}

impl Chain {
    /// Keeps the end of a call whose plugin is on and cannot be told now, and says so. None where it can be, or never will be.
    pub(super) async fn keep(&self, event: &StoredEvent) -> Option<(Unit, TraceStep)> {
        let new = &event.new;
        let EventBody::CallEnded {
            plugin,
            community,
            name,
            tries,
            end,
        } = &new.event.body
        else {
            return None;
        };
        if matches!(end, CallEnd::Unsent { .. }) {
            return None;
        }
        let Err(Uncalled::NotRunning(why)) = self.parts.roster.serving(*community, plugin, new.place).await else {
            return None;
        };
        let conversation = match &new.event.source {
            Source::Internal { conversation, .. } => *conversation,
            Source::Platform { .. } => None,
        };
        let now = self.parts.clock.now();
        let call = NewCall {
            id: CallId(self.parts.clock.id()),
            community: *community,
            plugin: plugin.clone(),
            // The event that could not tell it: the call's own may make it only once.
            event: new.id,
            name: name.clone(),
            place: new.place,
            author: new.author,
            conversation,
            lane: new.lane.clone(),
            hops: new.event.hops.saturating_sub(1),
            made_at: now,
            request: CallRequest::default(),
        };
        let unit = CallUnit::Keep {
            call: Box::new(call),
            tries: *tries,
            end: Box::new(end.clone()),
            due: now + TOLD_AGAIN_IN,
        };
        let line = format!("is told of its call {name} later, because {why}");
        Some((Unit::Call(unit), step(plugin, Verdict::Held, line)))
    }
}

/// Says of a call that was not sent any more why not.
pub(super) fn unsent(body: &EventBody) -> Option<TraceStep> {
    let EventBody::CallEnded {
        plugin,
        name,
        end: CallEnd::Unsent { problem },
        ..
    } = body
    else {
        return None;
    };
    let line = format!("its call {name} was not sent, because {problem}");
    Some(step(plugin, Verdict::Held, line))
}

/// What is sent, in the contract's words.
fn asked(call: &NewCall) -> wit::Call {
    let CallRequest {
        method,
        url,
        headers,
        body,
    } = call.request.clone();
    wit::Call {
        name: call.name.clone(),
        method,
        url,
        headers,
        body: body.0,
    }
}
