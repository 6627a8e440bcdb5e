//! Does outside what a message tells it to, and says what came of it: `call POST https://shop.example/orders one loaf`.

use switchboard_plugin::types::{Call, CallError, CallResult, Message, Outcome, Webhook};
use switchboard_plugin::{Context, Handled, NoConfig, Plugin, kv, model};

struct Outside;

impl Plugin for Outside {
    type Config = NoConfig;

    fn init(_community: &str, _config: NoConfig) -> Result<Self, String> {
        Ok(Self)
    }

    fn message(&mut self, _cx: &Context<'_>, message: &Message) -> Handled {
        let (what, rest) = message.text.split_once(' ').unwrap_or((&message.text, ""));
        Ok(match what {
            "call" => Outcome::pass().call(call(rest)).reply("I will."),
            "twice" => Outcome::pass().call(call(rest)).call(call(rest)),
            "ask" => Outcome::pass().reply(ask(rest)),
            "ask3" => Outcome::pass().reply([ask(rest), ask(rest), ask(rest)].join(" | ")),
            "news" => {
                Outcome::pass().reply(String::from_utf8_lossy(&kv::get("news")?.unwrap_or_default()).into_owned())
            }
            _ => Outcome::pass(),
        })
    }

    fn webhook(&mut self, _cx: &Context<'_>, webhook: &Webhook) -> Handled {
        let body = String::from_utf8_lossy(&webhook.body);
        // What is remembered is short, whatever is sent.
        let news: String = format!("{} {} {body}", webhook.endpoint, webhook.media_type)
            .chars()
            .take(100)
            .collect();
        kv::set("news", news.as_bytes(), None)?;
        Ok(Outcome::pass())
    }

    fn call_result(&mut self, cx: &Context<'_>, result: &CallResult) -> Handled {
        let who = cx.person.as_ref().map_or("nobody", |person| person.name.as_str());
        let came = match result.status {
            Some(status) => format!("{status} {}", result.text()),
            None => result.problem.clone().unwrap_or_default(),
        };
        let outcome = Outcome::pass().reply(format!("{} for {who}: {came}", result.name));
        // It goes on and on as long as it may.
        Ok(match result.text().strip_prefix("again ") {
            Some(url) => outcome.call(Call::post(&result.name, url, "")),
            None => outcome,
        })
    }
}

/// What the language model says, or why it says nothing.
fn ask(question: &str) -> String {
    match model::ask("Be brief.", question, 20) {
        Ok(said) if said.cut => format!("{}…", said.text),
        Ok(said) => said.text,
        Err(CallError::Unavailable) => "unavailable".to_owned(),
        Err(CallError::Timeout) => "timeout".to_owned(),
        Err(CallError::Limit(why)) => format!("limit: {why}"),
        Err(CallError::Denied(why)) => format!("denied: {why}"),
        Err(CallError::Other(why)) => format!("other: {why}"),
    }
}

/// `METHOD ADDRESS BODY`.
fn call(asked: &str) -> Call {
    let mut words = asked.splitn(3, ' ');
    let mut word = || words.next().unwrap_or_default();
    Call::new("order", word(), word(), word())
}

switchboard_plugin::export!(Outside);
