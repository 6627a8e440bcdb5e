//! What a package asks for, in sentences: the same ones for the console, the command line and a chat. Pure.

use std::fmt::Write as _;

use super::asks::Asks;
use super::index::order;
use super::risks;
use super::signature::Signer;
use crate::dispatcher::chain::Seen;
use crate::model::amount::counted;
use crate::plugin_host::{Asked, Isolation, Machine, Manifest, Messages, Package, Permission, Rule, Webhook};

/// The heading of which version takes the place of which.
const VERSION: &str = "Version";

/// A package with what was found out about it.
pub(super) struct Candidate<'a> {
    pub(super) package: &'a Package,
    pub(super) bytes: usize,
    pub(super) source: &'a str,
    pub(super) signer: &'a Signer,
}

/// What stands around it.
pub(super) struct Around<'a> {
    /// What serves now, if the community has the plugin.
    pub(super) now: Option<Serving<'a>>,
    /// The other plugins of the community, in the order of the chain.
    pub(super) others: &'a [Manifest],
    /// What it would have seen yesterday.
    pub(super) seen: Seen,
    /// What no plugin gets here.
    pub(super) forbidden: &'a [Permission],
    /// The machines inside the network that plugins may reach here.
    pub(super) inside: &'a [Machine],
    /// Where the language model is; none where there is none.
    pub(super) model: Option<&'a str>,
}

/// The version of a plugin that serves a community.
pub(super) struct Serving<'a> {
    pub(super) manifest: &'a Manifest,
    pub(super) grants: &'a [String],
    /// Why the settings that it has do not suit the new version.
    pub(super) unsuited: Option<String>,
}

/// What a package asks for, in sentences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// `acme/refunds 1.4.0: Answers refund questions`.
    pub title: String,
    /// In the order in which they are read.
    pub sections: Vec<Section>,
    /// Why it cannot be installed, a line each; empty when it can.
    pub obstacles: Vec<String>,
    /// Whether somebody has to allow something that was not allowed before.
    pub wider: bool,
    /// What a yes to it does.
    pub asks: Asks,
}

/// Some sentences under a heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// What they are about.
    pub heading: &'static str,
    /// Each a line.
    pub lines: Vec<String>,
}

impl Plan {
    pub(super) fn of(candidate: &Candidate<'_>, around: &Around<'_>) -> Self {
        let manifest = &candidate.package.manifest;
        let about = &manifest.plugin;
        let sections = match &around.now {
            Some(now) => changes(manifest, now, around),
            None => whole(manifest, around),
        };
        let mut sections: Vec<Section> = sections
            .into_iter()
            .filter(|section| !section.lines.is_empty())
            .collect();
        let only_version = sections.iter().all(|section| section.heading == VERSION);
        if around.now.is_some() && only_version {
            sections.push(Section {
                heading: "What changes",
                lines: vec!["Nothing of what it may do, keep or be told changes.".to_owned()],
            });
        }
        sections.push(package(candidate));
        let asks = manifest.wanted();
        Self {
            title: format!("{} {}: {}", about.id, about.version, about.summary),
            wider: manifest
                .permissions
                .iter()
                .any(|asked| is_wider(asked, around.now.as_ref()))
                || hears_more(manifest, around.now.as_ref()),
            obstacles: obstacles(&asks, around),
            asks: match &around.now {
                None => Asks::Install,
                Some(now) if is_older(manifest, now.manifest) => Asks::Downgrade,
                Some(_) => Asks::Update,
            },
            sections,
        }
    }

    /// As a terminal shows it.
    pub fn text(&self) -> String {
        let mut text = format!("{}\n", self.title);
        for (heading, lines) in self.parts() {
            write!(text, "\n{heading}\n").expect("a string takes all");
            for line in lines {
                writeln!(text, "  {line}").expect("a string takes all");
            }
        }
        text
    }

    /// All that stands below the title, obstacles too: a heading, and its lines.
    pub(super) fn parts(&self) -> impl Iterator<Item = (&'static str, &[String])> {
        let sections = self.sections.iter();
        let sections = sections.map(|section| (section.heading, section.lines.as_slice()));
        let obstacles = [(self.asks.impossible(), self.obstacles.as_slice())];
        sections.chain(obstacles.into_iter().filter(|(_, lines)| !lines.is_empty()))
    }
}

fn is_older(manifest: &Manifest, than: &Manifest) -> bool {
    order(&manifest.plugin.version) < order(&than.plugin.version)
}

/// Whether somebody has to allow it who has not yet.
fn is_wider(asked: &Asked, now: Option<&Serving<'_>>) -> bool {
    let granted = now.filter(|now| now.grants.iter().any(|grant| grant == asked.name.name()));
    let before = granted.and_then(|now| now.manifest.permissions.iter().find(|before| before.name == asked.name));
    before.is_none_or(|before| asked.is_wider(before))
}

/// Whether servers elsewhere may tell it what they could not, or prove in another way who they are.
fn hears_more(manifest: &Manifest, now: Option<&Serving<'_>>) -> bool {
    let before = now.map_or(&[][..], |now| &now.manifest.webhooks);
    let known = |webhook: &Webhook| before.iter().any(|before| !webhook.is_wider(before));
    !manifest.webhooks.iter().all(known)
}

/// All of a package that is new here.
fn whole(manifest: &Manifest, around: &Around<'_>) -> Vec<Section> {
    let permissions = allowed(manifest, around.inside);
    let permissions = if permissions.is_empty() {
        vec!["It asks for no permission: it answers where it is asked, and that is all.".to_owned()]
    } else {
        permissions
    };
    let mut kept = keeps(manifest);
    if kept.is_empty() {
        kept.push("Nothing: it may not keep data.".to_owned());
    }
    vec![
        section("What it may do", permissions),
        section("The language model", language_model(manifest, around.model)),
        section("What that allows together", risks::combined(manifest)),
        section(
            "What it sees",
            [sees(manifest), vec![yesterday(manifest, around.seen)]].concat(),
        ),
        section("What it keeps", kept),
        section("Commands", commands(manifest, around.others)),
        section("Limits", limits(manifest)),
    ]
}

/// What is other than with the version that serves now.
fn changes(manifest: &Manifest, now: &Serving<'_>, around: &Around<'_>) -> Vec<Section> {
    let before = now.manifest;
    let mut version = Vec::new();
    let (new, old) = (&manifest.plugin.version, &before.plugin.version);
    version.push(if new == old {
        format!("{old} is what serves already.")
    } else if is_older(manifest, before) {
        format!(
            "{new} takes the place of {old}. It is a downgrade: an older version, which may not know what {old} has kept."
        )
    } else {
        format!("{new} takes the place of {old}.")
    });
    version.extend(
        now.unsuited
            .iter()
            .map(|why| format!("Its settings do not suit it: {why}. The old version goes on until they do.")),
    );
    let changed = |old: Vec<String>, new: Vec<String>| {
        let gone = old
            .iter()
            .filter(|line| !new.contains(line))
            .map(|line| format!("No longer: {line}"));
        let come = new
            .iter()
            .filter(|line| !old.contains(line))
            .map(|line| format!("New: {line}"));
        come.chain(gone).collect::<Vec<_>>()
    };
    let none = &[];
    vec![
        section(VERSION, version),
        section(
            "What it may do",
            changed(allowed(before, around.inside), allowed(manifest, around.inside)),
        ),
        section(
            "The language model",
            changed(
                language_model(before, around.model),
                language_model(manifest, around.model),
            ),
        ),
        section(
            "What that allows together",
            changed(risks::combined(before), risks::combined(manifest)),
        ),
        section("What it sees", changed(sees(before), sees(manifest))),
        section("What it keeps", changed(keeps(before), keeps(manifest))),
        section(
            "Commands",
            changed(commands(before, none), commands(manifest, around.others)),
        ),
        section("Limits", changed(limits(before), limits(manifest))),
        section("Settings", changed(settings(before), settings(manifest))),
    ]
}

fn section(heading: &'static str, lines: Vec<String>) -> Section {
    Section { heading, lines }
}

/// Each permission with the author's reason, the riskiest first.
fn allowed(manifest: &Manifest, inside: &[Machine]) -> Vec<String> {
    let risk = |permission: Permission| Permission::ALL.iter().position(|known| *known == permission);
    let mut asked: Vec<_> = manifest.permissions.iter().collect();
    asked.sort_by_key(|asked| std::cmp::Reverse(risk(asked.name)));
    let line = |asked: &&Asked| {
        format!(
            "It may {}. It says why: {}.",
            asked.allows(),
            asked.why.trim_end_matches('.')
        )
    };
    let barred = manifest.permissions.iter().flat_map(|asked| &asked.allow);
    let barred = barred.filter_map(Rule::machine);
    let barred = barred.filter(|machine| !inside.iter().any(|known| known.covers(machine)));
    let barred = barred.map(|machine| {
        format!("It will not reach {machine} before the owner of this installation adds that to `inside` of [plugins].")
    });
    asked.iter().map(line).chain(barred).collect()
}

/// Whom it asks for words, or that it asks nobody.
fn language_model(manifest: &Manifest, model: Option<&str>) -> Vec<String> {
    if !manifest.wanted().contains(&Permission::Model) {
        return Vec::new();
    }
    vec![match model {
        Some(host) => format!("What it hands to the language model goes to {host}."),
        None => "There is no language model here: whatever it asks, it is told that none is there, until the owner of this installation \
                 adds [model] to the configuration."
            .to_owned(),
    }]
}

fn sees(manifest: &Manifest) -> Vec<String> {
    let handles = &manifest.handles;
    let mut lines = Vec::new();
    let with = if handles.words.is_empty() {
        String::new()
    } else {
        format!(" that hold one of the words {}", handles.words.join(", "))
    };
    match handles.messages {
        Messages::None => {}
        Messages::Addressed => lines.push(format!("Messages to the bot{with}.")),
        Messages::All => lines.push(format!(
            "Messages to the bot and, where Switchboard reads along, all others{with}."
        )),
    }
    lines.extend(handles.events.iter().map(|kind| format!("{}.", kind.seen())));
    lines.extend(manifest.webhooks.iter().map(|webhook| format!("{webhook}.")));
    if lines.is_empty() && manifest.commands.is_empty() {
        lines.push("Nothing but what follows from what it does itself.".to_owned());
    }
    lines
}

fn yesterday(manifest: &Manifest, seen: Seen) -> String {
    let Seen {
        messages,
        others,
        places,
        more,
    } = seen;
    if messages == 0 && others == 0 {
        return "Of the last 24 hours it would have seen nothing.".to_owned();
    }
    let at_least = if more { "at least " } else { "" };
    let mut what = Vec::new();
    if messages > 0 || manifest.handles.messages != Messages::None {
        what.push(counted(messages, "message", "messages"));
    }
    if others > 0 {
        what.push(counted(others, "other event", "other events"));
    }
    format!(
        "Of the last 24 hours it would have seen {at_least}{} in {}.",
        what.join(" and "),
        counted(places, "place", "places")
    )
}

/// Nothing of a plugin that may keep nothing.
fn keeps(manifest: &Manifest) -> Vec<String> {
    let data = &manifest.data;
    if !manifest.wanted().contains(&Permission::Kv) {
        return Vec::new();
    }
    let keeps = data.keeps.trim().trim_end_matches('.');
    let mut lines = vec![if keeps.is_empty() {
        "It does not say what it keeps.".to_owned()
    } else {
        format!("{keeps}.")
    }];
    if data.personal {
        lines.push("This is about persons: it goes when somebody asks to be forgotten.".to_owned());
    }
    lines.extend(
        data.retention_days
            .map(|days| format!("For {}.", counted(days, "day", "days"))),
    );
    lines
}

fn commands(manifest: &Manifest, others: &[Manifest]) -> Vec<String> {
    let line = |command: &crate::plugin_host::Command| {
        let private = if command.private {
            " Only who gives it sees the answer."
        } else {
            ""
        };
        let owner = others
            .iter()
            .find(|other| other.commands.iter().any(|theirs| theirs.name == command.name));
        let clash = owner.map(|owner| {
            format!(
                " {} has it, too: whichever comes first in the order gets it.",
                owner.plugin.id
            )
        });
        format!(
            "/{}: {}.{private}{}",
            command.name,
            command.help.trim_end_matches('.'),
            clash.unwrap_or_default()
        )
    };
    manifest.commands.iter().map(line).collect()
}

fn limits(manifest: &Manifest) -> Vec<String> {
    let asked = &manifest.limits;
    let mut lines = Vec::new();
    lines.extend(
        asked
            .memory_mib
            .map(|mib| format!("It asks for {mib} MiB of memory; without asking it would be 64.")),
    );
    if asked.isolation == Isolation::Event {
        lines.push("Each event gets a fresh copy of it, which forgets everything.".to_owned());
    }
    lines
}

/// The options of its settings, so that an update can say which come and go.
fn settings(manifest: &Manifest) -> Vec<String> {
    let schema = manifest.config_schema();
    let fields = schema.get("properties").and_then(serde_json::Value::as_object);
    fields
        .into_iter()
        .flatten()
        .map(|(name, _)| format!("The setting “{name}”."))
        .collect()
}

fn package(candidate: &Candidate<'_>) -> Section {
    let Candidate {
        package,
        bytes,
        source,
        signer,
    } = candidate;
    let about = &package.manifest.plugin;
    let mut lines = vec![
        signer.to_string(),
        format!(
            "Digest {}, {} KiB, from {source}.",
            package.digest,
            bytes.div_ceil(1024)
        ),
        format!("Licence {}.", about.license),
    ];
    lines.extend(
        about
            .source
            .iter()
            .map(|address| format!("Its source is said to be at {address}.")),
    );
    section("The package", lines)
}

fn obstacles(asks: &[Permission], around: &Around<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    for permission in asks {
        let allows = permission.allows();
        if !permission.is_available() {
            lines.push(format!(
                "It wants to {allows} (\"{permission}\"): this release cannot grant it."
            ));
        } else if around.forbidden.contains(permission) {
            lines.push(format!(
                "It wants to {allows} (\"{permission}\"): the owner of this installation forbids that to all plugins."
            ));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn package_of(version: &str, more: &str) -> Package {
        let text = format!(
            "[plugin]\nid = \"acme/refunds\"\nversion = \"{version}\"\napi = \"0.1\"\nsummary = \"Answers refund questions\"\n\
             license = \"MIT\"\nsource = \"https://example.org/refunds\"\n{more}"
        );
        Package {
            manifest: Manifest::parse(&text).expect("it is sound"),
            manifest_text: text,
            digest: "d".repeat(64),
            imports: Vec::new(),
        }
    }

    fn plan(package: &Package, now: Option<Serving<'_>>, forbidden: &[Permission]) -> Plan {
        let others = [Manifest::parse(
            "[plugin]\nid = \"shop/money\"\nversion = \"1.0.0\"\napi = \"0.1\"\nsummary = \"s\"\nlicense = \"MIT\"\n\
             [[command]]\nname = \"refund\"\nhelp = \"h\"\n",
        )
        .expect("it is sound")];
        let candidate = Candidate {
            package,
            bytes: 130_000,
            source: "refunds.wasm",
            signer: &Signer::Nobody,
        };
        let seen = Seen {
            messages: 312,
            others: 1,
            places: 4,
            more: false,
        };
        Plan::of(
            &candidate,
            &Around {
                now,
                others: &others,
                seen,
                forbidden,
                inside: &[],
                model: None,
            },
        )
    }

    const WHOLE: &str = "
        [handles]
        messages = \"all\"
        words = [\"refund\"]
        events = [\"feedback\"]
        [[command]]
        name = \"refund\"
        help = \"Start a refund\"
        private = true
        [[permission]]
        name = \"kv\"
        why = \"Remember the order\"
        [[permission]]
        name = \"post\"
        why = \"Tell the shop's channel.\"
        [data]
        keeps = \"The order number typed by the member\"
        personal = true
        retention_days = 30
        [limits]
        memory_mib = 128
        [config.properties.shop]
        type = \"string\"
    ";

    #[test]
    fn a_new_package_is_told_in_full_the_riskiest_first() {
        let package = package_of("1.4.0", WHOLE);
        let plan = plan(&package, None, &[]);
        assert!(plan.wider && plan.obstacles.is_empty());
        expect![[r"
            acme/refunds 1.4.0: Answers refund questions

            What it may do
              It may write in other places than the one where it was asked. It says why: Tell the shop's channel.
              It may keep data of its own. It says why: Remember the order.

            What that allows together
              It reads all messages, also those that are not meant for the bot, and can repeat what it reads in other places.

            What it sees
              Messages to the bot and, where Switchboard reads along, all others that hold one of the words refund.
              What members say of answers: helpful, or not it.
              Of the last 24 hours it would have seen 312 messages and 1 other event in 4 places.

            What it keeps
              The order number typed by the member.
              This is about persons: it goes when somebody asks to be forgotten.
              For 30 days.

            Commands
              /refund: Start a refund. Only who gives it sees the answer. shop/money has it, too: whichever comes first in the order gets it.

            Limits
              It asks for 128 MiB of memory; without asking it would be 64.

            The package
              Unsigned: nobody vouches that it is what its author made.
              Digest dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd, 127 KiB, from refunds.wasm.
              Licence MIT.
              Its source is said to be at https://example.org/refunds.
        "]]
        .assert_eq(&plan.text());
    }

    #[test]
    fn an_update_tells_only_what_changes() {
        let before = package_of("1.4.0", WHOLE);
        let after = package_of(
            "1.5.0",
            &WHOLE
                .replace("name = \"post\"", "name = \"history\"")
                .replace("30", "90"),
        );
        let grants = ["kv".to_owned(), "post".to_owned()];
        let now = || Serving {
            manifest: &before.manifest,
            grants: &grants,
            unsuited: None,
        };
        let plan_of = |package: &Package| plan(package, Some(now()), &[]);
        let update = plan_of(&after);
        assert!(update.wider);
        let told = update.text();
        expect![[r"
            acme/refunds 1.5.0: Answers refund questions

            Version
              1.5.0 takes the place of 1.4.0.

            What it may do
              New: It may read earlier messages of the conversation. It says why: Tell the shop's channel.
              No longer: It may write in other places than the one where it was asked. It says why: Tell the shop's channel.

            What that allows together
              No longer: It reads all messages, also those that are not meant for the bot, and can repeat what it reads in other places.

            What it keeps
              New: For 90 days.
              No longer: For 30 days.
        "]]
        .assert_eq(told.split("\nCommands").next().expect("it has a beginning"));
        assert!(!plan_of(&package_of("1.4.1", WHOLE)).wider);
    }

    #[test]
    fn a_host_more_is_something_to_allow() {
        let with = |version, allow: &str| {
            package_of(
                version,
                &format!("[[permission]]\nname = \"http\"\nwhy = \"Ask the shop\"\nallow = {allow}\n"),
            )
        };
        let before = with("1.4.0", "[\"GET https://*.acme.example\"]");
        let grants = ["http".to_owned()];
        let plan_of = |package: &Package| {
            let now = Serving {
                manifest: &before.manifest,
                grants: &grants,
                unsuited: None,
            };
            plan(package, Some(now), &[])
        };
        assert!(!plan_of(&with("1.4.1", "[\"GET https://shop.acme.example\"]")).wider);
        let wider = plan_of(&with(
            "1.4.1",
            "[\"GET https://*.acme.example\", \"GET https://tracker.example\"]",
        ));
        assert!(wider.wider);
        let told = wider.text();
        expect![[r"
            What it may do
              New: It may read from every host below acme.example and tracker.example. It says why: Ask the shop.
              No longer: It may read from every host below acme.example. It says why: Ask the shop.
        "]]
        .assert_eq(
            told.split("\n\n")
                .nth(2)
                .map(|section| format!("{section}\n"))
                .as_deref()
                .unwrap_or(&told),
        );
    }

    #[test]
    fn a_webhook_more_or_with_another_proof_is_something_to_allow() {
        let with = |endpoint: &str, scheme: &str| {
            let signature = format!("{{ header = \"X-S\", scheme = \"{scheme}\", secret = \"hook\" }}");
            package_of(
                "1.4.0",
                &format!("[[webhook]]\nendpoint = \"{endpoint}\"\nsignature = {signature}\n"),
            )
        };
        let before = with("order", "hmac-sha256-hex");
        let wider = |after: &Package| {
            let now = Serving {
                manifest: &before.manifest,
                grants: &[],
                unsuited: None,
            };
            plan(after, Some(now), &[]).wider
        };
        assert!(!wider(&before) && !wider(&package_of("1.4.1", "")));
        assert!(wider(&with("refund", "hmac-sha256-hex")) && wider(&with("order", "token")));
        assert!(plan(&before, None, &[]).wider);
    }

    #[test]
    fn a_machine_inside_is_named_until_the_owner_lets_plugins_in() {
        let manifest = package_of(
            "1.4.0",
            "[[permission]]\nname = \"http\"\nwhy = \"w\"\nallow = [\"GET http://10.0.0.7:8080\", \"GET https://acme.example\"]\n",
        )
        .manifest;
        let told = |inside: &[&str]| {
            let inside: Vec<Machine> = inside.iter().map(|text| text.parse().expect("it is one")).collect();
            allowed(&manifest, &inside)
        };
        expect![[r"
            It may read from 10.0.0.7:8080 (inside your own network) and acme.example. It says why: w.
            It will not reach 10.0.0.7:8080 before the owner of this installation adds that to `inside` of [plugins]."]]
        .assert_eq(&told(&["10.0.0.7:80"]).join("\n"));
        assert_eq!(told(&["10.0.0.7"]).len(), 1);
    }

    #[test]
    fn whom_it_asks_for_words_is_told_also_that_it_is_nobody() {
        let package = package_of("1.4.0", "[[permission]]\nname = \"model\"\nwhy = \"Sum up\"\n");
        let plan = plan(&package, None, &[]);
        assert!(plan.obstacles.is_empty() && plan.text().contains("There is no language model here"));
        assert_eq!(
            language_model(&package.manifest, Some("api.openai.com")),
            ["What it hands to the language model goes to api.openai.com."]
        );
        assert!(language_model(&package_of("1.4.0", "").manifest, None).is_empty());
    }

    #[test]
    fn what_is_forbidden_or_not_there_yet_is_an_obstacle() {
        let package = package_of("1.4.0", WHOLE);
        assert_eq!(
            plan(&package, None, &[Permission::Post]).obstacles,
            [
                "It wants to write in other places than the one where it was asked (\"post\"): the owner of this installation \
              forbids that to all plugins."
            ]
        );
    }
}
