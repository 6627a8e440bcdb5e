//! The web chat's options: as written, and as meant.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// More than this no page shows without scrolling on a phone.
const EXAMPLES_MAX: usize = 6;

/// A chat that visitors open in their browser, alone or within your own site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Whether the chat is served at all.
    pub enabled: bool,
    /// Above the conversation. Empty: "Switchboard".
    pub title: String,
    /// The first line a visitor reads. Empty: a greeting in the visitor's language.
    pub greeting: String,
    /// Questions offered as buttons before the visitor writes. Empty: three about Switchboard, in the visitor's language.
    pub examples: Vec<String>,
    /// Sites that may show the chat within their pages, such as `https://www.example.org`; `*` for all.
    pub allowed_origins: Vec<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            enabled: true,
            title: String::new(),
            greeting: String::new(),
            examples: Vec::new(),
            allowed_origins: Vec::new(),
        }
    }
}

/// What the options mean, checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Above the conversation, none for the default.
    pub title: Option<String>,
    /// The first line, none for the default.
    pub greeting: Option<String>,
    /// Offered questions, empty for the default ones.
    pub examples: Vec<String>,
    /// Who may frame the page, as a list for `frame-ancestors`.
    pub frame_ancestors: String,
    /// The origin people reach us by, when it is not the one in the `Host` header.
    pub public_origin: Option<String>,
}

impl Config {
    /// Checks everything and reports all problems, each with the key it is about. `public_origin` is the listener's.
    ///
    /// # Errors
    ///
    /// The key and what is wrong with its value.
    pub fn check(&self, public_origin: Option<String>) -> Result<Settings, Vec<(&'static str, String)>> {
        let mut problems = Vec::new();
        if self.examples.len() > EXAMPLES_MAX {
            problems.push(("examples", format!("at most {EXAMPLES_MAX} questions fit on the page")));
        }
        for origin in &self.allowed_origins {
            if !is_origin(origin) {
                problems.push((
                    "allowed_origins",
                    format!("`{origin}` is no origin such as `https://www.example.org`"),
                ));
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let some = |text: &str| (!text.trim().is_empty()).then(|| text.trim().to_owned());
        let mut frame_ancestors = "'self'".to_owned();
        for origin in &self.allowed_origins {
            frame_ancestors.push(' ');
            frame_ancestors.push_str(origin);
        }
        Ok(Settings {
            title: some(&self.title),
            greeting: some(&self.greeting),
            examples: self.examples.clone(),
            frame_ancestors,
            public_origin,
        })
    }
}

/// Strict, because it is copied into a header.
fn is_origin(text: &str) -> bool {
    if text == "*" {
        return true;
    }
    let Some(host) = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")) else {
        return false;
    };
    !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || "*.-:[]".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_own_site_may_frame_the_chat_by_default() {
        assert_eq!(Config::default().check(None).unwrap().frame_ancestors, "'self'");
    }

    #[test]
    fn an_origin_cannot_smuggle_a_policy() {
        for wrong in [
            "https://a.example; script-src *",
            "example.org",
            "https://",
            "https://a b",
            "https://a/b",
        ] {
            let config = Config {
                allowed_origins: vec![wrong.into()],
                ..Config::default()
            };
            assert_eq!(config.check(None).unwrap_err().len(), 1, "{wrong}");
        }
    }

    #[test]
    fn named_sites_may_frame_it() {
        let config = Config {
            allowed_origins: vec!["https://www.example.org".into(), "https://*.example.net:8443".into()],
            ..Config::default()
        };
        assert_eq!(
            config.check(None).unwrap().frame_ancestors,
            "'self' https://www.example.org https://*.example.net:8443"
        );
    }
}
