//! What visitors read about waiting, who answers and the end, in their language.

use crate::model::language::primary;

/// The texts of one language.
pub(super) struct Words {
    waiting_first: &'static str,
    waiting_at: &'static str,
    waiting_long: &'static str,
    joined: &'static str,
    pub(super) already_called: &'static str,
    pub(super) handed_back: &'static str,
    pub(super) closed: &'static str,
}

impl Words {
    /// Where the visitor stands in the queue; none when it is too long to say.
    pub(super) fn waiting(&self, position: Option<usize>) -> String {
        match position {
            Some(1) => self.waiting_first.to_owned(),
            Some(position) => self.waiting_at.replace("{position}", &position.to_string()),
            None => self.waiting_long.to_owned(),
        }
    }

    /// Who answers from now on.
    pub(super) fn joined(&self, name: &str) -> String {
        self.joined.replace("{name}", name)
    }
}

const ENGLISH: Words = Words {
    waiting_first: "You are next in line. There is no estimate yet. You can go on writing; it will be read.",
    waiting_at: "You are number {position} in line. There is no estimate yet. You can go on writing; it will be read.",
    waiting_long: "Many people are waiting right now, so it may take a while. You can go on writing; it will be read.",
    joined: "{name} is with you now.",
    already_called: "Somebody is already on the way to you.",
    handed_back: "The bot answers here again. Say so whenever you would like a person.",
    closed: "This conversation is closed. If anything is left, just write here and we will see it.",
};

const GERMAN: Words = Words {
    waiting_first: "Sie sind als Nächstes dran. Wie lange es dauert, wissen wir noch nicht. Schreiben Sie ruhig weiter; es wird gelesen.",
    waiting_at: "Sie sind Nummer {position} in der Reihe. Wie lange es dauert, wissen wir noch nicht. Schreiben Sie ruhig weiter; es wird gelesen.",
    waiting_long: "Gerade warten viele, es kann also etwas dauern. Schreiben Sie ruhig weiter; es wird gelesen.",
    joined: "{name} ist jetzt für Sie da.",
    already_called: "Es ist schon jemand auf dem Weg zu Ihnen.",
    handed_back: "Hier antwortet wieder der Bot. Sagen Sie einfach, wenn Sie mit einem Menschen sprechen möchten.",
    closed: "Dieses Gespräch ist beendet. Wenn noch etwas offen ist, schreiben Sie einfach hier; wir sehen es.",
};

const SPANISH: Words = Words {
    waiting_first: "Es la siguiente persona en la cola. Todavía no podemos decir cuánto tardará. Puede seguir escribiendo; lo leeremos.",
    waiting_at: "Está en el puesto {position} de la cola. Todavía no podemos decir cuánto tardará. Puede seguir escribiendo; lo leeremos.",
    waiting_long: "Ahora mismo espera mucha gente, así que puede tardar un poco. Puede seguir escribiendo; lo leeremos.",
    joined: "{name} le atiende ahora.",
    already_called: "Ya hay alguien en camino.",
    handed_back: "El bot vuelve a responder aquí. Díganoslo cuando quiera hablar con una persona.",
    closed: "Esta conversación está cerrada. Si queda algo pendiente, escriba aquí y lo veremos.",
};

const FRENCH: Words = Words {
    waiting_first: "C'est bientôt votre tour. Nous ne pouvons pas encore estimer l'attente. Vous pouvez continuer à écrire ; ce sera lu.",
    waiting_at: "Vous êtes en position {position}. Nous ne pouvons pas encore estimer l'attente. Vous pouvez continuer à écrire ; ce sera lu.",
    waiting_long: "Beaucoup de personnes attendent en ce moment, cela peut prendre du temps. Vous pouvez continuer à écrire ; ce sera lu.",
    joined: "{name} vous répond maintenant.",
    already_called: "Quelqu'un arrive déjà.",
    handed_back: "Le bot répond de nouveau ici. Dites-le quand vous souhaitez parler à une personne.",
    closed: "Cette conversation est close. S'il reste quelque chose, écrivez ici et nous le verrons.",
};

const ARABIC: Words = Words {
    waiting_first: "دورك هو التالي. لا يمكننا تقدير مدة الانتظار بعد. يمكنك مواصلة الكتابة وسنقرأ ما تكتبه.",
    waiting_at: "ترتيبك في الانتظار {position}. لا يمكننا تقدير مدة الانتظار بعد. يمكنك مواصلة الكتابة وسنقرأ ما تكتبه.",
    waiting_long: "ينتظر كثيرون الآن، وقد يستغرق الأمر بعض الوقت. يمكنك مواصلة الكتابة وسنقرأ ما تكتبه.",
    joined: "{name} معك الآن.",
    already_called: "هناك من هو في الطريق إليك.",
    handed_back: "يجيب البوت هنا من جديد. أخبرنا متى أردت التحدث إلى شخص.",
    closed: "أُغلقت هذه المحادثة. إذا بقي شيء فاكتب هنا وسنراه.",
};

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
    use super::*;

    #[test]
    fn every_language_says_number_and_name() {
        for language in ["en", "de-AT", "es", "fr", "ar", "xx"] {
            assert!(words(language).waiting(Some(7)).contains('7'));
            assert!(words(language).joined("Carol").contains("Carol"));
            assert!(!words(language).waiting(Some(1)).contains('{'));
        }
    }
}
