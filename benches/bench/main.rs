//! Measured costs: `cargo xtask bench` runs them all, `cargo xtask bench chain` one of them, `--short` shows that they
//! run. Each prints its rows with the baseline measured in the same run. `docs/benchmarks.md` says how to read them.

mod bare_sqlite;
mod bare_wasmtime;
mod chain;
mod figures;
mod home;
mod knowledge;
mod native;
mod packages;
mod path;
mod payload;
mod program;
mod rows;
mod stall;
mod storage;
mod telegram;

/// Measures and prints; the short form shows that it runs.
type Bench = fn(bool);

/// The benches by name, in the order in which they run.
const BENCHES: [(&str, Bench); 7] = [
    ("chain", chain::run),
    ("stall", stall::run),
    ("path", path::run),
    ("program", program::run),
    ("storage", storage::run),
    ("knowledge", knowledge::run),
    ("telegram", telegram::run),
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [role, url] = arguments.as_slice()
        && role == telegram::SMALL_BOT
    {
        return telegram::small_bot(url);
    }
    let short = arguments.iter().any(|argument| argument == "--short");
    let wanted: Vec<&String> = arguments
        .iter()
        .filter(|argument| !argument.starts_with("--"))
        .collect();
    for (name, bench) in BENCHES {
        if wanted.is_empty() || wanted.iter().any(|wanted| *wanted == name) {
            bench(short);
            println!();
        }
    }
}
