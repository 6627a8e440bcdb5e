//! Why an act of staff was not carried out.

/// The sentence is shown in the console as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Somebody else was faster.
    #[error("A colleague is already answering here.")]
    HeldByOther,
    /// It has ended.
    #[error("This conversation is closed. It comes back to you when the visitor writes again.")]
    Closed,
    /// It waited when it was looked at, and does not any more.
    #[error(
        "It does not wait any more: they left the queue meanwhile, or a colleague handed it back to the bot. Claim it again if \
         you want to answer all the same."
    )]
    LeftQueue,
    /// It was to be put aside by somebody who does not hold it.
    #[error("Claim the conversation first, then you can put it aside.")]
    NotClaimed,
    /// The bot has the pen already.
    #[error("The bot answers here already.")]
    WithBot,
    /// A snooze that is over before it begins.
    #[error("That time has passed. Please choose a later one.")]
    PastTime,
    /// A snooze beyond all memory.
    #[error("A conversation can be put aside for 90 days at most.")]
    TooLate,
    /// Only one's own replies can be changed.
    #[error("Only your own replies can be changed.")]
    NotYours,
    /// There is nothing left to change.
    #[error("This reply was taken back already.")]
    Deleted,
    /// It no longer exists.
    #[error("This conversation is no longer there.")]
    Gone,
}
