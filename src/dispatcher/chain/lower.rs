//! From a stored event and its snapshot to the event that a plugin sees. Pure.

use crate::dispatcher::Snapshot;
use crate::model::Timestamp;
use crate::model::action::{Author, FileRef};
use crate::model::button::{HostButton, HostPress};
use crate::model::call::CallEnd;
use crate::model::content::{Block, Content, Inline};
use crate::model::conversation::HolderKind;
use crate::model::directory::Audience;
use crate::model::event::{Addressed, DeliveryEnd, EventBody, InMessage, Membership, Source};
use crate::model::ids::{IdentityId, PluginId};
use crate::plugin_host::bindings::switchboard::plugin::types as wit;
use crate::storage::core::{StoredEvent, StoredMessage};

/// What is known of an event besides what is stored with it.
pub(super) struct Known<'a> {
    /// The plain text of a message event.
    pub(super) text: &'a str,
    /// Of a command: name and value of each option.
    pub(super) options: &'a [(String, String)],
    /// Who is named in a message.
    pub(super) mentions: &'a [(IdentityId, String)],
    /// Who looks: names of messages are their plugin's own.
    pub(super) plugin: &'a PluginId,
}

/// The event as the plugin sees it; none when there is nothing to see.
pub(super) fn event(stored: &StoredEvent, snapshot: &Snapshot, known: &Known<'_>) -> Option<wit::Event> {
    let new = &stored.new;
    let seen = match &new.event.source {
        Source::Platform { author, .. } => author.as_ref(),
        Source::Internal { .. } => None,
    };
    Some(wit::Event {
        id: new.id.to_string(),
        attempt: snapshot.attempt,
        occurred_at: millis(new.event.occurred_at.as_millis()),
        now: millis(new.received_at.as_millis()),
        late: snapshot.late,
        language: language(snapshot),
        place: snapshot.place.as_deref().map(|place| wit::Place {
            ref_: place.id.to_string(),
            name: place.name.clone(),
            platform: platform(place.native.scope.as_str()).to_owned(),
            audience: match place.audience {
                Audience::Direct => wit::Audience::Direct,
                Audience::Group => wit::Audience::Group,
                Audience::Public => wit::Audience::Public,
            },
            parent: place.parent.map(|parent| parent.to_string()),
        }),
        person: snapshot.author.as_deref().map(|author| wit::Person {
            ref_: author.id.to_string(),
            name: author.name.clone(),
            bot: author.bot,
            staff: author.staff,
            roles: author.roles.clone(),
            created_at: seen.and_then(|seen| seen.created_at).map(moment),
            joined_at: seen.and_then(|seen| seen.joined_at).map(moment),
        }),
        conversation: snapshot.conversation.as_ref().map(|conversation| wit::Conversation {
            ref_: conversation.id.to_string(),
            holder: holder(conversation.holder.kind()),
            misses: conversation.misses,
        }),
        body: body(&new.event.body, snapshot, known)?,
    })
}

/// The platform's word, without what follows in a scope.
pub(super) fn platform(scope: &str) -> &str {
    scope.split(':').next().unwrap_or(scope)
}

/// To answer in: the person's language, else the community's.
pub(super) fn language(snapshot: &Snapshot) -> String {
    let author = snapshot.author.as_ref().and_then(|author| author.language.as_deref());
    author.unwrap_or(&snapshot.community.language).to_owned()
}

fn body(body: &EventBody, snapshot: &Snapshot, known: &Known<'_>) -> Option<wit::EventBody> {
    Some(match body {
        EventBody::Message(message) => {
            let reply_to = message.reply_to.as_ref().and(snapshot.about.as_ref());
            let own = snapshot.message.map(|id| id.to_string());
            wit::EventBody::Message(message_of(message, own, reply_to, known))
        }
        // What an edit is about is the message itself.
        EventBody::Edited(message) => {
            let own = snapshot.about.as_ref().map(|stored| message_ref(stored, known));
            wit::EventBody::Edited(message_of(message, own, None, known))
        }
        EventBody::Deleted { .. } => wit::EventBody::Deleted(message_ref(snapshot.about.as_ref()?, known)),
        EventBody::Reaction { emoji, added, .. } => wit::EventBody::Reaction(wit::Reaction {
            target: about(snapshot.about.as_ref()?, known),
            emoji: emoji.clone(),
            added: *added,
        }),
        EventBody::Command { name, .. } => wit::EventBody::Command(wit::Command {
            source: snapshot.message.map(|id| id.to_string()),
            name: name.clone(),
            options: known.options.to_vec(),
        }),
        EventBody::Press { values, .. } => press(values, snapshot, known)?,
        EventBody::Member { change } => wit::EventBody::Member(match change {
            Membership::Joined => wit::Membership::Joined,
            Membership::Left => wit::Membership::Left,
            Membership::Banned => wit::Membership::Banned,
        }),
        EventBody::ConversationChanged { from, .. } => wit::EventBody::Handover(holder(*from)),
        EventBody::DeliveryEnded { name, end, .. } => {
            let (perhaps_sent, reason) = match end {
                DeliveryEnd::Delivered => return None,
                DeliveryEnd::Failed { reason } => (false, reason),
                DeliveryEnd::PerhapsSent { reason } => (true, reason),
            };
            wit::EventBody::Undelivered(wit::Undelivered {
                target: format!("#{}", name.as_ref()?),
                perhaps_sent,
                reason: reason.clone(),
            })
        }
        EventBody::Ready { .. } => wit::EventBody::Ready,
        EventBody::Timer { id, due, payload, .. } => wit::EventBody::Timer(wit::Timer {
            id: id.clone(),
            due: millis(due.as_millis()),
            payload: payload.clone(),
        }),
        EventBody::Webhook {
            endpoint,
            media_type,
            body,
            ..
        } => wit::EventBody::Webhook(wit::Webhook {
            endpoint: endpoint.clone(),
            media_type: media_type.clone(),
            body: body.0.clone(),
        }),
        EventBody::CallEnded { name, end, .. } => wit::EventBody::CallResult(call_result(name, end)?),
        EventBody::Moved { .. }
        | EventBody::Staff { .. }
        | EventBody::PostDue { .. }
        | EventBody::ConversationDue { .. }
        | EventBody::ClusterReopened { .. }
        | EventBody::AuthorUnasked { .. } => return None,
    })
}

/// Nothing of what was not sent any more.
fn call_result(name: &str, end: &CallEnd) -> Option<wit::CallResult> {
    let (status, body, problem) = match end {
        CallEnd::Answered { status, body } => (Some(*status), body.0.clone(), None),
        CallEnd::Unanswered { problem } => (None, Vec::new(), Some(problem.clone())),
        CallEnd::Unsent { .. } => return None,
    };
    Some(wit::CallResult {
        name: name.to_owned(),
        status,
        body,
        problem,
    })
}

fn press(values: &[(String, String)], snapshot: &Snapshot, known: &Known<'_>) -> Option<wit::EventBody> {
    let button = snapshot.button.as_ref()?;
    let source = match &snapshot.about {
        Some(about) => message_ref(about, known),
        None => button.message.to_string(),
    };
    if let crate::model::button::ButtonOwner::Plugin(_) = button.meaning.owner {
        return Some(wit::EventBody::Interaction(wit::Interaction {
            source,
            payload: button.meaning.payload.clone(),
            values: values.to_vec(),
        }));
    }
    let press = HostPress::parse(&button.meaning.payload)?;
    Some(wit::EventBody::Feedback(wit::Feedback {
        source,
        question: press.question,
        helpful: press.press == HostButton::Helpful,
    }))
}

fn message_of(
    message: &InMessage,
    own: Option<String>,
    reply_to: Option<&StoredMessage>,
    known: &Known<'_>,
) -> wit::Message {
    let mut links = Vec::new();
    collect_links(&message.content, &mut links);
    wit::Message {
        ref_: own.unwrap_or_default(),
        text: known.text.to_owned(),
        addressed: match message.addressed {
            Addressed::Direct => wit::Addressed::Direct,
            Addressed::Mention => wit::Addressed::Mention,
            Addressed::Reply => wit::Addressed::Reply,
            Addressed::Prefix => wit::Addressed::Prefix,
            Addressed::Overheard => wit::Addressed::Overheard,
        },
        language: crate::model::language::detect(known.text).map(str::to_owned),
        reply_to: reply_to.map(|stored| about(stored, known)),
        mentions: known.mentions.iter().map(|(id, _)| id.to_string()).collect(),
        links,
        attachments: message.files.iter().map(attachment).collect(),
    }
}

fn attachment(file: &FileRef) -> wit::Attachment {
    wit::Attachment {
        ref_: file.sha256.clone(),
        name: file.name.clone(),
        media_type: file.media_type.clone(),
        bytes: file.bytes,
    }
}

fn about(stored: &StoredMessage, known: &Known<'_>) -> wit::About {
    wit::About {
        ref_: message_ref(stored, known),
        author: match &stored.new.author {
            Author::Identity { id } => Some(id.to_string()),
            _ => None,
        },
    }
}

/// A plugin knows what it sent under a name by that name.
fn message_ref(stored: &StoredMessage, known: &Known<'_>) -> String {
    match &stored.new.name {
        Some((plugin, name)) if plugin == known.plugin => format!("#{name}"),
        _ => stored.new.id.to_string(),
    }
}

fn holder(kind: HolderKind) -> wit::Holder {
    match kind {
        HolderKind::Bot => wit::Holder::Bot,
        HolderKind::Peers => wit::Holder::Peers,
        HolderKind::Waiting => wit::Holder::Waiting,
        HolderKind::Person | HolderKind::Snoozed => wit::Holder::Person,
        HolderKind::Closed => wit::Holder::Closed,
    }
}

fn collect_links(content: &Content, links: &mut Vec<String>) {
    for block in &content.blocks {
        block_links(block, links);
    }
}

fn block_links(block: &Block, links: &mut Vec<String>) {
    match block {
        Block::Paragraph(inlines) | Block::Heading(inlines) => inline_links(inlines, links),
        Block::Quote(blocks) => blocks.iter().for_each(|block| block_links(block, links)),
        Block::List { items, .. } => items.iter().flatten().for_each(|block| block_links(block, links)),
        Block::Code { .. } => {}
    }
}

fn inline_links(inlines: &[Inline], links: &mut Vec<String>) {
    for inline in inlines {
        match inline {
            Inline::Link { url, .. } => links.push(url.clone()),
            Inline::Text(text) => links.extend(bare_urls(text).map(str::to_owned)),
            Inline::Bold(inner) | Inline::Italic(inner) | Inline::Strike(inner) | Inline::Spoiler(inner) => {
                inline_links(inner, links);
            }
            Inline::Code(_) | Inline::Mention(_) | Inline::Break => {}
        }
    }
}

/// Addresses that nobody marked as links.
fn bare_urls(text: &str) -> impl Iterator<Item = &str> {
    let words = if text.contains("://") { text } else { "" };
    words
        .split_whitespace()
        .filter(|word| word.starts_with("https://") || word.starts_with("http://"))
        .map(|word| word.trim_end_matches(['.', ',', ')', '!', '?', ';', ':']))
}

fn moment(at: Timestamp) -> u64 {
    millis(at.as_millis())
}

fn millis(signed: i64) -> u64 {
    u64::try_from(signed).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_url_is_found_also_behind_a_label() {
        let mut links = Vec::new();
        let label = vec![Inline::Text("here".into())];
        let url = "https://a.example/x".to_owned();
        let content = Content {
            blocks: vec![Block::Paragraph(vec![
                Inline::Text("see https://b.example/y, or".into()),
                Inline::Bold(vec![Inline::Link {
                    url,
                    label,
                    source: None,
                }]),
            ])],
        };
        collect_links(&content, &mut links);
        assert_eq!(links, ["https://b.example/y", "https://a.example/x"]);
    }
}
