//! Files of visitors and staff, taken in and served so that nothing in them runs.

use std::fmt::Write;

use axum::body::Body;
use axum::extract::{Multipart, Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::inbound::Refusal;
use super::limits::Doing;
use super::routes::{Caller, refuse};
use super::{Shared, SharedChat};
use crate::connectors::files;
use crate::model::action::FileRef;

/// What fits in most mailboxes; larger things are shared by link.
pub(super) const FILE_BYTES_MAX: usize = 10 * 1024 * 1024;

/// Around the file in a form: boundaries, headers.
pub(super) const FORM_BYTES_MAX: usize = FILE_BYTES_MAX + 64 * 1024;

/// Shown within the page; everything else is offered for download. SVG can hold scripts and stays out.
const INLINE: [&str; 4] = ["image/png", "image/jpeg", "image/webp", "image/gif"];

/// Whether a browser may show it within the page.
pub(super) fn is_inline(media_type: &str) -> bool {
    INLINE.contains(&media_type)
}

/// What the page gets for an upload.
#[derive(Serialize)]
struct Uploaded {
    ticket: String,
    name: String,
    bytes: u64,
    image: bool,
    url: String,
}

/// Takes one file of a form and keeps it.
pub(super) async fn upload(State(chat): State<SharedChat>, caller: Caller, mut form: Multipart) -> Response {
    let now = chat.clock.elapsed();
    if !chat
        .limits
        .allow(Some(caller.sender.visitor), caller.address, Doing::Upload, now)
    {
        return refuse(Refusal::TooFast);
    }
    let Ok(Some(field)) = form.next_field().await else {
        return refuse(Refusal::NotUnderstood);
    };
    let name = field.file_name().unwrap_or_default().to_owned();
    let Ok(bytes) = field.bytes().await else {
        return refuse(Refusal::TooLarge);
    };
    if bytes.len() > FILE_BYTES_MAX {
        return refuse(Refusal::TooLarge);
    }
    if bytes.is_empty() {
        return refuse(Refusal::Empty);
    }
    match files::keep(&*chat.files, &name, bytes.to_vec()).await {
        Ok(file) => axum::Json(uploaded(&chat, &caller, file)).into_response(),
        Err(error) => {
            tracing::error!(error = %error, "a visitor's file could not be kept");
            refuse(Refusal::Later)
        }
    }
}

fn uploaded(chat: &Shared, caller: &Caller, file: FileRef) -> Uploaded {
    Uploaded {
        ticket: chat.signer.ticket(caller.sender.visitor, &file),
        image: is_inline(&file.media_type),
        url: format!("{}{}", super::FILE_PATH, chat.signer.link(&file, chat.clock.now())),
        bytes: file.bytes,
        name: file.name,
    }
}

/// Opens a signed link.
pub(super) async fn download(State(chat): State<SharedChat>, Path(link): Path<String>) -> Response {
    let Some(link) = chat.signer.linked(&link, chat.clock.now()) else {
        return (
            StatusCode::NOT_FOUND,
            "This link has expired. Reload the chat to get a new one.\n",
        )
            .into_response();
    };
    match chat.files.get(&link.sha256).await {
        Ok(Some(bytes)) => served(&link.name, &link.media_type, bytes),
        Ok(None) => (StatusCode::GONE, "This file is no longer kept.\n").into_response(),
        Err(error) => {
            tracing::error!(error = %error, "a file could not be read");
            (StatusCode::SERVICE_UNAVAILABLE, "Please try again in a moment.\n").into_response()
        }
    }
}

fn served(name: &str, media_type: &str, bytes: Vec<u8>) -> Response {
    let inline = is_inline(media_type);
    let media_type = if inline { media_type } else { "application/octet-stream" };
    let how = if inline { "inline" } else { "attachment" };
    let mut response = Body::from(bytes).into_response();
    let headers = response.headers_mut();
    let text = |text: &str| HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static("attachment"));
    headers.insert(header::CONTENT_TYPE, text(media_type));
    headers.insert(
        header::CONTENT_DISPOSITION,
        text(&format!("{how}; filename*=UTF-8''{}", percent(name))),
    );
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; sandbox"),
    );
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, max-age=604800, immutable"),
    );
    response
}

/// RFC 8187: everything but letters, digits and a few marks is escaped.
fn percent(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_image_is_only_downloaded() {
        let response = served("a \"b\".html", "text/html", b"<script>".to_vec());
        let headers = response.headers();
        assert_eq!(headers[header::CONTENT_TYPE], "application/octet-stream");
        assert_eq!(
            headers[header::CONTENT_DISPOSITION],
            "attachment; filename*=UTF-8''a%20%22b%22.html"
        );
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    }

    #[test]
    fn an_image_is_shown_in_a_sandbox() {
        let response = served("cat.png", "image/png", Vec::new());
        assert_eq!(response.headers()[header::CONTENT_TYPE], "image/png");
        assert_eq!(
            response.headers()[header::CONTENT_SECURITY_POLICY],
            "default-src 'none'; sandbox"
        );
    }
}
