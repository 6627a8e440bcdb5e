//! Asks for the pages behind answers, by the client and under the rules by which packages are fetched: over HTTPS, and nothing inside the
//! network of this installation, by whatever address, name or redirect.

use std::time::Duration;

use async_trait::async_trait;
use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderValue, USER_AGENT};
use url::Url;

use crate::knowledge::upkeep::links::{Answer, Pages, Silence, Way};
use crate::plugin_host::{HttpAnswer, HttpClient, HttpError, HttpRequest, Net, may_be_asked};

/// A page that takes longer is not there for readers either.
const PATIENCE: Duration = Duration::from_secs(20);

/// Only whether it is there is of interest; what is larger is there.
const PAGE_BYTES_MAX: usize = 64 << 10;

/// Who asks, so that a server's owner knows whom to shut out.
const NAME: &str = concat!("Switchboard/", env!("CARGO_PKG_VERSION"), " (checks links)");

/// Servers elsewhere.
#[derive(Debug, Default)]
pub(super) struct Outside {
    net: Net,
}

#[async_trait]
impl Pages for Outside {
    async fn ask(&self, url: &str, way: Way) -> Result<Answer, Silence> {
        let url = Url::parse(url).map_err(|_| Silence::NotAsked("it is no address".to_owned()))?;
        may_be_asked(&url, &[]).map_err(Silence::NotAsked)?;
        let request = HttpRequest {
            method: match way {
                Way::Head => Method::HEAD,
                Way::Get => Method::GET,
            },
            body: None,
            url: url.clone(),
            headers: HeaderMap::from_iter([(USER_AGENT, HeaderValue::from_static(NAME))]),
            answer_bytes: PAGE_BYTES_MAX,
        };
        let Ok(answer) = tokio::time::timeout(PATIENCE, self.net.exchange(request)).await else {
            return Err(Silence::Unreachable("it does not answer".to_owned()));
        };
        match answer {
            Ok(answer) | Err(HttpError::TooLarge(answer)) => Ok(told(&answer, &url)),
            Err(HttpError::Inside) => Err(Silence::NotAsked("its name leads inside your own network".to_owned())),
            Err(HttpError::Unavailable(why)) => Err(Silence::Unreachable(why.to_owned())),
        }
    }
}

fn told(answer: &HttpAnswer, from: &Url) -> Answer {
    // A redirect to what is no address is as good as none.
    let leads_to = answer.leads_to(from).ok().flatten();
    Answer {
        status: answer.status,
        leads_to: leads_to.map(|url| url.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nothing_inside_and_nothing_without_encryption_is_asked() {
        let outside = Outside::default();
        for url in [
            "https://127.0.0.1/",
            "https://localhost/",
            "https://10.0.0.7/page",
            "https://[::1]/",
            "https://169.254.169.254/latest",
            "http://example.org/",
            "https://",
        ] {
            let asked = outside.ask(url, Way::Head).await;
            assert!(matches!(asked, Err(Silence::NotAsked(_))), "{url}: {asked:?}");
        }
    }
}
