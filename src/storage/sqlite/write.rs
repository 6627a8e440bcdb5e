//! What a unit is applied through: the writer's connection inside its transaction, and the list of changes to tell of.

use rusqlite::{Connection, Params};

use super::failure::ApplyError;
use super::{
    accounts, calls, clusters, commit, consult, deliveries, directory, drafts, events, handoff, jobs, knowledge,
    messages, person, plugins, posts, quality, tokens, upkeep, web_chat, webhooks,
};
use crate::storage::unit::DirectoryUnit;
use crate::storage::{Applied, Change, Unit};

/// A unit being applied. What is changed through it is undone when the unit is refused.
pub(super) struct Write<'a> {
    connection: &'a Connection,
    changes: &'a mut Vec<Change>,
}

impl<'a> Write<'a> {
    /// `connection` has a savepoint open.
    pub(super) fn new(connection: &'a Connection, changes: &'a mut Vec<Change>) -> Self {
        Self { connection, changes }
    }

    /// Applies one unit, or says why not; then what it has changed so far has to be undone.
    pub(super) fn apply(&mut self, unit: &Unit) -> Result<Applied, ApplyError> {
        match unit {
            Unit::Knowledge(unit) => knowledge::apply(self, unit),
            Unit::Upkeep(unit) => upkeep::apply(self, unit),
            Unit::Quality(unit) => quality::apply(self, unit),
            Unit::Cluster(unit) => clusters::apply(self, unit),
            Unit::Draft(unit) => drafts::apply(self, unit),
            Unit::Account(unit) => accounts::apply(self, unit),
            Unit::Handoff(unit) => handoff::apply(self, unit),
            Unit::Post(unit) => posts::apply(self, unit),
            Unit::Person(unit) => person::apply(self, unit),
            Unit::Plugin(unit) => plugins::apply(self, unit),
            Unit::Call(unit) => calls::apply(self, unit),
            Unit::Tokens(unit) => tokens::apply(self, unit),
            Unit::Consult(unit) => consult::apply(self, unit),
            Unit::WebChat(unit) => web_chat::apply(self, unit),
            Unit::Webhook(unit) => webhooks::apply(self, unit),
            Unit::Accept(unit) => events::accept(self, unit),
            Unit::Commit(unit) => commit::apply(self, unit),
            Unit::Message(change) => messages::change(self, change).map(|()| Applied::Done),
            Unit::Delivery(step) => deliveries::step(self, step),
            Unit::Job(step) => jobs::step(self, step),
            Unit::Directory(unit) => {
                match unit {
                    DirectoryUnit::Place(place) => directory::set_place(self, place)?,
                    other => directory::apply(self, other)?,
                }
                // What connectors bring with their events is no news to those who brought it.
                self.change(Change::Settings);
                Ok(Applied::Done)
            }
            Unit::All(units) => units
                .iter()
                .map(|unit| self.apply(unit))
                .collect::<Result<_, _>>()
                .map(Applied::All),
        }
    }

    /// For statements that read, or that answer rows.
    pub(super) fn connection(&self) -> &'a Connection {
        self.connection
    }

    /// Runs a statement, prepared once. Answers how many rows it changed.
    pub(super) fn execute(&self, sql: &str, params: impl Params) -> rusqlite::Result<usize> {
        self.connection.prepare_cached(sql)?.execute(params)
    }

    /// Runs a statement that must change exactly one row; otherwise a precondition did not hold. `what` completes
    /// "… was changed by somebody else".
    pub(super) fn execute_one(&self, what: &str, sql: &str, params: impl Params) -> Result<(), ApplyError> {
        match self.execute(sql, params)? {
            1 => Ok(()),
            _ => Err(ApplyError::conflict(what)),
        }
    }

    /// Is told to those who listen once it is on disk.
    pub(super) fn change(&mut self, change: Change) {
        self.changes.push(change);
    }
}
