//! Keeps a login listening: starts it again when it is cut off, and says how it stands meanwhile.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;

use crate::clock::Clock;
use crate::connectors::backoff::Backoff;
use crate::connectors::logins::LoginState;
use crate::connectors::{Connector, ConnectorError, EventSink, Signal};
use crate::model::amount;
use crate::storage::SharedStorage;
use crate::supervisor::Stop;
use crate::telemetry::{self, Metric};

/// Whoever has listened so long was well: what cuts it off then is another fault, and is waited out from the start.
const WELL_AFTER: Duration = Duration::from_mins(1);

/// What a login needs to listen.
#[derive(Clone)]
pub(super) struct Listening {
    pub(super) login: Arc<dyn Connector>,
    pub(super) sink: Arc<dyn EventSink>,
    pub(super) storage: SharedStorage,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) stop: Stop,
}

impl Listening {
    /// Listens until the stop, or until a person has to act.
    pub(super) async fn keep(self) {
        let name = self.login.login();
        self.stands(LoginState::Connecting);
        let mut backoff = Backoff::default();
        loop {
            let begun = self.clock.elapsed();
            let reason = match self.once().await {
                Ok(()) => return,
                Err(ConnectorError::Lost(reason)) => reason,
                Err(ConnectorError::BadCredentials(fix)) => {
                    tracing::error!(login = %name, error = %fix, "the login {name} has bad credentials: {fix}");
                    return self.stands(LoginState::BadCredentials { fix });
                }
                Err(ConnectorError::Fatal(reason)) => {
                    tracing::error!(login = %name, error = %reason, "the login {name} stopped: {reason}");
                    return self.stands(LoginState::Stopped { reason });
                }
            };
            if self.clock.elapsed().saturating_sub(begun) >= WELL_AFTER {
                backoff = Backoff::default();
            }
            let (wait, now) = (backoff.wait(), self.clock.elapsed());
            tracing::warn!(login = %name, error = %reason, "the login {name} was cut off, next try {}: {reason}", amount::after(wait));
            let next = self.clock.now() + wait;
            self.stands(LoginState::Retrying { reason, next });
            if self.stop.until(self.clock.sleep_until(now + wait)).await.is_none() {
                return;
            }
            telemetry::count_for(Metric::TasksRestartedTotal, &format!("connector-{name}"));
        }
    }

    async fn once(&self) -> Result<(), ConnectorError> {
        let cursor = self.storage.cursor(self.login.login()).await;
        let cursor = cursor.map_err(|error| {
            tracing::error!(error = &error as &dyn std::error::Error, "the cursor could not be read");
            ConnectorError::Lost("the database cannot be read".to_owned())
        })?;
        let run = self.login.run(Arc::clone(&self.sink), cursor, self.stop.clone());
        // A connector that breaks does not take its state with it. The panic itself is in the log.
        let ended = AssertUnwindSafe(run).catch_unwind().await;
        ended.unwrap_or_else(|_| {
            Err(ConnectorError::Lost(
                "Switchboard made a mistake; the log says where".to_owned(),
            ))
        })
    }

    fn stands(&self, state: LoginState) {
        self.sink.signal(self.login.login(), Signal::Login(state));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::sync::Mutex;

    use async_trait::async_trait;

    use super::*;
    use crate::clock::TestClock;
    use crate::connectors::loopback::Loopback;
    use crate::connectors::{AcceptError, Acceptance, Cursor, DeliveryError, Receipt};
    use crate::model::ability::Profile;
    use crate::model::capability::Capabilities;
    use crate::model::fit::FittedAction;
    use crate::model::ids::{LoginName, PlaceRef};
    use crate::model::{Event, Timestamp};
    use crate::storage::sqlite::{Options, SqliteStorage};

    const NOW: Timestamp = Timestamp::from_millis(1_790_000_000_000);

    /// Ends as it is told, one time after the other; none is a panic.
    struct Ends {
        like: Loopback,
        ends: Mutex<VecDeque<Option<ConnectorError>>>,
    }

    #[async_trait]
    impl Connector for Ends {
        fn login(&self) -> &LoginName {
            self.like.login()
        }

        fn capabilities(&self, place: &PlaceRef) -> Arc<Capabilities> {
            self.like.capabilities(place)
        }

        fn profile(&self) -> Profile {
            self.like.profile()
        }

        async fn run(&self, _: Arc<dyn EventSink>, _: Option<Cursor>, _: Stop) -> Result<(), ConnectorError> {
            let end = self.ends.lock().unwrap().pop_front().expect("it is not started again");
            Err(end.expect("this is the panic"))
        }

        async fn deliver(&self, action: &FittedAction) -> Result<Receipt, DeliveryError> {
            self.like.deliver(action).await
        }
    }

    /// What was said of the login. Whoever waits is let on at once.
    struct States {
        said: Mutex<Vec<LoginState>>,
        clock: Arc<TestClock>,
    }

    #[async_trait]
    impl EventSink for States {
        async fn accept(
            &self,
            _: &LoginName,
            _: Vec<Event>,
            _: Option<Cursor>,
        ) -> Result<Vec<Acceptance>, AcceptError> {
            Ok(Vec::new())
        }

        fn signal(&self, _: &LoginName, signal: Signal) {
            let Signal::Login(state) = signal else { return };
            if let LoginState::Retrying { next, .. } = &state {
                self.clock.advance(next.since(self.clock.now()));
            }
            self.said.lock().unwrap().push(state);
        }
    }

    #[tokio::test]
    async fn a_login_that_is_cut_off_or_breaks_says_why_and_when_next_and_bad_credentials_end_it() {
        let moved = Arc::new(TestClock::new(NOW));
        let clock: Arc<dyn Clock> = Arc::<TestClock>::clone(&moved);
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("switchboard.db");
        let storage = SqliteStorage::open(&database, &Options::for_testing(), Arc::clone(&clock)).unwrap();
        let ends = [
            Some(ConnectorError::Lost("cut".to_owned())),
            None,
            Some(ConnectorError::BadCredentials("put in another token".to_owned())),
        ];
        let login = Ends {
            like: Loopback::new("loopback"),
            ends: Mutex::new(ends.into()),
        };
        let sink = Arc::new(States {
            said: Mutex::default(),
            clock: moved,
        });
        let listening = Listening {
            login: Arc::new(login),
            sink: Arc::clone(&sink) as _,
            storage,
            clock,
            stop: Stop::new(),
        };
        listening.keep().await;
        let retrying = |reason: &str, wait| LoginState::Retrying {
            reason: reason.to_owned(),
            next: NOW + Duration::from_millis(wait),
        };
        let expected = [
            LoginState::Connecting,
            retrying("cut", 500),
            retrying("Switchboard made a mistake; the log says where", 500 + 1_000),
            LoginState::BadCredentials {
                fix: "put in another token".to_owned(),
            },
        ];
        assert_eq!(*sink.said.lock().unwrap(), expected);
    }
}
