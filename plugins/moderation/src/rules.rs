//! Which rule a message breaks. Pure.

use crate::config::{Config, Floods};
use crate::fold;
use crate::ladder::Ladder;
use crate::links::{self, Link};
use crate::words::Words;

/// A name of a site in a reason is cut at this.
const SITE_CHARS_MAX: usize = 80;

const FOR_WORDS: &[&str] = &["delete", "delete", "mute 10", "mute 60", "mute 1440"];
const FOR_LINKS: &[&str] = &["delete", "mute 60", "mute 1440"];
const FOR_FLOODS: &[&str] = &["warn", "delete", "mute 10", "mute 60"];
const FOR_NEWCOMERS: &[&str] = &["delete", "delete", "mute 10"];

/// Each has a ladder and a count of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    Words,
    Links,
    Floods,
    Newcomers,
}

impl Rule {
    /// In keys.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Words => "words",
            Self::Links => "links",
            Self::Floods => "floods",
            Self::Newcomers => "newcomers",
        }
    }
}

/// What is told to the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    Word,
    BlockedSite,
    OtherSite,
    Imitation(String),
    Misleading,
    Flood,
    Repeats,
    Calls,
    Newcomer,
}

/// A rule that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Broken {
    pub(crate) rule: Rule,
    pub(crate) why: Why,
    /// For staff, and for the platform's own log. Says which rule and by what, so that two with one reason are one offence.
    pub(crate) reason: String,
}

impl Broken {
    fn link(why: Why, reason: String) -> Self {
        Self {
            rule: Rule::Links,
            why,
            reason,
        }
    }

    pub(crate) fn newcomer() -> Self {
        Self {
            rule: Rule::Newcomers,
            why: Why::Newcomer,
            reason: "a link from a new account".to_owned(),
        }
    }

    pub(crate) fn flood(floods: &Floods) -> Self {
        Self {
            rule: Rule::Floods,
            why: Why::Flood,
            reason: format!("{} messages within {} s", floods.messages, floods.seconds),
        }
    }

    pub(crate) fn repeats(times: i64) -> Self {
        Self {
            rule: Rule::Floods,
            why: Why::Repeats,
            reason: format!("the same text {times} times"),
        }
    }

    pub(crate) fn calls(count: u32) -> Self {
        Self {
            rule: Rule::Floods,
            why: Why::Calls,
            reason: format!("{count} people called in one message"),
        }
    }
}

#[derive(Debug)]
pub(crate) struct Rules {
    words: Words,
    blocked: Vec<String>,
    allowed: Vec<String>,
    protected: Vec<String>,
    ladders: [Ladder; 4],
}

impl Rules {
    /// The first thing that is wrong with the settings, as the admin reads it.
    pub(crate) fn new(config: &Config) -> Result<Self, String> {
        let sites = |list: &[String]| {
            list.iter()
                .map(|written| links::site(written))
                .collect::<Result<Vec<_>, _>>()
        };
        Ok(Self {
            words: Words::new(&config.words.blocked)?,
            blocked: sites(&config.links.blocked)?,
            allowed: sites(&config.links.allowed)?,
            protected: sites(&config.links.protected)?,
            ladders: [
                Ladder::read(&config.words.ladder, FOR_WORDS)?,
                Ladder::read(&config.links.ladder, FOR_LINKS)?,
                Ladder::read(&config.floods.ladder, FOR_FLOODS)?,
                Ladder::read(&config.newcomers.ladder, FOR_NEWCOMERS)?,
            ],
        })
    }

    pub(crate) fn ladder(&self, rule: Rule) -> &Ladder {
        &self.ladders[rule as usize]
    }

    /// Each blocked word that is said.
    pub(crate) fn of_words(&self, text: &str) -> Vec<Broken> {
        let said = self.words.said(text, &fold::words(text));
        let broken = said.into_iter().map(|said| Broken {
            rule: Rule::Words,
            why: Why::Word,
            reason: format!("the blocked word “{said}”"),
        });
        broken.collect()
    }

    /// Each link that leads where none may; one that lies about it comes first.
    pub(crate) fn of_links(&self, text: &str, links: &[Link]) -> Vec<Broken> {
        let checks = !(self.blocked.is_empty() && self.allowed.is_empty() && self.protected.is_empty());
        let misleading = links::misleading(text).filter(|_| checks).map(|(shown, target)| {
            let reason = format!("a link that shows {} and leads to {}", cut(&shown), cut(&target));
            Broken::link(Why::Misleading, reason)
        });
        let leading = links.iter().filter_map(|link| self.of_link(link));
        misleading.into_iter().chain(leading).collect()
    }

    fn of_link(&self, link: &Link) -> Option<Broken> {
        let host = &link.host;
        let within = |list: &[String]| list.iter().any(|site| links::is_within(host, site));
        if within(&self.protected) {
            return None;
        }
        if within(&self.blocked) {
            return Some(Broken::link(
                Why::BlockedSite,
                format!("a link to the blocked site {}", cut(host)),
            ));
        }
        if within(&self.allowed) {
            return None;
        }
        if let Some(site) = self.protected.iter().find(|site| links::is_imitation(host, site)) {
            let reason = format!("{}, which looks like {site}", cut(host));
            return Some(Broken::link(Why::Imitation(site.clone()), reason));
        }
        let other = link.certain && !self.allowed.is_empty();
        other.then(|| {
            Broken::link(
                Why::OtherSite,
                format!("a link to {}, which is not on the list", cut(host)),
            )
        })
    }
}

fn cut(site: &str) -> String {
    site.chars().take(SITE_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(json: &str) -> Rules {
        Rules::new(&serde_json::from_str(json).unwrap()).unwrap()
    }

    #[track_caller]
    fn check(rules: &Rules, text: &str, expected: Option<(Why, &str)>) {
        let broken = rules.of_links(text, &links::found(text, &[])).into_iter().next();
        let broken = broken.map(|broken| (broken.why, broken.reason));
        assert_eq!(broken, expected.map(|(why, reason)| (why, reason.to_owned())), "{text}");
    }

    #[test]
    fn sites_are_blocked_allowed_and_protected() {
        let rules = rules(
            r#"{"links": {"blocked": ["evil.example"], "allowed": ["wiki.example"], "protected": ["https://example.org/"]}}"#,
        );
        check(&rules, "https://docs.example.org/a and wiki.example/x", None);
        let blocked = Some((Why::BlockedSite, "a link to the blocked site a.evil.example"));
        check(&rules, "see a.evil.example", blocked);
        let other = Some((Why::OtherSite, "a link to else.example, which is not on the list"));
        check(&rules, "https://else.example/", other);
        check(&rules, "see main.rs", None);
        let imitation = Why::Imitation("example.org".to_owned());
        check(
            &rules,
            "examp1e.org",
            Some((imitation, "examp1e.org, which looks like example.org")),
        );
        let misleading = "a link that shows example.org and leads to wiki.example";
        check(
            &rules,
            "example.org (https://wiki.example/)",
            Some((Why::Misleading, misleading)),
        );
    }

    #[test]
    fn without_lists_no_link_breaks_a_rule() {
        check(&rules("{}"), "example.org (https://wiki.example/)", None);
    }

    #[test]
    fn settings_that_cannot_be_are_refused_with_the_reason() {
        for (json, why) in [
            (r#"{"links": {"blocked": ["evil"]}}"#, "is no site"),
            (r#"{"words": {"blocked": ["!"]}}"#, "has no letter"),
            (r#"{"floods": {"ladder": ["shout"]}}"#, "is no step"),
        ] {
            let read = Rules::new(&serde_json::from_str(json).unwrap());
            assert!(read.as_ref().is_err_and(|said| said.contains(why)), "{read:?}");
        }
    }
}
