//! Who is signed in: the cookie, and what a page learns from it.

use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::header::{COOKIE, HeaderMap};
use axum::http::request::Parts;
use jiff::tz::TimeZone;

use super::token::Token;
use crate::console::ConsoleState;
use crate::console::error::ConsoleError;
use crate::console::permission::{Permission, may};
use crate::model::Timestamp;
use crate::model::ids::CommunityId;
use crate::storage::Unit;
use crate::storage::accounts::{Account, AccountUnit, Role, Session};
use crate::storage::core::{Community, StoredEvent, StoredMessage};

/// The cookie's name.
const COOKIE_NAME: &str = "switchboard_console";

/// A working day with a long lunch; a browser left alone is signed out over night.
const IDLE_MAX: Duration = Duration::from_hours(12);

/// Whoever works every day signs in again every two weeks.
const AGE_MAX: Duration = Duration::from_hours(14 * 24);

/// How exactly the last use is kept: one write a minute, not one a page.
const SEEN_EVERY: Duration = Duration::from_mins(1);

/// Who asks for a page.
#[derive(Clone, Debug)]
pub(crate) struct SignedIn {
    pub(crate) account: Account,
    pub(crate) community: Community,
    /// All that the account belongs to, this one too, by name.
    pub(crate) communities: Vec<Community>,
    pub(crate) role: Role,
    pub(crate) session: Session,
    pub(crate) token: Token,
    pub(crate) zone: TimeZone,
}

impl SignedIn {
    /// Whether the role allows it.
    pub(crate) fn may(&self, permission: Permission) -> bool {
        may(self.role, permission)
    }

    /// Refuses the page when the role does not allow it.
    pub(crate) fn require(&self, permission: Permission) -> Result<(), ConsoleError> {
        if self.may(permission) {
            Ok(())
        } else {
            Err(ConsoleError::Forbidden)
        }
    }

    /// Whether the message is theirs to read, as far as conversations are: what an owner and the bot say about plugins is for owners.
    pub(crate) fn may_read(&self, message: &StoredMessage) -> bool {
        !message.for_owners || self.may(Permission::EditPlugins)
    }

    /// The same of an event.
    pub(crate) fn may_know(&self, event: &StoredEvent) -> bool {
        !event.new.event.body.is_of_owners() || self.may(Permission::EditPlugins)
    }
}

/// Whether a session may still be used.
fn lives(session: &Session, now: Timestamp) -> bool {
    now.since(session.seen_at) < IDLE_MAX && now.since(session.created_at) < AGE_MAX
}

/// Looks up who holds the cookie. None when nobody does.
pub(crate) async fn find(state: &ConsoleState, headers: &HeaderMap) -> Result<Option<SignedIn>, ConsoleError> {
    let Some(token) = cookie(headers) else {
        return Ok(None);
    };
    let now = state.clock.now();
    let Some(session) = state.storage.session(token.hash()).await? else {
        return Ok(None);
    };
    let Some(account) = state.storage.account(session.account).await? else {
        return Ok(None);
    };
    if !lives(&session, now) || account.disabled_at.is_some() {
        return Ok(None);
    }
    let memberships = state.storage.memberships(account.id).await?;
    let role_in = |id: CommunityId| {
        memberships
            .iter()
            .find(|(known, _)| *known == id)
            .map(|(_, role)| *role)
    };
    let mut communities = state.storage.communities().await?;
    communities.retain(|known| role_in(known.id).is_some());
    communities.sort_by(|one, two| one.name.cmp(&two.name));
    // A membership may have ended since it was chosen.
    let chosen = communities.iter().find(|known| Some(known.id) == session.community);
    let Some(community) = chosen.or(communities.first()).cloned() else {
        return Ok(None);
    };
    let Some(role) = role_in(community.id) else {
        return Ok(None);
    };
    if now.since(session.seen_at) >= SEEN_EVERY {
        let seen = AccountUnit::SessionSeen {
            token: session.token,
            at: now,
        };
        state.storage.write(Unit::Account(seen)).await?;
    }
    let zone = account.zone.as_deref().unwrap_or(&community.zone);
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    Ok(Some(SignedIn {
        account,
        community,
        communities,
        role,
        session,
        token,
        zone,
    }))
}

impl FromRequestParts<ConsoleState> for SignedIn {
    type Rejection = ConsoleError;

    async fn from_request_parts(parts: &mut Parts, state: &ConsoleState) -> Result<Self, ConsoleError> {
        match find(state, &parts.headers).await? {
            Some(who) => Ok(who),
            None => Err(ConsoleError::SignedOut { next: back_to(parts) }),
        }
    }
}

/// Where the browser wanted to go. The router is mounted below `/console`, and forms are not repeated.
fn back_to(parts: &Parts) -> String {
    if parts.method != axum::http::Method::GET {
        return "/console".to_owned();
    }
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    format!("/console{}", path.trim_end_matches('/'))
}

fn cookie(headers: &HeaderMap) -> Option<Token> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE_NAME)
        .and_then(|(_, value)| Token::parse(value))
}

/// The header that gives the browser its cookie.
pub(crate) fn set_cookie(state: &ConsoleState, token: &Token) -> String {
    let secure = if state.secure() { "; Secure" } else { "" };
    format!(
        "{COOKIE_NAME}={}; Path=/console; HttpOnly; SameSite=Strict; Max-Age={}{secure}",
        token.expose(),
        AGE_MAX.as_secs()
    )
}

/// The header that takes the cookie away.
pub(crate) fn clear_cookie(state: &ConsoleState) -> String {
    let secure = if state.secure() { "; Secure" } else { "" };
    format!("{COOKIE_NAME}=; Path=/console; HttpOnly; SameSite=Strict; Max-Age=0{secure}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ids::AccountId;
    use crate::storage::accounts::TokenHash;

    fn session(created: u64, seen: u64) -> Session {
        let at = |hours: u64| Timestamp::from_millis(0) + Duration::from_hours(hours);
        Session {
            token: TokenHash([0; 32]),
            account: AccountId(uuid::Uuid::nil()),
            agent: String::new(),
            created_at: at(created),
            seen_at: at(seen),
            community: None,
        }
    }

    #[track_caller]
    fn check(session: &Session, hours: u64, expected: bool) {
        let now = Timestamp::from_millis(0) + Duration::from_hours(hours);
        assert_eq!(lives(session, now), expected);
    }

    #[test]
    fn a_session_left_alone_ends_after_twelve_hours() {
        check(&session(0, 10), 21, true);
        check(&session(0, 10), 22, false);
    }

    #[test]
    fn a_session_in_use_ends_after_two_weeks() {
        check(&session(0, 335), 335, true);
        check(&session(0, 336), 336, false);
    }

    #[test]
    fn the_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, "a=b; switchboard_console=abc; c=d".parse().unwrap());
        assert_eq!(cookie(&headers).unwrap().expose(), "abc");
        headers.insert(COOKIE, "xswitchboard_console=abc".parse().unwrap());
        assert!(cookie(&headers).is_none());
    }
}
