//! The console over HTTP, on a real database.

mod pages;
mod people;
mod sign_in;
mod site;
