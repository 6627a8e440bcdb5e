//! How a file is written, and what of it is taken into an import.

use std::path::Path;

use super::chat::{CHAT_BYTES_MAX, Chat};
use super::pdf::PDF_BYTES_MAX;
use super::{BYTES_MAX, Format, Import, ImportFile, clean};

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// As text, which is read where the base is.
    Text(Format),
    /// A PDF, which a process of its own reads.
    Pdf,
    /// An exported chat; none where the file itself has to say of what.
    Chat(Option<Chat>),
}

impl Written {
    /// As a command names them.
    pub const NAMES: [&str; 6] = ["markdown", "csv", "html", "pdf", "discord", "telegram"];

    /// By one of those names.
    pub fn of_name(name: &str) -> Option<Self> {
        match name {
            "pdf" => Some(Self::Pdf),
            "discord" => Some(Self::Chat(Some(Chat::Discord))),
            "telegram" => Some(Self::Chat(Some(Chat::Telegram))),
            _ => Format::of_name(name).map(Self::Text),
        }
    }

    /// By how a file's name ends.
    pub fn of_file(name: &str) -> Option<Self> {
        match Path::new(name).extension()?.to_ascii_lowercase().to_str()? {
            "pdf" => Some(Self::Pdf),
            "json" => Some(Self::Chat(None)),
            _ => Format::of_file(name).map(Self::Text),
        }
    }

    /// How large such a file may be, in bytes.
    pub fn bytes_max(self) -> usize {
        match self {
            Self::Text(_) => BYTES_MAX,
            Self::Pdf => PDF_BYTES_MAX,
            Self::Chat(_) => CHAT_BYTES_MAX,
        }
    }
}

/// Why a file is not taken. Each goes on from the file's name.
#[derive(Debug, thiserror::Error)]
pub enum NotTaken {
    /// A text of which bytes are none.
    #[error("is not UTF-8 from line {line} on")]
    NotUtf8 {
        /// Counted from 1.
        line: usize,
    },
    /// JSON of something else.
    #[error("is no exported chat that is known here")]
    UnknownChat,
    /// A chat that breaks off.
    #[error("cannot be read: {0}")]
    Broken(#[from] serde_json::Error),
    /// It alone.
    #[error("is too large: such a file may have {0} bytes")]
    TooLarge(usize),
    /// It with those before it.
    #[error("is too much: one import takes {BYTES_MAX} bytes of text in all")]
    TooMuch,
    /// A PDF.
    #[error("is read by a process of its own")]
    Apart,
}

impl NotTaken {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NotUtf8 { .. } => "save it as UTF-8",
            Self::UnknownChat | Self::Broken(_) => {
                "export a channel of Discord with DiscordChatExporter as JSON, or a chat of Telegram with Telegram Desktop as JSON"
            }
            Self::TooLarge(_) | Self::TooMuch => "split it, and import one after the other",
            Self::Apart => "import it by the command `switchboard knowledge import`",
        }
    }
}

impl Import {
    /// Takes a file in; all of it, or nothing.
    pub fn take(&mut self, name: &str, written: Written, bytes: Vec<u8>) -> Result<(), NotTaken> {
        if bytes.len() > written.bytes_max() {
            return Err(NotTaken::TooLarge(written.bytes_max()));
        }
        let before = self.bytes();
        match written {
            Written::Text(format) => {
                let file = text(name, format, bytes)?;
                if before.saturating_add(file.text.len()) > BYTES_MAX {
                    return Err(NotTaken::TooMuch);
                }
                self.files.push(file);
            }
            Written::Chat(chat) => {
                let chat = chat.or_else(|| Chat::of(&bytes)).ok_or(NotTaken::UnknownChat)?;
                let reading = chat.read(name, &bytes)?;
                if before.saturating_add(reading.bytes()) > BYTES_MAX {
                    return Err(NotTaken::TooMuch);
                }
                self.reading.append(reading);
            }
            Written::Pdf => return Err(NotTaken::Apart),
        }
        Ok(())
    }

    /// What was taken, in bytes.
    pub fn bytes(&self) -> usize {
        let files: usize = self.files.iter().map(|file| file.text.len()).sum();
        files.saturating_add(self.reading.bytes())
    }
}

fn text(name: &str, format: Format, bytes: Vec<u8>) -> Result<ImportFile, NotTaken> {
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let before = String::from_utf8_lossy(&error.as_bytes()[..at]);
        let line = before.matches('\n').count() + 1;
        NotTaken::NotUtf8 { line }
    })?;
    Ok(ImportFile {
        name: name.to_owned(),
        format,
        text: clean(&text),
    })
}
