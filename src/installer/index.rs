//! The static index of a folder or an address: which packages are there, in which versions. Pure.

use serde::{Deserialize, Serialize};

use crate::plugin_host::Package;
use crate::plugin_host::spelling::near_plugin;
use crate::plugin_host::visible::in_one_line;

/// The file's name in its folder.
pub const FILE: &str = "index.json";

/// A longer index is a mistake.
pub(super) const BYTES_MAX: usize = 16 << 20;

/// `index.json`: what lies beside it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// In the order of ids and versions.
    pub plugins: Vec<Listing>,
}

/// One package of an index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    /// `publisher/name`.
    pub id: String,
    /// Its version.
    pub version: String,
    /// One line.
    pub summary: String,
    /// SHA-256 of the package, as 64 hexadecimal digits.
    pub digest: String,
    /// Its size.
    pub bytes: usize,
    /// The file, relative to the index.
    pub file: String,
    /// The text of its `.minisig` file, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
}

/// A plugin that a search has found, in its newest version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// `publisher/name`.
    pub id: String,
    /// The newest.
    pub version: String,
    /// One line.
    pub summary: String,
    /// The text of its `.minisig` file, as the index has it: nobody has checked it against the package.
    pub signature: Option<String>,
}

impl Listing {
    /// What an index says of a package in this file.
    pub fn of(package: &Package, wasm: &[u8], file: String, signature: Option<String>) -> Self {
        let about = &package.manifest.plugin;
        Self {
            id: about.id.clone(),
            version: about.version.clone(),
            summary: about.summary.clone(),
            digest: package.digest.clone(),
            bytes: wasm.len(),
            file,
            signature,
        }
    }

    /// Why a package is not what this says of it; none where it is. Under another name it would come in for something else, and as
    /// newer than it is it would be taken for an update. `place` is where the index lies.
    pub(super) fn denies(&self, package: &Package, place: &str) -> Option<String> {
        let (id, version) = (&package.manifest.plugin.id, &package.manifest.plugin.version);
        let what = if self.digest != package.digest {
            format!(
                "{id} {version} is not what the index says: its digest is {}",
                package.digest
            )
        } else if (&self.id, &self.version) != (id, version) {
            // What an index says moves no cursor.
            let said = format!("{} {}", self.id, self.version);
            format!("the package is {id} {version}, and not what the index says, {said:?}")
        } else {
            return None;
        };
        Some(format!(
            "{what}. Nothing was changed. Tell whoever keeps the index at {place}: `switchboard plugin index` makes it anew from the \
             packages"
        ))
    }
}

impl Index {
    /// Brings packages into the order of an index.
    ///
    /// # Errors
    ///
    /// When two files hold one version of one plugin.
    pub fn new(mut plugins: Vec<Listing>) -> Result<Self, String> {
        plugins.sort_by(|a, b| (&a.id, order(&a.version)).cmp(&(&b.id, order(&b.version))));
        let twice = plugins
            .windows(2)
            .find(|two| two[0].id == two[1].id && two[0].version == two[1].version);
        match twice {
            Some(two) => Err(format!(
                "{} and {} are both {} {}; a version is one package, for good",
                two[0].file, two[1].file, two[0].id, two[0].version
            )),
            None => Ok(Self { plugins }),
        }
    }

    /// Reads the file's text. Nobody vouches for what stands in it: what people are shown of it does nothing to what they see.
    ///
    /// # Errors
    ///
    /// In words, when it is no index.
    pub fn parse(text: &str) -> Result<Self, String> {
        let told =
            |error: serde_json::Error| format!("{FILE} is no index of plugins: {}", in_one_line(&error.to_string()));
        let mut index: Self = serde_json::from_str(text).map_err(told)?;
        for listing in &mut index.plugins {
            let Listing {
                id,
                version,
                summary,
                digest,
                file,
                ..
            } = listing;
            for shown in [id, version, summary, digest, file] {
                *shown = in_one_line(shown);
            }
        }
        Ok(index)
    }

    /// The plugin in that version, or in its newest.
    pub(super) fn find(&self, id: &str, version: Option<&str>) -> Option<&Listing> {
        let of_plugin = self.plugins.iter().filter(|listing| listing.id == id);
        let wanted = of_plugin.filter(|listing| version.is_none_or(|version| version == listing.version));
        wanted.max_by_key(|listing| order(&listing.version))
    }

    /// The plugins that have all of the words in id or summary, each in its newest version.
    pub(super) fn search(&self, words: &[String]) -> Vec<Found> {
        let mut found: Vec<Found> = Vec::new();
        for listing in &self.plugins {
            let text = format!("{} {}", listing.id, listing.summary).to_lowercase();
            if !words.iter().all(|word| text.contains(&word.to_lowercase())) {
                continue;
            }
            // Versions of one plugin stand together, the newest last.
            found.retain(|earlier| earlier.id != listing.id);
            found.push(Found {
                id: listing.id.clone(),
                version: listing.version.clone(),
                summary: listing.summary.clone(),
                signature: listing.signature.clone(),
            });
        }
        found
    }

    /// The plugin that one of the words was perhaps meant for.
    pub(super) fn near(&self, words: &[String]) -> Option<&str> {
        let ids = || self.plugins.iter().map(|listing| listing.id.as_str());
        words.iter().find_map(|word| near_plugin(&word.to_lowercase(), ids()))
    }
}

/// 1.10.0 comes after 1.9.0. What is no number counts as 0: an index of somebody else may hold anything.
pub(super) fn order(version: &str) -> Vec<u64> {
    version.split('.').map(|part| part.parse().unwrap_or(0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin_host::Manifest;

    fn listing(id: &str, version: &str) -> Listing {
        Listing {
            id: id.to_owned(),
            version: version.to_owned(),
            summary: "Answers refund questions".to_owned(),
            digest: "d".repeat(64),
            bytes: 1,
            file: format!("{version}.wasm"),
            signature: None,
        }
    }

    #[test]
    fn the_newest_version_is_found_by_number() {
        let versions = ["1.10.0", "1.2.0", "1.9.3"].map(|version| listing("acme/refunds", version));
        let index = Index::new(versions.to_vec()).expect("all differ");
        let version = |wanted| index.find("acme/refunds", wanted).map(|found| found.version.as_str());
        assert_eq!(version(None), Some("1.10.0"));
        assert_eq!(version(Some("1.2.0")), Some("1.2.0"));
        assert_eq!(version(Some("2.0.0")), None);
    }

    #[test]
    fn a_search_shows_each_plugin_once() {
        let all = vec![
            listing("acme/refunds", "1.2.0"),
            listing("acme/refunds", "1.3.0"),
            listing("b/c", "1.0.0"),
        ];
        let index = Index::new(all).expect("all differ");
        let found = |words: &[&str]| -> Vec<_> {
            let words: Vec<_> = words.iter().map(|&word| word.to_owned()).collect();
            index
                .search(&words)
                .into_iter()
                .map(|found| (found.id, found.version))
                .collect()
        };
        assert_eq!(
            found(&["Refund", "acme"]),
            [("acme/refunds".to_owned(), "1.3.0".to_owned())]
        );
        assert_eq!(found(&[]).len(), 2);
        assert!(found(&["nothing"]).is_empty());
        assert_eq!(index.near(&["refnds".to_owned()]), Some("acme/refunds"));
    }

    #[test]
    fn a_package_is_what_the_index_says_or_does_not_come_in() {
        let manifest_text =
            "[plugin]\nid = \"acme/refunds\"\nversion = \"1.4.0\"\napi = \"0.1\"\nsummary = \"s\"\nlicense = \"MIT\"\n";
        let package = Package {
            manifest: Manifest::parse(manifest_text).expect("it is sound"),
            manifest_text: manifest_text.to_owned(),
            digest: "d".repeat(64),
            imports: Vec::new(),
        };
        let denies = |listing: &Listing| listing.denies(&package, "https://plugins.example.org");
        assert_eq!(denies(&listing("acme/refunds", "1.4.0")), None);
        for (id, version) in [
            ("acme/evil", "1.4.0"),
            ("acme/refunds", "99.0.0"),
            ("acme/refunds", "1.4.0\u{1b}[2K"),
        ] {
            let why = denies(&listing(id, version)).expect("it is another one");
            let start = "the package is acme/refunds 1.4.0, and not what the index says, ";
            assert!(why.starts_with(start) && !why.contains('\u{1b}'), "{why}");
            assert!(
                why.contains("whoever keeps the index at https://plugins.example.org"),
                "{why}"
            );
        }
        let other = Listing {
            digest: "e".repeat(64),
            ..listing("acme/refunds", "1.4.0")
        };
        let why = denies(&other).expect("it is another one");
        assert!(
            why.starts_with("acme/refunds 1.4.0 is not what the index says: its digest is ddd"),
            "{why}"
        );
    }

    #[test]
    fn what_a_stranger_writes_into_an_index_does_nothing_to_a_terminal() {
        let mut odd = listing("acme/a\u{1b}[31m", "1.0.0");
        odd.summary = "Nice\u{1b}[2K\nacme/b \u{202e}dengis".to_owned();
        let text = serde_json::to_string(&Index { plugins: vec![odd] }).expect("it is JSON");
        let index = Index::parse(&text).expect("it is an index");
        let found = &index.search(&[])[0];
        assert_eq!(found.id, r"acme/a\u{1b}[31m");
        assert_eq!(found.summary, r"Nice\u{1b}[2K acme/b \u{202e}dengis");
        let problem = Index::parse("{ \"plugins\": \"\\u001b[31m\\u202e\" }").expect_err("it is none");
        assert!(!problem.contains(['\u{1b}', '\u{202e}']), "{problem}");
    }

    #[test]
    fn one_version_is_one_file() {
        let twice = vec![listing("a/b", "1.0.0"), listing("a/b", "1.0.0")];
        let problem = Index::new(twice).expect_err("it is there twice");
        assert!(problem.contains("are both a/b 1.0.0"), "{problem}");
    }
}
