//! What holds where a plugin speaks although nobody has asked the bot. Pure, but for the questions whether somebody was
//! faster, and how often the bot has spoken so.

use std::time::Duration;

use crate::dispatcher::{Outcome, Snapshot, Stance};
use crate::model::directory::Place;
use crate::model::event::{Addressed, EventBody};
use crate::model::ids::{CommunityId, PlaceId, PluginId};
use crate::model::{Action, Timestamp};
use crate::storage::calls::CallUnit;
use crate::storage::core::{KvEntry, StoredEvent, Verdict};
use crate::storage::unit::{KvChange, KvWrite};
use crate::storage::{ReadError, SharedStorage, Unit};

/// What was overheard is answered so often in a place within [`HOUR`], by all plugins together: whoever talks with others
/// there has asked for none of it. Threads and posts count with what they hang in, until the bot talks with somebody there.
const ANSWERS_MAX: i64 = 10;

/// It begins with the first answer.
const HOUR: Duration = Duration::from_hours(1);

/// Whose name the count is kept under. No plugin has it: theirs begin with a publisher.
const COUNTED_BY: &str = "unasked";

/// What a plugin asks for.
type Asked = (Option<PluginId>, Action);

/// What a plugin says of its answer counts for the conversation only where the bot was asked: that it keeps quiet about what
/// it overheard is no answer that is missing.
pub(super) fn stance(stance: Stance, overheard: bool) -> Stance {
    match stance {
        Stance::Abstained(_) if overheard => Stance::Neutral,
        other => other,
    }
}

/// Takes the answers to what was overheard back, where the bot does not read along, where somebody has answered it (after an
/// outage, or because they were faster), or where the bot has spoken unasked often enough. Asks the table only where something would be said.
///
/// What a plugin says to somebody whom it moderates is no answer: an admin has allowed it to look after the place.
pub(super) async fn hold_back(
    storage: &SharedStorage,
    event: &StoredEvent,
    snapshot: &Snapshot,
    outcome: &mut Outcome,
) -> Result<(), ReadError> {
    let (aside, rest) = set_aside(std::mem::take(&mut outcome.actions));
    outcome.actions = rest;
    let held = hold_back_answers(storage, event, snapshot, outcome).await;
    outcome.actions.extend(aside);
    held
}

/// Measures and deletions, with one reply of each plugin that asks for them, which tells the person why; and the rest.
fn set_aside(actions: Vec<Asked>) -> (Vec<Asked>, Vec<Asked>) {
    let moderates = |(_, action): &&Asked| matches!(action, Action::Moderate(_));
    let mut to_tell: Vec<Option<PluginId>> = actions.iter().filter(moderates).map(|(by, _)| by.clone()).collect();
    to_tell.dedup();
    actions.into_iter().partition(|(by, action)| match action {
        Action::Moderate(_) => true,
        Action::Send(send) if send.reply_to.is_some() || send.only.is_some() => {
            let tells = to_tell.iter().position(|moderator| moderator == by);
            tells.map(|at| to_tell.swap_remove(at)).is_some()
        }
        _ => false,
    })
}

async fn hold_back_answers(
    storage: &SharedStorage,
    event: &StoredEvent,
    snapshot: &Snapshot,
    outcome: &mut Outcome,
) -> Result<(), ReadError> {
    let (EventBody::Message(message) | EventBody::Edited(message)) = &event.new.event.body else {
        return Ok(());
    };
    let (Some(place), Some(asker)) = (&snapshot.place, event.new.author) else {
        return Ok(());
    };
    let speaks = outcome.actions.iter().any(|(_, action)| is_said_in(action, place.id));
    if message.addressed != Addressed::Overheard || !speaks {
        return Ok(());
    }
    // It is heard as part of a conversation that staff may hold; in a thread of its own the bot goes on, elsewhere it was not
    // called.
    if !place.overheard && !place.thread {
        keep_quiet(
            outcome,
            place.id,
            "nobody has called the bot, and it does not read along here",
        );
        return Ok(());
    }
    if storage.is_answered(event.seq, place.id, &message.native, asker).await? {
        keep_quiet(outcome, place.id, "somebody has answered already");
        return Ok(());
    }
    let (community, now) = (snapshot.community.id, snapshot.now);
    let key = key(place, snapshot.fresh);
    let counted = storage.kv_get(&COUNTED_BY.into(), community, &key, now).await?;
    ration(outcome, place.id, key, counted.as_ref(), community, now);
    Ok(())
}

/// What counts together. A place counts with all its threads and posts, but a thread in which the bot talks with somebody counts
/// by itself.
fn key(place: &Place, fresh: bool) -> String {
    let alone = place.thread && !fresh;
    place.parent.filter(|_| !alone).unwrap_or(place.id).to_string()
}

/// Counts one more, or takes it back. Whoever is counted at the same moment and comes too late reads anew.
fn ration(
    outcome: &mut Outcome,
    place: PlaceId,
    key: String,
    counted: Option<&KvEntry>,
    community: CommunityId,
    now: Timestamp,
) {
    let said = counted.and_then(|entry| std::str::from_utf8(&entry.value).ok()?.parse().ok());
    if said.unwrap_or(0) >= ANSWERS_MAX {
        let why = format!("the bot has spoken unasked {ANSWERS_MAX} times here within the hour");
        keep_quiet(outcome, place, &why);
        return;
    }
    outcome.kv.push(KvWrite {
        plugin: COUNTED_BY.into(),
        community,
        key,
        change: KvChange::Count {
            max: ANSWERS_MAX,
            expires: now + HOUR,
        },
    });
}

fn keep_quiet(outcome: &mut Outcome, place: PlaceId, why: &str) {
    let (said, rest) = std::mem::take(&mut outcome.actions)
        .into_iter()
        .partition::<Vec<_>, _>(|(_, action)| is_said_in(action, place));
    outcome.actions = rest;
    // What they noted about having spoken is not true.
    let speaks = |plugin: &PluginId| said.iter().any(|(by, _)| by.as_ref() == Some(plugin));
    outcome.kv.retain(|write| !speaks(&write.plugin));
    // Nor did anybody ask for what they would have changed elsewhere.
    outcome
        .also
        .retain(|unit| !matches!(unit, Unit::Call(CallUnit::Make(call)) if speaks(&call.plugin)));
    outcome.stance = Stance::Neutral;
    for step in &mut outcome.steps {
        let spoke = |(plugin, _): &(Option<PluginId>, Action)| {
            plugin.as_ref().is_some_and(|plugin| plugin.as_str() == step.who)
        };
        if said.iter().any(spoke) {
            step.verdict = Verdict::Overruled;
            step.line.push_str("; not said: ");
            step.line.push_str(why);
        }
    }
}

fn is_said_in(action: &Action, place: PlaceId) -> bool {
    matches!(action, Action::Send(send) if send.place == place)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::dispatcher::given;
    use crate::model::Content;
    use crate::model::action::{Author, Moderate, Priority, Send};
    use crate::model::call::CallRequest;
    use crate::model::conversation::LaneKey;
    use crate::model::directory::Audience;
    use crate::model::ids::{CallId, EventId, IdentityId, MessageId, Version};
    use crate::storage::calls::NewCall;
    use crate::storage::core::TraceStep;

    const HERE: PlaceId = PlaceId(Uuid::from_u128(1));
    const ELSEWHERE: PlaceId = PlaceId(Uuid::from_u128(2));

    fn said(place: PlaceId) -> (Option<PluginId>, Action) {
        let author = Author::Plugin { id: "a/faq".into() };
        let message = MessageId(Uuid::from_u128(3));
        let send = Send::new(message, place, author, Content::plain("x"), Priority::Answer);
        (Some("a/faq".into()), Action::Send(send))
    }

    fn call(plugin: &str) -> Unit {
        Unit::Call(CallUnit::Make(Box::new(NewCall {
            id: CallId(Uuid::from_u128(4)),
            community: CommunityId(Uuid::nil()),
            plugin: plugin.into(),
            event: EventId(Uuid::from_u128(5)),
            name: "order".to_owned(),
            place: Some(HERE),
            author: None,
            conversation: None,
            lane: LaneKey::of_place(HERE),
            hops: 0,
            made_at: Timestamp::from_millis(0),
            request: CallRequest::default(),
        })))
    }

    fn step(who: &str) -> TraceStep {
        TraceStep {
            who: who.to_owned(),
            verdict: Verdict::Answered,
            line: "answered".to_owned(),
            cpu_us: None,
            calls: Vec::new(),
            actions: Vec::new(),
        }
    }

    #[test]
    fn what_is_said_in_the_place_is_taken_back_and_all_else_stays() {
        let mut outcome = Outcome {
            actions: vec![said(HERE), said(ELSEWHERE)],
            stance: Stance::Answered,
            steps: vec![step("a/faq"), step("a/other")],
            also: vec![call("a/faq"), call("a/other")],
            ..Outcome::default()
        };
        keep_quiet(&mut outcome, HERE, "somebody has answered already");
        assert_eq!(outcome.actions, [said(ELSEWHERE)]);
        assert_eq!(outcome.stance, Stance::Neutral);
        assert!(
            matches!(outcome.also.as_slice(), [Unit::Call(CallUnit::Make(call))] if call.plugin.as_str() == "a/other"),
            "{:?}",
            outcome.also
        );
        let verdicts: Vec<_> = outcome.steps.iter().map(|step| step.verdict).collect();
        assert_eq!(verdicts, [Verdict::Overruled, Verdict::Answered]);
        assert_eq!(
            outcome.steps[0].line,
            "answered; not said: somebody has answered already"
        );
    }

    #[test]
    fn what_a_plugin_says_to_somebody_whom_it_moderates_is_no_answer() {
        let moderator = || Some(PluginId::from("a/moderation"));
        let warning = Moderate {
            person: IdentityId(Uuid::from_u128(4)),
            messages: Vec::new(),
            measure: None,
            reason: "spam".to_owned(),
        };
        let says = |reply_to: Option<u128>| {
            let (_, mut action) = said(HERE);
            if let Action::Send(send) = &mut action {
                send.reply_to = reply_to.map(|id| MessageId(Uuid::from_u128(id)));
            }
            (moderator(), action)
        };
        let (word, more, post) = (says(Some(7)), says(Some(8)), says(None));
        let warning = (moderator(), Action::Moderate(warning));
        let asked = vec![said(HERE), post.clone(), word.clone(), warning.clone(), more.clone()];
        let (aside, rest) = set_aside(asked);
        assert_eq!(aside, [word, warning]);
        assert_eq!(rest, [said(HERE), post, more]);
    }

    #[test]
    fn so_many_answers_are_counted_and_the_next_is_taken_back() {
        let now = Timestamp::from_millis(0);
        let after = |count: Option<&str>| {
            let entry = count.map(|count| KvEntry {
                key: "here".to_owned(),
                value: count.into(),
                version: Version(1),
            });
            let mut outcome = Outcome {
                actions: vec![said(HERE)],
                steps: vec![step("a/faq")],
                ..Outcome::default()
            };
            let community = CommunityId(Uuid::nil());
            ration(&mut outcome, HERE, "here".to_owned(), entry.as_ref(), community, now);
            outcome
        };
        for count in [None, Some("9")] {
            let allowed = after(count);
            assert_eq!(
                (allowed.actions.len(), allowed.kv[0].key.clone()),
                (1, "here".to_owned())
            );
            let counts = KvChange::Count {
                max: 10,
                expires: now + HOUR,
            };
            assert_eq!(allowed.kv[0].change, counts);
        }
        let held = after(Some("10"));
        assert_eq!((held.actions.len(), held.kv.len()), (0, 0));
        assert_eq!(
            held.steps[0].line,
            "answered; not said: the bot has spoken unasked 10 times here within the hour"
        );
    }

    #[test]
    fn a_forum_counts_as_one_and_a_talk_in_a_thread_by_itself() {
        let forum = given::place(HERE, "Forum", Audience::Public);
        let post = Place {
            id: ELSEWHERE,
            parent: Some(HERE),
            thread: true,
            ..forum.clone()
        };
        let keys = [key(&forum, true), key(&forum, false), key(&post, true)];
        assert_eq!(keys, [HERE; 3].map(|place| place.to_string()));
        assert_eq!(key(&post, false), ELSEWHERE.to_string());
        // In a topic each member has a conversation of their own.
        let topic = Place { thread: false, ..post };
        assert_eq!(key(&topic, false), HERE.to_string());
    }

    #[test]
    fn quiet_about_what_was_overheard_is_no_miss() {
        let quiet = || Stance::Abstained("not sure enough".to_owned());
        assert_eq!(stance(quiet(), true), Stance::Neutral);
        assert_eq!(stance(quiet(), false), quiet());
        assert_eq!(stance(Stance::Answered, true), Stance::Answered);
    }
}
