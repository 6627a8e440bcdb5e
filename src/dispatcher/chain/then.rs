//! How plugins stood when something happened, as far as the audit tells: what is stored of their settings is how they are set today.

use crate::model::Timestamp;
use crate::model::ids::{CommunityId, PluginId};
use crate::storage::accounts::AuditRow;
use crate::storage::{Page, ReadError, SharedStorage};

/// Lines read at once.
const LINES_AT_ONCE: u32 = 500;

/// More lines are not looked through for the last word before an event: it may be two years old.
const LINES_MAX: usize = 5_000;

/// Begins the words of the audit that are about plugins.
const OF_PLUGINS: &str = "plugin_";

const INSTALLED: &str = "plugin_installed";
const REMOVED: &str = "plugin_removed";
const ENABLED: &str = "plugin_enabled";
const DISABLED: &str = "plugin_disabled";

/// After these a plugin may see other events, or in another order.
const CHANGES: [&str; 9] = [
    "plugin_applied",
    "plugin_granted",
    "plugin_moved",
    REMOVED,
    "plugin_rolled_back",
    "plugin_set",
    "plugin_set_within",
    "plugin_update_undone",
    "plugin_updated",
];

/// Whether a plugin was there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stood {
    /// As today, as far as is known.
    AsNow,
    /// It was on, whether or not it is today.
    On,
    /// It was off: it was switched on at this time.
    OnLater(Timestamp),
    /// It was not here: it was installed at this time.
    HereLater(Timestamp),
}

/// How a plugin stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Then {
    pub(super) stood: Stood,
    /// How it is set, which version of it serves, or when it is called has changed since.
    pub(super) changed: bool,
}

/// What the audit says of the plugins of a community from some time before an event until now.
pub(super) struct Past {
    /// When the event came in.
    at: Timestamp,
    /// About plugins alone, the newest first.
    lines: Vec<AuditRow>,
}

impl Past {
    pub(super) async fn read(
        storage: &SharedStorage,
        community: CommunityId,
        at: Timestamp,
    ) -> Result<Self, ReadError> {
        let (mut lines, mut before, mut count) = (Vec::new(), None, 0);
        while count < LINES_MAX {
            let page = Page {
                before,
                limit: LINES_AT_ONCE,
            };
            let read = storage.audit(community, page).await?;
            let Some(last) = read.last() else {
                break;
            };
            before = Some(last.seq);
            let reaches_back = last.at <= at;
            count += read.len();
            lines.extend(read.into_iter().filter(|line| line.act.starts_with(OF_PLUGINS)));
            if reaches_back && !is_unclear(&lines, at) {
                break;
            }
        }
        Ok(Self { at, lines })
    }

    /// How the plugin stood when the event came in.
    pub(super) fn of(&self, plugin: &PluginId) -> Then {
        let own = || self.lines.iter().filter(|line| line.subject == plugin.as_str());
        let later = || own().filter(|line| line.at > self.at);
        let next = later().rfind(|line| is_switch(line));
        let stood = match next.map(|line| (line.act.as_str(), line.at)) {
            Some((INSTALLED, at)) => Stood::HereLater(at),
            // On again is a new beginning of what failed, and no change.
            Some((ENABLED, _)) if was_on(&self.lines, plugin.as_str(), self.at) == Some(true) => Stood::On,
            Some((ENABLED, at)) => Stood::OnLater(at),
            Some((DISABLED, _)) => Stood::On,
            _ => Stood::AsNow,
        };
        Then {
            stood,
            changed: later().any(|line| CHANGES.contains(&line.act.as_str())),
        }
    }
}

fn is_switch(line: &AuditRow) -> bool {
    matches!(line.act.as_str(), INSTALLED | REMOVED | ENABLED | DISABLED)
}

/// What the last word before the event says of a plugin; none where it is not among the lines.
fn was_on(lines: &[AuditRow], plugin: &str, at: Timestamp) -> Option<bool> {
    let mut before = lines.iter().filter(|line| line.at <= at && line.subject == plugin);
    before.find(|line| is_switch(line)).map(|line| line.act == ENABLED)
}

/// Whether a plugin was switched on since, and nothing is known of how it stood before.
fn is_unclear(lines: &[AuditRow], at: Timestamp) -> bool {
    let on_later = |line: &&AuditRow| line.at > at && line.act == ENABLED;
    let mut on_later = lines.iter().filter(on_later);
    on_later.any(|line| was_on(lines, &line.subject, at).is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: i64 = 10;

    fn past(lines: &[(i64, &str)]) -> Past {
        let row = |(seq, (at, act)): (i64, &(i64, &str))| AuditRow {
            seq,
            account: None,
            community: None,
            act: format!("plugin_{act}"),
            subject: "a/b".to_owned(),
            at: Timestamp::from_millis(*at),
            hash: [0; 32],
        };
        let mut lines: Vec<AuditRow> = (1..).zip(lines).map(row).collect();
        lines.reverse();
        Past {
            at: Timestamp::from_millis(AT),
            lines,
        }
    }

    #[track_caller]
    fn check(lines: &[(i64, &str)], stood: Stood, changed: bool) {
        assert_eq!(past(lines).of(&PluginId::from("a/b")), Then { stood, changed });
        let other = Then {
            stood: Stood::AsNow,
            changed: false,
        };
        assert_eq!(past(lines).of(&PluginId::from("c/d")), other);
    }

    #[test]
    fn the_first_switch_after_an_event_says_how_a_plugin_stood() {
        let at = Timestamp::from_millis;
        check(&[], Stood::AsNow, false);
        check(&[(3, "enabled"), (4, "set")], Stood::AsNow, false);
        check(&[(12, "installed"), (13, "enabled")], Stood::HereLater(at(12)), false);
        check(&[(3, "installed"), (12, "enabled")], Stood::OnLater(at(12)), false);
        check(&[(3, "disabled"), (12, "enabled")], Stood::OnLater(at(12)), false);
        check(&[(12, "enabled"), (13, "disabled")], Stood::OnLater(at(12)), false);
        check(&[(12, "disabled"), (13, "enabled")], Stood::On, false);
        // It was on, and was let run again.
        check(&[(3, "enabled"), (10, "held"), (12, "enabled")], Stood::On, false);
    }

    #[test]
    fn what_else_has_changed_since_is_known_too() {
        check(&[(3, "set"), (12, "updated")], Stood::AsNow, true);
        check(&[(12, "set_within"), (13, "disabled")], Stood::On, true);
        check(&[(12, "removed"), (13, "installed")], Stood::AsNow, true);
        check(&[(12, "offered"), (13, "tried")], Stood::AsNow, false);
    }

    #[test]
    fn only_what_was_switched_on_since_asks_for_more_of_the_past() {
        let unclear = |lines: &[(i64, &str)]| is_unclear(&past(lines).lines, Timestamp::from_millis(AT));
        assert!(unclear(&[(12, "enabled")]));
        assert!(!unclear(&[(3, "disabled"), (12, "enabled")]));
        assert!(!unclear(&[(12, "disabled"), (13, "set")]));
    }
}
