//! Threads, which hang on messages and go by their ids.

use serde_json::{Value, json};

use super::{ANN, BOT, Fake, GUILD, HELP, QUESTIONS, merge, objects};

/// `CREATE_PUBLIC_THREADS`
const OPEN: u64 = 1 << 35;

#[derive(Clone, Debug)]
pub struct Thread {
    parent: u64,
    name: String,
    archived: bool,
    locked: bool,
}

impl Fake {
    /// Ann opens a post in the forum: a thread whose first message goes by the thread's own id.
    pub fn posts(&self, title: &str, text: &str) -> u64 {
        let id = self.next_id();
        let post = Thread {
            parent: QUESTIONS,
            name: title.to_owned(),
            archived: false,
            locked: false,
        };
        self.inner().threads.insert(id, post);
        self.happens("THREAD_CREATE", self.thread(id));
        self.says_as(id, id, json!({"content": text}));
        id
    }

    /// What each thread is called, and what the bot has said there.
    pub fn threads(&self) -> Vec<(String, Vec<String>)> {
        let (inner, bot) = (self.inner(), json!(BOT.to_string()));
        let all = inner.threads.iter().map(|(id, thread)| {
            let said = inner.said.get(id).map(Vec::as_slice).unwrap_or_default().iter();
            let by_bot = said.filter(|message| message["author"]["id"] == bot);
            let texts = by_bot.filter_map(|message| Some(message["content"].as_str()?.to_owned()));
            (thread.name.clone(), texts.collect())
        });
        all.collect()
    }

    /// Nobody wrote there for a day, or somebody closed it; one that is locked only moderators open again.
    pub fn archives(&self, id: u64, locked: bool) {
        let mut inner = self.inner();
        let thread = inner.threads.get_mut(&id).expect("the thread is there");
        (thread.archived, thread.locked) = (true, locked);
        drop(inner);
        self.happens("THREAD_UPDATE", self.thread(id));
    }

    pub(super) fn is_thread(&self, id: &str) -> bool {
        let id = id.parse().ok();
        id.is_some_and(|id: u64| self.inner().threads.contains_key(&id))
    }

    pub(super) fn thread(&self, id: u64) -> Value {
        let (thread, last) = {
            let inner = self.inner();
            let last = inner.said.get(&id).and_then(|said| Some(said.last()?["id"].clone()));
            (inner.threads[&id].clone(), last)
        };
        let owner = if thread.parent == QUESTIONS { ANN } else { BOT };
        json!({"id": id.to_string(), "type": 11, "guild_id": GUILD.to_string(), "parent_id": thread.parent.to_string(),
            "name": thread.name, "owner_id": owner.to_string(), "last_message_id": last, "rate_limit_per_user": 0,
            "message_count": 0, "member_count": 1, "total_message_sent": 0, "flags": 0,
            "thread_metadata": {"archived": thread.archived, "auto_archive_duration": 1440, "locked": thread.locked,
                "archive_timestamp": "2026-11-26T10:00:00+00:00"}})
    }

    pub(super) fn active_threads(&self) -> Vec<Value> {
        let inner = self.inner();
        let active = inner.threads.iter().filter(|(_, thread)| !thread.archived);
        let ids: Vec<u64> = active.map(|(id, _)| *id).collect();
        drop(inner);
        ids.into_iter().map(|id| self.thread(id)).collect()
    }

    /// A thread below a message.
    pub(super) fn opens(&self, parent: u64, message: u64, body: &Value) -> Result<Value, (u16, u32)> {
        let (mut inner, id) = (self.inner(), json!(message.to_string()));
        if parent != HELP {
            return Err((400, 50_024));
        }
        if inner.denied & OPEN != 0 || inner.rights & OPEN == 0 {
            return Err((403, 50_013));
        }
        let said = inner.said.get(&parent).map(Vec::as_slice).unwrap_or_default();
        if said.iter().all(|known| known["id"] != id) {
            return Err((404, 10_008));
        }
        if inner.threads.contains_key(&message) {
            return Err((400, 160_004));
        }
        let thread = Thread {
            parent,
            name: body["name"].as_str().unwrap().to_owned(),
            archived: false,
            locked: false,
        };
        inner.threads.insert(message, thread);
        drop(inner);
        let opened = self.thread(message);
        self.happens("THREAD_CREATE", opened.clone());
        // What it hangs on is shown at its beginning.
        let id = self.next_id();
        let mut shown = objects::message(id, message, objects::me());
        merge(&mut shown, json!({"guild_id": GUILD.to_string(), "type": 21}));
        self.happens("MESSAGE_CREATE", shown);
        Ok(opened)
    }

    /// Whoever writes in an archived thread opens it again, but for one that is locked.
    pub(super) fn wakes(&self, id: &str) -> Result<(), (u16, u32)> {
        let id = id.parse().unwrap();
        let mut inner = self.inner();
        let Some(thread) = inner.threads.get_mut(&id).filter(|thread| thread.archived) else {
            return Ok(());
        };
        if thread.locked {
            return Err((400, 160_005));
        }
        thread.archived = false;
        drop(inner);
        self.happens("THREAD_UPDATE", self.thread(id));
        Ok(())
    }
}
