//! Secrets of plugins, which the host adds to requests and takes out of answers: the plugin neither sees nor names them.

use std::collections::BTreeMap;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use super::client::HttpAnswer;
use crate::secret::{Secret, SecretRef};

/// What stands in an answer in place of a secret.
const STARS: &[u8] = b"***";

/// A shorter word may stand in an answer by chance.
const WORD_BYTES_MIN: usize = 8;

/// Which secret goes into which header of requests to which host: what a manifest says of it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SecretUse {
    /// By which name the owner of the installation gives it.
    pub name: String,
    /// To which host alone it goes.
    pub host: String,
    /// In which header.
    pub header: String,
}

/// A secret that the owner of the installation gives a plugin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GivenSecret {
    /// To which host it may go, whatever a package says. Without one it goes nowhere: it is what callers of a webhook show.
    #[serde(default)]
    pub host: String,
    /// Where it is: `env:NAME` or `file:PATH`. For a host, the whole value of the header.
    pub value: SecretRef,
}

/// What the owner of the installation gives: by plugin, and by the secret's name.
pub type GivenSecrets = BTreeMap<String, BTreeMap<String, GivenSecret>>;

/// A secret of one plugin.
#[derive(Clone, Debug)]
struct Bound {
    name: String,
    host: String,
    header: HeaderName,
    given: Option<GivenSecret>,
}

/// The secrets of one plugin.
#[derive(Clone, Debug, Default)]
pub(in crate::plugin_host) struct Bindings {
    list: Vec<Bound>,
}

impl SecretUse {
    pub(in crate::plugin_host) fn header_name(&self) -> Option<HeaderName> {
        HeaderName::from_bytes(self.header.as_bytes()).ok()
    }
}

impl Bindings {
    pub(in crate::plugin_host) fn new<'a>(
        uses: impl IntoIterator<Item = &'a SecretUse>,
        given: Option<&BTreeMap<String, GivenSecret>>,
    ) -> Self {
        let list = uses.into_iter().filter_map(|used| {
            Some(Bound {
                name: used.name.clone(),
                host: used.host.clone(),
                header: used.header_name()?,
                given: given.and_then(|given| given.get(&used.name)).cloned(),
            })
        });
        Self { list: list.collect() }
    }

    /// Why requests would go out without them, for the owner of the installation; a line for each that is not there.
    pub(in crate::plugin_host) fn problems(&self, plugin: &str) -> Vec<String> {
        self.list.iter().filter_map(|bound| bound.read(plugin).err()).collect()
    }

    /// Adds those that go to the host, and gives them back.
    pub(super) fn add(&self, url: &Url, plugin: &str, headers: &mut HeaderMap) -> Result<Vec<Secret>, String> {
        let mut added = Vec::new();
        for bound in self
            .list
            .iter()
            .filter(|bound| url.host_str() == Some(bound.host.as_str()))
        {
            let secret = bound.read(plugin)?;
            let name = &bound.name;
            let mut value = HeaderValue::from_str(secret.expose())
                .map_err(|_| format!("the secret {name} of {plugin} has characters that no header can have"))?;
            value.set_sensitive(true);
            headers.insert(bound.header.clone(), value);
            added.push(secret);
        }
        Ok(added)
    }
}

impl Bound {
    fn read(&self, plugin: &str) -> Result<Secret, String> {
        let Self { name, host, .. } = self;
        let section = format!("[plugins.secrets.\"{plugin}\".{name}]");
        let given = self.given.as_ref().ok_or_else(|| {
            format!(
                "the secret {name} for {host} is missing: the owner of the installation adds {section} to the configuration, with \
                 host = \"{host}\" and value = \"env:NAME\" or \"file:PATH\""
            )
        })?;
        if given.host.is_empty() {
            return Err(format!("{section} names no host: as it is, it goes nowhere"));
        }
        if given.host != *host {
            let allowed = &given.host;
            return Err(format!(
                "the package sends its secret {name} to {host}, but {section} allows {allowed} alone"
            ));
        }
        given.value.read().map_err(|why| format!("{section}: {why}"))
    }
}

/// Takes secrets out of what a server sent back.
pub(super) fn hide(answer: &mut HttpAnswer, secrets: &[Secret]) {
    let texts = secrets.iter().flat_map(|secret| {
        let all = secret.expose();
        // `Bearer x` is echoed as x, too.
        let word = all.split_once(' ').map(|(_, word)| word.trim());
        let word = word.filter(|word| word.len() >= WORD_BYTES_MIN);
        [Some(all), word].into_iter().flatten()
    });
    for text in texts {
        if let Some(hidden) = replaced(&answer.body, text.as_bytes()) {
            answer.body = hidden;
        }
        for (_, value) in &mut answer.headers {
            *value = value.replace(text, "***");
        }
    }
}

/// None where the text is not there.
fn replaced(bytes: &[u8], text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut rest = bytes;
    let mut found = false;
    while let Some(at) = rest.windows(text.len()).position(|part| part == text) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(STARS);
        rest = &rest[at + text.len()..];
        found = true;
    }
    out.extend_from_slice(rest);
    found.then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(body: &str, secret: &str) -> String {
        let mut answer = HttpAnswer {
            status: 200,
            headers: vec![("x-echo".to_owned(), body.to_owned())],
            body: body.as_bytes().to_vec(),
        };
        hide(&mut answer, &[Secret::new(secret)]);
        let body = String::from_utf8(answer.body).expect("it was text");
        assert_eq!(answer.headers[0].1, body);
        body
    }

    #[test]
    fn a_secret_is_taken_out_wherever_it_stands() {
        assert_eq!(hidden("s3cr3t-k3y and s3cr3t-k3y", "s3cr3t-k3y"), "*** and ***");
        assert_eq!(hidden("Bearer s3cr3t-k3y, s3cr3t-k3y", "Bearer s3cr3t-k3y"), "***, ***");
        assert_eq!(hidden("a Basic id", "Basic id"), "a ***");
        assert_eq!(hidden("id is short", "Basic id"), "id is short");
    }

    fn bindings(given: Option<GivenSecret>) -> Bindings {
        let used = SecretUse {
            name: "key".to_owned(),
            host: "api.acme.example".to_owned(),
            header: "X-Key".to_owned(),
        };
        let given = given.map(|given| BTreeMap::from([("key".to_owned(), given)]));
        Bindings::new([&used], given.as_ref())
    }

    #[test]
    fn a_secret_goes_to_its_host_alone() {
        let file = tempfile::NamedTempFile::new().expect("there is room");
        std::fs::write(file.path(), "s3cr3t\n").expect("it can be written");
        let given = |host: &str| GivenSecret {
            host: host.to_owned(),
            value: SecretRef::new(format!("file:{}", file.path().display())),
        };
        let url = |text: &str| Url::parse(text).expect("it is an address");
        let add = |bindings: &Bindings, to: &str| {
            let mut headers = HeaderMap::new();
            let added = bindings.add(&url(to), "acme/refunds", &mut headers);
            added.map(|_| {
                headers
                    .get("x-key")
                    .map(|value| value.to_str().expect("it is text").to_owned())
            })
        };
        let api = "https://api.acme.example/";
        let bound = bindings(Some(given("api.acme.example")));
        assert_eq!(add(&bound, api), Ok(Some("s3cr3t".to_owned())));
        assert_eq!(add(&bound, "https://v2.api.acme.example/"), Ok(None));
        assert!(bound.problems("acme/refunds").is_empty());
        let told = bindings(None).problems("acme/refunds").concat();
        assert!(
            told.starts_with("the secret key for api.acme.example is missing: "),
            "{told}"
        );
        let missing = add(&bindings(None), api).expect_err("it is missing");
        assert!(missing.contains("[plugins.secrets.\"acme/refunds\".key]"), "{missing}");
        let elsewhere = add(&bindings(Some(given("other.example"))), api).expect_err("it is for another host");
        assert!(elsewhere.contains("allows other.example alone"), "{elsewhere}");
    }
}
