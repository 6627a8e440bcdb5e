//! The pages of the documentation that are made from the code: the manifest, and the contract.

use std::fmt::Write as _;

use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::manifest::Manifest;

/// The contract.
const CONTRACT: &str = include_str!("../../plugins/sdk/wit/plugin.wit");

/// How a contract's part begins at the outermost level.
const PARTS: [&str; 2] = ["interface ", "world "];

/// How an item of an interface begins.
const ITEMS: [&str; 4] = ["type ", "enum ", "record ", "variant "];

/// `docs/plugins/manifest.md`.
pub fn manifest_page() -> String {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    let schema = settings.into_generator().into_root_schema_for::<Manifest>().to_value();
    let mut out = String::from(
        "# The manifest\n\n<!-- Generated from the program by `cargo xtask docs`. -->\n\n`plugin.toml` lies beside the source, and the \
         build writes it into the package. It is read strictly: a key\nthat is not here is a mistake. `switchboard plugin check` \
         tells the first thing that keeps it from being read, with its line;\nonce it can be read, all that is wrong with what it says, \
         at once.\n",
    );
    let (mut tables, keys): (Vec<_>, Vec<_>) = properties(&schema).partition(|(_, part)| is_table(part));
    // What must be there first, the rest by its name.
    tables.sort_by_key(|(name, _)| !is_needed(name, &schema));
    for (name, table) in tables {
        let (title, fields) = match table.get("items") {
            Some(item) => (format!("[[{name}]]"), item),
            None => (format!("[{name}]"), table),
        };
        write!(out, "\n## `{title}`\n\n{}\n", first(&[table, fields])).expect(INFALLIBLE);
        write_fields(fields, &mut out);
    }
    out.push_str("\n## Beside the tables\n");
    write_rows(keys.into_iter(), &schema, &mut out);
    out
}

/// `docs/plugins/contract.md`.
pub fn contract_page() -> String {
    let mut out = String::from(
        "# The contract\n\n<!-- Generated from plugins/sdk/wit/plugin.wit by `cargo xtask docs`. -->\n\nWhat passes between a plugin \
         and the host, in [WIT](https://component-model.bytecodealliance.org/design/wit.html). The SDKs give\neach name the form of \
         their language. It is version 0.1: it changes where use shows a need, and then every\nplugin has to be built anew.\n",
    );
    let mut lines = CONTRACT.lines().peekable();
    let mut docs = Vec::new();
    while let Some(line) = lines.next() {
        if let Some(doc) = line.strip_prefix("/// ") {
            docs.push(doc);
        } else if PARTS.iter().any(|part| line.starts_with(part)) {
            let (title, _) = line.split_once(" {").expect("a part is opened on its first line");
            write!(out, "\n## `{title}`\n").expect(INFALLIBLE);
            write_paragraph(&std::mem::take(&mut docs), &mut out);
            let mut body = Vec::new();
            if !line.ends_with('}') {
                body.extend(lines.by_ref().take_while(|line| *line != "}"));
            }
            match title {
                "interface types" => write_items(&body, &mut out),
                _ if body.is_empty() => write_code(&[line], 0, &mut out),
                _ => write_code(&body, 2, &mut out),
            }
        }
    }
    out
}

const INFALLIBLE: &str = "writing to a string cannot fail";

/// Each type under a heading of its own, so that it can be linked to.
fn write_items(body: &[&str], out: &mut String) {
    let mut docs = Vec::new();
    let mut lines = body.iter().copied();
    while let Some(line) = lines.next() {
        let text = line.trim_start();
        if let Some(doc) = text.strip_prefix("/// ") {
            docs.push(doc);
        } else if ITEMS.iter().any(|item| text.starts_with(item)) {
            let title = text.split([' ', '{', '=', ';']).take(2).collect::<Vec<_>>().join(" ");
            write!(out, "\n### `{title}`\n").expect(INFALLIBLE);
            write_paragraph(&std::mem::take(&mut docs), out);
            let mut item = vec![line];
            if !line.ends_with(['}', ';']) {
                for line in lines.by_ref() {
                    item.push(line);
                    if line == "  }" {
                        break;
                    }
                }
            }
            write_code(&item, 2, out);
        }
    }
}

fn write_paragraph(docs: &[&str], out: &mut String) {
    if !docs.is_empty() {
        write!(out, "\n{}\n", docs.join("\n")).expect(INFALLIBLE);
    }
}

fn write_code(lines: &[&str], indent: usize, out: &mut String) {
    out.push_str("\n```wit\n");
    for line in lines {
        writeln!(out, "{}", line.get(indent..).unwrap_or_default()).expect(INFALLIBLE);
    }
    out.push_str("```\n");
}

/// A table for the keys of this one, then one for each key that is a table itself.
fn write_fields(schema: &Value, out: &mut String) {
    if schema.get("properties").is_none() {
        return;
    }
    write_rows(properties(schema), schema, out);
    for (name, inner) in properties(schema).filter(|(_, part)| is_table(part)) {
        let fields = inner.get("items").unwrap_or(inner);
        if fields.get("properties").is_some() {
            write!(out, "\n### Each of `{name}`\n").expect(INFALLIBLE);
            write_rows(properties(fields), fields, out);
        }
    }
}

fn write_rows<'a>(rows: impl Iterator<Item = (&'a String, &'a Value)>, schema: &Value, out: &mut String) {
    out.push_str("\n| key | value | |\n|---|---|---|\n");
    for (key, part) in rows {
        let mark = if is_needed(key, schema) { " **Needed.**" } else { "" };
        let text = first(&[part]).replace('|', "\\|");
        writeln!(out, "| `{key}` | {} | {text}{mark} |", kind(part)).expect(INFALLIBLE);
    }
}

fn properties(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    schema
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
}

fn is_needed(key: &str, schema: &Value) -> bool {
    let needed = schema.get("required").and_then(Value::as_array);
    needed.is_some_and(|needed| needed.iter().any(|name| name == key))
}

fn is_table(schema: &Value) -> bool {
    let of_items = schema.get("items").unwrap_or(schema);
    of_items.get("type").and_then(Value::as_str) == Some("object")
}

/// The first of them that says something.
fn first(schemas: &[&Value]) -> String {
    let mut texts = schemas
        .iter()
        .filter_map(|schema| schema.get("description").and_then(Value::as_str));
    let text = texts.next().unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What may stand behind the key.
fn kind(schema: &Value) -> String {
    if let Some(cases) = schema.get("oneOf").and_then(Value::as_array) {
        let words = cases.iter().map(|case| {
            let word = case.get("const").map_or_else(String::new, |word| format!("`{word}`"));
            match first(&[case]).as_str() {
                "" => word,
                text => format!("{word}: {}", text.trim_end_matches('.')),
            }
        });
        return words.collect::<Vec<_>>().join("<br>");
    }
    let word = match schema.get("type") {
        Some(Value::Array(types)) => types.first().and_then(Value::as_str),
        other => other.and_then(Value::as_str),
    };
    match word {
        Some("array") => {
            let items = schema.get("items").map(kind).unwrap_or_default();
            format!("a list: {items}")
        }
        Some("string") => "text".to_owned(),
        Some("boolean") => "`true` or `false`".to_owned(),
        Some("integer") => "a number".to_owned(),
        Some("object") => "a table".to_owned(),
        _ => "anything".to_owned(),
    }
}
