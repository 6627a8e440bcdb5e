//! A client for tests, which answers by heart.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;

use super::client::{HttpAnswer, HttpClient, HttpError, HttpRequest};
use super::{Bindings, GivenSecret, Outside, Rule, SecretUse, WayOut};
use crate::plugin_host::config::Limits;
use crate::secret::SecretRef;

/// Answers in order; after the last one nobody does.
#[derive(Debug, Default)]
pub(super) struct ByHeart {
    answers: Mutex<VecDeque<Result<HttpAnswer, HttpError>>>,
    asked: Mutex<Vec<HttpRequest>>,
}

impl ByHeart {
    pub(super) fn new(answers: Vec<Result<HttpAnswer, HttpError>>) -> Arc<Self> {
        Arc::new(Self {
            answers: Mutex::new(answers.into()),
            asked: Mutex::default(),
        })
    }

    /// What it was asked so far.
    pub(super) fn asked(&self) -> Vec<HttpRequest> {
        self.asked.lock().expect("nobody panics while holding it").clone()
    }
}

#[async_trait]
impl HttpClient for ByHeart {
    async fn exchange(&self, request: HttpRequest) -> Result<HttpAnswer, HttpError> {
        self.asked.lock().expect("nobody panics while holding it").push(request);
        let next = self.answers.lock().expect("nobody panics while holding it").pop_front();
        match next {
            Some(answer) => answer,
            None => std::future::pending().await,
        }
    }
}

/// What a plugin with these rules reaches through it.
pub(super) fn outside(client: &Arc<ByHeart>, rules: &[&str], secrets: Bindings) -> Outside {
    let rules: Vec<Rule> = rules.iter().map(|rule| rule.parse().expect("it is a rule")).collect();
    let way_out = WayOut {
        client: Arc::<ByHeart>::clone(client) as _,
        secrets,
        inside: Vec::new(),
    };
    Outside::new("acme/refunds", &rules, "{}", way_out)
}

/// With these nobody waits long for who does not answer.
pub(super) fn limits() -> Limits {
    Limits {
        http_wait: Duration::from_millis(20),
        ..Limits::default()
    }
}

/// What the file holds is shown to one host in this header.
pub(super) fn secrets(file: &Path, header: &str) -> Bindings {
    let used = SecretUse {
        name: "key".to_owned(),
        host: "api.acme.example".to_owned(),
        header: header.to_owned(),
    };
    let given = GivenSecret {
        host: used.host.clone(),
        value: SecretRef::new(format!("file:{}", file.display())),
    };
    Bindings::new([&used], Some(&BTreeMap::from([("key".to_owned(), given)])))
}
