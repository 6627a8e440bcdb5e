//! Which sentence model there is, and what it may take: as written, and as meant.

use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// More threads than this cost more than they bring: a text is short.
const THREADS_MAX: u32 = 16;

/// The lane of whoever asks waits so long; without the model there would be an answer at once.
const TIMEOUT_MILLIS_MAX: u32 = 5_000;

/// A sentence model, which finds answers that share no word with the question. Without `folder` there is none. Only a program that was
/// built with `--features embeddings` can have one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The folder with `model.toml`, `model.onnx` and `tokenizer.json`, relative to where Switchboard is started. `cargo xtask model`
    /// makes one.
    pub folder: PathBuf,
    /// ONNX Runtime's library, 1.17 or newer. Empty: the one in `folder` that `model.toml` names, else what `ORT_DYLIB_PATH`
    /// names, else the system's.
    pub runtime: PathBuf,
    /// How many threads work on one text.
    pub threads: u32,
    /// How long a question waits for the model, in milliseconds. One that has waited so long is answered without.
    pub timeout_millis: u32,
    /// A community with more texts than this is answered without the model: each takes about 400 bytes of memory, and some
    /// milliseconds of one thread when it comes or changes.
    pub texts_max: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            folder: PathBuf::new(),
            runtime: PathBuf::new(),
            threads: 1,
            timeout_millis: 250,
            texts_max: 150_000,
        }
    }
}

/// The same, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Where the model is.
    pub folder: PathBuf,
    /// The library that runs it, where it is named.
    pub runtime: Option<PathBuf>,
    /// Threads for one text.
    pub threads: usize,
    /// How long a question waits.
    pub timeout: Duration,
    /// Texts of a community.
    pub texts_max: usize,
}

impl Config {
    /// What it means; none where there is no model.
    ///
    /// # Errors
    ///
    /// The option that is wrong, and why.
    pub fn check(&self) -> Result<Option<Settings>, (&'static str, String)> {
        if self.folder.as_os_str().is_empty() {
            return Ok(None);
        }
        if !cfg!(feature = "embeddings") {
            let how =
                "this program was built without sentence models: take it out, or build with `--features embeddings`";
            return Err(("folder", how.to_owned()));
        }
        self.meaning().map(Some)
    }

    fn meaning(&self) -> Result<Settings, (&'static str, String)> {
        if !(1..=THREADS_MAX).contains(&self.threads) {
            return Err(("threads", format!("1 to {THREADS_MAX} threads work on one text")));
        }
        if !(1..=TIMEOUT_MILLIS_MAX).contains(&self.timeout_millis) {
            return Err((
                "timeout_millis",
                format!("a question waits 1 to {TIMEOUT_MILLIS_MAX} ms"),
            ));
        }
        if self.texts_max == 0 {
            return Err((
                "texts_max",
                "with no text there is nothing to compare; to have no model, leave out `folder`".to_owned(),
            ));
        }
        Ok(Settings {
            folder: self.folder.clone(),
            runtime: Some(self.runtime.clone()).filter(|runtime| !runtime.as_os_str().is_empty()),
            threads: self.threads as usize,
            timeout: Duration::from_millis(self.timeout_millis.into()),
            texts_max: self.texts_max as usize,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_folder_there_is_no_model() {
        assert_eq!(Config::default().check(), Ok(None));
    }

    #[test]
    fn a_folder_means_a_model_where_the_program_can_have_one() {
        let config = Config {
            folder: "models/minilm".into(),
            ..Config::default()
        };
        let found = config.check();
        if cfg!(feature = "embeddings") {
            let settings = found.unwrap().expect("a folder is named");
            assert_eq!((settings.runtime, settings.threads), (None, 1));
        } else {
            let (option, problem) = found.unwrap_err();
            assert_eq!(option, "folder");
            assert!(problem.contains("--features embeddings"), "{problem}");
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        let check = |change: fn(&mut Config), option: &str| {
            let mut config = Config::default();
            change(&mut config);
            let (found, _) = config.meaning().expect_err("it is wrong");
            assert_eq!(found, option);
        };
        check(|config| config.threads = 0, "threads");
        check(|config| config.threads = 17, "threads");
        check(|config| config.timeout_millis = 0, "timeout_millis");
        check(|config| config.timeout_millis = 5_001, "timeout_millis");
        check(|config| config.texts_max = 0, "texts_max");
    }
}
