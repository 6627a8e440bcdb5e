//! What is next: nothing repeats until everything of the kind was shown. Pure.

use crate::item::{Item, Kind};

/// The next item of `kind`, any when none, and what was shown with it. None when the list has no such item.
pub(crate) fn next(items: &[Item], kind: Option<Kind>, shown: Vec<String>) -> Option<(&Item, Vec<String>)> {
    let fits = |item: &&Item| kind.is_none_or(|kind| item.kind == kind);
    let mut shown = shown;
    // What left the list need not be remembered.
    shown.retain(|id| items.iter().any(|item| item.id == *id));
    let unseen = items.iter().filter(fits).find(|item| !shown.contains(&item.id));
    let item = if let Some(item) = unseen {
        item
    } else {
        // The round is through: begin again with this kind alone.
        shown.retain(|id| !items.iter().filter(fits).any(|item| item.id == *id));
        items.iter().find(fits)?
    };
    shown.push(item.id.clone());
    Some((item, shown))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items() -> Vec<Item> {
        serde_json::from_str(
            r#"[{"id":"t1","kind":"tip","text":"1"},{"id":"q1","kind":"question","text":"2"},{"id":"t2","kind":"tip","text":"3"}]"#,
        )
        .unwrap()
    }

    #[track_caller]
    fn check(kinds: &[Option<Kind>], expected: &[&str]) {
        let items = items();
        let mut shown = Vec::new();
        let mut ids = Vec::new();
        for kind in kinds {
            let (item, now) = next(&items, *kind, shown).unwrap();
            ids.push(item.id.as_str());
            shown = now;
        }
        assert_eq!(ids, expected);
    }

    #[test]
    fn nothing_repeats_until_everything_was_shown() {
        check(&[None; 5], &["t1", "q1", "t2", "t1", "q1"]);
    }

    #[test]
    fn a_kind_that_is_through_begins_again_without_the_others() {
        let tip = Some(Kind::Tip);
        check(&[tip, tip, tip, None, None], &["t1", "t2", "t1", "q1", "t2"]);
    }

    #[test]
    fn an_empty_list_has_no_next() {
        assert!(next(&[], None, Vec::new()).is_none());
        assert!(next(&items(), Some(Kind::Poll), Vec::new()).is_none());
    }

    #[test]
    fn what_left_the_list_is_forgotten() {
        let items = items();
        let (_, shown) = next(&items, None, vec!["gone".to_owned()]).unwrap();
        assert_eq!(shown, ["t1"]);
    }
}
