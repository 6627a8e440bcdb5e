//! The gateway: sessions that remember what was told, so that a connection can go on where the last one broke.

use std::sync::Arc;

use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::{BOT, Fake, GUILD, TOKEN, merge, objects};

/// One connection's memory: what was dispatched, by sequence number from 1.
#[derive(Default)]
pub(super) struct Session {
    /// Which connection it is of how many: the first hears direct chats, the last the guild.
    pub(super) shard: (u64, u64),
    log: Vec<Value>,
    pub(super) over: bool,
}

impl Fake {
    /// A session begins: who the bot is, and its guilds.
    fn welcome(&self, identify: &Value) -> String {
        let mut guild = self.guild();
        merge(
            &mut guild,
            json!({"members": [objects::member(Some(objects::me()), &["70"])]}),
        );
        let mut inner = self.inner();
        let id = format!("session-{}", inner.sessions.len() + 1);
        let shard = |at: usize| identify["shard"][at].as_u64();
        let mut session = Session {
            shard: (shard(0).unwrap_or(0), shard(1).unwrap_or(1)),
            ..Session::default()
        };
        let has_guild = session.shard.0 + 1 == session.shard.1;
        let guilds = if has_guild {
            json!([{"id": GUILD.to_string(), "unavailable": true}])
        } else {
            json!([])
        };
        let ready = json!({"v": 10, "user": objects::own_account(), "session_id": id,
            "resume_gateway_url": self.gateway_url(), "shard": identify["shard"], "guilds": guilds,
            "application": {"id": BOT.to_string(), "flags": inner.flags}});
        self.note_told("READY", &ready);
        session.dispatch("READY", ready);
        if has_guild {
            self.note_told("GUILD_CREATE", &guild);
            session.dispatch("GUILD_CREATE", guild);
        }
        inner.sessions.insert(id.clone(), session);
        id
    }

    fn resume(&self, id: &str) -> bool {
        let mut inner = self.inner();
        let known = inner.sessions.get_mut(id).filter(|session| !session.over);
        known.map(|session| session.dispatch("RESUMED", json!({}))).is_some()
    }
}

impl Session {
    pub(super) fn dispatch(&mut self, kind: &str, data: Value) {
        let sequence = self.log.len() + 1;
        self.log.push(json!({"op": 0, "s": sequence, "t": kind, "d": data}));
    }
}

pub(super) async fn open(State(fake): State<Arc<Fake>>, upgrade: WebSocketUpgrade) -> Response {
    if fake.inner().cut {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    upgrade.on_upgrade(move |socket| async move {
        // Whoever hangs up ends it; that is as it should be.
        let _ = serve(&fake, socket).await;
    })
}

/// One connection, until it ends.
async fn serve(fake: &Fake, mut socket: WebSocket) -> Result<(), axum::Error> {
    let generation = fake.inner().generation;
    let mut changed = fake.changed.subscribe();
    let mut session: Option<(String, usize)> = None;
    tell(&mut socket, &json!({"op": 10, "d": {"heartbeat_interval": 41_250}})).await?;
    loop {
        if let Some((id, told)) = &mut session {
            let news: Vec<Value> = fake.inner().sessions[id].log[*told..].to_vec();
            *told += news.len();
            for frame in news {
                tell(&mut socket, &frame).await?;
            }
        }
        let ended = {
            let inner = fake.inner();
            (inner.generation > generation).then(|| inner.end.clone())
        };
        if let Some(how) = ended {
            if let Some(how) = how {
                tell(&mut socket, &how).await?;
            }
            return Ok(());
        }
        let frame = tokio::select! {
            _ = changed.changed() => continue,
            frame = socket.recv() => frame,
        };
        let Some(Ok(Message::Text(text))) = frame else {
            return Ok(());
        };
        let frame: Value = serde_json::from_str(&text).unwrap();
        match frame["op"].as_u64() {
            Some(1) => tell(&mut socket, &json!({"op": 11})).await?,
            Some(2 | 6) if fake.inner().revoked || frame["d"]["token"] != format!("Bot {TOKEN}") => {
                return socket.send(closing(4004)).await;
            }
            Some(2) => {
                let closed = fake.inner().close.take();
                if let Some(code) = closed {
                    return socket.send(closing(code)).await;
                }
                fake.inner().identified.push(frame["d"].clone());
                session = Some((fake.welcome(&frame["d"]), 0));
                fake.ring();
            }
            Some(6) => {
                let id = frame["d"]["session_id"].as_str().unwrap().to_owned();
                let told = frame["d"]["seq"].as_u64().unwrap() as usize;
                let resumed = fake.resume(&id);
                if resumed {
                    session = Some((id, told));
                } else {
                    tell(&mut socket, &json!({"op": 9, "d": false})).await?;
                }
            }
            other => panic!("a frame that no bot sends: {other:?}"),
        }
    }
}

fn closing(code: u16) -> Message {
    let reason = "no".into();
    Message::Close(Some(CloseFrame { code, reason }))
}

async fn tell(socket: &mut WebSocket, frame: &Value) -> Result<(), axum::Error> {
    socket.send(Message::Text(frame.to_string().into())).await
}
