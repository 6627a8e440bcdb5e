//! The console over HTTP, on a real database.

mod chats;
mod communities;
mod elsewhere;
mod lists;
mod live;
mod owners;
mod pages;
mod people;
mod plugins;
mod quality;
mod sign_in;
mod site;
