//! Names a token in the configuration, and takes that out again. Pure: text in, text out; comments and order stay.

use serde::{Deserialize, Serialize};
use toml_edit::{DocumentMut, Item, TableLike, Value};

/// The option's name in its section.
const KEY: &str = "token";

/// What stood in the configuration before a token was named in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Before {
    /// Whether there was a file.
    pub(super) file: bool,
    /// Whether there was a section.
    section: bool,
    /// What the option said.
    token: Option<String>,
}

/// The text with the option set, and what stood there before.
///
/// # Errors
///
/// When it is no TOML, or the section is something else.
pub(super) fn with_token(text: &str, section: &str, reference: &str) -> Result<(String, Before), String> {
    let mut document = parse(text)?;
    let mut before = Before {
        file: true,
        section: document.contains_key(section),
        token: None,
    };
    let table = document.entry(section).or_insert_with(toml_edit::table);
    let table = table
        .as_table_like_mut()
        .ok_or_else(|| format!("`{section}` is no section"))?;
    let old = table.get(KEY).and_then(Item::as_value);
    before.token = old.and_then(Value::as_str).map(str::to_owned);
    set(table, reference);
    Ok((document.to_string(), before))
}

/// The text as it was before, as far as nobody has changed it since: none where the option says something else by now, or
/// is not there any more.
///
/// # Errors
///
/// When it is no TOML.
pub(super) fn without_token(
    text: &str,
    section: &str,
    reference: &str,
    before: &Before,
) -> Result<Option<String>, String> {
    let mut document = parse(text)?;
    let Some(table) = document.get_mut(section).and_then(Item::as_table_like_mut) else {
        return Ok(None);
    };
    if table.get(KEY).and_then(Item::as_str) != Some(reference) {
        return Ok(None);
    }
    match &before.token {
        Some(old) => set(table, old),
        None => drop(table.remove(KEY)),
    }
    let ours = table.is_empty() && !before.section && !is_commented(document.get(section));
    if ours {
        document.remove(section);
    }
    Ok(Some(document.to_string()))
}

fn parse(text: &str) -> Result<DocumentMut, String> {
    text.parse().map_err(|error: toml_edit::TomlError| error.to_string())
}

/// A comment behind the old value stays.
fn set(table: &mut dyn TableLike, text: &str) {
    let mut value = Value::from(text);
    if let Some(old) = table.get(KEY).and_then(Item::as_value) {
        value.decor_mut().clone_from(old.decor());
    }
    table.insert(KEY, Item::Value(value));
}

/// Whether somebody has written beside the name of the section.
fn is_commented(section: Option<&Item>) -> bool {
    let decor = section.and_then(Item::as_table).map(toml_edit::Table::decor);
    let around = decor.map(|decor| [decor.prefix(), decor.suffix()]);
    let texts = around.into_iter().flatten().flatten();
    texts
        .filter_map(toml_edit::RawString::as_str)
        .any(|text| text.contains('#'))
}

/// The lines that change, with a sign before each.
pub(super) fn difference(before: &str, after: &str) -> Vec<String> {
    let (before, after): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let same = |pairs: &mut dyn Iterator<Item = (&&str, &&str)>| pairs.take_while(|(old, new)| old == new).count();
    let head = same(&mut before.iter().zip(&after));
    let rest = before.len().min(after.len()) - head;
    let tail = same(&mut before.iter().rev().zip(after.iter().rev())).min(rest);
    let gone = before[head..before.len() - tail].iter().map(|line| format!("- {line}"));
    let come = after[head..after.len() - tail].iter().map(|line| format!("+ {line}"));
    gone.chain(come).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const REFERENCE: &str = "file:data/discord.token";

    /// The option is put in with this difference, and taken out again without a trace.
    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let (after, before) = with_token(text, "discord", REFERENCE).unwrap();
        assert_eq!(difference(text, &after), expected);
        let undone = without_token(&after, "discord", REFERENCE, &before).unwrap();
        assert_eq!(undone.as_deref(), Some(text));
    }

    #[track_caller]
    fn check_undo(text: &str, before: &Before, expected: Option<&str>) {
        let undone = without_token(text, "discord", REFERENCE, before).unwrap();
        assert_eq!(undone.as_deref(), expected);
    }

    #[test]
    fn the_option_is_added_and_everything_else_stays() {
        let plain = "# ours\ndata = \"data\"  # here\n";
        check(plain, &["+ ", "+ [discord]", "+ token = \"file:data/discord.token\""]);
        check("", &["+ [discord]", "+ token = \"file:data/discord.token\""]);
        let section = "[discord]\napi_url = \"http://127.0.0.1:1\"\n\n[log]\nlevel = \"debug\"\n";
        check(section, &["+ token = \"file:data/discord.token\""]);
        check("[discord]\n", &["+ token = \"file:data/discord.token\""]);
    }

    #[test]
    fn an_empty_option_is_filled_and_emptied_again_and_its_comment_stays() {
        let expected = [
            "- token = \"\" # none yet",
            "+ token = \"file:data/discord.token\" # none yet",
        ];
        check("[discord]\ntoken = \"\" # none yet\n", &expected);
    }

    #[test]
    fn what_somebody_else_wrote_is_not_taken_out() {
        let (added, before) = with_token("", "discord", REFERENCE).unwrap();
        check_undo("[discord]\ntoken = \"env:DISCORD_TOKEN\"\n", &before, None);
        check_undo("data = \"data\"\n", &before, None);
        check_undo("discord = 1\n", &before, None);
        let more = format!("{added}connected = false\n");
        check_undo(&more, &before, Some("[discord]\nconnected = false\n"));
        let commented = format!("# of the community\n{added}");
        check_undo(&commented, &before, Some("# of the community\n[discord]\n"));
        assert!(with_token("discord = 1\n", "discord", REFERENCE).is_err());
        assert!(without_token("[discord", "discord", REFERENCE, &before).is_err());
    }
}
