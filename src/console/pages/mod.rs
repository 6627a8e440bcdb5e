//! The pages, one file for each part of the navigation.

pub(crate) mod acts;
pub(crate) mod audit;
pub(crate) mod chats;
pub(crate) mod community;
pub(crate) mod conversation;
mod data;
pub(crate) mod deliveries;
mod elsewhere;
pub(crate) mod events;
pub(crate) mod files;
pub(crate) mod inbox;
pub(crate) mod knowledge;
pub(crate) mod login;
pub(crate) mod people;
pub(crate) mod places;
pub(crate) mod plugins;
pub(crate) mod posts;
mod preview;
pub(crate) mod search;
pub(crate) mod settings;
mod timeline;

use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};

use crate::storage::Page;

/// Rows of one page of a list: more are a scroll away from being read.
pub(crate) const ROWS_MAX: u32 = 50;

/// What lists read from the address.
#[derive(Clone, Debug, Default, serde::Deserialize)]
pub(crate) struct Listed {
    /// The position that the page before ended at.
    #[serde(default)]
    pub(crate) before: Option<i64>,
    /// The same, where a position takes more than a number.
    #[serde(default)]
    pub(crate) after: Option<String>,
    /// What is shown of it.
    #[serde(default)]
    pub(crate) show: Option<String>,
    /// What is searched for.
    #[serde(default)]
    pub(crate) q: Option<String>,
    /// What was done last.
    #[serde(default)]
    pub(crate) said: Option<String>,
}

impl Listed {
    /// One row more than is shown tells whether there is a next page.
    pub(crate) fn page(&self) -> Page {
        Page {
            before: self.before,
            limit: ROWS_MAX + 1,
        }
    }
}

/// Cuts the extra row off. Gives the position where the next page begins, if there is one.
pub(crate) fn cut<T, P>(rows: &mut Vec<T>, position: impl Fn(&T) -> P) -> Option<P> {
    let shown = usize::try_from(ROWS_MAX).expect("a page fits in memory");
    if rows.len() <= shown {
        return None;
    }
    rows.truncate(shown);
    rows.last().map(position)
}

/// An address with its query, encoded.
pub(crate) fn url(path: &str, query: &[(&str, &str)]) -> String {
    let mut out = path.to_owned();
    for (number, (name, value)) in query.iter().enumerate() {
        out.push(if number == 0 { '?' } else { '&' });
        out.push_str(name);
        out.push('=');
        for byte in value.bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                out.push(char::from(byte));
            } else {
                out.push('%');
                out.push_str(&hex::encode([byte]).to_uppercase());
            }
        }
    }
    out
}

/// After a form: look at the page, which is then safe to load again.
pub(crate) fn see(to: String) -> Response {
    (StatusCode::SEE_OTHER, [(LOCATION, to)]).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_cannot_leave_its_place_in_an_address() {
        assert_eq!(
            url("/a", &[("q", "a b&c=ü"), ("p", "1")]),
            "/a?q=a%20b%26c%3D%C3%BC&p=1"
        );
    }

    #[test]
    fn a_next_page_begins_behind_the_last_row_shown() {
        let mut rows: Vec<i64> = (0..51).rev().collect();
        assert_eq!(cut(&mut rows, |row| *row), Some(1));
        assert_eq!(rows.len(), 50);
        let mut rows: Vec<i64> = (0..50).rev().collect();
        assert_eq!(cut(&mut rows, |row| *row), None);
    }
}
