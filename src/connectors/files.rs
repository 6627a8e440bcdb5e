//! Files of strangers, for all connectors: where their bytes are kept, and what they are and are called.

use async_trait::async_trait;

use crate::model::action::FileRef;
use crate::model::invisible;

/// Longer names are cut in every list anyway.
const NAME_CHARS_MAX: usize = 100;

/// Where the bytes of files are kept, by their digest. `app` fills it.
#[async_trait]
pub trait FileStore: Send + Sync {
    /// Keeps the bytes and answers their SHA-256 as 64 hexadecimal digits. On disk when it answers: only then may an
    /// event or a message name the file.
    async fn put(&self, bytes: Vec<u8>) -> Result<String, FileStoreError>;

    /// The bytes with this digest, if they are kept.
    async fn get(&self, sha256: &str) -> Result<Option<Vec<u8>>, FileStoreError>;
}

/// Why the store did not answer.
#[derive(Debug, thiserror::Error)]
#[error("the file cannot be {action}")]
pub struct FileStoreError {
    /// What was tried: `read`, `written`.
    pub action: &'static str,
    /// Why.
    #[source]
    pub source: std::io::Error,
}

/// Keeps a file under the name that a stranger gave it.
///
/// # Errors
///
/// When the store does not answer.
pub async fn keep(store: &dyn FileStore, name: &str, bytes: Vec<u8>) -> Result<FileRef, FileStoreError> {
    let (media_type, size) = (recognise(&bytes), bytes.len());
    let name = shown_name(name);
    Ok(FileRef {
        sha256: store.put(bytes).await?,
        alt: name.clone(),
        name,
        media_type: media_type.to_owned(),
        bytes: size as u64,
    })
}

/// What the bytes are, whatever their name says.
fn recognise(bytes: &[u8]) -> &'static str {
    match bytes {
        [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => "image/png",
        [0xff, 0xd8, 0xff, ..] => "image/jpeg",
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => "image/gif",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "image/webp",
        [b'%', b'P', b'D', b'F', b'-', ..] => "application/pdf",
        _ => "application/octet-stream",
    }
}

/// A file's name as it is shown: the last part of a path, without what could disturb a page or a header.
fn shown_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = last.chars().filter(|letter| !is_hidden(*letter)).collect();
    let start = clean.chars().count().saturating_sub(NAME_CHARS_MAX);
    let clean: String = clean.chars().skip(start).collect();
    if clean.trim().is_empty() {
        "file".to_owned()
    } else {
        clean.trim().to_owned()
    }
}

/// Control characters and the marks that turn the direction of what follows outside of the text, too.
pub(super) fn is_hidden(letter: char) -> bool {
    (letter.is_control() && letter != '\t') || invisible::turns(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_its_bytes_are() {
        let check = |bytes: &[u8], expected: &str| assert_eq!(recognise(bytes), expected);
        check(b"\x89PNG\r\n\x1a\n....", "image/png");
        check(b"\xff\xd8\xff\xe0", "image/jpeg");
        check(b"GIF89a", "image/gif");
        check(b"RIFF\0\0\0\0WEBPVP8 ", "image/webp");
        check(b"%PDF-1.7", "application/pdf");
        check(b"<svg onload=alert(1)>", "application/octet-stream");
        check(b"<!doctype html>", "application/octet-stream");
        check(b"", "application/octet-stream");
    }

    #[test]
    fn file_names_are_only_names() {
        let check = |name: &str, expected: &str| assert_eq!(shown_name(name), expected);
        check("../../etc/passwd", "passwd");
        check("C:\\x\\cat.png", "cat.png");
        check("a\r\nb\u{202e}gnp.exe", "abgnp.exe");
        check("/", "file");
        check(&format!("{}.png", "x".repeat(500)), &format!("{}.png", "x".repeat(96)));
    }
}
