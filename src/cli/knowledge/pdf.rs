//! A PDF is read by a process of its own: whatever it is made to do (recurse, grow, run on) ends that process and nothing else.

use std::io::{Read as _, Write as _};
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, setrlimit};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use super::super::Failure;
use super::super::failure::{FOUND, OURS};
use crate::knowledge::import::pdf::{PDF_BYTES_MAX, read as read_pdf};
use crate::knowledge::import::{Reading, begin};

/// A thousand pages take seconds.
const TIME_MAX: Duration = Duration::from_mins(1);

/// The file, what is unpacked of it, and the program itself.
const MEMORY_BYTES_MAX: u64 = 1024 * 1024 * 1024;

/// Of why it cannot be read: words of a library.
const WHY_CHARS_MAX: usize = 200;

/// What the other process answers.
type Told = Result<Reading, String>;

/// Reads it in another process.
pub(super) async fn read(name: &str, bytes: Vec<u8>) -> Result<Reading, Failure> {
    let ours = |what: &str, error: &dyn std::fmt::Display| Failure::new(OURS, format!("{what}: {error}"));
    let program = std::env::current_exe().map_err(|error| ours("cannot find this program", &error))?;
    let mut child = Command::new(program)
        .args(["knowledge", "read-pdf", "--"])
        .arg(name)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| ours("cannot start the reader of PDF", &error))?;
    let input = child.stdin.take();
    let given = async move {
        // Who is gone before everything was given has said why, or has been ended.
        if let Some(mut input) = input {
            let _ = input.write_all(&bytes).await;
        }
    };
    let both = async { tokio::join!(given, child.wait_with_output()).1 };
    let cannot = |why: &str| Failure::new(FOUND, format!("cannot read {name}: {why}"));
    let output = tokio::time::timeout(TIME_MAX, both)
        .await
        .map_err(|_| cannot(&format!("it takes longer than {} seconds", TIME_MAX.as_secs())))?
        .map_err(|error| ours("cannot hear the reader of PDF", &error))?;
    let told: Option<Told> = serde_json::from_slice(&output.stdout).ok();
    let told = told.filter(|_| output.status.success());
    let told = told.ok_or_else(|| {
        cannot("its reader broke off: the file is broken, or needs more memory than is given to it")
            .hint("print it into a new PDF, or save its text as markdown")
    })?;
    told.map_err(|why| cannot(&begin(&why, WHY_CHARS_MAX)))
}

/// The other process.
pub(super) fn read_apart(name: &str) -> Result<(), Failure> {
    let limit = |resource, most| {
        let limit = Rlimit {
            current: Some(most),
            maximum: Some(most),
        };
        setrlimit(resource, limit).map_err(|error| Failure::new(OURS, format!("cannot limit itself: {error}")))
    };
    limit(Resource::As, MEMORY_BYTES_MAX)?;
    limit(Resource::Cpu, TIME_MAX.as_secs())?;
    let mut bytes = Vec::new();
    let read = std::io::stdin().take(PDF_BYTES_MAX as u64).read_to_end(&mut bytes);
    read.map_err(anyhow::Error::from)?;
    let told: Told = read_pdf(name, &bytes);
    let text = serde_json::to_string(&told).map_err(anyhow::Error::from)?;
    std::io::stdout()
        .write_all(text.as_bytes())
        .map_err(anyhow::Error::from)?;
    Ok(())
}
