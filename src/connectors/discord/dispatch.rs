//! From a frame of the gateway to what happened. Pure.

use serde_json::from_str;

use super::payload::{
    Channel, Deleted, Frame, Guild, Interaction, Membership as Member, Message, Reaction, Ready, RoleChange, RoleGone,
    Threads, Typing, Unavailable,
};
use crate::model::event::Membership;

/// A frame with something that happened, by
/// <https://discord.com/developers/docs/topics/opcodes-and-status-codes#gateway>.
const DISPATCH: u8 = 0;

/// What happened, as far as it concerns us.
#[derive(Debug)]
pub(super) enum Dispatch {
    /// Of the connection and of what there is.
    State(State),
    /// Of people.
    Act(Act),
}

/// The connection, or what there is, has changed.
#[derive(Debug)]
pub(super) enum State {
    Ready(Ready),
    Resumed,
    GuildCame(Guild),
    GuildChanged(Guild),
    GuildWent(Unavailable),
    ChannelCame(Channel),
    ChannelChanged(Channel),
    ChannelWent(Channel),
    Threads(Threads),
    RoleChanged(RoleChange),
    RoleWent(RoleGone),
    MemberChanged(Member),
}

/// Somebody did something.
#[derive(Debug)]
pub(super) enum Act {
    Message(Box<Message>),
    Edited(Box<Message>),
    Deleted(Deleted),
    Reaction(Reaction, bool),
    Member(Member, Membership),
    Interaction(Box<Interaction>),
    Typing(Typing),
}

/// Something that cannot be read, by its name.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unreadable(pub(super) String);

/// Reads a frame; none when it is about the connection itself, or of a kind that we did not ask for.
pub(super) fn read(text: &str) -> Result<Option<Dispatch>, Unreadable> {
    let frame: Frame<'_> = from_str(text).map_err(|_| Unreadable("frame".to_owned()))?;
    let (DISPATCH, Some(kind), Some(data)) = (frame.op, frame.t, frame.d) else {
        return Ok(None);
    };
    let read = state(&kind, data.get()).and_then(|state| match state {
        Some(state) => Ok(Some(Dispatch::State(state))),
        None => Ok(act(&kind, data.get())?.map(Dispatch::Act)),
    });
    read.map_err(|_| Unreadable(kind.into_owned()))
}

fn state(kind: &str, data: &str) -> serde_json::Result<Option<State>> {
    Ok(Some(match kind {
        "READY" => State::Ready(from_str(data)?),
        "RESUMED" => State::Resumed,
        "GUILD_CREATE" => State::GuildCame(from_str(data)?),
        "GUILD_UPDATE" => State::GuildChanged(from_str(data)?),
        "GUILD_DELETE" => State::GuildWent(from_str(data)?),
        "CHANNEL_CREATE" => State::ChannelCame(from_str(data)?),
        "CHANNEL_UPDATE" | "THREAD_CREATE" | "THREAD_UPDATE" => State::ChannelChanged(from_str(data)?),
        "CHANNEL_DELETE" | "THREAD_DELETE" => State::ChannelWent(from_str(data)?),
        "GUILD_ROLE_CREATE" | "GUILD_ROLE_UPDATE" => State::RoleChanged(from_str(data)?),
        "GUILD_ROLE_DELETE" => State::RoleWent(from_str(data)?),
        "GUILD_MEMBER_UPDATE" => State::MemberChanged(from_str(data)?),
        "THREAD_LIST_SYNC" => State::Threads(from_str(data)?),
        _ => return Ok(None),
    }))
}

fn act(kind: &str, data: &str) -> serde_json::Result<Option<Act>> {
    Ok(Some(match kind {
        "MESSAGE_CREATE" => Act::Message(from_str(data)?),
        "MESSAGE_UPDATE" => Act::Edited(from_str(data)?),
        "MESSAGE_DELETE" | "MESSAGE_DELETE_BULK" => Act::Deleted(from_str(data)?),
        "MESSAGE_REACTION_ADD" => Act::Reaction(from_str(data)?, true),
        "MESSAGE_REACTION_REMOVE" => Act::Reaction(from_str(data)?, false),
        "GUILD_MEMBER_ADD" => Act::Member(from_str(data)?, Membership::Joined),
        "GUILD_MEMBER_REMOVE" => Act::Member(from_str(data)?, Membership::Left),
        "INTERACTION_CREATE" => Act::Interaction(from_str(data)?),
        "TYPING_START" => Act::Typing(from_str(data)?),
        _ => return Ok(None),
    }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_what_happens_is_read() {
        assert!(matches!(read(r#"{"op":11}"#), Ok(None)));
        assert!(matches!(
            read(r#"{"op":0,"s":1,"t":"PRESENCE_UPDATE","d":{}}"#),
            Ok(None)
        ));
        let deleted = read(r#"{"op":0,"s":1,"t":"MESSAGE_DELETE","d":{"id":"3","channel_id":"1"}}"#);
        assert!(
            matches!(deleted, Ok(Some(Dispatch::Act(Act::Deleted(_))))),
            "{deleted:?}"
        );
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let named = |text: &str| read(text).unwrap_err();
        assert_eq!(named("["), Unreadable("frame".to_owned()));
        let without_author = r#"{"op":0,"s":1,"t":"MESSAGE_CREATE","d":{"id":"3","channel_id":"1"}}"#;
        assert_eq!(named(without_author), Unreadable("MESSAGE_CREATE".to_owned()));
        let zero = r#"{"op":0,"s":1,"t":"MESSAGE_DELETE","d":{"id":"0","channel_id":"1"}}"#;
        assert_eq!(named(zero), Unreadable("MESSAGE_DELETE".to_owned()));
    }

    proptest! {
        #[test]
        fn no_frame_breaks_the_reader(kind in "[A-Z_]{0,20}", data in "[{}\\[\\]\":,a-z0-9]{0,40}") {
            let _ = read(&format!(r#"{{"op":0,"s":1,"t":"{kind}","d":{data}}}"#));
            let _ = read(&data);
        }
    }
}
