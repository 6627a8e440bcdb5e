//! Entries of a table: a row for each, columns by their names in any order. Pure.

use ::csv::{ByteRecord, ReaderBuilder, StringRecord};

use super::{Draft, Drafts, Remark, one_line};
use crate::model::entry::Visibility;
use crate::model::ids::EntryId;

/// What a column may be called.
const COLUMNS: [&str; 7] = ["id", "question", "answer", "aliases", "short", "language", "visibility"];

/// What programs put between cells; most have a comma, those of half of Europe a semicolon.
const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];

/// Rows and mistakes of the table. A row that cannot be taken is a mistake: whoever wrote it meant an entry.
pub(super) fn read(file: &str, text: &str) -> Drafts {
    let mut table = Table {
        file,
        columns: Vec::new(),
        out: Drafts::default(),
    };
    let header = |delimiter| rows(text, delimiter).next().and_then(Result::ok);
    let names = DELIMITERS.map(|delimiter| header(delimiter).map(|row| named(&row)).unwrap_or_default());
    let has =
        |names: &[String]| ["question", "answer"].map(|wanted| names.iter().any(|name| name == wanted)) == [true; 2];
    match names.iter().position(|names| has(names)) {
        Some(at) => {
            table.columns.clone_from(&names[at]);
            table.header();
            table.body(text, DELIMITERS[at]);
        }
        None => table.no_header(&names[0]),
    }
    table.out
}

fn rows(text: &str, delimiter: u8) -> impl Iterator<Item = ::csv::Result<StringRecord>> {
    ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text.as_bytes())
        .into_records()
}

fn named(row: &StringRecord) -> Vec<String> {
    row.iter().map(|name| one_line(name).to_lowercase()).collect()
}

struct Table<'a> {
    file: &'a str,
    columns: Vec<String>,
    out: Drafts,
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
        let missing: Vec<_> = ["question", "answer"]
            .iter()
            .filter(|wanted| !found.iter().any(|name| name == *wanted))
            .map(|wanted| format!("`{wanted}`"))
            .collect();
        let found: Vec<_> = found
            .iter()
            .take(COLUMNS.len() * 2)
            .map(|name| super::shortened(name))
            .collect();
        let what = format!(
            "there is no column {}; the first row names the columns, here: {}",
            missing.join(" and "),
            found.join(", ")
        );
        let remark = self.remark("row 1".to_owned(), what);
        self.out.problems.push(remark);
    }

    /// Columns that come twice are a mistake, others than ours are told.
    fn header(&mut self) {
        for (number, name) in self.columns.clone().iter().enumerate() {
            let place = format!("row 1, column {}", number + 1);
            if !COLUMNS.contains(&name.as_str()) {
                let what = format!(
                    "`{}` is not taken; what is taken: {}",
                    super::shortened(name),
                    COLUMNS.join(", ")
                );
                let remark = self.remark(place, what);
                self.out.left_out.push(remark);
            } else if self.columns[..number].contains(name) {
                let remark = self.remark(place, format!("`{name}` is there twice"));
                self.out.problems.push(remark);
            }
        }
    }

    fn body(&mut self, text: &str, delimiter: u8) {
        for (number, row) in rows(text, delimiter).enumerate().skip(1) {
            let place = format!("row {}", number + 1);
            match row {
                Ok(row) if row.iter().all(|cell| cell.trim().is_empty()) => {}
                Ok(row) if row.len() > self.columns.len() => {
                    let what = format!(
                        "has {} cells, but there are {} columns; a text with a comma or a quote in it stands in quotes",
                        row.len(),
                        self.columns.len()
                    );
                    let remark = self.remark(place, what);
                    self.out.problems.push(remark);
                }
                Ok(row) => self.row(&row, &place),
                Err(error) => {
                    let remark = self.remark(place, format!("cannot be read: {error}"));
                    self.out.problems.push(remark);
                    return;
                }
            }
        }
        if is_open(text, delimiter) {
            let what = "a quote is opened and never closed";
            let remark = self.remark("the last row".to_owned(), what);
            self.out.problems.push(remark);
        }
    }

    fn row(&mut self, row: &StringRecord, place: &str) {
        let cell = |wanted: &str| {
            let at = self.columns.iter().position(|name| name == wanted)?;
            Some(super::clean(row.get(at).unwrap_or_default()).trim().to_owned())
        };
        let text = |wanted| cell(wanted).unwrap_or_default();
        let mut draft = Draft::new(self.file, place.to_owned(), &text("question"), &text("answer"));
        if let Some(id) = cell("id").filter(|id| !id.is_empty()) {
            draft.id = EntryId::from(id.as_str());
        }
        draft.aliases = cell("aliases").map(|aliases| {
            let aliases = aliases.split('|').map(one_line);
            aliases.filter(|alias| !alias.is_empty()).collect()
        });
        draft.short = cell("short").map(|short| one_line(&short));
        draft.language = cell("language");
        draft.visibility = match text("visibility").to_lowercase().as_str() {
            "" => None,
            "public" => Some(Visibility::Public),
            "members" => Some(Visibility::Members),
            "staff" => Some(Visibility::Staff),
            _ => {
                let remark = self.remark(
                    format!("{place}, column visibility"),
                    "must be public, members or staff",
                );
                self.out.problems.push(remark);
                return;
            }
        };
        self.out.taken.push(draft);
    }
}

/// Whether a quote is open at the end: the rest of the table is then in one cell. A line that is put behind it is no row of its own then.
fn is_open(text: &str, delimiter: u8) -> bool {
    const MARK: &[u8] = b"end";
    let mut bytes = text.trim_end().as_bytes().to_vec();
    bytes.push(b'\n');
    bytes.extend_from_slice(MARK);
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(bytes.as_slice());
    let (mut row, mut last) = (ByteRecord::new(), ByteRecord::new());
    while reader.read_byte_record(&mut row).unwrap_or(false) {
        std::mem::swap(&mut row, &mut last);
    }
    last.len() != 1 || last.get(0) != Some(MARK)
}
