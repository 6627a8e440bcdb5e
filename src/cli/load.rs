//! `switchboard load`: how much this machine can do, measured through the whole path.
//!
//! Nothing opens a door for it in a program that serves people: without `--running` it starts a runtime of its own on an
//! empty folder and connects in-memory logins to it; with `--running` it asks like any person in a terminal.

mod loopback;
mod running;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;

use super::{Common, Failure, block_on};
use crate::app::App;
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::telemetry;

/// More would only wait for each other at the control socket.
const CONVERSATIONS_MAX: u16 = 30;

/// An answer that takes longer counts as lost.
const ANSWER_MAX: Duration = Duration::from_secs(30);

/// Some are answered, some are not, as in life.
const QUESTIONS: [&str; 4] = [
    "What is Switchboard?",
    "How do I make a backup?",
    "What does it cost?",
    "Which bread goes with soup?",
];

/// What the system counts a process's time in: `USER_HZ`, the same on every Linux that Rust runs on.
const TICKS_A_SECOND: f64 = 100.0;

#[derive(clap::Args)]
#[command(after_help = "Example:\n  switchboard load --messages 2000 --conversations 20")]
pub(crate) struct Arguments {
    /// How many questions are asked in all.
    #[arg(long, default_value_t = 1000)]
    messages: u32,
    /// In how many conversations at once.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=i64::from(CONVERSATIONS_MAX)))]
    conversations: u16,
    /// Drives the running program instead of one of its own on an empty folder. What is asked is kept like any
    /// conversation.
    #[arg(long)]
    running: bool,
}

impl Arguments {
    /// Questions in each conversation.
    fn each(&self) -> u32 {
        self.messages.div_ceil(self.conversations.into())
    }
}

pub(crate) fn run(common: &Common, arguments: &Arguments) -> Result<(), Failure> {
    let mut config = common.load(None)?;
    block_on(async {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        if arguments.running {
            let begun = clock.elapsed();
            let times = running::drive(&config, arguments, &clock).await?;
            report(times, clock.elapsed().saturating_sub(begun), None);
            return Ok(());
        }
        config.written.data = std::env::temp_dir().join(format!("switchboard-load-{}", clock.id().as_simple()));
        let quiet = telemetry::Config {
            level: "warn".to_owned(),
            ..config.written.log.clone()
        };
        telemetry::start_logs(&quiet);
        let driven = on_its_own(&config, arguments, &clock).await;
        let folder = &config.written.data;
        std::fs::remove_dir_all(folder).with_context(|| format!("remove {}", folder.display()))?;
        driven
    })
}

async fn on_its_own(config: &Config, arguments: &Arguments, clock: &Arc<dyn Clock>) -> Result<(), Failure> {
    let app = App::start(config, false).await?;
    let (begun, used) = (clock.elapsed(), processor_time());
    let times = loopback::drive(&app, arguments, clock).await;
    let took = clock.elapsed().saturating_sub(begun);
    let used = processor_time().zip(used).map(|(after, before)| after - before);
    app.stop().await;
    report(times?, took, used);
    Ok(())
}

/// Seconds of processor that this process has used; none where the system does not say.
fn processor_time() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The name in parentheses may hold anything; user and system time are the 12th and 13th word behind it.
    let (_, words) = stat.rsplit_once(')')?;
    let mut words = words.split_whitespace().skip(11);
    let mut ticks = || words.next()?.parse::<f64>().ok();
    Some((ticks()? + ticks()?) / TICKS_A_SECOND)
}

fn report(mut times: Vec<Duration>, took: Duration, used: Option<f64>) {
    times.sort_unstable();
    let count = u32::try_from(times.len()).unwrap_or(u32::MAX);
    println!("answered      {count}");
    println!("a second      {:.0}", f64::from(count) / took.as_secs_f64());
    for (name, share) in [("p50", 50), ("p95", 95), ("p99", 99)] {
        println!(
            "{name}           {:.1} ms",
            percentile(&times, share).as_secs_f64() * 1000.0
        );
    }
    if let Some(used) = used {
        let each = used / f64::from(count.max(1));
        println!(
            "processor     {:.2} ms a message, those who ask included",
            each * 1000.0
        );
    }
}

/// The time that `share` of a hundred stay within. `sorted` is in order.
fn percentile(sorted: &[Duration], share: usize) -> Duration {
    let rank = (sorted.len() * share).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_times_that_were_measured() {
        let times: Vec<_> = (1..=100).map(Duration::from_millis).collect();
        assert_eq!(percentile(&times, 50), Duration::from_millis(50));
        assert_eq!(percentile(&times, 99), Duration::from_millis(99));
        assert_eq!(percentile(&times[..1], 99), Duration::from_millis(1));
        assert_eq!(percentile(&[], 50), Duration::ZERO);
    }
}
