//! What the plugin says beside the items, in each language it speaks.

use switchboard_plugin::texts::pick;

/// All lines in one language.
#[derive(Debug)]
pub(crate) struct Texts {
    pub(crate) read: &'static str,
    /// Of an item that has neither title nor summary.
    pub(crate) untitled: &'static str,
    pub(crate) from: &'static str,
    pub(crate) from_by: &'static str,
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
    read: "Read it",
    untitled: "Something new",
    from: "From {source}",
    from_by: "From {source}, by {author}",
};

const GERMAN: Texts = Texts {
    read: "Lesen",
    untitled: "Etwas Neues",
    from: "Aus {source}",
    from_by: "Aus {source}, von {author}",
};

const SPANISH: Texts = Texts {
    read: "Leer",
    untitled: "Algo nuevo",
    from: "De {source}",
    from_by: "De {source}, por {author}",
};

const FRENCH: Texts = Texts {
    read: "Lire",
    untitled: "Du nouveau",
    from: "De {source}",
    from_by: "De {source}, par {author}",
};

const ARABIC: Texts = Texts {
    read: "اقرأ",
    untitled: "شيء جديد",
    from: "من {source}",
    from_by: "من {source}، بقلم {author}",
};
