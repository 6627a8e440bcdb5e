//! Why plugins have no line in a trace. What they said of an event is stored with it; that hundreds were not interested is not,
//! because it would cost more than the message. It is told from the settings of today, and from what the audit says of the time since.

use super::index::{self, EventIndex};
use super::shape::Shape;
use super::then::{Past, Stood, Then};
use super::{step, within};
use crate::model::event::EventBody;
use crate::model::ids::{CommunityId, PluginId};
use crate::plugin_host::{Manifest, Package, Packages};
use crate::storage::core::{StoredEvent, Trace, TraceStep, Verdict};
use crate::storage::plugins::{PluginSettings, Within};
use crate::storage::{ReadError, SharedStorage};

/// What is said of a plugin that comes with the program, and that nobody has decided about.
const UNDECIDED: &str = "off; it comes with the program";

/// What is added where a plugin was changed since the event.
const CHANGED: &str = "; that is told from how it is today, and it was changed since";

/// A line for each plugin of the event's community that has none in its trace, in the order of the chain.
///
/// # Errors
///
/// When settings or packages cannot be read.
pub async fn others(
    storage: &SharedStorage,
    packages: &Packages,
    event: &StoredEvent,
    trace: &Trace,
) -> Result<Vec<TraceStep>, ReadError> {
    let author = match event.new.author {
        Some(author) => storage.identity(author).await?,
        None => None,
    };
    let by_bot = author.is_some_and(|author| author.bot);
    let place = match event.new.place {
        Some(place) => storage.place(place).await?,
        None => None,
    };
    let around = place.as_ref().map(within::around).unwrap_or_default();
    let past = Past::read(storage, event.new.community, event.new.received_at).await?;
    let settings = storage.plugin_settings(event.new.community).await?;
    let chain: Vec<PluginId> = settings.iter().map(|settings| settings.plugin.clone()).collect();
    let mut lines = Vec::new();
    for settings in settings {
        let id = settings.plugin.as_str();
        if trace.steps.iter().any(|step| step.who == id) {
            continue;
        }
        let kept = storage.package(&settings.granted_to).await?;
        let package = packages.find(id).or(kept.as_deref());
        let manifest = package.and_then(|wasm| Package::manifest(wasm).ok());
        let manifest = manifest.filter(|manifest| manifest.plugin.id == id);
        let ran = trace
            .steps
            .iter()
            .rfind(|step| chain.iter().any(|id| step.who == id.as_str()));
        let last = ran.or(trace.steps.last()).map(|step| step.who.as_str());
        let then = past.of(&settings.plugin);
        let (verdict, line) = if let Some(why) = not_there(&settings, &around, then.stood) {
            (Verdict::NotCalled, why)
        } else {
            let there = as_then(&settings, &around, then.stood);
            let (verdict, line) = line(&there, manifest.as_ref(), &event.new.event.body, by_bot, last);
            (verdict, as_today(line, then))
        };
        lines.push(step(&settings.plugin, verdict, line));
    }
    Ok(lines)
}

/// A line for each plugin that comes with the program and that nobody has decided about.
///
/// # Errors
///
/// When settings cannot be read.
pub async fn undecided(
    storage: &SharedStorage,
    packages: &Packages,
    community: CommunityId,
) -> Result<Vec<TraceStep>, ReadError> {
    let chain = storage.plugin_settings(community).await?;
    let has = |id: &PluginId| chain.iter().any(|settings| settings.plugin == *id);
    let others = packages.ids().map(PluginId::from).filter(|id| !has(id));
    let lines = others.map(|id| step(&id, Verdict::NotCalled, UNDECIDED.to_owned()));
    Ok(lines.collect())
}

/// That a plugin was not there, or not on, before the event was long over.
fn not_there(settings: &PluginSettings, around: &[Within], stood: Stood) -> Option<String> {
    match stood {
        Stood::HereLater(at) => Some(format!("not here then: it was installed later, {at}")),
        // What a part says of it outweighs that, and the audit does not tell of which part.
        Stood::OnLater(at) if !is_switched_there(settings, around) => {
            Some(format!("not on then: it was switched on later, {at}"))
        }
        Stood::OnLater(_) | Stood::On | Stood::AsNow => None,
    }
}

/// The settings as they were there, as far as is known.
fn as_then(settings: &PluginSettings, around: &[Within], stood: Stood) -> PluginSettings {
    let mut then = settings.clone();
    then.enabled |= stood == Stood::On;
    within::effective(&then, around)
}

fn is_switched_there(settings: &PluginSettings, around: &[Within]) -> bool {
    let mut here = settings.overrides.iter().filter(|set| around.contains(&set.within));
    here.any(|set| set.enabled.is_some())
}

fn as_today(mut line: String, then: Then) -> String {
    if then.changed {
        line.push_str(CHANGED);
    }
    line
}

/// Why a plugin has no line. `last` is whoever was the last to look at the event.
fn line(
    settings: &PluginSettings,
    manifest: Option<&Manifest>,
    body: &EventBody,
    by_bot: bool,
    last: Option<&str>,
) -> (Verdict, String) {
    let Some(manifest) = manifest else {
        return (Verdict::Held, "its package is not here".to_owned());
    };
    if !settings.enabled {
        let word = if settings.overrides.is_empty() {
            "off"
        } else {
            "off there"
        };
        return (Verdict::NotCalled, word.to_owned());
    }
    let text = match body {
        EventBody::Message(message) => message.content.to_plain(),
        _ => String::new(),
    };
    let shape = Shape::past(body, &text, by_bot);
    if EventIndex::new([manifest]).find(&shape).is_empty() {
        let rule = match body {
            EventBody::Ready { .. } => "not interested: it is about another plugin",
            _ => index::rule(manifest, &shape),
        };
        return (Verdict::Filtered, rule.to_owned());
    }
    let why = last.map(|last| format!("not called: {last} came first and ended it"));
    let why = why.unwrap_or_else(|| "not called".to_owned());
    (Verdict::NotCalled, why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dispatcher::chain::BUNDLED;
    use crate::model::ids::CommunityId;

    #[track_caller]
    fn check(manifest: Option<&str>, enabled: bool, last: Option<&str>, expected: (Verdict, &str)) {
        let manifest = manifest.map(|more| {
            let head =
                "[plugin]\nid = \"a/b\"\nversion = \"1.0.0\"\napi = \"0.1\"\nsummary = \"s\"\nlicense = \"MIT\"\n";
            Manifest::parse(&format!("{head}{more}")).expect("it is sound")
        });
        let community = CommunityId(uuid::Uuid::nil());
        let settings = PluginSettings {
            enabled,
            ..PluginSettings::new(community, PluginId::from("a/b"), BUNDLED)
        };
        let body = EventBody::Command {
            message: None,
            name: "refund".into(),
            options: Vec::new(),
            rest: String::new(),
        };
        let (verdict, told) = line(&settings, manifest.as_ref(), &body, false, last);
        assert_eq!((verdict, told.as_str()), expected);
    }

    #[test]
    fn that_another_plugin_is_ready_is_about_that_plugin() {
        let text = "[plugin]\nid = \"a/b\"\nversion = \"1.0.0\"\napi = \"0.1\"\nsummary = \"s\"\nlicense = \"MIT\"\n";
        let manifest = Manifest::parse(text).expect("it is sound");
        let community = CommunityId(uuid::Uuid::nil());
        let settings = PluginSettings {
            enabled: true,
            ..PluginSettings::new(community, PluginId::from("a/b"), BUNDLED)
        };
        let body = EventBody::Ready {
            plugin: PluginId::from("c/d"),
            community: None,
        };
        let told = line(&settings, Some(&manifest), &body, false, None);
        let expected = "not interested: it is about another plugin".to_owned();
        assert_eq!(told, (Verdict::Filtered, expected));
    }

    const REFUND: &str = "[[command]]\nname = \"refund\"\nhelp = \"h\"\n";

    #[test]
    fn each_plugin_that_was_not_called_has_its_reason() {
        check(None, true, None, (Verdict::Held, "its package is not here"));
        check(Some(REFUND), false, None, (Verdict::NotCalled, "off"));
        let rule = "not interested: it is no command of its own";
        check(Some(""), true, Some("help"), (Verdict::Filtered, rule));
        let ended = "not called: c/d came first and ended it";
        check(Some(REFUND), true, Some("c/d"), (Verdict::NotCalled, ended));
        check(Some(REFUND), true, None, (Verdict::NotCalled, "not called"));
    }
}
