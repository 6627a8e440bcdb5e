//! Keeps places kind: words, links, floods and new accounts.
//!
//! `rules` decides which rules a message breaks, from `words`, `links` and `flood`; `offences` which of them are new in one that was
//! changed; `ladder` what follows; `told` what the person reads. This file keeps count and passes appeals on. Staff, bots and whoever has an exempt role are left alone, and
//! so is everybody in a chat of their own with the bot.

mod config;
mod flood;
mod fold;
mod ladder;
mod links;
mod offences;
mod punycode;
mod rules;
mod texts;
mod told;
mod words;

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use serde::{Deserialize, Serialize};
use switchboard_plugin::types::{
    Audience, Error, Handoff, Interaction, Membership, Message, Moderation, Outcome, Person, Place, Reply, Undelivered,
};
use switchboard_plugin::{Context, Handled, Plugin, kv};

use self::config::Config;
use self::ladder::Step;
use self::rules::{Broken, Rules};
use self::texts::Texts;

/// As long as somebody may appeal; what it is about is kept so long.
const APPEAL_SECONDS: u32 = 30 * 24 * 3_600;

/// Lines in public within a quarter of an hour: more would be a flood themselves.
const PUBLIC_MAX: i64 = 5;
const PUBLIC_SECONDS: u32 = 15 * 60;

/// Of what was said so much is kept for an appeal.
const EXCERPT_CHARS_MAX: usize = 500;

struct Moderator {
    config: Config,
    rules: Rules,
}

/// What an appeal is about.
#[derive(Debug, Serialize, Deserialize)]
struct Case {
    /// For staff.
    reason: String,
    /// What followed.
    step: String,
    /// What was said.
    said: String,
    place: String,
    /// Words for the person, where they could not be told alone.
    told: String,
}

impl Plugin for Moderator {
    type Config = Config;

    fn init(_community: &str, config: Config) -> Result<Self, String> {
        config.check()?;
        let rules = Rules::new(&config)?;
        Ok(Self { config, rules })
    }

    fn message(&mut self, cx: &Context<'_>, message: &Message) -> Handled {
        let Some((person, place)) = self.looked_at(cx) else {
            return Ok(Outcome::pass());
        };
        let all = self.broken(cx, message, person)?;
        let (broken, flood) = match all.first() {
            Some(first) => (Some(first.clone()), Vec::new()),
            None => self.flood(cx, message, person, place)?,
        };
        let Some(broken) = broken else {
            return Ok(Outcome::pass());
        };
        if !all.is_empty() {
            offences::keep(person, message, &[], &all)?;
        }
        self.act(cx, message, (person, place), &broken, flood)
    }

    /// Who writes something harmless and changes it later is looked at again. What was counted of the message already is not
    /// counted again, however often it is changed.
    fn edited(&mut self, cx: &Context<'_>, message: &Message) -> Handled {
        let Some((person, place)) = self.looked_at(cx) else {
            return Ok(Outcome::pass());
        };
        let all = self.broken(cx, message, person)?;
        if all.is_empty() {
            return Ok(Outcome::pass());
        }
        let counted = offences::counted(person, message)?;
        let Some(new) = offences::first_new(&all, &counted) else {
            return Ok(Outcome::pass());
        };
        offences::keep(person, message, &counted, &all)?;
        self.act(cx, message, (person, place), new, Vec::new())
    }

    /// Some platforms tell when somebody came only at that moment.
    fn member(&mut self, cx: &Context<'_>, membership: Membership) -> Handled {
        let minutes = self.config.newcomers.joined_minutes;
        if let (Membership::Joined, Some(person), 1..) = (membership, &cx.person, minutes) {
            kv::set(&format!("joined/{}", person.ref_), b"1", Some(minutes * 60))?;
        }
        Ok(Outcome::pass())
    }

    fn interaction(&mut self, cx: &Context<'_>, interaction: &Interaction) -> Handled {
        let texts = Texts::of(&cx.language);
        let Some((who, case)) = told::appealed(&interaction.payload) else {
            return Ok(Outcome::pass());
        };
        let Some(person) = cx.person.as_ref().filter(|person| person.ref_ == who) else {
            return Ok(Outcome::pass().reply(Reply::here(texts.not_yours).privately()));
        };
        let Some(known) = kv::get_json::<Case>(&case_key(who, case))? else {
            return Ok(Outcome::pass().reply(Reply::here(texts.over).privately()));
        };
        let appealed = format!("appealed/{who}/{case}");
        if kv::get(&appealed)?.is_some() {
            return Ok(Outcome::pass().reply(Reply::here(texts.again).privately()));
        }
        kv::set(&appealed, b"1", Some(APPEAL_SECONDS))?;
        let words = interaction.values.first().map_or("", |(_, words)| words.trim());
        let mut handoff = Handoff::because(format!("an appeal: {}", known.reason))
            .topic("appeal")
            .note(note(person, &known, words));
        if !self.config.appeal_queue.is_empty() {
            handoff = handoff.queue(self.config.appeal_queue.as_str());
        }
        let thanks = Reply::here(texts.appealed).privately();
        Ok(Outcome::pass().hand_off(handoff).reply(thanks))
    }

    /// Who cannot be told alone is told where all can read it, or not at all.
    fn undelivered(&mut self, cx: &Context<'_>, undelivered: &Undelivered) -> Handled {
        let Some((who, case)) = told::named(&undelivered.target) else {
            return Ok(Outcome::pass());
        };
        let Some(place) = cx
            .place
            .as_ref()
            .filter(|_| self.config.tell_in_public && !undelivered.perhaps_sent)
        else {
            return Ok(Outcome::pass());
        };
        let Some(known) = kv::get_json::<Case>(&case_key(who, case))? else {
            return Ok(Outcome::pass());
        };
        let spoken = kv::increment(&format!("public/{}", place.ref_), 1, Some(PUBLIC_SECONDS))?;
        if spoken > PUBLIC_MAX {
            return Ok(Outcome::pass());
        }
        let texts = Texts::of(&cx.language);
        Ok(Outcome::pass().reply(Reply::here(told::draft(&known.told, texts, who, case))))
    }
}

impl Moderator {
    /// Who said it and where, if they are looked at.
    fn looked_at<'c>(&self, cx: &'c Context<'_>) -> Option<(&'c Person, &'c Place)> {
        let person = cx.person.as_ref()?;
        let place = cx.place.as_ref().filter(|place| place.audience != Audience::Direct)?;
        let exempt = person.roles.iter().any(|role| self.config.exempt_roles.contains(role));
        (!person.staff && !person.bot && !exempt).then_some((person, place))
    }

    /// The rules that the words break by themselves, the worst first.
    fn broken(&self, cx: &Context<'_>, message: &Message, person: &Person) -> Result<Vec<Broken>, Error> {
        let mut broken = self.rules.of_words(&message.text);
        let links = links::found(&message.text, &message.links);
        broken.append(&mut self.rules.of_links(&message.text, &links));
        if links.iter().any(|link| link.certain) && self.is_new(cx, person)? {
            broken.push(Broken::newcomer());
        }
        Ok(broken)
    }

    fn is_new(&self, cx: &Context<'_>, person: &Person) -> Result<bool, Error> {
        let newcomers = &self.config.newcomers;
        let younger =
            |since: Option<u64>, millis: u64| since.is_some_and(|since| cx.now.saturating_sub(since) < millis);
        let day = 24 * 3_600 * 1_000;
        if younger(person.created_at, u64::from(newcomers.account_days) * day)
            || younger(person.joined_at, u64::from(newcomers.joined_minutes) * 60 * 1_000)
        {
            return Ok(true);
        }
        if newcomers.joined_minutes == 0 {
            return Ok(false);
        }
        Ok(kv::get(&format!("joined/{}", person.ref_))?.is_some())
    }

    /// Whether it is one too many, with all that belongs to the flood.
    fn flood(
        &self,
        cx: &Context<'_>,
        message: &Message,
        person: &Person,
        place: &Place,
    ) -> Result<(Option<Broken>, Vec<String>), Error> {
        let floods = &self.config.floods;
        let called = flood::called(message);
        if floods.mentions > 0 && called >= floods.mentions {
            return Ok((Some(Broken::calls(called)), Vec::new()));
        }
        let mut flood = Vec::new();
        if floods.messages > 0 {
            // In one place alone: what is said in two at once would have two events write one key.
            let key = format!("row/{}/{}", person.ref_, place.ref_);
            let row = kv::get_json::<Vec<flood::Said>>(&key)?.unwrap_or_default();
            let row = flood::row(row, (&message.ref_, cx.occurred_at), floods);
            if flood::is_flood(&row, floods) {
                kv::delete(&key)?;
                flood = row.into_iter().map(|said| said.message).collect();
                return Ok((Some(Broken::flood(floods)), flood));
            }
            kv::set_json(&key, &row, Some(floods.seconds))?;
        }
        if let Some(text) = flood::repeated(&message.text).filter(|_| floods.repeats > 0) {
            // A key stands in traces, so it does not hold what they said.
            let mut digest = DefaultHasher::new();
            text.hash(&mut digest);
            let key = format!("same/{}/{:016x}", person.ref_, digest.finish());
            let times = kv::increment(&key, 1, Some(flood::REPEAT_SECONDS))?;
            if times >= i64::from(floods.repeats) {
                return Ok((Some(Broken::repeats(times)), flood));
            }
        }
        Ok((None, flood))
    }

    /// Counts it, does what follows, and tells the person.
    fn act(
        &self,
        cx: &Context<'_>,
        message: &Message,
        (person, place): (&Person, &Place),
        broken: &Broken,
        flood: Vec<String>,
    ) -> Handled {
        let strikes = format!("strikes/{}/{}", person.ref_, broken.rule.word());
        let seconds = self.config.strike_days * 24 * 3_600;
        let count = kv::increment(&strikes, 1, Some(seconds))?;
        let step = self.rules.ladder(broken.rule).step(count);
        let mut moderation = Moderation::warn(person.ref_.as_str(), broken.reason.as_str());
        if step != Step::Warn {
            let mut messages = flood;
            if !message.ref_.is_empty() && !messages.contains(&message.ref_) {
                messages.push(message.ref_.clone());
            }
            moderation = moderation.delete(messages);
        }
        if let Step::Mute { minutes } = step {
            moderation = moderation.mute(minutes * 60);
        }
        let texts = Texts::of(&cx.language);
        let told = told::words(texts, &person.name, broken, step);
        let case = Case {
            reason: broken.reason.clone(),
            step: step.words(),
            said: message.text.chars().take(EXCERPT_CHARS_MAX).collect(),
            place: place.name.clone(),
            told: told.clone(),
        };
        kv::set_json(&case_key(&person.ref_, &cx.id), &case, Some(APPEAL_SECONDS))?;
        let reply = Reply::here(told::draft(&told, texts, &person.ref_, &cx.id)).privately();
        let outcome = Outcome::pass()
            .moderate(moderation)
            .reply(reply.named(told::name(&person.ref_, &cx.id)));
        // Nobody answers what is gone.
        Ok(if step == Step::Warn { outcome } else { outcome.stop() })
    }
}

/// The person's ref stands alone between slashes: it is erased with them.
fn case_key(person: &str, case: &str) -> String {
    format!("case/{person}/{case}")
}

/// What staff read of an appeal.
fn note(person: &Person, case: &Case, words: &str) -> String {
    let mut note = format!(
        "{} appeals. What was seen: {}. What followed: {}. In #{} they had said: “{}”",
        person.name, case.reason, case.step, case.place, case.said
    );
    if words.is_empty() {
        note.push_str(" They add nothing.");
    } else {
        note = format!("{note} They say: “{words}”");
    }
    note
}

switchboard_plugin::export!(Moderator);
