//! Signed names: who a visitor is, and which file a link opens. Pure.
//!
//! A browser holds these as opaque text. Nothing about them is stored, so that a visitor who never writes leaves no
//! trace, and a restart forgets nobody.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use uuid::Uuid;

use crate::model::Timestamp;
use crate::model::action::FileRef;

/// A browser that comes back after a year begins anew.
const VISITOR_AGE_MAX: Duration = Duration::from_hours(365 * 24);

/// A page renews its links whenever it connects, so this only has to outlast an open page.
const LINK_AGE_MAX: Duration = Duration::from_hours(7 * 24);

/// The longest signed text we read; file names are limited far below.
const SIGNED_BYTES_MAX: usize = 4096;

/// One browser that has written. Its id is also the native id of its place and identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Visitor(pub(super) Uuid);

impl Visitor {
    /// The native id of the visitor's place and identity.
    pub(super) fn native(self) -> String {
        self.0.as_simple().to_string()
    }

    /// As staff see it: enough to tell two visitors apart, taken from the random end.
    pub(super) fn name(self) -> String {
        let id = self.native();
        format!("Visitor {}", id[id.len() - 4..].to_uppercase())
    }

    /// When the visitor first wrote: a version 7 UUID begins with its time.
    pub(super) fn since(self) -> Timestamp {
        let millis = self.0.as_u128() >> 80;
        Timestamp::from_millis(i64::try_from(millis).unwrap_or(0))
    }
}

/// Makes and checks signatures with this installation's key.
#[derive(Clone)]
pub(super) struct Signer {
    key: [u8; 32],
}

/// What a link to a file says.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FileLink {
    pub(super) sha256: String,
    pub(super) name: String,
    pub(super) media_type: String,
    until: Timestamp,
}

/// A file that a visitor has uploaded and not sent yet.
#[derive(Serialize, Deserialize)]
struct Upload {
    visitor: Uuid,
    file: FileRef,
}

impl Signer {
    pub(super) fn new(key: [u8; 32]) -> Self {
        Self { key }
    }

    /// What the browser keeps to be known again.
    pub(super) fn token(&self, visitor: Visitor) -> String {
        self.sign("visitor", visitor.0.as_bytes())
    }

    /// Who holds the token, if it is ours and not too old.
    pub(super) fn visitor(&self, token: &str, now: Timestamp) -> Option<Visitor> {
        let bytes = self.open("visitor", token)?;
        let visitor = Visitor(Uuid::from_slice(&bytes).ok()?);
        (now.since(visitor.since()) <= VISITOR_AGE_MAX).then_some(visitor)
    }

    /// The last part of the address that opens the file.
    pub(super) fn link(&self, file: &FileRef, now: Timestamp) -> String {
        let link = FileLink {
            sha256: file.sha256.clone(),
            name: file.name.clone(),
            media_type: file.media_type.clone(),
            until: now + LINK_AGE_MAX,
        };
        self.sign("link", &serde_json::to_vec(&link).expect("a link is plain data"))
    }

    /// What the link opens, if it is ours and not too old.
    pub(super) fn linked(&self, text: &str, now: Timestamp) -> Option<FileLink> {
        let link: FileLink = serde_json::from_slice(&self.open("link", text)?).ok()?;
        (now <= link.until).then_some(link)
    }

    /// What the browser hands back to send an uploaded file.
    pub(super) fn ticket(&self, visitor: Visitor, file: &FileRef) -> String {
        let upload = Upload {
            visitor: visitor.0,
            file: file.clone(),
        };
        self.sign("upload", &serde_json::to_vec(&upload).expect("a file is plain data"))
    }

    /// The file behind the ticket, if this visitor uploaded it.
    pub(super) fn uploaded(&self, visitor: Visitor, ticket: &str) -> Option<FileRef> {
        let upload: Upload = serde_json::from_slice(&self.open("upload", ticket)?).ok()?;
        (upload.visitor == visitor.0).then_some(upload.file)
    }

    fn sign(&self, kind: &str, bytes: &[u8]) -> String {
        let mac = self.mac(kind, bytes).finalize().into_bytes();
        format!("{}.{}", URL_SAFE_NO_PAD.encode(bytes), URL_SAFE_NO_PAD.encode(mac))
    }

    fn open(&self, kind: &str, text: &str) -> Option<Vec<u8>> {
        if text.len() > SIGNED_BYTES_MAX {
            return None;
        }
        let (bytes, mac) = text.split_once('.')?;
        let bytes = URL_SAFE_NO_PAD.decode(bytes).ok()?;
        let mac = URL_SAFE_NO_PAD.decode(mac).ok()?;
        self.mac(kind, &bytes).verify_slice(&mac).ok()?;
        Some(bytes)
    }

    /// The kind is signed too, so that a link never passes for a visitor.
    fn mac(&self, kind: &str, bytes: &[u8]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("HMAC takes keys of any length");
        mac.update(kind.as_bytes());
        mac.update(&[0]);
        mac.update(bytes);
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Clock, TestClock};

    fn file() -> FileRef {
        FileRef {
            sha256: "ab".repeat(32),
            name: "cat.png".into(),
            media_type: "image/png".into(),
            bytes: 7,
            alt: String::new(),
        }
    }

    fn visitor(clock: &TestClock) -> Visitor {
        Visitor(clock.id())
    }

    #[test]
    fn a_token_names_its_visitor_for_a_year() {
        let clock = TestClock::new(Timestamp::from_millis(1_800_000_000_000));
        let (signer, visitor) = (Signer::new([7; 32]), visitor(&clock));
        let token = signer.token(visitor);
        assert_eq!(signer.visitor(&token, clock.now()), Some(visitor));
        clock.advance(VISITOR_AGE_MAX + Duration::from_secs(1));
        assert_eq!(signer.visitor(&token, clock.now()), None);
    }

    #[test]
    fn another_key_or_a_changed_token_is_nobody() {
        let clock = TestClock::new(Timestamp::from_millis(1_800_000_000_000));
        let visitor = visitor(&clock);
        let signer = Signer::new([7; 32]);
        let token = signer.token(visitor);
        assert_eq!(Signer::new([8; 32]).visitor(&token, clock.now()), None);
        let mut changed = token.clone().into_bytes();
        changed[3] ^= 1;
        for wrong in [
            String::from_utf8(changed).unwrap(),
            String::new(),
            ".".into(),
            "a.b".into(),
            "x".repeat(9000),
        ] {
            assert_eq!(signer.visitor(&wrong, clock.now()), None);
        }
    }

    #[test]
    fn a_ticket_is_of_use_to_its_visitor_alone() {
        let clock = TestClock::new(Timestamp::from_millis(1_800_000_000_000));
        let (alice, bob) = (visitor(&clock), visitor(&clock));
        let signer = Signer::new([7; 32]);
        let ticket = signer.ticket(alice, &file());
        assert_eq!(signer.uploaded(alice, &ticket), Some(file()));
        assert_eq!(signer.uploaded(bob, &ticket), None);
        assert_eq!(signer.linked(&ticket, clock.now()), None);
    }

    #[test]
    fn a_link_opens_its_file_for_a_week() {
        let clock = TestClock::new(Timestamp::from_millis(1_800_000_000_000));
        let signer = Signer::new([7; 32]);
        let link = signer.link(&file(), clock.now());
        assert_eq!(signer.linked(&link, clock.now()).unwrap().name, "cat.png");
        clock.advance(LINK_AGE_MAX + Duration::from_secs(1));
        assert_eq!(signer.linked(&link, clock.now()), None);
    }
}
