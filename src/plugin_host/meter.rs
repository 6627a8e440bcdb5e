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

/// Awaits `call` for so much wall time. `now` is read twice for a call that never waits.
pub(super) async fn metered<T>(
    wall: Duration,
    now: impl Fn() -> Duration,
    call: impl Future<Output = T>,
) -> Metered<T> {
    let mut call = pin!(call);
    let mut busy = Duration::ZERO;
    let mut ended = Duration::ZERO;
    // Made at the first wait alone: most calls have none, and a timer costs more than they do.
    let mut timeout = None;
    let answer = poll_fn(|context| {
        let began = now();
        let polled = call.as_mut().poll(context);
        ended = now();
        busy += ended.saturating_sub(began);
        match polled {
            Poll::Ready(answer) => Poll::Ready(Some(answer)),
            Poll::Pending => {
                let timeout = timeout.get_or_insert_with(|| Box::pin(tokio::time::sleep(wall)));
                timeout.as_mut().poll(context).map(|()| None)
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
        let mut call = pin!(metered(Duration::from_mins(10), || time.get(), call));
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
        let metered = metered(Duration::ZERO, || Duration::ZERO, call).await;
        assert_eq!(metered.answer, None);
    }
}
