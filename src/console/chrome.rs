//! What stands around every page: title, navigation, who is signed in, the hidden fields of forms.

use std::time::Duration;

use askama::Template;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use super::access::SignedIn;
use super::access::token::Token;
use super::error::ConsoleError;
use super::permission::Permission;
use super::show::time::{Shown, shown};
use super::show::words;
use super::{ConsoleState, assets};
use crate::dispatcher::chain::Serving;
use crate::model::conversation::HolderKind;
use crate::person;
use crate::storage::core::DeliveryState;

/// A link of the navigation.
pub(crate) struct Link {
    pub(crate) href: &'static str,
    pub(crate) label: &'static str,
    pub(crate) current: bool,
    /// Things that wait there for a person.
    pub(crate) count: u64,
}

/// A community that can be looked at.
pub(crate) struct Choice {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) current: bool,
}

/// An account on a platform that may act for whoever is signed in, since lately.
pub(crate) struct Acting {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) since: Shown,
}

/// What stands around a page.
pub(crate) struct Chrome {
    pub(crate) title: String,
    pub(crate) community: String,
    /// Each form names it: another window of this session may have gone to another community meanwhile.
    pub(crate) community_id: String,
    /// Those that this account can look at, the present one marked; none when there is no choice.
    pub(crate) communities: Vec<Choice>,
    pub(crate) who: String,
    pub(crate) role: &'static str,
    pub(crate) links: Vec<Link>,
    pub(crate) csrf: String,
    /// A fresh key for the forms of this page.
    pub(crate) key: String,
    pub(crate) said: Option<&'static str>,
    pub(crate) css: &'static str,
    pub(crate) js: &'static str,
    /// Told on every page for a while, so that an owner who did not mean it can end it.
    pub(crate) acting: Vec<Acting>,
    /// The address of the live stream.
    pub(crate) live: String,
}

/// So long an owner is told on every page that an account acts for them: over a weekend, and no longer than it is news.
const TOLD_FOR: Duration = Duration::from_hours(3 * 24);

/// The parts of the console in the order of the navigation.
const PARTS: [(&str, &str, Option<Permission>); 10] = [
    ("/console/inbox", "Inbox", Some(Permission::ReadConversations)),
    ("/console/knowledge", "Knowledge", Some(Permission::ReadKnowledge)),
    ("/console/posts", "Posts", Some(Permission::ReadPosts)),
    ("/console/plugins", "Plugins", Some(Permission::ReadPlugins)),
    ("/console/deliveries", "Deliveries", Some(Permission::ReadDeliveries)),
    ("/console/events", "Events", Some(Permission::ReadConversations)),
    ("/console/search", "Search", Some(Permission::ReadConversations)),
    ("/console/places", "Places", Some(Permission::ReadPlugins)),
    ("/console/audit", "Audit", Some(Permission::ReadAudit)),
    // Everybody has a name and a password of their own.
    ("/console/settings", "Settings", None),
];

impl Chrome {
    /// For a page of the part whose address begins with `part`.
    pub(crate) async fn new(
        state: &ConsoleState,
        who: &SignedIn,
        part: &str,
        title: impl Into<String>,
        said: Option<&str>,
    ) -> Result<Self, ConsoleError> {
        let waiting = state.storage.conversation_counts(who.community.id).await?;
        let waiting = waiting.iter().find(|(kind, _)| *kind == HolderKind::Waiting);
        let deliveries = state.storage.delivery_counts(Some(who.community.id)).await?;
        let trouble = deliveries
            .iter()
            .filter(|(state, _)| matches!(state, DeliveryState::PerhapsSent | DeliveryState::Failed))
            .map(|(_, count)| count)
            .sum();
        let plugins = state.storage.plugin_settings(who.community.id).await?;
        let running = state.plugins.running(who.community.id);
        let broken = plugins.iter().filter(|plugin| {
            let listed = running.iter().find(|listed| listed.id == plugin.plugin);
            let stands = listed.is_some_and(|listed| matches!(listed.serving, Serving::NotStarted(_)));
            plugin.is_on_anywhere() && (plugin.held.is_some() || stands)
        });
        let broken = broken.count() as u64;
        // What still holds of the pages behind answers, and what waits of questions and drafts.
        let dead_links = state.storage.dead_links_open(who.community.id).await?;
        let waiting_answers = if who.may(Permission::EditKnowledge) {
            state.storage.loop_waiting(who.community.id, who.account.id).await?
        } else {
            0
        };
        let count = |href: &str| match href {
            "/console/inbox" => waiting.map_or(0, |(_, count)| *count),
            "/console/knowledge" => dead_links + waiting_answers,
            "/console/plugins" => broken,
            "/console/deliveries" => trouble,
            _ => 0,
        };
        let links = PARTS
            .into_iter()
            .filter(|(_, _, permission)| permission.is_none_or(|permission| who.may(permission)))
            .map(|(href, label, _)| Link {
                href,
                label,
                current: href == part,
                count: count(href),
            })
            .collect();
        Ok(Self {
            title: title.into(),
            community: who.community.name.clone(),
            community_id: who.community.id.to_string(),
            communities: choices(who),
            who: who.account.name.clone(),
            role: who.role.as_str(),
            links,
            csrf: who.token.csrf(),
            key: Token::fresh().expose().to_owned(),
            said: said.and_then(words::said),
            css: assets::css_url(),
            js: assets::js_url(),
            acting: acting(state, who).await?,
            live: "/console/live".to_owned(),
        })
    }

    /// The live stream also tells of this conversation.
    pub(crate) fn live_in(mut self, conversation: crate::model::ids::ConversationId) -> Self {
        self.live = format!("/console/live?conversation={conversation}");
        self
    }
}

/// The accounts that may act for whoever is signed in, and could not a while ago.
async fn acting(state: &ConsoleState, who: &SignedIn) -> Result<Vec<Acting>, ConsoleError> {
    if !who.may(Permission::EditPlugins) {
        return Ok(Vec::new());
    }
    let now = state.clock.now();
    let all = state.storage.acting_for(who.community.id, who.account.id).await?;
    let lately = all.into_iter().filter(|acting| now.since(acting.since) < TOLD_FOR);
    let shown = lately.map(|acting| Acting {
        id: acting.identity.id.to_string(),
        name: person::account_name(&acting.identity),
        since: shown(acting.since, now, &who.zone),
    });
    Ok(shown.collect())
}

/// The communities to choose from; none when there is no choice.
fn choices(who: &SignedIn) -> Vec<Choice> {
    if who.communities.len() < 2 {
        return vec![];
    }
    let choices = who.communities.iter().map(|community| Choice {
        id: community.id.to_string(),
        name: community.name.clone(),
        current: community.id == who.community.id,
    });
    choices.collect()
}

/// A page as a response. Pages hold what members said: no cache keeps them.
pub(crate) fn html(page: &impl Template) -> Response {
    match page.render() {
        Ok(text) => (
            [(CONTENT_TYPE, "text/html; charset=utf-8"), (CACHE_CONTROL, "no-store")],
            text,
        )
            .into_response(),
        Err(error) => {
            tracing::error!(%error, "console template failed");
            axum::http::StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
