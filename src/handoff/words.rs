//! What visitors read about waiting, who answers and the end, in their language.

use super::estimate::Range;
use super::hours::Opening;
use crate::model::language::primary;

/// The texts of one language.
pub(super) struct Words {
    first: &'static str,
    at: &'static str,
    many: &'static str,
    estimate: &'static str,
    no_estimate: &'static str,
    go_on: &'static str,
    back_in_line: &'static str,
    back_today: &'static str,
    back_on: &'static str,
    leave_message: &'static str,
    /// Monday first, as they stand in `back_on`.
    days: [&'static str; 7],
    joined: &'static str,
    pub(super) welcome: &'static str,
    pub(super) already_called: &'static str,
    pub(super) handed_back: &'static str,
    pub(super) closed: &'static str,
    /// On the button below the notice of the queue.
    pub(super) never_mind: &'static str,
    pub(super) left: &'static str,
    pub(super) answered_already: &'static str,
}

impl Words {
    /// Where the visitor stands in the queue, none when it is too long to say; and how long others waited lately.
    pub(super) fn waiting(&self, position: Option<usize>, waits: Option<Range>) -> String {
        let place = match position {
            Some(1) => self.first.to_owned(),
            Some(position) => self.at.replace("{position}", &position.to_string()),
            None => return format!("{} {}", self.many, self.go_on),
        };
        let estimate = match waits {
            Some(Range { from, to }) => self
                .estimate
                .replace("{from}", &from.to_string())
                .replace("{to}", &to.to_string()),
            None => self.no_estimate.to_owned(),
        };
        format!("{place} {estimate} {}", self.go_on)
    }

    /// That nobody is there now, and when somebody is back.
    pub(super) fn away(&self, opening: &Opening, zone: &str) -> String {
        let back = if opening.today { self.back_today } else { self.back_on };
        let back = back
            .replace("{day}", self.days[usize::from(opening.day)])
            .replace("{time}", &opening.time)
            .replace("{zone}", zone);
        format!("{back} {}", self.leave_message)
    }

    /// `rest`, after that whoever held it is not there any more.
    pub(super) fn back_in_line(&self, rest: &str) -> String {
        format!("{} {rest}", self.back_in_line)
    }

    /// Who answers from now on.
    pub(super) fn joined(&self, name: &str) -> String {
        self.joined.replace("{name}", name)
    }
}

const ENGLISH: Words = Words {
    first: "You are next in line.",
    at: "You are number {position} in line.",
    many: "Many people are waiting right now, so it may take a while.",
    estimate: "Lately it took about {from} to {to} minutes.",
    no_estimate: "There is no estimate yet.",
    go_on: "You can go on writing; it will be read.",
    back_in_line: "A colleague will take over here.",
    back_today: "Nobody is here right now. We are back today at {time} ({zone}).",
    back_on: "Nobody is here right now. We are back on {day} at {time} ({zone}).",
    leave_message: "Leave your message here; it will be read then.",
    days: [
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
    ],
    joined: "{name} is with you now.",
    welcome: "Hello! What would you like to know? A bot answers here; say so whenever you would like a person.",
    already_called: "Somebody is already on the way to you.",
    handed_back: "The bot answers here again. Say so whenever you would like a person.",
    closed: "This conversation is closed. If anything is left, just write here and we will see it.",
    never_mind: "Never mind",
    left: "All right, you are out of the line. The bot answers here again; say so whenever you would like a person.",
    answered_already: "Somebody is answering you here already, so I leave it with them. Just tell them if you need nothing more.",
};

const GERMAN: Words = Words {
    first: "Sie sind als Nächstes dran.",
    at: "Sie sind Nummer {position} in der Reihe.",
    many: "Gerade warten viele, es kann also etwas dauern.",
    estimate: "Zuletzt dauerte es etwa {from} bis {to} Minuten.",
    no_estimate: "Wie lange es dauert, wissen wir noch nicht.",
    go_on: "Schreiben Sie ruhig weiter; es wird gelesen.",
    back_in_line: "Hier übernimmt gleich jemand anders aus dem Team.",
    back_today: "Gerade ist niemand da. Wir sind heute um {time} Uhr ({zone}) wieder da.",
    back_on: "Gerade ist niemand da. Wir sind am {day} um {time} Uhr ({zone}) wieder da.",
    leave_message: "Schreiben Sie Ihre Nachricht einfach hier; dann wird sie gelesen.",
    days: [
        "Montag",
        "Dienstag",
        "Mittwoch",
        "Donnerstag",
        "Freitag",
        "Samstag",
        "Sonntag",
    ],
    joined: "{name} ist jetzt für Sie da.",
    welcome: "Hallo! Was möchten Sie wissen? Hier antwortet ein Bot. Sagen Sie einfach, wenn Sie mit einem Menschen sprechen \
              möchten.",
    already_called: "Es ist schon jemand auf dem Weg zu Ihnen.",
    handed_back: "Hier antwortet wieder der Bot. Sagen Sie einfach, wenn Sie mit einem Menschen sprechen möchten.",
    closed: "Dieses Gespräch ist beendet. Wenn noch etwas offen ist, schreiben Sie einfach hier; wir sehen es.",
    never_mind: "Hat sich erledigt",
    left: "Alles klar, Sie warten nicht mehr. Hier antwortet wieder der Bot; sagen Sie einfach, wenn Sie mit einem Menschen sprechen möchten.",
    answered_already: "Hier antwortet Ihnen schon jemand, deshalb lasse ich es dabei. Sagen Sie es dort einfach, wenn es sich erledigt hat.",
};

const SPANISH: Words = Words {
    first: "Es la siguiente persona en la cola.",
    at: "Está en el puesto {position} de la cola.",
    many: "Ahora mismo espera mucha gente, así que puede tardar un poco.",
    estimate: "Últimamente la espera fue de unos {from} a {to} minutos.",
    no_estimate: "Todavía no podemos decir cuánto tardará.",
    go_on: "Puede seguir escribiendo; lo leeremos.",
    back_in_line: "Otra persona del equipo le atenderá aquí.",
    back_today: "Ahora no hay nadie. Volvemos hoy a las {time} ({zone}).",
    back_on: "Ahora no hay nadie. Volvemos el {day} a las {time} ({zone}).",
    leave_message: "Deje aquí su mensaje; entonces lo leeremos.",
    days: ["lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"],
    joined: "{name} le atiende ahora.",
    welcome: "¡Hola! ¿Qué le gustaría saber? Aquí responde un bot. Díganoslo cuando quiera hablar con una persona.",
    already_called: "Ya hay alguien en camino.",
    handed_back: "El bot vuelve a responder aquí. Díganoslo cuando quiera hablar con una persona.",
    closed: "Esta conversación está cerrada. Si queda algo pendiente, escriba aquí y lo veremos.",
    never_mind: "Ya no hace falta",
    left: "De acuerdo, ya no está en la cola. El bot vuelve a responder aquí; díganoslo cuando quiera hablar con una persona.",
    answered_already: "Ya le está atendiendo una persona aquí, así que lo dejo en sus manos. Dígaselo si ya no necesita nada.",
};

const FRENCH: Words = Words {
    first: "C'est bientôt votre tour.",
    at: "Vous êtes en position {position}.",
    many: "Beaucoup de personnes attendent en ce moment, cela peut prendre du temps.",
    estimate: "Ces derniers temps, l'attente était d'environ {from} à {to} minutes.",
    no_estimate: "Nous ne pouvons pas encore estimer l'attente.",
    go_on: "Vous pouvez continuer à écrire ; ce sera lu.",
    back_in_line: "Une autre personne de l'équipe va prendre le relais.",
    back_today: "Personne n'est là pour le moment. Nous revenons aujourd'hui à {time} ({zone}).",
    back_on: "Personne n'est là pour le moment. Nous revenons {day} à {time} ({zone}).",
    leave_message: "Laissez votre message ici ; il sera lu à ce moment-là.",
    days: ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"],
    joined: "{name} vous répond maintenant.",
    welcome: "Bonjour ! Que souhaitez-vous savoir ? Un bot répond ici. Dites-le quand vous souhaitez parler à une personne.",
    already_called: "Quelqu'un arrive déjà.",
    handed_back: "Le bot répond de nouveau ici. Dites-le quand vous souhaitez parler à une personne.",
    closed: "Cette conversation est close. S'il reste quelque chose, écrivez ici et nous le verrons.",
    never_mind: "Ce n'est plus la peine",
    left: "D'accord, vous n'attendez plus. Le bot répond de nouveau ici ; dites-le quand vous souhaitez parler à une personne.",
    answered_already: "Quelqu'un vous répond déjà ici, je le lui laisse donc. Dites-lui simplement si ce n'est plus la peine.",
};

const ARABIC: Words = Words {
    first: "دورك هو التالي.",
    at: "ترتيبك في الانتظار {position}.",
    many: "ينتظر كثيرون الآن، وقد يستغرق الأمر بعض الوقت.",
    estimate: "استغرق الانتظار مؤخرًا نحو {from} إلى {to} دقيقة.",
    no_estimate: "لا يمكننا تقدير مدة الانتظار بعد.",
    go_on: "يمكنك مواصلة الكتابة وسنقرأ ما تكتبه.",
    back_in_line: "سيتابع معك زميل آخر هنا.",
    back_today: "لا يوجد أحد هنا الآن. نعود اليوم الساعة {time} ({zone}).",
    back_on: "لا يوجد أحد هنا الآن. نعود يوم {day} الساعة {time} ({zone}).",
    leave_message: "اترك رسالتك هنا وسنقرؤها حينها.",
    days: ["الاثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة", "السبت", "الأحد"],
    joined: "{name} معك الآن.",
    welcome: "مرحبًا! ماذا تود أن تعرف؟ يجيب هنا بوت. أخبرنا متى أردت التحدث إلى شخص.",
    already_called: "هناك من هو في الطريق إليك.",
    handed_back: "يجيب البوت هنا من جديد. أخبرنا متى أردت التحدث إلى شخص.",
    closed: "أُغلقت هذه المحادثة. إذا بقي شيء فاكتب هنا وسنراه.",
    never_mind: "لم يعد الأمر ضروريًا",
    left: "حسنًا، لم تعد في الانتظار. يجيب البوت هنا من جديد؛ أخبرنا متى أردت التحدث إلى شخص.",
    answered_already: "هناك من يجيبك هنا بالفعل، فأترك الأمر له. أخبره فقط إن لم تعد بحاجة إلى شيء.",
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

/// What people write who need nobody any more, in whichever language: letters and spaces alone, in lower case.
const NEVER_MIND: &[&str] = &[
    "never mind",
    "nevermind",
    "nvm",
    "cancel",
    "forget it",
    "found it",
    "i found it",
    "no i found it",
    "hat sich erledigt",
    "schon gut",
    "vergiss es",
    "abbrechen",
    "ya no hace falta",
    "no importa",
    "olvídalo",
    "olvidalo",
    "déjalo",
    "dejalo",
    "déjelo",
    "cancelar",
    "ce n est plus la peine",
    "laissez tomber",
    "laisse tomber",
    "annuler",
    "لم يعد الأمر ضروريًا",
    "لم يعد الأمر ضروريا",
    "لا داعي",
    "إلغاء",
];

/// What people add to it: it says nothing by itself.
const COURTESY: &[&str] = &[
    "thanks",
    "thank",
    "you",
    "thx",
    "ty",
    "please",
    "ok",
    "okay",
    "all",
    "good",
    "then",
    "danke",
    "bitte",
    "doch",
    "dann",
    "gracias",
    "por",
    "favor",
    "bueno",
    "merci",
    "svp",
    "شكرا",
    "شكرًا",
];

/// Whether the whole text says that nobody is needed any more.
pub(super) fn is_never_mind(text: &str) -> bool {
    // Marks of Arabic are no letters, and they are written or not.
    let part = |letter: char| letter.is_alphanumeric() || ('\u{64b}'..='\u{652}').contains(&letter);
    let text = text.to_lowercase();
    let words: Vec<&str> = text
        .split(|letter| !part(letter))
        .filter(|word| !word.is_empty())
        .collect();
    let said = words.iter().filter(|word| !COURTESY.contains(*word));
    let said: Vec<&str> = said.copied().collect();
    [words.join(" "), said.join(" ")]
        .iter()
        .any(|text| NEVER_MIND.contains(&text.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_says_what_it_was_told() {
        let opening = |today| Opening {
            day: 6,
            today,
            time: "09:15".to_owned(),
        };
        for language in ["en", "de-AT", "es", "fr", "ar", "xx"] {
            let words = words(language);
            let waiting = words.waiting(Some(7), Some(Range { from: 10, to: 25 }));
            for number in ["7", "10", "25"] {
                assert!(waiting.contains(number), "{waiting}");
            }
            assert!(words.joined("Carol").contains("Carol"));
            let away = words.away(&opening(false), "Asia/Tokyo");
            for part in ["09:15", "Asia/Tokyo", words.days[6]] {
                assert!(away.contains(part), "{away}");
            }
            let texts = [
                waiting,
                away,
                words.away(&opening(true), "UTC"),
                words.waiting(None, None),
            ];
            for text in texts.into_iter().chain([words.waiting(Some(1), None)]) {
                assert!(!text.contains('{'), "{text}");
            }
        }
    }

    #[test]
    fn what_the_button_says_can_be_written() {
        for language in ["en", "de", "es", "fr", "ar"] {
            assert!(is_never_mind(words(language).never_mind), "{language}");
        }
        for text in [
            "Never mind!",
            " CANCEL. ",
            "/cancel",
            "Ce n’est plus la peine",
            "never mind, thanks",
            "Nevermind thx",
            "Cancel please",
            "no thanks, I found it",
            "Déjalo, gracias",
            "Schon gut, danke!",
        ] {
            assert!(is_never_mind(text), "{text}");
        }
        for text in [
            "",
            "never",
            "never mind the price, when do you open?",
            "cancel my order",
            "thanks",
            "please",
        ] {
            assert!(!is_never_mind(text), "{text}");
        }
    }
}
