//! What plans say.

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
    assert!(plan.wider.is_some() && plan.obstacles.is_empty());
    expect![[r"
        acme/refunds 1.4.0: Answers refund questions

        What it may do
          It may write in other places than the one where it was asked. It says why: “Tell the shop's channel.”
          It may keep data of its own. It says why: “Remember the order.”

        What that allows together
          It reads messages that hold one of the words refund, also those that are not meant for the bot, and can repeat what it reads in other places.

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
    assert!(update.needs_consent());
    let told = update.text();
    expect![[r"
        acme/refunds 1.5.0: Answers refund questions

        Version
          1.5.0 takes the place of 1.4.0.

        What it may do
          New: It may read earlier messages of the conversation. It says why: “Tell the shop's channel.”
          No longer: It may write in other places than the one where it was asked. It says why: “Tell the shop's channel.”

        What that allows together
          No longer: It reads messages that hold one of the words refund, also those that are not meant for the bot, and can repeat what it reads in other places.

        What it keeps
          New: For 90 days.
          No longer: For 30 days.
    "]]
    .assert_eq(told.split("\nThe package").next().expect("it has a beginning"));
    assert!(!plan_of(&package_of("1.4.1", WHOLE)).needs_consent());
}

#[test]
fn who_else_has_a_command_is_told_of_one_that_comes_and_is_no_change_of_one_that_stays() {
    let command = |name: &str| format!("[[command]]\nname = \"{name}\"\nhelp = \"How often was it said?\"\n");
    let both = format!("{}{}", command("refund"), command("count"));
    let told = |before: &str, after: &str| {
        let before = package_of("1.4.0", before);
        let now = Serving {
            manifest: &before.manifest,
            grants: &[],
            unsuited: None,
        };
        let plan = plan(&package_of("1.5.0", after), Some(now), &[]);
        let commands = plan.sections.into_iter().filter(|section| section.heading == COMMANDS);
        commands.flat_map(|section| section.lines).collect::<Vec<_>>()
    };
    assert!(told(&both, &both).is_empty());
    assert_eq!(
        told(&command("count"), &both),
        ["New: /refund: How often was it said? shop/money has it, too: whichever comes first in the order gets it."]
    );
    assert_eq!(
        told(&both, &command("count")),
        ["No longer: /refund: How often was it said?"]
    );
}

#[test]
fn what_an_author_wrote_ends_once() {
    let package = package_of(
        "1.4.0",
        "[[permission]]\nname = \"kv\"\nwhy = \"Why not?\"\n[data]\nkeeps = \"All of it!\"\n",
    );
    let told = plan(&package, None, &[]).text();
    assert!(
        told.contains("It says why: “Why not?”\n") && told.contains("  All of it!\n"),
        "{told}"
    );
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
    assert!(!plan_of(&with("1.4.1", "[\"GET https://shop.acme.example\"]")).needs_consent());
    let wider = plan_of(&with(
        "1.4.1",
        "[\"GET https://*.acme.example\", \"GET https://tracker.example\"]",
    ));
    assert!(wider.needs_consent());
    let told = wider.text();
    expect![[r"
        What it may do
          New: It may read from every host below acme.example and tracker.example. It says why: “Ask the shop.”
          No longer: It may read from every host below acme.example. It says why: “Ask the shop.”
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
        plan(after, Some(now), &[]).needs_consent()
    };
    assert!(!wider(&before) && !wider(&package_of("1.4.1", "")));
    assert!(wider(&with("refund", "hmac-sha256-hex")) && wider(&with("order", "token")));
    assert!(plan(&before, None, &[]).needs_consent());
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
        It may read from 10.0.0.7:8080 (inside your own network) and acme.example. It says why: “w.”
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
