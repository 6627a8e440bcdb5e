//! In which language a text is written, when that is sure.

use std::collections::HashMap;
use std::sync::LazyLock;

use unicode_normalization::{UnicodeNormalization as _, is_nfkc};
use whatlang::Lang;

/// Shorter texts are guessed too often wrongly, as "ok", "Hallo Bob" or a product's name.
const LETTERS_MIN: usize = 12;

/// Scripts other than Latin begin here.
const LATIN_END: char = '\u{250}';

/// At this confidence one question in five hundred of the public question sets is taken for another language.
const CONFIDENCE_MIN: f64 = 0.5;

/// Two little words of one language and none of another are as sure as that, at a hundredth of the cost.
const OWN_WORDS_MIN: u32 = 2;

/// Little words that belong to one language alone among those we tell apart, by language. What two share is left out:
/// Danish and Norwegian share so many that they have no list and are told apart by the statistics.
const OWN_WORDS: [(&str, &[&str]); 10] = [
    (
        "en",
        &[
            "about", "and", "could", "does", "from", "have", "how", "please", "should", "the", "there", "they", "this",
            "what", "when", "where", "which", "who", "why", "with", "would", "you", "your",
        ],
    ),
    (
        "de",
        &[
            "auch", "auf", "bitte", "eine", "einen", "für", "gibt", "ich", "ist", "kann", "mein", "meine", "mit",
            "möchte", "nicht", "oder", "sich", "und", "warum", "welche", "wenn", "werden", "wie", "wird",
        ],
    ),
    (
        "es",
        &[
            "cuando", "cuál", "cuándo", "cómo", "dónde", "estoy", "gracias", "hacer", "hay", "hola", "las", "los",
            "muy", "puede", "puedo", "qué", "quiero", "tengo", "usted", "ustedes",
        ],
    ),
    (
        "fr",
        &[
            "avec", "cette", "dans", "est", "faire", "nous", "peut", "pour", "pourquoi", "puis", "quand", "quel",
            "quelle", "sont", "une", "vous", "être",
        ],
    ),
    (
        "pt",
        &[
            "então", "fazer", "há", "isso", "meu", "minha", "muito", "não", "obrigado", "onde", "pelo", "são", "uma",
            "você",
        ],
    ),
    (
        "it",
        &[
            "alla", "anche", "che", "cosa", "degli", "della", "dove", "gli", "grazie", "mio", "nel", "perché", "più",
            "questo", "sono", "vorrei", "è",
        ],
    ),
    (
        "nl",
        &[
            "deze", "een", "graag", "heb", "hebben", "het", "hoe", "ik", "jullie", "mijn", "naar", "niet", "waarom",
            "wanneer", "wordt", "zijn",
        ],
    ),
    (
        "sv",
        &[
            "att", "ett", "finns", "från", "för", "hur", "inte", "jag", "när", "och", "vad", "varför", "vill", "är",
        ],
    ),
    (
        "pl",
        &[
            "czy", "dla", "dlaczego", "gdzie", "jaka", "jaki", "jest", "kiedy", "mogę", "moje", "proszę", "przez",
            "się", "tego", "żeby",
        ],
    ),
    (
        "tr",
        &[
            "bir",
            "daha",
            "değil",
            "hangi",
            "istiyorum",
            "için",
            "nasıl",
            "neden",
            "nedir",
            "nerede",
            "olarak",
            "zaman",
            "çok",
        ],
    ),
];

/// BCP 47, when sure. A wrong guess answers somebody in a language they do not read, so most short texts are none.
pub fn detect(text: &str) -> Option<&'static str> {
    // Full-width Latin letters, as keyboards of East Asia make them, are Latin letters.
    if !is_nfkc(text) {
        return detect_plain(&text.nfkc().collect::<String>());
    }
    detect_plain(text)
}

fn detect_plain(text: &str) -> Option<&'static str> {
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    if letters < LETTERS_MIN && text.chars().all(|c| c < LATIN_END) {
        return None;
    }
    by_own_words(text).or_else(|| by_statistics(text, letters))
}

/// Quick, and silent when in doubt.
fn by_own_words(text: &str) -> Option<&'static str> {
    static LANGUAGES: LazyLock<HashMap<&'static str, &'static str>> = LazyLock::new(|| {
        let each = |(language, words): (&'static str, &'static [&'static str])| {
            words.iter().map(move |&word| (word, language))
        };
        OWN_WORDS.into_iter().flat_map(each).collect()
    });
    let mut found = None;
    let mut words = 0;
    let mut lower = String::new();
    for word in text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()) {
        lower.clear();
        lower.extend(word.chars().flat_map(char::to_lowercase));
        let Some(&language) = LANGUAGES.get(lower.as_str()) else {
            continue;
        };
        if found.is_some_and(|found| found != language) {
            return None;
        }
        found = Some(language);
        words += 1;
    }
    found.filter(|_| words >= OWN_WORDS_MIN)
}

fn by_statistics(text: &str, letters: usize) -> Option<&'static str> {
    let info = whatlang::detect(text)?;
    // A script of its own is sure even in one word.
    let alone = matches!(
        info.lang(),
        Lang::Heb | Lang::Kor | Lang::Jpn | Lang::Ell | Lang::Tha | Lang::Kat | Lang::Hye
    );
    let sure = alone || (letters >= LETTERS_MIN && info.confidence() >= CONFIDENCE_MIN);
    sure.then(|| code(info.lang())).flatten()
}

/// The longest tag of RFC 5646 in practice.
const TAG_BYTES_MAX: usize = 35;

/// What a stranger says is a BCP 47 tag, if it looks like one.
pub fn tag(text: &str) -> Option<String> {
    let plain = text.len() <= TAG_BYTES_MAX
        && text.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    plain.then(|| text.to_owned())
}

/// The language of a BCP 47 tag without region and script.
pub fn primary(tag: &str) -> &str {
    tag.split(['-', '_']).next().unwrap_or_default()
}

fn code(lang: Lang) -> Option<&'static str> {
    Some(match lang {
        Lang::Eng => "en",
        Lang::Deu => "de",
        Lang::Spa => "es",
        Lang::Fra => "fr",
        Lang::Ara => "ar",
        Lang::Por => "pt",
        Lang::Ita => "it",
        Lang::Nld => "nl",
        Lang::Pol => "pl",
        Lang::Rus => "ru",
        Lang::Ukr => "uk",
        Lang::Tur => "tr",
        Lang::Swe => "sv",
        Lang::Dan => "da",
        Lang::Nob => "nb",
        Lang::Fin => "fi",
        Lang::Ces => "cs",
        Lang::Ron => "ro",
        Lang::Hun => "hu",
        Lang::Ell => "el",
        Lang::Heb => "he",
        Lang::Cmn => "zh",
        Lang::Jpn => "ja",
        Lang::Kor => "ko",
        Lang::Hin => "hi",
        Lang::Vie => "vi",
        Lang::Ind => "id",
        Lang::Tha => "th",
        Lang::Kat => "ka",
        Lang::Hye => "hy",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(detect(text), expected, "{text}");
    }

    #[test]
    fn whole_sentences_are_sure() {
        check("How can I connect my Discord server with this program?", Some("en"));
        check("Wie kann ich meinen Server mit diesem Programm verbinden?", Some("de"));
        check("كيف يمكنني التحدث إلى شخص حقيقي من فضلك؟", Some("ar"));
    }

    #[test]
    fn little_words_decide_when_they_agree() {
        assert_eq!(by_own_words("Wie kann ich das ändern?"), Some("de"));
        assert_eq!(by_own_words("¿Cómo puedo cambiar los ajustes?"), Some("es"));
        assert_eq!(by_own_words("Nasıl bir hesap açarım?"), Some("tr"));
        // Quoted words of another language, and too few of one.
        assert_eq!(by_own_words("What does \"ich kann nicht\" mean?"), None);
        assert_eq!(by_own_words("Bitte Hilfe"), None);
    }

    #[test]
    fn no_little_word_belongs_to_two_languages() {
        let mut words: Vec<&str> = OWN_WORDS.iter().flat_map(|(_, words)| words.iter().copied()).collect();
        words.sort_unstable();
        let all = words.len();
        words.dedup();
        assert_eq!(words.len(), all);
    }

    #[test]
    fn full_width_letters_are_letters() {
        check(
            "Ｈｏｗ　ｃａｎ　Ｉ　ｃｈａｎｇｅ　ｔｈｅ　ｓｅｔｔｉｎｇｓ？",
            Some("en"),
        );
        check("Ｓｗｉｔｃｈｂｏａｒｄ", None);
        check("ｏｋ", None);
        check("비밀번호를 어떻게 바꾸나요?", Some("ko"));
    }

    #[test]
    fn scraps_are_not() {
        check("ok", None);
        check("", None);
        check("?!", None);
        check("Switchboard", None);
    }
}
