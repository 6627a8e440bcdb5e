//! Plays `.dialog` files: conversations that anybody can read, through the whole program.
//!
//! Owns the language of the files, the world in which they are played and the comparison. The world is the real one:
//! `app` joins its parts, plugins run in the sandbox, the database is SQLite; only the platform is in memory and the
//! clock is moved by the file. `switchboard plugin test` plays the dialogs of a plugin with it, `tests/it` all of ours.
//! What a line means stands in `tests/dialogs/README.md`.

mod answers;
mod difference;
mod elsewhere;
mod kit;
mod line;
mod quiet;
mod shown;
mod staff;
mod stage;
mod talk;
mod told_model;
mod world;

pub use self::difference::Difference;
pub use self::kit::{Instances, Kit, Played, alone, alone_while_it_changes, files};
pub use self::quiet::{LOGIN, Quiet, event, place};
pub use self::talk::{Came, Talk};
