//! Questions that a page tells search engines: schema.org's `FAQPage` as JSON-LD. Pure.

use serde_json::Value;

/// Question and answer, both HTML.
pub(super) type Asked = (String, String);

/// All questions of the page, or none when the text is no JSON.
pub(super) fn read(text: &str) -> Option<Vec<Asked>> {
    let value: Value = serde_json::from_str(text.trim()).ok()?;
    let mut asked = Vec::new();
    find(&value, &mut asked);
    Some(asked)
}

/// The reader of JSON allows no more than 128 levels, so this ends.
fn find(value: &Value, asked: &mut Vec<Asked>) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| find(value, asked)),
        Value::Object(object) => {
            if is(value, "FAQPage") {
                let questions = object.get("mainEntity").map(listed).unwrap_or_default();
                asked.extend(questions.iter().filter_map(|value| question(value)));
            }
            for value in object.values().filter(|value| value.is_array() || value.is_object()) {
                find(value, asked);
            }
        }
        _ => {}
    }
}

fn question(value: &Value) -> Option<Asked> {
    let name = value.get("name").and_then(Value::as_str)?;
    let answers = value.get("acceptedAnswer").map(listed)?;
    let text = answers.first()?.get("text").and_then(Value::as_str)?;
    is(value, "Question").then(|| (name.to_owned(), text.to_owned()))
}

/// One, or several.
fn listed(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(values) => values.iter().collect(),
        one => vec![one],
    }
}

fn is(value: &Value, wanted: &str) -> bool {
    let named = |name: &str| name.rsplit(['/', ':', '#']).next() == Some(wanted);
    let types = value.get("@type").map(listed).unwrap_or_default();
    types.iter().any(|kind| kind.as_str().is_some_and(named))
}
