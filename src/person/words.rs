//! What people read about linking their accounts, in their language.

use crate::model::directory::Identity;
use crate::model::language::primary;

/// A longer name is cut: it is the platform's, and may say anything.
const NAME_CHARS_MAX: usize = 40;

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

    asks: &'static str,
    pub(super) asks_means: &'static str,
    pub(super) yes: &'static str,
    pub(super) no: &'static str,
    pub(super) waited_too_long: &'static str,
    linked: &'static str,
    linked_by_code: &'static str,
    pub(super) not_me: &'static str,
    pub(super) not_linked_with: &'static str,
    pub(super) refused: &'static str,
    pub(super) refused_there: &'static str,

    pub(super) not_linked: &'static str,
    asks_unlink: &'static str,
    pub(super) yes_unlink: &'static str,
    pub(super) no_unlink: &'static str,
    pub(super) unlinked: &'static str,
    pub(super) stays_linked: &'static str,

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

    /// That it is done, for whoever said yes.
    pub(super) fn linked(&self, one: &Identity) -> String {
        self.linked.replace("{one}", &self.account(one))
    }

    /// That it is done, for the one whose code was entered.
    pub(super) fn linked_by_code(&self, one: &Identity) -> String {
        self.linked_by_code.replace("{one}", &self.account(one))
    }

    /// What unlinking changes.
    pub(super) fn asks_unlink<'a>(&self, others: impl Iterator<Item = &'a Identity>) -> String {
        let mut names: Vec<String> = others.map(|other| self.account(other)).collect();
        let last = names.pop().unwrap_or_default();
        let others = if names.is_empty() {
            last
        } else {
            format!("{} {} {last}", names.join(", "), self.and)
        };
        self.asks_unlink.replace("{others}", &others)
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

const ENGLISH: Words = Words {
    link_help: "Say that an account on another platform is yours, too",
    unlink_help: "Take this account out of those that are linked",
    code_label: "The code that you got on the other platform",
    only_direct: "That goes only in a direct chat, where nobody reads along. Write it to me there.",
    code_in_public: "A code that others can read is worth nothing, so this one no longer works. Write /link to me in a \
                     direct chat, and you get a new one.",
    send_code: "To link another account of yours with this one, write this to me there, in a direct chat and within ten \
                minutes:",
    keep_code: "Give it to nobody: whoever enters it counts as you. I ask before anything is linked.",
    code_entered: "Your code was entered. Nothing is linked before a yes on that side.",
    code_dead: "This code no longer works.",
    no_code: "That code does not work: perhaps it is mistyped, was used, or is older than ten minutes. Write /link on your \
              other account, and you get a new one.",
    too_many_codes: "Those were too many codes that do not work. Try again in an hour.",
    own_code: "That is the code of this very account. Enter it on the other one.",
    linked_already: "These two accounts are linked already.",
    too_many_accounts: "More than ten accounts cannot be linked. Take one out with /unlink first.",
    asks: "Is {one} you, too?",
    asks_means: "If you say yes, the staff here see that both accounts are yours, and what was said on either. Nobody else \
                 sees it, and you can undo it with /unlink. If somebody gave you the code, say no.",
    yes: "Yes, that is me",
    no: "No",
    waited_too_long: "That took too long, so nothing was linked. Write /link on your other account, and you get a new code.",
    linked: "Done: {one} and this account are linked. /unlink undoes it.",
    linked_by_code: "{one} has entered your code: that account and this one are linked now. If that was not you, say so \
                     below.",
    not_me: "That was not me",
    not_linked_with: "Done: that account is not linked with yours.",
    refused: "All right, nothing was linked.",
    refused_there: "Your code was entered, but the answer was no. Nothing was linked.",
    not_linked: "This account is not linked with another one. /link links it.",
    asks_unlink: "This account is linked with {others}. If you unlink it, the staff here no longer see that they are yours, \
                  too. What was said stays where it was said. Shall I unlink this account?",
    yes_unlink: "Unlink this account",
    no_unlink: "Leave it linked",
    unlinked: "Done: this account is not linked with any other now.",
    stays_linked: "All right, everything stays as it is.",
    nameless: "a visitor without a name",
    and: "and",
    on_web: "in the web chat",
    on_terminal: "in the terminal",
    on: "on",
};

const GERMAN: Words = Words {
    link_help: "Sagen, dass ein Konto auf einer anderen Plattform auch Ihres ist",
    unlink_help: "Dieses Konto aus den verbundenen herausnehmen",
    code_label: "Der Code von der anderen Plattform",
    only_direct: "Das geht nur im direkten Chat, wo niemand mitliest. Schreiben Sie es mir dort.",
    code_in_public: "Ein Code, den andere lesen können, taugt nichts; dieser gilt deshalb nicht mehr. Schreiben Sie mir /link im \
                     direkten Chat, dann bekommen Sie einen neuen.",
    send_code: "Um ein weiteres Ihrer Konten mit diesem zu verbinden, schreiben Sie mir dort innerhalb von zehn Minuten im \
                direkten Chat:",
    keep_code: "Geben Sie den Code niemandem: Wer ihn eingibt, gilt als Sie. Bevor etwas verbunden wird, frage ich nach.",
    code_entered: "Ihr Code wurde eingegeben. Verbunden wird erst, wenn dort zugestimmt wird.",
    code_dead: "Dieser Code gilt nicht mehr.",
    no_code: "Dieser Code gilt nicht: Vielleicht ist er vertippt, schon benutzt oder älter als zehn Minuten. Schreiben Sie mit \
              Ihrem anderen Konto /link, dann bekommen Sie einen neuen.",
    too_many_codes: "Das waren zu viele Codes, die nicht gelten. Versuchen Sie es in einer Stunde wieder.",
    own_code: "Das ist der Code dieses Kontos. Geben Sie ihn im anderen ein.",
    linked_already: "Diese beiden Konten sind schon verbunden.",
    too_many_accounts: "Mehr als zehn Konten lassen sich nicht verbinden. Nehmen Sie erst eines mit /unlink heraus.",
    asks: "Sind Sie auch {one}?",
    asks_means: "Wenn Sie zustimmen, sieht das Team hier, dass beide Konten Ihre sind, und was mit beiden gesagt wurde. Sonst sieht \
                 es niemand, und mit /unlink machen Sie es rückgängig. Hat Ihnen jemand den Code gegeben, lehnen Sie ab.",
    yes: "Ja, das bin ich",
    no: "Nein",
    waited_too_long: "Das hat zu lange gedauert, deshalb wurde nichts verbunden. Schreiben Sie mit Ihrem anderen Konto /link, dann \
                      bekommen Sie einen neuen Code.",
    linked: "Erledigt: {one} und dieses Konto sind verbunden. /unlink macht es rückgängig.",
    linked_by_code: "{one} hat Ihren Code eingegeben: Jenes Konto und dieses sind jetzt verbunden. Wenn Sie das nicht waren, \
                     sagen Sie es unten.",
    not_me: "Das war ich nicht",
    not_linked_with: "Erledigt: Jenes Konto ist nicht mit Ihrem verbunden.",
    refused: "In Ordnung, es wurde nichts verbunden.",
    refused_there: "Ihr Code wurde eingegeben, aber dort wurde abgelehnt. Es wurde nichts verbunden.",
    not_linked: "Dieses Konto ist mit keinem anderen verbunden. /link verbindet es.",
    asks_unlink: "Dieses Konto ist verbunden mit {others}. Wenn Sie es herausnehmen, sieht das Team hier nicht mehr, dass auch sie \
                  Ihre sind. Was gesagt wurde, bleibt, wo es gesagt wurde. Soll ich dieses Konto herausnehmen?",
    yes_unlink: "Konto herausnehmen",
    no_unlink: "Verbunden lassen",
    unlinked: "Erledigt: Dieses Konto ist mit keinem anderen mehr verbunden.",
    stays_linked: "In Ordnung, alles bleibt, wie es ist.",
    nameless: "ein Gast ohne Namen",
    and: "und",
    on_web: "im Web-Chat",
    on_terminal: "im Terminal",
    on: "bei",
};

/// The texts for a BCP 47 tag, English where we have none.
pub(super) fn words(language: &str) -> &'static Words {
    match primary(language) {
        "de" => &GERMAN,
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
        for language in ["en", "de"] {
            let words = words(language);
            let one = &accounts[0];
            for text in [words.asks(one), words.linked(one), words.linked_by_code(one)] {
                assert!(text.contains("Al ") && !text.contains('{'), "{text}");
            }
            for count in 1..=3 {
                let text = words.asks_unlink(accounts.iter().take(count));
                assert!(!text.contains('{') && !text.contains("  "), "{text}");
                assert!(
                    accounts.iter().take(count).all(|one| text.contains(&one.name)),
                    "{text}"
                );
            }
        }
    }
}
