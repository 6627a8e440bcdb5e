//! What fields a schema makes, and what comes of what was typed into them.

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
    let why = "at 1: there is no place “attic” here; there is general (web), news (web)";
    assert_eq!(
        read(general, "attic"),
        Err(Problems::from([("also".to_owned(), why.to_owned())]))
    );
}

fn nested() -> Value {
    json!({ "type": "object", "additionalProperties": false, "properties": {
        "words": { "type": "object", "title": "Words", "additionalProperties": false, "properties": {
            "blocked": { "type": "array", "title": "Blocked", "items": { "type": "string", "maxLength": 3 }, "default": [] },
            "ladder": { "type": "array", "items": { "type": "string" } },
            "count": { "type": "integer", "maximum": 5, "default": 2 },
        } },
        "topics": { "type": "array", "title": "Topics", "default": [], "items": {
            "type": "object", "required": ["name", "words"], "properties": {
                "name": { "type": "string", "title": "Name" },
                "words": { "type": "array", "items": { "type": "string" } },
                "loud": { "type": "boolean", "default": true },
            },
        } },
    } })
}

fn sent(pairs: &[(&str, &str)]) -> Typed {
    let pairs = pairs.iter();
    pairs
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
        .collect()
}

/// As the form is sent in by whoever changes nothing.
fn unchanged(fields: &[Field]) -> Typed {
    let mut typed = Typed::new();
    for field in fields {
        match field.entry {
            Entry::Group | Entry::End => {}
            Entry::Box if !field.ticked => {}
            _ => drop(typed.insert(field.name.clone(), field.text.clone())),
        }
    }
    typed
}

/// What the form looks like, a word for each field.
fn outline(fields: &[Field]) -> Vec<String> {
    let word = |field: &Field| match field.entry {
        Entry::Group => format!("{} {{", field.label),
        Entry::End => "}".to_owned(),
        _ => field.name.clone(),
    };
    fields.iter().map(word).collect()
}

#[test]
fn objects_and_items_of_lists_are_groups_of_fields() {
    let config = json!({ "topics": [{ "name": "bread", "words": ["rye"] }] });
    let fields = fields(&nested(), &config, &known(), None);
    let expected = [
        "Topics {",
        "1 {",
        "topics/1/loud",
        "topics/1/name",
        "topics/1/words",
        "}",
        "Another {",
        "topics/2/loud",
        "topics/2/name",
        "topics/2/words",
        "}",
        "}",
        "Words {",
        "words/blocked",
        "words/count",
        "words/ladder",
        "}",
    ];
    assert_eq!(outline(&fields), expected);
    assert_eq!(fields[0].hint, "An item that is left empty goes.");
    assert_eq!(
        (fields[3].text.as_str(), fields[3].whole_label.as_str()),
        ("bread", "Topics: 1: Name")
    );
    // Who changes nothing says nothing.
    let same = read(&nested(), &config, &unchanged(&fields), &known());
    assert_eq!(same, Ok(config));
}

#[test]
fn a_list_gets_items_and_loses_those_that_are_left_empty() {
    let config = json!({ "topics": [{ "name": "bread", "words": [], "more": 1 }, { "name": "oat", "words": [] }] });
    let mut typed = unchanged(&fields(&nested(), &config, &known(), None));
    typed.extend(sent(&[
        ("topics/2/name", ""),
        ("topics/3/name", "spelt"),
        ("topics/3/words", "dinkel"),
    ]));
    let after = read(&nested(), &config, &typed, &known());
    assert_eq!(
        after,
        Ok(json!({ "topics": [
            { "name": "bread", "words": [], "more": 1 },
            { "name": "spelt", "words": ["dinkel"] },
        ] })),
        "what the schema does not name stays"
    );
    assert_eq!(read(&nested(), &json!({}), &sent(&[]), &known()), Ok(json!({})));
}

#[test]
fn an_item_that_is_as_a_new_one_stays() {
    let schema = json!({ "properties": { "rules": { "type": "array", "items": {
        "type": "object", "properties": {
            "mode": { "type": "string", "default": "warn" },
            "on": { "type": "boolean", "default": true },
        },
    } } } });
    let config = json!({ "rules": [{ "mode": "warn", "on": true, "more": 1 }, { "mode": "mute" }] });
    let typed = unchanged(&fields(&schema, &config, &known(), None));
    let after = read(&schema, &config, &typed, &known()).expect("it is sound");
    assert_eq!(after["rules"].as_array().map(Vec::len), Some(2), "{after}");
    assert_eq!(after["rules"][0], json!({ "mode": "warn", "on": true, "more": 1 }));
    let mut emptied = typed;
    emptied.extend(sent(&[("rules/1/mode", "")]));
    let after = read(&schema, &config, &emptied, &known()).expect("it is sound");
    assert_eq!(after["rules"].as_array().map(Vec::len), Some(1), "{after}");
}

#[test]
fn all_that_is_wrong_is_said_at_once_and_where_it_was_typed() {
    let config = json!({ "topics": [{ "name": "bread", "words": [] }] });
    let mut typed = unchanged(&fields(&nested(), &config, &known(), None));
    typed.extend(sent(&[
        ("words/blocked", "abcd\nabc\nabcde"),
        ("words/count", "many"),
        // The first item goes, and the second one has no name.
        ("topics/1/name", ""),
        ("topics/2/words", "rye"),
    ]));
    let problems = read(&nested(), &config, &typed, &known()).expect_err("it is refused");
    let expected = sent(&[
        ("topics/2/name", "this is missing"),
        (
            "words/blocked",
            "at 1: 3 characters are the most; at 3: 3 characters are the most",
        ),
        ("words/count", "this must be a number"),
    ]);
    assert_eq!(problems, expected);

    let left = Refused {
        typed: &typed,
        problems: &problems,
        newer: false,
    };
    let shown = fields(&nested(), &config, &known(), Some(&left));
    let wrong: Vec<_> = shown.iter().filter(|field| field.problem.is_some()).collect();
    let names: Vec<_> = wrong
        .iter()
        .map(|field| (field.whole_label.as_str(), field.first))
        .collect();
    assert_eq!(
        names,
        [
            ("Topics: 2: Name", true),
            ("Words: Blocked", false),
            ("Words: count", false)
        ]
    );
    let legends: Vec<_> = shown.iter().filter(|field| field.entry == Entry::Group).collect();
    let legends: Vec<_> = legends.iter().map(|field| field.label.as_str()).collect();
    assert_eq!(
        legends,
        ["Topics", "1", "2", "Another", "Words"],
        "what was typed stays where it was"
    );
}

#[test]
fn what_is_too_long_or_of_another_kind_is_json() {
    let json_at = |config: &Value| {
        let fields = fields(&nested(), config, &known(), None);
        let json = fields.into_iter().filter(|field| field.entry == Entry::Json);
        json.map(|field| field.name).collect::<Vec<_>>()
    };
    let topic = json!({ "name": "bread", "words": [] });
    assert!(json_at(&json!({ "topics": vec![topic.clone(); 99] })).is_empty());
    assert_eq!(json_at(&json!({ "topics": vec![topic; 100] })), ["topics"]);
    assert_eq!(
        json_at(&json!({ "topics": ["bread"], "words": 7 })),
        ["topics", "words"]
    );
    let typed = sent(&[("topics", "[{}]")]);
    let problems = read(&nested(), &json!({}), &typed, &known()).expect_err("it is refused");
    assert_eq!(
        problems,
        sent(&[("topics", "at 1, name: this is missing; at 1, words: this is missing")])
    );
}

#[test]
fn what_is_newer_stands_beside_what_was_typed() {
    let config = json!({ "words": { "count": 4 }, "topics": [{ "name": "oat", "words": [] }] });
    let typed = unchanged(&fields(&nested(), &json!({}), &known(), None));
    let nothing = Problems::new();
    let left = Refused {
        typed: &typed,
        problems: &nothing,
        newer: true,
    };
    let shown = fields(&nested(), &config, &known(), Some(&left));
    let stored: Vec<_> = shown.iter().filter(|field| field.stored.is_some()).collect();
    let names: Vec<_> = stored.iter().map(|field| field.name.as_str()).collect();
    assert_eq!(names, ["topics", "words/count"]);
    assert!(
        stored[0].stored.as_ref().is_some_and(|list| list.contains("\"oat\"")),
        "a list as a whole"
    );
    assert_eq!(stored[1].stored.as_deref(), Some("4"));
}
