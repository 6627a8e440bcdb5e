//! Answers questions from the knowledge base, and says so when it does not know.
//!
//! The knowledge base decides how sure it is; this plugin decides what to say at that. `reply` makes the words, `small`
//! knows what is no question by the lists in `phrases`, `texts` holds the languages.

mod phrases;
mod reply;
mod small;
mod texts;

use serde::Deserialize;
use switchboard_plugin::types::{Addressed, Audience, Feedback, Handoff, Holder, Interaction, Message, Outcome};
use switchboard_plugin::{Context, Handled, Plugin, knowledge};

use self::reply::{Payload, Question};
use self::texts::Texts;

/// The settings, as `[config]` in `plugin.toml` describes them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Config {
    greet: bool,
    suggestions: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            greet: true,
            suggestions: 3,
        }
    }
}

struct Faq {
    config: Config,
}

impl Plugin for Faq {
    type Config = Config;

    fn init(_community: &str, config: Config) -> Result<Self, String> {
        Ok(Self { config })
    }

    fn message(&mut self, cx: &Context<'_>, message: &Message) -> Handled {
        if cx.late || !bot_holds(cx) {
            return Ok(Outcome::pass());
        }
        let texts = Texts::of(message.language.as_deref().unwrap_or(&cx.language));
        let text = message.text.trim();
        if message.addressed == Addressed::Overheard {
            return overheard(text, texts);
        }
        if let Some(outcome) = self.without_a_question(cx, message, texts) {
            return Ok(outcome);
        }
        let finding = knowledge::ask(text, self.config.suggestions)?;
        Ok(reply::to_question(&question(cx, text), finding.decision, texts))
    }

    fn interaction(&mut self, cx: &Context<'_>, interaction: &Interaction) -> Handled {
        let texts = Texts::of(&cx.language);
        let outcome = match Payload::read(&interaction.payload) {
            Some(Payload::Show(id)) => match knowledge::get(id)? {
                Some(entry) => reply::entry(&entry, is_direct(cx)),
                None => Outcome::pass().reply(texts.gone),
            },
            Some(Payload::Staff(question)) if bot_holds(cx) => {
                let handoff = Handoff::because("pressed \"Ask the staff\" under a question without an answer");
                Outcome::pass()
                    .reply(texts.colleague)
                    .hand_off(handoff.note(question))
                    .set_buttons(&interaction.source, Vec::new())
            }
            Some(Payload::Wait) => Outcome::pass()
                .reply(texts.waiting)
                .set_buttons(&interaction.source, Vec::new()),
            Some(Payload::Staff(_)) | None => Outcome::pass(),
        };
        Ok(outcome)
    }

    fn feedback(&mut self, cx: &Context<'_>, feedback: &Feedback) -> Handled {
        if !bot_holds(cx) {
            return Ok(Outcome::pass());
        }
        let texts = Texts::of(&cx.language);
        if feedback.helpful {
            return Ok(Outcome::pass().reply(texts.glad).answered());
        }
        let finding = knowledge::ask(&feedback.question, self.config.suggestions)?;
        let question = question(cx, &feedback.question);
        Ok(reply::to_not_it(&question, finding.decision, texts))
    }
}

impl Faq {
    /// What people say around questions, and messages of files alone. It is no miss, whatever is said.
    fn without_a_question(&self, cx: &Context<'_>, message: &Message, texts: &Texts) -> Option<Outcome> {
        let text = message.text.trim();
        if text.is_empty() {
            return Some(if message.attachments.is_empty() {
                Outcome::pass()
            } else {
                Outcome::pass().reply(texts.only_files)
            });
        }
        let line = match small::kind(text)? {
            small::Kind::NotIt => return Some(reply::to_wrong(&question(cx, text), texts)),
            small::Kind::Greeting => texts.hello,
            small::Kind::Thanks => texts.welcome,
            small::Kind::Farewell if is_direct(cx) => texts.bye,
            // Nobody waits for a word on it.
            small::Kind::Farewell | small::Kind::Acknowledgement => return Some(Outcome::pass()),
        };
        Some(if self.config.greet {
            Outcome::pass().reply(line)
        } else {
            Outcome::pass()
        })
    }
}

/// Speaks unasked only when sure; the host sees to it that this stays rare.
fn overheard(text: &str, texts: &Texts) -> Handled {
    if text.is_empty() || small::kind(text).is_some() {
        return Ok(Outcome::pass());
    }
    Ok(match knowledge::ask(text, 1)?.decision {
        knowledge::Decision::Answer(entry) => reply::overheard(&entry, texts),
        other => Outcome::pass().abstained(reply::why_quiet(&other)),
    })
}

/// Where members talk with each other, whoever calls the bot is still answered; the host keeps the rest from us.
fn bot_holds(cx: &Context<'_>) -> bool {
    let held = cx.conversation.as_ref().map(|held| held.holder);
    matches!(held, None | Some(Holder::Bot | Holder::Peers))
}

fn is_direct(cx: &Context<'_>) -> bool {
    cx.place.as_ref().is_none_or(|place| place.audience == Audience::Direct)
}

fn question<'a>(cx: &Context<'_>, text: &'a str) -> Question<'a> {
    Question {
        text,
        direct: is_direct(cx),
    }
}

switchboard_plugin::export!(Faq);
