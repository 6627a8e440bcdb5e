//! What a plugin does to its keys during one event: kept back until the commit, seen by its own reads.

use std::collections::BTreeMap;

/// What becomes of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KvChange {
    /// It holds this.
    Set {
        /// The value.
        value: Vec<u8>,
        /// After how many seconds it is gone by itself.
        ttl: Option<u32>,
    },
    /// It is gone.
    Delete,
    /// A decimal counter is raised.
    Add {
        /// By how much.
        by: i64,
        /// After how many seconds it is gone by itself; only where it was missing.
        ttl: Option<u32>,
    },
}

/// The reads and writes of one event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KvBuffer {
    /// Keys that were read, with the version seen; none when it was missing.
    pub reads: BTreeMap<String, Option<u32>>,
    /// Keys that are written.
    pub writes: BTreeMap<String, KvChange>,
}

impl KvBuffer {
    /// What a read sees, given what is stored.
    pub fn seen(&self, key: &str, stored: Option<Vec<u8>>) -> Result<Option<Vec<u8>>, &'static str> {
        match self.writes.get(key) {
            None => Ok(stored),
            Some(KvChange::Set { value, .. }) => Ok(Some(value.clone())),
            Some(KvChange::Delete) => Ok(None),
            Some(KvChange::Add { by, .. }) => {
                let sum = counter(stored.as_deref())?.saturating_add(*by);
                Ok(Some(sum.to_string().into_bytes()))
            }
        }
    }

    /// Raises a counter and returns its provisional sum.
    pub fn add(&mut self, key: &str, by: i64, ttl: Option<u32>, stored: Option<&[u8]>) -> Result<i64, &'static str> {
        match self.writes.get_mut(key) {
            Some(KvChange::Set { value, .. }) => {
                let sum = counter(Some(value))?.saturating_add(by);
                *value = sum.to_string().into_bytes();
                Ok(sum)
            }
            Some(change @ KvChange::Delete) => {
                let value = by.to_string().into_bytes();
                *change = KvChange::Set { value, ttl };
                Ok(by)
            }
            Some(KvChange::Add { by: pending, .. }) => {
                *pending = pending.saturating_add(by);
                Ok(counter(stored)?.saturating_add(*pending))
            }
            None => {
                let sum = counter(stored)?.saturating_add(by);
                self.writes.insert(key.to_owned(), KvChange::Add { by, ttl });
                Ok(sum)
            }
        }
    }
}

fn counter(stored: Option<&[u8]>) -> Result<i64, &'static str> {
    let Some(bytes) = stored else {
        return Ok(0);
    };
    str::from_utf8(bytes)
        .ok()
        .and_then(|text| text.parse().ok())
        .ok_or("the key holds no counter")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_see_own_writes() {
        let mut kv = KvBuffer::default();
        assert_eq!(kv.add("n", 2, None, Some(b"40")), Ok(42));
        assert_eq!(kv.add("n", 1, None, Some(b"40")), Ok(43));
        assert_eq!(kv.seen("n", Some(b"40".to_vec())), Ok(Some(b"43".to_vec())));
        kv.writes.insert("n".into(), KvChange::Delete);
        assert_eq!(kv.seen("n", Some(b"40".to_vec())), Ok(None));
        assert_eq!(kv.add("n", 5, None, Some(b"40")), Ok(5));
    }

    #[test]
    fn text_is_no_counter() {
        assert_eq!(
            KvBuffer::default().add("n", 1, None, Some(b"many")),
            Err("the key holds no counter")
        );
    }
}
