//! What a site lets programs read, as RFC 9309 describes `robots.txt`. Pure.

use std::time::Duration;

/// What has to be read of the file.
pub const ROBOTS_BYTES_MAX: usize = 500 * 1024;

/// Our name in it.
const NAME: &str = "switchboard";

/// Rules that are kept; nobody writes so many by hand.
const RULES_MAX: usize = 2_000;

/// A site that wants a longer pause between two requests gets this one.
const PAUSE_MAX: Duration = Duration::from_secs(30);

/// What may be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Robots {
    rules: Vec<Rule>,
    /// How long the site wants us to wait between two requests, if it says so.
    pub pause: Option<Duration>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Rule {
    /// `*` stands for anything, `$` at its end for the end.
    path: String,
    allows: bool,
}

/// The rules for some programs.
#[derive(Default)]
struct Group {
    robots: Robots,
    /// There is one at all.
    is_there: bool,
}

impl Robots {
    /// Nothing may be read: where the rules are is a server that does not answer.
    pub fn nothing() -> Self {
        let path = "/".to_owned();
        Self {
            rules: vec![Rule { path, allows: false }],
            pause: None,
        }
    }

    /// The rules for us; those for all where there are none.
    pub fn parse(text: &str) -> Self {
        let (mut ours, mut all) = (Group::default(), Group::default());
        // Which of both the lines are for, and whether their names are still being read.
        let (mut for_us, mut for_all, mut naming) = (false, false, false);
        for line in text.trim_start_matches('\u{feff}').lines() {
            let line = line.split('#').next().unwrap_or_default();
            let Some((key, value)) = line.split_once(':') else {
                continue;
            };
            let (key, value) = (key.trim().to_ascii_lowercase(), value.trim());
            if key == "user-agent" {
                if !std::mem::replace(&mut naming, true) {
                    (for_us, for_all) = (false, false);
                }
                for_us |= is_us(value);
                for_all |= value == "*";
                ours.is_there |= for_us;
                continue;
            }
            naming = false;
            for (_, group) in [(for_us, &mut ours), (for_all, &mut all)]
                .into_iter()
                .filter(|(so, _)| *so)
            {
                group.robots.line(&key, value);
            }
        }
        if ours.is_there { ours.robots } else { all.robots }
    }

    fn line(&mut self, key: &str, value: &str) {
        match key {
            "allow" | "disallow" if !value.is_empty() && self.rules.len() < RULES_MAX => self.rules.push(Rule {
                path: value.to_owned(),
                allows: key == "allow",
            }),
            "crawl-delay" => {
                let seconds = value.parse().ok().filter(|seconds: &f64| *seconds >= 0.0);
                let pause = seconds.map(|seconds| Duration::try_from_secs_f64(seconds).unwrap_or(PAUSE_MAX));
                self.pause = pause.map(|pause| pause.min(PAUSE_MAX)).or(self.pause);
            }
            _ => {}
        }
    }

    /// Whether that path, with what is asked behind it, may be read: the longest rule says so, and of two as long the kinder one.
    pub fn allows(&self, path: &str) -> bool {
        let about = self.rules.iter().filter(|rule| matches(&rule.path, path));
        let longest = about.max_by_key(|rule| (rule.path.len(), rule.allows));
        longest.is_none_or(|rule| rule.allows)
    }
}

/// Our name, perhaps with a version behind it.
fn is_us(name: &str) -> bool {
    let end = name.find(|letter: char| !letter.is_ascii_alphabetic() && !matches!(letter, '-' | '_'));
    name[..end.unwrap_or(name.len())].eq_ignore_ascii_case(NAME)
}

/// Each part between two stars is found as early as can be, so that this ends after one pass for each.
fn matches(rule: &str, path: &str) -> bool {
    let (rule, to_the_end) = rule.strip_suffix('$').map_or((rule, false), |rule| (rule, true));
    let mut parts = rule.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = path.strip_prefix(first) else {
        return false;
    };
    let mut last = None;
    for part in parts {
        if let Some(before) = last.replace(part) {
            let Some(at) = rest.find(before) else { return false };
            rest = &rest[at + before.len()..];
        }
    }
    match last {
        None => !to_the_end || rest.is_empty(),
        Some(last) if to_the_end => rest.ends_with(last),
        Some(last) => rest.contains(last),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(robots: &str, allowed: &[&str], refused: &[&str]) {
        let robots = Robots::parse(robots);
        for path in allowed {
            assert!(robots.allows(path), "{path} may be read: {robots:?}");
        }
        for path in refused {
            assert!(!robots.allows(path), "{path} may not be read: {robots:?}");
        }
    }

    #[test]
    fn the_rules_for_us_count_and_else_those_for_all() {
        check("", &["/", "/a"], &[]);
        check(
            "User-agent: *\nDisallow: /private\n",
            &["/", "/public"],
            &["/private", "/private/a"],
        );
        check(
            "User-agent: *\nDisallow: /\n\nUser-agent: other\nUser-agent: SwitchBoard/1.0 # us\nDisallow: /a\n",
            &["/b"],
            &["/a"],
        );
        check("User-agent: switchboardbot\nDisallow: /\n", &["/a"], &[]);
        check(
            "User-agent: switchboard\nDisallow:\n\nUser-agent: *\nDisallow: /\n",
            &["/a"],
            &[],
        );
        check("Disallow: /\n", &["/a"], &[]);
    }

    #[test]
    fn the_longest_rule_wins_and_of_two_as_long_the_kinder_one() {
        check(
            "User-agent: *\nDisallow: /docs\nAllow: /docs/faq\nDisallow: /x\nAllow: /x\n",
            &["/docs/faq", "/docs/faq/a", "/x"],
            &["/docs", "/docs/other"],
        );
    }

    #[test]
    fn stars_stand_for_anything_and_a_dollar_for_the_end() {
        check(
            "User-agent: *\nDisallow: /*.pdf$\nDisallow: /a*b*c\nDisallow: /end$\nDisallow: /*?*session=\n",
            &["/x.pdf?y", "/a-b", "/end/more", "/?page=1"],
            &["/x.pdf", "/a--b--c--d", "/end", "/p?a=1&session=2"],
        );
    }

    #[test]
    fn a_pause_is_taken_within_reason() {
        let pause = |text: &str| Robots::parse(&format!("User-agent: *\nCrawl-delay: {text}\n")).pause;
        assert_eq!(pause("2.5"), Some(Duration::from_millis(2_500)));
        assert_eq!(pause("1e300"), Some(PAUSE_MAX));
        for none in ["-1", "NaN", "soon"] {
            assert_eq!(pause(none), None, "{none}");
        }
    }

    #[test]
    fn where_the_rules_cannot_be_had_nothing_is_read() {
        assert!(!Robots::nothing().allows("/a"));
    }

    #[test]
    fn rules_without_end_cost_no_time_without_end() {
        let stars = "*a".repeat(5_000);
        let robots = format!("User-agent: *\n{}", format!("Disallow: /{stars}b\n").repeat(50));
        assert!(Robots::parse(&robots).allows(&format!("/{}", "a".repeat(20_000))));
    }
}
