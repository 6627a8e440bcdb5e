//! What is said to the visitor: a reply of staff, or a notice of ours.

use crate::clock::Clock;
use crate::model::action::{Author, FileRef, Priority, Send};
use crate::model::content::Content;
use crate::model::ids::{MessageId, PlaceId};
use crate::model::{Action, Conversation};

/// A line of ours about the conversation.
pub(super) fn notice(clock: &dyn Clock, conversation: &Conversation, text: &str) -> Action {
    notice_in(clock, conversation.place, text)
}

/// The same where no conversation has begun.
pub(super) fn notice_in(clock: &dyn Clock, place: PlaceId, text: &str) -> Action {
    Action::Send(line(clock, place, Content::plain(text)))
}

/// The same, for whoever puts something below it.
pub(super) fn line(clock: &dyn Clock, place: PlaceId, content: Content) -> Send {
    said(clock, place, Author::Host, content, Priority::Notice)
}

/// What a member of staff says.
pub(super) fn reply(
    clock: &dyn Clock,
    conversation: &Conversation,
    author: Author,
    content: Content,
    files: Vec<FileRef>,
    reply_to: Option<MessageId>,
) -> Action {
    Action::Send(Send {
        reply_to,
        files,
        ..said(clock, conversation.place, author, content, Priority::Reply)
    })
}

fn said(clock: &dyn Clock, place: PlaceId, author: Author, content: Content, priority: Priority) -> Send {
    Send::new(MessageId(clock.id()), place, author, content, priority)
}
