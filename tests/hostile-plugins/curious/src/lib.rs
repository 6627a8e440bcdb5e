//! Uses every interface of the contract that needs a permission, so that its component imports all of them.

use switchboard_plugin::bindings::switchboard::plugin::model;
use switchboard_plugin::types::{Message, Outcome};
use switchboard_plugin::{Context, Handled, NoConfig, Plugin, history, http, knowledge, kv};

struct Curious;

impl Plugin for Curious {
    type Config = NoConfig;

    fn init(_community: &str, _config: NoConfig) -> Result<Self, String> {
        Ok(Self)
    }

    fn message(&mut self, _cx: &Context<'_>, message: &Message) -> Handled {
        let found = [
            kv::get("key")?.is_some(),
            knowledge::ask(&message.text, 1)?.probability > 0.5,
            !history::recent(1)?.is_empty(),
            http::get("https://a.example/")?.is_success(),
            model::complete(&[], 1)?.cut,
        ];
        Ok(Outcome::pass().reply(format!("{found:?}")))
    }
}

switchboard_plugin::export!(Curious);
