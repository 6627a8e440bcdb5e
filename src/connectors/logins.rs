//! How each login stands. True only now: it is shown, and never stored.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::sync::watch;

use crate::model::Timestamp;
use crate::model::command::MenuChange;
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
        /// When it tries next; past while it tries.
        next: Timestamp,
    },
    /// The platform does not take its credentials. It does not try again before a person has put in others.
    BadCredentials {
        /// What to do, as one sentence for people; never a token.
        fix: String,
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

    /// When it tries next, where it does; past while it tries.
    pub fn next_try(&self) -> Option<Timestamp> {
        match self {
            Self::Retrying { next, .. } => Some(*next),
            _ => None,
        }
    }

    /// Whether what holds goes on to hold: another try fails, for whatever reason.
    fn goes_on(&self, next: &Self) -> bool {
        self == next || matches!((self, next), (Self::Retrying { .. }, Self::Retrying { .. }))
    }

    /// A short line for lists, without times.
    pub fn line(&self) -> String {
        match self {
            Self::Connecting => "connecting".to_owned(),
            Self::Connected => "connected".to_owned(),
            Self::Partly { limit } => format!("connected: {limit}"),
            Self::Retrying { reason, .. } => format!("retrying: {reason}"),
            Self::BadCredentials { fix } => format!("bad credentials: {fix}"),
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

impl LoginStatus {
    /// How it stands, with its times in UTC.
    pub fn line(&self, now: Timestamp) -> String {
        let next = match self.state.next_try() {
            Some(next) if next > now => format!(", next try at {next}"),
            Some(_) => ", trying now".to_owned(),
            None => String::new(),
        };
        format!("{}{next}, since {}", self.state.line(), self.since)
    }
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
    menus: watch::Sender<BTreeMap<LoginName, Vec<MenuChange>>>,
}

impl Logins {
    /// Notes how a login stands. A state that it has already keeps its time, and so does retrying with each further try.
    pub fn set(&self, login: &LoginName, state: LoginState, at: Timestamp) {
        self.rows.send_if_modified(|rows| {
            let known = rows.get(login);
            if known.is_some_and(|known| known.state == state) {
                return false;
            }
            let goes_on = known.filter(|known| known.state.goes_on(&state));
            let status = LoginStatus {
                login: login.clone(),
                since: goes_on.map_or(at, |known| known.since),
                state,
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

    /// Notes what it wrote last to each of its platform's menus.
    pub fn set_menus(&self, login: &LoginName, changes: Vec<MenuChange>) {
        self.menus.send_modify(|menus| {
            menus.insert(login.clone(), changes);
        });
    }

    /// What it wrote last to each menu, the latest first; none where its platform has no menus that tell.
    pub fn menus(&self, login: &LoginName) -> Option<Vec<MenuChange>> {
        self.menus.borrow().get(login).cloned()
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

    #[test]
    fn a_login_that_retries_says_since_when_and_when_next() {
        let logins = Logins::default();
        let login = LoginName::from("discord");
        let at = |seconds: i64| Timestamp::from_millis(1_790_000_000_000 + seconds * 1_000);
        let retrying = |reason: &str, next| LoginState::Retrying {
            reason: reason.to_owned(),
            next: at(next),
        };
        logins.set(&login, LoginState::Connected, at(0));
        logins.set(&login, retrying("the connection was cut", 11), at(10));
        logins.set(&login, retrying("Discord cannot be reached", 14), at(12));
        let line = |now| logins.get(&login).unwrap().line(at(now));
        assert_eq!(
            line(13),
            "retrying: Discord cannot be reached, next try at 2026-09-21T14:13:34Z, since 2026-09-21T14:13:30Z"
        );
        assert_eq!(
            line(14),
            "retrying: Discord cannot be reached, trying now, since 2026-09-21T14:13:30Z"
        );
        logins.set(&login, LoginState::Connected, at(15));
        assert_eq!(line(16), "connected, since 2026-09-21T14:13:35Z");
    }
}
