//! The terminal.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use futures_util::FutureExt as _;
use switchboard::clock::SystemClock;
use switchboard::connectors::Connector;
use switchboard::connectors::terminal::{Attached, Heard, Said, Terminal};
use switchboard::model::action::FileRef;

use super::platform::{Deed, Of, Platform, Seen, Shown, Trouble};

pub struct Typed {
    terminal: Arc<Terminal>,
    ann: tokio::sync::Mutex<Attached<'static>>,
    /// What Ann has seen, and the buttons that she was shown.
    seen: Mutex<(Seen, Vec<switchboard::connectors::terminal::Shown>)>,
}

pub fn start() -> Typed {
    let terminal = Arc::new(Terminal::new(Arc::new(SystemClock::new())));
    // Who is attached borrows the terminal, which lives as long as the test program.
    let lasting: &'static Arc<Terminal> = Box::leak(Box::new(Arc::clone(&terminal)));
    Typed {
        ann: tokio::sync::Mutex::new(lasting.attach("ann", None)),
        terminal,
        seen: Mutex::default(),
    }
}

#[async_trait]
impl Platform for Typed {
    fn connector(&self) -> Arc<dyn Connector> {
        Arc::clone(&self.terminal) as _
    }

    fn with_wrong_token(&self) -> Option<Arc<dyn Connector>> {
        None
    }

    fn text_max(&self) -> usize {
        usize::MAX
    }

    async fn does(&self, deed: Deed<'_>) -> bool {
        let mut said = Vec::new();
        let mut all = true;
        match deed {
            Deed::Says(text) => said.push(Said::Text { text: text.to_owned() }),
            Deed::Presses(label) => {
                self.seen().await;
                let seen = self.seen.lock().unwrap();
                said.push(press(&seen.1, label, Vec::new()));
            }
            // Nothing is told twice within one process, and nothing is changed.
            Deed::IsToldOddly(text, _) => {
                said.push(Said::Text { text: text.to_owned() });
                all = false;
            }
            Deed::Commands(name) => said.push(Said::Text {
                text: format!("/{name}"),
            }),
            Deed::SendsFile
            | Deed::SendsTooLarge
            | Deed::Leaves
            | Deed::SaysToAll(_)
            | Deed::Edits(_)
            | Deed::Deletes
            | Deed::Reacts
            | Deed::IsTyping
            | Deed::Joins => all = false,
        }
        for said in said {
            self.ann.lock().await.say(said).await.unwrap();
        }
        all
    }

    async fn seen(&self) -> Seen {
        let mut ann = self.ann.lock().await;
        while let Some(Some(heard)) = ann.next().now_or_never() {
            let (seen, offered) = &mut *self.seen.lock().unwrap();
            match heard {
                Heard::Message {
                    text, buttons, edited, ..
                } => {
                    if edited {
                        seen.messages.pop();
                    }
                    seen.messages.push(Shown {
                        id: String::new(),
                        text,
                        buttons: buttons.iter().map(|button| button.label.clone()).collect(),
                        files: Vec::new(),
                    });
                    offered.extend(buttons);
                }
                Heard::Typing { .. } => seen.typing = true,
                Heard::Taken => {}
                Heard::Trouble { text } => panic!("{text}"),
            }
        }
        self.seen.lock().unwrap().0.clone()
    }

    /// There is no network between the two.
    async fn breaks(&self, _: Trouble, _: Of) -> bool {
        false
    }

    async fn form(&self, label: &str) -> Option<Vec<String>> {
        self.seen().await;
        let seen = self.seen.lock().unwrap();
        let form = seen.1.iter().find(|button| button.label == label)?.form.clone()?;
        Some(form.fields.into_iter().map(|field| field.label).collect())
    }

    async fn fills(&self, label: &str, value: &str) {
        let values = vec![("order".to_owned(), value.to_owned())];
        let filled = press(&self.seen.lock().unwrap().1, label, values);
        self.ann.lock().await.say(filled).await.unwrap();
    }

    async fn keeps_file(&self) -> FileRef {
        unreachable!("a terminal shows no files")
    }
}

/// Presses the newest button with this label.
fn press(offered: &[switchboard::connectors::terminal::Shown], label: &str, values: Vec<(String, String)>) -> Said {
    let pressed = offered
        .iter()
        .rfind(|button| button.label == label)
        .expect("it is there");
    Said::Press {
        button: pressed.button.expect("it is no link"),
        values,
    }
}
