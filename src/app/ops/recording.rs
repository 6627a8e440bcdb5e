//! Recordings of plugins in words: what is recorded, until when, and where it lies.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::{Ops, Reply};
use crate::installer::{InstallError, RecordAct};
use crate::model::Timestamp;
use crate::model::amount::counted;
use crate::model::ids::PluginId;
use crate::plugin_host::recording::{End, Recordings, Standing};

impl Ops {
    /// Does what is asked about the recording of a plugin.
    pub(super) async fn record(&self, plugin: &str, act: RecordAct) -> Result<Reply, InstallError> {
        let chain = self.storage.plugin_settings(self.community).await?;
        if !chain.iter().any(|settings| settings.plugin.as_str() == plugin) {
            return Ok(Reply::refused(format!("this community has no plugin {plugin}")));
        }
        if let RecordAct::Begin { hours } = act {
            return Ok(self.begin_recording(plugin, hours).await);
        }
        let (recordings, community) = (Arc::clone(&self.recordings), self.community.to_string());
        let plugin = plugin.to_owned();
        // A recording may have many megabytes, and others are answered meanwhile.
        let acting = tokio::task::spawn_blocking(move || acted(&recordings, (&community, &plugin), &act));
        let stops = |_| Reply::refused("Switchboard is stopping");
        Ok(acting.await.unwrap_or_else(stops))
    }

    async fn begin_recording(&self, plugin: &str, hours: u32) -> Reply {
        let Some(roster) = &self.roster else {
            return Reply::Refused {
                message: "there is nothing to record: Switchboard does not run".to_owned(),
                hint: Some("`switchboard run` starts it".to_owned()),
            };
        };
        let Some(running) = roster.plugin(self.community, &PluginId::from(plugin)) else {
            return Reply::Refused {
                message: format!("nothing is handed to {plugin}: it is off, or was not started"),
                hint: Some(format!(
                    "`switchboard plugin enable {plugin}` switches it on, `switchboard plugin dry-run {plugin} --hours {hours}` lets \
                     it see what happens without effect"
                )),
            };
        };
        let span = Duration::from_hours(hours.into());
        let (recordings, community) = (Arc::clone(&self.recordings), self.community.to_string());
        // What was recorded before is written to its end and deleted, which takes its time.
        let beginning = tokio::task::spawn_blocking(move || recordings.begin(&community, running.package(), span));
        let Ok(begun) = beginning.await else {
            return Reply::refused("Switchboard is stopping");
        };
        match begun {
            Ok(until) => {
                tracing::info!(plugin = %plugin, hours, "a plugin is recorded");
                let until = Timestamp::from_millis(until);
                Reply::done(format!(
                    "What {plugin} is handed is recorded until {until}, also what members write. `switchboard plugin record {plugin} \
                     --to FILE` copies it out, `--stop` ends it."
                ))
            }
            Err(error) => Reply::refused(format!("cannot record {plugin}: {error}")),
        }
    }
}

/// Does it with the files.
fn acted(recordings: &Recordings, (community, plugin): (&str, &str), act: &RecordAct) -> Reply {
    let nothing = || Reply::Refused {
        message: format!("nothing was recorded of {plugin}"),
        hint: Some(format!(
            "`switchboard plugin record {plugin} --hours 1` begins to, while Switchboard runs"
        )),
    };
    match act {
        RecordAct::Stop => match recordings.stop(community, plugin) {
            Some(end) => Reply::done(format!(
                "{plugin} is not recorded any more: {}. `switchboard plugin record {plugin} --to FILE` copies them out, `--delete` \
                 deletes them.",
                amount(&end)
            )),
            None => Reply::refused(format!("{plugin} is not recorded")),
        },
        RecordAct::Copy { to } => match recordings.copy(community, plugin, Path::new(to)) {
            Ok(true) => Reply::done(format!(
                "What {plugin} was handed is in {to}. It holds what members wrote: give it to nobody who may not read that."
            )),
            Ok(false) => nothing(),
            Err(error) => Reply::refused(format!("cannot write {to}: {error}")),
        },
        RecordAct::Delete => match recordings.delete(community, plugin) {
            Ok(true) => Reply::done(format!("What was recorded of {plugin} is deleted.")),
            Ok(false) => nothing(),
            Err(error) => Reply::refused(format!("cannot delete what was recorded of {plugin}: {error}")),
        },
        RecordAct::Begin { .. } | RecordAct::Look => match recordings.standing(community, plugin) {
            Ok(standing) => Reply::done(told(plugin, &standing)),
            Err(error) => Reply::refused(format!("cannot read what was recorded of {plugin}: {error}")),
        },
    }
}

fn told(plugin: &str, standing: &Standing) -> String {
    match standing {
        Standing::Nothing => format!("Nothing was recorded of {plugin}."),
        Standing::On { until, calls } => {
            let (until, calls) = (Timestamp::from_millis(*until), counted(*calls, "event", "events"));
            format!("{plugin} is recorded until {until}: {calls} so far.")
        }
        Standing::Over { began, end } => {
            let began = began.map_or_else(String::new, |began| {
                format!(" from {} on", Timestamp::from_millis(began))
            });
            let end = end.as_ref().map_or_else(
                || "it breaks off".to_owned(),
                |end| format!("{}; it ended because {}", amount(end), end.because),
            );
            format!("{plugin} is not recorded any more. What was recorded{began} is still here: {end}.")
        }
    }
}

fn amount(end: &End) -> String {
    let recorded = counted(end.calls, "event", "events");
    match end.lost {
        0 => recorded,
        lost => format!("{recorded}, without {lost} that were too large or came too fast"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_it_stands_is_a_sentence() {
        let told = |standing: &Standing| told("acme/refunds", standing);
        assert_eq!(
            told(&Standing::On { until: 0, calls: 1 }),
            "acme/refunds is recorded until 1970-01-01T00:00:00Z: 1 event so far."
        );
        let end = End {
            calls: 2,
            lost: 1,
            because: "its time was over".to_owned(),
        };
        assert_eq!(
            told(&Standing::Over {
                began: Some(0),
                end: Some(end)
            }),
            "acme/refunds is not recorded any more. What was recorded from 1970-01-01T00:00:00Z on is still here: 2 events, without 1 \
             that were too large or came too fast; it ended because its time was over."
        );
        assert_eq!(
            told(&Standing::Over { began: None, end: None }),
            "acme/refunds is not recorded any more. What was recorded is still here: it breaks off."
        );
    }
}
