//! What is too much at once. Pure.

use serde::{Deserialize, Serialize};
use switchboard_plugin::types::Message;

use crate::config::Floods;
use crate::fold;

/// Within so long the same text counts as repeated.
pub(crate) const REPEAT_SECONDS: u32 = 600;

/// Shorter texts, such as thanks, are said again and again by anybody.
const REPEAT_CHARS_MIN: usize = 12;

/// As much of a text as tells it from others; keys are short.
const REPEAT_CHARS_MAX: usize = 40;

/// Whoever calls everybody calls as many.
const EVERYBODY: u32 = 100;

/// One message of a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Said {
    pub(crate) message: String,
    at: u64,
}

/// The row with one message more, as far as it still counts.
pub(crate) fn row(mut row: Vec<Said>, (message, at): (&str, u64), floods: &Floods) -> Vec<Said> {
    let window = u64::from(floods.seconds) * 1_000;
    row.retain(|said| at.saturating_sub(said.at) < window);
    row.push(Said {
        message: message.to_owned(),
        at,
    });
    row
}

pub(crate) fn is_flood(row: &[Said], floods: &Floods) -> bool {
    floods.messages > 0 && row.len() >= floods.messages as usize
}

/// What names the text among what was said lately; none for what anybody says twice.
pub(crate) fn repeated(text: &str) -> Option<String> {
    let words: Vec<String> = fold::words(text).into_iter().map(|word| word.plain).collect();
    let same = words.concat();
    let length = same.chars().count();
    let head: String = same.chars().take(REPEAT_CHARS_MAX).collect();
    (length >= REPEAT_CHARS_MIN).then(|| format!("{length}-{head}"))
}

/// How many people the message calls.
pub(crate) fn called(message: &Message) -> u32 {
    let words = message.text.split_whitespace();
    let mut written = 0;
    for word in words.filter(|word| word.len() > 1 && word.starts_with('@')) {
        let everybody = matches!(
            word.trim_end_matches(|sign: char| !sign.is_alphanumeric()),
            "@everyone" | "@here" | "@all"
        );
        written += if everybody { EVERYBODY } else { 1 };
    }
    written.max(u32::try_from(message.mentions.len()).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn floods() -> Floods {
        Floods {
            messages: 3,
            seconds: 10,
            ..Floods::default()
        }
    }

    #[test]
    fn so_many_within_so_long_are_a_flood() {
        let mut said = Vec::new();
        let mut floods_at = |at: u64| {
            said = row(std::mem::take(&mut said), ("m", at), &floods());
            is_flood(&said, &floods())
        };
        let slow = [0, 9_000, 12_000, 21_000].map(&mut floods_at);
        assert_eq!(slow, [false; 4]);
        let fast = [22_000, 23_000].map(&mut floods_at);
        assert_eq!(fast, [false, true]);
    }

    #[test]
    fn the_same_text_is_known_again_and_thanks_are_nothing() {
        let text = repeated("Buy my great thing NOW!!");
        assert!(text.is_some());
        assert_eq!(text, repeated("buy my  great thing, now"));
        assert_ne!(text, repeated("buy my great things now"));
        assert_eq!(repeated("thank you!"), None);
        let long = repeated(&"ab".repeat(500)).expect("it is long");
        assert!(long.len() < 60, "{long}");
    }
}
