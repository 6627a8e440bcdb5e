//! Whether a plugin's settings are as its manifest's schema says. Pure.
//!
//! Knows the part of JSON Schema that settings use, which `sound` lists, with the formats of [`Reference`] and of `format`, and refuses a
//! schema with more. The rest is the plugin's own to check, in its `init`.

mod format;
mod sound;

use std::fmt;

use serde_json::{Map, Value};

pub use self::sound::unsound;
use super::spelling::near;

/// Deeper nesting is nobody's settings.
const DEPTH_MAX: usize = 16;

/// More mistakes at once nobody mends at once.
const PROBLEMS_MAX: usize = 50;

/// So many names of settings are told to whoever wrote one that there is not.
const NAMED_MAX: usize = 12;

/// What is said of what has to be there.
const MISSING: &str = "this is missing";

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

/// Something that is wrong with a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where: names of fields, and numbers of items from 1.
    pub path: Vec<String>,
    /// What, as the rest of a sentence about it.
    pub text: String,
}

impl Problem {
    /// Whether it is that something is not there: nobody has set it yet, and nothing is set wrong.
    pub fn is_missing(&self) -> bool {
        self.text == MISSING
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "at {}: ", self.path.join(", "))?;
        }
        f.write_str(&self.text)
    }
}

/// All of them in one sentence.
pub fn told(problems: &[Problem]) -> String {
    let lines: Vec<String> = problems.iter().map(Problem::to_string).collect();
    lines.join("; ")
}

/// All that is wrong with `value`, the first of them where that is more than anybody reads.
pub fn problems(schema: &Value, value: &Value) -> Vec<Problem> {
    let mut looking = Looking::default();
    looking.at(schema, value);
    looking.found
}

/// Of settings, those that a schema knows: all, unless it is closed to others.
pub fn known(schema: &Value, mut settings: Value) -> Value {
    if let Some(fields) = settings.as_object_mut().filter(|_| is_closed(schema)) {
        fields.retain(|name, _| named(schema, name).is_some());
    }
    settings
}

/// The schema with the settings of `others` that it has not by itself; nobody needs them, and each says the `note` to whoever sets it.
/// One that is open to any takes them as it is.
pub fn with_others(mut schema: Value, others: &Value, note: &str) -> Value {
    if !is_closed(&schema) {
        return schema;
    }
    let more = others
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten();
    let more: Vec<_> = more.filter(|(name, _)| named(&schema, name).is_none()).collect();
    if let Some(fields) = schema.as_object_mut() {
        let own = fields.entry("properties").or_insert_with(|| Value::Object(Map::new()));
        if let Some(own) = own.as_object_mut() {
            own.extend(
                more.into_iter()
                    .map(|(name, field)| (name.clone(), noted(field.clone(), note))),
            );
        }
    }
    schema
}

fn noted(mut field: Value, note: &str) -> Value {
    let said = word(&field, "description").map(|said| format!("{}. ", said.trim().trim_end_matches('.')));
    if let Some(field) = field.as_object_mut() {
        field.insert("description".to_owned(), Value::from(said.unwrap_or_default() + note));
    }
    field
}

/// Whether it knows all settings that there may be.
fn is_closed(schema: &Value) -> bool {
    schema.get("additionalProperties") == Some(&Value::Bool(false))
}

fn named<'a>(schema: &'a Value, name: &str) -> Option<&'a Value> {
    schema.get("properties")?.get(name)
}

/// The value while it is looked through.
#[derive(Default)]
struct Looking {
    path: Vec<String>,
    found: Vec<Problem>,
}

impl Looking {
    fn at(&mut self, schema: &Value, value: &Value) {
        if self.path.len() > DEPTH_MAX {
            return self.say("nested too deeply");
        }
        if let Some(why) = unlike(schema, value) {
            return self.say(why);
        }
        match value {
            Value::Array(items) => {
                let Some(schema) = schema.get("items") else { return };
                for (number, item) in (1..).zip(items) {
                    self.inside(&format!("{number}"), |looking| looking.at(schema, item));
                }
            }
            Value::Object(fields) => {
                let needed = schema.get("required").and_then(Value::as_array).into_iter().flatten();
                let missing = needed.filter_map(Value::as_str);
                for name in missing.filter(|name| !fields.contains_key(*name)) {
                    self.inside(name, |looking| looking.say(MISSING));
                }
                let open = !is_closed(schema);
                for (name, field) in fields {
                    match named(schema, name) {
                        Some(schema) => self.inside(name, |looking| looking.at(schema, field)),
                        None if open => {}
                        None => self.say(unknown(schema, name)),
                    }
                }
            }
            _ => {}
        }
    }

    fn inside(&mut self, name: &str, look: impl FnOnce(&mut Self)) {
        // Somebody's list of a million mistakes is not gone through to its end.
        if self.found.len() < PROBLEMS_MAX {
            self.path.push(name.to_owned());
            look(self);
            self.path.pop();
        }
    }

    fn say(&mut self, text: impl Into<String>) {
        if self.found.len() < PROBLEMS_MAX {
            self.found.push(Problem {
                path: self.path.clone(),
                text: text.into(),
            });
        }
    }
}

/// That there is no such field, and the one that was perhaps meant.
fn unknown(schema: &Value, name: &str) -> String {
    let known = schema.get("properties").and_then(Value::as_object);
    let known: Vec<&str> = known
        .into_iter()
        .flat_map(serde_json::Map::keys)
        .map(String::as_str)
        .collect();
    let hint = match near(name, known.iter().copied()) {
        Some(near) => format!(" (did you mean “{near}”?)"),
        None if (1..=NAMED_MAX).contains(&known.len()) => format!(" (there is {})", known.join(", ")),
        None => String::new(),
    };
    format!("there is no “{name}”{hint}")
}

/// What is wrong with a value as a whole.
fn unlike(schema: &Value, value: &Value) -> Option<String> {
    let kinds = kinds(schema);
    if !kinds.is_empty() && !kinds.iter().any(|kind| is_kind(kind, value)) {
        let words: Vec<&str> = kinds.into_iter().map(kind_words).collect();
        return Some(format!("this must be {}", words.join(", or ")));
    }
    if let Some(choices) = schema.get("enum").and_then(Value::as_array)
        && !choices.contains(value)
    {
        let choices: Vec<String> = choices.iter().map(shown).collect();
        return Some(format!("this must be one of {}", choices.join(", ")));
    }
    let written = word(schema, "format").zip(value.as_str());
    let misread = || written.and_then(|(format, text)| format::problem(format, text));
    bounds(schema, value).or_else(|| misread().map(str::to_owned))
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

/// The types that a value may have; none where it may have any.
fn kinds(schema: &Value) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
        kind => kind.and_then(Value::as_str).into_iter().collect(),
    }
}

fn is_kind(kind: &str, value: &Value) -> bool {
    match kind {
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "null" => value.is_null(),
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
        "null" => "nothing",
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[expect(clippy::needless_pass_by_value, reason = "the calls read as sentences")]
    #[track_caller]
    fn check(schema: Value, value: Value, expected: Option<&str>) {
        assert_eq!(told(&problems(&schema, &value)), expected.unwrap_or_default());
    }

    #[test]
    fn kinds_choices_and_bounds_are_checked() {
        check(json!({ "type": "string" }), json!(1), Some("this must be text"));
        check(
            json!({ "type": "integer" }),
            json!(1.5),
            Some("this must be a whole number"),
        );
        let either = json!({ "type": ["string", "integer"] });
        check(either.clone(), json!("all"), None);
        check(either, json!(true), Some("this must be text, or a whole number"));
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
        check(topics.clone(), json!([{}]), Some("at 1, name: this is missing"));
        check(
            topics.clone(),
            json!([{ "name": "a", "nmae": "b" }]),
            Some("at 1: there is no “nmae” (did you mean “name”?)"),
        );
        check(
            topics,
            json!([{ "nmae": "b" }, 7, { "name": 2 }]),
            Some(
                "at 1, name: this is missing; at 1: there is no “nmae” (did you mean “name”?); at 2: this must be an object: { … }; \
                 at 3, name: this must be text",
            ),
        );
        let feeds = json!({ "properties": { "feeds": { "type": "array", "items": { "type": "string", "format": "https-url" } } } });
        let wrong = json!({ "feeds": ["https://example.org/feed.xml", "example.org"] });
        let told = told(&problems(&feeds, &wrong));
        assert!(
            told.starts_with("at feeds, 2: this must be an address that begins with https://"),
            "{told}"
        );
    }

    #[test]
    fn a_closed_schema_can_be_told_of_others_settings_and_says_which_are_its_own() {
        let closed =
            json!({ "additionalProperties": false, "required": ["a"], "properties": { "a": { "type": "string" } } });
        let later =
            json!({ "required": ["a", "b"], "properties": { "a": { "type": "integer" }, "b": { "type": "integer" } } });
        let both = with_others(closed.clone(), &later, "Later");
        assert_eq!(both["properties"]["b"]["description"], "Later");
        check(both.clone(), json!({ "a": "x" }), None);
        check(both.clone(), json!({ "a": "x", "b": 1 }), None);
        check(
            both.clone(),
            json!({ "a": "x", "b": "1" }),
            Some("at b: this must be a whole number"),
        );
        check(
            both,
            json!({ "a": "x", "c": 1 }),
            Some("there is no “c” (there is a, b)"),
        );
        assert_eq!(known(&closed, json!({ "a": "x", "b": 1 })), json!({ "a": "x" }));
        let open = json!({ "properties": { "a": { "type": "string" } } });
        assert_eq!(with_others(open.clone(), &later, "Later"), open);
        assert_eq!(known(&open, json!({ "b": 1 })), json!({ "b": 1 }));
    }

    #[test]
    fn a_list_of_mistakes_ends() {
        let schema = json!({ "items": { "items": { "type": "string" } } });
        let value = Value::from(vec![json!([1, 2, 3]); 1_000]);
        let found = problems(&schema, &value);
        assert_eq!(found.len(), PROBLEMS_MAX);
        assert_eq!(found[3].path, ["2", "1"]);
    }
}
