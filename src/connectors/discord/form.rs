//! Forms as Discord shows them: what opens one, and what comes back when it is sent in. Pure. The shapes are those of
//! <https://discord.com/developers/docs/components/reference#label>, which the library does not have yet.

use serde_json::{Value, json};

use super::names;
use super::payload::Submitted;
use crate::model::button::{Field, FieldProblem, Form, Input};
use crate::model::capability::FormMax;
use crate::model::ids::ButtonId;
use crate::model::language::primary;

/// Fields of one form, by <https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-response-object-modal>,
/// and what can be chosen in one.
pub(super) const FORM_MAX: FormMax = FormMax { fields: 5, choices: 25 };

/// Opens a form as the answer to a press.
const OPEN: u8 = 9;

/// Kinds of components.
const SELECT: u8 = 3;
const TEXT: u8 = 4;
const LABEL: u8 = 18;

/// How a text is entered.
const ONE_LINE: u8 = 1;
const PARAGRAPH: u8 = 2;

/// Characters of a title, of a label, of what stands beside a label, of a choice, and of a value.
const TITLE_CHARS_MAX: usize = 45;
const LABEL_CHARS_MAX: usize = 45;
const DESCRIPTION_CHARS_MAX: usize = 100;
const CHOICE_CHARS_MAX: usize = 100;
const VALUE_CHARS_MAX: usize = 4_000;

/// What stands where Discord wants a text and there is none.
const NO_TEXT: &str = "…";

struct Words {
    yes: &'static str,
    no: &'static str,
    missing: &'static str,
    not_a_number: &'static str,
    not_a_choice: &'static str,
}

/// In the language of the person's app.
fn words(language: Option<&str>) -> Words {
    let words = |yes, no, missing, not_a_number, not_a_choice| Words {
        yes,
        no,
        missing,
        not_a_number,
        not_a_choice,
    };
    match primary(language.unwrap_or_default()) {
        "de" => words("Ja", "Nein", "fehlt", "muss eine Zahl sein", "steht nicht zur Wahl"),
        "es" => words("Sí", "No", "falta", "debe ser un número", "no es una opción"),
        "fr" => words("Oui", "Non", "manque", "doit être un nombre", "n’est pas un choix"),
        "ar" => words("نعم", "لا", "ناقص", "يجب أن يكون رقمًا", "ليس من الخيارات"),
        _ => words("Yes", "No", "is missing", "must be a number", "is no choice"),
    }
}

/// What somebody reads whose form came back when its button meant nothing any more. `language` is that of the person's app.
pub(super) fn closed(language: Option<&str>) -> &'static str {
    match primary(language.unwrap_or_default()) {
        "de" => {
            "Dieses Formular ist nicht mehr offen. Was Sie geschrieben haben, kam nicht an; bitte schreiben Sie es mir."
        }
        "es" => "Este formulario ya no está abierto. Lo que ha escrito no llegó; por favor, escríbamelo.",
        "fr" => {
            "Ce formulaire n’est plus ouvert. Ce que vous avez écrit n’est pas arrivé ; écrivez-le-moi, s’il vous plaît."
        }
        "ar" => "لم يعد هذا النموذج مفتوحًا. لم يصل ما كتبته؛ من فضلك اكتبه لي.",
        _ => "This form is no longer open. What you wrote did not arrive; please write it to me.",
    }
}

/// The answer to a press that opens the form. `language` is that of the person's app.
pub(super) fn opening(button: ButtonId, form: &Form, language: Option<&str>) -> Value {
    let words = words(language);
    let fields: Vec<Value> = form
        .fields
        .iter()
        .enumerate()
        .map(|(number, field)| label(number, field, &words))
        .collect();
    json!({
        "type": OPEN,
        "data": {
            "custom_id": button.to_string(),
            "title": shown(&form.title, TITLE_CHARS_MAX),
            "components": fields,
        },
    })
}

fn label(number: usize, field: &Field, words: &Words) -> Value {
    let text = |style| {
        json!({"type": TEXT, "custom_id": number.to_string(), "style": style, "required": field.required,
               "max_length": VALUE_CHARS_MAX})
    };
    let select = |options: Vec<Value>| json!({"type": SELECT, "custom_id": number.to_string(), "required": field.required, "options": options});
    let component = match &field.input {
        Input::Line | Input::Number => text(ONE_LINE),
        Input::Paragraph => text(PARAGRAPH),
        Input::YesNo => select(vec![option(words.yes, "true"), option(words.no, "false")]),
        // A value of ours may be longer than Discord takes, so its number goes.
        Input::Choice { choices } => {
            let options = choices.iter().enumerate();
            select(
                options
                    .map(|(number, (_, label))| option(label, &number.to_string()))
                    .collect(),
            )
        }
    };
    let mut label = json!({"type": LABEL, "label": shown(&field.label, LABEL_CHARS_MAX), "component": component});
    if field.label.chars().count() > LABEL_CHARS_MAX {
        label["description"] = Value::String(shown(&field.label, DESCRIPTION_CHARS_MAX));
    }
    label
}

fn option(label: &str, value: &str) -> Value {
    json!({"label": shown(label, CHOICE_CHARS_MAX), "value": value})
}

/// No longer than `max`; what is cut ends with an ellipsis.
fn shown(text: &str, max: usize) -> String {
    let clean = names::cut(text.trim(), max + 1);
    if clean.is_empty() {
        NO_TEXT.to_owned()
    } else if clean.chars().count() > max {
        format!("{}…", names::cut(&clean, max - 1).trim_end())
    } else {
        clean
    }
}

/// What was filled in, or why it cannot be taken, for the person who filled it in.
pub(super) fn values(
    form: &Form,
    submitted: &[Submitted],
    language: Option<&str>,
) -> Result<Vec<(String, String)>, String> {
    let mut given = Vec::new();
    for top in submitted {
        collect(top, &mut given);
    }
    let values = form.read(|number| {
        let name = number.to_string();
        let (_, value) = given.iter().find(|(field, _)| *field == name)?;
        match &form.fields[number].input {
            Input::Choice { choices } => value
                .parse::<usize>()
                .ok()
                .and_then(|choice| choices.get(choice))
                .map_or(Some(*value), |(value, _)| Some(value.as_str())),
            Input::Line | Input::Paragraph | Input::Number | Input::YesNo => Some(*value),
        }
    });
    values.map_err(|problems| {
        let words = words(language);
        let lines = problems.into_iter().map(|(field, problem)| {
            let why = match problem {
                FieldProblem::Missing => words.missing,
                FieldProblem::NotANumber => words.not_a_number,
                FieldProblem::NotAChoice => words.not_a_choice,
            };
            format!("{}: {why}", shown(&field.label, LABEL_CHARS_MAX))
        });
        lines.collect::<Vec<_>>().join("\n")
    })
}

/// Each field's name and value, whatever it stands in.
fn collect<'a>(component: &'a Submitted, given: &mut Vec<(&'a str, &'a str)>) {
    let value = component
        .value
        .as_deref()
        .or(component.values.first().map(String::as_str));
    given.extend(value.map(|value| (component.custom_id.as_str(), value)));
    for inner in component.component.as_deref().into_iter().chain(&component.components) {
        collect(inner, given);
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn form(label: &str, input: Input) -> Form {
        let field = Field {
            name: "f".to_owned(),
            label: label.to_owned(),
            input,
            required: true,
        };
        Form {
            title: "An order".to_owned(),
            fields: vec![field],
        }
    }

    fn first(form: &Form, language: &str) -> Value {
        opening(ButtonId(Uuid::nil()), form, Some(language))["data"]["components"][0].clone()
    }

    #[test]
    fn a_long_label_stands_whole_beside_the_field() {
        let long = "What would you like to tell us about the order that you made?";
        let shown = first(&form(long, Input::Paragraph), "en");
        assert_eq!(shown["label"], "What would you like to tell us about the ord…");
        assert_eq!(shown["label"].as_str().unwrap().chars().count(), LABEL_CHARS_MAX);
        assert_eq!(
            (shown["description"].as_str(), &shown["component"]["style"]),
            (Some(long), &json!(2))
        );
        assert_eq!(first(&form(" ", Input::Line), "en")["label"], NO_TEXT);
    }

    #[test]
    fn what_can_be_chosen_is_chosen() {
        let choices = vec![("x".repeat(200), "Small".to_owned())];
        let form = form("Size", Input::Choice { choices });
        assert_eq!(
            first(&form, "en")["component"]["options"],
            json!([{"label": "Small", "value": "0"}])
        );
        let submitted: Vec<Submitted> = serde_json::from_value(json!([
            {"type": 18, "id": 1, "component": {"type": 3, "id": 2, "custom_id": "0", "values": ["0"]}}
        ]))
        .unwrap();
        assert_eq!(
            values(&form, &submitted, None),
            Ok(vec![("f".to_owned(), "x".repeat(200))])
        );
    }

    #[test]
    fn what_cannot_be_taken_is_said_in_the_persons_language() {
        let form = form("Wie viele?", Input::Number);
        // As Discord sends what stands in rows.
        let submitted: Vec<Submitted> = serde_json::from_value(json!([
            {"type": 1, "components": [{"type": 4, "custom_id": "0", "value": "drei"}]}
        ]))
        .unwrap();
        let refused = values(&form, &submitted, Some("de"));
        assert_eq!(refused, Err("Wie viele?: muss eine Zahl sein".to_owned()));
        assert_eq!(values(&form, &[], None), Err("Wie viele?: is missing".to_owned()));
        let yes = first(&super::tests::form("Gift?", Input::YesNo), "de");
        assert_eq!(yes["component"]["options"][0], json!({"label": "Ja", "value": "true"}));
    }
}
