//! Whether a plugin's settings are as its manifest's schema says. Pure.
//!
//! Knows the part of JSON Schema that settings use: `type`, `enum`, `minimum`, `maximum`, `maxLength`, `items`,
//! `properties`, `required`, `additionalProperties`, and the formats of [`Reference`] and of `format`. The rest is the plugin's own to
//! check, in its `init`.

mod format;

use std::fmt;

use serde_json::Value;

/// Deeper nesting is nobody's settings.
const DEPTH_MAX: usize = 16;

/// What a text of a schema names, by its `format`: people choose from what is there, and the plugin gets a ref.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reference {
    /// `place`.
    Place,
    /// `person`.
    Person,
    /// `role`.
    Role,
}

impl Reference {
    /// None where it is a text like any other.
    pub fn of(schema: &Value) -> Option<Self> {
        match word(schema, "format")? {
            "place" => Some(Self::Place),
            "person" => Some(Self::Person),
            "role" => Some(Self::Role),
            _ => None,
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Place => "place",
            Self::Person => "person",
            Self::Role => "role",
        })
    }
}

/// What is wrong with `value`, as the rest of a sentence that begins with its path.
pub fn problem(schema: &Value, value: &Value) -> Option<String> {
    found(schema, value, "", 0)
}

fn found(schema: &Value, value: &Value, path: &str, depth: usize) -> Option<String> {
    let at = |text: String| {
        if path.is_empty() {
            Some(text)
        } else {
            Some(format!("at {path}: {text}"))
        }
    };
    if depth > DEPTH_MAX {
        return at("nested too deeply".to_owned());
    }
    if let Some(kind) = word(schema, "type")
        && !is_kind(kind, value)
    {
        return at(format!("this must be {}", kind_words(kind)));
    }
    if let Some(choices) = schema.get("enum").and_then(Value::as_array)
        && !choices.contains(value)
    {
        let choices: Vec<String> = choices.iter().map(shown).collect();
        return at(format!("this must be one of {}", choices.join(", ")));
    }
    if let Some(text) = bounds(schema, value) {
        return at(text);
    }
    let written = word(schema, "format").zip(value.as_str());
    if let Some(text) = written.and_then(|(format, text)| format::problem(format, text)) {
        return at(text.to_owned());
    }
    match value {
        Value::Array(items) => {
            let schema = schema.get("items")?;
            let mut numbered = items.iter().enumerate();
            numbered.find_map(|(number, item)| found(schema, item, &join(path, &(number + 1).to_string()), depth + 1))
        }
        Value::Object(fields) => {
            let missing = schema.get("required").and_then(Value::as_array).into_iter().flatten();
            if let Some(name) = missing
                .filter_map(Value::as_str)
                .find(|name| !fields.contains_key(*name))
            {
                return at(format!("“{name}” is missing"));
            }
            let open = schema.get("additionalProperties") != Some(&Value::Bool(false));
            fields.iter().find_map(
                |(name, field)| match schema.get("properties").and_then(|known| known.get(name)) {
                    Some(schema) => found(schema, field, &join(path, name), depth + 1),
                    None if open => None,
                    None => at(format!("there is no “{name}”")),
                },
            )
        }
        _ => None,
    }
}

fn bounds(schema: &Value, value: &Value) -> Option<String> {
    if let Some(number) = value.as_f64() {
        if let Some(least) = schema.get("minimum").filter(|least| least.as_f64() > Some(number)) {
            return Some(format!("{least} is the least"));
        }
        if let Some(most) = schema
            .get("maximum")
            .filter(|most| most.as_f64().is_some_and(|most| most < number))
        {
            return Some(format!("{most} is the most"));
        }
    }
    let most = schema.get("maxLength").and_then(Value::as_u64)?;
    let length = value.as_str()?.chars().count();
    (length as u64 > most).then(|| format!("{most} characters are the most"))
}

fn is_kind(kind: &str, value: &Value) -> bool {
    match kind {
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => true,
    }
}

fn kind_words(kind: &str) -> &str {
    match kind {
        "string" => "text",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "true or false",
        "array" => "a list: [ … ]",
        "object" => "an object: { … }",
        other => other,
    }
}

/// A value as a person reads it in a sentence.
pub fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The text under `key`, if there is one.
pub fn word<'a>(schema: &'a Value, key: &str) -> Option<&'a str> {
    schema.get(key).and_then(Value::as_str)
}

fn join(path: &str, part: &str) -> String {
    if path.is_empty() {
        part.to_owned()
    } else {
        format!("{path}, {part}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[expect(clippy::needless_pass_by_value, reason = "the calls read as sentences")]
    #[track_caller]
    fn check(schema: Value, value: Value, expected: Option<&str>) {
        assert_eq!(problem(&schema, &value).as_deref(), expected);
    }

    #[test]
    fn kinds_choices_and_bounds_are_checked() {
        check(json!({ "type": "string" }), json!(1), Some("this must be text"));
        check(
            json!({ "type": "integer" }),
            json!(1.5),
            Some("this must be a whole number"),
        );
        check(json!({ "minimum": 1, "maximum": 5 }), json!(0), Some("1 is the least"));
        check(json!({ "minimum": 1, "maximum": 5 }), json!(6), Some("5 is the most"));
        check(json!({ "minimum": 1, "maximum": 5 }), json!(5), None);
        check(
            json!({ "maxLength": 2 }),
            json!("äöü"),
            Some("2 characters are the most"),
        );
        check(
            json!({ "enum": ["tip", "poll"] }),
            json!("tap"),
            Some("this must be one of tip, poll"),
        );
    }

    #[test]
    fn what_is_wrong_inside_is_named_with_its_path() {
        let topics = json!({ "type": "array", "items": { "type": "object", "additionalProperties": false,
            "required": ["name"], "properties": { "name": { "type": "string" } } } });
        check(topics.clone(), json!([{ "name": "billing" }]), None);
        check(
            topics.clone(),
            json!([{ "name": "a" }, { "name": 2 }]),
            Some("at 2, name: this must be text"),
        );
        check(topics.clone(), json!([{}]), Some("at 1: “name” is missing"));
        check(
            topics,
            json!([{ "name": "a", "nmae": "b" }]),
            Some("at 1: there is no “nmae”"),
        );
        let feeds = json!({ "properties": { "feeds": { "type": "array", "items": { "type": "string", "format": "https-url" } } } });
        let wrong = json!({ "feeds": ["https://example.org/feed.xml", "example.org"] });
        let told = problem(&feeds, &wrong).expect("it is wrong");
        assert!(
            told.starts_with("at feeds, 2: this must be an address that begins with https://"),
            "{told}"
        );
    }
}
