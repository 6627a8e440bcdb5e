//! What the host itself says about plugins: under their answers, and where there is none, in the reader's language.

/// The words under an answer, and in place of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Words {
    pub(super) source: &'static str,
    pub(super) checked: &'static str,
    /// Before the name of whoever found the answer.
    pub(super) thanks: &'static str,
    pub(super) helpful: &'static str,
    pub(super) not_it: &'static str,
    pub(super) person: &'static str,
    pub(super) dismiss: &'static str,
    /// For whoever called a plugin that broke, or is paused.
    pub(super) failed: &'static str,
}

const ENGLISH: Words = Words {
    source: "Source",
    checked: "checked",
    thanks: "Thanks to",
    helpful: "Helpful",
    not_it: "Not it",
    person: "A person, please",
    dismiss: "Dismiss",
    failed: "That did not work just now. Please try it again a little later.",
};

/// By BCP 47; English where there is no translation.
pub(super) fn words(language: &str) -> Words {
    match language.split(['-', '_']).next().unwrap_or(language) {
        "de" => Words {
            source: "Quelle",
            checked: "geprüft",
            thanks: "Danke an",
            helpful: "Hilfreich",
            not_it: "Das war es nicht",
            person: "Bitte ein Mensch",
            dismiss: "Ausblenden",
            failed: "Das hat gerade nicht geklappt. Bitte versuchen Sie es etwas später noch einmal.",
        },
        "es" => Words {
            source: "Fuente",
            checked: "comprobado",
            thanks: "Gracias a",
            helpful: "Me sirve",
            not_it: "No es eso",
            person: "Una persona, por favor",
            dismiss: "Ocultar",
            failed: "Eso no ha funcionado ahora mismo. Inténtelo de nuevo un poco más tarde, por favor.",
        },
        "fr" => Words {
            source: "Source",
            checked: "vérifié",
            thanks: "Merci à",
            helpful: "Utile",
            not_it: "Ce n’est pas ça",
            person: "Une personne, s’il vous plaît",
            dismiss: "Masquer",
            failed: "Cela n’a pas marché à l’instant. Réessayez un peu plus tard, s’il vous plaît.",
        },
        "ar" => Words {
            source: "المصدر",
            checked: "تم التحقق",
            thanks: "شكرًا لـ",
            helpful: "مفيد",
            not_it: "ليس هذا",
            person: "أريد التحدث إلى شخص",
            dismiss: "إخفاء",
            failed: "لم ينجح ذلك الآن. من فضلك حاول مرة أخرى بعد قليل.",
        },
        _ => ENGLISH,
    }
}
