//! What staff do and see in a dialog: in conversations, in the inbox, in the calendar.

use std::time::Duration;

use anyhow::{Result, anyhow};
use uuid::Uuid;

use super::answers;
use super::line::{self, Spot};
use super::quiet::place;
use super::world::World;
use crate::calendar::{CalendarError, Draft};
use crate::clock::Clock as _;
use crate::dispatcher::chain::explain;
use crate::model::Content;
use crate::model::action::Author;
use crate::model::conversation::{Conversation, Holder, HolderKind};
use crate::model::event::{EventBody, Membership, Source, StaffAct};
use crate::model::ids::{AccountId, EntryId, MessageId};
use crate::person;
use crate::storage::accounts::{Account, AccountUnit, Invite, InvitePurpose, Role, TokenHash};
use crate::storage::core::{ConversationFilter, LoggedTransition};
use crate::storage::{Page, Unit};

/// The last thing that was said is among the newest events: what it led to is not more.
const LOOK_BACK: u32 = 50;

/// It is used at once.
const INVITE_LIFE: Duration = Duration::from_mins(1);

/// More than any dialog holds.
const ALL: Page = Page {
    before: None,
    limit: 1000,
};

/// Somebody on staff does something in the conversation with a member, or in the one that was active last, or lets an account act for
/// them. Answers why they were refused.
pub(super) async fn act(world: &mut World<'_>, who: &str, with: Option<&str>, text: &str) -> Result<Option<String>> {
    let (verb, rest) = text.split_once(' ').unwrap_or((text, ""));
    match verb {
        "/link" => return let_act(world, who, rest).await,
        "/draft" | "/write" | "/publish" => return answers::act(world, who, with, (verb, rest)).await,
        _ => {}
    }
    let conversation = conversation(world, with).await?;
    let act = staff_act(world, who, &conversation, text).await?;
    let source = Source::Internal {
        conversation: Some(conversation.id),
        place: Some(conversation.place),
    };
    let body = EventBody::Staff {
        account: account(who),
        name: capital(who),
        act,
    };
    world.staff(source, body).await
}

/// An owner enters the code that an account was shown, and says yes to its name: it acts for them from then on.
async fn let_act(world: &mut World<'_>, who: &str, code: &str) -> Result<Option<String>> {
    be_owner(world, who).await?;
    let asking = person::asking(world.storage(), world.community(), code, world.clock.now()).await?;
    let Some(asking) = asking else {
        return Ok(Some("That code does not work.".to_owned()));
    };
    let source = Source::Internal {
        conversation: None,
        place: Some(asking.code.place),
    };
    let body = EventBody::Staff {
        account: account(who),
        name: capital(who),
        act: StaffAct::LetAct { code: asking.code.id },
    };
    world.staff(source, body).await
}

/// Makes an account that is an owner, where there is none yet.
async fn be_owner(world: &World<'_>, who: &str) -> Result<()> {
    let (id, now) = (account(who), world.clock.now());
    if world.storage().account(id).await?.is_some() {
        return Ok(());
    }
    let mut token = TokenHash([0; 32]);
    token.0[..16].copy_from_slice(id.0.as_bytes());
    let invite = Invite {
        token,
        purpose: InvitePurpose::Join {
            community: world.community(),
            role: Role::Owner,
        },
        created_by: None,
        created_at: now,
        expires: now + INVITE_LIFE,
        ended_at: None,
    };
    let account = Account {
        id,
        email: format!("{who}@example.org"),
        name: capital(who),
        password: String::new(),
        zone: None,
        created_at: now,
        disabled_at: None,
    };
    let join = AccountUnit::Join { invite: token, account };
    let units = [AccountUnit::Invite(invite), join].map(Unit::Account);
    world.storage().write(Unit::All(units.into())).await?;
    Ok(())
}

/// What staff see in the inbox.
pub(super) async fn inbox(world: &World<'_>) -> Result<String> {
    let kinds = vec![
        HolderKind::Waiting,
        HolderKind::Person,
        HolderKind::Snoozed,
        HolderKind::Bot,
    ];
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for conversation in conversations(world, kinds).await?.into_iter().rev() {
        let name = asker(world, &conversation).await?;
        let moves = world.storage().transitions(conversation.id).await?;
        let resolved = moves.last().is_some_and(LoggedTransition::is_resolved_by_member);
        let group = match conversation.holder {
            Holder::Bot if resolved => "resolved by the member".to_owned(),
            Holder::Waiting { queue } if queue.as_str() == "normal" => "waiting".to_owned(),
            Holder::Waiting { queue } => format!("waiting in {queue}"),
            Holder::Person { agent } => format!("with {}", staff_name(agent)),
            Holder::Snoozed { agent, .. } => format!("put aside by {}", staff_name(agent)),
            Holder::Bot | Holder::Peers | Holder::Closed { .. } => continue,
        };
        match groups.iter_mut().find(|(known, _)| *known == group) {
            Some((_, names)) => names.push(name),
            None => groups.push((group, vec![name])),
        }
    }
    groups.sort();
    let groups: Vec<String> = groups
        .into_iter()
        .map(|(group, names)| format!("{} {group} ({})", names.len(), names.join(", ")))
        .collect();
    Ok(if groups.is_empty() {
        "empty".to_owned()
    } else {
        groups.join(", ")
    })
}

/// What each handler and plugin did with the last thing that was said.
pub(super) async fn why(world: &World<'_>) -> Result<String> {
    let page = Page {
        before: None,
        limit: LOOK_BACK,
    };
    let events = world.storage().events(Some(world.community()), page, None).await?;
    let said = |event: &EventBody| matches!(event, EventBody::Message(_) | EventBody::Command { .. });
    let mut newest = events.into_iter();
    let (event, trace) = newest
        .find(|(event, _)| said(&event.new.event.body))
        .ok_or_else(|| anyhow!("nothing was said yet"))?;
    let trace = trace.unwrap_or_default();
    let others = explain::others(world.storage(), world.packages(), &event, &trace).await?;
    let steps = [trace.steps, others].concat();
    let lines: Vec<String> = steps
        .into_iter()
        .map(|step| format!("{} {}", step.who, step.line))
        .collect();
    Ok(lines.join("; "))
}

/// Staff plan a post in the shared place `name` for the wall time `local` in `zone`. Answers why it was refused.
pub(super) async fn plan(
    world: &mut World<'_>,
    who: &str,
    (name, local, zone): (&str, &str, &str),
    text: &str,
) -> Result<Option<String>> {
    let joins = |_| EventBody::Member {
        change: Membership::Joined,
    };
    // A place is known as soon as anything happens in it.
    let founder = Spot {
        who: "founder",
        platform: "web",
        place: Some(name),
    };
    world.happens(founder, joins).await?;
    let place = world.storage().place_by_native(&place(name)).await?;
    let place = place.ok_or_else(|| anyhow!("the place is not known"))?.id;
    let draft = Draft {
        place,
        text: text.to_owned(),
        local: local.to_owned(),
        zone: zone.to_owned(),
    };
    let (calendar, community) = (&world.running.calendar, world.community());
    let planned = match calendar.draft(community, account(who), draft).await {
        Ok(post) => calendar.schedule(community, post.id, post.version).await.map(|_| ()),
        Err(error) => Err(error),
    };
    world.settled().await?;
    refused(planned)
}

/// Staff call the post off that was planned last. Answers why it was refused.
pub(super) async fn call_off(world: &World<'_>) -> Result<Option<String>> {
    let (calendar, community) = (&world.running.calendar, world.community());
    let posts = calendar.list(community, &[], ALL).await?;
    let (_, post) = posts.first().ok_or_else(|| anyhow!("no post was planned"))?;
    let called_off = calendar.cancel(community, post.id, post.version).await.map(|_| ());
    world.settled().await?;
    refused(called_off)
}

/// What has become of posts.
pub(super) async fn posts(world: &World<'_>) -> Result<String> {
    let posts = world.running.calendar.list(world.community(), &[], ALL).await?;
    let lines = posts.into_iter().rev();
    let lines = lines.map(|(_, post)| format!("{} ({})", post.text, post.state.as_str()));
    Ok(lines.collect::<Vec<_>>().join(", "))
}

/// Takes an entry out of the knowledge base, as the console does.
pub(super) async fn take_away(world: &World<'_>, entry: &str) -> Result<()> {
    let (knowledge, community, id) = (&world.base.knowledge, world.community(), EntryId::from(entry));
    let stored = knowledge.get(community, &id).await?;
    let stored = stored.ok_or_else(|| anyhow!("there is no entry {entry}"))?;
    knowledge.remove(community, &id, stored.entry.rev, None).await?;
    world.settled().await
}

fn refused(done: Result<(), CalendarError>) -> Result<Option<String>> {
    match done {
        Ok(()) => Ok(None),
        Err(CalendarError::Refused(refusal)) => Ok(Some(refusal.to_string())),
        Err(error) => Err(error.into()),
    }
}

async fn staff_act(world: &World<'_>, who: &str, conversation: &Conversation, text: &str) -> Result<StaffAct> {
    let (verb, rest) = text.split_once(' ').unwrap_or((text, ""));
    let content = Content::plain(rest);
    Ok(match verb {
        "/claim" => StaffAct::Claim { shown: None },
        "/note" => StaffAct::Note { content },
        "/hand-back" => StaffAct::HandBack,
        "/close" => StaffAct::Close,
        "/requeue" => StaffAct::Requeue { queue: rest.into() },
        "/snooze" => {
            let by = line::duration(rest).unwrap_or_default();
            let until = world.clock.now() + by;
            StaffAct::Snooze { until }
        }
        "/edit" => StaffAct::EditReply {
            message: last_reply(world, who, conversation).await?,
            content,
        },
        "/delete" => StaffAct::DeleteReply {
            message: last_reply(world, who, conversation).await?,
        },
        _ => StaffAct::Reply {
            content: Content::plain(text),
            files: Vec::new(),
        },
    })
}

/// The last reply of `who`, or of anybody on staff: then it will be refused.
async fn last_reply(world: &World<'_>, who: &str, conversation: &Conversation) -> Result<MessageId> {
    let said = world.storage().messages_of_conversation(conversation.id, ALL).await?;
    let own = |author: &Author| matches!(author, Author::Staff { id, .. } if *id == account(who));
    let staff = |author: &Author| matches!(author, Author::Staff { .. });
    let reply = said.iter().find(|message| own(&message.new.author));
    let reply = reply.or_else(|| said.iter().find(|message| staff(&message.new.author)));
    let reply = reply.ok_or_else(|| anyhow!("nobody on staff has replied"))?;
    Ok(reply.new.id)
}

/// The conversation with a member, or the one that was active last.
pub(super) async fn conversation(world: &World<'_>, with: Option<&str>) -> Result<Conversation> {
    for conversation in conversations(world, Vec::new()).await? {
        let name = asker(world, &conversation).await?;
        if with.is_none_or(|with| with == name) {
            return Ok(conversation);
        }
    }
    Err(match with {
        Some(name) => anyhow!("there is no conversation with {name}"),
        None => anyhow!("there is no conversation"),
    })
}

async fn conversations(world: &World<'_>, holders: Vec<HolderKind>) -> Result<Vec<Conversation>> {
    let filter = ConversationFilter {
        community: Some(world.community()),
        holders,
        ..ConversationFilter::default()
    };
    Ok(world.storage().conversations(&filter, ALL.limit).await?)
}

async fn asker(world: &World<'_>, conversation: &Conversation) -> Result<String> {
    let asker = conversation.asker.ok_or_else(|| anyhow!("nobody has begun it"))?;
    let identity = world.storage().identity(asker).await?;
    Ok(identity.map(|identity| identity.name).unwrap_or_default())
}

/// The account of a member of staff: their name, as an id.
pub(super) fn account(who: &str) -> AccountId {
    let mut bytes = [0; 16];
    for (byte, letter) in bytes.iter_mut().zip(who.bytes()) {
        *byte = letter;
    }
    AccountId(Uuid::from_bytes(bytes))
}

fn staff_name(account: AccountId) -> String {
    let bytes = account.0.into_bytes();
    let letters = bytes.into_iter().take_while(|byte| *byte != 0).map(char::from);
    letters.collect()
}

pub(super) fn capital(name: &str) -> String {
    let mut letters = name.chars();
    letters
        .next()
        .map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}
