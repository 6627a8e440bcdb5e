//! The process is killed under load, at random moments and at each named point, and started again on the same disk.
//! Whatever dies: every accepted event is handled exactly once, every answer arrives exactly once or is marked as
//! perhaps sent, and order holds within each conversation and priority.

mod child;
mod verdict;

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

/// Set for the child: the folder it works in and where it dies.
const CHILD: &str = "SWITCHBOARD_CRASH_CHILD";

/// How many seeds; `cargo xtask soak` sets more.
const SEEDS: &str = "SWITCHBOARD_CRASH_SEEDS";

/// Seeds of an ordinary test run.
const SEEDS_DEFAULT: u64 = 5;

/// Deaths before the last run is let through.
const DEATHS: u64 = 8;

/// Where the child may die by itself; "kill" is a SIGKILL from outside after so many batches.
const POINTS: [&str; 6] = [
    "applied",
    "committed",
    "answered",
    "before-arrival",
    "after-arrival",
    "kill",
];

/// xorshift64*: the same walk for the same seed.
struct Walk(u64);

impl Walk {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % limit
    }
}

#[test]
fn nothing_is_lost_or_doubled_when_the_process_is_killed() {
    if let Ok(spec) = std::env::var(CHILD) {
        child::run(&spec);
        return;
    }
    let seeds = std::env::var(SEEDS)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(SEEDS_DEFAULT);
    for seed in 1..=seeds {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut walk = Walk(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let mut deaths = Vec::new();
        let mut died = 0;
        for number in 0..DEATHS {
            // Each named point at least once, then any.
            let point = match POINTS.get(usize::try_from(number).expect("small")) {
                Some(point) => point,
                None => POINTS[usize::try_from(walk.below(6)).expect("small")],
            };
            let after = 1 + walk.below(7);
            deaths.push(format!("{point} {after}"));
            died += u64::from(!spawn(folder.path(), point, after));
        }
        assert!(
            died >= POINTS.len() as u64,
            "seed {seed}: only {died} of {DEATHS} lives ended early"
        );
        assert!(
            spawn(folder.path(), "never", 0),
            "seed {seed}: the last run did not finish"
        );
        let story = format!("seed {seed}, deaths: {}", deaths.join(", "));
        verdict::check(folder.path(), &story);
    }
}

/// Runs the child until it dies or finishes; whether it finished.
fn spawn(folder: &Path, point: &str, after: u64) -> bool {
    let test = "crash::nothing_is_lost_or_doubled_when_the_process_is_killed";
    let mut child = Command::new(std::env::current_exe().expect("this binary has a path"))
        .args([test, "--exact", "--nocapture"])
        .env(CHILD, format!("{point} {after} {}", folder.display()))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the test binary can start itself");
    let output = BufReader::new(child.stdout.take().expect("the output is a pipe"));
    let mut batches = 0;
    for line in output.lines().map_while(Result::ok) {
        batches += u64::from(line.starts_with("batch"));
        if point == "kill" && batches >= after {
            child.kill().expect("the child can be killed");
            break;
        }
    }
    child.wait().expect("the child can be waited for").success()
}
