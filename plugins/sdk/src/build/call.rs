//! Calls: what changes something on a server elsewhere, and what came of it.

use crate::types::{Call, CallResult};

impl Call {
    /// By POST. The name tells the calls of one event apart, and comes back with what came of it.
    pub fn post(name: impl Into<String>, url: impl Into<String>, body: impl Into<Vec<u8>>) -> Self {
        Self::new(name, "POST", url, body)
    }

    /// By `POST`, `PUT`, `PATCH` or `DELETE`.
    pub fn new(
        name: impl Into<String>,
        method: impl Into<String>,
        url: impl Into<String>,
        body: impl Into<Vec<u8>>,
    ) -> Self {
        Self {
            name: name.into(),
            method: method.into(),
            url: url.into(),
            headers: Vec::new(),
            body: body.into(),
        }
    }

    /// With a header more.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }
}

impl CallResult {
    /// Whether the server did what was asked.
    pub fn is_success(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }

    /// What the server said, as text; what is not UTF-8 in it is replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_status_of_success_is_one() {
        let result = |status| CallResult {
            name: "order".to_owned(),
            status,
            body: b"made".to_vec(),
            problem: None,
        };
        assert!(result(Some(201)).is_success() && !result(Some(302)).is_success() && !result(None).is_success());
        assert_eq!(result(None).text(), "made");
    }
}
