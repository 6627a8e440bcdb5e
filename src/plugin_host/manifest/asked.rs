//! One `[[permission]]` of a manifest: what it asks for, and for `http` and `call` where. Pure.

use schemars::JsonSchema;
use serde::Deserialize;

use super::check::is_name;
use crate::plugin_host::http::{Rule, SecretUse, is_hosts_business};
use crate::plugin_host::permission::Permission;

/// Hosts that a person can still overlook.
const RULES_MAX: usize = 32;

/// What it asks for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// Which permission.
    pub name: Permission,
    /// Why, for the admin.
    pub why: String,
    /// Of `http`: what it may read from where. Of `call`: what it may change where.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub allow: Vec<Rule>,
    /// Of `http` and `call`: what the host adds to requests.
    #[serde(default)]
    pub secrets: Vec<SecretUse>,
}

impl Asked {
    /// What it allows, as the rest of "It may …".
    pub fn allows(&self) -> String {
        if self.allow.is_empty() {
            return self.name.allows().to_owned();
        }
        let places: Vec<_> = self.allow.iter().map(Rule::words).collect();
        let secret = |used: &SecretUse| {
            format!(
                ", with the secret “{}” for {}, which it never sees",
                used.name, used.host
            )
        };
        let secrets: String = self.secrets.iter().map(secret).collect();
        let does = if self.name == Permission::Call {
            "change things on"
        } else {
            "read from"
        };
        format!("{does} {}{secrets}", listed(&places))
    }

    /// Whether who was allowed that has to be asked about this.
    pub fn is_wider(&self, before: &Self) -> bool {
        let covered = |rule: &Rule| before.allow.iter().any(|allowed| allowed.covers(rule));
        !self.allow.iter().all(covered) || !self.secrets.iter().all(|used| before.secrets.contains(used))
    }

    /// What is wrong with where it wants to go; `config` is the manifest's schema of settings.
    pub(super) fn problem(&self, config: &toml::Table) -> Option<String> {
        let name = self.name;
        let example = match name {
            Permission::Http => "GET https://api.acme.example",
            Permission::Call => "POST https://api.acme.example/orders",
            _ => {
                let none = self.allow.is_empty() && self.secrets.is_empty();
                return (!none)
                    .then(|| format!("permission {name} has allow or secrets, which only http and call can have"));
            }
        };
        if self.allow.is_empty() {
            return Some(format!(
                "permission {name} has no allow; name each host, as in allow = [\"{example}\"]"
            ));
        }
        if self.allow.len() > RULES_MAX {
            return Some(format!(
                "permission {name} allows more than {RULES_MAX} things; nobody can read that"
            ));
        }
        if let Some(problem) = self.allow.iter().find_map(|rule| self.misplaced(rule)) {
            return Some(problem);
        }
        if let Some(problem) = self.secrets.iter().find_map(|used| secret_problem(used, &self.allow)) {
            return Some(problem);
        }
        let settings = config.get("properties").and_then(toml::Value::as_table);
        let mut named = self.allow.iter().filter_map(Rule::setting);
        let unknown = named.find(|name| settings.is_none_or(|settings| !settings.contains_key(*name)))?;
        Some(format!(
            "permission {name} allows what stands in the setting {unknown:?}, which [config] does not have"
        ))
    }

    /// Reading is asked for by `http`, changing by `call`.
    fn misplaced(&self, rule: &Rule) -> Option<String> {
        let what = rule.words();
        match (self.name, rule.changes()) {
            (Permission::Http, true) => Some(format!(
                "permission http allows “{what}”, which may change something: ask for call, or end a POST with the word read, by which \
                 you promise that it changes nothing there"
            )),
            (Permission::Call, false) => Some(format!(
                "permission call allows “{what}”, which only reads: ask for http"
            )),
            _ => None,
        }
    }
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn listed(places: &[String]) -> String {
    match places {
        [] => String::new(),
        [one] => one.clone(),
        [some @ .., last] => format!("{} and {last}", some.join(", ")),
    }
}

/// A secret goes to a host that is allowed, in a header that is the plugin's to say.
fn secret_problem(used: &SecretUse, allowed: &[Rule]) -> Option<String> {
    let SecretUse { name, host, header } = used;
    if !is_name(name) {
        return Some(format!(
            "a secret's name is {name:?}; use up to 32 lower-case letters, digits, - and _"
        ));
    }
    if used.header_name().is_none_or(|header| is_hosts_business(&header)) {
        return Some(format!(
            "the secret {name} goes into the header {header:?}, which a plugin cannot set"
        ));
    }
    let known = allowed.iter().any(|rule| rule.host().as_deref() == Some(host));
    (!known).then(|| format!("the secret {name} goes to {host:?}, which allow does not name by itself"))
}

#[cfg(test)]
mod tests {
    use crate::plugin_host::Manifest;

    const SMALLEST: &str = "[plugin]\nid = \"acme/refunds\"\nversion = \"1.4.0\"\napi = \"0.1\"\nsummary = \"s\"\n\
                            license = \"MIT\"\n";

    #[track_caller]
    fn check(more: &str, expected: &[&str]) {
        let problems = Manifest::parse(&format!("{SMALLEST}{more}")).expect_err("it has problems");
        assert_eq!(problems, expected);
    }

    #[test]
    fn what_is_reached_elsewhere_is_named_by_http_and_call_alone() {
        let http = |rest: &str| format!("[[permission]]\nname = \"http\"\nwhy = \"w\"\n{rest}");
        check(
            &http(""),
            &["permission http has no allow; name each host, as in allow = [\"GET https://api.acme.example\"]"],
        );
        check(
            "[[permission]]\nname = \"kv\"\nwhy = \"w\"\nallow = [\"GET https://acme.example\"]",
            &["permission kv has allow or secrets, which only http and call can have"],
        );
        check(
            &http("allow = [\"GET {config:feeds}\"]\n[config.properties.feed]\ntype = \"string\""),
            &["permission http allows what stands in the setting \"feeds\", which [config] does not have"],
        );
        check(
            &http(&format!("allow = {:?}", ["GET https://acme.example"; 33])),
            &["permission http allows more than 32 things; nobody can read that"],
        );
        let problems = Manifest::parse(&format!("{SMALLEST}{}", http("allow = [\"GET acme.example\"]")));
        let problems = problems.expect_err("it is no rule").concat();
        assert!(problems.contains("allows nothing"), "{problems}");
    }

    #[test]
    fn a_secret_goes_to_a_host_that_is_allowed() {
        let secret = |used: &str| {
            format!(
                "[[permission]]\nname = \"http\"\nwhy = \"w\"\nallow = [\"GET https://a.example\", \"GET https://*.b.example\"]\n\
                 secrets = [{used}]"
            )
        };
        check(
            &secret("{ name = \"key\", host = \"c.b.example\", header = \"X-Key\" }"),
            &["the secret key goes to \"c.b.example\", which allow does not name by itself"],
        );
        check(
            &secret("{ name = \"key\", host = \"a.example\", header = \"Cookie\" }"),
            &["the secret key goes into the header \"Cookie\", which a plugin cannot set"],
        );
        check(
            &secret("{ name = \"A key\", host = \"a.example\", header = \"X-Key\" }"),
            &["a secret's name is \"A key\"; use up to 32 lower-case letters, digits, - and _"],
        );
        let with = |used: &str| Manifest::parse(&format!("{SMALLEST}{}", secret(used))).expect("it is sound");
        let one = with("{ name = \"key\", host = \"a.example\", header = \"X-Key\" }");
        let asked = &one.permissions[0];
        assert!(
            asked
                .allows()
                .ends_with(", with the secret “key” for a.example, which it never sees")
        );
        assert!(asked.is_wider(&with("").permissions[0]) && !with("").permissions[0].is_wider(asked));
    }

    #[test]
    fn an_admin_reads_from_where() {
        let text = format!(
            "{SMALLEST}[[permission]]\nname = \"http\"\nwhy = \"w\"\nallow = [\"GET https://a.example\", \"POST https://a.example \
             read\", \"GET https://*.b.example\"]"
        );
        let manifest = Manifest::parse(&text).expect("it is sound");
        assert_eq!(
            manifest.permissions[0].allows(),
            "read from a.example, by POST from a.example and every host below b.example"
        );
        assert_eq!(
            manifest.servers().as_deref(),
            Some("a.example and every host below b.example")
        );
    }

    #[test]
    fn what_reads_and_what_changes_are_asked_for_by_different_names() {
        let asked =
            |name: &str, rule: &str| format!("[[permission]]\nname = \"{name}\"\nwhy = \"w\"\nallow = [\"{rule}\"]");
        check(
            &asked("http", "POST https://a.example/search"),
            &[
                "permission http allows “a.example/search by POST”, which may change something: ask for call, or end a POST with the \
               word read, by which you promise that it changes nothing there",
            ],
        );
        check(
            &asked("call", "POST https://a.example/search read"),
            &["permission call allows “by POST from a.example/search”, which only reads: ask for http"],
        );
        let text = format!(
            "{SMALLEST}[[permission]]\nname = \"call\"\nwhy = \"w\"\nallow = [\"POST https://a.example/orders\", \"DELETE \
             https://a.example\"]\nsecrets = [{{ name = \"key\", host = \"a.example\", header = \"X-Key\" }}]"
        );
        let manifest = Manifest::parse(&text).expect("it is sound");
        assert_eq!(
            manifest.permissions[0].allows(),
            "change things on a.example/orders by POST and a.example by DELETE, with the secret “key” for a.example, which it never \
             sees"
        );
    }
}
