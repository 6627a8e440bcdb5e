//! What is written and read of the knowledge base.

use async_trait::async_trait;

/// Writes of the knowledge base.
#[derive(Clone, Debug)]
pub enum KnowledgeUnit {}

/// Reads of the knowledge base.
#[async_trait]
pub trait KnowledgeReads: Send + Sync {}
