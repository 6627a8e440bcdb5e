//! From what people write on Discord to our tree. Pure.
//!
//! Discord's markdown is close to the common one; what differs is made so first: names behind ids, its own emoji and
//! times, and lines that end where they end.

use std::borrow::Cow;

use serenity::model::id::{ChannelId, RoleId, UserId};

use super::channels::Channels;
use super::names;
use super::payload::User;
use crate::model::content::Content;

/// Around code.
const FENCE: &str = "```";

/// What may stand before the text of a line, in lists and quotes.
const MARKS: &[char] = &[
    ' ', '\t', '>', '*', '-', '+', '.', ')', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9',
];

/// The longest thing in angle brackets that is looked at: an emoji with its name and number.
const TAG_BYTES_MAX: usize = 64;

/// What the ids in a text stand for.
pub(super) struct Names<'a> {
    pub(super) channels: &'a Channels,
    /// Where it was written.
    pub(super) channel: ChannelId,
    /// The bot itself, whose name is taken out.
    pub(super) bot: UserId,
    /// Who is named in the text.
    pub(super) mentions: &'a [User],
}

/// The text as a tree; the bot's own name is taken out.
pub(super) fn content(text: &str, names: &Names<'_>) -> Content {
    let mut markdown = String::with_capacity(text.len() + 16);
    let parts: Vec<&str> = text.split(FENCE).collect();
    for (number, part) in parts.iter().enumerate() {
        let is_code = number % 2 == 1;
        if is_code && number + 1 < parts.len() {
            code(part, &mut markdown);
            continue;
        }
        if is_code {
            // Nothing ends it, so it is text.
            markdown.push_str("\\`\\`\\`");
        }
        names.lines(part, number == 0, &mut markdown);
    }
    Content::markdown(&markdown)
}

/// What stands between two fences; on Discord they need no lines of their own.
fn code(part: &str, out: &mut String) {
    let (language, text) = part.split_once('\n').unwrap_or(("", part));
    let is_language = language
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'_' | b'#'));
    let (language, text) = if is_language { (language, text) } else { ("", part) };
    let text = text.trim_end_matches('\n');
    if !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
    for piece in [FENCE, language, "\n", text, "\n", FENCE, "\n"] {
        out.push_str(piece);
    }
}

impl Names<'_> {
    /// Text between code. What names the bot at its very beginning calls it and is no part of the question.
    fn lines(&self, text: &str, begins: bool, out: &mut String) {
        // Elsewhere this would be a definition, and not be shown at all.
        let defines = text.contains("]:") && text.lines().any(|line| line.trim_start_matches(MARKS).starts_with('['));
        let text = if defines {
            Cow::Owned(text.replace("]:", "]\\:"))
        } else {
            Cow::Borrowed(text)
        };
        let mut lines = text.split('\n').enumerate().peekable();
        while let Some((number, line)) = lines.next() {
            if number > 0 {
                out.push('\n');
            }
            self.write(line, out);
            if begins && number == 0 && line.trim_start().starts_with('<') {
                let rest = out.trim_start_matches(|letter: char| letter.is_whitespace() || letter == ',');
                *out = rest.to_owned();
            }
            // Two spaces make the end of a line stay one.
            let ends = lines.peek().is_some_and(|(_, next)| !next.trim().is_empty());
            if ends && !line.trim().is_empty() {
                out.push_str("  ");
            }
        }
    }

    fn write(&self, line: &str, out: &mut String) {
        let mut rest = line;
        while let Some(at) = rest.find('<') {
            out.push_str(&rest[..at]);
            rest = &rest[at..];
            let end = rest.bytes().take(TAG_BYTES_MAX).position(|byte| byte == b'>');
            if let Some((end, shown)) = end.and_then(|end| Some((end, self.tag(&rest[1..end])?))) {
                escape(&shown, out);
                rest = &rest[end + 1..];
            } else {
                out.push('<');
                rest = &rest[1..];
            }
        }
        out.push_str(rest);
    }

    /// What stands for `<tag>`; none where it is something else.
    fn tag(&self, tag: &str) -> Option<String> {
        if let Some(role) = tag.strip_prefix("@&") {
            let role = RoleId::from(number(role)?);
            if self.channels.is_own_role(self.channel, role) {
                return Some(String::new());
            }
            return Some(format!("@{}", self.channels.role(self.channel, role).unwrap_or("role")));
        }
        if let Some(user) = tag.strip_prefix("@!").or_else(|| tag.strip_prefix('@')) {
            let user = UserId::from(number(user)?);
            if user == self.bot {
                return Some(String::new());
            }
            let named = self.mentions.iter().find(|mention| mention.id == user);
            return Some(named.map_or_else(
                || "@somebody".to_owned(),
                |user| format!("@{}", names::shown(user, None)),
            ));
        }
        if let Some(channel) = tag.strip_prefix('#') {
            let channel = ChannelId::from(number(channel)?);
            return Some(format!("#{}", self.channels.name(channel).unwrap_or("channel")));
        }
        if let Some(command) = tag.strip_prefix('/') {
            let (name, id) = command.rsplit_once(':')?;
            number(id)?;
            return Some(format!("/{name}"));
        }
        if let Some(time) = tag.strip_prefix("t:") {
            return moment(time.split(':').next()?);
        }
        // `:name:id`, or `a:name:id` where it moves.
        let emoji = tag.strip_prefix('a').unwrap_or(tag).strip_prefix(':')?;
        let (name, id) = emoji.split_once(':')?;
        number(id)?;
        Some(format!(":{name}:"))
    }
}

fn number(text: &str) -> Option<std::num::NonZeroU64> {
    text.parse().ok()
}

/// A moment that each reader sees in their own zone; we know none, and say which one this is.
fn moment(seconds: &str) -> Option<String> {
    let at = jiff::Timestamp::from_second(seconds.parse().ok()?).ok()?;
    Some(at.strftime("%Y-%m-%d %H:%M UTC").to_string())
}

/// A name is no markup, whatever somebody calls themselves.
fn escape(name: &str, out: &mut String) {
    for letter in name.chars() {
        if letter.is_ascii_punctuation() {
            out.push('\\');
        }
        out.push(letter);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Content {
        let mentions = [User {
            id: UserId::new(7),
            username: "ann".to_owned(),
            global_name: Some("*Ann*".to_owned()),
            bot: false,
        }];
        let names = Names {
            channels: &Channels::default(),
            channel: ChannelId::new(1),
            bot: UserId::new(900),
            mentions: &mentions,
        };
        content(text, &names)
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(read(text), Content::markdown(expected));
    }

    #[test]
    fn the_bots_name_is_taken_out_and_others_stay() {
        check("<@900> how?", "how?");
        check("<@!900>, how?", "how?");
        check("how, <@900>?", "how, ?");
        check("<@7> said so", "@\\*Ann\\* said so");
        check("<@8> and <#5>", "@somebody and #channel");
    }

    #[test]
    fn emoji_commands_and_times_are_words() {
        check("<:leaf:12> <a:leaf:12>", ":leaf: :leaf:");
        check("see </help:12>", "see /help");
        check("<t:1000000000:R>", "2001-09-09 01:46 UTC");
    }

    #[test]
    fn what_only_looks_like_a_tag_stays() {
        for text in ["1 < 2", "a <b> c", "<@x>", "<t:x>", "<:a:b>", "<"] {
            assert_eq!(read(text).to_plain(), text);
        }
    }

    #[test]
    fn a_line_ends_where_it_ends() {
        check("one\ntwo", "one\\\ntwo");
        check("one\n\ntwo", "one\n\ntwo");
        check("```\n<@900>\nlet a;\n```", "```\n<@900>\nlet a;\n```");
        check("see ```rust\nlet a;``` and `b`", "see\n```rust\nlet a;\n```\nand `b`");
        check("```one line```", "```\none line\n```");
        assert_eq!(read("```🙂 never ends").to_plain(), "```🙂 never ends");
    }

    #[test]
    fn nothing_is_hidden() {
        assert_eq!(read("[1]: https://example.org").to_plain(), "[1]: https://example.org");
        assert_eq!(read("<div>x</div>").to_plain(), "<div>x</div>");
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_reader(text in "[<>@#:t/a0-9`\\[\\] \n*_🙂]{0,40}") {
            let leaves = |text: &str| text.matches('🙂').count();
            // Nothing is lost; what looks like an address may be shown beside its label.
            prop_assert!(leaves(&read(&text).to_plain()) >= leaves(&text));
        }
    }
}
