//! The shared question-and-answer base: entries, import, scoring and feedback.
