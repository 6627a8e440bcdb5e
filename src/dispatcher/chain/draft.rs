//! From a plugin's draft to content, buttons and files. Pure: what it refers to was looked up before.

use super::refs::Refs;
use super::words::{Words, words};
use crate::clock::Clock;
use crate::model::Timestamp;
use crate::model::action::FileRef;
use crate::model::button::{
    Button, ButtonEffect, ButtonMeaning, ButtonOwner, Field, Form, HostButton, HostPress, Input, Presser,
};
use crate::model::content::markdown::MentionRef;
use crate::model::content::{Block, Content, Inline, Mention};
use crate::model::finding::EntryText;
use crate::model::ids::{ButtonId, EntryId, IdentityId, PluginId};
use crate::model::invisible::{is_blank, without_controls};
use crate::plugin_host::bindings::switchboard::plugin::types as wit;

/// The text of a draft: more is a document, not an answer.
const TEXT_BYTES_MAX: usize = 16 << 10;

/// Values of a text: more than anybody fills in by name.
const VALUES_MAX: usize = 64;

/// What a button carries for its plugin; the host stores it for 90 days.
const PAYLOAD_BYTES_MAX: usize = 1 << 10;

/// The most buttons that any platform shows under a message.
const BUTTONS_MAX: usize = 25;

/// The longest label that any platform shows.
const LABEL_CHARS_MAX: usize = 80;

/// The most fields that a person fills in.
const FIELDS_MAX: usize = 10;

/// What a draft is read with.
pub(super) struct Drafting<'a> {
    pub(super) refs: &'a Refs,
    pub(super) clock: &'a dyn Clock,
    pub(super) plugin: &'a PluginId,
    /// The person of the event, who is the only one a mention pings without a grant.
    pub(super) person: Option<IdentityId>,
    /// Whether mentions ping others, too.
    pub(super) may_mention: bool,
    /// Files of the event.
    pub(super) files: &'a [FileRef],
    /// Whether nobody has asked the bot: whoever was answered all the same can take the answer away.
    pub(super) overheard: bool,
    /// What the knowledge base was asked.
    pub(super) question: &'a str,
    pub(super) language: &'a str,
}

/// Buttons as they are shown, and the rows behind them.
type Buttons = (Vec<Button>, Vec<(ButtonId, ButtonMeaning)>);

/// A draft that was read.
pub(super) struct Drafted {
    pub(super) content: Content,
    pub(super) short: Option<Content>,
    pub(super) buttons: Vec<Button>,
    pub(super) meanings: Vec<(ButtonId, ButtonMeaning)>,
    pub(super) files: Vec<FileRef>,
    pub(super) cites: Vec<(EntryId, u32)>,
}

impl Drafting<'_> {
    /// Reads a draft, or says in the admin's words why it is refused.
    pub(super) fn read(&self, draft: &wit::Draft) -> Result<Drafted, String> {
        if draft.more.is_some() {
            return Err("uses fields of a later release that its manifest does not list".into());
        }
        let mut content = self.text(&draft.text, draft)?;
        if is_blank(&content.to_plain()) && draft.files.is_empty() {
            return Err("says nothing: the text is empty".into());
        }
        let mut short = draft.short.as_ref().map(|short| self.text(short, draft)).transpose()?;
        let (mut buttons, mut meanings) = self.buttons(&draft.buttons)?;
        let entries = self.entries(&draft.cites)?;
        let words = words(self.language);
        let below = entries.iter().flat_map(|entry| {
            let of_entry = entry.sources.iter();
            let sources = of_entry.map(|source| source_line(&entry.question, source, words));
            sources.chain(entry.credit.iter().map(|credit| credit_line(credit, words)))
        });
        for line in below {
            content.blocks.push(line.clone());
            if let Some(short) = &mut short {
                short.blocks.push(line);
            }
        }
        let cites: Vec<_> = entries.iter().map(|entry| (entry.id.clone(), entry.revision)).collect();
        if !cites.is_empty() {
            self.add_feedback(&cites, words, &mut buttons, &mut meanings);
        }
        Ok(Drafted {
            content,
            short,
            buttons,
            meanings,
            files: self.files(&draft.files)?,
            cites,
        })
    }

    fn text(&self, text: &str, draft: &wit::Draft) -> Result<Content, String> {
        if draft.values.len() > VALUES_MAX {
            return Err(format!("a text has at most {VALUES_MAX} values"));
        }
        let values: usize = draft.values.iter().map(|(_, value)| value.len()).sum();
        if text.len() + values > TEXT_BYTES_MAX {
            return Err(format!(
                "answered with too much data: a text has at most {} KiB",
                TEXT_BYTES_MAX >> 10
            ));
        }
        // Before anything is filled: a few bytes can ask for many.
        if filled_bytes(text, &draft.values) > TEXT_BYTES_MAX {
            return Err("answered with too much data: its values fill the text many times".into());
        }
        Ok(match draft.format {
            wit::Format::Markdown => Content::from_markdown(text, &draft.values, &|mention| self.mention(mention)),
            wit::Format::Plain => Content::plain(&without_controls(&fill(text, &draft.values))),
        })
    }

    fn mention(&self, mention: MentionRef<'_>) -> Option<Mention> {
        match mention {
            MentionRef::Identity(text) => self.refs.people.get(text).map(|(id, name)| Mention::Identity {
                id: *id,
                name: name.clone(),
                pings: self.may_mention || self.person == Some(*id),
            }),
            MentionRef::Place(text) => self.refs.places.get(text).map(|place| Mention::Place {
                id: place.id,
                name: place.name.clone(),
            }),
        }
    }

    /// The buttons and what they mean.
    pub(super) fn buttons(&self, buttons: &[wit::Button]) -> Result<Buttons, String> {
        if buttons.len() > BUTTONS_MAX {
            return Err(format!("a message has at most {BUTTONS_MAX} buttons"));
        }
        let mut shown = Vec::with_capacity(buttons.len());
        let mut meanings = Vec::new();
        for button in buttons {
            let label = button.label.trim();
            if label.is_empty() || label.chars().count() > LABEL_CHARS_MAX {
                return Err(format!("a button's label has 1 to {LABEL_CHARS_MAX} characters"));
            }
            let id = ButtonId(self.clock.id());
            let (effect, payload) = match &button.effect {
                wit::ButtonEffect::Press(payload) => (ButtonEffect::Press { id }, Some(payload)),
                wit::ButtonEffect::Link(url) => (ButtonEffect::Link { url: link(url)? }, None),
                wit::ButtonEffect::Ask(form) => (
                    ButtonEffect::Form {
                        id,
                        form: read_form(form)?,
                    },
                    Some(&form.payload),
                ),
            };
            if let Some(payload) = payload {
                meanings.push((id, self.meaning(button, payload)?));
            }
            let label = label.to_owned();
            shown.push(Button { label, effect });
        }
        Ok((shown, meanings))
    }

    fn meaning(&self, button: &wit::Button, payload: &str) -> Result<ButtonMeaning, String> {
        if payload.len() > PAYLOAD_BYTES_MAX {
            return Err(format!("a button's payload has at most {PAYLOAD_BYTES_MAX} bytes"));
        }
        Ok(ButtonMeaning {
            owner: ButtonOwner::Plugin(self.plugin.clone()),
            payload: payload.to_owned(),
            presser: match (button.presser, self.person) {
                (wit::Presser::Staff, _) => Presser::Staff,
                (wit::Presser::Person, Some(person)) => Presser::Identity(person),
                (wit::Presser::Anyone | wit::Presser::Person, _) => Presser::Anyone,
            },
            private: button.private,
        })
    }

    fn add_feedback(
        &self,
        cites: &[(EntryId, u32)],
        words: Words,
        buttons: &mut Vec<Button>,
        meanings: &mut Vec<(ButtonId, ButtonMeaning)>,
    ) {
        let dismiss = (HostButton::Dismiss, words.dismiss);
        let always = [
            (HostButton::Helpful, words.helpful),
            (HostButton::NotIt, words.not_it),
            (HostButton::Person, words.person),
        ];
        for (press, label) in self.overheard.then_some(dismiss).into_iter().chain(always) {
            let id = ButtonId(self.clock.id());
            let payload = HostPress {
                press,
                cites: cites.to_vec(),
                question: self.question.to_owned(),
            };
            buttons.push(Button {
                label: label.to_owned(),
                effect: ButtonEffect::Press { id },
            });
            meanings.push((
                id,
                ButtonMeaning {
                    owner: ButtonOwner::Host,
                    payload: payload.payload(),
                    presser: self.person.map_or(Presser::Anyone, Presser::Identity),
                    private: false,
                },
            ));
        }
    }

    fn entries(&self, cites: &[String]) -> Result<Vec<&EntryText>, String> {
        let mut found = Vec::with_capacity(cites.len());
        for cited in cites {
            let entry =
                self.refs.entries.get(cited).ok_or_else(|| {
                    format!("cites the entry {cited:?}, which does not exist or may not be seen here")
                })?;
            found.push(entry);
            // What an answer has parts of is cited with it, whatever the plugin knows of that.
            found.extend(&entry.beside);
        }
        Ok(found)
    }

    fn files(&self, files: &[wit::File]) -> Result<Vec<FileRef>, String> {
        let read = |file: &wit::File| {
            let known = self.files.iter().find(|known| known.sha256 == file.ref_);
            let known = known.ok_or("sends a file that it was not given")?;
            Ok(FileRef {
                alt: file.alt.clone(),
                ..known.clone()
            })
        };
        files.iter().map(read).collect()
    }
}

/// What a text has at most when its values are filled in.
fn filled_bytes(text: &str, values: &[(String, String)]) -> usize {
    let added = values
        .iter()
        .map(|(name, value)| text.matches(&format!("{{{name}}}")).count() * value.len());
    text.len() + added.sum::<usize>()
}

/// Fills in each value where its name stands. What is in a value stays as it is: values that named each other would double
/// with each name.
fn fill(text: &str, values: &[(String, String)]) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let named = after.split_once('}').and_then(|(name, behind)| {
            let (_, value) = values.iter().find(|(known, _)| known == name)?;
            Some((value, behind))
        });
        if let Some((value, behind)) = named {
            filled.push_str(value);
            rest = behind;
        } else {
            filled.push('{');
            rest = after;
        }
    }
    filled.push_str(rest);
    filled
}

fn source_line(question: &str, source: &crate::model::finding::Source, words: Words) -> Block {
    let mut line = vec![
        Inline::Text(format!("{}: ", words.source)),
        Inline::Link {
            url: source.url.clone(),
            label: vec![Inline::Text(source.url.clone())],
            source: Some(question.to_owned()),
        },
    ];
    if let Some(day) = &source.checked {
        line.push(Inline::Text(format!(" ({} {day})", words.checked)));
    }
    Block::Paragraph(line)
}

/// A name is text, whatever stands in it.
fn credit_line(credit: &str, words: Words) -> Block {
    Block::Paragraph(vec![Inline::Text(format!("{}: {credit}", words.thanks))])
}

fn link(url: &str) -> Result<String, String> {
    let allowed = ["https://", "http://", "mailto:"];
    if allowed.iter().any(|scheme| url.starts_with(scheme)) && !url.contains(char::is_whitespace) {
        return Ok(url.to_owned());
    }
    Err("has a link button that leads to neither https, http nor mailto".into())
}

fn read_form(form: &wit::Form) -> Result<Form, String> {
    if form.fields.is_empty() || form.fields.len() > FIELDS_MAX {
        return Err(format!("a form has 1 to {FIELDS_MAX} fields"));
    }
    let fields = form.fields.iter().map(|field| {
        Ok(Field {
            name: field.name.clone(),
            label: field.label.clone(),
            input: match &field.input {
                wit::Input::Line => Input::Line,
                wit::Input::Paragraph => Input::Paragraph,
                wit::Input::Number => Input::Number,
                wit::Input::YesNo => Input::YesNo,
                wit::Input::Choice(choices) => Input::Choice {
                    choices: choices
                        .iter()
                        .map(|choice| (choice.value.clone(), choice.label.clone()))
                        .collect(),
                },
                wit::Input::Other(_) => return Err("has a field of a later release".to_owned()),
            },
            required: field.required,
        })
    });
    Ok(Form {
        title: form.title.clone(),
        fields: fields.collect::<Result<_, _>>()?,
    })
}

/// When buttons die is the commit's business; timers are ours.
pub(super) fn timestamp(millis: u64) -> Timestamp {
    Timestamp::from_millis(i64::try_from(millis).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let values = [("name", "Ann {day}"), ("day", "{name}"), ("", "nobody")];
        let values = values.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let filled = fill(text, &values);
        assert_eq!(filled, expected);
        assert!(filled.len() <= filled_bytes(text, &values));
    }

    #[test]
    fn values_are_filled_in_once_and_are_never_looked_into() {
        check("Hello, {name}, on {day}!", "Hello, Ann {day}, on {name}!");
        check("{name}{name}", "Ann {day}Ann {day}");
    }

    #[test]
    fn what_has_no_value_stays_as_it_is_written() {
        check("{other} {name", "{other} {name");
        check("{{name}} {}", "{Ann {day}} nobody");
    }
}
