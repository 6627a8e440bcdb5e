//! The one thread that writes.
//!
//! It drains its queue into one transaction, a savepoint for each unit, commits, and answers all who wait. While it
//! waits for the disk the next batch gathers, so nothing is delayed when idle and batches grow under load by
//! themselves; there is no timer.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::{broadcast, mpsc, oneshot};

use super::failure::{ApplyError, Failure};
use super::health::Health;
use super::write::Write;
use crate::storage::{Applied, Change, Unit, WriteError};

/// Units that wait for the writer; when full, those who hand in wait, and with them the lanes and connectors.
const QUEUE_MAX: usize = 1024;

/// Units in one transaction. More brings nothing (the sync is shared by then) and lets the first one wait longer.
const BATCH_MAX: usize = 256;

/// A named moment in the writer's life, for the crash test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Moment {
    /// All units of the batch are applied, nothing is committed.
    Applied,
    /// The batch is on disk, nobody knows yet.
    Committed,
    /// All who waited are answered.
    Answered,
}

/// Who is told what came of a batch.
pub(super) struct Told {
    /// What changed.
    pub(super) changes: broadcast::Sender<Change>,
    /// Whether it could be written.
    pub(super) health: Health,
    /// Called at each moment.
    pub(super) at_moment: Option<Arc<dyn Fn(Moment) + Send + Sync>>,
}

/// What is done between batches with the writer's connection: index, retention, backup.
type Work = Box<dyn FnOnce(&mut Connection) + Send>;

type Answer = oneshot::Sender<Result<Applied, WriteError>>;

enum Request {
    Unit { unit: Unit, answer: Answer },
    Work(Work),
    Close(oneshot::Sender<()>),
}

/// The handle to the thread.
pub(super) struct Writer {
    queue: Option<mpsc::Sender<Request>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    /// Starts the thread, which owns the connection from now on.
    pub(super) fn start(connection: Connection, told: Told) -> std::io::Result<Self> {
        let (queue, requests) = mpsc::channel(QUEUE_MAX);
        let thread = std::thread::Builder::new()
            .name("storage-writer".to_owned())
            .spawn(move || {
                Loop { connection, told }.run(requests);
            })?;
        Ok(Self {
            queue: Some(queue),
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Applies the unit and answers when it is on disk.
    pub(super) async fn write(&self, unit: Unit) -> Result<Applied, WriteError> {
        let (answer, applied) = oneshot::channel();
        self.send(Request::Unit { unit, answer }).await?;
        applied.await.map_err(|_| WriteError::Stopping)?
    }

    /// Runs `work` on the writer's connection, between batches. It must be short, or do its work in short pieces:
    /// nothing is written meanwhile.
    pub(super) async fn work<T, F>(&self, work: F) -> Result<T, WriteError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Connection) -> Result<T, ApplyError> + Send + 'static,
    {
        let (answer, done) = oneshot::channel();
        let work: Work = Box::new(move |connection| {
            // Whoever asked may have gone; the work is done all the same.
            let _ = answer.send(work(connection).map_err(ApplyError::into_write_error));
        });
        self.send(Request::Work(work)).await?;
        done.await.map_err(|_| WriteError::Stopping)?
    }

    /// Returns when all that was handed in before is on disk and the thread takes no more.
    pub(super) async fn close(&self) {
        let (answer, closed) = oneshot::channel();
        if self.send(Request::Close(answer)).await.is_ok() {
            let _ = closed.await;
        }
    }

    async fn send(&self, request: Request) -> Result<(), WriteError> {
        let queue = self.queue.as_ref().ok_or(WriteError::Stopping)?;
        queue.send(request).await.map_err(|_| WriteError::Stopping)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // The thread ends when the last sender is gone; waiting for it keeps the file whole for whoever opens it next.
        self.queue = None;
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            let _ = thread.join();
        }
    }
}

struct Loop {
    connection: Connection,
    told: Told,
}

impl Loop {
    fn run(mut self, mut requests: mpsc::Receiver<Request>) {
        let mut batch = Vec::with_capacity(BATCH_MAX);
        while requests.blocking_recv_many(&mut batch, BATCH_MAX) > 0 {
            let mut units = Vec::with_capacity(batch.len());
            for request in batch.drain(..) {
                match request {
                    Request::Unit { unit, answer } => units.push((unit, answer)),
                    Request::Work(work) => {
                        self.write(std::mem::take(&mut units));
                        work(&mut self.connection);
                    }
                    Request::Close(answer) => {
                        self.write(std::mem::take(&mut units));
                        requests.close();
                        let _ = answer.send(());
                    }
                }
            }
            self.write(units);
        }
    }

    /// One transaction: what is wrong with one unit undoes that unit, what is wrong with the disk undoes all.
    fn write(&mut self, batch: Vec<(Unit, Answer)>) {
        if batch.is_empty() {
            return;
        }
        let (units, answers): (Vec<_>, Vec<_>) = batch.into_iter().unzip();
        let mut changes = Vec::new();
        match self.apply(&units, &mut changes) {
            Ok(results) => {
                self.told.health.wrote();
                self.pass(Moment::Committed);
                // Told first: who is answered and listens from then on hears of later changes only.
                self.tell(changes);
                for (answer, result) in answers.into_iter().zip(results) {
                    // Whoever asked may have gone; what is written is written.
                    let _ = answer.send(result);
                }
                self.pass(Moment::Answered);
            }
            Err(failure) => {
                self.told.health.failed(&failure);
                tracing::error!(error = %failure, "storage could not write a batch: {failure}");
                if !self.connection.is_autocommit()
                    && let Err(error) = self.connection.execute_batch("ROLLBACK")
                {
                    tracing::error!(error = %error, "storage could not undo a batch: {error}");
                }
                for answer in answers {
                    let _ = answer.send(Err(failure.to_write_error()));
                }
            }
        }
    }

    fn apply(&self, units: &[Unit], changes: &mut Vec<Change>) -> Result<Vec<Result<Applied, WriteError>>, Failure> {
        let run = |sql| self.connection.prepare_cached(sql)?.execute([]);
        run("BEGIN IMMEDIATE")?;
        let mut results = Vec::with_capacity(units.len());
        for unit in units {
            run("SAVEPOINT unit")?;
            let mark = changes.len();
            let result = Write::new(&self.connection, changes).apply(unit);
            results.push(match result {
                Ok(applied) => Ok(applied),
                Err(ApplyError::Failed(failure)) => return Err(failure),
                Err(ApplyError::Refused(error)) => {
                    run("ROLLBACK TO unit")?;
                    changes.truncate(mark);
                    Err(error)
                }
            });
            run("RELEASE unit")?;
        }
        self.pass(Moment::Applied);
        run("COMMIT")?;
        Ok(results)
    }

    fn tell(&self, changes: Vec<Change>) {
        if self.told.changes.receiver_count() == 0 {
            return;
        }
        for change in changes {
            let _ = self.told.changes.send(change);
        }
    }

    fn pass(&self, moment: Moment) {
        if let Some(at_moment) = &self.told.at_moment {
            at_moment(moment);
        }
    }
}
