//! The vocabulary: what every other module speaks in.
//!
//! Plain, versioned data and pure functions over it. No I/O, no async, no clock; imports nothing of the crate.

pub mod ability;
pub mod action;
pub mod amount;
pub mod button;
pub mod bytes;
pub mod call;
pub mod capability;
pub mod cluster;
pub mod command;
pub mod content;
pub mod conversation;
pub mod directory;
pub mod draft;
pub mod entry;
pub mod event;
pub mod finding;
pub mod fit;
pub mod hours;
pub mod ids;
pub mod invisible;
pub mod language;
pub mod measure;
pub mod quality;
pub mod timestamp;
pub mod upkeep;

pub use self::action::{Action, Priority};
pub use self::content::Content;
pub use self::conversation::{Conversation, Holder};
pub use self::event::{Event, EventBody};
pub use self::timestamp::Timestamp;
