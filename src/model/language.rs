//! In which language a text is written, when that is sure.

use whatlang::Lang;

/// Shorter texts are guessed too often wrongly, as "ok", "Hallo Bob" or a product's name.
const LETTERS_MIN: usize = 12;

/// At this confidence one question in five hundred of the public question sets is taken for another language.
const CONFIDENCE_MIN: f64 = 0.5;

/// BCP 47, when sure. A wrong guess answers somebody in a language they do not read, so most short texts are none.
pub fn detect(text: &str) -> Option<&'static str> {
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let info = whatlang::detect(text)?;
    // A script of its own is sure even in one word.
    let alone = matches!(
        info.lang(),
        Lang::Heb | Lang::Kor | Lang::Jpn | Lang::Ell | Lang::Tha | Lang::Kat | Lang::Hye
    );
    let sure = alone || (letters >= LETTERS_MIN && info.confidence() >= CONFIDENCE_MIN);
    sure.then(|| code(info.lang())).flatten()
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
    fn scraps_are_not() {
        check("ok", None);
        check("", None);
        check("?!", None);
        check("Switchboard", None);
    }
}
