//! How those are called who take part where questions were asked: what is taken out of a question is not its asker's name alone.

use std::collections::HashMap;

use super::clusters::masked;
use super::look::{MESSAGES_MAX, People, people_of};
use super::mask::introduced;
use crate::model::action::Author;
use crate::model::ids::ConversationId;
use crate::storage::clusters::AskedQuestion;
use crate::storage::core::StoredMessage;
use crate::storage::{Page, ReadError, SharedStorage};

/// The names of all who take part, by conversation.
#[derive(Debug, Default)]
pub(super) struct Speakers(HashMap<ConversationId, Vec<String>>);

impl Speakers {
    /// Those of these conversations, which are read one after the other.
    pub(super) async fn read(storage: &SharedStorage, conversations: Vec<ConversationId>) -> Result<Self, ReadError> {
        let mut known = HashMap::with_capacity(conversations.len());
        for id in conversations {
            let page = Page {
                before: None,
                limit: MESSAGES_MAX,
            };
            let messages = storage.messages_of_conversation(id, page).await?;
            let people = people_of(storage, &messages).await?;
            known.insert(id, names(&messages, &people));
        }
        Ok(Self(known))
    }

    /// A question without what says who asked it, or who else is meant.
    pub(super) fn masked(&self, asked: &AskedQuestion) -> String {
        let around = asked.conversation.and_then(|id| self.0.get(&id));
        masked(asked, around.map_or(&[], Vec::as_slice))
    }
}

/// The conversations that these questions are from, each once.
pub(super) fn conversations<'a>(asked: impl IntoIterator<Item = &'a AskedQuestion>) -> Vec<ConversationId> {
    let mut conversations: Vec<_> = asked.into_iter().filter_map(|asked| asked.conversation).collect();
    conversations.sort_unstable();
    conversations.dedup();
    conversations
}

/// As people who take part are called, call themselves, or call each other.
pub(super) fn names(messages: &[StoredMessage], people: &People) -> Vec<String> {
    let mut names: Vec<String> = people.values().map(|who| who.name.clone()).collect();
    for message in messages {
        if let Author::Staff { name, .. } = &message.new.author {
            names.push(name.clone());
        }
        names.extend(message.new.content.mentioned().into_iter().map(str::to_owned));
        // Who comes in by the web has no other name than the one that they say. What a program signs with is a product.
        if !matches!(message.new.author, Author::Plugin { .. } | Author::Host) {
            names.extend(introduced(&message.new.content.to_plain()));
        }
    }
    names.sort_unstable();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::knowledge::answered::tests::said;
    use crate::model::ids::{AccountId, IdentityId};

    #[test]
    fn what_people_sign_with_is_a_name_and_what_the_bot_signs_with_is_none() {
        let member = Author::Identity {
            id: IdentityId(Uuid::nil()),
        };
        let bot = Author::Plugin { id: "t/faq".into() };
        let staff = Author::Staff {
            id: AccountId(Uuid::nil()),
            name: "Carol".to_owned(),
        };
        let messages = [
            said(0, member, "Where is it?\nKind regards,\nJoanna"),
            said(0, bot, "On the left.\nKind regards,\nHarborlight"),
            said(0, Author::Host, "Nobody is here yet. Regards, Switchboard"),
            said(0, staff, "Dear Joanna, on the right. Regards, Caroline"),
        ];
        assert_eq!(names(&messages, &People::new()), ["Carol", "Caroline", "Joanna"]);
    }
}
