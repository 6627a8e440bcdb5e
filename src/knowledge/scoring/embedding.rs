//! What a sentence model makes of texts, where there is one: each is a direction in the model's space of meanings.
//!
//! [`Embedding`] is such a direction, `Embeddings` those of an index's texts. Who runs the model is
//! `knowledge::embeddings`.

use std::collections::HashMap;

use sha2::{Digest as _, Sha256};

/// The largest number of a direction is this, the others in proportion.
const BYTE_MAX: f32 = 127.0;

/// The direction of a text's meaning. Its numbers are rounded to bytes, which takes a quarter of the room and moves no nearness by more
/// than a hundredth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Embedding(Box<[i8]>);

impl Embedding {
    /// None where there is no direction: all numbers are zero, or one of them is no number.
    pub fn of(numbers: &[f32]) -> Option<Self> {
        let largest = numbers.iter().fold(0.0_f32, |largest, x| largest.max(x.abs()));
        if largest < f32::MIN_POSITIVE || !numbers.iter().all(|x| x.is_finite()) {
            return None;
        }
        #[expect(clippy::cast_possible_truncation, reason = "no number is above the largest")]
        let rounded = |x: &f32| (x / largest * BYTE_MAX).round() as i8;
        Some(Self(numbers.iter().map(rounded).collect()))
    }

    /// As [`Embedding::to_bytes`] wrote it; none where that is no direction.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let direction = bytes.iter().any(|byte| *byte != 0);
        direction.then(|| Self(bytes.iter().map(|byte| byte.cast_signed()).collect()))
    }

    /// A byte for each number.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().map(|byte| byte.cast_unsigned()).collect()
    }

    /// How many numbers it has.
    pub fn dimensions(&self) -> usize {
        self.0.len()
    }
}

/// Names a text, by the first half of its SHA-256.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TextDigest(pub [u8; 16]);

impl TextDigest {
    /// The name of `text`, to the letter.
    pub fn of(text: &str) -> Self {
        let mut digest = [0; 16];
        digest.copy_from_slice(&Sha256::digest(text)[..16]);
        Self(digest)
    }
}

/// Tells the numbers of one model from those of any other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ModelDigest(pub [u8; 16]);

/// The space of meanings of one model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Space {
    /// Whose it is.
    pub model: ModelDigest,
    /// How many numbers a direction has.
    pub dimensions: usize,
    /// The cosine of texts that have nothing to do with each other: 0 in the space of one model, 0.8 in that of another. It counts
    /// as no nearness at all, so that the numbers of different models mean about the same.
    pub unrelated: f32,
}

/// The embeddings of an index's texts, by their ids.
#[derive(Debug)]
pub(super) struct Embeddings {
    space: Space,
    /// One after the other; zeros where there is none, and nothing at all until the first one comes: where there are too many texts
    /// for the model, none does.
    rows: Vec<i8>,
    /// How long each row is; 0 where there is none.
    lengths: Vec<f32>,
    digests: Vec<TextDigest>,
    /// The texts that have none yet, with their ids.
    missing: HashMap<TextDigest, Vec<u32>>,
}

/// A direction that texts are compared with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Probe<'a> {
    row: &'a [i8],
    length: f32,
}

impl Probe<'_> {
    /// Whether the model makes anything of the text.
    pub(super) fn points(&self) -> bool {
        self.length > 0.0
    }
}

impl Embeddings {
    pub(super) fn new(space: Space) -> Self {
        Self {
            space,
            rows: Vec::new(),
            lengths: Vec::new(),
            digests: Vec::new(),
            missing: HashMap::new(),
        }
    }

    /// A text comes that has no embedding yet. Ids are given out one after the other, and again.
    pub(super) fn add(&mut self, id: u32, text: &str) {
        let place = id as usize;
        if place >= self.lengths.len() {
            self.lengths.resize(place + 1, 0.0);
            self.digests.resize(place + 1, TextDigest::default());
        }
        let digest = TextDigest::of(text);
        self.digests[place] = digest;
        self.missing.entry(digest).or_default().push(id);
    }

    /// A text goes. Answers what it had.
    pub(super) fn drop(&mut self, id: u32) -> Option<(TextDigest, Embedding)> {
        let place = id as usize;
        let digest = std::mem::take(&mut self.digests[place]);
        if let Some(ids) = self.missing.get_mut(&digest) {
            ids.retain(|other| *other != id);
            if ids.is_empty() {
                self.missing.remove(&digest);
            }
        }
        if std::mem::take(&mut self.lengths[place]) <= 0.0 {
            return None;
        }
        let row = self.row_mut(place);
        let embedding = Embedding(Box::from(&*row));
        row.fill(0);
        Some((digest, embedding))
    }

    /// The texts of this digest that have none get it; none means that the model makes nothing of them.
    pub(super) fn set(&mut self, digest: TextDigest, embedding: Option<&Embedding>) {
        let fitting = embedding.filter(|embedding| embedding.dimensions() == self.space.dimensions);
        for id in self.missing.remove(&digest).unwrap_or_default() {
            if let Some(Embedding(row)) = fitting {
                self.row_mut(id as usize).copy_from_slice(row);
                self.lengths[id as usize] = length(row);
            }
        }
    }

    /// Where they lie.
    pub(super) fn space(&self) -> Space {
        self.space
    }

    /// Whether every text has one, so that all can be compared.
    pub(super) fn is_whole(&self) -> bool {
        self.missing.is_empty()
    }

    /// The texts that have none, each with one of its ids; in no order.
    pub(super) fn missing(&self) -> impl Iterator<Item = (TextDigest, u32)> {
        let first = |(digest, ids): (&TextDigest, &Vec<u32>)| Some((*digest, *ids.first()?));
        self.missing.iter().filter_map(first)
    }

    /// How many texts have none.
    pub(super) fn missing_count(&self) -> usize {
        self.missing.len()
    }

    pub(super) fn misses(&self, digest: &TextDigest) -> bool {
        self.missing.contains_key(digest)
    }

    /// What texts can be compared with; none for a direction of another space.
    pub(super) fn probe<'a>(&self, embedding: &'a Embedding) -> Option<Probe<'a>> {
        let Embedding(row) = embedding;
        let length = length(row);
        (row.len() == self.space.dimensions).then_some(Probe { row, length })
    }

    /// That of a text.
    pub(super) fn of(&self, id: u32) -> Probe<'_> {
        let start = id as usize * self.space.dimensions;
        Probe {
            row: self.rows.get(start..start + self.space.dimensions).unwrap_or_default(),
            length: self.lengths[id as usize],
        }
    }

    /// How near two directions are: 1 for the same, 0 for texts that have nothing to do with each other.
    pub(super) fn nearness(&self, one: Probe<'_>, other: Probe<'_>) -> f32 {
        let lengths = one.length * other.length;
        if lengths <= 0.0 {
            return 0.0;
        }
        (dot(one.row, other.row) / lengths - self.space.unrelated) / (1.0 - self.space.unrelated)
    }

    /// With room for those of all texts: where one has its own, the others get theirs.
    fn row_mut(&mut self, place: usize) -> &mut [i8] {
        let start = place * self.space.dimensions;
        if start >= self.rows.len() {
            self.rows.resize(self.lengths.len() * self.space.dimensions, 0);
        }
        &mut self.rows[start..start + self.space.dimensions]
    }
}

fn length(row: &[i8]) -> f32 {
    dot(row, row).sqrt()
}

fn dot(one: &[i8], other: &[i8]) -> f32 {
    // Products of bytes fit 16 bits; so many at once are what processors multiply in one step.
    let product = |(a, b): (&i8, &i8)| i32::from(i16::from(*a) * i16::from(*b));
    let sum: i32 = one.iter().zip(other).map(product).sum();
    #[expect(
        clippy::cast_precision_loss,
        reason = "what is lost is less than what rounding to bytes loses"
    )]
    let sum = sum as f32;
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPACE: Space = Space {
        model: ModelDigest([0; 16]),
        dimensions: 3,
        unrelated: 0.0,
    };

    fn embedding(numbers: [f32; 3]) -> Embedding {
        Embedding::of(&numbers).unwrap()
    }

    #[test]
    fn a_direction_is_kept_whatever_its_length() {
        assert_eq!(embedding([0.1, -0.2, 0.05]), embedding([10.0, -20.0, 5.0]));
        let bytes = embedding([1.0, -0.5, 0.0]).to_bytes();
        assert_eq!(Embedding::from_bytes(&bytes), Some(embedding([1.0, -0.5, 0.0])));
    }

    #[test]
    fn what_has_no_direction_is_none() {
        for numbers in [[0.0; 3], [f32::NAN, 1.0, 0.0], [f32::INFINITY, 0.0, 0.0]] {
            assert_eq!(Embedding::of(&numbers), None);
        }
        assert_eq!(Embedding::from_bytes(&[0; 3]), None);
        assert_eq!(Embedding::from_bytes(&[]), None);
    }

    #[test]
    fn nearness_is_the_cosine_above_that_of_unrelated_texts() {
        let mut all = Embeddings::new(SPACE);
        let (one, other) = (embedding([1.0, 0.0, 0.0]), embedding([1.0, 1.0, 0.0]));
        let near = |all: &Embeddings| all.nearness(all.probe(&one).unwrap(), all.probe(&other).unwrap());
        assert!((near(&all) - 0.5_f32.sqrt()).abs() < 0.01);
        all.space.unrelated = 0.5_f32.sqrt();
        assert!(near(&all).abs() < 0.01);
        assert!(all.probe(&Embedding::of(&[1.0, 0.0]).unwrap()).is_none());
    }

    #[test]
    fn texts_of_one_digest_get_theirs_at_once_and_what_goes_is_forgotten() {
        let mut all = Embeddings::new(SPACE);
        for (id, text) in [(0, "twice"), (1, "once"), (2, "twice")] {
            all.add(id, text);
        }
        assert_eq!(all.missing().count(), 2);
        all.set(TextDigest::of("twice"), Some(&embedding([0.0, 1.0, 0.0])));
        assert!(!all.is_whole() && all.misses(&TextDigest::of("once")));
        let (one, other) = (all.of(0), all.of(2));
        assert!((all.nearness(one, other) - 1.0).abs() < 0.01);
        assert_eq!(all.drop(1), None);
        assert!(all.is_whole());
        let kept = all.drop(2);
        assert_eq!(kept, Some((TextDigest::of("twice"), embedding([0.0, 1.0, 0.0]))));
        let nothing = all.nearness(all.of(0), all.of(2));
        assert!(nothing.abs() < f32::EPSILON);
    }

    #[test]
    fn texts_that_no_model_reads_take_no_room_for_what_it_would_make_of_them() {
        let mut all = Embeddings::new(SPACE);
        for id in 0..1_000 {
            all.add(id, &format!("text {id}"));
        }
        let nothing = all.nearness(all.of(1), all.of(999));
        assert!(nothing.abs() < f32::EPSILON);
        assert_eq!((all.drop(7), all.rows.capacity()), (None, 0));
        let one = embedding([1.0, 0.0, 0.0]);
        all.set(TextDigest::of("text 5"), Some(&one));
        all.add(1_000, "text 6");
        assert!(all.of(5).points() && !all.of(6).points() && !all.of(1_000).points());
        all.set(TextDigest::of("text 6"), Some(&one));
        assert!((all.nearness(all.of(5), all.of(1_000)) - 1.0).abs() < 0.01);
        assert_eq!(all.drop(1_000), Some((TextDigest::of("text 6"), one)));
    }

    #[test]
    fn what_the_model_makes_nothing_of_is_near_to_nothing_and_holds_nobody_up() {
        let mut all = Embeddings::new(SPACE);
        all.add(0, "?");
        all.set(TextDigest::of("?"), None);
        assert!(all.is_whole());
        let probe = embedding([1.0, 0.0, 0.0]);
        let near = all.nearness(all.probe(&probe).unwrap(), all.of(0));
        assert!(near.abs() < f32::EPSILON);
    }
}
