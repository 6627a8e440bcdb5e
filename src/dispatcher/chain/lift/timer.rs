//! What a plugin may have done later: a timer is an event of its own, in the place where it was set.

use super::super::draft::timestamp;
use super::{Lift, Lifted, NAME_BYTES_MAX};
use crate::model::conversation::LaneKey;
use crate::model::event::{Event, EventBody, Source};
use crate::model::ids::JobId;
use crate::plugin_host::Permission;
use crate::plugin_host::bindings::switchboard::plugin::types as wit;
use crate::storage::unit::{JobChange, JobWork, NewJob, Repeat};

impl Lift<'_> {
    pub(super) fn wake(&self, wake: &wit::Wake, lifted: &mut Lifted) -> Result<(), String> {
        self.need(Permission::Wake)?;
        let (due, repeat) = match &wake.schedule {
            wit::Schedule::At(at) => (timestamp(*at), None),
            wit::Schedule::Cron(clock) => {
                let repeat = Repeat {
                    cron: clock.cron.clone(),
                    zone: clock.zone.clone(),
                };
                let due = (self.next_due)(&repeat, self.snapshot.now)?;
                (due, Some(repeat))
            }
        };
        let key = self.key(&wake.id)?;
        let place = self.snapshot.place.as_ref().map(|place| place.id);
        let event = Event {
            source: Source::Internal {
                conversation: None,
                place,
            },
            occurred_at: due,
            dedupe: key.clone(),
            hops: 0,
            body: EventBody::Timer {
                plugin: self.id.clone(),
                id: wake.id.clone(),
                due,
                payload: wake.payload.clone(),
            },
        };
        lifted.lines.push(format!("timer {} at {due}", wake.id));
        lifted.jobs.push(JobChange::Put(NewJob {
            id: JobId(self.drafting.clock.id()),
            due,
            repeat,
            work: JobWork::Event {
                community: self.snapshot.community.id,
                place,
                lane: place.map_or_else(|| LaneKey(key.clone()), LaneKey::of_place),
                event: Box::new(event),
            },
            key,
        }));
        Ok(())
    }

    /// Names a timer among all jobs.
    pub(super) fn key(&self, timer: &str) -> Result<String, String> {
        if timer.is_empty() || timer.len() > NAME_BYTES_MAX {
            return Err(format!("a timer's id has 1 to {NAME_BYTES_MAX} bytes"));
        }
        Ok(format!("plugin/{}/{}/{timer}", self.id, self.snapshot.community.id))
    }
}
