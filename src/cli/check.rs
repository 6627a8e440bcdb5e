//! `switchboard check`: every mistake at once, and nothing is started.

use super::failure::FOUND;
use super::{Common, Failure};
use crate::app::community;
use crate::dispatcher::chain::settings::PluginsFile;
use crate::knowledge::files;

pub(crate) fn run(common: &Common) -> Result<(), Failure> {
    let config = common.load(None)?;
    let start = community::Start::read(&config.written.community)?;
    let entries = files::read(start.knowledge()).map_err(|problems| {
        let lines: Vec<String> = problems
            .iter()
            .map(|problem| {
                let hint = problem
                    .hint
                    .as_ref()
                    .map(|hint| format!(" ({hint})"))
                    .unwrap_or_default();
                format!(
                    "{}:{}:{}: {}{hint}",
                    problem.file, problem.line, problem.column, problem.what
                )
            })
            .collect();
        Failure::new(
            FOUND,
            format!(
                "the community's knowledge has {} problems\n{}",
                lines.len(),
                lines.join("\n")
            ),
        )
    })?;
    PluginsFile::parse(start.plugins())
        .map_err(|mistakes| Failure::new(FOUND, format!("plugins.toml has mistakes\n{}", mistakes.join("\n"))))?;
    println!(
        "The configuration is fine. The community's files hold {} entries.",
        entries.len()
    );
    Ok(())
}
