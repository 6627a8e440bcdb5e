//! What becomes of an event when a host function would not do it.

use crate::types::{CallError, Error};

/// A host that is busy is worth another try after this long, in milliseconds.
const RETRY_MS: u32 = 1_000;

impl From<CallError> for Error {
    fn from(refusal: CallError) -> Self {
        match refusal {
            CallError::Timeout | CallError::Unavailable => Self::RetryAfter(RETRY_MS),
            CallError::Denied(why) | CallError::Limit(why) | CallError::Other(why) => Self::Failed(why),
        }
    }
}
