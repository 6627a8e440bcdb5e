//! The page with its style and scripts: put together and compressed once, at start.

use std::io::Write;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::SharedChat;
use super::config::Settings;

/// All that a visitor's browser loads before the first word, compressed.
#[cfg(test)]
const PAGE_BYTES_MAX: usize = 12 * 1024;

/// What the browser loads.
pub(super) struct Page {
    html: Asset,
    css: Asset,
    script: Asset,
    embed: Asset,
    policy: HeaderValue,
}

/// One file, as it is and compressed.
struct Asset {
    plain: Bytes,
    gzip: Bytes,
    media_type: &'static str,
}

impl Page {
    pub(super) fn new(settings: &Settings) -> Self {
        let script = format!(
            "{}{}",
            slim(include_str!("assets/words.js")),
            slim(include_str!("assets/chat.js"))
        );
        let css = slim(include_str!("assets/page.css"));
        let html = slim(include_str!("assets/page.html"))
            .replace("{{title}}", &escape(settings.title.as_deref().unwrap_or("Switchboard")))
            .replace(
                "{{greeting}}",
                &escape(settings.greeting.as_deref().unwrap_or_default()),
            )
            .replace("{{examples}}", &escape(&settings.examples.join("\n")));
        Self {
            html: Asset::new(html, "text/html; charset=utf-8"),
            css: Asset::new(css, "text/css; charset=utf-8"),
            script: Asset::new(script, "text/javascript; charset=utf-8"),
            embed: Asset::new(slim(include_str!("assets/embed.js")), "text/javascript; charset=utf-8"),
            policy: policy(&settings.frame_ancestors),
        }
    }
}

impl Asset {
    fn new(text: String, media_type: &'static str) -> Self {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder
            .write_all(text.as_bytes())
            .expect("writing to memory does not fail");
        let gzip = encoder.finish().expect("writing to memory does not fail");
        Self {
            plain: text.into(),
            gzip: gzip.into(),
            media_type,
        }
    }

    fn serve(&self, request: &HeaderMap) -> Response {
        let accepts = request
            .get(header::ACCEPT_ENCODING)
            .and_then(|value| value.to_str().ok());
        let gzip = accepts.is_some_and(|accepts| accepts.contains("gzip"));
        let mut response = if gzip { self.gzip.clone() } else { self.plain.clone() }.into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.media_type));
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        // The page is small, and after an update its parts must fit together.
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        if gzip {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        response
    }
}

pub(super) async fn html(State(chat): State<SharedChat>, request: HeaderMap) -> Response {
    let mut response = chat.page.html.serve(&request);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, chat.page.policy.clone());
    response
}

pub(super) async fn css(State(chat): State<SharedChat>, request: HeaderMap) -> Response {
    chat.page.css.serve(&request)
}

pub(super) async fn script(State(chat): State<SharedChat>, request: HeaderMap) -> Response {
    chat.page.script.serve(&request)
}

/// Loaded by other sites, by design.
pub(super) async fn embed(State(chat): State<SharedChat>, request: HeaderMap) -> Response {
    let mut response = chat.page.embed.serve(&request);
    response.headers_mut().insert(
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("cross-origin"),
    );
    response
}

/// Only our own files, nothing inline, framed only by the sites that an admin named.
fn policy(frame_ancestors: &str) -> HeaderValue {
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
         base-uri 'none'; form-action 'none'; frame-ancestors {frame_ancestors}"
    );
    HeaderValue::from_str(&policy).expect("origins were checked to be plain")
}

/// Without indentation, blank lines and lines that are only a comment: those are for us.
fn slim(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.lines().map(str::trim) {
        let comment = line.starts_with("//") || (line.starts_with("/*") && line.ends_with("*/"));
        if !line.is_empty() && !comment {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_small() {
        let page = Page::new(&Settings::default());
        let bytes = page.html.gzip.len() + page.css.gzip.len() + page.script.gzip.len();
        assert!(bytes <= PAGE_BYTES_MAX, "{bytes} bytes");
    }

    #[test]
    fn what_an_admin_writes_is_text() {
        let settings = Settings {
            title: Some("<script>alert(1)</script>".into()),
            greeting: Some("\"quoted\" & more".into()),
            examples: vec!["One?".into(), "Two?".into()],
            ..Settings::default()
        };
        let html = String::from_utf8(Page::new(&settings).html.plain.to_vec()).unwrap();
        assert!(!html.contains("<script>alert"));
        assert!(html.contains("&quot;quoted&quot; &amp; more"));
        assert!(html.contains("One?\nTwo?"));
    }

    #[test]
    fn nothing_inline_may_run() {
        let policy = policy("'self'");
        assert!(!policy.to_str().unwrap().contains("unsafe"));
        let html = include_str!("assets/page.html");
        assert!(!html.contains("<style") && !html.contains(" style=") && !html.contains(" on"));
        assert_eq!(html.matches("<script").count(), html.matches("<script src=").count());
    }
}
