//! Changes of what stands already, with a correction where a place lets nothing be changed.

use super::{Fit, Loss, Refusal, completed, index};
use crate::model::button::Button;
use crate::model::capability::Capabilities;
use crate::model::content::{Block, Content, Inline};
use crate::model::fit::FittedBody;
use crate::model::fit::part::{EditPart, Holds, MessageCopy, SendPart};
use crate::model::fit::words::words;
use crate::model::ids::MessageId;

/// How much of the old text a correction quotes.
const QUOTE_CHARACTERS: usize = 80;

impl Capabilities {
    pub(super) fn edit(&self, edit: EditPart, fit: &mut Fit) -> Result<(), Refusal> {
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

    pub(super) fn set_buttons(
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
    pub(super) fn delete(&self, message: MessageId, copies: Vec<MessageCopy>, language: Option<&str>, fit: &mut Fit) {
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
}
