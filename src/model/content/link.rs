//! Which links are links: those that lead where they say.
//!
//! Owns the schemes we let through and the comparison of a label with its target. Only `markdown` calls it.

use unicode_normalization::UnicodeNormalization;
use url::Url;

use super::{Content, Inline};
use crate::model::invisible::is_invisible;

/// Longer addresses are shown as text.
const URL_BYTES_MAX: usize = 2_048;

/// Names of files that look like host names: their last part is no top-level domain that anybody uses.
const FILE_ENDINGS: [&str; 14] = [
    "toml", "yaml", "yml", "json", "txt", "html", "css", "xml", "csv", "pdf", "wasm", "dialog", "js", "log",
];

/// A link, if it may be one; else its label and target as text.
pub fn checked(url: String, label: Vec<Inline>) -> Vec<Inline> {
    if !is_allowed(&url) {
        return as_text(&url, label);
    }
    let shown = Content {
        blocks: vec![super::Block::Paragraph(label.clone())],
    }
    .to_plain();
    let link = |url, label| {
        let source = None;
        vec![Inline::Link { url, label, source }]
    };
    if shown.trim().is_empty() {
        let label = vec![Inline::Text(url.clone())];
        return link(url, label);
    }
    if is_honest(&shown, &url) {
        link(url, label)
    } else {
        as_text(&url, label)
    }
}

/// The address that `text` begins with, and how many bytes it takes.
pub(super) fn bare(text: &str) -> Option<(Inline, usize)> {
    if !text.starts_with("https://") && !text.starts_with("http://") {
        return None;
    }
    // Looks no further than an address may reach, so that a text full of them is read in linear time.
    let ends = |character: char| character.is_whitespace() || matches!(character, '<' | '>' | '"' | '`');
    let end = text
        .char_indices()
        .take(URL_BYTES_MAX + 1)
        .find(|(_, character)| ends(*character))
        .map_or(text.len(), |(at, _)| at);
    if end > URL_BYTES_MAX {
        return None;
    }
    let mut url = &text[..end];
    // A full stop behind an address ends the sentence, and a bracket that opened before it closes behind it.
    loop {
        let trimmed = url.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '*', '_']);
        let trimmed = match trimmed.strip_suffix(')') {
            Some(shorter) if trimmed.matches(')').count() > trimmed.matches('(').count() => shorter,
            _ => trimmed,
        };
        if trimmed.len() == url.len() {
            break;
        }
        url = trimmed;
    }
    is_allowed(url).then(|| {
        let link = Inline::Link {
            url: url.to_owned(),
            label: vec![Inline::Text(url.to_owned())],
            source: None,
        };
        (link, url.len())
    })
}

/// Whether a link may lead there: `http`, `https` or `mailto`, without a user name that looks like a host.
pub fn is_allowed(url: &str) -> bool {
    let clean = |character: char| {
        !character.is_control() && !character.is_whitespace() && !matches!(character, '\\' | '<' | '>' | '"' | '`')
    };
    if url.len() > URL_BYTES_MAX || !url.chars().all(clean) {
        return false;
    }
    if let Some(address) = strip_scheme(url, "mailto:") {
        return !address.is_empty();
    }
    match strip_scheme(url, "https://").or_else(|| strip_scheme(url, "http://")) {
        Some(rest) => {
            let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
            // Platforms refuse a message with a link that leads nowhere.
            !authority.is_empty() && !authority.contains('@') && Url::parse(url).is_ok()
        }
        None => false,
    }
}

fn strip_scheme<'a>(url: &'a str, scheme: &str) -> Option<&'a str> {
    let head = url.get(..scheme.len())?;
    head.eq_ignore_ascii_case(scheme).then(|| &url[scheme.len()..])
}

/// Every word of the label that looks like an address is the target's.
fn is_honest(shown: &str, url: &str) -> bool {
    let seen: String = shown.nfkc().filter(|character| !is_invisible(*character)).collect();
    let seen = seen.replace(['。', '｡'], ".");
    let target = Address::of(url);
    seen.split_whitespace()
        .filter_map(address_in)
        .all(|word| match Address::of(word) {
            said if said.path.is_empty() => said.host == target.host,
            said => said == target,
        })
}

/// The part of a word that looks like an address.
fn address_in(word: &str) -> Option<&str> {
    let word = word.trim_matches(|character: char| {
        !character.is_alphanumeric() && !matches!(character, '/' | '%' | '=' | '&' | '-' | '_' | '#')
    });
    if word.contains("://") || word.to_lowercase().starts_with("www.") {
        return Some(word);
    }
    let host = word.split(['/', '?', '#', ':']).next().unwrap_or_default();
    let (name, ending) = host.rsplit_once('.')?;
    let is_domain = !name.is_empty()
        && ending.chars().count() >= 2
        && ending.chars().all(char::is_alphabetic)
        && !name.ends_with('.')
        && !FILE_ENDINGS.contains(&ending.to_lowercase().as_str());
    is_domain.then_some(word)
}

#[derive(Debug, PartialEq, Eq)]
struct Address {
    host: String,
    path: String,
}

impl Address {
    fn of(text: &str) -> Self {
        let rest = match text.split_once("://") {
            Some((_, rest)) => rest,
            None => strip_scheme(text, "mailto:").unwrap_or(text),
        };
        let at = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(at);
        let host = authority.rsplit('@').next().unwrap_or(authority).to_lowercase();
        Self {
            host: host.strip_prefix("www.").unwrap_or(&host).to_owned(),
            path: path.trim_end_matches('/').to_owned(),
        }
    }
}

fn as_text(url: &str, mut label: Vec<Inline>) -> Vec<Inline> {
    if !url.is_empty() {
        let url: String = url.chars().filter(|character| !character.is_control()).collect();
        label.push(Inline::Text(format!(" ({url})")));
    }
    label
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(label: &str, url: &str, is_link: bool) {
        let inlines = checked(url.to_owned(), vec![Inline::Text(label.to_owned())]);
        let became_link = matches!(inlines.as_slice(), [Inline::Link { .. }]);
        assert_eq!(became_link, is_link, "[{label}]({url})");
    }

    #[test]
    fn only_three_schemes_lead_anywhere() {
        check("a", "https://example.org", true);
        check("a", "HTTP://example.org", true);
        check("a", "mailto:a@example.org", true);
        for url in [
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "file:///etc/passwd",
            "//example.org",
            "/path",
            "https://",
            "https://[::1",
            "https://example.org:port/",
            "https:\\\\example.org",
            "java\nscript:alert(1)",
            "https://bank.example@evil.example/",
        ] {
            check("a", url, false);
        }
    }

    #[test]
    fn a_label_that_names_an_address_names_the_target() {
        check("example.org", "https://www.example.org/login", true);
        check("https://example.org/a", "https://example.org/a/", true);
        check("a@example.org", "mailto:a@example.org", true);
        check("bank.example", "https://evil.example", false);
        check("go to https://bank.example now", "https://evil.example", false);
        check("https://example.org/a", "https://example.org/b", false);
        check("bank.example.", "https://evil.example", false);
        check("ba\u{200b}nk.example", "https://evil.example", false);
        check("bank．example", "https://evil.example", false);
        check("ьank.example", "https://bank.example", false);
    }

    #[test]
    fn words_versions_and_files_are_no_addresses() {
        for label in [
            "the guide",
            "version 1.2",
            "switchboard.toml",
            "docs/install",
            "e.g. this",
            "…and more",
        ] {
            check(label, "https://example.org", true);
        }
    }
}
