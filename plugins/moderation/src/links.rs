//! Where the links of a message lead, and what they only look like. Pure.

use percent_encoding::percent_decode_str;

use crate::fold::looks;
use crate::punycode;

/// Of a name with fewer letters than this nearly every other one is only a letter away.
const NAME_CHARS_MIN: usize = 5;

/// A site that a message leads to, or names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    /// As people see it, in small letters, without `www.`.
    pub(crate) host: String,
    /// It is surely meant as a link; else it may be the name of a file.
    pub(crate) certain: bool,
}

/// All of them, each once: those that the platform knows, and those that merely stand there.
pub(crate) fn found(text: &str, links: &[String]) -> Vec<Link> {
    let known = links
        .iter()
        .filter_map(|url| host(url))
        .map(|host| Link { host, certain: true });
    let written = text.split_whitespace().filter_map(written);
    let mut all: Vec<Link> = Vec::new();
    for link in known.chain(written) {
        match all.iter_mut().find(|known| known.host == link.host) {
            Some(known) => known.certain |= link.certain,
            None => all.push(link),
        }
    }
    all
}

/// A word that is an address, with or without its scheme.
fn written(word: &str) -> Option<Link> {
    let word = word.trim_matches(|sign: char| !sign.is_alphanumeric() && sign != '/');
    let scheme = word.contains("://");
    let host = host(word)?;
    let (name, ending) = host.rsplit_once('.')?;
    let is_site = ending.chars().count() >= 2 && ending.chars().all(char::is_alphabetic) && !name.is_empty();
    let rest = word.split_once("://").map_or(word, |(_, rest)| rest);
    let certain = scheme || word.to_lowercase().starts_with("www.") || rest.contains('/');
    // Without a scheme it is somebody's address for mail.
    (is_site && (scheme || !word.contains('@'))).then_some(Link { host, certain })
}

/// The host of an address; none for what is none, or leads to no site, such as `mailto:`.
pub(crate) fn host(url: &str) -> Option<String> {
    named(authority(url)?.rsplit('@').next()?)
}

/// What stands between the scheme of an address and its path; none where it leads to no site.
fn authority(url: &str) -> Option<&str> {
    let rest = match url.split_once("://") {
        Some((_, rest)) => rest,
        None if url.to_lowercase().starts_with("mailto:") => return None,
        None => url,
    };
    rest.split(['/', '?', '#', '\\']).next()
}

/// The name of a site as people see it, without the port; browsers read what is percent-encoded in it.
fn named(host: &str) -> Option<String> {
    let decoded = percent_decode_str(host).decode_utf8_lossy();
    let name = decoded
        .split(':')
        .next()?
        .trim_end_matches('.')
        .to_lowercase()
        .replace(['。', '｡', '．'], ".");
    let name = punycode::shown(&name);
    let name = name.strip_prefix("www.").unwrap_or(&name);
    name.contains('.').then(|| name.to_owned())
}

/// A site as an admin writes it: with or without scheme and path.
pub(crate) fn site(written: &str) -> Result<String, String> {
    host(written.trim()).ok_or_else(|| format!("“{written}” is no site: write example.org"))
}

/// Whether it is the site, or below it.
pub(crate) fn is_within(host: &str, site: &str) -> bool {
    host.strip_suffix(site)
        .is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

/// Whether it looks like the site without being it: by its letters, by one letter too many, too few, another or swapped, or
/// because the site's name stands before its own.
pub(crate) fn is_imitation(host: &str, site: &str) -> bool {
    if is_within(host, site) {
        return false;
    }
    let labels: Vec<&str> = host.split('.').collect();
    let count = site.split('.').count();
    let end = labels[labels.len().saturating_sub(count)..].join(".");
    let seen = looks(&end).iter().zip(&looks(site)).any(|(look, site)| look == site);
    let name = site.split('.').next().unwrap_or_default();
    let near = name.chars().count() >= NAME_CHARS_MIN && strsim::osa_distance(&end, site) == 1;
    seen || near || host.starts_with(&format!("{site}.")) || host.contains(&format!(".{site}."))
}

/// A link that shows another site than where it leads: what it shows, and where it leads. The host writes such a link as
/// `label (address)`, whoever types markdown as `[label](address)`; and a browser leaves out what stands before an `@`.
pub(crate) fn misleading(text: &str) -> Option<(String, String)> {
    let mut before = "";
    for word in text.split_whitespace() {
        let (label, address) = match word.split_once("](") {
            Some((label, address)) => (label.trim_start_matches(['(', '[']), address),
            None => (before, word.strip_prefix('(').unwrap_or_default()),
        };
        let labelled = Some(address)
            .filter(|address| address.starts_with("http"))
            .and_then(|address| Some((written(label)?.host, host(address.trim_end_matches([')', '.', ',']))?)));
        if let Some(lie) = labelled.into_iter().chain(posing(word)).find(differs) {
            return Some(lie);
        }
        before = word;
    }
    None
}

/// What an address says before its `@`, where that reads like a site, and where it leads.
fn posing(word: &str) -> Option<(String, String)> {
    let (_, address) = word.trim_end_matches([')', '.', ',']).split_once("://")?;
    let (shown, site) = authority(address)?.rsplit_once('@')?;
    Some((written(shown)?.host, named(site)?))
}

/// Whether what is shown and where it leads are two sites.
fn differs((shown, target): &(String, String)) -> bool {
    !is_within(target, shown) && !is_within(shown, target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_however_they_are_written() {
        let links = [
            "https://Www.Example.ORG:8443/x?y".to_owned(),
            "mailto:a@b.example".to_owned(),
        ];
        let text = "see example.org, (http://xn--bcher-kva.example/a) main.rs and discord.gg/abc or me@mail.example";
        let found = found(text, &links);
        let all: Vec<(&str, bool)> = found.iter().map(|link| (link.host.as_str(), link.certain)).collect();
        let expected = [
            ("example.org", true),
            ("bücher.example", true),
            ("main.rs", false),
            ("discord.gg", true),
        ];
        assert_eq!(all, expected);
        assert_eq!(
            host("https://example.org@evil.example/").as_deref(),
            Some("evil.example")
        );
        assert_eq!(
            host("http://evil.example\\@example.org").as_deref(),
            Some("evil.example")
        );
        assert_eq!(host("https://evil%2Eexample/").as_deref(), Some("evil.example"));
        let hidden = super::found("https://example.org@evil.example/ and me@mail.example", &[]);
        let hosts: Vec<&str> = hidden.iter().map(|link| link.host.as_str()).collect();
        assert_eq!(hosts, ["evil.example"]);
    }

    #[test]
    fn a_site_is_itself_and_what_is_below_it() {
        for (host, within) in [
            ("example.org", true),
            ("a.b.example.org", true),
            ("notexample.org", false),
            ("example.org.evil.example", false),
        ] {
            assert_eq!(is_within(host, "example.org"), within, "{host}");
        }
    }

    #[test]
    fn imitations_are_known_and_honest_names_are_none() {
        for host in [
            "examp1e.org",
            "exarnple.org",
            "ехample.org",
            "exmaple.org",
            "exampl.org",
            "examplee.org",
            "example.0rg",
            "login.examp1e.org",
            "example.org.evil.example",
            "my.example.org.evil.example",
        ] {
            assert!(is_imitation(host, "example.org"), "{host}");
        }
        for host in [
            "example.org",
            "docs.example.org",
            "example.com",
            "sample.org.uk",
            "wikipedia.org",
        ] {
            assert!(!is_imitation(host, "example.org"), "{host}");
        }
        // Short names are a letter away from half the world.
        assert!(!is_imitation("y.com", "x.com") && is_imitation("х.com", "x.com"));
    }

    #[test]
    fn a_label_that_shows_another_site_misleads() {
        let text = "Go to example.org (https://evil.example/login).";
        let expected = Some(("example.org".to_owned(), "evil.example".to_owned()));
        assert_eq!(misleading(text), expected);
        for text in [
            "[example.org](https://evil.example/)",
            "Go to [our example.org](https://evil.example/login).",
            "https://example.org@evil.example/",
            "(https://example.org:443@evil.example)",
        ] {
            assert_eq!(misleading(text), expected, "{text}");
        }
        for text in [
            "[docs.example.org](https://example.org/docs)",
            "[here](https://evil.example/)",
            "https://anna@example.org/",
            "Go to example.org (https://www.example.org/login)",
            "our page (https://evil.example/)",
            "docs.example.org (https://example.org/docs)",
            "example.org (see below)",
        ] {
            assert_eq!(misleading(text), None, "{text}");
        }
    }
}
