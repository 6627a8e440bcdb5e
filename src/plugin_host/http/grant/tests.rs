//! What rules allow, and what they do not.

use serde_json::json;

use super::*;

fn granted(rules: &[&str], config: &Value) -> Granted {
    let rules: Vec<Rule> = rules.iter().map(|rule| rule.parse().expect("it is a rule")).collect();
    Granted::new(&rules, config)
}

#[track_caller]
fn check(rule: &str, inside: &[&str], outside: &[&str]) {
    let granted = granted(&[rule], &Value::Null);
    let allows = |address: &&&str| granted.allows(Method::Get, &Url::parse(address).expect("it is an address"));
    assert_eq!(inside.iter().find(|address| !allows(address)), None, "{rule} allows it");
    assert_eq!(outside.iter().find(allows), None, "{rule} does not allow it");
}

#[test]
fn a_rule_allows_its_host_and_no_other() {
    check(
        "GET https://api.acme.example",
        &[
            "https://api.acme.example",
            "https://API.ACME.example:443/orders?id=1#x",
            "https://somebody@api.acme.example/",
        ],
        &[
            "http://api.acme.example/",
            "https://api.acme.example:8443/",
            "https://api.acme.example./",
            "https://acme.example/",
            "https://v1.api.acme.example/",
            "https://api.acme.example.evil.example/",
            "https://api.acme.example@evil.example/",
            "https://evil.example/https://api.acme.example",
            "ftp://api.acme.example/",
            "https://[::ffff:127.0.0.1]/",
        ],
    );
    check(
        "GET https://*.acme.example:8443",
        &["https://api.acme.example:8443/", "https://v1.api.acme.example:8443/x"],
        &[
            "https://acme.example:8443/",
            "https://api.acme.example/",
            "https://evilacme.example:8443/",
            "https://.acme.example:8443/",
        ],
    );
}

#[test]
fn a_path_ends_at_a_slash_and_is_not_left() {
    check(
        "GET https://acme.example/v1/orders/",
        &[
            "https://acme.example/v1/orders",
            "https://acme.example/v1/orders/7?x=../..",
            "https://acme.example/v2/../v1/orders",
        ],
        &[
            "https://acme.example/v1/ordersystem",
            "https://acme.example/v1",
            "https://acme.example/v1/orders/../admin",
            "https://acme.example/v1/orders/%2e%2e/admin",
            "https://acme.example/v1/orders/..%2fadmin",
            "https://acme.example/v1/orders/..%5Cadmin",
        ],
    );
}

#[test]
fn what_is_inside_is_reached_by_its_address_alone() {
    check(
        "GET http://127.0.0.1:8080",
        &[
            "http://127.0.0.1:8080/x",
            "http://2130706433:8080/",
            "http://0x7f.1:8080/",
        ],
        &[
            "http://127.0.0.1/",
            "https://127.0.0.1:8080/",
            "http://localhost:8080/",
            "http://[::1]:8080/",
            "http://[::ffff:127.0.0.1]:8080/",
        ],
    );
    check(
        "GET http://localhost",
        &["http://localhost/"],
        &["http://api.localhost/"],
    );
}

#[test]
fn a_setting_names_hosts() {
    let config = json!({
        "feeds": ["https://a.example/feed.xml", " https://b.example:8443/x ", "http://c.example/", "no address", 7],
        "one": "https://d.example/feed",
    });
    let granted = granted(
        &["GET {config:feeds}", "POST {config:one} read", "GET {config:other}"],
        &config,
    );
    let allows = |method, address| granted.allows(method, &Url::parse(address).expect("it is an address"));
    assert!(allows(Method::Get, "https://a.example/other.xml"));
    assert!(allows(Method::Get, "https://b.example:8443/"));
    assert!(!allows(Method::Get, "http://c.example/"));
    assert!(!allows(Method::Get, "https://d.example/feed"));
    assert!(allows(Method::Post, "https://d.example/feed"));
}

#[test]
fn what_may_be_read_may_not_be_changed_and_the_other_way_round() {
    let url = Url::parse("https://acme.example/orders/7").expect("it is an address");
    let rules = |rule: &str| granted(&[rule], &Value::Null);
    let change = Method::Change(Verb::Post);
    assert!(rules("POST https://acme.example/orders").allows(change, &url));
    for rule in [
        "GET https://acme.example",
        "POST https://acme.example read",
        "PUT https://acme.example",
        "POST https://acme.example/carts",
    ] {
        assert!(!rules(rule).allows(change, &url), "{rule}");
    }
    assert!(!rules("POST https://acme.example").allows(Method::Post, &url));
    assert!(!rules("POST https://acme.example").allows(Method::Get, &url));
}

#[track_caller]
fn check_problem(rule: &str, words: &str) {
    let problem = rule.parse::<Rule>().expect_err("it is no rule");
    assert!(problem.contains(words) && problem.contains(rule), "{rule}: {problem}");
}

#[test]
fn what_is_no_rule_is_told_why() {
    check_problem("https://acme.example", "write \"GET https://host\"");
    check_problem("HEAD https://acme.example", "write \"GET https://host\"");
    check_problem("delete https://acme.example", "write \"GET https://host\"");
    check_problem("GET https://acme.example read", "write \"GET https://host\"");
    check_problem("PUT https://acme.example read", "write \"GET https://host\"");
    check_problem("GET http://acme.example", "write https");
    check_problem("GET ftp://acme.example", "ftp is not https");
    check_problem("GET https://*.example", "two parts");
    check_problem("GET https://*.0.0.1", "nobody may reach");
    check_problem("GET https://*.127.0.0.1", "two parts");
    check_problem("GET https://*", "a star stands");
    check_problem("GET https://a.*.example", "a star stands");
    check_problem("GET https://acme.example/*", "a star stands");
    check_problem("GET https://me:secret@acme.example", "nothing else");
    check_problem("GET https://acme.example/?id=1", "nothing else");
    check_problem("GET http://169.254.169.254", "nobody may reach 169.254.169.254");
    check_problem("GET http://[::ffff:169.254.169.254]", "nobody may reach");
    check_problem("GET {feeds}", "relative URL");
}

#[test]
fn wider_is_what_was_not_covered() {
    let covers = |wide: &str, narrow: &str| {
        let rule = |text: &str| text.parse::<Rule>().expect("it is a rule");
        rule(wide).covers(&rule(narrow))
    };
    assert!(covers("GET https://*.acme.example", "GET https://api.acme.example/v1"));
    assert!(covers("GET https://*.acme.example", "GET https://*.eu.acme.example"));
    assert!(covers("GET {config:feeds}", "GET {config:feeds}"));
    for wider in [
        "GET https://acme.example",
        "GET https://*.example.org",
        "POST https://api.acme.example read",
        "GET https://api.acme.example:8443",
        "GET {config:feeds}",
    ] {
        assert!(!covers("GET https://*.acme.example", wider), "{wider}");
    }
    assert!(!covers(
        "GET https://api.acme.example/v1",
        "GET https://api.acme.example"
    ));
}

#[test]
fn the_line_that_would_allow_it_is_a_rule_that_does() {
    for (method, address) in [
        (Method::Get, "https://api.acme.example:8443/orders/7?x=1"),
        (Method::Post, "https://api.acme.example/search/"),
        (Method::Change(Verb::Delete), "https://api.acme.example/orders/7"),
    ] {
        let url = Url::parse(address).expect("it is an address");
        let line = line(method, &url).expect("it may be allowed");
        assert!(granted(&[&line], &Value::Null).allows(method, &url), "{address}");
    }
}

#[test]
fn people_read_where_from() {
    let words = |rule: &str| rule.parse::<Rule>().expect("it is a rule").words();
    assert_eq!(words("GET https://api.acme.example"), "api.acme.example");
    assert_eq!(
        words("GET https://*.acme.example:8443/v1"),
        "every host below acme.example:8443/v1"
    );
    assert_eq!(
        words("POST https://acme.example/search read"),
        "by POST from acme.example/search"
    );
    assert_eq!(words("PUT https://acme.example/orders"), "acme.example/orders by PUT");
    assert_eq!(words("GET http://10.0.0.7"), "10.0.0.7 (inside your own network)");
    assert_eq!(words("GET {config:feeds}"), "the addresses in its setting “feeds”");
}
