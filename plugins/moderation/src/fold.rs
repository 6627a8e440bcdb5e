//! Words as they are compared: in whatever case, accents, width and script, and with nothing invisible in them. Pure.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;
use unicode_security::skeleton;

/// One word, in the forms in which it may be disguised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    /// Small letters without accents.
    pub(crate) plain: String,
    /// As its small and its capital letters look; none where all letters are what they look like.
    looks: Option<[String; 2]>,
}

impl Word {
    fn new(written: &str) -> Self {
        let plain = plain(written);
        let foreign = !plain.is_ascii();
        Self {
            looks: foreign.then(|| looks(written)),
            plain,
        }
    }

    /// Whether it is that word, or looks like it.
    pub(crate) fn is(&self, blocked: &Blocked) -> bool {
        if self.plain == blocked.plain {
            return true;
        }
        let looks = self.looks.as_ref();
        looks.is_some_and(|looks| looks.iter().zip(&blocked.looks).any(|(look, blocked)| look == blocked))
    }
}

/// A word to compare with: its looks are known whatever letters it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Blocked {
    pub(crate) plain: String,
    looks: [String; 2],
}

impl Blocked {
    fn new(written: &str) -> Self {
        Self {
            plain: plain(written),
            looks: looks(written),
        }
    }
}

/// The words of a text, in order.
pub(crate) fn words(text: &str) -> Vec<Word> {
    split(text).iter().map(|word| Word::new(word)).collect()
}

/// The words of a phrase to compare with.
pub(crate) fn blocked(text: &str) -> Vec<Blocked> {
    split(text).iter().map(|word| Blocked::new(word)).collect()
}

/// Full width becomes usual width, and what nobody sees is gone.
fn split(text: &str) -> Vec<String> {
    let seen: String = text.nfkc().filter(|letter| !is_unseen(*letter)).collect();
    let is_part = |letter: char| letter.is_alphanumeric() || is_combining_mark(letter);
    let words = seen.split(|letter: char| !is_part(letter));
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Small letters without accents.
pub(crate) fn plain(text: &str) -> String {
    let lower = text.nfkc().flat_map(char::to_lowercase);
    let apart: String = lower.collect::<String>().nfd().collect();
    let bare = apart
        .chars()
        .filter(|letter| !is_combining_mark(*letter) && !is_unseen(*letter));
    bare.nfc().collect()
}

/// As it looks, in small letters and in capitals: a Cyrillic *Н* looks like *H*, and its small letter like nothing of ours.
pub(crate) fn looks(text: &str) -> [String; 2] {
    let look = |text: String| {
        let bare: String = skeleton(&text).filter(|letter| !is_combining_mark(*letter)).collect();
        bare.to_lowercase()
    };
    [look(text.to_lowercase()), look(text.to_uppercase())]
}

/// Signs without a look of their own: joiners, marks of direction, soft hyphens, letters of tags.
fn is_unseen(letter: char) -> bool {
    matches!(letter,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
        | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}'
        | '\u{FEFF}' | '\u{FFA0}' | '\u{E0000}'..='\u{E0FFF}')
}

/// Whether the words of such a text do not stand apart.
pub(crate) fn runs_on(text: &str) -> bool {
    text.chars().any(|letter| {
        matches!(letter, '\u{E00}'..='\u{EFF}' | '\u{1780}'..='\u{17FF}' | '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}'
            | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn is(text: &str, word: &str) -> bool {
        let blocked = blocked(word).remove(0);
        words(text).iter().any(|said| said.is(&blocked))
    }

    #[test]
    fn a_word_is_known_again_in_whatever_disguise() {
        for text in [
            "Casino!",
            "the CASINO",
            "çåsìñö",
            "ｃａｓｉｎｏ",
            "cas\u{200B}ino",
            "ca\u{AD}si\u{FEFF}no",
            "с\u{430}sino",
            "СASINО",
            "cаsіnо",
            "𝒄𝒂𝒔𝒊𝒏𝒐",
        ] {
            assert!(is(text, "casino"), "{text}");
        }
        assert!(is("mаrket", "market") && is("ΜΑRΚΕΤ", "market"));
        assert!(is("Straße", "straße") && is("STRAẞE", "straße"));
    }

    #[test]
    fn words_are_whole_and_others_are_none() {
        for text in ["casinos", "occasino", "cas in o", "corn", "com"] {
            assert!(!is(text, "casino"), "{text}");
        }
        // Only what is written with other letters is taken for what it looks like.
        assert!(!is("com", "corn") && !is("modern", "modem"));
        assert!(is("спам", "спам") && !is("спал", "спам"));
    }
}
