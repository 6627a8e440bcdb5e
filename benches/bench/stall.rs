//! How long a plugin waits for its turn while another one loops without end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use switchboard::plugin_host::NoData;

use crate::bare_wasmtime::seen;
use crate::chain::start;
use crate::home::Home;
use crate::payload;

/// Messages to the plugin that does nothing.
const CALLS: usize = 2_000;

/// Between two messages, so that each comes at another moment of the loop.
const APART: Duration = Duration::from_micros(700);

/// Measures and prints.
pub fn run(short: bool) {
    println!("stall: from a message to a plugin's answer, milliseconds");
    println!("{:<36} {:>8} {:>8} {:>8}", "", "p50", "p99", "worst");
    let calls = if short { 50 } else { CALLS };
    let home = Home::new(false);
    for loops in [0, 1, 2, 4] {
        let mut waits = waits(&home, loops, calls);
        waits.sort();
        let at = |part: usize| waits[(waits.len() - 1) * part / 100].as_secs_f64() * 1e3;
        let what = match loops {
            0 => "nobody loops".to_owned(),
            1 => "one plugin loops".to_owned(),
            more => format!("one plugin loops in {more} events at once"),
        };
        println!("{what:<36} {:>8.2} {:>8.2} {:>8.2}", at(50), at(99), at(100));
    }
}

fn waits(home: &Home, loops: usize, calls: usize) -> Vec<Duration> {
    let (looping, honest) = (start(home, "loop"), start(home, "nothing"));
    let event = seen(&payload::payload(3));
    let over = Arc::new(AtomicBool::new(false));
    let runtime = home.host.handle();
    let endless: Vec<_> = (0..loops)
        .map(|_| {
            let (looping, event, over) = (Arc::clone(&looping), event.clone(), Arc::clone(&over));
            runtime.spawn(async move {
                while !over.load(Ordering::Relaxed) {
                    // Ended by its limit each time; the chain would pause it soon.
                    drop(looping.handle(&event, &[], Arc::new(NoData)).await);
                }
            })
        })
        .collect();
    let waits = (0..calls).map(|_| {
        std::thread::park_timeout(APART);
        let (honest, event) = (Arc::clone(&honest), event.clone());
        let before = home.clock.elapsed();
        home.run(async move { drop(honest.handle(&event, &[], Arc::new(NoData)).await) });
        home.clock.elapsed().saturating_sub(before)
    });
    let waits = waits.collect();
    over.store(true, Ordering::Relaxed);
    for task in endless {
        runtime.block_on(task).expect("it ends with its event");
    }
    waits
}
