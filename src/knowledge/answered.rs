//! What people have answered in a conversation, and to which question. Pure.
//!
//! Only what people wrote: nothing of the bot, no note, nothing that was deleted, nothing for one reader or for owners alone.

use super::scoring::fold;
use crate::model::action::Author;
use crate::model::content::Block;
use crate::model::ids::{IdentityId, MessageId};
use crate::storage::core::StoredMessage;

/// A text with fewer letters and digits asks nothing that could be answered once and for all: "hello", "still there?".
const QUESTION_CHARS_MIN: usize = 12;

/// What one person answered in a conversation.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// Who.
    pub author: Author,
    /// The messages, in order.
    pub messages: Vec<MessageId>,
    /// What they say.
    pub text: String,
    /// The message that asked.
    pub question: Option<MessageId>,
}

/// A conversation as it is looked at: what was said, oldest first.
pub(super) struct Talk<'a> {
    pub(super) messages: &'a [StoredMessage],
    pub(super) asker: IdentityId,
    /// Whether somebody is a person, and not a program.
    pub(super) is_person: &'a (dyn Fn(IdentityId) -> bool + Sync),
    /// Whether somebody is known as staff.
    pub(super) is_staff: &'a (dyn Fn(IdentityId) -> bool + Sync),
}

impl Talk<'_> {
    /// What each person answered, in the order in which they began: to each question by itself.
    pub(super) fn answers(&self) -> Vec<Answer> {
        let mut answers: Vec<(Answer, Option<&StoredMessage>)> = Vec::new();
        for (at, message) in self.messages.iter().enumerate() {
            if !self.is_answer(message) {
                continue;
            }
            let text = own_text(message);
            let asked = self.question_of(at);
            // Where nothing was asked since, they go on with what they said last.
            let goes_on = |question: Option<&StoredMessage>| match (question, asked) {
                (Some(one), Some(other)) => one.new.id == other.new.id,
                _ => true,
            };
            let mut own = answers.iter_mut().rev();
            let known = own.find(|(known, question)| same(&known.author, &message.new.author) && goes_on(*question));
            if let Some((answer, question)) = known {
                answer.messages.push(message.new.id);
                answer.text.push_str("\n\n");
                answer.text.push_str(text.trim());
                *question = question.or(asked);
            } else {
                let answer = Answer {
                    author: message.new.author.clone(),
                    messages: vec![message.new.id],
                    text: text.trim().to_owned(),
                    question: None,
                };
                // Whoever adds to somebody's answer answers the same.
                answers.push((answer, asked.or_else(|| self.longest(0..at))));
            }
        }
        let told = answers.into_iter();
        told.map(|(answer, asked)| Answer {
            question: asked.map(|asked| asked.new.id),
            ..answer
        })
        .collect()
    }

    /// The questions that people answered, each once.
    pub(super) fn questions(&self) -> Vec<&StoredMessage> {
        let mut questions: Vec<&StoredMessage> = Vec::new();
        for (at, message) in self.messages.iter().enumerate() {
            if self.is_answer(message)
                && let Some(asked) = self.question_of(at)
                && !questions.iter().any(|known| known.new.id == asked.new.id)
            {
                questions.push(asked);
            }
        }
        questions
    }

    /// Whether a person answers the asker: staff, or somebody who replies to them.
    fn is_answer(&self, message: &StoredMessage) -> bool {
        let said = is_said(message) && !own_text(message).trim().is_empty();
        match &message.new.author {
            Author::Staff { .. } => said,
            Author::Identity { id } if *id != self.asker && (self.is_person)(*id) => {
                let replies = |to: MessageId| {
                    self.messages
                        .iter()
                        .any(|asked| asked.new.id == to && self.is_asked(asked))
                };
                said && ((self.is_staff)(*id) || message.new.reply_to.is_some_and(replies))
            }
            _ => false,
        }
    }

    /// What this message answers: what it replies to, whatever the bot said of that, or what was asked just before it.
    fn question_of(&self, at: usize) -> Option<&StoredMessage> {
        let replied = self.messages[at].new.reply_to;
        let mut asked = self.messages.iter();
        let asked = asked.find(|asked| replied == Some(asked.new.id) && self.may_ask(asked));
        let asked = asked.filter(|asked| length(asked) >= QUESTION_CHARS_MIN);
        asked.or_else(|| self.question_before(at))
    }

    /// What was asked before this message and after the last answer of a person before it.
    fn question_before(&self, at: usize) -> Option<&StoredMessage> {
        let earlier = self.messages[..at].iter().rposition(|message| self.is_answer(message));
        self.longest(earlier.map_or(0, |earlier| earlier + 1)..at)
    }

    /// The asker's longest message there that may be a question; of those that are as long the first.
    fn longest(&self, within: std::ops::Range<usize>) -> Option<&StoredMessage> {
        let asked = self.messages[within].iter().filter(|message| self.is_question(message));
        let longest = asked.rev().max_by_key(|message| length(message))?;
        (length(longest) >= QUESTION_CHARS_MIN).then_some(longest)
    }

    fn is_asked(&self, message: &StoredMessage) -> bool {
        matches!(&message.new.author, Author::Identity { id } if *id == self.asker)
    }

    /// What a plugin answers with words alone is no question to the knowledge base: a greeting, a wish for a person.
    fn is_question(&self, message: &StoredMessage) -> bool {
        let settled = |reply: &StoredMessage| {
            reply.new.reply_to == Some(message.new.id)
                && matches!(reply.new.author, Author::Plugin { .. })
                && reply.new.cites.is_empty()
                && reply.new.buttons.is_empty()
                // Where a button was pressed there is none any more.
                && reply.edited_at.is_none()
        };
        self.may_ask(message) && !self.messages.iter().any(settled)
    }

    fn may_ask(&self, message: &StoredMessage) -> bool {
        self.is_asked(message) && is_said(message) && !message.new.content.begins_with('/')
    }
}

/// What a message says in the words of whoever sent it: a quote, or what they forward, is somebody else's.
fn own_text(message: &StoredMessage) -> String {
    let mut own = message.new.content.clone();
    own.blocks.retain(|block| !matches!(block, Block::Quote(_)));
    own.to_plain()
}

/// How much a message says.
fn length(message: &StoredMessage) -> usize {
    fold(&message.new.content.to_plain()).chars().count()
}

/// Whether everybody who takes part can read it.
fn is_said(message: &StoredMessage) -> bool {
    !message.new.note
        && message.new.only.is_none()
        && message.deleted_at.is_none()
        && message.removed.is_none()
        && !message.for_owners
}

/// Whether two messages are of the same person; staff may have changed their name in between.
fn same(one: &Author, other: &Author) -> bool {
    match (one, other) {
        (Author::Staff { id: one, .. }, Author::Staff { id: other, .. }) => one == other,
        _ => one == other,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::model::Content;
    use crate::model::Timestamp;
    use crate::model::button::{Button, ButtonEffect};
    use crate::model::ids::{AccountId, MessageSeq, PlaceId};
    use crate::storage::unit::NewMessage;

    const ASKER: IdentityId = IdentityId(Uuid::from_u128(1));
    const BOB: IdentityId = IdentityId(Uuid::from_u128(2));
    const DORA: IdentityId = IdentityId(Uuid::from_u128(3));
    const ROBOT: IdentityId = IdentityId(Uuid::from_u128(4));

    fn id(number: u128) -> MessageId {
        MessageId(Uuid::from_u128(number))
    }

    pub fn said(number: u128, author: Author, text: &str) -> StoredMessage {
        StoredMessage {
            seq: MessageSeq(0),
            new: NewMessage {
                id: id(number),
                conversation: None,
                place: PlaceId(Uuid::nil()),
                author,
                native: None,
                reply_to: None,
                note: false,
                only: None,
                content: Content::plain(text),
                buttons: Vec::new(),
                files: Vec::new(),
                cites: Vec::new(),
                name: None,
                at: Timestamp::default(),
            },
            for_owners: false,
            edited_at: None,
            deleted_at: None,
            removed: None,
        }
    }

    fn asks(number: u128, text: &str) -> StoredMessage {
        said(number, Author::Identity { id: ASKER }, text)
    }

    fn staff(number: u128, text: &str) -> StoredMessage {
        let author = Author::Staff {
            id: AccountId(Uuid::nil()),
            name: format!("Carol {number}"),
        };
        said(number, author, text)
    }

    fn bot(number: u128, to: u128, text: &str) -> StoredMessage {
        let mut said = said(number, Author::Plugin { id: "t/faq".into() }, text);
        said.new.reply_to = Some(id(to));
        said
    }

    fn member(number: u128, who: IdentityId, to: Option<u128>, text: &str) -> StoredMessage {
        let mut said = said(number, Author::Identity { id: who }, text);
        said.new.reply_to = to.map(id);
        said
    }

    /// Each answer as `messages ← question: text`, then the questions that people answered.
    #[track_caller]
    fn check(messages: &[StoredMessage], answers: &[(&[u128], Option<u128>, &str)], questions: &[u128]) {
        let talk = Talk {
            messages,
            asker: ASKER,
            is_person: &|who| who != ROBOT,
            is_staff: &|who| who == DORA,
        };
        let found: Vec<_> = talk
            .answers()
            .into_iter()
            .map(|answer| (answer.messages, answer.question, answer.text))
            .collect();
        let expected: Vec<_> = answers
            .iter()
            .map(|(messages, question, text)| {
                let messages: Vec<_> = messages.iter().copied().map(id).collect();
                (messages, question.map(id), (*text).to_owned())
            })
            .collect();
        assert_eq!(found, expected);
        let asked: Vec<_> = talk.questions().into_iter().map(|asked| asked.new.id).collect();
        assert_eq!(asked, questions.iter().copied().map(id).collect::<Vec<_>>());
    }

    #[test]
    fn what_staff_say_answers_the_longest_of_what_was_asked() {
        check(
            &[
                asks(1, "Hello"),
                asks(2, "Where can I leave my bicycle over night?"),
                asks(3, "anybody there?"),
                staff(4, "In the yard."),
                staff(5, "It is locked at ten."),
            ],
            &[(&[4, 5], Some(2), "In the yard.\n\nIt is locked at ten.")],
            &[2],
        );
    }

    #[test]
    fn a_wish_for_a_person_is_no_question() {
        check(
            &[
                asks(1, "I want to talk to a human being"),
                bot(2, 1, "I am getting a colleague."),
                staff(3, "Hi, how can I help?"),
                asks(4, "Can I pay in cash at the door?"),
                staff(5, "Yes."),
            ],
            &[(&[3, 5], Some(4), "Hi, how can I help?\n\nYes.")],
            &[4],
        );
    }

    #[test]
    fn a_question_is_one_also_when_a_button_below_what_the_bot_said_was_pressed() {
        // The press has taken the buttons away.
        let mut pressed = bot(2, 1, "I don't know that for sure, so I'd rather not guess.");
        pressed.edited_at = Some(Timestamp::default());
        check(
            &[
                asks(1, "Do you sell teapots?"),
                pressed,
                staff(3, "Yes, in the second shelf."),
            ],
            &[(&[3], Some(1), "Yes, in the second shelf.")],
            &[1],
        );
    }

    #[test]
    fn a_question_with_an_answer_or_an_offer_of_the_bot_is_one() {
        let mut cited = bot(2, 1, "Try this.");
        cited.new.cites = vec![("pay".into(), 1)];
        let mut offered = bot(5, 4, "Did you mean one of these?");
        offered.new.buttons = vec![Button {
            label: "One".to_owned(),
            effect: ButtonEffect::Link { url: String::new() },
        }];
        check(
            &[
                asks(1, "How can I pay without a card?"),
                cited,
                staff(3, "In cash, too."),
                asks(4, "And how do I get a receipt?"),
                offered,
                staff(6, "By mail."),
            ],
            &[(&[3], Some(1), "In cash, too."), (&[6], Some(4), "By mail.")],
            &[1, 4],
        );
    }

    #[test]
    fn who_comes_back_to_a_question_goes_on_with_its_answer() {
        let mut again = staff(6, "The yard is behind the hall.");
        again.new.reply_to = Some(id(1));
        check(
            &[
                asks(1, "Where can I leave my bicycle over night?"),
                staff(2, "In the yard."),
                asks(3, "And how do I get a receipt?"),
                staff(4, "By mail."),
                staff(5, "It comes on Mondays."),
                again,
            ],
            &[
                (&[2, 6], Some(1), "In the yard.\n\nThe yard is behind the hall."),
                (&[4, 5], Some(3), "By mail.\n\nIt comes on Mondays."),
            ],
            &[1, 3],
        );
    }

    #[test]
    fn members_answer_by_a_reply_and_staff_by_saying_something() {
        check(
            &[
                asks(1, "Where can I leave my bicycle over night?"),
                member(2, BOB, None, "Good morning everybody"),
                member(3, BOB, Some(1), "In the yard."),
                member(4, DORA, None, "Bob is right."),
                member(5, ROBOT, Some(1), "Beep."),
            ],
            &[(&[3], Some(1), "In the yard."), (&[4], Some(1), "Bob is right.")],
            &[1],
        );
    }

    #[test]
    fn what_somebody_replies_to_is_a_question_whatever_the_bot_said_of_it() {
        check(
            &[
                asks(1, "Where can I leave my bicycle over night?"),
                bot(2, 1, "No idea."),
                member(3, BOB, Some(1), "In the yard."),
            ],
            &[(&[3], Some(1), "In the yard.")],
            &[1],
        );
    }

    #[test]
    fn notes_what_was_taken_back_and_what_is_for_owners_is_nobodys_answer() {
        let mut note = staff(2, "A note");
        note.new.note = true;
        let mut gone = staff(3, "Gone");
        gone.deleted_at = Some(Timestamp::default());
        let mut owners = staff(4, "For owners");
        owners.for_owners = true;
        let mut alone = staff(5, "For one alone");
        alone.new.only = Some(ASKER);
        check(
            &[
                asks(1, "Where can I leave my bicycle over night?"),
                note,
                gone,
                owners,
                alone,
            ],
            &[],
            &[],
        );
    }

    #[test]
    fn what_somebody_quotes_is_not_theirs() {
        let mut quoting = staff(2, "In the yard.");
        let theirs = Content::plain("Ask Erin, she knows.").blocks;
        quoting.new.content.blocks.insert(0, Block::Quote(theirs.clone()));
        let mut forwarded = staff(3, "");
        forwarded.new.content.blocks = vec![Block::Quote(theirs)];
        check(
            &[asks(1, "Where can I leave my bicycle over night?"), quoting, forwarded],
            &[(&[2], Some(1), "In the yard.")],
            &[1],
        );
    }

    #[test]
    fn what_asks_nothing_is_no_question() {
        let mut taken_back = asks(3, "Where can I leave my bicycle over night?");
        taken_back.deleted_at = Some(Timestamp::default());
        check(
            &[
                asks(1, "Hello?"),
                asks(2, "/link ABCDEFGHIJKLMN"),
                taken_back,
                staff(4, "Hello!"),
            ],
            &[(&[4], None, "Hello!")],
            &[],
        );
    }
}
