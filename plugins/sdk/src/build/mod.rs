//! Builders on the contract's types, so that a plugin says only what differs from the usual.

mod button;
mod call;
mod draft;
mod error;
mod moderation;
mod outcome;
