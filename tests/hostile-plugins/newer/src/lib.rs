//! Built for a later version of the contract, in which `log` has one function more, and calls it.

use switchboard_plugin::types::{Message, Outcome};
use switchboard_plugin::{Context, Handled, NoConfig, Plugin};

mod later {
    wit_bindgen::generate!({
        inline: "
            package switchboard:plugin@0.1.1;

            interface log {
              enum level { debug, info, warn, error }
              write: func(level: level, text: string);
              /// How many lines the plugin may still write in this event.
              left: func() -> u32;
            }

            world newer { import log; }
        ",
        world: "newer",
    });
}

use later::switchboard::plugin::log;

struct Newer;

impl Plugin for Newer {
    type Config = NoConfig;

    fn init(_community: &str, _config: NoConfig) -> Result<Self, String> {
        Ok(Self)
    }

    fn message(&mut self, _cx: &Context<'_>, _message: &Message) -> Handled {
        log::write(log::Level::Info, "as before");
        Ok(Outcome::pass().reply(format!("{} lines are left", log::left())))
    }
}

switchboard_plugin::export!(Newer);
