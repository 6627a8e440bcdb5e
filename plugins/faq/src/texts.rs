//! What the plugin says, in each language it speaks.

use switchboard_plugin::texts::pick;

/// All lines in one language.
#[derive(Debug)]
pub(crate) struct Texts {
    pub(crate) hello: &'static str,
    pub(crate) welcome: &'static str,
    pub(crate) bye: &'static str,
    pub(crate) glad: &'static str,
    pub(crate) only_files: &'static str,
    pub(crate) did_you_mean: &'static str,
    pub(crate) sorry_perhaps: &'static str,
    pub(crate) sorry_nothing: &'static str,
    pub(crate) sorry_again: &'static str,
    pub(crate) nothing_found: &'static str,
    pub(crate) uncertain: &'static str,
    pub(crate) staff_only: &'static str,
    pub(crate) not_here: &'static str,
    pub(crate) ask_staff: &'static str,
    pub(crate) wait_for_people: &'static str,
    pub(crate) waiting: &'static str,
    pub(crate) colleague: &'static str,
    pub(crate) gone: &'static str,
    pub(crate) unasked: &'static str,
}

impl Texts {
    /// In `language`, with or without a region; else in English.
    pub(crate) fn of(language: &str) -> &'static Self {
        pick(SPOKEN, language)
    }
}

const SPOKEN: &[(&str, Texts)] = &[
    ("en", ENGLISH),
    ("de", GERMAN),
    ("es", SPANISH),
    ("fr", FRENCH),
    ("ar", ARABIC),
];

const ENGLISH: Texts = Texts {
    hello: "Hello! What would you like to know?",
    welcome: "You're welcome!",
    bye: "Bye! Write again any time.",
    glad: "Glad that helped.",
    only_files: "I can't look into files. Please write your question in a few words.",
    did_you_mean: "Did you mean one of these?",
    sorry_perhaps: "Sorry that this was not it. Perhaps one of these?",
    sorry_nothing: "Sorry that this was not it. I have nothing better, but a person can help.",
    sorry_again: "Sorry that this was not it. Please ask again in other words, or let a person help.",
    nothing_found: "I don't know that: I found nothing about it.",
    uncertain: "I don't know that for sure, so I'd rather not guess.",
    staff_only: "Only the staff can answer that.",
    not_here: "I can't answer that here.",
    ask_staff: "Ask the staff",
    wait_for_people: "Wait for people here",
    waiting: "All right, I leave this to the people here.",
    colleague: "I am getting a colleague. Please wait here.",
    gone: "That answer is no longer there. Please ask again.",
    unasked: "*I'm a bot, and this may help:*",
};

const GERMAN: Texts = Texts {
    hello: "Hallo! Was möchtest du wissen?",
    welcome: "Gern geschehen!",
    bye: "Tschüss! Schreib jederzeit wieder.",
    glad: "Schön, dass es geholfen hat.",
    only_files: "In Dateien kann ich nicht hineinsehen. Schreib deine Frage bitte in ein paar Worten.",
    did_you_mean: "Meinst du eines davon?",
    sorry_perhaps: "Schade, dass es das nicht war. Vielleicht eines davon?",
    sorry_nothing: "Schade, dass es das nicht war. Etwas Besseres habe ich nicht, aber ein Mensch kann helfen.",
    sorry_again: "Schade, dass es das nicht war. Frag bitte noch einmal mit anderen Worten, oder lass einen Menschen helfen.",
    nothing_found: "Das weiß ich nicht: Ich habe nichts dazu gefunden.",
    uncertain: "Das weiß ich nicht sicher, und raten möchte ich nicht.",
    staff_only: "Das kann nur das Team beantworten.",
    not_here: "Das kann ich hier nicht beantworten.",
    ask_staff: "Das Team fragen",
    wait_for_people: "Auf Leute hier warten",
    waiting: "Gut, ich überlasse das den Leuten hier.",
    colleague: "Ich hole jemanden aus dem Team. Bitte warten Sie hier.",
    gone: "Diese Antwort gibt es nicht mehr. Frag bitte noch einmal.",
    unasked: "*Ich bin ein Bot, und das hilft vielleicht:*",
};

const SPANISH: Texts = Texts {
    hello: "¡Hola! ¿Qué quieres saber?",
    welcome: "¡De nada!",
    bye: "¡Hasta luego! Escribe cuando quieras.",
    glad: "Me alegro de que haya servido.",
    only_files: "No puedo mirar dentro de archivos. Escribe tu pregunta en pocas palabras, por favor.",
    did_you_mean: "¿Te refieres a algo de esto?",
    sorry_perhaps: "Siento que no fuera eso. ¿Quizá algo de esto?",
    sorry_nothing: "Siento que no fuera eso. No tengo nada mejor, pero una persona puede ayudarte.",
    sorry_again: "Siento que no fuera eso. Pregunta otra vez con otras palabras, por favor, o deja que te ayude una persona.",
    nothing_found: "No lo sé: no he encontrado nada sobre eso.",
    uncertain: "No lo sé con seguridad y prefiero no adivinar.",
    staff_only: "Eso solo lo puede responder el equipo.",
    not_here: "Eso no lo puedo responder aquí.",
    ask_staff: "Preguntar al equipo",
    wait_for_people: "Esperar a la gente de aquí",
    waiting: "De acuerdo, lo dejo a la gente de aquí.",
    colleague: "Voy a buscar a alguien del equipo. Espere aquí, por favor.",
    gone: "Esa respuesta ya no está. Pregunta otra vez, por favor.",
    unasked: "*Soy un bot y quizá esto ayude:*",
};

const FRENCH: Texts = Texts {
    hello: "Bonjour ! Que voulez-vous savoir ?",
    welcome: "Avec plaisir !",
    bye: "Au revoir ! Écrivez quand vous voulez.",
    glad: "Tant mieux si cela vous a aidé.",
    only_files: "Je ne peux pas regarder dans les fichiers. Écrivez votre question en quelques mots, s'il vous plaît.",
    did_you_mean: "Pensez-vous à l'une de ces questions ?",
    sorry_perhaps: "Désolé que ce ne soit pas cela. Peut-être l'une de celles-ci ?",
    sorry_nothing: "Désolé que ce ne soit pas cela. Je n'ai rien de mieux, mais une personne peut vous aider.",
    sorry_again: "Désolé que ce ne soit pas cela. Posez la question en d'autres mots, s'il vous plaît, ou laissez une personne vous aider.",
    nothing_found: "Je ne sais pas : je n'ai rien trouvé à ce sujet.",
    uncertain: "Je n'en suis pas sûr et je préfère ne pas deviner.",
    staff_only: "Seule l'équipe peut répondre à cela.",
    not_here: "Je ne peux pas répondre à cela ici.",
    ask_staff: "Demander à l'équipe",
    wait_for_people: "Attendre les gens d'ici",
    waiting: "Entendu, je laisse les gens d'ici répondre.",
    colleague: "Je vais chercher quelqu'un de l'équipe. Patientez ici, s'il vous plaît.",
    gone: "Cette réponse n'existe plus. Posez la question à nouveau, s'il vous plaît.",
    unasked: "*Je suis un bot, et ceci peut aider :*",
};

const ARABIC: Texts = Texts {
    hello: "مرحبًا! ماذا تريد أن تعرف؟",
    welcome: "على الرحب والسعة!",
    bye: "إلى اللقاء! اكتب متى شئت.",
    glad: "يسرّني أن ذلك أفادك.",
    only_files: "لا أستطيع النظر داخل الملفات. اكتب سؤالك في كلمات قليلة من فضلك.",
    did_you_mean: "هل تقصد أحد هذه؟",
    sorry_perhaps: "آسف أن ذلك لم يكن المطلوب. ربما أحد هذه؟",
    sorry_nothing: "آسف أن ذلك لم يكن المطلوب. ليس عندي أفضل منه، لكن شخصًا من الفريق يستطيع المساعدة.",
    sorry_again: "آسف أن ذلك لم يكن المطلوب. اسأل مرة أخرى بكلمات أخرى من فضلك، أو دع شخصًا من الفريق يساعدك.",
    nothing_found: "لا أعرف ذلك: لم أجد شيئًا عنه.",
    uncertain: "لا أعرف ذلك على وجه اليقين، ولا أريد أن أخمّن.",
    staff_only: "لا يستطيع الإجابة عن ذلك إلا الفريق.",
    not_here: "لا أستطيع الإجابة عن ذلك هنا.",
    ask_staff: "اسأل الفريق",
    wait_for_people: "انتظر الناس هنا",
    waiting: "حسنًا، أترك ذلك للناس هنا.",
    colleague: "سأحضر زميلًا من الفريق. انتظر هنا من فضلك.",
    gone: "لم يعد هذا الجواب موجودًا. اسأل مرة أخرى من فضلك.",
    unasked: "*أنا بوت، وقد يفيد هذا:*",
};
