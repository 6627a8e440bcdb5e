//! The few words that degrading an action puts into a message, in the reader's language.

use crate::model::language::primary;

/// The words of one language.
pub(super) struct Words {
    pub(super) correction: &'static str,
    pub(super) removed: &'static str,
    pub(super) file_left_out: &'static str,
}

const ENGLISH: Words = Words {
    correction: "Correction:",
    removed: "(This message was removed.)",
    file_left_out: "File that cannot be sent here:",
};

const GERMAN: Words = Words {
    correction: "Berichtigung:",
    removed: "(Diese Nachricht wurde entfernt.)",
    file_left_out: "Datei, die hier nicht gesendet werden kann:",
};

const SPANISH: Words = Words {
    correction: "Corrección:",
    removed: "(Este mensaje se ha eliminado.)",
    file_left_out: "Archivo que no se puede enviar aquí:",
};

const FRENCH: Words = Words {
    correction: "Correction :",
    removed: "(Ce message a été supprimé.)",
    file_left_out: "Fichier qui ne peut pas être envoyé ici :",
};

const ARABIC: Words = Words {
    correction: "تصحيح:",
    removed: "(تمت إزالة هذه الرسالة.)",
    file_left_out: "ملف لا يمكن إرساله هنا:",
};

/// The words for a BCP 47 tag, English where we have none.
pub(super) fn words(language: Option<&str>) -> &'static Words {
    match primary(language.unwrap_or_default()) {
        "de" => &GERMAN,
        "es" => &SPANISH,
        "fr" => &FRENCH,
        "ar" => &ARABIC,
        _ => &ENGLISH,
    }
}
