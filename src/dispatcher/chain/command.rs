//! Puts what was typed behind a command into its options.

use crate::plugin_host::Command;

/// The options in the order of the manifest; the last one takes what is left. A command without options gives its rest
/// as `rest`.
pub(super) fn options(command: Option<&Command>, given: &[(String, String)], rest: &str) -> Vec<(String, String)> {
    if !given.is_empty() {
        return given.to_vec();
    }
    let names: Vec<&str> = command.map_or_else(Vec::new, |command| {
        command.options.iter().map(|option| option.name.as_str()).collect()
    });
    let names = if names.is_empty() { vec!["rest"] } else { names };
    let mut values = Vec::new();
    let mut left = rest.trim();
    for (number, name) in names.iter().enumerate() {
        if left.is_empty() {
            break;
        }
        let last = number + 1 == names.len();
        let (value, after) = if last {
            (left, "")
        } else {
            left.split_once(char::is_whitespace).unwrap_or((left, ""))
        };
        values.push(((*name).to_owned(), value.to_owned()));
        left = after.trim_start();
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin_host::Manifest;

    #[test]
    fn options_are_filled_in_order_and_the_last_takes_the_rest() {
        let manifest = Manifest::parse(
            "[plugin]\nid = \"a/b\"\nversion = \"1.0.0\"\napi = \"0.1\"\nsummary = \"x\"\nlicense = \"MIT\"\n\
             [[command]]\nname = \"refund\"\nhelp = \"x\"\n\
             options = [{ name = \"order\", label = \"Order\" }, { name = \"why\", label = \"Why\" }]",
        )
        .expect("it is sound");
        let pairs = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect()
        };
        let command = manifest.commands.first();
        assert_eq!(
            options(command, &[], "17 it broke"),
            pairs(&[("order", "17"), ("why", "it broke")])
        );
        assert_eq!(options(command, &[], ""), pairs(&[]));
        assert_eq!(options(None, &[], "all of it"), pairs(&[("rest", "all of it")]));
        let given = pairs(&[("order", "9")]);
        assert_eq!(options(command, &given, "ignored"), given);
    }
}
