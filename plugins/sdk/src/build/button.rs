//! Buttons and forms.

use crate::types::{Button, ButtonEffect, Choice, Field, Form, Input, Presser};

impl Button {
    /// Comes back as an interaction with `payload`. The person of the event may press.
    pub fn press(label: impl Into<String>, payload: impl Into<String>) -> Self {
        Self::new(label.into(), ButtonEffect::Press(payload.into()))
    }

    /// Opens a page.
    pub fn link(label: impl Into<String>, url: impl Into<String>) -> Self {
        Self::new(label.into(), ButtonEffect::Link(url.into()))
    }

    /// Opens a form, whose values come back as an interaction. The person of the event may press.
    pub fn ask(label: impl Into<String>, form: Form) -> Self {
        Self::new(label.into(), ButtonEffect::Ask(form))
    }

    /// Everybody who sees it may press.
    #[must_use]
    pub fn for_anyone(mut self) -> Self {
        self.presser = Presser::Anyone;
        self
    }

    /// Staff alone may press.
    #[must_use]
    pub fn for_staff(mut self) -> Self {
        self.presser = Presser::Staff;
        self
    }

    /// What follows a press is seen by the presser alone.
    #[must_use]
    pub fn privately(mut self) -> Self {
        self.private = true;
        self
    }

    fn new(label: String, effect: ButtonEffect) -> Self {
        Self {
            label,
            effect,
            presser: Presser::Person,
            private: false,
        }
    }
}

impl Form {
    /// A form without fields yet.
    pub fn new(title: impl Into<String>, payload: impl Into<String>) -> Self {
        Self {
            payload: payload.into(),
            title: title.into(),
            fields: Vec::new(),
        }
    }

    /// One more field, which must be filled in.
    #[must_use]
    pub fn field(mut self, name: impl Into<String>, label: impl Into<String>, input: Input) -> Self {
        self.fields.push(Field {
            name: name.into(),
            label: label.into(),
            input,
            required: true,
        });
        self
    }

    /// One more field, which may be left empty.
    #[must_use]
    pub fn optional(self, name: impl Into<String>, label: impl Into<String>, input: Input) -> Self {
        let mut form = self.field(name, label, input);
        if let Some(last) = form.fields.last_mut() {
            last.required = false;
        }
        form
    }
}

impl Choice {
    /// One of several.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            label: label.into(),
        }
    }
}
