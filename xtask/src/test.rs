//! Runs all tests and says how many ran.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;

use anyhow::{Context, Result, bail};

use crate::peers::{self, Installed};
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
                "ignored" => self.left_out += number,
                _ => {}
            }
        }
    }

    /// Reads `N passed, M failed`, the last line of tests that are not of Rust.
    fn see_other(&mut self, line: &str) {
        let Some((passed, failed)) = line.split_once(" passed, ") else {
            return;
        };
        let failed = failed.trim_end_matches(" failed");
        if let (Ok(passed), Ok(failed)) = (passed.trim().parse::<u64>(), failed.trim().parse::<u64>()) {
            self.passed += passed;
            self.failed += failed;
        }
    }

    /// Counts a part in, which must have run.
    fn add(&mut self, part: &Self) -> Result<()> {
        if part.passed + part.failed == 0 {
            bail!("a part of the tests ran nothing");
        }
        self.passed += part.passed;
        self.failed += part.failed;
        Ok(())
    }

    /// Says how many ran; fails where one failed, or none ran.
    fn finish(&self, fine: bool) -> Result<()> {
        let Self {
            passed,
            failed,
            left_out,
        } = self;
        let ran = passed + failed;
        println!("\n{ran} tests ran: {passed} passed, {failed} failed, {left_out} left out");
        if !fine || *failed > 0 || *passed == 0 {
            bail!("not all tests passed");
        }
        Ok(())
    }
}

/// Builds plugins and program, then runs the tests of all crates, then those in the browser and against servers.
pub fn run(browser: bool, peers: bool) -> Result<()> {
    tools::ensure_rust()?;
    let chromium = if browser { Some(tools::ensure_browser()?) } else { None };
    // While cargo compiles.
    let installing = peers.then(|| thread::spawn(peers::install));
    plugins::build()?;
    let traffic = peers::traffic()?;
    let mut tally = Tally::default();
    let mut fine = step::watch(
        "cargo test",
        step::cargo()
            .args(["test", "--workspace", "--no-fail-fast"])
            .env("SWITCHBOARD_DISCORD_TRAFFIC", &traffic),
        |line| tally.see_rust(line),
    )?;
    if let Some(installing) = installing {
        let installed = installing.join().expect("installing does not panic")?;
        fine &= against_servers(&installed, &mut tally)?;
        let mut compared = Tally::default();
        fine &= step::watch(
            "what our fake of Discord was asked, answers and tells, by Discord's description",
            &mut installed.schemas(&traffic),
            |line| compared.see_other(line),
        )?;
        tally.add(&compared)?;
    }
    if let Some(chromium) = chromium {
        fine &= in_browser(chromium, &mut tally)?;
    }
    tally.finish(fine)?;
    if peers && tally.left_out > 0 {
        bail!("not all tests ran");
    }
    Ok(())
}

/// Runs the tests against servers alone.
pub fn peers() -> Result<()> {
    tools::ensure_rust()?;
    plugins::build()?;
    let mut tally = Tally::default();
    let fine = against_servers(&peers::install()?, &mut tally)?;
    tally.finish(fine)
}

/// The tests that `cargo test` alone shows as ignored, because they need a server; and what another library says of the
/// server.
fn against_servers(installed: &Installed, tally: &mut Tally) -> Result<bool> {
    let running = installed.start()?;
    let mut command = step::cargo();
    // All crates, as before: with fewer, others would be compiled anew.
    command.args(["test", "--workspace", "--test", "it", "--", "--ignored"]);
    running.show(&mut command);
    let mut ran = Tally::default();
    let mut fine = step::watch("tests against servers", &mut command, |line| ran.see_rust(line))?;
    tally.left_out = tally.left_out.saturating_sub(ran.passed + ran.failed);
    let mut opinion = Tally::default();
    fine &= step::watch(
        "a second opinion on the Discord of the tests",
        &mut installed.second_opinion(&running),
        |line| opinion.see_other(line),
    )?;
    tally.add(&ran)?;
    tally.add(&opinion)?;
    Ok(fine)
}

/// The tests that click.
fn in_browser(chromium: PathBuf, tally: &mut Tally) -> Result<bool> {
    step::run(
        "build switchboard",
        step::cargo().args(["build", "--bin", "switchboard"]),
    )?;
    step::watch(
        "browser tests",
        Command::new("node")
            .arg("tests/browser/run.mjs")
            .arg(step::target().join("debug/switchboard"))
            .env("CHROMIUM", chromium)
            .stdin(Stdio::null())
            .current_dir(step::root()),
        |line| tally.see_other(line),
    )
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
        assert_eq!((tally.passed, tally.failed, tally.left_out), (12, 1, 2));
    }

    #[test]
    fn the_line_of_other_tests_is_counted() {
        let mut tally = Tally::default();
        tally.see_other("7 passed, 1 failed");
        tally.see_other("all well");
        assert_eq!((tally.passed, tally.failed), (7, 1));
    }
}
