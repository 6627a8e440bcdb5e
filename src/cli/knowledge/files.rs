//! Files that entries are imported from. Markdown, tables and pages go to the running program as they are; the others are read here.

use std::io::Read as _;
use std::path::{Component, Path, PathBuf};

use super::super::failure::{FOUND, USAGE};
use super::super::{Failure, block_on};
use super::pdf;
use crate::knowledge::import::chat::{CHAT_BYTES_MAX, Chat};
use crate::knowledge::import::pdf::PDF_BYTES_MAX;
use crate::knowledge::import::{BYTES_MAX, Format, Import, ImportFile, clean};

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    Text(Format),
    Pdf,
    /// None where the file itself has to say which.
    Chat(Option<Chat>),
}

impl Written {
    /// As a command names them.
    pub(super) const NAMES: [&str; 6] = ["markdown", "csv", "html", "pdf", "discord", "telegram"];

    fn of_name(name: &str) -> Option<Self> {
        match name {
            "pdf" => Some(Self::Pdf),
            "discord" => Some(Self::Chat(Some(Chat::Discord))),
            "telegram" => Some(Self::Chat(Some(Chat::Telegram))),
            _ => Format::of_name(name).map(Self::Text),
        }
    }

    fn of_file(name: &str) -> Option<Self> {
        match Path::new(name).extension()?.to_ascii_lowercase().to_str()? {
            "pdf" => Some(Self::Pdf),
            "json" => Some(Self::Chat(None)),
            _ => Format::of_file(name).map(Self::Text),
        }
    }

    fn bytes_max(self) -> usize {
        match self {
            Self::Text(_) => BYTES_MAX,
            Self::Pdf => PDF_BYTES_MAX,
            Self::Chat(_) => CHAT_BYTES_MAX,
        }
    }
}

/// Adds the files to the import.
pub(super) fn read(paths: &[PathBuf], format: Option<&str>, import: &mut Import) -> Result<(), Failure> {
    for path in paths {
        let name = name(path);
        let written = format.map_or_else(|| Written::of_file(&name), Written::of_name);
        let Some(written) = written else {
            return Err(
                Failure::new(USAGE, format!("the ending of {} says nothing", path.display()))
                    .hint(format!("say how it is written: --format {}", Written::NAMES.join("|"))),
            );
        };
        let bytes = bytes(path, written.bytes_max())?;
        match written {
            Written::Text(format) => {
                let text = clean(&text(path, bytes)?);
                import.files.push(ImportFile { name, format, text });
            }
            Written::Pdf => {
                let reading = block_on(pdf::read(&name, bytes))?;
                import.reading.append(reading);
            }
            Written::Chat(chat) => {
                let reading = chat_of(path, chat, &bytes)?.read(&name, &bytes);
                let reading = reading.map_err(|error| broken(path, &error.to_string()))?;
                import.reading.append(reading);
            }
        }
        let files: usize = import.files.iter().map(|file| file.text.len()).sum();
        if files.saturating_add(import.reading.bytes()) > BYTES_MAX {
            return Err(too_large(path, BYTES_MAX));
        }
    }
    Ok(())
}

fn chat_of(path: &Path, said: Option<Chat>, bytes: &[u8]) -> Result<Chat, Failure> {
    said.or_else(|| Chat::of(bytes)).ok_or_else(|| {
        let what = format!("{} is no exported chat that is known here", path.display());
        Failure::new(FOUND, what).hint(
            "export a channel of Discord with DiscordChatExporter as JSON, or a chat of Telegram with Telegram Desktop as JSON; \
             `--format discord` or `--format telegram` says what is wrong with the file",
        )
    })
}

fn broken(path: &Path, why: &str) -> Failure {
    Failure::new(FOUND, format!("cannot read {}: {why}", path.display()))
}

/// The same however the path is written: `./faq.md` is `faq.md`.
fn name(path: &Path) -> String {
    let parts = path.components().filter(|part| *part != Component::CurDir);
    parts.collect::<PathBuf>().to_string_lossy().into_owned()
}

fn bytes(path: &Path, most: usize) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    std::fs::File::open(path)
        .and_then(|file| file.take(limit).read_to_end(&mut bytes))
        .map_err(|error| broken(path, &error.to_string()))?;
    if bytes.len() > most {
        return Err(too_large(path, most));
    }
    Ok(bytes)
}

fn too_large(path: &Path, most: usize) -> Failure {
    let what = format!("{} is too large: one import takes {most} bytes in all", path.display());
    Failure::new(FOUND, what).hint("split it, and import one after the other")
}

fn text(path: &Path, bytes: Vec<u8>) -> Result<String, Failure> {
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let before = String::from_utf8_lossy(&error.as_bytes()[..at]);
        let line = before.matches('\n').count() + 1;
        let what = format!("{} is not UTF-8 from line {line} on", path.display());
        Failure::new(FOUND, what).hint("save it as UTF-8")
    })
}
