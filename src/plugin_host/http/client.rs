//! Sends one request. What may be sent, and where an answer leads on to, is decided before and after.

use std::fmt;

use async_trait::async_trait;
use reqwest::Method;
use reqwest::header::HeaderMap;
use url::Url;

/// A request that is allowed.
#[derive(Clone, Debug)]
pub struct HttpRequest {
    /// How it is asked.
    pub method: Method,
    /// With what, if with anything.
    pub body: Option<Vec<u8>>,
    /// Where to.
    pub url: Url,
    /// With what.
    pub headers: HeaderMap,
    /// A longer answer is cut off.
    pub answer_bytes: usize,
}

/// What came back: a redirect is an answer, too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpAnswer {
    /// 200 and so on.
    pub status: u16,
    /// Those that are text.
    pub headers: Vec<(String, String)>,
    /// All of it.
    pub body: Vec<u8>,
}

impl HttpAnswer {
    /// Where it leads on to from there, if it does.
    ///
    /// # Errors
    ///
    /// When what it leads to is no address.
    pub fn leads_to(&self, from: &Url) -> Result<Option<Url>, url::ParseError> {
        if !matches!(self.status, 301 | 302 | 303 | 307 | 308) {
            return Ok(None);
        }
        let mut headers = self.headers.iter();
        let location = headers.find(|(name, _)| name == "location");
        location.map(|(_, location)| from.join(location)).transpose()
    }
}

/// Why nothing came back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// The name leads to a machine that it must not reach.
    #[error("its name leads inside")]
    Inside,
    /// More came than may; what is known of it without its body.
    #[error("too large")]
    TooLarge(HttpAnswer),
    /// There is no server, or it broke off.
    #[error("{0}")]
    Unavailable(&'static str),
}

/// Sends requests of plugins.
#[async_trait]
pub trait HttpClient: fmt::Debug + Send + Sync {
    /// Sends one request and follows nothing.
    async fn exchange(&self, request: HttpRequest) -> Result<HttpAnswer, HttpError>;

    /// Whether it reaches machines: secrets and what is inside are no matter of one that answers by itself.
    fn goes_out(&self) -> bool {
        true
    }
}
