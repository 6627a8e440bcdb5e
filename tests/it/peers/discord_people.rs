//! People on the Discord-compatible server: what they do, and what they see.

use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

/// A person with a guild of their own, and the bot that they made.
pub struct Ann {
    http: reqwest::Client,
    url: String,
    /// What the person is known by.
    key: String,
    pub guild: String,
    /// A channel of the guild.
    pub help: String,
    /// The bot's account, and its token.
    pub bot: String,
    pub token: String,
}

impl Ann {
    /// Her bot is in her guild.
    pub async fn new() -> Self {
        Self::with("bot").await
    }

    /// Her bot is in no guild yet.
    pub async fn before_inviting() -> Self {
        Self::with("bot?invite=no").await
    }

    async fn with(what: &str) -> Self {
        let url = super::address("SWITCHBOARD_PEER_DISCORD");
        let http = reqwest::Client::builder().timeout(super::PATIENCE).build().unwrap();
        let made = http.post(format!("{url}/peer/{what}")).send().await.unwrap();
        let made: Value = serde_json::from_slice(&made.bytes().await.unwrap()).unwrap();
        let text = |name: &str| made[name].as_str().unwrap_or_else(|| panic!("{made}")).to_owned();
        Self {
            key: text("person"),
            guild: text("guild"),
            help: text("channel"),
            bot: text("bot"),
            token: text("token"),
            http,
            url,
        }
    }

    /// What the configuration calls `api_url`.
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// Writes in a channel; answers the message's id.
    pub async fn says(&self, channel: &str, text: &str) -> String {
        let path = format!("channels/{channel}/messages");
        id(&self.ask(Method::POST, &path, json!({"content": text})).await)
    }

    /// The same with a file.
    pub async fn sends(&self, channel: &str, text: &str, file: (&str, &[u8])) -> String {
        let (name, bytes) = file;
        let message = json!({"content": text, "attachments": [{"id": "0", "filename": name}]});
        let form = Form::new()
            .text("payload_json", message.to_string())
            .part("files[0]", Part::bytes(bytes.to_vec()).file_name(name.to_owned()));
        let path = format!("channels/{channel}/messages");
        id(&read(self.call(Method::POST, &path).multipart(form)).await)
    }

    /// Opens the direct chat with the bot, from its profile.
    pub async fn opens_direct_chat(&self) -> String {
        let opened = self.ask(Method::POST, "users/@me/channels", json!({"recipients": [self.bot]}));
        id(&opened.await)
    }

    /// Lets the bot into her guild, by the address that invites it.
    pub async fn accepts(&self, invitation: &str) {
        let (_, asked) = invitation.split_once('?').expect("it asks for something");
        let permissions = url::form_urlencoded::parse(asked.as_bytes()).find(|(name, _)| name == "permissions");
        let permissions = permissions.expect("it says what the bot may do").1.into_owned();
        let body = json!({"authorize": true, "permissions": permissions, "guild_id": self.guild});
        self.ask(Method::POST, &format!("oauth2/authorize?{asked}"), body).await;
    }

    /// What stands in a channel, the newest first.
    pub async fn sees(&self, channel: &str) -> Vec<Value> {
        let path = format!("channels/{channel}/messages?limit=50");
        let seen = self.ask(Method::GET, &path, Value::Null).await;
        seen.as_array().unwrap_or_else(|| panic!("{seen}")).clone()
    }

    /// Waits until the bot has said so much, wherever it was; answers the newest message of a channel.
    pub async fn hears(&self, channel: &str, count: usize) -> Value {
        let url = format!("{}/peer/said?bot={}&count={count}", self.url, self.bot);
        read(self.http.post(url)).await;
        self.sees(channel).await.remove(0)
    }

    /// Gives a command from the guild's menu.
    pub async fn commands(&self, channel: &str, name: &str, options: Value) {
        let path = format!("applications/{}/guilds/{}/commands", self.bot, self.guild);
        let menu = self.call_as(Method::GET, &path, &format!("Bot {}", self.token));
        let menu = read(menu).await;
        let command = menu.as_array().unwrap().iter().find(|command| command["name"] == name);
        let command = command.unwrap_or_else(|| panic!("{name} is not in {menu}"));
        let data = json!({"id": command["id"], "version": command["version"], "name": name, "type": 1,
                          "options": options});
        let asked = json!({"type": 2, "application_id": self.bot, "channel_id": channel, "guild_id": self.guild,
                           "session_id": "0", "nonce": "1", "data": data});
        let form = Form::new().text("payload_json", asked.to_string());
        read(self.call(Method::POST, "interactions").multipart(form)).await;
    }

    /// One request of hers.
    pub async fn ask(&self, method: Method, path: &str, body: Value) -> Value {
        let call = self.call(method, path);
        if body.is_null() {
            return read(call).await;
        }
        read(call.header("Content-Type", "application/json").body(body.to_string())).await
    }

    /// The bytes behind an address.
    pub async fn fetches(&self, url: &str) -> Vec<u8> {
        let got = self.http.get(url).send().await.unwrap().error_for_status().unwrap();
        got.bytes().await.unwrap().to_vec()
    }

    /// What the bot's connections are to suffer; answers how many sessions it has begun.
    pub async fn lets(&self, what: &str) -> u64 {
        let url = format!("{}/peer/{what}?bot={}", self.url, self.bot);
        read(self.http.post(url)).await["sessions"].as_u64().unwrap()
    }

    fn call(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.call_as(method, path, &self.key)
    }

    fn call_as(&self, method: Method, path: &str, key: &str) -> reqwest::RequestBuilder {
        let url = format!("{}/api/v10/{path}", self.url);
        self.http.request(method, url).header("Authorization", key)
    }
}

fn id(answer: &Value) -> String {
    answer["id"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

async fn read(call: reqwest::RequestBuilder) -> Value {
    let answer = call.send().await.unwrap();
    let status = answer.status();
    let body = answer.bytes().await.unwrap();
    assert!(status.is_success(), "{status}: {}", String::from_utf8_lossy(&body));
    serde_json::from_slice(&body).unwrap_or_default()
}
