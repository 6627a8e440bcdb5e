//! Asks through in-memory logins, one for each conversation, so that all of the path is used and nothing else.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::task::JoinSet;

use super::{ANSWER_MAX, Arguments, QUESTIONS};
use crate::app::App;
use crate::clock::Clock;
use crate::connectors::loopback::Loopback;
use crate::model::amount;
use crate::model::directory::{Audience, SeenIdentity, SeenPlace, Standing};
use crate::model::event::{Addressed, InMessage, Source};
use crate::model::ids::{IdentityRef, LoginName, MessageRef, PlaceRef};
use crate::model::{Content, Event, EventBody};

/// Answers how long each question took.
pub(super) async fn drive(app: &App, arguments: &Arguments, clock: &Arc<dyn Clock>) -> anyhow::Result<Vec<Duration>> {
    let mut talks = JoinSet::new();
    for number in 0..arguments.conversations {
        let login = LoginName::from(format!("load-{number}"));
        let platform = Arc::new(Loopback::new(login.clone()));
        platform.forget_arrivals();
        app.connect(platform.clone());
        talks.spawn(talk(platform, login, arguments.each(), Arc::clone(clock)));
    }
    let mut times = Vec::new();
    while let Some(talked) = talks.join_next().await {
        times.extend(talked.context("wait for a conversation")??);
    }
    Ok(times)
}

/// Asks one question after the other.
async fn talk(
    platform: Arc<Loopback>,
    login: LoginName,
    count: u32,
    clock: Arc<dyn Clock>,
) -> anyhow::Result<Vec<Duration>> {
    let mut arrived = platform.arrived();
    let mut times = Vec::with_capacity(count as usize);
    for (number, question) in QUESTIONS.iter().cycle().take(count as usize).enumerate() {
        arrived.mark_unchanged();
        let asked = clock.elapsed();
        platform.happen([message(&login, number, question, &*clock)]);
        tokio::time::timeout(ANSWER_MAX, arrived.changed())
            .await
            .with_context(|| format!("no answer to {question:?} within {}", amount::span(ANSWER_MAX)))?
            .context("the platform is gone")?;
        times.push(clock.elapsed().saturating_sub(asked));
    }
    Ok(times)
}

/// A message in a direct chat.
fn message(login: &LoginName, number: usize, text: &str, clock: &dyn Clock) -> Event {
    let place = PlaceRef {
        scope: login.as_str().into(),
        id: "chat".into(),
    };
    let source = Source::Platform {
        login: login.clone(),
        place: SeenPlace {
            native: place.clone(),
            space: None,
            parent: None,
            name: login.to_string(),
            audience: Audience::Direct,
            thread: false,
        },
        author: Some(SeenIdentity {
            native: IdentityRef {
                scope: login.as_str().into(),
                id: "asker".into(),
            },
            name: login.to_string(),
            bot: false,
            language: None,
            roles: Vec::new(),
            created_at: None,
            joined_at: None,
            standing: Standing::Untold,
        }),
    };
    Event {
        source,
        occurred_at: clock.now(),
        dedupe: format!("{login}/{number}"),
        hops: 0,
        body: EventBody::Message(InMessage {
            native: MessageRef {
                place,
                id: format!("m{number}").into(),
            },
            content: Content::plain(text),
            addressed: Addressed::Direct,
            reply_to: None,
            mentions: Vec::new(),
            files: Vec::new(),
        }),
    }
}
