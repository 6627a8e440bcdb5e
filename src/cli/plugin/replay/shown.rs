//! Events and outcomes of the contract as people read them, a line for each part. Pure; it leaves nothing out.

use crate::plugin_host::bindings::switchboard::plugin::types as wit;
use crate::plugin_host::recording::{Bytes, Came, Change};

/// Of something longer the beginning is enough to know it again.
const CHARS_MAX: usize = 200;

/// Of bytes that are no text the beginning has to do, too.
const BYTES_SHOWN: usize = 16;

/// Who did what where, on one line: `alice@web#support: hello`.
pub(super) fn what(event: &wit::Event) -> String {
    let who = event.person.as_ref().map_or("", |person| &person.name);
    let place = event.place.as_ref().map_or_else(String::new, |place| {
        let name = match place.audience {
            wit::Audience::Direct => String::new(),
            _ => format!("#{}", place.name),
        };
        format!("@{}{name}", place.platform)
    });
    let done = match &event.body {
        wit::EventBody::Message(message) => return one_line(&format!("{who}{place}: {}", message.text)),
        wit::EventBody::Ready => "ready".to_owned(),
        wit::EventBody::Edited(message) => format!("edits it to: {}", message.text),
        wit::EventBody::Deleted(_) => "a message was deleted".to_owned(),
        wit::EventBody::Reaction(reaction) if reaction.added => format!("reacts {}", reaction.emoji),
        wit::EventBody::Reaction(reaction) => format!("takes back {}", reaction.emoji),
        wit::EventBody::Command(command) => format!("/{}{}", command.name, values(&command.options)),
        wit::EventBody::Interaction(press) => format!("presses “{}”{}", press.payload, values(&press.values)),
        wit::EventBody::Feedback(feedback) if feedback.helpful => format!("says it helped: {}", feedback.question),
        wit::EventBody::Feedback(feedback) => format!("says it was not it: {}", feedback.question),
        wit::EventBody::Member(wit::Membership::Joined) => "joined".to_owned(),
        wit::EventBody::Member(wit::Membership::Left) => "left".to_owned(),
        wit::EventBody::Member(wit::Membership::Banned) => "was banned".to_owned(),
        wit::EventBody::Handover(before) => format!("the pen changed hands: before {} had it", holder(*before)),
        wit::EventBody::Timer(timer) => format!("timer {}", timer.id),
        wit::EventBody::Webhook(webhook) => format!("webhook {}", webhook.endpoint),
        wit::EventBody::CallResult(result) => format!("answer to the call {}", result.name),
        wit::EventBody::Undelivered(failed) => format!("{} was not delivered: {}", failed.target, failed.reason),
        wit::EventBody::Forget(person) => format!("forget {person}"),
        wit::EventBody::Other(other) => other.kind.clone(),
    };
    one_line(format!("{who}{place} {done}").trim_start())
}

/// What came of a call.
pub(super) fn came(came: &Came) -> Vec<String> {
    let mut out = Lines::default();
    match &came.result {
        Err(why) => out.add(&format!("fails: {why}")),
        Ok(outcome) => {
            for asked in &outcome.actions {
                out.action(asked);
            }
            match &outcome.stance {
                wit::Stance::Neutral => out.add("says nothing of its answer"),
                wit::Stance::Answered => out.add("says that it answered"),
                wit::Stance::Abstained(why) => out.add(&format!("abstains: {why}")),
            }
            out.add(match outcome.flow {
                wit::Flow::Pass => "passes the event on",
                wit::Flow::Stop => "keeps the event from later plugins",
            });
        }
    }
    for (key, change) in &came.keys {
        out.key(key, change);
    }
    out.0
}

#[derive(Default)]
struct Lines(Vec<String>);

impl Lines {
    /// Further lines of a text stand under its first.
    fn add(&mut self, text: &str) {
        let mut lines = text.lines();
        self.0.push(lines.next().unwrap_or_default().to_owned());
        self.0.extend(lines.map(|line| format!("    {line}")));
    }

    fn action(&mut self, action: &wit::Action) {
        match action {
            wit::Action::Reply(reply) => {
                let place = match reply.where_ {
                    wit::ReplyWhere::Here => "",
                    wit::ReplyWhere::Thread => " in a thread",
                    wit::ReplyWhere::Privately => " privately",
                };
                let to = reply.to.as_ref().map(|to| format!(" to {to}")).unwrap_or_default();
                self.draft(
                    &format!("replies{place}{to}{}", named(reply.name.as_ref())),
                    &reply.draft,
                );
            }
            wit::Action::Post(post) => {
                let to: Vec<String> = post.to.iter().map(destination).collect();
                let to = to.join(", ");
                self.draft(&format!("posts to {to}{}", named(post.name.as_ref())), &post.draft);
            }
            wit::Action::Edit(edit) => self.draft(&format!("edits {}", edit.target), &edit.draft),
            wit::Action::Buttons(change) => {
                self.add(&format!("changes the buttons of {}", change.target));
                self.buttons(&change.buttons);
            }
            wit::Action::Delete(target) => self.add(&format!("deletes {target}")),
            wit::Action::React(react) if react.add => self.add(&format!("reacts {} to {}", react.emoji, react.target)),
            wit::Action::React(react) => self.add(&format!("takes back {} from {}", react.emoji, react.target)),
            wit::Action::Note(text) => self.add(&format!("notes for staff: {text}")),
            wit::Action::Handoff(handoff) => {
                let topic = part("topic", handoff.topic.as_ref());
                let lane = part("lane", handoff.lane.as_ref());
                self.add(&format!("calls a person: {}{topic}{lane}", handoff.reason));
                self.add(&format!("  note: {}", handoff.note));
            }
            wit::Action::AskPeers(question) => {
                let topic = part("topic", question.topic.as_ref());
                self.add(&format!("asks members: {}{topic}", question.title));
            }
            wit::Action::Moderate(taken) => {
                self.add(&format!(
                    "{} {}: {}",
                    measure(taken.measure),
                    taken.person,
                    taken.reason
                ));
                let messages = taken.messages.iter();
                messages.for_each(|message| self.add(&format!("  deletes {message}")));
            }
            wit::Action::Role(change) => {
                let word = if change.add { "gives" } else { "takes" };
                self.add(&format!("{word} the role {}: {}", change.role, change.person));
            }
            wit::Action::Wake(wake) => {
                let when = schedule(&wake.schedule);
                self.add(&format!("sets the timer {} {when}: {}", wake.id, wake.payload));
            }
            wit::Action::Cancel(id) => self.add(&format!("takes back the timer {id}")),
            wit::Action::Call(call) => {
                self.add(&format!("calls {} {} as {}", call.method, call.url, call.name));
                let headers = call.headers.iter();
                headers.for_each(|(name, value)| self.add(&format!("  {name}: {value}")));
                self.add(&format!("  {}", bytes(&call.body)));
            }
            wit::Action::Other(other) => self.add(&format!("{}: {}", other.kind, other.json)),
        }
    }

    fn draft(&mut self, head: &str, draft: &wit::Draft) {
        self.add(&format!("{head}: {}", draft.text));
        if draft.format == wit::Format::Plain {
            self.add("  as plain text");
        }
        for (name, value) in &draft.values {
            self.add(&format!("  {{{name}}} is {value}"));
        }
        if let Some(short) = &draft.short {
            self.add(&format!("  in short: {short}"));
        }
        self.buttons(&draft.buttons);
        for file in &draft.files {
            self.add(&format!("  with the file {}, {}", file.ref_, file.alt));
        }
        for cited in &draft.cites {
            self.add(&format!("  cites {cited}"));
        }
        if let Some(more) = &draft.more {
            self.add(&format!("  more: {more}"));
        }
    }

    fn buttons(&mut self, buttons: &[wit::Button]) {
        for button in buttons {
            let who = match button.presser {
                wit::Presser::Anyone => "",
                wit::Presser::Person => ", for the person alone",
                wit::Presser::Staff => ", for staff",
            };
            let private = if button.private { ", privately" } else { "" };
            let effect = match &button.effect {
                wit::ButtonEffect::Press(payload) => format!("gives “{payload}”"),
                wit::ButtonEffect::Link(url) => format!("leads to {url}"),
                wit::ButtonEffect::Ask(form) => format!("asks “{}”, gives “{}”", form.title, form.payload),
            };
            self.add(&format!("  [{}] {effect}{who}{private}", button.label));
            if let wit::ButtonEffect::Ask(form) = &button.effect {
                for field in &form.fields {
                    let required = if field.required { ", required" } else { "" };
                    let (name, label, input) = (&field.name, &field.label, input(&field.input));
                    self.add(&format!("    {name}, “{label}”: {input}{required}"));
                }
            }
        }
    }

    fn key(&mut self, key: &str, change: &Change) {
        let ttl = |ttl: &Option<u32>| ttl.map(|ttl| format!(", for {ttl} s")).unwrap_or_default();
        self.add(&match change {
            Change::Set {
                value: Bytes(value),
                ttl: time,
            } => format!("keeps {key} = {}{}", bytes(value), ttl(time)),
            Change::Delete => format!("forgets {key}"),
            Change::Add { by, ttl: time } => format!("counts {key} up by {by}{}", ttl(time)),
        });
    }
}

fn destination(to: &wit::Destination) -> String {
    match to {
        wit::Destination::Place(place) => format!("the place {place}"),
        wit::Destination::Person(person) => format!("the person {person}"),
        wit::Destination::Conversation(conversation) => format!("the conversation {conversation}"),
    }
}

fn measure(measure: wit::Measure) -> String {
    match measure {
        wit::Measure::None => "warns".to_owned(),
        wit::Measure::Mute(seconds) => format!("mutes for {seconds} s"),
        wit::Measure::Kick => "kicks".to_owned(),
        wit::Measure::Ban => "bans".to_owned(),
        wit::Measure::Lift => "lets back in".to_owned(),
    }
}

fn schedule(schedule: &wit::Schedule) -> String {
    match schedule {
        wit::Schedule::At(at) => format!("for {at} ms after 1970"),
        wit::Schedule::Cron(clock) => format!("for {} in {}", clock.cron, clock.zone),
    }
}

fn input(input: &wit::Input) -> String {
    match input {
        wit::Input::Line => "a line".to_owned(),
        wit::Input::Paragraph => "a paragraph".to_owned(),
        wit::Input::Number => "a number".to_owned(),
        wit::Input::YesNo => "yes or no".to_owned(),
        wit::Input::Choice(choices) => {
            let choices = choices
                .iter()
                .map(|choice| format!("{} “{}”", choice.value, choice.label));
            choices.collect::<Vec<_>>().join(" or ")
        }
        wit::Input::Other(other) => other.clone(),
    }
}

fn holder(holder: wit::Holder) -> &'static str {
    match holder {
        wit::Holder::Bot => "the bot",
        wit::Holder::Peers => "members",
        wit::Holder::Waiting => "nobody yet",
        wit::Holder::Person => "a person",
        wit::Holder::Closed => "nobody any more",
    }
}

fn named(name: Option<&String>) -> String {
    name.map(|name| format!(" as #{name}")).unwrap_or_default()
}

fn part(what: &str, value: Option<&String>) -> String {
    value.map(|value| format!(", {what} {value}")).unwrap_or_default()
}

fn values(values: &[(String, String)]) -> String {
    let pairs = values.iter().map(|(name, value)| format!(" {name}={value}"));
    pairs.collect::<Vec<_>>().concat()
}

/// Text as it is; anything else by its size and its beginning.
fn bytes(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => format!("{} bytes, {:02x?}", bytes.len(), &bytes[..bytes.len().min(BYTES_SHOWN)]),
    }
}

fn one_line(text: &str) -> String {
    let cut: String = text.chars().take(CHARS_MAX).collect();
    let more = if cut.len() < text.len() { "…" } else { "" };
    format!("{}{more}", cut.replace(['\n', '\r'], " "))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn draft(text: &str) -> wit::Draft {
        wit::Draft {
            text: text.to_owned(),
            short: None,
            format: wit::Format::Markdown,
            values: vec![("name".to_owned(), "alice".to_owned())],
            buttons: vec![wit::Button {
                label: "Buy".to_owned(),
                effect: wit::ButtonEffect::Ask(wit::Form {
                    payload: "buy".to_owned(),
                    title: "How many?".to_owned(),
                    fields: vec![wit::Field {
                        name: "n".to_owned(),
                        label: "Number".to_owned(),
                        input: wit::Input::Number,
                        required: true,
                    }],
                }),
                presser: wit::Presser::Person,
                private: true,
            }],
            files: Vec::new(),
            cites: vec!["refunds".to_owned()],
            more: None,
        }
    }

    #[test]
    fn an_outcome_is_told_part_by_part() {
        let reply = wit::Reply {
            to: None,
            where_: wit::ReplyWhere::Thread,
            name: Some("offer".to_owned()),
            draft: draft("Hello, {name}!\nAnd?"),
        };
        let keys = [
            ("a", Change::Delete),
            ("n", Change::Add { by: 2, ttl: Some(60) }),
            (
                "raw",
                Change::Set {
                    value: Bytes(vec![0xff, 1]),
                    ttl: None,
                },
            ),
        ];
        let outcome = wit::Outcome {
            actions: vec![wit::Action::Reply(reply), wit::Action::Note("look".to_owned())],
            stance: wit::Stance::Abstained("unsure".to_owned()),
            flow: wit::Flow::Stop,
        };
        let told = came(&Came {
            result: Ok(outcome),
            keys: keys.into_iter().map(|(key, change)| (key.to_owned(), change)).collect(),
        });
        assert_eq!(
            told,
            [
                "replies in a thread as #offer: Hello, {name}!",
                "    And?",
                "  {name} is alice",
                "  [Buy] asks “How many?”, gives “buy”, for the person alone, privately",
                "    n, “Number”: a number, required",
                "  cites refunds",
                "notes for staff: look",
                "abstains: unsure",
                "keeps the event from later plugins",
                "forgets a",
                "counts n up by 2, for 60 s",
                "keeps raw = 2 bytes, [ff, 01]",
            ]
        );
        let failed = Came {
            result: Err("crashed: boom".to_owned()),
            keys: BTreeMap::new(),
        };
        assert_eq!(came(&failed), ["fails: crashed: boom"]);
    }
}
