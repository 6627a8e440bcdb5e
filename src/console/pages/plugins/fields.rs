//! The form of a plugin's settings, made from the schema in its manifest: objects are groups of fields, and so is each item of a list of
//! objects. `read` turns what was typed back into settings. Pure.

mod read;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::Value;

pub(super) use self::read::read;
use self::read::{is_blank, numbers, typed_list, value};
use crate::installer::References;
use crate::plugin_host::schema::{Reference, shown, word};

/// Groups within each other that a person can still overlook; what is nested deeper is JSON.
const GROUPS_MAX: usize = 3;

/// Fields of one list of objects, in all of its items; what is longer is JSON, as a form has only so many.
const LIST_FIELDS_MAX: usize = 300;

/// The legend of the fields below a list, by which it gets one item more.
const ANOTHER: &str = "Another";

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
    /// Begins a group: what follows is in it.
    Group,
    /// Ends the group that was begun last.
    End,
}

/// One choice of several.
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) label: String,
    pub(super) chosen: bool,
}

/// One setting in the form, or the begin or end of a group of them.
pub(super) struct Field {
    /// Of the field in the form, by which it is read back.
    pub(super) name: String,
    pub(super) label: String,
    /// The same with the groups that it is in.
    pub(super) whole_label: String,
    pub(super) hint: String,
    pub(super) entry: Entry,
    pub(super) text: String,
    pub(super) ticked: bool,
    pub(super) choices: Vec<Choice>,
    pub(super) least: String,
    pub(super) most: String,
    pub(super) problem: Option<String>,
    /// It is the first one that has a problem: whoever typed that goes on there.
    pub(super) first: bool,
    /// What is stored now, in words, where that is newer than the form and not what was typed.
    pub(super) stored: Option<String>,
}

impl Field {
    /// Whether something stands below it.
    pub(super) fn has_hint(&self) -> bool {
        let says_something = !self.hint.is_empty() || self.problem.is_some() || self.stored.is_some();
        match self.entry {
            Entry::End => false,
            Entry::Group => says_something,
            // What describes a field is there, whether or not it says anything.
            _ => true,
        }
    }
}

/// What was typed, by name of the field; a box that is not ticked is missing, and of several each that is ticked is a line.
pub(super) type Typed = BTreeMap<String, String>;

/// Why settings were not saved: a sentence for each field that is wrong. Under no name stands what is wrong with all of them.
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
    let mut form = Form {
        known,
        left,
        labels: Vec::new(),
        fields: Vec::new(),
    };
    form.object(schema, Some(config), &Path::default());
    let mut fields = form.fields;
    if let Some(wrong) = fields.iter_mut().find(|field| field.problem.is_some()) {
        wrong.first = true;
    }
    fields
}

/// Where in the settings something is: names of fields, and numbers of items from 1.
#[derive(Clone, Debug, Default)]
struct Path(Vec<String>);

impl Path {
    fn to(&self, part: impl Into<String>) -> Self {
        let mut parts = self.0.clone();
        parts.push(part.into());
        Self(parts)
    }

    /// As the form names the field that is there.
    fn name(&self) -> String {
        let parts = self.0.iter().map(|part| part.replace('~', "~0").replace('/', "~1"));
        parts.collect::<Vec<_>>().join("/")
    }

    /// How many groups it is in.
    fn depth(&self) -> usize {
        self.0.len().saturating_sub(1)
    }
}

/// How a setting is shown.
#[derive(Clone, Copy)]
enum Shape<'a> {
    /// As one field.
    One(Entry),
    /// As a group with a field for each of its properties.
    Group,
    /// As a group for each of its items, which are such.
    List(&'a Value),
}

/// The form while it is made.
struct Form<'a> {
    known: &'a References,
    left: Option<&'a Refused<'a>>,
    /// Of the groups that are open.
    labels: Vec<String>,
    fields: Vec<Field>,
}

impl Form<'_> {
    fn object(&mut self, schema: &Value, value: Option<&Value>, path: &Path) {
        for (name, property) in properties(schema) {
            let own = value.and_then(|value| value.get(name));
            let own = own.or_else(|| property.get("default"));
            let label = word(property, "title").unwrap_or(name);
            self.property(label, property, own, &path.to(name));
        }
    }

    fn property(&mut self, label: &str, property: &Value, value: Option<&Value>, path: &Path) {
        match self.shape(property, value, path) {
            Shape::One(entry) => self.one(label, (property, entry), value, path),
            Shape::Group => self.group(label, hint(property, Entry::Group), path, |form| {
                form.object(property, value, path);
            }),
            Shape::List(items) => {
                let about = hint(property, Entry::Group);
                let about = format!("{about} An item that is left empty goes.");
                self.group(label, about.trim().to_owned(), path, |form| {
                    form.list(items, value, path);
                });
                self.show_newer(items, value, path);
            }
        }
    }

    /// A form that was sent in keeps the shape that it had.
    fn shape<'s>(&self, property: &'s Value, value: Option<&Value>, path: &Path) -> Shape<'s> {
        let shape = shape(property, path.depth());
        if matches!(shape, Shape::One(_)) {
            return shape;
        }
        let fits = match self.left {
            Some(left) => !left.typed.contains_key(&path.name()),
            None => fits(shape, value),
        };
        if fits { shape } else { Shape::One(Entry::Json) }
    }

    fn one(&mut self, label: &str, (property, entry): (&Value, Entry), value: Option<&Value>, path: &Path) {
        let name = path.name();
        let typed = self.left.map(|left| left.typed.get(&name).cloned());
        let text = match &typed {
            Some(typed) => typed.clone().unwrap_or_default(),
            None => value
                .map(|value| as_text((property, entry), value, self.known))
                .unwrap_or_default(),
        };
        let bound = |key: &str| property.get(key).map(Value::to_string).unwrap_or_default();
        let field = Field {
            ticked: match &typed {
                Some(typed) => typed.is_some(),
                None => value == Some(&Value::Bool(true)),
            },
            choices: choices(property, &text, self.known),
            least: bound("minimum"),
            most: bound("maximum"),
            stored: self.left.filter(|left| left.newer).and_then(|left| {
                let typed = left.typed.get(&name).map(String::as_str);
                let is_other = is_other((property, entry), typed, value, self.known);
                is_other.then(|| in_words((property, entry), value, self.known))
            }),
            text,
            ..self.field(label, hint(property, entry), entry, path)
        };
        self.fields.push(field);
    }

    /// A field of which nothing is known yet but where it is.
    fn field(&self, label: &str, hint: String, entry: Entry, path: &Path) -> Field {
        let name = path.name();
        let around = self.labels.iter().map(String::as_str);
        Field {
            label: label.to_owned(),
            whole_label: around.chain([label]).collect::<Vec<_>>().join(": "),
            hint,
            entry,
            text: String::new(),
            ticked: false,
            choices: Vec::new(),
            least: String::new(),
            most: String::new(),
            problem: self.left.and_then(|left| left.problems.get(&name).cloned()),
            first: false,
            stored: None,
            name,
        }
    }

    fn group(&mut self, label: &str, hint: String, path: &Path, fill: impl FnOnce(&mut Self)) {
        let begin = self.field(label, hint, Entry::Group, path);
        self.fields.push(begin);
        self.labels.push(label.to_owned());
        fill(self);
        self.labels.pop();
        let end = Field {
            problem: None,
            ..self.field(label, String::new(), Entry::End, path)
        };
        self.fields.push(end);
    }

    /// The items that are there, and the fields for one more.
    fn list(&mut self, items: &Value, value: Option<&Value>, path: &Path) {
        let there = value.and_then(Value::as_array).map_or(0, Vec::len);
        let shown: Vec<usize> = match self.left {
            Some(left) => numbers(left.typed, path).into_iter().collect(),
            None => (1..=there).collect(),
        };
        let last = shown.last().copied().unwrap_or(0);
        let is_blank = |left: &Refused<'_>| is_blank(items, left.typed, &path.to(last.to_string()), self.known);
        let has_blank = last > 0 && self.left.is_some_and(is_blank);
        let more = (!has_blank).then_some(last + 1);
        for number in shown.into_iter().chain(more) {
            let label = if number > last || (has_blank && number == last) {
                ANOTHER.to_owned()
            } else {
                number.to_string()
            };
            let (item, path) = (
                value.and_then(|value| value.get(number - 1)),
                path.to(number.to_string()),
            );
            self.group(&label, String::new(), &path, |form| form.object(items, item, &path));
        }
    }

    /// What is stored of a list is told as a whole: its items may be others by now, in another order.
    fn show_newer(&mut self, items: &Value, value: Option<&Value>, path: &Path) {
        let Some(left) = self.left.filter(|left| left.newer) else {
            return;
        };
        let stored = value.cloned().unwrap_or_else(|| Value::Array(Vec::new()));
        let is_same = typed_list(items, &stored, left.typed, path, self.known) == Some(stored.clone());
        let name = path.name();
        for field in self
            .fields
            .iter_mut()
            .rev()
            .take_while(|field| is_in(&field.name, &name))
        {
            field.stored = None;
            if field.name == name && field.entry == Entry::Group && !is_same {
                let schema = serde_json::json!({ "items": items });
                field.stored = Some(in_words((&schema, Entry::Json), Some(&stored), self.known));
            }
        }
    }
}

/// Whether the field is that of the list or within it.
fn is_in(field: &str, list: &str) -> bool {
    field
        .strip_prefix(list)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether a value can be shown so: it is of that kind, and not too long.
fn fits(shape: Shape<'_>, value: Option<&Value>) -> bool {
    let Some(value) = value else { return true };
    match shape {
        Shape::One(_) => true,
        Shape::Group => value.is_object(),
        Shape::List(items) => value.as_array().is_some_and(|list| {
            let fields = list.len().saturating_add(1).saturating_mul(properties(items).count());
            fields <= LIST_FIELDS_MAX && list.iter().all(Value::is_object)
        }),
    }
}

/// How a setting of this kind is shown, so many groups deep.
fn shape(property: &Value, depth: usize) -> Shape<'_> {
    if depth < GROUPS_MAX {
        if has_fields(property) {
            return Shape::Group;
        }
        if let Some(items) = property.get("items").filter(|items| has_fields(items))
            && word(property, "type") == Some("array")
            && properties(items).all(|(_, property)| !is_nested(property))
        {
            return Shape::List(items);
        }
    }
    Shape::One(entry(property))
}

fn has_fields(schema: &Value) -> bool {
    word(schema, "type") == Some("object") && properties(schema).next().is_some()
}

fn is_nested(property: &Value) -> bool {
    has_fields(property) || property.get("items").is_some_and(has_fields)
}

/// Whether what was typed means something else than what is stored.
fn is_other(
    (property, entry): (&Value, Entry),
    typed: Option<&str>,
    stored: Option<&Value>,
    known: &References,
) -> bool {
    let stored = stored.cloned().or(match entry {
        Entry::Box => Some(Value::Bool(false)),
        Entry::Lines | Entry::Several => Some(Value::Array(Vec::new())),
        _ => None,
    });
    value((property, entry), typed, known) != Ok(stored)
}

/// What is stored, for whoever typed something else.
fn in_words((property, entry): (&Value, Entry), stored: Option<&Value>, known: &References) -> String {
    let text = stored
        .map(|stored| as_text((property, entry), stored, known))
        .unwrap_or_default();
    let text = match entry {
        Entry::Box if stored == Some(&Value::Bool(true)) => "ticked".to_owned(),
        Entry::Box => "not ticked".to_owned(),
        Entry::Choice | Entry::Several => {
            let chosen = choices(property, &text, known).into_iter();
            let labels = chosen.filter(|choice| choice.chosen).map(|choice| choice.label);
            labels.collect::<Vec<_>>().join(", ")
        }
        _ => text,
    };
    if text.is_empty() { "nothing".to_owned() } else { text }
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

fn as_text((property, entry): (&Value, Entry), value: &Value, known: &References) -> String {
    match (entry, value) {
        (Entry::Lines | Entry::Several, Value::Array(lines)) => lines.iter().map(shown).collect::<Vec<_>>().join("\n"),
        (Entry::Json, value) => {
            let named = known.named(property, value.clone());
            serde_json::to_string_pretty(&named).unwrap_or_default()
        }
        (_, value) => shown(value),
    }
}

fn hint(property: &Value, entry: Entry) -> String {
    let more = match entry {
        Entry::Lines => Some("One on each line"),
        Entry::Json => Some("As JSON"),
        _ => None,
    };
    let description = word(property, "description").filter(|text| !text.trim().is_empty());
    let lines = [description, more].into_iter().flatten();
    lines.map(sentence).collect::<Vec<_>>().join(" ")
}

fn sentence(text: &str) -> String {
    format!("{}.", text.trim().trim_end_matches('.'))
}
