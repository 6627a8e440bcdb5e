//! What plugins could answer, and what must hold of all that is lifted out of it. For the fuzzer, and for the tests that play what
//! it found again; no part of the program.

mod said;

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use uuid::Uuid;

use self::said::Bytes;
use super::draft::Drafting;
use super::lift::{Lift, Lifted};
use super::refs::{Referred, Refs};
use crate::clock::SystemClock;
use crate::dispatcher::{Snapshot, given};
use crate::model::action::{Author, FileRef, Send};
use crate::model::content::Content;
use crate::model::conversation::LaneKey;
use crate::model::directory::{Audience, Place};
use crate::model::event::{Addressed, EventBody, InMessage, Source};
use crate::model::finding::EntryText;
use crate::model::ids::{
    ConversationId, EventId, IdentityId, MessageId, MessageRef, MessageSeq, PlaceId, PlaceRef, PluginId,
};
use crate::model::{Action, Event, Timestamp};
use crate::plugin_host::bindings::switchboard::plugin::types as wit;
use crate::plugin_host::{HostOptions, Packages, Permission, Plugin, PluginHost};
use crate::storage::core::StoredMessage;
use crate::storage::unit::{JobChange, NewEvent, NewMessage};

const PLUGIN: &str = "switchboard/hello";

/// What one draft can become as plain text: each line in quotes in each other begins with all their marks.
const CONTENT_BYTES_MAX: usize = 512 << 10;

/// Things that there are, by what names them to a plugin.
static THINGS: LazyLock<Things> = LazyLock::new(Things::new);

/// Somebody who may do everything that can be granted.
static ANYTHING: LazyLock<Arc<Plugin>> = LazyLock::new(|| {
    let host = PluginHost::start(HostOptions::default(), Arc::new(SystemClock::new())).expect("the sandbox starts");
    let packages = Packages::bundled();
    let granted: Vec<Permission> = Permission::ALL
        .into_iter()
        .filter(|permission| permission.is_available())
        .collect();
    let loaded = host.load(packages.find(PLUGIN).expect("it is inside"), &granted);
    let loaded = loaded.expect("it asks for nothing");
    let started = host.handle().block_on(host.run(&loaded, "community", "{}"));
    started.expect("it starts")
});

struct Things {
    snapshot: Snapshot,
    event: NewEvent,
    refs: Refs,
    files: Vec<FileRef>,
    /// All names, for the fuzzer to take from.
    names: Vec<String>,
}

/// Reads bytes as an outcome, and says what is done of it: how many actions, or the refusal. Panics where that is nonsense.
pub fn outcome(bytes: &[u8]) -> Result<usize, String> {
    let things = &*THINGS;
    let asked = Bytes::new(bytes, &things.names).outcome();
    let lifted = lifted(&asked, true).inspect_err(|why| {
        assert!(!why.trim().is_empty(), "a refusal says why");
    })?;
    check(&lifted, asked.actions.len());
    Ok(lifted.actions.len())
}

/// What is done of an outcome, where the plugin is on in all places or in none.
fn lifted(asked: &wit::Outcome, serves: bool) -> Result<Lifted, String> {
    let things = &*THINGS;
    let id = PluginId::from(PLUGIN);
    let clock = SystemClock::new();
    let lift = Lift {
        serves: &|_| serves,
        plugin: &ANYTHING,
        id: &id,
        snapshot: &things.snapshot,
        event: &things.event,
        refs: &things.refs,
        drafting: Drafting {
            refs: &things.refs,
            clock: &clock,
            plugin: &id,
            person: things.snapshot.author.as_ref().map(|author| author.id),
            may_mention: false,
            files: &things.files,
            overheard: false,
            question: "how?",
            language: "en",
        },
        next_due: |_, after| Ok(after),
    };
    lift.outcome(asked)
}

fn check(lifted: &Lifted, asked: usize) {
    assert!(lifted.lines.len() <= asked.max(1) * 3 + asked, "{:?}", lifted.lines);
    for action in &lifted.actions {
        let stored = serde_json::to_string(action).expect("an action can be stored");
        let read: Action = serde_json::from_str(&stored).expect("what is stored can be read");
        assert_eq!(*action, read, "it is stored as it is");
        match action {
            Action::Send(send) => sent(send),
            Action::Edit { content, .. } => said(content),
            _ => {}
        }
    }
    for job in &lifted.jobs {
        if let JobChange::Put(job) = job {
            assert!(serde_json::to_string(&job.work).is_ok(), "{job:?}");
        }
    }
}

fn sent(send: &Send) {
    assert!(matches!(&send.author, Author::Plugin { id } if id.as_str() == PLUGIN));
    assert_eq!(send.place, THINGS.place(), "only what the plugin knows is written to");
    let shown = send.buttons.len();
    assert!(shown <= 25 + 4 && send.meanings.len() <= shown, "{shown} buttons");
    assert!(
        send.files.iter().all(|file| file.sha256 == THINGS.files[0].sha256),
        "only what it was given"
    );
    said(&send.content);
    send.short.iter().for_each(said);
}

fn said(content: &Content) {
    let plain = content.to_plain();
    assert!(plain.len() <= CONTENT_BYTES_MAX, "{} bytes", plain.len());
    let moves = |sign: char| sign.is_control() && !matches!(sign, '\n' | '\t');
    assert!(!plain.contains(moves), "{plain:?} moves the cursor");
    let stored = serde_json::to_string(content).expect("it can be stored");
    let asker = THINGS.snapshot.author.as_ref().expect("somebody asked").id;
    let pings = stored.matches("\"pings\":true").count();
    assert!(
        pings <= stored.matches(&asker.0.to_string()).count(),
        "only who asked is notified: {stored}"
    );
}

impl Things {
    fn new() -> Self {
        let place = PlaceId(Uuid::from_u128(2));
        let (asker, other) = (IdentityId(Uuid::from_u128(3)), IdentityId(Uuid::from_u128(4)));
        let (own, others) = (MessageId(Uuid::from_u128(5)), MessageId(Uuid::from_u128(6)));
        let here = Arc::new(here(place));
        let files = vec![FileRef {
            sha256: "ab".repeat(32),
            name: "plan.png".to_owned(),
            media_type: "image/png".to_owned(),
            bytes: 1,
            alt: String::new(),
        }];
        let plugin = Author::Plugin { id: PLUGIN.into() };
        let member = Author::Identity { id: other };
        let conversation = ConversationId(Uuid::from_u128(7));
        let refs = Refs {
            places: HashMap::from([(place.to_string(), Arc::clone(&here))]),
            conversations: HashMap::from([(conversation.to_string(), (conversation, Arc::clone(&here)))]),
            messages: HashMap::from([
                (own.to_string(), referred(message(own, place, plugin), &here)),
                (others.to_string(), referred(message(others, place, member), &here)),
            ]),
            entries: HashMap::from([("opening".to_owned(), entry())]),
            people: HashMap::from([
                (asker.to_string(), (asker, "Ann".to_owned())),
                (other.to_string(), (other, "Ben".to_owned())),
            ]),
            offenders: HashMap::new(),
            removable: HashMap::new(),
        };
        let names = [
            place.to_string(),
            asker.to_string(),
            other.to_string(),
            own.to_string(),
            others.to_string(),
        ];
        let more = [
            conversation.to_string(),
            "opening".to_owned(),
            files[0].sha256.clone(),
            "#named".to_owned(),
        ];
        Self {
            snapshot: snapshot(here, asker),
            event: event(place, asker, files.clone()),
            refs,
            files,
            names: names.into_iter().chain(more).collect(),
        }
    }

    fn place(&self) -> PlaceId {
        self.snapshot.place.as_ref().expect("it happened somewhere").id
    }
}

fn event(place: PlaceId, author: IdentityId, files: Vec<FileRef>) -> NewEvent {
    let at = given::NOW;
    NewEvent {
        id: EventId(Uuid::from_u128(9)),
        community: given::COMMUNITY,
        place: Some(place),
        author: Some(author),
        lane: LaneKey::of_place(place),
        received_at: at,
        event: Event {
            source: Source::Internal {
                conversation: None,
                place: Some(place),
            },
            occurred_at: at,
            dedupe: "m1".to_owned(),
            hops: 0,
            body: EventBody::Message(InMessage {
                native: native("m1"),
                content: Content::plain("how?"),
                addressed: Addressed::Direct,
                reply_to: None,
                mentions: Vec::new(),
                files,
            }),
        },
    }
}

fn native(id: &str) -> MessageRef {
    MessageRef {
        place: PlaceRef {
            scope: "loopback".into(),
            id: "p1".into(),
        },
        id: id.into(),
    }
}

fn here(id: PlaceId) -> Place {
    Place {
        native: native("m1").place,
        overheard: false,
        ..given::place(id, "ann", Audience::Direct)
    }
}

fn snapshot(place: Arc<Place>, asker: IdentityId) -> Snapshot {
    Snapshot {
        place: Some(place),
        message: Some(MessageId(Uuid::from_u128(8))),
        ..given::snapshot(None, Some(given::identity(asker, "Ann")))
    }
}

fn message(id: MessageId, place: PlaceId, author: Author) -> StoredMessage {
    StoredMessage {
        seq: MessageSeq(1),
        new: NewMessage {
            id,
            conversation: None,
            place,
            author,
            native: None,
            reply_to: None,
            note: false,
            only: None,
            content: Content::plain("said before"),
            buttons: Vec::new(),
            files: Vec::new(),
            cites: Vec::new(),
            name: None,
            at: Timestamp::from_millis(0),
        },
        for_owners: false,
        edited_at: None,
        deleted_at: None,
        removed: None,
    }
}

fn referred(stored: StoredMessage, place: &Arc<Place>) -> Referred {
    let place = Arc::clone(place);
    Referred { stored, place }
}

fn entry() -> EntryText {
    EntryText {
        id: "opening".into(),
        revision: 1,
        question: "When is it open?".to_owned(),
        answer: "At nine.".to_owned(),
        short: None,
        sources: Vec::new(),
        credit: None,
        beside: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::dispatcher::Stance;

    #[test]
    fn nothing_is_done_where_it_is_off() {
        let draft = || wit::Draft {
            text: "News".to_owned(),
            short: None,
            format: wit::Format::Plain,
            values: Vec::new(),
            buttons: Vec::new(),
            files: Vec::new(),
            cites: Vec::new(),
            more: None,
        };
        let own = MessageId(Uuid::from_u128(5)).to_string();
        let post = wit::Post {
            to: vec![wit::Destination::Place(THINGS.place().to_string())],
            name: None,
            draft: draft(),
        };
        let edit = wit::Edit {
            target: own.clone(),
            draft: draft(),
        };
        let buttons = wit::ButtonChange {
            target: own.clone(),
            buttons: Vec::new(),
        };
        for (action, would) in [
            (wit::Action::Post(post), "post"),
            (wit::Action::Edit(edit), "edit"),
            (wit::Action::Buttons(buttons), "change buttons"),
            (wit::Action::Delete(own), "delete"),
        ] {
            let asked = wit::Outcome {
                actions: vec![action],
                stance: wit::Stance::Answered,
                flow: wit::Flow::Stop,
            };
            assert_eq!(lifted(&asked, true).unwrap().actions.len(), 1);
            let off = lifted(&asked, false).expect("it is no fault of the plugin");
            assert!(off.actions.is_empty() && off.stance == Stance::Neutral, "{off:?}");
            let why = format!("left alone: it is off in ann, where it would {would}");
            assert_eq!(off.spared, Some(why));
        }
    }

    #[test]
    fn what_is_kept_of_outcomes_is_lifted_or_refused() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/fuzz/plugin_outcome");
        let (mut lifted, mut refused) = (0, 0);
        for file in fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            // Shown where one fails.
            println!("{}", path.display());
            match outcome(&fs::read(&path).unwrap()) {
                Ok(actions) => lifted += actions,
                Err(_) => refused += 1,
            }
        }
        assert!(lifted > 0 && refused > 0, "{lifted} actions, {refused} refusals");
    }
}
