//! What is asked of the fake, what it answers and what it tells, for `tests/peers/discord/schemas.mjs`, which compares all
//! of it with Discord's own description.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use serde_json::{Value, json};

use super::Fake;

impl Fake {
    /// A call, and what was answered; none where the answer was cut off.
    pub(super) fn note_call(&self, what: &str, body: &Value, answer: Option<(u16, &Value)>) {
        let mut body = body.clone();
        // They stand beside the body, not in it.
        body.as_object_mut().and_then(|fields| fields.remove("files"));
        let (status, answer) = answer.unzip();
        self.note(&json!({"what": what, "body": body, "status": status, "answer": answer}));
    }

    /// What the gateway tells.
    pub(super) fn note_told(&self, kind: &str, data: &Value) {
        self.note(&json!({"told": kind, "data": data}));
    }

    fn note(&self, line: &Value) {
        let Some(folder) = std::env::var_os("SWITCHBOARD_DISCORD_TRAFFIC") else {
            return;
        };
        let file = Path::new(&folder).join(format!("{}.jsonl", self.address.port()));
        let mut file = File::options().create(true).append(true).open(file).unwrap();
        // At once, since others write, too.
        file.write_all(format!("{line}\n").as_bytes()).unwrap();
    }
}
