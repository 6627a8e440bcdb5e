//! What the plugin says, in each language it speaks.

use switchboard_plugin::texts::pick;

/// All lines in one language. `{why}` is one of the reasons.
#[derive(Debug)]
pub(crate) struct Texts {
    pub(crate) warned: &'static str,
    pub(crate) deleted: &'static str,
    pub(crate) muted: &'static str,
    pub(crate) word: &'static str,
    pub(crate) blocked_site: &'static str,
    pub(crate) other_site: &'static str,
    pub(crate) imitation: &'static str,
    pub(crate) misleading: &'static str,
    pub(crate) flood: &'static str,
    pub(crate) repeats: &'static str,
    pub(crate) calls: &'static str,
    pub(crate) newcomer: &'static str,
    pub(crate) may_appeal: &'static str,
    pub(crate) appeal: &'static str,
    pub(crate) say: &'static str,
    pub(crate) appealed: &'static str,
    pub(crate) again: &'static str,
    pub(crate) over: &'static str,
    pub(crate) not_yours: &'static str,
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
    warned: "Hello {name}, a friendly word: {why}. Nothing was deleted; please keep it in mind.",
    deleted: "Hello {name}, I took your message away: {why}.",
    muted: "Hello {name}, I took your message away: {why}. It has happened before, so please take a break: you can write again in {minutes} minutes.",
    word: "there is a word in it that is not used here",
    blocked_site: "it leads to a site that is not allowed here",
    other_site: "links are allowed here to a few sites only, and this is none of them",
    imitation: "the link looks like {site}, but is another site",
    misleading: "the link shows another site than the one it leads to",
    flood: "there were many messages within a short time",
    repeats: "the same text was posted again and again",
    calls: "it calls many people at once",
    newcomer: "new accounts can post links a little later",
    may_appeal: "If you think that this is wrong, tell us: a person looks at it.",
    appeal: "A person should look",
    say: "What should they know? You may leave this empty.",
    appealed: "Thank you. A person from our team looks at it.",
    again: "Our team has it already. Thank you for your patience.",
    over: "That was too long ago. If something is still wrong, please write to us.",
    not_yours: "This button is for the person whom it is about.",
};

const GERMAN: Texts = Texts {
    warned: "Hallo {name}, ein freundliches Wort: {why}. Es wurde nichts gelöscht; bitte denk beim nächsten Mal daran.",
    deleted: "Hallo {name}, ich habe deine Nachricht entfernt: {why}.",
    muted: "Hallo {name}, ich habe deine Nachricht entfernt: {why}. Das war nicht das erste Mal, deshalb bitte eine Pause: In {minutes} Minuten kannst du wieder schreiben.",
    word: "darin steht ein Wort, das hier nicht benutzt wird",
    blocked_site: "sie führt zu einer Seite, die hier nicht erlaubt ist",
    other_site: "hier sind nur Links zu einigen Seiten erlaubt, und diese gehört nicht dazu",
    imitation: "der Link sieht aus wie {site}, ist aber eine andere Seite",
    misleading: "der Link zeigt eine andere Seite als die, zu der er führt",
    flood: "es waren viele Nachrichten in kurzer Zeit",
    repeats: "derselbe Text wurde immer wieder gepostet",
    calls: "darin werden viele Leute auf einmal gerufen",
    newcomer: "neue Konten können erst etwas später Links posten",
    may_appeal: "Wenn du meinst, dass das falsch ist, sag es uns: Ein Mensch sieht es sich an.",
    appeal: "Bitte ansehen",
    say: "Was sollten wir wissen? Du kannst das leer lassen.",
    appealed: "Danke. Ein Mensch aus unserem Team sieht es sich an.",
    again: "Unser Team hat es schon. Danke für deine Geduld.",
    over: "Das ist zu lange her. Wenn noch etwas nicht stimmt, schreib uns bitte.",
    not_yours: "Dieser Knopf ist für die Person, um die es geht.",
};

const SPANISH: Texts = Texts {
    warned: "Hola, {name}: un aviso amable: {why}. No se ha borrado nada; tenlo en cuenta, por favor.",
    deleted: "Hola, {name}: he retirado tu mensaje: {why}.",
    muted: "Hola, {name}: he retirado tu mensaje: {why}. Ya había pasado antes, así que haz una pausa, por favor: podrás escribir de nuevo en {minutes} minutos.",
    word: "contiene una palabra que aquí no se usa",
    blocked_site: "lleva a un sitio que aquí no está permitido",
    other_site: "aquí solo se permiten enlaces a algunos sitios, y este no es uno de ellos",
    imitation: "el enlace se parece a {site}, pero es otro sitio",
    misleading: "el enlace muestra un sitio distinto de aquel al que lleva",
    flood: "hubo muchos mensajes en poco tiempo",
    repeats: "el mismo texto se publicó una y otra vez",
    calls: "llama a muchas personas a la vez",
    newcomer: "las cuentas nuevas pueden publicar enlaces un poco más tarde",
    may_appeal: "Si crees que es un error, dínoslo: una persona lo revisará.",
    appeal: "Que lo revise alguien",
    say: "¿Qué deberíamos saber? Puedes dejarlo vacío.",
    appealed: "Gracias. Una persona de nuestro equipo lo revisará.",
    again: "Nuestro equipo ya lo tiene. Gracias por tu paciencia.",
    over: "Fue hace demasiado tiempo. Si algo sigue mal, escríbenos, por favor.",
    not_yours: "Este botón es para la persona de la que se trata.",
};

const FRENCH: Texts = Texts {
    warned: "Bonjour {name}, un petit mot amical : {why}. Rien n'a été supprimé ; merci d'y penser.",
    deleted: "Bonjour {name}, j'ai retiré votre message : {why}.",
    muted: "Bonjour {name}, j'ai retiré votre message : {why}. Ce n'est pas la première fois, alors faites une pause, s'il vous plaît : vous pourrez écrire à nouveau dans {minutes} minutes.",
    word: "il contient un mot qui n'est pas utilisé ici",
    blocked_site: "il mène à un site qui n'est pas autorisé ici",
    other_site: "seuls les liens vers quelques sites sont autorisés ici, et celui-ci n'en fait pas partie",
    imitation: "le lien ressemble à {site}, mais c'est un autre site",
    misleading: "le lien affiche un autre site que celui où il mène",
    flood: "il y a eu beaucoup de messages en peu de temps",
    repeats: "le même texte a été publié plusieurs fois",
    calls: "il appelle beaucoup de personnes à la fois",
    newcomer: "les nouveaux comptes peuvent publier des liens un peu plus tard",
    may_appeal: "Si vous pensez que c'est une erreur, dites-le-nous : une personne le regardera.",
    appeal: "Qu'une personne regarde",
    say: "Que devrions-nous savoir ? Vous pouvez laisser ce champ vide.",
    appealed: "Merci. Une personne de notre équipe va le regarder.",
    again: "Notre équipe l'a déjà. Merci de votre patience.",
    over: "C'était il y a trop longtemps. Si quelque chose ne va toujours pas, écrivez-nous.",
    not_yours: "Ce bouton est pour la personne concernée.",
};

const ARABIC: Texts = Texts {
    warned: "مرحبًا {name}، كلمة ودّية: {why}. لم يُحذف شيء؛ نرجو مراعاة ذلك.",
    deleted: "مرحبًا {name}، أزلتُ رسالتك: {why}.",
    muted: "مرحبًا {name}، أزلتُ رسالتك: {why}. حدث هذا من قبل، فنرجو أخذ استراحة: يمكنك الكتابة مجددًا بعد {minutes} دقيقة.",
    word: "فيها كلمة لا تُستعمل هنا",
    blocked_site: "تقود إلى موقع غير مسموح به هنا",
    other_site: "لا يُسمح هنا إلا بروابط إلى مواقع قليلة، وليس هذا منها",
    imitation: "يشبه الرابط {site} لكنه موقع آخر",
    misleading: "يُظهر الرابط موقعًا غير الذي يقود إليه",
    flood: "كانت هناك رسائل كثيرة في وقت قصير",
    repeats: "نُشر النص نفسه مرة بعد مرة",
    calls: "تنادي أشخاصًا كثيرين دفعة واحدة",
    newcomer: "يمكن للحسابات الجديدة نشر الروابط بعد قليل",
    may_appeal: "إن كنت ترى أن هذا خطأ فأخبرنا: سيطّلع عليه إنسان.",
    appeal: "ليطّلع عليه إنسان",
    say: "ماذا ينبغي أن نعرف؟ يمكنك ترك هذا فارغًا.",
    appealed: "شكرًا. سيطّلع عليه إنسان من فريقنا.",
    again: "وصل الأمر إلى فريقنا بالفعل. شكرًا على صبرك.",
    over: "كان ذلك منذ زمن طويل. إن بقي شيء غير صحيح فاكتب إلينا من فضلك.",
    not_yours: "هذا الزر للشخص المعنيّ بالأمر.",
};
