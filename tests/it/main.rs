//! The one integration binary.

mod tidy;
mod web_chat;
