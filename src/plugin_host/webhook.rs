//! Webhooks of a manifest: which endpoints servers elsewhere may call, and how they show that it is they. Pure, but for
//! [`Hook::secret`] and [`Hook::problem`], which look where the owner of the installation keeps the secret.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use schemars::JsonSchema;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::http::GivenSecret;
use crate::secret::Secret;

/// Endpoints that a person can still overlook.
pub(super) const WEBHOOKS_MAX: usize = 8;

/// `sha256=` and the like.
const PREFIX_BYTES_MAX: usize = 32;

/// Longer ids of deliveries name nothing.
const ID_BYTES_MAX: usize = 200;

/// An endpoint that servers elsewhere call.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// Names it, in events and for the admin.
    pub endpoint: String,
    /// How who calls shows that it is they.
    pub signature: Signature,
    /// The header that names each delivery, where there is one: what comes twice under one name, and says the same, is one event.
    #[serde(default)]
    pub id_header: Option<String>,
}

/// How who calls shows that it is they.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// In which header.
    pub header: String,
    /// In which way.
    pub scheme: Scheme,
    /// What stands before it in the header, such as `sha256=` or `Bearer `.
    #[serde(default)]
    pub prefix: String,
    /// By which name the owner of the installation gives what both sides know.
    pub secret: String,
}

/// In which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum Scheme {
    /// The HMAC-SHA256 of the body under the secret, in hexadecimal digits.
    #[serde(rename = "hmac-sha256-hex")]
    HmacSha256Hex,
    /// The secret itself, for services that sign nothing.
    #[serde(rename = "token")]
    Token,
}

/// An endpoint with the secret that the owner of the installation gives for it.
#[derive(Clone, Debug)]
pub struct Hook {
    plugin: String,
    webhook: Webhook,
    given: Option<GivenSecret>,
}

impl Webhook {
    /// Whether who was allowed that has to be asked about this: other servers may tell it something, or by another proof.
    pub fn is_wider(&self, before: &Self) -> bool {
        let (own, old) = (&self.signature, &before.signature);
        self.endpoint != before.endpoint || own.scheme != old.scheme || own.secret != old.secret
    }

    /// What is wrong with it; `is_name` says what can be a name.
    pub(super) fn problem(&self, is_name: fn(&str) -> bool) -> Option<String> {
        let (endpoint, signature) = (&self.endpoint, &self.signature);
        if !is_name(endpoint) {
            return Some(format!(
                "a webhook's endpoint is {endpoint:?}; use up to 32 lower-case letters, digits, - and _"
            ));
        }
        let wrong = |what: &str| Some(format!("webhook {endpoint}: {what}"));
        if header(&signature.header).is_none() || self.id_header.as_deref().is_some_and(|name| header(name).is_none()) {
            return wrong("what stands in header or id_header is no name of a header");
        }
        if !is_name(&signature.secret) {
            return wrong("its secret's name has up to 32 lower-case letters, digits, - and _");
        }
        let prefix = &signature.prefix;
        if prefix.len() > PREFIX_BYTES_MAX || !prefix.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()) {
            return wrong("its prefix has up to 32 visible characters");
        }
        None
    }
}

fn header(name: &str) -> Option<HeaderName> {
    HeaderName::from_bytes(name.as_bytes()).ok()
}

impl Hook {
    pub(super) fn new(plugin: &str, webhook: Webhook, given: Option<GivenSecret>) -> Self {
        Self {
            plugin: plugin.to_owned(),
            webhook,
            given,
        }
    }

    /// The endpoint's name.
    pub fn endpoint(&self) -> &str {
        &self.webhook.endpoint
    }

    /// Why nobody can call it, for the owner of the installation; none where somebody can.
    pub fn problem(&self) -> Option<String> {
        self.secret().err()
    }

    /// What both sides know. Reads a file, where it stands in one.
    ///
    /// # Errors
    ///
    /// Why there is none, for the owner of the installation alone.
    pub fn secret(&self) -> Result<Secret, String> {
        let (plugin, name) = (&self.plugin, &self.webhook.signature.secret);
        let section = format!("[plugins.secrets.\"{plugin}\".{name}]");
        let given = self.given.as_ref().ok_or_else(|| {
            format!(
                "the secret {name} is missing: the owner of the installation adds {section} to the configuration, with value = \
                 \"env:NAME\" or \"file:PATH\""
            )
        })?;
        if !given.host.is_empty() {
            let host = &given.host;
            return Err(format!(
                "{section} is for {host} alone: what is shown here is a secret of its own, without host"
            ));
        }
        given.value.read().map_err(|why| format!("{section}: {why}"))
    }

    /// Whether it is who may call. Says nothing by the time that it takes.
    pub fn verify(&self, secret: &Secret, headers: &HeaderMap, body: &[u8]) -> bool {
        let Some(shown) = self.shown(headers) else {
            return false;
        };
        match self.webhook.signature.scheme {
            Scheme::HmacSha256Hex => {
                let mut digest = [0; 32];
                if hex::decode_to_slice(shown, &mut digest).is_err() {
                    return false;
                }
                let mac = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes());
                let mut mac = mac.expect("HMAC takes keys of any length");
                mac.update(body);
                mac.verify_slice(&digest).is_ok()
            }
            // Digests have one length, so that the time does not tell the secret's.
            Scheme::Token => Sha256::digest(shown).ct_eq(&Sha256::digest(secret.expose())).into(),
        }
    }

    /// What the one header shows, behind its prefix. Two of them are none.
    fn shown<'a>(&self, headers: &'a HeaderMap) -> Option<&'a [u8]> {
        let mut values = headers.get_all(header(&self.webhook.signature.header)?).iter();
        let (Some(value), None) = (values.next(), values.next()) else {
            return None;
        };
        value.as_bytes().strip_prefix(self.webhook.signature.prefix.as_bytes())
    }

    /// What tells a delivery from all others: the id that it brings together with what it says, else that alone. The id is not signed:
    /// by itself it would let whoever has one signed body take ids away from deliveries to come. A signature says no more than the
    /// body, and may be written in two ways.
    pub fn delivery(&self, headers: &HeaderMap, body: &[u8]) -> Delivery {
        let id = self.webhook.id_header.as_deref().and_then(header);
        let id = id.and_then(|name| headers.get(name)).map(HeaderValue::as_bytes);
        if let Some(id) = id.filter(|id| !id.is_empty() && id.len() <= ID_BYTES_MAX) {
            let both = [Sha256::digest(id), Sha256::digest(body)].concat();
            return Delivery::Named(hex::encode(Sha256::digest(both)));
        }
        Delivery::Alike(hex::encode(Sha256::digest(body)))
    }
}

/// What tells a delivery from all others; a digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// By its own id and what it says.
    Named(String),
    /// By what it says, which may be said again later.
    Alike(String),
}

impl fmt::Display for Webhook {
    /// As an admin reads it in a plan.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = match self.signature.scheme {
            Scheme::HmacSha256Hex => "sign with",
            Scheme::Token => "show",
        };
        write!(
            f,
            "What servers elsewhere send to its address “{}”, if they {how} the secret “{}”",
            self.endpoint, self.signature.secret
        )?;
        if self.id_header.is_none() {
            f.write_str("; of what says the same within ten minutes it sees one")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::SecretRef;

    fn webhook(scheme: Scheme, prefix: &str) -> Webhook {
        Webhook {
            endpoint: "order-changed".to_owned(),
            signature: Signature {
                header: "X-Acme-Signature".to_owned(),
                scheme,
                prefix: prefix.to_owned(),
                secret: "acme_hook".to_owned(),
            },
            id_header: Some("X-Acme-Delivery".to_owned()),
        }
    }

    fn hook(webhook: Webhook, host: &str) -> (tempfile::NamedTempFile, Hook) {
        let file = tempfile::NamedTempFile::new().expect("there is room");
        std::fs::write(file.path(), "It's a Secret to Everybody\n").expect("it can be written");
        let given = GivenSecret {
            host: host.to_owned(),
            value: SecretRef::new(format!("file:{}", file.path().display())),
        };
        (file, Hook::new("acme/refunds", webhook, Some(given)))
    }

    fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            let name = header(name).expect("it is a name");
            headers.append(name, value.parse().expect("it is a value"));
        }
        headers
    }

    /// As GitHub's documentation has it.
    const DIGEST: &str = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

    #[track_caller]
    fn check(hook: &Hook, pairs: &[(&str, &str)], body: &str, right: bool) {
        let secret = hook.secret().expect("it is there");
        let found = hook.verify(&secret, &headers(pairs), body.as_bytes());
        assert_eq!(found, right, "{pairs:?} {body}");
    }

    #[test]
    fn a_signature_is_of_this_body_and_this_secret() {
        let (_file, hook) = hook(webhook(Scheme::HmacSha256Hex, "sha256="), "");
        let signed = format!("sha256={DIGEST}");
        let upper = format!("sha256={}", DIGEST.to_uppercase());
        check(&hook, &[("x-acme-signature", &signed)], "Hello, World!", true);
        check(&hook, &[("x-acme-signature", &upper)], "Hello, World!", true);
        check(&hook, &[("x-acme-signature", &signed)], "Hello, World! ", false);
        check(&hook, &[("x-acme-signature", &signed)], "", false);
        check(&hook, &[("x-other", &signed)], "Hello, World!", false);
        check(&hook, &[], "Hello, World!", false);
        check(&hook, &[("x-acme-signature", DIGEST)], "Hello, World!", false);
        check(&hook, &[("x-acme-signature", "sha256=")], "Hello, World!", false);
        check(
            &hook,
            &[("x-acme-signature", &signed[..signed.len() - 2])],
            "Hello, World!",
            false,
        );
        check(
            &hook,
            &[("x-acme-signature", &format!("{signed}00"))],
            "Hello, World!",
            false,
        );
        check(
            &hook,
            &[("x-acme-signature", &format!("{signed},{signed}"))],
            "Hello, World!",
            false,
        );
        let twice = [("x-acme-signature", &*signed), ("x-acme-signature", "sha256=00")];
        check(&hook, &twice, "Hello, World!", false);
        let other = signed.replace('7', "8");
        check(&hook, &[("x-acme-signature", &other)], "Hello, World!", false);
    }

    #[test]
    fn a_token_is_the_whole_secret() {
        let (_file, hook) = hook(webhook(Scheme::Token, "Bearer "), "");
        let shown = |value: &'static str| [("x-acme-signature", value)];
        check(&hook, &shown("Bearer It's a Secret to Everybody"), "any", true);
        for wrong in [
            "Bearer It's a Secret",
            "Bearer ",
            "It's a Secret to Everybody",
            "bearer It's a Secret to Everybody",
        ] {
            check(&hook, &shown(wrong), "any", false);
        }
    }

    #[test]
    fn without_a_secret_of_its_own_nobody_can_call() {
        let missing = Hook::new("acme/refunds", webhook(Scheme::Token, ""), None);
        let problem = missing.problem().expect("there is no secret");
        assert!(
            problem.contains("[plugins.secrets.\"acme/refunds\".acme_hook]"),
            "{problem}"
        );
        // What goes to a server is shown by nobody else.
        let (_file, of_server) = hook(webhook(Scheme::Token, ""), "api.acme.example");
        assert!(
            of_server
                .problem()
                .is_some_and(|why| why.contains("is for api.acme.example alone"))
        );
        assert!(of_server.secret().is_err());
    }

    #[test]
    fn a_delivery_is_known_by_its_id_else_by_what_it_says() {
        let (_file, hook) = hook(webhook(Scheme::HmacSha256Hex, ""), "");
        let named = |id: &str, body: &[u8]| hook.delivery(&headers(&[("x-acme-delivery", id)]), body);
        assert_eq!(named("1", b"a"), named("1", b"a"));
        assert_ne!(named("1", b"a"), named("1", b"b"));
        assert_ne!(named("1", b"a"), named("2", b"a"));
        let alike = |signature: &str, body: &[u8]| hook.delivery(&headers(&[("x-acme-signature", signature)]), body);
        assert!(matches!(alike("ab", b"a"), Delivery::Alike(_)));
        assert_eq!(alike("ab", b"a"), alike("AB", b"a"));
        assert_ne!(alike("ab", b"a"), alike("ab", b"b"));
        let long = "1".repeat(ID_BYTES_MAX + 1);
        assert!(matches!(named(&long, b"a"), Delivery::Alike(_)));
    }
}
