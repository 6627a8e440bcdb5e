//! A written command that nobody here has: neither a question to the bot nor, in a shared place, always for it. Pure.

use crate::model::directory::Audience;
use crate::model::event::{Addressed, InMessage};

/// Names of commands are no longer on any platform.
const NAME_CHARS_MAX: usize = 32;

/// The name of the command that a message consists of, without the slash and without the bot it was written to. Commands that we
/// have are no messages any more.
pub(super) fn name(message: &InMessage) -> Option<String> {
    let text = message.content.to_plain();
    let written = text.trim().strip_prefix('/')?.split(char::is_whitespace).next()?;
    let name = written.split_once('@').map_or(written, |(name, _)| name);
    let is_name = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-');
    let fits = !name.is_empty() && name.chars().count() <= NAME_CHARS_MAX;
    (fits && name.chars().all(is_name)).then(|| name.to_owned())
}

/// Whether it was written to us: where other bots are, only by name, since an answer to something of ours may be a command to
/// one of them.
pub(super) fn is_for_us(addressed: Addressed, audience: Audience) -> bool {
    match addressed {
        Addressed::Direct | Addressed::Mention => true,
        Addressed::Reply => audience == Audience::Direct,
        Addressed::Prefix | Addressed::Overheard => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Content;
    use crate::model::ids::{MessageRef, PlaceRef};

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        let message = InMessage {
            native: MessageRef {
                place: PlaceRef {
                    scope: "t".into(),
                    id: "p".into(),
                },
                id: "1".into(),
            },
            content: Content::plain(text),
            addressed: Addressed::Direct,
            reply_to: None,
            mentions: Vec::new(),
            files: Vec::new(),
        };
        assert_eq!(name(&message).as_deref(), expected);
    }

    #[test]
    fn a_command_is_known_by_its_slash() {
        check("/ban", Some("ban"));
        check(" /ban@mod_bot spam", Some("ban"));
        check("/помощь", Some("помощь"));
    }

    #[test]
    fn what_only_begins_with_a_slash_is_no_command() {
        for text in ["/", "/ ban", "/etc/hosts is empty, why?", "//", "/@bot", "a /ban", "/?"] {
            check(text, None);
        }
        check(&format!("/{}", "x".repeat(33)), None);
    }

    #[test]
    fn where_other_bots_are_only_a_name_calls_for_us() {
        let shared = [Addressed::Mention, Addressed::Reply, Addressed::Overheard]
            .map(|addressed| is_for_us(addressed, Audience::Public));
        assert_eq!(shared, [true, false, false]);
        assert!(is_for_us(Addressed::Direct, Audience::Direct));
    }
}
