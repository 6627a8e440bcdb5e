//! What somebody reads alone who pressed a button that is for somebody else. Used by those platforms that can say so.

use crate::model::language::primary;

/// In their language, a BCP 47 tag; English where there is no translation.
pub(super) fn not_theirs(language: Option<&str>) -> &'static str {
    match primary(language.unwrap_or_default()) {
        "de" => "Diese Schaltfläche ist für jemand anders.",
        "es" => "Este botón es para otra persona.",
        "fr" => "Ce bouton est pour quelqu'un d'autre.",
        "ar" => "هذا الزر لشخص آخر.",
        _ => "This button is for somebody else.",
    }
}
