//! What is said, and where.

use crate::types::{Button, Draft, File, Format, Reply, ReplyWhere};

impl Draft {
    /// Text in which nothing is markup.
    pub fn plain(text: impl Into<String>) -> Self {
        Self::new(text.into(), Format::Plain)
    }

    /// Text in markdown. Put what members wrote into [`value`](Self::value), never into the text.
    pub fn markdown(text: impl Into<String>) -> Self {
        Self::new(text.into(), Format::Markdown)
    }

    /// Fills `{name}` in the text with plain text: never markup, never a ping.
    #[must_use]
    pub fn value(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
        self.values.push((name.into(), text.into()));
        self
    }

    /// For platforms where the text does not fit.
    #[must_use]
    pub fn short(mut self, text: impl Into<String>) -> Self {
        self.short = Some(text.into());
        self
    }

    /// One more button below it.
    #[must_use]
    pub fn button(mut self, button: Button) -> Self {
        self.buttons.push(button);
        self
    }

    /// More buttons below it.
    #[must_use]
    pub fn buttons(mut self, buttons: impl IntoIterator<Item = Button>) -> Self {
        self.buttons.extend(buttons);
        self
    }

    /// A knowledge entry that the text rests on; the host adds its source and asks for feedback.
    #[must_use]
    pub fn cite(mut self, entry: impl Into<String>) -> Self {
        self.cites.push(entry.into());
        self
    }

    /// An attachment that the plugin was given; `alt` is for those who cannot see it.
    #[must_use]
    pub fn file(mut self, attachment: impl Into<String>, alt: impl Into<String>) -> Self {
        self.files.push(File {
            ref_: attachment.into(),
            alt: alt.into(),
        });
        self
    }

    fn new(text: String, format: Format) -> Self {
        Self {
            text,
            short: None,
            format,
            values: Vec::new(),
            buttons: Vec::new(),
            files: Vec::new(),
            cites: Vec::new(),
            more: None,
        }
    }
}

impl From<&str> for Draft {
    fn from(text: &str) -> Self {
        Self::plain(text)
    }
}

impl From<String> for Draft {
    fn from(text: String) -> Self {
        Self::plain(text)
    }
}

impl Reply {
    /// Where the event happened, as the answer to what it is about.
    pub fn here(draft: impl Into<Draft>) -> Self {
        Self {
            to: None,
            where_: ReplyWhere::Here,
            name: None,
            draft: draft.into(),
        }
    }

    /// In a thread, where the platform has them.
    #[must_use]
    pub fn in_thread(mut self) -> Self {
        self.where_ = ReplyWhere::Thread;
        self
    }

    /// Only the person of the event sees it, or it is not sent.
    #[must_use]
    pub fn privately(mut self) -> Self {
        self.where_ = ReplyWhere::Privately;
        self
    }

    /// The name under which it can be edited later, as `#name`. A second send under a name in use is dropped.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }
}

impl From<Draft> for Reply {
    fn from(draft: Draft) -> Self {
        Self::here(draft)
    }
}

impl From<&str> for Reply {
    fn from(text: &str) -> Self {
        Self::here(text)
    }
}

impl From<String> for Reply {
    fn from(text: String) -> Self {
        Self::here(text)
    }
}
