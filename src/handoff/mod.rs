//! Passing a conversation to staff: queues, and what staff do with it.
