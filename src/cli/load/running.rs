//! Asks the running program, as people in terminals do.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::task::JoinSet;

use super::{ANSWER_MAX, Arguments, QUESTIONS};
use crate::app::control::{Client, Request};
use crate::app::paths;
use crate::cli::Failure;
use crate::cli::failure::OURS;
use crate::clock::Clock;
use crate::config::Config;
use crate::connectors::terminal::{Heard, Said};
use crate::model::amount;

/// Answers how long each question took.
pub(super) async fn drive(
    config: &Config,
    arguments: &Arguments,
    clock: &Arc<dyn Clock>,
) -> Result<Vec<Duration>, Failure> {
    let run = clock.id().as_simple().to_string();
    let mut talks = JoinSet::new();
    for number in 0..arguments.conversations {
        let socket = paths::socket(&config.written.data);
        let client = Client::connect(&socket).await.ok_or_else(|| {
            Failure::new(OURS, "no Switchboard is running on this data folder").hint("leave out --running")
        })?;
        talks.spawn(talk(
            client,
            format!("load-{run}-{number}"),
            arguments.each(),
            Arc::clone(clock),
        ));
    }
    let mut times = Vec::new();
    while let Some(talked) = talks.join_next().await {
        times.extend(talked.context("wait for a conversation")??);
    }
    Ok(times)
}

/// Asks one question after the other; answers how long each took.
async fn talk(mut client: Client, name: String, count: u32, clock: Arc<dyn Clock>) -> anyhow::Result<Vec<Duration>> {
    let chat = Request::Chat {
        name,
        language: None,
        earlier: false,
    };
    client.say(&chat).await?;
    let mut times = Vec::with_capacity(count as usize);
    for question in QUESTIONS.iter().cycle().take(count as usize) {
        let text = (*question).to_owned();
        let asked = clock.elapsed();
        client.say(&Said::Text { text }).await?;
        tokio::time::timeout(ANSWER_MAX, answer(&mut client))
            .await
            .with_context(|| format!("no answer to {question:?} within {}", amount::span(ANSWER_MAX)))??;
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
