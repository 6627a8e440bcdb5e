//! What a platform can do, as data: `fit` reads it, the conformance suite proves it.

use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;

use super::button::{Form, Input};

/// What one login can do in one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an ability of its own that the console lists"
)]
pub struct Capabilities {
    /// Own messages can be edited.
    pub edit: bool,
    /// Own messages can be deleted.
    pub delete: bool,
    /// Reactions can be made.
    pub react: bool,
    /// Buttons that come back as presses.
    pub buttons: bool,
    /// Forms opened by a button.
    pub forms: bool,
    /// How large a form may be; none where there is no limit.
    pub form_max: Option<FormMax>,
    /// Threads can be opened in the place, below a message. To open one that is there already answers that one.
    pub threads: bool,
    /// Messages that one person alone sees.
    pub private: bool,
    /// Somebody is typing.
    pub typing: bool,
    /// What can be done about others.
    #[serde(default)]
    pub moderates: Moderates,
    /// Files can be sent, up to so many bytes; none when not.
    pub file_bytes_max: Option<u64>,
    /// Where a message holds one file at most: the longest text with it, in `unit`. None where any number of files
    /// goes with any text.
    pub caption_max: Option<usize>,
    /// The longest text of one message, in `unit`.
    pub text_max: usize,
    /// What `text_max` counts.
    pub unit: TextUnit,
    /// The platform drops a repeated send of the same delivery id by itself, so that a send may be repeated after a
    /// crash. Where it does not, a send is marked before it starts and never repeated.
    pub idempotent_send: bool,
    /// Sends a place bears.
    pub place_rate: Rate,
    /// Sends the login bears over all places.
    pub login_rate: Rate,
}

/// What can be done about others in a place, and about what they say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moderates {
    /// Their messages can be deleted.
    pub remove: bool,
    /// They can be muted, for so many seconds at most; none when not.
    pub mute_seconds_max: Option<u32>,
    /// They can be taken out.
    pub kick: bool,
    /// They can be taken out for good.
    pub ban: bool,
}

/// How large a form may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormMax {
    /// Fields in one form.
    pub fields: usize,
    /// Choices of one field.
    pub choices: usize,
}

/// So many in so much time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// How many at once.
    pub burst: u32,
    /// In which time the burst refills, in milliseconds.
    pub per_ms: u32,
}

/// What a platform counts when it limits a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextUnit {
    /// Unicode scalar values.
    Characters,
    /// UTF-16 code units.
    Utf16,
    /// Grapheme clusters.
    Graphemes,
    /// Bytes of UTF-8.
    Bytes,
}

impl Capabilities {
    /// Whether the form can be shown as it is.
    pub fn takes(&self, form: &Form) -> bool {
        let fits = |max: &FormMax| {
            let few = |input: &Input| match input {
                Input::Choice { choices } => (1..=max.choices).contains(&choices.len()),
                Input::Line | Input::Paragraph | Input::Number | Input::YesNo => true,
            };
            form.fields.len() <= max.fields && form.fields.iter().all(|field| few(&field.input))
        };
        self.forms && self.form_max.as_ref().is_none_or(fits)
    }
}

impl TextUnit {
    /// How long the text is in this unit.
    pub fn count(self, text: &str) -> usize {
        match self {
            Self::Characters => text.chars().count(),
            Self::Utf16 => text.encode_utf16().count(),
            Self::Graphemes => text.graphemes(true).count(),
            Self::Bytes => text.len(),
        }
    }
}
