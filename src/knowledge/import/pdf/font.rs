//! What letters the codes of a font are, and how wide. Pure.

use lopdf::{Dictionary, Document, Encoding, Object};

use super::PART_BYTES_MAX;

/// As wide as letters are where nobody says it, in parts of the size.
const WIDTH: f32 = 0.5;

/// Letters of scripts that are written in squares.
const WIDTH_OF_SQUARES: f32 = 1.0;

/// A font of one byte has no more.
const CODES: usize = 256;

/// A font of a page.
pub(super) struct Font<'a> {
    encoding: Option<Encoding<'a>>,
    /// By code, in parts of the size; none where codes have several bytes.
    widths: Option<(usize, Vec<f32>)>,
    pub(super) is_bold: bool,
}

impl<'a> Font<'a> {
    pub(super) fn read(document: &'a Document, font: &'a Dictionary) -> Self {
        let name = font.get(b"BaseFont").and_then(Object::as_name).unwrap_or_default();
        let name = String::from_utf8_lossy(name).to_lowercase();
        Self {
            encoding: font.get_font_encoding_with_limit(document, PART_BYTES_MAX).ok(),
            widths: widths(document, font),
            is_bold: ["bold", "black", "heavy"].iter().any(|weight| name.contains(weight)),
        }
    }

    /// Without letters that the font does not know.
    pub(super) fn text(&self, bytes: &[u8]) -> String {
        let text = self
            .encoding
            .as_ref()
            .and_then(|encoding| encoding.bytes_to_string(bytes).ok());
        text.unwrap_or_default().replace(char::REPLACEMENT_CHARACTER, "")
    }

    /// In parts of the size.
    pub(super) fn width(&self, bytes: &[u8], text: &str) -> f32 {
        match &self.widths {
            Some((first, widths)) => {
                let width = |byte: &u8| {
                    usize::from(*byte)
                        .checked_sub(*first)
                        .and_then(|at| widths.get(at))
                        .copied()
                };
                bytes.iter().map(|byte| width(byte).unwrap_or(WIDTH)).sum()
            }
            None => text
                .chars()
                .map(|letter| if is_square(letter) { WIDTH_OF_SQUARES } else { WIDTH })
                .sum(),
        }
    }
}

fn widths(document: &Document, font: &Dictionary) -> Option<(usize, Vec<f32>)> {
    let first = font.get_deref(b"FirstChar", document).and_then(Object::as_i64).ok()?;
    let widths = font.get_deref(b"Widths", document).and_then(Object::as_array).ok()?;
    let width = |width: &Object| {
        let width = document.dereference(width).ok()?.1.as_float().ok()? / 1000.0;
        Some(width).filter(|width| (0.0..=10.0).contains(width))
    };
    let widths = widths.iter().take(CODES).map(|given| width(given).unwrap_or(WIDTH));
    Some((usize::try_from(first).ok()?, widths.collect()))
}

fn is_square(letter: char) -> bool {
    matches!(letter, '\u{1100}'..='\u{11ff}' | '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ff60}')
}
