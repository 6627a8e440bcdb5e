//! Brings events from the table into the lanes: at start, after a fault, and when memory was full.

use std::collections::HashSet;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use super::Core;
use super::lanes::Offer;
use crate::model::ids::EventSeq;
use crate::storage::ReadError;
use crate::supervisor::Stop;

/// Read at once; some 2 KB each.
const PAGE: u32 = 256;

/// Lanes that are remembered as full in one pass; the pass ends there, so that memory stays bounded.
const FULL_LANES_MAX: usize = 1024;

/// The wait after the table could not be read.
const FAULT_WAIT: Duration = Duration::from_secs(1);

/// Runs until `stop`.
pub(super) async fn run(core: Arc<Core>, stop: Stop) -> Result<(), Infallible> {
    loop {
        tokio::select! {
            () = stop.requested() => return Ok(()),
            () = core.lanes.behind.rung() => {}
        }
        while core.lanes.is_behind() && !stop.is_requested() {
            core.lanes.begin_pass();
            match pass(&core).await {
                Ok(true) => {
                    core.lanes.caught_up();
                }
                Ok(false) => tokio::select! {
                    () = stop.requested() => return Ok(()),
                    () = core.lanes.something_finished() => {}
                },
                Err(error) => {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "events could not be read, trying again"
                    );
                    tokio::select! {
                        () = stop.requested() => return Ok(()),
                        () = core.clock.sleep(FAULT_WAIT) => {}
                    }
                }
            }
        }
    }
}

/// Reads the table once; whether all of it is in memory now.
async fn pass(core: &Core) -> Result<bool, ReadError> {
    let mut full = HashSet::new();
    let mut after = EventSeq(0);
    loop {
        let page = core.storage.events_unhandled(after, PAGE).await?;
        let last = page.len() < PAGE as usize;
        for event in page {
            after = event.seq;
            if full.contains(&event.new.lane) {
                continue;
            }
            core.lanes.room(&[]).await;
            if core.lanes.is_stopping() {
                return Ok(true);
            }
            let lane = event.new.lane.clone();
            if core.lanes.offer(event, core.clock.elapsed()) == Offer::LaneFull {
                full.insert(lane);
                if full.len() >= FULL_LANES_MAX {
                    return Ok(false);
                }
            }
        }
        if last {
            return Ok(full.is_empty());
        }
    }
}
