//! What the person reads, and how an appeal is named. Pure.

use switchboard_plugin::types::{Button, Draft, Form, Input};

use crate::ladder::Step;
use crate::rules::{Broken, Why};
use crate::texts::Texts;

/// Kind words about what was seen and what follows.
pub(crate) fn words(texts: &Texts, name: &str, broken: &Broken, step: Step) -> String {
    let why = match &broken.why {
        Why::Word => texts.word.to_owned(),
        Why::BlockedSite => texts.blocked_site.to_owned(),
        Why::OtherSite => texts.other_site.to_owned(),
        Why::Imitation(site) => texts.imitation.replace("{site}", site),
        Why::Misleading => texts.misleading.to_owned(),
        Why::Flood => texts.flood.to_owned(),
        Why::Repeats => texts.repeats.to_owned(),
        Why::Calls => texts.calls.to_owned(),
        Why::Newcomer => texts.newcomer.to_owned(),
    };
    let said = match step {
        Step::Warn => texts.warned.to_owned(),
        Step::Delete => texts.deleted.to_owned(),
        Step::Mute { minutes } => texts.muted.replace("{minutes}", &minutes.to_string()),
    };
    said.replace("{why}", &why).replace("{name}", name)
}

/// For the person, alone or where all can read it: then the event is nobody's any more, so that anybody could press, and who may
/// is looked at when they do.
pub(crate) fn draft(told: &str, texts: &Texts, person: &str, case: &str) -> Draft {
    Draft::plain("{told}\n\n{appeal}")
        .value("told", told)
        .value("appeal", texts.may_appeal)
        .button(button(texts, person, case))
}

fn button(texts: &Texts, person: &str, case: &str) -> Button {
    let form =
        Form::new(texts.appeal, format!("appeal/{person}/{case}")).optional("words", texts.say, Input::Paragraph);
    Button::ask(texts.appeal, form).for_anyone().privately()
}

/// The name under which somebody is told.
pub(crate) fn name(person: &str, case: &str) -> String {
    format!("told/{person}/{case}")
}

/// Who was to be told by the message of that name, and of which case.
pub(crate) fn named(target: &str) -> Option<(&str, &str)> {
    target.strip_prefix("#told/")?.split_once('/')
}

/// Who appeals by a button with that payload, and what about.
pub(crate) fn appealed(payload: &str) -> Option<(&str, &str)> {
    payload.strip_prefix("appeal/")?.split_once('/')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Rule;

    #[test]
    fn who_is_told_and_who_appeals_are_read_back() {
        let sent = format!("#{}", name("p1", "e1"));
        assert_eq!(named(&sent), Some(("p1", "e1")));
        assert_eq!(named("#public/p1/e1"), None);
        assert_eq!(appealed("appeal/p1/e1"), Some(("p1", "e1")));
        assert_eq!(appealed("appeal"), None);
    }

    #[test]
    fn every_language_says_who_why_and_for_how_long() {
        let broken = Broken {
            rule: Rule::Links,
            why: Why::Imitation("example.org".to_owned()),
            reason: String::new(),
        };
        for language in ["en", "de", "es", "fr", "ar"] {
            let texts = Texts::of(language);
            let told = words(texts, "Ann", &broken, Step::Mute { minutes: 10 });
            for part in ["Ann", "example.org", "10"] {
                assert!(told.contains(part) && !told.contains('{'), "{language}: {told}");
            }
            for step in [Step::Warn, Step::Delete] {
                assert!(!words(texts, "Ann", &broken, step).contains('{'));
            }
        }
    }
}
