//! Reads the pages of a site, one after the other and no faster than it wants, by the client and under the rules by which plugins' packages
//! are fetched: over HTTPS, nothing inside the network but what its owner has named, each redirect looked at anew.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use reqwest::header::{ACCEPT, HeaderMap, HeaderValue, USER_AGENT};
use url::{Host, Position, Url};

use crate::knowledge::import::site::{ROBOTS_BYTES_MAX, Robots, SITEMAP_BYTES_MAX, Sitemap, unpacked};
use crate::knowledge::import::{BYTES_MAX, ENTRIES_MAX, Reading, Remark, page};
use crate::plugin_host::{HttpAnswer, HttpClient, HttpError, HttpRequest, Machine, may_be_asked};

/// A page with more is no text.
const PAGE_BYTES_MAX: usize = 2 * 1024 * 1024;

/// Lists in a list; each may have 50,000 pages.
const SITEMAPS_MAX: usize = 50;

/// Between two requests, where the site asks for no longer one.
const PAUSE: Duration = Duration::from_secs(1);

/// One page, redirects included.
const PATIENCE: Duration = Duration::from_secs(30);

/// All of it: a thousand pages take a quarter of an hour. What came by then is taken.
const TIME_MAX: Duration = Duration::from_hours(1);

/// As many as browsers go through for a page that moved house.
const REDIRECTS_MAX: usize = 3;

/// So many pages in a row that do not come say that the site is not well.
const FAILURES_MAX: usize = 5;

const AGENT: &str = concat!("Switchboard/", env!("CARGO_PKG_VERSION"), " (knowledge import)");

/// A walk through the pages of one site.
pub(super) struct Walk<T> {
    client: Arc<dyn HttpClient>,
    /// What may be reached inside the network.
    inside: Vec<Machine>,
    pages_max: usize,
    pause: Duration,
    /// What happens, for whoever waits.
    tell: T,
    robots: HashMap<String, Robots>,
    has_asked: bool,
    seen: HashSet<Url>,
    /// Nothing of the site was left out.
    is_whole: bool,
    reading: Reading,
}

/// Why a page did not come.
enum Missing {
    /// The server says that it is not there, or not for us.
    Absent(u16),
    /// It is not asked for, or not taken.
    Refused(String),
    /// There was no answer.
    Failed(String),
    /// The site wants to be left alone for now.
    Busy,
}

impl<T: Fn(&str)> Walk<T> {
    pub(super) fn new(client: Arc<dyn HttpClient>, inside: Vec<Machine>, pages_max: usize, tell: T) -> Self {
        Self {
            client,
            inside,
            pages_max,
            pause: PAUSE,
            tell,
            robots: HashMap::new(),
            has_asked: false,
            seen: HashSet::new(),
            is_whole: true,
            reading: Reading::default(),
        }
    }

    /// Reads the pages of that list: an address, or a file.
    pub(super) async fn read(&mut self, sitemap: &str) -> Result<Reading, String> {
        let cannot = |why: String| format!("cannot read the sitemap {sitemap}: {why}");
        let (first, site) = self.first(sitemap).await.map_err(cannot)?;
        let mut pages = first.pages;
        let mut skipped = first.skipped;
        let mut lists = first.sitemaps;
        if lists.len() > SITEMAPS_MAX {
            self.left_out(
                sitemap,
                &format!("{} of its {} lists are read", SITEMAPS_MAX, lists.len()),
            );
            lists.truncate(SITEMAPS_MAX);
        }
        for list in lists {
            if pages.len() >= self.pages_max {
                break;
            }
            // One level: a list of lists within another one is a mistake, or a circle.
            match self.list(&list, site.as_deref()).await {
                Ok(found) if found.sitemaps.is_empty() => {
                    skipped += found.skipped;
                    pages.extend(found.pages);
                }
                Ok(_) => self.left_out(list.as_str(), "is a list of lists within another one, and not read"),
                Err(why) => self.left_out(list.as_str(), &format!("the list is not read: {why}")),
            }
        }
        let site = site.or_else(|| pages.first().map(site_of));
        let before = pages.len();
        pages.retain(|page| Some(site_of(page)) == site);
        if pages.len() < before {
            self.left_out(
                sitemap,
                &format!("{} of its pages are on another server", before - pages.len()),
            );
        }
        if skipped > 0 {
            self.left_out(
                sitemap,
                &format!("{skipped} of its lines are no address of a page, or too many"),
            );
        }
        if pages.len() > self.pages_max {
            let what = format!(
                "{} of its {} pages are read; `--pages-max` says how many",
                self.pages_max,
                pages.len()
            );
            self.left_out(sitemap, &what);
            pages.truncate(self.pages_max);
        }
        if tokio::time::timeout(TIME_MAX, self.pages(&pages)).await.is_err() {
            self.left_out(
                sitemap,
                &format!("not all pages came within {} minutes", TIME_MAX.as_secs() / 60),
            );
        }
        let mut reading = std::mem::take(&mut self.reading);
        reading.partial.extend((!self.is_whole).then(|| sitemap.to_owned()));
        Ok(reading)
    }

    /// The list itself, and the site that it is of; a file does not say that.
    async fn first(&mut self, sitemap: &str) -> Result<(Sitemap, Option<String>), String> {
        if !sitemap.contains("://") {
            let text = in_file(Path::new(sitemap)).await?;
            return Ok((parsed(&text)?, None));
        }
        let url = Url::parse(sitemap).map_err(|error| error.to_string())?;
        if is_own(&url) {
            self.inside.extend(Machine::inside(&url));
        }
        let (from, answer) = self.get(&url, SITEMAP_BYTES_MAX, None).await.map_err(Missing::why)?;
        Ok((parsed(&answer.body)?, Some(site_of(&from))))
    }

    async fn list(&mut self, url: &Url, site: Option<&str>) -> Result<Sitemap, String> {
        if site.is_some_and(|site| site != site_of(url)) {
            return Err("it is on another server".to_owned());
        }
        let (_, answer) = self.get(url, SITEMAP_BYTES_MAX, site).await.map_err(Missing::why)?;
        parsed(&answer.body)
    }

    async fn pages(&mut self, pages: &[Url]) {
        let mut failures = 0;
        for (number, url) in pages.iter().enumerate() {
            (self.tell)(&format!("page {} of {}: {url}", number + 1, pages.len()));
            match self.page(url).await {
                Ok(()) => failures = 0,
                Err(Missing::Busy) => {
                    self.left_out(
                        url.as_str(),
                        "the site wants fewer requests: this page and what follows are not read",
                    );
                    return;
                }
                Err(missing) => {
                    failures += usize::from(matches!(missing, Missing::Failed(_)));
                    self.left_out(url.as_str(), &missing.why());
                }
            }
            if failures >= FAILURES_MAX {
                self.left_out(
                    url.as_str(),
                    "nothing came several times in a row: what follows is not read",
                );
                return;
            }
            if self.reading.entries.len() > ENTRIES_MAX || self.reading.bytes() > BYTES_MAX {
                self.drop_last_of(url);
                self.left_out(
                    url.as_str(),
                    "one import takes no more: this page and what follows are not read",
                );
                return;
            }
        }
    }

    /// What was too much.
    fn drop_last_of(&mut self, url: &Url) {
        self.reading.entries.retain(|entry| entry.file != url.as_str());
    }

    async fn page(&mut self, url: &Url) -> Result<(), Missing> {
        let site = site_of(url);
        self.learn_rules(&site, url).await;
        let (from, answer) = self.get(url, PAGE_BYTES_MAX, Some(&site)).await?;
        if !self.seen.insert(from.clone()) {
            // All of the site is here all the same.
            self.reading.left_out.push(Remark {
                file: url.to_string(),
                place: String::new(),
                what: if from == *url {
                    "a page above leads on to it, and it was looked at there".to_owned()
                } else {
                    format!("it leads on to {from}, which was looked at already")
                },
            });
            return Ok(());
        }
        let kind = header(&answer, "content-type")
            .unwrap_or("text/html")
            .to_ascii_lowercase();
        if !kind.contains("html") {
            return Err(Missing::Refused("it is no page in HTML".to_owned()));
        }
        let text = String::from_utf8(answer.body).map_err(|_| Missing::Refused("it is not UTF-8".to_owned()))?;
        // In a list under the address that it has there.
        let mut found = page(&from, &text);
        found.entries.iter_mut().for_each(|entry| entry.file = url.to_string());
        found
            .left_out
            .iter_mut()
            .for_each(|remark| remark.file = url.to_string());
        self.reading.append(found);
        Ok(())
    }

    /// What the site lets programs read is asked once.
    async fn learn_rules(&mut self, site: &str, url: &Url) {
        if !self.robots.contains_key(site) {
            let robots = self.robots_of(url).await;
            self.robots.insert(site.to_owned(), robots);
        }
    }

    /// Where a site has no such file everything may be read; where it does not answer, nothing.
    async fn robots_of(&mut self, url: &Url) -> Robots {
        let Ok(at) = url.join("/robots.txt") else {
            return Robots::nothing();
        };
        match self.get(&at, ROBOTS_BYTES_MAX, None).await {
            Ok((_, answer)) => Robots::parse(&String::from_utf8_lossy(&answer.body)),
            Err(Missing::Absent(_)) => Robots::default(),
            Err(_) => Robots::nothing(),
        }
    }

    /// What is there, and where that is in the end; with `site` on this one alone.
    async fn get(&mut self, url: &Url, most: usize, site: Option<&str>) -> Result<(Url, HttpAnswer), Missing> {
        let wanted = self.robots.get(&site_of(url)).and_then(|robots| robots.pause);
        if std::mem::replace(&mut self.has_asked, true) {
            tokio::time::sleep(wanted.map_or(self.pause, |wanted| wanted.max(self.pause))).await;
        }
        let came = tokio::time::timeout(PATIENCE, self.follow(url, most, site)).await;
        came.unwrap_or_else(|_| {
            Err(Missing::Failed(format!(
                "nothing came within {} seconds",
                PATIENCE.as_secs()
            )))
        })
    }

    async fn follow(&self, from: &Url, most: usize, site: Option<&str>) -> Result<(Url, HttpAnswer), Missing> {
        // Who is outside leads to no machine inside, not even to one that the owner has named.
        let inside = Machine::inside(from).map_or(&[][..], |_| &self.inside);
        let mut url = from.clone();
        for _ in 0..=REDIRECTS_MAX {
            if site.is_some_and(|site| site != site_of(&url)) {
                return Err(Missing::Refused(format!("it leads on to another server, {url}")));
            }
            may_be_asked(&url, inside).map_err(Missing::Refused)?;
            let path = &url[Position::BeforePath..Position::AfterQuery];
            if self
                .robots
                .get(&site_of(&url))
                .is_some_and(|robots| !robots.allows(path))
            {
                let why = "the robots.txt of the site does not let programs read it";
                return Err(Missing::Refused(why.to_owned()));
            }
            let mut headers = HeaderMap::new();
            headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
            headers.insert(
                ACCEPT,
                HeaderValue::from_static("text/html, application/xhtml+xml, application/xml, text/*"),
            );
            let request = HttpRequest {
                method: Method::GET,
                body: None,
                url: url.clone(),
                headers,
                answer_bytes: most,
            };
            let answer = self
                .client
                .exchange(request)
                .await
                .map_err(|error| missing(&error, &url, most))?;
            match (answer.leads_to(&url), answer.status) {
                (Ok(Some(next)), _) => url = next,
                (Err(_), _) => return Err(Missing::Refused("a redirect leads to no address".to_owned())),
                (Ok(None), 200..=299) => {
                    url.set_fragment(None);
                    return Ok((url, answer));
                }
                (Ok(None), 429 | 503) => return Err(Missing::Busy),
                (Ok(None), status @ 400..=499) => return Err(Missing::Absent(status)),
                (Ok(None), status) => return Err(Missing::Failed(format!("the server answers {status}"))),
            }
        }
        Err(Missing::Refused(format!("more than {REDIRECTS_MAX} redirects")))
    }

    /// A part of the site did not come.
    fn left_out(&mut self, file: &str, what: &str) {
        self.is_whole = false;
        self.reading.left_out.push(Remark {
            file: file.to_owned(),
            place: String::new(),
            what: what.to_owned(),
        });
    }
}

impl Missing {
    fn why(self) -> String {
        match self {
            Self::Absent(status) => format!("the server answers {status}"),
            Self::Refused(why) | Self::Failed(why) => why,
            Self::Busy => "the site wants fewer requests; try again later".to_owned(),
        }
    }
}

fn missing(error: &HttpError, url: &Url, most: usize) -> Missing {
    match error {
        HttpError::TooLarge(_) => Missing::Refused(format!("it is larger than {most} bytes")),
        HttpError::Inside => Missing::Refused(format!(
            "the name {} leads inside your own network, or to nobody: only the address of a machine in `inside` of [plugins] leads there",
            url.host_str().unwrap_or("?")
        )),
        HttpError::Unavailable(why) => Missing::Failed((*why).to_owned()),
    }
}

fn header<'a>(answer: &'a HttpAnswer, wanted: &str) -> Option<&'a str> {
    let mut headers = answer.headers.iter();
    headers
        .find(|(name, _)| name == wanted)
        .map(|(_, value)| value.as_str())
}

fn parsed(bytes: &[u8]) -> Result<Sitemap, String> {
    let text = unpacked(bytes).map_err(|error| error.to_string())?;
    Sitemap::parse(&text).map_err(|error| error.to_string())
}

/// Scheme, host and port.
fn site_of(url: &Url) -> String {
    url.origin().ascii_serialization()
}

/// Whether it names this very machine: whoever is on it names it themselves.
fn is_own(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

async fn in_file(file: &Path) -> Result<Vec<u8>, String> {
    let size = tokio::fs::metadata(file)
        .await
        .map_err(|error| error.to_string())?
        .len();
    if size > SITEMAP_BYTES_MAX as u64 {
        return Err(format!("it is larger than {SITEMAP_BYTES_MAX} bytes"));
    }
    tokio::fs::read(file).await.map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests;
