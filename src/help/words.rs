//! What people read about the bot, in their language.

use crate::model::Content;
use crate::model::language::primary;

/// The texts of one language.
pub(super) struct Words {
    /// The line of the platforms' menus.
    pub(super) help: &'static str,
    bot: &'static str,
    pub(super) ask: &'static str,
    pub(super) ask_here: &'static str,
    pub(super) person: &'static str,
    pub(super) list: &'static str,
    unknown: &'static str,
}

impl Words {
    /// Whose bot it is, and what it does.
    pub(super) fn bot(&self, community: &str) -> String {
        self.bot.replace("{community}", community)
    }

    /// That there is no such command, and which one tells what there is.
    pub(super) fn unknown(&self, name: &str) -> Content {
        // Names have no braces.
        Content::plain(&self.unknown.replace("{name}", name))
    }
}

/// Those in which there are texts; English first.
pub(super) const LANGUAGES: [&str; 5] = ["en", "de", "es", "fr", "ar"];

const ENGLISH: Words = Words {
    help: "What the bot does here, and how to reach a person",
    bot: "I am the bot of {community}. I answer from what people here have written down, name the source, and say so when I do \
          not know.",
    ask: "Just write your question.",
    ask_here: "Call me by name with your question, or reply to one of my messages.",
    person: "Would you rather talk to a person? Say so in your own words, or press \u{201c}A person, please\u{201d} under an \
             answer. While a person answers, I keep quiet.",
    list: "You can also write:",
    unknown: "I don't know /{name}; /help lists what I can do.",
};

const GERMAN: Words = Words {
    help: "Was der Bot hier tut und wie Sie einen Menschen erreichen",
    bot: "Ich bin der Bot von {community}. Ich antworte aus dem, was Menschen hier aufgeschrieben haben, nenne die Quelle und sage, \
          wenn ich etwas nicht weiß.",
    ask: "Schreiben Sie einfach Ihre Frage.",
    ask_here: "Nennen Sie mich mit Ihrer Frage beim Namen, oder antworten Sie auf eine meiner Nachrichten.",
    person: "Möchten Sie lieber mit einem Menschen sprechen? Sagen Sie es mit eigenen Worten, oder drücken Sie unter einer Antwort \
             \u{201e}Bitte ein Mensch\u{201c}. Solange ein Mensch antwortet, bin ich still.",
    list: "Außerdem können Sie schreiben:",
    unknown: "/{name} kenne ich nicht; /help zeigt, was ich kann.",
};

const SPANISH: Words = Words {
    help: "Qué hace aquí el bot y cómo hablar con una persona",
    bot: "Soy el bot de {community}. Respondo con lo que las personas de aquí han escrito, digo la fuente y aviso cuando no sé algo.",
    ask: "Escriba sin más su pregunta.",
    ask_here: "Llámeme por mi nombre con su pregunta, o responda a uno de mis mensajes.",
    person: "¿Prefiere hablar con una persona? Dígalo con sus propias palabras o pulse «Una persona, por favor» debajo de una \
             respuesta. Mientras responde una persona, yo callo.",
    list: "También puede escribir:",
    unknown: "No conozco /{name}; /help muestra lo que sé hacer.",
};

const FRENCH: Words = Words {
    help: "Ce que le bot fait ici, et comment joindre une personne",
    bot: "Je suis le bot de {community}. Je réponds d’après ce que des personnes ont écrit ici, je nomme la source et je le dis quand \
          je ne sais pas.",
    ask: "Écrivez simplement votre question.",
    ask_here: "Appelez-moi par mon nom avec votre question, ou répondez à l’un de mes messages.",
    person: "Préférez-vous parler à une personne ? Dites-le avec vos mots, ou appuyez sur « Une personne, s’il vous plaît » sous une \
             réponse. Tant qu’une personne répond, je me tais.",
    list: "Vous pouvez aussi écrire :",
    unknown: "Je ne connais pas /{name} ; /help montre ce que je sais faire.",
};

const ARABIC: Words = Words {
    help: "ما يفعله البوت هنا، وكيف تصل إلى شخص",
    bot: "أنا بوت {community}. أجيب مما كتبه الناس هنا، وأذكر المصدر، وأقول ذلك حين لا أعرف.",
    ask: "اكتب سؤالك فحسب.",
    ask_here: "نادني باسمي مع سؤالك، أو رُدّ على إحدى رسائلي.",
    person: "هل تفضّل التحدث إلى شخص؟ قل ذلك بكلماتك، أو اضغط على «أريد التحدث إلى شخص» تحت الإجابة. وما دام شخص يجيب فأنا صامت.",
    list: "ويمكنك أيضًا أن تكتب:",
    unknown: "لا أعرف /{name}؛ يعرض /help ما أستطيع فعله.",
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
