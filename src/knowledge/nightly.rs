//! The work of the night: finds questions that people answered, puts together what means the same, watches whether what was published
//! helps, and makes up for what was cut off.
//!
//! Each step is one unit that says what it found and changes nothing where that is no longer so. Whatever dies in between, the next run
//! goes on from what is stored: nothing is counted twice, and nobody is told twice.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use super::answered::Talk;
use super::clusters::{PEOPLE_MIN, is_direct, people};
use super::group::{Group, Wording, group};
use super::scoring::fold;
use super::{Knowledge, gaps};
use crate::model::action::Author;
use crate::model::cluster::{Cluster, ClusterState, ClusterStateKind, WATCHED_FOR};
use crate::model::conversation::LaneKey;
use crate::model::directory::Identity;
use crate::model::event::{Event, EventBody, Source, StaffAct};
use crate::model::ids::{
    ClusterId, CommunityId, ConversationId, EventId, IdentityId, PlaceId, Version,
};
use crate::storage::accounts::Role;
use crate::storage::clusters::{AskedQuestion, ClusterFilter, ClusterUnit, CountedCluster, QuestionRef};
use crate::storage::core::StoredMessage;
use crate::storage::knowledge::{Missed, Unanswered};
use crate::storage::unit::{Accept, NewEvent};
use crate::storage::{Page, ReadError, Unit, WriteError};
use crate::supervisor::Bell;

/// The job's name.
pub const JOB: &str = "knowledge";

/// When the night is, in UTC: behind the evening's questions in most places, and before what is old is forgotten.
pub const SCHEDULE: &str = "10 2 * * *";

/// What was asked longer ago is no question of today.
const ASKED_WITHIN: Duration = Duration::from_hours(90 * 24);

/// Questions that are looked at in a night, the newest first.
const QUESTIONS_MAX: u32 = 20_000;

/// Wordings without a cluster that are compared with each other in a night, the newest first: some seconds of one core.
const WORDINGS_MAX: usize = 3_000;

/// Wordings by which a cluster is known, the newest: more are more of the same.
const WORDINGS_OF_CLUSTER_MAX: usize = 12;

/// What people said that is looked at in one unit.
const SAID_AT_ONCE: u32 = 200;

/// Units of that in one run; the rest is looked at the next night.
const LOOKS_MAX: u32 = 100;

/// Messages of a conversation that are looked at, the newest: in a longer one nobody knows what was meant at the beginning.
pub(super) const MESSAGES_MAX: u32 = 300;

/// Clusters that are watched at once; more are no work that anybody does.
const WATCHED_MAX: u32 = 5_000;

/// Drafts that are looked at in a night.
const DRAFTS_MAX: u32 = 1_000;

/// An author whom nobody has asked by then: the program died in between.
const UNASKED_AFTER: Duration = Duration::from_hours(1);

/// Why a night was not finished. The next one goes on.
#[derive(Debug, thiserror::Error)]
pub enum NightError {
    /// It could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// It could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// Comparing the questions broke.
    #[error("the questions could not be compared")]
    Compare,
}

/// The work of the night for all communities.
pub struct Nightly {
    knowledge: Knowledge,
    /// Rung when an event was stored.
    events: Bell,
}

impl Nightly {
    /// `events` wakes the dispatcher.
    pub fn new(knowledge: Knowledge, events: Bell) -> Self {
        Self { knowledge, events }
    }

    /// All of it. May run twice.
    ///
    /// # Errors
    ///
    /// When storage fails; what was done until then is done.
    pub async fn run(&self) -> Result<(), NightError> {
        for community in self.knowledge.storage.communities().await? {
            self.knowledge.look(community.id).await?;
            self.watch(community.id).await?;
            self.ask_authors(community.id).await?;
        }
        Ok(())
    }

    /// Looks whether what was published helps.
    async fn watch(&self, community: CommunityId) -> Result<(), NightError> {
        let filter = ClusterFilter {
            states: vec![ClusterStateKind::Published, ClusterStateKind::Watching],
            people_min: 0,
            skip: 0,
            limit: WATCHED_MAX,
        };
        for CountedCluster { cluster, .. } in self.knowledge.storage.clusters(community, &filter).await? {
            let watched = self.begin_watch(cluster).await?;
            self.end_watch(watched).await?;
        }
        Ok(())
    }

    /// From when an answer is there, it is known how many asked before.
    async fn begin_watch(&self, cluster: Cluster) -> Result<Cluster, NightError> {
        let ClusterState::Published { entry, at } = cluster.state.clone() else {
            return Ok(cluster);
        };
        let storage = &self.knowledge.storage;
        let before = storage.cluster_askers(cluster.id, at - WATCHED_FOR, at).await?;
        let state = ClusterState::Watching { entry, at, before };
        let Ok(after) = cluster.become_state(state, self.knowledge.clock.now()) else {
            return Ok(cluster);
        };
        Ok(if self.change(&cluster, &after, Vec::new()).await? { after } else { cluster })
    }

    async fn end_watch(&self, cluster: Cluster) -> Result<(), NightError> {
        let now = self.knowledge.clock.now();
        let (ClusterState::Watching { at, .. }, Some(until)) = (&cluster.state, cluster.watched_until()) else {
            return Ok(());
        };
        if now < until {
            return Ok(());
        }
        let asked = self.knowledge.storage.cluster_askers(cluster.id, *at, until).await?;
        let Some(after) = cluster.judged(asked, now) else {
            return Ok(());
        };
        let told = if after.state == ClusterState::New {
            tracing::info!(cluster.id = %after.id, "people go on asking although an answer was published");
            self.told(&after).await?
        } else {
            Vec::new()
        };
        self.change(&cluster, &after, told).await?;
        Ok(())
    }

    /// Writes the row with the events that tell of it, both or neither. Whether it still was as it was read: if not, the next night
    /// looks again.
    async fn change(&self, before: &Cluster, after: &Cluster, told: Vec<NewEvent>) -> Result<bool, WriteError> {
        let change = ClusterUnit::Change {
            before: before.version,
            after: Box::new(after.clone()),
            by: None,
        };
        self.write(vec![Unit::Cluster(change)], told).await
    }

    async fn write(&self, mut units: Vec<Unit>, events: Vec<NewEvent>) -> Result<bool, WriteError> {
        let rings = !events.is_empty();
        if rings {
            units.push(Unit::Accept(Accept {
                directory: Vec::new(),
                events,
                cursor: None,
            }));
        }
        match self.knowledge.storage.write(Unit::All(units)).await {
            Ok(_) if rings => self.events.ring(),
            Ok(_) => {}
            Err(WriteError::Conflict { .. }) => return Ok(false),
            Err(error) => return Err(error),
        }
        Ok(true)
    }

    /// Tells that questions go on coming: owners, and whoever looks after them, in the chats where they act. Everybody on staff sees it
    /// in the console.
    async fn told(&self, cluster: &Cluster) -> Result<Vec<NewEvent>, ReadError> {
        let storage = &self.knowledge.storage;
        let accounts = storage.accounts(cluster.community).await?;
        let wanted = accounts.into_iter().filter(|(account, role)| {
            account.disabled_at.is_none() && (*role == Role::Owner || cluster.owner == Some(account.id))
        });
        let mut chats: Vec<PlaceId> = Vec::new();
        for (account, _) in wanted {
            for acting in storage.acting_for(cluster.community, account.id).await? {
                chats.extend(storage.direct_chat(cluster.community, acting.identity.id).await?);
            }
        }
        chats.sort_unstable();
        chats.dedup();
        let told = chats.into_iter().map(|place| {
            let body = EventBody::ClusterReopened { cluster: cluster.id };
            let dedupe = format!("cluster/{}/{}/{place}", cluster.id, cluster.reopened);
            self.event(cluster.community, place, dedupe, body)
        });
        Ok(told.collect())
    }

    /// Asks authors whom nobody has asked because the program died in between, and lets go of words that were taken back.
    async fn ask_authors(&self, community: CommunityId) -> Result<(), NightError> {
        let page = Page {
            before: None,
            limit: DRAFTS_MAX,
        };
        for (_, draft) in self.knowledge.storage.drafts(community, page).await? {
            let now = self.knowledge.clock.now();
            if let Some(unit) = self.knowledge.withdrawal(&draft).await? {
                self.write(vec![unit], Vec::new()).await?;
            } else if super::drafts::is_unasked(&draft) && now.since(draft.made_at) >= UNASKED_AFTER {
                let Some(place) = self.knowledge.place_to_ask(&draft).await? else {
                    let unit = super::drafts::unreachable(&draft, now);
                    self.write(vec![unit], Vec::new()).await?;
                    continue;
                };
                let dedupe = format!("draft/{}/{}", draft.id, draft.version.0);
                let body = EventBody::Staff {
                    account: draft.made_by,
                    name: String::new(),
                    act: StaffAct::AskAuthor { draft: draft.id },
                };
                self.write(Vec::new(), vec![self.event(community, place, dedupe, body)]).await?;
            }
        }
        Ok(())
    }

    /// In the lane of the place, as if it had happened there.
    fn event(&self, community: CommunityId, place: PlaceId, dedupe: String, body: EventBody) -> NewEvent {
        let clock = &self.knowledge.clock;
        NewEvent {
            id: EventId(clock.id()),
            community,
            place: Some(place),
            author: None,
            lane: LaneKey::of_place(place),
            received_at: clock.now(),
            event: Event {
                source: Source::Internal {
                    conversation: None,
                    place: Some(place),
                },
                occurred_at: clock.now(),
                dedupe,
                hops: 0,
                body,
            },
        }
    }
}

impl Knowledge {
    /// Looks for questions that people answered, and puts together what means the same: what the night does, at once.
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
        self.gather(community).await
    }

    /// Looks through the next messages. Whether there may be more.
    async fn look_on(&self, community: CommunityId) -> Result<bool, NightError> {
        let (from, _) = self.storage.looked(community).await?;
        let said = self.storage.people_said(community, from, SAID_AT_ONCE).await?;
        let to = said.last().map_or(from, |(seq, _)| *seq);
        let mut conversations: Vec<ConversationId> = said.iter().map(|(_, conversation)| *conversation).collect();
        conversations.sort_unstable();
        conversations.dedup();
        let mut found = Vec::new();
        for conversation in conversations {
            found.extend(self.answered_by_people(community, conversation).await?);
        }
        let looked = ClusterUnit::Looked {
            community,
            from,
            to,
            found,
            at: self.clock.now(),
        };
        self.storage.write(Unit::Cluster(looked)).await?;
        Ok(said.len() >= SAID_AT_ONCE as usize)
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
        let asked = talk(&messages, asker, &people, |talk| {
            talk.questions().into_iter().cloned().collect::<Vec<StoredMessage>>()
        });
        let questions = asked.into_iter().filter_map(|asked| {
            let question = gaps::question(&asked.new.content.to_plain());
            let folded = fold(&question);
            (!folded.is_empty()).then(|| Unanswered {
                community,
                question,
                folded,
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
    pub(super) async fn talk(&self, id: ConversationId) -> Result<Option<(Vec<StoredMessage>, IdentityId, People)>, ReadError> {
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
        let mut people = People::new();
        for message in &messages {
            if let Author::Identity { id } = &message.new.author
                && !people.contains_key(id)
                && let Some(identity) = self.storage.identity(*id).await?
            {
                people.insert(*id, identity);
            }
        }
        Ok(Some((messages, asker, people)))
    }

    /// Puts together what means the same, a cluster at a time.
    async fn gather(&self, community: CommunityId) -> Result<(), NightError> {
        let since = self.clock.now() - ASKED_WITHIN;
        let asked = self.storage.questions_open(community, since, QUESTIONS_MAX).await?;
        if asked.iter().all(|question| question.cluster.is_some()) {
            return Ok(());
        }
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

/// Those who spoke in a conversation.
pub(super) type People = HashMap<IdentityId, Identity>;

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

/// Questions that come to a cluster, or make one.
#[derive(Debug, PartialEq, Eq)]
struct Gathered {
    cluster: Option<ClusterId>,
    /// The number of the one that stands for all.
    asked: i64,
    questions: Vec<QuestionRef>,
}

/// What is to be written. `asked` has the newest first.
fn gathered(asked: &[AskedQuestion], language: &str) -> Vec<Gathered> {
    let mut by_words: BTreeMap<String, Vec<&AskedQuestion>> = BTreeMap::new();
    for question in asked {
        let folded = fold(&question.question);
        if !folded.is_empty() {
            by_words.entry(folded).or_default().push(question);
        }
    }
    let all = compared(by_words.into_values().collect());
    let wordings: Vec<Wording> = all.iter().map(|asked| wording(asked)).collect();
    let groups = group(&wordings, language).into_iter();
    groups.filter_map(|group| of_group(&group, &all)).collect()
}

/// Of each cluster some of its wordings, and the newest of those that are in none.
fn compared(mut wordings: Vec<Vec<&AskedQuestion>>) -> Vec<Vec<&AskedQuestion>> {
    wordings.sort_by_key(|asked| std::cmp::Reverse(asked.first().map(|newest| newest.seq)));
    let mut of_cluster: BTreeMap<ClusterId, usize> = BTreeMap::new();
    let mut alone = 0;
    wordings.retain(|asked| {
        let is_new = asked.iter().any(|question| question.cluster.is_none());
        match cluster_of(asked) {
            Some(cluster) => {
                let taken = of_cluster.entry(cluster).or_default();
                *taken += 1;
                // What comes to a cluster by its words alone is never left out.
                is_new || *taken <= WORDINGS_OF_CLUSTER_MAX
            }
            None => {
                alone += 1;
                alone <= WORDINGS_MAX
            }
        }
    });
    wordings
}

fn cluster_of(asked: &[&AskedQuestion]) -> Option<ClusterId> {
    asked.iter().filter_map(|question| question.cluster).min()
}

fn wording(asked: &[&AskedQuestion]) -> Wording {
    // Of those that differ in marks alone always the same one.
    let text = asked.iter().map(|question| question.question.as_str()).min();
    Wording {
        text: text.unwrap_or_default().to_owned(),
        cluster: cluster_of(asked),
    }
}

/// None where there is nothing to write: nothing is new, or one person asks alone.
fn of_group(group: &Group, all: &[Vec<&AskedQuestion>]) -> Option<Gathered> {
    let own: Vec<&Vec<&AskedQuestion>> = group.wordings.iter().map(|at| &all[*at]).collect();
    let asked = || own.iter().flat_map(|asked| asked.iter().copied());
    let mut questions: Vec<QuestionRef> = asked()
        .filter(|question| question.cluster.is_none())
        .map(AskedQuestion::reference)
        .collect();
    questions.sort_unstable();
    let enough = group.cluster.is_some() || people(asked()) >= PEOPLE_MIN as usize;
    let stands = stands_for_all(&own)?;
    (enough && !questions.is_empty()).then_some(Gathered {
        cluster: group.cluster,
        asked: stands,
        questions,
    })
}

/// In the words of the most people, where others could read it before where nobody could.
fn stands_for_all(wordings: &[&Vec<&AskedQuestion>]) -> Option<i64> {
    let shared = |asked: &[&AskedQuestion]| asked.iter().any(|question| !is_direct(question));
    let best = wordings.iter().max_by(|one, other| {
        let weight = |asked: &[&AskedQuestion]| (people(asked.iter().copied()), shared(asked), asked.len());
        let text = |asked: &[&AskedQuestion]| asked.iter().map(|question| question.question.clone()).min();
        weight(one).cmp(&weight(other)).then_with(|| text(other).cmp(&text(one)))
    })?;
    let seen = best.iter().find(|question| !is_direct(question)).or(best.first())?;
    Some(seen.seq)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::model::Timestamp;
    use crate::model::directory::Audience;
    use crate::model::ids::PersonId;

    fn asked(seq: i64, person: u128, text: &str, cluster: Option<u128>) -> AskedQuestion {
        AskedQuestion {
            seq,
            question: text.to_owned(),
            missed: Missed::Abstained,
            reason: String::new(),
            audience: Some(if seq % 2 == 0 { Audience::Public } else { Audience::Direct }),
            identity: None,
            name: None,
            person: Some(PersonId(Uuid::from_u128(person))),
            message: None,
            conversation: None,
            cluster: cluster.map(|number| ClusterId(Uuid::from_u128(number))),
            at: Timestamp::from_millis(seq),
        }
    }

    /// What is written: the cluster, who stands for all, the numbers.
    fn written(asked: &[AskedQuestion]) -> Vec<(Option<u128>, i64, Vec<i64>)> {
        let gathered = gathered(asked, "en").into_iter();
        gathered
            .map(|gathered| {
                let numbers = gathered.questions.iter().map(|(seq, _)| *seq).collect();
                (gathered.cluster.map(|id| id.0.as_u128()), gathered.asked, numbers)
            })
            .collect()
    }

    #[test]
    fn two_people_make_a_cluster_and_one_who_asks_twice_does_not() {
        let two = [
            asked(3, 2, "where can i park", None),
            asked(2, 1, "Where can I park?", None),
            asked(1, 1, "Where can I park my car?", None),
        ];
        assert_eq!(written(&two), [(None, 2, vec![1, 2, 3])]);
        let one = two.map(|question| AskedQuestion {
            person: Some(PersonId(Uuid::nil())),
            ..question
        });
        assert_eq!(written(&one), []);
    }

    #[test]
    fn who_is_not_known_is_nobody() {
        let nobody = [1, 2].map(|seq| AskedQuestion {
            person: None,
            ..asked(seq, 0, "Where can I park?", None)
        });
        assert_eq!(written(&nobody), []);
    }

    #[test]
    fn what_comes_new_joins_its_cluster_whoever_asks() {
        let found = written(&[
            asked(4, 1, "May I bring my dog?", None),
            asked(3, 9, "where can i park", None),
            asked(2, 1, "Where can I park?", Some(7)),
            asked(1, 2, "where can I park the car", Some(7)),
        ]);
        assert_eq!(found, [(Some(7), 2, vec![3])]);
    }

    #[test]
    fn nothing_new_is_nothing_to_write() {
        let known = [asked(1, 1, "Where can I park?", Some(7)), asked(2, 2, "?!", None)];
        assert_eq!(written(&known), []);
    }

    #[test]
    fn thousands_of_questions_are_borne_and_a_crowd_in_one_cluster_is_left_out() {
        let crowd = (0..2_000).map(|seq| asked(seq, 1, &format!("where can i park car {seq}"), Some(7)));
        let new = [asked(5_000, 2, "where can i park", None)];
        let all: Vec<AskedQuestion> = new.into_iter().chain(crowd.rev()).collect();
        assert_eq!(written(&all), [(Some(7), 5_000, vec![5_000])]);
    }
}
