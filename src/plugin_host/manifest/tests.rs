//! What a manifest says, and what is wrong with it.

use super::*;

const SMALLEST: &str = r#"
    [plugin]
    id = "acme/refunds"
    version = "1.4.0"
    api = "0.1"
    summary = "Answers refund questions"
    license = "MIT"
"#;

#[track_caller]
fn check(more: &str, expected: &[&str]) {
    let problems = Manifest::parse(&format!("{SMALLEST}{more}")).expect_err("it has problems");
    assert_eq!(problems, expected);
}

#[test]
fn what_people_agree_to_stands_in_one_line_that_they_see() {
    let problem = "why of the permission kv is not one line of at most 500 characters that people see: take line breaks and \
                   control characters out";
    for odd in [
        r"x\u001b[2K",
        r"Nice\n\nWhat it may do\n  Nothing",
        r"\u202edlot",
        r"a\u2028b",
    ] {
        check(&format!("[[permission]]\nname = \"kv\"\nwhy = \"{odd}\"\n"), &[problem]);
    }
}

#[test]
fn what_is_told_of_a_broken_manifest_moves_no_cursor() {
    let problems = Manifest::parse("[plugin]\nid = \"a\u{1b}[31m\u{202e}\"\n").expect_err("it has problems");
    let told = problems.join("\n");
    assert!(
        !told.contains(['\u{1b}', '\u{202e}']) && told.contains(r"\u{1b}"),
        "{told}"
    );
}

#[test]
fn the_smallest_manifest_wants_nothing() {
    let manifest = Manifest::parse(SMALLEST).expect("it is fine");
    assert_eq!(manifest.handles.messages, Messages::None);
    assert!(manifest.wanted().is_empty());
}

#[test]
fn all_problems_are_told_at_once() {
    check(
        "[handles]\nwords = [\"two words\"]\n[[command]]\nname = \"Refund!\"\nhelp = \"\"\n\
         [[command]]\nname = \"link\"\nhelp = \"\"\n",
        &[
            "handles.words needs handles.messages = \"addressed\" or \"all\"",
            "handles.words has \"two words\"; each must be one word without spaces",
            "command name is \"Refund!\"; use up to 32 lower-case letters, digits, - and _",
            "command link is Switchboard's own; choose another name",
        ],
    );
}

#[test]
fn what_is_wrong_with_several_of_one_name_is_told_once() {
    let kv = "[[permission]]\nname = \"kv\"\nwhy = \"Count\"\n";
    check(&kv.repeat(3), &["permission kv is asked for twice"]);
}

#[test]
fn settings_that_nobody_could_make_are_a_mistake() {
    check(
        "[config.properties.count]\ntype = \"integer\"\nmaximum = 5\ndefault = 99\n\
         [config.properties.name]\ntype = \"strin\"\n",
        &[
            "config.properties.count.default does not suit its own schema: 5 is the most",
            "config.properties.name.type is \"strin\"; it must be one of string, integer, number, boolean, array, object, null",
        ],
    );
}

#[test]
fn commands_are_described_in_several_languages() {
    let command = "[[command]]\nname = \"refund\"\nhelp = \"Ask for money back\"\n\
         options = [{ name = \"order\", label = \"Order\", translations = { de = \"Bestellung\" } }]\n\
         [command.translations]\n";
    let manifest = Manifest::parse(&format!("{SMALLEST}{command}de = \"Geld zurück\"\n")).expect("it is fine");
    let [refund] = manifest.commands.as_slice() else {
        panic!("one command")
    };
    assert_eq!(
        (&*refund.translations["de"], &*refund.options[0].translations["de"]),
        ("Geld zurück", "Bestellung")
    );
    check(
        &format!("{command}german = \"Geld zurück\"\nfr = \"\"\n"),
        &[
            "command refund has the translation fr = \"\"; each has a language's code of two letters, such as de, and a text",
            "command refund has the translation german = \"Geld zurück\"; each has a language's code of two letters, such as \
             de, and a text",
        ],
    );
}

#[test]
fn a_version_is_written_in_one_way() {
    for (version, is_one) in [
        ("1.4.0", true),
        ("0.0.10", true),
        ("01.4.0", false),
        ("1.00.0", false),
        ("1.4.00", false),
        ("+1.4.0", false),
        ("v1.4.0", false),
        ("1.4", false),
        ("1..0", false),
        ("1.4.4294967296", false),
    ] {
        let read = Manifest::parse(&SMALLEST.replace("1.4.0", version));
        assert_eq!(read.is_ok(), is_one, "{version}: {read:?}");
    }
    let problems = Manifest::parse(&SMALLEST.replace("1.4.0", "01.0.0")).expect_err("it has a zero in front");
    assert_eq!(
        problems,
        ["plugin.version is \"01.0.0\"; it must look like 1.2.3, without zeros in front of a number"]
    );
}

#[test]
fn nothing_is_kept_for_no_days() {
    check(
        "[data]\nkeeps = \"A number\"\nretention_days = 0\n",
        &["data.retention_days is 0; say for how many days at most it keeps what it keeps, or leave it out"],
    );
}

#[test]
fn an_unknown_key_is_an_error_with_its_line() {
    let problems = Manifest::parse(&format!("{SMALLEST}[handles]\nmessage = \"all\"\n")).expect_err("unknown key");
    assert!(problems[0].contains("unknown field `message`"), "{problems:?}");
}

#[test]
fn a_webhook_says_how_who_calls_shows_who_they_are() {
    let webhook = |endpoint: &str, rest: &str| {
        let signature = "header = \"X-Signature\", scheme = \"hmac-sha256-hex\", secret = \"hook\"";
        format!("[[webhook]]\nendpoint = \"{endpoint}\"\nsignature = {{ {signature}{rest} }}\n")
    };
    let sound = format!("{SMALLEST}{}", webhook("order", ", prefix = \"sha256=\""));
    let manifest = Manifest::parse(&sound).expect("it is fine");
    assert_eq!(
        manifest.webhooks[0].to_string(),
        "What servers elsewhere send to its address “order”, if they sign with the secret “hook”; of what says the same within \
         ten minutes it sees one"
    );
    check(
        &format!(
            "{}{}",
            webhook("order", ""),
            webhook("shown", "").replace("hmac-sha256-hex", "token")
        ),
        &["webhook shown: the secret hook is shown by one webhook and signs another; each way needs its own"],
    );
    check(
        &format!(
            "{}{}{}",
            webhook("order", ""),
            webhook("order", ""),
            webhook("No Name", "")
        ),
        &[
            "webhook order is there twice",
            "a webhook's endpoint is \"No Name\"; use up to 32 lower-case letters, digits, - and _",
        ],
    );
    check(
        &webhook("order", "").replace("X-Signature", "X Signature"),
        &["webhook order: what stands in header or id_header is no name of a header"],
    );
    let many: String = (0..9).map(|number| webhook(&format!("order-{number}"), "")).collect();
    check(&many, &["there are more than 8 webhooks"]);
    let unsigned = Manifest::parse(&format!("{SMALLEST}[[webhook]]\nendpoint = \"order\"\n"));
    assert!(unsigned.expect_err("anybody could call")[0].contains("missing field `signature`"));
}

#[test]
fn an_endless_schema_is_refused_before_anything_is_built_of_it() {
    let key = ["a"; 79].join(".");
    let schema = format!(
        "[config.{key}]\n{}1{}",
        format!("a.{key} = {{").repeat(70),
        "}".repeat(70)
    );
    check(&schema, &["the manifest is nested too deeply for anyone to read"]);
}

#[test]
fn another_api_is_refused() {
    let problems = Manifest::parse(&SMALLEST.replace("\"0.1\"", "\"7.0\"")).expect_err("another api");
    assert_eq!(problems, ["plugin.api is \"7.0\"; this host speaks \"0.1\""]);
}
