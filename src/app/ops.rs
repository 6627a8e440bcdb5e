//! What commands ask for, done with the same functions as the console's. Works beside the running program and without.

mod doctor;
mod embeddings;
mod files;
mod import;
mod knowledge;
mod logins;
mod menus;
mod places;
mod plugins;
mod quality;
mod recording;
mod stale;
mod why;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result};

use self::doctor::Patients;
pub use self::places::is_named;
pub(super) use self::why::Why;
use super::control::{Reply, Request};
use super::{Base, Running, paths};
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::connectors::Connector;
use crate::connectors::logins::Logins;
use crate::connectors::terminal::{self, Heard};
use crate::console::access::links::{LinkError, Links};
use crate::dispatcher::chain::Roster;
use crate::installer::{Installer, Trouble};
use crate::knowledge::Knowledge;
use crate::model::fit::rules::Loss;
use crate::model::ids::{CommunityId, DeliveryId, PlaceRef};
use crate::outbox::{Decision, Outbox};
use crate::plugin_host::recording::Recordings;
use crate::storage::accounts::Role;
use crate::storage::core::DeliveryState;
use crate::storage::data_folder::DataFolder;
use crate::storage::files::Files;
use crate::storage::sqlite::{self, SqliteStorage};
use crate::storage::{Page, SharedStorage, WriteError};
use crate::supervisor::Bell;
use crate::telemetry::{self, Metric};

/// Rows of a list in a terminal; the console has pages.
const ROWS_MAX: u32 = 100;

/// Messages shown to who attaches to a chat.
const EARLIER_MAX: u32 = 20;

/// Answers requests.
pub struct Ops {
    storage: SharedStorage,
    sqlite: Arc<SqliteStorage>,
    files: Files,
    clock: Arc<dyn Clock>,
    knowledge: Knowledge,
    community: CommunityId,
    outbox: Arc<Outbox>,
    roster: Option<Arc<Roster>>,
    /// Of the running program.
    installer: Option<Arc<Installer>>,
    recordings: Arc<Recordings>,
    logins: Logins,
    patients: Patients,
    public_url: String,
    data: PathBuf,
    /// Held while nothing else runs.
    folder: Option<DataFolder>,
}

impl Ops {
    /// Beside the running program.
    pub(super) fn beside(
        base: &Base,
        sqlite: &Arc<SqliteStorage>,
        folder: &DataFolder,
        running: &Running,
        (url, installer, recordings): (Option<String>, Arc<Installer>, Arc<Recordings>),
        logins: Vec<Arc<dyn Connector>>,
    ) -> Self {
        Self {
            storage: Arc::clone(&base.storage),
            sqlite: Arc::clone(sqlite),
            files: Files::new(folder.files()),
            clock: Arc::clone(&base.clock),
            knowledge: base.knowledge.clone(),
            community: base.community,
            outbox: Arc::clone(&running.outbox),
            roster: Some(Arc::clone(&running.roster)),
            installer: Some(installer),
            recordings,
            logins: running.logins.clone(),
            patients: Patients::Running(logins),
            public_url: url.unwrap_or_default(),
            data: folder.path().to_owned(),
            folder: None,
        }
    }

    /// While nothing runs: takes the data folder.
    ///
    /// # Errors
    ///
    /// When the folder cannot be used.
    pub async fn alone(config: &Config) -> Result<Self> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let folder = DataFolder::take_soon(&config.written.data).await?;
        let sqlite = SqliteStorage::open(&folder.database(), &sqlite::Options::default(), Arc::clone(&clock))?;
        let storage: SharedStorage = Arc::<SqliteStorage>::clone(&sqlite);
        let knowledge = Knowledge::new(Arc::clone(&storage), Arc::clone(&clock));
        let start = &config.written.community;
        let community = super::community::ensure(&storage, &knowledge, &*clock, start).await?;
        let (http, _) = config.web();
        let public_url = http.public_origin.unwrap_or_else(|| format!("http://{}", http.listen));
        let recordings = paths::recordings(folder.path());
        Ok(Self {
            recordings: Arc::new(Recordings::new(recordings, Arc::clone(&clock))),
            outbox: Arc::new(Outbox::new(Arc::clone(&storage), Arc::clone(&clock), Bell::default())),
            storage,
            sqlite,
            files: Files::new(folder.files()),
            clock,
            knowledge,
            community,
            roster: None,
            installer: None,
            logins: Logins::default(),
            patients: Patients::Configured(Box::new(config.clone())),
            public_url,
            data: folder.path().to_owned(),
            folder: Some(folder),
        })
    }

    /// Does what is asked, or says why not.
    pub async fn answer(&self, request: Request) -> Reply {
        match self.try_answer(request).await {
            Ok(reply) => reply,
            Err(error) => Reply::refused(format!("{error:#}")),
        }
    }

    async fn try_answer(&self, request: Request) -> Result<Reply> {
        match request {
            Request::Status => self.status().await,
            Request::Logins => self.logins().await,
            Request::Doctor => self.examine().await,
            Request::Explain { what } => self.explain(&what).await,
            Request::Plugins => self.plugins().await,
            Request::Plugin { plugin } => self.plugin(plugin).await,
            Request::Deliveries { state } => self.deliveries(state.as_deref()).await,
            Request::DeliveryAgain { id } => Ok(match parse(&id) {
                Some(id) => decided(
                    self.outbox.decide(id, Decision::Again, vec![]).await,
                    "It is tried again.",
                ),
                None => no_such_delivery(&id),
            }),
            Request::DeliveryGiveUp { id } => Ok(match parse(&id) {
                Some(id) => decided(
                    self.outbox.decide(id, Decision::GiveUp, vec![]).await,
                    "It is given up.",
                ),
                None => no_such_delivery(&id),
            }),
            Request::DeliveryArrived { id } => Ok(match parse(&id) {
                Some(id) => decided(
                    self.outbox.decide(id, Decision::Arrived, vec![]).await,
                    "It counts as delivered.",
                ),
                None => no_such_delivery(&id),
            }),
            Request::Export => self.export().await,
            Request::Apply { files, dry_run, twin } => self.apply(files, dry_run, twin).await,
            Request::CheckKnowledge => self.check_knowledge().await,
            Request::TwinOfModel { model } => self.twin_of_model(model).await,
            Request::Import { import, dry_run, twin } => self.import(&import, dry_run, twin).await,
            Request::Quality { days } => self.quality(days).await,
            Request::Backup { to } => self.backup(&to).await,
            Request::Retention { written, dry_run } => {
                let keep = super::upkeep::retention(&written);
                let kept = (&self.files, &*self.recordings);
                let forgotten = if dry_run {
                    super::upkeep::forget_preview(&self.sqlite, kept, &keep).await?
                } else {
                    super::upkeep::forget(&self.sqlite, kept, &keep).await?
                };
                let rows = forgotten.rows.into_iter();
                let rows = rows.map(|(what, count)| vec![what.to_owned(), count.to_string()]);
                let heading = if dry_run { "would go" } else { "gone" };
                Ok(Reply::table(&["what", heading], rows.collect()))
            }
            Request::Accounts => self.accounts().await,
            Request::AccountInvite { role } => self.invite(&role).await,
            Request::AccountReset { email } => self.reset(&email).await,
            Request::Places { login, wanted } => self.awaited_places(&login, &wanted).await,
            Request::SwitchPlace { place, on, as_left } => self.switch(place, on, as_left).await,
            Request::Answer { place, since } => self.awaited_answer(place, since).await,
            Request::RemoveEntries { entries, file } => self.remove_entries(&entries, file).await,
            Request::EmptyMenus { login } => self.empty_menus(&login).await,
            Request::Chat { .. } => Ok(Reply::refused("a chat needs the running program")),
        }
    }

    async fn status(&self) -> Result<Reply> {
        let mut rows = Vec::new();
        let mut add = |what: String, value: String| rows.push(vec![what, value]);
        let now = self.clock.now();
        let running = if self.roster.is_some() { "yes" } else { "no" };
        add("running".to_owned(), running.to_owned());
        add("address".to_owned(), self.public_url.clone());
        for status in self.logins.list() {
            add(format!("login, {}", status.login), status.line(now));
        }
        for Trouble { plugin, what, fix, .. } in self.troubles_of_running().await? {
            add(format!("plugin {plugin}"), format!("{what}; {fix}"));
        }
        for (holder, count) in self.storage.conversation_counts(self.community).await? {
            add(format!("conversations, {holder}"), count.to_string());
        }
        for (state, count) in self.storage.delivery_counts(Some(self.community)).await? {
            add(format!("deliveries, {}", word(state)), count.to_string());
        }
        for loss in Loss::ALL {
            let count = telemetry::counted(Metric::DegradationsTotal, loss.name());
            if count > 0 {
                add(format!("done in another way, {}", loss.name()), count.to_string());
            }
        }
        let unhandled = self
            .storage
            .events_unhandled(crate::model::ids::EventSeq(0), ROWS_MAX)
            .await?;
        add("events not handled yet".to_owned(), unhandled.len().to_string());
        if let Some(line) = self.model_line().await? {
            add("sentence model".to_owned(), line);
        }
        if let Some(due) = self.storage.job_next_due().await? {
            add("next job".to_owned(), due.to_string());
        }
        Ok(Reply::table(&["what", "value"], rows))
    }

    async fn deliveries(&self, state: Option<&str>) -> Result<Reply> {
        let known = state.map(|name| STATES.into_iter().find(|state| word(*state) == name).ok_or(name));
        let state = match known.transpose() {
            Ok(state) => state,
            Err(name) => {
                return Ok(Reply::Refused {
                    message: format!("there is no state `{name}`"),
                    hint: Some(format!("one of {}", STATES.map(word).join(", "))),
                });
            }
        };
        let page = Page {
            before: None,
            limit: ROWS_MAX,
        };
        let rows = self.storage.deliveries(Some(self.community), page, state).await?;
        let rows = rows.into_iter().map(|delivery| {
            vec![
                delivery.new.id.to_string(),
                word(delivery.state).to_owned(),
                delivery.new.login.to_string(),
                delivery.attempt.to_string(),
                delivery.reason.unwrap_or_default(),
            ]
        });
        Ok(Reply::table(
            &["delivery", "state", "login", "tries", "reason"],
            rows.collect(),
        ))
    }

    async fn backup(&self, to: &str) -> Result<Reply> {
        let report = self.sqlite.backup(Path::new(to)).await?;
        let counts: Vec<_> = report
            .counts
            .iter()
            .map(|(what, count)| format!("{count} {what}"))
            .collect();
        Ok(Reply::done(format!("Wrote {to} ({}).", counts.join(", "))))
    }

    async fn accounts(&self) -> Result<Reply> {
        let accounts = self.storage.accounts(self.community).await?;
        let rows = accounts.into_iter().map(|(account, role)| {
            let state = if account.disabled_at.is_some() { "disabled" } else { "" };
            vec![account.email, account.name, role.as_str().to_owned(), state.to_owned()]
        });
        Ok(Reply::table(&["e-mail", "name", "role", "state"], rows.collect()))
    }

    async fn invite(&self, role: &str) -> Result<Reply> {
        let Some(role) = Role::parse(role) else {
            let names: Vec<_> = Role::ALL.iter().map(|role| role.as_str()).collect();
            return Ok(Reply::Refused {
                message: format!("there is no role `{role}`"),
                hint: Some(format!("one of {}", names.join(", "))),
            });
        };
        let link = self
            .links()
            .join(self.community, role, None)
            .await
            .context("make the link")?;
        Ok(Reply::done(link))
    }

    async fn reset(&self, email: &str) -> Result<Reply> {
        match self.links().reset(email, None).await {
            Ok(link) => Ok(Reply::done(link)),
            Err(LinkError::NoAccount) => Ok(Reply::Refused {
                message: format!("no account has the e-mail address {email}"),
                hint: Some("`switchboard account list` shows all".to_owned()),
            }),
            Err(error) => Err(error).context("make the link"),
        }
    }

    fn links(&self) -> Links<'_> {
        Links {
            storage: &*self.storage,
            clock: &*self.clock,
            public_url: &self.public_url,
        }
    }

    /// What was said in a place, for who comes back to it.
    pub(super) async fn earlier(&self, place: &PlaceRef) -> Vec<Heard> {
        let page = Page {
            before: None,
            limit: EARLIER_MAX,
        };
        let Ok(Some(place)) = self.storage.place_by_native(place).await else {
            return Vec::new();
        };
        let messages = self.storage.messages_of_place(place.id, page).await.unwrap_or_default();
        let shown = messages
            .into_iter()
            .rev()
            .filter(|message| message.deleted_at.is_none());
        shown
            .map(|message| terminal::heard(&message.new.author, &message.new.content, &message.new.buttons, false))
            .collect()
    }

    /// Where a copy of the database goes when nobody says.
    pub fn backup_file(config: &Config) -> String {
        let now = SystemClock::new().now();
        let file = super::upkeep::backup_file(&paths::backups(&config.written.data), now);
        file.display().to_string()
    }
}

const STATES: [DeliveryState; 6] = [
    DeliveryState::Queued,
    DeliveryState::Sending,
    DeliveryState::Delivered,
    DeliveryState::Failed,
    DeliveryState::PerhapsSent,
    DeliveryState::GivenUp,
];

fn word(state: DeliveryState) -> &'static str {
    match state {
        DeliveryState::Queued => "queued",
        DeliveryState::Sending => "sending",
        DeliveryState::Delivered => "delivered",
        DeliveryState::Failed => "failed",
        DeliveryState::PerhapsSent => "perhaps_sent",
        DeliveryState::GivenUp => "given_up",
    }
}

fn parse(id: &str) -> Option<DeliveryId> {
    id.parse().ok()
}

fn no_such_delivery(id: &str) -> Reply {
    Reply::Refused {
        message: format!("`{id}` is no delivery"),
        hint: Some("`switchboard outbox list` shows them".to_owned()),
    }
}

fn decided(done: Result<(), WriteError>, text: &str) -> Reply {
    match done {
        Ok(()) => Reply::done(text),
        Err(WriteError::Conflict { .. }) => Reply::Refused {
            message: "that delivery is in another state".to_owned(),
            hint: Some("`switchboard outbox list` shows how it stands now".to_owned()),
        },
        Err(error) => Reply::refused(error.to_string()),
    }
}
