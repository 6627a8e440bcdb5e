//! Lets the fuzzer loose on what comes in from strangers. What breaks is kept, and every later test run plays it.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::{step, tools};

/// One input is read in far less than a millisecond: what takes this long would hold a login up.
const INPUT_SECONDS_MAX: u32 = 5;

/// Longer inputs find nothing that shorter ones do not, and slowly.
const INPUT_BYTES_MAX: u32 = 16 * 1024;

/// Each of the named targets, or all, for so many minutes; the first that finds something ends it.
pub fn run(names: &[String], minutes: u32) -> Result<()> {
    tools::ensure_fuzzer()?;
    let targets = targets()?;
    if let Some(unknown) = names.iter().find(|name| !targets.contains(name)) {
        bail!("there is no target {unknown}: there are {}", targets.join(", "));
    }
    for target in if names.is_empty() { &targets } else { names } {
        one(target, minutes)?;
    }
    Ok(())
}

fn one(target: &str, minutes: u32) -> Result<()> {
    let kept = root().join("fixtures/fuzz").join(target);
    let found = step::target().join("fuzz/found").join(target);
    for folder in [&kept, &found] {
        fs::create_dir_all(folder).with_context(|| format!("create {}", folder.display()))?;
    }
    let mut command = step::cargo();
    command
        // Our code has no unsafe line, so there is no memory to guard; and without a sanitizer the stable compiler will do.
        .args([
            "fuzz",
            "run",
            "--fuzz-dir",
            "tests/fuzz",
            "--features",
            "fuzz",
            "--sanitizer",
            "none",
        ])
        // All dependencies are compiled anew, with counters: more effort would take longer than it saves.
        .args(["--codegen-units", "16"])
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
        .arg("--target-dir")
        .arg(step::target().join("fuzz"))
        // What is new goes into the first folder.
        .arg(target)
        .args([&found, &kept])
        .args(documented(target))
        .arg("--")
        .arg(format!("-max_total_time={}", 60 * minutes))
        .arg(format!("-timeout={INPUT_SECONDS_MAX}"))
        .arg(format!("-max_len={INPUT_BYTES_MAX}"))
        .args(words(target))
        .arg(flag("-artifact_prefix=", &kept.join("")));
    let what = format!("fuzz {target} for {minutes} minutes");
    step::run(&what, &mut command).with_context(|| {
        format!(
            "if the fuzzer broke something, what it sent lies in {} from now on; mend it, and see it pass with \
             `cargo test --lib hostile`, which plays all that lies there",
            kept.display()
        )
    })
}

/// The payloads that the platform documents, to start from; none for a target that is of no platform.
fn documented(target: &str) -> Option<PathBuf> {
    let (platform, _) = target.split_once('_')?;
    let folder = root().join("fixtures").join(platform);
    folder.is_dir().then_some(folder)
}

/// The words of what comes in there; none where it is bytes.
fn words(target: &str) -> Option<OsString> {
    let words = root().join("fuzz").join(target).with_extension("dict");
    words.is_file().then(|| flag("-dict=", &words))
}

/// Each file is a target.
fn targets() -> Result<Vec<String>> {
    let folder = root().join("fuzz/fuzz_targets");
    let entries = fs::read_dir(&folder).with_context(|| format!("read {}", folder.display()))?;
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut targets: Vec<String> = paths
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect();
    targets.sort();
    if targets.is_empty() {
        bail!("{} holds no target", folder.display());
    }
    Ok(targets)
}

fn root() -> PathBuf {
    step::root().join("tests")
}

fn flag(name: &str, path: &Path) -> OsString {
    let mut flag = OsString::from(name);
    flag.push(path);
    flag
}
