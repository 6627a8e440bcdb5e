//! How a plugin does, what that means for those whom it serves, and the button that goes on from there.

use jiff::tz::TimeZone;

use crate::console::show::time::{duration, shown};
use crate::dispatcher::chain::Serving;
use crate::installer::Outage;
use crate::model::Timestamp;
use crate::plugin_host::HealthState;
use crate::storage::plugins::PluginSettings;

/// What is said of a plugin that waits for somebody to look.
const HELD_BACK: &str = "held back";

/// How a plugin does, in the admin's words.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Doing {
    pub(crate) word: &'static str,
    pub(crate) class: &'static str,
    /// What happened and what follows; empty when it is well or off.
    pub(crate) story: String,
    /// The button that tries again.
    pub(crate) again: Option<&'static str>,
    /// It waits for somebody to look.
    pub(crate) held: bool,
}

/// How it does.
pub(super) fn doing(
    decided: Option<&PluginSettings>,
    serving: Option<&Serving>,
    (outage, set_up_failed, back): (Option<&Outage>, Option<String>, bool),
    (now, zone): (Timestamp, &TimeZone),
) -> Doing {
    let say = |word, class, story: String, again| Doing {
        word,
        class,
        story,
        again,
        held: word == HELD_BACK,
    };
    let held = |last: &str| {
        let mattered = outage.map(|outage| format!(" {}", outage.told(|at| shown(at, now, zone).text)));
        let mattered = mattered.unwrap_or_default();
        let back = if back { " go back to the version before, or" } else { "" };
        let story = format!(
            "It failed so often that it is not called until somebody has looked. The last failure: {last}.{mattered} What it \
             logged since the program was started is below. Once the cause is gone, let it run again; else{back} switch it off."
        );
        say(HELD_BACK, "urgent", story, Some("Let it run again"))
    };
    let Some(decided) = decided.filter(|decided| decided.is_on_anywhere()) else {
        return say("off", "quiet", String::new(), None);
    };
    match (&decided.held, serving) {
        (Some(last), _) | (None, Some(Serving::Running(HealthState::Quarantined { last }))) => held(last),
        (None, Some(Serving::Running(HealthState::Well))) => match set_up_failed {
            Some(why) => say("not set up", "urgent", format!("It {why}."), Some("Try again")),
            None if decided.enabled => say("on", "active", String::new(), None),
            None => say("on in places", "active", String::new(), None),
        },
        (None, Some(Serving::Running(HealthState::Paused { left, last }))) => {
            let until = shown(now + *left, now, zone).text;
            let left = duration(*left);
            let story = format!(
                "It failed several times within a minute, so it is left alone until {until}, {left} from now, and then \
                 tried again. The last failure: {last}."
            );
            say("paused", "urgent", story, Some("Look again now"))
        }
        (None, Some(Serving::NotStarted(why))) => {
            let story = format!("It is switched on, but could not be started: {why}.");
            say("not running", "urgent", story, Some("Look again now"))
        }
        (None, None) => {
            let story = "It is switched on, but has not been started yet.".to_owned();
            say("not running", "calm", story, Some("Look again now"))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::ids::{CommunityId, PluginId};

    fn decided(enabled: bool, held: Option<&str>) -> PluginSettings {
        let community = CommunityId(uuid::Uuid::nil());
        PluginSettings {
            enabled,
            held: held.map(str::to_owned),
            ..PluginSettings::new(community, PluginId::from("switchboard/share"), "")
        }
    }

    #[track_caller]
    fn check(settings: &PluginSettings, serving: Option<&Serving>, word: &str, part: &str, button: Option<&str>) {
        let at = (Timestamp::from_millis(0), &TimeZone::UTC);
        let outage = Outage {
            events: 12,
            people: 5,
            places: 1,
            since: Some(at.0),
        };
        let doing = doing(Some(settings), serving, (Some(&outage), None, false), at);
        assert_eq!((doing.word, doing.again), (word, button));
        assert!(doing.story.contains(part), "{}", doing.story);
    }

    #[test]
    fn each_state_says_what_happened_and_offers_a_way_on() {
        let well = Serving::Running(HealthState::Well);
        check(&decided(true, None), Some(&well), "on", "", None);
        check(&decided(false, Some("boom")), None, "off", "", None);
        let paused = HealthState::Paused {
            left: Duration::from_mins(2),
            last: "crashed: boom".to_owned(),
        };
        let part = "until 00:02, 2 minutes from now, and then tried again. The last failure: crashed: boom";
        check(
            &decided(true, None),
            Some(&Serving::Running(paused)),
            "paused",
            part,
            Some("Look again now"),
        );
        let part = "The last failure: stack overflow";
        check(
            &decided(true, Some("stack overflow")),
            None,
            "held back",
            part,
            Some("Let it run again"),
        );
        let not_started = Serving::NotStarted("its package changed".to_owned());
        check(
            &decided(true, None),
            Some(&not_started),
            "not running",
            "its package changed",
            Some("Look again now"),
        );
    }
}
