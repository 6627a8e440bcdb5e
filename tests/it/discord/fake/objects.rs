//! Discord's objects with all that Discord says of them. `tests/peers/discord/schemas.mjs` compares them with Discord's own
//! description of its interface.

use serde_json::{Value, json};

use super::{BOT, GUILD, HELP, merge};

/// When everything of the tests was made.
const THEN: &str = "2026-11-26T10:00:00+00:00";

/// An account that is no bot.
pub fn user(id: u64, username: &str, shown: Option<&str>) -> Value {
    json!({"id": id.to_string(), "username": username, "global_name": shown, "discriminator": "0", "avatar": null,
           "public_flags": 0, "flags": 0, "banner": null, "accent_color": null, "avatar_decoration_data": null,
           "collectibles": null, "primary_guild": null})
}

/// The bot's own account.
pub fn me() -> Value {
    let mut me = user(BOT, "our-bot", None);
    merge(&mut me, json!({"discriminator": "0001", "bot": true}));
    me
}

/// What only the account itself is told of it.
pub fn own_account() -> Value {
    let mut me = me();
    merge(
        &mut me,
        json!({"mfa_enabled": true, "locale": "en-US", "premium_type": 0, "email": null, "verified": true}),
    );
    me
}

/// The application behind the bot, as its switches are set.
pub fn application(flags: u64) -> Value {
    json!({"id": BOT.to_string(), "name": "Our bot", "icon": null, "description": "", "type": null, "summary": "",
           "flags": flags, "flags_new": flags.to_string(), "bot": me(), "bot_public": true, "bot_require_code_grant": false,
           "verify_key": "0".repeat(64), "redirect_uris": [], "interactions_endpoint_url": null,
           "role_connections_verification_url": null, "owner": user(1, "owner", None), "team": null,
           "explicit_content_filter": 0, "eligible_oauth2_scopes": [], "approximate_guild_count": 1, "approximate_user_install_count": 0, "approximate_user_authorization_count": 0})
}

/// Somebody in the guild; beside a message without the account, which is its author.
pub fn member(user: Option<Value>, roles: &[&str]) -> Value {
    let mut member = json!({"nick": null, "avatar": null, "banner": null, "roles": roles, "joined_at": THEN,
        "premium_since": null, "communication_disabled_until": null, "flags": 0, "pending": false, "mute": false,
        "deaf": false});
    if let Some(user) = user {
        member["user"] = user;
    }
    member
}

/// A role of the guild.
pub fn role(id: u64, name: &str, permissions: u64) -> Value {
    json!({"id": id.to_string(), "name": name, "permissions": permissions.to_string(), "position": 0, "color": 0,
           "colors": {"primary_color": 0, "secondary_color": null, "tertiary_color": null}, "hoist": false,
           "managed": false, "mentionable": false, "icon": null, "unicode_emoji": null, "flags": 0})
}

/// A channel of the guild, from which this is taken from the bot's role.
pub fn channel(id: u64, kind: u8, name: &str, denied: u64) -> Value {
    json!({"id": id.to_string(), "type": kind, "guild_id": GUILD.to_string(), "name": name, "position": 0, "flags": 0,
           "parent_id": null, "last_message_id": null, "topic": null, "nsfw": false, "rate_limit_per_user": 0,
           "permission_overwrites": [{"id": "70", "type": 0, "allow": "0", "deny": denied.to_string()}]})
}

/// A direct chat.
pub fn direct_chat(id: u64, with: Value) -> Value {
    json!({"id": id.to_string(), "type": 1, "flags": 0, "last_message_id": null, "recipients": [with]})
}

/// A guild, without what only the gateway tells.
pub fn guild(id: u64, name: &str, roles: &[Value]) -> Value {
    json!({"id": id.to_string(), "name": name, "icon": null, "description": null, "home_header": null,
           "splash": null, "discovery_splash": null, "features": [], "banner": null, "owner_id": "1",
           "application_id": null, "region": "rotterdam", "afk_channel_id": null, "afk_timeout": 300,
           "system_channel_id": null, "system_channel_flags": 0, "widget_enabled": false, "widget_channel_id": null,
           "verification_level": 0, "roles": roles, "default_message_notifications": 0, "mfa_level": 0,
           "explicit_content_filter": 0, "max_presences": null, "max_members": 25_000_000,
           "max_stage_video_channel_users": 50, "max_video_channel_users": 25, "vanity_url_code": null,
           "premium_tier": 0, "premium_subscription_count": 0, "preferred_locale": "en-US", "rules_channel_id": null,
           "safety_alerts_channel_id": null, "public_updates_channel_id": null, "premium_progress_bar_enabled": false,
           "nsfw": false, "nsfw_level": 0, "emojis": [], "stickers": [], "incidents_data": null})
}

/// A guild as its list names it.
pub fn listed_guild(id: u64, name: &str, rights: u64) -> Value {
    json!({"id": id.to_string(), "name": name, "icon": null, "banner": null, "owner": false,
           "permissions": rights.to_string(), "features": []})
}

/// A message in which nothing is said yet.
pub fn message(id: u64, channel: u64, author: Value) -> Value {
    json!({"id": id.to_string(), "channel_id": channel.to_string(), "type": 0, "author": author, "content": "",
           "timestamp": THEN, "edited_timestamp": null, "tts": false, "mention_everyone": false, "mentions": [],
           "mention_roles": [], "attachments": [], "embeds": [], "components": [], "pinned": false, "flags": 0})
}

/// A message of the bot, as it becomes of what was asked.
pub fn sent(id: u64, channel: u64, asked: &Value) -> Value {
    let mut message = message(id, channel, me());
    change(&mut message, asked);
    if let Some(nonce) = asked["nonce"].as_str() {
        message["nonce"] = json!(nonce);
    }
    let answered = &asked["message_reference"]["message_id"];
    if answered.is_string() {
        let reference = json!({"type": 0, "message_id": answered, "channel_id": channel.to_string()});
        merge(&mut message, json!({"type": 19, "message_reference": reference}));
    }
    message
}

/// An answer that goes by what somebody gave. Where that was is not what the answer is about.
pub fn through_webhook(token: &str, id: u64, asked: &Value) -> Value {
    let mut message = sent(id, HELP, asked);
    let kind = if token.starts_with("command") { 20 } else { 0 };
    merge(
        &mut message,
        json!({"type": kind, "webhook_id": BOT.to_string(), "application_id": BOT.to_string()}),
    );
    message
}

/// What an edit sets anew; the rest stays.
pub fn change(message: &mut Value, asked: &Value) {
    if asked["content"].is_string() {
        message["content"] = asked["content"].clone();
    }
    if let Some(flags) = asked["flags"].as_u64() {
        message["flags"] = json!(flags);
    }
    if let Some(rows) = asked["components"].as_array() {
        let mut number = 0;
        message["components"] = rows.iter().map(|row| numbered(row, &mut number)).collect();
    }
    if let Some(embeds) = asked["embeds"].as_array() {
        let mut embeds = embeds.clone();
        for embed in &mut embeds {
            embed["type"] = json!("rich");
        }
        message["embeds"] = Value::Array(embeds);
    }
    if let Some(files) = asked["attachments"].as_array() {
        message["attachments"] = files
            .iter()
            .map(|file| attachment(file, "https://cdn.example.org"))
            .collect();
    }
}

/// Discord numbers all components of a message.
fn numbered(component: &Value, number: &mut u64) -> Value {
    *number += 1;
    let mut component = component.clone();
    component["id"] = json!(*number);
    if component["type"] == 3 {
        // Of a menu that says nothing else, one thing is chosen.
        component["min_values"] = json!(1);
        component["max_values"] = json!(1);
    }
    if let Some(inner) = component["components"].as_array() {
        component["components"] = inner.iter().map(|inner| numbered(inner, number)).collect();
    }
    component
}

fn attachment(asked: &Value, from: &str) -> Value {
    let name = asked["filename"].as_str().unwrap_or("file");
    let url = format!("{from}/files/{name}");
    let mut file = json!({"id": "1", "filename": name, "size": 12, "url": url, "proxy_url": url});
    if let Some(description) = asked["description"].as_str() {
        file["description"] = json!(description);
    }
    file
}

/// A file that somebody sends with a message, to be had from this address.
pub fn file(name: &str, from: &str) -> Value {
    attachment(&json!({"filename": name}), from)
}
