//! Word meanings learned beforehand: "refund" is near to "money back" although they share no letter.
//!
//! A table of one vector for each word piece, made from a sentence model by `xtask/training/table.py`; the sum of a text's
//! pieces points where the model's vector of the whole sentence does. It knows English; of other languages it knows what
//! they share with it.

use std::sync::LazyLock;

/// Numbers in one vector.
pub(super) const DIMENSIONS: usize = 128;

/// The file: pieces and dimensions as `u32`, where each piece begins and the last one ends as `u32`, the pieces in the
/// order of their bytes, each row's scale as `f32`, the rows as `i8`. All little-endian.
static FILE: &[u8] = include_bytes!("table.bin");

static TABLE: LazyLock<Table> = LazyLock::new(|| Table::read(FILE).expect("the table that is built in is whole"));

/// Marks a piece that goes on within a word.
const INNER: &str = "##";

/// Longer words are no words; the bound is that of the tokenizer that the table was made with.
const WORD_BYTES_MAX: usize = 200;

/// A direction in the space of meanings, of length 1, or nothing. 127 is 1.
pub(super) type Vector = [i8; DIMENSIONS];

/// What the table knows of a text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Meaning {
    pub(super) vector: Vector,
    /// The share of its words that the table knows as wholes.
    pub(super) known: f32,
}

/// The meaning of a text of these words, in lower case without marks.
pub(super) fn meaning<S: AsRef<str>>(words: &[S]) -> Meaning {
    TABLE.meaning(words)
}

/// How near two meanings are, from -1 to 1.
pub(super) fn nearness(one: &Vector, other: &Vector) -> f32 {
    let product = |(a, b): (&i8, &i8)| i32::from(*a) * i32::from(*b);
    let sum: i32 = one.iter().zip(other).map(product).sum();
    #[expect(clippy::cast_precision_loss, reason = "128 products of bytes fit a float exactly")]
    let sum = sum as f32;
    sum / (127.0 * 127.0)
}

struct Table {
    starts: Vec<u32>,
    pieces: &'static str,
    scales: Vec<f32>,
    rows: &'static [u8],
}

impl Table {
    /// None if the file is cut off or of other dimensions.
    fn read(file: &'static [u8]) -> Option<Self> {
        let mut rest = file;
        let mut number =
            || take(&mut rest, 4).map(|bytes| u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]));
        let (count, dimensions) = (number()? as usize, number()? as usize);
        let starts: Vec<u32> = (0..=count).map(|_| number()).collect::<Option<_>>()?;
        let pieces = std::str::from_utf8(take(&mut rest, *starts.last()? as usize)?).ok()?;
        let scales = take(&mut rest, count * 4)?
            .chunks_exact(4)
            .map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
            .collect();
        (dimensions == DIMENSIONS && rest.len() == count * DIMENSIONS).then_some(Self {
            starts,
            pieces,
            scales,
            rows: rest,
        })
    }

    fn meaning<S: AsRef<str>>(&self, words: &[S]) -> Meaning {
        let mut sum = [0.0_f32; DIMENSIONS];
        let mut known = 0_u16;
        for word in words {
            let Some(rows) = self.split(word.as_ref()) else {
                continue;
            };
            known += u16::from(rows.len() == 1);
            for row in rows {
                let scale = self.scales[row];
                let bytes = &self.rows[row * DIMENSIONS..][..DIMENSIONS];
                for (sum, byte) in sum.iter_mut().zip(bytes) {
                    *sum += scale * f32::from(byte.cast_signed());
                }
            }
        }
        let length = sum.iter().map(|x| x * x).sum::<f32>().sqrt();
        let mut vector = [0; DIMENSIONS];
        if length > 0.0 {
            for (byte, x) in vector.iter_mut().zip(sum) {
                #[expect(clippy::cast_possible_truncation, reason = "of a direction no number is above 1")]
                let rounded = (x / length * 127.0).round() as i8;
                *byte = rounded;
            }
        }
        let words = u16::try_from(words.len()).unwrap_or(u16::MAX);
        Meaning {
            vector,
            known: f32::from(known) / f32::from(words.max(1)),
        }
    }

    /// The rows of a word's pieces, the longest first piece, then the longest of the rest; none if a part has no piece.
    fn split(&self, word: &str) -> Option<Vec<usize>> {
        let mut rows = Vec::new();
        let mut rest = word;
        let mut piece = String::with_capacity(INNER.len() + word.len());
        while !rest.is_empty() && word.len() <= WORD_BYTES_MAX {
            let mut ends = rest.char_indices().map(|(at, c)| at + c.len_utf8()).collect::<Vec<_>>();
            let (row, end) = loop {
                let end = ends.pop()?;
                piece.clear();
                if rest.len() < word.len() {
                    piece.push_str(INNER);
                }
                piece.push_str(&rest[..end]);
                if let Some(row) = self.find(&piece) {
                    break (row, end);
                }
            };
            rows.push(row);
            rest = &rest[end..];
        }
        Some(rows)
    }

    fn find(&self, piece: &str) -> Option<usize> {
        let (mut low, mut high) = (0, self.scales.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            match self.piece(middle).cmp(piece) {
                std::cmp::Ordering::Equal => return Some(middle),
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }

    fn piece(&self, row: usize) -> &str {
        &self.pieces[self.starts[row] as usize..self.starts[row + 1] as usize]
    }
}

fn take(rest: &mut &'static [u8], count: usize) -> Option<&'static [u8]> {
    let (head, tail) = rest.split_at_checked(count)?;
    *rest = tail;
    Some(head)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn nearer(text: &str, near: &str, far: &str) {
        let of = |text: &str| meaning(&text.split(' ').collect::<Vec<_>>()).vector;
        let (near, far) = (nearness(&of(text), &of(near)), nearness(&of(text), &of(far)));
        assert!(near > far + 0.1, "{near} {far}");
    }

    #[test]
    fn what_means_the_same_is_near_without_a_common_word() {
        nearer("want a refund", "give me my money back", "what is the weather");
        nearer(
            "does it run on my phone",
            "is there a mobile app",
            "who maintains the project",
        );
    }

    #[test]
    fn a_text_is_nearest_to_itself() {
        let vector = meaning(&["how", "do", "i", "install", "it"]).vector;
        assert!((nearness(&vector, &vector) - 1.0).abs() < 0.02);
    }

    #[test]
    fn words_are_known_as_wholes_or_in_parts_or_not() {
        let known = |words: &[&str]| meaning(words).known;
        assert!((known(&["install", "the", "door"]) - 1.0).abs() < 0.01);
        assert!(known(&["xqzwvk", "install"]) < 0.6);
        assert!(meaning::<&str>(&[]).vector.iter().all(|x| *x == 0));
        assert!(meaning(&["\u{10FFFF}"]).vector.iter().all(|x| *x == 0));
    }

    #[test]
    fn a_file_that_is_cut_off_is_no_table() {
        assert!(Table::read(FILE).is_some());
        assert!(Table::read(&FILE[..FILE.len() - 1]).is_none());
        assert!(Table::read(&FILE[..100]).is_none());
        assert!(Table::read(&[]).is_none());
    }
}
