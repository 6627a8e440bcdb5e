//! What a plugin may be allowed, in the words that an admin reads.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One thing that a plugin may be allowed. Replying, notes, edits of own messages, buttons and reactions where the
/// event happened need none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// Keys of its own.
    Kv,
    /// The knowledge base.
    Knowledge,
    /// Earlier messages of the conversation.
    History,
    /// Reading from hosts outside.
    Http,
    /// The host's language model.
    Model,
    /// Saying something elsewhere than where the event happened.
    Post,
    /// Calling a person.
    Handoff,
    /// Asking members.
    Peers,
    /// Deleting others' messages, muting, banning.
    Moderate,
    /// Giving and taking roles.
    Role,
    /// Timers.
    Wake,
    /// Notifying somebody else than the person of the event.
    Mention,
    /// Calls to the outside that change something.
    Call,
}

impl Permission {
    /// All of them, the riskiest last.
    pub const ALL: [Self; 13] = [
        Self::Kv,
        Self::Knowledge,
        Self::Wake,
        Self::Handoff,
        Self::Peers,
        Self::History,
        Self::Mention,
        Self::Post,
        Self::Model,
        Self::Http,
        Self::Call,
        Self::Role,
        Self::Moderate,
    ];

    /// The word in manifests and settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Kv => "kv",
            Self::Knowledge => "knowledge",
            Self::History => "history",
            Self::Http => "http",
            Self::Model => "model",
            Self::Post => "post",
            Self::Handoff => "handoff",
            Self::Peers => "peers",
            Self::Moderate => "moderate",
            Self::Role => "role",
            Self::Wake => "wake",
            Self::Mention => "mention",
            Self::Call => "call",
        }
    }

    /// What it allows, as the rest of "It may …".
    pub fn allows(self) -> &'static str {
        match self {
            Self::Kv => "keep data of its own",
            Self::Knowledge => "ask the knowledge base",
            Self::History => "read earlier messages of the conversation",
            Self::Http => "read from servers outside",
            Self::Model => "use the language model",
            Self::Post => "write in other places than the one where it was asked",
            Self::Handoff => "call a person",
            Self::Peers => "ask members for help",
            Self::Moderate => "delete messages, mute and ban",
            Self::Role => "give and take roles",
            Self::Wake => "act by itself at set times",
            Self::Mention => "notify people who did not write to it",
            Self::Call => "change things on servers outside",
        }
    }

    /// Whether this release can grant it.
    pub fn is_available(self) -> bool {
        !matches!(self, Self::Peers | Self::Role)
    }

    /// The permission of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|permission| permission.name() == name)
    }

    /// Whether it is an interface that a plugin imports; the others are asked for by actions alone.
    pub fn is_interface(self) -> bool {
        matches!(
            self,
            Self::Kv | Self::Knowledge | Self::History | Self::Http | Self::Model
        )
    }

    /// The permission that links this interface of ours: `kv` for `switchboard:plugin/kv@0.1.0`.
    pub fn of_interface(interface: &str) -> Option<Self> {
        let name = interface.strip_prefix("switchboard:plugin/")?.split('@').next()?;
        Self::ALL
            .into_iter()
            .find(|permission| permission.is_interface() && permission.name() == name)
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Names each missing permission in words, with the line that grants it; none when nothing is missing.
pub fn missing(plugin: &str, wanted: &[Permission], granted: &[Permission]) -> Vec<String> {
    wanted
        .iter()
        .filter(|permission| !granted.contains(permission))
        .map(|permission| {
            if permission.is_available() {
                let allows = permission.allows();
                format!("{plugin} wants to {allows}: add \"{permission}\" to its grants to allow it")
            } else {
                let allows = permission.allows();
                format!("{plugin} wants to {allows} (\"{permission}\"): this release cannot grant it")
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_missing_permission_is_named_with_its_grant() {
        let problems = missing(
            "acme/refunds",
            &[Permission::Kv, Permission::History],
            &[Permission::Kv],
        );
        assert_eq!(
            problems,
            [
                "acme/refunds wants to read earlier messages of the conversation: add \"history\" to its grants to \
                 allow it"
            ]
        );
    }

    #[test]
    fn names_and_permissions_are_one_to_one() {
        for permission in Permission::ALL {
            assert_eq!(Permission::parse(permission.name()), Some(permission));
        }
        assert_eq!(
            Permission::of_interface("switchboard:plugin/kv@0.1.0"),
            Some(Permission::Kv)
        );
        assert_eq!(Permission::of_interface("switchboard:plugin/log@0.1.0"), None);
    }
}
