//! Says hello, and counts how often.

use serde::Deserialize;
use switchboard_plugin::types::{Command, Draft, Message, Outcome};
use switchboard_plugin::{Context, Handled, Plugin, kv};

/// The settings, as `[config]` in `plugin.toml` describes them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    #[serde(default = "default_greeting")]
    greeting: String,
}

fn default_greeting() -> String {
    "Hello, {name}!".into()
}

struct MyPlugin {
    config: Config,
}

impl Plugin for MyPlugin {
    type Config = Config;

    fn init(_community: &str, config: Config) -> Result<Self, String> {
        Ok(Self { config })
    }

    fn message(&mut self, cx: &Context<'_>, _message: &Message) -> Handled {
        kv::increment("greetings", 1, None)?;
        let name = cx.person.as_ref().map_or("you", |person| person.name.as_str());
        let draft = Draft::markdown(&self.config.greeting).value("name", name);
        Ok(Outcome::pass().reply(draft).answered())
    }

    fn command(&mut self, _cx: &Context<'_>, _command: &Command) -> Handled {
        let greetings = kv::counter("greetings")?;
        let draft = Draft::plain("I have said hello {count} times.").value("count", greetings.to_string());
        Ok(Outcome::pass().reply(draft))
    }
}

switchboard_plugin::export!(MyPlugin);
