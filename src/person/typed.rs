//! A yes or no in words to what we asked last.

use super::press::PersonPress;
use super::{Asker, CODE_LIFE, Persons};
use crate::dispatcher::Outcome;
use crate::dispatcher::question::asked_last;
use crate::storage::ReadError;

impl Persons {
    /// What comes of a yes or no; none where nothing of ours waits for one. A word on its own is an answer only as long as a code would
    /// wait for one.
    pub(super) async fn answered(
        &self,
        asker: &Asker<'_>,
        yes: bool,
        replies: bool,
    ) -> Result<Option<Outcome>, ReadError> {
        let Some(question) = asked_last(&self.storage, asker.snapshot, replies, CODE_LIFE).await? else {
            return Ok(None);
        };
        let mut presses = question.buttons.iter().filter_map(PersonPress::of);
        match presses.find(|press| press.says(yes)) {
            Some(press) => self.pressed(asker, press, question.message).await.map(Some),
            None => Ok(None),
        }
    }
}
