//! The host interfaces, one module for each permission.

/// What the admin reads in the plugin's log. Always granted.
pub mod log {
    use crate::bindings::switchboard::plugin::log::{Level, write};

    /// For authors, while they look for a fault.
    pub fn debug(text: impl AsRef<str>) {
        write(Level::Debug, text.as_ref());
    }

    /// Worth knowing.
    pub fn info(text: impl AsRef<str>) {
        write(Level::Info, text.as_ref());
    }

    /// Somebody should look when there is time.
    pub fn warn(text: impl AsRef<str>) {
        write(Level::Warn, text.as_ref());
    }

    /// Somebody should look now.
    pub fn error(text: impl AsRef<str>) {
        write(Level::Error, text.as_ref());
    }
}

/// Permission `kv`: the plugin's own keys in this community. Writes become true together with the event; reads see the
/// plugin's own writes of this event.
pub mod kv {
    use serde::Serialize;
    use serde::de::DeserializeOwned;

    pub use crate::bindings::switchboard::plugin::kv::{delete, get, increment, scan, set};
    use crate::types::{CallError, Error};

    /// Reads a value that [`set_json`] wrote.
    ///
    /// # Errors
    ///
    /// What the host refused, or a value of another shape.
    pub fn get_json<T: DeserializeOwned>(key: &str) -> Result<Option<T>, Error> {
        let Some(bytes) = get(key)? else {
            return Ok(None);
        };
        serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|problem| Error::Failed(format!("kv key {key}: {problem}")))
    }

    /// Writes a value as JSON.
    ///
    /// # Errors
    ///
    /// What the host refused.
    pub fn set_json<T: Serialize>(key: &str, value: &T, ttl_seconds: Option<u32>) -> Result<(), Error> {
        let bytes = serde_json::to_vec(value).map_err(|problem| Error::Failed(format!("kv key {key}: {problem}")))?;
        set(key, &bytes, ttl_seconds)?;
        Ok(())
    }

    /// Reads a counter; a missing one is 0.
    ///
    /// # Errors
    ///
    /// What the host refused, or a value that is no counter.
    pub fn counter(key: &str) -> Result<i64, CallError> {
        let Some(bytes) = get(key)? else {
            return Ok(0);
        };
        str::from_utf8(&bytes)
            .ok()
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| CallError::Other(format!("kv key {key} holds no counter")))
    }
}

/// Permission `knowledge`: the shared question-and-answer base, as far as place and person of the event may see it.
pub mod knowledge {
    pub use crate::bindings::switchboard::plugin::knowledge::{Decision, Entry, Finding, Gap, Hit, ask, get};
}

/// Permission `http`: reading from the servers that the manifest names. At most five calls in one event.
pub mod http {
    pub use crate::bindings::switchboard::plugin::http::{Request, Response, fetch};
    use crate::types::CallError;

    /// Reads what is at an address.
    ///
    /// # Errors
    ///
    /// What the host refused, or that nobody answered. An answer with any status is none.
    pub fn get(url: impl Into<String>) -> Result<Response, CallError> {
        fetch(&Request::get(url))
    }

    impl Request {
        /// To read what is at an address.
        pub fn get(url: impl Into<String>) -> Self {
            Self {
                url: url.into(),
                headers: Vec::new(),
                body: None,
                timeout_ms: None,
            }
        }

        /// To ask by POST, where the manifest allows that as reading.
        pub fn post(url: impl Into<String>, body: impl Into<Vec<u8>>) -> Self {
            Self {
                body: Some(body.into()),
                ..Self::get(url)
            }
        }

        /// With a header more.
        #[must_use]
        pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
            self.headers.push((name.into(), value.into()));
            self
        }
    }

    impl Response {
        /// Whether it is what was asked for.
        pub fn is_success(&self) -> bool {
            (200..300).contains(&self.status)
        }

        /// The first header of that name, in whatever case.
        pub fn header(&self, name: &str) -> Option<&str> {
            let mut headers = self.headers.iter();
            let found = headers.find(|(known, _)| known.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value.as_str())
        }

        /// The body as text; what is not UTF-8 in it is replaced.
        pub fn text(&self) -> String {
            String::from_utf8_lossy(&self.body).into_owned()
        }
    }
}

/// Permission `model`: the host's language model, at the cost of the community. At most two questions in one event. Where the owner of
/// the installation has set none up, every question is answered with `unavailable`.
pub mod model {
    pub use crate::bindings::switchboard::plugin::model::{Completion, Role, Turn, complete};
    use crate::types::CallError;

    /// Asks for words: `system` says what is wanted of the model, `user` is what it is about. Whatever members wrote belongs into
    /// `user`, and what comes back may be as it was talked into being.
    ///
    /// # Errors
    ///
    /// What the host refused, or that nobody answered.
    pub fn ask(system: impl Into<String>, user: impl Into<String>, tokens_max: u32) -> Result<Completion, CallError> {
        complete(&[Turn::system(system), Turn::user(user)], tokens_max)
    }

    impl Turn {
        /// What is wanted of the model.
        pub fn system(text: impl Into<String>) -> Self {
            Self::by(Role::System, text)
        }

        /// What it is asked.
        pub fn user(text: impl Into<String>) -> Self {
            Self::by(Role::User, text)
        }

        /// What it answered before.
        pub fn assistant(text: impl Into<String>) -> Self {
            Self::by(Role::Assistant, text)
        }

        fn by(role: Role, text: impl Into<String>) -> Self {
            Self {
                role,
                text: text.into(),
            }
        }
    }
}

/// Permission `history`: earlier messages of this conversation, newest first.
pub mod history {
    pub use crate::bindings::switchboard::plugin::history::{Line, Speaker, recent};
}
