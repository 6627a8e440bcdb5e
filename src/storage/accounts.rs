//! What is written and read of accounts, sessions, invites and the audit.

use async_trait::async_trait;

/// Writes of accounts, sessions, invites and the audit.
#[derive(Clone, Debug)]
pub enum AccountUnit {}

/// Reads of accounts, sessions, invites and the audit.
#[async_trait]
pub trait AccountReads: Send + Sync {}
