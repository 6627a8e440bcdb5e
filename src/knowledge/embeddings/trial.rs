//! What a model is tried with before anybody's text: a few that have nothing to do with each other, and one as long as it ever gets.

use super::folder::MODEL;
use super::{EmbedError, OpenError};

/// Texts that have nothing to do with each other.
const UNRELATED: [&str; 12] = [
    "How do I reset my password?",
    "The cake has to cool before it is cut.",
    "Our train leaves from platform nine.",
    "Which vaccine does my dog need?",
    "She plays the violin in an orchestra.",
    "The interest rate rose again last month.",
    "Can I return the shoes without a receipt?",
    "Plants need light, water and patience.",
    "The match ended in a draw.",
    "Where are the photos stored?",
    "An earthquake woke the whole town.",
    "He wrote his thesis about medieval law.",
];

/// In whose space texts that have nothing to do with each other are as near as this, nothing is told apart.
const UNRELATED_MAX: f32 = 0.95;

/// More characters than tokens are ever made of; what is longer is cut off before it is looked at.
pub(super) const CHARS_PER_TOKEN_MAX: usize = 16;

/// How near texts are to the model that have nothing to do with each other. `read` is what it makes of a text, of which it is given
/// `tokens_max` tokens at most.
///
/// # Errors
///
/// When it fails, also when it fails at long texts alone: members would write the first one.
pub(super) fn tried(tokens_max: usize, read: impl Fn(&str) -> Result<Vec<f32>, EmbedError>) -> Result<f32, OpenError> {
    let unusable = |why: String| OpenError::File { file: MODEL, why };
    let unrelated = unrelated(&read).map_err(|EmbedError(why)| unusable(why))?;
    if unrelated > UNRELATED_MAX {
        return Err(unusable("to it, all texts mean the same".to_owned()));
    }
    let read = read(&longest(tokens_max)).and_then(|numbers| {
        let fine = numbers.iter().all(|number| number.is_finite());
        fine.then_some(()).ok_or_else(no_numbers)
    });
    match read {
        Ok(()) => Ok(unrelated),
        Err(EmbedError(why)) => Err(OpenError::TooLong { tokens_max, why }),
    }
}

/// The mean cosine of texts that have nothing to do with each other.
fn unrelated(read: impl Fn(&str) -> Result<Vec<f32>, EmbedError>) -> Result<f32, EmbedError> {
    let texts = UNRELATED.iter().map(|text| read(text));
    let texts = texts.collect::<Result<Vec<_>, _>>()?;
    let length = |text: &[f32]| product(text, text).sqrt();
    let (mut sum, mut pairs) = (0.0, 0.0);
    for (place, one) in texts.iter().enumerate() {
        for other in &texts[..place] {
            sum += product(one, other) / (length(one) * length(other));
            pairs += 1.0;
        }
    }
    let mean: f32 = sum / pairs;
    if mean.is_finite() {
        Ok(mean.max(0.0))
    } else {
        Err(no_numbers())
    }
}

/// Words enough for all the tokens that a text may have.
fn longest(tokens_max: usize) -> String {
    let chars = UNRELATED.iter().flat_map(|text| text.chars().chain([' ']));
    chars.cycle().take(tokens_max * CHARS_PER_TOKEN_MAX).collect()
}

fn no_numbers() -> EmbedError {
    EmbedError("it gives numbers that are none".to_owned())
}

fn product(one: &[f32], other: &[f32]) -> f32 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::super::folder::MANIFEST;
    use super::*;

    /// A word is a token, and each text is its own direction.
    fn read(text: &str) -> Vec<f32> {
        let own = UNRELATED.iter().position(|known| *known == text);
        let mut numbers = vec![0.0; UNRELATED.len() + 1];
        numbers[own.unwrap_or(UNRELATED.len())] = 1.0;
        numbers
    }

    /// With places for so many tokens and no more.
    fn with_places(places: usize, tokens_max: usize) -> impl Fn(&str) -> Result<Vec<f32>, EmbedError> {
        move |text| match text.split_whitespace().take(tokens_max).count() {
            tokens if tokens > places => Err(EmbedError(format!("no place {tokens}"))),
            _ => Ok(read(text)),
        }
    }

    #[test]
    fn a_model_that_fails_at_long_texts_alone_is_refused() {
        let unrelated = tried(512, with_places(512, 512)).unwrap();
        assert!(unrelated.abs() < f32::EPSILON);
        let error = tried(1_024, with_places(512, 1_024)).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("{MODEL} fails at a text of 1024 tokens, as many as {MANIFEST} allows: no place 1024")
        );
        assert!(error.fix().contains("`tokens_max`"), "{}", error.fix());
        let breaks = |text: &str| Ok(if text.len() > 100 { vec![f32::NAN] } else { read(text) });
        assert!(matches!(tried(64, breaks), Err(OpenError::TooLong { .. })));
    }

    #[test]
    fn a_model_that_tells_nothing_apart_or_does_not_work_at_all_is_refused() {
        let refused = |read: fn(&str) -> Result<Vec<f32>, EmbedError>, part: &str| {
            let error = tried(64, read).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        };
        refused(|_| Ok(vec![1.0, 2.0]), "all texts mean the same");
        refused(|_| Ok(vec![0.0, 0.0]), "numbers that are none");
        refused(|_| Err(EmbedError("no input".to_owned())), "no input");
    }
}
