//! Runs all tests and says how many ran.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::{plugins, step, tools};

/// How many tests ran, and how.
#[derive(Default)]
struct Tally {
    passed: u64,
    failed: u64,
    left_out: u64,
}

impl Tally {
    /// Reads the line that the test harness of Rust prints at the end of each binary.
    fn see_rust(&mut self, line: &str) {
        let Some(rest) = line.strip_prefix("test result: ") else {
            return;
        };
        for part in rest.split(['.', ';']) {
            let mut words = part.split_whitespace();
            let (Some(number), Some(word)) = (words.next().and_then(|word| word.parse::<u64>().ok()), words.next())
            else {
                continue;
            };
            match word {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" | "filtered" => self.left_out += number,
                _ => {}
            }
        }
    }

    /// Reads `N passed, M failed`, the last line of the browser tests.
    fn see_browser(&mut self, line: &str) {
        let Some((passed, failed)) = line.split_once(" passed, ") else {
            return;
        };
        let failed = failed.trim_end_matches(" failed");
        if let (Ok(passed), Ok(failed)) = (passed.trim().parse::<u64>(), failed.trim().parse::<u64>()) {
            self.passed += passed;
            self.failed += failed;
        }
    }
}

/// Builds plugins and program, then runs the tests of all crates, then those in the browser.
pub fn run(browser: bool) -> Result<()> {
    tools::ensure_rust()?;
    let chromium = if browser { Some(tools::ensure_browser()?) } else { None };
    plugins::build()?;
    let mut tally = Tally::default();
    let mut fine = step::watch(
        "cargo test",
        step::cargo().args(["test", "--workspace", "--no-fail-fast"]),
        |line| tally.see_rust(line),
    )?;
    if let Some(chromium) = chromium {
        step::run(
            "build switchboard",
            step::cargo().args(["build", "--bin", "switchboard"]),
        )?;
        fine &= step::watch(
            "browser tests",
            Command::new("node")
                .arg("tests/browser/run.mjs")
                .arg(step::target().join("debug/switchboard"))
                .env("CHROMIUM", chromium)
                .stdin(Stdio::null())
                .current_dir(step::root()),
            |line| tally.see_browser(line),
        )?;
    }
    println!(
        "\n{} tests ran: {} passed, {} failed, {} left out",
        tally.passed + tally.failed,
        tally.passed,
        tally.failed,
        tally.left_out
    );
    if !fine || tally.failed > 0 || tally.passed == 0 {
        bail!("not all tests passed");
    }
    Ok(())
}

/// The crash test with `seeds` seeds, and a cut of the network that lasts so long.
pub fn soak(seeds: u32, cut_minutes: u32) -> Result<()> {
    tools::ensure_rust()?;
    plugins::build()?;
    step::run(
        &format!("crash test, {seeds} seeds"),
        step::cargo()
            .args(["test", "--test", "it", "crash", "--", "--nocapture"])
            .env("SWITCHBOARD_CRASH_SEEDS", seeds.to_string()),
    )?;
    step::run(
        &format!("the network is cut for {cut_minutes} minutes"),
        step::cargo()
            .args(["test", "--test", "it", "cut::", "--", "--nocapture"])
            .env("SWITCHBOARD_CUT_SECONDS", (60 * u64::from(cut_minutes)).to_string()),
    )
}

/// Lets the tests that compare generated files write them instead.
pub fn rewrite() -> Result<()> {
    tools::ensure_rust()?;
    plugins::build()?;
    step::run(
        "write generated files",
        step::cargo()
            .args(["test", "--quiet", "--test", "it", "generated::"])
            .env("SWITCHBOARD_REWRITE", "1"),
    )
    .context("write generated files")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_harness_line_is_counted() {
        let mut tally = Tally::default();
        tally
            .see_rust("test result: ok. 12 passed; 1 failed; 2 ignored; 0 measured; 3 filtered out; finished in 0.01s");
        assert_eq!((tally.passed, tally.failed, tally.left_out), (12, 1, 5));
    }

    #[test]
    fn the_browser_line_is_counted() {
        let mut tally = Tally::default();
        tally.see_browser("7 passed, 1 failed");
        tally.see_browser("all well");
        assert_eq!((tally.passed, tally.failed), (7, 1));
    }
}
