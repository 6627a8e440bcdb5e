//! Gets packages: a file, an address, or a name that an index knows.
//!
//! Addresses are asked by the client that plugins' own requests go through, under its rules: nothing inside the network of this
//! installation is reached, by whatever address, name or redirect, unless its owner has named it. Whoever asks on this very machine may
//! also name files of it, and a server on it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use reqwest::header::HeaderMap;
use url::{Host, Url};

use super::config::Settings;
use super::index::{self, Index, Listing};
use super::request::Wish;
use crate::plugin_host::{
    HttpAnswer, HttpClient, HttpError, HttpRequest, Machine, Net, PACKAGE_BYTES_MAX, may_be_asked,
};

/// A signature is three lines and a comment.
const SIGNATURE_BYTES_MAX: usize = 4 << 10;

/// The largest package on a slow line, redirects included.
const PATIENCE: Duration = Duration::from_mins(2);

/// As many as browsers of a download page go through.
const REDIRECTS_MAX: usize = 3;

/// From where somebody asks for a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whence {
    /// From the command line of this machine, which is theirs: its files, and servers on it that they name themselves.
    Here,
    /// From a chat or the console.
    Afar,
}

/// A package as it came, and from where.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Fetched {
    pub(super) wasm: Vec<u8>,
    /// The text of its `.minisig` file.
    pub(super) signature: Option<String>,
    /// For people, and for the next update.
    pub(super) source: String,
    /// What the index says of it, where it came by one.
    pub(super) listing: Option<Listing>,
}

/// From where packages may come.
pub(super) struct Sources {
    client: Arc<dyn HttpClient>,
    /// The server of the index of the configuration, where that has a name.
    trusted: Option<Trusted>,
    /// What the owner of the installation has named, which is inside.
    inside: Vec<Machine>,
    /// Where packages are looked up by name.
    index: Option<String>,
}

/// One port under one name that the owner of the installation has written, wherever the name leads.
struct Trusted {
    name: String,
    port: u16,
    /// By it the name may lead inside.
    client: Arc<dyn HttpClient>,
}

/// Asks servers for one package.
struct Way<'a> {
    sources: &'a Sources,
    inside: Vec<Machine>,
}

/// Where files of an index lie.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Root {
    Folder(PathBuf),
    Address(Url),
}

impl Sources {
    /// Those of the configuration. The index that stands there is reached wherever it is.
    pub(super) fn new(settings: &Settings) -> Self {
        let index = settings.index.as_deref().and_then(|index| Url::parse(index).ok());
        let name = index.as_ref().and_then(Url::domain).map(str::to_owned);
        let trusting = Net::trusting(name.into_iter().collect());
        Self::asking(Arc::new(Net::default()), Arc::new(trusting), settings)
    }

    /// The index is asked by the `trusting` client where it has a name.
    fn asking(client: Arc<dyn HttpClient>, trusting: Arc<dyn HttpClient>, settings: &Settings) -> Self {
        let index = settings.index.as_deref().and_then(|index| Url::parse(index).ok());
        let mut inside = settings.inside.clone();
        inside.extend(index.as_ref().and_then(Machine::inside));
        let named = index
            .as_ref()
            .and_then(|index| Some((index.domain()?, index.port_or_known_default()?)));
        let trusted = named.map(|(name, port)| Trusted {
            name: name.to_owned(),
            port,
            client: trusting,
        });
        Self {
            client,
            trusted,
            inside,
            index: settings.index.clone(),
        }
    }

    /// The package that somebody wants, with its signature.
    pub(super) async fn fetch(&self, wish: &Wish, whence: Whence) -> Result<Fetched, String> {
        let wanted = wish.wanted.as_str();
        if wanted.contains("://") {
            let address = address(wanted)?;
            return self.way(wanted, whence).package(&address).await;
        }
        if Path::new(wanted).extension().is_some_and(|ending| ending == "wasm") {
            return match whence {
                Whence::Here => in_file(Path::new(wanted)).await,
                Whence::Afar => Err(format!(
                    "{wanted:?} is a file of this machine, and is named on it alone"
                )),
            };
        }
        let (id, version) = match wanted.split_once('@') {
            Some((id, version)) => (id, Some(version)),
            None => (wanted, None),
        };
        let place = self.place(wish.index.as_deref(), whence).ok_or_else(|| {
            format!(
                "{wanted:?} is neither a .wasm file nor an address, and no index is named where it could be looked up (by `--index`, or \
                 by `index` under [plugins] of the configuration)"
            )
        })?;
        let way = self.way(place, whence);
        let (root, index) = read_index(&way, place).await?;
        let listing = index
            .find(id, version)
            .ok_or_else(|| format!("the index at {place} has no {wanted}"))?;
        let fetched = match &root {
            Root::Folder(folder) => in_file(&inside(folder, &listing.file)?).await,
            Root::Address(address) => {
                let file = address
                    .join(&listing.file)
                    .map_err(|_| format!("the index at {place} names no file for {id}"))?;
                way.package(&file).await
            }
        }?;
        Ok(Fetched {
            signature: fetched.signature.or_else(|| listing.signature.clone()),
            source: place.to_owned(),
            listing: Some(listing.clone()),
            ..fetched
        })
    }

    /// The index that is named, or that of the configuration; none where there is neither.
    pub(super) async fn index(&self, named: Option<&str>, whence: Whence) -> Option<Result<Index, String>> {
        let place = self.place(named, whence)?;
        let read = read_index(&self.way(place, whence), place).await;
        Some(read.map(|(_, index)| index))
    }

    /// Where packages are looked up. Only on this machine another place than that of the configuration is named.
    fn place<'a>(&'a self, named: Option<&'a str>, whence: Whence) -> Option<&'a str> {
        named.filter(|_| whence == Whence::Here).or(self.index.as_deref())
    }

    /// How servers are asked for somebody who names this place.
    fn way(&self, named: &str, whence: Whence) -> Way<'_> {
        let mut inside = self.inside.clone();
        let named = Url::parse(named)
            .ok()
            .filter(|named| whence == Whence::Here && is_own(named));
        inside.extend(named.as_ref().and_then(Machine::inside));
        Way { sources: self, inside }
    }

    /// Who asks that address: no other port under the name of the index leads inside.
    fn client(&self, url: &Url) -> &dyn HttpClient {
        let trusted = self.trusted.as_ref().filter(|trusted| trusted.is_at(url));
        trusted.map_or(&*self.client, |trusted| &*trusted.client)
    }
}

impl Trusted {
    fn is_at(&self, url: &Url) -> bool {
        url.domain() == Some(&*self.name) && url.port_or_known_default() == Some(self.port)
    }
}

impl Way<'_> {
    async fn package(&self, address: &Url) -> Result<Fetched, String> {
        let wasm = self
            .get(address, PACKAGE_BYTES_MAX)
            .await?
            .ok_or_else(|| format!("there is nothing at {address}"))?;
        let mut beside = address.clone();
        beside.set_path(&format!("{}.minisig", address.path()));
        let signature = self.get(&beside, SIGNATURE_BYTES_MAX).await?;
        Ok(Fetched {
            wasm,
            signature: signature.and_then(|text| String::from_utf8(text).ok()),
            source: address.to_string(),
            listing: None,
        })
    }

    /// What is there, if it is not longer than `most`; none where the server knows of nothing.
    async fn get(&self, address: &Url, most: usize) -> Result<Option<Vec<u8>>, String> {
        let came = tokio::time::timeout(PATIENCE, self.follow(address, most)).await;
        came.unwrap_or_else(|_| Err(format!("nothing came within {} seconds", PATIENCE.as_secs())))
            .map_err(|why| format!("cannot get {address}: {why}"))
    }

    /// Each step is looked at anew: where an answer leads on to is the server's to say.
    async fn follow(&self, address: &Url, most: usize) -> Result<Option<Vec<u8>>, String> {
        let mut url = address.clone();
        for _ in 0..=REDIRECTS_MAX {
            let led = |why: String| {
                if url == *address {
                    why
                } else {
                    format!("it leads on to {url}: {why}")
                }
            };
            may_be_asked(&url, &self.inside).map_err(led)?;
            let request = HttpRequest {
                method: Method::GET,
                body: None,
                url: url.clone(),
                headers: HeaderMap::new(),
                answer_bytes: most,
            };
            let answer = self.sources.client(&url).exchange(request).await;
            let answer = answer.or_else(|error| without_body(error, &url, most)).map_err(led)?;
            match answer.leads_to(&url) {
                Ok(Some(next)) => url = next,
                Ok(None) => return found(answer).map_err(led),
                Err(_) => return Err(led("a redirect leads to no address".to_owned())),
            }
        }
        Err(format!("more than {REDIRECTS_MAX} redirects"))
    }
}

/// Of what is too long by itself the status still says whether it was wanted.
fn without_body(error: HttpError, url: &Url, most: usize) -> Result<HttpAnswer, String> {
    match error {
        HttpError::TooLarge(answer) if answer.status >= 300 => Ok(answer),
        HttpError::TooLarge(_) => Err(format!("it is larger than {most} bytes")),
        HttpError::Inside => Err(format!(
            "the name {} leads inside your own network, or to nobody: only the address of a machine in `inside` of [plugins], or the \
             configured index on its own port, leads there",
            url.host_str().unwrap_or("?")
        )),
        HttpError::Unavailable(why) => Err(why.to_owned()),
    }
}

fn found(answer: HttpAnswer) -> Result<Option<Vec<u8>>, String> {
    match answer.status {
        200..=299 => Ok(Some(answer.body)),
        404 | 410 => Ok(None),
        status => Err(format!("the server answers {status}")),
    }
}

/// Whether it names this very machine.
fn is_own(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

async fn read_index(way: &Way<'_>, place: &str) -> Result<(Root, Index), String> {
    if place.contains("://") {
        let mut address = address(place)?;
        if !address.path().ends_with(&format!("/{}", index::FILE)) {
            let folder = address.path().trim_end_matches('/').to_owned();
            address.set_path(&format!("{folder}/{}", index::FILE));
        }
        let text = way
            .get(&address, index::BYTES_MAX)
            .await?
            .ok_or_else(|| format!("there is no index at {address}"))?;
        let text = String::from_utf8(text).map_err(|_| format!("the index at {address} is not UTF-8"))?;
        return Ok((Root::Address(address), Index::parse(&text)?));
    }
    let file = Path::new(place).join(index::FILE);
    let text = tokio::fs::read_to_string(&file)
        .await
        .map_err(|error| format!("cannot read {}: {error}", file.display()))?;
    Ok((Root::Folder(place.into()), Index::parse(&text)?))
}

/// A file of a folder's index lies in the folder.
fn inside(folder: &Path, file: &str) -> Result<PathBuf, String> {
    let plain = Path::new(file)
        .components()
        .all(|part| matches!(part, std::path::Component::Normal(_)));
    if plain && !file.is_empty() {
        Ok(folder.join(file))
    } else {
        Err(format!("the index names the file {file:?}, which is not in its folder"))
    }
}

async fn in_file(file: &Path) -> Result<Fetched, String> {
    let problem = |error: std::io::Error| format!("cannot read {}: {error}", file.display());
    let size = tokio::fs::metadata(file).await.map_err(problem)?.len();
    if size > PACKAGE_BYTES_MAX as u64 {
        return Err(format!("{} is larger than {PACKAGE_BYTES_MAX} bytes", file.display()));
    }
    let wasm = tokio::fs::read(file).await.map_err(problem)?;
    let signature = tokio::fs::read_to_string(signature_of(file)).await.ok();
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned());
    Ok(Fetched {
        wasm,
        signature,
        source: name.unwrap_or_default(),
        listing: None,
    })
}

fn signature_of(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".minisig");
    name.into()
}

fn address(text: &str) -> Result<Url, String> {
    Url::parse(text).map_err(|error| format!("{text:?} is no address: {error}"))
}

#[cfg(test)]
mod tests;
