//! Files that entries are imported from. Markdown, tables and pages go to the running program as they are; the others are read here.

use std::io::Read as _;
use std::path::{Component, Path, PathBuf};

use super::super::failure::{FOUND, USAGE};
use super::super::{Failure, block_on};
use super::pdf;
use crate::knowledge::import::{BYTES_MAX, Import, NotTaken, Written};

/// Adds the files to the import.
pub(super) fn read(paths: &[PathBuf], format: Option<&str>, import: &mut Import) -> Result<(), Failure> {
    for path in paths {
        let name = name(path);
        let written = format.map_or_else(|| Written::of_file(&name), Written::of_name);
        let Some(written) = written else {
            return Err(
                Failure::new(USAGE, format!("the ending of {} says nothing", path.display()))
                    .hint(format!("say how it is written: --format {}", Written::NAMES.join("|"))),
            );
        };
        let bytes = bytes(path, written.bytes_max())?;
        if written == Written::Pdf {
            let reading = block_on(pdf::read(&name, bytes))?;
            import.reading.append(reading);
            if import.bytes() > BYTES_MAX {
                return Err(not_taken(path, &NotTaken::TooMuch));
            }
        } else {
            let taken = import.take(&name, written, bytes);
            taken.map_err(|error| not_taken(path, &error))?;
        }
    }
    Ok(())
}

fn not_taken(path: &Path, error: &NotTaken) -> Failure {
    let hint = error.hint();
    Failure::new(FOUND, format!("{} {error}", path.display())).hint(match error {
        NotTaken::UnknownChat => {
            format!("{hint}; `--format discord` or `--format telegram` says what is wrong with the file")
        }
        _ => hint.to_owned(),
    })
}

/// The same however the path is written: `./faq.md` is `faq.md`.
fn name(path: &Path) -> String {
    let parts = path.components().filter(|part| *part != Component::CurDir);
    parts.collect::<PathBuf>().to_string_lossy().into_owned()
}

/// One byte more than may be shows that it is too large.
fn bytes(path: &Path, most: usize) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    std::fs::File::open(path)
        .and_then(|file| file.take(limit).read_to_end(&mut bytes))
        .map_err(|error| Failure::new(FOUND, format!("cannot read {}: {error}", path.display())))?;
    if bytes.len() > most {
        return Err(not_taken(path, &NotTaken::TooLarge(most)));
    }
    Ok(bytes)
}
