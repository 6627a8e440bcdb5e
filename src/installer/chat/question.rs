//! Asks before anything changes, and does it on a yes: bound to what was shown, to whom it was shown, and to ten minutes. A question by
//! itself writes nothing, so that one that nobody answers leaves nothing behind.

use serde::{Deserialize, Serialize};

use super::{Owner, PluginChat, QUESTION_LIFE, Writer, acted, in_time, show, still_acts};
use crate::dispatcher::Outcome;
use crate::installer::offer::{InstallError, refused};
use crate::installer::plan::Plan;
use crate::installer::request::{PluginRequest, Wish};
use crate::installer::source::Whence;
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
    /// Yes, to the very package whose plan was shown. It is fetched once more: before the yes nothing of it is kept.
    Agree {
        plugin: PluginId,
        /// By which name or address it comes.
        wanted: String,
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
    Leave,
}

/// How a plugin stood when something was asked about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stands {
    /// Which package served.
    digest: String,
    revision: Version,
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
        matches!(self, Self::Leave) != yes
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
    /// Shows what a package asks for, and asks whether it may. Nothing of it runs, and nothing of it is kept: a question that nobody
    /// answers leaves nothing behind, and a yes is to these very bytes by their digest.
    pub(super) async fn asks_for_consent(
        &self,
        owner: &Owner<'_>,
        wish: &Wish,
        update: bool,
    ) -> Result<Outcome, InstallError> {
        let (installer, asker, writer) = (&self.parts.installer, owner.asker(), owner.writer);
        let offer = in_time(installer.wanted(asker.community, wish, Whence::Afar)).await?;
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
        let plan = installer.plan_for(&asker, &offer).await?;
        let mut content = show::plan(&plan);
        if !plan.obstacles.is_empty() {
            return Ok(self.shows(writer, content, "it cannot be installed"));
        }
        content.blocks.extend(show::sentences(plan.asks.question()).blocks);
        let yes = Answer::Agree {
            plugin,
            wanted: pinned(wish, &offer.package.manifest.plugin.version),
            digest,
            update,
            stands: now.as_ref().map(Stands::of),
            until: writer.snapshot.now + QUESTION_LIFE,
        };
        self.question(owner, content, &[(plan.asks.label(), yes), (LEAVE, Answer::Leave)])
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
        let choices = [(plan.asks.label(), yes), (LEAVE, Answer::Leave)];
        self.question(owner, content, &choices)
    }

    /// Asks whether something may be done about a plugin. `with_data` is what was said of what a plugin keeps that is to go.
    pub(super) async fn asks(
        &self,
        owner: &Owner<'_>,
        request: PluginRequest,
        with_data: Option<bool>,
    ) -> Result<Outcome, InstallError> {
        let (community, now) = (owner.writer.community(), owner.writer.snapshot.now);
        let Some(plugin) = request.plugin().map(PluginId::from) else {
            return Err(refused("that is done on the command line alone"));
        };
        let settings = self.parts.installer.settings(community, &plugin).await?;
        let (text, yes) = self.asked(&settings, request, with_data).await?;
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
        choices.push((LEAVE, Answer::Leave));
        self.question(owner, show::sentences(&text), &choices)
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
            Answer::Leave => return Ok(self.says(writer, LEFT, "left as it is")),
            Answer::Agree {
                plugin,
                wanted,
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
                let wish = Wish { wanted, index: None };
                let offer = in_time(self.parts.installer.wanted(asker.community, &wish, Whence::Afar)).await?;
                if offer.package.digest != digest {
                    return Err(refused(format!(
                        "the package of {plugin} is another one by now, and nothing was done: look at it again"
                    )));
                }
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
}

/// The same wish for the version that was shown: by its name alone an index may have a newer one by then.
fn pinned(wish: &Wish, version: &str) -> String {
    let wanted = &wish.wanted;
    if wanted.contains("://") || wanted.contains('@') {
        wanted.clone()
    } else {
        format!("{wanted}@{version}")
    }
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
