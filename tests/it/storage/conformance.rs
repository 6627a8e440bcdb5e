//! The promises of the trait, each as a function over `&dyn Storage`.

mod acting;
mod answered;
mod calls;
mod consulted;
mod doors;
mod entries;
mod gaps;
pub mod judged;
mod keys;
mod looked_over;
mod moderated;
mod moves;
mod offered;
mod people;
mod persons;
mod threads;

use std::collections::BTreeMap;
use std::time::Duration;

use switchboard::connectors::loopback::Loopback;
use switchboard::connectors::{Connector as _, Cursor};
use switchboard::model::action::Priority;
use switchboard::model::conversation::{Actor, Closing, Holder, HolderKind, LaneKey, Transition};
use switchboard::model::event::DeliveryEnd;
use switchboard::model::fit::FittedBody;
use switchboard::model::ids::{ConversationId, DeliveryId, EventSeq, JobId, LoginName, MessageId, Version};
use switchboard::storage::core::{
    ConversationFilter, ConversationOrder, ConversationPosition, DeliveryState, EventState,
};
use switchboard::storage::sqlite::Options;
use switchboard::storage::unit::{
    Accept, ConversationWrite, DeliveryStep, DirectoryUnit, EventEnd, JobChange, JobStep, JobWork, MessageChange,
    NewJob, Stored,
};
use switchboard::storage::{Applied, Change, Page, Storage, Unit, WriteError};
use uuid::Uuid;

use super::given::{self, COMMUNITY, PLACE};
use super::{START, fresh};

const NEWEST: Page = Page {
    before: None,
    limit: 10,
};

/// Runs one promise against every database that there is.
macro_rules! promises {
    ($($name:ident),* $(,)?) => {$(
        #[tokio::test]
        async fn $name() {
            let (_folder, storage) = fresh(&Options::for_testing());
            given::a_place(&*storage).await;
            promise::$name(&*storage).await;
        }
    )*};
}

promises!(
    a_repeated_event_answers_the_first_number,
    an_event_ends_once,
    the_cursor_is_stored_with_the_events,
    a_profile_replaces_the_one_before,
    all_of_a_refused_unit_is_undone,
    a_conversation_of_another_version_is_not_overwritten,
    a_lane_has_one_open_conversation,
    a_person_is_found_in_the_chat_that_they_began,
    a_community_keeps_its_roles_when_it_is_renamed,
    menus_are_for_the_places_of_one_login_that_several_people_see,
    shared_places_come_by_name_and_threads_behind_them,
    changes_of_hands_are_logged_in_order,
    conversations_are_listed_by_state,
    a_message_is_found_by_the_platforms_id,
    a_message_is_found_in_what_is_within_its_place,
    a_second_send_under_a_name_is_dropped_with_its_delivery,
    an_edited_message_is_found_by_its_new_words_only,
    a_deleted_message_is_empty_and_not_found,
    deleting_a_message_takes_its_text_out_of_what_was_sent,
    what_was_removed_keeps_its_words_for_staff_and_is_not_found,
    of_somebody_is_told_what_they_did_last_in_each_space_of_the_community,
    what_was_stored_before_standings_were_told_is_unknown_in_a_space,
    measures_that_wait_are_found_in_all_that_the_place_is_in_and_called_off,
    a_search_takes_any_text,
    a_delivery_takes_only_steps_that_follow,
    open_deliveries_come_in_the_order_they_were_made,
    a_place_that_moves_takes_everything_along_once,
    what_happens_under_the_old_name_after_a_move_changes_nothing,
    what_waits_for_a_thread_goes_there_with_its_conversation,
    a_conversation_that_was_closed_meanwhile_is_found_in_its_thread,
    a_conversation_stays_where_it_is_when_another_is_open_in_the_thread,
    a_thread_that_comes_after_its_answer_moves_nothing,
    a_replaced_key_is_a_conflict_for_who_read_it,
    a_key_made_again_has_another_version,
    counters_add_up,
    a_counter_is_raised_to_its_limit_and_no_further,
    keys_expire,
    a_job_fires_once,
    a_job_of_the_same_key_replaces,
    a_parked_job_is_not_due,
    a_call_ends_once_with_its_event,
    one_event_makes_one_call_of_a_name,
    a_call_that_is_put_off_is_due_later,
    a_plugin_with_many_calls_leaves_room_for_others,
    the_calls_of_a_plugin_go_with_it,
    a_code_is_entered_once_and_links_by_a_yes_of_who_entered_it,
    a_new_code_of_an_identity_replaces_and_a_dead_one_is_gone,
    persons_that_are_linked_become_one_with_all_they_had,
    a_yes_to_other_persons_than_were_seen_is_a_conflict,
    unlinking_takes_one_out_and_leaves_nobody_linked_alone,
    wrong_codes_are_counted_for_each_identity,
    an_identity_acts_for_an_owner_by_a_code_that_lives_and_is_used_up,
    nobody_acts_for_whoever_is_no_owner_or_is_shut_out,
    an_identity_acts_for_one_owner_alone,
    an_answer_of_somebody_else_is_seen_before_and_behind_its_question,
    what_was_said_leads_to_its_event,
    an_event_leads_to_its_trace_and_to_what_was_sent_because_of_it,
    what_was_imported_is_remembered,
    what_a_model_made_of_a_text_is_kept_once,
    what_was_said_of_an_entry_is_of_the_newest_revision_of_which_anything_was,
    what_was_put_aside_comes_back_with_another_revision,
    what_is_known_of_a_page_is_the_last_look,
    questions_are_put_again_that_others_may_hear,
    a_model_is_asked_for_somebody_so_often_a_day,
    what_a_model_said_is_found_by_what_it_was_asked,
    staff_overrule_a_press_and_a_press_overrules_asking_again,
    labels_are_of_one_scoring_and_never_of_what_was_asked_word_for_word,
    every_number_has_as_many_rows_as_it_says,
    what_was_asked_is_in_the_message_alone_and_goes_with_it,
    what_is_wanted_fitted_and_tried_replaces_the_one_before,
    a_question_is_kept_once_for_its_message,
    messages_are_looked_through_from_where_they_were,
    a_question_is_in_one_cluster_and_none_comes_to_a_closed_one,
    suggestions_are_untaken_where_nothing_answered_the_question,
    what_was_only_overheard_or_asked_by_staff_or_for_one_alone_is_not_told_to_others,
    what_was_offered_is_looked_through_once_and_not_before_its_time,
    a_draft_is_changed_by_who_has_seen_it_and_never_after_it_was_published,
    messages_are_passed_over_in_bounded_stretches_whatever_they_say,
    questions_alone_are_those_that_are_looked_at,
    words_are_found_in_their_draft_and_a_no_to_them_without_one,
    what_is_for_owners_is_marked_with_all_that_was_said_in_one_commit,
    only_the_package_that_serves_still_serves,
    an_address_is_replaced_by_the_next_number_alone,
    a_budget_never_goes_below_nothing,
    an_account_leaves_traces_where_it_wrote_to_us,
    changes_are_told,
);

mod promise {
    pub use super::acting::{
        an_identity_acts_for_an_owner_by_a_code_that_lives_and_is_used_up, an_identity_acts_for_one_owner_alone,
        nobody_acts_for_whoever_is_no_owner_or_is_shut_out,
    };
    pub use super::answered::{
        an_answer_of_somebody_else_is_seen_before_and_behind_its_question,
        an_event_leads_to_its_trace_and_to_what_was_sent_because_of_it, what_was_said_leads_to_its_event,
    };
    pub use super::calls::{
        a_call_ends_once_with_its_event, a_call_that_is_put_off_is_due_later,
        a_plugin_with_many_calls_leaves_room_for_others, one_event_makes_one_call_of_a_name,
        the_calls_of_a_plugin_go_with_it,
    };
    pub use super::consulted::{
        a_model_is_asked_for_somebody_so_often_a_day, what_a_model_said_is_found_by_what_it_was_asked,
    };
    pub use super::doors::{
        a_budget_never_goes_below_nothing, an_account_leaves_traces_where_it_wrote_to_us,
        an_address_is_replaced_by_the_next_number_alone, only_the_package_that_serves_still_serves,
        what_is_for_owners_is_marked_with_all_that_was_said_in_one_commit,
    };
    pub use super::entries::{
        what_a_model_made_of_a_text_is_kept_once, what_was_imported_is_remembered,
        what_was_said_of_an_entry_is_of_the_newest_revision_of_which_anything_was,
    };
    pub use super::gaps::{
        a_draft_is_changed_by_who_has_seen_it_and_never_after_it_was_published,
        a_question_is_in_one_cluster_and_none_comes_to_a_closed_one, a_question_is_kept_once_for_its_message,
        messages_are_looked_through_from_where_they_were,
        messages_are_passed_over_in_bounded_stretches_whatever_they_say, questions_alone_are_those_that_are_looked_at,
        words_are_found_in_their_draft_and_a_no_to_them_without_one,
    };
    pub use super::judged::{
        every_number_has_as_many_rows_as_it_says, labels_are_of_one_scoring_and_never_of_what_was_asked_word_for_word,
        staff_overrule_a_press_and_a_press_overrules_asking_again,
        what_is_wanted_fitted_and_tried_replaces_the_one_before,
        what_was_asked_is_in_the_message_alone_and_goes_with_it,
    };
    pub use super::keys::{
        a_counter_is_raised_to_its_limit_and_no_further, a_key_made_again_has_another_version,
        a_replaced_key_is_a_conflict_for_who_read_it, counters_add_up, keys_expire,
    };
    pub use super::looked_over::{
        questions_are_put_again_that_others_may_hear, what_is_known_of_a_page_is_the_last_look,
        what_was_put_aside_comes_back_with_another_revision,
    };
    pub use super::moderated::{
        measures_that_wait_are_found_in_all_that_the_place_is_in_and_called_off,
        of_somebody_is_told_what_they_did_last_in_each_space_of_the_community,
        what_was_removed_keeps_its_words_for_staff_and_is_not_found,
        what_was_stored_before_standings_were_told_is_unknown_in_a_space,
    };
    pub use super::moves::{
        a_place_that_moves_takes_everything_along_once, what_happens_under_the_old_name_after_a_move_changes_nothing,
    };
    pub use super::offered::{
        suggestions_are_untaken_where_nothing_answered_the_question,
        what_was_offered_is_looked_through_once_and_not_before_its_time,
        what_was_only_overheard_or_asked_by_staff_or_for_one_alone_is_not_told_to_others,
    };
    pub use super::people::{
        a_community_keeps_its_roles_when_it_is_renamed, a_person_is_found_in_the_chat_that_they_began,
        menus_are_for_the_places_of_one_login_that_several_people_see,
        shared_places_come_by_name_and_threads_behind_them,
    };
    pub use super::persons::{
        a_code_is_entered_once_and_links_by_a_yes_of_who_entered_it,
        a_new_code_of_an_identity_replaces_and_a_dead_one_is_gone, a_yes_to_other_persons_than_were_seen_is_a_conflict,
        persons_that_are_linked_become_one_with_all_they_had, unlinking_takes_one_out_and_leaves_nobody_linked_alone,
        wrong_codes_are_counted_for_each_identity,
    };
    pub use super::threads::{
        a_conversation_stays_where_it_is_when_another_is_open_in_the_thread,
        a_conversation_that_was_closed_meanwhile_is_found_in_its_thread,
        a_message_is_found_in_what_is_within_its_place, a_thread_that_comes_after_its_answer_moves_nothing,
        what_waits_for_a_thread_goes_there_with_its_conversation,
    };
    use super::*;

    pub async fn a_repeated_event_answers_the_first_number(storage: &dyn Storage) {
        let first = given::accepted(storage, 10).await;
        let again = storage
            .write(given::accept(vec![given::event(10), given::event(11)]))
            .await;
        let Ok(Applied::Events(stored)) = again else {
            panic!("{again:?}")
        };
        assert_eq!(stored, [Stored::Duplicate(first), Stored::New(EventSeq(first.0 + 1))]);
        assert_eq!(storage.events_unhandled(EventSeq(0), 10).await.unwrap().len(), 2);
    }

    pub async fn an_event_ends_once(storage: &dyn Storage) {
        let seq = given::accepted(storage, 10).await;
        let mut commit = given::commit(seq);
        commit.end = EventEnd::Parked;
        storage.write(Unit::Commit(Box::new(commit))).await.unwrap();
        given::assert_conflict(storage.write(Unit::Commit(Box::new(given::commit(seq)))).await);
        assert_eq!(storage.event(seq).await.unwrap().unwrap().0.state, EventState::Parked);
        assert_eq!(
            storage
                .events(None, NEWEST, Some(EventState::Parked))
                .await
                .unwrap()
                .len(),
            1
        );
        assert!(storage.events_unhandled(EventSeq(0), 10).await.unwrap().is_empty());
    }

    pub async fn the_cursor_is_stored_with_the_events(storage: &dyn Storage) {
        let accept = Accept {
            directory: Vec::new(),
            events: vec![given::event(10)],
            cursor: Some(("loopback".into(), Cursor("7".to_owned()))),
        };
        storage.write(Unit::Accept(accept)).await.unwrap();
        let cursor = storage.cursor(&"loopback".into()).await.unwrap();
        assert_eq!(cursor, Some(Cursor("7".to_owned())));
    }

    pub async fn a_profile_replaces_the_one_before(storage: &dyn Storage) {
        let login = LoginName::from("loopback");
        assert!(storage.profiles().await.unwrap().is_empty());
        let mut profile = Loopback::new("loopback").profile();
        for lacks in [profile.lacks.clone(), Vec::new()] {
            profile.lacks = lacks;
            let unit = DirectoryUnit::Login {
                name: login.clone(),
                profile: Box::new(profile.clone()),
            };
            storage.write(Unit::Directory(unit)).await.unwrap();
            let stored = storage.profiles().await.unwrap();
            assert_eq!(
                stored.into_iter().collect::<Vec<_>>(),
                [(login.clone(), profile.clone())]
            );
        }
    }

    pub async fn all_of_a_refused_unit_is_undone(storage: &dyn Storage) {
        let ended = given::commit(EventSeq(999));
        let units = vec![given::accept(vec![given::event(10)]), Unit::Commit(Box::new(ended))];
        given::assert_conflict(storage.write(Unit::All(units)).await);
        assert!(storage.events(None, NEWEST, None).await.unwrap().is_empty());
    }

    /// Opens a conversation with the event of this number.
    async fn opened(storage: &dyn Storage, event: u128, number: u128) -> Result<Applied, WriteError> {
        let mut commit = given::commit(given::accepted(storage, event).await);
        commit.conversation = Some(given::opens(&given::conversation(number)));
        storage.write(Unit::Commit(Box::new(commit))).await
    }

    pub async fn a_conversation_of_another_version_is_not_overwritten(storage: &dyn Storage) {
        opened(storage, 10, 20).await.unwrap();
        let mut commit = given::commit(given::accepted(storage, 11).await);
        let mut after = given::conversation(20);
        after.misses = 5;
        after.version = Version(9);
        commit.conversation = Some(ConversationWrite {
            before: Some(Version(8)),
            after,
            transitions: Vec::new(),
        });
        given::assert_conflict(storage.write(Unit::Commit(Box::new(commit))).await);
        let stored = storage.conversation(ConversationId(Uuid::from_u128(20))).await.unwrap();
        assert_eq!(stored, Some(given::conversation(20)));
        assert_eq!(storage.events_unhandled(EventSeq(0), 10).await.unwrap().len(), 1);
    }

    pub async fn a_lane_has_one_open_conversation(storage: &dyn Storage) {
        opened(storage, 10, 20).await.unwrap();
        given::assert_conflict(opened(storage, 11, 21).await);
        let lane = LaneKey::of_place(PLACE);
        let open = storage.conversation_of_lane(&lane).await.unwrap();
        assert_eq!(open, Some(given::conversation(20)));
        assert_eq!(storage.conversation_closed_last(&lane).await.unwrap(), None);
    }

    pub async fn changes_of_hands_are_logged_in_order(storage: &dyn Storage) {
        opened(storage, 10, 20).await.unwrap();
        let mut commit = given::commit(given::accepted(storage, 11).await);
        let closed = Holder::Closed { how: Closing::Quiet };
        let waiting = Holder::Waiting { queue: "main".into() };
        let change = |to: &Holder, reason: &str| Transition {
            to: to.clone(),
            actor: Actor::Host,
            reason: reason.to_owned(),
        };
        let mut after = given::conversation(20);
        after.holder = closed.clone();
        after.version = Version(2);
        commit.conversation = Some(ConversationWrite {
            before: Some(Version(1)),
            after: after.clone(),
            transitions: vec![change(&waiting, "asked"), change(&closed, "quiet")],
        });
        storage.write(Unit::Commit(Box::new(commit))).await.unwrap();
        let log = storage.transitions(after.id).await.unwrap();
        let unknown = given::conversation(2_121).id;
        let last = storage.last_transitions(&[unknown, after.id]).await.unwrap();
        assert_eq!(last, BTreeMap::from([(after.id, log.last().unwrap().clone())]));
        let seen: Vec<_> = log
            .iter()
            .map(|line| (line.from, line.to.kind(), line.reason.as_str()))
            .collect();
        assert_eq!(
            seen,
            [
                (Some(HolderKind::Bot), HolderKind::Waiting, "asked"),
                (Some(HolderKind::Waiting), HolderKind::Closed, "quiet")
            ]
        );
        assert_eq!(
            storage.conversation_closed_last(&after.lane).await.unwrap(),
            Some(after)
        );
    }

    pub async fn conversations_are_listed_by_state(storage: &dyn Storage) {
        for (event, number, holder) in [
            (10, 20, Holder::Bot),
            (11, 21, Holder::Closed { how: Closing::Staff }),
            (12, 22, Holder::Waiting { queue: "main".into() }),
        ] {
            let mut commit = given::commit(given::accepted(storage, event).await);
            let mut conversation = given::conversation(number);
            conversation.lane = LaneKey(format!("lane {number}"));
            conversation.active_at = START + Duration::from_millis(number as u64);
            conversation.holder = holder;
            commit.conversation = Some(given::opens(&conversation));
            storage.write(Unit::Commit(Box::new(commit))).await.unwrap();
        }
        let list = |holders: &[HolderKind], order, after| {
            let filter = ConversationFilter {
                community: Some(COMMUNITY),
                holders: holders.to_vec(),
                order,
                after,
                ..ConversationFilter::default()
            };
            async move {
                let found = storage.conversations(&filter, 2).await.unwrap();
                found.iter().map(|found| found.id.0.as_u128()).collect::<Vec<_>>()
            }
        };
        let (recent, longest) = (ConversationOrder::ActiveLast, ConversationOrder::HeldLongest);
        assert_eq!(list(&[], recent, None).await, [22, 21]);
        assert_eq!(list(&[HolderKind::Waiting], recent, None).await, [22]);
        assert_eq!(list(&[HolderKind::Closed], recent, None).await, [21]);
        let behind = |at, id| {
            let id = given::conversation(id).id;
            Some(ConversationPosition { at, id })
        };
        assert_eq!(
            list(&[], recent, behind(START + Duration::from_millis(21), 21)).await,
            [20]
        );
        // All three came to their holder at the same moment: the id decides, and none is lost between two pages.
        assert_eq!(list(&[], longest, None).await, [20, 21]);
        let at = given::conversation(21).changed_at;
        assert_eq!(list(&[], longest, behind(at, 21)).await, [22]);
        let mut counts = storage.conversation_counts(COMMUNITY).await.unwrap();
        counts.sort_by_key(|(kind, _)| kind.as_str());
        assert_eq!(
            counts,
            [(HolderKind::Bot, 1), (HolderKind::Closed, 1), (HolderKind::Waiting, 1)]
        );
    }

    pub async fn a_message_is_found_by_the_platforms_id(storage: &dyn Storage) {
        let mut commit = given::commit(given::accepted(storage, 10).await);
        let mut received = given::message(30, "when do you open?");
        received.native = Some(given::message_ref(10));
        let answer = given::message(31, "at nine");
        commit.messages = vec![received.clone(), answer.clone()];
        commit.deliveries = vec![given::delivery(40, answer.id)];
        storage.write(Unit::Commit(Box::new(commit))).await.unwrap();
        let ended = DeliveryStep::Ended {
            id: DeliveryId(Uuid::from_u128(40)),
            native: Some("m77".into()),
            end: DeliveryEnd::Delivered,
            at: START,
            thread: None,
            event: None,
        };
        storage.write(Unit::Delivery(ended)).await.unwrap();
        let by_native = async |number| storage.message_by_native(&given::message_ref(number)).await.unwrap();
        assert_eq!(by_native(10).await.unwrap().new, received);
        assert_eq!(by_native(77).await.unwrap().new, answer);
        assert_eq!(by_native(78).await, None);
        let copies = storage.deliveries_of_message(answer.id).await.unwrap();
        assert_eq!(copies.len(), 1);
        assert_eq!(copies[0].state, DeliveryState::Delivered);
    }

    pub async fn a_second_send_under_a_name_is_dropped_with_its_delivery(storage: &dyn Storage) {
        for number in [10, 11] {
            let mut commit = given::commit(given::accepted(storage, number).await);
            let mut tip = given::message(20 + number, "a tip");
            tip.name = Some(("garden/tips".into(), "today".to_owned()));
            commit.deliveries = vec![given::delivery(40 + number, tip.id)];
            commit.messages = vec![tip];
            storage.write(Unit::Commit(Box::new(commit))).await.unwrap();
        }
        let said = storage.messages_of_place(PLACE, NEWEST).await.unwrap();
        assert_eq!(
            said.iter().map(|said| said.new.id.0.as_u128()).collect::<Vec<_>>(),
            [30]
        );
        assert_eq!(storage.deliveries(None, NEWEST, None).await.unwrap().len(), 1);
        let named = storage
            .message_by_name(COMMUNITY, &"garden/tips".into(), "today")
            .await
            .unwrap();
        assert_eq!(named, said.into_iter().next());
    }

    /// Says it in a commit of its own, then searches once so that it is in the index.
    async fn said(storage: &dyn Storage, number: u128, text: &str) -> MessageId {
        let mut commit = given::commit(given::accepted(storage, number).await);
        let message = given::message(number, text);
        let id = message.id;
        commit.messages = vec![message];
        storage.write(Unit::Commit(Box::new(commit))).await.unwrap();
        assert_eq!(found(storage, text).await, [number]);
        id
    }

    async fn found(storage: &dyn Storage, query: &str) -> Vec<u128> {
        let found = storage.search(COMMUNITY, query, NEWEST).await.unwrap();
        found.iter().map(|found| found.new.id.0.as_u128()).collect()
    }

    pub async fn an_edited_message_is_found_by_its_new_words_only(storage: &dyn Storage) {
        let message = said(storage, 10, "We open at nine").await;
        let mut commit = given::commit(given::accepted(storage, 11).await);
        commit.changed_messages = vec![MessageChange {
            message,
            content: Some(switchboard::model::Content::plain("We open at ten")),
            removed: None,
            buttons: None,
            at: START,
        }];
        storage.write(Unit::Commit(Box::new(commit))).await.unwrap();
        assert_eq!(found(storage, "ten").await, [10]);
        assert_eq!(found(storage, "nine").await, [0_u128; 0]);
        assert_eq!(storage.message(message).await.unwrap().unwrap().edited_at, Some(START));
    }

    pub async fn a_deleted_message_is_empty_and_not_found(storage: &dyn Storage) {
        let message = said(storage, 10, "We open at nine").await;
        let mut commit = given::commit(given::accepted(storage, 11).await);
        commit.changed_messages = vec![given::taken_back(message)];
        storage.write(Unit::Commit(Box::new(commit))).await.unwrap();
        assert_eq!(found(storage, "nine").await, [0_u128; 0]);
        let stored = storage.message(message).await.unwrap().unwrap();
        assert!(stored.new.content.is_empty());
        assert_eq!(stored.deleted_at, Some(START));
    }

    pub async fn deleting_a_message_takes_its_text_out_of_what_was_sent(storage: &dyn Storage) {
        let mut commit = given::commit(given::accepted(storage, 10).await);
        let message = given::message(30, "at nine");
        let id = message.id;
        commit.deliveries = vec![given::delivery(40, id), given::delivery(41, id)];
        commit.messages = vec![message];
        storage.write(Unit::Commit(Box::new(commit))).await.unwrap();
        let ended = DeliveryStep::Ended {
            id: DeliveryId(Uuid::from_u128(40)),
            native: Some("m77".into()),
            end: DeliveryEnd::Delivered,
            at: START,
            thread: None,
            event: None,
        };
        storage.write(Unit::Delivery(ended)).await.unwrap();
        let mut commit = given::commit(given::accepted(storage, 11).await);
        commit.changed_messages = vec![given::taken_back(id)];
        storage.write(Unit::Commit(Box::new(commit))).await.unwrap();
        let copies = storage.deliveries_of_message(id).await.unwrap();
        let texts: Vec<_> = copies
            .iter()
            .map(|copy| match &copy.new.action.body {
                FittedBody::Send { content, .. } => content.to_plain(),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(texts[0], "");
        assert_eq!(
            texts[1].trim(),
            "at nine",
            "what waits is sent, then deleted by a delivery of its own"
        );
    }

    pub async fn a_search_takes_any_text(storage: &dyn Storage) {
        said(storage, 10, "Öffnungszeiten: neun bis fünf").await;
        assert_eq!(
            found(storage, "offnung").await,
            [10],
            "accents and endings do not matter"
        );
        for odd in ["\"", "NEAR(", "a AND", "*", "words:neun", "", "-neun -"] {
            storage.search(COMMUNITY, odd, NEWEST).await.unwrap();
        }
    }

    pub async fn a_delivery_takes_only_steps_that_follow(storage: &dyn Storage) {
        let mut commit = given::commit(given::accepted(storage, 10).await);
        let message = given::message(30, "at nine");
        commit.deliveries = vec![given::delivery(40, message.id)];
        commit.deliveries[0].idempotent = false;
        commit.messages = vec![message];
        storage.write(Unit::Commit(Box::new(commit))).await.unwrap();
        let id = DeliveryId(Uuid::from_u128(40));
        let step = async |step| storage.write(Unit::Delivery(step)).await;
        let lost = DeliveryStep::Ended {
            id,
            native: None,
            end: DeliveryEnd::PerhapsSent {
                reason: "cut off".to_owned(),
            },
            at: START,
            thread: None,
            event: Some(Box::new(given::event(11))),
        };
        step(DeliveryStep::Sending { id }).await.unwrap();
        given::assert_conflict(step(DeliveryStep::Sending { id }).await);
        given::assert_conflict(step(DeliveryStep::Again { id, due: START }).await);
        step(lost.clone()).await.unwrap();
        given::assert_conflict(step(lost).await);
        step(DeliveryStep::Again { id, due: START }).await.unwrap();
        step(DeliveryStep::GiveUp { id, at: START }).await.unwrap();
        given::assert_conflict(step(DeliveryStep::Arrived { id, at: START }).await);
        let stored = storage.delivery(id).await.unwrap().unwrap();
        assert_eq!((stored.state, stored.ended_at), (DeliveryState::GivenUp, Some(START)));
        assert_eq!(stored.reason.as_deref(), Some("cut off"));
        let unhandled = storage.events_unhandled(EventSeq(0), 10).await.unwrap();
        assert_eq!(unhandled.len(), 1, "the follow-up is stored with the end, once");
    }

    pub async fn open_deliveries_come_in_the_order_they_were_made(storage: &dyn Storage) {
        let mut commit = given::commit(given::accepted(storage, 10).await);
        let message = given::message(30, "at nine");
        for number in [44, 43, 42, 41] {
            commit.deliveries.push(given::delivery(number, message.id));
        }
        commit.deliveries[1].priority = Priority::Campaign;
        commit.messages = vec![message];
        storage.write(Unit::Commit(Box::new(commit))).await.unwrap();
        let id = DeliveryId(Uuid::from_u128(42));
        storage
            .write(Unit::Delivery(DeliveryStep::Sending { id }))
            .await
            .unwrap();
        let open = async |after, limit| {
            let login = "loopback".into();
            let open = storage
                .deliveries_open(&login, Priority::Answer, after, limit)
                .await
                .unwrap();
            open.iter()
                .map(|open| (open.seq, open.new.id.0.as_u128()))
                .collect::<Vec<_>>()
        };
        let all = open(0, 10).await;
        assert_eq!(all.iter().map(|(_, id)| *id).collect::<Vec<_>>(), [44, 42, 41]);
        assert_eq!(open(all[0].0, 1).await, all[1..2]);
        assert_eq!(
            storage.delivery_counts(None).await.unwrap(),
            [(DeliveryState::Queued, 3), (DeliveryState::Sending, 1)]
        );
    }

    fn job(number: u128, key: &str, seconds: u64) -> NewJob {
        NewJob {
            id: JobId(Uuid::from_u128(number)),
            key: key.to_owned(),
            due: START + Duration::from_secs(seconds),
            repeat: None,
            work: JobWork::Upkeep {
                name: "retention".to_owned(),
            },
        }
    }

    async fn put(storage: &dyn Storage, job: NewJob) {
        storage
            .write(Unit::Job(JobStep::Change(JobChange::Put(job))))
            .await
            .unwrap();
    }

    pub async fn a_job_fires_once(storage: &dyn Storage) {
        let job = job(50, "post/1", 5);
        put(storage, job.clone()).await;
        assert_eq!(storage.job_next_due().await.unwrap(), Some(job.due));
        assert!(storage.jobs_due(START, 10).await.unwrap().is_empty());
        assert_eq!(storage.jobs_due(job.due, 10).await.unwrap().len(), 1);
        let fired = JobStep::Fired {
            id: job.id,
            due: job.due,
            next: None,
            event: Some(Box::new(given::event(10))),
        };
        storage.write(Unit::Job(fired.clone())).await.unwrap();
        given::assert_conflict(storage.write(Unit::Job(fired)).await);
        assert_eq!(storage.job_next_due().await.unwrap(), None);
        assert_eq!(storage.events_unhandled(EventSeq(0), 10).await.unwrap().len(), 1);
    }

    pub async fn a_job_of_the_same_key_replaces(storage: &dyn Storage) {
        put(storage, job(50, "quiet/1", 5)).await;
        put(storage, job(51, "quiet/1", 9)).await;
        put(storage, job(52, "quiet_1", 1)).await;
        let found = storage.jobs_by_key("quiet/", 10).await.unwrap();
        assert_eq!(found.iter().map(|job| job.new.id.0.as_u128()).collect::<Vec<_>>(), [51]);
        let cancel = JobChange::Cancel {
            key: "quiet/1".to_owned(),
        };
        storage.write(Unit::Job(JobStep::Change(cancel))).await.unwrap();
        assert!(storage.jobs_by_key("quiet/", 10).await.unwrap().is_empty());
    }

    pub async fn a_parked_job_is_not_due(storage: &dyn Storage) {
        let job = job(50, "post/1", 5);
        put(storage, job.clone()).await;
        let failed = JobStep::Failed {
            id: job.id,
            attempt: 3,
            due: None,
            reason: "no such place".to_owned(),
        };
        storage.write(Unit::Job(failed)).await.unwrap();
        assert!(storage.jobs_due(job.due, 10).await.unwrap().is_empty());
        let parked = storage.jobs_by_key("post/", 10).await.unwrap();
        assert_eq!(parked[0].reason.as_deref(), Some("no such place"));
    }

    pub async fn changes_are_told(storage: &dyn Storage) {
        let mut changes = storage.changes();
        given::assert_conflict(storage.write(Unit::Commit(Box::new(given::commit(EventSeq(9))))).await);
        let seq = given::accepted(storage, 10).await;
        assert_eq!(changes.recv().await.unwrap(), Change::Event(seq));
        assert!(changes.try_recv().is_err());
    }
}
