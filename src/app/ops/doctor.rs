//! Looks whether everything can do its work, and says what to do where it cannot.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use futures_util::future::join_all;

use super::{Ops, Reply};
use crate::app::bots::Bots;
use crate::app::control::Report;
use crate::config::Config;
use crate::connectors::Connector;
use crate::connectors::examination::{Diagnosis, Examination, Health, TOKEN};
use crate::connectors::logins::LoginState;
use crate::model::directory::{Audience, Place};

/// Each request of a login has its own patience; this is for hundreds of places.
const LOGIN_PATIENCE: Duration = Duration::from_mins(2);

/// Our own pages answer at once; a proxy in front of them may take a little.
const PAGE_PATIENCE: Duration = Duration::from_secs(5);

/// Whose platforms are asked.
pub(in crate::app) enum Patients {
    /// Those of the running program.
    Running(Vec<Arc<dyn Connector>>),
    /// Those that would be started by this configuration.
    Configured(Box<Config>),
}

impl Ops {
    /// Everything, in the order in which a person would mend it.
    pub(super) async fn examine(&self) -> Result<Reply> {
        let mut machine = vec![self.data_folder().await, self.address().await];
        let logins = match &self.patients {
            Patients::Running(logins) => logins.clone(),
            Patients::Configured(config) => match Bots::new(config, true, &self.files, &self.storage, &self.clock) {
                Ok(bots) => bots.logins().collect(),
                Err(problems) => {
                    let fix = "put the token there, or take the option out";
                    let tokens = problems
                        .0
                        .iter()
                        .map(|problem| Health::failure(problem.to_string(), fix).of(TOKEN));
                    machine.extend(tokens);
                    Vec::new()
                }
            },
        };
        let places = self.shared_places(None).await?;
        let enabled: Vec<Place> = places
            .into_iter()
            .filter(|place| place.enabled && !place.thread)
            .collect();
        machine.extend(unserved(&enabled, &logins));
        machine.extend(self.model_examined().await?);
        machine.extend(self.plugins_examined().await?);
        let examinations = logins.iter().map(|login| self.examine_login(login, &enabled));
        let mut reports = vec![Report {
            of: "this machine".to_owned(),
            examination: Examination {
                known_as: None,
                diagnoses: machine,
            },
        }];
        reports.extend(join_all(examinations).await);
        Ok(Reply::Examined { reports })
    }

    async fn examine_login(&self, login: &Arc<dyn Connector>, enabled: &[Place]) -> Report {
        let name = login.login();
        let places: Vec<Place> = enabled.iter().filter(|place| place.login == *name).cloned().collect();
        let examined = tokio::time::timeout(LOGIN_PATIENCE, login.examine(&places)).await;
        let mut examination = examined.unwrap_or_else(|_| {
            let what = format!("looking at it took longer than {} s", LOGIN_PATIENCE.as_secs());
            Examination {
                known_as: None,
                diagnoses: vec![Health::warning(what, "try again in a few minutes").of("login")],
            }
        });
        let status = self.logins.list().into_iter().find(|status| status.login == *name);
        if let Some(status) = status {
            examination.diagnoses.insert(0, state(&status.state).of("login"));
        }
        Report {
            of: name.to_string(),
            examination,
        }
    }

    async fn data_folder(&self) -> Diagnosis {
        let mut wrong = self.sqlite.writable().await.err();
        let folder = self.data.clone();
        let tried = tokio::task::spawn_blocking(move || tempfile::NamedTempFile::new_in(folder)).await;
        if let Ok(Err(error)) = tried {
            wrong.get_or_insert_with(|| error.to_string());
        }
        let folder = self.data.display();
        match wrong {
            None => Health::fine(format!("{folder} takes what is written")),
            Some(why) => Health::failure(
                format!("nothing can be written to {folder}: {why}"),
                "make room on its disk, and let this user write there",
            ),
        }
        .of("data folder")
    }

    /// Whether people reach us, or could.
    async fn address(&self) -> Diagnosis {
        match &self.patients {
            Patients::Running(_) if self.public_url.is_empty() => {
                Health::fine("none: this program serves one chat in a terminal alone")
            }
            Patients::Running(_) => self.answering().await,
            Patients::Configured(config) => {
                let listen = config.web().0.listen;
                match tokio::net::TcpListener::bind(listen).await {
                    Ok(_) => Health::fine(format!("{listen} is free")),
                    Err(error) => Health::failure(
                        format!("cannot listen on {listen}: {error}"),
                        "stop the program that listens there, or choose another address with `http.listen`",
                    ),
                }
            }
        }
        .of("address")
    }

    async fn answering(&self) -> Health {
        let url = &self.public_url;
        let asked = async {
            let client = reqwest::Client::builder().timeout(PAGE_PATIENCE).build()?;
            client.get(format!("{url}/healthz")).send().await?.error_for_status()
        };
        match asked.await {
            Ok(_) => Health::fine(format!("Switchboard answers at {url}")),
            Err(error) => {
                let why = error.without_url();
                Health::failure(
                    format!("nobody reaches Switchboard at {url}: {why}"),
                    "look at the proxy and the name in `http.public_url`, and at their certificate",
                )
            }
        }
    }
}

fn state(state: &LoginState) -> Health {
    match state {
        LoginState::Connected | LoginState::Partly { .. } => Health::fine("it is connected"),
        LoginState::Connecting => Health::fine("it is just connecting"),
        LoginState::Retrying { reason, .. } => Health::warning(
            format!("it is not connected: {reason}"),
            "nothing, if that passes: it tries again by itself",
        ),
        LoginState::BadCredentials { fix } => Health::failure("it has bad credentials", fix.as_str()),
        LoginState::Stopped { reason } => Health::failure(
            "it has stopped",
            format!("do this and start Switchboard again: {reason}"),
        ),
    }
}

/// Places that are switched on, and that nobody serves. The web chat's own are always served.
fn unserved(enabled: &[Place], logins: &[Arc<dyn Connector>]) -> Option<Diagnosis> {
    let nobody = |place: &&Place| {
        let bots = ["discord", "telegram"].contains(&place.login.as_str());
        bots && !logins.iter().any(|login| *login.login() == place.login)
    };
    let mut without = enabled.iter().filter(nobody);
    let first = without.next()?;
    let others = without.count();
    let all = match others {
        0 => format!("{} is", first.name),
        _ => format!("{} and {others} more are", first.name),
    };
    let what = format!("{all} switched on, but {} is not connected", first.login);
    let fix = format!("name a token with `{}.token`, or switch them off", first.login);
    Some(Health::warning(what, fix).of("places"))
}

/// Rooms and channels, not chats with one person.
pub(super) fn is_shared(place: &Place) -> bool {
    place.audience != Audience::Direct
}
