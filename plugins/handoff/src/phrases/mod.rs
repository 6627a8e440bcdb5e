//! The rules of each language: tables, nothing else. All words are folded as `wanted::fold` does it.

mod east;
mod germanic;
mod romance;
mod slavic;

/// How a person is asked for in one language.
#[derive(Debug)]
pub(crate) struct Rules {
    pub(crate) language: &'static str,
    /// Whether words are parted by spaces; where not, only `phrases` and `no` count.
    pub(crate) spaced: bool,
    /// Words for a person who can help.
    pub(crate) persons: &'static [&'static str],
    /// What may stand beside such a word in a short call.
    pub(crate) fillers: &'static [&'static str],
    /// Words of talking to somebody.
    pub(crate) talks: &'static [&'static str],
    /// So many words further on, at most, stands the person.
    pub(crate) near_talk: usize,
    /// Words of wanting somebody.
    pub(crate) wants: &'static [&'static str],
    /// So many words further on, at most, stands the person.
    pub(crate) near_want: usize,
    /// Whether the person may stand before the verb.
    pub(crate) verb_last: bool,
    /// Texts that ask whatever stands around.
    pub(crate) phrases: &'static [&'static str],
    /// Words that turn it round.
    pub(crate) no: &'static [&'static str],
    /// Others who may want it: then the text is about them.
    pub(crate) others: &'static [&'static str],
}

/// In the order in which they are tried.
pub(crate) static ALL: &[&Rules] = &[
    &germanic::ENGLISH,
    &germanic::GERMAN,
    &romance::SPANISH,
    &romance::FRENCH,
    &east::ARABIC,
    &romance::PORTUGUESE,
    &romance::ITALIAN,
    &germanic::DUTCH,
    &slavic::POLISH,
    &slavic::RUSSIAN,
    &slavic::UKRAINIAN,
    &east::TURKISH,
    &germanic::SWEDISH,
    &east::CHINESE,
    &east::JAPANESE,
];
