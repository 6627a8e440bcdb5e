//! What is stored as JSON, in the file's form.

use serde_json::{Map, Value};

/// JSON as TOML; what is null stands in no file.
pub(super) fn table(json: Map<String, Value>) -> toml::Table {
    let values = json
        .into_iter()
        .filter_map(|(key, value)| Some((key, value_of(value)?)));
    values.collect()
}

fn value_of(json: Value) -> Option<toml::Value> {
    Some(match json {
        Value::Null => return None,
        Value::Bool(value) => toml::Value::Boolean(value),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => toml::Value::Integer(whole),
            None => toml::Value::Float(number.as_f64()?),
        },
        Value::String(text) => toml::Value::String(text),
        Value::Array(values) => toml::Value::Array(values.into_iter().filter_map(value_of).collect()),
        Value::Object(fields) => toml::Value::Table(table(fields)),
    })
}
