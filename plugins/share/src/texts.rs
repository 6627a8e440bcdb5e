//! What the plugin says beside its items, in each language it speaks.

use switchboard_plugin::texts::pick;

/// All lines in one language.
#[derive(Debug)]
pub(crate) struct Texts {
    pub(crate) nothing: &'static str,
    pub(crate) which_kind: &'static str,
    pub(crate) over: &'static str,
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
    nothing: "There is nothing of that kind on the list yet.",
    which_kind: "I can share a tip, a question, a poll or a link. Try /share tip.",
    over: "This poll is over.",
};

const GERMAN: Texts = Texts {
    nothing: "Davon steht noch nichts auf der Liste.",
    which_kind: "Ich kann einen Tipp, eine Frage, eine Umfrage oder einen Link teilen. Versuch /share tip.",
    over: "Diese Umfrage ist vorbei.",
};

const SPANISH: Texts = Texts {
    nothing: "Todavía no hay nada de eso en la lista.",
    which_kind: "Puedo compartir un consejo, una pregunta, una encuesta o un enlace. Prueba /share tip.",
    over: "Esta encuesta ha terminado.",
};

const FRENCH: Texts = Texts {
    nothing: "Il n'y a encore rien de ce genre dans la liste.",
    which_kind: "Je peux partager un conseil, une question, un sondage ou un lien. Essayez /share tip.",
    over: "Ce sondage est terminé.",
};

const ARABIC: Texts = Texts {
    nothing: "لا شيء من هذا النوع في القائمة بعد.",
    which_kind: "أستطيع مشاركة نصيحة أو سؤال أو استطلاع أو رابط. جرّب ‎/share tip.",
    over: "انتهى هذا الاستطلاع.",
};
