//! What permissions allow together that none of them allows alone.

use crate::plugin_host::{Manifest, Messages, Permission};

/// Sentences about combinations, the riskiest first.
pub(super) fn combined(manifest: &Manifest) -> Vec<String> {
    let may = |permission| manifest.permissions.iter().any(|asked| asked.name == permission);
    let words = &manifest.handles.words;
    let reads = match manifest.handles.messages {
        Messages::All if words.is_empty() => {
            Some("all messages, also those that are not meant for the bot,".to_owned())
        }
        Messages::All => Some(format!(
            "messages that hold one of the words {}, also those that are not meant for the bot,",
            words.join(", ")
        )),
        Messages::Addressed if may(Permission::History) => Some("whole conversations with the bot".to_owned()),
        Messages::None | Messages::Addressed => None,
    };
    let mut sentences = Vec::new();
    if let Some(reads) = reads {
        if may(Permission::Moderate) {
            sentences.push(format!(
                "It reads {reads} and can take them away or ban who wrote them, by itself."
            ));
        }
        if may(Permission::Http) || may(Permission::Call) {
            let servers = manifest.servers().unwrap_or_else(|| "servers outside".to_owned());
            sentences.push(format!("It reads {reads} and can send what it reads to {servers}."));
        }
        if may(Permission::Model) {
            sentences.push(format!(
                "It reads {reads} and can hand what it reads to the language model."
            ));
        }
        if may(Permission::Post) {
            sentences.push(format!(
                "It reads {reads} and can repeat what it reads in other places."
            ));
        }
        if may(Permission::Kv) && manifest.data.keeps.trim().is_empty() {
            sentences.push(format!(
                "It reads {reads} and can keep what it reads, but does not say what it keeps."
            ));
        }
    }
    if may(Permission::Wake) && may(Permission::Post) && may(Permission::Mention) {
        sentences.push("It can notify people in other places at any time, without being asked.".to_owned());
    }
    if may(Permission::Post) && !manifest.webhooks.is_empty() {
        sentences.push("It can repeat in other places, at any time, what servers elsewhere tell it.".to_owned());
    }
    if (may(Permission::Http) || may(Permission::Call)) && (may(Permission::Post) || may(Permission::Wake)) {
        let servers = manifest.servers().unwrap_or_else(|| "a server outside".to_owned());
        sentences.push(format!("It can say here what comes from {servers}."));
    }
    sentences
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(messages: &str, permissions: &[&str], expected: &[&str]) {
        let asked = permissions.iter().map(|name| match *name {
            "http" => {
                let allow = "allow = [\"GET https://api.acme.example\", \"POST https://api.acme.example read\"]";
                format!("[[permission]]\nname = \"http\"\nwhy = \"w\"\n{allow}\n")
            }
            "call" => {
                let allow = "allow = [\"POST https://api.acme.example/orders\"]";
                format!("[[permission]]\nname = \"call\"\nwhy = \"w\"\n{allow}\n")
            }
            "webhook" => {
                let signature = "{ header = \"X-S\", scheme = \"token\", secret = \"hook\" }";
                format!("[[webhook]]\nendpoint = \"order\"\nsignature = {signature}\n")
            }
            name => format!("[[permission]]\nname = \"{name}\"\nwhy = \"w\"\n"),
        });
        let text = format!(
            "[plugin]\nid = \"a/b\"\nversion = \"1.0.0\"\napi = \"0.1\"\nsummary = \"s\"\nlicense = \"MIT\"\n\
             [handles]\nmessages = \"{messages}\"\n[data]\nkeeps = \"x\"\n{}",
            asked.collect::<String>()
        );
        assert_eq!(combined(&Manifest::parse(&text).expect("it is sound")), expected);
    }

    #[test]
    fn who_reads_by_words_is_not_said_to_read_all() {
        let text = "[plugin]\nid = \"a/b\"\nversion = \"1.0.0\"\napi = \"0.1\"\nsummary = \"s\"\nlicense = \"MIT\"\n\
                    [handles]\nmessages = \"all\"\nwords = [\"tool\", \"fork\"]\n[data]\nkeeps = \"x\"\n\
                    [[permission]]\nname = \"post\"\nwhy = \"w\"\n";
        let expected = "It reads messages that hold one of the words tool, fork, also those that are not meant for the bot, and can repeat \
                        what it reads in other places.";
        assert_eq!(combined(&Manifest::parse(text).expect("it is sound")), [expected]);
    }

    #[test]
    fn what_is_harmless_alone_is_named_together() {
        check("all", &["kv"], &[]);
        check("addressed", &["http"], &[]);
        check(
            "all",
            &["http"],
            &[
                "It reads all messages, also those that are not meant for the bot, and can send what it reads to api.acme.example.",
            ],
        );
        check(
            "none",
            &["http", "wake"],
            &["It can say here what comes from api.acme.example."],
        );
        check(
            "addressed",
            &["history", "call", "post"],
            &[
                "It reads whole conversations with the bot and can send what it reads to api.acme.example/orders.",
                "It reads whole conversations with the bot and can repeat what it reads in other places.",
                "It can say here what comes from api.acme.example/orders.",
            ],
        );
        check("none", &["webhook", "kv"], &[]);
        check(
            "none",
            &["webhook", "post"],
            &["It can repeat in other places, at any time, what servers elsewhere tell it."],
        );
        check(
            "none",
            &["wake", "post", "mention"],
            &["It can notify people in other places at any time, without being asked."],
        );
    }
}
