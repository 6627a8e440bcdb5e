//! Posts what is new in RSS and Atom feeds, once, with credit.
//!
//! `parse` reads a feed, `plain` makes text of its HTML, `memory` knows what was seen and when to look again, `texts` holds the
//! languages.

mod memory;
mod parse;
mod plain;
mod texts;

use serde::Deserialize;
use switchboard_plugin::http::{self, Request};
use switchboard_plugin::types::{Button, CallError, Destination, Draft, Error, Outcome, Schedule, Timer};
use switchboard_plugin::{Context, Handled, Plugin, kv, log};

use self::memory::{Memory, digest};
use self::parse::{Feed, Item};
use self::texts::Texts;

/// The feeds whose timers are set, so that one that left the settings can be taken back and forgotten.
const FEEDS_KEY: &str = "feeds";

/// More feeds than these are no plan.
const FEEDS_MAX: usize = 20;

/// An item that two feeds have is posted once; its link is remembered for so long.
const LINK_TTL_SECONDS: u32 = 90 * 24 * 3_600;

/// Characters of a summary.
const SUMMARY_MAX: usize = 280;

/// Characters of a title, and of a feed's or an author's name.
const TITLE_MAX: usize = 200;

/// The settings, as `[config]` in `plugin.toml` describes them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Config {
    feeds: Vec<String>,
    places: Vec<String>,
    cron: String,
    zone: String,
    newest: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            feeds: Vec::new(),
            places: Vec::new(),
            cron: "7,37 * * * *".to_owned(),
            zone: "UTC".to_owned(),
            newest: 3,
        }
    }
}

struct Feeds {
    config: Config,
}

impl Plugin for Feeds {
    type Config = Config;

    fn init(_community: &str, config: Config) -> Result<Self, String> {
        if config.feeds.len() > FEEDS_MAX {
            return Err(format!("there are {} feeds; at most {FEEDS_MAX}", config.feeds.len()));
        }
        if let Some(feed) = config.feeds.iter().find(|feed| !feed.trim().starts_with("https://")) {
            return Err(format!("{feed:?} is no feed: its address begins with https://"));
        }
        Ok(Self { config })
    }

    fn ready(&mut self, _cx: &Context<'_>) -> Handled {
        let before: Vec<String> = kv::get_json(FEEDS_KEY)?.unwrap_or_default();
        let now: Vec<String> = self.config.feeds.iter().map(|feed| digest(feed.trim())).collect();
        let mut outcome = Outcome::pass();
        for gone in before.iter().filter(|feed| !now.contains(feed)) {
            kv::delete(&Memory::key(gone))?;
            outcome = outcome.cancel(gone);
        }
        // One timer for each: a feed that fails holds up no other.
        for (feed, id) in self.config.feeds.iter().zip(&now) {
            let schedule = Schedule::every(&self.config.cron, &self.config.zone);
            outcome = outcome.wake(id, schedule, feed.trim());
        }
        if before != now {
            kv::set_json(FEEDS_KEY, &now, None)?;
        }
        Ok(outcome)
    }

    fn timer(&mut self, cx: &Context<'_>, timer: &Timer) -> Handled {
        let url = &timer.payload;
        let known = self.config.feeds.iter().any(|feed| feed.trim() == url);
        if !known || self.config.places.is_empty() {
            return Ok(Outcome::pass());
        }
        let key = Memory::key(&timer.id);
        let before: Option<Memory> = kv::get_json(&key)?;
        if before.as_ref().is_some_and(|memory| memory.rests(cx.now)) {
            return Ok(Outcome::pass());
        }
        let (memory, outcome) = match self.look(url, before.as_ref()) {
            Ok((memory, items, feed)) => (memory, self.posts(cx, &timer.id, (&feed, &items))?),
            Err(why) => {
                let memory = before.clone().unwrap_or_default().failed(cx.now);
                log::warn(format!("{url}: {why}; it failed {} times in a row", memory.failures));
                (memory, Outcome::pass())
            }
        };
        if before.as_ref() != Some(&memory) {
            kv::set_json(&key, &memory, None)?;
        }
        Ok(outcome)
    }
}

/// What is remembered from now on, what is new, and of which feed; or why nothing could be read.
type Looked = Result<(Memory, Vec<Item>, Feed), String>;

impl Feeds {
    /// Asks the feed. What is new comes oldest first.
    fn look(&self, url: &str, before: Option<&Memory>) -> Looked {
        let mut request =
            Request::get(url).header("Accept", "application/atom+xml, application/rss+xml, application/xml");
        if let Some(etag) = before.and_then(|memory| memory.etag.as_ref()) {
            request = request.header("If-None-Match", etag);
        }
        if let Some(modified) = before.and_then(|memory| memory.modified.as_ref()) {
            request = request.header("If-Modified-Since", modified);
        }
        let response = http::fetch(&request).map_err(|error| problem(&error))?;
        if let (304, Some(before)) = (response.status, before) {
            return Ok((before.clone().rested(), Vec::new(), Feed::default()));
        }
        if !response.is_success() {
            return Err(format!("it answers {}", response.status));
        }
        let mut feed = parse::feed(&response.body)?;
        if feed.title.is_empty() {
            host(url).clone_into(&mut feed.title);
        }
        let mut memory = before.cloned().unwrap_or_default().rested();
        memory.etag = response.header("etag").map(str::to_owned);
        memory.modified = response.header("last-modified").map(str::to_owned);
        // Of a feed that is new here only the newest shows what will come.
        let most = if before.is_none_or(Memory::is_new) {
            1
        } else {
            self.config.newest
        };
        let mut new = memory.new_of(&feed.items);
        new.sort_by_key(|item| std::cmp::Reverse(item.at));
        new.truncate(most);
        new.reverse();
        memory.see(&feed.items);
        Ok((memory, new, feed))
    }

    fn posts(&self, cx: &Context<'_>, id: &str, (feed, items): (&Feed, &[Item])) -> Handled {
        let mut outcome = Outcome::pass();
        for item in items {
            if was_posted(item)? {
                continue;
            }
            let to: Vec<_> = self.config.places.iter().cloned().map(Destination::Place).collect();
            // The same name in a rerun, so that nothing is sent twice; two feeds may have items of one id.
            let name = format!("item-{id}-{}", digest(item.keys().next().unwrap_or_default()));
            outcome = outcome.post(to, Some(name), draft(feed, item, Texts::of(&cx.language)));
        }
        Ok(outcome)
    }
}

/// Where a feed comes from that does not say what it is called.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    // Whoever may read the feed is nobody else's business.
    authority.rsplit('@').next().unwrap_or(authority)
}

/// Whether another feed had it; from now on it was.
fn was_posted(item: &Item) -> Result<bool, Error> {
    let Some(link) = &item.link else {
        return Ok(false);
    };
    let key = format!("link/{}", digest(link));
    if kv::get(&key)?.is_some() {
        return Ok(true);
    }
    kv::set(&key, b"posted", Some(LINK_TTL_SECONDS))?;
    Ok(false)
}

/// What strangers wrote goes in as values, so that it is never markup and notifies nobody.
fn draft(feed: &Feed, item: &Item, texts: &Texts) -> Draft {
    let summary = plain::cut(&item.summary, SUMMARY_MAX);
    let title = if item.title.is_empty() && summary.is_empty() {
        texts.untitled.to_owned()
    } else {
        plain::cut(&item.title, TITLE_MAX)
    };
    let short = if title.is_empty() { "{summary}" } else { "{title}" };
    let source = plain::cut(&feed.title, TITLE_MAX);
    let credit = match &item.author {
        Some(author) => texts
            .from_by
            .replace("{source}", &source)
            .replace("{author}", &plain::cut(author, TITLE_MAX)),
        None => texts.from.replace("{source}", &source),
    };
    let mut parts = Vec::new();
    for (written, text) in [
        ("**{title}**", &title),
        ("{summary}", &summary),
        ("*{credit}*", &credit),
    ] {
        if !text.is_empty() {
            parts.push(written);
        }
    }
    let mut draft = Draft::markdown(parts.join("\n\n"))
        .short(short)
        .value("title", title)
        .value("summary", summary)
        .value("credit", credit);
    if let Some(link) = &item.link {
        draft = draft.button(Button::link(texts.read, link));
    }
    draft
}

fn problem(error: &CallError) -> String {
    match error {
        CallError::Denied(why) | CallError::Limit(why) | CallError::Other(why) => why.clone(),
        CallError::Timeout => "it does not answer in time".to_owned(),
        CallError::Unavailable => "it does not answer".to_owned(),
    }
}

switchboard_plugin::export!(Feeds);
