//! Says hello back: the smallest plugin, to copy and start from.

use serde::Deserialize;
use switchboard_plugin::types::{Command, Draft, Message, Outcome};
use switchboard_plugin::{Context, Handled, Plugin};

struct Hello {
    greeting: String,
}

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

impl Plugin for Hello {
    type Config = Config;

    fn init(_community: &str, config: Config) -> Result<Self, String> {
        Ok(Self {
            greeting: config.greeting,
        })
    }

    fn message(&mut self, cx: &Context<'_>, _message: &Message) -> Handled {
        Ok(self.greet(cx))
    }

    fn command(&mut self, cx: &Context<'_>, _command: &Command) -> Handled {
        Ok(self.greet(cx))
    }
}

impl Hello {
    fn greet(&self, cx: &Context<'_>) -> Outcome {
        let name = cx.person.as_ref().map_or("you", |person| person.name.as_str());
        Outcome::pass().reply(Draft::markdown(&self.greeting).value("name", name))
    }
}

switchboard_plugin::export!(Hello);
