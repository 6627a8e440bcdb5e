//! What is generated from the options: the JSON Schema, the full configuration, the page of the documentation.
//!
//! The doc comment of an option is its documentation everywhere. A test compares the files with what this makes.

use std::fmt::Write as _;

use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::written::Written;

/// Comments are wrapped here.
const WIDTH: usize = 100;

/// The JSON Schema, for editors that complete and check TOML.
pub fn schema() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    settings.into_generator().into_root_schema_for::<Written>().to_value()
}

/// `config/switchboard.schema.json`.
pub fn schema_file() -> String {
    let mut text = serde_json::to_string_pretty(&schema()).expect("a schema is plain data");
    text.push('\n');
    text
}

/// `config/switchboard.full.toml`: every option with its default.
pub fn full_toml() -> String {
    let schema = schema();
    let mut out = String::from(
        "# Every option with its default. Generated from the program by `cargo xtask docs`.\n\
         # Copy what you need into switchboard.toml; an option that is left out has the value it has here.\n",
    );
    write_toml(&schema, &defaults(), "", &mut out);
    out
}

/// `docs/configuration.md`: the same as a table for each section.
pub fn page() -> String {
    let schema = schema();
    let mut out = String::from(
        "# Configuration\n\n\
         <!-- Generated from the program by `cargo xtask docs`. -->\n\n\
         Switchboard reads `config/switchboard.toml`, or the file named with `--config`. Every option has a default, so the\n\
         file may be empty or missing. `switchboard config` shows the values in force and where each comes from,\n\
         `switchboard check` finds all mistakes at once, and `switchboard config --full` lists every option.\n\n\
         What a community decides (places, plugins, knowledge, people) is in the database and not here: see\n\
         `switchboard export` and `switchboard apply`.\n",
    );
    write_page(&schema, &defaults(), "", &mut out);
    out
}

fn properties(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    schema
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
}

/// Every option's default.
fn defaults() -> Value {
    serde_json::to_value(Written::default()).expect("options are plain data")
}

fn is_section(schema: &Value) -> bool {
    schema.get("properties").is_some()
}

fn description(schema: &Value) -> String {
    let text = schema.get("description").and_then(Value::as_str).unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn write_toml(schema: &Value, defaults: &Value, path: &str, out: &mut String) {
    for (key, option) in properties(schema).filter(|(_, option)| !is_section(option)) {
        out.push('\n');
        write_comment(&description(option), out);
        match toml_value(&defaults[key]) {
            Some(value) => writeln!(out, "{key} = {value}"),
            None => writeln!(out, "# {key} = "),
        }
        .expect("writing to a string cannot fail");
    }
    for (key, section) in properties(schema).filter(|(_, option)| is_section(option)) {
        let name = join(path, key);
        out.push('\n');
        write_comment(&description(section), out);
        writeln!(out, "[{name}]").expect("writing to a string cannot fail");
        write_toml(section, &defaults[key], &name, out);
    }
}

fn write_page(schema: &Value, defaults: &Value, path: &str, out: &mut String) {
    let options: Vec<_> = properties(schema).filter(|(_, option)| !is_section(option)).collect();
    let title = if path.is_empty() {
        "At the top".to_owned()
    } else {
        format!("`[{path}]`")
    };
    write!(out, "\n## {title}\n").expect("writing to a string cannot fail");
    if !path.is_empty() {
        write!(out, "\n{}\n", description(schema)).expect("writing to a string cannot fail");
    }
    if !options.is_empty() {
        out.push_str("\n| option | default | what it does |\n|---|---|---|\n");
        for (key, option) in options {
            let default = toml_value(&defaults[key]).map_or_else(|| "none".to_owned(), |value| format!("`{value}`"));
            let text = description(option).replace('|', "\\|");
            writeln!(out, "| `{key}` | {default} | {text} |").expect("writing to a string cannot fail");
        }
    }
    for (key, section) in properties(schema).filter(|(_, option)| is_section(option)) {
        write_page(section, &defaults[key], &join(path, key), out);
    }
}

fn write_comment(text: &str, out: &mut String) {
    let mut line = String::from("#");
    for word in text.split(' ') {
        if line.len() + 1 + word.len() > WIDTH {
            out.push_str(&line);
            out.push('\n');
            line = String::from("#");
        }
        line.push(' ');
        line.push_str(word);
    }
    out.push_str(&line);
    out.push('\n');
}

fn toml_value(value: &Value) -> Option<String> {
    if value.is_null() {
        return None;
    }
    toml::Value::try_from(value).ok().map(|value| value.to_string())
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_full_configuration_is_the_default() {
        let text = full_toml();
        for (key, value) in toml::Table::try_from(Written::default()).unwrap() {
            let line = if value.is_table() {
                format!("[{key}]\n")
            } else {
                format!("{key} = ")
            };
            assert!(text.contains(&format!("\n{line}")), "{key}");
        }
        let read = super::super::file::read(std::path::Path::new("full.toml"), &text);
        assert!(read.problems.is_empty(), "{:?}", read.problems);
        assert_eq!(read.written, Written::default());
    }
}
