//! What the host itself adds under an answer, in the reader's language.

/// The words under an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Words {
    pub(super) source: &'static str,
    pub(super) checked: &'static str,
    pub(super) helpful: &'static str,
    pub(super) not_it: &'static str,
    pub(super) person: &'static str,
    pub(super) dismiss: &'static str,
}

const ENGLISH: Words = Words {
    source: "Source",
    checked: "checked",
    helpful: "Helpful",
    not_it: "Not it",
    person: "A person, please",
    dismiss: "Dismiss",
};

/// By BCP 47; English where there is no translation.
pub(super) fn words(language: &str) -> Words {
    match language.split(['-', '_']).next().unwrap_or(language) {
        "de" => Words {
            source: "Quelle",
            checked: "geprüft",
            helpful: "Hilfreich",
            not_it: "Das war es nicht",
            person: "Bitte ein Mensch",
            dismiss: "Ausblenden",
        },
        "es" => Words {
            source: "Fuente",
            checked: "comprobado",
            helpful: "Me sirve",
            not_it: "No es eso",
            person: "Una persona, por favor",
            dismiss: "Ocultar",
        },
        "fr" => Words {
            source: "Source",
            checked: "vérifié",
            helpful: "Utile",
            not_it: "Ce n’est pas ça",
            person: "Une personne, s’il vous plaît",
            dismiss: "Masquer",
        },
        "ar" => Words {
            source: "المصدر",
            checked: "تم التحقق",
            helpful: "مفيد",
            not_it: "ليس هذا",
            person: "أريد التحدث إلى شخص",
            dismiss: "إخفاء",
        },
        _ => ENGLISH,
    }
}
