//! Commands about plugins.

mod build;
mod test;

use super::{Common, Failure, ask};
use crate::app::control::Request;

/// Plugins of the community, and dialogs for those who write them.
#[derive(clap::Subcommand)]
pub(crate) enum Plugin {
    /// Lists them in the order in which they see a message, with what they may do.
    List(ask::Format),
    /// Plays a plugin's dialogs in the real sandbox, on a clock that they move.
    Test(test::Arguments),
}

pub(crate) fn run(common: &Common, command: &Plugin) -> Result<(), Failure> {
    match command {
        Plugin::List(format) => ask::ask(common, Request::Plugins, *format),
        Plugin::Test(arguments) => test::run(arguments),
    }
}
