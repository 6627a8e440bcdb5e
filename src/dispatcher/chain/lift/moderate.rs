//! What a plugin may ask to be done about somebody, and about whom never.

use std::time::Duration;

use super::super::offender::{Offender, Spared};
use super::super::refs::Refs;
use super::{Lift, Lifted, off_in};
use crate::dispatcher::Snapshot;
use crate::model::Action;
use crate::model::action::Moderate;
use crate::model::amount::counted;
use crate::model::directory::{Audience, Place};
use crate::model::ids::{IdentityId, MessageId, PlaceId};
use crate::model::invisible::is_blank;
use crate::model::measure::Measure;
use crate::plugin_host::Permission;
use crate::plugin_host::bindings::switchboard::plugin::types as wit;

/// Messages that one event may have deleted: a whole flood, and not the work of a day.
const MESSAGES_MAX: usize = 30;

/// Platforms cut a longer reason off in their own logs; Discord takes 512.
const REASON_CHARS_MAX: usize = 300;

/// Of a mute, in seconds: what is shorter is over before it is delivered, and what is longer is a ban.
const MUTE: std::ops::RangeInclusive<u32> = 60..=365 * 24 * 60 * 60;

/// A message of theirs, and where it stands.
type Theirs<'a> = (MessageId, Option<&'a Place>);

impl Lift<'_> {
    /// `number` is the action's.
    pub(super) fn moderate(&self, number: usize, asked: &wit::Moderation, lifted: &mut Lifted) -> Result<(), String> {
        self.need(Permission::Moderate)?;
        let before = lifted.actions.iter().map(|action| match action {
            Action::Moderate(earlier) => earlier.messages.len(),
            _ => 0,
        });
        let wish = Wish {
            serves: self.serves,
            snapshot: self.snapshot,
            refs: self.refs,
            number,
            left: MESSAGES_MAX.saturating_sub(before.sum()),
        };
        match wish.read(asked)? {
            Granted::Done(moderate, line) => {
                lifted.lines.push(line);
                lifted.actions.push(Action::Moderate(moderate));
            }
            Granted::Spared(why) => lifted.spared = Some(why),
        }
        Ok(())
    }
}

/// What becomes of a wish that nothing is wrong with.
#[derive(Debug)]
enum Granted {
    /// It is done, with a line for *why*.
    Done(Moderate, String),
    /// Nothing is, for this reason.
    Spared(String),
}

/// With what a wish is looked at.
struct Wish<'a> {
    /// Whether the plugin is on in a place.
    serves: &'a (dyn Fn(&Place) -> bool + Sync),
    snapshot: &'a Snapshot,
    refs: &'a Refs,
    /// Which action it is.
    number: usize,
    /// Messages that this event may still have deleted.
    left: usize,
}

impl Wish<'_> {
    /// What is to be done; or why nothing of the whole outcome is, because the plugin asks for what it may not.
    fn read(&self, asked: &wit::Moderation) -> Result<Granted, String> {
        let reason = asked.reason.trim();
        if is_blank(reason) || reason.chars().count() > REASON_CHARS_MAX {
            return Err(format!(
                "moderates without a reason of 1 to {REASON_CHARS_MAX} characters"
            ));
        }
        let person = self.offender()?;
        if person.spared == Some(Spared::ShownAsStaff) {
            return Err("moderates staff, whom no plugin may".into());
        }
        if person.bot {
            return Err("moderates a program: measures are for people".into());
        }
        let messages = self.theirs(&asked.messages, person.id)?;
        if messages.len() > self.left {
            return Err(format!("deletes more than {MESSAGES_MAX} messages at once"));
        }
        let measure = match self.measure(asked.measure)? {
            Some(measure) => Some((measure, self.shared_place(&messages)?)),
            None => None,
        };
        if let Some(spared) = person.spared {
            return Ok(Granted::Spared(spared.line(&person.name)));
        }
        let concerned = messages.iter().filter_map(|(_, place)| *place);
        let mut concerned = concerned.chain(measure.map(|(_, place)| place));
        if let Some(off) = concerned.find(|place| !(self.serves)(place)) {
            return Ok(Granted::Spared(off_in(off, "moderate")));
        }
        let measure = measure.map(|(measure, place)| (measure, place.id));
        let line = line(person, messages.len(), measure, reason);
        let moderate = Moderate {
            person: person.id,
            messages: messages.into_iter().map(|(id, _)| id).collect(),
            measure,
            reason: reason.to_owned(),
        };
        Ok(Granted::Done(moderate, line))
    }

    fn offender(&self) -> Result<&Offender, String> {
        let found = self.refs.offenders.get(&self.number);
        found.ok_or_else(|| "moderates somebody of whom this community has heard nothing lately".into())
    }

    /// What they said in the event's place, or where the bot reads along.
    fn theirs(&self, messages: &[String], person: IdentityId) -> Result<Vec<Theirs<'_>>, String> {
        let mut found: Vec<Theirs<'_>> = Vec::with_capacity(messages.len());
        for target in messages {
            let own = self.snapshot.message.filter(|id| id.to_string() == *target);
            let (author, theirs) = if let Some(own) = own {
                let author = self.snapshot.author.as_ref().map(|author| author.id);
                (author, (own, self.snapshot.place.as_deref()))
            } else {
                let reached = self.refs.removable.get(target);
                let reached = reached.ok_or("deletes a message that it could not see here")?;
                (Some(reached.author), (reached.message, Some(&*reached.place)))
            };
            if author != Some(person) {
                return Err("deletes what somebody else than the person said".into());
            }
            if found.iter().all(|(known, _)| *known != theirs.0) {
                found.push(theirs);
            }
        }
        Ok(found)
    }

    fn measure(&self, measure: wit::Measure) -> Result<Option<Measure>, String> {
        Ok(match measure {
            wit::Measure::None => None,
            wit::Measure::Mute(seconds) if MUTE.contains(&seconds) => Some(Measure::Mute {
                seconds,
                until: self.snapshot.now + Duration::from_secs(seconds.into()),
            }),
            wit::Measure::Mute(_) => return Err("mutes for less than a minute or more than a year".into()),
            wit::Measure::Kick => Some(Measure::Kick),
            wit::Measure::Ban => Some(Measure::Ban),
            wit::Measure::Lift => Some(Measure::Lift),
        })
    }

    /// Measures protect others, so they are taken where there are others: where it happened, else where the first message stands
    /// that is not of a direct chat.
    fn shared_place<'b>(&'b self, messages: &[Theirs<'b>]) -> Result<&'b Place, String> {
        let here = self.snapshot.place.as_deref();
        if let Some(here) = here.filter(|here| here.audience != Audience::Direct) {
            return Ok(here);
        }
        let here = here.map(|here| here.id);
        let mut elsewhere = messages.iter().filter_map(|(_, place)| *place);
        elsewhere
            .find(|place| Some(place.id) != here)
            .ok_or_else(|| "takes a measure where nobody is but the person: name a message of a shared place".into())
    }
}

/// For *why*: who did what, and for what reason.
fn line(person: &Offender, messages: usize, measure: Option<(Measure, PlaceId)>, reason: &str) -> String {
    let name = &person.name;
    let deleted = (messages > 0).then(|| format!("delete {} of {name}", counted(messages, "message", "messages")));
    let measure = measure.map(|(measure, _)| measure.words(name));
    let done: Vec<String> = deleted.into_iter().chain(measure).collect();
    if done.is_empty() {
        return format!("warn {name}: {reason}");
    }
    format!("{}: {reason}", done.join(" and "))
}

#[cfg(test)]
mod tests {
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
}
