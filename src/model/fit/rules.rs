//! Cuts and degrades an action to what a place can do.
//!
//! Owns the table of fallbacks. Pure: knows neither database nor platform, and never drops anything without saying so
//! in [`Fit::losses`]. The commit calls it once for each place that an action reaches.

mod changes;
mod loss;
mod moderation;

pub use self::loss::Loss;
use super::FittedBody;
use super::part::{Part, SendPart, ThreadPart};
use super::words::words;
use crate::model::action::FileRef;
use crate::model::button::{Button, ButtonEffect};
use crate::model::capability::Capabilities;
use crate::model::content::split::Piece;
use crate::model::content::{Block, Content, Inline};

/// A text in more pieces than this is a wall: its short form is sent instead, where there is one.
pub const PIECES_GOOD: usize = 3;

/// No text of ours is longer; what is behind is left out, with an ellipsis.
pub const PIECES_MAX: usize = 20;

/// What the place is asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fit {
    /// In order.
    pub bodies: Vec<FittedBody>,
    /// What the place cannot do.
    pub losses: Vec<Loss>,
    /// They go to the direct chat of the one whom they are for, and not to this place.
    pub in_direct_chat: bool,
}

/// Why nothing can be sent at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is for one person, and everybody would see it.
    #[error("a private message cannot be sent in this place, and is not made public")]
    NotPrivate,
    /// There is neither text nor file nor button.
    #[error("there is nothing to send")]
    Empty,
    /// It stands with a file, and would be longer than a text with a file may be.
    #[error("the text stands with a file, and is too long for that in this place")]
    CaptionTooLong,
}

impl Capabilities {
    /// What this place is asked for, so that the part is carried out as well as it can be.
    ///
    /// # Errors
    ///
    /// When doing it in another way would be worse than not doing it.
    pub fn fit(&self, part: Part) -> Result<Fit, Refusal> {
        let mut fit = Fit::default();
        match part {
            Part::Send(send) => self.send(send, &mut fit)?,
            Part::Edit(edit) => self.edit(edit, &mut fit)?,
            Part::SetButtons {
                message,
                last,
                content,
                buttons,
            } => self.set_buttons(message, last, content, buttons, &mut fit),
            Part::Delete {
                message,
                copies,
                language,
                ..
            } if self.delete || self.edit => self.delete(message, copies, language.as_deref(), &mut fit),
            Part::Delete {
                in_conversation: true, ..
            } => fit.losses.push(Loss::Undeleted),
            Part::Delete { .. } => fit.losses.push(Loss::UndeletedUntold),
            Part::Moderate(part) => self.moderate(part, &mut fit),
            Part::React {
                target,
                emoji,
                add,
                instead,
                ..
            } if self.react => {
                let or_said = add && instead.is_some();
                fit.bodies.push(FittedBody::React {
                    target,
                    emoji,
                    add,
                    or_said,
                });
            }
            Part::React {
                target,
                emoji,
                add: true,
                instead: Some(instead),
                author,
            } => {
                fit.losses.push(Loss::Reaction);
                self.send(SendPart::word(instead, author, &emoji, target), &mut fit)?;
            }
            Part::React { .. } => fit.losses.push(Loss::ReactionLeftOut),
        }
        fit.losses.dedup();
        Ok(fit)
    }

    fn send(&self, mut send: SendPart, fit: &mut Fit) -> Result<(), Refusal> {
        if send.only.is_some() && !self.private && !send.direct {
            if !send.direct_chat {
                return Err(Refusal::NotPrivate);
            }
            // Whoever has written to us alone takes an answer there; the question stands elsewhere.
            fit.in_direct_chat = true;
            fit.losses.push(Loss::Private);
            (send.only, send.reply_to, send.thread) = (None, None, None);
        }
        let mut thread = self.thread(&mut send, fit);
        let only = send.only.take().filter(|_| self.private);
        // Its thread may not come about, and its short name stands before it then.
        let room = thread.as_deref().map_or(0, |tag| self.unit.count(&before(tag)));
        let buttons = self.buttons(std::mem::take(&mut send.buttons), fit);
        let files = self.files(std::mem::take(&mut send.files), fit);
        let whole = completed(send.content, &buttons.listed, &files.named, send.language.as_deref());
        let mut pieces = self.pieces(&whole, room);
        if pieces.len() > PIECES_GOOD
            && let Some(short) = send.short
        {
            let short = completed(short, &buttons.listed, &files.named, send.language.as_deref());
            pieces = self.pieces(&short, room);
            fit.losses.push(Loss::Shortened);
        }
        Self::cut_off(&mut pieces, fit);
        if pieces.is_empty() {
            if files.sent.is_empty() && buttons.sent.is_empty() {
                return Err(Refusal::Empty);
            }
            pieces.push(Content::default());
        }
        let messages = self.spread(pieces, files.sent);
        let count = messages.len();
        let mut buttons = Some(buttons.sent);
        for (number, (content, files)) in messages.into_iter().enumerate() {
            let last = number + 1 == count;
            fit.bodies.push(FittedBody::Send {
                message: send.message,
                piece: index(number),
                pieces: index(count),
                content,
                buttons: buttons.take_if(|_| last).unwrap_or_default(),
                files,
                reply_to: send.reply_to.clone().filter(|_| number == 0),
                thread: thread.take(),
                only: only.clone(),
                author: send.author.clone(),
            });
        }
        Ok(())
    }

    /// What each message holds. Each is a delivery of its own, so that none is sent twice because another one failed.
    fn spread(&self, texts: Vec<Content>, mut files: Vec<FileRef>) -> Vec<(Content, Vec<FileRef>)> {
        let mut messages: Vec<_> = texts.into_iter().map(|text| (text, Vec::new())).collect();
        let Some((text, with_it)) = messages.last_mut().filter(|_| !files.is_empty()) else {
            return messages;
        };
        if self.caption_max.is_none() {
            *with_it = files;
            return messages;
        }
        if !self.is_too_long_with_file(text) {
            with_it.push(files.remove(0));
        }
        messages.extend(files.into_iter().map(|file| (Content::default(), vec![file])));
        messages
    }

    fn is_too_long_with_file(&self, text: &Content) -> bool {
        self.caption_max.is_some_and(|max| text.length(self.unit) > max)
    }

    /// Opens the thread that it is for, and answers its short name. Where there are no threads, a chain of replies under
    /// that name stands for one.
    fn thread(&self, send: &mut SendPart, fit: &mut Fit) -> Option<String> {
        // What one person alone sees is in no thread that others read.
        let ThreadPart { name, tag } = send.thread.take().filter(|_| send.only.is_none())?;
        if let Some(from) = send.reply_to.clone().filter(|_| self.threads) {
            fit.bodies.push(FittedBody::Thread { from, name });
            return Some(tag);
        }
        fit.losses.push(Loss::Thread);
        put_before(&mut send.content, &tag);
        if let Some(short) = &mut send.short {
            put_before(short, &tag);
        }
        None
    }

    fn buttons(&self, buttons: Vec<Button>, fit: &mut Fit) -> Buttons {
        if buttons.is_empty() {
            return Buttons::default();
        }
        if !self.buttons {
            fit.losses.push(Loss::Buttons);
            return Buttons {
                sent: Vec::new(),
                listed: buttons,
            };
        }
        let sent = buttons
            .into_iter()
            .map(|button| match button.effect {
                ButtonEffect::Form { id, ref form } if !self.takes(form) => {
                    fit.losses.push(Loss::Forms);
                    Button {
                        label: button.label,
                        effect: ButtonEffect::Press { id },
                    }
                }
                _ => button,
            })
            .collect();
        Buttons {
            sent,
            listed: Vec::new(),
        }
    }

    fn files(&self, files: Vec<FileRef>, fit: &mut Fit) -> Files {
        let max = self.file_bytes_max.unwrap_or(0);
        let (sent, named): (Vec<_>, Vec<_>) = files.into_iter().partition(|file| file.bytes <= max && max > 0);
        if !named.is_empty() {
            fit.losses.push(Loss::Files);
        }
        Files { sent, named }
    }

    /// Each leaves so much room.
    fn pieces(&self, content: &Content, room: usize) -> Vec<Content> {
        let pieces = content.split(self.text_max.saturating_sub(room), self.unit);
        pieces.into_iter().map(|Piece { content, .. }| content).collect()
    }

    fn cut_off(pieces: &mut Vec<Content>, fit: &mut Fit) {
        if pieces.len() <= PIECES_MAX {
            return;
        }
        pieces.truncate(PIECES_MAX - 1);
        pieces.push(Content::plain("…"));
        fit.losses.push(Loss::CutOff);
    }
}

/// Puts the short name of a thread before a text that is not in it.
pub(super) fn put_before(content: &mut Content, tag: &str) {
    let tag = Inline::Text(before(tag));
    match content.blocks.first_mut() {
        Some(Block::Paragraph(inlines)) => inlines.insert(0, tag),
        _ => content.blocks.insert(0, Block::Paragraph(vec![tag])),
    }
}

fn before(tag: &str) -> String {
    format!("[{tag}] ")
}

#[derive(Default)]
struct Buttons {
    sent: Vec<Button>,
    listed: Vec<Button>,
}

struct Files {
    sent: Vec<FileRef>,
    named: Vec<FileRef>,
}

/// The text with a list of what cannot hang below it.
fn completed(mut content: Content, buttons: &[Button], files: &[FileRef], language: Option<&str>) -> Content {
    for file in files {
        let line = format!("{} {}", words(language).file_left_out, file.name);
        content.blocks.push(Block::Paragraph(vec![Inline::Text(line)]));
    }
    if buttons.is_empty() {
        return content;
    }
    let items = buttons
        .iter()
        .map(|button| {
            let label = vec![Inline::Text(button.label.clone())];
            let inline = match &button.effect {
                ButtonEffect::Link { url } => vec![Inline::Link {
                    url: url.clone(),
                    label,
                    source: None,
                }],
                ButtonEffect::Press { .. } | ButtonEffect::Form { .. } => label,
            };
            vec![Block::Paragraph(inline)]
        })
        .collect();
    content.blocks.push(Block::List { start: Some(1), items });
    content
}

fn index(number: usize) -> u16 {
    u16::try_from(number).expect("a message has at most PIECES_MAX pieces and a few files")
}

#[cfg(test)]
mod tests;
