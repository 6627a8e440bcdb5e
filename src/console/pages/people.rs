//! Who runs the community: accounts, roles, invites, links for a lost password.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::{Router, get, post};

use super::{Listed, see, url};
use crate::console::ConsoleState;
use crate::console::access::links::{LinkError, Links};
use crate::console::access::{Posted, SignedIn};
use crate::console::chrome::{Chrome, html};
use crate::console::error::ConsoleError;
use crate::console::permission::Permission;
use crate::console::show::names::Names;
use crate::console::show::time::{Shown, shown};
use crate::model::ids::AccountId;
use crate::storage::Unit;
use crate::storage::accounts::{AccountUnit, InvitePurpose, Role, TokenHash};

struct Row {
    id: String,
    name: String,
    email: String,
    role: &'static str,
    since: Shown,
    disabled: bool,
    me: bool,
}

struct InviteRow {
    id: String,
    role: &'static str,
    by: String,
    made: Shown,
    expires: Shown,
}

#[derive(Template)]
#[template(path = "people.html")]
struct PeoplePage {
    chrome: Chrome,
    rows: Vec<Row>,
    invites: Vec<InviteRow>,
    roles: [Role; 4],
    /// A link that was just made, shown this once.
    link: Option<(String, &'static str)>,
}

/// The pages of this file.
pub(crate) fn routes() -> Router<ConsoleState> {
    Router::new()
        .route("/people", get(show))
        .route("/people/invite", post(invite))
        .route("/people/invites/{id}/end", post(end_invite))
        .route("/people/{id}/{change}", post(change))
}

async fn show(
    State(state): State<ConsoleState>,
    who: SignedIn,
    Query(listed): Query<Listed>,
) -> Result<Response, ConsoleError> {
    page(&state, &who, listed.said.as_deref(), None).await
}

async fn page(
    state: &ConsoleState,
    who: &SignedIn,
    said: Option<&str>,
    link: Option<(String, &'static str)>,
) -> Result<Response, ConsoleError> {
    who.require(Permission::EditAccounts)?;
    let now = state.clock.now();
    let accounts = state.storage.accounts(who.community.id).await?.into_iter();
    let rows = accounts.map(|(account, role)| Row {
        id: account.id.to_string(),
        role: role.as_str(),
        since: shown(account.created_at, now, &who.zone),
        disabled: account.disabled_at.is_some(),
        me: account.id == who.account.id,
        name: account.name,
        email: account.email,
    });
    let mut names = Names::new(state);
    let mut invites = Vec::new();
    for invite in state.storage.invites(who.community.id, now).await? {
        let InvitePurpose::Join { role, .. } = invite.purpose else {
            continue;
        };
        invites.push(InviteRow {
            id: hex::encode(invite.token.0),
            role: role.as_str(),
            by: match invite.created_by {
                Some(by) => names.account(by).await?,
                None => "the command line".to_owned(),
            },
            made: shown(invite.created_at, now, &who.zone),
            expires: shown(invite.expires, now, &who.zone),
        });
    }
    Ok(html(&PeoplePage {
        chrome: Chrome::new(state, who, "/console/settings", "People", said).await?,
        rows: rows.collect(),
        invites,
        roles: Role::ALL,
        link,
    }))
}

/// The digest of a link's token opens nothing, so that it may stand in a page.
fn unhex(text: &str) -> Option<TokenHash> {
    let mut bytes = [0_u8; 32];
    hex::decode_to_slice(text, &mut bytes).ok()?;
    Some(TokenHash(bytes))
}

fn links(state: &ConsoleState) -> Links<'_> {
    Links {
        storage: &*state.storage,
        clock: &*state.clock,
        public_url: &state.public_url,
    }
}

fn failed(error: LinkError) -> ConsoleError {
    match error {
        LinkError::NoAccount => ConsoleError::NotHere,
        LinkError::Read(error) => error.into(),
        LinkError::Write(error) => error.into(),
    }
}

/// The page that answers is not one to load again: the link is shown once, and a second sending makes none.
async fn invite(State(state): State<ConsoleState>, form: Posted) -> Result<Response, ConsoleError> {
    form.who.require(Permission::EditAccounts)?;
    let role = Role::parse(&form.fields.line("role"))
        .ok_or_else(|| ConsoleError::Invalid("Please choose a role.".to_owned()))?;
    if !form.first(&state).await? {
        return Ok(see("/console/people".to_owned()));
    }
    let by = Some(form.who.account.id);
    let link = links(&state)
        .join(form.who.community.id, role, by)
        .await
        .map_err(failed)?;
    let text = "Send this link to the person. It makes one account, works once, and dies after 7 days.";
    page(&state, &form.who, None, Some((link, text))).await
}

async fn end_invite(
    State(state): State<ConsoleState>,
    Path(id): Path<String>,
    form: Posted,
) -> Result<Response, ConsoleError> {
    form.who.require(Permission::EditAccounts)?;
    let token = unhex(&id).ok_or(ConsoleError::NotHere)?;
    let invite = state.storage.invite(token).await?.ok_or(ConsoleError::NotHere)?;
    let ours = matches!(invite.purpose, InvitePurpose::Join { community, .. } if community == form.who.community.id);
    if !ours {
        return Err(ConsoleError::NotHere);
    }
    let at = state.clock.now();
    let end = AccountUnit::InviteEnd { token, at };
    let subject = form.who.community.id.to_string();
    let unit = form.once(&state, vec![Unit::Account(end)], "invite_ended", subject);
    state.storage.write(unit).await?;
    Ok(see(url("/console/people", &[("said", "invite_ended")])))
}

async fn change(
    State(state): State<ConsoleState>,
    Path((id, change)): Path<(String, String)>,
    form: Posted,
) -> Result<Response, ConsoleError> {
    form.who.require(Permission::EditAccounts)?;
    let account: AccountId = id.parse().map_err(|_| ConsoleError::NotHere)?;
    let known = state.storage.accounts(form.who.community.id).await?;
    let (found, _) = known
        .into_iter()
        .find(|(known, _)| known.id == account)
        .ok_or(ConsoleError::NotHere)?;
    let at = state.clock.now();
    let (unit, act) = match change.as_str() {
        "role" => {
            let role = Role::parse(&form.fields.line("role"));
            let role = Some(role.ok_or_else(|| ConsoleError::Invalid("Please choose a role.".to_owned()))?);
            let community = form.who.community.id;
            let unit = AccountUnit::SetRole {
                account,
                community,
                role,
            };
            (unit, "role_changed")
        }
        "disable" => (
            AccountUnit::SetDisabled {
                account,
                since: Some(at),
            },
            "account_disabled",
        ),
        "enable" => (AccountUnit::SetDisabled { account, since: None }, "account_enabled"),
        "reset" => {
            if !form.first(&state).await? {
                return Ok(see("/console/people".to_owned()));
            }
            let by = Some(form.who.account.id);
            let link = links(&state).reset(&found.email, by).await.map_err(failed)?;
            let text = "Send this link to the person. It sets a new password, works once, and dies after a day.";
            return page(&state, &form.who, None, Some((link, text))).await;
        }
        _ => return Err(ConsoleError::NotHere),
    };
    let unit = form.once(&state, vec![Unit::Account(unit)], act, account.to_string());
    match state.storage.write(unit).await {
        Ok(_) => Ok(see(url("/console/people", &[("said", "saved")]))),
        Err(crate::storage::WriteError::Conflict { what }) if what == "the last owner" => {
            let text = "A community needs an owner. Please make somebody else an owner first.";
            Err(ConsoleError::Invalid(text.to_owned()))
        }
        Err(error) => Err(error.into()),
    }
}
