//! The lists of commands, and the guilds that have one each.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{BOT, Fake, GUILD, merge, objects};

/// The list of direct chats, and of old that of all guilds, too.
pub const DIRECT_MENU: &str = "applications/900/commands";

/// The list of the one guild.
pub const GUILD_MENU: &str = "applications/900/guilds/100/commands";

impl Fake {
    /// Somebody invites the bot into one more guild, which has no channels.
    pub fn invites(&self, guild: u64) {
        self.inner().guilds.push(guild);
        let mut came = objects::guild(guild, "Growers", &[]);
        merge(&mut came, json!({"unavailable": false, "channels": [], "threads": []}));
        self.happens("GUILD_CREATE", came);
    }

    /// Somebody removes it again; the guild forgets its commands.
    pub fn removes(&self, guild: u64) {
        self.inner().guilds.retain(|known| *known != guild);
        self.inner().menus.remove(&list_of(guild));
        self.happens("GUILD_DELETE", json!({"id": guild.to_string()}));
    }

    /// These commands stand in a list from now on.
    pub fn registers(&self, list: &str, commands: &Value) -> Value {
        let mut registered = commands.clone();
        for command in registered.as_array_mut().expect("a list") {
            let global = list == DIRECT_MENU;
            let fields = command.as_object_mut().unwrap();
            // As Discord gives them back.
            let always = json!({"id": self.next_id().to_string(), "application_id": BOT.to_string(), "version": "1",
                "type": 1, "nsfw": false, "default_member_permissions": null, "name_localizations": null,
                "description_localizations": null, "contexts": null,
                "integration_types": if global { json!([0, 1]) } else { json!([0]) }});
            for (name, value) in always.as_object().unwrap() {
                fields.entry(name).or_insert_with(|| value.clone());
            }
        }
        self.inner().menus.insert(list.to_owned(), registered.clone());
        registered
    }

    /// What stands in a list.
    pub fn menu(&self, list: &str) -> Value {
        self.inner().menus.get(list).cloned().unwrap_or_else(|| json!([]))
    }

    /// The names of what stands there.
    pub fn names_in(&self, list: &str) -> Vec<String> {
        let menu = self.menu(list);
        let names = menu
            .as_array()
            .unwrap()
            .iter()
            .map(|command| command["name"].as_str().unwrap().to_owned());
        names.collect()
    }

    /// Waits until a list shows these names.
    pub async fn shows(&self, list: &str, names: &[&str]) {
        let shown = self.until(|| (self.names_in(list) == names).then_some(())).await;
        assert!(shown.is_some(), "{list} shows {:?}, not {names:?}", self.names_in(list));
    }

    /// Where the bot is.
    pub(super) fn joined(&self, query: &BTreeMap<String, String>) -> Value {
        let after = query.get("after").and_then(|id| id.parse::<u64>().ok()).unwrap_or(0);
        let (guilds, rights) = {
            let inner = self.inner();
            (inner.guilds.clone(), inner.rights)
        };
        let name = |guild: u64| if guild == GUILD { "Gardeners" } else { "Growers" };
        let joined = guilds.into_iter().filter(|guild| *guild > after);
        joined
            .map(|guild| objects::listed_guild(guild, name(guild), rights))
            .collect()
    }
}

/// The list of a guild.
pub fn list_of(guild: u64) -> String {
    format!("applications/900/guilds/{guild}/commands")
}

/// How Discord says that no more commands may be registered today.
pub(super) fn spent(seconds: Option<f64>) -> (u16, Value) {
    let message = "Max number of daily application command creates has been reached (200)";
    match seconds {
        Some(seconds) => (
            429,
            json!({"code": 30034, "message": message, "retry_after": seconds, "global": false}),
        ),
        None => (400, json!({"code": 30034, "message": message})),
    }
}
