//! Plays one dialog and writes down how it went, in the dialog's own form.

use std::borrow::Cow;

use anyhow::{Context, Result, anyhow, ensure};

use super::kit::{Kit, Played};
use super::line::{self, Line, Spot};
use super::quiet::place_on;
use super::world::{World, login_of};
use super::{answers, shown, staff};
use crate::model::Content;
use crate::model::action::FileRef;
use crate::model::directory::Audience;
use crate::model::event::{Addressed, EventBody, InMessage};
use crate::model::ids::MessageRef;

/// Where a dialog is played.
pub(super) struct Stage<'a> {
    pub(super) world: World<'a>,
    /// How many arrivals of each platform are written down already.
    shown: Vec<usize>,
    /// The code that was shown last: it is another in each run, and stands as `{code}`.
    code: String,
    pub(super) out: String,
}

impl<'a> Stage<'a> {
    /// A new world.
    pub(super) async fn open(kit: Cow<'a, Kit>) -> Result<Self> {
        Ok(Self {
            world: World::begin(kit).await?,
            shown: Vec::new(),
            code: String::new(),
            out: String::new(),
        })
    }

    /// Plays the dialog to its end.
    pub(super) async fn play(mut self, dialog: &str) -> Result<Played> {
        for (number, written) in dialog.lines().enumerate() {
            let played = self.line(written).await;
            played.with_context(|| format!("line {}: {written}", number + 1))?;
        }
        let log = self.world.log();
        self.world.end().await?;
        Ok(Played { text: self.out, log })
    }

    /// Plays one line of it, and writes down what came.
    pub(super) async fn line(&mut self, written: &str) -> Result<()> {
        let line = line::read(written).ok_or_else(|| anyhow!("it means nothing"))?;
        match line {
            Line::Expected => return Ok(()),
            Line::Inbox => {
                let inbox = staff::inbox(&self.world).await?;
                self.write(&format!("inbox: {inbox}"));
                return Ok(());
            }
            Line::Why => {
                let why = staff::why(&self.world).await?;
                self.write(&format!("why: {why}"));
                return Ok(());
            }
            Line::Posts => {
                let posts = staff::posts(&self.world).await?;
                self.write(&format!("posts: {posts}"));
                return Ok(());
            }
            Line::Questions => {
                let questions = answers::questions(&self.world).await?;
                self.write(&format!("questions: {questions}"));
                return Ok(());
            }
            // What is said or done, and empty lines, stand as they were written.
            _ => self.write(written),
        }
        if let Some(refused) = self.act(line).await? {
            self.write(&format!("console: {refused}"));
        }
        let mut came = String::new();
        self.shown.resize(self.world.platforms.len(), 0);
        for (platform, shown) in self.world.platforms.iter().zip(&mut self.shown) {
            let arrivals = platform.arrivals();
            came.push_str(&shown::all(&arrivals[*shown..]));
            *shown = arrivals.len();
        }
        if let Some(code) = shown::code(&came).map(str::to_owned) {
            came = came.replace(&code, "{code}");
            self.code = code;
        }
        self.out.push_str(&came);
        Ok(())
    }

    fn write(&mut self, line: &str) {
        self.out.push_str(line);
        self.out.push('\n');
    }

    /// Answers why staff were refused.
    async fn act(&mut self, line: Line<'_>) -> Result<Option<String>> {
        let world = &mut self.world;
        match line {
            Line::Clock(by) => world.advance(by).await?,
            Line::Restart(by) => world.restart(by).await?,
            Line::Say(spot, text) => {
                say(world, spot, &text.replace("{code}", &self.code), addressed(spot), None).await?;
            }
            Line::Aside(spot, text) => say(world, spot, text, Addressed::Overheard, None).await?,
            Line::Before(spot, text) => {
                let next = world.next_but_one(spot);
                say(world, spot, text, Addressed::Overheard, Some(next)).await?;
            }
            Line::Reply(spot, whom, text) => {
                let answered = world.last_said(whom, spot.name());
                let answered = answered.ok_or_else(|| anyhow!("{whom} has said nothing there"))?;
                say(world, spot, text, Addressed::Overheard, Some(answered)).await?;
            }
            Line::Press(spot, label, values) => press(world, spot, label, &values).await?,
            Line::Staff { who, with, text } => {
                return staff::act(world, who, with, &text.replace("{code}", &self.code)).await;
            }
            Line::Plan {
                who,
                place,
                local,
                zone,
                text,
            } => return staff::plan(world, who, (place, local, zone), text).await,
            Line::CallOff => return staff::call_off(world).await,
            Line::Edit(spot, text) => edit(world, spot, text).await?,
            Line::File(spot, name) => send(world, spot, name).await?,
            Line::TakeAway(entry) => staff::take_away(world, entry).await?,
            Line::Elsewhere(told) => world.elsewhere.tell(told),
            Line::More(text) => ensure!(world.elsewhere.tell_more(text), "no server was told of before"),
            Line::Webhook(endpoint, body) => world.webhook(endpoint, body).await?,
            Line::Model(answers) => world.language_model.tell(answers),
            Line::Blank | Line::Expected | Line::Inbox | Line::Posts | Line::Questions | Line::Why => {}
        }
        Ok(None)
    }
}

fn addressed(spot: Spot<'_>) -> Addressed {
    match spot.audience() {
        Audience::Direct => Addressed::Direct,
        Audience::Group | Audience::Public => Addressed::Mention,
    }
}

async fn say(
    world: &mut World<'_>,
    spot: Spot<'_>,
    text: &str,
    addressed: Addressed,
    reply_to: Option<MessageRef>,
) -> Result<()> {
    let body = |native| {
        EventBody::Message(InMessage {
            native,
            content: Content::plain(text),
            addressed,
            reply_to,
            mentions: Vec::new(),
            files: Vec::new(),
        })
    };
    world.happens(spot, body).await
}

/// A file and nothing else. Nobody looks into it, so that it has no bytes.
async fn send(world: &mut World<'_>, spot: Spot<'_>, name: &str) -> Result<()> {
    let file = FileRef {
        sha256: "0".repeat(64),
        name: name.to_owned(),
        media_type: "application/octet-stream".to_owned(),
        bytes: 0,
        alt: String::new(),
    };
    let body = |native| {
        EventBody::Message(InMessage {
            native,
            content: Content::plain(""),
            addressed: addressed(spot),
            reply_to: None,
            mentions: Vec::new(),
            files: vec![file],
        })
    };
    world.happens(spot, body).await
}

async fn edit(world: &mut World<'_>, spot: Spot<'_>, text: &str) -> Result<()> {
    let said = world.last_said(spot.who, spot.name());
    let native = said.ok_or_else(|| anyhow!("{} has said nothing there", spot.who))?;
    let edited = InMessage {
        native,
        content: Content::plain(text),
        addressed: match spot.audience() {
            Audience::Direct => Addressed::Direct,
            Audience::Group | Audience::Public => Addressed::Overheard,
        },
        reply_to: None,
        mentions: Vec::new(),
        files: Vec::new(),
    };
    world.happens(spot, |_| EventBody::Edited(edited)).await
}

async fn press(world: &mut World<'_>, spot: Spot<'_>, label: &str, values: &[(&str, &str)]) -> Result<()> {
    let place = place_on(login_of(spot.platform), spot.name());
    let arrivals = world.platform(spot.platform).arrivals();
    let mut newest = arrivals.iter().rev();
    let (message, button) = newest
        .find_map(|arrival| shown::button(arrival, &place, label))
        .ok_or_else(|| anyhow!("{} sees no button {label:?}", spot.who))?;
    let body = |_| EventBody::Press {
        message: Some(message),
        button,
        values: values
            .iter()
            .map(|&(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
    };
    world.happens(spot, body).await
}
