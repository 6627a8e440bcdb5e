//! Looks through what was said for questions that people answered, and through what was offered for what nobody took, and puts together
//! what means the same.
//!
//! The night does it, and the console at once when somebody asks for it. Each step is one unit that begins where the last one ended, so
//! that whatever dies in between nothing is found twice.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use super::answered::Talk;
use super::gather::{WORDINGS_OF_CLUSTER_MAX, gathered};
use super::nightly::NightError;
use super::scoring::fold;
use super::{Knowledge, gaps};
use crate::model::action::Author;
use crate::model::cluster::{Cluster, ClusterState};
use crate::model::directory::Identity;
use crate::model::ids::{ClusterId, CommunityId, ConversationId, IdentityId, Version};
use crate::storage::clusters::{ClusterUnit, Untaken};
use crate::storage::core::StoredMessage;
use crate::storage::knowledge::{Missed, Unanswered};
use crate::storage::{Page, ReadError, SharedStorage, Unit};

/// What was asked longer ago is no question of today.
pub(super) const ASKED_WITHIN: Duration = Duration::from_hours(90 * 24);

/// Questions that are looked at in a night, the newest first.
const QUESTIONS_MAX: u32 = 20_000;

/// Questions of what somebody settled that new ones are compared with, the newest.
const SETTLED_MAX: u32 = 5_000;

/// Messages that are looked through in one unit, of whomever they are: some milliseconds of a reader.
const MESSAGES_AT_ONCE: u32 = 5_000;

/// Units of that in one run; the rest is looked at the next night.
const LOOKS_MAX: u32 = 100;

/// So long whoever asked may take one of the entries that they were offered, and staff may answer, as on the next morning. In a direct
/// chat a conversation ends after as much quiet.
const TAKEN_WITHIN: Duration = Duration::from_hours(24);

/// Questions that were offered entries, of one unit: each is looked up in its conversation.
const OFFERED_AT_ONCE: u32 = 500;

/// Messages of a conversation that are looked at, the newest: in a longer one nobody knows what was meant at the beginning.
pub(super) const MESSAGES_MAX: u32 = 300;

impl Knowledge {
    /// Looks for questions that people answered, and for those that were offered entries of which nobody took one, and puts together what
    /// means the same: what the night does, at once.
    ///
    /// # Errors
    ///
    /// When storage fails; what was done until then is done.
    pub async fn look(&self, community: CommunityId) -> Result<(), NightError> {
        let _one_at_a_time = self.looking.lock().await;
        for _ in 0..LOOKS_MAX {
            if !self.look_on(community).await? {
                break;
            }
        }
        // Behind the messages: what a person answered is a question that people answered, whatever the bot offered.
        for _ in 0..LOOKS_MAX {
            if !self.look_on_offered(community).await? {
                break;
            }
        }
        self.gather(community).await
    }

    /// Looks through the next questions that were offered entries. Whether there may be more.
    async fn look_on_offered(&self, community: CommunityId) -> Result<bool, NightError> {
        let from = self.storage.looked_at_offered(community).await?;
        let at = self.clock.now();
        let within = (at - ASKED_WITHIN, at - TAKEN_WITHIN);
        let offered = self.storage.offered(community, from, within, OFFERED_AT_ONCE).await?;
        if offered.to == from {
            return Ok(false);
        }
        let looked = ClusterUnit::LookedAtOffered {
            community,
            from,
            to: offered.to,
            found: offered
                .untaken
                .into_iter()
                .filter_map(|untaken| missed(community, untaken))
                .collect(),
            at,
        };
        self.storage.write(Unit::Cluster(looked)).await?;
        Ok(offered.more)
    }

    /// Looks through the next messages. Whether there may be more.
    async fn look_on(&self, community: CommunityId) -> Result<bool, NightError> {
        let (from, _) = self.storage.looked(community).await?;
        let since = self.clock.now() - ASKED_WITHIN;
        let said = self
            .storage
            .people_said(community, from, since, MESSAGES_AT_ONCE)
            .await?;
        let mut found = Vec::new();
        for conversation in said.conversations {
            found.extend(self.answered_by_people(community, conversation).await?);
        }
        let looked = ClusterUnit::Looked {
            community,
            from,
            to: said.to,
            found,
            at: self.clock.now(),
        };
        self.storage.write(Unit::Cluster(looked)).await?;
        Ok(said.more)
    }

    /// The questions of one conversation that people answered.
    async fn answered_by_people(
        &self,
        community: CommunityId,
        id: ConversationId,
    ) -> Result<Vec<Unanswered>, ReadError> {
        let Some((messages, asker, people)) = self.talk(id).await? else {
            return Ok(Vec::new());
        };
        if people.get(&asker).is_none_or(|asker| asker.bot || asker.staff) {
            return Ok(Vec::new());
        }
        let questions = talk(&messages, asker, &people, |talk| {
            talk.questions().into_iter().cloned().collect::<Vec<StoredMessage>>()
        });
        let questions = questions.into_iter().filter_map(|asked| {
            let question = gaps::question(&asked.new.content.to_plain());
            (!fold(&question).is_empty()).then(|| Unanswered {
                community,
                question,
                missed: Missed::ByPeople,
                reason: "a person answered".to_owned(),
                place: Some(asked.new.place),
                identity: Some(asker),
                message: Some(asked.new.id),
                conversation: Some(id),
                at: asked.new.at,
            })
        });
        Ok(questions.collect())
    }

    /// What was said in a conversation, oldest first, who began it, and who else spoke; none when nobody is known to have begun it.
    pub(super) async fn talk(
        &self,
        id: ConversationId,
    ) -> Result<Option<(Vec<StoredMessage>, IdentityId, People)>, ReadError> {
        let conversation = self.storage.conversation(id).await?;
        let Some(asker) = conversation.and_then(|conversation| conversation.asker) else {
            return Ok(None);
        };
        let page = Page {
            before: None,
            limit: MESSAGES_MAX,
        };
        let mut messages = self.storage.messages_of_conversation(id, page).await?;
        messages.reverse();
        let people = people_of(&self.storage, &messages).await?;
        Ok(Some((messages, asker, people)))
    }

    /// Puts together what means the same, a cluster at a time.
    async fn gather(&self, community: CommunityId) -> Result<(), NightError> {
        let since = self.clock.now() - ASKED_WITHIN;
        let mut asked = self.storage.questions_open(community, since, QUESTIONS_MAX).await?;
        if asked.iter().all(|question| question.cluster.is_some()) {
            return Ok(());
        }
        let mut settled = self
            .storage
            .questions_settled(community, WORDINGS_OF_CLUSTER_MAX, SETTLED_MAX)
            .await?;
        // What is open in the same words is what people wait for.
        let open = asked.iter().filter(|question| question.cluster.is_some());
        let open: HashSet<String> = open.map(|question| fold(&question.question)).collect();
        settled.retain(|question| !open.contains(&fold(&question.question)));
        asked.extend(settled);
        let communities = self.storage.communities().await?;
        let own = communities.iter().find(|known| known.id == community);
        let language = own.map_or("en", |community| community.language.as_str()).to_owned();
        let compared = tokio::task::spawn_blocking(move || gathered(&asked, &language)).await;
        for gathered in compared.map_err(|_| NightError::Compare)? {
            let unit = match gathered.cluster {
                Some(cluster) => ClusterUnit::Join {
                    cluster,
                    questions: gathered.questions,
                },
                None => ClusterUnit::Make {
                    cluster: Box::new(self.fresh(community, gathered.asked)),
                    questions: gathered.questions,
                },
            };
            self.storage.write(Unit::Cluster(unit)).await?;
        }
        Ok(())
    }

    fn fresh(&self, community: CommunityId, asked: i64) -> Cluster {
        let now = self.clock.now();
        Cluster {
            id: ClusterId(self.clock.id()),
            community,
            asked,
            state: ClusterState::New,
            reopened: 0,
            owner: None,
            due: None,
            version: Version(1),
            made_at: now,
            changed_at: now,
        }
    }
}

/// A question of which nobody took what was offered, as it is kept.
fn missed(community: CommunityId, untaken: Untaken) -> Option<Unanswered> {
    let question = gaps::question(&untaken.question);
    (!fold(&question).is_empty()).then(|| Unanswered {
        community,
        question,
        missed: Missed::Untaken,
        reason: match untaken.nearest {
            Some(entry) => format!("{entry} was the nearest"),
            None => "nobody pressed one".to_owned(),
        },
        place: untaken.place,
        identity: Some(untaken.identity),
        message: Some(untaken.message),
        conversation: Some(untaken.conversation),
        at: untaken.at,
    })
}

/// Those who spoke in a conversation.
pub(super) type People = HashMap<IdentityId, Identity>;

/// Who wrote these messages; staff of the console are in them by name.
pub(super) async fn people_of(storage: &SharedStorage, messages: &[StoredMessage]) -> Result<People, ReadError> {
    let mut people = People::new();
    for message in messages {
        if let Author::Identity { id } = &message.new.author
            && !people.contains_key(id)
            && let Some(identity) = storage.identity(*id).await?
        {
            people.insert(*id, identity);
        }
    }
    Ok(people)
}

/// Looks at a conversation. Somebody who is not known any more is a person.
pub(super) fn talk<T>(
    messages: &[StoredMessage],
    asker: IdentityId,
    people: &People,
    look: impl FnOnce(&Talk<'_>) -> T,
) -> T {
    look(&Talk {
        messages,
        asker,
        is_person: &|id| people.get(&id).is_none_or(|who| !who.bot),
        is_staff: &|id| people.get(&id).is_some_and(|who| who.staff),
    })
}
