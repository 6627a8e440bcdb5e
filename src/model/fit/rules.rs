//! Cuts and degrades an action to what a place can do.
//!
//! Owns the table of fallbacks. Pure: knows neither database nor platform, and never drops anything without saying so
//! in [`Fit::losses`]. The commit calls it once for each place that an action reaches.

mod moderation;

use super::FittedBody;
use super::part::{EditPart, Holds, MessageCopy, Part, SendPart, ThreadPart};
use super::words::words;
use crate::model::action::FileRef;
use crate::model::button::{Button, ButtonEffect};
use crate::model::capability::Capabilities;
use crate::model::content::split::Piece;
use crate::model::content::{Block, Content, Inline};
use crate::model::ids::MessageId;

/// A text in more pieces than this is a wall: its short form is sent instead, where there is one.
pub const PIECES_GOOD: usize = 3;

/// No text of ours is longer; what is behind is left out, with an ellipsis.
pub const PIECES_MAX: usize = 20;

/// How much of the old text a correction quotes.
const QUOTE_CHARACTERS: usize = 80;

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

/// What was done in another way, or left out. Goes into the trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Loss {
    /// The short form was sent.
    Shortened,
    /// The end of a very long text is missing.
    CutOff,
    /// Buttons became a numbered list.
    Buttons,
    /// A form became a plain button.
    Forms,
    /// A thread became a reply with a short name.
    Thread,
    /// What is for one person alone went to their direct chat.
    Private,
    /// A file became a line that names it.
    Files,
    /// A new message corrects the old one.
    Edited,
    /// The text was replaced by a line that says it was removed.
    Deleted,
    /// It could not be taken back, and staff are told.
    Undeleted,
    /// The same, and it is in no conversation in which staff could be told.
    UndeletedUntold,
    /// A reaction became an answer of that one emoji.
    Reaction,
    /// A reaction was left out: it was to be taken back, or nobody had asked the bot.
    ReactionLeftOut,
    /// The change of the buttons was left out.
    ButtonChange,
    /// What somebody else said still stands, and staff are told.
    Unremoved,
    /// The same, where there is no conversation in which staff could be told.
    UnremovedUntold,
    /// Nothing was done about somebody, and staff are told.
    Unmeasured,
    /// The same, where there is no conversation in which staff could be told.
    UnmeasuredUntold,
    /// They are muted for less time.
    MuteShortened,
}

impl Loss {
    /// All of them.
    pub const ALL: [Self; 19] = [
        Self::Shortened,
        Self::CutOff,
        Self::Buttons,
        Self::Forms,
        Self::Thread,
        Self::Private,
        Self::Files,
        Self::Edited,
        Self::Deleted,
        Self::Undeleted,
        Self::UndeletedUntold,
        Self::Reaction,
        Self::ReactionLeftOut,
        Self::ButtonChange,
        Self::Unremoved,
        Self::UnremovedUntold,
        Self::Unmeasured,
        Self::UnmeasuredUntold,
        Self::MuteShortened,
    ];

    /// As it is counted.
    pub fn name(self) -> &'static str {
        match self {
            Self::Shortened => "shortened",
            Self::CutOff => "cut_off",
            Self::Buttons => "buttons",
            Self::Forms => "forms",
            Self::Thread => "thread",
            Self::Private => "private",
            Self::Files => "files",
            Self::Edited => "edited",
            Self::Deleted => "deleted",
            Self::Undeleted => "undeleted",
            Self::UndeletedUntold => "undeleted_untold",
            Self::Reaction => "reaction",
            Self::ReactionLeftOut => "reaction_left_out",
            Self::ButtonChange => "button_change",
            Self::Unremoved => "unremoved",
            Self::UnremovedUntold => "unremoved_untold",
            Self::Unmeasured => "unmeasured",
            Self::UnmeasuredUntold => "unmeasured_untold",
            Self::MuteShortened => "mute_shortened",
        }
    }

    /// One line for the trace.
    pub fn line(self) -> &'static str {
        match self {
            Self::Shortened => "too long for this place: the short form is sent",
            Self::CutOff => "too long for this place: the end is left out",
            Self::Buttons => "no buttons in this place: shown as a numbered list",
            Self::Forms => "no such form in this place: the button comes back empty",
            Self::Thread => "no threads in this place: sent as a reply with a short name",
            Self::Private => "nothing is private in this place: sent to their direct chat",
            Self::Files => "a file cannot be sent to this place: its name is shown",
            Self::Edited => "nothing can be edited in this place: a correction is sent",
            Self::Deleted => "nothing can be deleted in this place: the text is replaced",
            Self::Undeleted => "it cannot be taken back in this place: staff are told",
            Self::UndeletedUntold => {
                "it cannot be taken back in this place, nor staff be told: it is in no conversation"
            }
            Self::Reaction => "no such reaction in this place: the emoji is sent as an answer",
            Self::ReactionLeftOut => "no reactions in this place: it is left out",
            Self::ButtonChange => "nothing can be edited in this place: the old buttons stay",
            Self::Unremoved => "what others say cannot be deleted in this place: staff are told",
            Self::UnremovedUntold => {
                "what others say cannot be deleted in this place, nor staff be told: there is no conversation"
            }
            Self::Unmeasured => "this cannot be done about anybody in this place: staff are told",
            Self::UnmeasuredUntold => {
                "this cannot be done about anybody in this place, nor staff be told: there is no conversation"
            }
            Self::MuteShortened => "nobody can be muted so long in this place: muted for as long as it can",
        }
    }
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

    fn edit(&self, edit: EditPart, fit: &mut Fit) -> Result<(), Refusal> {
        if !self.edit {
            return self.correct(edit, fit);
        }
        let buttons = self.buttons(edit.buttons, fit);
        let mut pieces = self.pieces(&completed(edit.content, &buttons.listed, &[], None), 0);
        Self::cut_off(&mut pieces, fit);
        if pieces.is_empty() {
            return Err(Refusal::Empty);
        }
        let behind = edit.copies.len();
        let (texts, alone): (Vec<_>, Vec<_>) = edit.copies.into_iter().partition(|copy| copy.holds != Holds::FileAlone);
        let said = |copy: MessageCopy, content| FittedBody::Edit {
            target: copy.target,
            message: edit.message,
            piece: copy.piece,
            content,
            buttons: Vec::new(),
            author: Some(edit.author.clone()),
        };
        let (mut pieces, mut left) = (pieces.into_iter(), Vec::new());
        for copy in texts {
            let with_file = copy.holds == Holds::TextAndFiles;
            match pieces.next() {
                Some(content) if with_file && self.is_too_long_with_file(&content) => {
                    return Err(Refusal::CaptionTooLong);
                }
                Some(content) => fit.bodies.push(said(copy, content)),
                // The file stays, and the text above it goes.
                None if with_file => fit.bodies.push(said(copy, Content::default())),
                None => left.push(copy),
            }
        }
        // Under the last file hang the buttons.
        let last_file = alone.into_iter().next_back();
        fit.bodies.extend(last_file.map(|copy| said(copy, Content::default())));
        if pieces.len() > 0 && edit.only.is_some() && !self.private && !edit.direct {
            return Err(Refusal::NotPrivate);
        }
        let only = edit.only.filter(|_| self.private);
        let count = behind + pieces.len();
        for (number, content) in pieces.enumerate() {
            fit.bodies.push(FittedBody::Send {
                message: edit.message,
                piece: index(behind + number),
                pieces: index(count),
                content,
                buttons: Vec::new(),
                files: Vec::new(),
                reply_to: None,
                thread: None,
                only: only.clone(),
                author: edit.author.clone(),
            });
        }
        if let Some(FittedBody::Edit { buttons: below, .. } | FittedBody::Send { buttons: below, .. }) =
            fit.bodies.last_mut()
        {
            *below = buttons.sent;
        }
        if !left.is_empty() {
            self.delete(edit.message, left, edit.language.as_deref(), fit);
        }
        Ok(())
    }

    /// Where nothing can be edited, a new message quotes the old one and says what is right.
    fn correct(&self, edit: EditPart, fit: &mut Fit) -> Result<(), Refusal> {
        if edit.before == edit.content {
            fit.losses.push(Loss::ButtonChange);
            return Ok(());
        }
        fit.losses.push(Loss::Edited);
        let words = words(edit.language.as_deref());
        let old = edit.before.to_plain().replace('\n', " ");
        let mut quote: String = old.chars().take(QUOTE_CHARACTERS).collect();
        if quote.len() < old.len() {
            quote.push('…');
        }
        let mut blocks = Vec::new();
        if !quote.is_empty() {
            blocks.push(Block::Quote(vec![Block::Paragraph(vec![Inline::Text(quote)])]));
        }
        blocks.push(Block::Paragraph(vec![Inline::Bold(vec![Inline::Text(
            words.correction.to_owned(),
        )])]));
        blocks.extend(edit.content.blocks);
        let before = fit.bodies.len();
        let send = SendPart {
            message: edit.message,
            author: edit.author,
            content: Content { blocks },
            short: None,
            buttons: edit.buttons,
            files: Vec::new(),
            reply_to: edit.copies.first().map(|copy| copy.target.clone()),
            thread: None,
            only: edit.only,
            direct: edit.direct,
            direct_chat: false,
            language: edit.language,
        };
        self.send(send, fit)?;
        // The pieces of the old text stay where they are, so the numbers go on behind them.
        let behind = index(edit.copies.len());
        for body in &mut fit.bodies[before..] {
            if let FittedBody::Send { piece, pieces, .. } = body {
                *piece += behind;
                *pieces += behind;
            }
        }
        Ok(())
    }

    fn set_buttons(
        &self,
        message: MessageId,
        last: MessageCopy,
        content: Content,
        buttons: Vec<Button>,
        fit: &mut Fit,
    ) {
        if !self.edit {
            fit.losses.push(Loss::ButtonChange);
            return;
        }
        let buttons = self.buttons(buttons, fit);
        let whole = completed(content, &buttons.listed, &[], None);
        // The list of buttons may make it longer than one piece; then the text alone stays.
        let content = self.pieces(&whole, 0).into_iter().next().unwrap_or_default();
        fit.bodies.push(FittedBody::Edit {
            target: last.target,
            message,
            piece: last.piece,
            content,
            buttons: buttons.sent,
            author: None,
        });
    }

    /// Here something can be deleted, or at least edited.
    fn delete(&self, message: MessageId, copies: Vec<MessageCopy>, language: Option<&str>, fit: &mut Fit) {
        for copy in copies {
            fit.bodies.push(if self.delete {
                FittedBody::Delete {
                    target: copy.target,
                    message,
                }
            } else {
                FittedBody::Edit {
                    target: copy.target,
                    message,
                    piece: copy.piece,
                    content: Content::plain(words(language).removed),
                    buttons: Vec::new(),
                    author: None,
                }
            });
        }
        if !self.delete {
            fit.losses.push(Loss::Deleted);
        }
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
