//! Entries of a table: a row for each, columns by their names in any order. Pure.

use ::csv::{ByteRecord, Reader, ReaderBuilder, StringRecord};

use super::{Candidate, Candidates, Import, Remark, one_line};
use crate::knowledge::check;
use crate::model::amount::counted;
use crate::model::entry::Visibility;
use crate::model::ids::EntryId;

/// What a column may be called.
const COLUMNS: [&str; 7] = ["id", "question", "answer", "aliases", "short", "language", "visibility"];

/// What programs put between cells; most have a comma, those of half of Europe a semicolon.
const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];

/// Somebody's table of questions has no more; what has is something else.
const COLUMNS_MAX: usize = 50;

/// Rows and mistakes of the table, in its order. A row that cannot be taken is a mistake: whoever wrote it meant an entry.
pub(super) fn read(file: &str, text: &str, import: &Import) -> Candidates {
    let mut table = Table {
        file,
        import,
        columns: [None; COLUMNS.len()],
        width: 0,
        out: Candidates::default(),
    };
    let headers = DELIMITERS.map(|delimiter| Header::read(text, delimiter));
    match headers.iter().position(Header::has_both) {
        _ if headers.iter().any(|header| header.width > COLUMNS_MAX) => table.too_wide(&headers),
        Some(at) => {
            table.header(&headers[at].names);
            table.body(text, DELIMITERS[at]);
        }
        None => table.no_header(&headers[0].names),
    }
    table.out
}

fn reader(text: &[u8], delimiter: u8) -> Reader<&[u8]> {
    ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text)
}

/// The first row.
#[derive(Default)]
struct Header {
    width: usize,
    /// In lower case.
    names: Vec<String>,
}

impl Header {
    fn read(text: &str, delimiter: u8) -> Self {
        let mut row = StringRecord::new();
        // What cannot be read is told with the rows.
        if reader(text.as_bytes(), delimiter).read_record(&mut row).is_err() {
            return Self::default();
        }
        let names = row.iter().take(COLUMNS_MAX).map(|name| one_line(name).to_lowercase());
        Self {
            width: row.len(),
            names: names.collect(),
        }
    }

    fn has_both(&self) -> bool {
        ["question", "answer"]
            .iter()
            .all(|wanted| self.names.iter().any(|name| name == wanted))
    }
}

struct Table<'a> {
    file: &'a str,
    import: &'a Import,
    /// At which place each of [`COLUMNS`] stands.
    columns: [Option<usize>; COLUMNS.len()],
    /// How many columns there are.
    width: usize,
    out: Candidates,
}

impl Table<'_> {
    fn remark(&self, place: String, what: impl Into<String>) -> Remark {
        Remark {
            file: self.file.to_owned(),
            place,
            what: what.into(),
        }
    }

    fn no_header(&mut self, found: &[String]) {
        let mut wanted = vec!["question", "answer"];
        wanted.retain(|wanted| !found.iter().any(|name| name == wanted));
        let missing: Vec<_> = wanted.iter().map(|wanted| format!("`{wanted}`")).collect();
        let found: Vec<_> = found
            .iter()
            .take(COLUMNS.len() * 2)
            .map(|name| super::shortened(name) + &meant(name, &wanted))
            .collect();
        let what = format!(
            "there is no column {}; the first line names the columns, here: {}",
            missing.join(" and "),
            found.join(", ")
        );
        let remark = self.remark("line 1".to_owned(), what);
        self.out.problems.push(remark);
    }

    fn too_wide(&mut self, headers: &[Header]) {
        let width = headers.iter().map(|header| header.width).max().unwrap_or_default();
        let what = format!("has {width} columns; at most {COLUMNS_MAX}");
        let remark = self.remark("line 1".to_owned(), what);
        self.out.problems.push(remark);
    }

    /// Columns that come twice are a mistake, others than ours are told.
    fn header(&mut self, names: &[String]) {
        self.width = names.len();
        let mut nameless = 0;
        for (number, name) in names.iter().enumerate() {
            let place = format!("line 1, column {}", number + 1);
            match COLUMNS.iter().position(|column| column == name) {
                Some(column) if self.columns[column].is_some() => {
                    let remark = self.remark(place, format!("`{name}` is there twice"));
                    self.out.problems.push(remark);
                }
                Some(column) => self.columns[column] = Some(number),
                None if name.is_empty() => nameless += 1,
                None => {
                    let what = format!(
                        "`{}` is not taken{}; what is taken: {}",
                        super::shortened(name),
                        meant(name, &COLUMNS),
                        COLUMNS.join(", ")
                    );
                    let remark = self.remark(place, what);
                    self.out.left_out.push(remark);
                }
            }
        }
        if nameless > 0 {
            let what = format!(
                "{} not taken",
                counted(nameless, "column without a name is", "columns without a name are")
            );
            let remark = self.remark("line 1".to_owned(), what);
            self.out.left_out.push(remark);
        }
    }

    fn body(&mut self, text: &str, delimiter: u8) {
        let mut reader = reader(text.as_bytes(), delimiter);
        let mut row = StringRecord::new();
        let mut last = 1;
        for number in 1.. {
            match reader.read_record(&mut row) {
                Ok(false) => break,
                Ok(true) => last = line(text, &row).unwrap_or(last),
                Err(error) => {
                    let remark = self.remark(format!("line {last} or below"), format!("cannot be read: {error}"));
                    self.out.problems.push(remark);
                    return;
                }
            }
            if number == 1 || row.iter().all(|cell| cell.trim().is_empty()) {
                continue;
            }
            if row.len() > self.width {
                let what = format!(
                    "there are {} cells, but the first line has {}; a text with a comma or a quote in it stands in quotes",
                    row.len(),
                    counted(self.width, "column", "columns")
                );
                let remark = self.remark(format!("line {last}, column {}", self.width + 1), what);
                self.out.problems.push(remark);
            } else {
                self.row(&row, last);
            }
            if self.out.is_full() {
                return;
            }
        }
        if is_open(text, delimiter) {
            let what = "a quote is opened here or below, and never closed";
            let remark = self.remark(format!("line {last}"), what);
            self.out.problems.push(remark);
        }
    }

    fn row(&mut self, row: &StringRecord, line: u64) {
        let cell = |wanted: &str| {
            let at = self.column(wanted)?;
            Some(super::clean(row.get(at).unwrap_or_default()).trim().to_owned())
        };
        let text = |wanted| cell(wanted).unwrap_or_default();
        let place = format!("line {line}");
        let mut candidate = Candidate::new(self.file, place.clone(), &text("question"), &text("answer"));
        if let Some(id) = cell("id").filter(|id| !id.is_empty()) {
            candidate.id = EntryId::from(id.as_str());
        }
        candidate.aliases = cell("aliases").map(|aliases| {
            let aliases = aliases.split('|').map(one_line);
            aliases.filter(|alias| !alias.is_empty()).collect()
        });
        candidate.short = cell("short").map(|short| super::markdown::without_hidden(one_line(&short)));
        candidate.language = cell("language").map(|said| super::language(&said).unwrap_or(said));
        let mut faults = Vec::new();
        candidate.visibility = match text("visibility").to_lowercase().as_str() {
            "" => None,
            "public" => Some(Visibility::Public),
            "members" => Some(Visibility::Members),
            "staff" => Some(Visibility::Staff),
            _ => {
                let what = "must be public, members or staff";
                faults.push(("visibility".to_owned(), what.to_owned()));
                None
            }
        };
        faults.extend(super::faults(&candidate, self.import));
        if faults.is_empty() {
            self.out.taken.push(candidate);
            return;
        }
        // From left to right; what stands in no column, as an id that was made of the question, comes last.
        faults.sort_by_key(|(part, _)| self.column(part).unwrap_or(usize::MAX));
        for (part, what) in faults {
            let part = match self.column(&part) {
                Some(_) => format!("column {part}"),
                None => part,
            };
            let remark = self.remark(format!("{place}, {part}"), what);
            self.out.problems.push(remark);
        }
    }

    fn column(&self, name: &str) -> Option<usize> {
        self.columns[COLUMNS.iter().position(|column| *column == name)?]
    }
}

/// Which of `known` a column's name nearly is; nothing where it is one of ours, or near to none.
fn meant(name: &str, known: &[&str]) -> String {
    let meant = check::similar(name, known.iter().copied()).filter(|_| !COLUMNS.contains(&name));
    meant.map(|meant| format!(" ({meant})")).unwrap_or_default()
}

/// The line in which a row begins: empty lines before it are no part of it.
fn line(text: &str, row: &StringRecord) -> Option<u64> {
    let position = row.position()?;
    let before = text.as_bytes().get(usize::try_from(position.byte()).ok()?..)?;
    let empty = before.iter().take_while(|byte| **byte == b'\n').count();
    Some(position.line() + u64::try_from(empty).ok()?)
}

/// Whether a quote is open at the end: the rest of the table is then in one cell. A line that is put behind it is no row of its own then.
fn is_open(text: &str, delimiter: u8) -> bool {
    const MARK: &[u8] = b"end";
    let mut bytes = text.trim_end().as_bytes().to_vec();
    bytes.push(b'\n');
    bytes.extend_from_slice(MARK);
    let mut reader = reader(&bytes, delimiter);
    let (mut row, mut last) = (ByteRecord::new(), ByteRecord::new());
    while reader.read_byte_record(&mut row).unwrap_or(false) {
        std::mem::swap(&mut row, &mut last);
    }
    last.len() != 1 || last.get(0) != Some(MARK)
}
