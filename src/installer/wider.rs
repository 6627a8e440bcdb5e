//! Whether an update is wider than what was agreed to: whether it may, sees, takes or keeps what the version that serves does not. Pure.
//!
//! This is the one place that decides it, for each face and for whatever comes by itself. What is wider waits for consent while the old
//! version goes on; what is narrower, or the same, serves at once.

use super::plan::{COMMANDS, KEEPS, LIMITS, MAY, SEES, Serving};
use crate::plugin_host::{Asked, Command, Isolation, MEMORY_MIB, Manifest, Messages, Permission, Webhook};

/// Why somebody has to agree to a package first; none where it is no wider than the one that serves.
pub(super) fn wider(manifest: &Manifest, now: Option<&Serving<'_>>) -> Option<String> {
    let Some(now) = now else {
        return Some("nothing is here that it could be compared with".to_owned());
    };
    let named: Vec<_> = areas(manifest, now)
        .iter()
        .map(|heading| format!("“{heading}”"))
        .collect();
    let (last, others) = named.split_last()?;
    let named = if others.is_empty() {
        last.clone()
    } else {
        format!("{} and {last}", others.join(", "))
    };
    Some(format!(
        "it asks for more than the old one may, under {named} of its plan"
    ))
}

/// The headings of a plan under which it is wider.
fn areas(manifest: &Manifest, now: &Serving<'_>) -> Vec<&'static str> {
    let before = now.manifest;
    let areas = [
        (MAY, may_more(manifest, now)),
        (SEES, sees_more(manifest, before)),
        (KEEPS, keeps_more(manifest, before)),
        (COMMANDS, has_more_commands(manifest, before)),
        (LIMITS, takes_more(manifest, before)),
    ];
    let areas = areas.into_iter().filter(|(_, is_wider)| *is_wider);
    areas.map(|(heading, _)| heading).collect()
}

/// Whether it asks for a permission that nobody has given, or for one in more places or for another reason: people agree to a reason.
fn may_more(manifest: &Manifest, now: &Serving<'_>) -> bool {
    let is_wider = |asked: &Asked| {
        let is_given = now.grants.iter().any(|grant| grant == asked.name.name());
        let mut known = now.manifest.permissions.iter().filter(|_| is_given);
        let before = known.find(|before| before.name == asked.name);
        before.is_none_or(|before| asked.is_wider(before) || !says_the_same(&asked.why, &before.why))
    };
    manifest.permissions.iter().any(is_wider)
}

fn sees_more(manifest: &Manifest, before: &Manifest) -> bool {
    let (sees, saw) = (&manifest.handles, &before.handles);
    let rank = |messages: Messages| match messages {
        Messages::None => 0,
        Messages::Addressed => 1,
        Messages::All => 2,
    };
    let knew = |word: &String| {
        saw.words
            .iter()
            .any(|known| known.to_lowercase() == word.to_lowercase())
    };
    // No words are all words.
    let more_words = !saw.words.is_empty() && (sees.words.is_empty() || !sees.words.iter().all(knew));
    let more_messages = rank(sees.messages) > rank(saw.messages) || more_words;
    (sees.messages != Messages::None && more_messages)
        || !sees.events.iter().all(|kind| saw.events.contains(kind))
        || !manifest.webhooks.iter().all(|webhook| is_known(webhook, before))
}

/// Whether no more servers elsewhere tell it something by it, and show who they are as before.
fn is_known(webhook: &Webhook, before: &Manifest) -> bool {
    before.webhooks.iter().any(|before| !webhook.is_wider(before))
}

/// Whether it says that it keeps something else, or for longer. That it goes with the person is a promise like the days.
fn keeps_more(manifest: &Manifest, before: &Manifest) -> bool {
    let may = |manifest: &Manifest| manifest.wanted().contains(&Permission::Kv);
    if !may(manifest) {
        return false;
    }
    let (keeps, kept) = (&manifest.data, &before.data);
    let days = |retention: Option<u32>| retention.unwrap_or(u32::MAX);
    !may(before)
        || !says_the_same(&keeps.keeps, &kept.keeps)
        || keeps.personal != kept.personal
        || days(keeps.retention_days) > days(kept.retention_days)
}

/// Whether it hears a command that it did not, or answers in the open where it did not. That another plugin has the command is told in
/// the plan, and makes no difference here.
fn has_more_commands(manifest: &Manifest, before: &Manifest) -> bool {
    let is_wider = |command: &Command| {
        let before = before.commands.iter().find(|before| before.name == command.name);
        before.is_none_or(|before| before.private && !command.private)
    };
    manifest.commands.iter().any(is_wider)
}

/// Whether it takes more memory, or remembers from one event to the next where it did not.
fn takes_more(manifest: &Manifest, before: &Manifest) -> bool {
    let (asks, asked) = (&manifest.limits, &before.limits);
    asks.memory_mib.unwrap_or(MEMORY_MIB) > asked.memory_mib.unwrap_or(MEMORY_MIB)
        || (asked.isolation == Isolation::Event && asks.isolation != Isolation::Event)
}

/// As a plan shows it.
fn says_the_same(one: &str, other: &str) -> bool {
    let said = |text: &str| text.trim().trim_end_matches('.').to_owned();
    said(one) == said(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(more: &str) -> Manifest {
        let text = format!(
            "[plugin]\nid = \"a/b\"\nversion = \"1.0.0\"\napi = \"0.1\"\nsummary = \"s\"\nlicense = \"MIT\"\n{more}"
        );
        Manifest::parse(&text).expect("it is sound")
    }

    /// Of an update from what stands `before` to what stands `after`, and of the way back from it.
    #[track_caller]
    fn check(before: &str, after: &str, there: &[&str], back: &[&str]) {
        let found = |before: &str, after: &str| {
            let before = manifest(before);
            let grants: Vec<_> = before.permissions.iter().map(|asked| asked.name.to_string()).collect();
            let now = Serving {
                manifest: &before,
                grants: &grants,
                unsuited: None,
            };
            areas(&manifest(after), &now)
        };
        assert_eq!(found(before, after), there, "{before} to {after}");
        assert_eq!(found(after, before), back, "{after} back to {before}");
        assert!(found(before, before).is_empty(), "{before} is no wider than itself");
    }

    #[test]
    fn whoever_begins_to_see_more_has_to_be_allowed_that() {
        let sees = |messages: &str, words: &str| format!("[handles]\nmessages = \"{messages}\"\nwords = [{words}]\n");
        let some = sees("addressed", "\"refund\"");
        check("", &sees("addressed", ""), &[SEES], &[]);
        check(&sees("addressed", ""), &sees("all", ""), &[SEES], &[]);
        check(&some, &sees("all", "\"refund\""), &[SEES], &[]);
        check(&some, &sees("addressed", "\"refund\", \"money\""), &[SEES], &[]);
        check(&some, &sees("addressed", ""), &[SEES], &[]);
        check(&some, &sees("addressed", "\"Refund\""), &[], &[]);
        check(&some, &sees("all", ""), &[SEES], &[]);
        // Fewer places, and more words there: neither holds the other.
        check(&some, &sees("all", "\"money\""), &[SEES], &[SEES]);
        check(&sees("addressed", ""), &sees("all", "\"money\""), &[SEES], &[SEES]);
        check("", "[handles]\nevents = [\"member\"]\n", &[SEES], &[]);
        check(
            "[handles]\nevents = [\"feedback\"]\n",
            "[handles]\nevents = [\"feedback\", \"edited\"]\n",
            &[SEES],
            &[],
        );
        let webhook = |scheme: &str| {
            let signature = format!("{{ header = \"X-S\", scheme = \"{scheme}\", secret = \"hook\" }}");
            format!("[[webhook]]\nendpoint = \"order\"\nsignature = {signature}\n")
        };
        check("", &webhook("token"), &[SEES], &[]);
        check(&webhook("token"), &webhook("hmac-sha256-hex"), &[SEES], &[SEES]);
    }

    #[test]
    fn whoever_begins_to_keep_more_has_to_be_allowed_that() {
        let keeps = |why: &str, data: &str| {
            format!("[[permission]]\nname = \"kv\"\nwhy = \"{why}\"\n[data]\nkeeps = \"A number\"\n{data}")
        };
        let days = keeps("Count", "retention_days = 30\n");
        check("", &days, &[MAY, KEEPS], &[]);
        check(&days, &keeps("Count.", "retention_days = 90\n"), &[KEEPS], &[]);
        check(&days, &keeps("Count", ""), &[KEEPS], &[]);
        check(&days, &days.replace("A number", "All that is said"), &[KEEPS], &[KEEPS]);
        check(&days, &days.replace("A number", "A number."), &[], &[]);
        check(&days, &format!("{days}personal = true\n"), &[KEEPS], &[KEEPS]);
        check(&days, &keeps("Sell it", "retention_days = 30\n"), &[MAY], &[MAY]);
        // What is said of data by whoever may keep none says nothing.
        check("", "[data]\nkeeps = \"A number\"\n", &[], &[]);
    }

    #[test]
    fn whoever_begins_to_do_or_take_more_has_to_be_allowed_that() {
        let command = "[[command]]\nname = \"refund\"\nhelp = \"Refunds\"\n";
        check("", command, &[COMMANDS], &[]);
        check(&format!("{command}private = true\n"), command, &[COMMANDS], &[]);
        check(command, &command.replace("Refunds", "Gives money back"), &[], &[]);
        check("", "[limits]\nmemory_mib = 512\n", &[LIMITS], &[]);
        check("", "[limits]\nmemory_mib = 64\n", &[], &[]);
        check("[limits]\nmemory_mib = 16\n", "", &[LIMITS], &[]);
        check("[limits]\nisolation = \"event\"\n", "", &[LIMITS], &[]);
        let reaches = |hosts: &str| format!("[[permission]]\nname = \"http\"\nwhy = \"w\"\nallow = [{hosts}]\n");
        check(
            &reaches("\"GET https://a.example\""),
            &reaches("\"GET https://a.example\", \"GET https://b.example\""),
            &[MAY],
            &[],
        );
        check("", "[config.properties.greeting]\ntype = \"string\"\n", &[], &[]);
    }

    #[test]
    fn what_nobody_has_granted_is_wider_also_where_the_old_version_asked_for_it() {
        let asks = manifest("[[permission]]\nname = \"post\"\nwhy = \"w\"\n");
        let now = Serving {
            manifest: &asks,
            grants: &[],
            unsuited: None,
        };
        assert_eq!(
            wider(&asks, Some(&now)).as_deref(),
            Some("it asks for more than the old one may, under “What it may do” of its plan")
        );
        assert!(wider(&manifest(""), None).is_some(), "nobody has agreed to anything");
        assert_eq!(wider(&manifest(""), Some(&now)), None);
    }
}
