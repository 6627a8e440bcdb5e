//! What Discord can and may do, and what it does not let bots do. Pure.

use super::{form, moderate, outbound, render};
use crate::model::ability::{Ability, Lack};
use crate::model::capability::{Capabilities, Rate, TextUnit};

/// Room for the marks of signs that stand for themselves.
const ESCAPES_MAX: usize = 100;

/// What `fit` may fill; the name of a person of staff comes before it.
const TEXT_MAX: usize = render::WORDS_MAX - outbound::SPEAKER_MAX - ESCAPES_MAX;

/// Five messages in five seconds in a channel; Discord says how much is left with each answer, and this is what it says.
const PLACE_RATE: Rate = Rate {
    burst: 5,
    per_ms: 5_000,
};

/// Fifty requests a second over all, by
/// <https://discord.com/developers/docs/topics/rate-limits#global-rate-limit>.
const LOGIN_RATE: Rate = Rate {
    burst: 50,
    per_ms: 1_000,
};

/// What bots may send in guilds without boosts, by
/// <https://discord.com/developers/docs/reference#uploading-files>.
const FILE_BYTES_MAX: u64 = 10 * 1024 * 1024;

/// What Discord does not let bots do or know, and what is not there yet.
pub(super) fn lacks() -> Vec<Lack> {
    vec![
        Lack::new(
            Ability::Private,
            "only as the answer to what they pressed or gave from the menu there in the last 14 minutes; else it goes to the \
             direct chat that they began, or is not sent",
        ),
        Lack::new(
            Ability::Repeat,
            "Discord knows a message again for some minutes only; what was cut off is repeated for one, and then waits for a person",
        ),
        Lack::new(
            Ability::History,
            "what was said before the bot came is not read, because nobody asked the bot",
        ),
        Lack::new(Ability::Zone, "Discord does not tell it"),
    ]
}

/// What it needs permissions for that not every bot has.
pub(super) fn only() -> Vec<Lack> {
    let where_it_has =
        |permission| format!("only where it has the permission *{permission}*, and not about who stands above it");
    vec![
        Lack::new(Ability::Remove, "only where it has the permission *Manage Messages*"),
        Lack::new(Ability::Mute, where_it_has("Moderate Members")),
        Lack::new(Ability::Kick, where_it_has("Kick Members")),
        Lack::new(Ability::Ban, where_it_has("Ban Members")),
    ]
}

/// In channels where it may open threads, or elsewhere.
pub(super) fn capabilities(threads: bool) -> Capabilities {
    Capabilities {
        edit: true,
        delete: true,
        react: true,
        buttons: true,
        forms: true,
        form_max: Some(form::FORM_MAX),
        threads,
        private: false,
        typing: true,
        // Direct chats are not told apart by their names; there Discord refuses it.
        moderates: moderate::ABLE,
        file_bytes_max: Some(FILE_BYTES_MAX),
        caption_max: None,
        text_max: TEXT_MAX,
        unit: TextUnit::Utf16,
        idempotent_send: false,
        place_rate: PLACE_RATE,
        login_rate: LOGIN_RATE,
    }
}
