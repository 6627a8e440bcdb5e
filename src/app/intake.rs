//! What a login tells: events go to the dispatcher, and how the login stands is noted for those who look.

use std::sync::Arc;

use async_trait::async_trait;

use crate::clock::Clock;
use crate::connectors::logins::{LastHeard, Logins};
use crate::connectors::{AcceptError, Acceptance, Cursor, EventSink, Signal};
use crate::dispatcher::Dispatcher;
use crate::model::Event;
use crate::model::ids::LoginName;
use crate::supervisor::Bell;

/// The sink of every login.
pub(super) struct Intake {
    pub(super) dispatcher: Dispatcher,
    pub(super) logins: Logins,
    pub(super) clock: Arc<dyn Clock>,
    /// Rung when the login's menus are to be offered again.
    pub(super) moved: Bell,
}

#[async_trait]
impl EventSink for Intake {
    async fn accept(
        &self,
        login: &LoginName,
        events: Vec<Event>,
        cursor: Option<Cursor>,
    ) -> Result<Vec<Acceptance>, AcceptError> {
        let newest = events.iter().map(|event| event.occurred_at).max();
        let accepted = self.dispatcher.accept(login, events, cursor).await?;
        if let Some(newest) = newest {
            let at = self.clock.now();
            let behind = at.since(newest);
            self.logins.heard(login, LastHeard { at, behind });
        }
        Ok(accepted)
    }

    async fn keeps(&self, login: &LoginName, event: &Event) -> Result<bool, AcceptError> {
        self.dispatcher.keeps(login, event).await
    }

    fn signal(&self, login: &LoginName, signal: Signal) {
        match signal {
            Signal::Login(state) => self.logins.set(login, state, self.clock.now()),
            Signal::Moved => self.moved.ring(),
            Signal::Typing { .. } => self.dispatcher.signal(login, signal),
        }
    }
}
