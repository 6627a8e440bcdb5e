//! What is said when somebody comes, in every language in which it is understood.

use switchboard_plugin::texts::pick;

/// In `language`, with or without a region; else in English.
pub(crate) fn colleague(language: &str) -> &'static str {
    pick::<&str>(COLLEAGUE, language)
}

const COLLEAGUE: &[(&str, &str)] = &[
    ("en", "I am getting a colleague. Please wait here."),
    ("ar", "سأحضر زميلًا من الفريق. انتظر هنا من فضلك."),
    ("de", "Ich hole jemanden aus dem Team. Bitte warte hier."),
    ("es", "Voy a buscar a alguien del equipo. Espera aquí, por favor."),
    (
        "fr",
        "Je vais chercher quelqu'un de l'équipe. Patientez ici, s'il vous plaît.",
    ),
    ("it", "Chiamo qualcuno del team. Aspetta qui, per favore."),
    ("ja", "担当者を呼んでいます。このままお待ちください。"),
    ("nl", "Ik haal iemand van het team. Wacht hier even, alsjeblieft."),
    ("pl", "Wzywam kogoś z zespołu. Proszę poczekać tutaj."),
    ("pt", "Vou chamar alguém da equipe. Aguarde aqui, por favor."),
    ("ru", "Я позову кого-нибудь из команды. Пожалуйста, подождите здесь."),
    ("sv", "Jag hämtar någon i teamet. Vänta här, tack."),
    ("tr", "Ekipten birini çağırıyorum. Lütfen burada bekleyin."),
    ("uk", "Я покличу когось із команди. Будь ласка, зачекайте тут."),
    ("zh", "我去找一位同事，请在这里稍等。"),
];
