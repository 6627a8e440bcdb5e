//! Switchboard connects every question in a community to the one who can answer it: a bot, a peer, or a person.
//!
//! ```text
//!  platform ─▶ connectors/<x>/inbound ─▶ Event ─▶ accept ─▶ dispatcher: handlers, plugin chain ─▶ Outcome
//!                                                           (one lane per conversation)             │
//!                                         one unit: "handled" + conversation + kv + jobs + deliveries
//!                                                                                                   ▼
//!  platform ◀─ connectors/<x>/outbound ◀─ relay (priorities, rate limits, retries) ◀──────────── outbox
//! ```
//!
//! `ARCHITECTURE.md` says which module may import which. The modules stand here in the order to read them.

pub mod model;

pub mod clock;
pub mod secret;
pub mod supervisor;
pub mod telemetry;

pub mod storage;

pub mod calls;
pub mod connectors;
pub mod dispatcher;
pub mod jobs;
pub mod outbox;
pub mod plugin_host;

pub mod calendar;
pub mod handoff;
pub mod help;
pub mod installer;
pub mod knowledge;
pub mod language_model;
pub mod person;
pub mod webhooks;

pub mod console;
pub mod http;

pub mod app;
pub mod cli;
pub mod config;

pub mod dialog;
