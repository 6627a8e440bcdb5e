//! The console over HTTP, on a real database.

mod answers;
mod chats;
mod communities;
mod elsewhere;
mod lists;
mod live;
mod owners;
mod pages;
mod people;
mod plugins;
mod sign_in;
mod site;
