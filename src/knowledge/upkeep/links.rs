//! Whether the pages behind answers are still there.
//!
//! A page that is gone on two different days, and never there in between, is dead: answers that rest on it are only suggested from
//! then on. Servers are asked one after the other, for the head alone where that tells, with a rest in between, and a server that says
//! it is asked too often is left alone until the next night. Each answer is written down at once: whoever is stopped in the middle
//! goes on with the rest.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use async_trait::async_trait;

use super::UpkeepError;
use crate::clock::Clock;
use crate::knowledge::{Knowledge, day, read};
use crate::model::Timestamp;
use crate::model::amount::counted;
use crate::model::ids::CommunityId;
use crate::model::upkeep::{Link, LinkState};
use crate::storage::Unit;
use crate::storage::upkeep::UpkeepUnit;

/// Pages of one night: with a rest after each, a quarter of an hour.
const LINKS_MAX: usize = 300;

/// A page that was there is asked again after so long; others each night.
const AGAIN_AFTER: Duration = Duration::from_hours(24 * 7);

/// Between two requests to one server: fewer than any person who reads there makes.
const REST: Duration = Duration::from_secs(2);

/// As many as a move of house and a slash at the end need.
const REDIRECTS_MAX: usize = 5;

/// It is asked too often.
const BUSY: u16 = 429;

/// How a page is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// For its head alone.
    Head,
    /// For all of it, because some servers answer nothing else rightly.
    Get,
}

/// What a server says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// 200 and so on.
    pub status: u16,
    /// Where it leads on to.
    pub leads_to: Option<String>,
}

/// Why a server says nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Silence {
    /// It must not be asked, and why.
    NotAsked(String),
    /// It cannot be reached, and how that shows.
    Unreachable(String),
}

/// Asks servers elsewhere, under the rules for all that goes out: nothing inside the network is reached. `app` fills it in.
#[async_trait]
pub trait Pages: Send + Sync {
    /// Asks for one page and follows nothing.
    async fn ask(&self, url: &str, way: Way) -> Result<Answer, Silence>;
}

/// What a look at a page came to.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Seen {
    There,
    Gone(String),
    /// Nothing can be said.
    Unclear(String),
    /// The server wants to be left alone.
    Busy,
}

impl Knowledge {
    /// Looks at the pages behind the answers of a community, as far as it is their turn. Answers how many are dead now that were not.
    pub async fn check_links(&self, community: CommunityId, pages: &dyn Pages) -> Result<usize, UpkeepError> {
        let base = self.base(community).await?;
        let today = self.today(community).await?.to_string();
        let named: BTreeSet<String> = read(&base, |base| {
            let entries = base.list().filter(|stored| !stored.entry.is_over(&today));
            let sources = entries.flat_map(|stored| &stored.entry.sources);
            sources
                .map(|source| source.url.clone())
                .filter(|url| is_page(url))
                .collect()
        });
        let kept = self.storage.links(community).await?;
        let urls: Vec<String> = kept
            .iter()
            .map(|link| &link.url)
            .filter(|url| !named.contains(*url))
            .cloned()
            .collect();
        if !urls.is_empty() {
            let unit = UpkeepUnit::ForgetLinks { community, urls };
            self.storage.write(Unit::Upkeep(unit)).await?;
        }
        let kept: BTreeMap<String, Link> = kept.into_iter().map(|link| (link.url.clone(), link)).collect();
        let mut died = 0;
        let mut round = Round::new(pages, &*self.clock);
        for url in due(&named, &kept, self.clock.now()) {
            if round.busy.contains(host(&url)) {
                continue;
            }
            // It was not seen, so it is looked at after the next start.
            let seen = self.stop.until(round.look(&url)).await.ok_or(UpkeepError::Broken)?;
            let before = kept.get(&url);
            let link = next(before, url, seen, self.clock.now());
            if is_dead(&link) && !before.is_some_and(is_dead) {
                died += 1;
            }
            let unit = UpkeepUnit::Link { community, link };
            self.storage.write(Unit::Upkeep(unit)).await?;
        }
        if died > 0 {
            let pages = counted(died, "page", "pages");
            tracing::warn!(community = %community, "{pages} behind answers of {community} are gone; Knowledge, Upkeep names them");
        }
        let dead = self.dead_links(community).await?;
        self.change(community, |base| base.set_dead_links(dead)).await?;
        Ok(died)
    }
}

/// One way around the servers.
struct Round<'a> {
    pages: &'a dyn Pages,
    clock: &'a dyn Clock,
    /// The server that was asked last.
    last: String,
    /// Servers that want to be left alone.
    busy: BTreeSet<String>,
    /// Whether any server has answered: while none has, the network may be away, and not the pages.
    connected: bool,
}

impl<'a> Round<'a> {
    fn new(pages: &'a dyn Pages, clock: &'a dyn Clock) -> Self {
        Self {
            pages,
            clock,
            last: String::new(),
            busy: BTreeSet::new(),
            connected: false,
        }
    }

    /// Follows a page to where it ends.
    async fn look(&mut self, url: &str) -> Seen {
        let mut url = url.to_owned();
        for _ in 0..=REDIRECTS_MAX {
            let answer = match self.ask(&url, Way::Head).await {
                // Many servers know no HEAD, or answer it wrongly: only what a reader would get says that it is gone.
                Ok(answer) if (200..400).contains(&answer.status) || answer.status == BUSY => Ok(answer),
                Err(Silence::NotAsked(why)) => Err(Silence::NotAsked(why)),
                Ok(_) | Err(Silence::Unreachable(_)) => self.ask(&url, Way::Get).await,
            };
            match answer {
                Ok(Answer { leads_to: Some(on), .. }) => url = on,
                Ok(answer) => {
                    let seen = seen(answer.status);
                    if seen == Seen::Busy {
                        self.busy.insert(host(&url).to_owned());
                    }
                    return seen;
                }
                Err(Silence::NotAsked(why)) => return Seen::Unclear(format!("not asked: {why}")),
                Err(Silence::Unreachable(why)) if self.connected => return Seen::Gone(why),
                Err(Silence::Unreachable(why)) => return Seen::Unclear(why),
            }
        }
        Seen::Unclear("it leads on and on".to_owned())
    }

    /// Rests before a request to the server that was asked last.
    async fn ask(&mut self, url: &str, way: Way) -> Result<Answer, Silence> {
        let host = host(url);
        if self.last == host {
            self.clock.sleep(REST).await;
        }
        host.clone_into(&mut self.last);
        let answer = self.pages.ask(url, way).await;
        self.connected |= answer.is_ok();
        answer
    }
}

/// Whose turn it is, one server after the other: what failed last night first, then what was not looked at for the longest.
fn due(named: &BTreeSet<String>, kept: &BTreeMap<String, Link>, now: Timestamp) -> Vec<String> {
    let mut due: Vec<(bool, Timestamp, &String)> = Vec::new();
    for url in named {
        let Some(link) = kept.get(url) else {
            due.push((true, Timestamp::default(), url));
            continue;
        };
        let is_due = match link.state {
            LinkState::There => now.since(link.looked_at) >= AGAIN_AFTER,
            // Twice on one day says no more than once.
            LinkState::Failing { .. } | LinkState::Dead { .. } | LinkState::Unknown => day(link.looked_at) != day(now),
        };
        if is_due {
            due.push((!matches!(link.state, LinkState::Failing { .. }), link.looked_at, url));
        }
    }
    due.sort();
    due.truncate(LINKS_MAX);
    let mut urls: Vec<String> = due.into_iter().map(|(_, _, url)| url.clone()).collect();
    urls.sort_by(|one, other| (host(one), one).cmp(&(host(other), other)));
    urls
}

/// What is known of a page after one more look.
fn next(before: Option<&Link>, url: String, seen: Seen, now: Timestamp) -> Link {
    let known = before.map(|link| link.state);
    let (state, why) = match seen {
        Seen::There => (LinkState::There, String::new()),
        Seen::Gone(why) => {
            let state = match known {
                Some(LinkState::Failing { since }) if day(since) != day(now) => LinkState::Dead { since },
                Some(state @ (LinkState::Failing { .. } | LinkState::Dead { .. })) => state,
                Some(LinkState::There | LinkState::Unknown) | None => LinkState::Failing { since: now },
            };
            (state, why)
        }
        // What is unclear proves nothing, neither that it is gone nor that it is back.
        Seen::Unclear(why) => (known.unwrap_or(LinkState::Unknown), why),
        Seen::Busy => (
            known.unwrap_or(LinkState::Unknown),
            "the server asks to be left alone for now".to_owned(),
        ),
    };
    Link {
        url,
        state,
        why,
        looked_at: now,
    }
}

fn seen(status: u16) -> Seen {
    match status {
        200..=399 => Seen::There,
        // Somebody is there, and wants to know who asks.
        401 | 403 | 405 | 406 | 451 => Seen::Unclear(format!("it answers {status}, which tells nothing")),
        BUSY => Seen::Busy,
        404 | 410 => Seen::Gone(format!("there is no such page, {status}")),
        _ => Seen::Gone(format!("it answers {status}")),
    }
}

pub(super) fn is_dead(link: &Link) -> bool {
    matches!(link.state, LinkState::Dead { .. })
}

fn is_page(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

/// The server in an address, with its port.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or(rest)
}

#[cfg(test)]
mod tests;
