//! The open connections of all visitors, and who is to be told what.
//!
//! Frames are passed on, never kept: a connection that is too slow is closed, and its browser reads what it missed from
//! the transcript when it comes back.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::token::Visitor;

/// At about 50 KiB each, 250 MiB in the worst case: a machine that small serves fewer people.
const CONNECTIONS_MAX: usize = 5_000;

/// A person with a few windows and devices open.
const CONNECTIONS_OF_VISITOR_MAX: usize = 8;

/// A burst of answers; who is further behind than that is not reading.
const QUEUE_MAX: usize = 64;

/// Who is connected.
#[derive(Default)]
pub(super) struct Hub {
    inner: Mutex<Inner>,
    seated: TaskTracker,
}

#[derive(Default)]
struct Inner {
    connections: HashMap<Visitor, Vec<Connection>>,
    count: usize,
    next: u64,
}

/// Its number, and where its frames go.
type Connection = (u64, mpsc::Sender<Arc<str>>);

/// One open connection; leaving is dropping it.
pub(super) struct Seat {
    hub: Arc<Hub>,
    visitor: Visitor,
    number: u64,
    frames: mpsc::Receiver<Arc<str>>,
    _seated: TaskTrackerToken,
}

impl Hub {
    /// Takes a seat, or none when all are taken.
    pub(super) fn join(self: &Arc<Self>, visitor: Visitor) -> Option<Seat> {
        let mut inner = self.inner.lock().expect("nothing panics while seating");
        if inner.count >= CONNECTIONS_MAX {
            return None;
        }
        let number = inner.next;
        let connections = inner.connections.entry(visitor).or_default();
        if connections.len() >= CONNECTIONS_OF_VISITOR_MAX {
            return None;
        }
        let (sender, frames) = mpsc::channel(QUEUE_MAX);
        connections.push((number, sender));
        inner.next += 1;
        inner.count += 1;
        Some(Seat {
            hub: Arc::clone(self),
            visitor,
            number,
            frames,
            _seated: self.seated.token(),
        })
    }

    /// Tells all connections of one visitor, but for the one that said it.
    pub(super) fn tell(&self, visitor: Visitor, frame: &Arc<str>, but: Option<u64>) {
        let mut inner = self.inner.lock().expect("nothing panics while seating");
        if let Some(connections) = inner.connections.get_mut(&visitor) {
            send_all(connections, frame, but);
        }
    }

    /// Tells everybody who is connected.
    pub(super) fn tell_everyone(&self, frame: &Arc<str>) {
        let mut inner = self.inner.lock().expect("nothing panics while seating");
        for connections in inner.connections.values_mut() {
            send_all(connections, frame, None);
        }
    }

    /// How many are connected.
    pub(super) fn count(&self) -> usize {
        self.inner.lock().expect("nothing panics while seating").count
    }

    /// Resolves when nobody is connected any more, once stopping.
    pub(super) async fn emptied(&self) {
        self.seated.close();
        self.seated.wait().await;
        self.seated.reopen();
    }
}

/// A full queue ends its connection: dropping the sender is what its session sees.
fn send_all(connections: &mut Vec<Connection>, frame: &Arc<str>, but: Option<u64>) {
    connections.retain(|(number, sender)| Some(*number) == but || sender.try_send(Arc::clone(frame)).is_ok());
}

impl Seat {
    /// The next frame for the browser; none when it was too slow.
    pub(super) async fn frame(&mut self) -> Option<Arc<str>> {
        self.frames.recv().await
    }

    /// Which connection this is.
    pub(super) fn number(&self) -> u64 {
        self.number
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut inner = self.hub.inner.lock().expect("nothing panics while seating");
        inner.count -= 1;
        if let Some(connections) = inner.connections.get_mut(&self.visitor) {
            connections.retain(|(number, _)| *number != self.number);
            if connections.is_empty() {
                inner.connections.remove(&self.visitor);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visitor(number: u128) -> Visitor {
        Visitor(uuid::Uuid::from_u128(number))
    }

    #[tokio::test]
    async fn all_windows_of_a_visitor_are_told_and_nobody_else() {
        let hub = Arc::new(Hub::default());
        let (mut one, mut two) = (hub.join(visitor(1)).unwrap(), hub.join(visitor(1)).unwrap());
        let mut other = hub.join(visitor(2)).unwrap();
        hub.tell(visitor(1), &"hello".into(), None);
        hub.tell_everyone(&"all".into());
        assert_eq!(one.frame().await.as_deref(), Some("hello"));
        assert_eq!(two.frame().await.as_deref(), Some("hello"));
        assert_eq!(other.frame().await.as_deref(), Some("all"));
    }

    #[tokio::test]
    async fn a_connection_that_does_not_read_is_closed() {
        let hub = Arc::new(Hub::default());
        let mut slow = hub.join(visitor(1)).unwrap();
        for _ in 0..=QUEUE_MAX {
            hub.tell(visitor(1), &"x".into(), None);
        }
        let mut read = 0;
        while slow.frame().await.is_some() {
            read += 1;
        }
        assert_eq!(read, QUEUE_MAX);
    }

    #[test]
    fn leaving_frees_the_seat() {
        let hub = Arc::new(Hub::default());
        let seats: Vec<Seat> = (0..20).filter_map(|_| hub.join(visitor(1))).collect();
        assert_eq!(seats.len(), CONNECTIONS_OF_VISITOR_MAX);
        drop(seats);
        assert_eq!(hub.count(), 0);
        assert!(hub.join(visitor(1)).is_some());
    }
}
