//! Buttons and forms under a message.

use serde::{Deserialize, Serialize};

use super::directory::Identity;
use super::ids::{ButtonId, EntryId, IdentityId, PluginId};

/// A button as it is sent: the platform sees the label and, for presses, the id. What the press means is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Button {
    /// Shown on the button.
    pub label: String,
    /// What pressing does.
    pub effect: ButtonEffect,
}

/// What pressing does. Platforms must know beforehand, because they are answered before any plugin runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum ButtonEffect {
    /// Comes back as an event.
    Press {
        /// Names the stored button.
        id: ButtonId,
    },
    /// Opens a page; no event.
    Link {
        /// `https`, `http` or `mailto`.
        url: String,
    },
    /// Opens a form, whose values come back as an event.
    Form {
        /// Names the stored button.
        id: ButtonId,
        /// What is asked.
        form: Form,
    },
}

/// What a form asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    /// Above the fields.
    pub title: String,
    /// In order.
    pub fields: Vec<Field>,
}

/// One thing a form asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Names the value.
    pub name: String,
    /// Beside the field.
    pub label: String,
    /// How it is filled in.
    pub input: Input,
    /// Whether it may be left empty.
    pub required: bool,
}

/// How a field is filled in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum Input {
    /// One line of text.
    Line,
    /// Several lines of text.
    Paragraph,
    /// A decimal number.
    Number,
    /// Yes or no.
    YesNo,
    /// One of these.
    Choice {
        /// Value and label of each.
        choices: Vec<(String, String)>,
    },
}

/// Why a field cannot be taken as it was filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldProblem {
    /// It must be filled in.
    Missing,
    /// It is no decimal number.
    NotANumber,
    /// It is none of what can be chosen.
    NotAChoice,
}

/// All fields that cannot be taken.
pub type FieldProblems<'a> = Vec<(&'a Field, FieldProblem)>;

impl Form {
    /// What was filled in, as a plugin gets it: name and checked value of each field, in order, without those that were
    /// left empty. `given` has the value of each field by its number.
    ///
    /// # Errors
    ///
    /// All fields that cannot be taken, with the reason.
    pub fn read<'a>(
        &self,
        given: impl Fn(usize) -> Option<&'a str>,
    ) -> Result<Vec<(String, String)>, FieldProblems<'_>> {
        let (mut values, mut problems) = (Vec::new(), Vec::new());
        for (number, field) in self.fields.iter().enumerate() {
            match field.read(given(number).unwrap_or_default()) {
                Ok(value) => values.extend(value.map(|value| (field.name.clone(), value))),
                Err(problem) => problems.push((field, problem)),
            }
        }
        if problems.is_empty() { Ok(values) } else { Err(problems) }
    }
}

impl Field {
    fn read(&self, given: &str) -> Result<Option<String>, FieldProblem> {
        if given.trim().is_empty() {
            return if self.required {
                Err(FieldProblem::Missing)
            } else {
                Ok(None)
            };
        }
        let value = match &self.input {
            Input::Line | Input::Paragraph => given.to_owned(),
            Input::Number => decimal(given.trim()).ok_or(FieldProblem::NotANumber)?,
            Input::YesNo if matches!(given, "true" | "false") => given.to_owned(),
            Input::Choice { choices } if choices.iter().any(|(value, _)| value == given) => given.to_owned(),
            Input::YesNo | Input::Choice { .. } => return Err(FieldProblem::NotAChoice),
        };
        Ok(Some(value))
    }
}

/// A number with a point, as half of the world writes it with a comma.
fn decimal(text: &str) -> Option<String> {
    let number = text.replace(',', ".");
    let digits = number.strip_prefix('-').unwrap_or(&number);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (are_digits(whole) && are_digits(part)).then_some(number)
}

/// What a button means: the stored row that a press is looked up in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ButtonMeaning {
    /// Who gets the press.
    pub owner: ButtonOwner,
    /// Comes back with the press; at most 1 KiB.
    pub payload: String,
    /// Who may press.
    pub presser: Presser,
    /// What follows is seen by the presser alone.
    pub private: bool,
}

/// Who gets the press.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "t", content = "id", rename_all = "snake_case")]
pub enum ButtonOwner {
    /// The plugin that sent the button.
    Plugin(PluginId),
    /// The host's own buttons under an answer: *Helpful*, *Not it*, *A person, please*, *Dismiss*.
    Host,
}

/// Who may press.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "t", content = "id", rename_all = "snake_case")]
pub enum Presser {
    /// Everybody who sees it.
    Anyone,
    /// This one.
    Identity(IdentityId),
    /// Staff of the community.
    Staff,
}

impl Presser {
    /// Whether the button is for this account.
    pub fn admits(&self, who: &Identity) -> bool {
        match self {
            Self::Anyone => true,
            Self::Identity(id) => who.id == *id,
            Self::Staff => who.staff,
        }
    }
}

/// A payload may have 1 KiB, with the names of the entries.
const QUESTION_BYTES_MAX: usize = 600;

/// What a press of a host's own button says: its payload, as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostPress {
    /// Which button.
    pub press: HostButton,
    /// The entries that the answer rests on, with the revision served.
    pub cites: Vec<(EntryId, u32)>,
    /// What the knowledge base was asked.
    pub question: String,
}

/// The host's own buttons under an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HostButton {
    /// *Helpful*.
    Helpful,
    /// *Not it*.
    NotIt,
    /// *A person, please*.
    Person,
    /// *Dismiss*: takes back what nobody asked for, and says that it was not it.
    Dismiss,
}

impl HostPress {
    /// Reads a payload.
    pub fn parse(payload: &str) -> Option<Self> {
        serde_json::from_str(payload).ok()
    }

    /// Writes the payload. A long question is cut, because it only serves to ask again.
    pub fn payload(&self) -> String {
        let mut end = self.question.len().min(QUESTION_BYTES_MAX);
        while !self.question.is_char_boundary(end) {
            end -= 1;
        }
        let cut = Self {
            press: self.press,
            cites: self.cites.clone(),
            question: self.question[..end].to_owned(),
        };
        serde_json::to_string(&cut).expect("names and texts are JSON")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(name: &str, input: Input) -> Field {
        Field {
            name: name.to_owned(),
            label: name.to_uppercase(),
            input,
            required: true,
        }
    }

    #[test]
    fn a_form_gives_checked_values_by_name() {
        let choices = vec![("s".to_owned(), "Small".to_owned())];
        let mut form = Form {
            title: "Order".to_owned(),
            fields: vec![
                field("what", Input::Line),
                field("size", Input::Choice { choices }),
                field("count", Input::Number),
                field("gift", Input::YesNo),
            ],
        };
        let given = ["Tea", "s", " 3,5 ", "true"];
        let values = form.read(|number| given.get(number).copied()).unwrap();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let expected = [
            pair("what", "Tea"),
            pair("size", "s"),
            pair("count", "3.5"),
            pair("gift", "true"),
        ];
        assert_eq!(values, expected);

        let given = [" ", "xl", "1.000,5", "yes"];
        let problems = form.read(|number| given.get(number).copied()).unwrap_err();
        let problems: Vec<FieldProblem> = problems.into_iter().map(|(_, problem)| problem).collect();
        let expected = [
            FieldProblem::Missing,
            FieldProblem::NotAChoice,
            FieldProblem::NotANumber,
            FieldProblem::NotAChoice,
        ];
        assert_eq!(problems, expected);

        form.fields.iter_mut().for_each(|field| field.required = false);
        assert_eq!(form.read(|_| None), Ok(Vec::new()));
    }

    #[test]
    fn a_payload_reads_back_and_keeps_its_limit() {
        let press = |question: &str| HostPress {
            press: HostButton::NotIt,
            cites: vec![(EntryId::from("opening-hours"), 3)],
            question: question.to_owned(),
        };
        assert_eq!(HostPress::parse(&press("when?").payload()), Some(press("when?")));
        assert!(press(&"ü".repeat(2_000)).payload().len() <= 1_024);
        assert_eq!(HostPress::parse("vote:1"), None);
    }
}
