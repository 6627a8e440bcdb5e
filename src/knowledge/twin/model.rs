//! The answer twin of a sentence model: before one comes, goes or is another, the questions of the last month are put to the base as it is
//! and as it would be with that model.

use std::sync::Arc;

use super::grounds::Grounds;
use super::{Labels, Past, Twin, TwinError, compare, past, questions_max, said_until, since};
use crate::knowledge::Knowledge;
use crate::model::finding::Decision;
use crate::model::ids::CommunityId;
use crate::supervisor::Stop;

/// A model that is new here has read nothing. So many texts take it a minute or two, which somebody who wants to know waits for.
const TEXTS_MAX: usize = 20_000;

impl Knowledge {
    /// Puts the questions of the last month again: to this base, and to `other`, which is the same with another sentence model, or with
    /// none.
    ///
    /// # Errors
    ///
    /// When something cannot be read, or one of the models cannot read it all.
    pub async fn twin_of_model(&self, other: &Self, community: CommunityId) -> Result<Twin, TwinError> {
        let today = self.today(community).await?.to_string();
        let one_at_a_time = Arc::clone(&self.comparing).lock_owned().await;
        let (asked, said_of) = self.month(community, since(self.clock.now())).await?;
        let now = self.grounds(community).await?;
        let then = other.grounds(community).await?;
        let stop = self.stop.clone();
        // Who asked may be gone before it is done: until then nobody begins another.
        let making = tokio::task::spawn_blocking(move || {
            let _one_at_a_time = one_at_a_time;
            let (questions, left_out) = past(community, asked, questions_max(now.entries.len(), true));
            let before = decided(&stop, now, questions.clone(), &today)?;
            let after = decided(&stop, then, questions.clone(), &today)?;
            Ok(Twin {
                left_out,
                ..compare(&questions, &Labels::new(&said_of), before, after)
            })
        });
        making.await.map_err(|_| TwinError::Broken)?
    }
}

/// What is said to each of the questions, once its model has read all of them.
fn decided(stop: &Stop, grounds: Grounds, mut questions: Vec<Past>, today: &str) -> Result<Vec<Decision>, TwinError> {
    let language = grounds.language.clone();
    let (mut base, reader) = grounds.base();
    if let Some(reader) = reader {
        let read = reader.up_to(TEXTS_MAX).read(&mut base, &language, &[], &mut questions);
        read.map_err(TwinError::Unread)?;
    }
    said_until(stop, &questions, &base, today).ok_or(TwinError::Broken)
}
