//! Reads a recording: a file that anybody may have written, so that nothing in it is believed before it is looked at, and no more of
//! it than one line is in memory.

use std::io::{self, BufRead, Read as _};

use serde::Deserialize;

use super::line::{FORMAT, LINE_BYTES_MAX, Line};

/// The lines of a recording, in order. It ends behind the first that is broken.
#[derive(Debug)]
pub struct Reader<R> {
    from: R,
    /// Of the line that was read last, from 1.
    number: usize,
    place: Place,
    /// Nothing more is read.
    over: bool,
    cut: bool,
}

/// What may come next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Header,
    Settings,
    Calls,
    Nothing,
}

/// Why it cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// The file itself cannot be.
    #[error("it cannot be read")]
    File(#[from] io::Error),
    /// Nothing is in it.
    #[error("it is empty")]
    Empty,
    /// It begins otherwise than a recording does.
    #[error("it is no recording of a plugin: its first line does not say what was recorded")]
    Other,
    /// By another release.
    #[error("it is written in format {0}, and this program reads format {FORMAT}")]
    Format(u32),
    /// A line makes no sense.
    #[error("line {number} makes no sense: {why}")]
    Line {
        /// Which, from 1.
        number: usize,
        /// What is wrong with it.
        why: String,
    },
}

/// What every release says of itself in the first line.
#[derive(Deserialize)]
struct First {
    recording: Format,
}

#[derive(Deserialize)]
struct Format {
    format: u32,
}

impl<R: BufRead> Reader<R> {
    /// Reads from there.
    pub fn new(from: R) -> Self {
        Self {
            from,
            number: 0,
            place: Place::Header,
            over: false,
            cut: false,
        }
    }

    /// Whether the last line was half a line, which is left out: whoever wrote it was interrupted.
    pub fn is_cut(&self) -> bool {
        self.cut
    }

    fn line(&mut self) -> Result<Option<Line>, Broken> {
        let mut text = Vec::new();
        // One more than may be, to see that there is more.
        let read = (&mut self.from)
            .take(LINE_BYTES_MAX as u64 + 1)
            .read_until(b'\n', &mut text)?;
        if read == 0 {
            return match self.place {
                Place::Header => Err(Broken::Empty),
                _ => Ok(None),
            };
        }
        self.number += 1;
        let whole = text.last() == Some(&b'\n');
        if !whole && read > LINE_BYTES_MAX {
            let mib = LINE_BYTES_MAX >> 20;
            return Err(self.broken(&format!("it is longer than {mib} MiB")));
        }
        if self.place == Place::Header {
            let first: First = serde_json::from_slice(&text).map_err(|_| Broken::Other)?;
            if first.recording.format != FORMAT {
                return Err(Broken::Format(first.recording.format));
            }
        }
        match serde_json::from_slice(&text) {
            Ok(line) => self.follows(line).map(Some),
            Err(_) if !whole && self.place != Place::Header => {
                self.cut = true;
                Ok(None)
            }
            Err(error) => Err(self.broken(&error.to_string())),
        }
    }

    /// The line, where one of its kind may stand.
    fn follows(&mut self, line: Line) -> Result<Line, Broken> {
        self.place = match (self.place, &line) {
            (Place::Header, Line::Recording(_)) => Place::Settings,
            (Place::Settings | Place::Calls, Line::Settings(_)) | (Place::Calls, Line::Call(_)) => Place::Calls,
            (Place::Settings | Place::Calls, Line::End(_)) => Place::Nothing,
            (Place::Nothing, _) => return Err(self.broken("it stands behind the end")),
            (Place::Header, _) => return Err(Broken::Other),
            (Place::Settings | Place::Calls, Line::Recording(_)) => {
                return Err(self.broken("another recording begins in the middle of this one"));
            }
            (Place::Settings, Line::Call(_)) => {
                return Err(self.broken("it is a call, and nothing says what it ran with"));
            }
        };
        Ok(line)
    }

    fn broken(&self, why: &str) -> Broken {
        Broken::Line {
            number: self.number,
            // It may quote the file.
            why: why.replace(char::is_control, " "),
        }
    }
}

impl<R: BufRead> Iterator for Reader<R> {
    type Item = Result<Line, Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        let read = self.line().transpose();
        // What follows a broken line says nothing.
        self.over = !matches!(read, Some(Ok(_)));
        read
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str =
        r#"{"recording":{"format":1,"plugin":"a/b","version":"1.0.0","digest":"d","contract":"0.1","began":5}}"#;
    const SETTINGS: &str = r#"{"settings":{"version":"1.0.0","digest":"d","community":"c","config":"{}"}}"#;
    const END: &str = r#"{"end":{"calls":0,"lost":0,"because":"x"}}"#;

    /// Reads all of it: how many lines could be, and what is wrong with the next.
    fn read(text: &[u8]) -> (usize, Option<String>) {
        let mut lines = 0;
        for line in Reader::new(text) {
            match line {
                Ok(_) => lines += 1,
                Err(broken) => return (lines, Some(broken.to_string())),
            }
        }
        (lines, None)
    }

    #[track_caller]
    fn check(lines: &[&str], whole: usize, problem: &str) {
        let (read, broken) = read((lines.join("\n") + "\n").as_bytes());
        let broken = broken.unwrap_or_default();
        assert_eq!(read, whole, "{broken}");
        assert!(broken.contains(problem), "{broken}");
    }

    #[test]
    fn what_is_no_recording_is_named() {
        assert_eq!(read(b"").1.as_deref(), Some("it is empty"));
        check(&["hello"], 0, "it is no recording");
        check(&["{}"], 0, "it is no recording");
        check(&[SETTINGS], 0, "it is no recording");
        let newer = HEADER.replace("\"format\":1", "\"format\":2,\"new\":{}");
        check(
            &[&newer],
            0,
            "it is written in format 2, and this program reads format 1",
        );
        check(
            &[r#"{"recording":{"format":1}}"#],
            0,
            "line 1 makes no sense: missing field",
        );
    }

    #[test]
    fn lines_stand_in_their_order() {
        assert_eq!(read([HEADER, SETTINGS, SETTINGS, END].join("\n").as_bytes()), (4, None));
        check(&[HEADER, HEADER], 1, "line 2 makes no sense: another recording begins");
        check(
            &[HEADER, END, SETTINGS],
            2,
            "line 3 makes no sense: it stands behind the end",
        );
        check(
            &[HEADER, r#"{"other":{}}"#, END],
            1,
            "line 2 makes no sense: unknown variant",
        );
        check(&[HEADER, "", END], 1, "line 2 makes no sense");
    }

    #[test]
    fn hostile_lines_are_named_and_quote_no_control_characters() {
        let deep = "[".repeat(100_000);
        check(&[HEADER, &deep], 1, "line 2 makes no sense");
        check(
            &[HEADER, &format!("{{\"call\":{{\"event\":{{\"x\":{deep}")],
            1,
            "line 2 makes no sense",
        );
        let deep = HEADER.replace("\"began\":5", &format!("\"began\":{deep}"));
        check(&[&deep], 0, "");
        let (_, broken) = read(format!("{HEADER}\n{{\"\\u001b[31m\":1}}\n").as_bytes());
        let broken = broken.expect("it is broken");
        assert!(!broken.contains('\u{1b}') && broken.contains("line 2"), "{broken}");
        let (_, broken) = read(&[HEADER.as_bytes(), b"\n\xff\xfe\n"].concat());
        assert!(broken.expect("it is broken").starts_with("line 2"));
        let long = format!("{HEADER}\n\"{}\"\n", "x".repeat(LINE_BYTES_MAX));
        let (_, broken) = read(long.as_bytes());
        assert_eq!(
            broken.as_deref(),
            Some("line 2 makes no sense: it is longer than 8 MiB")
        );
    }

    #[test]
    fn half_a_line_at_the_end_is_left_out() {
        let text = format!("{HEADER}\n{SETTINGS}\n{}", &END[..20]);
        let mut reader = Reader::new(text.as_bytes());
        assert_eq!(reader.by_ref().filter_map(Result::ok).count(), 2);
        assert!(reader.is_cut());
        for length in 0..text.len() {
            // Whatever is cut off, nothing panics.
            read(&text.as_bytes()[..length]);
        }
    }
}
