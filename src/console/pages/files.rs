//! Files that came with messages: downloads, never pages.

use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::{Router, get};

use crate::console::ConsoleState;
use crate::console::access::posted::Upload;
use crate::console::access::{Posted, SignedIn};
use crate::console::error::ConsoleError;
use crate::console::permission::Permission;
use crate::model::action::FileRef;
use crate::model::ids::MessageId;

/// As file systems take it.
const NAME_CHARACTERS_MAX: usize = 120;

/// A sentence or two; a screen reader reads all of it.
const ALT_CHARACTERS_MAX: usize = 500;

/// The pages of this file.
pub(crate) fn routes() -> Router<ConsoleState> {
    Router::new().route("/messages/{id}/files/{sha256}", get(download))
}

async fn download(
    State(state): State<ConsoleState>,
    who: SignedIn,
    Path((message, sha256)): Path<(String, String)>,
) -> Result<Response, ConsoleError> {
    who.require(Permission::ReadConversations)?;
    let message: MessageId = message.parse().map_err(|_| ConsoleError::NotHere)?;
    let message = state.storage.message(message).await?;
    let message = message.filter(|message| who.may_read(message));
    let message = message.ok_or(ConsoleError::NotHere)?.new;
    let place = state.storage.place(message.place).await?;
    let ours = place.is_some_and(|place| place.community == who.community.id);
    if !ours || message.files.iter().all(|file| file.sha256 != sha256) {
        return Err(ConsoleError::NotHere);
    }
    let files = state.files.clone();
    let found = blocking(move || files.get(&sha256)).await?;
    let bytes = found.ok_or(ConsoleError::NotHere)?;
    let headers = [
        (CONTENT_TYPE, "application/octet-stream"),
        (CONTENT_DISPOSITION, "attachment"),
        (CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, bytes).into_response())
}

/// A file of a form with what it shows.
pub(super) struct Described<'a> {
    upload: &'a Upload,
    alt: String,
}

/// The files of a form, each picture with its line of the field `alt`; or why they cannot be sent like this.
pub(super) fn described(form: &Posted) -> Result<Vec<Described<'_>>, String> {
    let typed = form.fields.text("alt");
    let mut lines = typed.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut described = Vec::with_capacity(form.fields.files.len());
    for upload in &form.fields.files {
        let alt = if is_picture(&upload.bytes) {
            lines.next()
        } else {
            Some("")
        };
        let Some(alt) = alt else {
            return Err(
                "Please say in a few words what each picture shows, one line for each: whoever cannot see it reads that \
                 instead. Then choose the files once more, browsers do not keep them."
                    .to_owned(),
            );
        };
        described.push(Described {
            upload,
            alt: alt.chars().take(ALT_CHARACTERS_MAX).collect(),
        });
    }
    Ok(described)
}

fn is_picture(bytes: &[u8]) -> bool {
    media_type(bytes).starts_with("image/")
}

/// Stores what came with a form.
pub(super) async fn store(state: &ConsoleState, described: Vec<Described<'_>>) -> Result<Vec<FileRef>, ConsoleError> {
    let mut stored = Vec::with_capacity(described.len());
    for Described { upload, alt } in described {
        let (files, bytes) = (state.files.clone(), upload.bytes.clone());
        let sha256 = blocking(move || files.put(&bytes)).await?;
        stored.push(FileRef {
            sha256,
            name: name(&upload.name),
            media_type: media_type(&upload.bytes).to_owned(),
            bytes: upload.bytes.len() as u64,
            alt,
        });
    }
    Ok(stored)
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Result<T, ConsoleError> {
    let done = tokio::task::spawn_blocking(work).await;
    let done = done.map_err(|_| ConsoleError::Unavailable)?;
    done.map_err(|error| ConsoleError::Failed(format!("a file could not be kept or read: {error}")))
}

/// As the sender named it, without folders and what cannot be shown.
fn name(text: &str) -> String {
    let last = text.rsplit(['/', '\\']).next().unwrap_or_default();
    let shown: String = last
        .chars()
        .filter(|character| !character.is_control())
        .take(NAME_CHARACTERS_MAX)
        .collect();
    if shown.trim().is_empty() {
        "file".to_owned()
    } else {
        shown
    }
}

/// Images by their first bytes; whatever else is only downloaded.
fn media_type(bytes: &[u8]) -> &'static str {
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => "image/png",
        [0xff, 0xd8, 0xff, ..] => "image/jpeg",
        [b'G', b'I', b'F', b'8', ..] => "image/gif",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "image/webp",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_no_path() {
        assert_eq!(name("../../etc/passwd"), "passwd");
        assert_eq!(name("C:\\photos\\cat.png"), "cat.png");
        assert_eq!(name("a\u{0}\nb"), "ab");
        assert_eq!(name("/"), "file");
    }

    #[test]
    fn an_image_is_known_by_its_bytes_and_not_by_its_name() {
        assert_eq!(media_type(b"\x89PNG\r\n"), "image/png");
        assert_eq!(media_type(b"RIFF0000WEBPVP8"), "image/webp");
        assert_eq!(media_type(b"<svg onload=alert(1)>"), "application/octet-stream");
    }
}
