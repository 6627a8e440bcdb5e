//! About whom something is done, what, where, and why nothing is.

use std::sync::Arc;

use uuid::Uuid;

use super::super::super::refs::Removable;
use super::*;
use crate::dispatcher::given;

const ANN: IdentityId = IdentityId(Uuid::from_u128(7));
const BOB: IdentityId = IdentityId(Uuid::from_u128(8));
const HERE: PlaceId = PlaceId(Uuid::from_u128(1));
const ELSEWHERE: PlaceId = PlaceId(Uuid::from_u128(2));
const SAID: MessageId = MessageId(Uuid::from_u128(30));
const BEFORE: MessageId = MessageId(Uuid::from_u128(31));
const BY_BOB: MessageId = MessageId(Uuid::from_u128(32));

fn place(id: PlaceId, audience: Audience) -> Place {
    let name = if id == HERE { "here" } else { "elsewhere" };
    given::place(id, name, audience)
}

fn snapshot(audience: Audience) -> Snapshot {
    Snapshot {
        message: Some(SAID),
        ..given::snapshot(Some(place(HERE, audience)), Some(given::identity(ANN, "Ann")))
    }
}

fn refs(change: impl FnOnce(&mut Offender)) -> Refs {
    let mut ann = Offender {
        id: ANN,
        name: "Ann".to_owned(),
        bot: false,
        spared: None,
    };
    change(&mut ann);
    let removable = |message: MessageId, author| {
        let removable = Removable {
            message,
            author,
            place: Arc::new(place(ELSEWHERE, Audience::Public)),
        };
        (message.to_string(), removable)
    };
    Refs {
        offenders: [(0, ann)].into(),
        removable: [removable(BEFORE, ANN), removable(BY_BOB, BOB)].into(),
        ..Refs::default()
    }
}

fn wish(messages: &[MessageId], measure: wit::Measure) -> wit::Moderation {
    wit::Moderation {
        person: ANN.to_string(),
        messages: messages.iter().map(ToString::to_string).collect(),
        measure,
        reason: " spam ".to_owned(),
    }
}

fn granted(asked: &wit::Moderation, refs: &Refs, audience: Audience) -> Result<Granted, String> {
    granted_as(0, asked, refs, audience)
}

fn granted_as(number: usize, asked: &wit::Moderation, refs: &Refs, audience: Audience) -> Result<Granted, String> {
    let everywhere = |_: &Place| true;
    granted_where(&everywhere, number, asked, (refs, audience))
}

fn granted_where(
    serves: &(dyn Fn(&Place) -> bool + Sync),
    number: usize,
    asked: &wit::Moderation,
    (refs, audience): (&Refs, Audience),
) -> Result<Granted, String> {
    let snapshot = snapshot(audience);
    let wish = Wish {
        serves,
        snapshot: &snapshot,
        refs,
        number,
        left: 2,
    };
    wish.read(asked)
}

fn read(asked: &wit::Moderation, refs: &Refs, audience: Audience) -> Result<(Moderate, String), String> {
    match granted(asked, refs, audience)? {
        Granted::Done(moderate, line) => Ok((moderate, line)),
        Granted::Spared(why) => panic!("{why}"),
    }
}

#[track_caller]
fn refused(asked: &wit::Moderation, refs: &Refs, why: &str) {
    let read = read(asked, refs, Audience::Public);
    assert!(read.as_ref().is_err_and(|said| said.contains(why)), "{read:?}");
}

#[test]
fn what_somebody_said_is_deleted_and_they_are_muted_for_a_reason() {
    let asked = wish(&[SAID, BEFORE, SAID], wit::Measure::Mute(600));
    let (moderate, line) = read(&asked, &refs(|_| ()), Audience::Public).unwrap();
    assert_eq!(moderate.messages, [SAID, BEFORE]);
    let until = given::NOW + Duration::from_mins(10);
    let mute = Measure::Mute { seconds: 600, until };
    assert_eq!(
        (moderate.measure, moderate.reason.as_str()),
        (Some((mute, HERE)), "spam")
    );
    assert_eq!(line, "delete 2 messages of Ann and mute Ann for 10 min: spam");
}

#[test]
fn a_warning_is_written_down() {
    let (moderate, line) = read(&wish(&[], wit::Measure::None), &refs(|_| ()), Audience::Direct).unwrap();
    assert_eq!((moderate.messages.len(), moderate.measure), (0, None));
    assert_eq!(line, "warn Ann: spam");
}

#[test]
fn staff_and_programs_are_out_of_reach() {
    let ban = wish(&[], wit::Measure::Ban);
    let shown = refs(|ann| ann.spared = Some(Spared::ShownAsStaff));
    refused(&ban, &shown, "moderates staff");
    refused(&ban, &refs(|ann| ann.bot = true), "measures are for people");
}

#[test]
fn a_plugin_is_not_blamed_for_whom_it_could_not_know() {
    for (spared, why) in [
        (Spared::Staff, "Ann is staff"),
        (Spared::Keeper, "Ann keeps this place"),
        (Spared::Unknown, "has not told yet whether Ann keeps"),
    ] {
        let refs = refs(|ann| ann.spared = Some(spared));
        let ban = granted(&wish(&[], wit::Measure::Ban), &refs, Audience::Public);
        assert!(
            matches!(&ban, Ok(Granted::Spared(said)) if said.contains(why)),
            "{ban:?}"
        );
    }
}

#[test]
fn who_is_not_known_here_is_not_moderated() {
    refused(&wish(&[], wit::Measure::Kick), &Refs::default(), "heard nothing lately");
}

#[test]
fn what_one_action_may_do_about_somebody_another_may_not() {
    let mut refs = refs(|ann| ann.spared = Some(Spared::Keeper));
    let lifted = Offender {
        spared: None,
        ..refs.offenders[&0].clone()
    };
    refs.offenders.insert(1, lifted);
    let kick = granted_as(0, &wish(&[], wit::Measure::Kick), &refs, Audience::Public);
    assert!(matches!(&kick, Ok(Granted::Spared(_))), "{kick:?}");
    let lift = granted_as(1, &wish(&[], wit::Measure::Lift), &refs, Audience::Public);
    assert!(matches!(&lift, Ok(Granted::Done(..))), "{lift:?}");
}

#[test]
fn only_what_the_person_said_and_the_plugin_could_see_is_deleted() {
    let unknown = MessageId(Uuid::from_u128(99));
    refused(&wish(&[unknown], wit::Measure::None), &refs(|_| ()), "could not see");
    refused(&wish(&[BY_BOB], wit::Measure::None), &refs(|_| ()), "somebody else");
}

#[test]
fn everything_has_a_limit() {
    let left_two = wish(&[SAID, BEFORE], wit::Measure::None);
    assert!(read(&left_two, &refs(|_| ()), Audience::Public).is_ok());
    let mut more = refs(|_| ());
    let third = MessageId(Uuid::from_u128(33));
    let removable = Removable {
        message: third,
        author: ANN,
        place: Arc::new(place(HERE, Audience::Public)),
    };
    more.removable.insert(third.to_string(), removable);
    refused(&wish(&[SAID, BEFORE, third], wit::Measure::None), &more, "more than");
    for seconds in [59, 31_536_001] {
        refused(
            &wish(&[], wit::Measure::Mute(seconds)),
            &refs(|_| ()),
            "a minute or more than a year",
        );
    }
    for reason in ["", "  ", &"x".repeat(301)] {
        let mut asked = wish(&[], wit::Measure::Kick);
        asked.reason = (*reason).to_owned();
        refused(&asked, &refs(|_| ()), "without a reason");
    }
}

#[test]
fn measures_are_taken_where_there_are_others() {
    let alone = read(&wish(&[SAID], wit::Measure::Ban), &refs(|_| ()), Audience::Direct);
    assert!(alone.is_err_and(|why| why.contains("where nobody is but the person")));
    let elsewhere = read(&wish(&[BEFORE], wit::Measure::Ban), &refs(|_| ()), Audience::Direct);
    assert_eq!(elsewhere.unwrap().0.measure, Some((Measure::Ban, ELSEWHERE)));
}

#[test]
fn nobody_is_moderated_where_the_plugin_is_off_and_it_is_not_blamed() {
    let refs = refs(|_| ());
    let not_elsewhere = |place: &Place| place.id != ELSEWHERE;
    let mute = wit::Measure::Mute(600);
    // What they said here goes along with what they said there, or nothing does.
    for (messages, measure, audience) in [
        (vec![BEFORE], wit::Measure::None, Audience::Public),
        (vec![SAID, BEFORE], mute, Audience::Public),
        (vec![BEFORE], mute, Audience::Direct),
        (vec![BEFORE], wit::Measure::Lift, Audience::Direct),
    ] {
        let asked = wish(&messages, measure);
        let spared = granted_where(&not_elsewhere, 0, &asked, (&refs, audience));
        let Ok(Granted::Spared(why)) = spared else {
            panic!("{spared:?}")
        };
        assert_eq!(why, "left alone: it is off in elsewhere, where it would moderate");
    }
    let here = granted_where(&not_elsewhere, 0, &wish(&[SAID], mute), (&refs, Audience::Public));
    assert!(matches!(&here, Ok(Granted::Done(..))), "{here:?}");
}
