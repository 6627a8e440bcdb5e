//! How each login stands. True only now: it is shown, and never stored.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::sync::watch;

use crate::model::Timestamp;
use crate::model::ids::LoginName;

/// How a login stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoginState {
    /// It begins.
    Connecting,
    /// It hears what happens on its platform.
    Connected,
    /// It hears what happens on its platform, but not all of it.
    Partly {
        /// What it does not hear and how to change that, for people.
        limit: String,
    },
    /// It does not hear its platform, and tries again by itself.
    Retrying {
        /// Why, for people; never a token.
        reason: String,
    },
    /// It does not try again before a person has acted.
    Stopped {
        /// What to do, for people; never a token.
        reason: String,
    },
}

impl LoginState {
    /// Whether nobody has to do anything for it.
    pub fn is_fine(&self) -> bool {
        matches!(self, Self::Connected | Self::Partly { .. })
    }

    /// A short line for lists.
    pub fn line(&self) -> String {
        match self {
            Self::Connecting => "connecting".to_owned(),
            Self::Connected => "connected".to_owned(),
            Self::Partly { limit } => format!("connected: {limit}"),
            Self::Retrying { reason } => format!("trying again: {reason}"),
            Self::Stopped { reason } => format!("stopped: {reason}"),
        }
    }
}

/// One login, as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginStatus {
    /// Its name in the configuration.
    pub login: LoginName,
    /// How it stands.
    pub state: LoginState,
    /// Since when.
    pub since: Timestamp,
    /// The last that it heard; none before the first.
    pub heard: Option<LastHeard>,
}

/// The last that a login heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastHeard {
    /// When it was stored.
    pub at: Timestamp,
    /// How long after it happened, by the platform's clock.
    pub behind: Duration,
}

/// All logins of the running program. Clones share the same.
#[derive(Clone, Debug, Default)]
pub struct Logins {
    rows: watch::Sender<BTreeMap<LoginName, LoginStatus>>,
}

impl Logins {
    /// Notes how a login stands. A state that it has already keeps its time.
    pub fn set(&self, login: &LoginName, state: LoginState, at: Timestamp) {
        self.rows.send_if_modified(|rows| {
            let known = rows.get(login);
            if known.is_some_and(|known| known.state == state) {
                return false;
            }
            let status = LoginStatus {
                login: login.clone(),
                state,
                since: at,
                heard: known.and_then(|known| known.heard),
            };
            rows.insert(login.clone(), status);
            true
        });
    }

    /// Notes that it heard something. Nobody who waits for a change of state is woken.
    pub fn heard(&self, login: &LoginName, heard: LastHeard) {
        self.rows.send_if_modified(|rows| {
            if let Some(status) = rows.get_mut(login) {
                status.heard = Some(heard);
            }
            false
        });
    }

    /// In the order of their names.
    pub fn list(&self) -> Vec<LoginStatus> {
        self.rows.borrow().values().cloned().collect()
    }

    /// One of them.
    pub fn get(&self, login: &LoginName) -> Option<LoginStatus> {
        self.rows.borrow().get(login).cloned()
    }

    /// Tells when a state changes.
    pub fn changes(&self) -> watch::Receiver<BTreeMap<LoginName, LoginStatus>> {
        self.rows.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_that_hears_a_part_is_fine_and_says_which() {
        let limit = "only commands".to_owned();
        let partly = LoginState::Partly { limit };
        assert!(partly.is_fine());
        assert_eq!(partly.line(), "connected: only commands");
    }

    #[test]
    fn a_state_is_shown_with_the_time_since_which_it_holds() {
        let logins = Logins::default();
        let login = LoginName::from("telegram");
        let at = Timestamp::from_millis;
        logins.set(&login, LoginState::Connecting, at(1));
        logins.set(&login, LoginState::Connected, at(2));
        logins.set(&login, LoginState::Connected, at(3));
        let shown = logins.list();
        assert_eq!(
            (shown.len(), &shown[0].state, shown[0].since),
            (1, &LoginState::Connected, at(2))
        );
    }
}
