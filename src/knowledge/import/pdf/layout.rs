//! Which letters stand on a page, and where: lines in the order in which they are written. Pure.

use std::collections::BTreeMap;

use lopdf::content::{Content, Operation};
use lopdf::{Document, Object, ObjectId};

use super::PART_BYTES_MAX;
use super::font::Font;

/// More steps than any page has that people read.
const STEPS_MAX: usize = 1_000_000;

/// States of drawing within each other.
const STATES_MAX: usize = 64;

/// All text of one page; a full one has a hundredth.
const PAGE_TEXT_MAX: usize = 512 * 1024;

/// So far apart, in parts of the size, two pieces are two words.
const WORD_GAP: f32 = 0.2;

/// So far above or below, in parts of the size, a piece is still on the line.
const LINE_SLACK: f32 = 0.45;

/// Letters that nobody sees: drawn by nothing, or only to cut by.
const UNSEEN: [i64; 2] = [3, 7];

/// In points; what is smaller nobody reads.
const SIZE_MIN: f32 = 1.0;

/// A line of text.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Line {
    pub(super) page: usize,
    /// From the bottom of the page.
    pub(super) y: f32,
    /// Of its largest letters.
    pub(super) size: f32,
    pub(super) is_bold: bool,
    pub(super) text: String,
}

/// What is seen of a page; none when that cannot be read.
pub(super) fn lines(document: &Document, page: ObjectId, number: usize) -> Option<Vec<Line>> {
    let fonts = document.get_page_fonts(page).ok()?;
    let fonts = fonts
        .iter()
        .map(|(name, font)| (name.as_slice(), Font::read(document, font)))
        .collect();
    let content = document.get_page_content_with_limit(page, PART_BYTES_MAX).ok()?;
    let mut drawing = Drawing {
        fonts,
        states: Vec::new(),
        state: State::default(),
        text: Matrix::default(),
        line: Matrix::default(),
        page: number,
        bytes: 0,
        end: 0.0,
        lines: Vec::new(),
    };
    for step in Content::decode_iter(&content).take(STEPS_MAX) {
        drawing.step(&step.ok()?);
        if drawing.bytes > PAGE_TEXT_MAX {
            break;
        }
    }
    let mut lines = drawing.lines;
    for line in &mut lines {
        line.text = super::one_line(&super::clean(&line.text));
    }
    lines.retain(|line| !line.text.is_empty());
    Some(lines)
}

/// Where something stands: `a b c d e f` as the format has it.
#[derive(Clone, Copy, Debug)]
struct Matrix([f32; 6]);

impl Default for Matrix {
    fn default() -> Self {
        Self([1.0, 0.0, 0.0, 1.0, 0.0, 0.0])
    }
}

impl Matrix {
    fn of(numbers: &[f32]) -> Option<Self> {
        Some(Self(numbers.try_into().ok()?))
    }

    fn moved(x: f32, y: f32) -> Self {
        Self([1.0, 0.0, 0.0, 1.0, x, y])
    }

    /// This one within the other.
    fn within(self, other: Self) -> Self {
        let (own, outer) = (self.0, other.0);
        let across = |x: f32, y: f32| x * outer[0] + y * outer[2];
        let up = |x: f32, y: f32| x * outer[1] + y * outer[3];
        Self([
            across(own[0], own[1]),
            up(own[0], own[1]),
            across(own[2], own[3]),
            up(own[2], own[3]),
            across(own[4], own[5]) + outer[4],
            up(own[4], own[5]) + outer[5],
        ])
    }

    fn place(self) -> (f32, f32) {
        (self.0[4], self.0[5])
    }

    /// How much higher things become.
    fn height(self) -> f32 {
        self.0[2].hypot(self.0[3])
    }

    /// How much wider.
    fn width(self) -> f32 {
        self.0[0].hypot(self.0[1])
    }
}

#[derive(Clone, Debug)]
struct State {
    matrix: Matrix,
    font: Vec<u8>,
    size: f32,
    leading: f32,
    between_letters: f32,
    between_words: f32,
    /// 1 for as wide as the font has it.
    stretch: f32,
    is_seen: bool,
}

impl Default for State {
    fn default() -> Self {
        Self {
            matrix: Matrix::default(),
            font: Vec::new(),
            size: 0.0,
            leading: 0.0,
            between_letters: 0.0,
            between_words: 0.0,
            stretch: 1.0,
            is_seen: true,
        }
    }
}

struct Drawing<'a> {
    fonts: BTreeMap<&'a [u8], Font<'a>>,
    states: Vec<State>,
    state: State,
    /// Of the next letter, and of the beginning of its line.
    text: Matrix,
    line: Matrix,
    page: usize,
    bytes: usize,
    /// Where the last piece ends.
    end: f32,
    lines: Vec<Line>,
}

impl Drawing<'_> {
    fn step(&mut self, step: &Operation) {
        let numbers: Vec<f32> = step
            .operands
            .iter()
            .filter_map(|operand| operand.as_float().ok())
            .collect();
        let first = numbers.first().copied().unwrap_or(0.0);
        match step.operator.as_str() {
            "q" if self.states.len() < STATES_MAX => self.states.push(self.state.clone()),
            "Q" => self.state = self.states.pop().unwrap_or_default(),
            "cm" => {
                if let Some(matrix) = Matrix::of(&numbers) {
                    self.state.matrix = matrix.within(self.state.matrix);
                }
            }
            "BT" => (self.text, self.line) = (Matrix::default(), Matrix::default()),
            "Tf" => {
                if let Some(Ok(name)) = step.operands.first().map(Object::as_name) {
                    name.clone_into(&mut self.state.font);
                }
                self.state.size = first;
            }
            "TL" => self.state.leading = first,
            "Tc" => self.state.between_letters = first,
            "Tw" => self.state.between_words = first,
            "Tz" => self.state.stretch = first / 100.0,
            "Tr" => {
                #[expect(clippy::cast_possible_truncation, reason = "the cast ends at the largest number")]
                let mode = first.round() as i64;
                self.state.is_seen = !UNSEEN.contains(&mode);
            }
            "Tm" => {
                if let Some(matrix) = Matrix::of(&numbers) {
                    (self.text, self.line) = (matrix, matrix);
                }
            }
            "Td" | "TD" => {
                let down = numbers.get(1).copied().unwrap_or(0.0);
                if step.operator == "TD" {
                    self.state.leading = -down;
                }
                self.next_line(first, down);
            }
            "T*" => self.next_line(0.0, -self.state.leading),
            "'" | "\"" => {
                if let [between_words, between_letters] = numbers[..] {
                    (self.state.between_words, self.state.between_letters) = (between_words, between_letters);
                }
                self.next_line(0.0, -self.state.leading);
                self.show(step.operands.last());
            }
            "Tj" => self.show(step.operands.first()),
            "TJ" => {
                for part in step
                    .operands
                    .first()
                    .and_then(|parts| parts.as_array().ok())
                    .into_iter()
                    .flatten()
                {
                    match part.as_float() {
                        Ok(back) => self.advance(-back / 1000.0 * self.state.size * self.state.stretch),
                        Err(_) => self.show(Some(part)),
                    }
                }
            }
            _ => {}
        }
    }

    fn next_line(&mut self, x: f32, y: f32) {
        self.line = Matrix::moved(x, y).within(self.line);
        self.text = self.line;
    }

    fn advance(&mut self, by: f32) {
        self.text = Matrix::moved(by, 0.0).within(self.text);
    }

    fn show(&mut self, string: Option<&Object>) {
        let Some(Ok(bytes)) = string.map(Object::as_str) else {
            return;
        };
        let Some(font) = self.fonts.get(self.state.font.as_slice()) else {
            return;
        };
        let (text, is_bold) = (font.text(bytes), font.is_bold);
        let letters = text.chars().count();
        let spaces = text.chars().filter(|letter| *letter == ' ').count();
        #[expect(clippy::cast_precision_loss, reason = "a piece of a line has few letters")]
        let between = letters as f32 * self.state.between_letters + spaces as f32 * self.state.between_words;
        let width = (font.width(bytes, &text) * self.state.size + between) * self.state.stretch;
        let place = self.text.within(self.state.matrix);
        self.advance(width);
        let (end, _) = self.text.within(self.state.matrix).place();
        let size = (self.state.size * place.height()).abs();
        let (x, y) = place.place();
        // Whatever is no number, or on its side, is no text that goes on.
        let is_sound = size.is_finite() && size >= SIZE_MIN && x.is_finite() && y.is_finite() && end.is_finite();
        let is_level = place.0[1].abs() <= place.width() * 0.1;
        if self.state.is_seen && is_sound && is_level {
            self.put(x, y, end, size, is_bold, &text);
        }
    }

    fn put(&mut self, x: f32, y: f32, end: f32, size: f32, is_bold: bool, text: &str) {
        self.bytes += text.len();
        let gap = x - self.end;
        self.end = end;
        let last = self.lines.last_mut().filter(|line| {
            let slack = line.size.max(size) * LINE_SLACK;
            // A step far back is another column, or the beginning of the next line.
            (line.y - y).abs() <= slack && gap > -size
        });
        match last {
            Some(line) => {
                if gap > size * WORD_GAP && !line.text.ends_with(' ') && !text.starts_with(' ') {
                    line.text.push(' ');
                }
                line.text.push_str(text);
                line.size = line.size.max(size);
                line.is_bold &= is_bold || text.trim().is_empty();
            }
            None if text.trim().is_empty() => {}
            None => self.lines.push(Line {
                page: self.page,
                y,
                size,
                is_bold,
                text: text.to_owned(),
            }),
        }
    }
}
