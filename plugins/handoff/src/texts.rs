//! What is said when somebody comes, in every language in which it is understood.

use switchboard_plugin::texts::pick;

/// In `language`, with or without a region; else in English.
pub(crate) fn colleague(language: &str) -> &'static str {
    pick::<&str>(COLLEAGUE, language)
}

/// The same to somebody who has not asked for it: why somebody comes.
pub(crate) fn lost(language: &str) -> &'static str {
    pick::<&str>(LOST, language)
}

const COLLEAGUE: &[(&str, &str)] = &[
    ("en", "I am getting a colleague. Please wait here."),
    ("ar", "سأحضر زميلًا من الفريق. انتظر هنا من فضلك."),
    ("de", "Ich hole jemanden aus dem Team. Bitte warten Sie hier."),
    ("es", "Voy a buscar a alguien del equipo. Espere aquí, por favor."),
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

const LOST: &[(&str, &str)] = &[
    (
        "en",
        "I could not help you with this, so I am getting a colleague. Please wait here.",
    ),
    (
        "ar",
        "لم أستطع مساعدتك في هذا، لذلك سأحضر زميلًا من الفريق. انتظر هنا من فضلك.",
    ),
    (
        "de",
        "Da konnte ich nicht weiterhelfen, deshalb hole ich jemanden aus dem Team. Bitte warten Sie hier.",
    ),
    (
        "es",
        "No he podido ayudarte con esto, así que voy a buscar a alguien del equipo. Espere aquí, por favor.",
    ),
    (
        "fr",
        "Je n'ai pas pu vous aider, je vais donc chercher quelqu'un de l'équipe. Patientez ici, s'il vous plaît.",
    ),
    (
        "it",
        "Non ho potuto aiutarti, quindi chiamo qualcuno del team. Aspetta qui, per favore.",
    ),
    (
        "ja",
        "お役に立てなかったので、担当者を呼んでいます。このままお待ちください。",
    ),
    (
        "nl",
        "Hier kon ik je niet mee helpen, dus ik haal iemand van het team. Wacht hier even, alsjeblieft.",
    ),
    (
        "pl",
        "Nie udało mi się pomóc, więc wzywam kogoś z zespołu. Proszę poczekać tutaj.",
    ),
    (
        "pt",
        "Não consegui ajudar com isso, então vou chamar alguém da equipe. Aguarde aqui, por favor.",
    ),
    (
        "ru",
        "Не получилось помочь, поэтому я позову кого-нибудь из команды. Пожалуйста, подождите здесь.",
    ),
    (
        "sv",
        "Jag kunde inte hjälpa dig med det, så jag hämtar någon i teamet. Vänta här, tack.",
    ),
    (
        "tr",
        "Bu konuda yardımcı olamadım, bu yüzden ekipten birini çağırıyorum. Lütfen burada bekleyin.",
    ),
    (
        "uk",
        "Не вдалося допомогти, тому я покличу когось із команди. Будь ласка, зачекайте тут.",
    ),
    ("zh", "这个问题我没能帮上忙，我去找一位同事，请在这里稍等。"),
];
