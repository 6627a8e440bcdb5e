//! What staff do in a dialog with questions that have no good answer: drafts, and publishing them.

use anyhow::{Result, anyhow};

use super::staff::{account, capital, conversation};
use super::world::World;
use crate::clock::Clock as _;
use crate::knowledge::drafts::{DraftError, Publisher};
use crate::model::action::Author;
use crate::model::draft::Draft;
use crate::model::event::{EventBody, Source, StaffAct};
use crate::model::ids::EntryId;
use crate::storage::Page;
use crate::storage::Unit;
use crate::storage::accounts::{AccountUnit, NewAudit};

/// More than any dialog holds.
const ALL: u32 = 1_000;

/// `/draft`, `/draft bob`, `/write text`, `/publish`. Answers why they were refused.
pub(super) async fn act(
    world: &mut World<'_>,
    who: &str,
    with: Option<&str>,
    (verb, rest): (&str, &str),
) -> Result<Option<String>> {
    let done = match verb {
        "/draft" if rest.is_empty() => of_questions(world, who).await?,
        "/draft" => of_answer(world, (who, with), rest).await?,
        "/write" => write(world, who, rest).await?,
        _ => publish(world, who).await?,
    };
    match done {
        Ok(draft) => ask(world, who, &draft).await,
        Err(DraftError::Refused(refusal)) => Ok(Some(refusal.to_string())),
        Err(error) => Err(error.into()),
    }
}

/// A draft of the questions that stand first.
async fn of_questions(world: &World<'_>, who: &str) -> Result<Result<Draft, DraftError>> {
    let (knowledge, community) = (&world.base.knowledge, world.community());
    let clusters = knowledge.clusters(community, false, (0, 1)).await?;
    let first = clusters.first().ok_or_else(|| anyhow!("nobody waits for an answer"))?;
    let id = first.counted.cluster.id;
    let by = (account(who), capital(who));
    Ok(knowledge.draft_of_cluster(community, id, None, (by.0, &by.1)).await)
}

/// A draft of what somebody answered in a conversation.
async fn of_answer(
    world: &World<'_>,
    (who, with): (&str, Option<&str>),
    whom: &str,
) -> Result<Result<Draft, DraftError>> {
    let (knowledge, community) = (&world.base.knowledge, world.community());
    let conversation = conversation(world, with).await?.id;
    for answer in knowledge.answers_of_people(conversation).await? {
        let name = match &answer.author {
            Author::Identity { id } => world.storage().identity(*id).await?.map(|known| known.name),
            Author::Staff { name, .. } => Some(name.to_lowercase()),
            Author::Plugin { .. } | Author::Host => None,
        };
        if let Some(first) = answer.messages.first().filter(|_| name.as_deref() == Some(whom)) {
            let by = (account(who), capital(who));
            let made = knowledge.draft_of_conversation(community, conversation, *first, (by.0, &by.1));
            return Ok(made.await);
        }
    }
    Err(anyhow!("{whom} has answered nothing there"))
}

/// The draft that was begun last.
async fn newest(world: &World<'_>) -> Result<Draft> {
    let page = Page { before: None, limit: 1 };
    let drafts = world.base.knowledge.drafts(world.community(), page).await?;
    let newest = drafts.into_iter().next();
    newest
        .map(|(_, draft)| draft)
        .ok_or_else(|| anyhow!("there is no draft"))
}

/// Puts an answer into the draft that was begun last.
async fn write(world: &World<'_>, who: &str, text: &str) -> Result<Result<Draft, DraftError>> {
    let draft = newest(world).await?;
    let mut entry = draft.entry;
    text.clone_into(&mut entry.answer.full);
    let seen = (draft.id, draft.version);
    let knowledge = &world.base.knowledge;
    Ok(knowledge.save_draft(world.community(), seen, entry, account(who)).await)
}

/// Publishes the draft that was begun last.
async fn publish(world: &World<'_>, who: &str) -> Result<Result<Draft, DraftError>> {
    let draft = newest(world).await?;
    let publisher = Publisher {
        account: account(who),
        is_owner: false,
        identities: Vec::new(),
        others: true,
    };
    let (community, at) = (world.community(), world.clock.now());
    let line = |_, entry: &EntryId| {
        Unit::Account(AccountUnit::Audit(NewAudit {
            account: Some(account(who)),
            community: Some(community),
            act: "draft_published",
            subject: entry.to_string(),
            at,
        }))
    };
    let seen = (draft.id, draft.version);
    Ok(world.base.knowledge.publish(community, seen, &publisher, line).await)
}

/// Asks whoever said it, as the console does, where nobody has.
async fn ask(world: &mut World<'_>, who: &str, draft: &Draft) -> Result<Option<String>> {
    world.settled().await?;
    let unasked = |words: &crate::model::draft::Words| words.consent == crate::model::draft::Consent::Unasked;
    if draft.published.is_some() || !draft.words.as_ref().is_some_and(unasked) {
        return Ok(None);
    }
    let Some(place) = world.base.knowledge.place_to_ask(draft).await? else {
        return Ok(None);
    };
    let source = Source::Internal {
        conversation: None,
        place: Some(place),
    };
    let body = EventBody::Staff {
        account: account(who),
        name: capital(who),
        act: StaffAct::AskAuthor { draft: draft.id },
    };
    world.staff(source, body).await
}

/// What staff see of questions without a good answer.
pub(super) async fn questions(world: &World<'_>) -> Result<String> {
    let knowledge = &world.base.knowledge;
    let found = knowledge.clusters(world.community(), false, (0, ALL)).await?;
    let lines = found.into_iter().map(|shown| {
        let cluster = &shown.counted.cluster;
        let again = if cluster.reopened > 0 { ", asked again" } else { "" };
        format!(
            "{} people: {} ({}{again})",
            shown.counted.people,
            shown.question.unwrap_or_default(),
            cluster.state.kind().as_str()
        )
    });
    let lines: Vec<String> = lines.collect();
    Ok(if lines.is_empty() {
        "none".to_owned()
    } else {
        lines.join("; ")
    })
}
