//! Dry run: a plugin that is off sees what happens, and what it would do is written into the trace and nowhere else. Pure.

use super::lift::Lifted;
use crate::model::Timestamp;
use crate::model::action::Action;
use crate::plugin_host::visible::in_one_line;
use crate::storage::plugins::PluginSettings;

/// As much of what it would say as shows what it is about.
const TEXT_CHARS_MAX: usize = 200;

/// Whether the plugin is tried at that time. One that is on is never only tried.
pub fn is_on(settings: &PluginSettings, now: Timestamp) -> bool {
    !settings.enabled && settings.dry_run_until.is_some_and(|until| now < until)
}

/// What it would have done, a line for each action; the words of what it would have said stand behind.
pub(super) fn lines(lifted: &Lifted) -> Vec<String> {
    let said = lifted.actions.iter().filter_map(|action| match action {
        Action::Send(send) => Some(send.content.to_plain()),
        _ => None,
    });
    let said = said.map(|text| {
        let text = in_one_line(&text);
        let cut: String = text.chars().take(TEXT_CHARS_MAX).collect();
        let more = if cut.len() < text.len() { "…" } else { "" };
        format!("“{cut}{more}”")
    });
    lifted.lines.iter().cloned().chain(said).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ids::{CommunityId, PluginId};

    #[test]
    fn only_what_is_off_is_tried_and_only_for_its_time() {
        let community = CommunityId(uuid::Uuid::nil());
        let settings = |enabled, until: Option<i64>| PluginSettings {
            enabled,
            dry_run_until: until.map(Timestamp::from_millis),
            ..PluginSettings::new(community, PluginId::from("acme/refunds"), "")
        };
        let now = Timestamp::from_millis(1_000);
        assert!(is_on(&settings(false, Some(1_001)), now));
        assert!(!is_on(&settings(false, Some(1_000)), now));
        assert!(!is_on(&settings(false, None), now));
        assert!(!is_on(&settings(true, Some(2_000)), now));
    }
}
