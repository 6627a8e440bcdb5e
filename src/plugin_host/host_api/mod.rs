//! What a plugin can import, one file for each interface. Nothing here traps for bad input; it answers a typed error.

mod absent;
mod history;
mod http;
mod knowledge;
mod kv;
mod log;
mod model;
mod wasi;

use std::sync::Arc;

use wasmtime::Engine;
use wasmtime::component::{HasSelf, Linker};

use super::bindings::switchboard::plugin as api;
use super::bindings::switchboard::plugin::types::CallError;
use super::config::Newer;
use super::data::HostData;
use super::permission::Permission;
use super::state::State;
use super::visible::{hides, in_one_line};

pub(super) use self::model::Completions;

/// Links what is granted, and nothing else: there is no check to forget.
/// What `newer` adds lies beside it, and each plugin gets the version that it was built for, or one that fits it.
pub(super) fn linker(engine: &Engine, granted: &[Permission], newer: Option<Newer>) -> wasmtime::Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    wasi::link(&mut linker)?;
    api::types::add_to_linker::<_, HasSelf<_>>(&mut linker, |state| state)?;
    api::log::add_to_linker::<_, HasSelf<_>>(&mut linker, |state| state)?;
    for permission in granted {
        match permission {
            Permission::Kv => api::kv::add_to_linker::<_, HasSelf<_>>(&mut linker, |state| state)?,
            Permission::Knowledge => api::knowledge::add_to_linker::<_, HasSelf<_>>(&mut linker, |state| state)?,
            Permission::History => api::history::add_to_linker::<_, HasSelf<_>>(&mut linker, |state| state)?,
            Permission::Http => api::http::add_to_linker::<_, HasSelf<_>>(&mut linker, |state| state)?,
            Permission::Model => api::model::add_to_linker::<_, HasSelf<_>>(&mut linker, |state| state)?,
            // Permissions of actions are checked where actions are lifted.
            _ => {}
        }
    }
    if let Some(link) = newer {
        link(&mut linker)?;
    }
    Ok(linker)
}

/// Whether an import is linked for everybody.
pub(super) fn is_base(interface: &str) -> bool {
    let name = interface.split('@').next().unwrap_or(interface);
    matches!(name, "switchboard:plugin/types" | "switchboard:plugin/log") || wasi::is_linked(name)
}

impl api::types::Host for State {}

impl State {
    /// Counts a call and hands out where to read, or says why not.
    fn call(&mut self, line: String) -> Result<Arc<dyn HostData>, CallError> {
        let Some(data) = &self.data else {
            return Err(CallError::Denied("init may only log".into()));
        };
        if self.calls_made >= self.limits.calls {
            return Err(CallError::Limit(format!(
                "more than {} host calls in one event",
                self.limits.calls
            )));
        }
        self.calls_made += 1;
        let data = Arc::clone(data);
        // A key, or what is asked, is the plugin's to choose.
        let line = if line.contains(hides) { in_one_line(&line) } else { line };
        self.calls.push(line);
        Ok(data)
    }
}
