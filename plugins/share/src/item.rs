//! What can be posted. Pure.

use serde::Deserialize;

/// Fewer choices are no poll, more do not fit on most platforms.
const OPTIONS: std::ops::RangeInclusive<usize> = 2..=6;

/// A list that a person can keep in order.
const ITEMS_MAX: usize = 500;

/// What somebody can ask for with `/share`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Tip,
    Question,
    Poll,
    Link,
}

impl Kind {
    /// The kind that somebody typed; none for nothing, an error for a word that is no kind.
    pub(crate) fn named(word: &str) -> Result<Option<Self>, ()> {
        match word.to_lowercase().as_str() {
            "" => Ok(None),
            "tip" | "tips" => Ok(Some(Self::Tip)),
            "question" | "questions" => Ok(Some(Self::Question)),
            "poll" | "polls" => Ok(Some(Self::Poll)),
            "link" | "links" => Ok(Some(Self::Link)),
            _ => Err(()),
        }
    }
}

/// One thing to post.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Item {
    /// Names it for good.
    pub(crate) id: String,
    pub(crate) kind: Kind,
    /// In markdown.
    pub(crate) text: String,
    /// Of a poll.
    #[serde(default)]
    pub(crate) options: Vec<String>,
    /// Of a link.
    #[serde(default)]
    pub(crate) url: Option<String>,
    /// On the button of a link.
    #[serde(default)]
    pub(crate) label: Option<String>,
}

/// The first thing that is wrong with the list, as the admin reads it.
pub(crate) fn check(items: &[Item]) -> Result<(), String> {
    if items.len() > ITEMS_MAX {
        return Err(format!("there are {} items; at most {ITEMS_MAX}", items.len()));
    }
    for (place, item) in items.iter().enumerate() {
        let id = &item.id;
        if id.is_empty() || id.len() > 64 || id.contains(['/', ':', '#']) {
            return Err(format!("the id \"{id}\" must be a short word without / : #"));
        }
        if items[..place].iter().any(|other| other.id == *id) {
            return Err(format!("the id {id} is used twice"));
        }
        if item.text.trim().is_empty() {
            return Err(format!("the item {id} has no text"));
        }
        match item.kind {
            Kind::Poll if !OPTIONS.contains(&item.options.len()) => {
                return Err(format!(
                    "the poll {id} has {} options; two to six are right",
                    item.options.len()
                ));
            }
            Kind::Link if !item.url.as_deref().is_some_and(|url| url.starts_with("https://")) => {
                return Err(format!("the link {id} needs a url that begins with https://"));
            }
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(json: &str, expected: &str) {
        let items: Vec<Item> = serde_json::from_str(json).unwrap();
        assert_eq!(check(&items), Err(expected.to_owned()));
    }

    #[test]
    fn a_list_of_all_kinds_is_fine() {
        let items: Vec<Item> = serde_json::from_str(
            r#"[{"id":"a","kind":"tip","text":"T"},{"id":"b","kind":"question","text":"Q"},
                {"id":"c","kind":"poll","text":"P","options":["x","y"]},
                {"id":"d","kind":"link","text":"L","url":"https://example.org"}]"#,
        )
        .unwrap();
        assert_eq!(check(&items), Ok(()));
    }

    #[test]
    fn what_cannot_be_posted_is_refused_with_the_reason() {
        refused(
            r#"[{"id":"a/b","kind":"tip","text":"T"}]"#,
            "the id \"a/b\" must be a short word without / : #",
        );
        refused(
            r#"[{"id":"a","kind":"tip","text":"T"},{"id":"a","kind":"tip","text":"T"}]"#,
            "the id a is used twice",
        );
        refused(r#"[{"id":"a","kind":"tip","text":" "}]"#, "the item a has no text");
        refused(
            r#"[{"id":"a","kind":"poll","text":"P","options":["x"]}]"#,
            "the poll a has 1 options; two to six are right",
        );
        refused(
            r#"[{"id":"a","kind":"link","text":"L","url":"javascript:x"}]"#,
            "the link a needs a url that begins with https://",
        );
    }

    #[test]
    fn kinds_are_named_as_people_type_them() {
        assert_eq!(Kind::named("Polls"), Ok(Some(Kind::Poll)));
        assert_eq!(Kind::named(""), Ok(None));
        assert_eq!(Kind::named("joke"), Err(()));
    }
}
