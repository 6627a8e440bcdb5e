//! Remembers where Discord shows no embeds: the bot lacks *Embed Links* there, and Discord leaves them out without a word.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serenity::model::id::ChannelId;

/// After this it is tried again: somebody may have allowed it meanwhile.
const HIDDEN_FOR: Duration = Duration::from_mins(10);

/// Channels that hide embeds, and until when that is taken for granted, by the monotonic clock.
#[derive(Debug, Default)]
pub(super) struct Embeds {
    hidden: Mutex<HashMap<ChannelId, Duration>>,
}

impl Embeds {
    /// Whether it is worth trying.
    pub(super) fn may_show(&self, channel: ChannelId, now: Duration) -> bool {
        let hidden = self.hidden.lock().unwrap_or_else(PoisonError::into_inner);
        hidden.get(&channel).is_none_or(|until| *until <= now)
    }

    /// The channel has just shown none.
    pub(super) fn hides(&self, channel: ChannelId, now: Duration) {
        let mut hidden = self.hidden.lock().unwrap_or_else(PoisonError::into_inner);
        hidden.retain(|_, until| *until > now);
        hidden.insert(channel, now + HIDDEN_FOR);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_without_embeds_is_tried_again_after_a_while() {
        let embeds = Embeds::default();
        let channel = ChannelId::new(1);
        assert!(embeds.may_show(channel, Duration::ZERO));
        embeds.hides(channel, Duration::ZERO);
        assert!(!embeds.may_show(channel, Duration::from_mins(9)));
        assert!(embeds.may_show(ChannelId::new(2), Duration::from_mins(9)));
        assert!(embeds.may_show(channel, HIDDEN_FOR));
    }
}
