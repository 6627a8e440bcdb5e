//! Whether a schema says something that settings can follow, and nothing that nobody would hold them to: its keywords are known, its types
//! are there, and its own defaults suit it.

use serde_json::Value;

use super::format::FORMATS;
use super::{PROBLEMS_MAX, problems, told};
use crate::plugin_host::visible::hides;

/// The types of JSON Schema.
const TYPES: [&str; 7] = ["string", "integer", "number", "boolean", "array", "object", "null"];

/// The keywords that settings are held to.
const KEYWORDS: [&str; 10] = [
    "type",
    "enum",
    "minimum",
    "maximum",
    "maxLength",
    "format",
    "items",
    "properties",
    "required",
    "additionalProperties",
];

/// What is said to people and programs about a setting, and holds it to nothing.
const ANNOTATIONS: [&str; 8] = [
    "title",
    "description",
    "default",
    "examples",
    "deprecated",
    "$schema",
    "$id",
    "$comment",
];

/// All that is wrong with a schema, each with where it stands; `at` is the name of the schema itself.
pub fn unsound(schema: &Value, at: &str) -> Vec<String> {
    let mut found = Vec::new();
    look(schema, at, &mut found);
    found
}

fn look(schema: &Value, at: &str, found: &mut Vec<String>) {
    if found.len() >= PROBLEMS_MAX {
        return;
    }
    let Some(keywords) = schema.as_object() else {
        return found.push(format!("{at} is {schema}; it must be a table"));
    };
    let before = found.len();
    for (keyword, value) in keywords {
        found.extend(wrong(keyword, value).map(|why| format!("{at}.{keyword} {why}")));
    }
    // A schema that cannot be followed says nothing of its own default.
    if let Some(default) = schema.get("default").filter(|_| found.len() == before) {
        let wrong = problems(schema, default);
        if !wrong.is_empty() {
            found.push(format!("{at}.default does not suit its own schema: {}", told(&wrong)));
        }
    }
    let fields = schema.get("properties").and_then(Value::as_object);
    for (name, field) in fields.into_iter().flatten() {
        if name.contains(hides) {
            found.push(format!(
                "{at}.properties has a name with line breaks or control characters: {name}"
            ));
        }
        look(field, &format!("{at}.properties.{name}"), found);
    }
    if let Some(items) = schema.get("items") {
        look(items, &format!("{at}.items"), found);
    }
}

/// What is wrong with a keyword by itself, as the rest of a sentence about it.
fn wrong(keyword: &str, value: &Value) -> Option<String> {
    let must_be = |what: &str| format!("is {value}; it must be {what}");
    let (is_so, what) = match keyword {
        "type" => return unknown(value).map(|kind| format!("is {kind}; it must be one of {}", TYPES.join(", "))),
        "format" => {
            let is_known = value.as_str().is_some_and(|format| FORMATS.contains(&format));
            let known = FORMATS.join(", ");
            return (!is_known).then(|| format!("is {value}, and nobody would hold settings to it: it can be {known}"));
        }
        "enum" => {
            let hidden = |choice: &Value| choice.as_str().is_some_and(|text| text.contains(hides));
            let is_so = value.as_array().is_some_and(|all| !all.iter().any(hidden));
            (is_so, "a list, without line breaks and control characters in it")
        }
        "required" => {
            let is_name = |name: &Value| name.as_str().is_some_and(|name| !name.contains(hides));
            let is_so = value.as_array().is_some_and(|all| all.iter().all(is_name));
            (is_so, "a list of names")
        }
        "minimum" | "maximum" => (value.is_number(), "a number"),
        "maxLength" => (value.is_u64(), "a whole number"),
        "properties" => (value.is_object(), "a table"),
        "additionalProperties" => (value.is_boolean(), "true or false"),
        "title" => (is_seen(value, &[]), "a text in one line, without control characters"),
        "description" => (is_seen(value, &['\n', '\t']), "a text, without control characters"),
        known if KEYWORDS.contains(&known) || ANNOTATIONS.contains(&known) => return None,
        _ => {
            return Some(format!(
                "is there, and nobody would hold settings to it: leave it to the plugin's `init`. Known are {}, and beside them {}",
                KEYWORDS.join(", "),
                ANNOTATIONS.join(", ")
            ));
        }
    };
    (!is_so).then(|| must_be(what))
}

/// Whether it is text of which a person sees all, but for these.
fn is_seen(value: &Value, allowed: &[char]) -> bool {
    let hidden = |character: char| hides(character) && !allowed.contains(&character);
    value.as_str().is_some_and(|text| !text.contains(hidden))
}

/// What stands there that is no type, nor a list of types.
fn unknown(kind: &Value) -> Option<&Value> {
    match kind {
        Value::Array(kinds) => kinds.iter().find_map(unknown),
        kind => (!kind.as_str().is_some_and(|kind| TYPES.contains(&kind))).then_some(kind),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_unknown_type_and_a_default_that_does_not_suit_are_named_with_their_place() {
        let schema = json!({ "type": "object", "properties": {
            "count": { "type": "integer", "maximum": 5, "default": 99 },
            "name": { "type": "strin", "default": 7 },
            "names": { "type": "array", "items": { "type": ["string", "nul"] } },
        } });
        let types = "it must be one of string, integer, number, boolean, array, object, null";
        assert_eq!(
            unsound(&schema, "config"),
            [
                "config.properties.count.default does not suit its own schema: 5 is the most".to_owned(),
                format!("config.properties.name.type is \"strin\"; {types}"),
                format!("config.properties.names.items.type is \"nul\"; {types}"),
            ]
        );
    }

    #[test]
    fn a_setting_may_be_called_type_and_a_schema_may_say_nothing() {
        let schema = json!({ "properties": { "type": { "type": "string", "default": "tip", "enum": ["tip"] } } });
        assert!(unsound(&schema, "config").is_empty());
        assert!(unsound(&json!({}), "config").is_empty());
        let turned = json!({ "title": "two\nlines", "description": "a\u{202e}b" });
        assert_eq!(
            unsound(&turned, "config"),
            [
                "config.description is \"a\u{202e}b\"; it must be a text, without control characters",
                "config.title is \"two\\nlines\"; it must be a text in one line, without control characters"
            ]
        );
        let said = json!({ "$schema": "s", "$id": "i", "$comment": "c", "title": "t", "description": "a\nb", "examples": [{}] });
        assert!(unsound(&said, "config").is_empty());
    }

    #[test]
    fn what_nobody_would_hold_settings_to_is_refused_by_its_name() {
        for (keyword, value) in [
            ("pattern", json!("^a$")),
            ("multipleOf", json!(5)),
            ("exclusiveMinimum", json!(0)),
            ("exclusiveMaximum", json!(9)),
            ("uniqueItems", json!(true)),
            ("minItems", json!(1)),
            ("const", json!("a")),
            ("oneOf", json!([])),
            ("$ref", json!("#/a")),
            ("writeOnly", json!(true)),
        ] {
            let found = unsound(
                &json!({ "properties": { "a": { "type": "string", keyword: value } } }),
                "config",
            );
            let start = format!("config.properties.a.{keyword} is there, and nobody would hold settings to it: ");
            assert!(found.len() == 1 && found[0].starts_with(&start), "{found:?}");
            assert!(found[0].contains("Known are type, enum, "), "{found:?}");
        }
        let format = unsound(&json!({ "format": "password" }), "config");
        assert_eq!(
            format,
            [
                "config.format is \"password\", and nobody would hold settings to it: it can be place, person, role, cron, zone, \
                 https-url"
            ]
        );
        for (schema, expected) in [
            (json!({ "additionalProperties": { "type": "string" } }), "true or false"),
            (json!({ "required": true }), "a list of names"),
            (json!({ "minimum": "1" }), "a number"),
            (json!({ "maxLength": -1 }), "a whole number"),
            (json!({ "items": [] }), "config.items is []; it must be a table"),
            (
                json!({ "enum": ["a\u{1b}[31m"] }),
                "without line breaks and control characters",
            ),
            (
                json!({ "properties": { "a\u{202e}": {} } }),
                "a name with line breaks or control characters",
            ),
        ] {
            let found = unsound(&schema, "config");
            assert!(found.len() == 1 && found[0].contains(expected), "{found:?}");
        }
    }
}
