//! The one integration binary.

mod web_chat;
