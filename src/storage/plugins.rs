//! What is written and read of installed plugins, their grants and settings.

use async_trait::async_trait;

/// Writes of installed plugins, their grants and settings.
#[derive(Clone, Debug)]
pub enum PluginUnit {}

/// Reads of installed plugins, their grants and settings.
#[async_trait]
pub trait PluginReads: Send + Sync {}
