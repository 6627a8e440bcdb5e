//! Recordings: what a plugin was handed, what it was answered, and what came of it, to be played again to another build of it.
//!
//! A recording is made where the sandbox ends, so that it is exact: above the secrets that the host adds for servers elsewhere, and
//! below the plugin's own writes. `line` says how it is written and `reader` reads it, as what a stranger wrote; a `tape` notes what
//! is read for one event, a `writer` puts it into a file, and `folder` keeps those of the admins. `playback` answers from it.

mod folder;
mod line;
mod playback;
mod reader;
mod tape;
mod writer;

use std::fmt;
use std::sync::Arc;

pub use self::folder::{Recordings, Standing};
pub use self::line::{Bytes, Call, Came, Change, End, Fetch, Fetched, Header, HostCall, Line, Settings};
pub use self::playback::Playback;
pub use self::reader::{Broken, Reader};
pub(super) use self::tape::Tape;
pub use self::writer::Recording;

/// Says what of a plugin's calls is recorded. Asked for each call.
pub trait Recorder: fmt::Debug + Send + Sync {
    /// Where the next call of the plugin is written, if anywhere.
    fn recording(&self, community: &str, plugin: &str) -> Option<Arc<Recording>>;

    /// Until when it is recorded, in milliseconds since the Unix epoch.
    fn until(&self, _community: &str, _plugin: &str) -> Option<i64> {
        None
    }

    /// The plugin leaves the community, and what was recorded of it there goes.
    fn leaves(&self, _community: &str, _plugin: &str) {}
}
