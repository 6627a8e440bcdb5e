//! Servers elsewhere, which answer what the dialog says.

use std::collections::HashMap;
use std::sync::Mutex;

use async_trait::async_trait;
use reqwest::Method;
use reqwest::header::{HeaderMap, IF_MODIFIED_SINCE, IF_NONE_MATCH};

use crate::plugin_host::{HttpAnswer, HttpClient, HttpError, HttpRequest};

/// By which plugins read, and change things.
const METHODS: [Method; 5] = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

/// What a server answers, or that it does not.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Told {
    method: Method,
    url: String,
    answer: Option<HttpAnswer>,
}

/// All that was told.
#[derive(Debug, Default)]
pub(super) struct Elsewhere {
    told: Mutex<HashMap<Asked, HttpAnswer>>,
    /// What was told last.
    last: Mutex<Option<Asked>>,
}

/// How, and where.
type Asked = (Method, String);

impl Told {
    /// `GET https://shop.example/7 gives 200 (etag: "a"; age: 1) text`, or `gives nothing`.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (asked, gives) = text.split_once(" gives ")?;
        let (method, url) = asked.trim().split_once(' ')?;
        let method = METHODS.iter().find(|known| known.as_str() == method)?.clone();
        let answer = match gives.trim() {
            "nothing" => None,
            gives => Some(answer(gives)?),
        };
        let url = url::Url::parse(url.trim()).ok()?.to_string();
        Some(Self { method, url, answer })
    }
}

fn answer(gives: &str) -> Option<HttpAnswer> {
    let (status, rest) = gives.split_once(' ').unwrap_or((gives, ""));
    let (headers, body) = match rest.strip_prefix('(') {
        Some(rest) => rest.split_once(')')?,
        None => ("", rest),
    };
    let named = headers.split(';').filter(|header| !header.trim().is_empty());
    let headers = named.map(|header| {
        let (name, value) = header.split_once(':')?;
        Some((name.trim().to_lowercase(), value.trim().to_owned()))
    });
    Some(HttpAnswer {
        status: status.parse().ok()?,
        headers: headers.collect::<Option<_>>()?,
        body: body.trim_start().as_bytes().to_vec(),
    })
}

impl Elsewhere {
    /// From now on it is so.
    pub(super) fn tell(&self, told: Told) {
        let mut all = self.told.lock().expect("nobody panics while holding it");
        let asked = (told.method, told.url);
        *self.last.lock().expect("nobody panics while holding it") = told.answer.is_some().then(|| asked.clone());
        match told.answer {
            Some(answer) => all.insert(asked, answer),
            None => all.remove(&asked),
        };
    }

    /// A further line of what was told last; whether there was an answer.
    pub(super) fn tell_more(&self, line: &str) -> bool {
        let last = self.last.lock().expect("nobody panics while holding it").clone();
        let mut all = self.told.lock().expect("nobody panics while holding it");
        let Some(answer) = last.and_then(|asked| all.get_mut(&asked)) else {
            return false;
        };
        if !answer.body.is_empty() {
            answer.body.push(b'\n');
        }
        answer.body.extend_from_slice(line.as_bytes());
        true
    }
}

#[async_trait]
impl HttpClient for Elsewhere {
    async fn exchange(&self, request: HttpRequest) -> Result<HttpAnswer, HttpError> {
        let told = self.told.lock().expect("nobody panics while holding it");
        let answer = told.get(&(request.method, request.url.to_string()));
        let answer = answer.ok_or(HttpError::Unavailable("the dialog says nothing of it"))?;
        if answer.body.len() > request.answer_bytes {
            return Err(HttpError::TooLarge(HttpAnswer {
                body: Vec::new(),
                ..answer.clone()
            }));
        }
        if is_known(answer, &request.headers) {
            return Ok(HttpAnswer {
                status: 304,
                headers: answer.headers.clone(),
                body: Vec::new(),
            });
        }
        Ok(answer.clone())
    }

    /// What is in the environment of whoever tests is nobody's business here.
    fn goes_out(&self) -> bool {
        false
    }
}

/// Whether who asks has it already, as a server sees that.
fn is_known(answer: &HttpAnswer, asked: &HeaderMap) -> bool {
    [(IF_NONE_MATCH, "etag"), (IF_MODIFIED_SINCE, "last-modified")]
        .iter()
        .any(|(condition, name)| {
            let own = answer.headers.iter().find(|(known, _)| known == name);
            own.is_some_and(|(_, own)| asked.get(condition).is_some_and(|theirs| theirs == own.as_str()))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_has_a_status_perhaps_headers_and_a_body() {
        let told = Told::read("GET https://shop.example/7 gives 200 (ETag: \"a:1\"; age: 2) {\"is\": \"sent\"}");
        let expected = Told {
            method: Method::GET,
            url: "https://shop.example/7".to_owned(),
            answer: Some(HttpAnswer {
                status: 200,
                headers: vec![("etag".into(), "\"a:1\"".into()), ("age".into(), "2".into())],
                body: b"{\"is\": \"sent\"}".to_vec(),
            }),
        };
        assert_eq!(told, Some(expected));
        let bare = Told::read("POST https://shop.example gives 404").and_then(|told| told.answer);
        assert_eq!(bare.map(|answer| (answer.status, answer.body)), Some((404, Vec::new())));
        assert!(Told::read("GET https://shop.example gives nothing").is_some_and(|told| told.answer.is_none()));
        for line in [
            "https://shop.example gives 200",
            "GET shop gives 200",
            "HEAD https://a.example gives 200",
            "GET https://a.example gives much",
            "GET https://a.example gives 200 (x y) z",
            "GET https://a.example",
        ] {
            assert_eq!(Told::read(line), None, "{line}");
        }
    }

    #[tokio::test]
    async fn a_body_may_have_several_lines() {
        let elsewhere = Elsewhere::default();
        assert!(!elsewhere.tell_more("<feed>"));
        elsewhere.tell(Told::read("GET https://a.example/ gives 200").expect("it is one"));
        assert!(elsewhere.tell_more("<feed>") && elsewhere.tell_more("</feed>"));
        let asked = HttpRequest {
            method: Method::GET,
            body: None,
            url: url::Url::parse("https://a.example").expect("it is an address"),
            headers: HeaderMap::new(),
            answer_bytes: 100,
        };
        let body = elsewhere.exchange(asked).await.map(|answer| answer.body);
        assert_eq!(body, Ok(b"<feed>\n</feed>".to_vec()));
    }

    #[tokio::test]
    async fn who_has_it_already_is_told_so() {
        let elsewhere = Elsewhere::default();
        let told = Told::read("GET https://a.example/ gives 200 (etag: \"1\") text").expect("it is one");
        elsewhere.tell(told);
        let ask = |headers| {
            elsewhere.exchange(HttpRequest {
                method: Method::GET,
                body: None,
                url: url::Url::parse("https://a.example").expect("it is an address"),
                headers,
                answer_bytes: 100,
            })
        };
        assert_eq!(ask(HeaderMap::new()).await.map(|answer| answer.status), Ok(200));
        let known = HeaderMap::from_iter([(IF_NONE_MATCH, "\"1\"".parse().expect("it is a value"))]);
        assert_eq!(ask(known).await.map(|answer| answer.status), Ok(304));
        let older = HeaderMap::from_iter([(IF_NONE_MATCH, "\"0\"".parse().expect("it is a value"))]);
        assert_eq!(ask(older).await.map(|answer| answer.status), Ok(200));
    }
}
