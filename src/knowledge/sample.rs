//! The sample knowledge: answers about Switchboard itself, for an empty database.

use super::files::File;

/// The files of `config/community/knowledge/`, as they were when the program was built.
pub fn sample() -> Vec<File> {
    SAMPLE
        .iter()
        .map(|(name, text)| File {
            name: (*name).to_owned(),
            text: (*text).to_owned(),
        })
        .collect()
}

const SAMPLE: &[(&str, &str)] = &[
    (
        "content.yaml",
        include_str!("../../config/community/knowledge/content.yaml"),
    ),
    (
        "operating.yaml",
        include_str!("../../config/community/knowledge/operating.yaml"),
    ),
    (
        "running.yaml",
        include_str!("../../config/community/knowledge/running.yaml"),
    ),
    (
        "start.yaml",
        include_str!("../../config/community/knowledge/start.yaml"),
    ),
];

#[cfg(test)]
mod tests;
