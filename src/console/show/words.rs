//! States and reasons in the words of the console.

use crate::model::action::Priority;
use crate::model::cluster::ClusterStateKind;
use crate::model::conversation::{Closing, Holder, HolderKind};
use crate::storage::core::{DeliveryState, EventState, Verdict};
use crate::storage::knowledge::Missed;

/// A state as a short label.
pub(crate) fn holder_kind(kind: HolderKind) -> &'static str {
    match kind {
        HolderKind::Bot => "With the bot",
        HolderKind::Peers => "With members",
        HolderKind::Waiting => "Waiting",
        HolderKind::Person => "With a person",
        HolderKind::Snoozed => "Snoozed",
        HolderKind::Closed => "Closed",
    }
}

/// How a holder is coloured: the class of its label.
pub(crate) fn holder_class(kind: HolderKind) -> &'static str {
    match kind {
        HolderKind::Waiting => "urgent",
        HolderKind::Person => "active",
        HolderKind::Snoozed => "calm",
        HolderKind::Bot | HolderKind::Peers | HolderKind::Closed => "quiet",
    }
}

/// A holder in words; `agent` is the name of the person it names.
pub(crate) fn holder(holder: &Holder, agent: &str) -> String {
    match holder {
        Holder::Bot => "the bot".to_owned(),
        Holder::Peers => "members".to_owned(),
        Holder::Waiting { queue } => format!("waiting in queue {queue}"),
        Holder::Person { .. } => agent.to_owned(),
        Holder::Snoozed { .. } => format!("snoozed by {agent}"),
        Holder::Closed { how: Closing::Quiet } => "closed, it went quiet".to_owned(),
        Holder::Closed { how: Closing::Staff } => "closed by staff".to_owned(),
    }
}

/// What became of a delivery.
pub(crate) fn delivery_state(state: DeliveryState) -> &'static str {
    match state {
        DeliveryState::Queued => "Queued",
        DeliveryState::Sending => "Sending",
        DeliveryState::Delivered => "Delivered",
        DeliveryState::Failed => "Failed",
        DeliveryState::PerhapsSent => "Perhaps sent",
        DeliveryState::GivenUp => "Given up",
    }
}

/// How a delivery's state is coloured.
pub(crate) fn delivery_class(state: DeliveryState) -> &'static str {
    match state {
        DeliveryState::Queued | DeliveryState::Sending => "calm",
        DeliveryState::Delivered => "active",
        DeliveryState::Failed | DeliveryState::PerhapsSent => "urgent",
        DeliveryState::GivenUp => "quiet",
    }
}

/// The word of a state in addresses.
pub(crate) fn delivery_word(state: DeliveryState) -> &'static str {
    match state {
        DeliveryState::Queued => "queued",
        DeliveryState::Sending => "sending",
        DeliveryState::Delivered => "delivered",
        DeliveryState::Failed => "failed",
        DeliveryState::PerhapsSent => "perhaps_sent",
        DeliveryState::GivenUp => "given_up",
    }
}

/// All states of deliveries, those that need a person first.
pub(crate) const DELIVERY_STATES: [DeliveryState; 6] = [
    DeliveryState::PerhapsSent,
    DeliveryState::Failed,
    DeliveryState::Queued,
    DeliveryState::Sending,
    DeliveryState::Delivered,
    DeliveryState::GivenUp,
];

/// What became of an event.
pub(crate) fn event_state(state: EventState) -> (&'static str, &'static str) {
    match state {
        EventState::Accepted => ("In hand", "calm"),
        EventState::Handled => ("Handled", "active"),
        EventState::Parked => ("Parked", "urgent"),
    }
}

/// What a step did, with how it is coloured.
pub(crate) fn verdict(verdict: Verdict) -> (&'static str, &'static str) {
    match verdict {
        Verdict::Passed => ("looked, did nothing", "quiet"),
        Verdict::Acted => ("acted", "active"),
        Verdict::Answered => ("answered", "active"),
        Verdict::Abstained => ("would not answer", "calm"),
        Verdict::Failed => ("failed", "urgent"),
        Verdict::Filtered => ("did not want it", "quiet"),
        Verdict::NotCalled => ("not called", "quiet"),
        Verdict::Held => ("held back", "urgent"),
        Verdict::Rehearsed => ("dry run", "quiet"),
        Verdict::Overruled => ("answer was dropped", "calm"),
    }
}

/// What a call of a plugin to the host was, by the function with which its line begins.
pub(crate) fn host_call(line: &str) -> &'static str {
    let function = line.split([' ', ':']).next().unwrap_or_default();
    match function {
        "kv.set" | "kv.increment" | "kv.delete" => "wrote",
        "http.fetch" | "model.complete" => "called",
        _ => "read",
    }
}

/// How far somebody has come with an answer.
pub(crate) fn cluster_state(kind: ClusterStateKind) -> (&'static str, &'static str) {
    match kind {
        ClusterStateKind::New => ("New", "calm"),
        ClusterStateKind::Drafted => ("Drafted", "active"),
        ClusterStateKind::Published => ("Published", "active"),
        ClusterStateKind::Watching => ("Watching", "active"),
        ClusterStateKind::Closed => ("Settled", "quiet"),
    }
}

/// Why a question has no good answer.
pub(crate) fn missed(missed: Missed) -> &'static str {
    match missed {
        Missed::Abstained => "no answer",
        Missed::NotIt => "said not to be it",
        Missed::AskedAgain => "asked again",
        Missed::Untaken => "no suggestion was taken",
        Missed::ByPeople => "answered by a person",
    }
}

/// What kind of thing happened.
pub(crate) fn event_kind(kind: &str) -> &'static str {
    match kind {
        "message" => "Message",
        "edited" => "Message edited",
        "deleted" => "Message deleted",
        "reaction" => "Reaction",
        "command" => "Command",
        "press" => "Button pressed",
        "member" => "Member came or went",
        "conversation_changed" => "Conversation changed hands",
        "delivery_ended" => "Delivery ended",
        "ready" => "Plugin ready",
        "timer" => "Timer",
        "webhook" => "Server called a plugin",
        "call_ended" => "Call of a plugin ended",
        "staff" => "Staff acted",
        "post_due" => "Post due",
        "conversation_due" => "Conversation due",
        "cluster_reopened" => "Questions go on coming",
        _ => "Event",
    }
}

/// Who goes first.
pub(crate) fn priority(priority: Priority) -> &'static str {
    match priority {
        Priority::Reply => "a person's reply",
        Priority::Answer => "an answer",
        Priority::Notice => "a notice",
        Priority::Campaign => "a post",
    }
}

/// What the person sees after a form was done. Only these words come from the address.
pub(crate) fn said(word: &str) -> Option<&'static str> {
    Some(match word {
        "claimed" => "It is yours. The bot is silent while you hold it.",
        "sent" => "Sent.",
        "noted" => "Your note is kept, for staff alone.",
        "handed_back" => "The bot answers again.",
        "requeued" => "It waits in the queue again.",
        "snoozed" => "Put aside. It comes back by itself.",
        "closed" => "Closed. It comes back to staff if they write again within 7 days.",
        "edited" => "Changed.",
        "deleted" => "Taken back.",
        "pending" => "Taken in. It is being worked on and shows here in a moment.",
        "saved" => "Saved.",
        "removed" => "Removed.",
        "dismissed" => "Put aside. It comes back when one of its entries changes.",
        "look_asked" => "It is looked over in the background.",
        "restored" => "The earlier text is back.",
        "enabled" => "Switched on.",
        "disabled" => "Switched off.",
        "granted" => "Saved. It has these permissions from now on.",
        "moved" => "The order is changed.",
        "offered" => "It is here, and nothing of it runs: read what it asks for, then agree or throw it away.",
        "scheduled" => "Planned. It appears by itself at that time.",
        "drafted" => "Kept as a draft.",
        "cancelled" => "Cancelled. It will not appear.",
        "again" => "It is tried again now.",
        "given_up" => "Given up. It will not be sent.",
        "arrived" => "Marked as arrived.",
        "password" => "Your password is changed. Other browsers were signed out.",
        "signed_out" => "All other browsers were signed out.",
        "invite_ended" => "The link no longer works.",
        "let_act" => "Done. That account may act for you now, and was told so in its chat.",
        "published_before" => "An answer was published from this already.",
        "kept_draft" => "Kept as a draft. Somebody who did not write it can publish it.",
        "begun_draft" => {
            "It is a draft now. Edit it and write the question and the answer; then somebody else can publish it."
        }
        "saved_past" => "Saved. The day that you chose is over already, so this is overdue from now on.",
        "author_asked" => "It is a draft now, and whoever said it is asked whether it may be published.",
        "author_unreachable" => {
            "It is a draft now. Whoever said it cannot be asked, so please write the answer in your own words."
        }
        "published_draft" => "Published. The bot answers so from now on, and it is watched whether it helps.",
        "answered_by_entry" => {
            "Kept. For two weeks it is watched whether fewer people ask; if they do not, this opens again. Was it another entry? Name that one."
        }
        "opened_again" => "Open again, with all that was asked meanwhile.",
        "looked_through" => "Looked through. What several people asked stands below.",
        "acts_no_more" => "Done. That account no longer acts for you.",
        "welcome" => "Welcome. This is where conversations arrive that need a person.",
        _ => return None,
    })
}

/// A platform by its name; `scope` is where its ids are unique.
pub(crate) fn platform(scope: &str) -> String {
    match scope.split(':').next().unwrap_or(scope) {
        "discord" => "Discord",
        "telegram" => "Telegram",
        "web_chat" => "the web chat",
        "terminal" => "the terminal",
        other => other,
    }
    .to_owned()
}

/// Who did what no account did.
pub(crate) fn audit_nobody(act: &str) -> &'static str {
    match act {
        "identities_linked" | "identity_unlinked" | "chat_account_unlinked" | "author_agreed" | "author_refused" => {
            "A member"
        }
        "draft_author_asked" => "The program, at night",
        act if is_by_plugin(act) => "A plugin",
        _ => "The command line",
    }
}

/// Whether a plugin does such things.
pub(crate) fn is_by_plugin(act: &str) -> bool {
    // What was asked for, what came of it, and in which words earlier releases wrote it.
    let of = act.split_once('_');
    let asked = of.is_some_and(|(what, stage)| {
        matches!(what, "removal" | "mute" | "kick" | "ban" | "lift")
            && matches!(stage, "asked" | "not_done" | "unclear")
    });
    asked
        || matches!(
            act,
            "message_removed"
                | "messages_removed"
                | "member_warned"
                | "member_muted"
                | "member_taken_out"
                | "member_banned"
                | "measure_lifted"
        )
}

/// A line of the audit in words.
pub(crate) fn audit_act(act: &str) -> String {
    let text = act.replace('_', " ");
    let mut characters = text.chars();
    characters
        .next()
        .map(|first| first.to_uppercase().chain(characters).collect())
        .unwrap_or_default()
}
