//! Posts tips, questions, polls and links from its own list, on command and by the clock.
//!
//! `item` checks the list, `round` chooses what is next, `poll` counts votes, `texts` holds the languages.

mod item;
mod poll;
mod round;
mod texts;

use serde::Deserialize;
use switchboard_plugin::types::{
    Button, Command, Destination, Draft, Error, Interaction, Outcome, Reply, Schedule, Timer,
};
use switchboard_plugin::{Context, Handled, Plugin, kv};

use self::item::{Item, Kind};
use self::poll::Vote;
use self::texts::Texts;

/// Votes and polls are forgotten when their buttons die.
const POLL_TTL_SECONDS: u32 = 90 * 24 * 3_600;

/// The timers that are set, so that one that left the settings can be taken back.
const TIMERS_KEY: &str = "timers";

/// More timers than this are no plan.
const SCHEDULE_MAX: usize = 50;

/// The settings, as `[config]` in `plugin.toml` describes them.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Config {
    items: Vec<Item>,
    schedule: Vec<Slot>,
}

/// When and where items are posted by themselves.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Slot {
    id: String,
    cron: String,
    zone: String,
    #[serde(default)]
    kind: Option<Kind>,
    places: Vec<String>,
}

struct Share {
    config: Config,
}

impl Plugin for Share {
    type Config = Config;

    fn init(_community: &str, config: Config) -> Result<Self, String> {
        item::check(&config.items)?;
        if config.schedule.len() > SCHEDULE_MAX {
            return Err(format!(
                "the schedule has {} lines; at most {SCHEDULE_MAX}",
                config.schedule.len()
            ));
        }
        Ok(Self { config })
    }

    fn ready(&mut self, _cx: &Context<'_>) -> Handled {
        let before: Vec<String> = kv::get_json(TIMERS_KEY)?.unwrap_or_default();
        let now: Vec<String> = self.config.schedule.iter().map(|slot| slot.id.clone()).collect();
        let mut outcome = Outcome::pass();
        for gone in before.iter().filter(|id| !now.contains(id)) {
            outcome = outcome.cancel(gone);
        }
        for slot in &self.config.schedule {
            outcome = outcome.wake(&slot.id, Schedule::every(&slot.cron, &slot.zone), "");
        }
        if before != now {
            kv::set_json(TIMERS_KEY, &now, None)?;
        }
        Ok(outcome)
    }

    fn command(&mut self, cx: &Context<'_>, command: &Command) -> Handled {
        let texts = Texts::of(&cx.language);
        let wanted = command.options.first().map_or("", |(_, value)| value.trim());
        let Ok(kind) = Kind::named(wanted) else {
            return Ok(Outcome::pass().reply(texts.which_kind));
        };
        let place = cx.place.as_ref().map_or("", |place| place.ref_.as_str());
        let Some(item) = self.next(place, kind)? else {
            return Ok(Outcome::pass().reply(texts.nothing));
        };
        let name = send_name(cx);
        Ok(Outcome::pass().reply(Reply::here(draft(item, &name)).named(name)))
    }

    fn timer(&mut self, cx: &Context<'_>, timer: &Timer) -> Handled {
        let Some(slot) = self.config.schedule.iter().find(|slot| slot.id == timer.id) else {
            return Ok(Outcome::pass());
        };
        let Some(item) = self.next(&format!("slot:{}", slot.id), slot.kind)? else {
            return Ok(Outcome::pass());
        };
        let to: Vec<_> = slot.places.iter().cloned().map(Destination::Place).collect();
        if to.is_empty() {
            return Ok(Outcome::pass());
        }
        let name = send_name(cx);
        Ok(Outcome::pass().post(to, Some(name.clone()), draft(item, &name)))
    }

    fn interaction(&mut self, cx: &Context<'_>, interaction: &Interaction) -> Handled {
        let (Some(vote), Some(person)) = (Vote::read(&interaction.payload), &cx.person) else {
            return Ok(Outcome::pass());
        };
        let Some(item) = self.config.items.iter().find(|item| item.id == vote.item) else {
            return Ok(Outcome::pass().reply(Texts::of(&cx.language).over));
        };
        if vote.choice >= item.options.len() {
            return Ok(Outcome::pass());
        }
        let counts = cast(&vote, &person.ref_, item.options.len())?;
        let buttons = poll_buttons(item, vote.poll, &counts);
        Ok(Outcome::pass().set_buttons(&interaction.source, buttons))
    }
}

impl Share {
    /// The next item of the kind for this round, which is remembered.
    fn next(&self, round: &str, kind: Option<Kind>) -> Result<Option<&Item>, Error> {
        let key = format!("shown/{round}");
        let shown: Vec<String> = kv::get_json(&key)?.unwrap_or_default();
        let Some((item, shown)) = round::next(&self.config.items, kind, shown) else {
            return Ok(None);
        };
        kv::set_json(&key, &shown, None)?;
        Ok(Some(item))
    }
}

/// Counts the vote and answers all counts.
fn cast(vote: &Vote<'_>, person: &str, choices: usize) -> Result<Vec<i64>, Error> {
    let key = format!("vote/{}/{person}", vote.poll);
    let before: Option<usize> = kv::get_json(&key)?;
    let counter = |choice: usize| format!("count/{}/{choice}", vote.poll);
    let change = poll::change(before, vote.choice);
    for (choice, by) in change.counts {
        kv::increment(&counter(choice), by, Some(POLL_TTL_SECONDS))?;
    }
    match change.now {
        Some(choice) => kv::set_json(&key, &choice, Some(POLL_TTL_SECONDS))?,
        None => kv::delete(&key)?,
    }
    (0..choices).map(|choice| Ok(kv::counter(&counter(choice))?)).collect()
}

/// One name for each event, so that a rerun sends nothing twice.
fn send_name(cx: &Context<'_>) -> String {
    format!("item-{}", cx.id)
}

fn draft(item: &Item, poll: &str) -> Draft {
    let draft = Draft::markdown(&item.text);
    match item.kind {
        Kind::Tip | Kind::Question => draft,
        Kind::Poll => draft.buttons(poll_buttons(item, poll, &vec![0; item.options.len()])),
        Kind::Link => draft.button(Button::link(
            item.label.as_deref().unwrap_or("Open"),
            item.url.as_deref().unwrap_or_default(),
        )),
    }
}

fn poll_buttons(item: &Item, poll: &str, counts: &[i64]) -> Vec<Button> {
    let button = |(choice, (label, count)): (usize, (&String, &i64))| {
        let vote = Vote {
            poll,
            item: &item.id,
            choice,
        };
        Button::press(poll::label(label, *count), vote.write()).for_anyone()
    };
    item.options.iter().zip(counts).enumerate().map(button).collect()
}

switchboard_plugin::export!(Share);
