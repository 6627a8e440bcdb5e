//! What people read about linking their accounts, in their language.

mod arabic;
mod english;
mod french;
mod german;
mod spanish;

use self::arabic::ARABIC;
use self::english::ENGLISH;
use self::french::FRENCH;
use self::german::GERMAN;
use self::spanish::SPANISH;
use crate::model::directory::Identity;
use crate::model::language::primary;
use crate::storage::person::Traces;

/// A longer name is cut: it is the platform's, and may say anything.
const NAME_CHARS_MAX: usize = 40;

/// Those in which there are texts; English first.
pub(super) const LANGUAGES: [&str; 5] = ["en", "de", "es", "fr", "ar"];

/// The texts of one language. `{one}` is an account, `{others}` are several.
pub(super) struct Words {
    /// The line of the platforms' menus.
    pub(super) link_help: &'static str,
    pub(super) unlink_help: &'static str,
    pub(super) code_label: &'static str,

    pub(super) only_direct: &'static str,
    pub(super) code_in_public: &'static str,

    pub(super) send_code: &'static str,
    pub(super) keep_code: &'static str,
    pub(super) code_entered: &'static str,
    pub(super) code_dead: &'static str,

    pub(super) no_code: &'static str,
    pub(super) too_many_codes: &'static str,
    pub(super) own_code: &'static str,
    pub(super) linked_already: &'static str,
    pub(super) too_many_accounts: &'static str,
    pub(super) too_many_links: &'static str,

    asks: &'static str,
    asks_known: &'static str,
    pub(super) asks_means: &'static str,
    pub(super) yes: &'static str,
    pub(super) no: &'static str,
    pub(super) not_open: &'static str,
    linked: &'static str,
    linked_by_code: &'static str,
    added: &'static str,
    pub(super) not_me: &'static str,
    pub(super) not_linked_with: &'static str,
    pub(super) refused: &'static str,
    pub(super) refused_there: &'static str,

    pub(super) not_linked: &'static str,
    asks_unlink: &'static str,
    pub(super) shall_unlink: &'static str,
    pub(super) yes_unlink: &'static str,
    pub(super) no_unlink: &'static str,
    pub(super) unlinked: &'static str,
    pub(super) stays_linked: &'static str,

    may_act: &'static str,
    pub(super) end_acts: &'static str,
    pub(super) acts: &'static str,
    pub(super) acts_no_more: &'static str,

    nameless: &'static str,
    and: &'static str,
    on_web: &'static str,
    on_terminal: &'static str,
    on: &'static str,
}

impl Words {
    /// Which account asks, for whoever has entered its code.
    pub(super) fn asks(&self, one: &Identity) -> String {
        self.asks.replace("{one}", &self.account(one))
    }

    /// What is known of that account besides its name.
    pub(super) fn known(&self, one: &Identity, traces: &Traces) -> String {
        let id: String = one.native.id.as_str().chars().take(NAME_CHARS_MAX).collect();
        // The day says enough, and is read in every language.
        let since = traces.since.map(|since| since.to_string());
        let since = since.as_deref().and_then(|since| since.get(..10)).unwrap_or("–");
        self.asks_known
            .replace("{since}", since)
            .replace("{messages}", &traces.messages().to_string())
            .replace("{places}", &traces.places.len().to_string())
            .replace("{id}", &id)
    }

    /// That it is done, for whoever said yes.
    pub(super) fn linked(&self, one: &Identity) -> String {
        self.linked.replace("{one}", &self.account(one))
    }

    /// That it is done, for the one whose code was entered.
    pub(super) fn linked_by_code(&self, one: &Identity) -> String {
        self.linked_by_code.replace("{one}", &self.account(one))
    }

    /// Who was added, for an account that was linked before.
    pub(super) fn added<'a>(&self, others: impl Iterator<Item = &'a Identity>) -> String {
        self.added.replace("{others}", &self.accounts(others))
    }

    /// What unlinking changes.
    pub(super) fn asks_unlink<'a>(&self, others: impl Iterator<Item = &'a Identity>) -> String {
        self.asks_unlink.replace("{others}", &self.accounts(others))
    }

    /// That it may act for this owner from now on.
    pub(super) fn may_act(&self, owner: &str) -> String {
        let owner: String = owner.trim().chars().take(NAME_CHARS_MAX).collect();
        self.may_act.replace("{one}", &owner)
    }

    fn accounts<'a>(&self, accounts: impl Iterator<Item = &'a Identity>) -> String {
        let mut names: Vec<String> = accounts.map(|account| self.account(account)).collect();
        let last = names.pop().unwrap_or_default();
        if names.is_empty() {
            last
        } else {
            format!("{} {} {last}", names.join(", "), self.and)
        }
    }

    /// `Alice on Telegram`.
    fn account(&self, identity: &Identity) -> String {
        let name: String = identity.name.trim().chars().take(NAME_CHARS_MAX).collect();
        let name = if name.is_empty() {
            self.nameless.to_owned()
        } else {
            name
        };
        let scope = identity.native.scope.as_str();
        let platform = scope.split(':').next().unwrap_or(scope);
        let on = |platform| format!("{} {platform}", self.on);
        let place = match platform {
            "web_chat" => self.on_web.to_owned(),
            "terminal" => self.on_terminal.to_owned(),
            "discord" => on("Discord"),
            "telegram" => on("Telegram"),
            other => on(other),
        };
        format!("{name} {place}")
    }
}

/// `Alice on Telegram`, for staff.
pub fn account_name(identity: &Identity) -> String {
    ENGLISH.account(identity)
}

/// The texts for a BCP 47 tag, English where we have none.
pub(super) fn words(language: &str) -> &'static Words {
    match primary(language) {
        "de" => &GERMAN,
        "es" => &SPANISH,
        "fr" => &FRENCH,
        "ar" => &ARABIC,
        _ => &ENGLISH,
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::model::ids::{IdentityId, IdentityRef};

    fn identity(scope: &str, name: &str) -> Identity {
        Identity {
            id: IdentityId(Uuid::from_u128(1)),
            native: IdentityRef {
                scope: scope.into(),
                id: "1".into(),
            },
            name: name.to_owned(),
            bot: false,
            staff: false,
            roles: Vec::new(),
            language: None,
        }
    }

    #[track_caller]
    fn check(language: &str, scope: &str, name: &str, expected: &str) {
        assert_eq!(words(language).asks(&identity(scope, name)), expected);
    }

    #[test]
    fn an_account_is_named_as_people_know_it() {
        check("en", "telegram:77", "Alice", "Is Alice on Telegram you, too?");
        check(
            "en",
            "web_chat",
            " ",
            "Is a visitor without a name in the web chat you, too?",
        );
        check("de-AT", "discord", "Alice", "Sind Sie auch Alice bei Discord?");
        let long = format!("Is {} in the terminal you, too?", "x".repeat(NAME_CHARS_MAX));
        check("xx", "terminal", &"x".repeat(500), &long);
    }

    #[test]
    fn every_language_says_what_it_was_told() {
        let accounts = [
            identity("discord", "Al"),
            identity("telegram", "Alice"),
            identity("web_chat", "A."),
        ];
        for language in ["en", "de", "es-MX", "fr", "ar", "xx"] {
            let words = words(language);
            let one = &accounts[0];
            for text in [words.asks(one), words.linked(one), words.linked_by_code(one)] {
                assert!(text.contains("Al ") && !text.contains('{'), "{text}");
            }
            let known = words.known(one, &Traces::default());
            for part in ["1", "–", "0"] {
                assert!(known.contains(part) && !known.contains('{'), "{known}");
            }
            let told = words.may_act("Carol");
            assert!(
                told.contains("Carol") && told.contains("/unlink") && !told.contains('{'),
                "{told}"
            );
            for count in 1..=3 {
                let some = || accounts.iter().take(count);
                for text in [words.asks_unlink(some()), words.added(some())] {
                    assert!(!text.contains('{') && !text.contains("  "), "{text}");
                    assert!(some().all(|one| text.contains(&one.name)), "{text}");
                    assert!(text.contains("/unlink") || text == words.asks_unlink(some()), "{text}");
                }
            }
        }
    }
}
