//! `switchboard load`: how much this machine can do, measured through the whole path.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::task::JoinSet;

use super::failure::OURS;
use super::{Common, Failure, block_on};
use crate::app::control::{Client, Request};
use crate::app::{App, paths};
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::connectors::terminal::{Heard, Said};
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

pub(crate) fn run(common: &Common, arguments: &Arguments) -> Result<(), Failure> {
    let mut config = common.load(None)?;
    block_on(async {
        if arguments.running {
            return drive(&config, arguments).await;
        }
        let clock = SystemClock::new();
        config.written.data = std::env::temp_dir().join(format!("switchboard-load-{}", clock.id().as_simple()));
        let quiet = telemetry::Config {
            level: "warn".to_owned(),
            ..config.written.log.clone()
        };
        telemetry::start_logs(&quiet);
        let app = App::start(&config, false).await?;
        let driven = drive(&config, arguments).await;
        app.stop().await;
        let folder = &config.written.data;
        std::fs::remove_dir_all(folder).with_context(|| format!("remove {}", folder.display()))?;
        driven
    })
}

async fn drive(config: &Config, arguments: &Arguments) -> Result<(), Failure> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let each = arguments.messages.div_ceil(arguments.conversations.into());
    let run = clock.id().as_simple().to_string();
    let mut talks = JoinSet::new();
    let begun = clock.elapsed();
    for number in 0..arguments.conversations {
        let socket = paths::socket(&config.written.data);
        let client = Client::connect(&socket).await.ok_or_else(|| {
            Failure::new(OURS, "no Switchboard is running on this data folder").hint("leave out --running")
        })?;
        talks.spawn(talk(client, format!("load-{run}-{number}"), each, Arc::clone(&clock)));
    }
    let mut times = Vec::new();
    while let Some(talked) = talks.join_next().await {
        times.extend(talked.context("wait for a conversation")??);
    }
    report(times, clock.elapsed().saturating_sub(begun));
    Ok(())
}

/// Asks one question after the other; answers how long each took.
async fn talk(mut client: Client, name: String, count: u32, clock: Arc<dyn Clock>) -> anyhow::Result<Vec<Duration>> {
    client.say(&Request::Chat { name, language: None }).await?;
    let mut times = Vec::with_capacity(count as usize);
    for question in QUESTIONS.iter().cycle().take(count as usize) {
        let text = (*question).to_owned();
        let asked = clock.elapsed();
        client.say(&Said::Text { text }).await?;
        tokio::time::timeout(ANSWER_MAX, answer(&mut client))
            .await
            .with_context(|| format!("no answer to {question:?} within {ANSWER_MAX:?}"))??;
        times.push(clock.elapsed().saturating_sub(asked));
    }
    Ok(times)
}

async fn answer(client: &mut Client) -> anyhow::Result<()> {
    loop {
        let heard = client.hear::<Heard>().await?.context("Switchboard has stopped")?;
        if matches!(heard, Heard::Message { from: Some(_), .. }) {
            return Ok(());
        }
    }
}

fn report(mut times: Vec<Duration>, took: Duration) {
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
