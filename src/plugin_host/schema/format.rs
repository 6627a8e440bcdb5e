//! Texts of settings that mean something to the host, by their `format`: whoever writes them is told at once what they should be.

use croner::parser::CronParser;
use jiff::civil::{DateTime, date};
use jiff::tz::TimeZone;
use url::Url;

/// The formats that mean something to the host, those of [`Reference`](super::Reference) too.
pub(super) const FORMATS: [&str; 6] = ["place", "person", "role", "cron", "zone", "https-url"];

/// From here a cron line has to come once more: whether it ever does hangs on no clock.
const FROM: DateTime = date(2024, 1, 1).at(0, 0, 0, 0);

/// What is wrong with a text of that format, as the rest of a sentence about it.
pub(super) fn problem(format: &str, text: &str) -> Option<&'static str> {
    match format {
        "cron" if !is_cron(text) => {
            Some("this must be five cron fields that come again, such as 0 9 * * 1-5 for nine o'clock on weekdays")
        }
        "zone" if TimeZone::get(text).is_err() => {
            Some("this must be a time zone by its IANA name, such as Europe/Berlin")
        }
        "https-url" if !is_https_url(text) => {
            Some("this must be an address that begins with https://, such as https://example.org/feed.xml")
        }
        _ => None,
    }
}

fn is_cron(text: &str) -> bool {
    let cron = CronParser::new().parse(text);
    text.split_whitespace().count() == 5 && cron.is_ok_and(|cron| cron.find_next_occurrence(&FROM, false).is_ok())
}

fn is_https_url(text: &str) -> bool {
    let plain = !text.contains(|sign: char| sign.is_whitespace() || sign.is_control());
    let parsed = Url::parse(text).ok().filter(|_| plain);
    parsed.is_some_and(|url| url.scheme() == "https" && url.host_str().is_some_and(|host| !host.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin_host::schema::Reference;
    use serde_json::json;

    #[track_caller]
    fn check(format: &str, fine: &[&str], wrong: &[&str]) {
        for text in fine {
            assert_eq!(problem(format, text), None, "{text}");
        }
        for text in wrong {
            assert!(problem(format, text).is_some(), "{text}");
        }
    }

    #[test]
    fn what_a_host_knows_better_than_a_plugin_is_checked_by_it() {
        check(
            "cron",
            &["7,37 * * * *", "0 9 * * 1-5"],
            &["", "every day", "* * * *", "* * * * * *", "61 * * * *", "0 9 30 2 *"],
        );
        check(
            "zone",
            &["UTC", "Europe/Berlin"],
            &["", "Berlin", "Mars/Olympus", "../UTC"],
        );
        check(
            "https-url",
            &["https://example.org/feed.xml", "https://example.org"],
            &[
                "",
                "example.org",
                "http://example.org",
                "https://",
                "https://exa mple.org",
                " https://example.org",
            ],
        );
        for known in FORMATS {
            let is_reference = Reference::of(&json!({ "format": known })).is_some();
            assert!(is_reference || problem(known, "no such thing").is_some(), "{known}");
        }
    }
}
