//! From what is stored to what a browser gets. Pure.

use serde::Serialize;
use uuid::Uuid;

use super::inbound::Refusal;
use super::token::Signer;
use super::transcript::Line;
use super::{EVERYONE, FILE_PATH};
use crate::model::Timestamp;
use crate::model::action::{Author, FileRef};
use crate::model::button::Button;
use crate::model::content::Block;

/// One thing a browser is told.
#[derive(Debug, Serialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub(super) enum Frame<'a> {
    /// What was said so far. First on each connection.
    Welcome { lines: Vec<View<'a>>, more: bool },
    /// What was said before that.
    Earlier { lines: Vec<View<'a>>, more: bool },
    /// Something new, or the new form of something known.
    Line { line: View<'a> },
    /// We have it, and it will be handled.
    Taken {
        #[serde(with = "uuid::serde::simple")]
        id: Uuid,
    },
    /// We do not have it.
    Refused {
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<uuid::fmt::Simple>,
        why: Refusal,
        /// What the page says; its own words where there is nothing.
        #[serde(skip_serializing_if = "Option::is_none")]
        words: Option<&'static str>,
        again: bool,
    },
    /// An answer is being written.
    Typing {
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<&'a str>,
    },
    /// Still there.
    Beat,
}

/// A line as the browser shows it. The blocks are data: the page builds elements from them, never markup.
#[derive(Debug, Serialize)]
pub(super) struct View<'a> {
    /// Names the line: the sender's own id for the visitor's lines, ours for others.
    id: String,
    /// Order; none for a line that has not been handled yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    seq: Option<i64>,
    at: Timestamp,
    who: Who,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "is_false")]
    everyone: bool,
    blocks: &'a [Block],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    buttons: &'a [Button],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    files: Vec<FileView<'a>>,
    #[serde(skip_serializing_if = "is_false")]
    edited: bool,
    #[serde(skip_serializing_if = "is_false")]
    deleted: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

/// Whose words, as the browser needs to know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Who {
    You,
    Bot,
    Staff,
}

#[derive(Debug, Serialize)]
struct FileView<'a> {
    name: &'a str,
    alt: &'a str,
    bytes: u64,
    image: bool,
    url: String,
}

impl Frame<'_> {
    /// As it goes over the wire.
    pub(super) fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a frame is plain data")
    }
}

impl<'a> View<'a> {
    /// A stored line.
    pub(super) fn of(line: &'a Line, signer: &Signer, now: Timestamp) -> Self {
        let (who, name) = match &line.author {
            Author::Identity { .. } => (Who::You, None),
            Author::Staff { name, .. } => (Who::Staff, Some(name.as_str())),
            Author::Plugin { .. } | Author::Host => (Who::Bot, None),
        };
        let id = match (&line.native, who) {
            (Some(native), Who::You) => native.as_str().to_owned(),
            _ => line.id.to_string(),
        };
        Self {
            id,
            seq: Some(line.seq.0),
            at: line.at,
            who,
            name,
            everyone: line.place.id.as_str() == EVERYONE,
            blocks: &line.content.blocks,
            buttons: &line.buttons,
            files: files(&line.files, signer, now),
            edited: line.edited,
            deleted: line.deleted,
        }
    }

    /// What the visitor has just said, for their other windows.
    pub(super) fn just_said(
        id: Uuid,
        blocks: &'a [Block],
        attached: &'a [FileRef],
        signer: &Signer,
        now: Timestamp,
    ) -> Self {
        Self {
            id: id.as_simple().to_string(),
            seq: None,
            at: now,
            who: Who::You,
            name: None,
            everyone: false,
            blocks,
            buttons: &[],
            files: files(attached, signer, now),
            edited: false,
            deleted: false,
        }
    }
}

fn files<'a>(files: &'a [FileRef], signer: &Signer, now: Timestamp) -> Vec<FileView<'a>> {
    let view = |file: &'a FileRef| FileView {
        name: &file.name,
        alt: &file.alt,
        bytes: file.bytes,
        image: super::files::is_inline(&file.media_type),
        url: format!("{FILE_PATH}{}", signer.link(file, now)),
    };
    files.iter().map(view).collect()
}

/// Two places read as one, in the order of saying, the newest `limit` of them. Says whether there is more before.
pub(super) fn merge(own: Vec<Line>, shared: Vec<Line>, limit: usize) -> (Vec<Line>, bool) {
    let mut lines: Vec<Line> = own.into_iter().chain(shared).collect();
    lines.sort_by_key(|line| line.seq);
    lines.dedup_by_key(|line| line.seq);
    let more = lines.len() > limit;
    let lines = lines.split_off(lines.len().saturating_sub(limit));
    (lines, more)
}
