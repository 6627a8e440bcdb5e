//! The form as it is shown: each field with its name, what stands in it, and what is wrong there. Pure.

use super::translated::prefix;
use super::{Text, Translated, Typed, lines};
use crate::knowledge::check::{self, Fault};

/// The fields of one language, by the end of their path in faults and of their name in the form.
const PARTS: [(&str, &str); 5] = [
    ("question", "question"),
    ("aliases", "aliases"),
    ("answer.full", "full"),
    ("answer.steps", "steps"),
    ("answer.short", "short"),
];

/// The longest tag of RFC 5646 in practice.
const LANGUAGE_CHARS_MAX: usize = 35;

/// How a field is entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One line.
    Line { chars_max: usize },
    /// A day of the calendar.
    Day,
    /// Text of several lines.
    Lines { rows: u8 },
    /// One of several.
    Choice,
    /// Any of several.
    Several,
    /// A box.
    Tick,
}

/// One choice of several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) label: String,
    pub(crate) chosen: bool,
}

/// One field. Its name is its id, too.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) label: String,
    pub(crate) hint: &'static str,
    pub(crate) kind: Kind,
    pub(crate) text: String,
    pub(crate) choices: Vec<Choice>,
    pub(crate) required: bool,
    pub(crate) ticked: bool,
    pub(crate) problem: Option<String>,
    /// It is the first one that has a problem: whoever typed that goes on there.
    pub(crate) first: bool,
}

/// The fields of a translation.
#[derive(Clone, Debug)]
pub(crate) struct Section {
    pub(crate) title: String,
    /// The entry was changed since it was written.
    pub(crate) behind: bool,
    pub(crate) open: bool,
    pub(crate) fields: Vec<Field>,
}

/// What is wrong at one field of the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The field's name, or what else is wrong.
    pub(crate) field: String,
    pub(crate) what: String,
}

/// What is known beside what was typed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Around {
    /// Its name can still be chosen.
    pub(crate) new: bool,
    /// Platforms and places: the name that an entry has for each, and the one that people have.
    pub(crate) places: Vec<(String, String)>,
    /// Languages in which the stored entry says what it said before it was changed.
    pub(crate) behind: Vec<String>,
    pub(crate) problems: Vec<Problem>,
}

/// The form.
#[derive(Clone, Debug)]
pub(crate) struct Filled {
    pub(crate) fields: Vec<Field>,
    /// One for each translation, and a blank one for one more.
    pub(crate) sections: Vec<Section>,
    /// What is wrong and has no field here.
    pub(crate) others: Vec<String>,
}

impl Filled {
    pub(crate) fn new(typed: &Typed, around: &Around) -> Self {
        let mut fields = Vec::new();
        if around.new {
            fields.push(name(&typed.id));
        }
        fields.extend(text(&typed.text, "", ""));
        fields.extend(about(typed, around));
        let blank = Translated::default();
        let all = typed.translations.iter().chain([&blank]);
        let sections = all.enumerate().map(|(place, typed)| section(place, typed, around));
        let mut filled = Self {
            fields,
            sections: sections.collect(),
            others: Vec::new(),
        };
        filled.mark(&around.problems);
        filled
    }

    fn mark(&mut self, problems: &[Problem]) {
        let mut first = true;
        let mut mark = |field: &mut Field| {
            let own = problems.iter().filter(|problem| problem.field == field.name);
            let own: Vec<&str> = own.map(|problem| problem.what.as_str()).collect();
            if !own.is_empty() {
                field.problem = Some(own.join("; "));
                field.first = std::mem::take(&mut first);
            }
        };
        self.fields.iter_mut().for_each(&mut mark);
        for section in &mut self.sections {
            section.fields.iter_mut().for_each(&mut mark);
            section.open |= section.fields.iter().any(|field| field.problem.is_some());
        }
        let has = |name: &String| self.all().any(|field| field.name == *name);
        let others = problems.iter().filter(|problem| !has(&problem.field));
        self.others = others
            .map(|problem| format!("{} {}", problem.field, problem.what))
            .collect();
    }

    fn all(&self) -> impl Iterator<Item = &Field> {
        let sections = self.sections.iter().flat_map(|section| &section.fields);
        self.fields.iter().chain(sections)
    }

    /// The names of all fields, for the form to list: what is not among them is left as it is stored.
    pub(crate) fn names(&self) -> String {
        self.all()
            .map(|field| field.name.as_str())
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// Whether anything is wrong.
    pub(crate) fn is_wrong(&self) -> bool {
        !self.others.is_empty() || self.all().any(|field| field.problem.is_some())
    }

    /// Each problem with the name and the label of its field, for the list above the form.
    pub(crate) fn wrong(&self) -> Vec<(&str, &str, &str)> {
        self.all()
            .filter_map(|field| Some((field.name.as_str(), field.label.as_str(), field.problem.as_deref()?)))
            .collect()
    }
}

/// Where in the form each fault is. Line numbers are counted as people do.
pub(crate) fn problems(faults: &[Fault], typed: &Typed) -> Vec<Problem> {
    faults.iter().map(|fault| problem(fault, typed)).collect()
}

fn problem(fault: &Fault, typed: &Typed) -> Problem {
    let (path, prefix) = within(&fault.path, typed);
    // `sources.2.url` and `aliases.2` are lines of a field.
    let number = |rest: &str| rest.split('.').find_map(|part| part.parse::<usize>().ok());
    let at = |own: &str| {
        path.strip_prefix(own)
            .filter(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    let of_text = PARTS.iter().find_map(|(own, name)| Some((*name, at(own)?)));
    let others = ["only", "not"].map(|name| (name, format!("channels.{name}")));
    let of_channels = others.iter().find_map(|(name, own)| Some((*name, at(own)?)));
    let (name, rest) = of_text
        .or(of_channels)
        .unwrap_or_else(|| path.split_once('.').unwrap_or((path, "")));
    Problem {
        field: format!("{prefix}{name}"),
        what: match number(rest) {
            Some(line) if of_channels.is_none() => format!("line {}: {}", line + 1, fault.what),
            _ => fault.what.clone(),
        },
    }
}

/// The path within its language, and how the fields of that begin. What is wrong with a language stands at its name.
fn within<'a>(path: &'a str, typed: &Typed) -> (&'a str, String) {
    let there = typed.translations.iter().enumerate();
    for (place, translated) in there.filter(|(_, translated)| !translated.text.is_cleared()) {
        let rest = path
            .strip_prefix("translations.")
            .and_then(|rest| rest.strip_prefix(translated.language.as_str()));
        match rest {
            Some("") => return ("language", prefix(place)),
            Some(rest) if rest.starts_with('.') => return (&rest[1..], prefix(place)),
            _ => {}
        }
    }
    (path, String::new())
}

fn name(id: &str) -> Field {
    Field {
        hint: "Lower-case words with hyphens, such as connect-discord. Left empty, it is made of the question.",
        ..line("id", "Name, for good", id, check::ID_CHARS_MAX)
    }
}

/// The fields of one language; `language` stands behind their labels where it is another than the entry's.
fn text(text: &Text, prefix: &str, language: &str) -> Vec<Field> {
    let own = prefix.is_empty();
    let labels = [
        ("question", "Question, as a member would ask it"),
        ("aliases", "Other ways to ask it, one a line"),
        ("full", "Answer, in markdown"),
        ("steps", "Steps below it, one a line"),
        ("short", "Short answer, at most 280 characters"),
    ];
    let texts = text.lines().map(|(_, text)| text);
    let fields = labels.into_iter().zip(texts).map(|((name, label), text)| {
        let label = match language {
            "" => label.to_owned(),
            language => format!("{label}, in {language}"),
        };
        let field = match name {
            "question" => line(name, &label, text, check::QUESTION_CHARS_MAX),
            "short" => line(name, &label, text, check::SHORT_CHARS_MAX),
            "full" => several_lines(name, &label, text, if own { 10 } else { 6 }),
            _ => several_lines(name, &label, text, if own { 4 } else { 2 }),
        };
        Field {
            name: format!("{prefix}{name}"),
            // A translation is taken away by leaving both empty.
            required: own && name == "question",
            ..field
        }
    });
    fields.collect()
}

/// What holds of the entry in every language.
fn about(typed: &Typed, around: &Around) -> Vec<Field> {
    vec![
        line(
            "language",
            "Language, when not the community's",
            &typed.language,
            LANGUAGE_CHARS_MAX,
        ),
        Field {
            choices: chosen(&["everybody", "members", "staff"], &typed.visibility),
            kind: Kind::Choice,
            ..line("visibility", "Shown to", "", 0)
        },
        channels("only", "Said only in", &typed.only, around)
            .hinted("Where nothing is ticked, it may be said everywhere."),
        channels("not", "Never said in", &typed.not, around).hinted("What is ticked in both lists is not said there."),
        several_lines("sources", "Sources, one a line", &typed.sources, 2)
            .hinted("An address, and behind a space the day somebody last looked: https://example.org/page 2026-08-01"),
        line("credit", "Thanks to", &typed.credit, check::CREDIT_CHARS_MAX)
            .hinted("Stands below the answer: whoever found it, as they want to be named."),
        line("owner", "Kept true by", &typed.owner, check::OWNER_CHARS_MAX)
            .hinted("A person or a team, for your colleagues; members do not see it."),
        day("review_by", "Look again by", &typed.review_by)
            .hinted("From the day after, the answer is only suggested until somebody has looked."),
        day("until", "Last day on which it is said", &typed.until),
        several_lines("related", "Related entries, one name a line", &typed.related, 2)
            .hinted("For your colleagues: they stand beside the entry in the console."),
        line(
            "escalate_to",
            "Queue for those whom it does not help",
            &typed.escalate_to,
            check::QUEUE_CHARS_MAX,
        )
        .hinted("For your colleagues: the bot itself puts everybody into the same queue."),
    ]
}

fn section(place: usize, typed: &Translated, around: &Around) -> Section {
    let prefix = prefix(place);
    let blank = typed.language.is_empty() && typed.text.is_blank();
    let behind = around.behind.contains(&typed.language);
    let label = format!("Language of translation {}", place + 1);
    let mut fields = vec![
        Field {
            name: format!("{prefix}language"),
            ..line("language", &label, &typed.language, LANGUAGE_CHARS_MAX)
        }
        .hinted("Such as de, or pt-BR."),
    ];
    fields.extend(text(&typed.text, &prefix, &typed.language));
    if !blank {
        fields.push(Field {
            name: format!("{prefix}same"),
            kind: Kind::Tick,
            ticked: typed.same,
            ..line("same", "It says the same as the entry now", "", 0)
        });
    }
    let title = match (blank, typed.language.as_str()) {
        (true, _) => "One more language".to_owned(),
        (false, "") => "A translation".to_owned(),
        (false, language) => format!("In {language}: {}", typed.text.question),
    };
    Section {
        title,
        behind,
        open: behind,
        fields,
    }
}

fn line(name: &str, label: &str, text: &str, chars_max: usize) -> Field {
    Field {
        name: name.to_owned(),
        label: label.to_owned(),
        hint: "",
        kind: Kind::Line { chars_max },
        text: text.to_owned(),
        choices: Vec::new(),
        required: false,
        ticked: false,
        problem: None,
        first: false,
    }
}

fn day(name: &str, label: &str, text: &str) -> Field {
    Field {
        kind: Kind::Day,
        ..line(name, label, text, 0)
    }
}

fn several_lines(name: &str, label: &str, text: &str, rows: u8) -> Field {
    Field {
        kind: Kind::Lines { rows },
        ..line(name, label, text, 0)
    }
}

/// Boxes for all that is known, and for what is named already and is not known here.
fn channels(name: &str, label: &str, typed: &str, around: &Around) -> Field {
    let named = lines(typed);
    let known = around.places.iter().map(|(value, label)| Choice {
        chosen: named.contains(value),
        value: value.clone(),
        label: label.clone(),
    });
    let is_known = |name: &String| around.places.iter().any(|(value, _)| value == name);
    let others = named.iter().filter(|name| !is_known(name)).map(|name| Choice {
        value: name.clone(),
        label: format!("{name} (not known here)"),
        chosen: true,
    });
    Field {
        choices: known.chain(others).collect(),
        kind: Kind::Several,
        ..line(name, label, "", 0)
    }
}

fn chosen(words: &[&str], typed: &str) -> Vec<Choice> {
    let choice = |word: &&str| Choice {
        value: (*word).to_owned(),
        label: (*word).to_owned(),
        chosen: *word == typed,
    };
    words.iter().map(choice).collect()
}

impl Field {
    fn hinted(self, hint: &'static str) -> Self {
        Self { hint, ..self }
    }

    /// Whether something stands below it.
    pub(crate) fn is_described(&self) -> bool {
        !self.hint.is_empty() || self.problem.is_some()
    }
}
