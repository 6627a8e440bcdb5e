//! What Ann does beyond writing: she presses, fills in and commands.

use serde_json::{Value, json};

use super::{BOT, Call, DIRECT, Fake, GUILD, HELP, ann, merge, objects};

/// The permission for what hangs below a text.
pub const EMBED_LINKS: u64 = 1 << 14;

impl Fake {
    /// What Discord takes of a message; without *Embed Links* it says nothing and takes no embeds.
    pub(super) fn taken(&self, channel: u64, body: &Value) -> Value {
        let mut taken = body.clone();
        let hides = channel == HELP && self.inner().denied & EMBED_LINKS != 0;
        if hides && taken["embeds"].is_array() {
            taken["embeds"] = json!([]);
        }
        taken
    }

    /// Somebody presses the button with this label under a message of the bot.
    pub fn presses(&self, sent: &Call, label: &str) -> u64 {
        let rows = sent.body["components"].as_array().unwrap();
        let mut buttons = rows.iter().flat_map(|row| row["components"].as_array().unwrap());
        let button = buttons
            .find(|button| button["label"] == label)
            .expect("the button is there");
        self.acts_below(sent, json!({"custom_id": button["custom_id"], "component_type": 2}))
    }

    /// Somebody chooses what has this label, in a select menu under a message of the bot.
    pub fn chooses(&self, sent: &Call, label: &str) -> u64 {
        let (menu, choice) = choices(sent)
            .find(|(_, choice)| choice["label"] == label)
            .expect("it is there");
        let data = json!({"custom_id": menu["custom_id"], "component_type": 3, "values": [choice["value"]]});
        self.acts_below(sent, data)
    }

    fn acts_below(&self, sent: &Call, data: Value) -> u64 {
        let id = self.next_id();
        let channel = sent.what.split('/').nth(1).unwrap();
        let mut press = json!({"id": id.to_string(), "application_id": BOT.to_string(), "type": 3,
            "token": format!("press-{id}"), "channel_id": channel, "locale": "en-US", "version": 1,
            "message": objects::sent(sent.made, channel.parse().unwrap(), &sent.body), "data": data});
        merge(&mut press, by_ann(channel.parse().unwrap()));
        self.inner().pressed.insert(id, press.clone());
        self.happens("INTERACTION_CREATE", press);
        id
    }

    /// Ann fills in the form that was shown, and sends it in.
    pub fn fills(&self, shown: &Call, values: &[&str]) -> u64 {
        let form = &shown.body["data"];
        let fields = form["components"].as_array().unwrap().iter().zip(values);
        let fields: Vec<Value> = fields
            .map(|(label, value)| {
                let field = &label["component"];
                let mut filled = json!({"type": field["type"], "id": 2, "custom_id": field["custom_id"]});
                if field["type"] == 3 {
                    filled["values"] = json!([value]);
                } else {
                    filled["value"] = json!(value);
                }
                json!({"type": 18, "id": 1, "component": filled})
            })
            .collect();
        let id = self.next_id();
        // It hangs on the message whose button opened it.
        let pressed = shown.what.split('/').nth(1).unwrap();
        let mut sent_in = self.inner().pressed[&pressed.parse::<u64>().unwrap()].clone();
        merge(
            &mut sent_in,
            json!({"id": id.to_string(), "type": 5, "token": format!("form-{id}"),
                "data": {"custom_id": form["custom_id"], "components": fields}}),
        );
        self.happens("INTERACTION_CREATE", sent_in);
        id
    }

    /// Ann gives a command from the menu.
    pub fn commands(&self, channel: u64, name: &str, options: Value) -> u64 {
        let id = self.next_id();
        let mut command = json!({"id": id.to_string(), "application_id": BOT.to_string(), "type": 2,
            "token": format!("command-{id}"), "channel_id": channel.to_string(), "locale": "en-US", "version": 1,
            "data": {"id": "1", "name": name, "type": 1, "options": options}});
        merge(&mut command, by_ann(channel));
        self.happens("INTERACTION_CREATE", command);
        id
    }
}

/// What can be chosen under a message of the bot, each with its menu.
pub fn choices(sent: &Call) -> impl Iterator<Item = (&Value, &Value)> {
    let rows = sent.body["components"].as_array().into_iter().flatten();
    let below = rows.flat_map(|row| row["components"].as_array().into_iter().flatten());
    let menus = below.filter(|component| component["type"] == 3);
    menus.flat_map(|menu| {
        menu["options"]
            .as_array()
            .unwrap()
            .iter()
            .map(move |choice| (menu, choice))
    })
}

/// Who did it, as Discord says it in a guild and in a direct chat.
fn by_ann(channel: u64) -> Value {
    if channel == DIRECT {
        return json!({"user": ann(), "context": 1});
    }
    let mut member = objects::member(Some(ann()), &[]);
    member["permissions"] = json!("0");
    json!({"guild_id": GUILD.to_string(), "member": member, "context": 0})
}
