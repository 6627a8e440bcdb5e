//! Whether a schema says something that settings can follow: its types are there, and its own defaults suit it.

use serde_json::Value;

use super::{PROBLEMS_MAX, problems, told};

/// The types of JSON Schema.
const TYPES: [&str; 7] = ["string", "integer", "number", "boolean", "array", "object", "null"];

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
    if let Some(kind) = schema.get("type").and_then(unknown) {
        found.push(format!("{at}.type is {kind}; it must be one of {}", TYPES.join(", ")));
    } else if let Some(default) = schema.get("default") {
        let wrong = problems(schema, default);
        if !wrong.is_empty() {
            found.push(format!("{at}.default does not suit its own schema: {}", told(&wrong)));
        }
    }
    let fields = schema.get("properties").and_then(Value::as_object);
    for (name, field) in fields.into_iter().flatten() {
        look(field, &format!("{at}.properties.{name}"), found);
    }
    if let Some(items) = schema.get("items") {
        look(items, &format!("{at}.items"), found);
    }
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
    }
}
