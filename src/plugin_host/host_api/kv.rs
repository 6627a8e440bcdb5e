//! `kv`: the plugin's own keys. Writes wait in the buffer for the commit.

use std::sync::Arc;

use super::State;
use crate::plugin_host::bindings::switchboard::plugin::kv::Host;
use crate::plugin_host::bindings::switchboard::plugin::types::CallError;
use crate::plugin_host::data::HostData;
use crate::plugin_host::kv::KvChange;

/// More in one answer than a plugin should hold.
const SCAN_MAX: u32 = 100;

type Answer<T> = wasmtime::Result<Result<T, CallError>>;

impl State {
    fn check_key(&self, key: &str) -> Result<(), CallError> {
        let max = self.limits.kv_key_bytes;
        if key.is_empty() || key.len() > max {
            return Err(CallError::Limit(format!("too-large: a key has 1 to {max} bytes")));
        }
        Ok(())
    }

    async fn read(&mut self, key: &str) -> Result<Option<Vec<u8>>, CallError> {
        self.check_key(key)?;
        let data = self.call(format!("kv.get {key}"))?;
        if let Some(KvChange::Set { .. } | KvChange::Delete) = self.kv.writes.get(key) {
            return self
                .kv
                .seen(key, None)
                .map_err(|problem| CallError::Other(problem.into()));
        }
        let stored = data.kv_get(key).await?;
        self.kv
            .reads
            .insert(key.to_owned(), stored.as_ref().map(|stored| stored.version));
        self.kv
            .seen(key, stored.map(|stored| stored.value))
            .map_err(|problem| CallError::Other(problem.into()))
    }

    async fn write(&mut self, key: String, value: Vec<u8>, ttl: Option<u32>) -> Result<(), CallError> {
        self.check_key(&key)?;
        let max = self.limits.kv_value_bytes;
        if value.len() > max {
            return Err(CallError::Limit(format!("too-large: a value has at most {max} bytes")));
        }
        let data = self.call(format!("kv.set {key}"))?;
        self.take_room(&data, (key.len() + value.len()) as u64).await?;
        self.kv.writes.insert(key, KvChange::Set { value, ttl });
        Ok(())
    }

    /// Sets room aside for one more key.
    async fn take_room(&mut self, data: &Arc<dyn HostData>, bytes: u64) -> Result<(), CallError> {
        if self.holding.take(bytes) {
            return Ok(());
        }
        let before = self.holding.room().before();
        let stored = data.kv_usage().await?;
        let quota = (self.limits.kv_keys, self.limits.kv_bytes);
        self.holding.room().look(&before, quota, stored);
        if self.holding.take(bytes) {
            return Ok(());
        }
        let (keys, bytes) = (self.limits.kv_keys, self.limits.kv_bytes >> 20);
        Err(CallError::Limit(format!(
            "quota: at most {keys} keys and {bytes} MiB in one community"
        )))
    }

    async fn raise(&mut self, key: String, by: i64, ttl: Option<u32>) -> Result<i64, CallError> {
        self.check_key(&key)?;
        let data = self.call(format!("kv.increment {key}"))?;
        if !self.kv.writes.contains_key(&key) {
            self.take_room(&data, (key.len() + i64::BITS as usize) as u64).await?;
        }
        // Not a read that the commit checks: sums of several events merge.
        let stored = data.kv_get(&key).await?.map(|stored| stored.value);
        self.kv
            .add(&key, by, ttl, stored.as_deref())
            .map_err(|problem| CallError::Other(problem.into()))
    }

    async fn list(
        &mut self,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<(String, Vec<u8>)>, CallError> {
        let data = self.call(format!("kv.scan {prefix}"))?;
        let limit = limit.min(SCAN_MAX);
        // Deleted ones are taken out below, so that many more are needed to fill the answer.
        let more = u32::try_from(self.kv.writes.len()).unwrap_or(SCAN_MAX);
        let stored = data.kv_scan(prefix, after, limit + more).await?;
        let mut merged = std::collections::BTreeMap::new();
        for (key, stored) in stored {
            self.kv.reads.insert(key.clone(), Some(stored.version));
            merged.insert(key, Some(stored.value));
        }
        let behind = |key: &str| after.is_none_or(|after| key > after);
        for key in self
            .kv
            .writes
            .keys()
            .filter(|key| key.starts_with(prefix) && behind(key))
        {
            let stored = merged.get(key).cloned().flatten();
            let seen = self
                .kv
                .seen(key, stored)
                .map_err(|problem| CallError::Other(problem.into()))?;
            merged.insert(key.clone(), seen);
        }
        let seen = merged.into_iter().filter_map(|(key, value)| Some((key, value?)));
        Ok(seen.take(limit as usize).collect())
    }
}

impl Host for State {
    async fn get(&mut self, key: String) -> Answer<Option<Vec<u8>>> {
        Ok(self.read(&key).await)
    }

    async fn set(&mut self, key: String, value: Vec<u8>, ttl_seconds: Option<u32>) -> Answer<()> {
        Ok(self.write(key, value, ttl_seconds).await)
    }

    async fn delete(&mut self, key: String) -> Answer<()> {
        Ok(self
            .check_key(&key)
            .and_then(|()| self.call(format!("kv.delete {key}")))
            .map(|_| {
                self.kv.writes.insert(key, KvChange::Delete);
            }))
    }

    async fn increment(&mut self, key: String, by: i64, ttl_seconds: Option<u32>) -> Answer<i64> {
        Ok(self.raise(key, by, ttl_seconds).await)
    }

    async fn scan(&mut self, prefix: String, after: Option<String>, limit: u32) -> Answer<Vec<(String, Vec<u8>)>> {
        Ok(self.list(&prefix, after.as_deref(), limit).await)
    }
}
