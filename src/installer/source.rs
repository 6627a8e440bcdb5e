//! Gets packages: a file, an address, or a name that an index knows.

use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::StreamExt as _;
use reqwest::redirect::Policy;
use url::Url;

use super::index::{self, Index};
use crate::plugin_host::PACKAGE_BYTES_MAX;

/// A signature is three lines and a comment.
const SIGNATURE_BYTES_MAX: usize = 4 << 10;

/// The largest package on a slow line.
const PATIENCE: Duration = Duration::from_mins(2);

/// As many as browsers of a download page go through.
const REDIRECTS_MAX: usize = 3;

/// A package as it came, and from where.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Fetched {
    pub(super) wasm: Vec<u8>,
    /// The text of its `.minisig` file.
    pub(super) signature: Option<String>,
    /// For people, and for the next update.
    pub(super) source: String,
    /// What the index says that its digest is.
    pub(super) digest: Option<String>,
}

/// Where files of an index lie.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Root {
    Folder(PathBuf),
    Address(Url),
}

/// `wanted` is a `.wasm` file, the address of one, or `publisher/name`, perhaps with `@version`, from the index.
pub(super) async fn fetch(wanted: &str, index: Option<&str>) -> Result<Fetched, String> {
    if wanted.contains("://") {
        return at_address(&address(wanted)?).await;
    }
    if Path::new(wanted).extension().is_some_and(|ending| ending == "wasm") {
        return in_file(Path::new(wanted)).await;
    }
    let (id, version) = match wanted.split_once('@') {
        Some((id, version)) => (id, Some(version)),
        None => (wanted, None),
    };
    let place = index.ok_or_else(|| {
        format!(
            "{wanted:?} is neither a .wasm file nor an address, and no index is named where it could be looked up (by `--index`, or by \
             `index` under [plugins] of the configuration)"
        )
    })?;
    let (root, index) = read_index(place).await?;
    let listing = index
        .find(id, version)
        .ok_or_else(|| format!("the index at {place} has no {wanted}"))?;
    let fetched = match &root {
        Root::Folder(folder) => in_file(&inside(folder, &listing.file)?).await,
        Root::Address(address) => {
            let file = address
                .join(&listing.file)
                .map_err(|_| format!("the index at {place} names no file for {id}"))?;
            at_address(&checked(file)?).await
        }
    }?;
    Ok(Fetched {
        signature: fetched.signature.or_else(|| listing.signature.clone()),
        source: place.to_owned(),
        digest: Some(listing.digest.clone()),
        ..fetched
    })
}

/// The index at a folder or an address.
pub(super) async fn index_at(place: &str) -> Result<Index, String> {
    Ok(read_index(place).await?.1)
}

async fn read_index(place: &str) -> Result<(Root, Index), String> {
    if place.contains("://") {
        let mut address = address(place)?;
        if !address.path().ends_with(&format!("/{}", index::FILE)) {
            let folder = address.path().trim_end_matches('/').to_owned();
            address.set_path(&format!("{folder}/{}", index::FILE));
        }
        let text = get(&address, index::BYTES_MAX)
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
        digest: None,
    })
}

fn signature_of(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".minisig");
    name.into()
}

async fn at_address(address: &Url) -> Result<Fetched, String> {
    let wasm = get(address, PACKAGE_BYTES_MAX)
        .await?
        .ok_or_else(|| format!("there is nothing at {address}"))?;
    let mut beside = address.clone();
    beside.set_path(&format!("{}.minisig", address.path()));
    let signature = get(&beside, SIGNATURE_BYTES_MAX).await?;
    Ok(Fetched {
        wasm,
        signature: signature.and_then(|text| String::from_utf8(text).ok()),
        source: address.to_string(),
        digest: None,
    })
}

fn address(text: &str) -> Result<Url, String> {
    checked(Url::parse(text).map_err(|error| format!("{text:?} is no address: {error}"))?)
}

/// Packages come encrypted, except from this very machine.
fn checked(address: Url) -> Result<Url, String> {
    let own = address.host().is_some_and(|host| match host {
        url::Host::Domain(name) => name == "localhost",
        url::Host::Ipv4(ip) => ip.is_loopback(),
        url::Host::Ipv6(ip) => ip.is_loopback(),
    });
    match address.scheme() {
        "https" => Ok(address),
        "http" if own => Ok(address),
        _ => Err(format!(
            "{address} is not https: somebody on the way could change the package"
        )),
    }
}

/// What is there, if it is not longer than `most`; none where the server knows of nothing.
async fn get(address: &Url, most: usize) -> Result<Option<Vec<u8>>, String> {
    let redirect = Policy::custom(|attempt| {
        if attempt.previous().len() > REDIRECTS_MAX || checked(attempt.url().clone()).is_err() {
            attempt.stop()
        } else {
            attempt.follow()
        }
    });
    let client = reqwest::Client::builder().timeout(PATIENCE).redirect(redirect).build();
    let client = client.map_err(|error| format!("cannot ask other servers: {error}"))?;
    let failed = |error: reqwest::Error| format!("cannot get {address}: {}", error.without_url());
    let response = client.get(address.clone()).send().await.map_err(failed)?;
    let status = response.status();
    if matches!(status.as_u16(), 404 | 410) {
        return Ok(None);
    }
    if !status.is_success() {
        return Err(format!("cannot get {address}: the server answers {status}"));
    }
    let mut body = Vec::new();
    let mut parts = response.bytes_stream();
    while let Some(part) = parts.next().await {
        body.extend_from_slice(&part.map_err(failed)?);
        if body.len() > most {
            return Err(format!("what is at {address} is larger than {most} bytes"));
        }
    }
    Ok(Some(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_encrypted_addresses_and_this_machine_are_asked() {
        for fine in [
            "https://example.org/x.wasm",
            "http://127.0.0.1:8080/x.wasm",
            "http://[::1]/x.wasm",
            "http://localhost/x",
        ] {
            assert!(address(fine).is_ok(), "{fine}");
        }
        for other in [
            "http://example.org/x.wasm",
            "ftp://example.org/x",
            "file:///etc/passwd",
            "http://localhost.evil/x",
        ] {
            assert!(address(other).is_err(), "{other}");
        }
    }

    #[test]
    fn an_index_cannot_name_files_elsewhere() {
        for file in ["../x.wasm", "/etc/passwd", "", "a/../../b"] {
            assert!(inside(Path::new("plugins"), file).is_err(), "{file}");
        }
        assert_eq!(
            inside(Path::new("plugins"), "a/b.wasm"),
            Ok(PathBuf::from("plugins/a/b.wasm"))
        );
    }
}
