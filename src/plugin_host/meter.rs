//! How long a guest computes, which is not how long it takes: while a host call waits, or another guest has its turn, no
//! time of this one passes.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

/// What came of a call that was watched.
pub(super) struct Metered<T> {
    /// Its answer; none when its wall time was over first.
    pub(super) answer: Option<T>,
    /// How long it held a thread.
    pub(super) busy: Duration,
    /// When it ended.
    pub(super) ended: Duration,
}

/// Awaits `call` for so much wall time, and longer by what it waits while it is `excused`, up to the second limit. `now` is read
/// twice for a call that never waits.
pub(super) async fn metered<T>(
    (wall, excused_max): (Duration, Duration),
    now: impl Fn() -> Duration,
    is_excused: impl Fn() -> bool,
    call: impl Future<Output = T>,
) -> Metered<T> {
    let mut call = pin!(call);
    let mut busy = Duration::ZERO;
    let mut ended = Duration::ZERO;
    // Made at the first wait alone: most calls have none, and a timer costs more than they do.
    let mut timeout = None;
    let (mut waits_excused, mut excused, mut granted) = (false, Duration::ZERO, Duration::ZERO);
    let answer = poll_fn(|context| {
        let began = now();
        if waits_excused {
            excused = (excused + began.saturating_sub(ended)).min(excused_max);
        }
        let polled = call.as_mut().poll(context);
        ended = now();
        busy += ended.saturating_sub(began);
        match polled {
            Poll::Ready(answer) => Poll::Ready(Some(answer)),
            Poll::Pending => {
                let timeout = timeout.get_or_insert_with(|| Box::pin(tokio::time::sleep(wall)));
                waits_excused = is_excused();
                while timeout.as_mut().poll(context).is_ready() {
                    if excused == granted {
                        return Poll::Ready(None);
                    }
                    let deadline = timeout.deadline() + excused.saturating_sub(granted);
                    granted = excused;
                    timeout.as_mut().reset(deadline);
                }
                Poll::Pending
            }
        }
    })
    .await;
    Metered { answer, busy, ended }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[tokio::test]
    async fn waiting_is_not_computing() {
        let time = Cell::new(Duration::ZERO);
        let work = |millis| time.set(time.get() + Duration::from_millis(millis));
        let call = async {
            work(3);
            tokio::task::yield_now().await;
            work(4);
            "done"
        };
        let mut call = pin!(metered(
            (Duration::from_mins(10), Duration::ZERO),
            || time.get(),
            || false,
            call
        ));
        // Whatever happens between two polls is others' time.
        let metered = poll_fn(|context| match call.as_mut().poll(context) {
            Poll::Pending => {
                work(500);
                Poll::Pending
            }
            ready @ Poll::Ready(_) => ready,
        })
        .await;
        assert_eq!(metered.answer, Some("done"));
        assert_eq!(metered.busy, Duration::from_millis(7));
        assert_eq!(metered.ended, Duration::from_millis(507));
    }

    #[tokio::test]
    async fn a_call_that_never_ends_is_left() {
        let call = std::future::pending::<()>();
        let metered = metered((Duration::ZERO, Duration::ZERO), || Duration::ZERO, || false, call).await;
        assert_eq!(metered.answer, None);
    }

    #[tokio::test]
    async fn the_limit_grows_by_what_was_waited_while_excused_and_no_more() {
        // Between two polls an hour passes, of which this much is excused at most; the second poll comes when the limit is over.
        let polls = async |is_excused: bool, excused_max: u64| {
            let (time, polls) = (Cell::new(Duration::ZERO), Cell::new(0));
            let call = poll_fn(|_| {
                polls.set(polls.get() + 1);
                Poll::<()>::Pending
            });
            let now = || {
                time.set(time.get() + Duration::from_hours(1));
                time.get()
            };
            let limits = (Duration::from_millis(10), Duration::from_millis(excused_max));
            let metered = metered(limits, now, || is_excused, call).await;
            assert_eq!(metered.answer, None);
            polls.get()
        };
        assert_eq!(polls(false, 10).await, 2, "its own time is as long as ever");
        assert_eq!(polls(true, 0).await, 2, "nothing is excused");
        assert_eq!(polls(true, 10).await, 3, "and nobody waits for ever");
    }
}
