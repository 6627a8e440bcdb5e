//! Names a token in the configuration, and takes that out again. Pure: text in, text out; comments and order stay.

use toml_edit::{DocumentMut, Item, Value};

/// The option's name in its section.
const KEY: &str = "token";

/// The text with the option set.
///
/// # Errors
///
/// When it is no TOML, or the section is something else.
pub(super) fn with_token(text: &str, section: &str, reference: &str) -> Result<String, String> {
    let mut document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| error.to_string())?;
    let table = document.entry(section).or_insert_with(toml_edit::table);
    let table = table
        .as_table_like_mut()
        .ok_or_else(|| format!("`{section}` is no section"))?;
    let mut value = Value::from(reference);
    if let Some(old) = table.get(KEY).and_then(Item::as_value) {
        // A comment behind it stays.
        value.decor_mut().clone_from(old.decor());
    }
    table.insert(KEY, Item::Value(value));
    Ok(document.to_string())
}

/// The text without the option; none where it says something else by now.
pub(super) fn without_token(text: &str, section: &str, reference: &str) -> Option<String> {
    let mut document: DocumentMut = text.parse().ok()?;
    let table = document.get_mut(section)?.as_table_like_mut()?;
    if table.get(KEY)?.as_str()? != reference {
        return None;
    }
    table.remove(KEY);
    if table.is_empty() {
        document.remove(section);
    }
    Some(document.to_string())
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

    #[track_caller]
    fn check(before: &str, expected: &[&str]) -> String {
        let after = with_token(before, "discord", REFERENCE).unwrap();
        assert_eq!(difference(before, &after), expected);
        after
    }

    #[test]
    fn the_option_is_added_and_everything_else_stays() {
        let plain = "# ours\ndata = \"data\"  # here\n";
        let added = check(plain, &["+ ", "+ [discord]", "+ token = \"file:data/discord.token\""]);
        assert_eq!(without_token(&added, "discord", REFERENCE).as_deref(), Some(plain));
        let added = check("", &["+ [discord]", "+ token = \"file:data/discord.token\""]);
        assert_eq!(without_token(&added, "discord", REFERENCE).as_deref(), Some(""));
        let section = "[discord]\napi_url = \"http://127.0.0.1:1\"\n\n[log]\nlevel = \"debug\"\n";
        let added = check(section, &["+ token = \"file:data/discord.token\""]);
        assert_eq!(without_token(&added, "discord", REFERENCE).as_deref(), Some(section));
    }

    #[test]
    fn an_empty_option_is_filled_and_its_comment_stays() {
        let expected = [
            "- token = \"\" # none yet",
            "+ token = \"file:data/discord.token\" # none yet",
        ];
        check("[discord]\ntoken = \"\" # none yet\n", &expected);
    }

    #[test]
    fn what_somebody_else_wrote_is_not_taken_out() {
        let other = "[discord]\ntoken = \"env:DISCORD_TOKEN\"\n";
        assert_eq!(without_token(other, "discord", REFERENCE), None);
        assert_eq!(without_token("data = \"data\"\n", "discord", REFERENCE), None);
        assert!(with_token("discord = 1\n", "discord", REFERENCE).is_err());
    }
}
