//! Answers what an admin asks about plugins: the same words on the command line and in a chat.
//!
//! Nothing is written here. What has to be is part of the answer, and whoever asked writes it.

use std::time::Duration;

use super::allow::{Agreed, Allowing, Unallowed, YES};
use super::decided::Decided;
use super::life::{Data, Outcome};
use super::offer::{InstallError, Installer, Offer, refused};
use super::plan::Plan;
use super::references::references;
use super::rehearsal::Rehearsed;
use super::request::{PartChange, PluginRequest, Wish};
use super::signature::Signer;
use super::source::Whence;
use crate::dispatcher::chain::Roster;
use crate::model::ids::{AccountId, CommunityId, PluginId};
use crate::storage::Unit;
use crate::storage::accounts::{AccountUnit, NewAudit};

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

impl Asker {
    fn agreed(&self, consent: Option<String>) -> Agreed {
        Agreed {
            consent,
            account: self.account,
        }
    }
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

    /// From where they ask.
    fn whence(self) -> Whence {
        match self {
            Self::Terminal => Whence::Here,
            Self::Chat => Whence::Afar,
        }
    }
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// Rows under headings.
    Table {
        /// A sentence about them.
        note: Option<String>,
        /// Names of the columns.
        columns: &'static [&'static str],
        /// As many cells each as there are columns.
        rows: Vec<Vec<String>>,
    },
    /// Sentences.
    Text(String),
    /// Sentences about what was to happen, and waits until something is mended.
    Waits(String),
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

impl Installer {
    /// Answers, and says what has to be written for that. `running` knows how the plugins do; none while nothing runs.
    ///
    /// # Errors
    ///
    /// Why it cannot be done, in words for the admin.
    pub async fn answer(
        &self,
        asker: &Asker,
        running: Option<&Roster>,
        request: PluginRequest,
    ) -> Result<Decided<Told>, InstallError> {
        let community = asker.community;
        Ok(match request {
            PluginRequest::Search { index, words } => self.searched(asker, index.as_deref(), &words).await?,
            PluginRequest::Plan(wish) => {
                let offer = self.wanted(community, &wish, asker.face.whence()).await?;
                match self.no_later(community, &wish, &offer).await? {
                    Some(said) => Decided::nothing(Told::Text(said)),
                    None => self.planned(asker, &offer).await?,
                }
            }
            PluginRequest::Take { wish, update, consent } => self.wished(asker, &wish, update, consent).await?,
            PluginRequest::Switch { plugin, on, consent } => self.switched(asker, &plugin, on, consent).await?,
            PluginRequest::Rehearse { plugin, hours, consent } => {
                self.tried_for(asker, &plugin, hours, consent).await?
            }
            PluginRequest::Rehearsed { plugin } => {
                let rows = self.would(community, &PluginId::from(plugin.as_str())).await?;
                table(&["event", "when", "said", "would"], rows)
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
            PluginRequest::Back { plugin, consent } => self.went_back(asker, &plugin, consent).await?,
            PluginRequest::Remove { plugin, with_data } => {
                let data = if with_data { Data::Delete } else { Data::Keep };
                let removed = self.remove(community, &PluginId::from(plugin.as_str()), data).await?;
                self.audited(asker, "plugin_removed", &plugin, removed.map(Told::Text))
            }
            PluginRequest::Address { plugin, endpoint } => self.moved(asker, &plugin, &endpoint).await?,
            PluginRequest::Export { plugin } => {
                let text = self.export(community, &PluginId::from(plugin.as_str())).await?;
                Decided::nothing(Told::Data(text.trim_end().to_owned()))
            }
            PluginRequest::Info { plugin } => {
                let running = running.map(|running| running.list(community));
                Decided::nothing(self.info(community, running.as_deref(), &plugin).await?)
            }
            PluginRequest::Record { plugin, .. } => {
                return Err(refused(format!(
                    "what {plugin} is handed is recorded by `switchboard plugin record {plugin}`, and by no other way"
                )));
            }
            PluginRequest::Logs { plugin } => Decided::nothing(self.logs(community, running, &plugin).await?),
        })
    }

    async fn searched(
        &self,
        asker: &Asker,
        index: Option<&str>,
        words: &[String],
    ) -> Result<Decided<Told>, InstallError> {
        let (found, near) = self.search(index, words, asker.face.whence()).await?;
        let keys = &self.parts.settings.keys;
        let note = found.is_empty().then(|| match near {
            Some(near) => format!("Nothing was found: did you mean {near}?"),
            None => "Nothing was found.".to_owned(),
        });
        let rows = found.into_iter().map(|found| {
            let signed = Signer::claimed(found.signature.as_deref(), keys);
            vec![found.id, found.version, signed, found.summary]
        });
        Ok(Decided::nothing(Told::Table {
            note,
            columns: &["plugin", "version", "", "summary"],
            rows: rows.collect(),
        }))
    }

    /// What a plugin of this community would have done.
    async fn would(&self, community: CommunityId, plugin: &PluginId) -> Result<Vec<Vec<String>>, InstallError> {
        self.baseline(community, plugin).await?;
        let row = |row: Rehearsed| {
            vec![
                row.event.0.to_string(),
                row.at.to_string(),
                row.said,
                row.would.join("; "),
            ]
        };
        let rows = self.rehearsed(community, plugin).await?;
        Ok(rows.into_iter().map(row).collect())
    }

    /// One of its endpoints has another address.
    async fn moved(&self, asker: &Asker, plugin: &str, endpoint: &str) -> Result<Decided<Told>, InstallError> {
        let replaced = self
            .new_address(asker.community, &PluginId::from(plugin), endpoint)
            .await?;
        let told = format!("{endpoint} of {plugin} has another address, and nobody is heard at the old one.");
        let told = replaced.map(|()| Told::Text(told));
        Ok(self.audited(asker, "webhook_address_changed", plugin, told))
    }

    /// What a package asks for.
    async fn planned(&self, asker: &Asker, offer: &Offer) -> Result<Decided<Told>, InstallError> {
        let plan = if offer.is_ours() {
            self.whole_plan(asker.community, offer).await?
        } else {
            self.plan_for(asker, offer).await?
        };
        let digest = offer.package.digest.clone();
        Ok(Decided::nothing(Told::Plan { plan, digest }))
    }

    /// The same of what does not come with the program, with the version that the index has beside it.
    pub(super) async fn plan_for(&self, asker: &Asker, offer: &Offer) -> Result<Plan, InstallError> {
        let plan = self.plan(asker.community, offer).await?;
        Ok(match newer(asker, offer) {
            Some(said) => plan.with_version(said),
            None => plan,
        })
    }

    async fn wished(
        &self,
        asker: &Asker,
        wish: &Wish,
        update: bool,
        consent: Option<String>,
    ) -> Result<Decided<Told>, InstallError> {
        let offer = self.wanted(asker.community, wish, asker.face.whence()).await?;
        self.fits(asker, &offer, update).await?;
        if let Some(said) = self.no_later(asker.community, wish, &offer).await? {
            return Ok(Decided::nothing(Told::Text(said)));
        }
        let agreed = consent.is_some_and(|consent| consent == YES || consent == offer.package.digest);
        if !agreed && !update {
            return self.planned(asker, &offer).await;
        }
        self.brought_in(asker, offer, agreed).await
    }

    /// Whether the offer can be brought in here, and the community has the plugin where it is to be updated. What it has already is updated
    /// by being installed, too.
    pub(super) async fn fits(&self, asker: &Asker, offer: &Offer, update: bool) -> Result<(), InstallError> {
        let (id, say) = (&offer.package.manifest.plugin.id, asker.face.says());
        if offer.is_ours() {
            return Err(refused(if update {
                format!("{id} comes with the program, and another version of it with another version of the program")
            } else {
                format!("{id} comes with the program: `{say} enable {id}` shows what it asks for, and switches it on")
            }));
        }
        let chain = self.parts.storage.plugin_settings(asker.community).await?;
        let has = chain.iter().any(|settings| settings.plugin.as_str() == id);
        if update && !has {
            return Err(refused(format!(
                "{id} is not installed: `{say} install {id}` does that"
            )));
        }
        Ok(())
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
        let newer = newer(asker, &offer).map_or_else(String::new, |said| format!("\n{said}"));
        let taken = self.take(asker.community, offer, agreed, asker.account).await?;
        let act = match taken.then {
            Outcome::Installed => "plugin_installed",
            Outcome::Updated { .. } => "plugin_updated",
            Outcome::Held { .. } | Outcome::Same => "plugin_offered",
        };
        let mut held = false;
        let told = taken.map(|outcome| {
            let text = match outcome {
                Outcome::Installed => format!(
                    "{id} {version} is installed, and off. `{say} config {id}` shows its settings, `{say} enable {id}` switches it \
                     on."
                ),
                Outcome::Updated { from } => format!(
                    "{id} {version} serves in place of {from}. `{say} rollback {id}` brings {from} back, with its data, for seven \
                     days."
                ),
                Outcome::Same => format!("{id} {version} is what serves already."),
                Outcome::Held { why, by_consent } => {
                    held = !by_consent;
                    let next = if by_consent {
                        let script = if asker.face == Face::Terminal {
                            ", in a script with `--yes`,"
                        } else {
                            ""
                        };
                        format!(
                            "Look at it with `{say} plan {id}`, and agree with `{say} update {id}`{script} or in the console."
                        )
                    } else {
                        format!(
                            "Once that is mended, `{say} update {id}` tries it again. `{say} config {id} NAME=VALUE` takes what \
                             {version} can be set to, too."
                        )
                    };
                    format!("{id} {version} is here and waits, and the old version goes on: {why}.\n{next}")
                }
            };
            let text = format!("{text}{newer}");
            if held { Told::Waits(text) } else { Told::Text(text) }
        });
        Ok(self.audited(asker, act, id, told))
    }

    async fn switched(
        &self,
        asker: &Asker,
        plugin: &str,
        on: bool,
        consent: Option<String>,
    ) -> Result<Decided<Told>, InstallError> {
        let (id, agreed) = (PluginId::from(plugin), asker.agreed(consent));
        let switched = self.switch(asker.community, &id, on, &agreed).await?;
        let (act, word) = if on {
            ("plugin_enabled", "on")
        } else {
            ("plugin_disabled", "off")
        };
        let mut text = format!("{plugin} is {word}.");
        if !on {
            text.push_str(&self.goes_on(asker, &id).await?);
        }
        Ok(self.audited(asker, act, plugin, told(switched, text)))
    }

    /// Where a plugin that is off in general goes on.
    async fn goes_on(&self, asker: &Asker, id: &PluginId) -> Result<String, InstallError> {
        let settings = self.settings(asker.community, id).await?;
        let on = settings.overrides.iter().filter(|set| set.enabled == Some(true));
        let known = references(&self.parts.storage, asker.community).await?;
        let parts: Vec<String> = on.map(|set| known.label(set.within)).collect();
        if parts.is_empty() {
            return Ok(String::new());
        }
        let (say, parts) = (asker.face.says(), parts.join(", "));
        let within = if asker.face == Face::Terminal { "--in" } else { "in" };
        Ok(format!(
            " It goes on in {parts}, where it was switched on by itself: `{say} disable {id} {within} PLACE` switches it off there, too."
        ))
    }

    async fn went_back(
        &self,
        asker: &Asker,
        plugin: &str,
        consent: Option<String>,
    ) -> Result<Decided<Told>, InstallError> {
        let id = PluginId::from(plugin);
        let back = match self.go_back(asker.community, &id, &asker.agreed(consent)).await? {
            Allowing::Decided(back) => back,
            Allowing::Unallowed(way) => {
                let Unallowed { plan, digest } = *way;
                return Ok(Decided::nothing(Told::Plan { plan, digest }));
            }
        };
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
        let settings = self.settings(asker.community, &id).await?;
        let shown = self.named(&settings, set.then.config.clone()).await?;
        let told = set.map(|there| match (is_set, there.differs) {
            (true, _) => Told::Data(format!("{shown:#}")),
            (false, false) => Told::Text(format!("{plugin} is in {} as around it.", there.name)),
            (false, true) => {
                let word = if there.enabled { "on" } else { "off" };
                Told::Text(format!("{plugin} is {word} in {}.", there.name))
            }
        });
        Ok(self.audited(asker, "plugin_set_within", plugin, told))
    }

    async fn tried_for(
        &self,
        asker: &Asker,
        plugin: &str,
        hours: Option<u32>,
        consent: Option<String>,
    ) -> Result<Decided<Told>, InstallError> {
        let until = hours.map(|hours| self.parts.clock.now() + Duration::from_hours(hours.into()));
        let (id, agreed) = (PluginId::from(plugin), asker.agreed(consent));
        let tried = self.rehearse(asker.community, &id, until, &agreed).await?;
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
        Ok(self.audited(asker, act, plugin, told(tried, text)))
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

/// That the index has a newer version than the one that waits here, and how to look at it.
fn newer(asker: &Asker, offer: &Offer) -> Option<String> {
    let (id, newer, say) = (&offer.package.manifest.plugin.id, offer.newer()?, asker.face.says());
    Some(format!(
        "The index has {newer}, which is newer: `{say} plan {id}@{newer}` shows it."
    ))
}

/// What is so by now; or what somebody has to agree to first.
fn told(allowing: Allowing<()>, text: String) -> Decided<Told> {
    match allowing {
        Allowing::Decided(decided) => decided.map(|()| Told::Text(text)),
        Allowing::Unallowed(asked) => Decided::nothing(Told::Plan {
            plan: asked.plan,
            digest: asked.digest,
        }),
    }
}

fn table(columns: &'static [&'static str], rows: Vec<Vec<String>>) -> Decided<Told> {
    Decided::nothing(Told::Table {
        note: None,
        columns,
        rows,
    })
}
