//! Asks before anything changes, and does it on a yes: bound to what was shown, to whom it was shown, and to ten minutes.

use serde::{Deserialize, Serialize};

use super::{Owner, PluginChat, QUESTION_LIFE, Writer, acted, in_time, show, still_acts};
use crate::dispatcher::Outcome;
use crate::installer::offer::{InstallError, Installer, refused};
use crate::installer::plan::Plan;
use crate::installer::request::{PartChange, PluginRequest, Wish};
use crate::model::button::{Button, ButtonEffect, ButtonMeaning, ButtonOwner, Presser};
use crate::model::ids::{ButtonId, CommunityId, MessageId, PluginId, Version};
use crate::model::{Action, Content, Timestamp};
use crate::storage::core::StoredButton;
use crate::storage::plugins::PluginSettings;

/// What a button can remember.
const PAYLOAD_BYTES_MAX: usize = 1 << 10;

/// For a word where there are buttons.
pub(super) const PRESS: &str = "Please choose one of the answers above: a word alone changes nothing here.";

const TOO_OLD: &str = "That question is older than ten minutes, and nothing was changed. Ask again.";

const LEFT: &str = "All right, nothing was changed.";

const LEAVE: &str = "Leave it";

/// What a button says: its payload, as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "plugin_answer", rename_all = "snake_case")]
pub(super) enum Answer {
    /// Yes, to the very package whose plan was shown.
    Agree {
        plugin: PluginId,
        digest: String,
        /// Whether the community has the plugin already …
        update: bool,
        /// … and how it stood then: the plan told what changes.
        stands: Option<Stands>,
        until: Timestamp,
    },
    /// Yes, to something about a plugin that stands as it did.
    Do {
        request: PluginRequest,
        stands: Stands,
        until: Timestamp,
    },
    /// No.
    Leave {
        /// The package that was brought for the question.
        brought: Option<Brought>,
    },
}

/// How a plugin stood when something was asked about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stands {
    /// Which package served.
    digest: String,
    revision: Version,
}

/// A package that nobody had brought before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Brought {
    plugin: PluginId,
    digest: String,
}

impl Answer {
    /// What it means to press this, if it is a button of ours.
    pub(super) fn of(button: &StoredButton) -> Option<Self> {
        let ours = button.meaning.owner == ButtonOwner::Host;
        ours.then(|| serde_json::from_str(&button.meaning.payload).ok())
            .flatten()
    }

    /// Whether this is a yes, or the no.
    pub(super) fn says(&self, yes: bool) -> bool {
        matches!(self, Self::Leave { .. }) != yes
    }
}

impl Stands {
    fn of(settings: &PluginSettings) -> Self {
        Self {
            digest: settings.granted_to.clone(),
            revision: settings.revision,
        }
    }
}

impl PluginChat {
    /// Shows what a package asks for, and asks whether it may. It is kept, so that a yes is to these very bytes; nothing of it runs.
    pub(super) async fn asks_for_consent(
        &self,
        owner: &Owner<'_>,
        wish: &Wish,
        update: bool,
    ) -> Result<Outcome, InstallError> {
        let (installer, asker, writer) = (&self.parts.installer, owner.asker(), owner.writer);
        let offer = in_time(installer.wanted(asker.community, wish)).await?;
        installer.fits(&asker, &offer, update).await?;
        if let Some(said) = installer.no_later(asker.community, wish, &offer).await? {
            return Ok(self.says(writer, &said, "there is no later version"));
        }
        let digest = offer.package.digest.clone();
        let plugin = PluginId::from(offer.package.manifest.plugin.id.as_str());
        let now = if update {
            Some(installer.settings(asker.community, &plugin).await?)
        } else {
            None
        };
        if now.as_ref().is_some_and(|now| now.granted_to == digest) {
            let same = installer.brought_in(&asker, offer, false).await?;
            return Ok(self.shows(writer, show::told(&same.then), "it serves already"));
        }
        let plan = installer.plan(asker.community, &offer).await?;
        let mut content = show::plan(&plan);
        if !plan.obstacles.is_empty() {
            return Ok(self.shows(writer, content, "it cannot be installed"));
        }
        content.blocks.extend(show::sentences(plan.asks.question()).blocks);
        let waiting = installer.waiting(asker.community, &plugin).await?;
        let known = waiting.is_some_and(|waiting| waiting.package.digest == digest);
        let brought = (!known).then(|| Brought {
            plugin: plugin.clone(),
            digest: digest.clone(),
        });
        let yes = Answer::Agree {
            plugin: plugin.clone(),
            digest,
            update,
            stands: now.as_ref().map(Stands::of),
            until: writer.snapshot.now + QUESTION_LIFE,
        };
        let choices = [(plan.asks.label(), yes), (LEAVE, Answer::Leave { brought })];
        let mut outcome = self.question(owner, content, &choices)?;
        let kept = installer.keep(offer);
        let kept = installer.audited(&asker, "plugin_offered", plugin.as_str(), kept);
        outcome.also.extend(kept.units);
        outcome.also.push(still_acts(owner));
        Ok(outcome)
    }

    /// Shows what a plugin asks for that nobody has allowed it, and asks whether it may, so that it can run.
    pub(super) async fn asks_to_allow(
        &self,
        owner: &Owner<'_>,
        request: PluginRequest,
        (plan, digest): (&Plan, &str),
    ) -> Result<Outcome, InstallError> {
        let mut content = show::plan(plan);
        if !plan.obstacles.is_empty() {
            return Ok(self.shows(owner.writer, content, "it cannot run here"));
        }
        let plugin = PluginId::from(request.plugin().unwrap_or_default());
        let settings = self.parts.installer.settings(owner.writer.community(), &plugin).await?;
        content.blocks.extend(show::sentences(plan.asks.question()).blocks);
        let yes = Answer::Do {
            request: request.agreed(Some(digest.to_owned())),
            stands: Stands::of(&settings),
            until: owner.writer.snapshot.now + QUESTION_LIFE,
        };
        let choices = [(plan.asks.label(), yes), (LEAVE, Answer::Leave { brought: None })];
        self.question(owner, content, &choices)
    }

    /// Asks whether something may be done about a plugin.
    pub(super) async fn asks(&self, owner: &Owner<'_>, request: PluginRequest) -> Result<Outcome, InstallError> {
        let (community, now) = (owner.writer.community(), owner.writer.snapshot.now);
        let Some(plugin) = request.plugin().map(PluginId::from) else {
            return Err(refused("that is done on the command line alone"));
        };
        let settings = self.parts.installer.settings(community, &plugin).await?;
        let (text, yes) = self.asked(&settings, request).await?;
        let mut choices: Vec<(&str, Answer)> = yes
            .into_iter()
            .map(|(label, request)| {
                let answer = Answer::Do {
                    request,
                    stands: Stands::of(&settings),
                    until: now + QUESTION_LIFE,
                };
                (label, answer)
            })
            .collect();
        choices.push((LEAVE, Answer::Leave { brought: None }));
        self.question(owner, show::sentences(&text), &choices)
    }

    /// The question, and what each yes to it means.
    async fn asked(
        &self,
        settings: &PluginSettings,
        request: PluginRequest,
    ) -> Result<(String, Vec<(&'static str, PluginRequest)>), InstallError> {
        let id = &settings.plugin;
        let serving = self.parts.installer.package(settings).await?;
        let version = serving.map_or_else(String::new, |package| format!(" {}", package.manifest.plugin.version));
        let may = if settings.grants.is_empty() {
            "It was allowed nothing.".to_owned()
        } else {
            format!("It may: {}.", settings.grants.join(", "))
        };
        let (text, label) = match &request {
            PluginRequest::Switch { on: true, .. } => (format!("Switch {id}{version} on? {may}"), "Switch it on"),
            PluginRequest::Switch { on: false, .. } => (
                format!("Switch {id}{version} off? It keeps what it has."),
                "Switch it off",
            ),
            PluginRequest::Within {
                part,
                change: PartChange::Switch { on },
                ..
            } => {
                let (word, label) = if *on {
                    ("on", "Switch it on")
                } else {
                    ("off", "Switch it off")
                };
                (
                    format!("Switch {id}{version} {word} in {part}, and nowhere else? {may}"),
                    label,
                )
            }
            PluginRequest::Rehearse { hours: Some(hours), .. } => (
                format!("Try {id}{version} for {hours} hours? It sees what happens, and can do nothing. {may}"),
                "Try it",
            ),
            PluginRequest::Rehearse { hours: None, .. } => (format!("End the dry run of {id}{version}?"), "End it"),
            PluginRequest::Set { change, .. } => {
                (format!("Change {id}{version} so?\n{}", changed(change)), "Change it")
            }
            PluginRequest::Back { .. } => (
                format!("Bring back what stood before the update to {id}{version}? What it has kept since is lost."),
                "Go back",
            ),
            PluginRequest::Remove { plugin, .. } => {
                let text = self.leaving(settings, &version).await?;
                let with_data = |with_data| PluginRequest::Remove {
                    plugin: plugin.clone(),
                    with_data,
                };
                let choices = vec![
                    ("Keep its data", with_data(false)),
                    ("Delete its data", with_data(true)),
                ];
                return Ok((text, choices));
            }
            _ => return Err(refused("that is done on the command line alone")),
        };
        Ok((text, vec![(label, request)]))
    }

    async fn leaving(&self, settings: &PluginSettings, version: &str) -> Result<String, InstallError> {
        let PluginSettings { plugin, community, .. } = settings;
        let (keys, bytes) = self.parts.storage.kv_usage(plugin, *community).await?;
        Ok(format!(
            "Take {plugin}{version} out? Its settings, permissions and timers are deleted. What becomes of what it keeps ({keys} \
             keys, {bytes} bytes)?\n\n{}",
            super::line::export_elsewhere(plugin.as_str())
        ))
    }

    /// A text with choices that this account alone can press.
    fn question(
        &self,
        owner: &Owner<'_>,
        content: Content,
        choices: &[(&str, Answer)],
    ) -> Result<Outcome, InstallError> {
        let mut send = self.send(owner.writer, content);
        for (label, answer) in choices {
            let id = ButtonId(self.parts.clock.id());
            let payload = serde_json::to_string(answer).expect("ids and settings are JSON");
            if payload.len() > PAYLOAD_BYTES_MAX {
                return Err(refused(
                    "that is too long for a chat: change it in the console or on the command line",
                ));
            }
            send.buttons.push(Button {
                label: (*label).to_owned(),
                effect: ButtonEffect::Press { id },
            });
            let meaning = ButtonMeaning {
                owner: ButtonOwner::Host,
                payload,
                presser: Presser::Identity(owner.identity()),
                private: false,
            };
            send.meanings.push((id, meaning));
        }
        let mut outcome = acted("asked before it changes anything");
        outcome.actions.push((None, Action::Send(send)));
        Ok(outcome)
    }

    /// What comes of an answer; the buttons are gone then.
    pub(super) async fn pressed(
        &self,
        writer: &Writer<'_>,
        answer: Answer,
        question: MessageId,
    ) -> Result<Outcome, InstallError> {
        let about = writer.snapshot.about.as_ref();
        if about.is_some_and(|about| about.new.id == question && about.new.buttons.is_empty()) {
            // A second finger, or a platform that tells twice: the first press took the buttons away.
            return Ok(acted("pressed already"));
        }
        let mut outcome = match self.answered(writer, answer).await {
            Err(InstallError::Refused(why)) => self.says(writer, &why, "refused"),
            done => done?,
        };
        let gone = Action::SetButtons {
            message: question,
            buttons: Vec::new(),
            meanings: Vec::new(),
        };
        outcome.actions.insert(0, (None, gone));
        Ok(outcome)
    }

    async fn answered(&self, writer: &Writer<'_>, answer: Answer) -> Result<Outcome, InstallError> {
        let Some(owner) = self.owner(writer).await? else {
            return Ok(self.no_owner(writer));
        };
        let now = writer.snapshot.now;
        let late = |until| (until <= now).then(|| self.says(writer, TOO_OLD, "too late"));
        let decided = match answer {
            Answer::Leave { brought } => return self.left(&owner, brought).await,
            Answer::Agree {
                plugin,
                digest,
                update,
                stands,
                until,
            } => {
                if let Some(late) = late(until) {
                    return Ok(late);
                }
                let asker = owner.asker();
                if let Some(stands) = stands {
                    self.stands(asker.community, &plugin, &stands).await?;
                }
                let offer = self.parts.installer.agreed(asker.community, &plugin, &digest).await?;
                self.parts.installer.fits(&asker, &offer, update).await?;
                self.parts.installer.brought_in(&asker, offer, true).await?
            }
            Answer::Do { request, stands, until } => {
                if let Some(late) = late(until) {
                    return Ok(late);
                }
                let plugin = PluginId::from(request.plugin().unwrap_or_default());
                self.stands(writer.community(), &plugin, &stands).await?;
                self.answer(&owner, request).await?
            }
        };
        let mut outcome = self.shows(writer, show::told(&decided.then), "done");
        outcome.also.extend(decided.units);
        outcome.also.push(still_acts(&owner));
        Ok(outcome)
    }

    /// Whether nobody has changed the plugin since the question was asked.
    async fn stands(&self, community: CommunityId, plugin: &PluginId, then: &Stands) -> Result<(), InstallError> {
        let settings = self.parts.installer.settings(community, plugin).await?;
        if Stands::of(&settings) == *then {
            return Ok(());
        }
        Err(refused(format!(
            "{plugin} was changed since you were asked, and nothing was done: ask again"
        )))
    }

    /// Nothing is done. The package that was brought for the question goes again, unless somebody has agreed to it since.
    async fn left(&self, owner: &Owner<'_>, brought: Option<Brought>) -> Result<Outcome, InstallError> {
        let mut outcome = self.says(owner.writer, LEFT, "left as it is");
        let Some(Brought { plugin, digest }) = brought else {
            return Ok(outcome);
        };
        let (installer, asker) = (&self.parts.installer, owner.asker());
        let waiting = installer.waiting(asker.community, &plugin).await?;
        if waiting.is_some_and(|waiting| waiting.package.digest == digest) {
            let gone = Installer::discard(&plugin, &digest);
            let gone = installer.audited(&asker, "plugin_discarded", plugin.as_str(), gone);
            outcome.also.extend(gone.units);
            outcome.also.push(still_acts(owner));
        }
        Ok(outcome)
    }
}

/// What settings become, a line each.
fn changed(change: &serde_json::Map<String, serde_json::Value>) -> String {
    let lines = change.iter().map(|(name, value)| match value {
        serde_json::Value::Null => format!("`{name}` is as it is without being set"),
        value => format!("`{name}` is `{value}`"),
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_survives_being_stored() {
        let answer = Answer::Do {
            request: PluginRequest::Set {
                plugin: "acme/refunds".to_owned(),
                change: crate::installer::request::changes(&["greeting=Hi".to_owned(), "a=".to_owned()])
                    .expect("they are"),
            },
            stands: Stands {
                digest: "d".repeat(64),
                revision: Version(3),
            },
            until: Timestamp::from_millis(1),
        };
        let stored = serde_json::to_string(&answer).expect("it is JSON");
        assert_eq!(serde_json::from_str::<Answer>(&stored).expect("it reads back"), answer);
        assert!(answer.says(true) && !answer.says(false));
    }
}
