//! What a plugin says, in the languages that it speaks. Pure.

/// The line, or set of lines, for `language`. A region counts for nothing: `de` serves `de-AT`. The first of `spoken` is for
/// everybody else.
///
/// ```
/// use switchboard_plugin::texts::pick;
///
/// const HELLO: &[(&str, &str)] = &[("en", "Hello!"), ("de", "Hallo!")];
///
/// assert_eq!(*pick(HELLO, "de-AT"), "Hallo!");
/// assert_eq!(*pick(HELLO, "sv"), "Hello!");
/// ```
///
/// # Panics
///
/// When nothing is spoken at all.
pub fn pick<'a, T>(spoken: &'a [(&str, T)], language: &str) -> &'a T {
    let base = base(language);
    let known = spoken.iter().find(|(language, _)| *language == base);
    let (_, lines) = known.or(spoken.first()).expect("a plugin speaks at least one language");
    lines
}

/// A language without its region: `de` for `de-AT`.
pub fn base(language: &str) -> &str {
    language.split(['-', '_']).next().unwrap_or(language)
}
