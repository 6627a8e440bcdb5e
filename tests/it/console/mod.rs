//! The console over HTTP, on a real database.

mod answers;
mod chats;
mod communities;
mod drafts;
mod elsewhere;
mod entry_form;
mod events;
mod import;
mod lists;
mod live;
mod model;
mod owners;
mod packages;
mod pages;
mod people;
mod plugin_settings;
mod plugins;
mod quality;
mod sign_in;
mod site;
mod upkeep;
