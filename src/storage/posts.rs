//! What is written and read of planned posts.

use async_trait::async_trait;

/// Writes of planned posts.
#[derive(Clone, Debug)]
pub enum PostUnit {}

/// Reads of planned posts.
#[async_trait]
pub trait PostReads: Send + Sync {}
