//! Asks a knowledge base the questions of question sets, and writes what it would have said.
//!
//! `cargo xtask answers --data DIR --budget K --out DIR [--model DIR]`. A set is a folder with `entries.jsonl` and `queries.jsonl`; of
//! every entry the question and the first K-1 variants are used. What comes out is a line for each question: the best entry,
//! how likely it is right, whether it would be said to somebody who asked the bot, the time it took, and the numbers from
//! which `xtask/training/calibration.py` learns. Beside each set it tells what the base makes of its own texts.

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use clap::Parser;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use switchboard::clock::{Clock as _, SystemClock};
use switchboard::knowledge::Base;
use switchboard::knowledge::base::Asked;
use switchboard::knowledge::embeddings::{self, Embedder, OpenError, Role, Settings};
use switchboard::knowledge::scoring::{Band, Embedding, Lines};
use switchboard::model::Timestamp;
use switchboard::model::directory::Audience;
use switchboard::model::entry::{Answer, Channels, Entry, Visibility};
use switchboard::model::finding::AskScope;
use switchboard::model::ids::{CommunityId, EntryId};
use switchboard::storage::knowledge::StoredEntry;

#[derive(Parser)]
struct Arguments {
    /// A folder of question sets.
    #[arg(long)]
    data: PathBuf,
    /// How many ways to ask of each entry are used.
    #[arg(long)]
    budget: usize,
    /// Where `<set>.jsonl` is written.
    #[arg(long)]
    out: PathBuf,
    /// The folder of a sentence model; needs the feature `embeddings`.
    #[arg(long)]
    model: Option<PathBuf>,
    /// Cargo says it to every bench.
    #[arg(long, hide = true)]
    bench: bool,
}

/// A line of `entries.jsonl`. Its id is a name for the scorer; no word is read out of it.
#[derive(Deserialize)]
struct Known {
    id: String,
    question: String,
    #[serde(default)]
    variants: Vec<String>,
    #[serde(default)]
    answer: String,
    lang: Option<String>,
}

/// A line of `queries.jsonl`.
#[derive(Deserialize)]
struct Query {
    text: String,
}

#[derive(Serialize)]
struct Said {
    query_index: usize,
    id: Option<String>,
    score: f32,
    answered: bool,
    micros: u128,
    evidence: Option<Vec<f32>>,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    ensure!(arguments.budget > 0, "--budget is at least 1: the question itself");
    let mut sets: Vec<PathBuf> = fs::read_dir(&arguments.data)
        .with_context(|| format!("{} cannot be read", arguments.data.display()))?
        .filter_map(|found| Some(found.ok()?.path()))
        .filter(|path| path.join("queries.jsonl").is_file())
        .collect();
    ensure!(
        !sets.is_empty(),
        "{} holds no folder with a queries.jsonl",
        arguments.data.display()
    );
    sets.sort();
    let model = arguments.model.as_deref().map(open).transpose()?;
    fs::create_dir_all(&arguments.out).with_context(|| format!("{} cannot be made", arguments.out.display()))?;
    for set in sets {
        let name = set
            .file_name()
            .context("a set has a name")?
            .to_string_lossy()
            .into_owned();
        let out = arguments.out.join(format!("{name}.jsonl"));
        let (asked, own) = ask_all(&set, arguments.budget, model.as_deref(), &out)?;
        println!("{name}: {asked} questions, {}; {own}", out.display());
    }
    Ok(())
}

/// The day on which all is asked.
const TODAY: &str = "2026-01-01";

/// As many of its own texts as the program tries.
const TRIED_MAX: usize = 1_000;

/// As the program starts it, with one thread.
fn open(folder: &Path) -> Result<Arc<dyn Embedder>> {
    let settings = Settings {
        folder: folder.to_owned(),
        runtime: None,
        threads: 1,
        timeout: Duration::MAX,
        texts_max: usize::MAX,
    };
    embeddings::open(&settings).map_err(|error: OpenError| {
        let fix = error.fix();
        anyhow::Error::from(error).context(fix)
    })
}

/// All entries, read by the model if there is one, so that no question is answered without it.
fn base(entries: Vec<StoredEntry>, model: Option<&dyn Embedder>) -> Result<Base> {
    let Some(model) = model else {
        return Ok(Base::new("en", entries));
    };
    let mut base = Base::for_model(model.space(), "en", entries);
    for (digest, text) in base.to_embed(usize::MAX) {
        base.embed(digest, model.embed(&text, Role::Stored)?.as_ref());
    }
    Ok(base)
}

/// How many questions there were, and what the base makes of its own texts.
fn ask_all(set: &Path, budget: usize, model: Option<&dyn Embedder>, out: &Path) -> Result<(usize, String)> {
    let entries: Vec<Known> = lines(&set.join("entries.jsonl"))?;
    let queries: Vec<Query> = lines(&set.join("queries.jsonl"))?;
    // The entries' ids are numbers, so that no word of a name can help; the names come back below.
    let names: Vec<String> = entries.iter().map(|entry| entry.id.clone()).collect();
    let entries = (0..).zip(entries).map(|(at, entry)| stored(at, entry, budget));
    let base = base(entries.collect(), model)?;
    let (clock, scope) = (SystemClock::new(), scope());
    let mut file = BufWriter::new(File::create(out).with_context(|| format!("{} cannot be written", out.display()))?);
    for (query_index, query) in queries.iter().enumerate() {
        let started = clock.elapsed();
        let embedding: Option<Embedding> = match model {
            Some(model) => model.embed(&query.text, Role::Question)?,
            None => None,
        };
        let asked = Asked {
            words: &query.text,
            embedding: embedding.as_ref(),
        };
        let judged = base.judge(&scope, asked, &[], TODAY);
        let micros = clock.elapsed().saturating_sub(started).as_micros();
        let number = judged
            .best
            .as_ref()
            .map(|id| id.as_str().parse::<usize>())
            .transpose()?;
        let said = Said {
            query_index,
            id: number.map(|number| names[number].clone()),
            score: judged.probability,
            answered: judged.band == Band::Answer,
            micros,
            evidence: judged.evidence.map(|evidence| evidence.numbers().to_vec()),
        };
        serde_json::to_writer(&mut file, &said)?;
        file.write_all(b"\n")?;
    }
    file.flush()?;
    Ok((queries.len(), own_texts(&base)))
}

fn own_texts(base: &Base) -> String {
    let ways = base.sample(TRIED_MAX, TODAY);
    let tried: Vec<_> = ways.iter().filter_map(|way| base.try_out(way, TODAY)).collect();
    let said = |right: bool| {
        let said = tried.iter().filter(|tried| tried.is_said(Lines::START.addressed));
        said.filter(|tried| tried.is_right() == right).count()
    };
    let (right, wrong) = (said(true), said(false));
    format!("of {} own texts {right} answered rightly, {wrong} wrongly", tried.len())
}

fn lines<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>> {
    let text = fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(number, line)| serde_json::from_str(line).with_context(|| format!("{}, line {number}", path.display())))
        .collect()
}

fn stored(at: usize, known: Known, budget: usize) -> StoredEntry {
    StoredEntry {
        entry: Entry {
            id: EntryId::from(at.to_string()),
            question: known.question,
            aliases: known.variants.into_iter().take(budget - 1).collect(),
            answer: Answer {
                full: known.answer,
                short: None,
                steps: Vec::new(),
            },
            language: known.lang,
            translations: std::collections::BTreeMap::default(),
            visibility: Visibility::Public,
            channels: Channels::default(),
            sources: Vec::new(),
            credit: None,
            owner: None,
            review_by: None,
            until: None,
            related: Vec::new(),
            escalate_to: None,
            rev: 1,
        },
        file: None,
        changed_at: Timestamp::default(),
        changed_by: None,
    }
}

/// Somebody asks the bot directly.
fn scope() -> AskScope {
    AskScope {
        community: CommunityId(uuid::Uuid::nil()),
        place: None,
        platform: "loopback".to_owned(),
        audience: Audience::Direct,
        staff: false,
        overheard: false,
        language: None,
        conversation: None,
        without: Vec::new(),
        asker: None,
        consults: false,
    }
}
