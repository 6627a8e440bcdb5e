//! `switchboard check`: every mistake at once, and nothing is started.

use super::{Common, Failure};
use crate::app::community;
use crate::knowledge::embeddings;
use crate::model::amount::counted;
use crate::plugin_host::Packages;

pub(crate) fn run(common: &Common) -> Result<(), Failure> {
    let config = common.load(None)?;
    config.bots()?;
    if let Some(settings) = config.embeddings() {
        embeddings::open(&settings).map_err(anyhow::Error::from)?;
    }
    let start = community::Start::read(&config.written.community)?;
    let entries = start.check(&Packages::bundled()).map_err(anyhow::Error::from)?;
    let entries = counted(entries, "entry", "entries");
    println!("The configuration is fine. The community's files hold {entries}.");
    Ok(())
}
