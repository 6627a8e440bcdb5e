//! The model folder: a manifest and the files that it names, to the byte.
//!
//! Reads and checks; who runs the model is `onnx`.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::knowledge::scoring::ModelDigest;

/// The manifest.
pub const MANIFEST: &str = "model.toml";

/// The model.
pub const MODEL: &str = "model.onnx";

/// What cuts a text into the tokens that the model knows.
pub const TOKENIZER: &str = "tokenizer.json";

/// ONNX Runtime, which runs the model; a folder need not have it.
pub const RUNTIME: &str = "libonnxruntime.so";

/// A model that is larger takes longer for one text than anybody waits.
const FILE_BYTES_MAX: u64 = 1 << 30;

/// A manifest is a screenful.
const MANIFEST_BYTES_MAX: u64 = 64 << 10;

/// No sentence model has fewer or more numbers.
const DIMENSIONS: std::ops::RangeInclusive<usize> = 8..=4096;

/// Two tokens are the marks of beginning and end; with more than so many a text takes seconds.
const TOKENS: std::ops::RangeInclusive<usize> = 8..=2048;

/// A prefix is a word or two.
const PREFIX_CHARS_MAX: usize = 200;

/// A name fits a line.
const NAME_CHARS_MAX: usize = 100;

/// Counts up when the same files give other numbers than before.
const FORMAT: u8 = 1;

/// How the vectors of a text's tokens become that of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pooling {
    /// Their mean.
    Mean,
    /// That of the first token.
    Cls,
    /// The model does it itself and gives one vector.
    None,
}

/// `model.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// As people call it.
    pub name: String,
    /// How many numbers a vector has.
    pub dimensions: usize,
    /// What of a text is longer is not read.
    pub tokens_max: usize,
    /// How a text's tokens become one vector.
    pub pooling: Pooling,
    /// Stands before a question.
    #[serde(default)]
    pub question_prefix: String,
    /// Stands before a text that is stored.
    #[serde(default)]
    pub stored_prefix: String,
    /// The digest of each file, in hexadecimal.
    pub sha256: BTreeMap<String, String>,
}

/// A folder whose files are those that its manifest names.
pub struct ModelFolder {
    /// What it says.
    pub manifest: Manifest,
    /// Of its files and of how they are used.
    pub digest: ModelDigest,
    /// [`MODEL`].
    pub model: Vec<u8>,
    /// [`TOKENIZER`].
    pub tokenizer: Vec<u8>,
    /// [`RUNTIME`], where the manifest names it.
    pub runtime: Option<PathBuf>,
}

/// Why a folder is no model.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// A file is not there, or cannot be read.
    #[error("cannot read {}", .file.display())]
    Unreadable {
        /// Which.
        file: PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// A file is too large to be what it should be.
    #[error("{} is larger than {max} bytes", .file.display())]
    TooLarge {
        /// Which.
        file: PathBuf,
        /// What it may have.
        max: u64,
    },
    /// The manifest is none.
    #[error("{}: {what}", .file.display())]
    Manifest {
        /// Which.
        file: PathBuf,
        /// What is wrong, with its line where it has one.
        what: String,
    },
    /// A file is not the one that the manifest means.
    #[error("{} is not the file that {MANIFEST} means: its SHA-256 is {found}", .file.display())]
    OtherFile {
        /// Which.
        file: PathBuf,
        /// Its digest.
        found: String,
    },
}

impl ModelFolder {
    /// Reads the folder, and compares every file with the manifest.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong.
    pub fn read(folder: &Path) -> Result<Self, FolderError> {
        let file = folder.join(MANIFEST);
        let text = read(&file, MANIFEST_BYTES_MAX)?;
        let manifest = manifest(&text).map_err(|what| FolderError::Manifest { file, what })?;
        let digest = manifest.digest();
        Ok(Self {
            model: manifest.read(folder, MODEL)?,
            tokenizer: manifest.read(folder, TOKENIZER)?,
            runtime: if manifest.sha256.contains_key(RUNTIME) {
                manifest.read(folder, RUNTIME)?;
                Some(folder.join(RUNTIME))
            } else {
                None
            },
            manifest,
            digest,
        })
    }
}

impl Manifest {
    /// A file whose digest is right. All keys are those of our files, so nothing is read beside the folder.
    fn read(&self, folder: &Path, name: &str) -> Result<Vec<u8>, FolderError> {
        let file = folder.join(name);
        let bytes = read(&file, FILE_BYTES_MAX)?;
        let found = hex::encode(Sha256::digest(&bytes));
        match self.sha256.get(name) {
            Some(meant) if *meant == found => Ok(bytes),
            _ => Err(FolderError::OtherFile { file, found }),
        }
    }

    /// Not of the name, which changes no number, nor of what runs the model, which changes none that matters.
    fn digest(&self) -> ModelDigest {
        let mut hash = Sha256::new();
        for part in [
            format!("{FORMAT}"),
            format!("{:?} {} {}", self.pooling, self.dimensions, self.tokens_max),
            format!("{:?} {:?}", self.question_prefix, self.stored_prefix),
            self.sha256[MODEL].clone(),
            self.sha256[TOKENIZER].clone(),
        ] {
            hash.update(part);
            hash.update([0]);
        }
        let mut digest = [0; 16];
        digest.copy_from_slice(&hash.finalize()[..16]);
        ModelDigest(digest)
    }

    /// What no parser sees.
    fn problem(&self) -> Option<String> {
        let short = |text: &str, max: usize| text.chars().count() <= max && !text.contains(char::is_control);
        if self.name.trim().is_empty() || !short(&self.name, NAME_CHARS_MAX) {
            return Some(format!("`name` has 1 to {NAME_CHARS_MAX} characters on one line"));
        }
        if !DIMENSIONS.contains(&self.dimensions) {
            let (least, most) = (DIMENSIONS.start(), DIMENSIONS.end());
            return Some(format!("`dimensions` is {least} to {most}"));
        }
        if !TOKENS.contains(&self.tokens_max) {
            return Some(format!("`tokens_max` is {} to {}", TOKENS.start(), TOKENS.end()));
        }
        for (key, prefix) in [
            ("question_prefix", &self.question_prefix),
            ("stored_prefix", &self.stored_prefix),
        ] {
            if !short(prefix, PREFIX_CHARS_MAX) {
                return Some(format!("`{key}` has at most {PREFIX_CHARS_MAX} characters on one line"));
            }
        }
        for name in [MODEL, TOKENIZER] {
            if !self.sha256.contains_key(name) {
                return Some(format!("`[sha256]` does not name {name}"));
            }
        }
        self.sha256.iter().find_map(|(name, digest)| {
            if ![MODEL, TOKENIZER, RUNTIME].contains(&name.as_str()) {
                return Some(format!("`[sha256]` names {name}, which is no file of a model"));
            }
            let is_digest = digest.len() == 64 && digest.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
            (!is_digest).then(|| format!("the SHA-256 of {name} is 64 hexadecimal digits in small letters"))
        })
    }
}

fn manifest(text: &[u8]) -> Result<Manifest, String> {
    let text = std::str::from_utf8(text).map_err(|_| "it is no text".to_owned())?;
    let manifest: Manifest = toml::from_str(text).map_err(|error| error.to_string().trim().to_owned())?;
    match manifest.problem() {
        None => Ok(manifest),
        Some(problem) => Err(problem),
    }
}

fn read(file: &Path, max: u64) -> Result<Vec<u8>, FolderError> {
    let unreadable = |cause| FolderError::Unreadable {
        file: file.to_owned(),
        cause,
    };
    let mut bytes = Vec::new();
    let opened = File::open(file).map_err(unreadable)?;
    opened.take(max + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > max {
        return Err(FolderError::TooLarge {
            file: file.to_owned(),
            max,
        });
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(change: impl Fn(String) -> String) -> String {
        let digest = |bytes: &[u8]| hex::encode(Sha256::digest(bytes));
        change(format!(
            "name = \"small\"\ndimensions = 384\ntokens_max = 256\npooling = \"mean\"\n\n[sha256]\n\
             \"model.onnx\" = \"{}\"\n\"tokenizer.json\" = \"{}\"\n",
            digest(b"a model"),
            digest(b"a tokenizer"),
        ))
    }

    fn folder(manifest: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in [
            (MANIFEST, manifest.as_bytes()),
            (MODEL, b"a model"),
            (TOKENIZER, b"a tokenizer"),
        ] {
            std::fs::write(folder.path().join(name), bytes).unwrap();
        }
        folder
    }

    #[track_caller]
    fn refused(folder: &Path, part: &str) {
        match ModelFolder::read(folder) {
            Ok(_) => panic!("it is taken"),
            Err(error) => assert!(error.to_string().contains(part), "{error}"),
        }
    }

    #[track_caller]
    fn refused_manifest(from: &str, to: &str, part: &str) {
        let changed = text(|text| {
            assert!(text.contains(from), "{from} is there to be changed");
            text.replace(from, to)
        });
        refused(folder(&changed).path(), part);
    }

    #[test]
    fn a_folder_whose_files_are_those_of_the_manifest_is_read() {
        let folder = folder(&text(|text| text));
        let read = ModelFolder::read(folder.path()).unwrap();
        assert_eq!((read.model.as_slice(), read.runtime), (&b"a model"[..], None));
        assert_eq!(read.manifest.pooling, Pooling::Mean);
        assert_eq!(read.manifest.question_prefix, "");
    }

    #[test]
    fn another_model_and_another_use_of_it_have_another_digest() {
        let of = |from: &str, to: &str| {
            manifest(text(|text| text.replace(from, to)).as_bytes())
                .unwrap()
                .digest()
        };
        let plain = of("", "");
        assert_eq!(of("small", "large"), plain);
        for (from, to) in [
            ("= 384", "= 128"),
            ("= 256", "= 128"),
            ("\"mean\"", "\"cls\""),
            ("pooling", "stored_prefix = \"passage: \"\npooling"),
            ("pooling", "question_prefix = \"passage: \"\npooling"),
        ] {
            assert_ne!(of(from, to), plain, "{from}");
        }
    }

    #[test]
    fn what_is_wrong_in_a_manifest_is_said() {
        refused_manifest("tokens_max", "token_max", "unknown field");
        refused_manifest("name = \"small\"\n", "", "missing field `name`");
        refused_manifest("small", " ", "`name` has");
        refused_manifest("small", "two\\nlines", "`name` has");
        refused_manifest("= 384", "= 7", "`dimensions` is 8 to 4096");
        refused_manifest("= 384", "= -1", "dimensions");
        refused_manifest("= 256", "= 1000000", "`tokens_max` is");
        refused_manifest("mean", "max", "unknown variant");
        refused_manifest("\"tokenizer.json\"", "\"../secret\"", "does not name tokenizer.json");
        refused_manifest("[sha256]", "[sha256]\n\"../x\" = \"00\"", "no file of a model");
        refused_manifest(
            "[sha256]",
            "[sha256]\n\"libonnxruntime.so\" = \"00\"",
            "64 hexadecimal digits",
        );
        refused_manifest(
            "pooling",
            "stored_prefix = \"a\\u0000\"\npooling",
            "`stored_prefix` has",
        );
    }

    #[test]
    fn a_file_that_is_not_there_or_another_one_is_named() {
        let broken = folder(&text(|text| text));
        std::fs::write(broken.path().join(MODEL), b"another model").unwrap();
        refused(broken.path(), "model.onnx is not the file that model.toml means");
        std::fs::remove_file(broken.path().join(MODEL)).unwrap();
        refused(broken.path(), "model.onnx");
        refused(Path::new("/nowhere"), "cannot read /nowhere/model.toml");
        let listed = text(|text| format!("{text}\"libonnxruntime.so\" = \"{}\"\n", "0".repeat(64)));
        refused(folder(&listed).path(), "libonnxruntime.so");
        std::fs::write(broken.path().join(MANIFEST), [0xff]).unwrap();
        refused(broken.path(), "it is no text");
    }
}
