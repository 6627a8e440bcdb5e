//! Write plugins for Switchboard.
//!
//! A plugin is a function from an [`Event`](types::Event), and what its granted host interfaces let it read, to an
//! [`Outcome`](types::Outcome). Implement [`Plugin`] and hand the type to [`export!`]:
//!
//! ```
//! use switchboard_plugin::types::{Message, Outcome};
//! use switchboard_plugin::{Context, Handled, Plugin};
//!
//! struct Parrot;
//!
//! impl Plugin for Parrot {
//!     type Config = switchboard_plugin::NoConfig;
//!
//!     fn init(_community: &str, _config: Self::Config) -> Result<Self, String> {
//!         Ok(Self)
//!     }
//!
//!     fn message(&mut self, _cx: &Context<'_>, message: &Message) -> Handled {
//!         Ok(Outcome::pass().reply(message.text.as_str()))
//!     }
//! }
//!
//! switchboard_plugin::export!(Parrot);
//! # fn main() {}
//! ```
//!
//! Beside the source lies `plugin.toml`, the manifest: which events the plugin wants and which permissions it asks.
//! The contract itself is `wit/plugin.wit`; the types here are made from it, with builders added. Guest memory is a
//! cache, never a store: what must last goes to [`kv`]. The only clock is [`Event::now`](types::Event).
//!
//! Outside the sandbox (`cargo test`) the types and builders work, the host interfaces panic: test decisions there,
//! and whole conversations with `.dialog` files.

mod build;
mod host;
mod plugin;
pub mod texts;

#[expect(clippy::pedantic, reason = "generated from wit/plugin.wit, which is documented")]
#[doc(hidden)]
pub mod bindings {
    wit_bindgen::generate!({
        path: "wit",
        world: "plugin",
        pub_export_macro: true,
        default_bindings_module: "switchboard_plugin::bindings",
        additional_derives: [PartialEq],
        generate_unused_types: true,
    });
}

pub use self::host::{history, http, knowledge, kv, log, model};
pub use self::plugin::{Context, Handled, NoConfig, Plugin};

/// The contract's plain data, with builders.
pub mod types {
    pub use crate::bindings::switchboard::plugin::types::*;
}

/// What [`export!`] calls.
#[doc(hidden)]
pub mod runtime {
    pub use crate::plugin::{handle, init};
}

/// Makes a [`Plugin`] the component's one plugin.
#[macro_export]
macro_rules! export {
    ($plugin:ty) => {
        const _: () = {
            ::std::thread_local! {
                // A component has one thread, and each instance has its own memory.
                static PLUGIN: ::std::cell::RefCell<::std::option::Option<$plugin>> =
                    const { ::std::cell::RefCell::new(::std::option::Option::None) };
            }

            struct Component;

            impl $crate::bindings::exports::switchboard::plugin::handler::Guest for Component {
                fn init(
                    community: ::std::string::String,
                    config: ::std::string::String,
                ) -> ::std::result::Result<(), ::std::string::String> {
                    let plugin = $crate::runtime::init::<$plugin>(&community, &config)?;
                    PLUGIN.set(::std::option::Option::Some(plugin));
                    ::std::result::Result::Ok(())
                }

                fn handle(
                    event: $crate::types::Event,
                    trail: ::std::vec::Vec<$crate::types::Step>,
                ) -> ::std::result::Result<$crate::types::Outcome, $crate::types::Error> {
                    PLUGIN.with_borrow_mut(|plugin| $crate::runtime::handle(plugin.as_mut(), &event, &trail))
                }
            }

    $crate::bindings::export!(Component with_types_in $crate::bindings);
        };
    };
}
