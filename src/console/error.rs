//! Why a page cannot be shown, as HTTP says it and as a person can read it. What broke inside stays inside.

use std::time::Duration;

use askama::Template;
use axum::http::StatusCode;
use axum::http::header::{LOCATION, RETRY_AFTER};
use axum::response::{IntoResponse, Response};

use super::chrome::html;
use crate::storage::{ReadError, WriteError};

/// Why a page cannot be shown or a form not be done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConsoleError {
    /// 303 to the sign-in page, which leads back to `next`.
    #[error("nobody is signed in")]
    SignedOut {
        /// A path of ours.
        next: String,
    },
    /// 401: a form came in after the session ended. What was typed is given back.
    #[error("the session ended before the form came in")]
    SessionEnded {
        /// What was typed.
        typed: Vec<String>,
    },
    /// 403: the role does not allow it.
    #[error("not allowed")]
    Forbidden,
    /// 403: the form is not one that this session was shown.
    #[error("the form is not of this session")]
    ForeignForm,
    /// 404.
    #[error("not here")]
    NotHere,
    /// 409: it changed meanwhile; the text says what to do.
    #[error("changed meanwhile")]
    Changed(String),
    /// 413: more than a form may carry.
    #[error("too large")]
    TooLarge,
    /// 422: what was filled in cannot be taken; the text says why.
    #[error("not valid")]
    Invalid(String),
    /// 429.
    #[error("too many attempts")]
    TooMany {
        /// How long to wait.
        wait: Duration,
    },
    /// 500: storage failed.
    #[error("storage failed")]
    Read(#[from] ReadError),
    /// 500 or 507: storage failed.
    #[error("storage failed")]
    Write(#[source] WriteError),
    /// 503: the program is stopping, or storage is too busy.
    #[error("stopping")]
    Unavailable,
    /// 500: a feature failed, said why to the log.
    #[error("{0}")]
    Failed(String),
}

impl From<WriteError> for ConsoleError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Conflict { .. } => Self::Changed(
                "Somebody else was quicker, or this was done already. Please look at how things stand now.".to_owned(),
            ),
            WriteError::Stopping => Self::Unavailable,
            other => Self::Write(other),
        }
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    title: &'a str,
    text: &'a str,
    typed: &'a [String],
    css: &'static str,
}

impl ConsoleError {
    fn status(&self) -> StatusCode {
        match self {
            Self::SignedOut { .. } => StatusCode::SEE_OTHER,
            Self::SessionEnded { .. } => StatusCode::UNAUTHORIZED,
            Self::Forbidden | Self::ForeignForm => StatusCode::FORBIDDEN,
            Self::NotHere => StatusCode::NOT_FOUND,
            Self::Changed(_) => StatusCode::CONFLICT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Write(WriteError::DiskFull) => StatusCode::INSUFFICIENT_STORAGE,
            Self::Read(_) | Self::Write(_) | Self::Failed(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// A title and what the person can do now.
    fn words(&self) -> (&'static str, String) {
        match self {
            Self::SignedOut { .. } => ("Please sign in", String::new()),
            Self::SessionEnded { .. } => (
                "You were signed out meanwhile",
                "Nothing was sent. Below is what you typed: copy it, sign in again, and paste it.".to_owned(),
            ),
            Self::Forbidden => (
                "This is not part of your role",
                "An owner of this community can change your role under Settings, People.".to_owned(),
            ),
            Self::ForeignForm => (
                "This form is too old",
                "It was not sent, for your safety. Please open the page again and send the form from there.".to_owned(),
            ),
            Self::NotHere => (
                "There is nothing here",
                "It may have been removed, or the address has a typing error.".to_owned(),
            ),
            Self::Changed(text) => ("This changed meanwhile", text.clone()),
            Self::TooLarge => (
                "That is too much at once",
                "A form may carry up to 10 files of 10 MB each, a plugin's package of 64 MiB, and texts of 256 KiB."
                    .to_owned(),
            ),
            Self::Invalid(text) => ("One more thing", text.clone()),
            Self::TooMany { wait } => (
                "Please wait a moment",
                format!(
                    "There were several attempts to sign in that did not work. Please try again in {}.",
                    super::show::time::duration(*wait)
                ),
            ),
            Self::Write(WriteError::DiskFull) => (
                "The disk is full",
                "Nothing was lost, but nothing new can be stored. Please free some space on the server and try again."
                    .to_owned(),
            ),
            Self::Read(_) | Self::Write(_) | Self::Failed(_) => (
                "Something broke on our side",
                "It was written to the log. Please try again; if it stays so, tell whoever runs this server."
                    .to_owned(),
            ),
            Self::Unavailable => (
                "Switchboard is restarting",
                "Please try again in a few seconds.".to_owned(),
            ),
        }
    }
}

impl IntoResponse for ConsoleError {
    fn into_response(self) -> Response {
        let status = self.status();
        if let Self::SignedOut { next } = &self {
            let to = super::pages::url("/console/sign-in", &[("next", next)]);
            return (status, [(LOCATION, to)]).into_response();
        }
        if let Self::Read(_) | Self::Write(_) | Self::Failed(_) = &self {
            let source = std::error::Error::source(&self);
            tracing::error!(error = %self, source = ?source, "console page failed");
        }
        let (title, text) = self.words();
        let typed = match &self {
            Self::SessionEnded { typed } => typed.as_slice(),
            _ => &[],
        };
        let page = ErrorPage {
            title,
            text: &text,
            typed,
            css: super::assets::css_url(),
        };
        let mut response = (status, html(&page)).into_response();
        if let Self::TooMany { wait } = &self {
            let seconds = wait.as_secs().max(1).to_string();
            if let Ok(value) = seconds.parse() {
                response.headers_mut().insert(RETRY_AFTER, value);
            }
        }
        response
    }
}
