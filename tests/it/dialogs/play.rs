//! Plays one dialog and writes down how it went, in the dialog's own form.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use uuid::Uuid;

use switchboard::calendar::{Calendar, Draft, Publisher};
use switchboard::clock::Clock as _;
use switchboard::connectors::Acceptance;
use switchboard::connectors::loopback::Arrival;
use switchboard::dispatcher::Outcome;
use switchboard::handoff::Handoff;
use switchboard::model::action::Author;
use switchboard::model::button::{Button, ButtonEffect, ButtonMeaning, ButtonOwner, HostButton, HostPress, Presser};
use switchboard::model::conversation::{Conversation, Holder, HolderKind};
use switchboard::model::directory::Audience;
use switchboard::model::event::{Addressed, InMessage, Membership, Source, StaffAct};
use switchboard::model::fit::FittedBody;
use switchboard::model::ids::{AccountId, ButtonId, IdentityId, MessageId, MessageRef, NativeId, PlaceRef};
use switchboard::model::{Action, Content, Event, EventBody};
use switchboard::storage::Page;
use switchboard::storage::core::{ConversationFilter, Verdict};
use switchboard::supervisor::Bell;

use super::line::{self, Line, Spot};
use crate::support::{Parts, Sandbox, Script, TestRuntime, answer};

/// More than any dialog holds.
const ALL: Page = Page {
    before: None,
    limit: 1000,
};

/// Plays the dialog with plugins in the sandbox; answers it with the expected lines as they really came.
pub async fn play_with_plugins(dialog: &str, sandbox: &Sandbox, plugins: &str) -> String {
    let bell = Arc::new(Mutex::new(Bell::default()));
    let newest = Arc::clone(&bell);
    let builder = sandbox.builder().handlers(move |parts| {
        *newest.lock().expect("nobody panics with the bell") = parts.jobs_bell.clone();
        Vec::new()
    });
    let runtime = builder.start().await;
    sandbox.furnish(&runtime, plugins).await;
    Stage::new(runtime, bell, Some(sandbox)).play(dialog).await
}

/// Plays the dialog with a bot that repeats what it hears in the plugins' place: what it is about is the program around
/// them.
pub async fn play(dialog: &str) -> String {
    // Each start of the program has a bell of its own.
    let bell = Arc::new(Mutex::new(Bell::default()));
    let newest = Arc::clone(&bell);
    let runtime = TestRuntime::builder()
        .handler(|parts| Handoff::new(Arc::clone(&parts.storage), Arc::clone(&parts.clock)))
        .handler(move |parts| {
            *newest.lock().expect("nobody panics with the bell") = parts.jobs_bell.clone();
            Publisher::new(Arc::clone(&parts.storage))
        })
        .handler(answers)
        .start()
        .await;
    Stage::new(runtime, bell, None).play(dialog).await
}

/// Stands where the plugins stand: offers a person under each answer, and calls one when asked to.
fn answers(parts: &Parts) -> Script {
    let clock = Arc::clone(&parts.clock);
    Script::new(move |event, snapshot| {
        let EventBody::Message(message) = &event.new.event.body else {
            return Ok(Outcome::default());
        };
        let mut outcome = Outcome::default();
        let text = message.content.to_plain();
        let (id, said) = (MessageId(clock.id()), format!("You said \u{201c}{text}\u{201d}."));
        if text.contains("a person") {
            let (plugin, reply) = answer(id, snapshot, "test/handoff", "I am getting a colleague.");
            let call = Action::HandOff {
                queue: None,
                reason: "asked for a person".to_owned(),
                topic: None,
            };
            outcome.actions = vec![(plugin.clone(), reply), (plugin, call)];
            return Ok(outcome);
        }
        let (plugin, mut reply) = answer(id, snapshot, "test/faq", &said);
        if let Action::Send(send) = &mut reply {
            let id = ButtonId(clock.id());
            send.buttons = vec![Button {
                label: "A person, please".to_owned(),
                effect: ButtonEffect::Press { id },
            }];
            let meaning = ButtonMeaning {
                owner: ButtonOwner::Host,
                payload: HostPress {
                    press: HostButton::Person,
                    cites: Vec::new(),
                    question: text.clone(),
                }
                .payload(),
                presser: Presser::Anyone,
                private: false,
            };
            send.meanings = vec![(id, meaning)];
        }
        outcome.actions = vec![(plugin, reply)];
        Ok(outcome)
    })
}

struct Stage<'a> {
    runtime: TestRuntime,
    /// Wakes the runner of jobs.
    bell: Arc<Mutex<Bell>>,
    /// Where plugins run, when they play.
    sandbox: Option<&'a Sandbox>,
    /// How many arrivals are written down already.
    shown: usize,
    /// Names each act of staff once.
    keys: u32,
    /// Members by their account.
    names: HashMap<IdentityId, String>,
    out: String,
}

impl<'a> Stage<'a> {
    fn new(runtime: TestRuntime, bell: Arc<Mutex<Bell>>, sandbox: Option<&'a Sandbox>) -> Self {
        Self {
            runtime,
            bell,
            sandbox,
            shown: 0,
            keys: 0,
            names: HashMap::new(),
            out: String::new(),
        }
    }

    async fn play(self, dialog: &str) -> String {
        let mut stage = self;
        for written in dialog.lines() {
            let line = line::read(written);
            match line {
                Line::Expected => continue,
                Line::Inbox => {
                    let inbox = stage.inbox().await;
                    writeln!(stage.out, "inbox: {inbox}").expect("a string takes all");
                    continue;
                }
                Line::Posts => {
                    let posts = stage.posts().await;
                    writeln!(stage.out, "posts: {posts}").expect("a string takes all");
                    continue;
                }
                // What is said or done, and empty lines, stand as they were written.
                _ => {}
            }
            stage.out.push_str(written);
            stage.out.push('\n');
            stage = stage.act(line).await;
        }
        stage.out
    }

    async fn act(mut self, line: Line<'_>) -> Self {
        match line {
            Line::Clock(by) => self.runtime.advance(by).await,
            Line::Restart(by) => {
                let clock = Arc::clone(&self.runtime.clock);
                self.runtime = self.runtime.restart_after(move || clock.advance(by)).await;
                if let Some(sandbox) = self.sandbox {
                    sandbox.begin(&self.runtime).await;
                }
                self.runtime.settled().await;
            }
            Line::Say(spot, text) => self.say(spot, text).await,
            Line::Press(spot, label) => self.press(spot, label).await,
            Line::Staff { who, with, text } => self.staff(who, with, text).await,
            Line::Plan {
                who,
                place,
                local,
                zone,
                text,
            } => self.plan(who, place, local, zone, text).await,
            Line::CallOff => self.call_off().await,
            Line::Blank | Line::Expected | Line::Inbox | Line::Posts => {}
        }
        self.show();
        self
    }

    /// Writes down what has arrived since the last look.
    fn show(&mut self) {
        let arrivals = self.runtime.platform.arrivals();
        let (changes, sends): (Vec<&Arrival>, Vec<&Arrival>) = arrivals[self.shown..]
            .iter()
            .partition(|arrival| matches!(arrival.body, FittedBody::Edit { .. }));
        // A change of an old message has another priority than what is said now: either may arrive first.
        for arrival in changes.into_iter().chain(sends) {
            self.out.push_str(&shown(arrival));
        }
        self.shown = arrivals.len();
    }

    async fn say(&self, spot: Spot<'_>, text: &str) {
        let addressed = match spot.audience() {
            Audience::Direct => Addressed::Direct,
            _ => Addressed::Mention,
        };
        let event = self.runtime.event(spot.who, spot.name(), spot.audience(), |native| {
            EventBody::Message(InMessage {
                native,
                content: Content::plain(text),
                addressed,
                reply_to: None,
                mentions: Vec::new(),
                files: Vec::new(),
            })
        });
        self.runtime.accept(vec![event]).await;
        self.runtime.settled().await;
    }

    async fn press(&self, spot: Spot<'_>, label: &str) {
        let place = TestRuntime::place(spot.name());
        let (message, button) = self
            .runtime
            .platform
            .arrivals()
            .iter()
            .rev()
            .find_map(|arrival| button(arrival, &place, label))
            .unwrap_or_else(|| panic!("{} sees no button {label:?}", spot.who));
        let event = self
            .runtime
            .event(spot.who, spot.name(), spot.audience(), |_| EventBody::Press {
                message: Some(message),
                button,
                values: Vec::new(),
            });
        self.runtime.accept(vec![event]).await;
        self.runtime.settled().await;
    }

    async fn staff(&mut self, who: &str, with: Option<&str>, text: &str) {
        let conversation = self.conversation(with).await;
        let act = self.staff_act(who, &conversation, text).await;
        self.keys += 1;
        let event = Event {
            source: Source::Internal {
                conversation: Some(conversation.id),
                place: Some(conversation.place),
            },
            occurred_at: self.runtime.clock.now(),
            dedupe: format!("console/{}", self.keys),
            hops: 0,
            body: EventBody::Staff {
                account: account(who),
                name: capital(who),
                act,
            },
        };
        let accepted = self.runtime.dispatcher.accept_internal(vec![event]).await;
        let accepted = accepted.expect("what staff do is accepted")[0];
        self.runtime.settled().await;
        let Acceptance::Stored(seq) = accepted else {
            panic!("an act of staff was {accepted:?}")
        };
        let stored = self.runtime.storage.event(seq).await.expect("events can be read");
        let trace = stored.and_then(|(_, trace)| trace).unwrap_or_default();
        let refused = trace
            .steps
            .iter()
            .find(|step| matches!(step.verdict, Verdict::Held | Verdict::Failed));
        if let Some(step) = refused {
            writeln!(self.out, "console: {}", step.line).expect("a string takes all");
        }
    }

    async fn staff_act(&self, who: &str, conversation: &Conversation, text: &str) -> StaffAct {
        let (verb, rest) = text.split_once(' ').unwrap_or((text, ""));
        let content = Content::plain(rest);
        match verb {
            "/claim" => StaffAct::Claim,
            "/note" => StaffAct::Note { content },
            "/hand-back" => StaffAct::HandBack,
            "/close" => StaffAct::Close,
            "/requeue" => StaffAct::Requeue { queue: rest.into() },
            "/snooze" => {
                let by = line::duration(rest).unwrap_or_default();
                let until = self.runtime.clock.now() + by;
                StaffAct::Snooze { until }
            }
            "/edit" => StaffAct::EditReply {
                message: self.last_reply(who, conversation).await,
                content,
            },
            "/delete" => StaffAct::DeleteReply {
                message: self.last_reply(who, conversation).await,
            },
            _ => StaffAct::Reply {
                content: Content::plain(text),
                files: Vec::new(),
            },
        }
    }

    /// The last reply of `who`, or of anybody on staff: then it will be refused.
    async fn last_reply(&self, who: &str, conversation: &Conversation) -> MessageId {
        let said = self
            .runtime
            .storage
            .messages_of_conversation(conversation.id, ALL)
            .await;
        let said = said.expect("messages can be read");
        let own = |author: &Author| matches!(author, Author::Staff { id, .. } if *id == account(who));
        let staff = |author: &Author| matches!(author, Author::Staff { .. });
        let reply = said.iter().find(|message| own(&message.new.author));
        let reply = reply.or_else(|| said.iter().find(|message| staff(&message.new.author)));
        reply.expect("somebody on staff has replied").new.id
    }

    /// The conversation with a member, or the one that was active last.
    async fn conversation(&mut self, with: Option<&str>) -> Conversation {
        for conversation in self.conversations(Vec::new()).await {
            let name = self.asker(&conversation).await;
            if with.is_none_or(|with| with == name) {
                return conversation;
            }
        }
        panic!("there is no conversation with {with:?}")
    }

    async fn conversations(&self, holders: Vec<HolderKind>) -> Vec<Conversation> {
        let filter = ConversationFilter {
            community: Some(self.runtime.community),
            holders,
            ..ConversationFilter::default()
        };
        let found = self.runtime.storage.conversations(&filter, ALL.limit).await;
        found.expect("conversations can be read")
    }

    async fn asker(&mut self, conversation: &Conversation) -> String {
        let asker = conversation.asker.expect("somebody has begun the conversation");
        if let Some(name) = self.names.get(&asker) {
            return name.clone();
        }
        let identity = self.runtime.storage.identity(asker).await.expect("members can be read");
        let name = identity.expect("who began a conversation is known").name;
        self.names.insert(asker, name.clone());
        name
    }

    async fn inbox(&mut self) -> String {
        let kinds = vec![HolderKind::Waiting, HolderKind::Person, HolderKind::Snoozed];
        let mut groups: Vec<(String, Vec<String>)> = Vec::new();
        for conversation in self.conversations(kinds).await.into_iter().rev() {
            let name = self.asker(&conversation).await;
            let group = match conversation.holder {
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
        if groups.is_empty() {
            "empty".to_owned()
        } else {
            groups.join(", ")
        }
    }

    fn calendar(&self) -> Calendar {
        let (storage, clock) = (Arc::clone(&self.runtime.storage), Arc::clone(&self.runtime.clock));
        let bell = self.bell.lock().expect("nobody panics with the bell").clone();
        Calendar::new(storage, clock, bell)
    }

    async fn plan(&mut self, who: &str, place: &str, local: &str, zone: &str, text: &str) {
        let founds = self
            .runtime
            .event("founder", place, Audience::Public, |_| EventBody::Member {
                change: Membership::Joined,
            });
        self.runtime.accept(vec![founds]).await;
        self.runtime.settled().await;
        let place = self.runtime.storage.place_by_native(&TestRuntime::place(place)).await;
        let place = place
            .expect("places can be read")
            .expect("the place was just founded")
            .id;
        let calendar = self.calendar();
        let draft = Draft {
            place,
            text: text.to_owned(),
            local: local.to_owned(),
            zone: zone.to_owned(),
        };
        let community = self.runtime.community;
        let planned = match calendar.draft(community, account(who), draft).await {
            Ok(post) => calendar.schedule(community, post.id, post.version).await.map(|_| ()),
            Err(error) => Err(error),
        };
        self.runtime.settled().await;
        if let Err(error) = planned {
            writeln!(self.out, "console: {error}").expect("a string takes all");
        }
    }

    async fn call_off(&mut self) {
        let calendar = self.calendar();
        let community = self.runtime.community;
        let posts = calendar.list(community, ALL).await.expect("posts can be read");
        let (_, post) = posts.first().expect("a post was planned");
        let called_off = calendar.cancel(community, post.id, post.version).await;
        self.runtime.settled().await;
        if let Err(error) = called_off {
            writeln!(self.out, "console: {error}").expect("a string takes all");
        }
    }

    async fn posts(&self) -> String {
        let posts = self.calendar().list(self.runtime.community, ALL).await;
        let posts = posts.expect("posts can be read");
        let lines: Vec<String> = posts
            .into_iter()
            .rev()
            .map(|(_, post)| format!("{} ({})", post.text, post.state.as_str()))
            .collect();
        lines.join(", ")
    }
}

fn button(arrival: &Arrival, place: &PlaceRef, label: &str) -> Option<(MessageRef, ButtonId)> {
    let (FittedBody::Send { buttons, .. } | FittedBody::Edit { buttons, .. }) = &arrival.body else {
        return None;
    };
    if arrival.place != *place {
        return None;
    }
    buttons.iter().find_map(|button| match &button.effect {
        ButtonEffect::Press { id } | ButtonEffect::Form { id, .. } if button.label == label => {
            let message = MessageRef {
                place: place.clone(),
                id: NativeId::clone(&arrival.native),
            };
            Some((message, *id))
        }
        _ => None,
    })
}

/// What arrived, as the lines that expect it.
fn shown(arrival: &Arrival) -> String {
    let place = &arrival.place.id;
    let (verb, content, buttons, author) = match &arrival.body {
        FittedBody::Send {
            content,
            buttons,
            author,
            ..
        } => ("", content, buttons.as_slice(), Some(author)),
        FittedBody::Edit { content, buttons, .. } => (" (edited)", content, buttons.as_slice(), None),
        FittedBody::Delete { .. } => return format!("bot@{place} took a message back\n"),
        FittedBody::React { emoji, .. } => return format!("bot@{place} reacts {emoji}\n"),
        FittedBody::Typing { .. } => return String::new(),
    };
    let name = match author {
        Some(Author::Staff { name, .. }) => format!("{name}: "),
        _ => String::new(),
    };
    let text = content.to_plain().replace("\n\n", "\n").replace('\n', "\n  ");
    let mut out = format!("bot@{place}{verb}: {name}{text}\n");
    if !buttons.is_empty() {
        let labels: Vec<String> = buttons.iter().map(|button| format!("[{}]", button.label)).collect();
        out.push_str("  ");
        out.push_str(&labels.join(" "));
        out.push('\n');
    }
    out
}

/// The account of a member of staff: their name, as an id.
fn account(who: &str) -> AccountId {
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

fn capital(name: &str) -> String {
    let mut letters = name.chars();
    letters
        .next()
        .map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}
