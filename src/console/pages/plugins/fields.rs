//! The form of a plugin's settings, made from the schema in its manifest, and what was typed read back. Pure.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::installer::References;
use crate::plugin_host::schema::{self, Reference, shown, word};

/// How a setting is entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// One line of text.
    Line,
    /// A whole number, or any.
    Number { whole: bool },
    /// A box.
    Box,
    /// One of several.
    Choice,
    /// Any of several.
    Several,
    /// A list of texts, one a line.
    Lines,
    /// Whatever else: JSON.
    Json,
}

/// One choice of several.
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) label: String,
    pub(super) chosen: bool,
}

/// One setting in the form.
pub(super) struct Field {
    pub(super) name: String,
    pub(super) label: String,
    pub(super) hint: String,
    pub(super) entry: Entry,
    pub(super) text: String,
    pub(super) ticked: bool,
    pub(super) choices: Vec<Choice>,
    pub(super) least: String,
    pub(super) most: String,
    pub(super) problem: Option<String>,
    /// What is stored now, in words, where that is newer than the form and not what was typed.
    pub(super) stored: Option<String>,
}

/// What was typed, by name of the setting; a box that is not ticked is missing, and of several each that is ticked is a line.
pub(super) type Typed = BTreeMap<String, String>;

/// Why settings were not saved: a sentence for each setting that is wrong.
pub(super) type Problems = BTreeMap<String, String>;

/// What a refused form leaves.
pub(super) struct Refused<'a> {
    pub(super) typed: &'a Typed,
    pub(super) problems: &'a Problems,
    /// What is stored is newer than what the form was made from.
    pub(super) newer: bool,
}

/// The settings that the schema names, as `config` has them, or as a refused form has left them.
pub(super) fn fields(schema: &Value, config: &Value, known: &References, left: Option<&Refused<'_>>) -> Vec<Field> {
    properties(schema)
        .map(|(name, property)| {
            let value = config.get(name).or_else(|| property.get("default"));
            let entry = entry(property);
            let typed = left.map(|left| left.typed.get(name).cloned());
            let text = match &typed {
                Some(typed) => typed.clone().unwrap_or_default(),
                None => value.map(|value| as_text(property, value, known)).unwrap_or_default(),
            };
            let bound = |key: &str| property.get(key).map(Value::to_string).unwrap_or_default();
            Field {
                label: word(property, "title").unwrap_or(name).to_owned(),
                hint: hint(property, entry),
                ticked: match &typed {
                    Some(typed) => typed.is_some(),
                    None => value == Some(&Value::Bool(true)),
                },
                choices: choices(property, &text, known),
                least: bound("minimum"),
                most: bound("maximum"),
                problem: left.and_then(|left| left.problems.get(name).cloned()),
                stored: left.filter(|left| left.newer).and_then(|left| {
                    let typed = left.typed.get(name).map(String::as_str);
                    is_other(property, typed, value, known).then(|| in_words(property, value, known))
                }),
                name: name.clone(),
                entry,
                text,
            }
        })
        .collect()
}

/// The settings after the form: what the schema does not name stays as it is, and what was never set and still has
/// its default is left out, so that it follows the plugin's next version.
pub(super) fn read(schema: &Value, before: &Value, typed: &Typed, known: &References) -> Result<Value, Problems> {
    let mut after = before.as_object().cloned().unwrap_or_default();
    let mut problems = Problems::new();
    for (name, property) in properties(schema) {
        match value(property, typed.get(name).map(String::as_str), known) {
            Ok(value) => put(&mut after, name, property, value),
            Err(problem) => drop(problems.insert(name.clone(), problem)),
        }
    }
    let after = Value::Object(after);
    if problems.is_empty()
        && let Some(problem) = schema::problem(schema, &after)
    {
        problems.insert(String::new(), problem);
    }
    if problems.is_empty() { Ok(after) } else { Err(problems) }
}

/// Whether what was typed means something else than what is stored.
fn is_other(property: &Value, typed: Option<&str>, stored: Option<&Value>, known: &References) -> bool {
    let stored = stored.cloned().or(match entry(property) {
        Entry::Box => Some(Value::Bool(false)),
        Entry::Lines | Entry::Several => Some(Value::Array(Vec::new())),
        Entry::Line | Entry::Number { .. } | Entry::Choice | Entry::Json => None,
    });
    value(property, typed, known) != Ok(stored)
}

/// What is stored, for whoever typed something else.
fn in_words(property: &Value, stored: Option<&Value>, known: &References) -> String {
    let text = stored
        .map(|stored| as_text(property, stored, known))
        .unwrap_or_default();
    let text = match entry(property) {
        Entry::Box if stored == Some(&Value::Bool(true)) => "ticked".to_owned(),
        Entry::Box => "not ticked".to_owned(),
        Entry::Choice | Entry::Several => {
            let chosen = choices(property, &text, known).into_iter();
            let labels = chosen.filter(|choice| choice.chosen).map(|choice| choice.label);
            labels.collect::<Vec<_>>().join(", ")
        }
        Entry::Line | Entry::Number { .. } | Entry::Lines | Entry::Json => text,
    };
    if text.is_empty() { "nothing".to_owned() } else { text }
}

fn put(after: &mut Map<String, Value>, name: &str, property: &Value, value: Option<Value>) {
    match value {
        None => drop(after.remove(name)),
        Some(value) if !after.contains_key(name) && property.get("default") == Some(&value) => {}
        Some(value) => drop(after.insert(name.to_owned(), value)),
    }
}

/// What was typed as the value it means; none when it was left empty.
fn value(property: &Value, typed: Option<&str>, known: &References) -> Result<Option<Value>, String> {
    let entry = entry(property);
    let text = typed.unwrap_or_default();
    if entry == Entry::Box {
        return Ok(Some(Value::Bool(typed.is_some())));
    }
    if text.trim().is_empty() && !matches!(entry, Entry::Lines | Entry::Several) {
        return Ok(None);
    }
    let value = match entry {
        Entry::Line => Value::from(text),
        Entry::Choice => choice(property, text).unwrap_or_else(|| Value::from(text)),
        Entry::Lines | Entry::Several => text.lines().map(str::trim).filter(|line| !line.is_empty()).collect(),
        Entry::Number { .. } => text
            .trim()
            .parse::<serde_json::Number>()
            .map(Value::Number)
            .map_err(|_| "this must be a number".to_owned())?,
        Entry::Box | Entry::Json => serde_json::from_str(text).map_err(|error| {
            format!(
                "this is no JSON: look at line {}, column {}",
                error.line(),
                error.column()
            )
        })?,
    };
    match schema::problem(property, &value) {
        Some(problem) => Err(problem),
        None => known.resolved(property, value).map(Some),
    }
}

fn properties(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    schema
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
}

fn entry(property: &Value) -> Entry {
    if property.get("enum").is_some() {
        return Entry::Choice;
    }
    let of_texts = || property.get("items").and_then(|items| word(items, "type")) == Some("string");
    match word(property, "type") {
        Some("string") if Reference::of(property).is_some() => Entry::Choice,
        Some("string") => Entry::Line,
        Some("integer") => Entry::Number { whole: true },
        Some("number") => Entry::Number { whole: false },
        Some("boolean") => Entry::Box,
        Some("array") if of_texts() && property.get("items").and_then(Reference::of).is_some() => Entry::Several,
        Some("array") if of_texts() => Entry::Lines,
        _ => Entry::Json,
    }
}

fn choice(property: &Value, text: &str) -> Option<Value> {
    let choices = property.get("enum")?.as_array()?;
    choices.iter().find(|choice| shown(choice) == text).cloned()
}

/// What is chosen from. `text` holds what is chosen now; of several, one a line.
fn choices(property: &Value, text: &str, known: &References) -> Vec<Choice> {
    let all = property.get("enum").and_then(Value::as_array).into_iter().flatten();
    let mut all: Vec<_> = all.map(|choice| (shown(choice), shown(choice))).collect();
    let of_one = Reference::of(property);
    let chosen: Vec<&str> = match of_one {
        None if entry(property) == Entry::Several => text.lines().collect(),
        _ => Some(text).filter(|text| !text.is_empty()).into_iter().collect(),
    };
    if let Some(reference) = of_one.or_else(|| property.get("items").and_then(Reference::of)) {
        let named = known.of(reference).iter();
        all.extend(named.map(|named| (named.reference.clone(), named.label())));
        // What is no longer among them stays chosen until somebody chooses otherwise.
        let gone = chosen
            .iter()
            .filter(|chosen| all.iter().all(|(value, _)| value != *chosen));
        let gone: Vec<_> = gone
            .map(|gone| ((*gone).to_owned(), format!("{gone} (not among those that are known)")))
            .collect();
        all.extend(gone);
    }
    let choice = |(value, label): (String, String)| Choice {
        chosen: chosen.contains(&value.as_str()),
        value,
        label,
    };
    all.into_iter().map(choice).collect()
}

fn as_text(property: &Value, value: &Value, known: &References) -> String {
    match (entry(property), value) {
        (Entry::Lines | Entry::Several, Value::Array(lines)) => lines.iter().map(shown).collect::<Vec<_>>().join("\n"),
        (Entry::Json, value) => {
            let named = known.named(property, value.clone());
            serde_json::to_string_pretty(&named).unwrap_or_default()
        }
        (_, value) => shown(value),
    }
}

fn hint(property: &Value, entry: Entry) -> String {
    let mut hint = word(property, "description").unwrap_or_default().to_owned();
    let more = match entry {
        Entry::Lines => "One on each line.",
        Entry::Json => "As JSON.",
        Entry::Line | Entry::Number { .. } | Entry::Box | Entry::Choice | Entry::Several => "",
    };
    if !hint.is_empty() && !hint.ends_with('.') {
        hint.push('.');
    }
    if !more.is_empty() {
        hint.push(' ');
        hint.push_str(more);
    }
    hint.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn schema() -> Value {
        json!({ "type": "object", "additionalProperties": false, "properties": {
            "greeting": { "type": "string", "title": "Greeting", "default": "Hello" },
            "greet": { "type": "boolean", "default": true },
            "count": { "type": "integer", "minimum": 1, "maximum": 5, "default": 3 },
            "tone": { "enum": ["warm", "dry"] },
            "words": { "type": "array", "items": { "type": "string" }, "default": [] },
            "topics": { "type": "array", "items": { "type": "object" }, "default": [] },
        } })
    }

    const GENERAL: &str = "11111111-1111-4111-8111-111111111111";
    const NEWS: &str = "22222222-2222-4222-8222-222222222222";

    fn known() -> References {
        use crate::installer::Named;

        let named = |reference: &str, name: &str| Named {
            reference: reference.to_owned(),
            name: name.to_owned(),
            whence: Some("web".to_owned()),
        };
        References {
            places: vec![named(GENERAL, "general"), named(NEWS, "news")],
            ..References::default()
        }
    }

    fn typed(pairs: &[(&str, &str)]) -> Typed {
        let mut typed: Typed = [("greeting", "Hello"), ("greet", "on"), ("count", "3"), ("topics", "[]")]
            .map(|(name, text)| (name.to_owned(), text.to_owned()))
            .into();
        typed.extend(
            pairs
                .iter()
                .map(|(name, text)| ((*name).to_owned(), (*text).to_owned())),
        );
        typed
    }

    #[expect(clippy::needless_pass_by_value, reason = "the calls read as sentences")]
    #[track_caller]
    fn check(before: Value, changed: &[(&str, &str)], expected: Value) {
        assert_eq!(read(&schema(), &before, &typed(changed), &known()), Ok(expected));
    }

    #[track_caller]
    fn check_refused(changed: (&str, &str), problem: &str) {
        let problems = read(&schema(), &json!({}), &typed(&[changed]), &known()).expect_err("it is refused");
        assert_eq!(problems, Problems::from([(changed.0.to_owned(), problem.to_owned())]));
    }

    #[test]
    fn only_what_differs_from_the_defaults_is_kept() {
        check(json!({}), &[], json!({}));
        check(json!({}), &[("greeting", "Hi")], json!({ "greeting": "Hi" }));
        check(json!({ "count": 4 }), &[("count", "3")], json!({ "count": 3 }));
        check(
            json!({}),
            &[("tone", "dry"), ("words", "a\n\n b ")],
            json!({ "tone": "dry", "words": ["a", "b"] }),
        );
        check(json!({ "greeting": "Hi" }), &[("greeting", "")], json!({}));
    }

    #[test]
    fn a_box_that_is_not_ticked_means_no() {
        let mut left = typed(&[]);
        left.remove("greet");
        assert_eq!(
            read(&schema(), &json!({}), &left, &known()),
            Ok(json!({ "greet": false }))
        );
    }

    #[test]
    fn what_is_wrong_is_said_at_its_field() {
        check_refused(("count", "6"), "5 is the most");
        check_refused(("count", "many"), "this must be a number");
        check_refused(("tone", "loud"), "this must be one of warm, dry");
        check_refused(("topics", "[1]"), "at 1: this must be an object: { … }");
        check_refused(("topics", "["), "this is no JSON: look at line 1, column 1");
    }

    #[test]
    fn each_kind_of_setting_has_its_own_field() {
        let fields = fields(&schema(), &json!({ "words": ["a", "b"] }), &known(), None);
        let find = |name: &str| fields.iter().find(|field| field.name == name).unwrap();
        assert_eq!(find("words").text, "a\nb");
        assert_eq!(find("greeting").text, "Hello");
        assert!(find("greet").ticked);
        assert_eq!((find("count").least.as_str(), find("count").most.as_str()), ("1", "5"));
        assert_eq!(find("topics").entry, Entry::Json);
        assert_eq!(find("tone").choices.len(), 2);
    }

    #[test]
    fn a_place_is_chosen_by_name_and_kept_by_ref() {
        let schema = json!({ "properties": {
            "place": { "type": "string", "format": "place" },
            "also": { "type": "array", "items": { "type": "string", "format": "place" } },
        } });
        let (general, news) = (GENERAL, NEWS);
        let config = json!({ "place": news, "also": [general, "gone"] });
        let fields = fields(&schema, &config, &known(), None);
        let also = &fields[0];
        assert_eq!(also.entry, Entry::Several);
        let ticked: Vec<_> = also
            .choices
            .iter()
            .map(|choice| (choice.label.as_str(), choice.chosen))
            .collect();
        assert_eq!(
            ticked,
            [
                ("general (web)", true),
                ("news (web)", false),
                ("gone (not among those that are known)", true)
            ]
        );
        let place = &fields[1];
        assert_eq!(place.entry, Entry::Choice);
        let chosen = place.choices.iter().find(|choice| choice.chosen);
        assert_eq!(chosen.map(|choice| choice.label.as_str()), Some("news (web)"));
        let read = |place: &str, also: &str| {
            let typed = [("place", place), ("also", also)].map(|(name, text)| (name.to_owned(), text.to_owned()));
            read(&schema, &config, &typed.into(), &known())
        };
        let both = format!("{general}\n{news}");
        assert_eq!(
            read(general, &both),
            Ok(json!({ "place": general, "also": [general, news] }))
        );
        assert_eq!(read(general, ""), Ok(json!({ "place": general, "also": [] })));
        let why = "there is no place “attic” here; there is general (web), news (web)";
        assert_eq!(
            read(general, "attic"),
            Err(Problems::from([("also".to_owned(), why.to_owned())]))
        );
    }
}
