//! The platform in memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use switchboard::clock::{Clock as _, SystemClock};
use switchboard::connectors::Connector;
use switchboard::connectors::loopback::{Fault, Loopback};
use switchboard::dialog;
use switchboard::model::action::FileRef;
use switchboard::model::button::ButtonEffect;
use switchboard::model::directory::Audience;
use switchboard::model::event::{Addressed, Membership};
use switchboard::model::fit::FittedBody;
use switchboard::model::ids::MessageRef;
use switchboard::model::measure::Measure;
use switchboard::model::{Event, EventBody};

use super::platform::{Deed, Of, Platform, Seen, Shown, Trouble};
use crate::support::in_words;

pub struct Memory {
    loopback: Arc<Loopback>,
    number: AtomicU64,
}

pub fn start() -> Memory {
    let mut abilities = Loopback::abilities();
    abilities.threads = true;
    Memory {
        loopback: Arc::new(Loopback::with_abilities("loopback", abilities)),
        number: AtomicU64::new(0),
    }
}

impl Memory {
    fn event(&self, audience: Audience, body: impl FnOnce(MessageRef) -> EventBody) -> Event {
        let number = self.number.fetch_add(1, Ordering::SeqCst);
        let place = if audience == Audience::Direct { "ann" } else { "lobby" };
        dialog::event(("ann", place, audience), (number, SystemClock::new().now()), body)
    }

    /// The newest button with this label.
    fn button(&self, label: &str) -> ButtonEffect {
        let arrivals = self.loopback.arrivals().into_iter();
        let buttons = arrivals.filter_map(|arrival| match arrival.body {
            FittedBody::Send { buttons, .. } => Some(buttons),
            _ => None,
        });
        let pressed = buttons.flatten().filter(|button| button.label == label).last();
        pressed.expect("it is there").effect
    }

    fn press(&self, label: &str, values: Vec<(String, String)>) {
        let (ButtonEffect::Press { id } | ButtonEffect::Form { id, .. }) = self.button(label) else {
            panic!("{label} leads elsewhere")
        };
        self.direct(|_| EventBody::Press {
            message: None,
            button: id,
            values,
        });
    }

    fn direct(&self, body: impl FnOnce(MessageRef) -> EventBody) {
        self.loopback.happen([self.event(Audience::Direct, body)]);
    }
}

/// The first message that was said, which deeds are about.
fn first(mut any: MessageRef) -> MessageRef {
    any.id = "m0".into();
    any
}

#[async_trait]
impl Platform for Memory {
    fn connector(&self) -> Arc<dyn Connector> {
        Arc::clone(&self.loopback) as _
    }

    fn with_wrong_token(&self) -> Option<Arc<dyn Connector>> {
        None
    }

    fn text_max(&self) -> usize {
        Loopback::abilities().text_max
    }

    async fn does(&self, deed: Deed<'_>) -> bool {
        match deed {
            Deed::Says(text) => self.direct(|native| EventBody::Message(in_words(native, text, Addressed::Direct))),
            Deed::Commands(name) => {
                let command = format!("/{name}");
                self.direct(|native| EventBody::Message(in_words(native, &command, Addressed::Direct)));
            }
            Deed::Leaves => self.direct(|_| EventBody::Member {
                change: Membership::Left,
            }),
            Deed::SendsFile => {
                let file = self.keeps_file().await;
                self.direct(|native| {
                    let mut said = in_words(native, "", Addressed::Direct);
                    said.files = vec![file];
                    EventBody::Message(said)
                });
            }
            Deed::SaysToAll(text) => {
                let event = self.event(Audience::Public, |native| {
                    EventBody::Message(in_words(native, text, Addressed::Overheard))
                });
                self.loopback.happen([event]);
            }
            Deed::Edits(text) => {
                self.direct(|native| EventBody::Edited(in_words(first(native), text, Addressed::Direct)));
            }
            Deed::Deletes => self.direct(|native| EventBody::Deleted { message: first(native) }),
            Deed::Reacts => self.direct(|native| EventBody::Reaction {
                message: first(native),
                emoji: "👍".to_owned(),
                added: true,
            }),
            // It gives whatever it is told to give, and tells of nobody who types.
            Deed::SendsTooLarge | Deed::IsTyping => return false,
            Deed::Joins => self.direct(|_| EventBody::Member {
                change: Membership::Joined,
            }),
            Deed::Presses(label) => self.press(label, Vec::new()),
            Deed::IsToldOddly(text, changed) => {
                let mut message = None;
                let said = self.event(Audience::Direct, |native| {
                    message = Some(native.clone());
                    EventBody::Message(in_words(native, text, Addressed::Direct))
                });
                let native = message.expect("it was made");
                let edit = self.event(Audience::Direct, |_| {
                    EventBody::Edited(in_words(native, changed, Addressed::Direct))
                });
                self.loopback.happen([edit.clone(), said.clone(), edit, said]);
            }
        }
        true
    }

    async fn seen(&self) -> Seen {
        let mut seen = Seen {
            typing: !self.loopback.typing().is_empty(),
            ..Seen::default()
        };
        for arrival in self.loopback.arrivals() {
            match arrival.body {
                FittedBody::Thread { name, .. } => {
                    if seen.threads.iter().all(|(known, _)| *known != name) {
                        seen.threads.push((name, Vec::new()));
                    }
                }
                FittedBody::Send { content, .. } if arrival.place.id.as_str().starts_with("lobby/") => {
                    let (_, texts) = seen.threads.last_mut().expect("it was opened");
                    texts.push(content.to_plain());
                }
                FittedBody::Send {
                    content,
                    buttons,
                    files,
                    ..
                } => seen.messages.push(Shown {
                    id: arrival.native.to_string(),
                    text: content.to_plain(),
                    buttons: buttons.into_iter().map(|button| button.label).collect(),
                    files: files.into_iter().map(|file| file.name).collect(),
                }),
                FittedBody::Edit {
                    target,
                    content,
                    buttons,
                    ..
                } => {
                    let shown = seen.message(target.id.as_str()).expect("what is edited is there");
                    shown.text = content.to_plain();
                    shown.buttons = buttons.into_iter().map(|button| button.label).collect();
                }
                FittedBody::Delete { target, .. } => seen.messages.retain(|shown| shown.id != target.id.as_str()),
                FittedBody::React { emoji, add: true, .. } => seen.reactions.push(emoji),
                FittedBody::React { emoji, .. } => seen.reactions.retain(|shown| *shown != emoji),
                FittedBody::Remove { target, .. } => seen.removed.push(target.id.to_string()),
                FittedBody::Measure { person, measure, .. } => {
                    let word = match measure {
                        Measure::Mute { .. } => "mute",
                        Measure::Kick => "kick",
                        Measure::Ban => "ban",
                        Measure::Lift => "lift",
                    };
                    seen.measures.push(format!("{word} {}", person.id));
                }
                FittedBody::Typing { .. } => {}
            }
        }
        seen
    }

    async fn breaks(&self, trouble: Trouble, _: Of) -> bool {
        let fault = match trouble {
            Trouble::Busy => Fault::Busy {
                retry_after: Duration::from_secs(7),
                whole_login: false,
            },
            Trouble::Broken => Fault::Unreachable,
            Trouble::Cut => Fault::CutBefore,
            Trouble::Removed => Fault::Refuse("the bot is not in this place".to_owned()),
            // It plays no threads, no age and no tokens.
            Trouble::Archived | Trouble::TooOld | Trouble::Revoked => return false,
        };
        self.loopback.faults([fault]);
        true
    }

    async fn form(&self, label: &str) -> Option<Vec<String>> {
        match self.button(label) {
            ButtonEffect::Form { form, .. } => Some(form.fields.into_iter().map(|field| field.label).collect()),
            _ => None,
        }
    }

    async fn fills(&self, label: &str, value: &str) {
        self.press(label, vec![("order".to_owned(), value.to_owned())]);
    }

    async fn keeps_file(&self) -> FileRef {
        FileRef {
            sha256: "0".repeat(64),
            name: "plan.txt".to_owned(),
            media_type: "text/plain".to_owned(),
            bytes: 4,
            alt: String::new(),
        }
    }
}
