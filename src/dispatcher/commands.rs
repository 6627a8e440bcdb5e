//! Recognises a plugin's command in what somebody typed.

use async_trait::async_trait;

use crate::model::Timestamp;
use crate::model::command::HIDDEN;
use crate::model::directory::Place;
use crate::model::event::{Addressed, EventBody, InMessage};
use crate::model::ids::CommunityId;
use crate::storage::ReadError;

/// Which commands there are.
#[async_trait]
pub trait CommandNames: Send + Sync {
    /// Whether a plugin that serves in the place declares `name`, written without the slash. Asked for each message that begins
    /// with one.
    fn is_command(&self, place: &Place, name: &str) -> bool;

    /// Learns which plugins serve by now: what was switched on a moment ago may not have been followed yet. Asked for each message that
    /// begins like a command and is none.
    async fn catch_up(&self, _community: CommunityId, _now: Timestamp) -> Result<(), ReadError> {
        Ok(())
    }

    /// What is kept of what was typed behind a command, where that is a secret. Most are none.
    fn sealed(&self, _community: CommunityId, _name: &str, _typed: &str) -> Option<String> {
        None
    }
}

/// No commands, for a runtime without plugins.
#[derive(Clone, Copy, Debug)]
pub struct NoCommands;

impl CommandNames for NoCommands {
    fn is_command(&self, _place: &Place, _name: &str) -> bool {
        false
    }
}

/// Whether a message begins as commands do, and is said to the bot.
pub(super) fn is_like_one(message: &InMessage) -> bool {
    message.addressed != Addressed::Overheard && message.content.begins_with('/')
}

/// `/name rest` of an addressed message, when `known` knows the name.
pub(super) fn parse(message: &InMessage, known: impl Fn(&str) -> bool) -> Option<EventBody> {
    if !is_like_one(message) {
        return None;
    }
    let text = message.content.to_plain();
    let line = text.trim().strip_prefix('/')?;
    let (name, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    if name.is_empty() || !known(name) {
        return None;
    }
    Some(EventBody::Command {
        message: Some(message.native.clone()),
        name: name.to_owned(),
        options: Vec::new(),
        rest: rest.trim().to_owned(),
    })
}

/// Leaves of a secret that was typed what `sealed` makes of it, and for whoever reads it nothing.
pub(super) fn seal(body: &mut EventBody, sealed: impl Fn(&str, &str) -> Option<String>) {
    let EventBody::Command {
        name, options, rest, ..
    } = body
    else {
        return;
    };
    let (option, typed) = options
        .first()
        .map_or(("", rest.as_str()), |(name, typed)| (name, typed));
    // Whoever lost a race comes with what was sealed before. People cannot write so: a command of a menu has no rest, and one
    // that is typed has no options.
    if rest == HIDDEN && !options.is_empty() {
        return;
    }
    if let Some(kept) = sealed(name, typed) {
        *options = vec![(option.to_owned(), kept)];
        HIDDEN.clone_into(rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Content;
    use crate::model::ids::{MessageRef, PlaceRef};

    #[test]
    fn what_was_sealed_stays_as_it_is_when_it_is_sealed_again() {
        let menu = (vec![("code".to_owned(), "secret".to_owned())], "");
        for (options, rest) in [menu, (Vec::new(), "secret")] {
            let mut body = EventBody::Command {
                message: None,
                name: "link".to_owned(),
                options,
                rest: rest.to_owned(),
            };
            seal(&mut body, |_, typed| Some(format!("sealed {typed}")));
            let once = body.clone();
            assert!(
                matches!(&once, EventBody::Command { options, .. } if options[0].1 == "sealed secret"),
                "{once:?}"
            );
            seal(&mut body, |_, typed| Some(format!("sealed {typed}")));
            assert_eq!(body, once);
        }
    }

    #[track_caller]
    fn check(text: &str, addressed: Addressed, expected: Option<(&str, &str)>) {
        let native = MessageRef {
            place: PlaceRef {
                scope: "t".into(),
                id: "p".into(),
            },
            id: "1".into(),
        };
        let message = InMessage {
            native,
            content: Content::plain(text),
            addressed,
            reply_to: None,
            mentions: Vec::new(),
            files: Vec::new(),
        };
        let found = match parse(&message, |name| name == "share") {
            Some(EventBody::Command { name, rest, .. }) => Some((name, rest)),
            _ => None,
        };
        let expected = expected.map(|(name, rest)| (name.to_owned(), rest.to_owned()));
        assert_eq!(found, expected);
    }

    #[test]
    fn a_declared_command_is_recognised_with_its_rest() {
        check("/share", Addressed::Direct, Some(("share", "")));
        check(" /share  a tip ", Addressed::Mention, Some(("share", "a tip")));
    }

    #[test]
    fn everything_else_stays_a_message() {
        check("/unknown", Addressed::Direct, None);
        check("please /share", Addressed::Direct, None);
        check("/", Addressed::Direct, None);
        check("/share", Addressed::Overheard, None);
    }
}
