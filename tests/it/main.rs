//! The one integration binary: one module for each part that is tested from outside.

mod cli;
mod console;
mod crash;
mod dispatcher;
mod generated;
mod jobs;
mod outbox;
mod storage;
mod support;
mod tidy;
mod transcript;
mod web_chat;
