//! What was typed into the form, as settings. Pure.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::{Entry, Path, Problems, Shape, Typed, as_text, entry, properties, shape};
use crate::installer::References;
use crate::plugin_host::schema::{self, Problem, shown};

/// The settings after the form, or all that is wrong with it: what the schema does not name stays as it is, and what was never set and
/// still has its default is left out, so that it follows the plugin's next version.
pub(in super::super) fn read(
    schema: &Value,
    before: &Value,
    typed: &Typed,
    known: &References,
) -> Result<Value, Problems> {
    let mut reading = Reading::new(typed, known);
    let after = Value::Object(reading.object(schema, Some(before), &Path::default()));
    let unread: BTreeSet<String> = reading.problems.keys().cloned().collect();
    for problem in schema::problems(schema, &after) {
        let (name, text) = reading.placed(problem);
        // What could not be read is no value that the schema could be asked about.
        if !unread.contains(&name) {
            reading.say(name, &text);
        }
    }
    if reading.problems.is_empty() {
        Ok(after)
    } else {
        Err(reading.problems)
    }
}

/// What was typed into the fields of a list; none where some of it makes no sense.
pub(super) fn typed_list(
    items: &Value,
    before: &Value,
    typed: &Typed,
    path: &Path,
    known: &References,
) -> Option<Value> {
    let mut reading = Reading::new(typed, known);
    let list = reading.list(items, Some(before), path);
    reading.problems.is_empty().then_some(Value::Array(list))
}

/// What was typed as the value it means; none when it was left empty.
pub(super) fn value(
    (property, entry): (&Value, Entry),
    typed: Option<&str>,
    known: &References,
) -> Result<Option<Value>, String> {
    let text = typed.unwrap_or_default();
    if entry == Entry::Box {
        return Ok(Some(Value::Bool(typed.is_some())));
    }
    if text.trim().is_empty() && !matches!(entry, Entry::Lines | Entry::Several) {
        return Ok(None);
    }
    let value = match entry {
        Entry::Choice => choice(property, text).unwrap_or_else(|| Value::from(text)),
        Entry::Lines | Entry::Several => text.lines().map(str::trim).filter(|line| !line.is_empty()).collect(),
        Entry::Number { .. } => text
            .trim()
            .parse::<serde_json::Number>()
            .map(Value::Number)
            .map_err(|_| "this must be a number".to_owned())?,
        Entry::Json => serde_json::from_str(text).map_err(|error| {
            format!(
                "this is no JSON: look at line {}, column {}",
                error.line(),
                error.column()
            )
        })?,
        Entry::Line | Entry::Box | Entry::Group | Entry::End => Value::from(text),
    };
    let (value, unknown) = known.resolved(property, value);
    if unknown.is_empty() {
        return Ok(Some(value));
    }
    Err(schema::told(&unknown))
}

fn choice(property: &Value, text: &str) -> Option<Value> {
    let choices = property.get("enum")?.as_array()?;
    choices.iter().find(|choice| shown(choice) == text).cloned()
}

/// The items of a list that the form had fields for.
pub(super) fn numbers(typed: &Typed, list: &Path) -> BTreeSet<usize> {
    let start = format!("{}/", list.name());
    let number = |name: &String| name.strip_prefix(&start)?.split('/').next()?.parse().ok();
    typed.keys().filter_map(number).filter(|number| *number > 0).collect()
}

/// Whether nobody has filled in an item: each of its fields is empty, or as it is in a new one.
pub(super) fn is_blank(items: &Value, typed: &Typed, item: &Path, known: &References) -> bool {
    properties(items).all(|(name, property)| {
        let typed = typed.get(&item.to(name).name()).map(String::as_str);
        let default = property.get("default");
        match entry(property) {
            Entry::Box => typed.is_none() || default == Some(&Value::Bool(true)),
            entry => {
                let text = typed.unwrap_or_default().trim();
                let new = default.map(|default| as_text((property, entry), default, known));
                text.is_empty() || new.is_some_and(|new| new.trim() == text)
            }
        }
    })
}

/// Whether somebody has emptied an item that was there: all its fields for text, or, where it has boxes alone, all of those.
fn is_emptied(items: &Value, typed: &Typed, item: &Path) -> bool {
    let (mut boxes, mut texts) = (Vec::new(), Vec::new());
    for (name, property) in properties(items) {
        let typed = typed.get(&item.to(name).name());
        if entry(property) == Entry::Box {
            boxes.push(typed.is_none());
        } else {
            texts.push(typed.is_none_or(|text| text.trim().is_empty()));
        }
    }
    let all = if texts.is_empty() { boxes } else { texts };
    all.into_iter().all(|empty| empty)
}

/// The form while it is read.
struct Reading<'a> {
    typed: &'a Typed,
    known: &'a References,
    problems: Problems,
    /// The fields that there are, groups too.
    names: BTreeSet<String>,
    /// Which of the items of a list are left, by the list's name.
    kept: BTreeMap<String, Vec<usize>>,
}

impl<'a> Reading<'a> {
    fn new(typed: &'a Typed, known: &'a References) -> Self {
        Self {
            typed,
            known,
            problems: Problems::new(),
            names: BTreeSet::new(),
            kept: BTreeMap::new(),
        }
    }

    fn object(&mut self, schema: &Value, before: Option<&Value>, path: &Path) -> Map<String, Value> {
        let mut after = before.and_then(Value::as_object).cloned().unwrap_or_default();
        let needed = schema.get("required").and_then(Value::as_array);
        for (name, property) in properties(schema) {
            let (path, before) = (path.to(name), after.get(name).cloned());
            let is_needed = needed.is_some_and(|needed| needed.iter().any(|needed| needed == name));
            match self.property(property, before.as_ref(), &path) {
                Ok(value) => put(&mut after, name, (property, is_needed), value),
                Err(problem) => self.say(path.name(), &problem),
            }
        }
        after
    }

    fn property(&mut self, property: &Value, before: Option<&Value>, path: &Path) -> Result<Option<Value>, String> {
        let name = path.name();
        let typed = self.typed.get(&name).map(String::as_str);
        self.names.insert(name);
        match shape(property, path.depth()) {
            Shape::One(entry) => value((property, entry), typed, self.known),
            // It was shown as one field.
            _ if typed.is_some() => value((property, Entry::Json), typed, self.known),
            Shape::Group => Ok(Some(Value::Object(self.object(property, before, path)))),
            Shape::List(items) => Ok(Some(Value::Array(self.list(items, before, path)))),
        }
    }

    fn list(&mut self, items: &Value, before: Option<&Value>, path: &Path) -> Vec<Value> {
        let (mut list, mut kept) = (Vec::new(), Vec::new());
        for number in numbers(self.typed, path) {
            let item = path.to(number.to_string());
            let before = before.and_then(|before| before.get(number - 1));
            let goes = match before {
                Some(_) => is_emptied(items, self.typed, &item),
                None => is_blank(items, self.typed, &item, self.known),
            };
            if goes {
                continue;
            }
            self.names.insert(item.name());
            list.push(Value::Object(self.object(items, before, &item)));
            kept.push(number);
        }
        self.kept.insert(path.name(), kept);
        list
    }

    /// The field that a problem is about, and what is wrong as seen from there. An item's number is that in the form, where others may have
    /// been left empty.
    fn placed(&self, problem: Problem) -> (String, String) {
        let (mut path, mut at, mut behind) = (Path::default(), Path::default(), Vec::new());
        for part in problem.path {
            let kept = self.kept.get(&path.name());
            let kept = kept.and_then(|kept| kept.get(part.parse::<usize>().ok()?.checked_sub(1)?));
            let part = kept.map_or(part, usize::to_string);
            path = path.to(&part);
            behind.push(part);
            if self.names.contains(&path.name()) {
                (at, behind) = (path.clone(), Vec::new());
            }
        }
        let rest = Problem {
            path: behind,
            text: problem.text,
        };
        (at.name(), rest.to_string())
    }

    fn say(&mut self, name: String, text: &str) {
        let said = self.problems.entry(name).or_default();
        if !said.is_empty() {
            said.push_str("; ");
        }
        said.push_str(text);
    }
}

fn put(after: &mut Map<String, Value>, name: &str, (property, is_needed): (&Value, bool), value: Option<Value>) {
    let is_empty = |value: &Value| match value {
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    };
    let default = property.get("default");
    match value {
        None => drop(after.remove(name)),
        Some(value) if !after.contains_key(name) && default == Some(&value) => {}
        // Nobody has said anything of it.
        Some(value) if !after.contains_key(name) && default.is_none() && !is_needed && is_empty(&value) => {}
        Some(value) => drop(after.insert(name.to_owned(), value)),
    }
}
