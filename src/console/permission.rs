//! What each role may do in the console: one table, asked by every page.

use crate::storage::accounts::Role;

/// One thing that not everybody may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// Read conversations, messages, events and why.
    ReadConversations,
    /// Claim, reply, note, hand back, close.
    Converse,
    /// Read entries and unanswered questions.
    ReadKnowledge,
    /// Write entries.
    EditKnowledge,
    /// Read planned posts.
    ReadPosts,
    /// Plan and cancel posts.
    EditPosts,
    /// Read which plugins there are, and what they may do.
    ReadPlugins,
    /// Switch plugins, order and set them, and read what owners say about them in chats.
    EditPlugins,
    /// Read what is on its way.
    ReadDeliveries,
    /// Retry, give up, mark as arrived.
    DecideDeliveries,
    /// Say where Switchboard acts.
    EditPlaces,
    /// Change name, language, zone and hours of the community.
    EditCommunity,
    /// Invite, shut out, change roles.
    EditAccounts,
    /// Read what people did.
    ReadAudit,
}

/// Whether `role` may do it.
pub fn may(role: Role, permission: Permission) -> bool {
    use Permission as P;
    match permission {
        P::ReadKnowledge | P::ReadPosts | P::ReadPlugins | P::ReadDeliveries => true,
        // Content people write; what members said in private is not theirs to read.
        P::ReadConversations => role != Role::Content,
        P::Converse | P::DecideDeliveries => matches!(role, Role::Owner | Role::Agent),
        P::EditKnowledge => role != Role::Viewer,
        P::EditPosts => matches!(role, Role::Owner | Role::Content),
        P::EditPlugins | P::EditPlaces | P::EditCommunity | P::EditAccounts | P::ReadAudit => role == Role::Owner,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Permission as P;

    const ALL: [Permission; 14] = [
        P::ReadConversations,
        P::Converse,
        P::ReadKnowledge,
        P::EditKnowledge,
        P::ReadPosts,
        P::EditPosts,
        P::ReadPlugins,
        P::EditPlugins,
        P::ReadDeliveries,
        P::DecideDeliveries,
        P::EditPlaces,
        P::EditCommunity,
        P::EditAccounts,
        P::ReadAudit,
    ];

    #[track_caller]
    fn check(role: Role, expected: &[Permission]) {
        let actual: Vec<_> = ALL.into_iter().filter(|permission| may(role, *permission)).collect();
        assert_eq!(actual, expected, "{}", role.as_str());
    }

    #[test]
    fn an_owner_may_do_everything() {
        check(Role::Owner, &ALL);
    }

    #[test]
    fn an_agent_talks_and_looks_after_answers() {
        check(
            Role::Agent,
            &[
                P::ReadConversations,
                P::Converse,
                P::ReadKnowledge,
                P::EditKnowledge,
                P::ReadPosts,
                P::ReadPlugins,
                P::ReadDeliveries,
                P::DecideDeliveries,
            ],
        );
    }

    #[test]
    fn content_people_write_and_do_not_read_conversations() {
        check(
            Role::Content,
            &[
                P::ReadKnowledge,
                P::EditKnowledge,
                P::ReadPosts,
                P::EditPosts,
                P::ReadPlugins,
                P::ReadDeliveries,
            ],
        );
    }

    #[test]
    fn a_viewer_only_reads() {
        check(
            Role::Viewer,
            &[
                P::ReadConversations,
                P::ReadKnowledge,
                P::ReadPosts,
                P::ReadPlugins,
                P::ReadDeliveries,
            ],
        );
    }
}
