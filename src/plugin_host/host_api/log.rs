//! `log`: lines for the admin.

use super::State;
use crate::plugin_host::bindings::switchboard::plugin::log::{Host, Level};

impl Host for State {
    fn write(&mut self, level: Level, text: String) -> wasmtime::Result<()> {
        self.log_line(level, &text);
        Ok(())
    }
}
