//! The one integration binary: one module for each part that is tested from outside.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::needless_pass_by_value,
    reason = "tests count to a thousand, and their calls read as sentences"
)]
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed, also in what it is built of"
)]

mod admins;
mod answers;
mod authors;
mod calendar;
mod calls;
mod choice;
mod cli;
mod conformance;
mod console;
mod consult;
mod crash;
mod cut;
mod dialogs;
mod discord;
mod dispatcher;
mod embeddings;
mod entries;
mod explained;
mod faults;
mod generated;
mod handoff;
mod import;
mod injection;
mod installer;
mod instead;
mod jobs;
mod language_model;
mod moderation;
mod outbox;
mod outside;
mod peers;
mod person;
mod plugin_chat;
mod plugin_host;
mod replay;
mod stop;
mod storage;
mod support;
mod swaps;
mod telegram;
mod threads;
mod tidy;
mod transcript;
mod tutorials;
mod unasked;
mod updates;
mod upkeep;
mod web_chat;
mod webhooks;
mod within;
