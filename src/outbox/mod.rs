//! What leaves: enqueue, relay, retry and rate limits.
