//! Answers what an admin asks about plugins: the same words on the command line and in a chat.
//!
//! Nothing is written here. What has to be is part of the answer, and whoever asked writes it.

use std::time::Duration;

use super::decided::Decided;
use super::life::{Data, Outcome};
use super::offer::{InstallError, Installer, Offer, refused};
use super::plan::Plan;
use super::rehearsal::Rehearsed;
use super::request::{PartChange, PluginRequest, Wish};
use crate::dispatcher::chain::Listed;
use crate::model::ids::{AccountId, CommunityId, PluginId};
use crate::storage::Unit;
use crate::storage::accounts::{AccountUnit, NewAudit};

/// Consent to whatever a package asks for.
const YES: &str = "yes";

/// Who asks.
#[derive(Clone, Copy, Debug)]
pub struct Asker {
    /// About whose plugins.
    pub community: CommunityId,
    /// None for the command line.
    pub account: Option<AccountId>,
    /// Where the answer is read.
    pub face: Face,
}

/// Where an answer is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Face {
    /// By who types `switchboard plugin …`.
    Terminal,
    /// By who writes `/plugin …`.
    Chat,
}

impl Face {
    /// What stands before a command there.
    pub(super) fn says(self) -> &'static str {
        match self {
            Self::Terminal => "switchboard plugin",
            Self::Chat => "/plugin",
        }
    }
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// Rows under headings.
    Table {
        /// Names of the columns.
        columns: &'static [&'static str],
        /// As many cells each as there are columns.
        rows: Vec<Vec<String>>,
    },
    /// Sentences.
    Text(String),
    /// JSON.
    Data(String),
    /// What a package asks for.
    Plan {
        /// In sentences.
        plan: Plan,
        /// Of the package that was looked at.
        digest: String,
    },
}

/// Whether somebody is asked to let a package in, or to let it take the place of another.
pub fn consent_question(update: bool) -> &'static str {
    if update {
        "Update it so?"
    } else {
        "Install it, and allow it that?"
    }
}

impl Installer {
    /// Answers, and says what has to be written for that. `running` is how the plugins do; none while nothing runs.
    ///
    /// # Errors
    ///
    /// Why it cannot be done, in words for the admin.
    pub async fn answer(
        &self,
        asker: &Asker,
        running: Option<&[Listed]>,
        request: PluginRequest,
    ) -> Result<Decided<Told>, InstallError> {
        let community = asker.community;
        Ok(match request {
            PluginRequest::Search { index, words } => {
                let found = self.search(index.as_deref(), &words).await?.into_iter();
                let rows = found.map(|found| {
                    let signed = if found.signed { "signed" } else { "unsigned" };
                    vec![found.id, found.version, signed.to_owned(), found.summary]
                });
                table(&["plugin", "version", "", "summary"], rows.collect())
            }
            PluginRequest::Plan(wish) => {
                let offer = self.offer(&wish.wanted, wish.index.as_deref()).await?;
                self.planned(asker, &offer).await?
            }
            PluginRequest::Take { wish, update, consent } => self.wished(asker, &wish, update, consent).await?,
            PluginRequest::Switch { plugin, on } => self.switched(asker, &plugin, on).await?,
            PluginRequest::Rehearse { plugin, hours } => self.tried_for(asker, &plugin, hours).await?,
            PluginRequest::Rehearsed { plugin } => {
                let rows = self.rehearsed(community, &PluginId::from(plugin.as_str())).await?;
                let row = |row: Rehearsed| {
                    vec![
                        row.event.0.to_string(),
                        row.at.to_string(),
                        row.said,
                        row.would.join("; "),
                    ]
                };
                table(&["event", "when", "said", "would"], rows.into_iter().map(row).collect())
            }
            PluginRequest::Set { plugin, change } => {
                let set = self.set(community, &PluginId::from(plugin.as_str()), &change).await?;
                self.audited(
                    asker,
                    "plugin_set",
                    &plugin,
                    set.map(|config| Told::Data(format!("{config:#}"))),
                )
            }
            PluginRequest::Within { plugin, part, change } => self.set_there(asker, &plugin, &part, change).await?,
            PluginRequest::Back { plugin } => self.went_back(asker, &plugin).await?,
            PluginRequest::Remove { plugin, with_data } => {
                let data = if with_data { Data::Delete } else { Data::Keep };
                let removed = self.remove(community, &PluginId::from(plugin.as_str()), data).await?;
                self.audited(asker, "plugin_removed", &plugin, removed.map(Told::Text))
            }
            PluginRequest::Export { plugin } => {
                let text = self.export(community, &PluginId::from(plugin.as_str())).await?;
                Decided::nothing(Told::Data(text.trim_end().to_owned()))
            }
            PluginRequest::Info { plugin } => Decided::nothing(self.info(community, running, &plugin).await?),
            PluginRequest::Record { plugin, .. } => {
                return Err(refused(format!(
                    "what {plugin} is handed is recorded by `switchboard plugin record {plugin}`, and by no other way"
                )));
            }
            PluginRequest::Logs { plugin } => Decided::nothing(super::info::logs(running, &plugin)?),
        })
    }

    /// What a package asks for.
    pub(super) async fn planned(&self, asker: &Asker, offer: &Offer) -> Result<Decided<Told>, InstallError> {
        let plan = self.plan(asker.community, offer).await?;
        let digest = offer.package.digest.clone();
        Ok(Decided::nothing(Told::Plan { plan, digest }))
    }

    async fn wished(
        &self,
        asker: &Asker,
        wish: &Wish,
        update: bool,
        consent: Option<String>,
    ) -> Result<Decided<Told>, InstallError> {
        let offer = self.offer(&wish.wanted, wish.index.as_deref()).await?;
        self.fits(asker, &offer, update).await?;
        let agreed = consent.is_some_and(|consent| consent == YES || consent == offer.package.digest);
        if !agreed && !update {
            return self.planned(asker, &offer).await;
        }
        self.brought_in(asker, offer, agreed).await
    }

    /// Whether the community has the plugin already where it is to be updated, and does not where it is to be installed.
    pub(super) async fn fits(&self, asker: &Asker, offer: &Offer, update: bool) -> Result<(), InstallError> {
        let (id, say) = (&offer.package.manifest.plugin.id, asker.face.says());
        let chain = self.parts.storage.plugin_settings(asker.community).await?;
        let has = chain.iter().any(|settings| settings.plugin.as_str() == id);
        match (has, update) {
            (true, false) => Err(refused(format!(
                "{id} is installed already: `{say} update {id}` brings another version"
            ))),
            (false, true) => Err(refused(format!("{id} is not installed: `{say} install` does that"))),
            _ => Ok(()),
        }
    }

    /// The offer is taken, by somebody who has `agreed` to what it asks for or has not.
    pub(super) async fn brought_in(
        &self,
        asker: &Asker,
        offer: Offer,
        agreed: bool,
    ) -> Result<Decided<Told>, InstallError> {
        let about = offer.package.manifest.plugin.clone();
        let (id, version, say) = (&about.id, &about.version, asker.face.says());
        let taken = self.take(asker.community, offer, agreed, asker.account).await?;
        let act = match taken.then {
            Outcome::Installed => "plugin_installed",
            Outcome::Updated { .. } => "plugin_updated",
            Outcome::Held { .. } | Outcome::Same => "plugin_offered",
        };
        let told = taken.map(|outcome| {
            Told::Text(match outcome {
                Outcome::Installed => format!(
                    "{id} {version} is installed, and off. `{say} config {id}` shows its settings, `{say} enable {id}` switches it \
                     on."
                ),
                Outcome::Updated { from } => format!(
                    "{id} {version} serves in place of {from}. `{say} rollback {id}` brings {from} back, with its data, for seven \
                     days."
                ),
                Outcome::Same => format!("{id} {version} is what serves already."),
                Outcome::Held { why } => {
                    let yes = if asker.face == Face::Terminal { " --yes" } else { "" };
                    format!(
                        "{id} {version} is here and waits, and the old version goes on: {why}.\nLook at it with `{say} plan`, and \
                         agree with `{say} update{yes}` or in the console."
                    )
                }
            })
        });
        Ok(self.audited(asker, act, id, told))
    }

    async fn switched(&self, asker: &Asker, plugin: &str, on: bool) -> Result<Decided<Told>, InstallError> {
        let switched = self.switch(asker.community, &PluginId::from(plugin), on).await?;
        let (act, word) = if on {
            ("plugin_enabled", "on")
        } else {
            ("plugin_disabled", "off")
        };
        let told = switched.map(|()| Told::Text(format!("{plugin} is {word}.")));
        Ok(self.audited(asker, act, plugin, told))
    }

    async fn went_back(&self, asker: &Asker, plugin: &str) -> Result<Decided<Told>, InstallError> {
        let back = self.back(asker.community, &PluginId::from(plugin)).await?;
        let told = back.map(|version| {
            Told::Text(format!(
                "{plugin} {version} serves again, with the permissions, settings and data that it had before the update."
            ))
        });
        Ok(self.audited(asker, "plugin_rolled_back", plugin, told))
    }

    async fn set_there(
        &self,
        asker: &Asker,
        plugin: &str,
        part: &str,
        change: PartChange,
    ) -> Result<Decided<Told>, InstallError> {
        let is_set = matches!(change, PartChange::Set { .. });
        let id = PluginId::from(plugin);
        let set = self.set_within(asker.community, &id, part, change).await?;
        let told = set.map(|there| match (is_set, there.differs) {
            (true, _) => Told::Data(format!("{:#}", there.config)),
            (false, false) => Told::Text(format!("{plugin} is in {} as around it.", there.name)),
            (false, true) => {
                let word = if there.enabled { "on" } else { "off" };
                Told::Text(format!("{plugin} is {word} in {}.", there.name))
            }
        });
        Ok(self.audited(asker, "plugin_set_within", plugin, told))
    }

    async fn tried_for(&self, asker: &Asker, plugin: &str, hours: Option<u32>) -> Result<Decided<Told>, InstallError> {
        let until = hours.map(|hours| self.parts.clock.now() + Duration::from_hours(hours.into()));
        let tried = self.rehearse(asker.community, &PluginId::from(plugin), until).await?;
        let say = asker.face.says();
        let (act, text) = match until {
            Some(until) => (
                "plugin_tried",
                format!(
                    "{plugin} sees what happens until {until}, and can do nothing. `{say} dry-run {plugin}` lists what it would \
                     have done."
                ),
            ),
            None => ("plugin_trial_ended", format!("The dry run of {plugin} is over.")),
        };
        Ok(self.audited(asker, act, plugin, tried.map(|()| Told::Text(text))))
    }

    /// With a line of the audit, where something is written.
    pub(super) fn audited<T>(
        &self,
        asker: &Asker,
        act: &'static str,
        plugin: &str,
        mut told: Decided<T>,
    ) -> Decided<T> {
        if !told.units.is_empty() {
            told.units.push(Unit::Account(AccountUnit::Audit(NewAudit {
                account: asker.account,
                community: Some(asker.community),
                act,
                // The name of a plugin is no name of a person.
                subject: plugin.to_owned(),
                at: self.parts.clock.now(),
            })));
        }
        told
    }
}

fn table(columns: &'static [&'static str], rows: Vec<Vec<String>>) -> Decided<Told> {
    Decided::nothing(Told::Table { columns, rows })
}
