//! Makes an outcome of any bytes, each byte a choice: whatever the contract can say can come of some.

use crate::plugin_host::bindings::switchboard::plugin::types as wit;

/// More of one kind than any limit of the lifting allows.
const LIST_MAX: usize = 40;

/// A text that is longer than all limits.
const LONG: usize = 70_000;

/// What texts like to trip over.
const ODD: [&str; 10] = [
    "<@everyone>",
    "**",
    "> > > ",
    "{name}",
    "\u{1b}[2J",
    "\u{202e}",
    "[a](https://a.example)",
    "</b>",
    "@here",
    "\u{0}",
];

pub(super) struct Bytes<'a> {
    rest: &'a [u8],
    names: &'a [String],
}

impl<'a> Bytes<'a> {
    pub(super) fn new(bytes: &'a [u8], names: &'a [String]) -> Self {
        Self { rest: bytes, names }
    }

    /// The next byte; 0 at the end, which ends lists and texts.
    fn byte(&mut self) -> u8 {
        let Some((&first, rest)) = self.rest.split_first() else {
            return 0;
        };
        self.rest = rest;
        first
    }

    fn flag(&mut self) -> bool {
        self.byte() & 1 == 1
    }

    fn number(&mut self) -> u64 {
        u64::from_be_bytes(std::array::from_fn(|_| self.byte()))
    }

    fn maybe<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.flag().then(|| make(self))
    }

    fn list<T>(&mut self, mut make: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let count = usize::from(self.byte()) % LIST_MAX;
        // Nothing follows the end.
        let count = count.min(self.rest.len());
        (0..count).map(|_| make(self)).collect()
    }

    /// A name of something that there is, odd text, long text, or the bytes that follow.
    fn text(&mut self) -> String {
        match self.byte() {
            choice @ 0..64 => self.names[usize::from(choice) % self.names.len()].clone(),
            choice @ 64..96 => ODD[usize::from(choice) % ODD.len()].repeat(1 + usize::from(choice % 7)),
            96 => "a*".repeat(LONG / 2),
            97 => "> ".repeat(LONG / 2),
            98 => format!("<@{}>", self.text()),
            99 => format!("<#{}>", self.text()),
            choice => {
                let length = usize::from(choice - 100).min(self.rest.len());
                let (text, rest) = self.rest.split_at(length);
                self.rest = rest;
                String::from_utf8_lossy(text).into_owned()
            }
        }
    }

    pub(super) fn outcome(&mut self) -> wit::Outcome {
        wit::Outcome {
            stance: match self.byte() % 3 {
                0 => wit::Stance::Neutral,
                1 => wit::Stance::Answered,
                _ => wit::Stance::Abstained(self.text()),
            },
            flow: if self.flag() { wit::Flow::Stop } else { wit::Flow::Pass },
            actions: self.list(Self::action),
        }
    }

    fn action(&mut self) -> wit::Action {
        match self.byte() % 14 {
            0 | 1 => wit::Action::Reply(wit::Reply {
                to: self.maybe(Self::text),
                where_: match self.byte() % 3 {
                    0 => wit::ReplyWhere::Here,
                    1 => wit::ReplyWhere::Thread,
                    _ => wit::ReplyWhere::Privately,
                },
                name: self.maybe(Self::text),
                draft: self.draft(),
            }),
            2 => wit::Action::Post(wit::Post {
                to: self.list(Self::destination),
                name: self.maybe(Self::text),
                draft: self.draft(),
            }),
            3 => wit::Action::Edit(wit::Edit {
                target: self.text(),
                draft: self.draft(),
            }),
            4 => wit::Action::Buttons(wit::ButtonChange {
                target: self.text(),
                buttons: self.list(Self::button),
            }),
            5 => wit::Action::Delete(self.text()),
            6 => wit::Action::React(wit::React {
                target: self.text(),
                emoji: self.text(),
                add: self.flag(),
            }),
            7 => wit::Action::Note(self.text()),
            8 => wit::Action::Handoff(wit::Handoff {
                reason: self.text(),
                topic: self.maybe(Self::text),
                lane: self.maybe(Self::text),
                note: self.text(),
            }),
            9 => wit::Action::AskPeers(wit::PeerQuestion {
                topic: self.maybe(Self::text),
                title: self.text(),
            }),
            10 => wit::Action::Wake(self.wake()),
            11 => wit::Action::Cancel(self.text()),
            12 => wit::Action::Call(wit::Call {
                name: self.text(),
                method: self.text(),
                url: self.text(),
                headers: self.list(|bytes| (bytes.text(), bytes.text())),
                body: self.text().into_bytes(),
            }),
            _ => wit::Action::Other(wit::Other {
                kind: self.text(),
                json: self.text(),
            }),
        }
    }

    fn destination(&mut self) -> wit::Destination {
        match self.byte() % 3 {
            0 => wit::Destination::Place(self.text()),
            1 => wit::Destination::Person(self.text()),
            _ => wit::Destination::Conversation(self.text()),
        }
    }

    fn wake(&mut self) -> wit::Wake {
        wit::Wake {
            id: self.text(),
            schedule: if self.flag() {
                wit::Schedule::At(self.number())
            } else {
                wit::Schedule::Cron(wit::WallClock {
                    cron: if self.flag() {
                        "0 9 * * 1".to_owned()
                    } else {
                        self.text()
                    },
                    zone: if self.flag() {
                        "Europe/Berlin".to_owned()
                    } else {
                        self.text()
                    },
                })
            },
            payload: self.text(),
        }
    }

    fn draft(&mut self) -> wit::Draft {
        wit::Draft {
            text: self.list(Self::text).concat(),
            short: self.maybe(Self::text),
            format: if self.flag() {
                wit::Format::Markdown
            } else {
                wit::Format::Plain
            },
            values: self.list(|bytes| (bytes.text(), bytes.text())),
            buttons: self.list(Self::button),
            files: self.list(|bytes| wit::File {
                ref_: bytes.text(),
                alt: bytes.text(),
            }),
            cites: self.list(Self::text),
            more: self.byte().eq(&255).then(|| "{}".to_owned()),
        }
    }

    fn button(&mut self) -> wit::Button {
        wit::Button {
            label: self.text(),
            effect: match self.byte() % 3 {
                0 => wit::ButtonEffect::Press(self.text()),
                1 => wit::ButtonEffect::Link(self.text()),
                _ => wit::ButtonEffect::Ask(wit::Form {
                    payload: self.text(),
                    title: self.text(),
                    fields: self.list(Self::field),
                }),
            },
            presser: match self.byte() % 3 {
                0 => wit::Presser::Anyone,
                1 => wit::Presser::Person,
                _ => wit::Presser::Staff,
            },
            private: self.flag(),
        }
    }

    fn field(&mut self) -> wit::Field {
        wit::Field {
            name: self.text(),
            label: self.text(),
            input: match self.byte() % 6 {
                0 => wit::Input::Line,
                1 => wit::Input::Paragraph,
                2 => wit::Input::Number,
                3 => wit::Input::YesNo,
                4 => wit::Input::Choice(self.list(|bytes| wit::Choice {
                    value: bytes.text(),
                    label: bytes.text(),
                })),
                _ => wit::Input::Other(self.text()),
            },
            required: self.flag(),
        }
    }
}
