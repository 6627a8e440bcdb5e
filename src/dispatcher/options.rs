//! What the dispatcher has to be told of logins and communities.

use std::collections::HashMap;

use crate::model::ids::{CommunityId, LoginName};

/// Whom each login serves.
#[derive(Clone, Debug)]
pub struct Options {
    /// For logins that are not named.
    pub default_login: LoginOptions,
    /// Logins that differ.
    pub logins: HashMap<LoginName, LoginOptions>,
}

/// Whom one login serves, and where it acts.
#[derive(Clone, Copy, Debug)]
pub struct LoginOptions {
    /// The community of its direct chats and of spaces that are bound to none.
    pub community: CommunityId,
    /// Whether it acts in shared places by itself.
    pub new_places: NewPlaces,
}

/// What becomes of a shared place that is seen for the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewPlaces {
    /// It is listed, and an admin enables it.
    Listed,
    /// It is enabled at once.
    Enabled,
}

impl Options {
    /// One community for all; shared places are listed until an admin enables them.
    pub fn one_community(community: CommunityId) -> Self {
        let default_login = LoginOptions {
            community,
            new_places: NewPlaces::Listed,
        };
        Self {
            default_login,
            logins: HashMap::new(),
        }
    }

    /// What holds for a login.
    pub fn login(&self, name: &LoginName) -> &LoginOptions {
        self.logins.get(name).unwrap_or(&self.default_login)
    }
}
